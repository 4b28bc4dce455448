/* Natural parents: a table of names and their structures (naturals.tsv; no structure: refused), and
 * phrases that build on them.
 */
#include "../must.h"
#include "chem/nomenclature/inside.h"
#include "names_table.h"

#include <stdlib.h>
#include <string.h>

static void test_table(void **state) {
    (void)state;
    must_read_table("naturals.tsv", 198, 59);
}

static bool reads(const char *name) {
    molglot_error err = {0};
    char *smiles = NULL;
    must(mg_name_read(name, &smiles, &err), &err);
    if (!smiles) print_message("%s\n", name);
    const bool read = smiles != NULL;
    free(smiles);
    return read;
}

/* Each parent of the table is built with its faces, and each retained name means something. */
static void tables(void **state) {
    (void)state;
    int n = 0;
    for (const name_parent *p = NAME_NATURALS; p->stem; p++, n++) {
        char name[NAME_LONGEST];
        const int k = (int)strcspn(p->stem, "|!");
        const char *tail = p->stem[k] == '|' ? p->stem + k + 1 : "";
        snprintf(name, sizeof name, "%.*s%s%s", k, p->stem, p->stem[k] == '!' ? "" : "an", tail);
        const name_reader r = {.s = name, .n = strlen(name)};
        name_fragment f;
        if (!name_natural(&r, 0, r.n, &f)) fail_msg("%s", name);
        assert_int_equal(f.own, f.n);
    }
    for (int i = 0; NAME_RETAINED[i][0]; i++, n++) {
        char with[NAME_LONGEST]; /* cholanic acid leaves C-5 open */
        snprintf(with, sizeof with, "5beta-%s", NAME_RETAINED[i][0]);
        assert_true(reads(strstr(NAME_RETAINED[i][0], "chola") ? with : NAME_RETAINED[i][0]));
    }
    assert_true(n > 190);
}

/* "the 3beta,5alpha-stereoisomer", two groups at one position, the hydrogen of a hydroxy group. */
static void described(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"cholesterol substituted by hydroxy groups at positions 20 and 22 (the "
         "20R,22R-stereoisomer)",
         "(20R,22R)-20,22-dihydroxycholesterol"},
        {"5alpha-cholest-8-en-3beta-ol carrying an additional hydroxymethyl substituent at "
         "position "
         "4alpha",
         "4alpha-hydroxymethyl-5alpha-cholest-8-en-3beta-ol"},
        {"testosterone with a methyl group at position 17alpha", "17alpha-methyltestosterone"},
        {"5alpha-androstane with oxo groups at positions 3 and 17", "3,17-dioxo-5alpha-androstane"},
        {"hopane substituted by hydroxy groups at positions 3 and 15 (the "
         "(3beta,15alpha-stereoisomer)",
         "(3beta,15alpha)-3,15-dihydroxyhopane"},
        {"5alpha-cholest-8-en-3beta-ol bearing two additional methyl substituents at position 4",
         "4,4-dimethyl-5alpha-cholest-8-en-3beta-ol"},
        {"estradiol in which the hydroxy hydrogen at position 17 has been replaced by a sulfo "
         "group",
         "17-O-sulfoestradiol"},
        {"pregnane which contains a double bond between positions 4 and 5 and is substituted by an "
         "oxo group at position 3 and a hydroxy group at position 20alpha",
         "4,5-didehydro-3-oxo-20alpha-hydroxypregnane"},
        {"hopane having a C=C double bond at the 22(29)-position", "22,29-didehydrohopane"},
        {"5alpha-cholestan-3beta-ol with an epoxy group across positions 7alpha and 8alpha",
         "7alpha,8alpha-epoxy-5alpha-cholestan-3beta-ol"},
        {"pregnenolone carrying an additional hydroxy substituent at the 7alpha-position",
         "7alpha-hydroxypregnenolone"},
        {"5alpha-cholestan-3beta-ol in which the hydrogen at the 6alpha position has been replaced "
         "by a hydroxy group",
         "6alpha-hydroxy-5alpha-cholestan-3beta-ol"},
        {"cholesterol carrying two additional hydroxy groups at the 4beta and 7alpha positions",
         "4beta,7alpha-dihydroxycholesterol"},
        {"oleanane which is substituted by hydroxy groups at the 3beta, 22beta and 24-positions, "
         "and which has a double bond between positions 12 and 13",
         "3beta,22beta,24-trihydroxy-12,13-didehydrooleanane"},
        {"zymosterol substituted by a 4alpha-methyl group", "4alpha-methylzymosterol"},
        {"zymosterol substituted by geminal methyl groups at position 4", "4,4-dimethylzymosterol"},
        {"cholesterol substituted by a hydroxy group at position 24S", "24S-hydroxycholesterol"},
        {"dihydroxy-5beta-cholanic acid bearing hydroxy substituents at positions 3alpha and 7beta",
         "3alpha,7beta-dihydroxy-5beta-cholanic acid"},
        {"estradiol in which the phenolic hydrogen at position 3 is replaced by a methyl group",
         "3-O-methylestradiol"}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        char *name = NULL;
        size_t stereo;
        must(mg_name_described(cases[i][0], &name, &stereo, &err), &err);
        if (!name) fail_msg("%s", cases[i][0]);
        assert_string_equal(name, cases[i][1]);
        assert_true(reads(name));
        free(name);
    }
}

/* Double bonds that could stand as E and Z are not taken up, nor what is no pair of positions. */
static void bonds_left_alone(void **state) {
    (void)state;
    static const char *const cases[] = {
        "cholesterol with a double bond between positions 22 and 23",
        "hopane having a double bond at the 22-position",
        "hopane having a double bond between the rings",
        "hopane having a double bond at the 22(29)-positions"};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        char text[200];
        snprintf(text, sizeof text, "%s", cases[i]);
        name_say_bonds(text, sizeof text);
        assert_string_equal(text, cases[i]);
    }
    char full[] = "a double bond between positions 4 and 5"; /* no room for more */
    name_say_bonds(full, sizeof full);
    assert_string_equal(full, "a double bond between positions 4 and 5");
}

int main(void) {
    molglot_error err = {0};
    must(mg_chem_init(&err), &err);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(tables),
                                       cmocka_unit_test(described),
                                       cmocka_unit_test(bonds_left_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
