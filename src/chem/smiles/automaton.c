/* automaton.c - which SMILES tokens may follow a prefix, so that the whole is a molecule that RDKit
 * reads and sanitises.
 *
 * The state holds the graph of the current component as far as it can still matter. A push applies
 * one token to a copy (grammar, valence, ring numbers), asks plan.c whether the result can still be
 * finished within the tokens left, and keeps the copy if so. A mask asks the same once for every
 * group of tokens with equal effect. The push that fails says where a string goes wrong.
 */
#include "chem/smiles/automaton.h"

#include "chem/smiles/smiles.h"

#include <string.h>

enum { AT_START, AFTER_ATOM, AFTER_OPEN, AFTER_LINK, AFTER_OPEN_LINK, IN_BRACKET, FINISHED };
/* What was read last inside a bracket; later parts follow in this order. */
enum {
    AT_BRACKET,
    AT_ISOTOPE,
    AT_SYMBOL,
    AT_CHIRAL,
    AT_HYDROGEN,
    AT_COUNT,
    AT_SIGN,
    AT_CHARGE,
    AT_COLON,
    AT_MAP
};
enum { MOST_DIGITS = 3, MOST_CHARGE = 9 };
/* Atoms are dropped first at the lower number, later at twice what was left, never later than at
 * the upper one. */
enum { COMPACT_FIRST = 24, COMPACT_LAST = 192 };

/* Copies what is in use: a few hundred bytes of a few thousand. */
static void copy_state(mg_smiles_state *to, const mg_smiles_state *from) {
    memcpy(to, from, offsetof(mg_smiles_state, stack));
    memcpy(to->stack, from->stack, from->depth);
    memcpy(to->open, from->open, from->n_open * sizeof from->open[0]);
    memcpy(to->rings, from->rings, from->n_rings * sizeof from->rings[0]);
    memcpy(to->atoms, from->atoms, from->n_atoms * sizeof from->atoms[0]);
}

/* ---- dropping atoms that no longer matter ---- */

enum { DROP, KEEP, SPLICE };

/* Keeps the atoms with open ends and the ways between them, where a future ring may pass; of the
 * ways only forks and aromatic atoms, the others are spliced out. */
static void keep_ways(const mg_smiles_state *s, uint8_t *fate) {
    uint8_t children[MG_SMILES_ATOMS] = {0};
    for (int i = s->n_atoms - 1; i >= 0; i--) {
        if (s->atoms[i].open || i == s->current) fate[i] = KEEP;
        if (!fate[i] || s->atoms[i].parent == MG_NO_ATOM) continue;
        fate[s->atoms[i].parent] = KEEP;
        children[s->atoms[i].parent]++;
    }
    bool above = true; /* above the highest fork of open ends nothing is to come */
    for (int i = 0; i < s->n_atoms; i++) {
        bool open = s->atoms[i].open || i == s->current, aromatic = s->atoms[i].kind.aromatic;
        if (!fate[i]) continue;
        if (open || children[i] > 1) above = false;
        if (above)
            fate[i] = DROP;
        else if (!open && children[i] == 1 && !aromatic)
            fate[i] = SPLICE;
    }
}

/* Keeps every aromatic system that holds a kept atom. All else is decided for good. */
static void keep_aromatic_systems(const mg_smiles_state *s, uint8_t *fate) {
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < s->n_atoms; i++) {
            int parent = s->atoms[i].parent;
            if (!(s->atoms[i].flags & MG_ATOM_LINK_AROMATIC) || parent == MG_NO_ATOM ||
                fate[i] == fate[parent])
                continue;
            fate[i] = fate[parent] = KEEP;
            changed = true;
        }
        for (int k = 0; k < s->n_rings; k++) {
            const mg_smiles_ring *r = &s->rings[k];
            if (!r->aromatic || fate[r->a] == fate[r->b]) continue;
            fate[r->a] = fate[r->b] = KEEP;
            changed = true;
        }
    }
}

/* The new number of an atom's parent, or of the next kept atom above it, if there is one. */
static uint8_t new_parent(mg_smiles_atom *a, const mg_smiles_state *s, const uint8_t *fate,
                          const uint8_t *now) {
    uint8_t parent = a->parent;
    while (parent != MG_NO_ATOM && fate[parent] == SPLICE) {
        parent = s->atoms[parent].parent;
        a->flags |= MG_ATOM_LINK_LONG;
    }
    return now[parent];
}

static void compact(mg_smiles_state *s) {
    uint8_t fate[MG_SMILES_ATOMS] = {DROP}, now[MG_SMILES_ATOMS + 1];
    mg_smiles_atom kept[MG_SMILES_ATOMS];
    int n = 0, rings = 0;
    keep_ways(s, fate);
    keep_aromatic_systems(s, fate);
    now[MG_NO_ATOM] = MG_NO_ATOM;
    for (int i = 0; i < s->n_atoms; i++) now[i] = fate[i] == KEEP ? (uint8_t)n++ : MG_NO_ATOM;
    s->n_aromatic = 0;
    for (int i = 0; i < s->n_atoms; i++) {
        if (fate[i] != KEEP) continue;
        mg_smiles_atom *a = &kept[now[i]];
        *a = s->atoms[i];
        a->parent = new_parent(a, s, fate, now);
        a->mate = now[a->mate];
        s->n_aromatic = (uint8_t)(s->n_aromatic + a->kind.aromatic);
    }
    memcpy(s->atoms, kept, (size_t)n * sizeof kept[0]);
    for (int k = 0; k < s->n_rings; k++) {
        mg_smiles_ring r = {now[s->rings[k].a], now[s->rings[k].b], s->rings[k].aromatic};
        if (r.a != MG_NO_ATOM && r.b != MG_NO_ATOM) s->rings[rings++] = r;
    }
    for (int k = 0; k < s->depth; k++) s->stack[k] = now[s->stack[k]];
    for (int k = 0; k < s->n_open; k++) s->open[k].atom = now[s->open[k].atom];
    s->current = now[s->current];
    s->n_atoms = (uint8_t)n;
    s->n_rings = (uint8_t)rings;
    s->compact_at = (uint8_t)(n < COMPACT_FIRST / 2  ? COMPACT_FIRST
                              : 2 * n < COMPACT_LAST ? 2 * n
                                                     : COMPACT_LAST);
}

/* ---- atoms and bonds ---- */

static int plain_room(const mg_smiles_state *s) {
    return mg_kind_plain_room(&s->atoms[s->current].kind);
}

static int link_order(int link) { return link == MG_LINK_IMPLICIT ? 1 : link; }

/* Lowers what an atom can still take; false if it has not so much left. */
static bool take_room(mg_smiles_kind *k, int halves, int whole) {
    if (k->room < halves || k->whole < whole) return false;
    k->room = (int8_t)(k->room - halves);
    k->whole = (int8_t)(k->whole - whole);
    return true;
}

/* Adds one bond's end to an atom; `reserved`: the order that was set aside for it. */
static bool take_bond(mg_smiles_state *s, int i, bool aromatic, int order, int reserved) {
    mg_smiles_atom *a = &s->atoms[i];
    if (aromatic && a->aromatic == MG_PI_DEGREE) return false;
    if (!take_room(&a->kind, (aromatic ? 3 : 2 * order) - 2 * reserved,
                   (aromatic ? 1 : order) - reserved))
        return false;
    if (aromatic)
        a->aromatic++;
    else
        a->plain++;
    if (!aromatic) a->order = (uint8_t)(a->order + order);
    if (a->kind.aromatic) {
        bool needs = mg_kind_needs_partner(&a->kind, a->aromatic, a->plain, a->order);
        a->flags = (uint8_t)(needs ? a->flags | MG_ATOM_NEEDS : a->flags & ~MG_ATOM_NEEDS);
    }
    return true;
}

/* Bonds two atoms by a written or implicit link. */
static bool bond(mg_smiles_state *s, int a, int b, int link, int reserved, bool *aromatic) {
    bool both = s->atoms[a].kind.aromatic && s->atoms[b].kind.aromatic;
    if (link == MG_LINK_AROMATIC && !both) return false;
    *aromatic = both && (link == MG_LINK_IMPLICIT || link == MG_LINK_AROMATIC);
    return take_bond(s, a, *aromatic, link_order(link), reserved) &&
           take_bond(s, b, *aromatic, link_order(link), 0);
}

static bool add_atom(mg_smiles_state *s, const mg_smiles_kind *k) {
    bool first = s->phase == AT_START, aromatic = false;
    if (k->room < 0) return false;
    if (!first && s->n_atoms >= s->compact_at) compact(s);
    if (s->n_atoms == MG_SMILES_ATOMS) return false;
    uint8_t i = s->n_atoms++;
    s->atoms[i] =
        (mg_smiles_atom){.kind = *k, .parent = first ? MG_NO_ATOM : s->current, .mate = MG_NO_ATOM};
    if (!first && !bond(s, s->current, i, s->link, 0, &aromatic)) return false;
    if (aromatic) s->atoms[i].flags |= MG_ATOM_LINK_AROMATIC;
    if (k->aromatic) s->n_aromatic++;
    s->current = i;
    s->link = MG_LINK_IMPLICIT;
    s->phase = AFTER_ATOM;
    return true;
}

/* Marks all that a ring between two atoms passes. Parents have smaller numbers: the larger of the
 * two has to climb. */
static void mark_ring(mg_smiles_state *s, int a, int b) {
    while (a != b) {
        int low = a > b ? a : b;
        s->atoms[low].flags |= MG_ATOM_IN_RING | MG_ATOM_LINK_IN_RING;
        if (low == a)
            a = s->atoms[low].parent;
        else
            b = s->atoms[low].parent;
    }
    s->atoms[a].flags |= MG_ATOM_IN_RING;
}

static bool close_ring(mg_smiles_state *s, int k) {
    mg_smiles_open o = s->open[k];
    int link = o.link == MG_LINK_IMPLICIT ? s->link : o.link;
    if (o.link != MG_LINK_IMPLICIT && s->link != MG_LINK_IMPLICIT && o.link != s->link)
        return false;
    if (o.atom == s->current || mg_smiles_bonded(s, o.atom, s->current)) return false;
    bool aromatic;
    if (!bond(s, o.atom, s->current, link, link_order(o.link), &aromatic)) return false;
    s->atoms[o.atom].open--;
    memmove(s->open + k, s->open + k + 1, (size_t)(--s->n_open - k) * sizeof s->open[0]);
    s->rings[s->n_rings++] = (mg_smiles_ring){o.atom, s->current, aromatic};
    mark_ring(s, o.atom, s->current);
    return true;
}

/* Sets bonds aside for the ring. Triple bonds at most: what closes a quadruple one need not
 * exist. */
static bool open_ring(mg_smiles_state *s, int number) {
    mg_smiles_atom *a = &s->atoms[s->current];
    int order = link_order(s->link);
    if (s->link > MG_LINK_TRIPLE || s->n_open == MG_SMILES_RINGS ||
        s->n_rings + s->n_open >= MG_SMILES_RING_BONDS)
        return false;
    if (!take_room(&a->kind, 2 * order, order)) return false;
    a->open++;
    s->open[s->n_open++] = (mg_smiles_open){(uint8_t)number, s->current, s->link};
    return true;
}

static int find_ring(const mg_smiles_state *s, int number) {
    for (int k = 0; k < s->n_open; k++)
        if (s->open[k].number == number) return k;
    return -1;
}

static bool apply_ring(mg_smiles_state *s, int number) {
    if (s->phase != AFTER_ATOM && s->phase != AFTER_LINK) return false;
    int k = find_ring(s, number);
    if (k >= 0 ? !close_ring(s, k) : !open_ring(s, number)) return false;
    s->link = MG_LINK_IMPLICIT;
    s->phase = AFTER_ATOM;
    return true;
}

/* ---- tokens ---- */

static bool finished_component(mg_smiles_state *s) {
    return s->phase == AFTER_ATOM && s->depth == 0 && s->n_open == 0 && mg_smiles_plan(s) == 1;
}

static void start_component(mg_smiles_state *s) {
    s->phase = AT_START;
    s->n_atoms = s->n_aromatic = s->n_rings = 0;
    s->compact_at = COMPACT_FIRST;
}

static bool apply_outside(mg_smiles_state *s, const mg_smiles_meaning *m) {
    switch (m->outside) {
    case MG_ROLE_ATOM: return add_atom(s, &m->kind);
    case MG_ROLE_RING: return apply_ring(s, m->value);
    case MG_ROLE_BOND:
        if (s->phase != AFTER_ATOM && s->phase != AFTER_OPEN) return false;
        s->phase = s->phase == AFTER_ATOM ? AFTER_LINK : AFTER_OPEN_LINK;
        s->link = m->value;
        return m->value == MG_LINK_AROMATIC ? s->atoms[s->current].kind.room >= 3
                                            : plain_room(s) >= 2 * link_order(m->value);
    case MG_ROLE_OPEN:
        if (s->phase != AFTER_ATOM || s->depth == MG_SMILES_DEPTH) return false;
        s->atoms[s->current].open++;
        s->stack[s->depth++] = s->current;
        s->phase = AFTER_OPEN;
        return plain_room(s) >= 2;
    case MG_ROLE_CLOSE:
        if (s->phase != AFTER_ATOM || s->depth == 0) return false;
        s->current = s->stack[--s->depth];
        s->atoms[s->current].open--;
        return true;
    case MG_ROLE_DOT:
        if (!finished_component(s)) return false;
        start_component(s);
        return true;
    case MG_ROLE_BRACKET:
        if (s->phase == FINISHED) return false;
        s->bracket = (mg_smiles_bracket){.stage = AT_BRACKET, .before = s->phase};
        s->phase = IN_BRACKET;
        return true;
    case MG_ROLE_END:
        if (!finished_component(s)) return false;
        s->phase = FINISHED;
        return true;
    default: return false;
    }
}

static mg_smiles_kind bracket_kind(const mg_smiles_bracket *b) {
    mg_smiles_kind k = {.element = b->element,
                        .charge = (int8_t)(b->negative ? -b->charge : b->charge),
                        .hydrogens = b->hydrogens,
                        .aromatic = b->aromatic,
                        .bracket = true};
    mg_kind_set_room(&k);
    return k;
}

/* Isotope and atom map: up to three digits, no zero in front. */
static bool apply_digit(mg_smiles_bracket *b, int digit) {
    switch (b->stage) {
    case AT_BRACKET:
    case AT_COLON:
        b->stage++;
        b->digits = 1;
        b->number = (uint8_t)digit;
        return true;
    case AT_ISOTOPE:
    case AT_MAP:
        if (b->digits == MOST_DIGITS || (b->digits == 1 && b->number == 0)) return false;
        b->digits++;
        return true;
    case AT_HYDROGEN:
        b->stage = AT_COUNT;
        b->hydrogens = (uint8_t)digit;
        return digit > 0;
    case AT_SIGN:
        b->stage = AT_CHARGE;
        b->charge = (uint8_t)digit;
        return digit > 0;
    default: return false;
    }
}

static bool apply_symbol(mg_smiles_bracket *b, const mg_smiles_kind *k) {
    if (b->stage > AT_ISOTOPE) return false;
    b->stage = AT_SYMBOL;
    b->element = k->element;
    b->aromatic = k->aromatic;
    return true;
}

static bool apply_inside(mg_smiles_state *s, const mg_smiles_meaning *m) {
    mg_smiles_bracket *b = &s->bracket;
    int stage = b->stage;
    switch (m->inside) {
    case MG_ROLE_DIGIT: return apply_digit(b, m->value);
    case MG_ROLE_ELEMENT: return apply_symbol(b, &m->kind);
    case MG_ROLE_CHIRAL: b->stage = AT_CHIRAL; return stage == AT_SYMBOL && b->element != 1;
    case MG_ROLE_HYDROGEN:
        if (stage <= AT_ISOTOPE) return apply_symbol(b, &m->kind);
        b->stage = AT_HYDROGEN;
        b->hydrogens = 1;
        return stage <= AT_CHIRAL;
    case MG_ROLE_SIGN:
        b->stage = AT_SIGN;
        b->negative = m->kind.charge < 0;
        b->charge = 1;
        return stage >= AT_SYMBOL && stage <= AT_COUNT;
    case MG_ROLE_COLON: b->stage = AT_COLON; return stage >= AT_SYMBOL && stage <= AT_CHARGE;
    case MG_ROLE_BRACKET_END: {
        mg_smiles_kind kind = bracket_kind(b);
        if (stage < AT_SYMBOL || stage == AT_COLON) return false;
        s->phase = b->before;
        return add_atom(s, &kind);
    }
    default: return false;
    }
}

/* ---- can it be finished? ---- */

/* After so many tokens and an atom like this, is there a plan? */
static bool fits_with(const mg_smiles_state *s, const mg_smiles_kind *k, int tokens) {
    mg_smiles_state next;
    copy_state(&next, s);
    next.left -= tokens;
    return next.left > 0 && add_atom(&next, k) && mg_smiles_plan(&next) <= next.left;
}

static bool fits_with_any_atom(const mg_smiles_state *s) {
    static const mg_smiles_kind fillers[] = {
        {.element = 6, .room = 8, .whole = 4},
        {.element = 16, .room = 12, .whole = 6},
        {.element = 6, .aromatic = true, .room = 11, .whole = 4},
        {.element = 7, .aromatic = true, .room = 9, .whole = 3}};
    for (size_t k = 0; k < MG_COUNT(fillers); k++)
        if (fits_with(s, &fillers[k], 1)) return true;
    return false;
}

static bool fits_with_any_ring(const mg_smiles_state *s) {
    for (int k = 0; k < s->n_open; k++) {
        mg_smiles_state next;
        copy_state(&next, s);
        next.left--;
        if (close_ring(&next, k) && mg_smiles_plan(&next) <= next.left) return true;
    }
    return false;
}

/* Tokens for what the bracket still lacks: a digit after ":", and "]". */
static bool bracket_fits(const mg_smiles_state *s) {
    mg_smiles_state at;
    copy_state(&at, s);
    const mg_smiles_bracket *b = &at.bracket;
    int tokens = b->stage == AT_COLON ? 2 : 1;
    at.phase = b->before;
    if (b->stage <= AT_ISOTOPE) {
        at.left -= tokens;
        return fits_with_any_atom(&at);
    }
    mg_smiles_kind kind = bracket_kind(b);
    if (fits_with(&at, &kind, tokens)) return true;
    if (b->stage > AT_SIGN) return false;
    bool fixed = b->stage == AT_SIGN;
    for (int charge = fixed ? 2 : 1; charge <= MOST_CHARGE; charge++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            if (fixed && (sign < 0) != b->negative) continue;
            kind.charge = (int8_t)(sign * charge);
            mg_kind_set_room(&kind);
            if (fits_with(&at, &kind, tokens + !fixed + (charge > 1))) return true;
        }
    }
    return false;
}

static bool fits(mg_smiles_state *s) {
    switch (s->phase) {
    case AT_START: return s->left >= 2;
    case AFTER_ATOM: return mg_smiles_plan(s) <= s->left;
    case AFTER_LINK: return fits_with_any_atom(s) || fits_with_any_ring(s);
    case AFTER_OPEN:
    case AFTER_OPEN_LINK: return fits_with_any_atom(s);
    case IN_BRACKET: return bracket_fits(s);
    default: return true;
    }
}

static bool advance(mg_smiles_state *next, const mg_smiles_state *s, int32_t token) {
    const mg_smiles_meaning *m = &s->vocab->meanings[token];
    if (s->phase == FINISHED || s->left <= 0) return false;
    copy_state(next, s);
    next->left--;
    return (s->phase == IN_BRACKET ? apply_inside(next, m) : apply_outside(next, m)) && fits(next);
}

/* ---- the interface ---- */

void mg_smiles_start(mg_smiles_state *s, const mg_smiles_vocab *v, int32_t max_tokens) {
    memset(s, 0, sizeof *s);
    s->vocab = v;
    s->left = max_tokens;
    start_component(s);
}

bool mg_smiles_hurry(mg_smiles_state *s) {
    if (s->phase != AFTER_ATOM) return false;
    const int least = mg_smiles_plan(s);
    if (least < s->left) s->left = least;
    return true;
}

bool mg_smiles_done(const mg_smiles_state *s) { return s->phase == FINISHED; }

bool mg_smiles_push(mg_smiles_state *s, int32_t token) {
    mg_smiles_state next;
    if (s->phase == FINISHED) return token == MG_TOKEN_PAD;
    if (token < 0 || token >= s->vocab->n || !advance(&next, s, token)) return false;
    copy_state(s, &next);
    return true;
}

/* While tokens and places are plenty, atoms that are not aromatic differ in one thing only: whether
 * a chain can go on from them. Gives the slot of such an atom's verdict, 0 if it cannot be bonded
 * at all, -1 if it is not so simple. */
static int simple_slot(const mg_smiles_state *s, const mg_smiles_kind *k) {
    int most = s->n_open + s->n_aromatic,
        halves = s->phase == AT_START ? 0 : 2 * link_order(s->link);
    bool scarce = s->left < 2 * most + s->depth + 16 || s->n_atoms + most > MG_SMILES_ATOMS - 16;
    if (k->aromatic || s->link == MG_LINK_AROMATIC || scarce) return -1;
    if (k->room < halves || (s->phase != AT_START && plain_room(s) < halves)) return 0;
    return k->room >= halves + 2 ? MG_SMILES_GROUPS : MG_SMILES_GROUPS + 1;
}

void mg_smiles_mask(const mg_smiles_state *s, uint8_t *allowed) {
    enum { UNKNOWN, NO, YES, NEW_RING = 1, SLOTS = MG_SMILES_GROUPS + 2 };
    uint8_t verdicts[SLOTS] = {NO};
    mg_smiles_state next;
    const mg_smiles_vocab *v = s->vocab;
    memset(allowed, 0, (size_t)v->n);
    if (s->phase == FINISHED) {
        allowed[MG_TOKEN_PAD] = 1;
        return;
    }
    for (int32_t id = MG_TOKEN_EOS; id < v->n; id++) {
        const mg_smiles_meaning *m = &v->meanings[id];
        int slot = s->phase == IN_BRACKET ? m->inside_group : m->outside_group;
        if (slot == 0) continue;
        if (s->phase != IN_BRACKET && m->outside == MG_ROLE_RING && find_ring(s, m->value) < 0)
            slot = NEW_RING;
        if (s->phase != IN_BRACKET && m->outside == MG_ROLE_ATOM) {
            int simple = simple_slot(s, &m->kind);
            if (simple >= 0) slot = simple;
        }
        if (verdicts[slot] == UNKNOWN) verdicts[slot] = advance(&next, s, id) ? YES : NO;
        allowed[id] = verdicts[slot] == YES;
    }
}
