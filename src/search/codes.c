/* codes.c - the first stage of a search: codes of all rows against a few questions.
 *
 *   score(row) = scales[row] step (codes[row] . question)        see basis.c
 *
 *   each block of rows   on all threads; each thread has a heap a question of the best `want`
 *   each question        heaps into one -> rows, ascending, so that the second stage reads forward
 *
 * The products are integers and ties go by row, so neither threads nor processor nor what else is
 * asked change what is found.
 */
#include "search/inside.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

enum { BLOCK = 2048, STEP = 16 };

bool mg_codes_ask(const mg_searched *part, const float *query, mg_code_query *q) {
    const mg_basis *b = part->basis;
    const int dims = part->rows->dim;
    const bool projected = mg_searched_projected(part);
    const int numbers = projected ? dims : b->rows;
    float *p = malloc((size_t)numbers * sizeof *p);
    if (!p) return false;
    mg_basis_turn(b, numbers < part->codes->width ? numbers : part->codes->width, query, p);
    mg_code_ask(p, numbers, part->codes->width, q);
    free(p);
    return true;
}

MG_CLONES static void scores_of(const int32_t *products, const float *scales, float step, int64_t n,
                                float *scores) {
    for (int64_t i = 0; i < n; i++) scores[i] = (float)products[i] * (step * scales[i]);
}

void mg_codes_scores(const mg_codes *c, const mg_code_query *q, int64_t first, int64_t n,
                     float *scores) {
    int32_t products[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        const int64_t m = n - at < BLOCK ? n - at : BLOCK;
        const float *scales = c->scales + first + at;
        mg_code_products(c->at + (first + at) * c->width, m, c->width, q->hi, q->lo, products);
        scores_of(products, scales, q->step, m, scores + at);
    }
}

typedef struct stage {
    const mg_searched *part;
    const mg_code_query *queries; /* [n] */
    int64_t n;
    int want;
    molglot_hit *heaps; /* [threads][n][want] */
    int32_t *filled;    /* [threads][n] */
} stage;

MG_CLONES static void scan_block(const stage *s, int thread, int64_t q, int64_t first,
                                 int64_t rows) {
    float scores[BLOCK];
    const int64_t at = (int64_t)thread * s->n + q;
    molglot_hit *heap = s->heaps + at * s->want;
    int32_t *filled = s->filled + at;
    const uint64_t *allowed = s->part->allowed;
    mg_codes_scores(s->part->codes, &s->queries[q], first, rows, scores);
    float threshold = *filled == s->want ? heap[0].score : -INFINITY;
    for (int64_t r = 0; r < rows; r += STEP) {
        const int64_t end = r + STEP < rows ? r + STEP : rows;
        if (end - r == STEP) { /* most steps end here: one comparison of registers */
            int any = 0;
            for (int j = 0; j < STEP; j++) any |= scores[r + j] >= threshold;
            if (!any) continue;
        }
        for (int64_t j = r; j < end; j++) {
            const int64_t row = first + j;
            if (!(scores[j] >= threshold)) continue;
            if (allowed && !(allowed[row / 64] >> (row % 64) & 1)) continue;
            mg_hits_push(heap, filled, s->want, (molglot_hit){.row = row, .score = scores[j]});
            if (*filled == s->want) threshold = heap[0].score;
        }
    }
}

static int ascending(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The threads' heaps of query q into the first one, then by row. */
static void gather(stage *s, int64_t q, int threads, int64_t *rows) {
    molglot_hit *heap = s->heaps + q * s->want;
    int32_t *filled = s->filled + q;
    for (int t = 1; t < threads; t++) {
        const int64_t at = (int64_t)t * s->n + q;
        for (int32_t i = 0; i < s->filled[at]; i++)
            mg_hits_push(heap, filled, s->want, s->heaps[at * s->want + i]);
    }
    for (int i = 0; i < s->want; i++) rows[i] = i < *filled ? heap[i].row : -1;
    qsort(rows, (size_t)*filled, sizeof *rows, ascending);
}

int mg_codes_best(const mg_searched *part, const float *queries, int64_t n, int want, int threads,
                  mg_halt *halt, int64_t *rows, molglot_error *err) {
    const int team = mg_threads(threads), dim = mg_searched_dim(part);
    const size_t all = (size_t)team * (size_t)n;
    mg_code_query *asked = malloc((size_t)n * sizeof *asked + 1);
    stage s = {.part = part,
               .queries = asked,
               .n = n,
               .want = want,
               .heaps = malloc(all * (size_t)want * sizeof *s.heaps + 1),
               .filled = calloc(all + 1, sizeof *s.filled)};
    bool ok = asked && s.heaps && s.filled;
    for (int64_t q = 0; q < n && ok; q++) ok = mg_codes_ask(part, queries + q * dim, &asked[q]);
    const int64_t total = part->codes->n, blocks = (total + BLOCK - 1) / BLOCK;
    if (ok) {
#pragma omp parallel for num_threads(team) schedule(dynamic, 4) if (blocks > 1 && team > 1)
        for (int64_t block = 0; block < blocks; block++) {
            const int64_t first = block * BLOCK,
                          some = total - first < BLOCK ? total - first : BLOCK;
            const int thread = omp_get_thread_num();
            if (mg_halt_at(halt, thread, 0, MG_HALT_CODES)) continue;
            for (int64_t q = 0; q < n; q++) scan_block(&s, thread, q, first, some);
            (void)mg_halt_at(halt, thread, n * some, MG_HALT_CODES);
        }
        for (int64_t q = 0; q < n; q++) gather(&s, q, team, rows + q * want);
    }
    free(asked);
    free(s.heaps);
    free(s.filled);
    return ok ? mg_halt_now(halt, 0, err) : mg_no_memory(err, "a search");
}
