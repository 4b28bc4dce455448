/* test_condense.c - two molecules joined with loss of water: what phrases say, and which places
 * react. */
#include "../must.h"
#include "chem/condense/condense.h"
#include "test_chem.h"

/* The products of the first reading that makes some, joined by blanks; the names are SMILES. */
static const char *made_of(const char *words) {
    static char out[2000];
    mg_condensation list[MG_CONDENSATIONS];
    molglot_error err = {0};
    int n;
    *out = 0;
    must(mg_condensations_read(words, list, &n, &err), &err);
    for (int i = 0; i < n && !*out; i++) {
        char **products;
        size_t count;
        must(mg_condense(&list[i], list[i].of[0].name, list[i].of[1].name, 4, &products, &count,
                         &err),
             &err);
        for (size_t k = 0; k < count; k++) {
            snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", k ? " " : "",
                     products[k]);
            free(products[k]);
        }
        free(products);
    }
    mg_condensations_free(list, n);
    return out;
}

static void check(const char *words, const char *wanted) {
    const char *got = made_of(words);
    if (strcmp(got, wanted) != 0) fail_msg("%s: %s, not %s", words, got, wanted);
}

static void phrases(void **state) {
    (void)state;
    /* what reacts is said */
    check("formal condensation of the carboxy group of CC(=O)O with the amino group of CN",
          "CNC(C)=O");
    check("condensation of the amino group of CN with the carboxylic acid group of CC(=O)O",
          "CNC(C)=O");
    check("coupling of the carboxy group of CC(=O)O with the hydroxy group of CO", "COC(C)=O");
    check("condensation of the thiol group of SCCN with the carboxy group of CC(=O)O",
          "CC(=O)SCCN");
    check("condensation of the sulfonic acid group of CS(=O)(=O)O with the amino group of CN",
          "CNS(C)(=O)=O");
    check("condensation of the phosphate group of O=P(O)(O)O with the hydroxy group of CO",
          "COP(=O)(O)O");
    check("condensation of the aldehyde group of CC=O with the amino group of CN", "CC=NC");
    /* which of several: the amino acid's own, the side chain's, by their kind */
    check("condensation of the carboxy group of CC(=O)O with the amino group of "
          "NCCCC[C@H](N)C(=O)O",
          "CC(=O)N[C@@H](CCCCN)C(=O)O");
    check("condensation of the carboxy group of CC(=O)O with the N(6)-amino group of "
          "NCCCC[C@H](N)C(=O)O",
          "CC(=O)NCCCC[C@H](N)C(=O)O");
    check("condensation of the carboxy group of N[C@@H](CCC(=O)O)C(=O)O with methylamine: CN", "");
    check("condensation of the carboxy group of N[C@@H](CCC(=O)O)C(=O)O with the amino group of CN",
          "CNC(=O)[C@@H](N)CCC(=O)O");
    check("condensation of the gamma-carboxy group of N[C@@H](CCC(=O)O)C(=O)O with the amino group "
          "of CN",
          "CNC(=O)CC[C@H](N)C(=O)O");
    check("condensation of the carboxy group of CC(=O)O with the secondary amino group of NCCNC",
          "CC(=O)N(C)CCN");
    check("condensation of the carboxy group of CC(=O)O with the anilino group of NCc1ccc(N)cc1",
          "CC(=O)Nc1ccc(CN)cc1");
    check("condensation of the carboxy group of CC(=O)O with the phenolic hydroxy group of "
          "OCc1ccc(O)cc1",
          "CC(=O)Oc1ccc(CO)cc1");
    check("condensation of the carboxy group of CC(=O)O with the hydroxy group of OCc1ccc(O)cc1",
          "CC(=O)OCc1ccc(O)cc1 CC(=O)Oc1ccc(CO)cc1");
    check("condensation of the carboxy group of CC(=O)O with the alcoholic hydroxy group of "
          "OCc1ccc(O)cc1",
          "CC(=O)OCc1ccc(O)cc1");
    check("condensation of the carboxy group of CC(=O)O with the anomeric hydroxy group of "
          "OCC1OC(O)CCC1O",
          "CC(=O)OC1CCC(O)C(CO)O1");
    check("condensation of the carboxy group of CC(=O)O with the primary hydroxy group of CC(O)CO",
          "CC(=O)OCC(C)O");
    check("condensation of the carboxy group of CC(=O)O with the hydrazine group of NNCCN",
          "CC(=O)NNCCN");
    /* two places of one kind: both; a locant says one, and nobody knows which */
    check("condensation of the carboxy group of CC(=O)O with the hydroxy group of CC(O)CO",
          "CC(=O)OC(C)CO CC(=O)OCC(C)O");
    check("condensation of the carboxy group of CC(=O)O with the 2-hydroxy group of CC(O)CO", "");
    check("condensation of the carboxy group of CC(=O)O with the 3-hydroxy group of CCCO",
          "CCCOC(C)=O");
    /* several times */
    check("condensation of both the carboxy groups of OC(=O)CC(=O)O with two molecules of CO",
          "COC(=O)CC(=O)OC");
    check("condensation of all three hydroxy groups of OCC(O)CO with the carboxy group of CC(=O)O",
          "CC(=O)OCC(COC(C)=O)OC(C)=O");
    check("condensation of all of the hydroxy groups of OCCO with the carboxy group of CC(=O)O",
          "CC(=O)OCCOC(C)=O");
    check("condensation of both hydroxy groups of CCO with the carboxy group of CC(=O)O", "");
    /* the kind of product tells the groups */
    check("ester of CC(=O)O and OCCN", "CC(=O)OCCN");
    check("the amide of CC(=O)O with OCCN", "CC(=O)NCCO");
    check("amide of CC(=O)O and of NCCO", "CC(=O)NCCO");
    check("thioester formed from CC(=O)O and SCCO", "CC(=O)SCCO");
    check("sulfonamide of CS(=O)(=O)O and CN", "CNS(C)(=O)=O");
    check("anhydride of CC(=O)O and O=C(O)c1ccccc1", "CC(=O)OC(=O)c1ccccc1");
    check("Schiff base of O=Cc1ccccc1 and Nc1ccccc1", "C(=Nc1ccccc1)c1ccccc1");
    check("diester of OC(=O)CC(=O)O with CCO", "CCOC(=O)CC(=O)OCC");
    check("diester of OCCO with CC(=O)O", "CC(=O)OCCOC(C)=O");
    check("ester of Oc1ccccc1C(=O)O with Oc1ccccc1C(=O)O", "O=C(Oc1ccccc1C(=O)O)c1ccccc1O");
    check("phosphate ester of OCC=O", "O=CCOP(=O)(O)O");
    check("sulfate ester of Oc1ccccc1", "O=S(=O)(O)Oc1ccccc1");
    check("oxime of CC(C)=O", "CC(C)=NO");
    check("hydrazone of CC=O", "CC=NN");
    check("hydroxamic acid of CC(=O)O", "CC(=O)NO");
    check("a fatty acid ester obtained by formal condensation of CCCC(=O)O with CO", "CCCC(=O)OC");
    check("an N-acylsulfonamide from the formal condensation of CS(N)(=O)=O with CC(=O)O",
          "CC(=O)NS(C)(=O)=O");
    /* nobody knows: both ways round, one way with two meanings, no place, no phrase */
    check("condensation of C[C@H](N)C(=O)O with CC(C)C[C@H](N)C(=O)O", "");
    check("amide of CCC and CC(=O)O", "");
    check("ester of CC(=O)O", "");
    check("ester of a phenol and CC(=O)O", "");
    check("condensation of CO", "");
    check("CC(=O)O with CO", "");
    check("", "");
}

/* What a molecule was made of: parts in the order of the phrase's two names. */
static void back(void **state) {
    (void)state;
    static const struct {
        const char *words, *smiles, *halves;
    } rows[] = {{"condensation of the carboxy group of CC(=O)O with the amino group of CN",
                 "CNC(C)=O", "CC(=O)O + CN"},
                {"condensation of the amino group of CN with the carboxy group of CC(=O)O",
                 "CNC(C)=O", "CN + CC(=O)O"},
                {"ester of CC(=O)O and CCO", "CCOC(C)=O", "CC(=O)O + CCO, CCO + CC(=O)O"},
                {"amide of CC(=O)O and CN", "CCOC(C)=O", ""},
                {"condensation of the carboxy group of CC with the hydroxy group of CC",
                 "CCOC(=O)CC(=O)OC", "COC(=O)CC(=O)O + CCO, CCOC(=O)CC(=O)O + CO"}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        mg_condensation list[MG_CONDENSATIONS];
        molglot_error err = {0};
        mg_str got = {0};
        char **halves;
        int n;
        size_t count;
        must(mg_condensations_read(rows[i].words, list, &n, &err), &err);
        assert_true(n > 0);
        must(mg_condense_back(&list[0], rows[i].smiles, 8, &halves, &count, &err), &err);
        for (size_t k = 0; k < count; k++) {
            mg_str_addf(&got, "%s%s", !k ? "" : k % 2 ? " + " : ", ", halves[k]);
            free(halves[k]);
        }
        free(halves);
        mg_condensations_free(list, n);
        if (strcmp(got.s ? got.s : "", rows[i].halves) != 0)
            fail_msg("%s: %s", rows[i].words, got.s);
        mg_str_free(&got);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(phrases), cmocka_unit_test(back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
