/* corpus.c - molecules as SMILES tokens, some with a text as word pieces, all in memory: what the
 * writer is trained on.
 *
 * Rows of all sources, without the excluded ones -> canonical SMILES (RDKit, parallel; sources that
 * hold it already are taken as they are) -> vocabulary of SMILES tokens, vocabulary of word pieces
 * -> token ids (parallel). Rows with a text come first. Every row has its place before threads
 * start, so the result does not depend on their number.
 */
#include "chem/smiles/smiles.h"
#include "data/sources.h"
#include "data/table/table.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, MOST_IDS = 1 << 16 };
#define NO_SENTENCE "[NONE]"

struct mg_corpus {
    int64_t n, n_texts, rejected, excluded, too_long;
    int32_t n_molecules, n_sources;
    char sha256[65];
    float *weights;             /* [n_sources] */
    int32_t *source, *molecule; /* [n] */
    /* [n+1], [n_texts+1], [n_texts]: where a row starts in the next three */
    int64_t *smiles_at, *text_at, *string_at;
    uint16_t *smiles, *text;
    char *strings; /* texts, each with its zero */
    mg_smiles_vocab *tokens;
    mg_str wordpiece; /* empty without texts */
};

/* A row under work. */
typedef struct item {
    const char *smiles, *text; /* text NULL: none */
    char *own;                 /* smiles, where it was made here */
    int32_t source, n;         /* tokens; -1: no SMILES tokens */
} item;

typedef struct builder {
    const mg_corpus_config *c;
    int (*cb)(void *user, int64_t done, int64_t total);
    void *user;
    mg_rows *rows; /* [n_sources] */
    item *items;
    int64_t n;
    int threads;
    size_t longest; /* SMILES, in bytes */
    mg_corpus *out;
} builder;

/* ---- rows ---- */

static bool has_words(const mg_corpus_config *c) {
    return c->wordpiece || c->wordpiece_path || c->wordpiece_size > 0;
}

static int take_source(builder *b, size_t s, molglot_error *err) {
    const mg_corpus_source *src = &b->c->sources[s];
    const mg_rows *r = &b->rows[s];
    const bool texts = b->c->sentences || has_words(b->c);
    mg_excluded excluded;
    int code = mg_excluded_read(&excluded, b->c->exclude_path, src->path, err);
    for (size_t i = 0; i < r->n && !code; i++) {
        if (mg_excluded_has(&excluded, r->id[i]))
            b->out->excluded++;
        else if (!r->status[i].ok || !*r->smiles[i])
            b->out->rejected++;
        else
            b->items[b->n++] = (item){.smiles = r->smiles[i],
                                      .text = texts && *r->text[i] ? r->text[i] : NULL,
                                      .source = (int32_t)s};
    }
    mg_excluded_free(&excluded);
    return code;
}

static int load_rows(builder *b, molglot_error *err) {
    const size_t k = b->c->n_sources;
    mg_sha256 sha;
    mg_sha256_init(&sha);
    int64_t n = 0;
    b->out->weights = malloc((k + 1) * sizeof *b->out->weights);
    b->rows = calloc(k + 1, sizeof *b->rows);
    int code = b->rows && b->out->weights ? MOLGLOT_OK : mg_no_memory(err, "a corpus");
    for (size_t s = 0; s < k && !code; s++) {
        b->out->weights[s] = b->c->sources[s].weight;
        code = mg_source_hash(&sha, b->c->sources[s].path, NULL, err);
        if (!code) code = mg_rows_load(&b->rows[s], b->c->sources[s].path, NULL, err);
        n += (int64_t)b->rows[s].n;
    }
    b->out->n_sources = (int32_t)k;
    mg_sha256_hex(&sha, b->out->sha256);
    if (!code && !(b->items = calloc((size_t)n + 1, sizeof *b->items)))
        code = mg_no_memory(err, "a corpus");
    for (size_t s = 0; s < k && !code; s++) code = take_source(b, s, err);
    return code;
}

/* ---- molecules ---- */

static void make_canonical(const builder *b, item *it) {
    if (b->c->sources[it->source].canonical) return;
    mg_mol *mol = mg_mol_from_smiles(it->smiles, NULL, NULL);
    it->smiles = it->own = mol ? mg_mol_smiles(mol, true) : NULL;
    mg_mol_free(mol);
}

static int make_all_canonical(builder *b, molglot_error *err) {
    int64_t kept = 0;
    for (int64_t at = 0; at < b->n; at += CHUNK) {
        const int64_t end = at + CHUNK < b->n ? at + CHUNK : b->n;
#pragma omp parallel for schedule(dynamic, 16) num_threads(b->threads)
        for (int64_t i = at; i < end; i++) make_canonical(b, &b->items[i]);
        if (b->cb && b->cb(b->user, end, b->n))
            return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted while reading molecules");
    }
    for (int64_t i = 0; i < b->n; i++) {
        if (!b->items[i].smiles) {
            b->out->rejected++;
            continue;
        }
        const size_t bytes = strlen(b->items[i].smiles);
        if (bytes > b->longest) b->longest = bytes;
        b->items[kept++] = b->items[i];
    }
    b->n = kept;
    return MOLGLOT_OK;
}

static int copy_vocabulary(builder *b, molglot_error *err) {
    mg_str text = {0};
    mg_smiles_vocab_text(b->c->vocab, &text);
    if (text.failed) return mg_no_memory(err, "a corpus");
    b->out->tokens = mg_smiles_vocab_new(text.s, text.n, err);
    mg_str_free(&text);
    return b->out->tokens ? MOLGLOT_OK : MOLGLOT_NO_MEMORY;
}

static int make_tokens(builder *b, molglot_error *err) {
    if (b->c->vocab) return copy_vocabulary(b, err);
    molglot_error own = {0};
    const char **smiles = malloc(((size_t)b->n + 1) * sizeof *smiles);
    if (!smiles) return mg_no_memory(err, "a corpus");
    for (int64_t i = 0; i < b->n; i++) smiles[i] = b->items[i].smiles;
    b->out->tokens = mg_smiles_vocab_build(smiles, (size_t)b->n, b->c->token_min_count,
                                           b->c->tokens, &own);
    free(smiles);
    if (!b->out->tokens && err) *err = own;
    return b->out->tokens ? MOLGLOT_OK : own.code;
}

/* Token ids of every item at its place in `ids`, which has room for one a byte. */
static int encode_items(builder *b, const int64_t *at, uint16_t *ids, molglot_error *err) {
    int failed = 0;
#pragma omp parallel num_threads(b->threads) reduction(| : failed)
    {
        int32_t *scratch = malloc((b->longest + 1) * sizeof *scratch);
        failed = scratch == NULL;
#pragma omp for schedule(static)
        for (int64_t i = 0; i < b->n; i++) {
            item *it = &b->items[i];
            it->n = scratch ? mg_smiles_encode(b->out->tokens, it->smiles, scratch,
                                               (int32_t)b->longest, NULL)
                            : -1;
            for (int32_t k = 0; k < it->n; k++) ids[at[i] + k] = (uint16_t)scratch[k];
        }
        free(scratch);
    }
    return failed ? mg_no_memory(err, "a corpus") : MOLGLOT_OK;
}

/* Rows with a text first, otherwise in the order of the sources; keep[i] is the item of row i. */
static int64_t *choose_rows(builder *b) {
    mg_corpus *c = b->out;
    int64_t *keep = malloc(((size_t)b->n + 1) * sizeof *keep);
    for (int pass = 0; pass < 2 && keep; pass++) {
        for (int64_t i = 0; i < b->n; i++) {
            const item *it = &b->items[i];
            if ((it->text == NULL) != pass) continue;
            if (it->n < 0)
                c->rejected++;
            else if (it->n + 2 > b->c->max_tokens)
                c->too_long++;
            else
                keep[c->n++] = i;
        }
        if (pass == 0) c->n_texts = c->n;
    }
    return keep;
}

static int group_molecules(builder *b, const int64_t *keep, molglot_error *err) {
    mg_corpus *c = b->out;
    const char **smiles = malloc(((size_t)c->n + 1) * sizeof *smiles);
    c->molecule = malloc(((size_t)c->n + 1) * sizeof *c->molecule);
    for (int64_t i = 0; i < c->n && smiles; i++) smiles[i] = b->items[keep[i]].smiles;
    c->n_molecules = smiles && c->molecule ? mg_group_strings(smiles, (size_t)c->n, c->molecule)
                                           : -1;
    free(smiles);
    return c->n_molecules < 0 ? mg_no_memory(err, "a corpus") : MOLGLOT_OK;
}

static int pack_molecules(builder *b, const int64_t *keep, const int64_t *at, const uint16_t *ids,
                          molglot_error *err) {
    mg_corpus *c = b->out;
    c->smiles_at = malloc(((size_t)c->n + 1) * sizeof *c->smiles_at);
    c->source = malloc(((size_t)c->n + 1) * sizeof *c->source);
    if (!c->smiles_at || !c->source) return mg_no_memory(err, "a corpus");
    c->smiles_at[0] = 0;
    for (int64_t i = 0; i < c->n; i++) {
        c->source[i] = b->items[keep[i]].source;
        c->smiles_at[i + 1] = c->smiles_at[i] + b->items[keep[i]].n;
    }
    c->smiles = malloc(((size_t)c->smiles_at[c->n] + 1) * sizeof *c->smiles);
    if (!c->smiles) return mg_no_memory(err, "a corpus");
    for (int64_t i = 0; i < c->n; i++)
        memcpy(c->smiles + c->smiles_at[i], ids + at[keep[i]],
               (size_t)b->items[keep[i]].n * sizeof *ids);
    return group_molecules(b, keep, err);
}

/* ---- texts ---- */

/* The vocabulary, with a last piece for "no sentence". */
static mg_wordpiece *make_wordpiece(builder *b, const char *const *texts, molglot_error *err) {
    mg_str *v = &b->out->wordpiece;
    int code = MOLGLOT_OK;
    if (b->c->wordpiece)
        mg_str_addz(v, b->c->wordpiece);
    else
        code = mg_vocab_make(b->c->wordpiece_path, b->c->wordpiece_size - 1, texts, b->out->n_texts,
                             v, err);
    if (!code && v->n && v->s[v->n - 1] != '\n') mg_str_addz(v, "\n");
    const size_t last = strlen(NO_SENTENCE "\n");
    if (!code && (v->n < last || strcmp(v->s + v->n - last, NO_SENTENCE "\n") != 0))
        mg_str_addz(v, NO_SENTENCE "\n");
    if (!code && v->failed) code = mg_no_memory(err, "a corpus");
    mg_wordpiece *w = code ? NULL : mg_wordpiece_new(v->s, v->n, err);
    if (!w || mg_wordpiece_size(w) < MOST_IDS) return w;
    mg_fail(err, MOLGLOT_BAD_FILE, "a vocabulary of %d word pieces is too large: at most %d",
            mg_wordpiece_size(w), MOST_IDS - 1);
    mg_wordpiece_free(w);
    return NULL;
}

/* Word pieces of all texts, max_text places each, then moved together. */
static int encode_texts(builder *b, const mg_wordpiece *w, molglot_error *err) {
    mg_corpus *c = b->out;
    const int64_t most = b->c->max_text;
    int32_t *n = calloc((size_t)c->n_texts + 1, sizeof *n);
    c->text = malloc((size_t)(c->n_texts * most + 1) * sizeof *c->text);
    int failed = !n || !c->text;
    const int64_t rows = failed ? 0 : c->n_texts;
#pragma omp parallel num_threads(b->threads) reduction(| : failed)
    {
        int32_t *scratch = malloc((size_t)(most + 1) * sizeof *scratch);
        failed |= scratch == NULL;
#pragma omp for schedule(dynamic, 64)
        for (int64_t i = 0; i < rows; i++) {
            const char *text = c->strings + c->string_at[i];
            n[i] = scratch ? mg_wordpiece_encode(w, text, strlen(text), scratch, (int32_t)most)
                           : -1;
            failed |= n[i] < 0;
            for (int32_t k = 0; k < n[i]; k++) c->text[i * most + k] = (uint16_t)scratch[k];
        }
        free(scratch);
    }
    for (int64_t i = 0; i < c->n_texts && !failed; i++) {
        memmove(c->text + c->text_at[i], c->text + i * most, (size_t)n[i] * sizeof *c->text);
        c->text_at[i + 1] = c->text_at[i] + n[i];
    }
    free(n);
    return failed ? mg_no_memory(err, "a corpus") : MOLGLOT_OK;
}

static int copy_texts(builder *b, const int64_t *keep, const char **texts, molglot_error *err) {
    mg_corpus *c = b->out;
    size_t bytes = 0;
    for (int64_t i = 0; i < c->n_texts; i++) bytes += strlen(texts[i] = b->items[keep[i]].text) + 1;
    c->strings = malloc(bytes + 1);
    c->string_at = malloc(((size_t)c->n_texts + 1) * sizeof *c->string_at);
    c->text_at = calloc((size_t)c->n_texts + 1, sizeof *c->text_at);
    if (!c->strings || !c->string_at || !c->text_at) return mg_no_memory(err, "a corpus");
    bytes = 0;
    for (int64_t i = 0; i < c->n_texts; i++) {
        const size_t n = strlen(texts[i]) + 1;
        c->string_at[i] = (int64_t)bytes;
        memcpy(c->strings + bytes, texts[i], n);
        bytes += n;
    }
    return MOLGLOT_OK;
}

static int read_texts(builder *b, const int64_t *keep, molglot_error *err) {
    if (!b->c->sentences && !has_words(b->c)) return MOLGLOT_OK;
    const char **texts = malloc(((size_t)b->out->n_texts + 1) * sizeof *texts);
    int code = texts ? copy_texts(b, keep, texts, err) : mg_no_memory(err, "a corpus");
    molglot_error own = {0};
    mg_wordpiece *w = code || !has_words(b->c) ? NULL : make_wordpiece(b, texts, &own);
    if (own.code && err) *err = own;
    if (!code) code = w ? encode_texts(b, w, err) : own.code;
    mg_wordpiece_free(w);
    free(texts);
    return code;
}

/* ---- all of it ---- */

static int build(builder *b, molglot_error *err) {
    int code = load_rows(b, err);
    if (!code) code = make_all_canonical(b, err);
    if (!code) code = make_tokens(b, err);
    int64_t *at = malloc(((size_t)b->n + 1) * sizeof *at), *keep = NULL, bytes = 0;
    for (int64_t i = 0; i < b->n && at && !code; i++) {
        at[i] = bytes;
        bytes += (int64_t)strlen(b->items[i].smiles);
    }
    uint16_t *ids = malloc(((size_t)bytes + 1) * sizeof *ids);
    if (!code && (!at || !ids)) code = mg_no_memory(err, "a corpus");
    if (!code) code = encode_items(b, at, ids, err);
    if (!code && !(keep = choose_rows(b))) code = mg_no_memory(err, "a corpus");
    if (!code) code = pack_molecules(b, keep, at, ids, err);
    if (!code) code = read_texts(b, keep, err);
    free(keep);
    free(at);
    free(ids);
    return code;
}

mg_corpus *mg_corpus_open(const mg_corpus_config *c, int (*cb)(void *, int64_t, int64_t),
                          void *user, molglot_error *err) {
    if (mg_chem_init(err)) return NULL;
    builder b = {.c = c,
                 .cb = cb,
                 .user = user,
                 .threads = c->threads > 0 ? c->threads : omp_get_max_threads(),
                 .out = calloc(1, sizeof *b.out)};
    int code = b.out ? build(&b, err) : mg_no_memory(err, "a corpus");
    for (size_t s = 0; s < c->n_sources && b.rows; s++) mg_rows_free(&b.rows[s]);
    for (int64_t i = 0; i < b.n; i++) free(b.items[i].own);
    free(b.rows);
    free(b.items);
    if (!code) return b.out;
    mg_corpus_close(b.out);
    return NULL;
}

void mg_corpus_close(mg_corpus *c) {
    if (!c) return;
    free(c->weights);
    free(c->source);
    free(c->molecule);
    free(c->smiles_at);
    free(c->text_at);
    free(c->string_at);
    free(c->smiles);
    free(c->text);
    free(c->strings);
    mg_smiles_vocab_free(c->tokens);
    mg_str_free(&c->wordpiece);
    free(c);
}

/* ---- what it holds ---- */

int64_t mg_corpus_rows(const mg_corpus *c) { return c->n; }
int64_t mg_corpus_texts(const mg_corpus *c) { return c->n_texts; }
int64_t mg_corpus_rejected(const mg_corpus *c) { return c->rejected; }
int64_t mg_corpus_excluded(const mg_corpus *c) { return c->excluded; }
int64_t mg_corpus_too_long(const mg_corpus *c) { return c->too_long; }
const char *mg_corpus_sha256(const mg_corpus *c) { return c->sha256; }
const mg_smiles_vocab *mg_corpus_tokens(const mg_corpus *c) { return c->tokens; }
int32_t mg_corpus_molecule(const mg_corpus *c, int64_t i) { return c->molecule[i]; }
int32_t mg_corpus_molecules(const mg_corpus *c) { return c->n_molecules; }
const char *mg_corpus_sentence(const mg_corpus *c, int64_t i) {
    return i < c->n_texts ? c->strings + c->string_at[i] : "";
}

const char *mg_corpus_wordpiece(const mg_corpus *c, size_t *n) {
    *n = c->wordpiece.n;
    return c->wordpiece.s;
}

const uint16_t *mg_corpus_smiles(const mg_corpus *c, int64_t i, int32_t *n) {
    *n = (int32_t)(c->smiles_at[i + 1] - c->smiles_at[i]);
    return c->smiles + c->smiles_at[i];
}

char *mg_corpus_smiles_string(const mg_corpus *c, int64_t i) {
    mg_str s = {0};
    mg_str_addz(&s, "");
    for (int64_t k = c->smiles_at[i]; k < c->smiles_at[i + 1]; k++)
        mg_str_addz(&s, mg_smiles_vocab_token(c->tokens, c->smiles[k]));
    if (s.failed) mg_str_free(&s);
    return s.s;
}

const uint16_t *mg_corpus_text(const mg_corpus *c, int64_t i, int32_t *n) {
    *n = i < c->n_texts ? (int32_t)(c->text_at[i + 1] - c->text_at[i]) : 0;
    return *n ? c->text + c->text_at[i] : NULL;
}

int mg_corpus_order(const mg_corpus *c, uint64_t seed, int64_t epoch, int64_t **order, int64_t *n,
                    molglot_error *err) {
    return mg_epoch_order(c->source, c->n, c->weights, c->n_sources, seed, epoch, order, n, err);
}
