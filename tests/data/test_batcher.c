/* test_batcher.c - featurisers and batches of a corpus on ten pairs: what is in a batch, that
 * training and inference see the same numbers, what dropout leaves, and which inputs are rejected.
 */
#include "data/inside.h"
#include "data/pack.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/mg_batcher_XXXXXX";
static char pairs_path[64];

static const char *const smiles[] = {
    "CCO", "OCC", "c1ccccc1", "C1CC", "CC(=O)O", "N[C@@H](C)C(=O)O", "CCN", "CCCl", "O", "C/C=C/C"};
static const char *const texts[] = {
    "It is an alcohol. It has a role as a solvent. It is a primary alcohol.",
    "It is ethanol. It has a role as a drug.",
    "It is an aromatic hydrocarbon. It has a role as a solvent.",
    "It cannot be read.",
    "It is an acid. It has a role as a solvent.",
    "It is an amino acid. It has a role as a nutrient.",
    "It is an amine.",
    "It is an amine.",
    "It is water. It has a role as a solvent.",
    "It is an alkene."};

static int make_files(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(pairs_path, sizeof pairs_path, "%s/pairs.tsv", folder);
    FILE *f = fopen(pairs_path, "w");
    if (!f) return -1;
    fputs("id\tsmiles\ttext\n", f);
    for (int i = 0; i < 10; i++) fprintf(f, "%d\t%s\t%s\n", i, smiles[i], texts[i]);
    return fclose(f);
}

static int remove_files(void **state) {
    (void)state;
    remove(pairs_path);
    return rmdir(folder);
}

static const mg_corpus_source source = {.path = pairs_path, .weight = 1};

static mg_corpus_config config(void) {
    return (mg_corpus_config){.sources = &source,
                              .n_sources = 1,
                              .pairs = true,
                              .wordpiece_size = 200,
                              .text_vocab = 1000,
                              .text_min_df = 1,
                              .graph_vocab = 1000,
                              .graph_min_df = 1,
                              .text_families = "wb34",
                              .graph_families = "m2",
                              .graph = true,
                              .features = MG_FEAT_OGB};
}

static mg_corpus *open_set(const mg_corpus_config *c) {
    molglot_error err = {0};
    mg_corpus *d = mg_corpus_open(c, NULL, NULL, &err);
    if (!d) fail_msg("%s", err.message);
    return d;
}

static mg_batch *new_batch(void) {
    mg_batch *b = malloc(sizeof *b);
    assert_int_equal(mg_batch_init(b, NULL), MOLGLOT_OK);
    return b;
}

static void drop_batch(mg_batch *b) {
    mg_batch_free(b);
    free(b);
}

static void get(const mg_corpus *d, const int64_t *pairs, int64_t n, mg_view v, mg_batch *b,
                int32_t *groups) {
    molglot_error err = {0};
    if (mg_corpus_batch(d, pairs, n, &v, true, true, b, groups, &err)) fail_msg("%s", err.message);
}

static void expect_same_bags(const mg_bags *a, const mg_bags *b) {
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->offsets, b->offsets, sizeof *a->offsets * (size_t)(a->n + 1));
    assert_memory_equal(a->ids, b->ids, sizeof *a->ids * (size_t)a->offsets[a->n]);
    assert_memory_equal(a->weights, b->weights, sizeof *a->weights * (size_t)a->offsets[a->n]);
}

static void expect_unit_rows(const mg_bags *b) {
    for (int64_t i = 0; i < b->n; i++) {
        double sum = 0;
        for (int32_t e = b->offsets[i]; e < b->offsets[i + 1]; e++)
            sum += (double)b->weights[e] * (double)b->weights[e];
        assert_true(b->offsets[i] == b->offsets[i + 1] || fabs(sum - 1) < 1e-5);
    }
}

/* The ids of each atom's neighbours, and of its own features, from the molecule itself. */
static void expect_graph(const mg_mol_batch *m, int64_t row, const char *s) {
    mg_mol *mol = mg_mol_from_smiles(s, &(mg_chem_limits){2000, 800, 100}, NULL);
    mg_graph g;
    assert_int_equal(mg_graph_from_mol(mol, MG_FEAT_OGB, &g, NULL), MOLGLOT_OK);
    int32_t first = m->atom_offsets[row];
    assert_int_equal(m->atom_offsets[row + 1] - first, g.n_atoms);
    for (int32_t i = 0; i < g.n_atoms; i++) {
        for (int c = 0, base = 0; c < g.atom_cols; base += mg_feat_atom_size(MG_FEAT_OGB, c++))
            assert_int_equal(m->atom_ids[(first + i) * g.atom_cols + c],
                             base + g.atoms[i * g.atom_cols + c]);
        int32_t at = m->edge_offsets[first + i];
        for (int32_t e = 0; e < g.n_edges; e++) {
            if (g.dst[e] != i) continue;
            assert_int_equal(m->edge_src[at], first + g.src[e]);
            for (int c = 0, base = 0; c < g.bond_cols; base += mg_feat_bond_size(MG_FEAT_OGB, c++))
                assert_int_equal(m->edge_ids[at * g.bond_cols + c],
                                 base + g.bonds[e * g.bond_cols + c]);
            at++;
        }
        assert_int_equal(at, m->edge_offsets[first + i + 1]);
    }
    mg_graph_free(&g);
    mg_mol_free(mol);
}

static void contents(void **state) {
    (void)state;
    mg_corpus_config c = config();
    mg_corpus *d = open_set(&c);
    assert_int_equal(mg_corpus_rows(d), 9); /* C1CC is no molecule */
    assert_int_equal(mg_corpus_rejected(d), 1);
    assert_int_equal(mg_corpus_molecules(d), 8); /* CCO and OCC are one */
    assert_int_equal(d->h.texts, 8);             /* "It is an amine." stands twice */
    int64_t all[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    int32_t groups[9];
    mg_batch *b = new_batch();
    get(d, all, 9, (mg_view){.max_tokens = 64, .special_tokens = true}, b, groups);
    const int32_t expected[9] = {0, 0, 2, 3, 4, 5, 5, 7, 8};
    assert_memory_equal(groups, expected, sizeof expected);
    expect_unit_rows(&b->text.bags);
    expect_unit_rows(&b->mol.bags);
    expect_graph(&b->mol, 2, "c1ccccc1");
    expect_graph(&b->mol, 4, "N[C@@H](C)C(=O)O");
    for (int i = 0; i < 9; i++) {
        int32_t a = b->text.token_offsets[i], z = b->text.token_offsets[i + 1];
        assert_int_equal(b->text.token_ids[a], d->cls);
        assert_int_equal(b->text.token_ids[z - 1], d->sep);
        assert_int_equal(b->text.positions[z - 1], z - a - 1);
    }
    drop_batch(b);
    mg_corpus_close(d);
}

/* A training row without augmentation is what the featuriser makes of the same pair. */
static void training_is_inference(void **state) {
    (void)state;
    mg_corpus_config c = config();
    mg_corpus *d = open_set(&c);
    const int kept[9] = {0, 1, 2, 4, 5, 6, 7, 8, 9}; /* pairs without the unreadable one */
    int64_t all[9];
    const char *s[9], *t[9];
    for (int i = 0; i < 9; i++) {
        all[i] = i;
        s[i] = i == 1 ? "CCO" : smiles[kept[i]]; /* OCC is stored as the molecule seen first */
        t[i] = texts[kept[i]];
    }
    mg_featuriser f = {.wordpiece = d->wordpiece,
                       .max_tokens = 12,
                       .special_tokens = true,
                       .members = 1,
                       .text_bag = {mg_corpus_text_bag(d)},
                       .text_families = c.text_families,
                       .graph = true,
                       .features = c.features,
                       .graph_bag = {mg_corpus_graph_bag(d)},
                       .graph_families = c.graph_families,
                       .limits = mg_chem_limits_default()};
    mg_batch *b = new_batch(), *ft = new_batch(), *fm = new_batch();
    /* no cap, and caps inside the first and second sentence */
    for (int chars = 0; chars < 60; chars += 20) {
        f.max_chars = chars;
        get(d, all, 9, (mg_view){.max_tokens = 12, .special_tokens = true, .max_chars = chars}, b,
            NULL);
        assert_int_equal(mg_featurise_texts(&f, t, 9, ft, NULL), MOLGLOT_OK);
        assert_int_equal(mg_featurise_smiles(&f, s, 9, fm, NULL), MOLGLOT_OK);
        expect_same_bags(&b->text.bags, &ft->text.bags);
        assert_memory_equal(b->text.token_offsets, ft->text.token_offsets, 10 * sizeof(int32_t));
        assert_memory_equal(b->text.token_ids, ft->text.token_ids,
                            sizeof(int32_t) * (size_t)b->text.token_offsets[9]);
        expect_same_bags(&b->mol.bags, &fm->mol.bags);
        assert_memory_equal(b->mol.atom_offsets, fm->mol.atom_offsets, 10 * sizeof(int32_t));
        assert_memory_equal(b->mol.atom_ids, fm->mol.atom_ids,
                            sizeof(int32_t) * (size_t)(b->mol.atom_offsets[9] * b->mol.atom_cols));
        assert_memory_equal(b->mol.edge_ids, fm->mol.edge_ids,
                            sizeof(int32_t) * (size_t)(b->mol.edge_offsets[b->mol.atom_offsets[9]] *
                                                       b->mol.bond_cols));
    }
    drop_batch(b);
    drop_batch(ft);
    drop_batch(fm);
    mg_corpus_close(d);
}

static void views(void **state) {
    (void)state;
    mg_corpus_config c = config();
    mg_corpus *d = open_set(&c);
    int64_t pairs[200];
    for (int i = 0; i < 200; i++) pairs[i] = i % 9;
    mg_view v = {.sentence_dropout = 1,
                 .text_feature_dropout = 0.5f,
                 .graph_feature_dropout = 0.5f,
                 .aug = MG_AUG_DROP_NODES,
                 .aug_rate = 0.3f,
                 .seed = 3};
    mg_batch *a = new_batch(), *b = new_batch(), *whole = new_batch();
    get(d, pairs, 200, v, a, NULL);
    get(d, pairs, 200, v, b, NULL);
    expect_same_bags(&a->text.bags, &b->text.bags); /* a function of seed, epoch, pair and view */
    expect_same_bags(&a->mol.bags, &b->mol.bags);
    assert_int_equal(a->mol.atom_offsets[200], b->mol.atom_offsets[200]);
    v.view = 1;
    get(d, pairs, 200, v, b, NULL);
    assert_int_not_equal(a->text.bags.offsets[200], b->text.bags.offsets[200]);
    get(d, pairs, 200, (mg_view){0}, whole, NULL);
    expect_unit_rows(&a->text.bags);
    double kept = (double)a->mol.bags.offsets[200] / whole->mol.bags.offsets[200];
    assert_true(kept > 0.4 && kept < 0.6);
    assert_true(a->mol.atom_offsets[200] < whole->mol.atom_offsets[200]);
    assert_true(a->text.token_offsets[200] < whole->text.token_offsets[200]);
    /* a sentence stays */
    for (int i = 0; i < 200; i++)
        assert_true(a->text.token_offsets[i + 1] > a->text.token_offsets[i]);
    int64_t outside = 9;
    assert_int_equal(mg_corpus_batch(d, &outside, 1, &v, true, true, a, NULL, NULL), MOLGLOT_USAGE);
    assert_int_equal(mg_corpus_batch(d, pairs, 0, &v, true, true, a, NULL, NULL), MOLGLOT_OK);
    mg_corpus_close(d);
    c.text_vocab = c.wordpiece_size = 0;
    c.graph = false;
    d = open_set(&c); /* substructures alone: no texts to pack, and no atoms */
    assert_int_equal(mg_corpus_batch(d, pairs, 200, &v, true, false, a, NULL, NULL), MOLGLOT_USAGE);
    assert_int_equal(mg_corpus_batch(d, pairs, 200, &v, false, true, a, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(a->mol.bags.n, 200);
    assert_int_equal(a->mol.atom_offsets[200], 0);
    mg_corpus_close(d);
    c.graph_vocab = 0;
    c.text_vocab = 1000;
    d = open_set(&c); /* n-grams alone */
    assert_int_equal(mg_corpus_batch(d, pairs, 200, &v, false, true, a, NULL, NULL), MOLGLOT_USAGE);
    assert_int_equal(mg_corpus_batch(d, pairs, 200, &v, true, false, a, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(a->text.token_offsets[200], 0);
    mg_corpus_close(d);
    drop_batch(a);
    drop_batch(b);
    drop_batch(whole);
}

static void rejected_inputs(void **state) {
    (void)state;
    mg_corpus_config c = config();
    mg_corpus *d = open_set(&c);
    mg_featuriser f = {.wordpiece = d->wordpiece,
                       .max_tokens = 8,
                       .members = 1,
                       .text_bag = {mg_corpus_text_bag(d)},
                       .text_families = c.text_families,
                       .graph_bag = {mg_corpus_graph_bag(d)},
                       .graph_families = c.graph_families,
                       .limits = mg_chem_limits_default(),
                       .threads = 3};
    mg_batch *b = new_batch();
    const char *const t[] = {"", "  ", "ok \xFF", NULL, "It is an acid."};
    assert_int_equal(mg_featurise_texts(&f, t, 5, b, NULL), MOLGLOT_OK);
    assert_string_equal(b->status[0].reason, "empty text");
    assert_string_equal(b->status[1].reason, "empty text");
    assert_int_equal(b->status[2].offset, 3);
    assert_false(b->status[3].ok);
    assert_true(b->status[4].ok);
    assert_int_equal(b->text.n, 5);
    assert_int_equal(b->text.token_offsets[4], 0); /* rejected rows are there, and empty */
    const char *const s[] = {"C1CC", "", "CCO", "[Xe]"};
    assert_int_equal(mg_featurise_smiles(&f, s, 4, b, NULL), MOLGLOT_OK);
    assert_string_equal(b->status[0].reason, "unclosed ring 1");
    assert_string_equal(b->status[1].reason, "empty SMILES");
    assert_true(b->status[2].ok);
    assert_string_equal(b->status[3].reason, "no substructure that the model knows");
    assert_int_equal(b->mol.n, 4);
    assert_int_equal(b->mol.atom_offsets[4], 0); /* no graph channel asked for */
    assert_int_equal(mg_featurise_smiles(&f, s, 0, b, NULL), MOLGLOT_OK);
    drop_batch(b);
    mg_corpus_close(d);
}

static void merged_entries(void **state) {
    (void)state;
    mg_entry a[16], tmp[16], *e = a, *t = tmp;
    const int ids[] = {1, 5, 9, 1, 2, 9, 5}, wanted[] = {1, 2, 5, 9}, counts[] = {2, 1, 2, 2};
    for (int i = 0; i < 7; i++) a[i] = mg_entry_of(ids[i], 1);
    size_t starts[] = {0, 3, 6, 7};
    assert_int_equal(mg_entries_merge(&e, &t, starts, 3), 4);
    for (int i = 0; i < 4; i++) assert_true(e[i] == mg_entry_of(wanted[i], (float)counts[i]));
    assert_int_equal(mg_entries_merge(&e, &t, starts, 0), 0);
    mg_entry big = mg_entry_of(MG_BAG_IDS - 1, 1e9f);
    assert_true(mg_entry_unpack(mg_entry_pack(big)) == big && (uint32_t)big == MG_COUNT_MAX);
}

/* log(1 + count) idf, at unit length, whatever counts come and how often. */
static void weights_of_counts(void **state) {
    (void)state;
    enum { N = 10 };
    const int counts[N] = {2, 1, 2, 31, 32, 33, 1, 31, 4095, 2};
    const uint32_t hashes[N] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const float idf[N] = {1, 2, .5f, 3, 1, 1, 4, 2, .25f, 8};
    mg_entry entries[N];
    double want[N], square = 0;
    mg_bag_vocab v;
    mg_batch b;
    mg_pack p;
    assert_int_equal(mg_bag_vocab_init(&v, hashes, idf, N, NULL), MOLGLOT_OK);
    assert_int_equal(mg_batch_init(&b, NULL), MOLGLOT_OK);
    assert_int_equal(mg_pack_mols(&p, &b, 1, MG_FEAT_OGB, 0, 0, true, N, NULL), MOLGLOT_OK);
    for (int i = 0; i < N; i++) {
        entries[i] = mg_entry_of(i, (float)counts[i]);
        want[i] = log1p(counts[i]) * (double)idf[i];
        square += want[i] * want[i];
    }
    mg_pack_bag(&p, entries, N, &v, 0, 0);
    mg_pack_row(&p);
    mg_pack_mols_done(&p);
    assert_int_equal(b.mol.bags.offsets[1], N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(b.mol.bags.ids[i], i);
        assert_true(fabs((double)b.mol.bags.weights[i] - want[i] / sqrt(square)) < 1e-6);
    }
    mg_batch_free(&b);
    mg_bag_vocab_free(&v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents),       cmocka_unit_test(training_is_inference),
        cmocka_unit_test(views),          cmocka_unit_test(rejected_inputs),
        cmocka_unit_test(merged_entries), cmocka_unit_test(weights_of_counts)};
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
