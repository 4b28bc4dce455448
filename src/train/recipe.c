/* recipe.c - recipe keys that every kind of training has, their defaults and their limits.
 *
 *   task      the kind's name; none: "momu"
 *   run, licence, description
 *   store     matrices in the model file: "bf16" | "f32" | "int8" (bf16, and tables of bags as
 * bytes with a scale a row) | "int4" (tables in 4 bits, other matrices as bytes) [data]    dir,
 * sources, weights [train]   device ("cpu" | "cuda" | "cuda:1" | "ref"), precision, batch,
 * micro_batch, epochs, steps, seed, lr, beta1, beta2, eps, weight_decay, decay_all, clip, ema,
 * warmup (share of all steps), schedule, min_lr, checkpoint_every (steps)
 */
#include "base/toml/toml.h"
#include "train/inside.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int train_refuse(molglot_error *err, const char *key, const char *why) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: %s", key, why);
}

void train_read_head(mg_toml *t, train_common *c, const char *run) {
    c->run = mg_toml_str(t, "run", run);
    c->licence = mg_toml_str(t, "licence", "");
    c->description = mg_toml_str(t, "description", "");
    c->store = mg_toml_str(t, "store", "bf16");
}

const char *train_store_as(const train_common *c) {
    return strcmp(c->store, "f32") == 0    ? NULL
           : strcmp(c->store, "int4") == 0 ? "I4"
           : strcmp(c->store, "int8") == 0 ? "I8"
                                           : "BF16";
}

/* ---- paths ---- */

/* dir/path, or path when it is absolute or there is no dir; "" stays "". */
static int place(const char *dir, const char *path, char out[TRAIN_MAX_PATH], molglot_error *err) {
    bool alone = !*path || *path == '/' || !*dir;
    int n = snprintf(out, TRAIN_MAX_PATH, "%s%s%s", alone ? "" : dir, alone ? "" : "/", path);
    return n >= 0 && n < TRAIN_MAX_PATH
               ? MOLGLOT_OK
               : mg_fail(err, MOLGLOT_USAGE, "path too long: %.100s...", path);
}

int train_read_dir(mg_toml *t, train_common *c, molglot_error *err) {
    return place("", mg_toml_str(t, "data.dir", ""), c->dir, err);
}

int train_read_path(mg_toml *t, const train_common *c, const char *key, char out[TRAIN_MAX_PATH],
                    molglot_error *err) {
    return place(c->dir, mg_toml_str(t, key, ""), out, err);
}

int train_read_own_path(mg_toml *t, const char *key, char out[TRAIN_MAX_PATH], molglot_error *err) {
    return place("", mg_toml_str(t, key, ""), out, err);
}

/* Adds the n paths and their weights to the sources. */
static int add_sources(const train_common *c, train_sources *s, const char *const *paths, size_t n,
                       const char *const *weights, size_t n_weights, const char *key,
                       molglot_error *err) {
    if (s->n + n > TRAIN_MAX_SOURCES) return train_refuse(err, "data.sources", "1 to 32 files");
    if (n_weights && n_weights != n)
        return train_refuse(err, key,
                            "as many weights as sources, as strings ([\"0.2\", \"3\"]), or none");
    for (size_t i = 0; i < n; i++, s->n++) {
        int code = place(c->dir, paths[i], s->paths[s->n], err);
        if (code) return code;
        char *end = NULL;
        float *w = &s->weights[s->n];
        *w = n_weights ? strtof(weights[i], &end) : 1;
        if (n_weights && (end == weights[i] || *end || !(*w > 0 && *w <= 1000)))
            return train_refuse(err, key, "numbers above 0, as strings");
    }
    return MOLGLOT_OK;
}

int train_read_sources(mg_toml *t, const train_common *c, train_sources *s, molglot_error *err) {
    size_t n, n_weights;
    const char *const *paths = mg_toml_strs(t, "data.sources", &n);
    const char *const *weights = mg_toml_strs(t, "data.weights", &n_weights);
    if (n < 1) return train_refuse(err, "data.sources", "1 to 32 files");
    s->n = 0;
    int code = add_sources(c, s, paths, n, weights, n_weights, "data.weights", err);
    s->own = s->n;
    return code;
}

int train_read_written(mg_toml *t, const train_common *c, train_sources *s, molglot_error *err) {
    size_t n, n_weights;
    const char *const *paths = mg_toml_strs(t, "data.written", &n);
    const char *const *weights = mg_toml_strs(t, "data.written_weights", &n_weights);
    const int64_t wordings = mg_toml_int(t, "data.wordings", 6);
    s->limit = mg_toml_int(t, "data.written_limit", 0);
    s->seed = mg_toml_int(t, "data.written_seed", 1);
    if (wordings < 1 || wordings > 1000)
        return train_refuse(err, "data.wordings", "1 to 1000 texts of each molecule");
    if (s->limit < 0)
        return train_refuse(err, "data.written_limit", "molecules of each file; 0: all");
    s->wordings = (int)wordings;
    return add_sources(c, s, paths, n, weights, n_weights, "data.written_weights", err);
}

json_t *train_sources_json(const train_sources *s) {
    json_t *files = json_array();
    for (size_t i = 0; i < s->n; i++) {
        json_t *one = json_pack("{s:s, s:f}", "path", s->paths[i], "weight", (double)s->weights[i]);
        if (i >= s->own) {
            json_object_set_new(one, "wordings", json_integer(s->wordings));
            json_object_set_new(one, "limit", json_integer(s->limit));
            json_object_set_new(one, "seed", json_integer(s->seed));
        }
        json_array_append_new(files, one);
    }
    return files;
}

/* ---- [train] ---- */

static void read_optim(mg_toml *t, train_common *c) {
    mg_optim_config o = mg_optim_default();
    o.lr = (float)mg_toml_num(t, "train.lr", 1e-3);
    o.beta1 = (float)mg_toml_num(t, "train.beta1", 0.9);
    o.beta2 = (float)mg_toml_num(t, "train.beta2", 0.98);
    o.eps = (float)mg_toml_num(t, "train.eps", 1e-8);
    o.weight_decay = (float)mg_toml_num(t, "train.weight_decay", 0);
    o.decay_all = mg_toml_bool(t, "train.decay_all", false);
    o.clip = (float)mg_toml_num(t, "train.clip", 0);
    o.ema_decay = (float)mg_toml_num(t, "train.ema", 0);
    o.min_lr = (float)mg_toml_num(t, "train.min_lr", 0.02);
    snprintf(o.schedule, sizeof o.schedule, "%s", mg_toml_str(t, "train.schedule", "cosine"));
    c->optim = o;
    c->warmup = (float)mg_toml_num(t, "train.warmup", 0.1);
}

static bool positive(float x) { return x > 0 && isfinite(x); }

static int check_optim(const train_common *c, molglot_error *err) {
    const mg_optim_config *o = &c->optim;
    if (!positive(o->lr) || !positive(o->eps))
        return train_refuse(err, "train.lr", "lr and eps are positive");
    if (!(o->beta1 >= 0 && o->beta1 < 1 && o->beta2 >= 0 && o->beta2 < 1))
        return train_refuse(err, "train.beta1", "betas lie in [0, 1)");
    if (!(o->weight_decay >= 0) || !(o->clip >= 0))
        return train_refuse(err, "train.weight_decay", "weight_decay and clip are not negative");
    if (!(o->ema_decay >= 0 && o->ema_decay < 1))
        return train_refuse(err, "train.ema", "lies in [0, 1)");
    if (!(c->warmup >= 0 && c->warmup <= 1) || !(o->min_lr >= 0 && o->min_lr <= 1))
        return train_refuse(err, "train.warmup", "warmup and min_lr are shares, 0 to 1");
    if (strcmp(o->schedule, "cosine") && strcmp(o->schedule, "linear") &&
        strcmp(o->schedule, "constant"))
        return train_refuse(err, "train.schedule", "\"cosine\", \"linear\" or \"constant\"");
    return MOLGLOT_OK;
}

int train_read_train(mg_toml *t, train_common *c, molglot_error *err) {
    c->device = mg_toml_str(t, "train.device", "cpu");
    c->precision = mg_toml_str(t, "train.precision", "f32");
    c->batch = mg_toml_int(t, "train.batch", 1024);
    c->micro_batch = mg_toml_int(t, "train.micro_batch", 0);
    c->epochs = mg_toml_int(t, "train.epochs", 12);
    c->steps = mg_toml_int(t, "train.steps", 0);
    c->checkpoint_every = mg_toml_int(t, "train.checkpoint_every", 0);
    c->seed = (uint64_t)mg_toml_int(t, "train.seed", 1);
    read_optim(t, c);
    if ((int64_t)c->seed < 0) return train_refuse(err, "train.seed", "0 or more");
    if (c->batch < 2 || c->batch > 1 << 20 || c->micro_batch < 0)
        return train_refuse(err, "train.batch", "2 to 1048576, micro_batch 0 or more");
    if (c->epochs < 1 || c->epochs > 1000000 || c->steps < 0 || c->checkpoint_every < 0)
        return train_refuse(err, "train.epochs", "epochs at least 1, steps not negative");
    if (strcmp(c->precision, "f32") && strcmp(c->precision, "bf16"))
        return train_refuse(err, "train.precision", "\"f32\" or \"bf16\"");
    return check_optim(c, err);
}

/* ---- identity ---- */

void train_add_optim(const train_common *c, mg_str *out) {
    const mg_optim_config *o = &c->optim;
    mg_str_addf(out, "\noptim %a %a %a %a %a %d %a %a %a %s %lld %lld", (double)o->lr,
                (double)o->beta1, (double)o->beta2, (double)o->eps, (double)o->weight_decay,
                o->decay_all, (double)o->clip, (double)o->ema_decay, (double)o->min_lr, o->schedule,
                (long long)o->warmup_steps, (long long)o->total_steps);
}

void train_add_train(const train_common *c, mg_str *out) {
    mg_str_addf(out, "\ntrain %s %lld %lld %llu", c->precision, (long long)c->batch,
                (long long)c->micro_batch, (unsigned long long)c->seed);
}
