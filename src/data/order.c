/* order.c - the rows of an epoch, a function of (seed, epoch). For a weight w of a row's source:
 * floor(w) copies of every row, and of the rest of w a sample without repeats; then one shuffle.
 * Every epoch is equally long. A molecule with several wordings counts as one row: it gives one of
 * them, and copies give the next ones.
 */
#include "data/inside.h"

#include <math.h>
#include <stdlib.h>

enum { WORDINGS = 0x776F7264 }; /* a stream of random numbers that no epoch has */

/* Rows of each source, and how many of them an epoch samples for the fraction of its weight: always
 * the same number. malloc'ed [2 * n_sources]: rows left, then rows still needed. */
static int64_t *sample_counts(const mg_corpus *c, double *total) {
    const int32_t k = c->h.n_sources;
    int64_t *left = calloc(2 * (size_t)k + 1, sizeof *left);
    if (!left) return NULL;
    for (int64_t i = 0; i < c->h.rows; i += c->wordings[c->row_source[i]]) left[c->row_source[i]]++;
    for (int32_t s = 0; s < k; s++) {
        double w = c->weights[s] > 0 ? (double)c->weights[s] : 0, fraction = w - floor(w);
        left[k + s] = (int64_t)(fraction * (double)left[s] + 0.5);
        *total += floor(w) * (double)left[s] + (double)left[k + s];
    }
    return left;
}

/* The wording of a copy of row i, the first one of a molecule. */
static int64_t wording_of(const mg_corpus *c, int64_t i, uint64_t seed, int64_t epoch,
                          int64_t copy) {
    const uint64_t n = (uint64_t)c->wordings[c->row_source[i]];
    return n > 1
               ? (int64_t)((mg_rng_u64(seed, WORDINGS, (uint64_t)i) + (uint64_t)(epoch + copy)) % n)
               : 0;
}

int mg_corpus_order(const mg_corpus *c, uint64_t seed, int64_t epoch, int64_t **order, int64_t *n,
                    molglot_error *err) {
    double total = 0;
    int64_t *left = sample_counts(c, &total), *need = left ? left + c->h.n_sources : NULL;
    *n = 0;
    *order = left && total < 1e10 ? malloc(((size_t)total + 1) * sizeof **order) : NULL;
    if (!*order) {
        free(left);
        return mg_no_memory(err, "an epoch of %.0f rows", total);
    }
    mg_rng rng = {.seed = seed, .stream = (uint64_t)epoch};
    for (int64_t i = 0; i < c->h.rows; i += c->wordings[c->row_source[i]]) {
        const int32_t s = c->row_source[i];
        int64_t copies = c->weights[s] > 0 ? (int64_t)c->weights[s] : 0;
        if (need[s] && (int64_t)mg_rng_below(&rng, (uint64_t)left[s]) < need[s]) {
            need[s]--;
            copies++;
        }
        left[s]--;
        while (copies-- > 0) (*order)[(*n)++] = i + wording_of(c, i, seed, epoch, copies);
    }
    free(left);
    for (int64_t i = *n - 1; i > 0; i--) {
        int64_t j = (int64_t)mg_rng_below(&rng, (uint64_t)i + 1), swap = (*order)[i];
        (*order)[i] = (*order)[j];
        (*order)[j] = swap;
    }
    return MOLGLOT_OK;
}
