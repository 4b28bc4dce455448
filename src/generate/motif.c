/* motif.c - draws motif by motif: a group's latents [MG_GROUP, latent] as 3M-Diffusion makes them
 * (faithful.c), or without a denoiser and a sentence of the normal distribution that the posterior
 * was held to; then the tree of each (model/motif/decode.c). A sentence's draws take the likeliest
 * motif each time; without one they are drawn by chance, as the reference does.
 */
#include "generate/generate.h"
#include "generate/inside.h"

#include <stdlib.h>
#include <string.h>

int mg_motif_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err) {
    if (plan->o.like)
        return mg_fail(err, MOLGLOT_USAGE, "the method motif starts from no molecule");
    return g->motif->denoiser || texts ? mg_faithful_check(g, plan, texts, err) : MOLGLOT_OK;
}

static int make_latents(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                        const mg_prompt *p, const uint64_t *streams, float *z, molglot_error *err) {
    mg_noise_streams noise = {plan->o.seed, streams, mg_latents_size(g)};
    if (g->motif->denoiser) return mg_faithful_latents(g, h, plan, p, streams, z, err);
    mg_noise_of_streams(&noise, 0, z, MG_GROUP * noise.dim);
    return MOLGLOT_OK;
}

int mg_motif_rows(const mg_generator *g, mg_worker *h, const mg_plan *plan, const mg_prompt *p,
                  const uint64_t *streams, int wanted, mg_candidate *out, molglot_error *err) {
    mg_motif_decode_options o = mg_motif_decode_default();
    mg_motif_drawn drawn[MG_GROUP] = {0};
    o.draw = !p->condition, o.seed = plan->o.seed, o.streams = streams;
    mg_arena_release(&h->arena, 0);
    mg_tape_reset(h->tape);
    float *z = mg_arena_alloc(&h->arena, MG_GROUP * mg_latents_size(g) * sizeof *z);
    if (!z) return mg_no_memory(err, "latents");
    int code = make_latents(g, h, plan, p, streams, z, err);
    if (!code)
        code = mg_motif_decode(h->tape, g->motif->vae, g->motif->vocab, z, MG_GROUP, &o, drawn,
                               err);
    for (int i = 0; i < wanted && !code; i++) {
        mg_sample s = {.smiles = drawn[i].smiles ? drawn[i].smiles : strdup(""),
                       .limited = drawn[i].cut};
        drawn[i].smiles = NULL;
        code = s.smiles ? mg_candidate_read(NULL, &s, true, &out[i], err)
                        : mg_no_memory(err, "a molecule");
    }
    for (int i = 0; i < MG_GROUP; i++) free(drawn[i].smiles);
    return code;
}
