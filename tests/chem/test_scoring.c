/* What scoring asks of chemistry, against values of RDKit 2022.09.3 (Python) for molecules of our
 * own choice: similarities with and without Kekulisation, descriptors, scaffolds, BRICS pieces. The
 * project's golden tables are read too where they lie beside the tree. */
#include "chem/chem.h"
#include "test_chem.h"

#include <jansson.h>
#include <zlib.h>

static void expect_near(const char *what, double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance)) fail_msg("%s: %.12g, not %.12g", what, value, wanted);
}

/* ---- similarities ---- */

typedef struct pair {
    const char *a, *b;
    double cosine, morgan3, cosine_kekulised, morgan3_kekulised, counts, morgan2, rdk, maccs;
} pair;

static const pair pairs[] = {
    {"CC(=O)Oc1ccccc1C(=O)O", "Cc1ccccc1C(=O)O", 0.755928946018, 0.384615384615, 0.797724035217,
     0.384615384615, 0.55, 0.48275862069, 0.268948655257, 0.571428571429},
    {"CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "CC(=O)Oc1ccccc1C(=O)O", 0.450442616461, 0.0655737704918,
     0.422115882409, 0.0655737704918, 0.0909090909091, 0.0888888888889, 0.132248219736,
     0.264150943396},
    {"C(C1C(C(C(C(O1)O)O)O)O)O", "OCC1OC(O)CC1O", 0.862581949178, 0.294117647059, 0.862581949178,
     0.294117647059, 0.375, 0.384615384615, 0.486928104575, 0.757575757576},
    {"[Na+]", "[K+]", 1, 0, 1, 0, 0, 0, 1, 1}, /* no path at all: two empty fingerprints */
    /* one molecule, two Kekule forms */
    {"Cc1ccccc1C(=O)O", "Cc1c(C(=O)O)cccc1", 1, 1, 1, 0.277777777778, 1, 1, 1, 1},
};

static double bits(const mg_mol *a, const mg_mol *b, mg_fp_kind kind, int radius, int nbits,
                   bool cosine) {
    uint8_t x[256], y[256];
    assert_int_equal(mg_mol_fingerprint(a, kind, radius, nbits, x, NULL), MOLGLOT_OK);
    assert_int_equal(mg_mol_fingerprint(b, kind, radius, nbits, y, NULL), MOLGLOT_OK);
    return cosine ? mg_cosine(x, y, nbits) : mg_tanimoto(x, y, nbits);
}

static double counts(const mg_mol *a, const mg_mol *b) {
    mg_environment *x, *y;
    size_t nx, ny;
    assert_int_equal(mg_mol_morgan_counts(a, 2, &x, &nx, NULL), MOLGLOT_OK);
    assert_int_equal(mg_mol_morgan_counts(b, 2, &y, &ny, NULL), MOLGLOT_OK);
    for (size_t i = 1; i < nx; i++) assert_true(x[i - 1].id < x[i].id);
    double t = mg_count_tanimoto(x, nx, y, ny);
    free(x);
    free(y);
    return t;
}

static void similarities(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(pairs); i++) {
        const pair *p = &pairs[i];
        mg_mol *a = read_mol(p->a), *b = read_mol(p->b), *ka = mg_mol_kekulised(a),
               *kb = mg_mol_kekulised(b);
        expect_near(p->a, bits(a, b, MG_FP_MACCS, 0, 167, true), p->cosine, 1e-11);
        expect_near(p->a, bits(a, b, MG_FP_MORGAN, 3, 2048, false), p->morgan3, 1e-11);
        expect_near(p->a, bits(ka, kb, MG_FP_MACCS, 0, 167, true), p->cosine_kekulised, 1e-11);
        expect_near(p->a, bits(ka, kb, MG_FP_MORGAN, 3, 2048, false), p->morgan3_kekulised, 1e-11);
        expect_near(p->a, counts(a, b), p->counts, 1e-11);
        expect_near(p->a, bits(a, b, MG_FP_MORGAN, 2, 2048, false), p->morgan2, 1e-11);
        expect_near(p->a, bits(a, b, MG_FP_RDK, 0, 2048, false), p->rdk, 1e-11);
        expect_near(p->a, bits(a, b, MG_FP_MACCS, 0, 167, false), p->maccs, 1e-11);
        mg_mol *all[] = {a, b, ka, kb};
        for (int k = 0; k < 4; k++) mg_mol_free(all[k]);
    }
}

/* Kekulised with its aromatic flags kept, a molecule is unlike itself. */
static void kekulised_against_plain(void **state) {
    (void)state;
    mg_mol *plain = read_mol("Cc1ccccc1C(=O)O"), *kekulised = mg_mol_kekulised(plain),
           *ethanol = read_mol("CCO");
    expect_near("cosine", bits(plain, kekulised, MG_FP_MACCS, 0, 167, true), 0.84866842479, 1e-11);
    expect_near("morgan", bits(plain, kekulised, MG_FP_MORGAN, 3, 2048, false), 0.24324324324,
                1e-11);
    assert_true(mg_mol_aromatic(plain));
    assert_true(mg_mol_aromatic(kekulised));
    assert_false(mg_mol_aromatic(ethanol));
    mg_mol_free(plain);
    mg_mol_free(kekulised);
    mg_mol_free(ethanol);
}

static void empty_fingerprints(void **state) {
    (void)state;
    const uint8_t none[21] = {0}, some[21] = {1};
    const mg_environment one = {7, 2}, more = {7, 3};
    expect_near("both empty", mg_tanimoto(none, none, 167), 1, 0);
    expect_near("cosine", mg_cosine(none, some, 167), 0, 0);
    expect_near("counts, both empty", mg_count_tanimoto(NULL, 0, NULL, 0), 0, 0);
    expect_near("counts, one empty", mg_count_tanimoto(&one, 1, NULL, 0), 0, 0);
    expect_near("counts", mg_count_tanimoto(&one, 1, &more, 1), 2.0 / 3.0, 1e-15);
}

/* ---- descriptors and pieces ---- */

typedef struct row {
    const char *smiles;
    double descriptors[MG_DESCRIPTORS];
    const char *scaffold, *brics;
} row;

static const row rows[] = {
    {"CC(=O)Oc1ccccc1C(=O)O",
     {343.2228677, 1.3101, 180.159, 63.6, 3, 1, 2, 0, 1},
     "",
     "[1*]C(C)=O.[16*]c1ccccc1[16*].[3*]O[3*].[6*]C(=O)O"},
    {"CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
     {616.528592, -1.0293, 194.194, 61.82, 6, 0, 0, 0, 2},
     "O=c1[nH]c(=O)c2[nH]cnc2[nH]1",
     "Cn1c(=O)c2c(ncn2C)n(C)c1=O"},
    {"C(C1C(C(C(C(O1)O)O)O)O)O",
     {146.2188491, -3.2214, 180.156, 110.38, 6, 5, 1, 1, 0},
     "",
     "[13*]C1OC(O)C(O)C(O)C1O.[8*]CO"},
    {"CC(=O)[O-].[Na+]",
     {30.62919048, -4.2398, 82.034, 40.13, 2, 0, 0, 0, 0},
     "",
     "CC(=O)[O-].[Na+]"},
    {"[Na+]", {0, -2.996, 22.99, 0, 0, 0, 0, 0, 0}, "", "[Na+]"},
    {"C#CCN1CCC(CC1)c1ccc2OCOc2c1",
     {469.8722125, 2.2279, 243.306, 21.7, 3, 0, 2, 2, 1},
     "c1cc2c(cc1C1CCNCC1)OCO2",
     "[16*]c1ccc2c(c1)OCO2.[4*]CC#C.[5*]N1CCC([15*])CC1"},
    {"CC(C)Cc1ccc(cc1)C(C)C(=O)NCCOCc1ccncc1",
     {638.7054423, 3.7166, 340.467, 51.22, 3, 1, 9, 0, 2},
     "O=C(Cc1ccccc1)NCCOCc1ccncc1",
     "[1*]C(=O)C([8*])C.[16*]c1ccc([16*])cc1.[16*]c1ccncc1.[3*]O[3*].[4*]CC[4*].[4*]C[8*].[5*]N[5*]"
     ".[8*]CC(C)C"},
    {"C/C=C/[C@H](N)C(=O)OCC",
     {131.5677965, 0.4529, 143.186, 52.32, 3, 1, 3, 0, 0},
     "",
     "[1*]C(=O)[C@@H](N)C=[7*].[3*]O[3*].[4*]CC.[7*]=CC"},
    {"O=C1NC(=O)c2cc(Br)ccc12",
     {386.6442922, 1.3327, 226.029, 46.17, 2, 1, 0, 1, 1},
     "O=C1NC(=O)c2ccccc21",
     "O=C1NC(=O)c2cc(Br)ccc21"},
    {"C1CC2CCC1C2", {58.10749561, 2.1965, 96.173, 0, 0, 0, 0, 2, 0}, "C1CC2CCC1C2", "C1CC2CCC1C2"},
};

static void descriptors(void **state) {
    (void)state;
    assert_int_equal(mg_chem_init_scores(NULL), MOLGLOT_OK);
    assert_int_equal(mg_chem_init_scores(NULL), MOLGLOT_OK); /* nothing more to do */
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        mg_mol *m = read_mol(rows[i].smiles);
        double d[MG_DESCRIPTORS];
        assert_int_equal(mg_mol_descriptors(m, d, NULL), MOLGLOT_OK);
        for (int k = 0; k < MG_DESCRIPTORS; k++)
            expect_near(rows[i].smiles, d[k], rows[i].descriptors[k], 1e-6);
        mg_mol_free(m);
    }
}

static void pieces(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        mg_mol *m = read_mol(rows[i].smiles);
        char *scaffold = mg_mol_ring_scaffold(m, 2), *brics = mg_mol_brics(m);
        assert_string_equal(scaffold, rows[i].scaffold);
        assert_string_equal(brics, rows[i].brics);
        free(scaffold);
        free(brics);
        mg_mol_free(m);
    }
}

static void composition(void **state) {
    (void)state;
    mg_mol *a = read_mol("CCO"), *b = read_mol("[2H]C([2H])OC"), *c = read_mol("CCN"),
           *d = read_mol("CCOO");
    assert_true(mg_mol_composition(a) == mg_mol_composition(b));
    assert_true(mg_mol_composition(a) != mg_mol_composition(c));
    assert_true(mg_mol_composition(a) != mg_mol_composition(d));
    mg_mol *all[] = {a, b, c, d};
    for (int k = 0; k < 4; k++) mg_mol_free(all[k]);
}

/* ---- the project's golden tables, in ../shared/golden ---- */

static void expect_bits(const mg_mol *m, mg_fp_kind kind, int radius, int nbits,
                        const json_t *wanted, const char *smiles) {
    uint8_t x[256], y[256] = {0};
    size_t i;
    json_t *bit;
    assert_int_equal(mg_mol_fingerprint(m, kind, radius, nbits, x, NULL), MOLGLOT_OK);
    json_array_foreach(wanted, i, bit)
        y[json_integer_value(bit) / 8] |= (uint8_t)(1 << (json_integer_value(bit) % 8));
    if (memcmp(x, y, ((size_t)nbits + 7) / 8)) fail_msg("%s: other bits", smiles);
}

static void golden_3m(void **state) {
    (void)state;
    json_t *file = json_load_file(MG_SOURCE_DIR "/../shared/golden/3m/fingerprints.json", 0, NULL),
           *entry;
    if (!file) skip();
    size_t i;
    json_array_foreach(json_object_get(file, "mols"), i, entry) {
        const char *smiles = json_string_value(json_object_get(entry, "smiles"));
        char *given = strdup(smiles);
        mg_smiles_undouble(given);
        mg_mol *m = read_mol(given), *kekulised = mg_mol_kekulised(m);
        expect_bits(m, MG_FP_MACCS, 0, 167, json_object_get(entry, "maccs"), smiles);
        expect_bits(m, MG_FP_MORGAN, 3, 2048, json_object_get(entry, "morgan3_2048"), smiles);
        expect_bits(kekulised, MG_FP_MACCS, 0, 167, json_object_get(entry, "maccs_kek"), smiles);
        expect_bits(kekulised, MG_FP_MORGAN, 3, 2048, json_object_get(entry, "morgan3_2048_kek"),
                    smiles);
        mg_mol_free(m);
        mg_mol_free(kekulised);
        free(given);
    }
    assert_int_equal(i, 60);
    json_decref(file);
}

/* CRC-32 of "id:count" items joined by blanks. */
static uint32_t counts_crc(const mg_mol *m) {
    mg_environment *x;
    size_t n;
    mg_str text = {0};
    assert_int_equal(mg_mol_morgan_counts(m, 2, &x, &n, NULL), MOLGLOT_OK);
    for (size_t i = 0; i < n; i++) mg_str_addf(&text, "%s%u:%d", i ? " " : "", x[i].id, x[i].count);
    uint32_t crc = (uint32_t)crc32(0, (const uint8_t *)text.s, (unsigned)text.n);
    mg_str_free(&text);
    free(x);
    return crc;
}

/* CRC-32 of the bits as '0' and '1'. */
static uint32_t rdk_crc(const mg_mol *m) {
    uint8_t bits[256], text[2048];
    assert_int_equal(mg_mol_fingerprint(m, MG_FP_RDK, 0, 2048, bits, NULL), MOLGLOT_OK);
    for (int i = 0; i < 2048; i++) text[i] = (uint8_t)('0' + (bits[i / 8] >> (i % 8) & 1));
    return (uint32_t)crc32(0, text, sizeof text);
}

static void golden_validation(void **state) {
    (void)state;
    FILE *f = fopen(MG_SOURCE_DIR "/../shared/golden/metrics/fp_validation500.tsv", "r");
    if (!f) skip();
    char line[1 << 14];
    int n = 0;
    assert_non_null(fgets(line, sizeof line, f));
    for (; fgets(line, sizeof line, f); n++) {
        char *field[10] = {line}, *s = line;
        for (int k = 1; k < 10; k++) {
            s = strchr(s, '\t');
            assert_non_null(s);
            *s++ = 0;
            field[k] = s;
        }
        mg_mol *m = read_mol(field[1]);
        if (rdk_crc(m) != (uint32_t)strtoul(field[6], NULL, 16))
            fail_msg("%s: another RDK fingerprint", field[1]);
        if (counts_crc(m) != (uint32_t)strtoul(field[9], NULL, 16))
            fail_msg("%s: other counts", field[1]);
        mg_mol_free(m);
    }
    assert_int_equal(n, 500);
    fclose(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(similarities),
        cmocka_unit_test(kekulised_against_plain),
        cmocka_unit_test(empty_fingerprints),
        cmocka_unit_test(descriptors),
        cmocka_unit_test(pieces),
        cmocka_unit_test(composition),
        cmocka_unit_test(golden_3m),
        cmocka_unit_test(golden_validation),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
