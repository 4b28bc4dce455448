/* recipe.c - the keys of a recipe with task = "predict", their defaults and their limits. */
#include "train/heads/inside.h"

#include <string.h>

static int read_channels(mg_toml *recipe, head_training *h, molglot_error *err) {
    size_t n = 0, at = 0;
    const char *const *names = mg_toml_strs(recipe, "model.channels", &n);
    mg_heads_config *c = &h->model;
    if (n) c->channels[0] = 0;
    for (size_t i = 0; i < n; i++) {
        const int got = snprintf(c->channels + at, sizeof c->channels - at, "%s%s", i ? "," : "",
                                 names[i]);
        if (got < 0 || (at += (size_t)got) >= sizeof c->channels)
            return train_refuse(err, "model.channels", "fingerprint, descriptors, space, graph");
    }
    if (!mg_heads_has(c, "fingerprint")) c->bits = 0;
    if (!mg_heads_has(c, "graph")) c->graph_layers = 0;
    if (mg_heads_has(c, "descriptors")) c->numbers = mg_predict_numbers();
    return MOLGLOT_OK;
}

static bool is_share(double x) { return x >= 0 && x < 1; }

static int read_data(mg_toml *recipe, head_training *h, molglot_error *err) {
    heads_wants *w = &h->wants;
    int code = train_read_dir(recipe, &h->t.c, err);
    if (!code) code = train_read_path(recipe, &h->t.c, "data.file", w->file, err);
    if (code) return code;
    const char *smiles = mg_toml_str(recipe, "data.smiles_column", "");
    w->smiles_column = *smiles ? smiles : NULL;
    w->targets = mg_toml_strs(recipe, "data.targets", &w->n_targets);
    w->task = mg_toml_str(recipe, "data.task", "auto");
    w->split = mg_toml_str(recipe, "data.split", "scaffold");
    w->split_column = mg_toml_str(recipe, "data.split_column", "");
    w->validation = mg_toml_num(recipe, "data.validation", .1);
    w->test = mg_toml_num(recipe, "data.test", .1);
    w->split_seed = (uint64_t)mg_toml_int(recipe, "data.split_seed", 0);
    if (!*w->file) return train_refuse(err, "data.file", "the table to learn from");
    if (strcmp(w->task, "auto") && strcmp(w->task, "classification") &&
        strcmp(w->task, "regression"))
        return train_refuse(err, "data.task", "\"auto\", \"classification\" or \"regression\"");
    if (strcmp(w->split, "scaffold") && strcmp(w->split, "random") && strcmp(w->split, "column"))
        return train_refuse(err, "data.split", "\"scaffold\", \"random\" or \"column\"");
    if (!strcmp(w->split, "column") != (*w->split_column != 0))
        return train_refuse(err, "data.split_column", "goes with data.split = \"column\"");
    if (!is_share(w->validation) || !is_share(w->test) || !(w->validation > 0) ||
        !(w->validation + w->test < 1))
        return train_refuse(err, "data.validation",
                            "shares of the rows: validation above 0, with test below 1");
    return MOLGLOT_OK;
}

static int read_rest(mg_toml *recipe, head_training *h, molglot_error *err) {
    train_task *t = &h->t;
    int code = train_read_train(recipe, &t->c, err);
    h->class_weights = mg_toml_str(recipe, "train.class_weights", "none");
    h->feature_dropout = (float)mg_toml_num(recipe, "train.feature_dropout", 0);
    if (!code) code = train_read_own_path(recipe, "init.space", h->space_path, err);
    if (!code) code = train_read_own_path(recipe, "init.graph", h->graph_path, err);
    t->c.eval_every = mg_toml_int(recipe, "eval.every", 1);
    h->patience = mg_toml_int(recipe, "eval.patience", 10);
    h->select = mg_toml_str(recipe, "eval.select", "loss");
    h->shares = mg_toml_str(recipe, "eval.shares", "fixed");
    h->domain_rows = mg_toml_int(recipe, "domain.rows", 2000);
    if (code) return code;
    if (strcmp(h->class_weights, "none") && strcmp(h->class_weights, "balanced"))
        return train_refuse(err, "train.class_weights", "\"none\" or \"balanced\"");
    if (!(h->feature_dropout >= 0 && h->feature_dropout < 1))
        return train_refuse(err, "train.feature_dropout", "lies in [0, 1)");
    if (t->c.optim.ema_decay > 0)
        return train_refuse(err, "train.ema", "0: the best validation is kept instead");
    if (t->c.eval_every < 1 || h->patience < 0)
        return train_refuse(err, "eval.every", "epochs, 1 or more; patience 0 or more");
    if (strcmp(h->select, "loss") && strcmp(h->select, "score"))
        return train_refuse(err, "eval.select", "\"loss\" or \"score\"");
    if (strcmp(h->shares, "fixed") && strcmp(h->shares, "chosen"))
        return train_refuse(err, "eval.shares", "\"fixed\" or \"chosen\"");
    if (h->domain_rows < 1 || h->domain_rows > 1 << 20)
        return train_refuse(err, "domain.rows", "1 to 1048576");
    if (mg_heads_has(&h->model, "space") && !*h->space_path)
        return train_refuse(err, "init.space", "the model whose space the channel space reads");
    return MOLGLOT_OK;
}

int heads_read_recipe(train_task *t, mg_toml *recipe, molglot_error *err) {
    head_training *h = (head_training *)t;
    int code = mg_heads_config_from_toml(recipe, &h->model, err);
    if (!code) code = read_channels(recipe, h, err);
    if (!code) code = read_data(recipe, h, err);
    if (!code) code = read_rest(recipe, h, err);
    t->model = h->model.name;
    mg_heads_config probe = h->model; /* what is not yet known of it cannot be wrong */
    probe.tasks = 1, probe.space = mg_heads_has(&probe, "space");
    return code ? code : mg_heads_config_check(&probe, err);
}
