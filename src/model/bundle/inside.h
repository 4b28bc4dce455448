/* inside.h - what the files of a bundle share: a window on one part of a tensor file, the row that
 * describes a kind of part, the digest, the self-test of the space. */
#ifndef MG_BUNDLE_INSIDE_H
#define MG_BUNDLE_INSIDE_H

#include "model/bundle/bundle.h"

enum { MG_KINDS_MAX = 16 };

#define MG_WEIGHT_MAX 1e6f /* of a member of an ensemble */

/* ---- part.c: names, metadata and vocabularies of one part ---- */

typedef struct mg_part_kind mg_part_kind;
/* A part where it lies in a file: its names there begin with prefix. */
typedef struct mg_part {
    const mg_part_kind *kind;
    mg_bundle *bundle;
    const mg_tensor_file *file;
    const char *path; /* of the file */
    char prefix[16];
    /* of other parts in the same file, then NULL: what stands behind those is not this part's */
    const char *others[MG_KINDS_MAX + 1];
} mg_part;

/* Whether a name of the file is the part's; *own: what follows the prefix. */
bool mg_part_owns(const mg_part *p, const char *name, const char **own);
/* By their names within the part; NULL if absent. */
const mg_file_tensor *mg_part_find(const mg_part *p, const char *name);
const char *mg_part_meta(const mg_part *p, const char *key);
/* MOLGLOT_BAD_FILE unless the part says that it has the format of this version. */
int mg_part_check_format(const mg_part *p, molglot_error *err);
/* The vocabulary of word pieces; *out stays NULL where there is none, unless it is needed. */
int mg_part_wordpiece(const mg_part *p, bool needed, mg_wordpiece **out, molglot_error *err);
/* MOLGLOT_BAD_FILE unless w has as many pieces as `who` has rows for them. */
int mg_part_check_pieces(const mg_wordpiece *w, int rows, const char *who, molglot_error *err);
/* Copies parameters that are views of the mapped file to t's device. */
int mg_part_attach(const mg_tensor_file *f, const mg_params *const *list, int n, mg_tape *t,
                   molglot_error *err);
/* MOLGLOT_BAD_FILE where a tensor behind `member` ("": the whole part) is no parameter of one of
 * the n models (NULL: none), nor a vocabulary or what is known of rows: the configuration is
 * another model's. */
int mg_part_check_claimed(const mg_part *p, const char *member, const mg_params *const *list, int n,
                          molglot_error *err);
/* Numbers that were trained, and bytes of all tensors. */
void mg_part_measure(const mg_part *p, int64_t *parameters, size_t *bytes);

/* A file that is being put together. */
typedef struct mg_part_out {
    mg_weights_out *w;
    void *owned[6]; /* data of tensors, freed once the file is written */
} mg_part_out;
/* A text as bytes; the vocabulary of word pieces (NULL: none); made: what the function
 * that wrote json gave, json is freed. */
int mg_part_write_text(mg_weights_out *w, const char *name, const char *text, size_t bytes,
                       molglot_error *err);
int mg_part_write_wordpiece(mg_weights_out *w, const char *text, size_t bytes, molglot_error *err);
int mg_part_write_json(mg_weights_out *w, const char *key, int made, mg_str *json,
                       molglot_error *err);

/* ---- digest.c ---- */

#define MG_DIGEST   "molglot.digest"
#define MG_FORMERLY "molglot.formerly" /* identities of the space before this digest, by commas */

int mg_digest_part(const mg_part *p, char out[65], molglot_error *err);
/* The same of what will be written behind prefix ("": all that is there). */
int mg_digest_written(const mg_weights_out *w, const char *prefix, char out[65],
                      molglot_error *err);

/* ---- kinds of parts: a row each in the table of bundle.c ---- */

struct mg_part_kind {
    const char *name;  /* its file in a folder is NAME.safetensors, its prefix in a file "NAME." */
    const char *about; /* what it is, for people */
    const char *old;   /* its prefix in merged files of format 1 */
    size_t size;       /* of the struct that load fills */
    /* Whether what stands behind p's prefix is such a part. */
    bool (*is)(const mg_part *p);
    /* Parameters and vocabularies into the zeroed struct `part`, which `free` frees. */
    int (*load)(const mg_part *p, void *part, molglot_error *err);
    /* Whether they fit together. */
    int (*check)(const void *part, molglot_error *err);
    /* Whether this build reads sentences and molecules as the one that trained the part. */
    int (*selftest)(const mg_part *p, const void *part, molglot_error *err);
    /* Tensors, vocabularies, configuration and self-test of mg_..._contents. */
    int (*save)(mg_part_out *o, const void *contents, molglot_error *err);
    void (*free)(void *part);
    /* Nothing in it was trained: a merge never rounds its numbers. */
    bool data;
};

/* space.c */
bool mg_space_is(const mg_part *p);
int mg_space_load(const mg_part *p, void *part, molglot_error *err);
int mg_space_check(const void *part, molglot_error *err);
int mg_space_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_space_save(mg_part_out *o, const void *contents, molglot_error *err);
void mg_space_free(void *part);
/* writer.c */
bool mg_writer_is_direct(const mg_part *p);
bool mg_writer_is_latent(const mg_part *p);
bool mg_writer_is_both(const mg_part *p);
/* What a writer of this configuration is called as a part. */
const char *mg_writer_part_name(const mg_writer_config *c);
int mg_writer_load(const mg_part *p, void *part, molglot_error *err);
int mg_writer_check(const void *part, molglot_error *err);
int mg_writer_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_writer_save(mg_part_out *o, const void *contents, molglot_error *err);
void mg_writer_clear(void *part);

/* memory.c */
bool mg_memory_is(const mg_part *p);
int mg_memory_load(const mg_part *p, void *part, molglot_error *err);
int mg_memory_check(const void *part, molglot_error *err);
int mg_memory_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_memory_save(mg_part_out *o, const void *contents, molglot_error *err);
void mg_memory_clear(void *part);
/* names.c */
bool mg_names_is(const mg_part *p);
int mg_names_load(const mg_part *p, void *part, molglot_error *err);
int mg_names_check(const void *part, molglot_error *err);
int mg_names_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_names_save(mg_part_out *o, const void *contents, molglot_error *err);
/* rerank.c */
bool mg_rerank_is(const mg_part *p);
int mg_rerank_load(const mg_part *p, void *part, molglot_error *err);
int mg_rerank_check(const void *part, molglot_error *err);
int mg_rerank_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_rerank_save(mg_part_out *o, const void *contents, molglot_error *err);
void mg_rerank_clear(void *part);
void mg_names_clear(void *part);
/* basis.c */
bool mg_basis_is(const mg_part *p);
int mg_basis_load(const mg_part *p, void *part, molglot_error *err);
int mg_basis_check(const void *part, molglot_error *err);
int mg_basis_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_basis_save(mg_part_out *o, const void *contents, molglot_error *err);
void mg_basis_clear(void *part);
/* heads.c */
bool mg_heads_is(const mg_part *p);
int mg_heads_load(const mg_part *p, void *part, molglot_error *err);
int mg_heads_check(const void *part, molglot_error *err);
int mg_heads_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_heads_save(mg_part_out *o, const void *contents, molglot_error *err);
void mg_heads_clear(void *part);
/* lexicon.c */
bool mg_lexicon_is(const mg_part *p);
int mg_lexicon_load(const mg_part *p, void *part, molglot_error *err);
int mg_lexicon_check(const void *part, molglot_error *err);
int mg_lexicon_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_lexicon_save(mg_part_out *o, const void *contents, molglot_error *err);
void mg_lexicon_clear(void *part);

/* motif.c */
bool mg_motif_part_is(const mg_part *p);
int mg_motif_part_load(const mg_part *p, void *part, molglot_error *err);
int mg_motif_part_check(const void *part, molglot_error *err);
int mg_motif_part_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_motif_part_write(mg_part_out *o, const void *contents, molglot_error *err);
void mg_motif_part_clear(void *part);
/* denoiser.c: what a denoiser of 3M-Diffusion is in a part. dim: of its latents. *model stays NULL
 * where there is none. */
int mg_denoiser_load(const mg_part *p, int dim, mg_params **params, mg_mlp_denoiser **model,
                     float **probe, molglot_error *err);
int mg_denoiser_write(mg_weights_out *w, const mg_latent_model *l, const char **name,
                      molglot_error *err);

/* t5.c */
bool mg_t5_part_is(const mg_part *p);
int mg_t5_part_load(const mg_part *p, void *part, molglot_error *err);
int mg_t5_part_check(const void *part, molglot_error *err);
int mg_t5_part_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_t5_part_write(mg_part_out *o, const void *contents, molglot_error *err);
void mg_t5_part_clear(void *part);

/* moflow.c */
bool mg_moflow_part_is(const mg_part *p);
int mg_moflow_part_load(const mg_part *p, void *part, molglot_error *err);
int mg_moflow_part_check(const void *part, molglot_error *err);
int mg_moflow_part_selftest(const mg_part *p, const void *part, molglot_error *err);
int mg_moflow_part_write(mg_part_out *o, const void *contents, molglot_error *err);
void mg_moflow_part_clear(void *part);

/* ---- bundle.c, for merge.c ---- */

/* Part i; NULL with err when its file cannot be read. */
const mg_part *mg_bundle_part_at(mg_bundle *b, size_t i, molglot_error *err);

/* ---- selftest.c ---- */

/* Of a writer: sixteen hexadecimal digits. w may be NULL. */
void mg_selftest_hash(const mg_wordpiece *w, const mg_smiles_vocab *v, char out[17]);
/* The same of a T5's tokeniser. */
int mg_selftest_pieces(const mg_sentencepiece *w, char out[17], molglot_error *err);
/* JSON of probe texts and molecules with what this build makes of them. vocab: NULL without a token
 * channel. */
int mg_selftest_make(const mg_momu_config *c, const char *vocab, size_t vocab_bytes, mg_str *out,
                     molglot_error *err);
/* MOLGLOT_BAD_FILE naming the first probe that comes out differently. */
int mg_selftest_check(const char *json, const mg_momu_config *c, const mg_wordpiece *w,
                      molglot_error *err);

#endif
