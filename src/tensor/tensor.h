/* tensor.h - the engine: eager operations written on a flat tape, everything in arenas.
 *
 * A tensor is a row-major contiguous matrix [rows, cols]. Vectors are [1, n], scalars [1, 1].
 * Sequences are packed: the rows of all of them one after another, plus start offsets. Heads and
 * time are index arithmetic inside an op. An op checks shapes, takes its output from the step arena
 * and runs the kernel at once. If the tape records and some input needs a gradient, it appends one
 * record. mg_backward walks the records from the end.
 *
 * Errors are sticky: the first failure poisons the tape and keeps its message. Later ops return
 * NULL and do nothing. Every op accepts NULL inputs. One check a step is enough: mg_tape_ok().
 *
 * Adding an op: its kernel's arguments in backend.h; the kernel in ref/FAMILY.c, cpu/FAMILY.c and
 * cuda/FAMILY.cu; the op, with its backward beside it, in ops/FAMILY.c; a row in
 * tests/tensor/op_table.h. All of them: CONTRIBUTING.md says how.
 */
#ifndef MG_TENSOR_H
#define MG_TENSOR_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* I32: whole numbers an op made, for ops that take them (ids of mg_cluster) */
typedef enum { MG_F32 = 0, MG_BF16 = 1, MG_I8 = 2, MG_I32 = 3 } mg_dtype;
/* GELU is the exact (erf) one; GELU_TANH, "gelu_new", 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715
 * x^3))); SIGMOID is 1 / (1 + e^-x), EXP e^x */
typedef enum {
    MG_ACT_NONE = 0,
    MG_ACT_RELU,
    MG_ACT_GELU,
    MG_ACT_TANH,
    MG_ACT_GELU_TANH,
    MG_ACT_SIGMOID,
    MG_ACT_EXP
} mg_act;
typedef enum { MG_PREC_F32 = 0, MG_PREC_BF16 = 1 } mg_precision;

typedef struct mg_tensor {
    void *data; /* rows*cols elements of dtype */
    /* same shape, f32; NULL until needed (parameters: a range of the flat gradient buffer) */
    float *grad;
    const uint16_t *shadow; /* parameters only: bf16 copy of data for bf16 products, or NULL */
    int64_t rows, cols;
    /* I8 only: [rows], the value of an element is scales[row] * data[row][col] */
    const float *scales;
    /* mg_dtype; BF16 and I8 (tables of gather_sum) only for weights of a loaded model */
    uint8_t dtype;
    uint8_t needs_grad;
    uint8_t is_param; /* grad is zeroed by the optimiser, always accumulated into */
} mg_tensor;

static inline int64_t mg_tensor_count(const mg_tensor *t) { return t->rows * t->cols; }
static inline float *mg_f32(const mg_tensor *t) { return (float *)t->data; }

/* ---- tape ---- */
typedef struct mg_tape mg_tape;
typedef struct mg_backend mg_backend; /* backend.h, inside this room */

/* device: "cpu", "ref" (the readable oracle), "cuda" or "cuda:N" (libmolglot_cuda.so, opened here;
 * arena_bytes 0: what the GPU has room for). threads 0: OpenMP's default. arena_bytes 0: 64 GiB of
 * address space. */
mg_tape *mg_tape_new(const char *device, mg_precision precision, int threads, size_t arena_bytes,
                     molglot_error *err);
void mg_tape_free(mg_tape *t);
const char *mg_tape_device(const mg_tape *t);
mg_precision mg_tape_precision(const mg_tape *t);
/* Forgets records and all tensors of the step, clears the error. Steady state: no malloc. */
void mg_tape_reset(mg_tape *t);
/* Random keys of dropout are a function of (seed, step, stream, how many random ops ran before).
 * reset() and seed() restart the count. */
void mg_tape_seed(mg_tape *t, uint64_t seed, uint64_t step);
/* One more word of the keys; 0 after mg_tape_seed. With gradient caching each chunk of a batch has
 * a stream of its own: a chunk that runs a second time, recording, gets the masks of the first
 * time. Restarts the count. */
void mg_tape_stream(mg_tape *t, uint64_t stream);
void mg_tape_record(mg_tape *t, bool on);   /* off by default: inference */
void mg_tape_training(mg_tape *t, bool on); /* dropout active, batch statistics; off by default */
bool mg_tape_is_training(const mg_tape *t);
bool mg_tape_ok(const mg_tape *t);
/* MOLGLOT_OK, or copies the first failure */
int mg_tape_error(const mg_tape *t, molglot_error *err);
void mg_tape_fail(mg_tape *t, const char *fmt, ...) MG_PRINTF(2, 3);
size_t mg_tape_records(const mg_tape *t);
size_t mg_tape_peak_bytes(const mg_tape *t);
/* For loops of inference: release forgets the tensors made since the mark, so that each turn uses
 * the same memory. Fails when operations were recorded. */
size_t mg_tape_mark(const mg_tape *t);
void mg_tape_release(mg_tape *t, size_t mark);
/* Memory that lives until the next reset; NULL (and a poisoned tape) when the arena is full. */
void *mg_tape_alloc(mg_tape *t, size_t bytes);

/* ---- where values are ----
 * On a GPU the values of tensors live in its memory, under the same addresses. What the host wrote
 * must be attached or pushed before an op reads it; what it wants to read must be pulled. On the
 * CPU these do nothing (mg_values gives x->data). Index arrays given to ops (offsets, ids, weights,
 * targets, groups) are the host's and need none of this. */
/* a lasting range: parameters, a mapped model file; pushed at once */
int mg_tape_attach(mg_tape *t, const void *base, size_t bytes);
void mg_tape_detach(mg_tape *t, const void *base);
/* part of an attached range, or a tensor's data */
int mg_tape_push(mg_tape *t, const void *p, size_t bytes);
int mg_tape_pull(mg_tape *t, void *p, size_t bytes); /* waits for the device */
/* Where a device keeps p [n] of an attached range, for libraries that compute there in the order of
 * *stream (a cudaStream_t of CUDA); NULL: in the host's memory, or after a failure. */
float *mg_tape_where(mg_tape *t, const float *p, int64_t n, void **stream);
/* A block of index arrays that does not change before the next reset (a batch's arena) is sent at
 * once, instead of array by array as ops meet them. Faster; nothing depends on it. */
int mg_tape_stage(mg_tape *t, const void *base, size_t bytes);
/* x's values for the host to read; NULL after a failure */
const float *mg_values(mg_tape *t, mg_tensor *x);
/* the same of its gradient; NULL too when it has none */
const float *mg_grads(mg_tape *t, mg_tensor *x);

/* New tensors of the step. mg_input copies n*m floats (data may be NULL: uninitialised). */
mg_tensor *mg_new(mg_tape *t, int64_t rows, int64_t cols);
mg_tensor *mg_input(mg_tape *t, const float *data, int64_t rows, int64_t cols, bool needs_grad);
mg_tensor *mg_zeros(mg_tape *t, int64_t rows, int64_t cols);

/* d loss / d everything that needs it. loss is [1,1]. */
int mg_backward(mg_tape *t, mg_tensor *loss);
/* The same from `out`, with its gradient given: float[rows*cols]. The second half of gradient
 * caching. */
int mg_backward_from(mg_tape *t, mg_tensor *out, const float *grad);
/* Both may run several times on one tape: leaves and parameters add up, gradients of activations
 * start afresh. */

/* ---- index structures given to ops; the arrays must live until the next reset ---- */

/* CSR: output row i sums table rows ids[offsets[i] .. offsets[i+1]) times weights. ids NULL: the
 * entry's own position (pooling of consecutive rows). weights NULL: 1. mean: divide by the number
 * of entries (0 entries give zeros). */
typedef struct mg_csr {
    int64_t n;              /* output rows */
    const int32_t *offsets; /* [n+1], offsets[0] = 0, non-decreasing */
    const int32_t *ids;     /* each in [0, table rows): checked by the op */
    const float *weights;
    bool mean;
} mg_csr;

/* Packed sequences: sequence s is rows offsets[s] .. offsets[s+1). */
typedef struct mg_seqs {
    int64_t n;
    const int32_t *offsets; /* [n+1] */
} mg_seqs;

/* ---- ops: shapes in brackets; all outputs f32 ---- */

/* The same numbers in rows of another length, [count / cols, cols]; a view of x. */
mg_tensor *mg_reshape(mg_tape *t, mg_tensor *x, int64_t cols);
/* y[n,out] = act(x[n,in] w[out,in]^T + b[1,out]); b may be NULL. w may be BF16. */
mg_tensor *mg_linear(mg_tape *t, mg_tensor *x, mg_tensor *w, mg_tensor *b, mg_act act);
/* y = act(x) */
mg_tensor *mg_activate(mg_tape *t, mg_tensor *x, mg_act act);
/* y = a + b, same shapes */
mg_tensor *mg_add(mg_tape *t, mg_tensor *a, mg_tensor *b);
/* y = a - b, same shapes */
mg_tensor *mg_sub(mg_tape *t, mg_tensor *a, mg_tensor *b);
/* y = c x */
mg_tensor *mg_scale(mg_tape *t, mg_tensor *x, float c);
/* y = a * b elementwise, same shapes */
mg_tensor *mg_mul(mg_tape *t, mg_tensor *a, mg_tensor *b);
/* y = x / (1-p) with probability 1-p, else 0; identity (returns x) when not training or p = 0 */
mg_tensor *mg_dropout(mg_tape *t, mg_tensor *x, float p);
/* y[n,cols] = CSR times table[rows,cols]: embedding bags, GIN's neighbour sums, pooling, row
 * selection. table may be BF16 or I8. */
mg_tensor *mg_gather_sum(mg_tape *t, mg_tensor *table, mg_csr csr);
/* y = LayerNorm(x + residual) over cols; residual may be NULL. */
mg_tensor *mg_layer_norm(mg_tape *t, mg_tensor *x, mg_tensor *residual, mg_tensor *gamma,
                         mg_tensor *beta, float eps);
/* y = gamma x / sqrt(mean(x^2) + eps) over cols. */
mg_tensor *mg_rms_norm(mg_tape *t, mg_tensor *x, mg_tensor *gamma, float eps);
/* y = act(BatchNorm(x)) over rows: batch statistics when training (biased variance;
 * running_mean/var updated with momentum and the unbiased variance), else the running ones.
 * running_* are [1,cols] parameters that need no gradient. */
mg_tensor *mg_batch_norm(mg_tape *t, mg_tensor *x, mg_tensor *gamma, mg_tensor *beta,
                         mg_tensor *running_mean, mg_tensor *running_var, float momentum, float eps,
                         mg_act act);
/* Multi-head self-attention on packed sequences: qkv[n,3d] = (q|k|v), y[n,d]; softmax(q k^T /
 * sqrt(d/heads)) v, dropout p on the probabilities. causal: a row sees itself and those before
 * it. */
mg_tensor *mg_attention(mg_tape *t, mg_tensor *qkv, mg_seqs seqs, int heads, float p, bool causal);
/* The same from q[n,d] to other rows kv[m,2d] = (k|v): sequence s of q attends to sequence s of kv
 * (as many of both; an empty one gives zeros). */
mg_tensor *mg_cross_attention(mg_tape *t, mg_tensor *q, mg_tensor *kv, mg_seqs q_seqs,
                              mg_seqs kv_seqs, int heads, float p);
/* Attention with all that can be said of it: rows of q[n,d] attend to rows of k[m,d] and v[m,d],
 * three tensors.
 *   q_seqs, kv_from, kv_to  sequence s: its queries, and its keys kv_from[s] .. kv_to[s], a range
 *                           of the m rows; rows in no range (pads) are seen by nobody. With a
 *                           gradient the ranges ascend and do not overlap
 *   scale                   of q k^T; 0: 1 / sqrt(d / heads)
 *   bias                    [2 reach + 1, heads] or NULL: key j of query i gets row clamp(j - i,
 *                           -reach, reach) + reach added to its scores. Causally the last query
 *                           stands where the last key does, otherwise the first where the first
 *   p, causal               dropout on the probabilities; a query sees no later key
 * A query that sees no key gives zeros. */
typedef struct mg_attend_args {
    mg_tensor *q, *k, *v, *bias;
    mg_seqs q_seqs;
    const int32_t *kv_from, *kv_to; /* [q_seqs.n]; must live until the next reset */
    int heads;
    float scale, p;
    bool causal;
} mg_attend_args;
mg_tensor *mg_attend(mg_tape *t, const mg_attend_args *a);
/* For generation, no gradient: row rows[i] of `to`, a tensor of mg_new, becomes row ids[i] of x
 * (NULL: row i), i < n. rows ascend; both lists live until the next reset. False when the tape has
 * failed. */
bool mg_put_rows(mg_tape *t, mg_tensor *to, const int32_t *rows, mg_tensor *x, const int32_t *ids,
                 int64_t n);
/* Rows at .. at + x->rows of `table`, a tensor of mg_new, become x, and gradients of these rows go
 * to x. A table so grows while others read it: what is read must be written before, and is written
 * once. False when the tape has failed. */
bool mg_set_rows(mg_tape *t, mg_tensor *table, int64_t at, mg_tensor *x);
/* For generation, no gradient. mg_heads_apart puts kv[m,2d] in the order in which few queries read
 * it: [heads][2][m][d / heads], a tensor of 2 heads m rows. mg_shared_attention is cross-attention
 * to it. Sequence s of q attends to sequence source[s] of kv (source NULL: to sequence s), so
 * several may read the same rows. */
mg_tensor *mg_heads_apart(mg_tape *t, mg_tensor *kv, int heads);
mg_tensor *mg_shared_attention(mg_tape *t, mg_tensor *q, mg_tensor *apart, mg_seqs q_seqs,
                               mg_seqs kv_seqs, const int32_t *source, int heads);
/* For generation, no gradient: one or a few new rows of each sequence attend to all its rows so
 * far. qkv    [n,3d] the new rows, packed by seqs cache  [slots,2d] of mg_new. Sequence s owns its
 * rows from[s] .. from[s] + room, laid out as [heads][2][room][d / heads]; the ranges ascend and do
 * not overlap count  [seqs] keys and values of s that are filled. Those of the new rows are written
 * behind them, and attended to causally. What was never written is never read */
mg_tensor *mg_cached_attention(mg_tape *t, mg_tensor *qkv, mg_seqs seqs, mg_tensor *cache,
                               const int32_t *from, const int32_t *count, int32_t room, int heads);
/* Mean cross-entropy of softmax(logits[n,c]); result [1,1].
 *   targets    int32[n]; negative: the row is left out. No row left in: 0
 *   weights    [n] >= 0, or NULL: 1
 *   smoothing  in [0,1): share of the target spread evenly over the c columns */
mg_tensor *mg_cross_entropy(mg_tape *t, mg_tensor *logits, const int32_t *targets,
                            const float *weights, float smoothing);
/* y[1,1] = mean of (a - b)^2 over all elements; same shapes */
mg_tensor *mg_squared_error(mg_tape *t, mg_tensor *a, mg_tensor *b);
/* y[i] = x[i] / max(|x[i]|, eps) */
mg_tensor *mg_normalize(mg_tape *t, mg_tensor *x, float eps);
/* Symmetric InfoNCE of unit rows a[n,d], b[n,d] (docs/reference/momu.md 6.1): S = s a b^T; the mean
 * of the cross-entropies of rows and of columns, with the diagonal as target. Result [1,1].
 *   log_scale  [1,1] or NULL: s = exp(min(log_scale, log(max_scale))), else s = scale
 *   groups     int32[n] or NULL. S_ij with i != j and equal groups is left out of both sums: the
 *              same molecule or text twice is no negative
 *   smoothing  in [0,1): share of the target spread evenly over the row */
mg_tensor *mg_infonce(mg_tape *t, mg_tensor *a, mg_tensor *b, mg_tensor *log_scale, float scale,
                      float max_scale, const int32_t *groups, float smoothing);
/* y[1,1] = mean of all elements of x */
mg_tensor *mg_mean(mg_tape *t, mg_tensor *x);
/* y[1,1] = sum of weights[i] * terms[i] (terms are [1,1]); a NULL term with a healthy tape is an
 * error. */
mg_tensor *mg_weighted_sum(mg_tape *t, mg_tensor *const *terms, const float *weights, int n);

/* ---- sets of tokens, and sequences against each other (Atomas; docs/models/atomas.md) ----
 * real int32[seqs.n] or NULL: how many rows of each sequence count, from its first; the rest are
 * pads. All index arrays live until the reset. */

/* y[i][3c + j] = x[i + j - 1][c], 0 outside i's sequence: [n, 3 cols]. A linear layer of it with w
 * [out, in, 3] is a convolution of three taps, padded with zeros. */
mg_tensor *mg_windows(mg_tape *t, mg_tensor *x, mg_seqs seqs);

typedef struct mg_cluster_options {
    int neighbours; /* of a density, the row itself among them */
    bool strict;    /* of equal densities neither is the denser; else the lower index */
    bool far;       /* pads count, 1 farther than all distances; else never */
    float noise;    /* on densities (drawn from the tape's keys); 0: none */
} mg_cluster_options;
/* DPC-kNN (backend.h: mg_k_cluster) of each sequence of x[n,cols] into set_offsets[s+1] -
 * set_offsets[s] sets, at least 1 where it has rows, and no more than rows that count. Result:
 * MG_I32 [n,1], for each row the number of its set among all. No gradient. */
mg_tensor *mg_cluster(mg_tape *t, mg_tensor *x, mg_seqs seqs, const int32_t *real,
                      const int32_t *set_offsets, const mg_cluster_options *o);
/* y[sets,cols]: weighted means of the rows of each set; weights are e^score[n,1] over (floor +
 * their sum), or a softmax over the set where floor is 0. ids as mg_cluster gives them, or NULL
 * with set_offsets NULL: a set a sequence. */
mg_tensor *mg_merge(mg_tape *t, mg_tensor *x, mg_tensor *score, mg_tensor *ids, mg_seqs seqs,
                    const int32_t *real, const int32_t *set_offsets, float floor);
/* Rows of q[n,d] attend to the real rows of their sequence in kv[m,2d] = (k|v): softmax(q k^T /
 * sqrt(d/heads) + score[m,1]) v. An empty sequence of kv gives zeros. */
mg_tensor *mg_scored_attention(mg_tape *t, mg_tensor *q, mg_tensor *kv, mg_tensor *score,
                               mg_seqs q_seqs, mg_seqs kv_seqs, const int32_t *real, int heads);
/* y[s] = sum_i w[i] x[row i of s] + bias: a learned weight w[1,places] for each place, bias[1,1]
 * for all columns; no sequence is longer than places. */
mg_tensor *mg_place_pool(mg_tape *t, mg_tensor *x, mg_seqs seqs, mg_tensor *w, mg_tensor *bias);

/* Mean cross-entropy [1,1] of s a [keys; queue]^T against soft softmax(s m [keys; queue]^T) + (1 -
 * soft) of row i's own key i.
 *   a, m, keys  [n,d] unit rows; m (the slow model's a) and keys get no gradient
 *   queue       [q,d] or NULL: more keys, without gradient
 *   scale       [1,1]; log_scale: s = exp(min(scale, log 100)); else s = 1 / scale, which is put
 *               within [0.001, 0.5] first (the tensor itself changes)
 *   groups      int32[n] or NULL: the own key's share is spread evenly over the keys of its group
 */
typedef struct mg_contrast_options {
    bool log_scale;
    float soft; /* in [0, 1] */
    const int32_t *groups;
} mg_contrast_options;
mg_tensor *mg_soft_contrast(mg_tape *t, mg_tensor *a, mg_tensor *m, mg_tensor *keys,
                            mg_tensor *queue, mg_tensor *scale, const mg_contrast_options *o);
/* Late interaction of every sequence i of a[n,d] with every j of b[m,d], unit rows: y[a_seqs.n,
 * b_seqs.n] = 1/2 (sum_t wa_t max_s a_t b_s + sum_s wb_s max_t a_t b_s), wa and wb softmaxes of
 * a_logits[n,1], b_logits[m,1] over each sequence. Pads have weight, but their products are 0. The
 * products are never kept. */
mg_tensor *mg_late_interaction(mg_tape *t, mg_tensor *a, mg_tensor *a_logits, mg_seqs a_seqs,
                               const int32_t *a_real, mg_tensor *b, mg_tensor *b_logits,
                               mg_seqs b_seqs, const int32_t *b_real);

/* ---- raw products outside the tape (search, benchmarks) ---- */
/* c[m,n] = a[m,k] b[n,k]^T; a f32; b F32 or BF16 (then a is rounded to bf16 where the CPU
 * multiplies bf16, else b widened). */
int mg_product_nt(mg_tape *t, int64_t m, int64_t n, int64_t k, const float *a, const void *b,
                  mg_dtype b_dtype, float *c);

/* ---- flat-buffer kernels for the optimiser (nn) ---- */
/* deterministic for a thread count; NaN after a failure */
double mg_flat_sumsq(mg_tape *t, const float *x, int64_t n);
void mg_flat_zero(mg_tape *t, float *x, int64_t n);
/* out[n] = a x + b y; y NULL: a x; out may be x or y */
void mg_flat_mix(mg_tape *t, int64_t n, float a, const float *x, float b, const float *y,
                 float *out);
/* Decoupled AdamW on n floats.
 *   g       is multiplied by grad_scale first
 *   ema     or NULL: e += (1-ema_decay)(p - e)
 *   shadow  or NULL: gets bf16(p)
 * bias1 = 1-b1^t, bias2 = 1-b2^t at step t. */
typedef struct mg_adamw_args {
    float lr, beta1, beta2, eps, weight_decay, bias1, bias2, grad_scale, ema_decay;
} mg_adamw_args;
void mg_flat_adamw(mg_tape *t, int64_t n, float *p, const float *g, float *m, float *v, float *ema,
                   uint16_t *shadow, const mg_adamw_args *a);

/* ---- bf16 ---- */
static inline float mg_bf16_to_f32(uint16_t h) {
    union {
        uint32_t u;
        float f;
    } x = {(uint32_t)h << 16};
    return x.f;
}
uint16_t mg_f32_to_bf16(float f); /* round to nearest even; NaN stays NaN */
void mg_f32_to_bf16_n(const float *x, uint16_t *y, int64_t n);

/* ---- rows in 8 or 4 bits with a scale (files/rounded.c) ---- */
float mg_row_scale8(const float *x, int64_t n);
float mg_row_scale4(const float *x, int64_t n);
void mg_round8(const float *x, int64_t n, float scale, int8_t *q);
void mg_round4(const float *x, int64_t n, float scale, uint8_t *q); /* q [(n+1)/2] */
void mg_widen4(const uint8_t *q, int64_t n, int8_t *out);           /* -8 .. 7, without the scale */
void mg_widen8(const int8_t *q, int64_t n, float scale, float *out);

/* ---- products of a question with codes of bytes (cpu/codes.c; search) ---- */
typedef enum { MG_CODES_PLAIN = 0, MG_CODES_AVX2, MG_CODES_VNNI } mg_code_kernel;
/* out[i] = sum over w of codes[i][w] (128 hi[w] + lo[w]), exactly: codes [n, width] in -127 .. 127,
 * width a multiple of 64 and at most 4096, hi and lo [width] in -64 .. 63. */
void mg_code_products(const int8_t *codes, int64_t n, int width, const int8_t *hi, const int8_t *lo,
                      int32_t *out);
/* By these instructions; false, and nothing is done, where the processor lacks them. */
bool mg_code_products_by(mg_code_kernel kernel, const int8_t *codes, int64_t n, int width,
                         const int8_t *hi, const int8_t *lo, int32_t *out);

/* ---- what the machine can do (doctor, benchmarks) ---- */
typedef struct mg_cpu_info {
    char name[64];
    bool avx2, avx512, avx512_bf16, amx_bf16;
    bool bf16_products; /* bf16 is used for large products */
    int threads;
    char blas[96], onednn[32];
} mg_cpu_info;
void mg_cpu_info_get(mg_cpu_info *info);
/* What a program should set OPENBLAS_CORETYPE to before it starts, where OpenBLAS does not know
 * this processor (cpu/gemm.c); NULL: it does. */
const char *mg_blas_core_wanted(void);
/* One line about a device ("NVIDIA H100 80GB HBM3, 79.2 GiB, ..."), or why it cannot be used. Opens
 * it and lets it go again. */
int mg_device_describe(const char *device, char out[256], molglot_error *err);

#ifdef __cplusplus
}
#endif
#endif
