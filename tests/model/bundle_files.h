/* bundle_files.h - small files of parts for the tests of bundles: two spaces, a direct writer, a
 * writer of latents with a flow; all of random weights. */
#ifndef MG_TEST_BUNDLE_FILES_H
#define MG_TEST_BUNDLE_FILES_H

#include "../generate/random_writer.h"
#include "base/bags.h"
#include "model/bundle/bundle.h"
#include "model/momu/momu.h"
#include "tensor/files/weights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* rows of 9 columns: the last half of a packed row is empty */
enum { GRAMS = 4, DIM = 6, WIDTH = 9 };
enum { ONE, TWO, DIRECT, FLOW, OUT, AGAIN, FILES };

static char folder[] = "/tmp/mg_bundle_XXXXXX";
static char paths[FILES][64];

static void save_momu(const char *path, uint64_t seed) {
    static const uint32_t hashes[GRAMS] = {3, 70, 4000, 3000000000u};
    static const float idf[GRAMS] = {1, 2, 3, 4};
    molglot_error err = {0};
    mg_bag_vocab grams = {0};
    mg_momu_config c = mg_momu_config_default();
    c.dim = DIM, c.text.encoder.layers = c.graph.encoder.layers = 0;
    c.text.bag = c.graph.bag =
        (mg_bag_config){.vocab = GRAMS, .dim = WIDTH, .hidden = 12, .init = 0.5f};
    strcpy(c.text.families, "w");
    strcpy(c.graph.families, "m");
    mg_params *p = mg_params_new();
    mg_momu *m = mg_momu_new(p, &c, &err);
    assert_non_null(m);
    assert_int_equal(mg_params_build(p, (mg_build_options){.seed = seed}, &err), MOLGLOT_OK);
    assert_int_equal(mg_bag_vocab_init(&grams, hashes, idf, GRAMS, &err), MOLGLOT_OK);
    const mg_space_contents contents = {.params = p,
                                        .momu = m,
                                        .text_bag = &grams,
                                        .graph_bag = &grams,
                                        .store_as = "I8",
                                        .metadata = (const char *const[]){"licence", "none", NULL}};
    if (mg_space_part_save(path, &contents, &err)) fail_msg("%s", err.message);
    mg_bag_vocab_free(&grams);
    mg_momu_free(m);
    mg_params_free(p);
}

static int make_files(void **state) {
    (void)state;
    static const char *const names[FILES] = {"one", "two", "direct", "flow", "out", "again"};
    static const random_writer direct = {1, 16, 0, 24, false, true, NULL, false, false},
                               flow = {1, 16, 4, 24, true, false, NULL, false, false};
    if (!mkdtemp(folder)) return -1;
    for (int i = 0; i < FILES; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s.safetensors", folder, names[i]);
    save_momu(paths[ONE], 4);
    save_momu(paths[TWO], 5);
    return random_writer_save(paths[DIRECT], &direct, "BF16", NULL) ||
           random_writer_save(paths[FLOW], &flow, NULL, NULL);
}

static int remove_files(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static int merge(const int *files, int n, const char *store, const char *out, molglot_error *err) {
    const char *list[FILES];
    for (int i = 0; i < n; i++) list[i] = paths[files[i]];
    return mg_bundle_merge(list, n, &(mg_merge_options){.store = store}, out, err);
}

static void merged(const int *files, int n, const char *store, const char *out) {
    molglot_error err = {0};
    if (merge(files, n, store, out, &err)) fail_msg("%s", err.message);
}

/* Every parameter of a and b bit for bit. */
static void expect_same(const mg_params *a, const mg_params *b) {
    static const size_t size[] = {[MG_F32] = 4, [MG_BF16] = 2, [MG_I8] = 1};
    assert_int_equal(mg_params_count(a), mg_params_count(b));
    for (size_t i = 0; i < mg_params_count(a); i++) {
        const mg_tensor *x = mg_params_at(a, i, NULL, NULL), *y = mg_params_at(b, i, NULL, NULL);
        assert_int_equal(x->dtype, y->dtype);
        assert_memory_equal(x->data, y->data, (size_t)mg_tensor_count(x) * size[x->dtype]);
        if (x->dtype == MG_I8)
            assert_memory_equal(x->scales, y->scales, (size_t)x->rows * sizeof(float));
    }
}

#endif
