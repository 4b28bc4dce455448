/* motif.c - the part `motif`: HierVAE with its vocabulary, and the denoiser that makes latents from
 * sentences where there is one.
 *
 *   metadata  molglot.format "1", molglot.kind "motif", molglot.motif (JSON of model/motif's
 *             config.c), molglot.denoiser, name, molglot.digest, and the trainer's pairs
 *   tensors   the parameters; vocab.motifs U8, the text of chem/motif's vocabulary; denoiser.probe
 *
 * Labels are found by structure, so there is nothing that a build could read otherwise.
 */
#include "model/bundle/inside.h"

#include <stdlib.h>
#include <string.h>

#define KIND   "motif"
#define CONFIG "molglot.motif"
#define VOCAB  "vocab.motifs"

bool mg_motif_part_is(const mg_part *p) {
    const char *kind = mg_part_meta(p, "molglot.kind");
    return kind && strcmp(kind, KIND) == 0;
}

static int load_vocab(mg_motif_part *m, const mg_part *p, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, VOCAB);
    if (!t || strcmp(t->dtype, "U8") != 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " VOCAB " is missing");
    m->vocab = mg_motif_vocab_new(t->data, t->bytes, err);
    return m->vocab ? MOLGLOT_OK : (mg_fail_prefix(err, VOCAB), mg_code_of(err, MOLGLOT_BAD_FILE));
}

int mg_motif_part_load(const mg_part *p, void *part, molglot_error *err) {
    mg_motif_part *m = part;
    const char *json = mg_part_meta(p, CONFIG);
    mg_motif_config c;
    *m =
        (mg_motif_part){.bundle = p->bundle, .file = p->file, .path = p->path, .prefix = p->prefix};
    int code = mg_part_check_format(p, err);
    if (!code && !json)
        code = mg_fail(err, MOLGLOT_BAD_FILE, CONFIG " is missing from the metadata");
    if (!code) code = mg_motif_config_from_json(json, &c, err);
    if (!code) code = load_vocab(m, p, err);
    if (code) return code;
    if (!(m->params = mg_params_new())) return mg_no_memory(err, "the model file");
    if (!(m->vae = mg_motif_vae_new(m->params, &c, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    code = mg_params_map(m->params, p->file, p->prefix, err);
    if (!code)
        code = mg_denoiser_load(p, c.latent, &m->denoiser_params, &m->denoiser, &m->probe, err);
    const mg_params *const list[] = {m->params, m->denoiser_params};
    return code ? code : mg_part_check_claimed(p, "", list, MG_COUNT(list), err);
}

int mg_motif_part_check(const void *part, molglot_error *err) {
    const mg_motif_part *m = part;
    const mg_motif_config *c = mg_motif_vae_config(m->vae);
    if (mg_motif_vocab_motifs(m->vocab) == c->motifs && mg_motif_vocab_pairs(m->vocab) == c->pairs)
        return MOLGLOT_OK;
    return mg_fail(
        err, MOLGLOT_BAD_FILE, "the vocabulary has %d motifs with %d labels, the model %d with %d",
        mg_motif_vocab_motifs(m->vocab), mg_motif_vocab_pairs(m->vocab), c->motifs, c->pairs);
}

int mg_motif_part_selftest(const mg_part *p, const void *part, molglot_error *err) {
    (void)p, (void)part, (void)err;
    return MOLGLOT_OK;
}

void mg_motif_part_clear(void *part) {
    mg_motif_part *m = part;
    mg_motif_vae_free(m->vae);
    mg_mlp_denoiser_free(m->denoiser);
    mg_params_free(m->params);
    mg_params_free(m->denoiser_params);
    mg_motif_vocab_free(m->vocab);
    free(m->probe);
}

int mg_motif_part_attach(const mg_motif_part *m, mg_tape *t, molglot_error *err) {
    const mg_params *const list[] = {m->params, m->denoiser_params};
    return mg_part_attach(m->file, list, MG_COUNT(list), t, err);
}

int mg_motif_part_write(mg_part_out *o, const void *contents, molglot_error *err) {
    const mg_motif_contents *s = contents;
    const mg_motif_config *c = mg_motif_vae_config(s->vae);
    const char *name = c->name;
    size_t n;
    const char *text = mg_motif_vocab_text(s->vocab, &n);
    mg_str json = {0};
    int code = mg_params_write(s->params, o->w, s->store_as, err);
    if (!code && s->latents) code = mg_params_write(s->latents->params, o->w, s->store_as, err);
    if (!code && s->latents) code = mg_denoiser_write(o->w, s->latents, &name, err);
    if (!code) code = mg_part_write_text(o->w, VOCAB, text, n, err);
    if (!code)
        code = mg_part_write_json(o->w, CONFIG, mg_motif_config_to_json(c, &json), &json, err);
    if (!code) code = mg_weights_out_meta(o->w, "molglot.kind", KIND, err);
    return code ? code : mg_weights_out_meta(o->w, "name", name, err);
}
