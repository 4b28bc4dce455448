/* tsne.c - t-SNE with Barnes-Hut: places in a plane whose neighbourhoods are those of a space.
 *
 *   q_ij ~ w_ij = 1/(1 + |y_i - y_j|^2);  C = KL(P||Q)
 *   dC/dy_i = 4 sum_j (e p_ij - q_ij) w_ij (y_i - y_j), e = 12 at first, then 1
 *
 * Rows are reduced to 50 principal components. The plane begins as the first two of them, small, so
 * that what is far stays far and the seed hardly matters (Kobak, Berens 2019); the step is n/4e
 * (Belkina et al. 2019), with momentum and gains (Jacobs 1988) as in van der Maaten 2014.
 */
#include "layout/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Below PARALLEL rows a step is too short to be shared by threads. */
enum { COMPONENTS = 50, PARALLEL = 512 };
#define THETA        0.5
#define EXAGGERATION 12.0

mg_layout_options mg_layout_default(void) {
    return (mg_layout_options){.perplexity = 30, .iterations = 750};
}

static void attract(const mg_affinities *a, const float *y, size_t i, float sum[2]) {
    sum[0] = sum[1] = 0;
    for (size_t e = a->begin[i]; e < a->begin[i + 1]; e++) {
        const float *v = y + 2 * a->other[e];
        const float dx = y[2 * i] - v[0], dy = y[2 * i + 1] - v[1],
                    pull = a->p[e] / (1 + dx * dx + dy * dy);
        sum[0] += pull * dx;
        sum[1] += pull * dy;
    }
}

void mg_tsne_gradient(const mg_affinities *a, mg_quadtree *t, const float *y, size_t n,
                      double exaggeration, double theta, int threads, float *force,
                      float *gradient) {
    mg_quadtree_build(t, y);
#pragma omp parallel for num_threads(mg_threads(threads)) schedule(dynamic, 256) if (n > PARALLEL)
    for (size_t place = 0; place < n; place++) {
        float away[2];
        const size_t i = mg_quadtree_repel(t, place, theta, away);
        memcpy(force + 2 * i, away, sizeof away);
        attract(a, y, i, gradient + 2 * i);
    }
    const double z = mg_quadtree_sum(t);
    const float away = z > 0 ? (float)(4 / z) : 0, near = (float)(4 * exaggeration);
    for (size_t i = 0; i < 2 * n; i++) gradient[i] = near * gradient[i] - away * force[i];
}

static void centre(float *y, size_t n) {
    double sum[2] = {0, 0};
    for (size_t i = 0; i < 2 * n; i++) sum[i % 2] += (double)y[i] / (double)n;
    for (size_t i = 0; i < 2 * n; i++) y[i] = (float)((double)y[i] - sum[i % 2]);
}

/* The first two components, the first with a deviation of 1e-4; a little of noise parts what is
 * equal. */
static void begin(const float *x, size_t n, size_t dim, uint64_t seed, float *y) {
    double square = 0;
    mg_rng rng = {.seed = seed, .stream = 0x74534E45};
    for (size_t i = 0; i < n; i++) square += (double)x[i * dim] * (double)x[i * dim] / (double)n;
    const double scale = square > 0 ? 1e-4 / sqrt(square) : 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < 2; j++)
            y[2 * i + j] = (float)((j < dim ? scale * (double)x[i * dim + j] : 0) +
                                   1e-6 * mg_rng_normal(&rng));
}

/* A step of one number: its gain grows while it goes one way. No step is longer than 5. */
static void step(float *y, float *speed, float *gain, float gradient, float rate, float momentum) {
    *gain = (gradient > 0) == (*speed > 0) ? *gain * 0.8f : *gain + 0.2f;
    if (*gain < 0.01f) *gain = 0.01f;
    *speed = momentum * *speed - rate * *gain * gradient;
    *speed = fminf(fmaxf(*speed, -5), 5);
    *y += *speed;
}

static int descend(const mg_affinities *a, mg_quadtree *t, size_t n, const mg_layout_options *o,
                   float *y, float *work, molglot_error *err) {
    float *force = work, *gradient = work + 2 * n, *speed = work + 4 * n, *gain = work + 6 * n;
    const int early = o->iterations / 3;
    memset(speed, 0, 2 * n * sizeof *speed);
    for (size_t i = 0; i < 2 * n; i++) gain[i] = 1;
    for (int round = 0; round < o->iterations; round++) {
        const double e = round < early ? EXAGGERATION : 1;
        mg_tsne_gradient(a, t, y, n, e, THETA, o->threads, force, gradient);
        for (size_t i = 0; i < 2 * n; i++)
            step(&y[i], &speed[i], &gain[i], gradient[i], (float)((double)n / 4 / e),
                 round < early ? 0.5f : 0.8f);
        centre(y, n);
        if (o->on_progress && o->on_progress(o->user, round + 1, o->iterations))
            return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    return MOLGLOT_OK;
}

static int tsne(const float *x, size_t n, size_t dim, const mg_layout_options *o, float *y,
                molglot_error *err) {
    mg_affinities a = {0};
    const double most = (double)(n - 1) / 3;
    float *work = malloc(8 * n * sizeof *work);
    mg_quadtree *t = mg_quadtree_new(n, err);
    int code = !t      ? mg_code_of(err, MOLGLOT_NO_MEMORY)
               : !work ? mg_no_memory(err, "a map of %zu rows", n)
                       : MOLGLOT_OK;
    if (!code)
        code = mg_affinities_of(x, n, (int)dim, o->perplexity < most ? o->perplexity : most,
                                o->threads, &a, err);
    if (!code) {
        begin(x, n, dim, o->seed, y);
        code = descend(&a, t, n, o, y, work, err);
    }
    mg_affinities_free(&a);
    mg_quadtree_free(t);
    free(work);
    return code;
}

int mg_layout(const float *x, size_t n, int dim, const mg_layout_options *o, float *out,
              molglot_error *err) {
    for (size_t i = 0; i < n * (size_t)dim; i++)
        if (!isfinite(x[i]))
            return mg_fail(err, MOLGLOT_USAGE, "row %zu: number %zu of the vector is none",
                           i / (size_t)dim + 1, i % (size_t)dim + 1);
    if (o->linear) return mg_pca(x, n, dim, 2, o->seed, o->threads, out, NULL, err);
    if (n < MG_TSNE_ROWS)
        return mg_fail(err, MOLGLOT_USAGE, "t-SNE needs %d rows, and there are %zu", MG_TSNE_ROWS,
                       n);
    const int k = dim < COMPONENTS ? dim : COMPONENTS;
    float *few = malloc(n * (size_t)k * sizeof *few);
    if (!few) return mg_no_memory(err, "a map of %zu rows", n);
    int code = mg_pca(x, n, dim, k, o->seed, o->threads, few, NULL, err);
    if (!code) code = tsne(few, n, (size_t)k, o, out, err);
    free(few);
    return code;
}
