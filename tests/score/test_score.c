/* test_score.c - edit distance and BLEU against plain versions; scores of prompts against values of
 * RDKit 2022.09.3 (Python); a set of molecules against a set, with the divergences of SciPy. The
 * molecules are of our own choice. */
#include "score/inside.h"
#include "score/score.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_near(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) fail_msg("%s: %.15g, not %.15g", what, value, wanted);
}

/* ---- strings ---- */

/* The whole table, on bytes. */
static int64_t plain_distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    int64_t *d = malloc((n + 1) * (m + 1) * sizeof *d);
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            int64_t best = !i   ? (int64_t)j
                           : !j ? (int64_t)i
                                : d[(i - 1) * (m + 1) + j - 1] + (a[i - 1] != b[j - 1]);
            if (i && d[(i - 1) * (m + 1) + j] + 1 < best) best = d[(i - 1) * (m + 1) + j] + 1;
            if (j && d[i * (m + 1) + j - 1] + 1 < best) best = d[i * (m + 1) + j - 1] + 1;
            d[i * (m + 1) + j] = best;
        }
    }
    int64_t out = d[n * (m + 1) + m];
    free(d);
    return out;
}

static void random_string(mg_rng *rng, size_t most, int letters, char *out) {
    size_t n = mg_rng_below(rng, most + 1);
    for (size_t i = 0; i < n; i++) out[i] = (char)('A' + mg_rng_below(rng, (uint64_t)letters));
    out[n] = 0;
}

static void levenshtein(void **state) {
    (void)state;
    mg_rng rng = {.seed = 3};
    char a[512], b[512];
    for (int i = 0; i < 600; i++) {
        random_string(&rng, i % 3 ? 90 : 300, i % 2 ? 3 : 26, a);
        random_string(&rng, i % 5 ? 90 : 300, i % 2 ? 3 : 26, b);
        if (i % 4 == 0) strcpy(b, a);
        if (i % 4 == 0 && *b) b[mg_rng_below(&rng, strlen(b))] = 'z';
        if (mg_levenshtein(a, b) != plain_distance(a, b)) fail_msg("%s and %s", a, b);
    }
    assert_int_equal(mg_levenshtein("", ""), 0);
    assert_int_equal(mg_levenshtein("", "abc"), 3);
    assert_int_equal(mg_levenshtein("abc", ""), 3);
    assert_int_equal(mg_levenshtein("kitten", "sitting"), 3);
    assert_int_equal(mg_levenshtein("\xC3\xA9t\xC3\xA9", "ete"), 2); /* code points, not bytes */
    assert_int_equal(mg_levenshtein("\xF0\x9F\x98\x80", "\xE2\x82\xAC"), 1);
    assert_int_equal(mg_levenshtein("\xFF\xFE", "\xFF"), 1); /* no UTF-8: byte by byte */
    assert_int_equal(mg_levenshtein("\xE2\x82", "x"), 2);
}

static void bleu(void **state) {
    (void)state;
    mg_bleu b = {0};
    assert_true(mg_bleu_add(&b, "CCOCC", "CCOCC"));
    expect_near("equal", mg_bleu_score(&b), 1, 1e-15);
    /* "CCOC" for "CCOCC": grams 4 3 2 1, all found; a character short. */
    b = (mg_bleu){0};
    assert_true(mg_bleu_add(&b, "CCOCC", "CCOC"));
    expect_near("short", mg_bleu_score(&b), exp(1 - 5.0 / 4.0), 1e-15);
    /* "CCN" for "CCO": C twice; CC; no trigram; no 4-gram at all, which still counts one in the
     * denominator. */
    b = (mg_bleu){0};
    assert_true(mg_bleu_add(&b, "CCO", "CCN"));
    const double matches[] = {2, 1, 0, 0}, grams[] = {3, 2, 1, 1};
    for (int n = 0; n < 4; n++) {
        expect_near("matches", b.matches[n], matches[n], 0);
        expect_near("grams", b.grams[n], grams[n], 0);
    }
    expect_near("unsmoothed",
                mg_bleu_score(&b) / exp((log(2 / 3.) + log(1 / 2.) + 2 * log(DBL_MIN)) / 4), 1,
                1e-12);
    /* Clipped: the reference has two C. Rows add up. */
    assert_true(mg_bleu_add(&b, "CCO", "CCCC"));
    expect_near("clipped", b.matches[0], 4, 0);
    expect_near("lengths", b.output_length - b.reference_length, 1, 0);
    b = (mg_bleu){0};
    assert_true(mg_bleu_add(&b, "CCO", ""));
    expect_near("nothing", mg_bleu_score(&b), 0, 0);
}

/* ---- prompts ---- */

static const char *const references[] = {"CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
                                         "OCC1OC(O)C(O)C(O)C1O", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"};
static const char *const outputs[] = {"CC(=O)Oc1ccccc1C(=O)O",
                                      "OC(=O)c1ccccc1O",
                                      "COC(=O)c1ccccc1OC(C)=O",
                                      "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
                                      "Cn1cnc2c1c(=O)[nH]c(=O)n2C",
                                      "c1ccc(cc1",
                                      "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",
                                      "OCC(O)C(O)C(O)C=O",
                                      "CCCCCC",
                                      "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
                                      "COc1ccc2cc(C(C)C(=O)O)ccc2c1",
                                      "CC(C)Cc1ccc(C(C)C(=O)O)cc1"};

static double sum_of(const mg_sum *sums, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!strcmp(sums[i].name, name)) return sums[i].value;
    fail_msg("no sum %s", name);
    return 0;
}

static mg_interval measure_of(const mg_measure *measures, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!strcmp(measures[i].name, name)) return measures[i].value;
    fail_msg("no measure %s", name);
    return (mg_interval){0};
}

#define PAIR(group, name) sum_of((group), MG_PAIR_SUMS, name)
#define SET(group, name)  sum_of((group), MG_SET_SUMS, name)

static mg_scores run(const char *const *wanted, int64_t n, const char *const *made, int samples,
                     int threads, int bootstrap, const char *const *training, int64_t n_training) {
    molglot_error err = {0};
    mg_scores s;
    bool readable[8];
    mg_scorer *scorer = mg_scorer_new(wanted, n, (mg_scorer_options){threads, bootstrap, 5}, &err);
    if (!scorer) fail_msg("%s", err.message);
    if (training)
        assert_int_equal(mg_scorer_training(scorer, training, n_training, readable, &err),
                         MOLGLOT_OK);
    if (mg_scorer_run(scorer, made, samples, &s, &err)) fail_msg("%s", err.message);
    mg_scorer_free(scorer);
    return s;
}

static void field_measures(void **state) {
    (void)state;
    mg_scores s = run(references, 4, outputs, 3, 2, 0, NULL, 0);
    assert_int_equal(s.prompts, 4);
    assert_int_equal(s.samples, 3);
    assert_int_equal(s.references_unreadable, 0);
    const struct {
        const char *name;
        double first, every;
    } wanted[] = {{"outputs", 4, 12},
                  {"valid", 4, 11},
                  {"empty", 0, 0},
                  {"exact_string", 1, 1},
                  {"exact_canonical_smiles", 3, 4},
                  {"exact_canonical_smiles_without_stereo", 4, 5},
                  {"exact_inchi", 3, 4},
                  {"exact_inchi_without_stereo", 4, 5},
                  {"maccs_tanimoto", 4, 8.649579744121834},
                  {"rdk_tanimoto", 4, 8.091879312326594},
                  {"morgan2_count_tanimoto", 4, 7.320051868746614},
                  {"morgan2_bit_tanimoto", 4, 7.202635185890028}};
    for (size_t i = 0; i < MG_COUNT(wanted); i++) {
        expect_near(wanted[i].name, PAIR(s.first_sums, wanted[i].name), wanted[i].first, 1e-12);
        expect_near(wanted[i].name, PAIR(s.every_sums, wanted[i].name), wanted[i].every, 1e-12);
    }
    double distance = 0;
    for (int i = 0; i < 12; i++) distance += (double)plain_distance(references[i / 3], outputs[i]);
    expect_near("levenshtein", PAIR(s.every_sums, "levenshtein"), distance, 0);
    expect_near("mean", measure_of(s.every, MG_PAIR_MEASURES, "levenshtein").value, distance / 12,
                1e-12);
    expect_near("skipped", measure_of(s.every, MG_PAIR_MEASURES, "maccs_tanimoto_valid_only").value,
                8.649579744121834 / 11, 1e-12);
    expect_near("as zero",
                measure_of(s.every, MG_PAIR_MEASURES, "maccs_tanimoto_invalid_as_zero").value,
                8.649579744121834 / 12, 1e-12);
}

static void set_measures(void **state) {
    (void)state;
    mg_scores s = run(references, 4, outputs, 3, 2, 0, NULL, 0);
    const mg_sum *groups[] = {s.plain_sums, s.kekulised_sums};
    const double distance[] = {7.976089222430685, 8.068141562492393};
    for (int g = 0; g < 2; g++) {
        expect_near("outputs", SET(groups[g], "outputs"), 12, 0);
        expect_near("valid", SET(groups[g], "valid"), 11, 0);
        expect_near("qualified", SET(groups[g], "qualified"), 10, 0);
        expect_near("novel", SET(groups[g], "novel"), 2, 0);
        expect_near("pairs", SET(groups[g], "diversity_pairs"), 18, 0);
        expect_near("distance", SET(groups[g], "diversity_sum"), distance[g], 1e-12);
    }
    expect_near("similarity", measure_of(s.plain, MG_SET_MEASURES, "similarity").value, 10 / 11.,
                1e-15);
    expect_near("over all",
                measure_of(s.plain, MG_SET_MEASURES, "similarity_over_all_outputs").value, 10 / 12.,
                1e-15);
    expect_near("novelty", measure_of(s.plain, MG_SET_MEASURES, "novelty").value, 0.2, 1e-15);
    expect_near("diversity", measure_of(s.kekulised, MG_SET_MEASURES, "diversity").value,
                distance[1] / 18, 1e-12);
    assert_true(isnan(measure_of(s.output, MG_OUTPUT_MEASURES, "novelty_against_training").value));
}

/* Ibuprofen twice for the last prompt; caffeine and hexane are known. */
static void outputs_alone(void **state) {
    (void)state;
    const char *const training[] = {"CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "C(CCC)CC", "C1CC"};
    mg_scores s = run(references, 4, outputs, 3, 1, 0, training, 3);
    expect_near("unique",
                measure_of(s.output, MG_OUTPUT_MEASURES, "uniqueness_within_prompt").value,
                10 / 11., 1e-15);
    expect_near("novel", measure_of(s.output, MG_OUTPUT_MEASURES, "novelty_against_training").value,
                9 / 11., 1e-15);
}

/* Rows that are wrong keep to themselves. */
static void bad_rows(void **state) {
    (void)state;
    const char *const wanted[] = {"C1CC", "CCO", "CCO", "CCO", "", "[Na+]"};
    const char *const made[] = {"CCO", NULL, "", "OCC", "", "[K+]"};
    mg_scores s = run(wanted, 6, made, 1, 2, 0, NULL, 0);
    assert_int_equal(s.references_unreadable, 1);
    expect_near("outputs", PAIR(s.first_sums, "outputs"), 6, 0);
    /* "" reads as a molecule of no atoms */
    expect_near("valid", PAIR(s.first_sums, "valid"), 5, 0);
    expect_near("empty", PAIR(s.first_sums, "empty"), 2, 0);
    expect_near("readable reference", PAIR(s.first_sums, "with_readable_reference"), 5, 0);
    expect_near("both", PAIR(s.first_sums, "with_readable_reference_and_valid"), 4, 0);
    expect_near("canonical", PAIR(s.first_sums, "exact_canonical_smiles"), 2, 0);
    expect_near("inchi", PAIR(s.first_sums, "exact_inchi"), 2, 0);
    expect_near("string", PAIR(s.first_sums, "exact_string"), 1, 0);
    expect_near("levenshtein", PAIR(s.first_sums, "levenshtein"),
                (double)plain_distance("C1CC", "CCO") + 3 + 3 + 2 + 0 + 2, 0);
    expect_near("of canonical", PAIR(s.first_sums, "canonical_levenshtein"),
                (double)plain_distance("C1CC", "CCO") + 3 + 3 + 0 + 0 + 2, 0);
    assert_true(measure_of(s.first, MG_PAIR_MEASURES, "bleu4_canonical_smiles").value >
                measure_of(s.first, MG_PAIR_MEASURES, "bleu4_characters").value);
    /* empty for both ions and for nothing */
    expect_near("rdk", PAIR(s.first_sums, "rdk_tanimoto"), 0 + 1 + 1 + 1, 0);
    expect_near("counts", PAIR(s.first_sums, "morgan2_count_tanimoto"), 0 + 1 + 0 + 0, 0);
    expect_near("set", SET(s.plain_sums, "outputs"), 5, 0);
    molglot_error err = {0};
    assert_null(mg_scorer_new(wanted, 0, (mg_scorer_options){0}, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
}

/* InChI sees one molecule in two tautomers, SMILES two. */
static void tautomers(void **state) {
    (void)state;
    const char *const wanted[] = {"Oc1ccccn1"}, *const made[] = {"O=c1cccc[nH]1"};
    mg_scores s = run(wanted, 1, made, 1, 1, 0, NULL, 0);
    expect_near("inchi", PAIR(s.first_sums, "exact_inchi"), 1, 0);
    expect_near("smiles", PAIR(s.first_sums, "exact_canonical_smiles"), 0, 0);
}

static void intervals(void **state) {
    (void)state;
    mg_scores one = run(references, 4, outputs, 3, 1, 200, NULL, 0),
              two = run(references, 4, outputs, 3, 3, 200, NULL, 0);
    assert_memory_equal(&one, &two, sizeof one); /* threads change nothing */
    mg_interval v = measure_of(one.plain, MG_SET_MEASURES, "novelty");
    assert_true(v.low < v.value && v.value < v.high);
    expect_near("low", v.low, 0, 1e-15); /* some draws have no novel output */
    v = measure_of(one.first, MG_PAIR_MEASURES, "validity");
    expect_near("certain", v.high - v.low, 0, 0);
    for (int times = 0; times < 2; times++) { /* of one draw there is no interval */
        const mg_scores none = run(references, 4, outputs, 3, 1, times, NULL, 0);
        for (int i = 0; i < MG_PAIR_MEASURES; i++) {
            v = none.every[i].value;
            if (isnan(v.value)) continue;
            expect_near(none.every[i].name, v.low, v.value, 0);
            expect_near(none.every[i].name, v.high, v.value, 0);
        }
    }
}

/* ---- a set against a set ---- */

static void divergences(void **state) {
    (void)state;
    const double a[] = {1, 2, 2.5, 4, 7}, b[] = {1.5, 2, 3, 3.5}, c[] = {0, 1, 1, 2, 3, 5, 5, 10},
                 d[] = {0, 1, 2, 2, 9, 11};
    const double same[] = {4, 4, 4}, near[] = {4, 4, 5}, far[] = {20};
    expect_near("continuous", mg_kl_continuous(a, 5, b, 4, 2), 1.1826098306550261, 1e-9);
    expect_near("with itself", mg_kl_continuous(a, 5, a, 5, 1), 0, 1e-12);
    expect_near("discrete", mg_kl_discrete(c, 8, d, 6), 7.82108144159739, 1e-9);
    expect_near("one value", mg_kl_discrete(same, 3, near, 3), 0, 1e-12);
    assert_true(isnan(mg_kl_continuous(a, 5, same, 3, 1)));
    assert_true(isnan(mg_kl_discrete(c, 8, far, 1)));
}

static const char *const known[] = {"CC(=O)Oc1ccccc1C(=O)O",        "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
                                    "OCC1OC(O)C(O)C(O)C1O",         "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
                                    "COc1ccc2cc(C(C)C(=O)O)ccc2c1", "CCOC(=O)c1ccc(N)cc1",
                                    "CN(C)CCOC(c1ccccc1)c1ccccc1",  "CC(=O)Nc1ccc(O)cc1",
                                    "C1CCC(CC1)NC(=O)c1cccnc1",     "OC(=O)CCc1c[nH]c2ccccc12"};
static const char *const made_up[] = {"OC(=O)c1ccccc1O",
                                      "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
                                      "CC(=O)Nc1ccc(OC)cc1",
                                      "CCN(CC)CCOC(=O)c1ccc(N)cc1",
                                      "COc1ccc2cc(CC(=O)O)ccc2c1",
                                      "COc1ccc2cc(CC(=O)O)ccc2c1",
                                      "C1CCCCC1NC(=O)c1ccncc1",
                                      "c1ccc(cc1",
                                      "C[C@H](N)C(=O)O",
                                      "C[C@@H](N)C(=O)O",
                                      "NC(Cc1c[nH]c2ccccc12)C(=O)O"};

static void unconditional(void **state) {
    (void)state;
    mg_unconditional u;
    molglot_error err = {0};
    const double kl[MG_KL_TERMS] = {
        0.012500920770598913,  0.09907563939815128, 0.12355296106893271, 0.25786283597612425,
        8.686381338177908,     2.19101331627262,    2.044219482421798,   0.022310998893827413,
        0.0035010533224018626, 0.056290208362874954};
    assert_int_equal(mg_score_unconditional(made_up, 11, known, 10,
                                            (mg_unconditional_options){.threads = 2}, &u, &err),
                     MOLGLOT_OK);
    assert_int_equal(u.valid, 10);
    assert_int_equal(u.unique, 9);
    assert_int_equal(u.novel, 8);
    assert_int_equal(u.reference_sample, 10);
    expect_near("validity", u.validity, 10 / 11., 1e-15);
    expect_near("uniqueness", u.uniqueness, 0.9, 1e-15);
    expect_near("novelty", u.novelty, 8 / 9., 1e-15);
    for (int k = 0; k < MG_KL_TERMS; k++) expect_near(u.kl[k].name, u.kl[k].value, kl[k], 1e-7);
    expect_near("kl_score", u.kl_score, 0.6710886511123572, 1e-8);
    expect_near("scaffolds", u.scaffold_similarity, 0.6761234037828132, 1e-12);
    expect_near("fragments", u.fragment_similarity, 0.5875120888504802, 1e-12);
    expect_near("diversity", u.internal_diversity, 0.7293260792478344, 1e-12);
}

static void unconditional_edges(void **state) {
    (void)state;
    mg_unconditional u, v;
    const char *const broken[] = {"C1CC", "c1ccc("}, *const one[] = {"CCO"};
    assert_int_equal(
        mg_score_unconditional(broken, 2, known, 10, (mg_unconditional_options){0}, &u, NULL),
        MOLGLOT_OK);
    expect_near("validity", u.validity, 0, 0);
    expect_near("kl_score", u.kl_score, 0, 0);
    assert_true(isnan(u.internal_diversity) && isnan(u.fragment_similarity) && isnan(u.uniqueness));
    assert_int_equal(mg_score_unconditional(one, 1, known, 10,
                                            (mg_unconditional_options){.sample = 10}, &u, NULL),
                     MOLGLOT_OK);
    assert_true(isnan(u.kl[0].value));
    expect_near("alone", u.internal_diversity, 0, 0);
    static const int64_t sizes[][2] = {{1, 0}, {-1, 10}, {1, -1}, {INT32_MAX, 10}, {1, INT32_MAX}};
    for (size_t k = 0; k < MG_COUNT(sizes); k++)
        assert_int_equal(mg_score_unconditional(one, sizes[k][0], known, sizes[k][1],
                                                (mg_unconditional_options){0}, &u, NULL),
                         MOLGLOT_USAGE);
    assert_int_equal(
        mg_score_unconditional(one, 0, known, 10, (mg_unconditional_options){0}, &u, NULL),
        MOLGLOT_USAGE);
    /* too tangled to be scored: counted, and valid neither */
    char *data = NULL, *line = NULL;
    size_t size;
    assert_int_equal(
        mg_read_file(MG_SOURCE_DIR "/tests/trust/tangled.tsv", 1 << 20, &data, &size, NULL),
        MOLGLOT_OK);
    line = strchr(data, '\t') + 1;
    line[strcspn(line, "\t\n")] = 0;
    const char *const odd[] = {"CCO", line, "C1CC", line, "CCN", NULL};
    assert_int_equal(mg_score_unconditional(odd, 6, known, 10,
                                            (mg_unconditional_options){.sample = 10}, &u, NULL),
                     MOLGLOT_OK);
    assert_int_equal(u.tangled, 2);
    assert_int_equal(u.valid, 2);
    free(data);
    /* A sample of 4 is a function of the seed. */
    mg_unconditional_options four = {.sample = 4, .seed = 7, .threads = 1};
    assert_int_equal(mg_score_unconditional(made_up, 11, known, 10, four, &u, NULL), MOLGLOT_OK);
    four.threads = 3;
    assert_int_equal(mg_score_unconditional(made_up, 11, known, 10, four, &v, NULL), MOLGLOT_OK);
    assert_int_equal(u.reference_sample, 4);
    assert_memory_equal(&u, &v, sizeof u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levenshtein),         cmocka_unit_test(bleu),
        cmocka_unit_test(field_measures),      cmocka_unit_test(set_measures),
        cmocka_unit_test(outputs_alone),       cmocka_unit_test(bad_rows),
        cmocka_unit_test(tautomers),           cmocka_unit_test(intervals),
        cmocka_unit_test(divergences),         cmocka_unit_test(unconditional),
        cmocka_unit_test(unconditional_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
