/* plan.c - can a prefix of a SMILES still become a molecule, and with how few tokens
 * surely?
 *
 * The answer is constructive. The plan for a state that stands after an atom: every open ring is
 * closed by a carbon (sulfur for a triple bond) of its own in a chain at the extension, which is
 * the current atom or a branching atom that still has a bond free; an aromatic current atom that is
 * in no ring gets a ring of three; then branches close. On the molecule that this would give, every
 * aromatic atom must be in a ring, and the atoms that need a double bond must be matched in pairs
 * along aromatic ring bonds. An atom that still has an open end may instead be relieved of that
 * need by a double bond or a substituent, for a token or two.
 *
 * A token is allowed if the state after it has a plan within the tokens left. Each plan's first
 * token leads to a state whose plan is shorter by one at least, so a state with a plan is never
 * stuck (tests/chem/test_automaton.c and fuzz/ look for counter-examples).
 */
#include "chem/smiles/automaton.h"
#include "chem/smiles/smiles.h"

#include <string.h>

enum { SINGLE = 2, ON_WAY = 1, LINK_ON_WAY = 2, OWN_RING_TOKENS = 4 };

/* How an atom is relieved of the need for a partner: by a higher order of a bond that it gets
 * anyway, or by a new neighbour. */
typedef struct relief {
    uint8_t raise;
    bool neighbour;
} relief;

typedef struct plan {
    mg_smiles_state *s;
    int extension; /* where open rings will be closed, MG_NO_ATOM when none is open */
    int own_ring;  /* the current atom, when it gets a ring of three, else MG_NO_ATOM */
    int tokens, new_atoms;
    uint8_t raised[MG_SMILES_RINGS]; /* how much the order of an open ring's bond must rise */
    /* ON_WAY: an open ring will pass the atom; LINK_ON_WAY: and its bond to its parent */
    uint8_t way[MG_SMILES_ATOMS];
    uint8_t vertex[MG_SMILES_ATOMS]; /* its number in `pi`, or MG_NO_ATOM */
    uint8_t atom[MG_SMILES_ATOMS];   /* and back */
    mg_pi_graph pi;
} plan;

bool mg_smiles_bonded(const mg_smiles_state *s, int a, int b) {
    const mg_smiles_atom *x = &s->atoms[a], *y = &s->atoms[b];
    if ((x->parent == b && !(x->flags & MG_ATOM_LINK_LONG)) ||
        (y->parent == a && !(y->flags & MG_ATOM_LINK_LONG)))
        return true;
    for (int k = 0; k < s->n_rings; k++)
        if ((s->rings[k].a == a && s->rings[k].b == b) ||
            (s->rings[k].a == b && s->rings[k].b == a))
            return true;
    return false;
}

/* Marks what a ring from an atom to the extension will pass. Parents have smaller numbers, so the
 * larger of two always has to climb; from an atom that is on a way, all the rest is marked
 * already. */
static void mark_way(plan *p, int from) {
    const mg_smiles_atom *atoms = p->s->atoms;
    int to = p->extension;
    while (from != to && !(p->way[from] & ON_WAY)) {
        if (from > to) {
            p->way[from] = ON_WAY | LINK_ON_WAY;
            from = atoms[from].parent;
        } else {
            p->way[to] = ON_WAY | LINK_ON_WAY;
            to = atoms[to].parent;
        }
    }
    p->way[from] |= ON_WAY;
}

static int ring_order(const mg_smiles_open *o) { return o->link ? o->link : MG_LINK_SINGLE; }

/* ---- aromatic atoms ---- */

/* The bonds of an open atom when the plan's are added, and the room that is then left. */
typedef struct bonds {
    int aromatic, plain, order, room;
    bool raisable;
} bonds;

static bonds planned_bonds(const plan *p, int i) {
    const mg_smiles_state *s = p->s;
    const mg_smiles_atom *a = &s->atoms[i];
    bonds b = {a->aromatic, a->plain, a->order, mg_kind_plain_room(&a->kind), false};
    for (int k = 0; k < s->n_open; k++) {
        if (s->open[k].atom != i) continue;
        b.plain++;
        b.order += ring_order(&s->open[k]);
        if (s->open[k].link == MG_LINK_IMPLICIT) b.raisable = true;
    }
    int chains = i == p->extension ? 1 : i == p->own_ring ? 2 : 0;
    b.plain += chains;
    b.order += chains;
    b.room -= SINGLE * chains;
    if (chains) b.raisable = true;
    return b;
}

static bool needs_with(const mg_smiles_atom *a, const bonds *b, int plain, int order) {
    return mg_kind_needs_partner(&a->kind, b->aromatic, b->plain + plain, b->order + order);
}

/* The least order of more bonds, to so many new neighbours, that would relieve the atom; 0:
 * none. */
static uint8_t relieving_order(const mg_smiles_atom *a, const bonds *b, int plain, int most) {
    for (int order = 1; order <= most; order++)
        if (b->room >= SINGLE * order && !needs_with(a, b, plain, order)) return (uint8_t)order;
    return 0;
}

static relief find_relief(const plan *p, int i) {
    const mg_smiles_state *s = p->s;
    const mg_smiles_atom *a = &s->atoms[i];
    bonds b = planned_bonds(p, i);
    relief r = {0};
    if (b.raisable) r.raise = relieving_order(a, &b, 0, 2);
    if (r.raise || i == p->extension || i == p->own_ring) return r;
    bool chain = i == s->current; /* it can get a new neighbour */
    for (int k = 0; k < s->depth && !chain; k++) chain = s->stack[k] == i;
    if (chain) r.raise = relieving_order(a, &b, 1, 3);
    r.neighbour = r.raise > 0;
    return r;
}

static bool is_open(const mg_smiles_state *s, int i) {
    return s->atoms[i].open > 0 || i == s->current;
}

static void add_edge(plan *p, int a, int b) {
    int x = p->vertex[a], y = p->vertex[b];
    if (x == MG_NO_ATOM || y == MG_NO_ATOM) return;
    p->pi.neighbours[x][p->pi.degree[x]++] = (uint8_t)y;
    p->pi.neighbours[y][p->pi.degree[y]++] = (uint8_t)x;
}

static void add_vertex(plan *p, int i) {
    int x = p->pi.n++;
    p->vertex[i] = (uint8_t)x;
    p->atom[x] = (uint8_t)i;
    p->pi.degree[x] = 0;
    p->pi.mate[x] = MG_NO_ATOM;
}

/* Vertices: atoms that need a partner. False when an aromatic atom could not get into a ring. */
static bool add_vertices(plan *p) {
    const mg_smiles_state *s = p->s;
    for (int i = 0; i < s->n_atoms; i++) {
        const mg_smiles_atom *a = &s->atoms[i];
        p->vertex[i] = MG_NO_ATOM;
        if (!a->kind.aromatic) continue;
        if (!(a->flags & MG_ATOM_IN_RING) && !(p->way[i] & ON_WAY) && i != p->own_ring)
            return false;
        bool needs = (a->flags & MG_ATOM_NEEDS) != 0;
        if (is_open(s, i)) {
            bonds b = planned_bonds(p, i);
            needs = needs_with(a, &b, 0, 0);
        }
        if (needs) add_vertex(p, i);
    }
    return true;
}

/* Edges: aromatic bonds in rings. A bond that the last matching used comes first again. */
static void add_edges(plan *p) {
    const mg_smiles_state *s = p->s;
    for (int i = 0; i < s->n_atoms; i++) {
        const mg_smiles_atom *a = &s->atoms[i];
        if (p->vertex[i] == MG_NO_ATOM || !(a->flags & MG_ATOM_LINK_AROMATIC)) continue;
        if ((a->flags & MG_ATOM_LINK_IN_RING) || (p->way[i] & LINK_ON_WAY))
            add_edge(p, i, a->parent);
    }
    for (int k = 0; k < s->n_rings; k++)
        if (s->rings[k].aromatic) add_edge(p, s->rings[k].a, s->rings[k].b);
    for (int x = 0; x < p->pi.n; x++) {
        uint8_t mate = s->atoms[p->atom[x]].mate;
        uint8_t y = mate == MG_NO_ATOM ? MG_NO_ATOM : p->vertex[mate];
        if (y == MG_NO_ATOM || s->atoms[mate].mate != p->atom[x]) continue;
        for (int k = 0; k < p->pi.degree[x]; k++)
            if (p->pi.neighbours[x][k] == y) p->pi.mate[x] = y;
    }
}

/* Counts what relieving a vertex takes. */
static void relieve(plan *p, int x, relief r) {
    const mg_smiles_state *s = p->s;
    p->tokens += p->pi.cost[x];
    if (r.neighbour) p->new_atoms++;
    for (int k = 0; k < s->n_open && !r.neighbour; k++) {
        if (s->open[k].atom != p->atom[x] || s->open[k].link != MG_LINK_IMPLICIT) continue;
        p->raised[k] = r.raise;
        return;
    }
}

/* Relieves as few atoms as possible, those that are relieved with few tokens first. */
static bool relieve_rest(plan *p) {
    relief reliefs[MG_SMILES_ATOMS];
    for (int x = 0; x < p->pi.n; x++) {
        reliefs[x] = is_open(p->s, p->atom[x]) ? find_relief(p, p->atom[x]) : (relief){0};
        p->pi.cost[x] = reliefs[x].raise == 0                          ? MG_PI_MUST
                        : reliefs[x].neighbour && reliefs[x].raise > 1 ? 2
                                                                       : 1;
    }
    if (!mg_pi_hand_over(&p->pi)) return false;
    for (int x = 0; x < p->pi.n; x++)
        if (p->pi.mate[x] == MG_NO_ATOM) relieve(p, x, reliefs[x]);
    return true;
}

static bool plan_aromatic(plan *p) {
    mg_smiles_state *s = p->s;
    const mg_smiles_atom *current = &s->atoms[s->current];
    memset(p->way, 0, s->n_atoms);
    for (int k = 0; k < s->n_open; k++) mark_way(p, s->open[k].atom);
    bool lonely = current->kind.aromatic && !(current->flags & MG_ATOM_IN_RING);
    if (lonely && s->n_open == 0 && mg_kind_plain_room(&current->kind) >= 2 * SINGLE) {
        p->own_ring = s->current;
        p->new_atoms += 2;
        p->tokens += OWN_RING_TOKENS;
    }
    if (!add_vertices(p)) return false;
    if (p->pi.n == 0) return true;
    add_edges(p);
    bool placed = mg_pi_match(&p->pi) == 0 || relieve_rest(p);
    for (int x = 0; x < p->pi.n; x++) {
        uint8_t mate = p->pi.mate[x];
        s->atoms[p->atom[x]].mate = mate == MG_NO_ATOM ? MG_NO_ATOM : p->atom[mate];
    }
    return placed;
}

/* Rings cost a carbon and a number each. The extension itself can spare one carbon; the first
 * carbon is in vain if only rings of the extension are left, to which it is bonded already. */
static void plan_rings(plan *p) {
    const mg_smiles_state *s = p->s;
    const mg_smiles_atom *at = &s->atoms[p->extension];
    int elsewhere = 0, direct = 0;
    for (int k = 0; k < s->n_open; k++) {
        const mg_smiles_open *o = &s->open[k];
        if (o->atom == p->extension) continue;
        elsewhere++;
        int room = SINGLE * (ring_order(o) + p->raised[k]) + (s->n_open > 1 ? SINGLE : 0);
        if (direct || at->kind.aromatic || at->kind.room < room) continue;
        direct = !mg_smiles_bonded(s, o->atom, p->extension);
    }
    int left = s->n_open - direct, carbons = left + (left > 0 && elsewhere == direct);
    p->new_atoms += carbons;
    p->tokens += s->n_open + carbons;
}

/* The plan that closes open rings at one atom (MG_NO_ATOM: there are none). */
static int plan_at(mg_smiles_state *s, int extension) {
    plan p;
    p.s = s;
    p.extension = extension;
    p.own_ring = MG_NO_ATOM;
    p.tokens = 1 + s->depth;
    p.new_atoms = p.pi.n = 0;
    memset(p.raised, 0, s->n_open);
    if (s->n_aromatic > 0 && !plan_aromatic(&p)) return MG_NEVER;
    if (extension != MG_NO_ATOM) plan_rings(&p);
    return s->n_atoms + p.new_atoms > MG_SMILES_ATOMS ? MG_NEVER : p.tokens;
}

/* Tries the current atom and then the branching atoms as extension, the nearest first, until one is
 * good enough: a chain at an aromatic nitrogen, say, would make it a pi donor and leave its
 * neighbours without partner. */
int mg_smiles_plan(mg_smiles_state *s) {
    if (s->n_open == 0) return plan_at(s, MG_NO_ATOM);
    if (s->n_rings + s->n_open > MG_SMILES_RING_BONDS) return MG_NEVER;
    int best = MG_NEVER;
    for (int k = s->depth; k >= 0 && best > s->left; k--) {
        int extension = k == s->depth ? s->current : s->stack[k];
        if (mg_kind_plain_room(&s->atoms[extension].kind) < SINGLE) continue;
        int tokens = plan_at(s, extension);
        if (tokens < best) best = tokens;
    }
    return best;
}
