/* moflow.c - MoFlow as a whole: its parameters, likelihood, and the way back to soft graphs.
 *
 *   bits of the atoms, a dimension (d = n T):
 *     (1/2 (v + log 2 pi + e^-v mean z^2) - log |det| / d) / log 2 + 1
 *   bits of the bonds: the same with d = 4 n^2. The published loss is their sum; its 1 stands for
 *   the two values that a number before the noise can have
 *
 *   back: h = bond flow^-1(z_bonds), (h + h^T) / 2; A: the likeliest types; x = atom
 * flow^-1(z_atoms | A)
 *
 * The log-determinant is that of what changes; the published code adds log s of rows that do not
 * (quirk 43). Squeezing: channel c f^2 + p f + q of place (I, J) is number c of the pair (I f + p,
 * J f + q).
 */
#include "model/moflow/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOG_2   0.69314718055994530942
#define LOG_2PI 1.83787706640934548356

/* ---- its life ---- */

mg_moflow *mg_moflow_new(mg_params *p, const mg_moflow_config *c) {
    mg_moflow *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->c = *c;
    m->s = mg_moflow_shape_of(c);
    m->bonds = calloc((size_t)c->bond_flows, sizeof *m->bonds);
    m->atoms = calloc((size_t)c->atom_flows, sizeof *m->atoms);
    if (!m->bonds || !m->atoms || (c->reader_dim && !mg_reader_init(&m->reader, p, m))) {
        mg_moflow_free(m);
        return NULL;
    }
    m->log_variance = mg_params_add(p, "log_variance", 1, 1, MG_INIT_ZERO, 0, 0);
    for (int k = 0; k < c->bond_flows; k++) mg_bond_flow_init(&m->bonds[k], p, m, k);
    for (int k = 0; k < c->atom_flows; k++) mg_atom_flow_init(&m->atoms[k], p, m, k);
    return m;
}

void mg_moflow_free(mg_moflow *m) {
    if (!m) return;
    for (int k = 0; m->bonds && k < m->c.bond_flows; k++) free(m->bonds[k].inverse);
    free(m->bonds);
    free(m->atoms);
    free(m->reader.layers);
    free(m);
}

const mg_moflow_config *mg_moflow_get_config(const mg_moflow *m) { return &m->c; }

int mg_moflow_prepare(mg_moflow *m, molglot_error *err) {
    for (int k = 0; k < m->c.bond_flows; k++) {
        const int code = mg_bond_flow_prepare(&m->bonds[k], m->s.channels, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

float mg_moflow_deviation(const mg_moflow *m) { return expf(0.5f * mg_f32(m->log_variance)[0]); }

/* ---- squeezing ---- */

/* Where number c of the pair (i, j) stands in the squeezed map of its molecule. */
static int64_t squeezed(const mg_moflow_config *c, int64_t i, int64_t j, int64_t type) {
    const int64_t f = c->squeeze, side = c->slots / f, channels = MG_MOFLOW_BONDS * f * f;
    return (i / f * side + j / f) * channels + type * f * f + i % f * f + j % f;
}

void mg_moflow_fill(const mg_moflow_config *c, const uint8_t *types, const uint8_t *bonds,
                    mg_rng *rng, float *to_bonds, float *to_atoms, float *to_adjacency) {
    const mg_moflow_shape s = mg_moflow_shape_of(c);
    const float noise = c->noise;
    for (int64_t i = 0; i < s.slots; i++)
        for (int64_t k = 0; k < s.types; k++)
            to_atoms[i * s.types + k] = (types[i] == k ? 1.0f : 0.0f) +
                                        noise * (rng ? (float)mg_rng_uniform(rng) : 0.5f);
    for (int64_t i = 0; i < s.slots; i++)
        for (int64_t j = 0; j < s.slots; j++)
            for (int64_t k = 0; k < MG_MOFLOW_BONDS; k++) {
                const int64_t pair = i * s.slots + j;
                const float one = bonds[pair] == k ? 1.0f : 0.0f;
                to_adjacency[pair * MG_MOFLOW_BONDS + k] = one;
                to_bonds[squeezed(c, i, j, k)] = one +
                                                 noise * (rng ? (float)mg_rng_uniform(rng) : 0.5f);
            }
}

/* The squeezed map as pairs, [molecules * n * n, 4]: channels in another order, then rows. */
static mg_tensor *unsqueeze(mg_tape *t, const mg_moflow *m, mg_tensor *x) {
    const int64_t n = m->c.slots, f = m->c.squeeze, side = n / f, cells = f * f,
                  channels = m->s.channels;
    float *order = mg_tape_alloc(t, (size_t)(channels * channels) * sizeof *order);
    if (!x || !order) return NULL;
    const int64_t molecules = x->rows / m->s.places;
    int32_t *ids = mg_tape_alloc(t, (size_t)(2 * molecules * n * n + 1) * sizeof *ids);
    if (!ids) return NULL;
    memset(order, 0, (size_t)(channels * channels) * sizeof *order);
    for (int64_t cell = 0; cell < cells; cell++)
        for (int64_t k = 0; k < MG_MOFLOW_BONDS; k++)
            order[(cell * MG_MOFLOW_BONDS + k) * channels + k * cells + cell] = 1;
    mg_tensor *y = mg_linear(t, x, mg_input(t, order, channels, channels, false), NULL,
                             MG_ACT_NONE);
    int64_t at = 0;
    for (int64_t b = 0; b < molecules; b++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                for (int64_t k = 0; k < 2; k++) { /* the pair, and the pair turned round */
                    const int64_t p = k ? j : i, q = k ? i : j;
                    ids[at++] = (int32_t)((b * m->s.places + p / f * side + q / f) * cells +
                                          p % f * f + q % f);
                }
    return mg_gather_sum(t, mg_reshape(t, y, MG_MOFLOW_BONDS),
                         (mg_csr){.n = molecules * n * n,
                                  .offsets = mg_rows_offsets(t, molecules * n * n, 2),
                                  .ids = ids,
                                  .mean = true});
}

/* ---- forward ---- */

/* 1/2 (v + log 2 pi + e^-v mean z^2), then less log |det| / dim, in bits. */
static mg_tensor *bits(mg_tape *t, const mg_moflow *m, mg_tensor *z, mg_tensor *logdet,
                       double dim) {
    static const float one = 1;
    mg_tensor *precision = mg_activate(t, mg_scale(t, m->log_variance, -1), MG_ACT_EXP);
    mg_tensor *const terms[4] = {m->log_variance, mg_mul(t, precision, mg_mean(t, mg_mul(t, z, z))),
                                 logdet, mg_input(t, &one, 1, 1, false)};
    const float weights[4] = {(float)(0.5 / LOG_2), (float)(0.5 / LOG_2),
                              (float)(-1 / (dim * LOG_2)), (float)(0.5 * LOG_2PI / LOG_2 + 1)};
    return mg_weighted_sum(t, terms, weights, 4);
}

static bool make_terms(mg_tape *t, mg_logdet *l, int flows) {
    *l = (mg_logdet){.cap = 3 * flows};
    l->terms = mg_tape_alloc(t, (size_t)l->cap * sizeof(mg_tensor *));
    l->weights = mg_tape_alloc(t, (size_t)l->cap * sizeof *l->weights);
    return l->terms && l->weights;
}

/* `rows`: room for a spread adjacency a row of a molecule, made when first needed. */
static mg_tensor *edges_of(mg_tape *t, const mg_moflow *m, mg_tensor **rows, mg_tensor *adjacency,
                           int number) {
    const int row = number % m->c.slots;
    if (!rows[row]) rows[row] = mg_atom_flow_rows(t, m, adjacency, row);
    return rows[row];
}

static mg_moflow_result forward(mg_tape *t, const mg_moflow *m, const mg_moflow_batch *b,
                                bool begin) {
    mg_moflow_result r = {0};
    mg_tensor *rows[MG_MOFLOW_SLOTS] = {0};
    mg_logdet atoms, bonds;
    if (!make_terms(t, &bonds, m->c.bond_flows) || !make_terms(t, &atoms, m->c.atom_flows))
        return r;
    r.bonds = mg_input(t, b->bonds, b->n * m->s.places, m->s.channels, false);
    for (int k = 0; k < m->c.bond_flows; k++)
        r.bonds = mg_bond_flow_forward(t, m, k, r.bonds, &bonds, begin);
    const int64_t n = m->c.slots;
    mg_tensor *adjacency = mg_input(t, b->adjacency, b->n * n * n, MG_MOFLOW_BONDS, false);
    r.atoms = mg_input(t, b->atoms, b->n * n, m->s.types, false);
    for (int k = 0; k < m->c.atom_flows; k++)
        r.atoms = mg_atom_flow_forward(t, m, k, r.atoms, edges_of(t, m, rows, adjacency, k), &atoms,
                                       begin);
    r.bond_logdet = mg_weighted_sum(t, bonds.terms, bonds.weights, bonds.n);
    r.atom_logdet = mg_weighted_sum(t, atoms.terms, atoms.weights, atoms.n);
    r.bond_bits = bits(t, m, r.bonds, r.bond_logdet, (double)m->s.bond_dim);
    r.atom_bits = bits(t, m, r.atoms, r.atom_logdet, (double)m->s.atom_dim);
    return r;
}

mg_moflow_result mg_moflow_forward(mg_tape *t, const mg_moflow *m, const mg_moflow_batch *b) {
    return forward(t, m, b, false);
}

int mg_moflow_begin(mg_tape *t, mg_moflow *m, const mg_moflow_batch *b, molglot_error *err) {
    mg_tape_reset(t);
    mg_tape_record(t, false);
    mg_tape_training(t, true);
    forward(t, m, b, true);
    mg_tape_training(t, false);
    return mg_tape_error(t, err);
}

/* ---- back ---- */

/* 1 at each row's largest number (the first of equals), else 0. */
static mg_tensor *likeliest(mg_tape *t, mg_tensor *x) {
    const float *v = mg_values(t, x);
    if (!v) return NULL;
    float *one = mg_tape_alloc(t, (size_t)mg_tensor_count(x) * sizeof *one + 1);
    for (int64_t r = 0; one && r < x->rows; r++) {
        int64_t best = 0;
        for (int64_t j = 1; j < x->cols; j++)
            if (v[r * x->cols + j] > v[r * x->cols + best]) best = j;
        for (int64_t j = 0; j < x->cols; j++) one[r * x->cols + j] = j == best ? 1.0f : 0.0f;
    }
    return one ? mg_input(t, one, x->rows, x->cols, false) : NULL;
}

/* softmax of each row: a mean of unit rows, weighed by it. */
static mg_tensor *softmax(mg_tape *t, mg_tensor *x) {
    float unit[MG_MOFLOW_TYPES * MG_MOFLOW_TYPES] = {0};
    if (!x) return NULL;
    for (int64_t i = 0; i < x->cols; i++) unit[i * x->cols + i] = 1;
    mg_tensor *units = mg_rows_repeat(t, mg_input(t, unit, x->cols, x->cols, false),
                                      mg_tensor_count(x));
    return mg_merge(t, units, mg_reshape(t, x, 1), NULL,
                    (mg_seqs){x->rows, mg_rows_offsets(t, x->rows, x->cols)}, NULL, NULL, 0);
}

mg_tensor *mg_moflow_soften(mg_tape *t, mg_tensor *x, mg_moflow_bonds how, float sharpness) {
    mg_tensor *hard = how == MG_MOFLOW_SOFT ? NULL : likeliest(t, x);
    if (how == MG_MOFLOW_HARD) return hard;
    mg_tensor *soft = softmax(t, mg_scale(t, x, sharpness));
    if (how == MG_MOFLOW_SOFT) return soft;
    const float *v = mg_values(t, soft);
    if (!v || !hard) return NULL;
    /* hard - soft as numbers, so that the sum has the one's values and the other's gradient */
    return mg_add(t, soft, mg_sub(t, hard, mg_input(t, v, soft->rows, soft->cols, false)));
}

mg_moflow_graph mg_moflow_inverse(mg_tape *t, const mg_moflow *m, mg_tensor *z_atoms,
                                  mg_tensor *z_bonds, mg_moflow_bonds how, float sharpness) {
    mg_moflow_graph g = {0};
    mg_tensor *rows[MG_MOFLOW_SLOTS] = {0}, *h = z_bonds, *x = z_atoms;
    for (int k = m->c.bond_flows - 1; k >= 0; k--) h = mg_bond_flow_inverse(t, m, k, h);
    g.logits = unsqueeze(t, m, h);
    g.bonds = mg_moflow_soften(t, g.logits, how, sharpness);
    if (!g.bonds) return g;
    for (int k = m->c.atom_flows - 1; k >= 0; k--)
        x = mg_atom_flow_inverse(t, m, k, x, edges_of(t, m, rows, g.bonds, k));
    g.atoms = x;
    return g;
}

static uint8_t largest(const float *x, int64_t n) {
    int64_t best = 0;
    for (int64_t k = 1; k < n; k++)
        if (x[k] > x[best]) best = k;
    return (uint8_t)best;
}

void mg_moflow_read(const mg_moflow_config *c, const float *logits, const float *atoms, int64_t i,
                    uint8_t *types, uint8_t *bonds) {
    const mg_moflow_shape s = mg_moflow_shape_of(c);
    const int64_t n = s.slots;
    for (int64_t k = 0; k < n; k++) types[k] = largest(atoms + (i * n + k) * s.types, s.types);
    for (int64_t k = 0; k < n * n; k++)
        bonds[k] = largest(logits + (i * n * n + k) * MG_MOFLOW_BONDS, MG_MOFLOW_BONDS);
}
