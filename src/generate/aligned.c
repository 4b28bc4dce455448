/* aligned.c - latents that are a vector of the aligned space and a remainder
 * (model/writer/aligned.c): what they need of the embedder, and method "diffusion" over them.
 *
 *   sentence   its vector, and for every other draw with a memory that of a molecule near it: the
 *              condition
 *   a          by DDIM (model/latent/ddim.c), sqrt(aligned) long; `pull` turns each of its steps
 *              towards the sentence's vector
 *   remainder  unknown: the writer finds it. A draw with a neighbour has that one's instead, as a
 *              draft
 *   like       a is turned from the molecule's towards the sentence's, or noise, by `strength`, and
 *              its remainder is the draft
 *
 * Without sentence, neighbour and molecule a is drawn without a condition; without a denoiser
 * nothing is known at all.
 */
#include "generate/generate.h"
#include "generate/inside.h"
#include "model/latent/latent.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool mg_generator_is_aligned(const mg_generator *g) {
    return g->w && mg_writer_get_config(g->w->writer)->aligned > 0;
}

static mg_embedder *embedder_of(const mg_generator *g) { return g->space ? g->space : g->ranker; }

int mg_aligned_check_space(const mg_generator *g, molglot_error *err) {
    mg_embedder *e = embedder_of(g);
    const int space = mg_writer_get_config(g->w->writer)->space;
    if (!e)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: its latents are vectors of an aligned space: they need its model",
                       g->w->path);
    return mg_embedder_dim(e) == space
               ? MOLGLOT_OK
               : mg_fail(err, MOLGLOT_USAGE,
                         "%s: its latents are made of vectors of length %d, the aligned model "
                         "makes %d: it was trained with another model",
                         g->w->path, space, mg_embedder_dim(e));
}

int mg_aligned_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    const mg_mlp_denoiser *d = g->w->denoiser;
    const int condition = d ? mg_mlp_denoiser_get_config(d)->condition : 0;
    if (texts && !d)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds nothing that makes latents from sentences",
                       g->w->path);
    if (d && condition != c->aligned && condition != 2 * c->aligned)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: a denoiser of another condition", g->w->path);
    return texts || plan->o.like ? mg_aligned_check_space(g, err) : MOLGLOT_OK;
}

int mg_aligned_vectors(const mg_generator *g, const char *const *smiles, size_t n, float *out,
                       molglot_error *err) {
    int code = mg_aligned_check_space(g, err);
    return code ? code : mg_embed_smiles(embedder_of(g), smiles, n, out, NULL, err);
}

int mg_aligned_prompt(const mg_generator *g, const mg_plan *plan, mg_prompt *p,
                      molglot_error *err) {
    const size_t space = (size_t)mg_writer_get_config(g->w->writer)->space;
    const char *smiles[MG_NEAR];
    const int n = p->n_near < plan->o.neighbours ? p->n_near : plan->o.neighbours;
    if (n < 1) return MOLGLOT_OK;
    for (int i = 0; i < n; i++) smiles[i] = p->near[i].smiles;
    p->n_near_vectors = n;
    p->near_vectors = malloc((size_t)n * space * sizeof *p->near_vectors);
    return p->near_vectors ? mg_aligned_vectors(g, smiles, (size_t)n, p->near_vectors, err)
                           : mg_no_memory(err, "a sentence");
}

/* Tokens have the same length, sqrt(latent_dim): on
 * a straight line they would shrink to what the writer has never seen. */
void mg_latents_turn(const float *a, const float *b, int dim, double t, float *out) {
    double aa = 0, bb = 0, ab = 0;
    for (int d = 0; d < dim; d++) {
        aa += (double)a[d] * (double)a[d];
        bb += (double)b[d] * (double)b[d];
        ab += (double)a[d] * (double)b[d];
    }
    const double cosine = aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 1;
    const double angle = acos(cosine > 1 ? 1 : cosine < -1 ? -1 : cosine), s = sin(angle);
    const double left = s > 1e-6 ? sin((1 - t) * angle) / s : 1 - t,
                 right = s > 1e-6 ? sin(t * angle) / s : t;
    for (int d = 0; d < dim; d++) out[d] = (float)(left * (double)a[d] + right * (double)b[d]);
}

/* ---- a group ---- */

typedef struct group {
    const mg_generator *g;
    mg_worker *h;
    const mg_plan *plan;
    const mg_prompt *p;
    const uint64_t *streams;
    const mg_writer_config *c;
    float *z; /* [MG_GROUP, size] */
} group;

/* Every other draw leans on a neighbour, if there is one: told its vector, with its remainder as a
 * draft. The others are told the sentence alone: the right one is more often among both kinds than
 * among either (docs/models/3m.md). */
static bool has_draft(const mg_prompt *p, int draw) {
    return p->n_near_vectors > 0 && draw % 2 == 0;
}

static int near_of(const group *x, int draw) { return draw % x->p->n_near_vectors; }

/* Vectors of the space as latents have them, in the worker's arena. */
static int turn(const group *x, const float *vectors, int n, float **out, molglot_error *err) {
    const size_t each = (size_t)x->c->aligned;
    *out = mg_arena_alloc(&x->h->arena, (size_t)n * each * sizeof **out);
    if (!*out) return mg_no_memory(err, "latents");
    mg_tape_reset(x->h->tape);
    mg_tensor *a = mg_writer_turn(x->h->tape, x->g->w->writer, vectors, n);
    const float *values = a ? mg_values(x->h->tape, a) : NULL;
    if (values) memcpy(*out, values, (size_t)n * each * sizeof **out);
    return mg_tape_error(x->h->tape, err);
}

/* Conditions of the draws [MG_GROUP, condition], each beginning with the sentence's vector; NULL:
 * there is nothing to say. */
static int conditions(const group *x, float **out, molglot_error *err) {
    const size_t each = (size_t)x->c->aligned,
                 all = (size_t)mg_mlp_denoiser_get_config(x->g->w->denoiser)->condition;
    float *said = NULL, *near = NULL;
    int code = MOLGLOT_OK;
    *out = NULL;
    if (!x->p->embedding) return MOLGLOT_OK;
    code = turn(x, x->p->embedding, 1, &said, err);
    if (!code && all > each && x->p->n_near_vectors > 0)
        code = turn(x, x->p->near_vectors, x->p->n_near_vectors, &near, err);
    if (code) return code;
    if (!(*out = mg_arena_alloc(&x->h->arena, MG_GROUP * all * sizeof **out)))
        return mg_no_memory(err, "latents");
    memset(*out, 0, MG_GROUP * all * sizeof **out);
    for (int i = 0; i < MG_GROUP; i++) {
        float *c = *out + (size_t)i * all;
        memcpy(c, said, each * sizeof *c);
        if (near && has_draft(x->p, i))
            memcpy(c + each, near + (size_t)near_of(x, i) * each, each * sizeof *c);
    }
    return MOLGLOT_OK;
}

static void stretch(float *a, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (double)a[i] * (double)a[i];
    const double scale = sum > 0 ? sqrt((double)n / sum) : 0;
    for (int i = 0; i < n; i++) a[i] = (float)(scale * (double)a[i]);
}

/* The aligned part of all draws. */
static int draw_meanings(const group *x, molglot_error *err) {
    const size_t each = (size_t)x->c->aligned, size = mg_latents_size(x->g);
    const float s = x->plan->o.strength;
    float *a = mg_arena_alloc(&x->h->arena, MG_GROUP * each * sizeof *a), *c = NULL;
    mg_noise_streams noise = {x->plan->o.seed, x->streams, each};
    if (!a) return mg_no_memory(err, "latents");
    int code = x->g->w->denoiser ? conditions(x, &c, err) : MOLGLOT_OK;
    const mg_ddim_options o = {.guidance = x->plan->o.guidance,
                               .eta = x->plan->o.eta,
                               .unconditional = !c,
                               .towards = c,
                               .pull = x->plan->o.pull};
    const float *like = x->plan->like_latents;
    if (!code && x->g->w->denoiser && (c || !like))
        code = mg_ddim_sample(x->h->tape, x->g->w->denoiser, &o, c, MG_GROUP, mg_noise_of_streams,
                              &noise, a, err);
    else
        mg_noise_of_streams(&noise, 0, a, MG_GROUP * each);
    for (int i = 0; i < MG_GROUP && !code; i++) {
        float *to = x->z + (size_t)i * size, *from = a + (size_t)i * each;
        if (!x->g->w->denoiser && !like) continue;
        stretch(from, (int)each);
        if (like)
            mg_latents_turn(like, from, (int)each, (double)s, to);
        else
            memcpy(to, from, each * sizeof *to);
    }
    return code;
}

/* Remainders of drafts, which the packer then holds: draw i has one where drafts[i]. */
static int take_drafts(const group *x, const bool *drafts, molglot_error *err) {
    const size_t size = mg_latents_size(x->g), first = (size_t)x->c->aligned;
    int code = MOLGLOT_OK;
    mg_writer_pack_reset(&x->h->packer, x->c);
    for (int i = 0; i < MG_GROUP && !code; i++) {
        const mg_tokens *m = x->plan->like.ids ? &x->plan->like
                             : drafts[i]       ? &x->p->near[near_of(x, i)]
                                               : NULL;
        if (m) code = mg_writer_pack_molecule(&x->h->packer, 0, m->ids, m->n, err);
        if (!code) code = mg_writer_pack_row(&x->h->packer, err);
    }
    if (code) return code;
    mg_tape_reset(x->h->tape);
    mg_tensor *y = mg_writer_latents(x->h->tape, x->g->w->writer, &x->h->packer.in, NULL);
    const float *values = y ? mg_values(x->h->tape, y) : NULL;
    for (int i = 0; values && i < MG_GROUP; i++)
        if (drafts[i])
            memcpy(x->z + (size_t)i * size + first, values + (size_t)i * size + first,
                   (size - first) * sizeof *x->z);
    return mg_tape_error(x->h->tape, err);
}

int mg_aligned_latents_of(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                          const mg_prompt *p, const uint64_t *streams, float *z,
                          bool drafts[MG_GROUP], molglot_error *err) {
    const group x = {g, h, plan, p, streams, mg_writer_get_config(g->w->writer), z};
    bool any = false;
    memset(z, 0, MG_GROUP * mg_latents_size(g) * sizeof *z);
    for (int i = 0; i < MG_GROUP; i++) {
        drafts[i] = plan->like.ids != NULL || has_draft(p, i);
        any = any || drafts[i];
    }
    int code = draw_meanings(&x, err);
    return code || !any ? code : take_drafts(&x, drafts, err);
}
