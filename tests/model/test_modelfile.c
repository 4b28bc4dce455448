/* test_modelfile.c - a model with all four channels saved, loaded and run; empty rows; damaged and
 * foreign files. */
#include "../one_part.h"
#include "base/bags.h"
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define VOCAB "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nmole\n##cule\nacid\nthe\na\n"
enum { PIECES = 10, GRAMS = 4, ROWS = 3, DIM = 6 };

static char path[] = "/tmp/molglot-model-XXXXXX";
static const uint32_t hashes[GRAMS] = {3, 70, 4000, 3000000000u};
static const float idf[GRAMS] = {1, 2, 3, 4};

typedef struct made {
    mg_params *params;
    mg_momu *momu;
    mg_bag_vocab text, graph;
} made;

static mg_momu_config all_channels(void) {
    mg_momu_config c = mg_momu_config_default();
    strcpy(c.name, "four");
    c.dim = DIM;
    c.text.encoder = (mg_transformer_config){.layers = 1,
                                             .hidden = 8,
                                             .heads = 2,
                                             .ffn = 16,
                                             .vocab = PIECES,
                                             .positions = 16,
                                             .types = 2,
                                             .norm_eps = 1e-12f};
    c.text.max_tokens = 16;
    c.graph.encoder =
        (mg_gin_config){.layers = 2, .dim = 8, .mlp = 12, .layer_norm = true, .residual = true};
    c.text.bag = c.graph.bag =
        (mg_bag_config){.vocab = GRAMS, .dim = 8, .hidden = 12, .init = 0.5f};
    strcpy(c.text.families, "w");
    strcpy(c.graph.families, "m");
    c.learn_temperature = true;
    return c;
}

static made make(void) {
    molglot_error err = {0};
    made m = {0};
    mg_momu_config c = all_channels();
    m.params = mg_params_new();
    m.momu = mg_momu_new(m.params, &c, &err);
    if (!m.momu) fail_msg("%s", err.message);
    assert_int_equal(mg_params_build(m.params, (mg_build_options){.seed = 4}, &err), MOLGLOT_OK);
    assert_int_equal(mg_bag_vocab_init(&m.text, hashes, idf, GRAMS, &err), MOLGLOT_OK);
    assert_int_equal(mg_bag_vocab_init(&m.graph, hashes, idf, GRAMS, &err), MOLGLOT_OK);
    return m;
}

static void drop(made *m) {
    mg_bag_vocab_free(&m->text);
    mg_bag_vocab_free(&m->graph);
    mg_momu_free(m->momu);
    mg_params_free(m->params);
}

static void save(const made *m, const char *store_as) {
    molglot_error err = {0};
    const char *const metadata[] = {"licence", "CC0", NULL};
    const mg_space_contents contents = {.params = m->params,
                                        .momu = m->momu,
                                        .wordpiece = VOCAB,
                                        .wordpiece_bytes = strlen(VOCAB),
                                        .text_bag = &m->text,
                                        .graph_bag = &m->graph,
                                        .store_as = store_as,
                                        .metadata = metadata};
    if (mg_space_part_save(path, &contents, &err)) fail_msg("%s", err.message);
}

/* Row 0 has tokens alone, row 1 nothing, row 2 tokens and n-grams; molecules alike. */
static int32_t offsets[ROWS + 1] = {0, 2, 2, 5}, ids[5] = {5, 6, 8, 7, 9},
                              positions[5] = {0, 1, 0, 1, 2};
static int32_t bag_offsets[ROWS + 1] = {0, 0, 0, 2}, bag_ids[2] = {1, 3};
static float bag_weights[2] = {0.6f, 0.8f};
static int32_t atoms[2 * 9], edge_offsets[3] = {0, 1, 2}, edge_src[2] = {1, 0}, edge_ids[6],
                             atom_offsets[ROWS + 1] = {0, 0, 0, 2};

static mg_text_batch text_rows(void) {
    return (mg_text_batch){.n = ROWS,
                           .token_offsets = offsets,
                           .token_ids = ids,
                           .positions = positions,
                           .bags = {ROWS, bag_offsets, bag_ids, bag_weights}};
}

static mg_mol_batch mol_rows(void) {
    for (int i = 0; i < 2; i++)
        for (int c = 0, base = 0; c < 9; base += mg_feat_atom_size(MG_FEAT_OGB, c++))
            atoms[i * 9 + c] = base + i;
    for (int i = 0; i < 2; i++)
        for (int c = 0, base = 0; c < 3; base += mg_feat_bond_size(MG_FEAT_OGB, c++))
            edge_ids[i * 3 + c] = base;
    return (mg_mol_batch){.n = ROWS,
                          .atom_offsets = atom_offsets,
                          .atom_ids = atoms,
                          .edge_offsets = edge_offsets,
                          .edge_src = edge_src,
                          .edge_ids = edge_ids,
                          .bags = {ROWS, bag_offsets, bag_ids, bag_weights},
                          .atom_cols = 9,
                          .bond_cols = 3};
}

static mg_tape *tape(const char *device) {
    molglot_error err = {0};
    mg_tape *t = mg_tape_new(device, MG_PREC_F32, 1, (size_t)1 << 26, &err);
    if (!t) fail_msg("%s", err.message);
    return t;
}

static const float *rows_of(mg_tape *t, const mg_tensor *y) {
    molglot_error err = {0};
    if (mg_tape_error(t, &err)) fail_msg("%s", err.message);
    assert_int_equal(y->rows, ROWS);
    assert_int_equal(y->cols, DIM);
    return mg_f32(y);
}

static double norm(const float *row) {
    double s = 0;
    for (int i = 0; i < DIM; i++) s += (double)row[i] * row[i];
    return sqrt(s);
}

static void saved_and_loaded(void **state) {
    (void)state;
    molglot_error err = {0};
    made m = make();
    mg_space_part f;
    const mg_text_batch texts = text_rows();
    const mg_mol_batch mols = mol_rows();
    save(&m, NULL);
    if (load_space(&f, path, &err)) fail_msg("%s", err.message);
    assert_string_equal(mg_tensor_file_meta(f.file, "licence"), "CC0");
    assert_string_equal(mg_tensor_file_meta(f.file, "name"), "four");
    assert_int_equal(f.members, 1);
    assert_int_equal(mg_space_part_dim(&f), DIM);
    assert_int_equal(mg_wordpiece_size(f.wordpiece), PIECES);
    assert_int_equal(mg_bag_vocab_find(&f.member[0].text_bag, 3000000000u), 3);
    assert_true(f.member[0].graph_bag.weights[2] == 3);
    mg_tape *t = tape("cpu");
    const float *a = rows_of(t, mg_momu_text(t, m.momu, &texts)),
                *b = rows_of(t, mg_momu_text(t, f.member[0].momu, &texts));
    assert_memory_equal(a, b, sizeof(float) * ROWS * DIM);
    const float *g = rows_of(t, mg_momu_graph(t, m.momu, &mols)),
                *h = rows_of(t, mg_momu_graph(t, f.member[0].momu, &mols));
    assert_memory_equal(g, h, sizeof(float) * ROWS * DIM);
    assert_true(fabs(norm(a) - 1) < 1e-6 && norm(a + DIM) == 0 &&
                fabs(norm(a + 2 * DIM) - 1) < 1e-6);
    assert_true(norm(g) == 0 && norm(g + DIM) == 0 && fabs(norm(g + 2 * DIM) - 1) < 1e-6);
    mg_tape_free(t);
    close_space(&f);
    drop(&m);
}

/* bf16 matrices carry 8 bits: unit rows agree to about one percent. */
static void half_precision_is_close(void **state) {
    (void)state;
    molglot_error err = {0};
    made m = make();
    mg_space_part f;
    const mg_text_batch texts = text_rows();
    save(&m, "BF16");
    if (load_space(&f, path, &err)) fail_msg("%s", err.message);
    static const char *const devices[] = {"ref", "cpu"};
    for (int d = 0; d < 2; d++) {
        mg_tape *t = tape(devices[d]);
        const float *a = rows_of(t, mg_momu_text(t, m.momu, &texts)),
                    *b = rows_of(t, mg_momu_text(t, f.member[0].momu, &texts));
        for (int i = 0; i < ROWS * DIM; i++) assert_true(fabsf(a[i] - b[i]) < 0.02f);
        mg_tape_free(t);
    }
    close_space(&f);
    drop(&m);
}

static void empty_batches(void **state) {
    (void)state;
    made m = make();
    int32_t none[ROWS + 1] = {0}, no_atoms[1] = {0};
    mg_text_batch texts = {.n = ROWS, .token_offsets = none, .bags = {ROWS, none, NULL, NULL}};
    mg_mol_batch mols = {.n = ROWS,
                         .atom_offsets = none,
                         .edge_offsets = no_atoms,
                         .bags = {ROWS, none, NULL, NULL},
                         .atom_cols = 9,
                         .bond_cols = 3};
    mg_tape *t = tape("cpu");
    const float *a = rows_of(t, mg_momu_text(t, m.momu, &texts)),
                *g = rows_of(t, mg_momu_graph(t, m.momu, &mols));
    for (int i = 0; i < ROWS * DIM; i++) assert_true(a[i] == 0 && g[i] == 0);
    mg_tape_free(t);
    drop(&m);
}

static void expect_refusal(const char *why) {
    molglot_error err = {0};
    mg_space_part f;
    assert_int_not_equal(load_space(&f, path, &err), MOLGLOT_OK);
    if (!strstr(err.message, why)) fail_msg("\"%s\" should say \"%s\"", err.message, why);
    close_space(&f);
}

/* The same file with one metadata value or tensor replaced. */
static void rewrite(const char *meta, const char *value, const char *without) {
    molglot_error err = {0};
    mg_tensor_file *f = mg_tensor_file_open(path, &err);
    mg_weights_out *w = mg_weights_out_new();
    for (size_t i = 0; i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *ft = mg_tensor_file_at(f, i);
        if (strcmp(ft->name, without) != 0)
            assert_int_equal(mg_weights_out_add(w, ft->name, ft->dtype, ft->ndim, ft->shape,
                                                ft->data, NULL, &err),
                             MOLGLOT_OK);
    }
    for (size_t i = 0; i < mg_tensor_file_meta_count(f); i++) {
        const char *k, *v;
        mg_tensor_file_meta_at(f, i, &k, &v);
        mg_weights_out_meta(w, k, strcmp(k, meta) == 0 ? value : v, &err);
    }
    if (mg_weights_out_save(w, path, &err)) fail_msg("%s", err.message);
    mg_weights_out_free(w);
    mg_tensor_file_close(f);
}

static void refused_files(void **state) {
    (void)state;
    made m = make();
    save(&m, NULL);
    rewrite("molglot.format", "9", "");
    expect_refusal("format 9");
    save(&m, NULL);
    rewrite("molglot.config", "{\"dim\": 6, \"later\": 1}", "");
    expect_refusal("newer Molglot");
    save(&m, NULL);
    rewrite("molglot.selftest",
            "{\"texts\": [{\"text\": \"a\", \"tokens\": [1, 2, 3]}], \"molecules\": []}", "");
    expect_refusal("self-test failed");
    save(&m, NULL);
    rewrite("molglot.selftest", "{}", "");
    expect_refusal("self-test is damaged");
    save(&m, NULL);
    rewrite("", "", "vocab.text.idf");
    expect_refusal("vocab.text of 4 features is missing");
    save(&m, NULL);
    rewrite("", "", "graph_bag.table");
    expect_refusal("graph_bag.table [4, 8] is missing");
    save(&m, NULL);
    rewrite("", "", "vocab.wordpiece");
    expect_refusal("vocab.wordpiece is missing");
    drop(&m);
}

static int enter(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int leave(void **state) {
    (void)state;
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_and_loaded), cmocka_unit_test(half_precision_is_close),
        cmocka_unit_test(empty_batches), cmocka_unit_test(refused_files)};
    return cmocka_run_group_tests(tests, enter, leave);
}
