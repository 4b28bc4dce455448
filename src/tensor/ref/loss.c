/* loss.c - reference kernels of the losses, with their gradients: softmax cross-entropy and
 * InfoNCE. backend.h has the formulas. */
#include "tensor/ref/ref.h"

#include <math.h>
#include <string.h>

/* ---- cross-entropy ---- */

/* q_ij of backend.h */
static double target_share(const mg_k_xent *k, int64_t i, int64_t j) {
    return (double)k->smoothing / (double)k->c + (j == k->targets[i] ? 1.0 - k->smoothing : 0.0);
}

static double row_factor(const mg_k_xent *k, int64_t i) {
    return k->targets[i] < 0 ? 0.0 : (k->weights ? (double)k->weights[i] : 1.0) * k->norm;
}

int mg_ref_xent(mg_backend *be, const mg_k_xent *k) {
    (void)be;
    double loss = 0.0;
    for (int64_t i = 0; i < k->n; i++) {
        const float *x = k->logits + i * k->c;
        double top = -INFINITY, sum = 0.0, ce = 0.0;
        k->lse[i] = k->row_loss[i] = 0.0f;
        if (k->targets[i] < 0) continue;
        for (int64_t j = 0; j < k->c; j++) top = fmax(top, x[j]);
        for (int64_t j = 0; j < k->c; j++) sum += exp(x[j] - top);
        for (int64_t j = 0; j < k->c; j++) /* x[j] may be -infinity where q_ij is 0 */
            if (target_share(k, i, j) > 0.0) ce -= target_share(k, i, j) * (x[j] - top - log(sum));
        k->lse[i] = (float)(top + log(sum));
        k->row_loss[i] = (float)ce;
        loss += row_factor(k, i) * k->row_loss[i];
    }
    *k->loss = (float)loss;
    return 0;
}

int mg_ref_xent_back(mg_backend *be, const mg_k_xent_back *b) {
    (void)be;
    const mg_k_xent *k = &b->f;
    for (int64_t i = 0; i < k->n; i++)
        for (int64_t j = 0; j < k->c; j++) {
            double factor = *b->up * row_factor(k, i),
                   p = exp((double)k->logits[i * k->c + j] - k->lse[i]);
            mg_ref_put(&b->dlogits[i * k->c + j],
                       factor == 0.0 ? 0.0 : factor * (p - target_share(k, i, j)), b->acc);
        }
    return 0;
}

/* ---- InfoNCE ---- */

static bool pair_kept(const mg_k_infonce *k, int64_t i, int64_t j) {
    return i == j || !k->groups || k->groups[i] != k->groups[j];
}

static double dot_rows(const mg_k_infonce *k, int64_t i, int64_t j) {
    double s = 0.0;
    for (int64_t c = 0; c < k->d; c++)
        s += mg_ref_factor(k->precision, k->a[i * k->d + c]) *
             mg_ref_factor(k->precision, k->b[j * k->d + c]);
    return s;
}

/* Cross-entropy of row i of S (step 1) or column i (step n), target (1-smoothing) at i plus
 * smoothing spread over the kept pairs; adds d/dS of it, times weight, to g. */
static double cross_entropy(const mg_k_infonce *k, const double *s, int64_t i, bool column,
                            double weight, double *g) {
    int64_t start = column ? i : i * k->n, step = column ? k->n : 1;
    double top = -INFINITY, sum = 0.0, loss = 0.0;
    int64_t kept = 0;
    for (int64_t j = 0; j < k->n; j++) {
        if (!pair_kept(k, i, j)) continue;
        top = fmax(top, s[start + j * step]);
        kept++;
    }
    for (int64_t j = 0; j < k->n; j++)
        if (pair_kept(k, i, j)) sum += exp(s[start + j * step] - top);
    for (int64_t j = 0; j < k->n; j++) {
        if (!pair_kept(k, i, j)) continue;
        double log_p = s[start + j * step] - top - log(sum);
        double target = k->smoothing / (double)kept + (i == j ? 1.0 - k->smoothing : 0.0);
        loss -= target * log_p;
        if (g) g[start + j * step] += weight * (exp(log_p) - target);
    }
    return loss;
}

/* dS = g: da = scale g b, db = scale g^T a, dlog_scale = sum g S. */
static void infonce_grads(const mg_k_infonce *k, const double *s, const double *g) {
    double dlog_scale = 0.0, scale = mg_infonce_scale(k);
    for (int64_t i = 0; i < k->n; i++)
        for (int64_t c = 0; c < k->d; c++) {
            double da = 0.0, db = 0.0;
            for (int64_t j = 0; j < k->n; j++) {
                da += mg_ref_factor(k->precision, g[i * k->n + j]) *
                      mg_ref_factor(k->precision, k->b[j * k->d + c]);
                db += mg_ref_factor(k->precision, g[j * k->n + i]) *
                      mg_ref_factor(k->precision, k->a[j * k->d + c]);
            }
            k->da[i * k->d + c] = (float)(scale * da);
            k->db[i * k->d + c] = (float)(scale * db);
        }
    for (int64_t i = 0; i < k->n * k->n; i++) dlog_scale += g[i] * s[i];
    *k->dlog_scale = mg_infonce_clamped(k) ? 0.0f : (float)dlog_scale;
}

int mg_ref_infonce(mg_backend *be, const mg_k_infonce *k) {
    size_t mark = mg_arena_mark(&be->scratch), pairs = (size_t)(k->n * k->n);
    double *s = mg_arena_alloc(&be->scratch, pairs * sizeof *s);
    double *g = k->da ? mg_arena_alloc(&be->scratch, pairs * sizeof *g) : NULL;
    int code = s && (g || !k->da) ? 0 : MOLGLOT_NO_MEMORY;
    if (code == 0) {
        if (g) memset(g, 0, pairs * sizeof *g);
        for (int64_t i = 0; i < k->n; i++)
            for (int64_t j = 0; j < k->n; j++)
                s[i * k->n + j] = (double)mg_infonce_scale(k) * dot_rows(k, i, j);
        double weight = 0.5 / (double)k->n, loss = 0.0;
        for (int64_t i = 0; i < k->n; i++)
            loss += cross_entropy(k, s, i, false, weight, g) +
                    cross_entropy(k, s, i, true, weight, g);
        *k->loss = (float)(loss * weight);
        if (g) infonce_grads(k, s, g);
    }
    mg_arena_release(&be->scratch, mark);
    return code;
}
