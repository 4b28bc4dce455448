/* test_protons.c - forms of molecules that differ in protons alone. */
#include "../must.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static molglot_error err;

/* How the forms of a molecule are written here: "+1 OC=O" each, in their order. first: there may be
 * more. */
static void forms_of(const char *smiles, const char *const *want, size_t n, bool first) {
    mg_proton_form *f;
    size_t got;
    char one[400];
    must(mg_proton_forms(&smiles, 1, &f, &got, &err), &err);
    for (size_t i = 0; i < got && i < n; i++) {
        snprintf(one, sizeof one, "%+d %s", f[i].protons, f[i].smiles);
        assert_int_equal(f[i].from, 0);
        if (strcmp(one, want[i])) fail_msg("%s, form %zu: %s, not %s", smiles, i, one, want[i]);
    }
    if (first ? got < n : got != n) fail_msg("%s: %zu forms, not %zu", smiles, got, n);
    mg_proton_forms_free(f, got);
}
#define FORMS(smiles, ...)                                         \
    do {                                                           \
        static const char *const want[] = {__VA_ARGS__};           \
        forms_of(smiles, want, sizeof want / sizeof *want, false); \
    } while (0)

static void places(void **state) {
    (void)state;
    static const char *const rows[][2] = {{"CC(=O)O", "-1 CC(=O)[O-]"},
                                          {"CC(=O)[O-]", "+1 CC(=O)O"},
                                          {"CC(=O)S", "-1 CC(=O)[S-]"},
                                          {"CS(=O)(=O)O", "-1 CS(=O)(=O)[O-]"},
                                          {"CS(=O)(=O)NC(C)=O", "-1 CC(=O)[N-]S(C)(=O)=O"},
                                          {"c1nnn[nH]1", "-1 c1nnn[n-]1"},
                                          {"Oc1ccccc1", "-1 [O-]c1ccccc1"},
                                          {"CS", "-1 C[S-]"},
                                          {"CN", "+1 C[NH3+]"},
                                          {"C[NH3+]", "-1 CN"},
                                          {"CN(C)C", "+1 C[NH+](C)C"},
                                          {"N=C(N)N", "+1 NC(N)=[NH2+]"},
                                          {"Nc1ccccc1", "+1 [NH3+]c1ccccc1"},
                                          {"c1ccncc1", "+1 c1cc[nH+]cc1"},
                                          {"O=C1CCC(=O)N1", "-1 O=C1CCC(=O)[N-]1"},
                                          {"OP(O)(=O)OC", "-2 COP(=O)([O-])[O-]"}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) forms_of(rows[i][0], &rows[i][1], 1, true);
}

static void several_places(void **state) {
    (void)state;
    /* an amino acid: anion, zwitterion, cation */
    FORMS("C[C@H](N)C(=O)O", "-1 C[C@H](N)C(=O)[O-]", "+0 C[C@H]([NH3+])C(=O)[O-]",
          "+1 C[C@H]([NH3+])C(=O)O");
    FORMS("C[C@H]([NH3+])C(=O)[O-]", "+0 C[C@H](N)C(=O)O", "-1 C[C@H](N)C(=O)[O-]",
          "+1 C[C@H]([NH3+])C(=O)O");
    /* both ends of one acid, which are different places */
    FORMS("O=C(O)C=CC(=O)OCC(=O)O", "-2 O=C([O-])C=CC(=O)OCC(=O)[O-]",
          "-1 O=C([O-])C=CC(=O)OCC(=O)O", "-1 O=C(O)C=CC(=O)OCC(=O)[O-]");
    /* a weak acid alone and beside the strong one */
    FORMS("O=C(O)c1ccc(O)cc1", "-1 O=C([O-])c1ccc(O)cc1", "-1 O=C(O)c1ccc([O-])cc1",
          "-2 O=C([O-])c1ccc([O-])cc1");
}

static void nothing(void **state) {
    (void)state;
    static const char *const none[] = {"CCO",             /* no acid, no base */
                                       "CC(N)=O",         /* an amide is neither */
                                       "C[N+](C)(C)C",    /* no proton makes this charge */
                                       "C[N+](C)(C)[O-]", /* nor these two */
                                       "O=[N+]([O-])c1ccccc1",
                                       "[Na+]",
                                       "[Cl-]",
                                       "CC(=O)[O-].[Na+]", /* the other part may hold the charge */
                                       "not a molecule",
                                       "C1CC",
                                       ""};
    for (size_t i = 0; i < MG_COUNT(none); i++) forms_of(none[i], NULL, 0, false);
}

/* Every form's forms lead back, and all are told apart. */
static void there_and_back(void **state) {
    (void)state;
    static const char *const all[] = {
        "NC(=N)NCCC[C@H](N)C(=O)O", "OC(=O)CC(O)(CC(=O)O)C(=O)O",
        "Nc1ncnc2c1ncn2[C@@H]1O[C@H](COP(=O)(O)OP(=O)(O)O)[C@@H](O)[C@H]1O"};
    mg_proton_form *f;
    size_t n;
    must(mg_proton_forms(all, MG_COUNT(all), &f, &n, &err), &err);
    assert_true(n > 20);
    for (size_t i = 0; i < n; i++) {
        mg_proton_form *back;
        size_t m, found = 0;
        mg_mol *mol = must_have(mg_mol_from_smiles(all[f[i].from], NULL, NULL), &err);
        char *start = mg_mol_smiles(mol, true);
        const char *const one = f[i].smiles;
        if (i && f[i].from < f[i - 1].from) fail_msg("form %zu: out of order", i);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(f[k].smiles, one)) fail_msg("%s: twice", one);
        if (!strcmp(one, start)) fail_msg("%s: the molecule itself", one);
        must(mg_proton_forms(&one, 1, &back, &m, &err), &err);
        for (size_t k = 0; k < m; k++)
            if (!strcmp(back[k].smiles, start))
                found++, assert_int_equal(back[k].protons, -f[i].protons);
        if (found != 1) fail_msg("%s: back to %s %zu times", one, start, found);
        mg_proton_forms_free(back, m);
        free(start);
        mg_mol_free(mol);
    }
    mg_proton_forms_free(f, n);
}

/* At most so many of one: a peptide of forty lysines. */
static void bounded(void **state) {
    (void)state;
    mg_str s = {0};
    mg_proton_form *f;
    size_t n;
    for (int i = 0; i < 40; i++) mg_str_addf(&s, "NC(CCCCN)C(=O)");
    mg_str_addf(&s, "O");
    const char *const one = s.s;
    must(mg_proton_forms(&one, 1, &f, &n, &err), &err);
    assert_true(n > 10 && n <= 48);
    mg_proton_forms_free(f, n);
    mg_str_free(&s);
    must(mg_proton_forms(NULL, 0, &f, &n, &err), &err);
    assert_int_equal(n, 0);
    mg_proton_forms_free(f, n);
}

static int prepare(void **state) {
    (void)state;
    return mg_chem_init(&err) ? -1 : 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(several_places),
                                       cmocka_unit_test(nothing), cmocka_unit_test(there_and_back),
                                       cmocka_unit_test(bounded)};
    return cmocka_run_group_tests(tests, prepare, NULL);
}
