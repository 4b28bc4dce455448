/* test_built.c - what a phrase builds out of names inside it: the names are read or looked up, and
 * words behind them are cut off. */
#include "../must.h"
#include "../small_dictionary.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

static molglot_error err;

/* A dictionary that knows two names which no systematic reader does. */
static small_dictionary open_small(void) {
    static const char *const smiles[] = {"CC(C)Cc1ccc(C(C)C(=O)O)cc1", "CC1CCC(C(C)C)C(O)C1"};
    static const mg_name_row rows[] = {{"ibuprofen", 0, MG_NAME_PUBCHEM, 1},
                                       {"menthol", 1, MG_NAME_PUBCHEM, 1}};
    return small_dictionary_open(rows, MG_COUNT(rows), smiles, MG_COUNT(smiles));
}

static const struct {
    const char *text, *smiles, *name; /* NULL: it builds nothing */
} ROWS[] = {
    {"phenol with a methoxy group at position 2", "COc1ccccc1O", "2-methoxyphenol"},
    {"cyclohexan-1-ol with a methyl group at position 2 (the 1R,2S-stereoisomer)",
     "C[C@H]1CCCC[C@H]1O", "(1R,2S)-2-methylcyclohexan-1-ol"},
    {"cyclohexan-1-ol with a methyl group at position 2 (the 7R-stereoisomer)", NULL, NULL},
    /* two names joined; of a sentence, whose end is no name */
    {"ester of menthol and acetic acid", "CC(=O)OC1CC(C)CCC1C(C)C",
     "menthol and acetic acid, condensed"},
    {"The molecule is a hydroxamic acid obtained by formal condensation of the carboxy group of "
     "ibuprofen with the amino group of hydroxylamine, which is used against pain",
     "CC(C)Cc1ccc(C(C)C(=O)NO)cc1", "ibuprofen and hydroxylamine, condensed"},
    {"The molecule is an amide obtained by formal condensation of the carboxy group of lauric "
     "(dodecanoic) acid with methylamine",
     "CCCCCCCCCCCC(=O)NC", "lauric (dodecanoic) acid and methylamine, condensed"},
    {"ester of acetic acid with 2-propanol respectively", "CC(=O)OC(C)C",
     "acetic acid and 2-propanol, condensed"},
    {"ester of nothing known and acetic acid", NULL, NULL},
    {"ester of menthol and acetic acid without oxygen", NULL, NULL},
    {"ester of menthol and acetic acid, brominated", NULL, NULL},
    {"ester of acetic acid", NULL, NULL},
    /* one name changed, where the sentence says what the molecule is */
    {"The molecule is a fatty acid ester that is the methyl ester of stearic acid",
     "CCCCCCCCCCCCCCCCCC(=O)OC", "methyl ester of stearic acid"},
    {"a compound which is the enantiomer of L-alanine", "C[C@@H](N)C(=O)O",
     "enantiomer of L-alanine"},
    {"a compound which is the enantiomer of L-alanine and L-serine", NULL, NULL}, /* which? */
    {"methyl ester of stearic acid", "CCCCCCCCCCCCCCCCCC(=O)OC", "methyl ester of stearic acid"},
    {"The molecule is the conjugate base of acetic acid", "CC(=O)[O-]", "acetic acid(1-)"},
    {"The molecule is the (R)-enantiomer of ibuprofen", "CC(C)Cc1ccc([C@@H](C)C(=O)O)cc1",
     "R configuration of ibuprofen"},
    {"The molecule is a 2-aminopentanoic acid that has S-configuration", "CCC[C@H](N)C(=O)O",
     "S configuration of 2-aminopentanoic acid"},
    {"piperidine in which the hydrogen attached to the nitrogen is replaced by a nitroso group",
     "O=NN1CCCCC1", "piperidine, nitroso on it"},
    {"The molecule is an amide that is benzamide substituted by a 2-chloroethyl group at the N "
     "atom",
     "O=C(NCCCl)c1ccccc1", "benzamide, 2-chloroethyl on it"},
    {"phenol in which the phenolic hydrogen is replaced by a frobnicate group", NULL, NULL},
    {"a solid that is white", NULL, NULL},
    {"", NULL, NULL},
};

static void phrases(void **state) {
    (void)state;
    small_dictionary s = open_small();
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        mg_name_hits hits = {0};
        must(mg_built_find(s.d, ROWS[i].text, &hits, &err), &err);
        const char *smiles = hits.n ? hits.hit[0].smiles : NULL;
        if (!smiles != !ROWS[i].smiles || (smiles && strcmp(smiles, ROWS[i].smiles) != 0))
            fail_msg("%s: %s", ROWS[i].text, smiles ? smiles : "nothing");
        if (smiles) assert_string_equal(hits.hit[0].name, ROWS[i].name);
        if (smiles) assert_int_equal(hits.hit[0].how, MG_NAME_MADE);
        mg_name_hits_free(&hits);
    }
    small_dictionary_close(&s);
}

static void first_sentence_alone(void **state) {
    (void)state;
    mg_name_hits hits = {0};
    must(mg_built_first(NULL, "Ester of acetic acid and ethanol. Oxime of acetone.", &hits, &err),
         &err);
    assert_int_equal(hits.n, 1);
    assert_string_equal(hits.hit[0].smiles, "CCOC(C)=O");
    mg_name_hits_free(&hits);
    must(mg_built_first(NULL, "A solvent. Ester of acetic acid and ethanol.", &hits, &err), &err);
    assert_int_equal(hits.n, 0);
    must(mg_built_first(NULL, "Ester of menthol and acetic acid.", &hits, &err), &err);
    assert_int_equal(hits.n, 0); /* nobody knows menthol */
}

static void longest_names(void **state) {
    (void)state;
    static const struct {
        const char *words, *name, *smiles;
    } rows[] = {{"acetic acid and ethanol in a bottle", "acetic acid", "CC(=O)O"},
                {"menthol, a terpene alcohol", "menthol", "CC1CCC(C(C)C)C(O)C1"},
                {"pyridine; it smells", "pyridine", "c1ccncc1"},
                {"nothing, known", NULL, NULL},
                {"", NULL, NULL}};
    small_dictionary s = open_small();
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        mg_str said = {0};
        char *smiles;
        must(mg_name_longest(s.d, rows[i].words, &said, &smiles, &err), &err);
        assert_int_equal(!smiles, !rows[i].smiles);
        if (smiles) assert_string_equal(smiles, rows[i].smiles);
        if (smiles) assert_string_equal(said.s, rows[i].name);
        free(smiles);
        mg_str_free(&said);
    }
    small_dictionary_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(phrases),
                                       cmocka_unit_test(first_sentence_alone),
                                       cmocka_unit_test(longest_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
