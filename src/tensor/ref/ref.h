/* ref.h - the reference kernels, a file a family, for the table in ref.c. backend.h says what each
 * gets and gives. */
#ifndef MG_REF_H
#define MG_REF_H

#include "tensor/backend.h"

/* attention.c */
int mg_ref_attention(mg_backend *be, const mg_k_attention *k);
int mg_ref_attention_back(mg_backend *be, const mg_k_attention_back *k);

/* elementwise.c */
double mg_ref_act_value(mg_act act, double x);
int mg_ref_act(mg_backend *be, int64_t n, mg_act act, const float *x, float *y);
int mg_ref_act_back(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                    float *dx, int acc);
int mg_ref_axpby(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                 float *out);
int mg_ref_scale_by(mg_backend *be, int64_t n, const float *factor, const float *x, float *out,
                    int acc);
int mg_ref_mul(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc);
int mg_ref_dropout(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y,
                   int acc);

/* gather.c */
int mg_ref_gather(mg_backend *be, const mg_k_gather *k);

/* linear.c */
int mg_ref_linear(mg_backend *be, const mg_k_linear *k);
int mg_ref_linear_back(mg_backend *be, const mg_k_linear_back *k);
int mg_ref_product_nt(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                      const void *b, mg_dtype b_dtype, float *c);

/* loss.c */
int mg_ref_xent(mg_backend *be, const mg_k_xent *k);
int mg_ref_xent_back(mg_backend *be, const mg_k_xent_back *k);
int mg_ref_infonce(mg_backend *be, const mg_k_infonce *k);

/* norm.c */
int mg_ref_norm(mg_backend *be, const mg_k_norm *k);
int mg_ref_norm_back(mg_backend *be, const mg_k_norm_back *k);
int mg_ref_bnorm(mg_backend *be, const mg_k_bnorm *k);
int mg_ref_bnorm_back(mg_backend *be, const mg_k_bnorm_back *k);
int mg_ref_normalize(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y,
                     float *norm);
int mg_ref_normalize_back(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y,
                          const float *norm, const float *dy, float *dx, int acc);

/* optim.c */
int mg_ref_sumsq(mg_backend *be, int64_t n, const float *x, double *sum);
int mg_ref_zero(mg_backend *be, int64_t n, float *x);
int mg_ref_adamw(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v,
                 float *ema, uint16_t *shadow, const mg_adamw_args *a);

/* v as a factor of a product: rounded to bf16 where that precision is asked for. */
static inline double mg_ref_factor(mg_precision precision, double v) {
    return precision == MG_PREC_BF16 ? (double)mg_bf16_to_f32(mg_f32_to_bf16((float)v)) : v;
}

/* The result of a kernel put where it goes: written, or added. */
static inline void mg_ref_put(float *out, double v, int acc) { *out = (float)(acc ? *out + v : v); }

/* match.c */
int mg_ref_place(mg_backend *be, const mg_k_place *k);
int mg_ref_place_back(mg_backend *be, const mg_k_place_back *k);
int mg_ref_contrast(mg_backend *be, const mg_k_contrast *k);
int mg_ref_late(mg_backend *be, const mg_k_late *k);
int mg_ref_late_back(mg_backend *be, const mg_k_late_back *k);

/* sets.c */
int mg_ref_windows(mg_backend *be, const mg_k_windows *k);
int mg_ref_windows_back(mg_backend *be, const mg_k_windows_back *k);
int mg_ref_cluster(mg_backend *be, const mg_k_cluster *k);
int mg_ref_merge(mg_backend *be, const mg_k_merge *k);
int mg_ref_merge_back(mg_backend *be, const mg_k_merge_back *k);
int mg_ref_scored(mg_backend *be, const mg_k_scored *k);
int mg_ref_scored_back(mg_backend *be, const mg_k_scored_back *k);

/* As mg_code_products has it (tensor.h). */
void mg_ref_code_products(const int8_t *codes, int64_t n, int width, const int8_t *hi,
                          const int8_t *lo, int32_t *out);

#endif
