/* Augmentations: the reference's misaligned attributes on PubChem CID 1 (docs/reference/momu.md 16
 * K), and what the correct ones promise. */
#include "chem/chem.h"
#include "test_chem.h"

static mg_graph graph_of(const char *smiles) {
    mg_mol *m = read_mol(smiles);
    mg_graph g;
    assert_int_equal(mg_graph_from_mol(m, MG_FEAT_OGB, &g, NULL), MOLGLOT_OK);
    mg_mol_free(m);
    return g;
}

static mg_graph acetylcarnitine(void) { return graph_of("CC(=O)OC(CC(=O)[O-])C[N+](C)(C)C"); }

/* Bond type of (a, b) in g, or -1. */
static int type_of(const mg_graph *g, int a, int b) {
    for (int e = 0; e < g->n_edges; e++) {
        if (g->src[e] == a && g->dst[e] == b) return g->bonds[e * g->bond_cols];
    }
    return -1;
}

/* The view of g without its last atom, which has one bond, the last one. */
static mg_graph without_last(const mg_graph *g, bool faithful) {
    const float one = 1.5f / (float)g->n_atoms;
    const size_t edges = (size_t)g->n_edges - 2;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        mg_rng rng = {.seed = seed};
        mg_graph out;
        assert_int_equal(mg_graph_augment(g, MG_AUG_DROP_NODES, one, faithful, &rng, &out, NULL),
                         MOLGLOT_OK);
        bool dropped = out.n_edges == g->n_edges - 2;
        for (int e = 0; e < out.n_edges && faithful; e++)
            dropped = dropped && out.src[e] != g->n_atoms - 1 && out.dst[e] != g->n_atoms - 1;
        if (dropped && !faithful)
            dropped = !memcmp(out.src, g->src, edges * sizeof *g->src) &&
                      !memcmp(out.dst, g->dst, edges * sizeof *g->dst);
        if (dropped) return out;
        mg_graph_free(&out);
    }
    fail_msg("no seed drops the last of %d atoms", g->n_atoms);
    return (mg_graph){0};
}

static void dropped_node_misaligns(void **state) {
    (void)state;
    static const uint8_t row_major[24][2] = {
        {0, 1}, {1, 0}, {1, 2},  {1, 3},  {2, 1},   {3, 1},   {3, 4},   {4, 3},
        {4, 5}, {4, 9}, {5, 4},  {5, 6},  {6, 5},   {6, 7},   {6, 8},   {7, 6},
        {8, 6}, {9, 4}, {9, 10}, {10, 9}, {10, 11}, {10, 12}, {11, 10}, {12, 10}};
    static const int wrong[4][3] = {{1, 3, 1}, {2, 1, 0}, {6, 5, 1}, {7, 6, 0}};
    mg_graph g = acetylcarnitine(), out;
    int differing = 0;
    out = without_last(&g, true);
    assert_int_equal(out.n_atoms, 14);
    assert_int_equal(out.n_edges, 24);
    for (int e = 0; e < 24; e++) {
        assert_int_equal(out.src[e], row_major[e][0]);
        assert_int_equal(out.dst[e], row_major[e][1]);
        assert_memory_equal(out.bonds + 3 * e, g.bonds + 3 * e, 3);
        differing += out.bonds[3 * e] != type_of(&g, out.src[e], out.dst[e]);
    }
    assert_int_equal(differing, 4);
    for (int k = 0; k < 4; k++) {
        assert_int_equal(type_of(&out, wrong[k][0], wrong[k][1]), wrong[k][2]);
        assert_int_equal(type_of(&g, wrong[k][0], wrong[k][1]), 1 - wrong[k][2]);
    }
    mg_graph_free(&out);
    out = without_last(&g, false); /* the correct view */
    assert_int_equal(out.n_atoms, 13);
    assert_memory_equal(out.atoms, g.atoms, 13 * (size_t)g.atom_cols);
    assert_memory_equal(out.bonds, g.bonds, 24 * (size_t)g.bond_cols);
    mg_graph_free(&out);
    mg_graph_free(&g);
}

/* Edges come in pairs, inside the graph, both directions with the same attributes. */
static void check_subgraph(const mg_graph *g, const mg_graph *sub) {
    assert_true(sub->n_atoms <= g->n_atoms && sub->n_edges % 2 == 0);
    for (int e = 0; e < sub->n_edges; e += 2) {
        assert_true(sub->src[e] < sub->n_atoms && sub->dst[e] < sub->n_atoms && sub->src[e] >= 0 &&
                    sub->dst[e] >= 0);
        assert_int_equal(sub->src[e], sub->dst[e + 1]);
        assert_int_equal(sub->dst[e], sub->src[e + 1]);
        assert_memory_equal(sub->bonds + e * sub->bond_cols, sub->bonds + (e + 1) * sub->bond_cols,
                            (size_t)sub->bond_cols);
    }
}

static bool connected(const mg_graph *g) {
    bool seen[512] = {true};
    int count = 1;
    for (int changed = 1; changed;) {
        changed = 0;
        for (int e = 0; e < g->n_edges; e++) {
            if (seen[g->src[e]] && !seen[g->dst[e]]) {
                seen[g->dst[e]] = true;
                changed = 1;
                count++;
            }
        }
    }
    return count == g->n_atoms;
}

static void correct_views(void **state) {
    (void)state;
    mg_graph g = graph_of("CC(C)CC(=O)OC1C(C(C(OC1OC2CC(C3CCC45CC(CCC4C3(C2)C)C(=C)C5O)C(=O)O)CO)"
                          "OS(=O)(=O)O)OS(=O)(=O)O"),
             out;
    mg_rng rng = {3, 1, 0};
    for (int k = 0; k < 200; k++) {
        assert_int_equal(mg_graph_augment(&g, MG_AUG_DROP_NODES, 0.1f, false, &rng, &out, NULL),
                         MOLGLOT_OK);
        assert_int_equal(out.n_atoms, g.n_atoms - g.n_atoms / 10);
        check_subgraph(&g, &out);
        mg_graph_free(&out);
        assert_int_equal(mg_graph_augment(&g, MG_AUG_SUBGRAPH, 0.8f, false, &rng, &out, NULL),
                         MOLGLOT_OK);
        assert_int_equal(out.n_atoms, (int)(0.8 * g.n_atoms));
        assert_true(connected(&out));
        check_subgraph(&g, &out);
        mg_graph_free(&out);
    }
    assert_int_equal(mg_graph_augment(&g, MG_AUG_NONE, 0.5f, false, &rng, &out, NULL), MOLGLOT_OK);
    assert_int_equal(out.n_atoms, g.n_atoms);
    assert_memory_equal(out.bonds, g.bonds, (size_t)g.n_edges * (size_t)g.bond_cols);
    mg_graph_free(&out);
    assert_int_equal(mg_graph_augment(&g, MG_AUG_DROP_NODES, 1.5f, false, &rng, &out, NULL),
                     MOLGLOT_USAGE);
    mg_graph_free(&g);
}

static void faithful_views_keep_all_atoms(void **state) {
    (void)state;
    mg_graph g = acetylcarnitine(), out;
    mg_rng rng = {5, 1, 0};
    for (int k = 0; k < 200; k++) {
        assert_int_equal(mg_graph_augment(&g, k % 2 ? MG_AUG_SUBGRAPH : MG_AUG_DROP_NODES,
                                          k % 2 ? 0.8f : 0.1f, true, &rng, &out, NULL),
                         MOLGLOT_OK);
        assert_int_equal(out.n_atoms, g.n_atoms);
        assert_memory_equal(out.atoms, g.atoms, (size_t)g.n_atoms * (size_t)g.atom_cols);
        for (int e = 1; e < out.n_edges; e++) {
            assert_true(out.src[e] > out.src[e - 1] ||
                        (out.src[e] == out.src[e - 1] && out.dst[e] > out.dst[e - 1]));
        }
        mg_graph_free(&out);
    }
    mg_graph_free(&g);
}

static void smallest_graphs(void **state) {
    (void)state;
    mg_graph g = graph_of("[Na+]"), out;
    mg_rng rng = {9, 1, 0};
    for (int faithful = 0; faithful < 2; faithful++) {
        for (int kind = MG_AUG_NONE; kind <= MG_AUG_SUBGRAPH; kind++) {
            assert_int_equal(
                mg_graph_augment(&g, (mg_aug_kind)kind, 1.0f, faithful, &rng, &out, NULL),
                MOLGLOT_OK);
            assert_int_equal(out.n_atoms, 1);
            mg_graph_free(&out);
        }
    }
    mg_graph_free(&g);
}

static void same_seed_same_view(void **state) {
    (void)state;
    mg_graph g = acetylcarnitine(), a, b;
    mg_rng x = {1, 2, 0}, y = {1, 2, 0};
    assert_int_equal(mg_graph_augment(&g, MG_AUG_SUBGRAPH, 0.8f, false, &x, &a, NULL), MOLGLOT_OK);
    assert_int_equal(mg_graph_augment(&g, MG_AUG_SUBGRAPH, 0.8f, false, &y, &b, NULL), MOLGLOT_OK);
    assert_int_equal(a.n_edges, b.n_edges);
    assert_memory_equal(a.src, b.src, (size_t)a.n_edges * sizeof *a.src);
    mg_graph_free(&a);
    mg_graph_free(&b);
    mg_graph_free(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropped_node_misaligns),        cmocka_unit_test(correct_views),
        cmocka_unit_test(faithful_views_keep_all_atoms), cmocka_unit_test(smallest_graphs),
        cmocka_unit_test(same_seed_same_view),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
