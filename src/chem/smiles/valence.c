/* valence.c - how many bonds an atom may have, and whether an aromatic atom takes part in a double
 * bond: RDKit 2022.09's rules.
 *
 * Bonds are counted in halves: a single bond is 2, a double bond 4, an aromatic one 3 (RDKit counts
 * it 1.5). The rules mirror Atom::calcExplicitValence, Atom::calcImplicitValence and markDbondCands
 * of RDKit; tests/chem/test_automaton.c compares them with RDKit itself over every element, charge
 * and hydrogen count.
 */
#include "chem/chem.h"
#include "chem/smiles/automaton.h"
#include "chem/smiles/smiles.h"

enum { NO_LIMIT = 30 }; /* bonds of an element without restriction */

/* Allowed valences in ascending order. `sign`: what a positive charge does to the largest one. */
typedef struct valence_rule {
    uint8_t n, list[4];
    int8_t sign;
} valence_rule;

/* Elements that are absent take any number of bonds, as RDKit has it for metals and noble gases. */
static const valence_rule rules[MG_ELEMENTS + 1] = {
    [1] = {1, {1}, -1},       [3] = {1, {1}, -1},       [4] = {1, {2}, -1},
    [5] = {1, {3}, -1},       [6] = {1, {4}, 1},        [7] = {1, {3}, 1},
    [8] = {1, {2}, 1},        [9] = {1, {1}, 1},        [11] = {1, {1}, -1},
    [13] = {2, {3, 6}, -1},   [14] = {2, {4, 6}, 1},    [15] = {3, {3, 5, 7}, 1},
    [16] = {3, {2, 4, 6}, 1}, [17] = {1, {1}, 1},       [19] = {1, {1}, -1},
    [31] = {1, {3}, -1},      [32] = {1, {4}, 1},       [33] = {3, {3, 5, 7}, 1},
    [34] = {3, {2, 4, 6}, 1}, [35] = {1, {1}, 1},       [37] = {1, {1}, -1},
    [49] = {1, {3}, -1},      [50] = {2, {2, 4}, 1},    [51] = {3, {3, 5, 7}, 1},
    [52] = {3, {2, 4, 6}, 1}, [53] = {3, {1, 3, 5}, 1}, [54] = {4, {0, 2, 4, 6}, 1},
    [55] = {1, {1}, -1},      [81] = {1, {3}, -1},      [82] = {2, {2, 4}, 1},
    [83] = {3, {3, 5, 7}, 1}, [84] = {3, {2, 4, 6}, 1}, [85] = {3, {1, 3, 5}, 1},
    [87] = {1, {1}, -1},
};

bool mg_element_aromatic(int element) {
    return element == 5 || element == 6 || element == 7 || element == 8 || element == 14 ||
           element == 15 || element == 16 || element == 33 || element == 34 || element == 52;
}

int mg_valence_class(int element) {
    const valence_rule *r = &rules[element];
    return r->n == 0 ? 0 : 2 * r->list[r->n - 1] + (r->sign > 0);
}

/* Largest valence at this charge by the isoelectronic rule; may be negative: no such atom. */
static int largest_valence(int element, int charge) {
    const valence_rule *r = &rules[element];
    return r->n == 0 ? NO_LIMIT : r->list[r->n - 1] + r->sign * charge;
}

/* What the charge adds to each allowed valence of an aromatic atom: boron gains by a negative
 * charge, carbon loses by either. */
static int charge_shift(int element, int charge) {
    if (element == 5) return -charge;
    return element == 6 && charge > 0 ? -charge : charge;
}

/* RDKit's explicit valence of an aromatic atom whose bonds and written hydrogens sum to `halves`: a
 * sum up to 1.5 above an allowed valence counts as that valence (n in n1(C)cccc1 sums to 4), halves
 * round up. */
static int aromatic_valence(const mg_smiles_kind *k, int halves) {
    const valence_rule *r = &rules[k->element];
    int shift = charge_shift(k->element, k->charge), reached = r->list[0] + shift;
    if (halves > 2 * reached) {
        for (int i = 0; i < r->n && 2 * (r->list[i] + shift) <= halves; i++)
            reached = r->list[i] + shift;
        if (halves - 2 * reached <= 3) halves = 2 * reached;
    }
    return (halves + 1) / 2;
}

void mg_kind_set_room(mg_smiles_kind *k) {
    int most = largest_valence(k->element, k->charge), used = 2 * k->hydrogens, halves = used;
    bool exists = most >= 0 &&
                  (k->aromatic ? aromatic_valence(k, halves) <= most : halves <= 2 * most);
    if (!k->aromatic) halves = 2 * most;
    while (exists && k->aromatic && aromatic_valence(k, halves + 1) <= most) halves++;
    k->room = (int8_t)(exists ? halves - used : -1);
    k->whole = (int8_t)(exists ? most - k->hydrogens : -1);
}

/* Counting halves, RDKit reads up to 1.5 bonds too many at an aromatic atom. Whole bonds are
 * counted once double bonds are placed, and an atom without one then has as many as it has
 * neighbours and written orders. */
int mg_kind_plain_room(const mg_smiles_kind *k) {
    return 2 * k->whole < k->room ? 2 * k->whole : k->room;
}

bool mg_kind_needs_partner(const mg_smiles_kind *k, int aromatic, int plain, int order) {
    const valence_rule *r = &rules[k->element];
    int shift = charge_shift(k->element, k->charge), target = r->list[0] + shift;
    int valence = aromatic_valence(k, 3 * aromatic + 2 * order + 2 * k->hydrogens);
    int implicit = k->bracket || valence >= target ? 0 : target - valence;
    for (int i = 1; i < r->n && valence + implicit > target; i++) target = r->list[i] + shift;
    int hydrogens = k->hydrogens + implicit, sum = aromatic + order + hydrogens;
    if (aromatic + plain + hydrogens >= target) return false;
    /* the second leaves a radical */
    return target == sum + 1 || (k->bracket && target == sum + 2);
}

bool mg_kinds_alike(const mg_smiles_kind *a, const mg_smiles_kind *b) {
    if (a->aromatic != b->aromatic || a->room != b->room || a->whole != b->whole) return false;
    for (int aromatic = 0; a->aromatic && 3 * aromatic <= a->room; aromatic++) {
        for (int order = 0; 3 * aromatic + 2 * order <= a->room; order++) {
            for (int plain = 0; plain <= order; plain++)
                if (mg_kind_needs_partner(a, aromatic, plain, order) !=
                    mg_kind_needs_partner(b, aromatic, plain, order))
                    return false;
        }
    }
    return true;
}
