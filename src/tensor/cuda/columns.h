/* columns.h - sums down the columns of [n, cols] in two launches, in double.
 *
 * The rows are cut into slices, by n alone. The first launch sums each slice: a block has 8 warps,
 * a warp takes one row of 128 columns at a time, every thread 4 columns. The second launch adds the
 * slices' sums, part[slice][sum][cols], and hands the totals of each column to `Finish`. So the
 * order of additions depends on the shape alone, and 100,000 rows cost no digits. Bound by memory:
 * each matrix is read once; the partial sums are at most a sixteenth of its elements.
 */
#ifndef MG_CUDA_COLUMNS_H
#define MG_CUDA_COLUMNS_H

#include "tensor/cuda/lanes.h"

enum { MG_COLUMN_WARPS = 8, MG_COLUMN_TILE = 128, MG_COLUMN_SLICES = 512, MG_COLUMN_ROWS = 16 };

/* slice s: rows s * rows .. (s + 1) * rows, none past n */
struct mg_columns {
    int64_t n, cols, slices, rows;
};

static inline mg_columns mg_columns_of(int64_t n, int64_t cols) {
    int64_t slices = (n + MG_COLUMN_ROWS - 1) / MG_COLUMN_ROWS;
    if (slices > MG_COLUMN_SLICES) slices = MG_COLUMN_SLICES;
    return {n, cols, slices, (n + slices - 1) / slices};
}

/* Terms: SUMS (how many sums a column has), start(c) reads what columns c .. c+3 have in common,
 * add(i, c, s) adds row i's terms. */
template <typename Terms>
static __global__ void mg_columns_slice(mg_columns m, Terms terms, double *part) {
    __shared__ double sums[Terms::SUMS][MG_COLUMN_WARPS][MG_COLUMN_TILE];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int64_t tile = (int64_t)blockIdx.x * MG_COLUMN_TILE, slice = blockIdx.y;
    const int64_t from = slice * m.rows, to = from + m.rows < m.n ? from + m.rows : m.n;
    double s[Terms::SUMS][4] = {};
    terms.start(tile + 4 * lane);
#pragma unroll 4
    for (int64_t i = from + warp; i < to; i += MG_COLUMN_WARPS) terms.add(i, tile + 4 * lane, s);
    for (int k = 0; k < Terms::SUMS; k++)
        for (int j = 0; j < 4; j++) sums[k][warp][4 * lane + j] = s[k][j];
    __syncthreads();
    for (int at = threadIdx.x; at < Terms::SUMS * MG_COLUMN_TILE; at += 32 * MG_COLUMN_WARPS) {
        int k = at / MG_COLUMN_TILE, j = at % MG_COLUMN_TILE;
        double total = 0.0;
        for (int w = 0; w < MG_COLUMN_WARPS; w++) total += sums[k][w][j];
        if (tile + j < m.cols) part[(slice * Terms::SUMS + k) * m.cols + tile + j] = total;
    }
}

/* finish(c, totals) is called once a column. A block has 32 columns; warp w adds slices w, w + 8,
 * ... */
template <int SUMS, typename Finish>
static __global__ void mg_columns_total(mg_columns m, const double *part, Finish finish) {
    __shared__ double sums[SUMS][MG_COLUMN_WARPS][32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int64_t c = (int64_t)blockIdx.x * 32 + lane;
    for (int k = 0; k < SUMS; k++) {
        double s = 0.0;
        for (int64_t slice = warp; c < m.cols && slice < m.slices; slice += MG_COLUMN_WARPS)
            s += part[(slice * SUMS + k) * m.cols + c];
        sums[k][warp][lane] = s;
    }
    __syncthreads();
    if (warp > 0 || c >= m.cols) return;
    double totals[SUMS] = {};
    for (int k = 0; k < SUMS; k++)
        for (int w = 0; w < MG_COLUMN_WARPS; w++) totals[k] += sums[k][w][lane];
    finish(c, totals);
}

template <int SUMS, typename Finish>
static void mg_columns_finish(mg_cuda *cu, mg_columns m, const double *part, Finish finish) {
    mg_cuda_launch(cu, mg_columns_total<SUMS, Finish>, dim3((unsigned)((m.cols + 31) / 32)),
                   dim3(32 * MG_COLUMN_WARPS), m, part, finish);
}

/* Both launches. The partial sums are in scratch; when that is full nothing runs and mg_cuda_done
 * fails. */
template <typename Terms, typename Finish>
static void mg_columns_sum(mg_cuda *cu, int64_t n, int64_t cols, Terms terms, Finish finish) {
    mg_columns m = mg_columns_of(n, cols);
    size_t mark = mg_arena_mark(&cu->be->scratch);
    double *part = mg_cuda_array<double>(cu, m.slices * Terms::SUMS * cols);
    dim3 grid((unsigned)((cols + MG_COLUMN_TILE - 1) / MG_COLUMN_TILE), (unsigned)m.slices);
    if (part) {
        mg_cuda_launch(cu, mg_columns_slice<Terms>, grid, dim3(32 * MG_COLUMN_WARPS), m, terms,
                       part);
        mg_columns_finish<Terms::SUMS>(cu, m, part, finish);
    }
    mg_arena_release(&cu->be->scratch, mark);
}

/* A Finish: out[k][c] += the k-th sum, where out[k] is given. */
template <int SUMS>
struct mg_add_columns {
    float *out[SUMS];
    __device__ void operator()(int64_t c, const double *totals) const {
        for (int k = 0; k < SUMS; k++)
            if (out[k]) out[k][c] = (float)(out[k][c] + totals[k]);
    }
};

#endif
