/* test_diffusion.c - 3M-Diffusion's denoiser, schedule, sampler and loss against PyTorch
 * (tests/parity/diffusion_golden.py, which agrees with the reference program to 1e-5). Weights and
 * noise come from a hash: only results are stored. */
#include "model/latent/latent.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 2, DIM = 24, CONDITION = 256 };

/* The order in which the weights are numbered; the joined input matrix is two parameters of
 * ours. */
static const char *const names[] = {"time_mlp.1.weight",
                                    "time_mlp.1.bias",
                                    "time_mlp.3.weight",
                                    "time_mlp.3.bias",
                                    "time_pos_embed_mlp.1.weight",
                                    "time_pos_embed_mlp.1.bias",
                                    "encoder.0.weight",
                                    "encoder.0.bias",
                                    "encoder.1.weight",
                                    "encoder.1.bias",
                                    "encoder.2.weight",
                                    "encoder.2.bias",
                                    "encoder.3.weight",
                                    "encoder.3.bias",
                                    "encoder.4.weight",
                                    "encoder.4.bias",
                                    "encoder.5.weight",
                                    "encoder.5.bias",
                                    "encoder.6.weight",
                                    "encoder.6.bias",
                                    "encoder.7.weight",
                                    "encoder.7.bias",
                                    "null_embedding.weight",
                                    "context_proj.weight",
                                    "context_proj.bias",
                                    "input_proj.weight",
                                    "input_proj.latent.bias",
                                    "norm.weight",
                                    "norm.bias",
                                    "output_proj.weight",
                                    "output_proj.bias"};

static double uniform(uint64_t k, uint64_t i) {
    uint64_t x = (k << 32) + i + 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    x ^= x >> 31;
    return (double)(x >> 40) / 8388608.0 - 1;
}

static float weight(uint64_t k, uint64_t i, int64_t last, bool vector) {
    return (float)(uniform(k, i) * (vector ? 0.1 : sqrt(6) / sqrt((double)last)));
}

static void fill(mg_params *p) {
    for (uint64_t k = 0; k < MG_COUNT(names); k++) {
        if (strcmp(names[k], "input_proj.weight") == 0) {
            float *z = mg_f32(mg_params_find(p, "input_proj.latent.weight")),
                  *c = mg_f32(mg_params_find(p, "input_proj.condition.weight"));
            for (uint64_t i = 0; i < 256 * 280; i++) {
                uint64_t row = i / 280, col = i % 280;
                *(col < DIM ? z + row * DIM + col
                            : c + row * CONDITION + col - DIM) = weight(k, i, 280, false);
            }
            continue;
        }
        mg_tensor *t = mg_params_find(p, names[k]);
        if (!t) continue; /* context_proj is dead in the reference */
        const bool vector = t->rows == 1 && strcmp(names[k], "null_embedding.weight") != 0;
        for (int64_t i = 0; i < mg_tensor_count(t); i++)
            mg_f32(t)[i] = weight(k, (uint64_t)i, t->cols, vector) +
                           (strcmp(names[k], "norm.weight") == 0);
    }
}

static void noise(void *user, int draw, float *out, size_t n) {
    (void)user;
    for (size_t i = 0; i < n; i++) out[i] = (float)(uniform(1000 + (uint64_t)draw, i) * sqrt(3));
}

typedef struct fixture {
    json_t *golden;
    mg_params *p;
    mg_mlp_denoiser *m;
    mg_tape *t;
    float x[N * DIM], c[N * CONDITION];
} fixture;

static const char *device = "cpu"; /* or the one that the command line names */

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    mg_mlp_denoiser_config c = mg_mlp_denoiser_default();
    f->golden = json_load_file(MG_SOURCE_DIR "/tests/fixtures/diffusion/golden.json", 0, NULL);
    f->p = mg_params_new();
    f->m = mg_mlp_denoiser_new(f->p, "", &c);
    assert_int_equal(mg_params_build(f->p, (mg_build_options){.train = true}, NULL), 0);
    fill(f->p);
    f->t = mg_tape_new(device, MG_PREC_F32, 1, (size_t)1 << 28, NULL);
    assert_non_null(f->t);
    assert_int_equal(mg_params_attach(f->p, f->t, NULL), 0);
    for (int b = 0; b < N; b++) {
        for (int j = 0; j < DIM; j++) f->x[b * DIM + j] = (float)sin(0.5 + b + 0.3 * j);
        for (int j = 0; j < CONDITION; j++)
            f->c[b * CONDITION + j] = (float)cos(0.1 + b + 0.05 * j);
    }
    *state = f;
    return f->golden && f->t ? 0 : 1;
}

static int teardown(void **state) {
    fixture *f = *state;
    json_decref(f->golden);
    mg_tape_free(f->t);
    mg_mlp_denoiser_free(f->m);
    mg_params_free(f->p);
    free(f);
    return 0;
}

static void assert_rows(const json_t *expected, const float *y, double tolerance) {
    for (int b = 0; b < N; b++)
        for (int j = 0; j < DIM; j++) {
            double e =
                json_number_value(json_array_get(json_array_get(expected, (size_t)b), (size_t)j));
            if (!(fabs(y[b * DIM + j] - e) <= tolerance))
                fail_msg("row %d column %d: %g instead of %g", b, j, (double)y[b * DIM + j], e);
        }
}

static void test_schedule(void **state) {
    const fixture *f = *state;
    float alphas[MG_DDIM_T];
    mg_ddim_alphas(alphas);
    for (size_t t = 0; t < MG_DDIM_T; t++)
        assert_float_equal(
            alphas[t], json_number_value(json_array_get(json_object_get(f->golden, "alphas"), t)),
            1e-7);
    assert_float_equal(alphas[49], 0.074197, 1e-6); /* the numbers that the spec quotes */
    assert_float_equal(alphas[99], 2.0390e-5, 1e-9);
}

static void test_forward(void **state) {
    fixture *f = *state;
    const char *key;
    json_t *rows;
    json_object_foreach(json_object_get(f->golden, "forward"), key, rows) {
        const int32_t times[N] = {atoi(key), atoi(key)};
        mg_tape_reset(f->t);
        mg_tensor *y = mg_mlp_denoiser_forward(f->t, f->m, mg_input(f->t, f->x, N, DIM, false),
                                               mg_mlp_denoiser_time(f->t, f->m, times, N),
                                               mg_input(f->t, f->c, N, CONDITION, false));
        assert_non_null(y);
        assert_rows(rows, mg_values(f->t, y), 1e-4);
    }
}

static void test_sampler(void **state) {
    fixture *f = *state;
    const struct {
        const char *name;
        mg_ddim_options o;
    } runs[] = {{"1.0", {.guidance = 1, .eta = 1}},
                {"0.8", {.guidance = 0.8f, .eta = 1}},
                {"2.0", {.guidance = 2, .eta = 1}},
                {"unconditional", {.guidance = 1, .eta = 1, .unconditional = true}}};
    for (size_t i = 0; i < MG_COUNT(runs); i++) {
        float z[N * DIM];
        molglot_error err = {0};
        if (mg_ddim_sample(f->t, f->m, &runs[i].o, f->c, N, noise, NULL, z, &err))
            fail_msg("%s", err.message);
        assert_rows(json_object_get(json_object_get(f->golden, "samples"), runs[i].name), z, 1e-4);
    }
}

static double cosine(const float *a, const float *b) {
    double ab = 0, aa = 0, bb = 0;
    for (int d = 0; d < DIM; d++) {
        ab += (double)a[d] * (double)b[d];
        aa += (double)a[d] * (double)a[d];
        bb += (double)b[d] * (double)b[d];
    }
    return ab / sqrt(aa * bb);
}

/* The further it is pulled the nearer it ends, and pushed the farther; 0 changes nothing. */
static void test_pull(void **state) {
    const fixture *f = *state;
    float towards[DIM];
    double at[2] = {-2, -2};
    for (int d = 0; d < DIM; d++) towards[d] = d % 2 ? 3 : -1;
    for (int k = -2; k <= 2; k++) {
        float z[N * DIM];
        molglot_error err = {0};
        const mg_ddim_options o = {
            .guidance = 1, .eta = 1, .towards = towards, .pull = 0.2f * (float)k};
        if (mg_ddim_sample(f->t, f->m, &o, f->c, N, noise, NULL, z, &err))
            fail_msg("%s", err.message);
        for (int i = 0; i < N; i++) {
            const double c = cosine(z + i * DIM, towards);
            assert_true(c > at[i]);
            at[i] = c;
        }
        if (k == 0)
            assert_rows(json_object_get(json_object_get(f->golden, "samples"), "1.0"), z, 1e-4);
    }
}

static void test_loss(void **state) {
    fixture *f = *state;
    const int32_t times[N] = {20, 70};
    const bool drop[N] = {false, true};
    float e[N * DIM];
    const char *key;
    json_t *norm;
    noise(NULL, 7, e, N * DIM);
    mg_tape_reset(f->t);
    mg_tape_record(f->t, true);
    mg_tensor *loss = mg_mlp_denoiser_loss(f->t, f->m, f->x, f->c, times, e, drop, N);
    assert_non_null(loss);
    assert_float_equal(mg_values(f->t, loss)[0],
                       json_number_value(json_object_get(f->golden, "loss")), 1e-5);
    assert_int_equal(mg_backward(f->t, loss), 0);
    double joined = 0;
    json_object_foreach(json_object_get(f->golden, "gradient_norms"), key, norm) {
        const char *const ours[2] = {
            strcmp(key, "input_proj.weight") == 0 ? "input_proj.latent.weight"
            : strcmp(key, "input_proj.bias") == 0 ? "input_proj.latent.bias"
                                                  : key,
            strcmp(key, "input_proj.weight") == 0 ? "input_proj.condition.weight" : NULL};
        joined = 0;
        for (int k = 0; k < 2 && ours[k]; k++) {
            mg_tensor *t = mg_params_find(f->p, ours[k]);
            const float *grad = mg_grads(f->t, t);
            for (int64_t i = 0; i < mg_tensor_count(t); i++) joined += (double)grad[i] * grad[i];
        }
        const double expected = json_number_value(norm);
        if (!(fabs(sqrt(joined) - expected) <= 1e-4 * expected + 1e-6))
            fail_msg("gradient of %s: norm %g instead of %g", key, sqrt(joined), expected);
    }
    mg_tape_record(f->t, false);
}

int main(int argc, char **argv) {
    if (argc > 1) device = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule), cmocka_unit_test(test_forward),
        cmocka_unit_test(test_sampler), cmocka_unit_test(test_pull), cmocka_unit_test(test_loss)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
