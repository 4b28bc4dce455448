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
    const float *z, *v; /* [n, tasks] */
    const heads_table *t;
    const int64_t *rows;
    int64_t n;
} answers;

static float truth_of(const answers *x, int64_t i, int k) {
    return x->t->truth[x->rows[i] * x->t->tasks + k];
}

/* Newton's method over the rows of tasks from .. to-1. */
static void fit_logistic(const answers *x, int from, int to, double *a, double *b) {
    *a = 1, *b = 0;
    for (int step = 0; step < STEPS; step++) {
        double ga = 2 * (*a - 1), gb = 2 * *b, haa = 2, hbb = 2, hab = 0;
        for (int64_t i = 0; i < x->n; i++)
            for (int k = from; k < to; k++) {
                const double y = truth_of(x, i, k), z = x->z[i * x->t->tasks + k];
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
    fit_logistic(x, 0, m->c.tasks, &all_a, &all_b);
    for (int k = 0; k < m->c.tasks; k++) {
        int64_t ones = 0, zeros = 0;
        for (int64_t i = 0; i < x->n; i++) {
            const float y = truth_of(x, i, k);
            ones += y == 1, zeros += y == 0;
        }
        double a = all_a, b = all_b;
        if (ones >= FEW && zeros >= FEW) fit_logistic(x, k, k + 1, &a, &b);
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
        const double y = truth_of(x, i, k);
        if (isnan(y)) continue;
        const int64_t at = i * x->t->tasks + k;
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

void heads_calibrate(mg_heads *m, const float *z, const float *v, const heads_table *t,
                     const int64_t *rows, int64_t n) {
    const answers x = {z, v, t, rows, n};
    if (m->c.task == MG_HEADS_CLASSES)
        calibrate_classes(m, &x);
    else
        calibrate_numbers(m, &x);
}
