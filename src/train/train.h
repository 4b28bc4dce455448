/* train.h - training: a recipe in, a run folder out. */
#ifndef MG_TRAIN_TRAIN_H
#define MG_TRAIN_TRAIN_H

#include "base/ranks/ranks.h"
#include "base/toml/toml.h"

/* ---- loop.c: a recipe in, a run folder out ---- */
typedef struct mg_train_event {
    int64_t step, total_steps, epoch;
    double loss, lr, grad_norm, seconds, pairs_per_second;
    /* a line of its own (dataset made, validation scores, checkpoint), or NULL */
    const char *message;
    /* while a run is made ready: what is being done, done of all; or NULL */
    const char *doing;
    int64_t done, all;
} mg_train_event;
typedef struct mg_train_options {
    bool resume;
    int threads;
    /* seconds after which no further step begins (checkpoint, then MOLGLOT_INTERRUPTED); 0: none */
    double time_limit;
    /* nonzero: finish cleanly (checkpoint, then MOLGLOT_INTERRUPTED) */
    int (*on_event)(void *user, const mg_train_event *e);
    void *user;
    const char *command; /* for the manifest, or NULL */
    /* file that the recipe came from, or NULL: a recipe of stages finds the others beside it */
    const char *recipe_path;
    /* processes that train together, or NULL. Rank 0 alone writes, validates and tells. A failure
     * of one has to end all of them: mg_ranks.end */
    const mg_ranks *ranks;
} mg_train_options;
/* Asks for every key, so that typing errors are found and mg_toml_dump shows the whole recipe.
 * Touches no file. */
int mg_train_check(mg_toml *recipe, const mg_train_options *o, molglot_error *err);
/* Reads every key it knows from the recipe (docs/models/momu.md lists them); writes
 * run/{recipe.toml, manifest.json, train.jsonl, loss.svg, checkpoint.safetensors,
 * model.safetensors}. */
int mg_train(mg_toml *recipe, const mg_train_options *o, molglot_error *err);

#endif
