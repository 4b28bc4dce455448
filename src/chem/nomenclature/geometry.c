/* geometry.c - how the neighbours of a centre stand: near[] of an atom names its four neighbours so
 * that, seen from the first, the others stand anticlockwise (as "@" says it in a SMILES). A
 * hydrogen that a substituent replaces leaves it its place. Atoms of rings that are drawn in a
 * plane have faces: near[2] alpha and near[3] beta (face '2'), or near[3] alone on one of them
 * ('A', 'B').
 */
#include "chem/nomenclature/inside.h"

static int place_of(const name_atom *a, int what) {
    for (int k = 0; k < 4; k++)
        if (a->near[k] == what) return k;
    return -1;
}

static void swap(name_atom *a, int i, int j) {
    const uint8_t one = a->near[i];
    a->near[i] = a->near[j], a->near[j] = one;
}

void name_near_bind(name_atom *a, int other, bool kept) {
    int k = -1;
    if (!a->centre) return;
    if (!kept) k = place_of(a, NEAR_FREE);
    if (k < 0 && a->face == '2' && a->near[2] == NEAR_H && a->near[3] == NEAR_H)
        a->unsure = true; /* until the name says which */
    if (k < 0) k = place_of(a, NEAR_H);
    if (k < 0)
        a->centre = false;
    else
        a->near[k] = (uint8_t)other;
}

void name_near_leave(name_atom *a, int other) {
    const int k = a->centre ? place_of(a, other) : -1;
    if (k >= 0) a->near[k] = NEAR_H;
}

void name_near_shift(name_atom *a, int by) {
    for (int k = 0; k < 4 && a->centre; k++)
        if (a->near[k] < NEAR_FREE) a->near[k] = (uint8_t)(a->near[k] + by);
}

void name_near_turn(name_atom *a) {
    if (a->face == '2')
        swap(a, 2, 3);
    else
        swap(a, 0, 1);
    if (a->face == 'A' || a->face == 'B') a->face = a->face == 'A' ? 'B' : 'A';
}

bool name_near_face(name_atom *a, int other, char face) {
    const int k = a->centre ? place_of(a, other) : -1;
    if (k < 0 || !a->face || (a->face == '2' ? k < 2 : k != 3)) return false;
    const char now = a->face != '2' ? a->face : k == 2 ? 'A' : 'B';
    if (face == 'X') {
        const bool open = !a->fixed;
        a->unsure = a->fixed = true;
        return open;
    }
    if (a->fixed && (a->unsure || now != face)) return false;
    if (now != face) name_near_turn(a);
    a->unsure = false;
    a->fixed = true;
    return true;
}

/* A carbon or ammonium of four single bonds, one to a hydrogen at most. */
static bool stands(const name_fragment *f, int atom) {
    const name_atom *a = &f->a[atom];
    int bonds = 0, open = 0;
    if (!a->centre || (a->number != 6 && (a->number != 7 || a->charge != 1))) return false;
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        if (b->a != atom && b->b != atom) continue;
        if (b->order != 1 || place_of(a, b->a == atom ? b->b : b->a) < 0) return false;
        bonds++;
    }
    for (int k = 0; k < 4; k++) open += a->near[k] >= NEAR_FREE;
    return open < 2 && bonds + open == 4;
}

bool name_near_known(const name_fragment *f, int atom) {
    return !f->a[atom].unsure && stands(f, atom);
}

bool name_near_open(const name_fragment *f, int atom) {
    const name_atom *a = &f->a[atom];
    if (!a->unsure || a->fixed || a->cip || !stands(f, atom)) return false;
    if (a->face != '2' || a->near[2] >= NEAR_FREE || a->near[3] >= NEAR_FREE) return true;
    int bonds[2] = {0, 0}; /* "4,4-dimethyl" */
    for (int j = 0; j < f->m; j++)
        for (int k = 0; k < 2; k++)
            bonds[k] += f->b[j].a == a->near[2 + k] || f->b[j].b == a->near[2 + k];
    return f->a[a->near[2]].number != f->a[a->near[3]].number || bonds[0] != bonds[1];
}
