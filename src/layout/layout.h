/* layout.h - embeddings as points of a plane, and how well a plane or a space tells groups apart.
 *
 * Everything here is the same for any number of threads.
 */
#ifndef MG_LAYOUT_LAYOUT_H
#define MG_LAYOUT_LAYOUT_H

#include "base/base.h"

typedef struct mg_layout_options {
    bool linear;       /* principal components alone */
    double perplexity; /* about how many neighbours a row has; at most a third of the rows */
    int iterations;
    uint64_t seed;
    int threads; /* as mg_threads has it */
    molglot_progress on_progress;
    void *user;
} mg_layout_options;
mg_layout_options mg_layout_default(void);
/* Rows that t-SNE needs. */
enum { MG_TSNE_ROWS = 4 };
/* out[n,2] of finite x[n,dim]: t-SNE, or with `linear` the first two principal components. */
int mg_layout(const float *x, size_t n, int dim, const mg_layout_options *o, float *out,
              molglot_error *err);

/* ---- pca.c ---- */
/* out[n,k]: the first k principal components; those beyond dim are zero. kept[k] (or NULL): each
 * one's share of the variance. The seed only starts the iteration. */
int mg_pca(const float *x, size_t n, int dim, int k, uint64_t seed, int threads, float *out,
           double *kept, molglot_error *err);

/* ---- neighbours.c ---- */
/* near[asked,k]: the k < n nearest other rows of asked rows, the nearest first, equal ones in their
 * order; square[asked,k] (or NULL): their squared distances. Row q of them is x's row
 * mg_asked_row(q, n, asked). */
int mg_neighbours(const float *x, size_t n, int dim, size_t asked, size_t k, int threads,
                  int32_t *near, double *square, molglot_error *err);
static inline size_t mg_asked_row(size_t q, size_t n, size_t asked) {
    return (size_t)((uint64_t)q * n / asked);
}

/* ---- separation.c ---- */
typedef struct mg_separation {
    size_t rows;       /* with a group */
    size_t groups;     /* of one row or more */
    size_t asked;      /* rows that k-NN was asked for, evenly spaced */
    int k;             /* its neighbours */
    double silhouette; /* mean over rows, -1 .. 1 */
    double knn;        /* accuracy, leaving the row itself out */
    double chance;     /* share of the largest group: what the commonest answer scores */
} mg_separation;
/* Of x[n,dim] with a group a row (from 0; -1: the row is left out). cosine: rows are unit vectors,
 * and distances 1 - cosine; else Euclidean ones. Two groups and three rows at least: else
 * MOLGLOT_FAILED. */
int mg_separation_of(const float *x, size_t n, int dim, bool cosine, const int32_t *group,
                     int threads, mg_separation *out, molglot_error *err);
/* How well the k = 10 nearest others tell a number (NaN: the row is left out): R^2 of their mean,
 * leaving the row itself out; 0 is as good as the mean of all. */
int mg_separation_of_numbers(const float *x, size_t n, int dim, const double *value, int threads,
                             double *r2, size_t *rows, molglot_error *err);
/* Share of the k = 10 nearest of a row of x[n,dim] that are so in the plane y[n,2] too. */
int mg_neighbours_kept(const float *x, size_t n, int dim, const float *y, int threads, double *kept,
                       molglot_error *err);
/* Turns and mirrors (no scaling) the plane y[n,2] so that its rows come near those of `to`. */
void mg_layout_align(const float *to, float *y, size_t n);

#endif
