/* test_join.c - word pieces to a text: rules for blanks and capitals, what a text beside says. */
#include "../must.h"
#include "text/text.h"

#include <stdint.h>

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
                                       "A phosphate(3+)",
                                       "A phosphate(3)",
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

/* Joins pieces that stand with blanks between them, each one of the vocabulary. */
static void check_pieces(const char *pieces, const char *const *like, size_t n_like,
                         const char *want) {
    molglot_error err = {0};
    int32_t ids[64], n = 0;
    char words[64][16];
    mg_str all = {0}, out = {0};
    mg_str_addz(&all, "[PAD]\n[UNK]\n");
    for (const char *at = pieces; *at; n++) {
        const size_t length = strcspn(at, " ");
        int32_t k = 0;
        assert_true(length < 16 && n < 64);
        memcpy(words[n], at, length);
        words[n][length] = 0;
        while (strcmp(words[k], words[n])) k++;
        ids[n] = k < n ? ids[k] : 2;
        for (int32_t i = 0; i < n && k == n; i++)
            if (ids[i] >= ids[n]) ids[n] = ids[i] + 1;
        if (k == n) mg_str_addf(&all, "%s\n", words[n]);
        at += length + (at[length] == ' ');
    }
    mg_wordpiece *w = must_have(mg_wordpiece_new(all.s, all.n, &err), &err);
    must(mg_text_join(w, ids, n, like, n_like, &out), &err);
    if (strcmp(out.s, want)) fail_msg("'%s' is '%s', not '%s'", pieces, out.s, want);
    mg_str_free(&out);
    mg_str_free(&all);
    mg_wordpiece_free(w);
}

/* Blanks and capitals of names, numbers and marks. */
static void marks_and_numbers(void **state) {
    (void)state;
    static const struct {
        const char *pieces, *text;
    } cases[] = {
        {"alaninate ( 3 - )", "Alaninate(3-)"},
        {"alaninate ( 3 + )", "Alaninate(3+)"},
        {"alaninate ( 3 - x", "Alaninate (3-x"},
        {"alaninate ( a - )", "Alaninate (a-)"},
        {"acid ( 12 )", "Acid(12)"},
        {"acid ( 12a )", "Acid (12a)"},
        {"acid ( 12", "Acid (12"},
        {"acid [ 2 . 2 . 1 ]", "Acid[2.2.1]"},
        {"acid [ a ]", "Acid [a]"},
        {"acid 18 : 1", "Acid 18:1"},
        {"acid : 1", "Acid: 1"},
        {"18 : acid", "18: acid"},
        {"a , b", "A,b"},
        {"acid , b", "Acid, b"},
        {"2 , 3", "2,3"},
        {"acid , 3", "Acid, 3"},
        {"acid , ring", "Acid, ring"},
        {"2 , ring", "2, ring"},
        {"2 ' , 3", "2',3"},
        {", 3", ", 3"},
        {"[ 2 ] ab", "[2] ab"},
        {"[ 2 ] hex", "[2]hex"},
        {"x - ( a ) hex", "X-(a)hex"},
        {"x - ( a ) is", "X-(a) is"},
        {"x - ( a ) ( b )", "X-(a) (b)"},
        {"x - ( a ) [ b ]", "X-(a) [b]"},
        {"acid ( a ) hexan", "Acid (a) hexan"},
        {"acid . it is", "Acid. It is"},
        {"2 . 3", "2.3"},
        {"2 . it", "2. It"},
        {"acid . 3", "Acid. 3"},
        {"is it ?", "Is it?"},
        {"it is ! a", "It is! a"},
        {"50 %", "50%"},
        {"acid / ring", "Acid/ring"},
        {"acid = ring", "Acid=ring"},
        {"acid ~ ring * 2 > 3", "Acid~ring*2>3"},
        {"{ acid } is", "{acid} is"},
        {"acid ; ring", "Acid; ring"},
        {"an acid ' s", "An acid' s"},
        {"acid (x ring", "Acid (x ring"},
        {"acid .x ring", "Acid .x ring"},
        {"acid ]x ring", "Acid ]x ring"},
        /* stereo and locants are written large */
        {"the ( 2r ) - acid", "The (2R)-acid"},
        {"the ( 2r , 3s , 4e , 5z ) - acid", "The (2R,3S,4E,5Z)-acid"},
        {"the ( r ) - acid", "The (R)-acid"},
        {"the ( 2x ) acid", "The (2x) acid"},
        {"an 2r acid", "An 2r acid"},
        {"an 2r - acid", "An 2r-acid"},
        {"an ( 2r - acid", "An (2r-acid"},
        {"an n , n - acid", "An N,N-acid"},
        {"an n - acid", "An N-acid"},
        {"an o - acid", "An O-acid"},
        {"an l - acid", "An L-acid"},
        {"an d - acid", "An D-acid"},
        {"an x - acid", "An x-acid"},
        {"an 2n - acid", "An 2n-acid"},
        {"an n acid", "An n acid"},
        {"an nn - acid", "An nn-acid"},
        /* words with one spelling */
        {"an nad acid", "An NAD acid"},
        {"an nads acid", "An nads acid"},
        {"an na acid", "An na acid"},
        {"its ph", "Its pH"},
        {"a mesh term", "A MeSH term"},
        {"a coa", "A CoA"},
        /* pieces that go on */
        {"hex ##an ##yl acid", "Hexanyl acid"},
        {"##an acid", "##an acid"},
        {"a ## b", "A ## b"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        check_pieces(cases[i].pieces, NULL, 0, cases[i].text);
}

/* Texts beside: more places with a blank than without say that there is one, a place with the same
 * word before counts more than all others; so does a spelling; sentences' beginnings say nothing.
 */
static void what_texts_beside_say(void **state) {
    (void)state;
    static const char *const two[] = {"hexan (3-), hexan (3-), an hexan(3-)"},
                             *const roles[] = {"It has a ROLE. It is the Role."},
                             *const begins[] = {"Zagreb is. Zagreb"},
                             *const cut[] = {"it is an acid", "ring"},
                             *const even[] = {"x hexan (3-) or y hexan(3-)"};
    check_pieces("an hexan ( 3 - )", two, 1, "An hexan(3-)");
    check_pieces("a hexan ( 3 - )", two, 1, "A hexan (3-)");
    check_pieces("hexan ( 3 - )", two, 1, "Hexan (3-)");
    check_pieces("the role", roles, 1, "The Role");
    check_pieces("a role", roles, 1, "A ROLE");
    check_pieces("an role", roles, 1, "An ROLE");
    check_pieces("an zagreb", begins, 1, "An zagreb");
    check_pieces("an acid ring", cut, 2, "An acid ring");
    check_pieces("a hexan ( 3 - )", even, 1, "A hexan(3-)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules), cmocka_unit_test(beside), cmocka_unit_test(odd_ids),
        cmocka_unit_test(marks_and_numbers), cmocka_unit_test(what_texts_beside_say)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
