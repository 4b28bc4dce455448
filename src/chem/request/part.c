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
            sign = true, letters += isalpha((unsigned char)c) != 0;
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

int request_step_part(parser *p, int i) {
    const int said = request_phrase(&p->ws, i, "substructure|smarts|smiles|smarts pattern", false);
    int at = i + said;
    if (said && at < p->ws.n && p->ws.w[at].mark == ':') at++;
    if (at >= p->ws.n || (p->ws.w[at].mark && p->ws.w[at].mark != '[') ||
        (!said && request_term_at(p->g, &p->ws, at).words))
        return 0;
    const size_t begin = p->ws.w[at].begin, n = token(p->text + begin);
    if (!said && (p->evidence || p->doubt)) return 0;
    char *text = said || is_notation(p->text + begin, n) ? read_smarts(p->text + begin, n) : NULL;
    if (!text) return 0;
    int end = at;
    while (end < p->ws.n && p->ws.w[end].begin < begin + n) end++;
    const int behind = request_word_is(&p->ws, end,
                                       "ring|rings|group|groups|core|motif|unit|scaffold|"
                                       "moiety|substructure|fragment|pattern");
    mg_ask a = {.kind = MG_ASK_PART,
                .label = "substructure",
                .text = text,
                .range = p->negated ? request_exactly(0) : request_at_least(1)};
    const int first = p->r->n;
    end += behind;
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
