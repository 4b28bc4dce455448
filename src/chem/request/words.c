/* words.c - a sentence as words. Blanks and hyphens part them; a mark (, ; . ( ) and the like) is a
 * word of its own, but inside a name it belongs to it: 1,2-diol, pyridin-2(1H)-one, C=O.
 */
#include "chem/request/inside.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_word_byte(char c) { return isalnum((unsigned char)c) || (unsigned char)c >= 0x80; }

/* Bytes of a dash or a blank beyond ASCII at s, blanks without width among them, else 0. */
static size_t wide_gap(const char *s, bool *dash) {
    const unsigned char *u = (const unsigned char *)s;
    *dash = (u[0] == 0xE2 && u[1] == 0x80 && u[2] >= 0x90 && u[2] <= 0x95) ||
            (u[0] == 0xE2 && u[1] == 0x88 && u[2] == 0x92);
    if (*dash) return 3;
    if (u[0] == 0xE2 && u[1] == 0x80 && ((u[2] >= 0x80 && u[2] <= 0x8D) || u[2] == 0xAF)) return 3;
    if (u[0] == 0xE2 && u[1] == 0x81 && (u[2] == 0x9F || u[2] == 0xA0)) return 3;
    if (u[0] == 0xE3 && u[1] == 0x80 && u[2] == 0x80) return 3;
    if (u[0] == 0xEF && u[1] == 0xBB && u[2] == 0xBF) return 3;
    return u[0] == 0xC2 && u[1] == 0xA0 ? 2 : 0;
}

/* Bytes of a quote around words at text[i], else 0: no prime and no apostrophe. */
static size_t quote_at(const char *text, size_t i) {
    static const char *const wide[] = {"\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E",
                                       "\xE2\x80\x9F", "\xE2\x80\xB9", "\xE2\x80\xBA",
                                       "\xC2\xAB",     "\xC2\xBB"};
    static const char *const single[] = {"\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "'"};
    for (size_t k = 0; k < MG_COUNT(wide); k++)
        if (!strncmp(text + i, wide[k], strlen(wide[k]))) return strlen(wide[k]);
    for (size_t k = 0; k < MG_COUNT(single); k++) {
        const size_t n = strlen(single[k]);
        const char before = i ? text[i - 1] : ' ', behind = text[i + n];
        if (strncmp(text + i, single[k], n) != 0) continue;
        if (isspace((unsigned char)before) || before == '(') return is_word_byte(behind) ? n : 0;
        const bool ends = !behind || isspace((unsigned char)behind) || strchr(").;!?", behind);
        return ends && islower((unsigned char)before) ? n : 0;
    }
    return 0;
}

/* Bytes of the dots of "1..3" or "1\u20263" at text[i], else 0. */
static size_t range_dots(const char *text, size_t i) {
    size_t n = strspn(text + i, ".");
    if (n < 2) n = strncmp(text + i, "\xE2\x80\xA6", 3) ? 0 : 3;
    while (i && isspace((unsigned char)text[i - 1])) i--, n += n > 0;
    const char *behind = text + i + n;
    while (n && isspace((unsigned char)*behind)) behind++;
    return n && i && isdigit((unsigned char)text[i - 1]) && isdigit((unsigned char)*behind) ? n : 0;
}

/* Bytes of a sign of comparison at s, and how it is written plainly. */
static size_t comparison(const char *s, const char **plain) {
    static const struct {
        const char *s, *plain;
    } signs[] = {{"<=", "<="},
                 {">=", ">="},
                 {"=<", "<="},
                 {"=>", ">="},
                 {"\xE2\x89\xA4", "<="},
                 {"\xE2\x89\xA5", ">="},
                 {"\xE2\x89\xA6", "<="},
                 {"\xE2\x89\xA7", ">="},
                 {"\xE2\xA9\xBD", "<="},
                 {"\xE2\xA9\xBE", ">="},
                 {"\xEF\xBC\x9C", "<"},
                 {"\xEF\xBC\x9E", ">"},
                 {"\xE2\x89\xA0", "!="},
                 {"!=", "!="},
                 {"<>", "!="},
                 {"==", "="},
                 {"\xC2\xB1", "+-"},
                 {"+/-", "+-"},
                 {"\xE2\x89\x88", "~"},
                 {"<", "<"},
                 {">", ">"},
                 {"~", "~"}};
    for (size_t i = 0; i < MG_COUNT(signs); i++)
        if (!strncmp(s, signs[i].s, strlen(signs[i].s))) {
            *plain = signs[i].plain;
            return strlen(signs[i].s);
        }
    return 0;
}

/* "halogen(s)": bytes of a word less that end. */
static size_t less_plural(const char *s, size_t n) {
    static const char *const ends[] = {"(s)", "(es)"};
    for (size_t i = 0; i < MG_COUNT(ends); i++) {
        const size_t m = strlen(ends[i]);
        if (n > m + 2 && !memcmp(s + n - m, ends[i], m) && islower((unsigned char)s[n - m - 1]))
            return n - m;
    }
    return n;
}

static void put(request_words *out, const char *text, size_t begin, size_t end, bool joined,
                const char *plain, char mark) {
    if (out->n == REQUEST_WORDS) {
        out->cut = true;
        return;
    }
    request_word *w = &out->w[out->n++];
    *w = (request_word){.begin = begin, .end = end, .joined = joined, .mark = mark};
    const size_t n = less_plural(text + begin, end - begin);
    if (plain)
        strcpy(w->s, plain);
    else if (!mark && text[begin] == '-' && n < sizeof w->s) /* a number below zero */
        memcpy(w->s, text + begin, n);
    else if (!mark && 3 * n + 1 <= sizeof w->s)
        mg_name_fold(text + begin, n, w->s, sizeof w->s);
    else if (!mark) { /* too long for three bytes a byte; ASCII may fit */
        bool ascii = n < sizeof w->s;
        for (size_t i = begin; ascii && i < end; i++) ascii = (unsigned char)text[i] < 0x80;
        for (size_t i = 0; ascii && i < n; i++)
            w->s[i] = (char)tolower((unsigned char)text[begin + i]);
    }
    if (n < sizeof w->raw) memcpy(w->raw, text + begin, n);
}

/* Whether a comma at text[at] stands inside a name: "1,2", "N,N", "alpha,beta", "2',3". */
static bool comma_inside(const char *text, size_t begin, size_t at) {
    if (!is_word_byte(text[at + 1])) return false;
    size_t from = at;
    while (from > begin && text[from - 1] != ',' && text[from - 1] != '(' && text[from - 1] != '[')
        from--;
    size_t n = at - from;
    if (isdigit((unsigned char)text[from]) && isalpha((unsigned char)text[at + 1]) &&
        isalpha((unsigned char)text[at + 2]) && strncmp(text + at + 1, "alpha", 5) &&
        strncmp(text + at + 1, "beta", 4))
        return false; /* "MW<300,no halogen" */
    if (isdigit((unsigned char)text[from]))
        return isdigit((unsigned char)text[at + 1]) || text[from + n - 1] != '%';
    if (n == 1 && text[from] == text[at + 1]) return true;                       /* N,N */
    if (n == 1 && strchr("NOS", text[from]) && text[at + 2] == '-') return true; /* N,O- */
    return (unsigned char)text[from] >= 0x80 || (n == 5 && !strncmp(text + from, "alpha", 5)) ||
           (n == 4 && !strncmp(text + from, "beta", 4));
}

/* "[1,2,4]triazolo": a bracket that a name begins with. */
static bool opens_name(const char *s) {
    size_t n = 1 + strspn(s + 1, "0123456789,");
    return n > 1 && s[n] == ']' && isalpha((unsigned char)s[n + 1]);
}

/* Letters from s on, up to `end` or what is none. */
static size_t letters_at(const char *s) {
    size_t n = 0;
    while (isalpha((unsigned char)s[n])) n++;
    return n;
}

/* Whether a stroke at text[at] parts things of a list, "F/Cl/Br", "ester/amide": symbols or names
 * stand on both sides, and it is none of the fixed words. */
static bool parts_things(const char *text, size_t at) {
    static const char *const fixed[] = {"and/or", "with/without", "kcal/mol", "min/max"};
    size_t from = at;
    while (from && isalpha((unsigned char)text[from - 1])) from--;
    const size_t before = at - from, behind = letters_at(text + at + 1),
                 digits = strspn(text + at + 1, "0123456789");
    if (text[at] == '/' && before > 2 && digits && text[at + 1 + digits] == ' ')
        return true; /* "2 HBD/4 HBA" */
    if (!strncmp(text + at + 1 + behind, " ratio", 6)) return false;
    const char c = text[at + 1 + behind], b = from ? text[from - 1] : 0;
    if (text[at] != '/' || (c && (isdigit((unsigned char)c) || strchr("=#([@\\", c))) ||
        (b && (isdigit((unsigned char)b) || strchr("=#)]@\\", b))))
        return false;
    for (size_t i = 0; i < MG_COUNT(fixed); i++)
        if (!strncasecmp(text + from, fixed[i], strlen(fixed[i]))) return false;
    if (before > 2 && behind > 2) return true;
    char one[4] = "", other[4] = "";
    if (before > 2 || behind > 2) return false;
    memcpy(one, text + from, before), memcpy(other, text + at + 1, behind);
    return request_symbol_of(one) && request_symbol_of(other);
}

/* Whether the byte at i goes on with the word that began at `begin`; depth: open brackets in it. */
static bool goes_on(const char *text, size_t begin, size_t i, int *depth) {
    char c = text[i];
    const char *plain;
    bool dash;
    if (!c || isspace((unsigned char)c) || c == '"') return false;
    if (c == '[' && i == begin && opens_name(text + i)) return ++*depth > 0;
    if (c == '(' || c == '[') return i > begin ? ++*depth > 0 : false;
    if (c == ')' || c == ']') return (*depth)-- > 0;
    if (wide_gap(text + i, &dash) || quote_at(text, i)) return false;
    if (c == '/' && !*depth && parts_things(text, i)) return false;
    if (c == '-' && *depth > 0) return true;
    if (c == '-' && !(i == begin && isdigit((unsigned char)text[i + 1]))) return false;
    if (c == ',') return *depth > 0 || (i > begin && comma_inside(text, begin, i));
    if (c == '.' && i == begin) return isdigit((unsigned char)text[i + 1]);
    if (c == '.' && i == begin + 1 && isalpha((unsigned char)text[begin])) /* "e.g" */
        return isalpha((unsigned char)text[i + 1]) && !isalnum((unsigned char)text[i + 2]);
    if (c == '.')
        return *depth > 0 || (i > begin && isdigit((unsigned char)text[i - 1]) &&
                              isdigit((unsigned char)text[i + 1]));
    if (c == '=')
        return i > begin && isalpha((unsigned char)text[i - 1]) &&
               isalpha((unsigned char)text[i + 1]);
    if (c == ':')
        return i > begin && isdigit((unsigned char)text[i - 1]) &&
               isdigit((unsigned char)text[i + 1]);
    return !strchr(";!?{}|", c) && !comparison(text + i, &plain);
}

/* Bytes of a minus at text[i] that makes the number behind it negative, else 0: nothing, a blank
 * or a sign of comparison stands before it. */
static size_t minus_at(const char *text, size_t i, const request_words *before) {
    bool dash;
    const size_t n = text[i] == '-' ? 1 : wide_gap(text + i, &dash);
    if (!n || (text[i] != '-' && !dash) || !isdigit((unsigned char)text[i + n])) return 0;
    const request_word *last = before->n ? &before->w[before->n - 1] : NULL;
    const char end = !last ? 0 : last->mark ? last->mark : last->s[0];
    const bool sign = end && last->end == i && strchr("<>=~!(:,[", end);
    return !i || isspace((unsigned char)text[i - 1]) || sign ? n : 0;
}

/* A dash between blanks and numbers, "1 - 3": the second number is joined to the first. */
static bool parts_numbers(const char *text, size_t i, const request_words *before) {
    double x;
    while (isspace((unsigned char)text[i])) i++;
    if (!isdigit((unsigned char)text[i]) || !before->n) return false;
    return request_number(before->w[before->n - 1].s, &x) ||
           (before->n > 1 &&
            request_word_is(before, before->n - 1, "da|kda|g/mol|dalton|daltons") &&
            request_number(before->w[before->n - 2].s, &x));
}

static void put_negative(request_words *out, const char *text, size_t begin, size_t digits,
                         size_t end) {
    char plain[REQUEST_WORD];
    if (end - digits + 2 > sizeof plain)
        put(out, text, begin, end, false, NULL, 0);
    else {
        snprintf(plain, sizeof plain, "-%.*s", (int)(end - digits), text + digits);
        for (char *c = plain; *c; c++) *c = (char)tolower((unsigned char)*c);
        put(out, text, begin, end, false, plain, 0);
    }
}

int request_words_read(const char *text, request_words *out, molglot_error *err) {
    *out = (request_words){.w = calloc(REQUEST_WORDS, sizeof *out->w)};
    if (!out->w) return mg_no_memory(err, "the words of a request");
    bool joined = false;
    for (size_t i = 0; text[i] && !out->cut;) {
        const char *plain;
        bool dash = false;
        size_t n = range_dots(text, i);
        if (n) {
            joined = true;
            i += n;
            continue;
        }
        n = wide_gap(text + i, &dash);
        if (!n) n = quote_at(text, i);
        if (text[i] == '#' && (!i || isspace((unsigned char)text[i - 1])) && /* "#rings = 3" */
            (isspace((unsigned char)text[i + 1]) || letters_at(text + i + 1) > 2))
            n = 1;
        if (text[i] == '+' && (!i || isspace((unsigned char)text[i - 1])) &&
            letters_at(text + i + 1) > 2) /* "+amide" */
            n = 1;
        const size_t minus = minus_at(text, i, out);
        if (!minus && (n || isspace((unsigned char)text[i]) || text[i] == '-')) {
            const bool hyphen = dash || text[i] == '-';
            const size_t behind = i + (n ? n : 1);
            if (hyphen)
                joined = i && (is_word_byte(text[i - 1]) || strchr(")]'", text[i - 1]) ||
                               parts_numbers(text, behind, out));
            else if (!joined || !out->n || !parts_numbers(text, behind, out))
                joined = false;
            i = behind;
            continue;
        }
        if (minus) {
            size_t end = i + minus;
            int depth = 0;
            while (goes_on(text, i + minus, end, &depth)) end++;
            put_negative(out, text, i, i + minus, end);
            i = end, joined = false;
            continue;
        }
        n = comparison(text + i, &plain);
        if (!n && text[i] == '=') n = 1, plain = "=";
        if (n) {
            put(out, text, i, i + n, false, plain, 0);
            i += n, joined = false;
            continue;
        }
        size_t end = i;
        int depth = 0;
        while (goes_on(text, i, end, &depth)) end++;
        if (end == i) {
            const bool stroke = text[i] == '/';
            put(out, text, i, i + 1, false, stroke ? "/" : NULL, stroke ? 0 : text[i]);
            i++;
        } else
            put(out, text, i, end, joined, NULL, 0);
        if (end == i + 3 && text[i + 1] == '.' && text[end] == '.') end++; /* of "e.g." */
        i = end > i ? end : i;
        joined = false;
    }
    return MOLGLOT_OK;
}

/* One word as a phrase's word, plurals as their singular where asked. */
static bool same(const char *word, const char *want, size_t n, bool plural) {
    size_t m = strlen(word);
    if (m == n && !memcmp(word, want, n)) return true;
    if (!plural || m < 4) return false;
    if (m == n + 1 && word[m - 1] == 's' && !memcmp(word, want, n)) return true;
    if (m == n + 2 && !strcmp(word + n, "es") && !memcmp(word, want, n)) return true;
    return m == n + 2 && want[n - 1] == 'y' && !strcmp(word + n - 1, "ies") &&
           !memcmp(word, want, n - 1);
}

bool request_word_is(const request_words *ws, int i, const char *list) {
    if (i < 0 || i >= ws->n || ws->w[i].mark || !ws->w[i].s[0]) return false;
    for (const char *a = list; *a;) {
        size_t n = strcspn(a, "|");
        if (same(ws->w[i].s, a, n, false)) return true;
        a += n + (a[n] == '|');
    }
    return false;
}

int request_phrase(const request_words *ws, int i, const char *list, bool plural) {
    int best = 0;
    if (i < 0) return 0;
    for (const char *a = list; *a;) {
        size_t length = strcspn(a, "|");
        const char *end = a + length;
        int k = 0;
        bool fits = true;
        for (const char *p = a; fits && p < end; k++) {
            size_t n = strcspn(p, " |");
            const char *raw = i + k < ws->n ? ws->w[i + k].raw : "";
            const bool letters = strlen(raw) <= 4 && raw[0] && raw[strlen(raw) - 1] == 'S';
            fits = i + k < ws->n && !ws->w[i + k].mark && /* "CHOS" is no plural */
                   same(ws->w[i + k].s, p, n, plural && !letters && p + n == end);
            p += n + (p[n] == ' ');
        }
        if (fits && k > best) best = k;
        a = end + (*end == '|');
    }
    return best;
}

bool request_number(const char *s, double *out) {
    static const char *const names[] = {"zero",    "one",     "two",       "three",    "four",
                                        "five",    "six",     "seven",     "eight",    "nine",
                                        "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
    static const char *const tens[] = {"twenty", "thirty",  "forty",  "fifty",
                                       "sixty",  "seventy", "eighty", "ninety"};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strcmp(s, names[i])) {
            *out = (double)i;
            return true;
        }
    for (size_t i = 0; i < MG_COUNT(tens); i++)
        if (!strcmp(s, tens[i])) {
            *out = (double)(10 * i + 20);
            return true;
        }
    const char *digits = s + (*s == '-' || *s == '+');
    if (!isdigit((unsigned char)*digits) && !(*digits == '.' && isdigit((unsigned char)digits[1])))
        return false;
    const char *p = digits + strspn(digits, "0123456789");
    if (*p == '.') p += 1 + strspn(p + 1, "0123456789");
    if (*p || p - digits > 12) return false;
    *out = strtod(s, NULL);
    return isfinite(*out);
}
