/* bundle.h - model files: the aligned space (one model or an ensemble) and the writers, each with
 * its vocabularies, configuration and self-test.
 */
#ifndef MG_MODEL_H
#define MG_MODEL_H

#include "base/bags.h"
#include "chem/smiles/smiles.h"
#include "model/latent/latent.h"
#include "model/momu/momu.h"
#include "model/writer/writer.h"
#include "tensor/files/weights.h"

/* ---- the model file (space.c): one safetensors file with everything inside ---- */
/* A file holds one model or an ensemble of several trained apart: its embedding is the members'
 * unit vectors one after another, divided by sqrt(members), so the cosine is the mean of the
 * members' cosines. Members may differ in vocabularies and sizes; what they look at (families,
 * tokens, graph features) is the same, so a row is featurised once. */
typedef struct mg_member {
    mg_params *params;
    mg_momu *momu;
    mg_bag_vocab text_bag, graph_bag; /* n = 0 when absent */
} mg_member;
typedef struct mg_model_file {
    mg_tensor_file *file;
    mg_member member[MG_MEMBERS];
    int members;
    mg_wordpiece *wordpiece; /* NULL when no member has a transformer channel */
    char *path;
} mg_model_file;
/* Loads and checks a model, incl. the self-test strings stored in it. */
int mg_model_file_load(mg_model_file *m, const char *path, molglot_error *err);
void mg_model_file_close(mg_model_file *m);
/* Copies all members' parameters to t's device, if it has memory of its own; nothing of m changes,
 * so threads may share it. t goes first. */
int mg_model_file_attach(const mg_model_file *m, mg_tape *t, molglot_error *err);
int mg_model_file_dim(const mg_model_file *m); /* of the embedding: the members' dims added up */
const char *mg_model_file_name(const mg_model_file *m);
typedef struct mg_merge_options {
    const char *name;
    const char *licence; /* of the whole; NULL: the inputs', which must then agree */
    /* of a writer's part that several inputs hold, the last is taken; else that is refused */
    bool replace;
    /* "int4": store anew in fewer bits (mg_params_write, "I4"); NULL: bit for bit */
    const char *store;
} mg_merge_options;
/* merge.c: one file of several: members of their models and ensembles, and the parts of writer
 * files and bundles. The metadata of the first members is kept, but for name and licence; each
 * member's and part's own stand under its prefix. Refuses members that look at different things. */
int mg_bundle_merge(const char *const *paths, int n, const mg_merge_options *o, const char *out,
                    molglot_error *err);
/* Writes momu's parameters (EMA when there is one) with vocabularies, config and metadata (pairs
 * key, value, ..., NULL). */
int mg_model_file_save(const char *path, const mg_params *p, const mg_momu *m,
                       const char *wordpiece_vocab, size_t vocab_bytes,
                       const mg_bag_vocab *text_bag, const mg_bag_vocab *graph_bag,
                       const char *store_as, const char *const *metadata, molglot_error *err);

/* --- the writer's file (writer.c): one safetensors file with writer, vocabularies, and the
 * flow or denoiser where there is one --- */
typedef struct mg_writer_file {
    mg_tensor_file *file;
    mg_params *params, *flow_params, *denoiser_params;
    mg_writer *writer;
    mg_flow_matching *flow;    /* NULL: no flow in this file */
    mg_mlp_denoiser *denoiser; /* NULL: no denoiser of 3M-Diffusion in this file */
    /* [condition] with a denoiser: how its aligned model embeds a sentence (generate/generate.h) */
    float *probe;
    mg_wordpiece *wordpiece; /* NULL when words = 0 */
    mg_smiles_vocab *tokens;
    /* sorted: upper 40 bits of mg_hash64 (of canonical SMILES, seed 0) of the training molecules:
     * novelty */
    uint64_t *known;
    int64_t n_known;
    char *path;
    const char *part; /* MG_PART_DIRECT or MG_PART_LATENT: what was loaded */
    bool both;        /* the file holds the other part too */
    char prefix[16];  /* of its names in the file: "", in a bundle "direct." or "latent." */
} mg_writer_file;
/* A bundle (merge.c) holds at most one writer without latents and one with latents, and the flow
 * where that has one. */
#define MG_PART_DIRECT "direct"
#define MG_PART_LATENT "latent"
/* part: which of them, in a bundle or as a file of its own; NULL: what is there, the direct one
 * first. */
int mg_writer_file_load(mg_writer_file *w, const char *path, const char *part, molglot_error *err);
void mg_writer_file_close(mg_writer_file *w);
/* As mg_model_file_attach. */
int mg_writer_file_attach(const mg_writer_file *w, mg_tape *t, molglot_error *err);
/* What makes latents from sentences: a flow, or a denoiser with its probe; the other NULL. */
typedef struct mg_latent_model {
    const mg_params *params;
    const mg_flow_matching *flow;
    const mg_mlp_denoiser *denoiser;
    const float *probe;
} mg_latent_model;
/* metadata: pairs key, value, ..., NULL. latents and known may be NULL. store_as as mg_params_write
 * has it. */
int mg_writer_file_save(const char *path, const mg_params *p, const mg_writer *m,
                        const mg_latent_model *latents, const char *wordpiece_vocab,
                        size_t vocab_bytes, const mg_smiles_vocab *tokens, const uint64_t *known,
                        int64_t n_known, const char *store_as, const char *const *metadata,
                        molglot_error *err);
bool mg_writer_file_knows(const mg_writer_file *w, const char *canonical_smiles);

#endif
