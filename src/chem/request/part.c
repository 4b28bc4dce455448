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

/* "C-F bond": words read, and its SMARTS. */
static int bond_at(const parser *p, int i, char smarts[24]) {
    if (i + 2 >= p->ws.n || !p->ws.w[i + 1].joined ||
        !request_word_is(&p->ws, i + 2, "bond|bonds|linkage|linkages"))
        return 0;
    const int a = request_symbol_of(p->ws.w[i].raw), b = request_symbol_of(p->ws.w[i + 1].raw);
    if (!a || !b || a == 1 || b == 1) return 0;
    snprintf(smarts, 24, "[#%d]-[#%d]", a, b);
    return 3;
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
    char smarts[24];
    const int bond = p->evidence || p->doubt ? 0 : bond_at(p, i, smarts);
    char *bonded = bond ? strdup(smarts) : NULL;
    if (bonded) return keep_part(p, i, i + bond, bonded, range);
    const int said = request_phrase(&p->ws, i, "substructure|smarts|smiles|smarts pattern", false);
    int at = i + said;
    if (said && at < p->ws.n && p->ws.w[at].mark == ':') at++;
    if (at >= p->ws.n || (p->ws.w[at].mark && p->ws.w[at].mark != '[') ||
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
    return keep_part(p, i, end, text, range);
}

int request_step_part(parser *p, int i) { return request_part_at(p, i, NULL); }
