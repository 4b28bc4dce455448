/* attention.cu - packed attention in f32, forward and backward, for heads of up to 256 columns.
 * mg_cuda_attention hands over to attention_bf16.cu where tensor cores can do it.
 *
 * Flash attention: nothing of size queries x keys is stored. Forward walks over tiles of keys, with
 * a running maximum and sum for each query. Backward makes the probabilities again from the kept
 * log-sum-exp: once over tiles of queries for dq, once over tiles of keys for dk and dv. So each
 * result has one writer and one order of addition. The formulas are in attention.h.
 *
 * Launches: one forward, three backward (delta, dq, dk with dv), two more for the gradient of a
 * bias.
 *
 * Threads of a block stand in G groups of 8. A block owns R rows (queries, or keys in
 * key_gradients): group g has rows g, g + G, ... In a product of the R rows with C rows of the
 * other side, lane l of a group has columns l, l + 8, ... In an [R,W] result it has columns 4l ..
 * 4l+3 of every 32. W is the width of a head rounded up, with zeros. Rows in shared memory are W +
 * 4 floats apart: eight lanes that read a float4 of eight rows then hit all 32 banks.
 */
#include "tensor/cuda/attention.h"

/* ---- tiles in shared memory ---- */

/* R rows of a head, of which the first `rows` exist, into to[R][W+4]. */
template <int W, int R, int G>
static __device__ __forceinline__ void load_tile(const mg_attention_args &a, const float *from,
                                                 int64_t stride, int rows, float *to) {
    for (int e = (int)threadIdx.x; e < R * (W / 4); e += 8 * G) {
        const int r = e / (W / 4), c = e % (W / 4) * 4;
        float4 x = {0.0f, 0.0f, 0.0f, 0.0f};
        if (r < rows) x = mg_get4(from + r * stride + c, a.width - c, a.wide);
        if (a.half) {
            x.x = mg_dev_wide(mg_dev_half(x.x));
            x.y = mg_dev_wide(mg_dev_half(x.y));
            x.z = mg_dev_wide(mg_dev_half(x.z));
            x.w = mg_dev_wide(mg_dev_half(x.w));
        }
        *(float4 *)(to + r * (W + 4) + c) = x;
    }
}

/* s = own other^T, this thread's elements */
template <int W, int G, int ROWS, int COLS>
static __device__ __forceinline__ void dots(const float *own, const float *other,
                                            float (&s)[ROWS][COLS]) {
    const int group = (int)threadIdx.x / 8, lane = (int)threadIdx.x % 8;
    for (int u = 0; u < ROWS; u++)
        for (int v = 0; v < COLS; v++) s[u][v] = 0.0f;
    for (int c = 0; c < W; c += 4) {
        float4 x[ROWS];
        for (int u = 0; u < ROWS; u++)
            x[u] = *(const float4 *)(own + (group + G * u) * (W + 4) + c);
        for (int v = 0; v < COLS; v++) {
            const float4 y = *(const float4 *)(other + (lane + 8 * v) * (W + 4) + c);
            for (int u = 0; u < ROWS; u++)
                s[u][v] = fmaf(x[u].x, y.x,
                               fmaf(x[u].y, y.y, fmaf(x[u].z, y.z, fmaf(x[u].w, y.w, s[u][v]))));
        }
    }
}

/* out += p[R][C] other[C][W], this thread's elements; rows of p are C + 4 floats apart */
template <int W, int C, int G, int ROWS>
static __device__ __forceinline__ void add_product(const float *p, const float *other,
                                                   float4 (&out)[ROWS][W / 32]) {
    const int group = (int)threadIdx.x / 8, lane = (int)threadIdx.x % 8;
    for (int j = 0; j < C; j++) {
        float x[ROWS];
        for (int u = 0; u < ROWS; u++) x[u] = p[(group + G * u) * (C + 4) + j];
        for (int w = 0; w < W / 32; w++) {
            const float4 y = *(const float4 *)(other + j * (W + 4) + 32 * w + 4 * lane);
            for (int u = 0; u < ROWS; u++) {
                out[u][w].x = fmaf(x[u], y.x, out[u][w].x);
                out[u][w].y = fmaf(x[u], y.y, out[u][w].y);
                out[u][w].z = fmaf(x[u], y.z, out[u][w].z);
                out[u][w].w = fmaf(x[u], y.w, out[u][w].w);
            }
        }
    }
}

/* Rows of an [R,W] result, of which the first `rows` exist. */
template <int W, int G, int ROWS>
static __device__ __forceinline__ void put_tile(const mg_attention_args &a,
                                                const float4 (&out)[ROWS][W / 32], float *to,
                                                int64_t stride, int rows, int acc) {
    const int group = (int)threadIdx.x / 8, lane = (int)threadIdx.x % 8;
    for (int u = 0; u < ROWS; u++)
        for (int w = 0; w < W / 32; w++) {
            const int r = group + G * u, c = 32 * w + 4 * lane;
            if (r < rows) mg_put4(to + r * stride + c, out[u][w], a.width - c, a.wide, acc);
        }
}

/* ---- forward ---- */

/* A row's scores s of one more tile become exponentials relative to the new maximum *top; *sum is
 * carried on. Returns what the row's earlier exponentials must be multiplied by. */
template <int COLS>
static __device__ __forceinline__ float soften(float (&s)[COLS], float *top, float *sum) {
    float most = *top, part = 0.0f;
    for (int v = 0; v < COLS; v++) most = fmaxf(most, s[v]);
    for (int step = 4; step > 0; step /= 2)
        most = fmaxf(most, __shfl_xor_sync(0xFFFFFFFFu, most, step));
    const float old = most == -INFINITY ? 1.0f : expf(*top - most);
    for (int v = 0; v < COLS; v++) {
        s[v] = s[v] == -INFINITY ? 0.0f : expf(s[v] - most);
        part += s[v];
    }
    for (int step = 4; step > 0; step /= 2) part += __shfl_xor_sync(0xFFFFFFFFu, part, step);
    *sum = *sum * old + part;
    *top = most;
    return old;
}

/* 4 flops a column and visible pair, in f32 outside the tensor cores: bound by them (67 Tflop/s on
 * an H100; the two products read shared memory at about the rate at which they multiply, so half of
 * it is a good result), from some 64 keys on. Shorter sequences are bound by reading q, k, v and
 * writing y, 16 d bytes a row. */
template <int W, int R, int C, int G>
static __global__ void __launch_bounds__(8 * G) attend(const mg_attention_args a) {
    alignas(16) __shared__ float q[R * (W + 4)], kv[C * (W + 4)], p[R * (C + 4)];
    constexpr int ROWS = R / G, COLS = C / 8;
    const mg_attention_tile t = a.tiles[blockIdx.x / (unsigned)a.heads];
    const int h = (int)(blockIdx.x % (unsigned)a.heads), group = (int)threadIdx.x / 8,
              lane = (int)threadIdx.x % 8;
    const int64_t row0 = (int64_t)t.q_first + t.at, column = (int64_t)h * a.width;
    const int rows = min(R, t.q_count - t.at), keys = mg_keys_seen(a, t, t.at + rows - 1);
    float top[ROWS], sum[ROWS], s[ROWS][COLS];
    float4 out[ROWS][W / 32];
    for (int u = 0; u < ROWS; u++) {
        top[u] = -INFINITY;
        sum[u] = 0.0f;
        for (int w = 0; w < W / 32; w++) out[u][w] = {0.0f, 0.0f, 0.0f, 0.0f};
    }
    load_tile<W, R, G>(a, a.q + row0 * a.q_stride + column, a.q_stride, rows, q);
    for (int j0 = 0; j0 < keys; j0 += C) {
        const int64_t from = (t.kv_first + (int64_t)j0) * a.kv_stride + (int64_t)h * a.kv_head;
        __syncthreads(); /* the last tile is done with */
        load_tile<W, C, G>(a, a.k + from, a.kv_stride, t.kv_count - j0, kv);
        __syncthreads();
        dots<W, G>(q, kv, s);
        __syncthreads();
        load_tile<W, C, G>(a, a.v + from, a.kv_stride, t.kv_count - j0, kv);
        for (int u = 0; u < ROWS; u++) {
            const int i = t.at + group + G * u, seen = mg_keys_seen(a, t, i) - j0;
            for (int v = 0; v < COLS; v++)
                s[u][v] = lane + 8 * v < seen
                              ? s[u][v] * a.scale + mg_bias_of(a, t, h, i, j0 + lane + 8 * v)
                              : -INFINITY;
            const float old = soften(s[u], &top[u], &sum[u]);
            for (int w = 0; w < W / 32; w++) {
                out[u][w].x *= old;
                out[u][w].y *= old;
                out[u][w].z *= old;
                out[u][w].w *= old;
            }
            for (int v = 0; v < COLS; v++) {
                const float x = s[u][v] * mg_drop_factor(a, h, t.q_first + i, j0 + lane + 8 * v);
                p[(group + G * u) * (C + 4) + lane + 8 * v] = a.half ? mg_dev_wide(mg_dev_half(x))
                                                                     : x;
            }
        }
        __syncthreads();
        add_product<W, C, G>(p, kv, out);
    }
    for (int u = 0; u < ROWS; u++) {
        const float part = sum[u] == 0.0f ? 0.0f : 1.0f / sum[u]; /* no key seen: zeros */
        for (int w = 0; w < W / 32; w++) {
            out[u][w].x *= part;
            out[u][w].y *= part;
            out[u][w].z *= part;
            out[u][w].w *= part;
        }
        if (a.lse && lane == 0 && group + G * u < rows)
            a.lse[h * a.n + row0 + group + G * u] = top[u] + logf(sum[u]);
    }
    put_tile<W, G>(a, out, a.y + row0 * a.d + column, a.d, rows, 0);
}

/* ---- backward ---- */

/* A visible pair's probability times its dropout factor, and the gradient of its q k^T, as factors
 * of products; the gradient of its score. */
struct pair_grads {
    float pd, ds, score;
};
static __device__ __forceinline__ pair_grads pair_of(const mg_attention_args &a, float s, float dp,
                                                     float lse, float delta, float factor,
                                                     float bias) {
    const float p = expf(s * a.scale + bias - lse), score = p * (factor * dp - delta);
    pair_grads g = {p * factor, score * a.scale, score};
    if (a.half) {
        g.pd = mg_dev_wide(mg_dev_half(g.pd));
        g.ds = mg_dev_wide(mg_dev_half(g.ds));
    }
    return g;
}

/* ds [R][C] are gradients of scores of rows i0 .. and keys j0 .. of the tile's sequence, 0 where
 * nothing is seen. found[2 reach + 1] += their sums by distance. Every distance, then every row of
 * bias, is added up by one thread, in one order. */
template <int R, int C, int G>
static __device__ void sum_by_distance(const mg_attention_args &a, const mg_attention_tile &t,
                                       int i0, int j0, const float *ds, float *sums, float *found) {
    const int shift = a.causal ? t.kv_count - t.q_count : 0, first = j0 - i0 - shift - (R - 1);
    __syncthreads(); /* ds is whole */
    for (int e = (int)threadIdx.x; e < R + C - 1; e += 8 * G) {
        float sum = 0.0f;
        for (int r = 0; r < R; r++) {
            const int c = e - (R - 1) + r;
            if (c >= 0 && c < C) sum += ds[r * (C + 4) + c];
        }
        sums[e] = sum;
    }
    __syncthreads();
    const int low = min(max(first, -a.reach), a.reach),
              high = min(max(first + R + C - 2, -a.reach), a.reach);
    for (int r = low + (int)threadIdx.x; r <= high; r += 8 * G) {
        const int from = r == -a.reach ? 0 : r - first,
                  to = r == a.reach ? R + C - 2 : min(r - first, R + C - 2);
        float sum = 0.0f;
        for (int e = max(from, 0); e <= to; e++) sum += sums[e];
        found[r + a.reach] += sum;
    }
}

/* The gradient of bias from R queries on: as query_gradient, and bound as it; run where it is
 * wanted. */
template <int W, int R, int C, int G>
static __global__ void __launch_bounds__(8 * G) bias_gradient(const mg_attention_args a) {
    alignas(16) __shared__ float q[R * (W + 4)], dy[R * (W + 4)], kv[C * (W + 4)], ds[R * (C + 4)];
    __shared__ float sums[R + C];
    constexpr int ROWS = R / G, COLS = C / 8;
    const mg_attention_tile t = a.tiles[blockIdx.x / (unsigned)a.heads];
    const int h = (int)(blockIdx.x % (unsigned)a.heads), group = (int)threadIdx.x / 8,
              lane = (int)threadIdx.x % 8;
    const int64_t row0 = (int64_t)t.q_first + t.at, column = (int64_t)h * a.width;
    const int rows = min(R, t.q_count - t.at), keys = mg_keys_seen(a, t, t.at + rows - 1);
    float *found = a.found + (int64_t)blockIdx.x * (2 * a.reach + 1);
    float s[ROWS][COLS], dp[ROWS][COLS];
    for (int r = (int)threadIdx.x; r < 2 * a.reach + 1; r += 8 * G) found[r] = 0.0f;
    load_tile<W, R, G>(a, a.q + row0 * a.q_stride + column, a.q_stride, rows, q);
    load_tile<W, R, G>(a, a.dy + row0 * a.d + column, a.d, rows, dy);
    for (int j0 = 0; j0 < keys; j0 += C) {
        const int64_t from = (t.kv_first + (int64_t)j0) * a.kv_stride + column;
        __syncthreads();
        load_tile<W, C, G>(a, a.k + from, a.kv_stride, t.kv_count - j0, kv);
        __syncthreads();
        dots<W, G>(q, kv, s);
        __syncthreads();
        load_tile<W, C, G>(a, a.v + from, a.kv_stride, t.kv_count - j0, kv);
        __syncthreads();
        dots<W, G>(dy, kv, dp);
        for (int u = 0; u < ROWS; u++)
            for (int x = 0; x < COLS; x++) {
                const int r = group + G * u, i = t.at + r, j = j0 + lane + 8 * x;
                const bool visible = r < rows && j < mg_keys_seen(a, t, i);
                const int64_t at = h * a.n + t.q_first + i;
                ds[r * (C + 4) + lane + 8 * x] =
                    visible
                        ? pair_of(a, s[u][x], dp[u][x], a.lse[at], a.delta[at],
                                  mg_drop_factor(a, h, t.q_first + i, j), mg_bias_of(a, t, h, i, j))
                              .score
                        : 0.0f;
            }
        sum_by_distance<R, C, G>(a, t, t.at, j0, ds, sums, found);
    }
}

/* dbias[r,h] += the blocks' slices, in their order; a thread an element. */
static __global__ void __launch_bounds__(256)
    add_bias_slices(const float *found, int64_t tiles, int heads, int rows, float *dbias) {
    const int at = (int)(blockIdx.x * 256 + threadIdx.x);
    if (at >= rows * heads) return;
    double sum = 0.0;
    for (int64_t tile = 0; tile < tiles; tile++)
        sum += found[(tile * heads + at % heads) * rows + at / heads];
    dbias[at] = (float)(dbias[at] + sum);
}

/* dq of R queries: 6 flops a column and visible pair; bound as attend. */
template <int W, int R, int C, int G>
static __global__ void __launch_bounds__(8 * G) query_gradient(const mg_attention_args a) {
    alignas(16) __shared__ float q[R * (W + 4)], dy[R * (W + 4)], k[C * (W + 4)], v[C * (W + 4)],
        ds[R * (C + 4)];
    constexpr int ROWS = R / G, COLS = C / 8;
    const mg_attention_tile t = a.tiles[blockIdx.x / (unsigned)a.heads];
    const int h = (int)(blockIdx.x % (unsigned)a.heads), group = (int)threadIdx.x / 8,
              lane = (int)threadIdx.x % 8;
    const int64_t row0 = (int64_t)t.q_first + t.at, column = (int64_t)h * a.width;
    const int rows = min(R, t.q_count - t.at), keys = mg_keys_seen(a, t, t.at + rows - 1);
    float lse[ROWS], delta[ROWS], s[ROWS][COLS], dp[ROWS][COLS];
    float4 out[ROWS][W / 32];
    for (int u = 0; u < ROWS; u++) {
        const bool exists = group + G * u < rows;
        lse[u] = exists ? a.lse[h * a.n + row0 + group + G * u] : 0.0f;
        delta[u] = exists ? a.delta[h * a.n + row0 + group + G * u] : 0.0f;
        for (int w = 0; w < W / 32; w++) out[u][w] = {0.0f, 0.0f, 0.0f, 0.0f};
    }
    load_tile<W, R, G>(a, a.q + row0 * a.q_stride + column, a.q_stride, rows, q);
    load_tile<W, R, G>(a, a.dy + row0 * a.d + column, a.d, rows, dy);
    for (int j0 = 0; j0 < keys; j0 += C) {
        const int64_t from = (t.kv_first + (int64_t)j0) * a.kv_stride + column;
        __syncthreads();
        load_tile<W, C, G>(a, a.k + from, a.kv_stride, t.kv_count - j0, k);
        load_tile<W, C, G>(a, a.v + from, a.kv_stride, t.kv_count - j0, v);
        __syncthreads();
        dots<W, G>(q, k, s);
        dots<W, G>(dy, v, dp);
        for (int u = 0; u < ROWS; u++)
            for (int x = 0; x < COLS; x++) {
                const int r = group + G * u, j = j0 + lane + 8 * x;
                const bool visible = r < rows && j < mg_keys_seen(a, t, t.at + r);
                const float factor = mg_drop_factor(a, h, t.q_first + t.at + r, j);
                ds[r * (C + 4) + lane + 8 * x] = visible ? pair_of(a, s[u][x], dp[u][x], lse[u],
                                                                   delta[u], factor,
                                                                   mg_bias_of(a, t, h, t.at + r, j))
                                                               .ds
                                                         : 0.0f;
            }
        __syncwarp(); /* a row of ds is written and read by one group */
        add_product<W, C, G>(ds, k, out);
    }
    put_tile<W, G>(a, out, a.dq + row0 * a.q_stride + column, a.q_stride, rows, a.acc_q);
}

/* dk and dv of R keys: 8 flops a column and visible pair; bound as attend. */
template <int W, int R, int C, int G>
static __global__ void __launch_bounds__(8 * G) key_gradients(const mg_attention_args a) {
    alignas(16) __shared__ float k[R * (W + 4)], v[R * (W + 4)], q[C * (W + 4)], dy[C * (W + 4)],
        pd[R * (C + 4)], ds[R * (C + 4)];
    constexpr int ROWS = R / G, COLS = C / 8;
    const mg_attention_tile t = a.tiles[blockIdx.x / (unsigned)a.heads];
    const int h = (int)(blockIdx.x % (unsigned)a.heads), group = (int)threadIdx.x / 8,
              lane = (int)threadIdx.x % 8;
    const int64_t row0 = (int64_t)t.kv_first + t.at, column = (int64_t)h * a.width;
    const int rows = min(R, t.kv_count - t.at);
    float s[ROWS][COLS], dp[ROWS][COLS];
    float4 dk[ROWS][W / 32], dv[ROWS][W / 32];
    for (int u = 0; u < ROWS; u++)
        for (int w = 0; w < W / 32; w++) dk[u][w] = dv[u][w] = {0.0f, 0.0f, 0.0f, 0.0f};
    load_tile<W, R, G>(a, a.k + row0 * a.kv_stride + column, a.kv_stride, rows, k);
    load_tile<W, R, G>(a, a.v + row0 * a.kv_stride + column, a.kv_stride, rows, v);
    for (int i0 = mg_first_query(a, t, t.at); i0 < t.q_count; i0 += C) {
        const int64_t from = (int64_t)t.q_first + i0;
        __syncthreads();
        load_tile<W, C, G>(a, a.q + from * a.q_stride + column, a.q_stride, t.q_count - i0, q);
        load_tile<W, C, G>(a, a.dy + from * a.d + column, a.d, t.q_count - i0, dy);
        __syncthreads();
        dots<W, G>(k, q, s);
        dots<W, G>(v, dy, dp);
        for (int x = 0; x < COLS; x++) {
            const int i = i0 + lane + 8 * x, seen = i < t.q_count ? mg_keys_seen(a, t, i) : 0;
            const float lse = i < t.q_count ? a.lse[h * a.n + t.q_first + i] : 0.0f;
            const float delta = i < t.q_count ? a.delta[h * a.n + t.q_first + i] : 0.0f;
            for (int u = 0; u < ROWS; u++) {
                const int r = group + G * u, j = t.at + r, to = r * (C + 4) + lane + 8 * x;
                pair_grads g = {0.0f, 0.0f, 0.0f};
                if (j < seen)
                    g = pair_of(a, s[u][x], dp[u][x], lse, delta,
                                mg_drop_factor(a, h, t.q_first + i, j), mg_bias_of(a, t, h, i, j));
                pd[to] = g.pd;
                ds[to] = g.ds;
            }
        }
        __syncwarp();
        add_product<W, C, G>(pd, dy, dv);
        add_product<W, C, G>(ds, q, dk);
    }
    put_tile<W, G>(a, dk, a.dk + row0 * a.kv_stride + column, a.kv_stride, rows, a.acc_kv);
    put_tile<W, G>(a, dv, a.dv + row0 * a.kv_stride + column, a.kv_stride, rows, a.acc_kv);
}

/* ---- host ---- */

/* In generation a sequence has one new query, or a few. */
static bool few_queries(const mg_k_attention *k) {
    for (int64_t s = 0; s < k->n_seq; s++)
        if (k->q_offsets[s + 1] - k->q_offsets[s] > 16) return false;
    return true;
}

template <int W, int R, int C, int G>
static void forward(mg_cuda *cu, const mg_k_attention *k, const mg_attention_args &a) {
    if (few_queries(k))
        mg_attention_launch(cu, k, a, MG_TILES_OF_QUERIES, 16, 8 * G, attend<W, 16, C, G>);
    else
        mg_attention_launch(cu, k, a, MG_TILES_OF_QUERIES, R, 8 * G, attend<W, R, C, G>);
}

template <int W, int R, int C, int G>
static void bias_backward(mg_cuda *cu, const mg_k_attention_back *b, mg_attention_args a) {
    const int64_t tiles = mg_attention_tiles(&b->f, MG_TILES_OF_QUERIES, R),
                  rows = 2 * (int64_t)a.reach + 1;
    float *dbias = mg_cuda_at(cu, b->dbias);
    if (tiles == 0) return;
    a.found = mg_cuda_array<float>(cu, tiles * a.heads * rows);
    if (!a.found) return;
    mg_attention_launch(cu, &b->f, a, MG_TILES_OF_QUERIES, R, 8 * G, bias_gradient<W, R, C, G>);
    mg_cuda_launch(cu, add_bias_slices, dim3((unsigned)((rows * a.heads + 255) / 256)), dim3(256),
                   (const float *)a.found, tiles, a.heads, (int)rows, dbias);
}

template <int W, int R, int C, int G>
static void backward(mg_cuda *cu, const mg_k_attention_back *b, const mg_attention_args &a) {
    const mg_k_attention *k = &b->f;
    if (b->dbias) bias_backward<W, R, C, G>(cu, b, a);
    if (a.dq)
        mg_attention_launch(cu, k, a, MG_TILES_OF_QUERIES, R, 8 * G, query_gradient<W, R, C, G>);
    if (a.dk && a.dv)
        mg_attention_launch(cu, k, a, MG_TILES_OF_KEYS, R, 8 * G, key_gradients<W, R, C, G>);
}

static int too_wide(mg_cuda *cu, const mg_attention_args &a) {
    return mg_cuda_refuse(cu, "attention: heads of %d columns; the GPU does up to 256", a.width);
}

int mg_cuda_attention(mg_backend *be, const mg_k_attention *k) {
    if (mg_cuda_attention_fits_bf16(k)) return mg_cuda_attention_bf16(be, k);
    mg_cuda *cu = mg_cuda_of(be);
    const mg_attention_args a = mg_attention_args_of(cu, k, NULL);
    if (a.width > 256) return too_wide(cu, a);
    if (a.width <= 32)
        forward<32, 64, 32, 16>(cu, k, a);
    else if (a.width <= 64)
        forward<64, 64, 32, 16>(cu, k, a);
    else if (a.width <= 128)
        forward<128, 32, 32, 16>(cu, k, a);
    else
        forward<256, 16, 16, 16>(cu, k, a);
    return mg_cuda_done(cu, "attention");
}

int mg_cuda_attention_back(mg_backend *be, const mg_k_attention_back *b) {
    if (mg_cuda_attention_fits_bf16(&b->f)) return mg_cuda_attention_back_bf16(be, b);
    mg_cuda *cu = mg_cuda_of(be);
    mg_attention_args a = mg_attention_args_of(cu, &b->f, b);
    if (a.width > 256) return too_wide(cu, a);
    const size_t mark = mg_arena_mark(&be->scratch);
    mg_attention_delta(cu, &a);
    if (a.width <= 32)
        backward<32, 32, 32, 16>(cu, b, a);
    else if (a.width <= 64)
        backward<64, 32, 32, 16>(cu, b, a);
    else if (a.width <= 128)
        backward<128, 16, 16, 16>(cu, b, a);
    else
        backward<256, 8, 8, 8>(cu, b, a);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "attention, backward");
}
