/* attention.h - what attention.cu (f32) and attention_bf16.cu (tensor cores) share: the arguments
 * of a kernel, tiles of sequences, the mask, dropout, and rows of a head to and from memory.
 *
 * A block takes one head of one tile: some consecutive queries (or keys) of one sequence. The host
 * lists the tiles, so that a batch of short sequences launches no empty block. With D the dropout
 * factors (0 or keep):
 *
 *     S  = scale Q K^T + bias over the visible pairs,  P = exp(S - lse),  Y = (P D) V
 *     dV = (P D)^T dY,  dP = D (dY V^T)
 *     dS = P (dP - delta)  with delta = rowsum(dY Y);  dbias sums dS
 *     dQ = scale dS K,  dK = scale dS^T Q
 */
#ifndef MG_CUDA_ATTENTION_H
#define MG_CUDA_ATTENTION_H

#include "tensor/cuda/cuda.h"

struct mg_attention_tile {
    int32_t q_first, q_count;   /* the sequence's queries: packed rows */
    int32_t kv_first, kv_count; /* its keys */
    int32_t at;                 /* where the tile starts among the queries, or among the keys */
};

struct mg_attention_args {          /* device addresses */
    const mg_attention_tile *tiles; /* block b: tile b / heads, head b % heads */
    int heads, width;               /* width: columns of a head */
    /* floats from row to row: d (y, dy), q_stride (q, dq), kv_stride (k, v, dk, dv) */
    int64_t n, d, q_stride, kv_stride;
    int64_t kv_head; /* floats from head to head of k and v; width when there is a gradient */
    /* half: factors rounded to bf16; wide: rows can be read four floats at a time */
    bool causal, half, wide;
    float scale, keep;  /* of q k^T; 1/(1-p) */
    uint32_t threshold; /* of the dropout bits */
    uint64_t key;
    const float *q, *k, *v;
    float *y, *lse; /* lse and delta [heads,n] */
    const float *dy;
    float *delta, *dq, *dk, *dv;
    int acc_q, acc_kv;
    const float *bias; /* [2 reach + 1, heads], or NULL */
    int reach;
    float *found; /* [blocks][2 reach + 1]: gradients of bias, a slice for each block; or NULL */
};

/* attention_tiles.cu. b: NULL for the forward pass. */
mg_attention_args mg_attention_args_of(mg_cuda *cu, const mg_k_attention *k,
                                       const mg_k_attention_back *b);
/* delta, into new scratch. */
void mg_attention_delta(mg_cuda *cu, mg_attention_args *a);
/* A block of `threads` for each head of each tile of `rows` queries or keys. */
enum mg_attention_side { MG_TILES_OF_QUERIES, MG_TILES_OF_KEYS };
int64_t mg_attention_tiles(const mg_k_attention *k, mg_attention_side side, int rows);
void mg_attention_launch(mg_cuda *cu, const mg_k_attention *k, mg_attention_args a,
                         mg_attention_side side, int rows, int threads,
                         void (*kernel)(mg_attention_args));

/* How many keys query i of its sequence sees: the first so many. Causally the last query sees the
 * last key. */
static __device__ __forceinline__ int mg_keys_seen(const mg_attention_args &a,
                                                   const mg_attention_tile &t, int i) {
    return a.causal ? max(0, t.kv_count - t.q_count + i + 1) : t.kv_count;
}
/* The first query that sees key j; the later ones do too. */
static __device__ __forceinline__ int mg_first_query(const mg_attention_args &a,
                                                     const mg_attention_tile &t, int j) {
    return a.causal ? max(0, j + t.q_count - t.kv_count) : 0;
}
/* What is added to the score of query i and key j of head h. */
static __device__ __forceinline__ float mg_bias_of(const mg_attention_args &a,
                                                   const mg_attention_tile &t, int h, int i,
                                                   int j) {
    if (!a.bias) return 0.0f;
    const int r = j - i - (a.causal ? t.kv_count - t.q_count : 0);
    return a.bias[(min(max(r, -a.reach), a.reach) + a.reach) * a.heads + h];
}
/* What dropout multiplies the probability of packed query row `row` and key j of head h with. */
static __device__ __forceinline__ float mg_drop_factor(const mg_attention_args &a, int h, int row,
                                                       int j) {
    if (a.threshold == 0) return a.keep;
    return mg_dev_dropout_bits(a.key + (uint64_t)h, (uint32_t)row * 4096u + (uint32_t)j) >=
                   a.threshold
               ? a.keep
               : 0.0f;
}

/* Four floats of a row that has `left` more of them (none or fewer than one: zeros). */
static __device__ __forceinline__ float4 mg_get4(const float *from, int left, bool wide) {
    if (wide && left > 0) return *(const float4 *)from;
    float4 x = {left > 0 ? from[0] : 0.0f, left > 1 ? from[1] : 0.0f, left > 2 ? from[2] : 0.0f,
                left > 3 ? from[3] : 0.0f};
    return x;
}
static __device__ __forceinline__ void mg_put4(float *to, float4 x, int left, bool wide, int acc) {
    if (acc) {
        float4 old = mg_get4(to, left, wide);
        x.x += old.x;
        x.y += old.y;
        x.z += old.z;
        x.w += old.w;
    }
    if (wide && left > 0) {
        *(float4 *)to = x;
        return;
    }
    if (left > 0) to[0] = x.x;
    if (left > 1) to[1] = x.y;
    if (left > 2) to[2] = x.z;
    if (left > 3) to[3] = x.w;
}

#endif
