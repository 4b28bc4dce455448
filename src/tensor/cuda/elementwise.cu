/* elementwise.cu - maps over n floats on the GPU: activations, sums, products, dropout, bf16; and
 * column sums.
 *
 * One kernel serves all maps of floats: out (+)= f(i, x, y), four elements a thread, one launch.
 * Every kernel here is bound by memory. The bytes that an element moves stand at each function (4
 * more with acc, which reads what is there). ref/elementwise.c says what each computes.
 */
#include "tensor/cuda/columns.h"
#include "tensor/cuda/lanes.h"

enum { THREADS = 256 };

/* out may be x or y: each element is read before it is written, by the same thread. y NULL: read as
 * 0. */
template <bool WIDE, typename F>
static __global__ void map_kernel(int64_t n, F f, const float *x, const float *y, float *out,
                                  bool acc) {
    const int64_t step = (int64_t)gridDim.x * THREADS * 4;
    for (int64_t i = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * 4; i < n; i += step) {
        mg_four a = mg_load4<WIDE>(x, i, n), b = {}, r;
        if (y) b = mg_load4<WIDE>(y, i, n);
        for (int j = 0; j < 4; j++) r.v[j] = f(i + j, a.v[j], b.v[j]);
        mg_put4<WIDE>(out, i, n, r, acc);
    }
}

template <typename F>
static void map(mg_cuda *cu, int64_t n, F f, const float *x, const float *y, float *out, int acc) {
    if (!x || !out) return; /* an address without a mirror: mg_cuda_done tells */
    dim3 grid(mg_cuda_blocks(cu, n, THREADS, 4));
    if (mg_is_wide(n, x, y, out))
        mg_cuda_launch(cu, map_kernel<true, F>, grid, dim3(THREADS), n, f, x, y, out, acc != 0);
    else
        mg_cuda_launch(cu, map_kernel<false, F>, grid, dim3(THREADS), n, f, x, y, out, acc != 0);
}

/* ---- activations ---- */

template <mg_act ACT>
struct act_value {
    __device__ float operator()(int64_t, float x, float) const {
        if (ACT == MG_ACT_RELU) return x <= 0.0f ? 0.0f : x; /* NaN stays */
        if (ACT == MG_ACT_GELU) return 0.5f * x * (1.0f + erff(x * 0.70710678f));
        if (ACT == MG_ACT_TANH) return tanhf(x);
        if (ACT == MG_ACT_SIGMOID) return 1.0f / (1.0f + expf(-x));
        if (ACT == MG_ACT_EXP) return expf(x);
        if (ACT == MG_ACT_GELU_TANH)
            return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
        return x;
    }
};

/* dy act': `saved` is the value before act for the GELUs, the value after it for the others. */
template <mg_act ACT>
struct act_slope {
    __device__ float operator()(int64_t, float saved, float dy) const {
        if (ACT == MG_ACT_RELU) return dy * (saved > 0.0f ? 1.0f : 0.0f);
        if (ACT == MG_ACT_GELU)
            return dy * (0.5f * (1.0f + erff(saved * 0.70710678f)) +
                         saved * expf(-0.5f * saved * saved) * 0.39894228f);
        if (ACT == MG_ACT_TANH) return dy * (1.0f - saved * saved);
        if (ACT == MG_ACT_SIGMOID) return dy * saved * (1.0f - saved);
        if (ACT == MG_ACT_EXP) return dy * saved;
        if (ACT == MG_ACT_GELU_TANH) {
            const float z = saved * saved, u = tanhf(0.79788456f * saved * (1.0f + 0.044715f * z));
            return dy * (0.5f * (1.0f + u) +
                         0.5f * saved * (1.0f - u * u) * 0.79788456f * (1.0f + 0.134145f * z));
        }
        return dy;
    }
};

/* map with F<act> */
template <template <mg_act> class F>
static void map_act(mg_cuda *cu, int64_t n, mg_act act, const float *x, const float *y, float *out,
                    int acc) {
    switch (act) {
    case MG_ACT_RELU: map(cu, n, F<MG_ACT_RELU>{}, x, y, out, acc); break;
    case MG_ACT_GELU: map(cu, n, F<MG_ACT_GELU>{}, x, y, out, acc); break;
    case MG_ACT_TANH: map(cu, n, F<MG_ACT_TANH>{}, x, y, out, acc); break;
    case MG_ACT_GELU_TANH: map(cu, n, F<MG_ACT_GELU_TANH>{}, x, y, out, acc); break;
    case MG_ACT_SIGMOID: map(cu, n, F<MG_ACT_SIGMOID>{}, x, y, out, acc); break;
    case MG_ACT_EXP: map(cu, n, F<MG_ACT_EXP>{}, x, y, out, acc); break;
    case MG_ACT_NONE: map(cu, n, F<MG_ACT_NONE>{}, x, y, out, acc); break;
    }
}

/* 8 bytes an element */
void mg_dev_activate(mg_cuda *cu, int64_t n, mg_act act, const float *pre, float *y) {
    map_act<act_value>(cu, n, act, pre, NULL, y, 0);
}

int mg_cuda_act(mg_backend *be, int64_t n, mg_act act, const float *x, float *y) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_dev_activate(cu, n, act, mg_cuda_at(cu, x), mg_cuda_at(cu, y));
    return mg_cuda_done(cu, "act");
}

/* 12 bytes an element */
int mg_cuda_act_back(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                     float *dx, int acc) {
    mg_cuda *cu = mg_cuda_of(be);
    map_act<act_slope>(cu, n, act, mg_cuda_at(cu, saved), mg_cuda_at(cu, dy), mg_cuda_at(cu, dx),
                       acc);
    return mg_cuda_done(cu, "act_back");
}

/* ---- arithmetic ---- */

struct multiple {
    float a;
    __device__ float operator()(int64_t, float x, float) const { return a * x; }
};
struct combination {
    float a, b;
    __device__ float operator()(int64_t, float x, float y) const { return a * x + b * y; }
};
struct multiple_by {
    const float *factor;
    __device__ float operator()(int64_t, float x, float) const { return *factor * x; }
};
struct product {
    __device__ float operator()(int64_t, float x, float y) const { return x * y; }
};
struct dropped {
    uint64_t key;
    uint32_t threshold;
    float up; /* 1 / (1 - p) */
    __device__ float operator()(int64_t i, float x, float) const {
        return mg_dev_dropout_bits(key, (uint32_t)i) >= threshold ? x * up : 0.0f;
    }
};

/* 12 bytes an element, 8 without y */
int mg_cuda_axpby(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                  float *out) {
    mg_cuda *cu = mg_cuda_of(be);
    const float *dx = mg_cuda_at(cu, x), *dy = mg_cuda_at(cu, y);
    float *dout = mg_cuda_at(cu, out);
    if (y)
        map(cu, n, combination{a, b}, dx, dy, dout, 0);
    else
        map(cu, n, multiple{a}, dx, NULL, dout, 0);
    return mg_cuda_done(cu, "axpby");
}

/* 8 bytes an element */
int mg_cuda_scale_by(mg_backend *be, int64_t n, const float *factor, const float *x, float *out,
                     int acc) {
    mg_cuda *cu = mg_cuda_of(be);
    const float *by = mg_cuda_at(cu, factor);
    if (by) map(cu, n, multiple_by{by}, mg_cuda_at(cu, x), NULL, mg_cuda_at(cu, out), acc);
    return mg_cuda_done(cu, "scale_by");
}

/* 12 bytes an element */
int mg_cuda_mul(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc) {
    mg_cuda *cu = mg_cuda_of(be);
    map(cu, n, product{}, mg_cuda_at(cu, x), mg_cuda_at(cu, y), mg_cuda_at(cu, out), acc);
    return mg_cuda_done(cu, "mul");
}

/* 8 bytes an element: the mask is computed again in backward, not kept */
int mg_cuda_dropout(mg_backend *be, int64_t n, float p, uint64_t key, const float *x, float *y,
                    int acc) {
    mg_cuda *cu = mg_cuda_of(be);
    map(cu, n, dropped{key, mg_dropout_threshold(p), 1.0f / (1.0f - p)}, mg_cuda_at(cu, x), NULL,
        mg_cuda_at(cu, y), acc);
    return mg_cuda_done(cu, "dropout");
}

/* ---- bf16 ---- */

template <bool WIDE, typename From, typename To>
static __global__ void convert_kernel(int64_t n, const From *x, To *y) {
    const int64_t step = (int64_t)gridDim.x * THREADS * 4;
    for (int64_t i = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * 4; i < n; i += step)
        mg_store4<WIDE>(y, i, n, mg_load4<WIDE>(x, i, n));
}

template <typename From, typename To>
static void convert(mg_cuda *cu, int64_t n, const From *x, To *y) {
    dim3 grid(mg_cuda_blocks(cu, n, THREADS, 4));
    if (mg_is_wide(n, x, y))
        mg_cuda_launch(cu, convert_kernel<true, From, To>, grid, dim3(THREADS), n, x, y);
    else
        mg_cuda_launch(cu, convert_kernel<false, From, To>, grid, dim3(THREADS), n, x, y);
}

/* 6 bytes an element */
void mg_dev_to_half(mg_cuda *cu, int64_t n, const float *x, uint16_t *y) {
    if (x && y) convert(cu, n, x, y);
}
void mg_dev_from_half(mg_cuda *cu, int64_t n, const uint16_t *x, float *y) {
    if (x && y) convert(cu, n, x, y);
}

/* ---- column sums ---- */

template <bool WIDE>
struct plain_terms {
    enum { SUMS = 1 };
    const float *x;
    int64_t cols;
    __device__ void start(int64_t) {}
    __device__ void add(int64_t i, int64_t c, double (*s)[4]) const {
        mg_four v = mg_load4<WIDE>(x + i * cols, c, cols);
        for (int j = 0; j < 4; j++) s[0][j] += v.v[j];
    }
};

/* 4 bytes an element; two launches */
void mg_dev_column_sums(mg_cuda *cu, int64_t n, int64_t cols, const float *x, float *out) {
    if (!x || !out) return;
    if (mg_is_wide(cols, x))
        mg_columns_sum(cu, n, cols, plain_terms<true>{x, cols}, mg_add_columns<1>{{out}});
    else
        mg_columns_sum(cu, n, cols, plain_terms<false>{x, cols}, mg_add_columns<1>{{out}});
}
