/* inside.h - the index file and an open index, rows on their way into a file, words of questions:
 * for the files of this folder and their tests. */
#ifndef MG_INDEX_INSIDE_H
#define MG_INDEX_INSIDE_H

#include "search/search.h"

#include <stdatomic.h>

#define MG_INDEX_MAGIC "MGINDEX" /* eight bytes with its end */
enum { MG_INDEX_VERSION = 3, MG_INDEX_MAX_COLUMNS = 4096 };
enum {
    MG_INDEX_PAGE = 4096,  /* sections begin at its multiples */
    MG_INDEX_CODED = 4096, /* rows; smaller indexes have no codes: all of it is scanned at once */
    MG_CODE_WIDTH = 128    /* numbers of a code, at most */
};
/* Rows are unit vectors where lengths differ from 1 by at most this. */
#define MG_INDEX_SPREAD 0x1p-7

enum {
    MG_INDEX_ROWS,      /* float or bf16 [count, dim] */
    MG_INDEX_TEXTS,     /* the same of texts [texts, dim] */
    MG_INDEX_TEXT_ROWS, /* int64 [texts] the row of each, ascending */
    MG_INDEX_META,      /* mg_index_meta [count] */
    MG_INDEX_COLUMNS,   /* names of the columns, each ended by a zero */
    MG_INDEX_BASIS, /* int8 [basis_rows, model_dim] as mg_basis has it; what codes are in, and */
    MG_INDEX_BASIS_SCALES, /* float [basis_rows]; rows where dim < model_dim */
    MG_INDEX_CODES,        /* int8 [count, width] */
    MG_INDEX_CODE_SCALES,  /* float [count] */
    MG_INDEX_TEXT_CODES,   /* the same of texts */
    MG_INDEX_TEXT_CODE_SCALES,
    MG_INDEX_STRINGS, /* a row's id, SMILES, text, InChIKey and cells, each ended by a zero */
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

/* The file: this header, then the sections in their order at multiples of a page, the last one
 * padded to a multiple of 64 bytes. Little-endian. */
typedef struct mg_index_header {
    char magic[8];
    uint32_t version, dtype, side, dim;
    uint64_t count, texts;
    uint32_t n_columns, shard, shards;
    uint32_t model_dim;  /* numbers of the model's vectors; dim, unless rows are in the basis */
    uint32_t basis_rows; /* directions in the file; 0: none */
    uint32_t width;      /* numbers of a code; 0: there are no codes */
    uint64_t basis;      /* mg_basis_hash of the basis that it was made with; 0: none */
    uint64_t source;     /* hash of all rows of the file that was read; 0: not known */
    double max_norm[2];  /* length of the longest row, of rows and of texts: bounds rounding */
    double spread[2];    /* lengths differ from 1 by at most this */
    char model_sha256[72], model_name[72];
    mg_index_section section[MG_INDEX_SECTIONS];
    uint64_t header_checksum; /* mg_hash64 of the bytes before it */
} mg_index_header;

/* Version 2, which is read but not written: without basis and codes, sections at multiples of 64.
 */
enum {
    MG_INDEX2_ROWS,
    MG_INDEX2_TEXTS,
    MG_INDEX2_TEXT_ROWS,
    MG_INDEX2_META,
    MG_INDEX2_COLUMNS,
    MG_INDEX2_STRINGS,
    MG_INDEX2_SECTIONS
};
typedef struct mg_index2_header {
    char magic[8];
    uint32_t version, dtype, side, dim;
    uint64_t count, texts;
    uint32_t n_columns, shard, shards, zero;
    uint64_t source;
    double max_norm[2];
    double spread[2];
    char model_sha256[72], model_name[72];
    mg_index_section section[MG_INDEX2_SECTIONS];
    uint64_t header_checksum;
} mg_index2_header;

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
    atomic_int more_owners; /* beside the first */
    mg_map map;
    mg_index_header h;    /* of version 1: what it says, its sections in their places */
    uint64_t v1_checksum; /* of all sections together */
    mg_matrix rows, texts;
    mg_basis basis;             /* rows 0: none */
    mg_codes codes[2];          /* of rows and texts; n 0: none */
    const mg_index_meta *meta;  /* version 1: NULL */
    const uint64_t *v1_offsets; /* version 2: NULL */
    const int64_t *text_rows;
    const char *strings;
    size_t strings_n;
    const char **columns; /* [n_columns] */
};
/* All rows of the part are about to be read, or some here and there: madvise, where there are
 * codes.
 */
void mg_index_scans(const mg_searched *part, bool all);
/* Gives back the pages of the file that were read: keeps a walk over a large index small. */
void mg_index_forget(const mg_index *x);

/* ---- said.c: numbers that a text says in the letters of its names ---- */
enum { MG_SAID = 10, MG_SAID_PARTS = 10, MG_SAID_CHAINS = 8 };
typedef struct mg_said_part {
    const char *stem, *group; /* "hydroxy", a group of the dictionary */
    int element;              /* or an atomic number */
} mg_said_part;
extern const mg_said_part mg_said_parts[MG_SAID_PARTS];
/* Zero-initialise. */
typedef struct mg_said {
    int stereo[4];                  /* R, S, E, Z */
    int parts[MG_SAID_PARTS];       /* how many of each; 0: not said */
    mg_acyl chains[MG_SAID_CHAINS]; /* doubles -1: not said */
    int n_chains;
    int charge; /* its sign; 0: not said */
} mg_said;
/* first: the definition. */
int mg_said_read(mg_said *said, const char *sentence, size_t n, bool first, molglot_error *err);
/* out: zero where nothing was said. */
void mg_said_of(const mg_said *said, const mg_groups *g, const mg_facts *f, float out[MG_SAID]);

/* ---- rows on their way into a file ---- */
typedef struct mg_index_record {
    const void *vector, *text_vector; /* as they are stored; text_vector NULL: none */
    mg_index_meta meta;               /* strings is set when it is written */
    const char *strings;              /* [bytes], MG_STRING_CELLS + n_columns of them */
    size_t bytes;
    /* of vector and text_vector, in the basis of the file to be; NULL: to be made */
    const int8_t *code[2];
    float code_scale[2];
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
 * model_dim, n_columns, shard, shards, source and the model's names are set, the rest is filled in.
 * columns: their names as the section has them. basis: NULL, or what rows are in and codes are to
 * be; it goes into the file where there are codes, rows in it, or shards that it may join. */
int mg_index_lay(const char *path, mg_index_header *h, const mg_str *columns, const mg_basis *basis,
                 const mg_index_walk *walk, molglot_error *err);
/* A header with what the spec says, and the names of columns. */
int mg_index_head(const mg_index_spec *spec, mg_index_header *h, mg_str *columns,
                  molglot_error *err);

/* ---- index_out.c ---- */
/* mg_index_out_add of vectors as the index holds them: with dims, of mg_basis_project. */
int mg_index_out_put(mg_index_out *w, const float *vector, const float *text_vector,
                     const mg_index_row *row, molglot_error *err);

/* ---- basis.c ---- */
/* Some functions are compiled for several processors. The sanitizers cannot start a program whose
 * functions are chosen at load time. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MG_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MG_CLONES
#endif
/* out[r] for the first `rows` directions: not brought to unit length. */
void mg_basis_turn(const mg_basis *b, int rows, const float *x, float *out);
/* The numbers of mg_basis_project for n vectors: x [n, dim], out [n, dims]. */
void mg_basis_project_rows(const mg_basis *b, int dims, int64_t n, const float *x, float *out,
                           int threads);
uint64_t mg_basis_hash(const mg_basis *b);
/* Numbers of a code of vectors with so many in the basis. */
int mg_code_width(int numbers);
/* The code [width] of p [n]; returns its scale. */
float mg_code_make(const float *p, int n, int width, int8_t *code);
typedef struct mg_code_query {
    int8_t hi[MG_CODE_WIDTH], lo[MG_CODE_WIDTH];
    float step;
} mg_code_query;
void mg_code_ask(const float *p, int n, int width, mg_code_query *q);

/* How much is done between two calls of on_progress: some milliseconds on one thread. */
enum {
    MG_HALT_PRODUCTS = 1 << 14, /* of queries and rows */
    MG_HALT_CODES = 1 << 18,    /* of queries and codes */
    MG_HALT_STRINGS = 1 << 12   /* rows whose words are read */
};

/* ---- codes.c: the first stage of a search ---- */
/* A query [mg_searched_dim] as one of the part's codes. Returns false without memory. */
bool mg_codes_ask(const mg_searched *part, const float *query, mg_code_query *q);
/* Scores of rows first .. first + n - 1. */
void mg_codes_scores(const mg_codes *c, const mg_code_query *q, int64_t first, int64_t n,
                     float *scores);
/* rows [n][want]: those whose codes score best, of those that are allowed, ascending; then -1. */
int mg_codes_best(const mg_searched *part, const float *queries, int64_t n, int want, int threads,
                  mg_halt *halt, int64_t *rows, molglot_error *err);

/* ---- heap.c: the best hits so far, worst first ---- */
void mg_hits_sift(molglot_hit *heap, int n, molglot_hit hit);
void mg_hits_push(molglot_hit *heap, int32_t *filled, int k, molglot_hit hit);

/* ---- words.c ---- */
enum { MG_CONTENT_WORDS = 64 }; /* that a question can have; more are not looked at */
typedef struct mg_question_word {
    uint64_t hash;
    uint32_t at, n; /* in folded */
    int8_t content; /* which content word it is; -1: none */
} mg_question_word;
typedef struct mg_wording {
    char *folded;
    mg_question_word *words;
    size_t n, core, core_end; /* words[core .. core_end): without words of grammar at both ends */
    uint64_t content[MG_CONTENT_WORDS];
    int n_content;
    mg_str name;            /* the core as names are compared */
    uint64_t key, core_key; /* of the whole question as a name, and of its core */
} mg_wording;
int mg_wording_read(mg_wording *w, const char *question, molglot_error *err);
void mg_wording_free(mg_wording *w);
/* s itself where it is ASCII, else folded into buffer; NULL: out of memory. */
const char *mg_folded(const char *s, mg_str *buffer);
/* A folded name as names are compared: '-', '_' and blanks are one blank. In out, which is emptied;
 * returns its hash. */
uint64_t mg_name_key(const char *s, size_t n, mg_str *out);

static inline uint8_t mg_letter_of(char byte) {
    const uint8_t c = (uint8_t)byte, low = c | 32;
    return (uint8_t)(c - '0') < 10 ? c : (uint8_t)(low - 'a') < 26 ? low : 0;
}

/* The next word of *s, which moves behind it: its hash, and where it stands; 0 at the end. A
 * plural's s is no part of it. */
static inline uint64_t mg_next_word(const char **s, const char **word, size_t *n) {
    const char *p = *s;
    uint64_t hash = 0x243F6A8885A308D3u, before = hash;
    uint8_t c;
    while (*p && !mg_letter_of(*p)) p++;
    *word = p;
    for (; (c = mg_letter_of(*p)) != 0; p++) {
        before = hash;
        hash = (hash ^ c) * 0x9E3779B97F4A7C15u;
    }
    *n = (size_t)(p - *word);
    *s = p;
    if (!*n) return 0;
    if (*n > 3 && (p[-1] | 32) == 's') {
        const int last = p[-2] | 32;
        if (last != 's' && last != 'i' && last != 'u') hash = before;
    }
    return (hash ^ hash >> 29) | 1;
}

/* ---- lexical.c: what the words of questions say about the rows of indexes ---- */
/* A row that shares something with a question. */
typedef struct mg_lexical_row {
    int64_t row;
    int32_t part;
    float bm25; /* of all that a row could have: 0 .. 1 */
    /* how much a name of the row is the question: 1: the same; lower: the question's core, a part
     * of the name, or misspelt; 0: none */
    float name;
    bool misspelt;
    bool phrase;         /* its core stands in the row as one */
    bool quote;          /* all of it, of three words or more, stands in the text word for word */
    uint64_t words;      /* bit i: content word i stands in the row */
    uint64_t text_words; /* ... in its text */
} mg_lexical_row;
typedef struct mg_lexical {
    mg_wording *wording;   /* [n]; of a question that is NULL, empty */
    mg_lexical_row **rows; /* [n][count], ascending by part and row */
    size_t *count, *cap;
    size_t n;
} mg_lexical;
/* questions [n]: NULL where one has no words. names_only: texts are not read. */
int mg_lexical_scan(mg_lexical *l, const mg_index *const *parts, int n_parts,
                    const char *const *questions, size_t n, bool names_only, int threads,
                    mg_halt *halt, molglot_error *err);
void mg_lexical_free(mg_lexical *l);

/* ---- listed_says.c ---- */
/* Whether a list's structure contradicts its name: it is none of it. */
bool mg_listed_lacks(const char *name, const char *smiles);
/* Whether it lacks the salt or the water that the name says, or has its metal without a charge. */
bool mg_listed_bare(const char *name, const char *smiles);
/* Leaves out water that the name does not say, and hydrogen chloride beside an inner salt. */
void mg_listed_strip(const char *name, char *smiles);

/* ---- listed.c ---- */
/* Whether both SMILES are one molecule but for their stereo. */
bool mg_same_but_stereo(const char *a, const char *b);

/* ---- overruled.c ---- */
/* The structure that is read off a name where it denies the best one of a list, malloc'ed; *smiles
 * NULL: it does not. */
int mg_overruled(const char *words, const mg_name_hits *h, char **smiles, molglot_error *err);

#endif
