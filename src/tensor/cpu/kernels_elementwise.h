/* kernels_elementwise.h - one thread's part of the elementwise kernels, the optimiser and small
 * dot products (included by cpu_isa_*.c after lanes.h). All loops go by vectors; outputs may be
 * the same array as an input. */

/* ---- activations ---- */

MG_V vf act_one(mg_act act, vf x) {
    vf bell;
    switch (act) {
    case MG_ACT_RELU: return v_pick(x <= v_all(0.0f), v_all(0.0f), x); /* NaN stays */
    case MG_ACT_GELU: return x * v_phi(x, &bell);
    case MG_ACT_TANH: return v_tanh(x);
    default: return x;
    }
}

/* act' from the value before (GELU) or after (RELU, TANH) */
MG_V vf act_slope(mg_act act, vf saved) {
    vf bell, phi;
    switch (act) {
    case MG_ACT_RELU: return v_pick(saved > v_all(0.0f), v_all(1.0f), v_all(0.0f));
    case MG_ACT_GELU: phi = v_phi(saved, &bell); return saved * bell * 0.3989422804f + phi;
    case MG_ACT_TANH: return 1.0f - saved * saved;
    default: return v_all(1.0f);
    }
}

MG_V void act_n(int64_t n, mg_act act, const float *x, float *y) {
    for (int64_t i = 0; i < n; i += MG_LANES)
        v_put(y + i, n - i, act_one(act, v_get(x + i, n - i)));
}

MG_V void act_back_n(int64_t n, mg_act act, const float *saved, const float *dy, float *dx,
                     int acc) {
    for (int64_t i = 0; i < n; i += MG_LANES) {
        vf g = v_get(dy + i, n - i) * act_slope(act, v_get(saved + i, n - i));
        if (acc) g += v_get(dx + i, n - i);
        v_put(dx + i, n - i, g);
    }
}

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

/* `act` becomes a constant of each loop. */
#define MG_BY_ACT(call)           \
    switch (act) {                \
    case MG_ACT_RELU: {           \
        enum { A = MG_ACT_RELU }; \
        call;                     \
        break;                    \
    }                             \
    case MG_ACT_GELU: {           \
        enum { A = MG_ACT_GELU }; \
        call;                     \
        break;                    \
    }                             \
    case MG_ACT_TANH: {           \
        enum { A = MG_ACT_TANH }; \
        call;                     \
        break;                    \
    }                             \
    default: {                    \
        enum { A = MG_ACT_NONE }; \
        call;                     \
        break;                    \
    }                             \
    }

MG_K void k_act(int64_t n, mg_act act, const float *x,
                float *y){MG_BY_ACT(act_n(n, (mg_act)A, x, y))}

MG_K void k_act_back(int64_t n, mg_act act, const float *saved, const float *dy, float *dx,
                     int acc){MG_BY_ACT(act_back_n(n, (mg_act)A, saved, dy, dx, acc))}

MG_K void k_bias_act(int64_t rows, int64_t cols, const float *b, mg_act act, float *z,
                     float *y){MG_BY_ACT(bias_act_n(rows, cols, b, (mg_act)A, z, y))}

/* ---- arithmetic ---- */

MG_K void k_axpby(int64_t n, float a, const float *x, float b, const float *y, float *out) {
    for (int64_t i = 0; i < n; i += MG_LANES) {
        vf r = a * v_get(x + i, n - i);
        if (y) r += b * v_get(y + i, n - i);
        v_put(out + i, n - i, r);
    }
}

MG_K void k_mul(int64_t n, const float *x, const float *y, float *out, int acc) {
    for (int64_t i = 0; i < n; i += MG_LANES) {
        vf r = v_get(x + i, n - i) * v_get(y + i, n - i);
        if (acc) r += v_get(out + i, n - i);
        v_put(out + i, n - i, r);
    }
}

/* mg_dropout_bits of base.h, by vectors; -1 where the element is kept */
MG_V vi keep_mask(uint64_t key, uint32_t threshold, vu i) {
    vu x = i * 0x9E3779B9u + (uint32_t)key;
    x ^= x >> 16;
    x *= 0x21F0AAADu;
    x ^= x >> 15;
    x += (uint32_t)(key >> 32);
    x *= 0x735A2D97u;
    x ^= x >> 15;
    return (vi)(x >= v_allu(threshold));
}

MG_K void k_dropout(int64_t first, int64_t n, float p, uint64_t key, const float *x, float *y,
                    int acc) {
    uint32_t threshold = mg_dropout_threshold(p);
    float up = 1.0f / (1.0f - p);
    vu index = v_count() + (uint32_t)first;
    for (int64_t i = 0; i < n; i += MG_LANES, index += MG_LANES) {
        vf r = v_pick(keep_mask(key, threshold, index), v_get(x + i, n - i) * up, v_all(0.0f));
        if (acc) r += v_get(y + i, n - i);
        v_put(y + i, n - i, r);
    }
}

MG_K void k_to_half(int64_t n, const float *x, uint16_t *y) {
    for (int64_t i = 0; i < n; i += MG_LANES) v_put_half(y + i, n - i, v_get(x + i, n - i));
}

MG_K void k_from_half(int64_t n, const uint16_t *x, float *y) {
    for (int64_t i = 0; i < n; i += MG_LANES) v_put(y + i, n - i, v_get_half(x + i, n - i));
}

/* ---- optimiser ---- */

/* In double throughout: squares of large gradients must not overflow, and clipping looks at this
 * number. */
MG_K double k_sumsq(int64_t n, const float *x) {
    vd sum[2] = {{0}, {0}};
    int64_t i = 0;
    for (; i + 2 * MG_DOUBLES <= n; i += 2 * MG_DOUBLES)
        for (int h = 0; h < 2; h++) {
            vd v = __builtin_convertvector(*(const vs_any *)(x + i + h * MG_DOUBLES), vd);
            sum[h] += v * v;
        }
    double total = 0.0;
    for (int l = 0; l < MG_DOUBLES; l++) total += sum[0][l] + sum[1][l];
    for (; i < n; i++) total += (double)x[i] * x[i];
    return total;
}

MG_K void k_adamw(int64_t n, float *p, const float *g, float *m, float *v, float *ema,
                  uint16_t *shadow, const mg_adamw_args *a) {
    float decay = 1.0f - a->lr * a->weight_decay, step = a->lr / a->bias1, second = 1.0f / a->bias2;
    float left1 = 1.0f - a->beta1, left2 = 1.0f - a->beta2, toward = 1.0f - a->ema_decay;
    for (int64_t i = 0; i < n; i += MG_LANES) {
        int64_t left = n - i;
        vf gi = v_get(g + i, left) * a->grad_scale;
        vf mi = v_get(m + i, left) * a->beta1 + gi * left1;
        vf vi_ = v_get(v + i, left) * a->beta2 + gi * gi * left2;
        vf pi = v_get(p + i, left) * decay - step * mi / (v_sqrt(vi_ * second) + a->eps);
        v_put(m + i, left, mi);
        v_put(v + i, left, vi_);
        v_put(p + i, left, pi);
        if (ema) {
            vf ei = v_get(ema + i, left);
            v_put(ema + i, left, ei + toward * (pi - ei));
        }
        if (shadow) v_put_half(shadow + i, left, pi);
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
/* --- the same with both factors in bf16, by the instruction for it (AVX512-BF16: 32 products at a
 * time) --- */

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
