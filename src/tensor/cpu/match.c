/* match.c - sequences as rows, and against each other: pooling by place, the soft contrast, late
 * interaction.
 *
 * Soft contrast: the logits z [n, n + n_queue] and the momentum model's are four products; a row
 * turns its z into d loss / d z; two more products make d loss / d a.
 *
 * Late interaction: products of some sequences of a with all rows of b at a time, at most 2^22
 * floats; rows take maxima along them, sequences of b down them. Backward reads the places of the
 * maxima alone: a sequence of a gathers from its own maxima and from the rows of b whose maxima lie
 * in it, so every sequence writes its own rows.
 */
#include "tensor/cpu/cpu.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* ---- pooling by place ---- */

int mg_cpu_place(mg_backend *be, const mg_k_place *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->n * k->cols);
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t s = 0; s < k->n_seq; s++) kernels->place(k, s);
    return 0;
}

int mg_cpu_place_back(mg_backend *be, const mg_k_place_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->f.n * k->f.cols);
    if (k->dx) {
#pragma omp parallel for num_threads(parts) schedule(dynamic)
        for (int64_t s = 0; s < k->f.n_seq; s++) kernels->place_back(k, s);
    }
    if (k->dw) {
#pragma omp parallel for num_threads(parts) schedule(dynamic)
        for (int64_t p = 0; p < k->f.places; p++) k->dw[p] += kernels->place_slope(k, p);
    }
    double bias = 0.0;
    for (int64_t i = 0; k->dbias && i < k->f.n_seq * k->f.cols; i++) bias += k->dy[i];
    if (k->dbias) *k->dbias = (float)(*k->dbias + bias);
    return 0;
}

/* ---- soft contrast ---- */

static int contrast_products(mg_backend *be, const mg_k_contrast *k, float s, float *const z[2],
                             float *const slow[2]) {
    const int64_t n = k->n, q = k->n_queue, d = k->d;
    if (mg_gemm_f32(be->threads, MG_NT, n, n, d, s, k->a, k->keys, z[0], n, false) ||
        mg_gemm_f32(be->threads, MG_NT, n, n, d, s, k->m, k->keys, slow[0], n, false))
        return 1;
    return q > 0 &&
           (mg_gemm_f32(be->threads, MG_NT, n, q, d, s, k->a, k->queue, z[1], q, false) ||
            mg_gemm_f32(be->threads, MG_NT, n, q, d, s, k->m, k->queue, slow[1], q, false));
}

static int contrast_gradient(mg_backend *be, const mg_k_contrast *k, float s, float *const z[2]) {
    const int64_t n = k->n, q = k->n_queue, d = k->d;
    return mg_gemm_f32(be->threads, MG_NN, n, d, n, s, z[0], k->keys, k->da, d, false) ||
           (q > 0 && mg_gemm_f32(be->threads, MG_NN, n, d, q, s, z[1], k->queue, k->da, d, true));
}

int mg_cpu_contrast(mg_backend *be, const mg_k_contrast *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int64_t n = k->n, q = k->n_queue;
    const int parts = mg_parts(be, n * (n + q));
    size_t mark = mg_arena_mark(&be->scratch);
    float *all = mg_arena_alloc(&be->scratch, (size_t)(2 * n * (n + q)) * sizeof *all);
    double *sums = mg_arena_alloc(&be->scratch, (size_t)(2 * n) * sizeof *sums), loss = 0.0,
           slope = 0.0;
    if (!all || !sums) return 1;
    float *z[2] = {all, all + n * n}, *slow[2] = {all + n * (n + q), all + n * (2 * n + q)};
    const float s = mg_contrast_scale(k);
    if (contrast_products(be, k, s, z, slow)) return 1;
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int64_t i = 0; i < n; i++)
        kernels->contrast(k, i, (float *const[2]){z[0] + i * n, z[1] + i * q},
                          (const float *const[2]){slow[0] + i * n, slow[1] + i * q}, &sums[2 * i],
                          &sums[2 * i + 1]);
    for (int64_t i = 0; i < n; i++) {
        loss += sums[2 * i];
        slope += sums[2 * i + 1];
    }
    *k->loss = (float)loss;
    if (k->da) *k->dscale = (float)(slope * (double)mg_contrast_slope(k));
    const int code = k->da ? contrast_gradient(be, k, s, z) : 0;
    mg_arena_release(&be->scratch, mark);
    return code;
}

/* ---- late interaction ---- */

enum { TILE = 1 << 22 }; /* products at a time */

static void softmax_rows(int64_t n_seq, const int32_t *offsets, const float *x, float *y) {
    for (int64_t s = 0; s < n_seq; s++) {
        float top = -INFINITY;
        double sum = 0.0;
        for (int64_t i = offsets[s]; i < offsets[s + 1]; i++) top = x[i] > top ? x[i] : top;
        for (int64_t i = offsets[s]; i < offsets[s + 1]; i++) sum += y[i] = expf(x[i] - top);
        for (int64_t i = offsets[s]; i < offsets[s + 1]; i++) y[i] = (float)(y[i] / sum);
    }
}

static int64_t sequence_of(const int32_t *offsets, int64_t from, int64_t row) {
    while (row >= offsets[from + 1]) from++;
    return from;
}

/* Sequences i0 .. i1 of a against all of b. */
static int late_tile(mg_backend *be, const mg_k_late *k, int64_t i0, int64_t i1, float *tile) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int64_t first = k->a_offsets[i0], rows = k->a_offsets[i1] - first;
    const int parts = mg_parts(be, rows * k->rows_b);
    if (rows == 0) return 0;
    if (k->rows_b > 0 && mg_gemm_f32(be->threads, MG_NT, rows, k->rows_b, k->d, 1.0f,
                                     k->a + first * k->d, k->b, tile, k->rows_b, false))
        return 1;
#pragma omp parallel num_threads(parts)
    {
#pragma omp for schedule(static)
        for (int p = 0; p < parts; p++) {
            int64_t i = i0;
            for (int64_t t = mg_cut(rows, parts, p).at; t < mg_cut(rows, parts, p).end; t++) {
                i = sequence_of(k->a_offsets, i, first + t);
                const bool real = !k->a_real || first + t < k->a_offsets[i] + k->a_real[i];
                kernels->late_row(k, first + t, real, tile + t * k->rows_b);
            }
        }
#pragma omp for schedule(dynamic)
        for (int64_t j = 0; j < k->n_b; j++)
            for (int64_t i = i0; i < i1; i++)
                kernels->late_columns(k, i, j, tile + (k->a_offsets[i] - first) * k->rows_b);
    }
    return 0;
}

static void late_sums(const mg_k_late *k, int64_t i) {
    for (int64_t j = 0; j < k->n_b; j++) {
        double sum = 0.0;
        for (int64_t t = k->a_offsets[i]; t < k->a_offsets[i + 1]; t++)
            sum += (double)k->a_weight[t] * k->a_top[t * k->n_b + j];
        for (int64_t s = k->b_offsets[j]; s < k->b_offsets[j + 1]; s++)
            sum += (double)k->b_weight[s] * k->b_top[s * k->n_a + i];
        k->y[i * k->n_b + j] = (float)(0.5 * sum);
    }
}

/* The maxima of empty sequences of a, which no tile has. */
static void late_empty(const mg_k_late *k, int64_t i) {
    for (int64_t s = 0; s < k->rows_b; s++) {
        k->b_top[s * k->n_a + i] = 0.0f;
        k->b_arg[s * k->n_a + i] = -1;
    }
}

int mg_cpu_late(mg_backend *be, const mg_k_late *k) {
    int64_t rows = k->rows_b > 0 ? TILE / k->rows_b : TILE, i0 = 0, longest = 1;
    size_t mark = mg_arena_mark(&be->scratch);
    for (int64_t i = 0; i < k->n_a; i++) {
        const int64_t length = k->a_offsets[i + 1] - k->a_offsets[i];
        longest = length > longest ? length : longest;
        if (length == 0) late_empty(k, i);
    }
    if (rows > k->rows_a) rows = k->rows_a;
    if (rows < longest) rows = longest;
    float *tile = mg_arena_alloc(&be->scratch, (size_t)(rows * k->rows_b) * sizeof *tile);
    if (!tile) return 1;
    softmax_rows(k->n_a, k->a_offsets, k->a_logits, k->a_weight);
    softmax_rows(k->n_b, k->b_offsets, k->b_logits, k->b_weight);
    while (i0 < k->n_a) {
        int64_t i1 = i0 + 1;
        while (i1 < k->n_a && k->a_offsets[i1 + 1] - k->a_offsets[i0] <= rows) i1++;
        if (late_tile(be, k, i0, i1, tile)) return 1;
        i0 = i1;
    }
    const int parts = mg_parts(be, k->rows_a * k->n_b);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int64_t i = 0; i < k->n_a; i++) late_sums(k, i);
    mg_arena_release(&be->scratch, mark);
    return 0;
}

static int late_side(mg_backend *be, const mg_late_side *side) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int64_t size = 1;
    for (int64_t i = 0; i < side->n; i++)
        size = side->xo[i + 1] - side->xo[i] > size ? side->xo[i + 1] - side->xo[i] : size;
    size = size / 16 * 16 + 16;
    const int parts = mg_parts(be, side->xo[side->n] * side->m * side->d);
    size_t mark = mg_arena_mark(&be->scratch);
    float *work = mg_arena_alloc(&be->scratch, (size_t)(parts * size) * sizeof *work);
    if (!work) return 1;
#pragma omp parallel for num_threads(parts) schedule(dynamic)
    for (int64_t i = 0; i < side->n; i++)
        kernels->late_back(side, i, work + omp_get_thread_num() * size);
    mg_arena_release(&be->scratch, mark);
    return 0;
}

int mg_cpu_late_back(mg_backend *be, const mg_k_late_back *k) {
    const mg_late_side a = mg_late_side_of(k, true), b = mg_late_side_of(k, false);
    return late_side(be, &a) || late_side(be, &b);
}
