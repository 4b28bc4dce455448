/* memory_make.c - the codes of a memory (model/bundle/memory.c) from molecules and texts.
 *
 *   C = sum of x x^T over unit rows x of the space, molecules and texts, at most SAMPLE of each
 *   basis [width, dim]: the directions in which C is largest, by subspace iteration
 *   p = basis x;  scale = max |p| / 127;  codes = round(p / scale)
 *
 * Texts count too, because they are what is looked up: a basis of molecules alone loses what only
 * sentences have. All sums are in double and in one order, whatever the number of threads.
 */
#include "generate/generate.h"
#include "generate/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 8192, ROUNDS = 40, SPARE = 16, BLOCK = 1024, TILE = 32 };
enum { START_STREAM = 0x62617369 };

/* ---- the directions ---- */

typedef struct basis {
    int dim, rank;  /* rank: width + SPARE */
    double *moment; /* C [dim, dim] */
    double *q;      /* [rank, dim], orthonormal rows */
    double *next;   /* the same */
} basis;

/* C += X^T X, X [n, dim]. */
static void add_moment(basis *b, const float *x, size_t n) {
    const int dim = b->dim;
#pragma omp parallel for schedule(dynamic) num_threads(mg_threads(0))
    for (int from = 0; from < dim; from += TILE) {
        const int end = from + TILE < dim ? from + TILE : dim;
        for (size_t r = 0; r < n; r++) {
            const float *row = x + r * (size_t)dim;
            for (int i = from; i < end; i++) {
                double *to = b->moment + (size_t)i * (size_t)dim;
                const double of = (double)row[i];
                for (int j = 0; j < dim; j++) to[j] += of * (double)row[j];
            }
        }
    }
}

/* next = q C */
static void turn(basis *b) {
    const int dim = b->dim;
#pragma omp parallel for schedule(dynamic) num_threads(mg_threads(0))
    for (int w = 0; w < b->rank; w++) {
        double *to = b->next + (size_t)w * (size_t)dim;
        const double *from = b->q + (size_t)w * (size_t)dim;
        memset(to, 0, (size_t)dim * sizeof *to);
        for (int i = 0; i < dim; i++) {
            const double *row = b->moment + (size_t)i * (size_t)dim, of = from[i];
            for (int j = 0; j < dim; j++) to[j] += of * row[j];
        }
    }
}

static double dot(const double *a, const double *b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* The rows of next, orthonormal, in q: Gram and Schmidt, twice for the digits. A row of which
 * nothing is left stays zero. */
static void orthonormalise(basis *b) {
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

static void find_directions(basis *b) {
    mg_rng r = {1, START_STREAM, 0};
    for (size_t i = 0; i < (size_t)b->rank * (size_t)b->dim; i++) b->next[i] = mg_rng_normal(&r);
    orthonormalise(b);
    for (int i = 0; i < ROUNDS; i++) {
        turn(b);
        orthonormalise(b);
    }
}

/* ---- embeddings ---- */

/* Rows of texts, evenly from all of them, into C. */
static int add_texts(mg_embedder *e, const char *const *texts, size_t n, basis *b, float *rows,
                     molglot_error *err) {
    const char *block[BLOCK];
    const size_t taken = n < SAMPLE ? n : SAMPLE;
    int code = MOLGLOT_OK;
    for (size_t at = 0; at < taken && !code; at += BLOCK) {
        const size_t m = taken - at < BLOCK ? taken - at : BLOCK;
        for (size_t i = 0; i < m; i++) block[i] = texts[(at + i) * n / taken];
        code = mg_embed_texts(e, block, m, rows, NULL, err); /* zeros add nothing */
        if (!code) add_moment(b, rows, m);
    }
    return code;
}

/* All molecules, v [n, dim]; an even sample of them into C. */
static int embed_molecules(mg_embedder *e, const mg_memory_rows *rows, basis *b, float *v,
                           molglot_error *err) {
    const size_t n = rows->n, dim = (size_t)b->dim;
    int code = MOLGLOT_OK;
    for (size_t at = 0; at < n && !code; at += BLOCK) {
        const size_t m = n - at < BLOCK ? n - at : BLOCK;
        code = mg_embed_smiles(e, rows->smiles + at, m, v + at * dim, NULL, err);
        if (!code && rows->on_progress &&
            rows->on_progress(rows->user, (int64_t)(at + m), (int64_t)n))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    const size_t step = (n + SAMPLE - 1) / SAMPLE;
    if (code || step < 2) {
        if (!code) add_moment(b, v, n);
        return code;
    }
    for (size_t i = 0; i < n; i += step) add_moment(b, v + i * dim, 1);
    return MOLGLOT_OK;
}

/* ---- codes ---- */

static void code_rows(const float *v, const float *q, size_t n, int width, int dim, int8_t *codes,
                      float *scales) {
#pragma omp parallel for num_threads(mg_threads(0))
    for (size_t i = 0; i < n; i++) {
        const float *x = v + i * (size_t)dim;
        int8_t *to = codes + i * (size_t)width;
        double p[MG_MEMORY_WIDTH], most = 0;
        for (int w = 0; w < width; w++) {
            const float *direction = q + (size_t)w * (size_t)dim;
            double sum = 0;
            for (int d = 0; d < dim; d++) sum += (double)direction[d] * (double)x[d];
            p[w] = sum;
            most = fmax(most, fabs(sum));
        }
        const double scale = most / 127;
        for (int w = 0; w < width; w++) to[w] = (int8_t)(scale > 0 ? lrint(p[w] / scale) : 0);
        scales[i] = (float)scale;
    }
}

int mg_memory_make(mg_embedder *e, const mg_memory_rows *rows, float *out, int8_t *codes,
                   float *scales, molglot_error *err) {
    const int dim = mg_embedder_dim(e), width = rows->width;
    const size_t n = rows->n, size = (size_t)dim;
    if (n < 1 || width < 1 || width > MG_MEMORY_WIDTH || width > dim)
        return mg_fail(err, MOLGLOT_USAGE, "a memory has molecules, and codes of 1 to %d numbers",
                       dim < MG_MEMORY_WIDTH ? dim : MG_MEMORY_WIDTH);
    basis b = {.dim = dim, .rank = width + SPARE < dim ? width + SPARE : dim};
    float *v = malloc(n * size * sizeof *v), *block = malloc(BLOCK * size * sizeof *block);
    b.moment = calloc(size * size, sizeof *b.moment);
    b.q = malloc((size_t)b.rank * size * sizeof *b.q);
    b.next = malloc((size_t)b.rank * size * sizeof *b.next);
    int code = v && block && b.moment && b.q && b.next ? MOLGLOT_OK
                                                       : mg_no_memory(err, "%zu embeddings", n);
    if (!code) code = embed_molecules(e, rows, &b, v, err);
    if (!code && rows->n_texts) code = add_texts(e, rows->texts, rows->n_texts, &b, block, err);
    if (!code) {
        find_directions(&b);
        for (size_t i = 0; i < (size_t)width * size; i++)
            out[i] = mg_bf16_to_f32(mg_f32_to_bf16((float)b.q[i]));
        code_rows(v, out, n, width, dim, codes, scales);
    }
    free(v);
    free(block);
    free(b.moment);
    free(b.q);
    free(b.next);
    return code;
}
