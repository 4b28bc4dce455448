/* surroundings.c - what is around each atom, as 32-bit hashes: its environments out to three bonds
 * (without stereo), the smallest rings and the ring system that it is in, the length of the carbon
 * chain. The kind of a hash stands in its three lowest bits.
 *
 *   label_0(a)      = element, charge, hydrogens, neighbours, aromatic, in a ring
 *   label_r+1(a)    = mix(label_r(a), sum over neighbours b of mix(label_r(b), order of a-b))
 *   ring            = size, aromatic, sum of its heteroatoms
 *   ring system     = rings that share atoms: size, sum of (element, aromatic, neighbours in it)
 *   chain           = how many carbons outside rings hang together
 */
#include "base/grow.h"
#include "chem/features/features.h"
#include "chem/mol.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 4, CARBON = 6 };

typedef struct around {
    const mg_mol_arrays *m;
    uint64_t *label, *next; /* [n_atoms] */
    int32_t *group, *stack; /* [n_atoms] */
    mg_surroundings *out;
    size_t cap;
    int32_t *of; /* the atom of each hash, before they are sorted by atom */
    size_t cap_of;
    bool failed;
} around;

static void add(around *s, int32_t atom, mg_surrounding_kind kind, uint64_t value) {
    const size_t n = (size_t)s->out->n;
    if (!MG_GROW(s->out->hashes, s->cap, n + 1) || !MG_GROW(s->of, s->cap_of, n + 1)) {
        s->failed = true;
        return;
    }
    const uint32_t hash = (uint32_t)(mg_mix(value, kind) >> 32);
    s->of[n] = atom;
    s->out->hashes[s->out->n++] = (hash & ~(uint32_t)7) | kind;
}

static void environments(around *s) {
    const mg_mol_arrays *m = s->m;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        const mg_atom *a = &m->atoms[i];
        s->label[i] = mg_mix((uint64_t)a->number << 32 | (uint64_t)a->degree << 24 |
                                 (uint64_t)a->hydrogens << 16 | (uint64_t)(uint8_t)a->charge << 8 |
                                 (uint64_t)(a->aromatic << 1 | a->in_ring),
                             1);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int32_t i = 0; i < m->n_atoms; i++) {
            uint64_t sum = 0;
            add(s, i, (mg_surrounding_kind)(MG_AROUND_0 + round), s->label[i]);
            for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++)
                sum += mg_mix(s->label[m->neighbours[k]],
                              m->bonds[m->neighbour_bonds[k]].order + 1U);
            s->next[i] = mg_mix(s->label[i], sum);
        }
        memcpy(s->label, s->next, (size_t)m->n_atoms * sizeof *s->label);
    }
}

static void rings(around *s) {
    const mg_mol_arrays *m = s->m;
    for (int32_t r = 0; r < m->n_rings; r++) {
        uint64_t aromatic = 1, hetero = 0;
        const int32_t from = m->ring_offsets[r], to = m->ring_offsets[r + 1];
        for (int32_t k = from; k < to; k++) {
            const mg_atom *a = &m->atoms[m->ring_atoms[k]];
            aromatic &= a->aromatic;
            if (a->number != CARBON) hetero += mg_mix(2, a->number);
        }
        const uint64_t ring = mg_mix((uint64_t)(to - from) << 1 | aromatic, hetero);
        for (int32_t k = from; k < to; k++) add(s, m->ring_atoms[k], MG_AROUND_RING, ring);
    }
}

/* Atoms that hang together over bonds between atoms of one kind: group[i] is a first atom of
 * them, -1 outside. */
static void components(around *s, bool (*belongs)(const mg_atom *)) {
    const mg_mol_arrays *m = s->m;
    for (int32_t i = 0; i < m->n_atoms; i++) s->group[i] = -1;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        if (s->group[i] >= 0 || !belongs(&m->atoms[i])) continue;
        int32_t depth = 0;
        s->stack[depth++] = i;
        s->group[i] = i;
        while (depth) {
            const int32_t at = s->stack[--depth];
            for (int32_t k = m->offsets[at]; k < m->offsets[at + 1]; k++) {
                const int32_t to = m->neighbours[k];
                const mg_bond *b = &m->bonds[m->neighbour_bonds[k]];
                if (s->group[to] >= 0 || !belongs(&m->atoms[to])) continue;
                if (m->atoms[at].in_ring && !b->in_ring) continue; /* biphenyl: two systems */
                s->group[to] = i;
                s->stack[depth++] = to;
            }
        }
    }
}

static bool in_ring(const mg_atom *a) { return a->in_ring; }
static bool in_chain(const mg_atom *a) { return !a->in_ring && a->number == CARBON; }

/* Each atom of a component gets what its members add up to. */
static void add_components(around *s, mg_surrounding_kind kind) {
    const mg_mol_arrays *m = s->m;
    for (int32_t i = 0; i < m->n_atoms; i++) s->label[i] = 0;
    for (int32_t i = 0; i < m->n_atoms; i++) {
        if (s->group[i] < 0) continue;
        uint64_t within = 0;
        for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++)
            within += s->group[m->neighbours[k]] == s->group[i];
        const mg_atom *a = &m->atoms[i];
        s->label[s->group[i]] += kind == MG_AROUND_CHAIN
                                     ? 1
                                     : mg_mix((uint64_t)a->number << 16 | within << 8 | a->aromatic,
                                              3);
    }
    for (int32_t i = 0; i < m->n_atoms; i++)
        if (s->group[i] >= 0) add(s, i, kind, s->label[s->group[i]]);
}

/* From the order in which they were found to that of the atoms. */
static bool by_atom(around *s) {
    mg_surroundings *o = s->out;
    const int32_t atoms = s->m->n_atoms;
    uint32_t *sorted = malloc(((size_t)o->n + 1) * sizeof *sorted);
    o->offsets = calloc((size_t)atoms + 2, sizeof *o->offsets);
    if (sorted && o->offsets) {
        for (int32_t i = 0; i < o->n; i++) o->offsets[s->of[i] + 2]++;
        for (int32_t a = 0; a < atoms; a++) o->offsets[a + 2] += o->offsets[a + 1];
        for (int32_t i = 0; i < o->n; i++) sorted[o->offsets[s->of[i] + 1]++] = o->hashes[i];
        free(o->hashes);
        o->hashes = sorted;
        return true;
    }
    free(sorted);
    return false;
}

int mg_mol_surroundings(const mg_mol *m, mg_surroundings *out, molglot_error *err) {
    mg_mol_arrays arrays;
    *out = (mg_surroundings){0};
    int code = mg_mol_arrays_get(m, false, &arrays, err);
    if (code) return code;
    const size_t n = (size_t)arrays.n_atoms;
    around s = {.m = &arrays, .out = out};
    s.label = malloc(2 * (n + 1) * (sizeof(uint64_t) + sizeof(int32_t)));
    if (s.label) {
        s.next = s.label + n + 1;
        s.group = (int32_t *)(s.next + n + 1);
        s.stack = s.group + n + 1;
        environments(&s);
        rings(&s);
        components(&s, in_ring);
        add_components(&s, MG_AROUND_SYSTEM);
        components(&s, in_chain);
        add_components(&s, MG_AROUND_CHAIN);
    }
    out->atoms = arrays.n_atoms;
    if (!s.label || s.failed || !by_atom(&s)) {
        mg_surroundings_free(out);
        code = mg_no_memory(err, "what is around %zu atoms", n);
    }
    free(s.label);
    free(s.of);
    mg_mol_arrays_free(&arrays);
    return code;
}

void mg_surroundings_free(mg_surroundings *s) {
    free(s->offsets);
    free(s->hashes);
    *s = (mg_surroundings){0};
}
