/* linear.cu - y[n,out] = act(x[n,in] w[out,in]^T + b), its backward, and the plain product of
 * search, by cuBLASLt.
 *
 * Precision bf16 multiplies bf16 operands, with f32 sums and f32 results (tensor cores). f32 is
 * IEEE f32 throughout, without TF32. Bias and RELU are applied inside the product, GELU and TANH by
 * a kernel after it.
 *
 * cuBLASLt is column-major. A row-major matrix is the transpose of a column-major one with the same
 * bytes, so c = op(a) op(b) is asked for as c^T = op(b)^T op(a)^T: b is its first operand, a its
 * second; n counts rows, m columns.
 *
 * To choose one of its algorithms takes 10 to 100 microseconds. Batches differ in their number of
 * packed tokens, which is the m of y and dx and the k of dw. So the search is made for that number
 * rounded up to one of a few, its answer is kept by shape, and run on the true shape. (The rounded
 * number is no leading dimension of any operand, so the algorithm's alignment holds for both.)
 * Algorithms that split sums over counters in place are excluded: a product of one shape has one
 * order of sums.
 */
#include "tensor/cuda/cuda.h"

#include <initializer_list>
#include <stdlib.h>
#include <string.h>

/* shapes remembered: a power of two; when three quarters are taken all are forgotten */
enum { PLANS = 1024 };
#define WORKSPACE_BYTES ((size_t)32 << 20)
#define ALIGN_MOST      64u /* arenas give this much; more is not told apart */

struct plan_key {
    int64_t kind, m, n, k, lda, ldb, ldc;
};

struct plan {
    plan_key key; /* m 0: free */
    cublasLtMatmulAlgo_t algo;
    bool bare; /* without bias and relu: no algorithm has them for this shape */
};

struct mg_cuda_products {
    cublasLtHandle_t lt;
    void *workspace; /* device; products run one after another */
    int n;
    plan plans[PLANS];
};

int mg_cuda_products_new(mg_cuda *cu) {
    mg_cuda_products *p = cu->products = (mg_cuda_products *)calloc(1, sizeof *p);
    if (!p) return mg_cuda_refuse(cu, "out of memory for the plans of products");
    cublasStatus_t status = cublasLtCreate(&p->lt);
    if (status != CUBLAS_STATUS_SUCCESS)
        return mg_cuda_refuse(cu, "cuBLASLt cannot start: %s", cublasLtGetStatusString(status));
    p->workspace = mg_cuda_malloc(cu, WORKSPACE_BYTES);
    return !p->workspace;
}

void mg_cuda_products_free(mg_cuda *cu) {
    mg_cuda_products *p = cu->products;
    if (!p) return;
    if (p->lt) (void)cublasLtDestroy(p->lt);
    (void)cudaFree(p->workspace);
    free(p);
}

/* ---- a product in cuBLASLt's words ---- */

struct problem { /* first and second: its operands, our b and a */
    cublasLtMatmulDescOpaque_t product;
    cublasLtMatrixLayoutOpaque_t first, second, result;
};

static cublasLtEpilogue_t epilogue_of(const mg_cuda_gemm *g) {
    if (g->relu) return g->bias ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_RELU;
    return g->bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
}

template <typename T>
static cublasStatus_t set(problem *p, cublasLtMatmulDescAttributes_t what, T value) {
    return cublasLtMatmulDescSetAttribute(&p->product, what, &value, sizeof value);
}

static cublasStatus_t describe(const mg_cuda_gemm *g, bool bare, problem *p) {
    const cudaDataType type = g->half ? CUDA_R_16BF : CUDA_R_32F;
    const uint64_t m = (uint64_t)g->m, n = (uint64_t)g->n, k = (uint64_t)g->k;
    const bool nt = g->form == MG_CUDA_NT, tn = g->form == MG_CUDA_TN;
    const cublasOperation_t first = nt ? CUBLAS_OP_T : CUBLAS_OP_N,
                            second = tn ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasStatus_t s = cublasLtMatmulDescInit(&p->product, CUBLAS_COMPUTE_32F, CUDA_R_32F);
    if (!s) s = set(p, CUBLASLT_MATMUL_DESC_TRANSA, first);
    if (!s) s = set(p, CUBLASLT_MATMUL_DESC_TRANSB, second);
    if (!s)
        s = set(p, CUBLASLT_MATMUL_DESC_EPILOGUE,
                bare ? CUBLASLT_EPILOGUE_DEFAULT : epilogue_of(g));
    if (!s && g->bias && !bare) s = set(p, CUBLASLT_MATMUL_DESC_BIAS_POINTER, g->bias);
    if (!s) s = cublasLtMatrixLayoutInit(&p->first, type, nt ? k : n, nt ? n : k, g->ldb);
    if (!s) s = cublasLtMatrixLayoutInit(&p->second, type, tn ? m : k, tn ? k : m, g->lda);
    if (!s) s = cublasLtMatrixLayoutInit(&p->result, CUDA_R_32F, n, m, g->ldc);
    return s;
}

/* The largest power of two, up to ALIGN_MOST, that divides an address. */
static uint32_t alignment(const void *p) {
    const uint32_t low = (uint32_t)(uintptr_t)p | ALIGN_MOST;
    return low & (0u - low);
}

template <typename T>
static cublasStatus_t prefer(cublasLtMatmulPreferenceOpaque_t *wish,
                             cublasLtMatmulPreferenceAttributes_t what, T value) {
    return cublasLtMatmulPreferenceSetAttribute(wish, what, &value, sizeof value);
}

/* The algorithm cuBLASLt expects to be fastest for this problem, operands aligned as those of g. */
static cublasStatus_t search(const mg_cuda_products *products, const mg_cuda_gemm *g, problem *p,
                             cublasLtMatmulAlgo_t *algo) {
    const uint32_t sums = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE |
                          CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;
    cublasLtMatmulPreferenceOpaque_t wish;
    cublasLtMatmulHeuristicResult_t best = {};
    int found = 0;
    cublasStatus_t s = cublasLtMatmulPreferenceInit(&wish);
    if (!s) s = prefer(&wish, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, WORKSPACE_BYTES);
    if (!s) s = prefer(&wish, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, sums);
    if (!s) s = prefer(&wish, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment(g->b));
    if (!s) s = prefer(&wish, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment(g->a));
    if (!s) s = prefer(&wish, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment(g->c));
    if (!s) s = prefer(&wish, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment(g->c));
    if (!s)
        s = cublasLtMatmulAlgoGetHeuristic(products->lt, &p->product, &p->first, &p->second,
                                           &p->result, &p->result, &wish, 1, &best, &found);
    if (!s && found < 1) s = CUBLAS_STATUS_NOT_SUPPORTED;
    if (!s) s = best.state;
    *algo = best.algo;
    return s;
}

/* ---- plans ---- */

/* Up to the next multiple of a sixteenth to an eighth of x (of 8 for x up to 128). */
static int64_t rounded(int64_t x) {
    int64_t step = 8;
    while (step * 16 < x) step *= 2;
    return (x + step - 1) / step * step;
}

/* The same product with the number of tokens rounded up. */
static mg_cuda_gemm typical(const mg_cuda_gemm *g) {
    mg_cuda_gemm t = *g;
    int64_t *tokens = g->form == MG_CUDA_TN ? &t.k : &t.m;
    *tokens = rounded(*tokens);
    return t;
}

/* The place of a key: its plan, or a free one to fill. */
static plan *find_plan(mg_cuda_products *p, const plan_key *key) {
    uint64_t h = 0;
    for (int64_t part : {key->kind, key->m, key->n, key->k, key->lda, key->ldb, key->ldc}) {
        h = (h ^ (uint64_t)part) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    if (p->n >= PLANS / 4 * 3) {
        memset(p->plans, 0, sizeof p->plans);
        p->n = 0;
    }
    for (;; h++) {
        plan *at = &p->plans[h % PLANS];
        if (at->key.m == 0 || memcmp(&at->key, key, sizeof *key) == 0) return at;
    }
}

static cublasStatus_t try_plan(const mg_cuda_products *products, const mg_cuda_gemm *g, bool bare,
                               plan *made) {
    problem p;
    made->bare = bare;
    cublasStatus_t s = describe(g, bare, &p);
    return s ? s : search(products, g, &p, &made->algo);
}

/* Without bias and relu where no algorithm has them. */
static cublasStatus_t make_plan(const mg_cuda_products *products, const mg_cuda_gemm *g,
                                plan *made) {
    cublasStatus_t s = try_plan(products, g, false, made);
    return s && epilogue_of(g) != CUBLASLT_EPILOGUE_DEFAULT ? try_plan(products, g, true, made) : s;
}

/* The plan for the rounded shape; NULL with the status of a failed search. */
static const plan *plan_for(mg_cuda_products *products, const mg_cuda_gemm *g, cublasStatus_t *s) {
    const mg_cuda_gemm t = typical(g);
    const uint32_t kind = (uint32_t)t.form | (uint32_t)t.half << 2 | (uint32_t)epilogue_of(g) << 3;
    const uint32_t aligned = alignment(t.a) | alignment(t.b) << 7 | alignment(t.c) << 14 |
                             alignment(t.bias) << 21;
    const plan_key key = {(int64_t)kind << 32 | aligned, t.m, t.n, t.k, t.lda, t.ldb, t.ldc};
    plan *at = find_plan(products, &key);
    *s = CUBLAS_STATUS_SUCCESS;
    if (at->key.m != 0) return at;
    if ((*s = make_plan(products, &t, at)) != CUBLAS_STATUS_SUCCESS) return NULL;
    at->key = key;
    products->n++;
    return at;
}

/* ---- multiply ---- */

/* c[m,n] = c + bias, then relu, NaN kept; one thread an element. */
static __global__ void add_bias(int64_t m, int64_t n, int64_t ldc, const float *bias, bool relu,
                                float *c) {
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < m * n;
         i += (int64_t)gridDim.x * blockDim.x) {
        float *at = c + i / n * ldc + i % n;
        const float x = *at + (bias ? bias[i % n] : 0.0f);
        *at = relu && x < 0.0f ? 0.0f : x;
    }
}

static cublasStatus_t run(mg_cuda *cu, const mg_cuda_gemm *g, const plan *how) {
    problem p;
    cublasStatus_t s = describe(g, how->bare, &p);
    if (s) return s;
    return cublasLtMatmul(cu->products->lt, &p.product, &g->alpha, g->b, &p.first, g->a, &p.second,
                          &g->beta, g->c, &p.result, g->c, &p.result, &how->algo,
                          cu->products->workspace, WORKSPACE_BYTES, cu->stream);
}

int mg_cuda_multiply(mg_cuda *cu, const mg_cuda_gemm *g) {
    if (cu->refused || cu->dead) return 1;
    cublasStatus_t s;
    plan own;
    const plan *how = plan_for(cu->products, g, &s);
    if (how) s = run(cu, g, how);
    /* right for the rounded shape, not for this */
    if (s == CUBLAS_STATUS_NOT_SUPPORTED || s == CUBLAS_STATUS_INVALID_VALUE) {
        s = make_plan(cu->products, g, &own);
        how = &own;
        if (!s) s = run(cu, g, how);
    }
    if (s)
        return mg_cuda_refuse(cu, "product of [%lld,%lld] over %lld%s: %s", (long long)g->m,
                              (long long)g->n, (long long)g->k, g->half ? " in bf16" : "",
                              cublasLtGetStatusString(s));
    if (how->bare && (g->bias || g->relu)) {
        const unsigned blocks = mg_cuda_blocks(cu, g->m * g->n, 256, 4);
        mg_cuda_launch(cu, add_bias, blocks, 256, g->m, g->n, g->ldc, g->bias, g->relu, g->c);
    }
    return 0;
}

/* ---- forward ---- */

/* bf16 of n floats in scratch (device; NULL, and a refusal, when it is full). */
static const uint16_t *halved(mg_cuda *cu, int64_t n, const float *x) {
    uint16_t *y = mg_cuda_array<uint16_t>(cu, n);
    if (y) mg_dev_to_half(cu, n, x, y);
    return y;
}

static const float *widened(mg_cuda *cu, int64_t n, const uint16_t *x) {
    float *y = mg_cuda_array<float>(cu, n);
    if (y) mg_dev_from_half(cu, n, x, y);
    return y;
}

/* The weight as the product wants it: bf16 as stored, from its shadow or rounded now; f32 as stored
 * or widened. */
static const void *weight(mg_cuda *cu, int64_t count, const void *w, mg_dtype dtype,
                          const uint16_t *shadow, bool bf16) {
    if (bf16 && shadow && dtype == MG_F32) return mg_cuda_at(cu, shadow);
    const void *at = mg_cuda_at(cu, w);
    if (bf16) return dtype == MG_BF16 ? at : halved(cu, count, (const float *)at);
    return dtype == MG_BF16 ? widened(cu, count, (const uint16_t *)at) : at;
}

int mg_cuda_linear(mg_backend *be, const mg_k_linear *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    const bool bf16 = k->precision == MG_PREC_BF16;
    const float *x = mg_cuda_at(cu, k->x), *bias = mg_cuda_at(cu, k->b);
    float *y = mg_cuda_at(cu, k->y), *pre = mg_cuda_at(cu, k->pre);
    uint16_t *x_half = k->x_half ? mg_cuda_at(cu, k->x_half)
                       : bf16    ? mg_cuda_array<uint16_t>(cu, k->n * k->in)
                                 : NULL;
    if (x_half) mg_dev_to_half(cu, k->n * k->in, x, x_half);

    mg_cuda_gemm g = {};
    g.form = MG_CUDA_NT;
    g.m = k->n, g.n = k->out, g.k = k->in;
    g.alpha = 1.0f;
    g.a = bf16 ? (const void *)x_half : x;
    g.b = weight(cu, k->out * k->in, k->w, k->w_dtype, k->w_shadow, bf16);
    g.half = bf16;
    g.c = pre ? pre : y;
    g.lda = g.ldb = k->in, g.ldc = k->out;
    g.bias = bias;
    g.relu = k->act == MG_ACT_RELU && !pre;
    mg_cuda_multiply(cu, &g);
    if (pre || mg_act_reads_input(k->act) || k->act == MG_ACT_TANH || k->act == MG_ACT_SIGMOID ||
        k->act == MG_ACT_EXP)
        mg_dev_activate(cu, k->n * k->out, k->act, g.c, y);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "linear");
}

/* ---- backward ---- */

/* dx[n,in] (+)= dy[n,out] w[out,in] */
static void back_to_x(mg_cuda *cu, const mg_k_linear_back *k, const void *dy, bool bf16) {
    mg_cuda_gemm g = {};
    g.form = MG_CUDA_NN;
    g.m = k->n, g.n = k->in, g.k = k->out;
    g.alpha = 1.0f, g.beta = k->acc_dx ? 1.0f : 0.0f;
    g.a = dy;
    g.b = weight(cu, k->out * k->in, k->w, MG_F32, k->w_shadow, bf16);
    g.half = bf16;
    g.c = mg_cuda_at(cu, k->dx);
    g.lda = k->out, g.ldb = g.ldc = k->in;
    mg_cuda_multiply(cu, &g);
}

/* dw[out,in] += dy[n,out]^T x[n,in] */
static void back_to_w(mg_cuda *cu, const mg_k_linear_back *k, const void *dy, bool bf16) {
    const float *x = mg_cuda_at(cu, k->x);
    mg_cuda_gemm g = {};
    g.form = MG_CUDA_TN;
    g.m = k->out, g.n = k->in, g.k = k->n;
    g.alpha = g.beta = 1.0f;
    g.a = dy;
    g.b = !bf16       ? (const void *)x
          : k->x_half ? mg_cuda_at(cu, k->x_half)
                      : halved(cu, k->n * k->in, x);
    g.half = bf16;
    g.c = mg_cuda_at(cu, k->dw);
    g.lda = k->out, g.ldb = g.ldc = k->in;
    mg_cuda_multiply(cu, &g);
}

/* The operands are rounded, the column sums are of dy as it is. */
int mg_cuda_linear_back(mg_backend *be, const mg_k_linear_back *k) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    const bool bf16 = k->precision == MG_PREC_BF16;
    const float *dy = mg_cuda_at(cu, k->dy);
    const void *factor = bf16 && (k->dx || k->dw) ? (const void *)halved(cu, k->n * k->out, dy)
                                                  : dy;
    if (k->dx) back_to_x(cu, k, factor, bf16);
    if (k->dw) back_to_w(cu, k, factor, bf16);
    if (k->db) mg_dev_column_sums(cu, k->n, k->out, dy, mg_cuda_at(cu, k->db));
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "linear");
}

/* ---- the product of search ---- */

/* c[m,n] = a[m,k] b[n,k]^T; with b in bf16, a is rounded. */
int mg_cuda_product_nt(mg_backend *be, int64_t m, int64_t n, int64_t k, const float *a,
                       const void *b, mg_dtype b_dtype, float *c) {
    mg_cuda *cu = mg_cuda_of(be);
    const size_t mark = mg_arena_mark(&be->scratch);
    mg_cuda_gemm g = {};
    g.form = MG_CUDA_NT;
    g.m = m, g.n = n, g.k = k;
    g.alpha = 1.0f;
    g.half = b_dtype == MG_BF16;
    g.a = g.half ? (const void *)halved(cu, m * k, mg_cuda_at(cu, a)) : mg_cuda_at(cu, a);
    g.b = mg_cuda_at(cu, b);
    g.c = mg_cuda_at(cu, c);
    g.lda = g.ldb = k, g.ldc = n;
    mg_cuda_multiply(cu, &g);
    mg_arena_release(&be->scratch, mark);
    return mg_cuda_done(cu, "product_nt");
}
