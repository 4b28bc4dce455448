/* train_inside.h - the parts of training, between the train*.c files.
 *
 *   train_config.c   recipe -> train_config            train_step.c   one optimiser step, gradient caching
 *   train_batches.c  batches ahead, in a thread        train_eval.c   validation by retrieval
 *   train_run.c      files of the run folder           train_chart.c  loss.svg
 *   train.c          mg_train: the loop over all of it
 */
#ifndef MG_TRAIN_INSIDE_H
#define MG_TRAIN_INSIDE_H

#include "task/task.h"

enum { TRAIN_MAX_SOURCES = 32, TRAIN_MAX_PATH = 1024 };

/* Strings belong to the recipe unless they are arrays here. */
typedef struct train_config {
    const char *run, *licence, *description, *store;     /* store: "bf16" | "int8" | "f32" */
    mg_momu_config model;
    mg_optim_config optim;

    char dir[TRAIN_MAX_PATH];                            /* of relative data paths */
    char paths[TRAIN_MAX_SOURCES][TRAIN_MAX_PATH], exclude[TRAIN_MAX_PATH], wordpiece[TRAIN_MAX_PATH], cache[TRAIN_MAX_PATH];
    mg_dataset_source sources[TRAIN_MAX_SOURCES];
    mg_dataset_config data;

    const char *device, *precision, *const *init;
    size_t n_init;
    int64_t batch, micro_batch, epochs, steps, checkpoint_every;     /* micro_batch 0: whole batches; steps 0: epochs count */
    uint64_t seed;
    float warmup, table_lr, text_encoder_lr, graph_encoder_lr;

    int text_views, graph_views;                         /* 1 or 2 */
    bool graph_self, mask_duplicates, aug_faithful;
    float smoothing;
    mg_aug_kind aug[2];
    float aug_rate[2];

    char pairs[TRAIN_MAX_PATH], pool[TRAIN_MAX_PATH];    /* validation; "" for none */
    int64_t eval_every;                                  /* epochs; 0: at the end only */
} train_config;

int train_config_read(mg_toml *recipe, train_config *c, molglot_error *err);
/* SHA-256 of everything that decides what the steps do: a checkpoint goes on only under the same. */
int train_config_identity(const train_config *c, const char *data_sha256, char out[65], molglot_error *err);

/* ---- batches ---- */
typedef struct train_batch {
    int64_t n;                       /* pairs */
    int chunks, views;               /* part of view v, chunk c: parts[v * chunks + c] */
    mg_batch *parts;
    int32_t *groups;                 /* [n] or NULL */
} train_batch;
typedef struct train_feeder train_feeder;
/* Batches of steps first .. total-1 in order, built one ahead by a thread. Content depends on (seed, step) alone. */
train_feeder *train_feeder_new(const mg_dataset *d, const train_config *c, int64_t steps_per_epoch, int64_t first, int64_t total, molglot_error *err);
/* Waits for the next batch; it stays valid until the next call. NULL: failure. */
const train_batch *train_feeder_next(train_feeder *f, molglot_error *err);
void train_feeder_free(train_feeder *f);

/* ---- steps ---- */
typedef struct train_machine {       /* what a step works with */
    const train_config *c;
    mg_params *params;
    mg_momu *momu;
    mg_tape *tape;
    float *rows, *grads;             /* gradient caching: [2 towers * 2 views][batch][dim]; NULL without */
    float *buffers;                  /* copy of running statistics between its two passes */
} train_machine;
typedef struct train_result { double loss, grad_norm; bool skipped; } train_result;
int train_machine_init(train_machine *m, const train_config *c, int threads, molglot_error *err);
void train_machine_free(train_machine *m);
int train_step(train_machine *m, const train_batch *b, int64_t step, train_result *out, molglot_error *err);

/* ---- validation ---- */
typedef struct train_eval train_eval;
/* NULL with *none set when the recipe names no validation pairs. */
train_eval *train_eval_new(const train_config *c, const mg_dataset *d, int threads, bool *none, molglot_error *err);
void train_eval_free(train_eval *e);
int train_eval_run(train_eval *e, train_machine *m, mg_retrieval_scores *text_to_molecule, mg_retrieval_scores *molecule_to_text, molglot_error *err);

/* ---- run folder ---- */
typedef struct train_point { int64_t step; double loss; } train_point;
typedef struct train_curve { train_point *points; size_t n, cap; train_point *scores; size_t n_scores, cap_scores; } train_curve;   /* scores: validation MRR */
int train_curve_add(train_curve *v, bool score, int64_t step, double value, molglot_error *err);
int train_chart_write(const train_curve *v, int64_t total_steps, const char *title, const char *path, molglot_error *err);

typedef struct train_run {
    const train_config *c;
    FILE *log;                       /* train.jsonl */
    train_curve curve;
    const char *command;
    char *recipe, *portable_recipe;  /* resolved; without the run folder */
} train_run;
/* Atomic replacement of a small file. */
int train_write_file(const char *path, const char *bytes, size_t n, molglot_error *err);
int train_run_path(const train_config *c, const char *file, char out[TRAIN_MAX_PATH], molglot_error *err);
/* Makes the folder and recipe.toml; on resume keeps the log's lines before first_step and rereads the curve from them. */
int train_run_open(train_run *r, mg_toml *recipe, const train_config *c, const mg_train_options *o, int64_t first_step, int64_t total, molglot_error *err);
int train_run_log_step(train_run *r, const mg_train_event *e, double scale, molglot_error *err);
int train_run_log_eval(train_run *r, int64_t step, const mg_retrieval_scores *t2m, const mg_retrieval_scores *m2t, molglot_error *err);
/* status: "running" | "interrupted" | "done" | "failed". Scores NULL: none yet. */
int train_run_manifest(const train_run *r, const mg_dataset *d, const mg_params *p, const char *status, const mg_train_event *last,
                       const mg_retrieval_scores *t2m, const mg_retrieval_scores *m2t, molglot_error *err);
void train_run_close(train_run *r);

#endif
