/* t5.h - T5 v1.1 (and MolT5, which has its shape): encoder, decoder, loss, generation by greedy
 * choice, beam search and sampling. Formulas: docs/models/t5.md.
 *
 * Rows of tokens are packed: all tokens of row 0, then of row 1, .. A row may end in pads (Atomas
 * pads all rows to N): give every row N tokens in `seqs` and its real tokens in `lengths`. Pads are
 * then computed as every other position is, they attend, and nothing attends to them. With
 * `lengths` NULL all tokens are real. Without pads and dropout a row's states do not depend on the
 * other rows.
 */
#ifndef MG_MODEL_T5_T5_H
#define MG_MODEL_T5_T5_H

#include "nn/nn.h"
#include "tensor/files/weights.h"
#include "text/text.h"

enum { MG_T5_PAD = 0, MG_T5_END = 1, MG_T5_UNKNOWN = 2 }; /* ids; decoding starts with MG_T5_PAD */

typedef struct mg_t5_config {
    char name[64];
    int d_model, d_kv, d_ff;           /* heads * d_kv need not be d_model */
    int layers, decoder_layers, heads; /* layers: of the encoder */
    int vocab;                         /* rows of embedding and head (32128) */
    int buckets, distance;             /* of relative positions: 32, 128 */
    int positions; /* tokens of an input, and of an output with its start: 512 */
    /* numbers of a molecule's vector that stands, projected, as a row of its own in front of the
     * encoder's states; 0: there is none */
    int graph;
    float eps, dropout; /* 1e-6; 0.1 */
} mg_t5_config;
/* T5 v1.1 small's numbers. */
mg_t5_config mg_t5_config_default(void);
/* MOLGLOT_BAD_FILE when sizes make no sense. mg_t5_new checks too. */
int mg_t5_config_check(const mg_t5_config *c, molglot_error *err);
int mg_t5_config_to_json(const mg_t5_config *c, mg_str *out);
int mg_t5_config_from_json(const char *json, mg_t5_config *out, molglot_error *err);

typedef struct mg_t5 mg_t5;
/* Declares the parameters under `prefix` ("" or, say, "molt5") by the names of Hugging Face's
 * state_dict: PREFIX.shared.weight, PREFIX.encoder.block.0.layer.0.SelfAttention.q.weight, ..,
 * PREFIX.lm_head.weight. Initial values: those of transformers. Several models may stand in one p.
 * NULL with err. */
mg_t5 *mg_t5_new(mg_params *p, const char *prefix, const mg_t5_config *c, molglot_error *err);
void mg_t5_free(mg_t5 *m);
const mg_t5_config *mg_t5_get_config(const mg_t5 *m);

typedef struct mg_t5_rows {
    const int32_t *ids;     /* [seqs.offsets[seqs.n]] */
    mg_seqs seqs;           /* every row with its pads */
    const int32_t *lengths; /* [seqs.n] real tokens of each row; NULL: all */
} mg_t5_rows;
/* What a decoder attends to; rows NULL after a failure, which the tape holds. The arrays are the
 * caller's, until the tape's next reset. */
typedef struct mg_t5_memory {
    mg_tensor *rows; /* [seqs.offsets[seqs.n], d_model] */
    mg_seqs seqs;
    const int32_t *lengths; /* as in mg_t5_rows */
} mg_t5_memory;
/* Encoder states behind the final norm, pads included: memory.rows [n, d_model]. */
mg_t5_memory mg_t5_encode(mg_tape *t, const mg_t5 *m, const mg_t5_rows *rows);
/* Of a model with a graph row: what the decoder attends to, with that row in front of each row's
 * states, made of vectors [n, graph] of unit length, which live until the tape's next reset. It
 * bypasses the encoder, as published (docs/models/momu.md). */
mg_t5_memory mg_t5_graph_row(mg_tape *t, const mg_t5 *m, const mg_t5_memory *memory,
                             const float *vectors);
/* Decoder states behind the final norm, [n, d_model], teacher-forced: `inputs` are the decoder's
 * input tokens (the start token first), row i attends to row i of memory. Causally no real token
 * sees the pads behind it, so inputs->lengths changes nothing; states at pads are of no use. */
mg_tensor *mg_t5_decode(mg_tape *t, const mg_t5 *m, const mg_t5_rows *inputs,
                        const mg_t5_memory *memory);
/* The untied head: [n, vocab] of states [n, d_model]. */
mg_tensor *mg_t5_logits(mg_tape *t, const mg_t5 *m, mg_tensor *states);
/* Mean cross-entropy of the target tokens, [1,1]: rows of targets with their end token; inputs are
 * the targets shifted right behind the start token. Negative ids, and pads behind `lengths`, are
 * not asked for (as an input such an id is a pad). */
mg_tensor *mg_t5_loss(mg_tape *t, const mg_t5 *m, const mg_t5_rows *targets,
                      const mg_t5_memory *memory);

/* ---- one token after another (decode.c); nothing may be recorded ---- */

/* Keys and values so far; the tape's, until its next reset. */
typedef struct mg_t5_cache mg_t5_cache;
/* n sequences of at most `room` tokens; sequence i reads row source[i] of memory (NULL: row i). */
mg_t5_cache *mg_t5_start(mg_tape *t, const mg_t5 *m, int64_t n, int32_t room,
                         const mg_t5_memory *memory, const int32_t *source);
/* ids [n]: the next token of every sequence. Result: logits [n, vocab] of the one after. */
mg_tensor *mg_t5_next(mg_tape *t, const mg_t5 *m, mg_t5_cache *c, const int32_t *ids);
/* Sequence i goes on from what sequence from[i] was; at most as many as at the start. False when
 * the tape has failed. */
bool mg_t5_reorder(mg_tape *t, mg_t5_cache *c, const int32_t *from, int64_t n);

/* ---- whole outputs (beam.c, draw.c) ---- */

typedef struct mg_t5_search {
    int beams;            /* 1: the likeliest token each time */
    int max_length;       /* with the start token; 0: the model's positions */
    float length_penalty; /* a hypothesis scores sum of log p / length^penalty (1) */
    bool early_stopping;  /* stop at `beams` finished hypotheses, whatever the open ones promise */
    /* Whether the start token counts in the length of a hypothesis that max_length cut:
     * transformers before 4.36 counted it, later ones do not. (A finished one's length is the same
     * in both: its tokens with the start and without the end, or the other way about.) */
    bool count_start;
    /* Whether the open beams are judged, for stopping, at the length that they will have after this
     * step: transformers 4.34 and 4.35 do so, those before and after at the length before it. */
    bool look_ahead;
} mg_t5_search;
/* 5 beams, penalty 1, the start token counts, no look ahead: transformers 4.17 */
mg_t5_search mg_t5_search_default(void);
typedef struct mg_t5_output {
    int32_t *ids; /* malloc'ed; the start token first, the end token last where it ended */
    int32_t n;
    double score; /* of a beam: as above; greedy and sampled: sum of log p */
} mg_t5_output;
/* The best hypotheses of one row of memory, as transformers' generate makes them
 * (docs/models/t5.md), the best first: out[0 .. wanted), wanted <= beams; fewer may be found, the
 * rest have ids NULL. */
int mg_t5_beam_search(mg_tape *t, const mg_t5 *m, const mg_t5_memory *memory, int64_t row,
                      const mg_t5_search *o, int wanted, mg_t5_output *out, molglot_error *err);
typedef struct mg_t5_draw {
    float temperature, top_p; /* as mg_sample_options */
    int max_length;           /* with the start token; 0: the model's positions */
    uint64_t seed;
} mg_t5_draw;
/* n draws from one row of memory; draw i depends on (seed, i) alone. */
int mg_t5_sample(mg_tape *t, const mg_t5 *m, const mg_t5_memory *memory, int64_t row,
                 const mg_t5_draw *o, int n, mg_t5_output *out, molglot_error *err);
void mg_t5_outputs_free(mg_t5_output *out, int n); /* not the array itself */

/* ---- text in, texts out (say.c) ---- */

typedef struct mg_t5_ask {
    int n; /* outputs wanted; of a search at most its beams */
    mg_t5_search search;
    const mg_t5_draw *draw; /* not NULL: sampled instead of searched for */
    const float *vector;    /* [graph] of a model with a graph row; NULL: zeros */
} mg_t5_ask;
typedef struct mg_t5_text {
    char *text;   /* malloc'ed; NULL: fewer were found */
    double score; /* of mg_t5_output */
    int tokens;   /* with start and end */
    bool ended;   /* by itself, not by the length limit */
} mg_t5_text;
/* What the model makes of a text (a sentence or a SMILES: T5 reads both by its word pieces), best
 * first, out[how->n]. *cut (or NULL): the text was longer than the model's positions, its end was
 * not read. Resets the tape, which records nothing. */
int mg_t5_say(mg_tape *t, const mg_t5 *m, const mg_sentencepiece *w, const char *text,
              const mg_t5_ask *how, mg_t5_text *out, bool *cut, molglot_error *err);
void mg_t5_texts_free(mg_t5_text *out, int n); /* not the array itself */

/* ---- published checkpoints (import.c) ---- */

/* Whether a T5 is in the file. */
bool mg_t5_is_in(const mg_tensor_file *f);
/* What precedes its names there: "" of Hugging Face's, "state_dict.molt5_m." of Atomas', whose
 * running average is taken, or with `online` the model that was trained. */
int mg_t5_find_in(const mg_tensor_file *f, bool online, mg_str *prefix, molglot_error *err);
/* Its configuration, from shapes and from a config.json (its text, or NULL). What is no T5 v1.1 is
 * refused. */
int mg_t5_config_of(const mg_tensor_file *f, const char *prefix, const char *config_json,
                    mg_t5_config *out, molglot_error *err);

#endif
