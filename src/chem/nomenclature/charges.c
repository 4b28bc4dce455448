/* charges.c - ions of amino acids, peptides and others by what stands behind their names:
 * "zwitterion",
 * "(1-)", "(2+)". Protons leave carboxylic acids and go to amines, amidines and guanidines:
 *
 *   zwitterion   the only acid's proton goes to the only base
 *   (n-), (n+)   all acids and all bases are ions, if that makes the charge; else all acids alone,
 *                else all bases alone
 *
 * What is none of these is refused.
 */
#include "chem/nomenclature/peptide.h"

#include <ctype.h>
#include <string.h>

bool name_cut_charge(char *s, size_t *n, int *charge, bool *zwitterion) {
    static const char word[] = " zwitterion";
    const size_t k = sizeof word - 1;
    *charge = 0, *zwitterion = false;
    if (*n > k + 4 && !strcmp(s + *n - k, word)) {
        s[ *n -= k] = 0;
        *zwitterion = true;
        return true;
    }
    if (*n < 8 || s[*n - 1] != ')' || s[*n - 4] != '(' || !isdigit((unsigned char)s[*n - 3]) ||
        !strchr("+-", s[*n - 2]))
        return false;
    *charge = (s[*n - 3] - '0') * (s[*n - 2] == '-' ? -1 : 1);
    s[ *n -= 4] = 0;
    return *charge != 0;
}

/* The other end of the j-th bond, if it is one of atom's; -1. */
static int other_end(const name_fragment *f, int j, int atom) {
    return f->b[j].a == atom ? f->b[j].b : f->b[j].b == atom ? f->b[j].a : -1;
}

/* Whether a carbon has a double bond, to what (0: to anything). */
static bool is_double(const name_fragment *f, int atom, int number) {
    for (int j = 0; j < f->m; j++) {
        const int other = other_end(f, j, atom);
        if (other >= 0 && f->b[j].order == 2 && (!number || f->a[other].number == number))
            return true;
    }
    return false;
}

/* 'A': the oxygen of a carboxylic acid or its anion, 'B': a basic nitrogen, 'X': an acid of another
 * kind, 0. */
static char kind_of(const name_fragment *f, int atom) {
    const name_atom *a = &f->a[atom];
    int neighbours = 0, last = -1, carbons = 0, carbon = -1;
    bool plain = true;
    for (int j = 0; j < f->m; j++) {
        const int other = other_end(f, j, atom);
        if (other < 0) continue;
        neighbours++, last = other;
        carbons += f->a[other].number == 6;
        if (f->b[j].order == 2) carbon = other;
        plain &= f->b[j].order == 1 && !f->a[other].flat && !is_double(f, other, 0);
    }
    if (a->number == 8 && neighbours == 1 && !is_double(f, atom, 0)) {
        if (f->a[last].number == 15 || f->a[last].number == 16) return a->charge ? 0 : 'X';
        return f->a[last].number == 6 && is_double(f, last, 8) ? 'A' : 0;
    }
    if (a->number != 7 || a->charge || a->flat) return 0;
    if (neighbours && plain && carbons == neighbours) return 'B';
    int amines = 0; /* "=N" of a guanidine */
    for (int j = 0; j < f->m && carbon >= 0; j++) {
        const int other = other_end(f, j, carbon);
        amines += other >= 0 && other != atom && f->a[other].number == 7 && f->b[j].order == 1;
    }
    return amines && carbons == neighbours ? 'B' : 0;
}

bool name_set_charge(name_fragment *f, int charge, bool zwitterion) {
    char kind[NAME_ATOMS];
    int acids = 0, bases = 0, fixed = 0;
    for (int i = 0; i < f->n; i++) {
        kind[i] = kind_of(f, i);
        acids += kind[i] == 'A', bases += kind[i] == 'B';
        if (kind[i] == 'X') return false;
        if (kind[i] != 'A') fixed += f->a[i].charge;
    }
    int said = fixed;
    for (int i = 0; i < f->n; i++) said += kind[i] == 'A' ? f->a[i].charge : 0;
    if (!zwitterion && !f->residue && said == charge) return true;
    bool acid = true, base = true;
    if (zwitterion ? acids != 1 || bases != 1 || fixed : fixed - acids + bases != charge) {
        if (zwitterion) return false;
        base = fixed - acids != charge;
        acid = !base;
        if (base && fixed + bases != charge) return false;
    }
    for (int i = 0; i < f->n; i++) {
        if (kind[i] == 'A') f->a[i].charge = acid ? -1 : 0;
        if (kind[i] == 'B') f->a[i].charge = base;
    }
    return true;
}
