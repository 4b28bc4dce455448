/* InChIKeys of well-known molecules (as PubChem gives them) with every kind of stereo, charge and
 * isotope that crosses over. */
#include "chem/chem.h"
#include "test_chem.h"

static const char *const known[][2] = {
    {"CC(=O)Oc1ccccc1C(=O)O", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"},        /* aspirin */
    {"CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "RYYVLZVUVIJVGH-UHFFFAOYSA-N"}, /* caffeine */
    {"C[C@H](N)C(=O)O", "QNAYBMKLOCPYGJ-REOHCLBHSA-N"},              /* L-alanine */
    {"C[C@@H](N)C(=O)O", "QNAYBMKLOCPYGJ-UWTATZPHSA-N"},             /* D-alanine */
    {"N[C@@H](C)C(=O)O", "QNAYBMKLOCPYGJ-REOHCLBHSA-N"},
    {"[C@@H](N)(C)C(=O)O", "QNAYBMKLOCPYGJ-UWTATZPHSA-N"},
    {"OC(=O)/C=C/C(=O)O", "VZCYOOQTPOCHFL-OWOJBTEDSA-N"},  /* fumaric acid */
    {"OC(=O)/C=C\\C(=O)O", "VZCYOOQTPOCHFL-UPHRSURJSA-N"}, /* maleic acid */
    /* testosterone */
    {"C[C@]12CC[C@H]3[C@H]([C@@H]1CC[C@@H]2O)CCC4=CC(=O)CC[C@]34C", "MUMGGOZAMZWBJJ-DYKIIFRCSA-N"},
    {"O[Cl](=O)(=O)=O", "VLTRZXGMWDSKGL-UHFFFAOYSA-N"},    /* perchloric acid */
    {"[O-]Cl(=O)=O.[Na+]", "YZHUMGUJCQRKBT-UHFFFAOYSA-M"}, /* sodium chlorate */
    {"[2H]O[2H]", "XLYOFNOQVPJJNP-ZSJDYOACSA-N"},          /* heavy water */
    {"[Na+].[Cl-]", "FAPWRFPIFSIZLT-UHFFFAOYSA-M"},
    {"C", "VNWKTOKETHGBQD-UHFFFAOYSA-N"},
};

static void known_keys(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(known); i++) {
        mg_mol *m = read_mol(known[i][0]);
        char *key = mg_mol_inchikey(m);
        assert_string_equal(key, known[i][1]);
        free(key);
        mg_mol_free(m);
    }
}

static void the_same_for_every_atom_order(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(known); i++) {
        mg_mol *m = read_mol(known[i][0]);
        for (uint64_t seed = 0; seed < 10; seed++) {
            char *shuffled = mg_mol_smiles_random(m, seed);
            mg_mol *again = read_mol(shuffled);
            char *key = mg_mol_inchikey(again);
            assert_string_equal(key, known[i][1]);
            free(key);
            free(shuffled);
            mg_mol_free(again);
        }
        mg_mol_free(m);
    }
}

static void what_inchi_cannot_do(void **state) {
    (void)state;
    mg_mol *m = read_mol("*C");
    assert_null(mg_mol_inchikey(m));
    mg_mol_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_keys),
                                       cmocka_unit_test(the_same_for_every_atom_order),
                                       cmocka_unit_test(what_inchi_cannot_do)};
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
