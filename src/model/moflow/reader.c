/* reader.c - the reader: a graph isomorphism network over soft graphs, which answers with a unit
 * row in an aligned space. All of it has a gradient, so that a latent can be moved through atoms
 * and bonds.
 *
 *   w_i = 1 - p_i(empty)                                    how much of place i is an atom
 *   h_i = W p_i + b
 *   per layer, w_ij = w_i w_j sum over e of A_e[i,j], e = single, double, triple:
 *     m_i = h_i + sum_j w_ij h_j + sum_e B_e sum_j w_i w_j A_e[i,j]
 *     h_i = h_i + LayerNorm(W2 relu(W1 m_i + b1) + b2)
 *   y   = normalise(W (sum_i w_i h_i) / n + b)
 *
 * On hard graphs it is a plain GIN with residuals over Kekule's form, without hydrogens or stereo.
 */
#include "model/moflow/inside.h"

#include <stdlib.h>
#include <string.h>

#define NORM_EPS 1e-5f

bool mg_reader_init(mg_reader *r, mg_params *p, const mg_moflow *m) {
    const int64_t h = m->c.reader_hidden;
    char stem[64], name[MG_NAME_MAX];
    r->layers = calloc((size_t)m->c.reader_layers, sizeof *r->layers);
    if (!r->layers) return false;
    mg_dense_init(&r->atoms, p, "reader.atoms", m->s.types, h, true);
    for (int k = 0; k < m->c.reader_layers; k++) {
        mg_reader_layer *l = &r->layers[k];
        snprintf(stem, sizeof stem, "reader.layer.%d", k);
        l->bonds = mg_moflow_add(p, stem, "bonds.weight", h, MG_MOFLOW_BONDS - 1, MG_INIT_XAVIER,
                                 MG_PARAM_DECAY);
        mg_dense_init(&l->up, p, mg_name_under(name, stem, "up"), h, 2 * h, true);
        mg_dense_init(&l->down, p, mg_name_under(name, stem, "down"), 2 * h, h, true);
        mg_lnorm_init(&l->norm, p, mg_name_under(name, stem, "norm"), h, NORM_EPS);
    }
    mg_dense_init(&r->out, p, "reader.out", h, m->c.reader_dim, true);
    return true;
}

/* x [rows, from] times a constant matrix [to, from], plus a constant (NULL: 0). */
static mg_tensor *constant(mg_tape *t, mg_tensor *x, const float *w, int64_t to, const float *b) {
    return x ? mg_linear(t, x, mg_input(t, w, to, x->cols, false),
                         b ? mg_input(t, b, 1, to, false) : NULL, MG_ACT_NONE)
             : NULL;
}

/* A column as `cols` equal ones. */
static mg_tensor *widen(mg_tape *t, mg_tensor *column, int64_t cols) {
    float *ones = mg_tape_alloc(t, (size_t)cols * sizeof *ones);
    for (int64_t k = 0; ones && k < cols; k++) ones[k] = 1;
    return ones ? constant(t, column, ones, cols, NULL) : NULL;
}

typedef struct soft_graph {
    int64_t n, molecules;
    const int32_t *first, *second; /* [molecules * n * n] rows of a pair's places */
    mg_tensor *present;            /* [molecules * n, 1] w */
    mg_tensor *pairs;              /* [molecules * n * n, hidden] w_ij, widened */
    mg_tensor *kinds;              /* [molecules * n, 3] sum over j of w_i w_j A_e */
} soft_graph;

static bool make_graph(mg_tape *t, const mg_moflow *m, mg_tensor *atoms, mg_tensor *bonds,
                       soft_graph *g) {
    const int64_t n = m->c.slots, types = m->s.types, kinds = MG_MOFLOW_BONDS - 1;
    float empty[MG_MOFLOW_TYPES] = {0}, some[12] = {0};
    const float one = 1, three[3] = {1, 1, 1};
    if (!atoms || !bonds) return false;
    *g = (soft_graph){.n = n, .molecules = atoms->rows / n};
    const int64_t pairs = g->molecules * n * n;
    int32_t *first = mg_tape_alloc(t, (size_t)(pairs + 1) * sizeof *first),
            *second = mg_tape_alloc(t, (size_t)(pairs + 1) * sizeof *second);
    if (!first || !second) return false;
    for (int64_t i = 0; i < pairs; i++) {
        first[i] = (int32_t)(i / n);
        second[i] = (int32_t)(i / (n * n) * n + i % n);
    }
    g->first = first, g->second = second;
    empty[types - 1] = -1;
    for (int64_t k = 0; k < kinds; k++) some[k * MG_MOFLOW_BONDS + k] = 1;
    g->present = constant(t, atoms, empty, 1, &one);
    mg_tensor *both = mg_mul(t, mg_rows_at(t, g->present, first, pairs),
                             mg_rows_at(t, g->present, second, pairs));
    mg_tensor *real = mg_mul(t, constant(t, bonds, some, kinds, NULL), widen(t, both, kinds));
    g->pairs = widen(t, constant(t, real, three, 1, NULL), m->c.reader_hidden);
    g->kinds = mg_gather_sum(
        t, real,
        (mg_csr){.n = g->molecules * n, .offsets = mg_rows_offsets(t, g->molecules * n, n)});
    return g->pairs && g->kinds;
}

/* near: the sum over neighbours; kinds [rows, 3]: bonds of each kind. */
static mg_tensor *update(mg_tape *t, const mg_reader_layer *l, mg_tensor *h, mg_tensor *near,
                         mg_tensor *kinds) {
    mg_tensor *message = mg_add(t, mg_add(t, h, near),
                                mg_linear(t, kinds, l->bonds, NULL, MG_ACT_NONE));
    mg_tensor *u = mg_dense_forward(t, &l->down, mg_dense_forward(t, &l->up, message, MG_ACT_RELU),
                                    MG_ACT_NONE);
    return mg_add(t, h, mg_lnorm_forward(t, &l->norm, u, NULL));
}

/* pooled: (sum_i w_i h_i) / n */
static mg_tensor *answer(mg_tape *t, const mg_reader *r, mg_tensor *pooled) {
    return mg_normalize(t, mg_dense_forward(t, &r->out, pooled, MG_ACT_NONE), 1e-12f);
}

static mg_tensor *layer(mg_tape *t, const mg_reader_layer *l, const soft_graph *g, mg_tensor *h) {
    const int64_t n = g->n, rows = g->molecules * n;
    mg_tensor *near = mg_mul(t, mg_rows_at(t, h, g->second, rows * n), g->pairs);
    near = mg_gather_sum(t, near, (mg_csr){.n = rows, .offsets = mg_rows_offsets(t, rows, n)});
    return update(t, l, h, near, g->kinds);
}

mg_tensor *mg_moflow_embed(mg_tape *t, const mg_moflow *m, mg_tensor *atoms, mg_tensor *bonds) {
    soft_graph g;
    const mg_reader *r = &m->reader;
    if (!r->layers) mg_tape_fail(t, "moflow: this model has no reader");
    if (!r->layers || !make_graph(t, m, atoms, bonds, &g)) return NULL;
    mg_tensor *h = mg_dense_forward(t, &r->atoms, atoms, MG_ACT_NONE);
    for (int k = 0; k < m->c.reader_layers; k++) h = layer(t, &r->layers[k], &g, h);
    mg_tensor *pooled = mg_gather_sum(
        t, mg_mul(t, h, widen(t, g.present, m->c.reader_hidden)),
        (mg_csr){.n = g.molecules, .offsets = mg_rows_offsets(t, g.molecules, g.n), .mean = true});
    return answer(t, r, pooled);
}

/* ---- molecules ---- */

typedef struct sparse_graph { /* the atoms of all molecules one after another */
    int64_t atoms;
    int32_t *molecule;      /* [molecules + 1] offsets */
    int32_t *offsets, *ids; /* neighbours of each atom */
    float *types, *kinds;   /* [atoms, T] one-hot; [atoms, 3] bonds of each kind */
} sparse_graph;

static bool make_sparse(mg_tape *t, const mg_moflow *m, int64_t n, sparse_graph *g) {
    const int64_t slots = m->c.slots, most = n * slots;
    *g = (sparse_graph){.molecule = mg_tape_alloc(t, (size_t)(n + 1) * sizeof(int32_t)),
                        .offsets = mg_tape_alloc(t, (size_t)(most + 1) * sizeof(int32_t)),
                        .ids = mg_tape_alloc(t, (size_t)(most * slots + 1) * sizeof(int32_t)),
                        .types = mg_tape_alloc(t, (size_t)(most * m->s.types + 1) * sizeof(float)),
                        .kinds = mg_tape_alloc(t, (size_t)(3 * most + 1) * sizeof(float))};
    if (!g->molecule || !g->offsets || !g->ids || !g->types || !g->kinds) return false;
    g->molecule[0] = g->offsets[0] = 0;
    return true;
}

/* Adds molecule number i. */
static void add_sparse(const mg_moflow *m, const uint8_t *types, const uint8_t *bonds, int64_t i,
                       sparse_graph *g) {
    const int64_t slots = m->c.slots, kinds = MG_MOFLOW_BONDS - 1, width = m->s.types;
    int32_t place[MG_MOFLOW_SLOTS], next = (int32_t)g->atoms;
    for (int64_t a = 0; a < slots; a++) place[a] = types[a] < width - 1 ? next++ : -1;
    for (int64_t a = 0; a < slots; a++) {
        if (place[a] < 0) continue;
        const int64_t at = g->atoms++;
        int32_t end = g->offsets[at];
        memset(g->types + at * width, 0, (size_t)width * sizeof(float));
        memset(g->kinds + at * kinds, 0, (size_t)kinds * sizeof(float));
        g->types[at * width + types[a]] = 1;
        for (int64_t b = 0; b < slots; b++) {
            const uint8_t kind = bonds[a * slots + b];
            if (place[b] < 0 || kind >= kinds) continue;
            g->ids[end++] = place[b];
            g->kinds[at * kinds + kind] += 1;
        }
        g->offsets[at + 1] = end;
    }
    g->molecule[i + 1] = (int32_t)g->atoms;
}

mg_tensor *mg_moflow_embed_bytes(mg_tape *t, const mg_moflow *m, const uint8_t *types,
                                 const uint8_t *bonds, size_t stride, int64_t n) {
    const mg_reader *r = &m->reader;
    sparse_graph g;
    if (!r->layers) mg_tape_fail(t, "moflow: this model has no reader");
    if (!r->layers || !make_sparse(t, m, n, &g)) return NULL;
    for (int64_t i = 0; i < n; i++)
        add_sparse(m, types + (size_t)i * stride, bonds + (size_t)i * stride, i, &g);
    mg_tensor *kinds = mg_input(t, g.kinds, g.atoms, MG_MOFLOW_BONDS - 1, false);
    mg_tensor *h = mg_dense_forward(t, &r->atoms, mg_input(t, g.types, g.atoms, m->s.types, false),
                                    MG_ACT_NONE);
    for (int k = 0; k < m->c.reader_layers; k++)
        h = update(t, &r->layers[k], h,
                   mg_gather_sum(t, h, (mg_csr){.n = g.atoms, .offsets = g.offsets, .ids = g.ids}),
                   kinds);
    mg_tensor *sum = mg_gather_sum(t, h, (mg_csr){.n = n, .offsets = g.molecule});
    return answer(t, r, mg_scale(t, sum, 1 / (float)m->c.slots));
}
