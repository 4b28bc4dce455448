/* bonds.c - the bond flow (docs/reference/momu.md 11.2): Glow over the squeezed map of bonds, x
 * [molecules * places, C] with C channels, the places of a molecule being a square.
 *
 *   one flow:  actnorm of each channel; mix: y = W x at each place; coupling of the halves (a, b):
 *              (u | t) = conv3(relu(norm(conv(relu(norm(conv3(a)))))))     b = (b + t) sigmoid(u)
 *   without mix, odd flows change a, told by b
 *
 * A convolution of 3 x 3 taps is a product with the nine neighbours' channels side by side, zeros
 * outside the square; its weights are [out, 9 in], tap by tap.
 */
#include "model/moflow/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool swaps(const mg_moflow *m, int number) { return !m->c.mix && number % 2; }

void mg_bond_flow_init(mg_bond_flow *f, mg_params *p, const mg_moflow *m, int number) {
    const int64_t c = m->s.channels, h = m->c.bond_hidden, half = c / 2;
    const int64_t in[3] = {9 * half, (int64_t)m->c.bond_middle * m->c.bond_middle * h, 9 * h},
                  out[3] = {h, h, c};
    char stem[64], name[MG_NAME_MAX], leaf[32];
    snprintf(stem, sizeof stem, "bonds.%d", number);
    f->norm.shift = mg_moflow_add(p, stem, "actnorm.shift", 1, c, MG_INIT_ZERO, 0);
    f->norm.log_scale = mg_moflow_add(p, stem, "actnorm.log_scale", 1, c, MG_INIT_ZERO, 0);
    if (m->c.mix) {
        f->permutation = mg_moflow_add(p, stem, "mix.permutation", 1, c, MG_INIT_ZERO,
                                       MG_PARAM_BUFFER);
        f->lower = mg_moflow_add(p, stem, "mix.lower", 1, c * c, MG_INIT_ZERO, 0);
        f->upper = mg_moflow_add(p, stem, "mix.upper", 1, c * c, MG_INIT_ZERO, 0);
        f->log_diagonal = mg_moflow_add(p, stem, "mix.log_diagonal", 1, c, MG_INIT_ZERO, 0);
    }
    for (int k = 0; k < 3; k++) {
        snprintf(leaf, sizeof leaf, "conv.%d", k);
        mg_name_under(name, stem, leaf);
        if (k < 2) {
            mg_dense_init(&f->conv[k], p, name, in[k], out[k], true);
            snprintf(leaf, sizeof leaf, "norm.%d", k);
            mg_bnorm_init(&f->norms[k], p, mg_name_under(name, stem, leaf), h);
            continue;
        }
        f->conv[k].w = mg_moflow_add(p, name, "weight", out[k], in[k], MG_INIT_ZERO,
                                     MG_PARAM_DECAY);
        f->conv[k].b = mg_moflow_add(p, name, "bias", 1, out[k], MG_INIT_ZERO, 0);
    }
}

/* ---- convolution ---- */

/* The nine neighbours of each place side by side: [rows, 9 cols]. */
static mg_tensor *neighbours(mg_tape *t, const mg_moflow *m, mg_tensor *x) {
    const int64_t side = m->c.slots / m->c.squeeze, places = m->s.places;
    if (!x) return NULL;
    int32_t *ids = mg_tape_alloc(t, (size_t)(9 * x->rows + 1) * sizeof *ids);
    if (!ids) return NULL;
    for (int64_t r = 0; r < x->rows; r++) {
        const int64_t place = r % places, row = place / side, column = place % side;
        for (int64_t k = 0; k < 9; k++) {
            const int64_t i = row + k / 3 - 1, j = column + k % 3 - 1;
            const bool inside = i >= 0 && i < side && j >= 0 && j < side;
            ids[9 * r + k] = inside ? (int32_t)(r - place + i * side + j) : -1;
        }
    }
    return mg_reshape(t, mg_rows_at_some(t, x, ids, 9 * x->rows), 9 * x->cols);
}

/* (u | t) from the half that stays. */
static mg_tensor *estimate(mg_tape *t, const mg_moflow *m, const mg_bond_flow *f, mg_tensor *x) {
    mg_tensor *h = mg_dense_forward(t, &f->conv[0], neighbours(t, m, x), MG_ACT_NONE);
    h = mg_bnorm_forward(t, &f->norms[0], h);
    if (m->c.bond_middle == 3) h = neighbours(t, m, h);
    h = mg_bnorm_forward(t, &f->norms[1], mg_dense_forward(t, &f->conv[1], h, MG_ACT_NONE));
    return mg_dense_forward(t, &f->conv[2], neighbours(t, m, h), MG_ACT_NONE);
}

/* ---- the 1x1 convolution ---- */

/* 1 where i - j has the sign, else 0: [C, C] as one row. */
static mg_tensor *triangle(mg_tape *t, int64_t c, int sign) {
    mg_tensor *y = mg_zeros(t, 1, c * c);
    for (int64_t i = 0; y && i < c; i++)
        for (int64_t j = 0; j < c; j++)
            mg_f32(y)[i * c + j] = (i > j) - (i < j) == sign ? 1.0f : 0.0f;
    if (y) mg_tape_push(t, y->data, (size_t)(c * c) * sizeof(float));
    return y;
}

static const int32_t *read_permutation(mg_tape *t, const mg_tensor *x) {
    int32_t *ids = mg_tape_alloc(t, (size_t)x->cols * sizeof *ids);
    for (int64_t i = 0; ids && i < x->cols; i++) ids[i] = (int32_t)mg_f32(x)[i];
    return ids;
}

static mg_tensor *mix(mg_tape *t, const mg_bond_flow *f, mg_tensor *x) {
    if (!x) return NULL;
    const int64_t c = x->cols;
    mg_tensor *eye = triangle(t, c, 0);
    mg_tensor *diagonal = mg_rows_repeat(t, mg_activate(t, f->log_diagonal, MG_ACT_EXP), c);
    mg_tensor *upper = mg_add(t, mg_mul(t, f->upper, triangle(t, c, -1)),
                              mg_mul(t, mg_reshape(t, diagonal, c * c), eye));
    mg_tensor *lower = mg_add(t, mg_mul(t, f->lower, triangle(t, c, 1)), eye);
    lower = mg_rows_at(t, mg_reshape(t, lower, c), read_permutation(t, f->permutation), c);
    return mg_linear(t, mg_linear(t, x, mg_reshape(t, upper, c), NULL, MG_ACT_NONE), lower, NULL,
                     MG_ACT_NONE);
}

/* Column k of W^-1 solves P (I + L) (D + U) v = e_k. */
static void solve(const mg_bond_flow *f, int64_t c, int64_t k, double *v, float *out) {
    const float *lower = mg_f32(f->lower), *upper = mg_f32(f->upper);
    for (int64_t i = 0; i < c; i++) v[i] = 0;
    v[(int64_t)mg_f32(f->permutation)[k]] = 1;
    for (int64_t i = 0; i < c; i++)
        for (int64_t j = 0; j < i; j++) v[i] -= (double)lower[i * c + j] * v[j];
    for (int64_t i = c - 1; i >= 0; i--) {
        for (int64_t j = i + 1; j < c; j++) v[i] -= (double)upper[i * c + j] * v[j];
        v[i] *= exp(-(double)mg_f32(f->log_diagonal)[i]);
    }
    for (int64_t i = 0; i < c; i++) out[i * c + k] = (float)v[i];
}

static bool is_permutation(const float *x, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        bool found = false;
        for (int64_t j = 0; j < n && !found; j++) found = x[j] == (float)i;
        if (!found) return false;
    }
    return true;
}

int mg_bond_flow_prepare(mg_bond_flow *f, int64_t c, molglot_error *err) {
    if (!f->permutation) return MOLGLOT_OK;
    if (!is_permutation(mg_f32(f->permutation), c))
        return mg_fail(err, MOLGLOT_BAD_FILE, "mix.permutation is none");
    if (!f->inverse) f->inverse = malloc((size_t)(c * c) * sizeof *f->inverse);
    double *v = malloc((size_t)c * sizeof *v);
    if (!f->inverse || !v) {
        free(v);
        return mg_no_memory(err, "a flow");
    }
    for (int64_t k = 0; k < c; k++) solve(f, c, k, v, f->inverse);
    free(v);
    return MOLGLOT_OK;
}

/* ---- one flow ---- */

/* Random, of its number: Fisher and Yates. */
static void draw_permutation(mg_bond_flow *f, int64_t c, int number) {
    mg_rng rng = {.seed = 0x6d6f666c6f77u, .stream = (uint64_t)number};
    float *p = mg_f32(f->permutation);
    for (int64_t i = 0; i < c; i++) {
        const int64_t j = (int64_t)mg_rng_below(&rng, (uint64_t)i + 1);
        p[i] = p[j];
        p[j] = (float)i;
    }
}

mg_tensor *mg_bond_flow_forward(mg_tape *t, const mg_moflow *m, int number, mg_tensor *x,
                                mg_logdet *l, bool begin) {
    mg_bond_flow *f = &m->bonds[number];
    const double all = (double)m->s.bond_dim;
    const int stays = swaps(m, number);
    mg_tensor *half[2], *told[2], *mean_log;
    if (begin) mg_actnorm_begin(t, &f->norm, x, false);
    if (begin && f->permutation) draw_permutation(f, m->s.channels, number);
    x = mg_actnorm_forward(t, &f->norm, x, false);
    mg_logdet_add(t, l, mg_mean(t, f->norm.log_scale), all);
    if (f->permutation) {
        x = mix(t, f, x);
        mg_logdet_add(t, l, mg_mean(t, f->log_diagonal), all);
    }
    if (!mg_halves(t, x, half) || !mg_halves(t, estimate(t, m, f, half[stays]), told)) return NULL;
    half[!stays] = mg_couple(t, half[!stays], told[0], told[1], &mean_log);
    mg_logdet_add(t, l, mean_log, all / 2);
    return mg_whole(t, half);
}

mg_tensor *mg_bond_flow_inverse(mg_tape *t, const mg_moflow *m, int number, mg_tensor *x) {
    const mg_bond_flow *f = &m->bonds[number];
    const int64_t c = m->s.channels;
    const int stays = swaps(m, number);
    mg_tensor *half[2], *told[2];
    if (!mg_halves(t, x, half) || !mg_halves(t, estimate(t, m, f, half[stays]), told)) return NULL;
    half[!stays] = mg_uncouple(t, half[!stays], told[0], told[1]);
    x = mg_whole(t, half);
    if (f->permutation)
        x = mg_linear(t, x, mg_input(t, f->inverse, c, c, false), NULL, MG_ACT_NONE);
    return mg_actnorm_inverse(t, &f->norm, x, false);
}
