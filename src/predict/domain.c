/* domain.c - how near a molecule is to what a head was trained on: Tanimoto of circular
 * environments of two bonds (features m2), folded to 512 bits.
 */
#include "predict/predict.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = MG_DOMAIN_BYTES / 8 };

/* Compiled twice where processors differ in counting bits. The sanitizers cannot start a program
 * whose functions are chosen at load time. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_BITS __attribute__((target_clones("popcnt", "default")))
#else
#define COUNTS_BITS
#endif

static inline __attribute__((always_inline)) float tanimoto(const uint8_t *a, const uint8_t *b) {
    int both = 0, any = 0;
    for (int w = 0; w < WORDS; w++) {
        uint64_t x, y;
        memcpy(&x, a + 8 * w, 8);
        memcpy(&y, b + 8 * w, 8);
        both += __builtin_popcountll(x & y);
        any += __builtin_popcountll(x | y);
    }
    return any ? (float)both / (float)any : 1;
}

COUNTS_BITS
int32_t mg_domain_nearest(const uint8_t *rows, int32_t n, const uint8_t *bits, int32_t leave,
                          float *similarity) {
    int32_t best = -1;
    *similarity = 0;
    for (int32_t i = 0; i < n; i++) {
        if (i == leave) continue;
        const float s = tanimoto(rows + (size_t)i * MG_DOMAIN_BYTES, bits);
        if (best < 0 || s > *similarity) best = i, *similarity = s;
    }
    return best;
}

static int ascending(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

/* The usual farthest-first walk, n steps of n comparisons at most `most` times. */
int32_t mg_domain_choose(const uint8_t *rows, int32_t n, int32_t most, int32_t *kept) {
    if (n <= most) {
        for (int32_t i = 0; i < n; i++) kept[i] = i;
        return n;
    }
    float *near = calloc((size_t)n, sizeof *near);
    if (!near) return -1;
    int32_t next = 0;
    for (int32_t k = 0; k < most; k++) {
        kept[k] = next;
        near[next] = 2; /* never again */
        const uint8_t *own = rows + (size_t)next * MG_DOMAIN_BYTES;
        float least = 2;
        for (int32_t i = 0; i < n; i++) {
            if (near[i] < 2) {
                const float s = tanimoto(rows + (size_t)i * MG_DOMAIN_BYTES, own);
                if (s > near[i]) near[i] = s;
            }
            if (near[i] < least) least = near[i], next = i;
        }
    }
    free(near);
    qsort(kept, (size_t)most, sizeof *kept, ascending);
    return most;
}
