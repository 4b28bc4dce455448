/* bags.h - sparse rows of counted features (n-grams of a text, substructures of a molecule) and
 * their vocabulary. A feature is a 32-bit hash. A vocabulary keeps the frequent ones and gives each
 * an id (0..n-1) and a weight. */
#ifndef MG_BASE_BAGS_H
#define MG_BASE_BAGS_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mg_bags { /* CSR: row i holds ids[offsets[i] .. offsets[i+1]) */
    int64_t n;
    int32_t *offsets; /* [n+1] */
    int32_t *ids;
    float *weights; /* beside ids */
} mg_bags;

/* A model may be an ensemble: at most this many members, each with its own vocabularies. */
enum { MG_MEMBERS = 8 };

typedef struct mg_bag_vocab {
    int32_t n;
    uint32_t *hashes; /* [n] ascending; the id of a feature is its position */
    float *weights;   /* [n] idf */
    void *map;        /* lookup table, inside */
} mg_bag_vocab;
/* Copies hashes (must ascend strictly) and weights. */
int mg_bag_vocab_init(mg_bag_vocab *v, const uint32_t *hashes, const float *weights, int32_t n,
                      molglot_error *err);
void mg_bag_vocab_free(mg_bag_vocab *v);
int32_t mg_bag_vocab_find(const mg_bag_vocab *v, uint32_t hash); /* id or -1 */

/* Document frequencies while a vocabulary is being made: add each document's hashes, then keep the
 * frequent ones. */
typedef struct mg_bag_counter mg_bag_counter;
mg_bag_counter *mg_bag_counter_new(void);
void mg_bag_counter_free(mg_bag_counter *c);
/* Adds a document; hashes that it repeats count once. */
int mg_bag_counter_add(mg_bag_counter *c, const uint32_t *hashes, size_t n, molglot_error *err);
/* The `keep` most frequent with document frequency >= min_df (ties by lower hash); weight =
 * log((1+N)/(1+df)) + 1. */
int mg_bag_counter_vocab(const mg_bag_counter *c, int32_t keep, int32_t min_df, mg_bag_vocab *out,
                         molglot_error *err);

#ifdef __cplusplus
}
#endif

#endif
