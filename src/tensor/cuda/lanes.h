/* lanes.h - four numbers a thread: the loads and stores of the CUDA maps, sums and row kernels.
 *
 * WIDE kernels load and store 16 bytes at once (8 of bf16, 4 of int8). The others go element by
 * element; they are for the rare shapes and addresses that mg_is_wide refuses. Both give a thread
 * the same four elements, so results are the same.
 */
#ifndef MG_CUDA_LANES_H
#define MG_CUDA_LANES_H

#include "tensor/cuda/cuda.h"

struct mg_four {
    float v[4];
};

/* True when rows of `cols` elements from these addresses (NULL: none) can be read four at a
 * time. */
template <typename... T>
static inline bool mg_is_wide(int64_t cols, const T *...p) {
    return cols % 4 == 0 && (((uintptr_t)p % (4 * sizeof(T)) == 0) && ...);
}

/* Elements i .. i+3 of p[n]; those at n and beyond are 0. i is a multiple of 4. */
template <bool WIDE>
static __device__ __forceinline__ mg_four mg_load4(const float *p, int64_t i, int64_t n) {
    mg_four r = {};
    if (!WIDE) {
        for (int j = 0; j < 4; j++) r.v[j] = i + j < n ? p[i + j] : 0.0f;
    } else if (i < n) {
        float4 x = *(const float4 *)(p + i);
        r = {{x.x, x.y, x.z, x.w}};
    }
    return r;
}

/* bf16 */
template <bool WIDE>
static __device__ __forceinline__ mg_four mg_load4(const uint16_t *p, int64_t i, int64_t n) {
    mg_four r = {};
    if (!WIDE) {
        for (int j = 0; j < 4; j++) r.v[j] = i + j < n ? mg_dev_wide(p[i + j]) : 0.0f;
    } else if (i < n) {
        ushort4 x = *(const ushort4 *)(p + i);
        r = {{mg_dev_wide(x.x), mg_dev_wide(x.y), mg_dev_wide(x.z), mg_dev_wide(x.w)}};
    }
    return r;
}

template <bool WIDE>
static __device__ __forceinline__ mg_four mg_load4(const int8_t *p, int64_t i, int64_t n) {
    mg_four r = {};
    if (!WIDE) {
        for (int j = 0; j < 4; j++) r.v[j] = i + j < n ? (float)p[i + j] : 0.0f;
    } else if (i < n) {
        char4 x = *(const char4 *)(p + i);
        r = {{(float)x.x, (float)x.y, (float)x.z, (float)x.w}};
    }
    return r;
}

/* Those below n. */
template <bool WIDE>
static __device__ __forceinline__ void mg_store4(float *p, int64_t i, int64_t n, mg_four r) {
    if (!WIDE) {
        for (int j = 0; j < 4; j++)
            if (i + j < n) p[i + j] = r.v[j];
    } else if (i < n) {
        *(float4 *)(p + i) = make_float4(r.v[0], r.v[1], r.v[2], r.v[3]);
    }
}

/* The same, rounded to bf16. */
template <bool WIDE>
static __device__ __forceinline__ void mg_store4(uint16_t *p, int64_t i, int64_t n, mg_four r) {
    if (!WIDE) {
        for (int j = 0; j < 4; j++)
            if (i + j < n) p[i + j] = mg_dev_half(r.v[j]);
    } else if (i < n) {
        *(ushort4 *)(p + i) = make_ushort4(mg_dev_half(r.v[0]), mg_dev_half(r.v[1]),
                                           mg_dev_half(r.v[2]), mg_dev_half(r.v[3]));
    }
}

/* p (+)= r */
template <bool WIDE>
static __device__ __forceinline__ void mg_put4(float *p, int64_t i, int64_t n, mg_four r,
                                               bool acc) {
    if (acc) {
        mg_four old = mg_load4<WIDE>(p, i, n);
        for (int j = 0; j < 4; j++) r.v[j] += old.v[j];
    }
    mg_store4<WIDE>(p, i, n, r);
}

#endif
