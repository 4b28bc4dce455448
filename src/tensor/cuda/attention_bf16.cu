/* attention_bf16.cu - packed attention on tensor cores (wmma, 16x16x16, bf16 factors, f32 sums),
 * forward and backward, for heads of 16, 32, ... 128 columns. The formulas are in attention.h, the
 * walk over tiles is that of attention.cu. Values in memory are f32; they are rounded to bf16 on
 * their way into shared memory.
 *
 * A block is four warps. A warp owns 16 rows (queries, or keys in key_gradients) and holds their
 * factors in fragments. The rows of the other side come through shared memory, C at a time, for all
 * warps. How elements lie in a fragment is not documented. So scores go through `work`, a strip of
 * shared memory of the warp's own: [16][C+8] floats as they leave a product, [16][C+8] halves as
 * they enter the next. Between the two they are in registers: lane l has, of row l/2, the columns
 * 8m + 4(l%2) .. +3 for m = 0 .. C/8 - 1; no two reads then meet in a bank. On fragments there are
 * only operations that treat all elements alike, and products of two fragments of one type,
 * element by element.
 *
 * W is the width rounded up to 32, 64 or 128, with zeros. Rows of bf16 in shared memory are W + 8
 * apart.
 *
 * Launches: one forward; backward one for delta, one for dq, one for dk and dv (two above 64
 * columns).
 */
#include "tensor/cuda/attention.h"

#include <mma.h>

namespace wmma = nvcuda::wmma;

using half_t = __nv_bfloat16;
using rows_a = wmma::fragment<wmma::matrix_a, 16, 16, 16, half_t, wmma::row_major>;
using rows_b = wmma::fragment<wmma::matrix_b, 16, 16, 16, half_t, wmma::row_major>;
/* the transpose of what lies in rows */
using columns_b = wmma::fragment<wmma::matrix_b, 16, 16, 16, half_t, wmma::col_major>;
using sums = wmma::fragment<wmma::accumulator, 16, 16, 16, float>;

enum { THREADS = 128, OWN = 64 }; /* four warps of 16 rows */
enum { SQUARE = 24 };             /* floats from row to row of a 16x16 square in work */
constexpr float LOG2E = 1.44269504f, LN2 = 0.69314718f;

/* Two tiles of C rows, or first the 64 rows of load_own. */
template <int C>
constexpr int TILE_ROWS = 2 * C > OWN ? 2 * C : OWN;

struct alignas(8) half4 {
    __nv_bfloat162 lo, hi;
};

static __device__ __forceinline__ void put_half4(half_t *to, float4 x) {
    half4 y;
    y.lo = __floats2bfloat162_rn(x.x, x.y);
    y.hi = __floats2bfloat162_rn(x.z, x.w);
    *(half4 *)to = y;
}

/* ---- between memory, shared memory and fragments ---- */

/* R rows of a head, of which the first `rows` exist, into to[R][W+8]. */
template <int W, int R>
static __device__ __forceinline__ void load_tile(const mg_attention_args &a, const float *from,
                                                 int64_t stride, int rows, half_t *to) {
    for (int e = (int)threadIdx.x; e < R * (W / 4); e += THREADS) {
        const int r = e / (W / 4), c = e % (W / 4) * 4;
        float4 x = {0.0f, 0.0f, 0.0f, 0.0f};
        if (r < rows) x = mg_get4(from + r * stride + c, a.width - c, a.wide);
        put_half4(to + r * (W + 8) + c, x);
    }
}

/* The 64 rows that the block owns, by way of stage[64][W+8]: 16 to each warp. The whole block takes
 * part. */
template <int W>
static __device__ __forceinline__ void load_own(const mg_attention_args &a, const float *from,
                                                int64_t stride, int rows, half_t *stage,
                                                rows_a (&own)[W / 16]) {
    load_tile<W, OWN>(a, from, stride, rows, stage);
    __syncthreads();
    for (int w = 0; w < W / 16; w++)
        wmma::load_matrix_sync(own[w], stage + threadIdx.x / 32 * 16 * (W + 8) + 16 * w, W + 8);
    __syncthreads();
}

template <int N>
static __device__ __forceinline__ void clear(sums (&x)[N]) {
    for (int w = 0; w < N; w++) wmma::fill_fragment(x[w], 0.0f);
}

/* x = this lane's elements of own[16][W] tile[C][W]^T */
template <int W, int C>
static __device__ __forceinline__ void scores(const rows_a (&own)[W / 16], const half_t *tile,
                                              float *work, float (&x)[C / 2]) {
    const int lane = (int)threadIdx.x % 32;
    const float *mine = work + lane / 2 * (C + 8) + lane % 2 * 4;
    for (int j = 0; j < C; j += 16) {
        sums s;
        wmma::fill_fragment(s, 0.0f);
        for (int w = 0; w < W / 16; w++) {
            columns_b other;
            wmma::load_matrix_sync(other, tile + j * (W + 8) + 16 * w, W + 8);
            wmma::mma_sync(s, own[w], other, s);
        }
        wmma::store_matrix_sync(work + j, s, C + 8, wmma::mem_row_major);
    }
    __syncwarp();
    for (int m = 0; m < C / 8; m++) {
        const float4 four = *(const float4 *)(mine + 8 * m);
        x[4 * m] = four.x;
        x[4 * m + 1] = four.y;
        x[4 * m + 2] = four.z;
        x[4 * m + 3] = four.w;
    }
    __syncwarp(); /* work may be written again */
}

/* out[16][W] += x[16][C] tile[C][W], x being the lanes' elements */
template <int W, int C>
static __device__ __forceinline__ void add_product(const float (&x)[C / 2], const half_t *tile,
                                                   float *work, sums (&out)[W / 16]) {
    const int lane = (int)threadIdx.x % 32;
    half_t *p = (half_t *)work;
    for (int m = 0; m < C / 8; m++) {
        const float4 four = {x[4 * m], x[4 * m + 1], x[4 * m + 2], x[4 * m + 3]};
        put_half4(p + lane / 2 * (C + 8) + lane % 2 * 4 + 8 * m, four);
    }
    __syncwarp();
    for (int j = 0; j < C; j += 16) {
        rows_a own;
        wmma::load_matrix_sync(own, p + j, C + 8);
        for (int w = 0; w < W / 16; w++) {
            rows_b other;
            wmma::load_matrix_sync(other, tile + j * (W + 8) + 16 * w, W + 8);
            wmma::mma_sync(out[w], own, other, out[w]);
        }
    }
    __syncwarp();
}

/* Row r of out times the factor that lanes 2r and 2r + 1 hold: a fragment of factors is made, and
 * multiplied element by element. */
template <int N>
static __device__ __forceinline__ void scale_rows(float factor, float *work, sums (&out)[N]) {
    const int lane = (int)threadIdx.x % 32;
    const float4 four = {factor, factor, factor, factor};
    float4 *mine = (float4 *)(work + lane / 2 * SQUARE + lane % 2 * 8);
    mine[0] = mine[1] = four;
    __syncwarp();
    sums factors;
    wmma::load_matrix_sync(factors, work, SQUARE, wmma::mem_row_major);
    for (int w = 0; w < N; w++)
        for (int e = 0; e < factors.num_elements; e++) out[w].x[e] *= factors.x[e];
    __syncwarp();
}

/* The warp's 16 rows of a result, of which the first `rows` exist (none or fewer: nothing). */
template <int W>
static __device__ __forceinline__ void put_own(const mg_attention_args &a,
                                               const sums (&out)[W / 16], float *work, float *to,
                                               int64_t stride, int rows, int acc) {
    const int lane = (int)threadIdx.x % 32, r = lane / 2, c = lane % 2 * 8;
    for (int w = 0; w < W / 16; w++) {
        wmma::store_matrix_sync(work, out[w], SQUARE, wmma::mem_row_major);
        __syncwarp();
        for (int e = c; r < rows && e < c + 8; e += 4)
            mg_put4(to + r * stride + 16 * w + e, *(const float4 *)(work + r * SQUARE + e),
                    a.width - 16 * w - e, a.wide, acc);
        __syncwarp();
    }
}

/* ---- forward ---- */

/* Exponentials are taken relative to a row's `top`, which follows the maximum only when that is
 * 2^SLACK times higher: most tiles then leave the sums so far as they are, and f32 has room for the
 * difference. */
constexpr float SLACK = 8.0f;

/* 4 flops a column and visible pair: at 128 queries and keys of 64 columns a block's 64 rows move
 * 96 KB for 2 Mflop, so memory bounds short sequences (16 d bytes a row, 3.3 TB/s on an H100) and
 * the second-level cache long ones (8 d bytes a key for each 64 queries, 5.5 TB/s: some 180
 * Tflop/s). Exponentials and dropout bits, about 30 instructions a pair, are next. (Estimates, as
 * all such numbers in these files: counted, not measured.) */
template <int W, int C>
static __global__ void __launch_bounds__(THREADS) attend(const mg_attention_args a) {
    alignas(32) __shared__ half_t tiles[TILE_ROWS<C> * (W + 8)];
    alignas(32) __shared__ float works[4][16 * (C + 8)];
    const mg_attention_tile t = a.tiles[blockIdx.x / (unsigned)a.heads];
    const int h = (int)(blockIdx.x % (unsigned)a.heads), warp = (int)threadIdx.x / 32,
              lane = (int)threadIdx.x % 32;
    /* rows <= 0: an idle warp */
    const int first = t.at + 16 * warp, rows = min(16, t.q_count - first), i = first + lane / 2;
    const int64_t row0 = (int64_t)t.q_first + t.at, column = (int64_t)h * a.width;
    const int end = mg_keys_seen(a, t, min(t.at + OWN, t.q_count) - 1),
              my_end = rows > 0 ? mg_keys_seen(a, t, first + rows - 1) : 0;
    const int seen = i < t.q_count ? mg_keys_seen(a, t, i) : 0;
    const float scale = a.scale * LOG2E;
    half_t *k = tiles, *v = tiles + C * (W + 8);
    float *work = works[warp], top = -INFINITY, sum = 0.0f, x[C / 2];
    rows_a q[W / 16];
    sums out[W / 16];
    clear(out);
    load_own<W>(a, a.q + row0 * a.q_stride + column, a.q_stride, t.q_count - t.at, tiles, q);
    for (int j0 = 0; j0 < end; j0 += C) {
        const int64_t from = (t.kv_first + (int64_t)j0) * a.kv_stride + (int64_t)h * a.kv_head;
        __syncthreads(); /* the last tile is done with */
        load_tile<W, C>(a, a.k + from, a.kv_stride, t.kv_count - j0, k);
        load_tile<W, C>(a, a.v + from, a.kv_stride, t.kv_count - j0, v);
        __syncthreads();
        if (j0 >= my_end) continue; /* whole warps */
        scores<W, C>(q, k, work, x);
        float most = top;
        for (int e = 0; e < C / 2; e++) {
            x[e] = j0 + e / 4 * 8 + lane % 2 * 4 + e % 4 < seen ? x[e] * scale : -INFINITY;
            most = fmaxf(most, x[e]);
        }
        most = fmaxf(most, __shfl_xor_sync(0xFFFFFFFFu, most, 1));
        if (mg_warp_max(most > top + SLACK ? 1.0f : 0.0f) > 0.0f) {
            const float old = most == -INFINITY ? 1.0f : exp2f(top - most);
            if (j0 > 0) scale_rows(old, work, out);
            sum *= old;
            top = most;
        }
        for (int e = 0; e < C / 2; e++) {
            const float p = x[e] == -INFINITY ? 0.0f : exp2f(x[e] - top);
            sum += p;
            x[e] = p * mg_drop_factor(a, h, t.q_first + i, j0 + e / 4 * 8 + lane % 2 * 4 + e % 4);
        }
        add_product<W, C>(x, v, work, out);
    }
    if (rows <= 0) return;
    sum += __shfl_xor_sync(0xFFFFFFFFu, sum, 1);
    scale_rows(sum == 0.0f ? 0.0f : 1.0f / sum, work, out); /* no key seen: zeros */
    put_own<W>(a, out, work, a.y + (row0 + 16 * warp) * a.d + column, a.d, rows, 0);
    if (a.lse && lane % 2 == 0 && i < t.q_count)
        a.lse[h * a.n + t.q_first + i] = (top + log2f(sum)) * LN2;
}

/* ---- backward ---- */

/* dq of 64 queries: 6 flops a column and visible pair; bound as attend. */
template <int W, int C>
static __global__ void __launch_bounds__(THREADS) query_gradient(const mg_attention_args a) {
    alignas(32) __shared__ half_t tiles[TILE_ROWS<C> * (W + 8)];
    alignas(32) __shared__ float works[4][16 * (C + 8)];
    const mg_attention_tile t = a.tiles[blockIdx.x / (unsigned)a.heads];
    const int h = (int)(blockIdx.x % (unsigned)a.heads), warp = (int)threadIdx.x / 32,
              lane = (int)threadIdx.x % 32;
    const int first = t.at + 16 * warp, rows = min(16, t.q_count - first), i = first + lane / 2;
    const int64_t row0 = (int64_t)t.q_first + t.at, column = (int64_t)h * a.width;
    const int end = mg_keys_seen(a, t, min(t.at + OWN, t.q_count) - 1),
              my_end = rows > 0 ? mg_keys_seen(a, t, first + rows - 1) : 0;
    const int seen = i < t.q_count ? mg_keys_seen(a, t, i) : 0;
    const float lse = i < t.q_count ? a.lse[h * a.n + t.q_first + i] * LOG2E : 0.0f;
    const float delta = i < t.q_count ? a.delta[h * a.n + t.q_first + i] : 0.0f,
                scale = a.scale * LOG2E;
    half_t *k = tiles, *v = tiles + C * (W + 8);
    float *work = works[warp], p[C / 2], dp[C / 2];
    rows_a q[W / 16], dy[W / 16];
    sums dq[W / 16];
    clear(dq);
    load_own<W>(a, a.q + row0 * a.q_stride + column, a.q_stride, t.q_count - t.at, tiles, q);
    load_own<W>(a, a.dy + row0 * a.d + column, a.d, t.q_count - t.at, tiles, dy);
    for (int j0 = 0; j0 < end; j0 += C) {
        const int64_t from = (t.kv_first + (int64_t)j0) * a.kv_stride + column;
        __syncthreads();
        load_tile<W, C>(a, a.k + from, a.kv_stride, t.kv_count - j0, k);
        load_tile<W, C>(a, a.v + from, a.kv_stride, t.kv_count - j0, v);
        __syncthreads();
        if (j0 >= my_end) continue;
        scores<W, C>(q, k, work, p);
        scores<W, C>(dy, v, work, dp);
        for (int e = 0; e < C / 2; e++) {
            const int j = j0 + e / 4 * 8 + lane % 2 * 4 + e % 4;
            const float factor = mg_drop_factor(a, h, t.q_first + i, j);
            dp[e] = j < seen ? exp2f(p[e] * scale - lse) * (factor * dp[e] - delta) * a.scale
                             : 0.0f;
        }
        add_product<W, C>(dp, k, work, dq);
    }
    put_own<W>(a, dq, work, a.dq + (row0 + 16 * warp) * a.q_stride + column, a.q_stride, rows,
               a.acc_q);
}

/* dk, dv or both of 64 keys: 8 flops a column and visible pair; bound as attend. Both at a width of
 * 128 would not fit the registers. */
template <int W, int C, bool DK, bool DV>
static __global__ void __launch_bounds__(THREADS) key_gradients(const mg_attention_args a) {
    alignas(32) __shared__ half_t tiles[TILE_ROWS<C> * (W + 8)];
    alignas(32) __shared__ float works[4][16 * (C + 8)];
    __shared__ float lse[C], delta[C];
    const mg_attention_tile t = a.tiles[blockIdx.x / (unsigned)a.heads];
    const int h = (int)(blockIdx.x % (unsigned)a.heads), warp = (int)threadIdx.x / 32,
              lane = (int)threadIdx.x % 32;
    const int rows = min(16, t.kv_count - t.at - 16 * warp), j = t.at + 16 * warp + lane / 2;
    const int64_t row0 = (int64_t)t.kv_first + t.at, column = (int64_t)h * a.width;
    const int begin = j < t.kv_count ? mg_first_query(a, t, j) : t.q_count;
    const float scale = a.scale * LOG2E;
    half_t *q = tiles, *dy = tiles + C * (W + 8);
    float *work = works[warp], p[C / 2], dp[C / 2];
    rows_a k[W / 16], v[W / 16];
    sums dk[W / 16], dv[W / 16];
    clear(dk);
    clear(dv);
    load_own<W>(a, a.k + row0 * a.kv_stride + column, a.kv_stride, t.kv_count - t.at, tiles, k);
    if (DK)
        load_own<W>(a, a.v + row0 * a.kv_stride + column, a.kv_stride, t.kv_count - t.at, tiles, v);
    for (int i0 = mg_first_query(a, t, t.at); i0 < t.q_count; i0 += C) {
        const int64_t from = (int64_t)t.q_first + i0;
        __syncthreads();
        load_tile<W, C>(a, a.q + from * a.q_stride + column, a.q_stride, t.q_count - i0, q);
        load_tile<W, C>(a, a.dy + from * a.d + column, a.d, t.q_count - i0, dy);
        if (threadIdx.x < C) {
            const bool exists = i0 + (int)threadIdx.x < t.q_count;
            lse[threadIdx.x] = exists ? a.lse[h * a.n + from + threadIdx.x] * LOG2E : 0.0f;
            delta[threadIdx.x] = exists ? a.delta[h * a.n + from + threadIdx.x] : 0.0f;
        }
        __syncthreads();
        if (rows <= 0) continue; /* whole warps */
        scores<W, C>(k, q, work, p);
        if (DK) scores<W, C>(v, dy, work, dp);
        for (int e = 0; e < C / 2; e++) {
            const int c = e / 4 * 8 + lane % 2 * 4 + e % 4, i = i0 + c;
            const float factor = mg_drop_factor(a, h, t.q_first + i, j);
            const float x = i >= begin && i < t.q_count ? exp2f(p[e] * scale - lse[c]) : 0.0f;
            if (DK) dp[e] = x * (factor * dp[e] - delta[c]) * a.scale;
            p[e] = x * factor;
        }
        if (DV) add_product<W, C>(p, dy, work, dv);
        if (DK) add_product<W, C>(dp, q, work, dk);
    }
    if (DK)
        put_own<W>(a, dk, work, a.dk + (row0 + 16 * warp) * a.kv_stride + column, a.kv_stride, rows,
                   a.acc_kv);
    if (DV)
        put_own<W>(a, dv, work, a.dv + (row0 + 16 * warp) * a.kv_stride + column, a.kv_stride, rows,
                   a.acc_kv);
}

/* ---- host ---- */

bool mg_cuda_attention_fits_bf16(const mg_k_attention *k) {
    const int64_t width = k->d / k->heads;
    return k->precision == MG_PREC_BF16 && !k->bias && width % 16 == 0 && width >= 16 &&
           width <= 128;
}

int mg_cuda_attention_bf16(mg_backend *be, const mg_k_attention *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const mg_attention_args a = mg_attention_args_of(cu, k, NULL);
    void (*kernel)(mg_attention_args) = a.width <= 32   ? attend<32, 64>
                                        : a.width <= 64 ? attend<64, 64>
                                                        : attend<128, 32>;
    mg_attention_launch(cu, k, a, MG_TILES_OF_QUERIES, OWN, THREADS, kernel);
    return mg_cuda_done(cu, "attention, bf16");
}

template <int W, int C>
static void backward(mg_cuda *cu, const mg_k_attention *k, const mg_attention_args &a) {
    if (a.dq)
        mg_attention_launch(cu, k, a, MG_TILES_OF_QUERIES, OWN, THREADS, query_gradient<W, C>);
    if (!a.dk || !a.dv) return;
    constexpr int QUERIES = W == 32 ? 64 : 32;
    if constexpr (W == 128) {
        mg_attention_launch(cu, k, a, MG_TILES_OF_KEYS, OWN, THREADS,
                            key_gradients<W, QUERIES, true, false>);
        mg_attention_launch(cu, k, a, MG_TILES_OF_KEYS, OWN, THREADS,
                            key_gradients<W, QUERIES, false, true>);
    } else {
        mg_attention_launch(cu, k, a, MG_TILES_OF_KEYS, OWN, THREADS,
                            key_gradients<W, QUERIES, true, true>);
    }
}

int mg_cuda_attention_back_bf16(mg_backend *be, const mg_k_attention_back *b) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_attention_args a = mg_attention_args_of(cu, &b->f, b);
    const size_t mark = mg_arena_mark(&be->scratch);
    mg_attention_delta(cu, &a);
    if (a.width <= 32)
        backward<32, 64>(cu, &b->f, a);
    else if (a.width <= 64)
        backward<64, 64>(cu, &b->f, a);
    else
        backward<128, 32>(cu, &b->f, a);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "attention, bf16, backward");
}
