/* align.h - hierarchical alignment of two modalities of the same things (Atomas, arXiv 2404.16880;
 * docs/models/atomas.md has the formulas).
 *
 * Level 0 is an encoder's token states of n texts and of their n molecules, packed. Level 1 and 2
 * are made by APM, for each modality its own: a convolution of three taps, LayerNorm, a learned
 * score of each token, clustering (DPC-kNN, a kernel: no gradient through who goes where), the
 * weighted mean of each cluster, and attention of the means to all tokens, with the score as bias.
 * WAM compares the tokens of text i with those of molecule j at each level: cosines of all pairs,
 * for each token its best partner, weighted by a small MLP's softmax over the sequence:
 *
 *     G_ij = 1/2 ( sum_t a_t max_s R_ts + sum_s b_s max_t R_ts )
 *
 * and the loss of a level is symmetric InfoNCE over exp(logit_scale) G. R is never materialised.
 * Beside it GA: one pooled unit row a sequence, contrasted with the other modality's rows and a
 * queue of earlier ones by soft targets from a slowly following copy of the model (momentum).
 *
 * One code has both forms. Ours (mg_align_ours): sequences of real lengths, numbers of clusters
 * that follow from them, softmax weights within a cluster, ties by index. The published one
 * (mg_align_published): sequences padded to N where `real` says how many rows count, numbers of
 * clusters that follow from N, and the quirks of the reference code, each behind a field.
 */
#ifndef MG_ATOMAS_ALIGN_H
#define MG_ATOMAS_ALIGN_H

#include "nn/nn.h"

enum { MG_ALIGN_LEVELS = 3 };
typedef enum { MG_ALIGN_TEXT = 0, MG_ALIGN_SMILES = 1 } mg_align_side;

/* How a sequence becomes one row (GA). POSITIONS: a learned weight for each position, as published;
 * ATTENTION: softmax of a learned score; MEAN. */
typedef enum { MG_POOL_POSITIONS = 0, MG_POOL_ATTENTION, MG_POOL_MEAN } mg_align_pooling;

typedef struct mg_align_config {
    int dim;        /* d: columns of the states */
    int heads;      /* of APM's attention; divides dim */
    int hidden;     /* of WAM's weight MLP; 0: 2 dim */
    int neighbours; /* of a token's density, itself among them */
    /* Sets of level l + 1 out of n rows of level l: max(1, ceil(ratio[l] n)); with `lengths` level
     * 1 has at least min(n, 8) and level 2 between 4 and 8 (never more than level 1) */
    float ratio[MG_ALIGN_LEVELS - 1];
    bool lengths;
    /* true: a token weighs e^score / (1e-6 + the cluster's sum); false: softmax in its cluster */
    bool raw_weights;
    bool batch_distance; /* pads are as far as the whole batch's greatest distance + 1; false: pads
                            never count */
    bool strict_density; /* of equal densities neither is the denser; false: the lower index is */
    float noise;         /* added to densities, times a uniform random number; 0: deterministic */
    float max_scale;     /* of exp(logit_scale); 1e30: no limit */
    float level_weight[MG_ALIGN_LEVELS]; /* of the levels' losses in the sum */
    mg_align_pooling pooling;
    int positions;  /* POSITIONS: N, and no sequence is longer */
    bool log_scale; /* GA: true: logits are exp(min(temp, log 100)) cosines; false: cosines / temp,
                       temp held within [0.001, 0.5] */
    float soft;     /* alpha: share of the momentum model's targets */
} mg_align_config;

/* Section 19 of the method's notes: masked, deterministic, lengths decide. */
mg_align_config mg_align_ours(int dim);
/* The reference code with all its quirks, padded to `positions` (512). */
mg_align_config mg_align_published(int dim, int positions);

typedef struct mg_align mg_align;
/* Declares all parameters (published names, after `prefix`): WAM's MLPs, APM's, poolings, temp,
 * logit_scale. NULL: no memory or a config that cannot be (err). Freed by mg_align_free. */
mg_align *mg_align_new(mg_params *p, const char *prefix, const mg_align_config *c,
                       molglot_error *err);
void mg_align_free(mg_align *m);
const mg_align_config *mg_align_config_of(const mg_align *m);

/* ---- levels ---- */
typedef struct mg_align_level {
    mg_tensor *states;   /* [rows, d] packed by seqs */
    mg_seqs seqs;        /* n sequences; arrays are the tape's, or the caller's at level 0 */
    const int32_t *real; /* [n] or NULL: rows of each sequence that count, from its first */
    mg_tensor *weights;  /* [rows, 1] logits of WAM's token weights */
    /* levels 1, 2; MG_I32 [rows of the level below, 1]: the packed row of `states` that each became
     * a part of. Level 0: NULL */
    mg_tensor *ids;
} mg_align_level;

/* The three levels of one modality.
 *   states  [rows, d], encoder states packed by seqs: n sequences, an empty one stays empty
 *   real    int32[n] or NULL: of padded sequences the real rows; lives until the tape's reset. Pads
 *           keep their part in level 0's token weights, as published: what must not count is not
 *           packed
 * false: the tape has failed. */
bool mg_align_levels(mg_tape *t, const mg_align *m, mg_align_side side, mg_tensor *states,
                     mg_seqs seqs, const int32_t *real, mg_align_level out[MG_ALIGN_LEVELS]);

typedef struct mg_align_loss {
    mg_tensor *similarity[MG_ALIGN_LEVELS]; /* G [n texts, n molecules] */
    mg_tensor *level[MG_ALIGN_LEVELS];      /* [1,1] */
    mg_tensor *total;                       /* [1,1]: sum of level_weight times level */
} mg_align_loss;
/* L_haa. Text i belongs to molecule i. groups int32[n] or NULL: off the diagonal, pairs of one
 * group are left out (the same molecule or text twice is no negative). false: the tape has failed.
 */
bool mg_align_haa(mg_tape *t, const mg_align *m, const mg_align_level text[MG_ALIGN_LEVELS],
                  const mg_align_level smiles[MG_ALIGN_LEVELS], const int32_t *groups,
                  mg_align_loss *out);

/* ---- GA ---- */
/* Unit rows [n, d] of n sequences; pads take part where `real` is not given. An empty sequence
 * gives zeros. NULL: the tape has failed. */
mg_tensor *mg_align_pool(mg_tape *t, const mg_align *m, mg_align_side side, mg_tensor *states,
                         mg_seqs seqs);
/* The same with the pooling's momentum copy (mg_align_momentum). */
mg_tensor *mg_align_pool_momentum(mg_tape *t, const mg_align *m, mg_align_side side,
                                  mg_tensor *states, mg_seqs seqs);
typedef struct mg_align_rows { /* unit rows; of the momentum model they need no gradient */
    mg_tensor *text, *smiles;  /* [n, d] of the model */
    mg_tensor *text_momentum, *smiles_momentum; /* [n, d]; may be text and smiles themselves */
    mg_tensor *text_queue, *smiles_queue;       /* [q, d] or NULL: earlier momentum rows */
} mg_align_rows;
/* L_ga [1,1]: 1/2 (text to [smiles_momentum; smiles_queue] + the other way), cross-entropy against
 * soft softmax(momentum logits) + (1 - soft) of the pair itself. groups int32[n] or NULL: the
 * pair's share is spread evenly over the batch's keys of its group. */
mg_tensor *mg_align_ga(mg_tape *t, const mg_align *m, const mg_align_rows *r,
                       const int32_t *groups);

/* ---- momentum ----
 * Copies of parameters that follow slowly. A copy is a parameter that is not trained
 * (MG_PARAM_BUFFER), saved and resumed with the others. */
typedef struct mg_momentum mg_momentum;
/* After both were declared: pairs each parameter `from`X with `to`X ("molt5." and "molt5_m.").
 * NULL: no memory, or no such pair, or unequal shapes (err). Freed by mg_momentum_free. */
mg_momentum *mg_momentum_new(const mg_params *p, const char *const *from, const char *const *to,
                             int n, molglot_error *err);
void mg_momentum_free(mg_momentum *m);
/* Before the parameters are attached: copies equal their originals. */
void mg_momentum_copy(const mg_momentum *m);
/* copy = decay copy + (1 - decay) original. Poisons the tape on failure. */
void mg_momentum_update(mg_tape *t, const mg_momentum *m, float decay);
/* queue[at .. at + rows.rows) = rows, round the end. queue [q, d] is an untrained parameter. */
void mg_queue_push(mg_tape *t, mg_tensor *queue, int64_t at, mg_tensor *rows);

/* ---- a pair to look at ---- */
typedef struct mg_align_picture {
    int64_t n_text, n_smiles;           /* tokens (real ones) */
    float *similarity[MG_ALIGN_LEVELS]; /* [sets of the text, sets of the molecule] cosines */
    int64_t text_sets[MG_ALIGN_LEVELS], smiles_sets[MG_ALIGN_LEVELS];
    int32_t *text_ids[MG_ALIGN_LEVELS]; /* [n_text]: the set of each token, from 0 */
    int32_t *smiles_ids[MG_ALIGN_LEVELS];
    float *text_weights[MG_ALIGN_LEVELS]; /* [sets]: WAM's weights, sum 1 */
    float *smiles_weights[MG_ALIGN_LEVELS];
    float score[MG_ALIGN_LEVELS]; /* G of the pair */
} mg_align_picture;
/* Text i beside molecule j, from levels that were computed on t. Level l's similarity of two tokens
 * is similarity[l][text_ids[l][a] * smiles_sets[l] + smiles_ids[l][b]]. The picture is the
 * caller's: mg_align_picture_free. */
int mg_align_look(mg_tape *t, const mg_align_level text[MG_ALIGN_LEVELS],
                  const mg_align_level smiles[MG_ALIGN_LEVELS], int64_t i, int64_t j,
                  mg_align_picture *out, molglot_error *err);
void mg_align_picture_free(mg_align_picture *p);

#endif
