/* net.c - HierVAE's parameters, its encoder, and one step of its decoder
 * (docs/reference/3m-diffusion.md 5.1, 5.2). B molecules, h = hidden, rows of weights [out, in].
 *
 *   encoder    H = GIN(graph); g = mean over atoms of (Wp LN(H) + bp); v = Wn g + bn
 *              mean = Wm v + bm,  log variance = -|Wv v + bv|
 *   a message  s = sum of h_k;  i, o = sigmoid(W [x; s]), u = tanh(W [x; s]), f_k = sigmoid(W [x;
 * h_k]) c = i u + sum of f_k c_k;  h = o tanh(c) a node     H = relu(Wo [f; sum of h])
 *
 * A weight of two inputs is kept as two; one for a one-hot input is a table of rows. What a message
 * contributes to a neighbour's forget gate, W h_k + b, is computed once, where the message is, and
 * kept beside h and c.
 */
#include "model/motif/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEATURES = MG_MOTIF_ATOMS + 4 + MG_MOTIF_POSITIONS };
enum { ATOM_ROWS = 120 + 3, BOND_ROWS = 6 + 3 };

/* ---- parameters ---- */

/* A part of a weight whose whole is [out, fan]: Xavier's bound is the whole's. */
static mg_tensor *part(mg_params *p, const char *name, const char *leaf, int64_t rows, int64_t cols,
                       int64_t fan) {
    char full[MG_NAME_MAX];
    return mg_params_add(p, mg_name_under(full, name, leaf), rows, cols, MG_INIT_XAVIER,
                         sqrtf((float)(rows + cols) / (float)fan), 0);
}

static mg_tensor *bias(mg_params *p, const char *name, const char *leaf, int64_t cols) {
    char full[MG_NAME_MAX];
    return mg_params_add(p, mg_name_under(full, name, leaf), 1, cols, MG_INIT_ZERO, 0, 0);
}

/* A dense layer with Xavier's weight and no bias at the start. */
static void dense(mg_dense *l, mg_params *p, const char *name, int64_t in, int64_t out) {
    l->w = part(p, name, "weight", out, in, in + out);
    l->b = bias(p, name, "bias", out);
}

/* in: columns of the message's input; 0: the atom level's one-hot ones. f: columns of the node's
 * feature; 0: one-hot atoms. */
static void declare_unit(mg_unit *u, mg_params *p, const char *name, int64_t in, int64_t f,
                         int64_t h) {
    static const char *const gates[] = {"i", "o", "u", "f"};
    const int64_t fan = h + h + (in ? in + MG_MOTIF_POSITIONS : FEATURES);
    char leaf[32];
    for (int k = 0; k < 4; k++) {
        snprintf(leaf, sizeof leaf, "%s.x", gates[k]);
        u->x[k] = in ? part(p, name, leaf, h, in, fan) : part(p, name, leaf, FEATURES, h, fan);
        snprintf(leaf, sizeof leaf, "%s.label", gates[k]);
        u->label[k] = in ? part(p, name, leaf, MG_MOTIF_POSITIONS, h, fan) : NULL;
        snprintf(leaf, sizeof leaf, "%s.h", gates[k]);
        u->h[k] = part(p, name, leaf, h, h, fan);
        snprintf(leaf, sizeof leaf, "%s.bias", gates[k]);
        u->b[k] = bias(p, name, leaf, h);
    }
    const int64_t out = h + h + (f ? f : MG_MOTIF_ATOMS);
    u->out_f = f ? part(p, name, "out.f", h, f, out)
                 : part(p, name, "out.f", MG_MOTIF_ATOMS, h, out);
    u->out_h = part(p, name, "out.h", h, h, out);
    u->out_b = bias(p, name, "out.bias", h);
}

static void declare_head(struct mg_head *d, mg_params *p, const char *name, int64_t h, int64_t z,
                         int64_t out) {
    char full[MG_NAME_MAX];
    d->v = part(p, name, "v", h, h, h + h + z);
    d->z = part(p, name, "z", h, z, h + h + z);
    d->b = bias(p, name, "bias", h);
    dense(&d->out, p, mg_name_under(full, name, "out"), h, out);
}

static void declare_encoder(mg_motif_vae *m, mg_params *p) {
    static const int32_t self[2] = {0, 6}; /* a single bond without stereo (Q6) */
    const mg_motif_config *c = &m->c;
    const mg_gin_config gin = {.layers = c->gin_layers,
                               .dim = c->gin_dim,
                               .mlp = c->gin_mlp,
                               .atom_rows = ATOM_ROWS,
                               .bond_rows = BOND_ROWS,
                               .atom_cols = 2,
                               .bond_cols = 2,
                               .self_ids = self,
                               .published = true};
    m->gin = mg_gin_new(p, "encoder.gin", &gin);
    mg_lnorm_init(&m->norm, p, "encoder.norm", c->gin_dim, 1e-5f);
    dense(&m->graph_proj, p, "encoder.graph_proj", c->gin_dim, c->graph_dim);
    dense(&m->pool_proj, p, "encoder.pool_proj", c->graph_dim, c->pooled);
    dense(&m->mean, p, "encoder.mean", c->pooled, c->latent);
    dense(&m->variance, p, "encoder.variance", c->pooled, c->latent);
}

static void declare_decoder(mg_motif_vae *m, mg_params *p) {
    const mg_motif_config *c = &m->c;
    const int64_t h = c->hidden, e = c->embed, z = c->latent;
    m->motif_rows = part(p, "decoder", "motifs", c->motifs, e, c->motifs + e);
    m->pair_rows = part(p, "decoder", "pairs", c->pairs, e, c->pairs + e);
    m->wc_e = part(p, "decoder", "motif.e", h, e, h + h + e);
    m->wc_h = part(p, "decoder", "motif.h", h, h, h + h + e);
    m->wc_b = bias(p, "decoder", "motif.bias", h);
    m->wi_e = part(p, "decoder", "label.e", h, e, h + h + e);
    m->wi_h = part(p, "decoder", "label.h", h, h, h + h + e);
    m->wi_b = bias(p, "decoder", "label.bias", h);
    declare_unit(&m->tree, p, "decoder.tree", h, h, h);
    declare_unit(&m->inter, p, "decoder.inter", h, h, h);
    declare_unit(&m->atom, p, "decoder.atom", 0, 0, h);
    declare_head(&m->topology, p, "decoder.topology", h, z, 1);
    declare_head(&m->motif, p, "decoder.motif_head", h, z, c->motifs);
    declare_head(&m->pair, p, "decoder.pair_head", h, z, c->pairs);
    m->match_v = part(p, "decoder.match", "v", h, h, h + h + e + MG_MOTIF_POSITIONS);
    m->match_e = part(p, "decoder.match", "e", h, e, h + h + e + MG_MOTIF_POSITIONS);
    m->match_p = part(p, "decoder.match", "position", MG_MOTIF_POSITIONS, h,
                      h + h + e + MG_MOTIF_POSITIONS);
    m->match_b = bias(p, "decoder.match", "bias", h);
    dense(&m->assemble, p, "decoder.assemble", h, z);
    dense(&m->root, p, "decoder.root", z, h);
}

mg_motif_vae *mg_motif_vae_new(mg_params *p, const mg_motif_config *c, molglot_error *err) {
    if (mg_motif_config_check(c, err)) return NULL;
    mg_motif_vae *m = calloc(1, sizeof *m);
    if (!m) {
        mg_no_memory(err, "the model");
        return NULL;
    }
    m->c = *c;
    declare_encoder(m, p);
    declare_decoder(m, p);
    if (m->gin) return m;
    mg_no_memory(err, "the model");
    mg_motif_vae_free(m);
    return NULL;
}

void mg_motif_vae_free(mg_motif_vae *m) {
    if (!m) return;
    mg_gin_free(m->gin);
    free(m);
}

const mg_motif_config *mg_motif_vae_config(const mg_motif_vae *m) { return &m->c; }

/* ---- encoder ---- */

bool mg_motif_encode(mg_tape *t, const mg_motif_vae *m, const mg_motif_graphs *g, mg_tensor **mean,
                     mg_tensor **log_variance) {
    mg_tensor *x = mg_gin_forward(t, m->gin, g->n_atoms, g->atom_ids, g->edge_offsets, g->edge_src,
                                  g->edge_ids);
    if (!m->c.bare_encoder) x = mg_lnorm_forward(t, &m->norm, x, NULL);
    x = mg_gather_sum(t, x, (mg_csr){.n = g->n, .offsets = g->atom_offsets, .mean = true});
    x = mg_dense_forward(t, &m->graph_proj, x, MG_ACT_NONE);
    x = mg_dense_forward(t, &m->pool_proj, x, MG_ACT_NONE);
    *mean = mg_dense_forward(t, &m->mean, x, MG_ACT_NONE);
    mg_tensor *v = mg_dense_forward(t, &m->variance, x, MG_ACT_NONE);
    /* -|v| */
    *log_variance = mg_scale(
        t,
        mg_add(t, mg_activate(t, v, MG_ACT_RELU), mg_activate(t, mg_scale(t, v, -1), MG_ACT_RELU)),
        -1);
    return *mean && *log_variance;
}

mg_tensor *mg_motif_posterior(mg_tape *t, mg_tensor *mean, mg_tensor *log_variance,
                              const float *noise) {
    if (!mean || !log_variance) return NULL;
    mg_tensor *e = mg_input(t, noise, mean->rows, mean->cols, false);
    return mg_add(t, mean,
                  mg_mul(t, mg_activate(t, mg_scale(t, log_variance, 0.5f), MG_ACT_EXP), e));
}

mg_tensor *mg_motif_divergence(mg_tape *t, mg_tensor *mean, mg_tensor *log_variance) {
    if (!mean || !log_variance) return NULL;
    const float one = 1;
    mg_tensor *ones = mg_input(t, &one, 1, 1, false);
    mg_tensor *terms[] = {ones, mg_mean(t, log_variance), mg_mean(t, mg_mul(t, mean, mean)),
                          mg_mean(t, mg_activate(t, log_variance, MG_ACT_EXP))};
    const float half = 0.5f * (float)mean->cols, weights[] = {-half, -half, half, half};
    return mg_weighted_sum(t, terms, weights, 4);
}

/* ---- one step ---- */

static mg_csr csr(int64_t n, const int32_t *at, const int32_t *ids) {
    return (mg_csr){.n = n, .offsets = at, .ids = ids};
}

/* Part of a list of ends, which begins at 0 again; ids move with it. */
static mg_csr csr_from(mg_tape *t, const int32_t *at, const int32_t *ids, int32_t from, int32_t n) {
    if (from == 0) return csr(n, at, ids);
    int32_t *own = mg_tape_alloc(t, ((size_t)n + 1) * sizeof *own);
    for (int32_t i = 0; own && i <= n; i++) own[i] = at[from + i] - at[from];
    return csr(own ? n : 0, own, ids + at[from]);
}

typedef struct states { /* rows of tables that messages come from */
    mg_tensor *h, *c, *f;
} states;

/* Sums over the entries k of each row i of list, of h_k into *s and of sigmoid(xf_i + f_k) c_k into
 * *fc, added to what is there (NULL: nothing). */
static void gather_states(mg_tape *t, states from, mg_csr list, mg_tensor *xf, mg_tensor **s,
                          mg_tensor **fc) {
    const int64_t pairs = list.n > 0 ? list.offsets[list.n] : 0;
    if (pairs == 0) return;
    int32_t *owner = mg_tape_alloc(t, (size_t)pairs * sizeof *owner);
    for (int64_t i = 0; owner && i < list.n; i++)
        for (int32_t e = list.offsets[i]; e < list.offsets[i + 1]; e++) owner[e] = (int32_t)i;
    mg_tensor *sum = mg_gather_sum(t, from.h, list);
    mg_tensor *gate = mg_activate(
        t, mg_add(t, mg_rows_at(t, xf, owner, pairs), mg_rows_at(t, from.f, list.ids, pairs)),
        MG_ACT_SIGMOID);
    mg_tensor *kept = mg_gather_sum(t, mg_mul(t, gate, mg_rows_at(t, from.c, list.ids, pairs)),
                                    csr(list.n, list.offsets, NULL));
    *s = *s ? mg_add(t, *s, sum) : sum;
    *fc = *fc ? mg_add(t, *fc, kept) : kept;
}

/* One update from sums s and fc, either NULL for none; x: rows of gates i, o, u. */
static states update(mg_tape *t, const mg_unit *u, mg_tensor *const *x, mg_tensor *s,
                     mg_tensor *fc) {
    mg_tensor *gate[3];
    for (int k = 0; k < 3; k++)
        gate[k] =
            mg_activate(t, s ? mg_add(t, x[k], mg_linear(t, s, u->h[k], NULL, MG_ACT_NONE)) : x[k],
                        k < 2 ? MG_ACT_SIGMOID : MG_ACT_TANH);
    mg_tensor *c = mg_mul(t, gate[0], gate[2]);
    if (fc) c = mg_add(t, c, fc);
    mg_tensor *h = mg_mul(t, gate[1], mg_activate(t, c, MG_ACT_TANH));
    return (states){h, c, NULL};
}

/* What goes on at the neighbours' forget gates. */
static mg_tensor *forget_part(mg_tape *t, const mg_unit *u, mg_tensor *h) {
    return mg_linear(t, h, u->h[3], u->b[3], MG_ACT_NONE);
}

static bool keep_states(mg_tape *t, states to, int64_t at, states x) {
    return mg_set_rows(t, to.h, at, x.h) && mg_set_rows(t, to.c, at, x.c) &&
           mg_set_rows(t, to.f, at, x.f);
}

/* Rows of x + b for gates i, o, u, and of x alone for f. */
static mg_tensor *with_bias(mg_tape *t, const mg_unit *u, int k, mg_tensor *x, int64_t n) {
    return k < 3 ? mg_add(t, x, mg_rows_repeat(t, u->b[k], n)) : x;
}

static bool run_loose(mg_tape *t, const mg_motif_vae *m, const mg_step *s, states all) {
    mg_tensor *x[4], *sum = NULL, *fc = NULL;
    const int32_t *at = mg_rows_offsets(t, s->n_loose, 3);
    for (int k = 0; k < 4; k++)
        x[k] = with_bias(t, &m->atom, k,
                         mg_gather_sum(t, m->atom.x[k], csr(s->n_loose, at, s->features)),
                         s->n_loose);
    gather_states(t, all, csr(s->n_loose, s->outer_at, s->outer), x[3], &sum, &fc);
    states y = update(t, &m->atom, x, sum, fc);
    y.f = forget_part(t, &m->atom, y.h);
    return keep_states(t, all, s->bonds_at, y);
}

static bool run_bound(mg_tape *t, const mg_motif_vae *m, const mg_step *s, states all) {
    mg_tensor *x[4], *sum = NULL, *fc = NULL;
    const int32_t n = s->n_bound, *at = mg_rows_offsets(t, n, 3);
    for (int k = 0; k < 4; k++)
        x[k] = with_bias(
            t, &m->atom, k,
            mg_gather_sum(t, m->atom.x[k], csr(n, at, s->features + 3 * (int64_t)s->n_loose)), n);
    gather_states(t, all, csr_from(t, s->outer_at, s->outer, s->n_loose, n), x[3], &sum, &fc);
    states y = update(t, &m->atom, x, sum, fc);
    y.f = forget_part(t, &m->atom, y.h);
    gather_states(t, all, csr(n, s->late_at, s->late), x[3], &sum, &fc);
    for (int k = 1; k < m->c.atom_steps; k++) {
        mg_tensor *now = sum, *kept = fc;
        gather_states(t, y, csr(n, s->inner_at, s->inner), x[3], &now, &kept);
        y = update(t, &m->atom, x, now, kept);
        y.f = forget_part(t, &m->atom, y.h);
    }
    return keep_states(t, all, s->bonds_at + s->n_loose, y);
}

/* relu(F [a or table rows; sum] + b) with the parts of the weight. */
static mg_tensor *node_output(mg_tape *t, const mg_unit *u, mg_tensor *feature, mg_tensor *sum) {
    return mg_activate(t, mg_add(t, feature, mg_linear(t, sum, u->out_h, u->out_b, MG_ACT_NONE)),
                       MG_ACT_RELU);
}

/* relu(W [rows of a table; x] + b) */
static mg_tensor *embed_node(mg_tape *t, mg_tensor *table, const int32_t *ids, int64_t n,
                             mg_tensor *we, mg_tensor *wh, mg_tensor *b, mg_tensor *x) {
    mg_tensor *e = mg_linear(t, mg_rows_at(t, table, ids, n), we, b, MG_ACT_NONE);
    return mg_activate(t, mg_add(t, e, mg_linear(t, x, wh, NULL, MG_ACT_NONE)), MG_ACT_RELU);
}

/* Messages of a tree level from nodes' features, and the nodes' outputs. */
static mg_tensor *run_level(mg_tape *t, const mg_unit *u, const mg_step *s, mg_tensor *feature,
                            states all) {
    mg_tensor *x[4], *sum = NULL, *fc = NULL;
    const int64_t n = s->n_messages;
    if (n > 0) {
        mg_tensor *from = mg_rows_at(t, feature, s->senders, n);
        for (int k = 0; k < 4; k++)
            x[k] = mg_add(t, mg_linear(t, from, u->x[k], k < 3 ? u->b[k] : NULL, MG_ACT_NONE),
                          mg_rows_at(t, u->label[k], s->labels, n));
        gather_states(t, all, csr(n, s->message_at, s->message_in), x[3], &sum, &fc);
        states y = update(t, u, x, sum, fc);
        y.f = forget_part(t, u, y.h);
        if (!keep_states(t, all, s->messages_at, y)) return NULL;
    }
    return node_output(t, u, mg_linear(t, feature, u->out_f, NULL, MG_ACT_NONE),
                       mg_gather_sum(t, all.h, csr(s->n_nodes, s->node_at, s->node_in)));
}

bool mg_step_run(mg_tape *t, const mg_motif_vae *m, const mg_step *s, mg_tables *y) {
    const states bonds = {y->bond_h, y->bond_c, y->bond_f},
                 inter = {y->inter_h, y->inter_c, y->inter_f},
                 tree = {y->tree_h, y->tree_c, y->tree_f};
    if (s->n_loose > 0 && !run_loose(t, m, s, bonds)) return false;
    if (s->n_bound > 0 && !run_bound(t, m, s, bonds)) return false;
    mg_tensor *atoms =
        node_output(t, &m->atom, mg_rows_at(t, m->atom.out_f, s->kinds, s->n_atoms),
                    mg_gather_sum(t, bonds.h, csr(s->n_atoms, s->atom_at, s->atom_in)));
    if (!mg_set_rows(t, y->atoms, s->atoms_at, atoms)) return false;
    mg_tensor *cluster = mg_gather_sum(t, atoms, csr(s->n_nodes, s->cluster_at, s->cluster));
    mg_tensor *hi = embed_node(t, m->pair_rows, s->pairs, s->n_nodes, m->wi_e, m->wi_h, m->wi_b,
                               cluster);
    mg_tensor *out = run_level(t, &m->inter, s, hi, inter);
    mg_tensor *ht = embed_node(t, m->motif_rows, s->motifs, s->n_nodes, m->wc_e, m->wc_h, m->wc_b,
                               out);
    out = run_level(t, &m->tree, s, ht, tree);
    return mg_set_rows(t, y->nodes, s->nodes_at, out);
}

bool mg_tables_make(mg_tape *t, const mg_motif_vae *m, mg_tensor *z, int64_t bonds, int64_t atoms,
                    int64_t nodes, int64_t messages, mg_tables *out) {
    const int64_t h = m->c.hidden;
    mg_tensor **list[] = {&out->bond_h, &out->bond_c, &out->bond_f};
    mg_tensor **more[] = {&out->inter_h, &out->inter_c, &out->inter_f,
                          &out->tree_h,  &out->tree_c,  &out->tree_f};
    if (!z) return false;
    for (size_t i = 0; i < MG_COUNT(list); i++) *list[i] = mg_new(t, bonds, h);
    for (size_t i = 0; i < MG_COUNT(more); i++) *more[i] = mg_new(t, z->rows + messages, h);
    out->atoms = mg_new(t, atoms, h);
    out->nodes = mg_new(t, nodes, h);
    mg_tensor *r = mg_dense_forward(t, &m->root, z, MG_ACT_NONE), *none = mg_zeros(t, z->rows, h);
    if (!r || !out->nodes) return false;
    return keep_states(t, (states){out->inter_h, out->inter_c, out->inter_f}, 0,
                       (states){none, none, none}) &&
           keep_states(t, (states){out->tree_h, out->tree_c, out->tree_f}, 0,
                       (states){r, none, none});
}

/* ---- heads ---- */

mg_tensor *mg_head_run(mg_tape *t, const struct mg_head *h, mg_tensor *v, mg_tensor *z,
                       const int32_t *owner, int64_t n) {
    mg_tensor *of_z = mg_linear(t, z, h->z, h->b, MG_ACT_NONE);
    mg_tensor *x = mg_add(t, mg_linear(t, v, h->v, NULL, MG_ACT_NONE),
                          mg_rows_at(t, of_z, owner, n));
    return mg_dense_forward(t, &h->out, mg_activate(t, x, MG_ACT_RELU), MG_ACT_NONE);
}

mg_tensor *mg_sites_run(mg_tape *t, const mg_motif_vae *m, mg_tensor *atoms, const int32_t *rows,
                        const int32_t *pairs, const int32_t *positions, int64_t k,
                        const int32_t *site_at, int64_t n) {
    mg_tensor *x = mg_linear(t, mg_rows_at(t, atoms, rows, k), m->match_v, m->match_b, MG_ACT_NONE);
    x = mg_add(t, x,
               mg_linear(t, mg_rows_at(t, m->pair_rows, pairs, k), m->match_e, NULL, MG_ACT_NONE));
    x = mg_activate(t, mg_add(t, x, mg_rows_at(t, m->match_p, positions, k)), MG_ACT_RELU);
    return mg_dense_forward(t, &m->assemble, mg_gather_sum(t, x, csr(n, site_at, NULL)),
                            MG_ACT_NONE);
}

mg_tensor *mg_scores_run(mg_tape *t, mg_tensor *sites, mg_tensor *z, const int32_t *owner,
                         int64_t n) {
    if (!sites || !z) return NULL;
    float *one = mg_tape_alloc(t, (size_t)z->cols * sizeof *one);
    for (int64_t i = 0; one && i < z->cols; i++) one[i] = 1;
    mg_tensor *ones = one ? mg_input(t, one, 1, z->cols, false) : NULL;
    return mg_linear(t, mg_mul(t, sites, mg_rows_at(t, z, owner, n)), ones, NULL, MG_ACT_NONE);
}
