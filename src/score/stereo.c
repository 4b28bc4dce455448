/* stereo.c - stereo that a SMILES says and RDKit does not read: of cumulated double bonds.
 *
 *   CC=[C@]=CC     an allene's axis: a marked atom between two double bonds
 *   F/C=C=C=C/F    E or Z of an odd number of double bonds in a row, three at least
 *
 * The string is cut into atoms and bonds: no chemistry is needed for that. What is no SMILES has
 * none.
 */
#include "score/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ATOMS = 2048, MAX_DEPTH = 256, RINGS = 100, DEGREE = 4 };

typedef struct atom {
    bool marked, directed; /* '@'; has a '/' or '\' bond */
    int n, n_double;       /* bonds, double ones */
    int16_t other[DEGREE]; /* atoms at the double ones */
} atom;

typedef struct scan {
    atom atoms[MAX_ATOMS];
    int n, last, depth, branch[MAX_DEPTH];
    char bond; /* written, for the next atom; 0: none */
    struct {
        int atom;
        char bond;
    } ring[RINGS];
} scan;

static void join(scan *s, int a, int b, char bond) {
    atom *ends[2] = {&s->atoms[a], &s->atoms[b]};
    const int other[2] = {b, a};
    for (int i = 0; i < 2; i++) {
        ends[i]->n++;
        ends[i]->directed |= bond == '/' || bond == '\\';
        if (bond != '=') continue;
        if (ends[i]->n_double < DEGREE) ends[i]->other[ends[i]->n_double] = (int16_t)other[i];
        ends[i]->n_double++;
    }
}

static bool add_atom(scan *s, bool marked) {
    if (s->n == MAX_ATOMS) return false;
    s->atoms[s->n] = (atom){.marked = marked};
    if (s->last >= 0) join(s, s->last, s->n, s->bond);
    s->last = s->n++;
    s->bond = 0;
    return true;
}

static bool close_ring(scan *s, int number) {
    if (s->last < 0) return false;
    if (s->ring[number].atom < 0) {
        s->ring[number].atom = s->last;
        s->ring[number].bond = s->bond;
    } else {
        join(s, s->ring[number].atom, s->last, s->bond ? s->bond : s->ring[number].bond);
        s->ring[number].atom = -1;
    }
    s->bond = 0;
    return true;
}

static bool open_branch(scan *s) {
    if (s->depth == MAX_DEPTH) return false;
    s->branch[s->depth++] = s->last;
    return true;
}

static bool close_branch(scan *s) {
    if (!s->depth) return false;
    s->last = s->branch[--s->depth];
    return true;
}

static bool two_letters(const char *at) {
    return (at[0] == 'C' && at[1] == 'l') || (at[0] == 'B' && at[1] == 'r');
}

/* One symbol; how many characters it has, 0: this is no SMILES. */
static size_t step(scan *s, const char *at, size_t left) {
    switch (*at) {
    case '[': {
        const char *end = memchr(at, ']', left);
        if (!end || !add_atom(s, memchr(at, '@', (size_t)(end - at)) != NULL)) return 0;
        return (size_t)(end - at) + 1;
    }
    case '(': return open_branch(s);
    case ')': return close_branch(s);
    case '.':
        s->last = -1;
        s->bond = 0;
        return 1;
    case '%':
        if (left < 3 || !isdigit((unsigned char)at[1]) || !isdigit((unsigned char)at[2])) return 0;
        return close_ring(s, (at[1] - '0') * 10 + at[2] - '0') ? 3 : 0;
    default: break;
    }
    if (isdigit((unsigned char)*at)) return close_ring(s, *at - '0');
    if (isalpha((unsigned char)*at) || *at == '*')
        return !add_atom(s, false) ? 0 : two_letters(at) ? 2 : 1;
    if (!strchr("-=#$:/\\", *at)) return 0;
    s->bond = *at;
    return 1;
}

/* From a directed atom with one double bond along further ones to another such atom. */
static bool long_double_bond(const scan *s, int first) {
    int before = first, here = s->atoms[first].other[0], bonds = 1;
    while (s->atoms[here].n == 2 && s->atoms[here].n_double == 2 && bonds < s->n) {
        const atom *a = &s->atoms[here];
        const int next = a->other[0] == before ? a->other[1] : a->other[0];
        before = here, here = next, bonds++;
    }
    return bonds >= 3 && bonds % 2 && s->atoms[here].directed && s->atoms[here].n_double == 1;
}

bool mg_unread_stereo(const char *smiles) {
    const size_t n = strcspn(smiles, " \t");
    if (!memchr(smiles, '=', n)) return false;
    scan *s = calloc(1, sizeof *s);
    if (!s) return false;
    s->last = -1;
    for (int i = 0; i < RINGS; i++) s->ring[i].atom = -1;
    size_t at = 0, taken = 1;
    for (; at < n && taken; at += taken) taken = step(s, smiles + at, n - at);
    bool unread = false;
    for (int i = 0; i < s->n && taken && !unread; i++) {
        const atom *a = &s->atoms[i];
        unread = (a->marked && a->n == 2 && a->n_double == 2) ||
                 (a->directed && a->n_double == 1 && long_double_bond(s, i));
    }
    free(s);
    return unread;
}
