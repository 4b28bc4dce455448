/* config.c - configurations of the flow and the denoiser: defaults and tables of fields
 * (model/config.h), for recipes and for the JSON inside a model file.
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
