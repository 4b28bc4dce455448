/* test_claims.c - what a caption says that the molecule contradicts: which nouns are read, which
 * are passed over, where they stand. */
#include "../must.h"
#include "caption/caption.h"

static molglot_error err;
static mg_groups *groups;
static mg_claims *claims;

static int open_all(void **state) {
    (void)state;
    groups = mg_groups_new(NULL, 0, &err);
    claims = groups ? mg_claims_new(groups, &err) : NULL;
    return claims ? 0 : -1;
}

static int close_all(void **state) {
    (void)state;
    mg_claims_free(claims);
    mg_groups_free(groups);
    return 0;
}

/* wrong: the words, "; " between; n: claims that were read. */
static void wrong_is(const char *smiles, const char *text, int n, const char *wrong) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    assert_non_null(m);
    mg_facts f;
    must(mg_facts_of(groups, m, &f, &err), &err);
    mg_caption c = {.text = strdup(text)};
    must(mg_claims_check(claims, &f, &c, &err), &err);
    char got[500] = "";
    for (int i = 0; i < c.n_wrong; i++) {
        assert_true(c.wrong[i].begin < c.wrong[i].end && c.wrong[i].end <= strlen(text));
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s", i ? "; " : "",
                 (int)(c.wrong[i].end - c.wrong[i].begin), text + c.wrong[i].begin);
    }
    if (strcmp(got, wrong) || c.claims != n)
        fail_msg("%s: %s: '%s' of %d claims, not '%s' of %d", smiles, text, got, c.claims, wrong,
                 n);
    mg_captions_free(&c, 1);
    mg_facts_free(&f);
    mg_mol_free(m);
}

/* A salt or a complex of each metal: so of that metal, not so of the one before in this list. */
static void metals(void **state) {
    (void)state;
    static const char *const salts[][2] =
        {
            {"lithium", "[Li+]"},  {"sodium", "[Na+]"},   {"magnesium", "[Mg+2]"},
            {"potassium", "[K+]"}, {"calcium", "[Ca+2]"}, {"zinc", "[Zn+2]"},
        },
                             *const complexes[][2] = {{"platinum", "[Pt]"}, {"palladium", "[Pd]"},
                                                      {"iron", "[Fe]"},     {"cobalt", "[Co]"},
                                                      {"copper", "[Cu]"},   {"nickel", "[Ni]"},
                                                      {"zinc", "[Zn]"},     {"gold", "[Au]"},
                                                      {"mercury", "[Hg]"},  {"ruthenium", "[Ru]"}};
    char noun[64], text[128], smiles[64];
    for (int kind = 0; kind < 2; kind++) {
        const char *const(*list)[2] = kind ? complexes : salts;
        const size_t n = kind ? MG_COUNT(complexes) : MG_COUNT(salts);
        for (size_t i = 0; i < n; i++)
            for (size_t other = 0; other < 2; other++) {
                const char *metal = list[(i + other) % n][1];
                snprintf(noun, sizeof noun, "%s %s", list[i][0],
                         kind ? "coordination entity" : "salt");
                snprintf(text, sizeof text, "It is a%s %s.", *noun == 'i' ? "n" : "", noun);
                snprintf(smiles, sizeof smiles, "CC(=O)[O-].%s", metal);
                wrong_is(smiles, text, 1, other ? noun : "");
            }
    }
}

static void nouns(void **state) {
    (void)state;
    static const char aspirin[] = "CC(=O)Oc1ccccc1C(=O)O";
    wrong_is(aspirin, "The molecule is an acetate ester.", 1, "");
    wrong_is(aspirin, "The molecule is a nitrile that is an amide.", 1, "nitrile");
    wrong_is(aspirin, "It is an acetate ester, a nitrile and a tertiary alcohol.", 3,
             "nitrile; tertiary alcohol");
    wrong_is(aspirin, "It is a member of phenols and a monocarboxylic acid.", 2, "phenols");
    wrong_is(aspirin, "It is an organochlorine compound, and a methyl ester.", 2,
             "organochlorine compound; methyl ester");
    wrong_is(aspirin, "It is a macrocycle. It is a member of benzenes.", 2, "macrocycle");
    wrong_is(aspirin, "It is a monocarboxylic acid anion.", 1, "monocarboxylic acid anion");
    wrong_is("CC(=O)Oc1ccccc1C(=O)[O-]", "It is a monocarboxylic acid anion.", 1, "");
    wrong_is("OCC(O)CO", "It is a triol. It is a tetrol.", 2, "tetrol");
    wrong_is("OCC(O)C(O)CO", "It is a tetrol.", 1, ""); /* four are enough */
    /* salts, metals, radicals of groups: parts that a molecule has or has not */
    wrong_is("CN(C)C(=N)N=C(N)N", "The molecule is a hydrochloride resulting from metformin.", 1,
             "hydrochloride");
    wrong_is("CN(C)C(=N)N=C(N)N.Cl", "The molecule is the monohydrochloride salt of metformin.", 1,
             "");
    wrong_is("CN(C)C(=N)N=C(N)N", "The molecule is the hydrochloride salt of metformin.", 1,
             "hydrochloride salt of metformin");
    wrong_is("CC(=O)[O-].[K+]", "It is an organic sodium salt and a potassium salt.", 2,
             "organic sodium salt");
    wrong_is("N[Pt](N)(Cl)Cl", "It is a palladium coordination entity.", 1,
             "palladium coordination entity");
    wrong_is("CCO", "It is an organyl group and a carbohydrate.", 1, "organyl group");
    wrong_is("*C(C)=O", "It is an acyl group.", 1, "");
    wrong_is("C[C]=O", "It is an acyl group.", 1, "");
    /* plurals, counts, elements and numbers of the tables, at the least that is meant */
    wrong_is("CCO", "It is a member of macrocycles and a member of triols.", 2,
             "macrocycles; triols");
    wrong_is("C1CCCCCCC1", "It is a macrocycle.", 1, "");
    wrong_is("C1CCCCCC1", "It is a macrocycle.", 1, "macrocycle");
    wrong_is("OC(=O)CC(O)=O", "It is a dicarboxylic acid and a tricarboxylic acid.", 2,
             "tricarboxylic acid");
    wrong_is("Clc1ccccc1Cl", "It is a dichlorobenzene and a trichlorobenzene.", 2,
             "trichlorobenzene");
    wrong_is("C1CC2CCC1C2", "It is a bridged compound and a spiro compound.", 2, "spiro compound");
    wrong_is("C1CC12CC2", "It is a bridged compound and a spiro compound.", 2, "bridged compound");
    wrong_is("C1CCC2CCCCC2C1", "It is a carbobicyclic compound and a carbotricyclic compound.", 2,
             "carbotricyclic compound");
    wrong_is("CC=C", "It is an olefinic compound and an acetylenic compound.", 2,
             "acetylenic compound");
    wrong_is("C[Si](C)(C)Br",
             "It is an organosilicon compound, an organobromine compound, an organoiodine compound "
             "and an organosulfur compound.",
             4, "organoiodine compound; organosulfur compound");
    wrong_is("CI", "It is an organoiodine compound and an organofluorine compound.", 2,
             "organofluorine compound");
    wrong_is("CC(=O)[O-].[Na+]", "It is an anion of a benzoic acid.", 0, "");
    wrong_is("CCO", "It is a silly anion.", 1, "silly anion");
    wrong_is("CC(=O)[O-]", "It is a silly anion.", 1, "");
    wrong_is("CCO.Cl", "It is a silly anion.", 1, ""); /* of a salt's part */
}

static void what_is_passed_over(void **state) {
    (void)state;
    wrong_is("CCO", "", 0, "");
    wrong_is("CCO", "It has a role as a nitrile. It derives from a nitrile.", 0, "");
    wrong_is("CCO", "It is a conjugate base of a phenol. It is an enantiomer of a lactam.", 0, "");
    wrong_is("CCO", "It is a sesquiterpenoid, a drug and a purple thing.", 0, "");
    wrong_is("CCO", "It is . It is a . The molecule is ", 0, "");
    wrong_is("CCO", "It is a  and a", 0, "");
}

/* Nouns that ChEBI means more widely than the dictionary: what all of them have. */
static void parts(void **state) {
    (void)state;
    static const char furan[] = "It is a member of furans.";
    wrong_is("CCO", furan, 1, "furans");      /* no ring */
    wrong_is("C1CCCC1O", furan, 1, "");       /* a ring of five and an oxygen: not ruled out */
    wrong_is("C1CCOCC1", furan, 1, "furans"); /* a ring of six */
    wrong_is("C1CCCC1", furan, 1, "furans");  /* no oxygen */
    wrong_is("O=C1CCC(=O)O1", furan, 1, "");  /* as ChEBI has it */
    wrong_is("c1ccccc1", "It is a member of pyrazines, an indole and a glycoside.", 3,
             "pyrazines; indole; glycoside");
    wrong_is("C1Cc2ccccc2N1", "It is a member of indoles.", 1, "");
    wrong_is("c1ccc2ncccc2c1", "It is a member of isoindoles and a quinoline.", 2, "isoindoles");
    wrong_is("c1ccc2ccccc2c1", "It is a member of anthracenes, a biaryl and a member of azulenes.",
             3, "anthracenes; azulenes");
    wrong_is("CCO", "It is a fatty alcohol, a thioester and a carboxamide.", 3,
             "thioester; carboxamide");
    wrong_is("CCN", "It is an amino alcohol, an imine and an organoselenium compound.", 3,
             "amino alcohol; organoselenium compound");
    wrong_is("CC(N)=O", "It is an acetamide and a carbamate ester.", 2, "");
    wrong_is("OCC1OC(O)C(O)C1O", "It is a purine nucleoside and a prostanoid.", 2,
             "purine nucleoside");
    wrong_is("O=c1c2ccccc2oc2ccccc12", "It is a member of xanthones and a member of acridines.", 2,
             "acridines");
    wrong_is("COP(=O)(O)O", "It is a phospholipid and a phosphoramide.", 2, "phosphoramide");
    wrong_is("Clc1ccccc1", "It is a member of chlorobenzenes and an aryl thiol.", 2, "aryl thiol");
}

static void counts(void **state) {
    (void)state;
    static const char *const smiles[] = {"CCO", "C1CC", "c1ccccc1O"};
    static const char *const texts[] = {"It is a tertiary alcohol.", "It is a nitrile.", NULL};
    mg_claims_count n;
    must(mg_claims_count_all(claims, smiles, texts, 3, 1, &n, &err), &err);
    assert_int_equal(n.captions, 1);
    assert_int_equal(n.words, 5);
    assert_int_equal(n.wrong, 2);
    assert_int_equal(n.claims, 1);
    assert_int_equal(n.claims_wrong, 1);
    assert_int_equal(n.definitions, 0);
    static const char *const phenols[] = {"COc1ccccc1O", "COc1ccc(O)cc1"};
    static const char *const same[] = {
        "An ether that is phenol with a methoxy group at position 2.",
        "An ether that is phenol with a methoxy group at position 2."};
    must(mg_claims_count_all(claims, phenols, same, 2, 1, &n, &err), &err);
    assert_int_equal(n.definitions, 2);
    assert_int_equal(n.definitions_wrong, 1);
    assert_int_equal(n.wrong, 0);
}

/* Each class of the tables: a molecule of it, and some that lack a ring, an element or a group of
 * it. */
static void classes(void **state) {
    (void)state;
    static const struct {
        const char *noun, *is, *are_not; /* with blanks between */
    } cases[] = {
        {"1-benzofuran", "c1ccc2occc2c1", "c1ccoc1 c1ccc2[nH]ccc2c1 C1=Cc2ccccc2OC1"},
        {"chromene", "C1=Cc2ccccc2OC1", "C1=CCOCC1 c1ccc2ccccc2c1"},
        {"xanthene", "c1ccc2c(c1)Cc1ccccc1O2", "C1=Cc2ccccc2OC1 c1ccc2cc3ccccc3cc2c1"},
        {"dibenzofuran", "c1ccc2c(c1)oc1ccccc12", "c1ccc2occc2c1 c1ccc2c(c1)[nH]c1ccccc12"},
        {"dibenzothiophene", "c1ccc2c(c1)sc1ccccc12", "c1ccc2sccc2c1 c1ccc2c(c1)oc1ccccc12"},
        {"1-benzothiophene", "c1ccc2sccc2c1", "c1ccsc1 c1ccc2occc2c1"},
        {"acridine", "c1ccc2nc3ccccc3cc2c1", "c1ccc2ncccc2c1 c1ccc2cc3ccccc3cc2c1"},
        {"beta-carboline", "c1ccc2c(c1)[nH]c1cnccc12", "c1ccc2[nH]ccc2c1 c1ccc2c(c1)oc1ccccc12"},
        {"phenothiazine", "c1ccc2c(c1)Nc1ccccc1S2", "c1ccc2c(c1)Nc1ccccc1O2 c1ccc2SCCNc2c1"},
        {"phenoxazine", "c1ccc2c(c1)Nc1ccccc1O2", "c1ccc2c(c1)Nc1ccccc1S2 c1ccc2OCCNc2c1"},
        {"anthracene", "c1ccc2cc3ccccc3cc2c1", "c1ccc2ccccc2c1"},
        {"tetracene", "c1ccc2cc3cc4ccccc4cc3cc2c1", "c1ccc2cc3ccccc3cc2c1"},
        {"azulene", "c1ccc2cccc-2cc1", "c1ccc2ccccc2c1 C1CCCCCC1"},
        {"biaryl", "c1ccccc1-c1ccccc1", "c1ccccc1"},
        {"indole", "c1ccc2[nH]ccc2c1", "c1cc[nH]c1 c1ccc2ccccc2c1 c1ccc2ncccc2c1"},
        {"quinoline", "c1ccc2ncccc2c1", "c1ccncc1 c1ccc2ccccc2c1"},
        {"quinolone", "O=c1ccc2ccccc2[nH]1", "c1ccc2ncccc2c1 O=c1cccc[nH]1"},
        {"benzodiazepine", "C1CN=Cc2ccccc2N1", "c1ccc2ncccc2c1 C1CNCCNC1"},
        {"benzothiazole", "c1ccc2scnc2c1", "c1cscn1 c1ccc2sccc2c1 c1ccc2ocnc2c1"},
        {"benzoxazole", "c1ccc2ocnc2c1", "c1cocn1 c1ccc2occc2c1 c1ccc2scnc2c1"},
        {"1,3-thiazole", "c1cscn1", "c1ccsc1 c1cc[nH]c1 C1CSCCN1"},
        {"1,3-oxazole", "c1cocn1", "c1ccoc1 C1COCCN1"},
        {"pyrrole", "c1cc[nH]c1", "c1ccncc1 c1ccoc1"},
        {"pyrimidine", "c1cncnc1", "c1ccccc1 c1cc[nH]c1"},
        {"barbiturate", "O=C1CC(=O)NC(=O)N1", "C1CNCNC1 O=CNC=O"},
        {"furan", "c1ccoc1", "C1CCOCC1 c1ccsc1"},
        {"dioxolane", "C1COCO1", "COCOC C1CCCC1"},
        {"chlorobenzene", "Clc1ccccc1", "c1ccccc1 ClC1CC1 Fc1ccccc1"},
        {"aryl thiol", "Sc1ccccc1", "SCC Oc1ccccc1"},
        {"aryl sulfate", "O=S(=O)(O)Oc1ccccc1", "Oc1ccccc1 Sc1ccccc1 CS(=O)(=O)O"},
        {"aromatic ketone", "CC(=O)c1ccccc1", "CC(=O)C Oc1ccccc1"},
        {"benzoate ester", "COC(=O)c1ccccc1", ""},
        {"quinone", "O=C1C=CC(=O)C=C1", "O=CC=O C1CCCCC1"},
        {"cyclohexadiene", "C1=CCCC=C1", "C=CC=C C1=CCC=C1"},
        {"amphetamine", "CC(N)Cc1ccccc1", "CC(N)CC CCCc1ccccc1"},
        {"glycoside", "COC1OCCCC1O", "COCC C1CCCCC1"},
        {"amino sugar", "NC1COCCC1O", "OC1COCCC1O NCCO"},
        {"prostanoid", "OC1CCCC1CCCCC(=O)O", "OC1CCCCC1 C1CCCC1"},
        {"isoflavone", "O=c1c(-c2ccccc2)coc2ccccc12", "c1ccc2occc2c1 c1ccc2cc3ccccc3cc2c1"},
        {"furanocoumarin", "O=c1ccc2cc3ccoc3cc2o1", "O=c1ccc2ccccc2o1"},
        {"purine nucleoside", "c1ncc2ncn(C3CCCO3)c2n1", "c1ncc2nc[nH]c2n1 c1ccc2c(c1)oc1ccccc12"},
        {"thioester", "CC(=O)SC", "CC(=O)OC"},
        {"organic sulfate", "COS(=O)(=O)O", "CSC CO"},
        {"sulfamides", "NS(N)(=O)=O", "CS(C)(=O)=O CN"},
        {"phosphine", "CP", "CN"},
        {"phospholipid", "CCCCOP(=O)(O)O", "CP CC(=O)O"},
        {"phosphatidylethanolamine", "CCCCOP(=O)(O)OCCN", "CCCCOP(=O)(O)O NCCO"},
        {"organoselenium compound", "C[Se]C", "CSC"},
        {"silanes", "C[SiH3]", "CC"},
        {"boranes", "CB(C)C", "CCC"},
        {"carboxamide", "CC(N)=O", "CCO CCN"},
        {"amino alcohol", "NCCO", "CCO CCN"},
        {"nitro compound", "C[N+](=O)[O-]", "CCN CCO"},
        {"urea", "NC(N)=O", "CCO CC(C)=O"},
        {"beta-diketone", "CC(=O)CC(C)=O", "CCO"},
        {"tert-butyl ester", "CC(=O)OC(C)(C)C", "CC(=O)OC"},
        {"imine", "CC=NC", "CC=O"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        char text[100], list[200], *rest = NULL;
        snprintf(text, sizeof text, "It is a %s.", cases[i].noun);
        wrong_is(cases[i].is, text, 1, "");
        snprintf(list, sizeof list, "%s", cases[i].are_not);
        for (char *x = strtok_r(list, " ", &rest); x; x = strtok_r(NULL, " ", &rest))
            wrong_is(x, text, 1, cases[i].noun);
    }
    /* of many, as the tables have them */
    static const char *const many[] = {"1-benzofuran", "xanthene",      "dibenzofuran",
                                       "acridine",     "phenothiazine", "dibenzothiophene",
                                       "azulene",      "tetracene",     "pyrrole",
                                       "furan",        "chlorobenzene"};
    for (size_t k = 0; k < MG_COUNT(many); k++) {
        size_t i = 0;
        while (strcmp(cases[i].noun, many[k])) i++;
        char text[100], noun[50], list[200], *rest = NULL;
        snprintf(noun, sizeof noun, "%ss", many[k]);
        snprintf(text, sizeof text, "It is a member of %s.", noun);
        wrong_is(cases[i].is, text, 1, "");
        snprintf(list, sizeof list, "%s", cases[i].are_not);
        for (char *x = strtok_r(list, " ", &rest); x; x = strtok_r(NULL, " ", &rest))
            wrong_is(x, text, 1, noun);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nouns), cmocka_unit_test(metals),  cmocka_unit_test(what_is_passed_over),
        cmocka_unit_test(parts), cmocka_unit_test(classes), cmocka_unit_test(counts)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
