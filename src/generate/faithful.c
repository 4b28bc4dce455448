/* faithful.c - method "faithful": 3M-Diffusion's own sampler. A group's latents [MG_GROUP,
 * K * latent_dim] by DDIM (ddim.c: 50 steps, guidance w, eta) from the condition of the sentence
 * (generate.h), or from none with the reference's other list of levels.
 *
 * Each draw's noise, at the start and at every step, comes from its own stream.
 */
#include "generate/generate.h"
#include "generate/inside.h"
#include "model/latent/latent.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

int mg_faithful_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err) {
    const mg_mlp_denoiser *d = g->motif ? g->motif->denoiser : g->w->denoiser;
    const char *path = g->motif ? g->motif->path : g->w->path, *method = plan->o.method;
    if (mg_generator_is_aligned(g))
        return mg_fail(err, MOLGLOT_USAGE, "%s: its latents are aligned: use the method diffusion",
                       path);
    if (!d)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds no denoiser of 3M-Diffusion: another method",
                       path);
    if (plan->o.like)
        return mg_fail(err, MOLGLOT_USAGE, "the method %s starts from no molecule", method);
    if (plan->o.steps != MG_DDIM_STEPS)
        return mg_fail(err, MOLGLOT_USAGE, "the method %s takes %d steps, not %d", method,
                       MG_DDIM_STEPS, plan->o.steps);
    if (!texts) return MOLGLOT_OK;
    if (!g->ranker)
        return mg_fail(
            err, MOLGLOT_USAGE,
            "the method %s reads sentences through the ranking model: it cannot do without",
            method);
    return mg_condition_check(g->ranker, d, g->motif ? g->motif->probe : g->w->probe, path, err);
}

int mg_faithful_prompt(const mg_generator *g, mg_prompt *p, molglot_error *err) {
    if (!p->embedding) return MOLGLOT_OK;
    const size_t dim = (size_t)mg_embedder_dim(g->ranker);
    p->condition = malloc(dim * sizeof *p->condition);
    if (!p->condition) return mg_no_memory(err, "a sentence");
    memcpy(p->condition, p->embedding, dim * sizeof *p->condition);
    if (mg_condition_of((int)dim, p->condition)) return MOLGLOT_OK;
    free(p->condition);
    p->condition = NULL;
    return MOLGLOT_OK;
}

int mg_faithful_latents(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                        const mg_prompt *p, const uint64_t *streams, float *z, molglot_error *err) {
    const mg_mlp_denoiser *d = g->motif ? g->motif->denoiser : g->w->denoiser;
    const size_t condition = (size_t)mg_mlp_denoiser_get_config(d)->condition;
    const mg_ddim_options o = {
        .guidance = plan->o.guidance, .eta = plan->o.eta, .unconditional = !p->condition};
    mg_noise_streams noise = {plan->o.seed, streams, mg_latents_size(g)};
    float *c = p->condition ? mg_arena_alloc(&h->arena, MG_GROUP * condition * sizeof *c) : NULL;
    if (p->condition && !c) return mg_no_memory(err, "conditions");
    for (size_t i = 0; i < MG_GROUP && c; i++)
        memcpy(c + i * condition, p->condition, condition * sizeof *c);
    return mg_ddim_sample(h->tape, d, &o, c, MG_GROUP, mg_noise_of_streams, &noise, z, err);
}
