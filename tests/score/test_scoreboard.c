/* test_scoreboard.c - tables of predictions, and a scoreboard with its baselines. */
#include "score/inside.h"
#include "score/score.h"
#include "search/search.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void expect_near(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) fail_msg("%s: %.15g, not %.15g", what, value, wanted);
}

/* ---- tables of predictions ---- */

static char path[] = "/tmp/mg_predictions_XXXXXX", train[] = "/tmp/mg_train_XXXXXX";

static int make_paths(void **state) {
    (void)state;
    int a = mkstemp(path), b = mkstemp(train);
    return a < 0 || b < 0 || close(a) || close(b) ? -1 : 0;
}

static int remove_paths(void **state) {
    (void)state;
    return remove(path) || remove(train) ? -1 : 0;
}

static void write_file(const char *to, const char *text) {
    FILE *f = fopen(to, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void molt5_table(void **state) {
    (void)state;
    mg_predictions p;
    write_file(path, "description\tground truth\toutput\n"
                     "A \"quoted\" ether\tCOC\t COC \n"
                     "no reference\t\tCCO\n"
                     "bad \xFF byte\tCCO\tCCO\n"
                     "an alkene\tC/C=C\\\\C\tC/C=C\\C\n"
                     "cut short\tCCO\n");
    assert_int_equal(mg_predictions_load(&p, path, NULL), MOLGLOT_OK);
    assert_int_equal(p.n, 4);
    assert_int_equal(p.samples, 1);
    assert_true(p.has_text);
    assert_int_equal(p.rows_unreadable, 1);
    assert_int_equal(p.outputs_missing, 1);
    assert_int_equal(p.undoubled, 1);
    assert_string_equal(p.text[0], "A \"quoted\" ether");
    assert_string_equal(p.output[0], "COC");
    assert_string_equal(p.output[1], "CCO"); /* a byte of its description is bad, no more */
    assert_string_equal(p.reference[2], "C/C=C\\C");
    assert_string_equal(p.reference[3], "CCO");
    assert_null(p.output[3]);
    mg_predictions_free(&p);
}

static void other_tables(void **state) {
    (void)state;
    mg_predictions p;
    molglot_error err = {0};
    write_file(path, "ground_truth\toutput\nCCO\tCCN\n");
    assert_int_equal(mg_predictions_load(&p, path, NULL), MOLGLOT_OK);
    assert_false(p.has_text);
    mg_predictions_free(&p);
    write_file(path,
               "candidate1\tsample_id\treference\tcandidate2\nCCO\t7\tCCN\tCCC\nC\t8\tN\tO\n");
    assert_int_equal(mg_predictions_load(&p, path, NULL), MOLGLOT_OK);
    assert_int_equal(p.samples, 2);
    assert_string_equal(p.reference[1], "N");
    assert_string_equal(p.output[2], "C");
    assert_string_equal(p.output[3], "O");
    mg_predictions_free(&p);
    write_file(path, "id\tsmiles\ttext\n1\tCCO\tan alcohol\n");
    assert_int_equal(mg_predictions_load(&p, path, NULL), MOLGLOT_OK);
    assert_int_equal(p.samples, 0);
    assert_string_equal(p.text[0], "an alcohol");
    mg_predictions_free(&p);
    write_file(path, "a\tb\nCCO\tCCN\n");
    assert_int_equal(mg_predictions_load(&p, path, &err), MOLGLOT_BAD_FILE);
    write_file(path, "ground_truth\toutput\n");
    assert_int_equal(mg_predictions_load(&p, path, &err), MOLGLOT_BAD_FILE);
    assert_int_not_equal(mg_predictions_load(&p, "/nowhere/at/all.tsv", &err), MOLGLOT_OK);
}

/* Names that a column of outputs, a reference or a text may have. */
static void names_of_columns(void **state) {
    (void)state;
    static const char
        *const outputs[] = {"output",      "Output 2",        "candidate_3",
                            "prediction",  "predicted",       "pred_smiles",
                            "sample",      "generated",       "generation",
                            "gen",         "hypothesis",      "hyp-1",
                            "smiles_pred", "smiles_gen",      "generated_smiles_1",
                            "SAMPLE07",    "pred__smiles__2", "output_"},
               *const others[] = {"sampled",   "output_score", "predict",       "genus",    "id",
                                  "sample_id", "smile_gen",    "pred_smiles_x", "my output"},
               *const references[] =
                   {"ground_truth", "Ground Truth", "ground-truth",    "groundtruth",
                    "gt",           "gt_smiles",    "reference",       "reference_smiles",
                    "ref",          "ref_smiles",   "target",          "target_smiles",
                    "truth",        "gold",         "label",           "true_smiles",
                    "smiles_true",  "SMILES",       "canonical_smiles"},
               *const texts[] = {"description", "text", "caption", "prompt", "input"},
               *const captions[] = {"ground_truth", "groundtruth", "gt",
                                    "gt_caption",   "reference",   "reference_caption",
                                    "ref",          "target",      "truth",
                                    "gold",         "label",       "caption",
                                    "description",  "text"},
               *const molecules[] = {"smiles", "canonical_smiles", "molecule", "input", "prompt"};
    mg_predictions p;
    molglot_error err = {0};
    char table[200];
    for (size_t i = 0; i < MG_COUNT(outputs) + MG_COUNT(others); i++) {
        const bool is = i < MG_COUNT(outputs);
        snprintf(table, sizeof table, "reference\t%s\nCCO\tCCN\n",
                 is ? outputs[i] : others[i - MG_COUNT(outputs)]);
        write_file(path, table);
        assert_int_equal(mg_predictions_load(&p, path, &err), MOLGLOT_OK);
        if (p.samples != is) fail_msg("%s", table);
        mg_predictions_free(&p);
    }
    for (int of_captions = 0; of_captions < 2; of_captions++) {
        const size_t n = of_captions ? MG_COUNT(captions) : MG_COUNT(references),
                     m = of_captions ? MG_COUNT(molecules) : MG_COUNT(texts);
        for (size_t i = 0; i < n * m; i++) {
            const char *reference = of_captions ? captions[i / m] : references[i / m],
                       *text = of_captions ? molecules[i % m] : texts[i % m];
            snprintf(table, sizeof table, "x\toutput\t%s\t%s\nq\tz\tCCO\tCCN\n", reference, text);
            write_file(path, table);
            const int code = of_captions ? mg_predictions_load_captions(&p, path, &err)
                                         : mg_predictions_load(&p, path, &err);
            if (code || strcmp(p.reference[0], "CCO") || strcmp(p.text[0], "CCN") ||
                strcmp(p.output[0], "z") || strcmp(p.reference_column, reference) ||
                strcmp(p.text_column, text) || strcmp(p.output_columns[0], "output"))
                fail_msg("%s", table);
            mg_predictions_free(&p);
        }
    }
}

/* Numbers of samples are no outputs; what is missing is counted in the others alone. */
static void columns_of_numbers(void **state) {
    (void)state;
    static const struct {
        const char *table;
        int samples, numbers, missing;
        const char *outputs; /* rows with ';' between, '-': missing */
    } cases[] = {
        {"reference\tsample\toutput\nCCO\t1\tCCN\nC\t2\tN\n", 1, 1, 0, "CCN;N"},
        {"reference\toutput\tsample\nCCO\tCCN\t1\nC\tN\n", 1, 1, 0, "CCN;N"},
        {"reference\tsample\toutput\nCCO\t1\tCCN\nC\t2\n", 1, 1, 1, "CCN;-"},
        {"reference\tpred\tsample\toutput\nCCO\tO\t1\tCCN\nC\tF\t-2.5\tN\n", 2, 1, 0, "O,CCN;F,N"},
        {"reference\tsample\toutput\nCCO\t1\t5\nC\t2\t6\n", 1, 1, 0, "5;6"},
        {"reference\tsample\toutput\nCCO\t\tCCN\nC\t\tN\n", 2, 0, 0, ",CCN;,N"},
        {"reference\tsample\toutput\nCCO\t1\tCCN\nC\tx\tN\n", 2, 0, 0, "1,CCN;x,N"},
        {"reference\tsample\toutput\nCCO\t-\tCCN\nC\t+\tN\n", 2, 0, 0, "-,CCN;+,N"},
        {"reference\tsample\toutput\nCCO\t1\tC\tC\nC\t2\tN\n", 1, 1, 1, "-;N"}, /* shifted */
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        mg_predictions p;
        molglot_error err = {0};
        mg_str got = {0};
        write_file(path, cases[i].table);
        if (mg_predictions_load(&p, path, &err)) fail_msg("%s", err.message);
        for (int64_t k = 0; k < p.n * p.samples; k++)
            mg_str_addf(&got, "%s%s",
                        !k              ? ""
                        : k % p.samples ? ","
                                        : ";",
                        p.output[k] ? p.output[k] : "-");
        if (p.samples != cases[i].samples || p.columns_of_numbers != cases[i].numbers ||
            p.outputs_missing != cases[i].missing || strcmp(got.s, cases[i].outputs))
            fail_msg("%s: %d outputs, %d of numbers, %d missing, %s", cases[i].table, p.samples,
                     (int)p.columns_of_numbers, (int)p.outputs_missing, got.s);
        assert_int_equal(p.rows_shifted, i + 1 == MG_COUNT(cases));
        mg_str_free(&got);
        mg_predictions_free(&p);
    }
    for (int n = 1000; n <= 1001; n++) { /* outputs at most */
        mg_predictions p;
        molglot_error err = {0};
        mg_str s = {0};
        mg_str_addz(&s, "reference");
        for (int k = 0; k < n; k++) mg_str_addf(&s, "\toutput%d", k);
        mg_str_addz(&s, "\nC");
        for (int k = 0; k < n; k++) mg_str_addz(&s, "\tN");
        mg_str_addz(&s, "\n");
        write_file(path, s.s);
        assert_int_equal(mg_predictions_load(&p, path, &err),
                         n == 1000 ? MOLGLOT_OK : MOLGLOT_BAD_FILE);
        if (n == 1000) mg_predictions_free(&p);
        mg_str_free(&s);
    }
}

/* ---- the board ---- */

static int count_steps(void *user, const char *what) {
    (void)what;
    return ++*(int *)user > 100;
}

static int stop(void *user, const char *what) {
    (void)user;
    return !strcmp(what, "bm25_caption_copy");
}

static const char *const prompt_texts[] = {"The molecule is a simple alcohol with two carbons",
                                           "an aromatic hydrocarbon, six carbons"};
static const char *const prompt_references[] = {"CCO", "c1ccccc1"};
static const mg_prompts prompts = {2, prompt_texts, prompt_references};

static void write_training(void) {
    write_file(train, "id\tsmiles\ttext\n1\tCC(=O)O\tan acid\n2\tc1ccccc1\tan aromatic hydrocarbon "
                      "with six carbons\n3\tC1CC\tan alcohol, unreadable, with two carbons\n"
                      "4\tCO\tan alcohol with one carbon\n5\tOCC\tThe molecule is an alcohol with "
                      "two carbons\n6\tCCCC\t\n");
}

static void scoreboard(void **state) {
    (void)state;
    mg_scoreboard b;
    molglot_error err = {0};
    int steps = 0;
    const char *const made[] = {"OCC", "CCCO", "c1ccccc1", "C1CC"};
    write_training();
    mg_scoreboard_options o = {.samples = 2,
                               .train = train,
                               .on_step = count_steps,
                               .user = &steps,
                               .scoring = {2, 50, 3}};
    assert_int_equal(mg_scoreboard_init(&b, prompts, &o, &err), MOLGLOT_OK);
    assert_int_equal(b.training_rows, 5);
    assert_int_equal(b.training_unreadable, 1);
    assert_int_equal(b.training_captions, 4);
    assert_int_equal(mg_scoreboard_add(&b, "mine", made, 2, &err), MOLGLOT_OK);
    assert_int_equal(mg_scoreboard_baselines(&b, &err), MOLGLOT_OK);
    assert_int_equal(b.n_methods, 4);
    assert_string_equal(b.methods[1].name, "random_training_molecules");
    assert_string_equal(b.methods[2].name, "bm25_caption_copy");
    assert_string_equal(b.methods[3].name, "tfidf_caption_copy");
    const mg_scores *mine = &b.methods[0].scores;
    /* CCCO alone: ethanol and benzene are training molecules */
    expect_near("new", mine->output_sums[2].value, 1, 0);
    for (int m = 2; m < 4; m++) {
        /* exact by canonical SMILES: the right ones are nearest */
        expect_near(b.methods[m].name, b.methods[m].scores.first[3].value.value, 1, 0);
        expect_near("none is new", b.methods[m].scores.output[1].value.value, 0, 0);
    }
    assert_true(steps > 5);
    mg_scoreboard_free(&b);
}

static void scoreboard_without(void **state) {
    (void)state;
    mg_scoreboard b;
    molglot_error err = {0};
    const mg_prompts wordless = {2, NULL, prompt_references};
    mg_scoreboard_options o = {.samples = 1, .scoring = {1, 0, 1}};
    assert_int_equal(mg_scoreboard_init(&b, wordless, &o, &err), MOLGLOT_OK);
    assert_int_equal(mg_scoreboard_baselines(&b, &err), MOLGLOT_OK);
    assert_int_equal(b.n_methods, 0);
    mg_scoreboard_free(&b);
    write_training();
    o.train = train;
    assert_int_equal(mg_scoreboard_init(&b, wordless, &o, &err), MOLGLOT_OK);
    assert_int_equal(mg_scoreboard_baselines(&b, &err), MOLGLOT_OK);
    assert_int_equal(b.n_methods, 1); /* no texts: the random one alone */
    mg_scoreboard_free(&b);
    o.on_step = stop;
    assert_int_equal(mg_scoreboard_init(&b, prompts, &o, &err), MOLGLOT_OK);
    assert_int_equal(mg_scoreboard_baselines(&b, &err), MOLGLOT_INTERRUPTED);
    mg_scoreboard_free(&b);
    write_file(train, "smiles\nC1CC\n");
    o.on_step = NULL;
    assert_int_equal(mg_scoreboard_init(&b, prompts, &o, &err), MOLGLOT_BAD_FILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(molt5_table),      cmocka_unit_test(other_tables),
        cmocka_unit_test(names_of_columns), cmocka_unit_test(columns_of_numbers),
        cmocka_unit_test(scoreboard),       cmocka_unit_test(scoreboard_without),
    };
    return cmocka_run_group_tests(tests, make_paths, remove_paths);
}
