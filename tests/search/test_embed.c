/* test_embed.c - texts and SMILES through a small model: rows, rejects, independence of the batch.
 */
#include "search/search.h"
#include "small_model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char path[] = "/tmp/mg_embed_XXXXXX";

static int make_model(void **state) {
    (void)state;
    molglot_error err = {0};
    int code = small_model_save(path, &err);
    if (code) print_error("%s\n", err.message);
    return code;
}

static int remove_model(void **state) {
    (void)state;
    return remove(path);
}

static void expect_rows(const float *rows, const molglot_row_status *status, int bad,
                        int also_bad) {
    for (int i = 0; i < SMALL_ROWS; i++) {
        double norm = 0;
        for (int j = 0; j < SMALL_DIM; j++)
            norm += (double)rows[i * SMALL_DIM + j] * (double)rows[i * SMALL_DIM + j];
        bool ok = i != bad && i != also_bad;
        assert_int_equal(status[i].ok, ok);
        if (fabs(norm - ok) > 1e-5) fail_msg("row %d has norm %g", i, norm);
        assert_true(ok == !*status[i].reason);
    }
}

static void rows_and_rejects(void **state) {
    (void)state;
    small_model *o = small_model_open(path, 2, 0);
    float text[SMALL_ROWS * SMALL_DIM], mol[SMALL_ROWS * SMALL_DIM], again[SMALL_ROWS * SMALL_DIM];
    molglot_row_status status[SMALL_ROWS];
    assert_int_equal(mg_embed_texts(o->e, small_texts, SMALL_ROWS, text, status, NULL), MOLGLOT_OK);
    expect_rows(text, status, 1, 3);
    assert_int_equal(status[1].offset, 4);
    assert_int_equal(mg_embed_smiles(o->e, small_smiles, SMALL_ROWS, mol, status, NULL),
                     MOLGLOT_OK);
    expect_rows(mol, status, 1, 3);
    assert_non_null(strstr(status[1].reason, "unclosed ring 1"));
    /* CCO and OCC */
    for (int j = 0; j < SMALL_DIM; j++) assert_true(fabsf(mol[j] - mol[6 * SMALL_DIM + j]) < 1e-5f);
    small_model_close(o);
    o = small_model_open(path, 1, 2); /* two rows at a time, and no status wanted */
    assert_int_equal(mg_embed_texts(o->e, small_texts, SMALL_ROWS, again, NULL, NULL), MOLGLOT_OK);
    for (int i = 0; i < SMALL_ROWS * SMALL_DIM; i++) assert_true(fabsf(again[i] - text[i]) < 1e-5f);
    assert_int_equal(mg_embed_smiles(o->e, small_smiles, SMALL_ROWS, again, NULL, NULL),
                     MOLGLOT_OK);
    for (int i = 0; i < SMALL_ROWS * SMALL_DIM; i++) assert_true(fabsf(again[i] - mol[i]) < 1e-5f);
    assert_int_equal(mg_embed_smiles(o->e, small_smiles, 0, again, NULL, NULL), MOLGLOT_OK);
    small_model_close(o);
}

/* Molecules that are read already give the bits of their SMILES; those that are not are read. */
static void molecules(void **state) {
    (void)state;
    small_model *o = small_model_open(path, 2, 4);
    float rows[SMALL_ROWS * SMALL_DIM], again[SMALL_ROWS * SMALL_DIM];
    const mg_mol *mols[SMALL_ROWS];
    mg_mol *own[SMALL_ROWS];
    molglot_row_status status[SMALL_ROWS], read[SMALL_ROWS];
    for (int i = 0; i < SMALL_ROWS; i++)
        mols[i] = own[i] = mg_mol_from_smiles(small_smiles[i], NULL, NULL);
    mols[4] = NULL;
    assert_int_equal(mg_embed_smiles(o->e, small_smiles, SMALL_ROWS, rows, status, NULL),
                     MOLGLOT_OK);
    assert_int_equal(mg_embed_molecules(o->e, mols, small_smiles, SMALL_ROWS, again, read, NULL),
                     MOLGLOT_OK);
    assert_memory_equal(rows, again, sizeof rows);
    for (int i = 0; i < SMALL_ROWS; i++) {
        assert_int_equal(status[i].ok, read[i].ok);
        assert_string_equal(status[i].reason, read[i].reason);
        mg_mol_free(own[i]);
    }
    small_model_close(o);
}

/* Of two members with the weights 1 and 3: unit rows, whose parts are the member's rows times
 * sqrt(1 / 4) and sqrt(3 / 4). */
static void weighted_members(void **state) {
    (void)state;
    molglot_error err = {0};
    char both[64];
    snprintf(both, sizeof both, "%s-both", path);
    const mg_merge_options weigh = {.weights = (const float[]){1, 3}, .n_weights = 2};
    if (mg_bundle_merge((const char *const[]){path, path}, 2, &weigh, both, &err))
        fail_msg("%s", err.message);
    float one[SMALL_DIM], two[2 * SMALL_DIM];
    small_model *o = small_model_open(path, 1, 0);
    assert_int_equal(mg_embed_texts(o->e, small_texts, 1, one, NULL, NULL), MOLGLOT_OK);
    small_model_close(o);
    o = small_model_open(both, 1, 0);
    assert_int_equal(mg_embedder_dim(o->e), 2 * SMALL_DIM);
    assert_int_equal(mg_embed_texts(o->e, small_texts, 1, two, NULL, NULL), MOLGLOT_OK);
    small_model_close(o);
    for (int j = 0; j < SMALL_DIM; j++) {
        assert_true(fabsf(two[j] - 0.5f * one[j]) < 1e-6f);
        assert_true(fabsf(two[SMALL_DIM + j] - sqrtf(0.75f) * one[j]) < 1e-6f);
    }
    remove(both);
}

/* A model of bags alone that knows the words of one text and the substructures of one molecule. */
static void save_bags(const char *where, const char *text, const char *smiles) {
    molglot_error err = {0};
    mg_bag_vocab words = {0}, parts = {0};
    mg_bag_counter *t = mg_bag_counter_new(), *g = mg_bag_counter_new();
    mg_ngram *grams = NULL;
    mg_feature *features = NULL;
    uint32_t hashes[100];
    size_t n = 0;
    assert_int_equal(mg_text_ngrams(text, strlen(text), "w", &grams, &n, &err), MOLGLOT_OK);
    for (size_t k = 0; k < n; k++) hashes[k] = grams[k].hash;
    mg_bag_counter_add(t, hashes, n, NULL);
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, NULL);
    assert_int_equal(mg_mol_features(mol, "m2", &features, &n, &err), MOLGLOT_OK);
    for (size_t k = 0; k < n; k++) hashes[k] = features[k].hash;
    mg_bag_counter_add(g, hashes, n, NULL);
    assert_int_equal(mg_bag_counter_vocab(t, 100, 1, &words, &err), MOLGLOT_OK);
    assert_int_equal(mg_bag_counter_vocab(g, 100, 1, &parts, &err), MOLGLOT_OK);
    mg_momu_config c = mg_momu_config_default();
    c.dim = SMALL_DIM;
    c.text.encoder.layers = c.graph.encoder.layers = 0;
    c.text.bag = (mg_bag_config){.vocab = words.n, .dim = 8, .hidden = 12, .init = 0.5f};
    c.graph.bag = (mg_bag_config){.vocab = parts.n, .dim = 8, .hidden = 12, .init = 0.5f};
    strcpy(c.text.families, "w");
    strcpy(c.graph.families, "m2");
    mg_params *p = mg_params_new();
    mg_momu *m = mg_momu_new(p, &c, &err);
    if (mg_params_build(p, (mg_build_options){.seed = 4}, &err) ||
        mg_space_part_save(
            where,
            &(mg_space_contents){.params = p, .momu = m, .text_bag = &words, .graph_bag = &parts},
            &err))
        fail_msg("%s", err.message);
    mg_momu_free(m);
    mg_params_free(p);
    mg_bag_vocab_free(&words);
    mg_bag_vocab_free(&parts);
    mg_bag_counter_free(t);
    mg_bag_counter_free(g);
    mg_mol_free(mol);
    free(grams);
    free(features);
}

/* Of two members, one of which knows nothing of a row: its part is zero, the row has unit length
 * all the same. A row of which nobody knows anything is zero. */
static void members_that_know_nothing(void **state) {
    (void)state;
    molglot_error err = {0};
    char one[64], two[64], both[64];
    snprintf(one, sizeof one, "%s-one", path);
    snprintf(two, sizeof two, "%s-two", path);
    snprintf(both, sizeof both, "%s-both", path);
    save_bags(one, "an acid", "C");
    save_bags(two, "one salt", "N");
    if (mg_bundle_merge((const char *const[]){one, two}, 2, &(mg_merge_options){0}, both, &err))
        fail_msg("%s", err.message);
    static const char *const texts[] = {"acid", "salt", "salt acid", "else", "acid", "salt"},
                             *const smiles[] = {"C", "N", "C.N", "O", "C", "N"};
    static const bool knows[][2] = {{true, false},  {false, true}, {true, true},
                                    {false, false}, {true, false}, {false, true}};
    enum { N = MG_COUNT(texts) };
    for (int batch = 0; batch < 3; batch++)
        for (int side = 0; side < 2; side++) {
            small_model *o = small_model_open(both, 1, batch);
            float rows[N][2][SMALL_DIM];
            const int code = side ? mg_embed_smiles(o->e, smiles, N, rows[0][0], NULL, &err)
                                  : mg_embed_texts(o->e, texts, N, rows[0][0], NULL, &err);
            assert_int_equal(code, MOLGLOT_OK);
            small_model_close(o);
            for (int i = 0; i < N; i++)
                for (int m = 0; m < 2; m++) {
                    double square = 0;
                    for (int d = 0; d < SMALL_DIM; d++)
                        square += (double)rows[i][m][d] * (double)rows[i][m][d];
                    const double expected = !knows[i][m] ? 0 : knows[i][!m] ? 0.5 : 1;
                    if (fabs(square - expected) > 1e-5)
                        fail_msg("side %d, row %d, member %d: %g", side, i, m, square);
                }
        }
    remove(one);
    remove(two);
    remove(both);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_rejects), cmocka_unit_test(molecules),
        cmocka_unit_test(weighted_members), cmocka_unit_test(members_that_know_nothing)};
    return cmocka_run_group_tests(tests, make_model, remove_model);
}
