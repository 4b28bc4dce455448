/* inside.h - MoMu's training, between the files of task = "momu".
 *
 *   kind.c      recipe, data, rows of a batch, model file: the train_kind
 *   origin.c    values that a training starts from: published weights, a member of a model
 *   step.c      loss of a batch; gradient caching
 *   validate.c  retrieval on validation pairs
 */
#ifndef MG_TRAIN_MOMU_H
#define MG_TRAIN_MOMU_H

#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "score/score.h"
#include "train/inside.h"

enum { TRAIN_VIEWS = 2 }; /* at most: of a text, of a molecule */
enum { TRAIN_EVAL_SETS = 16 };

typedef struct train_eval_set { /* what to validate on */
    const char *name;           /* "": eval.pairs, or the split's rows */
    const char *pairs, *pool;   /* pool "": none */
} train_eval_set;

typedef struct train_eval_scores {
    mg_retrieval_scores t2m, m2t;
} train_eval_scores;

/* Strings belong to the recipe unless they are arrays here. */
typedef struct train_momu_config {
    mg_momu_config model;
    const char *const *init;
    size_t n_init;
    /* a member of a model, by number from 1; "": none */
    char init_file[TRAIN_MAX_PATH];
    int64_t init_member;
    bool towers;   /* beside the member's bags */
    bool new_text; /* of the member the molecules' side alone, which stays as it is */
    float copied_lr;
    const char *name; /* of the new model */
    /* dropouts that the recipe gives in place of the member's; -1: none */
    float sentence_dropout, text_feature_dropout, graph_feature_dropout, text_dropout,
        graph_dropout;
    float table_lr, text_encoder_lr, graph_encoder_lr;

    char synonym_names[TRAIN_MAX_PATH];
    float synonyms;

    int text_views, graph_views; /* 1 or 2 */
    bool graph_self, mask_duplicates, aug_faithful;
    float smoothing;
    mg_aug_kind aug[TRAIN_VIEWS];
    float aug_rate[TRAIN_VIEWS];

    /* validation; the first set gives the score. paths: of eval.pairs and its pool, then of each of
     * eval.sets */
    train_eval_set sets[TRAIN_EVAL_SETS];
    int n_sets;
    char paths[2 * TRAIN_EVAL_SETS][TRAIN_MAX_PATH];
    int64_t eval_limit, pool_limit; /* 0: all */
} train_momu_config;

typedef struct train_momu_micro { /* of a batch */
    mg_batch views[TRAIN_VIEWS];
    int32_t *groups; /* of all rows of the batch, in its first; NULL without mask_duplicates */
} train_momu_micro;

typedef struct train_eval train_eval;

typedef struct train_momu {
    train_task t;
    train_momu_config c;
    mg_momu *momu;
    float *rows, *grads; /* gradient caching: [2 towers * 2 views][batch][dim]; NULL without */
    float *buffers;      /* copy of running statistics between its two passes */
    mg_bundle *origin;   /* of init.file, or NULL */
    const mg_member *member;
    char origin_sha256[65]; /* "": none */
    mg_str origin_words;    /* its vocab.txt */
    train_eval *eval;
    train_eval_scores scores[TRAIN_EVAL_SETS]; /* of the last validation */
} train_momu;

/* ---- origin.c ---- */
/* [init], and of [model] what a member leaves open. */
int train_origin_read(mg_toml *t, train_momu *m, molglot_error *err);
/* Loads the member: the model's configuration, vocabularies of the data. Nothing without one. */
int train_origin_open(train_momu *m, molglot_error *err);
/* Values into built parameters: the member's, or published files'. */
int train_origin_copy(train_momu *m, molglot_error *err);
/* Learning rates of declared parameters that will be the member's. */
void train_origin_rates(train_momu *m);
void train_origin_close(train_momu *m);

/* ---- step.c: as train_kind has them; cache: room for gradient caching, where it is needed ---- */
mg_tensor *train_momu_loss(train_task *t, const void *micro);
int train_momu_cache(train_momu *m, molglot_error *err);
int train_momu_gradients(train_task *t, const train_batch *b, train_result *out,
                         molglot_error *err);
int train_momu_note(train_task *t, const train_batch *b, train_result *out, molglot_error *err);

/* ---- validate.c ---- */
/* eval.pairs, pool, sets, limit, pool_limit. */
int train_eval_read(mg_toml *t, train_momu *m, molglot_error *err);
/* *out stays NULL when the recipe names no validation pairs. */
int train_eval_new(train_momu *m, train_eval **out, molglot_error *err);
void train_eval_free(train_eval *e);
int train_eval_run(train_eval *e, train_momu *m, molglot_error *err);

#endif
