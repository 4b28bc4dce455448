/* tape.c - the tape: its life, its errors, its random keys, and the backward walk.
 *
 * Records lie one after another in an arena of their own, in the order the ops ran, so backward is a loop from the end:
 * every consumer of a tensor comes after its producer, hence a record's output gradient is complete when it is reached.
 * Gradients of activations appear on first use (written, later ones added); those of parameters are ranges of the
 * optimiser's flat buffer and are always added to. Called by nn, model and task; ops are in ops_*.c.
 */
#include "tensor/internal.h"

#include <stdlib.h>
#include <string.h>

#define STEP_BYTES ((size_t)64 << 30)      /* address space, committed by touch */
#define RECORD_BYTES ((size_t)8 << 30)

/* ---- life ---- */

static mg_backend *backend_new(const char *device, int threads, molglot_error *err) {
    if (strcmp(device, "cpu") == 0) return mg_backend_cpu_new(threads, err);
    if (strcmp(device, "ref") == 0) return mg_backend_ref_new(threads, err);
    mg_fail(err, MOLGLOT_USAGE, "device '%s' is unknown (cpu, ref)", device);
    return NULL;
}

mg_tape *mg_tape_new(const char *device, mg_precision precision, int threads, size_t arena_bytes, molglot_error *err) {
    mg_tape *t = calloc(1, sizeof *t);
    if (!t) {
        mg_fail(err, MOLGLOT_NO_MEMORY, "no memory for a tape");
        return NULL;
    }
    t->precision = precision;
    if (mg_arena_init(&t->arena, arena_bytes ? arena_bytes : STEP_BYTES, err) != MOLGLOT_OK
        || mg_arena_init(&t->records, RECORD_BYTES, err) != MOLGLOT_OK
        || !(t->be = backend_new(device, threads, err))) {
        mg_tape_free(t);
        return NULL;
    }
    return t;
}

void mg_tape_free(mg_tape *t) {
    if (!t) return;
    if (t->be) t->be->free(t->be);
    mg_arena_free(&t->records);
    mg_arena_free(&t->arena);
    free(t);
}

const char *mg_tape_device(const mg_tape *t) { return t->be->name; }
mg_precision mg_tape_precision(const mg_tape *t) { return t->precision; }
void mg_tape_record(mg_tape *t, bool on) { t->recording = on; }
void mg_tape_training(mg_tape *t, bool on) { t->training = on; }
bool mg_tape_is_training(const mg_tape *t) { return t->training; }
size_t mg_tape_records(const mg_tape *t) { return t->records.used / sizeof(mg_record); }
size_t mg_tape_peak_bytes(const mg_tape *t) { return t->arena.peak + t->be->scratch.peak; }

void mg_tape_reset(mg_tape *t) {
    mg_arena_release(&t->arena, 0);
    mg_arena_release(&t->records, 0);
    mg_arena_release(&t->be->scratch, 0);
    t->draws = 0;
    t->walked = false;
    t->failed = false;
    t->error.code = MOLGLOT_OK;
    t->error.message[0] = 0;
}

void *mg_tape_alloc(mg_tape *t, size_t bytes) {
    if (t->failed) return NULL;
    void *p = mg_arena_alloc(&t->arena, bytes);
    if (!p) mg_tape_fail_code(t, MOLGLOT_NO_MEMORY, "the step's arena is full: %zu bytes asked for, %zu of %zu in use", bytes,
                              t->arena.used, t->arena.reserved);
    return p;
}

mg_tensor *mg_new(mg_tape *t, int64_t rows, int64_t cols) {
    return t->failed ? NULL : mg_output(t, "new", rows, cols);
}

mg_tensor *mg_input(mg_tape *t, const float *data, int64_t rows, int64_t cols, bool needs_grad) {
    mg_tensor *x = t->failed ? NULL : mg_output(t, "input", rows, cols);
    if (!x) return NULL;
    x->needs_grad = needs_grad;
    if (data && rows * cols > 0) memcpy(x->data, data, (size_t)(rows * cols) * sizeof(float));
    return x;
}

/* ---- random keys ---- */

void mg_tape_seed(mg_tape *t, uint64_t seed, uint64_t step) {
    t->seed = seed;
    t->step = step;
    mg_tape_stream(t, 0);
}

void mg_tape_stream(mg_tape *t, uint64_t stream) {
    t->stream = stream;
    t->draws = 0;
}

uint64_t mg_next_key(mg_tape *t) {
    return mg_rng_u64(mg_rng_u64(t->seed, t->step, t->stream), 0, t->draws++);
}

/* ---- errors ---- */

static void fail_va(mg_tape *t, int code, const char *fmt, va_list args) {
    if (t->failed) return;
    t->failed = true;
    t->error.code = code;
    vsnprintf(t->error.message, sizeof t->error.message, fmt, args);
}

void mg_tape_fail(mg_tape *t, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fail_va(t, MOLGLOT_FAILED, fmt, args);
    va_end(args);
}

void mg_tape_fail_code(mg_tape *t, int code, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fail_va(t, code, fmt, args);
    va_end(args);
}

bool mg_tape_ok(const mg_tape *t) { return !t->failed; }

int mg_tape_error(const mg_tape *t, molglot_error *err) {
    if (!t->failed) return MOLGLOT_OK;
    if (err) *err = t->error;
    return t->error.code;
}

void mg_fail_null(mg_tape *t, const char *op) { mg_tape_fail(t, "%s: an input is NULL", op); }

void mg_fail_room(mg_tape *t, const char *op, int64_t rows, int64_t cols) {
    mg_tape_fail_code(t, MOLGLOT_NO_MEMORY, "%s: no room for [%lld,%lld] (%zu of %zu bytes of the step's arena in use)", op,
                      (long long)rows, (long long)cols, t->arena.used, t->arena.reserved);
}

void mg_fail_kernel(mg_tape *t, const char *op, int code) {
    mg_tape_fail(t, "%s: the %s kernel failed (code %d)", op, t->be->name, code);
}

void mg_fail_dtype(mg_tape *t, const char *op) {
    mg_tape_fail(t, "%s: an input is BF16 or I8; only the weight of linear (BF16) and the table of gather_sum may be", op);
}

void mg_fail_shapes(mg_tape *t, const char *op, const char *a_name, const mg_tensor *a, const char *b_name,
                    const mg_tensor *b, const char *rule) {
    mg_tape_fail(t, "%s: %s is [%lld,%lld], %s is [%lld,%lld]: %s", op, a_name, (long long)a->rows, (long long)a->cols, b_name,
                 (long long)b->rows, (long long)b->cols, rule);
}

/* ---- backward ---- */

float *mg_grad_make(mg_tape *t, mg_tensor *x) {
    if (x->is_param) {
        mg_tape_fail(t, "backward: a parameter [%lld,%lld] needs a gradient but has no buffer for it", (long long)x->rows,
                     (long long)x->cols);
        return NULL;
    }
    x->grad = mg_step_floats(t, "backward", mg_tensor_count(x));
    return x->grad;
}

/* A second walk over the same records starts from clean activations; leaves and parameters keep what they have. */
static void forget_activation_grads(mg_tape *t) {
    mg_record *records = (mg_record *)t->records.base;
    for (size_t i = 0; i < mg_tape_records(t); i++) records[i].out->grad = NULL;
}

int mg_backward_from(mg_tape *t, mg_tensor *out, const float *grad) {
    if (!mg_ready(t, "backward", out && grad)) return t->error.code;
    if (!out->needs_grad) {
        mg_tape_fail(t, "backward: the output [%lld,%lld] depends on nothing that needs a gradient (was recording on?)",
                     (long long)out->rows, (long long)out->cols);
        return t->error.code;
    }
    if (t->walked) forget_activation_grads(t);
    t->walked = true;

    int acc = 0;
    float *g = mg_grad_first(t, out, &acc);
    if (g && out->rows > 0) mg_grad_add_scaled(t, "backward", mg_tensor_count(out), 1.0f, grad, g, acc);

    const mg_record *records = (const mg_record *)t->records.base;
    for (size_t i = mg_tape_records(t); i-- > 0 && !t->failed;) {
        const mg_record *r = &records[i];
        if (r->out->grad && r->out->rows > 0) r->op->back(t, r);
    }
    return t->failed ? t->error.code : MOLGLOT_OK;
}

int mg_backward(mg_tape *t, mg_tensor *loss) {
    if (!mg_ready(t, "backward", loss != NULL)) return t->error.code;
    if (mg_tensor_count(loss) != 1) {
        mg_tape_fail(t, "backward: the loss is [%lld,%lld], expected [1,1]", (long long)loss->rows, (long long)loss->cols);
        return t->error.code;
    }
    return mg_backward_from(t, loss, &(float){1.0f});
}

/* ---- raw kernels outside the tape ---- */

int mg_product_nt(mg_tape *t, int64_t m, int64_t n, int64_t k, const float *a, const void *b, mg_dtype b_dtype, float *c) {
    if (t->failed) return t->error.code;
    if (m > 0 && n > 0) mg_kernel_ok(t, "product_nt", t->be->product_nt(t->be, m, n, k, a, b, b_dtype, c));
    return t->failed ? t->error.code : MOLGLOT_OK;
}

double mg_flat_sumsq(mg_tape *t, const float *x, int64_t n) { return t->be->sumsq(t->be, n, x); }
void mg_flat_zero(mg_tape *t, float *x, int64_t n) { t->be->zero(t->be, n, x); }

void mg_flat_adamw(mg_tape *t, int64_t n, float *p, const float *g, float *m, float *v, float *ema, uint16_t *shadow,
                   const mg_adamw_args *a) {
    t->be->adamw(t->be, n, p, g, m, v, ema, shadow, a);
}
