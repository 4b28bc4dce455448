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
    float *y;   /* [n,d] */
    float *lse; /* [heads,n] log-sum-exp of each softmax row, for backward; or NULL */
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

/* ---- sets: tokens of packed sequences gathered into a few sets a sequence (ops/sets.c) ----
 * Sequence s is rows offsets[s] .. offsets[s+1); its sets are rows set_offsets[s] ..
 * set_offsets[s+1) of the output. real[s] (NULL: all): rows of s that count, from its first; the
 * others are pads. */

/* y[i][3c + j] = x[i + j - 1][c]; 0 where that row is not of i's sequence */
typedef struct mg_k_windows {
    int64_t n, cols, n_seq;
    const int32_t *offsets; /* (host) */
    const float *x;
    float *y; /* [n, 3 cols] */
} mg_k_windows;

typedef struct mg_k_windows_back {
    mg_k_windows f;
    const float *dy;
    float *dx;
    int acc;
} mg_k_windows_back;

/* DPC-kNN (Atomas' step 5c). D_ij = |x_i - x_j| / sqrt(cols) within a sequence; density rho_i =
 * exp(-mean of the `neighbours` smallest D_ij^2); delta_i = the smallest D_ij to a denser j, or the
 * sequence's greatest D; the sets' centres are the rows of greatest rho delta, in that order
 * (equal: by index); every row joins the nearest centre (equal: the first), a centre its own set.
 *   strict   equal densities: neither is the denser; else the lower index is
 *   noise    added to each density, times mg_dropout_bits(key, row) / 2^32
 *   far      false: pads never count and join the sequence's first set. true: a pad is D_max + 1
 * from every row, D_max the greatest D of all sequences, pads included; its density is 0; it may be
 * a centre */
enum { MG_CLUSTER_NEIGHBOURS = 16 };
typedef struct mg_k_cluster {
    int64_t n, cols, n_seq, sets;
    const int32_t *offsets, *set_offsets, *real; /* (host) */
    const float *x;
    int neighbours; /* at most MG_CLUSTER_NEIGHBOURS */
    bool strict, far;
    float noise;
    uint64_t key;
    int32_t *ids; /* [n]: a row of the output */
} mg_k_cluster;

/* y_k = sum over its rows of share_i x_i; share_i = w_i / (floor + sum of w in its set), w =
 * e^score; floor 0: the scores' maximum in the set is taken off first. Pads have share 0. A set
 * without rows gives zeros. */
typedef struct mg_k_merge {
    int64_t n, cols, n_seq, sets;
    const int32_t *offsets, *set_offsets, *real; /* (host) */
    const int32_t *ids;     /* [n], or NULL: all rows of s are one set, row s */
    const float *x, *score; /* [n,cols], [n] */
    float floor;
    float *y, *share; /* [sets,cols], [n] */
} mg_k_merge;

typedef struct mg_k_merge_back {
    mg_k_merge f;
    const float *dy;
    float *dx, *dscore; /* NULL: not wanted */
    int acc_x, acc_score;
} mg_k_merge_back;

/* Row i of q attends to the real rows j of its sequence of kv = (k|v): softmax_j(q_i k_j /
 * sqrt(d/heads) + score_j) v_j. No such row: zeros. */
typedef struct mg_k_scored {
    int64_t n, n_kv, d, n_seq;
    int heads;
    const int32_t *q_offsets, *kv_offsets, *real; /* (host) */
    const float *q, *kv, *score;                  /* [n,d], [n_kv,2d], [n_kv] */
    float *y, *lse;                               /* [n,d], [heads,n] */
} mg_k_scored;

typedef struct mg_k_scored_back {
    mg_k_scored f;
    const float *dy;
    float *dq, *dkv, *dscore; /* NULL: not wanted */
    int acc_q, acc_kv, acc_score;
} mg_k_scored_back;

/* ---- match: sequences as rows, and rows and sequences against each other (ops/match.c) ---- */

/* y[s] = sum_i w[i] x[offsets[s] + i] + bias[0] */
typedef struct mg_k_place {
    int64_t n, cols, n_seq;
    const int32_t *offsets; /* (host) no sequence is longer than w */
    const float *x, *w, *bias;
    int64_t places; /* of w */
    float *y;       /* [n_seq,cols] */
} mg_k_place;

typedef struct mg_k_place_back {
    mg_k_place f;
    const float *dy;
    float *dx; /* NULL: not wanted, as the other two */
    int acc_x;
    float *dw, *dbias; /* added to */
} mg_k_place_back;

/* Cross-entropy of z = s a [keys; queue]^T against soft targets: y = soft softmax(s m [keys;
 * queue]^T) + (1 - soft) spread evenly over the keys of i's group (i alone without groups); mean
 * over n rows. Value and gradients in one pass; keys, queue and m have none.
 *   log_scale  s = exp(min(*scale, log 100)), and *dscale is by *scale, 0 where the limit holds
 *   else       s = 1 / *scale, and *scale is first put within [0.001, 0.5] */
typedef struct mg_k_contrast {
    int64_t n, n_queue, d;
    const float *a, *m, *keys; /* [n,d] each */
    const float *queue;        /* [n_queue,d] or NULL */
    const int32_t *groups;     /* (host) [n] or NULL */
    float *scale;              /* [1] */
    bool log_scale;
    float soft;
    float *loss, *da, *dscale; /* [1], [n,d], [1]; da NULL: value only */
} mg_k_contrast;

/* Late interaction of sequences a and b (Atomas' WAM). wa = softmax of a's logits over each
 * sequence, wb likewise; R = a b^T over all rows;
 *     y_ij = 1/2 (sum_t wa_t max_s R_ts + sum_s wb_s max_t R_ts), t in sequence i of a, s in j of
 * b. Pads (a_real, b_real) have weight, but R is 0 for them. The first of equal maxima counts. */
typedef struct mg_k_late {
    int64_t n_a, n_b, rows_a, rows_b, d;
    const int32_t *a_offsets, *b_offsets, *a_real, *b_real; /* (host) */
    const float *a, *b, *a_logits, *b_logits;
    float *y;                   /* [n_a,n_b] */
    float *a_weight, *b_weight; /* [rows_a], [rows_b] */
    float *a_top, *b_top;       /* [rows_a,n_b], [rows_b,n_a]: the maxima */
    int32_t *a_arg, *b_arg; /* the rows where they are; -1: nowhere (a pad, an empty sequence) */
} mg_k_late;

typedef struct mg_k_late_back {
    mg_k_late f;
    const float *dy;
    float *da, *db, *da_logits, *db_logits; /* NULL: not wanted */
    int acc_a, acc_b, acc_a_logits, acc_b_logits;
} mg_k_late_back;

/* One side's gradients of late interaction: x's rows get those of their own best partners in y, and
 * of the rows of y whose best partner they are. */
typedef struct mg_late_side {
    int64_t n, m, d; /* sequences of x, of y */
    const int32_t *xo, *yo, *x_arg, *y_arg;
    const float *y, *x_weight, *y_weight, *x_top, *dy;
    int64_t step_n, step_m; /* of dy, from one sequence of x to the next, and of y */
    float *dx, *dlogits;    /* NULL: not wanted */
    int acc_x, acc_logits;
} mg_late_side;
static inline mg_late_side mg_late_side_of(const mg_k_late_back *b, bool a) {
    const mg_k_late *k = &b->f;
    mg_late_side x;
    x.n = a ? k->n_a : k->n_b;
    x.m = a ? k->n_b : k->n_a;
    x.d = k->d;
    x.xo = a ? k->a_offsets : k->b_offsets;
    x.yo = a ? k->b_offsets : k->a_offsets;
    x.x_arg = a ? k->a_arg : k->b_arg;
    x.y_arg = a ? k->b_arg : k->a_arg;
    x.y = a ? k->b : k->a;
    x.x_weight = a ? k->a_weight : k->b_weight;
    x.y_weight = a ? k->b_weight : k->a_weight;
    x.x_top = a ? k->a_top : k->b_top;
    x.dy = b->dy;
    x.step_n = a ? k->n_b : 1;
    x.step_m = a ? 1 : k->n_b;
    x.dx = a ? b->da : b->db;
    x.dlogits = a ? b->da_logits : b->db_logits;
    x.acc_x = a ? b->acc_a : b->acc_b;
    x.acc_logits = a ? b->acc_a_logits : b->acc_b_logits;
    return x;
}

/* s, and d s z / d *scale over z, on the host's side of a backend that computes there. The first
 * puts *scale within its limits. */
static inline float mg_contrast_scale(const mg_k_contrast *k) {
    const float most = 4.60517019f; /* log 100 */
    if (k->log_scale) return expf(*k->scale < most ? *k->scale : most);
    *k->scale = *k->scale < 0.001f ? 0.001f : *k->scale > 0.5f ? 0.5f : *k->scale;
    return 1.0f / *k->scale;
}
static inline float mg_contrast_slope(const mg_k_contrast *k) {
    if (k->log_scale) return *k->scale < 4.60517019f ? 1.0f : 0.0f;
    return -1.0f / *k->scale;
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
    /* where the mirror of the bytes is, and in which order work is done there (*stream, a
     * cudaStream_t): for others that compute on the device; NULL: refused */
    void *(*where)(mg_backend *be, const void *host, size_t bytes, void **stream);
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
    int (*windows)(mg_backend *be, const mg_k_windows *k);
    int (*windows_back)(mg_backend *be, const mg_k_windows_back *k);
    int (*cluster)(mg_backend *be, const mg_k_cluster *k);
    int (*merge)(mg_backend *be, const mg_k_merge *k);
    int (*merge_back)(mg_backend *be, const mg_k_merge_back *k);
    int (*scored)(mg_backend *be, const mg_k_scored *k);
    int (*scored_back)(mg_backend *be, const mg_k_scored_back *k);
    int (*place)(mg_backend *be, const mg_k_place *k);
    int (*place_back)(mg_backend *be, const mg_k_place_back *k);
    int (*contrast)(mg_backend *be, const mg_k_contrast *k);
    int (*late)(mg_backend *be, const mg_k_late *k);
    int (*late_back)(mg_backend *be, const mg_k_late_back *k);
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
