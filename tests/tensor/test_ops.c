/* test_ops.c [DEVICE] - every row of the op table at every size, on the device (default: cpu):
 *   value and gradients against the reference, two runs bit for bit, gradients that add up when an
 *     input is used twice, parameters
 *   that add to a buffer, bf16; with the cpu also the reference's gradients against finite
 *     differences.
 * Beside the table: kernels that are no ops (product, optimiser), BF16 weights and running
 * statistics.
 *
 * Errors between backends are relative to the largest element of the tensor compared: max|a-b| /
 * max(max|b|, LEAST).
 */
#include "../must_tape.h"
#include "op_table.h"

/* f32 sums of up to some hundred terms in another order than the reference's doubles: a few units
 * of 2^-24, times the loss of digits where terms cancel (norms of nearly constant rows, gradients
 * of a softmax). */
#define TOL_VALUE 5e-6
#define TOL_GRAD  2e-5
/* What should be 0 (the loss of one pair, the gradient through the norm of one column) is a
 * difference of numbers near 1. */
#define LEAST 0.05
/* Both sides round the factors of products to bf16, but factors made inside a kernel
 * (probabilities, dy * act') can fall on the other side of a rounding step (2^-8 of the factor),
 * and the cpu may keep some of them in f32. */
#define TOL_BF16 1e-2
/* Central differences of f32 values: step^2/6 of third derivatives plus rounding 2^-24 |y| /
 * step. */
#define STEP     4e-3
#define TOL_DIFF 2e-3

static const op_size SIZES[] = {{0, 5, 3},    {1, 1, 1},    {1, 7, 5},    {3, 5, 2},
                                {17, 33, 19}, {64, 48, 32}, {130, 96, 35}};

typedef struct result { /* of one run, malloc'ed */
    int64_t rows, cols;
    float *y, *grads[OP_MAX_IN];
} result;

typedef enum { LEAF_INPUT, LEAF_PARAM, LEAF_PLAIN } leaf_kind;

static const char *device = "cpu"; /* under test */

/* ---- running one row ---- */

static const char *where(const op_env *e, const char *what) {
    static char text[1200];
    snprintf(text, sizeof text, "%s [%lld,%lld,%lld]: %s", e->row->name, (long long)e->s.n,
             (long long)e->s.c, (long long)e->s.o, what);
    return text;
}

static void require(bool ok, const op_env *e, const char *what) {
    if (!ok) fail_msg("%s", where(e, what));
}

static void require_tape(mg_tape *t, const op_env *e) {
    molglot_error err;
    if (mg_tape_error(t, &err) != MOLGLOT_OK) fail_msg("%s", where(e, err.message));
}

static mg_tape *tape_for(const char *name, mg_precision precision) {
    return must_tape(name, precision, 0, (size_t)256 << 20);
}

/* The inputs as tensors. PARAM: with gradient buffers that hold 1 everywhere. */
static void leaves(mg_tape *t, const op_env *e, leaf_kind kind, mg_tensor **in) {
    mg_tape_reset(t);
    mg_tape_seed(t, 5, 9);
    mg_tape_training(t, e->row->training);
    mg_tape_record(t, kind != LEAF_PLAIN);
    for (int k = 0; k < e->n_in; k++) {
        in[k] = mg_input(t, e->x[k], e->rows[k], e->cols[k], kind != LEAF_PLAIN);
        if (kind != LEAF_PARAM) continue;
        in[k]->is_param = 1;
        in[k]->grad = op_alloc(mg_tensor_count(in[k]), sizeof(float));
        for (int64_t i = 0; i < mg_tensor_count(in[k]); i++) in[k]->grad[i] = 1.0f;
        mg_tape_attach(t, in[k]->grad, (size_t)mg_tensor_count(in[k]) * sizeof(float));
    }
}

static void forget_params(mg_tape *t, const op_env *e, mg_tensor **in) {
    for (int k = 0; k < e->n_in; k++) {
        if (mg_tensor_count(in[k]) > 0) mg_tape_detach(t, in[k]->grad);
        free(in[k]->grad);
    }
}

static float *copy_of(const float *x, int64_t n) {
    float *y = op_alloc(n, sizeof *y);
    if (x) memcpy(y, x, (size_t)n * sizeof *y);
    return y;
}

/* Forward, and backward from `up`. With `twice` the op runs two times on the same inputs and y = y1
 * + 2 y2. */
static result run_row(mg_tape *t, const op_env *e, const float *up, leaf_kind kind, bool twice) {
    mg_tensor *in[OP_MAX_IN];
    leaves(t, e, kind, in);
    mg_tensor *y = e->row->run(t, in, e);
    if (twice) {
        mg_tape_seed(t, 5, 9);
        y = mg_add(t, y, mg_scale(t, e->row->run(t, in, e), 2.0f));
    }
    require_tape(t, e);
    result r = {y->rows, y->cols, copy_of(mg_values(t, y), mg_tensor_count(y)), {0}};
    if (kind != LEAF_PLAIN) {
        mg_backward_from(t, y, up);
        require_tape(t, e);
        for (int k = 0; k < e->n_in; k++)
            r.grads[k] = copy_of(mg_grads(t, in[k]), mg_tensor_count(in[k]));
        require_tape(t, e);
    }
    if (kind == LEAF_PARAM) forget_params(t, e, in);
    return r;
}

static void result_free(result *r) {
    free(r->y);
    for (int k = 0; k < OP_MAX_IN; k++) free(r->grads[k]);
}

/* An upstream gradient in [-1, 1], zero where a RELU's input is so near 0 that a finite step or a
 * rounding crosses it. */
static float *upstream(mg_tape *t, op_env *e) {
    mg_act act = e->act;
    e->act = act == MG_ACT_RELU ? MG_ACT_NONE : act;
    result r = run_row(t, e, NULL, LEAF_PLAIN, false);
    e->act = act;
    float *up = op_alloc(r.rows * r.cols, sizeof *up);
    for (int64_t i = 0; i < r.rows * r.cols; i++)
        up[i] = act == MG_ACT_RELU && fabsf(r.y[i]) < 0.08f ? 0.0f : op_uniform(e);
    result_free(&r);
    return up;
}

/* ---- comparing ---- */

static double relative_error(const float *a, const float *b, int64_t n) {
    double top = 0.0, diff = 0.0;
    for (int64_t i = 0; i < n; i++) {
        top = fmax(top, fabs(b[i]));
        diff = isfinite(a[i]) ? fmax(diff, fabs((double)a[i] - b[i])) : INFINITY;
    }
    return diff / fmax(top, LEAST);
}

static void require_close(const op_env *e, const char *what, int k, const float *a, const float *b,
                          int64_t n, double tol) {
    double error = relative_error(a, b, n);
    char text[120];
    if (error <= tol) return;
    snprintf(text, sizeof text, "%s (input %d): relative error %.2e, allowed %.0e", what, k, error,
             tol);
    require(false, e, text);
}

static void require_results_close(const op_env *e, const char *what, const result *a,
                                  const result *b, double tol_y, double tol_g) {
    require(a->rows == b->rows && a->cols == b->cols, e, "shapes differ");
    require_close(e, what, -1, a->y, b->y, a->rows * a->cols, tol_y);
    for (int k = 0; k < e->n_in && a->grads[k]; k++)
        require_close(e, what, k, a->grads[k], b->grads[k], e->rows[k] * e->cols[k], tol_g);
}

/* ---- finite differences on the reference ---- */

static double objective(mg_tape *ref, const op_env *e, const float *up) {
    result r = run_row(ref, e, NULL, LEAF_PLAIN, false);
    double s = 0.0;
    for (int64_t i = 0; i < r.rows * r.cols; i++) s += (double)up[i] * r.y[i];
    result_free(&r);
    return s;
}

static double slope_along(mg_tape *ref, op_env *e, const float *up, int k, const float *direction) {
    int64_t n = e->rows[k] * e->cols[k];
    float *kept = e->x[k], *moved = op_alloc(n, sizeof *moved);
    double value[2];
    e->x[k] = moved;
    for (int side = 0; side < 2; side++) {
        for (int64_t i = 0; i < n; i++)
            moved[i] = kept[i] + (float)(side ? STEP : -STEP) * direction[i];
        value[side] = objective(ref, e, up);
    }
    e->x[k] = kept;
    free(moved);
    return (value[1] - value[0]) / (2.0 * STEP);
}

static void check_slope(mg_tape *ref, op_env *e, const float *up, const result *r, int k,
                        const float *direction) {
    double expected = 0.0, scale = 0.0;
    for (int64_t i = 0; i < e->rows[k] * e->cols[k]; i++) {
        double term = (double)r->grads[k][i] * direction[i];
        expected += term;
        scale += term * term;
    }
    double found = slope_along(ref, e, up, k, direction), up_norm = 0.0;
    for (int64_t i = 0; i < r->rows * r->cols; i++) up_norm += (double)up[i] * up[i];
    char text[160];
    if (fabs(found - expected) <= TOL_DIFF * (sqrt(scale) + 0.1 * sqrt(up_norm))) return;
    snprintf(text, sizeof text, "input %d: finite difference %.6g, gradient %.6g", k, found,
             expected);
    require(false, e, text);
}

/* Each input along a random direction; small ones element by element as well. */
static void check_differences(mg_tape *ref, op_env *e, const float *up, const result *r) {
    for (int k = 0; k < e->n_in; k++) {
        int64_t n = e->rows[k] * e->cols[k];
        float *direction = op_alloc(n, sizeof *direction);
        for (int64_t i = 0; i < n; i++) direction[i] = op_uniform(e);
        if (n > 0) check_slope(ref, e, up, r, k, direction);
        for (int64_t i = 0; n <= 120 && i < n; i++) {
            memset(direction, 0, (size_t)n * sizeof *direction);
            direction[i] = 1.0f;
            check_slope(ref, e, up, r, k, direction);
        }
        free(direction);
    }
}

/* ---- the checks on one row ---- */

static void check_repeats(mg_tape *t, const op_env *e, const float *up, const result *first) {
    result again = run_row(t, e, up, LEAF_INPUT, false);
    size_t bytes = (size_t)(first->rows * first->cols) * sizeof(float);
    require(memcmp(first->y, again.y, bytes) == 0, e, "two runs differ in value");
    for (int k = 0; k < e->n_in; k++)
        require(memcmp(first->grads[k], again.grads[k],
                       (size_t)(e->rows[k] * e->cols[k]) * sizeof(float)) == 0,
                e, "two runs differ in gradient");
    result_free(&again);
}

/* y1 + 2 y2 on the same inputs has three times the gradient; a parameter's is added to what was
 * there (1). */
static void check_accumulation(mg_tape *t, const op_env *e, const float *up, const result *once) {
    result twice = run_row(t, e, up, LEAF_INPUT, true),
           param = run_row(t, e, up, LEAF_PARAM, false);
    for (int k = 0; k < e->n_in; k++) {
        int64_t n = e->rows[k] * e->cols[k];
        float *triple = copy_of(once->grads[k], n), *plus = copy_of(once->grads[k], n);
        for (int64_t i = 0; i < n; i++) {
            triple[i] *= 3.0f;
            plus[i] += 1.0f;
        }
        require_close(e, "used twice", k, twice.grads[k], triple, n, TOL_GRAD);
        require_close(e, "added to a parameter's gradient", k, param.grads[k], plus, n, TOL_GRAD);
        free(triple);
        free(plus);
    }
    result_free(&twice);
    result_free(&param);
}

typedef struct tapes {
    mg_tape *ref, *dev, *ref16, *dev16;
} tapes;

static void check_row(const tapes *t, const op_row *row, op_size s) {
    op_env e;
    op_env_make(&e, row, s);
    float *up = upstream(t->ref, &e);
    result ref = run_row(t->ref, &e, up, LEAF_INPUT, false),
           dev = run_row(t->dev, &e, up, LEAF_INPUT, false);
    if (strcmp(device, "cpu") == 0) {
        check_differences(t->ref, &e, up, &ref);
        check_accumulation(t->ref, &e, up, &ref);
    }
    require_results_close(&e, "against the reference", &dev, &ref, TOL_VALUE, TOL_GRAD);
    check_repeats(t->dev, &e, up, &dev);
    check_accumulation(t->dev, &e, up, &dev);
    result_free(&ref);
    result_free(&dev);

    ref = run_row(t->ref16, &e, up, LEAF_INPUT, false);
    dev = run_row(t->dev16, &e, up, LEAF_INPUT, false);
    require_results_close(&e, "bf16, against the reference", &dev, &ref, TOL_BF16, TOL_BF16);
    check_repeats(t->dev16, &e, up, &dev);
    check_accumulation(t->dev16, &e, up, &dev);
    result_free(&ref);
    result_free(&dev);
    free(up);
    op_env_free(&e);
}

static int open_tapes(void **state) {
    static tapes t;
    t = (tapes){tape_for("ref", MG_PREC_F32), tape_for(device, MG_PREC_F32),
                tape_for("ref", MG_PREC_BF16), tape_for(device, MG_PREC_BF16)};
    *state = &t;
    return 0;
}

static int close_tapes(void **state) {
    tapes *t = *state;
    mg_tape_free(t->ref);
    mg_tape_free(t->dev);
    mg_tape_free(t->ref16);
    mg_tape_free(t->dev16);
    return 0;
}

static void test_table(void **state) {
    for (size_t i = 0; i < MG_COUNT(OP_TABLE); i++)
        for (size_t j = 0; j < MG_COUNT(SIZES); j++)
            if (SIZES[j].n >= OP_TABLE[i].min_rows) check_row(*state, &OP_TABLE[i], SIZES[j]);
}

/* ---- beside the table ---- */

/* BF16 weights and tables give the same as their values widened to f32. */
static void check_half_weights(mg_tape *t) {
    enum { N = 5, IN = 21, OUT = 9 };
    float x[N * IN], wide[OUT * IN];
    uint16_t half[OUT * IN];
    op_env e = {.row = &OP_TABLE[0], .rng = {.seed = 3}};
    for (int i = 0; i < N * IN; i++) x[i] = mg_bf16_to_f32(mg_f32_to_bf16(op_uniform(&e)));
    for (int i = 0; i < OUT * IN; i++)
        wide[i] = mg_bf16_to_f32(half[i] = mg_f32_to_bf16(op_uniform(&e)));
    mg_tape_reset(t);
    mg_tape_record(t, false);
    mg_tensor w16 = {.data = half, .rows = OUT, .cols = IN, .dtype = MG_BF16};
    mg_tape_attach(t, half, sizeof half);
    mg_tensor *in = mg_input(t, x, N, IN, false), *w32 = mg_input(t, wide, OUT, IN, false);
    int32_t offsets[3] = {0, 2, 3}, ids[3] = {8, 0, 4};
    mg_csr csr = {.n = 2, .offsets = offsets, .ids = ids};
    mg_tensor *a[2] = {mg_linear(t, in, &w16, NULL, MG_ACT_NONE), mg_gather_sum(t, &w16, csr)};
    mg_tensor *b[2] = {mg_linear(t, in, w32, NULL, MG_ACT_NONE), mg_gather_sum(t, w32, csr)};
    require_tape(t, &e);
    for (int i = 0; i < 2; i++)
        assert_true(relative_error(mg_values(t, a[i]), mg_values(t, b[i]), mg_tensor_count(b[i])) <
                    TOL_VALUE);
    mg_tape_detach(t, half);
}

static void test_half_weights(void **state) {
    tapes *t = *state;
    check_half_weights(t->ref);
    check_half_weights(t->dev);
    check_half_weights(t->dev16);
}

static void test_running_statistics(void **state) {
    tapes *t = *state;
    mg_tape *tape[2] = {t->ref, t->dev};
    const float x[6] = {1.0f, -2.0f, 3.0f, 0.0f, 8.0f, 5.0f}, one[2] = {1.0f, 1.0f}, zero[2] = {0};
    for (int i = 0; i < 2; i++) {
        mg_tape_reset(tape[i]);
        mg_tape_training(tape[i], true);
        mg_tensor *in = mg_input(tape[i], x, 3, 2, false),
                  *gamma = mg_input(tape[i], one, 1, 2, false);
        mg_tensor *mean = mg_input(tape[i], zero, 1, 2, false),
                  *var = mg_input(tape[i], one, 1, 2, false);
        mg_batch_norm(tape[i], in, gamma, mg_input(tape[i], zero, 1, 2, false), mean, var, 0.1f,
                      1e-5f, MG_ACT_NONE);
        assert_true(mg_tape_ok(tape[i]));
        assert_float_equal(mg_values(tape[i], mean)[0], 0.4f, 1e-6); /* 0.1 x mean 4, mean 1 */
        assert_float_equal(mg_values(tape[i], mean)[1], 0.1f, 1e-6);
        /* unbiased variances 13 and 13 */
        assert_float_equal(mg_values(tape[i], var)[0], 0.9f + 1.3f, 1e-5);
        assert_float_equal(mg_values(tape[i], var)[1], 0.9f + 1.3f, 1e-5);
    }
}

static void test_products(void **state) {
    enum { M = 7, N = 37, K = 65 };
    tapes *t = *state;
    float a[M * K], b[N * K], c[2][M * N];
    uint16_t half[N * K];
    op_env e = {.row = &OP_TABLE[0], .rng = {.seed = 4}};
    for (int i = 0; i < M * K; i++) a[i] = mg_bf16_to_f32(mg_f32_to_bf16(op_uniform(&e)));
    for (int i = 0; i < N * K; i++) half[i] = mg_f32_to_bf16(b[i] = op_uniform(&e));
    mg_tape_attach(t->dev, a, sizeof a);
    mg_tape_attach(t->dev, b, sizeof b);
    mg_tape_attach(t->dev, half, sizeof half);
    mg_tape_attach(t->dev, c[1], sizeof c[1]);
    for (int i = 0; i < 2; i++) {
        mg_tape_reset(t->ref);
        mg_tape_reset(t->dev);
        const void *second = i ? (const void *)half : b;
        assert_int_equal(mg_product_nt(t->ref, M, N, K, a, second, i ? MG_BF16 : MG_F32, c[0]),
                         MOLGLOT_OK);
        assert_int_equal(mg_product_nt(t->dev, M, N, K, a, second, i ? MG_BF16 : MG_F32, c[1]),
                         MOLGLOT_OK);
        assert_int_equal(mg_tape_pull(t->dev, c[1], sizeof c[1]), MOLGLOT_OK);
        assert_true(relative_error(c[1], c[0], M * N) < TOL_VALUE);
    }
    const void *attached[] = {a, b, half, c[1]};
    for (size_t i = 0; i < MG_COUNT(attached); i++) mg_tape_detach(t->dev, attached[i]);
}

static void test_flat_kernels(void **state) {
    enum { N = 100003 };
    tapes *t = *state;
    mg_tape *tape[2] = {t->ref, t->dev};
    float *buf[2][5];
    uint16_t *shadow[2];
    const mg_adamw_args args = {.lr = 1e-2f,
                                .beta1 = 0.9f,
                                .beta2 = 0.999f,
                                .eps = 1e-8f,
                                .weight_decay = 0.01f,
                                .bias1 = 0.1f,
                                .bias2 = 0.001f,
                                .grad_scale = 0.5f,
                                .ema_decay = 0.99f};
    for (int i = 0; i < 2; i++) {
        op_env e = {.row = &OP_TABLE[0], .rng = {.seed = 6}};
        for (int k = 0; k < 5; k++) {
            buf[i][k] = op_alloc(N, sizeof(float));
            for (int64_t j = 0; j < N; j++)
                buf[i][k][j] = k == 3 ? fabsf(op_uniform(&e)) : op_uniform(&e);
            mg_tape_attach(tape[i], buf[i][k], N * sizeof(float));
        }
        shadow[i] = op_alloc(N, sizeof(uint16_t));
        mg_tape_attach(tape[i], shadow[i], N * sizeof(uint16_t));
        mg_flat_adamw(tape[i], N, buf[i][0], buf[i][1], buf[i][2], buf[i][3], buf[i][4], shadow[i],
                      &args);
        for (int k = 0; k < 5; k++) mg_tape_pull(tape[i], buf[i][k], N * sizeof(float));
        assert_int_equal(mg_tape_pull(tape[i], shadow[i], N * sizeof(uint16_t)), MOLGLOT_OK);
    }
    for (int k = 0; k < 5; k++) assert_true(relative_error(buf[1][k], buf[0][k], N) < 1e-6);
    for (int64_t j = 0; j < N; j++) assert_int_equal(shadow[1][j], mg_f32_to_bf16(buf[1][0][j]));
    double exact = mg_flat_sumsq(t->ref, buf[0][1], N), found = mg_flat_sumsq(t->dev, buf[1][1], N);
    assert_true(fabs(found - exact) < 1e-5 * exact);
    assert_true(found == mg_flat_sumsq(t->dev, buf[1][1], N));
    for (int i = 0; i < 2; i++) {
        mg_flat_zero(tape[i], buf[i][0], N);
        mg_tape_pull(tape[i], buf[i][0], N * sizeof(float));
        for (int64_t j = 0; j < N; j++) assert_true(buf[i][0][j] == 0.0f);
        for (int k = 0; k < 5; k++) {
            mg_tape_detach(tape[i], buf[i][k]);
            free(buf[i][k]);
        }
        mg_tape_detach(tape[i], shadow[i]);
        free(shadow[i]);
    }
}

/* Hand-made numbers: InfoNCE at temperature 0.1 of normalised rows. */
static void test_infonce_anchor(void **state) {
    tapes *t = *state;
    mg_tape *tape[2] = {t->ref, t->dev};
    const float a[9] = {1, 2, 0, 0, 1, 1, 3, 0, 1}, b[9] = {1, 1, 0, 1, 0, 2, 2, 1, 1};
    for (int i = 0; i < 2; i++) {
        mg_tape_reset(tape[i]);
        mg_tensor *u = mg_normalize(tape[i], mg_input(tape[i], a, 3, 3, false), 1e-12f);
        mg_tensor *v = mg_normalize(tape[i], mg_input(tape[i], b, 3, 3, false), 1e-12f);
        mg_tensor *loss = mg_infonce(tape[i], u, v, NULL, 10.0f, 0.0f, NULL, 0.0f);
        assert_true(mg_tape_ok(tape[i]));
        assert_float_equal(*mg_values(tape[i], loss), 0.3892376430f, 2e-6);
    }
}

int main(int argc, char **argv) {
    if (argc > 1) device = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_half_weights),
        cmocka_unit_test(test_running_statistics),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_flat_kernels),
        cmocka_unit_test(test_infonce_anchor),
    };
    return cmocka_run_group_tests(tests, open_tapes, close_tapes);
}
