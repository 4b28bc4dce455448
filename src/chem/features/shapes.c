/* shapes.c - feature families that look at rings, chains, fragments and the whole molecule (letters
 * g h p f w of substructures.c).
 *
 * Most shapes are named by refinement: every atom starts with a label and, some rounds long, mixes
 * in its neighbours' labels over the bonds that are followed; the sum of the mixed labels names the
 * shape whatever the order of its atoms. All counts of labels and hashes are over the arrays of
 * mol.h; nothing here asks RDKit.
 */
#include "chem/features/inside.h"

#include <stdlib.h>
#include <string.h>

enum { H = 1, C = 6, N = 7, O = 8, P = 15, S = 16 };
enum {
    ROUNDS_FRAGMENT = 6,
    ROUNDS_WHOLE = 10,
    MAX_HETEROS = 60,
    MAX_HETERO_DISTANCE = 12,
    MAX_CHAINS = 40
};

/* ---- scratch and refinement ---- */

typedef struct scratch {
    uint64_t *label, *next, *start; /* [n_atoms] */
    int32_t *group, *stack;         /* [n_atoms] */
    uint8_t *follow; /* [n_bonds] 0: not followed, else what the bond is mixed in as */
    uint8_t *mark;   /* [n_atoms] */
} scratch;

static bool scratch_init(scratch *s, const mg_mol_arrays *m) {
    size_t n = (size_t)m->n_atoms, bonds = (size_t)m->n_bonds;
    uint8_t *block = calloc(1, n * (3 * sizeof(uint64_t) + 2 * sizeof(int32_t) + 1) + bonds + 1);
    if (!block) return false;
    s->label = (uint64_t *)block;
    s->next = s->label + n;
    s->start = s->next + n;
    s->group = (int32_t *)(s->start + n);
    s->stack = s->group + n;
    s->mark = (uint8_t *)(s->stack + n);
    s->follow = s->mark + n;
    return true;
}

static void scratch_free(scratch *s) { free(s->label); }

static void refine(const mg_mol_arrays *m, scratch *s, int rounds) {
    for (int round = 0; round < rounds; round++) {
        for (int32_t i = 0; i < m->n_atoms; i++) {
            uint64_t around = 0;
            for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
                uint8_t follow = s->follow[m->neighbour_bonds[k]];
                if (follow) around += mg_mix(s->label[m->neighbours[k]], follow);
            }
            s->next[i] = mg_mix(s->label[i], around);
        }
        memcpy(s->label, s->next, (size_t)m->n_atoms * sizeof *s->label);
    }
}

static void follow_all(const mg_mol_arrays *m, scratch *s, bool orders) {
    for (int32_t k = 0; k < m->n_bonds; k++)
        s->follow[k] = (uint8_t)(orders ? m->bonds[k].order + 1 : 1);
}

static uint64_t element_label(const mg_atom *a) { return mg_mix(1, a->number); }
static uint64_t detailed_label(const mg_atom *a) {
    return mg_mix(mg_mix(2, a->number),
                  (uint64_t)a->hydrogens << 16 | (uint64_t)(uint8_t)a->charge << 8 | a->aromatic);
}

/* Numbers the connected parts that followed bonds make (group); returns how many. */
static int32_t components(const mg_mol_arrays *m, scratch *s) {
    int32_t groups = 0;
    memset(s->group, -1, (size_t)m->n_atoms * sizeof *s->group);
    for (int32_t i = 0; i < m->n_atoms; i++) {
        if (s->group[i] >= 0) continue;
        int32_t depth = 0;
        s->stack[depth++] = i;
        s->group[i] = groups;
        while (depth > 0) {
            int32_t at = s->stack[--depth];
            for (int32_t k = m->offsets[at]; k < m->offsets[at + 1]; k++) {
                int32_t to = m->neighbours[k];
                if (!s->follow[m->neighbour_bonds[k]] || s->group[to] >= 0) continue;
                s->group[to] = groups;
                s->stack[depth++] = to;
            }
        }
        groups++;
    }
    return groups;
}

/* ---- g: counts about the whole molecule ---- */

enum {
    G_ELEMENT = 1,
    G_CHARGE,
    G_POSITIVE,
    G_NEGATIVE,
    G_ISOTOPE,
    G_PARTS,
    G_RINGS,
    G_RING,
    G_R,
    G_S,
    G_RS,
    G_CENTRES,
    G_UNASSIGNED,
    G_E,
    G_Z,
    G_EZ,
    G_DOUBLE,
    G_ROTATABLE,
    G_HEAVY,
    G_FORMULA,
    G_FORMULA_NO_H,
    G_UNSATURATION
};

static uint64_t key(uint64_t family, int what, uint64_t detail) {
    return mg_mix(mg_mix(family, (uint64_t)what), detail);
}

static void add_value(mg_feature_list *out, uint64_t what, int64_t value) {
    mg_feature_add(out, mg_mix(what, (uint64_t)value << 1), 1.0f);
}

/* The value itself and every threshold that it reaches: 1..8, then by 2 to 16, then by 4 to 64. */
static void add_count(mg_feature_list *out, uint64_t what, int value) {
    add_value(out, what, value);
    for (int t = 1; t <= value && t <= 64; t += t < 8 ? 1 : t < 16 ? 2 : 4)
        mg_feature_add(out, mg_mix(what, (uint64_t)t << 1 | 1), 1.0f);
}

static void add_elements(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out) {
    int counts[MG_ELEMENTS + 1] = {0}, charge = 0, positive = 0, negative = 0;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        const mg_atom *a = &m->atoms[i];
        counts[a->number <= MG_ELEMENTS ? a->number : 0]++;
        counts[H] += a->hydrogens;
        charge += a->charge;
        positive += a->charge > 0;
        negative += a->charge < 0;
        if (a->isotope)
            mg_feature_add(out, key(family, G_ISOTOPE, (uint64_t)a->isotope << 8 | a->number),
                           1.0f);
    }
    uint64_t formula = 0, without_h = 0;
    for (int z = 0; z <= MG_ELEMENTS; z++) {
        if (!counts[z]) continue;
        add_count(out, key(family, G_ELEMENT, (uint64_t)z), counts[z]);
        uint64_t part = mg_mix(mg_mix(3, (uint64_t)z), (uint64_t)counts[z]);
        formula += part;
        if (z != H) without_h += part;
    }
    mg_feature_add(out, key(family, G_FORMULA, formula), 1.0f);
    mg_feature_add(out, key(family, G_FORMULA_NO_H, without_h), 1.0f);
    add_value(out, key(family, G_UNSATURATION, 0),
              2 + 2 * counts[C] + counts[N] - counts[H] + charge);
    add_value(out, key(family, G_CHARGE, 0), charge);
    add_count(out, key(family, G_POSITIVE, 0), positive);
    add_count(out, key(family, G_NEGATIVE, 0), negative);
    add_count(out, key(family, G_HEAVY, 0), m->n_atoms);
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Each ring counts by its size, by size and aromaticity, and by those and its heteroatoms. */
static void add_rings(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out) {
    add_count(out, key(family, G_RINGS, 0), m->n_rings);
    size_t n = 3 * (size_t)m->n_rings;
    uint64_t *kinds = malloc((n + 1) * sizeof *kinds);
    if (!kinds) {
        out->failed = true;
        return;
    }
    for (int32_t r = 0; r < m->n_rings; r++) {
        uint64_t size = (uint64_t)(m->ring_offsets[r + 1] - m->ring_offsets[r]), aromatic = 1,
                 heteros = 0;
        for (int32_t k = m->ring_offsets[r]; k < m->ring_offsets[r + 1]; k++) {
            const mg_atom *a = &m->atoms[m->ring_atoms[k]];
            aromatic &= a->aromatic;
            if (a->number != C) heteros += mg_mix(4, a->number);
        }
        kinds[3 * r] = key(family, G_RING, size);
        kinds[3 * r + 1] = mg_mix(kinds[3 * r], 1 + aromatic);
        kinds[3 * r + 2] = mg_mix(kinds[3 * r + 1], heteros);
    }
    qsort(kinds, n, sizeof *kinds, by_value);
    for (size_t i = 0, run; i < n; i += run) {
        for (run = 1; i + run < n && kinds[i + run] == kinds[i]; run++) {}
        add_count(out, kinds[i], (int)run);
    }
    free(kinds);
}

/* Four different substituents as far as refinement can tell (label holds the refined labels). */
static bool looks_stereogenic(const mg_mol_arrays *m, const uint64_t *label, int32_t i) {
    const mg_atom *a = &m->atoms[i];
    if (a->number != C || a->hybrid != MG_HYBRID_SP3 || a->total_degree != 4 || a->hydrogens > 1)
        return false;
    for (int32_t j = m->offsets[i]; j < m->offsets[i + 1]; j++) {
        for (int32_t k = m->offsets[i]; k < j; k++)
            if (label[m->neighbours[j]] == label[m->neighbours[k]]) return false;
    }
    return true;
}

static void add_stereo(const mg_mol_arrays *m, scratch *s, uint64_t family, mg_feature_list *out) {
    follow_all(m, s, true);
    for (int32_t i = 0; i < m->n_atoms; i++) s->label[i] = detailed_label(&m->atoms[i]);
    refine(m, s, ROUNDS_WHOLE);
    int r = 0, sinister = 0, centres = 0, assigned = 0, e = 0, z = 0;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        bool has = m->atoms[i].chiral != MG_CHIRAL_NONE;
        r += m->atoms[i].cip == 'R';
        sinister += m->atoms[i].cip == 'S';
        assigned += has;
        centres += has || looks_stereogenic(m, s->label, i);
    }
    for (int32_t k = 0; k < m->n_bonds; k++) {
        e += m->bonds[k].stereo == MG_STEREO_E;
        z += m->bonds[k].stereo == MG_STEREO_Z;
    }
    add_count(out, key(family, G_R, 0), r);
    add_count(out, key(family, G_S, 0), sinister);
    add_value(out, key(family, G_RS, (uint64_t)r), sinister);
    add_count(out, key(family, G_CENTRES, 0), centres);
    add_value(out, key(family, G_UNASSIGNED, 0), centres - assigned < 5 ? centres - assigned : 5);
    add_count(out, key(family, G_E, 0), e);
    add_count(out, key(family, G_Z, 0), z);
    add_value(out, key(family, G_EZ, (uint64_t)e), z);
}

static bool has_double_bond_to_chalcogen(const mg_mol_arrays *m, int32_t i) {
    for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
        int z = m->atoms[m->neighbours[k]].number;
        if (m->bonds[m->neighbour_bonds[k]].order == MG_ORDER_DOUBLE && (z == O || z == S))
            return true;
    }
    return false;
}

static bool is_amide(const mg_mol_arrays *m, const mg_bond *b) {
    int za = m->atoms[b->a].number, zb = m->atoms[b->b].number;
    return (za == C && zb == N && has_double_bond_to_chalcogen(m, b->a)) ||
           (zb == C && za == N && has_double_bond_to_chalcogen(m, b->b));
}

static void add_bonds(const mg_mol_arrays *m, scratch *s, uint64_t family, mg_feature_list *out) {
    int doubles = 0, rotatable = 0;
    for (int32_t k = 0; k < m->n_bonds; k++) {
        const mg_bond *b = &m->bonds[k];
        const mg_atom *x = &m->atoms[b->a], *y = &m->atoms[b->b];
        doubles += b->order == MG_ORDER_DOUBLE && x->number == C && y->number == C;
        rotatable += b->order == MG_ORDER_SINGLE && !b->in_ring && x->degree > 1 && y->degree > 1 &&
                     !is_amide(m, b);
    }
    add_count(out, key(family, G_DOUBLE, 0), doubles);
    add_count(out, key(family, G_ROTATABLE, 0), rotatable);
    add_count(out, key(family, G_PARTS, 0), components(m, s));
}

void mg_family_globals(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out) {
    scratch s;
    if (!scratch_init(&s, m)) {
        out->failed = true;
        return;
    }
    add_elements(m, family, out);
    add_rings(m, family, out);
    add_stereo(m, &s, family, out);
    add_bonds(m, &s, family, out);
    scratch_free(&s);
}

/* ---- h: chains of carbon outside rings ---- */

static bool chain_carbon(const mg_mol_arrays *m, int32_t i) {
    return m->atoms[i].number == C && !m->atoms[i].in_ring;
}

static int chain_neighbours(const mg_mol_arrays *m, int32_t i) {
    int n = 0;
    for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++)
        n += chain_carbon(m, m->neighbours[k]);
    return n;
}

/* Longest path of chain carbons from `start`, written to s->stack in order; chain carbons form
 * trees, so a walk that remembers where it came from ends. group: distance, next: the atom before
 * it. Returns its length. */
static int32_t longest_chain(const mg_mol_arrays *m, scratch *s, int32_t start) {
    int32_t head = 0, tail = 0, last = start;
    memset(s->group, -1, (size_t)m->n_atoms * sizeof *s->group);
    s->group[start] = 1;
    s->stack[tail++] = start;
    while (head < tail) {
        int32_t i = s->stack[head++];
        if (s->group[i] > s->group[last]) last = i;
        for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
            int32_t to = m->neighbours[k];
            if (!chain_carbon(m, to) || s->group[to] >= 0) continue;
            s->group[to] = s->group[i] + 1;
            s->next[to] = (uint64_t)i;
            s->stack[tail++] = to;
        }
    }
    int32_t length = s->group[last];
    for (int32_t at = length, i = last; at > 0; i = (int32_t)s->next[i]) s->stack[--at] = i;
    return length;
}

static const mg_bond *bond_between(const mg_mol_arrays *m, int32_t a, int32_t b) {
    for (int32_t k = m->offsets[a]; k < m->offsets[a + 1]; k++)
        if (m->neighbours[k] == b) return &m->bonds[m->neighbour_bonds[k]];
    return NULL;
}

/* What the first carbon carries besides the chain: =O and O make an acid's end, nothing a methyl
 * end. */
static uint64_t chain_head(const mg_mol_arrays *m, int32_t start) {
    uint64_t head = 0;
    for (int32_t k = m->offsets[start]; k < m->offsets[start + 1]; k++) {
        int32_t to = m->neighbours[k];
        if (!chain_carbon(m, to))
            head += mg_mix(m->atoms[to].number, m->bonds[m->neighbour_bonds[k]].order);
    }
    return head;
}

/* Features of one chain in s->stack: what stands at which position, counted from its head. */
static void add_chain(const mg_mol_arrays *m, scratch *s, uint64_t kind, int32_t length,
                      mg_feature_list *out) {
    uint64_t whole = 0, sized = mg_mix(kind, (uint64_t)length);
    int unsaturated = 0;
    for (int32_t at = 0; at < length; at++) s->mark[s->stack[at]] = 1;
    for (int32_t at = 0; at < length; at++) {
        int32_t i = s->stack[at];
        const mg_bond *b = at + 1 < length ? bond_between(m, i, s->stack[at + 1]) : NULL;
        if (b && b->order != MG_ORDER_SINGLE) {
            uint64_t place = mg_mix((uint64_t)at << 8 | b->order, b->stereo);
            unsaturated++;
            whole += place;
            mg_feature_add(out, mg_mix(mg_mix(kind, 5), place), 1.0f);
        }
        for (int32_t k = m->offsets[i]; at > 0 && k < m->offsets[i + 1]; k++) {
            int32_t to = m->neighbours[k];
            if (s->mark[to]) continue;
            uint64_t place = mg_mix((uint64_t)at << 8 | m->atoms[to].number,
                                    (uint64_t)m->atoms[i].cip);
            whole += place;
            mg_feature_add(out, mg_mix(mg_mix(kind, 6), place), 1.0f);
        }
    }
    for (int32_t at = 0; at < length; at++) s->mark[s->stack[at]] = 0;
    mg_feature_add(out, sized, 1.0f);
    mg_feature_add(out, mg_mix(mg_mix(sized, 7), (uint64_t)unsaturated), 1.0f);
    mg_feature_add(out, mg_mix(mg_mix(sized, 8), whole), 1.0f);
}

void mg_family_chains(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out) {
    scratch s;
    if (!scratch_init(&s, m)) {
        out->failed = true;
        return;
    }
    int32_t longest = 0, chains = 0;
    for (int32_t i = 0; i < m->n_atoms && chains < MAX_CHAINS; i++) {
        if (!chain_carbon(m, i) || chain_neighbours(m, i) > 1) continue;
        chains++;
        int32_t length = longest_chain(m, &s, i);
        if (length > longest) longest = length;
        if (length >= 3) add_chain(m, &s, mg_mix(mg_mix(family, 9), chain_head(m, i)), length, out);
    }
    mg_feature_add(out, mg_mix(mg_mix(family, 10), (uint64_t)longest), 1.0f);
    scratch_free(&s);
}

/* ---- p: pairs of heteroatoms and chain ends ---- */

static void heteros_from(const mg_mol_arrays *m, scratch *s, uint64_t family, int32_t start,
                         mg_feature_list *out) {
    int32_t head = 0, tail = 0;
    memset(s->group, -1, (size_t)m->n_atoms * sizeof *s->group);
    s->group[start] = 0;
    s->stack[tail++] = start;
    while (head < tail) {
        int32_t i = s->stack[head++];
        if (i > start && s->mark[i]) {
            uint64_t x = s->label[start], y = s->label[i];
            uint64_t pair = mg_mix(x < y ? x : y, x < y ? y : x);
            mg_feature_add(out, mg_mix(mg_mix(family, pair), (uint64_t)s->group[i]), 1.0f);
        }
        if (s->group[i] == MAX_HETERO_DISTANCE) continue;
        for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
            int32_t to = m->neighbours[k];
            if (s->group[to] >= 0) continue;
            s->group[to] = s->group[i] + 1;
            s->stack[tail++] = to;
        }
    }
}

void mg_family_heteros(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out) {
    scratch s;
    if (!scratch_init(&s, m)) {
        out->failed = true;
        return;
    }
    int32_t heteros = 0;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        const mg_atom *a = &m->atoms[i];
        s.label[i] = mg_mix(mg_mix(11, a->number), (uint64_t)a->hydrogens << 16 |
                                                       (uint64_t)(uint8_t)a->charge << 8 |
                                                       a->in_ring);
        s.mark[i] = a->number != C || a->degree == 1;
        heteros += s.mark[i];
    }
    follow_all(m, &s, true);
    refine(m, &s, 1);
    for (int32_t i = 0; i < m->n_atoms && heteros <= MAX_HETEROS; i++)
        if (s.mark[i]) heteros_from(m, &s, family, i, out);
    scratch_free(&s);
}

/* ---- f: fragments and ring systems ---- */

/* An acyl, phosphoryl or sulfonyl atom on the acid's side of an ester, amide or anhydride bond. */
static bool acyl(const mg_mol_arrays *m, int32_t i) {
    const mg_atom *a = &m->atoms[i];
    return !a->aromatic && (a->number == C || a->number == P || a->number == S) &&
           (a->total_degree == 3 || a->total_degree == 4) && has_double_bond_to_chalcogen(m, i);
}

static bool acyl_partner(const mg_atom *a) {
    if (a->aromatic) return false;
    if (a->number == N) return a->total_degree == 3 && a->hydrogens != 2;
    return (a->number == O && a->hydrogens == 0 && a->charge >= 0) || a->number == S;
}

/* A ring carbon beside a ring oxygen: where a sugar is bound. */
static bool anomeric(const mg_mol_arrays *m, int32_t i) {
    if (m->atoms[i].number != C || m->atoms[i].aromatic || !m->atoms[i].in_ring) return false;
    for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
        const mg_atom *a = &m->atoms[m->neighbours[k]];
        if (m->bonds[m->neighbour_bonds[k]].in_ring && a->number == O && !a->aromatic) return true;
    }
    return false;
}

static bool anomeric_partner(const mg_atom *a) {
    return a->number == N || (a->number == O && !a->aromatic && a->hydrogens == 0) ||
           (a->number == S && !a->aromatic);
}

static bool cut_at_links(const mg_mol_arrays *m, const mg_bond *b) {
    if (b->in_ring || b->order != MG_ORDER_SINGLE) return false;
    const mg_atom *x = &m->atoms[b->a], *y = &m->atoms[b->b];
    return (acyl(m, b->a) && acyl_partner(y)) || (acyl(m, b->b) && acyl_partner(x)) ||
           (anomeric(m, b->a) && anomeric_partner(y)) || (anomeric(m, b->b) && anomeric_partner(x));
}

static bool cut_at_rings(const mg_mol_arrays *m, const mg_bond *b) {
    if (b->in_ring || b->order != MG_ORDER_SINGLE) return false;
    const mg_atom *x = &m->atoms[b->a], *y = &m->atoms[b->b];
    return (x->in_ring && (y->in_ring || y->degree > 1)) || (y->in_ring && x->degree > 1);
}

/* Refines s->label and adds one feature a group, the sum of its atoms' labels (groups below 0 are
 * left out). */
static void add_groups(const mg_mol_arrays *m, scratch *s, uint64_t family, int32_t groups,
                       mg_feature_list *out) {
    refine(m, s, ROUNDS_FRAGMENT);
    memset(s->next, 0, (size_t)m->n_atoms * sizeof *s->next);
    for (int32_t i = 0; i < m->n_atoms; i++)
        if (s->group[i] >= 0) s->next[s->group[i]] += mg_mix(12, s->label[i]);
    for (int32_t g = 0; g < groups; g++) mg_feature_add(out, mg_mix(family, s->next[g]), 1.0f);
}

/* Pieces between the cuts, with and without stereo; an atom knows how many of its bonds were
 * cut. */
static void add_pieces(const mg_mol_arrays *m, scratch *s, uint64_t family, bool at_rings,
                       mg_feature_list *out) {
    follow_all(m, s, true);
    for (int32_t i = 0; i < m->n_atoms; i++) s->start[i] = detailed_label(&m->atoms[i]);
    int32_t cuts = 0;
    for (int32_t k = 0; k < m->n_bonds; k++) {
        const mg_bond *b = &m->bonds[k];
        if (!(at_rings ? cut_at_rings(m, b) : cut_at_links(m, b))) continue;
        s->follow[k] = 0;
        s->start[b->a] += 13;
        s->start[b->b] += 13;
        cuts++;
    }
    if (at_rings && cuts == 0) return;
    int32_t groups = components(m, s);
    memcpy(s->label, s->start, (size_t)m->n_atoms * sizeof *s->label);
    add_groups(m, s, mg_mix(family, 1), groups, out);
    for (int32_t i = 0; i < m->n_atoms; i++)
        s->label[i] = mg_mix(s->start[i], (uint64_t)m->atoms[i].cip);
    add_groups(m, s, mg_mix(family, 2), groups, out);
}

/* Rings that share an atom belong to one system. */
static void add_ring_systems(const mg_mol_arrays *m, scratch *s, uint64_t family,
                             mg_feature_list *out) {
    for (int32_t k = 0; k < m->n_bonds; k++)
        s->follow[k] = (uint8_t)(m->bonds[k].in_ring ? m->bonds[k].order + 1 : 0);
    int32_t systems = 0;
    components(m, s);
    memset(s->stack, -1, (size_t)m->n_atoms * sizeof *s->stack);
    for (int32_t i = 0; i < m->n_atoms; i++)
        if (m->atoms[i].in_ring && s->stack[s->group[i]] < 0) s->stack[s->group[i]] = systems++;
    for (int32_t i = 0; i < m->n_atoms; i++)
        s->group[i] = m->atoms[i].in_ring ? s->stack[s->group[i]] : -1;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        const mg_atom *a = &m->atoms[i];
        uint64_t outside = 0;
        for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
            int32_t bond = m->neighbour_bonds[k];
            if (!s->follow[bond])
                outside += mg_mix(m->atoms[m->neighbours[k]].number, m->bonds[bond].order);
        }
        s->label[i] = mg_mix(mg_mix(14, a->number),
                             (uint64_t)(uint8_t)a->charge << 8 | a->aromatic);
        s->start[i] = mg_mix(s->label[i], outside);
    }
    add_groups(m, s, mg_mix(family, 3), systems, out);
    memcpy(s->label, s->start, (size_t)m->n_atoms * sizeof *s->label);
    add_groups(m, s, mg_mix(family, 4), systems, out);
}

void mg_family_fragments(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out) {
    scratch s;
    if (!scratch_init(&s, m)) {
        out->failed = true;
        return;
    }
    add_pieces(m, &s, mg_mix(family, 15), false, out);
    add_pieces(m, &s, mg_mix(family, 16), true, out);
    add_ring_systems(m, &s, family, out);
    scratch_free(&s);
}

/* ---- w: the molecule as a whole ---- */

/* Refines s->label along followed bonds between marked atoms and adds the sum over marked atoms. */
static void add_whole(const mg_mol_arrays *m, scratch *s, uint64_t what, mg_feature_list *out) {
    uint64_t sum = 0;
    for (int32_t k = 0; k < m->n_bonds; k++)
        if (!s->mark[m->bonds[k].a] || !s->mark[m->bonds[k].b]) s->follow[k] = 0;
    refine(m, s, ROUNDS_WHOLE);
    for (int32_t i = 0; i < m->n_atoms; i++) sum += s->mark[i] ? mg_mix(17, s->label[i]) : 0;
    mg_feature_add(out, mg_mix(what, sum), 1.0f);
}

static void label_all(const mg_mol_arrays *m, scratch *s, uint64_t (*label)(const mg_atom *)) {
    for (int32_t i = 0; i < m->n_atoms; i++) s->label[i] = label ? label(&m->atoms[i]) : 1;
}

static void mark_largest_part(const mg_mol_arrays *m, scratch *s) {
    follow_all(m, s, false);
    int32_t groups = components(m, s), best = 0;
    memset(s->stack, 0, (size_t)m->n_atoms * sizeof *s->stack);
    for (int32_t i = 0; i < m->n_atoms; i++) s->stack[s->group[i]]++;
    for (int32_t g = 0; g < groups; g++) best = s->stack[g] > s->stack[best] ? g : best;
    for (int32_t i = 0; i < m->n_atoms; i++) s->mark[i] = s->group[i] == best;
}

/* Rings and what links them: ends are pruned until none is left. group counts the living
 * neighbours. */
static bool mark_core(const mg_mol_arrays *m, scratch *s) {
    int32_t depth = 0, alive = m->n_atoms;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        s->mark[i] = 1;
        s->group[i] = m->offsets[i + 1] - m->offsets[i];
        if (s->group[i] <= 1) s->stack[depth++] = i;
    }
    while (depth > 0) {
        int32_t i = s->stack[--depth];
        if (!s->mark[i]) continue;
        s->mark[i] = 0;
        alive--;
        for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
            int32_t to = m->neighbours[k];
            if (s->mark[to] && --s->group[to] == 1) s->stack[depth++] = to;
        }
    }
    return alive > 0;
}

void mg_family_skeletons(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out) {
    scratch s;
    if (!scratch_init(&s, m)) {
        out->failed = true;
        return;
    }
    memset(s.mark, 1, (size_t)m->n_atoms);
    follow_all(m, &s, false);
    label_all(m, &s, element_label);
    add_whole(m, &s, mg_mix(family, 1), out);
    label_all(m, &s, NULL);
    add_whole(m, &s, mg_mix(family, 2), out);
    follow_all(m, &s, true);
    label_all(m, &s, detailed_label);
    add_whole(m, &s, mg_mix(family, 3), out);
    mark_largest_part(m, &s);
    label_all(m, &s, element_label);
    add_whole(m, &s, mg_mix(family, 4), out);
    if (mark_core(m, &s)) {
        follow_all(m, &s, true);
        label_all(m, &s, element_label);
        add_whole(m, &s, mg_mix(family, 5), out);
        follow_all(m, &s, false);
        label_all(m, &s, NULL);
        add_whole(m, &s, mg_mix(family, 6), out);
    }
    scratch_free(&s);
}
