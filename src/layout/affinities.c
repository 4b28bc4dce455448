/* affinities.c - what t-SNE keeps of a space: who is near whom.
 *
 *   p(j|i) ~ exp(-b_i |x_i - x_j|^2) over the 3 * perplexity nearest j, b_i such that the entropy
 *   is log(perplexity);  p_ij = (p(j|i) + p(i|j)) / 2n
 *   (van der Maaten, Hinton 2008, section 2; van der Maaten 2014, section 3)
 */
#include "layout/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HALVINGS = 64 };

/* p[k] of squared distances, ascending. */
static void calibrate(const double *square, size_t k, double perplexity, double *p) {
    const double want = log(perplexity);
    double beta = 1, low = 0, high = INFINITY, mean = 0;
    for (size_t j = 0; j < k; j++) mean += (square[j] - square[0]) / (double)k;
    if (mean > 0) beta = 1 / mean;
    for (int round = 0; round < HALVINGS; round++) {
        double sum = 0, weighted = 0;
        for (size_t j = 0; j < k; j++) {
            p[j] = exp(-beta * (square[j] - square[0]));
            sum += p[j];
            weighted += p[j] * (square[j] - square[0]);
        }
        const double entropy = log(sum) + beta * weighted / sum;
        for (size_t j = 0; j < k; j++) p[j] /= sum;
        if (fabs(entropy - want) < 1e-6 || mean <= 0) return;
        if (entropy > want) {
            low = beta;
            beta = isinf(high) ? 2 * beta : (low + high) / 2;
        } else {
            high = beta;
            beta = (low + high) / 2;
        }
    }
}

/* Edges that lead to each row, of near[n,k]: begin[n+2] and edge[n k]; row i has begin[i] ..
 * begin[i+1]. */
static void turn_edges(const int32_t *near, size_t n, size_t k, size_t *begin, int32_t *edge) {
    for (size_t e = 0; e < n * k; e++) begin[near[e] + 2]++;
    for (size_t i = 0; i < n; i++) begin[i + 2] += begin[i + 1];
    for (size_t e = 0; e < n * k; e++) edge[begin[near[e] + 1]++] = (int32_t)e;
}

typedef struct sum_work {
    size_t *begin; /* [n+2] */
    int32_t *edge; /* [n k] */
    float *sum;    /* [n] of one row */
    uint8_t *seen; /* [n] */
} sum_work;

/* Adds both directions, row by row. */
static void symmetrise(const int32_t *near, const double *p, size_t n, size_t k, sum_work *w,
                       mg_affinities *out) {
    const float scale = (float)(0.5 / (double)n);
    size_t filled = 0;
    turn_edges(near, n, k, w->begin, w->edge);
    for (size_t i = 0; i < n; i++) {
        out->begin[i] = filled;
        for (size_t e = i * k; e < (i + 1) * k; e++) {
            out->other[filled++] = near[e];
            w->sum[near[e]] = (float)p[e];
            w->seen[near[e]] = 1;
        }
        for (size_t b = w->begin[i]; b < w->begin[i + 1]; b++) {
            const size_t e = (size_t)w->edge[b], o = e / k;
            if (!w->seen[o]) out->other[filled++] = (int32_t)o;
            w->seen[o] = 1;
            w->sum[o] += (float)p[e];
        }
        for (size_t e = out->begin[i]; e < filled; e++) {
            const size_t o = (size_t)out->other[e];
            out->p[e] = scale * w->sum[o];
            w->sum[o] = 0;
            w->seen[o] = 0;
        }
    }
    out->begin[n] = filled;
}

static int both_ways(const int32_t *near, const double *p, size_t n, size_t k, mg_affinities *out,
                     molglot_error *err) {
    sum_work w = {calloc(n + 2, sizeof *w.begin), malloc((n * k + 1) * sizeof *w.edge),
                  calloc(n + 1, sizeof *w.sum), calloc(n + 1, 1)};
    *out = (mg_affinities){malloc((n + 1) * sizeof *out->begin),
                           malloc((2 * n * k + 1) * sizeof *out->other),
                           malloc((2 * n * k + 1) * sizeof *out->p)};
    const bool ok = w.begin && w.edge && w.sum && w.seen && out->begin && out->other && out->p;
    if (ok) symmetrise(near, p, n, k, &w, out);
    free(w.begin);
    free(w.edge);
    free(w.sum);
    free(w.seen);
    return ok ? MOLGLOT_OK : mg_no_memory(err, "a map of %zu rows", n);
}

int mg_affinities_of(const float *x, size_t n, int dim, double perplexity, int threads,
                     mg_affinities *out, molglot_error *err) {
    *out = (mg_affinities){0};
    size_t k = (size_t)(3 * perplexity);
    if (k > n - 1) k = n - 1;
    if (k < 2) k = 2;
    if (n > INT32_MAX / k) return mg_fail(err, MOLGLOT_USAGE, "%zu rows are too many for t-SNE", n);
    int32_t *near = malloc((n * k + 1) * sizeof *near);
    double *square = malloc((n * k + 1) * sizeof *square);
    double *p = malloc((n * k + 1) * sizeof *p);
    int code = near && square && p ? MOLGLOT_OK : mg_no_memory(err, "a map of %zu rows", n);
    if (!code) code = mg_neighbours(x, n, dim, n, k, threads, near, square, err);
    if (!code) {
#pragma omp parallel for num_threads(mg_threads(threads))
        for (size_t i = 0; i < n; i++) calibrate(square + i * k, k, perplexity, p + i * k);
        code = both_ways(near, p, n, k, out, err);
    }
    free(near);
    free(square);
    free(p);
    return code;
}

void mg_affinities_free(mg_affinities *a) {
    free(a->begin);
    free(a->other);
    free(a->p);
    *a = (mg_affinities){0};
}
