/* gather.c - dst[r] (+)= weighted sum of table rows: forward, and backward with the transposed CSR.
 *
 * Output rows are cut among the threads so that each gets about the same number of entries. One row
 * of very many entries (the gradient of a feature that every text has) would still keep its thread
 * busy alone. Such rows are left out of that pass. Then all threads sum them, in pieces of PIECE
 * entries; the pieces are added in order.
 */
#include "tensor/cpu/cpu.h"

enum { PIECE = 2048 };

static bool is_long(const mg_k_gather *k, int64_t i) {
    return k->offsets[i + 1] - k->offsets[i] > 2 * PIECE;
}

/* The first row i with offsets[i] + i >= work: rows cost their entries and a little. */
static int64_t row_at(const mg_k_gather *k, int64_t work) {
    int64_t low = 0, high = k->n;
    while (low < high) {
        int64_t mid = low + (high - low) / 2;
        if (k->offsets[mid] - k->offsets[0] + mid < work)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Rows of [i0, i1), in runs between the long ones. */
static void short_rows(const mg_cpu_kernels *kernels, const mg_k_gather *k, int64_t i0,
                       int64_t i1) {
    for (int64_t i = i0; i < i1; i++) {
        int64_t start = i;
        while (i < i1 && !is_long(k, i)) i++;
        if (i > start) kernels->gather(k, start, i);
    }
}

static int long_row(mg_backend *be, const mg_k_gather *k, int64_t i) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int32_t e0 = k->offsets[i], e1 = k->offsets[i + 1];
    int pieces = (e1 - e0 + PIECE - 1) / PIECE;
    size_t mark = mg_arena_mark(&be->scratch);
    float *sums = mg_arena_alloc(&be->scratch, (size_t)(pieces * k->cols) * sizeof *sums);
    if (!sums) return 1;
#pragma omp parallel for num_threads(be->threads) schedule(static)
    for (int p = 0; p < pieces; p++) {
        mg_part part = mg_cut(e1 - e0, pieces, p);
        kernels->gather_part(k, e0 + (int32_t)part.at, e0 + (int32_t)part.end, sums + p * k->cols);
    }
    for (int p = 1; p < pieces; p++)
        kernels->axpby(k->cols, 1.0f, sums, 1.0f, sums + p * k->cols, sums);
    float *dst = k->dst + (k->out_rows ? k->out_rows[i] : i) * k->cols;
    kernels->axpby(k->cols, k->mean ? 1.0f / (float)(e1 - e0) : 1.0f, sums, 1.0f,
                   k->acc ? dst : NULL, dst);
    mg_arena_release(&be->scratch, mark);
    return 0;
}

int mg_cpu_gather(mg_backend *be, const mg_k_gather *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int64_t work = k->offsets[k->n] - k->offsets[0] + k->n;
    int parts = mg_parts(be, work * k->cols);
    if (parts == 1) {
        kernels->gather(k, 0, k->n);
        return 0;
    }
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++) {
        mg_part part = mg_cut(work, parts, p);
        short_rows(kernels, k, row_at(k, part.at), row_at(k, part.end));
    }
    for (int64_t i = 0; i < k->n; i++)
        if (is_long(k, i) && long_row(be, k, i)) return 1;
    return 0;
}
