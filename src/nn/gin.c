/* gin.c - graph isomorphism network over packed molecules: N atoms of all molecules one after another, d = dim.
 *
 *   h_i = sum of the atom table's rows for atom i
 *   per layer: m_i = sum over incoming edges (j -> i) of (h_j + bond rows) + (h_i + self-loop rows)
 *              u = W2 relu(W1 m + b1) + b2,   h = dropout(relu(norm(u))), without the ReLU after the last layer
 *
 * The self loop is one more entry of each atom's list, so a layer's message is two CSR sums: one over neighbours, one over a
 * small bond table whose repeated rows are merged into weights (three single bonds cost one row). Both lists are made once
 * per batch and serve every layer. Called by momu.c.
 */
#include "nn/params.h"

#include <stdlib.h>
#include <string.h>

enum { ATOM_ROWS_1 = 120, ATOM_ROWS_2 = 3, BOND_ROWS_1 = 6, BOND_ROWS_2 = 3 };   /* tables of released files (spec momu 2.2) */
#define BN_MOMENTUM 0.1f
#define NORM_EPS 1e-5f

typedef struct layer {
    mg_tensor *bonds;                   /* [bond_rows (+1), d] */
    mg_dense up, down;
    mg_tensor *gamma, *beta, *mean, *var;   /* mean, var: BatchNorm only */
} layer;

struct mg_gin {
    mg_gin_config c;
    int32_t *self_ids;                  /* [n_self] */
    int n_self;
    mg_tensor *atoms;
    layer *layers;
};

/* Embedding table leaf.weight with its published names leaf1.weight and leaf2.weight. */
static mg_tensor *table(mg_params *p, const char *prefix, const char *leaf, int64_t rows, int dim, bool published, int first, int second) {
    char stem[MG_NAME_MAX], own[MG_NAME_MAX], alias[MG_NAME_MAX], half[32];
    mg_tensor *t = mg_params_add(p, mg_name_under(own, mg_name_under(stem, prefix, leaf), "weight"), rows, dim, MG_INIT_XAVIER, 1, MG_PARAM_DECAY);
    for (int k = 1; k <= 2 && published; k++) {
        snprintf(half, sizeof half, "%s%d.weight", leaf, k);
        mg_params_alias(p, own, mg_name_under(alias, prefix, half), k == 1 ? 0 : first, k == 1 ? first : second);
    }
    return t;
}

static void declare_layer(layer *l, mg_params *p, const char *prefix, const mg_gin_config *c, int i) {
    char leaf[32], conv[MG_NAME_MAX], norm[MG_NAME_MAX], name[MG_NAME_MAX];
    snprintf(leaf, sizeof leaf, "gnns.%d", i);
    mg_name_under(conv, prefix, leaf);
    mg_dense_init(&l->up, p, mg_name_under(name, conv, "mlp.0"), c->dim, c->mlp, true);
    mg_dense_init(&l->down, p, mg_name_under(name, conv, "mlp.2"), c->mlp, c->dim, true);
    l->bonds = table(p, conv, "edge_embedding", c->bond_rows + (c->self_ids ? 0 : 1), c->dim, c->published, BOND_ROWS_1, BOND_ROWS_2);
    snprintf(leaf, sizeof leaf, "%s.%d", c->layer_norm ? "layer_norms" : "batch_norms", i);
    mg_name_under(norm, prefix, leaf);
    l->gamma = mg_params_add_under(p, norm, "weight", 1, c->dim, MG_INIT_ONE, 0, 0);
    l->beta = mg_params_add_under(p, norm, "bias", 1, c->dim, MG_INIT_ZERO, 0, 0);
    if (c->layer_norm) return;
    l->mean = mg_params_add_under(p, norm, "running_mean", 1, c->dim, MG_INIT_ZERO, 0, MG_PARAM_BUFFER);
    l->var = mg_params_add_under(p, norm, "running_var", 1, c->dim, MG_INIT_ONE, 0, MG_PARAM_BUFFER);
}

static bool copy_self_loop(mg_gin *m) {
    m->n_self = m->c.self_ids ? m->c.bond_cols : 1;
    m->self_ids = malloc((size_t)m->n_self * sizeof *m->self_ids);
    if (!m->self_ids) return false;
    for (int i = 0; i < m->n_self; i++) m->self_ids[i] = m->c.self_ids ? m->c.self_ids[i] : m->c.bond_rows;
    return true;
}

mg_gin *mg_gin_new(mg_params *p, const char *prefix, const mg_gin_config *c) {
    mg_gin *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->c = *c;
    m->layers = calloc((size_t)c->layers, sizeof *m->layers);
    if (!m->layers || !copy_self_loop(m)) {
        mg_gin_free(m);
        return NULL;
    }
    m->atoms = table(p, prefix, "x_embedding", c->atom_rows, c->dim, c->published, ATOM_ROWS_1, ATOM_ROWS_2);
    for (int i = 0; i < c->layers; i++) declare_layer(&m->layers[i], p, prefix, c, i);
    m->c.self_ids = m->self_ids;
    return m;
}

void mg_gin_free(mg_gin *m) {
    if (!m) return;
    free(m->layers);
    free(m->self_ids);
    free(m);
}

/* ---- forward ---- */

/* offsets[i] = i * per, for lists of equal length. */
static int32_t *even_offsets(mg_tape *t, int64_t n, int per) {
    int32_t *o = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *o);
    for (int64_t i = 0; o && i <= n; i++) o[i] = (int32_t)(i * per);
    return o;
}

/* Each atom's neighbours, then the atom itself. */
static bool neighbour_lists(mg_tape *t, int64_t n, const int32_t *edge_offsets, const int32_t *edge_src, mg_csr *out) {
    const int64_t edges = edge_offsets[n];
    int32_t *offsets = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *offsets);
    int32_t *ids = mg_tape_alloc(t, (size_t)(edges + n + 1) * sizeof *ids);
    if (!offsets || !ids) return false;
    int32_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        offsets[i] = at;
        for (int32_t e = edge_offsets[i]; e < edge_offsets[i + 1]; e++) ids[at++] = edge_src[e];
        ids[at++] = (int32_t)i;
    }
    offsets[n] = at;
    *out = (mg_csr){.n = n, .offsets = offsets, .ids = ids};
    return true;
}

/* Adds a row to an atom's list of bond-table rows, or one to the weight of a row that is there. */
static int32_t merge(int32_t *ids, float *weights, int32_t from, int32_t at, int32_t id) {
    for (int32_t k = from; k < at; k++) {
        if (ids[k] != id) continue;
        weights[k] += 1;
        return at;
    }
    ids[at] = id;
    weights[at] = 1;
    return at + 1;
}

/* Each atom's bond-table rows with multiplicity, the self loop's included. */
static bool bond_lists(mg_tape *t, const mg_gin *m, int64_t n, const int32_t *edge_offsets, const int32_t *edge_ids, mg_csr *out) {
    const int cols = m->c.bond_cols;
    const size_t most = (size_t)edge_offsets[n] * (size_t)cols + (size_t)n * (size_t)m->n_self + 1;
    int32_t *offsets = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *offsets);
    int32_t *ids = mg_tape_alloc(t, most * sizeof *ids);
    float *weights = mg_tape_alloc(t, most * sizeof *weights);
    if (!offsets || !ids || !weights) return false;
    int32_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        const int32_t from = offsets[i] = at;
        for (int32_t k = edge_offsets[i] * cols; k < edge_offsets[i + 1] * cols; k++) at = merge(ids, weights, from, at, edge_ids[k]);
        for (int k = 0; k < m->n_self; k++) at = merge(ids, weights, from, at, m->self_ids[k]);
    }
    offsets[n] = at;
    *out = (mg_csr){.n = n, .offsets = offsets, .ids = ids, .weights = weights};
    return true;
}

static mg_tensor *normalise(mg_tape *t, const mg_gin *m, const layer *l, mg_tensor *u, mg_act act) {
    if (!m->c.layer_norm) return mg_batch_norm(t, u, l->gamma, l->beta, l->mean, l->var, BN_MOMENTUM, NORM_EPS, act);
    mg_tensor *v = mg_layer_norm(t, u, NULL, l->gamma, l->beta, NORM_EPS);
    return act == MG_ACT_NONE ? v : mg_activate(t, v, act);
}

mg_tensor *mg_gin_forward(mg_tape *t, const mg_gin *m, int64_t n_atoms, const int32_t *atom_ids, const int32_t *edge_offsets,
                          const int32_t *edge_src, const int32_t *edge_ids) {
    mg_csr neighbours, bonds;
    int32_t *atom_offsets = even_offsets(t, n_atoms, m->c.atom_cols);
    if (!atom_offsets || !neighbour_lists(t, n_atoms, edge_offsets, edge_src, &neighbours) ||
        !bond_lists(t, m, n_atoms, edge_offsets, edge_ids, &bonds))
        return NULL;
    mg_tensor *h = mg_gather_sum(t, m->atoms, (mg_csr){.n = n_atoms, .offsets = atom_offsets, .ids = atom_ids});
    for (int i = 0; i < m->c.layers; i++) {
        const layer *l = &m->layers[i];
        mg_tensor *message = mg_add(t, mg_gather_sum(t, h, neighbours), mg_gather_sum(t, l->bonds, bonds));
        mg_tensor *u = mg_dense_forward(t, &l->down, mg_dense_forward(t, &l->up, message, MG_ACT_RELU), MG_ACT_NONE);
        mg_tensor *v = mg_dropout(t, normalise(t, m, l, u, i + 1 < m->c.layers ? MG_ACT_RELU : MG_ACT_NONE), m->c.dropout);
        h = m->c.residual ? mg_add(t, h, v) : v;
    }
    return h;
}
