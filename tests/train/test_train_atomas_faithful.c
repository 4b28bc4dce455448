/* test_train_atomas_faithful.c - training of Atomas as published on 42 pairs: it learns, with and
 * without the quirks of the reference code; stopping and resuming changes no byte; micro-batches;
 * going on from its own file; what is refused; its recipes are sound. */
#include "model/bundle/bundle.h"
#include "tensor/files/weights.h"
#include "train_runs.h"

#include <math.h>

enum { STEPS = 12 };

static const char recipe[] =
    "task = \"atomas-faithful\"\nrun = \"run\"\nlicence = \"CC0\"\nstore = \"f32\"\n"
    "[model]\nname = \"tiny\"\nd_model = 16\nd_kv = 4\nd_ff = 32\nlayers = 1\ndecoder_layers = 1\n"
    "heads = 2\npositions = 24\ndropout = 0.1\n"
    "[data]\nsources = \"" PAIRS "\"\nwordpiece_size = 120\ntokens = 300\ntoken_min_count = 2\n"
    "[loss]\nqueue = 30\n"
    "[train]\nbatch = 8\nsteps = 12\nlr = 0.01\nclip = 1.0\ncheckpoint_every = 5\n"
    "[eval]\npairs = \"" PAIRS "\"\nlimit = 20\n";

static void learns(void **state) {
    static const char *const quirks[] = {"quirks.all=true", "loss.task=\"genmol\"", NULL};
    watch w;
    molglot_error err = {0};
    (void)state;
    enter_folder("whole");
    must_train(recipe, NULL, false, 0, MOLGLOT_OK, &w);
    assert_int_equal(w.last, STEPS);
    if (!(w.losses[STEPS] < 0.9 * w.losses[1]))
        fail_msg("from %g to %g", w.losses[1], w.losses[STEPS]);
    mg_tensor_file *f = mg_tensor_file_open("run/model.safetensors", &err);
    if (!f) fail_msg("%s", err.message);
    static const char *const names[] = {"molt5.shared.weight",
                                        "molt5_m.shared.weight",
                                        "t_ctm1.conv.conv.weight",
                                        "smiles_weight_fc_2.2.bias",
                                        "text_queue",
                                        "text_linear_m.weight",
                                        "temp",
                                        "vocab.smiles"};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!mg_tensor_file_find(f, names[i])) fail_msg("no %s", names[i]);
    assert_non_null(mg_tensor_file_meta(f, "atomas.t5"));
    mg_tensor_file_close(f);
    enter_folder("quirks");
    must_train(recipe, quirks, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[STEPS] < 0.9 * w.losses[1]);
}

static void resumes_bit_for_bit(void **state) {
    watch w;
    (void)state;
    enter_folder("stopped");
    must_train(recipe, NULL, false, 3, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe, NULL, true, 7, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe, NULL, true, 0, MOLGLOT_OK, &w);
    same_files("run/model.safetensors", "../whole/run/model.safetensors");
}

/* The language model's loss adds up from parts of equal size; contrast is within a part. */
static void micro_batches(void **state) {
    static const char *const whole[] = {"loss.ga=0.0", "loss.haa=0.0", "model.dropout=0.0", NULL},
                             *const parts[] = {"loss.ga=0.0", "loss.haa=0.0", "model.dropout=0.0",
                                               "train.micro_batch=4", NULL};
    watch w, v;
    (void)state;
    enter_folder("one");
    must_train(recipe, whole, false, 0, MOLGLOT_OK, &w);
    enter_folder("parts");
    must_train(recipe, parts, false, 0, MOLGLOT_OK, &v);
    /* a mean over tokens against the mean of two such means */
    if (!(fabs(w.losses[1] - v.losses[1]) < 0.05 * w.losses[1]))
        fail_msg("loss %g and %g", w.losses[1], v.losses[1]);
    assert_true(v.losses[STEPS] < v.losses[1]);
}

static void goes_on_from_a_file(void **state) {
    static const char *const set[] = {"init.file=\"../whole/run/model.safetensors\"",
                                      "train.steps=2", NULL},
                             *const nothing[] = {"init.file=\"" MG_SOURCE_DIR
                                                 "/tests/fixtures/t5/hf/model.safetensors\"",
                                                 NULL};
    watch w, v;
    (void)state;
    enter_folder("whole");
    enter_folder("on");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    enter_folder("anew");
    must_train(recipe, (const char *const[]){"train.steps=2", NULL}, false, 0, MOLGLOT_OK, &v);
    assert_true(w.losses[1] < 0.9 * v.losses[1]);
    enter_folder("nothing");
    expect(recipe, nothing, false, MOLGLOT_BAD_FILE, "no Atomas");
}

/* As published: one SentencePiece vocabulary. The model file is a T5 that a bundle knows, and the
 * whole is beside it. */
static void sentence_pieces(void **state) {
    static const char *const set[] = {
        "data.sentencepiece=\"" MG_SOURCE_DIR "/tests/fixtures/t5/hf/spiece.model\"",
        "data.wordpiece_size=0", "loss.task=\"gentext\"", "model.positions=48", NULL};
    watch w;
    molglot_error err = {0};
    (void)state;
    enter_folder("pieces");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[STEPS] < 0.9 * w.losses[1]);
    mg_bundle *b = mg_bundle_open("run/model.safetensors", &err);
    const mg_t5_part *t5 = b ? mg_bundle_t5(b, &err) : NULL;
    if (!t5) fail_msg("%s", err.message);
    assert_string_equal(t5->task, MG_T5_CAPTION);
    mg_bundle_close(b);
    mg_tensor_file *f = mg_tensor_file_open("run/atomas.safetensors", &err);
    if (!f) fail_msg("%s", err.message);
    assert_non_null(mg_tensor_file_find(f, "smiles_queue"));
    assert_non_null(mg_tensor_file_find(f, "vocab.spiece"));
    mg_tensor_file_close(f);
}

static void refuses(void **state) {
    static const struct {
        const char *set, *why;
    } cases[] = {{"model.align_heads=3", "model.align_heads"},
                 {"model.pooling=\"max\"", "model.pooling"},
                 {"model.ratio1=0.0", "model.ratio1"},
                 {"model.d_model=0", "model.d_model"},
                 {"quirks.noise=2.0", "quirks.noise"},
                 {"loss.task=\"sing\"", "loss.task"},
                 {"loss.queue=4", "loss.queue"},
                 {"loss.lm=-1.0", "loss.ga"},
                 {"loss.soft=2.0", "loss.soft"},
                 {"eval.limit=0", "eval.limit"},
                 {"store=\"int4\"", "store"},
                 {"model.vocab=-1", "model.vocab"},
                 {"data.wordpiece_size=0", "data.wordpiece_size"}};
    (void)state;
    enter_folder("refused");
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        expect(recipe, (const char *const[]){cases[i].set, NULL}, false, MOLGLOT_BAD_FILE,
               cases[i].why);
    enter_folder("other");
    watch w;
    must_train(recipe, NULL, false, 2, MOLGLOT_INTERRUPTED, &w);
    expect(recipe, (const char *const[]){"quirks.padding=true", NULL}, true, MOLGLOT_USAGE,
           "the recipe or the data changed");
}

static void recipes_are_sound(void **state) {
    (void)state;
    expect_sound("atomas-faithful");
    expect_sound("atomas-faithful-tiny");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns),           cmocka_unit_test(resumes_bit_for_bit),
        cmocka_unit_test(micro_batches),    cmocka_unit_test(goes_on_from_a_file),
        cmocka_unit_test(sentence_pieces),  cmocka_unit_test(refuses),
        cmocka_unit_test(recipes_are_sound)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
