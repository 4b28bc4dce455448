/* tensor.h - the engine: eager operations written on a flat tape, everything in arenas, and tensor files.
 *
 * A tensor is a row-major contiguous matrix [rows, cols]; vectors are [1, n], scalars [1, 1]; sequences are packed (rows of
 * all tokens one after another, plus start offsets), heads and time are index arithmetic inside an op. An op checks shapes,
 * takes its output from the step arena, runs the kernel through the backend table at once and, if the tape records and some
 * input needs a gradient, appends one record. mg_backward walks the records from the end.
 *
 * Errors are sticky: the first failure poisons the tape (message kept), later ops return NULL and do nothing, NULL inputs
 * are accepted by every op. One check per step: mg_tape_ok().
 *
 * Adding an op: kernel in backend.h + cpu_ref.c + cpu.c, op with its backward in ops*.c, a row in tests/tensor/op_table.h.
 */
#ifndef MG_TENSOR_H
#define MG_TENSOR_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { MG_F32 = 0, MG_BF16 = 1, MG_I8 = 2 } mg_dtype;
typedef enum { MG_ACT_NONE = 0, MG_ACT_RELU, MG_ACT_GELU, MG_ACT_TANH } mg_act;   /* GELU is the exact (erf) one */
typedef enum { MG_PREC_F32 = 0, MG_PREC_BF16 = 1 } mg_precision;

typedef struct mg_tensor {
    void *data;              /* rows*cols elements of dtype */
    float *grad;             /* same shape, f32; NULL until needed (parameters: a range of the flat gradient buffer) */
    const uint16_t *shadow;  /* parameters only: bf16 copy of data for bf16 products, or NULL */
    int64_t rows, cols;
    const float *scales;     /* I8 only: [rows], the value of an element is scales[row] * data[row][col] */
    uint8_t dtype;           /* mg_dtype; BF16 and I8 (tables of gather_sum) only for weights of a loaded model */
    uint8_t needs_grad;
    uint8_t is_param;        /* grad is zeroed by the optimiser, always accumulated into */
} mg_tensor;

static inline int64_t mg_tensor_count(const mg_tensor *t) { return t->rows * t->cols; }
static inline float *mg_f32(const mg_tensor *t) { return (float *)t->data; }

/* ---- tape ---- */
typedef struct mg_tape mg_tape;
typedef struct mg_backend mg_backend;    /* backend.h: inside this room */

/* device: "cpu" or "ref" (the readable oracle). threads 0: OpenMP's default. arena_bytes 0: 64 GiB of address space. */
mg_tape *mg_tape_new(const char *device, mg_precision precision, int threads, size_t arena_bytes, molglot_error *err);
void mg_tape_free(mg_tape *t);
const char *mg_tape_device(const mg_tape *t);
mg_precision mg_tape_precision(const mg_tape *t);
/* Forgets records and all tensors of the step, clears the error. Steady state: no malloc. */
void mg_tape_reset(mg_tape *t);
/* Random keys of dropout are a function of (seed, step, stream, how many random ops ran before). reset() and seed() restart
 * the count. */
void mg_tape_seed(mg_tape *t, uint64_t seed, uint64_t step);
/* A further word of the keys, 0 after mg_tape_seed: with gradient caching each chunk of a batch has its own stream, so that
 * running a chunk a second time (recording) draws the masks of the first time. Restarts the number too. */
void mg_tape_stream(mg_tape *t, uint64_t stream);
void mg_tape_record(mg_tape *t, bool on);        /* off by default: inference */
void mg_tape_training(mg_tape *t, bool on);      /* dropout active, batch statistics; off by default */
bool mg_tape_is_training(const mg_tape *t);
bool mg_tape_ok(const mg_tape *t);
int mg_tape_error(const mg_tape *t, molglot_error *err);    /* MOLGLOT_OK, or copies the first failure */
void mg_tape_fail(mg_tape *t, const char *fmt, ...) MG_PRINTF(2, 3);
size_t mg_tape_records(const mg_tape *t);
size_t mg_tape_peak_bytes(const mg_tape *t);
/* Memory that lives until the next reset; NULL (and a poisoned tape) when the arena is full. */
void *mg_tape_alloc(mg_tape *t, size_t bytes);

/* New tensors of the step. mg_input copies n*m floats (data may be NULL: uninitialised). */
mg_tensor *mg_new(mg_tape *t, int64_t rows, int64_t cols);
mg_tensor *mg_input(mg_tape *t, const float *data, int64_t rows, int64_t cols, bool needs_grad);

/* d loss / d everything that needs it. loss is [1,1]. */
int mg_backward(mg_tape *t, mg_tensor *loss);
/* The same with a given upstream gradient of `out` (float[rows*cols]): the second half of gradient caching. */
int mg_backward_from(mg_tape *t, mg_tensor *out, const float *grad);
/* Both may run several times on one tape: leaves and parameters add up, gradients of activations start afresh. */

/* ---- index structures given to ops; the arrays must live until the next reset ---- */

/* CSR: output row i sums table rows ids[offsets[i] .. offsets[i+1]) times weights. ids NULL: the entry's own position
 * (pooling of consecutive rows). weights NULL: 1. mean: divide by the number of entries (0 entries give zeros). */
typedef struct mg_csr {
    int64_t n;                   /* output rows */
    const int32_t *offsets;      /* [n+1], offsets[0] = 0, non-decreasing */
    const int32_t *ids;          /* each in [0, table rows): checked by the op */
    const float *weights;
    bool mean;
} mg_csr;

/* Packed sequences: sequence s is rows offsets[s] .. offsets[s+1). */
typedef struct mg_seqs {
    int64_t n;
    const int32_t *offsets;      /* [n+1] */
} mg_seqs;

/* ---- ops: shapes in brackets; all outputs f32 ---- */

/* y[n,out] = act(x[n,in] w[out,in]^T + b[1,out]); b may be NULL. w may be BF16. */
mg_tensor *mg_linear(mg_tape *t, mg_tensor *x, mg_tensor *w, mg_tensor *b, mg_act act);
/* y = act(x) */
mg_tensor *mg_activate(mg_tape *t, mg_tensor *x, mg_act act);
/* y = a + b, same shapes */
mg_tensor *mg_add(mg_tape *t, mg_tensor *a, mg_tensor *b);
/* y = c x */
mg_tensor *mg_scale(mg_tape *t, mg_tensor *x, float c);
/* y = a * b elementwise, same shapes */
mg_tensor *mg_mul(mg_tape *t, mg_tensor *a, mg_tensor *b);
/* y = x / (1-p) with probability 1-p, else 0; identity (returns x) when not training or p = 0 */
mg_tensor *mg_dropout(mg_tape *t, mg_tensor *x, float p);
/* y[n,cols] = CSR times table[rows,cols]: embedding bags, GIN's neighbour sums, pooling, row selection. table may be BF16
 * or I8. */
mg_tensor *mg_gather_sum(mg_tape *t, mg_tensor *table, mg_csr csr);
/* y = LayerNorm(x + residual) over cols; residual may be NULL. */
mg_tensor *mg_layer_norm(mg_tape *t, mg_tensor *x, mg_tensor *residual, mg_tensor *gamma, mg_tensor *beta, float eps);
/* y = act(BatchNorm(x)) over rows: batch statistics when training (biased variance; running_mean/var updated with momentum
 * and the unbiased variance), else the running ones. running_* are [1,cols] parameters that need no gradient. */
mg_tensor *mg_batch_norm(mg_tape *t, mg_tensor *x, mg_tensor *gamma, mg_tensor *beta, mg_tensor *running_mean,
                         mg_tensor *running_var, float momentum, float eps, mg_act act);
/* Multi-head self-attention on packed sequences: qkv[n,3d] = (q|k|v), y[n,d]; softmax(q k^T / sqrt(d/heads)) v, dropout p on
 * the probabilities. */
mg_tensor *mg_attention(mg_tape *t, mg_tensor *qkv, mg_seqs seqs, int heads, float p);
/* y[i] = x[i] / max(|x[i]|, eps) */
mg_tensor *mg_normalize(mg_tape *t, mg_tensor *x, float eps);
/* Symmetric InfoNCE of unit rows a[n,d], b[n,d] (spec momu 6.1): S = s a b^T, mean of both cross-entropies with the diagonal
 * as target, halved. s = scale, or exp(min(log_scale, log(max_scale))) when log_scale[1,1] is given.
 * groups (int32[n] or NULL): S_ij with i != j and groups equal is left out of both sums (the same molecule or text twice is
 * no negative). smoothing in [0,1): share of the target spread evenly over the row. Result [1,1]. */
mg_tensor *mg_infonce(mg_tape *t, mg_tensor *a, mg_tensor *b, mg_tensor *log_scale, float scale, float max_scale,
                      const int32_t *groups, float smoothing);
/* y[1,1] = sum of weights[i] * terms[i] (terms are [1,1]); a NULL term with a healthy tape is an error. */
mg_tensor *mg_weighted_sum(mg_tape *t, mg_tensor *const *terms, const float *weights, int n);

/* ---- raw products outside the tape (search, benchmarks) ---- */
/* c[m,n] = a[m,k] b[n,k]^T; a f32; b F32 or BF16 (then a is rounded to bf16 where the CPU multiplies bf16, else b widened). */
int mg_product_nt(mg_tape *t, int64_t m, int64_t n, int64_t k, const float *a, const void *b, mg_dtype b_dtype, float *c);

/* ---- flat-buffer kernels for the optimiser (nn) ---- */
double mg_flat_sumsq(mg_tape *t, const float *x, int64_t n);     /* deterministic for a thread count */
void mg_flat_zero(mg_tape *t, float *x, int64_t n);
/* Decoupled AdamW on a range; g is multiplied by grad_scale first; ema (or NULL): e += (1-ema_decay)(p - e);
 * shadow (or NULL) gets bf16(p). bias1 = 1-b1^t, bias2 = 1-b2^t. */
typedef struct mg_adamw_args {
    float lr, beta1, beta2, eps, weight_decay, bias1, bias2, grad_scale, ema_decay;
} mg_adamw_args;
void mg_flat_adamw(mg_tape *t, int64_t n, float *p, const float *g, float *m, float *v, float *ema, uint16_t *shadow,
                   const mg_adamw_args *a);

/* ---- bf16 ---- */
static inline float mg_bf16_to_f32(uint16_t h) {
    union { uint32_t u; float f; } x = {(uint32_t)h << 16};
    return x.f;
}
uint16_t mg_f32_to_bf16(float f);                    /* round to nearest even; NaN stays NaN */
void mg_f32_to_bf16_n(const float *x, uint16_t *y, int64_t n);

/* ---- what the machine can do (doctor, benchmarks) ---- */
typedef struct mg_cpu_info {
    char name[64];
    bool avx2, avx512, avx512_bf16, amx_bf16;
    bool bf16_products;          /* bf16 is used for large products */
    int threads;
    char blas[64], onednn[32];
} mg_cpu_info;
void mg_cpu_info_get(mg_cpu_info *info);

/* ---- tensor files: safetensors (read, write) and PyTorch files (read, nothing executed) ---- */
typedef struct mg_file_tensor {
    const char *name;
    char dtype[8];               /* safetensors' names: F32 BF16 F16 F64 I64 I32 I16 I8 U8 BOOL */
    int ndim;
    int64_t shape[8];
    int64_t count;               /* product of shape */
    const void *data;            /* little-endian, contiguous row-major, checked to lie inside the file */
    size_t bytes;
} mg_file_tensor;

typedef struct mg_tensor_file mg_tensor_file;
/* By content: safetensors; zip or legacy torch pickle (opcodes interpreted from a whitelist, others refused by name). */
mg_tensor_file *mg_tensor_file_open(const char *path, molglot_error *err);
mg_tensor_file *mg_tensor_file_memory(const void *bytes, size_t n, const char *name, molglot_error *err);  /* bytes outlive it */
void mg_tensor_file_close(mg_tensor_file *f);
size_t mg_tensor_file_count(const mg_tensor_file *f);
const mg_file_tensor *mg_tensor_file_at(const mg_tensor_file *f, size_t i);
const mg_file_tensor *mg_tensor_file_find(const mg_tensor_file *f, const char *name);   /* NULL if absent */
const char *mg_tensor_file_meta(const mg_tensor_file *f, const char *key);              /* NULL if absent */
size_t mg_tensor_file_meta_count(const mg_tensor_file *f);
void mg_tensor_file_meta_at(const mg_tensor_file *f, size_t i, const char **key, const char **value);
/* Copies with conversion to f32 (F32 BF16 F16 F64 and integers); count must match. */
int mg_file_tensor_to_f32(const mg_file_tensor *ft, float *out, int64_t count, molglot_error *err);

/* Writer: add tensors and metadata, then write once, atomically. Data pointers must stay valid until then. */
typedef struct mg_tensor_writer mg_tensor_writer;
mg_tensor_writer *mg_tensor_writer_new(void);
void mg_tensor_writer_free(mg_tensor_writer *w);
/* dtype as above; F32 data may be stored as "BF16", or as "I8" with one scale a row (largest magnitude / 127), the [rows] scales of
 * the same data as "SCALES" (else NULL). */
int mg_tensor_writer_add(mg_tensor_writer *w, const char *name, const char *dtype, int ndim, const int64_t *shape,
                         const void *data, const char *store_as, molglot_error *err);
int mg_tensor_writer_meta(mg_tensor_writer *w, const char *key, const char *value, molglot_error *err);
int mg_tensor_writer_save(mg_tensor_writer *w, const char *path, molglot_error *err);

#ifdef __cplusplus
}
#endif
#endif
