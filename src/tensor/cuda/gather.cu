/* gather.cu - dst[r] (+)= weighted sum of table rows (CSR) on the GPU: forward, and backward with
 * the transposed CSR.
 *
 * Lengths of rows differ widely. Bags of n-grams have 1-300 entries, GIN's neighbours 2-5, pools
 * 20-250. The transposed lists of a training step have a few rows of 100,000 entries among many of
 * one. The host sees the lengths in the offsets, and rows are treated by length:
 *
 *   up to SHORT entries   a warp a row (short_kernel)
 *   up to PIECE           a block of 8 warps, each with an eighth of the entries (piece_kernel)
 *   longer                pieces of at most PIECE entries into scratch, a block each; then
 *                         piece_kernel once more over the pieces' sums
 *
 * One to three launches. The order in which a row's entries are added depends on its length alone.
 * Bound by memory, mostly by reading table rows at random: cols * (size of an element) bytes an
 * entry, and 4 * cols written a row (8 with acc). A warp reads 128 columns of a row at a time and
 * has four rows under way.
 */
#include "tensor/cuda/lanes.h"

enum { WARPS = 8, TILE = 128, SHORT = 32, PIECE = 512 };

/* Entries [from, to) are summed into row `row` of dst (divided by `entries` for a mean), or into
 * row `slot` of the pieces' sums. */
struct piece {
    int64_t row;
    int32_t from, to, entries, slot; /* slot < 0: dst */
};

/* ---- device ---- */

/* Sum of entries [from, to) at columns c .. c+3. A warp's lanes call it together, with the same
 * entries and columns side by side. */
template <typename T, bool WIDE>
static __device__ __forceinline__ mg_four sum_entries(const mg_k_gather &k, int32_t from,
                                                      int32_t to, int64_t c) {
    const int lane = threadIdx.x % 32;
    mg_four s = {};
    for (int32_t at = from; at < to; at += 32) {
        const int count = to - at < 32 ? to - at : 32;
        int32_t id = 0;
        float weight = 0.0f;
        if (lane < count) { /* 32 ids and weights in one read; then lane j's go round */
            id = k.ids ? k.ids[at + lane] : at + lane;
            weight = k.weights ? k.weights[at + lane] : 1.0f;
        }
#pragma unroll 4
        for (int j = 0; j < count; j++) {
            const int64_t row = __shfl_sync(0xFFFFFFFFu, id, j);
            const float w = __shfl_sync(0xFFFFFFFFu, weight, j);
            const mg_four x = mg_load4<WIDE>((const T *)k.src + row * k.cols, c, k.cols);
            for (int l = 0; l < 4; l++) s.v[l] += w * x.v[l];
        }
    }
    return s;
}

template <bool WIDE>
static __device__ __forceinline__ void put_row(const mg_k_gather &k, int64_t row, int64_t c,
                                               mg_four s, int32_t entries) {
    if (k.mean && entries > 0)
        for (int l = 0; l < 4; l++) s.v[l] /= (float)entries;
    mg_put4<WIDE>(k.dst + row * k.cols, c, k.cols, s, k.acc != 0);
}

/* A warp a row and tile; blockIdx.y is the tile. */
template <typename T, bool WIDE>
static __global__ void short_kernel(mg_k_gather k) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int64_t c = (int64_t)blockIdx.y * TILE + 4 * lane;
    for (int64_t i = (int64_t)blockIdx.x * WARPS + warp; i < k.n; i += (int64_t)gridDim.x * WARPS) {
        const int32_t from = k.offsets[i], to = k.offsets[i + 1];
        if (to - from > SHORT) continue;
        put_row<WIDE>(k, k.out_rows ? k.out_rows[i] : i, c, sum_entries<T, WIDE>(k, from, to, c),
                      to - from);
    }
}

/* A block a piece and tile: blockIdx.x is the piece, blockIdx.y the tile. */
template <typename T, bool WIDE>
static __global__ void piece_kernel(mg_k_gather k, const piece *pieces, float *sums) {
    __shared__ mg_four part[WARPS][32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int64_t c = (int64_t)blockIdx.y * TILE + 4 * lane;
    const piece p = pieces[blockIdx.x];
    const int32_t each = (p.to - p.from + WARPS - 1) / WARPS;
    const int32_t from = p.from + warp * each, to = from + each < p.to ? from + each : p.to;
    part[warp][lane] = sum_entries<T, WIDE>(k, from, to, c);
    __syncthreads();
    if (warp > 0) return;
    mg_four s = part[0][lane];
    for (int w = 1; w < WARPS; w++)
        for (int l = 0; l < 4; l++) s.v[l] += part[w][lane].v[l];
    if (p.slot < 0)
        put_row<WIDE>(k, p.row, c, s, p.entries);
    else
        mg_store4<WIDE>(sums + p.slot * k.cols, c, k.cols, s);
}

/* ---- host: the long rows ---- */

struct plan {
    bool any_short;
    /* pieces of long rows; those that go to scratch; rows made of several */
    int64_t pieces, slots, joined;
    piece *list; /* pieces, then one entry for each joined row: the range of its slots */
};

static void count_pieces(const mg_k_gather *k, plan *p) {
    for (int64_t i = 0; i < k->n; i++) {
        int32_t entries = k->offsets[i + 1] - k->offsets[i], pieces = (entries + PIECE - 1) / PIECE;
        if (entries <= SHORT) {
            p->any_short = true;
            continue;
        }
        p->pieces += pieces;
        p->slots += pieces > 1 ? pieces : 0;
        p->joined += pieces > 1;
    }
}

static void list_pieces(const mg_k_gather *k, const plan *p) {
    piece *next = p->list, *join = p->list + p->pieces;
    int32_t slot = 0;
    for (int64_t i = 0; i < k->n; i++) {
        int32_t from = k->offsets[i], to = k->offsets[i + 1], entries = to - from,
                pieces = (entries + PIECE - 1) / PIECE;
        int64_t row = k->out_rows ? k->out_rows[i] : i;
        if (entries <= SHORT) continue;
        if (pieces == 1) {
            *next++ = {row, from, to, entries, -1};
            continue;
        }
        *join++ = {row, slot, slot + pieces, entries, -1};
        for (int32_t j = 0; j < pieces; j++)
            *next++ = {row, from + j * PIECE, j + 1 < pieces ? from + (j + 1) * PIECE : to, entries,
                       slot++};
    }
}

/* ---- host: launches ---- */

template <typename T, bool WIDE>
static void gather_long(mg_cuda *cu, const mg_k_gather &k, const plan &p, dim3 tiles) {
    const piece *list = mg_cuda_index(cu, p.list, p.pieces + p.joined);
    float *sums = p.slots > 0 ? mg_cuda_array<float>(cu, p.slots * k.cols) : NULL;
    if (!list || (p.slots > 0 && !sums)) return; /* mg_cuda_done tells */
    mg_cuda_launch(cu, piece_kernel<T, WIDE>, dim3((unsigned)p.pieces, tiles.y), dim3(32 * WARPS),
                   k, list, sums);
    if (p.joined == 0) return;
    mg_k_gather of_sums = k;
    of_sums.ids = NULL;
    of_sums.weights = NULL;
    of_sums.src = sums;
    mg_cuda_launch(cu, piece_kernel<float, WIDE>, dim3((unsigned)p.joined, tiles.y),
                   dim3(32 * WARPS), of_sums, list + p.pieces, sums);
}

template <typename T, bool WIDE>
static void gather_all(mg_cuda *cu, const mg_k_gather &k, const plan &p) {
    dim3 tiles(mg_cuda_blocks(cu, k.n, WARPS, 1), (unsigned)((k.cols + TILE - 1) / TILE));
    if (p.any_short) mg_cuda_launch(cu, short_kernel<T, WIDE>, tiles, dim3(32 * WARPS), k);
    if (p.pieces > 0) gather_long<T, WIDE>(cu, k, p, tiles);
}

template <typename T>
static void gather_typed(mg_cuda *cu, const mg_k_gather &k, const plan &p) {
    if (mg_is_wide(k.cols, (const T *)k.src, k.dst))
        gather_all<T, true>(cu, k, p);
    else
        gather_all<T, false>(cu, k, p);
}

/* The same with device addresses. Without entries the table is not looked at. */
static mg_k_gather on_device(mg_cuda *cu, const mg_k_gather *k) {
    mg_k_gather d = *k;
    const int64_t entries = k->offsets[k->n];
    d.offsets = mg_cuda_index(cu, k->offsets, k->n + 1);
    d.ids = entries ? mg_cuda_index(cu, k->ids, entries) : NULL;
    d.weights = entries ? mg_cuda_index(cu, k->weights, entries) : NULL;
    d.out_rows = mg_cuda_index(cu, k->out_rows, k->n);
    d.src = entries ? mg_cuda_at(cu, k->src) : NULL;
    d.dst = mg_cuda_at(cu, k->dst);
    return d;
}

/* False when an address could not be turned into the device's: mg_cuda_done tells why. */
static bool all_there(const mg_k_gather *k, const mg_k_gather &d) {
    bool arrays = (!k->ids || d.ids) && (!k->weights || d.weights) && d.src;
    return d.offsets && d.dst && (!k->out_rows || d.out_rows) && (arrays || k->offsets[k->n] == 0);
}

int mg_cuda_gather(mg_backend *be, const mg_k_gather *k) {
    mg_cuda *cu = mg_cuda_of(be);
    plan p = {};
    size_t mark = mg_arena_mark(&be->scratch);
    mg_k_gather d = on_device(cu, k);
    count_pieces(k, &p);
    p.list = (piece *)mg_arena_alloc(&be->scratch, (size_t)(p.pieces + p.joined) * sizeof *p.list);
    int failed = p.list
                     ? 0
                     : mg_cuda_refuse(cu, "gather: no scratch memory for a list of %lld long rows",
                                      (long long)p.pieces);
    if (!failed && all_there(k, d)) {
        list_pieces(k, &p);
        if (d.src_dtype == MG_I8)
            gather_typed<int8_t>(cu, d, p);
        else if (d.src_dtype == MG_BF16)
            gather_typed<uint16_t>(cu, d, p);
        else
            gather_typed<float>(cu, d, p);
    }
    mg_arena_release(&be->scratch, mark);
    return failed ? failed : mg_cuda_done(cu, "gather");
}
