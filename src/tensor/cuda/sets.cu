/* sets.cu - sets of tokens on the GPU: windows of three rows, clusters (DPC-kNN), their weighted
 * means, and attention whose keys carry a score. backend.h has the formulas.
 *
 * A kernel gets the arguments of backend.h with the device's addresses in them. Written to be right
 * and to repeat, a thread or a warp for each output, all sums in order; never timed on a GPU.
 * Clustering: distances a block for each sequence and slab of pairs, then one block a sequence that
 * chooses. Attention keeps its probabilities in scratch, [heads, rows, longest].
 */
#include "tensor/cuda/cuda.h"

enum { THREADS = 256, SLABS = 16 };

/* The sequence that has this row. */
static __device__ int64_t sequence_of(const int32_t *offsets, int64_t n, int64_t row) {
    int64_t low = 0, high = n - 1;
    while (low < high) {
        const int64_t middle = (low + high + 1) / 2;
        if (offsets[middle] <= row)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}
static __device__ __forceinline__ int64_t real_rows(const int32_t *offsets, const int32_t *real,
                                                    int64_t s) {
    return real ? real[s] : offsets[s + 1] - offsets[s];
}
static __device__ __forceinline__ int64_t first_thread() {
    return (int64_t)blockIdx.x * THREADS + threadIdx.x;
}
static __device__ __forceinline__ int64_t all_threads() { return (int64_t)gridDim.x * THREADS; }
static __device__ __forceinline__ void put(float *out, float v, int acc) {
    *out = acc ? *out + v : v;
}
static int64_t longest(int64_t n_seq, const int32_t *offsets) {
    int64_t most = 1;
    for (int64_t s = 0; s < n_seq; s++)
        if (offsets[s + 1] - offsets[s] > most) most = offsets[s + 1] - offsets[s];
    return most;
}

/* ---- windows ---- */

static __global__ void __launch_bounds__(THREADS) windows_forward(const mg_k_windows k) {
    for (int64_t at = first_thread(); at < k.n * k.cols; at += all_threads()) {
        const int64_t i = at / k.cols, s = sequence_of(k.offsets, k.n_seq, i);
        k.y[3 * at] = i > k.offsets[s] ? k.x[at - k.cols] : 0.0f;
        k.y[3 * at + 1] = k.x[at];
        k.y[3 * at + 2] = i + 1 < k.offsets[s + 1] ? k.x[at + k.cols] : 0.0f;
    }
}

static __global__ void __launch_bounds__(THREADS) windows_backward(const mg_k_windows_back b) {
    for (int64_t at = first_thread(); at < b.f.n * b.f.cols; at += all_threads()) {
        const int64_t i = at / b.f.cols, s = sequence_of(b.f.offsets, b.f.n_seq, i);
        float g = b.dy[3 * at + 1];
        if (i > b.f.offsets[s]) g += b.dy[3 * (at - b.f.cols) + 2];
        if (i + 1 < b.f.offsets[s + 1]) g += b.dy[3 * (at + b.f.cols)];
        put(&b.dx[at], g, b.acc);
    }
}

static mg_k_windows on_device(mg_cuda *cu, mg_k_windows k) {
    k.offsets = mg_cuda_index(cu, k.offsets, k.n_seq + 1);
    k.x = mg_cuda_at(cu, k.x);
    k.y = mg_cuda_at(cu, k.y);
    return k;
}

int mg_cuda_windows(mg_backend *be, const mg_k_windows *k) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_cuda_launch(cu, windows_forward, dim3(mg_cuda_blocks(cu, k->n * k->cols, THREADS, 1)),
                   dim3(THREADS), on_device(cu, *k));
    return mg_cuda_done(cu, "windows");
}

int mg_cuda_windows_back(mg_backend *be, const mg_k_windows_back *b) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_k_windows_back d = *b;
    d.f = on_device(cu, b->f);
    d.dy = mg_cuda_at(cu, b->dy);
    d.dx = mg_cuda_at(cu, b->dx);
    mg_cuda_launch(cu, windows_backward, dim3(mg_cuda_blocks(cu, b->f.n * b->f.cols, THREADS, 1)),
                   dim3(THREADS), d);
    return mg_cuda_done(cu, "windows, backward");
}

/* ---- clusters ---- */

struct cluster { /* device addresses */
    mg_k_cluster k;
    int64_t most;         /* rows of the longest sequence */
    float *d;             /* [n_seq, most, most]: row i of a sequence of n begins at i n */
    float *far;           /* [1] distance of a pad, or NULL: pads never count */
    double *rho, *chosen; /* [n] */
    int32_t *centres;     /* [sets] */
};

static __device__ __forceinline__ int64_t counted_rows(const cluster &c, int64_t s) {
    const int32_t rows = c.k.offsets[s + 1] - c.k.offsets[s];
    return c.k.far ? rows : real_rows(c.k.offsets, c.k.real, s);
}

static __global__ void __launch_bounds__(THREADS) cluster_distances(const cluster c) {
    const int64_t s = blockIdx.x, n = counted_rows(c, s);
    const float *x = c.k.x + (int64_t)c.k.offsets[s] * c.k.cols;
    float *d = c.d + s * c.most * c.most;
    for (int64_t at = (int64_t)blockIdx.y * THREADS + threadIdx.x; at < n * n;
         at += SLABS * THREADS) {
        const float *a = x + at / n * c.k.cols, *b = x + at % n * c.k.cols;
        float sum = 0.0f;
        for (int64_t e = 0; e < c.k.cols; e++) sum += (a[e] - b[e]) * (a[e] - b[e]);
        d[at] = sqrtf(sum / (float)c.k.cols);
    }
}

static __device__ float block_top(float x, float *shared) {
    shared[threadIdx.x] = x;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half)
            shared[threadIdx.x] = fmaxf(shared[threadIdx.x], shared[threadIdx.x + half]);
    }
    __syncthreads();
    const float top = shared[0];
    __syncthreads();
    return top;
}

/* One block: 1 more than the greatest distance of all. */
static __global__ void __launch_bounds__(THREADS) cluster_far(const cluster c) {
    __shared__ float shared[THREADS];
    float top = 0.0f;
    for (int64_t s = 0; s < c.k.n_seq; s++) {
        const int64_t n = counted_rows(c, s);
        for (int64_t at = threadIdx.x; at < n * n; at += THREADS)
            top = fmaxf(top, c.d[s * c.most * c.most + at]);
    }
    top = block_top(top, shared);
    if (threadIdx.x == 0) *c.far = top + 1.0f;
}

/* The mean square of the `neighbours` smallest of row[n], whose pads are at `real` and behind. */
static __device__ double crowd(const cluster &c, const float *row, int64_t n, int64_t real) {
    float near[MG_CLUSTER_NEIGHBOURS];
    int kept = 0, want = c.k.neighbours < n ? c.k.neighbours : (int)n;
    for (int64_t j = 0; j < n; j++) {
        const float d = j < real ? row[j] : *c.far;
        if (kept == want && !(d < near[kept - 1])) continue;
        int at = kept < want ? kept++ : kept - 1;
        for (; at > 0 && near[at - 1] > d; at--) near[at] = near[at - 1];
        near[at] = d;
    }
    double sum = 0.0;
    for (int j = 0; j < kept; j++) sum += (double)near[j] * near[j];
    return sum / (double)(kept > 0 ? kept : 1);
}

/* rho delta of row i; top: the sequence's greatest distance */
static __device__ double prominence(const cluster &c, int64_t first, int64_t i, const float *row,
                                    int64_t n, int64_t real, float top) {
    float delta = INFINITY;
    const double rho = c.rho[first + i];
    for (int64_t j = 0; j < n; j++) {
        const double other = c.rho[first + j];
        const float d = j < real ? row[j] : *c.far;
        if ((other > rho || (!c.k.strict && other == rho && j < i)) && d < delta) delta = d;
    }
    return rho * (double)(delta < INFINITY ? delta : top);
}

/* The first of the greatest of chosen[n], in every thread. */
static __device__ int64_t block_best(const double *chosen, int64_t n, double *value, int *index) {
    int best = 0;
    double most = -2.0;
    for (int64_t i = threadIdx.x; i < n; i += THREADS)
        if (chosen[i] > most) {
            most = chosen[i];
            best = (int)i;
        }
    value[threadIdx.x] = most;
    index[threadIdx.x] = best;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        const int at = (int)threadIdx.x, other = at + half;
        if (at < half &&
            (value[other] > value[at] || (value[other] == value[at] && index[other] < index[at]))) {
            value[at] = value[other];
            index[at] = index[other];
        }
    }
    __syncthreads();
    best = index[0];
    __syncthreads();
    return best;
}

static __global__ void __launch_bounds__(THREADS) cluster_choose(const cluster c) {
    __shared__ float tops[THREADS];
    __shared__ double values[THREADS];
    __shared__ int indices[THREADS];
    const int64_t s = blockIdx.x, first = c.k.offsets[s], rows = c.k.offsets[s + 1] - first,
                  n = counted_rows(c, s), real = real_rows(c.k.offsets, c.k.real, s),
                  set0 = c.k.set_offsets[s], sets = c.k.set_offsets[s + 1] - set0;
    const float *d = c.d + s * c.most * c.most;
    float top = 0.0f;
    for (int64_t i = threadIdx.x; i < n; i += THREADS) {
        double rho = exp(-crowd(c, d + i * n, n, real));
        if (c.k.noise > 0.0f)
            rho += (double)c.k.noise * mg_dev_dropout_bits(c.k.key, (uint32_t)(first + i)) /
                   4294967296.0;
        c.rho[first + i] = i < real ? rho : 0.0;
        for (int64_t j = 0; j < n; j++) top = fmaxf(top, j < real ? d[i * n + j] : *c.far);
    }
    top = block_top(top, tops);
    for (int64_t i = threadIdx.x; i < n; i += THREADS)
        c.chosen[first + i] = prominence(c, first, i, d + i * n, n, real, top);
    __syncthreads();
    for (int64_t e = 0; e < sets && n > 0; e++) {
        const int64_t best = block_best(c.chosen + first, n, values, indices);
        if (threadIdx.x == 0) {
            c.centres[set0 + e] = (int32_t)best;
            c.chosen[first + best] = -1.0;
        }
        __syncthreads();
    }
    for (int64_t i = threadIdx.x; i < rows; i += THREADS) {
        int64_t best = 0;
        for (int64_t e = 1; i < real && e < sets; e++)
            if (d[c.centres[set0 + e] * n + i] < d[c.centres[set0 + best] * n + i]) best = e;
        c.k.ids[first + i] = (int32_t)(set0 + best);
    }
    __syncthreads();
    for (int64_t e = threadIdx.x; e < sets && n > 0; e += THREADS)
        c.k.ids[first + c.centres[set0 + e]] = (int32_t)(set0 + e);
}

int mg_cuda_cluster(mg_backend *be, const mg_k_cluster *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    cluster c = {};
    c.k = *k;
    c.k.offsets = mg_cuda_index(cu, k->offsets, k->n_seq + 1);
    c.k.set_offsets = mg_cuda_index(cu, k->set_offsets, k->n_seq + 1);
    c.k.real = mg_cuda_index(cu, k->real, k->n_seq);
    c.k.x = mg_cuda_at(cu, k->x);
    c.k.ids = mg_cuda_at(cu, k->ids);
    c.most = longest(k->n_seq, k->offsets);
    c.d = mg_cuda_array<float>(cu, k->n_seq * c.most * c.most);
    c.far = mg_cuda_array<float>(cu, 1);
    c.rho = mg_cuda_array<double>(cu, k->n);
    c.chosen = mg_cuda_array<double>(cu, k->n);
    c.centres = mg_cuda_array<int32_t>(cu, k->sets);
    mg_cuda_launch(cu, cluster_distances, dim3((unsigned)k->n_seq, SLABS), dim3(THREADS), c);
    if (k->far && k->real) mg_cuda_launch(cu, cluster_far, dim3(1), dim3(THREADS), c);
    mg_cuda_launch(cu, cluster_choose, dim3((unsigned)k->n_seq), dim3(THREADS), c);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "cluster");
}

/* ---- merge ---- */

/* A thread a set: the shares of its rows. */
static __global__ void __launch_bounds__(THREADS) merge_shares(const mg_k_merge k) {
    for (int64_t set = first_thread(); set < k.sets; set += all_threads()) {
        const int64_t s = k.ids ? sequence_of(k.set_offsets, k.n_seq, set) : set,
                      from = k.offsets[s], to = k.offsets[s + 1],
                      end = from + real_rows(k.offsets, k.real, s);
        float top = k.floor > 0.0f ? 0.0f : -INFINITY;
        double sum = (double)k.floor;
        for (int64_t i = from; i < end && !(k.floor > 0.0f); i++)
            if (!k.ids || k.ids[i] == set) top = fmaxf(top, k.score[i]);
        for (int64_t i = from; i < end; i++)
            if (!k.ids || k.ids[i] == set) sum += expf(k.score[i] - top);
        for (int64_t i = from; i < to; i++)
            if (!k.ids || k.ids[i] == set)
                k.share[i] = i < end ? (float)(expf(k.score[i] - top) / sum) : 0.0f;
    }
}

static __global__ void __launch_bounds__(THREADS) merge_means(const mg_k_merge k) {
    for (int64_t at = first_thread(); at < k.sets * k.cols; at += all_threads()) {
        const int64_t set = at / k.cols, c = at % k.cols,
                      s = k.ids ? sequence_of(k.set_offsets, k.n_seq, set) : set;
        float sum = 0.0f;
        for (int64_t i = k.offsets[s]; i < k.offsets[s + 1]; i++)
            if (!k.ids || k.ids[i] == set) sum += k.share[i] * k.x[i * k.cols + c];
        k.y[at] = sum;
    }
}

/* A warp a row. */
static __global__ void __launch_bounds__(THREADS) merge_backward(const mg_k_merge_back b) {
    const mg_k_merge &k = b.f;
    const int lane = threadIdx.x % 32;
    for (int64_t i = first_thread() / 32; i < k.n; i += all_threads() / 32) {
        const int64_t set = k.ids ? k.ids[i] : sequence_of(k.offsets, k.n_seq, i);
        const float share = k.share[i];
        float dot = 0.0f;
        for (int64_t c = lane; c < k.cols; c += 32) {
            const float g = b.dy[set * k.cols + c];
            dot += (k.x[i * k.cols + c] - k.y[set * k.cols + c]) * g;
            if (b.dx) put(&b.dx[i * k.cols + c], share * g, b.acc_x);
        }
        dot = mg_warp_sum(dot);
        if (lane == 0 && b.dscore)
            put(&b.dscore[i], share > 0.0f ? share * dot : 0.0f, b.acc_score);
    }
}

static mg_k_merge on_device(mg_cuda *cu, mg_k_merge k) {
    k.offsets = mg_cuda_index(cu, k.offsets, k.n_seq + 1);
    if (k.ids) k.set_offsets = mg_cuda_index(cu, k.set_offsets, k.n_seq + 1);
    k.real = mg_cuda_index(cu, k.real, k.n_seq);
    k.ids = mg_cuda_at(cu, k.ids);
    k.x = mg_cuda_at(cu, k.x);
    k.score = mg_cuda_at(cu, k.score);
    k.y = mg_cuda_at(cu, k.y);
    k.share = mg_cuda_at(cu, k.share);
    return k;
}

int mg_cuda_merge(mg_backend *be, const mg_k_merge *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const mg_k_merge d = on_device(cu, *k);
    mg_cuda_launch(cu, merge_shares, dim3(mg_cuda_blocks(cu, k->sets, THREADS, 1)), dim3(THREADS),
                   d);
    mg_cuda_launch(cu, merge_means, dim3(mg_cuda_blocks(cu, k->sets * k->cols, THREADS, 1)),
                   dim3(THREADS), d);
    return mg_cuda_done(cu, "merge");
}

int mg_cuda_merge_back(mg_backend *be, const mg_k_merge_back *b) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_k_merge_back d = *b;
    d.f = on_device(cu, b->f);
    d.dy = mg_cuda_at(cu, b->dy);
    d.dx = mg_cuda_at(cu, b->dx);
    d.dscore = mg_cuda_at(cu, b->dscore);
    mg_cuda_launch(cu, merge_backward, dim3(mg_cuda_blocks(cu, b->f.n * 32, THREADS, 1)),
                   dim3(THREADS), d);
    return mg_cuda_done(cu, "merge, backward");
}

/* ---- attention with scores ---- */

struct scored { /* device addresses */
    mg_k_scored_back b;
    int64_t most;   /* keys of the longest sequence */
    float *p, *g;   /* [heads, n, most] probabilities, and gradients of logits */
    float *partial; /* [heads, n_kv] */
};

static __device__ __forceinline__ float row_dot(int64_t n, const float *x, const float *y) {
    float sum = 0.0f;
    for (int64_t c = 0; c < n; c++) sum += x[c] * y[c];
    return sum;
}

/* A warp a row and head. */
static __global__ void __launch_bounds__(THREADS) scored_forward(const scored c) {
    const mg_k_scored &k = c.b.f;
    const int lane = threadIdx.x % 32;
    const int64_t w = k.d / k.heads;
    for (int64_t at = first_thread() / 32; at < k.heads * k.n; at += all_threads() / 32) {
        const int64_t h = at / k.n, i = at % k.n, s = sequence_of(k.q_offsets, k.n_seq, i),
                      from = k.kv_offsets[s], n = real_rows(k.kv_offsets, k.real, s);
        const float *q = k.q + i * k.d + h * w, scale = 1.0f / sqrtf((float)w);
        float *p = c.p + at * c.most, top = -INFINITY, sum = 0.0f;
        for (int64_t j = lane; j < n; j += 32) {
            p[j] = scale * row_dot(w, q, k.kv + (from + j) * 2 * k.d + h * w) + k.score[from + j];
            top = fmaxf(top, p[j]);
        }
        top = mg_warp_max(top);
        for (int64_t j = lane; j < n; j += 32) sum += p[j] = expf(p[j] - top);
        sum = mg_warp_sum(sum);
        __syncwarp();
        if (lane == 0) k.lse[at] = n > 0 ? top + logf(sum) : 0.0f;
        for (int64_t e = lane; e < w; e += 32) {
            float y = 0.0f;
            for (int64_t j = 0; j < n; j++)
                y += p[j] * k.kv[((from + j) * 2 + 1) * k.d + h * w + e];
            k.y[i * k.d + h * w + e] = n > 0 ? y / sum : 0.0f;
        }
        __syncwarp();
    }
}

/* A warp a row and head: p, g, dq. */
static __global__ void __launch_bounds__(THREADS) scored_rows(const scored c) {
    const mg_k_scored &k = c.b.f;
    const int lane = threadIdx.x % 32;
    const int64_t w = k.d / k.heads;
    for (int64_t at = first_thread() / 32; at < k.heads * k.n; at += all_threads() / 32) {
        const int64_t h = at / k.n, i = at % k.n, s = sequence_of(k.q_offsets, k.n_seq, i),
                      from = k.kv_offsets[s], n = real_rows(k.kv_offsets, k.real, s),
                      row = i * k.d + h * w;
        const float scale = 1.0f / sqrtf((float)w), mean = row_dot(w, c.b.dy + row, k.y + row);
        float *p = c.p + at * c.most, *g = c.g + at * c.most;
        for (int64_t j = lane; j < n; j += 32) {
            const float *key = k.kv + (from + j) * 2 * k.d + h * w;
            p[j] = expf(scale * row_dot(w, k.q + row, key) + k.score[from + j] - k.lse[at]);
            g[j] = p[j] * (row_dot(w, c.b.dy + row, key + k.d) - mean);
        }
        __syncwarp();
        for (int64_t e = lane; c.b.dq && e < w; e += 32) {
            float dq = 0.0f;
            for (int64_t j = 0; j < n; j++) dq += g[j] * k.kv[(from + j) * 2 * k.d + h * w + e];
            put(&c.b.dq[row + e], scale * dq, c.b.acc_q);
        }
        __syncwarp();
    }
}

/* A warp a key and head: dkv, and the head's part of the score's gradient. */
static __global__ void __launch_bounds__(THREADS) scored_keys(const scored c) {
    const mg_k_scored &k = c.b.f;
    const int lane = threadIdx.x % 32;
    const int64_t w = k.d / k.heads;
    for (int64_t at = first_thread() / 32; at < k.heads * k.n_kv; at += all_threads() / 32) {
        const int64_t h = at / k.n_kv, j = at % k.n_kv, s = sequence_of(k.kv_offsets, k.n_seq, j),
                      place = j - k.kv_offsets[s], from = k.q_offsets[s],
                      to = place < real_rows(k.kv_offsets, k.real, s) ? k.q_offsets[s + 1] : from;
        const float scale = 1.0f / sqrtf((float)w);
        for (int64_t e = lane; c.b.dkv && e < w; e += 32) {
            float dk = 0.0f, dv = 0.0f;
            for (int64_t i = from; i < to; i++) {
                const int64_t cell = (h * k.n + i) * c.most + place, row = i * k.d + h * w + e;
                dk += c.g[cell] * k.q[row];
                dv += c.p[cell] * c.b.dy[row];
            }
            put(&c.b.dkv[j * 2 * k.d + h * w + e], scale * dk, c.b.acc_kv);
            put(&c.b.dkv[(j * 2 + 1) * k.d + h * w + e], dv, c.b.acc_kv);
        }
        float sum = 0.0f;
        for (int64_t i = from + lane; i < to; i += 32) sum += c.g[(h * k.n + i) * c.most + place];
        sum = mg_warp_sum(sum);
        if (lane == 0) c.partial[at] = sum;
    }
}

static __global__ void __launch_bounds__(THREADS) scored_scores(const scored c) {
    const mg_k_scored &k = c.b.f;
    for (int64_t j = first_thread(); j < k.n_kv; j += all_threads()) {
        float sum = 0.0f;
        for (int64_t h = 0; h < k.heads; h++) sum += c.partial[h * k.n_kv + j];
        put(&c.b.dscore[j], sum, c.b.acc_score);
    }
}

static scored on_device(mg_cuda *cu, const mg_k_scored *k) {
    scored c = {};
    c.most = longest(k->n_seq, k->kv_offsets);
    c.p = mg_cuda_array<float>(cu, k->heads * k->n * c.most);
    c.b.f = *k;
    c.b.f.q_offsets = mg_cuda_index(cu, k->q_offsets, k->n_seq + 1);
    c.b.f.kv_offsets = mg_cuda_index(cu, k->kv_offsets, k->n_seq + 1);
    c.b.f.real = mg_cuda_index(cu, k->real, k->n_seq);
    c.b.f.q = mg_cuda_at(cu, k->q);
    c.b.f.kv = mg_cuda_at(cu, k->kv);
    c.b.f.score = mg_cuda_at(cu, k->score);
    c.b.f.y = mg_cuda_at(cu, k->y);
    c.b.f.lse = mg_cuda_at(cu, k->lse);
    return c;
}

int mg_cuda_scored(mg_backend *be, const mg_k_scored *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    const scored c = on_device(cu, k);
    mg_cuda_launch(cu, scored_forward, dim3(mg_cuda_blocks(cu, k->heads * k->n * 32, THREADS, 1)),
                   dim3(THREADS), c);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "attention with scores");
}

int mg_cuda_scored_back(mg_backend *be, const mg_k_scored_back *b) {
    mg_cuda *cu = mg_cuda_of(be);
    const mg_k_scored *k = &b->f;
    const size_t mark = mg_arena_mark(&be->scratch);
    scored c = on_device(cu, k);
    c.g = mg_cuda_array<float>(cu, k->heads * k->n * c.most);
    c.partial = mg_cuda_array<float>(cu, k->heads * k->n_kv);
    c.b.dy = mg_cuda_at(cu, b->dy);
    c.b.dq = mg_cuda_at(cu, b->dq);
    c.b.dkv = mg_cuda_at(cu, b->dkv);
    c.b.dscore = mg_cuda_at(cu, b->dscore);
    c.b.acc_q = b->acc_q;
    c.b.acc_kv = b->acc_kv;
    c.b.acc_score = b->acc_score;
    mg_cuda_launch(cu, scored_rows, dim3(mg_cuda_blocks(cu, k->heads * k->n * 32, THREADS, 1)),
                   dim3(THREADS), c);
    mg_cuda_launch(cu, scored_keys, dim3(mg_cuda_blocks(cu, k->heads * k->n_kv * 32, THREADS, 1)),
                   dim3(THREADS), c);
    if (b->dscore)
        mg_cuda_launch(cu, scored_scores, dim3(mg_cuda_blocks(cu, k->n_kv, THREADS, 1)),
                       dim3(THREADS), c);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "attention with scores, backward");
}
