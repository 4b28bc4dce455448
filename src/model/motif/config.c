/* config.c - sizes of HierVAE, and what of the published program is kept. */
#include "model/config.h"

#include "model/motif/motif.h"

#define AT(member) offsetof(mg_motif_config, member), sizeof(((mg_motif_config *)0)->member)

static const mg_config_field fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"hidden", MG_FIELD_INT, AT(hidden), false, NULL},
    {"embed", MG_FIELD_INT, AT(embed), false, NULL},
    {"latent", MG_FIELD_INT, AT(latent), false, NULL},
    {"gin_layers", MG_FIELD_INT, AT(gin_layers), false, NULL},
    {"gin_dim", MG_FIELD_INT, AT(gin_dim), false, NULL},
    {"gin_mlp", MG_FIELD_INT, AT(gin_mlp), false, NULL},
    {"graph_dim", MG_FIELD_INT, AT(graph_dim), false, NULL},
    {"pooled", MG_FIELD_INT, AT(pooled), false, NULL},
    {"atom_steps", MG_FIELD_INT, AT(atom_steps), false, NULL},
    {"beta", MG_FIELD_NUM, AT(beta), false, NULL},
    {"motifs", MG_FIELD_INT, AT(motifs), true, NULL},
    {"pairs", MG_FIELD_INT, AT(pairs), true, NULL},
    {"closed_root", MG_FIELD_BOOL, AT(closed_root), false, NULL},
    {"bare_encoder", MG_FIELD_BOOL, AT(bare_encoder), false, NULL},
    {"padded_sites", MG_FIELD_BOOL, AT(padded_sites), false, NULL},
    {"label_anchors", MG_FIELD_BOOL, AT(label_anchors), false, NULL},
    {"rigid", MG_FIELD_BOOL, AT(rigid), false, NULL},
    {"silent_retreat", MG_FIELD_BOOL, AT(silent_retreat), false, NULL},
};

mg_motif_config mg_motif_config_default(void) {
    return (mg_motif_config){.name = "3m-motif",
                             .hidden = 250,
                             .embed = 250,
                             .latent = 24,
                             .gin_layers = 5,
                             .gin_dim = 300,
                             .gin_mlp = 600,
                             .graph_dim = 256,
                             .pooled = 250,
                             .atom_steps = 5,
                             .beta = 0.1f};
}

int mg_motif_config_check(const mg_motif_config *c, molglot_error *err) {
    const int widths[] = {c->hidden,  c->embed,     c->latent, c->gin_dim,
                          c->gin_mlp, c->graph_dim, c->pooled};
    for (size_t i = 0; i < MG_COUNT(widths); i++)
        if (widths[i] < 1 || widths[i] > 1 << 14)
            return mg_fail(err, MOLGLOT_BAD_FILE, "motif: widths lie between 1 and 16384");
    if (c->gin_layers < 1 || c->gin_layers > MG_MOST_LAYERS || c->atom_steps < 1 ||
        c->atom_steps > 100)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "motif: gin_layers lie between 1 and 256, atom_steps between 1 and 100");
    if (c->motifs < 1 || c->pairs < c->motifs || c->pairs > 1 << 20)
        return mg_fail(err, MOLGLOT_BAD_FILE, "motif: %d motifs with %d labels are impossible",
                       c->motifs, c->pairs);
    if (!(c->beta >= 0 && c->beta <= 1e6f))
        return mg_fail(err, MOLGLOT_BAD_FILE, "motif: beta lies between 0 and 1000000");
    return MOLGLOT_OK;
}

int mg_motif_config_from_toml(mg_toml *t, mg_motif_config *out, molglot_error *err) {
    *out = mg_motif_config_default();
    return mg_config_read_toml(fields, MG_COUNT(fields), t, out, err);
}

int mg_motif_config_to_json(const mg_motif_config *c, mg_str *out) {
    return mg_config_write_json(fields, MG_COUNT(fields), c, out);
}

int mg_motif_config_from_json(const char *json, mg_motif_config *out, molglot_error *err) {
    *out = mg_motif_config_default();
    int code = mg_config_read_json(fields, MG_COUNT(fields), json, out, err);
    return code ? code : mg_motif_config_check(out, err);
}
