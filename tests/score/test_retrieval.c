/* test_retrieval.c - ranks, ties, groups, chance and intervals: cases worked out by hand, and
 * random data against plain loops. */
#include "score/score.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_near(double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) fail_msg("%.15g, not %.15g", value, wanted);
}

static mg_retrieval_scores score(const float *queries, int64_t n, const float *pool, int64_t m,
                                 int d, const int64_t *target, const int32_t *group,
                                 int bootstrap) {
    mg_retrieval_scores s;
    molglot_error err = {0};
    if (mg_retrieval_score(queries, n, pool, m, d, target, group, 2, 7, bootstrap, &s, &err))
        fail_msg("%s", err.message);
    return s;
}

/* Pool rows at angles; the score of (1, 0) is the first number. */
static void by_hand(void **state) {
    (void)state;
    const float pool[] = {1, 0, 0.8f, 0.6f, 0.6f, 0.8f, 0, 1};
    const float queries[] = {1, 0, 1, 0, 1, 0, 0, 1};
    const int64_t target[] = {0, 1, 3, 3}; /* ranks 1, 2, 4, 1 */
    mg_retrieval_scores s = score(queries, 4, pool, 4, 2, target, NULL, 0);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.pool, 4);
    assert_int_equal(s.pool_duplicates, 0);
    expect_near(s.mrr.value, (1 + 0.5 + 0.25 + 1) / 4, 1e-12);
    expect_near(s.hits1.value, 0.5, 0);
    expect_near(s.hits5.value, 1, 0);
    expect_near(s.mean_rank.value, 2, 1e-12);
    expect_near(s.mrr.low, s.mrr.value, 0); /* no bootstrap */
    expect_near(s.random_mrr, (1 + 1 / 2. + 1 / 3. + 1 / 4.) / 4, 1e-12);
    expect_near(s.random_hits1, 0.25, 1e-12);
    expect_near(s.random_hits5, 1, 1e-12);
    /* The batch holds targets 0, 1, 3, 3: the first query wins, the second loses to 0, the third to
     * both, the last wins. */
    expect_near(s.batch64.value, 0.5, 0);
    expect_near(s.random_batch64, (1 / 4. + 1 / 4. + 2 / 4. + 2 / 4.) / 4, 1e-12);
}

static void ties_and_groups(void **state) {
    (void)state;
    const float pool[] = {0.8f, 0.6f, 1, 0, 0.8f, 0.6f, 0.8f, 0.6f};
    const float query[] = {1, 0};
    const int64_t target[] = {0};
    mg_retrieval_scores s = score(query, 1, pool, 4, 2, target, NULL, 0);
    expect_near(s.mean_rank.value, 3, 1e-12); /* one above, two level: places 2, 3, 4 */
    const int32_t same[] = {0, 1, 0, 2};      /* row 2 is the same molecule: one above, one level */
    s = score(query, 1, pool, 4, 2, target, same, 0);
    expect_near(s.mean_rank.value, 2.5, 1e-12);
    assert_int_equal(s.pool_duplicates, 1);
    /* Two of four rows are right: the first of them comes at place 1, 2, 3 with 3/6, 2/6, 1/6. */
    expect_near(s.random_mrr, (3 / 1. + 2 / 2. + 1 / 3.) / 6, 1e-12);
    expect_near(s.random_hits1, 0.5, 1e-12);
    const int32_t best[] = {0, 0, 1, 2}; /* the best row is the same molecule: found at once */
    s = score(query, 1, pool, 4, 2, target, best, 0);
    expect_near(s.mrr.value, 1, 0);
}

static void constant_model(void **state) {
    (void)state;
    float rows[200];
    int64_t target[100];
    for (int i = 0; i < 200; i++) rows[i] = 1;
    for (int i = 0; i < 100; i++) target[i] = i;
    mg_retrieval_scores s = score(rows, 100, rows, 100, 2, target, NULL, 100);
    expect_near(s.mean_rank.value, 50.5, 1e-9); /* the middle, not the first */
    expect_near(s.hits20.value, 0, 0);
    expect_near(s.batch64.value, 0, 0);
    expect_near(s.random_batch64, (64 / 64. + 36 / 36.) / 100, 1e-12);
    rows[0] = 0.0f / (rows[0] - 1); /* a model that gives NaN is last */
    s = score(rows, 1, rows, 100, 2, target, NULL, 0);
    expect_near(s.mean_rank.value, 100, 1e-9);
}

static void wrong_arguments(void **state) {
    (void)state;
    const float row[] = {1, 0};
    const int64_t outside[] = {1};
    const int32_t negative[] = {-1};
    const int64_t target[] = {0};
    mg_retrieval_scores s;
    assert_int_equal(mg_retrieval_score(row, 1, row, 1, 2, outside, NULL, 1, 0, 0, &s, NULL),
                     MOLGLOT_USAGE);
    assert_int_equal(mg_retrieval_score(row, 0, row, 1, 2, target, NULL, 1, 0, 0, &s, NULL),
                     MOLGLOT_USAGE);
    assert_int_equal(mg_retrieval_score(row, 1, row, 1, 2, target, negative, 1, 0, 0, &s, NULL),
                     MOLGLOT_USAGE);
}

/* Random rows on a coarse grid (so that ties are common), against the definition. */
static void against_definition(void **state) {
    (void)state;
    enum { N = 700, M = 1300, D = 4 };
    static float queries[N * D], pool[M * D];
    static int64_t target[N];
    static int32_t group[M];
    mg_rng rng = {.seed = 1};
    for (int i = 0; i < N * D; i++) queries[i] = (float)mg_rng_below(&rng, 5) - 2;
    for (int i = 0; i < M * D; i++) pool[i] = (float)mg_rng_below(&rng, 5) - 2;
    for (int i = 0; i < N; i++) target[i] = (int64_t)mg_rng_below(&rng, M);
    for (int i = 0; i < M; i++) group[i] = (int32_t)mg_rng_below(&rng, M / 2);
    double mrr = 0, mean = 0, hits10 = 0;
    for (int i = 0; i < N; i++) {
        float scores[M], best = -1e9f;
        for (int j = 0; j < M; j++) {
            scores[j] = 0;
            for (int k = 0; k < D; k++) scores[j] += queries[i * D + k] * pool[j * D + k];
            if (group[j] == group[target[i]] && scores[j] > best) best = scores[j];
        }
        double rank = 1;
        for (int j = 0; j < M; j++)
            if (group[j] != group[target[i]])
                rank += scores[j] > best ? 1 : scores[j] == best ? 0.5 : 0;
        mrr += 1 / rank / N;
        mean += rank / N;
        hits10 += (double)(rank <= 10) / N;
    }
    mg_retrieval_scores s = score(queries, N, pool, M, D, target, group, 1000);
    expect_near(s.mrr.value, mrr, 1e-9);
    expect_near(s.mean_rank.value, mean, 1e-6);
    expect_near(s.hits10.value, hits10, 1e-9);
    /* The interval of a mean is near 1.96 standard errors; hits are a share. */
    double error = 1.96 * sqrt(hits10 * (1 - hits10) / N);
    expect_near(s.hits10.high - s.hits10.low, 2 * error, 0.3 * error);
    assert_true(s.mrr.low < mrr && mrr < s.mrr.high);
    mg_retrieval_scores again = score(queries, N, pool, M, D, target, group, 1000);
    assert_memory_equal(&s, &again, sizeof s); /* a function of the seed */
}

/* Ranks that a function changes, and what they are better: the third query from 4 to 1, the second
 * from 2 to 3. */
static int put_right(void *user, int64_t query, double *rank, molglot_error *err) {
    static const double expected[] = {1, 2, 4, 1};
    assert_true(*rank == expected[query]);
    if (query == 2) *rank = 1;
    if (query == 1) *rank = 3;
    if (query == *(int *)user) return mg_fail(err, MOLGLOT_INTERRUPTED, "enough");
    return MOLGLOT_OK;
}

static void reranked(void **state) {
    (void)state;
    const float pool[] = {1, 0, 0.8f, 0.6f, 0.6f, 0.8f, 0, 1};
    const float queries[] = {1, 0, 1, 0, 1, 0, 0, 1};
    const int64_t target[] = {0, 1, 3, 3};
    mg_retrieval_scores s;
    mg_retrieval_gain g, again;
    molglot_error err = {0};
    for (int times = 0; times <= 300; times += 150) {
        int stop = -1;
        assert_int_equal(mg_retrieval_score_reranked(queries, 4, pool, 4, 2, target, NULL, 1, 7,
                                                     times, put_right, &stop, &s, &g, &err),
                         MOLGLOT_OK);
        expect_near(s.mrr.value, (1 + 1 / 3.0 + 1 + 1) / 4, 1e-12);
        expect_near(s.hits1.value, 0.75, 0);
        expect_near(s.mean_rank.value, 1.5, 1e-12);
        expect_near(g.mrr.value, (0.75 + 1 / 3.0 - 0.5) / 4, 1e-12);
        expect_near(g.hits1.value, 0.25, 1e-12);
        if (times) {
            /* a query moves by -1/6, 0 or 3/4 */
            assert_true(g.mrr.low >= -1 / 6.0 && g.mrr.low < g.mrr.value);
            assert_true(g.mrr.high <= 0.75 && g.mrr.high > g.mrr.value);
            expect_near(g.hits1.low, 0, 1e-12);
            assert_true(g.hits1.high >= 0.5 && g.hits1.high <= 1);
        } else {
            assert_true(g.mrr.low == g.mrr.value && g.hits1.high == g.hits1.value);
        }
    }
    int stop = 1;
    assert_int_equal(mg_retrieval_score_reranked(queries, 4, pool, 4, 2, target, NULL, 1, 7, 0,
                                                 put_right, &stop, &s, &again, &err),
                     MOLGLOT_INTERRUPTED);
    assert_int_equal(mg_retrieval_score_reranked(queries, 4, pool, 4, 2, target, NULL, 1, 7, 0,
                                                 NULL, NULL, &s, &again, &err),
                     MOLGLOT_OK);
    assert_true(again.mrr.value == 0 && again.hits1.high == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),         cmocka_unit_test(reranked),
        cmocka_unit_test(ties_and_groups), cmocka_unit_test(constant_model),
        cmocka_unit_test(wrong_arguments), cmocka_unit_test(against_definition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
