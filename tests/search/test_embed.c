/* test_embed.c - texts and SMILES through a small model: rows, rejects, independence of the batch;
 * and evaluation from files. */
#include "base/bags.h"
#include "chem/features/features.h"
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "score/score.h"
#include "search/search.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { DIM = 6, GRAMS = 64, N = 9 };
#define VOCAB "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nit\nis\nan\nacid\nalcohol\n"

static const char *const smiles[N] = {"CCO", "C1CC", "CC(=O)O", "",    "c1ccccc1",
                                      "N",   "OCC",  "CCN",     "CCCl"};
static const char *const texts[N] = {
    "It is an alcohol that burns with a flame. It is a solvent for many things in use.",
    "bad \xFF",
    "It is an acid.",
    "",
    "A ring.",
    "A base in water at any time of the day. No.",
    "It is an alcohol.",
    "An amine.",
    "A chloride."};
static char path[] = "/tmp/mg_embed_XXXXXX", pairs_path[64], pool_path[64];

/* Features of the words and molecules above, as many as fit, so that the bags are not empty. */
static void collect(mg_bag_vocab *text, mg_bag_vocab *graph) {
    mg_bag_counter *t = mg_bag_counter_new(), *g = mg_bag_counter_new();
    mg_chem_limits limits = mg_chem_limits_default();
    for (int i = 0; i < N; i++) {
        mg_ngram *grams = NULL;
        mg_feature *features = NULL;
        uint32_t hashes[1000];
        size_t n = 0;
        mg_text_ngrams(texts[i], strlen(texts[i]), "w", &grams, &n, NULL);
        for (size_t k = 0; k < n; k++) hashes[k] = grams[k].hash;
        mg_bag_counter_add(t, hashes, n, NULL);
        mg_mol *mol = mg_mol_from_smiles(smiles[i], &limits, NULL);
        n = 0;
        if (mol) mg_mol_features(mol, "m2", &features, &n, NULL);
        for (size_t k = 0; k < n; k++) hashes[k] = features[k].hash;
        mg_bag_counter_add(g, hashes, n, NULL);
        mg_mol_free(mol);
        free(grams);
        free(features);
    }
    assert_int_equal(mg_bag_counter_vocab(t, GRAMS, 1, text, NULL), MOLGLOT_OK);
    assert_int_equal(mg_bag_counter_vocab(g, GRAMS, 1, graph, NULL), MOLGLOT_OK);
    mg_bag_counter_free(t);
    mg_bag_counter_free(g);
}

static int make_model(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_bag_vocab text, graph;
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) || mg_chem_init(&err)) {
        print_error("%s\n", err.message);
        return -1;
    }
    snprintf(pairs_path, sizeof pairs_path, "%s.tsv", path);
    snprintf(pool_path, sizeof pool_path, "%s.smi", path);
    collect(&text, &graph);
    mg_momu_config c = mg_momu_config_default();
    strcpy(c.name, "small");
    c.dim = DIM;
    c.text.encoder = (mg_transformer_config){.layers = 1,
                                             .hidden = 8,
                                             .heads = 2,
                                             .ffn = 16,
                                             .vocab = 10,
                                             .positions = 16,
                                             .types = 2,
                                             .norm_eps = 1e-12f};
    c.text.max_tokens = 16;
    c.graph.encoder =
        (mg_gin_config){.layers = 2, .dim = 8, .mlp = 12, .layer_norm = true, .residual = true};
    c.text.bag = (mg_bag_config){.vocab = text.n, .dim = 8, .hidden = 12, .init = 0.5f};
    c.graph.bag = (mg_bag_config){.vocab = graph.n, .dim = 8, .hidden = 12, .init = 0.5f};
    strcpy(c.text.families, "w");
    strcpy(c.graph.families, "m2");
    mg_params *p = mg_params_new();
    mg_momu *m = mg_momu_new(p, &c, &err);
    int code = !m || mg_params_build(p, (mg_build_options){.seed = 4}, &err) ||
               mg_model_file_save(path, p, m, VOCAB, strlen(VOCAB), &text, &graph, NULL,
                                  (const char *const[]){NULL}, &err);
    if (code) print_error("%s\n", err.message);
    mg_momu_free(m);
    mg_params_free(p);
    mg_bag_vocab_free(&text);
    mg_bag_vocab_free(&graph);
    return code;
}

static int remove_model(void **state) {
    (void)state;
    remove(pairs_path);
    remove(pool_path);
    return remove(path);
}

typedef struct opened {
    mg_model_file model;
    mg_embedder *e;
} opened;

static opened *open_model(int threads, int batch) {
    molglot_error err = {0};
    opened *o = calloc(1, sizeof *o);
    if (mg_model_file_load(&o->model, path, &err)) fail_msg("%s", err.message);
    o->e = mg_embedder_new(&o->model, (mg_embed_options){.threads = threads, .batch = batch}, &err);
    if (!o->e) fail_msg("%s", err.message);
    assert_int_equal(mg_embedder_dim(o->e), DIM);
    return o;
}

static void close_model(opened *o) {
    mg_embedder_free(o->e);
    mg_model_file_close(&o->model);
    free(o);
}

static void expect_rows(const float *rows, const molglot_row_status *status, int bad,
                        int also_bad) {
    for (int i = 0; i < N; i++) {
        double norm = 0;
        for (int j = 0; j < DIM; j++) norm += (double)rows[i * DIM + j] * (double)rows[i * DIM + j];
        bool ok = i != bad && i != also_bad;
        assert_int_equal(status[i].ok, ok);
        if (fabs(norm - ok) > 1e-5) fail_msg("row %d has norm %g", i, norm);
        assert_true(ok == !*status[i].reason);
    }
}

static void rows_and_rejects(void **state) {
    (void)state;
    opened *o = open_model(2, 0);
    float text[N * DIM], mol[N * DIM], again[N * DIM];
    molglot_row_status status[N];
    assert_int_equal(mg_embed_texts(o->e, texts, N, text, status, NULL), MOLGLOT_OK);
    expect_rows(text, status, 1, 3);
    assert_int_equal(status[1].offset, 4);
    assert_int_equal(mg_embed_smiles(o->e, smiles, N, mol, status, NULL), MOLGLOT_OK);
    expect_rows(mol, status, 1, 3);
    assert_non_null(strstr(status[1].reason, "unclosed ring 1"));
    /* CCO and OCC */
    for (int j = 0; j < DIM; j++) assert_true(fabsf(mol[j] - mol[6 * DIM + j]) < 1e-5f);
    close_model(o);
    o = open_model(1, 2); /* two rows at a time, and no status wanted */
    assert_int_equal(mg_embed_texts(o->e, texts, N, again, NULL, NULL), MOLGLOT_OK);
    for (int i = 0; i < N * DIM; i++) assert_true(fabsf(again[i] - text[i]) < 1e-5f);
    assert_int_equal(mg_embed_smiles(o->e, smiles, N, again, NULL, NULL), MOLGLOT_OK);
    for (int i = 0; i < N * DIM; i++) assert_true(fabsf(again[i] - mol[i]) < 1e-5f);
    assert_int_equal(mg_embed_smiles(o->e, smiles, 0, again, NULL, NULL), MOLGLOT_OK);
    close_model(o);
}

static void write_files(void) {
    FILE *f = fopen(pairs_path, "w");
    fputs("id\tsmiles\ttext\n", f);
    for (int i = 0; i < N; i++) fprintf(f, "%d\t%s\t%s\n", i, smiles[i], texts[i]);
    fputs("9\tCBr\tIt is an acid.\n", f); /* a text that stands twice */
    fclose(f);
    f = fopen(pool_path, "w");
    fputs("CCCC butane\nC1CC bad\nC(C)O ethanol\n", f);
    fclose(f);
}

/* What the evaluation must give, from its own pieces. */
static void evaluation(void **state) {
    (void)state;
    write_files();
    opened *o = open_model(2, 4);
    molglot_error err = {0};
    mg_retrieval_result r;
    mg_retrieval_options options = {
        .pairs = pairs_path, .pool = pool_path, .bootstrap = 50, .threads = 2};
    if (mg_eval_retrieval(o->e, &options, &r, &err)) fail_msg("%s", err.message);
    assert_int_equal(r.pairs, 8);    /* rows 1 and 3 have no molecule */
    assert_int_equal(r.rejected, 3); /* and the pool's C1CC */
    assert_int_equal(r.text_to_molecule.n, 8);
    assert_int_equal(r.text_to_molecule.pool, 10);
    assert_int_equal(r.text_to_molecule.pool_duplicates, 2); /* ethanol three times */
    assert_int_equal(r.molecule_to_text.n, 8);
    assert_int_equal(r.molecule_to_text.pool, 7);
    assert_int_equal(r.sentence_to_molecule.n, 0);
    const char *s[10] = {"CCO", "CC(=O)O", "c1ccccc1", "N",    "OCC",
                         "CCN", "CCCl",    "CBr",      "CCCC", "C(C)O"};
    const char *t[8] = {texts[0], texts[2], texts[4], texts[5],
                        texts[6], texts[7], texts[8], texts[2]};
    const int32_t group[10] = {0, 1, 2, 3, 0, 4, 5, 6, 7, 0};
    const int64_t target[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    float mol[10 * DIM], text[8 * DIM];
    mg_embed_smiles(o->e, s, 10, mol, NULL, NULL);
    mg_embed_texts(o->e, t, 8, text, NULL, NULL);
    mg_retrieval_scores wanted;
    assert_int_equal(
        mg_retrieval_score(text, 8, mol, 10, DIM, target, group, 1, 0, 50, &wanted, NULL),
        MOLGLOT_OK);
    assert_true(fabs(wanted.mean_rank.value - r.text_to_molecule.mean_rank.value) < 1e-9);
    options.limit = 3;
    options.pool = NULL;
    assert_int_equal(mg_eval_retrieval(o->e, &options, &r, &err), MOLGLOT_OK);
    assert_int_equal(r.pairs, 2);
    assert_int_equal(r.text_to_molecule.pool, 2);
    options.pairs = "/nonexistent";
    assert_int_not_equal(mg_eval_retrieval(o->e, &options, &r, &err), MOLGLOT_OK);
    close_model(o);
}

static void sentences(void **state) {
    (void)state;
    write_files();
    opened *o = open_model(1, 0);
    molglot_error err = {0};
    mg_retrieval_result r;
    mg_retrieval_options options = {.pairs = pairs_path, .sentences = true, .threads = 1};
    if (mg_eval_retrieval(o->e, &options, &r, &err)) fail_msg("%s", err.message);
    /* Usable (five fields): two of text 0 and one of text 5. The other texts have none: zero rows,
     * which tie with each other. */
    assert_int_equal(r.sentence_to_molecule.n, 3);
    assert_int_equal(r.molecule_to_text.pool, 7);
    assert_int_equal(r.text_to_molecule.n, 8);
    assert_true(r.text_to_molecule.mean_rank.value > 1);
    close_model(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_and_rejects),
                                       cmocka_unit_test(evaluation), cmocka_unit_test(sentences)};
    return cmocka_run_group_tests(tests, make_model, remove_model);
}
