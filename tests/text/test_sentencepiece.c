/* test_sentencepiece.c - T5's tokeniser against transformers' T5Tokenizer on a tiny model
 * (tests/parity/t5_checkpoints.py): ids, decoded texts, cutting, damaged models. */
#include "../must.h"
#include "text/text.h"

#include <jansson.h>

#define FIXTURES MG_SOURCE_DIR "/tests/fixtures/t5/"

static mg_sentencepiece *open_model(void) {
    molglot_error err = {0};
    size_t n;
    char *bytes = must_read(FIXTURES "hf/spiece.model", &n);
    mg_sentencepiece *w = must_have(mg_sentencepiece_new(bytes, n, &err), &err);
    free(bytes);
    return w;
}

static void test_golden(void **state) {
    (void)state;
    molglot_error err = {0};
    json_error_t e;
    json_t *all = json_load_file(FIXTURES "pieces.json", 0, &e), *row;
    mg_sentencepiece *w = open_model();
    size_t i;
    assert_non_null(all);
    json_array_foreach(json_object_get(all, "pieces"), i, row) {
        const char *text = json_string_value(json_object_get(row, "text"));
        const json_t *want = json_object_get(row, "ids");
        int32_t *ids, n;
        must(mg_sentencepiece_encode(w, text, strlen(text), 0, &ids, &n, &err), &err);
        assert_int_equal(n, json_array_size(want));
        for (int32_t k = 0; k < n; k++)
            assert_int_equal(ids[k], json_integer_value(json_array_get(want, (size_t)k)));
        char *said = must_have(mg_sentencepiece_decode(w, ids, (size_t)n, &err), &err);
        assert_string_equal(said, json_string_value(json_object_get(row, "decoded")));
        free(said);
        free(ids);
    }
    assert_true(i > 8);
    json_decref(all);
    mg_sentencepiece_free(w);
}

/* Cut at max with the end piece; a backslash is unknown, two are one unknown; sentinels and special
 * pieces say nothing. */
static void test_edges(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_sentencepiece *w = open_model();
    int32_t *ids, n, *whole, all;
    const char *text = "The molecule is a hydroxy acid and an acid.";
    must(mg_sentencepiece_encode(w, text, strlen(text), 0, &whole, &all, &err), &err);
    must(mg_sentencepiece_encode(w, text, strlen(text), 5, &ids, &n, &err), &err);
    assert_int_equal(n, 5);
    assert_memory_equal(ids, whole, 4 * sizeof *ids);
    assert_int_equal(ids[4], 1);
    free(ids);
    free(whole);
    must(mg_sentencepiece_encode(w, "C\\C", 3, 0, &ids, &n, &err), &err);
    assert_int_equal(ids[n - 3], 2);
    free(ids);
    must(mg_sentencepiece_encode(w, "C\\\\C", 4, 0, &whole, &all, &err), &err);
    assert_int_equal(all, n);
    free(whole);
    must(mg_sentencepiece_encode(w, "\xff\xfe", 2, 0, &ids, &n, &err), &err); /* no UTF-8 */
    assert_int_equal(ids[n - 1], 1);
    free(ids);
    const int32_t odd[] = {0, 2, 1, 32099, -5, mg_sentencepiece_size(w)};
    char *said = must_have(mg_sentencepiece_decode(w, odd, MG_COUNT(odd), &err), &err);
    assert_string_equal(said, "");
    free(said);
    mg_sentencepiece_free(w);
}

static void test_damage(void **state) {
    (void)state;
    molglot_error err = {0};
    size_t n;
    char *bytes = must_read(FIXTURES "hf/spiece.model", &n);
    assert_null(mg_sentencepiece_new("no model", 8, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    assert_null(mg_sentencepiece_new("", 0, &err));
    for (size_t cut = 1; cut < n; cut += n / 37 + 1) { /* refused, or whole without its end */
        mg_sentencepiece *w = mg_sentencepiece_new(bytes, cut, &err);
        mg_sentencepiece_free(w);
    }
    free(bytes);
    mg_sentencepiece_free(NULL);
}

/* Tables of characters that lead the library past their end (found by fuzz_t5). */
static void test_damaged_tables(void **state) {
    (void)state;
    static const char *const files[] = {"damaged_table_1", "damaged_table_2"};
    for (size_t i = 0; i < 2; i++) {
        molglot_error err = {0};
        char path[512];
        size_t n;
        snprintf(path, sizeof path, MG_SOURCE_DIR "/fuzz/seeds/t5/%s", files[i]);
        char *bytes = must_read(path, &n);
        assert_null(mg_sentencepiece_new(bytes, n, &err));
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
        free(bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_damaged_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
