/* inside.h - the tape as the op files see it (inside src/tensor).
 *
 * An op is written in one file, forward beside backward, always in the same five steps:
 *
 *     if (!mg_ready(t, op.name, x && w)) return NULL;            poisoned tape or NULL input
 *     if (shapes do not fit) { mg_tape_fail(t, ...); return NULL; }
 *     mg_tensor *y = mg_output(t, op.name, rows, cols);           from the step arena
 *     if (rows > 0 && !MG_RUN(t, op.name, kernel, ...)) ...       kernels never see 0 rows
 *     if (mg_wants_grad(t, x->needs_grad)) { mg_record *r = mg_push(t, &op, y); ... }
 *
 * and its backward reads r->out->grad and asks mg_grad_first() or mg_grad_sum() where to put the
 * gradients of its inputs. Everything on this path is inline and touches one cache line per tensor
 * and one per record.
 */
#ifndef MG_TENSOR_INTERNAL_H
#define MG_TENSOR_INTERNAL_H

#include "tensor/backend.h"

typedef struct mg_record mg_record;

typedef struct mg_op {
    const char *name; /* in messages */
    /* called only when out->grad is there and out has rows */
    void (*back)(mg_tape *t, const mg_record *r);
} mg_op;

struct mg_record {
    const mg_op *op;
    mg_tensor *out;
    mg_tensor *in[4]; /* only those the op has are set */
    union {
        void *saved;  /* what the op keeps for its backward, in the step arena */
        uint64_t key; /* of random bits */
    };
    float k; /* the op's constant */
};
_Static_assert(sizeof(mg_record) == 64, "records are packed one per cache line");

struct mg_tape {
    mg_arena arena;   /* the step: values, saved state, gradients of activations */
    mg_arena records; /* mg_record[records.used / 64], nothing else */
    mg_backend *be;
    mg_precision precision;
    bool recording, training, failed;
    bool walked; /* a backward has run since the last reset */
    uint64_t seed, step, stream;
    uint64_t draws;      /* random ops so far */
    molglot_error error; /* the first failure */
};

/* Poisons with a code of choice (mg_tape_fail: MOLGLOT_FAILED). */
__attribute__((cold)) void mg_tape_fail_code(mg_tape *t, int code, const char *fmt, ...)
    MG_PRINTF(3, 4);
__attribute__((cold)) void mg_fail_null(mg_tape *t, const char *op);
__attribute__((cold)) void mg_fail_room(mg_tape *t, const char *op, int64_t rows, int64_t cols);
__attribute__((cold)) void mg_fail_kernel(mg_tape *t, const char *op, int code);
__attribute__((cold)) void mg_fail_dtype(mg_tape *t, const char *op);
/* "add: a is [2,3], b is [4,3]: <rule>" */
__attribute__((cold)) void mg_fail_shapes(mg_tape *t, const char *op, const char *a_name,
                                          const mg_tensor *a, const char *b_name,
                                          const mg_tensor *b, const char *rule);
/* A key for the next op that draws random bits; a function of (seed, step, stream, how many came
 * before). */
uint64_t mg_next_key(mg_tape *t);

/* True when the op may go on. */
static inline bool mg_ready(mg_tape *t, const char *op, bool inputs) {
    if (__builtin_expect(inputs && !t->failed, 1)) return true;
    if (!t->failed) mg_fail_null(t, op);
    return false;
}

/* `dtypes` is the bitwise or of the inputs' dtypes: all must be f32. */
static inline bool mg_all_f32(mg_tape *t, const char *op, int dtypes) {
    if (__builtin_expect(dtypes == MG_F32, 1)) return true;
    mg_fail_dtype(t, op);
    return false;
}

static inline bool mg_kernel_ok(mg_tape *t, const char *op, int code) {
    if (__builtin_expect(code == 0, 1)) return true;
    mg_fail_kernel(t, op, code);
    return false;
}

/* Always false. */
__attribute__((cold)) bool mg_fail_missing(mg_tape *t, const char *op, const char *kernel);

/* MG_RUN(t, op, kernel, arguments): calls the backend's kernel; false (and poisoned) when it fails
 * or is not there. */
#define MG_RUN(t, op, kernel, ...)                                                \
    ((t)->be->kernel ? mg_kernel_ok(t, op, (t)->be->kernel((t)->be, __VA_ARGS__)) \
                     : mg_fail_missing(t, op, #kernel))

static inline bool mg_wants_grad(const mg_tape *t, int needs) { return t->recording && needs; }

static inline bool mg_needs_grad(const mg_tensor *x) { return x && x->needs_grad; }

/* A tensor of the step: the struct and its data in one block. */
static inline mg_tensor *mg_output(mg_tape *t, const char *op, int64_t rows, int64_t cols) {
    int64_t count, bytes;
    mg_tensor *y = NULL;
    if (rows >= 0 && cols >= 0 && !__builtin_mul_overflow(rows, cols, &count) &&
        !__builtin_mul_overflow(count + 16, (int64_t)sizeof(float), &bytes))
        y = mg_arena_alloc(&t->arena, (size_t)bytes);
    if (!y) {
        mg_fail_room(t, op, rows, cols);
        return NULL;
    }
    *y = (mg_tensor){.data = (char *)y + 64, .rows = rows, .cols = cols, .dtype = MG_F32};
    return y;
}
_Static_assert(sizeof(mg_tensor) <= 64, "mg_output puts the data 64 bytes after the struct");

static inline mg_record *mg_push(mg_tape *t, const mg_op *op, mg_tensor *out) {
    mg_record *r = mg_arena_alloc(&t->records, sizeof *r);
    if (!r) {
        mg_fail_room(t, "record", 1, (int64_t)sizeof *r);
        return NULL;
    }
    r->op = op;
    r->out = out;
    out->needs_grad = 1;
    return r;
}

/* count floats of the step, NULL (and poisoned) when the arena is full. */
static inline float *mg_step_floats(mg_tape *t, const char *op, int64_t count) {
    float *p = mg_arena_alloc(&t->arena, (size_t)count * sizeof(float));
    if (!p) mg_fail_room(t, op, 1, count);
    return p;
}

/* The same from the backend's scratch; the caller marks and releases. */
static inline void *mg_scratch(mg_tape *t, const char *op, int64_t count, size_t size) {
    void *p = mg_arena_alloc(&t->be->scratch, (size_t)count * size);
    if (!p) mg_fail_room(t, op, 1, count);
    return p;
}

/* Buffer for the gradient of x, NULL when none is wanted (or the tape is poisoned). *acc 0: write
 * it, nothing is there yet; 1: add to it. An op whose inputs may be one and the same tensor must
 * fill the first before asking for the second. */
float *mg_grad_make(mg_tape *t, mg_tensor *x);
static inline float *mg_grad_first(mg_tape *t, mg_tensor *x, int *acc) {
    if (!mg_needs_grad(x)) return NULL;
    *acc = x->grad != NULL;
    return x->grad ? x->grad : mg_grad_make(t, x);
}

/* The same for kernels that only add: zeroed on first use. */
static inline float *mg_grad_sum(mg_tape *t, mg_tensor *x) {
    int acc;
    float *g = mg_grad_first(t, x, &acc);
    if (g && !acc) MG_RUN(t, "zero", zero, mg_tensor_count(x), g);
    return g;
}

/* g (+)= c d */
static inline void mg_grad_add_scaled(mg_tape *t, const char *op, int64_t n, float c,
                                      const float *d, float *g, int acc) {
    MG_RUN(t, op, axpby, n, c, d, 1.0f, acc ? g : NULL, g);
}

#endif
