/* draw.h - one token of several that are allowed, from logits (inside src/model). */
#ifndef MG_WRITER_DRAW_H
#define MG_WRITER_DRAW_H

#include "model/writer/writer.h"

typedef struct mg_drawer {
    const mg_sample_options *o;
    int32_t vocab;
    uint8_t *allowed; /* [vocab] the caller sets it before each token */
    double *p;        /* [vocab] */
    int32_t *order;   /* [vocab] */
} mg_drawer;

bool mg_drawer_new(mg_drawer *d, const mg_sample_options *o, int32_t vocab);
void mg_drawer_free(mg_drawer *d);
/* A token at the options' temperature and top_p; adds its -log probability among the allowed ones,
 * at temperature 1, to *nll. Draw i of a sequence is a function of (seed, stream, i). -1: an
 * allowed logit is not a number, or none is allowed. */
int32_t mg_drawer_take(mg_drawer *d, const float *logits, uint64_t stream, int32_t i, double *nll);

#endif
