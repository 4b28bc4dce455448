/* config.c - the configuration of a head: keys, limits, JSON. */
#include "model/config.h"

#include "model/heads/heads.h"

#include <string.h>

static const char *const tasks[] = {"classification", "regression", NULL};
static const char *const features[] = {"ogb", "simple", NULL};

#define AT(member) offsetof(mg_heads_config, member), sizeof(((mg_heads_config *)0)->member)
static const mg_config_field fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"task", MG_FIELD_CHOICE, AT(task), true, tasks},
    {"tasks", MG_FIELD_INT, AT(tasks), true, NULL},
    {"members", MG_FIELD_INT, AT(members), false, NULL},
    {"hidden", MG_FIELD_INT, AT(hidden), false, NULL},
    {"linear", MG_FIELD_BOOL, AT(linear), false, NULL},
    {"dropout", MG_FIELD_NUM, AT(dropout), false, NULL},
    {"forest.trees", MG_FIELD_INT, AT(forest_trees), false, NULL},
    {"forest.leaf", MG_FIELD_INT, AT(forest_leaf), false, NULL},
    {"forest.share", MG_FIELD_NUM, AT(forest_share), false, NULL},
    {"ridge.voice", MG_FIELD_BOOL, AT(ridge), false, NULL},
    {"ridge.share", MG_FIELD_NUM, AT(ridge_share), false, NULL},
    {"channels", MG_FIELD_STR, AT(channels), true, NULL},
    {"families", MG_FIELD_STR, AT(families), false, NULL},
    {"bits", MG_FIELD_INT, AT(bits), false, NULL},
    {"groups", MG_FIELD_INT, AT(groups), true, NULL},
    {"numbers", MG_FIELD_INT, AT(numbers), true, NULL},
    {"space", MG_FIELD_INT, AT(space), true, NULL},
    {"graph.layers", MG_FIELD_INT, AT(graph_layers), false, NULL},
    {"graph.dim", MG_FIELD_INT, AT(graph_dim), false, NULL},
    {"graph.features", MG_FIELD_CHOICE, AT(graph_features), false, features},
    {"graph.layer_norm", MG_FIELD_BOOL, AT(graph_layer_norm), false, NULL},
    {"graph.residual", MG_FIELD_BOOL, AT(graph_residual), false, NULL},
};

mg_heads_config mg_heads_config_default(void) {
    return (mg_heads_config){.name = "heads",
                             .members = 5,
                             .hidden = 256,
                             .dropout = .3F,
                             .forest_leaf = 1,
                             .forest_share = .5F,
                             .ridge_share = .2F,
                             .channels = "fingerprint,descriptors",
                             .families = "m2",
                             .bits = 2048,
                             .graph_layers = 3,
                             .graph_dim = 128,
                             .graph_layer_norm = true,
                             .graph_residual = true};
}

bool mg_heads_has(const mg_heads_config *c, const char *channel) {
    const size_t n = strlen(channel);
    for (const char *s = c->channels; s && *s; s = strchr(s, ','), s += s ? 1 : 0)
        if (!strncmp(s, channel, n) && (!s[n] || s[n] == ',')) return true;
    return false;
}

/* Each name is known, and has what it needs; none has it without being named. */
static int check_channels(const mg_heads_config *c, molglot_error *err) {
    static const char *const known[] = {"fingerprint", "descriptors", "space", "graph"};
    size_t n = 0, named = 0;
    for (size_t i = 0; i < MG_COUNT(known); i++)
        if (mg_heads_has(c, known[i])) named += strlen(known[i]) + 1, n++;
    if (!n || named != strlen(c->channels) + 1)
        return mg_config_refuse(err, "channels",
                                "some of fingerprint, descriptors, space and graph, each once");
    const bool columns[] = {c->bits > 0, c->numbers > 0, c->space > 0, c->graph_layers > 0};
    for (size_t i = 0; i < MG_COUNT(known); i++)
        if (mg_heads_has(c, known[i]) != columns[i])
            return mg_config_refuse(err, "channels", "not the channels whose columns are there");
    return c->groups && !c->numbers
               ? mg_config_refuse(err, "groups", "belong to the channel descriptors")
               : MOLGLOT_OK;
}

int mg_heads_config_check(const mg_heads_config *c, molglot_error *err) {
    if (c->tasks < 1 || c->tasks > MG_HEADS_TASKS)
        return mg_config_refuse(err, "tasks", "lies between 1 and 4096");
    if (c->members < 1 || c->members > MG_HEADS_MEMBERS)
        return mg_config_refuse(err, "members", "lies between 1 and 16");
    if (c->hidden < 0 || c->hidden > 8192)
        return mg_config_refuse(err, "hidden", "lies between 0 and 8192");
    if (!(c->dropout >= 0 && c->dropout < 1))
        return mg_config_refuse(err, "dropout", "lies in [0, 1)");
    if (c->forest_trees < 0 || (int64_t)c->forest_trees * c->tasks > 1 << 20 ||
        c->forest_leaf < 1 || !(c->forest_share > 0 && c->forest_share <= 1))
        return mg_config_refuse(err, "forest.trees",
                                "0 or more, leaf 1 or more, share above 0 and at most 1");
    if (c->forest_trees && !mg_heads_sparse(c) && !mg_heads_dense(c))
        return mg_config_refuse(err, "forest.trees", "read no graphs: another channel is needed");
    if (!(c->ridge_share >= 0 && c->ridge_share <= 1))
        return mg_config_refuse(err, "ridge.share", "lies in [0, 1]");
    if (c->ridge && !mg_heads_sparse(c) && !mg_heads_dense(c))
        return mg_config_refuse(err, "ridge.voice", "reads no graphs: another channel is needed");
    if (c->bits < 0 || c->bits > 1 << 20 || c->groups < 0 || c->groups > 1 << 16 ||
        c->numbers < 0 || c->numbers > 4096 || c->space < 0 || c->space > 1 << 16)
        return mg_config_refuse(err, "bits", "no such number of columns");
    if (c->graph_layers < 0 || c->graph_layers > 32 ||
        (c->graph_layers && (c->graph_dim < 1 || c->graph_dim > 4096)))
        return mg_config_refuse(err, "graph.layers", "at most 32 of 1 to 4096 columns");
    return check_channels(c, err);
}

int mg_heads_config_from_toml(mg_toml *t, mg_heads_config *out, molglot_error *err) {
    *out = mg_heads_config_default();
    return mg_config_read_toml(fields, MG_COUNT(fields), t, out, err);
}

int mg_heads_config_to_json(const mg_heads_config *c, mg_str *out) {
    return mg_config_write_json(fields, MG_COUNT(fields), c, out);
}

int mg_heads_config_from_json(const char *json, mg_heads_config *out, molglot_error *err) {
    *out = mg_heads_config_default();
    int code = mg_config_read_json(fields, MG_COUNT(fields), json, out, err);
    return code ? code : mg_heads_config_check(out, err);
}
