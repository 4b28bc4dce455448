/* test_ngrams.c - the families of ngrams.c: which features a text has, counted, folded and kept
 * inside sentences. */
#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t features(const char *text, const char *families, mg_ngram **out) {
    size_t n;
    assert_int_equal(mg_text_ngrams(text, strlen(text), families, out, &n, NULL), MOLGLOT_OK);
    for (size_t i = 1; i < n; i++) assert_true((*out)[i - 1].hash < (*out)[i].hash);
    return n;
}

static float count_of(const char *text, const char *families, uint32_t hash) {
    mg_ngram *f;
    size_t n = features(text, families, &f);
    float count = 0;
    for (size_t i = 0; i < n; i++)
        if (f[i].hash == hash) count = f[i].count;
    free(f);
    return count;
}

static uint64_t part(const char *s) { return mg_hash64(s, strlen(s), 0); }

/* How often a token (two or three joined by '|') is a feature of that family. */
static float times(const char *text, char family, const char *token) {
    char letters[2] = {family, 0}, copy[256];
    uint64_t parts[3];
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", token);
    for (char *save, *t = strtok_r(copy, "|", &save); t; t = strtok_r(NULL, "|", &save))
        parts[n++] = part(t);
    uint64_t h = family >= '3' && family <= '6'
                     ? mg_hash64(token, strlen(token), (uint8_t)family)
                     : mg_hash64(parts, n * sizeof *parts, (uint8_t)family);
    return count_of(text, letters, (uint32_t)(h >> 32));
}

static size_t distinct(const char *text, const char *families) {
    mg_ngram *f;
    size_t n = features(text, families, &f);
    free(f);
    return n;
}

static bool same(const char *a, const char *b, const char *families) {
    mg_ngram *f, *g;
    size_t n = features(a, families, &f), m = features(b, families, &g);
    bool equal = n == m && !memcmp(f, g, n * sizeof *f);
    free(f);
    free(g);
    return equal;
}

static void words(void **state) {
    (void)state;
    const char *text = "An acid; the acid (2S)-form, an ACID.";
    assert_int_equal(distinct(text, "w"), 4);
    assert_float_equal(times(text, 'w', "acid"), 3, 0);
    assert_float_equal(times(text, 'w', "(2s)-form"), 1, 0);
    assert_float_equal(times(text, 'b', "an|acid"), 2, 0);
    assert_float_equal(times(text, 'b', "acid|an"), 0, 0);
    assert_float_equal(times(text, 't', "an|acid|the"), 1, 0);
    assert_float_equal(times(text, 's', "an|the"), 1, 0);
    assert_int_equal(distinct("one", "bts"), 0);
}

static void pieces(void **state) {
    (void)state;
    const char *text = "a 3beta,12a-dihydroxy-4'-oxo acid";
    assert_float_equal(times(text, 'p', "3"), 1, 0);
    assert_float_equal(times(text, 'p', "beta"), 1, 0);
    assert_float_equal(times(text, 'p', "12a"), 1, 0);
    assert_float_equal(times(text, 'p', "4'"), 1, 0);
    assert_float_equal(times(text, 'p', "acid"), 0, 0); /* the word itself: family w has it */
    assert_float_equal(times(text, 'q', "oxo|acid"), 1, 0);
    assert_float_equal(times(text, 'r', "4'|oxo|acid"), 1, 0);
}

static void locants(void **state) {
    (void)state;
    struct {
        const char *text;
        size_t n;
        const char *found[6];
    } cases[] = {
        {"(2S,3R)-2-aminobutanoate(2-)", 3, {"(2s,3r)", "2", "(2-)"}},
        {"1,2-dichloro-N-methyl", 2, {"1,2", "n"}},
        {"TG(24:1(9Z)/16:0/18:0)", 4, {"24:1", "(9z)", "16:0", "18:0"}},
        {"bicyclo[2.2.1]hept-2-ene", 2, {"[2.2.1]", "2"}},
        {"N-(2-{[5-(methyl)]}amino)", 3, {"n", "2", "5"}},
        {"beta-D-Gal-(1->4)-D-Glc", 2, {"d", "(1->4)"}},
        {"C10H12O2 and a group", 1, {"c10h12o2"}},
        {"charge of 2+", 1, {"2+"}},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        if (distinct(cases[i].text, "l") != cases[i].n)
            fail_msg("%s: %zu", cases[i].text, distinct(cases[i].text, "l"));
        for (size_t k = 0; k < cases[i].n; k++)
            if (times(cases[i].text, 'l', cases[i].found[k]) < 1)
                fail_msg("%s: no %s", cases[i].text, cases[i].found[k]);
    }
}

static void locants_at_groups(void **state) {
    (void)state;
    uint64_t behind[3] = {part("2"), part("chloro"), 0}, before[3] = {part("2"), part("methyl"), 1};
    const char *text = "methyl-2-chloro";
    assert_int_equal(distinct(text, "a"), 2);
    assert_float_equal(count_of(text, "a", (uint32_t)(mg_hash64(behind, sizeof behind, 'a') >> 32)),
                       1, 0);
    assert_float_equal(count_of(text, "a", (uint32_t)(mg_hash64(before, sizeof before, 'a') >> 32)),
                       1, 0);
}

/* The same numbers, said in other ways. */
static void numbers(void **state) {
    (void)state;
    const char *s = "2,4-dichlorophenyl";
    assert_true(times(s, 'n', "at|2|chloro") == 1 && times(s, 'n', "at|4|chloro") == 1 &&
                times(s, 'n', "count|2|chloro") == 1);
    assert_int_equal(distinct(s, "n"), 3);
    static const char *const two[] = {"It has two chlorine atoms.", "dichlorobenzene",
                                      "It has 2 chloro groups.", "1,3-dichloropropane",
                                      "a pair chlorides"};
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        if (times(two[i], 'n', "count|2|chloro") != 1) fail_msg("%s", two[i]);
    static const char *const chains[] = {
        "octadecanoic acid",       "a C18 acid",   "18:1",     "stearic acid", "(9Z)-octadecenoate",
        "an octadecadienoic acid", "octadecanoyl", "octadecyl"};
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
        if (times(chains[i], 'n', "chain|18") != 1) fail_msg("%s", chains[i]);
    assert_true(times("18:1", 'n', "double|1") == 1);
    assert_true(times("octadecenoic", 'n', "double|1") == 1);
    assert_true(times("octadecadienoic", 'n', "double|2") == 1);
    assert_true(times("hexanoic", 'n', "chain|6") == 1);
    assert_true(times("hexahydroxy", 'n', "chain|6") == 0);
    assert_true(times("hexahydroxy", 'n', "count|6|hydrox") == 1);
    assert_true(times("3-bromophenyl", 'n', "at|3|bromo") == 1);
    assert_true(times("3-hydroxy 4-methyl", 'n', "at|3|hydrox") == 1);
    assert_true(times("3-hydroxy 4-methyl", 'n', "at|3|methyl") == 0);
    assert_int_equal(distinct("an ester of an alcohol", "n"), 0);
    assert_int_equal(distinct("", "n"), 0);
    assert_int_equal(distinct("12345678901-hydroxy", "n"), 0);
    assert_int_equal(distinct("12", "n"), 0);
}

/* All that a text says with numbers: features, blanks between. */
static void says(const char *text, const char *all) {
    char copy[600];
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", all);
    for (char *save, *t = strtok_r(copy, " ", &save); t; t = strtok_r(NULL, " ", &save), n++)
        if (times(text, 'n', t) != 1) fail_msg("%s: %s %g times", text, t, times(text, 'n', t));
    if (distinct(text, "n") != n) fail_msg("%s: %zu features", text, distinct(text, "n"));
}

/* Digits of a number, letters of a group, locants of a word, carbons of a chain. */
static void numbers_at_their_bounds(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"1234-methyl", "at|1234|methyl count|1|methyl"},
        {"12345-methyl", ""},
        {"0-methyl", "at|0|methyl count|1|methyl"},
        {"2-oxo", ""},
        {"2-thio", "at|2|thio count|1|thio"},
        {"2,3-dioxo", "at|2|dioxo at|3|dioxo count|2|dioxo"},
        {"dioxo", ""},
        {"dithio", "count|2|thio"},
        {"2,3-dithio", "at|2|thio at|3|thio count|2|thio"},
        {"2-dithio", "at|2|thio count|2|thio"},
        {"4-iodophenyl", "at|4|iodo count|1|iodo"},
        {"4-bromo", "at|4|bromo count|1|bromo"},
        {"2-iodo", "at|2|iodo count|1|iodo"},
        {"2-ethenyl", "at|2|etheny count|1|etheny"},
        {"1,2,3,4,5,6,7,8,9,10,11,12-methyl",
         "at|1|methyl at|2|methyl at|3|methyl at|4|methyl at|5|methyl at|6|methyl at|7|methyl "
         "at|8|methyl at|9|methyl at|10|methyl at|11|methyl at|12|methyl count|12|methyl"},
        {"1,2,3,4,5,6,7,8,9,10,11,12,13-methyl", "at|13|methyl count|1|methyl"},
        {"12 rings", "count|12|rings"},
        {"2 3 rings", "count|3|rings"},
        {"2 oxo", ""},
        {"two oxo", ""},
        {"two", ""},
        {"twofold rings", ""},
        {"C1 acid", ""},
        {"C2 acid", "chain|2"},
        {"C60 cage", "chain|60"},
        {"C61 cage", ""},
        {"D18 cage", ""},
        {"1:1", ""},
        {"2:0", "chain|2"},
        {"18:1", "chain|18 double|1"},
        {"60:6", "chain|60 double|6"},
        {"61:6", ""},
        {"18-1", ""},
        {"capric", ""},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) says(cases[i][0], cases[i][1]);
}

static void words_of_numbers(void **state) {
    (void)state;
    static const struct {
        const char *words;
        int first;
    } counted[] = {{"one two three four five six seven eight nine ten eleven twelve", 1},
                   {"single pair", 1}},
      prefixes[] = {{"mono di tri tetra penta hexa hepta octa nona deca", 1},
                    {"bis tris tetrakis", 2}},
      chains[] = {{"but pent hex hept oct non dec undec dodec tridec tetradec pentadec hexadec "
                   "heptadec octadec nonadec icos henicos docos tricos tetracos pentacos hexacos "
                   "heptacos octacos nonacos triacont",
                   4},
                  {"eicos heneicos", 20}},
      doubles[] = {{"an en adien atrien atetraen apentaen ahexaen", 0}},
      acids[] = {{"lauric", 12},    {"myristic", 14}, {"palmitic", 16},  {"stearic", 18},
                 {"oleic", 18},     {"oleoyl", 18},   {"oleate", 18},    {"linoleic", 18},
                 {"arachidic", 20}, {"behenic", 22},  {"lignoceric", 24}};
    static const char *const no_double[] = {"yl", "oyl", "oic", "oate", "oxy", "yn"};
    char text[80], feature[40], copy[300];
#define EACH(table, print_text, print_feature, check)                                          \
    for (size_t i = 0; i < MG_COUNT(table); i++) {                                             \
        int v = table[i].first;                                                                \
        snprintf(copy, sizeof copy, "%s", table[i].words);                                     \
        for (char *save, *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) { \
            snprintf(text, sizeof text, print_text, w);                                        \
            snprintf(feature, sizeof feature, print_feature, v++);                             \
            if (!(check)) fail_msg("%s: no %s", text, feature);                                \
        }                                                                                      \
    }
    EACH(counted, "%s rings", "count|%d|rings", times(text, 'n', feature) == 1)
    EACH(prefixes, "%smethyl", "count|%d|methyl",
         times(text, 'n', feature) == 1 && distinct(text, "n") == 1)
    EACH(chains, "%sanoic", "chain|%d", times(text, 'n', feature) == 1)
    EACH(doubles, "octadec%soic", "double|%d",
         times(text, 'n', feature) == (v > 1) && times(text, 'n', "chain|18") == 1)
    EACH(acids, "%s acid", "chain|%d", times(text, 'n', feature) == 1 && distinct(text, "n") == 1)
#undef EACH
    for (size_t i = 0; i < MG_COUNT(no_double); i++) {
        snprintf(text, sizeof text, "icos%s", no_double[i]);
        says(text, "chain|20");
    }
}

static void characters(void **state) {
    (void)state;
    assert_int_equal(distinct("oxo", "3"), 3); /* <ox oxo xo> */
    assert_float_equal(times("oxo", '3', "<ox"), 1, 0);
    assert_float_equal(times("oxo", '5', "<oxo>"), 1, 0);
    assert_int_equal(distinct("oxo", "6"), 0);
    assert_int_equal(distinct("o", "456"), 0);
    assert_float_equal(times("2-oxo-3-oxo", '3', "oxo"), 2, 0);
    assert_float_equal(times("\xe6\xb0\xb4\xe9\x85\xb8", '4', "<\xe6\xb0\xb4\xe9\x85\xb8>"), 1, 0);
    assert_int_equal(distinct("oxo", "345"), 6);
}

static void folding(void **state) {
    (void)state;
    assert_true(same("3\xce\xb2-Hydroxy", "3beta-hydroxy", "w345l")); /* Greek letter */
    assert_true(same("4\xe2\x80\xb2\xe2\x80\x93O", "4'-o", "w345l")); /* prime, en dash */
    assert_true(same("CO\xe2\x82\x82", "co2", "w345l"));              /* subscript */
    /* accent, no-break blank */
    assert_true(same("na\xc3\xafve\xc2\xa0oil", "naive oil", "wb345"));
    assert_true(same("an\xff oil\xef\xbf\xbd", "an oil", "wb345")); /* damaged UTF-8 */
    assert_false(same("\xce\xbcg", "mug", "w"));
}

static void sentences_stay_apart(void **state) {
    (void)state;
    const char *text = "It derives from a phenol. It has a role.";
    assert_float_equal(times(text, 'b', "phenol|it"), 0, 0);
    assert_float_equal(times(text, 'b', "a|phenol"), 1, 0);
    uint64_t tagged[2] = {7, part("phenol")}, role[2] = {0, part("role")};
    /* the second sentence says "role" with every word */
    assert_int_equal(distinct(text, "h"), 5);
    assert_float_equal(count_of(text, "h", (uint32_t)(mg_hash64(tagged, sizeof tagged, 'h') >> 32)),
                       1, 0);
    assert_float_equal(count_of(text, "h", (uint32_t)(mg_hash64(role, sizeof role, 'h') >> 32)), 0,
                       0);
}

static void odd_input(void **state) {
    (void)state;
    mg_ngram *out;
    size_t n;
    molglot_error err;
    assert_int_equal(mg_text_ngrams("acid", 4, "wx", &out, &n, &err), MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "'x'"));
    assert_null(out);
    assert_int_equal(distinct("", "wbtspqrlhan3456"), 0);
    assert_int_equal(distinct("acid", ""), 0);
    assert_int_equal(mg_text_ngrams("a\0b", 3, "w", &out, &n, &err), MOLGLOT_OK);
    assert_int_equal(n, 2);
    free(out);
    /* 11 trigrams, two of them twice */
    assert_int_equal(distinct("((((]]]]//-.,:;", "wl3"), 1 + 9);
}

static void survives_long_and_random_input(void **state) {
    (void)state;
    const char *units[] = {"a", "1", "(", "1,", "a.", "(1)", "\xce\xb2", "\xff", "'", "a1"};
    char *text = malloc(2000000);
    for (size_t u = 0; u < MG_COUNT(units) + 1; u++) {
        size_t k = u < MG_COUNT(units) ? strlen(units[u]) : 1, n = 200000 * k, count;
        mg_rng r = {11, 0, 0};
        for (size_t i = 0; i < n; i += k) {
            if (u < MG_COUNT(units))
                memcpy(text + i, units[u], k);
            else
                text[i] = (char)mg_rng_below(&r, 256);
        }
        mg_ngram *out;
        assert_int_equal(mg_text_ngrams(text, n, "wbtspqrlhan3456", &out, &count, NULL),
                         MOLGLOT_OK);
        free(out);
    }
    free(text);
}

/* Two lists have in common what they have in another order. */
static void grams_in_common(void **state) {
    (void)state;
    const int32_t up[] = {1, 2, 3}, down[] = {2, 1, 3}, two[] = {5, 4}, turned[] = {4, 5};
    const struct {
        const int32_t *a, *b;
        int32_t n, singles, pairs;
    } cases[] = {{up, down, 3, 3, 0}, {two, turned, 2, 2, 0}, {up, up, 3, 3, 2}, {up, up, 1, 1, 0}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        mg_grams a, b;
        assert_true(mg_grams_of(cases[i].a, cases[i].n, &a));
        assert_true(mg_grams_of(cases[i].b, cases[i].n, &b));
        assert_int_equal(mg_grams_common(&a, &b, 1), cases[i].singles);
        assert_int_equal(mg_grams_common(&a, &b, 2), cases[i].pairs);
        mg_grams_free(&a);
        mg_grams_free(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(pieces),
        cmocka_unit_test(locants),
        cmocka_unit_test(locants_at_groups),
        cmocka_unit_test(numbers),
        cmocka_unit_test(numbers_at_their_bounds),
        cmocka_unit_test(words_of_numbers),
        cmocka_unit_test(characters),
        cmocka_unit_test(folding),
        cmocka_unit_test(sentences_stay_apart),
        cmocka_unit_test(odd_input),
        cmocka_unit_test(grams_in_common),
        cmocka_unit_test(survives_long_and_random_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
