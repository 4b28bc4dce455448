/* grams.c - n-grams of token ids, n = 1 .. 4, and how many two texts have in common: what BLEU
 * (Papineni and others, 2002) is made of.
 *
 * An n-gram is a number of 64 bits, 16 for each id; a text's are kept sorted, so that two texts
 * are compared by merging.
 */
#include "text/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

bool mg_grams_of(const int32_t *ids, int32_t n, mg_grams *out) {
    const size_t tokens = n > 0 ? (size_t)n : 0;
    *out = (mg_grams){.n = n};
    uint64_t *all = malloc((MG_GRAM_ORDERS * tokens + 1) * sizeof *all);
    if (!all) return false;
    for (int k = 0; k < MG_GRAM_ORDERS; k++) {
        uint64_t *list = out->at[k] = all + (size_t)k * tokens;
        for (int32_t i = 0; i + k < n; i++) {
            list[i] = 0;
            for (int j = 0; j <= k; j++) list[i] = list[i] << 16 | (uint16_t)ids[i + j];
        }
        if (mg_grams_count(out, k + 1) > 1)
            qsort(list, (size_t)mg_grams_count(out, k + 1), sizeof *list, compare);
    }
    return true;
}

void mg_grams_free(mg_grams *g) {
    free(g->at[0]); /* all of them */
    memset(g, 0, sizeof *g);
}

int32_t mg_grams_count(const mg_grams *g, int order) {
    return g->n >= order ? g->n - order + 1 : 0;
}

int32_t mg_grams_common(const mg_grams *a, const mg_grams *b, int order) {
    const uint64_t *x = a->at[order - 1], *y = b->at[order - 1];
    const int32_t nx = mg_grams_count(a, order), ny = mg_grams_count(b, order);
    int32_t both = 0;
    for (int32_t i = 0, j = 0; i < nx && j < ny;) {
        const bool less = x[i]<y[j], more = x[i]> y[j];
        both += !less && !more;
        i += !more;
        j += !less;
    }
    return both;
}

double mg_grams_bleu(const mg_grams *output, const mg_grams *reference) {
    double logs = 0;
    if (output->n < 1 || reference->n < 1) return 0;
    for (int k = 1; k <= MG_GRAM_ORDERS; k++) {
        const int32_t all = mg_grams_count(output, k), both = mg_grams_common(output, reference, k);
        if (k == 1 && !both) return 0;
        /* Chen and Cherry (2014), the second smoothing: one more of each above single tokens */
        logs += k == 1 ? log((double)both / all) : log((both + 1.0) / (all + 1.0));
    }
    const double short_by = 1 - (double)reference->n / output->n;
    return exp(logs / MG_GRAM_ORDERS + (short_by < 0 ? short_by : 0));
}
