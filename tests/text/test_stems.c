/* test_stems.c - stems as NLTK 3.8's PorterStemmer gives them; SciBERT's pieces; runs of tokens and
 * BLEU of a sentence. */
#include "text/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The examples of Porter's article, and of NLTK's extensions. */
static const char *const pairs[][2] = {{"caresses", "caress"},
                                       {"ponies", "poni"},
                                       {"ties", "tie"},
                                       {"caress", "caress"},
                                       {"cats", "cat"},
                                       {"feed", "feed"},
                                       {"agreed", "agre"},
                                       {"plastered", "plaster"},
                                       {"bled", "bled"},
                                       {"motoring", "motor"},
                                       {"sing", "sing"},
                                       {"conflated", "conflat"},
                                       {"troubled", "troubl"},
                                       {"sized", "size"},
                                       {"hopping", "hop"},
                                       {"tanned", "tan"},
                                       {"falling", "fall"},
                                       {"hissing", "hiss"},
                                       {"fizzed", "fizz"},
                                       {"failing", "fail"},
                                       {"filing", "file"},
                                       {"happy", "happi"},
                                       {"sky", "sky"},
                                       {"relational", "relat"},
                                       {"conditional", "condit"},
                                       {"rational", "ration"},
                                       {"digitizer", "digit"},
                                       {"conformabli", "conform"},
                                       {"radicalli", "radic"},
                                       {"vileli", "vile"},
                                       {"vietnamization", "vietnam"},
                                       {"predication", "predic"},
                                       {"operator", "oper"},
                                       {"feudalism", "feudal"},
                                       {"decisiveness", "decis"},
                                       {"sensitiviti", "sensit"},
                                       {"triplicate", "triplic"},
                                       {"formative", "form"},
                                       {"formalize", "formal"},
                                       {"electrical", "electr"},
                                       {"hopeful", "hope"},
                                       {"goodness", "good"},
                                       {"revival", "reviv"},
                                       {"allowance", "allow"},
                                       {"inference", "infer"},
                                       {"adjustable", "adjust"},
                                       {"replacement", "replac"},
                                       {"adjustment", "adjust"},
                                       {"adoption", "adopt"},
                                       {"homologou", "homolog"},
                                       {"communism", "commun"},
                                       {"effective", "effect"},
                                       {"probate", "probat"},
                                       {"rate", "rate"},
                                       {"cease", "ceas"},
                                       {"controll", "control"},
                                       {"roll", "roll"},
                                       {"dying", "die"},
                                       {"skies", "sky"},
                                       {"Died", "die"},
                                       {"geology", "geolog"},
                                       {"hydroxy", "hydroxi"},
                                       {"metabolites", "metabolit"},
                                       {"##oid", "##oid"},
                                       {"is", "is"},
                                       {"", ""}};

static void stems(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char stem[MG_STEM_BYTES];
        const size_t n = mg_porter_stem(pairs[i][0], strlen(pairs[i][0]), stem);
        assert_int_equal(n, strlen(stem));
        if (strcmp(stem, pairs[i][1])) fail_msg("%s: %s, not %s", pairs[i][0], stem, pairs[i][1]);
    }
}

static void long_words_are_cut(void **state) {
    (void)state;
    char word[1000], stem[MG_STEM_BYTES];
    memset(word, 'y', sizeof word);
    assert_true(mg_porter_stem(word, sizeof word, stem) < MG_STEM_BYTES);
}

static void pieces(void **state) {
    (void)state;
    static const char text[] =
        "The molecule is a 3beta-hydroxy-4,4-dimethylsteroid. 25\xE2\x84\x83";
    static const char *const wanted[] = {"the", "molecule", "is",     "a",     "3", "##beta",
                                         "-",   "hydroxy",  "-",      "4",     ",", "4",
                                         "-",   "dimethyl", "##ster", "##oid", ".", "[UNK]"};
    enum { N = sizeof wanted / sizeof *wanted };
    int32_t ids[40];
    mg_wordpiece *w = mg_wordpiece_scibert(NULL);
    assert_non_null(w);
    assert_int_equal(mg_wordpiece_size(w), 31090);
    assert_int_equal(mg_wordpiece_encode(w, text, strlen(text), ids, 40), N);
    for (int i = 0; i < N; i++) assert_string_equal(mg_wordpiece_piece(w, ids[i]), wanted[i]);
    mg_wordpiece_free(w);
}

static void runs(void **state) {
    (void)state;
    static const int32_t one[] = {1, 2, 1, 2, 65535}, two[] = {1, 2, 3, 1, 2, 1};
    mg_grams a, b, empty;
    assert_true(mg_grams_of(one, 5, &a) && mg_grams_of(two, 6, &b) && mg_grams_of(NULL, 0, &empty));
    assert_int_equal(mg_grams_count(&a, 4), 2);
    assert_int_equal(mg_grams_count(&empty, 1), 0);
    assert_int_equal(mg_grams_common(&a, &b, 1), 4); /* 1 1 2 2 */
    assert_int_equal(mg_grams_common(&a, &b, 2), 3); /* 12 12 21 */
    assert_int_equal(mg_grams_common(&a, &b, 3), 1); /* 121 */
    assert_int_equal(mg_grams_common(&a, &b, 4), 0);
    assert_true(mg_grams_bleu(&a, &a) == 1);
    assert_true(mg_grams_bleu(&empty, &a) == 0 && mg_grams_bleu(&a, &empty) == 0);
    const double wanted =
        exp((log(4 / 5.) + log(4 / 5.) + log(2 / 4.) + log(1 / 3.)) / 4 + 1 - 6 / 5.);
    assert_true(fabs(mg_grams_bleu(&a, &b) - wanted) < 1e-12);
    mg_grams_free(&a);
    mg_grams_free(&b);
    mg_grams_free(&empty);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(stems),
                                       cmocka_unit_test(long_words_are_cut),
                                       cmocka_unit_test(pieces), cmocka_unit_test(runs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
