/* kernels_linear.h - one thread's part of the linear layer: small dot products, bias and
 * activation, and dy in bf16 with its column sums. Included by isa_*.c after kernels_elementwise.h.
 */

/* ---- bias and activation ---- */

/* z += b, y = act(z); b may be NULL */
MG_V void bias_act_n(int64_t rows, int64_t cols, const float *b, mg_act act, float *z, float *y) {
    for (int64_t r = 0; r < rows; r++, z += cols, y += cols)
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            vf x = v_get(z + i, cols - i);
            if (b) x += v_get(b + i, cols - i);
            if (y != z) v_put(z + i, cols - i, x);
            v_put(y + i, cols - i, act_one(act, x));
        }
}

MG_K void k_bias_act(int64_t rows, int64_t cols, const float *b, mg_act act, float *z, float *y) {
    MG_BY_ACT(bias_act_n(rows, cols, b, (mg_act)A, z, y));
}

/* ---- bf16 copy and column sums in one reading ---- */

MG_K void k_sums_half(const void *args, int64_t r0, int64_t r1, float *sums) {
    const mg_k_halves *k = args;
    int64_t cols = k->cols;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t i = 0; i < cols; i += MG_LANES) {
            vf x = v_get(k->x + r * cols + i, cols - i);
            v_put(sums + i, cols - i, v_get(sums + i, cols - i) + x);
            if (k->half) v_put_half(k->half + r * cols + i, cols - i, x);
        }
}

/* ---- dot products: few rows of a against many of b, read once; b may be bf16 ---- */

MG_V vf get_either(bool half, const void *p, int64_t i, int64_t left) {
    return half ? v_get_half((const uint16_t *)p + i, left) : v_get((const float *)p + i, left);
}

/* a . b in four chains: one row of b after the other is what the CPU's own prefetching likes
 * best */
MG_V float dot_one(int64_t k, const float *a, const void *b, bool half) {
    vf sum[4] = {0};
    int64_t i = 0;
    for (; i + 4 * MG_LANES <= k; i += 4 * MG_LANES)
        for (int u = 0; u < 4; u++)
            sum[u] += v_load(a + i + u * MG_LANES) *
                      get_either(half, b, i + u * MG_LANES, MG_LANES);
    for (; i < k; i += MG_LANES) sum[0] += v_get(a + i, k - i) * get_either(half, b, i, k - i);
    return v_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/* c[r][o] = the sum of s[r*4+o], r < R, o < 4 */
MG_V void put_sums(int R, const vf *s, float *c, int64_t ldc) {
    for (int at = 0; at < 4 * R; at += MG_LANES) {
        vf x = v_sums(s + at);
        for (int i = 0; i < MG_LANES && at + i < 4 * R; i += 4)
            memcpy(c + (at + i) / 4 * ldc, (float *)&x + i, 4 * sizeof *c);
    }
}

/* c[r][o] = a[r] . b[o] for R x 4 at once; R is a constant after inlining. Four rows of b side by
 * side are four streams, which the CPU does not see as one: what lies AHEAD is asked for in the
 * order of its addresses. */
MG_V void dot_tile(int R, int64_t k, const float *a, const void *b, bool half, float *c,
                   int64_t ldc) {
    enum { AHEAD = 8192 };
    const int64_t size = half ? sizeof(uint16_t) : sizeof(float);
    vf sum[16] = {0};
    for (int64_t i = 0; i < k; i += MG_LANES) {
        vf x[4];
        for (int r = 0; r < R; r++) x[r] = v_get(a + r * k + i, k - i);
        for (int64_t line = 0; line < 4 * MG_LANES * size; line += 64)
            __builtin_prefetch((const char *)b + AHEAD + 4 * i * size + line);
        for (int o = 0; o < 4; o++) {
            vf w = get_either(half, b, o * k + i, k - i);
            for (int r = 0; r < R; r++) sum[r * 4 + o] += x[r] * w;
        }
    }
    put_sums(R, sum, c, ldc);
}

/* A row's numbers do not depend on how many rows there are: generation lets sequences end, and the
 * others go on as they would have. */
MG_V void dots_of(bool half, int64_t m, int64_t from, int64_t to, int64_t k, const float *a,
                  const void *b, float *c, int64_t ldc) {
    const int64_t size = half ? sizeof(uint16_t) : sizeof(float);
    for (int64_t o = from; o < to;) {
        const char *w = (const char *)b + o * k * size;
        int64_t r = 0, wide = to - o >= 4;
        for (; wide && m - r >= 4; r += 4) dot_tile(4, k, a + r * k, w, half, c + r * ldc + o, ldc);
        for (; wide && m - r >= 2; r += 2) dot_tile(2, k, a + r * k, w, half, c + r * ldc + o, ldc);
        for (; wide && m - r >= 1; r += 1) dot_tile(1, k, a + r * k, w, half, c + r * ldc + o, ldc);
        for (; r < m; r++) c[r * ldc + o] = dot_one(k, a + r * k, w, half);
        o += wide ? 4 : 1;
    }
}

MG_K void k_dots(int64_t m, int64_t from, int64_t to, int64_t k, const float *a, const void *b,
                 mg_dtype b_dtype, float *c, int64_t ldc) {
    if (b_dtype == MG_BF16)
        dots_of(true, m, from, to, k, a, b, c, ldc);
    else
        dots_of(false, m, from, to, k, a, b, c, ldc);
}

#if MG_LANES == 16
/* ---- the same with both factors in bf16, by the instruction for it ----
 * AVX512-BF16 makes 32 products at a time. */

#define MG_TARGET_HALF \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma")))

static inline __attribute__((always_inline)) MG_TARGET_HALF __m512bh halves_get(const uint16_t *p,
                                                                                int64_t left) {
    return (__m512bh)(left >= 32 ? _mm512_loadu_si512(p)
                                 : _mm512_maskz_loadu_epi16(((__mmask32)1 << left) - 1, p));
}

static inline __attribute__((always_inline)) MG_TARGET_HALF void half_tile(int R, int O, int64_t k,
                                                                           const uint16_t *a,
                                                                           const uint16_t *b,
                                                                           float *c, int64_t ldc) {
    vf sum[16] = {0};
    for (int64_t i = 0; i < k; i += 32) {
        __m512bh x[4];
        for (int r = 0; r < R; r++) x[r] = halves_get(a + r * k + i, k - i);
        for (int o = 0; o < O; o++) {
            const __m512bh w = halves_get(b + o * k + i, k - i);
            for (int r = 0; r < R; r++)
                sum[r * 4 + o] = (vf)_mm512_dpbf16_ps((__m512)sum[r * 4 + o], x[r], w);
        }
    }
    if (O == 4)
        put_sums(R, sum, c, ldc);
    else
        for (int r = 0; r < R; r++) c[r * ldc] = v_sum(sum[r * 4]);
}

static MG_TARGET_HALF void k_dots_half(int64_t m, int64_t from, int64_t to, int64_t k,
                                       const uint16_t *a, const uint16_t *b, float *c,
                                       int64_t ldc) {
    for (int64_t o = from; o < to;) {
        const uint16_t *w = b + o * k;
        int64_t r = 0, wide = to - o >= 4;
        for (; wide && m - r >= 4; r += 4) half_tile(4, 4, k, a + r * k, w, c + r * ldc + o, ldc);
        for (; wide && m - r >= 2; r += 2) half_tile(2, 4, k, a + r * k, w, c + r * ldc + o, ldc);
        for (; wide && r < m; r++) half_tile(1, 4, k, a + r * k, w, c + r * ldc + o, ldc);
        for (; r < m; r++) half_tile(1, 1, k, a + r * k, w, c + r * ldc + o, ldc);
        o += wide ? 4 : 1;
    }
}
#else
#define k_dots_half NULL
#endif
