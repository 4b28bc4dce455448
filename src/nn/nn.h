/* nn.h - parameters in flat buffers, layers, the optimiser, schedules and checkpoints.
 *
 * A model declares its parameters (mg_params_add), then all of them get one flat buffer each for
 * values, gradients, Adam moments, EMA and bf16 shadow; a parameter is a range with a name, a shape
 * and flags. The optimiser, the gradient norm and the checkpoint are single loops over ranges. For
 * inference the values stay where the mapped file has them (F32 or BF16).
 */
#ifndef MG_NN_H
#define MG_NN_H

#include "base/ranks/ranks.h"
#include "tensor/files/weights.h"
#include "tensor/tensor.h"

typedef struct mg_params mg_params;

typedef enum {
    MG_INIT_ZERO = 0,
    MG_INIT_ONE,
    MG_INIT_CONST,  /* scale everywhere */
    MG_INIT_NORMAL, /* scale = standard deviation */
    MG_INIT_XAVIER, /* uniform, bound scale * sqrt(6 / (rows + cols)) */
    /* PyTorch's nn.Linear: uniform +- 1/sqrt(fan_in); scale = fan_in (cols if 0), also for its
     * bias */
    MG_INIT_LINEAR
} mg_init;

enum {
    MG_PARAM_DECAY = 1,  /* weight decay applies */
    MG_PARAM_BUFFER = 2, /* state, not trained: running statistics */
    MG_PARAM_FROZEN = 4  /* loaded, not trained */
};

mg_params *mg_params_new(void);
void mg_params_free(mg_params *p);
/* Declares [rows, cols]; the tensor's data is NULL until build or load. Sticky: NULL after a
 * failure, reported by build/load. */
mg_tensor *mg_params_add(mg_params *p, const char *name, int64_t rows, int64_t cols, mg_init init,
                         float scale, unsigned flags);
/* Parameters whose name starts with `prefix` are state from now on, as if they had been declared
 * with MG_PARAM_BUFFER: copies that follow others. Before build. */
void mg_params_untrained(mg_params *p, const char *prefix);
/* Multiplies the learning rate of parameters whose name starts with `prefix`. */
void mg_params_lr_scale(mg_params *p, const char *prefix, float scale);
/* In a file, rows [row, row+rows) of parameter `name` are called `alias` (published checkpoints:
 * query|key|value of our fused qkv, x_embedding1|2 of our one atom table). A parameter with aliases
 * is looked up by its own name first; aliases that are present must cover it. For vectors [1, n]
 * the range counts elements. */
/* Whether a tensor of a file, by its name without prefix, belongs to a parameter of one of the n
 * models; NULL in the list: none. */
bool mg_params_claim(const mg_params *const *list, int n, const char *name);
void mg_params_alias(mg_params *p, const char *name, const char *alias, int64_t row, int64_t rows);

/* Allocates and initialises; the values are a function of (seed, name). train: gradients, moments
 * and (if asked) EMA too. */
typedef struct mg_build_options {
    bool train, ema, shadow;
    uint64_t seed;
} mg_build_options;
int mg_params_build(mg_params *p, mg_build_options o, molglot_error *err);
/* Inference: points every parameter into the open file (F32 and BF16 as they are, other types
 * converted). Names in the file may carry `prefix`. The file must outlive p. Missing tensor or
 * wrong shape: MOLGLOT_BAD_FILE naming both. */
int mg_params_map(mg_params *p, const mg_tensor_file *f, const char *prefix, molglot_error *err);
/* After build: parameters whose name starts with `ours` are looked up in the file with `theirs` in
 * its place ("" for none: "text_encoder.main_model." and "bert.") and copied; *found counts them.
 * Absent ones keep their values; a wrong shape fails. */
int mg_params_import(mg_params *p, const mg_tensor_file *f, const char *ours, const char *theirs,
                     size_t *found, molglot_error *err);

/* After build: every parameter of `to` gets the numbers of the one of that name in `from` (F32 or
 * BF16, as map leaves matrices), its EMA too. Missing there or of another shape: MOLGLOT_BAD_FILE
 * naming it. */
int mg_params_copy(mg_params *to, const mg_params *from, molglot_error *err);
/* The same for parameters that `from` has. Of the others those whose name begins with one of zero's
 * (NULL-ended, or NULL) become 0, and the rest keep their values. */
int mg_params_copy_common(mg_params *to, const mg_params *from, const char *const *zero,
                          molglot_error *err);
/* The same for those parameters of `to` whose name begins with prefix: `from` must have each. */
int mg_params_copy_under(mg_params *to, const mg_params *from, const char *prefix,
                         molglot_error *err);

/* After build: row i of parameter `name` gets the numbers of row rows[i] of `theirs` in `from`,
 * rows[i] < 0 keeps its own; its EMA too. std > 0: the rows taken are centred and scaled, so that
 * their numbers have this standard deviation; 0: as they are. MOLGLOT_BAD_FILE naming it when one
 * of the two is missing, the columns differ, or a row is not there. */
int mg_params_copy_rows(mg_params *to, const char *name, const mg_params *from, const char *theirs,
                        const int32_t *rows, float std, molglot_error *err);

/* ---- parameters on a device; on the CPU all of these do nothing but remember ----
 * After build, attach gives the flat buffers to t: one tape, for good; t is freed before p, or not
 * used after it. From then on the device's numbers are the true ones. The host pulls values,
 * moments and EMA before it reads them, and pushes what it wrote. Functions of nn.h do so
 * themselves. Gradients stay on the device. */
int mg_params_attach(mg_params *p, mg_tape *t, molglot_error *err);
int mg_params_pull(const mg_params *p, molglot_error *err);
int mg_params_push(mg_params *p, molglot_error *err);
/* After map, or after build without training: attaches the parameters that do not lie in the file's
 * own bytes. Those the caller attaches, once for all that share the file. p does not change, so
 * several tapes, in several threads, may attach the same one. */
int mg_params_attach_mapped(const mg_params *p, mg_tape *t, molglot_error *err);

size_t mg_params_count(const mg_params *p); /* parameters (tensors) */
int64_t mg_params_elements(const mg_params *p, bool trainable_only);
mg_tensor *mg_params_at(const mg_params *p, size_t i, const char **name, unsigned *flags);
/* Whether mg_params_import found it in a file. */
bool mg_params_imported(const mg_params *p, size_t i);
mg_tensor *mg_params_find(const mg_params *p, const char *name);
/* After build: the values of all MG_PARAM_BUFFER parameters, one range of *n floats; NULL when
 * there are none. With it a forward pass can be made to leave no trace in the running statistics
 * (mg_tape_pull before reading, mg_tape_push after writing). */
float *mg_params_buffers(const mg_params *p, int64_t *n);
/* Ranks that train together (base/ranks): the gradients become their sum over all ranks, and what
 * passes leave in the MG_PARAM_BUFFER parameters their mean. Through the host's memory, but for the
 * gradient where all ranks have it on a GPU and a library that sums there. */
int mg_params_reduce(mg_params *p, const mg_ranks *r, molglot_error *err);
/* Sets the gradients to 0. */
void mg_params_forget(mg_params *p, mg_tape *t);
/* Whether all ranks hold the same values and moments, bit for bit. */
int mg_params_agree(const mg_params *p, const mg_ranks *r, bool *same, molglot_error *err);

/* ---- optimiser: AdamW over the flat buffers ---- */
typedef struct mg_optim_config {
    float lr, beta1, beta2, eps, weight_decay;
    bool decay_all;  /* weight decay on every trained parameter, as plain torch.optim.AdamW does */
    float clip;      /* global gradient norm; 0: no clipping */
    float ema_decay; /* 0: no EMA; with ema_warmup the decay is min(ema_decay, (1+t)/(10+t)) */
    bool ema_warmup;
    int64_t warmup_steps, total_steps;
    float min_lr;      /* share of lr at the end of the cosine; schedule "constant": 1 */
    char schedule[16]; /* "cosine" | "linear" | "constant" */
} mg_optim_config;
mg_optim_config mg_optim_default(void);
float mg_optim_lr(const mg_optim_config *c, int64_t step); /* step from 0 */
/* Clips, updates, refreshes the bf16 shadow, zeroes the gradients. grad_norm may be NULL. A
 * gradient that is not finite leaves the parameters alone and sets *skipped. Waits for the device
 * once, for the norm; the update itself is not waited for. */
int mg_optim_step(mg_params *p, mg_tape *t, const mg_optim_config *c, int64_t step,
                  double *grad_norm, bool *skipped, molglot_error *err);
/* Swaps values and EMA (before and after evaluation). No-op without EMA. */
int mg_params_swap_ema(mg_params *p, molglot_error *err);

/* ---- checkpoints ----
 * Safetensors with values, moments, EMA and the caller's text; the file appears whole or not at
 * all. */
int mg_checkpoint_save(const mg_params *p, const char *path, const char *state, molglot_error *err);
/* Values bit for bit. *state: malloc'ed copy of the caller's text. */
int mg_checkpoint_load(mg_params *p, const char *path, char **state, molglot_error *err);
/* Adds all parameters to a model file, EMA values when there is EMA. Vectors stay F32. store_as:
 *   NULL    matrices F32
 *   "BF16"  matrices BF16
 *   "I8"    tables of bags as bytes with a scale a row, other matrices BF16
 *   "I4"    tables of bags in 4 bits, other matrices as bytes, both with a scale a row */
int mg_params_write(const mg_params *p, mg_weights_out *w, const char *store_as,
                    molglot_error *err);
/* One matrix (F32 or BF16) in 4 bits or as bytes, and NAME.scales: what mg_params_map reads. */
int mg_params_write_rounded(mg_weights_out *w, const char *name, const char *dtype,
                            const int64_t shape[2], const void *data, bool nibbles,
                            molglot_error *err);
bool mg_param_is_table(const char *name); /* a bag's table: NAME ends in ".table" */

/* longest parameter name with its zero; longer ones are cut, and collide at declaration */
#define MG_NAME_MAX 256
/* "prefix.leaf" ("leaf" when the prefix is empty) into out; returns out. */
const char *mg_name_under(char out[MG_NAME_MAX], const char *prefix, const char *leaf);

/* ---- layers: a struct of tensors, an init that declares them, a forward ---- */
typedef struct mg_dense {
    mg_tensor *w, *b;
} mg_dense; /* w [out,in], b [1,out] or NULL */
/* name.weight, name.bias */
void mg_dense_init(mg_dense *l, mg_params *p, const char *name, int64_t in, int64_t out, bool bias);
mg_tensor *mg_dense_forward(mg_tape *t, const mg_dense *l, mg_tensor *x, mg_act act);

/* A vector from elsewhere to a row that a decoder attends to: y = W2 relu(W1 sqrt(in) v + b1) + b2,
 * v of unit length. NAME.0 and NAME.2; the last map begins as zeros. */
typedef struct mg_projector {
    mg_dense in, out;
} mg_projector;
void mg_projector_init(mg_projector *m, mg_params *p, const char *name, int64_t in, int64_t out);
/* vectors [n, in], which live until the reset; result [n, out]. */
mg_tensor *mg_projector_forward(mg_tape *t, const mg_projector *m, const float *vectors, int64_t n);

/* name.weight, name.bias */
typedef struct mg_lnorm {
    mg_tensor *gamma, *beta;
    float eps;
} mg_lnorm;
void mg_lnorm_init(mg_lnorm *l, mg_params *p, const char *name, int64_t cols, float eps);
mg_tensor *mg_lnorm_forward(mg_tape *t, const mg_lnorm *l, mg_tensor *x, mg_tensor *residual);

/* ---- rows: taking rows of a table (rows.c) ----
 * Lists are the tape's, until its next reset. NULL, or false, when the tape has failed. */
/* The offsets of n equal parts of `size` rows: [n+1], 0, size, .. n size. */
const int32_t *mg_rows_offsets(mg_tape *t, int64_t n, int64_t size);
/* y[i] = x[ids[i]], [n, cols]. ids must live until the reset. */
mg_tensor *mg_rows_at(mg_tape *t, mg_tensor *x, const int32_t *ids, int64_t n);
/* The same; zeros where ids[i] is negative. ids are copied. */
mg_tensor *mg_rows_at_some(mg_tape *t, mg_tensor *x, const int32_t *ids, int64_t n);
/* x's rows again and again: y[i] = x[i mod rows], [n, cols]. */
mg_tensor *mg_rows_repeat(mg_tape *t, mg_tensor *x, int64_t n);
/* Sequences of x's rows, each behind its own row of front [seqs.n, cols]; *out: their packing. */
mg_tensor *mg_rows_behind(mg_tape *t, mg_tensor *front, mg_tensor *x, mg_seqs seqs, mg_seqs *out);
/* The list for mg_gather_sum that gives each of n rows `times` times, y[i] = x[i / times]. */
bool mg_rows_each(mg_tape *t, int64_t n, int64_t times, mg_csr *out);

/* BERT's encoder (post-norm, docs/reference/momu.md 4.1) on packed tokens; pre_norm: the residual
 * stream is normalised before each part and once at the end. */
typedef struct mg_transformer_config {
    int layers, hidden, heads, ffn, vocab, positions, types;
    bool pre_norm;
    float dropout, norm_eps;
} mg_transformer_config;
typedef struct mg_transformer mg_transformer;
/* BERT's published names, fused qkv by aliases */
mg_transformer *mg_transformer_new(mg_params *p, const char *prefix,
                                   const mg_transformer_config *c);
void mg_transformer_free(mg_transformer *m);
/* token rows in sequence order: ids and positions [n]; result [n, hidden]. */
mg_tensor *mg_transformer_forward(mg_tape *t, const mg_transformer *m, const int32_t *ids,
                                  const int32_t *positions, mg_seqs seqs);

/* GIN (docs/reference/momu.md 3.1). */
typedef struct mg_gin_config {
    int layers, dim, mlp; /* 5, 300, 600 */
    /* rows of the concatenated tables; bond_rows without the self loop */
    int atom_rows, bond_rows;
    int atom_cols, bond_cols;
    bool layer_norm; /* false: BatchNorm as published; true: LayerNorm (no running state) */
    bool residual;   /* h += instead of h = */
    float dropout;
    /* [bond_cols] rows of the bond table that the self loop uses (copied); NULL: a row of its
     * own */
    const int32_t *self_ids;
    /* tables laid out as in released files: 120+3 atom rows, 6+3 bond rows, two columns each */
    bool published;
} mg_gin_config;
typedef struct mg_gin mg_gin;
mg_gin *mg_gin_new(mg_params *p, const char *prefix, const mg_gin_config *c);
void mg_gin_free(mg_gin *m);
/* graph arrays as mg_mol_batch has them; result: node states [n_atoms, dim] of the last layer. */
mg_tensor *mg_gin_forward(mg_tape *t, const mg_gin *m, int64_t n_atoms, const int32_t *atom_ids,
                          const int32_t *edge_offsets, const int32_t *edge_src,
                          const int32_t *edge_ids);

/* Autoregressive decoder (pre-norm; writer of molecules, later of sentences) with cross-attention
 * to context rows. */
typedef struct mg_decoder_config {
    int layers, hidden, heads, ffn, vocab, positions;
    int context; /* columns of the context rows; 0: no cross-attention */
    int words;   /* a second vocabulary, with a table of its own; 0: none */
    float dropout;
} mg_decoder_config;
typedef struct mg_decoder mg_decoder;
mg_decoder *mg_decoder_new(mg_params *p, const char *prefix, const mg_decoder_config *c);
void mg_decoder_free(mg_decoder *m);
/* What stands beside the tokens of one call. */
typedef struct mg_decoder_beside {
    mg_tensor *hints; /* [n, hidden] added to the tokens' rows, or NULL */
    bool words;       /* ids and logits are of the second vocabulary */
} mg_decoder_beside;
/* Packed tokens: ids and positions [n]; context [M, context] packed by context_seqs (as many
 * sequences), or NULL. Result: logits [n, vocab] of the token after each. */
mg_tensor *mg_decoder_forward(mg_tape *t, const mg_decoder *m, const int32_t *ids,
                              const int32_t *positions, mg_seqs seqs, mg_tensor *context,
                              mg_seqs context_seqs, mg_decoder_beside beside);
/* The table of the second vocabulary [words, hidden]; NULL: there is none. */
mg_tensor *mg_decoder_words(const mg_decoder *m);
/* Generation: n sequences of at most `room` tokens each, one token a call. The cache is the tape's,
 * until its next reset; nothing may be recorded. */
typedef struct mg_decoder_cache mg_decoder_cache;
/* source [n]: the sequence of the context that each reads (NULL: its own). */
mg_decoder_cache *mg_decoder_start(mg_tape *t, const mg_decoder *m, int64_t n, int32_t room,
                                   mg_tensor *context, mg_seqs context_seqs, const int32_t *source);
/* ids [n]: the next token of every sequence. Result: logits [n, vocab] of the one after. */
mg_tensor *mg_decoder_next(mg_tape *t, const mg_decoder *m, mg_decoder_cache *c, const int32_t *ids,
                           mg_decoder_beside beside);
/* Goes on with sequences kept[0] < kept[1] < .. of those there are. */
void mg_decoder_keep(mg_decoder_cache *c, const int32_t *kept, int64_t n);

#endif
