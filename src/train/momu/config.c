/* config.c - a recipe of task = "momu": its keys beside those of recipe.c, their
 * defaults and their limits.
 *
 *   [model]   model/momu/config.c; vocabulary sizes follow from [data]
 *   [data]    id_prefixes, exclude, cache, text_vocab, text_min_df, graph_vocab, graph_min_df,
 *             wordpiece (a vocab.txt) or wordpiece_size
 *   [train]   table_lr, text_encoder_lr, graph_encoder_lr (factors); micro_batch: gradient caching
 *   [loss]    text_views, graph_views, graph_self, smoothing, mask_duplicates, aug1, aug2 ("none" |
 *             "drop_nodes" | "subgraph"), aug_rate1, aug_rate2, aug_faithful
 *   [init]    files: published weights, loaded in this order
 *   [eval]    pairs, pool (further molecules), every (epochs; 0: at the end)
 */
#include "base/toml/toml.h"
#include "model/momu/momu.h"
#include "train/momu/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int read_sources(mg_toml *t, train_momu *m, molglot_error *err) {
    train_config *c = &m->c;
    size_t n_prefixes;
    int code = train_read_sources(t, &m->t.c, &c->sources, err);
    const char *const *prefixes = mg_toml_strs(t, "data.id_prefixes", &n_prefixes);
    if (code) return code;
    if (n_prefixes && n_prefixes != c->sources.n)
        return train_refuse(err, "data.id_prefixes", "as many id_prefixes as sources, or none");
    for (size_t i = 0; i < c->sources.n; i++)
        c->corpus_sources[i] =
            (mg_corpus_source){.path = c->sources.paths[i],
                               .weight = c->sources.weights[i],
                               .id_prefix = n_prefixes && *prefixes[i] ? prefixes[i] : NULL};
    c->data.sources = c->corpus_sources;
    c->data.n_sources = c->sources.n;
    c->data.pairs = true;
    return MOLGLOT_OK;
}

static int read_data(mg_toml *t, train_momu *m, molglot_error *err) {
    train_config *c = &m->c;
    int code = train_read_dir(t, &m->t.c, err);
    if (!code) code = read_sources(t, m, err);
    if (!code) code = train_read_path(t, &m->t.c, "data.exclude", c->exclude, err);
    if (!code) code = train_read_path(t, &m->t.c, "data.wordpiece", c->wordpiece, err);
    if (code) return code;
    if (snprintf(c->cache, sizeof c->cache, "%s", mg_toml_str(t, "data.cache", "")) >=
        TRAIN_MAX_PATH)
        return mg_fail(err, MOLGLOT_USAGE, "path too long: %.100s...", c->cache);
    mg_corpus_config *d = &c->data;
    d->exclude_path = *c->exclude ? c->exclude : NULL;
    d->wordpiece_path = *c->wordpiece ? c->wordpiece : NULL;
    const int64_t sizes[5] = {
        mg_toml_int(t, "data.wordpiece_size", 0), mg_toml_int(t, "data.text_vocab", 0),
        mg_toml_int(t, "data.text_min_df", 2), mg_toml_int(t, "data.graph_vocab", 0),
        mg_toml_int(t, "data.graph_min_df", 2)};
    for (int i = 0; i < 5; i++)
        if (sizes[i] < 0 || sizes[i] > 1 << 26)
            return train_refuse(
                err, "data", "vocabulary sizes and minimal frequencies lie between 0 and 67108864");
    const bool tokens = c->model.text.encoder.layers > 0;
    if (tokens && !d->wordpiece_path && sizes[0] < 6)
        return train_refuse(err, "data.wordpiece_size",
                            "a transformer needs data.wordpiece or data.wordpiece_size");
    d->wordpiece_size = tokens ? (int)sizes[0] : 0;
    if (!tokens) d->wordpiece_path = NULL;
    d->text_vocab = (int)sizes[1], d->text_min_df = (int)sizes[2];
    d->graph_vocab = (int)sizes[3], d->graph_min_df = (int)sizes[4];
    snprintf(d->text_families, sizeof d->text_families, "%s", c->model.text.families);
    snprintf(d->graph_families, sizeof d->graph_families, "%s", c->model.graph.families);
    d->graph = c->model.graph.encoder.layers > 0;
    d->features = c->model.graph.features;
    if (d->text_vocab && !*d->text_families)
        return train_refuse(err, "model.text.bag.families",
                            "data.text_vocab needs feature families");
    if (d->graph_vocab && !*d->graph_families)
        return train_refuse(err, "model.graph.bag.families",
                            "data.graph_vocab needs feature families");
    return MOLGLOT_OK;
}

static int read_train(mg_toml *t, train_momu *m, molglot_error *err) {
    int code = train_read_train(t, &m->t.c, err);
    float *const factors[3] = {&m->c.table_lr, &m->c.text_encoder_lr, &m->c.graph_encoder_lr};
    static const char *const keys[3] = {"train.table_lr", "train.text_encoder_lr",
                                        "train.graph_encoder_lr"};
    for (int i = 0; i < 3; i++) {
        *factors[i] = (float)mg_toml_num(t, keys[i], 1);
        if (!code && !(*factors[i] > 0 && isfinite(*factors[i])))
            code = train_refuse(err, keys[i], "factors of the learning rate are positive");
    }
    return code;
}

static int read_augmentation(mg_toml *t, const char *key, mg_aug_kind *out, molglot_error *err) {
    static const char *const names[] = {"none", "drop_nodes", "subgraph"};
    const char *name = mg_toml_str(t, key, "none");
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (mg_aug_kind)i;
            return MOLGLOT_OK;
        }
    return train_refuse(err, key, "\"none\", \"drop_nodes\" or \"subgraph\"");
}

static int read_loss(mg_toml *t, train_config *c, molglot_error *err) {
    const int64_t text_views = mg_toml_int(t, "loss.text_views", 1),
                  graph_views = mg_toml_int(t, "loss.graph_views", 1);
    c->graph_self = mg_toml_bool(t, "loss.graph_self", false);
    c->smoothing = (float)mg_toml_num(t, "loss.smoothing", 0);
    c->mask_duplicates = mg_toml_bool(t, "loss.mask_duplicates", true);
    c->aug_faithful = mg_toml_bool(t, "loss.aug_faithful", false);
    c->aug_rate[0] = (float)mg_toml_num(t, "loss.aug_rate1", 0.1);
    c->aug_rate[1] = (float)mg_toml_num(t, "loss.aug_rate2", 0.8);
    int code = read_augmentation(t, "loss.aug1", &c->aug[0], err);
    if (!code) code = read_augmentation(t, "loss.aug2", &c->aug[1], err);
    if (code) return code;
    if (text_views < 1 || text_views > 2 || graph_views < 1 || graph_views > 2)
        return train_refuse(err, "loss.text_views", "1 or 2 views of each kind");
    if (c->graph_self && graph_views < 2)
        return train_refuse(err, "loss.graph_self", "needs graph_views = 2");
    if (!(c->smoothing >= 0 && c->smoothing < 1))
        return train_refuse(err, "loss.smoothing", "lies in [0, 1)");
    for (int i = 0; i < 2; i++)
        if (!(c->aug_rate[i] >= 0 && c->aug_rate[i] <= 1))
            return train_refuse(err, "loss.aug_rate1", "rates lie in [0, 1]");
    c->text_views = (int)text_views;
    c->graph_views = (int)graph_views;
    return MOLGLOT_OK;
}

int train_momu_read(train_task *task, mg_toml *t, molglot_error *err) {
    train_momu *m = (train_momu *)task;
    train_config *c = &m->c;
    train_common *common = &m->t.c;
    train_read_head(t, common, "runs/momu");
    int code = mg_momu_config_from_toml(t, &c->model, err);
    if (!code) code = read_data(t, m, err);
    if (!code) code = read_train(t, m, err);
    if (!code) code = read_loss(t, c, err);
    if (code) return code;
    c->init = mg_toml_strs(t, "init.files", &c->n_init);
    common->eval_every = mg_toml_int(t, "eval.every", 0);
    if ((code = train_read_path(t, common, "eval.pairs", c->pairs, err))) return code;
    if ((code = train_read_path(t, common, "eval.pool", c->pool, err))) return code;
    if (strcmp(common->store, "bf16") && strcmp(common->store, "f32") &&
        strcmp(common->store, "int8") && strcmp(common->store, "int4"))
        return train_refuse(err, "store", "\"bf16\", \"int8\", \"int4\" or \"f32\"");
    if (common->eval_every < 0) return train_refuse(err, "eval.every", "epochs, not negative");
    return mg_toml_finish(t, err);
}

int train_momu_identify(const train_task *t, char out[65], molglot_error *err) {
    const train_momu *m = (const train_momu *)t;
    const train_config *c = &m->c;
    mg_str s = {0};
    mg_momu_config_to_json(&c->model, &s);
    mg_str_addf(&s, "\ndata %s", mg_corpus_sha256(m->d));
    for (size_t i = 0; i < c->sources.n; i++) mg_str_addf(&s, " %a", (double)c->sources.weights[i]);
    train_add_optim(&t->c, &s);
    mg_str_addf(&s, "\nfactors %a %a %a", (double)c->table_lr, (double)c->text_encoder_lr,
                (double)c->graph_encoder_lr);
    train_add_train(&t->c, &s);
    mg_str_addf(&s, "\nloss %d %d %d %d %d %a %d %a %d %a", c->text_views, c->graph_views,
                c->graph_self, c->mask_duplicates, c->aug_faithful, (double)c->smoothing,
                (int)c->aug[0], (double)c->aug_rate[0], (int)c->aug[1], (double)c->aug_rate[1]);
    return mg_sha256_str(&s, out, err);
}
