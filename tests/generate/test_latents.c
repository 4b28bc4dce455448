/* test_latents.c - between two latents: turned on the arc, piece by piece; of aligned latents the
 * remainder is the nearer end's and goes in the middle. */
#include "../must.h"
#include "generate/inside.h"
#include "model/writer/writer.h"

#include <math.h>

static double norm(const float *x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

static void turns(void **state) {
    (void)state;
    static const float a[3] = {1, 0, 0}, b[3] = {0, 2, 0}, minus[3] = {-1, 0, 0}, zero[3] = {0};
    float out[3];
    for (int k = 0; k <= 10; k++) { /* a right angle, lengths 1 and 2 */
        const double t = k / 10.0;
        mg_latents_turn(a, b, 3, t, out);
        assert_true(fabs((double)out[0] - sin((1 - t) * M_PI_2)) < 1e-6);
        assert_true(fabs((double)out[1] - 2 * sin(t * M_PI_2)) < 1e-6);
        assert_true(out[2] == 0);
        mg_latents_turn(a, a, 3, t, out); /* no way to go */
        assert_true(fabs((double)out[0] - 1) < 1e-6 && out[1] == 0);
        mg_latents_turn(a, zero, 3, t, out); /* in a straight line */
        assert_true(fabs((double)out[0] - (1 - t)) < 1e-6);
        mg_latents_turn(zero, b, 3, t, out);
        assert_true(fabs((double)out[1] - 2 * t) < 1e-6);
        mg_latents_turn(a, minus, 3, t, out);
        assert_true(isfinite(out[0]) && fabs((double)out[0]) < 1.0001);
    }
    /* unit rows keep their length, and the angle grows evenly */
    mg_rng rng = {.seed = 3};
    float u[8], v[8], w[8];
    for (int i = 0; i < 8; i++)
        u[i] = (float)mg_rng_normal(&rng), v[i] = (float)mg_rng_normal(&rng);
    const double nu = norm(u, 8), nv = norm(v, 8);
    double whole = 0;
    for (int i = 0; i < 8; i++) {
        u[i] = (float)((double)u[i] / nu), v[i] = (float)((double)v[i] / nv);
        whole += (double)u[i] * (double)v[i];
    }
    for (int k = 0; k <= 4; k++) {
        double cosine = 0;
        mg_latents_turn(u, v, 8, k / 4.0, w);
        for (int i = 0; i < 8; i++) cosine += (double)u[i] * (double)w[i];
        assert_true(fabs(norm(w, 8) - 1) < 1e-5);
        assert_true(fabs(acos(fmin(cosine, 1)) - acos(whole) * k / 4) < 1e-3);
    }
}

enum { LATENTS = 6, DIM = 2, SIZE = LATENTS * DIM };

static void with_writer(int aligned, void (*check)(const mg_generator *g)) {
    molglot_error err = {0};
    mg_writer_config c = mg_writer_config_default();
    c.tokens = 9, c.decoder.vocab = c.encoder.vocab = 9, c.decoder.context = c.encoder.hidden = 8;
    c.encoder.heads = c.decoder.heads = 1, c.encoder.ffn = c.decoder.ffn = 8;
    c.decoder.hidden = 8, c.encoder.layers = c.decoder.layers = 1;
    c.max_text = 0, c.max_tokens = 10, c.encoder.positions = c.decoder.positions = 40;
    c.latents = LATENTS, c.latent_dim = DIM;
    if (aligned) c.latent_tokens = 2, c.aligned = aligned, c.space = 5;
    mg_params *p = mg_params_new();
    mg_writer *w = must_have(mg_writer_new(p, &c, &err), &err);
    const mg_writer_part part = {.writer = w};
    const mg_generator g = {.w = &part};
    assert_int_equal(mg_latents_size(&g), SIZE);
    check(&g);
    mg_writer_free(w);
    mg_params_free(p);
}

static float a[SIZE], b[SIZE];

static void piece_by_piece(const mg_generator *g) {
    enum { N = 5 };
    float out[(N + 1) * SIZE], piece[DIM];
    for (int i = 0; i < (N + 1) * SIZE; i++) out[i] = 99;
    mg_latents_between(g, a, b, N, out);
    for (int i = 0; i < N; i++)
        for (int l = 0; l < LATENTS; l++) {
            mg_latents_turn(a + l * DIM, b + l * DIM, DIM, i / (N - 1.0), piece);
            assert_memory_equal(out + i * SIZE + l * DIM, piece, sizeof piece);
        }
    assert_true(out[N * SIZE] == 99);
    mg_latents_between(g, a, b, 1, out); /* one is the first */
    for (int i = 0; i < SIZE; i++) assert_true(fabsf(out[i] - a[i]) < 1e-6f);
}

/* Two aligned pieces, four of the remainder: of the remainder 4, 2, 0, 2, 4 pieces are kept. */
static void aligned(const mg_generator *g) {
    enum { N = 5, FIRST = 4 };
    static const int kept[N] = {4, 2, 0, 2, 4};
    float out[(N + 1) * SIZE], whole[FIRST];
    for (int i = 0; i < (N + 1) * SIZE; i++) out[i] = 99;
    mg_latents_between(g, a, b, N, out);
    for (int i = 0; i < N; i++) {
        mg_latents_turn(a, b, FIRST, i / (N - 1.0), whole);
        assert_memory_equal(out + i * SIZE, whole, sizeof whole);
        for (int k = FIRST; k < SIZE; k++) {
            const float near = i < 2 ? a[k] : b[k];
            assert_true(out[i * SIZE + k] == ((k - FIRST) / DIM < kept[i] ? near : 0));
        }
    }
    assert_true(out[N * SIZE] == 99);
    mg_latents_between(g, a, b, 1, out);
    for (int i = 0; i < SIZE; i++) assert_true(fabsf(out[i] - a[i]) < 1e-6f);
}

static void between(void **state) {
    (void)state;
    mg_rng rng = {.seed = 5};
    for (int i = 0; i < SIZE; i++)
        a[i] = (float)mg_rng_normal(&rng), b[i] = (float)mg_rng_normal(&rng);
    with_writer(0, piece_by_piece);
    with_writer(4, aligned);
}

/* One draw is all draws where the likeliest token is taken of the same input each time. */
static void greedy_of(const mg_generator *g) {
    static const struct {
        int method;
        float temperature;
        bool warms, greedy; /* of a writer without latents */
    } cases[] = {{MG_DIRECT, 0, false, true},
                 {MG_DIRECT, -1, false, true},
                 {MG_DIRECT, 0.1f, false, false},
                 {MG_DIRECT, 0, true, false},
                 {MG_FLOW, 0, false, false}};
    const bool latents = mg_latents_size(g) > 0;
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        mg_plan plan = {.o.temperature = cases[i].temperature, .warms = cases[i].warms};
        if (cases[i].method == MG_FLOW) plan.method = MG_FLOW;
        assert_int_equal(mg_plan_is_greedy(g, &plan), cases[i].greedy && !latents);
    }
}

static void greedy_plans(void **state) {
    (void)state;
    molglot_error err = {0};
    with_writer(0, greedy_of);
    mg_writer_config c = mg_writer_config_default();
    c.tokens = 9, c.decoder.vocab = c.encoder.vocab = 9, c.decoder.context = c.encoder.hidden = 8;
    c.encoder.heads = c.decoder.heads = 1, c.encoder.ffn = c.decoder.ffn = 8;
    c.decoder.hidden = 8, c.encoder.layers = c.decoder.layers = 1;
    c.max_text = 0, c.max_tokens = 10, c.encoder.positions = c.decoder.positions = 40;
    mg_params *p = mg_params_new();
    mg_writer *w = must_have(mg_writer_new(p, &c, &err), &err);
    const mg_writer_part part = {.writer = w};
    greedy_of(&(mg_generator){.w = &part});
    mg_writer_free(w);
    mg_params_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(turns), cmocka_unit_test(between),
                                       cmocka_unit_test(greedy_plans)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
