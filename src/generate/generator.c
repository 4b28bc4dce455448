/* generator.c - a writer with its workers, one a thread: their life, jobs for all of them, and
 * molecules as the writer reads them.
 */
#include "chem/smiles/smiles.h"
#include "generate/generate.h"
#include "generate/inside.h"
#include "model/bundle/bundle.h"
#include "model/writer/writer.h"
#include "search/search.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define CPU_ARENA    ((size_t)1 << 34) /* address space of a worker's tape, not memory */
#define WORKER_ARENA ((size_t)1 << 30)

/* ---- its life ---- */

static int open_worker(mg_worker *h, const mg_generator *g, const char *device, bool cpu,
                       molglot_error *err) {
    int code = mg_arena_init(&h->arena, WORKER_ARENA, err);
    if (code) return code;
    /* bf16, as in training: rows are rounded where the CPU multiplies bf16, or else only weights
     * are what their file says. */
    const bool half = cpu && !g->moflow; /* a flow's way back is exact in F32 alone */
    h->tape = mg_tape_new(device, half ? MG_PREC_BF16 : MG_PREC_F32, 1, cpu ? CPU_ARENA : 0, err);
    if (!h->tape) return MOLGLOT_FAILED;
    return g->t5       ? mg_t5_part_attach(g->t5, h->tape, err)
           : g->motif  ? mg_motif_part_attach(g->motif, h->tape, err)
           : g->moflow ? mg_moflow_part_attach(g->moflow, h->tape, err)
                       : mg_writer_part_attach(g->w, h->tape, err);
}

/* An index's rows have the length of the ranker's, a part's codes a basis of that length. */
static bool memory_fits(const mg_memory *m, mg_embedder *ranker) {
    if (!mg_memory_is_there(m)) return true;
    return ranker &&
           (m->index ? mg_index_model_dim(m->index) : m->part->dim) == mg_embedder_dim(ranker);
}

/* `like` says what it works with. */
static mg_generator *new_generator(const mg_generator *like, const char *device, int threads,
                                   molglot_error *err) {
    if (!device) device = "cpu";
    const bool cpu = strcmp(device, "cpu") == 0 || strcmp(device, "ref") == 0;
    mg_generator *g = calloc(1, sizeof *g);
    /* one GPU, one queue of work */
    const int workers = !cpu ? 1 : mg_threads(threads);
    if (!g || !(g->workers = calloc((size_t)workers, sizeof *g->workers))) {
        free(g);
        mg_no_memory(err, "a generator");
        return NULL;
    }
    g->w = like->w, g->t5 = like->t5, g->motif = like->motif, g->moflow = like->moflow;
    g->ranker = like->ranker, g->memory = like->memory;
    g->n_workers = workers;
    for (int i = 0; i < workers; i++) {
        if (open_worker(&g->workers[i], g, device, cpu, err) == MOLGLOT_OK) continue;
        mg_generator_free(g);
        return NULL;
    }
    return g;
}

mg_generator *mg_generator_new(const mg_writer_part *w, mg_embedder *ranker,
                               const mg_memory *memory, const char *device, int threads,
                               molglot_error *err) {
    const mg_generator like = {
        .w = w, .ranker = ranker, .memory = memory ? *memory : (mg_memory){0}};
    if (memory_fits(&like.memory, ranker)) return new_generator(&like, device, threads, err);
    mg_fail(err, MOLGLOT_USAGE, "a memory needs the model that it was made with");
    return NULL;
}

mg_generator *mg_generator_new_t5(const mg_t5_part *t5, mg_embedder *ranker, const char *device,
                                  int threads, molglot_error *err) {
    const mg_generator like = {.t5 = t5, .ranker = ranker};
    return new_generator(&like, device, threads, err);
}

mg_generator *mg_generator_new_motif(const mg_motif_part *motif, mg_embedder *ranker,
                                     const char *device, int threads, molglot_error *err) {
    const mg_generator like = {.motif = motif, .ranker = ranker};
    return new_generator(&like, device, threads, err);
}

mg_generator *mg_generator_new_moflow(const mg_moflow_part *flow, mg_embedder *ranker,
                                      const char *device, int threads, molglot_error *err) {
    const mg_generator like = {.moflow = flow, .ranker = ranker};
    return new_generator(&like, device, threads, err);
}

void mg_generator_rerank(mg_generator *g, mg_reranker *rerank) { g->rerank = rerank; }
void mg_generator_space(mg_generator *g, mg_embedder *space) { g->space = space; }
void mg_generator_names(mg_generator *g, const mg_dictionary *names) { g->names = names; }

void mg_generator_free(mg_generator *g) {
    if (!g) return;
    for (int i = 0; i < g->n_workers; i++) {
        mg_tape_free(g->workers[i].tape);
        mg_writer_packer_free(&g->workers[i].packer);
        mg_arena_free(&g->workers[i].arena);
    }
    mg_groups_free(g->groups);
    mg_screen_free(g->own_screen);
    free(g->workers);
    free(g);
}

/* ---- work on all workers ---- */

typedef struct run {
    bool stop;
    omp_lock_t hooks; /* are called under it */
    int64_t done;
    bool *finished; /* [n] jobs; NULL without on_done */
    int64_t next;   /* the job that on_done hears of next */
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

/* Calls the hooks after a job; what is not 0 stops. */
static int call_hooks(const mg_jobs *jobs, run *r, int64_t job, int64_t done) {
    int wish = 0;
    r->done += done;
    if (jobs->on_progress) wish = jobs->on_progress(jobs->progress_user, r->done, jobs->total);
    if (r->finished) r->finished[job] = true;
    while (r->finished && !wish && r->next < jobs->n && r->finished[r->next])
        wish = jobs->on_done(jobs->user, r->next++);
    return wish;
}

static void do_job(mg_worker *h, const mg_jobs *jobs, run *r, int64_t job) {
    if (stopped(r)) return;
    if ((h->code = jobs->fn(jobs->user, h, job)) != MOLGLOT_OK) {
        stop(r);
        return;
    }
    omp_set_lock(&r->hooks);
    if (!stopped(r) && call_hooks(jobs, r, job, h->done)) {
        h->code = mg_fail(&h->err, MOLGLOT_INTERRUPTED, "interrupted");
        stop(r);
    }
    omp_unset_lock(&r->hooks);
}

int mg_generator_run(mg_generator *g, const mg_jobs *jobs, molglot_error *err) {
    run r = {.done = jobs->before};
    int code = mg_chem_init(err);
    if (code) return code;
    if (jobs->on_done && !(r.finished = calloc((size_t)jobs->n + 1, sizeof *r.finished)))
        return mg_no_memory(err, "%lld jobs", (long long)jobs->n);
    const int workers = jobs->n < g->n_workers ? (int)jobs->n : g->n_workers;
    for (int i = 0; i < g->n_workers; i++) g->workers[i].code = MOLGLOT_OK;
    omp_init_lock(&r.hooks);
#pragma omp parallel for num_threads(workers > 0 ? workers : 1) schedule(dynamic, 1)
    for (int64_t job = 0; job < jobs->n; job++)
        do_job(&g->workers[omp_get_thread_num()], jobs, &r, job);
    omp_destroy_lock(&r.hooks);
    free(r.finished);
    for (int i = 0; i < g->n_workers; i++) {
        if (!g->workers[i].code) continue;
        if (err) *err = g->workers[i].err;
        return g->workers[i].code;
    }
    return MOLGLOT_OK;
}

/* ---- what the writer reads and writes ---- */

size_t mg_latents_size(const mg_generator *g) {
    if (g->motif) return (size_t)mg_motif_vae_config(g->motif->vae)->latent;
    if (!g->w) return 0;
    const mg_writer_config *c = mg_writer_get_config(g->w->writer);
    return (size_t)c->latents * (size_t)c->latent_dim;
}

void mg_tokens_free(mg_tokens *t) {
    free(t->ids);
    free(t->smiles);
    *t = (mg_tokens){0};
}

int mg_generator_tokens(const mg_generator *g, const char *smiles, mg_tokens *out,
                        molglot_row_status *row, molglot_error *err) {
    const int32_t most = mg_writer_get_config(g->w->writer)->max_tokens - 1; /* beside one end */
    *out = (mg_tokens){0};
    *row = (molglot_row_status){.ok = 1, .offset = -1};
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, row);
    if (!mol) return MOLGLOT_OK;
    out->smiles = mg_mol_smiles(mol, true);
    mg_mol_free(mol);
    out->ids = malloc((size_t)most * sizeof *out->ids);
    int code = out->smiles && out->ids ? MOLGLOT_OK : mg_no_memory(err, "a molecule");
    if (!code) out->n = mg_smiles_encode(g->w->tokens, out->smiles, out->ids, most, row);
    if (code || !row->ok) mg_tokens_free(out);
    return code;
}
