/* bundle.h - a model as a bundle of named parts: the aligned space (one model or an ensemble), the
 * direct writer, the writer of latents, the memory. A bundle is a folder with a safetensors file a
 * part (space.safetensors, writer.safetensors, ...), or one merged file; a file of one part is a
 * bundle too.
 */
#ifndef MG_BUNDLE_H
#define MG_BUNDLE_H

#include "base/bags.h"
#include "chem/smiles/smiles.h"
#include "model/heads/heads.h"
#include "model/latent/latent.h"
#include "model/lexicon/lexicon.h"
#include "model/moflow/moflow.h"
#include "model/momu/momu.h"
#include "model/motif/motif.h"
#include "model/names/names.h"
#include "model/rerank/rerank.h"
#include "model/t5/t5.h"
#include "model/writer/writer.h"
#include "tensor/files/weights.h"

#define MG_PART_SPACE   "space"
#define MG_PART_WRITER  "writer"  /* from sentence to SMILES */
#define MG_PART_LATENT  "latent"  /* a writer that reads latents, and what makes latents */
#define MG_PART_ATOMAS  "atomas"  /* a writer of both directions: captions too */
#define MG_PART_MEMORY  "memory"  /* molecules that a writer may start from */
#define MG_PART_NAMES   "names"   /* the dictionary of names */
#define MG_PART_LEXICON "lexicon" /* which words speak of which atoms */
#define MG_PART_RERANK  "rerank"  /* puts the best ones in a new order */
#define MG_PART_BASIS   "basis"   /* directions of the space in which indexes keep codes */
#define MG_PART_HEADS   "heads"   /* what predicts properties */
#define MG_PART_MOTIF   "motif"  /* molecules from latents motif by motif, and what makes latents */
#define MG_PART_T5      "t5"     /* a T5: from text to text, whatever the language */
#define MG_PART_MOFLOW  "moflow" /* a normalising flow over molecular graphs */

typedef struct mg_bundle mg_bundle;

/* ---- the space ---- */

/* One model or an ensemble of several trained apart: its embedding is the members' unit vectors
 * one after another, each times the square root of its share of the weights, so the cosine is the
 * weighted mean of the members' cosines.
 * Members may differ in vocabularies and sizes; what they look at (families, tokens, graph
 * features) is the same, so a row is featurised once. */
typedef struct mg_member {
    mg_params *params;
    mg_momu *momu;
    mg_bag_vocab text_bag, graph_bag; /* n = 0 when absent */
} mg_member;
typedef struct mg_space_part {
    mg_bundle *bundle; /* that owns it */
    const mg_tensor_file *file;
    const char *path;   /* of that file */
    const char *prefix; /* of its names there */
    mg_member member[MG_MEMBERS];
    int members;
    float weight[MG_MEMBERS]; /* above 0; 1 where the file says none */
    mg_wordpiece *wordpiece;  /* NULL when no member has a transformer channel */
} mg_space_part;
/* Copies all members' parameters to t's device, if it has memory of its own; nothing of m changes,
 * so threads may share it. t goes first. */
int mg_space_part_attach(const mg_space_part *m, mg_tape *t, molglot_error *err);
/* What member k's unit vectors are multiplied by. */
float mg_space_part_scale(const mg_space_part *m, int k);
int mg_space_part_dim(const mg_space_part *m); /* of the embedding: the members' dims added up */
const char *mg_space_part_name(const mg_space_part *m);
/* A metadata value: of the merged file as a whole, else of the part; NULL if absent. */
const char *mg_space_part_meta(const mg_space_part *m, const char *key);

/* What a file of the space is made of: one member. */
typedef struct mg_space_contents {
    const mg_params *params; /* EMA is written where there is one */
    const mg_momu *momu;
    const char *wordpiece; /* a vocab.txt; NULL without a transformer of text */
    size_t wordpiece_bytes;
    const mg_bag_vocab *text_bag, *graph_bag; /* NULL where there is none */
    const char *store_as;                     /* as mg_params_write has it */
    const char *const *metadata;              /* key, value, ..., NULL; or NULL */
} mg_space_contents;
int mg_space_part_save(const char *path, const mg_space_contents *c, molglot_error *err);

/* ---- the writers ---- */

typedef struct mg_writer_part {
    mg_bundle *bundle; /* that owns it */
    const mg_tensor_file *file;
    const char *path;   /* of that file */
    const char *prefix; /* of its names there */
    const char *part;   /* MG_PART_WRITER, MG_PART_LATENT or MG_PART_ATOMAS */
    const char *space;  /* digest of the space of its aligned latents or graph row; NULL: none */
    mg_params *params, *flow_params, *denoiser_params;
    mg_writer *writer;
    mg_flow_matching *flow;    /* NULL: no flow in this part */
    mg_mlp_denoiser *denoiser; /* NULL: no denoiser of 3M-Diffusion in this part */
    /* [condition] with a denoiser: how its aligned model embeds a sentence (generate/generate.h) */
    float *probe;
    mg_wordpiece *wordpiece; /* NULL when words = 0 */
    mg_smiles_vocab *tokens;
    /* sorted: upper 40 bits of mg_hash64 (of canonical SMILES, seed 0) of the training molecules:
     * novelty */
    uint64_t *known;
    int64_t n_known;
} mg_writer_part;
/* As mg_space_part_attach. */
int mg_writer_part_attach(const mg_writer_part *w, mg_tape *t, molglot_error *err);
/* Whether its latents, or its graph row, are of the bundle's space, or of none. */
bool mg_writer_part_fits(const mg_writer_part *w, mg_bundle *space);
bool mg_writer_part_knows(const mg_writer_part *w, const char *canonical_smiles);

/* What makes latents from sentences: a flow, or a denoiser with its probe; the other NULL. */
typedef struct mg_latent_model {
    const mg_params *params;
    const mg_flow_matching *flow;
    const mg_mlp_denoiser *denoiser;
    const float *probe;
} mg_latent_model;
/* What a file of a writer is made of. */
typedef struct mg_writer_contents {
    const mg_params *params; /* EMA is written where there is one */
    const mg_writer *writer;
    const mg_latent_model *latents; /* NULL: nothing makes latents */
    const char *wordpiece;          /* a vocab.txt; NULL: nothing here reads sentences */
    size_t wordpiece_bytes;
    const mg_smiles_vocab *tokens;
    const uint64_t *known; /* [n_known] ascending mg_hash64 of molecules that it was trained on */
    int64_t n_known;
    const char *space;           /* as above */
    const char *store_as;        /* as mg_params_write has it */
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_writer_contents;
int mg_writer_part_save(const char *path, const mg_writer_contents *c, molglot_error *err);

/* ---- the lexicon (lexicon.c) ---- */

typedef struct mg_lexicon_part {
    mg_lexicon *lexicon;
} mg_lexicon_part;
int mg_lexicon_part_save(const char *path, const mg_lexicon_contents *c, molglot_error *err);

/* ---- a T5 (t5.c) ---- */

#define MG_T5_GENERATE "generate" /* what it was trained to write: molecules */
#define MG_T5_CAPTION  "caption"  /* texts */
typedef struct mg_t5_part {
    mg_bundle *bundle; /* that owns it */
    const mg_tensor_file *file;
    const char *path, *prefix; /* of that file, of its names there */
    const char *task;          /* one of the above; NULL: unknown */
    const char *space;         /* digest of the space of its graph row; NULL: it has none */
    mg_params *params;
    mg_t5 *t5;
    mg_sentencepiece *pieces;
    const char *pieces_bytes; /* those of its spiece.model */
    size_t pieces_n;
} mg_t5_part;
/* As mg_space_part_attach. */
int mg_t5_part_attach(const mg_t5_part *m, mg_tape *t, molglot_error *err);
/* Whether its graph row is of the bundle's space, or there is none. */
bool mg_t5_part_fits(const mg_t5_part *m, mg_bundle *space);
/* Texts about a molecule, out[how->n], best first, to be freed by mg_t5_texts_free; the SMILES is
 * read as it stands, how->vector beside it where there is a graph row. The tape is one that m was
 * attached to; it is reset. MOLGLOT_USAGE where m was trained to write molecules. */
int mg_t5_caption(const mg_t5_part *m, mg_tape *t, const char *smiles, const mg_t5_ask *how,
                  mg_t5_text *out, molglot_error *err);

/* What a file of a T5 is made of. */
typedef struct mg_t5_contents {
    const mg_params *params; /* EMA is written where there is one */
    const mg_t5 *t5;
    const char *pieces; /* the bytes of a spiece.model */
    size_t pieces_bytes;
    const char *task, *space;    /* as above, or NULL */
    const char *store_as;        /* as mg_params_write has it */
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_t5_contents;
int mg_t5_part_save(const char *path, const mg_t5_contents *c, molglot_error *err);

/* ---- the motif decoder (motif.c) ---- */

typedef struct mg_motif_part {
    mg_bundle *bundle; /* that owns it */
    const mg_tensor_file *file;
    const char *path, *prefix; /* of that file, of its names there */
    mg_params *params, *denoiser_params;
    mg_motif_vae *vae;
    mg_motif_vocab *vocab;
    mg_mlp_denoiser *denoiser; /* NULL: nothing makes latents from sentences */
    float *probe;              /* as mg_writer_part has it */
} mg_motif_part;
/* As mg_space_part_attach. */
int mg_motif_part_attach(const mg_motif_part *m, mg_tape *t, molglot_error *err);

typedef struct mg_motif_contents {
    const mg_params *params; /* EMA is written where there is one */
    const mg_motif_vae *vae;
    const mg_motif_vocab *vocab;
    const mg_latent_model *latents; /* a denoiser; NULL: none */
    const char *store_as;           /* as mg_params_write has it */
    const char *const *metadata;    /* key, value, ..., NULL; or NULL */
} mg_motif_contents;
int mg_motif_part_save(const char *path, const mg_motif_contents *c, molglot_error *err);

/* ---- the memory (memory.c) ---- */

/* Molecules with their texts and short codes of their embeddings. Row i is near
 * scales[i] * codes[i] . basis; each molecule stands there once. */
typedef struct mg_memory_key { /* of one molecule, in a table sorted by hash */
    uint64_t hash;
    int32_t row;
} mg_memory_key;
typedef struct mg_memory_part {
    mg_bundle *bundle; /* that owns it */
    const char *path;  /* of its file */
    const char *space; /* digest of the space whose embeddings the codes are of */
    int32_t n, dim, width;
    const uint16_t *basis; /* bf16 [width, dim] */
    const int8_t *codes;   /* [n, width] */
    const float *scales;   /* [n] */
    char *strings;
    const char **id, **name, **smiles, **text; /* [n]; "" for none */
    mg_memory_key *exact, *plain; /* [n] of canonical SMILES; of those without stereo */
} mg_memory_part;
/* Whether the codes belong to the bundle's space. */
bool mg_memory_part_fits(const mg_memory_part *m, mg_bundle *space);
/* The row of a molecule by its canonical SMILES with stereo; -1: none. */
int32_t mg_memory_part_find(const mg_memory_part *m, const char *smiles);
/* Of a molecule whose canonical SMILES without stereo is this; -1: none. */
int32_t mg_memory_part_find_plain(const mg_memory_part *m, const char *plain);

typedef struct mg_memory_contents {
    const char *space; /* digest */
    int32_t n, dim, width;
    const float *basis; /* [width, dim] */
    const int8_t *codes;
    const float *scales;
    const char *const *id, *const *name, *const *smiles, *const *text; /* [n], none NULL */
    const char *const *plain;    /* [n] canonical SMILES without stereo */
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_memory_contents;
int mg_memory_part_save(const char *path, const mg_memory_contents *c, molglot_error *err);

/* ---- the basis (basis.c) ---- */

/* Orthonormal directions of a space, most important first, in few bits. */
typedef struct mg_basis {
    int rows, dim;
    const int8_t *v;     /* [rows, dim] */
    const float *scales; /* [rows]: direction r is scales[r] * v[r] */
} mg_basis;
typedef struct mg_basis_part {
    const char *path;  /* of its file */
    const char *space; /* digest of the space */
    mg_basis basis;
} mg_basis_part;
typedef struct mg_basis_contents {
    const char *space; /* digest */
    mg_basis basis;
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_basis_contents;
int mg_basis_part_save(const char *path, const mg_basis_contents *c, molglot_error *err);

/* ---- the dictionary of names (names.c) ---- */

typedef struct mg_names_part {
    mg_dictionary *dictionary;
} mg_names_part;
int mg_names_part_save(const char *path, const mg_dictionary_contents *c, molglot_error *err);

/* ---- the re-ranker (rerank.c) ---- */

typedef struct mg_rerank_part {
    mg_params *params;
    mg_rerank *model;
} mg_rerank_part;
typedef struct mg_rerank_contents {
    const mg_params *params; /* EMA is written where there is one */
    const mg_rerank *model;
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_rerank_contents;
int mg_rerank_part_save(const char *path, const mg_rerank_contents *c, molglot_error *err);

/* ---- what predicts properties (heads.c) ---- */

typedef struct mg_heads_part {
    mg_bundle *bundle; /* that owns it */
    const mg_tensor_file *file;
    const char *path, *prefix; /* of that file, of its names there */
    mg_params *params;
    mg_heads *heads;
    char **tasks; /* [tasks] names */
    /* names of the columns of the channel descriptors; NULL: it has none */
    const char *const *groups, *const *numbers;
    /* Training rows: fingerprints [n_known] of 64 bytes, SMILES; a molecule less similar to all of
     * them than threshold is outside of what the head knows. */
    int32_t n_known;
    const uint8_t *bits;
    char **smiles;
    float threshold;
    const char *space; /* digest of the space that it reads; NULL: it reads none */
    char **group_lines, **number_lines;
} mg_heads_part;
/* As mg_space_part_attach. */
int mg_heads_part_attach(const mg_heads_part *h, mg_tape *t, molglot_error *err);

typedef struct mg_heads_contents {
    const mg_params *params;
    const mg_heads *heads;
    const char *const *tasks, *const *groups, *const *numbers;
    int32_t n_known;
    const uint8_t *bits;
    const char *const *smiles;
    float threshold;
    const char *space;           /* digest; or NULL */
    const char *store_as;        /* as mg_params_write has it */
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_heads_contents;
int mg_heads_part_save(const char *path, const mg_heads_contents *c, molglot_error *err);

/* ---- MoFlow (moflow.c) ---- */

typedef struct mg_moflow_part {
    mg_bundle *bundle; /* that owns it */
    const mg_tensor_file *file;
    const char *path;  /* of that file */
    const char *space; /* digest of the space that its reader answers in; NULL: no reader */
    mg_params *params;
    mg_moflow *model;
} mg_moflow_part;
/* Whether its reader answers in the bundle's space. */
bool mg_moflow_part_fits(const mg_moflow_part *f, mg_bundle *space);
/* As mg_space_part_attach. */
int mg_moflow_part_attach(const mg_moflow_part *f, mg_tape *t, molglot_error *err);
typedef struct mg_moflow_contents {
    const mg_params *params; /* EMA is written where there is one */
    const mg_moflow *model;
    const char *space;           /* as above */
    const char *store_as;        /* as mg_params_write has it */
    const char *const *metadata; /* key, value, ..., NULL; or NULL */
} mg_moflow_contents;
int mg_moflow_part_save(const char *path, const mg_moflow_contents *c, molglot_error *err);

/* ---- the bundle (bundle.c) ---- */

/* Opens a folder or a file. A file is read once and mapped once; parts are loaded, checked and
 * tested when first asked for. NULL with err. */
mg_bundle *mg_bundle_open(const char *path, molglot_error *err);
/* The same of a file's bytes, which outlive it. name: for messages. */
mg_bundle *mg_bundle_memory(const void *bytes, size_t n, const char *name, molglot_error *err);
/* With all parts that were asked for. */
void mg_bundle_close(mg_bundle *b);
const char *mg_bundle_path(const mg_bundle *b);
bool mg_bundle_has(const mg_bundle *b, const char *part);
/* Whether what writes in it is a T5: there is one, and no writer. */
bool mg_bundle_is_t5(const mg_bundle *b);
/* Whether what makes molecules in it is a motif decoder alone. */
bool mg_bundle_is_motif(const mg_bundle *b);
/* Whether all that makes molecules in it is MoFlow. */
bool mg_bundle_is_moflow(const mg_bundle *b);

/* Parts, loaded at the first call; the bundle owns them. Threads may ask at the same time. NULL
 * with err that names the part when it is not there, damaged, or would not work in this build.
 * part: MG_PART_WRITER, MG_PART_LATENT or MG_PART_ATOMAS; NULL: the direct writer where there is
 * one, else the latent one, else that of both directions. */
const mg_space_part *mg_bundle_space(mg_bundle *b, molglot_error *err);
const mg_writer_part *mg_bundle_writer(mg_bundle *b, const char *part, molglot_error *err);
const mg_memory_part *mg_bundle_known(mg_bundle *b, molglot_error *err);

const mg_dictionary *mg_bundle_names(mg_bundle *b, molglot_error *err);
const mg_lexicon *mg_bundle_lexicon(mg_bundle *b, molglot_error *err);
const mg_rerank_part *mg_bundle_rerank(mg_bundle *b, molglot_error *err);
/* *out NULL where there is none, or where it is of another space than the bundle's. */
int mg_bundle_basis(mg_bundle *b, const mg_basis **out, molglot_error *err);
const mg_heads_part *mg_bundle_heads(mg_bundle *b, molglot_error *err);
const mg_t5_part *mg_bundle_t5(mg_bundle *b, molglot_error *err);
const mg_motif_part *mg_bundle_motif(mg_bundle *b, molglot_error *err);
const mg_moflow_part *mg_bundle_moflow(mg_bundle *b, molglot_error *err);

/* A part's digest, 64 hexadecimal digits: SHA-256 over its tensors and metadata, written when it
 * was saved. Nothing is hashed, but for a file older than digests: the SHA-256 of that file. */
int mg_bundle_digest(mg_bundle *b, const char *part, char out[65], molglot_error *err);
/* Whether somebody has asked for the part and got it. */
bool mg_bundle_used(mg_bundle *b, const char *part);
/* The space's digest: which model an index was made with. Owned by b; NULL with err. */
const char *mg_bundle_identity(mg_bundle *b, molglot_error *err);
/* Whether what has this identity was made with b's space, under its identity of today or an
 * earlier one (metadata molglot.formerly). False without a space. */
bool mg_bundle_matches(mg_bundle *b, const char *identity);
/* The digest of a part of the bundle at path. */
int mg_bundle_identify(const char *path, const char *part, char out[65], molglot_error *err);

/* The one file that was opened; NULL: a folder with a file a part. */
const mg_tensor_file *mg_bundle_file(const mg_bundle *b);
/* What there is, in the order of the table of parts. */
typedef struct mg_part_info {
    const char *name, *about; /* "writer", "direct writer" */
    const char *path;         /* of its file */
    const mg_tensor_file *file;
    const char *prefix; /* of its names there */
    const char *digest; /* as the file says; NULL: older than digests */
    int64_t parameters;
    size_t bytes; /* of its tensors */
} mg_part_info;
size_t mg_bundle_count(const mg_bundle *b);
int mg_bundle_info(mg_bundle *b, size_t i, mg_part_info *out, molglot_error *err);
/* Hashes part i: MOLGLOT_BAD_FILE naming it when its digest is another; one without a digest
 * passes. */
int mg_bundle_verify(mg_bundle *b, size_t i, molglot_error *err);
/* Loads part i, which tests it. */
int mg_bundle_try(mg_bundle *b, size_t i, molglot_error *err);

/* Metadata of a member whose molecules' side is that of this member, from 1, of the space whose
 * digest is init.sha256. */
#define MG_MOLECULES_OF_MEMBER "init.molecules_of"

/* ---- merging (merge.c) ---- */

typedef struct mg_merge_options {
    const char *name;    /* of the whole; NULL: "ensemble" where one is made, else as it was */
    const char *licence; /* of the whole; NULL: the parts', which must then agree */
    /* of a part that several inputs hold, the last is taken; else that is refused */
    bool replace;
    /* "int4": store anew in fewer bits (mg_params_write, "I4"); NULL: bit for bit */
    const char *store;
    /* of the members of the ensemble, in their order; n_weights 0: those that they have */
    const float *weights;
    int n_weights;
    /* a model whose space has as many members: each takes its molecules' side, bit for bit. The
     * members must have been trained against it (init.new_text), and their weights be its; what was
     * indexed with that space is then of this one too. NULL: none */
    const char *molecules_of;
} mg_merge_options;
/* The parts of several bundles in one; the spaces of several become an ensemble. out: a file; an
 * existing folder, or a path that ends in a slash, takes a file a part. Refuses members that look
 * at different things, and parts whose digest is wrong. */
int mg_bundle_merge(const char *const *paths, int n, const mg_merge_options *o, const char *out,
                    molglot_error *err);

#endif
