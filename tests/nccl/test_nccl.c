/* test_nccl.c - libmolglot_nccl.so's own logic without a GPU: two threads are the ranks, host
 * memory is the GPU's, and NCCL is the few functions below. A stream says "not ready" twice and
 * writes the sum at the third question, so a call that does not wait shows. */
#include "../must.h"
#include "../two_ranks.h"

#include <cuda_runtime_api.h>
#include <nccl.h>

mg_ranks *mg_nccl_over(mg_ranks *inner);
mg_ranks *molglot_ranks_new(int version, size_t bytes, char *why, size_t n);

enum fault { NONE, NO_ID, NO_DEVICE, NO_BEGIN, REFUSED, LOST, BROKEN_STREAM };

struct CUstream_st {
    float sum[8], *to;
    size_t n;
    int asked;
};
struct ncclComm {
    int rank;
};

static enum fault fault;
static pthread_barrier_t both;
static const float *given[2];
static ncclUniqueId seen[2];
static struct ncclComm comms[2];
static int begun[2], ended[2], aborted[2], device[2];
static _Thread_local int me; /* this thread's rank */

ncclResult_t ncclGetUniqueId(ncclUniqueId *id) {
    if (fault == NO_ID) return ncclInternalError;
    for (size_t i = 0; i < sizeof id->internal; i++) id->internal[i] = (char)(250 - 3 * (int)i);
    return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t *comm, int size, ncclUniqueId id, int rank) {
    seen[rank] = id;
    begun[rank]++;
    if (size != 2 || rank != me || (fault == NO_BEGIN && rank)) return ncclInternalError;
    comms[rank].rank = rank;
    *comm = &comms[rank];
    return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) { return ended[comm->rank]++, ncclSuccess; }
ncclResult_t ncclCommAbort(ncclComm_t comm) { return aborted[comm->rank]++, ncclSuccess; }

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *code) {
    *code = fault == LOST && comm->rank ? ncclRemoteError : ncclSuccess;
    return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void *from, void *to, size_t n, ncclDataType_t type,
                           ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream) {
    if (fault == REFUSED || type != ncclFloat || op != ncclSum) return ncclInternalError;
    given[comm->rank] = from;
    pthread_barrier_wait(&both);
    for (size_t i = 0; i < n; i++) stream->sum[i] = given[0][i] + given[1][i];
    pthread_barrier_wait(&both);
    stream->to = to;
    stream->n = n;
    stream->asked = 0;
    return ncclSuccess;
}

cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *at, const void *p) {
    at->device = 3 + me;
    return !p || (fault == NO_DEVICE && me) ? cudaErrorInvalidValue : cudaSuccess;
}

cudaError_t cudaSetDevice(int chosen) { return device[me] = chosen, cudaSuccess; }

cudaError_t cudaStreamQuery(cudaStream_t s) {
    if (fault == BROKEN_STREAM) return cudaErrorInvalidValue;
    if (s->asked++ < 2 || fault == LOST)
        return me || fault != LOST ? cudaErrorNotReady : cudaSuccess;
    memcpy(s->to, s->sum, s->n * sizeof *s->to);
    return cudaSuccess;
}

typedef struct found {
    float x[3], one, host;
    int code, closed;
    bool done;
    char message[80];
} found;

static void work(mg_ranks *inner, void *user) {
    found *f = (found *)user + inner->rank;
    struct CUstream_st stream = {0};
    molglot_error err = {0};
    bool done = false;
    me = inner->rank;
    mg_ranks *r = mg_nccl_over(inner);
    for (int i = 0; i < 3; i++) f->x[i] = (float)(10 * i + me);
    f->one = f->host = (float)(1 + me);
    f->code = mg_ranks_sum_there(r, f->x, 3, &stream, &f->done, &err);
    snprintf(f->message, sizeof f->message, "%.79s", err.message);
    if (!f->code && fault == NONE)
        f->code = mg_ranks_sum_there(r, &f->one, 1, &stream, &done, NULL);
    if (!f->code && fault == NONE) f->code = mg_ranks_sum(r, &f->host, 1, NULL); /* MPI's own */
    r->close(r);
    f->closed = ((two_side *)inner->self)->closed;
}

static void run(enum fault which, found f[2]) {
    memset(f, 0, 2 * sizeof *f);
    memset(begun, 0, sizeof begun);
    memset(ended, 0, sizeof ended);
    memset(aborted, 0, sizeof aborted);
    memset(device, 0, sizeof device);
    fault = which;
    pthread_barrier_init(&both, NULL, 2);
    two_ranks(work, f);
    pthread_barrier_destroy(&both);
    for (int r = 0; r < 2; r++) assert_int_equal(f[r].closed, 1);
}

static void sums(void **state) {
    (void)state;
    found f[2];
    run(NONE, f);
    for (int r = 0; r < 2; r++) {
        assert_int_equal(f[r].code, 0);
        assert_true(f[r].done);
        assert_true(f[r].x[0] == 1 && f[r].x[1] == 21 && f[r].x[2] == 41);
        assert_true(f[r].one == 3 && f[r].host == 3);
        assert_int_equal(begun[r], 1); /* once for all sums */
        assert_int_equal(ended[r], 1);
        assert_int_equal(aborted[r], 0);
        assert_int_equal(device[r], 3 + r); /* the one that the numbers are on */
    }
    assert_memory_equal(&seen[0], &seen[1], sizeof seen[0]); /* bytes above 127, too */
}

/* Whoever fails before NCCL has begun: no rank waits for it. */
static void a_rank_that_cannot_begin(void **state) {
    (void)state;
    static const enum fault faults[] = {NO_ID, NO_DEVICE, NO_BEGIN};
    for (size_t i = 0; i < MG_COUNT(faults); i++) {
        found f[2];
        run(faults[i], f);
        for (int r = 0; r < 2; r++) {
            char want[40];
            snprintf(want, sizeof want, "rank %d lost the others", r);
            assert_int_equal(f[r].code, MOLGLOT_FAILED);
            assert_string_equal(f[r].message, want);
            assert_int_equal(begun[r], faults[i] == NO_BEGIN);
            assert_int_equal(ended[r], faults[i] == NO_BEGIN && !r);
        }
    }
}

static void a_sum_that_fails(void **state) {
    (void)state;
    static const enum fault faults[] = {REFUSED, LOST, BROKEN_STREAM};
    for (size_t i = 0; i < MG_COUNT(faults); i++) {
        found f[2];
        run(faults[i], f);
        for (int r = 0; r < 2; r++) {
            const bool fails = faults[i] != LOST || r; /* rank 1 sees that the other is gone */
            assert_int_equal(aborted[r], fails);
            assert_int_equal(ended[r], !fails);
            if (fails) assert_int_equal(f[r].code, MOLGLOT_FAILED);
        }
    }
}

static void another_version(void **state) {
    (void)state;
    char why[512] = "";
    assert_null(molglot_ranks_new(0, 1, why, sizeof why)); /* or there is no MPI at all */
    assert_true(strlen(why) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(a_rank_that_cannot_begin),
        cmocka_unit_test(a_sum_that_fails),
        cmocka_unit_test(another_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
