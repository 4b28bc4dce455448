/* directions.c - principal directions of vectors that come in blocks:
 *
 *   C = sum of x x^T over rows x [dim]
 *   q [n, dim]: the directions in which C is largest, by subspace iteration
 *
 * All sums are in double and in one order, whatever the number of threads.
 */
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE = 16, TILE = 32, ABREAST = 8, LANES = 16 };
enum { START_STREAM = 0x62617369 };

struct mg_directions {
    int dim, rank;  /* rank: directions that are iterated, SPARE more than are wanted */
    double *moment; /* C [dim, dim] */
    double *q;      /* [rank, dim], orthonormal rows */
    double *next;   /* the same */
};

mg_directions *mg_directions_new(int dim, int wanted, molglot_error *err) {
    mg_directions *b = calloc(1, sizeof *b);
    const size_t size = (size_t)dim;
    if (b) {
        b->dim = dim;
        b->rank = wanted + SPARE < dim ? wanted + SPARE : dim;
        b->moment = calloc(size * size, sizeof *b->moment);
        b->q = malloc((size_t)b->rank * size * sizeof *b->q);
        b->next = malloc((size_t)b->rank * size * sizeof *b->next);
    }
    if (b && b->moment && b->q && b->next) return b;
    mg_directions_free(b);
    mg_no_memory(err, "directions of %d numbers", dim);
    return NULL;
}

void mg_directions_free(mg_directions *b) {
    if (!b) return;
    free(b->moment);
    free(b->q);
    free(b->next);
    free(b);
}

/* C += X^T X, X [n, dim]: the upper half, which `mirror` copies. */
void mg_directions_add(mg_directions *b, const float *x, size_t n) {
    const int dim = b->dim;
#pragma omp parallel for schedule(dynamic) num_threads(mg_threads(0))
    for (int from = 0; from < dim; from += TILE) {
        const int end = from + TILE < dim ? from + TILE : dim;
        for (size_t r = 0; r < n; r++) {
            const float *row = x + r * (size_t)dim;
            for (int i = from; i < end; i++) {
                double *to = b->moment + (size_t)i * (size_t)dim;
                const double of = (double)row[i];
                for (int j = i; j < dim; j++) to[j] += of * (double)row[j];
            }
        }
    }
}

static void mirror(mg_directions *b) {
    const size_t dim = (size_t)b->dim;
    for (size_t i = 0; i < dim; i++)
        for (size_t j = 0; j < i; j++) b->moment[i * dim + j] = b->moment[j * dim + i];
}

/* next = q C, some rows of q at a time for each row of C that is read. */
static void turn(mg_directions *b) {
    const int dim = b->dim;
#pragma omp parallel for schedule(dynamic) num_threads(mg_threads(0))
    for (int first = 0; first < b->rank; first += ABREAST) {
        const int end = first + ABREAST < b->rank ? first + ABREAST : b->rank;
        double *to = b->next + (size_t)first * (size_t)dim;
        memset(to, 0, (size_t)(end - first) * (size_t)dim * sizeof *to);
        for (int i = 0; i < dim; i++) {
            const double *row = b->moment + (size_t)i * (size_t)dim;
            for (int w = first; w < end; w++) {
                double *sum = b->next + (size_t)w * (size_t)dim;
                const double of = b->q[(size_t)w * (size_t)dim + (size_t)i];
                for (int j = 0; j < dim; j++) sum[j] += of * row[j];
            }
        }
    }
}

static double dot(const double *a, const double *b, int n) {
    double lane[LANES] = {0}, sum = 0;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lane[j] += a[i + j] * b[i + j];
    for (int j = 0; i < n; i++, j++) lane[j] += a[i] * b[i];
    for (int j = 0; j < LANES; j++) sum += lane[j];
    return sum;
}

/* The rows of next, orthonormal, in q: Gram and Schmidt, twice for the digits. A row of which
 * nothing is left stays zero. */
static void orthonormalise(mg_directions *b) {
    const int dim = b->dim;
    for (int w = 0; w < b->rank; w++) {
        double *row = b->next + (size_t)w * (size_t)dim, *to = b->q + (size_t)w * (size_t)dim;
        const double before = sqrt(dot(row, row, dim));
        for (int again = 0; again < 2; again++)
            for (int k = 0; k < w; k++) {
                const double *other = b->q + (size_t)k * (size_t)dim, part = dot(row, other, dim);
                for (int d = 0; d < dim; d++) row[d] -= part * other[d];
            }
        const double norm = sqrt(dot(row, row, dim));
        const double scale = norm > 1e-9 * before && norm > 0 ? 1 / norm : 0;
        for (int d = 0; d < dim; d++) to[d] = row[d] * scale;
    }
}

const double *mg_directions_find(mg_directions *b, int rounds) {
    mg_rng r = {1, START_STREAM, 0};
    for (size_t i = 0; i < (size_t)b->rank * (size_t)b->dim; i++) b->next[i] = mg_rng_normal(&r);
    mirror(b);
    orthonormalise(b);
    for (int i = 0; i < rounds; i++) {
        turn(b);
        orthonormalise(b);
    }
    return b->q;
}
