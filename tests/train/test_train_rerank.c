/* test_train_rerank.c - the re-ranker's training on the lists of 42 molecules: what a run leaves,
 * that it learns, that stopping and resuming changes no byte, micro-batches, what is refused. */
#include "model/bundle/bundle.h"
#include "train_runs.h"

#include <math.h>

enum { STEPS = 12 };

static const char recipe[] =
    "task = \"rerank\"\nrun = \"run\"\nlicence = \"CC0\"\n[model]\nname = \"tiny-rerank\"\n"
    "candidates = 5\n[lists]\nmodels = \"" ALIGNED "/space.safetensors\"\npairs = \"" PAIRS "\"\n"
    "names = \"" ALIGNED "/names.safetensors\"\n"
    "[train]\nbatch = 16\nsteps = 12\nlr = 0.02\ncheckpoint_every = 5\n"
    "[eval]\nmodel = \"" ALIGNED "/space.safetensors\"\npairs = \"" PAIRS "\"\n";

static void leaves_files(void **state) {
    (void)state;
    watch w;
    molglot_error err = {0};
    must_train(recipe, NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    assert_true(w.losses[STEPS] < w.losses[1]);
    assert_int_equal(access("run/lists.bin", F_OK), 0);
    mg_bundle *b = mg_bundle_open("run/model.safetensors", &err);
    const mg_rerank_part *part = b ? mg_bundle_rerank(b, &err) : NULL;
    if (!part) fail_msg("%s", err.message);
    assert_int_equal(mg_rerank_get_config(part->model)->candidates, 5);
    assert_string_equal(mg_rerank_get_config(part->model)->name, "tiny-rerank");
    mg_bundle_close(b);
}

static void resumed(void **state) {
    (void)state;
    static const char *const again[] = {"run=again", NULL};
    watch w;
    must_train(recipe, again, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe, again, true, 8, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe, again, true, 0, MOLGLOT_OK, &w);
    same_files("again/model.safetensors", "run/model.safetensors");
}

static void micro_batches(void **state) {
    (void)state;
    static const char *const parts[] = {"run=parts", "train.micro_batch=7", NULL};
    watch a, b;
    must_train(recipe, (const char *const[]){"run=whole", NULL}, false, 0, MOLGLOT_OK, &a);
    must_train(recipe, parts, false, 0, MOLGLOT_OK, &b);
    for (int i = 1; i <= STEPS; i++)
        if (!(fabs(a.losses[i] - b.losses[i]) < 1e-3))
            fail_msg("step %d: %.7f whole, %.7f in parts", i, a.losses[i], b.losses[i]);
}

static void refusals(void **state) {
    (void)state;
    expect(recipe, (const char *const[]){"run=no", "lists.models=[]", NULL}, false,
           MOLGLOT_BAD_FILE, "lists.models");
    expect(recipe, (const char *const[]){"run=no", "lists.pairs=[]", NULL}, false, MOLGLOT_BAD_FILE,
           "lists.pairs");
    expect(recipe, (const char *const[]){"run=no", "model.candidates=1", NULL}, false,
           MOLGLOT_BAD_FILE, "candidates");
    expect(recipe, (const char *const[]){"run=no", "lists.names=" PAIRS, NULL}, false,
           MOLGLOT_BAD_FILE, "pairs.tsv");
    expect(recipe, (const char *const[]){"run=no", "lists.limit=-1", NULL}, false, MOLGLOT_BAD_FILE,
           "lists.limit");
    expect(recipe, (const char *const[]){"run=no", "eval.model=\"\"", NULL}, false,
           MOLGLOT_BAD_FILE, "eval.model");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(leaves_files), cmocka_unit_test(resumed),
                                       cmocka_unit_test(micro_batches), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
