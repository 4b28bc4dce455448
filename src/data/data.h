/* data.h - tables in and out, featurisers, cached training sets, batches. */
#ifndef MG_DATA_H
#define MG_DATA_H

#include "base/bags.h"
#include "base/base.h"
#include "chem/chem.h"
#include "chem/smiles/smiles.h"
#include "text/text.h"

/* ---- featurise.c: strings to batches ---- */
typedef struct mg_featuriser {     /* what the model wants; pointers are borrowed */
    const mg_wordpiece *wordpiece; /* NULL: no token channel */
    int max_tokens, max_chars;
    bool special_tokens;
    int members; /* each has its own bag vocabularies; the rest is the same for all */
    const mg_bag_vocab *text_bag[MG_MEMBERS]; /* NULL or n = 0: no n-gram channel */
    const char *text_families;
    bool graph;
    mg_feat_kind features;
    const mg_bag_vocab *graph_bag[MG_MEMBERS];
    const char *graph_families;
    mg_chem_limits limits;
    int threads; /* 0: OpenMP's default */
} mg_featuriser;
/* Weights of a bag row: log(1+count) * idf, then the row scaled to unit length (an empty row stays
 * empty). */
typedef struct mg_batch { /* owns the arrays behind both */
    mg_text_batch text;
    mg_mol_batch mol;
    /* featurised rows: the bags of each member (those of `text` or `mol` are the first one's) */
    mg_bags member_bags[MG_MEMBERS];
    molglot_row_status *status; /* [n] */
    mg_arena arena;
} mg_batch;
int mg_batch_init(mg_batch *b, molglot_error *err);
void mg_batch_free(mg_batch *b);
/* Both fill b (previous content is gone); rejected rows are present and empty with their status.
 * Parallel over rows: after mg_chem_init (an embedder and an open dataset see to it). */
int mg_featurise_texts(const mg_featuriser *f, const char *const *texts, size_t n, mg_batch *b,
                       molglot_error *err);
int mg_featurise_smiles(const mg_featuriser *f, const char *const *smiles, size_t n, mg_batch *b,
                        molglot_error *err);
/* Molecules that RDKit has read: mols[i], or where it is NULL smiles[i]. */
int mg_featurise_molecules(const mg_featuriser *f, const mg_mol *const *mols,
                           const char *const *smiles, size_t n, mg_batch *b, molglot_error *err);

/* ---- dataset.c: cached training sets, memory-mapped and versioned. An epoch never parses
 * chemistry or text again. ---- Per pair: its molecule's graph and substructure counts (hash ids
 * already looked up), and its text by sentences, each with token ids and n-gram counts. Molecules
 * and texts that repeat carry the same group number. */
/* rows whose id starts with id_prefix (or all) */
typedef struct mg_dataset_source {
    const char *path;
    float weight;
    const char *id_prefix;
} mg_dataset_source;
typedef struct mg_dataset_config {
    const mg_dataset_source *sources;
    size_t n_sources;
    int wordpiece_size;         /* train an own vocabulary of this size; 0: none, or */
    const char *wordpiece_path; /* use this vocab.txt */
    int text_vocab, text_min_df, graph_vocab, graph_min_df; /* bag vocabularies; 0: no channel */
    char text_families[32], graph_families[32];
    bool graph;
    mg_feat_kind features;
    /* overlap.tsv-like list (file, id, ...) of rows to leave out, or NULL */
    const char *exclude_path;
} mg_dataset_config;
typedef struct mg_dataset mg_dataset;
/* Opens cache `path` if it was made from the same config and file contents (hash), else makes it
 * (progress through cb, which may be NULL and returns nonzero to stop). */
mg_dataset *mg_dataset_open(const char *path, const mg_dataset_config *c,
                            int (*cb)(void *user, int64_t done, int64_t total), void *user,
                            molglot_error *err);
void mg_dataset_close(mg_dataset *d);
int64_t mg_dataset_pairs(const mg_dataset *d);
/* rows whose molecule or text could not be read */
int64_t mg_dataset_rejected(const mg_dataset *d);
int64_t mg_dataset_excluded(const mg_dataset *d);   /* rows left out by exclude_path */
const char *mg_dataset_sha256(const mg_dataset *d); /* of the source contents */
int mg_dataset_source_of(const mg_dataset *d, int64_t pair);
const char *mg_dataset_wordpiece(const mg_dataset *d, size_t *n); /* vocab.txt text */
const mg_bag_vocab *mg_dataset_text_bag(const mg_dataset *d);
const mg_bag_vocab *mg_dataset_graph_bag(const mg_dataset *d);

/* What the batcher does to each row while training. All random choices are a function of (seed,
 * epoch, row, view). */
typedef struct mg_view {
    /* with this probability a text loses each sentence with probability 1/2 (at least one stays) */
    float sentence_dropout;
    /* bag entries dropped before the row is scaled */
    float text_feature_dropout, graph_feature_dropout;
    int max_tokens;
    bool special_tokens;
    int max_chars;
    mg_aug_kind aug;
    float aug_rate;
    bool aug_faithful;
    uint64_t seed;
    uint32_t view;
    int64_t epoch;
} mg_view;
/* Packs pairs[0..n) into b (text and mol; either may be left out by the flags). groups (int32[n] or
 * NULL) gets a number shared by rows with the same molecule or the same text. */
int mg_dataset_batch(const mg_dataset *d, const int64_t *pairs, int64_t n, const mg_view *v,
                     bool want_text, bool want_mol, mg_batch *b, int32_t *groups,
                     molglot_error *err);
/* The order of an epoch: a permutation of pairs (each source repeated or sampled by its weight), a
 * function of (seed, epoch). */
int mg_dataset_order(const mg_dataset *d, uint64_t seed, int64_t epoch, int64_t **order, int64_t *n,
                     molglot_error *err);

/* --- corpus.c: molecules as SMILES tokens, some with a text as word pieces: what the writer is
 * trained on. In memory. --- */
typedef struct mg_corpus_source {
    const char *path; /* any table; rows without a text are molecules alone */
    float weight;     /* of its rows in an epoch */
    bool canonical;   /* the file holds RDKit's canonical SMILES: not made again */
} mg_corpus_source;
typedef struct mg_corpus_config {
    const mg_corpus_source *sources;
    size_t n_sources;
    const char *wordpiece;      /* the text of a vocab.txt, used as it is, or (NULL) */
    const char *wordpiece_path; /* use this vocab.txt, or (NULL) */
    /* train an own one of this size on the texts; 0: texts are not read, but with */
    int wordpiece_size;
    bool sentences; /* texts without word pieces: mg_corpus_sentence alone */
    /* use (a copy of) this SMILES vocabulary, or (NULL) build one: */
    const mg_smiles_vocab *vocab;
    /* most tokens, and how often a bracket atom must occur to be one of its own */
    int tokens, token_min_count;
    /* longer molecules are left out (with both ends), longer texts cut */
    int max_tokens, max_text;
    const char *exclude_path; /* as mg_dataset_config has it, or NULL */
    int threads;
} mg_corpus_config;
typedef struct mg_corpus mg_corpus;
mg_corpus *mg_corpus_open(const mg_corpus_config *c,
                          int (*cb)(void *user, int64_t done, int64_t total), void *user,
                          molglot_error *err);
void mg_corpus_close(mg_corpus *c);
int64_t mg_corpus_rows(const mg_corpus *c);
int64_t mg_corpus_texts(const mg_corpus *c);    /* rows with a text: they come first */
int64_t mg_corpus_rejected(const mg_corpus *c); /* no molecule */
int64_t mg_corpus_excluded(const mg_corpus *c);
int64_t mg_corpus_too_long(const mg_corpus *c);
const char *mg_corpus_sha256(const mg_corpus *c); /* of the sources' contents */
const mg_smiles_vocab *mg_corpus_tokens(const mg_corpus *c);
/* vocab.txt text; NULL without texts. Its last piece, which no text holds, is "[NONE]": no
 * sentence */
const char *mg_corpus_wordpiece(const mg_corpus *c, size_t *n);
/* Token ids of row i's canonical SMILES without ends, and of its text (n = 0 without). */
const uint16_t *mg_corpus_smiles(const mg_corpus *c, int64_t i, int32_t *n);
const uint16_t *mg_corpus_text(const mg_corpus *c, int64_t i, int32_t *n);
/* malloc'ed; NULL when memory is short */
char *mg_corpus_smiles_string(const mg_corpus *c, int64_t i);
const char *mg_corpus_sentence(const mg_corpus *c, int64_t i); /* the text itself; "" without */
/* rows with the same SMILES share this number, 0 .. molecules-1 */
int32_t mg_corpus_molecule(const mg_corpus *c, int64_t i);
int32_t mg_corpus_molecules(const mg_corpus *c); /* distinct ones */
/* The order of an epoch, as mg_dataset_order. */
int mg_corpus_order(const mg_corpus *c, uint64_t seed, int64_t epoch, int64_t **order, int64_t *n,
                    molglot_error *err);

#endif
