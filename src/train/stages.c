/* stages.c - a recipe with the key `stages`: several recipes and merges in order, each in a
 * folder of its own, to one model file at the end.
 *
 *   run = "runs/molglot"
 *   stages = ["wide", "narrow", "ranker", "writer", "all"]
 *   [wide]   recipe = "momu.toml"       (beside this recipe)   set = ["train.seed=1", ..]
 *   [ranker] merge = ["wide", "narrow"] name = "ranker"  store = "int4", weights = ["1", "0.5"] of
 *            the space's members, molecules_of = an earlier stage against whose molecules' side
 *            they were trained (all optional)
 *   [writer] recipe = "writer.toml"     set = ["memory.model={ranker}"]
 *
 * {NAME} stands for the model file of an earlier stage, run/NAME/model.safetensors, {NAME/FILE} for
 * another file that it left there. The whole
 * recipe's [data] dir, where there is one, is every stage's, and so are train.device and licence; a
 * merged file has that licence too. With resume a stage that has its model is left alone, one that
 * has a checkpoint goes on.
 */
#include "base/toml/toml.h"
#include "model/bundle/bundle.h"
#include "train/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODEL "model.safetensors"
enum { MAX_STAGES = 32, MAX_NAME = 80 };

typedef struct stages {
    const train_kind *const *kinds;
    mg_toml *recipe;
    const mg_train_options *o;
    const char *run, *dir, *licence; /* dir, licence: "" where the recipe has none */
    size_t n;
    const char *const *names;
    double began;
} stages;

static void tell(const stages *s, const char *what, const char *name) {
    char line[256];
    snprintf(line, sizeof line, "%s: %s", name, what);
    if (s->o->on_event) s->o->on_event(s->o->user, &(mg_train_event){.message = line});
}

/* ---- names and paths ---- */

static ptrdiff_t find_stage(const stages *s, size_t before, const char *name, size_t length) {
    for (size_t i = 0; i < before; i++)
        if (strlen(s->names[i]) == length && strncmp(s->names[i], name, length) == 0)
            return (ptrdiff_t)i;
    return -1;
}

static int stage_path(const stages *s, const char *name, const char *file, size_t file_n,
                      char out[TRAIN_MAX_PATH], molglot_error *err) {
    const int n = snprintf(out, TRAIN_MAX_PATH, "%s/%s/%.*s", s->run, name, (int)file_n, file);
    return n >= 0 && n < TRAIN_MAX_PATH
               ? MOLGLOT_OK
               : mg_fail(err, MOLGLOT_USAGE, "path too long: %.100s...", out);
}

static const char *text_of(const stages *s, size_t i, const char *key) {
    char name[MAX_NAME + 16];
    snprintf(name, sizeof name, "%.*s.%s", MAX_NAME, s->names[i], key);
    return mg_toml_str(s->recipe, name, "");
}

static const char *const *list_of(const stages *s, size_t i, const char *key, size_t *n) {
    char name[MAX_NAME + 16];
    snprintf(name, sizeof name, "%.*s.%s", MAX_NAME, s->names[i], key);
    return mg_toml_strs(s->recipe, name, n);
}

static int model_path(const stages *s, const char *name, char out[TRAIN_MAX_PATH],
                      molglot_error *err) {
    return stage_path(s, name, MODEL, strlen(MODEL), out, err);
}

/* ---- a stage that trains ---- */

/* As any recipe key takes it, whatever folder its relative paths start from. */
static int absolute_path(const stages *s, const char *name, const char *file, size_t file_n,
                         mg_str *out, molglot_error *err) {
    char path[TRAIN_MAX_PATH], here[TRAIN_MAX_PATH];
    int code = stage_path(s, name, file, file_n, path, err);
    if (code) return code;
    if (*path != '/') {
        if (!getcwd(here, sizeof here))
            return mg_fail(err, MOLGLOT_FAILED, "the current folder has no name that fits");
        mg_str_addf(out, "%s/", here);
    }
    mg_str_addz(out, path);
    return MOLGLOT_OK;
}

/* An assignment with the files of earlier stages in place of {NAME} and {NAME/FILE}. */
static int expand(const stages *s, size_t i, const char *text, mg_str *out, molglot_error *err) {
    while (*text) {
        const char *open = strchr(text, '{'), *end = open ? strchr(open, '}') : NULL;
        if (!end) break;
        const char *slash = memchr(open, '/', (size_t)(end - open)),
                   *file = slash ? slash + 1 : MODEL;
        const size_t name_n = (size_t)((slash ? slash : end) - open) - 1,
                     file_n = slash ? (size_t)(end - file) : strlen(MODEL);
        const ptrdiff_t from = find_stage(s, i, open + 1, name_n);
        if (from < 0)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s.set: %.*s names no earlier stage",
                           s->names[i], (int)(end - open + 1), open);
        mg_str_addf(out, "%.*s", (int)(open - text), text);
        int code = absolute_path(s, s->names[from], file, file_n, out, err);
        if (code) return code;
        text = end + 1;
    }
    mg_str_addz(out, text);
    return out->failed ? mg_no_memory(err, "a recipe") : MOLGLOT_OK;
}

/* Relative to the folder of the recipe of stages. */
static mg_toml *load_recipe(const stages *s, const char *name, molglot_error *err) {
    mg_str path = {0};
    const char *slash = s->o->recipe_path ? strrchr(s->o->recipe_path, '/') : NULL;
    if (slash && *name != '/')
        mg_str_addf(&path, "%.*s", (int)(slash - s->o->recipe_path + 1), s->o->recipe_path);
    mg_str_addz(&path, name);
    mg_toml *t = path.failed ? NULL : mg_toml_load(path.s, err);
    if (path.failed) mg_no_memory(err, "a recipe");
    mg_str_free(&path);
    return t;
}

static int apply(const stages *s, size_t i, mg_toml *t, molglot_error *err) {
    static const char *const shared[] = {"licence", "train.device"};
    size_t n;
    char folder[TRAIN_MAX_PATH];
    const char *const *set = list_of(s, i, "set", &n);
    int code = *s->dir ? mg_toml_set_string(t, "data.dir", s->dir, err) : MOLGLOT_OK;
    for (size_t k = 0; k < MG_COUNT(shared) && !code; k++)
        if (mg_toml_has(s->recipe, shared[k]))
            code = mg_toml_set_string(t, shared[k], mg_toml_str(s->recipe, shared[k], ""), err);
    for (size_t k = 0; k < n && !code; k++) {
        mg_str assignment = {0};
        code = expand(s, i, set[k], &assignment, err);
        if (!code) code = mg_toml_set(t, assignment.s, err);
        mg_str_free(&assignment);
    }
    if (code) return code;
    const int length = snprintf(folder, sizeof folder, "%s/%s", s->run, s->names[i]);
    if (length < 0 || length >= (int)sizeof folder)
        return mg_fail(err, MOLGLOT_USAGE, "path too long: %.100s...", folder);
    return mg_toml_set_string(t, "run", folder, err);
}

static int open_stage(const stages *s, size_t i, mg_toml **out, molglot_error *err) {
    *out = load_recipe(s, text_of(s, i, "recipe"), err);
    int code = *out ? apply(s, i, *out, err) : err->code;
    if (!code) return MOLGLOT_OK;
    mg_toml_free(*out);
    *out = NULL;
    return code;
}

/* What is left of the time limit; a stage that has none left stops at its first step. */
static double time_left(const stages *s) {
    if (s->o->time_limit <= 0) return 0;
    const double left = s->o->time_limit - (train_now() - s->began);
    return left > 1e-3 ? left : 1e-3;
}

static int train_stage(const stages *s, size_t i, molglot_error *err) {
    mg_toml *t = NULL;
    mg_train_options o = *s->o;
    o.time_limit = time_left(s);
    int code = open_stage(s, i, &t, err);
    if (!code) code = train_one(s->kinds, t, &o, err);
    mg_toml_free(t);
    return code;
}

/* ---- a stage that merges ---- */

/* Weights of the stage's members: *n 0: none. */
static int read_weights(const stages *s, size_t i, float out[MG_MEMBERS], int *n,
                        molglot_error *err) {
    size_t count;
    const char *const *list = list_of(s, i, "weights", &count);
    *n = 0;
    for (size_t k = 0; k < count; k++) {
        char *end = NULL;
        const float w = strtof(list[k], &end);
        if (count > MG_MEMBERS || end == list[k] || *end || !(w > 0 && isfinite(w)))
            return mg_fail(err, MOLGLOT_BAD_FILE,
                           "%s.weights: numbers above 0, as strings, at most %d", s->names[i],
                           MG_MEMBERS);
        out[(*n)++] = w;
    }
    return MOLGLOT_OK;
}

static int merge_stage(const stages *s, size_t i, molglot_error *err) {
    size_t n;
    const char *const *from = list_of(s, i, "merge", &n), *name = text_of(s, i, "name"),
                      *store = text_of(s, i, "store");
    char paths[MAX_STAGES][TRAIN_MAX_PATH], out[TRAIN_MAX_PATH], molecules[TRAIN_MAX_PATH];
    const char *list[MAX_STAGES], *of = text_of(s, i, "molecules_of");
    float weights[MG_MEMBERS];
    int n_weights, code = read_weights(s, i, weights, &n_weights, err);
    if (!code) code = model_path(s, s->names[i], out, err);
    if (!code && *of) code = model_path(s, of, molecules, err);
    for (size_t k = 0; k < n && !code; k++) {
        code = model_path(s, from[k], paths[k], err);
        list[k] = paths[k];
    }
    if (code) return code;
    char *slash = strrchr(out, '/');
    *slash = 0;
    code = mg_make_dirs(out, err);
    *slash = '/';
    const mg_merge_options o = {.name = *name ? name : s->names[i],
                                .licence = *s->licence ? s->licence : NULL,
                                .store = *store ? store : NULL,
                                .molecules_of = *of ? molecules : NULL,
                                .weights = weights,
                                .n_weights = n_weights};
    return code ? code : mg_bundle_merge(list, (int)n, &o, out, err);
}

/* ---- all of them ---- */

static int check_merge(const stages *s, size_t i, const char *const *from, size_t n,
                       molglot_error *err) {
    const char *store = text_of(s, i, "store");
    text_of(s, i, "name");
    if (*store && strcmp(store, "int4") != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s.store: \"int4\", or nothing for files as they are", s->names[i]);
    for (size_t k = 0; k < n; k++)
        if (find_stage(s, i, from[k], strlen(from[k])) < 0)
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s.merge: '%s' is no earlier stage", s->names[i],
                           from[k]);
    const char *of = text_of(s, i, "molecules_of");
    if (*of && find_stage(s, i, of, strlen(of)) < 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s.molecules_of: '%s' is no earlier stage",
                       s->names[i], of);
    float weights[MG_MEMBERS];
    int n_weights;
    return read_weights(s, i, weights, &n_weights, err);
}

static int check_recipe(const stages *s, size_t i, molglot_error *err) {
    mg_toml *t = NULL;
    int code = open_stage(s, i, &t, err);
    if (!code && mg_toml_has(t, "stages"))
        code = mg_fail(err, MOLGLOT_BAD_FILE, "its recipe has stages of its own");
    if (!code) code = train_check_one(s->kinds, t, err);
    mg_toml_free(t);
    return code ? mg_fail_prefix(err, "stage %s", s->names[i]) : MOLGLOT_OK;
}

static bool is_folder_name(const char *name) {
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Every stage trains or merges earlier ones, and its recipe is sound; before hours of the stages in
 * front of it. */
static int check_stage(const stages *s, size_t i, molglot_error *err) {
    size_t n;
    const char *name = s->names[i],
               *recipe = text_of(s, i, "recipe"), *const *from = list_of(s, i, "merge", &n);
    if (!is_folder_name(name) || strlen(name) > MAX_NAME)
        return mg_fail(err, MOLGLOT_BAD_FILE, "stages: '%.100s' is no name of a folder", name);
    if (find_stage(s, i, name, strlen(name)) >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "stages: '%s' is there twice", name);
    if ((*recipe != 0) == (n > 0) || n > MAX_STAGES)
        return mg_fail(err, MOLGLOT_BAD_FILE, "[%s]: either a recipe or a list to merge", name);
    return n > 0 ? check_merge(s, i, from, n, err) : check_recipe(s, i, err);
}

static int read_stages(stages *s, molglot_error *err) {
    s->run = mg_toml_str(s->recipe, "run", "runs/stages");
    s->dir = mg_toml_str(s->recipe, "data.dir", "");
    s->licence = mg_toml_str(s->recipe, "licence", "");
    mg_toml_str(s->recipe, "train.device", "cpu");
    s->names = mg_toml_strs(s->recipe, "stages", &s->n);
    if (s->n < 1 || s->n > MAX_STAGES) return train_refuse(err, "stages", "1 to 32 names");
    for (size_t i = 0; i < s->n; i++) {
        int code = check_stage(s, i, err);
        if (code) return code;
    }
    return mg_toml_finish(s->recipe, err);
}

int train_stages_check(const train_kind *const *kinds, mg_toml *recipe, const mg_train_options *o,
                       molglot_error *err) {
    stages s = {.kinds = kinds, .recipe = recipe, .o = o};
    return read_stages(&s, err);
}

int train_stages(const train_kind *const *kinds, mg_toml *recipe, const mg_train_options *o,
                 molglot_error *err) {
    stages s = {.kinds = kinds, .recipe = recipe, .o = o, .began = train_now()};
    int code = read_stages(&s, err);
    for (size_t i = 0; i < s.n && !code; i++) {
        char model[TRAIN_MAX_PATH];
        size_t merged;
        if ((code = model_path(&s, s.names[i], model, err))) return code;
        int64_t there = o->resume && access(model, F_OK) == 0;
        if ((code = mg_ranks_share(o->ranks, &there, err))) return code;
        if (there) {
            tell(&s, "done before", s.names[i]);
            continue;
        }
        list_of(&s, i, "merge", &merged);
        tell(&s, merged ? "merging" : "training", s.names[i]);
        if (!merged)
            code = train_stage(&s, i, err);
        else if (mg_ranks_rank(o->ranks) == 0)
            code = merge_stage(&s, i, err);
        if (!code) code = mg_ranks_wait(o->ranks, err);
        if (code) mg_fail_prefix(err, "stage %s", s.names[i]);
    }
    return code;
}
