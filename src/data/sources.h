/* sources.h - what the dataset and the corpus make of a recipe's sources alike (inside
 * src/data). */
#ifndef MG_SOURCES_H
#define MG_SOURCES_H

#include "data/data.h"

/* Adds the SHA-256 of a file, as hex, to sha and (or NULL) to second. */
int mg_source_hash(mg_sha256 *sha, const char *path, mg_sha256 *second, molglot_error *err);

/* Ids that an exclude list names for one file. */
typedef struct mg_excluded {
    char **ids;
    size_t n;
    mg_arena arena;
} mg_excluded;
/* list: a TSV with columns file and id, or NULL for none; without the column file it holds for
 * every file. */
int mg_excluded_read(mg_excluded *x, const char *list, const char *path, molglot_error *err);
bool mg_excluded_has(const mg_excluded *x, const char *id);
void mg_excluded_free(mg_excluded *x);

/* A vocab.txt: the file `path`, or (NULL) `size` pieces learnt from the texts; nothing is added
 * when size is 0. */
int mg_vocab_make(const char *path, int size, const char *const *texts, int64_t n, mg_str *out,
                  molglot_error *err);

/* Rows of an epoch: whole copies for the whole part of their source's weight, a sample without
 * repeats for the rest; then one shuffle. source[i] of row i, weights of n_sources; *order
 * malloc'ed. Every epoch is equally long. */
int mg_epoch_order(const int32_t *source, int64_t rows, const float *weights, int32_t n_sources,
                   uint64_t seed, int64_t epoch, int64_t **order, int64_t *n, molglot_error *err);

#endif
