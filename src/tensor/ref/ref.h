/* ref.h - the reference kernels that ref.c puts into its table and other files define.
 * Signatures: backend.h. */
#ifndef MG_CPU_REF_H
#define MG_CPU_REF_H

#include "tensor/backend.h"

/* norm.c */
int mg_ref_norm(mg_backend *be, const mg_k_norm *k);
int mg_ref_norm_back(mg_backend *be, const mg_k_norm_back *k);
int mg_ref_bnorm(mg_backend *be, const mg_k_bnorm *k);
int mg_ref_bnorm_back(mg_backend *be, const mg_k_bnorm_back *k);
int mg_ref_normalize(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y,
                     float *norm);
int mg_ref_normalize_back(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y,
                          const float *norm, const float *dy, float *dx, int acc);

/* attention.c */
int mg_ref_attention(mg_backend *be, const mg_k_attention *k);
int mg_ref_attention_back(mg_backend *be, const mg_k_attention_back *k);
int mg_ref_xent(mg_backend *be, const mg_k_xent *k);
int mg_ref_xent_back(mg_backend *be, const mg_k_xent_back *k);
int mg_ref_infonce(mg_backend *be, const mg_k_infonce *k);

/* v as a factor of a product: rounded to bf16 where that precision is asked for. */
static inline double mg_ref_factor(mg_precision precision, double v) {
    return precision == MG_PREC_BF16 ? (double)mg_bf16_to_f32(mg_f32_to_bf16((float)v)) : v;
}

/* The result of a kernel put where it goes: written, or added. */
static inline void mg_ref_put(float *out, double v, int acc) { *out = (float)(acc ? *out + v : v); }

#endif
