/* test_join.c - word pieces to a text: rules for blanks and capitals, what a text beside says. */
#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char vocab[] = "[PAD]\n[UNK]\nthe\nmolecule\nis\na\nan\nacid\n##yl\nhexan\n(\n)\n-\n,"
                            "\n.\n[\n]\n'\n:\n2\n3\n18\n"
                            "1\nn\nr\n2r\ncoa\nof\nbicyclo\nphosphate\nl\nalan\n##ine\n##"
                            "inate\nit\nfrom\nhas\nrole\n+\nzagreb\n";

static void check(const char *text, const char *const *like, size_t n_like, const char *want) {
    molglot_error err = {0};
    int32_t ids[128];
    mg_str out = {0};
    mg_wordpiece *w = mg_wordpiece_new(vocab, sizeof vocab - 1, &err);
    assert_non_null(w);
    const int32_t n = mg_wordpiece_encode(w, text, strlen(text), ids, 128);
    for (int32_t i = 0; i < n; i++) assert_true(ids[i] != 1);
    assert_int_equal(mg_text_join(w, ids, n, like, n_like, &out), MOLGLOT_OK);
    assert_string_equal(out.s, want);
    mg_str_free(&out);
    mg_wordpiece_free(w);
}

/* What comes out of the pieces of a text is the text, without anything beside. */
static void rules(void **state) {
    (void)state;
    static const char *const same[] = {"The molecule is a hexanyl acid.",
                                       "It is an acid. It has a role.",
                                       "The 2,3-hexan, an acid",
                                       "A phosphate(3-)",
                                       "Bicyclo[2.2.1]hexan",
                                       "Acid 18:1",
                                       "L-alanine",
                                       "An N-alanine of CoA",
                                       "The (2R)-alanine",
                                       ""};
    for (size_t i = 0; i < MG_COUNT(same); i++) check(same[i], NULL, 0, same[i]);
}

/* A text beside that has the same two words says whether a blank is between them; one that has the
 * word, how it is spelled, unless it begins a sentence there. */
static void beside(void **state) {
    (void)state;
    static const char *const like[] = {"An acid from Zagreb. Has it a Role: alaninate(2-)?",
                                       "The alaninate (3-)"};
    check("it is from zagreb.", NULL, 0, "It is from zagreb.");
    check("it is from zagreb.", like, 1, "It is from Zagreb.");
    check("it has a role.", like, 1, "It has a Role.");
    check("an alaninate(3-)", like, 1, "An alaninate(3-)");
    check("an alaninate(3-)", like + 1, 1, "An alaninate (3-)");
}

/* Ids that are none, a piece that would go on without a word before it. */
static void odd_ids(void **state) {
    (void)state;
    molglot_error err = {0};
    const int32_t ids[] = {8, -1, 99, 7};
    mg_str out = {0};
    mg_wordpiece *w = mg_wordpiece_new(vocab, sizeof vocab - 1, &err);
    assert_int_equal(mg_text_join(w, ids, 4, NULL, 0, &out), MOLGLOT_OK);
    assert_non_null(strstr(out.s, "acid"));
    mg_str_free(&out);
    mg_wordpiece_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules), cmocka_unit_test(beside),
                                       cmocka_unit_test(odd_ids)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
