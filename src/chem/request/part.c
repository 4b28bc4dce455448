/* part.c - "contains c1ccncc1", "substructure C(=O)N[OH]", "no C#N": SMILES or SMARTS in a
 * sentence.
 */
#include "chem/request/parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 200 };

/* Bytes up to the next blank, less the punctuation that ends a clause. */
static size_t token(const char *s) {
    size_t n = 0;
    while (s[n] && !isspace((unsigned char)s[n])) n++;
    while (n && strchr(",.;:?!\"'", s[n - 1])) n--;
    return n;
}

/* Whether it can be no word and no number: letters of elements alone, and a bond, a branch, a
 * bracket or an aromatic ring. */
static bool is_notation(const char *s, size_t n) {
    bool bracket = false, sign = false, aromatic = false, digit = false;
    int letters = 0;
    for (size_t i = 0; i < n; i++) {
        const char c = s[i];
        bracket = c == '[' || (bracket && c != ']');
        if (bracket) {
            sign = true;
            letters += isalpha((unsigned char)c) != 0 ||
                       (c == '#' && i + 1 < n && isdigit((unsigned char)s[i + 1]));
            continue;
        }
        if ((c == 'C' && i + 1 < n && s[i + 1] == 'l') ||
            (c == 'B' && i + 1 < n && s[i + 1] == 'r')) {
            letters++, i++;
            continue;
        }
        if (isalpha((unsigned char)c) && !strchr("BCNOPSFIbcnops", c)) return false;
        letters += isalpha((unsigned char)c) != 0;
        aromatic |= islower((unsigned char)c) != 0;
        digit |= isdigit((unsigned char)c) != 0;
        sign |= c != '\0' && strchr("=#(~@:", c) != NULL;
        if (!isalnum((unsigned char)c) && !strchr("=#()[]-+~@:/\\*.%!&$", c)) return false;
    }
    return letters >= 2 && (sign || (aromatic && digit));
}

/* The SMARTS, malloc'ed, or NULL: RDKit does not read it. */
static char *read_smarts(const char *s, size_t n) {
    molglot_error err;
    char *text = n && n <= LONGEST ? strndup(s, n) : NULL;
    mg_smarts *smarts = text ? mg_smarts_new(text, &err) : NULL;
    if (!smarts) {
        free(text);
        return NULL;
    }
    mg_smarts_free(smarts);
    return text;
}

int request_smiles_end(const parser *p, int from) {
    if (from >= p->ws.n) return from;
    const size_t begin = p->ws.w[from].begin, n = token(p->text + begin);
    if (!is_notation(p->text + begin, n)) return from;
    char *smiles = strndup(p->text + begin, n);
    mg_mol *mol = smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    const bool readable = mol != NULL;
    mg_mol_free(mol);
    free(smiles);
    int end = from;
    while (readable && end < p->ws.n && p->ws.w[end].begin < begin + n) end++;
    return end;
}

/* "contains N1CCOCC1": letters and rings that a code could have too. */
static bool is_contained(const parser *p, int i, const char *s, size_t n) {
    return request_word_is(&p->ws, i - 1, "contains|containing|contain|bearing|bears|like") &&
           mg_notation_guess(s, n) == MG_NOTATION_SMILES;
}

/* An atom of "C-F bond" or "carbon-nitrogen double bond" at word i as SMARTS; false: none. */
static bool bonded_atom(const parser *p, int i, char smarts[24]) {
    int e = request_symbol_of(p->ws.w[i].raw);
    if (!e) e = request_element_of(p->ws.w[i].s);
    const bool halogen = request_word_is(&p->ws, i, "halogen"),
               hetero = request_word_is(&p->ws, i, "heteroatom|hetero");
    if (halogen || hetero)
        strcpy(smarts, halogen ? "[F,Cl,Br,I]" : "[!#6;!#1]");
    else
        snprintf(smarts, 24, "[#%d]", e);
    return halogen || hetero || e > 1;
}

/* "C-Br | or C-I bonds": bonds of the same kind, told at the end of a list. */
static bool bonds_listed(const parser *p, int i) {
    const request_words *ws = &p->ws;
    char atom[24];
    const int comma = i < ws->n && ws->w[i].mark == ',',
              word = request_word_is(ws, i + comma, "or|and|nor|/");
    const int at = i + comma + word;
    if (at == i || at + 2 >= ws->n || ws->w[at].mark || !ws->w[at + 1].joined ||
        !bonded_atom(p, at, atom) || !bonded_atom(p, at + 1, atom))
        return false;
    return request_word_is(ws, at + 2, "bond|bonds|linkage|linkages") || bonds_listed(p, at + 2);
}

/* "C-F bond", "carbon-oxygen double bond": words read, and its SMARTS. */
static int bond_at(const parser *p, int i, char smarts[64]) {
    char a[24], b[24];
    const request_words *ws = &p->ws;
    if (i + 2 >= ws->n || !ws->w[i + 1].joined) return 0;
    int at = i + 2;
    const char *sign = request_word_is(ws, at, "double")   ? "="
                       : request_word_is(ws, at, "triple") ? "#"
                                                           : "-";
    const bool order = request_word_is(ws, at, "single|double|triple");
    at += order;
    const bool said = request_word_is(ws, at, "bond|bonds|linkage|linkages");
    if ((!said && (order || !bonds_listed(p, at))) || !bonded_atom(p, i, a) ||
        !bonded_atom(p, i + 1, b))
        return 0;
    const int carbon = request_element_of("carbon");
    const bool names = request_element_of(ws->w[i].s) == carbon &&
                       request_element_of(ws->w[i + 1].s) == carbon;
    if (names && *sign != '-') return 0; /* "carbon-carbon double bond": a term */
    snprintf(smarts, 64, "%s%s%s", a, sign, b);
    return at + said - i;
}

/* Isotopes of light elements that are bought or made. */
static const struct {
    int e, mass;
} LIGHT[] = {{6, 11}, {6, 13},  {6, 14},  {7, 13},  {7, 15},  {8, 15},  {8, 17},  {8, 18},
             {9, 18}, {15, 32}, {15, 33}, {16, 33}, {16, 34}, {16, 35}, {17, 36}, {17, 37}};

/* "18F", "fluorine-18", "I-125 labelled": words read, and its SMARTS. */
static int isotope_at(const parser *p, int i, char smarts[64]) {
    const request_words *ws = &p->ws;
    if (i >= ws->n || ws->w[i].mark || (ws->w[i].joined && i && !ws->w[i - 1].mark)) return 0;
    const char *raw = ws->w[i].raw;
    const size_t digits = strspn(raw, "0123456789");
    double mass = 0;
    int e = digits ? request_symbol_of(raw + digits) : request_element_of(ws->w[i].s), n = 1;
    if (!digits && !e) e = request_symbol_of(raw);
    const bool joined = i + 1 < ws->n && ws->w[i + 1].joined;
    if (digits && !joined)
        mass = atof(raw);
    else if (!digits && joined && request_number(ws->w[i + 1].s, &mass))
        n = 2;
    if (i + n < ws->n && ws->w[i + n].joined &&
        !request_word_is(ws, i + n, "labelled|labeled|label|free|containing|bearing"))
        return 0;
    /* C, N and O with a number are places: "the C-17 ketone" */
    const bool place = !digits && e < 9 && p->ws.w[i].s[1] == 0;
    bool odd = e > 20 && mass >= 2 * e && mass <= 2.7 * e;
    for (size_t k = 0; k < MG_COUNT(LIGHT); k++)
        odd |= e == LIGHT[k].e && (int)mass == LIGHT[k].mass && !place;
    if (!odd || (e == 53 && (int)mass == 127)) return 0;
    const bool halogen = e == 9 || e == 17 || e == 35 || e == 53;
    if (halogen)
        snprintf(smarts, 64, "[%d%s]", (int)mass,
                 e == 9    ? "F"
                 : e == 17 ? "Cl"
                 : e == 35 ? "Br"
                           : "I");
    else
        snprintf(smarts, 64, "[%d#%d]", (int)mass, e);
    return n + request_word_is(ws, i + n, "labelled|labeled|label|isotope");
}

static int keep_part(parser *p, int i, int end, char *text, const mg_range *range) {
    mg_ask a = {.kind = MG_ASK_PART,
                .label = "substructure",
                .text = text,
                .range = p->negated ? request_exactly(0)
                         : range    ? *range
                                    : request_at_least(1)};
    const int first = p->r->n;
    const bool kept = request_keep(p, &a, i, end, true) != NULL;
    if (kept)
        request_join_alternatives(p, first);
    else
        free(text);
    request_mark(p, i, end - i, kept ? WORD_USED : WORD_LEFT);
    if (p->negated) request_mark(p, p->negator, p->negator_n, WORD_USED), p->negated_once = true;
    p->or_next = p->comma_next = false;
    p->ring = -1;
    p->last_end = end;
    return end - i;
}

int request_part_at(parser *p, int i, const mg_range *range) {
    char smarts[64];
    int bond = p->evidence || p->doubt ? 0 : bond_at(p, i, smarts);
    if (!bond && !p->evidence && !p->doubt && i < p->ws.n &&
        request_term_at(p->g, &p->ws, i).words < 2 &&
        !(isdigit((unsigned char)p->ws.w[i].s[0]) && request_term_at(p->g, &p->ws, i).words))
        bond = isotope_at(p, i, smarts);
    char *bonded = bond ? strdup(smarts) : NULL;
    if (bonded) return keep_part(p, i, i + bond, bonded, range);
    const int said = request_phrase(&p->ws, i, "substructure|smarts|smiles|smarts pattern", false);
    int at = i + said;
    if (said && at < p->ws.n && p->ws.w[at].mark == ':') at++;
    if (at >= p->ws.n || (p->ws.w[at].mark && p->ws.w[at].mark != '[') ||
        request_word_is(&p->ws, at + 1, "ratio") ||
        (!said && request_term_at(p->g, &p->ws, at).words))
        return 0;
    const size_t begin = p->ws.w[at].begin, n = token(p->text + begin);
    const char *s = p->text + begin;
    if (!said && (p->evidence || p->doubt)) return 0;
    char *text = said || is_notation(s, n) || is_contained(p, at, s, n) ? read_smarts(s, n) : NULL;
    if (!text) return 0;
    int end = at;
    while (end < p->ws.n && p->ws.w[end].begin < begin + n) end++;
    end += request_word_is(&p->ws, end,
                           "ring|rings|group|groups|core|motif|unit|units|scaffold|"
                           "moiety|substructure|fragment|pattern");
    end += request_phrase(&p->ws, end,
                          "double bond|double bonds|triple bond|triple bonds|single bond|single "
                          "bonds|bond|bonds",
                          false); /* "C=N double bond" */
    return keep_part(p, i, end, text, range);
}

int request_step_part(parser *p, int i) { return request_part_at(p, i, NULL); }
