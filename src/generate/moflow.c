/* moflow.c - draws of MoFlow: molecules of latents that are moved towards a sentence (MoMu's
 * zero-shot generation, docs/models/moflow.md). MG_GROUP draws side by side, each from its own
 * start.
 *
 *   z      starts as temperature * e^(v / 2) * normal
 *   A, x   = flow^-1(z)                   values of the drawn graph, gradients of the soft one
 *   s      = reader(x, A) . sentence      in the aligned space
 *   loss   = -guidance s + 1/2 e^-v mean z^2            the prior, a mean over the numbers of z
 *   z      follows its gradient by Adam, `steps` times, or until the best of the group have not
 *          become better for PATIENCE steps
 *
 * Atoms and bonds both move. What a draw gives is the best graph that it came by: its s, less
 * PARTIAL times the share of its atoms that repair leaves out, more the share that it meets of what
 * the sentence asks. Without a sentence, or a reader, draws are the starts themselves.
 */
#include "generate/generate.h"
#include "generate/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE      0.1f
#define BETA_1    0.9f
#define BETA_2    0.999f
#define SHARPNESS 4.0f
#define PARTIAL   0.3
#define BETTER    1e-3 /* a gain of the mean that counts */
enum { PATIENCE = 12, STARTS = 0x7374 };

typedef struct draw { /* the best of one draw so far */
    double value;
    char *smiles;
    bool whole;
    uint8_t types[MG_MOFLOW_SLOTS], bonds[MG_MOFLOW_SLOTS * MG_MOFLOW_SLOTS]; /* seen last */
    bool seen;
} draw;

typedef struct search {
    const mg_moflow *m;
    mg_moflow_shape s;
    const mg_prompt *prompt;
    mg_moflow_repair repair;
    int64_t n[2];                       /* numbers of all atoms' latents, of all bonds' */
    float *z[2], *first[2], *second[2]; /* latents; Adam's moments */
    float *text;                        /* the sentence; NULL: none */
    float guidance;
    draw draws[MG_GROUP];
} search;

/* ---- what was drawn ---- */

static int verdict_of(const mg_prompt *p, const char *smiles, double *share, molglot_error *err) {
    mg_verdict v = {0};
    int code = MOLGLOT_OK;
    if (p->meets) {
#pragma omp critical
        code = mg_meets_smiles(p->meets, &smiles, 1, false, &v, err);
    }
    *share = v.of ? (double)v.met / v.of : 0;
    return code;
}

/* Keeps the graph of draw i if it is better than those before. */
static int look_at(search *x, int i, const float *logits, const float *atoms, double score,
                   molglot_error *err) {
    const mg_moflow_config *c = mg_moflow_get_config(x->m);
    const size_t n = (size_t)c->slots;
    uint8_t types[MG_MOFLOW_SLOTS], bonds[MG_MOFLOW_SLOTS * MG_MOFLOW_SLOTS];
    draw *d = &x->draws[i];
    mg_moflow_drawn drawn;
    double share = 0;
    mg_moflow_read(c, logits, atoms, i, types, bonds);
    if (d->seen && !memcmp(types, d->types, n) && !memcmp(bonds, d->bonds, n * n))
        return MOLGLOT_OK;
    memcpy(d->types, types, n);
    memcpy(d->bonds, bonds, n * n);
    d->seen = true;
    int code = mg_moflow_decode(c, types, bonds, x->repair, &drawn, err);
    if (!code && drawn.smiles) code = verdict_of(x->prompt, drawn.smiles, &share, err);
    const double lost = drawn.smiles ? 1 - (double)drawn.kept / drawn.atoms : 4;
    const double value = score - PARTIAL * lost + share;
    if (code || (d->smiles && !(value > d->value))) {
        free(drawn.smiles);
        return code;
    }
    free(d->smiles);
    d->smiles = drawn.smiles ? drawn.smiles : strdup("");
    d->value = value;
    d->whole = drawn.whole;
    return d->smiles ? MOLGLOT_OK : mg_no_memory(err, "a molecule");
}

/* ---- a step ---- */

static void adam(search *x, int k, const float *gradient, int step) {
    const float one = 1 - powf(BETA_1, (float)step), two = 1 - powf(BETA_2, (float)step);
    for (int64_t i = 0; i < x->n[k]; i++) {
        const float g = isfinite(gradient[i]) ? gradient[i] : 0;
        float *m = &x->first[k][i], *v = &x->second[k][i];
        *m = BETA_1 * *m + (1 - BETA_1) * g;
        *v = BETA_2 * *v + (1 - BETA_2) * g * g;
        x->z[k][i] -= RATE * (*m / one) / (sqrtf(*v / two) + 1e-8f);
    }
}

/* 1/2 e^-v mean z^2 of all numbers. */
static mg_tensor *prior_of(mg_tape *t, const search *x, mg_tensor *const z[2]) {
    const float deviation = mg_moflow_deviation(x->m), all = (float)(x->n[0] + x->n[1]);
    const float each = 0.5f / (deviation * deviation * all);
    mg_tensor *const terms[2] = {mg_mean(t, mg_mul(t, z[0], z[0])),
                                 mg_mean(t, mg_mul(t, z[1], z[1]))};
    const float weights[2] = {each * (float)x->n[0], each * (float)x->n[1]};
    return mg_weighted_sum(t, terms, weights, 2);
}

/* The graphs of z, and with `move` a step of z. */
static int take_step(search *x, mg_tape *t, int step, bool move, molglot_error *err) {
    const mg_moflow_config *c = mg_moflow_get_config(x->m);
    mg_tape_reset(t);
    mg_tape_record(t, move);
    mg_tape_training(t, false);
    mg_tensor *const z[2] = {
        mg_input(t, x->z[0], (int64_t)MG_GROUP * x->s.slots, x->s.types, move),
        mg_input(t, x->z[1], (int64_t)MG_GROUP * x->s.places, x->s.channels, move)};
    const mg_moflow_graph g = mg_moflow_inverse(
        t, x->m, z[0], z[1], move ? MG_MOFLOW_STRAIGHT : MG_MOFLOW_HARD, SHARPNESS);
    mg_tensor *score = NULL;
    if (x->text) {
        mg_tensor *types = mg_moflow_soften(t, g.atoms, move ? MG_MOFLOW_STRAIGHT : MG_MOFLOW_HARD,
                                            SHARPNESS);
        score = mg_linear(t, mg_moflow_embed(t, x->m, types, g.bonds),
                          mg_input(t, x->text, 1, c->reader_dim, false), NULL, MG_ACT_NONE);
    }
    const float *logits = mg_values(t, g.logits), *atoms = mg_values(t, g.atoms),
                *scores = score ? mg_values(t, score) : NULL;
    int code = mg_tape_error(t, err);
    for (int i = 0; i < MG_GROUP && !code; i++)
        code = look_at(x, i, logits, atoms, scores ? (double)scores[i] : 0, err);
    if (code || !move) return code;
    mg_tensor *const terms[2] = {mg_mean(t, score), prior_of(t, x, z)};
    const float weights[2] = {-x->guidance, 1};
    mg_backward(t, mg_weighted_sum(t, terms, weights, 2));
    for (int k = 0; k < 2; k++) {
        const float *gradient = mg_grads(t, z[k]);
        if (gradient) adam(x, k, gradient, step);
    }
    return mg_tape_error(t, err);
}

/* ---- a group ---- */

static int make_search(search *x, const mg_generator *g, mg_worker *h, const mg_plan *plan,
                       const mg_prompt *p, const uint64_t *streams, molglot_error *err) {
    const mg_moflow_config *c = mg_moflow_get_config(g->moflow->model);
    *x = (search){.m = g->moflow->model,
                  .s = mg_moflow_shape_of(c),
                  .prompt = p,
                  .repair = c->repair,
                  .text = c->reader_dim ? p->embedding : NULL,
                  .guidance = plan->o.guidance};
    const int64_t each[2] = {x->s.atom_dim, x->s.bond_dim};
    const float deviation = plan->o.temperature * mg_moflow_deviation(x->m);
    mg_arena_release(&h->arena, 0);
    for (int k = 0; k < 2; k++) {
        x->n[k] = MG_GROUP * each[k];
        float *all = mg_arena_alloc(&h->arena, 3 * (size_t)x->n[k] * sizeof *all);
        if (!all) return mg_no_memory(err, "latents");
        memset(all, 0, 3 * (size_t)x->n[k] * sizeof *all);
        x->z[k] = all, x->first[k] = all + x->n[k], x->second[k] = all + 2 * x->n[k];
        for (int i = 0; i < MG_GROUP; i++) {
            mg_rng rng = {.seed = mg_rng_u64(plan->o.seed, STARTS, (uint64_t)k),
                          .stream = streams[i]};
            for (int64_t j = 0; j < each[k]; j++)
                x->z[k][i * each[k] + j] = deviation * (float)mg_rng_normal(&rng);
        }
    }
    return MOLGLOT_OK;
}

static int climb(search *x, mg_tape *t, int steps, molglot_error *err) {
    double best = -INFINITY;
    int code = MOLGLOT_OK, since = 0;
    for (int step = 1; step <= steps && since < PATIENCE && !code; step++) {
        double mean = 0;
        code = take_step(x, t, step, true, err);
        for (int i = 0; i < MG_GROUP; i++) mean += x->draws[i].value / MG_GROUP;
        since = mean > best + BETTER ? 0 : since + 1;
        if (since == 0) best = mean;
    }
    return code ? code : take_step(x, t, 0, false, err);
}

int mg_moflow_draws(const mg_generator *g, mg_worker *h, const mg_plan *plan, const mg_prompt *p,
                    const uint64_t *streams, int wanted, mg_candidate *out, molglot_error *err) {
    search *x = calloc(1, sizeof *x);
    if (!x) return mg_no_memory(err, "a search");
    int code = make_search(x, g, h, plan, p, streams, err);
    if (!code) code = climb(x, h->tape, x->text ? plan->o.steps : 0, err);
    for (int i = 0; i < MG_GROUP; i++) {
        mg_sample s = {
            .smiles = x->draws[i].smiles, .nll = (double)NAN, .limited = !x->draws[i].whole};
        if (!code && i < wanted) code = mg_candidate_read(NULL, &s, true, &out[i], err);
        free(s.smiles);
    }
    free(x);
    return code;
}

int mg_moflow_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err) {
    const mg_moflow_config *c = mg_moflow_get_config(g->moflow->model);
    if (plan->o.like)
        return mg_fail(err, MOLGLOT_USAGE, "%s starts from no molecule", g->moflow->path);
    if (!texts) return MOLGLOT_OK;
    if (!c->reader_dim)
        return mg_fail(err, MOLGLOT_USAGE, "%s reads no sentences: it has no reader",
                       g->moflow->path);
    if (!g->ranker || mg_embedder_dim(g->ranker) != c->reader_dim)
        return mg_fail(err, MOLGLOT_USAGE,
                       "the method flow needs the aligned space that %s was made with",
                       g->moflow->path);
    return MOLGLOT_OK;
}
