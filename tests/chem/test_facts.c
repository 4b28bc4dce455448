/* Facts: the dictionary, its patterns against RDKit's matcher, numbers against RDKit's
 * (golden_facts.tsv), every spelling alike, a user's own groups, the words. */
#include "../must.h"
#include "chem/facts/facts.h"
#include "test_chem.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>

static mg_groups *groups;

static int open_groups(void **state) {
    molglot_error err = {0};
    groups = mg_groups_new(NULL, 0, &err);
    return start_chemistry(state) || !groups ? -1 : 0;
}

static int close_groups(void **state) {
    mg_groups_free(groups);
    return check_no_living_molecules(state);
}

static int places(const mg_groups *g, const char *smiles, int group) {
    molglot_error err = {0};
    int32_t *atoms = NULL;
    int n = 0, size = 0;
    mg_mol *m = read_mol(smiles);
    if (mg_facts_atoms(g, m, group, &atoms, &n, &size, &err)) fail_msg("%s", err.message);
    free(atoms);
    mg_mol_free(m);
    return n;
}

static mg_facts facts_of(const mg_mol *m) {
    molglot_error err = {0};
    mg_facts f;
    if (mg_facts_of(groups, m, &f, &err)) fail_msg("%s", err.message);
    return f;
}

static void test_radicals(void **state) {
    (void)state;
    static const struct {
        const char *smiles;
        int radicals;
    } rows[] = {{"CC1(C)CCCC(C)(C)N1[O]", 1},    {"[O][O]", 2}, {"[K+].[O-][Mn](=O)(=O)=O", 0},
                {"[Fe+3].[Cl-].[Cl-].[Cl-]", 0}, {"[Na]", 0},   {"CCO", 0}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        mg_mol *m = read_mol(rows[i].smiles);
        mg_facts f = facts_of(m);
        assert_int_equal(f.radicals, rows[i].radicals);
        mg_facts_free(&f);
        mg_mol_free(m);
    }
}

static int count(const char *smiles, const char *name) {
    mg_mol *m = read_mol(smiles);
    const int i = mg_groups_find(groups, name);
    if (i < 0) fail_msg("no group '%s'", name);
    mg_facts f = facts_of(m);
    const int n = f.count[i];
    mg_facts_free(&f);
    mg_mol_free(m);
    return n;
}

/* ---- the dictionary ---- */

static void each_pattern_has_its_example(void **state) {
    (void)state;
    int kinds[4] = {0};
    for (int i = 0; i < mg_groups_count(groups); i++) {
        const mg_group *g = mg_groups_at(groups, i);
        kinds[g->kind]++;
        if (places(groups, g->yes, i) < 1) fail_msg("%s is not in %s", g->name, g->yes);
        if (places(groups, g->no, i)) fail_msg("%s is in %s", g->name, g->no);
        for (int p = 0; p < g->n_parents; p++)
            if (places(groups, g->yes, g->parents[p]) < 1)
                fail_msg("%s, parent of %s, is not in %s",
                         mg_groups_at(groups, g->parents[p])->name, g->name, g->yes);
    }
    assert_true(kinds[MG_GROUP_FUNCTIONAL] >= 250 && kinds[MG_GROUP_RING] >= 250);
}

static void names_are_found_folded(void **state) {
    (void)state;
    const int ester = mg_groups_find(groups, "ester"), acid = mg_groups_find(groups, "COOH");
    assert_true(ester >= 0 && acid >= 0);
    assert_string_equal(mg_groups_at(groups, acid)->name, "carboxylic acid");
    assert_int_equal(mg_groups_find(groups, "Esters"), ester);
    assert_int_equal(mg_groups_find(groups, "  carboxylic-ACIDS "), acid);
    assert_int_equal(mg_groups_find(groups, "β-lactam"), mg_groups_find(groups, "beta lactams"));
    assert_int_equal(mg_groups_find(groups, "sulphonamide"), mg_groups_find(groups, "sulfonamide"));
    assert_true(mg_groups_find(groups, "sulphonamide") >= 0);
    assert_int_equal(mg_groups_find(groups, "no such thing"), -1);
    assert_int_equal(mg_groups_find(groups, ""), -1);
    assert_true(mg_groups_is(groups, mg_groups_find(groups, "primary alcohol"),
                             mg_groups_find(groups, "hydroxy group")));
    assert_false(mg_groups_is(groups, mg_groups_find(groups, "hydroxy group"),
                              mg_groups_find(groups, "primary alcohol")));
    char out[40];
    assert_int_equal(
        mg_name_fold("N\u2010Methyl  \u03b1-X", strlen("N\u2010Methyl  \u03b1-X"), out, sizeof out),
        strlen("n methyl alpha x"));
    assert_string_equal(out, "n methyl alpha x");
}

/* ---- what counts as one ---- */

static void a_chemist_would_count_so(void **state) {
    (void)state;
    static const struct {
        const char *smiles, *name;
        int n;
    } table[] = {{"CC(=O)O", "alcohol", 0},
                 {"CC(=O)O", "carboxylic acid", 1},
                 {"CC(=O)O", "hydroxy group", 0},
                 {"CC(=O)O", "ester", 0},
                 {"CCN(CC)CC", "amine", 1},
                 {"CCN(CC)CC", "tertiary amine", 1},
                 {"CCN(CC)CC", "aliphatic amine", 1},
                 {"CC(=O)NC", "amine", 0},
                 {"CC(=O)NC", "secondary amide", 1},
                 {"CC(=O)NC", "carbonyl compound", 1},
                 {"c1ccc(Nc2ccccc2)cc1", "aromatic amine", 1},
                 {"O=C1NC(=O)c2ccccc12", "imide", 1},
                 {"O=C1NC(=O)c2ccccc12", "amide", 0},
                 {"Oc1cccnc1", "phenol", 0},
                 {"Oc1cccnc1", "aromatic hydroxy group", 1},
                 {"Oc1ccccc1O", "phenol", 2},
                 {"O=c1ccc2ccccc2o1", "coumarin", 1},
                 {"O=c1ccc2ccccc2o1", "lactone", 1},
                 {"C1CO1", "ether", 0},
                 {"COC(C)OC", "acetal", 1},
                 {"FC(F)(F)c1ccccc1", "trifluoromethyl", 1},
                 {"FC(F)(F)c1ccccc1", "halogen", 3},
                 {"[Cl-].C[NH3+]", "halogen", 0},
                 {"c1ccc2[nH]ccc2c1", "indole", 1},
                 {"c1ccc2[nH]ccc2c1", "benzene", 1},
                 {"OCC1OC(O)C(O)C(O)C1O", "pyranose", 1},
                 {"CC1(C)SC2C(NC(=O)C)C(=O)N2C1C(=O)O", "penam", 1},
                 {"CN(C)C(=N)NC(=N)N", "biguanide", 1},
                 {"CO[N+](=O)[O-]", "hydroxylamine", 0},
                 {"CC=[N+](C)C", "amine", 0},
                 {"CC(C)=[NH2+]", "primary amine", 0},
                 {"CC(N)=[NH2+]", "iminium", 0},
                 {"CC(=O)OO", "hydroperoxide", 0},
                 {"CC(=O)S", "thiol", 0},
                 {"CS(C)(=O)=O", "methylsulfonyl group", 0},
                 {"CN(C)[N+](=O)[O-]", "hydrazine", 0},
                 {"C1CC2CCCC2C1", "cyclooctane", 0}, /* its perimeter is no ring */
                 {"C1CC2CCCC2C1", "cyclopentane", 2},
                 {"C12C3C4C1C1C2C3C41", "cyclooctane", 0},
                 {"C12C3C4C1C1C2C3C41", "bicyclo[2.2.2]octane", 0},
                 {"C12C3C4C1C1C2C3C41", "cubane", 1},
                 {"C1CCC2CC2C1", "cycloheptane", 0},
                 {"CN1C(=O)C2CCCN2C(=O)CCCCCNC(=O)CNC1=O", "lactam macrocycle", 1},
                 {"O=C1CCCCCOC(=O)CCCCCO1", "macrolide", 1}};
    for (size_t i = 0; i < MG_COUNT(table); i++) {
        const int n = count(table[i].smiles, table[i].name);
        if (n != table[i].n)
            fail_msg("%s in %s: %d, not %d", table[i].name, table[i].smiles, n, table[i].n);
    }
}

/* ---- the molecules of the example library ---- */

static char *read_text(const char *name) {
    char path[1024];
    char *text = NULL;
    size_t n;
    molglot_error err = {0};
    snprintf(path, sizeof path, "%s/%s", MG_SOURCE_DIR, name);
    if (mg_read_file(path, 1 << 22, &text, &n, &err)) fail_msg("%s", err.message);
    return text;
}

static void each_library_molecule(void (*visit)(mg_mol *m, const char *smiles)) {
    char *text = read_text("examples/library.tsv"), *save = NULL;
    int n = 0;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *smiles = strchr(line, '\t'), *end = smiles ? strchr(smiles + 1, '\t') : NULL;
        if (!end || !n++) continue; /* the heading */
        *end = 0;
        mg_mol *m = read_mol(smiles + 1);
        visit(m, smiles + 1);
        mg_mol_free(m);
    }
    assert_int_equal(n, 218);
    free(text);
}

static mg_smarts **rdkits;

static void compare_with_rdkit(mg_mol *m, const char *smiles) {
    molglot_error err = {0};
    for (int i = 0; i < mg_groups_count(groups); i++) {
        int32_t *atoms = NULL;
        int n = 0, size = 0;
        if (mg_facts_atoms(groups, m, i, &atoms, &n, &size, &err)) fail_msg("%s", err.message);
        free(atoms);
        const int theirs = mg_smarts_count(rdkits[i], m, 60000);
        if (n != theirs)
            fail_msg("%s in %s: %d, RDKit has %d", mg_groups_at(groups, i)->name, smiles, n,
                     theirs);
    }
}

static void matches_are_rdkits(void **state) {
    (void)state;
    const int n = mg_groups_count(groups);
    molglot_error err = {0};
    rdkits = calloc((size_t)n, sizeof *rdkits);
    for (int i = 0; i < n; i++)
        if (!(rdkits[i] = mg_smarts_new(mg_groups_at(groups, i)->smarts, &err)))
            fail_msg("%s", err.message);
    each_library_molecule(compare_with_rdkit);
    for (int i = 0; i < n; i++) mg_smarts_free(rdkits[i]);
    free(rdkits);
}

static void expect_same(const mg_facts *a, const mg_facts *b, const char *one, const char *other) {
    mg_facts x = *a, y = *b;
    if (memcmp(x.count, y.count, (size_t)x.n_groups * sizeof *x.count))
        fail_msg("groups of %s and %s differ", one, other);
    const double *const p[] = {&x.weight, &x.exact_mass, &x.logp, &x.tpsa, &x.qed};
    const double *const q[] = {&y.weight, &y.exact_mass, &y.logp, &y.tpsa, &y.qed};
    for (size_t i = 0; i < MG_COUNT(p); i++)
        if (fabs(*p[i] - *q[i]) > 1e-6) fail_msg("numbers of %s and %s differ", one, other);
    x.weight = y.weight, x.exact_mass = y.exact_mass, x.logp = y.logp;
    x.tpsa = y.tpsa, x.qed = y.qed, x.count = y.count;
    if (memcmp(&x, &y, sizeof x)) fail_msg("facts of %s and %s differ", one, other);
}

static void compare_spellings(mg_mol *m, const char *smiles) {
    mg_facts a = facts_of(m);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        char *other = mg_mol_smiles_random(m, seed);
        mg_mol *copy = read_mol(other);
        mg_facts b = facts_of(copy);
        expect_same(&a, &b, smiles, other);
        mg_facts_free(&b);
        mg_mol_free(copy);
        free(other);
    }
    mg_facts_free(&a);
}

static void every_spelling_has_the_same_facts(void **state) {
    (void)state;
    each_library_molecule(compare_spellings);
    mg_mol *kekule = read_mol("C1=CC=CC=C1C(=O)O"), *aromatic = read_mol("OC(=O)c1ccccc1");
    mg_facts a = facts_of(kekule), b = facts_of(aromatic);
    expect_same(&a, &b, "C1=CC=CC=C1C(=O)O", "OC(=O)c1ccccc1");
    mg_facts_free(&a);
    mg_facts_free(&b);
    mg_mol_free(kekule);
    mg_mol_free(aromatic);
}

/* ---- numbers ---- */

static void expect_row(char *line) {
    enum { REALS = 5, WHOLE = 7, CELLS = 2 + REALS + WHOLE };
    char *cell[CELLS], *save = NULL;
    int n = 0;
    for (char *c = strtok_r(line, "\t", &save); c && n < CELLS; c = strtok_r(NULL, "\t", &save))
        cell[n++] = c;
    assert_int_equal(n, CELLS);
    mg_mol *m = read_mol(cell[0]);
    mg_facts f = facts_of(m);
    if (strcmp(f.formula, cell[1])) fail_msg("%s: formula %s", cell[0], f.formula);
    const double reals[] = {f.weight, f.exact_mass, f.logp, f.tpsa, f.qed};
    const double tolerance[] = {1e-4, 1e-5, 1e-4, .0051, 1e-5};
    for (int i = 0; i < REALS; i++)
        if (fabs(reals[i] - atof(cell[2 + i])) > tolerance[i])
            fail_msg("%s: number %d is %f, not %s", cell[0], i, reals[i], cell[2 + i]);
    const int whole[] = {f.donors,         f.acceptors, f.rotatable, f.rings,
                         f.aromatic_rings, f.spiro,     f.bridged};
    for (int i = 0; i < WHOLE; i++)
        if (whole[i] != atoi(cell[2 + REALS + i]))
            fail_msg("%s: count %d is %d, not %s", cell[0], i, whole[i], cell[2 + REALS + i]);
    mg_facts_free(&f);
    mg_mol_free(m);
}

static void numbers_are_rdkits(void **state) {
    (void)state;
    char *text = read_text("tests/chem/golden_facts.tsv"), *save = NULL;
    int n = 0;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (*line != '#' && n++) expect_row(line);
    assert_true(n > 200);
    free(text);
}

static void rings_chains_and_stereo(void **state) {
    (void)state;
    mg_mol *m = read_mol("CCCCCCCC/C=C\\CCCCCCCC(=O)OC[C@H](O)COC(=O)CCCCCCCCCCCCCCC");
    mg_facts f = facts_of(m);
    assert_int_equal(f.n_acyls, 2);
    assert_int_equal(f.acyls[0].carbons, 18);
    assert_int_equal(f.acyls[0].doubles, 1);
    assert_int_equal(f.acyls[1].carbons, 16);
    assert_int_equal(f.chain, 18);
    assert_int_equal(f.z, 1);
    assert_int_equal(f.stereocentres, 1);
    assert_int_equal(f.unset, 0);
    assert_int_equal(f.elements[6], 37);
    assert_false(f.veber);
    mg_facts_free(&f);
    mg_mol_free(m);
    m = read_mol("C1CCC2(CC1)CC1CCC2C1.CC(O)C=CCCN=[N+]=[N-]");
    f = facts_of(m);
    assert_int_equal(f.components, 2);
    assert_int_equal(f.rings, 3);
    assert_int_equal(f.ring_systems, 1);
    assert_int_equal(f.spiro, 1);
    assert_int_equal(f.bridged, 2);
    assert_int_equal(f.unset_bonds, 1); /* the azide has none */
    assert_true(f.unset > 0 && !f.stereocentres);
    mg_facts_free(&f);
    mg_mol_free(m);
}

/* Corners of cages have no configuration to be set, unless something tells them apart. */
static void cages_have_no_stereocentres(void **state) {
    (void)state;
    static const struct {
        const char *smiles;
        int unset, set, pseudo;
    } of[] = {{"C1C2CC3CC1CC(C2)C3", 0, 0, 0},     /* adamantane */
              {"NC12CC3CC(CC(C3)C1)C2", 0, 0, 0},  /* amantadine */
              {"C1CC2CCC1CC2", 0, 0, 0},           /* bicyclo[2.2.2]octane */
              {"C1CC2CCC1C2", 0, 0, 0},            /* norbornane */
              {"C1CN2CCN1CC2", 0, 0, 0},           /* DABCO */
              {"C12C3C4C1C1C2C3C41", 0, 0, 0},     /* cubane */
              {"C1CC2CCCC2C1", 2, 0, 0},           /* cis and trans */
              {"C1CCC2CCCCC2C1", 2, 0, 0},         /* decalin */
              {"CC12CCC(CC1=O)C2(C)C", 2, 0, 0},   /* camphor */
              {"OC1C2CC3CC1CC(O)(C2)C3", 5, 0, 0}, /* two isomers: nothing is left out */
              {"C[C@@H]1CC[C@@H](C)CC1", 0, 2, 2}, /* r and r */
              {"C[C@H](O)[C@@H](O)[C@@H](C)O", 0, 3, 1}};
    for (size_t i = 0; i < MG_COUNT(of); i++) {
        mg_mol *m = read_mol(of[i].smiles);
        mg_facts f = facts_of(m);
        if (f.unset != of[i].unset || f.stereocentres != of[i].set ||
            f.pseudo_r + f.pseudo_s != of[i].pseudo)
            fail_msg("%s: %d open, %d set, %d r or s", of[i].smiles, f.unset, f.stereocentres,
                     f.pseudo_r + f.pseudo_s);
        mg_facts_free(&f);
        mg_mol_free(m);
    }
}

/* ---- a user's own file ---- */

static void expect_refusal(const char *text, const char *why) {
    molglot_error err = {0};
    mg_groups *g = mg_groups_new(text, strlen(text), &err);
    if (g) fail_msg("taken: %s", text);
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    if (!strstr(err.message, why)) fail_msg("'%s' does not say '%s'", err.message, why);
}

/* As the drugs' names say; RDKit's older labels say otherwise of the first four. */
static void labels_follow_the_rules_of_2013(void **state) {
    (void)state;
    static const struct {
        const char *smiles;
        int r, s;
    } of[] = {
        {"COc1ccc2[nH]c([S@@](=O)Cc3ncc(C)c(OC)c3C)nc2c1", 0, 1}, /* esomeprazole */
        {"COc1ccc2[nH]c([S@](=O)Cc3ncc(C)c(OC)c3C)nc2c1", 1, 0},  /* its mirror image */
        {"C[S@](=O)c1ccccc1", 0, 1},
        {"C#C[C@]1(O)CC[C@H]2[C@@H]3CCc4cc(O)ccc4[C@H]3CC[C@@]21C", 2, 3}, /* ethinylestradiol */
        {"C[C@H](N)C(=O)O", 0, 1},
        {"C[C@@H](O)CC", 1, 0}};
    for (size_t i = 0; i < MG_COUNT(of); i++) {
        mg_mol *m = read_mol(of[i].smiles);
        mg_facts f = facts_of(m);
        if (f.r != of[i].r || f.s != of[i].s)
            fail_msg("%s: %d R, %d S instead of %d, %d", of[i].smiles, f.r, f.s, of[i].r, of[i].s);
        mg_facts_free(&f);
        mg_mol_free(m);
    }
}

static void own_groups_are_read(void **state) {
    (void)state;
    static const char text[] =
        "\xef\xbb\xbfkind\tname\tsynonyms\tsmarts\tparents\tyes\tno\r\n"
        "# a comment\r\n"
        "group\tmy thing\tmine|the thing\tC(F)F\tour thing|alkyl fluoride\tFC(F)C\tFCC\r\n"
        "class\tour thing\t\t[#6]\r\n"
        "ring\tbenzene\tB ring\tc1ccccc1\t\tc1ccccc1\tC\r\n";
    molglot_error err = {0};
    mg_groups *g = mg_groups_new(text, strlen(text), &err);
    if (!g) fail_msg("%s", err.message);
    assert_int_equal(mg_groups_count(g), mg_groups_count(groups) + 2);
    const int mine = mg_groups_find(g, "Mine");
    assert_true(mine >= 0 && mine == mg_groups_find(g, "my things"));
    assert_true(mg_groups_is(g, mine, mg_groups_find(g, "halogen")));
    assert_int_equal(mg_groups_find(g, "B-ring"), mg_groups_find(g, "benzene"));
    assert_int_equal(places(g, "FC(F)C", mine), 1);
    mg_groups_free(g);
    /* its name in JSON, whatever stands in it */
    static const char quoted[] = "group\ta \"b\" \\ \x01 c\t\tO\n";
    g = mg_groups_new(quoted, strlen(quoted), &err);
    if (!g) fail_msg("%s", err.message);
    mg_mol *m = read_mol("CO");
    mg_facts f;
    assert_int_equal(mg_facts_of(g, m, &f, &err), MOLGLOT_OK);
    char *json = mg_facts_json(g, m, &f, &err);
    assert_non_null(json);
    assert_non_null(strstr(json, "\"name\":\"a \\\"b\\\" \\\\ \\u0001 c\""));
    json_t *o = json_loads(json, 0, NULL);
    assert_non_null(o);
    json_decref(o);
    free(json);
    mg_facts_free(&f);
    mg_mol_free(m);
    mg_groups_free(g);
    expect_refusal("group\tx\n", "row 1: 2 columns");
    expect_refusal("thing\tx\t\tC\n",
                   "row 1, column 'kind': none of group, ring, class, part: 'thing'");
    expect_refusal("\n\ngroup\tx\t\tC((\n", "row 3, column 'smarts'");
    expect_refusal("group\tx\t\t[C@H](F)Cl\n", "row 1, column 'smarts'");
    expect_refusal("group\tx\t\tC\tnobody\n", "column 'parents': no such group: 'nobody'");
    expect_refusal("group\tx\t\tC\tx\n", "its own parent");
    expect_refusal("group\tx\t\tC\ty\ngroup\ty\t\tC\tx\n", "in a circle");
    expect_refusal("group\tx\t\tO\t\tC\n", "row 1, column 'yes': the pattern does not match 'C'");
    expect_refusal("group\tx\t\tO\t\tO\tCO\n", "row 1, column 'no': the pattern matches 'CO'");
    expect_refusal("group\tx\t\tO\t\tC1CC\n", "row 1, column 'yes'");
    expect_refusal("group\tx\t\tO\ngroup\tX\t\tN\n", "row 2, column 'name': there twice: 'X'");
    expect_refusal("group\t\t\tO\n", "column 'name': an empty name");
    expect_refusal("group\tx\t\tO\t\t\t\tmore\n", "more than 7 columns");
    expect_refusal("group\tx\xff\t\tO\n", "not UTF-8");
}

/* ---- threads, words, time ---- */

static void *count_ester(void *g) {
    molglot_error err = {0};
    mg_facts f;
    uintptr_t n = 0;
    for (int i = 0; i < 20; i++) {
        mg_mol *m = mg_mol_from_smiles("CC(=O)OCC(N)c1ccccc1", NULL, NULL);
        if (!m || mg_facts_of(g, m, &f, &err)) return NULL;
        n += f.count[mg_groups_find(g, "ester")];
        mg_facts_free(&f);
        mg_mol_free(m);
    }
    return (void *)n;
}

/* Centres that only the deeper rules tell apart. */
static void *label_sugars(void *unused) {
    static const char *const smiles[] = {
        "OC[C@H]1O[C@@H](O[C@H]2[C@H](O)[C@@H](O)[C@H](O)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@H]1O",
        "C[C@H](O)[C@@H](C)[C@H](C)O", "O[C@H]1[C@H](O)[C@@H](O)[C@H](O)[C@H](O)[C@@H]1O"};
    uintptr_t labels = 0;
    (void)unused;
    for (int i = 0; i < 150; i++) {
        mg_facts f;
        mg_mol *m = mg_mol_from_smiles(smiles[i % 3], NULL, NULL);
        if (!m || mg_facts_numbers(NULL, m, &f, NULL)) return NULL;
        labels += (uintptr_t)(f.r + f.s);
        mg_mol_free(m);
    }
    return (void *)labels;
}

static void many_threads_label(void **state) {
    (void)state;
    pthread_t threads[4];
    void *labels[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, label_sugars, NULL), 0);
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_join(threads[i], &labels[i]), 0);
    for (int i = 0; i < 4; i++) assert_true(labels[i] && labels[i] == labels[0]);
}

static void many_threads_use_one(void **state) {
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    molglot_error err = {0};
    mg_groups *g = mg_groups_new(NULL, 0, &err);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_ester, g), 0);
    for (int i = 0; i < THREADS; i++) {
        void *n;
        pthread_join(threads[i], &n);
        assert_int_equal((uintptr_t)n, 20);
    }
    mg_groups_free(g);
}

static void expect_words(const char *smiles, const char *words) {
    molglot_error err = {0};
    mg_mol *m = read_mol(smiles);
    mg_facts f = facts_of(m);
    char *text = mg_facts_text(groups, m, &f, &err);
    if (!text || !strstr(text, words)) fail_msg("%s: %s", smiles, text ? text : err.message);
    free(text);
    mg_facts_free(&f);
    mg_mol_free(m);
}

static void words_say_what_is_specific(void **state) {
    (void)state;
    expect_words("CC(=O)Oc1ccccc1C(=O)O",
                 "C9H8O4, 180.16 g/mol. Fits the pattern of a salicylate. It has an aromatic "
                 "carboxylic acid; an ester (an aryl ester, an acetate ester). Named rings: a "
                 "benzene ring. 1 ring of 6 atoms, aromatic. No stereocentre.");
    expect_words("CCO", "It has a primary alcohol. No ring. No stereocentre. logP 0.00");
    expect_words("c1ccc2[nH]ccc2c1",
                 "Named rings: an indole ring system. 2 rings (5, 6 atoms), all "
                 "aromatic, fused.");
    expect_words("[Na+].[O-]C(=O)C", "2 components, 1 metal atom. It has a carboxylate.");
    expect_words("CCCCCCCC(=O)O", "Acyl chain: 8:0.");
    expect_words("C", "CH4, 16.04 g/mol. No ring.");
}

/* The facts as JSON are the facts, under their documented names (docs/molglot.1, describe). */
static void json_holds_every_fact(void **state) {
    (void)state;
    static const char *const all[] = {
        "CC(=O)Oc1ccccc1C(=O)O",
        "C[C@@H](O)[C@H](N)C(=O)O",
        "C/C=C/C(F)C=CC#C",
        "[Na+].[Na+].[13CH3]C([O-])=O.[CH2]C",
        "C1CCCCCCCCCCCCC1C1CC12CC2",
        "C1CC2CCC1C2",
        "CCCCCCCCCCCCCCCC(=O)OCC(COC(=O)CCCCCCCC=CCCCCCCCC)OC(=O)CCCCCCCC=CCC=CCCCCC",
        "c1ccc2[nH]ccc2c1"};
    for (size_t c = 0; c < MG_COUNT(all); c++) {
        molglot_error err = {0};
        mg_mol *m = read_mol(all[c]);
        mg_facts f = facts_of(m);
        char *text = mg_facts_text(groups, m, &f, &err),
             *json = must_have(mg_facts_json(groups, m, &f, &err), &err);
        json_error_t why;
        json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &why);
        if (!o) fail_msg("%s: %s", why.text, json);
        const struct {
            const char *name;
            int n;
        } counts[] = {
            {"heavy_atoms", f.heavy},
            {"charge", f.charge},
            {"components", f.components},
            {"isotopes", f.isotopes},
            {"radical_electrons", f.radicals},
            {"metals", f.metals},
            {"donors", f.donors},
            {"acceptors", f.acceptors},
            {"rotatable_bonds", f.rotatable},
            {"lipinski_violations", f.lipinski_breaks},
            {"rings", f.rings},
            {"aromatic_rings", f.aromatic_rings},
            {"hetero_rings", f.hetero_rings},
            {"fused_rings", f.fused},
            {"ring_systems", f.ring_systems},
            {"macrocycles", f.macrocycles},
            {"spiro_atoms", f.spiro},
            {"bridgehead_atoms", f.bridged},
            {"largest_ring", f.largest_ring},
            {"stereocentres", f.stereocentres + f.unset},
            {"stereocentres_set", f.stereocentres},
            {"r", f.r},
            {"s", f.s},
            {"stereobonds", f.stereobonds + f.unset_bonds},
            {"stereobonds_set", f.stereobonds},
            {"e", f.e},
            {"z", f.z},
            {"carbon_double_bonds", f.carbons_double},
            {"carbon_triple_bonds", f.carbons_triple},
            {"longest_chain", f.chain},
        };
        for (size_t i = 0; i < MG_COUNT(counts); i++) {
            const json_t *x = json_object_get(o, counts[i].name);
            if (!json_is_integer(x) || json_integer_value(x) != counts[i].n)
                fail_msg("%s: %s", counts[i].name, json);
        }
        const struct {
            const char *name;
            double x, within;
        } numbers[] = {{"weight", f.weight, 5.1e-5},
                       {"exact_mass", f.exact_mass, 5.1e-6},
                       {"logp", f.logp, 5.1e-5},
                       {"tpsa", f.tpsa, 5.1e-3},
                       {"qed", f.qed, 5.1e-5}};
        for (size_t i = 0; i < MG_COUNT(numbers); i++)
            assert_true(fabs(json_number_value(json_object_get(o, numbers[i].name)) -
                             numbers[i].x) <= numbers[i].within);
        assert_int_equal(json_is_true(json_object_get(o, "lipinski")), f.lipinski);
        assert_int_equal(json_is_true(json_object_get(o, "veber")), f.veber);
        assert_string_equal(json_string_value(json_object_get(o, "formula")), f.formula);
        assert_string_equal(json_string_value(json_object_get(o, "description")), text);
        /* rings by size, acyl chains, groups with their atoms */
        const json_t *sizes = json_object_get(o, "ring_sizes"),
                     *chains = json_object_get(o, "acyl_chains"),
                     *list = json_object_get(o, "groups");
        size_t kinds = 0, found = 0;
        for (int i = 3; i < MG_RING_SIZES; i++) {
            char key[8];
            snprintf(key, sizeof key, i == MG_RING_SIZES - 1 ? "%d+" : "%d", i);
            kinds += f.ring_sizes[i] > 0;
            assert_int_equal(json_integer_value(json_object_get(sizes, key)), f.ring_sizes[i]);
        }
        assert_int_equal(json_object_size(sizes), kinds);
        assert_int_equal(json_array_size(chains), f.n_acyls);
        for (int i = 0; i < f.n_acyls; i++) {
            char chain[16];
            snprintf(chain, sizeof chain, "%d:%d", f.acyls[i].carbons, f.acyls[i].doubles);
            assert_string_equal(json_string_value(json_array_get(chains, (size_t)i)), chain);
        }
        for (int i = 0; i < mg_groups_count(groups); i++) {
            const mg_group *g = mg_groups_at(groups, i);
            const json_t *of = json_array_get(list, found);
            if (!f.count[i]) continue;
            found++;
            assert_string_equal(json_string_value(json_object_get(of, "name")), g->name);
            assert_string_equal(json_string_value(json_object_get(of, "kind")),
                                mg_group_kind_name(g->kind));
            assert_int_equal(json_integer_value(json_object_get(of, "count")), f.count[i]);
            assert_true(json_is_boolean(json_object_get(of, "specific")));
            const json_t *atoms = json_object_get(of, "atoms"), *place = json_array_get(atoms, 0);
            assert_true(json_array_size(atoms) >= 1 && json_array_size(place) >= 1);
            for (size_t k = 0; k < json_array_size(place); k++)
                assert_in_range(json_integer_value(json_array_get(place, k)), 0,
                                mg_mol_atoms(m) - 1);
        }
        assert_int_equal(json_array_size(list), found);
        json_decref(o);
        free(json);
        free(text);
        mg_facts_free(&f);
        mg_mol_free(m);
    }
}

/* Every sentence of a description: none, one, several; all, some, none of them. */
static void sentences_count(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"C1CCCCC1", " Named rings: a cyclohexane ring. 1 ring of 6 atoms, not aromatic. No "},
        {"c1ccccc1", ". 1 ring of 6 atoms, aromatic. No stereocentre. "},
        {"c1ccc2ccccc2c1", " ring system. 2 rings (6, 6 atoms), all aromatic, fused. "},
        {"C1CCC2CCCCC2C1",
         " 2 rings (6, 6 atoms), none aromatic, fused. 2 stereocentres, none set. "},
        {"c1ccc2CCCCc2c1", " 2 rings (6, 6 atoms), 1 aromatic, fused. "},
        {"c1ccc2ccccc2c1-c1cccc2ccccc12",
         "Named rings: a biphenyl ring system, 2 naphthalene ring systems. 4 rings (6, 6, 6, 6 "
         "atoms), all aromatic, all fused. "},
        {"c1ccc2ccccc2c1C1CC1", " 3 rings (3, 6, 6 atoms), 2 aromatic, 2 fused. No "},
        {"c1ccoc1-c1ccco1", "Named rings: 2 furan rings. 2 rings (5, 5 atoms), all aromatic. No "},
        {"C1CCC2(C1)CCCC2", " 2 rings (5, 5 atoms), none aromatic, 1 spiro atom. "},
        {"C1CC2CCC1C2", " none aromatic, fused, 2 bridgehead atoms. "},
        {"C1CCCCCCCCCCCCC1", " 1 ring of 14 atoms, not aromatic, 1 of 12 atoms or more. "},
        {"C1CCCCCCCCCCCCC1C1CCCCCCCCCCCCC1",
         " 2 rings (13 or more, 13 or more atoms), none aromatic, 2 of 12 atoms or more. "},
        {"C1CC1C1CC1C1CC1C1CC1C1CC1C1CC1C1CC1C1CC1", " 8 rings (3, 3, 3, 3, 3, 3, 3, 3 atoms), "},
        {"C1CC1C1CC1C1CC1C1CC1C1CC1C1CC1C1CC1C1CC1C1CCCCC1",
         " 8 cyclopropane rings, a cyclohexane ring. 9 rings (8 of 3, 1 of 6 atoms), none "},
        {"CCC", "C3H8, 44.10 g/mol. No ring. No stereocentre. logP 1.42 (Crippen), TPSA 0.0, no "
                "hydrogen-bond donor, no acceptor, no rotatable bond."},
        {"CCCC", " No ring. Longest unbranched carbon chain: 4. No stereocentre. "},
        {"CCCCCCCCCCCCCCCC(=O)OC", " chain: 16. Acyl chain: 16:0. No "},
        {"CCCCCCCCCCCCCCCC(=O)OCC(COC(=O)CCCCCCCC=CCCCCCCCC)OC(=O)CCCCCCCC=CCC=CCCCCC",
         " It has 3 alkenes. No ring. Longest unbranched carbon chain: 18. Acyl chains: 18:2, "
         "18:1, "
         "16:0. 1 stereocentre, not set, 3 double bonds with E or Z left open. "},
        {"C[C@H](N)C(=O)O", " 1 stereocentre, set (1 S). "},
        {"C[C@@H](N)C(=O)O", " 1 stereocentre, set (1 R). "},
        {"CC(N)C(=O)O", " 1 stereocentre, not set. "},
        {"C[C@@H](O)[C@H](N)C(=O)O", " 2 stereocentres, all set (1 R, 1 S). "},
        {"CC(O)[C@H](N)C(=O)O", " 2 stereocentres, 1 set (1 S). "},
        {"CC(O)C(N)C(=O)O", " 2 stereocentres, none set. "},
        {"C/C=C/C", " No stereocentre, 1 E double bond. "},
        {"C/C=C\\C", " No stereocentre, 1 Z double bond. "},
        {"CC=CC", " No stereocentre, 1 double bond with E or Z left open. "},
        {"C/C=C/C=C/C", " No stereocentre, 2 E double bonds. "},
        {"C/C=C\\C/C=C\\C", " No stereocentre, 2 Z double bonds. "},
        {"CC=CCC=CC", " No stereocentre, 2 double bonds with E or Z left open. "},
        {"C/C=C/C(F)C=CC", " 1 stereocentre, not set, 1 E double bond, 1 double bond with E or Z "},
        {"[Na+].[Cl-]", "ClNa, 58.44 g/mol, 2 components, 1 metal atom. No ring. "},
        {"[Na+].[Na+].[O-]C(=O)C(=O)[O-]",
         ", 3 components, 2 metal atoms. It has 2 carboxylates. "},
        {"[13CH4]", "CH4, 17.04 g/mol, 1 labelled atom. "},
        {"[13CH3][13CH3]", ", 2 labelled atoms. "},
        {"[CH3]", ", 1 unpaired electron. "},
        {"[O][O]", ", 2 unpaired electrons. "},
        {"*C", ", 1 atom of any kind (*). "},
        {"**", ", 2 atoms of any kind (*). "},
        {"[NH4+]", "18.04 g/mol, net charge +1. It has an ammonium group. "},
        {"[O-]C(=O)CC(=O)[O-]", " g/mol, net charge -2. It has 2 carboxylates. "},
        {"OCCO", " It has 2 alcohols (2 primary alcohols, a vicinal diol). "},
        {"NCCN", " It has 2 amines (2 primary amines, 2 aliphatic amines). "},
        {"C1OC1C1CO1", " It has 2 epoxides. 2 rings (3, 3 atoms), none aromatic. "},
        {"CC(N)C(=O)O", " It has a carboxylic acid; an amine (a primary amine, an aliphatic "
                        "amine); an amino acid. "},
        {"CCO", "1 hydrogen-bond donor, 1 acceptor, no rotatable bond."},
        {"OCCO", "2 hydrogen-bond donors, 2 acceptors, 1 rotatable bond."},
        {"CCCCC", ", 2 rotatable bonds."},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) expect_words(cases[i][0], cases[i][1]);
}

static void training_text_is_drawn_by_its_seed(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_mol *m = read_mol("CC(=O)Oc1ccccc1C(=O)O");
    mg_facts f = facts_of(m);
    int same = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        char *a = mg_facts_teach(groups, m, &f, seed, &err);
        char *b = mg_facts_teach(groups, m, &f, seed, &err);
        char *c = mg_facts_teach(groups, m, &f, seed + 1, &err);
        assert_true(a && b && c && *a);
        assert_string_equal(a, b);
        same += !strcmp(a, c);
        assert_null(strstr(a, "no carboxylic acid"));
        assert_null(strstr(a, "without an ester"));
        free(a);
        free(b);
        free(c);
    }
    assert_true(same < 20);
    mg_facts_free(&f);
    mg_mol_free(m);
}

/* Fullerene, a long chain, many rings: none takes long or fails. */
static void large_ones_are_done_too(void **state) {
    (void)state;
    static const char fullerene[] =
        "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1"
        "c6c6c%11c2c2c7c3c3c8c4c4c9c5c1c1c6c2c3c41";
    char chain[701];
    memset(chain, 'C', 700);
    chain[700] = 0;
    const char *const smiles[] = {fullerene, chain, "[H][H]", "*", "[Na+].[Cl-]"};
    for (size_t i = 0; i < MG_COUNT(smiles); i++) {
        mg_mol *m = read_mol(smiles[i]);
        mg_facts f = facts_of(m);
        mg_facts_free(&f);
        mg_mol_free(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_radicals),
                                       cmocka_unit_test(each_pattern_has_its_example),
                                       cmocka_unit_test(names_are_found_folded),
                                       cmocka_unit_test(a_chemist_would_count_so),
                                       cmocka_unit_test(matches_are_rdkits),
                                       cmocka_unit_test(every_spelling_has_the_same_facts),
                                       cmocka_unit_test(numbers_are_rdkits),
                                       cmocka_unit_test(rings_chains_and_stereo),
                                       cmocka_unit_test(cages_have_no_stereocentres),
                                       cmocka_unit_test(labels_follow_the_rules_of_2013),
                                       cmocka_unit_test(own_groups_are_read),
                                       cmocka_unit_test(many_threads_use_one),
                                       cmocka_unit_test(many_threads_label),
                                       cmocka_unit_test(words_say_what_is_specific),
                                       cmocka_unit_test(sentences_count),
                                       cmocka_unit_test(json_holds_every_fact),
                                       cmocka_unit_test(training_text_is_drawn_by_its_seed),
                                       cmocka_unit_test(large_ones_are_done_too)};
    return cmocka_run_group_tests(tests, open_groups, close_groups);
}
