/* rng.c - random numbers as a pure function of (seed, stream, counter), so that a run can be
 * repeated, resumed and split over devices without carrying a state.
 *
 * A (seed, stream) pair is hashed to a starting point; the counter then walks splitmix64 from
 * there.
 */
#include "base/base.h"

#include <math.h>

#define GOLDEN 0x9E3779B97F4A7C15u /* 2^64 / golden ratio: the step of splitmix64 */

/* Stafford's mix 13: every input bit flips every output bit with probability near one half. */
static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t mg_rng_u64(uint64_t seed, uint64_t stream, uint64_t counter) {
    uint64_t key = mix(mix(seed + GOLDEN) ^ mix(stream * 0xD1342543DE82EF95u + 1));
    return mix(key + (counter + 1) * GOLDEN);
}

uint64_t mg_rng_next(mg_rng *r) { return mg_rng_u64(r->seed, r->stream, r->counter++); }

double mg_rng_uniform(mg_rng *r) { return (double)(mg_rng_next(r) >> 11) * 0x1p-53; }

/* Box-Muller. The second value is dropped: a normal always costs two counters, so positions can be
 * computed. */
double mg_rng_normal(mg_rng *r) {
    double u = 1.0 - mg_rng_uniform(r); /* (0, 1]: the logarithm stays finite */
    double v = mg_rng_uniform(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

/* Lemire's multiplication: the high word of x*n is uniform once the few low words that would bias
 * it are rejected. */
uint64_t mg_rng_below(mg_rng *r, uint64_t n) {
    unsigned __int128 m = (unsigned __int128)mg_rng_next(r) * n;
    if ((uint64_t)m < n) {
        uint64_t reject = (0 - n) % n;
        while ((uint64_t)m < reject) m = (unsigned __int128)mg_rng_next(r) * n;
    }
    return (uint64_t)(m >> 64);
}
