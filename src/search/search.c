/* search.c - the k rows of an index with the largest inner products, exactly. Block scores (scan.c)
 * are compared with a query's k-th best so far less the slack of their rounding; only rows that
 * pass are scored exactly and put into the query's heap. So nothing that belongs to the result is
 * missed, scores are those of the stored vectors, and neither batch nor threads change a bit of it.
 * Memory: one block of scores and k hits per query of the block and thread.
 */
#include "search/search.h"

#include "search/inside.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define HEAP_BYTES ((size_t)64 << 20)

typedef struct search {
    const mg_matrix *rows;
    const float *queries; /* of this run */
    int64_t n;
    int k;
    const float *slack; /* [n] */
    molglot_hit *heaps; /* [threads][n][k], worst hit first */
    int32_t *filled;    /* [threads][n] */
} search;

/* a is worse than b. Equal scores: the higher row is. */
static inline bool worse(molglot_hit a, molglot_hit b) {
    return a.score < b.score || (a.score == b.score && a.row > b.row);
}

static void sift_down(molglot_hit *heap, int n, molglot_hit hit) {
    int i = 0;
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && worse(heap[child + 1], heap[child])) child++;
        if (!worse(heap[child], hit)) break;
        heap[i] = heap[child];
    }
    heap[i] = hit;
}

static void push(molglot_hit *heap, int32_t *filled, int k, molglot_hit hit) {
    if (*filled == k) {
        if (worse(heap[0], hit)) sift_down(heap, k, hit);
        return;
    }
    int i = (*filled)++;
    for (int parent; i && (parent = (i - 1) / 2, worse(hit, heap[parent])); i = parent)
        heap[i] = heap[parent];
    heap[i] = hit;
}

/* The scores of one query that reach its threshold, which rises as rows are taken. */
static void scan_query(const search *s, int64_t q, const float *scores, int64_t first, int64_t rows,
                       molglot_hit *heap, int32_t *filled) {
    enum { STEP = 16 };
    const float *query = s->queries + q * s->rows->dim;
    float threshold = *filled == s->k ? heap[0].score - s->slack[q] : -INFINITY;
    for (int64_t r = 0; r < rows; r += STEP) {
        int64_t end = r + STEP < rows ? r + STEP : rows;
        if (end - r == STEP) { /* most steps end here: one comparison of registers */
            int any = 0;
            for (int j = 0; j < STEP; j++) any |= scores[r + j] >= threshold;
            if (!any) continue;
        }
        for (int64_t j = r; j < end; j++) {
            if (!(scores[j] >= threshold)) continue;
            molglot_hit hit = {.row = first + j, .score = mg_score(s->rows, query, first + j)};
            if (isnan(hit.score)) continue;
            push(heap, filled, s->k, hit);
            if (*filled == s->k) threshold = heap[0].score - s->slack[q];
        }
    }
}

static void scan_block(void *user, int thread, const float *scores, int64_t first, int64_t rows) {
    search *s = user;
    for (int64_t q = 0; q < s->n; q++) {
        int64_t at = (int64_t)thread * s->n + q;
        scan_query(s, q, scores + q * rows, first, rows, s->heaps + at * s->k, s->filled + at);
    }
}

/* The threads' heaps of query q into the first one, then best first. */
static void finish_query(search *s, int64_t q, int threads, molglot_hit *out) {
    molglot_hit *heap = s->heaps + q * s->k;
    int32_t *filled = s->filled + q;
    for (int t = 1; t < threads; t++) {
        int64_t at = (int64_t)t * s->n + q;
        for (int32_t i = 0; i < s->filled[at]; i++)
            push(heap, filled, s->k, s->heaps[at * s->k + i]);
    }
    for (int i = *filled; i < s->k; i++) out[i] = (molglot_hit){.row = -1, .score = 0};
    for (int i = *filled - 1; i >= 0; i--) { /* the worst goes to the back */
        out[i] = heap[0];
        sift_down(heap, i, heap[i]);
    }
}

static int run_search(mg_scanner *scanner, search *s, double max_norm, int64_t n, int64_t step,
                      molglot_hit *hits, molglot_error *err) {
    const float *queries = s->queries;
    int threads = mg_scanner_threads(scanner), code = MOLGLOT_OK;
    float slack[MG_SCAN_QUERIES];
    s->slack = slack;
    for (int64_t at = 0; at < n && !code; at += step) {
        s->queries = queries + at * s->rows->dim;
        s->n = n - at < step ? n - at : step;
        for (int64_t q = 0; q < s->n; q++)
            slack[q] = mg_scan_slack(scanner, s->rows, s->queries + q * s->rows->dim, max_norm);
        for (int64_t i = 0; i < threads * s->n; i++) s->filled[i] = 0;
        code = mg_scanner_run(scanner, s->rows, s->queries, s->n, scan_block, s, err);
        for (int64_t q = 0; q < s->n && !code; q++)
            finish_query(s, q, threads, hits + (at + q) * s->k);
    }
    return code;
}

int mg_matrix_search(const mg_matrix *rows, double max_norm, const float *queries, int64_t n, int k,
                     int threads, molglot_hit *hits, molglot_error *err) {
    if (n < 0 || k < 1)
        return mg_fail(err, MOLGLOT_USAGE, "a search wants at least one hit per query");
    mg_scanner *scanner = mg_scanner_new(threads, true, err);
    if (!scanner) return MOLGLOT_NO_MEMORY;
    threads = mg_scanner_threads(scanner);
    size_t per_query = (size_t)k * (size_t)threads * sizeof(molglot_hit);
    int64_t step = per_query > HEAP_BYTES / MG_SCAN_QUERIES ? (int64_t)(HEAP_BYTES / per_query)
                                                            : MG_SCAN_QUERIES;
    if (step < 1) step = 1;
    if (step > n) step = n;
    search s = {.rows = rows, .queries = queries, .k = k};
    s.heaps = malloc(per_query * (size_t)step + 1);
    s.filled = malloc(sizeof *s.filled * (size_t)threads * (size_t)step + 1);
    int code = s.heaps && s.filled ? run_search(scanner, &s, max_norm, n, step, hits, err)
                                   : mg_no_memory(err, "%d hits of a query", k);
    free(s.heaps);
    free(s.filled);
    mg_scanner_free(scanner);
    return code;
}

int mg_index_search(const mg_index *x, const float *queries, int64_t n, int k, int threads,
                    molglot_hit *hits, molglot_error *err) {
    return mg_matrix_search(&x->rows, x->h->max_norm, queries, n, k, threads, hits, err);
}
