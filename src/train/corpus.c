/* corpus.c - the rows of a training: data/corpus.c's, as a recipe names them.
 *
 *   [data]   dir, sources, weights (recipe.c)
 *            exclude     a list of rows to leave out
 *            wordpiece   a vocab.txt
 *            cache       a file that keeps the rows
 *   and of kinds that read molecules as SMILES tokens, some with a text:
 *            canonical        those of `sources` that hold RDKit's canonical SMILES: not made again
 *            wordpiece_size   of an own vocabulary; 0, and no wordpiece: texts are not read
 *            tokens           most SMILES tokens
 *            token_min_count  how often a bracket atom must occur to be one of them
 */
#include "base/toml/toml.h"
#include "chem/smiles/smiles.h"
#include "train/inside.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- [data] ---- */

/* Is name, below dir or as it stands, this path? */
static bool is_path(const char *path, const char *dir, const char *name) {
    const size_t n = strlen(dir);
    return strcmp(path, name) == 0 ||
           (strncmp(path, dir, n) == 0 && path[n] == '/' && strcmp(path + n + 1, name) == 0);
}

static int mark_canonical(mg_toml *t, const train_common *common, train_corpus *c,
                          molglot_error *err) {
    size_t n;
    const char *const *names = mg_toml_strs(t, "data.canonical", &n);
    for (size_t k = 0; k < n; k++) {
        bool found = false;
        for (size_t i = 0; i < c->sources.n; i++)
            if (is_path(c->sources.paths[i], common->dir, names[k]))
                c->list[i].canonical = found = true;
        if (!found)
            return train_refuse(err, "data.canonical", "names files that are not in data.sources");
    }
    return MOLGLOT_OK;
}

int train_corpus_read_sources(mg_toml *t, train_task *task, molglot_error *err) {
    train_corpus *c = &task->corpus;
    int code = train_read_dir(t, &task->c, err);
    if (!code) code = train_read_sources(t, &task->c, &c->sources, err);
    for (size_t i = 0; i < c->sources.n && !code; i++)
        c->list[i] = (mg_corpus_source){.path = c->sources.paths[i],
                                        .weight = c->sources.weights[i]};
    c->config.sources = c->list;
    c->config.n_sources = c->sources.n;
    return code;
}

int train_corpus_read_files(mg_toml *t, train_task *task, molglot_error *err) {
    train_corpus *c = &task->corpus;
    int code = train_read_path(t, &task->c, "data.exclude", c->exclude, err);
    if (!code) code = train_read_path(t, &task->c, "data.wordpiece", c->wordpiece, err);
    if (!code) code = train_read_own_path(t, "data.cache", c->cache, err);
    c->config.exclude_path = *c->exclude ? c->exclude : NULL;
    c->config.wordpiece_path = *c->wordpiece ? c->wordpiece : NULL;
    c->config.cache = *c->cache ? c->cache : NULL;
    return code;
}

int train_corpus_read(mg_toml *t, train_task *task, molglot_error *err) {
    train_corpus *c = &task->corpus;
    int code = train_corpus_read_sources(t, task, err);
    if (!code) code = mark_canonical(t, &task->c, c, err);
    if (!code) code = train_corpus_read_files(t, task, err);
    if (code) return code;
    const int64_t words = mg_toml_int(t, "data.wordpiece_size", 0),
                  tokens = mg_toml_int(t, "data.tokens", 512),
                  count = mg_toml_int(t, "data.token_min_count", 100);
    if (words < 0 || words > 65535 || (words > 0 && words < 16))
        return train_refuse(err, "data.wordpiece_size", "16 to 65535, or 0 for no texts");
    if (tokens < 256 || tokens > 65535 || count < 1 || count > INT32_MAX)
        return train_refuse(err, "data.tokens", "256 to 65535, token_min_count at least 1");
    c->config.wordpiece_size = (int)words;
    c->config.none_piece = true;
    c->config.strings = words > 0 || *c->wordpiece;
    c->config.tokens = (int)tokens;
    c->config.token_min_count = (int)count;
    return MOLGLOT_OK;
}

/* ---- rows ---- */

int train_corpus_open(train_task *t, molglot_error *err) {
    t->corpus.config.threads = t->o->threads;
    const mg_corpus *c = t->corpus.rows = mg_corpus_open(&t->corpus.config, train_on_reading, t,
                                                         err);
    if (!c) return mg_code_of(err, MOLGLOT_FAILED);
    const long long rows = mg_corpus_rows(c), rejected = mg_corpus_rejected(c),
                    excluded = mg_corpus_excluded(c);
    if (t->corpus.config.pairs)
        train_tell(t, "%lld pairs, %lld rejected, %lld excluded", rows, rejected, excluded);
    else
        train_tell(t,
                   "%lld molecules, %lld of them with a text, %lld different ones; %lld rejected, "
                   "%lld excluded, %lld too long",
                   rows, (long long)mg_corpus_texts(c), (long long)mg_corpus_molecules(c), rejected,
                   excluded, (long long)mg_corpus_too_long(c));
    return MOLGLOT_OK;
}

int train_corpus_order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                       molglot_error *err) {
    return mg_corpus_order(t->corpus.rows, t->c.seed, epoch, rows, n, err);
}

json_t *train_corpus_json(const train_task *t) {
    const mg_corpus *c = t->corpus.rows;
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "sha256", mg_corpus_sha256(c), "rows",
        (json_int_t)mg_corpus_rows(c), "with_text", (json_int_t)mg_corpus_texts(c), "molecules",
        (json_int_t)mg_corpus_molecules(c), "rejected", (json_int_t)mg_corpus_rejected(c),
        "excluded", (json_int_t)mg_corpus_excluded(c), "too_long",
        (json_int_t)mg_corpus_too_long(c), "sources", train_sources_json(&t->corpus.sources));
}

/* Data, vocabularies, weights. */
void train_corpus_identify(const train_task *t, mg_str *out) {
    const mg_corpus *c = t->corpus.rows;
    const train_sources *sources = &t->corpus.sources;
    size_t n;
    const char *words = mg_corpus_wordpiece(c, &n);
    mg_str tokens = {0};
    mg_smiles_vocab_text(mg_corpus_tokens(c), &tokens);
    mg_str_addf(out, "\ndata %s %lld %016llx %016llx", mg_corpus_sha256(c),
                (long long)mg_corpus_rows(c),
                (unsigned long long)mg_hash64(words ? words : "", n, 0),
                (unsigned long long)mg_hash64(tokens.s ? tokens.s : "", tokens.n, 0));
    out->failed |= tokens.failed;
    mg_str_free(&tokens);
    for (size_t i = 0; i < sources->n; i++) mg_str_addf(out, " %a", (double)sources->weights[i]);
}
