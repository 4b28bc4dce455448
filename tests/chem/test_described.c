/* test_described.c - phrases that build a molecule from a parent and groups at positions: the name
 * that says the same, and its structure. */
#include "../must.h"
#include "chem/nomenclature/nomenclature.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static molglot_error err;

static const struct {
    const char *text, *name; /* NULL: it is no such phrase */
} ROWS[] = {
    /* groups at positions */
    {"pyridine with methyl groups at positions 2 and 6", "2,6-dimethylpyridine"},
    {"benzoic acid with a hydroxy group at position 2", "2-hydroxybenzoic acid"},
    {"a benzoic acid with a hydroxy at position 2.", "2-hydroxybenzoic acid"},
    {"phenol substituted by a methoxy group at position 2 and a 1-hydroxyethyl group at position 4",
     "2-methoxy-4-(1-hydroxyethyl)phenol"},
    {"anisole that has a bromine atom at position 4", "4-bromoanisole"},
    {"quinoline which bears chlorine at C-7 and an amino group at C-4",
     "7-chloro-4-aminoquinoline"},
    {"benzene carrying three methoxy substituents at positions 1, 3, and 5",
     "1,3,5-trimethoxybenzene"},
    {"benzene bearing three methoxy substituents at positions 1,3,5", "1,3,5-trimethoxybenzene"},
    /* groups in other words */
    {"naphthalene with sulfonic acid groups at positions 1 and 5", "1,5-disulfonaphthalene"},
    {"aniline with chlorines at positions 3 and 4", "3,4-dichloroaniline"},
    {"a benzene ring with carboxylic acids at positions 1 and 4", "1,4-dicarboxybenzene"},
    {"pyridine with OMe at position 2 and NO2 at C5", "2-methoxy-5-nitropyridine"},
    {"phenol with t-Bu groups at positions 2 and 6", "2,6-bis(tert-butyl)phenol"},
    /* places in other words */
    {"pyridine with an amino group at the 2-position", "2-aminopyridine"},
    {"pyridine with chlorine in the 2- and 6-positions", "2,6-dichloropyridine"},
    {"pyridine with chlorine at the 2, 6-positions", NULL},
    {"pyridine with chlorine at the 2,6-positions and an amino group on carbon 4",
     "2,6-dichloro-4-aminopyridine"},
    {"quinoline bearing methoxy groups on carbons 6 and 7", "6,7-dimethoxyquinoline"},
    {"indole with a methyl group in position 3", "3-methylindole"},
    {"indole with a methyl group at C3", "3-methylindole"},
    {"phenol with a nitro group in the para position", "4-nitrophenol"},
    {"aniline with bromine at the ortho- position", NULL},
    {"aniline with bromine at the ortho-position", "2-bromoaniline"},
    {"benzoic acid bearing hydroxy groups in the meta positions", NULL},
    {"benzoic acid bearing a hydroxy group in the meta position", "3-hydroxybenzoic acid"},
    {"pyridine with a nitro group in the para position", NULL},
    {"phenol with a nitro group in the ring", NULL},
    /* shared out */
    {"phenol having methyl and nitro groups at positions 2 and 4, respectively",
     "2-methyl-4-nitrophenol"},
    {"phenol carrying two methyl groups and a nitro group at positions 2, 6 and 4 respectively",
     "2,6-dimethyl-4-nitrophenol"},
    {"pyridin-4(1H)-one substituted at positions 1 and 2 by methyl groups and at position 3 by a "
     "hydroxy group",
     "1,2-dimethyl-3-hydroxypyridin-4(1H)-one"},
    {"purine substituted at positions 2 and 6 by amino and chloro groups, respectively",
     "2-amino-6-chloropurine"},
    {"pterocarpan carrying two hydroxy substituents at positions 6a and 9 as well as prenyl and "
     "methoxy substituents at positions 2 and 3 respectively",
     "6a,9-dihydroxy-2-prenyl-3-methoxypterocarpan"},
    /* hydrogens */
    {"aniline where the hydrogens at positions 2, 4 and 6 are replaced by bromine",
     "2,4,6-tribromoaniline"},
    {"propanoic acid in which one of the hydrogens at position 3 has been replaced by a phenyl "
     "group",
     "3-phenylpropanoic acid"},
    {"benzene in which the hydrogen at position 1 is substituted by a nitro group and the hydrogen "
     "at position 3 is replaced by an amino group",
     "1-nitro-3-aminobenzene"},
    {"naphthalene-2,7-disulfonic acid in which the hydrogens at positions 3 and 4 are replaced by "
     "amino and hydroxy groups, respectively",
     "3-amino-4-hydroxynaphthalene-2,7-disulfonic acid"},
    /* ChEBI's beginnings */
    {"The molecule is a methoxybenzene that is phenol substituted by a methoxy group at position "
     "2.",
     "2-methoxyphenol"},
    {"The molecule is a member of the class of pyridines carrying methyl groups at positions 2 and "
     "6",
     "2,6-dimethylpyridine"},
    {"The molecule is an alkaloid consisting of indole carrying a methyl group at position 3",
     "3-methylindole"},
    {"The molecule is hexadecanoic acid (palmitic acid) with a hydroxy group at position 2; it is",
     "2-hydroxyhexadecanoic acid"},
    /* stereo, of both in one bracket, and double bonds that only a bracket tells */
    {"hexanoic acid with a hydroxy group at position 2 (the S-enantiomer)",
     "(S)-2-hydroxyhexanoic acid"},
    {"cyclohexan-1-ol with a methyl group at position 2 (the 1R,2S-stereoisomer)",
     "(1R,2S)-2-methylcyclohexan-1-ol"},
    {"(2S)-flavanone with hydroxy groups at positions 5 and 7", "(2S)-5,7-dihydroxyflavanone"},
    {"(9Z)-octadecenoic acid with a hydroxy group at position 12 (the 12R-isomer)",
     "(12R,9Z)-12-hydroxyoctadec-9-enoic acid"},
    {"(9Z,12Z)-octadecadienoic acid carrying a hydroxy group at position 13",
     "(9Z,12Z)-13-hydroxyoctadeca-9,12-dienoic acid"},
    {"(9Z,12Z)-octadeca-9,12-dienoic acid carrying a hydroxy group at position 13",
     "(9Z,12Z)-13-hydroxyoctadeca-9,12-dienoic acid"},
    {"androstane with a beta-hydroxy group at position 17", "17beta-hydroxyandrostane"},
    {"androstane with a hydroxy group at position 17beta", "17beta-hydroxyandrostane"},
    /* no such phrases: something is left over, does not add up, stands nowhere */
    {"pyridine", NULL},
    {"pyridine with two methyl groups", NULL},
    {"purine with an oxo group at position 6", NULL}, /* two hydrogens more than 6-oxopurine */
    {"pyridine with an oxo group at position 2", "2-oxopyridine"},
    {"pyridine with methyl groups at positions 2 and 6 and logP below 3", NULL},
    {"phenol with methyl and nitro groups at positions 2, 4 and 6", NULL},
    {"phenol with three methyl groups at positions 2 and 4", NULL},
    {"phenol with one methyl group at positions 2 and 6", NULL},
    {"phenol with methyl groups at position 2", NULL},
    {"with a methyl group at position 2", NULL},
    {"a methyl group at position 2 of pyridine", NULL},
    {"phenol with a group at position 2", NULL},
    {"phenol with at position 2", NULL},
    {"phenol with a methyl group at position", NULL},
    {"phenol with a methyl group at position 2,", "2-methylphenol"},
    {"phenol with a methyl group at position two", NULL},
    {"phenol in which the hydrogen at position 2 is free", NULL},
    {"phenol in which the hydroxy group is methylated", NULL},
    {"", NULL},
    {" ", NULL},
    {"with", NULL},
    {"a ; b", NULL}};

static void names(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        char *name;
        size_t stereo;
        must(mg_name_described(ROWS[i].text, &name, &stereo, &err), &err);
        if (!name != !ROWS[i].name || (name && strcmp(name, ROWS[i].name)))
            fail_msg("%s: %s, not %s", ROWS[i].text, name ? name : "nothing",
                     ROWS[i].name ? ROWS[i].name : "nothing");
        if (name && (stereo > 0) != (*name == '(')) fail_msg("%s: %zu", name, stereo);
        if (stereo && strncmp(name + stereo - 2, ")-", 2)) fail_msg("%s: %zu", name, stereo);
        free(name);
    }
}

/* Words that are too long, too many, or nothing but locants end; they do not overflow. */
static void too_much(void **state) {
    (void)state;
    char text[2000], *name;
    size_t stereo;
    static const char *const starts[] = {"phenol with ", "phenol with a methyl group at positions ",
                                         "(", "the molecule is ", "phenol in which "},
                             *const more[] = {
                                 "a",         "2, ", "2,",   "a methyl group at position 2 and ",
                                 "hydrogen ", "1R,", "and ", ") "};
    for (size_t i = 0; i < MG_COUNT(starts); i++)
        for (size_t k = 0; k < MG_COUNT(more); k++)
            for (size_t most = 100; most < sizeof text - 50; most += 250) {
                strcpy(text, starts[i]);
                while (strlen(text) < most) strcat(text, more[k]);
                must(mg_name_described(text, &name, &stereo, &err), &err);
                free(name);
            }
}

static void structure(const char *name, const char *want) {
    char *smiles;
    must(mg_name_read(name, &smiles, &err), &err);
    mg_mol *mol = mg_mol_from_smiles(want, NULL, NULL);
    char *canonical = mg_mol_smiles(mol, true);
    if (!smiles || strcmp(smiles, canonical))
        fail_msg("%s: %s, not %s", name, smiles ? smiles : "nothing", canonical);
    free(smiles);
    free(canonical);
    mg_mol_free(mol);
}

/* Parents whose numbers are their own. */
static void parents(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"5,7-dihydroxyflavone", "Oc1cc(O)c2c(c1)oc(cc2=O)-c1ccccc1"}, /* chrysin */
        {"3,5,7,3',4'-pentahydroxyflavone", "Oc1cc(O)c2c(c1)oc(c(O)c2=O)-c1ccc(O)c(O)c1"},
        {"5,7,4'-trihydroxyisoflavone", "Oc1ccc(cc1)-c1coc2cc(O)cc(O)c2c1=O"}, /* genistein */
        {"5,7,4'-trihydroxyflavanone", "O=C1CC(Oc2cc(O)cc(O)c12)c1ccc(O)cc1"}, /* naringenin */
        {"7-hydroxyisoflavanone", "O=C1C(COc2cc(O)ccc12)c1ccccc1"},
        {"3,5,7,3',4'-pentahydroxyflavan", "OC1Cc2c(O)cc(O)cc2OC1c1ccc(O)c(O)c1"}, /* catechin */
        {"7,4'-dihydroxyisoflavan", "Oc1ccc(cc1)C1COc2cc(O)ccc2C1"},               /* equol */
        {"4,4',6'-trihydroxychalcone", "O=C(C=Cc1ccc(O)cc1)c1ccc(O)cc1O"},
        {"3,4',5-trihydroxystilbene", "Oc1ccc(C=Cc2cc(O)cc(O)c2)cc1"},          /* resveratrol */
        {"6,3',4'-trihydroxyaurone", "O=C1C(Oc2cc(O)ccc12)=Cc1ccc(O)c(O)c1"},   /* sulfuretin */
        {"1,3,6,7-tetrahydroxyxanthone", "Oc1cc(O)c2c(c1)oc1cc(O)c(O)cc1c2=O"}, /* norathyriol */
        {"3-hydroxy-9-methoxypterocarpan", "COc1ccc2c(c1)OC1c3ccc(O)cc3OCC21"}, /* medicarpin */
        {"2-methyl-1,4-naphthoquinone", "CC1=CC(=O)c2ccccc2C1=O"},              /* menadione */
        {"5-hydroxy-2-methyl-1,4-naphthoquinone", "CC1=CC(=O)c2c(O)cccc2C1=O"}, /* plumbagin */
        {"2,6-dimethoxy-1,4-benzoquinone", "COC1=CC(=O)C=C(OC)C1=O"},
        {"6-methoxyumbelliferone", "COc1cc2ccc(=O)oc2cc1O"}, /* scopoletin */
        {"3-methoxysalicylaldehyde", "COc1cccc(C=O)c1O"},
        {"4-allylguaiacol", "COc1cc(CC=C)ccc1O"}, /* eugenol */
        {"5-chlorooxindole", "O=C1Cc2cc(Cl)ccc2N1"},
        {"5-hydroxytryptamine", "NCCc1c[nH]c2ccc(O)cc12"},           /* serotonin */
        {"3,4,5-trimethoxyphenethylamine", "COc1cc(CCN)cc(OC)c1OC"}, /* mescaline */
        {"6-hydroxydopamine", "NCCc1cc(O)c(O)cc1O"},
        {"12-hydroxystearic acid", "CCCCCCC(O)CCCCCCCCCCC(=O)O"},
        {"2-aminocaprylic acid", "CCCCCCC(N)C(=O)O"},
        {"3-hydroxymyristic acid", "CCCCCCCCCCCC(O)CC(=O)O"},
        {"2-oxopimelic acid", "OC(=O)CCCCC(=O)C(=O)O"},
        {"5-methyl-o-orsellinic acid", "Cc1c(O)cc(O)c(C(=O)O)c1C"},
        {"5-nitrovanillic acid", "COc1cc(C(=O)O)cc([N+](=O)[O-])c1O"},
        {"5,7-dihydroxy-8-prenylflavone", "CC(C)=CCc1c(O)cc(O)c2c1oc(cc2=O)-c1ccccc1"}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) structure(rows[i][0], rows[i][1]);
}

static int prepare(void **state) {
    (void)state;
    return mg_chem_init(&err) ? -1 : 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(too_much),
                                       cmocka_unit_test(parents)};
    return cmocka_run_group_tests(tests, prepare, NULL);
}
