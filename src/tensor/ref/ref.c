/* ref.c - the reference backend: what every kernel means, in plain loops with double
 * accumulation.
 *
 * Tests hold the fast backends against it; `mg_tape_new("ref", ...)` runs a whole model on it when
 * a fast result is in doubt. One thread, no blocking, no approximation. In bf16 precision the
 * factors of matrix products are rounded to bf16 and nothing else is. Here: linear, elementwise,
 * gather, optimiser and the table; rows' norms are in norm.c, attention and the losses in
 * attention.c.
 */
#include "tensor/ref/ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_BYTES ((size_t)16 << 30)

/* ---- activations ---- */

static double act_value(mg_act act, double x) {
    switch (act) {
    case MG_ACT_RELU: return x > 0.0 || isnan(x) ? x : 0.0;
    case MG_ACT_GELU: return 0.5 * x * (1.0 + erf(x / sqrt(2.0)));
    case MG_ACT_TANH: return tanh(x);
    case MG_ACT_NONE: break;
    }
    return x;
}

/* `saved` is x for GELU, y for RELU and TANH. */
static double act_slope(mg_act act, double saved) {
    switch (act) {
    case MG_ACT_RELU: return saved > 0.0 ? 1.0 : 0.0;
    case MG_ACT_GELU:
        return 0.5 * (1.0 + erf(saved / sqrt(2.0))) +
               saved * exp(-0.5 * saved * saved) / sqrt(2.0 * 3.14159265358979323846);
    case MG_ACT_TANH: return 1.0 - saved * saved;
    case MG_ACT_NONE: break;
    }
    return 1.0;
}

static int ref_act(mg_backend *be, int64_t n, mg_act act, const float *x, float *y) {
    (void)be;
    for (int64_t i = 0; i < n; i++) y[i] = (float)act_value(act, x[i]);
    return 0;
}

static int ref_act_back(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                        float *dx, int acc) {
    (void)be;
    for (int64_t i = 0; i < n; i++) mg_ref_put(&dx[i], dy[i] * act_slope(act, saved[i]), acc);
    return 0;
}

/* ---- linear ---- */

static double weight_at(const mg_k_linear *k, int64_t i) {
    if (k->w_dtype == MG_BF16) return mg_bf16_to_f32(((const uint16_t *)k->w)[i]);
    if (k->precision == MG_PREC_BF16 && k->w_shadow) return mg_bf16_to_f32(k->w_shadow[i]);
    return mg_ref_factor(k->precision, ((const float *)k->w)[i]);
}

static int ref_linear(mg_backend *be, const mg_k_linear *k) {
    (void)be;
    for (int64_t i = 0; i < k->n; i++)
        for (int64_t o = 0; o < k->out; o++) {
            double s = k->b ? k->b[o] : 0.0;
            for (int64_t j = 0; j < k->in; j++)
                s += mg_ref_factor(k->precision, k->x[i * k->in + j]) * weight_at(k, o * k->in + j);
            if (k->pre) k->pre[i * k->out + o] = (float)s;
            k->y[i * k->out + o] = (float)act_value(k->act, (float)s);
        }
    if (k->x_half) mg_f32_to_bf16_n(k->x, k->x_half, k->n * k->in);
    return 0;
}

static int ref_linear_back(mg_backend *be, const mg_k_linear_back *k) {
    (void)be;
    mg_precision p = k->precision;
    for (int64_t i = 0; k->dx && i < k->n; i++)
        for (int64_t j = 0; j < k->in; j++) {
            double s = 0.0;
            for (int64_t o = 0; o < k->out; o++)
                s += mg_ref_factor(p, k->dy[i * k->out + o]) *
                     mg_ref_factor(p, k->w[o * k->in + j]);
            mg_ref_put(&k->dx[i * k->in + j], s, k->acc_dx);
        }
    for (int64_t o = 0; k->dw && o < k->out; o++)
        for (int64_t j = 0; j < k->in; j++) {
            double s = 0.0;
            for (int64_t i = 0; i < k->n; i++)
                s += mg_ref_factor(p, k->dy[i * k->out + o]) *
                     mg_ref_factor(p, k->x[i * k->in + j]);
            mg_ref_put(&k->dw[o * k->in + j], s, 1);
        }
    for (int64_t o = 0; k->db && o < k->out; o++) {
        double s = 0.0;
        for (int64_t i = 0; i < k->n; i++) s += k->dy[i * k->out + o];
        mg_ref_put(&k->db[o], s, 1);
    }
    return 0;
}

static int ref_product_nt(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                          const void *b, mg_dtype b_dtype, float *c) {
    (void)be;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double s = 0.0;
            for (int64_t l = 0; l < k; l++)
                s += (double)a[i * k + l] * (b_dtype == MG_BF16
                                                 ? mg_bf16_to_f32(((const uint16_t *)b)[j * k + l])
                                                 : ((const float *)b)[j * k + l]);
            c[i * n + j] = (float)s;
        }
    return 0;
}

/* ---- elementwise ---- */

static int ref_axpby(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                     float *out) {
    (void)be;
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)((double)a * x[i] + (y ? (double)b * y[i] : 0.0));
    return 0;
}

static int ref_scale_by(mg_backend *be, int64_t n, const float *factor, const float *x, float *out,
                        int acc) {
    (void)be;
    const double f = *factor;
    for (int64_t i = 0; i < n; i++) mg_ref_put(&out[i], f * x[i], acc);
    return 0;
}

static int ref_mul(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc) {
    (void)be;
    for (int64_t i = 0; i < n; i++) mg_ref_put(&out[i], (double)x[i] * y[i], acc);
    return 0;
}

static int ref_dropout(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y,
                       int acc) {
    (void)be;
    uint32_t threshold = mg_dropout_threshold(p);
    float keep = 1.0f / (1.0f - p);
    for (int64_t i = 0; i < n; i++)
        mg_ref_put(&y[i], mg_dropout_bits(key, (uint32_t)i) >= threshold ? x[i] * keep : 0.0f, acc);
    return 0;
}

/* ---- gather ---- */

static double table_at(const mg_k_gather *k, int64_t i) {
    if (k->src_dtype == MG_I8) return ((const int8_t *)k->src)[i];
    return k->src_dtype == MG_BF16 ? mg_bf16_to_f32(((const uint16_t *)k->src)[i])
                                   : ((const float *)k->src)[i];
}

static int ref_gather(mg_backend *be, const mg_k_gather *k) {
    (void)be;
    for (int64_t i = 0; i < k->n; i++) {
        int32_t from = k->offsets[i], to = k->offsets[i + 1];
        int64_t r = k->out_rows ? k->out_rows[i] : i;
        for (int64_t c = 0; c < k->cols; c++) {
            double s = 0.0;
            for (int32_t e = from; e < to; e++)
                s += (k->weights ? k->weights[e] : 1.0) *
                     table_at(k, (k->ids ? k->ids[e] : e) * k->cols + c);
            if (k->mean && to > from) s /= to - from;
            mg_ref_put(&k->dst[r * k->cols + c], s, k->acc);
        }
    }
    return 0;
}

/* ---- flat buffers ---- */

static int ref_sumsq(mg_backend *be, int64_t n, const float *x, double *sum) {
    (void)be;
    *sum = 0.0;
    for (int64_t i = 0; i < n; i++) *sum += (double)x[i] * x[i];
    return 0;
}

static int ref_zero(mg_backend *be, int64_t n, float *x) {
    (void)be;
    memset(x, 0, (size_t)n * sizeof *x);
    return 0;
}

static int ref_adamw(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v,
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

/* ---- the table ---- */

static void ref_free(mg_backend *be) {
    mg_arena_free(&be->scratch);
    free(be);
}

mg_backend *mg_backend_ref_new(int threads, molglot_error *err) {
    (void)threads;
    mg_backend *be = malloc(sizeof *be);
    if (!be) {
        mg_no_memory(err, "the reference backend");
        return NULL;
    }
    *be = (mg_backend){.name = "ref",
                       .threads = 1,
                       .free = ref_free,
                       .linear = ref_linear,
                       .linear_back = ref_linear_back,
                       .act = ref_act,
                       .act_back = ref_act_back,
                       .axpby = ref_axpby,
                       .scale_by = ref_scale_by,
                       .mul = ref_mul,
                       .dropout = ref_dropout,
                       .gather = ref_gather,
                       .norm = mg_ref_norm,
                       .norm_back = mg_ref_norm_back,
                       .bnorm = mg_ref_bnorm,
                       .bnorm_back = mg_ref_bnorm_back,
                       .attention = mg_ref_attention,
                       .attention_back = mg_ref_attention_back,
                       .normalize = mg_ref_normalize,
                       .normalize_back = mg_ref_normalize_back,
                       .infonce = mg_ref_infonce,
                       .xent = mg_ref_xent,
                       .xent_back = mg_ref_xent_back,
                       .product_nt = ref_product_nt,
                       .sumsq = ref_sumsq,
                       .zero = ref_zero,
                       .adamw = ref_adamw};
    if (mg_arena_init(&be->scratch, SCRATCH_BYTES, err) == MOLGLOT_OK) return be;
    free(be);
    return NULL;
}
