/* composition.c - "only C, H and N", C6H12O6, C18, 18:1. */
#include "chem/request/parser.h"

#include <stdio.h>
#include <string.h>

static const char ONLY[] =
    "only|nothing except|nothing besides|no atoms except|no atoms besides|no atoms but|no elements "
    "but|no elements besides|no "
    "other atoms "
    "than|no heavy atoms except|no heavy atoms other than|nothing but|no elements other than|no "
    "element other than|no atoms other than|"
    "no elements except|made only of|made of only|made up of only|made up only of|consisting only "
    "of|"
    "composed only of|consists only of|contains only|containing only|contain only|consists of|"
    "consisting of|composed of|made up of|made of|with only|built only from|exclusively|solely|"
    "composed solely of|made solely of|consisting solely of|consists solely of|composed "
    "exclusively of|"
    "made exclusively of|consisting exclusively of|consists exclusively of|composed entirely of|"
    "made entirely of|consisting entirely of|consists entirely of|"
    "no other elements than|nothing other than|contains nothing but|just";

/* ---- lists of elements ---- */

static int element_at(const request_words *ws, int i) {
    if (i >= ws->n || ws->w[i].mark) return 0;
    int e = request_symbol_of(ws->w[i].raw);
    return e ? e : request_element_of(ws->w[i].s);
}

/* "C, H and N" from word i on: bits; words read. */
static int element_list(const request_words *ws, int i, uint64_t bits[2]) {
    int k = i, end = i;
    for (;;) {
        int e = element_at(ws, k);
        if (!e) break;
        bits[e / 64] |= (uint64_t)1 << (e % 64);
        end = ++k;
        if (request_word_is(ws, k, "atom|atoms")) end = ++k;
        while (k < ws->n && (ws->w[k].mark == ',' || request_word_is(ws, k, "and|or|plus"))) k++;
    }
    return end - i;
}

/* "only oxygen | as heteroatom", "only fluorine | as the halogen": words read; what is meant. */
static int only_among(const parser *p, int i, bool *halogens) {
    int at = i;
    if (request_word_is(&p->ws, at, "as")) at++;
    at += request_phrase(&p->ws, at, "the only|the|its only|a|an", false);
    *halogens = request_word_is(&p->ws, at, "halogen|halogens");
    return *halogens || request_word_is(&p->ws, at, "heteroatom|heteroatoms") ? at + 1 - i : 0;
}

/* "heteroatoms: | only N" */
static int among_before(const parser *p, int i, bool *halogens) {
    const int mark = i > 0 && p->ws.w[i - 1].mark == ':';
    *halogens = request_word_is(&p->ws, i - 1 - mark, "halogen|halogens");
    return *halogens || request_word_is(&p->ws, i - 1 - mark, "heteroatom|heteroatoms") ? 1 + mark
                                                                                        : 0;
}

static void keep_elements(parser *p, const uint64_t bits[2], int from, int to) {
    for (int e = 2; e < 128; e++)
        if (bits[e / 64] >> (e % 64) & 1) {
            mg_ask one = {.kind = MG_ASK_ELEMENT,
                          .id = e,
                          .label = request_element_name(e),
                          .range = request_at_least(1)};
            request_keep(p, &one, from, to, true);
        }
    request_mark(p, from, to - from, WORD_USED);
}

static void keep_only(parser *p, const uint64_t bits[2], int from, int to) {
    mg_ask only = {.kind = MG_ASK_ONLY, .label = "only", .only = {bits[0], bits[1]}};
    request_keep(p, &only, from, to, true);
    keep_elements(p, bits, from, to);
}

int request_step_only(parser *p, int i) {
    uint64_t bits[2] = {0};
    int k = request_phrase(&p->ws, i, ONLY, false), n;
    if (k && p->negated && !p->negated_once) { /* "not only carbon and hydrogen" */
        n = element_list(&p->ws, i + k, bits);
        request_mark(p, i, k + n, WORD_LEFT);
        request_leave_negator(p);
        p->negated = false;
        p->last_unknown = i + k + n - 1;
        return k + n;
    }
    if (k) {
        int at = i + k + (request_word_is(&p->ws, i + k, "the|elements") ? 1 : 0);
        n = element_list(&p->ws, at, bits);
        if (!n) return 0;
        n += request_word_is(&p->ws, at + n, "only|alone|exclusively");
        bool halogens;
        const int behind = only_among(p, at + n, &halogens),
                  before = behind ? 0 : among_before(p, i, &halogens);
        if (before && p->r->n && p->last_end >= i - before) request_take_back(p, p->r->n - 1);
        if (!behind && !before) {
            keep_only(p, bits, i, at + n);
            return at + n - i;
        }
        request_keep_others(p, halogens, bits, i - before, at + n + behind);
        keep_elements(p, bits, i - before, at + n + behind);
        return at + n + behind - i;
    }
    n = element_list(&p->ws, i, bits);
    if (!n || !request_word_is(&p->ws, i + n, "only|alone|exclusively")) return 0;
    keep_only(p, bits, i, i + n + 1);
    return n + 1;
}

/* ---- formulas, C18, 18:1 ---- */

/* Whether s[n) is a formula; *carbons: its number when it is C with a number alone. */
static bool is_formula(const char *s, size_t n, int *carbons, int *elements) {
    size_t i = 0;
    *carbons = *elements = 0;
    while (i < n) {
        char symbol[3] = {s[i], 0, 0};
        if (i + 1 < n && s[i + 1] >= 'a' && s[i + 1] <= 'z') symbol[1] = s[i + 1];
        if (!request_symbol_of(symbol)) return false;
        i += strlen(symbol);
        int count = 0;
        size_t digits = strspn(s + i, "0123456789");
        if (digits > 4 || i + digits > n) return false;
        for (size_t k = 0; k < digits; k++) count = 10 * count + s[i + k] - '0';
        if (!strcmp(symbol, "C")) *carbons = count;
        ++*elements;
        i += digits;
    }
    return *elements > 0;
}

static int keep_carbons(parser *p, int carbons, int i) {
    mg_ask a = {.kind = MG_ASK_ELEMENT,
                .id = 6,
                .label = request_element_name(6),
                .range = request_exactly(carbons)};
    const int chain = request_phrase(&p->ws, i + 1,
                                     "chain|tail|alkyl chain|carbon chain|alkyl tail", true);
    if (chain) request_feature(p->g, "carbon chain", &a), a.range = request_at_least(carbons);
    request_keep(p, &a, i, i + 1 + chain, true);
    request_mark(p, i, 1 + chain, WORD_USED);
    p->last_end = i + 1 + chain;
    return 1 + chain;
}

int request_step_formula(parser *p, int i) {
    const request_word *w = &p->ws.w[i];
    size_t n = w->end - w->begin;
    int carbons, elements, at = i, doubles;
    if (request_phrase(&p->ws, i, "formula|molecular formula|sum formula", false)) {
        at += request_phrase(&p->ws, i, "formula|molecular formula|sum formula", false);
        while (request_word_is(&p->ws, at, "of|is|=")) at++;
        if (at >= p->ws.n) return 0;
        w = &p->ws.w[at], n = w->end - w->begin;
    }
    const char *s = p->text + w->begin;
    if (!n || n > 60 || w->mark) return 0;
    if (sscanf(w->s, "%d:%d", &carbons, &doubles) == 2 && carbons >= 4 && carbons < 60 &&
        (request_word_is(&p->ws, i - 1, "acid|acids|chain|acyl|fatty|lipid") ||
         request_word_is(&p->ws, i + 1, "fatty|acyl|chain|acid|lipid"))) {
        mg_ask a;
        keep_carbons(p, carbons, i);
        request_feature(p->g, "C=C bonds", &a);
        a.range = request_exactly(doubles);
        request_keep(p, &a, i, i + 1, true);
        return 1;
    }
    if (!is_formula(s, n, &carbons, &elements)) return 0;
    bool joined = p->ws.w[i].joined || (i + 1 < p->ws.n && p->ws.w[i + 1].joined); /* C4-C5 */
    const bool place =
        request_word_is(&p->ws, i - 1, "at|position|positions|to|on") ||
        request_word_is(&p->ws, i + 1,
                        "position|positions|linker|spacer|symmetric|symmetry|axis|hydroxyl|"
                        "hydroxy|epimer|substituted|substituent");
    if (at == i && elements == 1)
        return carbons > 1 && !joined && !place ? keep_carbons(p, carbons, i) : 0;
    if (at == i && (!carbons || elements < 2 || !strchr(s, 'H') || n < 4)) return 0;
    mg_ask a = {.kind = MG_ASK_FORMULA, .label = "formula", .text = strndup(s, n)};
    if (!a.text) return 0;
    request_keep(p, &a, i, at + 1, true);
    request_mark(p, i, at + 1 - i, WORD_USED);
    return at + 1 - i;
}
