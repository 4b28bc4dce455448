/* test_train_heads.c - heads trained on 80 molecules: that they learn, gaps, what a run leaves,
 * that stopping and resuming changes no byte, micro-batches, splits, what is refused; the saved
 * head predicts what the run said. */
#include "predict/predict.h"
#include "score/score.h"
#include "train/heads/inside.h"
#include "train_runs.h"

#include <math.h>

#define ASSAY MG_SOURCE_DIR "/examples/assay.csv"

static const char recipe[] =
    "task = \"predict\"\nrun = \"run\"\nlicence = \"CC0\"\nstore = \"f32\"\n"
    "[model]\nname = \"tiny\"\nchannels = [\"fingerprint\", \"descriptors\"]\nmembers = 2\n"
    "hidden = 16\nbits = 128\ndropout = 0.1\n"
    "[data]\nfile = \"" ASSAY "\"\ntargets = [\"nitrogen\", \"ring\"]\nsplit = \"random\"\n"
    "validation = 0.2\ntest = 0.2\n"
    "[train]\nbatch = 16\nepochs = 12\nlr = 0.01\ncheckpoint_every = 5\nfeature_dropout = 0.1\n"
    "[eval]\npatience = 0\n";

/* The number behind `"key": ` after `where` in the run's manifest. */
static double manifest_number(const char *where, const char *key) {
    char *text = NULL, name[64];
    size_t n;
    assert_int_equal(mg_read_file("run/manifest.json", 1 << 20, &text, &n, NULL), MOLGLOT_OK);
    snprintf(name, sizeof name, "\"%s\": ", key);
    const char *at = strstr(text, where);
    at = at ? strstr(at, name) : NULL;
    if (!at) fail_msg("no %s %s in %s", where, key, text);
    const double x = strtod(at + strlen(name), NULL);
    free(text);
    return x;
}

static void learns(void **state) {
    (void)state;
    watch w;
    enter_folder("whole");
    must_train(recipe, NULL, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[w.last] < .5 * w.losses[1]);
    assert_true(manifest_number("\"test\": {", "roc_auc") > .85);
    static const char *const files[] = {"recipe.toml", "manifest.json",    "loss.svg",
                                        "roc.svg",     "calibration.svg",  "predictions.csv",
                                        "split.csv",   "model.safetensors"};
    for (size_t i = 0; i < MG_COUNT(files); i++) {
        char path[64];
        snprintf(path, sizeof path, "run/%s", files[i]);
        if (access(path, R_OK)) fail_msg("%s is missing", path);
    }
}

/* Of the molecules of the fixture one is no SMILES, and some cells are gaps. */
static void predicts_what_it_said(void **state) {
    (void)state;
    static const char *const smiles[] = {"CN1CCc2ccccc2C1", "C1CC(", "CCCCCCO", ""};
    molglot_error err = {0};
    mg_prediction p;
    enter_folder("whole");
    mg_bundle *b = mg_bundle_open("run/model.safetensors", &err);
    const mg_heads_part *h = b ? mg_bundle_heads(b, &err) : NULL;
    if (!h) fail_msg("%s", err.message);
    assert_string_equal(h->tasks[0], "nitrogen");
    assert_string_equal(h->tasks[1], "ring");
    assert_int_equal(h->n_known, 47); /* 79 molecules less 16 and 16 */
    mg_predictor *predictor = mg_predictor_new(h, &(mg_predictor_options){.threads = 1}, &err);
    if (!predictor || mg_predict_smiles(predictor, smiles, 4, &p, &err))
        fail_msg("%s", err.message);
    assert_true(p.status[0].ok && !p.status[1].ok && p.status[2].ok && !p.status[3].ok);
    assert_true(*p.status[1].reason);
    assert_true(p.values[0] > p.values[4] && p.values[1] > p.values[5]);
    for (int i = 0; i < 8; i += 4) assert_true(p.values[i] > 0 && p.values[i] < 1);
    assert_true(p.spread[0] >= 0 && p.similarity[0] > 0 && p.nearest[0] >= 0);
    mg_prediction_free(&p);
    const char *known = h->smiles[3];
    assert_int_equal(mg_predict_smiles(predictor, &known, 1, &p, &err), MOLGLOT_OK);
    assert_true(p.similarity[0] == 1);
    mg_prediction_free(&p);
    mg_predictor_free(predictor);
    mg_bundle_close(b);
}

static void resumes_bit_for_bit(void **state) {
    (void)state;
    watch w;
    enter_folder("stopped");
    must_train(recipe, NULL, false, 7, MOLGLOT_INTERRUPTED, &w);
    must_train(recipe, NULL, true, 0, MOLGLOT_OK, &w);
    same_files("run/model.safetensors", "../whole/run/model.safetensors");
    same_files("run/predictions.csv", "../whole/run/predictions.csv");
}

static void adds_up_micro_batches(void **state) {
    static const char *const parts[] = {"train.micro_batch=5", "train.epochs=2",
                                        "train.feature_dropout=0", "model.dropout=0", NULL};
    static const char *const whole[] = {"train.epochs=2", "train.feature_dropout=0",
                                        "model.dropout=0", NULL};
    (void)state;
    watch w, v;
    enter_folder("micros");
    must_train(recipe, parts, false, 0, MOLGLOT_OK, &w);
    enter_folder("no-micros");
    must_train(recipe, whole, false, 0, MOLGLOT_OK, &v);
    for (int64_t i = 1; i <= v.last; i++)
        if (fabs(w.losses[i] - v.losses[i]) > 2e-3 * v.losses[1])
            fail_msg("step %d: loss %g and %g", (int)i, w.losses[i], v.losses[i]);
}

static void stops_early(void **state) {
    static const char *const set[] = {"eval.patience=1", "train.epochs=200", "train.lr=0.05",
                                      "data.split=scaffold", NULL};
    (void)state;
    watch w;
    enter_folder("early");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    assert_true(w.last < 300);
    assert_int_equal(access("run/model.safetensors", R_OK), 0);
}

static void learns_numbers(void **state) {
    static const char *const set[] = {"data.targets=size", "train.epochs=40", NULL};
    (void)state;
    watch w;
    enter_folder("numbers");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    assert_true(manifest_number("\"test\": {", "r2") > .5);
    assert_int_equal(access("run/parity.svg", R_OK), 0);
}

/* All channels at once, a linear path, and the GIN of a model as the start. */
static void learns_from_graphs(void **state) {
    static const char *const set[] = {
        "model.channels=[\"graph\"]", "model.graph.layers=2", "model.graph.dim=16",
        "model.linear=true",          "train.epochs=4",       NULL};
    static const char *const space[] = {
        "model.channels=[\"fingerprint\", \"descriptors\", \"space\", \"graph\"]",
        "model.graph.layers=1",
        "model.graph.dim=8",
        "train.epochs=1",
        "model.hidden=8",
        "init.space=" FIXTURES "/none.safetensors",
        NULL};
    (void)state;
    watch w;
    enter_folder("graphs");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    assert_true(w.losses[w.last] < w.losses[1]);
    enter_folder("space");
    expect(recipe, space, false, MOLGLOT_FAILED, "none.safetensors");
}

/* Trees beside the members, and alone; what is saved answers as the run said. */
static void learns_with_trees(void **state) {
    static const char *const beside[] = {"model.forest.trees=30", "train.epochs=1", NULL};
    static const char *const alone[] = {"model.forest.trees=30", "model.forest.share=1",
                                        "model.forest.leaf=2",   "data.targets=size",
                                        "train.epochs=1",        NULL};
    (void)state;
    watch w;
    molglot_error err = {0};
    enter_folder("trees");
    must_train(recipe, alone, false, 0, MOLGLOT_OK, &w);
    assert_true(manifest_number("\"test\": {", "r2") > .6);
    enter_folder("trees-beside");
    must_train(recipe, beside, false, 0, MOLGLOT_OK, &w);
    assert_true(manifest_number("\"test\": {", "roc_auc") > .8);
    static const char *const smiles[] = {"CN1CCc2ccccc2C1", "CCCCCCO"};
    mg_prediction p;
    mg_bundle *b = mg_bundle_open("run/model.safetensors", &err);
    const mg_heads_part *h = b ? mg_bundle_heads(b, &err) : NULL;
    if (!h) fail_msg("%s", err.message);
    assert_int_equal(h->heads->forest.trees, 30);
    mg_predictor *predictor = mg_predictor_new(h, &(mg_predictor_options){.threads = 1}, &err);
    if (!predictor || mg_predict_smiles(predictor, smiles, 2, &p, &err))
        fail_msg("%s", err.message);
    assert_true(p.values[0] > p.values[2] && p.values[1] > p.values[3]);
    mg_prediction_free(&p);
    mg_predictor_free(predictor);
    mg_bundle_close(b);
}

static const mg_heads_config *open_head(mg_bundle **b) {
    molglot_error err = {0};
    *b = mg_bundle_open("run/model.safetensors", &err);
    const mg_heads_part *h = *b ? mg_bundle_heads(*b, &err) : NULL;
    if (!h) fail_msg("%s", err.message);
    return &h->heads->c;
}

/* The saved head against the predictions that the run wrote for validation and test rows. */
static void says_what_the_run_said(const char *task) {
    molglot_error err = {0};
    const mg_table_options o = {.cells = true, .header = -1};
    mg_rows rows = {0};
    mg_prediction p;
    char name[64];
    int column = 0;
    assert_int_equal(mg_rows_load(&rows, "run/predictions.csv", &o, &err), MOLGLOT_OK);
    snprintf(name, sizeof name, "%s_predicted", task);
    while (column < rows.n_columns && strcmp(rows.names[column], name)) column++;
    assert_true(column < rows.n_columns && rows.n > 20);
    mg_bundle *b = mg_bundle_open("run/model.safetensors", &err);
    const mg_heads_part *h = b ? mg_bundle_heads(b, &err) : NULL;
    mg_predictor *predictor = h ? mg_predictor_new(h, &(mg_predictor_options){.threads = 1}, &err)
                                : NULL;
    if (!predictor ||
        mg_predict_smiles(predictor, (const char *const *)rows.smiles, rows.n, &p, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < rows.n; i++) {
        const char *cell = rows.cells[i * (size_t)rows.n_columns + (size_t)column];
        const double said = strtod(cell, NULL), now = (double)p.values[i * (size_t)p.tasks];
        if (fabs(said - now) > 1e-5 * (1 + fabs(said))) fail_msg("%s, now %g", cell, now);
    }
    mg_prediction_free(&p);
    mg_predictor_free(predictor);
    mg_bundle_close(b);
    mg_rows_free(&rows);
}

/* A linear voice alone, of classes and of numbers; beside the others with shares by the validation
 * rows, which are saved with the head. */
static void learns_with_a_linear_voice(void **state) {
    static const char *const alone[] = {"model.ridge.voice=true", "model.ridge.share=1",
                                        "train.epochs=1", NULL},
                             *const numbers[] = {"model.ridge.voice=true", "model.ridge.share=1",
                                                 "data.targets=size", "train.epochs=1", NULL},
                             *const chosen[] = {"model.ridge.voice=true",
                                                "model.forest.trees=10",
                                                "eval.shares=chosen",
                                                "train.epochs=1",
                                                "data.targets=size",
                                                "data.validation=0.45",
                                                NULL};
    (void)state;
    watch w;
    mg_bundle *b;
    enter_folder("linear");
    must_train(recipe, alone, false, 0, MOLGLOT_OK, &w);
    assert_true(manifest_number("\"test\": {", "roc_auc") > .9);
    says_what_the_run_said("nitrogen");
    const mg_heads_config *own = open_head(&b);
    assert_true(own->ridge && own->ridge_share == 1);
    mg_bundle_close(b);
    enter_folder("linear-numbers");
    must_train(recipe, numbers, false, 0, MOLGLOT_OK, &w);
    assert_true(manifest_number("\"test\": {", "r2") > .9);
    enter_folder("linear-chosen"); /* members of one epoch know nothing yet */
    must_train(recipe, chosen, false, 0, MOLGLOT_OK, &w);
    assert_true(manifest_number("\"test\": {", "r2") > .7);
    says_what_the_run_said("size");
    const mg_heads_config *c = open_head(&b);
    assert_true((1 - c->ridge_share) * (1 - c->forest_share) < .35F);
    mg_bundle_close(b);
}

/* Enough rows: the voice that is right has all; few rows: what the recipe says; a silent voice has
 * nothing. */
static void chooses_shares(void **state) {
    enum { N = 400 };
    static float truth[N], right[N], wrong[N];
    (void)state;
    molglot_error err = {0};
    for (int i = 0; i < N; i++) {
        truth[i] = (float)(i % 2);
        right[i] = (i % 2 ? 2.F : -2.F) + sinf((float)(7 * i));
        wrong[i] = 3 * cosf((float)(13 * i));
    }
    const float *const voice[HEADS_VOICES] = {wrong, NULL, right};
    double share[HEADS_VOICES] = {.5, 0, .5}, few[HEADS_VOICES] = {.5, 0, .5};
    assert_int_equal(heads_choose_shares(voice, truth, N, true, share, &err), MOLGLOT_OK);
    assert_true(share[HEADS_RIDGE] > .8 && share[HEADS_TREES] == 0);
    assert_true(fabs(share[0] + share[1] + share[2] - 1) < 1e-9);
    assert_int_equal(heads_choose_shares(voice, truth, 8, true, few, &err), MOLGLOT_OK);
    assert_true(few[HEADS_MEMBERS] == .5 && few[HEADS_RIDGE] == .5);
}

static void refuses(void **state) {
    static const char *const
        words[] = {"data.targets=note", NULL},
        *const column[] = {"data.targets=colour", NULL},
        *const both[] = {"data.targets=[\"size\", \"ring\"]", NULL},
        *const classes[] = {"data.targets=size", "data.task=classification", NULL},
        *const channel[] = {"model.channels=[\"smell\"]", NULL},
        *const none[] = {"data.file=", NULL}, *const share[] = {"data.validation=0", NULL},
        *const space[] = {"model.channels=[\"space\"]", NULL},
        *const shares[] = {"eval.shares=best", NULL}, *const typo[] = {"model.hiden=3", NULL},
        *const split[] = {"data.split=column", "data.split_column=note", NULL};
    (void)state;
    enter_folder("refused");
    expect(recipe, words, false, MOLGLOT_BAD_FILE, "row 1, column note: 'row 1' is neither");
    expect(recipe, column, false, MOLGLOT_BAD_FILE, "no column is named 'colour'; there are: id");
    expect(recipe, both, false, MOLGLOT_BAD_FILE, "name columns of one kind in data.targets");
    expect(recipe, classes, false, MOLGLOT_BAD_FILE, "other numbers than 0 and 1");
    expect(recipe, channel, false, MOLGLOT_BAD_FILE, "fingerprint, descriptors, space and graph");
    expect(recipe, none, false, MOLGLOT_BAD_FILE, "data.file");
    expect(recipe, share, false, MOLGLOT_BAD_FILE, "data.validation");
    expect(recipe, space, false, MOLGLOT_BAD_FILE, "init.space");
    expect(recipe, shares, false, MOLGLOT_BAD_FILE, "eval.shares");
    expect(recipe, typo, false, MOLGLOT_USAGE, "model.hiden");
    expect(recipe, split, false, MOLGLOT_BAD_FILE, "none of train, validation, test");
}

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Words for classes, gaps in words, and parts by a column. */
static void reads_words(void **state) {
    static const char *const set[] = {"data.file=words.csv", "data.targets=activity",
                                      "data.split=column",   "data.split_column=set",
                                      "train.epochs=2",      NULL};
    (void)state;
    watch w;
    enter_folder("words");
    write_file("words.csv",
               "smiles,activity,set\nCCO,active,train\nCCN,Inactive,train\n"
               "CCC,NA,train\nCCCC,inactive,train\nCCCO,ACTIVE,val\nCCCN,inactive,val\n"
               "CCS,active,test\nCCCl,inactive,test\n");
    must_train(recipe, set, false, 0, MOLGLOT_OK, &w);
    char *text = NULL;
    size_t n;
    assert_int_equal(mg_read_file("run/split.csv", 1 << 20, &text, &n, NULL), MOLGLOT_OK);
    assert_string_equal(text, "smiles,activity,split\nCCO,1,train\nCCN,0,train\nCCC,,train\n"
                              "CCCC,0,train\nCCCO,1,val\nCCCN,0,val\nCCS,1,test\nCCCl,0,test\n");
    free(text);
}

static void recipes_are_sound(void **state) {
    (void)state;
    expect_sound("predict");
    expect_sound("predict-tiny");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(learns),
                                       cmocka_unit_test(predicts_what_it_said),
                                       cmocka_unit_test(resumes_bit_for_bit),
                                       cmocka_unit_test(adds_up_micro_batches),
                                       cmocka_unit_test(stops_early),
                                       cmocka_unit_test(learns_numbers),
                                       cmocka_unit_test(learns_from_graphs),
                                       cmocka_unit_test(learns_with_trees),
                                       cmocka_unit_test(learns_with_a_linear_voice),
                                       cmocka_unit_test(chooses_shares),
                                       cmocka_unit_test(refuses),
                                       cmocka_unit_test(reads_words),
                                       cmocka_unit_test(recipes_are_sound)};
    return cmocka_run_group_tests(tests, enter_runs, leave_runs);
}
