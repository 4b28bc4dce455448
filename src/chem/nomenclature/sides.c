/* sides.c - "cis" and "trans" in front of a parent: two groups on a ring, both on one side or not,
 * "trans-4-aminocyclohexan-1-ol"; or the only double bond that has a hydrogen at either end,
 * "trans-1-bromoprop-1-ene".
 *
 * What the words say is relative. Where a molecule has two hands the name does not tell which, so
 * that the centres are marked (relative) and the molecule must be its own mirror image.
 */
#include "chem/nomenclature/inside.h"

#include <stdlib.h>
#include <string.h>

/* Its neighbours; -1: it has a double bond. */
static int neighbours(const name_fragment *f, int atom, int out[4]) {
    int n = 0;
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        if (b->a != atom && b->b != atom) continue;
        if (b->order != 1 || n == 4) return -1;
        out[n++] = b->a == atom ? b->b : b->a;
    }
    return n;
}

static bool in_ring(const name_rings *rings, int ring, int atom) {
    return ring < 0 ? name_rings_with(rings, atom, -1) > 0
                    : memchr(rings->atom[ring], atom, (size_t)rings->size[ring]) != NULL;
}

/* A ring's carbon that has a hydrogen and another group: 1; that has two groups which are not
 * alike, or is else unclear: -1; 0: no centre. */
static int is_side(const name_fragment *f, const name_rings *rings, int atom) {
    int near[4], out[4], n_out = 0;
    const name_atom *a = &f->a[atom];
    const int n = neighbours(f, atom, near);
    const bool open = f->order && f->from == atom;
    if (a->number != 6 || n < 2 || (a->flat && !a->sat) || (open && f->order > 1)) return 0;
    for (int k = 0; k < n; k++)
        if (!in_ring(rings, -1, near[k]) || !f->a[near[k]].locant[0]) out[n_out++] = near[k];
    if (a->centre || a->cip) return -1;
    if (n + open < 3) return 0;
    if (n + open == 3) return 1;
    int far[4];
    const bool alike = n_out == 2 && f->a[out[0]].number == f->a[out[1]].number &&
                       neighbours(f, out[0], far) == 1 && neighbours(f, out[1], far) == 1;
    return alike ? 0 : -1;
}

/* near[] as before, next, group, hydrogen round the ring. */
static void stand(name_fragment *f, const name_rings *rings, int ring, int atom, bool turned) {
    const int n = rings->size[ring];
    int k = 0, near[4];
    while (rings->atom[ring][k] != atom) k++;
    name_atom *a = &f->a[atom];
    a->near[0] = rings->atom[ring][(k + n - 1) % n];
    a->near[1] = rings->atom[ring][(k + 1) % n];
    a->near[2] = NEAR_FREE, a->near[3] = NEAR_H;
    const int many = neighbours(f, atom, near);
    for (int i = 0; i < many; i++)
        if (near[i] != a->near[0] && near[i] != a->near[1]) a->near[2] = (uint8_t)near[i];
    a->centre = true, a->relative = 1;
    if (turned) name_near_turn(a);
}

/* The only double bond between carbons with one hydrogen each, in no ring. */
static bool put_bond(name_fragment *f, const name_rings *rings, int atoms, char label) {
    name_bond *found = NULL;
    for (int j = 0; j < f->m; j++) {
        name_bond *b = &f->b[j];
        if (b->order != 2 || b->a >= atoms || b->b >= atoms || f->a[b->a].number != 6 ||
            f->a[b->b].number != 6 || f->a[b->a].flat || f->a[b->b].flat ||
            name_rings_with(rings, b->a, b->b) || name_free(f, b->a) != 1 ||
            name_free(f, b->b) != 1)
            continue;
        if (found || b->ez) return false;
        found = b;
    }
    if (found) found->ez = label;
    return found != NULL;
}

bool name_put_sides(name_fragment *f, int atoms, bool cis) {
    name_rings *rings = malloc(sizeof *rings);
    bool ok = rings && !f->own && !f->residue;
    if (ok && f->m < f->n)
        rings->n = 0;
    else
        ok = ok && name_rings_of(f, rings);
    int side[2], n = 0;
    for (int i = 0; i < atoms && ok; i++) {
        const int kind = in_ring(rings, -1, i) ? is_side(f, rings, i) : 0;
        ok = kind >= 0 && !(kind && n == 2);
        if (ok && kind) side[n++] = i;
    }
    int ring = -1;
    for (int k = 0; ok && n == 2 && k < rings->n; k++)
        if (in_ring(rings, k, side[0]) && in_ring(rings, k, side[1])) ring = k;
    if (ok && ring >= 0) {
        stand(f, rings, ring, side[0], false);
        stand(f, rings, ring, side[1], !cis);
    } else if (ok) {
        ok = !n && put_bond(f, rings, atoms, cis ? 'Z' : 'E');
    }
    free(rings);
    return ok;
}

/* Turns the centres of one such word; false: there are none. */
bool name_turn_sides(name_fragment *f, int relative) {
    bool found = false;
    for (int i = 0; i < f->n; i++) {
        if (f->a[i].relative != relative) continue;
        name_near_turn(&f->a[i]);
        found = true;
    }
    return found;
}
