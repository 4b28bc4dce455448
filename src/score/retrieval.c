/* retrieval.c - how well queries [n, d] find their rows among a pool [m, d]: ranks, reciprocal
 * ranks, hits, batch accuracy. The rank of a query counts the pool rows that score higher than its
 * target, rows of the target's group (the same molecule or text) left out; rows that score the same
 * count half, so a constant model gets the middle rank and not the first. Scores are compared
 * exactly (search/search.h): rows with equal vectors tie. Intervals are percentiles of means over
 * resampled queries.
 */
#include "score/score.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64 };

/* ---- groups: which pool rows count as the target ---- */

typedef struct groups {
    const int32_t *of;     /* [m] or NULL: every row is its own */
    int64_t *start, *rows; /* rows[start[g] .. start[g+1]) are the rows of group g */
    int64_t n;
} groups;

static int groups_init(groups *g, const int32_t *of, int64_t m, molglot_error *err) {
    *g = (groups){.of = of};
    if (!of) return g->n = m, MOLGLOT_OK;
    for (int64_t i = 0; i < m; i++) {
        if (of[i] < 0)
            return mg_fail(err, MOLGLOT_USAGE, "pool row %lld has no group", (long long)i);
        if (of[i] >= g->n) g->n = of[i] + 1;
    }
    g->start = calloc((size_t)g->n + 2, sizeof *g->start);
    g->rows = calloc((size_t)m + 1, sizeof *g->rows);
    if (!g->start || !g->rows) return mg_no_memory(err, "the groups of %lld rows", (long long)m);
    for (int64_t i = 0; i < m; i++) g->start[of[i] + 2]++; /* counts, two places on */
    for (int64_t k = 2; k <= g->n; k++) g->start[k] += g->start[k - 1];
    /* and one place back: starts */
    for (int64_t i = 0; i < m; i++) g->rows[g->start[of[i] + 1]++] = i;
    return MOLGLOT_OK;
}

static void groups_free(groups *g) {
    free(g->start);
    free(g->rows);
}

static int64_t group_size(const groups *g, int64_t row) {
    return g->of ? g->start[g->of[row] + 1] - g->start[g->of[row]] : 1;
}
static bool same_group(const groups *g, int64_t a, int64_t b) {
    return g->of ? g->of[a] == g->of[b] : a == b;
}

static int64_t count_duplicates(const groups *g, int64_t m) {
    int64_t distinct = g->of ? 0 : m;
    for (int64_t k = 0; k < g->n && g->of; k++) distinct += g->start[k + 1] > g->start[k];
    return m - distinct;
}

/* The target's score: the best of its group. NaN when one of them is. */
static float target_score(const groups *g, const mg_matrix *pool, const float *query,
                          int64_t target) {
    if (!g->of) return mg_score(pool, query, target);
    float best = -INFINITY;
    for (int64_t k = g->start[g->of[target]]; k < g->start[g->of[target] + 1]; k++) {
        float s = mg_score(pool, query, g->rows[k]);
        if (!(s <= best)) best = s;
    }
    return best;
}

/* ---- ranks ---- */

typedef struct ranking {
    const groups *g;
    const mg_matrix *pool;
    const float *queries; /* of this run */
    const int64_t *target;
    int64_t n;
    float best[MG_SCAN_QUERIES], slack[MG_SCAN_QUERIES];
    int64_t *above, *level; /* [threads][MG_SCAN_QUERIES] */
} ranking;

static void count_block(void *user, int thread, const float *scores, int64_t first, int64_t rows) {
    ranking *r = user;
    for (int64_t q = 0; q < r->n; q++, scores += rows) {
        float high = r->best[q] + r->slack[q], low = r->best[q] - r->slack[q];
        int32_t clear = 0, near = 0; /* above beyond doubt; too close for the block's rounding */
        for (int64_t j = 0; j < rows; j++) {
            clear += scores[j] > high;
            near += scores[j] >= low && scores[j] <= high;
        }
        int64_t above = clear, level = 0;
        for (int64_t j = 0; j < rows && near; j++) {
            if (!(scores[j] >= low && scores[j] <= high)) continue;
            near--;
            if (same_group(r->g, first + j, r->target[q])) continue;
            float s = mg_score(r->pool, r->queries + q * r->pool->dim, first + j);
            above += s > r->best[q];
            level += s == r->best[q];
        }
        r->above[thread * MG_SCAN_QUERIES + q] += above;
        r->level[thread * MG_SCAN_QUERIES + q] += level;
    }
}

/* rank[i], from 1; a query without a number for a score comes last. */
static int rank_queries(ranking *r, mg_scanner *scanner, int64_t n, double max_norm, double *rank,
                        molglot_error *err) {
    int threads = mg_scanner_threads(scanner), code = MOLGLOT_OK;
    const float *queries = r->queries;
    const int64_t *target = r->target;
    for (int64_t at = 0; at < n && !code; at += MG_SCAN_QUERIES) {
        r->queries = queries + at * r->pool->dim;
        r->target = target + at;
        r->n = n - at < MG_SCAN_QUERIES ? n - at : MG_SCAN_QUERIES;
        for (int64_t q = 0; q < r->n; q++) {
            const float *query = r->queries + q * r->pool->dim;
            r->best[q] = target_score(r->g, r->pool, query, r->target[q]);
            r->slack[q] = mg_scan_slack(scanner, r->pool, query, max_norm);
        }
        memset(r->above, 0, sizeof *r->above * (size_t)threads * MG_SCAN_QUERIES);
        memset(r->level, 0, sizeof *r->level * (size_t)threads * MG_SCAN_QUERIES);
        code = mg_scanner_run(scanner, r->pool, r->queries, r->n, count_block, r, err);
        for (int64_t q = 0; q < r->n && !code; q++) {
            double above = 0, level = 0;
            for (int t = 0; t < threads; t++) {
                above += (double)r->above[t * MG_SCAN_QUERIES + q];
                level += (double)r->level[t * MG_SCAN_QUERIES + q];
            }
            rank[at + q] = 1 + above + level / 2;
            if (isnan(r->best[q]))
                rank[at + q] = (double)(r->pool->n - group_size(r->g, r->target[q]) + 1);
        }
    }
    return code;
}

/* ---- batches of 64: is the target the best of the batch's targets? ---- */

static double batch_hit(const groups *g, const mg_matrix *pool, const float *query,
                        const int64_t *target, int64_t i, int64_t from, int64_t to) {
    float best = target_score(g, pool, query, target[i]);
    for (int64_t j = from; j < to; j++)
        if (!same_group(g, target[i], target[j]) && !(mg_score(pool, query, target[j]) < best))
            return 0;
    return 1;
}

static double batch_chance(const groups *g, const int64_t *target, int64_t i, int64_t from,
                           int64_t to) {
    int64_t same = 0;
    for (int64_t j = from; j < to; j++) same += same_group(g, target[i], target[j]);
    return (double)same / (double)(to - from);
}

/* ---- chance: the expectation over a random order of the pool ---- */

enum { CHANCE_MRR, CHANCE_1, CHANCE_5, CHANCE_10, CHANCE_20, CHANCES };
static const int hit_ranks[CHANCES] = {0, 1, 5, 10, 20};

/* The first of `size` target rows among m comes at place p with probability C(m-p, size-1) / C(m,
 * size). */
static void chance_of(int64_t m, int64_t size, double out[CHANCES]) {
    for (int c = 0; c < CHANCES; c++) out[c] = 0;
    double beyond = 1; /* P(place > p - 1) */
    for (int64_t p = 1; p <= m - size + 1; p++) {
        double here = beyond * (double)size / (double)(m - p + 1);
        out[CHANCE_MRR] += here / (double)p;
        for (int c = CHANCE_1; c < CHANCES; c++)
            if (p <= hit_ranks[c]) out[c] += here;
        beyond -= here;
    }
}

static int chances(const groups *g, int64_t m, const int64_t *target, int64_t n,
                   mg_retrieval_scores *out, molglot_error *err) {
    /* by group size */
    double(*known)[CHANCES] = calloc((size_t)m + 1, sizeof *known), sum[CHANCES] = {0}, batch = 0;
    if (!known) return mg_no_memory(err, "the chances of %lld rows", (long long)m);
    for (int64_t i = 0; i < n; i++) {
        int64_t size = group_size(g, target[i]), from = i / BATCH * BATCH,
                to = from + BATCH < n ? from + BATCH : n;
        if (known[size][CHANCE_20] == 0) chance_of(m, size, known[size]);
        for (int c = 0; c < CHANCES; c++) sum[c] += known[size][c] / (double)n;
        batch += batch_chance(g, target, i, from, to) / (double)n;
    }
    free(known);
    out->random_mrr = sum[CHANCE_MRR];
    out->random_hits1 = sum[CHANCE_1];
    out->random_hits5 = sum[CHANCE_5];
    out->random_hits10 = sum[CHANCE_10];
    out->random_hits20 = sum[CHANCE_20];
    out->random_batch64 = batch;
    return MOLGLOT_OK;
}

/* ---- means and their intervals ---- */

enum { M_MRR, M_HITS1, M_HITS5, M_HITS10, M_HITS20, M_RANK, M_BATCH, MEASURES };

static void measures_of(double rank, double batch, double out[MEASURES]) {
    out[M_MRR] = 1 / rank;
    for (int k = 0; k < 4; k++) out[M_HITS1 + k] = rank <= hit_ranks[CHANCE_1 + k];
    out[M_RANK] = rank;
    out[M_BATCH] = batch;
}

/* resamples [MEASURES][times]: means over n queries drawn with replacement. */
static void resample(const double *rank, const double *batch, int64_t n, uint64_t seed, int times,
                     double *resamples) {
#pragma omp parallel for schedule(static) num_threads(mg_threads(0))
    for (int t = 0; t < times; t++) {
        mg_rng rng = {.seed = seed, .stream = (uint64_t)t};
        double sum[MEASURES] = {0}, one[MEASURES];
        for (int64_t i = 0; i < n; i++) {
            uint64_t pick = mg_rng_below(&rng, (uint64_t)n);
            measures_of(rank[pick], batch[pick], one);
            for (int k = 0; k < MEASURES; k++) sum[k] += one[k];
        }
        for (int k = 0; k < MEASURES; k++) resamples[(int64_t)k * times + t] = sum[k] / (double)n;
    }
}

static int summarise(const double *rank, const double *batch, int64_t n, uint64_t seed, int times,
                     mg_retrieval_scores *out, molglot_error *err) {
    mg_interval *measure[MEASURES] = {&out->mrr,    &out->hits1,     &out->hits5,  &out->hits10,
                                      &out->hits20, &out->mean_rank, &out->batch64};
    double sum[MEASURES] = {0}, one[MEASURES];
    for (int64_t i = 0; i < n; i++) {
        measures_of(rank[i], batch[i], one);
        for (int k = 0; k < MEASURES; k++) sum[k] += one[k];
    }
    for (int k = 0; k < MEASURES; k++)
        measure[k]->value = measure[k]->low = measure[k]->high = sum[k] / (double)n;
    if (times < 2) return MOLGLOT_OK;
    double *resamples = malloc(sizeof *resamples * MEASURES * (size_t)times);
    if (!resamples) return mg_no_memory(err, "%d resamples", times);
    resample(rank, batch, n, seed, times, resamples);
    for (int k = 0; k < MEASURES; k++)
        *measure[k] = mg_interval95(measure[k]->value, resamples + (int64_t)k * times, times);
    free(resamples);
    return MOLGLOT_OK;
}

/* ---- all of it ---- */

/* What new ranks are better than old ones, on resampled queries. */
static int gain_of(const double *old, const double *rank, int64_t n, uint64_t seed, int times,
                   mg_retrieval_gain *out, molglot_error *err) {
    double *sums = calloc(2 * (size_t)times + 2, sizeof *sums), mrr = 0, hits1 = 0;
    if (!sums) return mg_no_memory(err, "%d resamples", times);
    for (int64_t i = 0; i < n; i++) {
        mrr += (1 / rank[i] - 1 / old[i]) / (double)n;
        hits1 += ((rank[i] <= 1) - (old[i] <= 1)) / (double)n;
    }
    for (int t = 0; t < times; t++) {
        mg_rng rng = {.seed = seed, .stream = (uint64_t)t};
        for (int64_t i = 0; i < n; i++) {
            const uint64_t pick = mg_rng_below(&rng, (uint64_t)n);
            sums[t] += (1 / rank[pick] - 1 / old[pick]) / (double)n;
            sums[times + t] += ((rank[pick] <= 1) - (old[pick] <= 1)) / (double)n;
        }
    }
    out->mrr = (mg_interval){mrr, mrr, mrr};
    out->hits1 = (mg_interval){hits1, hits1, hits1};
    if (times > 1) {
        out->mrr = mg_interval95(mrr, sums, times);
        out->hits1 = mg_interval95(hits1, sums + times, times);
    }
    free(sums);
    return MOLGLOT_OK;
}

/* Ranks of a list's best put right. */
typedef struct reranking {
    mg_rerank_fn fn;
    void *user;
    mg_retrieval_gain *gained;
} reranking;

static int rerank_all(const reranking *r, double *rank, int64_t n, uint64_t seed, int times,
                      molglot_error *err) {
    double *old = malloc(((size_t)n + 1) * sizeof *old);
    int code = old ? MOLGLOT_OK : mg_no_memory(err, "%lld ranks", (long long)n);
    if (!code) memcpy(old, rank, (size_t)n * sizeof *old);
    for (int64_t i = 0; i < n && !code; i++) code = r->fn(r->user, i, &rank[i], err);
    if (!code) code = gain_of(old, rank, n, seed, times, r->gained, err);
    free(old);
    return code;
}

static int score_all(const groups *g, const mg_matrix *pool, const float *queries, int64_t n,
                     const int64_t *target, mg_scanner *scanner, uint64_t seed, int bootstrap,
                     const reranking *reranked, mg_retrieval_scores *out, molglot_error *err) {
    size_t counts = (size_t)mg_scanner_threads(scanner) * MG_SCAN_QUERIES;
    ranking *r = calloc(1, sizeof *r);
    double *rank = calloc((size_t)n, sizeof *rank), *batch = calloc((size_t)n, sizeof *batch);
    int64_t *above = calloc(counts, sizeof *above), *level = calloc(counts, sizeof *level);
    int code = r && rank && batch && above && level ? MOLGLOT_OK
                                                    : mg_no_memory(err, "%lld ranks", (long long)n);
    if (!code) {
        *r = (ranking){.g = g,
                       .pool = pool,
                       .queries = queries,
                       .target = target,
                       .above = above,
                       .level = level};
        code = rank_queries(r, scanner, n, mg_matrix_max_norm(pool), rank, err);
    }
    if (!code && reranked->fn) code = rerank_all(reranked, rank, n, seed, bootstrap, err);
    if (!code) {
#pragma omp parallel for num_threads(mg_scanner_threads(scanner)) schedule(static)
        for (int64_t i = 0; i < n; i++) {
            int64_t from = i / BATCH * BATCH, to = from + BATCH < n ? from + BATCH : n;
            batch[i] = batch_hit(g, pool, queries + i * pool->dim, target, i, from, to);
        }
        code = summarise(rank, batch, n, seed, bootstrap, out, err);
    }
    if (!code) code = chances(g, pool->n, target, n, out, err);
    free(r);
    free(rank);
    free(batch);
    free(above);
    free(level);
    return code;
}

int mg_retrieval_score(const float *queries, int64_t n, const float *pool, int64_t m, int d,
                       const int64_t *target, const int32_t *pool_group, int threads, uint64_t seed,
                       int bootstrap, mg_retrieval_scores *out, molglot_error *err) {
    mg_retrieval_gain none;
    return mg_retrieval_score_reranked(queries, n, pool, m, d, target, pool_group, threads, seed,
                                       bootstrap, NULL, NULL, out, &none, err);
}

int mg_retrieval_score_reranked(const float *queries, int64_t n, const float *pool, int64_t m,
                                int d, const int64_t *target, const int32_t *pool_group,
                                int threads, uint64_t seed, int bootstrap, mg_rerank_fn rerank,
                                void *user, mg_retrieval_scores *out, mg_retrieval_gain *gained,
                                molglot_error *err) {
    const reranking reranked = {rerank, user, gained};
    memset(gained, 0, sizeof *gained);
    memset(out, 0, sizeof *out);
    if (n < 1 || m < 1 || d < 1)
        return mg_fail(err, MOLGLOT_USAGE, "there is nothing to score: %lld queries, %lld rows",
                       (long long)n, (long long)m);
    for (int64_t i = 0; i < n; i++)
        if (target[i] < 0 || target[i] >= m)
            return mg_fail(err, MOLGLOT_USAGE, "query %lld has no row in the pool", (long long)i);
    mg_matrix rows = {.data = pool, .dtype = MG_F32, .n = m, .dim = d};
    mg_scanner *scanner = mg_scanner_new(threads, false, err);
    if (!scanner) return MOLGLOT_NO_MEMORY;
    groups g;
    int code = groups_init(&g, pool_group, m, err);
    out->n = n;
    out->pool = m;
    if (!code) out->pool_duplicates = count_duplicates(&g, m);
    if (!code)
        code = score_all(&g, &rows, queries, n, target, scanner, seed, bootstrap, &reranked, out,
                         err);
    groups_free(&g);
    mg_scanner_free(scanner);
    return code;
}
