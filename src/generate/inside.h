/* inside.h - what generate*.c and latents.c share (inside src/task).
 *
 * Draws run in groups of up to MG_GROUP sequences, each group on one thread, which reads the inputs
 * once for all of them. What a draw gives is the same however many molecules are asked for,
 * whatever else is drawn, and however many threads there are: latents are always made for MG_GROUP
 * draws, and so few rows go through tensor/cpu/linear.c's own dot products, where a row's numbers
 * do not depend on the rows beside it. From four rows on these are bound by multiplying, not by
 * reading weights, so that larger groups are no faster, and two threads share sixteen draws.
 */
#ifndef MG_GENERATE_INSIDE_H
#define MG_GENERATE_INSIDE_H

#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "model/writer/writer.h"
#include "search/search.h"

enum {
    MG_GROUP = 8,
    MG_NEAR = 16 /* molecules of the memory that are looked up for a sentence at most */
};

typedef struct mg_worker { /* what one thread works with */
    mg_tape *tape;
    mg_writer_packer packer;
    mg_arena arena; /* packed sentences for the flow, latents */
    int64_t done;   /* what the last job counts for in on_progress */
    int code;
    molglot_error err;
} mg_worker;

struct mg_generator {
    const mg_writer_file *w;
    mg_embedder *ranker;
    const mg_index *memory;
    mg_worker *workers;
    int n_workers;
};

typedef struct mg_tokens {
    int32_t *ids, n;
} mg_tokens;
/* A sentence as the models read it. */
typedef struct mg_prompt {
    const char *text; /* NULL: none */
    uint64_t hash;    /* its draws' random streams follow from it */
    mg_tokens words;
    /* nearest molecules of the memory that the writer can read, best first */
    mg_tokens near[MG_NEAR];
    int n_near;
    float *condition; /* faithful: [condition] (generate.h); NULL: none */
    bool cut;
} mg_prompt;

typedef struct mg_plan { /* one call of mg_generate */
    mg_generate_options o;
    enum { MG_DIRECT, MG_FLOW, MG_FAITHFUL } method;
    mg_tokens like;      /* ids NULL: none */
    float *like_latents; /* flow with `like`, else NULL */
} mg_plan;

/* Calls fn for jobs 0 .. n-1 on all workers; the first failure stops, and is returned. on_progress
 * (or NULL): as mg_generate_options has it. */
typedef struct mg_jobs {
    int (*fn)(void *user, mg_worker *h, int64_t job);
    void *user;
    int64_t n, total; /* total: the sum of what the workers call done */
    int (*on_progress)(void *user, int64_t done, int64_t total);
    void *progress_user;
} mg_jobs;
int mg_generator_run(mg_generator *g, const mg_jobs *jobs, molglot_error *err);
/* Token ids of the molecule's canonical SMILES; row says why not (ids NULL), which is no
 * failure. */
int mg_generator_tokens(const mg_generator *g, const char *smiles, mg_tokens *out,
                        molglot_row_status *row, molglot_error *err);
void mg_tokens_free(mg_tokens *t);

/* samples.c: gives the first `wanted` draws of a group their sequences of a memory of few,
 * draw i sequence i mod their number. On a GPU all draws of the group, because shapes decide on
 * rounding there. */
void mg_share_context(mg_tape *t, int wanted, mg_context *context);
/* draws group * MG_GROUP .. of a sentence, out[] the first `wanted` of them. */
int mg_sample_group(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                    const mg_prompt *prompt, int group, int wanted, mg_generated *out,
                    molglot_error *err);
/* A memory that mg_share_context has seen to molecules, seen by RDKit; out[wanted]. */
int mg_sample_rows(const mg_generator *g, mg_worker *h, const mg_context *context,
                   const mg_sample_options *o, const uint64_t *streams, int wanted,
                   mg_generated *out, molglot_error *err);

/* Latents z [MG_GROUP, size] through the flow from time 1 - strength on. */
int mg_settle_group(const mg_generator *g, mg_worker *h, const mg_settle_options *o,
                    const uint64_t *streams, float *z, molglot_error *err);

/* faithful.c: whether it can be done; a sentence's condition; latents of a group, z
 * [MG_GROUP, mg_latents_size]. */
int mg_faithful_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err);
int mg_faithful_prompt(const mg_generator *g, mg_prompt *p, molglot_error *err);
int mg_faithful_latents(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                        const mg_prompt *p, const uint64_t *streams, float *z, molglot_error *err);

/* rank.c: takes over the strings of draws[n]; the options' n best of them go into out. */
int mg_rank_draws(const mg_generator *g, const mg_plan *plan, const mg_prompt *prompt,
                  mg_generated *draws, int n, mg_generation *out, molglot_error *err);

#endif
