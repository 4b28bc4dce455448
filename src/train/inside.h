/* inside.h - what the training of every kind of model shares, between the train*.c and
 * write*.c files.
 *
 *   loop.c          mg_train: one loop over the functions of a train_kind
 *   recipe.c   recipe keys that all kinds have        run.c     files of the run folder
 *   feeder.c   batches ahead, in a thread             chart.c   loss.svg
 *   stages.c   several recipes in order
 *   momu/inside.h     task = "momu"                          writer/writer.h  task = "writer",
 *                     "flow" and "diffusion"
 */
#ifndef MG_TRAIN_INSIDE_H
#define MG_TRAIN_INSIDE_H

#include "base/toml/toml.h"
#include "nn/nn.h"
#include "train/train.h"

#include <jansson.h>

enum { TRAIN_MAX_SOURCES = 32, TRAIN_MAX_PATH = 1024, TRAIN_SLOTS = 2 };

/* ---- recipe keys of all kinds ---- */
/* Strings belong to the recipe unless they are arrays here. */
typedef struct train_common {
    const char *run, *licence, *description, *store; /* store: "bf16" | "int8" | "int4" | "f32" */
    const char *device, *precision;
    char dir[TRAIN_MAX_PATH]; /* of relative data paths */
    mg_optim_config optim;
    /* micro_batch 0: whole batches; steps 0: epochs count */
    int64_t batch, micro_batch, epochs, steps, checkpoint_every;
    /* validation every so many epochs, or steps; both 0: at the end only */
    int64_t eval_every, eval_steps;
    uint64_t seed;
    float warmup;
} train_common;
typedef struct train_sources {
    size_t n;
    char paths[TRAIN_MAX_SOURCES][TRAIN_MAX_PATH];
    float weights[TRAIN_MAX_SOURCES];
} train_sources;

/* Always MOLGLOT_BAD_FILE: "key: why". */
int train_refuse(molglot_error *err, const char *key, const char *why);
/* run (or the one given), licence, description, store */
void train_read_head(mg_toml *t, train_common *c, const char *run);
const char *train_store_as(const train_common *c); /* store, as mg_params_write has it */
/* data.dir, before the paths */
int train_read_dir(mg_toml *t, train_common *c, molglot_error *err);
/* "": none */
int train_read_path(mg_toml *t, const train_common *c, const char *key, char out[TRAIN_MAX_PATH],
                    molglot_error *err);
int train_read_sources(mg_toml *t, const train_common *c, train_sources *s, molglot_error *err);
int train_read_train(mg_toml *t, train_common *c, molglot_error *err); /* [train] */
/* The lines of a checkpoint's identity that say how steps are made; after the number of steps is
 * known. */
void train_add_optim(const train_common *c, mg_str *out);
void train_add_train(const train_common *c, mg_str *out);

/* stages.c: a recipe with the key `stages`. */
int train_stages_check(mg_toml *recipe, const mg_train_options *o, molglot_error *err);
int train_stages(mg_toml *recipe, const mg_train_options *o, molglot_error *err);

/* ---- run folder ---- */
typedef struct train_point {
    int64_t step;
    double loss;
} train_point;
/* scores: of validation, 0 .. 1 */
typedef struct train_curve {
    train_point *points;
    size_t n, cap;
    train_point *scores;
    size_t n_scores, cap_scores;
} train_curve;
int train_curve_add(train_curve *v, bool score, int64_t step, double value, molglot_error *err);
int train_chart_write(const train_curve *v, int64_t total_steps, const char *title,
                      const char *score_title, const char *path, molglot_error *err);

typedef struct train_run {
    FILE *log; /* train.jsonl */
    train_curve curve;
    char *recipe, *portable_recipe; /* resolved; without the run folder */
} train_run;

/* ---- a training under way ---- */
typedef struct train_task { /* a kind's own struct begins with it */
    const struct train_kind *kind;
    train_common c;
    const mg_train_options *o;
    mg_tape *tape;
    mg_params *params; /* what is trained; the kind's build makes it */
    train_run run;
    int64_t epoch_rows; /* pairs or molecules of an epoch; the kind's open counts them */
    int64_t steps_per_epoch, total, step; /* step: how many are done */
    double began; /* clock when mg_train was called: the time limit counts from here */
    /* clock at the first step; seconds spent before the resumed checkpoint */
    double start, seconds_before;
    int64_t started_at; /* steps that were done at the start */
    mg_train_event last;
    /* there is something to validate on (set by the kind's start); it was done */
    bool validates, scored;
    bool stop, out_of_time;
    char identity[65];
} train_task;

typedef struct train_result { /* of a step */
    int64_t n;                /* pairs or molecules */
    double loss, grad_norm;
    const char *name;
    double value; /* one more number for the log */
    bool skipped; /* its gradient was not finite */
} train_result;
/* of validation; 0 .. 1 */
typedef struct train_verdict {
    double score;
    char line[480];
} train_verdict;

typedef struct train_kind {
    const char *name, *unit; /* the recipe's task; what its batches hold */
    /* name of a verdict's score in the log; its title in the chart */
    const char *score, *score_title;
    size_t size; /* of the kind's struct; zeroed before read */
    /* In this order: keys of the recipe (touches no file); data, and the model's sizes that follow
     * from them; the identity of what the steps do, but for the device: a checkpoint goes on only
     * under the same; parameters; batches from step t->step on, validation. */
    int (*read)(train_task *t, mg_toml *recipe, molglot_error *err);
    int (*open)(train_task *t, molglot_error *err);
    int (*identify)(const train_task *t, char out[65], molglot_error *err);
    int (*build)(train_task *t, molglot_error *err);
    int (*start)(train_task *t, molglot_error *err);
    int (*step)(train_task *t, train_result *out, molglot_error *err);
    int (*validate)(train_task *t, train_verdict *out, molglot_error *err);
    int (*save_model)(train_task *t, const char *path, molglot_error *err);
    const char *(*model_name)(const train_task *t);
    json_t *(*data)(const train_task *t);                /* for the manifest */
    void (*add_scores)(const train_task *t, json_t *to); /* of the last validation */
    void (*close)(train_task *t);                        /* what the kind made, params too */
} train_kind;
extern const train_kind train_kind_momu, train_kind_writer, train_kind_flow, train_kind_diffusion;

/* A line for the user. */
void train_tell(train_task *t, const char *fmt, ...) MG_PRINTF(2, 3);
/* Progress of reading data: a callback with the task as user; nonzero to stop. */
int train_on_reading(void *task, int64_t done, int64_t total);
/* Resets the tape for a forward pass of a step; stream: a further word of dropout's keys. */
void train_tape(train_task *t, uint64_t stream, bool record);

/* ---- run.c ---- */
/* Atomic replacement of a small file. */
int train_write_file(const char *path, const char *bytes, size_t n, molglot_error *err);
int train_run_path(const train_common *c, const char *file, char out[TRAIN_MAX_PATH],
                   molglot_error *err);
/* Makes recipe.toml; on resume keeps the log's lines before t->step and rereads the curve from
 * them. */
int train_run_open(train_task *t, mg_toml *recipe, molglot_error *err);
int train_run_log_step(train_task *t, const train_result *r, molglot_error *err);
int train_run_log_eval(train_task *t, double score, molglot_error *err);
/* status: "running" | "interrupted" | "done" | "failed". */
int train_run_manifest(const train_task *t, const char *status, bool scores, molglot_error *err);
void train_run_close(train_run *r);

/* --- feeder.c: batches of steps first .. total-1 in order, built one ahead by a thread --- */
typedef struct train_feeder train_feeder;
/* Fills slot step % TRAIN_SLOTS. Content must depend on recipe, data and step alone. */
typedef int train_build_fn(void *user, int64_t step, int slot, molglot_error *err);
train_feeder *train_feeder_new(train_build_fn *build, void *user, int64_t first, int64_t total,
                               molglot_error *err);
/* Waits for the next batch; its slot stays as it is until the next call. */
int train_feeder_next(train_feeder *f, int *slot, molglot_error *err);
void train_feeder_free(train_feeder *f);

#endif
