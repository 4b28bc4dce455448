/* inside.h - lists of the best molecules of texts, with what a re-ranker reads of each. */
#ifndef MG_TRAIN_RERANK_INSIDE_H
#define MG_TRAIN_RERANK_INSIDE_H

#include "search/search.h"
#include "train/inside.h"

/* Zero-initialise. Row i of a list: x + (list * k + i) * MG_RERANK_FEATURES. */
typedef struct train_lists {
    int64_t n;
    int k;
    float *x;
    int32_t *right, *rank; /* place of the right one in the list, -1: not there; its rank, from 1 */
} train_lists;

/* What lists are made of. */
typedef struct train_lists_plan {
    const char *model, *pairs, *pool; /* a space; a table of pairs; further molecules, "": none */
    const mg_dictionary *names;       /* or NULL */
    const mg_groups *groups;
    bool all;      /* lists without the right one too */
    int64_t limit; /* texts, evenly chosen; 0: all */
} train_lists_plan;
/* Adds the k best molecules for each text of the pairs. */
int train_lists_add(train_lists *l, const train_task *t, const train_lists_plan *plan,
                    molglot_error *err);
void train_lists_free(train_lists *l);
/* A file of lists; made_of: 64 hexadecimal digits of what they are made of. Reading: *found is
 * false where there is no such file, or one of something else. */
int train_lists_write(const train_lists *l, const char *path, const char *made_of,
                      molglot_error *err);
int train_lists_read(train_lists *l, const char *path, const char *made_of, bool *found,
                     molglot_error *err);
/* Mean reciprocal rank and share of first places, with the lists in the order of the cosines, and
 * in that of weights [MG_RERANK_FEATURES]. */
typedef struct train_lists_scores {
    double mrr[2], hits1[2];
} train_lists_scores;
void train_lists_score(const train_lists *l, const float *weights, train_lists_scores *out);

#endif
