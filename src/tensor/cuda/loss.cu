/* loss.cu - symmetric InfoNCE with all its gradients, and softmax cross-entropy against one target
 * a row.
 *
 * InfoNCE of a[n,d], b[n,d], as in cpu/loss.c. z = a b^T; x = s z is the scaled similarity of a
 * kept pair (i = j, or groups that differ):
 *
 *     2n loss = sum_i (lse_i - x_ii) + sum_j (lse_j - x_jj) - smoothing terms
 *     g = s dloss/dx,  da = g b,  db = g^T a
 *
 * z is made for some rows of a at a time: at most 2^26 of its floats exist. A first walk over these
 * chunks gathers the log-sum-exps of rows and columns, a second makes the gradients. A batch of
 * 8,192 is one chunk, whose z is kept between the two. z stays unscaled and unmasked; every kernel
 * makes x from it. z's products are always f32: at scale 100 a bf16 similarity would be off by up
 * to 0.4. In bf16 precision the two products with g are bf16: their rounding errors average out.
 *
 * Launches: a product and three kernels a chunk, one for the loss. Gradients: two products and a
 * kernel a chunk (and the product again when there are several chunks), one for the scale's
 * gradient, two to round a and b in bf16 precision. The products, 6 n^2 d flops, bound it (f32:
 * some 50 Tflop/s on an H100, an estimate). The kernels read z three times and write g, 16 n^2
 * bytes in all. Cross-entropy: two launches for the loss, one for the gradient.
 */
#include "tensor/cuda/cuda.h"

enum { THREADS = 256, SUM_THREADS = 1024, MAX_SLABS = 64 };
static const int64_t SIMILARITIES = (int64_t)1 << 26;

/* ---- sums over a block: all threads take part, all get the result ---- */

static __device__ __forceinline__ float block_max(float x, float *shared) {
    x = mg_warp_max(x);
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = x;
    __syncthreads();
    for (int w = 0; w < THREADS / 32; w++) x = fmaxf(x, shared[w]);
    __syncthreads();
    return x;
}

static __device__ __forceinline__ float block_sum(float x, float *shared) {
    float sum = 0.0f;
    x = mg_warp_sum(x);
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = x;
    __syncthreads();
    for (int w = 0; w < THREADS / 32; w++) sum += shared[w];
    __syncthreads();
    return sum;
}

/* The same of SUM_THREADS doubles, once in a kernel. */
static __device__ __forceinline__ double total(double x, double *shared) {
    shared[threadIdx.x] = x;
    for (int half = SUM_THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    }
    __syncthreads();
    return shared[0];
}

/* The log-sum-exp of numbers that come one at a time: top is the largest so far, sum that of e^(x -
 * top). */
struct running {
    float top, sum;
};
static __device__ __forceinline__ void take(running &r, float x) {
    if (x > r.top) {
        r.sum = fmaf(r.sum, expf(r.top - x), 1.0f);
        r.top = x;
    } else if (x > -INFINITY) {
        r.sum += expf(x - r.top);
    } else if (x != x) {
        r.sum = x; /* a NaN shows in the result */
    }
}
/* r.sum relative to another top; 0 where nothing came */
static __device__ __forceinline__ float relative(const running &r, float top) {
    return r.top == -INFINITY ? r.sum : r.sum * expf(r.top - top);
}

/* ---- InfoNCE ---- */

struct nce {            /* device addresses */
    int64_t n, ld;      /* ld: floats from row to row of z, halves of gh */
    int64_t row0, rows; /* the chunk */
    const int32_t *groups;
    const float *log_scale;
    float scale, max_scale, log_max, smoothing;
    float *z;     /* [rows,ld] a b^T, then g */
    uint16_t *gh; /* [rows,ld] g in bf16, or NULL */
    /* [n]; row_sum: of x; share: smoothing / kept pairs */
    float *row_lse, *row_sum, *share, *diagonal, *row_dscale;
    float *col_top, *col_lse;    /* [n] */
    double *col_total, *col_sum; /* [n]: sum of e^(x - col_top), sum of x */
    int64_t slab_rows, slabs;    /* column statistics of each slab of the chunk, [slabs,n] */
    running *slab;
    float *slab_sum;
};

static __device__ __forceinline__ float scale_of(const nce &c) {
    if (!c.log_scale) return c.scale;
    return *c.log_scale > c.log_max ? c.max_scale : expf(*c.log_scale);
}
static __device__ __forceinline__ bool kept(const nce &c, int64_t i, int64_t j) {
    return i == j || !c.groups || c.groups[i] != c.groups[j];
}

/* Row statistics of the chunk, a block for each row. 4 bytes read for each pair; one exponential:
 * bound by memory. */
static __global__ void __launch_bounds__(THREADS) nce_rows(const nce c) {
    __shared__ float shared[THREADS / 32];
    const int64_t i = c.row0 + blockIdx.x;
    const float *z = c.z + blockIdx.x * c.ld;
    const float s = scale_of(c);
    running r = {-INFINITY, 0.0f};
    float sum = 0.0f, count = 0.0f; /* a thread's count is far below 2^24 */
    for (int64_t j = threadIdx.x; j < c.n; j += THREADS)
        if (kept(c, i, j)) {
            take(r, s * z[j]);
            sum += s * z[j];
            count += 1.0f;
        }
    const float top = block_max(r.top, shared), exps = block_sum(relative(r, top), shared);
    sum = block_sum(sum, shared);
    count = block_sum(count, shared);
    if (threadIdx.x != 0) return;
    c.row_lse[i] = top + logf(exps);
    c.row_sum[i] = sum;
    c.share[i] = c.smoothing / count;
    c.diagonal[i] = s * z[i];
}

/* Statistics of the columns over a slab of the chunk's rows (blockIdx.y), a thread for each column.
 * Bound as nce_rows. */
static __global__ void __launch_bounds__(THREADS) nce_columns(const nce c) {
    const int64_t j = (int64_t)blockIdx.x * THREADS + threadIdx.x, first = blockIdx.y * c.slab_rows;
    const int64_t end = first + c.slab_rows < c.rows ? first + c.slab_rows : c.rows;
    if (j >= c.n) return;
    const float s = scale_of(c);
    running r = {-INFINITY, 0.0f};
    float sum = 0.0f;
    for (int64_t i = first; i < end; i++)
        if (kept(c, c.row0 + i, j)) {
            take(r, s * c.z[i * c.ld + j]);
            sum += s * c.z[i * c.ld + j];
        }
    c.slab[blockIdx.y * c.n + j] = r;
    c.slab_sum[blockIdx.y * c.n + j] = sum;
}

/* The slabs, in order, added to what the columns have from earlier chunks. 12 bytes a slab and
 * column: small. */
static __global__ void __launch_bounds__(THREADS) nce_merge(const nce c) {
    const int64_t j = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (j >= c.n) return;
    float top = c.row0 > 0 ? c.col_top[j] : -INFINITY;
    double exps = c.row0 > 0 ? c.col_total[j] : 0.0, sum = c.row0 > 0 ? c.col_sum[j] : 0.0;
    for (int64_t p = 0; p < c.slabs; p++) {
        const running r = c.slab[p * c.n + j];
        const float most = fmaxf(top, r.top);
        if (top > -INFINITY) exps *= exp((double)top - most);
        exps += relative(r, most);
        sum += c.slab_sum[p * c.n + j];
        top = most;
    }
    c.col_top[j] = top;
    c.col_total[j] = exps;
    c.col_sum[j] = sum;
    c.col_lse[j] = top + (float)log(exps);
}

/* One block: 44 n bytes. The sums over a row's pairs of x_ij - x_ii, and over a column's of x_ij -
 * x_jj, are taken apart into sums of x and kept pairs times the diagonal: share times kept is the
 * smoothing. */
static __global__ void __launch_bounds__(SUM_THREADS) nce_loss(const nce c, float *loss) {
    __shared__ double shared[SUM_THREADS];
    double sum = 0.0;
    for (int64_t i = threadIdx.x; i < c.n; i += SUM_THREADS) {
        const double x = c.diagonal[i];
        sum += ((double)c.row_lse[i] - x) + ((double)c.col_lse[i] - x);
        if (c.smoothing > 0.0f)
            sum += 2.0 * c.smoothing * x - c.share[i] * (c.row_sum[i] + c.col_sum[i]);
    }
    sum = total(sum, shared);
    if (threadIdx.x == 0) *loss = (float)(sum / (2.0 * (double)c.n));
}

/* z becomes g (or gh gets it): s times (e^(x - row_lse_i) + e^(x - col_lse_j) - the targets of
 * both) / 2n; a block for each row. The row's part of dloss/dlog s = sum of dloss/dx times x is
 * taken of x_ij - x_ii and x_ij - x_jj, since the softmax and its target add up to the same. 8
 * bytes a pair, two exponentials: bound by memory. */
static __global__ void __launch_bounds__(THREADS) nce_gradient(const nce c) {
    __shared__ float shared[THREADS / 32];
    const int64_t i = c.row0 + blockIdx.x;
    float *z = c.z + blockIdx.x * c.ld;
    const float s = scale_of(c), half = 0.5f / (float)c.n, row_lse = c.row_lse[i],
                share = c.share[i], diagonal = c.diagonal[i];
    float dscale = 0.0f;
    for (int64_t j = threadIdx.x; j < c.n; j += THREADS) {
        float g = 0.0f;
        if (kept(c, i, j)) {
            const float x = s * z[j], target = i == j ? 1.0f - c.smoothing : 0.0f;
            const float by_row = expf(x - row_lse) - share,
                        by_column = expf(x - c.col_lse[j]) - c.share[j];
            dscale += half * (by_row * (x - diagonal) + by_column * (x - c.diagonal[j]));
            g = s * half * ((by_row - target) + (by_column - target));
        }
        if (c.gh)
            c.gh[blockIdx.x * c.ld + j] = mg_dev_half(g);
        else
            z[j] = g;
    }
    dscale = block_sum(dscale, shared);
    if (threadIdx.x == 0) c.row_dscale[i] = dscale;
}

static __global__ void __launch_bounds__(SUM_THREADS)
    nce_scale_gradient(const nce c, float *dlog_scale) {
    __shared__ double shared[SUM_THREADS];
    double sum = 0.0;
    for (int64_t i = threadIdx.x; i < c.n; i += SUM_THREADS) sum += c.row_dscale[i];
    sum = total(sum, shared);
    if (threadIdx.x == 0)
        *dlog_scale = !c.log_scale || *c.log_scale > c.log_max ? 0.0f : (float)sum;
}

static unsigned column_blocks(const nce &c) { return (unsigned)((c.n + THREADS - 1) / THREADS); }

/* False when scratch is full. */
static bool nce_room(mg_cuda *cu, const mg_k_infonce *k, nce *c) {
    const int64_t n = k->n, most = SIMILARITIES / n;
    c->rows = most >= n ? n : most < 1 ? 1 : most;
    c->slab_rows = (c->rows + MAX_SLABS - 1) / MAX_SLABS < 32
                       ? 32
                       : (c->rows + MAX_SLABS - 1) / MAX_SLABS;
    c->slabs = (c->rows + c->slab_rows - 1) / c->slab_rows;
    c->z = mg_cuda_array<float>(cu, c->rows * c->ld);
    c->slab = mg_cuda_array<running>(cu, c->slabs * n);
    c->slab_sum = mg_cuda_array<float>(cu, c->slabs * n);
    c->col_total = mg_cuda_array<double>(cu, n);
    c->col_sum = mg_cuda_array<double>(cu, n);
    bool room = c->z && c->slab && c->slab_sum && c->col_total && c->col_sum;
    float **vectors[] = {&c->row_lse,    &c->row_sum, &c->share,  &c->diagonal,
                         &c->row_dscale, &c->col_top, &c->col_lse};
    for (float **v : vectors) room = (*v = mg_cuda_array<float>(cu, n)) != NULL && room;
    return room;
}

static int similarities(mg_cuda *cu, const mg_k_infonce *k, const nce &c, const float *a,
                        const float *b) {
    mg_cuda_gemm g = {};
    g.form = MG_CUDA_NT;
    g.m = c.rows;
    g.n = k->n;
    g.k = k->d;
    g.alpha = 1.0f;
    g.a = a + c.row0 * k->d;
    g.b = b;
    g.c = c.z;
    g.lda = g.ldb = k->d;
    g.ldc = c.ld;
    return mg_cuda_multiply(cu, &g);
}

/* Chunk by chunk from the first; the last may be shorter. */
static bool next_chunk(nce *c, int64_t most) {
    c->row0 += c->rows;
    c->rows = c->n - c->row0 < most ? c->n - c->row0 : most;
    return c->rows > 0;
}

static int nce_value(mg_cuda *cu, const mg_k_infonce *k, nce c, const float *a, const float *b) {
    const int64_t most = c.rows;
    do {
        c.slabs = (c.rows + c.slab_rows - 1) / c.slab_rows;
        if (similarities(cu, k, c, a, b)) return 1;
        mg_cuda_launch(cu, nce_rows, dim3((unsigned)c.rows), dim3(THREADS), c);
        mg_cuda_launch(cu, nce_columns, dim3(column_blocks(c), (unsigned)c.slabs), dim3(THREADS),
                       c);
        mg_cuda_launch(cu, nce_merge, dim3(column_blocks(c)), dim3(THREADS), c);
    } while (next_chunk(&c, most));
    mg_cuda_launch(cu, nce_loss, dim3(1), dim3(SUM_THREADS), c, mg_cuda_at(cu, k->loss));
    return 0;
}

/* The factors of the last two products: f32, or bf16 in new scratch. */
struct nce_factors {
    const void *a, *b;
    bool half;
};

static int nce_factors_of(mg_cuda *cu, const mg_k_infonce *k, nce *c, const float *a,
                          const float *b, nce_factors *f) {
    *f = {a, b, k->precision == MG_PREC_BF16};
    if (!f->half) return 0;
    const int64_t count = k->n * k->d;
    uint16_t *ah = mg_cuda_array<uint16_t>(cu, count), *bh = mg_cuda_array<uint16_t>(cu, count);
    c->gh = mg_cuda_array<uint16_t>(cu, c->rows * c->ld);
    if (!ah || !bh || !c->gh) return 1;
    mg_dev_to_half(cu, count, a, ah);
    mg_dev_to_half(cu, count, b, bh);
    *f = {ah, bh, true};
    return 0;
}

/* Rows row0 .. of da = g b, and db += g^T a over the chunk. */
static int nce_products(mg_cuda *cu, const mg_k_infonce *k, const nce &c, const nce_factors &f) {
    const int64_t at = c.row0 * k->d;
    mg_cuda_gemm g = {};
    g.alpha = 1.0f;
    g.a = c.gh ? (const void *)c.gh : c.z;
    g.half = f.half;
    g.lda = c.ld;
    g.ldb = g.ldc = g.n = k->d;
    mg_cuda_gemm da = g, db = g;
    da.form = MG_CUDA_NN;
    da.m = c.rows;
    da.k = k->n;
    da.b = f.b;
    da.c = mg_cuda_at(cu, k->da) + at;
    db.form = MG_CUDA_TN;
    db.m = k->n;
    db.k = c.rows;
    db.b = f.half ? (const void *)((const uint16_t *)f.a + at) : (const float *)f.a + at;
    db.c = mg_cuda_at(cu, k->db);
    db.beta = c.row0 > 0 ? 1.0f : 0.0f;
    return mg_cuda_multiply(cu, &da) || mg_cuda_multiply(cu, &db);
}

static int nce_gradients(mg_cuda *cu, const mg_k_infonce *k, nce c, const float *a,
                         const float *b) {
    const int64_t most = c.rows;
    nce_factors f;
    if (nce_factors_of(cu, k, &c, a, b, &f)) return 1;
    do {
        if (most < k->n && similarities(cu, k, c, a, b)) return 1;
        mg_cuda_launch(cu, nce_gradient, dim3((unsigned)c.rows), dim3(THREADS), c);
        if (nce_products(cu, k, c, f)) return 1;
    } while (next_chunk(&c, most));
    mg_cuda_launch(cu, nce_scale_gradient, dim3(1), dim3(SUM_THREADS), c,
                   mg_cuda_at(cu, k->dlog_scale));
    return 0;
}

int mg_cuda_infonce(mg_backend *be, const mg_k_infonce *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    const float *a = mg_cuda_at(cu, k->a), *b = mg_cuda_at(cu, k->b);
    nce c = {};
    c.n = k->n;
    c.ld = (k->n + 7) / 8 * 8; /* rows at multiples of 16 bytes, in bf16 too */
    c.groups = mg_cuda_index(cu, k->groups, k->n);
    c.log_scale = mg_cuda_at(cu, k->log_scale);
    c.scale = k->scale;
    c.max_scale = k->max_scale;
    c.log_max = k->log_scale ? logf(k->max_scale) : 0.0f;
    c.smoothing = k->smoothing;
    if (nce_room(cu, k, &c) && a && b && nce_value(cu, k, c, a, b) == 0 && k->da)
        (void)nce_gradients(cu, k, c, a, b);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "infonce");
}

/* ---- softmax cross-entropy: WARPS warps a row, 1 or all 8 of the block ---- */

enum { ONE_WARP_COLUMNS = 4096 }; /* up to here a warp does a row */

struct xent { /* device addresses */
    int64_t n, c;
    const float *logits;
    const int32_t *targets;
    const float *weights;
    float norm, smoothing;
    float *lse, *row_loss;
    const float *up;
    float *dlogits;
    int acc;
};

/* u_i of backend.h */
static __device__ __forceinline__ float row_weight(const xent &x, int64_t i) {
    return x.targets[i] < 0 ? 0.0f : (x.weights ? x.weights[i] : 1.0f) * x.norm;
}

/* Bound by memory, 4 bytes a column: the second pass over a row finds it in a cache. */
template <int WARPS>
static __global__ void __launch_bounds__(THREADS) xent_rows(const xent x) {
    __shared__ float shared[THREADS / 32];
    constexpr int STEP = 32 * WARPS;
    const int64_t i = ((int64_t)blockIdx.x * THREADS + threadIdx.x) / STEP;
    const int lane = (int)threadIdx.x % STEP;
    if (i >= x.n) return; /* whole warps, or blocks */
    const int target = x.targets[i];
    if (target < 0) {
        if (lane == 0) x.lse[i] = x.row_loss[i] = 0.0f;
        return;
    }
    const float *row = x.logits + i * x.c;
    float top = -INFINITY, exps = 0.0f, sum = 0.0f;
    for (int64_t j = lane; j < x.c; j += STEP) top = fmaxf(top, row[j]);
    top = WARPS == 1 ? mg_warp_max(top) : block_max(top, shared);
    for (int64_t j = lane; j < x.c; j += STEP) {
        exps += expf(row[j] - top);
        sum += row[j] - top;
    }
    exps = WARPS == 1 ? mg_warp_sum(exps) : block_sum(exps, shared);
    sum = WARPS == 1 ? mg_warp_sum(sum) : block_sum(sum, shared);
    if (lane != 0) return;
    const float log_exps = logf(exps);
    float loss = (1.0f - x.smoothing) * (log_exps - (row[target] - top));
    /* without it a logit may be -infinity */
    if (x.smoothing > 0.0f) loss += x.smoothing * (log_exps - sum / (float)x.c);
    x.lse[i] = top + log_exps;
    x.row_loss[i] = loss;
}

/* One block; 12 n bytes. */
static __global__ void __launch_bounds__(SUM_THREADS) xent_loss(const xent x, float *loss) {
    __shared__ double shared[SUM_THREADS];
    double sum = 0.0;
    for (int64_t i = threadIdx.x; i < x.n; i += SUM_THREADS)
        sum += (double)row_weight(x, i) * x.row_loss[i];
    sum = total(sum, shared);
    if (threadIdx.x == 0) *loss = (float)sum;
}

/* Bound by memory: 8 bytes a column, 12 when it adds. */
template <int WARPS>
static __global__ void __launch_bounds__(THREADS) xent_gradient(const xent x) {
    constexpr int STEP = 32 * WARPS;
    const int64_t i = ((int64_t)blockIdx.x * THREADS + threadIdx.x) / STEP;
    if (i >= x.n) return;
    const float factor = *x.up * row_weight(x, i), lse = x.lse[i], share = x.smoothing / (float)x.c;
    const float *row = x.logits + i * x.c;
    float *to = x.dlogits + i * x.c;
    for (int64_t j = threadIdx.x % STEP; j < x.c; j += STEP) {
        const float q = share + (j == x.targets[i] ? 1.0f - x.smoothing : 0.0f);
        const float g = factor == 0.0f ? 0.0f : factor * (expf(row[j] - lse) - q);
        to[j] = x.acc ? to[j] + g : g;
    }
}

static xent xent_of(mg_cuda *cu, const mg_k_xent *k) {
    xent x = {};
    x.n = k->n;
    x.c = k->c;
    x.logits = mg_cuda_at(cu, k->logits);
    x.targets = mg_cuda_index(cu, k->targets, k->n);
    x.weights = mg_cuda_index(cu, k->weights, k->n);
    x.norm = k->norm;
    x.smoothing = k->smoothing;
    x.lse = mg_cuda_at(cu, k->lse);
    x.row_loss = mg_cuda_at(cu, k->row_loss);
    return x;
}

static void launch_rows(mg_cuda *cu, const xent &x, void (*a_warp)(xent), void (*a_block)(xent)) {
    if (x.c <= ONE_WARP_COLUMNS)
        mg_cuda_launch(cu, a_warp, dim3((unsigned)((x.n + 7) / 8)), dim3(THREADS), x);
    else
        mg_cuda_launch(cu, a_block, dim3((unsigned)x.n), dim3(THREADS), x);
}

int mg_cuda_xent(mg_backend *be, const mg_k_xent *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const xent x = xent_of(cu, k);
    launch_rows(cu, x, xent_rows<1>, xent_rows<8>);
    mg_cuda_launch(cu, xent_loss, dim3(1), dim3(SUM_THREADS), x, mg_cuda_at(cu, k->loss));
    return mg_cuda_done(cu, "cross-entropy");
}

int mg_cuda_xent_back(mg_backend *be, const mg_k_xent_back *b) {
    mg_cuda *cu = mg_cuda_of(be);
    xent x = xent_of(cu, &b->f);
    x.up = mg_cuda_at(cu, b->up);
    x.dlogits = mg_cuda_at(cu, b->dlogits);
    x.acc = b->acc;
    launch_rows(cu, x, xent_gradient<1>, xent_gradient<8>);
    return mg_cuda_done(cu, "cross-entropy, backward");
}
