/* porter.c - stems of English words by M. F. Porter's rules (Program 14, 130, 1980), as NLTK has
 * them with its extensions (nltk/stem/porter.py, NLTK_EXTENSIONS), because METEOR is reported so.
 *
 * [C](VC)^m[V]: m is the measure of a word; y is a vowel behind a consonant. A rule takes an end
 * away, if what is left meets its condition, and puts another one there; the first rule of a step
 * whose end is there decides, whether or not its condition holds.
 */
#include "text/text.h"

#include <string.h>

typedef struct word {
    char s[MG_STEM_BYTES];
    size_t n;
} word;

static bool is_consonant(const word *w, size_t i) {
    if (memchr("aeiou", w->s[i], 5)) return false;
    return w->s[i] != 'y' || i == 0 || !is_consonant(w, i - 1);
}

/* Of the first n letters. */
static int measure(const word *w, size_t n) {
    int m = 0;
    for (size_t i = 1; i < n; i++) m += is_consonant(w, i) && !is_consonant(w, i - 1);
    return m;
}

static bool has_vowel(const word *w, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!is_consonant(w, i)) return true;
    return false;
}

static bool is_double(const word *w) {
    return w->n >= 2 && w->s[w->n - 1] == w->s[w->n - 2] && is_consonant(w, w->n - 1);
}

/* Consonant, vowel, consonant other than w, x, y; or vowel and consonant, and no more. */
static bool ends_cvc(const word *w, size_t n) {
    if (n == 2) return !is_consonant(w, 0) && is_consonant(w, 1);
    return n >= 3 && is_consonant(w, n - 3) && !is_consonant(w, n - 2) && is_consonant(w, n - 1) &&
           !memchr("wxy", w->s[n - 1], 3);
}

static bool ends(const word *w, const char *end) {
    const size_t n = strlen(end);
    return w->n >= n && memcmp(w->s + w->n - n, end, n) == 0;
}

static void put(word *w, size_t stem, const char *end) {
    const size_t n = strlen(end);
    memcpy(w->s + stem, end, n);
    w->n = stem + n;
}

typedef struct rule {
    const char *end, *becomes;
} rule;

/* The first rule whose end is there; least: the measure that the stem must have. */
static void apply(word *w, const rule *rules, size_t n, int least) {
    for (size_t i = 0; i < n; i++) {
        if (!ends(w, rules[i].end)) continue;
        const size_t stem = w->n - strlen(rules[i].end);
        if (measure(w, stem) >= least) put(w, stem, rules[i].becomes);
        return;
    }
}

static void step_1a(word *w) {
    static const rule rules[] = {{"sses", "ss"}, {"ies", "i"}, {"ss", "ss"}, {"s", ""}};
    if (w->n == 4 && ends(w, "ies"))
        put(w, 1, "ie");
    else
        apply(w, rules, MG_COUNT(rules), 0);
}

static void step_1b(word *w) {
    if (ends(w, "ied")) {
        put(w, w->n - 3, w->n == 4 ? "ie" : "i");
        return;
    }
    if (ends(w, "eed")) {
        if (measure(w, w->n - 3) > 0) w->n--;
        return;
    }
    const size_t cut = ends(w, "ed") ? 2 : ends(w, "ing") ? 3 : 0;
    if (!cut || !has_vowel(w, w->n - cut)) return;
    w->n -= cut;
    if (ends(w, "at") || ends(w, "bl") || ends(w, "iz"))
        put(w, w->n, "e");
    else if (is_double(w))
        w->n -= !memchr("lsz", w->s[w->n - 1], 3);
    else if (measure(w, w->n) == 1 && ends_cvc(w, w->n))
        put(w, w->n, "e");
}

static void step_1c(word *w) {
    if (ends(w, "y") && w->n > 2 && is_consonant(w, w->n - 2)) w->s[w->n - 1] = 'i';
}

static void step_2(word *w) {
    static const rule rules[] = {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},
                                 {"anci", "ance"},   {"izer", "ize"},    {"bli", "ble"},
                                 {"alli", "al"},     {"entli", "ent"},   {"eli", "e"},
                                 {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"},
                                 {"ator", "ate"},    {"alism", "al"},    {"iveness", "ive"},
                                 {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},
                                 {"iviti", "ive"},   {"biliti", "ble"},  {"fulli", "ful"}};
    while (ends(w, "alli") && measure(w, w->n - 4) > 0) put(w, w->n - 4, "al");
    if (ends(w, "logi")) { /* the l counts as the stem's */
        if (measure(w, w->n - 3) > 0) w->n--;
        return;
    }
    apply(w, rules, MG_COUNT(rules), 1);
}

static void step_3(word *w) {
    static const rule rules[] = {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"},
                                 {"ical", "ic"},  {"ful", ""},   {"ness", ""}};
    apply(w, rules, MG_COUNT(rules), 1);
}

static void step_4(word *w) {
    static const rule before[] = {{"al", ""},    {"ance", ""}, {"ence", ""}, {"er", ""},
                                  {"ic", ""},    {"able", ""}, {"ible", ""}, {"ant", ""},
                                  {"ement", ""}, {"ment", ""}, {"ent", ""}};
    static const rule after[] = {{"ou", ""},  {"ism", ""}, {"ate", ""}, {"iti", ""},
                                 {"ous", ""}, {"ive", ""}, {"ize", ""}};
    for (size_t i = 0; i < MG_COUNT(before); i++)
        if (ends(w, before[i].end)) {
            apply(w, before, MG_COUNT(before), 2);
            return;
        }
    if (!ends(w, "ion")) {
        apply(w, after, MG_COUNT(after), 2);
        return;
    }
    const size_t stem = w->n - 3;
    if (stem && measure(w, stem) > 1 && memchr("st", w->s[stem - 1], 2)) w->n = stem;
}

static void step_5(word *w) {
    if (ends(w, "e")) {
        const int m = measure(w, w->n - 1);
        if (m > 1 || (m == 1 && !ends_cvc(w, w->n - 1))) w->n--;
    }
    if (ends(w, "ll") && measure(w, w->n - 1) > 1) w->n--;
}

/* What no rule gives. */
static const char *irregular(const char *s) {
    static const rule forms[] = {
        {"sky", "sky"},        {"skies", "sky"},        {"dying", "die"},
        {"lying", "lie"},      {"tying", "tie"},        {"news", "news"},
        {"innings", "inning"}, {"inning", "inning"},    {"outings", "outing"},
        {"outing", "outing"},  {"cannings", "canning"}, {"canning", "canning"},
        {"howe", "howe"},      {"proceed", "proceed"},  {"exceed", "exceed"},
        {"succeed", "succeed"}};
    for (size_t i = 0; i < MG_COUNT(forms); i++)
        if (strcmp(forms[i].end, s) == 0) return forms[i].becomes;
    return NULL;
}

size_t mg_porter_stem(const char *s, size_t n, char out[MG_STEM_BYTES]) {
    word w = {.n = n < MG_STEM_BYTES - 8 ? n : MG_STEM_BYTES - 8};
    memcpy(w.s, s, w.n);
    for (size_t i = 0; i < w.n; i++)
        if (w.s[i] >= 'A' && w.s[i] <= 'Z') w.s[i] = (char)(w.s[i] + 32);
    w.s[w.n] = 0;
    const char *known = irregular(w.s);
    if (known) {
        put(&w, 0, known);
    } else if (mg_utf8_length(w.s, w.n) > 2) {
        step_1a(&w);
        step_1b(&w);
        step_1c(&w);
        step_2(&w);
        step_3(&w);
        step_4(&w);
        step_5(&w);
    }
    memcpy(out, w.s, w.n);
    out[w.n] = 0;
    return w.n;
}
