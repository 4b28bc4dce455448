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

/* Columns are standardised: less their mean, times their scale, no farther from 0 than 6. */
static void standardises(void **state) {
    (void)state;
    static const char *const smiles[] = {"CCO", "CC(=O)O"};
    static const int64_t both[] = {0, 1}, turned[] = {1, 0, 1};
    static const struct {
        float off, scale, expected;
    } cases[] = {{0, 1, 0},  {1, 2, -2}, {-1, 2, 2},      {3, 2, -6},   {-3, 2, 6},
                 {6, 1, -6}, {7, 1, -6}, {-7, 1, 6},      {100, 9, -6}, {-100, 9, 6},
                 {5, 1, -5}, {-5, 1, 5}, {-5.5F, 1, 5.5F}};
    molglot_error err = {0};
    mg_heads_config c = config();
    mg_inputs_reader r;
    mg_inputs in;
    mg_arena arena;
    mg_heads_batch b;
    const int columns = c.numbers;
    const char **names = number_names();
    float *mean = calloc(2 * (size_t)columns, sizeof *mean), *scale = mean + columns;
    assert_int_equal(mg_arena_init(&arena, 1 << 24, &err), MOLGLOT_OK);
    if (mg_inputs_reader_open(&r, &c, NULL, names, NULL, NULL, 1, &err) ||
        mg_inputs_read(&r, smiles, 2, &in, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        for (int k = 0; k < columns; k++) {
            mean[k] = in.dense[k] + (k % 2 ? 0 : cases[i].off);
            scale[k] = cases[i].scale;
        }
        for (int more = 0; more < 2; more++) {
            const int64_t *rows = more ? turned : both, n = more ? 3 : 2;
            mg_arena_release(&arena, 0);
            if (mg_inputs_batch(&in, &c, rows, n, mean, scale, 1, 0, &arena, &b, &err))
                fail_msg("%s", err.message);
            for (int64_t at = 0; at < n; at++)
                for (int k = 0; k < columns; k++) {
                    const double x = (double)in.dense[rows[at] * columns + k];
                    const double z = fmax(-6, fmin(6, (x - (double)mean[k]) * (double)scale[k]));
                    assert_true(fabs((double)b.dense[at * columns + k] - z) < 1e-4);
                    if (!rows[at] && k % 2 == 0)
                        assert_true(fabsf(b.dense[at * columns + k] - cases[i].expected) < 1e-4F);
                }
        }
    }
    free(mean);
    free(names);
    mg_arena_free(&arena);
    mg_inputs_free(&in);
    mg_inputs_reader_close(&r);
}

/* Entries go with a probability. */
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

/* The numbers of a molecule by their names: log(1 + |x|) with x's sign. */
static void numbers_of_molecules(void **state) {
    (void)state;
    static const struct {
        const char *smiles, *name;
        double value, within;
    } cases[] = {
        {"CC(=O)Oc1ccccc1C(=O)O", "weight", 180.159, 1e-2},
        {"CC(=O)Oc1ccccc1C(=O)O", "heavy atoms", 13, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "C", 9, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "O", 4, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "H", 8, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "N", 0, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "donors", 1, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "rings", 1, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "aromatic rings", 1, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "six-membered rings", 1, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "five-membered rings", 0, 0},
        {"CC(=O)Oc1ccccc1C(=O)O", "TPSA", 63.6, 1e-2},
        {"C1CC12CCC2", "three-membered rings", 1, 0},
        {"C1CC12CCC2", "four-membered rings", 1, 0},
        {"C1CC12CCC2", "spiro atoms", 1, 0},
        {"C1CC12CCC2", "largest ring", 4, 0},
        {"C1CCCCCC1", "seven-membered rings", 1, 0},
        {"C1CCCC1", "five-membered rings", 1, 0},
        /* as the first heads were trained */
        {"C1CC12CCC2", "rings of 3", 0, 0},
        {"C1CC12CCC2", "rings of 6", 1, 0},
        {"C1CC12CCC2", "rings of 7", 1, 0},
        {"C1CC1C1CC1", "rings of 6", 2, 0},
        {"CC(=O)[O-]", "charge", -1, 0},
        {"[Na+].[Cl-]", "components", 2, 0},
        {"[Na+].[Cl-]", "metals", 1, 0},
        {"[Na+].[Cl-]", "Cl", 1, 0},
        {"C[C@H](F)C(Br)I", "stereocentres", 1, 0},
        {"C[C@H](F)C(Br)I", "unset stereocentres", 1, 0},
        {"C[C@H](F)C(Br)I", "F", 1, 0},
        {"C[C@H](F)C(Br)I", "Br", 1, 0},
        {"C[C@H](F)C(Br)I", "I", 1, 0},
        {"F/C=C/C#C", "stereo bonds", 1, 0},
        {"F/C=C/C#C", "double bonds", 1, 0},
        {"F/C=C/C#C", "triple bonds", 1, 0},
        {"BP([SiH3])S[SeH]", "B", 1, 0},
        {"BP([SiH3])S[SeH]", "P", 1, 0},
        {"BP([SiH3])S[SeH]", "Si", 1, 0},
        {"BP([SiH3])S[SeH]", "S", 1, 0},
        {"BP([SiH3])S[SeH]", "Se", 1, 0},
        {"[13CH3][CH2]", "isotopes", 1, 0},
        {"[13CH3][CH2]", "radicals", 1, 0},
    };
    molglot_error err = {0};
    const int n = mg_predict_numbers_known(), own = mg_predict_numbers() - MG_SHAPES;
    float *out = calloc((size_t)n + 1, sizeof *out);
    assert_int_equal(mg_chem_init(&err), MOLGLOT_OK);
    mg_groups *groups = mg_groups_new(NULL, 0, &err);
    assert_non_null(groups);
    for (int i = 0; i < n; i++) {
        assert_true(*mg_predict_number(i));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(mg_predict_number(i), mg_predict_number(k));
    }
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        int at = 0;
        double shapes[MG_SHAPES];
        mg_facts f = {0};
        mg_mol *m = mg_mol_from_smiles(cases[c].smiles, NULL, NULL);
        assert_int_equal(mg_facts_of(groups, m, &f, &err), MOLGLOT_OK);
        memset(out, 0x55, (size_t)n * sizeof *out);
        out[n] = 9;
        assert_int_equal(mg_predict_numbers_of(m, &f, out, &err), MOLGLOT_OK);
        assert_true(out[n] == 9);
        while (at < n && strcmp(mg_predict_number(at), cases[c].name)) at++;
        if (at == n) fail_msg("no %s", cases[c].name);
        const double x = copysign(expm1(fabs((double)out[at])), (double)out[at]);
        if (fabs(x - cases[c].value) > cases[c].within + 1e-5)
            fail_msg("%s, %s: %g, not %g", cases[c].smiles, cases[c].name, x, cases[c].value);
        assert_int_equal(mg_mol_shapes(m, shapes, &err), MOLGLOT_OK);
        for (int i = 0; i < MG_SHAPES; i++) {
            const double y = isfinite(shapes[i]) ? copysign(log1p(fabs(shapes[i])), shapes[i]) : 0;
            if (fabs((double)out[own + i] - y) > 1e-5)
                fail_msg("%s, %s", cases[c].smiles, mg_mol_shape_name(i));
        }
        mg_facts_free(&f);
        mg_mol_free(m);
    }
    mg_groups_free(groups);
    free(out);
}

static void finds_near_rows(void **state) {
    (void)state;
    uint8_t rows[5][MG_DOMAIN_BYTES] = {{0x0f}, {0xff}, {0xf0}, {0x0e}, {0x0f}};
    const uint8_t bits[MG_DOMAIN_BYTES] = {0x07};
    float similarity;
    int32_t kept[6] = {9, 9, 9, 9, 9, 9};
    assert_int_equal(mg_domain_nearest(rows[0], 5, bits, -1, &similarity), 0);
    assert_true(fabsf(similarity - .75F) < 1e-6F);
    assert_int_equal(mg_domain_nearest(rows[0], 5, bits, 0, &similarity), 4);
    assert_int_equal(mg_domain_nearest(rows[0], 0, bits, -1, &similarity), -1);
    assert_int_equal(mg_domain_choose(rows[0], 5, 9, kept), 5);
    for (int i = 0; i < 5; i++) assert_int_equal(kept[i], i);
    assert_int_equal(kept[5], 9); /* nothing behind them */
    assert_int_equal(mg_domain_choose(rows[0], 5, 2, kept), 2);
    assert_int_equal(kept[0], 0);
    assert_int_equal(kept[1], 2); /* shares nothing with the first */
}

/* Farthest first: each row that is kept is the one whose best likeness to those before is least;
 * the first row begins, the lower row wins. */
static void keeps_far_rows(void **state) {
    (void)state;
    enum { N = 30 };
    static uint8_t rows[N][MG_DOMAIN_BYTES];
    mg_rng rng = {.seed = 2};
    for (int i = 0; i < N; i++)
        for (int k = 0; k < MG_DOMAIN_BYTES; k++)
            rows[i][k] = (uint8_t)(mg_rng_next(&rng) & mg_rng_next(&rng) & 255);
    memset(rows[7], 0, sizeof rows[7]); /* nothing is known of it, nor of the next: alike */
    memset(rows[8], 0, sizeof rows[8]);
    for (int32_t most = 1; most <= N + 1; most++) {
        int32_t kept[N + 1], last = 0;
        bool in[N] = {true};
        for (int k = 1; k < most && k < N; k++) {
            float least = 2;
            for (int32_t i = 0; i < N; i++) {
                float best = 0, similarity;
                for (int32_t j = 0; j < N && !in[i]; j++)
                    if (in[j]) {
                        mg_domain_nearest(rows[j], 1, rows[i], -1, &similarity);
                        best = fmaxf(best, similarity);
                    }
                if (!in[i] && best < least) least = best, last = i;
            }
            in[last] = true;
        }
        memset(kept, 0x55, sizeof kept);
        const int32_t n = mg_domain_choose(rows[0], N, most, kept);
        assert_int_equal(n, most < N ? most : N);
        for (int32_t i = 0, k = 0; i < N; i++)
            if (in[i]) assert_int_equal(kept[k++], i);
    }
    float similarity;
    assert_int_equal(mg_domain_nearest(rows[0], N, rows[8], -1, &similarity), 7);
    assert_true(similarity == 1);
    assert_int_equal(mg_domain_nearest(rows[0], N, rows[8], 7, &similarity), 8);
    assert_int_equal(mg_domain_nearest(rows[0], N, rows[N - 1], -1, &similarity), N - 1);
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

/* Mean and variance of three members' own answers, row by row and task by task. */
static void members_vote(void **state) {
    (void)state;
    static const char *const smiles[] = {"CC(=O)Oc1ccccc1C(=O)O", "CCO", "c1ccncc1", "CCCCCCN"};
    enum { N = MG_COUNT(smiles), TASKS = 2, MEMBERS = 3 };
    molglot_error err = {0};
    mg_heads_config c = mg_heads_config_default();
    c.tasks = TASKS, c.members = MEMBERS, c.hidden = 6, c.graph_layers = 0, c.bits = 64;
    c.task = MG_HEADS_NUMBERS;
    strcpy(c.channels, "fingerprint");
    mg_params *p = mg_params_new();
    mg_heads *m = mg_heads_new(p, &c);
    mg_inputs_reader r;
    mg_inputs in;
    mg_arena arena;
    mg_heads_batch b;
    mg_rng rng = {.seed = 6};
    const int64_t rows[N] = {0, 1, 2, 3};
    float mean[N * TASKS], variance[N * TASKS];
    double own[MEMBERS][N * TASKS];
    assert_int_equal(mg_arena_init(&arena, 1 << 24, &err), MOLGLOT_OK);
    if (mg_params_build(p, (mg_build_options){.seed = 1}, &err) ||
        mg_inputs_reader_open(&r, &c, NULL, NULL, NULL, NULL, 1, &err) ||
        mg_inputs_read(&r, smiles, N, &in, &err) ||
        mg_inputs_batch(&in, &c, rows, N, NULL, NULL, 1, 0, &arena, &b, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < mg_params_count(p); i++) { /* members that differ */
        mg_tensor *t = mg_params_at(p, i, NULL, NULL);
        for (int64_t k = 0; k < mg_tensor_count(t); k++)
            mg_f32(t)[k] = (float)(0.3 * mg_rng_normal(&rng));
    }
    mg_tape *t = mg_tape_new("cpu", MG_PREC_F32, 1, 0, &err);
    assert_true(t && !mg_params_attach(p, t, &err));
    for (int k = 0; k < MEMBERS; k++) {
        const float *y = mg_values(t, mg_heads_forward(t, m, k, &b));
        assert_non_null(y);
        for (int i = 0; i < N * TASKS; i++) own[k][i] = (double)y[i];
        mg_tape_reset(t);
    }
    assert_int_equal(mg_heads_ask(t, m, &b, mean, variance, &err), MOLGLOT_OK);
    double most = 0;
    for (int i = 0; i < N * TASKS; i++) {
        const double middle = (own[0][i] + own[1][i] + own[2][i]) / 3;
        double spread = 0;
        for (int k = 0; k < MEMBERS; k++) spread += pow(own[k][i] - middle, 2) / 3;
        most = fmax(most, spread);
        assert_true(fabs((double)mean[i] - middle) < 1e-5);
        assert_true(fabs((double)variance[i] - spread) < 1e-5);
    }
    assert_true(most > 1e-3);
    /* trees beside them: one that asks for a bit, one that says the same of all */
    const int32_t bit = b.sparse.ids[0];
    int32_t root[TASKS * 2] = {0, 3, 3, 4}, column[] = {bit, -1, -1, -1, -1}, left[5] = {1};
    float cut[5] = {0.1F}, value[] = {0, -1, 3, 0.5F, 8};
    m->forest = (mg_forest){2, 5, root, column, left, cut, value};
    m->c.forest_share = 0.25F;
    float with_mean[N * TASKS], with_variance[N * TASKS];
    assert_int_equal(mg_heads_ask(t, m, &b, with_mean, with_variance, &err), MOLGLOT_OK);
    bool seen[2] = {false};
    for (int i = 0; i < N * TASKS; i++) {
        bool has = false;
        for (int32_t k = b.sparse.offsets[i / TASKS]; k < b.sparse.offsets[i / TASKS + 1]; k++)
            has |= b.sparse.ids[k] == bit;
        seen[has] = true;
        const double tree = i % TASKS ? (0.5 + 8) / 2 : ((has ? 3 : -1) + 0.5) / 2,
                     z = (double)mean[i], v = (double)variance[i];
        assert_true(fabs((double)with_mean[i] - (0.75 * z + 0.25 * tree)) < 1e-5);
        /* a mixture of the members and one voice without a spread of its own */
        const double middle = 0.75 * z + 0.25 * tree,
                     second = 0.75 * (v + z * z) + 0.25 * tree * tree;
        assert_true(fabs((double)with_variance[i] - (second - middle * middle)) < 1e-4);
    }
    assert_true(seen[0] && seen[1]);
    m->forest = (mg_forest){0};
    mg_tape_free(t);
    mg_inputs_free(&in);
    mg_inputs_reader_close(&r);
    mg_arena_free(&arena);
    mg_heads_free(m);
    mg_params_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_molecules), cmocka_unit_test(standardises),
        cmocka_unit_test(packs_batches),   cmocka_unit_test(numbers_of_molecules),
        cmocka_unit_test(finds_near_rows), cmocka_unit_test(keeps_far_rows),
        cmocka_unit_test(measures),        cmocka_unit_test(calibrates),
        cmocka_unit_test(members_vote)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
