/* cuda_runtime_api.h - what src/base/ranks/nccl.c uses of CUDA, for a test without it. */
#ifndef MG_TESTS_CUDA_RUNTIME_API_H
#define MG_TESTS_CUDA_RUNTIME_API_H

typedef enum { cudaSuccess = 0, cudaErrorInvalidValue = 1, cudaErrorNotReady = 600 } cudaError_t;
typedef struct CUstream_st *cudaStream_t;
struct cudaPointerAttributes {
    int device;
};

cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *at, const void *p);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaStreamQuery(cudaStream_t stream);

#endif
