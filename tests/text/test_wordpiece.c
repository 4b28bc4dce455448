/* test_wordpiece.c - words.c and wordpiece.c against ids computed by Hugging Face's tokeniser, and
 * against hostile input. */
#include "text/text.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURES MG_SOURCE_DIR "/tests/fixtures/text/"
#define SHARED   MG_SOURCE_DIR "/../shared/"

static mg_wordpiece *load(const char *path) {
    char *data;
    size_t n;
    molglot_error err;
    assert_int_equal(mg_read_file(path, 1 << 24, &data, &n, &err), MOLGLOT_OK);
    mg_wordpiece *w = mg_wordpiece_new(data, n, &err);
    free(data);
    assert_non_null(w);
    return w;
}

/* A JSON array of {"text", "ids"}. */
static void check_cases(const mg_wordpiece *w, const json_t *cases) {
    const json_t *one;
    size_t i;
    assert_true(json_array_size(cases) > 0);
    json_array_foreach(cases, i, one) {
        const json_t *text = json_object_get(one, "text"), *ids = json_object_get(one, "ids");
        int32_t out[256],
            n = mg_wordpiece_encode(w, json_string_value(text), json_string_length(text), out, 256);
        if (n != (int32_t)json_array_size(ids))
            fail_msg("case %zu: %d ids, expected %zu", i, n, json_array_size(ids));
        for (int32_t k = 0; k < n; k++)
            if (out[k] != json_integer_value(json_array_get(ids, (size_t)k)))
                fail_msg("case %zu: id %d is %d", i, k, out[k]);
    }
}

static void equals_hugging_face(void **state) {
    (void)state;
    mg_wordpiece *w = load(FIXTURES "vocab.txt");
    json_t *cases = json_load_file(FIXTURES "wordpiece.json", JSON_ALLOW_NUL, NULL);
    check_cases(w, cases);
    json_decref(cases);
    mg_wordpiece_free(w);
}

/* With SciBERT's vocabulary and the golden file, where the checkout has its data folder beside
 * it. */
static void equals_golden(void **state) {
    (void)state;
    if (access(SHARED "golden/momu/tokenizer.json", R_OK) ||
        access(SHARED "data/vocab/scibert_scivocab_uncased_vocab.txt", R_OK))
        skip();
    mg_wordpiece *w = load(SHARED "data/vocab/scibert_scivocab_uncased_vocab.txt");
    json_t *golden = json_load_file(SHARED "golden/momu/tokenizer.json", 0, NULL);
    const json_t *id;
    const char *piece;
    assert_int_equal(mg_wordpiece_size(w), 31090);
    json_object_foreach(json_object_get(golden, "special_ids"), piece, id)
        assert_int_equal(mg_wordpiece_id(w, piece), json_integer_value(id));
    check_cases(w, json_object_get(golden, "cases"));
    json_decref(golden);
    mg_wordpiece_free(w);
}

static void looks_up_pieces(void **state) {
    (void)state;
    const char vocab[] = "[UNK]\r\na\n\n##b\nab\na";
    mg_wordpiece *w = mg_wordpiece_new(vocab, sizeof vocab - 1, NULL);
    assert_int_equal(mg_wordpiece_size(w), 6);
    assert_string_equal(mg_wordpiece_piece(w, 0), "[UNK]");
    assert_string_equal(mg_wordpiece_piece(w, 2), "");
    assert_string_equal(mg_wordpiece_piece(w, 3), "##b");
    assert_null(mg_wordpiece_piece(w, 6));
    assert_null(mg_wordpiece_piece(w, -1));
    assert_int_equal(mg_wordpiece_id(w, "##b"), 3);
    assert_int_equal(mg_wordpiece_id(w, "a"), 5); /* the last of equal lines */
    assert_int_equal(mg_wordpiece_id(w, "#"), -1);
    assert_int_equal(mg_wordpiece_id(w, "abc"), -1);
    mg_wordpiece_free(w);
    mg_wordpiece_free(NULL);
}

static void refuses_bad_vocabularies(void **state) {
    (void)state;
    molglot_error err;
    assert_null(mg_wordpiece_new("a\nb\n", 4, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    assert_null(mg_wordpiece_new("[UNK]\na\xff\n", 9, &err));
    assert_non_null(strstr(err.message, "line 2"));
    assert_null(mg_wordpiece_new("[UNK]\na\0b\n", 10, &err));
    assert_null(mg_wordpiece_new("", 0, &err));
    assert_null(mg_wordpiece_new("[UNK]", (size_t)1 << 30, &err));
}

static void truncates_on_the_right(void **state) {
    (void)state;
    mg_wordpiece *w = load(FIXTURES "vocab.txt");
    const char *text = "The hydroxybenzoate is a benzoic acid.";
    int32_t all[64], few[64], n = mg_wordpiece_encode(w, text, strlen(text), all, 64);
    for (int32_t max = 0; max <= n + 1; max++) {
        few[max] = -7;
        assert_int_equal(mg_wordpiece_encode(w, text, strlen(text), few, max), max < n ? max : n);
        assert_memory_equal(few, all, (size_t)(max < n ? max : n) * sizeof *all);
        assert_int_equal(few[max], -7);
    }
    mg_wordpiece_free(w);
}

typedef struct seen {
    size_t words, bytes, first;
    char last[32];
    int stop_after;
} seen;

static int see(void *user, const char *word, size_t n, size_t start) {
    seen *s = user;
    if (!s->words++) s->first = start;
    s->bytes += n;
    snprintf(s->last, sizeof s->last, "%.*s", (int)(n < 31 ? n : 31), word);
    return s->stop_after && s->words == (size_t)s->stop_after ? 5 : 0;
}

static void gives_words_and_offsets(void **state) {
    (void)state;
    seen s = {0};
    /* blank, stray byte, blank, e and E acute, A, zero, b */
    const char text[] = " \xff \xc3\xa9\xc3\x89"
                        "A\0b";
    assert_int_equal(mg_text_words(text, sizeof text - 1, see, &s), 0);
    assert_int_equal(s.words, 1);
    assert_int_equal(s.first, 3);
    assert_string_equal(s.last, "eeab");
    s = (seen){.stop_after = 2};
    assert_int_equal(mg_text_words("a,b", 3, see, &s), 5);
    assert_string_equal(s.last, ",");
    s = (seen){0};
    assert_int_equal(mg_text_words("\xcc\x81", 2, see, &s), 0); /* nothing but an accent */
    assert_int_equal(s.words, 0);
}

/* A million characters of each awkward kind: done in linear time, nothing lost or overrun. */
static void survives_long_input(void **state) {
    (void)state;
    const size_t n = 1000000;
    const char *units[] = {"a",
                           ".",
                           " ",
                           "\xff",
                           "\xcc\x81",
                           "\xed\x84\xae",
                           "\xe6\xb0\xb4",
                           "\xe0\xbc\xb9",
                           "ab ",
                           "\xf0\x9d\x85\xa5"};
    mg_wordpiece *w = load(FIXTURES "vocab.txt");
    char *text = malloc(n * 4);
    int32_t *ids = malloc(n * sizeof *ids);
    for (size_t u = 0; u < MG_COUNT(units); u++) {
        size_t k = strlen(units[u]);
        for (size_t i = 0; i < n; i++) memcpy(text + i * k, units[u], k);
        int32_t got = mg_wordpiece_encode(w, text, n * k, ids, (int32_t)n);
        assert_in_range(got, 0, n);
        if (u == 0) assert_int_equal(got, 1); /* one word, too long */
        if (u == 1) assert_int_equal(got, n);
        if (u == 2 || u == 3 || u == 4) assert_int_equal(got, 0);
        if (u == 6) assert_int_equal(got, n); /* ideographs stand alone */
    }
    free(ids);
    free(text);
    mg_wordpiece_free(w);
}

/* Random bytes, cut anywhere: whatever comes, ids are in range (under ASan: nothing is read
 * outside). */
static void survives_random_bytes(void **state) {
    (void)state;
    mg_wordpiece *w = load(FIXTURES "vocab.txt");
    mg_rng r = {7, 0, 0};
    for (int i = 0; i < 3000; i++) {
        size_t n = mg_rng_below(&r, 80);
        uint8_t *bytes = malloc(n + 1);
        for (size_t k = 0; k < n; k++) bytes[k] = (uint8_t)mg_rng_below(&r, 256);
        int32_t ids[64], got = mg_wordpiece_encode(w, (char *)bytes, n, ids, 64);
        assert_in_range(got, 0, 64);
        for (int32_t k = 0; k < got; k++) assert_in_range(ids[k], 0, mg_wordpiece_size(w) - 1);
        free(bytes);
    }
    mg_wordpiece_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_hugging_face),    cmocka_unit_test(equals_golden),
        cmocka_unit_test(looks_up_pieces),        cmocka_unit_test(refuses_bad_vocabularies),
        cmocka_unit_test(truncates_on_the_right), cmocka_unit_test(gives_words_and_offsets),
        cmocka_unit_test(survives_long_input),    cmocka_unit_test(survives_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
