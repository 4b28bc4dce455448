/* cpu.h - inside of the fast CPU backend: how its files fit together.
 *
 *   cpu.c        the backend: fills the table of backend.h, takes the kernels for this machine
 *   isa.c        which kernels this machine can run
 *   attention.c elementwise.c gather.c linear.c loss.c match.c norm.c optim.c sets.c
 *                a family each: they cut the work into parts, one a thread
 *   kernels_FAMILY.h
 *                what one thread does to one part; isa_*.c compile them for AVX-512, AVX2 and
 *                plain x86-64, in the words of lanes.h
 *   gemm.c       matrix products by oneDNN (bf16) and OpenBLAS (f32)
 *   columns.c    sums over rows, for linear.c and norm.c
 *   info.c       what the machine can do
 *
 * Determinism: how work is cut depends on sizes and be->threads alone, every part writes its own
 * memory, partial sums are added in order. So results are bit-identical for equal thread counts,
 * whatever the scheduler does.
 */
#ifndef MG_CPU_H
#define MG_CPU_H

#include "tensor/backend.h"

/* ---- kernels of one thread ---- */

/* x [n,cols] is rounded to half (or NULL) while its columns are summed. */
typedef struct mg_k_halves {
    int64_t cols;
    const float *x;
    uint16_t *half;
} mg_k_halves;

/* State of InfoNCE (loss.c says what is what). */
typedef struct mg_nce {
    int64_t n;
    float *s; /* [n,n] similarities; -inf where masked; in the end their gradients */
    const int32_t *groups;
    float smoothing;
    float *row_lse; /* [n] log-sum-exp */
    /* [n] sum over kept pairs of share_i (s_ij - s_ii) + share_j (s_ij - s_jj) */
    float *row_smooth;
    float *diagonal;          /* [n] s_ii */
    float *col_top, *col_lse; /* [n] maximum and log-sum-exp */
    float *share;             /* [n] smoothing / kept pairs */
} mg_nce;

/* u_i of mg_k_xent: what row i's cross-entropy counts. */
static inline float mg_xent_factor(const mg_k_xent *k, int64_t i) {
    return k->targets[i] < 0 ? 0.0f : k->weights ? k->weights[i] * k->norm : k->norm;
}

typedef struct mg_cpu_kernels {
    const char *name;
    /* elementwise, n floats */
    void (*act)(int64_t n, mg_act act, const float *x, float *y);
    void (*act_back)(int64_t n, mg_act act, const float *saved, const float *dy, float *dx,
                     int acc);
    void (*axpby)(int64_t n, float a, const float *x, float b, const float *y, float *out);
    void (*mul)(int64_t n, const float *x, const float *y, float *out, int acc);
    /* x[0] is element number `first` of the mask */
    void (*dropout)(int64_t first, int64_t n, float p, uint64_t key, const float *x, float *y,
                    int acc);
    void (*to_half)(int64_t n, const float *x, uint16_t *y);
    void (*from_half)(int64_t n, const uint16_t *x, float *y);
    double (*sumsq)(int64_t n, const float *x);
    void (*adamw)(int64_t n, float *p, const float *g, float *m, float *v, float *ema,
                  uint16_t *shadow, const mg_adamw_args *a);
    /* z += b, y = act(z) by rows; y may be z */
    void (*bias_act)(int64_t rows, int64_t cols, const float *b, mg_act act, float *z, float *y);
    /* c[i*ldc + j] = a[i] . b[j], i < m, from <= j < to; b is [.,k] of b_dtype */
    void (*dots)(int64_t m, int64_t from, int64_t to, int64_t k, const float *a, const void *b,
                 mg_dtype b_dtype, float *c, int64_t ldc);
    /* the same of bf16 rows a; NULL without instructions for it, to be called where mg_cpu.bf16 is
     * set */
    void (*dots_half)(int64_t m, int64_t from, int64_t to, int64_t k, const uint16_t *a,
                      const uint16_t *b, float *c, int64_t ldc);
    /* rows [r0, r1) of an op */
    void (*norm)(const mg_k_norm *k, int64_t r0, int64_t r1);
    void (*normalize)(int64_t r0, int64_t r1, int64_t cols, float eps, const float *x, float *y,
                      float *norm);
    void (*normalize_back)(int64_t r0, int64_t r1, int64_t cols, float eps, const float *y,
                           const float *norm, const float *dy, float *dx, int acc);
    void (*bnorm)(const mg_k_bnorm *k, int64_t r0, int64_t r1); /* with k->mean and k->rstd */
    void (*bnorm_back)(const mg_k_bnorm_back *k, const float *mean_dy, const float *mean_dyx,
                       int64_t r0, int64_t r1);
    void (*gather)(const mg_k_gather *k, int64_t i0, int64_t i1);
    /* sum[cols] of entries [e0, e1) */
    void (*gather_part)(const mg_k_gather *k, int32_t e0, int32_t e1, float *sum);
    /* one head of one sequence; work: attention_work floats for at least its queries and keys */
    void (*attention)(const mg_k_attention *k, int64_t seq, int head, float *work);
    /* bias: [2 reach + 1] of the task's own, written where dbias is wanted */
    void (*attention_back)(const mg_k_attention_back *k, int64_t seq, int head, float *work,
                           float *bias);
    int64_t (*attention_work)(int64_t queries, int64_t keys, int64_t width, bool back);
    /* rows [r0, r1) of cross-entropy; xent writes lse and row_loss */
    void (*xent)(const mg_k_xent *k, int64_t r0, int64_t r1);
    void (*xent_back)(const mg_k_xent_back *k, int64_t r0, int64_t r1);
    /* InfoNCE: rows [r0, r1) of s[n,n], see loss.c */
    void (*nce_share)(const mg_nce *c, int64_t r0, int64_t r1);
    void (*nce_rows)(const mg_nce *c, int64_t r0, int64_t r1, float *top);
    void (*nce_columns)(const mg_nce *c, int64_t r0, int64_t r1, float *block, double *sums);
    void (*nce_grad)(const mg_nce *c, int64_t r0, int64_t r1);
    /* sets and match: one sequence; see sets.c, match.c */
    void (*windows)(const mg_k_windows *k, int64_t s);
    void (*windows_back)(const mg_k_windows_back *k, int64_t s);
    void (*distances)(int64_t n, int64_t cols, const float *x, float *d);
    void (*merge)(const mg_k_merge *k, int64_t s, float *top, double *sum);
    void (*merge_back)(const mg_k_merge_back *k, int64_t s);
    void (*scored)(const mg_k_scored *k, int64_t s, float *work);
    void (*scored_back)(const mg_k_scored_back *k, int64_t s, float *work);
    void (*place)(const mg_k_place *k, int64_t s);
    void (*place_back)(const mg_k_place_back *k, int64_t s);
    float (*place_slope)(const mg_k_place_back *k, int64_t p);
    void (*contrast)(const mg_k_contrast *k, int64_t i, float *const z[2],
                     const float *const slow[2], double *loss, double *slope);
    void (*late_row)(const mg_k_late *k, int64_t t, bool real, const float *r);
    void (*late_columns)(const mg_k_late *k, int64_t i, int64_t j, const float *r);
    void (*late_back)(const mg_late_side *k, int64_t i, float *work);
    /* sums over rows, for mg_cpu_column_sums */
    void (*sums_half)(const void *args, int64_t r0, int64_t r1, float *sums); /* mg_k_halves */
    /* mg_k_norm_back: dgamma, dbeta; writes dx */
    void (*sums_norm_back)(const void *args, int64_t r0, int64_t r1, float *sums);
    void (*sums_bnorm)(const void *args, int64_t r0, int64_t r1, float *sums); /* mg_k_bnorm: x */
    /* mg_k_bnorm: (x - mean)^2 */
    void (*sums_bnorm_square)(const void *args, int64_t r0, int64_t r1, float *sums);
    /* mg_k_bnorm_back: dy, dy * xhat */
    void (*sums_bnorm_back)(const void *args, int64_t r0, int64_t r1, float *sums);
} mg_cpu_kernels;

extern const mg_cpu_kernels mg_cpu_base, mg_cpu_avx2, mg_cpu_avx512;

/* ---- the backend's own state: mg_backend.self ---- */

typedef struct mg_gemm mg_gemm;
typedef struct mg_cpu {
    const mg_cpu_kernels *k;
    mg_gemm *gemm;
    bool bf16; /* bf16 products are faster than f32 here */
} mg_cpu;

static inline const mg_cpu *mg_cpu_of(const mg_backend *be) { return be->self; }
static inline const mg_cpu_kernels *mg_kernels(const mg_backend *be) { return mg_cpu_of(be)->k; }

typedef enum { MG_ISA_BASE, MG_ISA_AVX2, MG_ISA_AVX512 } mg_isa;
mg_isa mg_cpu_best_isa(void); /* isa.c */
/* Like mg_backend_cpu_new, for a lesser machine than this one: no kernels above `isa`, bf16
 * products only if allowed. Tests use it. NULL if this machine has no such instructions. */
mg_backend *mg_backend_cpu_new_for(mg_isa isa, bool bf16, int threads, molglot_error *err);

/* ---- cutting work into parts ---- */

typedef struct mg_part {
    int64_t at, end;
} mg_part;
/* Part p of `parts` of [0, n). */
static inline mg_part mg_cut(int64_t n, int parts, int p) {
    return (mg_part){n * p / parts, n * (p + 1) / parts};
}
/* Into how many parts to cut work of so many floats: 1 where waking the threads would cost more
 * than it saves. */
static inline int mg_parts(const mg_backend *be, int64_t floats) {
    return floats < 16384 ? 1 : be->threads;
}

/* columns.c: out[c] = sum over rows of what `rows` adds to sums[c], c < width. Sums are float
 * within 64 rows, double above. `rows` may write other outputs of its rows on the way. Nonzero when
 * scratch is full. */
typedef void mg_rows_fn(const void *args, int64_t r0, int64_t r1, float *sums);
int mg_cpu_column_sums(mg_backend *be, int64_t n, int64_t width, mg_rows_fn *rows, const void *args,
                       double *out);

/* ---- products (gemm.c); row-major and contiguous; nonzero on failure ---- */

/* c[m,n] = a[m,k] b[n,k]^T | a[m,k] b[k,n] | a[k,m]^T b[k,n] */
typedef enum { MG_NT, MG_NN, MG_TN } mg_gemm_kind;
/* starts nothing: oneDNN is set up by the first bf16 product; NULL: no memory */
mg_gemm *mg_gemm_new(void);
void mg_gemm_free(mg_gemm *g);
/* Whether products find what they need where address space is limited; takes it. */
bool mg_gemm_has_room(void);
bool mg_gemm_has_bf16(void); /* the CPU multiplies bf16, and oneDNN will use it */
/* c = alpha op(a) op(b) (+ c); rows of c are ldc apart */
int mg_gemm_f32(int threads, mg_gemm_kind kind, int64_t m, int64_t n, int64_t k, float alpha,
                const float *a, const float *b, float *c, int64_t ldc, bool acc);
/* c = op(a) op(b) (+ c) */
int mg_gemm_bf16(mg_gemm *g, int threads, mg_gemm_kind kind, int64_t m, int64_t n, int64_t k,
                 const uint16_t *a, const uint16_t *b, float *c, bool acc);
void mg_gemm_versions(char blas[96], char onednn[32], bool *amx);

/* ---- the kernels of backend.h, by file ---- */

int mg_cpu_act(mg_backend *be, int64_t n, mg_act act, const float *x, float *y);
int mg_cpu_act_back(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                    float *dx, int acc);
int mg_cpu_axpby(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                 float *out);
int mg_cpu_scale_by(mg_backend *be, int64_t n, const float *factor, const float *x, float *out,
                    int acc);
int mg_cpu_mul(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc);
int mg_cpu_dropout(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y,
                   int acc);
void mg_cpu_to_half(mg_backend *be, int64_t n, const float *x, uint16_t *y);
void mg_cpu_from_half(mg_backend *be, int64_t n, const uint16_t *x, float *y);

int mg_cpu_linear(mg_backend *be, const mg_k_linear *k);
int mg_cpu_linear_back(mg_backend *be, const mg_k_linear_back *k);
int mg_cpu_product_nt(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                      const void *b, mg_dtype b_dtype, float *c);

int mg_cpu_norm(mg_backend *be, const mg_k_norm *k);
int mg_cpu_norm_back(mg_backend *be, const mg_k_norm_back *k);
int mg_cpu_bnorm(mg_backend *be, const mg_k_bnorm *k);
int mg_cpu_bnorm_back(mg_backend *be, const mg_k_bnorm_back *k);
int mg_cpu_normalize(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y,
                     float *norm);
int mg_cpu_normalize_back(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y,
                          const float *norm, const float *dy, float *dx, int acc);

int mg_cpu_gather(mg_backend *be, const mg_k_gather *k);
int mg_cpu_attention(mg_backend *be, const mg_k_attention *k);
int mg_cpu_attention_back(mg_backend *be, const mg_k_attention_back *k);
int mg_cpu_infonce(mg_backend *be, const mg_k_infonce *k);
int mg_cpu_xent(mg_backend *be, const mg_k_xent *k);
int mg_cpu_xent_back(mg_backend *be, const mg_k_xent_back *k);

int mg_cpu_windows(mg_backend *be, const mg_k_windows *k);
int mg_cpu_windows_back(mg_backend *be, const mg_k_windows_back *k);
int mg_cpu_cluster(mg_backend *be, const mg_k_cluster *k);
int mg_cpu_merge(mg_backend *be, const mg_k_merge *k);
int mg_cpu_merge_back(mg_backend *be, const mg_k_merge_back *k);
int mg_cpu_scored(mg_backend *be, const mg_k_scored *k);
int mg_cpu_scored_back(mg_backend *be, const mg_k_scored_back *k);
int mg_cpu_place(mg_backend *be, const mg_k_place *k);
int mg_cpu_place_back(mg_backend *be, const mg_k_place_back *k);
int mg_cpu_contrast(mg_backend *be, const mg_k_contrast *k);
int mg_cpu_late(mg_backend *be, const mg_k_late *k);
int mg_cpu_late_back(mg_backend *be, const mg_k_late_back *k);

int mg_cpu_sumsq(mg_backend *be, int64_t n, const float *x, double *sum);
int mg_cpu_zero(mg_backend *be, int64_t n, float *x);
int mg_cpu_adamw(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v,
                 float *ema, uint16_t *shadow, const mg_adamw_args *a);

#endif
