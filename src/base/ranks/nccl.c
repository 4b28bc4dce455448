/* nccl.c - ranks by MPI whose GPUs sum by NCCL: libmolglot_nccl.so, which nothing links and
 * MOLGLOT_RANKS names. It has run on no GPU yet: compiled against NVIDIA's headers, and tested
 * against stand-ins (tests/nccl).
 *
 * The table is MPI's (libmolglot_mpi.so, or whatever `inner` is) with one entry more. At the first
 * sum NCCL begins: rank 0 makes an id, which all get through MPI, and after each step all learn
 * whether one of them failed, so that none waits for it.
 *
 * A sum returns when the GPU has it. Until then NCCL is asked every 20 us whether a rank was lost;
 * what it says is in its own log (NCCL_DEBUG=WARN).
 */
#include "base/ranks/ranks.h"

#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <nccl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct nccl_ranks {
    mg_ranks table; /* given out; the first, so that close finds the rest */
    mg_ranks *inner;
    ncclComm_t comm; /* NULL: not begun */
} nccl_ranks;

/* Whether a rank failed; all of them get the same answer. */
static int some_failed(const nccl_ranks *s, bool failed) {
    int64_t one = failed;
    return s->inner->most(s->inner->self, &one, 1) || one;
}

/* Rank 0's id on all ranks: a number a byte, the others' smaller than any. */
static int share_id(const nccl_ranks *s, ncclUniqueId *id) {
    int64_t bytes[sizeof id->internal];
    const size_t n = sizeof id->internal;
    const bool failed = !s->inner->rank && ncclGetUniqueId(id) != ncclSuccess;
    if (some_failed(s, failed)) return 1;
    for (size_t i = 0; i < n; i++)
        bytes[i] = s->inner->rank ? INT64_MIN : (unsigned char)id->internal[i];
    if (s->inner->most(s->inner->self, bytes, (int64_t)n)) return 1;
    for (size_t i = 0; i < n; i++) id->internal[i] = (char)bytes[i];
    return 0;
}

/* On the GPU that x is on. */
static int begin(nccl_ranks *s, const float *x) {
    struct cudaPointerAttributes at;
    ncclUniqueId id;
    const bool failed = cudaPointerGetAttributes(&at, x) != cudaSuccess ||
                        cudaSetDevice(at.device) != cudaSuccess;
    if (some_failed(s, failed) || share_id(s, &id)) return 1;
    const ncclResult_t code = ncclCommInitRank(&s->comm, s->inner->size, id, s->inner->rank);
    if (code != ncclSuccess) s->comm = NULL;
    return some_failed(s, !s->comm);
}

static int give_up(nccl_ranks *s) {
    (void)ncclCommAbort(s->comm);
    s->comm = NULL;
    return 1;
}

static int wait_for(nccl_ranks *s, cudaStream_t stream) {
    for (;;) {
        ncclResult_t lost = ncclSuccess;
        const cudaError_t done = cudaStreamQuery(stream);
        if (done == cudaSuccess) return 0;
        if (done != cudaErrorNotReady || ncclCommGetAsyncError(s->comm, &lost) != ncclSuccess ||
            lost != ncclSuccess)
            return give_up(s);
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    }
}

static int sum_device(void *device, float *x, int64_t n, void *stream) {
    nccl_ranks *s = device;
    if (!s->comm && begin(s, x)) return 1;
    if (ncclAllReduce(x, x, (size_t)n, ncclFloat, ncclSum, s->comm, (cudaStream_t)stream) !=
        ncclSuccess)
        return give_up(s);
    return wait_for(s, (cudaStream_t)stream);
}

static void close_ranks(mg_ranks *r) {
    nccl_ranks *s = (nccl_ranks *)r;
    if (s->comm) (void)ncclCommDestroy(s->comm);
    s->inner->close(s->inner);
    free(s);
}

/* inner with sums on GPUs; closes it with itself. NULL: out of memory, and inner stays. */
mg_ranks *mg_nccl_over(mg_ranks *inner);
mg_ranks *mg_nccl_over(mg_ranks *inner) {
    nccl_ranks *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->inner = inner;
    s->table = *inner;
    s->table.sum_device = sum_device;
    s->table.device = s;
    s->table.close = close_ranks;
    return &s->table;
}

__attribute__((visibility("default"))) mg_ranks *molglot_ranks_new(int version, size_t bytes,
                                                                   char *why, size_t n);
mg_ranks *molglot_ranks_new(int version, size_t bytes, char *why, size_t n) {
    /* GLOBAL: as mg_ranks_open */
    void *lib = mg_plugin_open("libmolglot_mpi.so", RTLD_GLOBAL, why, n),
         *symbol = lib ? dlsym(lib, "molglot_ranks_new") : NULL;
    mg_ranks_new_fn *make;
    if (lib && !symbol) snprintf(why, n, "no molglot_ranks_new in libmolglot_mpi.so");
    if (!symbol) return NULL;
    memcpy(&make, &symbol, sizeof make);
    mg_ranks *inner = make(version, bytes, why, n), *all = inner ? mg_nccl_over(inner) : NULL;
    if (inner && !all) {
        snprintf(why, n, "out of memory");
        inner->close(inner);
    }
    return all;
}
