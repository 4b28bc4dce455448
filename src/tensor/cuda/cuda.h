/* cuda.h - what the files of the CUDA backend share. nvcc compiles all of it into
 * libmolglot_cuda.so, which load.c opens when a device "cuda" is asked for; nothing of it is in the
 * program.
 *
 *   cuda.cu             the table, life
 *   errors.cu           failures: a service to all others
 *   memory.cu           mirrors, push, pull, uploads: a service to the kernels
 *   attention.cu        packed attention in f32
 *   attention_bf16.cu   the same on tensor cores
 *   attention_tiles.cu  arguments and launches of both
 *   elementwise.cu      maps over n floats
 *   gather.cu           weighted sums of table rows
 *   linear.cu           products (cuBLASLt)
 *   loss.cu             InfoNCE, softmax cross-entropy
 *   match.cu            pooling by place, soft contrast, late interaction
 *   norm.cu             layer norm, batch norm, unit rows
 *   optim.cu            sum of squares, zero, AdamW
 *   sets.cu             windows, clusters, their means, attention with scores
 *   lanes.h             four numbers a thread
 *   columns.h           sums down columns
 *
 * The function of a kernel on the host turns addresses into the device's (mg_cuda_at,
 * mg_cuda_index), launches on cu->stream, and returns mg_cuda_done(cu, "name"). Nothing waits but
 * sumsq and pull. No kernel uses atomics: every sum has one order, so a result repeats bit for bit.
 *
 * tests/cuda compiles the same sources for the host, against an emulator of the few CUDA features
 * used here: that is how they are tested on machines without a GPU. So they keep to:
 * cudaLaunchKernelEx, static __shared__ arrays, __syncthreads, __syncwarp, __shfl_*_sync over all
 * 32 lanes, nvcuda::wmma with bf16 fragments of 16x16x16, float4 loads; no inline PTX, no libraries
 * but cuBLASLt.
 */
#ifndef MG_CUDA_H
#define MG_CUDA_H

#include "tensor/backend.h"

#include <cublasLt.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

struct mg_cuda_memory;   /* memory.cu */
struct mg_cuda_products; /* linear.cu: cuBLASLt plans by shape */

struct mg_cuda { /* mg_backend.self */
    mg_backend *be;
    int gpu, processors;         /* device number, its multiprocessors */
    cudaStream_t stream, copies; /* compute; uploads of index arrays */
    mg_cuda_memory *memory;
    mg_cuda_products *products;
    float *partial; /* device [MG_CUDA_PARTIAL] of reductions in two launches */
    double *sum;    /* device [1] of sumsq */
    bool dead;      /* after the first CUDA error, for good */
    /* something failed since the last mg_cuda_done: nothing more is launched before it */
    bool refused;
};

enum { MG_CUDA_PARTIAL = 1 << 16 };

static inline mg_cuda *mg_cuda_of(mg_backend *be) { return (mg_cuda *)be->self; }
/* At the start of every call that a thread may make first: 0, and the backend's GPU is the
 * thread's; 1 when the backend is dead. */
int mg_cuda_enter(mg_cuda *cu);

/* ---- errors (errors.cu) ---- */
/* 0, or records "what: CUDA's message" in be->reason, marks the backend dead and gives 1. */
int mg_cuda_check(mg_cuda *cu, cudaError_t e, const char *what);
/* The launches just made: 0, or as above. Also 1 when an address could not be turned or an upload
 * failed since the last call. */
int mg_cuda_done(mg_cuda *cu, const char *kernel);
/* 1. Records a reason that is not CUDA's (an address without a mirror, an unsupported width): the
 *    kernel fails, the backend lives. */
int mg_cuda_refuse(mg_cuda *cu, const char *fmt, ...) MG_PRINTF(2, 3);

/* ---- addresses (memory.cu) ---- */
/* The mirror of a host address; NULL for NULL; an address in no range makes mg_cuda_done fail. */
void *mg_cuda_address(mg_cuda *cu, const void *host);
template <typename T>
static inline T *mg_cuda_at(mg_cuda *cu, T *host) {
    return (T *)mg_cuda_address(cu, (const void *)host);
}
/* A device copy of a host array (index arrays, weights), valid for kernels launched before the next
 * mg_tape_reset. NULL for NULL. */
const void *mg_cuda_upload(mg_cuda *cu, const void *host, size_t bytes);
template <typename T>
static inline const T *mg_cuda_index(mg_cuda *cu, const T *host, int64_t count) {
    return (const T *)mg_cuda_upload(cu, host, (size_t)count * sizeof(T));
}
/* Device memory from the backend's scratch (mark and release be->scratch as everywhere); NULL, and
 * mg_cuda_done fails, when it is full. */
void *mg_cuda_room(mg_cuda *cu, size_t bytes);
template <typename T>
static inline T *mg_cuda_array(mg_cuda *cu, int64_t count) {
    return (T *)mg_cuda_room(cu, (size_t)count * sizeof(T));
}

/* Lasting device memory, freed with cudaFree; NULL, and a reason, when the GPU has no room. */
void *mg_cuda_malloc(mg_cuda *cu, size_t bytes);
int mg_cuda_memory_new(mg_cuda *cu);
void mg_cuda_memory_free(mg_cuda *cu);
int mg_cuda_mirror(mg_backend *be, const void *base, size_t bytes);
void mg_cuda_unmirror(mg_backend *be, const void *base);
int mg_cuda_push(mg_backend *be, const void *host, size_t bytes);
int mg_cuda_pull(mg_backend *be, void *host, size_t bytes);
void *mg_cuda_where(mg_backend *be, const void *host, size_t bytes, void **stream);
int mg_cuda_stage(mg_backend *be, const void *base, size_t bytes);
void mg_cuda_new_step(mg_backend *be);

/* ---- products (linear.cu) ---- */
/* Row-major c[m,n] = alpha op(a) op(b) + beta c, device addresses, on cu->stream. NT: a[m,k],
 * b[n,k]; NN: a[m,k], b[k,n]; TN: a[k,m], b[k,n]. half: a and b are bf16 (c is f32, sums are f32),
 * else f32 without TF32. lda, ldb, ldc: floats (or halves) from row to row. bias: device [n] added
 * to every row, or NULL; relu: applied at the end. 0, or 1 with a reason. */
typedef enum { MG_CUDA_NT, MG_CUDA_NN, MG_CUDA_TN } mg_cuda_form;
typedef struct mg_cuda_gemm {
    mg_cuda_form form;
    int64_t m, n, k;
    float alpha, beta;
    const void *a, *b;
    bool half;
    float *c;
    int64_t lda, ldb, ldc;
    const float *bias;
    bool relu;
} mg_cuda_gemm;
int mg_cuda_multiply(mg_cuda *cu, const mg_cuda_gemm *g);
int mg_cuda_products_new(mg_cuda *cu);
void mg_cuda_products_free(mg_cuda *cu);
int mg_cuda_linear(mg_backend *be, const mg_k_linear *k);
int mg_cuda_linear_back(mg_backend *be, const mg_k_linear_back *k);
int mg_cuda_product_nt(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                       const void *b, mg_dtype b_dtype, float *c);

/* ---- maps (elementwise.cu); the mg_dev_ functions take device addresses ---- */
int mg_cuda_act(mg_backend *be, int64_t n, mg_act act, const float *x, float *y);
int mg_cuda_act_back(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                     float *dx, int acc);
int mg_cuda_axpby(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                  float *out);
int mg_cuda_scale_by(mg_backend *be, int64_t n, const float *factor, const float *x, float *out,
                     int acc);
int mg_cuda_mul(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc);
int mg_cuda_dropout(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y,
                    int acc);
/* round to nearest even */
void mg_dev_to_half(mg_cuda *cu, int64_t n, const float *x, uint16_t *y);
void mg_dev_from_half(mg_cuda *cu, int64_t n, const uint16_t *x, float *y);
/* y[n] = act(pre[n]); pre may be y. */
void mg_dev_activate(mg_cuda *cu, int64_t n, mg_act act, const float *pre, float *y);
/* out[c] += sum over n rows of x[n,cols], in an order that depends on the shape alone. */
void mg_dev_column_sums(mg_cuda *cu, int64_t n, int64_t cols, const float *x, float *out);

/* ---- flat buffers (optim.cu) ---- */
int mg_cuda_sumsq(mg_backend *be, int64_t n, const float *x, double *sum);
int mg_cuda_zero(mg_backend *be, int64_t n, float *x);
int mg_cuda_adamw(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v,
                  float *ema, uint16_t *shadow, const mg_adamw_args *a);

/* ---- the rest, a file each ---- */
int mg_cuda_gather(mg_backend *be, const mg_k_gather *k);
int mg_cuda_norm(mg_backend *be, const mg_k_norm *k);
int mg_cuda_norm_back(mg_backend *be, const mg_k_norm_back *k);
int mg_cuda_bnorm(mg_backend *be, const mg_k_bnorm *k);
int mg_cuda_bnorm_back(mg_backend *be, const mg_k_bnorm_back *k);
int mg_cuda_normalize(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y,
                      float *norm);
int mg_cuda_normalize_back(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y,
                           const float *norm, const float *dy, float *dx, int acc);
int mg_cuda_attention(mg_backend *be, const mg_k_attention *k); /* chooses f32 or tensor cores */
int mg_cuda_attention_back(mg_backend *be, const mg_k_attention_back *k);
/* Tensor cores: precision bf16, no bias, and a head width of 16, 32, 48, 64, 80, 96, 112 or 128. */
bool mg_cuda_attention_fits_bf16(const mg_k_attention *k);
int mg_cuda_attention_bf16(mg_backend *be, const mg_k_attention *k);
int mg_cuda_attention_back_bf16(mg_backend *be, const mg_k_attention_back *k);
int mg_cuda_infonce(mg_backend *be, const mg_k_infonce *k);
int mg_cuda_xent(mg_backend *be, const mg_k_xent *k);
int mg_cuda_xent_back(mg_backend *be, const mg_k_xent_back *k);
int mg_cuda_windows(mg_backend *be, const mg_k_windows *k);
int mg_cuda_windows_back(mg_backend *be, const mg_k_windows_back *k);
int mg_cuda_cluster(mg_backend *be, const mg_k_cluster *k);
int mg_cuda_merge(mg_backend *be, const mg_k_merge *k);
int mg_cuda_merge_back(mg_backend *be, const mg_k_merge_back *k);
int mg_cuda_scored(mg_backend *be, const mg_k_scored *k);
int mg_cuda_scored_back(mg_backend *be, const mg_k_scored_back *k);
int mg_cuda_place(mg_backend *be, const mg_k_place *k);
int mg_cuda_place_back(mg_backend *be, const mg_k_place_back *k);
int mg_cuda_contrast(mg_backend *be, const mg_k_contrast *k);
int mg_cuda_late(mg_backend *be, const mg_k_late *k);
int mg_cuda_late_back(mg_backend *be, const mg_k_late_back *k);

/* ---- launching and small device functions ---- */
/* kernel<<<grid, block, 0, cu->stream>>>(args...); a failure shows in mg_cuda_done. Not after a
 * refusal: a kernel given an address that could not be turned would end the context. */
template <typename... Expected, typename... Given>
static inline void mg_cuda_launch(mg_cuda *cu, void (*kernel)(Expected...), dim3 grid, dim3 block,
                                  Given... args) {
    if (cu->refused || cu->dead) return;
    cudaLaunchConfig_t config = {};
    config.gridDim = grid;
    config.blockDim = block;
    config.stream = cu->stream;
    /* kept as CUDA's last error */
    (void)cudaLaunchKernelEx(&config, kernel, static_cast<Expected>(args)...);
}
/* Blocks of `threads` for n elements of `each` a thread, at most eight a multiprocessor: kernels
 * loop with a stride of the grid. */
static inline unsigned mg_cuda_blocks(const mg_cuda *cu, int64_t n, int threads, int each) {
    int64_t blocks = (n + (int64_t)threads * each - 1) / ((int64_t)threads * each),
            most = (int64_t)cu->processors * 8;
    return (unsigned)(blocks < 1 ? 1 : blocks < most ? blocks : most);
}

/* Sum and maximum over the 32 lanes, in every lane; the order is fixed. */
static __device__ __forceinline__ float mg_warp_sum(float x) {
    for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xFFFFFFFFu, x, step);
    return x;
}
static __device__ __forceinline__ float mg_warp_max(float x) {
    for (int step = 16; step > 0; step /= 2) x = fmaxf(x, __shfl_xor_sync(0xFFFFFFFFu, x, step));
    return x;
}
/* mg_dropout_bits of base.h, on the device. */
static __device__ __forceinline__ uint32_t mg_dev_dropout_bits(uint64_t key, uint32_t i) {
    uint32_t x = i * 0x9E3779B9u + (uint32_t)key;
    x ^= x >> 16;
    x *= 0x21F0AAADu;
    x ^= x >> 15;
    x += (uint32_t)(key >> 32);
    x *= 0x735A2D97u;
    x ^= x >> 15;
    return x;
}
/* IEEE round to nearest even, NaN kept: as mg_f32_to_bf16. */
static __device__ __forceinline__ uint16_t mg_dev_half(float f) {
    return __bfloat16_as_ushort(__float2bfloat16_rn(f));
}
static __device__ __forceinline__ float mg_dev_wide(uint16_t h) {
    return __uint_as_float((unsigned)h << 16);
}

#endif
