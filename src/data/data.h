/* data.h - training sets (corpora) and batches. */
#ifndef MG_DATA_H
#define MG_DATA_H

#include "base/bags.h"
#include "base/base.h"
#include "chem/chem.h"
#include "chem/smiles/smiles.h"
#include "text/text.h"

/* ---- featurise.c: a user's strings to batches ---- */
typedef struct mg_featuriser { /* what a model reads; pointers are borrowed */
    /* word pieces; NULL: none */
    const mg_wordpiece *wordpiece;
    int max_tokens, max_chars; /* of a text; 0: no limit */
    bool special_tokens;       /* [CLS] before a text, [SEP] behind it */
    /* an ensemble's members, at least 1: each has its own bag vocabularies, all else is shared */
    int members;
    const mg_bag_vocab *text_bag[MG_MEMBERS]; /* NULL or n = 0: no n-grams */
    const char *text_families;
    bool graph;
    mg_feat_kind features; /* of atoms and bonds */
    const mg_bag_vocab *graph_bag[MG_MEMBERS];
    const char *graph_families;
    mg_chem_limits limits; /* of a SMILES */
    int threads;           /* 0: OpenMP's default */
} mg_featuriser;

typedef struct mg_batch {
    mg_text_batch text; /* arrays of both lie in the arena */
    mg_mol_batch mol;
    /* of featurised rows: each member's bags; text.bags or mol.bags are the first one's */
    mg_bags member_bags[MG_MEMBERS];
    molglot_row_status *status; /* [n] */
    mg_arena arena;
} mg_batch;
int mg_batch_init(mg_batch *b, molglot_error *err);
void mg_batch_free(mg_batch *b);
/* Of its members, for mg_text_known. */
mg_text_vocabs mg_featuriser_vocabs(const mg_featuriser *f);
/* Both fill b, whose previous content is gone. A rejected row keeps its place: it is empty, and its
 * status says why. A bag row has the weights log(1 + count) * idf, scaled to unit length.
 * Parallel over rows: after mg_chem_init, which an embedder or an open corpus has called. */
int mg_featurise_texts(const mg_featuriser *f, const char *const *texts, size_t n, mg_batch *b,
                       molglot_error *err);
int mg_featurise_smiles(const mg_featuriser *f, const char *const *smiles, size_t n, mg_batch *b,
                        molglot_error *err);
/* Molecules that RDKit has read: mols[i], or where it is NULL smiles[i]. */
int mg_featurise_molecules(const mg_featuriser *f, const mg_mol *const *mols,
                           const char *const *smiles, size_t n, mg_batch *b, molglot_error *err);

/* ---- corpus.c: a training set ----
 *
 * Rows of tables, each a molecule, some with a text; rows with a text come first. A molecule and a
 * text are kept once, however many rows they have. What is kept of them is asked for:
 *
 *   tokens of SMILES     vocab or tokens          mg_corpus_smiles, _smiles_string, _hash
 *   graphs               graph                    mg_corpus_batch
 *   substructures        graph_vocab              mg_corpus_batch
 *   word pieces          wordpiece ...            mg_corpus_text, _batch
 *   n-grams              text_vocab               mg_corpus_batch
 *   the texts            strings                  mg_corpus_sentence
 *
 * No epoch parses chemistry or text again.
 */
typedef struct mg_corpus_source {
    const char *path;      /* a table; of any format */
    float weight;          /* how often its rows stand in an epoch */
    bool canonical;        /* its SMILES are RDKit's canonical ones: not made again */
    const char *id_prefix; /* only rows whose id begins so; NULL: all */
    /* Above 0: molecules whose texts are written from their facts (written.c), so many of each, all
     * rows of the corpus; an epoch takes one of them, the next epoch the next. 0: its own texts. */
    int wordings;
    int64_t limit; /* so many molecules from the beginning; 0: all */
    uint64_t seed; /* of the written texts */
} mg_corpus_source;

typedef struct mg_corpus_config {
    const mg_corpus_source *sources;
    size_t n_sources;
    const char *exclude_path; /* table of rows to leave out (columns file, id); NULL: none */
    const char *hold_out;     /* table of molecules to leave out of all sources; NULL: none */
    /* columns of all sources, by name; NULL: found by the usual names */
    const char *smiles_column, *text_column, *id_column;
    bool pairs;        /* rows without a text are rejected */
    const char *cache; /* file that keeps the corpus, mapped; NULL: memory */
    bool keep_cache;   /* one that does not fit is left as it is */
    int threads;       /* 0: OpenMP's default */

    /* SMILES tokens. vocab: used as it is (copied); NULL: one is made. */
    const mg_smiles_vocab *vocab;
    int tokens;          /* most tokens of a vocabulary that is made; 0: no tokens */
    int token_min_count; /* how often a bracket atom must stand to be one of its own */
    int max_tokens;      /* of a molecule with both ends; longer ones are left out */

    bool graph;
    mg_feat_kind features;
    int graph_vocab, graph_min_df; /* most substructures, least molecules of each; 0: none */
    char graph_families[32];

    /* Word pieces: the text of a vocab.txt, or a vocab.txt, or the size of a vocabulary to learn;
     * NULL, NULL, 0: none. */
    const char *wordpiece, *wordpiece_path;
    int wordpiece_size;
    bool none_piece;             /* the last piece is [NONE], which no text holds */
    int max_text;                /* word pieces that mg_corpus_text gives at most; 0: all */
    int text_vocab, text_min_df; /* most n-grams, least texts of each; 0: none */
    /* vocabularies used as they are (copied), with their sizes in text_vocab and graph_vocab; NULL:
     * they are made */
    const mg_bag_vocab *text_bag, *graph_bag;
    char text_families[32];
    bool strings;
    /* A table of molecules and names: texts that name a compound are kept in so many more wordings,
     * with other names of it, for mg_view.synonyms. NULL: none. */
    const char *synonyms;
    int synonym_texts;
} mg_corpus_config;

typedef struct mg_corpus mg_corpus;
/* Opens the cache if it was made from this configuration and these file contents, else builds the
 * corpus and writes the cache. cb (may be NULL) hears how far the build is and returns nonzero to
 * stop it. */
mg_corpus *mg_corpus_open(const mg_corpus_config *config,
                          int (*cb)(void *user, int64_t done, int64_t total), void *user,
                          molglot_error *err);
void mg_corpus_close(mg_corpus *c);
int64_t mg_corpus_rows(const mg_corpus *c);
int64_t mg_corpus_texts(const mg_corpus *c); /* rows with a text */
int32_t mg_corpus_molecules(const mg_corpus *c);
/* Rows of the sources that are no rows of the corpus: cannot be read, on the list, too long. */
int64_t mg_corpus_rejected(const mg_corpus *c);
int64_t mg_corpus_excluded(const mg_corpus *c);
int64_t mg_corpus_too_long(const mg_corpus *c);
int64_t mg_corpus_source_rows(const mg_corpus *c, int32_t source); /* that one of them gave */
const char *mg_corpus_sha256(const mg_corpus *c);                  /* of the sources' contents */
/* Vocabularies belong to the corpus. NULL, or n = 0: none. */
const mg_smiles_vocab *mg_corpus_tokens(const mg_corpus *c);
const char *mg_corpus_wordpiece(const mg_corpus *c, size_t *n); /* a vocab.txt, with a zero */
const mg_bag_vocab *mg_corpus_text_bag(const mg_corpus *c);
const mg_bag_vocab *mg_corpus_graph_bag(const mg_corpus *c);

/* ---- sources.c ---- */
/* Fails with MOLGLOT_BAD_FILE: none of the file's rows has both a molecule and a text; says which
 * columns it has and which were taken. smiles_column, text_column: those asked for, or NULL. */
int mg_fail_no_pairs(const char *path, const char *smiles_column, const char *text_column,
                     int64_t rows, molglot_error *err);

/* ---- overlap.c ---- */
/* How many of n rows are also in a corpus: their molecule (canonical SMILES), their text (letters
 * and digits alone), either. */
typedef struct mg_overlap {
    int64_t rows, molecules, texts, either;
} mg_overlap;
int mg_corpus_overlap(const mg_corpus *c, const char *const *smiles, const char *const *texts,
                      size_t n, int threads, mg_overlap *out, molglot_error *err);

/* ---- split.c: sources cut into three sets, each a TSV (id, smiles, text) in a folder:
 * train-K.tsv of source K (from 1), validation.tsv, test.tsv ---- */
enum { MG_SPLIT_TRAIN, MG_SPLIT_VALIDATION, MG_SPLIT_TEST, MG_SPLIT_SETS };
typedef struct mg_split_options {
    const mg_corpus_config *corpus; /* its sources, columns, exclude list, threads */
    /* "random": rows with one molecule or one text stay together
     * "scaffold": those with one Murcko scaffold do
     * "column:NAME": that column names the set (train, valid.., dev, test), or else its values are
     * groups that stay together */
    const char *how;
    double validation, test; /* shares of the rows; the rest trains */
    uint64_t seed;
} mg_split_options;
typedef struct mg_split_counts {
    int64_t rows[MG_SPLIT_SETS];
    int64_t left_out; /* cannot be read, excluded, or in no set */
} mg_split_counts;
/* A function of the options and the files. */
int mg_split_make(const mg_split_options *o, const char *folder, mg_split_counts *out,
                  molglot_error *err);

/* ---- a row of a corpus ---- */
/* Its molecule, 0 .. molecules-1: rows with one canonical SMILES share it. */
int32_t mg_corpus_molecule(const mg_corpus *c, int64_t i);
int32_t mg_corpus_row_source(const mg_corpus *c, int64_t i); /* number of the source that gave it */
/* Token ids of its canonical SMILES, without ends. */
const uint16_t *mg_corpus_smiles(const mg_corpus *c, int64_t i, int32_t *n);
char *mg_corpus_smiles_string(const mg_corpus *c, int64_t i); /* malloc'ed, or NULL */
/* mg_hash64 of a molecule's canonical SMILES. */
uint64_t mg_corpus_hash(const mg_corpus *c, int32_t molecule);
/* Word pieces of its text; NULL, n = 0: none. */
const int32_t *mg_corpus_text(const mg_corpus *c, int64_t i, int32_t *n);
const char *mg_corpus_sentence(const mg_corpus *c, int64_t i); /* its whole text; "": none */

/* ---- batches of a corpus (batcher.c) ---- */
/* What happens to a row in training. Each choice is a function of (seed, epoch, row, view). */
typedef struct mg_view {
    float sentence_dropout; /* probability that a text loses half of its sentences, never all */
    float synonyms; /* probability that it has other names in it, where the corpus keeps some */
    float text_feature_dropout, graph_feature_dropout; /* of bag entries, before scaling */
    int max_tokens;                                    /* of a text; 0: no limit */
    bool special_tokens;
    int max_chars; /* of a text; 0: no limit */
    mg_aug_kind aug;
    float aug_rate;
    bool aug_faithful;
    uint64_t seed;
    uint32_t view;
    int64_t epoch;
} mg_view;
/* Packs rows[0..n) into b: texts and molecules, or one of them. A row without a text has an empty
 * one. groups (int32 [n], or NULL) gets a number that rows share whose molecule or text is the
 * same. */
int mg_corpus_batch(const mg_corpus *c, const int64_t *rows, int64_t n, const mg_view *v,
                    bool want_text, bool want_mol, mg_batch *b, int32_t *groups,
                    molglot_error *err);

/* ---- order.c ---- */
/* The rows of an epoch, each by the weight of its source, shuffled: a function of (seed, epoch). Of
 * a molecule's wordings one is taken, the next one in the next epoch. *order is malloc'ed. Every
 * epoch is equally long. */
int mg_corpus_order(const mg_corpus *c, uint64_t seed, int64_t epoch, int64_t **order, int64_t *n,
                    molglot_error *err);

#endif
