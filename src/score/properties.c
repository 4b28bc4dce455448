/* properties.c - how good predictions of properties are. Gaps of the truth are NaN and count for
 * nothing.
 *
 *   ROC-AUC  the share of pairs of a 1 and a 0 that stand in the right order, ties as half: from
 *            the ranks, ties with their mean
 *   average precision  sum over the ones, from the highest score on, of the precision there
 */
#include "score/score.h"

#include <math.h>
#include <stdlib.h>

typedef struct ranked {
    float score;
    bool one;
} ranked;

static int descending(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    return x->score > y->score ? -1 : x->score < y->score;
}

/* What is known, from the highest score on; NULL without memory. */
static ranked *rank_known(const float *score, const float *truth, size_t n, size_t stride,
                          size_t *known, size_t *ones) {
    ranked *r = malloc((n + 1) * sizeof *r);
    *known = *ones = 0;
    for (size_t i = 0; r && i < n; i++) {
        if (isnan(truth[i * stride])) continue;
        r[*known] = (ranked){score[i * stride], truth[i * stride] > .5F};
        *ones += r[(*known)++].one;
    }
    if (r) qsort(r, *known, sizeof *r, descending);
    return r;
}

double mg_score_auc(const float *score, const float *truth, size_t n, size_t stride) {
    size_t known, ones;
    ranked *r = rank_known(score, truth, n, stride, &known, &ones);
    double sum = 0; /* of the ranks of the zeros, from 1 for the highest score */
    for (size_t i = 0, j; r && i < known; i = j) {
        for (j = i; j < known && r[j].score == r[i].score; j++) {}
        for (size_t k = i; k < j; k++)
            if (!r[k].one) sum += ((double)i + (double)j + 1) / 2;
    }
    const double zeros = (double)(known - ones);
    const bool both = r && ones && known > ones;
    free(r);
    return both ? (sum - zeros * (zeros + 1) / 2) / (zeros * (double)ones) : NAN;
}

double mg_score_precision(const float *score, const float *truth, size_t n, size_t stride) {
    size_t known, ones;
    ranked *r = rank_known(score, truth, n, stride, &known, &ones);
    double sum = 0, seen = 0;
    for (size_t i = 0, j; r && i < known; i = j) {
        double here = 0;
        for (j = i; j < known && r[j].score == r[i].score; j++) here += r[j].one;
        seen += here;
        sum += here * seen / (double)j;
    }
    free(r);
    return ones ? sum / (double)ones : NAN;
}

mg_regression_score mg_score_regression(const float *value, const float *truth, size_t n,
                                        size_t stride) {
    mg_regression_score s = {.rmse = NAN, .mae = NAN, .r2 = NAN};
    double error = 0, square = 0, sum = 0, own = 0;
    for (size_t i = 0; i < n; i++) {
        const double y = truth[i * stride], d = value[i * stride] - y;
        if (isnan(y)) continue;
        s.n++;
        error += fabs(d);
        square += d * d;
        sum += y;
        own += y * y;
    }
    if (!s.n) return s;
    const double k = (double)s.n, spread = own - sum * sum / k;
    s.rmse = sqrt(square / k);
    s.mae = error / k;
    if (spread > 0) s.r2 = 1 - square / spread;
    return s;
}
