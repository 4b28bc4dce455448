/* train_config.c - a training recipe's keys, their defaults and their limits.
 *
 *   run, licence, description, store ("bf16" | "f32": matrices in the model file; "int8": bf16, and
 *   bags' tables as bytes with a scale a row)
 *   [model]   momu_config.c; vocabulary sizes follow from [data]
 *   [data]    dir, sources, weights, id_prefixes, exclude, cache, text_vocab, text_min_df, graph_vocab, graph_min_df,
 *             wordpiece (a vocab.txt) or wordpiece_size
 *   [train]   device, precision, batch, micro_batch, epochs, steps, seed, lr, beta1, beta2, eps, weight_decay, decay_all, clip,
 *             ema, warmup (share of all steps), schedule, min_lr, table_lr, text_encoder_lr, graph_encoder_lr (factors),
 *             checkpoint_every (steps)
 *   [loss]    text_views, graph_views, graph_self, smoothing, mask_duplicates, aug1, aug2 ("none" | "drop_nodes" |
 *             "subgraph"), aug_rate1, aug_rate2, aug_faithful
 *   [init]    files: published weights, loaded in this order
 *   [eval]    pairs, pool (further molecules), every (epochs; 0: at the end)
 *
 * Called by mg_train and by the tools that print a recipe.
 */
#include "task/train_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int refuse(molglot_error *err, const char *key, const char *why) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "%s: %s", key, why);
}

/* dir/path, or path when it is absolute or there is no dir; "" stays "". */
static int place(const char *dir, const char *path, char out[TRAIN_MAX_PATH], molglot_error *err) {
    bool alone = !*path || *path == '/' || !*dir;
    int n = snprintf(out, TRAIN_MAX_PATH, "%s%s%s", alone ? "" : dir, alone ? "" : "/", path);
    return n >= 0 && n < TRAIN_MAX_PATH ? MOLGLOT_OK : mg_fail(err, MOLGLOT_USAGE, "path too long: %.100s...", path);
}

static int read_path(mg_toml *t, const train_config *c, const char *key, char out[TRAIN_MAX_PATH], molglot_error *err) {
    return place(c->dir, mg_toml_str(t, key, ""), out, err);
}

static int read_sources(mg_toml *t, train_config *c, molglot_error *err) {
    size_t n, n_weights, n_prefixes;
    const char *const *paths = mg_toml_strs(t, "data.sources", &n);
    const char *const *weights = mg_toml_strs(t, "data.weights", &n_weights);
    const char *const *prefixes = mg_toml_strs(t, "data.id_prefixes", &n_prefixes);
    if (n < 1 || n > TRAIN_MAX_SOURCES) return refuse(err, "data.sources", "1 to 32 files of pairs");
    if ((n_weights && n_weights != n) || (n_prefixes && n_prefixes != n))
        return refuse(err, "data.weights", "as many weights and id_prefixes as sources, or none");
    for (size_t i = 0; i < n; i++) {
        int code = place(c->dir, paths[i], c->paths[i], err);
        if (code) return code;
        char *end = NULL;
        float weight = n_weights ? strtof(weights[i], &end) : 1;
        if (n_weights && (end == weights[i] || *end || !(weight > 0 && weight <= 1000))) return refuse(err, "data.weights", "numbers above 0, as strings");
        c->sources[i] = (mg_dataset_source){c->paths[i], weight, n_prefixes && *prefixes[i] ? prefixes[i] : NULL};
    }
    c->data.sources = c->sources;
    c->data.n_sources = n;
    return MOLGLOT_OK;
}

static int read_data(mg_toml *t, train_config *c, molglot_error *err) {
    int code = place("", mg_toml_str(t, "data.dir", ""), c->dir, err);
    if (!code) code = read_sources(t, c, err);
    if (!code) code = read_path(t, c, "data.exclude", c->exclude, err);
    if (!code) code = read_path(t, c, "data.wordpiece", c->wordpiece, err);
    if (!code) code = place("", mg_toml_str(t, "data.cache", ""), c->cache, err);
    if (code) return code;
    mg_dataset_config *d = &c->data;
    d->exclude_path = *c->exclude ? c->exclude : NULL;
    d->wordpiece_path = *c->wordpiece ? c->wordpiece : NULL;
    const int64_t sizes[5] = {mg_toml_int(t, "data.wordpiece_size", 0), mg_toml_int(t, "data.text_vocab", 0), mg_toml_int(t, "data.text_min_df", 2),
                              mg_toml_int(t, "data.graph_vocab", 0), mg_toml_int(t, "data.graph_min_df", 2)};
    for (int i = 0; i < 5; i++)
        if (sizes[i] < 0 || sizes[i] > 1 << 26) return refuse(err, "data", "vocabulary sizes and minimal frequencies lie between 0 and 67108864");
    const bool tokens = c->model.text.encoder.layers > 0;
    if (tokens && !d->wordpiece_path && sizes[0] < 6) return refuse(err, "data.wordpiece_size", "a transformer needs data.wordpiece or data.wordpiece_size");
    d->wordpiece_size = tokens ? (int)sizes[0] : 0;
    if (!tokens) d->wordpiece_path = NULL;
    d->text_vocab = (int)sizes[1], d->text_min_df = (int)sizes[2];
    d->graph_vocab = (int)sizes[3], d->graph_min_df = (int)sizes[4];
    snprintf(d->text_families, sizeof d->text_families, "%s", c->model.text.families);
    snprintf(d->graph_families, sizeof d->graph_families, "%s", c->model.graph.families);
    d->graph = c->model.graph.encoder.layers > 0;
    d->features = c->model.graph.features;
    if (d->text_vocab && !*d->text_families) return refuse(err, "model.text.bag.families", "data.text_vocab needs feature families");
    if (d->graph_vocab && !*d->graph_families) return refuse(err, "model.graph.bag.families", "data.graph_vocab needs feature families");
    return MOLGLOT_OK;
}

static void read_optim(mg_toml *t, train_config *c) {
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
    c->table_lr = (float)mg_toml_num(t, "train.table_lr", 1);
    c->text_encoder_lr = (float)mg_toml_num(t, "train.text_encoder_lr", 1);
    c->graph_encoder_lr = (float)mg_toml_num(t, "train.graph_encoder_lr", 1);
}

static bool positive(float x) { return x > 0 && isfinite(x); }

static int check_optim(const train_config *c, molglot_error *err) {
    const mg_optim_config *o = &c->optim;
    if (!positive(o->lr) || !positive(o->eps)) return refuse(err, "train.lr", "lr and eps are positive");
    if (!(o->beta1 >= 0 && o->beta1 < 1 && o->beta2 >= 0 && o->beta2 < 1)) return refuse(err, "train.beta1", "betas lie in [0, 1)");
    if (!(o->weight_decay >= 0) || !(o->clip >= 0)) return refuse(err, "train.weight_decay", "weight_decay and clip are not negative");
    if (!(o->ema_decay >= 0 && o->ema_decay < 1)) return refuse(err, "train.ema", "lies in [0, 1)");
    if (!(c->warmup >= 0 && c->warmup <= 1) || !(o->min_lr >= 0 && o->min_lr <= 1)) return refuse(err, "train.warmup", "warmup and min_lr are shares, 0 to 1");
    if (strcmp(o->schedule, "cosine") && strcmp(o->schedule, "linear") && strcmp(o->schedule, "constant"))
        return refuse(err, "train.schedule", "\"cosine\", \"linear\" or \"constant\"");
    if (!positive(c->table_lr) || !positive(c->text_encoder_lr) || !positive(c->graph_encoder_lr))
        return refuse(err, "train.table_lr", "factors of the learning rate are positive");
    return MOLGLOT_OK;
}

static int read_train(mg_toml *t, train_config *c, molglot_error *err) {
    c->device = mg_toml_str(t, "train.device", "cpu");
    c->precision = mg_toml_str(t, "train.precision", "f32");
    c->batch = mg_toml_int(t, "train.batch", 1024);
    c->micro_batch = mg_toml_int(t, "train.micro_batch", 0);
    c->epochs = mg_toml_int(t, "train.epochs", 12);
    c->steps = mg_toml_int(t, "train.steps", 0);
    c->checkpoint_every = mg_toml_int(t, "train.checkpoint_every", 0);
    c->seed = (uint64_t)mg_toml_int(t, "train.seed", 1);
    read_optim(t, c);
    if (c->batch < 2 || c->batch > 1 << 20 || c->micro_batch < 0) return refuse(err, "train.batch", "2 to 1048576 pairs, micro_batch 0 or more");
    if (c->epochs < 1 || c->epochs > 1000000 || c->steps < 0 || c->checkpoint_every < 0) return refuse(err, "train.epochs", "epochs at least 1, steps not negative");
    if (strcmp(c->precision, "f32") && strcmp(c->precision, "bf16")) return refuse(err, "train.precision", "\"f32\" or \"bf16\"");
    return check_optim(c, err);
}

static int read_augmentation(mg_toml *t, const char *key, mg_aug_kind *out, molglot_error *err) {
    static const char *const names[] = {"none", "drop_nodes", "subgraph"};
    const char *name = mg_toml_str(t, key, "none");
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (mg_aug_kind)i;
            return MOLGLOT_OK;
        }
    return refuse(err, key, "\"none\", \"drop_nodes\" or \"subgraph\"");
}

static int read_loss(mg_toml *t, train_config *c, molglot_error *err) {
    const int64_t text_views = mg_toml_int(t, "loss.text_views", 1), graph_views = mg_toml_int(t, "loss.graph_views", 1);
    c->graph_self = mg_toml_bool(t, "loss.graph_self", false);
    c->smoothing = (float)mg_toml_num(t, "loss.smoothing", 0);
    c->mask_duplicates = mg_toml_bool(t, "loss.mask_duplicates", true);
    c->aug_faithful = mg_toml_bool(t, "loss.aug_faithful", false);
    c->aug_rate[0] = (float)mg_toml_num(t, "loss.aug_rate1", 0.1);
    c->aug_rate[1] = (float)mg_toml_num(t, "loss.aug_rate2", 0.8);
    int code = read_augmentation(t, "loss.aug1", &c->aug[0], err);
    if (!code) code = read_augmentation(t, "loss.aug2", &c->aug[1], err);
    if (code) return code;
    if (text_views < 1 || text_views > 2 || graph_views < 1 || graph_views > 2) return refuse(err, "loss.text_views", "1 or 2 views of each kind");
    if (c->graph_self && graph_views < 2) return refuse(err, "loss.graph_self", "needs graph_views = 2");
    if (!(c->smoothing >= 0 && c->smoothing < 1)) return refuse(err, "loss.smoothing", "lies in [0, 1)");
    for (int i = 0; i < 2; i++)
        if (!(c->aug_rate[i] >= 0 && c->aug_rate[i] <= 1)) return refuse(err, "loss.aug_rate1", "rates lie in [0, 1]");
    c->text_views = (int)text_views;
    c->graph_views = (int)graph_views;
    return MOLGLOT_OK;
}

int train_config_read(mg_toml *t, train_config *c, molglot_error *err) {
    memset(c, 0, sizeof *c);
    c->run = mg_toml_str(t, "run", "runs/momu");
    c->licence = mg_toml_str(t, "licence", "");
    c->description = mg_toml_str(t, "description", "");
    c->store = mg_toml_str(t, "store", "bf16");
    int code = mg_momu_config_from_toml(t, &c->model, err);
    if (!code) code = read_data(t, c, err);
    if (!code) code = read_train(t, c, err);
    if (!code) code = read_loss(t, c, err);
    if (code) return code;
    c->init = mg_toml_strs(t, "init.files", &c->n_init);
    c->eval_every = mg_toml_int(t, "eval.every", 0);
    if ((code = read_path(t, c, "eval.pairs", c->pairs, err))) return code;
    if ((code = read_path(t, c, "eval.pool", c->pool, err))) return code;
    if (strcmp(c->store, "bf16") && strcmp(c->store, "f32") && strcmp(c->store, "int8")) return refuse(err, "store", "\"bf16\", \"int8\" or \"f32\"");
    if (c->eval_every < 0) return refuse(err, "eval.every", "epochs, not negative");
    return mg_toml_finish(t, err);
}

int mg_train_check(mg_toml *recipe, molglot_error *err) {
    train_config *c = malloc(sizeof *c);
    if (!c) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    int code = train_config_read(recipe, c, err);
    free(c);
    return code;
}

int train_config_identity(const train_config *c, const char *data_sha256, char out[65], molglot_error *err) {
    const mg_optim_config *o = &c->optim;
    mg_str s = {0};
    mg_momu_config_to_json(&c->model, &s);
    mg_str_addf(&s, "\ndata %s", data_sha256);
    for (size_t i = 0; i < c->data.n_sources; i++) mg_str_addf(&s, " %a", (double)c->sources[i].weight);
    mg_str_addf(&s, "\noptim %a %a %a %a %a %d %a %a %a %s %lld %lld", (double)o->lr, (double)o->beta1, (double)o->beta2, (double)o->eps,
                (double)o->weight_decay, o->decay_all, (double)o->clip, (double)o->ema_decay, (double)o->min_lr, o->schedule,
                (long long)o->warmup_steps, (long long)o->total_steps);
    mg_str_addf(&s, "\nfactors %a %a %a", (double)c->table_lr, (double)c->text_encoder_lr, (double)c->graph_encoder_lr);
    mg_str_addf(&s, "\ntrain %s %s %lld %lld %llu", c->device, c->precision, (long long)c->batch, (long long)c->micro_batch,
                (unsigned long long)c->seed);
    mg_str_addf(&s, "\nloss %d %d %d %d %d %a %d %a %d %a", c->text_views, c->graph_views, c->graph_self, c->mask_duplicates, c->aug_faithful,
                (double)c->smoothing, (int)c->aug[0], (double)c->aug_rate[0], (int)c->aug[1], (double)c->aug_rate[1]);
    if (s.failed) {
        mg_str_free(&s);
        return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory");
    }
    mg_sha256 h;
    mg_sha256_init(&h);
    mg_sha256_add(&h, s.s, s.n);
    mg_sha256_hex(&h, out);
    mg_str_free(&s);
    return MOLGLOT_OK;
}
