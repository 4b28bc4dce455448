/* test_layout.c - maps: principal components, neighbours, the gradient of t-SNE by finite
 * differences, blobs that separate, any number of threads, measures, bad input.
 */
#include "../must.h"
#include "layout/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIM = 24 };

/* Three blobs of unit rows, in turn. */
static float *blobs(size_t n, double spread) {
    mg_rng rng = {.seed = 7};
    float *x = must_alloc((int64_t)n * DIM, sizeof *x);
    for (size_t i = 0; i < n; i++) {
        double square = 0;
        for (size_t j = 0; j < DIM; j++) {
            const double v = (j == i % 3) + spread * mg_rng_normal(&rng);
            x[i * DIM + j] = (float)v;
            square += v * v;
        }
        for (size_t j = 0; j < DIM; j++) x[i * DIM + j] /= (float)sqrt(square);
    }
    return x;
}

static int32_t *thirds(size_t n) {
    int32_t *group = must_alloc((int64_t)n, sizeof *group);
    for (size_t i = 0; i < n; i++) group[i] = (int32_t)(i % 3);
    return group;
}

/* ---- principal components ---- */

static void test_pca(void **state) {
    (void)state;
    enum { N = 500 };
    mg_rng rng = {.seed = 3};
    float *x = must_alloc(N * DIM, sizeof *x), out[N * 3];
    double kept[3], sum[3] = {0}, cross = 0;
    for (int i = 0; i < N; i++) { /* deviations 4, 2, 1 along three axes, .01 along all others */
        for (int j = 0; j < DIM; j++) x[i * DIM + j] = (float)(0.01 * mg_rng_normal(&rng)) + 5;
        x[i * DIM + 5] += (float)(4 * mg_rng_normal(&rng));
        x[i * DIM + 2] += (float)(2 * mg_rng_normal(&rng));
        x[i * DIM + 9] += (float)mg_rng_normal(&rng);
    }
    molglot_error err;
    assert_int_equal(mg_pca(x, N, DIM, 3, 0, 2, out, kept, &err), MOLGLOT_OK);
    for (int i = 0; i < N * 3; i++) sum[i % 3] += (double)(out[i] * out[i]) / N;
    for (int i = 0; i < N; i++) cross += (double)(out[3 * i] * out[3 * i + 1]) / N;
    assert_true(fabs(sqrt(sum[0]) - 4) < 0.3 && fabs(sqrt(sum[1]) - 2) < 0.2);
    assert_true(fabs(cross) < 1e-2);
    assert_true(fabs(kept[0] + kept[1] + kept[2] - 1) < 0.01);
    assert_true(fabs(kept[0] - 16.0 / 21) < 0.05);
    assert_true(fabs((double)out[0] - (double)(x[5] - 5)) < 1); /* the axis' own sign */
    for (uint64_t seed = 1; seed < 9; seed++) { /* whatever the directions begin with */
        assert_int_equal(mg_pca(x, N, DIM, 3, seed, 2, out, NULL, &err), MOLGLOT_OK);
        assert_true(fabs((double)out[0] - (double)(x[5] - 5)) < 1);
    }
    free(x);
}

static void test_pca_of_little(void **state) {
    (void)state;
    float x[] = {1, 2, 3, 1, 2, 3}, out[4] = {9, 9, 9, 9};
    double kept[2];
    assert_int_equal(mg_pca(x, 2, 3, 2, 0, 1, out, kept, NULL), MOLGLOT_OK); /* equal rows */
    for (int i = 0; i < 4; i++) assert_true(fabsf(out[i]) < 1e-6f);
    assert_int_equal(mg_pca(x, 1, 3, 2, 0, 1, out, kept, NULL), MOLGLOT_OK);
    x[3] = 4;
    assert_int_equal(mg_pca(x, 2, 3, 2, 0, 1, out, kept, NULL), MOLGLOT_OK);
    assert_true(fabsf(fabsf(out[2] - out[0]) - 3) < 1e-4f && fabsf(out[1]) < 1e-4f);
    assert_int_equal(mg_pca(x, 6, 1, 2, 0, 1, (float[12]){0}, kept, NULL),
                     MOLGLOT_OK); /* one number a row */
    assert_int_equal(mg_pca(x, 0, 3, 2, 0, 1, out, kept, NULL), MOLGLOT_USAGE);
}

/* ---- neighbours ---- */

static void test_neighbours(void **state) {
    (void)state;
    enum { N = 1500, K = 7, ASKED = 100 };
    float *x = blobs(N, 0.2);
    int32_t near[ASKED * K];
    double square[ASKED * K];
    assert_int_equal(mg_neighbours(x, N, DIM, ASKED, K, 2, near, square, NULL), MOLGLOT_OK);
    for (size_t q = 0; q < ASKED; q++) {
        const size_t row = mg_asked_row(q, N, ASKED);
        int nearer = 0;
        for (size_t i = 0; i < N; i++) {
            double d = 0;
            for (size_t j = 0; j < DIM; j++)
                d += pow((double)x[i * DIM + j] - (double)x[row * DIM + j], 2);
            nearer += i != row && d < square[q * K + K - 1] - 1e-12;
        }
        assert_int_equal(nearer, K - 1);
        for (size_t k = 0; k < K; k++) assert_true(near[q * K + k] != (int32_t)row);
        for (size_t k = 1; k < K; k++) assert_true(square[q * K + k] >= square[q * K + k - 1]);
    }
    assert_int_equal(mg_neighbours(x, 4, DIM, 4, 4, 1, near, square, NULL), MOLGLOT_USAGE);
    free(x);
}

/* Blocks of 64 questions and 1024 rows: at their ends, for one neighbour and all of them. */
static void test_neighbours_of_some(void **state) {
    (void)state;
    static const struct {
        size_t n, asked, k;
    } cases[] = {{64, 64, 1},   {65, 63, 2},   {63, 63, 62},    {128, 128, 3},
                 {130, 127, 2}, {1023, 20, 2}, {1024, 20, 2},   {1025, 20, 20},
                 {2, 2, 1},     {10, 1, 9},    {1030, 129, 12}, {2049, 3, 2048}};
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        const size_t n = cases[c].n, asked = cases[c].asked, k = cases[c].k;
        mg_rng rng = {.seed = 5};
        enum { FEW = 3 };
        float *x = must_alloc((int64_t)n * FEW, sizeof *x);
        for (size_t i = 0; i < n * FEW; i++) x[i] = (float)mg_rng_normal(&rng);
        int32_t *near = must_alloc((int64_t)(asked * k), sizeof *near);
        double *square = must_alloc((int64_t)(asked * k), sizeof *square);
        must(mg_neighbours(x, n, FEW, asked, k, 1, near, square, NULL), &(molglot_error){0});
        for (size_t q = 0; q < asked; q++) {
            const size_t row = mg_asked_row(q, n, asked);
            size_t nearer = 0;
            assert_true(row < n && (q == 0 || row > mg_asked_row(q - 1, n, asked)));
            for (size_t i = 0; i < n; i++) {
                double d = 0;
                for (size_t j = 0; j < FEW; j++)
                    d += pow((double)x[i * FEW + j] - (double)x[row * FEW + j], 2);
                nearer += i != row && d <= square[q * k + k - 1] + 1e-12;
                for (size_t e = 0; e < k; e++)
                    if (near[q * k + e] == (int32_t)i)
                        assert_true(i != row && fabs(d - square[q * k + e]) < 1e-12);
            }
            assert_int_equal(nearer, k);
        }
        free(square);
        free(near);
        free(x);
    }
}

/* ---- t-SNE ---- */

/* KL(P||Q) in double, but for terms without y. */
static double cost(const mg_affinities *a, const float *y, size_t n, double exaggeration) {
    double z = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j)
                z += 1 / (1 + pow((double)y[2 * i] - (double)y[2 * j], 2) +
                          pow((double)y[2 * i + 1] - (double)y[2 * j + 1], 2));
    for (size_t i = 0; i < n; i++)
        for (size_t e = a->begin[i]; e < a->begin[i + 1]; e++) {
            const size_t j = (size_t)a->other[e];
            sum += exaggeration * (double)a->p[e] *
                   log1p(pow((double)y[2 * i] - (double)y[2 * j], 2) +
                         pow((double)y[2 * i + 1] - (double)y[2 * j + 1], 2));
        }
    return sum + log(z);
}

static void test_gradient(void **state) {
    (void)state;
    enum { N = 60 };
    float *x = blobs(N, 0.3), y[2 * N], force[2 * N], gradient[2 * N], rough[2 * N];
    mg_rng rng = {.seed = 1};
    mg_affinities a;
    assert_int_equal(mg_affinities_of(x, N, DIM, 8, 2, &a, NULL), MOLGLOT_OK);
    double all = 0, largest = 0;
    for (size_t e = 0; e < a.begin[N]; e++) all += (double)a.p[e];
    assert_true(fabs(all - 1) < 1e-5);
    for (int i = 0; i < 2 * N; i++) y[i] = (float)(3 * mg_rng_normal(&rng));
    y[10] = y[12], y[11] = y[13]; /* two at one place */
    mg_quadtree *t = mg_quadtree_new(N, NULL);
    assert_non_null(t);
    mg_tsne_gradient(&a, t, y, N, 1, 0, 1, force, gradient);
    for (int i = 0; i < 2 * N; i++) largest = fmax(largest, fabs((double)gradient[i]));
    for (int i = 0; i < 2 * N; i++) {
        const float was = y[i], h = 0x1p-9f;
        y[i] = was + h;
        const double up = cost(&a, y, N, 1);
        y[i] = was - h;
        const double down = cost(&a, y, N, 1);
        y[i] = was;
        assert_true(fabs((up - down) / (2 * (double)h) - (double)gradient[i]) < 1e-3 * largest);
    }
    mg_tsne_gradient(&a, t, y, N, 1, 0.5, 2, force, rough); /* Barnes-Hut is near it */
    for (int i = 0; i < 2 * N; i++)
        assert_true(fabs((double)rough[i] - (double)gradient[i]) < 0.03 * largest);
    mg_quadtree_free(t);
    mg_affinities_free(&a);
    free(x);
}

static void test_blobs(void **state) {
    (void)state;
    enum { N = 600 };
    float *x = blobs(N, 0.1), *y = must_alloc(2 * N, sizeof *y),
          *again = must_alloc(2 * N, sizeof *y);
    int32_t *group = thirds(N);
    mg_layout_options o = mg_layout_default();
    mg_separation s;
    double kept;
    o.threads = 1;
    assert_int_equal(mg_layout(x, N, DIM, &o, y, NULL), MOLGLOT_OK);
    assert_int_equal(mg_separation_of(y, N, 2, false, group, 1, &s, NULL), MOLGLOT_OK);
    assert_true(s.silhouette > 0.7 && s.knn > 0.999 && s.groups == 3 && s.rows == N);
    assert_int_equal(mg_neighbours_kept(x, N, DIM, y, 1, &kept, NULL), MOLGLOT_OK);
    assert_true(kept > 0.3);
    o.iterations = 60;
    assert_int_equal(mg_layout(x, N, DIM, &o, y, NULL), MOLGLOT_OK);
    o.threads = 3;
    assert_int_equal(mg_layout(x, N, DIM, &o, again, NULL), MOLGLOT_OK);
    assert_memory_equal(y, again, 2 * N * sizeof *y);
    o.seed = 9;
    assert_int_equal(mg_layout(x, N, DIM, &o, again, NULL), MOLGLOT_OK);
    assert_true(memcmp(y, again, 2 * N * sizeof *y) != 0);
    o.linear = true;
    assert_int_equal(mg_layout(x, N, DIM, &o, y, NULL), MOLGLOT_OK);
    assert_int_equal(mg_separation_of(y, N, 2, false, group, 1, &s, NULL), MOLGLOT_OK);
    assert_true(s.silhouette > 0.5);
    free(x);
    free(y);
    free(again);
    free(group);
}

static int stop_at_three(void *user, int64_t done, int64_t total) {
    (void)user;
    return total == 750 && done == 3;
}

static void test_what_is_odd(void **state) {
    (void)state;
    enum { N = 40 };
    float *x = blobs(N, 0.1), y[2 * N];
    mg_layout_options o = mg_layout_default();
    molglot_error err;
    assert_int_equal(mg_layout(x, 2, DIM, &o, y, &err), MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "needs 4 rows"));
    assert_int_equal(mg_layout(x, 4, DIM, &o, y, &err), MOLGLOT_OK);
    for (size_t i = 0; i < 8; i++) assert_true(isfinite(y[i]));
    for (size_t i = 1; i < N; i++) memcpy(x + i * DIM, x, DIM * sizeof *x); /* all equal */
    assert_int_equal(mg_layout(x, N, DIM, &o, y, &err), MOLGLOT_OK);
    for (size_t i = 0; i < 2 * N; i++) assert_true(isfinite(y[i]));
    memset(x, 0, N * DIM * sizeof *x);
    assert_int_equal(mg_layout(x, N, DIM, &o, y, &err), MOLGLOT_OK);
    for (size_t i = 0; i < 2 * N; i++) assert_true(isfinite(y[i]));
    o.on_progress = stop_at_three;
    assert_int_equal(mg_layout(x, N, DIM, &o, y, &err), MOLGLOT_INTERRUPTED);
    x[DIM + 4] = NAN;
    assert_int_equal(mg_layout(x, N, DIM, &o, y, &err), MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "row 2: number 5"));
    free(x);
}

/* ---- measures ---- */

static void test_measures(void **state) {
    (void)state;
    /* cosines of unit rows in a plane: two pairs at right angles, one row without a group */
    const float x[] = {1, 0, 1, 0, 0, 1, 0, 1, -1, 0};
    const int32_t group[] = {0, 0, 1, 1, -1}, same[] = {0, 0, 0, 0, 0}, high[] = {0, 1, 7, 0, 1};
    mg_separation s;
    molglot_error err;
    assert_int_equal(mg_separation_of(x, 5, 2, true, group, 1, &s, &err), MOLGLOT_OK);
    assert_true(fabs(s.silhouette - 1) < 1e-6 && s.rows == 4 && s.k == 3);
    assert_int_equal(mg_separation_of(x, 5, 2, false, group, 2, &s, &err), MOLGLOT_OK);
    assert_true(fabs(s.silhouette - 1) < 1e-6 && fabs(s.chance - 0.5) < 1e-9);
    assert_int_equal(mg_separation_of(x, 5, 2, true, same, 1, &s, &err), MOLGLOT_FAILED);
    assert_int_equal(mg_separation_of(x, 5, 2, true, high, 1, &s, &err), MOLGLOT_USAGE);
    /* two groups and three rows at least */
    const int32_t three[] = {0, 0, 1, -1, -1}, two[] = {0, -1, 1, -1, -1};
    assert_int_equal(mg_separation_of(x, 5, 2, true, three, 1, &s, &err), MOLGLOT_OK);
    assert_true(s.rows == 3 && s.groups == 2 && s.k == 2);
    assert_int_equal(mg_separation_of(x, 5, 2, true, two, 1, &s, &err), MOLGLOT_FAILED);
    /* four numbers on a line, by hand */
    const float line[] = {0, 1, 3, 7};
    assert_int_equal(mg_separation_of(line, 4, 1, false, group, 1, &s, &err), MOLGLOT_OK);
    assert_true(fabs(s.silhouette - (0.8 + 0.75 + (2.5 - 4) / 4 + (6.5 - 4) / 6.5) / 4) < 1e-6);
    /* of two neighbours of two groups the nearer one has the vote: 0 and 1 are told, 3 is not */
    const int32_t tie[] = {0, 0, 1, -1};
    assert_int_equal(mg_separation_of(line, 4, 1, false, tie, 1, &s, &err), MOLGLOT_OK);
    assert_true(s.k == 2 && fabs(s.knn - 2.0 / 3) < 1e-9);
    double value[100], r2;
    float at[100];
    size_t rows;
    for (int i = 0; i < 100; i++) at[i] = (float)i, value[i] = i;
    value[50] = NAN;
    assert_int_equal(mg_separation_of_numbers(at, 100, 1, value, 1, &r2, &rows, &err), MOLGLOT_OK);
    assert_true(r2 > 0.99 && rows == 99);
    for (int i = 3; i < 100; i++) value[i] = NAN;
    assert_int_equal(mg_separation_of_numbers(at, 100, 1, value, 1, &r2, &rows, &err), MOLGLOT_OK);
    value[2] = INFINITY;
    assert_int_equal(mg_separation_of_numbers(at, 100, 1, value, 1, &r2, &rows, &err),
                     MOLGLOT_FAILED);
    double kept;
    assert_int_equal(mg_neighbours_kept(line, 3, 1, x, 1, &kept, &err), MOLGLOT_OK);
    assert_int_equal(mg_neighbours_kept(line, 2, 1, x, 1, &kept, &err), MOLGLOT_FAILED);
}

static void test_align(void **state) {
    (void)state;
    float to[] = {0, 0, 4, 0, 0, 2, 1, 1}, y[8];
    for (int i = 0; i < 4; i++) { /* a quarter turn of the mirror image */
        y[2 * i] = to[2 * i + 1] + 3;
        y[2 * i + 1] = to[2 * i];
    }
    mg_layout_align(to, y, 4);
    for (int i = 0; i < 8; i++) assert_true(fabsf((y[i] - y[i % 2]) - (to[i] - to[i % 2])) < 1e-5f);
}

/* Silhouette, commonest group of the ten nearest, variance told by their mean, neighbours kept:
 * against plain loops, with rows that have no group, and a group of one row. */
static double distance(const float *a, const float *b, int dim, bool cosine) {
    double dot = 0, square = 0;
    for (int j = 0; j < dim; j++) {
        dot += (double)a[j] * (double)b[j];
        square += pow((double)a[j] - (double)b[j], 2);
    }
    return cosine ? 1 - dot : sqrt(square);
}

enum { MEASURED = 80, NEAREST = 10 };

/* The k rows of those with a group that are nearest to row i. */
static void nearest(const float *x, int dim, const bool *in, int i, int k, int *out) {
    bool taken[MEASURED] = {false};
    for (int e = 0; e < k; e++) {
        out[e] = -1;
        for (int j = 0; j < MEASURED; j++)
            if (in[j] && j != i && !taken[j] &&
                (out[e] < 0 || distance(x + i * dim, x + j * dim, dim, false) <
                                   distance(x + i * dim, x + out[e] * dim, dim, false)))
                out[e] = j;
        taken[out[e]] = true;
    }
}

static void test_measures_by_loops(void **state) {
    (void)state;
    float *x = blobs(MEASURED, 0.5), y[2 * MEASURED];
    int32_t group[MEASURED];
    double value[MEASURED];
    bool in[MEASURED], all[MEASURED];
    mg_rng rng = {.seed = 4};
    int n = 0, size[5] = {0};
    for (int i = 0; i < MEASURED; i++) {
        group[i] = i == 7 ? 4 : i % 9 == 5 ? -1 : i % 3;
        in[i] = group[i] >= 0;
        all[i] = true;
        n += in[i];
        if (in[i]) size[group[i]]++;
        value[i] = in[i] ? 3 * group[i] + mg_rng_normal(&rng) : (double)NAN;
        y[2 * i] = x[i * DIM], y[2 * i + 1] = x[i * DIM + 1];
    }
    for (int cosine = 0; cosine < 2; cosine++) {
        double silhouette = 0, right = 0;
        mg_separation s;
        must(mg_separation_of(x, MEASURED, DIM, cosine, group, 1, &s, NULL), &(molglot_error){0});
        for (int i = 0; i < MEASURED; i++) {
            if (!in[i]) continue;
            double mean[5] = {0}, b = INFINITY;
            int near[NEAREST], best = -1, most = 0;
            for (int j = 0; j < MEASURED; j++)
                if (in[j] && j != i)
                    mean[group[j]] += distance(x + i * DIM, x + j * DIM, DIM, cosine) /
                                      (size[group[j]] - (group[j] == group[i]));
            for (int g = 0; g < 5; g++)
                if (g != group[i] && size[g] && mean[g] < b) b = mean[g];
            const double a = mean[group[i]];
            if (size[group[i]] > 1) silhouette += (b - a) / fmax(a, b) / n;
            nearest(x, DIM, in, i, NEAREST, near);
            for (int e = 0; e < NEAREST; e++) {
                int same = 0;
                for (int k = 0; k < NEAREST; k++) same += group[near[k]] == group[near[e]];
                if (same > most) most = same, best = group[near[e]];
            }
            right += best == group[i];
        }
        assert_true(s.groups == 4 && (int)s.rows == n && (int)s.asked == n && s.k == NEAREST);
        assert_true(fabs(s.silhouette - silhouette) < 1e-6);
        assert_true(fabs(s.knn - right / n) < 1e-12);
        assert_true(fabs(s.chance - (double)size[0] / n) < 1e-12 && size[0] >= size[1] &&
                    size[0] >= size[2]);
    }
    double r2, left = 0, whole = 0, mean = 0, kept = 0, got;
    size_t rows;
    for (int i = 0; i < MEASURED; i++) mean += in[i] ? value[i] / n : 0;
    for (int i = 0; i < MEASURED; i++) {
        int near[NEAREST], plane[NEAREST];
        double told = 0;
        nearest(x, DIM, all, i, NEAREST, near);
        nearest(y, 2, all, i, NEAREST, plane);
        for (int e = 0; e < NEAREST; e++)
            for (int k = 0; k < NEAREST; k++)
                kept += near[e] == plane[k] ? 1.0 / (MEASURED * NEAREST) : 0;
        if (!in[i]) continue;
        nearest(x, DIM, in, i, NEAREST, near);
        for (int e = 0; e < NEAREST; e++) told += value[near[e]] / NEAREST;
        left += pow(value[i] - told, 2), whole += pow(value[i] - mean, 2);
    }
    must(mg_separation_of_numbers(x, MEASURED, DIM, value, 1, &r2, &rows, NULL),
         &(molglot_error){0});
    assert_true((int)rows == n && fabs(r2 - (1 - left / whole)) < 1e-9);
    must(mg_neighbours_kept(x, MEASURED, DIM, y, 1, &got, NULL), &(molglot_error){0});
    assert_true(fabs(got - kept) < 1e-9);
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pca),
                                       cmocka_unit_test(test_pca_of_little),
                                       cmocka_unit_test(test_neighbours),
                                       cmocka_unit_test(test_neighbours_of_some),
                                       cmocka_unit_test(test_measures_by_loops),
                                       cmocka_unit_test(test_gradient),
                                       cmocka_unit_test(test_blobs),
                                       cmocka_unit_test(test_what_is_odd),
                                       cmocka_unit_test(test_measures),
                                       cmocka_unit_test(test_align)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
