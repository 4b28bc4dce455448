/* test_optim.c - schedules and the optimiser step against a plain double-precision AdamW, on both
 * backends. */
#include "../must_tape.h"
#include "nn/nn.h"

#include <math.h>

enum { N = 96, STEPS = 25 };

static void schedules(void **state) {
    (void)state;
    mg_optim_config c = mg_optim_default();
    c.lr = 2, c.warmup_steps = 4, c.total_steps = 104, c.min_lr = 0.1f;
    assert_float_equal(mg_optim_lr(&c, 0), 0.5, 1e-6);
    assert_float_equal(mg_optim_lr(&c, 3), 2, 1e-6);
    assert_float_equal(mg_optim_lr(&c, 54), 1.1f, 1e-6);
    assert_float_equal(mg_optim_lr(&c, 104), 0.2, 1e-6);
    assert_float_equal(mg_optim_lr(&c, 1000), 0.2, 1e-6);
    strcpy(c.schedule, "linear");
    assert_float_equal(mg_optim_lr(&c, 29), 1.55f, 1e-6);
    strcpy(c.schedule, "constant");
    assert_float_equal(mg_optim_lr(&c, 100), 2, 1e-6);
}

/* What the flat buffers should hold, one parameter at a time. */
typedef struct plain {
    double p[N], m[N], v[N], ema[N];
    double lr_scale;
    bool decay;
} plain;

static void plain_step(plain *x, const double *g, double scale, const mg_optim_config *c,
                       int step) {
    const double lr = mg_optim_lr(c, step) * x->lr_scale,
                 ema = fmin(c->ema_decay, (1.0 + step) / (10.0 + step));
    for (int i = 0; i < N; i++) {
        double grad = g[i] * scale;
        if (x->decay) x->p[i] -= lr * c->weight_decay * x->p[i];
        x->m[i] = c->beta1 * x->m[i] + (1 - c->beta1) * grad;
        x->v[i] = c->beta2 * x->v[i] + (1 - c->beta2) * grad * grad;
        double m = x->m[i] / (1 - pow(c->beta1, step + 1)),
               v = x->v[i] / (1 - pow(c->beta2, step + 1));
        x->p[i] -= lr * m / (sqrt(v) + c->eps);
        x->ema[i] += (1 - ema) * (x->p[i] - x->ema[i]);
    }
}

static void check_values(const mg_params *p, const plain *want, bool ema) {
    static const char *const names[] = {"w", "slow.w", "b"};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < N; i++) {
            double v = ema ? want[k].ema[i] : want[k].p[i];
            if (!(fabs(mg_f32(mg_params_find(p, names[k]))[i] - v) < 2e-5))
                fail_msg("%s[%d]: %g, expected %g", names[k], i,
                         (double)mg_f32(mg_params_find(p, names[k]))[i], v);
        }
}

static void check_device(const char *device) {
    molglot_error err = {0};
    mg_params *p = mg_params_new();
    mg_tensor *t[3];
    t[0] = mg_params_add(p, "w", 8, 12, MG_INIT_NORMAL, 1, MG_PARAM_DECAY);
    t[1] = mg_params_add(p, "slow.w", 12, 8, MG_INIT_NORMAL, 1, MG_PARAM_DECAY);
    t[2] = mg_params_add(p, "b", 1, N, MG_INIT_NORMAL, 1, 0);
    mg_params_lr_scale(p, "slow.", 0.25f);
    const mg_build_options o = {.train = true, .ema = true, .shadow = true, .seed = 2};
    must(mg_params_build(p, o, &err), &err);
    mg_tape *tape = must_tape(device, MG_PREC_F32, 2, (size_t)1 << 24);
    mg_optim_config c = mg_optim_default();
    c.lr = 0.01f, c.weight_decay = 0.1f, c.clip = 3, c.ema_decay = 0.8f, c.warmup_steps = 5,
    c.total_steps = STEPS;
    static plain want[3];
    memset(want, 0, sizeof want);
    for (int k = 0; k < 3; k++) {
        want[k].lr_scale = k == 1 ? 0.25 : 1;
        want[k].decay = k < 2;
        for (int i = 0; i < N; i++) want[k].p[i] = want[k].ema[i] = mg_f32(t[k])[i];
    }
    mg_rng rng = {1, 2, 3};
    for (int step = 0; step < STEPS; step++) {
        double g[3][N], squares = 0, norm;
        const double size = step % 3 ? 0.05 : 1; /* some steps are clipped, some not */
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < N; i++) {
                g[k][i] = (float)(size * mg_rng_normal(&rng));
                t[k]->grad[i] = (float)g[k][i];
                squares += g[k][i] * g[k][i];
            }
        bool skipped = true;
        must(mg_optim_step(p, tape, &c, step, &norm, &skipped, &err), &err);
        assert_false(skipped);
        assert_true(fabs(norm - sqrt(squares)) < 1e-4);
        for (int k = 0; k < 3; k++)
            plain_step(&want[k], g[k], norm > c.clip ? c.clip / norm : 1, &c, step);
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < N; i++)
                assert_true(t[k]->grad[i] == 0 &&
                            t[k]->shadow[i] == mg_f32_to_bf16(mg_f32(t[k])[i]));
    }
    check_values(p, want, false);
    must(mg_params_swap_ema(p, &err), &err);
    check_values(p, want, true);
    mg_params_free(p);
    mg_tape_free(tape);
}

static void steps_match_plain_adamw(void **state) {
    (void)state;
    check_device("ref");
    check_device("cpu");
}

static void bad_gradient_is_skipped(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_params *p = mg_params_new();
    mg_tensor *w = mg_params_add(p, "w", 4, 4, MG_INIT_ONE, 0, MG_PARAM_DECAY);
    must(mg_params_build(p, (mg_build_options){.train = true, .seed = 2}, &err), &err);
    mg_tape *tape = must_tape("cpu", MG_PREC_F32, 1, (size_t)1 << 24);
    mg_optim_config c = mg_optim_default();
    bool skipped = false;
    w->grad[3] = NAN;
    w->grad[5] = 1;
    must(mg_optim_step(p, tape, &c, 0, NULL, &skipped, &err), &err);
    assert_true(skipped);
    for (int i = 0; i < 16; i++) assert_true(mg_f32(w)[i] == 1 && w->grad[i] == 0);
    mg_params_free(p);
    mg_tape_free(tape);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(schedules),
                                       cmocka_unit_test(steps_match_plain_adamw),
                                       cmocka_unit_test(bad_gradient_is_skipped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
