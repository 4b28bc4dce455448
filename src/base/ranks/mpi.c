/* mpi.c - ranks by MPI: libmolglot_mpi.so, which nothing links and `--mpi` opens.
 *
 * Calls wait with MPI_Test and short sleeps where one rank works alone, and inside MPI elsewhere.
 * Sums go in pieces, since MPI counts in ints. Every algorithm of Open MPI for MPI_Allreduce adds
 * each number in one order and hands that sum to all ranks, so they hold the same bytes; training
 * compares them at every checkpoint.
 */
#include "base/ranks/ranks.h"

#include <mpi.h>
#include <stdlib.h>
#include <time.h>

#define PIECE ((int64_t)1 << 24) /* numbers a call */

static int sum(void *x, int64_t n, size_t size, MPI_Datatype type, MPI_Op op) {
    for (int64_t at = 0; at < n; at += PIECE) {
        const int some = (int)(n - at < PIECE ? n - at : PIECE);
        if (MPI_Allreduce(MPI_IN_PLACE, (char *)x + (size_t)at * size, some, type, op,
                          MPI_COMM_WORLD) != MPI_SUCCESS)
            return 1;
    }
    return 0;
}

static int sum_f32(void *self, float *x, int64_t n) {
    (void)self;
    return sum(x, n, sizeof *x, MPI_FLOAT, MPI_SUM);
}

static int sum_f64(void *self, double *x, int64_t n) {
    (void)self;
    return sum(x, n, sizeof *x, MPI_DOUBLE, MPI_SUM);
}

static int most(void *self, int64_t *x, int64_t n) {
    (void)self;
    return sum(x, n, sizeof *x, MPI_INT64_T, MPI_MAX);
}

static int gather(void *self, const void *mine, void *all, int64_t bytes) {
    (void)self;
    if (bytes < 0 || bytes > INT32_MAX) return 1;
    return MPI_Gather(mine, (int)bytes, MPI_BYTE, all, (int)bytes, MPI_BYTE, 0, MPI_COMM_WORLD) !=
           MPI_SUCCESS;
}

static int wait_for_all(void *self) {
    (void)self;
    MPI_Request request;
    int done = 0;
    if (MPI_Ibarrier(MPI_COMM_WORLD, &request) != MPI_SUCCESS) return 1;
    while (MPI_Test(&request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done)
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    return !done;
}

static void close_ranks(mg_ranks *r) {
    MPI_Finalize();
    free(r);
}

static void end_ranks(mg_ranks *r, int code) {
    (void)r;
    MPI_Abort(MPI_COMM_WORLD, code);
    _Exit(code);
}

__attribute__((visibility("default"))) mg_ranks *molglot_ranks_new(int version, size_t bytes,
                                                                   char *why, size_t n);
mg_ranks *molglot_ranks_new(int version, size_t bytes, char *why, size_t n) {
    int got, rank, size;
    if (version != MG_RANKS_VERSION || bytes != sizeof(mg_ranks)) {
        snprintf(why, n, "it belongs to another version of molglot");
        return NULL;
    }
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &got) != MPI_SUCCESS ||
        MPI_Comm_rank(MPI_COMM_WORLD, &rank) != MPI_SUCCESS ||
        MPI_Comm_size(MPI_COMM_WORLD, &size) != MPI_SUCCESS || got < MPI_THREAD_FUNNELED) {
        snprintf(why, n, "MPI does not begin");
        return NULL;
    }
    mg_ranks *r = malloc(sizeof *r);
    if (!r) {
        snprintf(why, n, "out of memory");
        return NULL;
    }
    *r = (mg_ranks){.rank = rank,
                    .size = size,
                    .sum_f32 = sum_f32,
                    .sum_f64 = sum_f64,
                    .most = most,
                    .gather = gather,
                    .wait = wait_for_all,
                    .close = close_ranks,
                    .end = end_ranks};
    return r;
}
