/* attention_tiles.cu - what both attentions need on the host: a kernel's arguments, the list of
 * tiles and the launch over it, and delta = rowsum(dY Y) for the backward passes.
 */
#include "tensor/cuda/attention.h"

/* ---- delta ---- */

/* delta[h,i] = sum over the head's columns of dy y; a warp each. Reads 8 bytes a column: bound by
 * memory. */
static __global__ void __launch_bounds__(256) row_delta(const mg_attention_args a) {
    const int64_t at = ((int64_t)blockIdx.x * 256 + threadIdx.x) / 32, i = at / a.heads,
                  h = at % a.heads;
    if (i >= a.n) return; /* whole warps */
    float sum = 0.0f;
    for (int c = (int)threadIdx.x % 32; c < a.width; c += 32) {
        const int64_t e = i * a.d + h * a.width + c;
        sum = fmaf(a.half ? mg_dev_wide(mg_dev_half(a.dy[e])) : a.dy[e], a.y[e], sum);
    }
    sum = mg_warp_sum(sum);
    if (threadIdx.x % 32 == 0) a.delta[h * a.n + i] = sum;
}

/* ---- tiles and launches ---- */

static int64_t rows_of(const mg_k_attention *k, mg_attention_side side, int64_t s) {
    return side == MG_TILES_OF_QUERIES ? k->q_offsets[s + 1] - k->q_offsets[s]
                                       : k->kv_to[s] - k->kv_from[s];
}

int64_t mg_attention_tiles(const mg_k_attention *k, mg_attention_side side, int rows) {
    int64_t count = 0;
    for (int64_t s = 0; s < k->n_seq; s++) count += (rows_of(k, side, s) + rows - 1) / rows;
    return count;
}

void mg_attention_launch(mg_cuda *cu, const mg_k_attention *k, mg_attention_args a,
                         mg_attention_side side, int rows, int threads,
                         void (*kernel)(mg_attention_args)) {
    const int64_t count = mg_attention_tiles(k, side, rows);
    if (count == 0) return; /* no keys at all */
    if (count > INT32_MAX / a.heads) {
        (void)mg_cuda_refuse(cu, "attention: %lld tiles of %d heads are too many", (long long)count,
                             a.heads);
        return;
    }
    size_t mark = mg_arena_mark(&cu->be->scratch);
    mg_attention_tile *tiles = (mg_attention_tile *)mg_arena_alloc(&cu->be->scratch,
                                                                   (size_t)count * sizeof *tiles),
                      *t = tiles;
    if (!tiles) {
        (void)mg_cuda_refuse(cu, "attention: out of memory for %lld tiles", (long long)count);
        return;
    }
    for (int64_t s = 0; s < k->n_seq; s++)
        for (int64_t at = 0; at < rows_of(k, side, s); at += rows)
            *t++ = {k->q_offsets[s], k->q_offsets[s + 1] - k->q_offsets[s], k->kv_from[s],
                    k->kv_to[s] - k->kv_from[s], (int32_t)at};
    a.tiles = mg_cuda_index(cu, tiles, count);
    mg_arena_release(&cu->be->scratch, mark);
    if (a.tiles)
        mg_cuda_launch(cu, kernel, dim3((unsigned)(count * a.heads)), dim3((unsigned)threads), a);
}

static bool wide(const mg_attention_args &a) {
    const void *rows[] = {a.q, a.k, a.v, a.y, a.dy, a.dq, a.dk, a.dv};
    uintptr_t all = (uintptr_t)(a.width | a.d | a.q_stride | a.kv_stride | a.kv_head) *
                    sizeof(float);
    for (const void *p : rows) all |= (uintptr_t)p;
    return all % sizeof(float4) == 0;
}

mg_attention_args mg_attention_args_of(mg_cuda *cu, const mg_k_attention *k,
                                       const mg_k_attention_back *b) {
    mg_attention_args a = {};
    a.heads = k->heads;
    a.width = (int)(k->d / k->heads);
    a.n = k->n;
    a.d = k->d;
    a.q_stride = k->q_stride;
    a.kv_stride = k->kv_stride;
    a.kv_head = k->kv_head;
    a.causal = k->causal;
    a.half = k->precision == MG_PREC_BF16;
    a.scale = (float)mg_attention_scale(k);
    a.bias = mg_cuda_at(cu, k->bias);
    a.reach = k->reach;
    a.keep = k->p > 0.0f ? (float)(1.0 / (1.0 - (double)k->p)) : 1.0f;
    a.threshold = k->p > 0.0f ? mg_dropout_threshold(k->p) : 0;
    a.key = k->key;
    a.q = mg_cuda_at(cu, k->q);
    a.k = mg_cuda_at(cu, k->k);
    a.v = mg_cuda_at(cu, k->v);
    a.y = mg_cuda_at(cu, k->y);
    a.lse = mg_cuda_at(cu, k->lse);
    if (b) {
        a.dy = mg_cuda_at(cu, b->dy);
        a.dq = mg_cuda_at(cu, b->dq);
        a.dk = mg_cuda_at(cu, b->dk);
        a.dv = mg_cuda_at(cu, b->dv);
        a.acc_q = b->acc_q;
        a.acc_kv = b->acc_kv;
    }
    a.wide = wide(a);
    return a;
}

void mg_attention_delta(mg_cuda *cu, mg_attention_args *a) {
    a->delta = mg_cuda_array<float>(cu, a->heads * a->n);
    if (a->delta)
        mg_cuda_launch(cu, row_delta, dim3((unsigned)((a->heads * a->n + 7) / 8)), dim3(256), *a);
}
