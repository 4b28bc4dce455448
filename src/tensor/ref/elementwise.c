/* elementwise.c - reference kernels of activations, sums, products and dropout: maps over n
 * numbers. */
#include "tensor/ref/ref.h"

#include <math.h>

/* ---- activations ---- */

#define GELU_C 0.79788456080286535588 /* sqrt(2 / pi) */

double mg_ref_act_value(mg_act act, double x) {
    switch (act) {
    case MG_ACT_RELU: return x > 0.0 || isnan(x) ? x : 0.0;
    case MG_ACT_GELU: return 0.5 * x * (1.0 + erf(x / sqrt(2.0)));
    case MG_ACT_TANH: return tanh(x);
    case MG_ACT_GELU_TANH: return 0.5 * x * (1.0 + tanh(GELU_C * (x + 0.044715 * x * x * x)));
    case MG_ACT_SIGMOID: return 1.0 / (1.0 + exp(-x));
    case MG_ACT_EXP: return exp(x);
    case MG_ACT_NONE: break;
    }
    return x;
}

/* `saved` is x for GELU and GELU_TANH, y for RELU, TANH, SIGMOID and EXP. */
static double act_slope(mg_act act, double saved) {
    const double u = tanh(GELU_C * (saved + 0.044715 * saved * saved * saved));
    switch (act) {
    case MG_ACT_RELU: return saved > 0.0 ? 1.0 : 0.0;
    case MG_ACT_GELU:
        return 0.5 * (1.0 + erf(saved / sqrt(2.0))) +
               saved * exp(-0.5 * saved * saved) / sqrt(2.0 * 3.14159265358979323846);
    case MG_ACT_TANH: return 1.0 - saved * saved;
    case MG_ACT_GELU_TANH:
        return 0.5 * (1.0 + u) +
               0.5 * saved * (1.0 - u * u) * GELU_C * (1.0 + 0.134145 * saved * saved);
    case MG_ACT_SIGMOID: return saved * (1.0 - saved);
    case MG_ACT_EXP: return saved;
    case MG_ACT_NONE: break;
    }
    return 1.0;
}

int mg_ref_act(mg_backend *be, int64_t n, mg_act act, const float *x, float *y) {
    (void)be;
    for (int64_t i = 0; i < n; i++) y[i] = (float)mg_ref_act_value(act, x[i]);
    return 0;
}

int mg_ref_act_back(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                    float *dx, int acc) {
    (void)be;
    for (int64_t i = 0; i < n; i++) mg_ref_put(&dx[i], dy[i] * act_slope(act, saved[i]), acc);
    return 0;
}

/* ---- arithmetic ---- */

int mg_ref_axpby(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                 float *out) {
    (void)be;
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)((double)a * x[i] + (y ? (double)b * y[i] : 0.0));
    return 0;
}

int mg_ref_scale_by(mg_backend *be, int64_t n, const float *factor, const float *x, float *out,
                    int acc) {
    (void)be;
    const double f = *factor;
    for (int64_t i = 0; i < n; i++) mg_ref_put(&out[i], f * x[i], acc);
    return 0;
}

int mg_ref_mul(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc) {
    (void)be;
    for (int64_t i = 0; i < n; i++) mg_ref_put(&out[i], (double)x[i] * y[i], acc);
    return 0;
}

int mg_ref_dropout(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y,
                   int acc) {
    (void)be;
    uint32_t threshold = mg_dropout_threshold(p);
    float keep = 1.0f / (1.0f - p);
    for (int64_t i = 0; i < n; i++)
        mg_ref_put(&y[i], mg_dropout_bits(key, (uint32_t)i) >= threshold ? x[i] * keep : 0.0f, acc);
    return 0;
}
