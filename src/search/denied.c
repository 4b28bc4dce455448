/* denied.c - the molecules that a sentence does not want:
 *
 *   "a sweetener that is not aspartame", "a statin but not atorvastatin", "anything except
 * caffeine", "a painkiller other than aspirin or ibuprofen with an acid"
 *
 * They are what the dictionary has by the words behind the denial: by all of them, or by each of a
 * list, whose end is the sentence's or a word that begins something else ("with"). A molecule is
 * known by the letters of its InChIKey that say the skeleton: its stereoisomers and ions are left
 * out with it.
 */
#include "search/search.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const DENIALS[] = {
    " that is not ", " which is not ",   " but not ",   " not ",     " isn't ",
    " other than ",  " except for ",     " except ",    " besides ", " apart from ",
    " aside from ",  " different from ", " excluding ", " neither ", "thing but "};

/* The words behind the first denial, without stops. */
static bool words_behind(const char *text, char name[MG_DENIED_NAME]) {
    const char *at = NULL, *behind = NULL;
    for (size_t i = 0; i < MG_COUNT(DENIALS); i++) {
        const char *here = strcasestr(text, DENIALS[i]);
        if (!here || (at && here >= at)) continue;
        at = here, behind = here + strlen(DENIALS[i]);
    }
    if (!at && !strncasecmp(text, "not ", 4)) behind = text + 4;
    if (behind && !strncasecmp(behind, "either ", 7)) behind += 7;
    size_t n = behind ? strlen(behind) : 0;
    while (n && (isspace((unsigned char)behind[n - 1]) || strchr(".!?,;", behind[n - 1]))) n--;
    if (n < 3 || n >= MG_DENIED_NAME) return false;
    snprintf(name, MG_DENIED_NAME, "%.*s", (int)n, behind);
    return true;
}

/* Characters of what parts two names of a list at s, or 0. */
static size_t parts_list(const char *s) {
    static const char *const parts[] = {", or ", ", and ", ", nor ", ", ",
                                        " or ",  " and ",  " nor "};
    for (size_t i = 0; i < MG_COUNT(parts); i++)
        if (!strncasecmp(s, parts[i], strlen(parts[i]))) return strlen(parts[i]);
    return 0;
}

/* Whether something else than a list begins at s. */
static bool ends_list(const char *s) {
    static const char *const ends[] = {" with ",   " without ", " that ",      " which ",
                                       " having ", " found ",   " used ",      " from ",
                                       " in ",     " but ",     " for ",       " bearing ",
                                       " whose ",  "; ",        " containing "};
    for (size_t i = 0; i < MG_COUNT(ends); i++)
        if (!strncasecmp(s, ends[i], strlen(ends[i]))) return true;
    return false;
}

static bool is_word(const char *word, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(word, words[i])) return true;
    return false;
}

/* Takes off the words of the denial that stand before s[n]; what is left of n. */
static size_t without_denial(const char *s, size_t n) {
    static const char *const around[] = {"that",      "which",   "is",       "but",     "not",
                                         "other",     "than",    "for",      "besides", "apart",
                                         "from",      "aside",   "except",   "isn't",   "either",
                                         "excluding", "neither", "different"};
    for (;;) {
        while (n && isspace((unsigned char)s[n - 1])) n--;
        size_t from = n;
        while (from && !isspace((unsigned char)s[from - 1])) from--;
        char word[16];
        if (from == n || n - from >= sizeof word) return n;
        snprintf(word, sizeof word, "%.*s", (int)(n - from), s + from);
        if (!is_word(word, around, MG_COUNT(around))) return n;
        n = from;
    }
}

/* Whether a word at s[n] is one of a list's: "caffeine, theophylline". */
static bool is_of(const char *s, size_t n, const char *list) {
    while (n && strchr(",.;", s[n - 1])) n--;
    for (const char *at = list; n && *at;) {
        const size_t k = strcspn(at, " ,");
        if (k == n && !strncasecmp(at, s, n)) return true;
        at += k;
        at += strspn(at, " ,");
    }
    return false;
}

void mg_denied_cut(const mg_denied *d, char *words) {
    if (!words || !d->n) return;
    char *at = strcasestr(words, d->name);
    const char *rest = at ? at + strlen(d->name) : NULL;
    const size_t first = strcspn(d->name, " ,");
    for (char *w = words; !rest && *w; w += strspn(w, " ")) { /* some words of a list are gone */
        const size_t n = strcspn(w, " ");
        if (is_of(w, n, d->name) && !strncasecmp(w, d->name, first)) at = w, rest = w + n;
        w += n;
    }
    if (!rest) return;
    while (*rest == ' ' && is_of(rest + 1, strcspn(rest + 1, " "), d->name))
        rest += 1 + strcspn(rest + 1, " ");
    const size_t n = without_denial(words, (size_t)(at - words));
    rest += strspn(rest, " .!?,;");
    at = words + n;
    if (n && *rest) *at++ = ' ';
    memmove(at, rest, strlen(rest) + 1);
}

/* The molecule of one name; *is: the dictionary has it. */
static int find_one(const mg_dictionary *d, const char *name, mg_denied *out, bool *is,
                    molglot_error *err) {
    mg_name_hits hits = {0};
    *is = false;
    if (out->n == MG_DENIED_MOST || strlen(name) < 3) return MOLGLOT_OK;
    int code = mg_dictionary_find(d, name, &hits, err);
    if (!code && hits.n && hits.hit[0].how <= MG_NAME_FOLDED) {
        mg_mol *mol = mg_mol_from_smiles(hits.hit[0].smiles, NULL, NULL);
        char *key = mol ? mg_mol_inchikey(mol) : NULL;
        if (key) snprintf(out->key[out->n++], sizeof out->key[0], "%.*s", MG_DENIED_KEY, key);
        *is = key != NULL;
        free(key);
        mg_mol_free(mol);
    }
    mg_name_hits_free(&hits);
    return code;
}

int mg_denied_find(const mg_dictionary *d, const char *text, mg_denied *out, molglot_error *err) {
    char name[MG_DENIED_NAME];
    size_t said = 0; /* of out->name, up to the last name that is known */
    bool is = false;
    *out = (mg_denied){0};
    if (!text || !d || !words_behind(text, out->name)) return MOLGLOT_OK;
    int code = find_one(d, out->name, out, &is, err);
    if (is || code) return code;
    for (size_t from = 0, at = 0, part = 0; !code; at++) {
        const bool last = !out->name[at] || ends_list(out->name + at);
        if (!last && !(part = parts_list(out->name + at))) continue;
        snprintf(name, sizeof name, "%.*s", (int)(at - from), out->name + from);
        code = find_one(d, name, out, &is, err);
        if (is) said = at;
        if (last) break;
        from = at + part, at = from - 1;
    }
    out->name[said] = 0;
    return code;
}

bool mg_denied_has(const mg_denied *d, const char *inchikey) {
    for (int i = 0; i < d->n; i++)
        if (inchikey && !strncmp(inchikey, d->key[i], MG_DENIED_KEY)) return true;
    return false;
}

bool mg_denied_is(const mg_denied *d, const mg_mol *mol) {
    if (!d->n) return false;
    char *key = mg_mol_inchikey(mol);
    const bool is = mg_denied_has(d, key);
    free(key);
    return is;
}
