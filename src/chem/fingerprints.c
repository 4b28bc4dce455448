/* fingerprints.c - how alike two fingerprints are: Tanimoto and cosine of bits, Tanimoto of counts.
 *
 * The conventions for empty fingerprints are the field's (RDKit's), so that published scores can be
 * met: two empty bit vectors have Tanimoto 1, two empty count vectors 0, and the cosine with an
 * empty vector is 0.
 */
#include "chem/chem.h"

#include <math.h>
#include <string.h>

static int count_bits(const uint8_t *bits, int nbits) {
    int on = 0;
    for (int i = 0; i < (nbits + 7) / 8; i++) on += __builtin_popcount(bits[i]);
    return on;
}

double mg_tanimoto(const uint8_t *a, const uint8_t *b, int nbits) {
    int both = 0, either = 0, bytes = (nbits + 7) / 8, i = 0;
    for (; i + 8 <= bytes; i += 8) {
        uint64_t x, y;
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        both += __builtin_popcountll(x & y);
        either += __builtin_popcountll(x | y);
    }
    for (; i < bytes; i++) {
        both += __builtin_popcount(a[i] & b[i]);
        either += __builtin_popcount(a[i] | b[i]);
    }
    return either ? (double)both / either : 1.0;
}

/* c / sqrt(a b) in this order: pairs that lie exactly on a threshold must fall on the side where
 * RDKit puts them. */
double mg_cosine(const uint8_t *a, const uint8_t *b, int nbits) {
    int both = 0;
    for (int i = 0; i < (nbits + 7) / 8; i++) both += __builtin_popcount(a[i] & b[i]);
    double product = (double)count_bits(a, nbits) * (double)count_bits(b, nbits);
    return product > 0 ? both / sqrt(product) : 0.0;
}

double mg_count_tanimoto(const mg_environment *a, size_t na, const mg_environment *b, size_t nb) {
    int64_t common = 0, all = 0;
    for (size_t i = 0; i < na; i++) all += a[i].count;
    for (size_t j = 0; j < nb; j++) all += b[j].count;
    for (size_t i = 0, j = 0; i < na && j < nb;) {
        if (a[i].id == b[j].id) {
            common += a[i].count < b[j].count ? a[i].count : b[j].count;
            i++;
            j++;
        } else if (a[i].id < b[j].id) {
            i++;
        } else {
            j++;
        }
    }
    return all ? (double)common / (double)(all - common) : 0.0;
}
