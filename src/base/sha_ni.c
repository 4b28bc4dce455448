/* sha_ni.c - SHA-256 blocks by the CPU's own instructions (FIPS 180-4), five times as fast as
 * hash.c's loop: the hash of the model is taken whenever an index is searched. The state is kept as
 * the instructions want it, words (A B E F) and (C D G H).
 */
#include "base/hash_inside.h"

#if defined(__x86_64__)
#include <immintrin.h>

bool mg_sha_ni_present(void) {
    unsigned a, b, c, d;
    if (!__builtin_cpu_supports("sse4.1")) return false;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
    return b >> 29 & 1;
}

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))

/* Four rounds with the words w and their constants. */
TARGET static inline void four_rounds(__m128i *abef, __m128i *cdgh, __m128i w, const uint32_t *k) {
    __m128i sum = _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)(const void *)k));
    *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, sum);
    *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

/* The next four words of the schedule from the last sixteen, a the oldest. */
TARGET static inline __m128i next_words(__m128i a, __m128i b, __m128i c, __m128i d) {
    __m128i t = _mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8(d, c, 4));
    return _mm_sha256msg2_epu32(t, d);
}

TARGET void mg_sha_ni_blocks(uint32_t h[8], const uint8_t *p, size_t blocks, const uint32_t k[64]) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)h),
            hgfe = _mm_loadu_si128((const __m128i *)(const void *)(h + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1), efgh = _mm_shuffle_epi32(hgfe, 0x1B);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
    for (; blocks; blocks--, p += 64) {
        const __m128i abef0 = abef, cdgh0 = cdgh;
        __m128i w[4];
        for (int i = 0; i < 4; i++) {
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)),
                                    swap);
            four_rounds(&abef, &cdgh, w[i], k + 4 * i);
        }
        for (int i = 4; i < 16; i++) {
            w[i & 3] = next_words(w[i & 3], w[(i + 1) & 3], w[(i + 2) & 3], w[(i + 3) & 3]);
            four_rounds(&abef, &cdgh, w[i & 3], k + 4 * i);
        }
        abef = _mm_add_epi32(abef, abef0);
        cdgh = _mm_add_epi32(cdgh, cdgh0);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)(void *)h, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(void *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#else

bool mg_sha_ni_present(void) { return false; }
void mg_sha_ni_blocks(uint32_t h[8], const uint8_t *p, size_t blocks, const uint32_t k[64]) {
    (void)h, (void)p, (void)blocks, (void)k;
}

#endif
