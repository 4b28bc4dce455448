/* momu_config.c - MoMu's configuration: defaults, from a recipe's [model], to and from the JSON inside a model file.
 *
 * One table of fields drives all three. A recipe spells a field as model.<key>; the JSON is one flat object with the same keys.
 * A key that this version does not know is an error: it would mean another model than the one that was trained.
 */
#include "model/model.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef enum { INT, NUM, BOOL, STR, FEATURES } field_type;

typedef struct field {
    const char *key;
    field_type type;
    size_t offset, size;
    bool derived;                          /* filled in by the trainer, no recipe key */
} field;

#define AT(member) offsetof(mg_momu_config, member), sizeof(((mg_momu_config *)0)->member)

static const field fields[] = {
    {"name", STR, AT(name), false},
    {"dim", INT, AT(dim), false},
    {"temperature", NUM, AT(temperature), false},
    {"learn_temperature", BOOL, AT(learn_temperature), false},
    {"max_scale", NUM, AT(max_scale), false},
    {"text.layers", INT, AT(text.encoder.layers), false},
    {"text.hidden", INT, AT(text.encoder.hidden), false},
    {"text.heads", INT, AT(text.encoder.heads), false},
    {"text.ffn", INT, AT(text.encoder.ffn), false},
    {"text.positions", INT, AT(text.encoder.positions), false},
    {"text.types", INT, AT(text.encoder.types), false},
    {"text.pre_norm", BOOL, AT(text.encoder.pre_norm), false},
    {"text.dropout", NUM, AT(text.encoder.dropout), false},
    {"text.norm_eps", NUM, AT(text.encoder.norm_eps), false},
    {"text.vocab", INT, AT(text.encoder.vocab), true},
    {"text.max_tokens", INT, AT(text.max_tokens), false},
    {"text.max_chars", INT, AT(text.max_chars), false},
    {"text.special_tokens", BOOL, AT(text.special_tokens), false},
    {"text.pooling", STR, AT(text.pooling), false},
    {"text.head", STR, AT(text.head), false},
    {"text.bag.vocab", INT, AT(text.bag.vocab), true},
    {"text.bag.dim", INT, AT(text.bag.dim), false},
    {"text.bag.hidden", INT, AT(text.bag.hidden), false},
    {"text.bag.dropout", NUM, AT(text.bag.dropout), false},
    {"text.bag.init", NUM, AT(text.bag.init), false},
    {"text.bag.families", STR, AT(text.families), false},
    {"text.bag.feature_dropout", NUM, AT(text.feature_dropout), false},
    {"text.sentence_dropout", NUM, AT(text.sentence_dropout), false},
    {"graph.layers", INT, AT(graph.encoder.layers), false},
    {"graph.dim", INT, AT(graph.encoder.dim), false},
    {"graph.mlp", INT, AT(graph.encoder.mlp), false},
    {"graph.layer_norm", BOOL, AT(graph.encoder.layer_norm), false},
    {"graph.residual", BOOL, AT(graph.encoder.residual), false},
    {"graph.dropout", NUM, AT(graph.encoder.dropout), false},
    {"graph.published", BOOL, AT(graph.encoder.published), false},
    {"graph.self_loop", INT, AT(graph.self_loop), false},
    {"graph.features", FEATURES, AT(graph.features), false},
    {"graph.head", STR, AT(graph.head), false},
    {"graph.bag.vocab", INT, AT(graph.bag.vocab), true},
    {"graph.bag.dim", INT, AT(graph.bag.dim), false},
    {"graph.bag.hidden", INT, AT(graph.bag.hidden), false},
    {"graph.bag.dropout", NUM, AT(graph.bag.dropout), false},
    {"graph.bag.init", NUM, AT(graph.bag.init), false},
    {"graph.bag.families", STR, AT(graph.families), false},
    {"graph.bag.feature_dropout", NUM, AT(graph.feature_dropout), false},
};

static const char *const feature_names[] = {"ogb", "simple"};

/* The published sizes; layers 0 leaves a transformer or GIN out, a vocabulary of 0 a bag. */
mg_momu_config mg_momu_config_default(void) {
    mg_momu_config c = {.name = "momu", .dim = 256, .temperature = 0.1f, .max_scale = 100};
    c.text.encoder = (mg_transformer_config){.hidden = 768, .heads = 12, .ffn = 3072, .positions = 512, .types = 2,
                                             .dropout = 0.1f, .norm_eps = 1e-12f};
    c.text.max_tokens = 128;
    strcpy(c.text.pooling, "cls");
    strcpy(c.text.head, "mlp");
    c.graph.encoder = (mg_gin_config){.dim = 300, .mlp = 600};
    c.graph.self_loop = -1;
    strcpy(c.graph.head, "mlp");
    c.text.bag = c.graph.bag = (mg_bag_config){.dim = 256, .hidden = 1024, .dropout = 0.1f, .init = 0.05f};
    return c;
}

/* ---- sense ---- */

static int refuse(molglot_error *err, const char *key, const char *why) {
    return mg_fail(err, MOLGLOT_BAD_FILE, "model.%s: %s", key, why);
}

static bool is_share(float p) { return p >= 0 && p < 1; }
static bool is_size(int n) { return n >= 1 && n <= 1 << 16; }

static int check_text(const mg_momu_config *c, molglot_error *err) {
    const mg_transformer_config *e = &c->text.encoder;
    if (e->layers < 0 || e->layers > 256) return refuse(err, "text.layers", "0 to 256");
    if (!is_share(c->text.feature_dropout))
        return refuse(err, "text.bag.feature_dropout", "in [0, 1)");
    if (!(c->text.sentence_dropout >= 0 && c->text.sentence_dropout <= 1)) return refuse(err, "text.sentence_dropout", "in [0, 1]");
    if (e->layers == 0) return MOLGLOT_OK;
    if (!is_size(e->hidden) || !is_size(e->ffn) || e->heads < 1 || e->hidden % e->heads)
        return refuse(err, "text.hidden", "sizes must be positive and heads divide hidden");
    if (!is_size(e->positions) || e->types < 0 || e->types > 16) return refuse(err, "text.positions", "impossible");
    if (e->vocab < 1 || e->vocab > 1 << 22) return refuse(err, "text.vocab", "a transformer needs a vocabulary");
    if (!is_share(e->dropout) || !(e->norm_eps > 0)) return refuse(err, "text.dropout", "dropout lies in [0, 1), norm_eps above 0");
    if (c->text.max_tokens < 1 || c->text.max_tokens > e->positions) return refuse(err, "text.max_tokens", "1 to text.positions");
    if (c->text.max_chars < 0) return refuse(err, "text.max_chars", "0 (no cap) or a number of characters");
    if (strcmp(c->text.pooling, "mean") && strcmp(c->text.pooling, "cls")) return refuse(err, "text.pooling", "\"mean\" or \"cls\"");
    return MOLGLOT_OK;
}

static int check_graph(const mg_momu_config *c, molglot_error *err) {
    const mg_gin_config *e = &c->graph.encoder;
    if (e->layers < 0 || e->layers > 256) return refuse(err, "graph.layers", "0 to 256");
    if (!is_share(c->graph.feature_dropout) || !is_share(e->dropout)) return refuse(err, "graph.dropout", "dropouts lie in [0, 1)");
    if (e->layers == 0) return MOLGLOT_OK;
    if (!is_size(e->dim) || !is_size(e->mlp)) return refuse(err, "graph.dim", "sizes must be positive");
    if (e->published && (c->graph.self_loop < 0 || c->graph.self_loop > 5))
        return refuse(err, "graph.self_loop", "published tables need a bond type, 0 to 5");
    return MOLGLOT_OK;
}

static int check_bag(const mg_bag_config *b, const char *key, molglot_error *err) {
    if (b->vocab < 0 || b->vocab > 1 << 26) return refuse(err, key, "impossible vocabulary");
    if (b->vocab && (!is_size(b->dim) || !is_size(b->hidden) || !is_share(b->dropout) || !(b->init >= 0)))
        return refuse(err, key, "sizes must be positive, dropout in [0, 1)");
    return MOLGLOT_OK;
}

static bool is_head(const char *s) { return strcmp(s, "mlp") == 0 || strcmp(s, "linear") == 0; }

int mg_momu_config_check(const mg_momu_config *c, molglot_error *err) {
    if (!is_size(c->dim)) return refuse(err, "dim", "1 to 65536");
    if (!(c->temperature > 0) || !(c->max_scale > 0)) return refuse(err, "temperature", "must be above 0, as max_scale");
    if (!is_head(c->text.head) || !is_head(c->graph.head)) return refuse(err, "text.head", "heads are \"mlp\" or \"linear\"");
    int code = check_text(c, err);
    if (!code) code = check_graph(c, err);
    if (!code) code = check_bag(&c->text.bag, "text.bag", err);
    if (!code) code = check_bag(&c->graph.bag, "graph.bag", err);
    if (code) return code;
    if (!c->text.encoder.layers && !c->text.bag.vocab) return refuse(err, "text", "the text tower has no channel");
    if (!c->graph.encoder.layers && !c->graph.bag.vocab) return refuse(err, "graph", "the molecule tower has no channel");
    return MOLGLOT_OK;
}

/* ---- setting one field from a parsed value ---- */

static int set_int(const field *f, void *at, long long v, molglot_error *err) {
    if (v < INT32_MIN || v > INT32_MAX) return refuse(err, f->key, "out of range");
    *(int *)at = (int)v;
    return MOLGLOT_OK;
}

static int set_str(const field *f, void *at, const char *s, molglot_error *err) {
    if (f->type == FEATURES) {
        for (int k = 0; k < 2; k++)
            if (strcmp(s, feature_names[k]) == 0) {
                *(mg_feat_kind *)at = (mg_feat_kind)k;
                return MOLGLOT_OK;
            }
        return refuse(err, f->key, "\"ogb\" or \"simple\"");
    }
    if (strlen(s) >= f->size) return refuse(err, f->key, "too long");
    strcpy(at, s);
    return MOLGLOT_OK;
}

/* The double that prints as the float does: 0.1, not 0.10000000149. */
static double decimal(float x) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.7g", x);
    return strtod(digits, NULL);
}

/* ---- recipe ---- */

static int from_toml(mg_toml *t, const field *f, void *at, molglot_error *err) {
    char key[80];
    snprintf(key, sizeof key, "model.%s", f->key);
    switch (f->type) {
    case INT: return set_int(f, at, mg_toml_int(t, key, *(int *)at), err);
    case NUM: *(float *)at = (float)mg_toml_num(t, key, decimal(*(float *)at)); return MOLGLOT_OK;
    case BOOL: *(bool *)at = mg_toml_bool(t, key, *(bool *)at); return MOLGLOT_OK;
    case FEATURES: return set_str(f, at, mg_toml_str(t, key, feature_names[*(mg_feat_kind *)at]), err);
    default: {
        char now[64];
        snprintf(now, sizeof now, "%s", (const char *)at);
        return set_str(f, at, mg_toml_str(t, key, now), err);
    }
    }
}

int mg_momu_config_from_toml(mg_toml *t, mg_momu_config *out, molglot_error *err) {
    *out = mg_momu_config_default();
    for (size_t i = 0; i < MG_COUNT(fields); i++) {
        int code = fields[i].derived ? MOLGLOT_OK : from_toml(t, &fields[i], (char *)out + fields[i].offset, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* ---- JSON ---- */

static json_t *to_json(const field *f, const void *at) {
    switch (f->type) {
    case INT: return json_integer(*(const int *)at);
    case NUM: return json_real(*(const float *)at);
    case BOOL: return json_boolean(*(const bool *)at);
    case FEATURES: return json_string(feature_names[*(const mg_feat_kind *)at]);
    default: return json_string(at);
    }
}

int mg_momu_config_to_json(const mg_momu_config *c, mg_str *out) {
    json_t *o = json_object();
    bool good = o != NULL;
    for (size_t i = 0; i < MG_COUNT(fields) && good; i++)
        good = json_object_set_new(o, fields[i].key, to_json(&fields[i], (const char *)c + fields[i].offset)) == 0;
    char *text = good ? json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(o);
    if (!text) return MOLGLOT_NO_MEMORY;
    mg_str_addz(out, text);
    free(text);
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

static int from_json(const field *f, const json_t *v, void *at, molglot_error *err) {
    if (f->type == INT && json_is_integer(v)) return set_int(f, at, json_integer_value(v), err);
    if (f->type == NUM && json_is_number(v)) {
        *(float *)at = (float)json_number_value(v);
        return MOLGLOT_OK;
    }
    if (f->type == BOOL && json_is_boolean(v)) {
        *(bool *)at = json_is_true(v);
        return MOLGLOT_OK;
    }
    if ((f->type == STR || f->type == FEATURES) && json_is_string(v)) return set_str(f, at, json_string_value(v), err);
    return refuse(err, f->key, "wrong type");
}

static const field *field_named(const char *key) {
    for (size_t i = 0; i < MG_COUNT(fields); i++)
        if (strcmp(fields[i].key, key) == 0) return &fields[i];
    return NULL;
}

int mg_momu_config_from_json(const char *json, mg_momu_config *out, molglot_error *err) {
    json_error_t complaint;
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &complaint);
    if (!json_is_object(o)) {
        json_decref(o);
        return mg_fail(err, MOLGLOT_BAD_FILE, "the model's configuration is not a JSON object: %s", o ? "wrong type" : complaint.text);
    }
    *out = mg_momu_config_default();
    int code = MOLGLOT_OK;
    const char *key;
    json_t *value;
    json_object_foreach(o, key, value) {
        const field *f = field_named(key);
        code = f ? from_json(f, value, (char *)out + f->offset, err) : refuse(err, key, "unknown here: the file needs a newer Molglot");
        if (code) break;
    }
    json_decref(o);
    return code ? code : mg_momu_config_check(out, err);
}
