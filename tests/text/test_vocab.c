/* test_vocab.c - wordpiece_train.c: merges by hand, a fixture made by an independent program,
 * determinism, coverage. */
#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURES MG_SOURCE_DIR "/tests/fixtures/text/"
#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"

static void check(const char *const *texts, size_t n, int32_t size, int32_t min_count,
                  const char *expected) {
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str out = {0};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(mg_vocab_trainer_add(t, texts[i], strlen(texts[i]), NULL), MOLGLOT_OK);
    assert_int_equal(mg_vocab_trainer_finish(t, size, min_count, &out, NULL), MOLGLOT_OK);
    assert_string_equal(out.s, expected);
    mg_str_free(&out);
    mg_vocab_trainer_free(t);
}

static void merges_the_commonest_pair(void **state) {
    (void)state;
    /* a 5, b 4, c 2. Pairs: a ##b 3, ##b ##c 1, c ##a 1, ##a ##b 1; then ab ##c 1 against c ##a and
     * ##a ##b. */
    const char *texts[] = {"ab ab", "abc a", "CAB"};
    check(texts, 3, 99, 1, SPECIALS "a\n##a\nb\n##b\nc\n##c\nab\n##ab\ncab\nabc\n");
    check(texts, 3, 13, 1, SPECIALS "a\n##a\nb\n##b\nc\n##c\nab\n##ab\n");
    check(texts, 3, 99, 2, SPECIALS "a\n##a\nb\n##b\nc\n##c\nab\n");
    check(texts, 3, 99, 3, SPECIALS "a\n##a\nb\n##b\nab\n");
    check(texts, 3, 8, 1, SPECIALS "a\n##a\n");
    check(texts, 0, 99, 1, SPECIALS);
}

static void merges_runs_from_the_left(void **state) {
    (void)state;
    /* ##a ##a 3; then a ##aa is 1, as is ##aa ##aa: the older left piece first */
    const char *texts[] = {"aaaaa"};
    check(texts, 1, 8, 1, SPECIALS "a\n##a\n##aa\n");
    check(texts, 1, 99, 1, SPECIALS "a\n##a\n##aa\naaa\naaaaa\n");
}

static void read_fixture(const char *path, char **data, size_t *n) {
    assert_int_equal(mg_read_file(path, 1 << 20, data, n, NULL), MOLGLOT_OK);
}

/* The fixture's first 200 pieces were checked against a Python program that recounts all pairs
 * after every merge. */
static void equals_recounting(void **state) {
    (void)state;
    char *text, *vocab;
    size_t n, n_vocab;
    read_fixture(FIXTURES "sentences.txt", &text, &n);
    read_fixture(FIXTURES "vocab.txt", &vocab, &n_vocab);
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str out = {0};
    /* the lines from the last to the first: the order has no say */
    for (size_t at = n; at > 0;) {
        size_t end = at--;
        while (at > 0 && text[at - 1] != '\n') at--;
        assert_int_equal(mg_vocab_trainer_add(t, text + at, end - at, NULL), MOLGLOT_OK);
    }
    assert_int_equal(mg_vocab_trainer_finish(t, 200, 1, &out, NULL), MOLGLOT_OK);
    assert_true(out.n < n_vocab);
    assert_memory_equal(out.s, vocab, out.n);
    mg_str again = {0};
    assert_int_equal(mg_vocab_trainer_finish(t, 200, 1, &again, NULL), MOLGLOT_OK);
    assert_string_equal(again.s, out.s);
    mg_str_free(&again);
    mg_str_free(&out);
    mg_vocab_trainer_free(t);
    free(text);
    free(vocab);
}

static void known_characters_are_never_unknown(void **state) {
    (void)state;
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str out = {0};
    const char *text = "phenol and toluene, 1,2-";
    assert_int_equal(mg_vocab_trainer_add(t, text, strlen(text), NULL), MOLGLOT_OK);
    assert_int_equal(mg_vocab_trainer_finish(t, 60, 1, &out, NULL), MOLGLOT_OK);
    mg_wordpiece *w = mg_wordpiece_new(out.s, out.n, NULL);
    const char *other = "eudaplohnt 21 tend dune-paddle";
    int32_t ids[64], n = mg_wordpiece_encode(w, other, strlen(other), ids, 64);
    assert_true(n > 6);
    for (int32_t i = 0; i < n; i++) assert_int_not_equal(ids[i], mg_wordpiece_id(w, "[UNK]"));
    mg_wordpiece_free(w);
    mg_str_free(&out);
    mg_vocab_trainer_free(t);
}

static void survives_odd_input(void **state) {
    (void)state;
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    mg_str out = {0};
    molglot_error err;
    char *text = malloc(300000);
    memset(text, 'a', 300000); /* too long a word: not counted */
    assert_int_equal(mg_vocab_trainer_add(t, text, 300000, &err), MOLGLOT_OK);
    mg_rng r = {3, 0, 0};
    for (size_t i = 0; i < 300000; i++) text[i] = (char)mg_rng_below(&r, 256);
    assert_int_equal(mg_vocab_trainer_add(t, text, 300000, &err), MOLGLOT_OK);
    assert_int_equal(mg_vocab_trainer_finish(t, 4, 1, &out, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_vocab_trainer_finish(t, 500, 0, &out, &err), MOLGLOT_OK);
    mg_wordpiece *w = mg_wordpiece_new(out.s, out.n, &err);
    assert_int_equal(mg_wordpiece_size(w), 500);
    mg_wordpiece_free(w);
    mg_str_free(&out);
    free(text);
    mg_vocab_trainer_free(t);
    mg_vocab_trainer_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_the_commonest_pair),
        cmocka_unit_test(merges_runs_from_the_left),
        cmocka_unit_test(equals_recounting),
        cmocka_unit_test(known_characters_are_never_unknown),
        cmocka_unit_test(survives_odd_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
