/* bench_gpu.c - what one GPU does with Molglot's engine, in one run, as JSON lines.
 *
 *   bench_gpu [--device cuda] [--precision bf16|f32|both] [--batch 256,1024,4096] [--only
 *     WHAT[,WHAT]] [--seconds 0.3] [--tiny]
 *
 * WHAT: ceilings (always measured, as shares need them), ops, step, towers; default: all. Ceilings
 * are measured, not looked up: the product of two random 8192 x 8192 matrices, and a copy far
 * larger than any cache, counting bytes read and written. A share is the least time that operations
 * or bytes need at these ceilings, whichever is longer, over the time measured. --tiny: small
 * sizes, so that the program itself can be tried with --device cpu. torch_gpu.py is the peer,
 * run.sh runs both.
 */
#include "bench_gpu.h"

#include "tensor/tensor.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_BATCHES = 8 };

typedef struct options {
    const char *device, *precision, *only;
    int64_t batch[MAX_BATCHES];
    int n_batches;
    double seconds;
    bool tiny;
} options;

/* ---- shared with the other files ---- */

double bench_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool bench_wait(mg_tape *t, void *p) {
    return mg_tape_pull(t, p, sizeof(float)) == MOLGLOT_OK && mg_tape_ok(t);
}

const char *bench_precision(const bench_gpu *b) {
    return b->precision == MG_PREC_BF16 ? "bf16" : "f32";
}

double bench_time(bench_gpu *b, bool (*work)(void *), void *context, void *p) {
    if (!work(context) || !bench_wait(b->tape, p)) return 0;
    for (int64_t n = 1;; n *= 2) {
        const double start = bench_now();
        for (int64_t i = 0; i < n; i++)
            if (!work(context)) return 0;
        if (!bench_wait(b->tape, p)) return 0;
        const double took = bench_now() - start;
        if (took >= b->seconds) return took / (double)n;
    }
}

/* ---- ceilings ---- */

/* n random floats around 0 (a million of them, repeated), on the device too. */
static float *random_block(mg_tape *t, int64_t n) {
    float *x = malloc((size_t)n * sizeof *x);
    mg_rng r = {.seed = 1};
    for (int64_t i = 0; x && i < n; i++)
        x[i] = i < 1 << 20 ? (float)(2 * mg_rng_uniform(&r) - 1) : x[i - (1 << 20)];
    if (x) mg_tape_attach(t, x, (size_t)n * sizeof *x);
    return x;
}

static void free_block(mg_tape *t, void *x) {
    if (x) mg_tape_detach(t, x);
    free(x);
}

typedef struct product {
    mg_tape *t;
    int64_t n;
    const float *a;
    const void *w;
    mg_dtype type;
    float *c;
} product;

static bool run_product(void *context) {
    const product *p = context;
    return mg_product_nt(p->t, p->n, p->n, p->n, p->a, p->w, p->type, p->c) == MOLGLOT_OK;
}

/* FLOP/s in f32 and in bf16 (with the rounding of one side from f32, as in a layer). */
static bool product_peaks(bench_gpu *b) {
    const int64_t n = b->tiny ? 256 : 8192;
    float *a = random_block(b->tape, n * n), *w = random_block(b->tape, n * n),
          *c = random_block(b->tape, n * n);
    uint16_t *half = malloc((size_t)(n * n) * sizeof *half);
    bool ok = a && w && c && half;
    if (ok) mg_f32_to_bf16_n(w, half, n * n);
    if (ok) mg_tape_attach(b->tape, half, (size_t)(n * n) * sizeof *half);
    for (int type = 0; type < 2 && ok; type++) {
        product p = {b->tape, n, a, type ? (const void *)half : w, type ? MG_BF16 : MG_F32, c};
        const double s = bench_time(b, run_product, &p, c);
        ok = s > 0;
        b->peak[type] = ok ? 2.0 * (double)n * (double)n * (double)n / s : 0;
        if (ok)
            printf("{\"bench\": \"gpu_peak\", \"who\": \"molglot\", \"device\": \"%s\", "
                   "\"precision\": \"%s\", \"n\": %lld, \"tflop_per_s\": %.4g}\n",
                   b->device, type ? "bf16" : "f32", (long long)n, 1e-12 * b->peak[type]);
    }
    free_block(b->tape, a);
    free_block(b->tape, w);
    free_block(b->tape, c);
    free_block(b->tape, half);
    return ok;
}

typedef struct copy {
    mg_tape *t;
    int64_t n;
    const float *x;
    float *y;
} copy;

static bool run_copy(void *context) {
    const copy *c = context;
    return c->t->be->axpby(c->t->be, c->n, 1.0f, c->x, 0.0f, NULL, c->y) == 0;
}

static bool copy_bandwidth(bench_gpu *b) {
    const int64_t n = b->tiny ? 1 << 20 : 1 << 27;
    float *x = random_block(b->tape, n), *y = random_block(b->tape, n);
    copy c = {b->tape, n, x, y};
    const double s = x && y ? bench_time(b, run_copy, &c, y) : 0;
    b->bandwidth = s > 0 ? 8.0 * (double)n / s : 0;
    if (s > 0)
        printf("{\"bench\": \"gpu_copy\", \"who\": \"molglot\", \"device\": \"%s\", \"bytes\": "
               "%.0f, \"gb_per_s\": %.4g}\n",
               b->device, 8.0 * (double)n, 1e-9 * b->bandwidth);
    free_block(b->tape, x);
    free_block(b->tape, y);
    return s > 0;
}

/* ---- options ---- */

static bool read_batches(options *o, const char *text) {
    o->n_batches = 0;
    for (const char *at = text; *at && o->n_batches < MAX_BATCHES;) {
        char *end;
        o->batch[o->n_batches] = strtol(at, &end, 10);
        if (end == at || o->batch[o->n_batches] < 2 || o->batch[o->n_batches] > 1 << 16 ||
            (*end && *end != ','))
            return false;
        o->n_batches++;
        at = *end ? end + 1 : end;
    }
    return o->n_batches > 0;
}

static bool read_options(int argc, char **argv, options *o) {
    *o = (options){.device = "cuda",
                   .precision = "both",
                   .only = "ops,step,towers",
                   .batch = {256, 1024, 4096},
                   .n_batches = 3,
                   .seconds = 0.3};
    for (int i = 1; i < argc; i++) {
        const char *key = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(key, "--tiny") == 0) {
            o->tiny = true;
            continue;
        }
        if (!value) return false;
        i++;
        if (strcmp(key, "--device") == 0)
            o->device = value;
        else if (strcmp(key, "--precision") == 0)
            o->precision = value;
        else if (strcmp(key, "--only") == 0)
            o->only = value;
        else if (strcmp(key, "--seconds") == 0)
            o->seconds = atof(value);
        else if (strcmp(key, "--batch") != 0 || !read_batches(o, value))
            return false;
    }
    return strcmp(o->precision, "both") == 0 || strcmp(o->precision, "bf16") == 0 ||
           strcmp(o->precision, "f32") == 0;
}

/* ---- a run ---- */

static bool measure(bench_gpu *b, const options *o) {
    bool ok = product_peaks(b) && copy_bandwidth(b);
    fflush(stdout);
    if (ok && strstr(o->only, "ops")) ok = bench_ops(b);
    for (int i = 0; i < o->n_batches && ok; i++) {
        if (strstr(o->only, "step")) ok = bench_step(b, o->batch[i]);
        if (ok && strstr(o->only, "towers")) ok = bench_towers(b, o->batch[i]);
    }
    return ok;
}

/* A tape each: the precision is the tape's. */
static bool run(const options *o, mg_precision precision) {
    bench_gpu b = {
        .device = o->device, .precision = precision, .tiny = o->tiny, .seconds = o->seconds};
    b.tape = mg_tape_new(o->device, precision, 0, 0, &b.err);
    const bool ok = b.tape && measure(&b, o);
    if (!ok && b.tape && !b.err.code && mg_tape_error(b.tape, &b.err) == MOLGLOT_OK)
        mg_fail(&b.err, MOLGLOT_FAILED, "out of memory, or a kernel failed");
    if (!ok) fprintf(stderr, "bench_gpu: %s\n", b.err.message);
    mg_tape_free(b.tape);
    return ok;
}

int main(int argc, char **argv) {
    options o;
    if (!read_options(argc, argv, &o)) {
        fprintf(stderr, "usage: bench_gpu [--device cuda] [--precision bf16|f32|both] [--batch "
                        "N,N] [--only ceilings,ops,step,towers] [--seconds S] [--tiny]\n");
        return 2;
    }
    if (strcmp(o.precision, "f32") != 0 && !run(&o, MG_PREC_BF16)) return 1;
    return strcmp(o.precision, "bf16") == 0 || run(&o, MG_PREC_F32) ? 0 : 1;
}
