/* rerank.h - the re-ranker: from numbers about a question and one of its best molecules to a score.
 * What the numbers are is search's (search/rerank.c).
 */
#ifndef MG_RERANK_H
#define MG_RERANK_H

#include "base/toml/toml.h"
#include "nn/nn.h"

/* Of the molecules of one list, x [n, features] less its mean over the list:
 *   score = sum over k of w_k scale_k x_k          scale_k: 1 / spread of x_k in the training lists
 * A conditional logit where the lists' right ones are the targets of softmax(score). */
typedef struct mg_rerank_config {
    char name[64];
    int features;   /* follows from the build */
    int candidates; /* molecules that are put in a new order: the best ones */
} mg_rerank_config;
typedef struct mg_rerank mg_rerank;
mg_rerank_config mg_rerank_config_default(void); /* 10 candidates */
/* MOLGLOT_BAD_FILE when sizes are impossible. */
int mg_rerank_config_check(const mg_rerank_config *c, molglot_error *err);
int mg_rerank_config_from_toml(mg_toml *t, mg_rerank_config *out, molglot_error *err);
int mg_rerank_config_to_json(const mg_rerank_config *c, mg_str *out);
int mg_rerank_config_from_json(const char *json, mg_rerank_config *out, molglot_error *err);

/* Declares its parameters. NULL: no memory. */
mg_rerank *mg_rerank_new(mg_params *p, const mg_rerank_config *c);
void mg_rerank_free(mg_rerank *m);
const mg_rerank_config *mg_rerank_get_config(const mg_rerank *m);
/* After mg_params_build: sets scale from x [n, features], lists' means taken off, and w so that the
 * cosine, x_0, weighs `cosine` and all else nothing. */
void mg_rerank_begin(mg_rerank *m, const float *x, int64_t n, float cosine);
/* x [n, features], each list's mean taken off: scores [n, 1]. */
mg_tensor *mg_rerank_forward(mg_tape *t, const mg_rerank *m, mg_tensor *x);

/* w_k scale_k, [features]. */
void mg_rerank_weights(const mg_rerank *m, float *out);

#endif
