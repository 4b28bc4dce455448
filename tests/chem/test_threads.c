/* The same results from four OpenMP threads as from one, for everything that bulk work calls. */
#include "chem/chem.h"
#include "chem/features/features.h"
#include "test_chem.h"

static const char *const molecules[] = {
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)N[C@@H](CO)C(=O)O",
    "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)O",
    "[Na+].[Cl-]",
    "C1CC",
    "c1cccc1",
    "O[C@H]1C=C[C@H]2[C@H]3Cc4ccc(O)c5O[C@@H]1[C@]2(CCN3C)c45",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "OC(=O)/C=C/C(=O)O",
    "C[Si](C)(C)C",
    "CC(C)(C)(C)C",
    "O=P(O)(O)OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1O",
    "OCl(=O)(=O)=O",
    "[13CH4]",
    "C/C=C/C=C\\C",
};

enum { ROUNDS = 40 };

static uint64_t mix_string(uint64_t h, char *s) {
    h = s ? mg_hash64(s, strlen(s), h) : h + 1;
    free(s);
    return h;
}

/* Everything about one SMILES as one number. */
static uint64_t digest(const char *smiles) {
    molglot_row_status row = {0};
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
    uint64_t h = mg_hash64(row.reason, strlen(row.reason), (uint64_t)row.offset);
    if (!m) return h;
    mg_graph g;
    mg_feature *f;
    size_t n;
    uint8_t bits[256];
    h = mix_string(h, mg_mol_smiles(m, true));
    h = mix_string(h, mg_mol_smiles_random(m, 5));
    h = mix_string(h, mg_mol_scaffold(m));
    h = mix_string(h, mg_mol_inchikey(m));
    h = mix_string(h, mg_mol_formula(m));
    if (!mg_graph_from_mol(m, MG_FEAT_OGB, &g, NULL)) {
        h = mg_hash64(g.atoms, (size_t)g.n_atoms * (size_t)g.atom_cols, h);
        mg_graph_free(&g);
    }
    if (!mg_mol_features(m, "mcatgrkhpfw", &f, &n, NULL)) {
        for (size_t i = 0; i < n; i++) h = h * 31 + f[i].hash + (uint64_t)f[i].count;
        free(f);
    }
    for (int kind = 0; kind < 3; kind++) {
        int nbits = kind == MG_FP_MACCS ? 167 : 2048;
        if (!mg_mol_fingerprint(m, (mg_fp_kind)kind, 2, nbits, bits, NULL))
            h = mg_hash64(bits, ((size_t)nbits + 7) / 8, h);
    }
    mg_mol_free(m);
    return h;
}

static void threads_agree(void **state) {
    (void)state;
    uint64_t alone[MG_COUNT(molecules)];
    int wrong = 0;
    for (size_t i = 0; i < MG_COUNT(molecules); i++) alone[i] = digest(molecules[i]);
#pragma omp parallel for num_threads(4) schedule(dynamic) reduction(+ : wrong)
    for (int k = 0; k < ROUNDS * (int)MG_COUNT(molecules); k++) {
        size_t i = (size_t)k % MG_COUNT(molecules);
        wrong += digest(molecules[i]) != alone[i];
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_agree)};
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
