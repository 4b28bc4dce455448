/* test_odd.c - what is odd in a molecule: unpaired electrons, isotopes, elements, parts, charges.
 */
#include "test_chem.h"

#include <string.h>

static void odd_is(const char *smiles, const char *expected) {
    static const char letters[] = "RIMEPC";
    char got[8] = "";
    mg_mol *m = read_mol(smiles);
    const unsigned odd = mg_mol_odd(m);
    for (size_t i = 0, n = 0; letters[i]; i++)
        if (odd >> i & 1) got[n++] = letters[i];
    if (strcmp(got, expected)) fail_msg("%s: '%s', not '%s'", smiles, got, expected);
    mg_mol_free(m);
}

static void oddities(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"CCO", ""},
        {"C[CH2]", "R"},
        {"[CH3]", "R"},
        {"C[13CH3]", "I"},
        {"[2H]O[2H]", "I"},
        {"[Na]", "M"}, /* its electrons are its own */
        {"C[Hg]C", "M"},
        {"*C", "E"},
        {"[He]", "E"},
        {"C[As](C)C", "E"},
        {"C[GeH3]", "E"},
        {"C[Te]C", "E"},
        {"C[SbH2]", "M"},
        {"C[PoH]", "M"},
        {"C[AlH2]", "M"},
        {"CB(Br)[SiH2]P(F)[Se]SI", ""},
        {"O.CC", "P"},
        {"CC(=O)[O-].[Na+]", "MP"},
        {"C[NH3+].[Cl-]", "P"},
        {"[Cl-]", "C"},
        {"[H+].[Cl-]", "P"},
        /* charges that are usual, and beside them those that are not */
        {"C[N+](C)(C)C", ""},
        {"C[N+](=O)[O-]", ""},
        {"CC(=O)[O-]", ""},
        {"[O-]c1ccccc1", ""},
        {"C[O-]", "C"},
        {"C[OH2+]", "C"},
        {"c1cc[o+]cc1", ""},
        {"C[S-]", ""},
        {"C[S+](C)C", ""},
        {"C[P+](C)(C)C", ""},
        {"C[B-](F)(F)F", ""},
        {"C[BH+]", "C"},
        {"C[N+]#[C-]", ""},
        {"[C-]#N", ""},
        {"C=[N+]=[N-]", ""},
        {"[CH2-]C", "C"},
        {"C[C-]=[N+]=[N-]", ""},
        {"C[CH2+]", "C"},
        {"C[I+]C", "C"},
        {"C[NH2+][NH-]", ""},
        {"C[N-2]", "C"},
        {"C[Se+](C)C", ""},
        {"C[Si-](F)(F)(F)F", "C"},
        {"C[Mg+]", "M"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) odd_is(cases[i][0], cases[i][1]);
}

int main(void) {
    if (mg_chem_init(NULL)) return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(oddities)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
