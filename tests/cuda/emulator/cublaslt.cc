/* cublaslt.cc - cuBLASLt for matrices in column-major order: D = epilogue(alpha op(A) op(B) + beta
 * C).
 *
 * It is stricter than the library: sizes of attributes, legal values, shapes, leading dimensions,
 * alignment promised to the heuristic, an algorithm that was found for such a problem, and enough
 * workspace (which is overwritten). Only what tensor/cuda/linear.cu needs is supported: f32 or
 * bf16 in, f32 out, sums in f32 without TF32, scalars on the host.
 */
#include "cublasLt.h"

#include "cuda_bf16.h"
#include "inside.h"

using namespace emu;

struct cublasLtContext {
    int device;
};
typedef cublasLtMatrixLayout_t Layout;
typedef struct {
    Layout a, b, c, d;
} Layouts;

enum : size_t { WORKSPACE = 4096, BIAS_ALIGN = 16 };

/* ---- descriptors ---- */

template <typename T>
static cublasStatus_t set(T *field, const void *value, size_t bytes) {
    if (!value || bytes != sizeof *field) return CUBLAS_STATUS_INVALID_VALUE;
    memcpy(field, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
}

const char *cublasLtGetStatusName(cublasStatus_t status) {
    switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    default: return "a cuBLAS error";
    }
}
const char *cublasLtGetStatusString(cublasStatus_t status) { return cublasLtGetStatusName(status); }

cublasStatus_t cublasLtCreate(cublasLtHandle_t *handle) {
    Call call;
    *handle = nullptr;
    if (call.dead()) return CUBLAS_STATUS_NOT_INITIALIZED;
    *handle = new cublasLtContext{current_device()};
    state().counts.handles++;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
    Call call;
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    delete handle;
    state().counts.handles--;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescInit(cublasLtMatmulDesc_t desc, cublasComputeType_t compute,
                                      cudaDataType_t scale) {
    *desc = {compute, scale, CUBLAS_OP_N, CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, -1, nullptr};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void *value, size_t bytes) {
    switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA: return set(&desc->trans_a, value, bytes);
    case CUBLASLT_MATMUL_DESC_TRANSB: return set(&desc->trans_b, value, bytes);
    case CUBLASLT_MATMUL_DESC_EPILOGUE: return set(&desc->epilogue, value, bytes);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER: return set(&desc->bias, value, bytes);
    case CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE: return set(&desc->bias_type, value, bytes);
    }
    return CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatrixLayoutInit(Layout layout, cudaDataType type, uint64_t rows,
                                        uint64_t cols, int64_t ld) {
    *layout = {type, CUBLASLT_ORDER_COL, rows, cols, ld};
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutSetAttribute(Layout layout,
                                                cublasLtMatrixLayoutAttribute_t attribute,
                                                const void *value, size_t bytes) {
    return attribute == CUBLASLT_MATRIX_LAYOUT_ORDER ? set(&layout->order, value, bytes)
                                                     : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmulPreferenceInit(cublasLtMatmulPreference_t preference) {
    *preference = {0, 0, CUBLASLT_REDUCTION_SCHEME_MASK, {256, 256, 256, 256}};
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void *value, size_t bytes) {
    switch (attribute) {
    case CUBLASLT_MATMUL_PREF_SEARCH_MODE: return set(&preference->search, value, bytes);
    case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES: return set(&preference->workspace, value, bytes);
    case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK:
        return set(&preference->reductions, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES:
        return set(&preference->align[0], value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES:
        return set(&preference->align[1], value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES:
        return set(&preference->align[2], value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES:
        return set(&preference->align[3], value, bytes);
    }
    return CUBLAS_STATUS_INVALID_VALUE;
}

/* ---- problems ---- */

static size_t width(Layout l) { return l->type == CUDA_R_16BF ? 2 : 4; }

static bool is_layout(Layout l) {
    return l && (l->type == CUDA_R_32F || l->type == CUDA_R_16BF) &&
           l->order == CUBLASLT_ORDER_COL && l->rows > 0 && l->cols > 0 &&
           l->ld >= (int64_t)l->rows && l->rows <= INT32_MAX && l->cols <= INT32_MAX;
}

static cublasStatus_t check_problem(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, Layouts l) {
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (!desc || !is_layout(l.a) || !is_layout(l.b) || !is_layout(l.c) || !is_layout(l.d))
        return CUBLAS_STATUS_INVALID_VALUE;
    const bool ta = desc->trans_a == CUBLAS_OP_T, tb = desc->trans_b == CUBLAS_OP_T;
    if ((!ta && desc->trans_a != CUBLAS_OP_N) || (!tb && desc->trans_b != CUBLAS_OP_N))
        return CUBLAS_STATUS_INVALID_VALUE;
    const uint64_t m = ta ? l.a->cols : l.a->rows, k = ta ? l.a->rows : l.a->cols,
                   n = tb ? l.b->rows : l.b->cols;
    if (k != (tb ? l.b->cols : l.b->rows) || l.d->rows != m || l.d->cols != n)
        return CUBLAS_STATUS_INVALID_VALUE;
    if (l.c->rows != m || l.c->cols != n || l.c->ld != l.d->ld || l.c->type != l.d->type)
        return CUBLAS_STATUS_INVALID_VALUE;
    if ((desc->compute != CUBLAS_COMPUTE_32F && desc->compute != CUBLAS_COMPUTE_32F_PEDANTIC) ||
        desc->scale != CUDA_R_32F)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    if (l.a->type != l.b->type || l.d->type != CUDA_R_32F) return CUBLAS_STATUS_NOT_SUPPORTED;
    const uint32_t e = desc->epilogue;
    if (e != CUBLASLT_EPILOGUE_DEFAULT && e != CUBLASLT_EPILOGUE_RELU &&
        e != CUBLASLT_EPILOGUE_BIAS && e != CUBLASLT_EPILOGUE_RELU_BIAS)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    if (e & CUBLASLT_EPILOGUE_BIAS && desc->bias_type != -1 && desc->bias_type != CUDA_R_32F)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    return CUBLAS_STATUS_SUCCESS;
}

/* What an algorithm was chosen for. It also runs other sizes that need the same tiles, as the
 * library's do; not others. */
struct Plan {
    uint32_t problem, align[4], bias_align;
    uint64_t workspace;
};
static_assert(sizeof(Plan) <= sizeof(cublasLtMatmulAlgo_t), "a plan is kept in the algorithm");

static uint32_t fingerprint(cublasLtMatmulDesc_t desc, Layouts l) {
    uint64_t h = 1469598103934665603u;
    auto add = [&h](uint64_t x) { h = (h ^ x) * 1099511628211u; };
    auto tile = [](uint64_t n) { return n < 16 ? 8 : n < 64 ? 16 : 64; };
    for (Layout x : {l.a, l.b, l.c, l.d})
        add(x->type), add(tile(x->rows)), add(tile(x->cols)), add((uint64_t)x->ld % 16 == 0);
    add(desc->compute), add((uint64_t)desc->trans_a), add((uint64_t)desc->trans_b),
        add(desc->epilogue);
    return (uint32_t)(h >> 32);
}

static size_t alignment(const void *p, size_t most) {
    size_t a = 1;
    while (a < most && (uintptr_t)p % (2 * a) == 0) a *= 2;
    return a;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc,
                                              Layout a, Layout b, Layout c, Layout d,
                                              cublasLtMatmulPreference_t preference, int asked,
                                              cublasLtMatmulHeuristicResult_t results[],
                                              int *found) {
    Call call;
    const Layouts l = {a, b, c, d};
    *found = 0;
    cublasStatus_t status = check_problem(handle, desc, l);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
    if (asked < 1 || !results || !preference) return CUBLAS_STATUS_INVALID_VALUE;
    const Layout layouts[4] = {a, b, c, d};
    for (int i = 0; i < 4; i++) {
        const uint32_t align = preference->align[i];
        if (align == 0 || (align & (align - 1))) return CUBLAS_STATUS_INVALID_VALUE;
        if (align < width(layouts[i])) return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    Plan plan = {fingerprint(desc, l),
                 {},
                 (uint32_t)alignment(desc->bias, BIAS_ALIGN),
                 preference->workspace < WORKSPACE ? 0 : (uint64_t)WORKSPACE};
    memcpy(plan.align, preference->align, sizeof plan.align);
    results[0] = cublasLtMatmulHeuristicResult_t();
    memcpy(&results[0].algo, &plan, sizeof plan);
    results[0].workspaceSize = plan.workspace;
    results[0].wavesCount = 1.0f;
    *found = 1;
    return CUBLAS_STATUS_SUCCESS;
}

/* ---- the product ---- */

struct Product {
    int64_t m, n, k;
    bool ta, tb, half;
    const void *a, *b;
    const float *c, *bias;
    float *d;
    int64_t lda, ldb, ldd;
    float alpha, beta;
    bool relu;
};

static float element(const void *matrix, bool half, int64_t at) {
    return half ? __bfloat162float(((const __nv_bfloat16 *)matrix)[at])
                : ((const float *)matrix)[at];
}

/* [count, k] with k contiguous. */
static std::vector<float> unpacked(const void *matrix, bool half, bool k_is_row, int64_t ld,
                                   int64_t count, int64_t k) {
    std::vector<float> out((size_t)(count * k));
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < k; j++)
            out[(size_t)(i * k + j)] = element(matrix, half, k_is_row ? i * ld + j : j * ld + i);
    return out;
}

static float dot(const float *a, const float *b, int64_t k) {
    float part[8] = {};
    int64_t i = 0;
    for (; i + 8 <= k; i += 8)
        for (int j = 0; j < 8; j++) part[j] += a[i + j] * b[i + j];
    for (; i < k; i++) part[i % 8] += a[i] * b[i];
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7]));
}

static void multiply(const Product &p) {
    const std::vector<float> a = unpacked(p.a, p.half, p.ta, p.lda, p.m, p.k),
                             b = unpacked(p.b, p.half, !p.tb, p.ldb, p.n, p.k);
    for (int64_t j = 0; j < p.n; j++)
        for (int64_t i = 0; i < p.m; i++) {
            float s = p.alpha * dot(&a[(size_t)(i * p.k)], &b[(size_t)(j * p.k)], p.k);
            if (p.beta != 0.0f) s += p.beta * p.c[j * p.ldd + i]; /* C is not read otherwise */
            if (p.bias) s += p.bias[i];
            p.d[j * p.ldd + i] = p.relu && !(s > 0.0f) ? 0.0f : s;
        }
}

static bool inside_device(const void *p, Layout l) {
    const size_t bytes = ((size_t)(l->cols - 1) * (size_t)l->ld + l->rows) * width(l);
    return find_device(p, bytes) != nullptr;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, const void *alpha,
                              const void *A, Layout a, const void *B, Layout b, const void *beta,
                              const void *C, Layout c, void *D, Layout d,
                              const cublasLtMatmulAlgo_t *algo, void *workspace,
                              size_t workspace_bytes, cudaStream_t stream) {
    Call call;
    const Layouts l = {a, b, c, d};
    cublasStatus_t status = check_problem(handle, desc, l);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
    if (call.dead() || check_stream(stream) != cudaSuccess || handle->device != current_device())
        return CUBLAS_STATUS_EXECUTION_FAILED;
    if (!alpha || !beta || !A || !B || !C || !D || !algo) return CUBLAS_STATUS_INVALID_VALUE;
    /* the pointer mode is the host's */
    if (find_device(alpha, 0) || find_device(beta, 0)) return CUBLAS_STATUS_INVALID_VALUE;
    Plan plan;
    memcpy(&plan, algo, sizeof plan);
    if (plan.problem != fingerprint(desc, l)) return CUBLAS_STATUS_NOT_SUPPORTED;
    const void *const matrices[4] = {A, B, C, D};
    for (int i = 0; i < 4; i++)
        if ((uintptr_t)matrices[i] % plan.align[i]) return CUBLAS_STATUS_INVALID_VALUE;
    if (workspace_bytes < plan.workspace ||
        (plan.workspace && (!find_device(workspace, plan.workspace) || (uintptr_t)workspace % 16)))
        return CUBLAS_STATUS_INVALID_VALUE;
    const bool biased = (desc->epilogue & CUBLASLT_EPILOGUE_BIAS) != 0;
    if (biased && (!desc->bias || (uintptr_t)desc->bias % plan.bias_align))
        return CUBLAS_STATUS_INVALID_VALUE;
    if (!inside_device(A, a) || !inside_device(B, b) || !inside_device(D, d) ||
        (biased && !find_device(desc->bias, d->rows * sizeof(float)))) {
        die(cudaErrorIllegalAddress, "a matrix of a product leaves its device allocation");
        return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    const bool ta = desc->trans_a == CUBLAS_OP_T;
    const Product p = {(int64_t)d->rows,
                       (int64_t)d->cols,
                       (int64_t)(ta ? a->rows : a->cols),
                       ta,
                       desc->trans_b == CUBLAS_OP_T,
                       a->type == CUDA_R_16BF,
                       A,
                       B,
                       (const float *)C,
                       biased ? (const float *)desc->bias : nullptr,
                       (float *)D,
                       a->ld,
                       b->ld,
                       d->ld,
                       *(const float *)alpha,
                       *(const float *)beta,
                       (desc->epilogue & CUBLASLT_EPILOGUE_RELU) != 0};
    state().counts.products++;
    submit_kernel(stream, [p, workspace, plan] {
        if (plan.workspace) memset(workspace, 0xFF, plan.workspace);
        multiply(p);
    });
    return CUBLAS_STATUS_SUCCESS;
}
