/* generate.h - sentences to molecules, molecules to latents and back. */
#ifndef MG_GENERATE_GENERATE_H
#define MG_GENERATE_GENERATE_H

#include "chem/chem.h"
#include "chem/triage/triage.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

typedef struct mg_generator mg_generator;
/* public: molglot.h says what their fields mean */
typedef molglot_generate_options mg_generate_options;
typedef molglot_molecule mg_generated;
typedef molglot_generation mg_generation; /* of one sentence */

/* ---- memory.c: molecules that a writer may start from ----
 * Of an index, or of a bundle's part, both made with the ranker's model; of nothing where both are
 * NULL. */
typedef struct mg_memory {
    const mg_index *index;
    const mg_memory_part *part;
} mg_memory;
bool mg_memory_is_there(const mg_memory *m);
int64_t mg_memory_size(const mg_memory *m);
/* The row that is called so, or -1. */
int64_t mg_memory_named(const mg_memory *m, const char *name);
/* All rows, the nearest first; in their order where embedding is NULL. rows [mg_memory_size]. */
int mg_memory_order(const mg_memory *m, const float *embedding, int64_t *rows, molglot_error *err);
/* The k rows nearest to an embedding, best first; past the last one -1. */
int mg_memory_near(const mg_memory *m, const float *embedding, int k, molglot_hit *hits,
                   molglot_error *err);
/* The cosine of an embedding and every row. out [mg_memory_size]. */
int mg_memory_cosines(const mg_memory *m, const float *embedding, float *out, molglot_error *err);
const char *mg_memory_smiles(const mg_memory *m, int64_t row);
const char *mg_memory_text(const mg_memory *m, int64_t row); /* "" for none */
const char *mg_memory_id(const mg_memory *m, int64_t row);
const char *mg_memory_label(const mg_memory *m, int64_t row); /* its name, else its id */
typedef struct mg_known {
    const char *label; /* name or id of the row, the memory's; NULL: not known */
    int64_t row;
    bool stereo; /* the row is the same molecule but for stereo */
} mg_known;
/* The row that is this molecule. plain: its canonical SMILES without stereo. embedding: an index
 * needs it; NULL: there nothing is found. */
int mg_memory_find(const mg_memory *m, const char *smiles, const char *plain,
                   const float *embedding, mg_known *out, molglot_error *err);

/* ---- memory_alike.c ---- */
typedef struct mg_alike {
    int64_t row; /* -1: none */
    double cosine, tanimoto;
} mg_alike;
/* The most similar by fingerprint (bits [MG_CANDIDATE_BITS / 8]: Morgan, radius 2) among the rows
 * of a memory that are nearest by embedding. */
int mg_memory_alike(const mg_memory *m, const float *embedding, const uint8_t *bits, mg_alike *out,
                    molglot_error *err);

/* ---- memory_make.c: a bundle's part of them ---- */
enum { MG_MEMORY_WIDTH = 1024 }; /* numbers of a code, at most */
typedef struct mg_memory_rows {
    size_t n, n_texts;
    const char *const *smiles, *const *texts; /* [n], [n_texts]: what will be looked up is alike */
    int width;
    /* molecules embedded so far; nonzero stops; or NULL */
    int (*on_progress)(void *user, int64_t done, int64_t total);
    void *user;
} mg_memory_rows;
/* basis [width, dim of e], codes [n, width], scales [n]. */
int mg_memory_make(mg_embedder *e, const mg_memory_rows *rows, float *basis, int8_t *codes,
                   float *scales, molglot_error *err);

/* ---- generator.c: a writer, and what it works with ----
 * ranker   an embedder over the aligned model; NULL: the likeliest molecules come first
 * memory   the writer also reads its nearest molecules to a sentence; NULL: none
 * device   as mg_tape_new has it; NULL: "cpu"
 * threads  0: OpenMP's default
 * w, ranker and memory outlive the generator. With a ranker of one thread, results are bit for bit
 * the same for any number of threads here. */
mg_generator *mg_generator_new(const mg_writer_part *w, mg_embedder *ranker,
                               const mg_memory *memory, const char *device, int threads,
                               molglot_error *err);
/* Molecules that a sentence names ("an analogue of NAME") are looked up in it too; it outlives g.
 */
void mg_generator_names(mg_generator *g, const mg_dictionary *names);
/* The same over a T5, which writes SMILES by beam search and starts from nothing but the sentence.
 */
mg_generator *mg_generator_new_t5(const mg_t5_part *t5, mg_embedder *ranker, const char *device,
                                  int threads, molglot_error *err);
/* The same over a motif decoder, which draws latents by 3M-Diffusion's denoiser, or without a
 * sentence from the normal distribution. */
mg_generator *mg_generator_new_motif(const mg_motif_part *motif, mg_embedder *ranker,
                                     const char *device, int threads, molglot_error *err);
/* The same over MoFlow, whose latents are moved towards a sentence; the ranker embeds it in the
 * space that the flow's reader answers in (mg_moflow_part_fits). */
mg_generator *mg_generator_new_moflow(const mg_moflow_part *flow, mg_embedder *ranker,
                                      const char *device, int threads, molglot_error *err);
/* The best draws of a sentence are put in a new order by it, whose embedder is g's ranker; NULL:
 * none. It outlives g. */
void mg_generator_rerank(mg_generator *g, mg_reranker *rerank);
/* The lists that molecules are held against, which outlive g; without, those that are built in. */
void mg_generator_screen(mg_generator *g, const mg_screen *screen);
/* Of aligned latents (model/writer/writer.h), where the ranker is not to rank: the embedder whose
 * vectors they are. It outlives g. */
void mg_generator_space(mg_generator *g, mg_embedder *space);
void mg_generator_free(mg_generator *g);
/* Numbers in a molecule's latents; 0: the writer has none. */
size_t mg_latents_size(const mg_generator *g);

/* ---- candidate.c: one molecule, from the writer's string to its place in the answer ----
 * RDKit reads what the writer wrote, once. It reads the canonical SMILES too where that is another
 * string, because it refuses a few that it wrote itself. */
enum {
    MG_CANDIDATE_BITS = 2048,
    MG_CANDIDATES_KEPT = 4096 /* of one call, the first so many keep `mol` (about 15 kB each) */
};
typedef struct mg_related { /* how a candidate is related to a molecule that the sentence means */
    enum {
        MG_RELATED_NOT,
        MG_RELATED_NEAR,
        MG_RELATED_NAMED,
        MG_RELATED_SAID,
        MG_RELATED_TOLD /* its text in the memory says what the sentence says */
    } how;
    int near;    /* of which molecule of the memory, the nearest first */
    int form;    /* which of its forms with other protons, the likely ones first */
    float worth; /* of TOLD: what that adds to its merit */
} mg_related;
typedef struct mg_candidate {
    mg_generated shown;   /* what molglot.h shows of it */
    char *written;        /* SMILES as the writer wrote it */
    char *plain;          /* canonical SMILES without stereo; NULL: not made */
    bool unwanted;        /* molglot_generation says what is */
    bool controlled;      /* on a list, where such molecules are to be left out */
    bool left_out;        /* unwanted, controlled, or odd where that is not to be kept */
    mg_mol *mol;          /* read from shown.smiles; NULL: not valid, or not kept */
    uint8_t *fingerprint; /* Morgan, radius 2, MG_CANDIDATE_BITS bits; NULL: not made yet */
    float *embedding;     /* unit row of the aligned space; NULL: none */
    mg_verdict meets;     /* of what the sentence asks; of = 0: nothing, or not valid */
    mg_related related;   /* related.c */
    double beam;          /* of a T5's draw: its score there */
    double merit;         /* what it is ordered by (rank.c) */
} mg_candidate;
void mg_candidates_free(mg_candidate *c, size_t n);
/* Makes the fingerprint of a valid candidate, unless it is there. */
int mg_candidate_fingerprint(mg_candidate *c, molglot_error *err);
/* Makes the embeddings of valid candidates that have none, in one call of the embedder. One that
 * its model cannot take stays without. */
int mg_candidates_embed(mg_embedder *e, mg_candidate *c, size_t n, molglot_error *err);
void mg_generated_free(mg_generated *molecules, size_t n);

/* ---- generate.c: sentences to molecules ---- */
mg_generate_options mg_generate_default(void);
/* The options with what this generator takes for method, temperature, guidance, steps and
 * max_tokens where they were left open; candidates, unless 0, at least n. */
mg_generate_options mg_generate_resolve(const mg_generator *g, const mg_generate_options *o);

typedef struct mg_answer {    /* to one sentence */
    mg_candidate *candidates; /* [n], best first */
    int n;
    int drawn, invalid, duplicates, odd, unwanted, controlled; /* as molglot_generation has them */
    int meeting, differ;       /* of the draws that differ and are not left out: meet all; all */
    int offered;               /* molecules of the memory that stand beside the draws */
    const mg_request *request; /* what the sentence asks, or NULL */
    bool cut;
} mg_answer;
/* Takes the answer to sentence `text`. The answer is freed afterwards; what fn wants to keep it
 * takes out and sets to NULL. */
typedef int (*mg_answer_fn)(void *user, size_t text, mg_answer *a, molglot_error *err);
/* Calls fn for each sentence in order, on the calling thread. An answer is the same for any number
 * of texts at once and of threads. texts NULL: n_texts unconditional draws. A code other than
 * MOLGLOT_OK, fn's too, stops and is returned. */
int mg_generate_each(mg_generator *g, const char *const *texts, size_t n_texts,
                     const mg_generate_options *o, mg_answer_fn fn, void *user, molglot_error *err);
/* The same as out[n_texts]; all or nothing. */
int mg_generate(mg_generator *g, const char *const *texts, size_t n_texts,
                const mg_generate_options *o, mg_generation *out, molglot_error *err);
void mg_generation_free(mg_generation *r);

/* ---- name.c ---- */
/* What a sentence names, where it is a name and its molecule holds the SMARTS `keep` (or NULL).
 * With groups what can be a condition is none; NULL: any name. */
int mg_sentence_name(const mg_dictionary *d, const mg_groups *groups, const char *text,
                     const char *keep, mg_named *out, molglot_error *err);
/* Of a sentence that is a name: its molecule, whose `source` tells of the name, then analogues of
 * it. blind: the model knows no word of the sentence. named->hits is not empty. */
int mg_generate_named(mg_generator *g, const char *text, const mg_named *named, bool blind,
                      const mg_generate_options *o, mg_generation *out, molglot_error *err);

/* ---- told.c: captions of a molecule, by a writer of both directions ----
 * It works as an editor: beside the molecule it reads a near one and what is said of that, and is
 * shown its place in that caption. */
typedef struct mg_teller mg_teller;
/* w: a part with captions (MG_PART_ATOMAS), which outlives the teller; else MOLGLOT_BAD_FILE.
 * device, threads: as mg_generator_new has them. */
mg_teller *mg_teller_new(const mg_writer_part *w, const char *device, int threads,
                         molglot_error *err);
void mg_teller_free(mg_teller *t);
typedef struct mg_told_near { /* a molecule whose caption is known */
    const char *smiles, *text;
} mg_told_near;
typedef struct mg_told_query {
    const char *smiles;       /* RDKit can read it */
    const mg_told_near *near; /* [n_near] the nearest first; those that RDKit cannot read, or too
                                 long, are read without their molecule */
    int n_near;
    uint64_t seed;
    /* of a writer with a graph row: the molecule's embedding [space]; NULL: the space knows nothing
     * of it */
    const float *vector;
} mg_told_query;
typedef struct mg_teller_options {
    int draws;         /* captions of each molecule */
    float temperature; /* of all but the first ones: one for each neighbour is the likeliest */
    float top_p;       /* in (0, 1]; 0: 1 */
    bool back;         /* fill mg_told.back too */
} mg_teller_options;
mg_teller_options mg_teller_default(void); /* 16 draws at temperature 0.7, top_p 0.9 */
typedef struct mg_told {
    char *text;
    int near;    /* the neighbour that it was written beside; -1: none */
    double nll;  /* -log p(caption | molecule, neighbour), a mean over its tokens */
    double back; /* -log p(molecule | caption), a mean over the molecule's tokens; NaN: not asked
                    for, or the molecule is too long */
    int tokens;
    bool cut; /* it was still going on at the longest caption that can be written */
} mg_told;
/* out [n][draws]; draw d is written beside neighbour d mod n_near. A result depends on its query
 * alone. */
int mg_teller_tell(mg_teller *t, const mg_told_query *queries, size_t n, const mg_teller_options *o,
                   mg_told *out, molglot_error *err);
void mg_told_free(mg_told *told, size_t n);
/* For given captions texts[n] of a query's molecule, as if it had written them without a neighbour:
 * nll[n] and back[n] as in mg_told; back may be NULL. */
int mg_teller_score(mg_teller *t, const mg_told_query *q, const char *const *texts, size_t n,
                    double *nll, double *back, molglot_error *err);

/* ---- latents.c: molecules to latents and back ----
 * A row of latents has mg_latents_size numbers. MOLGLOT_BAD_FILE where the writer has none. */
/* out: float[n][size], zeros where rejected; status [n] or NULL. */
int mg_latents_encode(mg_generator *g, const char *const *smiles, size_t n, float *out,
                      molglot_row_status *status, molglot_error *err);
/* The likeliest molecule of each row: out[n], to be freed by mg_generated_free. */
int mg_latents_decode(mg_generator *g, const float *latents, size_t n, mg_generated *out,
                      molglot_error *err);
/* The same as candidates, to be freed by mg_candidates_free. */
int mg_latents_candidates(mg_generator *g, const float *latents, size_t n, mg_candidate *out,
                          molglot_error *err);
/* n points from a to b, both included: each latent token is turned on the great circle between its
 * two directions. */
void mg_latents_between(const mg_generator *g, const float *a, const float *b, int n, float *out);
/* Brings latents z [n][size] that are no molecule's to where molecules are: mixes them with noise
 * and lets the flow, without a sentence, take the noise out. MOLGLOT_BAD_FILE without a flow.
 * Aligned latents stay as they are: between two vectors of a space are vectors of it.
 * strength  share of noise, above 0, up to 1
 * steps     of the flow
 * seed      row i has its own stream of it */
typedef struct mg_refine_options {
    float strength;
    int steps;
    uint64_t seed;
} mg_refine_options;
int mg_latents_refine(mg_generator *g, const mg_refine_options *o, size_t n, float *z,
                      molglot_error *err);

/* ---- condition.c: a sentence as 3M-Diffusion's denoiser reads it ----
 * Its unit row in the aligned space, times the square root of the dimensions, so that its numbers
 * have the size of the latents' and of the unconditional condition's.
 *
 * A denoiser understands the space of one aligned model. Its file keeps how that model embeds one
 * sentence, the probe: another model is refused, whatever file it came in, and rounding is not. */
/* row [dim], a sentence's embedding, becomes its condition. false: zeros, of which no condition
 * comes. */
bool mg_condition_of(int dim, float *row);
/* out [n, dim of the embedder]. A text of which the model knows nothing gives a row of zeros and
 * known[i] = false: no condition. */
int mg_condition_texts(mg_embedder *e, const char *const *texts, size_t n, float *out, bool *known,
                       molglot_error *err);
/* The condition of the probe's sentence, [dim]. */
int mg_condition_probe(mg_embedder *e, float *out, molglot_error *err);
/* MOLGLOT_USAGE unless the embedder is the one that the denoiser was trained with, whose probe this
 * is; path: of its file. */
int mg_condition_check(mg_embedder *e, const mg_mlp_denoiser *d, const float *probe,
                       const char *path, molglot_error *err);

/* ---- sentence.c ---- */
/* False: NULL, empty or not UTF-8; status says so. */
bool mg_sentence_is_text(const char *text, molglot_row_status *status);
/* Refuses a text that is a molecule, or of which the model knows no word.
 *   e       whose words are asked for; NULL: none
 *   groups  to read conditions with; NULL: none count
 *   named   it is a name of the dictionary
 *   blind   out: it is, and the model knows no word of it */
int mg_sentence_check(const mg_embedder *e, const mg_groups *groups, bool named, const char *text,
                      bool *blind, molglot_row_status *status, molglot_error *err);

#endif
