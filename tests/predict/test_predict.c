/* test_predict.c - what heads read of molecules, which rows are near, calibration, measures. */
#include "predict/predict.h"
#include "score/score.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mg_heads_config config(void) {
    mg_heads_config c = mg_heads_config_default();
    c.tasks = 1;
    c.numbers = mg_predict_numbers();
    c.graph_layers = 0;
    return c;
}

static const char **number_names(void) {
    const char **names = calloc((size_t)mg_predict_numbers() + 1, sizeof *names);
    for (int i = 0; i < mg_predict_numbers(); i++) names[i] = mg_predict_number(i);
    return names;
}

static void reads_molecules(void **state) {
    (void)state;
    static const char *const groups[] = {"carboxylic acid", "no such group"}, *const smiles[] = {
                                                                                  "CC(=O)O",
                                                                                  "nonsense",
                                                                                  "c1ccccc1", NULL};
    molglot_error err = {0};
    mg_heads_config c = config();
    mg_inputs_reader r;
    mg_inputs in;
    const char **names = number_names();
    c.groups = 2;
    if (mg_inputs_reader_open(&r, &c, groups, names, NULL, NULL, 1, &err) ||
        mg_inputs_read(&r, smiles, 4, &in, &err))
        fail_msg("%s", err.message);
    assert_true(in.status[0].ok && !in.status[1].ok && in.status[2].ok && !in.status[3].ok);
    const mg_molecule_input *acid = &in.rows[0];
    assert_int_equal(acid->ids[acid->n - 1], c.bits); /* the group, behind all bits */
    for (int32_t k = 1; k < acid->n; k++) assert_true(acid->ids[k] > acid->ids[k - 1]);
    assert_true(in.rows[2].ids[in.rows[2].n - 1] < c.bits);
    int weight = 0;
    while (strcmp(names[weight], "weight")) weight++;
    assert_true(fabs(expm1(in.dense[weight]) - 60.05) < .01);
    mg_inputs_free(&in);
    mg_inputs_reader_close(&r);
    names[0] = "smell";
    assert_int_equal(mg_inputs_reader_open(&r, &c, groups, names, NULL, NULL, 1, &err),
                     MOLGLOT_BAD_FILE);
    free(names);
}

/* Columns are standardised and kept within bounds; entries go with a probability. */
static void packs_batches(void **state) {
    (void)state;
    static const char *const smiles[] = {"CC(=O)Oc1ccccc1C(=O)O", "CCO"};
    molglot_error err = {0};
    mg_heads_config c = mg_heads_config_default();
    c.tasks = 1, c.graph_layers = 2, c.graph_dim = 4;
    strcpy(c.channels, "fingerprint,graph");
    mg_inputs_reader r;
    mg_inputs in;
    mg_arena arena;
    mg_heads_batch b;
    const int64_t rows[] = {1, 0, 1};
    assert_int_equal(mg_arena_init(&arena, 1 << 24, &err), MOLGLOT_OK);
    if (mg_inputs_reader_open(&r, &c, NULL, NULL, NULL, NULL, 1, &err) ||
        mg_inputs_read(&r, smiles, 2, &in, &err) ||
        mg_inputs_batch(&in, &c, rows, 3, NULL, NULL, 1, 0, &arena, &b, &err))
        fail_msg("%s", err.message);
    assert_int_equal(b.mol.atom_offsets[3], 3 + 13 + 3);
    assert_int_equal(b.mol.edge_offsets[19], 2 * (2 + 13 + 2));
    for (int32_t e = b.mol.edge_offsets[3]; e < b.mol.edge_offsets[16]; e++)
        assert_true(b.mol.edge_src[e] >= 3 && b.mol.edge_src[e] < 16);
    const int32_t all = b.sparse.offsets[3];
    mg_arena_release(&arena, 0);
    assert_int_equal(mg_inputs_batch(&in, &c, rows, 3, NULL, NULL, .5F, 7, &arena, &b, &err),
                     MOLGLOT_OK);
    assert_true(b.sparse.offsets[3] < all && b.sparse.offsets[3] > 0);
    mg_arena_free(&arena);
    mg_inputs_free(&in);
    mg_inputs_reader_close(&r);
}

static void finds_near_rows(void **state) {
    (void)state;
    uint8_t rows[5][MG_DOMAIN_BYTES] = {{0x0f}, {0xff}, {0xf0}, {0x0e}, {0x0f}};
    const uint8_t bits[MG_DOMAIN_BYTES] = {0x07};
    float similarity;
    int32_t kept[5];
    assert_int_equal(mg_domain_nearest(rows[0], 5, bits, -1, &similarity), 0);
    assert_true(fabsf(similarity - .75F) < 1e-6F);
    assert_int_equal(mg_domain_nearest(rows[0], 5, bits, 0, &similarity), 4);
    assert_int_equal(mg_domain_nearest(rows[0], 0, bits, -1, &similarity), -1);
    assert_int_equal(mg_domain_choose(rows[0], 5, 9, kept), 5);
    assert_int_equal(mg_domain_choose(rows[0], 5, 2, kept), 2);
    assert_int_equal(kept[0], 0);
    assert_int_equal(kept[1], 2); /* shares nothing with the first */
}

static void measures(void **state) {
    (void)state;
    const float score[] = {.9F, .8F, .8F, .3F, .1F, .5F}, truth[] = {1, 1, 0, 0, 0, NAN},
                ones[] = {1, 1, 1, 1, 1, 1}, value[] = {1, 2, 3}, right[] = {1, 4, NAN};
    /* pairs: .9 before three zeros; .8 ties with one and before two: 5.5 of 6 */
    assert_true(fabs(mg_score_auc(score, truth, 6, 1) - 5.5 / 6) < 1e-12);
    assert_true(isnan(mg_score_auc(score, ones, 6, 1)));
    assert_true(fabs(mg_score_precision(score, truth, 6, 1) - (1 + 2.0 / 3) / 2) < 1e-12);
    const mg_regression_score s = mg_score_regression(value, right, 3, 1);
    assert_int_equal(s.n, 2);
    assert_true(fabs(s.rmse - sqrt(2)) < 1e-9 && fabs(s.mae - 1) < 1e-9);
    assert_true(fabs(s.r2 - (1 - 4 / 4.5)) < 1e-9);
}

/* One head whose members answer what they should: means, variances, both calibrations. */
static void calibrates(void **state) {
    (void)state;
    mg_heads_config c = mg_heads_config_default();
    c.tasks = 1, c.members = 1, c.hidden = 2, c.graph_layers = 0;
    strcpy(c.channels, "fingerprint");
    for (int task = 0; task < 2; task++) {
        c.task = task ? MG_HEADS_NUMBERS : MG_HEADS_CLASSES;
        mg_params *p = mg_params_new();
        mg_heads *m = mg_heads_new(p, &c);
        assert_non_null(m);
        assert_int_equal(mg_params_build(p, (mg_build_options){.seed = 1}, NULL), MOLGLOT_OK);
        ((float *)m->a->data)[0] = 2, ((float *)m->b->data)[0] = 1;
        ((float *)m->task_mean->data)[0] = 10, ((float *)m->task_scale->data)[0] = 3;
        float mean[1] = {.5F}, variance[1] = {4};
        mg_heads_calibrate(m, 1, mean, variance);
        if (task) {
            assert_true(fabsf(mean[0] - 11.5F) < 1e-5F && fabsf(variance[0] - 9) < 1e-5F);
        } else {
            const float want = 1 / (1 + expf(-2));
            assert_true(fabsf(mean[0] - want) < 1e-6F);
            assert_true(fabsf(variance[0] - 2 * want * (1 - want) * 2) < 1e-6F);
        }
        mg_heads_free(m);
        mg_params_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_molecules),
                                       cmocka_unit_test(packs_batches),
                                       cmocka_unit_test(finds_near_rows),
                                       cmocka_unit_test(measures), cmocka_unit_test(calibrates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
