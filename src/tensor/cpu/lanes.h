/* lanes.h - the vector words in which the CPU kernels are written: load, store, compare, exp, tanh,
 * the normal distribution, bfloat16.
 *
 * Each isa_*.c includes it once, after it has defined MG_LANES (floats in a vector: 4, 8 or 16) and
 * MG_TARGET (the instruction sets that may be used). The kernels that follow are compiled for that
 * machine. Vectors are those of GCC and clang, so + - * / & are written as such, and a*b+c becomes
 * one fused instruction where there is one.
 *
 * v_get and v_put take the number of floats left in the row, so a loop needs no tail of its own.
 */
#include <math.h>
#include <string.h>
#if MG_LANES > 4
#include <immintrin.h>
#endif

#define MG_DOUBLES (MG_LANES / 2)
#define MG_V       static inline __attribute__((always_inline)) MG_TARGET /* a word */
#define MG_K       static MG_TARGET /* a kernel of the table */

typedef float vf __attribute__((vector_size(4 * MG_LANES), may_alias));
typedef int32_t vi __attribute__((vector_size(4 * MG_LANES), may_alias));
typedef uint32_t vu __attribute__((vector_size(4 * MG_LANES), may_alias));
typedef uint16_t vh __attribute__((vector_size(2 * MG_LANES), may_alias));
typedef int8_t vb __attribute__((vector_size(MG_LANES), may_alias));
typedef double vd __attribute__((vector_size(4 * MG_LANES), may_alias)); /* MG_DOUBLES of them */
/* The same at any address. */
typedef float vf_any __attribute__((vector_size(4 * MG_LANES), may_alias, aligned(4)));
/* as many floats as vd has doubles */
typedef float vs_any __attribute__((vector_size(2 * MG_LANES), may_alias, aligned(4)));
typedef uint16_t vh_any __attribute__((vector_size(2 * MG_LANES), may_alias, aligned(2)));

MG_V vf v_all(float x) { return x - (vf){0}; } /* x - 0, not x + 0: keeps the sign of zero */
MG_V vu v_allu(uint32_t x) { return x + (vu){0}; }
MG_V vf v_load(const float *p) { return *(const vf_any *)p; }
MG_V void v_store(float *p, vf x) { *(vf_any *)p = x; }
/* Lane by lane: a where the mask is -1, b where it is 0. */
MG_V vf v_pick(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }
MG_V vf v_abs(vf x) { return (vf)((vi)x & 0x7fffffff); }

/* x, rounded: a product that goes through here is not fused with a sum. Needed where two roundings
 * must cancel. */
MG_V vf v_rounded(vf x) {
#if MG_LANES == 16
    __asm__("" : "+v"(x));
#elif defined(__x86_64__)
    __asm__("" : "+x"(x));
#endif
    return x;
}

MG_V vu v_count(void) { /* 0 1 2 ... */
    vu x;
    for (int i = 0; i < MG_LANES; i++) x[i] = (uint32_t)i;
    return x;
}
/* -1 in the first n lanes, n < 2^32 */
MG_V vi v_first(int64_t n) { return (vi)(v_count() < v_allu((uint32_t)n)); }

/* v_max(a, b) is b where either is NaN. v_scale(a, n) is a * 2^n for whole numbers n. v_pack takes
 * numbers below 65536. */
#if MG_LANES == 16
MG_V vf v_max(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
MG_V vf v_sqrt(vf a) { return (vf)_mm512_sqrt_ps((__m512)a); }
MG_V vf v_scale(vf a, vf n) { return (vf)_mm512_scalef_ps((__m512)a, (__m512)n); }
MG_V float v_sum(vf a) { return _mm512_reduce_add_ps((__m512)a); }
MG_V float v_top(vf a) { return _mm512_reduce_max_ps((__m512)a); }
MG_V vu v_unpack(vh x) { return (vu)_mm512_cvtepu16_epi32((__m256i)x); }
MG_V vh v_pack(vu x) { return (vh)_mm512_cvtepi32_epi16((__m512i)x); }
MG_V vf v_load_part(const float *p, int64_t n) {
    return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
MG_V void v_store_part(float *p, int64_t n, vf x) {
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x);
}
#elif MG_LANES == 8
MG_V vf v_max(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
MG_V vf v_sqrt(vf a) { return (vf)_mm256_sqrt_ps((__m256)a); }
MG_V __m128 v_half_sum(vf a) {
    return _mm_add_ps(_mm256_castps256_ps128((__m256)a), _mm256_extractf128_ps((__m256)a, 1));
}
MG_V __m128 v_half_top(vf a) {
    return _mm_max_ps(_mm256_castps256_ps128((__m256)a), _mm256_extractf128_ps((__m256)a, 1));
}
MG_V float v_sum(vf a) {
    __m128 h = v_half_sum(a);
    h = _mm_add_ps(h, _mm_movehl_ps(h, h));
    return _mm_cvtss_f32(_mm_add_ss(h, _mm_movehdup_ps(h)));
}
MG_V float v_top(vf a) {
    __m128 h = v_half_top(a);
    h = _mm_max_ps(h, _mm_movehl_ps(h, h));
    return _mm_cvtss_f32(_mm_max_ss(h, _mm_movehdup_ps(h)));
}
MG_V vu v_unpack(vh x) { return (vu)_mm256_cvtepu16_epi32((__m128i)x); }
MG_V vh v_pack(vu x) {
    return (vh)_mm_packus_epi32(_mm256_castsi256_si128((__m256i)x),
                                _mm256_extracti128_si256((__m256i)x, 1));
}
MG_V vf v_load_part(const float *p, int64_t n) {
    return (vf)_mm256_maskload_ps(p, (__m256i)v_first(n));
}
MG_V void v_store_part(float *p, int64_t n, vf x) {
    _mm256_maskstore_ps(p, (__m256i)v_first(n), (__m256)x);
}
#else
MG_V vf v_max(vf a, vf b) { return v_pick(a > b, a, b); }
MG_V vf v_sqrt(vf a) { return (vf){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])}; }
MG_V float v_sum(vf a) { return (a[0] + a[2]) + (a[1] + a[3]); }
MG_V float v_top(vf a) {
    float x = a[0] > a[1] ? a[0] : a[1], y = a[2] > a[3] ? a[2] : a[3];
    return x > y ? x : y;
}
MG_V vu v_unpack(vh x) { return __builtin_convertvector(x, vu); }
MG_V vh v_pack(vu x) { return __builtin_convertvector(x, vh); }
MG_V vf v_load_part(const float *p, int64_t n) {
    vf x = {0};
    memcpy(&x, p, (size_t)n * sizeof(float));
    return x;
}
MG_V void v_store_part(float *p, int64_t n, vf x) { memcpy(p, &x, (size_t)n * sizeof(float)); }
#endif

/* Lane i: v_sum(s[i]), with the same order of addition; s [MG_LANES]. In registers: half of each of
 * two vectors makes one. */
#if MG_LANES == 16
MG_V vf v_fold8(vf a, vf b) {
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
           __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30,
                                   31);
}
MG_V vf v_fold4(vf a, vf b) {
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
           __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30,
                                   31);
}
MG_V vf v_fold2(vf a, vf b) {
    return __builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) +
           __builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30,
                                   31);
}
MG_V vf v_fold1(vf a, vf b) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28,
                                   30) +
           __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
MG_V vf v_sums4(const vf *s) { return v_fold4(v_fold8(s[0], s[1]), v_fold8(s[2], s[3])); }
MG_V vf v_sums(const vf *s) {
    return v_fold1(v_fold2(v_sums4(s), v_sums4(s + 4)), v_fold2(v_sums4(s + 8), v_sums4(s + 12)));
}
#else
MG_V vf v_sums(const vf *s) {
    vf x;
    for (int i = 0; i < MG_LANES; i++) x[i] = v_sum(s[i]);
    return x;
}
#endif

MG_V vf v_clamp(vf x, float low, float high) { /* NaN stays */
    return -v_max(v_all(-high), -v_max(v_all(low), x));
}

#if MG_LANES < 16
/* In two steps: 2^n alone may leave the range of a float where a * 2^n does not. |n| < 250. */
MG_V vf v_scale(vf a, vf n) {
    const float big = 12582912.0f;
    vi i = (vi)(n + big) - (vi)v_all(big), half = i >> 1;
    return a * (vf)((half + 127) << 23) * (vf)((i - half + 127) << 23);
}
#endif

/* The next vector of a row with `left` floats to go; missing lanes are 0. */
MG_V vf v_get(const float *p, int64_t left) {
    return left >= MG_LANES ? v_load(p) : v_load_part(p, left);
}
MG_V void v_put(float *p, int64_t left, vf x) {
    if (left >= MG_LANES)
        v_store(p, x);
    else
        v_store_part(p, left, x);
}

/* ---- bfloat16: the upper half of a float ---- */

MG_V vf v_widen(vh h) { return (vf)(v_unpack(h) << 16); }
MG_V vh v_narrow(vf x) { /* to nearest even; NaN stays NaN */
    vu u = (vu)x;
    vu rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
    vi nan = (vi)((u & 0x7fffffff) > 0x7f800000);
    return v_pack(((vu)nan & ((u >> 16) | 0x40)) | (~(vu)nan & rounded));
}
MG_V vf v_get_half(const uint16_t *p, int64_t left) {
    if (left >= MG_LANES) return v_widen(*(const vh_any *)p);
    vh h = {0};
    memcpy(&h, p, (size_t)left * sizeof(uint16_t));
    return v_widen(h);
}
MG_V void v_put_half(uint16_t *p, int64_t left, vf x) {
    vh h = v_narrow(x);
    if (left >= MG_LANES)
        *(vh_any *)p = h;
    else
        memcpy(p, &h, (size_t)left * sizeof(uint16_t));
}

/* The next vector of a row of bytes with `left` to go. (GCC 12 converts such vectors lane by lane:
 * sixty instructions instead of two.) */
MG_V vf v_get_byte(const int8_t *p, int64_t left) {
    vb b = {0};
    memcpy(&b, p, left >= MG_LANES ? MG_LANES : (size_t)left);
#if MG_LANES == 16
    return (vf)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32((__m128i)b));
#elif MG_LANES == 8
    int64_t eight;
    memcpy(&eight, &b, sizeof eight);
    return (vf)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(eight)));
#else
    return __builtin_convertvector((vi){b[0], b[1], b[2], b[3]}, vf);
#endif
}

/* ---- functions: NaN gives NaN, infinities their limits ---- */

/* e^x, relative error below 2e-7 (subnormal results included): x = n ln 2 + r. */
MG_V vf v_exp(vf x) {
    const float big = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = v_clamp(x, -104.0f, 89.0f);
    vf n = x * 1.44269504f + big - big;
    vf r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    vf p = r * 0.0013814466f + 0.00836878084f;
    p = p * r + 0.0416683927f;
    p = p * r + 0.16666519642f;
    p = p * r + 0.49999994f;
    return v_scale(p * (r * r) + r + 1.0f, n);
}

MG_V vf v_tanh(vf x) {
    vf z = x * x, a = v_abs(x);
    vf p = z * -0.0055910078f + 0.0205388128f;
    p = p * z - 0.0537096560f;
    p = p * z + 0.1333109289f;
    p = p * z - 0.3333326876f;
    p = p * z * a + a; /* |x| < 0.64 */
    vf far = 1.0f - 2.0f / (v_exp(a + a) + 1.0f);
    vf sign = (vf)((vi)x & (vi)v_all(-0.0f));
    return (vf)((vi)v_pick(a < v_all(0.625f), p, far) | (vi)sign);
}

/* Phi(x), the normal distribution's integral, absolute error below 1e-7, the left tail also to a
 * relative 5e-7 (where GELU's x Phi(x) lives there). *bell receives exp(-x^2/2). Polynomials fitted
 * to Phi in x^2 for |x| < 1 and, outside, to Phi(-a) exp(a^2/2) in s = 1/(1 + 0.28 a). */
MG_V vf v_phi(vf x, vf *bell) {
    vf z = x * x, a = v_abs(x);
    vf e = v_exp(z * -0.5f);
    vf c = z * -7.654209184e-6f + 1.134863924e-4f;
    c = c * z - 1.186329988e-3f;
    c = c * z + 9.973323904e-3f;
    c = c * z - 6.649035960e-2f;
    c = c * z + 0.3989422917f;
    vf s = 1.0f / (a * 0.28f + 1.0f);
    vf t = s * -0.05902200565f + 0.1302380264f;
    t = t * s - 0.002382577164f;
    t = t * s + 0.1093590856f;
    t = t * s + 0.09774626791f;
    t = t * s + 0.1123111993f;
    t = t * s + 0.1116743907f;
    vf tail = e * (s * t);
    *bell = e;
    return v_pick(a < v_all(1.0f), c * x + 0.5f, v_pick(x < v_all(0.0f), tail, 1.0f - tail));
}
