/* calibrate.c - a head's calibration, from validation rows.
 *
 *   classes   p = sigmoid(a z + b): the likelihood's maximum (Platt) with a and b held near 1 and 0
 *             as by two rows of doubt; of tasks with fewer than ten rows of a class, one a and b of
 *             all tasks together
 *   numbers   the variance a v + b of the largest likelihood under a normal distribution
 */
#include "train/heads/inside.h"

#include <math.h>
#include <stdlib.h>

enum { FEW = 10, STEPS = 50 };

typedef struct answers {
    const float *z, *v, *truth; /* [n, tasks] */
    int64_t n, tasks;
} answers;

/* Newton's method. */
void heads_fit_logistic(const float *zs, const float *truth, int64_t n, int64_t stride, double *a,
                        double *b) {
    *a = 1, *b = 0;
    for (int step = 0; step < STEPS; step++) {
        double ga = 2 * (*a - 1), gb = 2 * *b, haa = 2, hbb = 2, hab = 0;
        for (int64_t i = 0; i < n; i++) {
            const double y = truth[i * stride], z = zs[i * stride];
            if (isnan(y)) continue;
            const double p = 1 / (1 + exp(-(*a * z + *b))), h = p * (1 - p);
            ga += (p - y) * z, gb += p - y;
            haa += h * z * z, hbb += h, hab += h * z;
        }
        const double det = haa * hbb - hab * hab;
        if (!(det > 1e-12)) break;
        const double da = (hbb * ga - hab * gb) / det, db = (haa * gb - hab * ga) / det,
                     least = fmin(1, 2 / (fabs(da) + fabs(db) + 1e-9));
        *a -= least * da, *b -= least * db;
        if (fabs(da) + fabs(db) < 1e-7) break;
    }
    if (!isfinite(*a) || !isfinite(*b) || *a < .05) *a = fmax(.05, isfinite(*a) ? *a : 1);
    if (!isfinite(*b)) *b = 0;
}

static void calibrate_classes(mg_heads *m, const answers *x) {
    double all_a, all_b;
    heads_fit_logistic(x->z, x->truth, x->n * x->tasks, 1, &all_a, &all_b);
    for (int k = 0; k < m->c.tasks; k++) {
        int64_t ones = 0, zeros = 0;
        for (int64_t i = 0; i < x->n; i++) {
            const float y = x->truth[i * x->tasks + k];
            ones += y == 1, zeros += y == 0;
        }
        double a = all_a, b = all_b;
        if (ones >= FEW && zeros >= FEW)
            heads_fit_logistic(x->z + k, x->truth + k, x->n, x->tasks, &a, &b);
        ((float *)m->a->data)[k] = (float)a;
        ((float *)m->b->data)[k] = (float)b;
    }
}

/* Twice the negative log likelihood. */
static double cost(const answers *x, const mg_heads *m, int k, double a, double b) {
    const double shift = ((const float *)m->task_mean->data)[k],
                 scale = ((const float *)m->task_scale->data)[k];
    double sum = 0;
    for (int64_t i = 0; i < x->n; i++) {
        const int64_t at = i * x->tasks + k;
        const double y = x->truth[at];
        if (isnan(y)) continue;
        const double d = (y - shift) / scale - x->z[at], v = a * x->v[at] + b;
        sum += log(v) + d * d / v;
    }
    return sum;
}

static void calibrate_numbers(mg_heads *m, const answers *x) {
    for (int k = 0; k < m->c.tasks; k++) {
        double best = INFINITY, a = 1, b = .1;
        for (int i = 0; i < 12; i++)
            for (int j = 0; j < 60; j++) {
                const double try_a = i ? pow(2, i - 3) : 0, try_b = pow(1.2, j - 45);
                const double here = cost(x, m, k, try_a, try_b);
                if (here < best) best = here, a = try_a, b = try_b;
            }
        ((float *)m->a->data)[k] = (float)a;
        ((float *)m->b->data)[k] = (float)b;
    }
}

void heads_calibrate(mg_heads *m, const float *z, const float *v, const float *truth, int64_t n) {
    const answers x = {z, v, truth, n, m->c.tasks};
    if (m->c.task == MG_HEADS_CLASSES)
        calibrate_classes(m, &x);
    else
        calibrate_numbers(m, &x);
}
