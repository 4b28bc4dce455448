/* momu.c - MoMu: a text tower and a molecule tower in one space [n, dim], compared by cosine.
 *
 *   text     = unit(head(pool(transformer(tokens))) + bag(n-grams))
 *   molecule = unit(head(mean over atoms(GIN(graph))) + bag(substructures))
 *   bag(x)   = Wskip h + W2 dropout(gelu(W1 h))
 *   h        = LayerNorm(x E)                     x: sparse rows [n, vocab]; E [vocab, d]
 *
 * Either channel of a tower may be absent; the published model is transformer + GIN. A channel
 * whose input is empty in some row (no tokens, no features) gives nothing there, so a row with no
 * input at all is zero and not a learned constant.
 */
#include "model/momu/momu.h"

#include "base/bags.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COSINE_EPS 1e-12f

typedef struct head {
    mg_dense first, last; /* "linear": last alone */
    bool mlp;
} head;

typedef struct bag {
    mg_tensor *table; /* [vocab, d]; NULL: no such channel */
    mg_lnorm norm;
    mg_dense up, down, skip;
    float dropout;
} bag;

struct mg_momu {
    mg_momu_config c;
    mg_transformer *transformer;
    mg_dense pooler;
    head text_head, graph_head;
    bag text_bag, graph_bag;
    mg_gin *gin;
    mg_tensor *log_scale; /* NULL: fixed temperature */
};

/* ---- declaration ---- */

static void declare_head(head *h, mg_params *p, const char *name, const char *kind, int in,
                         int out) {
    char part[64];
    h->mlp = strcmp(kind, "mlp") == 0;
    snprintf(part, sizeof part, "%s.0", name);
    if (h->mlp) mg_dense_init(&h->first, p, part, in, in, true);
    snprintf(part, sizeof part, "%s.2", name);
    mg_dense_init(&h->last, p, h->mlp ? part : name, in, out, true);
}

static void declare_bag(bag *b, mg_params *p, const char *name, const mg_bag_config *c, int out) {
    char part[64];
    if (c->vocab < 1) return;
    snprintf(part, sizeof part, "%s.table", name);
    b->table = mg_params_add(p, part, c->vocab, c->dim, MG_INIT_NORMAL, c->init, MG_PARAM_DECAY);
    snprintf(part, sizeof part, "%s.norm", name);
    mg_lnorm_init(&b->norm, p, part, c->dim, 1e-5f);
    snprintf(part, sizeof part, "%s.up", name);
    mg_dense_init(&b->up, p, part, c->dim, c->hidden, true);
    snprintf(part, sizeof part, "%s.down", name);
    mg_dense_init(&b->down, p, part, c->hidden, out, true);
    snprintf(part, sizeof part, "%s.skip", name);
    mg_dense_init(&b->skip, p, part, c->dim, out, false);
    b->dropout = c->dropout;
}

/* GIN's tables: the published ones, or one row for every value of every feature column. */
static mg_gin *declare_gin(mg_params *p, const mg_momu_config *c) {
    mg_gin_config g = c->graph.encoder;
    int32_t self[2] = {c->graph.self_loop, 0};
    if (g.published) {
        g.atom_rows = 120 + 3, g.bond_rows = 6 + 3, g.atom_cols = g.bond_cols = 2;
        self[1] = 6;
        g.self_ids = c->graph.self_loop >= 0 ? self : NULL;
    } else {
        const mg_feat_kind kind = c->graph.features;
        g.atom_rows = g.bond_rows = 0;
        g.atom_cols = mg_feat_atom_cols(kind);
        g.bond_cols = mg_feat_bond_cols(kind);
        for (int i = 0; i < g.atom_cols; i++) g.atom_rows += mg_feat_atom_size(kind, i);
        for (int i = 0; i < g.bond_cols; i++) g.bond_rows += mg_feat_bond_size(kind, i);
        g.self_ids = NULL;
    }
    return mg_gin_new(p, "graph_encoder", &g);
}

static bool declare_text(mg_momu *m, mg_params *p) {
    const mg_momu_config *c = &m->c;
    declare_bag(&m->text_bag, p, "text_bag", &c->text.bag, c->dim);
    if (c->text.encoder.layers < 1) return true;
    const int hidden = c->text.encoder.hidden;
    m->transformer = mg_transformer_new(p, "text_encoder.main_model", &c->text.encoder);
    if (strcmp(c->text.pooling, "cls") == 0)
        mg_dense_init(&m->pooler, p, "text_encoder.main_model.pooler.dense", hidden, hidden, true);
    declare_head(&m->text_head, p, "text_proj_head", c->text.head, hidden, c->dim);
    return m->transformer != NULL;
}

static bool declare_graph(mg_momu *m, mg_params *p) {
    const mg_momu_config *c = &m->c;
    declare_bag(&m->graph_bag, p, "graph_bag", &c->graph.bag, c->dim);
    if (c->graph.encoder.layers < 1) return true;
    m->gin = declare_gin(p, c);
    declare_head(&m->graph_head, p, "graph_proj_head", c->graph.head, c->graph.encoder.dim, c->dim);
    return m->gin != NULL;
}

mg_momu *mg_momu_new(mg_params *p, const mg_momu_config *c, molglot_error *err) {
    int code = mg_momu_config_check(c, err);
    if (code) return NULL;
    mg_momu *m = calloc(1, sizeof *m);
    if (m) m->c = *c;
    if (!m || !declare_text(m, p) || !declare_graph(m, p)) {
        mg_momu_free(m);
        mg_no_memory(err, "the model");
        return NULL;
    }
    if (c->learn_temperature)
        m->log_scale = mg_params_add(p, "log_scale", 1, 1, MG_INIT_CONST, logf(1 / c->temperature),
                                     0);
    return m;
}

void mg_momu_free(mg_momu *m) {
    if (!m) return;
    mg_transformer_free(m->transformer);
    mg_gin_free(m->gin);
    free(m);
}

const mg_momu_config *mg_momu_get_config(const mg_momu *m) { return &m->c; }

/* ---- forward ---- */

/* y with the rows whose list offsets[i] .. offsets[i+1] is empty set to zero. */
static mg_tensor *blank_empty(mg_tape *t, mg_tensor *y, const int32_t *offsets, int64_t n) {
    int64_t empty = 0;
    for (int64_t i = 0; i < n; i++) empty += offsets[i] == offsets[i + 1];
    if (!empty) return y;
    const int32_t *rows = mg_rows_offsets(t, n, 1);
    float *keep = mg_tape_alloc(t, (size_t)n * sizeof *keep);
    if (!rows || !keep) return NULL;
    for (int64_t i = 0; i < n; i++) keep[i] = offsets[i] == offsets[i + 1] ? 0 : 1;
    return mg_gather_sum(t, y, (mg_csr){.n = n, .offsets = rows, .weights = keep});
}

/* First row of every sequence; zeros for an empty one. */
static mg_tensor *first_rows(mg_tape *t, mg_tensor *x, const int32_t *offsets, int64_t n) {
    int32_t *ids = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *ids);
    for (int64_t i = 0; ids && i < n; i++) ids[i] = offsets[i] < offsets[i + 1] ? offsets[i] : -1;
    return mg_rows_at_some(t, x, ids, n);
}

static mg_tensor *apply_head(mg_tape *t, const head *h, mg_tensor *x) {
    if (h->mlp) x = mg_dense_forward(t, &h->first, x, MG_ACT_RELU);
    return mg_dense_forward(t, &h->last, x, MG_ACT_NONE);
}

static mg_tensor *apply_bag(mg_tape *t, const bag *b, const mg_bags *rows) {
    mg_csr csr = {
        .n = rows->n, .offsets = rows->offsets, .ids = rows->ids, .weights = rows->weights};
    mg_tensor *h = mg_lnorm_forward(t, &b->norm, mg_gather_sum(t, b->table, csr), NULL);
    mg_tensor *wide = mg_dropout(t, mg_dense_forward(t, &b->up, h, MG_ACT_GELU), b->dropout);
    mg_tensor *y = mg_add(t, mg_dense_forward(t, &b->skip, h, MG_ACT_NONE),
                          mg_dense_forward(t, &b->down, wide, MG_ACT_NONE));
    return blank_empty(t, y, rows->offsets, rows->n);
}

static mg_tensor *text_tokens(mg_tape *t, const mg_momu *m, const mg_text_batch *b) {
    mg_seqs seqs = {b->n, b->token_offsets};
    mg_tensor *h = mg_transformer_forward(t, m->transformer, b->token_ids, b->positions, seqs),
              *pooled;
    if (m->pooler.w) {
        pooled = mg_dense_forward(t, &m->pooler, first_rows(t, h, b->token_offsets, b->n),
                                  MG_ACT_TANH);
        pooled = mg_dropout(t, pooled, m->c.text.encoder.dropout);
    } else {
        pooled = mg_gather_sum(t, h,
                               (mg_csr){.n = b->n, .offsets = b->token_offsets, .mean = true});
    }
    return blank_empty(t, apply_head(t, &m->text_head, pooled), b->token_offsets, b->n);
}

/* The published tables know two columns of each kind and fewer values than the featuriser gives:
 * what they lack becomes 0 (docs/reference/momu.md 2.2). `base` is the featuriser's first row of
 * the second column. */
static int32_t *published_rows(mg_tape *t, const int32_t *ids, int64_t n, int cols, int base,
                               int rows1, int rows2) {
    int32_t *out = mg_tape_alloc(t, (size_t)(2 * n + 1) * sizeof *out);
    for (int64_t i = 0; out && i < n; i++) {
        int32_t first = ids[i * cols], second = ids[i * cols + 1] - base;
        out[2 * i] = first < rows1 ? first : 0;
        out[2 * i + 1] = rows1 + (second < rows2 ? second : 0);
    }
    return out;
}

static mg_tensor *graph_atoms(mg_tape *t, const mg_momu *m, const mg_mol_batch *b) {
    const int64_t n_atoms = b->atom_offsets[b->n], n_edges = b->edge_offsets[n_atoms];
    const int32_t *atoms = b->atom_ids, *bonds = b->edge_ids;
    const mg_feat_kind kind = m->c.graph.features;
    if (b->atom_cols != mg_feat_atom_cols(kind) || b->bond_cols != mg_feat_bond_cols(kind)) {
        mg_tape_fail(t, "molecule batch has %d atom and %d bond columns, the model reads %d and %d",
                     b->atom_cols, b->bond_cols, mg_feat_atom_cols(kind), mg_feat_bond_cols(kind));
        return NULL;
    }
    if (m->c.graph.encoder.published) {
        atoms = published_rows(t, atoms, n_atoms, b->atom_cols, mg_feat_atom_size(kind, 0), 120, 3);
        bonds = published_rows(t, bonds, n_edges, b->bond_cols, mg_feat_bond_size(kind, 0), 6, 3);
        if (!atoms || !bonds) return NULL;
    }
    mg_tensor *h = mg_gin_forward(t, m->gin, n_atoms, atoms, b->edge_offsets, b->edge_src, bonds);
    mg_tensor *pooled =
        mg_gather_sum(t, h, (mg_csr){.n = b->n, .offsets = b->atom_offsets, .mean = true});
    return blank_empty(t, apply_head(t, &m->graph_head, pooled), b->atom_offsets, b->n);
}

/* Unit rows of the sum of two channels, either of which may be missing (NULL and not wanted). */
static mg_tensor *unit_sum(mg_tape *t, const mg_momu *m, int64_t n, mg_tensor *a, bool has_a,
                           mg_tensor *b, bool has_b) {
    if (has_a && has_b) return mg_normalize(t, mg_add(t, a, b), COSINE_EPS);
    if (has_a || has_b) return mg_normalize(t, has_a ? a : b, COSINE_EPS);
    return mg_zeros(t, n, m->c.dim);
}

mg_tensor *mg_momu_text(mg_tape *t, const mg_momu *m, const mg_text_batch *b) {
    const bool tokens = m->transformer && b->token_offsets && b->token_offsets[b->n] > 0;
    const bool grams = m->text_bag.table && b->bags.n == b->n && b->bags.offsets[b->n] > 0;
    return unit_sum(t, m, b->n, tokens ? text_tokens(t, m, b) : NULL, tokens,
                    grams ? apply_bag(t, &m->text_bag, &b->bags) : NULL, grams);
}

mg_tensor *mg_momu_graph(mg_tape *t, const mg_momu *m, const mg_mol_batch *b) {
    const bool atoms = m->gin && b->atom_offsets && b->atom_offsets[b->n] > 0;
    const bool parts = m->graph_bag.table && b->bags.n == b->n && b->bags.offsets[b->n] > 0;
    return unit_sum(t, m, b->n, atoms ? graph_atoms(t, m, b) : NULL, atoms,
                    parts ? apply_bag(t, &m->graph_bag, &b->bags) : NULL, parts);
}

/* ---- loss ---- */

mg_tensor *mg_momu_loss(mg_tape *t, const mg_momu *m, mg_tensor *g1, mg_tensor *g2, mg_tensor *t1,
                        mg_tensor *t2, bool graph_self, const int32_t *groups, float smoothing) {
    mg_tensor *const pairs[5][2] = {
        {g1, t1}, {g1, t2}, {g2, t1}, {g2, t2}, {graph_self ? g1 : NULL, g2}};
    mg_tensor *terms[5];
    float weights[5];
    int n = 0;
    for (int i = 0; i < 5; i++) {
        if (!pairs[i][0] || !pairs[i][1]) continue;
        terms[n++] = mg_infonce(t, pairs[i][0], pairs[i][1], m->log_scale, 1 / m->c.temperature,
                                m->c.max_scale, groups, smoothing);
    }
    for (int i = 0; i < n; i++) weights[i] = 1.0f / (float)n;
    return n ? mg_weighted_sum(t, terms, weights, n) : NULL;
}
