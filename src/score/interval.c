/* interval.c - 95 % intervals: of a value from resamples of it (percentiles), of a share of counted
 * rows (Wilson's score interval). */
#include "score/score.h"

#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted values, with linear interpolation. */
static double percentile(const double *v, int n, double p) {
    double at = p * (n - 1);
    int i = (int)at;
    return i + 1 < n ? v[i] + (at - i) * (v[i + 1] - v[i]) : v[n - 1];
}

mg_interval mg_interval95(double value, double *resamples, int n) {
    int defined = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(resamples[i])) resamples[defined++] = resamples[i];
    if (!defined) return (mg_interval){value, value, value};
    qsort(resamples, (size_t)defined, sizeof *resamples, compare_doubles);
    return (mg_interval){value, percentile(resamples, defined, 0.025),
                         percentile(resamples, defined, 0.975)};
}

mg_interval mg_share_interval(int64_t part, int64_t whole) {
    if (whole < 1) return (mg_interval){0, 0, 1};
    const double z = 1.959964, n = (double)whole, p = (double)part / n, wide = 1 + z * z / n;
    const double middle = (p + z * z / (2 * n)) / wide,
                 half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / wide;
    return (mg_interval){p, fmax(0, middle - half), fmin(1, middle + half)};
}
