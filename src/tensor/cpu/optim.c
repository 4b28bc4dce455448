/* optim.c - the optimiser's passes over flat buffers: sum of squares, zeroing, AdamW. Bound by
 * memory: one pass each. */
#include "tensor/cpu/cpu.h"

#include <string.h>

enum { SUM_BLOCK = 1 << 16, SUM_BATCH = 1024 };

/* Blocks of fixed size, their sums added in order: the same number for any thread count. */
int mg_cpu_sumsq(mg_backend *be, int64_t n, const float *x, double *sum) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    double total = 0.0, sums[SUM_BATCH];
    for (int64_t at = 0; at < n; at += (int64_t)SUM_BATCH * SUM_BLOCK) {
        int64_t here = n - at < (int64_t)SUM_BATCH * SUM_BLOCK ? n - at
                                                               : (int64_t)SUM_BATCH * SUM_BLOCK;
        int blocks = (int)((here + SUM_BLOCK - 1) / SUM_BLOCK);
#pragma omp parallel for num_threads(be->threads) schedule(static) if (blocks > 1)
        for (int i = 0; i < blocks; i++) {
            int64_t from = (int64_t)i * SUM_BLOCK;
            sums[i] = kernels->sumsq(here - from < SUM_BLOCK ? here - from : SUM_BLOCK,
                                     x + at + from);
        }
        for (int i = 0; i < blocks; i++) total += sums[i];
    }
    *sum = total;
    return 0;
}

int mg_cpu_zero(mg_backend *be, int64_t n, float *x) {
    int parts = mg_parts(be, n / 8);
    if (parts == 1) {
        memset(x, 0, (size_t)n * sizeof *x);
        return 0;
    }
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++) {
        mg_part part = mg_cut(n, parts, p);
        memset(x + part.at, 0, (size_t)(part.end - part.at) * sizeof *x);
    }
    return 0;
}

int mg_cpu_adamw(mg_backend *be, int64_t n, float *p, const float *g, float *m, float *v,
                 float *ema, uint16_t *shadow, const mg_adamw_args *a) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int parts = mg_parts(be, n);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int i = 0; i < parts; i++) {
        mg_part part = mg_cut(n, parts, i);
        int64_t at = part.at;
        kernels->adamw(part.end - at, p + at, g + at, m + at, v + at, ema ? ema + at : NULL,
                       shadow ? shadow + at : NULL, a);
    }
    return 0;
}
