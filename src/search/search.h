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
mg_embedder *mg_embedder_new(const mg_model_file *model, mg_embed_options o, molglot_error *err);
void mg_embedder_free(mg_embedder *e);
int mg_embedder_dim(const mg_embedder *e);
/* out: float[n][dim]; status [n] or NULL. Rows with a rejected input are zero. */
int mg_embed_texts(mg_embedder *e, const char *const *texts, size_t n, float *out,
                   molglot_row_status *status, molglot_error *err);
int mg_embed_smiles(mg_embedder *e, const char *const *smiles, size_t n, float *out,
                    molglot_row_status *status, molglot_error *err);
/* Molecules that RDKit has read: mols[i], or where it is NULL smiles[i]. The bits of
 * mg_embed_smiles where mols[i] was read from smiles[i]. */
int mg_embed_molecules(mg_embedder *e, const mg_mol *const *mols, const char *const *smiles,
                       size_t n, float *out, molglot_row_status *status, molglot_error *err);

/* ---- index.c: the index file. Layout in index.c. ---- */
typedef struct mg_index_out mg_index_out;
/* what the rows' embeddings are of */
typedef enum { MG_SIDE_MOLECULE = 0, MG_SIDE_TEXT = 1 } mg_side;
mg_index_out *mg_index_out_new(int dim, mg_dtype dtype, mg_side side, const char *model_sha256,
                               const char *model_name, molglot_error *err);
/* Copies; id, smiles, text may be NULL. */
int mg_index_out_add(mg_index_out *w, const float *embedding, const char *id, const char *smiles,
                     const char *text, molglot_error *err);
int mg_index_out_save(mg_index_out *w, const char *path, molglot_error *err);
void mg_index_out_free(mg_index_out *w);

typedef struct mg_index mg_index;
/* verify: checksum of everything */
mg_index *mg_index_open(const char *path, bool verify, molglot_error *err);
void mg_index_close(mg_index *x);
int64_t mg_index_size(const mg_index *x);
int mg_index_dim(const mg_index *x);
mg_dtype mg_index_dtype(const mg_index *x);
mg_side mg_index_side(const mg_index *x);
const char *mg_index_model_sha256(const mg_index *x);
const char *mg_index_model_name(const mg_index *x);
const char *mg_index_id(const mg_index *x, int64_t i);
const char *mg_index_smiles(const mg_index *x, int64_t i);
const char *mg_index_text(const mg_index *x, int64_t i);
/* Exact top k by inner product; hits[n][k], ties by lower row; -1 rows past the end. */
int mg_index_search(const mg_index *x, const float *queries, int64_t n, int k, int threads,
                    molglot_hit *hits, molglot_error *err);

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
 * mg_matrix_search takes the best rows from the blocks, mg_retrieval_score counts how many rows
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
/* search.c: mg_index_search for any rows; no row is longer than max_norm. */
int mg_matrix_search(const mg_matrix *rows, double max_norm, const float *queries, int64_t n, int k,
                     int threads, molglot_hit *hits, molglot_error *err);

#endif
