/* inside.h - what t5.c and decode.c share: a model's parameters. */
#ifndef MG_T5_INSIDE_H
#define MG_T5_INSIDE_H

#include "model/t5/t5.h"

typedef struct mg_t5_heads { /* one attention: [inner, d] each, and [d, inner] */
    mg_tensor *norm, *q, *k, *v, *o;
} mg_t5_heads;

typedef struct mg_t5_block {
    mg_t5_heads self, cross; /* cross: of the decoder alone */
    mg_tensor *ffn_norm, *wi_0, *wi_1, *wo;
} mg_t5_block;

typedef struct mg_t5_stack {
    int layers;
    mg_t5_block *block;
    mg_tensor *bias;   /* [buckets, heads], read by every layer */
    int32_t *distance; /* [2 reach + 1] bucket of each distance, from -reach on */
    mg_tensor *norm;
} mg_t5_stack;

struct mg_t5 {
    mg_t5_config c;
    mg_tensor *shared, *head; /* [vocab, d] */
    mg_t5_stack encoder, decoder;
    mg_projector graph; /* with a graph row */
};

/* The bucket of a relative position: key minus query. */
int mg_t5_bucket(const mg_t5_config *c, bool causal, int rel);

/* t5.c: the parts of a layer that decode.c goes through too. */
mg_tensor *mg_t5_norm(mg_tape *t, const mg_t5 *m, mg_tensor *weight, mg_tensor *x);
/* The stack's bias for every distance, [2 reach + 1, heads]. */
mg_tensor *mg_t5_bias(mg_tape *t, const mg_t5 *m, const mg_t5_stack *s);
/* x + dropout(y w^T) */
mg_tensor *mg_t5_residual(mg_tape *t, const mg_t5 *m, mg_tensor *x, mg_tensor *y, mg_tensor *w);
/* x + FFN(norm x) */
mg_tensor *mg_t5_feed(mg_tape *t, const mg_t5 *m, const mg_t5_block *b, mg_tensor *x);

#endif
