/* codes.c - products of one question with many codes of bytes:
 *
 *   out[i] = sum_w codes[i][w] (128 hi[w] + lo[w])       hi, lo in -64 .. 63
 *
 * The sums are integers, so all versions agree to the last bit. VNNI and AVX2 multiply unsigned by
 * signed bytes: a code c is taken as c + 128, and 128 sum (128 hi + lo) is taken off again. Two
 * products of AVX2 add up to at most 255 * 64 * 2 and so do not saturate its 16 bits. Reading is
 * the bound: 128 bytes a row. There is no version for a GPU: the codes lie in a mapped file, and
 * carrying them over for one question takes longer than multiplying them here.
 */
#include "tensor/cpu/cpu.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define MG_X86 1
#endif

static void products_plain(const int8_t *codes, int64_t n, int width, const int8_t *hi,
                           const int8_t *lo, int32_t *out) {
    for (int64_t i = 0; i < n; i++, codes += width) {
        int32_t high = 0, low = 0;
        for (int w = 0; w < width; w++) {
            high += codes[w] * hi[w];
            low += codes[w] * lo[w];
        }
        out[i] = 128 * high + low;
    }
}

#ifdef MG_X86
/* What the codes' offset of 128 adds to every sum. */
static int32_t offset_of(int width, const int8_t *hi, const int8_t *lo) {
    int32_t sum = 0;
    for (int w = 0; w < width; w++) sum += 128 * hi[w] + lo[w];
    return 128 * sum;
}

__attribute__((target("avx2"))) static inline __m256i row_avx2(const int8_t *code, int width,
                                                               const int8_t *hi, const int8_t *lo) {
    const __m256i flip = _mm256_set1_epi8((char)0x80), by_128 = _mm256_set1_epi16(128),
                  by_1 = _mm256_set1_epi16(1);
    __m256i sum = _mm256_setzero_si256();
    for (int w = 0; w < width; w += 32) {
        const __m256i c =
            _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)(code + w)), flip);
        const __m256i h = _mm256_maddubs_epi16(
                          c, _mm256_loadu_si256((const __m256i *)(const void *)(hi + w))),
                      l = _mm256_maddubs_epi16(
                          c, _mm256_loadu_si256((const __m256i *)(const void *)(lo + w)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(h, by_128));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(l, by_1));
    }
    return sum;
}

__attribute__((target("avx2"))) static void products_avx2(const int8_t *codes, int64_t n, int width,
                                                          const int8_t *hi, const int8_t *lo,
                                                          int32_t *out) {
    const int32_t offset = offset_of(width, hi, lo);
    int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const int8_t *row = codes + i * width;
        const __m256i a = row_avx2(row, width, hi, lo), b = row_avx2(row + width, width, hi, lo),
                      c = row_avx2(row + 2 * width, width, hi, lo),
                      d = row_avx2(row + 3 * width, width, hi, lo);
        const __m256i s = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
        const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(s),
                                           _mm256_extracti128_si256(s, 1));
        _mm_storeu_si128((__m128i *)(void *)(out + i), _mm_sub_epi32(four, _mm_set1_epi32(offset)));
    }
    products_plain(codes + i * width, n - i, width, hi, lo, out + i);
}

enum { VNNI_PARTS = 2 }; /* the question stays in registers up to a width of 128 */

#define MG_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

/* The question, in registers: `parts` of 64 numbers each. */
typedef struct asked {
    __m512i hi[VNNI_PARTS], lo[VNNI_PARTS];
} asked;

MG_VNNI static inline __m512i row_vnni(const int8_t *code, int parts, const asked *q) {
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    __m512i high = _mm512_setzero_si512(), low = _mm512_setzero_si512();
    for (int p = 0; p < parts; p++) {
        const __m512i c = _mm512_xor_si512(_mm512_loadu_si512(code + 64 * p), flip);
        high = _mm512_dpbusd_epi32(high, c, q->hi[p]);
        low = _mm512_dpbusd_epi32(low, c, q->lo[p]);
    }
    return _mm512_add_epi32(_mm512_slli_epi32(high, 7), low);
}

/* The four sums of four rows' lanes. */
MG_VNNI static inline __m128i sum_four(__m512i a, __m512i b, __m512i c, __m512i d) {
    const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b)),
                  cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d)),
                  all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd),
                                         _mm512_unpackhi_epi64(ab, cd));
    const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all),
                                          _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* n a multiple of four; parts is a constant after inlining. */
__attribute__((always_inline)) MG_VNNI static inline void fours_vnni(const int8_t *codes, int64_t n,
                                                                     int parts, const int8_t *hi,
                                                                     const int8_t *lo,
                                                                     int32_t offset, int32_t *out) {
    const int64_t width = 64 * parts;
    asked q;
    for (int p = 0; p < parts; p++) {
        q.hi[p] = _mm512_loadu_si512(hi + 64 * p);
        q.lo[p] = _mm512_loadu_si512(lo + 64 * p);
    }
    for (int64_t i = 0; i < n; i += 4) {
        const int8_t *row = codes + i * width;
        /* one after another: as arguments they would be read from the last row to the first, and
         * the processor looks ahead for who walks up */
        const __m512i a = row_vnni(row, parts, &q), b = row_vnni(row + width, parts, &q),
                      c = row_vnni(row + 2 * width, parts, &q),
                      d = row_vnni(row + 3 * width, parts, &q);
        const __m128i four = sum_four(a, b, c, d);
        _mm_storeu_si128((__m128i *)(void *)(out + i), _mm_sub_epi32(four, _mm_set1_epi32(offset)));
    }
}

MG_VNNI static void products_vnni(const int8_t *codes, int64_t n, int width, const int8_t *hi,
                                  const int8_t *lo, int32_t *out) {
    const int64_t fours = width <= 64 * VNNI_PARTS ? n / 4 * 4 : 0;
    const int32_t offset = offset_of(width, hi, lo);
    if (width == 64) fours_vnni(codes, fours, 1, hi, lo, offset, out);
    if (width == 128) fours_vnni(codes, fours, 2, hi, lo, offset, out);
    products_plain(codes + fours * width, n - fours, width, hi, lo, out + fours);
}
#endif

typedef void products_fn(const int8_t *codes, int64_t n, int width, const int8_t *hi,
                         const int8_t *lo, int32_t *out);

/* NULL: this processor cannot. */
static products_fn *version(mg_code_kernel kernel) {
#ifdef MG_X86
    if (kernel == MG_CODES_VNNI)
        return mg_cpu_best_isa() >= MG_ISA_AVX512 && __builtin_cpu_supports("avx512vnni")
                   ? products_vnni
                   : NULL;
    if (kernel == MG_CODES_AVX2) return mg_cpu_best_isa() >= MG_ISA_AVX2 ? products_avx2 : NULL;
#endif
    return kernel == MG_CODES_PLAIN ? products_plain : NULL;
}

bool mg_code_products_by(mg_code_kernel kernel, const int8_t *codes, int64_t n, int width,
                         const int8_t *hi, const int8_t *lo, int32_t *out) {
    products_fn *const fn = version(kernel);
    if (fn) fn(codes, n, width, hi, lo, out);
    return fn != NULL;
}

void mg_code_products(const int8_t *codes, int64_t n, int width, const int8_t *hi, const int8_t *lo,
                      int32_t *out) {
    for (int k = MG_CODES_VNNI; k >= MG_CODES_PLAIN; k--)
        if (mg_code_products_by((mg_code_kernel)k, codes, n, width, hi, lo, out)) return;
}
