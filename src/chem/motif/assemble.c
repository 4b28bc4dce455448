/* assemble.c - a molecule put together motif by motif (docs/reference/3m-diffusion.md 5.4): where a
 * label can be attached to a node, and attaching it if the whole is a molecule.
 *
 * A label's atoms with 1 lie on atoms of the node that it is attached to. One such atom: any atom
 * of the node that is open. More: as many in a row around the node's list of atoms, which ends meet
 * at its own ends; the other way round as well, unless rigid and the two ends of the label are
 * alike. What exists stays as it is. Unless rigid, a label whose double bonds clash with a bond
 * that exists is tried with the bonds of an alternating cycle exchanged.
 */
#include "chem/mol.h"
#include "chem/motif/motif.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ATOMS = MG_CUT_ATOMS, MOST_BONDS = MG_CUT_BONDS, MOST_NODES = 128 };

typedef struct node {
    int32_t n;
    uint8_t atoms[MG_PIECE_ATOMS];
    bool closed[MG_PIECE_ATOMS];
    uint8_t pairs[2 * MG_PIECE_BONDS][2]; /* bonds that no more ring is fused to */
    int n_pairs;
} node;

struct mg_assembly {
    int32_t n_atoms, n_bonds, n_nodes;
    mg_atom atoms[MOST_ATOMS];
    mg_bond bonds[MOST_BONDS];
    node nodes[MOST_NODES];
};

mg_assembly *mg_assembly_new(molglot_error *err) {
    mg_assembly *a = calloc(1, sizeof *a);
    if (!a) mg_no_memory(err, "a molecule");
    return a;
}

void mg_assembly_free(mg_assembly *a) { free(a); }
static void clear(mg_assembly *a) { a->n_atoms = a->n_bonds = a->n_nodes = 0; }
int32_t mg_assembly_nodes(const mg_assembly *a) { return a->n_nodes; }
int32_t mg_assembly_atoms(const mg_assembly *a) { return a->n_atoms; }
int32_t mg_assembly_bonds(const mg_assembly *a) { return a->n_bonds; }

void mg_assembly_atom(const mg_assembly *a, int32_t i, int *kind) {
    *kind = mg_motif_atom(a->atoms[i].number, a->atoms[i].charge);
}

void mg_assembly_bond(const mg_assembly *a, int32_t k, int32_t *from, int32_t *to, uint8_t *order) {
    *from = a->bonds[k].a, *to = a->bonds[k].b, *order = a->bonds[k].order;
}

int32_t mg_assembly_cluster(const mg_assembly *a, int32_t x, int32_t *atoms) {
    for (int32_t i = 0; i < a->nodes[x].n; i++) atoms[i] = a->nodes[x].atoms[i];
    return a->nodes[x].n;
}

mg_mol *mg_assembly_molecule(const mg_assembly *a) {
    return a->n_atoms > 0 ? mg_mol_of_parts(a->atoms, a->n_atoms, a->bonds, a->n_bonds) : NULL;
}

/* ---- labels ---- */

static bool outward(const mg_piece *p, int i) {
    for (int32_t k = 0; k < p->n_bonds; k++) {
        const int a = p->bonds[k].a, b = p->bonds[k].b;
        if ((a == i && p->atoms[b].label != 1) || (b == i && p->atoms[a].label != 1)) return true;
    }
    return false;
}

int mg_label_joints(const mg_piece *p, uint8_t *joints, uint8_t anchors[2], int *n_anchors) {
    int n = 0, ends = 0;
    if (p->n_atoms == 1) {
        joints[0] = anchors[0] = 0;
        return *n_anchors = 1;
    }
    for (int32_t i = 0; i < p->n_atoms; i++) {
        if (p->atoms[i].label != 1) continue;
        if (outward(p, i)) {
            if (ends == 2) return 0;
            anchors[ends++] = (uint8_t)i;
        }
        joints[n++] = (uint8_t)i;
    }
    *n_anchors = ends;
    if (n == 1) return ends == 1 ? 1 : 0;
    if (ends != 2) return 0;
    uint8_t inner[MG_PIECE_ATOMS];
    int m = 0;
    for (int i = 0; i < n; i++)
        if (joints[i] != anchors[0] && joints[i] != anchors[1]) inner[m++] = joints[i];
    joints[0] = anchors[0];
    memcpy(joints + 1, inner, (size_t)m);
    joints[n - 1] = anchors[1];
    return n;
}

/* ---- sites ---- */

static bool is_closed_pair(const node *x, int a, int b) {
    for (int k = 0; k < x->n_pairs; k++)
        if (x->pairs[k][0] == a && x->pairs[k][1] == b) return true;
    return false;
}

static bool same_kind(const mg_assembly *a, int32_t atom, const mg_piece *p, int i) {
    return a->atoms[atom].number == p->atoms[i].number &&
           a->atoms[atom].charge == p->atoms[i].charge;
}

int mg_assembly_sites(const mg_assembly *a, int32_t at, const mg_piece *label, bool rigid,
                      uint8_t *sites, int *m) {
    uint8_t joints[MG_PIECE_ATOMS], anchors[2];
    int n_anchors, n = 0;
    const node *x = &a->nodes[at];
    *m = mg_label_joints(label, joints, anchors, &n_anchors);
    if (*m < 1 || *m > x->n || (*m > 1 && x->n < 3)) return 0;
    if (*m == 1) {
        for (int32_t i = 0; i < x->n; i++)
            if (!x->closed[i]) sites[n++] = x->atoms[i];
        return n;
    }
    const mg_piece one = mg_piece_marked(label, anchors[0]),
                   two = mg_piece_marked(label, anchors[1]);
    mg_str k1 = {0}, k2 = {0};
    mg_piece_key(&one, true, &k1);
    mg_piece_key(&two, true, &k2);
    const int ways = !rigid || k1.failed || k2.failed || strcmp(k1.s, k2.s) ? 2 : 1;
    mg_str_free(&k1);
    mg_str_free(&k2);
    for (int way = 0; way < ways; way++)
        for (int32_t i = 0; i < x->n; i++) {
            uint8_t *site = sites + (size_t)n * (size_t)*m;
            for (int k = 0; k < *m; k++) {
                const int place = way ? *m - 1 - k : k;
                site[place] = x->atoms[(i + k) % x->n];
            }
            if (is_closed_pair(x, site[0], site[*m - 1]) ||
                !same_kind(a, site[0], label, joints[0]) ||
                !same_kind(a, site[*m - 1], label, joints[*m - 1]))
                continue;
            n++;
        }
    return n;
}

/* ---- attaching ---- */

static int find_bond(const mg_assembly *a, int32_t x, int32_t y) {
    for (int32_t k = 0; k < a->n_bonds; k++)
        if ((a->bonds[k].a == x && a->bonds[k].b == y) ||
            (a->bonds[k].a == y && a->bonds[k].b == x))
            return k;
    return -1;
}

static void close_pair(node *x, int a, int b) {
    if (x->n_pairs + 2 > (int)MG_COUNT(x->pairs)) return;
    x->pairs[x->n_pairs][0] = (uint8_t)a, x->pairs[x->n_pairs++][1] = (uint8_t)b;
    x->pairs[x->n_pairs][0] = (uint8_t)b, x->pairs[x->n_pairs++][1] = (uint8_t)a;
}

static void close_atom(node *x, int atom) {
    for (int32_t i = 0; i < x->n; i++)
        if (x->atoms[i] == atom) x->closed[i] = true;
}

/* Adds the label's atoms and bonds; place: the atom of the molecule that each is, 255 for a new
 * one. False: there is no room, or an atom would be bound to itself. */
static bool add_piece(mg_assembly *a, const mg_piece *p, uint8_t *place) {
    if (a->n_nodes == MOST_NODES) return false;
    for (int32_t i = 0; i < p->n_atoms; i++) {
        if (place[i] != 255) continue;
        if (a->n_atoms == MOST_ATOMS) return false;
        place[i] = (uint8_t)a->n_atoms;
        a->atoms[a->n_atoms++] = (mg_atom){.number = p->atoms[i].number,
                                           .charge = p->atoms[i].charge};
    }
    for (int32_t k = 0; k < p->n_bonds; k++) {
        const int x = place[p->bonds[k].a], y = place[p->bonds[k].b];
        if (x == y || a->n_bonds == MOST_BONDS) return false;
        if (find_bond(a, x, y) >= 0) continue;
        a->bonds[a->n_bonds++] = (mg_bond){.a = x, .b = y, .order = p->bonds[k].order};
    }
    return true;
}

static void add_node(mg_assembly *a, const mg_piece *p, const uint8_t *place, bool root,
                     bool closed_root) {
    node *x = &a->nodes[a->n_nodes++];
    memset(x, 0, sizeof *x);
    x->n = p->n_atoms;
    for (int32_t i = 0; i < p->n_atoms; i++) {
        x->atoms[i] = place[i];
        const int label = p->atoms[i].label;
        x->closed[i] = p->n_atoms > 1 && (label == 0 || (label == 1 && (!root || closed_root)));
    }
}

bool mg_assembly_root(mg_assembly *a, const mg_piece *label, bool closed_root) {
    uint8_t place[MG_PIECE_ATOMS];
    memset(place, 255, sizeof place);
    clear(a);
    if (!add_piece(a, label, place)) return false;
    add_node(a, label, place, true, closed_root);
    return true;
}

static bool is_molecule(const mg_assembly *a) {
    mg_mol *m = mg_assembly_molecule(a);
    mg_mol_free(m);
    return m != NULL;
}

/* Whether the label's bonds as they stand fit; the molecule is as before where they do not. */
static bool try_piece(mg_assembly *a, const mg_piece *p, uint8_t *place) {
    const int32_t atoms = a->n_atoms, bonds = a->n_bonds;
    uint8_t given[MG_PIECE_ATOMS];
    memcpy(given, place, sizeof given);
    if (add_piece(a, p, place) && is_molecule(a)) return true;
    a->n_atoms = atoms, a->n_bonds = bonds;
    memcpy(place, given, sizeof given);
    return false;
}

/* The label with the bonds of an alternating cycle through bond k exchanged; false: there is none.
 */
static bool exchange(const mg_piece *p, int32_t k, mg_piece *out) {
    uint8_t path[MG_PIECE_BONDS];
    const int n = mg_piece_cycle(p, k, path);
    *out = *p;
    for (int i = 0; i < n; i++)
        out->bonds[path[i]].order = p->bonds[path[i]].order == MG_ORDER_DOUBLE ? MG_ORDER_SINGLE
                                                                               : MG_ORDER_DOUBLE;
    return n > 0;
}

static bool try_exchanged(mg_assembly *a, const mg_piece *p, uint8_t *place) {
    for (int32_t k = 0; k < p->n_bonds; k++) {
        const uint8_t x = place[p->bonds[k].a], y = place[p->bonds[k].b];
        mg_piece other;
        if (x == 255 || y == 255) continue;
        const int bond = find_bond(a, x, y);
        if (bond < 0 || a->bonds[bond].order == p->bonds[k].order || !exchange(p, k, &other))
            continue;
        if (try_piece(a, &other, place)) return true;
    }
    /* or another form of what is new */
    for (int32_t k = 0; k < p->n_bonds; k++) {
        mg_piece other;
        if (p->bonds[k].order == MG_ORDER_DOUBLE && exchange(p, k, &other) &&
            try_piece(a, &other, place))
            return true;
    }
    return false;
}

bool mg_assembly_attach(mg_assembly *a, int32_t at, const mg_piece *label, const uint8_t *site,
                        bool rigid) {
    uint8_t joints[MG_PIECE_ATOMS], anchors[2], place[MG_PIECE_ATOMS];
    int n_anchors;
    const int m = mg_label_joints(label, joints, anchors, &n_anchors);
    node *x = &a->nodes[at];
    memset(place, 255, sizeof place);
    for (int k = 0; k < m; k++) {
        if (!same_kind(a, site[k], label, joints[k])) return false;
        place[joints[k]] = site[k];
    }
    const int32_t old = a->n_bonds;
    if (m < 1 || a->n_nodes == MOST_NODES) return false;
    if (!try_piece(a, label, place) && (rigid || !try_exchanged(a, label, place))) return false;
    add_node(a, label, place, false, false);
    node *y = &a->nodes[a->n_nodes - 1];
    for (int k = 0; k < m; k++) {
        if (label->n_atoms > 1) close_atom(y, site[k]);
        if (x->n > 1) close_atom(x, site[k]);
    }
    for (int32_t k = 0; k < label->n_bonds; k++) {
        const int p = place[label->bonds[k].a], q = place[label->bonds[k].b];
        const int bond = find_bond(a, p, q);
        if (bond < 0 || bond >= old) continue;
        close_pair(y, p, q);
        if (x->n > 1) close_pair(x, p, q);
    }
    return true;
}
