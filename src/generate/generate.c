/* generate.c - sentences to molecules: drawn by the writer (directly, or from latents that the flow
 * makes), read by RDKit, without duplicates, ranked.
 *
 *   per sentence   word pieces, and with a memory the SMILES of its nearest molecules there;
 *                  faithful: its condition (faithful.c)
 *   per group      MG_GROUP draws side by side (samples.c), any number of groups at once, one
 *                  a thread
 *   per sentence   duplicates out, scores, the n best (rank.c)
 *
 * Draw i of a sentence is a function of (writer, options, seed, sentence, i): its random numbers
 * come from a stream that is a hash of the sentence and i.
 */
#include "generate/generate.h"

#include "chem/smiles/smiles.h"
#include "generate/inside.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"
#include "search/search.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define CPU_ARENA    ((size_t)1 << 34) /* address space of a worker's tape, not memory */
#define WORKER_ARENA ((size_t)1 << 30)

mg_generate_options mg_generate_default(void) {
    return (mg_generate_options){.n = 16,
                                 .temperature = -1,
                                 .guidance = NAN,
                                 .eta = 1,
                                 .copy_cost = 0.05f,
                                 .strength = 0.5f,
                                 .neighbours = 4};
}

/* ---- the generator ---- */

static int open_worker(mg_worker *h, const mg_writer_file *w, const char *device, bool cpu,
                       molglot_error *err) {
    int code = mg_arena_init(&h->arena, WORKER_ARENA, err);
    if (code) return code;
    /* bf16, as in training: rows are rounded where the CPU multiplies bf16, or else only weights
     * are what their file says. */
    h->tape = mg_tape_new(device, cpu ? MG_PREC_BF16 : MG_PREC_F32, 1, cpu ? CPU_ARENA : 0, err);
    return h->tape ? mg_writer_file_attach(w, h->tape, err) : MOLGLOT_FAILED;
}

mg_generator *mg_generator_new(const mg_writer_file *w, mg_embedder *ranker, const mg_index *memory,
                               const char *device, int threads, molglot_error *err) {
    if (!device) device = "cpu";
    const bool cpu = strcmp(device, "cpu") == 0 || strcmp(device, "ref") == 0;
    if (memory && (!ranker || mg_index_dim(memory) != mg_embedder_dim(ranker))) {
        mg_fail(err, MOLGLOT_USAGE, "a memory needs the model that its index was made with");
        return NULL;
    }
    mg_generator *g = calloc(1, sizeof *g);
    /* one GPU, one queue of work */
    const int workers = !cpu ? 1 : threads > 0 ? threads : omp_get_max_threads();
    if (!g || !(g->workers = calloc((size_t)workers, sizeof *g->workers))) {
        free(g);
        mg_no_memory(err, "a generator");
        return NULL;
    }
    g->w = w, g->ranker = ranker, g->memory = memory, g->n_workers = workers;
    for (int i = 0; i < workers; i++) {
        if (open_worker(&g->workers[i], w, device, cpu, err) == MOLGLOT_OK) continue;
        mg_generator_free(g);
        return NULL;
    }
    return g;
}

void mg_generator_free(mg_generator *g) {
    if (!g) return;
    for (int i = 0; i < g->n_workers; i++) {
        mg_tape_free(g->workers[i].tape);
        mg_writer_packer_free(&g->workers[i].packer);
        mg_arena_free(&g->workers[i].arena);
    }
    free(g->workers);
    free(g);
}

/* ---- work on all workers ---- */

typedef struct run {
    bool stop;
    omp_lock_t telling;
    int64_t done;
} run;

static bool stopped(run *r) {
    bool stop;
#pragma omp atomic read
    stop = r->stop;
    return stop;
}

static void stop(run *r) {
#pragma omp atomic write
    r->stop = true;
}

static void do_job(mg_worker *h, const mg_jobs *jobs, run *r, int64_t job) {
    if (stopped(r)) return;
    if ((h->code = jobs->fn(jobs->user, h, job)) != MOLGLOT_OK) {
        stop(r);
        return;
    }
    if (!jobs->on_progress) return;
    omp_set_lock(&r->telling);
    r->done += h->done;
    if (!stopped(r) && jobs->on_progress(jobs->progress_user, r->done, jobs->total)) {
        h->code = mg_fail(&h->err, MOLGLOT_INTERRUPTED, "interrupted");
        stop(r);
    }
    omp_unset_lock(&r->telling);
}

int mg_generator_run(mg_generator *g, const mg_jobs *jobs, molglot_error *err) {
    run r = {0};
    int code = mg_chem_init(err);
    if (code) return code;
    const int workers = jobs->n < g->n_workers ? (int)jobs->n : g->n_workers;
    for (int i = 0; i < g->n_workers; i++) g->workers[i].code = MOLGLOT_OK;
    omp_init_lock(&r.telling);
#pragma omp parallel for num_threads(workers > 0 ? workers : 1) schedule(dynamic, 1)
    for (int64_t job = 0; job < jobs->n; job++)
        do_job(&g->workers[omp_get_thread_num()], jobs, &r, job);
    omp_destroy_lock(&r.telling);
    for (int i = 0; i < g->n_workers; i++) {
        if (!g->workers[i].code) continue;
        if (err) *err = g->workers[i].err;
        return g->workers[i].code;
    }
    return MOLGLOT_OK;
}

/* ---- prompts ---- */

void mg_tokens_free(mg_tokens *t) {
    free(t->ids);
    *t = (mg_tokens){0};
}

int mg_generator_tokens(const mg_generator *g, const char *smiles, mg_tokens *out,
                        molglot_row_status *row, molglot_error *err) {
    const int32_t most = mg_writer_get_config(g->w->writer)->max_tokens - 1; /* beside one end */
    *out = (mg_tokens){0};
    *row = (molglot_row_status){.ok = 1, .offset = -1};
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, row);
    if (!mol) return MOLGLOT_OK;
    char *canonical = mg_mol_smiles(mol, true);
    mg_mol_free(mol);
    out->ids = malloc((size_t)most * sizeof *out->ids);
    int code = canonical && out->ids ? MOLGLOT_OK : mg_no_memory(err, "a molecule");
    if (!code) out->n = mg_smiles_encode(g->w->tokens, canonical, out->ids, most, row);
    if (code || !row->ok) mg_tokens_free(out);
    free(canonical);
    return code;
}

static void free_prompt(mg_prompt *p) {
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

/* The molecules of the memory that are nearest to the sentence; what the writer cannot read is left
 * out. */
static int read_memory(const mg_generator *g, mg_prompt *p, molglot_error *err) {
    molglot_hit hits[MG_NEAR];
    molglot_row_status row;
    if (!g->memory || !p->text || mg_writer_get_config(g->w->writer)->molecules < 1)
        return MOLGLOT_OK;
    float *v = malloc((size_t)mg_embedder_dim(g->ranker) * sizeof *v);
    int code = v ? mg_embed_texts(g->ranker, &p->text, 1, v, &row, err)
                 : mg_no_memory(err, "a sentence");
    if (!code && row.ok) code = mg_index_search(g->memory, v, 1, MG_NEAR, 1, hits, err);
    for (int i = 0; i < MG_NEAR && !code && row.ok; i++) {
        molglot_row_status unread;
        if (hits[i].row < 0) break;
        code = mg_generator_tokens(g, mg_index_smiles(g->memory, hits[i].row), &p->near[p->n_near],
                                   &unread, err);
        if (!code && p->near[p->n_near].ids) p->n_near++;
    }
    free(v);
    return code;
}

static int read_prompt(const mg_generator *g, const mg_plan *plan, const char *text, size_t number,
                       mg_prompt *p, molglot_error *err) {
    p->text = text;
    p->hash = text ? mg_hash64(text, strlen(text), 0) : mg_hash64(&number, sizeof number, 1);
    if (plan->method == MG_FAITHFUL) return mg_faithful_prompt(g, p, err);
    int code = read_words(g, plan, p, err);
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

/* ---- all of it ---- */

typedef struct work {
    const mg_generator *g;
    const mg_plan *plan;
    const mg_prompt *prompts;
    mg_generated *draws; /* [sentences, candidates] */
    int groups;          /* a sentence */
} work;

static int draw(void *user, mg_worker *h, int64_t job) {
    const work *k = user;
    const int64_t sentence = job / k->groups;
    const int group = (int)(job % k->groups), candidates = k->plan->o.candidates;
    const int left = candidates - group * MG_GROUP, wanted = left < MG_GROUP ? left : MG_GROUP;
    mg_generated *out = k->draws + sentence * candidates + group * MG_GROUP;
    int code = mg_sample_group(k->g, h, k->plan, &k->prompts[sentence], group, wanted, out,
                               &h->err);
    for (int i = 0; i < wanted; i++) out[i].index = group * MG_GROUP + i;
    h->done = wanted;
    return code;
}

static int draw_and_rank(mg_generator *g, const mg_plan *plan, const mg_prompt *prompts, size_t n,
                         mg_generation *out, molglot_error *err) {
    const size_t candidates = (size_t)plan->o.candidates;
    work k = {g, plan, prompts, calloc(n * candidates + 1, sizeof *k.draws),
              (plan->o.candidates + MG_GROUP - 1) / MG_GROUP};
    if (!k.draws) return mg_no_memory(err, "%zu draws", n * candidates);
    const mg_jobs jobs = {
        draw,        &k, (int64_t)n * k.groups, (int64_t)(n * candidates), plan->o.on_progress,
        plan->o.user};
    int code = mg_generator_run(g, &jobs, err);
    for (size_t s = 0; s < n && !code; s++)
        code = mg_rank_draws(g, plan, &prompts[s], k.draws + s * candidates, (int)candidates,
                             &out[s], err);
    mg_generated_free(k.draws, n * candidates);
    free(k.draws);
    return code;
}

int mg_generate(mg_generator *g, const char *const *texts, size_t n_texts,
                const mg_generate_options *o, mg_generation *out, molglot_error *err) {
    memset(out, 0, n_texts * sizeof *out);
    mg_plan plan;
    mg_prompt *prompts = calloc(n_texts + 1, sizeof *prompts);
    if (!prompts) return mg_no_memory(err, "%zu sentences", n_texts);
    int code = make_plan(g, o, texts != NULL, &plan, err);
    for (size_t s = 0; s < n_texts && !code; s++)
        code = read_prompt(g, &plan, texts ? texts[s] : NULL, s, &prompts[s], err);
    if (!code) code = draw_and_rank(g, &plan, prompts, n_texts, out, err);
    for (size_t s = 0; s < n_texts; s++) {
        out[s].cut = prompts[s].cut;
        free_prompt(&prompts[s]);
        if (code) mg_generation_free(&out[s]);
    }
    free(prompts);
    mg_tokens_free(&plan.like);
    free(plan.like_latents);
    return code;
}

void mg_generated_free(mg_generated *molecules, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free(molecules[i].smiles);
        free(molecules[i].why);
        molecules[i].smiles = molecules[i].why = NULL;
    }
}

void mg_generation_free(mg_generation *r) {
    if (!r) return;
    mg_generated_free(r->molecules, (size_t)r->n);
    free(r->molecules);
    *r = (mg_generation){0};
}
