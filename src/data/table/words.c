/* words.c - what a cell looks like: SMILES, InChI, SELFIES, a number. Guesses by characters alone;
 * chemistry comes later.
 */
#include "data/table/inside.h"

#include <ctype.h>
#include <string.h>

bool mg_looks_like_smiles(const char *s, size_t n) {
    bool bracket = false, atom = false, aromatic = false, digit = false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i], next = i + 1 < n ? s[i + 1] : 0;
        if (bracket) {
            if (c == ']')
                bracket = false;
            else if (!isalnum((unsigned char)c) && !strchr("@+-:*", c))
                return false;
        } else if (c == '[') {
            bracket = atom = true;
        } else if (c && strchr("BCNOPSFI*", c)) {
            atom = true;
            if ((c == 'C' && next == 'l') || (c == 'B' && next == 'r')) i++;
        } else if (c && strchr("bcnops", c)) {
            atom = aromatic = true;
        } else if (isdigit((unsigned char)c)) {
            if (!atom) return false;
            digit = true;
        } else if (!c || !strchr("=#$:/\\.-~()%@", c)) {
            return false;
        }
    }
    /* an aromatic atom is in a ring: "No" and "On" are words */
    return atom && !bracket && (!aromatic || digit);
}

bool mg_looks_like_inchi(const char *s, size_t n) { return n > 8 && !memcmp(s, "InChI=1", 7); }

/* C, Cl: an atom that a bracket of SMILES would make a radical. */
static bool plain_atom(const char *s, size_t n) {
    if (n == 1) return strchr("BCNOPSFI", *s) != NULL;
    return n == 2 && (!memcmp(s, "Cl", 2) || !memcmp(s, "Br", 2));
}

static bool selfies_token(const char *s, size_t n) {
    static const char *const words[] = {"Branch", "Ring", "nop", "epsilon", "Expl"};
    if (n > 1 && strchr("=#$/\\", *s) && isalpha((unsigned char)s[1])) return true;
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (memmem(s, n, words[i], strlen(words[i]))) return true;
    return false;
}

mg_selfies mg_looks_like_selfies(const char *s, size_t n) {
    int tokens = 0, plain = 0;
    bool sure = false;
    for (size_t i = 0; i < n;) {
        if (s[i] == '.' && i) {
            i++;
            continue;
        }
        const char *end = s[i] == '[' ? memchr(s + i, ']', n - i) : NULL;
        if (!end) return MG_NO_SELFIES;
        const size_t len = (size_t)(end - s) - i - 1;
        tokens++;
        plain += plain_atom(s + i + 1, len);
        sure = sure || selfies_token(s + i + 1, len);
        i += len + 2;
    }
    if (!tokens) return MG_NO_SELFIES;
    return sure ? MG_SELFIES : tokens > 1 && plain == tokens ? MG_MAYBE_SELFIES : MG_BRACKETS;
}

bool mg_looks_like_molecule(const char *s, size_t n) {
    return mg_looks_like_smiles(s, n) || mg_looks_like_inchi(s, n) ||
           (n && *s == '[' && mg_looks_like_selfies(s, n) == MG_SELFIES);
}

bool mg_looks_like_number(const char *s) {
    size_t n = strspn(s, "+-.,0123456789eE");
    return n && !s[n] && strpbrk(s, "0123456789");
}

size_t mg_smiles_core(const char *s, size_t n) {
    const char *bar = memchr(s, '|', n);
    size_t core = bar ? (size_t)(bar - s) : 0;
    if (!core || (s[core - 1] != ' ' && s[core - 1] != '\t')) return n;
    while (core && (s[core - 1] == ' ' || s[core - 1] == '\t')) core--;
    return core ? core : n;
}
