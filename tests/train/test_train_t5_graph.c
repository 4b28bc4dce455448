/* test_train_t5_graph.c - a graph row for an imported T5 (a tiny one with random weights): the
 * projector learns and all else stays, stopping and resuming changes no byte, micro-batches add up,
 * the model file captions with its vector, what is refused. */
#include "../t5_part.h"
#include "model/bundle/bundle.h"
#include "train_runs.h"

#include <math.h>

enum { STEPS = 12 };

static const char recipe[] =
    "task = \"t5-graph\"\nrun = \"run\"\nlicence = \"CC0\"\nstore = \"f32\"\n"
    "[t5]\nfile = \"../t5.safetensors\"\n[graph]\nmodel = \"" ALIGNED "\"\n"
    "[data]\npairs = \"" PAIRS "\"\n"
    "[train]\nbatch = 14\nsteps = 12\nlr = 0.02\nema = 0.0\ncheckpoint_every = 5\n"
    "[eval]\npairs = \"" PAIRS "\"\nlimit = 12\nevery = 0\n";

static int begin(void **state) {
    const int code = enter_runs(state);
    if (code) return code;
    must_save_t5("t5.safetensors", MG_T5_CAPTION);
    must_save_t5("molecules.safetensors", MG_T5_GENERATE);
    return 0;
}

static void learns(void **state) {
    (void)state;
    watch w;
    molglot_error err = {0};
    enter_folder("whole");
    must_train(recipe, NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    assert_true(w.losses[STEPS] < w.losses[1] - 0.02);
    mg_bundle *b = must_have(mg_bundle_open("run/model.safetensors", &err), &err),
              *was = must_have(mg_bundle_open("../t5.safetensors", &err), &err),
              *models = must_have(mg_bundle_open(ALIGNED, &err), &err);
    const mg_t5_part *now = must_have(mg_bundle_t5(b, &err), &err),
                     *then = must_have(mg_bundle_t5(was, &err), &err);
    for (size_t i = 0; i < mg_params_count(then->params); i++) {
        const char *name;
        const mg_tensor *x = mg_params_at(then->params, i, &name, NULL),
                        *y = mg_params_find(now->params, name);
        assert_non_null(y);
        assert_memory_equal(mg_f32(x), mg_f32(y), (size_t)mg_tensor_count(x) * sizeof(float));
    }
    const int dim = mg_t5_get_config(now->t5)->graph;
    assert_true(dim > 1 && mg_t5_get_config(then->t5)->graph == 0);
    assert_string_equal(now->space, mg_bundle_identity(models, &err));
    assert_true(mg_t5_part_fits(now, models) && !mg_t5_part_fits(now, was));
    assert_true(mg_t5_part_fits(then, was));
    /* without its space's digest nobody knows whose vectors it reads */
    const mg_t5_contents bare = {.params = now->params,
                                 .t5 = now->t5,
                                 .pieces = now->pieces_bytes,
                                 .pieces_bytes = now->pieces_n};
    assert_int_equal(mg_t5_part_save("bare.safetensors", &bare, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "molglot.space"));
    /* what is said depends on the vector */
    float *vector = calloc((size_t)dim, sizeof *vector);
    mg_tape *t = must_tape("cpu", MG_PREC_F32, 1, (size_t)1 << 30);
    must(mg_t5_part_attach(now, t, &err), &err);
    mg_t5_text out[3][1];
    for (int i = 0; i < 3; i++) { /* none, zeros, another one */
        mg_t5_ask ask = {.n = 1, .search = mg_t5_search_default(), .vector = i ? vector : NULL};
        for (int k = 0; k < dim && i == 2; k++) vector[k] = (float)(k % 2 ? 1 : -1);
        ask.search.max_length = 16;
        must(mg_t5_caption(now, t, "CCO", &ask, out[i], &err), &err);
    }
    assert_true(out[0][0].score == out[1][0].score);
    assert_true(fabs(out[2][0].score - out[1][0].score) > 1e-4);
    for (int i = 0; i < 3; i++) mg_t5_texts_free(out[i], 1);
    mg_tape_free(t);
    free(vector);
    mg_bundle_close(b);
    mg_bundle_close(was);
    mg_bundle_close(models);
}

static void resumed(void **state) {
    (void)state;
    watch w;
    enter_folder("resumed");
    must_train(recipe, NULL, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe, NULL, true, 8, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe, NULL, true, 0, MOLGLOT_OK, &w);
    same_files("run/model.safetensors", "../whole/run/model.safetensors");
}

static void micro_batches(void **state) {
    (void)state;
    /* small steps: Adam makes a whole step of what rounding leaves of a small gradient */
    static const char *const whole[] = {"train.lr=1e-4", NULL}, *const parts[] = {
                                                                    "train.lr=1e-4",
                                                                    "train.micro_batch=4", NULL};
    watch a, b;
    enter_folder("micro");
    must_train(recipe, parts, false, 0, MOLGLOT_OK, &b);
    enter_folder("one");
    must_train(recipe, whole, false, 0, MOLGLOT_OK, &a);
    for (int i = 1; i <= STEPS; i++)
        if (!(fabs(a.losses[i] - b.losses[i]) < 5e-5))
            fail_msg("step %d: %.7f whole, %.7f in parts", i, a.losses[i], b.losses[i]);
}

static void refusals(void **state) {
    (void)state;
    enter_folder("refused");
    expect(recipe, (const char *const[]){"t5.file=\"\"", NULL}, false, MOLGLOT_BAD_FILE, "t5.file");
    expect(recipe, (const char *const[]){"graph.model=\"\"", NULL}, false, MOLGLOT_BAD_FILE,
           "graph.model");
    expect(recipe, (const char *const[]){"data.pairs=\"\"", NULL}, false, MOLGLOT_BAD_FILE,
           "data.pairs");
    expect(recipe, (const char *const[]){"store=\"int4\"", NULL}, false, MOLGLOT_BAD_FILE, "store");
    expect(recipe, (const char *const[]){"t5.file=../molecules.safetensors", NULL}, false,
           MOLGLOT_BAD_FILE, "to write molecules");
    expect(recipe, (const char *const[]){"t5.file=../whole/run/model.safetensors", NULL}, false,
           MOLGLOT_BAD_FILE, "a graph row already");
    expect(recipe, (const char *const[]){"graph.model=../t5.safetensors", NULL}, false,
           MOLGLOT_BAD_FILE, "space");
}

static void recipes_are_sound(void **state) {
    (void)state;
    expect_sound("t5-graph");
    expect_sound("t5-graph-tiny");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(learns), cmocka_unit_test(resumed),
                                       cmocka_unit_test(micro_batches), cmocka_unit_test(refusals),
                                       cmocka_unit_test(recipes_are_sound)};
    return cmocka_run_group_tests(tests, begin, leave_runs);
}
