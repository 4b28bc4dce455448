/* validate.c - retrieval on validation pairs between epochs, in the training process.
 *
 * Sets of pairs, each with a pool of further molecules or none: the recipe's eval.pairs (or the
 * rows of its split), which give the score, and those of eval.sets. Texts and molecules are
 * featurised once, a pool once for all sets that name it. Each round embeds them and ranks, of each
 * set, a text      among the molecules of all its pairs and of its pool a molecule  among its texts
 * Pool rows with the same SMILES string as the target count as found. With eval.limit and
 * eval.pool_limit so many pairs and pool molecules, evenly spaced in their files.
 */
#include "data/table/table.h"
#include "model/momu/momu.h"
#include "score/score.h"
#include "train/momu/inside.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 1024 }; /* per forward pass */

typedef struct eval_rows { /* texts or molecules */
    int64_t n, n_blocks;
    mg_batch *blocks; /* ROWS rows each, the last fewer */
    float *values;    /* [n, dim]; NULL: elsewhere */
} eval_rows;

typedef struct eval_pool {
    const char *path;
    mg_rows strings; /* until the sets are ready */
    eval_rows rows;
} eval_pool;

typedef struct eval_set {
    eval_rows texts, molecules;
    const eval_pool *pool;           /* NULL: none */
    int64_t *target;                 /* i -> i */
    int32_t *mol_group, *text_group; /* equal strings share a number */
} eval_set;

struct train_eval {
    int dim, threads, n_sets, n_pools;
    eval_set set[TRAIN_EVAL_SETS];
    eval_pool pool[TRAIN_EVAL_SETS];
    int64_t most;     /* molecules of a set and its pool */
    float *molecules; /* [most, dim], of the set that is scored */
};

/* ---- recipe ---- */

static bool is_name(const char *s) {
    const size_t n = strlen(s);
    return n > 0 && n <= 32 &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == n;
}

static int read_set(mg_toml *t, train_momu *m, const char *name, molglot_error *err) {
    train_momu_config *c = &m->c;
    char key[64], *pairs = c->paths[2 * c->n_sets], *pool = c->paths[2 * c->n_sets + 1];
    const char *between = *name ? "." : "";
    snprintf(key, sizeof key, "eval.%s%spairs", name, between);
    int code = train_read_path(t, &m->t.c, key, pairs, err);
    if (!code && *name && !*pairs) code = train_refuse(err, key, "a set has pairs");
    snprintf(key, sizeof key, "eval.%s%spool", name, between);
    if (!code) code = train_read_path(t, &m->t.c, key, pool, err);
    c->sets[c->n_sets++] = (train_eval_set){name, pairs, pool};
    return code;
}

int train_eval_read(mg_toml *t, train_momu *m, molglot_error *err) {
    train_momu_config *c = &m->c;
    size_t n;
    const char *const *names = mg_toml_strs(t, "eval.sets", &n);
    c->eval_limit = mg_toml_int(t, "eval.limit", 0);
    c->pool_limit = mg_toml_int(t, "eval.pool_limit", 0);
    if (c->eval_limit < 0 || c->pool_limit < 0)
        return train_refuse(err, "eval.limit", "rows of each file; 0: all");
    int code = read_set(t, m, "", err);
    if (!code && n >= TRAIN_EVAL_SETS) return train_refuse(err, "eval.sets", "at most 15 names");
    for (size_t i = 0; i < n && !code; i++) {
        if (!is_name(names[i]))
            return train_refuse(err, "eval.sets", "names of letters, digits, _ and -");
        code = read_set(t, m, names[i], err);
    }
    return code;
}

/* What there is to validate on. */
static void choose_sets(train_momu *m) {
    train_momu_config *c = &m->c;
    c->sets[0].pairs = train_held_out_pairs(&m->t, c->sets[0].pairs);
    if (*c->sets[0].pairs) return;
    c->n_sets--;
    memmove(c->sets, c->sets + 1, (size_t)c->n_sets * sizeof *c->sets);
}

/* ---- preparation ---- */

static int featurise_all(eval_rows *r, const mg_featuriser *f, const char *const *strings,
                         int64_t n, bool text, molglot_error *err) {
    const int64_t blocks = (n + ROWS - 1) / ROWS;
    r->n = n;
    r->blocks = calloc((size_t)blocks + 1, sizeof *r->blocks);
    int code = r->blocks ? MOLGLOT_OK : mg_no_memory(err, "validation");
    for (int64_t k = 0; k < blocks && !code; k++) {
        const size_t rows = (size_t)(n - k * ROWS < ROWS ? n - k * ROWS : ROWS);
        if ((code = mg_batch_init(&r->blocks[k], err))) break;
        r->n_blocks = k + 1;
        code = text ? mg_featurise_texts(f, strings + k * ROWS, rows, &r->blocks[k], err)
                    : mg_featurise_smiles(f, strings + k * ROWS, rows, &r->blocks[k], err);
    }
    return code;
}

static int make_values(eval_rows *r, int dim, molglot_error *err) {
    r->values = malloc(((size_t)r->n * (size_t)dim + 1) * sizeof *r->values);
    return r->values ? MOLGLOT_OK : mg_no_memory(err, "validation");
}

static void free_rows(eval_rows *r) {
    for (int64_t i = 0; i < r->n_blocks; i++) mg_batch_free(&r->blocks[i]);
    free(r->blocks);
    free(r->values);
}

static mg_featuriser featuriser_of(const train_momu_config *c, const mg_corpus *d,
                                   const mg_wordpiece *w, int threads) {
    const mg_momu_config *m = &c->model;
    return (mg_featuriser){.wordpiece = w,
                           .max_tokens = m->text.max_tokens,
                           .max_chars = m->text.max_chars,
                           .special_tokens = m->text.special_tokens,
                           .members = 1,
                           .text_bag = {mg_corpus_text_bag(d)},
                           .text_families = m->text.families,
                           .graph = m->graph.encoder.layers > 0,
                           .features = m->graph.features,
                           .graph_bag = {mg_corpus_graph_bag(d)},
                           .graph_families = m->graph.families,
                           .limits = mg_chem_limits_default(),
                           .threads = threads};
}

/* Leaves `limit` of the rows, evenly spaced; 0: all. */
static void thin(mg_rows *r, int64_t limit) {
    if (limit <= 0 || (int64_t)r->n <= limit) return;
    for (size_t k = 0; k < (size_t)limit; k++) {
        const size_t i = k * r->n / (size_t)limit;
        r->smiles[k] = r->smiles[i];
        r->text[k] = r->text[i];
    }
    r->n = (size_t)limit;
}

/* Numbers that equal molecules of the set and its pool share, and equal texts. */
static int number_rows(eval_set *s, const mg_rows *pairs, const mg_rows *pool, molglot_error *err) {
    const size_t n = pairs->n, more = pool ? pool->n : 0;
    const char **smiles = malloc((n + more + 1) * sizeof *smiles);
    s->target = malloc((n + 1) * sizeof *s->target);
    s->mol_group = malloc((n + more + 1) * sizeof *s->mol_group);
    s->text_group = malloc((n + 1) * sizeof *s->text_group);
    bool ok = smiles && s->target && s->mol_group && s->text_group;
    for (size_t i = 0; i < n && ok; i++) {
        smiles[i] = pairs->smiles[i];
        s->target[i] = (int64_t)i;
    }
    for (size_t i = 0; i < more && ok; i++) smiles[n + i] = pool->smiles[i];
    ok = ok && mg_group_strings(smiles, n + more, s->mol_group) >= 0 &&
         mg_group_strings((const char *const *)pairs->text, n, s->text_group) >= 0;
    free(smiles);
    return ok ? MOLGLOT_OK : mg_no_memory(err, "validation");
}

/* Rows with both sides. Those of a split have the usual columns. */
static int load_pairs(mg_rows *r, train_momu *m, int k, molglot_error *err) {
    train_corpus *c = &m->t.corpus;
    const char *path = m->c.sets[k].pairs;
    const bool own = path == m->c.paths[0];
    const mg_table_options o = {.smiles_column = own ? c->eval_smiles : NULL,
                                .text_column = own ? c->eval_text : NULL,
                                .header = -1};
    int code = mg_rows_load(r, path, &o, err);
    if (code) return code;
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (!r->status[i].ok || !*r->smiles[i] || !*r->text[i]) continue;
        r->smiles[n] = r->smiles[i];
        r->text[n++] = r->text[i];
    }
    const int64_t rows = (int64_t)r->n;
    r->n = n;
    if (!n) return mg_fail_no_pairs(path, o.smiles_column, o.text_column, rows, err);
    if ((int64_t)n < rows)
        train_tell(&m->t, "%s: %lld rows without a molecule or a text left out", path,
                   (long long)rows - (long long)n);
    thin(r, m->c.eval_limit);
    const mg_overlap first = c->overlap; /* the manifest's */
    code = train_tell_overlap(&m->t, path, (const char *const *)r->smiles,
                              (const char *const *)r->text, r->n, err);
    if (k) c->overlap = first;
    return code;
}

/* The pool of this path, read and featurised when it is first named; NULL with "": none. */
static int find_pool(train_eval *e, const train_momu *m, const mg_featuriser *f, const char *path,
                     const eval_pool **out, molglot_error *err) {
    *out = NULL;
    for (int k = 0; k < e->n_pools; k++)
        if (strcmp(e->pool[k].path, path) == 0) *out = &e->pool[k];
    if (!*path || *out) return MOLGLOT_OK;
    eval_pool *p = &e->pool[e->n_pools++];
    p->path = path;
    int code = mg_rows_load(&p->strings, path, NULL, err);
    if (code) return code;
    thin(&p->strings, m->c.pool_limit);
    code = featurise_all(&p->rows, f, (const char *const *)p->strings.smiles, (int64_t)p->strings.n,
                         false, err);
    *out = p;
    return code ? code : make_values(&p->rows, e->dim, err);
}

static int load_set(train_eval *e, train_momu *m, const mg_featuriser *f, int k,
                    molglot_error *err) {
    eval_set *s = &e->set[k];
    mg_rows pairs = {0};
    int code = load_pairs(&pairs, m, k, err);
    const int64_t n = (int64_t)pairs.n;
    if (!code) code = find_pool(e, m, f, m->c.sets[k].pool, &s->pool, err);
    if (!code) code = number_rows(s, &pairs, s->pool ? &s->pool->strings : NULL, err);
    if (!code) code = featurise_all(&s->texts, f, (const char *const *)pairs.text, n, true, err);
    if (!code)
        code = featurise_all(&s->molecules, f, (const char *const *)pairs.smiles, n, false, err);
    if (!code) code = make_values(&s->texts, e->dim, err);
    mg_rows_free(&pairs);
    const int64_t all = n + (s->pool ? s->pool->rows.n : 0);
    if (all > e->most) e->most = all;
    return code;
}

static int load(train_eval *e, train_momu *m, molglot_error *err) {
    const train_momu_config *c = &m->c;
    const mg_corpus *d = m->t.corpus.rows;
    size_t vocab_bytes = 0;
    const char *vocab = c->model.text.encoder.layers > 0 ? mg_corpus_wordpiece(d, &vocab_bytes)
                                                         : NULL;
    mg_wordpiece *w = vocab ? mg_wordpiece_new(vocab, vocab_bytes, err) : NULL;
    if (vocab && !w) return MOLGLOT_BAD_FILE;
    const mg_featuriser f = featuriser_of(c, d, w, e->threads);
    int code = MOLGLOT_OK;
    e->dim = c->model.dim;
    for (int k = 0; k < e->n_sets && !code; k++) code = load_set(e, m, &f, k, err);
    for (int k = 0; k < e->n_pools; k++) mg_rows_free(&e->pool[k].strings);
    mg_wordpiece_free(w);
    e->molecules = malloc(((size_t)e->most * (size_t)e->dim + 1) * sizeof *e->molecules);
    return code || e->molecules ? code : mg_no_memory(err, "validation");
}

int train_eval_new(train_momu *m, train_eval **out, molglot_error *err) {
    choose_sets(m);
    if (!m->c.n_sets) return MOLGLOT_OK;
    train_eval *e = calloc(1, sizeof *e);
    if (!e) return mg_no_memory(err, "validation");
    e->threads = m->t.o->threads;
    e->n_sets = m->c.n_sets;
    int code = load(e, m, err);
    if (code)
        train_eval_free(e);
    else
        *out = e;
    return code;
}

void train_eval_free(train_eval *e) {
    if (!e) return;
    for (int k = 0; k < e->n_sets; k++) {
        eval_set *s = &e->set[k];
        free_rows(&s->texts);
        free_rows(&s->molecules);
        free(s->target);
        free(s->mol_group);
        free(s->text_group);
    }
    for (int k = 0; k < e->n_pools; k++) free_rows(&e->pool[k].rows);
    free(e->molecules);
    free(e);
}

/* ---- a round ---- */

static int embed(train_momu *m, const eval_rows *r, bool text, float *out, molglot_error *err) {
    for (int64_t k = 0; k < r->n_blocks; k++) {
        mg_tape_reset(m->t.tape);
        mg_tensor *y = text ? mg_momu_text(m->t.tape, m->momu, &r->blocks[k].text)
                            : mg_momu_graph(m->t.tape, m->momu, &r->blocks[k].mol);
        const float *rows = mg_values(m->t.tape, y);
        int code = mg_tape_error(m->t.tape, err);
        if (code) return code;
        memcpy(out, rows, (size_t)mg_tensor_count(y) * sizeof(float));
        out += mg_tensor_count(y);
    }
    return MOLGLOT_OK;
}

static int score_set(train_eval *e, train_momu *m, int k, molglot_error *err) {
    const eval_set *s = &e->set[k];
    train_eval_scores *to = &m->scores[k];
    const int64_t n = s->texts.n, more = s->pool ? s->pool->rows.n : 0;
    int code = embed(m, &s->texts, true, s->texts.values, err);
    if (!code) code = embed(m, &s->molecules, false, e->molecules, err);
    if (!code && more)
        memcpy(e->molecules + n * e->dim, s->pool->rows.values,
               (size_t)more * (size_t)e->dim * sizeof *e->molecules);
    if (!code)
        code = mg_retrieval_score(s->texts.values, n, e->molecules, n + more, e->dim, s->target,
                                  s->mol_group, e->threads, 0, 0, &to->t2m, err);
    return code ? code
                : mg_retrieval_score(e->molecules, n, s->texts.values, n, e->dim, s->target,
                                     s->text_group, e->threads, 0, 0, &to->m2t, err);
}

int train_eval_run(train_eval *e, train_momu *m, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int k = 0; k < e->n_pools && !code; k++)
        code = embed(m, &e->pool[k].rows, false, e->pool[k].rows.values, err);
    for (int k = 0; k < e->n_sets && !code; k++) code = score_set(e, m, k, err);
    return code;
}
