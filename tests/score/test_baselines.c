/* test_baselines.c - the molecules of the nearest captions: whichever row they stand in, those
 * without a caption left out, none where the pool is too small. */
#include "../must.h"
#include "score/inside.h"

#include <string.h>

static void nearest_captions(void **state) {
    (void)state;
    static const char *const smiles[] = {"C", "CC", "N", "CCC", "O"};
    static const char *const text[] = {"alpha one", "beta two", "", "gamma three", "beta beta"};
    static const char *const cases[][2] = {{"alpha", "C"},     {"gamma", "CCC"},
                                           {"two", "CC"},      {"beta two", "CC"},
                                           {"one alpha", "C"}, {"three", "CCC"}};
    enum { N = MG_COUNT(cases), SAMPLES = 5, WITH_CAPTION = 4 };
    const mg_pool pool = {.n = MG_COUNT(smiles), .smiles = smiles, .text = text};
    molglot_error err = {0};
    const char *asked[N], *got[N * SAMPLES];
    for (int i = 0; i < N; i++) asked[i] = cases[i][0];
    for (int rank = MG_RANK_BM25; rank <= MG_RANK_TFIDF; rank++) {
        must(mg_baseline_captions(&pool, rank, asked, N, SAMPLES, 1, got, &err), &err);
        for (int i = 0; i < N; i++) {
            const char **own = got + i * SAMPLES;
            assert_string_equal(own[0], cases[i][1]);
            assert_null(own[WITH_CAPTION]);
            for (int k = 0; k < WITH_CAPTION; k++) { /* each once */
                assert_string_not_equal(own[k], "N");
                for (int j = 0; j < k; j++) assert_string_not_equal(own[k], own[j]);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nearest_captions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
