/* generate.c - sentences to molecules: drawn by the writer (directly, or from latents that the flow
 * makes), read by RDKit, without duplicates, ranked.
 *
 *   per sentence   word pieces, its embedding, and with a memory its nearest molecules there;
 *                  faithful: its condition (faithful.c)
 *   per group      MG_GROUP draws side by side (samples.c), any number of groups at once, one
 *                  a thread
 *   per sentence   again, while too few differ and may stand in the answer
 *   per sentence   duplicates out, scores, the n best (rank.c)
 *
 * Draw i of a sentence is a function of (writer, options, seed, sentence, i): its random numbers
 * come from a stream that is a hash of the folded sentence and i. Sentences go in blocks of at most
 * MG_CANDIDATES_KEPT draws, or of one sentence, so that their molecules need little memory.
 */
#include "generate/generate.h"

#include "generate/inside.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

mg_generate_options mg_generate_default(void) {
    return (mg_generate_options){.n = 16,
                                 .temperature = -1,
                                 .guidance = NAN,
                                 .eta = 1,
                                 .copy_cost = 0,
                                 .strength = 0.5f,
                                 .neighbours = 4};
}

/* ---- prompts ---- */

static void free_prompt(mg_prompt *p) {
    free(p->embedding);
    mg_str_free(&p->folded);
    mg_tokens_free(&p->words);
    for (int k = 0; k < p->n_near; k++) mg_tokens_free(&p->near[k]);
    free(p->near_vectors);
    free(p->condition);
    free(p->telling);
    mg_meets_free(p->meets);
    mg_request_free(p->request);
}

/* Whether a T5 will not read all of the sentence. */
static int read_pieces(const mg_generator *g, mg_prompt *p, molglot_error *err) {
    int32_t *ids, n;
    const char *text = p->text ? p->text : "";
    int code = mg_sentencepiece_encode(g->t5->pieces, text, strlen(text), 0, &ids, &n, err);
    p->cut = !code && n > mg_t5_get_config(g->t5->t5)->positions;
    free(ids);
    return code;
}

/* Word pieces, one more than the models read at most: that one says that the sentence is too
 * long. */
static int read_words(const mg_generator *g, const mg_plan *plan, mg_prompt *p,
                      molglot_error *err) {
    const int limit = plan->method == MG_FLOW && g->w->flow
                          ? mg_flow_matching_get_config(g->w->flow)->max_text
                          : mg_writer_get_config(g->w->writer)->max_text;
    if (!g->w->wordpiece || !p->text) return MOLGLOT_OK;
    if (!(p->words.ids = malloc((size_t)(limit + 1) * sizeof *p->words.ids)))
        return mg_no_memory(err, "a sentence");
    p->words.n = mg_wordpiece_encode(g->w->wordpiece, p->folded.s, p->folded.n, p->words.ids,
                                     limit + 1);
    if (p->words.n < 0) return mg_no_memory(err, "a sentence");
    p->cut = p->words.n > limit;
    if (p->cut) p->words.n = limit;
    return MOLGLOT_OK;
}

/* The sentence in the aligned space, for memory, condition and scores. */
static int embed_text(const mg_generator *g, mg_prompt *p, molglot_error *err) {
    molglot_row_status row;
    if (!g->ranker || !p->text) return MOLGLOT_OK;
    p->embedding = malloc((size_t)mg_embedder_dim(g->ranker) * sizeof *p->embedding);
    if (!p->embedding) return mg_no_memory(err, "a sentence");
    int code = mg_embed_texts(g->ranker, &p->text, 1, p->embedding, &row, err);
    if (!code && row.ok) return MOLGLOT_OK;
    free(p->embedding);
    p->embedding = NULL;
    return code;
}

/* The molecules of the memory that are nearest to the sentence; what the writer cannot read is left
 * out. */
static int read_memory(const mg_generator *g, const mg_plan *plan, mg_prompt *p,
                       molglot_error *err) {
    molglot_hit hits[MG_NEAR];
    int64_t rows[MG_NEAR];
    int n = 0, code = MOLGLOT_OK;
    if (!mg_memory_is_there(&g->memory) || (!p->embedding && !p->request) ||
        mg_writer_get_config(g->w->writer)->molecules < 1)
        return MOLGLOT_OK;
    if (p->request) code = mg_prompt_meeting(g, plan, p, MG_NEAR, rows, &n, err);
    p->near_meets = n > 0;
    if (!code && !n && p->embedding) {
        code = mg_memory_near(&g->memory, p->embedding, MG_NEAR, hits, err);
        while (!code && n < MG_NEAR && hits[n].row >= 0) rows[n] = hits[n].row, n++;
    }
    for (int i = 0; i < n && !code; i++) {
        molglot_row_status unread;
        code = mg_generator_tokens(g, mg_memory_smiles(&g->memory, rows[i]), &p->near[p->n_near],
                                   &unread, err);
        if (!code && p->near[p->n_near].ids) p->n_near++;
    }
    return code;
}

static int read_prompt(mg_generator *g, const mg_plan *plan, const char *text, size_t number,
                       mg_prompt *p, molglot_error *err) {
    p->text = text;
    mg_text_fold(&p->folded, text ? text : "", text ? strlen(text) : 0);
    mg_str_addz(&p->folded, "");
    if (p->folded.failed) return mg_no_memory(err, "a sentence");
    p->asked = mg_odd_asked(p->folded.s);
    p->hash = text ? mg_hash64(p->folded.s, p->folded.n, 0) : mg_hash64(&number, sizeof number, 1);
    int code = embed_text(g, p, err);
    if (!code && !plan->o.soft) code = mg_prompt_asks(g, p, err);
    if (code) return code;
    if (plan->method == MG_FAITHFUL || plan->method == MG_MOTIF)
        return mg_faithful_prompt(g, p, err);
    if (plan->method == MG_MOFLOW) return MOLGLOT_OK;
    if (plan->method == MG_BEAM) return read_pieces(g, p, err);
    code = read_words(g, plan, p, err);
    const bool aligned = plan->method == MG_FLOW && mg_generator_is_aligned(g);
    const bool reads = plan->method != MG_FLOW || aligned ||
                       mg_flow_matching_get_config(g->w->flow)->memory;
    if (!code && reads) code = read_memory(g, plan, p, err);
    return code || !aligned ? code : mg_aligned_prompt(g, plan, p, err);
}

/* ---- options ---- */

static bool in(float x, float low, float high) { return x >= low && x <= high; }

static int check_numbers(const mg_generate_options *o, molglot_error *err) {
    const char *wrong = o->n < 1 || o->n > 1 << 20 || o->candidates < 0 || o->candidates > 1 << 20
                            ? "n and candidates lie between 1 and 1048576"
                        : !(o->temperature <= 100)         ? "temperature lies between 0 and 100"
                        : !in(o->top_p, 0, 1)              ? "top_p lies between 0 and 1"
                        : isinf(o->guidance)               ? "guidance must be finite"
                        : !in(o->eta, 0, 1)                ? "eta lies between 0 and 1"
                        : o->steps < 0 || o->steps > 10000 ? "steps lie between 1 and 10000"
                        : !in(o->diversity, 0, 1)          ? "diversity lies between 0 and 1"
                        : !in(o->pull, -1, 1)              ? "pull lies between -1 and 1"
                        : !in(o->copy_cost, 0, 2) ? "the cost of a copy lies between 0 and 2"
                        : !(o->strength > 0 && o->strength <= 1) ? "strength lies above 0, up to 1"
                        : o->neighbours < 1 || o->neighbours > MG_GROUP
                            ? "neighbours lie between 1 and 8"
                        : o->screen < MOLGLOT_SCREEN_FLAG || o->screen > MOLGLOT_SCREEN_OFF
                            ? "screen is none of flag, omit, off"
                            : NULL;
    return wrong ? mg_fail(err, MOLGLOT_USAGE, "generate: %s", wrong) : MOLGLOT_OK;
}

/* Whether this file can do what is asked for. */
static int check_abilities(const mg_generator *g, const mg_plan *plan, bool texts,
                           molglot_error *err) {
    if (plan->o.pull != 0 && !(plan->method == MG_FLOW && mg_generator_is_aligned(g)))
        return mg_fail(err, MOLGLOT_USAGE,
                       "pull is for the method diffusion over aligned latents alone");
    if (g->moflow || plan->method == MG_MOFLOW)
        return g->moflow && plan->method == MG_MOFLOW
                   ? mg_moflow_check(g, plan, texts, err)
                   : mg_fail(err, MOLGLOT_USAGE, "%s",
                             g->moflow ? "a flow has the method flow alone"
                                       : "this generator holds no flow for the method flow");
    if (g->motif)
        return plan->method == MG_MOTIF
                   ? mg_motif_check(g, plan, texts, err)
                   : mg_fail(err, MOLGLOT_USAGE, "%s is a motif decoder: use the method motif",
                             g->motif->path);
    if (plan->method == MG_MOTIF)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds no motif decoder",
                       g->t5 ? g->t5->path : g->w->path);
    if (g->t5 || plan->method == MG_BEAM)
        return g->t5 && plan->method == MG_BEAM
                   ? mg_beams_check(g, plan, texts, err)
                   : mg_fail(err, MOLGLOT_USAGE, "%s %s", g->t5 ? g->t5->path : g->w->path,
                             g->t5 ? "is a T5: use the method beam"
                                   : "holds no T5 for the method beam");
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    if (plan->method == MG_FLOW && mg_generator_is_aligned(g)) {
        int code = mg_aligned_check(g, plan, texts, err);
        if (code) return code;
    } else if (plan->method == MG_FLOW && !g->w->flow)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds no diffusion: use the method %s", g->w->path,
                       g->w->denoiser ? "faithful" : "direct");
    if (plan->method == MG_DIRECT && plan->o.like && mg_generator_is_aligned(g))
        return mg_fail(err, MOLGLOT_USAGE, "%s: its latents are aligned: use the method diffusion",
                       g->w->path);
    if (texts && plan->method == MG_DIRECT && c->words == 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s reads no sentences, only molecules", g->w->path);
    if (plan->o.like && c->molecules == 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s reads no molecules to start from", g->w->path);
    if (plan->o.max_tokens && (plan->o.max_tokens < 2 || plan->o.max_tokens > c->max_tokens))
        return mg_fail(err, MOLGLOT_USAGE, "%s writes 2 to %d tokens, not %d", g->w->path,
                       c->max_tokens, plan->o.max_tokens);
    return plan->method == MG_FAITHFUL ? mg_faithful_check(g, plan, texts, err) : MOLGLOT_OK;
}

/* What analogues are compared with. */
static int describe_like(mg_plan *plan, molglot_error *err) {
    mg_candidate *c = &plan->like_as;
    if (!(c->mol = mg_mol_from_smiles(plan->like.smiles, NULL, NULL)))
        return mg_fail(err, MOLGLOT_FAILED, "RDKit does not read what it wrote (%.200s)",
                       plan->like.smiles);
    plan->like_odd = mg_mol_odd(c->mol);
    c->plain = mg_mol_smiles(c->mol, false);
    char *key = mg_mol_inchikey(c->mol);
    if (key) snprintf(plan->like_key, sizeof plan->like_key, "%.14s", key);
    free(key);
    return c->plain ? mg_candidate_fingerprint(c, err) : mg_no_memory(err, "a molecule");
}

static int read_like(mg_generator *g, mg_plan *plan, molglot_error *err) {
    molglot_row_status row;
    if (!plan->o.like) return MOLGLOT_OK;
    int code = mg_generator_tokens(g, plan->o.like, &plan->like, &row, err);
    if (!code && !plan->like.ids)
        return mg_fail(err, MOLGLOT_USAGE, "the molecule to start from cannot be read: %s",
                       row.reason);
    if (!code) code = describe_like(plan, err);
    if (code || plan->method != MG_FLOW) return code;
    if (!(plan->like_latents = malloc(mg_latents_size(g) * sizeof(float))))
        return mg_no_memory(err, "latents");
    return mg_latents_encode(g, &plan->o.like, 1, plan->like_latents, &row, err);
}

static const char *const methods[] = {
    [MG_DIRECT] = "direct", [MG_FLOW] = "diffusion", [MG_FAITHFUL] = "faithful",
    [MG_BEAM] = "beam",     [MG_MOTIF] = "motif",    [MG_MOFLOW] = "flow"};
/* direct, by the writer of both directions */
static const char both[] = "atomas";

static bool is_direct(const char *method) {
    return strcmp(method, methods[MG_DIRECT]) == 0 || strcmp(method, both) == 0;
}

/* Latents by 3M-Diffusion's denoiser. */
static bool denoises(const char *method) {
    return strcmp(method, methods[MG_FAITHFUL]) == 0 || strcmp(method, methods[MG_MOTIF]) == 0;
}

mg_generate_options mg_generate_resolve(const mg_generator *g, const mg_generate_options *o) {
    mg_generate_options r = *o;
    if (r.candidates && r.candidates < r.n) r.candidates = r.n;
    if (!r.method)
        r.method = methods[g->motif                     ? MG_MOTIF
                           : g->moflow                  ? MG_MOFLOW
                           : !g->w                      ? MG_BEAM
                           : g->w->flow                 ? MG_FLOW
                           : mg_generator_is_aligned(g) ? MG_FLOW
                           : g->w->denoiser             ? MG_FAITHFUL
                                                        : MG_DIRECT];
    const bool flow = strcmp(r.method, methods[MG_MOFLOW]) == 0,
               aligned = strcmp(r.method, methods[MG_FLOW]) == 0 && mg_generator_is_aligned(g);
    if (r.temperature < 0) r.temperature = is_direct(r.method) || aligned ? 0.7f : flow ? 0.85f : 0;
    if (isnan(r.guidance)) r.guidance = aligned ? 1.5f : denoises(r.method) ? 0.8f : flow ? 10 : 3;
    if (!r.steps) r.steps = denoises(r.method) ? MG_DDIM_STEPS : flow ? 60 : 10;
    if (!r.max_tokens && !g->motif && !g->moflow)
        r.max_tokens = g->w ? mg_writer_get_config(g->w->writer)->max_tokens
                            : mg_t5_get_config(g->t5->t5)->positions;
    return r;
}

/* How many draws of a sentence. Ranking is worth more draws than are shown: on validation the best
 * of 32 is the reference three times as often as the likeliest (docs/models/3m.md). */
static void count_draws(const mg_generator *g, bool texts, mg_plan *plan) {
    enum { RANKED = 32, ANALOGUES = 128, MOST = 1 << 20 };
    const mg_generate_options *o = &plan->o;
    const bool limited = o->candidates > 0 || o->keep_all || plan->method == MG_BEAM;
    const int least = o->like ? ANALOGUES : RANKED, times = o->like ? 4 : 2;
    plan->first = o->candidates ? o->candidates
                  : plan->method == MG_BEAM || plan->method == MG_MOFLOW || o->keep_all ||
                          !(o->like || (texts && g->ranker))
                      ? o->n
                  : o->n < least / times ? least
                  : o->n > MOST / times  ? o->n
                                         : times * o->n;
    const int rounds = limited                                ? 1
                       : plan->method == MG_MOFLOW            ? 2
                       : !o->like && (o->keep || o->only_new) ? 8
                                                              : 4;
    plan->most = plan->first > MOST / rounds ? plan->first : plan->first * rounds;
}

static int make_plan(mg_generator *g, const mg_generate_options *o, bool texts, mg_plan *plan,
                     molglot_error *err) {
    *plan = (mg_plan){.o = mg_generate_resolve(g, o)};
    size_t method = 0;
    while (method < MG_COUNT(methods) && strcmp(plan->o.method, methods[method]) != 0) method++;
    if (strcmp(plan->o.method, both) == 0) method = MG_DIRECT;
    if (method == MG_COUNT(methods))
        return mg_fail(err, MOLGLOT_USAGE,
                       "method '%s' is none of direct, atomas, diffusion, faithful, motif, beam "
                       "and flow",
                       plan->o.method);
    if (strcmp(plan->o.method, both) == 0 &&
        !(g->w && mg_writer_get_config(g->w->writer)->captions))
        return mg_fail(err, MOLGLOT_USAGE, "%s holds no writer of both directions",
                       g->w       ? g->w->path
                       : g->motif ? g->motif->path
                                  : "the generator");
    plan->method = method;
    plan->warms = plan->method == MG_DIRECT && o->temperature < 0;
    int code = check_numbers(o, err);
    if (!code && o->screen != MOLGLOT_SCREEN_OFF) code = mg_generator_screens(g, err);
    if (!code) count_draws(g, texts, plan);
    if (!code) code = check_abilities(g, plan, texts, err);
    if (!code && o->keep && !(plan->keep = mg_smarts_new(o->keep, err)))
        code = mg_code_of(err, MOLGLOT_USAGE);
    return code ? code : read_like(g, plan, err);
}

static void free_plan(mg_plan *plan) {
    mg_tokens_free(&plan->like);
    free(plan->like_latents);
    mg_candidates_free(&plan->like_as, 1);
    mg_smarts_free(plan->keep);
}

/* ---- draws of a block of sentences ---- */

typedef struct block {
    const mg_generator *g;
    const mg_plan *plan;
    size_t first, n;     /* sentences */
    mg_prompt *prompts;  /* [n] */
    mg_candidate *draws; /* [n, plan->most + MG_OFFERED] */
    int *drawn;          /* [n] */
    int64_t before;      /* draws of earlier blocks and rounds */
    /* of a round: the sentences that take part, the draws of each, and the groups these are in */
    size_t *active;
    size_t n_active;
    int from, end, groups;
} block;

static mg_candidate *draws_of(const block *b, size_t s) {
    return b->draws + s * ((size_t)b->plan->most + MG_OFFERED);
}

/* Which draws from .. end - 1 of which sentence a job makes. */
static size_t place_of(const block *b, int64_t job, int *from, int *end) {
    const int group = b->from / MG_GROUP + (int)(job % b->groups);
    const size_t s = b->active[job / b->groups];
    const bool greedy = mg_plan_is_greedy(b->g, b->plan) && !b->plan->o.keep_all;
    const int contexts = greedy ? mg_plan_contexts(b->g, b->plan, &b->prompts[s]) : b->end,
              last = b->end < contexts ? b->end : contexts;
    *from = group * MG_GROUP > b->from ? group * MG_GROUP : b->from;
    *end = (group + 1) * MG_GROUP < last ? (group + 1) * MG_GROUP : last;
    return s;
}

/* Whether each draw is screened, not the answer alone: because it may be left out, or is shown. */
static bool screens_draws(const block *b) {
    return b->plan->o.screen == MOLGLOT_SCREEN_OMIT || b->plan->o.on_molecule;
}

static int draw_group(void *user, mg_worker *h, int64_t job) {
    const block *b = user;
    int from, end;
    const size_t s = place_of(b, job, &from, &end);
    if (from >= end) return MOLGLOT_OK; /* the same again */
    const int group = from / MG_GROUP, skipped = from % MG_GROUP, wanted = end - from;
    mg_candidate drawn[MG_GROUP] = {0}, *out = draws_of(b, s) + from;
    const bool keep = out + wanted - b->draws <= MG_CANDIDATES_KEPT;
    int code = mg_sample_group(b->g, h, b->plan, &b->prompts[s], group, skipped + wanted, keep,
                               drawn, &h->err);
    mg_candidates_free(drawn, (size_t)skipped);
    memcpy(out, drawn + skipped, (size_t)wanted * sizeof *out);
    for (int i = 0; i < wanted; i++) out[i].shown.index = from + i;
    if (!code && screens_draws(b))
        code = mg_candidates_screen(b->g, b->plan->o.screen, out, (size_t)wanted, &h->err);
    h->done = wanted;
    return code;
}

static int show_group(void *user, int64_t job) {
    const block *b = user;
    int from, end, wish = 0;
    const size_t s = place_of(b, job, &from, &end);
    const mg_candidate *drawn = draws_of(b, s);
    for (int i = from; i < end && !wish; i++)
        if (!drawn[i].controlled) wish = b->plan->o.on_molecule(b->plan->o.user, &drawn[i].shown);
    return wish;
}

/* All draws of one sentence, by a T5. */
static int draw_beams(void *user, mg_worker *h, int64_t job) {
    const block *b = user;
    const size_t s = b->active[job];
    mg_candidate *out = draws_of(b, s);
    int code = mg_beams_draw(b->g, h, b->plan, &b->prompts[s], out, &b->drawn[s], &h->err);
    if (!code && screens_draws(b))
        code = mg_candidates_screen(b->g, b->plan->o.screen, out, (size_t)b->drawn[s], &h->err);
    return code;
}

static int show_beams(void *user, int64_t job) {
    const block *b = user;
    const size_t s = b->active[job];
    const mg_candidate *drawn = draws_of(b, s);
    int wish = 0;
    for (int i = 0; i < b->drawn[s] && !wish; i++)
        if (!drawn[i].controlled) wish = b->plan->o.on_molecule(b->plan->o.user, &drawn[i].shown);
    return wish;
}

/* The one round of a T5. */
static int draw_all_beams(mg_generator *g, block *b, int64_t total, molglot_error *err) {
    const mg_generate_options *o = &b->plan->o;
    const mg_jobs jobs = {.fn = draw_beams,
                          .user = b,
                          .n = (int64_t)b->n_active,
                          .on_progress = o->on_progress,
                          .progress_user = o->user,
                          .before = b->before,
                          .total = total,
                          .on_done = o->on_molecule ? show_beams : NULL};
    b->before += (int64_t)b->n_active * b->plan->first;
    return mg_generator_run(g, &jobs, err);
}

/* Draws b->from .. b->end - 1 of the active sentences. total: of all sentences, as far as known. */
static int draw_round(mg_generator *g, block *b, int64_t total, molglot_error *err) {
    if (b->plan->method == MG_BEAM) return draw_all_beams(g, b, total, err);
    const mg_generate_options *o = &b->plan->o;
    b->groups = (b->end + MG_GROUP - 1) / MG_GROUP - b->from / MG_GROUP;
    const mg_jobs jobs = {.fn = draw_group,
                          .user = b,
                          .n = (int64_t)b->n_active * b->groups,
                          .on_progress = o->on_progress,
                          .progress_user = o->user,
                          .before = b->before,
                          .total = total,
                          .on_done = o->on_molecule ? show_group : NULL};
    int code = mg_generator_run(g, &jobs, err);
    for (size_t i = 0; i < b->n_active && !code; i++) {
        const size_t s = b->active[i];
        int from, end;
        for (int64_t job = 0; job < b->groups; job++) {
            place_of(b, (int64_t)i * b->groups + job, &from, &end);
            if (from < end) b->drawn[s] = end;
        }
        b->before += b->end - b->from;
    }
    return code;
}

/* Whether n of a sentence's draws differ and may stand in the answer; negative without memory. */
static int has_enough(const block *b, size_t s) {
    const mg_candidate *draws = draws_of(b, s);
    const int n = b->drawn[s];
    const char **smiles = malloc(((size_t)n + 1) * sizeof *smiles);
    int32_t *group = malloc(((size_t)n + 1) * sizeof *group);
    const mg_prompt *p = &b->prompts[s];
    size_t taken = 0;
    for (int i = 0; smiles && i < n; i++)
        if (mg_plan_takes(b->plan, &draws[i]) && !draws[i].shown.repeats &&
            draws[i].meets.met == draws[i].meets.of)
            smiles[taken++] = draws[i].shown.smiles;
    for (int k = 0;
         smiles && k < p->n_near && p->near_meets && !b->plan->o.only_new && taken < (size_t)n; k++)
        smiles[taken++] = p->near[k].smiles;
    const int found = smiles && group ? mg_group_strings(smiles, taken, group) : -1;
    free(smiles);
    free(group);
    return found < 0 ? -1 : found >= b->plan->o.n;
}

static int read_prompts(mg_generator *g, block *b, const char *const *texts, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t s = 0; s < b->n && !code; s++) {
        code = read_prompt(g, b->plan, texts ? texts[b->first + s] : NULL, b->first + s,
                           &b->prompts[s], err);
        b->active[s] = s;
        b->drawn[s] = 0;
    }
    b->n_active = b->n, b->from = 0, b->end = b->plan->first;
    return code;
}

/* Round after round, of the sentences that want more. */
static int draw_block(mg_generator *g, block *b, const char *const *texts, size_t n_texts,
                      molglot_error *err) {
    int code = read_prompts(g, b, texts, err);
    while (!code && b->n_active) {
        const int64_t later = (int64_t)(n_texts - b->first - b->n) * b->plan->first;
        code = draw_round(g, b, b->before + (int64_t)b->n_active * (b->end - b->from) + later, err);
        if (code) return code;
        size_t left = 0;
        b->from = b->end;
        b->end += b->plan->first < b->plan->most - b->end ? b->plan->first : b->plan->most - b->end;
        for (size_t i = 0; i < b->n_active && b->end > b->from; i++) {
            const size_t s = b->active[i];
            if (b->drawn[s] < b->from) continue; /* there is no more to draw */
            code = mg_candidates_meet(&b->prompts[s], draws_of(b, s), (size_t)b->drawn[s], err);
            if (code) return code;
            const int enough = has_enough(b, s);
            if (enough < 0) return mg_no_memory(err, "%d molecules", b->drawn[s]);
            if (!enough) b->active[left++] = s;
        }
        b->n_active = left;
    }
    return code;
}

/* ---- answers ---- */

static void free_answer(mg_answer *a) {
    mg_candidates_free(a->candidates, (size_t)a->n);
    free(a->candidates);
}

static int answer_block(const block *b, mg_answer_fn fn, void *user, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t s = 0; s < b->n && !code; s++) {
        mg_answer answer = {0};
        int n = b->drawn[s];
        code = mg_prompt_offer(b->g, b->plan, &b->prompts[s], draws_of(b, s), &n, err);
        if (!code) code = mg_prompt_relate(b->g, b->plan, &b->prompts[s], draws_of(b, s), &n, err);
        if (!code)
            code = mg_answer_rank(b->g, b->plan, &b->prompts[s], draws_of(b, s), n, &answer, err);
        if (!code) code = fn(user, b->first + s, &answer, err);
        free_answer(&answer);
        mg_candidates_free(draws_of(b, s), (size_t)n);
    }
    return code;
}

/* Sentences at once. Where molecules are shown as they come, one, so that those of a sentence come
 * together. */
static size_t block_rows(const mg_plan *plan, size_t n_texts) {
    const size_t fit = (size_t)MG_CANDIDATES_KEPT / (size_t)plan->first, most = fit > 0 ? fit : 1;
    return plan->o.on_molecule && plan->most > plan->first ? n_texts > 0
           : n_texts < most                                ? n_texts
                                                           : most;
}

static int draw_all(mg_generator *g, block *b, const char *const *texts, size_t n_texts,
                    mg_answer_fn fn, void *user, molglot_error *err) {
    const size_t rows = block_rows(b->plan, n_texts), most = (size_t)b->plan->most + MG_OFFERED;
    int code = MOLGLOT_OK;
    b->prompts = calloc(rows + 1, sizeof *b->prompts);
    b->draws = calloc(rows * most + 1, sizeof *b->draws);
    b->drawn = calloc(rows + 1, sizeof *b->drawn);
    b->active = calloc(rows + 1, sizeof *b->active);
    if (!b->prompts || !b->draws || !b->drawn || !b->active)
        return mg_no_memory(err, "%zu draws", rows * most);
    for (; b->first < n_texts && !code; b->first += b->n) {
        b->n = n_texts - b->first < rows ? n_texts - b->first : rows;
        code = draw_block(g, b, texts, n_texts, err);
        if (!code) code = answer_block(b, fn, user, err);
        for (size_t s = 0; s < b->n; s++) free_prompt(&b->prompts[s]);
        memset(b->prompts, 0, rows * sizeof *b->prompts);
    }
    mg_candidates_free(b->draws, rows * most);
    return code;
}

int mg_generate_each(mg_generator *g, const char *const *texts, size_t n_texts,
                     const mg_generate_options *o, mg_answer_fn fn, void *user,
                     molglot_error *err) {
    mg_plan plan;
    block b = {.g = g, .plan = &plan};
    int code = make_plan(g, o, texts != NULL, &plan, err);
    if (!code) code = draw_all(g, &b, texts, n_texts, fn, user, err);
    free(b.draws);
    free(b.prompts);
    free(b.drawn);
    free(b.active);
    free_plan(&plan);
    return code;
}

/* ---- answers as molglot.h shows them ---- */

static int show_answer(void *user, size_t text, mg_answer *a, molglot_error *err) {
    mg_generation *out = (mg_generation *)user + text;
    *out = (mg_generation){.drawn = a->drawn,
                           .invalid = a->invalid,
                           .duplicates = a->duplicates,
                           .cut = a->cut,
                           .odd = a->odd,
                           .unwanted = a->unwanted,
                           .controlled = a->controlled,
                           .offered = a->offered,
                           .meeting = a->meeting,
                           .molecules = calloc((size_t)a->n + 1, sizeof *out->molecules)};
    if (!out->molecules) return mg_no_memory(err, "%d molecules", a->n);
    for (; out->n < a->n; out->n++)
        out->molecules[out->n] = mg_candidate_take(&a->candidates[out->n]);
    return MOLGLOT_OK;
}

int mg_generate(mg_generator *g, const char *const *texts, size_t n_texts,
                const mg_generate_options *o, mg_generation *out, molglot_error *err) {
    memset(out, 0, n_texts * sizeof *out);
    int code = mg_generate_each(g, texts, n_texts, o, show_answer, out, err);
    for (size_t s = 0; s < n_texts && code; s++) mg_generation_free(&out[s]);
    return code;
}

void mg_generation_free(mg_generation *r) {
    if (!r) return;
    mg_generated_free(r->molecules, (size_t)r->n);
    free(r->molecules);
    *r = (mg_generation){0};
}
