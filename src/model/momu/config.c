/* config.c - MoMu's configuration: defaults, limits, and the table of fields (config.h)
 * for recipes and the JSON inside a model file.
 */
#include "model/config.h"

#include "base/toml/toml.h"
#include "model/momu/momu.h"

#include <string.h>

#define AT(member) offsetof(mg_momu_config, member), sizeof(((mg_momu_config *)0)->member)

static const char *const feature_names[] = {"ogb", "simple", NULL};

static const mg_config_field fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"dim", MG_FIELD_INT, AT(dim), false, NULL},
    {"temperature", MG_FIELD_NUM, AT(temperature), false, NULL},
    {"learn_temperature", MG_FIELD_BOOL, AT(learn_temperature), false, NULL},
    {"max_scale", MG_FIELD_NUM, AT(max_scale), false, NULL},
    {"text.layers", MG_FIELD_INT, AT(text.encoder.layers), false, NULL},
    {"text.hidden", MG_FIELD_INT, AT(text.encoder.hidden), false, NULL},
    {"text.heads", MG_FIELD_INT, AT(text.encoder.heads), false, NULL},
    {"text.ffn", MG_FIELD_INT, AT(text.encoder.ffn), false, NULL},
    {"text.positions", MG_FIELD_INT, AT(text.encoder.positions), false, NULL},
    {"text.types", MG_FIELD_INT, AT(text.encoder.types), false, NULL},
    {"text.pre_norm", MG_FIELD_BOOL, AT(text.encoder.pre_norm), false, NULL},
    {"text.dropout", MG_FIELD_NUM, AT(text.encoder.dropout), false, NULL},
    {"text.norm_eps", MG_FIELD_NUM, AT(text.encoder.norm_eps), false, NULL},
    {"text.vocab", MG_FIELD_INT, AT(text.encoder.vocab), true, NULL},
    {"text.max_tokens", MG_FIELD_INT, AT(text.max_tokens), false, NULL},
    {"text.max_chars", MG_FIELD_INT, AT(text.max_chars), false, NULL},
    {"text.special_tokens", MG_FIELD_BOOL, AT(text.special_tokens), false, NULL},
    {"text.pooling", MG_FIELD_STR, AT(text.pooling), false, NULL},
    {"text.head", MG_FIELD_STR, AT(text.head), false, NULL},
    {"text.bag.vocab", MG_FIELD_INT, AT(text.bag.vocab), true, NULL},
    {"text.bag.dim", MG_FIELD_INT, AT(text.bag.dim), false, NULL},
    {"text.bag.hidden", MG_FIELD_INT, AT(text.bag.hidden), false, NULL},
    {"text.bag.dropout", MG_FIELD_NUM, AT(text.bag.dropout), false, NULL},
    {"text.bag.init", MG_FIELD_NUM, AT(text.bag.init), false, NULL},
    {"text.bag.families", MG_FIELD_STR, AT(text.families), false, NULL},
    {"text.bag.feature_dropout", MG_FIELD_NUM, AT(text.feature_dropout), false, NULL},
    {"text.sentence_dropout", MG_FIELD_NUM, AT(text.sentence_dropout), false, NULL},
    {"graph.layers", MG_FIELD_INT, AT(graph.encoder.layers), false, NULL},
    {"graph.dim", MG_FIELD_INT, AT(graph.encoder.dim), false, NULL},
    {"graph.mlp", MG_FIELD_INT, AT(graph.encoder.mlp), false, NULL},
    {"graph.layer_norm", MG_FIELD_BOOL, AT(graph.encoder.layer_norm), false, NULL},
    {"graph.residual", MG_FIELD_BOOL, AT(graph.encoder.residual), false, NULL},
    {"graph.dropout", MG_FIELD_NUM, AT(graph.encoder.dropout), false, NULL},
    {"graph.published", MG_FIELD_BOOL, AT(graph.encoder.published), false, NULL},
    {"graph.self_loop", MG_FIELD_INT, AT(graph.self_loop), false, NULL},
    {"graph.features", MG_FIELD_CHOICE, AT(graph.features), false, feature_names},
    {"graph.head", MG_FIELD_STR, AT(graph.head), false, NULL},
    {"graph.bag.vocab", MG_FIELD_INT, AT(graph.bag.vocab), true, NULL},
    {"graph.bag.dim", MG_FIELD_INT, AT(graph.bag.dim), false, NULL},
    {"graph.bag.hidden", MG_FIELD_INT, AT(graph.bag.hidden), false, NULL},
    {"graph.bag.dropout", MG_FIELD_NUM, AT(graph.bag.dropout), false, NULL},
    {"graph.bag.init", MG_FIELD_NUM, AT(graph.bag.init), false, NULL},
    {"graph.bag.families", MG_FIELD_STR, AT(graph.families), false, NULL},
    {"graph.bag.feature_dropout", MG_FIELD_NUM, AT(graph.feature_dropout), false, NULL},
};

/* The published sizes; layers 0 leaves a transformer or GIN out, a vocabulary of 0 a bag. */
mg_momu_config mg_momu_config_default(void) {
    mg_momu_config c = {.name = "momu", .dim = 256, .temperature = 0.1f, .max_scale = 100};
    c.text.encoder = (mg_transformer_config){.hidden = 768,
                                             .heads = 12,
                                             .ffn = 3072,
                                             .positions = 512,
                                             .types = 2,
                                             .dropout = 0.1f,
                                             .norm_eps = 1e-12f};
    c.text.max_tokens = 128;
    strcpy(c.text.pooling, "cls");
    strcpy(c.text.head, "mlp");
    c.graph.encoder = (mg_gin_config){.dim = 300, .mlp = 600};
    c.graph.self_loop = -1;
    strcpy(c.graph.head, "mlp");
    c.text.bag = c.graph.bag =
        (mg_bag_config){.dim = 256, .hidden = 1024, .dropout = 0.1f, .init = 0.05f};
    return c;
}

/* ---- sense ---- */

static bool is_share(float p) { return p >= 0 && p < 1; }
static bool is_size(int n) { return n >= 1 && n <= 1 << 16; }

static int check_text(const mg_momu_config *c, molglot_error *err) {
    const mg_transformer_config *e = &c->text.encoder;
    if (e->layers < 0 || e->layers > 256) return mg_config_refuse(err, "text.layers", "0 to 256");
    if (!is_share(c->text.feature_dropout))
        return mg_config_refuse(err, "text.bag.feature_dropout", "in [0, 1)");
    if (!(c->text.sentence_dropout >= 0 && c->text.sentence_dropout <= 1))
        return mg_config_refuse(err, "text.sentence_dropout", "in [0, 1]");
    if (e->layers == 0) return MOLGLOT_OK;
    if (!is_size(e->hidden) || !is_size(e->ffn) || e->heads < 1 || e->hidden % e->heads)
        return mg_config_refuse(err, "text.hidden",
                                "sizes must be positive and heads divide hidden");
    if (!is_size(e->positions) || e->types < 0 || e->types > 16)
        return mg_config_refuse(err, "text.positions", "impossible");
    if (e->vocab < 1 || e->vocab > 1 << 22)
        return mg_config_refuse(err, "text.vocab", "a transformer needs a vocabulary");
    if (!is_share(e->dropout) || !(e->norm_eps > 0))
        return mg_config_refuse(err, "text.dropout", "dropout lies in [0, 1), norm_eps above 0");
    if (c->text.max_tokens < 1 || c->text.max_tokens > e->positions)
        return mg_config_refuse(err, "text.max_tokens", "1 to text.positions");
    if (c->text.max_chars < 0)
        return mg_config_refuse(err, "text.max_chars", "0 (no cap) or a number of characters");
    if (strcmp(c->text.pooling, "mean") && strcmp(c->text.pooling, "cls"))
        return mg_config_refuse(err, "text.pooling", "\"mean\" or \"cls\"");
    return MOLGLOT_OK;
}

static int check_graph(const mg_momu_config *c, molglot_error *err) {
    const mg_gin_config *e = &c->graph.encoder;
    if (e->layers < 0 || e->layers > 256) return mg_config_refuse(err, "graph.layers", "0 to 256");
    if (!is_share(c->graph.feature_dropout) || !is_share(e->dropout))
        return mg_config_refuse(err, "graph.dropout", "dropouts lie in [0, 1)");
    if (e->layers == 0) return MOLGLOT_OK;
    if (!is_size(e->dim) || !is_size(e->mlp))
        return mg_config_refuse(err, "graph.dim", "sizes must be positive");
    if (e->published && (c->graph.self_loop < 0 || c->graph.self_loop > 5))
        return mg_config_refuse(err, "graph.self_loop",
                                "published tables need a bond type, 0 to 5");
    return MOLGLOT_OK;
}

static int check_bag(const mg_bag_config *b, const char *key, molglot_error *err) {
    if (b->vocab < 0 || b->vocab > 1 << 26)
        return mg_config_refuse(err, key, "impossible vocabulary");
    if (b->vocab &&
        (!is_size(b->dim) || !is_size(b->hidden) || !is_share(b->dropout) || !(b->init >= 0)))
        return mg_config_refuse(err, key, "sizes must be positive, dropout in [0, 1)");
    return MOLGLOT_OK;
}

static bool is_head(const char *s) { return strcmp(s, "mlp") == 0 || strcmp(s, "linear") == 0; }

int mg_momu_config_check(const mg_momu_config *c, molglot_error *err) {
    if (!is_size(c->dim)) return mg_config_refuse(err, "dim", "1 to 65536");
    if (!(c->temperature > 0) || !(c->max_scale > 0))
        return mg_config_refuse(err, "temperature", "must be above 0, as max_scale");
    if (!is_head(c->text.head) || !is_head(c->graph.head))
        return mg_config_refuse(err, "text.head", "heads are \"mlp\" or \"linear\"");
    int code = check_text(c, err);
    if (!code) code = check_graph(c, err);
    if (!code) code = check_bag(&c->text.bag, "text.bag", err);
    if (!code) code = check_bag(&c->graph.bag, "graph.bag", err);
    if (code) return code;
    if (!c->text.encoder.layers && !c->text.bag.vocab)
        return mg_config_refuse(err, "text", "the text tower has no channel");
    if (!c->graph.encoder.layers && !c->graph.bag.vocab)
        return mg_config_refuse(err, "graph", "the molecule tower has no channel");
    return MOLGLOT_OK;
}

/* ---- recipe and JSON ---- */

int mg_momu_config_from_toml(mg_toml *t, mg_momu_config *out, molglot_error *err) {
    *out = mg_momu_config_default();
    return mg_config_read_toml(fields, MG_COUNT(fields), t, out, err);
}

int mg_momu_config_to_json(const mg_momu_config *c, mg_str *out) {
    return mg_config_write_json(fields, MG_COUNT(fields), c, out);
}

int mg_momu_config_from_json(const char *json, mg_momu_config *out, molglot_error *err) {
    *out = mg_momu_config_default();
    int code = mg_config_read_json(fields, MG_COUNT(fields), json, out, err);
    return code ? code : mg_momu_config_check(out, err);
}
