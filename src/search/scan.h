/* scan.h - scores of a few queries against many rows, block by block (inside src/task).
 *
 * search.c takes the best rows from the blocks, retrieval.c counts how many rows beat the right
 * one. Block scores come from fast matrix products and so carry rounding that depends on the block;
 * mg_score gives the score itself, the same whatever the batch, and mg_scan_slack bounds the
 * difference. Results built from mg_score alone are exact and repeatable.
 */
#ifndef MG_SCAN_H
#define MG_SCAN_H

#include "tensor/tensor.h"

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
