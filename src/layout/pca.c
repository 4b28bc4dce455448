/* pca.c - principal components: the directions in which centred rows vary most.
 *
 *   C = X'X / m [dim, dim], X centred; subspace iteration Q <- orth(Q C) on k + SPARE rows Q;
 *   T = Q C Q', its eigenvectors by Jacobi turn Q; out = (x - mean) Q'
 *   (Halko, Martinsson, Tropp 2011, section 5)
 *
 * C is of at most SAMPLE rows, evenly spaced, so that its cost does not grow with the rows. A
 * component's sign is that of its largest number.
 */
#include "layout/inside.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 8192, SPARE = 10, ROUNDS = 24, SWEEPS = 30, PANEL = 64 };

typedef struct pca {
    const float *x;
    size_t n, dim, k, l; /* l: rows of q */
    float *mean;         /* [dim] */
    float *turned;       /* [dim, m] centred rows of the sample, turned */
    float *c;            /* [dim, dim] */
    float *q, *z;        /* [l, dim] */
    double *t, *v;       /* [l, l] */
    double *shares;      /* [l] */
    mg_tapes tapes;
} pca;

static void find_mean(pca *p) {
    double *sum = p->t; /* long enough: see open */
    memset(sum, 0, p->dim * sizeof *sum);
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->dim; j++) sum[j] += (double)p->x[i * p->dim + j];
    for (size_t j = 0; j < p->dim; j++) p->mean[j] = (float)(sum[j] / (double)p->n);
}

/* c[m rows of a from `first`] = a b', by panels that are each one thread's. */
static int product(const pca *p, size_t m, size_t n, size_t k, const float *a, const float *b,
                   float *c, molglot_error *err) {
    int failed = 0;
#pragma omp parallel for num_threads(p->tapes.n) schedule(dynamic) reduction(| : failed)
    for (size_t first = 0; first < m; first += PANEL) {
        const size_t rows = m - first < PANEL ? m - first : PANEL;
        if (mg_product_nt(p->tapes.at[omp_get_thread_num()], (int64_t)rows, (int64_t)n, (int64_t)k,
                          a + first * k, b, MG_F32, c + first * n))
            failed = 1;
    }
    return failed ? mg_fail(err, MOLGLOT_FAILED, "a matrix product of a map failed") : MOLGLOT_OK;
}

static int covariance(pca *p, molglot_error *err) {
    const size_t m = p->n < SAMPLE ? p->n : SAMPLE;
    for (size_t i = 0; i < m; i++) {
        const float *row = p->x + mg_asked_row(i, p->n, m) * p->dim;
        for (size_t j = 0; j < p->dim; j++) p->turned[j * m + i] = row[j] - p->mean[j];
    }
    const int code = product(p, p->dim, p->dim, m, p->turned, p->turned, p->c, err);
    const float scale = 1.0f / (float)m;
    for (size_t i = 0; i < p->dim * p->dim && !code; i++) p->c[i] *= scale;
    return code;
}

/* Rows of q orthonormal; one that depends on those before becomes zero. */
static void orthonormal(float *q, size_t l, size_t dim) {
    for (size_t a = 0; a < l; a++) {
        float *u = q + a * dim;
        double before = 0, after = 0;
        for (size_t j = 0; j < dim; j++) before += (double)u[j] * (double)u[j];
        for (int twice = 0; twice < 2; twice++)
            for (size_t b = 0; b < a; b++) {
                const float *v = q + b * dim;
                double dot = 0;
                for (size_t j = 0; j < dim; j++) dot += (double)u[j] * (double)v[j];
                for (size_t j = 0; j < dim; j++) u[j] = (float)((double)u[j] - dot * (double)v[j]);
            }
        for (size_t j = 0; j < dim; j++) after += (double)u[j] * (double)u[j];
        const double scale = after > before * 1e-10 && after > 0 ? 1 / sqrt(after) : 0;
        for (size_t j = 0; j < dim; j++) u[j] = (float)((double)u[j] * scale);
    }
}

/* Eigenvalues of the symmetric t[l,l] on its diagonal, eigenvectors in the columns of v. */
static void jacobi(double *t, double *v, size_t l) {
    for (size_t i = 0; i < l * l; i++) v[i] = i / l == i % l;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t a = 0; a + 1 < l; a++)
            for (size_t b = a + 1; b < l; b++) {
                const double off = t[a * l + b];
                if (fabs(off) <= 1e-300) continue;
                const double theta = (t[b * l + b] - t[a * l + a]) / (2 * off);
                const double tan = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
                const double cos = 1 / sqrt(tan * tan + 1), sin = tan * cos;
                for (size_t i = 0; i < l; i++) {
                    const double x = t[i * l + a], y = t[i * l + b];
                    t[i * l + a] = cos * x - sin * y;
                    t[i * l + b] = sin * x + cos * y;
                }
                for (size_t i = 0; i < l; i++) {
                    const double x = t[a * l + i], y = t[b * l + i];
                    t[a * l + i] = cos * x - sin * y;
                    t[b * l + i] = sin * x + cos * y;
                    const double s = v[i * l + a], w = v[i * l + b];
                    v[i * l + a] = cos * s - sin * w;
                    v[i * l + b] = sin * s + cos * w;
                }
            }
}

/* q = the eigenvectors, the largest first, each with the sign of its largest number. */
static void turn(pca *p) {
    const size_t l = p->l, dim = p->dim;
    bool used[64] = {false};
    for (size_t a = 0; a < l; a++) {
        size_t best = l;
        for (size_t i = 0; i < l; i++)
            if (!used[i] && (best == l || p->t[i * l + i] > p->t[best * l + best])) best = i;
        used[best] = true;
        p->shares[a] = p->t[best * l + best];
        size_t peak = 0;
        float *out = p->z + a * dim;
        for (size_t j = 0; j < dim; j++) {
            double sum = 0;
            for (size_t i = 0; i < l; i++) sum += p->v[i * l + best] * (double)p->q[i * dim + j];
            out[j] = (float)sum;
            if (fabsf(out[j]) > fabsf(out[peak])) peak = j;
        }
        if (out[peak] < 0)
            for (size_t j = 0; j < dim; j++) out[j] = -out[j];
    }
    memcpy(p->q, p->z, l * dim * sizeof *p->q);
}

static int find_directions(pca *p, uint64_t seed, molglot_error *err) {
    const size_t l = p->l, dim = p->dim;
    mg_rng rng = {.seed = seed, .stream = 0x504341};
    for (size_t i = 0; i < l * dim; i++) p->q[i] = (float)mg_rng_normal(&rng);
    orthonormal(p->q, l, dim);
    for (int round = 0; round < ROUNDS; round++) {
        const int code = product(p, l, dim, dim, p->q, p->c, p->z, err);
        if (code) return code;
        memcpy(p->q, p->z, l * dim * sizeof *p->q);
        orthonormal(p->q, l, dim);
    }
    const int code = product(p, l, dim, dim, p->q, p->c, p->z, err);
    if (code) return code;
    for (size_t a = 0; a < l; a++)
        for (size_t b = 0; b < l; b++) {
            double dot = 0;
            for (size_t j = 0; j < dim; j++)
                dot += (double)p->z[a * dim + j] * (double)p->q[b * dim + j];
            p->t[a * l + b] = dot;
        }
    for (size_t a = 0; a < l; a++)
        for (size_t b = 0; b < a; b++)
            p->t[a * l + b] = p->t[b * l + a] = (p->t[a * l + b] + p->t[b * l + a]) / 2;
    jacobi(p->t, p->v, l);
    turn(p);
    return MOLGLOT_OK;
}

static int open(pca *p, int threads, molglot_error *err) {
    const size_t m = p->n < SAMPLE ? p->n : SAMPLE, d = p->dim, l = p->l;
    p->mean = malloc(d * sizeof *p->mean);
    p->turned = malloc(d * m * sizeof *p->turned);
    p->c = malloc(d * d * sizeof *p->c);
    p->q = malloc(l * d * sizeof *p->q);
    p->z = malloc(l * d * sizeof *p->z);
    p->t = malloc((l * l + d) * sizeof *p->t);
    p->v = malloc(l * l * sizeof *p->v);
    p->shares = calloc(l, sizeof *p->shares);
    if (!p->mean || !p->turned || !p->c || !p->q || !p->z || !p->t || !p->v || !p->shares)
        return mg_no_memory(err, "principal components of %zu rows", p->n);
    return mg_tapes_open(&p->tapes, threads, err);
}

static void close_all(pca *p) {
    mg_tapes_close(&p->tapes);
    free(p->mean);
    free(p->turned);
    free(p->c);
    free(p->q);
    free(p->z);
    free(p->t);
    free(p->v);
    free(p->shares);
}

/* out = (x - mean) q', row by row in blocks. */
static int project(const pca *p, float *out, molglot_error *err) {
    const size_t k = p->k < p->l ? p->k : p->l;
    float *some = malloc(p->n * k * sizeof *some);
    if (!some) return mg_no_memory(err, "principal components of %zu rows", p->n);
    const int code = product(p, p->n, k, p->dim, p->x, p->q, some, err);
    for (size_t a = 0; a < k && !code; a++) {
        double middle = 0;
        for (size_t j = 0; j < p->dim; j++)
            middle += (double)p->mean[j] * (double)p->q[a * p->dim + j];
        for (size_t i = 0; i < p->n; i++)
            out[i * p->k + a] = (float)((double)some[i * k + a] - middle);
    }
    free(some);
    return code;
}

int mg_pca(const float *x, size_t n, int dim, int k, uint64_t seed, int threads, float *out,
           double *kept, molglot_error *err) {
    const size_t wanted = (size_t)k + SPARE;
    pca p = {.x = x, .n = n, .dim = (size_t)dim, .k = (size_t)k};
    p.l = wanted < p.dim ? wanted : p.dim;
    if (n == 0 || dim < 1 || k < 1 || p.l > 64)
        return mg_fail(err, MOLGLOT_USAGE, "%d components of %zu rows of %d numbers", k, n, dim);
    memset(out, 0, n * p.k * sizeof *out);
    int code = open(&p, threads, err);
    if (!code) find_mean(&p);
    if (!code) code = covariance(&p, err);
    if (!code) code = find_directions(&p, seed, err);
    if (!code) code = project(&p, out, err);
    double all = 0;
    for (size_t j = 0; j < p.dim && !code; j++) all += (double)p.c[j * p.dim + j];
    for (size_t a = 0; a < p.k && kept && !code; a++)
        kept[a] = a < p.l && all > 0 && p.shares[a] > 0 ? p.shares[a] / all : 0;
    close_all(&p);
    return code;
}
