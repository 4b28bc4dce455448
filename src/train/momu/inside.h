/* inside.h - the parts of MoMu's training, between the files of task = "momu".
 *
 *   kind.c     the train_kind: data, sizes, model file      config.c   recipe ->
 *                    train_config
 *   batches.c  what is in a batch                           step.c     one optimiser
 *                                        step, gradient caching
 *   validate.c     validation by retrieval
 */
#ifndef MG_TRAIN_MOMU_H
#define MG_TRAIN_MOMU_H

#include "base/toml/toml.h"
#include "model/momu/momu.h"
#include "score/score.h"
#include "train/inside.h"

/* Strings belong to the recipe unless they are arrays here. */
typedef struct train_config {
    mg_momu_config model;
    train_sources sources;
    char exclude[TRAIN_MAX_PATH], wordpiece[TRAIN_MAX_PATH], cache[TRAIN_MAX_PATH];
    mg_corpus_source corpus_sources[TRAIN_MAX_SOURCES];
    mg_corpus_config data;

    const char *const *init;
    size_t n_init;
    float table_lr, text_encoder_lr, graph_encoder_lr;

    int text_views, graph_views; /* 1 or 2 */
    bool graph_self, mask_duplicates, aug_faithful;
    float smoothing;
    mg_aug_kind aug[2];
    float aug_rate[2];

    char pairs[TRAIN_MAX_PATH], pool[TRAIN_MAX_PATH]; /* validation; "" for none */
} train_config;

/* ---- batches ---- */
typedef struct train_batch {
    int64_t n;         /* pairs */
    int chunks, views; /* part of view v, chunk c: parts[v * chunks + c] */
    mg_batch *parts;
    int32_t *groups; /* [n] or NULL */
} train_batch;
typedef struct train_batches train_batches;
typedef struct train_eval train_eval;

typedef struct train_momu {
    train_task t;
    train_config c;
    mg_corpus *d;
    mg_momu *momu;
    float *rows, *grads; /* gradient caching: [2 towers * 2 views][batch][dim]; NULL without */
    float *buffers;      /* copy of running statistics between its two passes */
    train_batches *batches;
    train_eval *eval;
    mg_retrieval_scores t2m, m2t; /* of the last validation */
} train_momu;

int train_momu_read(train_task *t, mg_toml *recipe, molglot_error *err);
int train_momu_identify(const train_task *t, char out[65], molglot_error *err);

/* Batches from step m->t.step on. Content depends on (seed, step) alone. */
train_batches *train_batches_new(const train_momu *m, molglot_error *err);
/* Waits for the next batch; it stays valid until the next call. NULL: failure. */
const train_batch *train_batches_next(train_batches *b, molglot_error *err);
void train_batches_free(train_batches *b);

/* ---- steps ---- */
int train_momu_build(train_task *t, molglot_error *err);
int train_momu_step(train_task *t, train_result *out, molglot_error *err);

/* ---- validation ---- */
/* *out stays NULL when the recipe names no validation pairs. */
int train_eval_new(const train_momu *m, train_eval **out, molglot_error *err);
void train_eval_free(train_eval *e);
int train_eval_run(train_eval *e, train_momu *m, molglot_error *err);

#endif
