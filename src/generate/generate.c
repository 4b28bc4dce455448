/* generate.c - sentences to molecules: drawn by the writer (directly, or from latents that the flow
 * makes), read by RDKit, without duplicates, ranked.
 *
 *   per sentence   word pieces, its embedding, and with a memory its nearest molecules there;
 *                  faithful: its condition (faithful.c)
 *   per group      MG_GROUP draws side by side (samples.c), any number of groups at once, one
 *                  a thread
 *   per sentence   duplicates out, scores, the n best (rank.c)
 *
 * Draw i of a sentence is a function of (writer, options, seed, sentence, i): its random numbers
 * come from a stream that is a hash of the sentence and i. Sentences go in blocks of at most
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
    mg_tokens_free(&p->words);
    for (int k = 0; k < p->n_near; k++) mg_tokens_free(&p->near[k]);
    free(p->condition);
}

/* Word pieces, one more than the models read at most: that one says that the sentence is too
 * long. */
static int read_words(const mg_generator *g, const mg_plan *plan, mg_prompt *p,
                      molglot_error *err) {
    const int limit = plan->method == MG_FLOW ? mg_flow_matching_get_config(g->w->flow)->max_text
                                              : mg_writer_get_config(g->w->writer)->max_text;
    if (!g->w->wordpiece || !p->text) return MOLGLOT_OK;
    if (!(p->words.ids = malloc((size_t)(limit + 1) * sizeof *p->words.ids)))
        return mg_no_memory(err, "a sentence");
    p->words.n = mg_wordpiece_encode(g->w->wordpiece, p->text, strlen(p->text), p->words.ids,
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
static int read_memory(const mg_generator *g, mg_prompt *p, molglot_error *err) {
    molglot_hit hits[MG_NEAR];
    if (!mg_memory_is_there(&g->memory) || !p->embedding ||
        mg_writer_get_config(g->w->writer)->molecules < 1)
        return MOLGLOT_OK;
    int code = mg_memory_near(&g->memory, p->embedding, MG_NEAR, hits, err);
    for (int i = 0; i < MG_NEAR && !code && hits[i].row >= 0; i++) {
        molglot_row_status unread;
        code = mg_generator_tokens(g, mg_memory_smiles(&g->memory, hits[i].row),
                                   &p->near[p->n_near], &unread, err);
        if (!code && p->near[p->n_near].ids) p->n_near++;
    }
    return code;
}

static int read_prompt(const mg_generator *g, const mg_plan *plan, const char *text, size_t number,
                       mg_prompt *p, molglot_error *err) {
    p->text = text;
    p->hash = text ? mg_hash64(text, strlen(text), 0) : mg_hash64(&number, sizeof number, 1);
    int code = embed_text(g, p, err);
    if (code) return code;
    if (plan->method == MG_FAITHFUL) return mg_faithful_prompt(g, p, err);
    code = read_words(g, plan, p, err);
    const bool reads = plan->method != MG_FLOW || mg_flow_matching_get_config(g->w->flow)->memory;
    return code || !reads ? code : read_memory(g, p, err);
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
                        : !in(o->copy_cost, 0, 2) ? "the cost of a copy lies between 0 and 2"
                        : !(o->strength > 0 && o->strength <= 1) ? "strength lies above 0, up to 1"
                        : o->neighbours < 1 || o->neighbours > MG_GROUP
                            ? "neighbours lie between 1 and 8"
                            : NULL;
    return wrong ? mg_fail(err, MOLGLOT_USAGE, "generate: %s", wrong) : MOLGLOT_OK;
}

/* Whether this file can do what is asked for. */
static int check_abilities(const mg_generator *g, const mg_plan *plan, bool texts,
                           molglot_error *err) {
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    if (plan->method == MG_FLOW && !g->w->flow)
        return mg_fail(err, MOLGLOT_USAGE, "%s holds no diffusion: use the method %s", g->w->path,
                       g->w->denoiser ? "faithful" : "direct");
    if (texts && plan->method == MG_DIRECT && c->words == 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s reads no sentences, only molecules", g->w->path);
    if (plan->o.like && c->molecules == 0)
        return mg_fail(err, MOLGLOT_USAGE, "%s reads no molecules to start from", g->w->path);
    if (plan->o.max_tokens && (plan->o.max_tokens < 2 || plan->o.max_tokens > c->max_tokens))
        return mg_fail(err, MOLGLOT_USAGE, "%s writes 2 to %d tokens, not %d", g->w->path,
                       c->max_tokens, plan->o.max_tokens);
    return plan->method == MG_FAITHFUL ? mg_faithful_check(g, plan, texts, err) : MOLGLOT_OK;
}

static int read_like(mg_generator *g, mg_plan *plan, molglot_error *err) {
    molglot_row_status row;
    if (!plan->o.like) return MOLGLOT_OK;
    int code = mg_generator_tokens(g, plan->o.like, &plan->like, &row, err);
    if (!code && !plan->like.ids)
        return mg_fail(err, MOLGLOT_USAGE, "the molecule to start from cannot be read: %s",
                       row.reason);
    if (code || plan->method != MG_FLOW) return code;
    if (!(plan->like_latents = malloc(mg_latents_size(g) * sizeof(float))))
        return mg_no_memory(err, "latents");
    return mg_latents_encode(g, &plan->o.like, 1, plan->like_latents, &row, err);
}

static const char *const methods[] = {
    [MG_DIRECT] = "direct", [MG_FLOW] = "diffusion", [MG_FAITHFUL] = "faithful"};

mg_generate_options mg_generate_resolve(const mg_generator *g, const mg_generate_options *o) {
    mg_generate_options r = *o;
    if (!r.method)
        r.method = methods[g->w->flow ? MG_FLOW : g->w->denoiser ? MG_FAITHFUL : MG_DIRECT];
    if (r.temperature < 0) r.temperature = strcmp(r.method, methods[MG_DIRECT]) == 0 ? 0.7f : 0;
    if (isnan(r.guidance)) r.guidance = strcmp(r.method, methods[MG_FAITHFUL]) == 0 ? 0.8f : 3;
    if (!r.steps) r.steps = strcmp(r.method, methods[MG_FAITHFUL]) == 0 ? MG_DDIM_STEPS : 10;
    if (r.candidates < r.n) r.candidates = r.n;
    if (!r.max_tokens) r.max_tokens = mg_writer_get_config(g->w->writer)->max_tokens;
    return r;
}

static int make_plan(mg_generator *g, const mg_generate_options *o, bool texts, mg_plan *plan,
                     molglot_error *err) {
    *plan = (mg_plan){.o = mg_generate_resolve(g, o)};
    size_t method = 0;
    while (method < MG_COUNT(methods) && strcmp(plan->o.method, methods[method]) != 0) method++;
    if (method == MG_COUNT(methods))
        return mg_fail(err, MOLGLOT_USAGE,
                       "method '%s' is neither direct nor diffusion nor faithful", plan->o.method);
    plan->method = method;
    int code = check_numbers(o, err);
    if (!code) code = check_abilities(g, plan, texts, err);
    return code ? code : read_like(g, plan, err);
}

static void free_plan(mg_plan *plan) {
    mg_tokens_free(&plan->like);
    free(plan->like_latents);
}

/* ---- draws of a block of sentences ---- */

typedef struct block {
    const mg_generator *g;
    const mg_plan *plan;
    size_t first, n;     /* sentences */
    mg_prompt *prompts;  /* [n] */
    mg_candidate *draws; /* [n, candidates] */
    int groups;          /* a sentence */
} block;

/* Where a job's draws are, and how many there are. */
static mg_candidate *draws_of(const block *b, int64_t job, int *n) {
    const int candidates = b->plan->o.candidates, at = (int)(job % b->groups) * MG_GROUP;
    *n = candidates - at < MG_GROUP ? candidates - at : MG_GROUP;
    return b->draws + job / b->groups * candidates + at;
}

static int draw_group(void *user, mg_worker *h, int64_t job) {
    const block *b = user;
    const int group = (int)(job % b->groups);
    int wanted;
    mg_candidate *out = draws_of(b, job, &wanted);
    const bool keep = out + wanted - b->draws <= MG_CANDIDATES_KEPT;
    int code = mg_sample_group(b->g, h, b->plan, &b->prompts[job / b->groups], group, wanted, keep,
                               out, &h->err);
    for (int i = 0; i < wanted; i++) out[i].shown.index = group * MG_GROUP + i;
    h->done = wanted;
    return code;
}

static int show_group(void *user, int64_t job) {
    const block *b = user;
    int n, wish = 0;
    const mg_candidate *drawn = draws_of(b, job, &n);
    for (int i = 0; i < n && !wish; i++)
        wish = b->plan->o.on_molecule(b->plan->o.user, &drawn[i].shown);
    return wish;
}

static int draw_block(mg_generator *g, block *b, const char *const *texts, size_t n_texts,
                      molglot_error *err) {
    const mg_generate_options *o = &b->plan->o;
    const int64_t candidates = o->candidates;
    int code = MOLGLOT_OK;
    for (size_t s = 0; s < b->n && !code; s++)
        code = read_prompt(g, b->plan, texts ? texts[b->first + s] : NULL, b->first + s,
                           &b->prompts[s], err);
    const mg_jobs jobs = {.fn = draw_group,
                          .user = b,
                          .n = (int64_t)b->n * b->groups,
                          .on_progress = o->on_progress,
                          .progress_user = o->user,
                          .before = (int64_t)b->first * candidates,
                          .total = (int64_t)n_texts * candidates,
                          .on_done = o->on_molecule ? show_group : NULL};
    return code ? code : mg_generator_run(g, &jobs, err);
}

/* ---- answers ---- */

static void free_answer(mg_answer *a) {
    mg_candidates_free(a->candidates, (size_t)a->n);
    free(a->candidates);
}

static int answer_block(const block *b, mg_answer_fn fn, void *user, molglot_error *err) {
    const int candidates = b->plan->o.candidates;
    int code = MOLGLOT_OK;
    for (size_t s = 0; s < b->n && !code; s++) {
        mg_answer answer = {0};
        code = mg_answer_rank(b->g, b->plan, &b->prompts[s], b->draws + s * (size_t)candidates,
                              candidates, &answer, err);
        if (!code) code = fn(user, b->first + s, &answer, err);
        free_answer(&answer);
        mg_candidates_free(b->draws + s * (size_t)candidates, (size_t)candidates);
    }
    return code;
}

int mg_generate_each(mg_generator *g, const char *const *texts, size_t n_texts,
                     const mg_generate_options *o, mg_answer_fn fn, void *user,
                     molglot_error *err) {
    mg_plan plan;
    int code = make_plan(g, o, texts != NULL, &plan, err);
    const size_t candidates = code ? 1 : (size_t)plan.o.candidates,
                 fit = MG_CANDIDATES_KEPT / candidates, most = fit > 0 ? fit : 1,
                 rows = n_texts < most ? n_texts : most;
    block b = {.g = g, .plan = &plan, .groups = (int)((candidates + MG_GROUP - 1) / MG_GROUP)};
    b.prompts = calloc(rows + 1, sizeof *b.prompts);
    b.draws = calloc(rows * candidates + 1, sizeof *b.draws);
    if (!code && (!b.prompts || !b.draws)) code = mg_no_memory(err, "%zu draws", rows * candidates);
    for (; b.first < n_texts && !code; b.first += b.n) {
        b.n = n_texts - b.first < rows ? n_texts - b.first : rows;
        code = draw_block(g, &b, texts, n_texts, err);
        if (!code) code = answer_block(&b, fn, user, err);
        for (size_t s = 0; s < b.n; s++) free_prompt(&b.prompts[s]);
        memset(b.prompts, 0, rows * sizeof *b.prompts);
    }
    if (b.draws) mg_candidates_free(b.draws, rows * candidates);
    free(b.draws);
    free(b.prompts);
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
