/* Phrases that make one molecule of another: how they are read, and what they make. */
#include "../must.h"
#include "chem/derive/derive.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *words, *label, *name; /* NULL: no change is said */
} READ[] = {
    {"sodium salt of ibuprofen", "sodium salt", "ibuprofen"},
    {"the sodium salt of the ibuprofen.", "sodium salt", "ibuprofen"},
    {"ibuprofen sodium", "sodium salt", "ibuprofen"},
    {"Caffeine Hydrochloride", "hydrochloride", "Caffeine"},
    {"citric acid as its trianion", "trianion", "citric acid"},
    {"deprotonated phenol", "anion", "phenol"},
    {"N-acetyl-cysteine", "N-acetyl derivative", "cysteine"},
    {"methyl ester of benzoic acid", "methyl ester", "benzoic acid"},
    {"morphine N-oxide", "N-oxide", "morphine"},
    /* configurations */
    {"(R)-enantiomer of ranolazine", "R configuration", "ranolazine"},
    {"the S enantiomer of the drug", "S configuration", "drug"},
    {"the E-isomer of but-2-ene", "E configuration", "but-2-ene"},
    {"2-aminopentanoic acid that has S-configuration", "S configuration", "2-aminopentanoic acid"},
    {"a beta-phellandrene in which the chiral centre has R configuration", "R configuration",
     "beta-phellandrene"},
    {"ibuprofen with (S) configuration at the chiral centre", "S configuration", "ibuprofen"},
    {"an oxime having Z-configuration", "Z configuration", "oxime"},
    {"the L-enantiomer of thyroxine", "", "L-thyroxine"},
    {"d-isomer of alanine", "", "D-alanine"},
    {"the (+)-enantiomer of camphor", "", "(+)-camphor"},
    {"the (2R,3S)-stereoisomer of X-diol", "", "(2R,3S)-X-diol"},
    {"(R)-ibuprofen", "R configuration", "ibuprofen"},
    {"S-ibuprofen", "S configuration", "ibuprofen"},
    {"S-methyl something", NULL, NULL},
    {"something that has R-groups", NULL, NULL},
    {"a form of thyroxine", NULL, NULL},
    {"ibuprofen in the (S)-form of things", NULL, NULL},
    {"R-enantiomer", NULL, NULL},
    {"sodium", NULL, NULL},
    {"sodium salt of", NULL, NULL},
    {"salt of ibuprofen", NULL, NULL},
    {"ibuprofen", NULL, NULL},
    {"a sodium salt", NULL, NULL},
    {"hydrochloride", NULL, NULL},
    {"", NULL, NULL},
    {"of", NULL, NULL},
    {"   ", NULL, NULL},
};

static void test_read(void **state) {
    (void)state;
    mg_derivation d[MG_DERIVATIONS];
    molglot_error err = {0};
    int n;
    for (size_t i = 0; i < MG_COUNT(READ); i++) {
        must(mg_derivations_read(READ[i].words, d, &n, &err), &err);
        if (!READ[i].label != !n) fail_msg("%s: %d changes", READ[i].words, n);
        if (n && (strcmp(d[0].label, READ[i].label) || strcmp(d[0].name, READ[i].name)))
            fail_msg("%s: %s of %s", READ[i].words, d[0].label, d[0].name);
        mg_derivations_free(d, n);
    }
}

static const struct {
    const char *words, *smiles, *products; /* products with blanks between; "": none */
} MADE[] = {
    {"sulfone of xyl", "CSc1ccccc1", "CS(=O)(=O)c1ccccc1"},
    {"xyl sulfone", "CS(=O)c1ccccc1", "CS(=O)(=O)c1ccccc1"},
    {"sulfoxide of xyl", "CSCCSC", "CSCCS(C)=O"},
    {"sulfoxide of xyl", "CSSC", ""}, /* a disulfide has no such name */
    {"acid bromide of xyl", "CC(=O)O", "CC(=O)Br"},
    {"Weinreb amide of xyl", "CC(=O)O", "CON(C)C(C)=O"},
    {"xyl NHS ester", "CC(=O)O", "CC(=O)ON1C(=O)CCC1=O"},
    {"nitrile of xyl", "O=C(O)c1ccccc1", "N#Cc1ccccc1"},
    {"decarboxylated xyl", "NC(Cc1ccc(O)cc1)C(=O)O", "NCCc1ccc(O)cc1"},
    {"dimethyl acetal of xyl", "O=Cc1ccccc1", "COC(OC)c1ccccc1"},
    {"dimethyl acetal of xyl", "CC(=O)OC", ""}, /* an ester has none */
    {"dimethyl acetal of xyl", "CC(N)=O", ""},
    {"ethylene ketal of xyl", "O=C1CCCCC1", "C1CCC2(CC1)OCCO2"},
    {"xyl phenylhydrazone", "CC(C)=O", "CC(C)=NNc1ccccc1"},
    {"acetonide of xyl", "OCC(O)CO", "CC1(C)OCC(CO)O1"},
    {"acetonide of xyl", "OCCCO", ""},
    {"pinacol ester of xyl", "OB(O)c1ccccc1", "CC1(C)OB(c2ccccc2)OC1(C)C"},
    {"methiodide of xyl", "CN(C)CCO", "C[N+](C)(C)CCO.[I-]"},
    {"methiodide of xyl", "CNCCO", ""},
    {"bisulfate of xyl", "CN(C)CCO", "CN(C)CCO.O=S(=O)(O)O"},
    {"R-enantiomer of x acid", "CCC(N)C(=O)O", "CC[C@@H](N)C(=O)O"},
    {"S-enantiomer of x acid", "CCC(N)C(=O)O", "CC[C@H](N)C(=O)O"},
    {"S-enantiomer of x acid", "CC[C@H](N)C(=O)O", ""}, /* it has one */
    {"S-enantiomer of x acid", "CC(O)C(N)C(=O)O", ""},  /* of which centre? */
    {"S-enantiomer of x acid", "C[C@@H](O)C(N)C(=O)O", "C[C@@H](O)[C@H](N)C(=O)O"},
    {"x acid in which both centres have R-configuration", "CC(O)C(N)C(=O)O",
     "C[C@@H](O)[C@@H](N)C(=O)O"},
    {"x acid with R configuration", "CCC(=O)O", ""},
    {"E-isomer of butene", "CC=CC", "C/C=C/C"},
    {"Z-isomer of butene", "CC=CCC", "C/C=C\\CC"},
    {"Z-isomer of butene", "C=CCC", ""},
    {"Z-isomer of diene", "CC=CC=CC", ""},
    {"diene in which both double bonds have E configuration", "CC=CC=CC", "C/C=C/C=C/C"},
    {"R-enantiomer of allylic one", "C/C=C/C(O)CC", "C/C=C/[C@H](O)CC"},
    {"L-enantiomer of xyz", "NCC(=O)O", ""},
    {"L-enantiomer of xyz", "C[C@H](N)C(=O)O", "C[C@H](N)C(=O)O"},
    {"sodium salt of X00", "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "CC(C)Cc1ccc(C(C)C(=O)[O-])cc1.[Na+]"},
    {"sodium salt of X00", "CCCC", ""},
    {"X00 bromide", "C[N+](C)(C)CCO", "C[N+](C)(C)CCO.[Br-]"},
    {"X00 diiodide", "C[N+](C)(C)CC[N+](C)(C)C", "C[N+](C)(C)CC[N+](C)(C)C.[I-].[I-]"},
    {"X00 diiodide", "C[N+](C)(C)CCO", ""},
    {"X00 chloride", "CCN", ""},
    {"X00 chloride", "CC[NH3+]", ""},
    {"X00 chloride", "C[N+](C)(C)CC(=O)[O-]", ""},
    {"disodium salt of X00", "OC(=O)CC(=O)O", "O=C([O-])CC(=O)[O-].[Na+].[Na+]"},
    {"calcium salt of X00", "CC(=O)O", "CC(=O)[O-].CC(=O)[O-].[Ca+2]"},
    {"calcium salt of X00", "OC(=O)C(=O)O", "O=C([O-])C(=O)[O-].[Ca+2]"},
    {"zinc salt of X00", "CC(CNC(=S)S)NC(=S)S", "CC(CNC(=S)[S-])NC(=S)[S-].[Zn+2]"},
    {"sodium salt of X00", "OC(=O)C(=O)O", ""}, /* one, or both? */
    {"calcium salt of X00", "OC(=O)CC(O)(CC(=O)O)C(=O)O", ""},
    {"sodium salt of X00", "OC(=O)C(=O)O", ""},
    {"sodium salt of X00", "OC(=O)c1ccccc1O", "O=C([O-])c1ccccc1O.[Na+]"},
    {"dihydrochloride of X00", "Nc1ccccc1", ""},
    {"dihydrochloride of X00", "C1CNCCN1", "C1CNCCN1.Cl.Cl"},
    {"acetate of X00", "CN(C)CCO", ""}, /* a salt? */
    {"X00 hydrochloride", "CN", "CN.Cl"},
    {"X00 hydrochloride", "CO", ""},
    {"X00 maleate", "CN", "CN.O=C(O)/C=C\\C(=O)O"},
    /* the stronger acid, the stronger base */
    {"deprotonated X00", "O=C(O)c1ccc(O)cc1", "O=C([O-])c1ccc(O)cc1"},
    {"deprotonated X00", "O=C(O)c1ccc(S(=O)(=O)O)cc1", "O=C(O)c1ccc(S(=O)(=O)[O-])cc1"},
    {"deprotonated X00", "CCO", ""},
    {"dianion of X00", "O=C(O)c1ccc(O)cc1", "O=C([O-])c1ccc([O-])cc1"},
    {"protonated X00", "NCCc1ccc(N)cc1", "Nc1ccc(CC[NH3+])cc1"},
    {"protonated X00", "Cn1ccnc1", "Cn1cc[nH+]c1"},
    {"protonated X00", "CC(N)=O", ""},
    {"zwitterion of X00", "NCC(=O)O", "[NH3+]CC(=O)[O-]"},
    {"X00 dication", "NCCCC[C@H](N)C(=O)O", "[NH3+]CCCC[C@H]([NH3+])C(=O)O"},
    {"methyl ester of X00", "CC(=O)Oc1ccccc1C(=O)O", "COC(=O)c1ccccc1OC(C)=O"},
    {"methyl ester of X00", "OC(=O)CCC(=O)O", "COC(=O)CCC(=O)O"},
    {"dimethyl ester of X00", "OC(=O)CCC(=O)O", "COC(=O)CCC(=O)OC"},
    {"amide of X00", "OC(=O)c1ccccc1", "NC(=O)c1ccccc1"},
    {"X00 N-oxide", "CN1CCC[C@H]1c1cccnc1", "C[N+]1([O-])CCC[C@H]1c1cccnc1"},
    {"X00 glucuronide", "CC(=O)Nc1ccc(O)cc1",
     "CC(=O)Nc1ccc(O[C@@H]2O[C@H](C(=O)O)[C@@H](O)[C@H](O)[C@H]2O)cc1"},
    {"acetate of X00", "OCCCO", "CC(=O)OCCCO"},
    {"N-methyl X00", "NCCCCO", "CNCCCCO"},
    {"N-desmethyl X00", "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21", "O=C1CN=C(c2ccccc2)c2cc(Cl)ccc2N1"},
    {"O-desmethyl X00", "COc1ccccc1", "Oc1ccccc1"},
    {"enantiomer of X00", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"},
    {"enantiomer of X00", "CC(N)C(=O)O", ""},
    {"enantiomer of X00", "O=C(O)[C@H](O)[C@@H](O)C(=O)O", "O=C(O)[C@@H](O)[C@H](O)C(=O)O"},
    {"enantiomer of X00", "O=C(O)[C@H](O)[C@H](O)C(=O)O", ""}, /* meso */
    {"racemic X00", "C[C@H](N)C(=O)O", "CC(N)C(=O)O"},
};

static char *canonical(const char *smiles) {
    mg_mol *m = read_mol(smiles);
    char *out = mg_mol_smiles(m, true);
    mg_mol_free(m);
    assert_non_null(out);
    return out;
}

static void test_made(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(MADE); i++) {
        mg_derivation d[MG_DERIVATIONS];
        molglot_error err = {0};
        char **products;
        size_t n;
        int read;
        must(mg_derivations_read(MADE[i].words, d, &read, &err), &err);
        assert_true(read > 0);
        must(mg_derive(&d[0], MADE[i].smiles, 8, &products, &n, &err), &err);
        const bool want = *MADE[i].products;
        char *wanted = want ? canonical(MADE[i].products) : NULL;
        bool found = false;
        for (size_t k = 0; k < n; k++) {
            if (want) found |= !strcmp(products[k], wanted);
            free(products[k]);
        }
        if (found != want || (n > 0) != want)
            fail_msg("%s of %s: %zu products", MADE[i].words, MADE[i].smiles, n);
        free(wanted);
        free(products);
        mg_derivations_free(d, read);
    }
}

/* Several places give several products, in one order, at most as many as are wanted. */
static void test_places(void **state) {
    (void)state;
    mg_derivation d[MG_DERIVATIONS];
    molglot_error err = {0};
    char **products;
    size_t n;
    int read;
    must(mg_derivations_read("acetate of diol", d, &read, &err), &err);
    for (size_t most = 1; most < 4; most++) {
        must(mg_derive(&d[0], "OCCC(C)O", most, &products, &n, &err), &err);
        assert_int_equal(n, most < 2 ? most : 2);
        for (size_t k = 0; k < n; k++) free(products[k]);
        free(products);
    }
    mg_derivations_free(d, read);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read), cmocka_unit_test(test_made),
                                       cmocka_unit_test(test_places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
