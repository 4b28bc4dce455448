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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),     cmocka_unit_test(pieces),
        cmocka_unit_test(locants),   cmocka_unit_test(locants_at_groups),
        cmocka_unit_test(numbers),   cmocka_unit_test(characters),
        cmocka_unit_test(folding),   cmocka_unit_test(sentences_stay_apart),
        cmocka_unit_test(odd_input), cmocka_unit_test(survives_long_and_random_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
