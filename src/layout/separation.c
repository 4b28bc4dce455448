/* separation.c - how well a space or a plane tells groups of rows apart.
 *
 *   silhouette of row i: (b - a) / max(a, b), a the mean distance to its own group, b the least
 *   mean distance to another (Rousseeuw 1987); a row alone in its group has 0
 *   k-NN: the commonest group of the k nearest others, the nearer first where two are as common
 *
 * The mean cosine of a unit row with a group is that with the group's sum, so the silhouette of a
 * space takes no pairs.
 */
#include "layout/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { K = 10, ASKED = 2000 };

/* The rows that have a group (or number), side by side. */
typedef struct chosen {
    float *x;       /* [n, dim] */
    int32_t *group; /* [n] */
    double *value;  /* [n] */
    size_t n;
} chosen;

static int choose(const float *x, size_t n, size_t dim, const int32_t *group, const double *value,
                  chosen *c, molglot_error *err) {
    *c = (chosen){malloc((n * dim + 1) * sizeof *c->x), malloc((n + 1) * sizeof *c->group),
                  malloc((n + 1) * sizeof *c->value), 0};
    if (!c->x || !c->group || !c->value) return mg_no_memory(err, "measures of %zu rows", n);
    for (size_t i = 0; i < n; i++) {
        if (group ? group[i] < 0 : !isfinite(value[i])) continue;
        memcpy(c->x + c->n * dim, x + i * dim, dim * sizeof *x);
        if (group) c->group[c->n] = group[i];
        if (value) c->value[c->n] = value[i];
        c->n++;
    }
    return MOLGLOT_OK;
}

static void chosen_free(chosen *c) {
    free(c->x);
    free(c->group);
    free(c->value);
}

/* Of mean distances to each group: own[g] counts rows. */
static double silhouette_of(const double *mean, const size_t *size, size_t groups, size_t own) {
    double a = 0, b = INFINITY;
    if (size[own] < 2) return 0;
    for (size_t g = 0; g < groups; g++) {
        if (g == own)
            a = mean[g];
        else if (size[g] && mean[g] < b)
            b = mean[g];
    }
    const double larger = a > b ? a : b;
    return larger > 0 ? (b - a) / larger : 0;
}

/* Mean distance of row i to each group, itself left out; sums[groups, dim] of the rows. */
static void cosine_distances(const chosen *c, size_t dim, const double *sums, const size_t *size,
                             size_t groups, size_t i, double *mean) {
    const float *x = c->x + i * dim;
    for (size_t g = 0; g < groups; g++) {
        const bool own = (size_t)c->group[i] == g;
        const size_t others = size[g] - own;
        double dot = 0, self = 0;
        for (size_t j = 0; j < dim; j++) dot += (double)x[j] * sums[g * dim + j];
        for (size_t j = 0; j < dim && own; j++) self += (double)x[j] * (double)x[j];
        mean[g] = others ? 1 - (dot - self) / (double)others : 0;
    }
}

static void plain_distances(const chosen *c, size_t dim, const size_t *size, size_t groups,
                            size_t i, double *mean) {
    memset(mean, 0, groups * sizeof *mean);
    for (size_t k = 0; k < c->n; k++) {
        double sum = 0;
        for (size_t j = 0; j < dim; j++) {
            const double d = (double)c->x[i * dim + j] - (double)c->x[k * dim + j];
            sum += d * d;
        }
        mean[c->group[k]] += sqrt(sum);
    }
    for (size_t g = 0; g < groups; g++) {
        const size_t others = size[g] - ((size_t)c->group[i] == g);
        mean[g] = others ? mean[g] / (double)others : 0;
    }
}

static int silhouette(const chosen *c, size_t dim, bool cosine, const size_t *size, size_t groups,
                      int threads, double *out, molglot_error *err) {
    double *sums = calloc(groups * dim + 1, sizeof *sums), *each = calloc(c->n + 1, sizeof *each);
    double *means = malloc((c->n * groups + 1) * sizeof *means);
    if (sums && each && means) {
        for (size_t i = 0; i < c->n && cosine; i++)
            for (size_t j = 0; j < dim; j++)
                sums[(size_t)c->group[i] * dim + j] += (double)c->x[i * dim + j];
#pragma omp parallel for num_threads(mg_threads(threads)) schedule(dynamic, 64)
        for (size_t i = 0; i < c->n; i++) {
            double *mean = means + i * groups;
            if (cosine)
                cosine_distances(c, dim, sums, size, groups, i, mean);
            else
                plain_distances(c, dim, size, groups, i, mean);
            each[i] = silhouette_of(mean, size, groups, (size_t)c->group[i]);
        }
        *out = 0;
        for (size_t i = 0; i < c->n; i++) *out += each[i] / (double)c->n;
    }
    const bool ok = sums && each && means;
    free(sums);
    free(each);
    free(means);
    return ok ? MOLGLOT_OK : mg_no_memory(err, "measures of %zu rows", c->n);
}

/* The neighbours of evenly spaced rows; the caller frees *near. */
static int ask(const float *x, size_t n, size_t dim, int threads, size_t *asked, size_t *k,
               int32_t **near, molglot_error *err) {
    *asked = n < ASKED ? n : ASKED;
    *k = n - 1 < K ? n - 1 : K;
    *near = malloc((*asked * *k + 1) * sizeof **near);
    if (!*near) return mg_no_memory(err, "neighbours of %zu rows", n);
    const int code = mg_neighbours(x, n, (int)dim, *asked, *k, threads, *near, NULL, err);
    if (code) {
        free(*near);
        *near = NULL;
    }
    return code;
}

static int32_t vote(const chosen *c, const int32_t *near, size_t k) {
    int32_t best = c->group[near[0]];
    int most = 0;
    for (size_t i = 0; i < k; i++) {
        int n = 0;
        for (size_t j = 0; j < k; j++) n += c->group[near[j]] == c->group[near[i]];
        if (n > most) most = n, best = c->group[near[i]];
    }
    return best;
}

static int measure(const chosen *c, size_t dim, bool cosine, size_t *size, size_t groups,
                   int threads, mg_separation *out, molglot_error *err) {
    size_t k, largest = 0, right = 0;
    int32_t *near = NULL;
    for (size_t i = 0; i < c->n; i++) size[c->group[i]]++;
    for (size_t g = 0; g < groups; g++) {
        out->groups += size[g] > 0;
        if (size[g] > largest) largest = size[g];
    }
    if (out->groups < 2 || c->n < 3)
        return mg_fail(err, MOLGLOT_FAILED,
                       "separation needs two groups and three rows: there are %zu and %zu",
                       out->groups, c->n);
    out->rows = c->n;
    out->chance = (double)largest / (double)c->n;
    int code = silhouette(c, dim, cosine, size, groups, threads, &out->silhouette, err);
    if (!code) code = ask(c->x, c->n, dim, threads, &out->asked, &k, &near, err);
    if (code) return code;
    out->k = (int)k;
    for (size_t q = 0; q < out->asked; q++)
        right += vote(c, near + q * k, k) == c->group[mg_asked_row(q, c->n, out->asked)];
    out->knn = (double)right / (double)out->asked;
    free(near);
    return MOLGLOT_OK;
}

int mg_separation_of(const float *x, size_t n, int dim, bool cosine, const int32_t *group,
                     int threads, mg_separation *out, molglot_error *err) {
    size_t groups = 0;
    *out = (mg_separation){0};
    for (size_t i = 0; i < n; i++)
        if (group[i] >= 0 && (size_t)group[i] >= groups) groups = (size_t)group[i] + 1;
    if (groups > n)
        return mg_fail(err, MOLGLOT_USAGE, "groups of %zu rows are numbered up to %zu", n,
                       groups - 1);
    chosen c;
    size_t *size = calloc(groups + 1, sizeof *size);
    int code = choose(x, n, (size_t)dim, group, NULL, &c, err);
    if (!code && !size) code = mg_no_memory(err, "measures of %zu rows", n);
    if (!code) code = measure(&c, (size_t)dim, cosine, size, groups, threads, out, err);
    chosen_free(&c);
    free(size);
    return code;
}

int mg_separation_of_numbers(const float *x, size_t n, int dim, const double *value, int threads,
                             double *r2, size_t *rows, molglot_error *err) {
    chosen c;
    size_t asked, k;
    int32_t *near = NULL;
    double mean = 0, all = 0, left = 0;
    int code = choose(x, n, (size_t)dim, NULL, value, &c, err);
    *rows = c.n;
    if (!code && c.n < 3) code = mg_fail(err, MOLGLOT_FAILED, "only %zu rows have a number", c.n);
    if (!code) code = ask(c.x, c.n, (size_t)dim, threads, &asked, &k, &near, err);
    if (!code) {
        for (size_t q = 0; q < asked; q++)
            mean += c.value[mg_asked_row(q, c.n, asked)] / (double)asked;
        for (size_t q = 0; q < asked; q++) {
            const double v = c.value[mg_asked_row(q, c.n, asked)];
            double told = 0;
            for (size_t j = 0; j < k; j++) told += c.value[near[q * k + j]] / (double)k;
            all += (v - mean) * (v - mean);
            left += (v - told) * (v - told);
        }
        *r2 = all > 0 ? 1 - left / all : 0;
    }
    free(near);
    chosen_free(&c);
    return code;
}

int mg_neighbours_kept(const float *x, size_t n, int dim, const float *y, int threads, double *kept,
                       molglot_error *err) {
    size_t asked, k, same = 0;
    int32_t *space = NULL, *plane = NULL;
    if (n < 3) return mg_fail(err, MOLGLOT_FAILED, "neighbours of %zu rows", n);
    int code = ask(x, n, (size_t)dim, threads, &asked, &k, &space, err);
    if (!code) code = ask(y, n, 2, threads, &asked, &k, &plane, err);
    for (size_t q = 0; q < asked && !code; q++)
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++) same += space[q * k + i] == plane[q * k + j];
    if (!code) *kept = (double)same / (double)(asked * k);
    free(space);
    free(plane);
    return code;
}

void mg_layout_align(const float *to, float *y, size_t n) {
    double a = 0, b = 0, c = 0, d = 0, my[2] = {0}, mt[2] = {0};
    for (size_t i = 0; i < 2 * n; i++) {
        my[i % 2] += (double)y[i] / (double)n;
        mt[i % 2] += (double)to[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double u = (double)y[2 * i] - my[0], v = (double)y[2 * i + 1] - my[1],
                     s = (double)to[2 * i] - mt[0], t = (double)to[2 * i + 1] - mt[1];
        a += u * s + v * t; /* turned: cos a + sin b */
        b += u * t - v * s;
        c += u * s - v * t; /* mirrored first */
        d += u * t + v * s;
    }
    const bool mirror = c * c + d * d > a * a + b * b;
    const double cos = mirror ? c : a, sin = mirror ? d : b, length = sqrt(cos * cos + sin * sin);
    if (!(length > 0)) return;
    for (size_t i = 0; i < n; i++) {
        const double u = (double)y[2 * i] - my[0],
                     v = ((double)y[2 * i + 1] - my[1]) * (mirror ? -1 : 1);
        y[2 * i] = (float)((cos * u - sin * v) / length);
        y[2 * i + 1] = (float)((sin * u + cos * v) / length);
    }
}
