/* neighbours.c - the k nearest other rows, exactly.
 *
 *   |a - b|^2 = |a|^2 + |b|^2 - 2 ab, ab by blocks [QUERIES, ROWS] of a matrix product
 *
 * The product loses digits where rows are near, so more than k are kept, and those are measured
 * again in double.
 */
#include "layout/inside.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { QUERIES = 64, ROWS = 1024, SPARE = 8 };

int mg_tapes_open(mg_tapes *t, int threads, molglot_error *err) {
    *t = (mg_tapes){.n = mg_threads(threads)};
    t->at = calloc((size_t)t->n, sizeof *t->at);
    if (!t->at) return mg_no_memory(err, "a map");
    for (int i = 0; i < t->n; i++)
        if (!(t->at[i] = mg_tape_new("cpu", MG_PREC_F32, 1, (size_t)1 << 28, err))) {
            mg_tapes_close(t);
            return mg_code_of(err, MOLGLOT_NO_MEMORY);
        }
    return MOLGLOT_OK;
}

void mg_tapes_close(mg_tapes *t) {
    for (int i = 0; t->at && i < t->n; i++) mg_tape_free(t->at[i]);
    free(t->at);
    *t = (mg_tapes){0};
}

typedef struct near_row {
    double d;
    int32_t i;
} near_row;

static bool before(const near_row *a, const near_row *b) {
    return a->d < b->d || (a->d <= b->d && a->i < b->i);
}

/* Keeps the first `most` of what comes in, in order. */
static size_t insert(near_row *best, size_t n, size_t most, near_row x) {
    if (n == most && !before(&x, &best[n - 1])) return n;
    size_t at = n < most ? n++ : n - 1;
    for (; at && before(&x, &best[at - 1]); at--) best[at] = best[at - 1];
    best[at] = x;
    return n;
}

typedef struct search {
    const float *x;
    const double *square; /* [n] lengths */
    size_t n, asked, k, most;
    int dim;
    int32_t *near;
    double *distance;
} search;

static double apart(const search *s, size_t a, size_t b) {
    const float *u = s->x + a * (size_t)s->dim, *v = s->x + b * (size_t)s->dim;
    double sum = 0;
    for (int j = 0; j < s->dim; j++) {
        const double d = (double)u[j] - (double)v[j];
        sum += d * d;
    }
    return sum;
}

static void settle(const search *s, size_t q, const near_row *rough, size_t n, near_row *exact) {
    const size_t row = mg_asked_row(q, s->n, s->asked);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        m = insert(exact, m, s->k, (near_row){apart(s, row, (size_t)rough[i].i), rough[i].i});
    for (size_t i = 0; i < s->k; i++) {
        s->near[q * s->k + i] = exact[i].i;
        if (s->distance) s->distance[q * s->k + i] = exact[i].d;
    }
}

/* Work of a thread: queries, scores, best rows of each query, exact ones of one. */
typedef struct work {
    float *queries, *scores;
    near_row *best, *exact;
    size_t found[QUERIES];
} work;

static bool work_open(work *w, const search *s) {
    w->queries = malloc(sizeof(float) * QUERIES * (size_t)s->dim);
    w->scores = malloc(sizeof(float) * QUERIES * ROWS);
    w->best = malloc(sizeof(near_row) * QUERIES * s->most);
    w->exact = malloc(sizeof(near_row) * (s->k + 1));
    return w->queries && w->scores && w->best && w->exact;
}

static void work_close(work *w) {
    free(w->queries);
    free(w->scores);
    free(w->best);
    free(w->exact);
}

static bool search_block(const search *s, work *w, mg_tape *tape, size_t first) {
    const size_t queries = s->asked - first < QUERIES ? s->asked - first : QUERIES,
                 dim = (size_t)s->dim;
    for (size_t q = 0; q < queries; q++) {
        memcpy(w->queries + q * dim, s->x + mg_asked_row(first + q, s->n, s->asked) * dim,
               dim * sizeof(float));
        w->found[q] = 0;
    }
    for (size_t row = 0; row < s->n; row += ROWS) {
        const size_t rows = s->n - row < ROWS ? s->n - row : ROWS;
        if (mg_product_nt(tape, (int64_t)queries, (int64_t)rows, s->dim, w->queries,
                          s->x + row * dim, MG_F32, w->scores))
            return false;
        for (size_t q = 0; q < queries; q++) {
            const size_t own = mg_asked_row(first + q, s->n, s->asked);
            for (size_t r = 0; r < rows; r++)
                if (row + r != own)
                    w->found[q] =
                        insert(w->best + q * s->most, w->found[q], s->most,
                               (near_row){s->square[row + r] - 2 * (double)w->scores[q * rows + r],
                                          (int32_t)(row + r)});
        }
    }
    for (size_t q = 0; q < queries; q++)
        settle(s, first + q, w->best + q * s->most, w->found[q], w->exact);
    return true;
}

static int run(const search *s, const mg_tapes *t, molglot_error *err) {
    const size_t blocks = (s->asked + QUERIES - 1) / QUERIES;
    int failed = 0;
#pragma omp parallel num_threads(t->n) reduction(| : failed)
    {
        work w = {0};
        if (!work_open(&w, s)) failed = 1;
#pragma omp for schedule(dynamic)
        for (size_t b = 0; b < blocks; b++)
            if (!failed && !search_block(s, &w, t->at[omp_get_thread_num()], b * QUERIES))
                failed = 1;
        work_close(&w);
    }
    return failed ? mg_no_memory(err, "neighbours of %zu rows", s->n) : MOLGLOT_OK;
}

int mg_neighbours(const float *x, size_t n, int dim, size_t asked, size_t k, int threads,
                  int32_t *near, double *square, molglot_error *err) {
    if (n > INT32_MAX || k >= n || asked > n)
        return mg_fail(err, MOLGLOT_USAGE, "%zu neighbours of %zu rows are too many", k, n);
    const size_t most = k + SPARE < n - 1 ? k + SPARE : n - 1;
    double *length = malloc((n + 1) * sizeof *length);
    if (!length) return mg_no_memory(err, "a map");
    for (size_t i = 0; i < n; i++) {
        length[i] = 0;
        for (int j = 0; j < dim; j++) {
            const double v = (double)x[i * (size_t)dim + (size_t)j];
            length[i] += v * v;
        }
    }
    mg_tapes tapes;
    int code = mg_tapes_open(&tapes, threads, err);
    const search s = {x, length, n, asked, k, most, dim, near, square};
    if (!code) code = run(&s, &tapes, err);
    mg_tapes_close(&tapes);
    free(length);
    return code;
}
