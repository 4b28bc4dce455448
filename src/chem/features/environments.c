/* environments.c - circular environments of atoms (families m and c of substructures.c): extended
 * connectivity after Rogers and Hahn.
 *
 * Every atom starts with a label of what it is; in each round it mixes in its neighbours' labels. A
 * label of round r names the environment out to r bonds. An environment whose set of bonds was seen
 * before (in this round or an earlier one) is a repeat: it is not counted, and its atom rests. The
 * classes and counts are those of RDKit's Morgan fingerprint; the numbers are ours, because copying
 * RDKit's sparse vectors cost more than all the rest.
 */
#include "chem/features/inside.h"

#include <stdlib.h>
#include <string.h>

/* What a round gives one atom. */
typedef struct candidate {
    uint64_t bonds_hash, label;
    int32_t atom;
} candidate;

typedef struct state {
    const mg_mol_arrays *m;
    bool stereo;
    size_t words;                 /* of a set of bonds */
    uint64_t *label, *next_label; /* [n_atoms] without stereo */
    /* [n_atoms] with stereo mixed in; equal to label where there is none */
    uint64_t *marked, *next_marked;
    uint64_t *bonds, *next_bonds; /* [n_atoms, words] the environment's bonds */
    uint64_t *seen;               /* hash table of bond sets, 0 is free */
    size_t seen_mask;
    candidate *found; /* [n_atoms] */
    uint8_t *resting; /* [n_atoms] */
} state;

static bool state_init(state *s, const mg_mol_arrays *m, bool stereo, int radius) {
    size_t n = (size_t)m->n_atoms, table = 64;
    *s = (state){.m = m, .stereo = stereo, .words = ((size_t)m->n_bonds + 63) / 64};
    while (table < 2 * n * (size_t)(radius + 1)) table *= 2;
    size_t numbers = 4 * n + 2 * n * s->words + table;
    s->label = calloc(1, numbers * sizeof(uint64_t) + n * sizeof(candidate) + n + 1);
    if (!s->label) return false;
    s->next_label = s->label + n;
    s->marked = s->next_label + n;
    s->next_marked = s->marked + n;
    s->bonds = s->next_marked + n;
    s->next_bonds = s->bonds + n * s->words;
    s->seen = s->next_bonds + n * s->words;
    s->seen_mask = table - 1;
    s->found = (candidate *)(s->seen + table);
    s->resting = (uint8_t *)(s->found + n);
    return true;
}

/* True the first time. */
static bool remember(state *s, uint64_t hash) {
    if (hash == 0) hash = 1;
    size_t at = hash & s->seen_mask;
    while (s->seen[at] && s->seen[at] != hash) at = (at + 1) & s->seen_mask;
    bool first = s->seen[at] == 0;
    s->seen[at] = hash;
    return first;
}

static uint64_t first_label(const mg_atom *a) {
    uint64_t counts = (uint64_t)a->number << 32 | (uint64_t)a->total_degree << 24 |
                      (uint64_t)a->hydrogens << 16 | (uint64_t)(uint8_t)a->charge << 8 | a->in_ring;
    return mg_mix(mg_mix(0, counts), a->isotope);
}

static uint64_t stereo_mark(const mg_bond *b) {
    return b->order == MG_ORDER_DOUBLE && b->stereo != MG_STEREO_NONE ? 100u + b->stereo : 0;
}

/* The next label of atom i and the bonds it then covers. */
static void grow(state *s, int32_t i) {
    const mg_mol_arrays *m = s->m;
    uint64_t around = 0, around_marked = 0;
    uint64_t *covered = s->next_bonds + (size_t)i * s->words;
    memcpy(covered, s->bonds + (size_t)i * s->words, s->words * sizeof *covered);
    for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
        int32_t to = m->neighbours[k], bond = m->neighbour_bonds[k];
        const mg_bond *b = &m->bonds[bond];
        const uint64_t *theirs = s->bonds + (size_t)to * s->words;
        around += mg_mix(s->label[to], b->order);
        around_marked += mg_mix(s->marked[to], b->order + stereo_mark(b));
        for (size_t w = 0; w < s->words; w++) covered[w] |= theirs[w];
        covered[bond / 64] |= (uint64_t)1 << (bond % 64);
    }
    s->next_label[i] = mg_mix(s->label[i], around);
    s->next_marked[i] = mg_mix(s->marked[i], around_marked);
    if (m->atoms[i].chiral != MG_CHIRAL_NONE)
        s->next_marked[i] = mg_mix(s->next_marked[i], (uint64_t)m->atoms[i].cip + 1);
}

static int by_bonds_then_label(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->bonds_hash != y->bonds_hash) return x->bonds_hash < y->bonds_hash ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

static void count(const state *s, uint64_t family, uint64_t label, uint64_t marked,
                  mg_feature_list *out) {
    if (!s->stereo)
        mg_feature_add(out, mg_mix(family, label), 1.0f);
    else if (marked != label)
        mg_feature_add(out, mg_mix(family, marked), 1.0f);
}

/* One round; atoms are looked at in an order that does not depend on their numbers. */
static void grow_all(state *s, uint64_t family, mg_feature_list *out) {
    size_t n = 0, all = (size_t)s->m->n_atoms;
    for (int32_t i = 0; i < s->m->n_atoms; i++) {
        if (s->resting[i] || s->m->offsets[i] == s->m->offsets[i + 1]) continue;
        grow(s, i);
        uint64_t hash = 0;
        for (size_t w = 0; w < s->words; w++)
            hash = mg_mix(hash, s->next_bonds[(size_t)i * s->words + w]);
        s->found[n++] = (candidate){.bonds_hash = hash, .label = s->next_label[i], .atom = i};
    }
    qsort(s->found, n, sizeof *s->found, by_bonds_then_label);
    for (size_t k = 0; k < n; k++) {
        int32_t i = s->found[k].atom;
        if (remember(s, s->found[k].bonds_hash))
            count(s, family, s->next_label[i], s->next_marked[i], out);
        else
            s->resting[i] = 1;
    }
    for (size_t k = 0; k < n; k++) {
        int32_t i = s->found[k].atom;
        s->label[i] = s->next_label[i];
        s->marked[i] = s->next_marked[i];
    }
    memcpy(s->bonds, s->next_bonds, all * s->words * sizeof *s->bonds);
}

void mg_family_environments(const mg_mol_arrays *m, bool stereo, int radius, uint64_t family,
                            mg_feature_list *out) {
    state s;
    if (!state_init(&s, m, stereo, radius)) {
        out->failed = true;
        return;
    }
    for (int32_t i = 0; i < m->n_atoms; i++) {
        s.label[i] = s.marked[i] = first_label(&m->atoms[i]);
        count(&s, family, s.label[i], s.marked[i], out);
    }
    for (int round = 0; round < radius; round++) grow_all(&s, family, out);
    free(s.label);
}
