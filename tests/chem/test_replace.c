/* test_replace.c - a hydrogen of a molecule replaced by a group: what phrases say, and the one
 * place that they can mean. */
#include "../must.h"
#include "chem/condense/condense.h"
#include "test_chem.h"

static molglot_error err;

static const struct {
    const char *words, *smiles, *product; /* NULL: no such phrase; "": no place, or several */
} ROWS[] = {
    {"x in which the hydrogen attached to the nitrogen is replaced by a nitroso group", "C1CCNCC1",
     "O=NN1CCCCC1"},
    {"x in which one of the amino hydrogens is replaced by a nitroso group", "NCCO", "O=NNCCO"},
    {"x in which the two amino hydrogens have been replaced by nitroso groups", "CN", "CN(N=O)N=O"},
    {"x in which the amino hydrogens are replaced by nitroso groups", "CN", "CN(N=O)N=O"},
    {"x in which the phenolic hydrogen has been replaced by a nitroso group", "OCc1ccc(O)cc1",
     "O=NOc1ccc(CO)cc1"},
    {"x in which the hydrogen of the hydroxy group was substituted with a nitroso substituent.",
     "CCO", "CCON=O"},
    {"x where the thiol hydrogen is replaced by a nitroso moiety", "SCCO", "O=NSCCO"},
    {"x in which the carboxy hydrogen is replaced by a nitroso group", "OCC(=O)O", "O=NOC(=O)CO"},
    {"x in which the hydrogen on the amide nitrogen is replaced by a nitroso group", "NCC(=O)NC",
     "CN(N=O)C(=O)CN"},
    {"x in which the hydrogen of the indole nitrogen is replaced by a nitroso group",
     "NCc1c[nH]c2ccccc12", "NCc1cn(N=O)c2ccccc12"},
    {"x in which one of the methyl hydrogens is substituted by a nitroso group", "CC(=O)O",
     "O=NCC(=O)O"},
    {"x in which one of the hydrogens is replaced by a nitroso group", "NC(N)=O", "NC(=O)NN=O"},
    {"x substituted by a nitroso group at the N atom", "CNC", "CN(C)N=O"},
    {"x that is substituted by a nitroso group at the nitrogen", "CNC", "CN(C)N=O"},
    {"x carrying a nitroso substituent on the sulfur", "CS", "CSN=O"},
    /* which of them, nobody knows */
    {"x in which one of the hydrogens is replaced by a nitroso group", "CCO", ""},
    {"x in which one of the methyl hydrogens is replaced by a nitroso group", "CCCOC", ""},
    {"x in which the amino hydrogen is replaced by a nitroso group", "CCO", ""},
    {"x in which the two hydroxy hydrogens are replaced by nitroso groups", "CCO", ""},
    /* other phrases */
    {"x in which the hydrogen at position 2 is replaced by a nitroso group", "CCO", NULL},
    {"x in which the hydrogen para to the amino group is replaced by a nitroso group", "CCO", NULL},
    {"x in which the carboxy and phenolic hydrogens are replaced by nitroso groups", "CCO", NULL},
    {"x in which the amino group is replaced by a nitroso group", "CCO", NULL},
    {"x in which the amino hydrogen is replaced by a nitroso group and more is said", "CCO", NULL},
    {"x substituted by a nitroso group at position 2", "CCO", NULL},
    {"x substituted by a nitroso group at the N atom, and more", "CCO", NULL},
    {"x in which the hydrogen is blue", "CCO", NULL},
    {"nitroso", "CCO", NULL},
    {"", "CCO", NULL},
};

static void phrases(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        char words[300], *product = NULL;
        mg_replacement r;
        bool is;
        snprintf(words, sizeof words, "%s%s", *ROWS[i].words == 'x' ? "abc" : "",
                 ROWS[i].words + (*ROWS[i].words == 'x'));
        must(mg_replacement_read(words, &r, &is, &err), &err);
        if (is != (ROWS[i].product != NULL)) fail_msg("%s: %s", words, is ? r.group : "none");
        if (!is) continue;
        assert_string_equal(r.name, "abc");
        assert_string_equal(r.group, "nitroso");
        must(mg_replace(&r, ROWS[i].smiles, "O=NB(O)O", &product, &err), &err);
        if (strcmp(product ? product : "", ROWS[i].product) != 0)
            fail_msg("%s of %s: %s", words, ROWS[i].smiles, product ? product : "nothing");
        free(product);
        mg_replacement_free(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(phrases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
