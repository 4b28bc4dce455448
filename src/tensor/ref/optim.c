/* optim.c - reference kernels of the optimiser on flat buffers: sum of squares, zero, AdamW. */
#include "tensor/ref/ref.h"

#include <math.h>
#include <string.h>

int mg_ref_sumsq(mg_backend *be, int64_t n, const float *x, double *sum) {
    (void)be;
    *sum = 0.0;
    for (int64_t i = 0; i < n; i++) *sum += (double)x[i] * x[i];
    return 0;
}

int mg_ref_zero(mg_backend *be, int64_t n, float *x) {
    (void)be;
    memset(x, 0, (size_t)n * sizeof *x);
    return 0;
}

int mg_ref_adamw(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v,
                 float *ema, uint16_t *shadow, const mg_adamw_args *a) {
    (void)be;
    for (int64_t i = 0; i < n; i++) {
        double gi = (double)g[i] * a->grad_scale;
        m[i] = (float)(a->beta1 * (double)m[i] + (1.0 - a->beta1) * gi);
        v[i] = (float)(a->beta2 * (double)v[i] + (1.0 - a->beta2) * gi * gi);
        double step = (m[i] / (double)a->bias1) / (sqrt(v[i] / (double)a->bias2) + a->eps);
        p[i] = (float)(p[i] - a->lr * (step + (double)a->weight_decay * p[i]));
        if (ema) ema[i] = (float)(ema[i] + (1.0 - a->ema_decay) * ((double)p[i] - ema[i]));
    }
    if (shadow) mg_f32_to_bf16_n(p, shadow, n);
    return 0;
}
