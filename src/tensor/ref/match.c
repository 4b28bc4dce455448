/* match.c - reference kernels of sequences as rows and against each other: pooling by place, the
 * soft contrast, late interaction. backend.h has the formulas. */
#include "tensor/ref/ref.h"

#include <math.h>

/* ---- pooling by place ---- */

int mg_ref_place(mg_backend *be, const mg_k_place *k) {
    (void)be;
    for (int64_t s = 0; s < k->n_seq; s++)
        for (int64_t c = 0; c < k->cols; c++) {
            double y = *k->bias;
            for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++)
                y += (double)k->w[i - k->offsets[s]] * k->x[i * k->cols + c];
            k->y[s * k->cols + c] = (float)y;
        }
    return 0;
}

int mg_ref_place_back(mg_backend *be, const mg_k_place_back *b) {
    const mg_k_place *k = &b->f;
    double bias = 0.0;
    (void)be;
    for (int64_t i = 0; i < k->n_seq * k->cols; i++) bias += b->dy[i];
    if (b->dbias) *b->dbias = (float)(*b->dbias + bias);
    for (int64_t s = 0; b->dx && s < k->n_seq; s++)
        for (int64_t i = k->offsets[s]; i < k->offsets[s + 1]; i++)
            for (int64_t c = 0; c < k->cols; c++)
                mg_ref_put(&b->dx[i * k->cols + c],
                           (double)k->w[i - k->offsets[s]] * b->dy[s * k->cols + c], b->acc_x);
    for (int64_t p = 0; b->dw && p < k->places; p++) {
        double dw = 0.0;
        for (int64_t s = 0; s < k->n_seq; s++)
            for (int64_t c = 0; p < k->offsets[s + 1] - k->offsets[s] && c < k->cols; c++)
                dw += (double)k->x[(k->offsets[s] + p) * k->cols + c] * b->dy[s * k->cols + c];
        b->dw[p] = (float)(b->dw[p] + dw);
    }
    return 0;
}

/* ---- soft contrast ---- */

static const float *key_row(const mg_k_contrast *k, int64_t j) {
    return j < k->n ? k->keys + j * k->d : k->queue + (j - k->n) * k->d;
}

/* z[j] = s x . key_j; returns the log-sum-exp */
static double logits_of(const mg_k_contrast *k, const float *x, double s, double *z) {
    double top = -INFINITY, sum = 0.0;
    for (int64_t j = 0; j < k->n + k->n_queue; j++) {
        z[j] = 0.0;
        for (int64_t c = 0; c < k->d; c++) z[j] += s * x[c] * key_row(k, j)[c];
        top = fmax(top, z[j]);
    }
    for (int64_t j = 0; j < k->n + k->n_queue; j++) sum += exp(z[j] - top);
    return top + log(sum);
}

static bool is_own(const mg_k_contrast *k, int64_t i, int64_t j) {
    return j == i || (k->groups && j < k->n && k->groups[i] == k->groups[j]);
}

int mg_ref_contrast(mg_backend *be, const mg_k_contrast *k) {
    size_t mark = mg_arena_mark(&be->scratch);
    const int64_t keys = k->n + k->n_queue;
    double *z = mg_arena_alloc(&be->scratch, (size_t)keys * sizeof *z),
           *m = mg_arena_alloc(&be->scratch, (size_t)keys * sizeof *m), loss = 0.0, dscale = 0.0;
    if (!z || !m) return MOLGLOT_NO_MEMORY;
    const double s = mg_contrast_scale(k);
    for (int64_t i = 0; i < k->n; i++) {
        const double lse = logits_of(k, k->a + i * k->d, s, z),
                     slow = logits_of(k, k->m + i * k->d, s, m);
        double own = 0.0;
        for (int64_t j = 0; j < k->n; j++) own += is_own(k, i, j);
        for (int64_t j = 0; j < keys; j++) {
            const double target = k->soft * exp(m[j] - slow) +
                                  (is_own(k, i, j) ? (1.0 - k->soft) / own : 0.0);
            loss -= target * (z[j] - lse);
            m[j] = (exp(z[j] - lse) - target) / (double)k->n; /* d loss / d z */
            dscale += m[j] * z[j];
        }
        for (int64_t c = 0; k->da && c < k->d; c++) {
            double da = 0.0;
            for (int64_t j = 0; j < keys; j++) da += s * m[j] * key_row(k, j)[c];
            k->da[i * k->d + c] = (float)da;
        }
    }
    *k->loss = (float)(loss / (double)k->n);
    if (k->da) *k->dscale = (float)(dscale * mg_contrast_slope(k));
    mg_arena_release(&be->scratch, mark);
    return 0;
}

/* ---- late interaction ---- */

static void softmax_rows(int64_t n_seq, const int32_t *offsets, const float *x, float *y) {
    for (int64_t s = 0; s < n_seq; s++) {
        double top = -INFINITY, sum = 0.0;
        for (int64_t i = offsets[s]; i < offsets[s + 1]; i++) top = fmax(top, x[i]);
        for (int64_t i = offsets[s]; i < offsets[s + 1]; i++) sum += exp(x[i] - top);
        for (int64_t i = offsets[s]; i < offsets[s + 1]; i++) y[i] = (float)(exp(x[i] - top) / sum);
    }
}

static int64_t real_end(const int32_t *offsets, const int32_t *real, int64_t s) {
    return real ? offsets[s] + real[s] : offsets[s + 1];
}

/* Each row of x's best partner in each sequence of y. */
static void best(const mg_k_late *k, bool a_side) {
    const int64_t n = a_side ? k->n_a : k->n_b, m = a_side ? k->n_b : k->n_a;
    const int32_t *xo = a_side ? k->a_offsets : k->b_offsets, *xr = a_side ? k->a_real : k->b_real,
                  *yo = a_side ? k->b_offsets : k->a_offsets, *yr = a_side ? k->b_real : k->a_real;
    const float *x = a_side ? k->a : k->b, *y = a_side ? k->b : k->a;
    float *top = a_side ? k->a_top : k->b_top;
    int32_t *arg = a_side ? k->a_arg : k->b_arg;
    for (int64_t i = 0; i < n; i++)
        for (int64_t t = xo[i]; t < xo[i + 1]; t++)
            for (int64_t j = 0; j < m; j++) {
                double most = -INFINITY;
                int32_t where = -1;
                for (int64_t s = yo[j]; t < real_end(xo, xr, i) && s < real_end(yo, yr, j); s++) {
                    double r = 0.0;
                    for (int64_t c = 0; c < k->d; c++)
                        r += (double)x[t * k->d + c] * y[s * k->d + c];
                    if (!(r > most)) continue;
                    most = r;
                    where = (int32_t)s;
                }
                if (where < 0 || (most < 0.0 && real_end(yo, yr, j) < yo[j + 1])) {
                    most = 0.0; /* of a pad, or with one */
                    where = -1;
                }
                top[t * m + j] = (float)most;
                arg[t * m + j] = where;
            }
}

int mg_ref_late(mg_backend *be, const mg_k_late *k) {
    (void)be;
    softmax_rows(k->n_a, k->a_offsets, k->a_logits, k->a_weight);
    softmax_rows(k->n_b, k->b_offsets, k->b_logits, k->b_weight);
    best(k, true);
    best(k, false);
    for (int64_t i = 0; i < k->n_a; i++)
        for (int64_t j = 0; j < k->n_b; j++) {
            double sum = 0.0;
            for (int64_t t = k->a_offsets[i]; t < k->a_offsets[i + 1]; t++)
                sum += (double)k->a_weight[t] * k->a_top[t * k->n_b + j];
            for (int64_t s = k->b_offsets[j]; s < k->b_offsets[j + 1]; s++)
                sum += (double)k->b_weight[s] * k->b_top[s * k->n_a + i];
            k->y[i * k->n_b + j] = (float)(0.5 * sum);
        }
    return 0;
}

static void weights_back(const mg_late_side *k, int64_t i) {
    double mean = 0.0;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t t = k->xo[i]; t < k->xo[i + 1]; t++) {
            double dw = 0.0;
            for (int64_t j = 0; j < k->m; j++)
                dw += 0.5 * k->dy[i * k->step_n + j * k->step_m] * k->x_top[t * k->m + j];
            if (pass == 0)
                mean += k->x_weight[t] * dw;
            else
                mg_ref_put(&k->dlogits[t], k->x_weight[t] * (dw - mean), k->acc_logits);
        }
}

static int rows_back(mg_backend *be, const mg_late_side *k, int64_t i) {
    size_t mark = mg_arena_mark(&be->scratch);
    const int64_t first = k->xo[i], count = (k->xo[i + 1] - first) * k->d;
    double *dx = mg_arena_alloc(&be->scratch, (size_t)count * sizeof *dx);
    if (!dx) return MOLGLOT_NO_MEMORY;
    for (int64_t e = 0; e < count; e++) dx[e] = 0.0;
    for (int64_t j = 0; j < k->m; j++) {
        const double g = 0.5 * k->dy[i * k->step_n + j * k->step_m];
        for (int64_t t = first; t < k->xo[i + 1]; t++) {
            const int32_t s = k->x_arg[t * k->m + j];
            for (int64_t c = 0; s >= 0 && c < k->d; c++)
                dx[(t - first) * k->d + c] += g * k->x_weight[t] * k->y[s * k->d + c];
        }
        for (int64_t s = k->yo[j]; s < k->yo[j + 1]; s++) {
            const int32_t t = k->y_arg[s * k->n + i];
            for (int64_t c = 0; t >= 0 && c < k->d; c++)
                dx[(t - first) * k->d + c] += g * k->y_weight[s] * k->y[s * k->d + c];
        }
    }
    for (int64_t e = 0; e < count; e++) mg_ref_put(&k->dx[first * k->d + e], dx[e], k->acc_x);
    mg_arena_release(&be->scratch, mark);
    return 0;
}

int mg_ref_late_back(mg_backend *be, const mg_k_late_back *b) {
    const mg_late_side sides[2] = {mg_late_side_of(b, true), mg_late_side_of(b, false)};
    for (int e = 0; e < 2; e++)
        for (int64_t i = 0; i < sides[e].n; i++) {
            if (sides[e].dlogits) weights_back(&sides[e], i);
            if (sides[e].dx && rows_back(be, &sides[e], i)) return MOLGLOT_NO_MEMORY;
        }
    return 0;
}
