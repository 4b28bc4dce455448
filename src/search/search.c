/* search.c - the k rows with the largest inner products, exactly, of one matrix or of several with
 * one order. Block scores (scan.c) are compared with a query's k-th best so far less the slack of
 * their rounding; only rows that pass are scored exactly and put into the query's heap. So nothing
 * that belongs to the result is missed, scores are those of the stored vectors, and neither batch
 * nor threads nor what else is searched change a bit of it.
 *
 *   queries, up to 512 at once    heaps empty
 *   each matrix, in turn          blocks of rows on all threads -> a heap a thread and query
 *   each query                    heaps into one -> hits, best first
 *
 * Memory: one block of scores and k hits per query of the block and thread.
 */
#include "search/search.h"

#include "search/inside.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#define HEAP_BYTES ((size_t)64 << 20)
/* rows between two calls of on_progress; 48 MB of 512 bf16 numbers each */
enum { ROWS_A_REPORT = 1 << 16 };

typedef struct search {
    const mg_search *plan;
    int keep; /* hits that a heap holds: offset + k, or all rows where those are fewer */
    const float *queries; /* of this run */
    int64_t n;
    molglot_hit *heaps; /* [threads][n][keep], worst hit first */
    int32_t *filled;    /* [threads][n] */
    /* what is scanned now: rows from `base` on of this part */
    int part;
    int64_t base;
    const float *slack;  /* [n] */
    int64_t done, total; /* products, for on_progress */
} search;

/* a is worse than b. Equal scores: the later part or the higher row is. */
static inline bool worse(molglot_hit a, molglot_hit b) {
    if (a.score != b.score) return a.score < b.score;
    return a.index != b.index ? a.index > b.index : a.row > b.row;
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

static bool allowed(const mg_searched *part, int64_t row) {
    return !part->allowed || (part->allowed[row / 64] >> (row % 64) & 1);
}

/* What a block score must reach: less than the lowest score that could still be a hit. */
static float threshold_of(const search *s, int64_t q, const molglot_hit *heap, int32_t filled) {
    const float least = s->plan->min_score;
    return (filled == s->keep && heap[0].score > least ? heap[0].score : least) - s->slack[q];
}

/* The scores of one query that reach its threshold, which rises as rows are taken. */
static void scan_query(const search *s, int64_t q, const float *scores, int64_t first, int64_t rows,
                       molglot_hit *heap, int32_t *filled) {
    enum { STEP = 16 };
    const mg_searched *part = &s->plan->parts[s->part];
    const float *query = s->queries + q * part->rows->dim;
    float threshold = threshold_of(s, q, heap, *filled);
    for (int64_t r = 0; r < rows; r += STEP) {
        int64_t end = r + STEP < rows ? r + STEP : rows;
        if (end - r == STEP) { /* most steps end here: one comparison of registers */
            int any = 0;
            for (int j = 0; j < STEP; j++) any |= scores[r + j] >= threshold;
            if (!any) continue;
        }
        for (int64_t j = r; j < end; j++) {
            const int64_t row = s->base + first + j;
            if (!(scores[j] >= threshold) || !allowed(part, row)) continue;
            molglot_hit hit = {
                .row = row, .score = mg_score(part->rows, query, row), .index = s->part};
            if (!(hit.score >= s->plan->min_score)) continue; /* NaN too */
            push(heap, filled, s->keep, hit);
            threshold = threshold_of(s, q, heap, *filled);
        }
    }
}

static void scan_block(void *user, int thread, const float *scores, int64_t first, int64_t rows) {
    search *s = user;
    for (int64_t q = 0; q < s->n; q++) {
        int64_t at = (int64_t)thread * s->n + q;
        scan_query(s, q, scores + q * rows, first, rows, s->heaps + at * s->keep, s->filled + at);
    }
}

/* The part that is scanned now, in pieces where somebody wants to know how far it is. */
static int scan_part(search *s, mg_scanner *scanner, molglot_error *err) {
    const mg_matrix *all = s->plan->parts[s->part].rows;
    const int64_t step = s->plan->on_progress ? ROWS_A_REPORT : all->n;
    const size_t row = (size_t)all->dim *
                       (all->dtype == MG_BF16 ? sizeof(uint16_t) : sizeof(float));
    int code = MOLGLOT_OK;
    for (s->base = 0; s->base < all->n && !code; s->base += step) {
        mg_matrix piece = *all;
        piece.data = (const char *)all->data + (size_t)s->base * row;
        piece.n = all->n - s->base < step ? all->n - s->base : step;
        code = mg_scanner_run(scanner, &piece, s->queries, s->n, scan_block, s, err);
        s->done += piece.n * s->n;
        if (!code && s->plan->on_progress && s->plan->on_progress(s->plan->user, s->done, s->total))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    return code;
}

/* The threads' heaps of query q into the first one, then best first. */
static void finish_query(search *s, int64_t q, int threads, molglot_hit *out) {
    const int k = s->plan->k, offset = s->plan->offset;
    molglot_hit *heap = s->heaps + q * s->keep;
    int32_t *filled = s->filled + q;
    for (int t = 1; t < threads; t++) {
        int64_t at = (int64_t)t * s->n + q;
        for (int32_t i = 0; i < s->filled[at]; i++)
            push(heap, filled, s->keep, s->heaps[at * s->keep + i]);
    }
    for (int i = 0; i < k; i++) out[i] = (molglot_hit){.row = -1, .score = 0, .index = -1};
    for (int i = *filled - 1; i >= offset; i--) { /* the worst goes to the back */
        out[i - offset] = heap[0];
        sift_down(heap, i, heap[i]);
    }
}

/* What block scores may be wrong by; NaN, which no score reaches, where the query is no vector. */
static float slack_of(const mg_scanner *scanner, const mg_searched *part, const float *query) {
    for (int d = 0; d < part->rows->dim; d++)
        if (!isfinite(query[d])) return NAN;
    return mg_scan_slack(scanner, part->rows, query, part->max_norm);
}

/* Up to MG_SCAN_QUERIES queries: s->queries [s->n], into hits [s->n][k]. */
static int search_queries(search *s, mg_scanner *scanner, molglot_hit *hits, molglot_error *err) {
    const int threads = mg_scanner_threads(scanner);
    float slack[MG_SCAN_QUERIES];
    int code = MOLGLOT_OK;
    s->slack = slack;
    for (int64_t i = 0; i < threads * s->n; i++) s->filled[i] = 0;
    for (s->part = 0; s->part < s->plan->n_parts && !code; s->part++) {
        const mg_searched *part = &s->plan->parts[s->part];
        for (int64_t q = 0; q < s->n; q++)
            slack[q] = slack_of(scanner, part, s->queries + q * part->rows->dim);
        code = scan_part(s, scanner, err);
    }
    for (int64_t q = 0; q < s->n && !code; q++) finish_query(s, q, threads, hits + q * s->plan->k);
    return code;
}

int mg_search_run(const mg_search *plan, const float *queries, int64_t n, molglot_hit *hits,
                  molglot_error *err) {
    if (n < 0 || plan->k < 1 || plan->offset < 0 || plan->offset > INT_MAX - plan->k)
        return mg_fail(err, MOLGLOT_USAGE, "a search wants at least one hit per query");
    int64_t rows = 0;
    for (int i = 0; i < plan->n_parts; i++) rows += plan->parts[i].rows->n;
    const int wanted = plan->offset + plan->k;
    search s = {.plan = plan, .keep = rows < wanted ? (int)rows : wanted, .total = rows * n};
    mg_scanner *scanner = mg_scanner_new(plan->threads, true, err);
    if (!scanner) return MOLGLOT_NO_MEMORY;
    const size_t threads = (size_t)mg_scanner_threads(scanner);
    const size_t per_query = ((size_t)s.keep + 1) * threads * sizeof(molglot_hit);
    int64_t step = per_query > HEAP_BYTES / MG_SCAN_QUERIES ? (int64_t)(HEAP_BYTES / per_query)
                                                            : MG_SCAN_QUERIES;
    if (step < 1) step = 1;
    if (step > n) step = n;
    s.heaps = malloc(per_query * (size_t)step + 1);
    s.filled = malloc(sizeof *s.filled * threads * (size_t)step + 1);
    int code = s.heaps && s.filled ? MOLGLOT_OK : mg_no_memory(err, "%d hits of a query", s.keep);
    const int dim = plan->n_parts ? plan->parts[0].rows->dim : 0;
    for (int64_t at = 0; at < n && !code; at += step) {
        s.queries = queries + at * dim;
        s.n = n - at < step ? n - at : step;
        code = search_queries(&s, scanner, hits + at * plan->k, err);
    }
    free(s.heaps);
    free(s.filled);
    mg_scanner_free(scanner);
    return code;
}

int mg_matrix_search(const mg_matrix *rows, double max_norm, const float *queries, int64_t n, int k,
                     int threads, molglot_hit *hits, molglot_error *err) {
    const mg_searched part = {rows, max_norm, NULL};
    const mg_search s = {
        .parts = &part, .n_parts = 1, .k = k, .min_score = -INFINITY, .threads = threads};
    return mg_search_run(&s, queries, n, hits, err);
}

int mg_index_search(const mg_index *x, const float *queries, int64_t n, int k, int threads,
                    molglot_hit *hits, molglot_error *err) {
    return mg_matrix_search(&x->rows, x->h.max_norm[0], queries, n, k, threads, hits, err);
}
