/* The scan before RDKit: limits, balance, offsets; the diagnosis after RDKit's refusal; molblock
 * limits. */
#include "chem/chem.h"
#include "test_chem.h"

#include <time.h>

typedef struct refusal {
    const char *smiles, *reason;
    int offset;
} refusal;

static void refuses_with_place(void **state) {
    (void)state;
    static const refusal cases[] = {
        {"", "empty SMILES", 0},
        {"C1CC", "unclosed ring 1", 1},
        {"CC%12CC", "unclosed ring 12", 2},
        {"CC%(123)CC", "unclosed ring 123", 2},
        {"C(C", "unbalanced (", 1},
        {"CC)C", "unbalanced )", 2},
        {"C[NH3+", "unbalanced [", 1},
        {"CC]", "unbalanced ]", 2},
        {"C[]C", "empty brackets", 1},
        {"CC{O}", "unknown character", 2},
        {"CC\xc3\xa9", "unknown character", 2},
        {"CC O", "blank inside the SMILES", 2},
        {"CCX", "this letter is not an atom outside brackets", 2},
        {"1CC1", "ring number before any atom", 0},
        {"C%1", "% needs two digits, or (digits)", 1},
        {"C%(1", "% needs two digits, or (digits)", 1},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_row_status row;
        assert_int_equal(mg_smiles_prescan(cases[i].smiles, strlen(cases[i].smiles), NULL, &row),
                         MOLGLOT_BAD_FILE);
        assert_int_equal(row.ok, 0);
        assert_string_equal(row.reason, cases[i].reason);
        assert_int_equal(row.offset, cases[i].offset);
    }
}

static void accepts_what_smiles_allows(void **state) {
    (void)state;
    static const char *const good[] = {
        "C",
        "*",
        "[H][H]",
        "[2H]O",
        "C1CC1",
        "C%11CC%11",
        "C%(123)CC%(123)",
        "C1.C1",
        "F/C=C\\\\F",
        "N->[Fe]",
        "[#6]",
        "C~C",
        "c1ccccc1Br",
        "[C@TH1H](F)(Cl)Br",
        "C(=O)(O)[O-].[Na+]",
        "[CH3:7]O",
        "C$C",
        "[13C@@H](N)(C)O",
        "C=1CCCCC=1",
        "c1(C#N)c(Cl)cc(Cl)c(C)1",
    };
    for (size_t i = 0; i < MG_COUNT(good); i++) {
        molglot_row_status row;
        assert_int_equal(mg_smiles_prescan(good[i], strlen(good[i]), NULL, &row), MOLGLOT_OK);
        assert_int_equal(row.ok, 1);
        assert_int_equal(row.offset, -1);
        assert_false(mg_smiles_diagnose(good[i], strlen(good[i]), &row));
    }
}

static void diagnoses_grammar(void **state) {
    (void)state;
    static const refusal cases[] = {
        {"CC=", "bond without an atom after it", 2},
        {"=CC", "bond without an atom before it", 0},
        {"C==C", "two bonds in a row", 2},
        {"C()C", "empty branch", 1},
        {"(C)C", "branch without an atom before it", 0},
        {"C.(C)C", "branch without an atom before it", 2},
        {"C[Xx]", "unknown element in brackets", 2},
        {"C[NH2+x]", "cannot read this part of the bracket atom", 6},
        {"C11", "ring bond from an atom to itself", 2},
        {"C1C1", "two bonds between the same atoms", 3},
        {"C12CCCCC12", "two bonds between the same atoms", 9},
        {"C%00CCCCC%00", "a ring number after % begins with 1 to 9", 1},
        {"[U++++++]", "a charge of many signs: write a number, as in +6", 2},
        {"CC(1C)C1", "ring number without an atom before it", 3},
        {"C..C", "dot without an atom before it", 2},
        {"C[C@0H](F)Cl", "cannot read this part of the bracket atom", 4},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_row_status row;
        assert_int_equal(mg_smiles_prescan(cases[i].smiles, strlen(cases[i].smiles), NULL, NULL),
                         MOLGLOT_OK);
        assert_true(mg_smiles_diagnose(cases[i].smiles, strlen(cases[i].smiles), &row));
        assert_string_equal(row.reason, cases[i].reason);
        assert_int_equal(row.offset, cases[i].offset);
    }
}

static void enforces_limits_quickly(void **state) {
    (void)state;
    size_t n = 1000000;
    char *text = malloc(n + 1);
    molglot_row_status row;
    clock_t start = clock();
    memset(text, 'C', n);
    text[n] = 0;
    assert_null(mg_mol_from_smiles(text, NULL, &row));
    assert_string_equal(row.reason, "longer than 2000 characters");
    text[2000] = 0;
    assert_null(mg_mol_from_smiles(text, NULL, &row));
    assert_string_equal(row.reason, "more than 800 atoms");
    assert_int_equal(row.offset, 800);
    memset(text, '(', 1900);
    text[0] = 'C';
    assert_null(mg_mol_from_smiles(text, NULL, &row));
    assert_string_equal(row.reason, "more than 100 branches inside each other");
    assert_int_equal(row.offset, 101);
    memset(text, '*', 100);
    text[100] = 0;
    assert_null(mg_mol_from_smiles(text, NULL, &row));
    assert_string_equal(row.reason, "more than 16 wildcard atoms");
    assert_int_equal(row.offset, 16);
    memset(text, '[', n);
    assert_int_not_equal(
        mg_smiles_prescan(
            text, n, &(mg_chem_limits){.max_chars = 2000000, .max_atoms = 800, .max_depth = 100},
            &row),
        0);
    assert_string_equal(row.reason, "unbalanced [");
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 1); /* what is quadratic takes hours */
    free(text);
}

static void hydrogens_are_not_counted(void **state) {
    (void)state;
    const mg_chem_limits limits = {.max_chars = 100, .max_atoms = 1, .max_depth = 10};
    const char *methane = "[H]C([H])([H])[H]", *ethane = "CC", *mercury = "[Hg]C";
    assert_int_equal(mg_smiles_prescan(methane, strlen(methane), &limits, NULL), MOLGLOT_OK);
    assert_int_equal(mg_smiles_prescan(ethane, strlen(ethane), &limits, NULL), MOLGLOT_BAD_FILE);
    assert_int_equal(mg_smiles_prescan(mercury, strlen(mercury), &limits, NULL), MOLGLOT_BAD_FILE);
}

static void finds_atoms_in_the_string(void **state) {
    (void)state;
    const char *s = "ClC(Br)[C@H]([2H])c1ccccc1";
    assert_int_equal(mg_smiles_atom_offset(s, strlen(s), 0), 0);
    assert_int_equal(mg_smiles_atom_offset(s, strlen(s), 1), 2);
    assert_int_equal(mg_smiles_atom_offset(s, strlen(s), 2), 4);
    assert_int_equal(mg_smiles_atom_offset(s, strlen(s), 3), 7);
    assert_int_equal(mg_smiles_atom_offset(s, strlen(s), 4), 13);
    assert_int_equal(mg_smiles_atom_offset(s, strlen(s), 5), 18);
    assert_int_equal(mg_smiles_atom_offset(s, strlen(s), 99), -1);
}

static void undoubles_backslashes(void **state) {
    (void)state;
    char doubled[] = "F/C=C\\\\F.F/C=C\\\\F", single[] = "F/C=C\\F";
    assert_int_equal(mg_smiles_undouble(doubled), 2);
    assert_string_equal(doubled, "F/C=C\\F.F/C=C\\F");
    assert_int_equal(mg_smiles_undouble(single), 0);
    assert_string_equal(single, "F/C=C\\F");
}

static void molblock_limits(void **state) {
    (void)state;
    molglot_row_status row;
    const char *head = "\n\n\n  3  0  0  0  0  0  0  0  0  0999 V2000\n";
    const char *atom = "    0.0000    0.0000    0.0000 C   0  0\n";
    char block[512];
    snprintf(block, sizeof block, "%s%s%s%sM  END\n", head, atom, atom, atom);
    const mg_chem_limits two = {.max_chars = 100, .max_atoms = 2, .max_depth = 10};
    assert_int_equal(mg_molblock_prescan(block, strlen(block), NULL, &row), MOLGLOT_OK);
    assert_int_equal(mg_molblock_prescan(block, strlen(block), &two, &row), MOLGLOT_BAD_FILE);
    assert_string_equal(row.reason, "more than 2 atoms");
    assert_int_equal(mg_molblock_prescan("a\nb\n", 4, NULL, &row), MOLGLOT_BAD_FILE);
    assert_int_equal(mg_molblock_prescan("a\nb\n\0\n", 6, NULL, &row), MOLGLOT_BAD_FILE);
    assert_string_equal(row.reason, "zero byte in a molblock");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_with_place),        cmocka_unit_test(accepts_what_smiles_allows),
        cmocka_unit_test(diagnoses_grammar),         cmocka_unit_test(enforces_limits_quickly),
        cmocka_unit_test(hydrogens_are_not_counted), cmocka_unit_test(finds_atoms_in_the_string),
        cmocka_unit_test(undoubles_backslashes),     cmocka_unit_test(molblock_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
