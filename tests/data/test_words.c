/* test_words.c - what a cell looks like: SMILES, InChI, SELFIES, a number; where a CXSMILES begins;
 * fields of CSV and TSV as they are written. */
#include "../must.h"
#include "data/table/inside.h"

static void smiles(void **state) {
    (void)state;
    static const char
        *const good[] = {"C",     "CCO",  "c1ccccc1", "[Na+].[Cl-]", "ClBr",
                         "*",     "C*",   "C/C=C\\C", "C%12CC%12",   "[13C@@H:2](F)(Cl)Br",
                         "N#N",   "C$C",  "C~C",      "[*]",         "b1p[nH]o[se]s1",
                         "C:C-C", "F(C)I"},
               *const bad[] = {"",   "It", "12", "No", "On",     "cc",  "Cc",     "1C",
                               "Q",  "c",  "C]", "[C", "[C C]",  "C C", "C!",     "Ca",
                               "Cx", "=",  "()", "H",  "[C=C]1", "Si",  "alcohol"};
    for (size_t i = 0; i < MG_COUNT(good); i++) {
        if (!mg_looks_like_smiles(good[i], strlen(good[i]))) fail_msg("%s is none", good[i]);
        assert_true(mg_looks_like_molecule(good[i], strlen(good[i])));
    }
    for (size_t i = 0; i < MG_COUNT(bad); i++)
        if (mg_looks_like_smiles(bad[i], strlen(bad[i]))) fail_msg("%s is one", bad[i]);
    /* the length counts, not the end of the string */
    assert_true(mg_looks_like_smiles("CCO is", 3));
    assert_false(mg_looks_like_smiles("CC\0O", 4));
    assert_false(mg_looks_like_smiles("[C]", 2));
    assert_true(mg_looks_like_smiles("Cl", 1) && mg_looks_like_smiles("Br", 1));
}

static void inchi_and_selfies(void **state) {
    (void)state;
    assert_true(mg_looks_like_inchi("InChI=1S/", 9));
    assert_false(mg_looks_like_inchi("InChI=1S", 8));
    assert_false(mg_looks_like_inchi("InChI=2S/CH4", 12));
    static const struct {
        const char *text;
        mg_selfies is;
    } cases[] = {
        {"[C][=C][F]", MG_SELFIES},
        {"[C][#N]", MG_SELFIES},
        {"[C][$C]", MG_SELFIES},
        {"[/C][C]", MG_SELFIES},
        {"[\\C][C]", MG_SELFIES},
        {"[C][Ring1][Branch1]", MG_SELFIES},
        {"[Branch1]", MG_SELFIES},
        {"[C][nop]", MG_SELFIES},
        {"[epsilon]", MG_SELFIES},
        {"[C][Expl=Ring1]", MG_SELFIES},
        {"[C][C][O]", MG_MAYBE_SELFIES},
        {"[Cl][Br]", MG_MAYBE_SELFIES},
        {"[C].[O]", MG_MAYBE_SELFIES},
        {"[C]", MG_BRACKETS},
        {"[O][Oe]", MG_BRACKETS},
        {"[Na+].[Cl-]", MG_BRACKETS},
        {"[C][CH3]", MG_BRACKETS},
        {"[CC][C]", MG_BRACKETS},
        {"[H][H]", MG_BRACKETS},
        {".[C][C]", MG_NO_SELFIES},
        {"[C]C", MG_NO_SELFIES},
        {"[C][", MG_NO_SELFIES},
        {"", MG_NO_SELFIES},
        {"C", MG_NO_SELFIES},
        {"[][C]", MG_BRACKETS},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        const size_t n = strlen(cases[i].text);
        if (mg_looks_like_selfies(cases[i].text, n) != cases[i].is) fail_msg("%s", cases[i].text);
        if (mg_looks_like_molecule(cases[i].text, n) !=
            (cases[i].is == MG_SELFIES || mg_looks_like_smiles(cases[i].text, n)))
            fail_msg("%s as a molecule", cases[i].text);
    }
}

static void numbers(void **state) {
    (void)state;
    static const char *const good[] = {"1", "-1.5e-3", "1,5", "+.5", "007", "1E9"},
                             *const bad[] = {"", "-", "e", ".", "1x", "x1", "1 2", "n/a", "+e."};
    for (size_t i = 0; i < MG_COUNT(good); i++) assert_true(mg_looks_like_number(good[i]));
    for (size_t i = 0; i < MG_COUNT(bad); i++) assert_false(mg_looks_like_number(bad[i]));
}

static void cxsmiles(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t core;
    } cases[] = {{"CC", 2},  {"CC |a|", 2}, {"CC  \t|a|", 2}, {"CC|a|", 5},
                 {"|a|", 3}, {" |a|", 4},   {"C |", 1},       {"CC |a| name", 2}};
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        assert_int_equal(mg_smiles_core(cases[i].text, strlen(cases[i].text)), cases[i].core);
}

static void fields(void **state) {
    (void)state;
    static const struct {
        const char *text, *csv, *tsv, *semicolons;
    } cases[] = {
        {"", "", "", ""},
        {"a", "a", "a", "a"},
        {"a b", "a b", "a b", "a b"},
        {" a", "\" a\"", " a", "\" a\""},
        {"a ", "\"a \"", "a ", "\"a \""},
        {" ", "\" \"", " ", "\" \""},
        {"a,b", "\"a,b\"", "a,b", "a,b"},
        {"a;b", "a;b", "a;b", "\"a;b\""},
        {"a\"b", "\"a\"\"b\"", "a\"b", "\"a\"\"b\""},
        {"\"", "\"\"\"\"", "\"", "\"\"\"\""},
        {"a\nb", "\"a\nb\"", "a b", "\"a\nb\""},
        {"a\rb", "\"a\rb\"", "a b", "\"a\rb\""},
        {"a\tb", "a\tb", "a b", "a\tb"},
        {"b\n", "\"b\n\"", "b ", "\"b\n\""},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        const char *const expected[] = {cases[i].csv, cases[i].tsv, cases[i].semicolons};
        for (int k = 0; k < 3; k++) {
            mg_str s = {0};
            mg_csv_field(&s, cases[i].text, ",\t;"[k]);
            assert_string_equal(s.s, expected[k]);
            mg_str_free(&s);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smiles), cmocka_unit_test(inchi_and_selfies), cmocka_unit_test(numbers),
        cmocka_unit_test(cxsmiles), cmocka_unit_test(fields)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
