/* test_lexicon.c - the lexicon: from pairs alone it learns which word speaks of which atom; the
 * same pairs give the same file; the file keeps it; damage is refused. */
#include "../must.h"
#include "model/bundle/bundle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static molglot_error err;

/* Molecules of a chain and two groups, named after them: no word is ever shown with its atom. */
static const struct {
    const char *smiles, *word;
} GROUPS[] = {{"F", "fluoro"},  {"Cl", "chloro"}, {"Br", "bromo"},
              {"O", "hydroxy"}, {"N", "amino"},   {"C#N", "cyano"}};
enum { KINDS = MG_COUNT(GROUPS), CHAINS = 5 };

static mg_lexicon_maker *fill(void) {
    mg_lexicon_maker *k = mg_lexicon_maker_new(&err);
    assert_non_null(k);
    for (int i = 0; i < KINDS; i++)
        for (int j = 0; j < KINDS; j++)
            for (int n = 1; n <= CHAINS && i != j; n++) {
                char smiles[64], text[64];
                molglot_row_status row;
                snprintf(smiles, sizeof smiles, "%s%.*s%s", i == 5 ? "N#C" : GROUPS[i].smiles, n,
                         "CCCCCC", GROUPS[j].smiles);
                snprintf(text, sizeof text, "1-%s-%d-%s chain, a compound", GROUPS[i].word, n,
                         GROUPS[j].word);
                mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
                assert_non_null(m);
                assert_int_equal(mg_lexicon_maker_add(k, m, text, &err), MOLGLOT_OK);
                mg_mol_free(m);
            }
    return k;
}

enum { ROUNDS = 8 };

static mg_lexicon_options few(void) {
    mg_lexicon_options o = mg_lexicon_options_default();
    o.least_piece = o.least_around = 10;
    o.rounds = ROUNDS;
    o.none = 1; /* in texts as short as these */
    return o;
}

static int best(const float *row, int atoms) {
    int at = 0;
    for (int a = 1; a < atoms; a++)
        if (row[a] > row[at]) at = a;
    return at;
}

static void check_it_points(const mg_lexicon *l) {
    static const char text[] = "an amino and chloro group, zzyzx, chain";
    static const mg_span spans[] = {{3, 8}, {13, 19}, {27, 32}, {34, 39}};
    molglot_row_status row;
    mg_surroundings s;
    float out[4 * 6];
    mg_mol *m = mg_mol_from_smiles("NCCCCCl", NULL, &row);
    assert_int_equal(mg_mol_surroundings(m, &s, &err), MOLGLOT_OK);
    assert_int_equal(s.atoms, 6);
    assert_int_equal(mg_lexicon_scores(l, &s, text, spans, 4, out, &err), MOLGLOT_OK);
    assert_int_equal(best(out, 6), 0);
    assert_int_equal(best(out + 6, 6), 5);
    assert_true(out[0] > 0.5F && out[6 + 5] > 0.5F);
    float sum = 0, none = 0;
    for (int a = 0; a < 6; a++) sum += out[a], none += out[12 + a];
    assert_true(sum <= 1.0001F && none == 0); /* nothing is known of zzyzx */
    mg_surroundings_free(&s);
    mg_mol_free(m);
}

static int n_rounds;
static double likelihood[ROUNDS];

static void note_round(void *user, int round, double loglik) {
    assert_ptr_equal(user, likelihood);
    assert_int_equal(round, n_rounds + 1);
    assert_true(n_rounds < ROUNDS);
    likelihood[n_rounds++] = loglik;
}

/* Expectation and maximisation: no round explains the pairs worse than the one before. */
static void no_round_is_worse(void **state) {
    (void)state;
    mg_lexicon_contents c;
    const mg_lexicon_options o = few();
    mg_lexicon_maker *k = fill();
    assert_int_equal(mg_lexicon_maker_count(k, &o, note_round, likelihood, &c, &err), MOLGLOT_OK);
    mg_lexicon_maker_free(k);
    assert_int_equal(n_rounds, ROUNDS);
    for (int i = 0; i < ROUNDS; i++) {
        assert_true(likelihood[i] < 0);
        if (i) assert_true(likelihood[i] >= likelihood[i - 1] - 1e-4 * fabs(likelihood[i]));
    }
    assert_true(fabs(likelihood[0] + 3.1341) < 1e-3); /* a piece, as this text was first counted */
    assert_true(fabs(likelihood[ROUNDS - 1] + 2.7335) < 1e-3);
}

static void it_learns_from_pairs(void **state) {
    (void)state;
    mg_lexicon_contents c[2];
    mg_lexicon_maker *k[2];
    const mg_lexicon_options o = few();
    for (int i = 0; i < 2; i++) {
        k[i] = fill();
        if (mg_lexicon_maker_count(k[i], &o, NULL, NULL, &c[i], &err)) fail_msg("%s", err.message);
    }
    assert_int_equal(c[0].entries, c[1].entries);
    assert_memory_equal(c[0].around, c[1].around, (size_t)c[0].entries * sizeof *c[0].around);
    assert_memory_equal(c[0].eighths, c[1].eighths, (size_t)c[0].entries);
    assert_memory_equal(c[0].text, c[1].text, c[0].text_bytes);
    mg_lexicon *l = mg_lexicon_new(&c[0], &err);
    assert_non_null(l);
    assert_int_equal(mg_lexicon_pieces(l), c[0].pieces);
    check_it_points(l);
    mg_lexicon_free(l);
    for (int i = 0; i < 2; i++) mg_lexicon_maker_free(k[i]);
}

static void a_file_keeps_it(void **state) {
    (void)state;
    char path[] = "/tmp/molglot-lexicon-XXXXXX";
    mg_lexicon_contents c;
    const mg_lexicon_options o = few();
    mg_lexicon_maker *k = fill();
    assert_true(mkstemp(path) >= 0);
    assert_int_equal(mg_lexicon_maker_count(k, &o, NULL, NULL, &c, &err), MOLGLOT_OK);
    if (mg_lexicon_part_save(path, &c, &err)) fail_msg("%s", err.message);
    mg_lexicon_maker_free(k);
    mg_bundle *b = mg_bundle_open(path, &err);
    if (!b) fail_msg("%s", err.message);
    assert_true(mg_bundle_has(b, MG_PART_LEXICON) && !mg_bundle_has(b, MG_PART_NAMES));
    assert_int_equal(mg_bundle_verify(b, 0, &err), MOLGLOT_OK);
    assert_int_equal(mg_bundle_try(b, 0, &err), MOLGLOT_OK);
    const mg_lexicon *l = mg_bundle_lexicon(b, &err);
    if (!l) fail_msg("%s", err.message);
    check_it_points(l);
    mg_bundle_close(b);
    remove(path);
}

static void damage_is_refused(void **state) {
    (void)state;
    static const uint32_t hashes[] = {8, 16}, wrong[] = {16, 8};
    static const uint16_t around[] = {0, 1}, beyond[] = {0, 2};
    static const uint8_t eighths[] = {0, 3};
    static const int32_t offsets[] = {0, 1, 2}, back[] = {0, 3, 2};
    static const float good[] = {0.5F, 0.1F}, bad[] = {0.5F, 1.5F};
    const mg_lexicon_contents whole = {.pieces = 2,
                                       .surroundings = 2,
                                       .entries = 2,
                                       .text = "ab\ncd\n",
                                       .text_bytes = 6,
                                       .hashes = hashes,
                                       .offsets = offsets,
                                       .around = around,
                                       .eighths = eighths,
                                       .scale = good,
                                       .none = good};
    mg_lexicon *l = mg_lexicon_new(&whole, &err);
    assert_non_null(l);
    mg_lexicon_free(l);
    mg_lexicon_contents c[6];
    for (int i = 0; i < 6; i++) c[i] = whole;
    c[0].hashes = wrong;
    c[1].around = beyond;
    c[2].offsets = back;
    c[3].scale = bad;
    c[4].text_bytes = 3;
    c[5].text = "ab\n\ncd";
    for (int i = 0; i < 6; i++) {
        assert_null(mg_lexicon_new(&c[i], &err));
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    }
    mg_lexicon_maker *k = mg_lexicon_maker_new(&err);
    const mg_lexicon_options o = mg_lexicon_options_default();
    assert_int_equal(mg_lexicon_maker_count(k, &o, NULL, NULL, &c[0], &err), MOLGLOT_FAILED);
    mg_lexicon_maker_free(k);
}

static int set_up(void **state) {
    (void)state;
    return mg_chem_init(&err);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_round_is_worse),
        cmocka_unit_test(it_learns_from_pairs),
        cmocka_unit_test(a_file_keeps_it),
        cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
