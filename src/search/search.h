/* search.h - embedding rows and searching them: embedders, index files, words. */
#ifndef MG_SEARCH_SEARCH_H
#define MG_SEARCH_SEARCH_H

#include "chem/request/request.h"
#include "data/data.h"
#include "model/bundle/bundle.h"

#include <stdatomic.h>

/* ---- halt.c: how far a long search is, and whether it is to end ---- */
/* Of all stages of a search. Zero but for the first three; NULL instead of it: nobody asks. */
typedef struct mg_halt {
    int (*on_progress)(void *user, int64_t done, int64_t total); /* nonzero stops */
    void *user;
    int64_t total; /* units of work; 0: not known */
    _Atomic int64_t done;
    int64_t told; /* of them, when on_progress was last called */
    atomic_bool stopped;
} mg_halt;
/* units more are done, by thread `thread` of a parallel region (0 outside of one). The first thread
 * calls on_progress, when `every` units came since it was last called. Returns whether to stop. */
bool mg_halt_at(mg_halt *h, int thread, int64_t units, int64_t every);
/* Between two stages, outside of parallel regions: units more are done, and on_progress is called
 * where any were since it last was. MOLGLOT_INTERRUPTED: stop. */
int mg_halt_now(mg_halt *h, int64_t units, molglot_error *err);

/* ---- embed.c: a loaded model with its featuriser, one per thread of control ---- */
typedef struct mg_embedder mg_embedder;
typedef struct mg_embed_options {
    const char *device; /* as mg_tape_new has it; NULL: "cpu" */
    int threads, batch; /* 0: OpenMP's default; 1024 rows */
    mg_precision precision;
} mg_embed_options;
/* model outlives it, and may be shared: each embedder has its own copy of the parameters on a
 * GPU. */
mg_embedder *mg_embedder_new(const mg_space_part *model, mg_embed_options o, molglot_error *err);
void mg_embedder_free(mg_embedder *e);
int mg_embedder_dim(const mg_embedder *e);
size_t mg_embedder_batch(const mg_embedder *e); /* rows of a forward pass */
int mg_embedder_threads(const mg_embedder *e);
/* out: float[n][dim]; status [n] or NULL. Rows with a rejected input are zero. */
int mg_embed_texts(mg_embedder *e, const char *const *texts, size_t n, float *out,
                   molglot_row_status *status, molglot_error *err);
int mg_embed_smiles(mg_embedder *e, const char *const *smiles, size_t n, float *out,
                    molglot_row_status *status, molglot_error *err);
/* Molecules that RDKit has read: mols[i], or where it is NULL smiles[i]. The bits of
 * mg_embed_smiles where mols[i] was read from smiles[i]. */
int mg_embed_molecules(mg_embedder *e, const mg_mol *const *mols, const char *const *smiles,
                       size_t n, float *out, molglot_row_status *status, molglot_error *err);

/* Which words of a text the model knows, to be said beside what it finds; free it with
 * mg_known_words_free. */
int mg_embed_words(const mg_embedder *e, const char *text, mg_known_words *out, molglot_error *err);

/* ---- index.c, index_out.c: the index file. Layout in inside.h. ---- */
/* What the rows' embeddings are of. */
typedef enum { MG_SIDE_MOLECULE = 0, MG_SIDE_TEXT = 1 } mg_side;
typedef struct mg_index_spec {
    int dim; /* of the model's vectors */
    /* of the model's space, for codes, and rows of fewer numbers; outlives what is made; NULL: none
     */
    const mg_basis *basis;
    int dims;       /* numbers of a row, in the basis; 0: dim of them, as they are */
    mg_dtype dtype; /* MG_BF16 or MG_F32 */
    mg_side side;
    const char *model_sha256, *model_name; /* copied; NULL: "" */
    const char *const *columns;            /* [n_columns] names of further columns; copied */
    int n_columns;
    int shard, shards; /* rows are part `shard` (from 1) of `shards` of a file; 0, 0: all of it */
} mg_index_spec;
typedef struct mg_index_row {
    const char *id, *smiles, *text; /* NULL, as further down: "" */
    const char *inchikey;
    const char *const *cells; /* [n_columns], or NULL */
    int64_t number;           /* of the row in the file that it was read from; 0: not known */
    uint64_t molecule, flat;  /* mg_molecule_key's; 0: none */
} mg_index_row;
/* Where rows stand in the log of an index in the making (see mg_index_out_mark). */
typedef struct mg_index_mark {
    int64_t done;    /* rows of the source that are behind it */
    uint64_t source; /* their hash */
    int64_t kept;    /* of them, in the index */
} mg_index_mark;
/* How an index in the making is kept. All zero: in files without names, which go with it. */
typedef struct mg_index_part {
    bool keep;   /* in PATH.part, which mg_index_out_stop leaves there */
    bool resume; /* goes on with what is there, if it fits the spec */
    bool append; /* the commit puts the rows behind those of the index that is at path */
    /* a row that was refused before, on resuming; or NULL */
    void (*on_reject)(void *user, int64_t number, const char *id, const char *what,
                      const molglot_row_status *status);
    void *user;
    const char *about; /* what else the rows depend on: who resumes must say the same; or NULL */
} mg_index_part;
/* An index in the making: rows are written as they come. Until the commit the old file at path
 * stays; freed without one, nothing is left. While it is made, the rows lie on the disk twice. */
typedef struct mg_index_out mg_index_out;
mg_index_out *mg_index_out_open(const char *path, const mg_index_spec *spec, molglot_error *err);
mg_index_out *mg_index_out_part(const char *path, const mg_index_spec *spec,
                                const mg_index_part *part, molglot_error *err);
/* text_embedding: of the row's text; NULL: none. row NULL: all empty. */
int mg_index_out_add(mg_index_out *w, const float *embedding, const float *text_embedding,
                     const mg_index_row *row, molglot_error *err);
/* Notes a refused row for those who resume. */
int mg_index_out_reject(mg_index_out *w, int64_t number, const char *id, const char *what,
                        const molglot_row_status *status, molglot_error *err);
/* All that came so far is on the disk, and resuming goes on here. */
int mg_index_out_mark(mg_index_out *w, mg_index_mark mark, molglot_error *err);
/* The last mark; all zero where there is none. */
mg_index_mark mg_index_out_marked(const mg_index_out *w);
/* Remembers the hash of all rows of the source (0: not known), by which shards find each other. */
void mg_index_out_source(mg_index_out *w, uint64_t source);
int mg_index_out_commit(mg_index_out *w, molglot_error *err);
/* Frees it and leaves PATH.part for another time, up to the last mark. False: nothing is left. */
bool mg_index_out_stop(mg_index_out *w);
void mg_index_out_free(mg_index_out *w);

typedef struct mg_index mg_index;
/* verify: mg_index_verify too */
mg_index *mg_index_open(const char *path, bool verify, molglot_error *err);
/* One more owner: the index is there until all have closed it. */
mg_index *mg_index_keep(mg_index *x);
void mg_index_close(mg_index *x);
/* Reads everything and compares the checksums. on_progress: bytes so far, of all; nonzero stops; or
 * NULL. */
int mg_index_verify(const mg_index *x, int (*on_progress)(void *user, int64_t done, int64_t total),
                    void *user, molglot_error *err);
const char *mg_index_path(const mg_index *x);
int64_t mg_index_size(const mg_index *x);
int mg_index_dim(const mg_index *x);       /* of a row */
int mg_index_model_dim(const mg_index *x); /* of the model's vectors; more where --dims made less */
int mg_index_code_width(const mg_index *x); /* 0: it has no codes */
mg_dtype mg_index_dtype(const mg_index *x);
mg_side mg_index_side(const mg_index *x);
const char *mg_index_model_sha256(const mg_index *x);
const char *mg_index_model_name(const mg_index *x);
/* Part of a file: *shard of *shards; 0 of 0: all rows, or not known. */
void mg_index_shard(const mg_index *x, int *shard, int *shards);
/* Of a row; "" (0 for numbers) where it has none, and outside the index. */
const char *mg_index_id(const mg_index *x, int64_t i);
const char *mg_index_smiles(const mg_index *x, int64_t i);
const char *mg_index_text(const mg_index *x, int64_t i);
const char *mg_index_inchikey(const mg_index *x, int64_t i); /* where it was stored */
const char *mg_index_cell(const mg_index *x, int64_t i, int column);
int64_t mg_index_number(const mg_index *x, int64_t i);
uint64_t mg_index_molecule(const mg_index *x, int64_t i);
uint64_t mg_index_flat(const mg_index *x, int64_t i);
/* How many further columns there are. Names are owned by the index. */
int mg_index_columns(const mg_index *x, const char *const **names);
/* The row of each vector of mg_index_searched_texts, ascending; NULL where there are none. */
const int64_t *mg_index_text_rows(const mg_index *x);
/* The first dims numbers of rows first .. first + n - 1, which are there: out[n][dims]. */
void mg_index_vectors(const mg_index *x, int64_t first, int64_t n, int dims, float *out);
/* The same as vectors of the model: out[n][model_dim]. Rows of fewer numbers are turned back. */
int mg_index_embeddings(const mg_index *x, int64_t first, int64_t n, float *out,
                        molglot_error *err);
/* The best k by inner product, of queries of the model's length; hits[n][k], ties by lower row; -1
 * rows past the end. Scores are exact; where there are codes, rows that they rank low are not
 * looked at (mg_search.exact). */
int mg_index_search(const mg_index *x, const float *queries, int64_t n, int k, int threads,
                    molglot_hit *hits, molglot_error *err);

/* A hash of all rows that were read to make it, of every shard the same; 0: unknown. */
uint64_t mg_index_source(const mg_index *x);

/* ---- arrow.c ---- */
struct ArrowArrayStream; /* molglot.h */
/* As molglot_index_arrow has it. */
int mg_index_arrow(mg_index *x, struct ArrowArrayStream *out, molglot_error *err);

/* ---- concat.c: several indexes into one ---- */
typedef struct mg_concat_options {
    /* ids of rows that are left out; the value of those that were there becomes 1. NULL: none */
    mg_names *without;
    /* rows so far, of all (each is read twice); nonzero stops. NULL: none */
    int (*on_progress)(void *user, int64_t done, int64_t total);
    void *user;
    const mg_basis *basis; /* for codes, where none of the indexes has one; NULL: none */
} mg_concat_options;
typedef struct mg_concat_result {
    int64_t rows, left_out;
    bool in_order; /* the indexes are shards of one file: rows are in the file's order */
    /* an index without vectors of texts, though its rows and others' have some; -1: none */
    int textless;
} mg_concat_result;
/* Rows of the indexes one after the other, or in the order of the file that they are shards of: all
 * of its shards give the very index of the file. Further columns are joined by name. The indexes
 * may be at path, too. MOLGLOT_BAD_FILE where they do not go together. */
int mg_index_concat(const char *path, const mg_index *const *indexes, int n,
                    const mg_concat_options *o, mg_concat_result *result, molglot_error *err);

/* ---- library.c: the rows of a library, embedded in blocks, into an index file ---- */
/* What tells molecules apart: hashes of the canonical SMILES, and of that without stereo and
 * isotopes. Equal ones are the same molecule. */
void mg_molecule_key(const mg_mol *m, uint64_t *molecule, uint64_t *flat);

enum { MG_LIBRARY_BLOCK = 1024 }; /* rows that are embedded together */
typedef struct mg_library mg_library;
typedef struct mg_library_options {
    mg_index_spec index; /* dim comes from the embedder */
    bool no_texts;       /* molecules alone are embedded, where rows have texts too */
    bool inchikeys;      /* are computed: 0.25 ms a molecule, on one thread at a time */
    mg_index_part part;  /* as mg_index_out_part has it, but for on_reject and user */
    /* A pushed row that could not be embedded; what: the SMILES or text in question. Or NULL. */
    void (*on_reject)(void *user, int64_t number, const char *id, const char *what,
                      const molglot_row_status *status);
    void *user;
} mg_library_options;
/* e outlives it. Nothing is left of path's new file unless mg_library_commit was called. */
mg_library *mg_library_open(mg_embedder *e, const char *path, const mg_library_options *o,
                            molglot_error *err);
/* n rows at once; what the index's side says is embedded and must be there. Rejected rows are left
 * out; status [n] or NULL. All rows are taken, whatever the shard. */
int mg_library_add(mg_library *l, const mg_index_row *rows, size_t n, molglot_row_status *status,
                   molglot_error *err);
/* One row of a file, in its order, whose strings are copied: embedded when MG_LIBRARY_BLOCK of them
 * wait, or at the flush. status: NULL or ok; a row that could not be read is rejected here. Rows of
 * other shards, and those that a resumed run is done with, are only counted. Resuming,
 * MOLGLOT_BAD_FILE says that the rows are not those of the interrupted run. */
int mg_library_push(mg_library *l, const mg_index_row *row, const molglot_row_status *status,
                    molglot_error *err);
int mg_library_flush(mg_library *l, molglot_error *err);
int64_t mg_library_kept(const mg_library *l); /* rows in the index so far */
int64_t mg_library_done(const mg_library *l); /* pushed rows that a later run need not embed */
int64_t mg_library_rows(const mg_library *l); /* pushed rows of this shard */
int mg_library_commit(mg_library *l, molglot_error *err);
/* Frees it, and keeps what a later run can go on with (part.keep): false where there is nothing.
 * Rows that wait are dropped, so that blocks are the same whether or not a run was interrupted. */
bool mg_library_stop(mg_library *l);
void mg_library_free(mg_library *l);

/* ---- texts.c: which of a list of texts say what a question says ---- */
typedef struct mg_texts {
    const char *(*text)(const void *of, int64_t row); /* "" for none */
    const void *of;
    int64_t n;
    const float *first; /* [n]: of equal texts those with more of it; NULL: by row */
} mg_texts;
typedef struct mg_text_hit {
    int64_t row;
    float share; /* of the question's content words, weighed by how rare they are: 0 .. 1 */
} mg_text_hit;
/* The k texts with the largest shares, best first; *held of them. */
int mg_texts_saying(const mg_texts *texts, const char *question, int k, mg_text_hit *hits,
                    int *held, molglot_error *err);

/* --- bm25.c: nearest texts by words, exactly. Rows as with mg_index_search; unknown words give a
 * score of 0. --- */
typedef enum { MG_RANK_BM25 = 0, MG_RANK_TFIDF } mg_word_rank;
typedef struct mg_word_index mg_word_index;
mg_word_index *mg_word_index_new(const char *const *texts, int64_t n, mg_word_rank rank,
                                 molglot_error *err);
int mg_word_index_search(const mg_word_index *x, const char *const *queries, int64_t n, int k,
                         int threads, molglot_hit *hits, molglot_error *err);
void mg_word_index_free(mg_word_index *x);

/* ---- scan.c: scores of a few queries against many rows, block by block ----
 * mg_search_run takes the best rows from the blocks, mg_retrieval_score counts how many rows
 * beat the right one. Block scores come from fast matrix products and so carry rounding that
 * depends on the block; mg_score gives the score itself, the same whatever the batch, and
 * mg_scan_slack bounds the difference. Results built from mg_score alone are exact and repeatable.
 */
typedef struct mg_matrix {
    const void *data; /* [n, dim], F32 or BF16, rows unpadded */
    mg_dtype dtype;
    int64_t n;
    int dim;
    /* 0: scores are inner products. Else rows are unit vectors, rounded, whose lengths differ from
     * 1 by at most this: scores are cosines, 1 where a row is the query as it is stored, and never
     * above. */
    float spread;
} mg_matrix;

/* The inner product of a query and row i, or their cosine (spread), summed in one fixed order. */
float mg_score(const mg_matrix *m, const float *query, int64_t i);
double mg_norm(const float *x, int64_t n);
double mg_row_norm(const mg_matrix *m, int64_t i);
double mg_matrix_max_norm(const mg_matrix *m);

enum { MG_SCAN_QUERIES = 512 }; /* queries of one run, at most */

typedef struct mg_scanner mg_scanner;
/* threads 0: OpenMP's default. rough: float rows are rounded to bf16 for the block scores where the
 * CPU multiplies those faster; good when few rows come near what one looks for. */
mg_scanner *mg_scanner_new(int threads, bool rough, molglot_error *err);
void mg_scanner_free(mg_scanner *s);
int mg_scanner_threads(const mg_scanner *s);
/* h, which outlives its runs, is told of products of queries and rows, and ends them. NULL: none.
 */
void mg_scanner_heed(mg_scanner *s, mg_halt *h);
/* |block score - mg_score| is at most this for a query and rows of length <= max_norm. */
float mg_scan_slack(const mg_scanner *s, const mg_matrix *m, const float *query, double max_norm);
/* scores[q * rows + r] is query q against row first + r. Called by several threads at once (thread:
 * 0 .. threads-1), blocks in no particular order; what it keeps must not depend on that. */
typedef void (*mg_scan_fn)(void *user, int thread, const float *scores, int64_t first,
                           int64_t rows);
int mg_scanner_run(mg_scanner *s, const mg_matrix *m, const float *queries, int64_t n,
                   mg_scan_fn fn, void *user, molglot_error *err);
/* ---- basis.c, directions.c: a space in fewer numbers ---- */
typedef struct mg_directions mg_directions;
mg_directions *mg_directions_new(int dim, int wanted, molglot_error *err);
void mg_directions_free(mg_directions *d);
/* x [n, dim], which count as much as they are long */
void mg_directions_add(mg_directions *d, const float *x, size_t n);
/* [wanted, dim] orthonormal rows, the principal ones of what was added; d owns them */
const double *mg_directions_find(mg_directions *d, int rounds);

typedef struct mg_basis_rows {
    size_t n, n_texts;
    const char *const *smiles, *const *texts; /* [n], [n_texts]: an even sample of each is taken */
    int wanted;                               /* directions */
    /* rows embedded so far, of all; nonzero stops; or NULL */
    int (*on_progress)(void *user, int64_t done, int64_t total);
    void *user;
} mg_basis_rows;
/* v [wanted, dim of e], scales [wanted]: as mg_basis has them. */
int mg_basis_make(mg_embedder *e, const mg_basis_rows *rows, int8_t *v, float *scales,
                  molglot_error *err);
/* The first `dims` numbers of x [dim] in the basis, brought to unit length; and, roughly, back. */
void mg_basis_project(const mg_basis *b, int dims, const float *x, float *out);
void mg_basis_back(const mg_basis *b, int dims, const float *y, float *out);

/* Codes of rows: row i is near scales[i] * at[i] in the basis. */
typedef struct mg_codes {
    const int8_t *at; /* [n, width] */
    const float *scales;
    int64_t n;
    int width; /* a multiple of 64 */
} mg_codes;

/* ---- search.c: the best rows of one matrix or several ---- */
typedef struct mg_searched {
    const mg_matrix *rows;
    double max_norm; /* no row is longer */
    /* bit i % 64 of word i / 64: whether row i may be a hit; NULL: all */
    const uint64_t *allowed;
    /* of the codes, and of rows of fewer numbers; NULL: there are neither */
    const mg_basis *basis;
    const mg_codes *codes; /* of the rows; NULL: none */
} mg_searched;
/* Of the queries that it is searched with. */
static inline int mg_searched_dim(const mg_searched *s) {
    return s->basis ? s->basis->dim : s->rows->dim;
}
static inline bool mg_searched_projected(const mg_searched *s) {
    return mg_searched_dim(s) != s->rows->dim;
}
typedef struct mg_search {
    const mg_searched *parts;
    int n_parts;
    int k, offset;   /* hits a query, after the first `offset` */
    float min_score; /* no hit is below; -INFINITY: any */
    int threads;     /* 0: OpenMP's default */
    /* All rows are scored. Else, of parts with codes, the `candidates` rows whose codes score best
     * (0: MG_CANDIDATES of them, or 10 times as many as hits are asked for) */
    bool exact;
    int candidates;
    /* products of queries and rows so far, of all; nonzero stops. NULL: none */
    int (*on_progress)(void *user, int64_t done, int64_t total);
    void *user;
} mg_search;
/* All rows of an index; and the vectors of its rows' texts, where it holds molecules and texts (n 0
 * otherwise): mg_index_text_rows says whose. */
mg_searched mg_index_searched(const mg_index *x);
mg_searched mg_index_searched_texts(const mg_index *x);
enum { MG_CANDIDATES = 200 };
/* queries [n], of mg_searched_dim, which all parts agree on; hits [n][k], best first, ties by part,
 * then row; past the last row -1. */
int mg_search_run(const mg_search *s, const float *queries, int64_t n, molglot_hit *hits,
                  molglot_error *err);
/* For one matrix. */
int mg_matrix_search(const mg_matrix *rows, double max_norm, const float *queries, int64_t n, int k,
                     int threads, molglot_hit *hits, molglot_error *err);

/* ---- filter.c: which rows may be hits ---- */
typedef struct mg_filter_spec {
    const char *const *smarts, *const *not_smarts; /* all of the first, none of the second */
    int n_smarts, n_not_smarts;
    double min_weight, max_weight;  /* g/mol; max 0: any */
    const char *formula;            /* "C9H8O4"; NULL: any */
    const char *elements, *without; /* "CNO": no others but hydrogen; none of these; NULL: any */
    const char *similar;            /* SMILES; NULL: any */
    double min_similarity;          /* Tanimoto of Morgan fingerprints, radius 2, 2048 bits */
    const char *const *where;       /* "pIC50 > 6": column, = != < <= > >= contains, value */
    int n_where;
} mg_filter_spec;
typedef struct mg_filter mg_filter;
/* Strings are copied. MOLGLOT_USAGE and the reason where one of them is none. parts: what columns
 * there are. */
mg_filter *mg_filter_new(const mg_filter_spec *spec, const mg_index *const *parts, int n_parts,
                         int threads, molglot_error *err);
void mg_filter_free(mg_filter *f);
/* Checks n rows, at[i] of part[i], on all threads; pass[i]. What was checked once is remembered. */
void mg_filter_rows(mg_filter *f, const int32_t *part, const int64_t *at, size_t n, bool *pass);

/* ---- hybrid.c: the best rows for a question by what they are, what is said of them, and how they
 * are called. The formula stands there and in docs/search.md. ---- */
/* What rows are compared by. */
typedef enum { MG_BY_AUTO = 0, MG_BY_MOLECULE, MG_BY_TEXT, MG_BY_NAME } mg_by;
typedef struct mg_question {
    const char *words;         /* NULL: a molecule is asked for */
    const float *vector;       /* [dim] */
    const mg_request *request; /* rows that meet all its conditions come first; NULL: none */
    const char *like;          /* the SMILES of the molecule that it names, or NULL */
    float unknown;             /* share of its words that the model has not met: 0 .. 1 */
    /* [n_known] of molecules that the words are a name of, as mg_molecule_key has them; or NULL */
    const uint64_t *known, *known_flat;
    int n_known;
    const char *known_from;         /* where that is known from, for mg_find_why */
    const char *known_key;          /* first block of the best one's InChIKey, or NULL */
    const struct mg_denied *denied; /* molecules that are left out, or NULL */
} mg_question;
enum {
    MG_WHY_NAME = 1,
    MG_WHY_SPELLING = 2,
    MG_WHY_TEXT = 4,
    MG_WHY_MOLECULE = 8,
    MG_WHY_KNOWN = 16,        /* the row's molecule is one of question.known */
    MG_WHY_KNOWN_STEREO = 32, /* or has other stereo */
    MG_WHY_KNOWN_CHARGE = 64  /* or other stereo and charge: a conjugate base */
};
typedef struct mg_found {
    int64_t row; /* -1: there are no more */
    int32_t part;
    float score;      /* what the order goes by, 0 .. 1 */
    float cosine;     /* of question and molecule; where the row has none, its text */
    float name;       /* 1: a name of the row is the question; lower: nearly; 0: no */
    unsigned why;     /* MG_WHY_ */
    uint64_t words;   /* bit i: content word i of the question stands in the row's text */
    mg_verdict meets; /* of the question's conditions; of = 0: there are none */
} mg_found;
typedef struct mg_find {
    const mg_index *const *parts;
    int n_parts;
    mg_by by;
    int k, offset;           /* hits a question, after the first `offset` */
    bool all_rows;           /* a molecule that stands in several rows is several hits */
    mg_filter *filter;       /* NULL: none */
    int threads;             /* 0: OpenMP's default */
    const mg_groups *groups; /* of the questions' requests; NULL: these are passed over */
    bool must;               /* what does not meet its request is no hit */
    bool exact;              /* cosines of all rows are computed, codes or not */
    /* puts the best rows of a question in words in a new order; NULL: none */
    struct mg_reranker *rerank;
    mg_halt *halt; /* told of what was looked at: products, rows, queries; or NULL */
} mg_find;
/* found [n][k], best first, ties by part, then row. passed[n] or NULL: how many rows pass the
 * filters, if fewer than offset + k; else -1. */
int mg_find_run(const mg_find *f, const mg_question *questions, int64_t n, mg_found *found,
                int64_t *passed, molglot_error *err);
/* found [n]: the first row that is called so; its row -1 where there is none, or where names[i] is
 * NULL. halt: NULL, or ends it. */
int mg_find_named(const mg_index *const *parts, int n_parts, const char *const *names, size_t n,
                  int threads, mg_halt *halt, mg_found *found, molglot_error *err);
/* ---- meets.c: molecules against the conditions of a request ---- */
/* Each of its threads has patterns of its own. like: as in mg_checker_new. */
typedef struct mg_meets mg_meets;
mg_meets *mg_meets_new(const mg_request *r, const char *like, const mg_groups *g, int threads,
                       molglot_error *err);
void mg_meets_free(mg_meets *m);
/* out[n]. quick: what the letters of a SMILES rule out is not looked at further: its `of` is 0. */
int mg_meets_smiles(mg_meets *m, const char *const *smiles, size_t n, bool quick, mg_verdict *out,
                    molglot_error *err);
/* ---- evidence.c: what the words of a question say that can be held against a molecule ---- */
enum { MG_EVIDENCE = 86, MG_EVIDENCE_SENTENCES = 24 };
/* names NULL: without names; groups NULL: without groups and numbers. Both outlive it. Threads may
 * share it. */
typedef struct mg_evidence mg_evidence;
mg_evidence *mg_evidence_new(const char *words, const mg_dictionary *names, const mg_groups *groups,
                             molglot_error *err);
void mg_evidence_free(mg_evidence *e);
/* Its sentences, which it owns; returns how many. */
int mg_evidence_sentences(const mg_evidence *e, const char *out[MG_EVIDENCE_SENTENCES]);
/* cosines: of its sentences and the molecule; NULL: none. */
int mg_evidence_of(const mg_evidence *e, const mg_mol *m, const float *cosines,
                   float out[MG_EVIDENCE], molglot_error *err);

/* ---- rerank.c: the best molecules in a new order ---- */
enum { MG_RERANK_FEATURES = 1 + MG_EVIDENCE, MG_RERANK_MOST = 64 }; /* of a list */
/* Molecules of a list: mols[i], or where that (or mols) is NULL smiles[i]. */
typedef struct mg_rerank_list {
    const char *words;
    const float *vector;  /* [dim] of the words */
    const float *vectors; /* [n][dim] of the molecules */
    const mg_mol *const *mols;
    const char *const *smiles;
    int n;
} mg_rerank_list;
/* x [n][MG_RERANK_FEATURES]: the cosine and the evidence of each, the list's mean taken off. What
 * cannot be read has a cosine alone. */
int mg_rerank_features(mg_embedder *e, const mg_dictionary *names, const mg_groups *groups,
                       const mg_rerank_list *l, float *x, molglot_error *err);
typedef struct mg_reranker mg_reranker;
/* All outlive it. names NULL: without names; groups NULL: it makes its own. One thread uses it at a
 * time. */
mg_reranker *mg_reranker_new(const mg_rerank_part *part, mg_embedder *e, const mg_dictionary *names,
                             const mg_groups *groups, molglot_error *err);
void mg_reranker_free(mg_reranker *r);
int mg_reranker_candidates(const mg_reranker *r); /* how many of the best it is made for */
/* What the evidence adds to the cosine of each of l->n molecules, in the unit of a cosine: their
 * order is that of cosine + bonus. */
int mg_reranker_bonus(mg_reranker *r, const mg_rerank_list *l, float *bonus, molglot_error *err);

/* ---- denied.c: the molecules that a sentence does not want ---- */
enum { MG_DENIED_NAME = 120, MG_DENIED_KEY = 14, MG_DENIED_MOST = 6 };
typedef struct mg_denied {     /* zero-initialised: none */
    char name[MG_DENIED_NAME]; /* as the sentence has them */
    int n;
    char key[MG_DENIED_MOST][MG_DENIED_KEY + 1]; /* letters of InChIKeys that say the skeleton */
} mg_denied;
/* "a sweetener that is not aspartame or sucralose"; d NULL: no dictionary. */
int mg_denied_find(const mg_dictionary *d, const char *text, mg_denied *out, molglot_error *err);
/* Takes the names and the words of the denial off its words, or NULL. */
void mg_denied_cut(const mg_denied *d, char *words);
/* Whether it is one of them, an ion or a stereoisomer of it. */
bool mg_denied_is(const mg_denied *d, const mg_mol *mol);
bool mg_denied_has(const mg_denied *d, const char *inchikey); /* or NULL */

/* ---- listed.c ---- */
/* What the dictionary itself has by that name, without what a list leaves out of it: what lacks its
 * metal, its salt or its stereo has another `how` and stands behind. d: NULL has nothing. */
int mg_listed_find(const mg_dictionary *d, const char *words, mg_name_hits *out,
                   molglot_error *err);

/* ---- named.c: what the dictionary of names says of a question ---- */
/* Zero-initialise. */
/* What words name: the structures that the dictionary has of them (mg_dictionary_find), or else,
 * MG_NAME_MADE, what they make of a molecule that it has (chem/derive): "sodium salt of ibuprofen",
 * or what they say as a systematic name (chem/nomenclature). d NULL: no dictionary. */
int mg_name_find(const mg_dictionary *d, const char *words, mg_name_hits *out, molglot_error *err);

/* Names of a molecule, at most max: those of the dictionary, and behind them, MG_NAME_MADE, the
 * systematic one that is computed of it (chem/nomenclature). */
int mg_names_of(const mg_dictionary *d, const mg_mol *mol, size_t max, mg_name_hits *out,
                molglot_error *err);

/* ---- built.c: what a phrase builds out of names inside it ---- */
/* "pyridine with methyl groups at positions 2 and 6", "the amide of benzoic acid and aniline":
 * MG_NAME_MADE, the most likely first; n = 0: it is no such phrase. All words belong to it, but
 * those behind the names of a text that begins "The molecule is". d may be NULL. */
int mg_built_find(const mg_dictionary *d, const char *words, mg_name_hits *out, molglot_error *err);
/* The longest name that words begin with, added to said, and its structure, malloc'ed; *smiles
 * NULL: there is none. */
int mg_name_longest(const mg_dictionary *d, const char *words, mg_str *said, char **smiles,
                    molglot_error *err);
/* What a text's first sentence builds. */
int mg_built_first(const mg_dictionary *d, const char *text, mg_name_hits *out, molglot_error *err);

typedef struct mg_named {
    mg_name_hits hits; /* structures, the best first; n 0: it is no name */
    mg_str from;       /* "PubChem, ChEBI": of the best */
    uint64_t *keys;    /* [2][hits.n] as mg_molecule_key has them: molecules, then without stereo */
    char block[15];    /* first 14 letters of the best one's InChIKey; "" for none */
    mg_denied denied;  /* of words that are no name */
} mg_named;
int mg_named_find(const mg_dictionary *d, const char *words, mg_named *out, molglot_error *err);
/* Whether it is no name but the molecule itself. */
bool mg_named_is_smiles(const char *name);
/* The same of a whole question, which may be a condition that some list has as a name: then it is
 * no name, and `note` (or NULL) says so. */
int mg_named_query(const mg_groups *g, const mg_dictionary *d, const char *words, mg_named *out,
                   mg_str *note, molglot_error *err);
void mg_named_free(mg_named *k);
/* Adds "name: aspirin = CC(=O)Oc1ccccc1C(=O)O (PubChem)", or "left out: aspartame". */
void mg_named_say(const mg_named *k, mg_str *out);
/* Rows of these molecules then come first, and that of a denied one is left out. The question's
 * vector is best that of the best one. */
void mg_named_ask(const mg_named *k, mg_question *q);

/* Words as a request, NULL where they are none; *like: the SMILES of the row that is called as the
 * molecule that it names, malloc'ed, or NULL. */
int mg_find_request(const mg_groups *g, const mg_dictionary *d, const char *words,
                    const mg_index *const *parts, int n_parts, int threads, mg_halt *halt,
                    mg_request **out, char **like, molglot_error *err);
/* "understood: ...; searched as words: ..." */
void mg_find_understood(const mg_request *r, mg_str *out);
/* "amide; MolWt < 300": what a hit does not meet. */
void mg_find_fails(const mg_request *r, const mg_verdict *v, mg_str *out);
/* Why it was found, in words: "name", "text: kinase inhibitor", "molecule", joined by "; ". */
void mg_find_why(const mg_question *q, const mg_found *found, mg_str *out);

#endif
