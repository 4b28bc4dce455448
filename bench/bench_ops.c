/* bench_ops.c - what each op of the op table costs at its typical size, and what the tape adds to
 * the kernels, as JSON lines.
 *
 *   bench_ops [cpu|ref] [f32|bf16] [NAME]      rows of the table whose name begins with NAME
 *                                        (default: all, and the tape)
 *
 * Times are the best of several runs, wall clock, all threads. Inputs as long as the op's size are
 * activations, the others (weights, tables) parameters whose gradient is added to a buffer, as in
 * training.
 */
#include "tensor/inside.h"
#include "tensor/op_table.h"

#include <stdio.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- one op ---- */

static bool is_param(const op_env *e, int k) {
    return e->rows[k] > e->s.n || (k > 0 && e->rows[k] != e->s.n);
}

static mg_tensor leaf_of(const op_env *e, int k) {
    int64_t n = e->rows[k] * e->cols[k];
    mg_tensor x = {.data = e->x[k],
                   .rows = e->rows[k],
                   .cols = e->cols[k],
                   .needs_grad = 1,
                   .is_param = is_param(e, k)};
    if (!x.is_param) return x;
    uint16_t *half = op_alloc(n, sizeof *half);
    mg_f32_to_bf16_n(e->x[k], half, n);
    x.shadow = half;
    x.grad = op_alloc(n, sizeof(float));
    return x;
}

/* One forward and, unless the op gave back its input, the backward of its record alone; seconds of
 * each. */
static bool run_once(mg_tape *t, const op_env *e, mg_tensor *leaves, const float *up,
                     double *forward, double *backward) {
    mg_tensor *in[OP_MAX_IN];
    mg_tape_reset(t);
    for (int k = 0; k < e->n_in; k++) {
        in[k] = &leaves[k];
        if (!leaves[k].is_param) leaves[k].grad = NULL;
    }
    double start = now();
    mg_tensor *y = e->row->run(t, in, e);
    double middle = now();
    if (y && mg_tape_records(t) > 0) {
        const mg_record *r = (const mg_record *)t->records.base;
        y->grad = (float *)up;
        r->op->back(t, r);
    }
    *backward = now() - middle;
    *forward = middle - start;
    return mg_tape_ok(t);
}

static bool time_row(mg_tape *t, const op_row *row) {
    op_env e;
    op_env_make(&e, row, row->bench);
    mg_tensor leaves[OP_MAX_IN];
    int64_t most = 1;
    for (int k = 0; k < e.n_in; k++) leaves[k] = leaf_of(&e, k);
    for (int k = 0; k < e.n_in; k++)
        most = mg_tensor_count(&leaves[k]) > most ? mg_tensor_count(&leaves[k]) : most;
    most = e.s.n * e.s.o > most ? e.s.n * e.s.o : most;
    float *up = op_alloc(most, sizeof *up);
    for (int64_t i = 0; i < most; i++) up[i] = op_uniform(&e);

    double best_forward = 1e9, best_backward = 1e9, forward, backward, end = now() + 0.5;
    bool ok = true;
    mg_tape_training(t, row->training);
    for (int i = 0; ok && (i < 5 || now() < end); i++) {
        ok = run_once(t, &e, leaves, up, &forward, &backward);
        best_forward = fmin(best_forward, forward);
        best_backward = fmin(best_backward, backward);
    }
    if (ok)
        printf("{\"bench\": \"op\", \"op\": \"%s\", \"device\": \"%s\", \"threads\": %d, "
               "\"precision\": \"%s\", \"n\": %lld, \"cols\": %lld, "
               "\"other\": %lld, \"forward_us\": %.1f, \"backward_us\": %.1f}\n",
               row->name, mg_tape_device(t), t->be->threads,
               mg_tape_precision(t) == MG_PREC_BF16 ? "bf16" : "f32", (long long)e.s.n,
               (long long)e.s.c, (long long)e.s.o, 1e6 * best_forward, 1e6 * best_backward);
    fflush(stdout);
    for (int k = 0; k < e.n_in; k++) {
        if (!leaves[k].is_param) continue;
        free((void *)leaves[k].shadow);
        free(leaves[k].grad);
    }
    free(up);
    op_env_free(&e);
    return ok;
}

/* ---- the tape itself: a tree of tiny ops ---- */

enum { LEAVES = 256, TREE_OPS = 4 * (LEAVES - 1) };

/* Each inner node costs four ops: relu((l + l r) / 2). */
static bool run_tree(mg_tape *t, const float *values, int64_t width) {
    mg_tensor *level[LEAVES];
    mg_tape_reset(t);
    for (int i = 0; i < LEAVES; i++) level[i] = mg_input(t, values, 1, width, true);
    for (int n = LEAVES; n > 1; n /= 2)
        for (int i = 0; i < n / 2; i++) {
            mg_tensor *sum = mg_add(t, level[2 * i], mg_mul(t, level[2 * i], level[2 * i + 1]));
            level[i] = mg_activate(t, mg_scale(t, sum, 0.5f), MG_ACT_RELU);
        }
    return mg_backward_from(t, level[0], values) == MOLGLOT_OK && mg_tape_records(t) == TREE_OPS;
}

static int no_axpby(mg_backend *be, int64_t n, float a, const float *x, float b, const float *y,
                    float *out) {
    (void)be, (void)n, (void)a, (void)x, (void)b, (void)y, (void)out;
    return 0;
}
static int no_mul(mg_backend *be, int64_t n, const float *x, const float *y, float *out, int acc) {
    (void)be, (void)n, (void)x, (void)y, (void)out, (void)acc;
    return 0;
}
static int no_act(mg_backend *be, int64_t n, mg_act act, const float *x, float *y) {
    (void)be, (void)n, (void)act, (void)x, (void)y;
    return 0;
}
static int no_act_back(mg_backend *be, int64_t n, mg_act act, const float *saved, const float *dy,
                       float *dx, int acc) {
    (void)be, (void)n, (void)act, (void)saved, (void)dy, (void)dx, (void)acc;
    return 0;
}

/* Nanoseconds per op, forward and backward together; 0 on failure. */
static double time_tree(mg_tape *t, const float *values, int64_t width) {
    double best = 1e9;
    for (int i = 0; i < 2000; i++) {
        double start = now();
        if (!run_tree(t, values, width)) return 0.0;
        best = fmin(best, now() - start);
    }
    return 1e9 * best / TREE_OPS;
}

/* The same tree with kernels that do nothing is the tape's own share. */
static bool time_tape(mg_tape *t, int64_t width) {
    float *values = op_alloc(width, sizeof *values);
    for (int64_t i = 0; i < width; i++) values[i] = 0.5f + 0.001f * (float)i;
    double all = time_tree(t, values, width);
    mg_backend kept = *t->be;
    t->be->axpby = no_axpby;
    t->be->mul = no_mul;
    t->be->act = no_act;
    t->be->act_back = no_act_back;
    double own = time_tree(t, values, width);
    t->be->axpby = kept.axpby;
    t->be->mul = kept.mul;
    t->be->act = kept.act;
    t->be->act_back = kept.act_back;
    printf("{\"bench\": \"tape\", \"device\": \"%s\", \"ops\": %d, \"width\": %lld, \"ns_per_op\": "
           "%.1f, \"bookkeeping_ns_per_op\": %.1f}\n",
           mg_tape_device(t), TREE_OPS, (long long)width, all, own);
    free(values);
    return all > 0.0 && own > 0.0;
}

int main(int argc, char **argv) {
    const char *device = argc > 1 ? argv[1] : "cpu", *name = argc > 3 ? argv[3] : "";
    mg_precision precision = argc > 2 && strcmp(argv[2], "bf16") == 0 ? MG_PREC_BF16 : MG_PREC_F32;
    molglot_error err = {0};
    mg_tape *t = mg_tape_new(device, precision, 0, 0, &err);
    if (!t) {
        fprintf(stderr, "bench_ops: %s\n", err.message);
        return 1;
    }
    mg_tape_record(t, true);
    bool ok = *name || (time_tape(t, 64) && time_tape(t, 8));
    for (size_t i = 0; ok && i < MG_COUNT(OP_TABLE); i++)
        if (strncmp(OP_TABLE[i].name, name, strlen(name)) == 0) ok = time_row(t, &OP_TABLE[i]);
    if (mg_tape_error(t, &err) != MOLGLOT_OK) fprintf(stderr, "bench_ops: %s\n", err.message);
    mg_tape_free(t);
    return ok ? 0 : 1;
}
