/* Substructure features: independent of atom order, families apart, what each family tells apart,
 * damaged family strings. */
#include "chem/chem.h"
#include "chem/features/features.h"
#include "test_chem.h"

#define ALL "mcatgrkhpfw"

typedef struct features {
    mg_feature *items;
    size_t n;
} features;

static features features_of(const char *smiles, const char *families) {
    mg_mol *m = read_mol(smiles);
    features f;
    assert_int_equal(mg_mol_features(m, families, &f.items, &f.n, NULL), MOLGLOT_OK);
    mg_mol_free(m);
    return f;
}

static bool same(const char *a, const char *b, const char *families) {
    features x = features_of(a, families), y = features_of(b, families);
    bool equal = x.n == y.n;
    for (size_t i = 0; equal && i < x.n; i++)
        equal = x.items[i].hash == y.items[i].hash && x.items[i].count == y.items[i].count;
    free(x.items);
    free(y.items);
    return equal;
}

static void ascending_and_distinct(void **state) {
    (void)state;
    features f = features_of("CC(=O)Oc1ccccc1C(=O)O", ALL);
    assert_true(f.n > 200);
    for (size_t i = 0; i < f.n; i++) {
        assert_true(f.items[i].count >= 1.0f);
        if (i > 0) assert_true(f.items[i].hash > f.items[i - 1].hash);
    }
    free(f.items);
}

static void order_of_atoms_does_not_matter(void **state) {
    (void)state;
    static const char *const molecules[] = {
        "CC(=O)Oc1ccccc1C(=O)O",
        "C[C@H](N)C(=O)N[C@@H](CO)C(=O)O.[Na+].[Cl-]",
        "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)O",
        "O[C@H]1C=C[C@H]2[C@H]3Cc4ccc(O)c5O[C@@H]1[C@]2(CCN3C)c45",
        "C12C3C4C1C5C2C3C45",
        "[2H]C(Cl)Br"};
    for (size_t i = 0; i < MG_COUNT(molecules); i++) {
        mg_mol *m = read_mol(molecules[i]);
        for (uint64_t seed = 0; seed < 10; seed++) {
            char *shuffled = mg_mol_smiles_random(m, seed);
            for (const char *letter = ALL; *letter; letter++) {
                const char family[2] = {*letter, 0};
                if (!same(molecules[i], shuffled, family))
                    fail_msg("family %c differs between %s and %s", *letter, molecules[i],
                             shuffled);
            }
            free(shuffled);
        }
        mg_mol_free(m);
    }
}

static void families_tell_apart(void **state) {
    (void)state;
    static const struct {
        const char *a, *b, *differ, *equal;
    } cases[] = {
        {"C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "cgf", "matpw"},    /* enantiomers */
        {"C/C=C/C", "C/C=C\\C", "cgh", "matpfw"},                   /* cis and trans */
        {"CCCCCCCCCCCC(=O)O", "CCCCCCCCCCCCCC(=O)O", "maghw", "c"}, /* chain lengths */
        {"Oc1ccccc1Cl", "Oc1ccc(Cl)cc1", "mapw", "g"}, /* ortho and para: same counts */
        {"CC(=O)[O-]", "CC(=O)O", "mgpfw", "a"},       /* charge */
        {"CCO.Cl", "CCO", "mgw", "t"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        for (const char *f = cases[i].differ; *f; f++) {
            const char family[2] = {*f, 0};
            if (same(cases[i].a, cases[i].b, family))
                fail_msg("family %c: %s and %s should differ", *f, cases[i].a, cases[i].b);
        }
        for (const char *f = cases[i].equal; *f; f++) {
            const char family[2] = {*f, 0};
            if (!same(cases[i].a, cases[i].b, family))
                fail_msg("family %c: %s and %s should be equal", *f, cases[i].a, cases[i].b);
        }
    }
}

/* Ethanol: three atoms, of which C-C-O has the environments C, C, O of radius 0, two of radius 1
 * and one for the whole. */
static void environments_of_ethanol(void **state) {
    (void)state;
    static const size_t distinct[] = {3, 6, 6};
    for (int radius = 0; radius < 3; radius++) {
        char family[3] = {'m', (char)('0' + radius), 0};
        features f = features_of("CCO", family);
        assert_int_equal(f.n, distinct[radius]);
        free(f.items);
    }
    features pairs = features_of("CCO", "a"), torsions = features_of("CCCC", "t"),
             none = features_of("CCO", "t");
    assert_int_equal(pairs.n, 3);
    assert_int_equal(torsions.n, 1);
    assert_int_equal(none.n, 0);
    free(pairs.items);
    free(torsions.items);
    free(none.items);
}

static void families_add_up(void **state) {
    (void)state;
    size_t sum = 0;
    for (const char *letter = ALL; *letter; letter++) {
        const char family[2] = {*letter, 0};
        features f = features_of("CC(=O)Oc1ccccc1C(=O)O", family);
        sum += f.n;
        free(f.items);
    }
    features all = features_of("CC(=O)Oc1ccccc1C(=O)O", ALL);
    assert_int_equal(all.n, sum);
    free(all.items);
}

static void wrong_families(void **state) {
    (void)state;
    mg_mol *m = read_mol("CCO");
    mg_feature *items;
    size_t n;
    molglot_error err;
    assert_int_equal(mg_mol_features(m, "mx", &items, &n, &err), MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "'x'"));
    assert_null(items);
    assert_int_equal(mg_mol_features(m, "m99", &items, &n, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_mol_features(m, "t4", &items, &n, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_mol_features(m, "m99999999999999999999", &items, &n, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_mol_features(m, "", &items, &n, &err), MOLGLOT_OK);
    assert_int_equal(n, 0);
    free(items);
    mg_mol_free(m);
}

static void lone_atoms(void **state) {
    (void)state;
    static const char *const molecules[] = {"C", "[Na+]", "[Na+].[Cl-]", "*", "[H][H]"};
    for (size_t i = 0; i < MG_COUNT(molecules); i++) {
        features f = features_of(molecules[i], ALL);
        assert_true(f.n > 0);
        free(f.items);
    }
}

static void with_the_graph(void **state) {
    (void)state;
    mg_mol *m = read_mol("C[C@H](N)C(=O)O");
    features f = features_of("C[C@H](N)C(=O)O", ALL);
    mg_feature *items;
    size_t n;
    mg_graph both, alone;
    assert_int_equal(mg_graph_from_mol(m, MG_FEAT_SIMPLE, &alone, NULL), MOLGLOT_OK);
    assert_int_equal(mg_mol_graph_features(m, MG_FEAT_SIMPLE, &both, ALL, &items, &n, NULL),
                     MOLGLOT_OK);
    assert_int_equal(n, f.n);
    assert_memory_equal(items, f.items, n * sizeof *items);
    assert_int_equal(both.n_edges, alone.n_edges);
    assert_memory_equal(both.atoms, alone.atoms, (size_t)alone.n_atoms * (size_t)alone.atom_cols);
    assert_memory_equal(both.bonds, alone.bonds, (size_t)alone.n_edges * (size_t)alone.bond_cols);
    mg_graph_free(&both);
    free(items);
    assert_int_equal(mg_mol_graph_features(m, MG_FEAT_OGB, &both, NULL, &items, &n, NULL),
                     MOLGLOT_OK);
    assert_int_equal(both.atom_cols, 9);
    assert_true(!items && n == 0);
    mg_graph_free(&both);
    assert_int_equal(mg_mol_graph_features(m, MG_FEAT_OGB, &both, "x", &items, &n, NULL),
                     MOLGLOT_USAGE);
    assert_true(!both.atoms && !items && n == 0); /* all or nothing */
    mg_graph_free(&alone);
    free(f.items);
    mg_mol_free(m);
}

/* Counts are told by thresholds: 1 to 8, then by 2 to 16, then by 4 to 64 (docs/reference). Of n
 * atoms of helium each quantity that grows with n reaches as many as n does. */
static void thresholds_of_counts(void **state) {
    (void)state;
    static const int counts[] = {7, 8, 9, 10, 11, 12, 15, 16, 19, 20, 23, 24, 60, 63, 64, 65, 80};
    static const int reached[] = {7, 8, 8, 9, 9, 10, 11, 12, 12, 13, 13, 14, 23, 23, 24, 24, 24};
    size_t n[MG_COUNT(counts)];
    for (size_t i = 0; i < MG_COUNT(counts); i++) {
        char smiles[80 * 5 + 1] = "[He]";
        mg_feature *f = NULL;
        for (int k = 1; k < counts[i]; k++) strcat(smiles, ".[He]");
        mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
        assert_non_null(m);
        assert_int_equal(mg_mol_features(m, "g", &f, &n[i], NULL), MOLGLOT_OK);
        free(f);
        mg_mol_free(m);
    }
    const size_t each = n[1] - n[0]; /* quantities */
    assert_true(n[1] > n[0] && each < 10);
    for (size_t i = 0; i < MG_COUNT(counts); i++)
        if (n[i] != n[1] + each * (size_t)reached[i] - each * 8)
            fail_msg("%d: %zu features", counts[i], n[i]);
}

/* The number behind a family's letter: what it is without one, and at most. */
static void numbers_of_families(void **state) {
    (void)state;
    static const struct {
        const char *letter;
        int usual, most;
    } cases[] = {{"m", 4, 8}, {"c", 3, 8}, {"a", 20, 99}, {"r", 7, 7}, {"t", 0, 0}, {"k", 0, 0},
                 {"g", 0, 0}, {"h", 0, 0}, {"p", 0, 0},   {"f", 0, 0}, {"w", 0, 0}};
    static const char *const smiles = "CC[C@H](F)CCCCCC[C@@H](N)CCCCCCCCCCCCCCCCCCCCCCCC(=O)O";
    mg_mol *m = read_mol(smiles);
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        for (int by = -1; by <= 1; by++) {
            char text[10];
            snprintf(text, sizeof text, "%s%d", cases[i].letter, cases[i].usual + by);
            features plain = features_of(smiles, cases[i].letter), other;
            molglot_error err = {0};
            if (cases[i].usual + by < 0 || cases[i].usual + by > cases[i].most) {
                free(plain.items);
                continue;
            }
            assert_int_equal(mg_mol_features(m, text, &other.items, &other.n, &err), MOLGLOT_OK);
            const bool equal = plain.n == other.n &&
                               !memcmp(plain.items, other.items, plain.n * sizeof *plain.items);
            if (equal != (by == 0)) fail_msg("%s against %s", cases[i].letter, text);
            free(plain.items);
            free(other.items);
        }
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        for (int over = 0; over < 2; over++) {
            char text[10];
            mg_feature *f = NULL;
            size_t n;
            molglot_error err = {0};
            snprintf(text, sizeof text, "%s%d", cases[i].letter, cases[i].most + over);
            assert_int_equal(mg_mol_features(m, text, &f, &n, &err),
                             over ? MOLGLOT_USAGE : MOLGLOT_OK);
            free(f);
        }
    mg_mol_free(m);
}

/* The numbers of features are what trained models count by: another constant anywhere is another
 * model. Hashes and counts of these molecules, family by family, as they have always been. */
static void numbers_stay(void **state) {
    (void)state;
    static const char *const molecules[] = {
        "CC(=O)Oc1ccccc1C(=O)O",
        "C[C@H](N)C(=O)N[C@@H](CO)C(=O)O.[Na+].[Cl-]",
        "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)O",
        "O[C@H]1C=C[C@H]2[C@H]3Cc4ccc(O)c5O[C@@H]1[C@]2(CCN3C)c45",
        "C1CC2(C1)CC3CC2C3",
        "C[N+](C)(C)CC(=O)[O-]",
        "[2H]C(Cl)Br"};
    static const uint64_t want[] = {0xb494f39d79eb9fe8u, 0xb2b957db0d18973au, 0x40ce880ff8568643u,
                                    0x1211a063f67b3c84u, 0x2c03f94712955233u, 0x7ec9b29eb092c65au,
                                    0x4ee24bc2a1aec9f2u, 0x27426c5e9d3afafau, 0xe955efcf05a2ae7du,
                                    0x6c4fdaeca43b5c7fu, 0xa6ac8aa8b3b7b7e9u};
    for (size_t k = 0; ALL[k]; k++) {
        const char family[2] = {ALL[k], 0};
        uint64_t h = 14695981039346656037u;
        for (size_t i = 0; i < MG_COUNT(molecules); i++) {
            features f = features_of(molecules[i], family);
            for (size_t j = 0; j < f.n; j++) {
                h = (h ^ f.items[j].hash) * 1099511628211u;
                h = (h ^ (uint64_t)(f.items[j].count * 16)) * 1099511628211u;
            }
            free(f.items);
        }
        if (h != want[k]) fail_msg("family %c: %#llx", ALL[k], (unsigned long long)h);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stay),
        cmocka_unit_test(thresholds_of_counts),
        cmocka_unit_test(numbers_of_families),
        cmocka_unit_test(ascending_and_distinct),
        cmocka_unit_test(order_of_atoms_does_not_matter),
        cmocka_unit_test(families_tell_apart),
        cmocka_unit_test(environments_of_ethanol),
        cmocka_unit_test(families_add_up),
        cmocka_unit_test(wrong_families),
        cmocka_unit_test(lone_atoms),
        cmocka_unit_test(with_the_graph),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
