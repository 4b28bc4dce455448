/* inside.h - what the files of this folder share.
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
    MG_NEAR = 16,    /* molecules of the memory that are looked up for a sentence at most */
    MG_RELATED = 96, /* molecules that it says by their relation to others, at most */
    MG_OFFERED = MG_NEAR + MG_RELATED /* molecules that stand beside the draws, at most */
};

/* ---- generator.c ---- */

typedef struct mg_worker { /* what one thread works with */
    mg_tape *tape;
    mg_writer_packer packer;
    mg_arena arena; /* packed sentences for the flow, latents */
    int64_t done;   /* what the last job counts for in on_progress */
    int code;
    molglot_error err;
} mg_worker;

struct mg_generator {
    const mg_writer_part *w;      /* NULL: of a T5 */
    const mg_t5_part *t5;         /* or NULL */
    const mg_motif_part *motif;   /* or NULL */
    const mg_moflow_part *moflow; /* or NULL */
    mg_embedder *ranker, *space;  /* space: of aligned latents; NULL: the ranker */
    mg_memory memory;
    mg_worker *workers;
    int n_workers;
    const mg_dictionary *names; /* of molecules that sentences name, or NULL */
    mg_reranker *rerank;        /* or NULL */
    mg_groups *groups;          /* of requests; made when the first sentence comes */
    const mg_screen *screen;    /* or NULL */
    mg_screen *own_screen;      /* the lists that are built in, made when they are needed */
};

/* Jobs 0 .. n-1 for all workers. The first failure stops, and is returned. The hooks may be NULL;
 * they are called from one thread at a time, and what is not 0 stops with MOLGLOT_INTERRUPTED. */
typedef struct mg_jobs {
    int (*fn)(void *user, mg_worker *h, int64_t job);
    void *user;
    int64_t n;
    /* what jobs called done so far, from `before` on, of `total` */
    int (*on_progress)(void *user, int64_t done, int64_t total);
    void *progress_user;
    int64_t before, total;
    /* a job is done, and so are all before it: 0, 1, 2 ... */
    int (*on_done)(void *user, int64_t job);
} mg_jobs;
int mg_generator_run(mg_generator *g, const mg_jobs *jobs, molglot_error *err);

typedef struct mg_tokens { /* of a sentence, or of a molecule */
    int32_t *ids, n;
    char *smiles; /* a molecule's canonical SMILES, or NULL */
} mg_tokens;
/* The molecule as the writer reads it. row says why not (ids NULL), which is no failure. */
int mg_generator_tokens(const mg_generator *g, const char *smiles, mg_tokens *out,
                        molglot_row_status *row, molglot_error *err);
void mg_tokens_free(mg_tokens *t);

/* ---- asked.c ---- */
/* MG_ODD_... that a sentence asks for, folded by mg_text_fold; what the first of some is called. */
unsigned mg_odd_asked(const char *folded);
const char *mg_odd_name(unsigned odd);

/* ---- candidate.c ---- */

/* Takes s->smiles. keep: keeps the parsed molecule. The caller sets shown.index. w may be NULL. */
int mg_candidate_read(const mg_writer_part *w, mg_sample *s, bool keep, mg_candidate *out,
                      molglot_error *err);
/* Hands over the public part. */
mg_generated mg_candidate_take(mg_candidate *c);

/* ---- screened.c ---- */
/* Makes g->screen where there is none. */
int mg_generator_screens(mg_generator *g, molglot_error *err);
/* Fills shown.control_list of a valid candidate and marks what is to be left out. how:
 * MOLGLOT_SCREEN_... ; after mg_generator_screens. */
int mg_candidate_screen(const mg_generator *g, int how, mg_candidate *c, molglot_error *err);
int mg_candidates_screen(const mg_generator *g, int how, mg_candidate *c, size_t n,
                         molglot_error *err);

/* ---- one call of mg_generate ---- */

typedef struct mg_prompt { /* a sentence as the models read it */
    const char *text;      /* NULL: none */
    mg_str folded;         /* the same by mg_text_fold: what the writer reads */
    unsigned asked;        /* MG_ODD_... that it asks for */
    uint64_t hash;         /* its draws' random streams follow from it */
    float *embedding;      /* by the ranker; NULL: no ranker, or it knows nothing of the sentence */
    mg_tokens words;
    /* nearest molecules of the memory that the writer can read, best first */
    mg_tokens near[MG_NEAR];
    int n_near;
    /* what the sentence asks of molecules; NULL: nothing. Then `near` are those of the memory that
     * meet all of it, if there are any. */
    mg_request *request;
    mg_meets *meets;
    bool near_meets;
    bool open;        /* the request leaves open what kind of molecule is meant */
    mg_denied denied; /* a molecule that is not wanted */
    char *telling;    /* its words that are no conditions; NULL: none, or a database's definition */
    float *near_vectors; /* aligned latents: of the first ones of `near`, [n_near_vectors, space] */
    int n_near_vectors;
    float *condition; /* faithful: [condition] (generate.h); NULL: none */
    bool cut;
} mg_prompt;

typedef struct mg_plan {
    mg_generate_options o;
    enum { MG_DIRECT, MG_FLOW, MG_FAITHFUL, MG_BEAM, MG_MOTIF, MG_MOFLOW } method;
    /* draws of a sentence in the first round, and at most; whether their temperature rises */
    int first, most;
    bool warms;
    mg_tokens like;       /* ids NULL: none */
    float *like_latents;  /* flow with `like`, else NULL */
    mg_candidate like_as; /* with `like`: its plain SMILES and fingerprint */
    char like_key[15];    /* letters of its InChIKey that say the skeleton; "": unknown */
    unsigned like_odd;    /* MG_ODD_... that it has */
    mg_smarts *keep;      /* NULL: any */
} mg_plan;
/* Whether all draws from one context are the same. */
bool mg_plan_is_greedy(const mg_generator *g, const mg_plan *plan);
/* Different contexts of a sentence's draws. */
int mg_plan_contexts(const mg_generator *g, const mg_plan *plan, const mg_prompt *p);
/* Whether a candidate may stand in the answer. */
static inline bool mg_plan_takes(const mg_plan *plan, const mg_candidate *c) {
    return c->shown.valid && !c->unwanted && !c->controlled && (plan->o.keep_odd || !c->shown.odd);
}

/* ---- faithful.c: latents as 3M-Diffusion makes them ---- */
/* Whether it can be done. */
int mg_faithful_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err);
/* The condition of a sentence. */
int mg_faithful_prompt(const mg_generator *g, mg_prompt *p, molglot_error *err);
/* Latents of a group, z [MG_GROUP, mg_latents_size]. */
int mg_faithful_latents(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                        const mg_prompt *p, const uint64_t *streams, float *z, molglot_error *err);

/* ---- aligned.c: latents that begin with a vector of the aligned space ---- */
bool mg_generator_is_aligned(const mg_generator *g);
/* Whether there is the space; whether method "diffusion" can be done. */
int mg_aligned_check_space(const mg_generator *g, molglot_error *err);
int mg_aligned_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err);
/* Vectors [n, space] of molecules; on the calling thread. */
int mg_aligned_vectors(const mg_generator *g, const char *const *smiles, size_t n, float *out,
                       molglot_error *err);
/* Those of the neighbours. */
int mg_aligned_prompt(const mg_generator *g, const mg_plan *plan, mg_prompt *p, molglot_error *err);
/* Latents of a group, z [MG_GROUP, mg_latents_size]. drafts: which draws have another molecule's
 * remainder; if any has, the packer holds all drafts. */
int mg_aligned_latents_of(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                          const mg_prompt *p, const uint64_t *streams, float *z,
                          bool drafts[MG_GROUP], molglot_error *err);
/* The point t of the way from a to b on the great circle. */
void mg_latents_turn(const float *a, const float *b, int dim, double t, float *out);

/* ---- motif.c: a group of draws motif by motif ---- */
/* Whether it can be done. */
int mg_motif_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err);
/* Molecules of a group, out[wanted]. */
int mg_motif_rows(const mg_generator *g, mg_worker *h, const mg_plan *plan, const mg_prompt *p,
                  const uint64_t *streams, int wanted, mg_candidate *out, molglot_error *err);

/* ---- beams.c: all draws of a sentence by a T5 ---- */
/* Whether it can be done; plan->first is set. */
int mg_beams_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err);
/* At most plan->first of them into out, *n. */
int mg_beams_draw(const mg_generator *g, mg_worker *h, const mg_plan *plan, const mg_prompt *p,
                  mg_candidate *out, int *n, molglot_error *err);

/* ---- moflow.c: draws of MoFlow ---- */
/* Whether it can be done. */
int mg_moflow_check(const mg_generator *g, const mg_plan *plan, bool texts, molglot_error *err);
/* A group, out[wanted]; streams[MG_GROUP]. */
int mg_moflow_draws(const mg_generator *g, mg_worker *h, const mg_plan *plan, const mg_prompt *p,
                    const uint64_t *streams, int wanted, mg_candidate *out, molglot_error *err);

/* ---- samples.c: a group of draws ---- */

/* Which sequence of a context each draw of a group attends to: draw i sequence i mod their number.
 * wanted: draws that are needed. On a GPU the group is always whole, because shapes decide on
 * rounding there. */
void mg_context_assign(mg_tape *t, int wanted, mg_context *context);
/* Draws group * MG_GROUP .. of a sentence, out[] the first `wanted` of them. keep: as in
 * mg_candidate_read. */
int mg_sample_group(const mg_generator *g, mg_worker *h, const mg_plan *plan,
                    const mg_prompt *prompt, int group, int wanted, bool keep, mg_candidate *out,
                    molglot_error *err);
/* Molecules of an assigned context, out[wanted]. */
int mg_sample_rows(const mg_generator *g, mg_worker *h, const mg_context *context,
                   const mg_sample_options *o, const uint64_t *streams, int wanted, bool keep,
                   mg_candidate *out, molglot_error *err);
/* Latents z [MG_GROUP, size] mixed with noise, then through the flow. */
int mg_refine_group(const mg_generator *g, mg_worker *h, const mg_refine_options *o,
                    const uint64_t *streams, float *z, molglot_error *err);

/* Looks at a candidate whose molecule is there: odd, unwanted. */
int mg_candidate_judge(const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                       mg_candidate *c, molglot_error *err);

/* ---- asks.c: what sentences ask of molecules ---- */
/* Reads p->request of p->text. */
int mg_prompt_asks(mg_generator *g, mg_prompt *p, molglot_error *err);
/* The rows of the memory that meet all of it, the nearest first, at most `most`; *n of them. Where
 * p->open, the most typical of several times as many. */
int mg_prompt_meeting(const mg_generator *g, const mg_plan *plan, const mg_prompt *p, int most,
                      int64_t *rows, int *n, molglot_error *err);
/* How typical a molecule is where any may be meant: QED, 0 to 1. Of mol, or where that is NULL of
 * smiles. */
int mg_generator_typical(const mg_generator *g, const mg_mol *mol, const char *smiles, double *out,
                         molglot_error *err);
/* Verdicts of valid candidates that have none yet. */
int mg_candidates_meet(const mg_prompt *p, mg_candidate *c, size_t n, molglot_error *err);
/* Puts p->near behind draws[n] as candidates; returns how many they are now. */
int mg_prompt_offer(const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                    mg_candidate *draws, int *n, molglot_error *err);

/* ---- related.c: molecules that sentences say by their relation to others ---- */
/* Puts them behind draws[n]; returns how many these are now. */
int mg_prompt_relate(const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                     mg_candidate *draws, int *n, molglot_error *err);

/* What that is worth, in the unit of a cosine. */
double mg_related_worth(const mg_related *r);

/* ---- rank.c ---- */
/* The answer from draws[n]; what it does not take stays there. */
int mg_answer_rank(const mg_generator *g, const mg_plan *plan, const mg_prompt *prompt,
                   mg_candidate *draws, int n, mg_answer *out, molglot_error *err);

#endif
