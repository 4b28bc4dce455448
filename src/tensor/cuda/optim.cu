/* optim.cu - the optimiser's passes over flat buffers on the GPU: sum of squares, zeroing,
 * AdamW. All bound by memory, one pass each.
 */
#include "tensor/cuda/lanes.h"

#include <math.h>

enum { THREADS = 256, SUM_BLOCKS = 1024 };

/* ---- sum of squares ----
 * In double throughout: squares of large gradients must not overflow, and clipping looks at this
 * number. */

/* The sum over the block in thread 0. All THREADS call it. */
static __device__ double block_sum(double x) {
    __shared__ double sums[THREADS];
    sums[threadIdx.x] = x;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    }
    return sums[0];
}

template <bool WIDE>
static __global__ void squares_part(int64_t n, const float *x, double *part) {
    const int64_t step = (int64_t)gridDim.x * THREADS * 4;
    double s[4] = {};
#pragma unroll 4
    for (int64_t i = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * 4; i < n; i += step) {
        mg_four v = mg_load4<WIDE>(x, i, n);
        for (int j = 0; j < 4; j++) s[j] += (double)v.v[j] * v.v[j];
    }
    double total = block_sum((s[0] + s[1]) + (s[2] + s[3]));
    if (threadIdx.x == 0) part[blockIdx.x] = total;
}

/* One block. */
static __global__ void squares_total(int parts, const double *part, double *sum) {
    double s = 0.0;
    for (int i = threadIdx.x; i < parts; i += THREADS) s += part[i];
    s = block_sum(s);
    if (threadIdx.x == 0) *sum = s;
}

/* 4 bytes an element; two launches and a wait. The number of blocks, and with it the order of the
 * sum, depends on n alone. */
int mg_cuda_sumsq(mg_backend *be, int64_t n, const float *x, double *sum) {
    mg_cuda *cu = mg_cuda_of(be);
    *sum = NAN;
    const float *at = mg_cuda_at(cu, x);
    int64_t blocks = (n + THREADS * 16 - 1) / (THREADS * 16);
    if (blocks > SUM_BLOCKS) blocks = SUM_BLOCKS;
    double *part = (double *)cu->partial;
    static_assert(SUM_BLOCKS * sizeof(double) <= MG_CUDA_PARTIAL * sizeof(float),
                  "a partial sum for each block");
    if (at) {
        mg_cuda_launch(cu, mg_is_wide(n, at) ? squares_part<true> : squares_part<false>,
                       dim3((unsigned)blocks), dim3(THREADS), n, at, part);
        mg_cuda_launch(cu, squares_total, dim3(1), dim3(THREADS), (int)blocks, part, cu->sum);
    }
    if (mg_cuda_done(cu, "sumsq")) return 1;
    if (mg_cuda_check(
            cu, cudaMemcpyAsync(sum, cu->sum, sizeof *sum, cudaMemcpyDeviceToHost, cu->stream),
            "sumsq"))
        return 1;
    return mg_cuda_check(cu, cudaStreamSynchronize(cu->stream), "sumsq");
}

/* ---- zero: 4 bytes an element ---- */

int mg_cuda_zero(mg_backend *be, int64_t n, float *x) {
    mg_cuda *cu = mg_cuda_of(be);
    float *at = mg_cuda_at(cu, x);
    if (at && mg_cuda_check(cu, cudaMemsetAsync(at, 0, (size_t)n * sizeof *at, cu->stream), "zero"))
        return 1;
    return mg_cuda_done(cu, "zero");
}

/* ---- AdamW ---- */

struct adamw_buffers {
    float *p;
    const float *g;
    float *m, *v, *ema;
    uint16_t *shadow;
};

/* What is the same for every element. */
struct adamw_factors {
    float beta1, left1, beta2, left2, unbias1, unbias2, eps, lr, weight_decay, grad_scale, toward;
};

static adamw_factors factors_of(const mg_adamw_args *a) {
    return {a->beta1,           1.0f - a->beta1, a->beta2, 1.0f - a->beta2, 1.0f / a->bias1,
            1.0f / a->bias2,    a->eps,          a->lr,    a->weight_decay, a->grad_scale,
            1.0f - a->ema_decay};
}

template <bool WIDE>
static __global__ void adamw_kernel(int64_t n, adamw_buffers b, adamw_factors a) {
    const int64_t step = (int64_t)gridDim.x * THREADS * 4;
    for (int64_t i = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * 4; i < n; i += step) {
        mg_four p = mg_load4<WIDE>(b.p, i, n), g = mg_load4<WIDE>(b.g, i, n),
                m = mg_load4<WIDE>(b.m, i, n), v = mg_load4<WIDE>(b.v, i, n);
        for (int j = 0; j < 4; j++) {
            float gj = g.v[j] * a.grad_scale;
            m.v[j] = a.beta1 * m.v[j] + a.left1 * gj;
            v.v[j] = a.beta2 * v.v[j] + a.left2 * gj * gj;
            float move = m.v[j] * a.unbias1 / (sqrtf(v.v[j] * a.unbias2) + a.eps) +
                         a.weight_decay * p.v[j];
            p.v[j] -= a.lr * move;
        }
        mg_store4<WIDE>(b.m, i, n, m);
        mg_store4<WIDE>(b.v, i, n, v);
        mg_store4<WIDE>(b.p, i, n, p);
        if (b.shadow) mg_store4<WIDE>(b.shadow, i, n, p);
        if (!b.ema) continue;
        mg_four e = mg_load4<WIDE>(b.ema, i, n);
        for (int j = 0; j < 4; j++) e.v[j] += a.toward * (p.v[j] - e.v[j]);
        mg_store4<WIDE>(b.ema, i, n, e);
    }
}

/* 28 bytes an element, 8 more with ema, 2 with shadow; one launch */
int mg_cuda_adamw(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v,
                  float *ema, uint16_t *shadow, const mg_adamw_args *a) {
    mg_cuda *cu = mg_cuda_of(be);
    adamw_buffers b = {mg_cuda_at(cu, p), mg_cuda_at(cu, g),   mg_cuda_at(cu, m),
                       mg_cuda_at(cu, v), mg_cuda_at(cu, ema), mg_cuda_at(cu, shadow)};
    bool wide = mg_is_wide(n, b.p, b.g, b.m, b.v, b.ema, b.shadow);
    if (b.p && b.g && b.m && b.v)
        mg_cuda_launch(cu, wide ? adamw_kernel<true> : adamw_kernel<false>,
                       dim3(mg_cuda_blocks(cu, n, THREADS, 4)), dim3(THREADS), n, b, factors_of(a));
    return mg_cuda_done(cu, "adamw");
}
