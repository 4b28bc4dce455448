/* norm.c - layer norm, batch norm and unit rows, forward and backward: rows cut into one part
 * per thread; gradients of gamma and beta are sums over rows (mg_cpu_column_sums). All matrices [n,
 * cols]. */
#include "tensor/cpu/cpu.h"

#include <math.h>

/* ---- layer norm ---- */

int mg_cpu_norm(mg_backend *be, const mg_k_norm *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int parts = mg_parts(be, k->n * k->cols);
    if (parts == 1) {
        kernels->norm(k, 0, k->n);
        return 0;
    }
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++) {
        mg_part part = mg_cut(k->n, parts, p);
        kernels->norm(k, part.at, part.end);
    }
    return 0;
}

/* dgamma, dbeta (each may be NULL) += sums[cols], sums[cols..] */
static void add_gamma_beta(int64_t cols, const double *sums, float *dgamma, float *dbeta) {
    for (int64_t c = 0; dgamma && c < cols; c++) dgamma[c] += (float)sums[c];
    for (int64_t c = 0; dbeta && c < cols; c++) dbeta[c] += (float)sums[cols + c];
}

int mg_cpu_norm_back(mg_backend *be, const mg_k_norm_back *k) {
    size_t mark = mg_arena_mark(&be->scratch);
    double *sums = mg_arena_alloc(&be->scratch, (size_t)(2 * k->cols) * sizeof *sums);
    int failed = !sums ||
                 mg_cpu_column_sums(be, k->n, 2 * k->cols, mg_kernels(be)->sums_norm_back, k, sums);
    if (!failed) add_gamma_beta(k->cols, sums, k->dgamma, k->dbeta);
    mg_arena_release(&be->scratch, mark);
    return failed;
}

/* ---- batch norm ---- */

/* k->mean and k->rstd of the batch, and the running statistics' step towards them. `sums` is
 * scratch [cols]. */
static int batch_statistics(mg_backend *be, const mg_k_bnorm *k, double *sums) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    double n = (double)k->n;
    if (mg_cpu_column_sums(be, k->n, k->cols, kernels->sums_bnorm, k, sums)) return 1;
    for (int64_t c = 0; c < k->cols; c++) k->mean[c] = (float)(sums[c] / n);
    if (mg_cpu_column_sums(be, k->n, k->cols, kernels->sums_bnorm_square, k, sums)) return 1;
    for (int64_t c = 0; c < k->cols; c++) {
        double unbiased = k->n > 1 ? sums[c] / (n - 1.0) : sums[c];
        k->rstd[c] = (float)(1.0 / sqrt(sums[c] / n + k->eps));
        k->running_mean[c] += k->momentum * (k->mean[c] - k->running_mean[c]);
        k->running_var[c] += k->momentum * ((float)unbiased - k->running_var[c]);
    }
    return 0;
}

static void bnorm_rows(mg_backend *be, const mg_k_bnorm *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int parts = mg_parts(be, k->n * k->cols);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++) {
        mg_part part = mg_cut(k->n, parts, p);
        kernels->bnorm(k, part.at, part.end);
    }
}

int mg_cpu_bnorm(mg_backend *be, const mg_k_bnorm *k) {
    size_t mark = mg_arena_mark(&be->scratch);
    int failed = 0;
    if (k->training) {
        double *sums = mg_arena_alloc(&be->scratch, (size_t)k->cols * sizeof *sums);
        failed = !sums || batch_statistics(be, k, sums);
    } else {
        for (int64_t c = 0; c < k->cols; c++) {
            k->mean[c] = k->running_mean[c];
            k->rstd[c] = 1.0f / sqrtf(k->running_var[c] + k->eps);
        }
    }
    if (!failed) bnorm_rows(be, k);
    mg_arena_release(&be->scratch, mark);
    return failed;
}

static void bnorm_back_rows(mg_backend *be, const mg_k_bnorm_back *k, const float *mean_dy,
                            const float *mean_dyx) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int parts = mg_parts(be, k->n * k->cols);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++) {
        mg_part part = mg_cut(k->n, parts, p);
        kernels->bnorm_back(k, mean_dy, mean_dyx, part.at, part.end);
    }
}

int mg_cpu_bnorm_back(mg_backend *be, const mg_k_bnorm_back *k) {
    size_t mark = mg_arena_mark(&be->scratch);
    double *sums = mg_arena_alloc(&be->scratch, (size_t)(2 * k->cols) * sizeof *sums);
    float *means = mg_arena_alloc(&be->scratch, (size_t)(2 * k->cols) * sizeof *means);
    int failed = !sums || !means ||
                 mg_cpu_column_sums(be, k->n, 2 * k->cols, mg_kernels(be)->sums_bnorm_back, k,
                                    sums);
    if (!failed) {
        add_gamma_beta(k->cols, sums, k->dgamma, k->dbeta);
        for (int64_t c = 0; c < 2 * k->cols; c++)
            means[c] = k->training ? (float)(sums[c] / (double)k->n) : 0.0f;
        if (k->dx) bnorm_back_rows(be, k, means + k->cols, means);
    }
    mg_arena_release(&be->scratch, mark);
    return failed;
}

/* ---- unit rows ---- */

int mg_cpu_normalize(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y,
                     float *norm) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int parts = mg_parts(be, n * cols);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++) {
        mg_part part = mg_cut(n, parts, p);
        kernels->normalize(part.at, part.end, cols, eps, x, y, norm);
    }
    return 0;
}

int mg_cpu_normalize_back(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y,
                          const float *norm, const float *dy, float *dx, int acc) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int parts = mg_parts(be, n * cols);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++) {
        mg_part part = mg_cut(n, parts, p);
        kernels->normalize_back(part.at, part.end, cols, eps, y, norm, dy, dx, acc);
    }
    return 0;
}
