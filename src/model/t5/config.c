/* config.c - a T5's configuration: defaults, its table of fields (model/config.h) for the JSON
 * inside a model file, and which values are possible. */
#include "model/config.h"

#include "model/t5/t5.h"

#define AT(member) offsetof(mg_t5_config, member), sizeof(((mg_t5_config *)0)->member)

static const mg_config_field t5_fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"d_model", MG_FIELD_INT, AT(d_model), false, NULL},
    {"d_kv", MG_FIELD_INT, AT(d_kv), false, NULL},
    {"d_ff", MG_FIELD_INT, AT(d_ff), false, NULL},
    {"layers", MG_FIELD_INT, AT(layers), false, NULL},
    {"decoder_layers", MG_FIELD_INT, AT(decoder_layers), false, NULL},
    {"heads", MG_FIELD_INT, AT(heads), false, NULL},
    {"vocab", MG_FIELD_INT, AT(vocab), false, NULL},
    {"buckets", MG_FIELD_INT, AT(buckets), false, NULL},
    {"distance", MG_FIELD_INT, AT(distance), false, NULL},
    {"positions", MG_FIELD_INT, AT(positions), false, NULL},
    {"graph", MG_FIELD_INT, AT(graph), false, NULL},
    {"eps", MG_FIELD_NUM, AT(eps), false, NULL},
    {"dropout", MG_FIELD_NUM, AT(dropout), false, NULL},
};

mg_t5_config mg_t5_config_default(void) {
    return (mg_t5_config){.name = "t5",
                          .d_model = 512,
                          .d_kv = 64,
                          .d_ff = 1024,
                          .layers = 8,
                          .decoder_layers = 8,
                          .heads = 6,
                          .vocab = 32128,
                          .buckets = 32,
                          .distance = 128,
                          .positions = 512,
                          .eps = 1e-6f,
                          .dropout = 0.1f};
}

static bool within(int x, int low, int high) { return x >= low && x <= high; }

int mg_t5_config_check(const mg_t5_config *c, molglot_error *err) {
    const bool sizes = within(c->d_model, 1, 1 << 16) && within(c->d_kv, 1, 1 << 12) &&
                       within(c->d_ff, 1, 1 << 18) && within(c->heads, 1, 1 << 10) &&
                       within(c->layers, 1, 1 << 10) && within(c->decoder_layers, 1, 1 << 10) &&
                       within(c->vocab, 3, 1 << 24) && within(c->positions, 2, 1 << 16) &&
                       within(c->graph, 0, 1 << 16);
    if (!sizes)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "t5: d_model %d, d_kv %d, d_ff %d, heads %d, layers %d and %d, vocab %d, "
                       "positions %d, graph %d make no model",
                       c->d_model, c->d_kv, c->d_ff, c->heads, c->layers, c->decoder_layers,
                       c->vocab, c->positions, c->graph);
    if (!within(c->buckets, 4, 1 << 12) || c->buckets % 4 || c->distance <= c->buckets / 2 ||
        c->distance > 1 << 16)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "t5: %d buckets for distances up to %d: a multiple of 4, and more distances "
                       "than half the buckets, are needed",
                       c->buckets, c->distance);
    if (!(c->eps > 0.0f && c->eps < 1.0f) || !(c->dropout >= 0.0f && c->dropout < 1.0f))
        return mg_fail(err, MOLGLOT_BAD_FILE, "t5: eps %g or dropout %g is outside (0, 1)",
                       (double)c->eps, (double)c->dropout);
    return MOLGLOT_OK;
}

int mg_t5_config_to_json(const mg_t5_config *c, mg_str *out) {
    return mg_config_write_json(t5_fields, MG_COUNT(t5_fields), c, out);
}

int mg_t5_config_from_json(const char *json, mg_t5_config *out, molglot_error *err) {
    *out = mg_t5_config_default();
    const int code = mg_config_read_json(t5_fields, MG_COUNT(t5_fields), json, out, err);
    return code ? code : mg_t5_config_check(out, err);
}
