/* test_conjugate.c - names of a molecule's acid and base that neighbours prove, and captions that
 * say them. */
#include "../must.h"
#include "caption/inside.h"

static molglot_error err;

static int open_all(void **state) {
    (void)state;
    return mg_chem_init(&err) ? -1 : 0;
}

/* What a row of these protons more in the asked molecule says: of its acid, of its base. */
static void says(const char *asked, const char *row, int protons, const char *text,
                 const char *acid, const char *base) {
    const mg_leaned near[] = {{.smiles = "CCO", .text = "It is a conjugate acid of an ethoxide."},
                              {.smiles = row, .text = text, .protons = protons}};
    mg_mol *m = mg_mol_from_smiles(asked, NULL, NULL);
    const mg_caption_query q = {.mol = m, .near = near, .n_near = 1, .n_known = 2};
    mg_conjugates c;
    must(mg_conjugates_of(&q, NULL, &c, &err), &err);
    const char *const want[] = {acid, base};
    for (int kind = 0; kind < 2; kind++) {
        const char *got = c.name[kind] ? c.name[kind] : "";
        if (strcmp(got, want[kind])) fail_msg("%s: '%s', not '%s'", text, got, want[kind]);
    }
    mg_conjugates_free(&c);
    mg_mol_free(m);
}

static void names(void **state) {
    (void)state;
    static const char acid[] = "CCCC(=O)O", base[] = "CCCC(=O)[O-]", cation[] = "CCCC[NH3+]",
                      amine[] = "CCCCN";
    says(base, acid, -1, "It is a conjugate acid of a butyrate.", "", "butyric acid");
    says(base, acid, -1, "It is a drug. It is a conjugate acid of a but.yl(1-). It is it.", "",
         "but.yl");
    says(base, acid, -1, "It is a conjugate acid of a but(2-).", "", "");      /* another charge */
    says(base, acid, -1, "It is a conjugate acid of an x-phosphate.", "", ""); /* no rule */
    says(base, acid, -1, "It is a conjugate base of a butyrate.", "", ""); /* of something else */
    says(base, acid, -1, "It is a conjugate acid of a butyrate and a but(2-).", "", "");
    says(base, acid, -1, "It is a conjugate acid of a ", "", "");
    says(base, acid, 0, "It is a conjugate acid of a butyrate.", "", "");
    says(base, "CC(C)C(=O)O", -1, "It is a conjugate acid of a butyrate.", "", ""); /* an isomer */
    says(base, "nothing", -1, "It is a conjugate acid of a butyrate.", "", "");
    says(acid, base, 1, "It is a conjugate base of a butyric acid.", "butyrate", "");
    says(acid, base, 1, "It is a conjugate base of a thing", "thing(1-)", "");
    says(amine, cation, -1, "It is a conjugate acid of a butylamine.", "", "butylamine(1+)");
    says(amine, cation, -1, "It is a conjugate acid of an aminobutyrate.", "", "");
    says(cation, amine, 1, "It is a conjugate base of a butylaminium(1+).", "butylaminium", "");
    says(cation, amine, 1, "It is a conjugate base of a laudaninium.", "laudanine", "");
    says(cation, amine, 1, "It is a conjugate base of a ()", "", "");
    /* what ends a name and is no charge stays in it */
    says(acid, base, 1, "It is a conjugate base of a thing(1)", "thing(1)(1-)", "");
    says(acid, base, 1, "It is a conjugate base of a thing(1x)", "thing(1x)(1-)", "");
    char longest[600] = "It is a conjugate base of a ";
    memset(longest + strlen(longest), 'x', 500);
    says(acid, base, 1, longest, "", "");
}

static void caption_is(const char *acid, const char *base, const char *text, const char *want) {
    const mg_conjugates c = {.name = {(char *)(uintptr_t)acid, (char *)(uintptr_t)base},
                             .mirror = -1};
    mg_str got = {0};
    must(mg_conjugates_say(&c, -1, text, &got, &err), &err);
    assert_string_equal(got.s, want);
    mg_str_free(&got);
}

static void captions(void **state) {
    (void)state;
    static const char copy[] = "The molecule is the conjugate base of nonanoic acid. It is a "
                               "conjugate base of a nonanoic acid. It is it.";
    caption_is(NULL, NULL, copy, copy);
    caption_is(NULL, "octanoic acid", copy,
               "The molecule is the conjugate base of octanoic acid. It is a conjugate base of an "
               "octanoic acid. It is it.");
    caption_is("octanoate(2+)", NULL, "It is a thing.",
               "It is a thing. It is a conjugate acid of an octanoate(2+).");
    caption_is("b", "c", "It is red",
               "It is red. It is a conjugate acid of a b. It is a conjugate "
               "base of a c.");
    /* a short name stands for other things elsewhere */
    caption_is(NULL, "DOPA", "It is red, RED. It is a conjugate base of a red.",
               "It is red, RED. It is a conjugate base of a DOPA.");
}

static void mirror_images(void **state) {
    (void)state;
    static const char d[] = "C[C@@H](N)C(=O)O", l[] = "C[C@H](N)C(=O)O",
                      text[] =
                          "The molecule is the L-enantiomer. It is an enantiomer of a D-alanine.";
    const mg_leaned near[] = {{.row = 4, .smiles = "CCO", .text = "It is a thing."},
                              {.row = 7, .smiles = l, .text = text, .twin = true}};
    const mg_leaned other[] = {{.row = 7, .smiles = d, .text = text, .twin = true}};
    const mg_leaned silent[] = {
        {.row = 7, .smiles = l, .text = "It is an enantiomer of a thing.", .twin = true}};
    mg_mol *m = mg_mol_from_smiles(d, NULL, NULL);
    char *canonical = mg_mol_smiles(m, true);
    mg_caption_query q = {.mol = m, .smiles = canonical, .near = near, .n_near = 2, .n_known = 2};
    mg_conjugates c;
    mg_str got = {0};
    must(mg_conjugates_of(&q, NULL, &c, &err), &err);
    assert_string_equal(c.name[MG_ENANTIOMER], "L-alanine");
    assert_int_equal(c.mirror, 7);
    must(mg_conjugates_say(&c, 7, text, &got, &err), &err);
    assert_string_equal(got.s,
                        "The molecule is the D-enantiomer. It is an enantiomer of a L-alanine.");
    mg_str_free(&got);
    must(mg_conjugates_say(&c, 4, "It is a L-thing.", &got, &err), &err);
    assert_string_equal(got.s, "It is a L-thing. It is an enantiomer of a L-alanine.");
    mg_str_free(&got);
    mg_conjugates_free(&c);
    q.near = other, q.n_known = 1; /* the molecule itself */
    must(mg_conjugates_of(&q, NULL, &c, &err), &err);
    assert_null(c.name[MG_ENANTIOMER]);
    q.near = silent; /* a name without a configuration */
    must(mg_conjugates_of(&q, NULL, &c, &err), &err);
    assert_null(c.name[MG_ENANTIOMER]);
    assert_int_equal(c.mirror, -1);
    mg_mol_free(m);
    free(canonical);
}

static void mirrored_words(void **state) {
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {{"", ""},
                {"(2R,3aS,9Z)-x (R)-y (R) (2R", "(2S,3aR,9Z)-x (S)-y (S) (2R"},
                {"D-glucose, L-Ala-D-Ala, RED-1, DL-x", "L-glucose, D-Ala-L-Ala, RED-1, DL-x"},
                {"(+)-a (-)-b (1+) (2'R,3'S)", "(-)-a (+)-b (1+) (2'S,3'R)"},
                {"(S", "(S"}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        char text[100];
        snprintf(text, sizeof text, "%s", rows[i].text);
        mg_mirror_words(text);
        assert_string_equal(text, rows[i].want);
    }
}

/* What a molecule beside one row is called the acid, base and mirror image of, bars between: proven
 * names, and behind them those that the dictionary alone knows. */
static void known(const mg_dictionary *d, const char *asked, const char *row, int protons,
                  const char *text, const char *want) {
    const mg_leaned near[] = {{.smiles = row, .text = text, .protons = protons}};
    mg_mol *m = mg_mol_from_smiles(asked, NULL, NULL);
    char *canonical = mg_mol_smiles(m, true);
    const mg_caption_query q = {
        .mol = m, .smiles = canonical, .near = near, .n_near = 1, .n_known = 1};
    mg_conjugates c;
    mg_str got = {0};
    must(mg_conjugates_of(&q, d, &c, &err), &err);
    for (int k = 0; k < MG_CONJUGATES; k++) mg_str_addf(&got, "%s|", c.name[k] ? c.name[k] : "");
    for (int k = 0; k < MG_CONJUGATES; k++) mg_str_addf(&got, "%s|", c.known[k] ? c.known[k] : "");
    if (strcmp(got.s, want)) fail_msg("%s, %s: '%s', not '%s'", asked, text, got.s, want);
    mg_str_free(&got);
    mg_conjugates_free(&c);
    free(canonical);
    mg_mol_free(m);
}

static void names_of_the_dictionary(void **state) {
    (void)state;
    /* sorted, as a dictionary lies: by their letters */
    static const char *const smiles[] = {"C[C@@H](N)C(=O)O", "C[C@H](N)C(=O)O", "NCCC(=O)O",
                                         "O=C(O)CCC(=O)O", "O=C([O-])CCC(=O)O"};
    static const mg_name_row rows[] = {
        {"d-Alanine", 0, MG_NAME_PUBCHEM, 0},         {"l-alanine", 1, MG_NAME_PUBCHEM, 0},
        {"(S)-Alanine", 1, MG_NAME_PUBCHEM, 8},       {"beta-Ala", 2, MG_NAME_PUBCHEM, 0},
        {"Beta-Alanine", 2, MG_NAME_CHEBI, 8},        {"Succinic Acid", 3, MG_NAME_PUBCHEM, 0},
        {"hydrogen succinate", 4, MG_NAME_PUBCHEM, 0}};
    mg_dictionary_laid laid;
    const mg_dictionary_contents contents = {.row = rows,
                                             .names = MG_COUNT(rows),
                                             .smiles = smiles,
                                             .plain = smiles,
                                             .molecules = MG_COUNT(smiles)};
    must(mg_dictionary_lay(&contents, &laid, &err), &err);
    mg_dictionary *d = must_have(mg_dictionary_open(laid.part, laid.names, laid.molecules, &err),
                                 &err);
    static const char base[] = "It is a conjugate base of a thing.",
                      acid[] = "It is a conjugate acid of a thing.",
                      twin[] = "It is an enantiomer of a thing.";
    /* ChEBI's name before a better known one, small letters but for D- and L- */
    known(d, "NCCC(=O)[O-]", "CCO", 0, base, "||||beta-alanine||");
    known(d, "C[C@@H](N)C(=O)[O-]", "CCO", 0, base, "||||D-alanine||");
    known(d, "C[C@@H](N)C(=O)O", "CCO", 0, twin, "|||||(S)-alanine|");
    known(d, "C[C@H]([NH3+])C(=O)O", "CCO", 0, acid, "|||(S)-alanine|||");
    /* the form that is fewest protons away */
    known(d, "O=C([O-])CCC(=O)[O-]", "CCO", 0, base, "||||hydrogen succinate||");
    known(d, "O=C(O)CCC(=O)O", "CCO", 0, acid, "|||hydrogen succinate|||");
    /* nobody says such a thing, or nobody knows it */
    known(d, "NCCC(=O)[O-]", "CCO", 0, acid, "||||||");
    known(d, "NCCC(=O)[O-]", "CCO", 0, "It is a thing.", "||||||");
    known(d, "CCC(=O)[O-]", "CCO", 0, base, "||||||");
    known(NULL, "NCCC(=O)[O-]", "CCO", 0, base, "||||||");
    /* a rule's name gives way to a known one, a known one does not */
    known(d, "C[C@@H](N)C(=O)[O-]", "C[C@@H](N)C(=O)O", -1,
          "It is a conjugate acid of a D-alaninate.", "|D-alanine|||||");
    known(d, "NCCC(=O)[O-]", "NCCC(=O)O", -1, "It is a conjugate acid of a beta-alaninate.",
          "|beta-alanine|||||");
    known(d, "O=C(O)CCC(=O)[O-]", "O=C(O)CCC(=O)O", -1, "It is a conjugate acid of a succinate.",
          "|succinic acid|||succinic acid||");
    mg_dictionary_close(d);
    free(laid.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(captions),
                                       cmocka_unit_test(names_of_the_dictionary),
                                       cmocka_unit_test(mirror_images),
                                       cmocka_unit_test(mirrored_words)};
    return cmocka_run_group_tests(tests, open_all, NULL);
}
