/* parts.c - what both flows are made of: actnorm, batch norm, coupling, halves of columns.
 *
 *   actnorm   y = e^s (x + b)                   log |det| = rows sum s
 *   coupling  y = (x + t) sigmoid(u)            log |det| = sum log sigmoid(u)
 *             x = y (1 + e^-u) - t
 */
#include "model/moflow/inside.h"

#include <math.h>
#include <string.h>

mg_tensor *mg_moflow_add(mg_params *p, const char *prefix, const char *leaf, int64_t rows,
                         int64_t cols, mg_init init, unsigned flags) {
    char name[MG_NAME_MAX];
    return mg_params_add(p, mg_name_under(name, prefix, leaf), rows, cols, init, 0, flags);
}

/* ---- batch norm ---- */

void mg_bnorm_init(mg_bnorm *b, mg_params *p, const char *name, int64_t width) {
    b->gamma = mg_moflow_add(p, name, "weight", 1, width, MG_INIT_ONE, 0);
    b->beta = mg_moflow_add(p, name, "bias", 1, width, MG_INIT_ZERO, 0);
    b->mean = mg_moflow_add(p, name, "running_mean", 1, width, MG_INIT_ZERO, MG_PARAM_BUFFER);
    b->var = mg_moflow_add(p, name, "running_var", 1, width, MG_INIT_ONE, MG_PARAM_BUFFER);
}

/* relu(norm(x)); a norm of one number takes all of x as one column. */
mg_tensor *mg_bnorm_forward(mg_tape *t, const mg_bnorm *b, mg_tensor *x) {
    if (!x) return NULL;
    const int64_t cols = x->cols;
    mg_tensor *y = mg_batch_norm(t, b->gamma->cols == cols ? x : mg_reshape(t, x, 1), b->gamma,
                                 b->beta, b->mean, b->var, MG_MOFLOW_MOMENTUM, MG_MOFLOW_EPS,
                                 MG_ACT_RELU);
    return b->gamma->cols == cols ? y : mg_reshape(t, y, cols);
}

/* ---- log-determinants ---- */

void mg_logdet_add(mg_tape *t, mg_logdet *l, mg_tensor *term, double weight) {
    if (!l) return;
    if (l->n == l->cap) {
        mg_tape_fail(t, "moflow: more flows than there is room for");
        return;
    }
    l->terms[l->n] = term;
    l->weights[l->n++] = (float)weight;
}

/* ---- actnorm ---- */

/* The norm's numbers beside those of x. */
static mg_tensor *spread(mg_tape *t, mg_tensor *row, mg_tensor *x, bool by_row) {
    static const float ones[MG_MOFLOW_TYPES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (!x) return NULL;
    if (by_row)
        row = mg_linear(t, mg_reshape(t, row, 1), mg_input(t, ones, x->cols, 1, false), NULL,
                        MG_ACT_NONE);
    return mg_rows_repeat(t, row, x->rows);
}

mg_tensor *mg_actnorm_forward(mg_tape *t, const mg_actnorm *a, mg_tensor *x, bool by_row) {
    mg_tensor *scale = spread(t, mg_activate(t, a->log_scale, MG_ACT_EXP), x, by_row);
    return mg_mul(t, mg_add(t, x, spread(t, a->shift, x, by_row)), scale);
}

mg_tensor *mg_actnorm_inverse(mg_tape *t, const mg_actnorm *a, mg_tensor *x, bool by_row) {
    mg_tensor *scale = mg_activate(t, mg_scale(t, a->log_scale, -1), MG_ACT_EXP);
    return mg_sub(t, mg_mul(t, x, spread(t, scale, x, by_row)), spread(t, a->shift, x, by_row));
}

void mg_actnorm_begin(mg_tape *t, const mg_actnorm *a, mg_tensor *x, bool by_row) {
    const float *v = mg_values(t, x);
    const int64_t width = a->shift->cols, rows = x ? x->rows : 0, cols = x ? x->cols : 0;
    for (int64_t k = 0; v && k < width; k++) {
        double sum = 0, square = 0, n = 0;
        for (int64_t r = by_row ? k : 0; r < rows; r += by_row ? width : 1)
            for (int64_t j = by_row ? 0 : k; j < (by_row ? cols : k + 1); j++) {
                const double y = v[r * cols + j];
                sum += y, square += y * y, n++;
            }
        const double mean = sum / n, variance = square / n - mean * mean;
        mg_f32(a->shift)[k] = (float)-mean;
        mg_f32(a->log_scale)[k] =
            (float)-log(sqrt(n > 1 && variance > 0 ? variance * n / (n - 1) : 0) + 1e-6);
    }
}

/* ---- coupling ---- */

/* mean log sigmoid(u): less the cross-entropy of softmax(u, 0) and its first column. */
static mg_tensor *mean_log_sigmoid(mg_tape *t, mg_tensor *u) {
    static const float first[2] = {1, 0};
    if (!u) return NULL;
    const int64_t n = mg_tensor_count(u);
    int32_t *targets = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *targets);
    if (!targets) return NULL;
    memset(targets, 0, (size_t)(n + 1) * sizeof *targets);
    mg_tensor *pairs = mg_linear(t, mg_reshape(t, u, 1), mg_input(t, first, 2, 1, false), NULL,
                                 MG_ACT_NONE);
    return mg_scale(t, mg_cross_entropy(t, pairs, targets, NULL, 0), -1);
}

mg_tensor *mg_couple(mg_tape *t, mg_tensor *x, mg_tensor *u, mg_tensor *shift,
                     mg_tensor **mean_log) {
    *mean_log = mean_log_sigmoid(t, u);
    return mg_mul(t, mg_add(t, x, shift), mg_activate(t, u, MG_ACT_SIGMOID));
}

mg_tensor *mg_uncouple(mg_tape *t, mg_tensor *x, mg_tensor *u, mg_tensor *shift) {
    mg_tensor *more = mg_mul(t, x, mg_activate(t, mg_scale(t, u, -1), MG_ACT_EXP));
    return mg_sub(t, mg_add(t, x, more), shift);
}

/* ---- halves ---- */

bool mg_halves(mg_tape *t, mg_tensor *x, mg_tensor *half[2]) {
    half[0] = half[1] = NULL;
    if (!x) return false;
    mg_tensor *rows = mg_reshape(t, x, x->cols / 2);
    for (int k = 0; k < 2; k++) {
        int32_t *ids = mg_tape_alloc(t, (size_t)(x->rows + 1) * sizeof *ids);
        if (!ids) return false;
        for (int64_t i = 0; i < x->rows; i++) ids[i] = (int32_t)(2 * i + k);
        half[k] = mg_rows_at(t, rows, ids, x->rows);
    }
    return half[0] && half[1];
}

mg_tensor *mg_whole(mg_tape *t, mg_tensor *const half[2]) {
    mg_tensor *y[2] = {0};
    for (int k = 0; k < 2; k++) {
        const int64_t rows = half[k] ? half[k]->rows : 0;
        int32_t *ids = mg_tape_alloc(t, (size_t)(2 * rows + 1) * sizeof *ids);
        if (!ids || !half[k]) return NULL;
        for (int64_t i = 0; i < 2 * rows; i++) ids[i] = i % 2 == k ? (int32_t)(i / 2) : -1;
        y[k] = mg_rows_at_some(t, half[k], ids, 2 * rows);
    }
    return half[0] ? mg_reshape(t, mg_add(t, y[0], y[1]), 2 * half[0]->cols) : NULL;
}
