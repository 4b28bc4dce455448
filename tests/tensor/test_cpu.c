/* test_cpu.c - what the op table cannot ask of the CPU backend: every kernel set (plain x86-64,
 * AVX2, AVX-512) against the reference, at sizes that reach blocked loops, few-row products and
 * rows cut in pieces; accuracy of the vector functions and their limits; results that do not depend
 * on scheduling.
 */
#include "../must.h"
#include "tensor/cpu/cpu.h"

#include <math.h>

static float *values(int64_t n, uint64_t stream, double scale) {
    float *x = malloc((size_t)(n + 1) * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(scale * (2.0 * mg_rng_uniform(&(mg_rng){3, stream, (uint64_t)i}) - 1.0));
    return x;
}

static float *zeros(int64_t n) { return values(n, 0, 0.0); }

static uint16_t *halves(const float *x, int64_t n) {
    uint16_t *h = malloc((size_t)n * sizeof *h);
    assert_non_null(h);
    mg_f32_to_bf16_n(x, h, n);
    return h;
}

static void close_to(const char *what, const float *a, const float *b, int64_t n, double tol) {
    double top = 1e-3, worst = 0.0;
    for (int64_t i = 0; i < n; i++) {
        top = fmax(top, fabs((double)b[i]));
        worst = isfinite(a[i]) ? fmax(worst, fabs((double)a[i] - b[i])) : INFINITY;
    }
    if (!(worst <= tol * top))
        fail_msg("%s: relative error %.2e, allowed %.0e", what, worst / top, tol);
}

/* Each check runs with a backend of every kernel set that this machine has, and the reference
 * beside it. */
typedef void check_fn(mg_backend *cpu, mg_backend *ref);

static void for_each_set(check_fn *check) {
    mg_backend *ref = mg_backend_ref_new(0, NULL);
    assert_non_null(ref);
    for (int isa = MG_ISA_BASE; isa <= (int)mg_cpu_best_isa(); isa++) {
        mg_backend *cpu = mg_backend_cpu_new_for((mg_isa)isa, false, 2, NULL);
        assert_non_null(cpu);
        check(cpu, ref);
        cpu->free(cpu);
    }
    ref->free(ref);
}

/* ---- functions ---- */

static void check_functions(mg_backend *cpu, mg_backend *ref) {
    (void)ref;
    enum { N = 40001 };
    static float x[N], y[N];
    for (int i = 0; i < N; i++) x[i] = (float)(i - N / 2) * 0.0005f;
    double gelu = 0.0, tangent = 0.0;
    cpu->act(cpu, N, MG_ACT_GELU, x, y);
    for (int i = 0; i < N; i++)
        gelu = fmax(gelu,
                    fabs(y[i] - 0.5 * x[i] * erfc(-x[i] / sqrt(2.0))) / fmax(1.0, fabs(x[i])));
    cpu->act(cpu, N, MG_ACT_TANH, x, y);
    for (int i = 0; i < N; i++) tangent = fmax(tangent, fabs(y[i] - tanh(x[i])));
    assert_true(gelu < 1.5e-7);
    assert_true(tangent < 1.5e-7);
}

static void test_functions(void **state) {
    (void)state;
    for_each_set(check_functions);
}

static void check_limits(mg_backend *cpu, mg_backend *ref) {
    (void)ref;
    const float x[5] = {NAN, INFINITY, -INFINITY, -0.0f, 1e-30f};
    float y[5];
    cpu->act(cpu, 5, MG_ACT_TANH, x, y);
    assert_true(isnan(y[0]) && y[1] == 1.0f && y[2] == -1.0f && signbit(y[3]) && y[4] == 1e-30f);
    cpu->act(cpu, 5, MG_ACT_RELU, x, y);
    assert_true(isnan(y[0]) && y[1] == INFINITY && y[2] == 0.0f);
    cpu->act(cpu, 5, MG_ACT_GELU, x, y);
    assert_true(isnan(y[0]) && y[1] == INFINITY && y[3] == 0.0f);
    uint16_t half[5], expected[5];
    mg_cpu_to_half(cpu, 5, x, half);
    mg_f32_to_bf16_n(x, expected, 5);
    assert_memory_equal(half, expected, sizeof half);
    float huge = 1e30f;
    double sum;
    assert_int_equal(cpu->sumsq(cpu, 1, &huge, &sum), 0);
    assert_true(fabs(sum / 1e60 - 1.0) < 1e-6);
}

static void test_limits(void **state) {
    (void)state;
    for_each_set(check_limits);
}

/* ---- attention over several blocks ---- */

/* q[n,3d], the keys of each sequence behind its own rows in a matrix of its own: so more or fewer
 * keys than queries. */
typedef struct attention_case {
    int heads;
    int64_t d;
    float p;
    bool causal, own_keys;
} attention_case;

static void check_attention_case(mg_backend *cpu, mg_backend *ref, const attention_case *c) {
    static const int32_t offsets[] = {0, 1, 1, 65, 82, 282}, from[] = {3, 10, 30, 40, 340},
                         to[] = {10, 30, 40, 340, 340};
    const int64_t n = 282, n_kv = c->own_keys ? 345 : n, d = c->d;
    float *q = values(3 * n * d, 1, 2.0), *kv = c->own_keys ? values(3 * n_kv * d, 3, 2.0) : q,
          *dy = values(n * d, 2, 1.0);
    float *y[2], *dq[2], *dkv[2];
    for (int b = 0; b < 2; b++) {
        mg_backend *be = b ? ref : cpu;
        float *lse = zeros(c->heads * n);
        y[b] = zeros(n * d);
        dq[b] = values(3 * n * d, 4, 0.1);
        dkv[b] = c->own_keys ? values(3 * n_kv * d, 5, 0.1) : dq[b];
        mg_k_attention k = {.n_seq = 5,
                            .n = n,
                            .n_kv = n_kv,
                            .d = d,
                            .heads = c->heads,
                            .q_offsets = offsets,
                            .kv_from = c->own_keys ? from : offsets,
                            .kv_to = c->own_keys ? to : offsets + 1,
                            .q = q,
                            .k = kv + d,
                            .v = kv + 2 * d,
                            .q_stride = 3 * d,
                            .kv_stride = 3 * d,
                            .causal = c->causal,
                            .y = y[b],
                            .lse = lse,
                            .p = c->p,
                            .key = 0x123456789abcdefu};
        mg_k_attention_back kb = {.f = k,
                                  .dy = dy,
                                  .dq = dq[b],
                                  .dk = dkv[b] + d,
                                  .dv = dkv[b] + 2 * d,
                                  .acc_q = 1,
                                  .acc_kv = 1};
        assert_int_equal(be->attention(be, &k), 0);
        assert_int_equal(be->attention_back(be, &kb), 0);
        free(lse);
    }
    close_to("attention", y[0], y[1], n * d, 5e-6);
    close_to("attention, backward", dq[0], dq[1], 3 * n * d, 2e-5);
    close_to("attention, backward to the keys", dkv[0], dkv[1], 3 * n_kv * d, 2e-5);
    for (int b = 0; b < 2; b++) {
        if (c->own_keys) free(dkv[b]);
        free(y[b]), free(dq[b]);
    }
    if (c->own_keys) free(kv);
    free(q), free(dy);
}

static void check_attention(mg_backend *cpu, mg_backend *ref) {
    static const attention_case cases[] = {
        {2, 128, 0.0f, false, false}, {2, 128, 0.2f, false, false}, {3, 57, 0.0f, false, false},
        {2, 64, 0.0f, true, false},   {3, 57, 0.2f, true, false},   {3, 57, 0.2f, false, true},
        {2, 64, 0.0f, true, true}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) check_attention_case(cpu, ref, &cases[i]);
}

static void test_attention(void **state) {
    (void)state;
    for_each_set(check_attention);
}

/* ---- gather: rows of every width, and rows so long that they are cut ---- */

static void check_gather_width(mg_backend *cpu, mg_backend *ref, int64_t cols, mg_dtype dtype) {
    enum { ROWS = 37, OUT = 4, ENTRIES = 12000 };
    static int32_t ids[ENTRIES];
    static const int32_t offsets[OUT + 1] = {0, 9000, 9000, 9011, ENTRIES},
                                       out_rows[OUT] = {2, 0, 4, 3};
    float *table = values(ROWS * cols, 5, 1.0), *weights = values(ENTRIES, 6, 1.0), *dst[2];
    uint16_t *half = halves(table, ROWS * cols);
    int8_t *bytes = malloc((size_t)(ROWS * cols)); /* of every value, -128 too; none beyond */
    assert_non_null(bytes);
    for (int64_t i = 0; i < ROWS * cols; i++) bytes[i] = (int8_t)(i * 89 - 128);
    for (int i = 0; dtype == MG_I8 && i < ENTRIES; i++) weights[i] /= 128;
    for (int i = 0; i < ENTRIES; i++) ids[i] = (i * 11 + i / 7) % ROWS;
    for (int b = 0; b < 2; b++) {
        mg_backend *be = b ? ref : cpu;
        dst[b] = values(5 * cols, 7, 1.0);
        mg_k_gather k = {.n = OUT,
                         .cols = cols,
                         .offsets = offsets,
                         .ids = ids,
                         .weights = weights,
                         .out_rows = out_rows,
                         .src = dtype == MG_I8     ? (const void *)bytes
                                : dtype == MG_BF16 ? (const void *)half
                                                   : table,
                         .src_dtype = dtype,
                         .dst = dst[b],
                         .acc = 1};
        assert_int_equal(be->gather(be, &k), 0);
        k.weights = NULL;
        k.mean = true;
        assert_int_equal(be->gather(be, &k), 0);
    }
    close_to("gather", dst[0], dst[1], 5 * cols, 1e-5);
    for (int b = 0; b < 2; b++) free(dst[b]);
    free(table), free(weights), free(half), free(bytes);
}

static void check_gather(mg_backend *cpu, mg_backend *ref) {
    static const int64_t widths[] = {1, 7, 64, 129, 300};
    for (size_t i = 0; i < MG_COUNT(widths); i++)
        for (int dtype = MG_F32; dtype <= MG_I8; dtype++)
            check_gather_width(cpu, ref, widths[i], (mg_dtype)dtype);
}

static void test_gather(void **state) {
    (void)state;
    for_each_set(check_gather);
}

/* ---- linear: few rows, some rows, many; f32 weights and stored bf16 ones ---- */

static void check_linear_rows(mg_backend *cpu, mg_backend *ref, int64_t n, mg_dtype dtype) {
    int64_t in = 77, out = 131;
    float *x = values(n * in, 8, 1.0), *w = values(out * in, 9, 1.0), *b = values(out, 10, 1.0),
          *y[2];
    uint16_t *half = halves(w, out * in);
    for (int i = 0; i < 2; i++) {
        mg_backend *be = i ? ref : cpu;
        y[i] = zeros(n * out);
        mg_k_linear k = {.n = n,
                         .in = in,
                         .out = out,
                         .x = x,
                         .w = dtype == MG_BF16 ? (const void *)half : w,
                         .w_dtype = dtype,
                         .b = b,
                         .act = MG_ACT_GELU,
                         .y = y[i]};
        assert_int_equal(be->linear(be, &k), 0);
    }
    close_to("linear", y[0], y[1], n * out, 5e-6);
    free(y[0]), free(y[1]), free(x), free(w), free(b), free(half);
}

static void check_linear(mg_backend *cpu, mg_backend *ref) {
    static const int64_t rows[] = {1, 2, 3, 6, 15, 16, 90};
    for (size_t i = 0; i < MG_COUNT(rows); i++)
        for (int dtype = MG_F32; dtype <= MG_BF16; dtype++)
            check_linear_rows(cpu, ref, rows[i], (mg_dtype)dtype);
}

/* Products of 22 million multiplications, all three kinds: the ones that oneDNN takes over where
 * OpenBLAS does not know the processor (tests/CMakeLists.txt runs this file as if it did not). */
static void test_large_products(void **state) {
    (void)state;
    enum { N = 330, IN = 256, OUT = 261 };
    float *x = values(N * IN, 41, 1.0), *w = values(OUT * IN, 42, 1.0),
          *dy = values(N * OUT, 43, 1.0), *y[2], *dx[2], *dw[2];
    for (int i = 0; i < 2; i++) {
        mg_backend *be = i ? mg_backend_ref_new(0, NULL) : mg_backend_cpu_new(2, NULL);
        assert_non_null(be);
        y[i] = zeros(N * OUT), dx[i] = values(N * IN, 44, 1.0), dw[i] = values(OUT * IN, 45, 1.0);
        mg_k_linear k = {.n = N, .in = IN, .out = OUT, .x = x, .w = w, .y = y[i]};
        mg_k_linear_back back = {.n = N,
                                 .in = IN,
                                 .out = OUT,
                                 .x = x,
                                 .w = w,
                                 .dy = dy,
                                 .dx = dx[i],
                                 .acc_dx = true,
                                 .dw = dw[i]};
        assert_int_equal(be->linear(be, &k) | be->linear_back(be, &back), 0);
        be->free(be);
    }
    close_to("y", y[0], y[1], N * OUT, 5e-6);
    close_to("dx", dx[0], dx[1], N * IN, 5e-6);
    close_to("dw", dw[0], dw[1], OUT * IN, 5e-6);
    for (int i = 0; i < 2; i++) free(y[i]), free(dx[i]), free(dw[i]);
    free(x), free(w), free(dy);
}

/* 1 to MOST rows, few with the bf16 instruction where there is one: near the reference, the same
 * bits as each row alone, and the same for one thread and for three. */
static void check_rows(mg_backend *cpu, mg_backend *ref, mg_precision precision, double tol) {
    enum { IN = 300, OUT = 275, FEW = 15, MOST = 70 };
    const int most = precision == MG_PREC_F32 ? MOST : FEW;
    float *x = values(MOST * IN, 31, 1.0), *w = values(OUT * IN, 32, 0.1),
          *want = zeros(MOST * OUT), *y = zeros(MOST * OUT), *one = zeros(OUT);
    uint16_t *half = halves(w, OUT * IN);
    mg_k_linear k = {.n = most,
                     .in = IN,
                     .out = OUT,
                     .x = x,
                     .w = half,
                     .w_dtype = MG_BF16,
                     .act = MG_ACT_NONE,
                     .y = want,
                     .precision = precision,
                     .by_row = precision == MG_PREC_F32};
    assert_int_equal(ref->linear(ref, &k), 0);
    for (int64_t n = 1; n <= most; n += n < FEW ? 1 : 11) {
        k.n = n, k.x = x, k.y = y;
        cpu->threads = 1 + (int)n % 3;
        assert_int_equal(cpu->linear(cpu, &k), 0);
        close_to("rows", y, want, n * OUT, tol);
        for (int64_t r = 0; r < n; r++) {
            k.n = 1, k.x = x + r * IN, k.y = one;
            cpu->threads = 1;
            assert_int_equal(cpu->linear(cpu, &k), 0);
            assert_memory_equal(one, y + r * OUT, OUT * sizeof *one);
        }
    }
    free(x), free(w), free(want), free(y), free(one), free(half);
}

static void check_rows_f32(mg_backend *cpu, mg_backend *ref) {
    check_rows(cpu, ref, MG_PREC_F32, 3e-6);
}

static void test_rows(void **state) {
    (void)state;
    for_each_set(check_rows_f32);
    mg_backend *cpu = mg_backend_cpu_new(1, NULL), *ref = mg_backend_ref_new(0, NULL);
    assert_true(cpu && ref);
    /* the reference rounds x too */
    if (mg_gemm_has_bf16()) check_rows(cpu, ref, MG_PREC_BF16, 3e-6);
    cpu->free(cpu);
    ref->free(ref);
}

static void test_linear(void **state) {
    (void)state;
    for_each_set(check_linear);
}

/* ---- InfoNCE with groups, smoothing and a scale that one shared maximum could not serve ---- */

static void check_infonce(mg_backend *cpu, mg_backend *ref) {
    int64_t n = 150, d = 40;
    int32_t groups[150];
    for (int i = 0; i < n; i++) groups[i] = i % 70;
    float *a = values(n * d, 11, 0.5), *b = values(n * d, 12, 0.5), *da[2], *db[2], dscale[2],
          loss[2];
    const float log_scale = logf(90.0f);
    for (int i = 0; i < 2; i++) {
        mg_backend *be = i ? ref : cpu;
        da[i] = zeros(n * d);
        db[i] = zeros(n * d);
        mg_k_infonce k = {.n = n,
                          .d = d,
                          .a = a,
                          .b = b,
                          .log_scale = &log_scale,
                          .max_scale = 100.0f,
                          .groups = groups,
                          .smoothing = 0.1f,
                          .loss = &loss[i],
                          .da = da[i],
                          .db = db[i],
                          .dlog_scale = &dscale[i]};
        assert_int_equal(be->infonce(be, &k), 0);
    }
    assert_true(fabsf(loss[0] - loss[1]) < 5e-6f * fabsf(loss[1]));
    close_to("infonce, da", da[0], da[1], n * d, 5e-5);
    close_to("infonce, db", db[0], db[1], n * d, 5e-5);
    close_to("infonce, dlog_scale", &dscale[0], &dscale[1], 1, 5e-5);
    for (int i = 0; i < 2; i++) free(da[i]), free(db[i]);
    free(a), free(b);
}

static void test_infonce(void **state) {
    (void)state;
    for_each_set(check_infonce);
}

/* ---- repeatability ---- */

/* Products, norms and attention of a small transformer layer, everything that is cut among
 * threads. */
static float *layer(mg_backend *be, int64_t n, int64_t d, mg_precision precision) {
    float *x = values(n * d, 13, 1.0), *w = values(3 * d * d, 14, 0.1), *qkv = zeros(3 * n * d),
          *y = zeros(n * d), *lse = zeros(2 * n);
    float *gamma = values(d, 15, 1.0), *stats = zeros(2 * n), *grad = zeros(3 * n * d);
    float *out = zeros(n * d + 3 * d * d + 2 * d), *dw = out + n * d, *dgamma = dw + 3 * d * d;
    int32_t offsets[] = {0, (int32_t)(n / 3), (int32_t)(n / 2), (int32_t)n};
    mg_k_linear lin = {
        .n = n, .in = d, .out = 3 * d, .x = x, .w = w, .y = qkv, .precision = precision};
    mg_k_attention att = {.n_seq = 3,
                          .n = n,
                          .n_kv = n,
                          .d = d,
                          .heads = 2,
                          .q_offsets = offsets,
                          .kv_from = offsets,
                          .kv_to = offsets + 1,
                          .q = qkv,
                          .k = qkv + d,
                          .v = qkv + 2 * d,
                          .q_stride = 3 * d,
                          .kv_stride = 3 * d,
                          .y = y,
                          .lse = lse,
                          .p = 0.1f,
                          .key = 9};
    mg_k_attention_back att_back = {
        .f = att, .dy = y, .dq = grad, .dk = grad + d, .dv = grad + 2 * d};
    mg_k_linear_back lin_back = {.n = n,
                                 .in = d,
                                 .out = 3 * d,
                                 .x = x,
                                 .w = w,
                                 .dy = grad,
                                 .dw = dw,
                                 .precision = precision};
    mg_k_norm norm = {.n = n,
                      .cols = d,
                      .x = y,
                      .gamma = gamma,
                      .beta = gamma,
                      .eps = 1e-5f,
                      .y = out,
                      .mean = stats,
                      .rstd = stats + n};
    mg_k_norm_back norm_back = {.n = n,
                                .cols = d,
                                .x = y,
                                .gamma = gamma,
                                .mean = stats,
                                .rstd = stats + n,
                                .dy = x,
                                .dgamma = dgamma,
                                .dbeta = dgamma + d};
    assert_int_equal(be->linear(be, &lin) | be->attention(be, &att) | be->norm(be, &norm), 0);
    assert_int_equal(be->attention_back(be, &att_back) | be->linear_back(be, &lin_back) |
                         be->norm_back(be, &norm_back),
                     0);
    free(x), free(w), free(qkv), free(y), free(lse), free(gamma), free(stats), free(grad);
    return out;
}

static void test_repeats(void **state) {
    (void)state;
    const int64_t n = 700, d = 128, size = n * d + 3 * d * d + 2 * d;
    for (int threads = 1; threads <= 3; threads++)
        for (int precision = MG_PREC_F32; precision <= MG_PREC_BF16; precision++) {
            mg_backend *be = mg_backend_cpu_new(threads, NULL);
            assert_non_null(be);
            float *first = layer(be, n, d, (mg_precision)precision);
            for (int run = 0; run < 4; run++) {
                float *again = layer(be, n, d, (mg_precision)precision);
                assert_memory_equal(again, first, (size_t)size * sizeof *first);
                free(again);
            }
            free(first);
            be->free(be);
        }
}

static void test_sumsq_any_threads(void **state) {
    (void)state;
    const int64_t n = 300001;
    float *x = values(n, 16, 1.0);
    double sums[3];
    for (int threads = 1; threads <= 3; threads++) {
        mg_backend *be = mg_backend_cpu_new(threads, NULL);
        assert_non_null(be);
        assert_int_equal(be->sumsq(be, n, x, &sums[threads - 1]), 0);
        be->free(be);
    }
    assert_true(sums[0] == sums[1] && sums[0] == sums[2]);
    free(x);
}

static void test_machine(void **state) {
    (void)state;
    mg_cpu_info info;
    mg_cpu_info_get(&info);
    assert_true(info.threads >= 1 && info.name[0] && info.onednn[0] && info.blas[0]);
    assert_true(!info.avx512 || info.avx2);
    molglot_error err = {0};
    if (mg_cpu_best_isa() < MG_ISA_AVX512) {
        assert_null(mg_backend_cpu_new_for(MG_ISA_AVX512, false, 1, &err));
        assert_int_equal(err.code, MOLGLOT_USAGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_attention),      cmocka_unit_test(test_gather),
        cmocka_unit_test(test_linear),         cmocka_unit_test(test_rows),
        cmocka_unit_test(test_large_products), cmocka_unit_test(test_infonce),
        cmocka_unit_test(test_repeats),        cmocka_unit_test(test_sumsq_any_threads),
        cmocka_unit_test(test_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
