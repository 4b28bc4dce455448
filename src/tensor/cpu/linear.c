/* linear.c - y[n,out] = act(x[n,in] w[out,in]^T + b), its backward, and the plain product of
 * search.
 *
 * Which routine multiplies, by size and precision:
 *   below MANY rows        own dot products: the weights are read once, bf16 ones as they are, and
 *                          nothing has to be set up. In bf16 precision x is rounded too, where
 *                          weights are bf16 and the CPU has an instruction for such products
 *   from MANY rows, bf16   oneDNN; operands are rounded to bf16 (weights mostly have a bf16 shadow)
 *   from MANY rows, f32    OpenBLAS; bf16 weights are widened first
 *   f32, row by row        own dot products, however many rows: a library sums the rows at the end
 *                          of its tiles in another order, so that equal molecules would get
 *                          vectors that differ in the last bits
 */
#include "tensor/cpu/cpu.h"

/* FAST: bytes of x that a thread goes through again and again, for four rows of w each time */
enum { MANY = 16, FAST = 32768 };

static bool multiply_half(const mg_backend *be, mg_precision precision, int64_t n, int64_t in,
                          int64_t out) {
    return precision == MG_PREC_BF16 && mg_cpu_of(be)->bf16 && n >= MANY && in >= MANY &&
           out >= MANY;
}

static void *scratch(mg_backend *be, int64_t count, size_t size) {
    return mg_arena_alloc(&be->scratch, (size_t)count * size);
}

/* `half` if there is one, else a copy of x in scratch (NULL: full). */
static const uint16_t *half_of(mg_backend *be, int64_t n, const float *x, const uint16_t *half) {
    if (half) return half;
    uint16_t *copy = scratch(be, n, sizeof *copy);
    if (copy) mg_cpu_to_half(be, n, x, copy);
    return copy;
}

/* c[m,n] = a[m,k] b[n,k]^T; a_half: the same rows in bf16, to be multiplied instead (b is bf16
 * then), or NULL. Parts end at whole tiles of four columns, and a row is summed alike wherever it
 * stands, so that a row's numbers depend on neither the threads nor the other rows. */
static void row_dots(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                     const uint16_t *a_half, const void *b, mg_dtype b_dtype, float *c) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    const int parts = mg_parts(be, m < MANY ? n * k : m * n);
    const int64_t fit = FAST / (k * (int64_t)sizeof *a) / 4 * 4, block = fit > MANY ? fit : MANY;
#pragma omp parallel for num_threads(parts) schedule(static) if (parts > 1)
    for (int p = 0; p < parts; p++) {
        const mg_part tiles = mg_cut((n + 3) / 4, parts, p);
        const int64_t from = 4 * tiles.at, to = 4 * tiles.end < n ? 4 * tiles.end : n;
        for (int64_t r = 0; r < m; r += block) {
            const int64_t rows = m - r < block ? m - r : block;
            if (a_half)
                kernels->dots_half(rows, from, to, k, a_half + r * k, b, c + r * n, n);
            else
                kernels->dots(rows, from, to, k, a + r * k, b, b_dtype, c + r * n, n);
        }
    }
}

/* c[m,n] = a[m,k] b[n,k]^T in f32 with bf16 b, widened a piece at a time so that a large index
 * needs little scratch. */
static int widened_product(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                           const uint16_t *b, float *c) {
    int64_t piece = ((int64_t)1 << 20) / k + 64;
    if (piece > n) piece = n;
    float *wide = scratch(be, piece * k, sizeof *wide);
    if (!wide) return 1;
    for (int64_t j = 0; j < n; j += piece) {
        int64_t some = n - j < piece ? n - j : piece;
        mg_cpu_from_half(be, some * k, b + j * k, wide);
        if (mg_gemm_f32(be->threads, MG_NT, m, some, k, 1.0f, a, wide, c + j, n, false)) return 1;
    }
    return 0;
}

/* ---- forward ---- */

static int linear_product(mg_backend *be, const mg_k_linear *k, float *z) {
    bool stored_half = k->w_dtype == MG_BF16;
    const uint16_t *w_half = stored_half ? k->w : k->precision == MG_PREC_BF16 ? k->w_shadow : NULL;
    if (multiply_half(be, k->precision, k->n, k->in, k->out)) {
        uint16_t *x = k->x_half ? k->x_half : scratch(be, k->n * k->in, sizeof *x);
        if (!x) return 1;
        mg_cpu_to_half(be, k->n * k->in, k->x, x);
        w_half = half_of(be, k->out * k->in, k->w, w_half);
        return !w_half || mg_gemm_bf16(mg_cpu_of(be)->gemm, be->threads, MG_NT, k->n, k->out, k->in,
                                       x, w_half, z, false);
    }
    uint16_t *x_half = k->x_half;
    if (k->n < MANY && w_half && k->precision == MG_PREC_BF16 && mg_cpu_of(be)->bf16 &&
        mg_kernels(be)->dots_half) {
        if (!x_half && !(x_half = scratch(be, k->n * k->in, sizeof *x_half))) return 1;
        mg_cpu_to_half(be, k->n * k->in, k->x, x_half);
        row_dots(be, k->n, k->out, k->in, k->x, x_half, w_half, MG_BF16, z);
        return 0;
    }
    if (x_half) mg_cpu_to_half(be, k->n * k->in, k->x, x_half);
    if (k->n < MANY || k->by_row) {
        row_dots(be, k->n, k->out, k->in, k->x, NULL, w_half ? w_half : k->w,
                 w_half ? MG_BF16 : MG_F32, z);
        return 0;
    }
    if (stored_half) return widened_product(be, k->n, k->out, k->in, k->x, k->w, z);
    return mg_gemm_f32(be->threads, MG_NT, k->n, k->out, k->in, 1.0f, k->x, k->w, z, k->out, false);
}

static void bias_act(mg_backend *be, const mg_k_linear *k, float *z) {
    const mg_cpu_kernels *kernels = mg_kernels(be);
    if (!k->b && k->act == MG_ACT_NONE && z == k->y) return;
    int parts = mg_parts(be, k->n * k->out);
    if (parts == 1) {
        kernels->bias_act(k->n, k->out, k->b, k->act, z, k->y);
        return;
    }
#pragma omp parallel for num_threads(parts) schedule(static)
    for (int p = 0; p < parts; p++) {
        mg_part part = mg_cut(k->n, parts, p);
        kernels->bias_act(part.end - part.at, k->out, k->b, k->act, z + part.at * k->out,
                          k->y + part.at * k->out);
    }
}

int mg_cpu_linear(mg_backend *be, const mg_k_linear *k) {
    size_t mark = mg_arena_mark(&be->scratch);
    float *z = k->pre ? k->pre : k->y;
    int failed = linear_product(be, k, z);
    if (!failed) bias_act(be, k, z);
    mg_arena_release(&be->scratch, mark);
    return failed;
}

/* ---- backward ---- */

/* db += column sums of dy; on the way dy is rounded into half (or NULL). */
static int add_bias_grad(mg_backend *be, const mg_k_linear_back *k, uint16_t *half) {
    const mg_k_halves args = {k->out, k->dy, half};
    double *sums = scratch(be, k->out, sizeof *sums);
    if (!sums || mg_cpu_column_sums(be, k->n, k->out, mg_kernels(be)->sums_half, &args, sums))
        return 1;
    for (int64_t c = 0; c < k->out; c++) k->db[c] += (float)sums[c];
    return 0;
}

static int linear_back_half(mg_backend *be, const mg_k_linear_back *k) {
    mg_gemm *g = mg_cpu_of(be)->gemm;
    uint16_t *dy = scratch(be, k->n * k->out, sizeof *dy);
    if (!dy) return 1;
    if (!k->db)
        mg_cpu_to_half(be, k->n * k->out, k->dy, dy);
    else if (add_bias_grad(be, k, dy))
        return 1;
    if (k->dx) {
        const uint16_t *w = half_of(be, k->out * k->in, k->w, k->w_shadow);
        if (!w || mg_gemm_bf16(g, be->threads, MG_NN, k->n, k->in, k->out, dy, w, k->dx, k->acc_dx))
            return 1;
    }
    if (k->dw) {
        const uint16_t *x = half_of(be, k->n * k->in, k->x, k->x_half);
        if (!x || mg_gemm_bf16(g, be->threads, MG_TN, k->out, k->in, k->n, dy, x, k->dw, true))
            return 1;
    }
    return 0;
}

static int linear_back_float(mg_backend *be, const mg_k_linear_back *k) {
    if (k->db && add_bias_grad(be, k, NULL)) return 1;
    if (k->dx && mg_gemm_f32(be->threads, MG_NN, k->n, k->in, k->out, 1.0f, k->dy, k->w, k->dx,
                             k->in, k->acc_dx))
        return 1;
    return k->dw && mg_gemm_f32(be->threads, MG_TN, k->out, k->in, k->n, 1.0f, k->dy, k->x, k->dw,
                                k->in, true);
}

int mg_cpu_linear_back(mg_backend *be, const mg_k_linear_back *k) {
    size_t mark = mg_arena_mark(&be->scratch);
    int failed = multiply_half(be, k->precision, k->n, k->in, k->out) ? linear_back_half(be, k)
                                                                      : linear_back_float(be, k);
    mg_arena_release(&be->scratch, mark);
    return failed;
}

/* ---- the product of search ---- */

int mg_cpu_product_nt(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                      const void *b, mg_dtype b_dtype, float *c) {
    size_t mark = mg_arena_mark(&be->scratch);
    int failed = 0;
    if (m < MANY)
        row_dots(be, m, n, k, a, NULL, b, b_dtype, c);
    else if (b_dtype == MG_F32)
        failed = mg_gemm_f32(be->threads, MG_NT, m, n, k, 1.0f, a, b, c, n, false);
    else if (multiply_half(be, MG_PREC_BF16, m, k, n)) {
        const uint16_t *half = half_of(be, m * k, a, NULL);
        failed = !half ||
                 mg_gemm_bf16(mg_cpu_of(be)->gemm, be->threads, MG_NT, m, n, k, half, b, c, false);
    } else
        failed = widened_product(be, m, n, k, a, b, c);
    mg_arena_release(&be->scratch, mark);
    return failed;
}
