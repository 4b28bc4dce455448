/* bench_gemm.c - how fast this machine multiplies matrices, as JSON lines: its peaks in f32 and
 * bf16, and the linear layer and attention of the CPU backend at a ladder of sizes against them.
 *
 *   bench_gemm [THREADS] [wall|cpu]     default: all threads, wall clock
 *
 * A peak is the best rate of large square products (1024 and 2048) through the libraries the
 * backend uses. "share" is a row's rate over the peak of its precision; bias, activation and
 * rounding to bf16 count as time but not as work. With "cpu" the processor time of all threads is
 * divided among them: on a machine that others use too, this is what the code needs, not what it
 * got.
 */
#include "tensor/cpu/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct timer {
    clockid_t clock;
    double threads;
} timer;
typedef struct peaks {
    double f32, bf16;
} peaks;

static double now(const timer *t) {
    struct timespec s;
    clock_gettime(t->clock, &s);
    return ((double)s.tv_sec + 1e-9 * (double)s.tv_nsec) / t->threads;
}

static void *block(int64_t count, size_t size) {
    void *p = aligned_alloc(64, ((size_t)count * size + 63) / 64 * 64);
    if (!p) {
        fprintf(stderr, "bench_gemm: no memory\n");
        exit(1);
    }
    return p;
}

static float *floats(int64_t count) {
    float *x = block(count, sizeof *x);
    for (int64_t i = 0; i < count; i++) x[i] = (float)(i * 7919 % 1009) / 1009.0f - 0.5f;
    return x;
}

static uint16_t *halves(const float *x, int64_t count) {
    uint16_t *h = block(count, sizeof *h);
    mg_f32_to_bf16_n(x, h, count);
    return h;
}

/* Seconds of the fastest of several calls. */
static double best(const timer *t, int (*call)(mg_backend *be, const void *k), mg_backend *be,
                   const void *k, double flops) {
    int runs = flops > 2e10 ? 5 : flops > 2e8 ? 15 : 60;
    double fastest = 1e30;
    for (int i = 0; i <= runs; i++) {
        double start = now(t);
        if (call(be, k)) exit(1);
        double seconds = now(t) - start;
        if (i > 0 && seconds < fastest) fastest = seconds; /* the first run makes primitives */
    }
    return fastest;
}

/* ---- peaks ---- */

typedef struct square {
    int64_t n;
    const float *a, *b;
    const uint16_t *ah, *bh;
    float *c;
} square;

static int run_f32(mg_backend *be, const void *k) {
    const square *s = k;
    return mg_gemm_f32(be->threads, MG_NN, s->n, s->n, s->n, 1.0f, s->a, s->b, s->c, s->n, false);
}

static int run_bf16(mg_backend *be, const void *k) {
    const square *s = k;
    return mg_gemm_bf16(mg_cpu_of(be)->gemm, be->threads, MG_NN, s->n, s->n, s->n, s->ah, s->bh,
                        s->c, false);
}

static peaks measure_peaks(mg_backend *be, const timer *t) {
    peaks p = {0};
    for (int64_t n = 1024; n <= 2048; n *= 2) {
        float *a = floats(n * n), *b = floats(n * n), *c = floats(n * n);
        uint16_t *ah = halves(a, n * n), *bh = halves(b, n * n);
        square s = {n, a, b, ah, bh, c};
        double flops = 2.0 * (double)(n * n * n);
        double f32 = flops / best(t, run_f32, be, &s, flops);
        double bf16 = mg_cpu_of(be)->bf16 ? flops / best(t, run_bf16, be, &s, flops) : 0.0;
        p.f32 = f32 > p.f32 ? f32 : p.f32;
        p.bf16 = bf16 > p.bf16 ? bf16 : p.bf16;
        free(a), free(b), free(c), free(ah), free(bh);
    }
    printf("{\"bench\": \"gemm_peak\", \"threads\": %d, \"f32_gflops\": %.0f, \"bf16_gflops\": "
           "%.0f}\n",
           be->threads, p.f32 * 1e-9, p.bf16 * 1e-9);
    return p;
}

/* ---- the linear layer ---- */

static int run_linear(mg_backend *be, const void *k) { return be->linear(be, k); }
static int run_linear_back(mg_backend *be, const void *k) { return be->linear_back(be, k); }

static void bench_linear(mg_backend *be, const timer *t, const peaks *p, mg_precision precision,
                         int64_t n, int64_t in, int64_t out, mg_act act) {
    bool half = precision == MG_PREC_BF16;
    float *x = floats(n * in), *w = floats(in * out), *b = floats(out), *y = floats(n * out);
    float *dx = floats(n * in), *dw = floats(in * out),
          *pre = act == MG_ACT_GELU ? floats(n * out) : NULL;
    uint16_t *wh = halves(w, in * out), *xh = halves(x, n * in);
    mg_k_linear f = {.n = n,
                     .in = in,
                     .out = out,
                     .x = x,
                     .w = w,
                     .w_shadow = half ? wh : NULL,
                     .b = b,
                     .act = act,
                     .y = y,
                     .pre = pre,
                     .x_half = half ? xh : NULL,
                     .precision = precision};
    mg_k_linear_back g = {.n = n,
                          .in = in,
                          .out = out,
                          .x = x,
                          .x_half = f.x_half,
                          .w = w,
                          .w_shadow = f.w_shadow,
                          .dy = y,
                          .dx = dx,
                          .dw = dw,
                          .db = b,
                          .precision = precision};
    double flops = 2.0 * (double)(n * in * out),
           peak = half && n >= 16 && p->bf16 > 0.0 ? p->bf16 : p->f32;
    double forward = best(t, run_linear, be, &f, flops);
    /* as dy: zeros keep the sums of many runs finite */
    memset(y, 0, (size_t)(n * out) * sizeof *y);
    double backward = best(t, run_linear_back, be, &g, 2.0 * flops),
           both = 3.0 * flops / (forward + backward);
    printf("{\"bench\": \"linear\", \"precision\": \"%s\", \"n\": %lld, \"in\": %lld, \"out\": "
           "%lld, \"act\": %d, \"forward_ms\": %.4f, "
           "\"backward_ms\": %.4f, \"gflops\": %.0f, \"share\": %.2f}\n",
           half ? "bf16" : "f32", (long long)n, (long long)in, (long long)out, (int)act,
           forward * 1e3, backward * 1e3, both * 1e-9, both / peak);
    free(x), free(w), free(b), free(y), free(dx), free(dw), free(pre), free(wh), free(xh);
}

/* ---- attention ---- */

static int run_attention(mg_backend *be, const void *k) { return be->attention(be, k); }
static int run_attention_back(mg_backend *be, const void *k) { return be->attention_back(be, k); }

static void bench_attention(mg_backend *be, const timer *t, const peaks *p, int length,
                            int64_t n_seq, int64_t d, int heads) {
    int64_t n = length * n_seq;
    float *qkv = floats(3 * n * d), *y = floats(n * d), *lse = floats(n * heads),
          *dqkv = floats(3 * n * d);
    int32_t *offsets = block(n_seq + 1, sizeof *offsets);
    for (int64_t s = 0; s <= n_seq; s++) offsets[s] = (int32_t)(s * length);
    mg_k_attention f = {.n_seq = n_seq,
                        .n = n,
                        .n_kv = n,
                        .d = d,
                        .heads = heads,
                        .q_offsets = offsets,
                        .kv_from = offsets,
                        .kv_to = offsets + 1,
                        .q = qkv,
                        .k = qkv + d,
                        .v = qkv + 2 * d,
                        .q_stride = 3 * d,
                        .kv_stride = 3 * d,
                        .y = y,
                        .lse = lse};
    mg_k_attention_back g = {.f = f, .dy = y, .dq = dqkv, .dk = dqkv + d, .dv = dqkv + 2 * d};
    double flops = 4.0 * (double)(n * length * d), forward = best(t, run_attention, be, &f, flops);
    double backward = best(t, run_attention_back, be, &g, 2.5 * flops),
           both = 3.5 * flops / (forward + backward);
    printf("{\"bench\": \"attention\", \"length\": %d, \"sequences\": %lld, \"d\": %lld, "
           "\"heads\": %d, \"forward_ms\": %.4f, "
           "\"backward_ms\": %.4f, \"gflops\": %.0f, \"share\": %.2f}\n",
           length, (long long)n_seq, (long long)d, heads, forward * 1e3, backward * 1e3,
           both * 1e-9, both / p->f32);
    free(qkv), free(y), free(lse), free(dqkv), free(offsets);
}

static void print_machine(const mg_backend *be) {
    mg_cpu_info info;
    mg_cpu_info_get(&info);
    printf("{\"bench\": \"machine\", \"cpu\": \"%s\", \"kernels\": \"%s\", \"bf16\": %s, \"amx\": "
           "%s, \"onednn\": \"%s\", "
           "\"blas\": \"%s\"}\n",
           info.name, mg_kernels(be)->name, info.bf16_products ? "true" : "false",
           info.amx_bf16 ? "true" : "false", info.onednn, info.blas);
}

int main(int argc, char **argv) {
    static const struct {
        int64_t in, out;
        mg_act act;
    } layers[] = {{768, 2304, MG_ACT_NONE}, {768, 768, MG_ACT_NONE}, {768, 3072, MG_ACT_GELU},
                  {3072, 768, MG_ACT_NONE}, {512, 512, MG_ACT_NONE}, {384, 1536, MG_ACT_GELU},
                  {300, 600, MG_ACT_RELU},  {600, 300, MG_ACT_NONE}, {256, 256, MG_ACT_NONE}};
    molglot_error err = {0};
    mg_backend *be = mg_backend_cpu_new(argc > 1 ? atoi(argv[1]) : 0, &err);
    if (!be) {
        fprintf(stderr, "bench_gemm: %s\n", err.message);
        return 1;
    }
    bool cpu_time = argc > 2 && strcmp(argv[2], "cpu") == 0;
    timer t = {cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, cpu_time ? be->threads : 1};
    print_machine(be);
    peaks p = measure_peaks(be, &t);
    for (mg_precision half = MG_PREC_F32; half <= MG_PREC_BF16; half++) {
        for (size_t i = 0; i < MG_COUNT(layers); i++)
            bench_linear(be, &t, &p, half, 4000, layers[i].in, layers[i].out, layers[i].act);
        for (int64_t n = 1; n <= 1024; n *= 2)
            bench_linear(be, &t, &p, half, n, 512, 512, MG_ACT_NONE);
    }
    for (int length = 8; length <= 512; length *= 2)
        bench_attention(be, &t, &p, length, 4096 / length, 768, 12);
    bench_attention(be, &t, &p, 100, 40, 768, 12);
    be->free(be);
    return 0;
}
