/* test_ranks.c - gradients on a GPU that several ranks sum: there where a library can, else through
 * the host's memory. */
#include "emulated.h"
#include "nn/nn.h"

enum { ARENA = 8 << 20 };

/* Two ranks with the same gradient, to parameters that are on the device. */
static int sum_twice(void *device, float *x, int64_t n, void *stream) {
    ++*(int *)device;
    return !emulator_scale(x, (size_t)n, 2, stream);
}
static int sum_host(void *self, float *x, int64_t n) {
    for (int64_t i = 0; i < n; i++) x[i] *= 2;
    ++*(int *)self;
    return 0;
}
static int the_same(void *self, int64_t *x, int64_t n) {
    (void)self, (void)x, (void)n;
    return 0;
}

static void gradients_of_ranks(void **state) {
    (void)state;
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    mg_params *p = mg_params_new();
    mg_tensor *w = mg_params_add(p, "w", 1, 2, MG_INIT_CONST, 3, 0);
    molglot_error err = {0};
    int on_device = 0, on_host = 0;
    mg_ranks r = {.size = 2,
                  .self = &on_host,
                  .sum_f32 = sum_host,
                  .most = the_same,
                  .sum_device = sum_twice,
                  .device = &on_device};
    must(mg_params_build(p, (mg_build_options){.train = true}, &err), &err);
    must(mg_params_attach(p, t, &err), &err);
    const float two[2] = {5, 7};
    for (int k = 0; k < 2; k++) {
        if (k) r.sum_device = NULL;
        mg_params_forget(p, t);
        mg_tape_reset(t);
        mg_tape_record(t, true);
        mg_backward(t, mg_mean(t, mg_mul(t, w, mg_input(t, two, 1, 2, false))));
        must_run(t);
        must(mg_params_reduce(p, &r, &err), &err);
        assert_true(mg_grads(t, w)[0] == 5 && mg_grads(t, w)[1] == 7); /* 2 * x / 2 */
        assert_int_equal(on_device, 1);
        assert_int_equal(on_host, k);
    }
    mg_params_free(p);
    mg_tape_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(gradients_of_ranks, nothing_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
