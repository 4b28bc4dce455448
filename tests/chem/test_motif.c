/* Motifs: pieces read, written and keyed; vocabularies; decomposition, by the project's golden
 * table where it is there (../shared/golden/3m) and a worked example where it is not.
 */
#include "../must.h"
#include "chem/motif/motif.h"
#include "test_chem.h"

#include <jansson.h>

#define GOLDEN MG_SOURCE_DIR "/../shared/golden/3m/decomposition.jsonl"
#define PAIRS  MG_SOURCE_DIR "/../shared/data/vocab/hiervae_vocab_chebi_3mdiffusion.txt"

static const char *const large[] = {"COC",           "C1=CC=CC=C1",
                                    "CCO",           "CC(=O)O",
                                    "OC1=CC=CC=C1",  "OC1COCC(O)C1O",
                                    "CCC",           "CC(=O)[O-]",
                                    "COC(C)=O",      "CNC(C)=O",
                                    "C[N+](=O)[O-]", "OC1COCC1O",
                                    "CC(C)C",        "C1=CC=C2NC=CC2=C1",
                                    "ClC1=CC=CC=C1", "OC1=C(O)C=CC=C1",
                                    "C1=CC=NC=C1",   "CC(C)=O",
                                    "C1=CNC=N1",     "C1CO1",
                                    "C=CC",          "CCOP(=O)(O)O",
                                    "CCOC",          "CC=O",
                                    "CNC",           "Cl",
                                    "CCC=C(C)C",     "CC1=CC=CC=C1",
                                    "CCN",           "NC1=CC=CC=C1",
                                    "CCC(N)C(=O)O",  "CCOP(=O)([O-])[O-]",
                                    "COP(=O)(O)O",   "CC(F)(F)F",
                                    "C1CCNC1",       "OC1CCOC1",
                                    "C=C(C)C",       "CC(N)=O"};

static mg_piece piece(const char *smiles) {
    molglot_error err = {0};
    mg_piece p;
    must(mg_piece_read(smiles, strlen(smiles), &p, &err), &err);
    return p;
}

static char *key_of(const char *smiles, bool alike) {
    const mg_piece p = piece(smiles);
    mg_str key = {0};
    mg_piece_key(&p, alike, &key);
    assert_false(key.failed);
    return key.s;
}

static void assert_keys(const char *a, const char *b, bool alike, bool same) {
    char *x = key_of(a, alike), *y = key_of(b, alike);
    if (!strcmp(x, y) != same) fail_msg("%s and %s: %s, %s", a, b, x, y);
    free(x);
    free(y);
}

static void test_keys(void **state) {
    (void)state;
    assert_keys("CCO", "OCC", false, true);
    assert_keys("CCO", "CC=O", false, false);
    assert_keys("C1=CC=CC=C1", "C=1C=CC=CC1", false, true);
    assert_keys("C1CC[CH2:1]C1", "C1C[CH2:1]CC1", false, true);
    assert_keys("C1C[CH2:2]C[CH2:1]1", "C1C[CH2:2][CH2:1]C1", false, false);
    assert_keys("[CH3:1][CH3:2]", "C[CH3:1]", false, false);
    /* the two ways to write one benzene ring with neighbours 1 and 2 */
    assert_keys("C1=CC=[CH:2][CH:1]=C1", "C1=C[CH:2]=[CH:1]C=C1", false, false);
    assert_keys("C1=CC=[CH:2][CH:1]=C1", "C1=C[CH:2]=[CH:1]C=C1", true, true);
    /* a naphthalene in three */
    assert_keys("C1=CC=C2C=CC=CC2=[CH:1]1", "C1=CC2=CC=CC=C2[CH:1]=C1", true, true);
    assert_keys("C1=CC=C2C=CC=CC2=[CH:1]1", "C1=CC=C2C(=C1)C=C[CH:1]=C2", true, false);
    /* what does not alternate stays where it is */
    assert_keys("O=C1C=CC(=O)C=C1", "O=C1C=CC(=O)C=C1", true, true);
    assert_keys("C=CC=[CH2:1]", "CC=C[CH3:1]", true, false);
    assert_keys("C[N+](=O)[O-]", "[O-][N+](C)=O", true, true);
    assert_keys("C1CCCCCCCCCCCCCCCCC1", "C2CCCCCCCCCCCCCCCCC2", true, true);
    assert_keys("FS(F)(F)(F)(F)F", "S(F)(F)(F)(F)(F)F", true, true);
}

static void test_writing(void **state) {
    (void)state;
    static const char *const list[] = {
        "CCO",         "C1=CC=C2NC=CC2=C1",    "[O-][N+](=O)C",
        "C1CC2CCC1C2", "C1CC[CH2:1][CH2:2]C1", "CC#N",
        "[SiH3]C",     "C1C2CC3CC1CC(C2)C3",   "[O-][Br+3]([O-])[O-]",
        "C[CH-]C"};
    for (size_t i = 0; i < MG_COUNT(list); i++) {
        const mg_piece p = piece(list[i]);
        mg_str text = {0}, again = {0};
        mg_piece_write(&p, &text);
        if (i != 9) { /* which is read below as it stands */
            assert_keys(list[i], text.s, false, true);
            const mg_piece q = piece(text.s);
            mg_piece_write(&q, &again);
            assert_string_equal(text.s, again.s);
        }
        mg_str_free(&text);
        mg_str_free(&again);
    }
}

static void test_refused(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"", "no atoms"},
        {"C(", "an end in the middle"},
        {"C)", "does not open"},
        {"C1CC", "does not close"},
        {"[C", "does not close"},
        {"c1ccccc1", "nothing that a motif"},
        {"[CH3:7]", "a label is"},
        {"[U]", "no symbol"},
        {"C11", "itself"},
        {"C=", "an end in"},
        {"C12CC12", "two bonds"},
        {"=C", "a bond without"},
        {"C%1", "two digits"},
        {"C=1CC#1", "another bond"},
        {"CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", "too many atoms"}};
    for (size_t i = 0; i < MG_COUNT(list); i++) {
        molglot_error err = {0};
        mg_piece p;
        if (!mg_piece_read(list[i][0], strlen(list[i][0]), &p, &err))
            fail_msg("'%s' was read", list[i][0]);
        must_say(&err, MOLGLOT_BAD_FILE, list[i][1]);
    }
}

static void test_vocabulary(void **state) {
    (void)state;
    molglot_error err = {0};
    const char text[] = "fragment COC\nCC C[CH3:1]\nCC [CH3:1][CH3:2]\nO O\n"
                        "C1=CC=CC=C1 C1=CC=[CH:2][CH:1]=C1\n";
    mg_motif_vocab *v = must_have(mg_motif_vocab_new(text, sizeof text - 1, &err), &err);
    assert_int_equal(mg_motif_vocab_motifs(v), 3);
    assert_int_equal(mg_motif_vocab_pairs(v), 4);
    mg_piece p = piece("[CH3:2][CH3:1]");
    assert_int_equal(mg_motif_vocab_find(v, &p, true), 1);
    assert_int_equal(mg_motif_vocab_motif_of(v, 1), 1);
    p = piece("C1=C[CH:2]=[CH:1]C=C1");
    assert_int_equal(mg_motif_vocab_find(v, &p, true), -1);
    assert_int_equal(mg_motif_vocab_find(v, &p, false), 3);
    p = piece("O(C)C");
    assert_true(mg_motif_vocab_whole(v, &p));
    int32_t n = 0;
    const int32_t *of = mg_motif_vocab_pairs_of(v, 1, &n);
    assert_int_equal(n, 2);
    assert_true(of[0] == 0 && of[1] == 1);
    mg_motif_vocab_free(v);
    static const char *const bad[][2] = {{"", "without motifs"},
                                         {"CC\n", "line 1: a motif without"},
                                         {"CC C\n", "another structure"},
                                         {"[C+5] [C+5]\n", "of a kind"},
                                         {"CC CC\nfragment CC\n", "line 2: a fragment behind"}};
    for (size_t i = 0; i < MG_COUNT(bad); i++) {
        assert_null(mg_motif_vocab_new(bad[i][0], strlen(bad[i][0]), &err));
        must_say(&err, MOLGLOT_BAD_FILE, bad[i][1]);
    }
}

static mg_motif_vocab *small_vocabulary(void) {
    mg_str text = {0};
    molglot_error err = {0};
    for (size_t i = 0; i < MG_COUNT(large); i++) mg_str_addf(&text, "fragment %s\n", large[i]);
    mg_str_addz(&text, "CC CC\n");
    mg_motif_vocab *v = must_have(mg_motif_vocab_new(text.s, text.n, &err), &err);
    mg_str_free(&text);
    return v;
}

/* docs/reference/3m-diffusion.md 3.9 */
static void test_aspirin(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_motif_vocab *v = small_vocabulary();
    mg_mol *m = must_have(mg_mol_from_smiles("CC(=O)Oc1ccccc1C(=O)O", NULL, NULL), &err);
    mg_decomposition d;
    must(mg_decompose(m, v, &d, NULL, &err), &err);
    assert_int_equal(d.n_nodes, 3);
    assert_int_equal(d.n_moves, 5);
    static const char *const labels[] = {"O=C(O[CH3:2])[CH3:1]", "C1=CC=[CH:2][CH:1]=C1",
                                         "O=C(O)[CH3:1]"};
    static const int32_t sites[2][6] = {{4, 0, 1, 2, 3}, {9, 4, 5, 6, 7, 8}};
    for (int i = 0; i < 3; i++) {
        mg_str key = {0};
        mg_piece_key(&d.nodes[i].label, false, &key);
        char *want = key_of(labels[i], false);
        assert_string_equal(key.s, want);
        free(want);
        mg_str_free(&key);
        assert_int_equal(d.nodes[i].parent, i - 1);
        for (int32_t k = 0; k < d.nodes[i].n_sites; k++)
            assert_int_equal(d.sites[d.nodes[i].site + k], sites[i - 1][k]);
    }
    int marked = 0;
    for (int32_t k = 0; k < 2 * d.n_bonds; k++) marked += d.bonds[k].position == 1;
    assert_int_equal(marked, 3);
    mg_decomposition_free(&d);
    mg_mol_free(m);
    mg_motif_vocab_free(v);
}

static void test_not_decomposed(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"C", "a single atom"}, {"CC.CC", "several components"}, {"[Na+].[Cl-]", "no bond"}};
    for (size_t i = 0; i < MG_COUNT(list); i++) {
        mg_decomposition d;
        molglot_row_status row = {0};
        mg_mol *m = mg_mol_from_smiles(list[i][0], NULL, NULL);
        assert_non_null(m);
        assert_int_equal(mg_decompose(m, NULL, &d, &row, NULL), MOLGLOT_BAD_FILE);
        assert_non_null(strstr(row.reason, list[i][1]));
        mg_mol_free(m);
    }
}

/* ---- the golden table ---- */

typedef struct golden {
    const char *smiles;
    const json_t *json;
    const mg_decomposition *d;
    const mg_motif_vocab *v;
} golden;

static bool same_as(const mg_piece *p, const json_t *smiles) {
    mg_str key = {0};
    mg_piece_key(p, false, &key);
    char *want = key_of(json_string_value(smiles), false);
    const bool same = strcmp(key.s, want) == 0;
    free(want);
    mg_str_free(&key);
    return same;
}

static int64_t at(const json_t *list, size_t i) {
    return json_integer_value(json_array_get(list, i));
}

/* The golden labels of the three-vocabulary ids: of the label, or of its anchor. */
static void check_ids(const golden *g, const mg_piece *p, int64_t pair) {
    const int32_t found = mg_motif_vocab_find(g->v, p, true);
    if (found != pair) fail_msg("%s: pair %d, expected %d", g->smiles, found, (int)pair);
}

static void check_sites(const golden *g, const mg_motif_node *node, const json_t *cands) {
    const int each = node->n_sites > 0 && json_is_array(json_array_get(cands, 0)) ? 2 : 1;
    assert_int_equal(json_array_size(cands), node->n_sites);
    const int32_t *sites = g->d->sites + node->site;
    bool used[512] = {false};
    for (int32_t i = 0; i < node->n_sites; i++) {
        bool found = false;
        for (int32_t k = i == 0 ? 0 : 1; k < (i == 0 ? 1 : node->n_sites) && !found; k++) {
            const json_t *c = json_array_get(cands, (size_t)k);
            const bool same = each == 1 ? json_integer_value(c) == sites[i]
                                        : at(c, 0) == sites[2 * i] && at(c, 1) == sites[2 * i + 1];
            /* a ring may be listed the other way round */
            const bool turned = each == 2 && i > 0 && at(c, 1) == sites[2 * i] &&
                                at(c, 0) == sites[2 * i + 1];
            if ((same || turned) && !used[k]) used[k] = found = true;
        }
        if (!found) fail_msg("%s: a site that is none", g->smiles);
    }
}

static void check_node(const golden *g, int32_t i) {
    const json_t *want = json_array_get(json_object_get(g->json, "nodes"), (size_t)i),
                 *cluster = json_array_get(json_object_get(g->json, "clusters"), (size_t)i),
                 *ids = json_object_get(want, "ids"), *inter = json_object_get(want, "inter");
    const mg_motif_node *node = &g->d->nodes[i];
    assert_int_equal(json_array_size(cluster), node->n_atoms);
    for (int32_t k = 0; k < node->n_atoms; k++) {
        bool found = false;
        for (size_t j = 0; j < json_array_size(cluster); j++)
            found |= at(cluster, j) == g->d->clusters[node->at + k];
        if (!found) fail_msg("%s: cluster %d", g->smiles, i);
    }
    const mg_piece plain = mg_piece_plain(&node->label);
    if (!same_as(&plain, json_object_get(want, "motif")) ||
        !same_as(&node->label, json_object_get(want, "attach")))
        fail_msg("%s: label of node %d", g->smiles, i);
    check_ids(g, &node->label, at(ids, 1));
    if (at(ids, 1) >= 0)
        assert_int_equal(mg_motif_vocab_motif_of(g->v, (int32_t)at(ids, 1)), at(ids, 0));
    assert_int_equal(json_array_size(inter), node->n_anchors);
    for (int32_t k = 0; k < node->n_anchors; k++) {
        const json_t *anchor = json_array_get(inter, (size_t)k);
        assert_int_equal(at(anchor, 0), node->anchors[k]);
        assert_true(same_as(&node->anchor_as[k], json_array_get(anchor, 1)));
        check_ids(g, &node->anchor_as[k], at(anchor, 2));
    }
    check_sites(g, node, json_object_get(want, "cands"));
}

static void check_tree(const golden *g) {
    const json_t *order = json_object_get(g->json, "order"),
                 *edges = json_object_get(g->json, "tree_edges"),
                 *marks = json_object_get(g->json, "graph_edges_with_pos");
    assert_int_equal(json_array_size(order), g->d->n_moves);
    for (int32_t k = 0; k < g->d->n_moves; k++) {
        const json_t *move = json_array_get(order, (size_t)k), *to = json_array_get(move, 1);
        assert_int_equal(at(move, 0), g->d->moves[k].from);
        assert_int_equal(json_is_null(to) ? -1 : json_integer_value(to), g->d->moves[k].to);
        assert_int_equal(at(move, 2), g->d->moves[k].grows);
    }
    assert_int_equal(json_array_size(edges), 2 * (g->d->n_nodes - 1));
    for (size_t k = 0; k < json_array_size(edges); k++) {
        const json_t *e = json_array_get(edges, k);
        const mg_motif_node *up = &g->d->nodes[at(e, 0)], *down = &g->d->nodes[at(e, 1)];
        if (at(e, 2) == 0)
            assert_int_equal(down->parent, at(e, 0));
        else
            assert_int_equal(up->position, at(e, 2));
    }
    size_t marked = 0;
    for (int32_t k = 0; k < 2 * g->d->n_bonds; k++) {
        const mg_motif_bond *b = &g->d->bonds[k];
        if (!b->position) continue;
        bool found = false;
        for (size_t j = 0; j < json_array_size(marks) && !found; j++) {
            const json_t *e = json_array_get(marks, j);
            found = at(e, 0) == b->from && at(e, 1) == b->to && at(e, 2) == b->order &&
                    at(e, 3) == b->position;
        }
        if (!found) fail_msg("%s: position of bond %d - %d", g->smiles, b->from, b->to);
        marked++;
    }
    assert_int_equal(json_array_size(marks), marked);
}

static void check_fragments(const golden *g) {
    const json_t *want = json_object_get(g->json, "fragments");
    assert_int_equal(json_array_size(want), g->d->n_fragments);
    for (size_t k = 0; k < json_array_size(want); k++) {
        const json_t *atoms = json_array_get(json_array_get(want, k), 1);
        bool found = false;
        for (int32_t f = 0; f < g->d->n_fragments && !found; f++) {
            const int32_t from = g->d->fragment_of[f], n = g->d->fragment_of[f + 1] - from;
            found = (size_t)n == json_array_size(atoms);
            for (int32_t i = 0; i < n && found; i++)
                found = g->d->fragment_atoms[from + i] == at(atoms, (size_t)i);
        }
        if (!found) fail_msg("%s: fragment %zu", g->smiles, k);
    }
}

static mg_motif_vocab *published_vocabulary(void) {
    molglot_error err = {0};
    mg_str text = {0};
    size_t n = 0;
    for (size_t i = 0; i < MG_COUNT(large); i++) mg_str_addf(&text, "fragment %s\n", large[i]);
    char *pairs = must_read(PAIRS, &n);
    mg_str_add(&text, pairs, n);
    free(pairs);
    mg_motif_vocab *v = must_have(mg_motif_vocab_new(text.s, text.n, &err), &err);
    mg_str_free(&text);
    assert_int_equal(mg_motif_vocab_motifs(v), 531);
    assert_int_equal(mg_motif_vocab_pairs(v), 3352);
    return v;
}

static void test_golden(void **state) {
    (void)state;
    FILE *f = fopen(GOLDEN, "r");
    if (!f) skip();
    static char line[1 << 18];
    golden g = {.v = published_vocabulary()};
    int n = 0;
    while (fgets(line, sizeof line, f)) {
        json_t *json = json_loads(line, 0, NULL);
        assert_non_null(json);
        char *smiles = strdup(json_string_value(json_object_get(json, "smiles")));
        mg_smiles_undouble(smiles);
        mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
        mg_decomposition d;
        molglot_row_status row = {0};
        const bool refused = json_object_get(json, "error") != NULL;
        const int code = mg_decompose(m, g.v, &d, &row, NULL);
        if ((code == MOLGLOT_BAD_FILE) != refused) fail_msg("%s: %s", smiles, row.reason);
        if (!code) {
            g.json = json, g.d = &d, g.smiles = smiles;
            assert_int_equal(json_array_size(json_object_get(json, "nodes")), d.n_nodes);
            check_fragments(&g);
            for (int32_t i = 0; i < d.n_nodes; i++) check_node(&g, i);
            check_tree(&g);
        }
        mg_decomposition_free(&d);
        mg_mol_free(m);
        free(smiles);
        json_decref(json);
        n++;
    }
    fclose(f);
    mg_motif_vocab_free((mg_motif_vocab *)(uintptr_t)g.v);
    assert_int_equal(n, 249);
}

/* A piece of one atom lies on its parent's with it; one of a marked atom by that, or not at all. */
static void test_joints(void **state) {
    (void)state;
    static const struct {
        const char *label;
        int joints, ends, first, last;
    } cases[] = {{"C", 1, 1, 0, 0},
                 {"[CH3:1]O", 1, 1, 0, 0},
                 {"O[CH3:1]", 1, 1, 1, 1},
                 {"CO", 0, 0, -1, -1}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_piece p;
        uint8_t joints[MG_PIECE_ATOMS], anchors[2];
        int ends = 0;
        assert_int_equal(mg_piece_read(cases[i].label, strlen(cases[i].label), &p, &err), 0);
        assert_int_equal(mg_label_joints(&p, joints, anchors, &ends), cases[i].joints);
        if (!cases[i].joints) continue;
        assert_int_equal(ends, cases[i].ends);
        assert_int_equal(joints[0], cases[i].first);
        assert_int_equal(anchors[0], cases[i].first);
        assert_int_equal(joints[cases[i].joints - 1], cases[i].last);
    }
}

int main(void) {
    molglot_error err = {0};
    if (mg_chem_init(&err)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),    cmocka_unit_test(test_writing),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_vocabulary),
        cmocka_unit_test(test_aspirin), cmocka_unit_test(test_not_decomposed),
        cmocka_unit_test(test_golden),  cmocka_unit_test(test_joints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
