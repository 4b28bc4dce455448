/* denoiser.c - 3M-Diffusion's denoiser within a part: metadata molglot.denoiser (JSON of its
 * configuration), its parameters behind "denoiser.", and denoiser.probe F32 [condition], how the
 * aligned model of its conditions embeds a sentence (generate/generate.h).
 */
#include "model/bundle/inside.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG   "molglot.denoiser"
#define PROBE    "denoiser.probe"
#define DENOISER "denoiser"

static int load_probe(const mg_part *p, int condition, float **probe, molglot_error *err) {
    const mg_file_tensor *t = mg_part_find(p, PROBE);
    if (!t || strcmp(t->dtype, "F32") != 0 || t->count != condition)
        return mg_fail(err, MOLGLOT_BAD_FILE, "tensor " PROBE " is missing or not %d x F32",
                       condition);
    if (!(*probe = malloc(t->bytes))) return mg_no_memory(err, "the model file");
    memcpy(*probe, t->data, t->bytes);
    return MOLGLOT_OK;
}

int mg_denoiser_load(const mg_part *p, int dim, mg_params **params, mg_mlp_denoiser **model,
                     float **probe, molglot_error *err) {
    const char *json = mg_part_meta(p, CONFIG);
    mg_mlp_denoiser_config d;
    if (!json) return MOLGLOT_OK;
    int code = mg_mlp_denoiser_config_from_json(json, &d, err);
    if (code) return code;
    if (d.dim != dim)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "the denoiser makes %d numbers, what reads them takes %d", d.dim, dim);
    if (!(*params = mg_params_new()) || !(*model = mg_mlp_denoiser_new(*params, DENOISER, &d)))
        return mg_no_memory(err, "the model file");
    code = mg_params_map(*params, p->file, p->prefix, err);
    return code ? code : load_probe(p, d.condition, probe, err);
}

int mg_denoiser_write(mg_weights_out *w, const mg_latent_model *l, const char **name,
                      molglot_error *err) {
    const mg_mlp_denoiser_config *c = mg_mlp_denoiser_get_config(l->denoiser);
    const int64_t shape[1] = {c->condition};
    mg_str json = {0};
    *name = c->name;
    int code = mg_part_write_json(w, CONFIG, mg_mlp_denoiser_config_to_json(c, &json), &json, err);
    return code ? code : mg_weights_out_add(w, PROBE, "F32", 1, shape, l->probe, NULL, err);
}
