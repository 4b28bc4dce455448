/* match.cu - sequences as rows, and against each other, on the GPU: pooling by place, the soft
 * contrast, late interaction. backend.h has the formulas, cpu/match.c the plan.
 *
 * A kernel gets the arguments of backend.h with the device's addresses in them. Products are
 * cuBLASLt's; those of late interaction are made for some sequences of a at a time, at most 2^25
 * floats. The rest is written to be right and to repeat, all sums in order; never timed on a GPU.
 */
#include "tensor/cuda/cuda.h"

enum { THREADS = 256 };
static const int64_t TILE = (int64_t)1 << 25;

static __device__ __forceinline__ int64_t first_thread() {
    return (int64_t)blockIdx.x * THREADS + threadIdx.x;
}
static __device__ __forceinline__ int64_t all_threads() { return (int64_t)gridDim.x * THREADS; }
static __device__ __forceinline__ void put(float *out, float v, int acc) {
    *out = acc ? *out + v : v;
}
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
/* The sum over a block, in every thread. */
static __device__ double block_sum(double x, double *shared) {
    shared[threadIdx.x] = x;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    }
    __syncthreads();
    const double sum = shared[0];
    __syncthreads();
    return sum;
}

/* ---- pooling by place ---- */

static __global__ void __launch_bounds__(THREADS) place_forward(const mg_k_place k) {
    for (int64_t at = first_thread(); at < k.n_seq * k.cols; at += all_threads()) {
        const int64_t s = at / k.cols, c = at % k.cols, from = k.offsets[s];
        float y = *k.bias;
        for (int64_t i = from; i < k.offsets[s + 1]; i++) y += k.w[i - from] * k.x[i * k.cols + c];
        k.y[at] = y;
    }
}

static __global__ void __launch_bounds__(THREADS) place_rows(const mg_k_place_back b) {
    for (int64_t at = first_thread(); at < b.f.n * b.f.cols; at += all_threads()) {
        const int64_t i = at / b.f.cols, s = sequence_of(b.f.offsets, b.f.n_seq, i);
        put(&b.dx[at], b.f.w[i - b.f.offsets[s]] * b.dy[s * b.f.cols + at % b.f.cols], b.acc_x);
    }
}

/* A block a place; the last one: the bias. */
static __global__ void __launch_bounds__(THREADS) place_slopes(const mg_k_place_back b) {
    __shared__ double shared[THREADS];
    const int64_t p = blockIdx.x;
    double sum = 0.0;
    for (int64_t at = threadIdx.x; at < b.f.n_seq * b.f.cols; at += THREADS) {
        const int64_t s = at / b.f.cols;
        if (p == b.f.places)
            sum += b.dy[at];
        else if (p < b.f.offsets[s + 1] - b.f.offsets[s])
            sum += (double)b.f.x[(b.f.offsets[s] + p) * b.f.cols + at % b.f.cols] * b.dy[at];
    }
    sum = block_sum(sum, shared);
    float *out = p == b.f.places ? b.dbias : b.dw ? b.dw + p : NULL;
    if (threadIdx.x == 0 && out) *out = (float)(*out + sum);
}

static mg_k_place on_device(mg_cuda *cu, mg_k_place k) {
    k.offsets = mg_cuda_index(cu, k.offsets, k.n_seq + 1);
    k.x = mg_cuda_at(cu, k.x);
    k.w = mg_cuda_at(cu, k.w);
    k.bias = mg_cuda_at(cu, k.bias);
    k.y = mg_cuda_at(cu, k.y);
    return k;
}

int mg_cuda_place(mg_backend *be, const mg_k_place *k) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_cuda_launch(cu, place_forward, dim3(mg_cuda_blocks(cu, k->n_seq * k->cols, THREADS, 1)),
                   dim3(THREADS), on_device(cu, *k));
    return mg_cuda_done(cu, "pooling by place");
}

int mg_cuda_place_back(mg_backend *be, const mg_k_place_back *b) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_k_place_back d = *b;
    d.f = on_device(cu, b->f);
    d.dy = mg_cuda_at(cu, b->dy);
    d.dx = mg_cuda_at(cu, b->dx);
    d.dw = mg_cuda_at(cu, b->dw);
    d.dbias = mg_cuda_at(cu, b->dbias);
    if (b->dx && b->f.n > 0)
        mg_cuda_launch(cu, place_rows, dim3(mg_cuda_blocks(cu, b->f.n * b->f.cols, THREADS, 1)),
                       dim3(THREADS), d);
    mg_cuda_launch(cu, place_slopes, dim3((unsigned)b->f.places + 1), dim3(THREADS), d);
    return mg_cuda_done(cu, "pooling by place, backward");
}

/* ---- soft contrast ---- */

struct contrast { /* device addresses */
    mg_k_contrast k;
    float *z[2], *slow[2];   /* [n,n], [n,n_queue]: products, z then gradients */
    double *losses, *slopes; /* [n] */
};

static __device__ __forceinline__ float contrast_scale(const mg_k_contrast &k) {
    if (k.log_scale) return expf(fminf(*k.scale, 4.60517019f));
    return 1.0f / *k.scale;
}

static __global__ void contrast_clamp(const mg_k_contrast k) {
    if (!k.log_scale) *k.scale = fminf(fmaxf(*k.scale, 0.001f), 0.5f);
}

/* log-sum-exp of s times row i of both */
static __device__ double block_lse(const contrast &c, float *const x[2], int64_t i, float s,
                                   double *shared) {
    const int64_t n[2] = {c.k.n, c.k.n_queue};
    float top = -INFINITY;
    for (int e = 0; e < 2; e++) /* every thread reads all of it: the order is fixed */
        for (int64_t j = 0; j < n[e]; j++) top = fmaxf(top, s * x[e][i * n[e] + j]);
    double sum = 0.0;
    for (int e = 0; e < 2; e++)
        for (int64_t j = threadIdx.x; j < n[e]; j += THREADS)
            sum += expf(s * x[e][i * n[e] + j] - top);
    return (double)top + log(block_sum(sum, shared));
}

static __global__ void __launch_bounds__(THREADS) contrast_rows(const contrast c) {
    __shared__ double shared[THREADS];
    const int64_t i = blockIdx.x, n[2] = {c.k.n, c.k.n_queue};
    const float s = contrast_scale(c.k), each = 1.0f / (float)c.k.n;
    const double lse = block_lse(c, c.z, i, s, shared), slow = block_lse(c, c.slow, i, s, shared);
    double loss = 0.0, slope = 0.0, own = 0.0;
    for (int64_t j = threadIdx.x; c.k.groups && j < c.k.n; j += THREADS)
        own += c.k.groups[j] == c.k.groups[i];
    own = c.k.groups ? block_sum(own, shared) : 1.0;
    for (int e = 0; e < 2; e++)
        for (int64_t j = threadIdx.x; j < n[e]; j += THREADS) {
            float *z = &c.z[e][i * n[e] + j];
            const float x = s * *z;
            const bool same = e == 0 && (c.k.groups ? c.k.groups[j] == c.k.groups[i] : j == i);
            const float target = c.k.soft * expf((float)(s * c.slow[e][i * n[e] + j] - slow)) +
                                 (same ? (1.0f - c.k.soft) / (float)own : 0.0f);
            const float g = (expf((float)(x - lse)) - target) * each;
            loss -= (double)target * (x - lse) * each;
            slope += (double)g * x;
            *z = s * g;
        }
    loss = block_sum(loss, shared);
    slope = block_sum(slope, shared);
    if (threadIdx.x != 0) return;
    c.losses[i] = loss;
    c.slopes[i] = slope;
}

static __global__ void __launch_bounds__(THREADS) contrast_totals(const contrast c) {
    __shared__ double shared[THREADS];
    double loss = 0.0, slope = 0.0;
    for (int64_t i = threadIdx.x; i < c.k.n; i += THREADS) {
        loss += c.losses[i];
        slope += c.slopes[i];
    }
    loss = block_sum(loss, shared);
    slope = block_sum(slope, shared);
    if (threadIdx.x != 0) return;
    *c.k.loss = (float)loss;
    if (!c.k.da) return;
    *c.k.dscale = (float)(c.k.log_scale ? (*c.k.scale < 4.60517019f ? slope : 0.0)
                                        : -slope / (double)*c.k.scale);
}

static int product(mg_cuda *cu, mg_cuda_form form, int64_t m, int64_t n, int64_t k, const float *a,
                   const float *b, float *c, float beta) {
    mg_cuda_gemm g = {};
    g.form = form;
    g.m = m;
    g.n = n;
    g.k = k;
    g.alpha = 1.0f;
    g.beta = beta;
    g.a = a;
    g.b = b;
    g.c = c;
    g.lda = k;
    g.ldb = form == MG_CUDA_NT ? k : n;
    g.ldc = n;
    return mg_cuda_multiply(cu, &g);
}

static int contrast_run(mg_cuda *cu, const contrast &c) {
    const int64_t n = c.k.n, q = c.k.n_queue, d = c.k.d;
    const float *keys[2] = {c.k.keys, c.k.queue};
    const int64_t counts[2] = {n, q};
    if (!c.z[0] || !c.slow[0] || !c.losses || !c.slopes || !c.k.a || !c.k.m || !c.k.keys) return 1;
    for (int e = 0; e < (q > 0 ? 2 : 1); e++)
        if (product(cu, MG_CUDA_NT, n, counts[e], d, c.k.a, keys[e], c.z[e], 0.0f) ||
            product(cu, MG_CUDA_NT, n, counts[e], d, c.k.m, keys[e], c.slow[e], 0.0f))
            return 1;
    mg_cuda_launch(cu, contrast_clamp, dim3(1), dim3(1), c.k);
    mg_cuda_launch(cu, contrast_rows, dim3((unsigned)n), dim3(THREADS), c);
    mg_cuda_launch(cu, contrast_totals, dim3(1), dim3(THREADS), c);
    for (int e = 0; c.k.da && e < (q > 0 ? 2 : 1); e++)
        if (product(cu, MG_CUDA_NN, n, d, counts[e], c.z[e], keys[e], c.k.da, e ? 1.0f : 0.0f))
            return 1;
    return 0;
}

int mg_cuda_contrast(mg_backend *be, const mg_k_contrast *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    contrast c = {};
    c.k = *k;
    c.k.a = mg_cuda_at(cu, k->a);
    c.k.m = mg_cuda_at(cu, k->m);
    c.k.keys = mg_cuda_at(cu, k->keys);
    c.k.queue = mg_cuda_at(cu, k->queue);
    c.k.groups = mg_cuda_index(cu, k->groups, k->n);
    c.k.scale = mg_cuda_at(cu, k->scale);
    c.k.loss = mg_cuda_at(cu, k->loss);
    c.k.da = mg_cuda_at(cu, k->da);
    c.k.dscale = mg_cuda_at(cu, k->dscale);
    for (int e = 0; e < 2; e++) {
        const int64_t count = k->n * (e ? k->n_queue : k->n);
        c.z[e] = mg_cuda_array<float>(cu, count + 1);
        c.slow[e] = mg_cuda_array<float>(cu, count + 1);
    }
    c.losses = mg_cuda_array<double>(cu, k->n);
    c.slopes = mg_cuda_array<double>(cu, k->n);
    (void)contrast_run(cu, c);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "soft contrast");
}

/* ---- late interaction ---- */

struct late { /* device addresses; a tile: sequences i0 .. i1 of a, rows first .. first + rows */
    mg_k_late k;
    int64_t i0, i1, first, rows;
    float *r; /* [rows, rows_b] */
};

static __global__ void __launch_bounds__(THREADS)
    late_weights(int64_t n_seq, const int32_t *offsets, const float *x, float *y) {
    const int lane = threadIdx.x % 32;
    for (int64_t s = first_thread() / 32; s < n_seq; s += all_threads() / 32) {
        float top = -INFINITY, sum = 0.0f;
        for (int64_t i = offsets[s] + lane; i < offsets[s + 1]; i += 32) top = fmaxf(top, x[i]);
        top = mg_warp_max(top);
        for (int64_t i = offsets[s] + lane; i < offsets[s + 1]; i += 32) sum += expf(x[i] - top);
        sum = mg_warp_sum(sum);
        for (int64_t i = offsets[s] + lane; i < offsets[s + 1]; i += 32)
            y[i] = expf(x[i] - top) / sum;
    }
}

/* The first of the greatest of n products `step` apart; -1 and 0 where a pad decides. */
static __device__ void late_best(const float *r, int64_t step, int64_t n, bool pads, int64_t row,
                                 float *top, int32_t *arg) {
    float most = -INFINITY;
    int64_t best = -1;
    for (int64_t j = 0; j < n; j++)
        if (r[j * step] > most) {
            most = r[j * step];
            best = j;
        }
    const bool none = best < 0 || (most < 0.0f && pads);
    *top = none ? 0.0f : most;
    *arg = none ? -1 : (int32_t)(row + best);
}

/* A thread a row of the tile and sequence of b. */
static __global__ void __launch_bounds__(THREADS) late_rows(const late c) {
    const mg_k_late &k = c.k;
    for (int64_t at = first_thread(); at < c.rows * k.n_b; at += all_threads()) {
        const int64_t t = c.first + at / k.n_b, j = at % k.n_b, from = k.b_offsets[j],
                      all = k.b_offsets[j + 1] - from, i = sequence_of(k.a_offsets, k.n_a, t);
        const bool real = !k.a_real || t - k.a_offsets[i] < k.a_real[i];
        const int64_t n = !real ? 0 : k.b_real ? k.b_real[j] : all;
        late_best(c.r + (t - c.first) * k.rows_b + from, 1, n, n < all, from,
                  &k.a_top[t * k.n_b + j], &k.a_arg[t * k.n_b + j]);
    }
}

/* A thread a row of b and sequence of the tile. */
static __global__ void __launch_bounds__(THREADS) late_columns(const late c) {
    const mg_k_late &k = c.k;
    for (int64_t at = first_thread(); at < (c.i1 - c.i0) * k.rows_b; at += all_threads()) {
        const int64_t i = c.i0 + at / k.rows_b, s = at % k.rows_b, from = k.a_offsets[i],
                      all = k.a_offsets[i + 1] - from, j = sequence_of(k.b_offsets, k.n_b, s);
        const bool real = !k.b_real || s - k.b_offsets[j] < k.b_real[j];
        const int64_t n = !real ? 0 : k.a_real ? k.a_real[i] : all;
        late_best(c.r + (from - c.first) * k.rows_b + s, k.rows_b, n, n < all, from,
                  &k.b_top[s * k.n_a + i], &k.b_arg[s * k.n_a + i]);
    }
}

static __global__ void __launch_bounds__(THREADS) late_sums(const mg_k_late k) {
    for (int64_t at = first_thread(); at < k.n_a * k.n_b; at += all_threads()) {
        const int64_t i = at / k.n_b, j = at % k.n_b;
        double sum = 0.0;
        for (int64_t t = k.a_offsets[i]; t < k.a_offsets[i + 1]; t++)
            sum += (double)k.a_weight[t] * k.a_top[t * k.n_b + j];
        for (int64_t s = k.b_offsets[j]; s < k.b_offsets[j + 1]; s++)
            sum += (double)k.b_weight[s] * k.b_top[s * k.n_a + i];
        k.y[at] = (float)(0.5 * sum);
    }
}

static mg_k_late on_device(mg_cuda *cu, mg_k_late k) {
    k.a_offsets = mg_cuda_index(cu, k.a_offsets, k.n_a + 1);
    k.b_offsets = mg_cuda_index(cu, k.b_offsets, k.n_b + 1);
    k.a_real = mg_cuda_index(cu, k.a_real, k.n_a);
    k.b_real = mg_cuda_index(cu, k.b_real, k.n_b);
    const float **in[] = {&k.a, &k.b, &k.a_logits, &k.b_logits};
    for (const float **p : in) *p = mg_cuda_at(cu, *p);
    float **out[] = {&k.y, &k.a_weight, &k.b_weight, &k.a_top, &k.b_top};
    for (float **p : out) *p = mg_cuda_at(cu, *p);
    k.a_arg = mg_cuda_at(cu, k.a_arg);
    k.b_arg = mg_cuda_at(cu, k.b_arg);
    return k;
}

/* All sequences of a, tile by tile; host: the host's offsets. */
static int late_tiles(mg_cuda *cu, late c, const int32_t *host, int64_t room) {
    while (c.i0 < c.k.n_a) {
        c.i1 = c.i0 + 1;
        while (c.i1 < c.k.n_a && host[c.i1 + 1] - host[c.i0] <= room) c.i1++;
        c.first = host[c.i0];
        c.rows = host[c.i1] - c.first;
        if (c.rows > 0 && product(cu, MG_CUDA_NT, c.rows, c.k.rows_b, c.k.d,
                                  c.k.a + c.first * c.k.d, c.k.b, c.r, 0.0f))
            return 1;
        if (c.rows > 0)
            mg_cuda_launch(cu, late_rows, dim3(mg_cuda_blocks(cu, c.rows * c.k.n_b, THREADS, 1)),
                           dim3(THREADS), c);
        mg_cuda_launch(cu, late_columns,
                       dim3(mg_cuda_blocks(cu, (c.i1 - c.i0) * c.k.rows_b, THREADS, 1)),
                       dim3(THREADS), c);
        c.i0 = c.i1;
    }
    return 0;
}

int mg_cuda_late(mg_backend *be, const mg_k_late *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    int64_t room = TILE / k->rows_b < k->rows_a ? TILE / k->rows_b : k->rows_a;
    for (int64_t i = 0; i < k->n_a; i++)
        if (k->a_offsets[i + 1] - k->a_offsets[i] > room)
            room = k->a_offsets[i + 1] - k->a_offsets[i];
    late c = {};
    c.k = on_device(cu, *k);
    c.r = mg_cuda_array<float>(cu, room * k->rows_b);
    mg_cuda_launch(cu, late_weights, dim3(mg_cuda_blocks(cu, k->n_a * 32, THREADS, 1)),
                   dim3(THREADS), k->n_a, c.k.a_offsets, c.k.a_logits, c.k.a_weight);
    mg_cuda_launch(cu, late_weights, dim3(mg_cuda_blocks(cu, k->n_b * 32, THREADS, 1)),
                   dim3(THREADS), k->n_b, c.k.b_offsets, c.k.b_logits, c.k.b_weight);
    if (c.r && c.k.a && c.k.b && late_tiles(cu, c, k->a_offsets, room) == 0)
        mg_cuda_launch(cu, late_sums, dim3(mg_cuda_blocks(cu, k->n_a * k->n_b, THREADS, 1)),
                       dim3(THREADS), c.k);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "late interaction");
}

/* A warp a sequence of x. dw: scratch, [rows of x] */
static __global__ void __launch_bounds__(THREADS) late_logits(const mg_late_side k, float *dw) {
    const int lane = threadIdx.x % 32;
    for (int64_t i = first_thread() / 32; i < k.n; i += all_threads() / 32) {
        float mean = 0.0f;
        for (int64_t t = k.xo[i] + lane; t < k.xo[i + 1]; t += 32) {
            double sum = 0.0;
            for (int64_t j = 0; j < k.m; j++)
                sum += (double)k.dy[i * k.step_n + j * k.step_m] * k.x_top[t * k.m + j];
            dw[t] = (float)(0.5 * sum);
            mean += k.x_weight[t] * dw[t];
        }
        mean = mg_warp_sum(mean);
        for (int64_t t = k.xo[i] + lane; t < k.xo[i + 1]; t += 32)
            put(&k.dlogits[t], k.x_weight[t] * (dw[t] - mean), k.acc_logits);
    }
}

/* A thread a column of a sequence of x: it alone writes there. */
static __global__ void __launch_bounds__(THREADS) late_gather(const mg_late_side k) {
    for (int64_t at = first_thread(); at < k.n * k.d; at += all_threads()) {
        const int64_t i = at / k.d, c = at % k.d;
        for (int64_t t = k.xo[i]; !k.acc_x && t < k.xo[i + 1]; t++) k.dx[t * k.d + c] = 0.0f;
        for (int64_t j = 0; j < k.m; j++) {
            const float g = 0.5f * k.dy[i * k.step_n + j * k.step_m];
            for (int64_t t = k.xo[i]; t < k.xo[i + 1]; t++) {
                const int64_t s = k.x_arg[t * k.m + j];
                if (s >= 0) k.dx[t * k.d + c] += g * k.x_weight[t] * k.y[s * k.d + c];
            }
            for (int64_t s = k.yo[j]; s < k.yo[j + 1]; s++) {
                const int64_t t = k.y_arg[s * k.n + i];
                if (t >= 0) k.dx[t * k.d + c] += g * k.y_weight[s] * k.y[s * k.d + c];
            }
        }
    }
}

int mg_cuda_late_back(mg_backend *be, const mg_k_late_back *b) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    mg_k_late_back d = *b;
    d.f = on_device(cu, b->f);
    d.dy = mg_cuda_at(cu, b->dy);
    float **out[] = {&d.da, &d.db, &d.da_logits, &d.db_logits};
    for (float **p : out) *p = mg_cuda_at(cu, *p);
    float *dw = mg_cuda_array<float>(cu, b->f.rows_a > b->f.rows_b ? b->f.rows_a : b->f.rows_b);
    for (int e = 0; e < 2; e++) {
        const mg_late_side side = mg_late_side_of(&d, e == 0);
        if (side.dlogits)
            mg_cuda_launch(cu, late_logits, dim3(mg_cuda_blocks(cu, side.n * 32, THREADS, 1)),
                           dim3(THREADS), side, dw);
        if (side.dx)
            mg_cuda_launch(cu, late_gather, dim3(mg_cuda_blocks(cu, side.n * side.d, THREADS, 1)),
                           dim3(THREADS), side);
    }
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "late interaction, backward");
}
