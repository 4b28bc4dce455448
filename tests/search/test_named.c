/* test_named.c - what a list draws otherwise than its name says: imidic acids, quinoids, acids of
 * anions, lost stereo and metals; names and conditions. */
#include "../must.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct listing {
    const char *name, *listed, *first; /* first, as it is listed: it stays alone */
} listing;

/* Each name's best structure, of a dictionary that lists them so. */
static void first_is(const listing *cases, size_t n) {
    const char **listed = must_have(calloc(n, sizeof *listed), NULL);
    mg_name_row *rows = must_have(calloc(n, sizeof *rows), NULL);
    molglot_error err = {0};
    mg_dictionary_laid laid;
    for (size_t i = 0; i < n; i++) {
        listed[i] = cases[i].listed;
        rows[i] = (mg_name_row){cases[i].name, (int32_t)i, MG_NAME_PUBCHEM, 8};
    }
    const mg_dictionary_contents c = {
        .row = rows, .names = n, .smiles = listed, .plain = listed, .molecules = n};
    must(mg_dictionary_lay(&c, &laid, &err), &err);
    mg_dictionary *d = must_have(mg_dictionary_open(laid.part, laid.names, laid.molecules, &err),
                                 &err);
    for (size_t i = 0; i < n; i++) {
        mg_name_hits hits;
        must(mg_name_find(d, cases[i].name, &hits, &err), &err);
        const size_t many = strcmp(cases[i].listed, cases[i].first) ? 2 : 1;
        if (hits.n != many) fail_msg("%s: %zu structures", cases[i].name, hits.n);
        mg_mol *got = must_have(mg_mol_from_smiles(hits.hit[0].smiles, NULL, NULL), &err),
               *want = must_have(mg_mol_from_smiles(cases[i].first, NULL, NULL), &err);
        char *x = mg_mol_smiles(got, true), *y = mg_mol_smiles(want, true);
        if (strcmp(x, y)) fail_msg("%s: %s, not %s", cases[i].name, x, y);
        assert_string_equal(hits.hit[0].name, cases[i].name);
        assert_int_equal(hits.hit[0].how == MG_NAME_MADE, many == 2); /* no list has it */
        assert_string_equal(hits.hit[many - 1].smiles, cases[i].listed);
        free(x);
        free(y);
        mg_mol_free(got);
        mg_mol_free(want);
        mg_name_hits_free(&hits);
    }
    mg_dictionary_close(d);
    free(laid.bytes);
    free(listed);
    free(rows);
}

static void amides_of_old_lists(void **state) {
    (void)state;
    static const listing cases[] = {
        {"one old amide", "CN=C(C)O", "CNC(C)=O"},
        {"two old amides", "CN=C(O)CCC(O)=NC", "CNC(=O)CCC(=O)NC"},
        {"three old amides", "CN=C(O)CC(C(O)=NC)C(O)=NC", "CNC(=O)CC(C(=O)NC)C(=O)NC"},
        {"old carbamate", "CN=C(O)OC", "CN=C(O)OC"},
        {"nothing on it", "N=C(C)O", "N=C(C)O"},
        {"no acid", "CN=C(C)OC", "CN=C(C)OC"},
        {"an amide", "CNC(C)=O", "CNC(C)=O"},
        {"an imidic acid", "CCN=C(C)O", "CCN=C(C)O"},
        {"alcohol", "CCO", "CCO"},
    };
    first_is(cases, MG_COUNT(cases));
}

/* overruled.c: a list's structure that its own name denies stands behind what the name says. */
static void names_overrule_lists(void **state) {
    (void)state;
    static const listing cases[] = {
        {"propane-1,2,3-tricarboxylate", "O=C(O)CC(CC(=O)O)C(=O)O",
         "O=C([O-])CC(CC(=O)[O-])C(=O)[O-]"},
        {"propane-1,3-diaminium", "NCCCN", "[NH3+]CCC[NH3+]"},
        {"butane-1,4-disulfonic acid", "O=S(=O)([O-])CCCCS(=O)(=O)[O-]",
         "O=S(=O)([O-])CCCCS(=O)(=O)[O-]"}, /* a list may know better */
        {"quinolin-7-ol", "O=c1ccc2ccc[nH]c-2c1", "Oc1ccc2cccnc2c1"},
        {"pyridin-2-ol", "O=c1cccc[nH]1", "O=c1cccc[nH]1"}, /* drawn either way */
        {"4-hydroxypent-3-en-2-one", "CC(=O)CC(C)=O", "CC(=O)C=C(C)O"},
        {"(2E,6Z)-nona-2,6-dien-1-ol", "CCC=CCCC=CCO", "CC/C=C\\CC/C=C/CO"},
        {"2-chloropropanoic acid", "C[C@H](Cl)C(=O)O", "C[C@H](Cl)C(=O)O"},
        {"barium dihydroxide", "[Ba+2]", "[Ba+2].[OH-].[OH-]"},
        {"4-chlorobutyl acetate", "CCCCOC(C)=O", "CCCCOC(C)=O"}, /* another molecule */
        {"choline acetate", "CC(=O)OCC[N+](C)(C)C", "CC(=O)OCC[N+](C)(C)C"},
        {"2,3-diphenylpropanenitrile", "CCCC(c1ccccc1)c1ccccc1", "CCCC(c1ccccc1)c1ccccc1"},
        {"2,3-diphenylbutane", "CCOC(=O)C(N)=O", "CC(c1ccccc1)C(C)c1ccccc1"},
        {"rutinose flavonol", "O=c1cc2oc(-c3ccccc3)c(OC)c(O)c-2c(O)c1",
         "COc1c(-c2ccccc2)oc2cc(O)cc(O)c2c1=O"},
        {"red dye", "CCN(CC)c1ccc2nc3c4ccccc4c(=O)cc-3oc2c1",
         "CCN(CC)c1ccc2nc3c4ccccc4c(=O)cc-3oc2c1"},
    };
    first_is(cases, MG_COUNT(cases));
}

/* "tungstate" of a list that draws water. */
static void metals_are_in_lists(void **state) {
    (void)state;
    static const char *const listed[] = {"O", "[W]", "O=[As][O-].[Na+]"};
    static const mg_name_row rows[] = {{"tungstate", 0, MG_NAME_METANETX, 8},
                                       {"tungsten", 1, MG_NAME_PUBCHEM, 8},
                                       {"sodium arsenite", 2, MG_NAME_PUBCHEM, 8}};
    static const char *const found[] = {NULL, "[W]", "O=[As][O-].[Na+]"};
    const mg_dictionary_contents c = {
        .row = rows, .names = 3, .smiles = listed, .plain = listed, .molecules = 3};
    molglot_error err = {0};
    mg_dictionary_laid laid;
    must(mg_dictionary_lay(&c, &laid, &err), &err);
    mg_dictionary *d = must_have(mg_dictionary_open(laid.part, laid.names, laid.molecules, &err),
                                 &err);
    for (size_t i = 0; i < 3; i++) {
        mg_name_hits hits;
        must(mg_listed_find(d, rows[i].name, &hits, &err), &err);
        assert_int_equal(hits.n, found[i] ? 1 : 0);
        if (found[i]) assert_string_equal(hits.hit[0].smiles, found[i]);
        mg_name_hits_free(&hits);
    }
    mg_dictionary_close(d);
    free(laid.bytes);
}

/* A list has a name without the stereo that it says: what it says stands first. */
static void stereo_of_names(void **state) {
    (void)state;
    static const struct {
        const char *name, *listed, *first; /* first, as it is listed: it stays alone */
    } cases[] = {{"(2S)-2-chlorobutanoic acid", "CCC(Cl)C(=O)O", "CC[C@H](Cl)C(=O)O"},
                 {"2-chlorobutanoic acid", "CCC(Cl)C(=O)O", "CCC(Cl)C(=O)O"},
                 {"(2E)-but-2-enoic acid", "CCC=CC(=O)O", "CCC=CC(=O)O"}, /* another molecule */
                 {"(2R)-2-chlorobutanoic acid", "CC[C@H](Cl)C(=O)O", "CC[C@H](Cl)C(=O)O"}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        const mg_name_row row = {cases[i].name, 0, MG_NAME_PUBCHEM, 1};
        const mg_dictionary_contents c = {.row = &row,
                                          .names = 1,
                                          .smiles = &cases[i].listed,
                                          .plain = &cases[i].listed,
                                          .molecules = 1};
        molglot_error err = {0};
        mg_dictionary_laid laid;
        mg_name_hits hits;
        must(mg_dictionary_lay(&c, &laid, &err), &err);
        mg_dictionary *d =
            must_have(mg_dictionary_open(laid.part, laid.names, laid.molecules, &err), &err);
        must(mg_name_find(d, cases[i].name, &hits, &err), &err);
        const bool same = !strcmp(cases[i].listed, cases[i].first);
        assert_int_equal(hits.n, same ? 1 : 2);
        assert_string_equal(hits.hit[0].smiles, cases[i].first);
        assert_int_equal(hits.hit[0].sources, same ? MG_NAME_PUBCHEM : MG_NAME_OWN);
        assert_string_equal(hits.hit[hits.n - 1].smiles, cases[i].listed);
        mg_name_hits_free(&hits);
        mg_dictionary_close(d);
        free(laid.bytes);
    }
}

static void without_a_dictionary(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_name_hits hits;
    must(mg_name_find(NULL, "2-chloropyridine", &hits, &err), &err);
    assert_int_equal(hits.n, 1);
    assert_string_equal(hits.hit[0].smiles, "Clc1ccccn1");
    mg_name_hits_free(&hits);
    must(mg_name_find(NULL, "sodium salt of nobodyknows", &hits, &err), &err);
    assert_int_equal(hits.n, 0);
    mg_name_hits_free(&hits);
}

/* ---- a dictionary of a few names ---- */

static const struct {
    const char *name, *smiles;
    uint8_t sources;
} listed[] = {
    {"aspirin", "CC(=O)Oc1ccccc1C(=O)O", MG_NAME_PUBCHEM | MG_NAME_CHEBI},
    {"alaninic thing", "C[C@H](N)C(=O)O", MG_NAME_PUBCHEM},
    /* stereo that a list leaves out and the name says; a zwitterion without its charges */
    {"Ala-Gly", "CC(N)C(=O)NCC(=O)O", MG_NAME_PUBCHEM},
    {"Gly-Ala", "CCC(N)C(=O)NCC(=O)O", MG_NAME_PUBCHEM},
    {"Ala-Gly zwitterion", "CC(N)C(=O)NCC(=O)O", MG_NAME_PUBCHEM},
    {"alaninic thing anion", "C[C@H](N)C(=O)O", MG_NAME_PUBCHEM}, /* with its proton */
    /* a metal that a list leaves out: nothing without it, or the rest of a salt */
    {"oldplatin", "N", MG_NAME_PUBCHEM},
    {"thingylmercury", "CN", MG_NAME_PUBCHEM},
    {"thingylsilane", "CC[Si](CC)CC", MG_NAME_PUBCHEM},
    {"thingylbromin", "Cc1ccc[c]c1", MG_NAME_PUBCHEM},
    {"thingylsilyl", "CCC[Si](CC)CC", MG_NAME_PUBCHEM},
    {"newplatin", "[NH2-][Pt+2][NH2-]", MG_NAME_PUBCHEM},
    {"gadothing", "CCCO", MG_NAME_PUBCHEM},
    {"hydroxocobalamin", "CCCCO", MG_NAME_PUBCHEM},
    {"sodium thing", "CC(=O)O", MG_NAME_PUBCHEM},
    {"potassium thing", "CC(=O)[O-].[K+]", MG_NAME_PUBCHEM},
    {"nosodium thing", "CCC(=O)O", MG_NAME_PUBCHEM},
    {"copper thing", "CCCC(=O)O", MG_NAME_PUBCHEM},
    {"zincate thing", "CCCCC(=O)O", MG_NAME_PUBCHEM},
    {"lithium both", "CCCCC", MG_NAME_PUBCHEM},
    {"lithium both", "[Li]CCCC", MG_NAME_PUBCHEM},
    /* stereo that a list leaves out */
    {"(R)-thing", "CCC(C)O", MG_NAME_PUBCHEM},
    {"(+)-thing", "CCC(C)N", MG_NAME_PUBCHEM},
    {"S-(-)-thing", "CCC(C)S", MG_NAME_PUBCHEM},
    {"(S)-drawn", "CC[C@H](C)O", MG_NAME_PUBCHEM},
    {"thing-(R)-x", "CCC(C)F", MG_NAME_PUBCHEM},
    /* names that are conditions, too */
    {"thioamide", "CCNC(=S)c1ccncc1", MG_NAME_PUBCHEM},
    {"tosyl chloride", "Cc1ccc(S(=O)(=O)Cl)cc1", MG_NAME_PUBCHEM},
    {"copper sulfate", "O=S(=O)([O-])[O-].[Cu+2]", MG_NAME_PUBCHEM},
    {"dibenzylamine", "c1ccc(CNCc2ccccc2)cc1", MG_NAME_PUBCHEM},
    {"aminopyrimidine", "Nc1ncccn1", MG_NAME_PUBCHEM},
    {"methyl ketone", "CC(C)=O", MG_NAME_PUBCHEM},
    {"aryl chloride", "Clc1ccccc1", MG_NAME_PUBCHEM},
    {"nitrile", "CC#N", MG_NAME_PUBCHEM | MG_NAME_CHEBI},
    {"nitriles", "CCC#N", MG_NAME_PUBCHEM | MG_NAME_CHEBI},
    {"pyridine", "c1ccncc1", MG_NAME_PUBCHEM},
    {"pyridines", "Cc1ccncc1", MG_NAME_PUBCHEM},
    {"C6H6", "c1ccccc1", MG_NAME_PUBCHEM | MG_NAME_CHEBI},
    {"diol", "OCCO", MG_NAME_PUBCHEM | MG_NAME_CHEBI},
    {"glimmerol", "CCCCCC", MG_NAME_PUBCHEM},
    /* a salt that a list leaves out */
    {"morphing", "CCN(C)CC", MG_NAME_PUBCHEM},
    {"morphing nitrate", "CCN(C)CC", MG_NAME_PUBCHEM},
    {"morphing sulfate", "CCN(C)CC", MG_NAME_PUBCHEM},
    {"cholinic thing", "C[N+](C)(C)CCO", MG_NAME_PUBCHEM},
    /* salts, water, charges that a list has otherwise than its name */
    {"cadmium nitrate tetrahydrate", "O.O=[N+]([O-])O.[Cd]", MG_NAME_PUBCHEM},
    {"cadmium thing tetrahydrate", "CC(=O)O.O.[Cd]", MG_NAME_PUBCHEM},
    {"tungstate", "O", MG_NAME_PUBCHEM},
    {"dihydrogen arsenite", "O[As](O)O", MG_NAME_PUBCHEM},
    {"diethyl phosphite", "CCO[P+](=O)OCC", MG_NAME_PUBCHEM},
    {"glimmerose", "O.OC1CCCCO1", MG_NAME_PUBCHEM},
    {"glimmerose hydrate", "O.OC1CCCCO1", MG_NAME_PUBCHEM},
    {"inner glimmer", "C[N+](C)(C)CC(=O)[O-].Cl", MG_NAME_PUBCHEM},
    {"glimmer aceturate", "CCCCCN", MG_NAME_PUBCHEM},
    {"glimmer sulphate (2:1)", "CCCCCCN", MG_NAME_PUBCHEM},
    {"Mg-glimmerin", "CCCCCCCN", MG_NAME_PUBCHEM},
    {"glimmer citrate pentahydrate", "CCCCCCCN.O=C(O)CC(O)(CC(=O)O)C(=O)O", MG_NAME_PUBCHEM},
    {"4-chlorophenylacetate", "O=C(O)Cc1ccc(Cl)cc1", MG_NAME_PUBCHEM},
    {"glimmerenoate", "CCCC=CC(=O)O", MG_NAME_PUBCHEM},
    {"glimmeraminoate", "NCCC=CC(=O)O", MG_NAME_PUBCHEM},
};
enum { LISTED = MG_COUNT(listed) };
static mg_dictionary *names;
static char *names_bytes;

static void open_names(void) {
    static const char *smiles[LISTED];
    static char *plain[LISTED];
    static mg_name_row rows[LISTED];
    molglot_error err = {0};
    mg_dictionary_laid laid;
    for (size_t i = 0; i < LISTED; i++) {
        mg_mol *m = must_have(mg_mol_from_smiles(listed[i].smiles, NULL, NULL), &err);
        plain[i] = mg_mol_smiles(m, false);
        mg_mol_free(m);
        smiles[i] = listed[i].smiles;
        rows[i] = (mg_name_row){listed[i].name, (int32_t)i, listed[i].sources, 8};
    }
    const mg_dictionary_contents c = {.row = rows,
                                      .names = LISTED,
                                      .smiles = smiles,
                                      .plain = (const char *const *)plain,
                                      .molecules = LISTED};
    must(mg_dictionary_lay(&c, &laid, &err), &err);
    names = must_have(mg_dictionary_open(laid.part, laid.names, laid.molecules, &err), &err);
    names_bytes = laid.bytes;
    for (size_t i = 0; i < LISTED; i++) free(plain[i]);
}

static void close_names(void) {
    mg_dictionary_close(names);
    free(names_bytes);
}

static bool same_molecule(const char *a, const char *b) {
    mg_mol *x = mg_mol_from_smiles(a, NULL, NULL), *y = mg_mol_from_smiles(b, NULL, NULL);
    char *p = x ? mg_mol_smiles(x, true) : NULL, *q = y ? mg_mol_smiles(y, true) : NULL;
    const bool same = p && q && !strcmp(p, q);
    free(p);
    free(q);
    mg_mol_free(x);
    mg_mol_free(y);
    return same;
}

/* A molecule that is not wanted, by all the words behind the denial. */
static void denials_are_found(void **state) {
    (void)state;
    static const struct {
        const char *words, *name, *left; /* NULL: none is denied */
    } cases[] = {{"a painkiller that is not aspirin", "aspirin", "a painkiller"},
                 {"an acid but not Aspirin.", "Aspirin", "an acid"},
                 {"anything except aspirin", "aspirin", "anything"},
                 {"a ring other than pyridine", "pyridine", "a ring"},
                 {"aspirin", NULL, NULL},
                 {"not in the dictionary", NULL, NULL},
                 {"a painkiller that is not aspirin or so", "aspirin", "a painkiller or so"},
                 {"an acid other than aspirin with a ring", "aspirin", "an acid with a ring"},
                 {"neither pyridine nor aspirin", NULL, NULL},
                 {"a drug, neither pyridine nor aspirin", "pyridine nor aspirin", "a drug,"},
                 {"not aspirinlike or so", NULL, NULL},
                 {"one that is not in aspirin", NULL, NULL}};
    open_names();
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_named k;
        mg_str says = {0};
        must(mg_named_find(names, cases[i].words, &k, &err), &err);
        const bool found = k.denied.n != 0;
        if (found != (cases[i].name != NULL)) fail_msg("%s", cases[i].words);
        mg_named_say(&k, &says);
        if (found) {
            char left[80];
            snprintf(left, sizeof left, "%s", cases[i].words);
            mg_denied_cut(&k.denied, left);
            assert_string_equal(k.denied.name, cases[i].name);
            assert_string_equal(left, cases[i].left);
            assert_non_null(strstr(says.s, "left out: "));
            mg_mol *ion = mg_mol_from_smiles("CC(=O)Oc1ccccc1C(=O)[O-]", NULL, NULL);
            assert_int_equal(mg_denied_is(&k.denied, ion),
                             strcasestr(cases[i].name, "aspirin") != NULL);
            mg_mol_free(ion);
        }
        mg_str_free(&says);
        mg_named_free(&k);
    }
    close_names();
}

/* Words of a list that a request has used are gone from what is left. */
static void a_list_is_cut(void **state) {
    (void)state;
    const mg_denied d = {.name = "aspirin, caffeine or pyridine", .n = 3, .key = {"A", "B", "C"}};
    char left[] = "a drug other than aspirin caffeine pyridine found in tea";
    mg_denied_cut(&d, left);
    assert_string_equal(left, "a drug found in tea");
    char other[] = "a drug with pyridine";
    mg_denied_cut(&d, other);
    assert_string_equal(other, "a drug with pyridine");
}

/* What a name is, how it was found, and how many structures there are; what is said of it. */
static void names_are_found(void **state) {
    (void)state;
    static const struct {
        const char *words, *smiles;
        mg_name_how how;
        size_t n;
        const char *says;
    } cases[] = {
        {"aspirin", "CC(=O)Oc1ccccc1C(=O)O", MG_NAME_EXACT, 1,
         "name: aspirin = CC(=O)Oc1ccccc1C(=O)O (PubChem, ChEBI)"},
        {"nothing of the kind", NULL, MG_NAME_EXACT, 0, NULL},
        {"oldplatin", NULL, MG_NAME_EXACT, 0, NULL},
        {"thingylmercury", NULL, MG_NAME_EXACT, 0, NULL},
        {"thingylsilane", NULL, MG_NAME_EXACT, 0, NULL},
        {"thingylbromin", NULL, MG_NAME_EXACT, 0, NULL},
        {"thingylsilyl", "CCC[Si](CC)CC", MG_NAME_EXACT, 1, "name: thingylsilyl = "},
        {"newplatin", "[NH2-][Pt+2][NH2-]", MG_NAME_EXACT, 1, "name: newplatin = "},
        {"gadothing", NULL, MG_NAME_EXACT, 0, NULL},
        {"hydroxocobalamin", NULL, MG_NAME_EXACT, 0, NULL},
        {"sodium thing", "CC(=O)O", MG_NAME_SALT, 1,
         "name without its salt: sodium thing = CC(=O)O (PubChem)"},
        {"potassium thing", "CC(=O)[O-].[K+]", MG_NAME_EXACT, 1, "name: potassium thing = "},
        {"nosodium thing", "CCC(=O)O", MG_NAME_EXACT, 1, "name: nosodium thing = "},
        {"copper thing", "CCCC(=O)O", MG_NAME_SALT, 1, "name without its salt: copper thing"},
        {"zincate thing", "CCCCC(=O)O", MG_NAME_EXACT, 1, "name: zincate thing = "},
        {"lithium both", "[Li]CCCC", MG_NAME_EXACT, 2,
         "name: lithium both = [Li]CCCC (PubChem) and 1 more (`molglot name`)"},
        {"(R)-thing", "CCC(C)O", MG_NAME_STEREO, 1, "name without its stereo: (R)-thing = "},
        {"(+)-thing", "CCC(C)N", MG_NAME_STEREO, 1, "name without its stereo: (+)-thing = "},
        {"S-(-)-thing", "CCC(C)S", MG_NAME_STEREO, 1, "name without its stereo: S-(-)-thing = "},
        {"(S)-drawn", "CC[C@H](C)O", MG_NAME_EXACT, 1, "name: (S)-drawn = "},
        {"thing-(R)-x", "CCC(C)F", MG_NAME_EXACT, 1, "name: thing-(R)-x = "},
        {"morphing sulfate", "CCN(C)CC", MG_NAME_SALT, 1,
         "name without its salt: morphing sulfate"},
        {"morphing nitrate", "CCN(C)CC.O[N+](=O)[O-]", MG_NAME_MADE, 1, "computed: nitrate of "},
        {"morphing chloride", NULL, MG_NAME_EXACT, 0, NULL},
        {"morphing sulfate dihydrate", NULL, MG_NAME_EXACT, 0, NULL},
        {"morphing hemihydrate", "CCN(C)CC.CCN(C)CC.O", MG_NAME_MADE, 1,
         "computed: hemihydrate of morphing"},
        {"cholinic thing bromide", "C[N+](C)(C)CCO.[Br-]", MG_NAME_MADE, 1,
         "computed: bromide of cholinic thing"},
        {"cholinic thing dibromide", NULL, MG_NAME_EXACT, 0, NULL},
        /* made of a name, by the best structure that has a place for it */
        {"sodium salt of aspirin", "CC(=O)Oc1ccccc1C(=O)[O-].[Na+]", MG_NAME_MADE, 1,
         "computed: sodium salt of aspirin = "},
        {"enantiomer of alaninic thing", "C[C@@H](N)C(=O)O", MG_NAME_MADE, 1,
         "computed: enantiomer of alaninic thing = "},
        {"methyl ester of 2-chlorobenzoic acid", "COC(=O)c1ccccc1Cl", MG_NAME_MADE, 1,
         "computed: methyl ester of 2-chlorobenzoic acid = "},
        {"hydrochloride of sodium thing", NULL, MG_NAME_EXACT, 0, NULL},
        {"Ala-Gly", "C[C@H](N)C(=O)NCC(=O)O", MG_NAME_MADE, 2, "computed: Ala-Gly = "},
        {"Gly-Ala", "CCC(N)C(=O)NCC(=O)O", MG_NAME_EXACT, 1, "name: Gly-Ala = "},
        {"Ala-Gly zwitterion", "C[C@H]([NH3+])C(=O)NCC(=O)[O-]", MG_NAME_MADE, 1,
         "computed: zwitterion of Ala-Gly = "},
        {"alaninic thing anion", "C[C@H](N)C(=O)[O-]", MG_NAME_MADE, 1,
         "computed: anion of alaninic thing = "},
        {"sodium salt of Ala-Gly", "C[C@H](N)C(=O)NCC(=O)[O-].[Na+]", MG_NAME_MADE, 1,
         "computed: sodium salt of Ala-Gly = "},
        {"cadmium nitrate tetrahydrate", "O.O.O.O.O=[N+]([O-])[O-].O=[N+]([O-])[O-].[Cd+2]",
         MG_NAME_MADE, 1, "computed: cadmium"},
        {"cadmium thing tetrahydrate", NULL, MG_NAME_EXACT, 0, NULL},
        {"tungstate", "O=[W](=O)([O-])[O-]", MG_NAME_MADE, 1, "computed: tungstate"},
        {"dihydrogen arsenite", "[O-][As](O)O", MG_NAME_MADE, 1, "computed: dihydrogen arsenite"},
        {"diethyl phosphite", "CCO[PH](=O)OCC", MG_NAME_MADE, 1, "computed: diethyl phosphite"},
        {"glimmerose", "OC1CCCCO1", MG_NAME_EXACT, 1, "name: glimmerose = "},
        {"glimmerose hydrate", "O.OC1CCCCO1", MG_NAME_EXACT, 1, "name: glimmerose hydrate = "},
        {"inner glimmer", "C[N+](C)(C)CC(=O)[O-]", MG_NAME_EXACT, 1, "name: inner glimmer = "},
        {"glimmer aceturate", "CCCCCN", MG_NAME_SALT, 1, "name without its salt: "},
        {"glimmer sulphate (2:1)", NULL, MG_NAME_EXACT, 0, NULL},
        {"Mg-glimmerin", NULL, MG_NAME_EXACT, 0, NULL},
        {"glimmer citrate pentahydrate", "CCCCCCCN.O=C(O)CC(O)(CC(=O)O)C(=O)O", MG_NAME_SALT, 1,
         "name without its salt: gl"},
        {"4-chlorophenylacetate", "O=C([O-])Cc1ccc(Cl)cc1", MG_NAME_MADE, 2, "computed: 4-chloro"},
        {"glimmerenoate", "CCCC=CC(=O)[O-]", MG_NAME_MADE, 2, "computed: glimmerenoate = "},
        {"glimmeraminoate", "NCCC=CC(=O)O", MG_NAME_EXACT, 1, "name: glimmeraminoate = "},
        {"Ala-Phe", "C[C@H](N)C(=O)N[C@@H](Cc1ccccc1)C(=O)O", MG_NAME_MADE, 1,
         "computed: Ala-Phe = "},
        /* read off it */
        {"2-chlorobutane", "CCC(C)Cl", MG_NAME_MADE, 1,
         "computed: 2-chlorobutane = CCC(C)Cl (Molglot)"},
        {"chlorobutane", NULL, MG_NAME_EXACT, 0, NULL},
        /* without digits too, but for the names of kinds */
        {"propyl tridecanoate", "CCCCCCCCCCCCC(=O)OCCC", MG_NAME_MADE, 1,
         "computed: propyl tridecanoate = "},
        {"amine", NULL, MG_NAME_EXACT, 0, NULL},
        {"silyl ether", NULL, MG_NAME_EXACT, 0, NULL},
        {"prenyl ether", NULL, MG_NAME_EXACT, 0, NULL},
        {"carbamate", NULL, MG_NAME_EXACT, 0, NULL},         /* one carbon */
        {"calcium carbonate", NULL, MG_NAME_EXACT, 0, NULL}, /* [Ca+2] is none */
        {"N-methyltetrazole", NULL, MG_NAME_EXACT, 0, NULL}, /* which? */
        {"prenyl propyl ether", "CCCOCC=C(C)C", MG_NAME_MADE, 1,
         "computed: prenyl propyl ether = "},
    };
    open_names();
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_named k;
        mg_str says = {0};
        must(mg_named_find(names, cases[i].words, &k, &err), &err);
        if (k.hits.n != cases[i].n) fail_msg("%s: %zu structures", cases[i].words, k.hits.n);
        if (k.hits.n) {
            if (k.hits.hit[0].how != cases[i].how ||
                !same_molecule(k.hits.hit[0].smiles, cases[i].smiles))
                fail_msg("%s: %s by %d", cases[i].words, k.hits.hit[0].smiles, k.hits.hit[0].how);
            mg_named_say(&k, &says);
            if (strncmp(says.s, cases[i].says, strlen(cases[i].says)))
                fail_msg("'%s', not '%s'", says.s, cases[i].says);
            mg_named_say(&k, &says); /* behind what is there */
            assert_non_null(strstr(says.s, "); ") ? says.s : strstr(says.s, "`); "));
            /* keys of each structure, with and without stereo; the best one's InChIKey */
            mg_question q = {0};
            mg_named_ask(&k, &q);
            assert_int_equal(q.n_known, k.hits.n);
            assert_string_equal(q.known_from, k.from.s);
            for (size_t h = 0; h < k.hits.n; h++) {
                uint64_t molecule, flat;
                mg_mol *m = mg_mol_from_smiles(k.hits.hit[h].smiles, NULL, NULL);
                mg_molecule_key(m, &molecule, &flat);
                assert_true(q.known[h] == molecule && q.known_flat[h] == flat);
                char *key = mg_mol_inchikey(m);
                if (h == 0 && key) {
                    assert_int_equal(strlen(q.known_key), 14);
                    assert_memory_equal(q.known_key, key, 14);
                }
                free(key);
                mg_mol_free(m);
            }
        } else {
            assert_null(k.keys);
        }
        mg_str_free(&says);
        mg_named_free(&k);
        assert_null(k.keys);
    }
    close_names();
}

/* A question that is a name and a condition: which of them it is. */
static void names_or_conditions(void **state) {
    (void)state;
    static const struct {
        const char *words;
        bool name;
    } cases[] = {
        {"aspirin", true},
        {"thioamide", false}, /* a group, and one list's name */
        {"nitrile", true},    /* a group that two lists have as a name */
        {"nitriles", false},  /* many of them */
        {"pyridine", true},   /* a ring stands for its compound */
        {"C6H6", false},      /* a formula */
        {"glimmerol", true},  /* no condition */
        {"sodium salt of aspirin", true},
        {"tosyl chloride", true},   /* two groups that say all of it, as one list knows them */
        {"copper sulfate", true},   /* an element */
        {"dibenzylamine", true},    /* read as the same molecule */
        {"aminopyrimidine", false}, /* one place of three */
        {"methyl ketone", false},
        {"aryl chloride", false},
        {"benzyl octyl ether", true},
        {"isobenzofuran", false},   /* a ring that no list has */
        {"benzyl vanillate", true}, /* read, and no condition alone */
    };
    molglot_error err = {0};
    mg_groups *groups = must_have(mg_groups_new(NULL, 0, &err), &err);
    open_names();
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        mg_named k;
        mg_str note = {0};
        must(mg_named_query(groups, names, cases[i].words, &k, &note, &err), &err);
        if ((k.hits.n > 0) != cases[i].name) fail_msg("%s is %zu names", cases[i].words, k.hits.n);
        assert_int_equal(note.n > 0, !cases[i].name);
        if (note.n) {
            assert_int_equal(strncmp(note.s, "read as a condition; as a name: ", 32), 0);
            assert_non_null(strstr(note.s + 32, " = "));
        }
        mg_named_free(&k);
        must(mg_named_query(groups, names, cases[i].words, &k, NULL, &err), &err);
        assert_int_equal(k.hits.n > 0, cases[i].name);
        mg_named_free(&k);
        mg_str_free(&note);
    }
    close_names();
    mg_groups_free(groups);
    assert_true(mg_named_is_smiles("CC(=O)O"));
    assert_false(mg_named_is_smiles("aspirin"));
    assert_false(mg_named_is_smiles("CC(=O"));
    assert_false(mg_named_is_smiles(""));
}

static int prepare(void **state) {
    (void)state;
    return mg_chem_init(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amides_of_old_lists),  cmocka_unit_test(names_overrule_lists),
        cmocka_unit_test(metals_are_in_lists),  cmocka_unit_test(stereo_of_names),
        cmocka_unit_test(without_a_dictionary), cmocka_unit_test(names_are_found),
        cmocka_unit_test(denials_are_found),    cmocka_unit_test(a_list_is_cut),
        cmocka_unit_test(names_or_conditions)};
    return cmocka_run_group_tests(tests, prepare, NULL);
}
