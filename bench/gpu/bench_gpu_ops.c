/* bench_gpu_ops.c - every row of the op table at a size that fills a GPU: time and share of the
 * ceiling, forward and backward.
 *
 * Inputs lie on the device before the clock starts; index arrays are uploaded by every call, as in
 * a training step. The ceiling of a row is the longer of two times: its operations at the measured
 * peak (products, attention, InfoNCE), its bytes at the measured bandwidth: each input read once,
 * each output written once; backward reads the gradient, and the inputs where the op needs them,
 * and writes a gradient for each input (a parameter's is read and written). All rows run in bf16,
 * those that multiply matrices in f32 too.
 */
#include "bench_gpu.h"
#include "tensor/op_table.h"
#include "tensor/tensor.h"

#include <math.h>

typedef struct bench_row {
    bench_gpu *b;
    op_env e;
    mg_tensor leaf[OP_MAX_IN];
    float *up; /* gradient of the result */
    int64_t up_count;
    mg_tensor *y; /* of the last run */
    bool backward;
} bench_row;

typedef struct cost {
    double flops, bytes, back_flops, back_bytes;
} cost;

static bool begins(const char *name, const char *with) {
    return strncmp(name, with, strlen(with)) == 0;
}

/* Sixteen times the CPU's sizes: tens of MB and more, beyond a cache; InfoNCE's work is quadratic,
 * cross-entropy's rows are long. */
static op_size size_of(const bench_gpu *b, const op_row *row) {
    if (b->tiny) return (op_size){64, 32, 32};
    op_size s = row->bench;
    s.n *= begins(row->name, "weighted_sum")                                    ? 1
           : begins(row->name, "infonce") || begins(row->name, "cross_entropy") ? 4
                                                                                : 16;
    return s;
}

/* What the tape's precision changes. */
static bool has_products(const op_row *row) {
    return begins(row->name, "linear") || begins(row->name, "infonce") ||
           strstr(row->name, "attention");
}

/* ---- inputs ---- */

static bool is_param(const op_env *e, int k) {
    return e->rows[k] > e->s.n || (k > 0 && e->rows[k] != e->s.n);
}

static void keep(bench_row *r, void *p, int64_t bytes) {
    mg_tape_attach(r->b->tape, p, (size_t)bytes);
}
static void drop(bench_row *r, const void *p) {
    if (!p) return;
    mg_tape_detach(r->b->tape, p);
    free((void *)(uintptr_t)p);
}

static void row_make(bench_row *r, bench_gpu *b, const op_row *row) {
    *r = (bench_row){.b = b};
    op_env *e = &r->e;
    op_env_make(e, row, size_of(b, row));
    for (int k = 0; k < e->n_in; k++) {
        const int64_t n = e->rows[k] * e->cols[k];
        mg_tensor *x = &r->leaf[k];
        *x = (mg_tensor){.data = e->x[k],
                         .rows = e->rows[k],
                         .cols = e->cols[k],
                         .needs_grad = 1,
                         .is_param = is_param(e, k)};
        keep(r, e->x[k], n * 4);
        r->up_count = n > r->up_count ? n : r->up_count;
        if (!x->is_param) continue;
        uint16_t *half = op_alloc(n, sizeof *half);
        mg_f32_to_bf16_n(e->x[k], half, n);
        x->shadow = half;
        x->grad = op_alloc(n, sizeof(float));
        keep(r, half, n * 2);
        keep(r, x->grad, n * 4);
    }
    r->up_count = e->s.n * e->s.o > r->up_count ? e->s.n * e->s.o : r->up_count;
    r->up = op_alloc(r->up_count, sizeof *r->up);
    for (int64_t i = 0; i < r->up_count; i++)
        r->up[i] = i < 1 << 16 ? op_uniform(e) : r->up[i - (1 << 16)];
    keep(r, r->up, r->up_count * 4);
}

static void row_free(bench_row *r) {
    mg_tape_reset(r->b->tape);
    for (int k = 0; k < r->e.n_in; k++) {
        if (r->leaf[k].is_param) {
            drop(r, r->leaf[k].shadow);
            drop(r, r->leaf[k].grad);
        }
        mg_tape_detach(r->b->tape, r->e.x[k]);
    }
    drop(r, r->up);
    op_env_free(&r->e);
}

/* ---- running ---- */

static bool run_row(void *context) {
    bench_row *r = context;
    mg_tape *t = r->b->tape;
    mg_tensor *in[OP_MAX_IN];
    mg_tape_reset(t);
    for (int k = 0; k < r->e.n_in; k++) {
        in[k] = &r->leaf[k];
        if (!in[k]->is_param) in[k]->grad = NULL;
    }
    r->y = r->e.row->run(t, in, &r->e);
    /* as mg_backward_from, with a gradient that lies on the device */
    const mg_record *records = (const mg_record *)t->records.base;
    if (r->y && r->backward) r->y->grad = r->up;
    for (size_t i = r->y && r->backward ? mg_tape_records(t) : 0; i-- > 0 && mg_tape_ok(t);)
        if (records[i].out->grad) records[i].op->back(t, &records[i]);
    return mg_tape_ok(t);
}

/* ---- what it costs at least ---- */

/* Query rows times key rows, over all sequences. */
static double pairs_of(const op_env *e) {
    const int32_t *keys = e->kv_offsets ? e->kv_offsets : e->offsets;
    double sum = 0;
    for (int64_t s = 0; s < e->n_seq; s++)
        sum += (double)(e->offsets[s + 1] - e->offsets[s]) * (keys[s + 1] - keys[s]);
    return strstr(e->row->name, "causal") ? sum / 2 : sum;
}

static double read_bytes(const op_env *e, int k) {
    double rows = (double)e->rows[k];
    if (begins(e->row->name, "gather_sum") && e->ids) rows = fmin(rows, e->offsets[e->n_seq]);
    return 4 * rows * (double)e->cols[k];
}

static cost cost_of(const op_env *e, const mg_tensor *y) {
    static const char *const without_inputs[] = {"add",        "scale",        "dropout",
                                                 "gather_sum", "weighted_sum", "infonce"};
    const char *name = e->row->name;
    cost c = {0};
    bool needs = true;
    double in = 0, gradients = 0;
    for (size_t i = 0; i < MG_COUNT(without_inputs); i++)
        needs = needs && !begins(name, without_inputs[i]);
    for (int k = 0; k < e->n_in; k++) {
        in += read_bytes(e, k);
        gradients += read_bytes(e, k) * (is_param(e, k) ? 2 : 1);
    }
    const double out = 4 * (double)mg_tensor_count(y), n = (double)e->s.n;
    c.bytes = in + out;
    c.back_bytes = out + gradients + (needs ? in : 0);
    if (begins(name, "linear"))
        c.flops = 2 * n * (double)e->s.c * (double)e->s.o, c.back_flops = 2 * c.flops;
    if (strstr(name, "attention"))
        c.flops = 4 * pairs_of(e) * (double)(e->s.c * e->row->heads), c.back_flops = 2.5 * c.flops;
    /* similarities and both gradients, in the forward pass */
    if (begins(name, "infonce")) c.flops = 6 * n * n * (double)e->s.c;
    return c;
}

static double least(const bench_gpu *b, double flops, double bytes) {
    return fmax(flops / b->peak[b->precision], bytes / b->bandwidth);
}

static bool time_row(bench_gpu *b, const op_row *row) {
    bench_row r;
    row_make(&r, b, row);
    mg_tape_training(b->tape, row->training);
    mg_tape_record(b->tape, true);
    bool ok = run_row(&r);
    const double forward = ok ? bench_time(b, run_row, &r, r.leaf[0].data) : 0;
    r.backward = true;
    const double both = forward > 0 ? bench_time(b, run_row, &r, r.leaf[0].data) : 0,
                 backward = fmax(both - forward, 0);
    ok = both > 0;
    if (ok && r.y != &r.leaf[0]) { /* an op that gives back its input has done nothing */
        const cost c = cost_of(&r.e, r.y);
        const double floor = least(b, c.flops, c.bytes),
                     back_floor = least(b, c.back_flops, c.back_bytes);
        printf("{\"bench\": \"gpu_op\", \"op\": \"%s\", \"device\": \"%s\", \"precision\": \"%s\", "
               "\"n\": %lld, \"cols\": %lld, \"other\": %lld, "
               "\"forward_us\": %.2f, \"backward_us\": %.2f, \"forward_share\": %.3f, "
               "\"backward_share\": %.3f, \"bound\": \"%s\"}\n",
               row->name, b->device, bench_precision(b), (long long)r.e.s.n, (long long)r.e.s.c,
               (long long)r.e.s.o, 1e6 * forward, 1e6 * backward, floor / forward,
               backward > 0 ? back_floor / backward : 0,
               c.flops / b->peak[b->precision] > c.bytes / b->bandwidth ? "operations" : "bytes");
        fflush(stdout);
    }
    row_free(&r);
    return ok;
}

bool bench_ops(bench_gpu *b) {
    bool ok = true;
    for (size_t i = 0; i < MG_COUNT(OP_TABLE) && ok; i++)
        if (b->precision == MG_PREC_BF16 || has_products(&OP_TABLE[i]))
            ok = time_row(b, &OP_TABLE[i]);
    mg_tape_record(b->tape, false);
    return ok;
}
