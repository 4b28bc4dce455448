/* kernels_attention.h - one head of one sequence: y = softmax(scale q k^T + bias) v, and its
 * gradients. Included by isa_*.c after kernels_elementwise.h.
 *
 * With K keys and head width w, queries are taken BLOCK at a time. So the scores in hand are
 * [BLOCK, K] and stay in the second cache. With a causal mask, a block ends at the last key that
 * its last query sees.
 *
 * The five small products of forward and backward all have the form c[m,n] (+)= a b. a is read one
 * number at a time, with any strides, so also transposed; b is read by rows. k and v are transposed
 * into scratch for the two products that need it. Of forward, only a log-sum-exp a row is kept:
 * backward computes the probabilities again.
 */

/* vectors across a tile: 6 x 4 sums fit 32 registers, 6 x 2 fit 16 */
enum { BLOCK = 64, TILE_V = MG_LANES == 16 ? 4 : 2 };

typedef struct strided {
    const float *p;
    int64_t row, col;
} strided;

/* M x (V vectors) of c (+)= a b over k; M and V are constants after inlining. left < MG_LANES only
 * with V == 1. */
MG_V void tile(int M, int V, int64_t k, strided a, const float *b, int64_t ldb, int64_t left,
               float *c, int64_t ldc, int acc) {
    vf s[6][4], w[4];
#pragma GCC unroll 6
    for (int m = 0; m < M; m++)
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) s[m][v] = v_all(0.0f);
    for (int64_t i = 0; i < k; i++, b += ldb) {
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) w[v] = v_get(b + v * MG_LANES, left);
#pragma GCC unroll 6
        for (int m = 0; m < M; m++) {
            vf x = v_all(a.p[m * a.row + i * a.col]);
#pragma GCC unroll 4
            for (int v = 0; v < V; v++) s[m][v] += x * w[v];
        }
    }
#pragma GCC unroll 6
    for (int m = 0; m < M; m++)
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) {
            float *to = c + m * ldc + v * MG_LANES;
            if (acc) s[m][v] += v_get(to, left);
            v_put(to, left, s[m][v]);
        }
}

MG_V void tile_column(int V, int64_t m, int64_t k, strided a, const float *b, int64_t ldb,
                      int64_t left, float *c, int64_t ldc, int acc) {
    for (; m >= 6; m -= 6, a.p += 6 * a.row, c += 6 * ldc)
        tile(6, V, k, a, b, ldb, left, c, ldc, acc);
    if (m >= 4) {
        tile(4, V, k, a, b, ldb, left, c, ldc, acc);
        m -= 4, a.p += 4 * a.row, c += 4 * ldc;
    }
    if (m >= 2) {
        tile(2, V, k, a, b, ldb, left, c, ldc, acc);
        m -= 2, a.p += 2 * a.row, c += 2 * ldc;
    }
    if (m >= 1) tile(1, V, k, a, b, ldb, left, c, ldc, acc);
}

/* c[m,n] (+)= a[m,k] b[k,n] */
MG_K void small_product(int64_t m, int64_t n, int64_t k, strided a, const float *b, int64_t ldb,
                        float *c, int64_t ldc, int acc) {
    int64_t j = 0;
    for (; n - j >= TILE_V * MG_LANES; j += TILE_V * MG_LANES)
        tile_column(TILE_V, m, k, a, b + j, ldb, MG_LANES, c + j, ldc, acc);
    for (; n - j >= 2 * MG_LANES; j += 2 * MG_LANES)
        tile_column(2, m, k, a, b + j, ldb, MG_LANES, c + j, ldc, acc);
    for (; n - j >= MG_LANES; j += MG_LANES)
        tile_column(1, m, k, a, b + j, ldb, MG_LANES, c + j, ldc, acc);
    if (n > j) tile_column(1, m, k, a, b + j, ldb, n - j, c + j, ldc, acc);
}

/* t[cols, ldt] = scale * x[rows, cols]^T, columns rows..ldt zeroed */
MG_K void transpose(int64_t rows, int64_t cols, const float *x, int64_t ldx, float scale, float *t,
                    int64_t ldt) {
    typedef float v4 __attribute__((vector_size(16), aligned(4), may_alias));
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *p = x + r * ldx;
        int64_t c = 0;
        for (; c + 4 <= cols; c += 4) {
            v4 x0 = *(const v4 *)(p + c), x1 = *(const v4 *)(p + ldx + c);
            v4 x2 = *(const v4 *)(p + 2 * ldx + c), x3 = *(const v4 *)(p + 3 * ldx + c);
            v4 a = __builtin_shufflevector(x0, x1, 0, 4, 1, 5),
               b = __builtin_shufflevector(x2, x3, 0, 4, 1, 5);
            v4 d = __builtin_shufflevector(x0, x1, 2, 6, 3, 7),
               e = __builtin_shufflevector(x2, x3, 2, 6, 3, 7);
            float *q = t + c * ldt + r;
            *(v4 *)q = __builtin_shufflevector(a, b, 0, 1, 4, 5) * scale;
            *(v4 *)(q + ldt) = __builtin_shufflevector(a, b, 2, 3, 6, 7) * scale;
            *(v4 *)(q + 2 * ldt) = __builtin_shufflevector(d, e, 0, 1, 4, 5) * scale;
            *(v4 *)(q + 3 * ldt) = __builtin_shufflevector(d, e, 2, 3, 6, 7) * scale;
        }
        for (; c < cols; c++)
            for (int i = 0; i < 4; i++) t[c * ldt + r + i] = p[i * ldx + c] * scale;
    }
    for (int64_t c = 0; c < cols; c++)
        for (int64_t i = r; i < ldt; i++) t[c * ldt + i] = i < rows ? x[i * ldx + c] * scale : 0.0f;
}

/* Where one head of one sequence lies: `length` queries, packed rows row0 .., and `keys` keys. */
typedef struct head {
    int64_t length, keys, padded, row0, key0, width, ldq, ld; /* ldq: of q; ld: of k and v */
    const float *q, *k, *v;
    float scale;
    bool causal;
    /* [queries + keys] or NULL: row i of the scores gets bias[length - 1 - i + j] added at key j */
    float *bias;
} head;

MG_V int64_t padded_length(int64_t n) { return (n + MG_LANES - 1) / MG_LANES * MG_LANES; }

MG_V head head_of(const mg_k_attention *a, int64_t seq, int h) {
    head x = {.row0 = a->q_offsets[seq],
              .length = a->q_offsets[seq + 1] - a->q_offsets[seq],
              .key0 = a->kv_from[seq],
              .keys = a->kv_to[seq] - a->kv_from[seq],
              .width = a->d / a->heads,
              .ldq = a->q_stride,
              .ld = a->kv_stride,
              .causal = a->causal};
    x.padded = padded_length(x.keys);
    x.q = a->q + x.row0 * x.ldq + h * x.width;
    x.k = a->k + x.key0 * x.ld + h * a->kv_head;
    x.v = a->v + x.key0 * x.ld + h * a->kv_head;
    x.scale = (float)mg_attention_scale(a);
    return x;
}

/* The head's biases in the order in which rows of scores read them, clamped, into to; lanes behind
 * the last key are read too. */
MG_V void lay_bias(const mg_k_attention *a, head *x, int h, float *to) {
    if (!a->bias) return;
    const int64_t n = x->length - 1 + x->padded, shift = x->causal ? x->keys - x->length : 0;
    for (int64_t e = 0; e < n; e++)
        to[e] = a->bias[mg_attention_bias_row(a->reach, e, x->length - 1, shift) * a->heads + h];
    x->bias = to;
}

/* s [m,padded], rows i0 .. of the scores, whole vectors up to end */
MG_V void add_bias(const head *x, int64_t i0, int64_t m, int64_t end, float *s) {
    for (int64_t i = 0; x->bias && i < m; i++)
        for (int64_t j = 0; j < end; j += MG_LANES)
            v_store(s + i * x->padded + j,
                    v_load(s + i * x->padded + j) + v_load(x->bias + x->length - 1 - i0 - i + j));
}

/* How many keys query i sees. */
MG_V int64_t visible(const head *x, int64_t i) {
    int64_t first = x->causal ? x->keys - x->length + i + 1 : x->keys;
    return first > 0 ? first : 0;
}

/* What dropout multiplies the probabilities (row, j ...) with. */
typedef struct dropping {
    uint64_t key;
    uint32_t threshold;
    float up;
    bool on;
} dropping;

MG_V dropping dropping_of(const mg_k_attention *a, int h) {
    return (dropping){a->key + (uint64_t)h, mg_dropout_threshold(a->p), 1.0f / (1.0f - a->p),
                      a->p > 0.0f};
}

MG_V vf drop(const dropping *d, int64_t row, int64_t j, vf x) {
    vu index = v_count() + (uint32_t)(row * 4096 + j);
    return v_pick(keep_mask(d->key, d->threshold, index), x * d->up, v_all(0.0f));
}

/* s[0..n) becomes e^(s - max), dropped out, and s[n..end) zero; returns the sum before dropping,
 * and the maximum (-infinity when n is 0). end is whole vectors. */
MG_V float exp_row(float *s, int64_t n, int64_t end, const dropping *d, int64_t row, float *max) {
    vf top = v_all(-INFINITY), sum = v_all(0.0f);
    for (int64_t j = 0; j < n; j += MG_LANES)
        top = v_max(top, v_pick(v_first(n - j), v_load(s + j), v_all(-INFINITY)));
    float m = v_top(top);
    int64_t j = 0;
    for (; j < n; j += MG_LANES) {
        vf e = v_pick(v_first(n - j), v_exp(v_load(s + j) - m), v_all(0.0f));
        sum += e;
        v_store(s + j, d->on ? drop(d, row, j, e) : e);
    }
    for (; j < end; j += MG_LANES) v_store(s + j, v_all(0.0f));
    *max = m;
    return v_sum(sum);
}

/* A few queries on many keys (generation): the transposed copy of k does not pay. s[m,padded] =
 * scale q k^T, a vector of keys at a time; the last key stands for those behind it. */
MG_V void few_scores(const head *x, int64_t m, const float *q, float *s) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < x->keys; j += MG_LANES) {
            vf sum[MG_LANES] = {0};
            for (int64_t c = 0; c < x->width; c += MG_LANES) {
                const vf query = v_get(q + i * x->ldq + c, x->width - c);
                const float *k = x->k + j * x->ld + c;
#pragma GCC unroll 16
                for (int64_t u = 0; u < MG_LANES; u++) {
                    sum[u] += query * v_get(k, x->width - c);
                    k += j + u + 1 < x->keys ? x->ld : 0;
                }
            }
            v_store(s + i * x->padded + j, v_sums(sum) * x->scale);
        }
}

/* y[width] = factor * the sum of n rows of v times s, in four chains. */
MG_V void few_values(const head *x, int64_t n, const float *s, float factor, float *y) {
    for (int64_t c = 0; c < x->width; c += MG_LANES) {
        const int64_t left = x->width - c;
        vf sum[4] = {0};
        int64_t j = 0;
        for (; j + 4 <= n; j += 4)
            for (int u = 0; u < 4; u++)
                sum[u] += s[j + u] * v_get(x->v + (j + u) * x->ld + c, left);
        for (; j < n; j++) sum[0] += s[j] * v_get(x->v + j * x->ld + c, left);
        v_put(y + c, left, ((sum[0] + sum[1]) + (sum[2] + sum[3])) * factor);
    }
}

/* Room for one task: queries and keys of the longest sequences. */
MG_K int64_t k_attention_work(int64_t queries, int64_t keys, int64_t width, bool back) {
    int64_t padded = padded_length(keys), bias = queries + padded;
    return back ? 2 * padded * width + 2 * BLOCK * padded + 2 * keys * width + 2 * bias
                : padded * width + BLOCK * padded + bias;
}

MG_K void k_attention(const mg_k_attention *a, int64_t seq, int h, float *work) {
    head x = head_of(a, seq, h);
    dropping d = dropping_of(a, h);
    float *kt = work, *s = kt + x.padded * x.width;
    const bool few = x.length * 8 <= x.keys;
    lay_bias(a, &x, h, s + BLOCK * x.padded);
    if (!few) transpose(x.keys, x.width, x.k, x.ld, x.scale, kt, x.padded);
    for (int64_t i0 = 0; i0 < x.length; i0 += BLOCK) {
        int64_t m = x.length - i0 < BLOCK ? x.length - i0 : BLOCK, seen = visible(&x, i0 + m - 1),
                end = padded_length(seen);
        float inverse[BLOCK], *y = a->y + (x.row0 + i0) * a->d + h * x.width;
        if (few)
            few_scores(&x, m, x.q + i0 * x.ldq, s);
        else
            small_product(m, end, x.width, (strided){x.q + i0 * x.ldq, x.ldq, 1}, kt, x.padded, s,
                          x.padded, 0);
        add_bias(&x, i0, m, end, s);
        for (int64_t i = 0; i < m; i++) {
            float max, sum = exp_row(s + i * x.padded, visible(&x, i0 + i), end, &d,
                                     x.row0 + i0 + i, &max);
            inverse[i] = sum == 0.0f ? 0.0f : 1.0f / sum;
            if (a->lse) a->lse[h * a->n + x.row0 + i0 + i] = max + logf(sum);
        }
        for (int64_t i = 0; i < m && few; i++)
            few_values(&x, visible(&x, i0 + i), s + i * x.padded, inverse[i], y + i * a->d);
        if (few) continue;
        small_product(m, x.width, seen, (strided){s, x.padded, 1}, x.v, x.ld, y, a->d, 0);
        for (int64_t i = 0; i < m; i++)
            k_axpby(x.width, inverse[i], y + i * a->d, 0.0f, NULL, y + i * a->d);
    }
}

/* One row: s holds scores and g = dy v^T. Afterwards s = the probabilities dropped out (for dv) and
 * g = d loss / d (q k^T) = p (g' - sum p g') scale, where g' is g dropped out; both are zero in
 * [n, end). */
MG_V void score_grad_row(float *s, float *g, int64_t n, int64_t end, float lse, float scale,
                         const dropping *d, int64_t row) {
    vf sum = v_all(0.0f);
    int64_t j = 0;
    for (; j < n; j += MG_LANES) {
        vf p = v_pick(v_first(n - j), v_exp(v_load(s + j) - lse), v_all(0.0f)), gj = v_load(g + j);
        if (d->on) gj = drop(d, row, j, gj);
        sum += p * gj;
        v_store(s + j, p);
        v_store(g + j, gj);
    }
    for (; j < end; j += MG_LANES) {
        v_store(s + j, v_all(0.0f));
        v_store(g + j, v_all(0.0f));
    }
    float along = v_sum(sum);
    for (j = 0; j < n; j += MG_LANES) {
        vf p = v_load(s + j);
        v_store(g + j, p * (v_load(g + j) - along) * scale);
        if (d->on) v_store(s + j, drop(d, row, j, p));
    }
}

/* dst rows (ld apart) (+)= src[rows, width] */
MG_V void put_rows(int64_t rows, int64_t width, const float *src, float *dst, int64_t ld, int acc) {
    for (int64_t r = 0; r < rows; r++)
        k_axpby(width, 1.0f, src + r * width, 1.0f, acc ? dst + r * ld : NULL, dst + r * ld);
}

/* sums[keys,w] (+)= s[m,keys]^T b[m,w] for the first `seen` keys: added to where blocks before
 * reached, `known`, written above. */
MG_V void sum_by_key(int64_t known, int64_t seen, int64_t w, int64_t m, const float *s, int64_t lds,
                     const float *b, int64_t ldb, float *sums) {
    if (known > 0) small_product(known, w, m, (strided){s, 1, lds}, b, ldb, sums, w, 1);
    if (seen > known)
        small_product(seen - known, w, m, (strided){s + known, 1, lds}, b, ldb, sums + known * w, w,
                      0);
}

/* sums[length - 1 - i + j] += row i of g, [m,padded], at the first `end` keys (whole vectors). */
MG_V void sum_by_distance(const head *x, int64_t i0, int64_t m, int64_t end, const float *g,
                          float *sums) {
    for (int64_t i = 0; i < m; i++) {
        float *to = sums + x->length - 1 - i0 - i;
        for (int64_t j = 0; j < end; j += MG_LANES)
            v_store(to + j, v_load(to + j) + v_load(g + i * x->padded + j));
    }
}

/* out[2 reach + 1] = the sums of sum_by_distance, of scores' gradients times scale, by row of bias.
 */
MG_V void fold_bias(const mg_k_attention *a, const head *x, const float *sums, float *out) {
    const int64_t shift = x->causal ? x->keys - x->length : 0;
    memset(out, 0, (size_t)(2 * a->reach + 1) * sizeof *out);
    for (int64_t e = 0; e < x->length - 1 + x->keys; e++)
        out[mg_attention_bias_row(a->reach, e, x->length - 1, shift)] += sums[e] / x->scale;
}

/* bias: [2 reach + 1], this head's and sequence's gradient of it, where it is wanted. */
MG_K void k_attention_back(const mg_k_attention_back *b, int64_t seq, int h, float *work,
                           float *bias) {
    const mg_k_attention *a = &b->f;
    head x = head_of(a, seq, h);
    dropping d = dropping_of(a, h);
    int64_t w = x.width, P = x.padded, known = 0;
    float *kt = work, *vt = kt + P * w, *s = vt + P * w, *g = s + BLOCK * P, *dk = g + BLOCK * P,
          *dv = dk + x.keys * w, *laid = dv + x.keys * w, *sums = laid + x.length + P;
    lay_bias(a, &x, h, laid);
    if (b->dbias) memset(sums, 0, (size_t)(x.length + P) * sizeof *sums);
    if (x.length == 0) memset(dk, 0, (size_t)(2 * x.keys * w) * sizeof *dk);
    transpose(x.keys, w, x.k, x.ld, x.scale, kt, P);
    transpose(x.keys, w, x.v, x.ld, 1.0f, vt, P);
    for (int64_t i0 = 0; i0 < x.length; i0 += BLOCK) {
        int64_t m = x.length - i0 < BLOCK ? x.length - i0 : BLOCK, seen = visible(&x, i0 + m - 1),
                end = padded_length(seen);
        const float *q = x.q + i0 * x.ldq, *dy = b->dy + (x.row0 + i0) * a->d + h * w;
        small_product(m, end, w, (strided){q, x.ldq, 1}, kt, P, s, P, 0);
        small_product(m, end, w, (strided){dy, a->d, 1}, vt, P, g, P, 0);
        add_bias(&x, i0, m, end, s);
        for (int64_t i = 0; i < m; i++)
            score_grad_row(s + i * P, g + i * P, visible(&x, i0 + i), end,
                           a->lse[h * a->n + x.row0 + i0 + i], x.scale, &d, x.row0 + i0 + i);
        if (b->dbias) sum_by_distance(&x, i0, m, end, g, sums);
        if (b->dv) sum_by_key(known, seen, w, m, s, P, dy, a->d, dv);
        if (b->dk) sum_by_key(known, seen, w, m, g, P, q, x.ldq, dk);
        known = seen;
        if (b->dq)
            small_product(m, w, seen, (strided){g, P, 1}, x.k, x.ld,
                          b->dq + (x.row0 + i0) * x.ldq + h * w, x.ldq, b->acc_q);
    }
    if (b->dbias) fold_bias(a, &x, sums, bias);
    if (b->dk) put_rows(x.keys, w, dk, b->dk + x.key0 * x.ld + h * w, x.ld, b->acc_kv);
    if (b->dv) put_rows(x.keys, w, dv, b->dv + x.key0 * x.ld + h * w, x.ld, b->acc_kv);
}
