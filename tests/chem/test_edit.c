/* test_edit.c - one change in a chemist's words: places, clauses, and what they make. */
#include "../must.h"
#include "chem/derive/derive.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *words;
    bool is;
    char atom, relative;
    int times;
    const char *locant;
} SITES[] = {
    {"its phenol OH", true, 'O', 0, 0, ""},
    {"both amines", true, 'N', 0, 2, ""},
    {"all the phosphates", true, 'O', 0, MG_EDIT_ALL, ""},
    {"the 3-OH", true, 'O', 0, 0, "3"},
    {"O-7", true, 'O', 0, 0, "7"},
    {"C-6", true, 'C', 0, 0, "6"},
    {"the 2alpha position", true, 'C', 0, 0, "2alpha"},
    {"N1 and N3", true, 'N', 0, 2, "1,3"},
    {"the OH at C-3", true, 'O', 0, 0, "3"},
    {"para to the chlorine", true, 'C', 'p', 0, ""},
    {"both ortho positions", true, 'C', 'o', 2, ""},
    {"the epsilon amine", true, 'N', 0, 0, ""},
    {"the thiol", true, 'S', 0, 0, ""},
    {"para to the frobnicate", false, 0, 0, 0, ""},
    {"the kitchen", false, 0, 0, 0, ""},
    {"sn-1", false, 0, 0, 0, ""},
    {"both O-3 and O-4 and O-6", false, 0, 0, 0, ""},
    {"", false, 0, 0, 0, ""},
};

static void sites(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(SITES); i++) {
        mg_site site;
        const bool is = mg_site_read(SITES[i].words, &site);
        if (is != SITES[i].is) fail_msg("%s: %d", SITES[i].words, is);
        if (!is) continue;
        if (mg_site_atom(&site) != SITES[i].atom || site.relative != SITES[i].relative ||
            site.times != SITES[i].times || strcmp(site.locant, SITES[i].locant) != 0)
            fail_msg("%s: %c %d %d '%s'", SITES[i].words, mg_site_atom(&site), site.relative,
                     site.times, site.locant);
    }
}

static const struct {
    const char *words;
    int act; /* -1: it is no clause */
    const char *what;
} CLAUSES[] = {
    {"sulfated on its phenol OH", MG_ACT_PUT, "sulfated"},
    {"N-acetylated", MG_ACT_PUT, "acetyl"},
    {"palmitoylated on both OHs", MG_ACT_PUT, "palmitoyl"},
    {"esterified with trans-caffeic acid", MG_ACT_JOIN, "trans-caffeic acid"},
    {"esterified at O-3 with oleic acid", MG_ACT_JOIN, "oleic acid"},
    {"with both amines protonated", MG_ACT_GAIN, ""},
    {"all phosphates ionised", MG_ACT_LOSE, ""},
    {"with the acid neutral", MG_ACT_NOTHING, ""},
    {"as the dianion", MG_ACT_CHARGE, ""},
    {"(4-)", MG_ACT_CHARGE, ""},
    {"in its zwitterionic form", MG_ACT_CHARGE, ""},
    {"with a methyl on nitrogen", MG_ACT_PUT, "methyl"},
    {"carrying NO2 para to the methyl", MG_ACT_PUT, "NO2"},
    {"hydroxylated at C4", MG_ACT_PUT, "hydroxy"},
    {"with the N-methyl gone", MG_ACT_REMOVE, "n-methyl"},
    {"with the chlorine replaced by fluorine", MG_ACT_REPLACE, "fluorine"},
    {"with chlorine in place of fluorine", MG_ACT_REPLACE, "chlorine"},
    {"where the fluorine has been replaced by chlorine", MG_ACT_REPLACE, "chlorine"},
    {"with Cl for F", MG_ACT_REPLACE, "Cl"},
    {"but the ethyl ester", MG_ACT_REPLACE, "ethyl"},
    {"with an ethyl ester instead of the methyl ester", MG_ACT_REPLACE, "ethyl"},
    {"with an N-ethyl instead of the N-methyl", MG_ACT_REPLACE, "ethyl"},
    {"N-desmethyl", MG_ACT_REMOVE, "n-methyl"},
    {"with the ester hydrolysed", MG_ACT_REMOVE, "ester"},
    {"with the nitro group reduced to the amine", MG_ACT_TURN, "amine"},
    {"with both nitro groups reduced to amines", MG_ACT_TURN, "amine"},
    {"with the ketone reduced", MG_ACT_TURN, ""},
    {"with the double bond hydrogenated", MG_ACT_TURN, "double bond"},
    {"with a para bromine", MG_ACT_PUT, "bromine"},
    {"para-brominated", MG_ACT_PUT, "bromo"},
    {"2,4-dibrominated", MG_ACT_PUT, "bromo"},
    {"brominated in the para position", MG_ACT_PUT, "bromo"},
    {"with the 3-OH replaced by F", -1, NULL},
    {"used for pain", -1, NULL},
    {"with Cl for pain", -1, NULL},
    {"with the nitrile hydrolysed", -1, NULL}, /* to the amide? */
    {"reduced", -1, NULL},
    {"2-dibrominated", -1, NULL},
    {"C-terminal amide", MG_ACT_END, "-NH2"},
    {"racemic", MG_ACT_FLAT, ""},
    {"hydroxylated", -1, NULL}, /* where? */
    {"esterified", -1, NULL},   /* with what? */
    {"sulfated in the morning", -1, NULL},
    {"esterified with oleic acid and acetic acid", -1, NULL},
    {"that inhibits COX-2", -1, NULL},
    {"with logP below 3", -1, NULL},
    {"with two rings", -1, NULL},
    {"", -1, NULL},
};

static void clauses(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(CLAUSES); i++) {
        mg_edit e;
        const int act = mg_edit_read(CLAUSES[i].words, &e) ? (int)e.act : -1;
        if (act != CLAUSES[i].act) fail_msg("%s: %d", CLAUSES[i].words, act);
        if (act >= 0 && strcmp(e.what, CLAUSES[i].what) != 0)
            fail_msg("%s: '%s'", CLAUSES[i].words, e.what);
    }
}

static const struct {
    const char *clause, *smiles, *partner, *product; /* NULL: none */
} MADE[] = {
    {"sulfated on its phenol OH", "OCCc1ccc(O)cc1", "group", "O=S(=O)(O)Oc1ccc(CCO)cc1"},
    {"sulfated", "OCCc1ccc(O)cc1", "group", NULL}, /* two places */
    {"sulfated on both OHs", "OCCO", "group", "O=S(=O)(O)OCCOS(=O)(=O)O"},
    {"methylated on both OHs", "OCC(O)CO", "group", NULL}, /* there are three */
    {"methylated on all OHs", "OCC(O)CO", "group", "COCC(COC)OC"},
    {"methylated on the 3-OH", "OCC(O)CO", "group", NULL}, /* which is that? */
    {"methylated on the 1-OH", "CCO", "group", "CCOC"},    /* the only one */
    {"dimethylated on nitrogen", "Nc1ccccc1", "group", "CN(C)c1ccccc1"},
    {"with a phenyl on each nitrogen", "NC(N)=O", "group", "O=C(Nc1ccccc1)Nc1ccccc1"},
    {"with a methyl on nitrogen", "NCC(=O)NC", "group", NULL},
    {"with a nitro para to the methyl", "Cc1ccccc1", "group", "Cc1ccc([N+](=O)[O-])cc1"},
    {"with a nitro ortho to the methyl", "Cc1cccc(Cl)c1", "group", NULL},
    {"with chlorines at both ortho positions", "Oc1ccccc1", "group", "Oc1c(Cl)cccc1Cl"},
    {"with an acetate para to the methyl", "Cc1ccccc1", "group", NULL}, /* on carbon? */
    {"esterified with acetic acid", "OCCN", "CC(=O)O", "CC(=O)OCCN"},
    {"amidated with acetic acid", "OCCN", "CC(=O)O", "CC(=O)NCCO"},
    {"coupled to acetic acid", "OCCN", "CC(=O)O", NULL}, /* where? */
    {"esterified with methanol", "O=C(O)c1ccccc1O", "CO", "COC(=O)c1ccccc1O"},
    {"with both amines protonated", "NCCCCC(N)C(=O)O", NULL, "[NH3+]CCCCC([NH3+])C(=O)O"},
    {"with the amine protonated", "NCCCCC(N)C(=O)O", NULL, NULL},
    {"all phosphates ionised", "OP(=O)(O)OCC(=O)O", NULL, "O=C(O)COP(=O)([O-])[O-]"},
    {"deprotonated at the carboxylate", "OP(=O)(O)OCC(=O)O", NULL, "O=C([O-])COP(=O)(O)O"},
    {"deprotonated", "OCC", NULL, NULL},
    {"with the N-methyl removed", "CNCCO", NULL, "NCCO"},
    {"with the methyl removed", "CNCCOC", NULL, NULL},
    {"without the N-methyl", "CN(C)CCO", NULL, NULL}, /* there are two */
    {"with one N-methyl removed", "CN(C)CCO", NULL, "CNCCO"},
    {"with both N-methyls removed", "CN(C)CCO", NULL, "NCCO"},
    {"demethylated", "Cc1ccc(OC)cc1", NULL, "Cc1ccc(O)cc1"},
    {"demethylated", "Cc1ccccc1", NULL, NULL},
    {"dechlorinated", "Clc1ccccc1", NULL, "c1ccccc1"},
    {"dechlorinated", "Clc1ccc(Cl)cc1", NULL, NULL},
    {"without the OH", "C[C@H](O)C(=O)O", NULL, "CCC(=O)O"},
    {"without the OH", "CC[C@](C)(O)Cl", NULL, NULL}, /* a centre stays */
    {"with the ester hydrolysed", "COC(=O)c1ccccc1", NULL, "O=C(O)c1ccccc1"},
    {"with the ester hydrolysed", "CC(=O)Oc1ccccc1", NULL, NULL}, /* which half? */
    {"with the ester hydrolysed", "COC(=O)CCC(=O)OC", NULL, NULL},
    {"with one chlorine replaced by fluorine", "Clc1ccc(Cl)cc1", "group", "Fc1ccc(Cl)cc1"},
    {"with the chlorine replaced by fluorine", "Clc1ccc(Cl)cc1", "group", NULL},
    {"with both chlorines replaced by fluorine", "Clc1ccc(Cl)cc1", "group", "Fc1ccc(F)cc1"},
    {"with the chlorine replaced by hydrogen", "Clc1ccccc1", NULL, "c1ccccc1"},
    {"with an N-ethyl instead of the N-methyl", "CNc1ccccc1", "group", "CCNc1ccccc1"},
    {"with a chlorine in place of the N-methyl", "CNc1ccccc1", "group", NULL},
    {"but the ethyl ester", "COC(=O)c1ccccc1", "group", "CCOC(=O)c1ccccc1"},
    {"with an amide in place of the acid", "C[C@H](N)C(=O)O", NULL, "C[C@H](N)C(N)=O"},
    {"with an amide in place of the acid", "OC(=O)CC(=O)O", NULL, NULL},
    {"with OH in place of NH2", "Nc1ccccc1", "group", "Oc1ccccc1"},
    {"with sulfur in place of oxygen", "C1COCCN1", NULL, "C1CSCCN1"},
    {"with sulfur in place of oxygen", "C1COCCO1", NULL, NULL},
    {"with the ring O replaced by CH2", "C1COCCN1", NULL, "C1CCNCC1"},
    {"with the nitro group reduced to the amine", "O=[N+]([O-])c1ccccc1", NULL, "Nc1ccccc1"},
    {"with the nitro group reduced to the amine", "O=[N+]([O-])c1ccc([N+](=O)[O-])cc1", NULL, NULL},
    {"with both nitro groups reduced to amines", "O=[N+]([O-])c1ccc([N+](=O)[O-])cc1", NULL,
     "Nc1ccc(N)cc1"},
    {"with the ketone reduced", "CC(=O)c1ccccc1", NULL, "CC(O)c1ccccc1"},
    {"with the ketone reduced", "CC(=O)CCC(C)=O", NULL, NULL},
    {"with the lactone opened", "O=C1CCCO1", NULL, "O=C(O)CCCO"},
    {"with the lactone opened", "O=C1CC2(CCO1)CC(=O)OC2", NULL, NULL},
    {"with the quinone reduced", "O=C1C=CC(=O)C=C1", NULL, "Oc1ccc(O)cc1"},
    {"oxidised to the ketone", "C[C@@H](O)c1ccccc1", NULL, "CC(=O)c1ccccc1"},
    {"oxidised to the acid", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", NULL, NULL},
    {"with the ester reduced to the alcohol", "COC(=O)c1ccccc1", NULL, "OCc1ccccc1"},
    {"with the double bond hydrogenated", "C=CCCC=C", NULL, NULL},
    {"with both double bonds hydrogenated", "C=CCCC=C", NULL, "CCCCCC"},
    {"hydrogenated", "C=Cc1ccc([N+](=O)[O-])cc1", NULL, NULL},
    {"fully hydrogenated", "C=Cc1ccccc1", NULL, NULL}, /* the ring too? */
    {"with a para bromine", "Nc1ccccc1", "group", "Nc1ccc(Br)cc1"},
    {"with a para bromine", "Nc1ccccc1C", "group", NULL},
    {"with two ortho chlorines", "Oc1ccccc1", "group", "Oc1c(Cl)cccc1Cl"},
    {"with the 7-methyl gone", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", NULL, "Cn1c(=O)c2[nH]cnc2n(C)c1=O"},
    {"with the chlorine replaced by fluorine", "Clc1ccccc1", "group", "Fc1ccccc1"},
    {"with the OH replaced by F", "CC[C@@H](C)O", "group", NULL}, /* which face? */
    {"racemic", "C[C@H](N)C(=O)O", NULL, "CC(N)C(=O)O"},
    {"racemic", "C/C=C/[C@H](C)O", NULL, NULL},
    {"with the acid neutral", "CC(=O)O", NULL, "CC(=O)O"},
};

static void products(void **state) {
    (void)state;
    molglot_error err = {0};
    for (size_t i = 0; i < MG_COUNT(MADE); i++) {
        mg_edit e;
        char *product;
        assert_true(mg_edit_read(MADE[i].clause, &e));
        const char *partner = MADE[i].partner;
        if (partner && !strcmp(partner, "group")) partner = mg_edit_group(e.what);
        must(mg_edit_apply(&e, MADE[i].smiles, partner, &product, &err), &err);
        if (!product != !MADE[i].product)
            fail_msg("%s on %s: %s", MADE[i].clause, MADE[i].smiles, product ? product : "nothing");
        if (product) {
            mg_mol *m = mg_mol_from_smiles(MADE[i].product, NULL, NULL);
            char *want = mg_mol_smiles(m, true);
            assert_string_equal(product, want);
            free(want);
            mg_mol_free(m);
        }
        free(product);
    }
}

/* Words in front of a name. */
static void heads(void **state) {
    (void)state;
    static const struct {
        const char *word, *smiles, *product; /* NULL: none */
    } rows[] = {
        {"desmethyl", "CN(C)Cc1ccccc1", "CNCc1ccccc1"},
        {"desmethyl", "CNCCOC", NULL},
        {"O-desmethyl", "CNCCOC", "CNCCO"},
        {"didesmethyl", "CN(C)Cc1ccccc1", "NCc1ccccc1"},
        {"didesmethyl", "CNCc1ccccc1", NULL},
        {"deschloro", "Clc1ccccc1", "c1ccccc1"},
        {"deacetyl", "CC(=O)Nc1ccccc1", "Nc1ccccc1"},
        {"deoxy", "OCCc1ccccc1", "CCc1ccccc1"},
        {"deoxy", "OCCO", NULL},
        {"nitro-reduced", "O=[N+]([O-])c1ccccc1", "Nc1ccccc1"},
        {"dihydro", "C=CCO", "CCCO"},
        {"dihydro", "C=CC=C", NULL},
        {"dihydro", "CC1=CC[C@H](O)CC1", NULL}, /* a new centre */
        {"epoxidised", "C=CCO", "OCC1CO1"},
        {"epoxidised", "c1ccccc1", NULL},
        {"deglycosylated", "OC[C@H]1O[C@@H](Oc2ccccc2)[C@H](O)[C@@H](O)[C@@H]1O", "Oc1ccccc1"},
        {"deglycosylated",
         "OC[C@H]1O[C@@H](OC[C@H]2OC(O)[C@H](O)[C@@H](O)[C@@H]2O)[C@H](O)[C@@H](O)"
         "[C@@H]1O",
         NULL},
        {"deglycosylated", "OCC1OCCCC1", NULL},
    };
    molglot_error err = {0};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        mg_edit e;
        char *product;
        assert_true(mg_edit_head(rows[i].word, &e));
        must(mg_edit_apply(&e, rows[i].smiles, NULL, &product, &err), &err);
        if (!product != !rows[i].product || (product && strcmp(product, rows[i].product) != 0))
            fail_msg("%s %s: %s", rows[i].word, rows[i].smiles, product ? product : "nothing");
        free(product);
    }
    mg_edit e;
    assert_false(mg_edit_head("nor", &e));
    assert_false(mg_edit_head("deaminated", &e)); /* to the ketone? */
    assert_false(mg_edit_head("frobnicated", &e));
}

static void nothing_to_put(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_edit e;
    char *product;
    assert_true(mg_edit_read("with a methyl on nitrogen", &e));
    must(mg_edit_apply(&e, "NCC", NULL, &product, &err), &err);
    assert_null(product);
    assert_null(mg_edit_group("frobnicate"));
    assert_string_equal(mg_edit_group("chlorines"), mg_edit_group("Cl"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sites), cmocka_unit_test(clauses),
                                       cmocka_unit_test(products), cmocka_unit_test(heads),
                                       cmocka_unit_test(nothing_to_put)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
