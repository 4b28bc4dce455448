/* tape.c - the tape: its life, its errors, its random keys, and the backward walk.
 *
 * Records lie one after another in an arena of their own, in the order in which the ops ran. So
 * backward is a loop from the end: every consumer of a tensor comes after its producer, and when a
 * record is reached, the gradient of its output is complete. The gradient of an activation appears
 * on first use: the first is written, later ones are added. Those of parameters are ranges of the
 * optimiser's flat buffer and are always added to.
 */
#include "tensor/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP_BYTES   ((size_t)64 << 30) /* address space, committed by touch */
#define RECORD_BYTES ((size_t)8 << 30)

/* ---- life ---- */

static mg_backend *backend_new(const char *device, int threads, molglot_error *err) {
    int gpu = 0, used = 0;
    if (strcmp(device, "cpu") == 0) return mg_backend_cpu_new(threads, err);
    if (strcmp(device, "ref") == 0) return mg_backend_ref_new(threads, err);
    if (strcmp(device, "cuda") == 0) return mg_backend_cuda_load(0, err);
    if (sscanf(device, "cuda:%4d%n", &gpu, &used) == 1 && gpu >= 0 && !device[used])
        return mg_backend_cuda_load(gpu, err);
    mg_fail(err, MOLGLOT_USAGE, "device '%s' is unknown (cpu, cuda, cuda:1, ref)", device);
    return NULL;
}

int mg_device_describe(const char *device, char out[256], molglot_error *err) {
    molglot_error own = {0};
    mg_backend *be = backend_new(device, 1, &own);
    if (be) {
        snprintf(out, 256, "%s", *be->about ? be->about : be->name);
        be->free(be);
    } else if (err) {
        *err = own;
    }
    return own.code;
}

/* The step arena, and its mirror on a device with memory of its own, which limits it. */
static int step_arena(mg_tape *t, size_t bytes, molglot_error *err) {
    const size_t most = t->be->step_bytes;
    if (!bytes) bytes = STEP_BYTES;
    if (most && bytes > most) bytes = most;
    int code = mg_arena_init(&t->arena, bytes, err);
    if (code || !t->be->mirror || t->be->mirror(t->be, t->arena.base, t->arena.reserved) == 0)
        return code;
    return mg_no_memory(err, "%s: no room for %zu bytes: %s", t->be->name, t->arena.reserved,
                        t->be->reason);
}

mg_tape *mg_tape_new(const char *device, mg_precision precision, int threads, size_t arena_bytes,
                     molglot_error *err) {
    mg_tape *t = calloc(1, sizeof *t);
    if (!t) {
        mg_no_memory(err, "a tape");
        return NULL;
    }
    t->precision = precision;
    if (!(t->be = backend_new(device, threads, err)) ||
        step_arena(t, arena_bytes, err) != MOLGLOT_OK ||
        mg_arena_init(&t->records, RECORD_BYTES, err) != MOLGLOT_OK) {
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
    if (t->be->new_step) t->be->new_step(t->be);
    t->draws = 0;
    t->walked = false;
    t->failed = false;
    t->error.code = MOLGLOT_OK;
    t->error.message[0] = 0;
}

size_t mg_tape_mark(const mg_tape *t) { return mg_arena_mark(&t->arena); }

void mg_tape_release(mg_tape *t, size_t mark) {
    if (t->records.used) {
        mg_tape_fail(t, "release: %zu recorded operations would lose their tensors",
                     mg_tape_records(t));
        return;
    }
    mg_arena_release(&t->arena, mark);
    if (t->be->new_step) t->be->new_step(t->be); /* index arrays of this address may change */
}

void *mg_tape_alloc(mg_tape *t, size_t bytes) {
    if (t->failed) return NULL;
    void *p = mg_arena_alloc(&t->arena, bytes);
    if (!p)
        mg_tape_fail_code(t, MOLGLOT_NO_MEMORY,
                          "the step's arena is full: %zu bytes asked for, %zu of %zu in use", bytes,
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
    if (data && rows * cols > 0) {
        memcpy(x->data, data, (size_t)(rows * cols) * sizeof(float));
        mg_tape_push(t, x->data, (size_t)(rows * cols) * sizeof(float));
    }
    return x;
}

mg_tensor *mg_zeros(mg_tape *t, int64_t rows, int64_t cols) {
    mg_tensor *x = mg_new(t, rows, cols);
    return x && (rows * cols == 0 || MG_RUN(t, "zeros", zero, rows * cols, x->data)) ? x : NULL;
}

/* ---- where values are ---- */

static int device_code(mg_tape *t, const char *what, int code) {
    if (code) mg_fail_kernel(t, what, code);
    return t->failed ? t->error.code : MOLGLOT_OK;
}

int mg_tape_attach(mg_tape *t, const void *base, size_t bytes) {
    if (!t->be->mirror || t->failed || bytes == 0) return t->failed ? t->error.code : MOLGLOT_OK;
    int code = t->be->mirror(t->be, base, bytes);
    return device_code(t, "attach", code ? code : t->be->push(t->be, base, bytes));
}

void mg_tape_detach(mg_tape *t, const void *base) {
    if (t->be->unmirror) t->be->unmirror(t->be, base);
}

int mg_tape_push(mg_tape *t, const void *p, size_t bytes) {
    return t->be->push && !t->failed ? device_code(t, "push", t->be->push(t->be, p, bytes))
                                     : device_code(t, "push", 0);
}

int mg_tape_pull(mg_tape *t, void *p, size_t bytes) {
    return t->be->pull && !t->failed ? device_code(t, "pull", t->be->pull(t->be, p, bytes))
                                     : device_code(t, "pull", 0);
}

float *mg_tape_where(mg_tape *t, const float *p, int64_t n, void **stream) {
    if (!t->be->where || t->failed || n < 1) return NULL;
    float *there = t->be->where(t->be, p, (size_t)n * sizeof *p, stream);
    (void)device_code(t, "where", !there);
    return there;
}

int mg_tape_stage(mg_tape *t, const void *base, size_t bytes) {
    return t->be->stage && !t->failed && bytes > 0
               ? device_code(t, "stage", t->be->stage(t->be, base, bytes))
               : device_code(t, "stage", 0);
}

const float *mg_values(mg_tape *t, mg_tensor *x) {
    if (!mg_ready(t, "values", x != NULL)) return NULL;
    return mg_tape_pull(t, x->data, (size_t)mg_tensor_count(x) * sizeof(float)) ? NULL : x->data;
}

const float *mg_grads(mg_tape *t, mg_tensor *x) {
    if (!mg_ready(t, "gradients", x != NULL) || !x->grad) return NULL;
    return mg_tape_pull(t, x->grad, (size_t)mg_tensor_count(x) * sizeof(float)) ? NULL : x->grad;
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
    mg_tape_fail_code(t, MOLGLOT_NO_MEMORY,
                      "%s: no room for [%lld,%lld] (%zu of %zu bytes of the step's arena in use)",
                      op, (long long)rows, (long long)cols, t->arena.used, t->arena.reserved);
}

void mg_fail_kernel(mg_tape *t, const char *op, int code) {
    if (*t->be->reason)
        mg_tape_fail(t, "%s: %s: %s", op, t->be->name, t->be->reason);
    else
        mg_tape_fail(t, "%s: the %s kernel failed (code %d)", op, t->be->name, code);
}

bool mg_fail_missing(mg_tape *t, const char *op, const char *kernel) {
    mg_tape_fail(t, "%s: the %s backend has no kernel %s", op, t->be->name, kernel);
    return false;
}

void mg_fail_dtype(mg_tape *t, const char *op) {
    mg_tape_fail(t,
                 "%s: an input is BF16 or I8; only the weight of linear (BF16) and the table of "
                 "gather_sum may be",
                 op);
}

void mg_fail_shapes(mg_tape *t, const char *op, const char *a_name, const mg_tensor *a,
                    const char *b_name, const mg_tensor *b, const char *rule) {
    mg_tape_fail(t, "%s: %s is [%lld,%lld], %s is [%lld,%lld]: %s", op, a_name, (long long)a->rows,
                 (long long)a->cols, b_name, (long long)b->rows, (long long)b->cols, rule);
}

/* ---- backward ---- */

float *mg_grad_make(mg_tape *t, mg_tensor *x) {
    if (x->is_param) {
        mg_tape_fail(t,
                     "backward: a parameter [%lld,%lld] needs a gradient but has no buffer for it",
                     (long long)x->rows, (long long)x->cols);
        return NULL;
    }
    x->grad = mg_step_floats(t, "backward", mg_tensor_count(x));
    return x->grad;
}

/* A second walk over the same records starts from clean activations; leaves and parameters keep
 * what they have. */
static void forget_activation_grads(mg_tape *t) {
    mg_record *records = (mg_record *)t->records.base;
    for (size_t i = 0; i < mg_tape_records(t); i++) records[i].out->grad = NULL;
}

/* The host's numbers become (or are added to) the gradient of `out`. */
static void start_gradient(mg_tape *t, mg_tensor *out, const float *grad) {
    const size_t bytes = (size_t)mg_tensor_count(out) * sizeof(float);
    size_t mark = mg_arena_mark(&t->be->scratch);
    int acc = 0;
    float *g = mg_grad_first(t, out, &acc),
          *given = g && acc ? mg_scratch(t, "backward", mg_tensor_count(out), sizeof(float)) : g;
    if (given) {
        memcpy(given, grad, bytes);
        mg_tape_push(t, given, bytes);
        if (acc) mg_grad_add_scaled(t, "backward", mg_tensor_count(out), 1.0f, given, g, acc);
    }
    mg_arena_release(&t->be->scratch, mark);
}

int mg_backward_from(mg_tape *t, mg_tensor *out, const float *grad) {
    if (!mg_ready(t, "backward", out && grad)) return t->error.code;
    if (!out->needs_grad) {
        mg_tape_fail(t,
                     "backward: the output [%lld,%lld] depends on nothing that needs a gradient "
                     "(was recording on?)",
                     (long long)out->rows, (long long)out->cols);
        return t->error.code;
    }
    if (t->walked) forget_activation_grads(t);
    t->walked = true;

    if (out->rows > 0) start_gradient(t, out, grad);

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
        mg_tape_fail(t, "backward: the loss is [%lld,%lld], expected [1,1]", (long long)loss->rows,
                     (long long)loss->cols);
        return t->error.code;
    }
    return mg_backward_from(t, loss, &(float){1.0f});
}

/* ---- raw kernels outside the tape ---- */

int mg_product_nt(mg_tape *t, int64_t m, int64_t n, int64_t k, const float *a, const void *b,
                  mg_dtype b_dtype, float *c) {
    if (t->failed) return t->error.code;
    if (m > 0 && n > 0) MG_RUN(t, "product_nt", product_nt, m, n, k, a, b, b_dtype, c);
    return t->failed ? t->error.code : MOLGLOT_OK;
}

double mg_flat_sumsq(mg_tape *t, const float *x, int64_t n) {
    double sum = 0;
    return !t->failed && (n == 0 || MG_RUN(t, "sumsq", sumsq, n, x, &sum)) ? sum : NAN;
}

void mg_flat_zero(mg_tape *t, float *x, int64_t n) {
    if (n > 0 && !t->failed) MG_RUN(t, "zero", zero, n, x);
}

void mg_flat_mix(mg_tape *t, int64_t n, float a, const float *x, float b, const float *y,
                 float *out) {
    if (n > 0 && !t->failed) MG_RUN(t, "mix", axpby, n, a, x, b, y, out);
}

void mg_flat_adamw(mg_tape *t, int64_t n, float *p, const float *g, float *m, float *v, float *ema,
                   uint16_t *shadow, const mg_adamw_args *a) {
    if (n > 0 && !t->failed) MG_RUN(t, "adamw", adamw, n, p, g, m, v, ema, shadow, a);
}
