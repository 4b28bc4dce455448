/* Graph features: PubChem CID 1 as published with MoMu (docs/reference/momu.md 16 C), stereo and
 * direction columns, sizes, odd molecules. */
#include "chem/chem.h"
#include "test_chem.h"

#define CID1 "CC(=O)OC(CC(=O)[O-])C[N+](C)(C)C"

static const uint8_t cid1_atoms[14][9] = {
    {5, 0, 4, 5, 3, 0, 2, 0, 0}, {5, 0, 3, 5, 0, 0, 1, 0, 0}, {7, 0, 1, 5, 0, 0, 1, 0, 0},
    {7, 0, 2, 5, 0, 0, 1, 0, 0}, {5, 0, 4, 5, 1, 0, 2, 0, 0}, {5, 0, 4, 5, 2, 0, 2, 0, 0},
    {5, 0, 3, 5, 0, 0, 1, 0, 0}, {7, 0, 1, 5, 0, 0, 1, 0, 0}, {7, 0, 1, 4, 0, 0, 1, 0, 0},
    {5, 0, 4, 5, 2, 0, 2, 0, 0}, {6, 0, 4, 6, 0, 0, 2, 0, 0}, {5, 0, 4, 5, 3, 0, 2, 0, 0},
    {5, 0, 4, 5, 3, 0, 2, 0, 0}, {5, 0, 4, 5, 3, 0, 2, 0, 0}};
/* begin, end, attributes of each bond; both directions carry the same */
static const uint8_t cid1_bonds[13][5] = {
    {0, 1, 0, 0, 0},   {1, 2, 1, 0, 1},   {1, 3, 0, 0, 1},  {3, 4, 0, 0, 0}, {4, 5, 0, 0, 0},
    {5, 6, 0, 0, 0},   {6, 7, 1, 0, 1},   {6, 8, 0, 0, 1},  {4, 9, 0, 0, 0}, {9, 10, 0, 0, 0},
    {10, 11, 0, 0, 0}, {10, 12, 0, 0, 0}, {10, 13, 0, 0, 0}};

static mg_graph graph_of(const char *smiles, mg_feat_kind kind) {
    mg_mol *m = read_mol(smiles);
    mg_graph g;
    assert_int_equal(mg_graph_from_mol(m, kind, &g, NULL), MOLGLOT_OK);
    mg_mol_free(m);
    return g;
}

static void acetylcarnitine(void **state) {
    (void)state;
    mg_graph g = graph_of(CID1, MG_FEAT_OGB);
    assert_int_equal(g.n_atoms, 14);
    assert_int_equal(g.n_edges, 26);
    assert_memory_equal(g.atoms, cid1_atoms, sizeof cid1_atoms);
    for (int k = 0; k < 13; k++) {
        const uint8_t *b = cid1_bonds[k];
        assert_int_equal(g.src[2 * k], b[0]);
        assert_int_equal(g.dst[2 * k], b[1]);
        assert_int_equal(g.src[2 * k + 1], b[1]);
        assert_int_equal(g.dst[2 * k + 1], b[0]);
        assert_memory_equal(g.bonds + 6 * k, b + 2, 3);
        assert_memory_equal(g.bonds + 6 * k + 3, b + 2, 3);
    }
    mg_graph_free(&g);
    g = graph_of(CID1, MG_FEAT_SIMPLE);
    for (int i = 0; i < 14; i++) assert_memory_equal(g.atoms + 2 * i, cid1_atoms[i], 2);
    assert_int_equal(g.atom_cols, 2);
    assert_int_equal(g.bond_cols, 2);
    mg_graph_free(&g);
}

/* OGB writes E and Z on the double bond, the simple featuriser the direction on the bonds beside
 * it. */
static void double_bond_stereo(void **state) {
    (void)state;
    mg_graph e = graph_of("F/C=C/Cl", MG_FEAT_OGB), z = graph_of("F/C=C\\Cl", MG_FEAT_OGB),
             s = graph_of("F/C=C\\Cl", MG_FEAT_SIMPLE);
    assert_int_equal(e.bonds[2 * 3 + 1], 2);
    assert_int_equal(z.bonds[2 * 3 + 1], 1);
    assert_int_equal(e.bonds[1], 0);
    assert_int_equal(s.bonds[1], 1);
    assert_int_equal(s.bonds[2 * 2 + 1], 0);
    assert_int_equal(s.bonds[4 * 2 + 1], 2);
    mg_graph_free(&e);
    mg_graph_free(&z);
    mg_graph_free(&s);
}

static void tetrahedral_stereo(void **state) {
    (void)state;
    mg_graph l = graph_of("C[C@H](N)C(=O)O", MG_FEAT_OGB),
             d = graph_of("C[C@@H](N)C(=O)O", MG_FEAT_OGB),
             none = graph_of("C[C@H](C)O", MG_FEAT_OGB);
    assert_int_equal(l.atoms[9 + 1], 2);
    assert_int_equal(d.atoms[9 + 1], 1);
    assert_int_equal(none.atoms[9 + 1], 0);
    mg_graph_free(&l);
    mg_graph_free(&d);
    mg_graph_free(&none);
}

static void odd_molecules(void **state) {
    (void)state;
    mg_graph lone = graph_of("[Na+]", MG_FEAT_OGB), wild = graph_of("*C", MG_FEAT_SIMPLE),
             radical = graph_of("[CH3]", MG_FEAT_OGB);
    assert_int_equal(lone.n_atoms, 1);
    assert_int_equal(lone.n_edges, 0);
    assert_int_equal(lone.atoms[0], 10);
    assert_int_equal(lone.atoms[3], 6);
    assert_int_equal(wild.atoms[0], 118);
    assert_int_equal(radical.atoms[5], 1);
    mg_graph_free(&lone);
    mg_graph_free(&wild);
    mg_graph_free(&radical);
    mg_graph_free(&radical);
    mg_graph benzene = graph_of("c1ccccc1", MG_FEAT_OGB),
             carbanion = graph_of("[Fe-6]", MG_FEAT_OGB);
    for (int e = 0; e < benzene.n_edges; e++) assert_int_equal(benzene.bonds[3 * e], 3);
    assert_int_equal(benzene.atoms[7], 1);
    assert_int_equal(benzene.atoms[8], 1);
    assert_int_equal(carbanion.atoms[3], 11);
    mg_graph_free(&benzene);
    mg_graph_free(&carbanion);
}

static void values_fit_their_tables(void **state) {
    (void)state;
    static const char *const molecules[] = {
        CID1,      "[Fe-6]", "*~C",  "F[P-](F)(F)(F)(F)F", "N->[Fe]", "[CH2]", "FS(F)(F)(F)(F)F",
        "C/C=C/C", "C$C",    "[UH9]"};
    for (int kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < MG_COUNT(molecules); i++) {
            mg_graph g = graph_of(molecules[i], (mg_feat_kind)kind);
            for (int k = 0; k < g.n_atoms * g.atom_cols; k++)
                assert_true(g.atoms[k] < mg_feat_atom_size((mg_feat_kind)kind, k % g.atom_cols));
            for (int k = 0; k < g.n_edges * g.bond_cols; k++)
                assert_true(g.bonds[k] < mg_feat_bond_size((mg_feat_kind)kind, k % g.bond_cols));
            mg_graph_free(&g);
        }
    }
    assert_int_equal(mg_feat_atom_size(MG_FEAT_OGB, 9), 0);
    assert_int_equal(mg_feat_bond_size(MG_FEAT_SIMPLE, -1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acetylcarnitine),         cmocka_unit_test(double_bond_stereo),
        cmocka_unit_test(tetrahedral_stereo),      cmocka_unit_test(odd_molecules),
        cmocka_unit_test(values_fit_their_tables),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
