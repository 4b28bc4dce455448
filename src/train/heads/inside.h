/* inside.h - what the files of the training of heads share. */
#ifndef MG_TRAIN_HEADS_INSIDE_H
#define MG_TRAIN_HEADS_INSIDE_H

#include "predict/predict.h"
#include "score/score.h"
#include "train/inside.h"

enum { HEADS_TRAIN = 0, HEADS_VALIDATION, HEADS_TEST, HEADS_PARTS, HEADS_REFUSED };

/* ---- table.c: a table of molecules and targets ---- */
typedef struct heads_wants {
    char file[TRAIN_MAX_PATH];
    const char *smiles_column;  /* NULL: the usual names */
    const char *const *targets; /* [n_targets]; 0: all columns that are not told apart below */
    size_t n_targets;
    const char *task;         /* "auto", "classification", "regression" */
    const char *split;        /* "scaffold", "random", "column" */
    const char *split_column; /* of the split by column */
    double validation, test;  /* shares */
    uint64_t split_seed;
} heads_wants;
typedef struct heads_table {
    mg_rows rows;
    int tasks;
    const char **names; /* [tasks] */
    mg_heads_task task;
    float *truth;  /* [n, tasks]; NaN: a gap */
    uint8_t *part; /* [n] HEADS_TRAIN ..; HEADS_REFUSED: no molecule, or in no part */
    int64_t count[HEADS_PARTS];
    int64_t *of[HEADS_PARTS]; /* rows of each, ascending */
    int64_t refused, gaps;
    char first_refused[256];
} heads_table;
/* Reads and understands the targets; parts are not yet made. tell: what was decided, for people. */
int heads_table_open(heads_table *t, const heads_wants *w, mg_str *tell, molglot_error *err);
void heads_table_close(heads_table *t);

/* ---- split.c: rows whose status is ok into parts ----
 * scaffold: groups of equal Murcko scaffolds without stereo, by (size, first row) descending; a
 * group trains while that leaves room in its share, else validates while there is room, else tests
 * (spec: atomas.md 14). random: a shuffle by seed. column: the cells say train, validation (val,
 * valid, dev), test. */
int heads_split(heads_table *t, const heads_wants *w, const molglot_row_status *status, int threads,
                molglot_error *err);

/* ---- report.c ---- */
typedef struct heads_scores {
    /* of validation and test; NaN: nothing to be said. classes: mean over tasks with both; numbers:
     * mean over tasks */
    double auc[HEADS_PARTS], precision[HEADS_PARTS], rmse[HEADS_PARTS], mae[HEADS_PARTS],
        r2[HEADS_PARTS];
    double calibration[HEADS_PARTS]; /* expected calibration error; of numbers: share within 1 sd */
    double inside, auc_inside, auc_outside; /* of test: share of rows; score (rmse of numbers) */
} heads_scores;
/* values, spread [n, tasks] of all rows; inside [n]. */
void heads_score(const heads_table *t, const float *values, const float *spread,
                 const uint8_t *inside, heads_scores *out);
/* roc.svg, calibration.svg, parity.svg, predictions.csv, split.csv in the run folder. */
int heads_report(const train_task *t, const heads_table *table, const float *values,
                 const float *spread, const float *similarity, molglot_error *err);

/* ---- calibrate.c ---- */
/* Sets m->a and m->b from the answers (means z and variances v) and the truth, [n, tasks]. */
void heads_calibrate(mg_heads *m, const float *z, const float *v, const float *truth, int64_t n);
/* a and b of sigmoid(a z + b) for n answers and their truth (NaN: unknown) at a stride. */
void heads_fit_logistic(const float *z, const float *truth, int64_t n, int64_t stride, double *a,
                        double *b);

/* ---- shares.c ---- */
enum { HEADS_MEMBERS = 0, HEADS_TREES, HEADS_RIDGE, HEADS_VOICES };
/* voice [n] of known cells, NULL: silent; truth [n] in the units of the answers. share: the
 * recipe's in, those that the rows ask for out; they add up to 1. */
int heads_choose_shares(const float *const voice[HEADS_VOICES], const float *truth, size_t n,
                        bool classes, double share[HEADS_VOICES], molglot_error *err);

/* ---- a training under way ---- */
typedef struct head_training {
    train_task t;
    mg_heads_config model;
    heads_wants wants;
    char space_path[TRAIN_MAX_PATH], graph_path[TRAIN_MAX_PATH], space_digest[65];
    const char *class_weights, *select, *shares;
    float feature_dropout;
    int64_t patience, domain_rows;
    heads_table table;
    mg_inputs inputs;
    const char **groups, **numbers; /* names of columns; of mine's dictionary and of the build */
    mg_groups *dictionary;
    float *mean, *scale;           /* [dense] */
    float *task_mean, *task_scale; /* [tasks] */
    float *class_weight;           /* [tasks, 2] */
    mg_heads *heads;
    mg_arena arena; /* validation's batches */
    float *z, *v;   /* [rows, tasks] answers, in the order in which they were asked */
    float *best;    /* [values of all parameters] */
    double best_loss, best_score;
    int64_t best_step; /* -1: none yet */
    heads_scores scores;
    char sha256[65];
} head_training;

/* ---- voices.c ---- */
/* Answers for these rows into z and v, one after another. */
int heads_ask(head_training *h, const int64_t *rows, int64_t n, molglot_error *err);
/* Trees and the linear voice beside the trained members, and how much each has to say. */
int heads_add_voices(head_training *h, molglot_error *err);
/* The truth of the validation rows, malloc'ed; NULL: no memory. whole: all cells as the table has
 * them; else those that are known, in the units of the answers. */
float *heads_truth(const head_training *h, bool whole, size_t *cells);

/* ---- forest.c ---- */
/* The trees of all tasks from the training rows; freed by mg_forest_free. */
int heads_grow_forest(const head_training *h, mg_forest *out, molglot_error *err);

/* ---- ridge.c ---- */
/* The linear voice from the training rows, its C by the validation rows, into h->heads. */
int heads_fit_ridge(head_training *h, molglot_error *err);

/* ---- recipe.c ---- */
/* For the train_kind: all keys (kind.c lists them). */
int heads_read_recipe(train_task *t, mg_toml *recipe, molglot_error *err);

/* ---- rows.c ---- */
/* For the train_kind: the table, what the head reads of its molecules, columns and targets made
 * comparable. */
int heads_open_data(train_task *t, molglot_error *err);

#endif
