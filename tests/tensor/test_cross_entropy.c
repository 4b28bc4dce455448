/* test_cross_entropy.c - beside the op table: cross-entropy by hand, rows left out, masked logits,
 * and its messages. On the reference and the cpu backend, or the device named as argument. */
#include "../must_tape.h"

#include <math.h>

static const char *devices[] = {"ref", "cpu"}; /* or the one that the command line names */
static size_t n_devices = MG_COUNT(devices);

static mg_tape *new_tape(const char *device) {
    mg_tape *t = must_tape(device, MG_PREC_F32, 2, (size_t)1 << 28);
    mg_tape_record(t, true);
    return t;
}

/* The loss of logits[n,c], and its gradient into dx; the tape is reset. */
static float loss_of(mg_tape *t, const float *logits, int64_t n, int64_t c, const int32_t *targets,
                     const float *weights, float smoothing, float *dx) {
    mg_tensor *x = mg_input(t, logits, n, c, true),
              *y = mg_cross_entropy(t, x, targets, weights, smoothing);
    assert_non_null(y);
    const float loss = *mg_values(t, y);
    assert_int_equal(mg_backward(t, y), MOLGLOT_OK);
    memcpy(dx, mg_grads(t, x), (size_t)(n * c) * sizeof *dx);
    mg_tape_reset(t);
    return loss;
}

/* Rows log(1, 3), log(1, 1), log(3, 1), log(1, 1): p = 1/4 3/4, 1/2 1/2, 3/4 1/4, 1/2 1/2. */
static void test_by_hand(void **state) {
    (void)state;
    const float l3 = logf(3.0f), x[8] = {0, l3, 5, 5, l3, 0, 2, 2}, weights[4] = {2, 7, 1, 1};
    const int32_t targets[4] = {1, -1, 1, 0};
    for (size_t i = 0; i < n_devices; i++) {
        mg_tape *t = new_tape(devices[i]);
        float dx[8];
        assert_float_equal(loss_of(t, x, 4, 2, targets, NULL, 0.0f, dx),
                           -(logf(0.75f) + logf(0.25f) + logf(0.5f)) / 3, 1e-6);
        const float plain[8] = {0.25f, -0.25f, 0, 0, 0.75f, -0.75f, -0.5f, 0.5f};
        for (int k = 0; k < 8; k++) assert_float_equal(dx[k], plain[k] / 3, 1e-6);
        assert_float_equal(loss_of(t, x, 4, 2, targets, weights, 0.0f, dx),
                           -(2 * logf(0.75f) + logf(0.25f) + logf(0.5f)) / 4, 1e-6);
        for (int k = 0; k < 8; k++) assert_float_equal(dx[k], plain[k] * weights[k / 2] / 4, 1e-6);
        /* smoothing 0.4: the target has 0.8, the other column 0.2 */
        const float loss = -(logf(0.75f) * 0.8f + logf(0.25f) * 0.2f + logf(0.25f) * 0.8f +
                             logf(0.75f) * 0.2f + logf(0.5f)) /
                           3;
        assert_float_equal(loss_of(t, x, 4, 2, targets, NULL, 0.4f, dx), loss, 1e-6);
        assert_float_equal(dx[0], (0.25f - 0.2f) / 3, 1e-6);
        assert_float_equal(dx[1], (0.75f - 0.8f) / 3, 1e-6);
        mg_tape_free(t);
    }
}

/* No row counts: 0, without a gradient, whatever the logits are. A column of -infinity is
 * impossible, not an error. */
static void test_left_out(void **state) {
    (void)state;
    const float bad[6] = {NAN, INFINITY, 0, 1, 2, 3}, masked[3] = {1.0f, -INFINITY, 1.0f},
                none[2] = {0.0f, 0.0f};
    const int32_t out[2] = {-1, -2}, in[2] = {0, 2};
    for (size_t i = 0; i < n_devices; i++) {
        mg_tape *t = new_tape(devices[i]);
        float dx[6];
        assert_true(loss_of(t, bad, 2, 3, out, NULL, 0.1f, dx) == 0.0f);
        for (int k = 0; k < 6; k++) assert_true(dx[k] == 0.0f);
        assert_true(loss_of(t, bad + 2, 2, 2, (int32_t[2]){0, 1}, none, 0.1f, dx) == 0.0f);
        for (int k = 0; k < 4; k++) assert_true(dx[k] == 0.0f);
        assert_float_equal(loss_of(t, masked, 1, 3, in + 1, NULL, 0.0f, dx), logf(2.0f), 1e-6);
        assert_true(fabsf(dx[0] - 0.5f) < 1e-6f && dx[1] == 0.0f && fabsf(dx[2] + 0.5f) < 1e-6f);
        mg_tape_free(t);
    }
}

static void expect(mg_tape *t, const mg_tensor *y, const char *a, const char *b) {
    molglot_error err = {0};
    assert_null(y);
    assert_int_equal(mg_tape_error(t, &err), MOLGLOT_FAILED);
    if (!strstr(err.message, a) || !strstr(err.message, b))
        fail_msg("'%s' lacks '%s' or '%s'", err.message, a, b);
    mg_tape_reset(t);
}

static void test_messages(void **state) {
    (void)state;
    const int32_t targets[2] = {1, 3};
    mg_tape *t = new_tape("ref");
    expect(t, mg_cross_entropy(t, mg_zeros(t, 2, 3), targets, NULL, 0.0f), "row 1: target 3",
           "3 columns");
    expect(t, mg_cross_entropy(t, mg_zeros(t, 2, 4), targets, (float[2]){1.0f, -1.0f}, 0.0f),
           "row 1", "weight -1");
    expect(t, mg_cross_entropy(t, mg_zeros(t, 2, 4), targets, (float[2]){INFINITY, 1.0f}, 0.0f),
           "row 0", "weight inf");
    expect(t, mg_cross_entropy(t, mg_zeros(t, 2, 4), targets, (float[2]){NAN, 1.0f}, 0.0f), "row 0",
           "weight nan");
    expect(t, mg_cross_entropy(t, mg_zeros(t, 2, 4), targets, NULL, 1.0f), "cross_entropy",
           "smoothing = 1");
    expect(t, mg_cross_entropy(t, mg_zeros(t, 2, 4), NULL, NULL, 0.0f), "cross_entropy", "NULL");
    expect(t, mg_cross_entropy(t, NULL, targets, NULL, 0.0f), "cross_entropy", "NULL");
    mg_tape_free(t);
}

int main(int argc, char **argv) {
    if (argc > 1) devices[0] = argv[1], n_devices = 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
