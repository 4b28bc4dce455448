/* generate.h - sentences to molecules, molecules to latents and back. */
#ifndef MG_GENERATE_GENERATE_H
#define MG_GENERATE_GENERATE_H

#include "model/bundle/bundle.h"
#include "search/search.h"

/* --- generate.c: sentences to molecules; latents.c: molecules to latents and back (structs:
 * molglot.h) --- */
typedef struct mg_generator mg_generator;
typedef molglot_generate_options mg_generate_options;
typedef molglot_molecule mg_generated;
typedef molglot_generation mg_generation; /* of one sentence */
mg_generate_options mg_generate_default(void);
/* ranker: an embedder over the aligned model, or NULL (then the likeliest come first). memory: an
 * index of molecules made with the ranker's model whose nearest ones the writer also reads, or
 * NULL. All outlive the generator. With a ranker of one thread, results are bit for bit the same
 * for any number of threads here. */
mg_generator *mg_generator_new(const mg_writer_file *w, mg_embedder *ranker, const mg_index *memory,
                               const char *device, int threads, molglot_error *err);
void mg_generator_free(mg_generator *g);
/* The options with what this generator takes for method, temperature, candidates and max_tokens
 * where they were left open. */
mg_generate_options mg_generate_resolve(const mg_generator *g, const mg_generate_options *o);
/* One result a text, the same for any number of texts at once and any thread count. texts NULL:
 * n_texts unconditional draws. */
int mg_generate(mg_generator *g, const char *const *texts, size_t n_texts,
                const mg_generate_options *o, mg_generation *out, molglot_error *err);
void mg_generation_free(mg_generation *r);
/* Numbers in a molecule's latents; 0: the writer has none, and the next two fail. */
size_t mg_latents_size(const mg_generator *g);
int mg_latents_encode(mg_generator *g, const char *const *smiles, size_t n, float *out,
                      molglot_row_status *status, molglot_error *err);
/* The likeliest molecule of each row: out[n]. */
int mg_latents_decode(mg_generator *g, const float *latents, size_t n, mg_generated *out,
                      molglot_error *err);
/* n points from a to b, both included: each latent token is turned on the great circle between its
 * two directions. */
void mg_latents_between(const mg_generator *g, const float *a, const float *b, int n, float *out);
/* Brings latents [n] that are no molecule's to where molecules are: mixed with noise (strength in
 * (0,1], row i's own stream of the seed), then through the flow, told nothing, in so many steps.
 * MOLGLOT_BAD_FILE without a flow. */
typedef struct mg_settle_options {
    float strength;
    int steps;
    uint64_t seed;
} mg_settle_options;
int mg_latents_settle(mg_generator *g, const mg_settle_options *o, size_t n, float *z,
                      molglot_error *err);
void mg_generated_free(mg_generated *molecules, size_t n);

/* ---- condition.c: what 3M-Diffusion's denoiser is told about a sentence ----
 * Its unit row in the aligned space, times the square root of the dimensions, so that its numbers
 * have the size of the latents' and of the unconditional condition's.
 *
 * A denoiser understands the space of one aligned model. Its file keeps how that model embeds one
 * sentence, the probe: another model is refused, whatever file it came in, and rounding is not. */
/* out [n, dim of the embedder]. A text of which the model knows nothing gives a row of zeros and
 * told[i] = false: no condition. */
int mg_condition_texts(mg_embedder *e, const char *const *texts, size_t n, float *out, bool *told,
                       molglot_error *err);
/* The condition of the probe's sentence, [dim]. */
int mg_condition_probe(mg_embedder *e, float *out, molglot_error *err);
/* MOLGLOT_USAGE unless the embedder is the one that w's denoiser was trained with. */
int mg_condition_check(mg_embedder *e, const mg_writer_file *w, molglot_error *err);

#endif
