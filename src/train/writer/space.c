/* space.c - vectors of an aligned space, for what is trained on them: aligned latents and what
 * makes them.
 *
 * Two embedders read one model: the feeder's thread makes batches with the first one, whatever else
 * runs uses the second.
 */
#include "model/bundle/bundle.h"
#include "search/search.h"
#include "train/writer/writer.h"

#include <stdlib.h>

#define BASIS "latent.basis"

int train_space_open(train_space *s, const train_task *t, molglot_error *err) {
    s->bundle = mg_bundle_open(s->model, err);
    const mg_space_part *space = s->bundle ? mg_bundle_space(s->bundle, err) : NULL;
    if (!space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    for (int i = 0; i < 2; i++) {
        const mg_embed_options o = {.device = t->c.device, .threads = i ? t->o->threads : 1};
        if (!(s->embedder[i] = mg_embedder_new(space, o, err)))
            return mg_code_of(err, MOLGLOT_FAILED);
    }
    s->dim = mg_embedder_dim(s->embedder[0]);
    return MOLGLOT_OK;
}

void train_space_close(train_space *s) {
    for (int i = 0; i < 2; i++) mg_embedder_free(s->embedder[i]);
    mg_bundle_close(s->bundle);
    s->embedder[0] = s->embedder[1] = NULL;
    s->bundle = NULL;
}

int train_space_sha256(const train_space *s, char out[65], molglot_error *err) {
    out[0] = 0;
    return *s->model ? mg_bundle_identify(s->model, MG_PART_SPACE, out, err) : MOLGLOT_OK;
}

int train_space_molecules(const train_space *s, bool batch, const mg_corpus *c, const int64_t *rows,
                          int64_t n, float *out, molglot_error *err) {
    char **smiles = calloc((size_t)n + 1, sizeof *smiles);
    int code = smiles ? MOLGLOT_OK : mg_no_memory(err, "vectors");
    for (int64_t i = 0; i < n && !code; i++)
        if (!(smiles[i] = mg_corpus_smiles_string(c, rows[i]))) code = mg_no_memory(err, "vectors");
    if (!code)
        code = mg_embed_smiles(s->embedder[batch ? 0 : 1], (const char *const *)smiles, (size_t)n,
                               out, NULL, err);
    for (int64_t i = 0; i < n && smiles; i++) free(smiles[i]);
    free(smiles);
    return code;
}

int train_space_basis(const train_space *s, mg_params *p, molglot_error *err) {
    const mg_tensor *to = mg_params_find(p, BASIS);
    const mg_basis *basis = NULL;
    int code = mg_bundle_basis(s->bundle, &basis, err);
    if (code || !basis || !to) return code;
    if (basis->rows < to->rows || basis->dim != to->cols)
        return train_refuse(err, "model.aligned", "at most the rows of the space's basis");
    mg_params *one = mg_params_new();
    if (!one) return mg_no_memory(err, "the model");
    const mg_tensor *from = mg_params_add(one, BASIS, to->rows, to->cols, MG_INIT_ZERO, 0, 0);
    code = mg_params_build(one, (mg_build_options){0}, err);
    for (int64_t i = 0; i < to->rows * to->cols && !code; i++)
        mg_f32(from)[i] = basis->scales[i / to->cols] * (float)basis->v[i];
    if (!code) code = mg_params_copy_common(p, one, NULL, err);
    mg_params_free(one);
    return code;
}
