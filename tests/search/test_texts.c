/* test_texts.c - which texts say the words of a question: shares, their order, equal ones. */
#include "../must.h"
#include "search/search.h"

#include <math.h>

static molglot_error err;
static const char *const TEXTS[] = {"A purine alkaloid of tea and coffee.", "", "Purine",
                                    "An alkaloid of poppies; the alkaloids of coffee are others.",
                                    "caf\xC3\xA9 \xCE\xB2-carotene"};
enum { N = sizeof TEXTS / sizeof TEXTS[0], K = 8 };

static const char *text_at(const void *of, int64_t row) { return ((const char *const *)of)[row]; }

static int find(const char *question, int k, const float *first, mg_text_hit *hits) {
    const mg_texts texts = {text_at, TEXTS, N, first};
    int held;
    must(mg_texts_saying(&texts, question, k, hits, &held, &err), &err);
    return held;
}

static double idf(double df) { return log(1 + (N - df + .5) / (df + .5)); }

static void has_share(const mg_text_hit *hit, double share) {
    assert_float_equal(hit->share, (float)share, 1e-6);
}

static void shares(void **state) {
    (void)state;
    mg_text_hit hits[K];
    assert_int_equal(find("the purine alkaloid found in coffee", K, NULL, hits), 3);
    /* "found" stands in no text, the other words in two each, however often */
    const double all = 3 * idf(2) + idf(0);
    assert_int_equal(hits[0].row, 0);
    has_share(&hits[0], 3 * idf(2) / all);
    assert_int_equal(hits[1].row, 3);
    has_share(&hits[1], 2 * idf(2) / all);
    assert_int_equal(hits[2].row, 2);
    has_share(&hits[2], idf(2) / all);
    assert_int_equal(find("beta-carotene", K, NULL, hits), 1);
    assert_int_equal(hits[0].row, 4);
    has_share(&hits[0], 1);
}

static void best_ones(void **state) {
    (void)state;
    static const float first[N] = {.1f, 0, .3f, .2f, 0};
    mg_text_hit hits[K];
    assert_int_equal(find("coffee", 1, NULL, hits), 1);
    assert_int_equal(hits[0].row, 0);
    assert_int_equal(find("coffee", 1, first, hits), 1);
    assert_int_equal(hits[0].row, 3);
    assert_int_equal(find("coffee", 2, first, hits), 2);
    assert_int_equal(hits[1].row, 0);
    assert_int_equal(find("coffee", 0, first, hits), 0);
}

static void nothing_to_find(void **state) {
    (void)state;
    mg_text_hit hits[K];
    assert_int_equal(find("", K, NULL, hits), 0);
    assert_int_equal(find("zzyzx", K, NULL, hits), 0);
    /* what is not wanted says nothing of what is */
    assert_int_equal(find("tea without purine", K, NULL, hits), 1);
    assert_int_equal(hits[0].row, 0);
    has_share(&hits[0], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares), cmocka_unit_test(best_ones),
                                       cmocka_unit_test(nothing_to_find)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
