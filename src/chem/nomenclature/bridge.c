/* bridge.c - disulfides of peptides: "... L-threoninol cyclic (2->7)-disulfide", "Cys-Gly-Cys
 * (disulfide bridge: Cys1-Cys3)". The two numbers are of residues. They are not counted: a peptide
 * that has two thiols has one such bridge, and another number of them is refused.
 */
#include "chem/nomenclature/peptide.h"

#include <ctype.h>
#include <string.h>

static bool is_apart(char c) { return c && strchr(" (),:", c); }

/* "2->7", "1-6", "cys1-cys6": which residues. */
static bool is_pair(const char *s, size_t n) {
    int numbers = 0, links = 0;
    for (size_t i = 0; i < n;) {
        if (n - i > 3 && !strncmp(s + i, "cys", 3)) i += 3;
        const size_t from = i;
        while (i < n && isdigit((unsigned char)s[i])) i++;
        if (i == from) return false;
        numbers++;
        if (i < n) {
            if (s[i] != '-') return false;
            links++, i++;
            if (i < n && s[i] == '>') i++;
        }
    }
    return numbers == 2 && links >= 1;
}

static bool is_word(const char *s, size_t n) {
    static const char *const words[] = {"cyclic", "bridge", "bond", "between", "and"};
    for (size_t k = 0; k < MG_COUNT(words); k++)
        if (n == strlen(words[k]) && !strncmp(s, words[k], n)) return true;
    return is_pair(s, n);
}

bool name_cut_bridge(char *s, size_t *n) {
    static const char word[] = "disulfide";
    char *at = strstr(s, word);
    if (!at || strstr(at + 1, word)) return false;
    if (at > s + 2 && (!strncmp(at - 3, "yl ", 3) || !strncmp(at - 2, ") ", 2))) return false;
    size_t from = (size_t)(at - s), end = from + sizeof word - 1;
    while (end < *n) { /* what stands behind it */
        while (end < *n && is_apart(s[end])) end++;
        size_t k = end;
        while (k < *n && !is_apart(s[k])) k++;
        if (k > end && !is_word(s + end, k - end)) return false;
        end = k;
    }
    if (from && s[from - 1] == '-') from--;
    for (size_t i = from;;) { /* and in front */
        while (i && is_apart(s[i - 1])) i--;
        size_t k = i;
        while (k && !is_apart(s[k - 1])) k--;
        from = i;
        if (!is_word(s + k, i - k)) break;
        i = k;
    }
    if (from < 5 || from == (size_t)(at - s)) return false;
    s[ *n = from] = 0;
    return true;
}

/* A sulfur with a hydrogen and one neighbour. */
static bool is_thiol(const name_fragment *f, int atom) {
    int bonds = 0;
    if (f->a[atom].number != 16 || f->a[atom].charge) return false;
    for (int j = 0; j < f->m; j++) bonds += f->b[j].a == atom || f->b[j].b == atom;
    return bonds == 1 && name_orders(f, atom) == 1;
}

bool name_set_bridge(name_fragment *f) {
    int found[2], n = 0;
    for (int i = 0; i < f->n; i++) {
        if (!is_thiol(f, i)) continue;
        if (n == 2) return false;
        found[n++] = i;
    }
    return n == 2 && f->residue && name_bind(f, found[0], found[1], 1);
}
