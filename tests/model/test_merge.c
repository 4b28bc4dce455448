/* test_merge.c - parts of several bundles in one: what comes out of each part is what went in,
 * rounded or not; what does not fit is refused. */
#include "../must.h"
#include "../one_part.h"
#include "bundle_files.h"

#include <math.h>

static mg_writer_part part_of(int file, const char *part) {
    molglot_error err = {0};
    mg_writer_part w;
    if (load_writer(&w, paths[file], part, &err)) fail_msg("%s", err.message);
    return w;
}

static void parts_come_out_as_they_went_in(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_space_part whole, one;
    /* members keep their order, parts stand where they will */
    merged((const int[]){FLOW, ONE, DIRECT, TWO}, 4, NULL, paths[OUT]);
    if (load_space(&whole, paths[OUT], &err) || load_space(&one, paths[ONE], &err))
        fail_msg("%s", err.message);
    assert_int_equal(whole.members, 2);
    assert_string_equal(mg_space_part_name(&whole), "ensemble");
    expect_same(whole.member[0].params, one.member[0].params);
    mg_writer_part direct = part_of(DIRECT, NULL), flow = part_of(FLOW, MG_PART_LATENT);
    mg_writer_part first = part_of(OUT, NULL), latent = part_of(OUT, MG_PART_LATENT);
    assert_string_equal(first.part, MG_PART_WRITER);
    assert_true(mg_bundle_has(first.bundle, MG_PART_LATENT) &&
                mg_bundle_has(latent.bundle, MG_PART_WRITER) &&
                !mg_bundle_has(direct.bundle, MG_PART_LATENT));
    expect_same(first.params, direct.params);
    expect_same(latent.params, flow.params);
    expect_same(latent.flow_params, flow.flow_params);
    assert_null(first.flow);
    assert_true(mg_writer_part_knows(&first, "CCO") && mg_writer_part_knows(&latent, "CCO"));
    close_writer(&direct);
    close_writer(&flow);
    close_writer(&first);
    close_writer(&latent);
    close_space(&whole);
    close_space(&one);
}

static void ensembles_and_bundles_are_merged_again(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_space_part m, two;
    merged((const int[]){ONE, DIRECT}, 2, NULL, paths[OUT]);
    if (load_space(&m, paths[OUT], &err)) fail_msg("%s", err.message);
    assert_int_equal(m.members, 1); /* a single member, behind no prefix, beside a writer */
    close_space(&m);
    merged((const int[]){OUT, TWO, FLOW}, 3, NULL, paths[AGAIN]);
    merged((const int[]){AGAIN, ONE}, 2, NULL, paths[OUT]);
    if (load_space(&m, paths[OUT], &err) || load_space(&two, paths[TWO], &err))
        fail_msg("%s", err.message);
    assert_int_equal(m.members, 3);
    expect_same(m.member[1].params, two.member[0].params);
    close_space(&m);
    close_space(&two);
    mg_writer_part w = part_of(OUT, MG_PART_LATENT);
    assert_non_null(w.flow);
    close_writer(&w);
}

/* Fewer bits are the same bits when the file is merged once more. */
static void fewer_bits(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_space_part a, b;
    merged((const int[]){ONE, TWO, DIRECT, FLOW}, 4, "int4", paths[OUT]);
    merged((const int[]){OUT}, 1, "int4", paths[AGAIN]);
    if (load_space(&a, paths[OUT], &err) || load_space(&b, paths[AGAIN], &err))
        fail_msg("%s", err.message);
    for (int k = 0; k < 2; k++) {
        const mg_tensor *table = mg_params_find(a.member[k].params, "text_bag.table");
        assert_int_equal(table->dtype, MG_I8);
        for (int64_t i = 0; i < mg_tensor_count(table); i++)
            assert_in_range(((const int8_t *)table->data)[i] + 7, 0, 14);
        expect_same(a.member[k].params, b.member[k].params);
    }
    assert_string_equal(mg_tensor_file_find(a.file, "space.member.0.text_bag.table")->dtype, "U8");
    assert_string_equal(mg_tensor_file_find(a.file, "latent.latent.places")->dtype, "I8");
    mg_writer_part w = part_of(OUT, MG_PART_LATENT), again = part_of(AGAIN, MG_PART_LATENT),
                   plain = part_of(FLOW, NULL);
    expect_same(w.flow_params, again.flow_params);
    const mg_tensor *rounded = mg_params_find(w.params, "latent.places"),
                    *full = mg_params_find(plain.params, "latent.places");
    assert_int_equal(rounded->dtype, MG_BF16);
    for (int64_t i = 0; i < mg_tensor_count(full); i++)
        assert_float_equal(mg_bf16_to_f32(((const uint16_t *)rounded->data)[i]), mg_f32(full)[i],
                           0.03f);
    close_writer(&w);
    close_writer(&again);
    close_writer(&plain);
    close_space(&a);
    close_space(&b);
}

static int weigh(const int *files, int n, const float *weights, int n_weights, molglot_error *err) {
    const char *list[FILES];
    for (int i = 0; i < n; i++) list[i] = paths[files[i]];
    const mg_merge_options o = {.weights = weights, .n_weights = n_weights};
    return mg_bundle_merge(list, n, &o, paths[AGAIN], err);
}

static void expect_weights(const char *path, const float *weights, int n) {
    molglot_error err = {0};
    mg_space_part m;
    if (load_space(&m, path, &err)) fail_msg("%s", err.message);
    double sum = 0;
    assert_int_equal(m.members, n);
    for (int k = 0; k < n; k++) sum += (double)weights[k];
    for (int k = 0; k < n; k++) {
        assert_true(m.weight[k] == weights[k]);
        assert_float_equal(mg_space_part_scale(&m, k), sqrt((double)weights[k] / sum), 1e-6);
    }
    close_space(&m);
}

/* Weights are kept by what is merged again, and may be given anew. */
static void members_have_weights(void **state) {
    (void)state;
    molglot_error err = {0};
    if (weigh((const int[]){ONE, TWO, DIRECT}, 3, (const float[]){1, 0.3f}, 2, &err))
        fail_msg("%s", err.message);
    expect_weights(paths[AGAIN], (const float[]){1, 0.3f}, 2);
    rename(paths[AGAIN], paths[OUT]);
    if (weigh((const int[]){OUT, TWO}, 2, NULL, 0, &err)) fail_msg("%s", err.message);
    expect_weights(paths[AGAIN], (const float[]){1, 0.3f, 1}, 3);
    if (weigh((const int[]){OUT}, 1, (const float[]){2, 5}, 2, &err)) fail_msg("%s", err.message);
    expect_weights(paths[AGAIN], (const float[]){2, 5}, 2);
    if (weigh((const int[]){OUT}, 1, NULL, 0, &err)) fail_msg("%s", err.message);
    expect_weights(paths[AGAIN], (const float[]){1, 0.3f}, 2);
    /* all alike: as without */
    char weighted[65], plain[65];
    if (weigh((const int[]){OUT}, 1, (const float[]){2, 2}, 2, &err)) fail_msg("%s", err.message);
    assert_int_equal(mg_bundle_identify(paths[AGAIN], MG_PART_SPACE, weighted, &err), MOLGLOT_OK);
    if (weigh((const int[]){ONE, TWO}, 2, NULL, 0, &err)) fail_msg("%s", err.message);
    expect_weights(paths[AGAIN], (const float[]){1, 1}, 2);
    assert_int_equal(mg_bundle_identify(paths[AGAIN], MG_PART_SPACE, plain, &err), MOLGLOT_OK);
    assert_string_equal(weighted, plain);
    assert_int_equal(weigh((const int[]){ONE, TWO}, 2, (const float[]){1}, 1, &err), MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "1 weights for 2 members"));
    assert_int_equal(weigh((const int[]){ONE, TWO}, 2, (const float[]){1, -1}, 2, &err),
                     MOLGLOT_USAGE);
    assert_int_equal(weigh((const int[]){ONE, TWO}, 2, (const float[]){1, NAN}, 2, &err),
                     MOLGLOT_USAGE);
}

static void expect_refused(const int *files, int n, const char *store, int code, const char *says) {
    molglot_error err = {0};
    unlink(paths[OUT]);
    assert_int_equal(merge(files, n, store, paths[OUT], &err), code);
    if (!strstr(err.message, says)) fail_msg("\"%s\" should say \"%s\"", err.message, says);
    assert_int_not_equal(access(paths[OUT], F_OK), 0);
}

static void what_does_not_fit(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_writer_part w;
    mg_space_part m;
    expect_refused((const int[]){DIRECT, DIRECT}, 2, NULL, MOLGLOT_USAGE,
                   "both hold the part writer");
    expect_refused((const int[]){ONE}, 1, "int2", MOLGLOT_USAGE, "not as int2");
    expect_refused(NULL, 0, NULL, MOLGLOT_USAGE, "nothing to merge");
    assert_int_equal(load_writer(&w, paths[DIRECT], MG_PART_LATENT, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "no writer of latents (part latent) in it"));
    assert_int_equal(load_writer(&w, paths[FLOW], MG_PART_WRITER, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "no direct writer (part writer) in it"));
    merged((const int[]){ONE, FLOW}, 2, NULL, paths[OUT]);
    assert_int_equal(load_writer(&w, paths[OUT], MG_PART_WRITER, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "no direct writer (part writer) in it"));
    merged((const int[]){DIRECT, FLOW}, 2, NULL, paths[OUT]);
    assert_int_equal(load_space(&m, paths[OUT], &err), MOLGLOT_BAD_FILE);
    assert_non_null(
        strstr(err.message, "no shared space (part space) in it; it holds: direct writer"));
    merged((const int[]){ONE, TWO}, 2, NULL, paths[OUT]);
    assert_int_equal(load_writer(&w, paths[OUT], NULL, &err), MOLGLOT_BAD_FILE);
    assert_non_null(
        strstr(err.message, "no direct writer (part writer) in it; it holds: shared space"));
}

/* Licences that differ need a word. */
static void licences(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_merge_options o = {.name = "all", .licence = "CC0"};
    assert_int_equal(mg_bundle_merge((const char *const[]){paths[DIRECT]}, 1, &o, paths[OUT], &err),
                     MOLGLOT_OK);
    mg_tensor_file *f = mg_tensor_file_open(paths[OUT], &err);
    assert_string_equal(mg_tensor_file_meta(f, "licence"), "CC0");
    mg_tensor_file_close(f);
    /* a single member is under what was said */
    assert_int_equal(mg_bundle_merge((const char *const[]){paths[ONE]}, 1, &o, paths[OUT], &err),
                     MOLGLOT_OK);
    o.licence = NULL;
    assert_int_equal(
        mg_bundle_merge((const char *const[]){paths[OUT], paths[TWO]}, 2, &o, paths[AGAIN], &err),
        MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "say with --licence which holds"));
}

/* ---- members look at the same things, because a row is featurised once for all ---- */

enum { TEXT_BAG = 1, GRAPH_BAG = 2, TOKENS = 4, GRAPHS = 8 };

/* A member with these channels; `other`: one thing about it differs (0: none). */
static void save_member(const char *path, int channels, int other) {
    static const char words[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    static const uint32_t hashes[GRAMS] = {3, 70, 4000, 3000000000u};
    static const float idf[GRAMS] = {1, 2, 3, 4};
    molglot_error err = {0};
    mg_bag_vocab grams = {0};
    mg_momu_config c = mg_momu_config_default();
    const mg_bag_config bag = {.vocab = GRAMS, .dim = WIDTH, .hidden = 12, .init = 0.5f};
    c.dim = DIM;
    c.text.encoder = (mg_transformer_config){.layers = channels & TOKENS ? 1 : 0,
                                             .hidden = 8,
                                             .heads = 2,
                                             .ffn = 8,
                                             .vocab = 5,
                                             .positions = 16,
                                             .types = 2,
                                             .norm_eps = 1e-12f};
    c.graph.encoder = (mg_gin_config){.layers = channels & GRAPHS ? 1 : 0, .dim = 8, .mlp = 8};
    if (channels & TEXT_BAG) c.text.bag = bag;
    if (channels & GRAPH_BAG) c.graph.bag = bag;
    c.text.max_tokens = other == 1 ? 15 : 16;
    c.text.max_chars = other == 2 ? 50 : 0;
    c.text.special_tokens = other == 3;
    strcpy(c.text.families, other == 4 ? "wb" : "w");
    strcpy(c.graph.families, other == 5 ? "m2" : "m");
    c.graph.features = other == 6 ? MG_FEAT_SIMPLE : MG_FEAT_OGB;
    mg_params *p = mg_params_new();
    mg_momu *m = must_have(mg_momu_new(p, &c, &err), &err);
    must(mg_params_build(p, (mg_build_options){.seed = 3}, &err), &err);
    must(mg_bag_vocab_init(&grams, hashes, idf, GRAMS, &err), &err);
    const mg_space_contents contents = {.params = p,
                                        .momu = m,
                                        .wordpiece = words,
                                        .wordpiece_bytes = strlen(words),
                                        .text_bag = channels & TEXT_BAG ? &grams : NULL,
                                        .graph_bag = channels & GRAPH_BAG ? &grams : NULL};
    must(mg_space_part_save(path, &contents, &err), &err);
    mg_bag_vocab_free(&grams);
    mg_momu_free(m);
    mg_params_free(p);
}

static void members_agree(void **state) {
    (void)state;
    static const int channels[7] = {0, TOKENS, TOKENS, TOKENS, TEXT_BAG, GRAPH_BAG, GRAPHS};
    static const char *const what[] = {
        NULL,           "token limits",  "token limits", "token limits", "n-gram families",
        "substructure", "graph features"};
    char a[80], b[80];
    snprintf(a, sizeof a, "%s/a.safetensors", folder);
    snprintf(b, sizeof b, "%s/b.safetensors", folder);
    for (int other = 0; other < 7; other++)
        for (int k = 0; k < 2; k++) {
            /* the second member lacks a channel: what it says of that does not matter */
            const int lacks = k ? channels[other] : 0;
            const int first = TEXT_BAG | GRAPH_BAG | TOKENS | GRAPHS, second = first & ~lacks;
            molglot_error err = {0};
            mg_space_part m;
            save_member(a, first, 0);
            save_member(b, second, other);
            int code = mg_bundle_merge((const char *const[]){a, b}, 2, &(mg_merge_options){0},
                                       paths[AGAIN], &err);
            if (!code && !(code = load_space(&m, paths[AGAIN], &err))) close_space(&m);
            if (!(second & channels[other]))
                must(code, &err);
            else if (code != MOLGLOT_BAD_FILE || !strstr(err.message, what[other]))
                fail_msg("%d without %d: %d %s", other, lacks, code, err.message);
        }
    unlink(a);
    unlink(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_come_out_as_they_went_in),
                                       cmocka_unit_test(ensembles_and_bundles_are_merged_again),
                                       cmocka_unit_test(fewer_bits),
                                       cmocka_unit_test(members_have_weights),
                                       cmocka_unit_test(what_does_not_fit),
                                       cmocka_unit_test(licences),
                                       cmocka_unit_test(members_agree)};
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
