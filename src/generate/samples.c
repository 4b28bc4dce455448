/* samples.c - one group of draws: the context of MG_GROUP sequences, their tokens by the writer,
 * and candidates of them.
 *
 *   direct, no latents   encoder states of (sentence, molecules) [L, hidden]. With a memory draw d
 *                        starts from the neighbours from place d mod `neighbours` on, so that a
 *                        group reads several inputs
 *   direct, latents      z of (sentence, molecules)
 *                        with a molecule to start from: sqrt(1 - s^2) z + s e
 *                        of nothing: e, each token brought to mean 0 and variance 1 like every z
 *                        that the writer has seen
 *   diffusion            of aligned latents: aligned.c. Else the flow, given the sentence and the
 * neighbour's latents where it has a memory, from e at time 0, or from s e + (1 - s) z at time 1 -
 * s faithful             faithful.c; motif: motif.c
 *
 * A point between molecules (mg_refine_group) is mixed with noise in the same way and brought to
 * where molecules are by the flow without a sentence.
 *
 * e: standard normal numbers of each draw's own stream; s: strength.
 */
#include "generate/generate.h"
#include "generate/inside.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_EPS 1e-5 /* as in writer.c */
/* keeps the numbers of the noise apart from those of the tokens */
#define NOISE_STREAM 0x6E6F697365u

/* ---- tokens to molecules ---- */

int mg_sample_rows(const mg_generator *g, mg_worker *h, const mg_context *context,
                   const mg_sample_options *o, const uint64_t *streams, int wanted, bool keep,
                   mg_candidate *out, molglot_error *err) {
    mg_sample samples[MG_GROUP];
    int code = mg_tape_error(h->tape, err);
    if (!code)
        code = mg_writer_sample(h->tape, g->w->writer, g->w->tokens, context, o, streams, samples,
                                err);
    if (code) return code;
    for (int i = 0; i < wanted && !code; i++)
        code = mg_candidate_read(g->w, &samples[i], keep, &out[i], err);
    mg_samples_free(samples, mg_context_count(context));
    return code;
}

/* ---- latents ---- */

static void make_noise(uint64_t seed, uint64_t stream, size_t n, float *out) {
    mg_rng r = {seed, mg_rng_u64(NOISE_STREAM, stream, 0), 0};
    for (size_t i = 0; i < n; i++) out[i] = (float)mg_rng_normal(&r);
}

/* Each token of z[n] to mean 0 and variance 1. */
static void standardise(float *z, size_t n, int dim) {
    for (size_t at = 0; at < n; at += (size_t)dim) {
        double mean = 0, variance = 0;
        for (int d = 0; d < dim; d++) mean += z[at + (size_t)d] / (double)dim;
        for (int d = 0; d < dim; d++)
            variance += (z[at + (size_t)d] - mean) * (z[at + (size_t)d] - mean) / dim;
        const double scale = 1 / sqrt(variance + UNIT_EPS);
        for (int d = 0; d < dim; d++)
            z[at + (size_t)d] = (float)((z[at + (size_t)d] - mean) * scale);
    }
}

/* ---- direct ---- */

bool mg_plan_is_greedy(const mg_generator *g, const mg_plan *plan) {
    return plan->method == MG_DIRECT && plan->o.temperature <= 0 && !plan->warms &&
           mg_writer_get_config(g->w->writer)->latents == 0;
}

/* Different inputs of the draws of a group. */
static int count_inputs(const mg_prompt *p, const mg_plan *plan) {
    const int n = p->n_near < plan->o.neighbours ? p->n_near : plan->o.neighbours;
    return n < 1 ? 1 : n < MG_GROUP ? n : MG_GROUP;
}

/* Input number `start`: the sentence, the molecule to start from if there is one, and neighbours in
 * the places that are left. */
static int pack_input(mg_worker *h, const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                      int start, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    const int like = plan->like.ids != NULL;
    int code = c->words > 0 ? mg_writer_pack_text(&h->packer, p->words.ids, p->words.n, err)
                            : MOLGLOT_OK;
    if (!code && like)
        code = mg_writer_pack_molecule(&h->packer, 0, plan->like.ids, plan->like.n, err);
    for (int k = like; k < c->molecules && start + k - like < p->n_near && !code; k++) {
        const mg_tokens *near = &p->near[start + k - like];
        code = mg_writer_pack_molecule(&h->packer, k, near->ids, near->n, err);
    }
    return code ? code : mg_writer_pack_row(&h->packer, err);
}

int mg_plan_contexts(const mg_generator *g, const mg_plan *plan, const mg_prompt *p) {
    /* no place for a neighbour: inputs would be alike */
    return plan->like.ids && mg_writer_get_config(g->w->writer)->molecules < 2
               ? 1
               : count_inputs(p, plan);
}

static int pack_inputs(mg_worker *h, const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                       molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    const int n = mg_plan_contexts(g, plan, p);
    int code = MOLGLOT_OK;
    mg_writer_pack_reset(&h->packer, c);
    for (int i = 0; i < n && !code; i++) code = pack_input(h, g, plan, p, i, err);
    return code;
}

void mg_context_assign(mg_tape *t, int wanted, mg_context *context) {
    int32_t *source = mg_tape_alloc(t, MG_GROUP * sizeof *source);
    for (int i = 0; source && i < MG_GROUP; i++) source[i] = (int32_t)(i % context->seqs.n);
    context->source = source;
    context->n = strcmp(mg_tape_device(t), "cuda") == 0 ? MG_GROUP : wanted;
}

/* Nothing to start from. */
static bool is_empty(const mg_plan *plan, const mg_prompt *p) {
    return p->words.n == 0 && p->n_near == 0 && !plan->like.ids;
}

/* z[MG_GROUP * size] of the input, with or without noise. */
static int direct_latents(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                          const mg_prompt *p, const uint64_t *streams, float *z,
                          molglot_error *err) {
    const size_t size = mg_latents_size(g);
    const bool empty = is_empty(plan, p);
    const float s = plan->like.ids ? plan->o.strength : 0, keep = sqrtf(1 - s * s);
    const float *seen = NULL;
    if (!empty) { /* of the first input: a writer with latents reads one */
        mg_tensor *y = mg_writer_latents(h->tape, g->w->writer, &h->packer.in, NULL);
        if (!y || !(seen = mg_values(h->tape, y))) return mg_tape_error(h->tape, err);
    }
    for (int i = 0; i < MG_GROUP; i++) {
        float *to = z + (size_t)i * size;
        if (empty || s > 0) make_noise(plan->o.seed, streams[i], size, to);
        for (size_t k = 0; k < size && !empty; k++)
            to[k] = s > 0 ? keep * seen[k] + s * to[k] : seen[k];
    }
    if (empty && mg_generator_is_aligned(g)) /* nothing is known */
        memset(z, 0, MG_GROUP * size * sizeof *z);
    else if (empty)
        standardise(z, MG_GROUP * size, mg_writer_get_config(g->w->writer)->latent_dim);
    return MOLGLOT_OK;
}

/* ---- diffusion: the flow ---- */

/* One sentence of n ids, in the worker's arena. */
static bool one_text(mg_arena *arena, const int32_t *words, int32_t n, mg_writer_input *out) {
    int32_t *offsets = mg_arena_alloc(arena, 2 * sizeof *offsets),
            *positions = mg_arena_alloc(arena, (size_t)n * sizeof *positions);
    int32_t *ids = mg_arena_alloc(arena, (size_t)n * sizeof *ids);
    if (!offsets || !ids || !positions) return false;
    offsets[0] = 0;
    offsets[1] = n;
    for (int32_t i = 0; i < n; i++) positions[i] = i;
    memcpy(ids, words, (size_t)n * sizeof *ids);
    *out = (mg_writer_input){.n = 1, .offsets = offsets, .ids = ids, .positions = positions};
    return true;
}

/* Latents of the neighbours of the group's draws [MG_GROUP * size] in the worker's arena; *out
 * NULL: there are none. */
static int near_latents(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                        const mg_prompt *p, const float **out, molglot_error *err) {
    const size_t size = mg_latents_size(g);
    const int inputs = count_inputs(p, plan);
    int code = MOLGLOT_OK;
    *out = NULL;
    if (p->n_near == 0) return MOLGLOT_OK;
    mg_writer_pack_reset(&h->packer, mg_writer_get_config(g->w->writer));
    for (int i = 0; i < inputs && !code; i++) {
        code = mg_writer_pack_molecule(&h->packer, 0, p->near[i].ids, p->near[i].n, err);
        if (!code) code = mg_writer_pack_row(&h->packer, err);
    }
    if (code) return code;
    mg_tape_reset(h->tape);
    mg_tensor *z = mg_writer_latents(h->tape, g->w->writer, &h->packer.in, NULL);
    const float *values = z ? mg_values(h->tape, z) : NULL;
    float *near = mg_arena_alloc(&h->arena, MG_GROUP * size * sizeof *near);
    if (!values) return mg_tape_error(h->tape, err);
    if (!near) return mg_no_memory(err, "latents");
    for (int i = 0; i < MG_GROUP; i++)
        memcpy(near + (size_t)i * size, values + (size_t)(i % inputs) * size, size * sizeof *near);
    *out = near;
    return MOLGLOT_OK;
}

static int diffused_latents(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                            const mg_prompt *p, const uint64_t *streams, float *z,
                            molglot_error *err) {
    const size_t size = mg_latents_size(g);
    const int32_t nothing = mg_flow_matching_get_config(g->w->flow)->text.vocab - 1;
    const bool said = p->words.n > 0; /* a sentence */
    const float s = plan->like_latents ? plan->o.strength : 1;
    const float *near;
    mg_writer_input none, text;
    int code = near_latents(g, h, plan, p, &near, err);
    if (code) return code;
    if (!one_text(&h->arena, &nothing, 1, &none) ||
        !one_text(&h->arena, said ? p->words.ids : &nothing, said ? p->words.n : 1, &text))
        return mg_no_memory(err, "latents");
    for (int i = 0; i < MG_GROUP; i++) {
        float *to = z + (size_t)i * size;
        make_noise(plan->o.seed, streams[i], size, to);
        for (size_t k = 0; k < size && s < 1; k++)
            to[k] = s * to[k] + (1 - s) * plan->like_latents[k];
    }
    const mg_flow_matching_options o = {
        .steps = plan->o.steps, .guidance = said ? plan->o.guidance : 1, .start = 1 - s};
    return mg_flow_matching_sample(h->tape, g->w->flow, &o, MG_GROUP, &text, &none, near, z, err);
}

int mg_refine_group(const mg_generator *g, mg_worker *h, const mg_refine_options *o,
                    const uint64_t *streams, float *z, molglot_error *err) {
    const size_t size = mg_latents_size(g);
    const int32_t nothing = mg_flow_matching_get_config(g->w->flow)->text.vocab - 1;
    const float s = o->strength;
    mg_writer_input none;
    float *e = mg_arena_alloc(&h->arena, size * sizeof *e);
    if (!e || !one_text(&h->arena, &nothing, 1, &none)) return mg_no_memory(err, "latents");
    for (int i = 0; i < MG_GROUP; i++) {
        make_noise(o->seed, streams[i], size, e);
        for (size_t k = 0; k < size; k++)
            z[(size_t)i * size + k] = s * e[k] + (1 - s) * z[(size_t)i * size + k];
    }
    return mg_flow_matching_sample(
        h->tape, g->w->flow,
        &(mg_flow_matching_options){.steps = o->steps, .guidance = 1, .start = 1 - s}, MG_GROUP,
        &none, &none, NULL, z, err);
}

/* ---- a group ---- */

static int make_context(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                        const mg_prompt *p, const uint64_t *streams, int wanted,
                        mg_context *context, molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    int code = plan->method == MG_DIRECT ? pack_inputs(h, g, plan, p, err) : MOLGLOT_OK;
    if (code) return code;
    mg_arena_release(&h->arena, 0);
    mg_tape_reset(h->tape);
    if (c->latents == 0) {
        *context = mg_writer_context(h->tape, g->w->writer, &h->packer.in, NULL);
        if (context->rows) mg_context_assign(h->tape, wanted, context);
        return mg_tape_error(h->tape, err);
    }
    float *z = mg_arena_alloc(&h->arena, MG_GROUP * mg_latents_size(g) * sizeof *z);
    bool *drafts = mg_arena_alloc(&h->arena, MG_GROUP * sizeof *drafts);
    if (!z || !drafts) return mg_no_memory(err, "latents");
    memset(drafts, 0, MG_GROUP * sizeof *drafts);
    if (plan->method == MG_FLOW && mg_generator_is_aligned(g))
        code = mg_aligned_latents_of(g, h, plan, p, streams, z, drafts, err);
    else
        code = (plan->method == MG_FLOW       ? diffused_latents
                : plan->method == MG_FAITHFUL ? mg_faithful_latents
                                              : direct_latents)(g, h, plan, p, streams, z, err);
    if (code) return code;
    mg_tape_reset(h->tape);
    *context = mg_writer_context_of(
        h->tape, g->w->writer,
        mg_input(h->tape, z, (int64_t)MG_GROUP * c->latents, c->latent_dim, false));
    bool any = false;
    for (int i = 0; i < MG_GROUP; i++) any = any || drafts[i];
    if (any) {
        h->packer.in.draft = drafts;
        context->in = &h->packer.in;
    }
    if (context->rows) mg_context_assign(h->tape, wanted, context);
    return mg_tape_error(h->tape, err);
}

/* Whether it is a molecule that draws of the sentence start from. */
static bool is_copy(const mg_plan *plan, const mg_prompt *p, const mg_generated *m) {
    bool copy = plan->like.ids && strcmp(m->smiles, plan->like.smiles) == 0;
    for (int k = 0; k < p->n_near && !copy; k++) copy = strcmp(m->smiles, p->near[k].smiles) == 0;
    return copy && m->valid;
}

/* ---- what may stand in the answer ---- */

/* Whether the molecule holds what the answer is to hold. A pattern is for one thread at a time. */
static bool has_kept(const mg_plan *plan, const mg_mol *mol) {
    int found = 1;
    if (plan->keep) {
#pragma omp critical
        found = mg_smarts_count(plan->keep, mol, 1);
    }
    return found > 0;
}

static bool is_known(const mg_generator *g, const mg_candidate *c) {
    const mg_memory_part *part = g->memory.part;
    return c->shown.in_training == 1 || c->shown.copy ||
           (part && (mg_memory_part_find(part, c->shown.smiles) >= 0 ||
                     mg_memory_part_find_plain(part, c->plain) >= 0));
}

/* The same atoms and bonds but for protons: an acid's anion is no analogue of the acid. */
static bool is_charged_like(const mg_candidate *c, const mg_plan *plan) {
    enum { ALIKE_PERCENT = 40 };
    if (100 * (double)c->shown.similarity < ALIKE_PERCENT || !*plan->like_key) return false;
    char *key = mg_mol_inchikey(c->mol);
    const bool same = key && !strncmp(key, plan->like_key, strlen(plan->like_key));
    free(key);
    return same;
}

int mg_candidate_judge(const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                       mg_candidate *c, molglot_error *err) {
    mg_generated *m = &c->shown;
    if (!c->mol) return MOLGLOT_OK;
    if (!(c->plain = mg_mol_smiles(c->mol, false))) return mg_no_memory(err, "a molecule");
    m->odd = mg_odd_name(mg_mol_odd(c->mol) & ~(p->asked | plan->like_odd));
    c->unwanted = !has_kept(plan, c->mol) || (plan->o.only_new && is_known(g, c)) ||
                  mg_denied_is(&p->denied, c->mol);
    if (!plan->like_as.plain) return MOLGLOT_OK;
    c->unwanted |= strcmp(c->plain, plan->like_as.plain) == 0;
    int code = mg_candidate_fingerprint(c, err);
    if (code) return code;
    m->similarity = (float)mg_tanimoto(c->fingerprint, plan->like_as.fingerprint,
                                       MG_CANDIDATE_BITS);
    c->unwanted |= is_charged_like(c, plan);
    return MOLGLOT_OK;
}

/* Draws of analogues: the writer gives back what it started from until its temperature is high
 * (docs/models/3m.md). */
static float temperature_of(const mg_plan *plan, int group) {
    static const float analogues[] = {1.2f, 1.6f, 2.0f};
    if (!plan->warms) return plan->o.temperature;
    if (plan->like.ids) return analogues[(size_t)(group / 2) % MG_COUNT(analogues)];
    const int round = group * MG_GROUP / plan->first;
    return plan->o.temperature + 0.3f * (float)(round < 3 ? round : 3);
}

int mg_sample_group(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                    const mg_prompt *prompt, int group, int wanted, bool keep, mg_candidate *out,
                    molglot_error *err) {
    const mg_sample_options o = {.temperature = temperature_of(plan, group),
                                 .top_p = plan->o.top_p,
                                 .max_tokens = plan->o.max_tokens,
                                 .seed = plan->o.seed};
    uint64_t streams[MG_GROUP];
    mg_context context;
    for (int i = 0; i < MG_GROUP; i++)
        streams[i] = mg_rng_u64(prompt->hash, (uint64_t)(group * MG_GROUP + i), 0);
    /* a sentence leads far from the molecule: every other group of analogues is drawn without it */
    mg_prompt silent = *prompt;
    if (plan->warms && plan->like.ids && group % 2) silent.words.n = 0;
    const bool motif = plan->method == MG_MOTIF, flow = plan->method == MG_MOFLOW;
    int code = motif  ? mg_motif_rows(g, h, plan, prompt, streams, wanted, out, err)
               : flow ? mg_moflow_draws(g, h, plan, prompt, streams, wanted, out, err)
                      : make_context(g, h, plan, &silent, streams, wanted, &context, err);
    if (!code && !motif && !flow)
        code = mg_sample_rows(g, h, &context, &o, streams, wanted, true, out, err);
    for (int i = 0; i < wanted && !code; i++) {
        out[i].shown.copy = is_copy(plan, prompt, &out[i].shown);
        code = mg_candidate_judge(g, plan, prompt, &out[i], err);
        if (keep) continue;
        mg_mol_free(out[i].mol);
        out[i].mol = NULL;
    }
    return code;
}
