/* gemm.c - matrix products: bf16 by oneDNN, f32 by OpenBLAS. No other file includes their headers.
 *
 * Why two libraries. oneDNN has the only good bf16 products, and in f32 it is 7 % faster; but its
 * first f32 product costs 30 ms of code generation. OpenBLAS starts in half a millisecond, and the
 * first sentence of a session must not wait. OpenBLAS knows processors by number, and takes one
 * younger than itself for a Prescott of 2004: version 0.3.21 on an Emerald Rapids reaches a fifth
 * of the speed. There, large f32 products go to oneDNN, which asks what the processor can do.
 *
 * oneDNN makes a primitive for given sizes. Packed batches have another number of rows each step,
 * so that number is left open (DNNL_RUNTIME_DIM_VAL). Measured on AVX-512 this is as fast as fixed
 * sizes above 64 rows, and three primitives a weight shape serve a whole training run. Where the
 * CPU has AMX, sizes are fixed instead, because only those reach its best kernels; oneDNN's own
 * cache of 1024 primitives makes repeated sizes cheap.
 */
#include "tensor/cpu/cpu.h"

#include <cblas.h>
#include <limits.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRIMITIVES = 64 };

typedef struct primitive {
    dnnl_primitive_t p; /* NULL: slot is free */
    mg_gemm_kind kind;
    bool acc;
    int64_t m, n, k; /* DNNL_RUNTIME_DIM_VAL where open */
    uint64_t used;   /* when last, for replacement */
} primitive;

struct mg_gemm {
    dnnl_engine_t engine; /* NULL until the first bf16 product */
    dnnl_stream_t stream;
    bool open_rows; /* leave the number of rows open */
    uint64_t clock;
    primitive slots[PRIMITIVES];
};

/* Libraries ask OpenMP how many threads to use: that is a setting of the calling thread, put back
 * afterwards. Where parallel regions are off (after fork(), src/app/api/fork.c) they are told one,
 * since OpenBLAS's threads wait for one another. */
static int set_threads(int threads) {
    int before = omp_get_max_threads();
    if (omp_get_max_active_levels() == 0 || mg_addresses_counted()) threads = 1;
    if (before != threads) omp_set_num_threads(threads);
    return before;
}

/* ---- OpenBLAS's buffers ----
 * Each product under way has a buffer of the library's pool. Where mmap does not give it one, the
 * library asks again for ever. So where addresses are counted, a product waits for one that is
 * done, rather than have the pool grow when there is no room; without any it is refused. The
 * numbers are the process's, as the pool is. */

#define BUFFER_BYTES ((size_t)160 << 20) /* 128 MiB, and the library's own bookkeeping */

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t pool_freed = PTHREAD_COND_INITIALIZER;
static int pool_used, pool_size;

static bool take_buffer(void) {
    bool taken = true;
    pthread_mutex_lock(&pool_lock);
    while (pool_used == pool_size && mg_addresses_left() < BUFFER_BYTES && (taken = pool_used > 0))
        pthread_cond_wait(&pool_freed, &pool_lock);
    if (taken && ++pool_used > pool_size) pool_size = pool_used;
    pthread_mutex_unlock(&pool_lock);
    return taken;
}

static void give_buffer(void) {
    pthread_mutex_lock(&pool_lock);
    pool_used--;
    pthread_cond_signal(&pool_freed);
    pthread_mutex_unlock(&pool_lock);
}

bool mg_gemm_has_room(void) {
    if (!mg_addresses_counted()) return true;
    /* large enough not to be multiplied without a buffer */
    enum { N = 128 };
    float *m = calloc((size_t)2 * N * N, sizeof *m);
    const bool room = m && !mg_gemm_f32(1, MG_NN, N, N, N, 1.0f, m, m, m + N * N, N, false);
    free(m);
    return room;
}

/* ---- f32 ---- */

/* multiplications: below, its code generation is never earned back */
enum { WORTH_ONEDNN = 1 << 24 };

static bool blas_is_behind(void) {
    const char *core = openblas_get_corename();
    return mg_cpu_best_isa() >= MG_ISA_AVX2 &&
           (strcmp(core, "Prescott") == 0 || strcmp(core, "Core2") == 0 ||
            strcmp(core, "Nehalem") == 0);
}

const char *mg_blas_core_wanted(void) {
    if (!blas_is_behind()) return NULL;
    return mg_cpu_best_isa() >= MG_ISA_AVX512 ? "SkylakeX" : "Haswell";
}

static int onednn_f32(bool turn_a, bool turn_b, int64_t m, int64_t n, int64_t k, float alpha,
                      const float *a, const float *b, float *c, int64_t ldc, bool acc) {
    return dnnl_sgemm(turn_a ? 'T' : 'N', turn_b ? 'T' : 'N', m, n, k, alpha, a, turn_a ? m : k, b,
                      turn_b ? k : n, acc ? 1.0f : 0.0f, c, ldc) != dnnl_success;
}

int mg_gemm_f32(int threads, mg_gemm_kind kind, int64_t m, int64_t n, int64_t k, float alpha,
                const float *a, const float *b, float *c, int64_t ldc, bool acc) {
    if (m > INT_MAX || n > INT_MAX || k > INT_MAX || ldc > INT_MAX) return 1;
    int before = set_threads(threads);
    bool turn_a = kind == MG_TN, turn_b = kind == MG_NT;
    if (blas_is_behind() && (double)m * (double)n * (double)k >= WORTH_ONEDNN) {
        const int code = onednn_f32(turn_a, turn_b, m, n, k, alpha, a, b, c, ldc, acc);
        set_threads(before);
        return code;
    }
    const bool counted = mg_addresses_counted();
    if (counted && !take_buffer()) {
        set_threads(before);
        return 1;
    }
    cblas_sgemm(CblasRowMajor, turn_a ? CblasTrans : CblasNoTrans,
                turn_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, alpha, a,
                (int)(turn_a ? m : k), b, (int)(turn_b ? k : n), acc ? 1.0f : 0.0f, c, (int)ldc);
    if (counted) give_buffer();
    set_threads(before);
    return 0;
}

/* ---- bf16 ---- */

mg_gemm *mg_gemm_new(void) { return calloc(1, sizeof(mg_gemm)); }

void mg_gemm_free(mg_gemm *g) {
    if (!g) return;
    for (int i = 0; i < PRIMITIVES; i++)
        if (g->slots[i].p) dnnl_primitive_destroy(g->slots[i].p);
    if (g->stream) dnnl_stream_destroy(g->stream);
    if (g->engine) dnnl_engine_destroy(g->engine);
    free(g);
}

static bool isa_includes(dnnl_cpu_isa_t isa) {
    return ((unsigned)dnnl_get_effective_cpu_isa() & (unsigned)isa) == (unsigned)isa;
}

bool mg_gemm_has_bf16(void) { return isa_includes(dnnl_cpu_isa_avx512_core_bf16); }

static bool start(mg_gemm *g) {
    if (g->stream) return true;
    g->open_rows = !isa_includes(dnnl_cpu_isa_avx512_core_amx);
    return (g->engine || dnnl_engine_create(&g->engine, dnnl_cpu, 0) == dnnl_success) &&
           dnnl_stream_create(&g->stream, g->engine, dnnl_stream_default_flags) == dnnl_success;
}

/* Descriptors of a [m,k], b [k,n], c [m,n] as they lie in memory: a of TN and b of NT are stored
 * transposed. */
static bool describe(mg_gemm_kind kind, int64_t m, int64_t n, int64_t k, dnnl_memory_desc_t md[3]) {
    dnnl_dims_t a = {m, k}, b = {k, n}, c = {m, n}, by_row_c = {n, 1};
    dnnl_dims_t by_row_a = {k, 1}, by_col_a = {1, m}, by_row_b = {n, 1}, by_col_b = {1, k};
    return dnnl_memory_desc_init_by_strides(&md[0], 2, a, dnnl_bf16,
                                            kind == MG_TN ? by_col_a : by_row_a) == dnnl_success &&
           dnnl_memory_desc_init_by_strides(&md[1], 2, b, dnnl_bf16,
                                            kind == MG_NT ? by_col_b : by_row_b) == dnnl_success &&
           dnnl_memory_desc_init_by_strides(&md[2], 2, c, dnnl_f32, by_row_c) == dnnl_success;
}

static dnnl_primitive_t make(const mg_gemm *g, const primitive *key) {
    dnnl_memory_desc_t md[3];
    dnnl_matmul_desc_t op;
    dnnl_post_ops_t post = NULL;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_t p = NULL;
    bool ok = describe(key->kind, key->m, key->n, key->k, md) &&
              dnnl_matmul_desc_init(&op, &md[0], &md[1], NULL, &md[2]) == dnnl_success &&
              dnnl_primitive_attr_create(&attr) == dnnl_success &&
              dnnl_post_ops_create(&post) == dnnl_success &&
              (!key->acc || dnnl_post_ops_append_sum(post, 1.0f) == dnnl_success) &&
              dnnl_primitive_attr_set_post_ops(attr, post) == dnnl_success &&
              dnnl_primitive_desc_create(&desc, &op, attr, g->engine, NULL) == dnnl_success;
    if (ok && dnnl_primitive_create(&p, desc) != dnnl_success) p = NULL;
    if (desc) dnnl_primitive_desc_destroy(desc);
    if (post) dnnl_post_ops_destroy(post);
    if (attr) dnnl_primitive_attr_destroy(attr);
    return p;
}

static dnnl_primitive_t find_or_make(mg_gemm *g, primitive key) {
    primitive *oldest = g->slots;
    for (primitive *s = g->slots; s < g->slots + PRIMITIVES; s++) {
        if (s->p && s->kind == key.kind && s->acc == key.acc && s->m == key.m && s->n == key.n &&
            s->k == key.k) {
            s->used = ++g->clock;
            return s->p;
        }
        if (s->used < oldest->used) oldest = s;
    }
    key.p = make(g, &key);
    if (!key.p) return NULL;
    if (oldest->p) dnnl_primitive_destroy(oldest->p);
    key.used = ++g->clock;
    *oldest = key;
    return key.p;
}

/* dnnl only reads a and b, but its memory objects do not know const. */
static int execute(const mg_gemm *g, dnnl_primitive_t p, dnnl_memory_desc_t md[3],
                   const uint16_t *a, const uint16_t *b, float *c) {
    static const int slots[3] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    void *data[3] = {(void *)(uintptr_t)a, (void *)(uintptr_t)b, c};
    dnnl_exec_arg_t args[3];
    int made = 0, failed = 0;
    for (; made < 3; made++) {
        args[made].arg = slots[made];
        if (dnnl_memory_create(&args[made].memory, &md[made], g->engine, data[made]) !=
            dnnl_success)
            break;
    }
    failed = made < 3 || dnnl_primitive_execute(p, g->stream, 3, args) != dnnl_success ||
             dnnl_stream_wait(g->stream) != dnnl_success;
    while (made > 0) dnnl_memory_destroy(args[--made].memory);
    return failed;
}

int mg_gemm_bf16(mg_gemm *g, int threads, mg_gemm_kind kind, int64_t m, int64_t n, int64_t k,
                 const uint16_t *a, const uint16_t *b, float *c, bool acc) {
    if (!start(g)) return 1;
    dnnl_memory_desc_t md[3];
    if (!describe(kind, m, n, k, md)) return 1;
    primitive key = {.kind = kind, .acc = acc, .m = m, .n = n, .k = k};
    if (g->open_rows) *(kind == MG_TN ? &key.k : &key.m) = DNNL_RUNTIME_DIM_VAL;
    int before = set_threads(threads);
    dnnl_primitive_t p = find_or_make(g, key);
    int failed = !p || execute(g, p, md, a, b, c);
    set_threads(before);
    return failed;
}

void mg_gemm_versions(char blas[96], char onednn[32], bool *amx) {
    const dnnl_version_t *v = dnnl_version();
    snprintf(blas, 96, "%.70s%s", openblas_get_config(),
             blas_is_behind() ? " (does not know this CPU)" : "");
    snprintf(onednn, 32, "%d.%d.%d", v->major, v->minor, v->patch);
    *amx = isa_includes(dnnl_cpu_isa_avx512_core_amx);
}
