/* composition.c - "only C, H and N", C6H12O6, C18, 18:1. */
#include "chem/request/parser.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a molecule is made of: each element of the list is wanted. */
static const char MADE[] =
    "only|made only of|made of only|made up of only|made up only of|consisting only of|composed "
    "only of|consists only of|contains only|containing only|contain only|only contains|only "
    "contain|only containing|only consists of|only has|only made of|only composed of|consists of|"
    "consisting of|consist of|composed of|made up of|made of|with only|built only from|"
    "exclusively|solely|purely|composed solely of|made solely of|consisting solely of|consists "
    "solely of|composed exclusively of|made exclusively of|consisting exclusively of|consists "
    "exclusively of|composed entirely of|made entirely of|consisting entirely of|consists entirely "
    "of|contains nothing but|nothing but|just";

/* What it may be made of. */
static const char ALLOWED[] =
    "nothing except|nothing besides|nothing other than|no atoms except|no atoms besides|no atoms "
    "but|no atoms outside|no atoms outside of|no atoms beyond|no elements but|no elements besides|"
    "no element besides|no element but|no element except|no elements outside|no elements outside "
    "of|no elements beyond|no other atoms than|no heavy atoms except|no heavy atoms other than|no "
    "elements other than|no element other than|no atoms other than|no atom other than|no elements "
    "except|no other elements than|restricted to|limited to|confined to|restrict to|limit to|"
    "restrict elements to|limit elements to|elements restricted to|elements limited to|elements "
    "allowed|allowed elements|permitted elements|elements permitted|allowed atoms|atoms allowed|"
    "allowed atom types|element set|elements from|elements only from";

/* ---- lists of elements ---- */

static int element_at(const request_words *ws, int i) {
    if (i >= ws->n || ws->w[i].mark) return 0;
    int e = request_symbol_of(ws->w[i].raw);
    return e ? e : request_element_of(ws->w[i].s);
}

/* "CHNO", "CHNOS": carbon, hydrogen and others in one word; false: none. */
static bool symbols_in_one(const request_words *ws, int i, uint64_t bits[2]) {
    if (i >= ws->n || ws->w[i].mark || strncmp(ws->w[i].raw, "CH", 2) || !ws->w[i].raw[2])
        return false;
    uint64_t all[2] = {0};
    for (const char *s = ws->w[i].raw; *s;) {
        char symbol[3] = {*s++, 0, 0};
        if (*s >= 'a' && *s <= 'z') symbol[1] = *s++;
        const int e = request_symbol_of(symbol);
        if (!e) return false;
        all[e / 64] |= (uint64_t)1 << (e % 64);
    }
    bits[0] |= all[0], bits[1] |= all[1];
    return true;
}

/* "C, H and N" from word i on: bits; words read. */
static int element_list(const request_words *ws, int i, uint64_t bits[2]) {
    int k = i, end = i;
    for (;;) {
        const int e = element_at(ws, k);
        if (!e && !symbols_in_one(ws, k, bits)) break;
        if (e) bits[e / 64] |= (uint64_t)1 << (e % 64);
        end = ++k;
        if (request_word_is(ws, k, "atom|atoms")) end = ++k;
        while (k < ws->n && (ws->w[k].mark == ',' || request_word_is(ws, k, "and|or|plus|/|&|+")))
            k++;
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

/* Of the halogens or the heteroatoms none but those, which are wanted; words from .. to - 1. */
static void keep_among(parser *p, bool halogens, const uint64_t bits[2], int from, int to) {
    request_keep_others(p, halogens, bits, from, to);
    keep_elements(p, bits, from, to);
    p->last_end = to;
}

/* `wanted`: each of them must be there; carbon always where it is listed. */
static void keep_only(parser *p, const uint64_t bits[2], bool wanted, int from, int to) {
    mg_ask only = {.kind = MG_ASK_ONLY, .label = "only", .only = {bits[0], bits[1]}};
    const uint64_t carbon[2] = {bits[0] & (uint64_t)1 << 6, 0};
    request_keep(p, &only, from, to, true);
    keep_elements(p, wanted ? bits : carbon, from, to);
    p->last_end = to;
}

static bool is_halogen(int e) { return e == 9 || e == 17 || e == 35 || e == 53; }

/* "only N and O", "oxygen only": of the heteroatoms, or the halogens, where no carbon is listed. */
static void keep_listed(parser *p, const uint64_t bits[2], bool wanted, int from, int to) {
    bool halogens = true;
    for (int e = 0; e < 128; e++) halogens &= !(bits[e / 64] >> (e % 64) & 1) || is_halogen(e);
    if (bits[0] & (uint64_t)1 << 6) {
        keep_only(p, bits, wanted, from, to);
        return;
    }
    keep_among(p, halogens, bits, from, to);
}

/* Words that list what is allowed are a long list too: "only C, H, N, O". */
static bool is_short(const uint64_t bits[2]) {
    int n = 0;
    for (int e = 0; e < 128; e++) n += (bits[e / 64] >> (e % 64) & 1) != 0;
    return n <= 3;
}

/* "elements other than C, H, O are forbidden": words read, 0: no such thing. */
static int step_others(parser *p, int i) {
    const int what = request_phrase(&p->ws, i,
                                    "elements|element|atoms|any element|any elements|any atoms|any "
                                    "other element|other elements|anything",
                                    false),
              but = request_phrase(&p->ws, i + what,
                                   "other than|besides|except|apart from|beyond|outside|outside "
                                   "of|than|but",
                                   false);
    uint64_t bits[2] = {0};
    if (!what || !but || (p->negated && p->negated_once)) return 0;
    const int at = i + what + but + request_word_is(&p->ws, i + what + but, "the"),
              n = element_list(&p->ws, at, bits), after = request_denied_behind(p, at + n);
    if (!n) return 0;
    const int all = at + n + after - i;
    if (p->negated != (after > 0)) {
        if (p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated = false;
        keep_only(p, bits, false, i, i + all);
    } else { /* "contains elements other than C and H" */
        request_mark(p, i, all, WORD_LEFT);
        p->last_unknown = i + all - 1;
    }
    return all;
}

/* "the only halogen is fluorine", "sole heteroatom: S": words read, 0: no such thing. */
static int step_only_one(parser *p, int i) {
    int at = i + request_word_is(&p->ws, i, "the|its|with");
    if (!request_word_is(&p->ws, at, "only|sole|single|lone")) return 0;
    at++;
    at += request_word_is(&p->ws, at, "allowed|permitted");
    const bool halogens = request_word_is(&p->ws, at, "halogen|halogens");
    if (!halogens && !request_word_is(&p->ws, at, "heteroatom|heteroatoms")) return 0;
    at++;
    uint64_t bits[2] = {0};
    const int from = at;
    while (request_word_is(&p->ws, at,
                           "is|are|should|must|being|be|shall|allowed|permitted|present|=") ||
           (at < p->ws.n && p->ws.w[at].mark == ':'))
        at++;
    const int n = at > from ? element_list(&p->ws, at, bits) : 0;
    if (!n) return 0;
    keep_among(p, halogens, bits, i, at + n);
    return at + n - i;
}

/* "only | C, H and N": the list behind k words; words read. */
static int step_only_list(parser *p, int i, int k, bool made) {
    uint64_t bits[2] = {0};
    bool halogens;
    int at = i + k;
    while (request_word_is(&p->ws, at, "the|elements|are|is|be|to") ||
           (!made && at < p->ws.n && p->ws.w[at].mark == ':'))
        at++;
    int n = element_list(&p->ws, at, bits);
    if (!n) return 0;
    if (request_word_is(&p->ws, at + n, "is|are|must|should|in|as|on") &&
        !only_among(p, at + n, &halogens)) { /* "the only oxygen is a ketone" */
        p->evidence = true;
        return request_leave(p, i, at + n - i);
    }
    n += request_word_is(&p->ws, at + n, "only|alone|exclusively");
    const int behind = only_among(p, at + n, &halogens),
              before = behind ? 0 : among_before(p, i, &halogens), to = at + n + behind;
    if (before && p->r->n && p->last_end >= i - before) request_take_back(p, p->r->n - 1);
    if (behind || before)
        keep_among(p, halogens, bits, i - before, to);
    else if (request_word_is(&p->ws, i + k - 1, "only|just"))
        keep_listed(p, bits, made && is_short(bits), i, to);
    else
        keep_only(p, bits, made && is_short(bits), i, to);
    return to - i;
}

/* "C and H | only": words read. */
static int step_list_only(parser *p, int i) {
    uint64_t bits[2] = {0};
    bool halogens;
    const int n = element_list(&p->ws, i, bits);
    if (n == 1 && !strcmp(p->ws.w[i].raw, "I") && i + 2 < p->ws.n && !p->ws.w[i + 2].mark)
        return 0; /* "I only want acids" */
    if (!n || !request_word_is(&p->ws, i + n, "only|alone|exclusively") ||
        request_word_is(&p->ws, i + n + 1, "halogen|halogens|heteroatom|heteroatoms"))
        return 0;
    if (request_word_is(&p->ws, i + n + 1, "in|as|on|at|within|inside|attached|where|when|if|by")) {
        p->evidence = true; /* "oxygen only as an ether" */
        return request_leave(p, i, n + 2);
    }
    const int before = among_before(p, i, &halogens);
    if (before) { /* "heteroatoms: N and O only" */
        if (p->r->n && p->last_end >= i - before) request_take_back(p, p->r->n - 1);
        keep_among(p, halogens, bits, i - before, i + n + 1);
    } else
        keep_listed(p, bits, is_short(bits), i, i + n + 1);
    return n + 1;
}

int request_step_only(parser *p, int i) {
    uint64_t bits[2] = {0};
    const int made = request_phrase(&p->ws, i, MADE, false),
              allowed = request_phrase(&p->ws, i, ALLOWED, false),
              k = made > allowed ? made : allowed;
    int n;
    if (!p->negated && (n = step_only_one(p, i)) > 0) return n;
    if ((n = step_others(p, i)) > 0) return n;
    if (!k) return step_list_only(p, i);
    if (!p->negated || p->negated_once) return step_only_list(p, i, k, made > allowed);
    n = element_list(&p->ws, i + k, bits); /* "not only carbon and hydrogen" */
    if (!n) return 0;
    request_leave_negator(p);
    p->negated = false;
    return request_leave(p, i, k + n);
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

static bool is_carbons(const parser *p, int i, int *n) {
    int elements;
    if (i >= p->ws.n || p->ws.w[i].mark) return false;
    const request_word *w = &p->ws.w[i];
    return is_formula(p->text + w->begin, w->end - w->begin, n, &elements) && elements == 1 && *n;
}

/* The other end of "C8 to C12", "C8-C12", "C8-12" behind word i: its number; words read. */
static int carbons_to(const parser *p, int i, int *most) {
    const request_words *ws = &p->ws;
    const int to = request_word_is(ws, i + 1, "to|through|until|and") &&
                           (!request_word_is(ws, i + 1, "and") ||
                            request_word_is(ws, i - 1, "between"))
                       ? 1
                       : 0;
    const int at = i + 1 + to;
    double x;
    if (!to && !(at < ws->n && ws->w[at].joined)) return 0;
    if (!is_carbons(p, at, most)) {
        if (at >= ws->n || ws->w[at].mark || !request_number(ws->w[at].s, &x) || x > 999) return 0;
        *most = (int)x;
    }
    return 1 + to;
}

/* Whether a list alone stands between the last condition and word i. */
static bool is_listed(const parser *p, int i) {
    int at = p->last_end;
    if (at < 0 || at >= i) return false;
    while (at < i && (p->ws.w[at].mark == ',' || request_word_is(&p->ws, at, "and|or|/"))) at++;
    return at == i;
}

static const char CHAINS[] = "chain|tail|alkyl chain|carbon chain|alkyl tail";

/* "C18", "C12 chain", "C8-C12"; most: 0: open; `all`: words that say the number. */
static int keep_carbons(parser *p, int least, int most, int i, int all) {
    mg_ask a = {.kind = MG_ASK_ELEMENT, .id = 6, .label = request_element_name(6)};
    const int chain = request_phrase(&p->ws, i + all, CHAINS, true);
    if (chain) request_feature(p->g, "carbon chain", &a);
    a.range = request_at_least(least);
    if (most > least || (most == least && !chain)) a.range.hi = most;
    const int first = p->r->n, n = all + chain;
    const mg_ask *last = first ? &p->r->asks[first - 1] : NULL;
    const bool listed = last && last->kind == a.kind && last->id == a.id && is_listed(p, i);
    p->or_next |= listed; /* "C10, C12 and C14 acids" */
    request_keep(p, &a, i, i + n, true);
    if (first < p->r->n) request_join_alternatives(p, first);
    request_mark(p, i, n, WORD_USED);
    p->or_next = p->comma_next = false;
    p->last_end = i + n;
    return n;
}

/* Behind C and a number: a part of the molecule has so many carbons, or it is a place in it. */
static bool is_carbons_of_part(const parser *p, int i) {
    return !request_phrase(&p->ws, i, CHAINS, true) &&
           request_word_is(&p->ws, i,
                           "position|positions|linker|spacer|bridge|tether|symmetric|symmetry|axis|"
                           "hydroxyl|hydroxy|epimer|substituted|substituent|substituents|alkyl|"
                           "alkyls|alkoxy|acyl|aryl|alkenyl|alkynyl|cycloalkyl|heteroaryl|"
                           "hydrocarbyl|group|groups|unit|units|bond|bonds|double|triple|single|"
                           "linkage|cleavage|hydroxylation|oxidation|methyl|carbon|carbonyl");
}

/* "18:1" beside a fatty acid, "C18:1"; words read. */
static int step_shorthand(parser *p, int i) {
    const char *s = p->ws.w[i].s;
    int carbons, doubles;
    const bool letter = s[0] == 'c';
    if (sscanf(s + letter, "%d:%d", &carbons, &doubles) != 2 || carbons < 4 || carbons >= 60 ||
        !(letter || request_word_is(&p->ws, i - 1, "acid|acids|chain|acyl|fatty|lipid") ||
          request_word_is(&p->ws, i + 1, "fatty|acyl|chain|acid|lipid")))
        return 0;
    mg_ask a;
    keep_carbons(p, carbons, carbons, i, 1);
    const bool several = request_word_is(&p->ws, i + 1, "chains|tails|acyls|acids|residues");
    request_feature(p->g, "C=C bonds", &a);
    a.range = several ? request_at_least(doubles) : request_exactly(doubles);
    if (several && !doubles) return 1;
    request_keep(p, &a, i, i + 1, true);
    return 1;
}

/* "C18", "C8-C12", "C20+" of a whole molecule; words read. */
static int step_carbons(parser *p, int i, int carbons, bool up) {
    const request_words *ws = &p->ws;
    int most = carbons;
    const int range = carbons && !up ? carbons_to(p, i, &most) : 0, next = i + 1 + range;
    const char behind = p->text[ws->w[next - 1].end]; /* "(C1-C6)alkoxy" */
    const bool bracket = behind == ')' && isalpha((unsigned char)p->text[ws->w[next - 1].end + 1]);
    const bool joined = ws->w[i].joined || /* C4-C5 */
                        (!range && i + 1 < ws->n && ws->w[i + 1].joined);
    if (carbons < (range ? 1 : 2) || joined || bracket ||
        request_word_is(ws, i - 1, "at|position|positions|to|on") || is_carbons_of_part(p, next) ||
        (range && most <= carbons) || (most == carbons + 1 && (next >= ws->n || ws->w[next].mark)))
        return 0;
    return keep_carbons(p, carbons, up ? 0 : most, i, 1 + range);
}

/* "empirical formula CH2O": a molecule may have it several times; words read. */
static int step_empirical(parser *p, int i) {
    if (!request_phrase(&p->ws, i, "empirical formula|simplest formula", false)) return 0;
    int at = i + 2;
    while (request_word_is(&p->ws, at, "of|is|=")) at++;
    return request_leave(p, i, at + 1 - i);
}

/* The formula of words from i on, "C8 H10 N4 O2"; words read. */
static int formula_words(const parser *p, int i, char out[64]) {
    size_t n = 0;
    int k = 0, carbons, elements;
    for (; i + k < p->ws.n && !p->ws.w[i + k].mark; k++) {
        const request_word *w = &p->ws.w[i + k];
        const size_t m = w->end - w->begin;
        const char *s = p->text + w->begin;
        if (n + m >= 64 || !is_formula(s, m, &carbons, &elements)) break;
        memcpy(out + n, s, m);
        n += m;
    }
    out[n] = 0;
    return k;
}

/* "both chains | C8": of a part. */
static bool is_chain_before(const parser *p, int i) {
    const int is = request_word_is(&p->ws, i - 1, "is|are|of|=|being");
    if (!is && request_word_is(&p->ws, i - 2, "straight|branched|unbranched|linear|normal"))
        return false; /* "a straight-chain C12 acid" */
    return request_word_is(&p->ws, i - 1 - is,
                           "chain|chains|tail|tails|acyl|acyls|alkyl|alkyls|residue|residues|arm|"
                           "arms|linker|spacer|substituent|substituents|side");
}

/* "CHO compounds": of these elements alone; words read. */
static int step_letters(parser *p, int i) {
    const request_word *w = &p->ws.w[i];
    const size_t n = w->end - w->begin;
    mg_ask only = {.kind = MG_ASK_ONLY, .label = "only"};
    if (n < 3 || n > 6 || strncmp(w->raw, "CH", 2) ||
        !request_word_is(&p->ws, i + 1,
                         "compound|compounds|only|formula|formulas|formulae|species|composition|"
                         "compositions|elements|molecules|ions|metabolites|class"))
        return 0;
    for (size_t k = 0; k < n; k++) {
        const char symbol[2] = {w->raw[k], 0};
        const int e = strchr("CHNOPS", *symbol) ? request_symbol_of(symbol) : 0;
        if (!e) return 0;
        only.only[0] |= (uint64_t)1 << e;
    }
    if (p->negated || p->doubt || p->evidence) return request_leave(p, i, 1);
    keep_only(p, only.only, n <= 3, i, i + 1);
    return 1 + request_word_is(&p->ws, i + 1, "only");
}

int request_step_formula(parser *p, int i) {
    int carbons, elements, at = i, n = step_empirical(p, i);
    if (n || (n = step_letters(p, i)) > 0) return n;
    const int said = request_phrase(&p->ws, i, "formula|molecular formula|sum formula", false);
    at += said;
    while (said &&
           (request_word_is(&p->ws, at, "of|is|=") || (at < p->ws.n && p->ws.w[at].mark == ':')))
        at++;
    if (at >= p->ws.n || p->ws.w[at].mark) return 0;
    const request_word *w = &p->ws.w[at];
    const char *s = p->text + w->begin;
    const size_t m = w->end - w->begin, up = m > 2 && s[m - 1] == '+' ? 1 : 0; /* "C20+" */
    if (!m || m > 60) return 0;
    if (!said && (n = step_shorthand(p, i)) > 0) return n;
    if (!is_formula(s, m - up, &carbons, &elements)) return 0;
    if (!said && elements == 1) {
        if (carbons > 1 && (p->evidence || p->doubt || is_chain_before(p, i))) {
            p->evidence = true; /* "a thioester of a C4 acid" */
            return request_leave(p, i, 1);
        }
        return step_carbons(p, i, carbons, up);
    }
    if (!said && carbons && !request_term_at(p->g, &p->ws, at).words &&
        request_word_is(&p->ws,
                        at + 1 + (at + 1 < p->ws.n && p->ws.w[at + 1].mark != 0), /* of a part */
                        "group|groups|unit|units|fragment|fragments|residue|residues|"
                        "moiety|substituent|substituents|radical|chain|chains|tail|linker"))
        return request_leave(p, i, 1);
    if (up || (!said && (!carbons || elements < 2 || !strchr(s, 'H') || m < 4))) return 0;
    char text[64];
    const int words = said ? formula_words(p, at, text) : 1;
    mg_ask a = {
        .kind = MG_ASK_FORMULA, .label = "formula", .text = said ? strdup(text) : strndup(s, m)};
    if (!a.text) return 0;
    const int first = p->r->n, all = at + words - i;
    if (!request_keep(p, &a, i, i + all, true)) free(a.text);
    if (first < p->r->n) request_join_alternatives(p, first);
    p->or_next = p->comma_next = false;
    request_mark(p, i, all, WORD_USED);
    p->last_end = i + all;
    return all;
}
