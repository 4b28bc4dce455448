/* test_properties.c - ROC-AUC, average precision and errors of predictions against plain loops over
 * pairs and thresholds; stereo of a SMILES that RDKit does not read. */
#include "../must.h"
#include "score/inside.h"
#include "score/score.h"

#include <math.h>

enum { MOST = 40, STRIDE = 3 };

/* Pairs of a 1 and a 0 in the right order, ties as half. */
static double auc_by_pairs(const float *score, const float *truth, size_t n) {
    double right = 0, pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            if (truth[i * STRIDE] != 1 || truth[k * STRIDE] != 0) continue;
            pairs++;
            right += score[i * STRIDE] > score[k * STRIDE]   ? 1
                     : score[i * STRIDE] < score[k * STRIDE] ? 0
                                                             : 0.5;
        }
    return pairs > 0 ? right / pairs : NAN;
}

/* Of each 1 the share of ones among all that score as much or more. */
static double precision_by_thresholds(const float *score, const float *truth, size_t n) {
    double sum = 0, ones = 0;
    for (size_t i = 0; i < n; i++) {
        if (truth[i * STRIDE] != 1) continue;
        double above = 0, right = 0;
        for (size_t k = 0; k < n; k++)
            if (score[k * STRIDE] >= score[i * STRIDE] && !isnan(truth[k * STRIDE])) {
                above++;
                right += truth[k * STRIDE] == 1;
            }
        ones++;
        sum += right / above;
    }
    return ones > 0 ? sum / ones : NAN;
}

static bool equal(double a, double b) { return (isnan(a) && isnan(b)) || fabs(a - b) < 1e-12; }

static void classes(void **state) {
    (void)state;
    mg_rng rng = {.seed = 11};
    float score[MOST * STRIDE], truth[MOST * STRIDE];
    for (int round = 0; round < 300; round++) {
        const size_t n = mg_rng_below(&rng, MOST + 1);
        const uint64_t levels = 1 + mg_rng_below(&rng, 12), kinds = 1 + mg_rng_below(&rng, 4);
        for (size_t i = 0; i < n * STRIDE; i++) {
            const uint64_t kind = mg_rng_below(&rng, kinds + (round % 2));
            score[i] = (float)mg_rng_below(&rng, levels);
            truth[i] = kind == 0 ? 0.0f : kind == 2 ? NAN : 1.0f;
        }
        if (!equal(mg_score_auc(score, truth, n, STRIDE), auc_by_pairs(score, truth, n)))
            fail_msg("round %d: AUC", round);
        if (!equal(mg_score_precision(score, truth, n, STRIDE),
                   precision_by_thresholds(score, truth, n)))
            fail_msg("round %d: average precision", round);
    }
    static const float s[] = {0.1f, 0.4f, 0.35f, 0.8f}, t[] = {0, 0, 1, 1};
    assert_true(equal(mg_score_auc(s, t, 4, 1), 0.75)); /* scikit-learn's example */
    assert_true(fabs(mg_score_precision(s, t, 4, 1) - 0.8333333) < 1e-6);
    /* a probability is a 1 above one half */
    static const float half[] = {0.5f, 0.51f, 0.5f, 1};
    assert_true(equal(mg_score_auc(s, half, 4, 1), 1));
    assert_true(isnan(mg_score_auc(s, t, 2, 1)) && isnan(mg_score_precision(s, t, 2, 1)));
    assert_true(isnan(mg_score_auc(s + 2, t + 2, 2, 1)));
    assert_true(equal(mg_score_precision(s + 2, t + 2, 2, 1), 1));
}

static void regression(void **state) {
    (void)state;
    /* errors 1, -2, 0, 3 of truths 1, 2, 3, 6 about a mean of 3 */
    static const float value[] = {2, 9, 0, 9, 5, 9, 3, 9, 9, 9},
                       truth[] = {1, 9, 2, 9, NAN, 9, 3, 9, 6, 9};
    const mg_regression_score s = mg_score_regression(value, truth, 5, 2);
    assert_int_equal(s.n, 4);
    assert_true(equal(s.mae, 1.5) && equal(s.rmse, sqrt(14.0 / 4)) && equal(s.r2, 1 - 14.0 / 14));
    const mg_regression_score same = mg_score_regression(truth, truth, 3, 2);
    assert_int_equal(same.n, 2);
    assert_true(same.mae == 0 && same.rmse == 0 && equal(same.r2, 1));
    const mg_regression_score one = mg_score_regression(value, truth, 1, 2);
    assert_true(one.n == 1 && one.mae == 1 && one.rmse == 1 && isnan(one.r2)); /* no spread */
    const mg_regression_score none = mg_score_regression(value + 4, truth + 4, 1, 2);
    assert_true(none.n == 0 && isnan(none.mae) && isnan(none.rmse) && isnan(none.r2));
}

static void unread_stereo(void **state) {
    (void)state;
    static const struct {
        const char *smiles;
        bool unread;
    } cases[] = {
        {"CC=[C@]=CC", true},
        {"CC=[C@@]=CC", true},
        {"CC=C=CC", false},
        {"C[C@H](F)Cl", false},
        {"C[C@H](F)C=C", false},
        {"F/C=C/F", false},
        {"F/C=C=C/F", false}, /* an even number */
        {"F/C=C=C=C/F", true},
        {"F\\C=C=C=C/F", true},
        {"F/C=C=C=C=C/F", false},
        {"F/C=C=C=C=C=C/F", true},
        {"FC=C=C=C/F", false},
        {"F/C=C=C=CF", false},
        {"F/C(Cl)=C=C=C(/F)Cl", true},
        {"F/C=C=C(C)C/F", false},
        {"F/C=C(C)C=C/F", false},
        {"C(=C=C=C/F)/F", true},
        {"C1(F)=C=C=C1/F", false},
        {"F/C=1.C=1=C=C/F", true}, /* by a ring's digit */
        {"F/C=%12.C%12=C=C/F", true},
        {"F/C%12.C=%12=C=C/F", true},
        {"F/C=%1.C=1=C=C/F", false},
        {"F/C=C=C=C/C%12.C%12", true}, /* at the end */
        {"F/C=C=C=C/C%12.C%1", false},
        {"F/C=C=C=C/C1.C1", true},
        {"F/C=C=C=C/F title", true},
        {"C1CC1C=[C@]=CC", true}, /* a ring from the first atom */
        {"CC title=[C@]=CC", false},
        {"CC=[C@=CC", false}, /* no SMILES */
        {"CC)=[C@]=CC", false},
        {"CC=[C@]=CC?", false},
        {"1CC=[C@]=CC", false},
        {"Br/C=C=C=C/Cl", true},
        {"*/C=C=C=C/*", true},
        {"[13CH3]/C=C=C=C/[2H]", true},
        {"N#C/C=C=C=C/F", true},
        {"F/C=C.C=C/F", false},
        {"", false},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        if (mg_unread_stereo(cases[i].smiles) != cases[i].unread) fail_msg("%s", cases[i].smiles);
    /* 2048 atoms, 256 branches */
    for (int over = 0; over < 2; over++) {
        mg_str s = {0};
        mg_str_addz(&s, "CC=[C@]=C");
        for (int i = 0; i < 2044 + over; i++) mg_str_addz(&s, "C");
        assert_int_equal(mg_unread_stereo(s.s), !over);
        s.n = 0;
        mg_str_addz(&s, "CC=[C@]=C");
        for (int i = 0; i < 256 + over; i++) mg_str_addz(&s, "(C");
        for (int i = 0; i < 256 + over; i++) mg_str_addz(&s, ")");
        assert_int_equal(mg_unread_stereo(s.s), !over);
        mg_str_free(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(classes), cmocka_unit_test(regression),
                                       cmocka_unit_test(unread_stereo)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
