/* errors.cu - failures of the CUDA backend, and which GPU a thread works on.
 *
 * There are two kinds. A CUDA error is final: an illegal access or a lost device ends the context,
 * and whatever came after would be nonsense. The first reason is kept, every later call gives it. A
 * refusal (no room, an address without a mirror) ends one call.
 */
#include "tensor/cuda/cuda.h"

int mg_cuda_check(mg_cuda *cu, cudaError_t e, const char *what) {
    if (cu->dead) return 1;
    if (e == cudaSuccess) return 0;
    snprintf(cu->be->reason, sizeof cu->be->reason, "%s: %s", what, cudaGetErrorString(e));
    cu->dead = true;
    return 1;
}

int mg_cuda_refuse(mg_cuda *cu, const char *fmt, ...) {
    if (cu->dead || cu->refused) return 1; /* the first reason is the cause of the others */
    va_list args;
    va_start(args, fmt);
    vsnprintf(cu->be->reason, sizeof cu->be->reason, fmt, args);
    va_end(args);
    cu->refused = true;
    return 1;
}

int mg_cuda_done(mg_cuda *cu, const char *kernel) {
    const bool refused = cu->refused;
    cu->refused = false;
    return mg_cuda_check(cu, cudaGetLastError(), kernel) || refused;
}

int mg_cuda_enter(mg_cuda *cu) {
    return cu->dead || mg_cuda_check(cu, cudaSetDevice(cu->gpu), "choose the GPU");
}
