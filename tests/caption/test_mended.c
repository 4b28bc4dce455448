/* test_mended.c - first sentences that build another molecule: called wrong, cut, and mended
 * with the described molecule's own definition. */
#include "../must.h"
#include "caption/inside.h"

#include <stdlib.h>
#include <string.h>

static molglot_error err;

typedef struct row {
    const char *molecule, *text;
    const char *cut;    /* NULL: nothing is wrong */
    const char *mended; /* NULL: it cannot be */
} row;

static const row ROWS[] = {
    /* its own */
    {"COc1ccccc1O",
     "The molecule is a phenol that is phenol substituted by a methoxy group at "
     "position 2. It has a role as a drug.",
     NULL, NULL},
    /* another's, on a parent that it shares */
    {"COc1ccccc1O",
     "The molecule is a phenol that is phenol substituted by a methoxy group at "
     "position 4. It has a role as a drug.",
     "The molecule is a phenol. It has a role as a drug.",
     "The molecule is a phenol that is phenol substituted by a methoxy group at position 2. It has "
     "a role as a drug."},
    {"Cc1cccc(C)n1", "The molecule is pyridine substituted by methyl groups at positions 2 and 4.",
     "The molecule is pyridine.",
     "The molecule is pyridine substituted by methyl groups at positions 2 and 6."},
    /* on one that it has not: its own */
    {"Cc1cccc(C)n1",
     "The molecule is an arene that is benzene substituted by methyl groups at "
     "positions 1 and 3. It burns.",
     "The molecule is an arene. It burns.",
     "The molecule is an arene that is pyridine substituted by methyl groups at positions 2 and 6. "
     "It burns."},
    {"Oc1ccccc1Cl",
     "The molecule is an ester obtained by formal condensation of the carboxy group "
     "of acetic acid with the hydroxy group of phenol. It is one.",
     "The molecule is an ester. It is one.", NULL},
    /* a molecule without such a phrase */
    {"CCO",
     "The molecule is an arene that is benzene substituted by methyl groups at positions 1 "
     "and 3.",
     "The molecule is an arene.", NULL},
    /* nothing is said */
    {"CCO", "The molecule is a primary alcohol. It burns.", NULL, NULL}};

static void same(const row *r, const char *what, bool is, const mg_str *got, const char *want) {
    if (is != (want != NULL) || (want && strcmp(got->s, want) != 0))
        fail_msg("%s of %s, %s: '%s'", what, r->molecule, r->text, is ? got->s : "");
}

static void definitions(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        const row *r = &ROWS[i];
        mg_mol *m = must_have(mg_mol_from_smiles(r->molecule, NULL, NULL), &err);
        mg_caption c = {.text = strdup(r->text)};
        mg_own_definition own = {0};
        mg_str cut = {0}, mended = {0};
        must(mg_definition_check(NULL, m, &c, &err), &err);
        same(r, "cut", mg_definition_cut(&c, &cut), &cut, r->cut);
        must(mg_definition_mend(&c, m, &own, &mended, &err), &err);
        same(r, "mended", mended.n > 0, &mended, r->mended);
        assert_int_equal(c.n_wrong, r->cut != NULL);
        mg_own_definition_free(&own);
        mg_str_free(&cut);
        mg_str_free(&mended);
        free(c.wrong);
        free(c.text);
        mg_mol_free(m);
    }
}

static int prepare(void **state) {
    (void)state;
    return mg_chem_init(&err) ? -1 : 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(definitions)};
    return cmocka_run_group_tests(tests, prepare, NULL);
}
