/* config.c - the writer's configuration: defaults, its table of fields (model/config.h) for recipes
 * and for the JSON inside a model file, and which values are possible.
 *
 * Widths that follow from others (positions, the decoder's context) are filled in here,
 * vocabularies by the trainer.
 */
#include "model/config.h"

#include "base/toml/toml.h"
#include "model/writer/writer.h"

#define AT(member) offsetof(mg_writer_config, member), sizeof(((mg_writer_config *)0)->member)

static const mg_config_field writer_fields[] = {
    {"name", MG_FIELD_STR, AT(name), false, NULL},
    {"words", MG_FIELD_INT, AT(words), true, NULL},
    {"tokens", MG_FIELD_INT, AT(tokens), true, NULL},
    {"latents", MG_FIELD_INT, AT(latents), false, NULL},
    {"copy", MG_FIELD_BOOL, AT(copy), false, NULL},
    {"latent_dim", MG_FIELD_INT, AT(latent_dim), false, NULL},
    {"latent_tokens", MG_FIELD_INT, AT(latent_tokens), false, NULL},
    {"latent_noise", MG_FIELD_NUM, AT(latent_noise), false, NULL},
    {"aligned", MG_FIELD_INT, AT(aligned), false, NULL},
    {"space", MG_FIELD_INT, AT(space), true, NULL},
    {"aligned_noise", MG_FIELD_NUM, AT(aligned_noise), false, NULL},
    {"max_text", MG_FIELD_INT, AT(max_text), false, NULL},
    {"molecules", MG_FIELD_INT, AT(molecules), false, NULL},
    {"max_tokens", MG_FIELD_INT, AT(max_tokens), false, NULL},
    {"captions", MG_FIELD_BOOL, AT(captions), false, NULL},
    {"align", MG_FIELD_BOOL, AT(align), false, NULL},
    {"graph_row", MG_FIELD_BOOL, AT(graph_row), false, NULL},
    {"encoder.layers", MG_FIELD_INT, AT(encoder.layers), false, NULL},
    {"encoder.hidden", MG_FIELD_INT, AT(encoder.hidden), false, NULL},
    {"encoder.heads", MG_FIELD_INT, AT(encoder.heads), false, NULL},
    {"encoder.ffn", MG_FIELD_INT, AT(encoder.ffn), false, NULL},
    {"encoder.dropout", MG_FIELD_NUM, AT(encoder.dropout), false, NULL},
    {"encoder.norm_eps", MG_FIELD_NUM, AT(encoder.norm_eps), false, NULL},
    {"encoder.vocab", MG_FIELD_INT, AT(encoder.vocab), true, NULL},
    {"encoder.positions", MG_FIELD_INT, AT(encoder.positions), true, NULL},
    {"decoder.words", MG_FIELD_INT, AT(decoder.words), true, NULL},
    {"decoder.layers", MG_FIELD_INT, AT(decoder.layers), false, NULL},
    {"decoder.hidden", MG_FIELD_INT, AT(decoder.hidden), false, NULL},
    {"decoder.heads", MG_FIELD_INT, AT(decoder.heads), false, NULL},
    {"decoder.ffn", MG_FIELD_INT, AT(decoder.ffn), false, NULL},
    {"decoder.dropout", MG_FIELD_NUM, AT(decoder.dropout), false, NULL},
    {"decoder.vocab", MG_FIELD_INT, AT(decoder.vocab), true, NULL},
    {"decoder.positions", MG_FIELD_INT, AT(decoder.positions), true, NULL},
    {"decoder.memory", MG_FIELD_INT, AT(decoder.context), true, NULL},
};

mg_writer_config mg_writer_config_default(void) {
    return (mg_writer_config){
        .name = "writer",
        .latent_dim = 32,
        .latent_noise = 0.1f,
        .aligned_noise = 0.1f,
        .max_text = 128,
        .molecules = 1,
        .max_tokens = 160,
        .encoder = {.layers = 4,
                    .hidden = 256,
                    .heads = 8,
                    .ffn = 1024,
                    .dropout = 0.1f,
                    .norm_eps = 1e-5f,
                    .pre_norm = true},
        .decoder = {.layers = 4, .hidden = 256, .heads = 8, .ffn = 1024, .dropout = 0.1f}};
}

int mg_writer_config_check(const mg_writer_config *c, molglot_error *err) {
    const mg_transformer_config *e = &c->encoder;
    const mg_decoder_config *d = &c->decoder;
    if (c->tokens < 5 || c->words < 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "writer: %d words and %d tokens make no vocabulary",
                       c->words, c->tokens);
    if (e->layers < 1 || e->hidden < 1 || e->heads < 1 || e->hidden % e->heads || e->ffn < 1 ||
        !e->pre_norm)
        return mg_fail(
            err, MOLGLOT_BAD_FILE,
            "writer.encoder: layers, hidden, heads and ffn must be positive, heads divide hidden");
    if (d->layers < 1 || d->hidden < 1 || d->heads < 1 || d->hidden % d->heads || d->ffn < 1)
        return mg_fail(
            err, MOLGLOT_BAD_FILE,
            "writer.decoder: layers, hidden, heads and ffn must be positive, heads divide hidden");
    if (e->vocab != c->words + c->tokens || d->vocab != c->tokens || d->context != e->hidden)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "writer: vocabularies or widths of encoder and decoder do not fit together");
    if (c->max_text < 0 || c->molecules < 0 || c->molecules > 64 || c->max_tokens < 2 ||
        c->max_tokens > d->positions || (c->captions && c->max_text > d->positions) ||
        mg_writer_positions(c) > e->positions)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "writer: max_text + molecules * max_tokens (twice, with captions) must fit "
                       "the encoder's positions, 2 <= max_tokens the decoder's");
    if (d->words != (c->captions ? c->words + 2 + c->copy : 0) || (c->captions && c->words < 1) ||
        (c->captions && (c->latents > 0 || c->max_text < 2)))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "writer: captions need words, max_text of 2 at least and no latents");
    if (c->align && (!c->captions || e->hidden % 8))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "writer: align needs captions and a width that 8 divides");
    if (c->graph_row && (!c->captions || c->space < 1 || c->space > 1 << 16))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "writer: a graph row of a vector of %d needs captions and a space",
                       c->space);
    if (c->latents < 0 || c->latents > 256 ||
        (c->latents > 0 && (c->latent_dim < 2 || c->latent_dim > 4096 || !(c->latent_noise >= 0))))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "writer: %d latents of %d dimensions with noise %g are impossible",
                       c->latents, c->latent_dim, (double)c->latent_noise);
    if (c->latent_tokens < 0 || c->latent_tokens > 64 || (c->latent_tokens > 0 && c->latents == 0))
        return mg_fail(err, MOLGLOT_BAD_FILE, "writer: %d latents of %d tokens each are impossible",
                       c->latents, c->latent_tokens);
    if (c->aligned < 0 ||
        (c->aligned > 0 &&
         (c->latent_tokens < 2 || c->aligned % c->latent_dim || c->words > 0 || c->max_text > 0 ||
          c->aligned / c->latent_dim >= c->latents || c->space < 1 || c->space > 1 << 16 ||
          c->molecules != 1 || c->captions || !(c->aligned_noise >= 0))))
        return mg_fail(
            err, MOLGLOT_BAD_FILE,
            "writer: %d aligned numbers of a vector of %d need latents of %d numbers and "
            "of tokens beside them, one molecule and no sentence",
            c->aligned, c->space, c->latent_dim);
    if (c->copy && (c->latents > 0 || c->molecules < 1))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "writer: copy needs molecules that are read without latents");
    return MOLGLOT_OK;
}

int mg_writer_config_from_toml(mg_toml *t, mg_writer_config *out, molglot_error *err) {
    *out = mg_writer_config_default();
    int code = mg_config_read_toml(writer_fields, MG_COUNT(writer_fields), t, out, err);
    if (code) return code;
    if (out->max_text < 0 || out->max_text > 1 << 16)
        return mg_config_refuse(err, "max_text", "0 to 65536");
    if (out->molecules < 0 || out->molecules > 64)
        return mg_config_refuse(err, "molecules", "0 to 64");
    if (out->max_tokens < 2 || out->max_tokens > 1 << 16)
        return mg_config_refuse(err, "max_tokens", "2 to 65536");
    const int64_t positions = mg_writer_positions(out);
    out->encoder.positions = positions > 0 ? (int)positions : 1;
    out->decoder.positions = out->captions && out->max_text > out->max_tokens ? out->max_text
                                                                              : out->max_tokens;
    out->decoder.context = out->encoder.hidden;
    return MOLGLOT_OK;
}

int mg_writer_config_to_json(const mg_writer_config *c, mg_str *out) {
    return mg_config_write_json(writer_fields, MG_COUNT(writer_fields), c, out);
}

int mg_writer_config_from_json(const char *json, mg_writer_config *out, molglot_error *err) {
    *out = mg_writer_config_default();
    int code = mg_config_read_json(writer_fields, MG_COUNT(writer_fields), json, out, err);
    return code ? code : mg_writer_config_check(out, err);
}
