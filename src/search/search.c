/* search.c - the k rows with the largest inner products of one matrix or of several with one order.
 * Block scores (scan.c) are compared with a query's k-th best so far less the slack of
 * their rounding; only rows that pass are scored exactly and put into the query's heap. So nothing
 * that belongs to the result is missed, scores are those of the stored vectors, and neither batch
 * nor threads nor what else is searched change a bit of it.
 *
 *   queries, up to 512 at once    heaps empty
 *   each matrix, in turn          blocks of rows on all threads -> a heap a thread and query;
 *                                 or, of an index with codes, the rows whose codes score best
 *                                 (codes.c), each scored exactly
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

typedef struct search {
    const mg_search *plan;
    int keep; /* hits that a heap holds: offset + k, or all rows where those are fewer */
    const float *queries; /* of this run, [n][dim] of the model */
    const float *asked;   /* the same as the part's rows are */
    float *projected;     /* [n][..] for parts in a basis, or NULL */
    int64_t n;
    molglot_hit *heaps; /* [threads][n][keep], worst hit first */
    int32_t *filled;    /* [threads][n] */
    int part;           /* that is scanned now */
    const float *slack; /* [n] */
    mg_halt *halt;      /* of products, or NULL */
} search;

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
    const float *query = s->asked + q * part->rows->dim;
    float threshold = threshold_of(s, q, heap, *filled);
    for (int64_t r = 0; r < rows; r += STEP) {
        int64_t end = r + STEP < rows ? r + STEP : rows;
        if (end - r == STEP) { /* most steps end here: one comparison of registers */
            int any = 0;
            for (int j = 0; j < STEP; j++) any |= scores[r + j] >= threshold;
            if (!any) continue;
        }
        for (int64_t j = r; j < end; j++) {
            const int64_t row = first + j;
            if (!(scores[j] >= threshold) || !allowed(part, row)) continue;
            molglot_hit hit = {
                .row = row, .score = mg_score(part->rows, query, row), .index = s->part};
            if (!(hit.score >= s->plan->min_score)) continue; /* NaN too */
            mg_hits_push(heap, filled, s->keep, hit);
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

/* ---- parts with codes ---- */

/* How many rows' codes are taken further; 0: all rows are scored. */
static int candidates_of(const search *s, const mg_searched *part) {
    const mg_search *plan = s->plan;
    if (plan->exact || !part->codes) return 0;
    const int64_t wanted = plan->candidates ? plan->candidates : 10 * (int64_t)s->keep;
    const int64_t least = plan->candidates ? 1 : MG_CANDIDATES;
    const int64_t some = wanted > least ? wanted : least;
    return some >= part->rows->n / 4 ? 0 : (int)some;
}

/* The rows whose codes score best, scored exactly. */
static int search_codes(search *s, int want, molglot_error *err) {
    enum { GROUP = 64 };
    const mg_searched *part = &s->plan->parts[s->part];
    const int64_t dim = mg_searched_dim(part);
    int64_t *rows = malloc(GROUP * (size_t)want * sizeof *rows);
    int code = rows ? MOLGLOT_OK : mg_no_memory(err, "%d candidates", want);
    for (int64_t q = 0; q < s->n && !code; q += GROUP) {
        const int64_t n = s->n - q < GROUP ? s->n - q : GROUP;
        code = mg_codes_best(part, s->queries + q * dim, n, want, s->plan->threads, s->halt, rows,
                             err);
        for (int64_t i = 0; i < n * want && !code; i++) {
            const int64_t of = q + i / want;
            if (rows[i] < 0) continue;
            const molglot_hit hit = {
                .row = rows[i],
                .score = mg_score(part->rows, s->asked + of * part->rows->dim, rows[i]),
                .index = s->part};
            if (hit.score >= s->plan->min_score)
                mg_hits_push(s->heaps + of * s->keep, s->filled + of, s->keep, hit);
        }
    }
    free(rows);
    return code;
}

/* The queries as the part's rows are. */
static int ask_part(search *s, molglot_error *err) {
    const mg_searched *part = &s->plan->parts[s->part];
    const int64_t dim = mg_searched_dim(part), own = part->rows->dim;
    s->asked = s->queries;
    if (!mg_searched_projected(part)) return MOLGLOT_OK;
    free(s->projected);
    s->asked = s->projected = malloc((size_t)(s->n * own) * sizeof *s->projected + 1);
    if (!s->projected) return mg_no_memory(err, "%lld queries", (long long)s->n);
    for (int64_t q = 0; q < s->n; q++)
        mg_basis_project(part->basis, (int)own, s->queries + q * dim, s->projected + q * own);
    return MOLGLOT_OK;
}

/* The threads' heaps of query q into the first one, then best first. */
static void finish_query(search *s, int64_t q, int threads, molglot_hit *out) {
    const int k = s->plan->k, offset = s->plan->offset;
    molglot_hit *heap = s->heaps + q * s->keep;
    int32_t *filled = s->filled + q;
    for (int t = 1; t < threads; t++) {
        int64_t at = (int64_t)t * s->n + q;
        for (int32_t i = 0; i < s->filled[at]; i++)
            mg_hits_push(heap, filled, s->keep, s->heaps[at * s->keep + i]);
    }
    for (int i = 0; i < k; i++) out[i] = (molglot_hit){.row = -1, .score = 0, .index = -1};
    for (int i = *filled - 1; i >= offset; i--) { /* the worst goes to the back */
        out[i - offset] = heap[0];
        mg_hits_sift(heap, i, heap[i]);
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
        const int want = candidates_of(s, part);
        code = ask_part(s, err);
        if (!code && want) code = search_codes(s, want, err);
        if (code || want) continue;
        for (int64_t q = 0; q < s->n; q++)
            slack[q] = slack_of(scanner, part, s->asked + q * part->rows->dim);
        mg_index_scans(part, true);
        code = mg_scanner_run(scanner, part->rows, s->asked, s->n, scan_block, s, err);
        mg_index_scans(part, false);
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
    mg_halt halt = {.on_progress = plan->on_progress, .user = plan->user, .total = rows * n};
    search s = {.plan = plan,
                .keep = rows < wanted ? (int)rows : wanted,
                .halt = plan->on_progress ? &halt : NULL};
    mg_scanner *scanner = mg_scanner_new(plan->threads, true, err);
    if (!scanner) return MOLGLOT_NO_MEMORY;
    mg_scanner_heed(scanner, s.halt);
    const size_t threads = (size_t)mg_scanner_threads(scanner);
    const size_t per_query = ((size_t)s.keep + 1) * threads * sizeof(molglot_hit);
    int64_t step = per_query > HEAP_BYTES / MG_SCAN_QUERIES ? (int64_t)(HEAP_BYTES / per_query)
                                                            : MG_SCAN_QUERIES;
    if (step < 1) step = 1;
    if (step > n) step = n;
    s.heaps = malloc(per_query * (size_t)step + 1);
    s.filled = malloc(sizeof *s.filled * threads * (size_t)step + 1);
    int code = s.heaps && s.filled ? MOLGLOT_OK : mg_no_memory(err, "%d hits of a query", s.keep);
    const int dim = plan->n_parts ? mg_searched_dim(&plan->parts[0]) : 0;
    for (int64_t at = 0; at < n && !code; at += step) {
        s.queries = queries + at * dim;
        s.n = n - at < step ? n - at : step;
        code = search_queries(&s, scanner, hits + at * plan->k, err);
    }
    free(s.heaps);
    free(s.filled);
    free(s.projected);
    mg_scanner_free(scanner);
    return code;
}

int mg_matrix_search(const mg_matrix *rows, double max_norm, const float *queries, int64_t n, int k,
                     int threads, molglot_hit *hits, molglot_error *err) {
    const mg_searched part = {.rows = rows, .max_norm = max_norm};
    const mg_search s = {
        .parts = &part, .n_parts = 1, .k = k, .min_score = -INFINITY, .threads = threads};
    return mg_search_run(&s, queries, n, hits, err);
}

int mg_index_search(const mg_index *x, const float *queries, int64_t n, int k, int threads,
                    molglot_hit *hits, molglot_error *err) {
    const mg_searched part = mg_index_searched(x);
    const mg_search s = {
        .parts = &part, .n_parts = 1, .k = k, .min_score = -INFINITY, .threads = threads};
    return mg_search_run(&s, queries, n, hits, err);
}
