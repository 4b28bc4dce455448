/* Triage: each row of the lists of controlled substances has what it must flag and a near miss;
 * salts, exceptions, what is similar; a site's own lists; alerts and accessibility against RDKit's
 * (golden_triage.tsv). */
#include "chem/triage/triage.h"
#include "test_chem.h"

#include <stdio.h>

static mg_screen *screen;
static mg_triager *triager;

static int open_all(void **state) {
    molglot_error err = {0};
    screen = mg_screen_new(NULL, 0, &err);
    triager = screen ? mg_triager_new(&err) : NULL;
    if (!triager) print_error("%s\n", err.message);
    return start_chemistry(state) || !triager ? -1 : 0;
}

static int close_all(void **state) {
    mg_screen_free(screen);
    mg_triager_free(triager);
    return check_no_living_molecules(state);
}

static char *found(const mg_screen *s, const char *smiles) {
    molglot_error err = {0};
    char *out = NULL;
    if (mg_screen_smiles(s, smiles, &out, &err)) fail_msg("%s: %s", smiles, err.message);
    return out;
}

static void expect(const char *smiles, const char *begins) {
    char *out = found(screen, smiles);
    if (strncmp(out, begins, strlen(begins)))
        fail_msg("%s: '%s', not '%s...'", smiles, out, begins);
    free(out);
}

/* ---- the built-in lists ---- */

static void try_each(size_t at, const char *text, bool wanted) {
    const mg_screen_entry e = mg_screen_at(screen, at);
    char *copy = strdup(text), *save = NULL;
    for (char *p = strtok_r(copy, "|", &save); p; p = strtok_r(NULL, "|", &save)) {
        molglot_error err = {0};
        bool match = !wanted;
        mg_mol *m = read_mol(p);
        if (mg_screen_try(screen, at, m, &match, &err)) fail_msg("%s", err.message);
        if (match != wanted) fail_msg("%s %s: %s", e.list, e.id, p);
        mg_mol_free(m);
    }
    free(copy);
}

static void each_entry_has_a_match_and_a_near_miss(void **state) {
    (void)state;
    int tried = 0, silent = 0;
    for (size_t i = 0; i < mg_screen_count(screen); i++) {
        const mg_screen_entry e = mg_screen_at(screen, i);
        if (!strcmp(e.kind, "silent")) {
            silent++;
            continue;
        }
        if (!*e.yes || !*e.no) fail_msg("%s %s has no examples", e.list, e.id);
        try_each(i, e.yes, true);
        try_each(i, e.no, false);
        if (!strcmp(e.kind, "exact")) try_each(i, e.pattern, true);
        tried++;
    }
    assert_true(tried > 60);
    assert_int_equal(silent, 1);
}

static void what_is_found_names_list_and_entry(void **state) {
    (void)state;
    expect("CC(C)OP(C)(=O)F", "match: CWC 1.A.01 (O-alkyl alkylphosphonofluoridate)");
    expect("CCO", "no match");
    expect("CC(=O)Oc1ccccc1C(O)=O", "no match");
    /* the rest of a list only where nothing before it matches */
    char *out = found(screen, "CC(C)OP(C)(=O)F");
    assert_null(strstr(out, "2.B.04"));
    free(out);
    expect("CP(=O)(O)O", "match: CWC 2.B.04");
    expect("CCOP(=S)(CC)Sc1ccccc1", "no match"); /* fonofos is excepted */
    assert_non_null(strstr(mg_screen_lists(screen), "CWC 2020-06-07; UN 1988"));
}

static void salts_and_mixtures_are_looked_into(void **state) {
    (void)state;
    expect("Cl.CNC(C)C(O)c1ccccc1", "match: UN 1988 I.03");
    expect("[2H]C([2H])([2H])[NH2+]C(C)C(O)c1ccccc1.[Cl-]", "match: UN 1988 I.03");
    expect("CCO.CC(C)OP(C)(=O)F", "match: CWC 1.A.01");
    expect("Cl.NCC(O)c1ccccc1", "no match"); /* a counter-ion is no hydrochloric acid */
    expect("Cl", "match: UN 1988 II.04");
}

static void what_is_similar_is_near(void **state) {
    (void)state;
    expect("OC(C(=O)OC1CN2CCC1C2)(c1ccccc1)c1ccccc1", "near: CWC 2.A.03 (BZ");
    assert_true(mg_screen_flags("near: x"));
    assert_true(mg_screen_flags("match: x"));
    assert_false(mg_screen_flags("no match"));
    assert_false(mg_screen_flags(NULL));
}

/* ---- a site's own lists ---- */

static void a_site_has_its_own_lists(void **state) {
    (void)state;
    static const char own[] = "# ours\r\nlist\tHouse\tour rules\t7\r\natom\tx\tF,Cl\r\n"
                              "class\ta\ta halide\t[CX4][{x}]\tCCl|CF\tCBr\r\n"
                              "exact\tb\ta thing\tCCO\r\nexcept\tb\tOCC";
    molglot_error err = {0};
    mg_screen *s = mg_screen_new(own, strlen(own), &err);
    if (!s) fail_msg("%s", err.message);
    assert_string_equal(mg_screen_lists(s), "CWC 2020-06-07; UN 1988 2024-12-03; House 7");
    char *out = found(s, "FCCc1ccccc1");
    assert_string_equal(out, "match: House a (a halide)");
    free(out);
    mg_screen_free(s);
}

static void refuse(const char *table, const char *why) {
    molglot_error err = {0};
    mg_screen *s = mg_screen_new(table, strlen(table), &err);
    if (s) fail_msg("'%s' is taken", table);
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    if (!strstr(err.message, why)) fail_msg("'%s' is not in '%s'", why, err.message);
}

static void what_is_no_list_is_refused(void **state) {
    (void)state;
    refuse("", "there is no list");
    refuse("smiles\tname\nCCO\tx\n", "row 1: the first row begins a list");
    refuse("list\tX\t\t\n", "a name and a version");
    refuse("list\tX\ty\t1\nclass\ta\tb\t[C\n", "row 2");
    refuse("list\tX\ty\t1\nclass\ta\tb\t[{q}]\n", "no such name of atoms");
    refuse("list\tX\ty\t1\nclass\ta\tb\t\n", "without a pattern");
    refuse("list\tX\ty\t1\nexact\ta\tb\tC1CC\n", "row 2: 'C1CC'");
    refuse("list\tX\ty\t1\nexact\ta\tb\tCCO\tCCN\n", "'CCN' must match a");
    refuse("list\tX\ty\t1\nclass\ta\tb\tCO\tCCO\tCCCO\n", "'CCCO' must not match a");
    refuse("list\tX\ty\t1\nexcept\ta\tCCO\n", "below its entry");
    refuse("list\tX\ty\t1\nnear\tnan\n", "near wants");
    refuse("list\tX\ty\t1\nfoo\ta\tb\tC\n", "no such kind of row");
    refuse("list\tX\ty\t1\nexact\ta\tb\tC\td\te\tf\n", "more than six columns");
    refuse("list\tX\ty\xff\t1\n", "UTF-8");
}

/* ---- alerts, accessibility ---- */

static void numbers_are_rdkits(void **state) {
    (void)state;
    FILE *f = fopen(MG_SOURCE_DIR "/tests/chem/golden_triage.tsv", "r");
    char line[4096];
    double apart = 0, most = 0;
    int n = 0;
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        molglot_error err = {0};
        mg_triage t;
        if (*line == '#') continue;
        line[strcspn(line, "\n")] = 0;
        char *score = strchr(line, '\t'), *alerts = score ? strchr(score + 1, '\t') : NULL;
        assert_non_null(alerts);
        *score++ = 0, *alerts++ = 0;
        mg_mol *m = read_mol(line);
        if (mg_triage_of(triager, m, &t, &err)) fail_msg("%s: %s", line, err.message);
        if (strcmp(t.alerts, alerts)) fail_msg("%s: '%s', not '%s'", line, t.alerts, alerts);
        assert_true(!*alerts == !t.n_alerts);
        const double d = fabs(t.accessible - strtod(score, NULL));
        apart += d, most = fmax(most, d), n++;
        assert_true(t.qed > 0 && t.qed < 1);
        mg_triage_free(&t);
        mg_mol_free(m);
    }
    fclose(f);
    print_message("accessibility: mean difference %.3f, at most %.3f, n %d\n", apart / n, most, n);
    assert_true(n > 100);
    assert_true(apart / n < .15);
    assert_true(most < 1.5);
}

/* Molecules of few different places are easier to make: RDKit's numbers, which this comes near. */
static void symmetry_counts(void **state) {
    (void)state;
    static const struct {
        const char *smiles;
        double rdkit, near;
    } cases[] = {{"C12C3C4C1C5C2C3C45", 3.169, .3},
                 {"Clc1c(Cl)c(Cl)c(Cl)c(Cl)c1Cl", 1.731, .1},
                 {"FC(F)(F)C(F)(F)F", 2.029, .2}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_triage t;
        mg_mol *m = read_mol(cases[i].smiles);
        assert_int_equal(mg_triage_of(triager, m, &t, &err), MOLGLOT_OK);
        if (fabs(t.accessible - cases[i].rdkit) > cases[i].near)
            fail_msg("%s: %.3f, RDKit %.3f", cases[i].smiles, t.accessible, cases[i].rdkit);
        mg_triage_free(&t);
        mg_mol_free(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_entry_has_a_match_and_a_near_miss),
        cmocka_unit_test(what_is_found_names_list_and_entry),
        cmocka_unit_test(salts_and_mixtures_are_looked_into),
        cmocka_unit_test(what_is_similar_is_near),
        cmocka_unit_test(a_site_has_its_own_lists),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(numbers_are_rdkits),
        cmocka_unit_test(symmetry_counts),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
