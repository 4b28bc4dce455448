/* Reading and writing molecules through RDKit: verdicts with reasons and places, canonical SMILES,
 * random SMILES, scaffolds, molblocks, formula. */
#include "chem/chem.h"
#include "test_chem.h"

/* RDKit 2022.09 itself leaks on some damaged molblocks with query bonds: LeakSanitizer, when
 * present, asks here. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libRDKit"; }

/* Ordinary drugs and the shapes that break other programs: stereo, salts, charges, isotopes,
 * metals, cages, wildcards. */
static const char *const zoo[] = {
    "CCO",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "C[C@H](N)C(=O)O",
    "F/C=C/F",
    "F/C=C\\F",
    "[Na+].[Cl-]",
    "O[C@H]1C=C[C@H]2[C@H]3Cc4ccc(O)c5O[C@@H]1[C@]2(CCN3C)c45",
    "C12C3C4C1C5C2C3C45",
    "[13CH4]",
    "[2H]C([2H])([2H])O",
    "[H][H]",
    "[O-][n+]1ccccc1",
    "OCl(=O)(=O)=O",
    "[Fe+2]",
    "CC(C)=NO",
    "N#[N+][O-]",
    "C[S@](=O)c1ccccc1",
    "O=P(O)(O)OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1O",
    "*c1ccccc1",
    "CC1=C(C(=O)[C@H]2[C@@H]1O2)C",
    "C/C=C/C=C\\C",
    "c1ccc2c(c1)[nH]c1ccccc12",
    "B(O)(O)c1ccccc1",
    "[SiH4]",
    "OO",
    "C#C",
};

static void refuses_with_reason_and_place(void **state) {
    (void)state;
    static const struct {
        const char *smiles, *reason;
        int offset;
    } cases[] = {
        {"C1CC", "unclosed ring 1", 1},
        {"CC(C)(C)(C)C", "C with valence 5: too many bonds", 1},
        {"[H]C([H])([H])([H])Cl", "C with valence 5: too many bonds", 3},
        {"CCc1cccc1",
         "an aromatic ring that cannot have alternating bonds (a hydrogen on n missing?)", 2},
        {"CCc", "an aromatic atom that is in no ring", 2},
        {"CC==O", "two bonds in a row", 3},
        {"C[Xx]C", "unknown element in brackets", 2},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_row_status row;
        assert_null(mg_mol_from_smiles(cases[i].smiles, NULL, &row));
        assert_int_equal(row.ok, 0);
        assert_string_equal(row.reason, cases[i].reason);
        assert_int_equal(row.offset, cases[i].offset);
        assert_null(mg_mol_from_smiles(cases[i].smiles, NULL, NULL));
    }
}

static void canonical_smiles_is_a_fixed_point(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(zoo); i++) {
        mg_mol *m = read_mol(zoo[i]);
        char *once = mg_mol_smiles(m, true);
        mg_mol *again = read_mol(once);
        char *twice = mg_mol_smiles(again, true);
        assert_string_equal(once, twice);
        free(once);
        free(twice);
        mg_mol_free(m);
        mg_mol_free(again);
    }
}

static void random_smiles_is_the_same_molecule(void **state) {
    (void)state;
    int different = 0;
    for (size_t i = 0; i < MG_COUNT(zoo); i++) {
        mg_mol *m = read_mol(zoo[i]);
        char *canonical = mg_mol_smiles(m, true);
        for (uint64_t seed = 0; seed < 20; seed++) {
            char *random = mg_mol_smiles_random(m, seed), *repeat = mg_mol_smiles_random(m, seed);
            mg_mol *back = read_mol(random);
            char *same = mg_mol_smiles(back, true);
            assert_string_equal(random, repeat);
            assert_string_equal(same, canonical);
            different += strcmp(random, canonical) != 0;
            free(random);
            free(repeat);
            free(same);
            mg_mol_free(back);
        }
        free(canonical);
        mg_mol_free(m);
    }
    assert_true(different > 100);
}

static void doubled_backslash_is_one(void **state) {
    (void)state;
    mg_mol *a = read_mol("F/C=C\\F"), *b = read_mol("F/C=C\\\\F");
    char *x = mg_mol_smiles(a, true), *y = mg_mol_smiles(b, true);
    assert_string_equal(x, y);
    free(x);
    free(y);
    mg_mol_free(a);
    mg_mol_free(b);
}

static void ring_numbers_of_every_form(void **state) {
    (void)state;
    static const char *const forms[] = {"C1CCCCC1", "C%99CCCCC%99", "C%(99999)CCCCC%(99999)",
                                        "C0CCCCC0", "C1.C1CCCC"};
    for (size_t i = 0; i < 4; i++) {
        mg_mol *m = read_mol(forms[i]);
        char *s = mg_mol_smiles(m, true);
        assert_string_equal(s, "C1CCCCC1");
        free(s);
        mg_mol_free(m);
    }
    mg_mol_free(read_mol(forms[4]));
}

static void small_facts(void **state) {
    (void)state;
    mg_mol *m = read_mol("C[C@H](N)C(=O)O.Cl");
    char *flat = mg_mol_smiles(m, false), *formula = mg_mol_formula(m);
    assert_string_equal(flat, "CC(N)C(=O)O.Cl");
    assert_string_equal(formula, "C3H8ClNO2");
    assert_true(fabs(mg_mol_weight(m) - 125.555) < 0.01);
    assert_int_equal(mg_mol_atoms(m), 7);
    assert_true(strncmp(mg_chem_version(), "RDKit 20", 8) == 0);
    free(flat);
    free(formula);
    mg_mol_free(m);
}

static void scaffolds(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"CCCC", ""},
                                           {"Cc1ccccc1CC", "c1ccccc1"},
                                           {"CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1"},
                                           {"C1CC1CCc1ccccc1O", "c1ccc(CCC2CC2)cc1"}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        mg_mol *m = read_mol(cases[i][0]);
        char *s = mg_mol_scaffold(m);
        assert_string_equal(s, cases[i][1]);
        free(s);
        mg_mol_free(m);
    }
}

static void molblock_round_trip(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(zoo); i++) {
        mg_mol *m = read_mol(zoo[i]);
        char *block = mg_mol_molblock(m), *before = mg_mol_smiles(m, true);
        molglot_row_status row;
        assert_non_null(block);
        mg_mol *back = mg_mol_from_molblock(block, strlen(block), NULL, &row);
        if (!back) fail_msg("%s: %s", zoo[i], row.reason);
        char *after = mg_mol_smiles(back, true);
        assert_string_equal(after, before);
        free(block);
        free(before);
        free(after);
        mg_mol_free(m);
        mg_mol_free(back);
    }
}

static void damaged_molblocks(void **state) {
    (void)state;
    mg_mol *m = read_mol("CC(=O)Oc1ccccc1C(=O)O");
    char *block = mg_mol_molblock(m);
    size_t n = strlen(block);
    for (size_t cut = 0; cut < n; cut += 7) {
        molglot_row_status row = {.ok = -1};
        mg_mol_free(mg_mol_from_molblock(block, cut, NULL, &row));
        assert_true(row.ok == 0 || row.ok == 1);
    }
    mg_rng rng = {7, 0, 0};
    for (int k = 0; k < 500; k++) {
        size_t at = mg_rng_below(&rng, n);
        char old = block[at];
        block[at] = (char)mg_rng_below(&rng, 128);
        mg_mol_free(mg_mol_from_molblock(block, n, NULL, NULL));
        block[at] = old;
    }
    free(block);
    mg_mol_free(m);
}

static void mutated_smiles_never_escape(void **state) {
    (void)state;
    static const char alphabet[] = "CNOPSFIBcnops[]()=#@+-./\\%1234567890:~$*Hlr";
    mg_rng rng = {11, 0, 0};
    char text[256];
    int bad = 0;
    for (int k = 0; k < 3000; k++) {
        snprintf(text, sizeof text, "%s", zoo[mg_rng_below(&rng, MG_COUNT(zoo))]);
        for (int edits = 0; edits < 2; edits++)
            text[mg_rng_below(&rng, strlen(text))] =
                alphabet[mg_rng_below(&rng, sizeof alphabet - 1)];
        molglot_row_status row = {.ok = -1};
        mg_mol *m = mg_mol_from_smiles(text, NULL, &row);
        assert_int_equal(row.ok, m != NULL);
        if (!m) {
            bad++;
            assert_true(row.reason[0] != 0);
            assert_true(row.offset >= -1 && row.offset < (int)strlen(text));
        }
        mg_mol_free(m);
    }
    assert_true(bad > 1000);
}

/* A donor with more bonds than it has gives its pair to the metal; one that has them keeps all. */
static void donors_of_metals(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"CN(C)(C)[Fe]", "CN(C)(C)->[Fe]"},
                                           {"C[N+](C)(C)[Fe]", "C[N+](C)(C)[Fe]"},
                                           {"CO(C)[Fe]", "CO(C)->[Fe]"},
                                           {"C[O-][Fe]", "C[O-]->[Fe]"},
                                           {"CS(C)(C)(C)(C)(C)[Fe]", "CS(C)(C)(C)(C)(C)->[Fe]"},
                                           {"CS(C)(C)(C)(C)[Fe]", "CS(C)(C)(C)(C)[Fe]"}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        mg_mol *m = read_mol(cases[i][0]);
        char *smiles = mg_mol_smiles(m, true);
        if (strcmp(smiles, cases[i][1])) fail_msg("%s: %s", cases[i][0], smiles);
        free(smiles);
        mg_mol_free(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(donors_of_metals),
        cmocka_unit_test(refuses_with_reason_and_place),
        cmocka_unit_test(canonical_smiles_is_a_fixed_point),
        cmocka_unit_test(random_smiles_is_the_same_molecule),
        cmocka_unit_test(doubled_backslash_is_one),
        cmocka_unit_test(ring_numbers_of_every_form),
        cmocka_unit_test(small_facts),
        cmocka_unit_test(scaffolds),
        cmocka_unit_test(molblock_round_trip),
        cmocka_unit_test(damaged_molblocks),
        cmocka_unit_test(mutated_smiles_never_escape),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
