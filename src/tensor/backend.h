/* backend.h - the table of raw kernels behind every op (inside src/tensor).
 *
 * cpu_ref.c is the readable oracle: plain loops in double accumulation, one screen per kernel. cpu.c is the fast one. Both
 * fill the same table; the op-table test runs every row against both. Kernels get plain pointers and sizes, never allocate
 * from the heap in steady state (scratch arena: mark/release), and return 0 or a nonzero code that poisons the tape.
 * `acc` arguments: 0 writes the output, 1 adds to it. Ops never call a kernel with 0 rows or elements (n, m >= 1; n_seq and
 * single sequences may be empty).
 */
#ifndef MG_BACKEND_H
#define MG_BACKEND_H

#include "tensor/tensor.h"

/* Element i of a dropout is kept when mg_dropout_bits(key, i) >= mg_dropout_threshold(p), and multiplied by 1/(1-p). */
static inline uint32_t mg_dropout_threshold(float p) { return (uint32_t)((double)p * 4294967296.0); }

typedef struct mg_k_linear {           /* y[n,out] = act(x[n,in] w[out,in]^T + b) */
    int64_t n, in, out;
    const float *x;
    const void *w; mg_dtype w_dtype; const uint16_t *w_shadow;
    const float *b;                    /* or NULL */
    mg_act act;
    float *y;
    float *pre;                        /* [n,out] or NULL: values before act, for backward (not asked for RELU/TANH/NONE) */
    uint16_t *x_half;                  /* [n,in] or NULL: filled with bf16(x), kept for backward */
    mg_precision precision;
} mg_k_linear;

typedef struct mg_k_linear_back {      /* dx += dy w; dw += dy^T x; db += column sums of dy */
    int64_t n, in, out;
    const float *x; const uint16_t *x_half;
    const float *w; const uint16_t *w_shadow;
    const float *dy;                   /* [n,out], already multiplied by act' */
    float *dx; int acc_dx;             /* dx NULL: not wanted */
    float *dw;                         /* accumulated; NULL: not wanted */
    float *db;                         /* accumulated; NULL: not wanted */
    mg_precision precision;
} mg_k_linear_back;

typedef struct mg_k_gather {           /* dst[r] (+)= sum_e weights[e] src[ids[e]], e in [offsets[i], offsets[i+1]) */
    int64_t n, cols;
    const int32_t *offsets, *ids;      /* ids NULL: e itself */
    const float *weights;              /* NULL: 1 */
    const int32_t *out_rows;           /* r = out_rows[i]; NULL: r = i */
    const void *src; mg_dtype src_dtype;   /* I8: the row scales are in the weights already */
    float *dst; int acc;
    bool mean;
} mg_k_gather;

typedef struct mg_k_norm {             /* layer norm; sum = x + residual is written when residual is given */
    int64_t n, cols;
    const float *x, *residual;
    const float *gamma, *beta;
    float eps;
    float *sum, *y, *rstd, *mean;      /* rstd, mean [n] */
} mg_k_norm;

typedef struct mg_k_norm_back {
    int64_t n, cols;
    const float *x;                    /* the normalised input (sum) */
    const float *gamma, *mean, *rstd, *dy;
    float *dx; int acc_dx;             /* gradient of the sum; NULL: not wanted */
    float *dgamma, *dbeta;             /* accumulated; NULL: not wanted */
} mg_k_norm_back;

typedef struct mg_k_bnorm {
    int64_t n, cols;
    const float *x, *gamma, *beta;
    float *running_mean, *running_var;
    float momentum, eps;
    bool training;
    mg_act act;                        /* NONE or RELU */
    float *y, *mean, *rstd;            /* mean, rstd [cols]: those used */
} mg_k_bnorm;

typedef struct mg_k_bnorm_back {
    int64_t n, cols;
    const float *x, *y, *gamma, *mean, *rstd, *dy;
    bool training;
    mg_act act;
    float *dx; int acc_dx;
    float *dgamma, *dbeta;
} mg_k_bnorm_back;

typedef struct mg_k_attention {
    int64_t n_seq, n, d;               /* n rows in all */
    int heads;
    const int32_t *offsets;
    const float *qkv;                  /* [n,3d] */
    float *y;                          /* [n,d] */
    float *lse;                        /* [heads,n] log-sum-exp of each softmax row, for backward; or NULL */
    float p; uint64_t key;             /* dropout bits for pair (i,j) of head h: mg_dropout_bits(key + h, (uint32)(i_row * 4096 + j)) with
                                          i_row the packed row and j the position inside the sequence */
    mg_precision precision;
} mg_k_attention;

typedef struct mg_k_attention_back {
    mg_k_attention f;
    const float *dy;
    float *dqkv; int acc;
} mg_k_attention_back;

typedef struct mg_k_infonce {          /* value and all gradients in one pass (gradients NULL: value only) */
    int64_t n, d;
    const float *a, *b;
    float scale;                       /* already exp'ed */
    const int32_t *groups;             /* masked pairs are in neither sum and get none of the smoothing */
    float smoothing;                   /* target of row i: 1 - smoothing at i, plus smoothing / m_i on each of its m_i kept pairs */
    double *loss;
    float *da, *db, *dscale;           /* [n,d], [n,d], [1]; written */
    mg_precision precision;
} mg_k_infonce;

struct mg_backend {
    const char *name;
    int threads;
    mg_arena scratch;
    void *self;                        /* primitive caches and the like */
    void (*free)(mg_backend *be);

    int (*linear)(mg_backend *be, const mg_k_linear *k);
    int (*linear_back)(mg_backend *be, const mg_k_linear_back *k);
    int (*act)(mg_backend *be, int64_t n, mg_act act, const float *x, float *y);
    /* dx (+)= dy * act'(.): `saved` is the value before act for GELU, the value after it for RELU and TANH */
    int (*act_back)(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy, float *dx, int acc);
    int (*axpby)(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y, float *out);  /* out = a x + b y; y NULL: a x; out may alias */
    int (*mul)(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc);             /* out (+)= x*y */
    int (*dropout)(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y, int acc);    /* forward and backward */
    int (*gather)(mg_backend *be, const mg_k_gather *k);
    int (*norm)(mg_backend *be, const mg_k_norm *k);
    int (*norm_back)(mg_backend *be, const mg_k_norm_back *k);
    int (*bnorm)(mg_backend *be, const mg_k_bnorm *k);
    int (*bnorm_back)(mg_backend *be, const mg_k_bnorm_back *k);
    int (*attention)(mg_backend *be, const mg_k_attention *k);
    int (*attention_back)(mg_backend *be, const mg_k_attention_back *k);
    int (*normalize)(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y, float *norm);  /* norm [n] */
    int (*normalize_back)(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y, const float *norm, const float *dy, float *dx, int acc);
    int (*infonce)(mg_backend *be, const mg_k_infonce *k);
    int (*product_nt)(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a, const void *b, mg_dtype b_dtype, float *c);
    double (*sumsq)(mg_backend *be, int64_t n, const float *x);
    void (*zero)(mg_backend *be, int64_t n, float *x);
    void (*adamw)(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v, float *ema, uint16_t *shadow, const mg_adamw_args *a);
};

/* NULL on failure. threads 0: OpenMP's default. */
mg_backend *mg_backend_ref_new(int threads, molglot_error *err);      /* cpu_ref.c */
mg_backend *mg_backend_cpu_new(int threads, molglot_error *err);      /* cpu.c */

#endif
