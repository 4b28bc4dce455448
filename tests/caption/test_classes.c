/* test_classes.c - classes in captions that are names of molecules, or count groups on a parent,
 * against the described molecule; and numbers that are put right. */
#include "../must.h"
#include "caption/inside.h"

#include <stdlib.h>
#include <string.h>

static molglot_error err;

#define THEOBROMINE "Cn1cnc2c1c(=O)[nH]c(=O)n2C"
#define CHRYSIN     "O=c1cc(-c2ccccc2)oc2cc(O)cc(O)c12"

static const struct {
    const char *smiles, *text, *wrong, *mended; /* "": nothing */
    int claims;
} ROWS[] = {
    /* it has another nitrogen */
    {THEOBROMINE, "The molecule is a 2-methyl-9H-purin-6-amine that is found in tea.",
     "2-methyl-9H-purin-6-amine", "", 1},
    {"Cc1nc(N)c2nc[nH]c2n1", "The molecule is a 2-methyl-9H-purin-6-amine that is found in tea.",
     "", "", 1},
    /* too many groups, too few, as many; a group beside them */
    {CHRYSIN, "The molecule is a trihydroxyflavone that is chrysin. It is a trihydroxyflavone.",
     "trihydroxyflavone|trihydroxyflavone",
     "The molecule is a dihydroxyflavone that is chrysin. It is a dihydroxyflavone.", 2},
    {CHRYSIN, "It is a monohydroxyflavone and a plant metabolite.", "monohydroxyflavone",
     "It is a dihydroxyflavone and a plant metabolite.", 1},
    {CHRYSIN, "It is a member of flavones and a dihydroxyflavone.", "", "", 1},
    {CHRYSIN, "It is a monomethoxyflavone.", "monomethoxyflavone", "", 1},
    /* words that are no whole class, or that nobody reads */
    {CHRYSIN, "The molecule is a 7-methylguanine derivative.", "", "", 0},
    {CHRYSIN, "It is a trihydroxyspirit, a polyphenol.", "", "", 0},
    {CHRYSIN, "It is a", "", "", 0},
    {CHRYSIN, "", "", "", 0}};

static void row(size_t i) {
    mg_mol *m = must_have(mg_mol_from_smiles(ROWS[i].smiles, NULL, NULL), &err);
    mg_caption c = {.text = strdup(ROWS[i].text)};
    mg_str got = {0}, mended = {0};
    must(mg_classes_check(NULL, m, &c, &err), &err);
    must(mg_classes_mend(&c, m, &mended, &err), &err);
    mg_str_addz(&got, "");
    mg_str_addz(&mended, "");
    for (int k = 0; k < c.n_wrong; k++)
        mg_str_addf(&got, "%s%.*s", k ? "|" : "", (int)(c.wrong[k].end - c.wrong[k].begin),
                    c.text + c.wrong[k].begin);
    if (strcmp(got.s, ROWS[i].wrong) || strcmp(mended.s, ROWS[i].mended) ||
        c.claims != ROWS[i].claims)
        fail_msg("%s: '%s', %d claims; '%s'", ROWS[i].text, got.s, c.claims, mended.s);
    mg_str_free(&got);
    mg_str_free(&mended);
    free(c.wrong);
    free(c.text);
    mg_mol_free(m);
}

static void classes(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) row(i);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(classes)};
    must(mg_chem_init(&err), &err);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
