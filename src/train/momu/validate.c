/* validate.c - retrieval on validation pairs between epochs, in the training process.
 *
 * Texts and molecules are featurised once. Each round embeds them and ranks
 *   a text      among the molecules of all pairs and of the pool
 *   a molecule  among the texts
 * Pool rows with the same SMILES string as the target count as found.
 */
#include "data/table/table.h"
#include "model/momu/momu.h"
#include "score/score.h"
#include "train/momu/inside.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 1024 }; /* per forward pass */

struct train_eval {
    int64_t n, n_molecules; /* pairs; molecules of pairs and pool */
    int dim, threads;
    int64_t n_text_blocks, n_mol_blocks;
    mg_batch *texts, *molecules;     /* ROWS rows each, the last fewer */
    float *text_rows, *mol_rows;     /* [n, dim], [n_molecules, dim] */
    int64_t *target;                 /* i -> i */
    int32_t *mol_group, *text_group; /* equal strings share a number */
};

/* ---- preparation ---- */

static mg_batch *featurise_all(const mg_featuriser *f, const char *const *strings, int64_t n,
                               bool text, int64_t *n_blocks, molglot_error *err) {
    const int64_t blocks = (n + ROWS - 1) / ROWS;
    mg_batch *b = calloc((size_t)blocks + 1, sizeof *b);
    int code = b ? MOLGLOT_OK : mg_no_memory(err, "validation");
    for (int64_t k = 0; k < blocks && !code; k++) {
        const size_t rows = (size_t)(n - k * ROWS < ROWS ? n - k * ROWS : ROWS);
        if ((code = mg_batch_init(&b[k], err))) break;
        *n_blocks = k + 1;
        code = text ? mg_featurise_texts(f, strings + k * ROWS, rows, &b[k], err)
                    : mg_featurise_smiles(f, strings + k * ROWS, rows, &b[k], err);
    }
    return b;
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

static int allocate(train_eval *e, molglot_error *err) {
    const size_t n = (size_t)e->n, m = (size_t)e->n_molecules, dim = (size_t)e->dim;
    e->text_rows = malloc(n * dim * sizeof(float));
    e->mol_rows = malloc(m * dim * sizeof(float));
    e->target = malloc(n * sizeof *e->target);
    e->mol_group = malloc(m * sizeof *e->mol_group);
    e->text_group = malloc(n * sizeof *e->text_group);
    if (!e->text_rows || !e->mol_rows || !e->target || !e->mol_group || !e->text_group)
        return mg_no_memory(err, "validation");
    for (int64_t i = 0; i < e->n; i++) e->target[i] = i;
    return MOLGLOT_OK;
}

/* The molecules of the pairs first, then the pool's. */
static int prepare(train_eval *e, const mg_featuriser *f, const mg_rows *pairs, const mg_rows *pool,
                   molglot_error *err) {
    int code = allocate(e, err);
    if (code) return code;
    const char **smiles = malloc((size_t)e->n_molecules * sizeof *smiles);
    if (!smiles) return mg_no_memory(err, "validation");
    memcpy(smiles, pairs->smiles, pairs->n * sizeof *smiles);
    if (pool->n) memcpy(smiles + pairs->n, pool->smiles, pool->n * sizeof *smiles);
    const char *const *texts = (const char *const *)pairs->text;
    if (mg_group_strings(smiles, (size_t)e->n_molecules, e->mol_group) < 0 ||
        mg_group_strings(texts, pairs->n, e->text_group) < 0)
        code = mg_no_memory(err, "validation");
    molglot_error own = {0};
    if (!code) e->texts = featurise_all(f, texts, e->n, true, &e->n_text_blocks, &own);
    if (!code && !(code = own.code))
        e->molecules = featurise_all(f, smiles, e->n_molecules, false, &e->n_mol_blocks, &own);
    if (!code) code = own.code;
    if (own.code && err) *err = own;
    free(smiles);
    return code;
}

/* Rows with both sides. Those of a split have the usual columns. */
static int load_pairs(mg_rows *r, train_momu *m, molglot_error *err) {
    const train_corpus *c = &m->t.corpus;
    const char *path = train_held_out_pairs(&m->t, m->c.pairs);
    const bool own = path == m->c.pairs;
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
    return train_tell_overlap(&m->t, path, (const char *const *)r->smiles,
                              (const char *const *)r->text, n, err);
}

static int load(train_eval *e, train_momu *m, molglot_error *err) {
    const train_momu_config *c = &m->c;
    const mg_corpus *d = m->t.corpus.rows;
    mg_rows pairs = {0}, pool = {0};
    size_t vocab_bytes = 0;
    const char *vocab = c->model.text.encoder.layers > 0 ? mg_corpus_wordpiece(d, &vocab_bytes)
                                                         : NULL;
    mg_wordpiece *w = vocab ? mg_wordpiece_new(vocab, vocab_bytes, err) : NULL;
    if (vocab && !w) return MOLGLOT_BAD_FILE;
    const mg_featuriser f = featuriser_of(c, d, w, e->threads);
    int code = load_pairs(&pairs, m, err);
    if (!code && *c->pool) code = mg_rows_load(&pool, c->pool, NULL, err);
    e->n = (int64_t)pairs.n;
    e->n_molecules = (int64_t)(pairs.n + pool.n);
    e->dim = c->model.dim;
    if (!code) code = prepare(e, &f, &pairs, &pool, err);
    mg_rows_free(&pairs);
    mg_rows_free(&pool);
    mg_wordpiece_free(w);
    return code;
}

int train_eval_new(train_momu *m, train_eval **out, molglot_error *err) {
    if (!*train_held_out_pairs(&m->t, m->c.pairs)) return MOLGLOT_OK;
    train_eval *e = calloc(1, sizeof *e);
    if (!e) return mg_no_memory(err, "validation");
    e->threads = m->t.o->threads;
    int code = load(e, m, err);
    if (code)
        train_eval_free(e);
    else
        *out = e;
    return code;
}

void train_eval_free(train_eval *e) {
    if (!e) return;
    for (int64_t i = 0; i < e->n_text_blocks; i++) mg_batch_free(&e->texts[i]);
    for (int64_t i = 0; i < e->n_mol_blocks; i++) mg_batch_free(&e->molecules[i]);
    free(e->texts);
    free(e->molecules);
    free(e->text_rows);
    free(e->mol_rows);
    free(e->target);
    free(e->mol_group);
    free(e->text_group);
    free(e);
}

/* ---- a round ---- */

static int embed(train_momu *m, const mg_batch *blocks, int64_t n_blocks, bool text, float *out,
                 molglot_error *err) {
    for (int64_t k = 0; k < n_blocks; k++) {
        mg_tape_reset(m->t.tape);
        mg_tensor *y = text ? mg_momu_text(m->t.tape, m->momu, &blocks[k].text)
                            : mg_momu_graph(m->t.tape, m->momu, &blocks[k].mol);
        const float *rows = mg_values(m->t.tape, y);
        int code = mg_tape_error(m->t.tape, err);
        if (code) return code;
        memcpy(out, rows, (size_t)mg_tensor_count(y) * sizeof(float));
        out += mg_tensor_count(y);
    }
    return MOLGLOT_OK;
}

int train_eval_run(train_eval *e, train_momu *m, molglot_error *err) {
    int code = embed(m, e->texts, e->n_text_blocks, true, e->text_rows, err);
    if (!code) code = embed(m, e->molecules, e->n_mol_blocks, false, e->mol_rows, err);
    if (!code)
        code = mg_retrieval_score(e->text_rows, e->n, e->mol_rows, e->n_molecules, e->dim,
                                  e->target, e->mol_group, e->threads, 0, 0, &m->t2m, err);
    if (!code)
        code = mg_retrieval_score(e->mol_rows, e->n, e->text_rows, e->n, e->dim, e->target,
                                  e->text_group, e->threads, 0, 0, &m->m2t, err);
    return code;
}
