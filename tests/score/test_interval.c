/* test_interval.c - intervals of a few values whose bounds are known. */
#include "score/score.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_interval(mg_interval v, double value, double low, double high,
                            double tolerance) {
    if (!(fabs(v.value - value) <= tolerance && fabs(v.low - low) <= tolerance &&
          fabs(v.high - high) <= tolerance))
        fail_msg("%.9g [%.9g, %.9g], not %.9g [%.9g, %.9g]", v.value, v.low, v.high, value, low,
                 high);
}

static void of_resamples(void **state) {
    (void)state;
    double some[] = {3, NAN, 1, 2}, one[] = {4}, none[] = {NAN, NAN};
    expect_interval(mg_interval95(2, some, 4), 2, 1.05, 2.95, 1e-12); /* of 1, 2, 3 */
    expect_interval(mg_interval95(5, one, 1), 5, 4, 4, 0);
    expect_interval(mg_interval95(5, none, 2), 5, 5, 5, 0);
    expect_interval(mg_interval95(5, none, 0), 5, 5, 5, 0);
}

/* Wilson's interval, as R's prop.test(x, n, correct = FALSE) has it. */
static void of_shares(void **state) {
    (void)state;
    expect_interval(mg_share_interval(8, 10), 0.8, 0.490162, 0.943318, 1e-6);
    expect_interval(mg_share_interval(0, 10), 0, 0, 0.277533, 1e-6);
    expect_interval(mg_share_interval(10, 10), 1, 0.722467, 1, 1e-6);
    expect_interval(mg_share_interval(0, 0), 0, 0, 1, 0); /* nothing is known */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(of_resamples), cmocka_unit_test(of_shares)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
