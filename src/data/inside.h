/* inside.h - how a corpus lies in memory and in its cache file, and how it is built.
 *
 *   sources.c     tables -> rows with a SMILES, without the excluded ones
 *   written.c     rows without a text -> as many with a text written from facts
 *   split.c       tables -> tables of three sets
 *   overlap.c     rows that are also in a corpus
 *   molecules.c   SMILES of rows -> molecules -> canonical SMILES, tokens, graphs, bags
 *   rows.c        which rows stay and in which order; their numbers of molecule and text
 *   texts.c       texts of rows -> word pieces, bags, strings
 *   synonyms.c    a text with another name of a compound in it
 *   columns.c     sections -> typed columns; what a row has in each
 *   cache.c       sections <-> file
 *   corpus.c      opened from the cache or built
 *   order.c       the rows of an epoch
 *   batcher.c     rows -> mg_batch
 *
 * A corpus is a set of sections, arrays without pointers. In memory each is an mg_str; in a file
 * they follow the header at multiples of 64 bytes, little-endian. All that a file holds is checked
 * when it is opened, so that readers of a column need no checks.
 */
#ifndef MG_DATA_INSIDE_H
#define MG_DATA_INSIDE_H

#include "base/bags.h"
#include "chem/features/features.h"
#include "data/data.h"
#include "data/table/table.h"

/* Numbers of things: R rows, M molecules, T texts, S sentences of all texts. Arrays of offsets have
 * one element more than there are things. Sections of a column that was not asked for are empty. */
typedef enum {
    /* a row's numbers; a row without a text has -1 */
    SEC_ROW_MOL,    /* int32 [R] */
    SEC_ROW_TEXT,   /* int32 [R] */
    SEC_ROW_SOURCE, /* int32 [R] */
    /* graphs and bags of molecules */
    SEC_ATOM_OFF, /* int64 [M+1] */
    SEC_ATOMS,    /* uint8 [atoms, atom_cols] */
    SEC_EDGE_OFF, /* int64 [M+1] */
    SEC_EDGE_SRC, /* int32 [edges] */
    SEC_EDGE_DST, /* int32 [edges] */
    SEC_BONDS,    /* uint8 [edges, bond_cols] */
    SEC_MOL_OFF,  /* int64 [M+1] */
    SEC_MOL_BAG,  /* uint32: packed entries (pack.h) */
    /* texts, sentence by sentence */
    SEC_SENT_OFF,  /* int64 [T+1]: sentences of a text */
    SEC_TOKEN_OFF, /* int64 [S+1] */
    SEC_TOKENS,    /* int32: word pieces */
    SEC_TEXT_OFF,  /* int64 [S+1] */
    SEC_TEXT_BAG,  /* uint32: packed entries */
    SEC_CHAR_OFF,  /* int64 [S+1] */
    SEC_CHARS,     /* the sentences' bytes */
    /* vocabularies */
    SEC_WORDPIECE,  /* a vocab.txt */
    SEC_TEXT_HASH,  /* uint32 */
    SEC_TEXT_IDF,   /* float */
    SEC_GRAPH_HASH, /* uint32 */
    SEC_GRAPH_IDF,  /* float */
    /* SMILES tokens of molecules, and their vocabulary as text */
    SEC_SMILES_OFF,   /* int64 [M+1] */
    SEC_SMILES,       /* uint16 */
    SEC_SMILES_HASH,  /* uint64 [M]: mg_hash64 of the canonical SMILES; with or without tokens */
    SEC_SMILES_VOCAB, /* characters */
    /* texts as they are, each with its zero */
    SEC_STRING_OFF, /* int64 [T+1] */
    SEC_STRINGS,    /* characters */
    /* texts that say the same with other names: of text t those from SEC_OTHER_OFF[t] on */
    SEC_OTHER_OFF, /* int64 [T+1] */
    SEC_OTHERS,    /* int32: texts */
    SEC_COUNT,
    SEC_FIRST = SEC_SMILES_OFF /* sections before it stand in the header itself */
} mg_section;

typedef struct mg_place {
    uint64_t offset, bytes;
} mg_place;

/* mg_corpus_more follows the header. */
#define MG_CORPUS_MAGIC "MGDATA04"
typedef struct mg_corpus_header {
    char magic[8];
    char key[72];     /* SHA-256 of the configuration and the sources */
    char sources[72]; /* SHA-256 of the sources alone */
    int64_t rows, mols, texts, sentences, rejected, excluded;
    int32_t n_sources, features, has_graph, too_long;
    uint64_t checksum; /* mg_hash64 over the sections, one seeding the next */
    mg_place section[SEC_FIRST];
    uint64_t header_checksum; /* mg_hash64 of the bytes before it */
} mg_corpus_header;
typedef struct mg_corpus_more {
    mg_place section[SEC_COUNT - SEC_FIRST];
    uint64_t checksum;      /* of these sections, seeded by the header's */
    uint64_t more_checksum; /* mg_hash64 of the bytes before it, seeded by the header's */
} mg_corpus_more;

struct mg_corpus {
    mg_corpus_header h;     /* counts; its places are used in files alone */
    mg_str made[SEC_COUNT]; /* sections that were built, or */
    mg_map map;             /* the file */
    const void *data[SEC_COUNT];
    size_t bytes[SEC_COUNT];
    /* the sections by type (columns.c); NULL where a column was not asked for */
    const int32_t *row_mol, *row_text, *row_source;
    const int64_t *atom_off, *edge_off, *mol_off, *sent_off, *token_off, *text_off, *char_off;
    const uint8_t *atoms, *bonds;
    const int32_t *edge_src, *edge_dst, *tokens;
    const uint32_t *mol_bag, *text_bag;
    const char *chars;
    const int64_t *smiles_off, *string_off;
    const uint16_t *smiles;
    const uint64_t *smiles_hash;
    const char *strings;
    const int64_t *other_off;
    const int32_t *others;
    /* made from sections */
    int64_t n_texts; /* rows with a text; they come first */
    mg_bag_vocab text_vocab, graph_vocab;
    mg_wordpiece *wordpiece; /* NULL: no word pieces */
    mg_str words;            /* its vocab.txt, with a zero */
    int32_t cls, sep;
    mg_smiles_vocab *smiles_vocab; /* NULL: no SMILES tokens */
    /* from the configuration */
    float *weights; /* [n_sources] */
    int *wordings;  /* [n_sources]: rows of one molecule that follow each other; 1 or more */
    int max_text;
};

/* ---- building ---- */

typedef struct mg_corpus_row {
    const char *smiles, *text; /* text NULL: none */
    int32_t source;
    int32_t molecule; /* number in mg_builder.molecules */
    int32_t wording;  /* of a written text, from 0; 0: others too */
} mg_corpus_row;

/* A SMILES string as RDKit reads it. */
typedef struct mg_parsed {
    char *canonical; /* NULL: cannot be read */
    mg_graph graph;
    mg_feature *features;
    size_t n_features;
} mg_parsed;

typedef struct mg_molecule {
    const char *smiles;      /* canonical */
    const mg_parsed *parsed; /* NULL: it was not parsed */
    const uint16_t *tokens;
    int32_t n_tokens; /* -1: no SMILES tokens */
} mg_molecule;

typedef struct mg_builder {
    const mg_corpus_config *c;
    mg_corpus *out; /* counts and sections */
    int threads;
    int (*cb)(void *user, int64_t done, int64_t total);
    void *user;
    int64_t done, total; /* progress: strings to parse, and texts in each pass */
    mg_rows *files;      /* [n_sources]: own the rows' strings */
    mg_corpus_row *rows;
    int64_t n, n_texts; /* rows; those with a text, which come first after rows.c */
    mg_parsed *parsed;
    int32_t n_parsed;
    mg_molecule *molecules;
    int32_t n_molecules;
    uint16_t *ids;  /* SMILES tokens of all molecules */
    char **written; /* [n_written] texts of written sources; NULL: none */
    int64_t n_written;
} mg_builder;

/* What a configuration asks for: SMILES tokens; graphs or bags of molecules; word pieces; word
 * pieces or bags of texts; texts at all. */
static inline bool mg_asks_tokens(const mg_corpus_config *c) { return c->vocab || c->tokens > 0; }
static inline bool mg_asks_graphs(const mg_corpus_config *c) {
    return c->graph || c->graph_vocab > 0;
}
static inline bool mg_asks_pieces(const mg_corpus_config *c) {
    return c->wordpiece || c->wordpiece_path || c->wordpiece_size > 0;
}
static inline bool mg_asks_sentences(const mg_corpus_config *c) {
    return mg_asks_pieces(c) || c->text_vocab > 0;
}
static inline bool mg_asks_texts(const mg_corpus_config *c) {
    return c->pairs || c->strings || mg_asks_sentences(c);
}

static inline void mg_add_i32(mg_str *s, int32_t v) { mg_str_add(s, &v, sizeof v); }
static inline void mg_add_i64(mg_str *s, int64_t v) { mg_str_add(s, &v, sizeof v); }

/* ---- sources.c ---- */
/* Adds the SHA-256 of a file, as hex, to sha and (or NULL) to second. */
int mg_source_hash(mg_sha256 *sha, const char *path, mg_sha256 *second, molglot_error *err);
/* Adds the ids that the list (NULL: none) names for the file `path`. */
int mg_read_excluded(mg_names *ids, const char *list, const char *path, molglot_error *err);
/* The configuration's columns. */
mg_table_options mg_source_columns(const mg_corpus_config *c);
/* Fills b->files and b->rows. */
int mg_builder_read_sources(mg_builder *b, molglot_error *err);

/* ---- written.c ---- */
/* Each row of a written source becomes as many rows as it has wordings, one behind the other; those
 * whose molecule cannot be read are rejected. Nothing without such sources. */
int mg_builder_write_texts(mg_builder *b, molglot_error *err);
/* What a build of this program writes, as a hash: cached texts of another one are not used. */
int mg_written_version(uint64_t *out, molglot_error *err);

/* ---- rows.c ---- */
/* `more` strings are done; MOLGLOT_INTERRUPTED when the caller wants to stop. */
int mg_builder_progress(mg_builder *b, int64_t more, molglot_error *err);
/* The first string of each group (group[i] -1: none); malloc'ed [groups], NULL when memory is
 * short. */
const char **mg_first_strings(const char *const *strings, int64_t n, const int32_t *group,
                              int32_t groups);
/* Leaves out what is no tokens or too many, puts rows with a text first, numbers the molecules that
 * are left by first appearance; adds SEC_ROW_MOL and SEC_ROW_SOURCE. */
int mg_builder_choose_rows(mg_builder *b, molglot_error *err);

/* ---- molecules.c ---- */
/* Canonical SMILES of all rows, which lose those that cannot be read; fills b->molecules. */
int mg_builder_read_molecules(mg_builder *b, molglot_error *err);
/* The vocabulary of SMILES tokens, and the tokens of b->molecules. */
int mg_builder_encode_molecules(mg_builder *b, molglot_error *err);
/* Sections of the molecules' columns. */
int mg_builder_pack_molecules(mg_builder *b, molglot_error *err);
void mg_parsed_free(mg_parsed *p);

/* ---- texts.c ---- */
/* Sections of the texts' columns, and SEC_ROW_TEXT. */
int mg_builder_pack_texts(mg_builder *b, molglot_error *err);

/* ---- synonyms.c ---- */
typedef struct mg_synonyms mg_synonyms;
/* A table of molecules and their names. */
mg_synonyms *mg_synonyms_open(const char *path, molglot_error *err);
void mg_synonyms_close(mg_synonyms *y);
/* Looks through the texts whose names will be replaced: which compounds they name, how often.
 * Before it, nothing is replaced. */
int mg_synonyms_count(mg_synonyms *y, const char *const *texts, int64_t n, molglot_error *err);
/* The text with other names into out, drawn by the seed; false: it has none to replace, or out
 * failed. Threads may share y. */
bool mg_synonyms_say(const mg_synonyms *y, const char *text, uint64_t seed, mg_str *out);

/* ---- columns.c ---- */
/* Types the sections, whose data and bytes are set, and makes the vocabularies. name is for
 * messages. */
int mg_columns_open(mg_corpus *c, const char *name, molglot_error *err);
/* All but the weights. */
void mg_columns_close(mg_corpus *c);

/* ---- cache.c ---- */
/* key: SHA-256 of all that the content depends on; sources: of the sources' contents alone. */
int mg_cache_key(const mg_corpus_config *c, char key[65], char sources[65], molglot_error *err);
int mg_cache_write(const mg_corpus *c, const char *path, const char *key, molglot_error *err);
/* Fills c, which is empty, from a file that was made under this key. On failure c is empty
 * again. */
int mg_cache_open(mg_corpus *c, const char *path, const char *key, molglot_error *err);

#endif
