/* backend.h - the table of raw kernels behind every op (inside src/tensor).
 *
 *   ref/    the readable one: plain loops, sums in double, one screen a kernel
 *   cpu/    the fast one
 *   cuda/   the one on a GPU
 *
 * All fill the same table, and the op-table test runs every row against all. A kernel gets plain
 * pointers and sizes. It takes no memory from the heap in steady state, but from the scratch arena
 * (mark, release). It returns 0, or a code that poisons the tape; be->reason may say more. A NULL
 * entry is a kernel that the backend does not have: the op fails and names it.
 *
 * Arguments `acc`: 0 writes the output, 1 adds to it. Ops never call a kernel with 0 rows or
 * elements (n, m >= 1); n_seq may be 0, and so may be the length of a sequence.
 *
 * Addresses are always the host's. A backend with memory of its own keeps mirrors of ranges of host
 * addresses (mirror, push, pull) and turns every tensor's address into that of its mirror. Values
 * live there; the host's bytes are stale until pulled. Arguments marked (host) are index arrays and
 * row weights that the host wrote: such a backend uploads them at each call.
 */
#ifndef MG_BACKEND_H
#define MG_BACKEND_H

#include "tensor/tensor.h"

#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Element i of a dropout is kept when mg_dropout_bits(key, i) >= mg_dropout_threshold(p), and
 * multiplied by 1/(1-p). */
static inline uint32_t mg_dropout_threshold(float p) {
    return (uint32_t)((double)p * 4294967296.0);
}

/* Whether the slope of act is a function of its input; those of the others are of its output. */
static inline bool mg_act_reads_input(mg_act act) {
    return act == MG_ACT_GELU || act == MG_ACT_GELU_TANH;
}

typedef struct mg_k_linear { /* y[n,out] = act(x[n,in] w[out,in]^T + b) */
    int64_t n, in, out;
    const float *x;
    const void *w;
    mg_dtype w_dtype;
    const uint16_t *w_shadow;
    const float *b; /* or NULL */
    mg_act act;
    float *y;
    /* [n,out] or NULL: values before act, for backward (asked for GELU and GELU_TANH) */
    float *pre;
    uint16_t *x_half; /* [n,in] or NULL: filled with bf16(x), kept for backward */
    mg_precision precision;
    /* a row's numbers must depend on neither the other rows nor their number (inference) */
    bool by_row;
} mg_k_linear;

typedef struct mg_k_linear_back { /* dx += dy w; dw += dy^T x; db += column sums of dy */
    int64_t n, in, out;
    const float *x;
    const uint16_t *x_half;
    const float *w;
    const uint16_t *w_shadow;
    const float *dy; /* [n,out], already multiplied by act' */
    float *dx;
    int acc_dx; /* dx NULL: not wanted */
    float *dw;  /* accumulated; NULL: not wanted */
    float *db;  /* accumulated; NULL: not wanted */
    mg_precision precision;
} mg_k_linear_back;

/* dst[r] (+)= sum_e weights[e] src[ids[e]], e in [offsets[i], offsets[i+1]) */
typedef struct mg_k_gather {
    int64_t n, cols;
    const int32_t *offsets, *ids; /* (host) ids NULL: e itself */
    const float *weights;         /* (host) NULL: 1 */
    const int32_t *out_rows;      /* (host) r = out_rows[i], ascending; NULL: r = i */
    const void *src;
    mg_dtype src_dtype; /* I8: the row scales are in the weights already */
    float *dst;
    int acc;
    bool mean;
} mg_k_gather;

typedef struct mg_k_norm { /* layer norm; sum = x + residual is written when residual is given */
    int64_t n, cols;
    bool rms; /* RMS norm: the mean is taken to be 0, beta is NULL */
    const float *x, *residual;
    const float *gamma, *beta;
    float eps;
    float *sum, *y, *rstd, *mean; /* rstd, mean [n] */
} mg_k_norm;

typedef struct mg_k_norm_back {
    int64_t n, cols;
    bool rms;
    const float *x; /* the normalised input (sum) */
    const float *gamma, *mean, *rstd, *dy;
    float *dx;
    int acc_dx;            /* gradient of the sum; NULL: not wanted */
    float *dgamma, *dbeta; /* accumulated; NULL: not wanted */
} mg_k_norm_back;

typedef struct mg_k_bnorm {
    int64_t n, cols;
    const float *x, *gamma, *beta;
    float *running_mean, *running_var;
    float momentum, eps;
    bool training;
    mg_act act;             /* NONE or RELU */
    float *y, *mean, *rstd; /* mean, rstd [cols]: those used */
} mg_k_bnorm;

typedef struct mg_k_bnorm_back {
    int64_t n, cols;
    const float *x, *y, *gamma, *mean, *rstd, *dy;
    bool training;
    mg_act act;
    float *dx;
    int acc_dx;
    float *dgamma, *dbeta;
} mg_k_bnorm_back;

/* Sequence s: its queries are rows q_offsets[s] .. q_offsets[s+1] of q, its keys and values rows
 * kv_from[s] .. kv_to[s] of k and v. Self-attention on qkv [n,3d]: k = q + d, v = q + 2d, strides
 * 3d, kv_from = q_offsets, kv_to = q_offsets + 1. A query that sees no key gives zeros. */
typedef struct mg_k_attention {
    /* n rows of q and y, n_kv of k and v, in all; d columns, heads side by side */
    int64_t n_seq, n, n_kv, d;
    int heads;
    const int32_t *q_offsets;       /* (host) [n_seq+1] */
    const int32_t *kv_from, *kv_to; /* (host) [n_seq] each */
    const float *q, *k, *v;
    int64_t q_stride, kv_stride; /* floats from one row to the next */
    /* floats from one head's keys to the next head's, and so for values: d / heads where heads lie
     * side by side */
    int64_t kv_head;
    bool causal; /* query i of L with K keys sees the first K - L + i + 1 of them */
    float scale; /* of q k^T; 0: 1 / sqrt(d / heads) */
    /* [2 reach + 1, heads] or NULL: head h of key j and query i gets bias[r,h] added, r =
     * clamp(j - i - shift, -reach, reach) + reach, shift = K - L if causal, else 0 */
    const float *bias;
    int32_t reach;
    float *y;    /* [n,d] */
    float *lse;  /* [heads,n] log-sum-exp of each softmax row, for backward; or NULL */
    /* dropout bits for pair (i,j) of head h: mg_dropout_bits(key + h, (uint32)(i_row * 4096 + j))
     * with i_row the packed query row and j the position inside the sequence's keys */
    float p;
    uint64_t key;
    mg_precision precision;
} mg_k_attention;

typedef struct mg_k_attention_back {
    mg_k_attention f;
    const float *dy;
    /* strides as q, k, v; every key row belongs to one sequence. dq or dk and dv NULL: not
     * wanted */
    float *dq, *dk, *dv;
    int acc_q, acc_kv;
    float *dbias; /* as bias, accumulated; NULL: not wanted */
} mg_k_attention_back;

static inline double mg_attention_scale(const mg_k_attention *k) {
    return k->scale != 0.0f ? (double)k->scale : 1.0 / sqrt((double)(k->d / k->heads));
}
/* The row of bias for key j and query i, both counted in their sequence. */
static inline int64_t mg_attention_bias_row(int64_t reach, int64_t j, int64_t i, int64_t shift) {
    const int64_t r = j - i - shift;
    return (r < -reach ? -reach : r > reach ? reach : r) + reach;
}

/* Cross-entropy of softmax rows against one target each: loss = sum_i u_i ce_i with u_i =
 * weights[i] (NULL: 1) times norm, and 0 where targets[i] < 0. ce_i = -sum_j q_ij log p_ij, q_i =
 * (1 - smoothing) at the target plus smoothing / c everywhere. */
typedef struct mg_k_xent {
    int64_t n, c;
    const float *logits;    /* [n,c] */
    const int32_t *targets; /* (host) [n] */
    const float *weights;   /* (host) [n] or NULL */
    float norm, smoothing;
    float *lse, *row_loss; /* [n]: log-sum-exp, ce_i (0 where skipped) */
    float *loss;           /* [1] */
} mg_k_xent;

typedef struct mg_k_xent_back {
    mg_k_xent f;
    const float *up; /* [1] gradient of the loss */
    float *dlogits;
    int acc; /* [n,c] */
} mg_k_xent_back;

typedef struct mg_k_infonce { /* value and all gradients in one pass */
    int64_t n, d;
    const float *a, *b;
    const float *log_scale; /* [1]: s = exp(min(log_scale, log(max_scale))); NULL: s = scale */
    float scale, max_scale;
    /* (host) masked pairs are in neither sum and get none of the smoothing */
    const int32_t *groups;
    /* target of row i: 1 - smoothing at i, plus smoothing / m_i on each of its m_i kept pairs */
    float smoothing;
    float *loss;    /* [1] */
    float *da, *db; /* [n,d], written; NULL: value only */
    /* [1] with respect to log_scale: 0 where the clamp holds, or without log_scale; NULL with da */
    float *dlog_scale;
    mg_precision precision;
} mg_k_infonce;

/* The factor of the similarities, on the host's side of a backend that computes there. */
static inline float mg_infonce_scale(const mg_k_infonce *k) {
    if (!k->log_scale) return k->scale;
    return *k->log_scale > logf(k->max_scale) ? k->max_scale : expf(*k->log_scale);
}
static inline bool mg_infonce_clamped(const mg_k_infonce *k) {
    return !k->log_scale || *k->log_scale > logf(k->max_scale);
}

struct mg_backend {
    const char *name;
    int threads;
    mg_arena scratch;
    void *self;       /* primitive caches and the like */
    char reason[256]; /* of the last failure, or empty */
    char about[128];  /* what the device is, for people: name and memory of a GPU; or empty */
    void (*free)(mg_backend *be);

    /* Memory of its own: NULL, all of them, where the host's memory is the kernels'. Ranges do not
     * overlap. */
    size_t step_bytes; /* what the device gives the step arena */
    int (*mirror)(mg_backend *be, const void *base, size_t bytes); /* contents undefined */
    void (*unmirror)(mg_backend *be, const void *base);
    /* the bytes are read before it returns */
    int (*push)(mg_backend *be, const void *host, size_t bytes);
    int (*pull)(mg_backend *be, void *host, size_t bytes); /* after all work so far */
    /* host arrays in this range: sent now, in one copy, unchanged until the reset */
    int (*stage)(mg_backend *be, const void *base, size_t bytes);
    void (*new_step)(mg_backend *be); /* the tape was reset: index arrays may change */

    int (*linear)(mg_backend *be, const mg_k_linear *k);
    int (*linear_back)(mg_backend *be, const mg_k_linear_back *k);
    int (*act)(mg_backend *be, int64_t n, mg_act act, const float *x, float *y);
    /* dx (+)= dy * act'(.): `saved` is the value before act for GELU and GELU_TANH, the value after
     * it for RELU and TANH */
    int (*act_back)(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                    float *dx, int acc);
    /* out = a x + b y; y NULL: a x; out may alias */
    int (*axpby)(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                 float *out);
    /* out (+)= factor[0] x; out may be x */
    int (*scale_by)(mg_backend *be, int64_t n, const float *factor, const float *x, float *out,
                    int acc);
    /* out (+)= x*y */
    int (*mul)(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc);
    /* forward and backward */
    int (*dropout)(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y,
                   int acc);
    int (*gather)(mg_backend *be, const mg_k_gather *k);
    int (*norm)(mg_backend *be, const mg_k_norm *k);
    int (*norm_back)(mg_backend *be, const mg_k_norm_back *k);
    int (*bnorm)(mg_backend *be, const mg_k_bnorm *k);
    int (*bnorm_back)(mg_backend *be, const mg_k_bnorm_back *k);
    int (*attention)(mg_backend *be, const mg_k_attention *k);
    int (*attention_back)(mg_backend *be, const mg_k_attention_back *k);
    /* norm [n] */
    int (*normalize)(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y,
                     float *norm);
    int (*normalize_back)(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y,
                          const float *norm, const float *dy, float *dx, int acc);
    int (*infonce)(mg_backend *be, const mg_k_infonce *k);
    int (*xent)(mg_backend *be, const mg_k_xent *k);
    int (*xent_back)(mg_backend *be, const mg_k_xent_back *k);
    int (*product_nt)(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                      const void *b, mg_dtype b_dtype, float *c);
    /* sum: the host's; waits */
    int (*sumsq)(mg_backend *be, int64_t n, const float *x, double *sum);
    int (*zero)(mg_backend *be, int64_t n, float *x);
    int (*adamw)(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v,
                 float *ema, uint16_t *shadow, const mg_adamw_args *a);
};

/* NULL on failure. threads 0: OpenMP's default. */
mg_backend *mg_backend_ref_new(int threads, molglot_error *err); /* ref/ref.c */
mg_backend *mg_backend_cpu_new(int threads, molglot_error *err); /* cpu/cpu.c */
/* cuda/load.c: opens libmolglot_cuda.so */
mg_backend *mg_backend_cuda_load(int gpu, molglot_error *err);

#ifdef __cplusplus
}
#endif
#endif
