/* Canonical SMILES and fingerprints against values of RDKit 2022.09.3 (20 rows of the project's
 * golden table), and Tanimoto. */
#include "chem/chem.h"
#include "chem/features/features.h"
#include "test_chem.h"

#include <zlib.h>

/* rdk_crc: CRC-32 of the fingerprint as 2048 characters '0' and '1'. environments: Morgan's of
 * radius 2, distinct and all. */
typedef struct golden {
    const char *smiles, *canonical, *maccs;
    int rdk_bits;
    uint32_t rdk_crc;
    int environments, total;
} golden;

static const golden rows[] = {
    {"CCCCCCCC(=O)CC[C@H]1[C@@H](C[C@@H]([C@@H]1C/C=C\\CCCC(=O)OC(C)C)O)O",
     "CCCCCCCC(=O)CC[C@@H]1[C@@H](C/C=C\\CCCC(=O)OC(C)C)[C@@H](O)C[C@H]1O",
     "53 74 89 90 91 96 99 104 108 114 115 116 118 123 126 127 128 129 131 132 136 139 140 141 143 "
     "146 147 149 150"
     " 152 154 155 157 159 160 164 165",
     306, 0x1f10f32eu, 49, 83},
    {"CNC1=NC2=C(C(=O)N1)NC=N2", "CNc1nc2nc[nH]c2c(=O)[nH]1",
     "25 38 43 54 65 77 79 80 83 92 93 95 96 97 98 101 105 106 110 113 117 120 121 125 127 131 133 "
     "135 137 142 143"
     " 151 154 156 158 160 161 162 163 164 165",
     475, 0xea7d3c94u, 29, 34},
    {"CC(C)CCCCC(=O)C1[C@@H](COC1=O)CO", "CC(C)CCCCC(=O)C1C(=O)OC[C@H]1CO",
     "57 74 82 83 89 90 96 108 109 115 116 118 123 127 128 129 132 136 137 138 139 140 143 146 147 "
     "149 150 152 153"
     " 154 155 157 159 160 164 165",
     327, 0x50931375u, 37, 46},
    {"CS(=O)(=O)C1=CC(=C(C=C1)C(=O)NC2=CC(=C(C=C2)Cl)C3=CC=CC=N3)Cl",
     "CS(=O)(=O)c1ccc(C(=O)Nc2ccc(Cl)c(-c3ccccn3)c2)c(Cl)c1",
     "51 55 58 59 60 61 62 64 65 67 73 81 87 88 92 93 98 102 103 107 110 112 117 121 124 125 130 "
     "133 134 135 136 137"
     " 142 144 145 146 148 150 151 154 156 158 159 160 161 162 163 164 165",
     885, 0x7214b5dbu, 48, 75},
    {"C[C@H]1[C@@H](C[C@H]([C@@H](O1)OCCCCCCC[C@H](CC(=O)O)O)O)O",
     "C[C@@H]1O[C@@H](OCCCCCCC[C@@H](O)CC(=O)O)[C@H](O)C[C@H]1O",
     "53 57 72 89 90 91 98 104 109 116 118 123 126 127 128 129 131 132 137 139 140 143 146 147 150 "
     "152 153 154 155"
     " 157 159 160 163 164 165",
     329, 0x706ac068u, 42, 63},
    {"CCSC(=O)N1CCCCCC1", "CCSC(=O)N1CCCCCC1",
     "19 47 75 81 85 86 88 100 106 110 111 114 117 118 121 122 128 129 137 138 147 148 153 154 155 "
     "156 158 160 161"
     " 164 165",
     181, 0x1ac61155u, 22, 34},
    {"C[N+]1=C2C(=C3C=CC(=C(C3=C1)OC)OC)C=CC4=CC5=C(C=C42)OCO5",
     "COc1ccc2c(c[n+](C)c3c4cc5c(cc4ccc23)OCO5)c1OC",
     "28 49 57 65 72 75 83 85 93 96 97 98 101 105 109 113 120 121 122 123 125 126 127 137 140 141 "
     "143 144 145 146"
     " 148 149 150 152 153 156 157 158 159 160 161 162 163 164 165",
     570, 0xf2154951u, 42, 75},
    {"C1=CC(=C(C=C1/C=C/C(=O)C2=C(C=C(C=C2O)O)O)O)[O-]",
     "O=C(/C=C/c1ccc([O-])c(O)c1)c1c(O)cc(O)cc1O",
     "49 53 72 89 99 113 125 127 131 139 140 143 144 145 146 150 152 154 157 159 162 163 164 165",
     450, 0x59f3f336u, 33, 57},
    {"C/C=[N+](\\[O-])/[O-]", "CC=[N+]([O-])[O-]",
     "24 49 56 70 71 78 94 102 119 122 124 130 148 159 160 161 164", 18, 0xa3e1eaf7u, 9, 11},
    {"C1=CC(=C(C=C1/C=C/CO)O)O", "OC/C=C/c1ccc(O)c(O)c1",
     "54 72 82 99 109 113 127 131 139 143 144 146 150 152 153 155 157 159 162 163 164 165", 209,
     0xb507ecc9u, 23, 33},
    {"C1=CC2=C(C=CN=C2)C(=C1)S(=O)(=O)NCCNCC=CC3=CC=C(C=C3)Br.Cl.Cl",
     "Cl.Cl.O=S(=O)(NCCNCC=Cc1ccc(Br)cc1)c1cccc2cnccc12",
     "32 33 46 51 54 55 58 59 60 61 64 65 67 69 73 79 81 82 86 87 88 91 94 98 99 100 101 102 103 "
     "104 105 106 107 111"
     " 112 117 118 121 124 125 129 130 131 134 136 137 138 142 145 147 148 151 153 155 156 158 159 "
     "161 162 163 164"
     " 165 166",
     591, 0x607c593fu, 51, 80},
    {"C1(=C(N=C(NC1=O)N)N)N", "Nc1nc(N)c(N)c(=O)[nH]1",
     "25 38 43 53 54 65 77 79 80 84 92 95 97 98 106 110 113 117 120 121 127 131 133 135 137 142 "
     "143 144 150 151 154"
     " 156 158 161 162 163 164 165",
     324, 0x241754d5u, 19, 26},
    {"CC(=O)N[C@@H](CC1=CC(=C(C=C1)O)N=NC2=CC=CC=C2)C(=O)NCC(=O)NCC(=O)O",
     "CC(=O)N[C@@H](Cc1ccc(O)c(N=Nc2ccccc2)c1)C(=O)NCC(=O)NCC(=O)O",
     "52 54 79 82 90 91 92 94 95 97 100 104 108 110 111 113 117 119 123 124 125 127 128 129 131 "
     "132 133 135 136 138"
     " 139 140 142 143 144 145 146 150 151 152 153 154 155 156 157 158 159 160 161 162 163 164 165",
     659, 0x1e24da61u, 54, 89},
    {"CN1C=NC(=C1C[C@@H](C(=O)[O-])[NH+](C)C)S", "Cn1cnc(S)c1C[C@@H](C(=O)[O-])[NH+](C)C",
     "47 49 59 64 65 74 75 77 79 80 81 83 85 86 88 90 93 95 96 104 111 116 120 121 122 123 131 137 "
     "141 142 144 148"
     " 149 150 151 154 155 156 157 158 159 160 161 162 164 165",
     602, 0x2ee5c7bcu, 35, 39},
    {"CC1=C(N(N=C1C2=CC=CC=C2)C)OCC3=CC=CC=C3N(C(=O)OC)OC",
     "COC(=O)N(OC)c1ccccc1COc1c(C)c(-c2ccccc2)nn1C",
     "13 23 24 52 62 65 71 72 75 80 83 92 93 94 95 96 97 102 106 108 109 110 113 117 120 121 122 "
     "123 124 125 126 127"
     " 130 133 135 137 140 141 142 143 144 145 146 148 149 150 153 154 155 156 157 158 159 160 161 "
     "162 163 164 165",
     1100, 0xecaf2141u, 49, 79},
    {"C[C@]12CCC(=O)C[C@H]1CC[C@@H]3[C@@H]2CC[C@]4([C@H]3CC[C@@H]4C(=O)CO)C",
     "C[C@]12CCC(=O)C[C@H]1CC[C@@H]1[C@@H]2CC[C@]2(C)[C@@H](C(=O)CO)CC[C@@H]12",
     "66 72 82 91 96 101 105 108 109 112 115 116 118 127 128 129 132 136 139 143 145 146 147 149 "
     "150 152 153 154 155"
     " 157 159 160 163 164 165",
     209, 0xf46ff5bfu, 43, 67},
    {"CC(=CCC1=C2C(=C(C=C1O)O)C(=O)C(=C(O2)C3=CC=CC=C3)OC)C",
     "COc1c(-c2ccccc2)oc2c(CC=C(C)C)c(O)cc(O)c2c1=O",
     "50 53 57 62 72 74 76 89 90 93 98 99 101 105 113 116 125 126 127 131 137 139 140 141 143 144 "
     "145 146 149 150"
     " 152 154 155 157 159 160 162 163 164 165",
     1165, 0xb8304218u, 48, 72},
    {"CC[C@@H](/C=C/C=C\\C=C\\[C@H](CCCCCCCC(=O)O)OO)OO",
     "CC[C@@H](/C=C/C=C\\C=C\\[C@H](CCCCCCCC(=O)O)OO)OO",
     "69 90 91 99 102 104 114 118 123 124 126 128 129 130 131 132 139 140 146 147 152 154 155 157 "
     "159 160 164",
     176, 0xd4ab5b7au, 34, 67},
    {"CCCCC/C=C\\C/C=C\\C[C@H]([C@@H](C/C=C\\CCCC(=O)O)O)O",
     "CCCCC/C=C\\C/C=C\\C[C@@H](O)[C@H](O)C/C=C\\CCCC(=O)O",
     "54 72 90 91 99 104 108 114 115 116 118 123 128 129 131 132 139 140 146 147 152 154 155 157 "
     "159 160 164",
     135, 0x2b9e489bu, 33, 67},
    {"CCOC(CN1CCN(CC1)CC(C)C(=O)C2=CC=CC=C2)C3=CC=CC=C3",
     "CCOC(CN1CCN(CC(C)C(=O)c2ccccc2)CC1)c1ccccc1",
     "75 79 85 86 95 97 98 100 108 109 111 114 115 118 120 121 122 125 126 128 129 132 137 138 142 "
     "145 147 148 149"
     " 152 153 154 155 157 158 159 160 161 162 163 164 165",
     506, 0xb99175f5u, 40, 81},
};

static int bit(const uint8_t *bits, int i) { return bits[i / 8] >> (i % 8) & 1; }

static void canonical_smiles(void **state) {
    (void)state;
    for (size_t r = 0; r < MG_COUNT(rows); r++) {
        mg_mol *m = read_mol(rows[r].smiles);
        char *smiles = mg_mol_smiles(m, true);
        assert_string_equal(smiles, rows[r].canonical);
        free(smiles);
        mg_mol_free(m);
    }
}

static void maccs_keys(void **state) {
    (void)state;
    for (size_t r = 0; r < MG_COUNT(rows); r++) {
        mg_mol *m = read_mol(rows[r].smiles);
        uint8_t bits[21];
        char text[1024] = "";
        assert_int_equal(mg_mol_fingerprint(m, MG_FP_MACCS, 0, 167, bits, NULL), MOLGLOT_OK);
        for (int i = 0; i < 167; i++) {
            size_t used = strlen(text);
            if (bit(bits, i)) snprintf(text + used, sizeof text - used, used ? " %d" : "%d", i);
        }
        assert_string_equal(text, rows[r].maccs);
        mg_mol_free(m);
    }
}

static void rdk_paths(void **state) {
    (void)state;
    for (size_t r = 0; r < MG_COUNT(rows); r++) {
        mg_mol *m = read_mol(rows[r].smiles);
        uint8_t bits[256], text[2048];
        int on = 0;
        assert_int_equal(mg_mol_fingerprint(m, MG_FP_RDK, 0, 2048, bits, NULL), MOLGLOT_OK);
        for (int i = 0; i < 2048; i++) {
            text[i] = (uint8_t)('0' + bit(bits, i));
            on += bit(bits, i);
        }
        assert_int_equal(on, rows[r].rdk_bits);
        assert_int_equal((uint32_t)crc32(0, text, sizeof text), rows[r].rdk_crc);
        mg_mol_free(m);
    }
}

static void morgan_environments(void **state) {
    (void)state;
    for (size_t r = 0; r < MG_COUNT(rows); r++) {
        mg_mol *m = read_mol(rows[r].smiles);
        mg_feature *found;
        size_t n;
        float total = 0;
        assert_int_equal(mg_mol_features(m, "m2", &found, &n, NULL), MOLGLOT_OK);
        for (size_t i = 0; i < n; i++) total += found[i].count;
        assert_int_equal(n, rows[r].environments);
        assert_int_equal((int)total, rows[r].total);
        free(found);
        mg_mol_free(m);
    }
}

static void morgan_bits(void **state) {
    (void)state;
    mg_mol *a = read_mol("CCO"), *b = read_mol("OCC"), *c = read_mol("c1ccccc1");
    uint8_t x[128], y[128], z[128];
    molglot_error err;
    assert_int_equal(mg_mol_fingerprint(a, MG_FP_MORGAN, 2, 1024, x, NULL), MOLGLOT_OK);
    assert_int_equal(mg_mol_fingerprint(b, MG_FP_MORGAN, 2, 1024, y, NULL), MOLGLOT_OK);
    assert_int_equal(mg_mol_fingerprint(c, MG_FP_MORGAN, 2, 1024, z, NULL), MOLGLOT_OK);
    assert_memory_equal(x, y, sizeof x);
    assert_true(mg_tanimoto(x, y, 1024) == 1.0);
    assert_true(mg_tanimoto(x, z, 1024) < 0.2);
    assert_int_equal(mg_mol_fingerprint(a, MG_FP_MACCS, 0, 166, x, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_mol_fingerprint(a, MG_FP_MORGAN, 99, 1024, x, &err), MOLGLOT_USAGE);
    mg_mol_free(a);
    mg_mol_free(b);
    mg_mol_free(c);
}

static void tanimoto(void **state) {
    (void)state;
    uint8_t a[21] = {0}, b[21] = {0};
    assert_true(mg_tanimoto(a, b, 167) == 1.0);
    a[0] = 0x0f;
    a[20] = 0x01;
    b[0] = 0x3c;
    b[20] = 0x01;
    assert_true(fabs(mg_tanimoto(a, b, 167) - 3.0 / 7.0) < 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_smiles), cmocka_unit_test(maccs_keys),
        cmocka_unit_test(rdk_paths),        cmocka_unit_test(morgan_environments),
        cmocka_unit_test(morgan_bits),      cmocka_unit_test(tanimoto),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
