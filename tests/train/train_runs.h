/* train_runs.h - what the tests of training share: a recipe's text trained under a watcher, a
 * temporary folder around all runs, files compared. */
#ifndef MG_TRAIN_RUNS_H
#define MG_TRAIN_RUNS_H

#include "base/toml/toml.h"
#include "train/train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURES MG_SOURCE_DIR "/tests/fixtures/momu"
#define PAIRS    FIXTURES "/pairs.tsv" /* 42 molecules with their texts */
#define ALIGNED  MG_SOURCE_DIR "/models"

/* ---- running ---- */

/* stop_at: the step after which the run is interrupted, 0: none. The rest is what happened. */
typedef struct watch {
    int64_t stop_at, last;
    double losses[1024], norms[1024]; /* of steps */
    const char *stop_doing;           /* stop while this is done; or NULL */
    char verdict[512];
} watch;

static inline int watch_event(void *user, const mg_train_event *e) {
    watch *w = user;
    if (e->doing) return w->stop_doing && strcmp(e->doing, w->stop_doing) == 0;
    if (e->message) {
        if (strstr(e->message, "sampled"))
            snprintf(w->verdict, sizeof w->verdict, "%s", e->message);
        return 0;
    }
    w->last = e->step;
    w->losses[e->step % 1024] = e->loss;
    w->norms[e->step % 1024] = e->grad_norm;
    return w->stop_at && e->step == w->stop_at;
}

/* The recipe with the assignments of set[] (NULL-ended, or NULL). */
static inline int train_options(const char *text, const char *const *set, const mg_train_options *o,
                                molglot_error *err) {
    mg_toml *t = mg_toml_parse(text, strlen(text), "recipe", err);
    assert_non_null(t);
    for (; set && *set; set++) assert_int_equal(mg_toml_set(t, *set, err), MOLGLOT_OK);
    int code = mg_train(t, o, err);
    mg_toml_free(t);
    return code;
}

static inline int train(const char *text, const char *const *set, bool resume, int64_t stop_at,
                        watch *w, molglot_error *err) {
    *w = (watch){.stop_at = stop_at};
    return train_options(
        text, set,
        &(mg_train_options){
            .resume = resume, .threads = 1, .on_event = watch_event, .user = w, .command = "test"},
        err);
}

static inline void must_train(const char *text, const char *const *set, bool resume,
                              int64_t stop_at, int want, watch *w) {
    molglot_error err = {0};
    int code = train(text, set, resume, stop_at, w, &err);
    if (code != want) fail_msg("code %d: %s", code, err.message);
}

/* A run that is refused with this code and reason. */
static inline void expect(const char *text, const char *const *set, bool resume, int code,
                          const char *why) {
    molglot_error err = {0};
    watch w;
    assert_int_equal(train(text, set, resume, 0, &w, &err), code);
    if (!strstr(err.message, why)) fail_msg("\"%s\" should say \"%s\"", err.message, why);
}

/* Every key of the recipe of this name is one that the trainer asks for, with a value in range. */
static inline void expect_sound(const char *name) {
    char path[256];
    molglot_error err = {0};
    snprintf(path, sizeof path, MG_SOURCE_DIR "/recipes/%s.toml", name);
    mg_toml *t = mg_toml_load(path, &err);
    if (!t || mg_train_check(t, &(mg_train_options){.recipe_path = path}, &err))
        fail_msg("%s: %s", path, err.message);
    mg_toml_free(t);
}

/* ---- folders and files ---- */

static char runs_folder[] = "/tmp/molglot-runs-XXXXXX";

static inline int enter_runs(void **state) {
    (void)state;
    return mkdtemp(runs_folder) ? chdir(runs_folder) : -1;
}

static inline int leave_runs(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", runs_folder);
    return chdir("/") || system(command) ? -1 : 0;
}

static inline void enter_folder(const char *name) {
    assert_int_equal(chdir(runs_folder), 0);
    mkdir(name, 0777);
    assert_int_equal(chdir(name), 0);
}

static inline void same_files(const char *a, const char *b) {
    molglot_error err = {0};
    char *x = NULL, *y = NULL;
    size_t n, m;
    if (mg_read_file(a, (size_t)1 << 28, &x, &n, &err) ||
        mg_read_file(b, (size_t)1 << 28, &y, &m, &err))
        fail_msg("%s", err.message);
    if (n != m || memcmp(x, y, n) != 0) fail_msg("%s and %s differ", a, b);
    free(x);
    free(y);
}

#endif
