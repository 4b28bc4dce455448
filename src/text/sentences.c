/* sentences.c - a text to sentences: the reference's rule of MoMu, and a careful one that knows
 * chemistry.
 *
 * The careful rule. A run of . ! ? (and closing quotes) ends a sentence when it is followed by
 *   - the end of the text,
 *   - blanks and one of the words that open sentences ("It has", "The ..."; OPENERS below), or
 *   - blanks and a capital, a digit, a quote, a bracket of a name ("(2S)-alanine", not "(NTP,
 *     1992)") or a small prefix of one ("alpha-", "tert-"); or, where a text has lost its blanks
 *     ("styrenes.4-Methylstyrene"), directly by a capital or such a name, if three small letters or
 *     a closing bracket stand before; but in these cases not
 *     - inside brackets (whose span is at most BRACKET_SPAN bytes: an unclosed one must not swallow
 *       the text),
 *     - after a letter that stands alone, or an abbreviation ("e.g.", "Streptomyces sp. RK95", "J.
 *       Smith").
 * So "EC 1.1.1.25", "7.4", "2,4-D." stay whole. Pieces keep their final stop and lose the blanks
 * around them.
 */
#include "text/text.h"

#include <string.h>

enum { MOMU_MIN_FIELDS = 5, BRACKET_SPAN = 240, LOCANTS_SPAN = 40 };

typedef int (*sentence_fn)(void *, const char *, size_t);

int mg_text_sentences_momu(const char *text, size_t n, sentence_fn fn, void *user) {
    int usable = 0;
    for (size_t at = 0; at <= n;) {
        const char *stop = at < n ? memchr(text + at, '.', n - at) : NULL;
        size_t end = stop ? (size_t)(stop - text) : n, fields = 1;
        for (size_t i = at; i < end; i++) fields += text[i] == ' ';
        if (fields >= MOMU_MIN_FIELDS) {
            usable++;
            if (fn && fn(user, text + at, end - at)) break;
        }
        at = end + 1;
    }
    return usable;
}

/* In ASCII whatever the locale is; bytes above 127 are letters. */
static bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (uint8_t)c >= 128; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_letter(char c) { return is_lower(c) || is_upper(c); }
static bool is_open(char c) { return c == '(' || c == '[' || c == '{'; }
static bool is_close(char c) { return c == ')' || c == ']' || c == '}'; }
static bool is_stop(char c) { return c == '.' || c == '!' || c == '?'; }
static bool is_quote(char c) { return c == '"' || c == '\''; }

static const char *const ABBREVIATIONS[] = {
    "e.g",  "i.e", "cf",  "vs",   "ca",    "etc", "al",  "approx", "resp", "incl", "fig", "figs",
    "no",   "nos", "ref", "refs", "eq",    "sp",  "spp", "subsp",  "ssp",  "var",  "cv",  "str",
    "dr",   "mr",  "mrs", "prof", "st",    "inc", "ltd", "co",     "corp", "conc", "max", "min",
    "temp", "mol", "wt",  "vol",  "ed",    "eds", "syn", "nov",    "gen",  "aff",  "i.v", "i.p",
    "i.m",  "s.c", "p.o", "u.s",  "a.k.a", "n.b", "viz", "m.p",    "b.p"};
/* Words that begin a sentence even where an abbreviation may have ended the one before. */
static const char *const OPENERS[] = {"It", "The", "This", "These",   "They", "A",
                                      "An", "In",  "Its",  "However", "For",  "As"};
/* What a name may begin with in lower case at the start of a sentence. */
static const char *const PREFIXES[] = {"alpha-", "beta-",  "gamma-", "delta-", "epsilon-", "omega-",
                                       "cis-",   "trans-", "tert-",  "sec-",   "iso-",     "meso-",
                                       "rac-",   "ent-",   "n-",     "m-",     "o-",       "p-",
                                       "d-",     "l-",     "all-"};

typedef struct slice {
    const char *s;
    size_t n;
} slice;

static bool equal_folded(slice a, const char *z) {
    size_t i = 0;
    for (; i < a.n && z[i]; i++)
        if ((is_upper(a.s[i]) ? a.s[i] | 0x20 : a.s[i]) != z[i]) return false;
    return i == a.n && !z[i];
}

/* The word before `stop`: back to a blank or an opening bracket. Long ones are cut: no abbreviation
 * is. */
static slice word_before(slice text, size_t stop) {
    size_t from = stop;
    while (from > 0 && stop - from < 16 && !is_blank(text.s[from - 1]) &&
           !is_open(text.s[from - 1]))
        from--;
    return (slice){text.s + from, stop - from};
}

static bool is_abbreviation(slice word) {
    if (word.n == 1 && is_letter(word.s[0])) return true;
    for (size_t i = 0; i < MG_COUNT(ABBREVIATIONS); i++)
        if (equal_folded(word, ABBREVIATIONS[i])) return true;
    return false;
}

static bool opens(slice text, size_t at) {
    for (size_t i = 0; i < MG_COUNT(OPENERS); i++) {
        size_t n = strlen(OPENERS[i]);
        if (text.n - at > n && !memcmp(text.s + at, OPENERS[i], n) && is_blank(text.s[at + n]))
            return true;
    }
    return false;
}

static bool has_prefix(slice text, size_t at) {
    for (size_t i = 0; i < MG_COUNT(PREFIXES); i++) {
        size_t n = strlen(PREFIXES[i]);
        if (text.n - at > n && !memcmp(text.s + at, PREFIXES[i], n)) return true;
    }
    return false;
}

/* Three lower-case letters, or a closing bracket, before `stop`: the end of a word, not of a
 * formula or number. */
static bool plain_word_ends(slice text, size_t stop) {
    if (stop && is_close(text.s[stop - 1])) return true;
    return stop >= 3 && is_lower(text.s[stop - 1]) && is_lower(text.s[stop - 2]) &&
           is_lower(text.s[stop - 3]);
}

/* Whether the bracket at `at` begins a name, "(2S)-alanine", and not a remark or source, "(NTP,
 * 1992)": up to the next blank all brackets close, and not at the end. */
static bool bracket_begins_name(slice text, size_t at) {
    int depth = 0;
    size_t i = at;
    for (; i < text.n && !is_blank(text.s[i]) && i - at < BRACKET_SPAN; i++)
        depth += is_open(text.s[i]) - is_close(text.s[i]);
    while (is_stop(text.s[i - 1])) i--;
    return !depth && !is_close(text.s[i - 1]);
}

/* Whether a name or word begins at `at`, right behind a stop: "It", "4-Methyl",
 * "16alpha,17beta-Epoxy", "(2S)-"; not "5 mg". */
static bool name_begins(slice text, size_t at) {
    if (is_upper(text.s[at])) return true;
    if (is_open(text.s[at])) return bracket_begins_name(text, at);
    if (!is_digit(text.s[at])) return false;
    for (size_t i = at;
         i < text.n && i - at < LOCANTS_SPAN && !is_blank(text.s[i]) && !is_stop(text.s[i]); i++)
        if (text.s[i] == '-') return true;
    return false;
}

/* Whether the stop at text.s[stop] (the run of stops and quotes ends before `after`) ends a
 * sentence. */
static bool ends_here(slice text, size_t stop, size_t after, bool inside_bracket) {
    size_t next = after;
    while (next < text.n && is_blank(text.s[next])) next++;
    if (next == text.n) return !inside_bracket;
    if (next > after && opens(text, next)) return true;
    if (inside_bracket || is_abbreviation(word_before(text, stop))) return false;
    if (next == after) return plain_word_ends(text, stop) && name_begins(text, after);
    char c = text.s[next];
    if (is_open(c)) return bracket_begins_name(text, next);
    return is_upper(c) || is_digit(c) || is_quote(c) || has_prefix(text, next);
}

/* Gives text[from, to) without the blanks around it; counts it when something is left. Nonzero: the
 * caller wants no more. */
static int give(slice text, size_t from, size_t to, sentence_fn fn, void *user, int *given) {
    while (from < to && is_blank(text.s[from])) from++;
    while (to > from && is_blank(text.s[to - 1])) to--;
    if (from == to) return 0;
    ++*given;
    return fn ? fn(user, text.s + from, to - from) : 0;
}

int mg_text_sentences(const char *bytes, size_t n, sentence_fn fn, void *user) {
    slice text = {bytes, n};
    size_t from = 0, opened = 0;
    int depth = 0, given = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text.s[i];
        if (is_open(c)) {
            if (!depth++) opened = i;
        } else if (is_close(c)) {
            if (depth) depth--;
        } else if (is_stop(c)) {
            size_t after = i + 1;
            while (after < n && (is_stop(text.s[after]) || is_quote(text.s[after]))) after++;
            if (depth && i - opened > BRACKET_SPAN) depth = 0;
            if (ends_here(text, i, after, depth)) {
                depth = 0;
                if (give(text, from, after, fn, user, &given)) return given;
                from = after;
            }
            i = after - 1;
        }
    }
    give(text, from, n, fn, user, &given);
    return given;
}

static int first_end(void *user, const char *s, size_t n) {
    *(const char **)user = s + n;
    return 1;
}

size_t mg_text_first_sentence(const char *text) {
    const char *end = text;
    (void)mg_text_sentences(text, strlen(text), first_end, &end);
    return (size_t)(end - text);
}
