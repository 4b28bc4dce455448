/* inside.h - training from within: what a kind of training says (train_kind), and what it stands
 * on. From the top:
 *
 *   train.c     mg_train: the kinds, and which one a recipe names
 *   stages.c    several recipes in order
 *   loop.c      one recipe: prepare; steps, validation, checkpoints; finish
 *   method.c    what all kinds do alike: build, batches, steps over micro-batches, validation with
 *               the EMA's weights, identity
 *   ranks.c     what processes that train together say to each other
 *   run.c       files of the run folder     chart.c   loss.svg
 *   feeder.c    batches ahead, in a thread
 *   corpus.c    [data] of kinds that read molecules and texts as tokens
 *   metadata.c  what a model file says of its training
 *   recipe.c    keys that all kinds have
 *   task.c      talk, clock, tape, small files
 *
 * Kinds: momu/, writer/ (two: writer and atomas), latent/ (two: flow matching and denoiser),
 * rerank/, heads/, atomas_faithful/, motif/ (two: motif and motif_diffusion), moflow/ (two: the
 * flow and its reader), t5_graph/.
 */
#ifndef MG_TRAIN_INSIDE_H
#define MG_TRAIN_INSIDE_H

#include "base/toml/toml.h"
#include "data/data.h"
#include "nn/nn.h"
#include "train/train.h"

enum { TRAIN_MAX_SOURCES = 32, TRAIN_MAX_PATH = 1024, TRAIN_SLOTS = 2 };

struct json_t; /* jansson's */

/* ---- recipe.c ---- */
/* Keys of all kinds. Strings belong to the recipe unless they are arrays here. */
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
    /* the last n - own of them: molecules whose texts are written from facts */
    size_t own;
    int wordings;
    int64_t limit, seed;
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
/* As train_read_path for a file that is no data: not below data.dir. */
int train_read_own_path(mg_toml *t, const char *key, char out[TRAIN_MAX_PATH], molglot_error *err);
int train_read_sources(mg_toml *t, const train_common *c, train_sources *s, molglot_error *err);
/* data.written and its keys: more sources behind those. */
int train_read_written(mg_toml *t, const train_common *c, train_sources *s, molglot_error *err);
int train_read_train(mg_toml *t, train_common *c, molglot_error *err); /* [train] */
/* Lines of an identity (train_kind.identify): the optimiser's; precision, batches and seed. */
void train_add_optim(const train_common *c, mg_str *out);
void train_add_train(const train_common *c, mg_str *out);
/* [{path, weight}, ...], for the manifest. */
struct json_t *train_sources_json(const train_sources *s);

/* ---- chart.c ---- */
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

/* ---- a training under way ---- */
typedef struct train_run {
    FILE *log; /* train.jsonl */
    train_curve curve;
    char *recipe, *portable_recipe; /* resolved; without the run folder */
    int lock;                       /* a descriptor; 0: none */
} train_run;

/* What [data] names, and the rows read from it. */
typedef struct train_corpus {
    train_sources sources;
    mg_corpus_source list[TRAIN_MAX_SOURCES]; /* the kind may say more of each */
    char exclude[TRAIN_MAX_PATH], hold_out[TRAIN_MAX_PATH], wordpiece[TRAIN_MAX_PATH],
        cache[TRAIN_MAX_PATH];
    mg_corpus_config
        config; /* the kind adds lengths, and vocabularies of a model it goes on from */
    /* data.split and its keys; split "": none. Validation pairs of a recipe that names none */
    const char *split;
    double split_validation, split_test;
    int64_t split_seed;
    mg_split_counts split_counts; /* zero on resume */
    char held_out[TRAIN_MAX_PATH], split_paths[TRAIN_MAX_SOURCES][TRAIN_MAX_PATH];
    bool own_cache; /* data.cache names it: no part of the run */
    /* eval.smiles_column, eval.text_column, or data's; NULL: the usual names */
    const char *eval_smiles, *eval_text;
    bool allow_overlap;
    mg_overlap overlap; /* rows 0: nothing was looked at */
    mg_corpus *rows;
} train_corpus;

typedef struct train_task { /* a kind's own struct begins with it */
    const struct train_kind *kind;
    const mg_train_options *o;
    train_common c;
    const char *model;   /* its name, set by the kind's read */
    train_corpus corpus; /* of a kind that reads one */
    mg_tape *tape;
    mg_params *params; /* what is trained */
    struct train_batches *batches;
    train_run run;
    int64_t epoch_rows;                   /* pairs or molecules of an epoch */
    int64_t steps_per_epoch, total, step; /* step: how many are done */
    double began; /* clock when mg_train was called: the time limit counts from here */
    /* clock at the first step; seconds spent before the resumed checkpoint */
    double start, seconds_before;
    int64_t started_at; /* steps that were done at the start */
    mg_train_event last;
    /* there is something to validate on (set by the kind's start); it was done */
    bool validates, scored;
    bool scores_start; /* validate before the first step too: it goes on from a model */
    bool stop, out_of_time, finished; /* finished: before this start */
    char identity[65];
} train_task;

/* ---- a kind of training ---- */
/* Rows of a micro-batch, and of the batch that it belongs to. */
typedef struct train_span {
    int64_t epoch, place; /* place of rows[0] in the epoch */
    const int64_t *rows;
    int64_t n;
    int number;           /* of this micro-batch, from 0 */
    const int64_t *batch; /* all rows of the batch */
    int64_t batch_n;
} train_span;

typedef struct train_batch { /* of one step */
    int64_t n, each;         /* rows; of each micro-batch but the last, which has the rest */
    int n_micros;
    char *micros;     /* [n_micros] of the kind's micro_size bytes */
    int64_t *weights; /* [n_micros] */
    int64_t weight;   /* their sum */
} train_batch;

typedef struct train_result { /* of a step */
    int64_t n;                /* rows */
    double loss, grad_norm;
    const char *name; /* one more number for the log; NULL: none */
    double value;
    bool skipped; /* its gradient was not finite */
} train_result;

typedef struct train_verdict { /* of validation */
    double score;              /* 0 .. 1 */
    char line[480];
} train_verdict;

/* A text of all that decides what a step does, but for the device: a checkpoint goes on only under
 * the same. The lines of recipe.c's keys stand between the three. */
typedef struct train_identity {
    mg_str model; /* sizes, data */
    mg_str rates; /* behind the optimiser's line */
    mg_str rest;
} train_identity;

/* What a kind says. Functions stand in the order of their first calls; free_micro and close come at
 * the end. Optional ones may be NULL. fill, and order after its first call, run in the feeder's
 * thread, which reads the task while steps go on. */
typedef struct train_kind {
    const char *name;                /* the recipe's task */
    const char *unit;                /* what a batch holds: "pairs" */
    const char *run;                 /* the run folder of a recipe that names none */
    const char *score, *score_title; /* a verdict's score in the log; in the chart */
    size_t size;                     /* of the kind's struct, zeroed before read */
    size_t micro_size;               /* of a micro-batch, zeroed before make_micro */
    const char *alone;               /* Optional: why it does not go with several ranks */

    /* ---- config ---- */
    /* Keys beside those of train_read_head. Touches no file. */
    int (*read)(train_task *t, mg_toml *recipe, molglot_error *err);

    /* ---- rows ---- */
    /* Opens the data; sizes of the model that follow from them. */
    int (*open)(train_task *t, molglot_error *err);
    /* Rows of an epoch in their order, malloc'ed: a function of seed and epoch. */
    int (*order)(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                 molglot_error *err);
    int (*identify)(const train_task *t, train_identity *out, molglot_error *err);

    /* ---- model ---- */
    /* Parameters into t->params. */
    int (*declare)(train_task *t, molglot_error *err);
    /* Optional: values other than random ones: published weights, a model to go on from. */
    int (*init)(train_task *t, molglot_error *err);
    /* Optional: what needs the device or comes after a resume: validation rows, latents. */
    int (*start)(train_task *t, molglot_error *err);

    /* ---- loss of a micro-batch ---- */
    /* Optional: room for n rows. */
    int (*make_micro)(const train_task *t, void *micro, int64_t n, molglot_error *err);
    /* Fills it: a function of seed, epoch and place. *weight: what its loss is a mean over;
     * s->n before. With several ranks each fills its own micro-batches, and the first one. */
    int (*fill)(const train_task *t, const train_span *s, void *micro, int64_t *weight,
                molglot_error *err);
    /* Its mean loss [1,1] on the tape. */
    mg_tensor *(*loss)(train_task *t, const void *micro);
    /* Optional: adds the gradients of several micro-batches whose losses do not simply add up, and
     * sets out->loss. The way of all others: backward from the loss of each, times its share of the
     * weight. */
    int (*gradients)(train_task *t, const train_batch *b, train_result *out, molglot_error *err);
    /* Optional: out->name and out->value, before the update. */
    int (*note)(train_task *t, const train_batch *b, train_result *out, molglot_error *err);
    void (*free_micro)(void *micro); /* Optional: what make_micro and fill made. */

    /* ---- validation and results ---- */
    /* Optional: what t->validates promises, with the EMA's weights if there are any; nothing is
     * recorded. */
    int (*validate)(train_task *t, train_verdict *out, molglot_error *err);
    int (*save)(train_task *t, const char *path, molglot_error *err); /* the model file */
    struct json_t *(*data)(const train_task *t); /* Optional: for the manifest */
    /* Optional: scores of the last validation, into an object. */
    void (*add_scores)(const train_task *t, struct json_t *to);
    void (*close)(train_task *t); /* Optional: what the kind made. */
} train_kind;

/* ---- train.c ---- */
/* The kinds, a line each: train_kind_NAME. Recipes without a task are the first one's. */
#define TRAIN_KINDS(X) \
    X(momu)            \
    X(writer)          \
    X(atomas)          \
    X(flow)            \
    X(diffusion)       \
    X(rerank)          \
    X(heads)           \
    X(motif)           \
    X(motif_diffusion) \
    X(atomas_faithful) \
    X(moflow)          \
    X(moflow_reader)   \
    X(t5_graph)
#define TRAIN_DECLARE(kind) extern const train_kind train_kind_##kind;
TRAIN_KINDS(TRAIN_DECLARE)

/* ---- loop.c: one recipe, of one of the kinds (NULL-ended) ---- */
int train_check_one(const train_kind *const *kinds, mg_toml *recipe, molglot_error *err);
int train_one(const train_kind *const *kinds, mg_toml *recipe, const mg_train_options *o,
              molglot_error *err);

/* ---- stages.c: a recipe with the key `stages` ---- */
int train_stages_check(const train_kind *const *kinds, mg_toml *recipe, const mg_train_options *o,
                       molglot_error *err);
int train_stages(const train_kind *const *kinds, mg_toml *recipe, const mg_train_options *o,
                 molglot_error *err);

/* ---- method.c ---- */
int train_identify(train_task *t, molglot_error *err); /* fills t->identity */
/* Makes t->params with their values, on the tape's device. */
int train_build(train_task *t, molglot_error *err);
/* Counts t->epoch_rows. */
int train_count_rows(train_task *t, molglot_error *err);
/* Makes t->batches: they begin with step t->step. */
int train_batches_open(train_task *t, molglot_error *err);
void train_batches_close(train_task *t);
/* The next batch: gradients, update. */
int train_step(train_task *t, train_result *out, molglot_error *err);
int train_validate(train_task *t, train_verdict *out, molglot_error *err);

/* For validation: the weighted mean of a loss over n rows, `group` of them at a time. */
typedef struct train_mean {
    int64_t n, group;
    /* Loss [1,1] of rows at .. at + n-1 on a tape that was reset; *weight: n before. */
    int (*loss)(void *user, int64_t at, int64_t n, mg_tensor **out, int64_t *weight,
                molglot_error *err);
    void *user;
} train_mean;
int train_mean_loss(train_task *t, const train_mean *m, double *out, molglot_error *err);

/* ---- ranks.c: with o->ranks NULL all of it is nothing ---- */
bool train_leads(const train_task *t); /* rank 0, or alone */
/* Whether micro-batch k of a batch is this rank's. */
bool train_owns(const train_task *t, int k);
/* What can be refused before anything is read; batches have a micro-batch for each rank. */
int train_ranks_check(train_task *t, molglot_error *err);
int train_ranks_split(train_task *t, molglot_error *err);
/* Rank 0 does it, then the others. */
int train_in_turn(train_task *t, int (*f)(train_task *t, molglot_error *err), molglot_error *err);
int train_ranks_same_identity(train_task *t, molglot_error *err);
int train_ranks_same_numbers(train_task *t, molglot_error *err);
/* Before a step: who wants to stop, stops all. After a validation: how many steps there are. */
int train_ranks_stop(train_task *t, molglot_error *err);
int train_ranks_total(train_task *t, molglot_error *err);
/* The sum of the losses and of the weights of micro-batches that each rank filled. */
int train_ranks_weights(const train_task *t, train_batch *b, molglot_error *err);
int train_ranks_loss(const train_task *t, train_result *out, molglot_error *err);

/* ---- corpus.c ---- */
/* [data] in its order: dir, sources, weights, written; exclude, hold_out, wordpiece, cache. */
int train_corpus_read_sources(mg_toml *t, train_task *task, molglot_error *err);
int train_corpus_read_files(mg_toml *t, train_task *task, molglot_error *err);
/* All of [data] of a kind that reads molecules as SMILES tokens. */
int train_corpus_read(mg_toml *t, train_task *task, molglot_error *err);
/* A list of those of data.sources, which were read: a bit each. */
int train_read_marked(mg_toml *t, const train_task *task, const char *key, uint32_t *marked,
                      molglot_error *err);
/* Cuts the sources where data.split says so, opens them and tells what they hold. */
int train_corpus_open(train_task *t, molglot_error *err);
/* The recipe's validation pairs, or those of the split; "": none. */
const char *train_held_out_pairs(const train_task *t, const char *pairs);
/* Tells how many of n validation rows are also trained on. */
int train_tell_overlap(train_task *t, const char *path, const char *const *smiles,
                       const char *const *texts, size_t n, molglot_error *err);
/* What a split and columns of names add to an identity: nothing without them. */
void train_corpus_identify_columns(const train_task *t, mg_str *out);
void train_corpus_identify(const train_task *t, mg_str *out);
/* For a train_kind: order, data. */
int train_corpus_order(const train_task *t, int64_t epoch, int64_t **rows, int64_t *n,
                       molglot_error *err);
struct json_t *train_corpus_json(const train_task *t);

/* ---- metadata.c ---- */
typedef struct train_metadata {
    char seed[32], steps[32], rows[32], rows_key[32];
    const char *pairs[32]; /* key, value, ..., NULL: 8, and room for 7 of the kind's own */
} train_metadata;
/* unit: "pairs" or "rows" of the data, whose number is told as data.UNIT. */
void train_metadata_make(train_metadata *m, const train_task *t, const char *sha256,
                         const char *unit, int64_t rows);
void train_metadata_add(train_metadata *m, const char *key, const char *value);
/* Sorted hashes of the corpus' molecules and of `more` (n_more) without repeats; malloc'ed. */
int train_known_molecules(const mg_corpus *c, const uint64_t *more, int64_t n_more,
                          uint64_t **known, int64_t *n, molglot_error *err);
/* The word pieces of a model, a line each; nothing for NULL. */
int train_words_text(const mg_wordpiece *words, mg_str *out, molglot_error *err);

/* ---- run.c ---- */
int train_run_path(const train_common *c, const char *file, char out[TRAIN_MAX_PATH],
                   molglot_error *err);
/* Makes the folder this process's until train_run_close: MOLGLOT_FAILED where another trains there.
 */
int train_run_own(train_task *t, molglot_error *err);
/* Whether the folder holds a finished run of this recipe, which is then told and left alone. One of
 * another recipe is refused; other eval keys, devices and places make none. */
int train_run_finished(train_task *t, mg_toml *recipe, bool *finished, molglot_error *err);
/* Makes recipe.toml; on resume keeps the log's lines before t->step and rereads the curve from
 * them. */
int train_run_open(train_task *t, mg_toml *recipe, molglot_error *err);
int train_run_log_step(train_task *t, const train_result *r, molglot_error *err);
int train_run_log_eval(train_task *t, double score, molglot_error *err);
/* status: "running" | "interrupted" | "done" | "failed". */
int train_run_manifest(const train_task *t, const char *status, bool scores, molglot_error *err);
void train_run_close(train_task *t);

/* ---- feeder.c: batches of steps first .. total-1 in order, built one ahead by a thread ---- */
typedef struct train_feeder train_feeder;
/* Fills slot step % TRAIN_SLOTS. Content must depend on recipe, data and step alone. */
typedef int train_build_fn(void *user, int64_t step, int slot, molglot_error *err);
train_feeder *train_feeder_new(train_build_fn *build, void *user, int64_t first, int64_t total,
                               molglot_error *err);
/* Waits for the next batch; its slot stays as it is until the next call. */
int train_feeder_next(train_feeder *f, int *slot, molglot_error *err);
void train_feeder_free(train_feeder *f);

/* ---- task.c ---- */
double train_now(void); /* seconds of a clock that only goes on */
/* A line for the user. */
void train_tell(train_task *t, const char *fmt, ...) MG_PRINTF(2, 3);
/* Says how far the making ready of a run is; false: the user wants it to end. */
bool train_goes_on(train_task *t, const char *doing, int64_t done, int64_t all);
/* Progress of reading data: a callback with the task as user; nonzero to stop. */
int train_on_reading(void *task, int64_t done, int64_t total);
/* Resets the tape for a forward pass of a step; stream: a further word of dropout's keys. */
void train_tape(train_task *t, uint64_t stream, bool record);
/* Atomic replacement of a small file. */
int train_write_file(const char *path, const char *bytes, size_t n, molglot_error *err);

#endif
