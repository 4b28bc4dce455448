/* ranks.h - processes that work together: numbers between them, and nothing else.
 *
 * The library knows this table alone and links no MPI. libmolglot_mpi.so (mpi.c) fills it; another
 * library that exports the one function below can stand in its place: libmolglot_nccl.so (nccl.c)
 * takes MPI's table and adds sums of numbers that are on GPUs. All ranks must make the same calls
 * in the same order; a call returns when the numbers are there. A call that fails is final: the run
 * has to end (mg_ranks.end).
 */
#ifndef MG_RANKS_H
#define MG_RANKS_H

#include "base/base.h"

enum { MG_RANKS_VERSION = 2 };

typedef struct mg_ranks mg_ranks;
struct mg_ranks {
    int rank, size; /* 0 .. size - 1 */
    void *self;
    /* Replaces x [n] by the sum over all ranks, the same bytes on each. 0, or another number. */
    int (*sum_f32)(void *self, float *x, int64_t n);
    int (*sum_f64)(void *self, double *x, int64_t n);
    /* The same as sum_f32 of x [n] in a GPU's memory, after the work on `stream` (a cudaStream_t)
     * so far. NULL: numbers go through the host's memory. */
    int (*sum_device)(void *device, float *x, int64_t n, void *stream);
    void *device; /* given to it */
    /* Replaces each of x [n] by the largest of all ranks. */
    int (*most)(void *self, int64_t *x, int64_t n);
    /* Rank 0 gets `bytes` bytes of each rank in their order, into all [size][bytes]; elsewhere all
     * is not looked at. */
    int (*gather)(void *self, const void *mine, void *all, int64_t bytes);
    /* Until every rank is here; sleeps meanwhile, so that what one does alone has the cores. */
    int (*wait)(void *self);
    /* The regular end, on every rank. Frees the table. */
    void (*close)(mg_ranks *r);
    /* The end of all ranks with this exit code, now. Does not return. */
    void (*end)(mg_ranks *r, int code);
};

/* What the library exports as "molglot_ranks_new": begins, or NULL and why [n]. version and bytes
 * are MG_RANKS_VERSION and sizeof(mg_ranks) of who asks. */
typedef mg_ranks *mg_ranks_new_fn(int version, size_t bytes, char *why, size_t n);

/* Opens `library` (NULL: libmolglot_mpi.so) and begins. NULL, and err says what is missing. */
mg_ranks *mg_ranks_open(const char *library, molglot_error *err);
/* NULL: nothing happens. */
void mg_ranks_close(mg_ranks *r);

/* Those that accept NULL for "this process alone", and report a failure. */
static inline int mg_ranks_rank(const mg_ranks *r) { return r ? r->rank : 0; }
static inline int mg_ranks_size(const mg_ranks *r) { return r ? r->size : 1; }
int mg_ranks_sum(const mg_ranks *r, float *x, int64_t n, molglot_error *err);
/* Where every rank can (there: this one's x in a GPU's memory, or NULL), sums x [n] there, and
 * *done is true. Else nothing is done. */
int mg_ranks_sum_there(const mg_ranks *r, float *there, int64_t n, void *stream, bool *done,
                       molglot_error *err);
int mg_ranks_sum_f64(const mg_ranks *r, double *x, int64_t n, molglot_error *err);
int mg_ranks_most(const mg_ranks *r, int64_t *x, int64_t n, molglot_error *err);
int mg_ranks_gather(const mg_ranks *r, const void *mine, void *all, int64_t bytes,
                    molglot_error *err);
int mg_ranks_wait(const mg_ranks *r, molglot_error *err);
/* Rank 0's value, on all of them; *x is not negative. */
int mg_ranks_share(const mg_ranks *r, int64_t *x, molglot_error *err);
/* Whether all ranks have the same number. */
int mg_ranks_agree(const mg_ranks *r, uint64_t x, bool *same, molglot_error *err);

#endif
