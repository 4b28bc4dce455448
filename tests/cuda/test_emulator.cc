/* test_emulator.cc - the emulator itself: small kernels and calls with known results, and every
 * mistake that it is there to find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
extern "C" {
#include <cmocka.h>
}

#include "cublasLt.h"
#include "cuda_bf16.h"
#include "cuda_runtime.h"
#include "emulator.h"
#include "mma.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <vector>

enum { N = 1000, BLOCK = 128 };

/* ---- settings and device arrays ---- */

static void settings(const char *mode, const char *order, const char *guard, const char *fail) {
    setenv("MG_EMU_MODE", mode, 1);
    setenv("MG_EMU_ORDER", order, 1);
    setenv("MG_EMU_GUARD", guard, 1);
    setenv("MG_EMU_FAIL", fail, 1);
    mg_emu_reset();
}

static cudaStream_t new_stream() {
    cudaStream_t s;
    assert_int_equal(cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking), cudaSuccess);
    return s;
}

static float *device_array(size_t n) {
    float *p;
    assert_int_equal(cudaMalloc(&p, n * sizeof(float)), cudaSuccess);
    return p;
}

template <typename... E, typename... G>
static cudaError_t launch(cudaStream_t s, dim3 grid, dim3 block, void (*kernel)(E...), G... args) {
    cudaLaunchConfig_t c = {};
    c.gridDim = grid, c.blockDim = block, c.stream = s;
    return cudaLaunchKernelEx(&c, kernel, static_cast<E>(args)...);
}

static std::vector<float> fetch(const float *p, size_t n, cudaStream_t s) {
    std::vector<float> out(n);
    assert_int_equal(cudaMemcpyAsync(out.data(), p, n * sizeof(float), cudaMemcpyDeviceToHost, s),
                     cudaSuccess);
    assert_int_equal(cudaStreamSynchronize(s), cudaSuccess);
    return out;
}

/* Everything given back, and no error left. */
static int check_clean(void **) {
    mg_emu_counts c;
    mg_emu_count(&c);
    assert_int_equal(c.device_bytes, 0);
    assert_int_equal(c.pinned_bytes, 0);
    assert_int_equal(c.handles, 0);
    settings("now", "0", "0", "");
    return 0;
}

/* ---- kernels ---- */

static __global__ void fill(int n, float value, float *y) {
    for (int i = blockIdx.x * BLOCK + threadIdx.x; i < n; i += gridDim.x * BLOCK)
        y[i] = value + (float)i;
}

/* One block; tree in shared memory, then warp 0 by shuffles. */
static __global__ void sum(int n, const float *x, float *y) {
    __shared__ float part[BLOCK];
    float s = 0.0f;
    for (int i = threadIdx.x; i < n; i += BLOCK) s += x[i];
    part[threadIdx.x] = s;
    for (int half = BLOCK / 2; half >= 32; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
    }
    if (threadIdx.x >= 32) return;
    __syncwarp();
    s = part[threadIdx.x];
    for (int step = 16; step > 0; step /= 2) s += __shfl_xor_sync(0xFFFFFFFFu, s, step);
    if (threadIdx.x == 0) *y = s;
}

static __global__ void shuffles(float *y) {
    const float lane = (float)(threadIdx.x % 32);
    y[threadIdx.x] = __shfl_sync(0xFFFFFFFFu, lane, 7) * 1000000.0f +
                     __shfl_up_sync(0xFFFFFFFFu, lane, 1) * 10000.0f +
                     __shfl_down_sync(0xFFFFFFFFu, lane, 2) * 100.0f +
                     __shfl_xor_sync(0xFFFFFFFFu, lane, 3, 8);
}

/* Reads the neighbour's element without a barrier: a race. */
static __global__ void race(float *y) {
    __shared__ float x[BLOCK];
    x[threadIdx.x] = -1.0f;
    __syncthreads();
    x[threadIdx.x] = (float)threadIdx.x;
    y[threadIdx.x] = x[(threadIdx.x + 1) % BLOCK];
}

static __global__ void half_at_barrier() {
    if (threadIdx.x < 40) __syncthreads();
}
static __global__ void half_in_shuffle(float *y) {
    if (threadIdx.x % 32 < 5) *y = __shfl_xor_sync(0xFFFFFFFFu, 1.0f, 1);
}
static __global__ void two_meetings(float *y) {
    if (threadIdx.x % 2)
        __syncwarp();
    else
        *y = __shfl_xor_sync(0xFFFFFFFFu, 1.0f, 1);
}
static __global__ void part_mask(float *y) { *y = __shfl_xor_sync(0xFFFFu, 1.0f, 1); }
static __global__ void write_at(float *y, int64_t i) { y[i] = 1.0f; }
static __global__ void read_four(const float *x, float *y) {
    const float4 v = *(const float4 *)x;
    *y = v.x + v.w;
}
static __global__ void multiply_ints(int a, int b, float *y) { *y = (float)(a * b); }
static __global__ void nothing() {}
static __global__ void store_apart(float *y) {
    nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, 16, float> f;
    nvcuda::wmma::fill_fragment(f, 1.0f);
    nvcuda::wmma::store_matrix_sync(y + (threadIdx.x < 7 ? 256 : 0), f, 16,
                                    nvcuda::wmma::mem_row_major);
}

/* c = a b + 1 of 16x16, b given by columns. */
static __global__ void tile(const __nv_bfloat16 *a, const __nv_bfloat16 *b, float *c) {
    using namespace nvcuda;
    wmma::fragment<wmma::matrix_a, 16, 16, 16, __nv_bfloat16, wmma::row_major> fa;
    wmma::fragment<wmma::matrix_b, 16, 16, 16, __nv_bfloat16, wmma::col_major> fb;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> fc;
    wmma::fill_fragment(fc, 0.5f);
    for (int i = 0; i < fc.num_elements; i++) fc.x[i] *= 2.0f;
    wmma::load_matrix_sync(fa, a, 24);
    wmma::load_matrix_sync(fb, b, 16);
    wmma::mma_sync(fc, fa, fb, fc);
    wmma::store_matrix_sync(c, fc, 20, wmma::mem_row_major);
}

/* ---- tests of what works ---- */

static void kernels_compute(void **) {
    for (const char *order : {"0", "1", "2"}) {
        settings("now", order, "1", "");
        cudaStream_t s = new_stream();
        float *x = device_array(N), *y = device_array(BLOCK);
        assert_int_equal(launch(s, dim3(3), dim3(BLOCK), fill, N, 0.5f, x), cudaSuccess);
        assert_int_equal(launch(s, dim3(1), dim3(BLOCK), sum, N, x, y), cudaSuccess);
        assert_true(fetch(y, 1, s)[0] == N * 0.5f + N * (N - 1) / 2.0f);
        assert_int_equal(launch(s, dim3(1), dim3(64), shuffles, y), cudaSuccess);
        assert_true(fetch(y, 64, s)[0] == 7000203.0f);  /* lane 0: 7, itself, 2, 3 */
        assert_true(fetch(y, 64, s)[37] == 7040706.0f); /* lane 5: 7, 4, 7, 6 */
        cudaFree(x), cudaFree(y), cudaStreamDestroy(s);
    }
}

static void orders_show_a_race(void **) {
    float seen[2];
    for (int order = 0; order < 2; order++) {
        settings("now", order ? "1" : "0", "0", "");
        cudaStream_t s = new_stream();
        float *y = device_array(BLOCK);
        launch(s, dim3(1), dim3(BLOCK), race, y);
        seen[order] = fetch(y, BLOCK, s)[10];
        cudaFree(y), cudaStreamDestroy(s);
    }
    assert_true(seen[0] != seen[1]);
}

static void tiles_multiply(void **) {
    settings("now", "2", "0", "");
    cudaStream_t s = new_stream();
    std::vector<__nv_bfloat16> a(16 * 24), b(16 * 16);
    for (int r = 0; r < 16; r++)
        for (int c = 0; c < 16; c++) {
            a[r * 24 + c] = __float2bfloat16_rn((float)(r - c));
            b[c * 16 + r] = __float2bfloat16_rn((float)(r + 2 * c));
        }
    float *da = device_array(256), *db = device_array(256), *dc = device_array(320);
    cudaMemcpyAsync(da, a.data(), a.size() * 2, cudaMemcpyHostToDevice, s);
    cudaMemcpyAsync(db, b.data(), b.size() * 2, cudaMemcpyHostToDevice, s);
    launch(s, dim3(1), dim3(32), tile, (const __nv_bfloat16 *)da, (const __nv_bfloat16 *)db, dc);
    const std::vector<float> c = fetch(dc, 320, s);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 16; j++) {
            float want = 1.0f;
            for (int k = 0; k < 16; k++) want += (float)(i - k) * (float)(k + 2 * j);
            assert_true(c[i * 20 + j] == want);
        }
    assert_true(c[16] != c[16]); /* never written: NaN */
    cudaFree(da), cudaFree(db), cudaFree(dc), cudaStreamDestroy(s);
}

static void rounding_is_to_even(void **) {
    assert_int_equal(__bfloat16_as_ushort(__float2bfloat16_rn(__uint_as_float(0x3F808000u))),
                     0x3F80);
    assert_int_equal(__bfloat16_as_ushort(__float2bfloat16_rn(__uint_as_float(0x3F818000u))),
                     0x3F82);
    assert_int_equal(__bfloat16_as_ushort(__float2bfloat16_rn(__uint_as_float(0x3F808001u))),
                     0x3F81);
    assert_int_equal(__bfloat16_as_ushort(__float2bfloat16_rn(NAN)), 0x7FFF);
}

/* ---- tests of the mistakes: each makes its launch fail, and every call after it ---- */

template <typename... E, typename... G>
static void expect_failure(const char *what, dim3 block, void (*kernel)(E...), G... args) {
    settings("now", "0", "0", "");
    cudaStream_t s = new_stream();
    launch(s, dim3(1), block, kernel, args...);
    const cudaError_t e = cudaStreamSynchronize(s);
    assert_true(e == cudaErrorLaunchFailure || e == cudaErrorIllegalAddress);
    if (std::string(cudaGetErrorString(e)).find(what) == std::string::npos)
        fail_msg("'%s' is not in '%s'", what, cudaGetErrorString(e));
    assert_int_equal(launch(s, dim3(1), dim3(1), nothing), e);
    assert_int_equal(cudaGetLastError(), e);
    assert_int_equal(cudaGetLastError(), e);
    cudaStreamDestroy(s);
    mg_emu_reset();
}

static void mistakes_are_found(void **) {
    settings("now", "0", "0", "");
    float host = 0.0f, *y = device_array(64), *large = device_array(512);
    expect_failure("40 threads wait at __syncthreads, 0 for their warp, 24 have ended", dim3(64),
                   half_at_barrier);
    expect_failure("5 for their warp, 27 have ended", dim3(32), half_in_shuffle, y);
    expect_failure("wait in different calls", dim3(32), two_meetings, y);
    expect_failure("16 for their warp", dim3(48), shuffles, y);
    expect_failure("with the mask 0000ffff", dim3(32), part_mask, y);
    expect_failure("illegal address", dim3(1), write_at, y, (int64_t)64);
    expect_failure("thread (0,0,0) of block (0,0,0)", dim3(1), write_at, (float *)nullptr,
                   (int64_t)0);
    expect_failure("argument 0 of a kernel holds an address of the host", dim3(1), write_at, &host,
                   (int64_t)0);
    expect_failure("misaligned", dim3(1), read_four, (const float *)(y + 1), y);
    expect_failure("overflowing", dim3(1), multiply_ints, 1 << 20, 1 << 20, y);
    expect_failure("different arguments to wmma", dim3(32), store_apart, large);
    expect_failure("not a multiple of 32 bytes", dim3(32), store_apart, large + 4);
    cudaFree(y), cudaFree(large);
}

static void bad_launches_are_refused(void **) {
    settings("now", "0", "0", "");
    cudaStream_t s = new_stream();
    assert_int_equal(launch(s, dim3(1), dim3(1025), nothing), cudaErrorInvalidConfiguration);
    assert_int_equal(launch(s, dim3(0), dim3(32), nothing), cudaErrorInvalidConfiguration);
    assert_int_equal(launch(s, dim3(1, 65536), dim3(32), nothing), cudaErrorInvalidConfiguration);
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidConfiguration);
    assert_int_equal(cudaGetLastError(), cudaSuccess); /* such an error does not stay */
    assert_int_equal(launch(s, dim3(1), dim3(32), nothing), cudaSuccess);
    cudaSetDevice(1);
    assert_int_equal(launch(s, dim3(1), dim3(32), nothing), cudaErrorInvalidResourceHandle);
    cudaSetDevice(0);
    cudaStreamDestroy(s);
}

static void memory_is_limited(void **) {
    settings("now", "0", "0", "malloc:2");
    float *p, *q;
    size_t left, total;
    assert_int_equal(cudaMalloc(&p, 100), cudaSuccess);
    assert_int_equal(cudaMalloc(&q, 100), cudaErrorMemoryAllocation);
    /* 100 bytes too many */
    assert_int_equal(cudaMalloc(&q, (size_t)2048 << 20), cudaErrorMemoryAllocation);
    cudaMemGetInfo(&left, &total);
    assert_int_equal(total - left, 100);
    cudaFree(p);
    assert_int_equal(cudaFree(&left), cudaErrorInvalidValue);
    cudaGetLastError();
}

/* With the guard a host that reads device memory crashes; here the kernel reads for us and says
 * so. */
static void host_is_kept_out(void **) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    for (const char *guard : {"1", "0"}) {
        settings("now", "0", guard, "");
        cudaStream_t s = new_stream();
        float *y = device_array(BLOCK);
        launch(s, dim3(1), dim3(BLOCK), fill, BLOCK, 3.0f, y);
        const ssize_t n = write(ends[1], y, 4);
        assert_true(guard[0] == '1' ? n < 0 && errno == EFAULT : n == 4);
        assert_true(fetch(y, 1, s)[0] == 3.0f);
        cudaFree(y), cudaStreamDestroy(s);
    }
    close(ends[0]), close(ends[1]);
}

static void copies_are_checked(void **) {
    settings("now", "0", "0", "copy:3");
    cudaStream_t s = new_stream();
    float *p = device_array(8), x[16] = {0};
    assert_int_equal(cudaMemcpyAsync(p, x, sizeof x, cudaMemcpyHostToDevice, s),
                     cudaErrorInvalidValue);
    assert_int_equal(cudaMemcpyAsync(p, x, 32, cudaMemcpyDeviceToHost, s), cudaErrorInvalidValue);
    assert_int_equal(cudaMemcpyAsync(p, x, 32, cudaMemcpyHostToDevice, s), cudaErrorUnknown);
    assert_int_equal(cudaMemcpyAsync(p, x, 32, cudaMemcpyHostToDevice, s), cudaSuccess);
    cudaGetLastError();
    cudaFree(p), cudaStreamDestroy(s);
}

/* ---- streams ---- */

/* What the compute stream sees of an upload through pinned memory, which is overwritten afterwards;
 * with and without the waits. */
static float uploaded(const char *mode, bool wait_for_copy, bool wait_for_kernel) {
    settings(mode, "0", "0", "");
    cudaStream_t compute = new_stream(), copies = new_stream();
    cudaEvent_t copied, used;
    float *pinned, *up = device_array(2), *y = device_array(2);
    cudaEventCreateWithFlags(&copied, cudaEventDisableTiming);
    cudaEventCreateWithFlags(&used, cudaEventDisableTiming);
    cudaHostAlloc(&pinned, 2 * sizeof(float), cudaHostAllocDefault);
    for (int round = 0; round < 2; round++) {
        pinned[round] = (float)(round + 1);
        if (round && wait_for_kernel) cudaStreamWaitEvent(copies, used);
        cudaMemcpyAsync(up, pinned + round, sizeof(float), cudaMemcpyHostToDevice, copies);
        cudaEventRecord(copied, copies);
        if (wait_for_copy) cudaStreamWaitEvent(compute, copied);
        launch(compute, dim3(1), dim3(BLOCK), sum, 1, up, y + round);
        cudaEventRecord(used, compute);
    }
    const std::vector<float> seen = fetch(y, 2, compute);
    cudaStreamSynchronize(copies);
    cudaFree(up), cudaFree(y), cudaFreeHost(pinned), cudaEventDestroy(copied),
        cudaEventDestroy(used);
    cudaStreamDestroy(compute), cudaStreamDestroy(copies);
    return seen[0] * 10.0f + seen[1];
}

static void missing_waits_show(void **) {
    for (const char *mode : {"now", "late", "copies"})
        assert_true(uploaded(mode, true, true) == 12.0f);
    const float late = uploaded("late", false, true);
    assert_true(late != late); /* computed on memory that was never filled */
    /* the second upload came before the first was read */
    assert_true(uploaded("copies", true, false) == 22.0f);
}

static void work_waits_for_somebody(void **) {
    settings("late", "0", "0", "");
    cudaStream_t s = new_stream();
    cudaEvent_t e;
    cudaEventCreateWithFlags(&e, cudaEventDisableTiming);
    assert_int_equal(cudaEventQuery(e), cudaSuccess);
    float *y = device_array(4), *pinned;
    cudaMallocHost(&pinned, 4 * sizeof(float));
    pinned[0] = 0.0f;
    launch(s, dim3(1), dim3(BLOCK), fill, 4, 3.0f, y);
    cudaMemcpyAsync(pinned, y, 16, cudaMemcpyDeviceToHost, s);
    cudaEventRecord(e, s);
    assert_true(pinned[0] == 0.0f);
    int asked = 0;
    while (cudaEventQuery(e) == cudaErrorNotReady) asked++;
    assert_true(asked > 0 && pinned[0] == 3.0f && pinned[3] == 6.0f);
    cudaFree(y), cudaFreeHost(pinned), cudaEventDestroy(e), cudaStreamDestroy(s);
}

static void failed_launch_is_final(void **) {
    settings("late", "0", "0", "launch:2");
    cudaStream_t s = new_stream();
    float *y = device_array(4);
    assert_int_equal(launch(s, dim3(1), dim3(BLOCK), fill, 4, 3.0f, y), cudaSuccess);
    /* not known yet */
    assert_int_equal(launch(s, dim3(1), dim3(BLOCK), fill, 4, 3.0f, y), cudaSuccess);
    assert_int_equal(cudaGetLastError(), cudaSuccess);
    assert_int_equal(cudaStreamSynchronize(s), cudaErrorLaunchFailure);
    assert_int_equal(launch(s, dim3(1), dim3(BLOCK), fill, 4, 3.0f, y), cudaErrorLaunchFailure);
    assert_int_equal(cudaFree(y), cudaErrorLaunchFailure); /* but it is given back */
    cudaStreamDestroy(s);
}

/* ---- cuBLASLt ---- */

struct problem {
    cublasLtHandle_t handle;
    cublasLtMatmulDescOpaque_t desc;
    cublasLtMatrixLayoutOpaque_t a, b, c;
    cublasLtMatmulPreferenceOpaque_t preference;
};

/* D[m,n] = A[k,m]^T B[k,n] with leading dimensions two larger than needed. */
static problem problem_new(uint64_t m, uint64_t n, uint64_t k, uint32_t epilogue,
                           const float *bias) {
    problem p;
    const int32_t t = CUBLAS_OP_T;
    const uint64_t workspace = 1 << 20;
    cublasLtCreate(&p.handle);
    cublasLtMatmulDescInit(&p.desc, CUBLAS_COMPUTE_32F, CUDA_R_32F);
    assert_int_equal(
        cublasLtMatmulDescSetAttribute(&p.desc, CUBLASLT_MATMUL_DESC_TRANSA, &t, sizeof t),
        CUBLAS_STATUS_SUCCESS);
    assert_int_equal(cublasLtMatmulDescSetAttribute(&p.desc, CUBLASLT_MATMUL_DESC_TRANSA, &t, 8),
                     CUBLAS_STATUS_INVALID_VALUE);
    cublasLtMatmulDescSetAttribute(&p.desc, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue,
                                   sizeof epilogue);
    if (bias)
        cublasLtMatmulDescSetAttribute(&p.desc, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias,
                                       sizeof bias);
    cublasLtMatrixLayoutInit(&p.a, CUDA_R_32F, k, m, (int64_t)k + 2);
    cublasLtMatrixLayoutInit(&p.b, CUDA_R_32F, k, n, (int64_t)k + 2);
    cublasLtMatrixLayoutInit(&p.c, CUDA_R_32F, m, n, (int64_t)m + 2);
    cublasLtMatmulPreferenceInit(&p.preference);
    cublasLtMatmulPreferenceSetAttribute(&p.preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                         &workspace, sizeof workspace);
    return p;
}
static void products_are_by_columns(void **) {
    enum { M = 5, COLS = 3, K = 4 };
    settings("late", "0", "1", "");
    cudaStream_t s = new_stream();
    float *x = device_array(256), *y = device_array(64), *bias = device_array(M),
          *workspace = device_array(4096);
    launch(s, dim3(1), dim3(BLOCK), fill, 256, -7.0f, x);
    launch(s, dim3(1), dim3(BLOCK), fill, 64, 100.0f, y);
    launch(s, dim3(1), dim3(BLOCK), fill, M, -150.0f, bias);
    problem p = problem_new(M, COLS, K, CUBLASLT_EPILOGUE_RELU_BIAS, bias);
    cublasLtMatmulHeuristicResult_t found;
    int n;
    const float alpha = 2.0f, beta = 1.0f;
    assert_int_equal(cublasLtMatmulAlgoGetHeuristic(p.handle, &p.desc, &p.a, &p.b, &p.c, &p.c,
                                                    &p.preference, 1, &found, &n),
                     CUBLAS_STATUS_SUCCESS);
    assert_int_equal(n, 1);
    auto multiply = [&](const float *a, size_t room) {
        return cublasLtMatmul(p.handle, &p.desc, &alpha, a, &p.a, x, &p.b, &beta, y, &p.c, y, &p.c,
                              &found.algo, workspace, room, s);
    };
    /* 256 bytes were promised */
    assert_int_equal(multiply(x + 1, 16384), CUBLAS_STATUS_INVALID_VALUE);
    assert_int_equal(multiply(x, 0), CUBLAS_STATUS_INVALID_VALUE);
    assert_int_equal(multiply(x, 16384), CUBLAS_STATUS_SUCCESS);
    const std::vector<float> d = fetch(y, 64, s);
    for (int j = 0; j < COLS; j++)
        for (int i = 0; i < M; i++) {
            float want = 100.0f + (float)(j * (M + 2) + i) + (-150.0f + (float)i);
            for (int k = 0; k < K; k++)
                want += 2.0f * (float)(i * (K + 2) + k - 7) * (float)(j * (K + 2) + k - 7);
            assert_true(d[j * (M + 2) + i] == (want > 0.0f ? want : 0.0f));
        }
    assert_true(d[M] == 100.0f + M); /* between columns */
    cublasLtMatrixLayoutOpaque_t wrong;
    cublasLtMatrixLayoutInit(&wrong, CUDA_R_32F, M, COLS + 1, M + 2);
    assert_int_equal(cublasLtMatmulAlgoGetHeuristic(p.handle, &p.desc, &p.a, &p.b, &wrong, &wrong,
                                                    &p.preference, 1, &found, &n),
                     CUBLAS_STATUS_INVALID_VALUE);
    cublasLtDestroy(p.handle);
    cudaFree(x), cudaFree(y), cudaFree(bias), cudaFree(workspace), cudaStreamDestroy(s);
}

int main() {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(kernels_compute, check_clean),
        cmocka_unit_test_teardown(orders_show_a_race, check_clean),
        cmocka_unit_test_teardown(tiles_multiply, check_clean),
        cmocka_unit_test_teardown(rounding_is_to_even, check_clean),
        cmocka_unit_test_teardown(mistakes_are_found, check_clean),
        cmocka_unit_test_teardown(bad_launches_are_refused, check_clean),
        cmocka_unit_test_teardown(memory_is_limited, check_clean),
        cmocka_unit_test_teardown(host_is_kept_out, check_clean),
        cmocka_unit_test_teardown(copies_are_checked, check_clean),
        cmocka_unit_test_teardown(missing_waits_show, check_clean),
        cmocka_unit_test_teardown(work_waits_for_somebody, check_clean),
        cmocka_unit_test_teardown(failed_launch_is_final, check_clean),
        cmocka_unit_test_teardown(products_are_by_columns, check_clean),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
