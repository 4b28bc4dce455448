/* search.h - embedding rows and searching them: embedders, index files, words. */
#ifndef MG_SEARCH_SEARCH_H
#define MG_SEARCH_SEARCH_H

#include "data/data.h"
#include "model/bundle/bundle.h"

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
/* out: float[n][dim]; status [n] or NULL. Rows with a rejected input are zero. */
int mg_embed_texts(mg_embedder *e, const char *const *texts, size_t n, float *out,
                   molglot_row_status *status, molglot_error *err);
int mg_embed_smiles(mg_embedder *e, const char *const *smiles, size_t n, float *out,
                    molglot_row_status *status, molglot_error *err);
/* Molecules that RDKit has read: mols[i], or where it is NULL smiles[i]. The bits of
 * mg_embed_smiles where mols[i] was read from smiles[i]. */
int mg_embed_molecules(mg_embedder *e, const mg_mol *const *mols, const char *const *smiles,
                       size_t n, float *out, molglot_row_status *status, molglot_error *err);

/* ---- index.c: the index file. Layout in inside.h. ---- */
/* What the rows' embeddings are of. */
typedef enum { MG_SIDE_MOLECULE = 0, MG_SIDE_TEXT = 1 } mg_side;
typedef struct mg_index_spec {
    int dim;
    mg_dtype dtype; /* MG_BF16 or MG_F32 */
    mg_side side;
    const char *model_sha256, *model_name; /* copied; NULL: "" */
} mg_index_spec;
/* An index in the making: rows are written as they come. Until the commit the old file at path
 * stays; freed without one, nothing is left. */
typedef struct mg_index_out mg_index_out;
mg_index_out *mg_index_out_open(const char *path, const mg_index_spec *spec, molglot_error *err);
/* id, smiles, text may be NULL. */
int mg_index_out_add(mg_index_out *w, const float *embedding, const char *id, const char *smiles,
                     const char *text, molglot_error *err);
int mg_index_out_commit(mg_index_out *w, molglot_error *err);
void mg_index_out_free(mg_index_out *w);

typedef struct mg_index mg_index;
/* verify: mg_index_verify too */
mg_index *mg_index_open(const char *path, bool verify, molglot_error *err);
void mg_index_close(mg_index *x);
/* Reads everything and compares the checksum. on_progress: bytes so far, of all; nonzero stops; or
 * NULL. */
int mg_index_verify(const mg_index *x, int (*on_progress)(void *user, int64_t done, int64_t total),
                    void *user, molglot_error *err);
const char *mg_index_path(const mg_index *x);
int64_t mg_index_size(const mg_index *x);
int mg_index_dim(const mg_index *x);
mg_dtype mg_index_dtype(const mg_index *x);
mg_side mg_index_side(const mg_index *x);
const char *mg_index_model_sha256(const mg_index *x);
const char *mg_index_model_name(const mg_index *x);
const char *mg_index_id(const mg_index *x, int64_t i);
const char *mg_index_smiles(const mg_index *x, int64_t i);
const char *mg_index_text(const mg_index *x, int64_t i);
/* The first dims numbers of rows first .. first + n - 1, which are there: out[n][dims]. */
void mg_index_vectors(const mg_index *x, int64_t first, int64_t n, int dims, float *out);
/* Exact top k by inner product; hits[n][k], ties by lower row; -1 rows past the end. */
int mg_index_search(const mg_index *x, const float *queries, int64_t n, int k, int threads,
                    molglot_hit *hits, molglot_error *err);

/* ---- library.c: the rows of a library, embedded in blocks, into an index file ---- */
enum { MG_LIBRARY_BLOCK = 1024 }; /* rows that are embedded together */
typedef struct mg_library mg_library;
typedef struct mg_library_options {
    mg_index_spec index; /* dim comes from the embedder */
    /* A pushed row that could not be embedded; what: the SMILES or text in question. Or NULL. */
    void (*on_reject)(void *user, int64_t number, const char *id, const char *what,
                      const molglot_row_status *status);
    void *user;
} mg_library_options;
/* e outlives it. Nothing is left of path's new file unless mg_library_commit was called. */
mg_library *mg_library_open(mg_embedder *e, const char *path, const mg_library_options *o,
                            molglot_error *err);
/* n rows at once. ids, smiles, texts [n]: NULL, or NULL entries, where there is none; what the
 * index's side says is embedded and must be there. Rejected rows are left out; status [n] or
 * NULL. */
int mg_library_add(mg_library *l, const char *const *ids, const char *const *smiles,
                   const char *const *texts, size_t n, molglot_row_status *status,
                   molglot_error *err);
/* One row, whose strings are copied: embedded when MG_LIBRARY_BLOCK of them wait, or at the
 * flush. */
int mg_library_push(mg_library *l, int64_t number, const char *id, const char *smiles,
                    const char *text, molglot_error *err);
int mg_library_flush(mg_library *l, molglot_error *err);
int64_t mg_library_kept(const mg_library *l); /* rows in the index so far */
int mg_library_commit(mg_library *l, molglot_error *err);
void mg_library_free(mg_library *l);

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
} mg_matrix;

/* The inner product of a query and row i, summed in one fixed order. */
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
/* |block score - mg_score| is at most this for a query and rows of length <= max_norm. */
float mg_scan_slack(const mg_scanner *s, const mg_matrix *m, const float *query, double max_norm);
/* scores[q * rows + r] is query q against row first + r. Called by several threads at once (thread:
 * 0 .. threads-1), blocks in no particular order; what it keeps must not depend on that. */
typedef void (*mg_scan_fn)(void *user, int thread, const float *scores, int64_t first,
                           int64_t rows);
int mg_scanner_run(mg_scanner *s, const mg_matrix *m, const float *queries, int64_t n,
                   mg_scan_fn fn, void *user, molglot_error *err);
/* ---- search.c: the best rows of one matrix or several, exactly ---- */
typedef struct mg_searched {
    const mg_matrix *rows;
    double max_norm; /* no row is longer */
    /* bit i % 64 of word i / 64: whether row i may be a hit; NULL: all */
    const uint64_t *allowed;
} mg_searched;
typedef struct mg_search {
    const mg_searched *parts;
    int n_parts;
    int k, offset;   /* hits a query, after the first `offset` */
    float min_score; /* no hit is below; -INFINITY: any */
    int threads;     /* 0: OpenMP's default */
    /* products of queries and rows so far, of all; nonzero stops. NULL: none */
    int (*on_progress)(void *user, int64_t done, int64_t total);
    void *user;
} mg_search;
/* All rows of an index. */
mg_searched mg_index_searched(const mg_index *x);
/* hits [n][k], best first, ties by part, then row; past the last row -1. */
int mg_search_run(const mg_search *s, const float *queries, int64_t n, molglot_hit *hits,
                  molglot_error *err);
/* For one matrix. */
int mg_matrix_search(const mg_matrix *rows, double max_norm, const float *queries, int64_t n, int k,
                     int threads, molglot_hit *hits, molglot_error *err);

#endif
