/* test_pairs.c - retrieval from files of pairs, against its own pieces. */
#include "../search/small_model.h"
#include "score/score.h"
#include "search/search.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char path[] = "/tmp/mg_pairs_XXXXXX", pairs_path[64], pool_path[64];

static int make_model(void **state) {
    (void)state;
    molglot_error err = {0};
    int code = small_model_save(path, &err);
    if (code) print_error("%s\n", err.message);
    snprintf(pairs_path, sizeof pairs_path, "%s.tsv", path);
    snprintf(pool_path, sizeof pool_path, "%s.smi", path);
    return code;
}

static int remove_model(void **state) {
    (void)state;
    remove(pairs_path);
    remove(pool_path);
    return remove(path);
}

static void write_files(void) {
    FILE *f = fopen(pairs_path, "w");
    fputs("id\tsmiles\ttext\n", f);
    for (int i = 0; i < SMALL_ROWS; i++)
        fprintf(f, "%d\t%s\t%s\n", i, small_smiles[i], small_texts[i]);
    fputs("9\tCBr\tIt is an acid.\n", f); /* a text that stands twice */
    fclose(f);
    f = fopen(pool_path, "w");
    fputs("CCCC butane\nC1CC bad\nC(C)O ethanol\n", f);
    fclose(f);
}

/* What the evaluation must give, from its own pieces. */
static void evaluation(void **state) {
    (void)state;
    write_files();
    small_model *o = small_model_open(path, 2, 4);
    molglot_error err = {0};
    mg_retrieval_result r;
    mg_retrieval_options options = {
        .pairs = pairs_path, .pool = pool_path, .bootstrap = 50, .threads = 2};
    if (mg_eval_retrieval(o->e, &options, &r, &err)) fail_msg("%s", err.message);
    assert_int_equal(r.pairs, 8);    /* rows 1 and 3 have no molecule */
    assert_int_equal(r.rejected, 3); /* and the pool's C1CC */
    assert_int_equal(r.text_to_molecule.n, 8);
    assert_int_equal(r.text_to_molecule.pool, 10);
    assert_int_equal(r.text_to_molecule.pool_duplicates, 2); /* ethanol three times */
    assert_int_equal(r.molecule_to_text.n, 8);
    assert_int_equal(r.molecule_to_text.pool, 7);
    assert_int_equal(r.sentence_to_molecule.n, 0);
    const char *s[10] = {"CCO", "CC(=O)O", "c1ccccc1", "N",    "OCC",
                         "CCN", "CCCl",    "CBr",      "CCCC", "C(C)O"};
    const char *t[8] = {small_texts[0], small_texts[2], small_texts[4], small_texts[5],
                        small_texts[6], small_texts[7], small_texts[8], small_texts[2]};
    const int32_t group[10] = {0, 1, 2, 3, 0, 4, 5, 6, 7, 0};
    const int64_t target[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    float mol[10 * SMALL_DIM], text[8 * SMALL_DIM];
    mg_embed_smiles(o->e, s, 10, mol, NULL, NULL);
    mg_embed_texts(o->e, t, 8, text, NULL, NULL);
    mg_retrieval_scores wanted;
    assert_int_equal(
        mg_retrieval_score(text, 8, mol, 10, SMALL_DIM, target, group, 1, 0, 50, &wanted, NULL),
        MOLGLOT_OK);
    assert_true(fabs(wanted.mean_rank.value - r.text_to_molecule.mean_rank.value) < 1e-9);
    options.limit = 3;
    options.pool = NULL;
    assert_int_equal(mg_eval_retrieval(o->e, &options, &r, &err), MOLGLOT_OK);
    assert_int_equal(r.pairs, 2);
    assert_int_equal(r.text_to_molecule.pool, 2);
    options.pairs = "/nonexistent";
    assert_int_not_equal(mg_eval_retrieval(o->e, &options, &r, &err), MOLGLOT_OK);
    small_model_close(o);
}

static void sentences(void **state) {
    (void)state;
    write_files();
    small_model *o = small_model_open(path, 1, 0);
    molglot_error err = {0};
    mg_retrieval_result r;
    mg_retrieval_options options = {.pairs = pairs_path, .sentences = true, .threads = 1};
    if (mg_eval_retrieval(o->e, &options, &r, &err)) fail_msg("%s", err.message);
    /* Usable (five fields): two of text 0 and one of text 5. The other texts have none: zero rows,
     * which tie with each other. */
    assert_int_equal(r.sentence_to_molecule.n, 3);
    assert_int_equal(r.molecule_to_text.pool, 7);
    assert_int_equal(r.text_to_molecule.n, 8);
    assert_true(r.text_to_molecule.mean_rank.value > 1);
    small_model_close(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(evaluation), cmocka_unit_test(sentences)};
    return cmocka_run_group_tests(tests, make_model, remove_model);
}
