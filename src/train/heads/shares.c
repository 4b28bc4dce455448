/* shares.c - how much of a head's answer each voice has: members, trees, the linear model.
 *
 * All shares in tenths are tried on the validation rows. Of each mixture the loss is taken cell by
 * cell, of classes after one calibration sigmoid(a z + b) of all tasks, so that a voice is not
 * judged by its scale. Few rows cannot tell mixtures apart: of those whose mean loss is within one
 * standard error (of the paired difference) of the least, the one nearest to the recipe's shares
 * is taken. Fewer than LEAST cells say nothing.
 */
#include "train/heads/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = 30, TENTHS = 10, MIXTURES = (TENTHS + 1) * (TENTHS + 2) / 2 };

typedef struct mixture {
    double share[HEADS_VOICES];
} mixture;

static int list_mixtures(const float *const voice[HEADS_VOICES], mixture *out) {
    int n = 0;
    for (int a = 0; a <= TENTHS; a++)
        for (int b = 0; a + b <= TENTHS; b++) {
            const int tenths[HEADS_VOICES] = {a, b, TENTHS - a - b};
            bool possible = true;
            for (int k = 0; k < HEADS_VOICES; k++) possible &= voice[k] || !tenths[k];
            for (int k = 0; k < HEADS_VOICES && possible; k++)
                out[n].share[k] = (double)tenths[k] / TENTHS;
            n += possible;
        }
    return n;
}

/* The losses [n] of a mixture's cells. */
static void losses_of(const float *const voice[HEADS_VOICES], const float *truth, size_t n,
                      bool classes, mixture m, float *z, float *out) {
    double a = 1, b = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < HEADS_VOICES; k++)
            if (voice[k]) sum += m.share[k] * (double)voice[k][i];
        z[i] = (float)sum;
    }
    if (classes) heads_fit_logistic(z, truth, (int64_t)n, 1, &a, &b);
    for (size_t i = 0; i < n; i++) {
        const double d = (double)z[i] - (double)truth[i], t = a * (double)z[i] + b;
        out[i] = (float)(classes ? log1p(exp(-fabs(t))) + fmax(0, truth[i] > .5F ? -t : t) : d * d);
    }
}

/* Mean of x - y, and its standard error. */
static double difference(const float *x, const float *y, size_t n, double *error) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)x[i] - (double)y[i];
        sum += d, square += d * d;
    }
    const double mean = sum / (double)n, variance = square / (double)n - mean * mean;
    *error = sqrt(fmax(0, variance) / (double)n);
    return mean;
}

static double distance(mixture a, const double *b) {
    double sum = 0;
    for (int k = 0; k < HEADS_VOICES; k++) sum += (a.share[k] - b[k]) * (a.share[k] - b[k]);
    return sum;
}

static double sum_of(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i];
    return sum;
}

int heads_choose_shares(const float *const voice[HEADS_VOICES], const float *truth, size_t n,
                        bool classes, double share[HEADS_VOICES], molglot_error *err) {
    if (n < LEAST) return MOLGLOT_OK;
    mixture all[MIXTURES];
    const int count = list_mixtures(voice, all);
    float *loss = malloc(((size_t)count + 1) * (n + 1) * sizeof *loss);
    if (!loss) return mg_no_memory(err, "the shares of voices");
    float *z = loss + (size_t)count * n;
    int least = 0, chosen = 0;
    double lowest = INFINITY, nearest = INFINITY;
    for (int i = 0; i < count; i++) {
        losses_of(voice, truth, n, classes, all[i], z, loss + (size_t)i * n);
        const double sum = sum_of(loss + (size_t)i * n, n);
        if (sum < lowest) lowest = sum, least = i;
    }
    for (int i = 0; i < count; i++) {
        double error;
        const double above = difference(loss + (size_t)i * n, loss + (size_t)least * n, n, &error),
                     away = distance(all[i], share);
        if (above <= error && away < nearest) nearest = away, chosen = i;
    }
    for (int k = 0; k < HEADS_VOICES; k++) share[k] = all[chosen].share[k];
    free(loss);
    return MOLGLOT_OK;
}
