/* inside.h - products by blocks for the files of this folder, and the gradient of t-SNE. */
#ifndef MG_LAYOUT_INSIDE_H
#define MG_LAYOUT_INSIDE_H

#include "layout/layout.h"
#include "tensor/tensor.h"

/* A tape a thread: a block's product is one thread's, so that its sums do not depend on how many
 * there are. */
typedef struct mg_tapes {
    mg_tape **at; /* [n] */
    int n;
} mg_tapes;
int mg_tapes_open(mg_tapes *t, int threads, molglot_error *err);
void mg_tapes_close(mg_tapes *t);

/* Affinities p_ij = p_ji of t-SNE, those that are not zero; their sum is 1. */
typedef struct mg_affinities {
    size_t *begin;  /* [n+1] row i is at begin[i] .. begin[i+1] */
    int32_t *other; /* j */
    float *p;
} mg_affinities;
int mg_affinities_of(const float *x, size_t n, int dim, double perplexity, int threads,
                     mg_affinities *out, molglot_error *err);
void mg_affinities_free(mg_affinities *a);

/* Repulsion in the plane by Barnes-Hut. Zero-initialise; freed by mg_quadtree_free. */
typedef struct mg_quadtree mg_quadtree;
mg_quadtree *mg_quadtree_new(size_t n, molglot_error *err);
void mg_quadtree_free(mg_quadtree *t);
void mg_quadtree_build(mg_quadtree *t, const float *y);
/* With w = 1/(1 + |y_i - y_j|^2): force = sum_j w^2 (y_i - y_j) on the point at a place of the
 * tree's order, whose number i is returned. A cell of side s at distance d counts as its centre
 * where s < theta d. Threads may ask for different places. */
size_t mg_quadtree_repel(mg_quadtree *t, size_t place, double theta, float force[2]);
/* The sum of w over all pairs i != j, after all places were asked for. */
double mg_quadtree_sum(const mg_quadtree *t);

/* The gradient of KL(P||Q) [n,2], attraction times `exaggeration`; force[n,2] is work. */
void mg_tsne_gradient(const mg_affinities *a, mg_quadtree *t, const float *y, size_t n,
                      double exaggeration, double theta, int threads, float *force,
                      float *gradient);

#endif
