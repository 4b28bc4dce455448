/* kernels_elementwise.h - one thread's part of activations, sums, products, dropout and bf16
 * conversion. Included by isa_*.c after lanes.h. All loops go by vectors; an output may be the same
 * array as an input. */

/* ---- activations ---- */

/* tanh(sqrt(2/pi) (x + 0.044715 x^3)) */
MG_V vf gelu_tanh(vf x) { return v_tanh(x * 0.7978845608f * (x * x * 0.044715f + 1.0f)); }

MG_V vf act_one(mg_act act, vf x) {
    vf bell;
    switch (act) {
    case MG_ACT_RELU: return v_pick(x <= v_all(0.0f), v_all(0.0f), x); /* NaN stays */
    case MG_ACT_GELU: return x * v_phi(x, &bell);
    case MG_ACT_TANH: return v_tanh(x);
    case MG_ACT_GELU_TANH: return 0.5f * x * (1.0f + gelu_tanh(x));
    case MG_ACT_SIGMOID: return 1.0f / (v_exp(-x) + 1.0f);
    case MG_ACT_EXP: return v_exp(x);
    default: return x;
    }
}

/* act' from the value before (GELUs) or after (the others) */
MG_V vf act_slope(mg_act act, vf saved) {
    vf bell, phi, u;
    switch (act) {
    case MG_ACT_RELU: return v_pick(saved > v_all(0.0f), v_all(1.0f), v_all(0.0f));
    case MG_ACT_GELU: phi = v_phi(saved, &bell); return saved * bell * 0.3989422804f + phi;
    case MG_ACT_TANH: return 1.0f - saved * saved;
    case MG_ACT_GELU_TANH:
        u = gelu_tanh(saved);
        return 0.5f * (1.0f + u) +
               0.3989422804f * saved * (1.0f - u * u) * (saved * saved * 0.134145f + 1.0f);
    case MG_ACT_SIGMOID: return saved * (1.0f - saved);
    case MG_ACT_EXP: return saved;
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

/* `act` becomes a constant of each loop. */
#define MG_BY_ACT(call)                \
    switch (act) {                     \
    case MG_ACT_RELU: {                \
        enum { A = MG_ACT_RELU };      \
        call;                          \
        break;                         \
    }                                  \
    case MG_ACT_GELU: {                \
        enum { A = MG_ACT_GELU };      \
        call;                          \
        break;                         \
    }                                  \
    case MG_ACT_TANH: {                \
        enum { A = MG_ACT_TANH };      \
        call;                          \
        break;                         \
    }                                  \
    case MG_ACT_GELU_TANH: {           \
        enum { A = MG_ACT_GELU_TANH }; \
        call;                          \
        break;                         \
    }                                  \
    case MG_ACT_SIGMOID: {             \
        enum { A = MG_ACT_SIGMOID };   \
        call;                          \
        break;                         \
    }                                  \
    case MG_ACT_EXP: {                 \
        enum { A = MG_ACT_EXP };       \
        call;                          \
        break;                         \
    }                                  \
    default: {                         \
        enum { A = MG_ACT_NONE };      \
        call;                          \
        break;                         \
    }                                  \
    }

MG_K void k_act(int64_t n, mg_act act, const float *x, float *y) {
    MG_BY_ACT(act_n(n, (mg_act)A, x, y));
}

MG_K void k_act_back(int64_t n, mg_act act, const float *saved, const float *dy, float *dx,
                     int acc) {
    MG_BY_ACT(act_back_n(n, (mg_act)A, saved, dy, dx, acc));
}

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
