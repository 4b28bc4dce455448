/* Which words count, which are known by themselves, by their pieces and by their runs. */
#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char FAMILIES[] = "w345";

/* A vocabulary of every feature of a text. */
static void make_vocab(const char *text, mg_bag_vocab *v) {
    mg_ngram *grams;
    size_t n;
    assert_int_equal(mg_text_ngrams(text, strlen(text), FAMILIES, &grams, &n, NULL), MOLGLOT_OK);
    uint32_t *hashes = malloc((n + 1) * sizeof *hashes);
    float *weights = malloc((n + 1) * sizeof *weights);
    for (size_t i = 0; i < n; i++) {
        hashes[i] = grams[i].hash;
        weights[i] = 1;
    }
    assert_int_equal(mg_bag_vocab_init(v, hashes, weights, (int32_t)n, NULL), MOLGLOT_OK);
    free(hashes);
    free(weights);
    free(grams);
}

static void words(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int words, known, unknown;
        const char *list;
        bool nonsense, weak;
    } cases[] = {
        {"a primary alcohol", 2, 2, 0, "", false, false},
        {"(Primary) alcohol.", 2, 2, 0, "", false, false},
        {"zzqq xxyy, zzqq", 3, 0, 3, "zzqq, xxyy, zzqq", true, true},
        {"the zzqq", 1, 0, 1, "zzqq", true, true},
        {"an alcohol of zzqq", 2, 1, 1, "zzqq", false, false},
        {"alcohol qqzz qqyy xxvv", 4, 1, 3, "qqzz, qqyy, xxvv", false, true},
        {"2-dimethylamino-3-alcohol", 1, 1, 0, "", false, false}, /* pieces */
        {"dimethylaminos", 1, 1, 0, "", false, false},            /* runs of five */
        {"alcove", 1, 0, 1, "alcove", false, true},               /* runs of four */
        {".", 0, 0, 0, "", true, true},
        {"50-78-2", 0, 0, 0, "", true, true},
        {"", 0, 0, 0, "", true, true},
    };
    mg_bag_vocab v;
    make_vocab("a primary alcohol dimethylamino", &v);
    const mg_text_vocabs vocabs = {.families = FAMILIES, .vocab = {&v}, .n = 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mg_known_words k;
        assert_int_equal(mg_text_known(&vocabs, cases[i].text, &k, NULL), MOLGLOT_OK);
        assert_int_equal(k.words, cases[i].words);
        assert_int_equal(k.known, cases[i].known);
        assert_int_equal(k.unknown, cases[i].unknown);
        assert_string_equal(k.list, cases[i].list);
        assert_int_equal(k.nonsense, cases[i].nonsense);
        assert_int_equal(k.weak, cases[i].weak);
        mg_known_words_free(&k);
    }
    mg_bag_vocab_free(&v);
}

static void without_a_vocabulary_all_passes(void **state) {
    (void)state;
    mg_known_words k;
    assert_int_equal(mg_text_known(&(mg_text_vocabs){0}, "zzqq", &k, NULL), MOLGLOT_OK);
    assert_false(k.nonsense);
    assert_false(k.weak);
    mg_known_words_free(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(words),
                                       cmocka_unit_test(without_a_vocabulary_all_passes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
