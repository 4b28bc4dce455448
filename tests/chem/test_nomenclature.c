/* Systematic names: a table of names and their structures (systematic.tsv; no structure: refused).
 */
#include "../must.h"
#include "chem/nomenclature/nomenclature.h"
#include "names_table.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static void test_table(void **state) {
    (void)state;
    must_read_table("systematic.tsv", 503, 115);
}

/* What stands beside a molecule: acids and water behind a name, components between semicolons, the
 * ion of a cation. NULL: it is not understood, or the charges do not add up to nothing. */
static void what_stands_beside(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"propan-1-amine hydrochloride", "CCCN.Cl"},
        {"propan-1-amine;hydrochloride", "CCCN.Cl"},
        {"propan-1-amine, hydrochloride", "CCCN.Cl"},
        {"propan-1-amine monohydrochloride", "CCCN.Cl"},
        {"ethane-1,2-diamine dihydrochloride", "NCCN.Cl.Cl"},
        {"ethane-1,2-diamine;dihydrochloride", "NCCN.Cl.Cl"},
        {"piperazine trihydrochloride", "C1CNCCN1.Cl.Cl.Cl"},
        {"piperazine;trihydrochloride", "C1CNCCN1.Cl.Cl.Cl"},
        {"N-methylaniline hydrobromide", "CNc1ccccc1.Br"},
        {"propan-1-amine;hydrobromide", "CCCN.Br"},
        {"pyridine hydroiodide", "c1ccncc1.I"},
        {"butanoic acid hydrate", "CCCC(=O)O.O"},
        {"butanoic acid monohydrate", "CCCC(=O)O.O"},
        {"butanoic acid dihydrate", "CCCC(=O)O.O.O"},
        {"butanoic acid water", "CCCC(=O)O.O"},
        {"propan-1-amine;hydrate", "CCCN.O"},
        {"propan-1-amine;dihydrate", "CCCN.O.O"},
        {"propan-1-amine;trihydrate", "CCCN.O.O.O"},
        {"propan-1-amine sulfuric acid", "CCCN.OS(=O)(=O)O"},
        {"propan-1-amine nitric acid", "CCCN.O[N+](=O)[O-]"},
        {"propan-1-amine phosphoric acid", "CCCN.OP(=O)(O)O"},
        {"propan-1-amine oxalic acid", "CCCN.OC(=O)C(=O)O"},
        {"propan-1-amine hydrogen chloride", "CCCN.Cl"},
        {"propan-1-amine hydrogen bromide", "CCCN.Br"},
        {"propan-1-amine hydrogen iodide", "CCCN.I"},
        {"propan-1-amine hydrogen chloride hydrogen chloride", "CCCN.Cl.Cl"},
        {"propanoic acid ammonia", "CCC(=O)O.N"},
        {"propan-1-amine;acetic acid", "CCCN.CC(=O)O"},
        {"propan-1-amine;sulfuric acid", "CCCN.OS(=O)(=O)O"},
        {"propan-1-amine;nitric acid", "CCCN.O[N+](=O)[O-]"},
        {"propan-1-amine;phosphoric acid", "CCCN.OP(=O)(O)O"},
        {"butanoic acid;azane", "CCCC(=O)O.N"},
        {"propan-1-amine;propan-2-amine", "CCCN.CC(C)N"},
        {"propan-1-amine; propan-2-amine;hydrochloride", "CCCN.CC(C)N.Cl"},
        {"methyltrisiloxane", NULL}, /* at its end or within */
        {"chlorotrisilane", NULL},
        {"chlorodisiloxane", "[SiH3]O[SiH2]Cl"},
        {"trisiloxanylbenzene", NULL},
        {"trisilanylbenzene", NULL},
        {"disiloxanylbenzene", "[SiH3]O[SiH2]c1ccccc1"},
        {"propan-1-amine;nonsensical", NULL},
        {"nonsensical;propan-1-amine", NULL},
        /* ions */
        {"sodium;butanoate", "CCCC(=O)[O-].[Na+]"},
        {"potassium;butanoate", "CCCC(=O)[O-].[K+]"},
        {"lithium;butanoate", "CCCC(=O)[O-].[Li+]"},
        {"azanium;butanoate", "CCCC(=O)[O-].[NH4+]"},
        {"hydron;butanoate", "CCCC(=O)[O-].[H+]"},
        {"disodium;butanedioate", "O=C([O-])CCC(=O)[O-].[Na+].[Na+]"},
        {"dipotassium;butanedioate", "O=C([O-])CCC(=O)[O-].[K+].[K+]"},
        {"calcium;butanedioate", "O=C([O-])CCC(=O)[O-].[Ca+2]"},
        {"magnesium;butanedioate", "O=C([O-])CCC(=O)[O-].[Mg+2]"},
        {"zinc;butanedioate", "O=C([O-])CCC(=O)[O-].[Zn+2]"},
        {"trisodium;2-hydroxypropane-1,2,3-tricarboxylate",
         "OC(CC(=O)[O-])(CC(=O)[O-])C(=O)[O-].[Na+].[Na+].[Na+]"},
        {"calcium;butanoate", "CCCC(=O)[O-].CCCC(=O)[O-].[Ca+2]"},
        {"sodium;butanedioate", NULL},
        {"(2R)-L-alanine", NULL},       /* L is 2S */
        {"2-hydroxyacetanilide", NULL}, /* on the acetyl or on the ring? */
        {"2,2-dichloroacetanilide", "O=C(Nc1ccccc1)C(Cl)Cl"},
        {"2'-hydroxyacetanilide", "CC(=O)Nc1ccccc1O"},
        {"acetylsyringic acid", NULL}, /* on its oxygen */
        {"(2S)-L-alanine", "C[C@H](N)C(=O)O"},
        {"(3R)-L-threonine", "C[C@@H](O)[C@H](N)C(=O)O"},
        {"sodium;butanoic acid", NULL},
        {"tetramethylazanium;chloride", "C[N+](C)(C)C.[Cl-]"},
        {"tetramethylazanium;bromide", "C[N+](C)(C)C.[Br-]"},
        {"tetramethylazanium;iodide", "C[N+](C)(C)C.[I-]"},
        {"tetramethylazanium;fluoride", "C[N+](C)(C)C.[F-]"},
        {"tetramethylazanium;hydroxide", "C[N+](C)(C)C.[OH-]"},
        {"tetramethylazanium;perchlorate", "C[N+](C)(C)C.[O-][Cl+3]([O-])([O-])[O-]"},
        {"tetramethylazanium;tetrafluoroborate", "C[N+](C)(C)C.F[B-](F)(F)F"},
        {"tetramethylazanium;hexafluorophosphate", "C[N+](C)(C)C.F[P-](F)(F)(F)(F)F"},
        {"tetramethylazanium;dichloride", NULL},
        {"tetramethylazanium chloride", "C[N+](C)(C)C.[Cl-]"},
        {"1-methylpyridin-1-ium iodide", "C[n+]1ccccc1.[I-]"},
        {"1-methylpyridin-1-ium bromide", "C[n+]1ccccc1.[Br-]"},
        {"1-methylpyridin-1-ium fluoride", "C[n+]1ccccc1.[F-]"},
        /* hydrogens named with a locant */
        {"pyridin-2(1H)-one", "O=c1cccc[nH]1"},
        {"quinolin-2(1H)-one", "O=c1ccc2ccccc2[nH]1"},
        {"quinazoline-2,4(1H,3H)-dione", "O=c1[nH]c(=O)c2ccccc2[nH]1"},
        /* acids by their stems: both ends of a diacid, amides, hydrazides, chlorides */
        {"dimethyl succinate", "COC(=O)CCC(=O)OC"},
        {"diethyl malonate", "CCOC(=O)CC(=O)OCC"},
        {"dimethyl phthalate", "COC(=O)c1ccccc1C(=O)OC"},
        {"dibutyl adipate", "CCCCOC(=O)CCCCC(=O)OCCCC"},
        {"acetohydrazide", "CC(=O)NN"},
        {"benzohydrazide", "NNC(=O)c1ccccc1"},
        {"N'-phenylacetohydrazide", "CC(=O)NNc1ccccc1"},
        {"N-phenylacetohydrazide", "CC(=O)N(N)c1ccccc1"},
        {"acetyl chloride", "CC(=O)Cl"},
        {"4-nitrobenzoyl chloride", "O=C(Cl)c1ccc([N+](=O)[O-])cc1"},
        {"N-methylacetamide", "CNC(C)=O"},
        /* short forms of substituents */
        {"pentoxybenzene", "CCCCCOc1ccccc1"},
        {"4-hexadecoxybenzoic acid", "CCCCCCCCCCCCCCCCOc1ccc(C(=O)O)cc1"},
        {"4-cyclohexoxybenzoic acid", "O=C(O)c1ccc(OC2CCCCC2)cc1"},
        {"prop-2-enoxybenzene", "C=CCOc1ccccc1"},
        {"1-(3-cyclohexenyl)ethanone", "CC(=O)C1CCC=CC1"},
        {"4-(2-pyridinyl)phenol", "Oc1ccc(-c2ccccn2)cc1"},
        {"2-(3-thienyl)ethanol", "OCCc1ccsc1"},
        {"selenophene-2-carboxylic acid", "O=C(O)c1ccc[se]1"},
        {"2-methylselenophene", "Cc1ccc[se]1"},
        {"benzene-1,3,5-trisulfonic acid", "O=S(=O)(O)c1cc(S(=O)(=O)O)cc(S(=O)(=O)O)c1"},
        {"1-phenylmethanethioamide", "NC(=S)c1ccccc1"},
        /* turned round for an index */
        {"hexanoic acid methyl ester", "CCCCCC(=O)OC"},
        {"hexanoic acid, methyl ester", "CCCCCC(=O)OC"},
        {"ethanol, 2-methoxy-, acetate", "COCCOC(C)=O"},
        {"phenol, 4-chloro-, acetate", "CC(=O)Oc1ccc(Cl)cc1"},
        {"phosphoric acid, trimethyl ester", "COP(=O)(OC)OC"},
        {"sulfuric acid, dimethyl ester", "COS(=O)(=O)OC"},
        {"4-chlorobenzoicacid", "O=C(O)c1ccc(Cl)cc1"},
        /* the only centre, sulfoxide or double bond of a substituent */
        {"1-[(S)-phenyl(pyridin-2-yl)methyl]piperazine", "[C@@H](N1CCNCC1)(c1ccccn1)c1ccccc1"},
        {"1-[(R)-phenyl(pyridin-2-yl)methyl]piperazine", "[C@H](N1CCNCC1)(c1ccccn1)c1ccccc1"},
        {"[(R)-methylsulfinyl]benzene", "C[S@@](=O)c1ccccc1"},
        {"[(S)-methylsulfinyl]benzene", "C[S@](=O)c1ccccc1"},
        {"1-[(E)-but-2-enyl]piperidine", "C/C=C/CN1CCCCC1"},
        {"1-[(Z)-but-2-enyl]piperidine", "C/C=C\\CN1CCCCC1"},
        {"1-[(R)-phenylmethyl]piperazine", NULL},
        {"1-[(E)-butyl]piperidine", NULL},
        /* a blank too many */
        {"2,5-dimethyl benzoic acid", "Cc1ccc(C)c(C(=O)O)c1"},
        {"4-chloro benzaldehyde", "O=Cc1ccc(Cl)cc1"},
        {"2-methyl propan-1-ol", "CC(C)CO"},
        {"ethyl acetate", "CCOC(C)=O"},
        {"the acid", NULL},
        {"abc", NULL},
        {"", NULL},
    };
    int bad = 0;
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        char *smiles = NULL, *want = NULL;
        mg_mol *m = cases[i][1] ? mg_mol_from_smiles(cases[i][1], NULL, NULL) : NULL;
        must(mg_name_read(cases[i][0], &smiles, &err), &err);
        if (m) want = mg_mol_smiles(m, true);
        if (!want != !smiles || (want && strcmp(want, smiles))) {
            bad++;
            print_message("%s\n   is   %s\n   want %s\n", cases[i][0], smiles ? smiles : "",
                          want ? want : "");
        }
        mg_mol_free(m);
        free(want);
        free(smiles);
    }
    assert_int_equal(bad, 0);
}

/* Chains and rings by their number of carbons, and a group on each place of one. */
static void test_numbers(void **state) {
    (void)state;
    static const char *const stems[] = {
        "meth",     "eth",     "prop",     "but",     "pent",    "hex",      "hept",     "oct",
        "non",      "dec",     "undec",    "dodec",   "tridec",  "tetradec", "pentadec", "hexadec",
        "heptadec", "octadec", "nonadec",  "icos",    "henicos", "docos",    "tricos",   "tetracos",
        "pentacos", "hexacos", "heptacos", "octacos", "nonacos", "triacont"};
    char name[60], smiles[100];
    for (int n = 1; n <= (int)MG_COUNT(stems); n++)
        for (int kind = 0; kind < 4; kind++) {
            molglot_error err = {0};
            char *got = NULL;
            if ((kind == 1 && n < 3) || (kind == 2 && n < 4)) continue;
            snprintf(name, sizeof name,
                     kind == 0   ? "%sane"
                     : kind == 1 ? "cyclo%sane"
                     : kind == 2 ? "%san-2-ol"
                                 : "1-chloro%sane",
                     stems[n - 1]);
            snprintf(smiles, sizeof smiles, "%.*s%s", kind == 2 ? n - 2 : n,
                     "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC",
                     kind == 2   ? "C(C)O"
                     : kind == 3 ? "Cl"
                                 : "");
            if (kind == 1)
                snprintf(smiles, sizeof smiles, "C1%.*sC1", n - 2,
                         "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC");
            must(mg_name_read(name, &got, &err), &err);
            if (!got || strcmp(got, smiles))
                fail_msg("%s: %s, not %s", name, got ? got : "", smiles);
            free(got);
        }
}

/* Chains of 30 to 99 carbons. */
static void test_long_chains(void **state) {
    (void)state;
    static const char *const ones[] = {"",      "hen",  "do",    "tri",  "tetra",
                                       "penta", "hexa", "hepta", "octa", "nona"},
                             *const tens[] = {"tria",  "tetra", "penta", "hexa",
                                              "hepta", "octa",  "nona"};
    for (int n = 30; n <= 99; n++)
        for (int more = 0; more < 2; more++) {
            char name[60], smiles[104] = "";
            char *got = NULL;
            molglot_error err = {0};
            snprintf(name, sizeof name, more ? "1-chloro%s%scontane" : "%s%scontane", ones[n % 10],
                     tens[n / 10 - 3]);
            memset(smiles, 'C', (size_t)n);
            if (more) strcat(smiles, "Cl");
            must(mg_name_read(name, &got, &err), &err);
            if (!got || strcmp(got, smiles)) fail_msg("%s: %s", name, got ? got : "not read");
            free(got);
        }
}

/* Capitals, blanks around and a full stop say nothing. */
static void test_spelling(void **state) {
    (void)state;
    static const char *const names[] = {"2-chlorophenol", "2-Chlorophenol", " 2-CHLOROPHENOL ",
                                        "2-chlorophenol."};
    for (size_t i = 0; i < MG_COUNT(names); i++) {
        molglot_error err = {0};
        char *smiles = NULL;
        must(mg_name_read(names[i], &smiles, &err), &err);
        assert_non_null(smiles);
        assert_string_equal(smiles, "Oc1ccccc1Cl");
        free(smiles);
    }
}

/* What is long, nested or no text at all ends soon, without an answer. */
static void test_odd(void **state) {
    (void)state;
    static const char *const pieces[] = {"2-(", "methyl", "1,2,3-tri", "(2r)-",    "hex-1-en-",
                                         "1-",  "di",     "cyclo",     "\xC3\xA4", "\x01",
                                         "[",   ")",      "-",         " ",        "2-methyl-"};
    for (size_t i = 0; i < MG_COUNT(pieces); i++)
        for (int n = 1; n < 400; n = 2 * n + 1) {
            mg_str s = {0};
            molglot_error err = {0};
            char *smiles = NULL;
            for (int k = 0; k < n; k++) mg_str_addz(&s, pieces[i]);
            must(mg_name_read(s.s, &smiles, &err), &err);
            assert_null(smiles);
            mg_str_free(&s);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_beside), cmocka_unit_test(test_table),
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_long_chains),
        cmocka_unit_test(test_spelling),      cmocka_unit_test(test_odd)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
