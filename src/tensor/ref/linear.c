/* linear.c - reference kernels of y = act(x w^T + b), of its gradients, and of the plain product a
 * b^T. */
#include "tensor/ref/ref.h"

static double weight_at(const mg_k_linear *k, int64_t i) {
    if (k->w_dtype == MG_BF16) return mg_bf16_to_f32(((const uint16_t *)k->w)[i]);
    if (k->precision == MG_PREC_BF16 && k->w_shadow) return mg_bf16_to_f32(k->w_shadow[i]);
    return mg_ref_factor(k->precision, ((const float *)k->w)[i]);
}

int mg_ref_linear(mg_backend *be, const mg_k_linear *k) {
    (void)be;
    for (int64_t i = 0; i < k->n; i++)
        for (int64_t o = 0; o < k->out; o++) {
            double s = k->b ? k->b[o] : 0.0;
            for (int64_t j = 0; j < k->in; j++)
                s += mg_ref_factor(k->precision, k->x[i * k->in + j]) * weight_at(k, o * k->in + j);
            if (k->pre) k->pre[i * k->out + o] = (float)s;
            k->y[i * k->out + o] = (float)mg_ref_act_value(k->act, (float)s);
        }
    if (k->x_half) mg_f32_to_bf16_n(k->x, k->x_half, k->n * k->in);
    return 0;
}

int mg_ref_linear_back(mg_backend *be, const mg_k_linear_back *k) {
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

int mg_ref_product_nt(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
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
