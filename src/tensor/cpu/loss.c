/* loss.c - the losses, value and gradient: softmax cross-entropy, and symmetric InfoNCE.
 *
 * Cross-entropy of logits [n,c] against one target a row: rows are cut among the threads, the rows'
 * losses are added in order.
 *
 * InfoNCE of a[n,d], b[n,d]:
 *
 *     s    = scale a b^T                                                        [n,n]
 *     loss = 1/(2n) sum_i (lse_j s_ij - target_i . s_i)  + the same over columns
 *     g    = d loss / d s;  da = scale g b,  db = scale g^T a
 *     d log scale = scale sum_ij g_ij (a b^T)_ij = scale sum_i a_i . (g b)_i
 *
 * A target is 1 - smoothing on the diagonal, plus smoothing spread over the pairs that the mask
 * keeps. Sums are taken of s_ij - s_ii, so that a lone row gives exactly 0.
 *
 * s is kept whole (n^2 floats) and turned into g in place. It is read three times: log-sum-exp of
 * rows and maxima of columns; sums of columns; gradients. Logits are always f32 products: at scale
 * 100 a bf16 similarity is off by up to 0.4. In bf16 precision the two products with g are bf16:
 * their rounding errors average out.
 */
#include "tensor/cpu/cpu.h"

#include <math.h>

/* ---- cross-entropy ---- */

int mg_cpu_xent(mg_backend *be, const mg_k_xent *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->n * k->c);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++)
        kernels->xent(k, mg_cut(k->n, parts, p).at, mg_cut(k->n, parts, p).end);
    double loss = 0.0;
    for (int64_t i = 0; i < k->n; i++) loss += (double)mg_xent_factor(k, i) * k->row_loss[i];
    *k->loss = (float)loss;
    return 0;
}

int mg_cpu_xent_back(mg_backend *be, const mg_k_xent_back *k) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, k->f.n * k->f.c);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++)
        kernels->xent_back(k, mg_cut(k->f.n, parts, p).at, mg_cut(k->f.n, parts, p).end);
    return 0;
}

/* ---- InfoNCE ---- */

static void *room(mg_backend *be, int64_t count, size_t size, int *failed) {
    void *p = mg_arena_alloc(&be->scratch, (size_t)count * size);
    if (!p) *failed = 1;
    return p;
}

/* Log-sum-exp of rows and columns, and row_smooth. */
static int statistics(mg_backend *be, mg_nce *c) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int64_t n = c->n;
    int parts = mg_parts(be, n * n), failed = 0;
    float *tops = room(be, parts * n, sizeof *tops, &failed),
          *blocks = room(be, parts * n, sizeof *blocks, &failed);
    double *sums = room(be, parts * n, sizeof *sums, &failed);
    if (failed) return 1;
    for (int64_t i = 0; i < parts * n; i++) {
        tops[i] = -INFINITY;
        blocks[i] = 0.0f;
        sums[i] = 0.0;
    }
#pragma omp parallel num_threads(parts)
    {
#pragma omp for schedule(static)
        for (int p = 0; p < parts; p++)
            kernels->nce_share(c, mg_cut(n, parts, p).at, mg_cut(n, parts, p).end);
#pragma omp for schedule(static)
        for (int p = 0; p < parts; p++)
            kernels->nce_rows(c, mg_cut(n, parts, p).at, mg_cut(n, parts, p).end, tops + p * n);
#pragma omp for schedule(static)
        for (int64_t j = 0; j < n; j++) {
            c->col_top[j] = tops[j];
            for (int p = 1; p < parts; p++) c->col_top[j] = fmaxf(c->col_top[j], tops[p * n + j]);
        }
#pragma omp for schedule(static)
        for (int p = 0; p < parts; p++)
            kernels->nce_columns(c, mg_cut(n, parts, p).at, mg_cut(n, parts, p).end, blocks + p * n,
                                 sums + p * n);
    }
    for (int64_t j = 0; j < n; j++) {
        for (int p = 1; p < parts; p++) sums[j] += sums[p * n + j];
        c->col_lse[j] = c->col_top[j] + (float)log(sums[j]);
    }
    return 0;
}

static double loss_of(const mg_nce *c) {
    double sum = 0.0;
    for (int64_t i = 0; i < c->n; i++)
        sum += ((double)c->row_lse[i] - c->diagonal[i]) + ((double)c->col_lse[i] - c->diagonal[i]) -
               c->row_smooth[i];
    return sum / (2.0 * (double)c->n);
}

static void similarity_grad(mg_backend *be, const mg_nce *c) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    int parts = mg_parts(be, c->n * c->n);
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++)
        kernels->nce_grad(c, mg_cut(c->n, parts, p).at, mg_cut(c->n, parts, p).end);
}

/* da = g b, db = g^T a, not yet scaled */
static int products(mg_backend *be, const mg_k_infonce *k, const float *g) {
    int64_t n = k->n, d = k->d;
    if (k->precision != MG_PREC_BF16 || !mg_cpu_of(be)->bf16 || n < 64)
        return mg_gemm_f32(be->threads, MG_NN, n, d, n, 1.0f, g, k->b, k->da, d, false) ||
               mg_gemm_f32(be->threads, MG_TN, n, d, n, 1.0f, g, k->a, k->db, d, false);
    int failed = 0;
    uint16_t *gh = room(be, n * n, sizeof *gh, &failed), *ah = room(be, n * d, sizeof *ah, &failed);
    uint16_t *bh = room(be, n * d, sizeof *bh, &failed);
    if (failed) return 1;
    mg_cpu_to_half(be, n * n, g, gh);
    mg_cpu_to_half(be, n * d, k->a, ah);
    mg_cpu_to_half(be, n * d, k->b, bh);
    return mg_gemm_bf16(mg_cpu_of(be)->gemm, be->threads, MG_NN, n, d, n, gh, bh, k->da, false) ||
           mg_gemm_bf16(mg_cpu_of(be)->gemm, be->threads, MG_TN, n, d, n, gh, ah, k->db, false);
}

static int gradients(mg_backend *be, const mg_k_infonce *k, const mg_nce *c) {
    const float scale = mg_infonce_scale(k);
    similarity_grad(be, c);
    if (products(be, k, c->s)) return 1;
    double sum = 0.0;
    for (int64_t i = 0; i < k->n * k->d; i++) sum += (double)k->a[i] * k->da[i];
    *k->dlog_scale = mg_infonce_clamped(k) ? 0.0f : (float)(sum * scale);
    mg_cpu_axpby(be, k->n * k->d, scale, k->da, 0.0f, NULL, k->da);
    mg_cpu_axpby(be, k->n * k->d, scale, k->db, 0.0f, NULL, k->db);
    return 0;
}

int mg_cpu_infonce(mg_backend *be, const mg_k_infonce *k) {
    int64_t n = k->n;
    size_t mark = mg_arena_mark(&be->scratch);
    int failed = 0;
    mg_nce c = {.n = n, .groups = k->groups, .smoothing = k->smoothing};
    c.s = room(be, n * n, sizeof(float), &failed);
    float **vectors[] = {&c.row_lse, &c.row_smooth, &c.col_top, &c.col_lse, &c.share, &c.diagonal};
    for (size_t i = 0; i < MG_COUNT(vectors); i++)
        *vectors[i] = room(be, n, sizeof(float), &failed);
    failed = failed ||
             mg_gemm_f32(be->threads, MG_NT, n, n, k->d, mg_infonce_scale(k), k->a, k->b, c.s, n,
                         false) ||
             statistics(be, &c);
    if (!failed) *k->loss = (float)loss_of(&c);
    if (!failed && k->da) failed = gradients(be, k, &c);
    mg_arena_release(&be->scratch, mark);
    return failed;
}
