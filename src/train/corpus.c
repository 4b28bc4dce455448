/* corpus.c - the rows of a training: data/corpus.c's, as a recipe names them.
 *
 *   [data]   dir, sources, weights (recipe.c)
 *            written     more files, of molecules alone: their texts are written from facts
 *                        (data/written.c), with written_weights, and
 *                          wordings       texts of each molecule; epochs take them in turn (6)
 *                          written_limit  so many molecules from each file's beginning; 0: all
 *                          written_seed   (1)
 *            synonym_names   a table of molecules and names; momu: with the probability synonyms a
 *                        text has other names of the compounds that it mentions (data/synonyms.c),
 *                        one of synonym_texts (4) wordings
 *            exclude     a list of rows to leave out
 *            hold_out    a table of molecules to leave out of all sources
 *            wordpiece   a vocab.txt
 *            cache       a file that keeps the rows
 *            smiles_column, text_column, id_column   names in the sources; "": the usual ones
 *            prefixes    for each of `sources`: only rows whose id begins so; "": all
 *            split       "random", "scaffold" or "column:NAME" (data/split.c), with
 *                        split_validation, split_test (shares), split_seed; files in RUN/split
 *   [eval]   smiles_column, text_column   in eval.pairs; "": those of [data]
 *            allow_overlap                 pairs that are trained on too are meant
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
#include <unistd.h>

/* ---- [data] ---- */

/* Is name, below dir or as it stands, this path? */
static bool is_path(const char *path, const char *dir, const char *name) {
    const size_t n = strlen(dir);
    return strcmp(path, name) == 0 ||
           (strncmp(path, dir, n) == 0 && path[n] == '/' && strcmp(path + n + 1, name) == 0);
}

int train_read_marked(mg_toml *t, const train_task *task, const char *key, uint32_t *marked,
                      molglot_error *err) {
    const train_sources *s = &task->corpus.sources;
    size_t n;
    const char *const *names = mg_toml_strs(t, key, &n);
    *marked = 0;
    for (size_t k = 0; k < n; k++) {
        bool found = false;
        for (size_t i = 0; i < s->n; i++) {
            if (!is_path(s->paths[i], task->c.dir, names[k])) continue;
            *marked |= UINT32_C(1) << i;
            found = true;
        }
        if (!found) return train_refuse(err, key, "names files that are not in data.sources");
    }
    return MOLGLOT_OK;
}

static int mark_canonical(mg_toml *t, train_task *task, molglot_error *err) {
    train_corpus *c = &task->corpus;
    uint32_t marked = 0;
    const int code = train_read_marked(t, task, "data.canonical", &marked, err);
    for (size_t i = 0; i < c->sources.n; i++) c->list[i].canonical = marked >> i & 1;
    return code;
}

static const char *name_of(mg_toml *t, const char *key) {
    const char *name = mg_toml_str(t, key, "");
    return *name ? name : NULL;
}

static int read_columns(mg_toml *t, train_corpus *c, molglot_error *err) {
    c->config.smiles_column = name_of(t, "data.smiles_column");
    c->config.text_column = name_of(t, "data.text_column");
    c->config.id_column = name_of(t, "data.id_column");
    c->split = mg_toml_str(t, "data.split", "");
    c->split_validation = mg_toml_num(t, "data.split_validation", 0.1);
    c->split_test = mg_toml_num(t, "data.split_test", 0.1);
    c->split_seed = mg_toml_int(t, "data.split_seed", 1);
    const char *smiles = name_of(t, "eval.smiles_column"), *text = name_of(t, "eval.text_column");
    c->eval_smiles = smiles ? smiles : c->config.smiles_column;
    c->eval_text = text ? text : c->config.text_column;
    c->allow_overlap = mg_toml_bool(t, "eval.allow_overlap", false);
    if (*c->split && strcmp(c->split, "random") && strcmp(c->split, "scaffold") &&
        (strncmp(c->split, "column:", 7) || !c->split[7]))
        return train_refuse(err, "data.split", "\"random\", \"scaffold\" or \"column:NAME\"");
    if (!(c->split_validation >= 0 && c->split_test >= 0 &&
          c->split_validation + c->split_test > 0 && c->split_validation + c->split_test < 1))
        return train_refuse(err, "data.split_validation",
                            "shares of validation and test: not negative, in all between 0 and 1");
    return MOLGLOT_OK;
}

static int read_prefixes(mg_toml *t, train_corpus *c, molglot_error *err) {
    size_t n;
    const char *const *prefixes = mg_toml_strs(t, "data.prefixes", &n);
    if (n && n != c->sources.n)
        return train_refuse(err, "data.prefixes", "as many as sources, or none");
    for (size_t i = 0; i < n; i++)
        if (*prefixes[i]) c->list[i].id_prefix = prefixes[i];
    return MOLGLOT_OK;
}

int train_corpus_read_sources(mg_toml *t, train_task *task, molglot_error *err) {
    train_corpus *c = &task->corpus;
    int code = train_read_dir(t, &task->c, err);
    if (!code) code = read_columns(t, c, err);
    if (!code) code = train_read_sources(t, &task->c, &c->sources, err);
    if (!code) code = train_read_written(t, &task->c, &c->sources, err);
    if (!code && *c->split && c->sources.n > c->sources.own)
        code = train_refuse(err, "data.written",
                            "with data.split, molecules that validate would be trained on");
    for (size_t i = 0; i < c->sources.n && !code; i++) {
        c->list[i] = (mg_corpus_source){.path = c->sources.paths[i],
                                        .weight = c->sources.weights[i]};
        if (i < c->sources.own) continue;
        c->list[i].wordings = c->sources.wordings;
        c->list[i].limit = c->sources.limit;
        c->list[i].seed = (uint64_t)c->sources.seed;
    }
    if (!code) code = read_prefixes(t, c, err);
    c->config.sources = c->list;
    c->config.n_sources = c->sources.n;
    return code;
}

int train_corpus_read_files(mg_toml *t, train_task *task, molglot_error *err) {
    train_corpus *c = &task->corpus;
    int code = train_read_path(t, &task->c, "data.exclude", c->exclude, err);
    if (!code) code = train_read_path(t, &task->c, "data.hold_out", c->hold_out, err);
    if (!code) code = train_read_path(t, &task->c, "data.wordpiece", c->wordpiece, err);
    if (!code) code = train_read_own_path(t, "data.cache", c->cache, err);
    c->own_cache = *c->cache != 0;
    c->config.exclude_path = *c->exclude ? c->exclude : NULL;
    c->config.hold_out = *c->hold_out ? c->hold_out : NULL;
    c->config.wordpiece_path = *c->wordpiece ? c->wordpiece : NULL;
    c->config.cache = *c->cache ? c->cache : NULL;
    return code;
}

int train_corpus_read(mg_toml *t, train_task *task, molglot_error *err) {
    train_corpus *c = &task->corpus;
    int code = train_corpus_read_sources(t, task, err);
    if (!code) code = mark_canonical(t, task, err);
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

/* ---- splits ---- */

static int split_path(const train_task *t, const char *file, char out[TRAIN_MAX_PATH],
                      molglot_error *err) {
    char name[64];
    snprintf(name, sizeof name, "split%s%s", *file ? "/" : "", file);
    return train_run_path(&t->c, name, out, err);
}

/* A resumed run has its files. */
static int make_split(train_task *t, molglot_error *err) {
    train_corpus *c = &t->corpus;
    const mg_split_options o = {&c->config, c->split, c->split_validation, c->split_test,
                                (uint64_t)c->split_seed};
    char folder[TRAIN_MAX_PATH];
    int code = split_path(t, "validation.tsv", c->held_out, err);
    if (!code) code = split_path(t, "", folder, err);
    if (code || (t->o->resume && access(c->held_out, F_OK) == 0)) return code;
    mg_split_counts *n = &c->split_counts;
    if ((code = mg_split_make(&o, folder, n, err))) return code;
    train_tell(t, "split %s: %lld rows train, %lld validate, %lld test, %lld left out; files in %s",
               c->split, (long long)n->rows[MG_SPLIT_TRAIN],
               (long long)n->rows[MG_SPLIT_VALIDATION], (long long)n->rows[MG_SPLIT_TEST],
               (long long)n->left_out, folder);
    return MOLGLOT_OK;
}

/* The sources give way to the split's files, which have the usual columns. */
static int take_split(train_task *t, molglot_error *err) {
    train_corpus *c = &t->corpus;
    int code = make_split(t, err);
    for (size_t i = 0; i < c->sources.n && !code; i++) {
        char name[48];
        snprintf(name, sizeof name, "train-%zu.tsv", i + 1);
        code = split_path(t, name, c->split_paths[i], err);
        c->list[i].path = c->split_paths[i];
        c->list[i].id_prefix = NULL;
    }
    c->config.exclude_path = NULL;
    c->config.smiles_column = c->config.text_column = c->config.id_column = NULL;
    return code;
}

const char *train_held_out_pairs(const train_task *t, const char *pairs) {
    return *pairs ? pairs : t->corpus.held_out;
}

int train_tell_overlap(train_task *t, const char *path, const char *const *smiles,
                       const char *const *texts, size_t n, molglot_error *err) {
    train_corpus *c = &t->corpus;
    mg_overlap *o = &c->overlap;
    int code = mg_corpus_overlap(c->rows, smiles, texts, n, t->o->threads, o, err);
    if (code || !o->either) return code;
    train_tell(t, "%s%s: %lld of %lld rows are trained on too (%lld by molecule, %lld by text)%s",
               c->allow_overlap ? "" : "warning: ", path, (long long)o->either, (long long)o->rows,
               (long long)o->molecules, (long long)o->texts,
               c->allow_overlap ? ""
                                : ": their scores say little; eval.allow_overlap = true if meant");
    return MOLGLOT_OK;
}

/* ---- rows ---- */

static void tell_source(train_task *t, const mg_corpus *c, size_t i) {
    const train_sources *s = &t->corpus.sources;
    const int64_t rows = mg_corpus_source_rows(c, (int32_t)i);
    if (!rows)
        train_tell(t, "warning: %s adds no %s", s->paths[i], t->kind->unit);
    else if (i >= s->own)
        train_tell(t, "%s: %d texts each, written from the facts of %lld molecules", s->paths[i],
                   s->wordings, (long long)(rows / s->wordings));
}

int train_corpus_open(train_task *t, molglot_error *err) {
    t->corpus.config.threads = t->o->threads;
    t->corpus.config.keep_cache = t->o->resume && !t->corpus.own_cache;
    int code = *t->corpus.split ? take_split(t, err) : MOLGLOT_OK;
    if (code) return code;
    const mg_corpus *c = t->corpus.rows = mg_corpus_open(&t->corpus.config, train_on_reading, t,
                                                         err);
    if (!c) return mg_code_of(err, MOLGLOT_FAILED);
    for (size_t i = 0; i < t->corpus.sources.n; i++) tell_source(t, c, i);
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

void train_corpus_identify_columns(const train_task *t, mg_str *out) {
    const train_corpus *c = &t->corpus;
    const char *columns[] = {c->config.smiles_column, c->config.text_column, c->config.id_column};
    for (size_t i = 0; i < MG_COUNT(columns); i++)
        if (columns[i]) mg_str_addf(out, " column %zu %s", i, columns[i]);
    if (c->sources.n > c->sources.own)
        mg_str_addf(out, " written %zu %d %lld %lld", c->sources.n - c->sources.own,
                    c->sources.wordings, (long long)c->sources.limit, (long long)c->sources.seed);
    if (*c->hold_out)
        mg_str_addf(out, " held out of %lld rows", (long long)mg_corpus_rows(c->rows));
    if (*c->split)
        mg_str_addf(out, " split %s %a %a %lld", c->split, c->split_validation, c->split_test,
                    (long long)c->split_seed);
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
    for (size_t i = 0; i < sources->n; i++) {
        mg_str_addf(out, " %a", (double)sources->weights[i]);
        if (t->corpus.list[i].id_prefix) mg_str_addf(out, " of %s", t->corpus.list[i].id_prefix);
    }
    train_corpus_identify_columns(t, out);
}
