/* config.c - configurations of the flow and the denoiser: defaults, tables of fields
 * (model/config.h) for recipes and for the JSON inside a model file, and which values are possible.
 *
 * Vocabularies are filled in by the trainer. The flow's number of latents is its writer's, as is
 * the denoiser's dim.
 */
#include "model/config.h"

#include "base/toml/toml.h"
#include "model/latent/latent.h"

#define AT(member) \
    offsetof(mg_flow_matching_config, member), sizeof(((mg_flow_matching_config *)0)->member)

static const mg_config_field flow_fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"latents", MG_FIELD_INT, AT(latents), true, NULL},
    {"latent_dim", MG_FIELD_INT, AT(latent_dim), true, NULL},
    {"max_text", MG_FIELD_INT, AT(max_text), false, NULL},
    {"layers", MG_FIELD_INT, AT(layers), false, NULL},
    {"hidden", MG_FIELD_INT, AT(hidden), false, NULL},
    {"heads", MG_FIELD_INT, AT(heads), false, NULL},
    {"ffn", MG_FIELD_INT, AT(ffn), false, NULL},
    {"memory", MG_FIELD_BOOL, AT(memory), true, NULL},
    {"text.layers", MG_FIELD_INT, AT(text.layers), false, NULL},
    {"text.hidden", MG_FIELD_INT, AT(text.hidden), false, NULL},
    {"text.heads", MG_FIELD_INT, AT(text.heads), false, NULL},
    {"text.ffn", MG_FIELD_INT, AT(text.ffn), false, NULL},
    {"text.dropout", MG_FIELD_NUM, AT(text.dropout), false, NULL},
    {"text.norm_eps", MG_FIELD_NUM, AT(text.norm_eps), false, NULL},
    {"text.vocab", MG_FIELD_INT, AT(text.vocab), true, NULL},
    {"text.positions", MG_FIELD_INT, AT(text.positions), true, NULL},
};

#undef AT
#define AT(member) \
    offsetof(mg_mlp_denoiser_config, member), sizeof(((mg_mlp_denoiser_config *)0)->member)

static const mg_config_field denoiser_fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"dim", MG_FIELD_INT, AT(dim), true, NULL},
    {"condition", MG_FIELD_INT, AT(condition), true, NULL},
    {"hidden", MG_FIELD_INT, AT(hidden), false, NULL},
    {"time_hidden", MG_FIELD_INT, AT(time_hidden), false, NULL},
    {"layers", MG_FIELD_INT, AT(layers), false, NULL},
};

/* ---- the flow ---- */

mg_flow_matching_config mg_flow_matching_config_default(void) {
    return (mg_flow_matching_config){.name = "flow",
                                     .max_text = 128,
                                     .layers = 6,
                                     .hidden = 256,
                                     .heads = 8,
                                     .ffn = 1024,
                                     .text = {.layers = 4,
                                              .hidden = 256,
                                              .heads = 8,
                                              .ffn = 1024,
                                              .dropout = 0.1f,
                                              .norm_eps = 1e-5f,
                                              .pre_norm = true}};
}

int mg_flow_matching_config_check(const mg_flow_matching_config *c, molglot_error *err) {
    const mg_transformer_config *e = &c->text;
    if (c->latents < 1 || c->latents > 256 || c->latent_dim < 1 || c->latent_dim > 4096)
        return mg_fail(err, MOLGLOT_BAD_FILE, "flow: %d latents of %d dimensions are impossible",
                       c->latents, c->latent_dim);
    if (c->layers < 1 || c->hidden < 2 || c->hidden % 2 || c->heads < 1 || c->hidden % c->heads ||
        c->ffn < 1)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "flow: layers, hidden, heads and ffn must be positive, hidden even and "
                       "divided by heads");
    if (e->layers < 1 || e->hidden < 1 || e->heads < 1 || e->hidden % e->heads || e->ffn < 1 ||
        e->vocab < 1 || !e->pre_norm)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "flow.text: sizes must be positive, heads divide hidden");
    if (c->max_text < 1 || c->max_text > e->positions)
        return mg_fail(err, MOLGLOT_BAD_FILE, "flow.max_text: 1 to the text encoder's positions");
    return MOLGLOT_OK;
}

int mg_flow_matching_config_from_toml(mg_toml *t, mg_flow_matching_config *out,
                                      molglot_error *err) {
    *out = mg_flow_matching_config_default();
    int code = mg_config_read_toml(flow_fields, MG_COUNT(flow_fields), t, out, err);
    out->text.positions = out->max_text;
    return code;
}

int mg_flow_matching_config_to_json(const mg_flow_matching_config *c, mg_str *out) {
    return mg_config_write_json(flow_fields, MG_COUNT(flow_fields), c, out);
}

int mg_flow_matching_config_from_json(const char *json, mg_flow_matching_config *out,
                                      molglot_error *err) {
    *out = mg_flow_matching_config_default();
    int code = mg_config_read_json(flow_fields, MG_COUNT(flow_fields), json, out, err);
    return code ? code : mg_flow_matching_config_check(out, err);
}

/* ---- the denoiser ---- */

mg_mlp_denoiser_config mg_mlp_denoiser_default(void) {
    return (mg_mlp_denoiser_config){.name = "3m-faithful",
                                    .dim = 24,
                                    .condition = 256,
                                    .hidden = 256,
                                    .time_hidden = 1024,
                                    .layers = 8};
}

int mg_mlp_denoiser_config_check(const mg_mlp_denoiser_config *c, molglot_error *err) {
    const int widths[] = {c->dim, c->condition, c->hidden, c->time_hidden};
    for (size_t i = 0; i < MG_COUNT(widths); i++)
        if (widths[i] < 1 || widths[i] > 1 << 16)
            return mg_fail(
                err, MOLGLOT_BAD_FILE,
                "denoiser: dim, condition, hidden and time_hidden lie between 1 and 65536");
    if (c->hidden < 4 || c->hidden % 2)
        return mg_fail(err, MOLGLOT_BAD_FILE, "denoiser: hidden must be even, at least 4");
    if (c->layers < 1 || c->layers > MG_MOST_LAYERS)
        return mg_fail(err, MOLGLOT_BAD_FILE, "denoiser: layers lie between 1 and 256");
    return MOLGLOT_OK;
}

int mg_mlp_denoiser_config_from_toml(mg_toml *t, mg_mlp_denoiser_config *out, molglot_error *err) {
    *out = mg_mlp_denoiser_default();
    return mg_config_read_toml(denoiser_fields, MG_COUNT(denoiser_fields), t, out, err);
}

int mg_mlp_denoiser_config_to_json(const mg_mlp_denoiser_config *c, mg_str *out) {
    return mg_config_write_json(denoiser_fields, MG_COUNT(denoiser_fields), c, out);
}

int mg_mlp_denoiser_config_from_json(const char *json, mg_mlp_denoiser_config *out,
                                     molglot_error *err) {
    *out = mg_mlp_denoiser_default();
    int code = mg_config_read_json(denoiser_fields, MG_COUNT(denoiser_fields), json, out, err);
    return code ? code : mg_mlp_denoiser_config_check(out, err);
}
