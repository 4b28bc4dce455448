/* heads.c - the members of a head, n molecules, H hidden columns, T tasks.
 *
 *   h = dropout(relu(S E + D Wd^T + g Wg^T + b))      S [n, bits + groups] sparse, E its table
 *   y = h Wo^T + bo                                   D [n, numbers + space]; g [n, d] mean of GIN
 *   with a linear path   y += S L + D Wl^T + g Wm^T + bl
 *   loss   classes: -log softmax(-y/2, y/2) of the right one, that is -log sigmoid(+-y)
 */
#include "model/heads/heads.h"

#include <math.h>
#include <stdlib.h>

#define TABLE_INIT .06F /* some hundred entries add up to about one */

typedef struct mg_heads_member {
    mg_tensor *table, *linear; /* [sparse, H], [sparse, T]; or NULL */
    mg_dense dense, pooled;    /* into the hidden layer; b of dense alone */
    mg_dense dense_linear, pooled_linear;
    mg_tensor *bias, *bias_linear;
    mg_dense out;
    mg_gin *gin;
} mg_heads_member;

static mg_gin *declare_gin(mg_params *p, const char *prefix, const mg_heads_config *c) {
    mg_gin_config g = {.layers = c->graph_layers,
                       .dim = c->graph_dim,
                       .mlp = 2 * c->graph_dim,
                       .layer_norm = c->graph_layer_norm,
                       .residual = c->graph_residual,
                       .dropout = c->dropout};
    g.atom_cols = mg_feat_atom_cols(c->graph_features);
    g.bond_cols = mg_feat_bond_cols(c->graph_features);
    for (int i = 0; i < g.atom_cols; i++) g.atom_rows += mg_feat_atom_size(c->graph_features, i);
    for (int i = 0; i < g.bond_cols; i++) g.bond_rows += mg_feat_bond_size(c->graph_features, i);
    return mg_gin_new(p, prefix, &g);
}

/* The ways from all channels into `to` columns: hidden ones, or the tasks. */
static void declare_ways(mg_params *p, const mg_heads_config *c, int k, const char *way, int to,
                         bool start, mg_tensor **table, mg_dense *dense, mg_dense *pooled,
                         mg_tensor **bias) {
    char name[MG_NAME_MAX];
    const int sparse = mg_heads_sparse(c), numbers = mg_heads_dense(c);
    const mg_init init = start ? MG_INIT_NORMAL : MG_INIT_ZERO;
    if (sparse) {
        snprintf(name, sizeof name, "member.%d.%s.table", k, way);
        *table = mg_params_add(p, name, sparse, to, init, TABLE_INIT, MG_PARAM_DECAY);
    }
    if (numbers) {
        snprintf(name, sizeof name, "member.%d.%s.numbers", k, way);
        mg_dense_init(dense, p, name, numbers, to, false);
    }
    if (c->graph_layers) {
        snprintf(name, sizeof name, "member.%d.%s.pooled", k, way);
        mg_dense_init(pooled, p, name, c->graph_dim, to, false);
    }
    snprintf(name, sizeof name, "member.%d.%s.bias", k, way);
    *bias = mg_params_add(p, name, 1, to, MG_INIT_ZERO, 0, 0);
}

static bool declare_member(mg_heads_member *m, mg_params *p, const mg_heads_config *c, int k) {
    char name[MG_NAME_MAX];
    if (c->graph_layers) {
        snprintf(name, sizeof name, "member.%d.graph_encoder", k);
        if (!(m->gin = declare_gin(p, name, c))) return false;
    }
    if (c->hidden) {
        declare_ways(p, c, k, "in", c->hidden, true, &m->table, &m->dense, &m->pooled, &m->bias);
        snprintf(name, sizeof name, "member.%d.out", k);
        mg_dense_init(&m->out, p, name, c->hidden, c->tasks, true);
    }
    if (c->linear || !c->hidden)
        declare_ways(p, c, k, "linear", c->tasks, false, &m->linear, &m->dense_linear,
                     &m->pooled_linear, &m->bias_linear);
    return true;
}

static void declare_ridge(mg_heads *m, mg_params *p) {
    const int sparse = mg_heads_sparse(&m->c), dense = mg_heads_dense(&m->c), tasks = m->c.tasks;
    if (sparse)
        m->ridge.table = mg_params_add(p, "ridge.table", sparse, tasks, MG_INIT_ZERO, 0,
                                       MG_PARAM_BUFFER);
    if (dense)
        m->ridge.numbers = mg_params_add(p, "ridge.numbers", tasks, dense, MG_INIT_ZERO, 0,
                                         MG_PARAM_BUFFER);
    m->ridge.bias = mg_params_add(p, "ridge.bias", 1, tasks, MG_INIT_ZERO, 0, MG_PARAM_BUFFER);
    m->ridge.speaks = true;
}

mg_heads *mg_heads_new(mg_params *p, const mg_heads_config *c) {
    mg_heads *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->c = *c;
    const int dense = mg_heads_dense(c);
    if (dense) {
        m->mean = mg_params_add(p, "input.mean", 1, dense, MG_INIT_ZERO, 0, MG_PARAM_BUFFER);
        m->scale = mg_params_add(p, "input.scale", 1, dense, MG_INIT_ONE, 0, MG_PARAM_BUFFER);
    }
    m->task_mean = mg_params_add(p, "task.mean", 1, c->tasks, MG_INIT_ZERO, 0, MG_PARAM_BUFFER);
    m->task_scale = mg_params_add(p, "task.scale", 1, c->tasks, MG_INIT_ONE, 0, MG_PARAM_BUFFER);
    m->a = mg_params_add(p, "task.a", 1, c->tasks, MG_INIT_ONE, 0, MG_PARAM_BUFFER);
    m->b = mg_params_add(p, "task.b", 1, c->tasks, MG_INIT_ZERO, 0, MG_PARAM_BUFFER);
    if (c->ridge) declare_ridge(m, p);
    m->member = calloc((size_t)c->members, sizeof *m->member);
    bool ok = m->member != NULL;
    for (int k = 0; k < c->members && ok; k++) ok = declare_member(&m->member[k], p, c, k);
    if (ok) return m;
    mg_heads_free(m);
    return NULL;
}

void mg_heads_free(mg_heads *m) {
    if (!m) return;
    for (int k = 0; m->member && k < m->c.members; k++) mg_gin_free(m->member[k].gin);
    mg_forest_free(&m->forest);
    free(m->member);
    free(m);
}

/* ---- forward ---- */

static mg_tensor *plus(mg_tape *t, mg_tensor *sum, mg_tensor *x) {
    return sum ? mg_add(t, sum, x) : x;
}

/* What the channels of one molecule add up to, without a nonlinearity. */
static mg_tensor *ways(mg_tape *t, const mg_heads_batch *b, mg_tensor *numbers, mg_tensor *pooled,
                       mg_tensor *table, const mg_dense *dense, const mg_dense *graph,
                       mg_tensor *bias) {
    mg_tensor *sum = NULL;
    if (table)
        sum = mg_gather_sum(t, table,
                            (mg_csr){.n = b->n,
                                     .offsets = b->sparse.offsets,
                                     .ids = b->sparse.ids,
                                     .weights = b->sparse.weights});
    if (numbers) sum = plus(t, sum, mg_dense_forward(t, dense, numbers, MG_ACT_NONE));
    if (pooled) sum = plus(t, sum, mg_dense_forward(t, graph, pooled, MG_ACT_NONE));
    return mg_add(t, sum, mg_rows_repeat(t, bias, b->n));
}

static mg_tensor *pool_graphs(mg_tape *t, const mg_heads_member *m, const mg_mol_batch *b) {
    mg_tensor *h = mg_gin_forward(t, m->gin, b->atom_offsets[b->n], b->atom_ids, b->edge_offsets,
                                  b->edge_src, b->edge_ids);
    return mg_gather_sum(t, h, (mg_csr){.n = b->n, .offsets = b->atom_offsets, .mean = true});
}

mg_tensor *mg_heads_forward(mg_tape *t, const mg_heads *m, int k, const mg_heads_batch *b) {
    const mg_heads_member *one = &m->member[k];
    const mg_heads_config *c = &m->c;
    const int dense = mg_heads_dense(c);
    if ((mg_heads_sparse(c) && b->sparse.n != b->n) || (dense && !b->dense) ||
        (c->graph_layers && b->mol.n != b->n)) {
        mg_tape_fail(t, "a batch without a channel that the head reads");
        return NULL;
    }
    mg_tensor *numbers = dense ? mg_input(t, b->dense, b->n, dense, false) : NULL;
    mg_tensor *pooled = one->gin ? pool_graphs(t, one, &b->mol) : NULL, *y = NULL;
    if (c->hidden) {
        mg_tensor *h = ways(t, b, numbers, pooled, one->table, &one->dense, &one->pooled,
                            one->bias);
        h = mg_dropout(t, mg_activate(t, h, MG_ACT_RELU), c->dropout);
        y = mg_dense_forward(t, &one->out, h, MG_ACT_NONE);
    }
    if (one->bias_linear)
        y = plus(t, y,
                 ways(t, b, numbers, pooled, one->linear, &one->dense_linear, &one->pooled_linear,
                      one->bias_linear));
    return y;
}

mg_tensor *mg_heads_ridge(mg_tape *t, const mg_heads *m, const mg_heads_batch *b) {
    const int dense = mg_heads_dense(&m->c);
    if ((m->ridge.table && b->sparse.n != b->n) || (dense && !b->dense)) {
        mg_tape_fail(t, "a batch without a channel that the head reads");
        return NULL;
    }
    const mg_dense numbers = {.w = m->ridge.numbers};
    return ways(t, b, dense ? mg_input(t, b->dense, b->n, dense, false) : NULL, NULL,
                m->ridge.table, &numbers, NULL, m->ridge.bias);
}

/* ---- loss ---- */

mg_tensor *mg_heads_loss(mg_tape *t, const mg_heads *m, mg_tensor *y,
                         const mg_heads_targets *want) {
    static const float halves[2] = {-.5F, .5F};
    if (!y) return NULL;
    if (m->c.task == MG_HEADS_CLASSES) {
        mg_tensor *both = mg_input(t, halves, 2, 1, false);
        mg_tensor *pairs = mg_linear(t, mg_reshape(t, y, 1), both, NULL, MG_ACT_NONE);
        return mg_cross_entropy(t, pairs, want->classes, want->weights, 0);
    }
    const int64_t all = y->rows * y->cols;
    mg_tensor *values = mg_input(t, want->values, y->rows, y->cols, false),
              *known = mg_input(t, want->known, y->rows, y->cols, false);
    mg_tensor *error = mg_mul(t, mg_sub(t, y, values), known);
    return mg_scale(t, mg_mean(t, mg_mul(t, error, error)),
                    want->n_known ? (float)all / (float)want->n_known : 0);
}
