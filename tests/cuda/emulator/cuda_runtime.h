/* cuda_runtime.h - a stand-in for CUDA's header of this name: with it the sources of
 * src/tensor/cuda compile with a C++ compiler and run without a GPU. It has what they use (cuda.h
 * there says which subset that is) under CUDA's names, values and signatures. A call that is
 * missing here does not compile. Four files are behind it:
 *
 *   device.cc     devices, errors, memory
 *   fibers.cc     the threads of a block
 *   streams.cc    streams, events, copies
 *   cublaslt.cc   cublasLt.h
 *
 * A kernel is an ordinary function, run once for each thread. One thread of the program is inside
 * the emulator at a time, and it runs the blocks one after another; so threadIdx and shared memory
 * are plain static variables. emulator.h is for the tests.
 */
#ifndef MG_EMU_CUDA_RUNTIME_H
#define MG_EMU_CUDA_RUNTIME_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <math.h>
#include <tuple>
#include <type_traits>
#include <utility>

#define CUDART_VERSION 13000

/* ---- the language ---- */

#define __global__
#define __device__
#define __host__
#define __shared__      static
#define __constant__    static const
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct uint3 {
    unsigned x, y, z;
};
struct alignas(8) int2 {
    int x, y;
};
struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) int4 {
    int x, y, z, w;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(8) ushort4 {
    unsigned short x, y, z, w;
};
struct alignas(4) char4 {
    signed char x, y, z, w;
};
static inline int2 make_int2(int x, int y) { return {x, y}; }
static inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) {
    return {x, y, z, w};
}
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline ushort4 make_ushort4(unsigned short x, unsigned short y, unsigned short z,
                                   unsigned short w) {
    return {x, y, z, w};
}

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
enum { warpSize = 32 };

/* ---- threads of a block (fibers.cc) ---- */

enum mg_emu_meeting { /* what the 32 lanes of a warp do together */
                      MG_EMU_SYNCWARP,
                      MG_EMU_SHUFFLE,
                      MG_EMU_SHUFFLE_XOR,
                      MG_EMU_SHUFFLE_UP,
                      MG_EMU_SHUFFLE_DOWN,
                      MG_EMU_LOAD,
                      MG_EMU_MMA,
                      MG_EMU_STORE,
};
/* Waits until all lanes are here with the same meeting; the last one calls act with the lanes'
 * arguments. */
typedef void mg_emu_act(void *const lanes[32]);
void mg_emu_meet(mg_emu_meeting meeting, void *argument, mg_emu_act *act);
/* Not a meeting, but all lanes must come by with the same arguments before their next one, or
 * before they end. */
void mg_emu_note(mg_emu_meeting what, const void *address, unsigned more);
/* The kernel stops with this reason, which cudaGetErrorString then gives. */
[[noreturn]] void mg_emu_stop(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void __syncthreads();
void __syncwarp(unsigned mask = 0xFFFFFFFFu);
uint64_t mg_emu_shuffle(mg_emu_meeting how, unsigned mask, uint64_t bits, int param, int width);

template <typename T>
static inline T mg_emu_shuffled(mg_emu_meeting how, unsigned mask, T x, int param, int width) {
    static_assert(std::is_arithmetic<T>::value && sizeof(T) >= 4 && sizeof(T) <= 8,
                  "a shuffle moves 4 or 8 bytes");
    uint64_t bits = 0;
    std::memcpy(&bits, &x, sizeof x);
    bits = mg_emu_shuffle(how, mask, bits, param, width);
    std::memcpy(&x, &bits, sizeof x);
    return x;
}
template <typename T>
static inline T __shfl_sync(unsigned mask, T x, int lane, int width = 32) {
    return mg_emu_shuffled(MG_EMU_SHUFFLE, mask, x, lane, width);
}
template <typename T>
static inline T __shfl_xor_sync(unsigned mask, T x, int lanes, int width = 32) {
    return mg_emu_shuffled(MG_EMU_SHUFFLE_XOR, mask, x, lanes, width);
}
template <typename T>
static inline T __shfl_up_sync(unsigned mask, T x, unsigned by, int width = 32) {
    return mg_emu_shuffled(MG_EMU_SHUFFLE_UP, mask, x, (int)by, width);
}
template <typename T>
static inline T __shfl_down_sync(unsigned mask, T x, unsigned by, int width = 32) {
    return mg_emu_shuffled(MG_EMU_SHUFFLE_DOWN, mask, x, (int)by, width);
}

/* ---- device functions ---- */

template <typename T>
static inline T __ldg(const T *p) {
    return *p;
}
static inline float __uint_as_float(unsigned u) {
    float f;
    std::memcpy(&f, &u, sizeof f);
    return f;
}
static inline unsigned __float_as_uint(float f) {
    unsigned u;
    std::memcpy(&u, &f, sizeof u);
    return u;
}
static inline float __int_as_float(int i) { return __uint_as_float((unsigned)i); }
static inline int __float_as_int(float f) { return (int)__float_as_uint(f); }
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
#define __expf(x) expf(x) /* glibc has other functions of these names */
#define __logf(x) logf(x)
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __fadd_rn(float x, float y) { return x + y; }
static inline float __fmul_rn(float x, float y) { return x * y; }
static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
static inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
static inline long min(long a, long b) { return a < b ? a : b; }
static inline long max(long a, long b) { return a > b ? a : b; }
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }

/* ---- errors and devices (device.cc) ---- */

typedef enum cudaError {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInvalidMemcpyDirection = 21,
    cudaErrorInsufficientDriver = 35,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorIllegalInstruction = 715,
    cudaErrorLaunchFailure = 719,
    cudaErrorNotSupported = 801,
    cudaErrorUnknown = 999,
} cudaError_t;
const char *cudaGetErrorString(cudaError_t e);
const char *cudaGetErrorName(cudaError_t e);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();

struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem, sharedMemPerBlock;
    int major, minor, multiProcessorCount, maxThreadsPerBlock, warpSize;
};
enum cudaDeviceAttr {
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76
};
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaMemGetInfo(size_t *free, size_t *total);
cudaError_t cudaMalloc(void **p, size_t bytes);
template <typename T>
static inline cudaError_t cudaMalloc(T **p, size_t bytes) {
    return cudaMalloc((void **)(void *)p, bytes);
}
cudaError_t cudaFree(void *p);
enum {
    cudaHostAllocDefault = 0,
    cudaHostAllocPortable = 1,
    cudaHostAllocMapped = 2,
    cudaHostAllocWriteCombined = 4
};
cudaError_t cudaHostAlloc(void **p, size_t bytes, unsigned flags);
template <typename T>
static inline cudaError_t cudaHostAlloc(T **p, size_t bytes, unsigned flags) {
    return cudaHostAlloc((void **)(void *)p, bytes, flags);
}
cudaError_t cudaMallocHost(void **p, size_t bytes);
template <typename T>
static inline cudaError_t cudaMallocHost(T **p, size_t bytes) {
    return cudaMallocHost((void **)(void *)p, bytes);
}
cudaError_t cudaFreeHost(void *p);

/* ---- streams, events, copies (streams.cc) ---- */

typedef struct CUstream_st *cudaStream_t;
typedef struct CUevent_st *cudaEvent_t;
enum { cudaStreamDefault = 0, cudaStreamNonBlocking = 1 };
enum { cudaEventDefault = 0, cudaEventBlockingSync = 1, cudaEventDisableTiming = 2 };
enum cudaMemcpyKind {
    cudaMemcpyHostToHost = 0,
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3,
    cudaMemcpyDefault = 4
};
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *s, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t s);
cudaError_t cudaStreamSynchronize(cudaStream_t s);
cudaError_t cudaStreamQuery(cudaStream_t s);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t e, unsigned flags = 0);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *e, unsigned flags);
cudaError_t cudaEventDestroy(cudaEvent_t e);
cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s);
cudaError_t cudaEventSynchronize(cudaEvent_t e);
cudaError_t cudaEventQuery(cudaEvent_t e);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t s);
cudaError_t cudaMemsetAsync(void *p, int value, size_t bytes, cudaStream_t s);

/* ---- launching ---- */

struct cudaLaunchAttribute;
typedef struct cudaLaunchConfig_st {
    dim3 gridDim, blockDim;
    size_t dynamicSmemBytes;
    cudaStream_t stream;
    cudaLaunchAttribute *attrs;
    unsigned numAttrs;
} cudaLaunchConfig_t;
/* arguments: what a real launch would copy to the device, searched for addresses of the host. */
struct mg_emu_bytes {
    const void *at;
    size_t n;
};
cudaError_t mg_emu_launch(const cudaLaunchConfig_t *config, std::function<void()> thread,
                          const mg_emu_bytes *arguments, int n);

/* x as bytes, what lies between its members cleared: that may look like an address. */
template <typename T>
static inline mg_emu_bytes mg_emu_bytes_of(T &x) {
    if constexpr (std::is_class<T>::value) {
#if __has_builtin(__builtin_clear_padding)
        __builtin_clear_padding(&x);
#else
        return {nullptr, 0};
#endif
    }
    return {&x, sizeof x};
}

template <typename... Expected, typename... Given>
static inline cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config,
                                             void (*kernel)(Expected...), Given &&...given) {
    static_assert((std::is_trivially_copyable<Expected>::value && ...),
                  "a kernel's arguments are copied as bytes");
    std::tuple<Expected...> args(std::forward<Given>(given)...);
    return std::apply(
        [&](Expected... a) { /* copies */
                             const mg_emu_bytes bytes[] = {mg_emu_bytes_of(a)..., {nullptr, 0}};
                             return mg_emu_launch(
                                 config, [kernel, args] { std::apply(kernel, args); }, bytes,
                                 (int)sizeof...(a));
        },
        args);
}

#endif
