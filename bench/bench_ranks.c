/* bench_ranks.c - what a sum over ranks costs (base/ranks), by its size:
 *
 *   mpirun -n 2 build/bench/bench/bench_ranks
 *
 * Prints floats, megabytes, and milliseconds by the clock and of processor time, the best and the
 * mean of ten, of rank 0. */
#include "base/ranks/ranks.h"

#include <stdlib.h>
#include <time.h>

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void) {
    enum { TIMES = 10, MOST = 1 << 26 };
    molglot_error err;
    mg_ranks *r = mg_ranks_open(NULL, &err);
    float *x = malloc(MOST * sizeof *x);
    if (!r || !x) {
        fprintf(stderr, "%s\n", r ? "out of memory" : err.message);
        return 1;
    }
    for (int64_t i = 0; i < MOST; i++) x[i] = (float)i;
    if (!r->rank) printf("%d ranks\nfloats\tMB\tbest_ms\tmean_ms\tcpu_ms\n", r->size);
    for (int64_t n = 1; n <= MOST; n = n < 1024 ? 1024 : 8 * n) {
        double best = 1e9, begin = seconds(CLOCK_MONOTONIC),
               cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (int k = 0; k < TIMES; k++) {
            const double at = seconds(CLOCK_MONOTONIC);
            if (mg_ranks_sum(r, x, n, &err)) return 1;
            const double took = seconds(CLOCK_MONOTONIC) - at;
            if (took < best) best = took;
        }
        if (!r->rank)
            printf("%lld\t%.3f\t%.3f\t%.3f\t%.3f\n", (long long)n, (double)n * 4e-6, 1e3 * best,
                   1e3 * (seconds(CLOCK_MONOTONIC) - begin) / TIMES,
                   1e3 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / TIMES);
    }
    free(x);
    mg_ranks_close(r);
    return 0;
}
