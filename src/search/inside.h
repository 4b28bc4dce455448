/* inside.h - the index file and an open index: for index.c, index_out.c, concat.c, search.c and
 * their tests. */
#ifndef MG_INDEX_INSIDE_H
#define MG_INDEX_INSIDE_H

#include "search/search.h"

#define MG_INDEX_MAGIC "MGINDEX" /* eight bytes with its end */
enum { MG_INDEX_VERSION = 2, MG_INDEX_MAX_COLUMNS = 4096 };
/* Rows are unit vectors where lengths differ from 1 by at most this. */
#define MG_INDEX_SPREAD 0x1p-7

enum {
    MG_INDEX_ROWS,      /* float or bf16 [count, dim] */
    MG_INDEX_TEXTS,     /* the same of texts [texts, dim] */
    MG_INDEX_TEXT_ROWS, /* int64 [texts] the row of each, ascending */
    MG_INDEX_META,      /* mg_index_meta [count] */
    MG_INDEX_COLUMNS,   /* names of the columns, each ended by a zero */
    MG_INDEX_STRINGS,   /* a row's id, SMILES, text, InChIKey and cells, each ended by a zero */
    MG_INDEX_SECTIONS
};
enum { MG_STRING_ID, MG_STRING_SMILES, MG_STRING_TEXT, MG_STRING_KEY, MG_STRING_CELLS };

typedef struct mg_index_meta {
    uint64_t strings;        /* where the row's begin in their section */
    int64_t number;          /* of the row in its file; 0: not known */
    uint64_t molecule, flat; /* as mg_molecule_key has them */
} mg_index_meta;

typedef struct mg_index_section {
    uint64_t offset, bytes, checksum; /* see mg_index_hash */
} mg_index_section;

/* The file: this header, then the sections in their order at multiples of 64 bytes, the last one
 * padded to such a multiple. Little-endian. */
typedef struct mg_index_header {
    char magic[8];
    uint32_t version, dtype, side, dim;
    uint64_t count, texts;
    uint32_t n_columns, shard, shards, zero;
    uint64_t source;    /* hash of all rows of the file that was read; 0: not known */
    double max_norm[2]; /* length of the longest row, of rows and of texts: bounds rounding */
    double spread[2];   /* lengths differ from 1 by at most this */
    char model_sha256[72], model_name[72];
    mg_index_section section[MG_INDEX_SECTIONS];
    uint64_t header_checksum; /* mg_hash64 of the bytes before it */
} mg_index_header;

/* Version 1, which is read but not written: rows; uint64 [count, 3] places of id, SMILES and text;
 * strings, the first of them empty. */
enum { MG_INDEX1_ROWS, MG_INDEX1_OFFSETS, MG_INDEX1_STRINGS, MG_INDEX1_SECTIONS };
typedef struct mg_index1_header {
    char magic[8];
    uint32_t version, dtype, side, dim;
    uint64_t count;
    double max_norm;
    char model_sha256[72], model_name[72];
    struct {
        uint64_t offset, bytes;
    } section[MG_INDEX1_SECTIONS];
    uint64_t checksum; /* of the sections, each seeding the next */
    uint64_t header_checksum;
} mg_index1_header;

/* Hash of a section's blocks, each seeding the next; of the next piece, whose place is a multiple
 * of MG_HASH_BLOCK, with what the pieces before gave as seed. */
#define MG_HASH_BLOCK ((size_t)1 << 20)
uint64_t mg_index_hash(uint64_t seed, const void *data, size_t n);
size_t mg_index_row_bytes(const mg_index_header *h);

struct mg_index {
    char *path;
    mg_map map;
    mg_index_header h;    /* of version 1: what it says, its sections in their places */
    uint64_t v1_checksum; /* of all sections together */
    mg_matrix rows, texts;
    const mg_index_meta *meta;  /* version 1: NULL */
    const uint64_t *v1_offsets; /* version 2: NULL */
    const int64_t *text_rows;
    const char *strings;
    size_t strings_n;
    const char **columns; /* [n_columns] */
};
/* Gives back the pages of the file that were read: keeps a walk over a large index small. */
void mg_index_forget(const mg_index *x);

/* ---- rows on their way into a file ---- */
typedef struct mg_index_record {
    const void *vector, *text_vector; /* as they are stored; text_vector NULL: none */
    mg_index_meta meta;               /* strings is set when it is written */
    const char *strings;              /* [bytes], MG_STRING_CELLS + n_columns of them */
    size_t bytes;
} mg_index_record;
/* Row i of an index, rows in ascending order. text: 0 before the first row, then moved on. from:
 * for each of the n_columns of the file to be the index's column, or -1; NULL: they are the same.
 * strings: holds the record's. False without memory. */
bool mg_index_record_of(const mg_index *x, int64_t i, uint64_t *text, const int *from,
                        int n_columns, mg_str *strings, mg_index_record *r);
/* A walk over rows that can be made twice. */
typedef struct mg_index_walk {
    int (*rewind)(void *self, molglot_error *err);
    /* 1: a row, whose pointers hold until the next call; 0: the end; negative: failure */
    int (*next)(void *self, mg_index_record *r, molglot_error *err);
    void *self;
} mg_index_walk;
/* Writes the index file of a walk's rows at path, atomically. h: version, dtype, side, dim,
 * n_columns, shard, shards, source and the model's names are set, the rest is filled in. columns:
 * their names as the section has them. */
int mg_index_lay(const char *path, mg_index_header *h, const mg_str *columns,
                 const mg_index_walk *walk, molglot_error *err);
/* A header with what the spec says, and the names of columns. */
int mg_index_head(const mg_index_spec *spec, mg_index_header *h, mg_str *columns,
                  molglot_error *err);

#endif
