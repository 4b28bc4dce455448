/* bundle.h - the models over the engine. This file: MoMu (two towers in one space) and the model
 * file.
 *
 * A tower is a sum of channels projected into the joint space. Text: a transformer over WordPiece
 * and/or a bag of n-grams. Molecule: GIN over the graph and/or a bag of substructure counts. The
 * faithful MoMu is transformer + GIN alone.
 */
#ifndef MG_MODEL_H
#define MG_MODEL_H

#include "chem/chem.h"
#include "nn/nn.h"
#include "text/text.h"

/* A bag channel: y = dropout-MLP over the weighted sum of table rows, from bags whose rows are
 * already weighted and normalised: h = LayerNorm(bags E), y = Wskip h + W2 dropout(gelu(W1 h)). */
/* vocab 0: no such channel */
typedef struct mg_bag_config {
    int vocab, dim, hidden;
    float dropout;
    float init;
} mg_bag_config;

typedef struct mg_momu_config {
    char name[64];
    int dim; /* joint space: 256 in the paper */
    struct {
        mg_transformer_config encoder; /* layers 0: no such channel */
        int max_tokens, max_chars;     /* max_chars 0: no cap */
        bool special_tokens;           /* [CLS] .. [SEP]; false with released checkpoints */
        char pooling[8];               /* "mean" | "cls" (BERT's pooler on the first row, tanh) */
        char head[8];                  /* "mlp" (Linear ReLU Linear, spec 4.5) | "linear" */
        mg_bag_config bag;
        char families[32];                       /* n-gram families of text.h */
        float feature_dropout, sentence_dropout; /* used by the batcher while training */
    } text;
    struct {
        /* layers 0: no such channel; row and column counts follow from `features` */
        mg_gin_config encoder;
        mg_feat_kind features;
        /* bond type of GIN's self loop (published weights: 0); -1: a row of its own */
        int self_loop;
        char head[8];
        mg_bag_config bag;
        char families[32];
        float feature_dropout;
    } graph;
    float temperature; /* InfoNCE: initial (or fixed) tau */
    bool learn_temperature;
    float max_scale; /* bound of 1/tau, 100 */
} mg_momu_config;

mg_momu_config mg_momu_config_default(void);
/* MOLGLOT_BAD_FILE and the key concerned when sizes make no sense together. mg_momu_new checks
 * too. */
int mg_momu_config_check(const mg_momu_config *c, molglot_error *err);
/* Reads [model] of a recipe (keys: docs/models/momu.md); vocabulary sizes are filled in by the
 * trainer. */
int mg_momu_config_from_toml(mg_toml *t, mg_momu_config *out, molglot_error *err);
/* JSON text in the model file's metadata "molglot.config", and back. */
int mg_momu_config_to_json(const mg_momu_config *c, mg_str *out);
int mg_momu_config_from_json(const char *json, mg_momu_config *out, molglot_error *err);

typedef struct mg_momu mg_momu;
/* Declares parameters in p (names: graph_encoder.*, text_encoder.main_model.*, graph_proj_head.*,
 * text_proj_head.*, text_bag.*, graph_bag.*, log_scale). */
mg_momu *mg_momu_new(mg_params *p, const mg_momu_config *c, molglot_error *err);
void mg_momu_free(mg_momu *m);
const mg_momu_config *mg_momu_get_config(const mg_momu *m);
/* Unit rows [n, dim]; a text or molecule for which every channel is empty gives a zero row. */
mg_tensor *mg_momu_text(mg_tape *t, const mg_momu *m, const mg_text_batch *b);
mg_tensor *mg_momu_graph(mg_tape *t, const mg_momu *m, const mg_mol_batch *b);
/* Weighted mean of InfoNCE terms: views g1, g2 and t1, t2 as unit rows (g2 / t2 may be NULL);
 * graph_self adds L(g1,g2). groups: same molecule or same text is no negative (or NULL). Result
 * [1,1]. */
mg_tensor *mg_momu_loss(mg_tape *t, const mg_momu *m, mg_tensor *g1, mg_tensor *g2, mg_tensor *t1,
                        mg_tensor *t2, bool graph_self, const int32_t *groups, float smoothing);

/* After build: copies what a published file holds (a MoMu checkpoint, or a BERT or GIN alone,
 * whatever wrapper its names carry). *found counts parameters; a file without any is
 * MOLGLOT_BAD_FILE. */
int mg_momu_import(mg_params *p, const mg_tensor_file *f, size_t *found, molglot_error *err);

/* ---- the model file (modelfile.c): one safetensors file with everything inside ---- */
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

/* ---- the writer (writer.c): molecules as SMILES tokens from what memory rows say ----
 *
 *   memory   encoder states of the input tokens [.., hidden]; with latents > 0 squeezed into K
 *            latent tokens a sequence: z = LN(Wz attend(queries, states))  [n*K, latent_dim],
 *            memory = Wm z;  with latent_tokens: writer_slots.c
 *   target   decoder over <s> SMILES tokens </s>
 *
 * One encoder reads both languages: ids below `words` are word pieces, the others SMILES tokens (a
 * molecule to rebuild, or to start from). The same writer is the direct text-to-molecule model
 * (input: sentence, neighbours' SMILES) and the autoencoder's decoder (input: SMILES, latents >
 * 0). */
typedef struct mg_writer_config {
    char name[64];
    /* word pieces and SMILES tokens; encoder.vocab = words + tokens, decoder.vocab = tokens */
    int words, tokens;
    mg_transformer_config encoder;
    mg_decoder_config decoder; /* memory = encoder.hidden */
    int latents, latent_dim;   /* 0: the memory is the encoder's states */
    /* input tokens that a latent speaks of, in order (writer_slots.c); 0: learnt queries find
     * them */
    int latent_tokens;
    bool copy; /* the decoder is shown its place in molecule 0 of the input (writer_copy.c) */
    /* standard deviation of the noise on z while training (z has unit scale) */
    float latent_noise;
    int max_text, molecules; /* input: word pieces of a sentence, and molecules beside it */
    /* SMILES tokens of a molecule, with both ends, in the input and in the target */
    int max_tokens;
} mg_writer_config;

typedef struct mg_writer_input { /* packed: positions tell the segments apart */
    int64_t n;
    const int32_t *offsets, *ids, *positions;
} mg_writer_input;
/* Builds one: word pieces of the sentence at positions 0 .., tokens of molecule k from max_text + k
 * * max_tokens on (<s> first), each absent or present; an input with nothing gets one <s>.
 * Zero-initialise; may be used again and again. */
typedef struct mg_writer_packer {
    const mg_writer_config *c;
    mg_writer_input in;
    int32_t *offsets, *ids, *positions;
    /* filled: tokens so far, those of the row being made too */
    int64_t filled, room_rows, room_tokens;
} mg_writer_packer;
void mg_writer_pack_reset(mg_writer_packer *p, const mg_writer_config *c);
/* cut at max_text */
int mg_writer_pack_text(mg_writer_packer *p, const int32_t *ids, int32_t n, molglot_error *err);
/* without ends; too long: left out */
int mg_writer_pack_molecule(mg_writer_packer *p, int k, const int32_t *tokens, int32_t n,
                            molglot_error *err);
int mg_writer_pack_row(mg_writer_packer *p, molglot_error *err); /* ends the row */
void mg_writer_packer_free(mg_writer_packer *p);
typedef struct mg_writer_target {
    int64_t n;
    const int32_t *offsets, *ids, *positions; /* <s> and SMILES tokens */
    const int32_t *next;                      /* the token after each; -1: not asked for */
} mg_writer_target;

typedef struct mg_writer mg_writer;
mg_writer *mg_writer_new(mg_params *p, const mg_writer_config *c, molglot_error *err);
void mg_writer_free(mg_writer *m);
const mg_writer_config *mg_writer_get_config(const mg_writer *m);
const mg_decoder *mg_writer_decoder(const mg_writer *m);
/* MOLGLOT_BAD_FILE when sizes make no sense together; mg_writer_new checks too. */
int mg_writer_config_check(const mg_writer_config *c, molglot_error *err);
/* writer_config.c: [model] of a recipe (keys: docs/models/3m.md; words, tokens and encoder.vocab
 * are left to the trainer), JSON and back. */
mg_writer_config mg_writer_config_default(void);
int mg_writer_config_from_toml(mg_toml *t, mg_writer_config *out, molglot_error *err);
int mg_writer_config_to_json(const mg_writer_config *c, mg_str *out);
int mg_writer_config_from_json(const char *json, mg_writer_config *out, molglot_error *err);
/* Latent tokens [n*K, latent_dim] of inputs, unit scale; noise (or NULL): [n*K, latent_dim]
 * standard normal numbers to add, times latent_noise. */
mg_tensor *mg_writer_latents(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                             const float *noise);
/* What the decoder attends to; lives until the tape's next reset. rows NULL after a failure, which
 * the tape holds. */
typedef struct mg_memory {
    mg_tensor *rows;           /* [M, hidden] */
    mg_seqs seqs;              /* their packing */
    const mg_writer_input *in; /* what they were made of, one sequence each; NULL: latents */
    /* molecules that mg_writer_sample makes of them, number i from sequence source[i]; 0, NULL: one
     * of each */
    int64_t n;
    const int32_t *source;
} mg_memory;
/* Of inputs (in and its arrays must live as long), or of given latents [n*K, latent_dim]. */
mg_memory mg_writer_memory(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                           const float *noise);
mg_memory mg_writer_memory_of(mg_tape *t, const mg_writer *m, mg_tensor *latents);
/* Logits [tokens, vocab] of the targets' next tokens, and their mean cross-entropy [1,1]. */
mg_tensor *mg_writer_logits(mg_tape *t, const mg_writer *m, const mg_memory *memory,
                            const mg_writer_target *target);
mg_tensor *mg_writer_loss(mg_tape *t, const mg_writer *m, const mg_memory *memory,
                          const mg_writer_target *target, float smoothing);

/* ---- 3M-Diffusion's denoiser (denoiser_mlp.c; spec 3m-diffusion 6.1) and its schedule and sampler
 * (ddim.c; 6.2, 6.4) ----
 *
 * One latent vector z [dim] a molecule, a condition c [condition] of it, T noise levels:
 *   tau = W3 gelu(W2 gelu(W1 e_t)),  x = Wz z + Wc c + b + tau,  8 times x = relu(W x + b),  z0 =
 *     Wo LN(x) + bo */
/* 24, 256, 256, 1024, 8 */
typedef struct mg_mlp_denoiser_config {
    char name[64];
    int dim, condition, hidden, time_hidden, layers;
} mg_mlp_denoiser_config;
typedef struct mg_mlp_denoiser mg_mlp_denoiser;
mg_mlp_denoiser_config mg_mlp_denoiser_default(void);
/* MOLGLOT_BAD_FILE when sizes are impossible. */
int mg_mlp_denoiser_config_check(const mg_mlp_denoiser_config *c, molglot_error *err);
/* writer_config.c; dim and condition are left to the trainer. */
int mg_mlp_denoiser_config_from_toml(mg_toml *t, mg_mlp_denoiser_config *out, molglot_error *err);
int mg_mlp_denoiser_config_to_json(const mg_mlp_denoiser_config *c, mg_str *out);
int mg_mlp_denoiser_config_from_json(const char *json, mg_mlp_denoiser_config *out,
                                     molglot_error *err);
mg_mlp_denoiser *mg_mlp_denoiser_new(mg_params *p, const char *prefix,
                                     const mg_mlp_denoiser_config *c);
void mg_mlp_denoiser_free(mg_mlp_denoiser *m);
const mg_mlp_denoiser_config *mg_mlp_denoiser_get_config(const mg_mlp_denoiser *m);
/* Rows tau [n, hidden] of noise levels times[n], each 0 .. T-1. */
mg_tensor *mg_mlp_denoiser_time(mg_tape *t, const mg_mlp_denoiser *m, const int32_t *times,
                                int64_t n);
/* The unconditional condition, n times: [n, condition]. */
mg_tensor *mg_mlp_denoiser_null(mg_tape *t, const mg_mlp_denoiser *m, int64_t n);
/* Estimate of z0 [n, dim] from z [n, dim], tau [n, hidden], c [n, condition]. */
mg_tensor *mg_mlp_denoiser_forward(mg_tape *t, const mg_mlp_denoiser *m, mg_tensor *z,
                                   mg_tensor *tau, mg_tensor *c);
/* Training loss of 6.2: mean of (z0 estimate - z0)^2 for latents z0 [n, dim], levels times[n] and
 * standard normal noise [n, dim]; rows with drop[i] take the unconditional condition. */
mg_tensor *mg_mlp_denoiser_loss(mg_tape *t, const mg_mlp_denoiser *m, const float *z0,
                                const float *c, const int32_t *times, const float *noise,
                                const bool *drop, int64_t n);

enum { MG_DDIM_T = 100, MG_DDIM_STEPS = 50 };
/* Cumulative products of 1 - beta over the linear schedule of T = 100, in double, stored as
 * float. */
void mg_ddim_alphas(float out[MG_DDIM_T]);
typedef struct mg_ddim_options {
    float guidance;     /* w: w cond + (1-w) uncond; the paper's runs: 0.8 */
    float eta;          /* 1: as much noise as the forward process; 0: none */
    bool unconditional; /* the reference's other time list, 49 .. 0, with no condition */
} mg_ddim_options;
/* Standard normal numbers: fills out[n] for draw number k (0: the start). */
typedef void mg_noise_fn(void *user, int k, float *out, size_t n);
/* A mg_noise_fn: row i of a draw comes from its own stream, so a row does not depend on those
 * beside it. user: */
typedef struct mg_noise_streams {
    uint64_t seed;
    const uint64_t *streams;
    size_t dim;
} mg_noise_streams;
void mg_noise_of_streams(void *user, int k, float *out, size_t n);
/* z [n, dim] for conditions c [n, condition] (NULL when unconditional); MG_DDIM_STEPS evaluations,
 * twice that when guidance is not 1. */
int mg_ddim_sample(mg_tape *t, const mg_mlp_denoiser *m, const mg_ddim_options *o, const float *c,
                   int64_t n, mg_noise_fn *noise, void *user, float *z, molglot_error *err);

/* --- latent diffusion over the writer's latent tokens (flow.c: the network, its loss, its sampler)
 * --- */
typedef struct mg_flow_config {
    char name[64];
    /* encoder of the sentence; the last id of its vocabulary stands for "no sentence" */
    mg_transformer_config text;
    int max_text;
    int latents, latent_dim; /* the writer's */
    int layers, hidden, heads, ffn;
    bool memory; /* also told the latents of a molecule near the sentence */
} mg_flow_config;
typedef struct mg_flow mg_flow;
int mg_flow_config_check(const mg_flow_config *c, molglot_error *err);
/* writer_config.c, as above; latents, latent_dim and text.vocab are left to the trainer. */
mg_flow_config mg_flow_config_default(void);
int mg_flow_config_from_toml(mg_toml *t, mg_flow_config *out, molglot_error *err);
int mg_flow_config_to_json(const mg_flow_config *c, mg_str *out);
int mg_flow_config_from_json(const char *json, mg_flow_config *out, molglot_error *err);
mg_flow *mg_flow_new(mg_params *p, const mg_flow_config *c, molglot_error *err);
void mg_flow_free(mg_flow *m);
const mg_flow_config *mg_flow_get_config(const mg_flow *m);
/* states of all word pieces */
mg_tensor *mg_flow_text(mg_tape *t, const mg_flow *m, const mg_writer_input *text);
/* Velocity [n*K, latent_dim] at z [n*K, latent_dim] and times[n] in [0,1], for the states of n
 * packed sentences. near: latents [n*K, latent_dim] of a molecule near each (zeros: none), or
 * NULL. */
mg_tensor *mg_flow_velocity(mg_tape *t, const mg_flow *m, mg_tensor *z, const float *near,
                            const float *times, mg_tensor *states, mg_seqs seqs);
/* Mean square error of the velocity [1,1] for latents z and near (or NULL) [n*K, latent_dim], both
 * on the host; `draws` times noise and a time for each of the n molecules, [n*draws*K, latent_dim]
 * and [n*draws]: a sentence is read once for all its draws. */
mg_tensor *mg_flow_loss(mg_tape *t, const mg_flow *m, const float *z, int draws, const float *noise,
                        const float *times, const mg_writer_input *text, const float *near);
typedef struct mg_flow_options {
    int steps;             /* two evaluations each; twice that when guidance is not 1 */
    float guidance, start; /* start: the time of z before, in [0,1) */
} mg_flow_options;
/* n molecules, z [n*K, latent_dim]: before, noise (start = 0) or latents mixed with noise; latents
 * after. Molecule i is told sentence i mod their number. none: "no sentence", told no neighbour.
 * Resets the tape. */
int mg_flow_sample(mg_tape *t, const mg_flow *m, const mg_flow_options *o, int64_t n,
                   const mg_writer_input *text, const mg_writer_input *none, const float *near,
                   float *z, molglot_error *err);

/* ---- sampling molecules (sample.c) ---- */
typedef struct mg_sample_options {
    float temperature; /* 0: the likeliest token each time */
    /* in (0, 1): the likeliest tokens with this share of the probability; else all */
    float top_p;
    int max_tokens; /* with the end token; at most the model's */
    uint64_t seed;
} mg_sample_options;
typedef struct mg_sample {
    char *smiles; /* malloc'ed; grammatical and within valence, not yet seen by RDKit */
    double nll;   /* -log of its probability among allowed tokens, at temperature 1 */
    int tokens;   /* with the end token */
    bool limited; /* the length limit kept it from going on */
} mg_sample;
/* Molecules from a memory, out[mg_memory_draws]; streams[i] numbers the random draws of molecule i,
 * which depends on nothing else but its memory rows. Nothing may be recorded. */
static inline int64_t mg_memory_draws(const mg_memory *m) { return m->source ? m->n : m->seqs.n; }
int mg_writer_sample(mg_tape *t, const mg_writer *m, const mg_smiles_vocab *v,
                     const mg_memory *memory, const mg_sample_options *o, const uint64_t *streams,
                     mg_sample *out, molglot_error *err);
void mg_samples_free(mg_sample *samples, int64_t n);

/* --- the writer's file (writerfile.c): one safetensors file with writer, vocabularies, and the
 * flow or denoiser where there is one --- */
typedef struct mg_writer_file {
    mg_tensor_file *file;
    mg_params *params, *flow_params, *denoiser_params;
    mg_writer *writer;
    mg_flow *flow;             /* NULL: no flow in this file */
    mg_mlp_denoiser *denoiser; /* NULL: no denoiser of 3M-Diffusion in this file */
    /* [condition] with a denoiser: how its aligned model embeds a sentence (task/condition.h) */
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
    const mg_flow *flow;
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
