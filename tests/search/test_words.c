/* test_words.c - a question's words, which of them count, its core; names as they are compared;
 * what is said of a hit. */
#include "../must.h"
#include "search/inside.h"

static molglot_error err;

/* "a B c": the words, those that count as capitals; the core in brackets. */
static void reads(const char *question, const char *expected) {
    mg_wording w;
    char got[400] = "";
    size_t n = 0;
    must(mg_wording_read(&w, question, &err), &err);
    for (size_t i = 0; i < w.n; i++) {
        const mg_question_word *q = &w.words[i];
        if (i) got[n++] = ' ';
        if (i == w.core) got[n++] = '[';
        for (uint32_t k = 0; k < q->n; k++)
            got[n++] = (char)(w.folded[q->at + k] & (q->content < 0 ? ~0 : ~32));
        if (i + 1 == w.core_end) got[n++] = ']';
    }
    got[n] = 0;
    if (strcmp(got, expected)) fail_msg("%s: %s, not %s", question, got, expected);
    mg_wording_free(&w);
}

static void words_that_count(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"  , ", ""},
        {"an acid", "an [ACID]"},
        {"show me the acid of it", "show me the [ACID] of it"},
        {"acid of the ring that", "[ACID of the RING] that"},
        {"vitamin A", "[VITAMIN A]"}, /* no article */
        {"a vitamin", "a [VITAMIN]"},
        {"acid without oxygen", "[ACID without oxygen]"},
        {"acid without oxygen but with sulfur", "[ACID without oxygen but with SULFUR]"},
        {"no oxygen", "[no oxygen]"},
        {"not lacking oxygen that burns", "[not lacking oxygen that BURNS]"},
        {"except acids", "[except acids]"},
        {"of the", "[OF THE]"}, /* no others */
        {"compounds", "[COMPOUNDS]"},
        {"acids containing compounds", "[ACIDS] containing compounds"},
        {"Acid ACID acid", "[ACID ACID ACID]"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) reads(cases[i][0], cases[i][1]);
}

static void content_words(void **state) {
    (void)state;
    mg_wording w;
    must(mg_wording_read(&w, "acid ring acids the ring acid", &err), &err);
    assert_int_equal(w.n, 6);
    assert_int_equal(w.n_content, 2);
    static const int content[] = {0, 1, 0, -1, 1, 0};
    for (int i = 0; i < 6; i++) assert_int_equal(w.words[i].content, content[i]);
    mg_wording_free(&w);
    mg_str s = {0};
    for (int i = 0; i < 70; i++) mg_str_addf(&s, "x%d ", i); /* 64 count */
    must(mg_wording_read(&w, s.s, &err), &err);
    assert_int_equal(w.n, 70);
    assert_int_equal(w.n_content, MG_CONTENT_WORDS);
    for (int i = 0; i < 70; i++) assert_int_equal(w.words[i].content, i < 64 ? i : -1);
    mg_wording_free(&w);
    mg_str_free(&s);
}

/* A plural's s is no part of a word of four letters and more, but for ss, is, us. */
static void plurals(void **state) {
    (void)state;
    static const char *const same[][2] = {{"acids", "acid"}, {"rats", "rat"}, {"Acids", "aCID"}},
                             *const other[][2] = {{"gas", "ga"},     {"glass", "glas"},
                                                  {"basis", "basi"}, {"virus", "viru"},
                                                  {"acid", "acie"},  {"acidss", "acid"},
                                                  {"ab c", "abc"}};
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < (k ? MG_COUNT(other) : MG_COUNT(same)); i++) {
            const char *a = k ? other[i][0] : same[i][0], *b = k ? other[i][1] : same[i][1], *at;
            size_t n;
            const uint64_t x = mg_next_word(&a, &at, &n), y = mg_next_word(&b, &at, &n);
            assert_true(x && y && (x == y) == !k);
        }
    const char *s = " -a1,B\xC3\xA9z2 ", *at;
    static const char *const words[] = {"a1", "B", "z2"};
    for (int i = 0; i < 3; i++) {
        size_t n;
        assert_true(mg_next_word(&s, &at, &n) != 0);
        assert_true(n == strlen(words[i]) && !memcmp(at, words[i], n));
    }
    size_t n;
    assert_true(mg_next_word(&s, &at, &n) == 0);
}

static void names(void **state) {
    (void)state;
    static const struct {
        const char *name, *plain;
    } cases[] = {{"Acetic Acid", "acetic acid"},
                 {"acetic-acid", "acetic acid"},
                 {"__acetic \t acid--", "acetic acid"},
                 {"AZaz09@[`{", "azaz09@[`{"},
                 {"", ""},
                 {" - ", ""},
                 {"(2S)-x", "(2s) x"}};
    mg_str out = {0};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        const uint64_t key = mg_name_key(cases[i].name, strlen(cases[i].name), &out);
        if (strlen(cases[i].plain) != out.n || (out.n && memcmp(out.s, cases[i].plain, out.n)))
            fail_msg("%s: %s", cases[i].name, out.s);
        assert_true((key != 0) == (*cases[i].plain != 0));
    }
    mg_str_free(&out);
    mg_wording a, b;
    must(mg_wording_read(&a, "show me the Acetic-acid", &err), &err);
    must(mg_wording_read(&b, "acetic acid", &err), &err);
    assert_true(a.core_key == b.core_key && b.key == b.core_key && a.key != b.key);
    mg_wording_free(&a);
    mg_wording_free(&b);
    /* the core keeps the brackets and locants of its words */
    must(mg_wording_read(&a, "the (2S)-valine of", &err), &err);
    must(mg_wording_read(&b, "(2s) valine", &err), &err);
    assert_true(a.core_key == b.core_key);
    mg_wording_free(&a);
    mg_wording_free(&b);
}

static void reasons(void **state) {
    (void)state;
    static const struct {
        unsigned why;
        uint64_t words;
        const char *said;
    } cases[] = {
        {0, 0, ""},
        {MG_WHY_NAME, 0, "name"},
        {MG_WHY_NAME | MG_WHY_SPELLING, 0, "name, spelt otherwise"},
        {MG_WHY_SPELLING, 0, ""},
        {MG_WHY_TEXT, 0, "text"},
        {MG_WHY_TEXT, 1, "text: acids"},
        {MG_WHY_TEXT, 2, "text: ring"},
        {MG_WHY_TEXT, 3, "text: acids ring"},
        {MG_WHY_MOLECULE, 3, "molecule"},
        {MG_WHY_MOLECULE | MG_WHY_TEXT | MG_WHY_NAME, 2, "name; text: ring; molecule"},
        {MG_WHY_KNOWN, 0, "name: Acids of a ring, acid (a table)"},
        {MG_WHY_KNOWN | MG_WHY_NAME, 0, "name: Acids of a ring, acid (a table)"},
        {MG_WHY_KNOWN_STEREO, 0, "name: Acids of a ring, acid, other stereo (a table)"},
        {MG_WHY_KNOWN_CHARGE | MG_WHY_MOLECULE, 0,
         "name: Acids of a ring, acid, other charge (a table); molecule"},
    };
    const mg_question q = {.words = "Acids of a ring, acid", .known_from = "a table"};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        mg_str s = {0};
        mg_str_addz(&s, "");
        const mg_found f = {.why = cases[i].why, .words = cases[i].words};
        mg_find_why(&q, &f, &s);
        if (strcmp(s.s, cases[i].said))
            fail_msg("%u: %s, not %s", cases[i].why, s.s, cases[i].said);
        mg_str_free(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_that_count),
                                       cmocka_unit_test(content_words), cmocka_unit_test(plurals),
                                       cmocka_unit_test(names), cmocka_unit_test(reasons)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
