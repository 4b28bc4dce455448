/* columns.c - sums over rows, one for each column: the gradients of biases, gamma and beta, and the
 * statistics of batch norm. Each thread sums its rows; the threads' sums are added in order. */
#include "tensor/cpu/cpu.h"

#include <string.h>

enum { FLOAT_ROWS = 64 }; /* rows summed in float before double takes over */

typedef struct row_sums {
    mg_rows_fn *rows;
    const void *args;
    int64_t width;
} row_sums;

/* sums[width] of the rows of one part; block is scratch of the same width. */
static void sum_part(const row_sums *s, mg_part part, float *block, double *sums) {
    memset(sums, 0, (size_t)s->width * sizeof *sums);
    for (int64_t r = part.at; r < part.end; r += FLOAT_ROWS) {
        memset(block, 0, (size_t)s->width * sizeof *block);
        s->rows(s->args, r, r + FLOAT_ROWS < part.end ? r + FLOAT_ROWS : part.end, block);
        for (int64_t c = 0; c < s->width; c++) sums[c] += block[c];
    }
}

int mg_cpu_column_sums(mg_backend *be, int64_t n, int64_t width, mg_rows_fn *rows, const void *args,
                       double *out) {
    const row_sums s = {rows, args, width};
    int parts = mg_parts(be, n * width);
    size_t mark = mg_arena_mark(&be->scratch);
    double *sums = mg_arena_alloc(&be->scratch, (size_t)(parts * width) * sizeof(double));
    float *blocks = mg_arena_alloc(&be->scratch, (size_t)(parts * width) * sizeof(float));
    if (!sums || !blocks) {
        mg_arena_release(&be->scratch, mark);
        return 1;
    }
    if (parts == 1)
        sum_part(&s, mg_cut(n, 1, 0), blocks, sums);
    else {
#pragma omp parallel for num_threads(parts) schedule(static)
        for (int p = 0; p < parts; p++)
            sum_part(&s, mg_cut(n, parts, p), blocks + p * width, sums + p * width);
    }
    for (int64_t c = 0; c < width; c++) {
        out[c] = 0.0;
        for (int p = 0; p < parts; p++) out[c] += sums[p * width + c];
    }
    mg_arena_release(&be->scratch, mark);
    return 0;
}
