/* norm.cu - layer norm, batch norm and unit rows on the GPU, forward and backward; all matrices [n,
 * cols].
 *
 * Layer norm: a team of threads a row, which holds it in registers (up to 8192 columns). A team is
 * a warp up to 1024 columns, else a block of 256 threads. Batch norm: statistics by sums down the
 * columns (columns.h), then one map. Unit rows: a team a row, read twice, the second time from
 * cache. Everything is bound by memory. The bytes an element moves stand at each function (4 more
 * where a gradient is added to what is there). ref/norm.c says what each computes.
 */
#include "tensor/cuda/columns.h"
#include "tensor/cuda/lanes.h"

enum { THREADS = 256, WARPS = THREADS / 32, WARP_COLS = 1024, MOST_COLS = 8192 };

/* ---- teams of 32 or THREADS threads, one row each ---- */

/* The sum over the team in all its threads. TEAM == THREADS: the whole block calls it. */
template <int TEAM>
static __device__ __forceinline__ float team_sum(float x) {
    __shared__ float sums[WARPS];
    x = mg_warp_sum(x);
    if (TEAM == 32) return x;
    __syncthreads(); /* the sum before this one has been read */
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = x;
    __syncthreads();
    x = 0.0f;
    for (int w = 0; w < WARPS; w++) x += sums[w];
    return x;
}

/* Quad q of a thread: columns quad_at .. quad_at + 3 of its team's row. Quads lie side by side, so
 * a warp reads 512 bytes at once. */
template <int TEAM>
static __device__ __forceinline__ int64_t quad_at(int q) {
    return 4 * ((int64_t)q * TEAM + threadIdx.x % TEAM);
}

/* ---- layer norm ---- */

/* r.v[j] for columns c + j < cols, 0 beyond: what padding adds to a sum. */
static __device__ __forceinline__ mg_four inside(mg_four r, int64_t c, int64_t cols) {
    for (int j = 0; j < 4; j++)
        if (c + j >= cols) r.v[j] = 0.0f;
    return r;
}

/* The row, with its residual added and the sum written; returns the row's total of this thread. */
template <int TEAM, int QUADS, bool WIDE>
static __device__ __forceinline__ float load_row(const mg_k_norm &k, int64_t row, mg_four *x) {
    float total = 0.0f;
    for (int q = 0; q < QUADS; q++) {
        const int64_t c = quad_at<TEAM>(q);
        x[q] = mg_load4<WIDE>(k.x + row * k.cols, c, k.cols);
        if (k.residual) {
            mg_four r = mg_load4<WIDE>(k.residual + row * k.cols, c, k.cols);
            for (int j = 0; j < 4; j++) x[q].v[j] += r.v[j];
            mg_store4<WIDE>(k.sum + row * k.cols, c, k.cols, x[q]);
        }
        total += (x[q].v[0] + x[q].v[1]) + (x[q].v[2] + x[q].v[3]);
    }
    return total;
}

template <int TEAM, int QUADS, bool WIDE>
static __global__ void norm_kernel(mg_k_norm k) {
    const int64_t teams = (int64_t)gridDim.x * (THREADS / TEAM);
    for (int64_t row = (int64_t)blockIdx.x * (THREADS / TEAM) + threadIdx.x / TEAM; row < k.n;
         row += teams) {
        mg_four x[QUADS];
        const float total = team_sum<TEAM>(load_row<TEAM, QUADS, WIDE>(k, row, x)),
                    mean = k.rms ? 0.0f : total / (float)k.cols;
        float squares = 0.0f;
        for (int q = 0; q < QUADS; q++) {
            for (int j = 0; j < 4; j++) x[q].v[j] -= mean;
            x[q] = inside(x[q], quad_at<TEAM>(q), k.cols);
            for (int j = 0; j < 4; j++) squares += x[q].v[j] * x[q].v[j];
        }
        const float rstd = 1.0f / sqrtf(team_sum<TEAM>(squares) / (float)k.cols + k.eps);
        for (int q = 0; q < QUADS; q++) {
            const int64_t c = quad_at<TEAM>(q);
            const mg_four gamma = mg_load4<WIDE>(k.gamma, c, k.cols);
            mg_four beta = {};
            if (!k.rms) beta = mg_load4<WIDE>(k.beta, c, k.cols);
            for (int j = 0; j < 4; j++) x[q].v[j] = gamma.v[j] * (x[q].v[j] * rstd) + beta.v[j];
            mg_store4<WIDE>(k.y + row * k.cols, c, k.cols, x[q]);
        }
        if (threadIdx.x % TEAM == 0) {
            k.mean[row] = mean;
            k.rstd[row] = rstd;
        }
    }
}

/* One row of backward: adds its terms to dgamma and dbeta (in registers, this thread's columns) and
 * writes dx. With g = gamma dy: dx = rstd (g - mean(g) - xhat mean(g xhat)), without mean(g) in RMS
 * norm. Padding has dy = 0, so
 * it adds nothing. */
template <int TEAM, int QUADS, bool WIDE>
static __device__ __forceinline__ void norm_back_row(const mg_k_norm_back &k, int64_t row,
                                                     mg_four *dgamma, mg_four *dbeta) {
    const float mean = k.mean[row], rstd = k.rstd[row];
    mg_four xhat[QUADS], g[QUADS];
    float sum_g = 0.0f, sum_gx = 0.0f;
    for (int q = 0; q < QUADS; q++) {
        const int64_t c = quad_at<TEAM>(q);
        const mg_four gamma = mg_load4<WIDE>(k.gamma, c, k.cols);
        xhat[q] = mg_load4<WIDE>(k.x + row * k.cols, c, k.cols);
        g[q] = mg_load4<WIDE>(k.dy + row * k.cols, c, k.cols);
        for (int j = 0; j < 4; j++) {
            xhat[q].v[j] = (xhat[q].v[j] - mean) * rstd;
            dgamma[q].v[j] += g[q].v[j] * xhat[q].v[j];
            dbeta[q].v[j] += g[q].v[j];
            g[q].v[j] *= gamma.v[j];
            sum_g += g[q].v[j];
            sum_gx += g[q].v[j] * xhat[q].v[j];
        }
    }
    if (!k.dx) return;
    sum_g = k.rms ? 0.0f : team_sum<TEAM>(sum_g) / (float)k.cols;
    sum_gx = team_sum<TEAM>(sum_gx) / (float)k.cols;
    for (int q = 0; q < QUADS; q++) {
        for (int j = 0; j < 4; j++) g[q].v[j] = rstd * (g[q].v[j] - sum_g - xhat[q].v[j] * sum_gx);
        mg_put4<WIDE>(k.dx + row * k.cols, quad_at<TEAM>(q), k.cols, g[q], k.acc_dx != 0);
    }
}

/* part[2][cols] = sums of dgamma and dbeta over the block's teams. A block of one team has no
 * others to add. */
template <int QUADS>
static __device__ void put_block_sums(int64_t cols, const mg_four *dgamma, const mg_four *dbeta,
                                      double *part) {
    for (int q = 0; q < QUADS; q++) {
        const int64_t c = quad_at<THREADS>(q);
        for (int j = 0; j < 4; j++) {
            if (c + j >= cols) continue;
            part[c + j] = dgamma[q].v[j];
            part[cols + c + j] = dbeta[q].v[j];
        }
    }
}

/* The same of WARPS teams, a quad of each (128 columns) at a time through shared memory. */
template <int QUADS>
static __device__ void add_warp_sums(int64_t cols, const mg_four *dgamma, const mg_four *dbeta,
                                     double *part) {
    __shared__ float sums[2][WARPS][128];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, k = threadIdx.x / 128,
              column = threadIdx.x % 128;
    for (int q = 0; q < QUADS; q++) {
        __syncthreads();
        for (int j = 0; j < 4; j++) {
            sums[0][warp][4 * lane + j] = dgamma[q].v[j];
            sums[1][warp][4 * lane + j] = dbeta[q].v[j];
        }
        __syncthreads();
        double total = 0.0;
        for (int w = 0; w < WARPS; w++) total += sums[k][w][column];
        if (q * 128 + column < cols) part[k * cols + q * 128 + column] = total;
    }
}

/* A block a slice of m.rows rows; part[slices][2][cols] gets its sums of dgamma and dbeta. */
template <int TEAM, int QUADS, bool WIDE>
static __global__ void norm_back_kernel(mg_columns m, mg_k_norm_back k, double *part) {
    const int64_t slice = blockIdx.x, from = slice * m.rows,
                  to = from + m.rows < m.n ? from + m.rows : m.n;
    mg_four dgamma[QUADS] = {}, dbeta[QUADS] = {};
    for (int64_t row = from + threadIdx.x / TEAM; row < to; row += THREADS / TEAM)
        norm_back_row<TEAM, QUADS, WIDE>(k, row, dgamma, dbeta);
    if (TEAM == 32)
        add_warp_sums<QUADS>(k.cols, dgamma, dbeta, part + slice * 2 * k.cols);
    else
        put_block_sums<QUADS>(k.cols, dgamma, dbeta, part + slice * 2 * k.cols);
}

/* RUN(team, quads, wide) for the smallest of the shapes compiled that holds `cols` columns. */
#define BY_COLS(cols, wide, RUN)    \
    if ((cols) > WARP_COLS) {       \
        if (wide)                   \
            RUN(THREADS, 8, true);  \
        else                        \
            RUN(THREADS, 8, false); \
    } else if (!(wide))             \
        RUN(32, 8, false);          \
    else if ((cols) <= 256)         \
        RUN(32, 2, true);           \
    else if ((cols) <= 512)         \
        RUN(32, 4, true);           \
    else                            \
        RUN(32, 8, true)

static int too_wide(mg_cuda *cu, int64_t cols) {
    return mg_cuda_refuse(cu, "layer norm of %lld columns: the GPU's kernel has room for %d",
                          (long long)cols, (int)MOST_COLS);
}

/* 8 bytes an element, 16 with residual; one launch */
int mg_cuda_norm(mg_backend *be, const mg_k_norm *host) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_k_norm k = *host;
    if (k.cols > MOST_COLS) return too_wide(cu, k.cols);
    k.x = mg_cuda_at(cu, k.x);
    k.residual = mg_cuda_at(cu, k.residual);
    k.gamma = mg_cuda_at(cu, k.gamma);
    k.beta = mg_cuda_at(cu, k.beta);
    k.sum = mg_cuda_at(cu, k.sum);
    k.y = mg_cuda_at(cu, k.y);
    k.rstd = mg_cuda_at(cu, k.rstd);
    k.mean = mg_cuda_at(cu, k.mean);
    const bool there = k.x && k.gamma && (k.rms || k.beta) && k.y && k.rstd && k.mean &&
                       (!k.residual || k.sum);
    const bool wide = mg_is_wide(k.cols, k.x, k.residual, k.gamma, k.beta, k.sum, k.y);
    const dim3 grid(mg_cuda_blocks(cu, k.n, k.cols > WARP_COLS ? 1 : WARPS, 1));
#define RUN(team, quads, wide) \
    mg_cuda_launch(cu, norm_kernel<team, quads, wide>, grid, dim3(THREADS), k)
    if (there) {
        BY_COLS(k.cols, wide, RUN);
    }
#undef RUN
    return mg_cuda_done(cu, "norm");
}

static void norm_back_launch(mg_cuda *cu, const mg_k_norm_back &k) {
    const mg_columns m = mg_columns_of(k.n, k.cols);
    const bool wide = mg_is_wide(k.cols, k.x, k.gamma, k.dy, k.dx);
    const dim3 grid((unsigned)m.slices);
    double *part = mg_cuda_array<double>(cu, m.slices * 2 * k.cols);
    if (!part) return;
#define RUN(team, quads, wide) \
    mg_cuda_launch(cu, norm_back_kernel<team, quads, wide>, grid, dim3(THREADS), m, k, part)
    BY_COLS(k.cols, wide, RUN);
#undef RUN
    if (k.dgamma || k.dbeta)
        mg_columns_finish<2>(cu, m, part, mg_add_columns<2>{{k.dgamma, k.dbeta}});
}

/* 12 bytes an element and at most 2 for partial sums; two launches */
int mg_cuda_norm_back(mg_backend *be, const mg_k_norm_back *host) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_k_norm_back k = *host;
    if (k.cols > MOST_COLS) return too_wide(cu, k.cols);
    k.x = mg_cuda_at(cu, k.x);
    k.gamma = mg_cuda_at(cu, k.gamma);
    k.mean = mg_cuda_at(cu, k.mean);
    k.rstd = mg_cuda_at(cu, k.rstd);
    k.dy = mg_cuda_at(cu, k.dy);
    k.dx = mg_cuda_at(cu, k.dx);
    k.dgamma = mg_cuda_at(cu, k.dgamma);
    k.dbeta = mg_cuda_at(cu, k.dbeta);
    const size_t mark = mg_arena_mark(&be->scratch);
    if (k.x && k.gamma && k.mean && k.rstd && k.dy) norm_back_launch(cu, k);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "norm_back");
}

/* ---- batch norm: statistics ---- */

/* Sums of d and d^2 with d = x - (the first row's): near enough to the mean for d^2 to keep its
 * digits. */
template <bool WIDE>
struct bnorm_terms {
    enum { SUMS = 2 };
    mg_k_bnorm k;
    mg_four first;
    __device__ void start(int64_t c) { first = mg_load4<WIDE>(k.x, c, k.cols); }
    __device__ void add(int64_t i, int64_t c, double (*s)[4]) const {
        const mg_four x = mg_load4<WIDE>(k.x + i * k.cols, c, k.cols);
        for (int j = 0; j < 4; j++) {
            const double d = (double)x.v[j] - first.v[j];
            s[0][j] += d;
            s[1][j] += d * d;
        }
    }
};

/* Mean and 1 / deviation of the batch, and the running statistics' step towards them; a batch of
 * one row has no unbiased variance, its biased 0 is taken. */
struct bnorm_statistics {
    mg_k_bnorm k;
    __device__ void operator()(int64_t c, const double *sums) const {
        const double n = (double)k.n, d = sums[0] / n, mean = k.x[c] + d, raw = sums[1] / n - d * d;
        /* NaN stays */
        const double var = raw < 0.0 ? 0.0 : raw, unbiased = k.n > 1 ? var * n / (n - 1.0) : var;
        k.running_mean[c] = (float)(k.running_mean[c] + k.momentum * (mean - k.running_mean[c]));
        k.running_var[c] = (float)(k.running_var[c] + k.momentum * (unbiased - k.running_var[c]));
        k.mean[c] = (float)mean;
        k.rstd[c] = (float)(1.0 / sqrt(var + k.eps));
    }
};

static __global__ void bnorm_running(mg_k_bnorm k) {
    const int64_t c = (int64_t)blockIdx.x * THREADS + threadIdx.x;
    if (c >= k.cols) return;
    k.mean[c] = k.running_mean[c];
    k.rstd[c] = 1.0f / sqrtf(k.running_var[c] + k.eps);
}

/* ---- batch norm: maps ----
 * A block has 128 columns (blockIdx.x), 4 a thread, and a warp a row: what belongs to a column is
 * read once. */

/* Enough blocks to fill the GPU, each with at least WARPS rows. */
static dim3 column_grid(const mg_cuda *cu, int64_t n, int64_t cols) {
    const int64_t tiles = (cols + MG_COLUMN_TILE - 1) / MG_COLUMN_TILE,
                  most = ((int64_t)cu->processors * 8 + tiles - 1) / tiles;
    const int64_t rows = (n + WARPS - 1) / WARPS;
    return dim3((unsigned)tiles, (unsigned)(rows < most ? rows : most));
}

template <bool WIDE>
static __global__ void bnorm_kernel(mg_k_bnorm k) {
    const int64_t c = (int64_t)blockIdx.x * MG_COLUMN_TILE + 4 * (threadIdx.x % 32);
    const mg_four mean = mg_load4<WIDE>(k.mean, c, k.cols),
                  rstd = mg_load4<WIDE>(k.rstd, c, k.cols);
    const mg_four gamma = mg_load4<WIDE>(k.gamma, c, k.cols),
                  beta = mg_load4<WIDE>(k.beta, c, k.cols);
    for (int64_t i = (int64_t)blockIdx.y * WARPS + threadIdx.x / 32; i < k.n;
         i += (int64_t)gridDim.y * WARPS) {
        mg_four x = mg_load4<WIDE>(k.x + i * k.cols, c, k.cols);
        for (int j = 0; j < 4; j++) {
            const float y = gamma.v[j] * ((x.v[j] - mean.v[j]) * rstd.v[j]) + beta.v[j];
            x.v[j] = k.act == MG_ACT_RELU && y < 0.0f ? 0.0f : y;
        }
        mg_store4<WIDE>(k.y + i * k.cols, c, k.cols, x);
    }
}

template <bool WIDE>
static void bnorm_launch(mg_cuda *cu, const mg_k_bnorm &k) {
    if (k.training)
        mg_columns_sum(cu, k.n, k.cols, bnorm_terms<WIDE>{k, {}}, bnorm_statistics{k});
    else
        mg_cuda_launch(cu, bnorm_running, dim3((unsigned)((k.cols + THREADS - 1) / THREADS)),
                       dim3(THREADS), k);
    mg_cuda_launch(cu, bnorm_kernel<WIDE>, column_grid(cu, k.n, k.cols), dim3(THREADS), k);
}

/* 12 bytes an element when training, three launches; else 8, two launches */
int mg_cuda_bnorm(mg_backend *be, const mg_k_bnorm *host) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_k_bnorm k = *host;
    k.x = mg_cuda_at(cu, k.x);
    k.gamma = mg_cuda_at(cu, k.gamma);
    k.beta = mg_cuda_at(cu, k.beta);
    k.running_mean = mg_cuda_at(cu, k.running_mean);
    k.running_var = mg_cuda_at(cu, k.running_var);
    k.y = mg_cuda_at(cu, k.y);
    k.mean = mg_cuda_at(cu, k.mean);
    k.rstd = mg_cuda_at(cu, k.rstd);
    if (k.x && k.gamma && k.beta && k.running_mean && k.running_var && k.y && k.mean && k.rstd) {
        if (mg_is_wide(k.cols, k.x, k.gamma, k.beta, k.y, k.mean, k.rstd))
            bnorm_launch<true>(cu, k);
        else
            bnorm_launch<false>(cu, k);
    }
    return mg_cuda_done(cu, "bnorm");
}

/* ---- batch norm backward ---- */

/* dy behind the activation: 0 where RELU cut. */
template <bool WIDE>
static __device__ __forceinline__ mg_four bnorm_dy(const mg_k_bnorm_back &k, int64_t i, int64_t c) {
    mg_four dy = mg_load4<WIDE>(k.dy + i * k.cols, c, k.cols);
    if (k.act != MG_ACT_RELU) return dy;
    const mg_four y = mg_load4<WIDE>(k.y + i * k.cols, c, k.cols);
    for (int j = 0; j < 4; j++)
        if (!(y.v[j] > 0.0f)) dy.v[j] = 0.0f;
    return dy;
}

/* Sums of dy xhat (the gradient of gamma) and dy (of beta). */
template <bool WIDE>
struct bnorm_back_terms {
    enum { SUMS = 2 };
    mg_k_bnorm_back k;
    mg_four mean, rstd;
    __device__ void start(int64_t c) {
        mean = mg_load4<WIDE>(k.mean, c, k.cols);
        rstd = mg_load4<WIDE>(k.rstd, c, k.cols);
    }
    __device__ void add(int64_t i, int64_t c, double (*s)[4]) const {
        const mg_four x = mg_load4<WIDE>(k.x + i * k.cols, c, k.cols), dy = bnorm_dy<WIDE>(k, i, c);
        for (int j = 0; j < 4; j++) {
            s[0][j] += dy.v[j] * ((x.v[j] - mean.v[j]) * rstd.v[j]);
            s[1][j] += dy.v[j];
        }
    }
};

/* means[0] and means[1], [cols] each: of dy xhat and of dy over the batch; 0 with running
 * statistics, through which nothing flows back. */
struct bnorm_back_sums {
    mg_k_bnorm_back k;
    float *means;
    __device__ void operator()(int64_t c, const double *sums) const {
        means[c] = k.training ? (float)(sums[0] / (double)k.n) : 0.0f;
        means[k.cols + c] = k.training ? (float)(sums[1] / (double)k.n) : 0.0f;
        if (k.dgamma) k.dgamma[c] = (float)(k.dgamma[c] + sums[0]);
        if (k.dbeta) k.dbeta[c] = (float)(k.dbeta[c] + sums[1]);
    }
};

/* dx = gamma rstd (dy - mean(dy) - xhat mean(dy xhat)) */
template <bool WIDE>
static __global__ void bnorm_back_kernel(mg_k_bnorm_back k, const float *means) {
    const int64_t c = (int64_t)blockIdx.x * MG_COLUMN_TILE + 4 * (threadIdx.x % 32);
    const mg_four mean = mg_load4<WIDE>(k.mean, c, k.cols),
                  rstd = mg_load4<WIDE>(k.rstd, c, k.cols);
    const mg_four mean_dyx = mg_load4<WIDE>(means, c, k.cols),
                  mean_dy = mg_load4<WIDE>(means + k.cols, c, k.cols);
    mg_four factor = mg_load4<WIDE>(k.gamma, c, k.cols);
    for (int j = 0; j < 4; j++) factor.v[j] *= rstd.v[j];
    for (int64_t i = (int64_t)blockIdx.y * WARPS + threadIdx.x / 32; i < k.n;
         i += (int64_t)gridDim.y * WARPS) {
        const mg_four x = mg_load4<WIDE>(k.x + i * k.cols, c, k.cols);
        mg_four dy = bnorm_dy<WIDE>(k, i, c);
        for (int j = 0; j < 4; j++)
            dy.v[j] = factor.v[j] *
                      (dy.v[j] - mean_dy.v[j] - (x.v[j] - mean.v[j]) * rstd.v[j] * mean_dyx.v[j]);
        mg_put4<WIDE>(k.dx + i * k.cols, c, k.cols, dy, k.acc_dx != 0);
    }
}

template <bool WIDE>
static void bnorm_back_launch(mg_cuda *cu, const mg_k_bnorm_back &k, float *means) {
    mg_columns_sum(cu, k.n, k.cols, bnorm_back_terms<WIDE>{k, {}, {}}, bnorm_back_sums{k, means});
    if (k.dx)
        mg_cuda_launch(cu, bnorm_back_kernel<WIDE>, column_grid(cu, k.n, k.cols), dim3(THREADS), k,
                       means);
}

/* 20 bytes an element, 28 with RELU; three launches */
int mg_cuda_bnorm_back(mg_backend *be, const mg_k_bnorm_back *host) {
    mg_cuda *cu = mg_cuda_of(be);
    mg_k_bnorm_back k = *host;
    k.x = mg_cuda_at(cu, k.x);
    k.y = mg_cuda_at(cu, k.y);
    k.gamma = mg_cuda_at(cu, k.gamma);
    k.mean = mg_cuda_at(cu, k.mean);
    k.rstd = mg_cuda_at(cu, k.rstd);
    k.dy = mg_cuda_at(cu, k.dy);
    k.dx = mg_cuda_at(cu, k.dx);
    k.dgamma = mg_cuda_at(cu, k.dgamma);
    k.dbeta = mg_cuda_at(cu, k.dbeta);
    const size_t mark = mg_arena_mark(&be->scratch);
    float *means = mg_cuda_array<float>(cu, 2 * k.cols);
    if (means && k.x && k.y && k.gamma && k.mean && k.rstd && k.dy) {
        if (mg_is_wide(k.cols, k.x, k.y, k.gamma, k.mean, k.rstd, k.dy, k.dx, means))
            bnorm_back_launch<true>(cu, k, means);
        else
            bnorm_back_launch<false>(cu, k, means);
    }
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "bnorm_back");
}

/* ---- unit rows ---- */

struct unit_rows {
    int64_t n, cols;
    float eps;
    const float *x, *y, *dy; /* forward: x; backward: y, dy */
    float *norm, *out;       /* out: y forward, dx backward */
    bool acc;
};

/* a . b over the row's columns, in every thread of the team. */
template <int TEAM, bool WIDE>
static __device__ __forceinline__ float row_dot(const float *a, const float *b, int64_t cols) {
    float s = 0.0f;
    for (int64_t c = 4 * (threadIdx.x % TEAM); c < cols; c += 4 * TEAM) {
        const mg_four u = mg_load4<WIDE>(a, c, cols), v = mg_load4<WIDE>(b, c, cols);
        for (int j = 0; j < 4; j++) s += u.v[j] * v.v[j];
    }
    return team_sum<TEAM>(s);
}

template <int TEAM, bool WIDE>
static __global__ void unit_kernel(unit_rows k) {
    const int64_t teams = (int64_t)gridDim.x * (THREADS / TEAM);
    for (int64_t row = (int64_t)blockIdx.x * (THREADS / TEAM) + threadIdx.x / TEAM; row < k.n;
         row += teams) {
        const float *x = k.x + row * k.cols;
        const float norm = sqrtf(row_dot<TEAM, WIDE>(x, x, k.cols)), divisor = fmaxf(norm, k.eps);
        for (int64_t c = 4 * (threadIdx.x % TEAM); c < k.cols; c += 4 * TEAM) {
            mg_four v = mg_load4<WIDE>(x, c, k.cols);
            for (int j = 0; j < 4; j++) v.v[j] /= divisor;
            mg_store4<WIDE>(k.out + row * k.cols, c, k.cols, v);
        }
        if (threadIdx.x % TEAM == 0) k.norm[row] = norm;
    }
}

/* dx = (dy - y (y . dy)) / |x|; where |x| <= eps the divisor is a constant and dx = dy / eps. */
template <int TEAM, bool WIDE>
static __global__ void unit_back_kernel(unit_rows k) {
    const int64_t teams = (int64_t)gridDim.x * (THREADS / TEAM);
    for (int64_t row = (int64_t)blockIdx.x * (THREADS / TEAM) + threadIdx.x / TEAM; row < k.n;
         row += teams) {
        const float *y = k.y + row * k.cols, *dy = k.dy + row * k.cols, norm = k.norm[row],
                    divisor = fmaxf(norm, k.eps);
        const float along = row_dot<TEAM, WIDE>(y, dy, k.cols), dot = norm <= k.eps ? 0.0f : along;
        for (int64_t c = 4 * (threadIdx.x % TEAM); c < k.cols; c += 4 * TEAM) {
            const mg_four u = mg_load4<WIDE>(y, c, k.cols);
            mg_four v = mg_load4<WIDE>(dy, c, k.cols);
            for (int j = 0; j < 4; j++) v.v[j] = (v.v[j] - u.v[j] * dot) / divisor;
            mg_put4<WIDE>(k.out + row * k.cols, c, k.cols, v, k.acc);
        }
    }
}

/* 8 bytes an element; one launch */
int mg_cuda_normalize(mg_backend *be, int64_t n, int64_t cols, float eps, const float *x, float *y,
                      float *norm) {
    mg_cuda *cu = mg_cuda_of(be);
    unit_rows k = {
        n,    cols, eps, mg_cuda_at(cu, x), NULL, NULL, mg_cuda_at(cu, norm), mg_cuda_at(cu, y),
        false};
    const bool wide = mg_is_wide(cols, k.x, k.out), block = cols > WARP_COLS;
    const dim3 grid(mg_cuda_blocks(cu, n, block ? 1 : WARPS, 1));
    auto kernel = block ? (wide ? unit_kernel<THREADS, true> : unit_kernel<THREADS, false>)
                        : (wide ? unit_kernel<32, true> : unit_kernel<32, false>);
    if (k.x && k.out && k.norm) mg_cuda_launch(cu, kernel, grid, dim3(THREADS), k);
    return mg_cuda_done(cu, "normalize");
}

/* 12 bytes an element; one launch */
int mg_cuda_normalize_back(mg_backend *be, int64_t n, int64_t cols, float eps, const float *y,
                           const float *norm, const float *dy, float *dx, int acc) {
    mg_cuda *cu = mg_cuda_of(be);
    unit_rows k = {n,
                   cols,
                   eps,
                   NULL,
                   mg_cuda_at(cu, y),
                   mg_cuda_at(cu, dy),
                   mg_cuda_at(cu, (float *)norm),
                   mg_cuda_at(cu, dx),
                   acc != 0};
    const bool wide = mg_is_wide(cols, k.y, k.dy, k.out), block = cols > WARP_COLS;
    const dim3 grid(mg_cuda_blocks(cu, n, block ? 1 : WARPS, 1));
    auto kernel = block
                      ? (wide ? unit_back_kernel<THREADS, true> : unit_back_kernel<THREADS, false>)
                      : (wide ? unit_back_kernel<32, true> : unit_back_kernel<32, false>);
    if (k.y && k.dy && k.norm && k.out) mg_cuda_launch(cu, kernel, grid, dim3(THREADS), k);
    return mg_cuda_done(cu, "normalize_back");
}
