/* writer.h - the writer: molecules as SMILES tokens from what context rows say, and sampling of
 * them. */
#ifndef MG_MODEL_WRITER_WRITER_H
#define MG_MODEL_WRITER_WRITER_H

#include "base/toml/toml.h"
#include "chem/smiles/smiles.h"
#include "model/atomas/align.h"
#include "nn/nn.h"
#include "text/text.h"

/* ---- the writer (writer.c): molecules as SMILES tokens from what context rows say ----
 *
 *   context   encoder states of the input tokens [.., hidden]; with latents > 0 squeezed into K
 *            latent tokens a sequence: z = LN(Wz attend(queries, states))  [n*K, latent_dim],
 *            context = Wm z;  with latent_tokens: slots.c
 *   target   decoder over <s> SMILES tokens </s>
 *
 * One encoder reads both languages: ids below `words` are word pieces, the others SMILES tokens (a
 * molecule to rebuild, or to start from). The same writer is the direct text-to-molecule model
 * (input: sentence, neighbours' SMILES) and the autoencoder's decoder (input: SMILES, latents >
 * 0). With captions it also goes the other way (input: a molecule of its own, neighbours' SMILES
 * and captions; target: word pieces), and the decoder's vocabulary of a call tells which way. */
typedef struct mg_writer_config {
    char name[64];
    /* word pieces and SMILES tokens; encoder.vocab = words + tokens, decoder.vocab = tokens */
    int words, tokens;
    mg_transformer_config encoder;
    mg_decoder_config decoder; /* context = encoder.hidden */
    int latents, latent_dim;   /* 0: the context is the encoder's states */
    /* input tokens that a latent speaks of, in order (slots.c); 0: learnt queries find
     * them */
    int latent_tokens;
    /* numbers of the first latents, which are the molecule's vector of an aligned space; the others
     * come from its graph (aligned.c). 0: all come from its tokens. space: numbers of that vector;
     * aligned_noise: as latent_noise, of these */
    int aligned, space;
    float aligned_noise;
    /* the decoder is shown its place in molecule 0 of the input, or in caption 0 (copy.c) */
    bool copy;
    /* it writes captions too: decoder.words = words + 2, <s> and </s> behind the pieces, and with
     * copy one more, the piece that comes next in caption 0 */
    bool captions;
    /* with captions: three levels of sets of tokens, a sentence against its molecule
     * (model/atomas/align.h) */
    bool align;
    /* with captions: the vector of the molecule to be described, projected, is a context row of its
     * own in front of the encoder's states. space: numbers of that vector */
    bool graph_row;
    /* standard deviation of the noise on z while training (z has unit scale) */
    float latent_noise;
    int max_text, molecules; /* input: word pieces of a sentence, and molecules beside it */
    /* SMILES tokens of a molecule, with both ends, in the input and in the target */
    int max_tokens;
} mg_writer_config;

typedef struct mg_writer_input { /* packed: positions tell the segments apart */
    int64_t n;
    const int32_t *offsets, *ids, *positions;
    /* of a model with aligned latents or a graph row: vectors [n][space]; NULL: nothing is known,
     * and there is no row */
    const float *space;
    /* of a model with aligned latents, NULL: all is kept, none is a draft: what latents are
     * multiplied by [n][latents]; whether the tokens are another molecule's than is to be written
     * [n] */
    const float *keep;
    const bool *draft;
} mg_writer_input;
/* The parts of an input, in the order of their positions (pack.c). */
typedef enum { MG_READ_TEXT, MG_READ_MOLECULE, MG_READ_OWN, MG_READ_CAPTION } mg_read;
/* What part an input token at this position belongs to; *number: which of several, or NULL. */
mg_read mg_writer_read_at(const mg_writer_config *c, int32_t position, int *number);
/* Positions that a model of this configuration needs. */
int64_t mg_writer_positions(const mg_writer_config *c);
/* Builds one of parts that are absent or present; one with nothing gets one <s>. Parts are to be
 * added in the order of mg_read. Zero-initialise; may be used again and again. */
typedef struct mg_writer_packer {
    const mg_writer_config *c;
    mg_writer_input in;
    int32_t *offsets, *ids, *positions;
    float *space; /* behind in.space, so many rows */
    /* filled: tokens so far, those of the row being made too */
    int64_t filled, spaced;
    size_t cap_rows, cap_tokens, cap_space;
} mg_writer_packer;
void mg_writer_pack_reset(mg_writer_packer *p, const mg_writer_config *c);
/* cut at max_text */
int mg_writer_pack_text(mg_writer_packer *p, const int32_t *ids, int32_t n, molglot_error *err);
/* without ends; too long: left out */
int mg_writer_pack_molecule(mg_writer_packer *p, int k, const int32_t *tokens, int32_t n,
                            molglot_error *err);
/* The molecule that is to be described; too long: cut. */
int mg_writer_pack_own(mg_writer_packer *p, const int32_t *tokens, int32_t n, molglot_error *err);
/* What is said of molecule k; cut at max_text - 1. */
int mg_writer_pack_caption(mg_writer_packer *p, int k, const int32_t *ids, int32_t n,
                           molglot_error *err);
/* The molecule's vector [space] of a model with aligned latents or a graph row; NULL: zeros. */
int mg_writer_pack_space(mg_writer_packer *p, const float *vector, molglot_error *err);
int mg_writer_pack_row(mg_writer_packer *p, molglot_error *err); /* ends the row */
void mg_writer_packer_free(mg_writer_packer *p);
typedef struct mg_writer_target {
    int64_t n;
    const int32_t *offsets, *ids, *positions; /* <s> and SMILES tokens, or word pieces */
    const int32_t *next;                      /* the token after each; -1: not asked for */
    bool words;                               /* word pieces: mg_writer_start, _end */
} mg_writer_target;
/* <s> and </s> of captions. */
static inline int32_t mg_writer_start(const mg_writer_config *c) { return c->words; }
static inline int32_t mg_writer_end(const mg_writer_config *c) { return c->words + 1; }
/* "What comes next in caption 0"; only ever in logits. */
static inline int32_t mg_writer_copy(const mg_writer_config *c) { return c->words + 2; }

typedef struct mg_writer mg_writer;
mg_writer *mg_writer_new(mg_params *p, const mg_writer_config *c, molglot_error *err);
void mg_writer_free(mg_writer *m);
const mg_writer_config *mg_writer_get_config(const mg_writer *m);
const mg_decoder *mg_writer_decoder(const mg_writer *m);
/* The vocabulary of its SMILES tokens, which a model with aligned latents has to know before its
 * first use; others take it and forget it. v may be freed. */
int mg_writer_learn_tokens(mg_writer *m, const mg_smiles_vocab *v, molglot_error *err);
/* Of a model with aligned latents: vectors of the space, of molecules or of sentences, as its
 * latents have them [n, aligned]. */
mg_tensor *mg_writer_turn(mg_tape *t, const mg_writer *m, const float *vectors, int64_t n);
/* MOLGLOT_BAD_FILE when sizes make no sense together; mg_writer_new checks too. */
int mg_writer_config_check(const mg_writer_config *c, molglot_error *err);
/* config.c: [model] of a recipe (keys: docs/models/3m.md; words, tokens and encoder.vocab
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
typedef struct mg_context {
    mg_tensor *rows;           /* [M, hidden] */
    mg_seqs seqs;              /* their packing */
    const mg_writer_input *in; /* what they were made of, one sequence each; NULL: latents */
    /* of a model with aligned latents: what its remainder says of each token
     * [.., decoder.hidden], and what the aligned part says of all of them [sequences, the same] */
    mg_tensor *hints, *whole;
    /* molecules that mg_writer_sample makes of them, number i from sequence source[i]; 0, NULL: one
     * of each */
    int64_t n;
    const int32_t *source;
} mg_context;
/* Of inputs (in and its arrays must live as long), or of given latents [n*K, latent_dim]. */
mg_context mg_writer_context(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                             const float *noise);
/* States of an input [tokens, hidden], for a writer without latents; and the context from them. */
mg_tensor *mg_writer_states(mg_tape *t, const mg_writer *m, const mg_writer_input *in);
mg_context mg_writer_context_from(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                                  mg_tensor *states);
/* Of a writer with captions: one unit row [n, encoder.hidden] for each of sequences which[0..n) of
 * an input, that of a sentence near that of its molecule; and the contrast of n texts and their
 * molecules [1,1] (groups as mg_infonce has them). */
mg_tensor *mg_writer_pool(mg_tape *t, const mg_writer *m, const mg_writer_input *in,
                          mg_tensor *states, const int32_t *which, int64_t n);
mg_tensor *mg_writer_contrast(mg_tape *t, const mg_writer *m, mg_tensor *texts,
                              mg_tensor *molecules, const int32_t *groups);
/* Of a writer with align: the levels of sequences which[0..n) of an input, whose states are given;
 * false: the tape has failed. The loss of n texts and their molecules [1,1]. */
bool mg_writer_levels(mg_tape *t, const mg_writer *m, mg_align_side side, const mg_writer_input *in,
                      mg_tensor *states, const int32_t *which, int64_t n,
                      mg_align_level out[MG_ALIGN_LEVELS]);
mg_tensor *mg_writer_align(mg_tape *t, const mg_writer *m,
                           const mg_align_level texts[MG_ALIGN_LEVELS],
                           const mg_align_level molecules[MG_ALIGN_LEVELS], const int32_t *groups);
mg_context mg_writer_context_of(mg_tape *t, const mg_writer *m, mg_tensor *latents);
/* Logits [tokens, vocab] of the targets' next tokens, and their mean cross-entropy [1,1]. */
mg_tensor *mg_writer_logits(mg_tape *t, const mg_writer *m, const mg_context *context,
                            const mg_writer_target *target);
mg_tensor *mg_writer_loss(mg_tape *t, const mg_writer *m, const mg_context *context,
                          const mg_writer_target *target, float smoothing);

/* -log probabilities of the targets, summed over their tokens, out[n]. Nothing may be recorded. */
int mg_writer_nll(mg_tape *t, const mg_writer *m, const mg_context *context,
                  const mg_writer_target *target, double *out, molglot_error *err);

/* ---- sampling molecules and captions (sample.c) ---- */
typedef struct mg_sample_options {
    float temperature; /* 0: the likeliest token each time */
    /* in (0, 1): the likeliest tokens with this share of the probability; else all */
    float top_p;
    int max_tokens; /* with the end token; at most the model's */
    uint64_t seed;
} mg_sample_options;
typedef struct mg_sample {
    char *smiles; /* malloc'ed; grammatical and within valence, not yet seen by RDKit */
    int32_t *ids; /* of a caption instead: malloc'ed word pieces [tokens], the end token last */
    double nll;   /* -log of its probability among allowed tokens, at temperature 1 */
    int tokens;   /* with the end token */
    bool limited; /* the length limit kept it from going on */
    bool repeats; /* the same tokens came again and again, so it was ended */
} mg_sample;
/* Molecules from a context, out[mg_context_count]; streams[i] numbers the random draws of molecule
 * i, which depends on nothing else but its context rows. Nothing may be recorded. */
static inline int64_t mg_context_count(const mg_context *m) { return m->source ? m->n : m->seqs.n; }
int mg_writer_sample(mg_tape *t, const mg_writer *m, const mg_smiles_vocab *v,
                     const mg_context *context, const mg_sample_options *o, const uint64_t *streams,
                     mg_sample *out, molglot_error *err);
/* Captions in the same way, of a writer that has them; o->max_tokens at most max_text. One that is
 * as long as that is `limited`: its end was forced. */
int mg_writer_sample_words(mg_tape *t, const mg_writer *m, const mg_wordpiece *pieces,
                           const mg_context *context, const mg_sample_options *o,
                           const uint64_t *streams, mg_sample *out, molglot_error *err);
void mg_samples_free(mg_sample *samples, int64_t n);

#endif
