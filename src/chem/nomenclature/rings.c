/* rings.c - the rings of a fused system, and its periphery.
 */
#include "chem/nomenclature/inside.h"

#include <string.h>

/* The shortest way between the atoms of a bond without it: atoms of a ring, in order; their
 * number. */
static int ring_of_bond(const name_fragment *f, int bond, uint8_t ring[NAME_RING_SIZE]) {
    int before[NAME_ATOMS], queue[NAME_ATOMS], head = 0, tail = 0;
    for (int i = 0; i < f->n; i++) before[i] = -1;
    const int from = f->b[bond].a, to = f->b[bond].b;
    before[from] = from;
    queue[tail++] = from;
    while (head < tail && before[to] < 0) {
        const int at = queue[head++];
        for (int j = 0; j < f->m; j++) {
            const name_bond *b = &f->b[j];
            if (j == bond || (b->a != at && b->b != at)) continue;
            const int next = b->a == at ? b->b : b->a;
            if (before[next] < 0) before[next] = at, queue[tail++] = next;
        }
    }
    int n = 0;
    if (before[to] < 0) return 0;
    for (int at = to;; at = before[at]) {
        if (n == NAME_RING_SIZE) return 0;
        ring[n++] = (uint8_t)at;
        if (at == from) return n;
    }
}

static int bond_between(const name_fragment *f, int a, int b) {
    for (int j = 0; j < f->m; j++)
        if ((f->b[j].a == a && f->b[j].b == b) || (f->b[j].a == b && f->b[j].b == a)) return j;
    return -1;
}

static uint64_t bonds_of(const name_fragment *f, const uint8_t *ring, int n) {
    uint64_t set = 0;
    for (int i = 0; i < n; i++) set |= (uint64_t)1 << bond_between(f, ring[i], ring[(i + 1) % n]);
    return set;
}

/* Is it no sum of those that are there? Then it is one more. */
static bool independent(uint64_t basis[64], uint64_t set) {
    for (int bit = 63; bit >= 0; bit--) {
        if (!(set >> bit & 1)) continue;
        if (!basis[bit]) {
            basis[bit] = set;
            return true;
        }
        set ^= basis[bit];
    }
    return false;
}

/* The smallest rings that make up the system; false: too many, or a bond of three rings. */
bool name_rings_of(const name_fragment *f, name_rings *out) {
    uint64_t basis[64] = {0};
    int of_bond[64] = {0};
    const int want = f->m - f->n + 1;
    out->n = 0;
    if (f->m > 63 || want < 1 || want > NAME_RINGS_MOST) return false;
    for (int size = 3; size <= NAME_RING_SIZE && out->n < want; size++)
        for (int j = 0; j < f->m && out->n < want; j++) {
            uint8_t ring[NAME_RING_SIZE];
            if (ring_of_bond(f, j, ring) != size || !independent(basis, bonds_of(f, ring, size)))
                continue;
            memcpy(out->atom[out->n], ring, (size_t)size);
            out->size[out->n++] = size;
        }
    if (out->n < want) return false;
    for (int i = 0; i < out->n; i++)
        for (int k = 0; k < out->size[i]; k++) {
            const int a = out->atom[i][k], b = out->atom[i][(k + 1) % out->size[i]];
            if (++of_bond[bond_between(f, a, b)] > 2) return false;
        }
    return true;
}

int name_rings_with(const name_rings *rings, int a, int b) {
    int count = 0;
    for (int i = 0; i < rings->n; i++)
        for (int k = 0; k < rings->size[i]; k++) {
            const int x = rings->atom[i][k], y = rings->atom[i][(k + 1) % rings->size[i]];
            if (b < 0)
                count += x == a;
            else
                count += (x == a && y == b) || (x == b && y == a);
        }
    return count;
}

/* Atoms of the periphery in order, from `first` on towards `second`; their number, 0: it is not
 * one closed way. */
int name_periphery(const name_fragment *f, const name_rings *rings, int first, int second,
                   uint8_t out[NAME_ATOMS]) {
    int n = 0, last = first, at = second;
    int edges = 0;
    for (int j = 0; j < f->m; j++) edges += name_rings_with(rings, f->b[j].a, f->b[j].b) == 1;
    if (name_rings_with(rings, first, second) != 1) return 0;
    out[n++] = (uint8_t)first;
    while (at != first) {
        int next = -1;
        if (n == f->n) return 0;
        out[n++] = (uint8_t)at;
        for (int j = 0; j < f->m; j++) {
            const name_bond *b = &f->b[j];
            if (b->a != at && b->b != at) continue;
            const int other = b->a == at ? b->b : b->a;
            if (other == last || name_rings_with(rings, at, other) != 1) continue;
            if (next >= 0) return 0;
            next = other;
        }
        if (next < 0) return 0;
        last = at, at = next;
    }
    return n == edges ? n : 0;
}
