/* test_relations.c - names that a caption says its molecule is an acid, a base or a mirror image
 * of, against a dictionary of names. */
#include "../must.h"
#include "caption/inside.h"

#include <stdlib.h>
#include <string.h>

static molglot_error err;

static const char *const smiles[] = {"CCCCCCCCC(=O)O", "CCCCCCC(=O)O", "CC(O)C(=O)O", "CCCCO"};
static const mg_name_row rows[] = {{"nonanoic acid", 0, MG_NAME_PUBCHEM, 8},
                                   {"heptanoic acid", 1, MG_NAME_PUBCHEM, 8},
                                   {"lactic acid", 2, MG_NAME_PUBCHEM, 8},
                                   {"spirit", 3, MG_NAME_PUBCHEM, 8},
                                   {"spirit", 1, MG_NAME_PUBCHEM, 8}};

/* wrong: the wrong places, with bars between. */
static void marks(mg_readings *d, const char *molecule, const char *text, const char *wrong,
                  int words, int claims) {
    mg_mol *m = must_have(mg_mol_from_smiles(molecule, NULL, NULL), &err);
    mg_caption c = {.text = strdup(text)};
    mg_str got = {0};
    must(mg_relations_check(d, m, &c, &err), &err);
    mg_str_addz(&got, "");
    for (int i = 0; i < c.n_wrong; i++)
        mg_str_addf(&got, "%s%.*s", i ? "|" : "", (int)(c.wrong[i].end - c.wrong[i].begin),
                    text + c.wrong[i].begin);
    if (strcmp(got.s, wrong) || c.wrong_words != words || c.claims != claims)
        fail_msg("%s, %s: '%s', %d words, %d claims", molecule, text, got.s, c.wrong_words,
                 c.claims);
    mg_str_free(&got);
    free(c.wrong);
    free(c.text);
    mg_mol_free(m);
}

static void names(void **state) {
    (void)state;
    static const char heptanoate[] = "CCCCCCC(=O)[O-]";
    mg_dictionary_laid laid;
    const mg_dictionary_contents c = {.row = rows,
                                      .names = MG_COUNT(rows),
                                      .smiles = smiles,
                                      .plain = smiles,
                                      .molecules = MG_COUNT(smiles)};
    must(mg_dictionary_lay(&c, &laid, &err), &err);
    mg_dictionary *open = must_have(mg_dictionary_open(laid.part, laid.names, laid.molecules, &err),
                                    &err);
    mg_readings *d = must_have(mg_readings_new(open, &err), &err);
    marks(d, heptanoate, "It is a conjugate base of a nonanoic acid.", "nonanoic acid", 2, 1);
    marks(d, heptanoate, "It is a conjugate base of a heptanoic acid.", "", 0, 1);
    /* without the dictionary: systematic names */
    marks(NULL, heptanoate, "It is a conjugate base of a heptanoic acid.", "", 0, 1);
    marks(NULL, heptanoate, "It is a conjugate base of a 2-methylbutanoic acid.",
          "2-methylbutanoic acid", 2, 1);
    marks(NULL, heptanoate, "It is a conjugate base of a spirit.", "", 0, 0);
    marks(d, heptanoate,
          "It is a conjugate base of a Nonanoic Acid. It is an enantiomer of lactic acid",
          "Nonanoic Acid|lactic acid", 4, 2);
    marks(d, heptanoate,
          "It is an enantiomer of a nonanoic acid. It is a conjugate acid of a lactic acid.",
          "nonanoic acid|lactic acid", 4, 2);
    marks(d, "C[C@H](O)C(=O)O", "It is a tautomer of a lactic acid.", "", 0, 1);
    marks(d, heptanoate, "It is a conjugate base of a spirit.", "", 0, 1); /* one of two is */
    marks(d, "CC", "It is a conjugate base of a spirit.", "spirit", 1, 1);
    /* no claims: unknown, several, of something else, nothing */
    marks(d, heptanoate, "It is a conjugate base of a blue acid.", "", 0, 0);
    marks(d, heptanoate, "It is a conjugate base of a nonanoic acid and a spirit.", "", 0, 0);
    marks(d, heptanoate, "It derives from a nonanoic acid.", "", 0, 0);
    marks(d, heptanoate, "It is a conjugate base of a ", "", 0, 0);
    marks(d, heptanoate, "It is a conjugate base of .", "", 0, 0);
    char longest[600] = "It is a conjugate base of a ";
    memset(longest + strlen(longest), 'x', 500);
    marks(d, heptanoate, longest, "", 0, 0);
    mg_readings_free(d);
    mg_dictionary_close(open);
    free(laid.bytes);
}

static int prepare(void **state) {
    (void)state;
    return mg_chem_init(&err) ? -1 : 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, prepare, NULL);
}
