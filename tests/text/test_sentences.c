/* test_sentences.c - the two splitters on sentences as chemistry writes them. */
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

static int join(void *user, const char *s, size_t n) {
    mg_str *out = user;
    mg_str_add(out, s, n);
    mg_str_add(out, "|", 1);
    return 0;
}

/* `expected`: the pieces, each with a bar behind it. */
static void check(const char *text, const char *expected) {
    mg_str out = {0};
    int bars = 0, n = mg_text_sentences(text, strlen(text), join, &out);
    for (const char *c = expected; *c; c++) bars += *c == '|';
    assert_string_equal(out.s ? out.s : "", expected);
    assert_int_equal(n, bars);
    mg_str_free(&out);
}

static void splits_plain_text(void **state) {
    (void)state;
    check("", "");
    check(" \n ", "");
    check("no stop", "no stop|");
    check("It is X. It is Y.", "It is X.|It is Y.|");
    check("  What is it?! An acid...  Found in soil.\n", "What is it?!|An acid...|Found in soil.|");
    check("It is \"toxic.\" The dose matters.", "It is \"toxic.\"|The dose matters.|");
    check("a lower-case start. and so on.", "a lower-case start. and so on.|");
}

static void keeps_numbers_and_abbreviations(void **state) {
    (void)state;
    check("The inhibitor of EC 1.1.1.25 is an acid. It binds.",
          "The inhibitor of EC 1.1.1.25 is an acid.|It binds.|");
    check("An inhibitor of EC 3.4.23.16 (HIV-1 retropepsin). It binds.",
          "An inhibitor of EC 3.4.23.16 (HIV-1 retropepsin).|It binds.|");
    check("Used in foods, e.g. Swiss cheese, at ca. 5 mg. It is safe.",
          "Used in foods, e.g. Swiss cheese, at ca. 5 mg.|It is safe.|");
    check("pKa is 4.2. Soluble.", "pKa is 4.2.|Soluble.|");
    check("Made by E. coli and J. Smith et al. 2001 in the U.S. Army.",
          "Made by E. coli and J. Smith et al. 2001 in the U.S. Army.|");
    check("Isolated from Penicillium sp. It is toxic.",
          "Isolated from Penicillium sp.|It is toxic.|");
    check("Isolated from Streptomyces sp. RK95-74 cultures.",
          "Isolated from Streptomyces sp. RK95-74 cultures.|");
    check("It is a vitamin D. It is fat-soluble.", "It is a vitamin D.|It is fat-soluble.|");
}

static void keeps_names(void **state) {
    (void)state;
    check("It is the (S)-enantiomer of 2,4-D. The (R)-form is inert.",
          "It is the (S)-enantiomer of 2,4-D.|The (R)-form is inert.|");
    check("A bicyclo[2.2.1]heptane. 2-Methylpropane is a gas. (2S)-Alanine too.",
          "A bicyclo[2.2.1]heptane.|2-Methylpropane is a gas.|(2S)-Alanine too.|");
    check("Has a role. alpha-Tocopherol is E. tert-Butanol is not. per cent.",
          "Has a role.|alpha-Tocopherol is E. tert-Butanol is not. per cent.|");
    check("Salts (e.g. of Na. K is rarer) are white. It melts.",
          "Salts (e.g. of Na. K is rarer) are white.|It melts.|");
    check("Formula C6H12O6.H2O as it is.", "Formula C6H12O6.H2O as it is.|");
}

static void splits_where_the_blank_is_missing(void **state) {
    (void)state;
    check("It belongs to the class of styrenes.4-Methylstyrene is found in air.",
          "It belongs to the class of styrenes.|4-Methylstyrene is found in air.|");
    check("It is an ester.Ethyl butyrate is natural.",
          "It is an ester.|Ethyl butyrate is natural.|");
    check("Derives from a cholate(1-).(2R)-Lactate is natural.",
          "Derives from a cholate(1-).|(2R)-Lactate is natural.|");
    check("a phenol.2,4-D is used", "a phenol.|2,4-D is used|");
    check("a saponin.16alpha,17beta-Epoxy too", "a saponin.|16alpha,17beta-Epoxy too|");
    check("a flavone.2'-Hydroxy here.1(15),8(19)-Trinervi",
          "a flavone.|2'-Hydroxy here.|1(15),8(19)-Trinervi|");
    check("from doi.org/10.1016/j.tet.2013.07.029 and strain no.17-4",
          "from doi.org/10.1016/j.tet.2013.07.029 and strain no.17-4|");
    check("see www.Example.com and v1.2 at conc.5-fold",
          "see www.|Example.com and v1.2 at conc.5-fold|");
}

static void remarks_stay_with_their_sentence(void **state) {
    (void)state;
    check("It is toxic. (NCI04) It melts. (NTP, 1992)",
          "It is toxic. (NCI04) It melts. (NTP, 1992)|");
    check("It is toxic. (2S)-Alanine is not. [(2R)-2-oxo]acid.",
          "It is toxic.|(2S)-Alanine is not.|[(2R)-2-oxo]acid.|");
}

static void an_open_bracket_does_not_swallow_the_text(void **state) {
    (void)state;
    mg_str text = {0}, out = {0};
    mg_str_addz(&text, "It is (open and never closed");
    for (int i = 0; i < 60; i++) mg_str_addz(&text, " words");
    mg_str_addz(&text, ". It ends. So does this.");
    assert_int_equal(mg_text_sentences(text.s, text.n, join, &out), 3);
    mg_str_free(&text);
    mg_str_free(&out);
    check("a [2-(oxo)acid. It ends.", "a [2-(oxo)acid.|It ends.|");
    check("closed) too often. It ends.", "closed) too often.|It ends.|");
}

static int stop_at_once(void *user, const char *s, size_t n) {
    (void)s;
    (void)n;
    ++*(int *)user;
    return 1;
}

static void stops_when_told(void **state) {
    (void)state;
    int calls = 0;
    const char *text = "It is one. It is two.";
    assert_int_equal(mg_text_sentences(text, strlen(text), stop_at_once, &calls), 1);
    assert_int_equal(mg_text_sentences_momu("a b c d e.a b c d e.", 20, stop_at_once, &calls), 1);
    assert_int_equal(calls, 2);
    assert_int_equal(mg_text_sentences(text, strlen(text), NULL, NULL), 2);
    assert_int_equal(mg_text_first_sentence("An acid. It burns."), 8);
    assert_int_equal(mg_text_first_sentence("  An acid. It burns."), 10);
    assert_int_equal(mg_text_first_sentence("an acid"), 7);
    assert_int_equal(mg_text_first_sentence(""), 0);
}

static void momu_rule(void **state) {
    (void)state;
    /* Fields on single blanks, leading ones too: the golden file's shape (17, 8, 4, 2 fields: two
     * pieces are usable). */
    const char *text = "it is a thing that has acid in it and one of the parts is set anew. It has "
                       "a role as an agent. It is X. \n";
    mg_str out = {0};
    assert_int_equal(mg_text_sentences_momu(text, strlen(text), join, &out), 2);
    assert_string_equal(out.s, "it is a thing that has acid in it and one of the parts is set "
                               "anew| It has a role as an agent|");
    mg_str_free(&out);
    assert_int_equal(mg_text_sentences_momu("    .", 5, NULL, NULL), 1);
    assert_int_equal(mg_text_sentences_momu("a b c d", 7, NULL, NULL), 0);
    assert_int_equal(mg_text_sentences_momu("a b\0c d e", 9, NULL, NULL), 0);
    assert_int_equal(mg_text_sentences_momu("", 0, NULL, NULL), 0);
    assert_int_equal(mg_text_sentences_momu("EC 1.1.1.25 is one of them", 26, NULL, NULL), 1);
}

/* The golden file, where the checkout has its data folder beside it. */
static void momu_golden(void **state) {
    (void)state;
    const char *path = MG_SOURCE_DIR "/../shared/golden/momu/sentences.json";
    if (access(path, R_OK)) skip();
    json_t *golden = json_load_file(path, 0, NULL);
    const char *text = json_string_value(json_object_get(golden, "text"));
    assert_non_null(text);
    assert_int_equal(mg_text_sentences_momu(text, strlen(text), NULL, NULL),
                     json_integer_value(json_object_get(golden, "usable_pieces")));
    json_decref(golden);
}

/* The lists of the careful rule, each of their words. */
static void words_of_the_rule(void **state) {
    (void)state;
    static const char *const abbreviations[] = {
        "e.g", "i.e",  "cf",    "vs",   "ca",  "etc",  "al",   "approx", "resp", "incl",
        "fig", "figs", "no",    "nos",  "ref", "refs", "eq",   "sp",     "spp",  "subsp",
        "ssp", "var",  "cv",    "str",  "dr",  "mr",   "mrs",  "prof",   "st",   "inc",
        "ltd", "co",   "corp",  "conc", "max", "min",  "temp", "mol",    "wt",   "vol",
        "ed",  "eds",  "syn",   "nov",  "gen", "aff",  "i.v",  "i.p",    "i.m",  "s.c",
        "p.o", "u.s",  "a.k.a", "n.b",  "viz", "m.p",  "b.p",  "X",      "x"};
    static const char *const openers[] = {"It", "The", "This", "These",   "They", "A",
                                          "An", "In",  "Its",  "However", "For",  "As"};
    static const char *const prefixes[] = {
        "alpha-", "beta-", "gamma-", "delta-", "epsilon-", "omega-", "cis-",
        "trans-", "tert-", "sec-",   "iso-",   "meso-",    "rac-",   "ent-",
        "n-",     "m-",    "o-",     "p-",     "d-",       "l-",     "all-"};
    char text[200];
    for (size_t i = 0; i < MG_COUNT(abbreviations); i++) {
        snprintf(text, sizeof text, "made of %s. Smith kind", abbreviations[i]);
        assert_int_equal(mg_text_sentences(text, strlen(text), NULL, NULL), 1);
        text[8] &= (char)~0x20; /* however it is written */
        assert_int_equal(mg_text_sentences(text, strlen(text), NULL, NULL), 1);
        snprintf(text, sizeof text, "made of q%sq. Smith kind", abbreviations[i]);
        assert_int_equal(mg_text_sentences(text, strlen(text), NULL, NULL), 2);
        for (size_t k = 0; k < MG_COUNT(openers) && i == 0; k++) {
            snprintf(text, sizeof text, "made (of %s. %s kind", abbreviations[i], openers[k]);
            assert_int_equal(mg_text_sentences(text, strlen(text), NULL, NULL), 2);
            snprintf(text, sizeof text, "made (of %s. %sx kind", abbreviations[i], openers[k]);
            assert_int_equal(mg_text_sentences(text, strlen(text), NULL, NULL), 1);
        }
    }
    for (size_t i = 0; i < MG_COUNT(prefixes); i++) {
        snprintf(text, sizeof text, "made of salt. %sxylene", prefixes[i]);
        assert_int_equal(mg_text_sentences(text, strlen(text), NULL, NULL), 2);
        snprintf(text, sizeof text, "made of salt. q%sxylene", prefixes[i]);
        assert_int_equal(mg_text_sentences(text, strlen(text), NULL, NULL), 1);
    }
}

/* n bytes x between two strings: how many sentences. */
static int with_run(const char *before, int n, const char *behind) {
    mg_str s = {0};
    mg_str_addz(&s, before);
    for (int i = 0; i < n; i++) mg_str_addz(&s, "x");
    mg_str_addz(&s, behind);
    const int given = mg_text_sentences(s.s, s.n, NULL, NULL);
    mg_str_free(&s);
    return given;
}

static void spans_of_the_rule(void **state) {
    (void)state;
    /* a stop 240 bytes behind an open bracket is inside it, the next one is not */
    assert_int_equal(with_run("open (", 239, ". Next"), 1);
    assert_int_equal(with_run("open (", 240, ". Next"), 2);
    assert_int_equal(with_run("open (", 240, " [e.g. Swiss cheese"), 1);
    /* where no blank is: a hyphen among the first 40 bytes makes a name of digits */
    assert_int_equal(with_run("abc.4", 38, "-y"), 2);
    assert_int_equal(with_run("abc.4", 39, "-y"), 1);
    /* three small letters or a closing bracket before */
    check("abc.4-Me", "abc.|4-Me|");
    check("ab.4-Me", "ab.4-Me|");
    check("Abc.4-Me", "Abc.4-Me|");
    check("aBc.4-Me", "aBc.4-Me|");
    check("abC.4-Me", "abC.4-Me|");
    check("a).4-Me", "a).|4-Me|");
    check("abc.4 -Me", "abc.4 -Me|");
    check("abc.me", "abc.me|");
    check("abc.\xC3\xA9t", "abc.\xC3\xA9t|");
    check("\xC3\xA9\xC3\xA9.4-Me", "\xC3\xA9\xC3\xA9.|4-Me|");
    check("az.Zz. Az. zA", "az.Zz.|Az. zA|");
    check("A thing. 'Quoted' it. \"So\" too. 0 is last. 9 too", "A thing.|'Quoted' it.|\"So\" "
                                                                "too.|0 is last.|9 too|");
    check("It ends.\tIt\rends.\nIt goes", "It ends.|It\rends.|It goes|");
    check("of a salt. [sic] {x}y-ol", "of a salt. [sic] {x}y-ol|");
    check("of a salt. {x}y-ol", "of a salt.|{x}y-ol|");
}

static void survives_long_input(void **state) {
    (void)state;
    const char *units[] = {".", "(", ")", "A. ", ". ", "\xff.", "a.B"};
    char *text = malloc(3000000);
    for (size_t u = 0; u < MG_COUNT(units); u++) {
        size_t k = strlen(units[u]), n = 1000000 * k;
        for (size_t i = 0; i < n; i += k) memcpy(text + i, units[u], k);
        assert_true(mg_text_sentences(text, n, NULL, NULL) >= 1);
        assert_true(mg_text_sentences_momu(text, n, NULL, NULL) >= 0);
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_plain_text),
        cmocka_unit_test(keeps_numbers_and_abbreviations),
        cmocka_unit_test(keeps_names),
        cmocka_unit_test(splits_where_the_blank_is_missing),
        cmocka_unit_test(remarks_stay_with_their_sentence),
        cmocka_unit_test(an_open_bracket_does_not_swallow_the_text),
        cmocka_unit_test(words_of_the_rule),
        cmocka_unit_test(spans_of_the_rule),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(momu_rule),
        cmocka_unit_test(momu_golden),
        cmocka_unit_test(survives_long_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
