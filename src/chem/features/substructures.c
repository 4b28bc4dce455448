/* substructures.c - substructures of a molecule as 32-bit hashes with counts, for the sparse
 * channel of the encoder.
 *
 * A model's config names families by letters, each with an optional number: "m4c3atgh". Families
 * (number, default):
 *   m  environments of each atom out to a radius, as in ECFP, without stereo (radius, 4)
 *   c  the same with stereo, only those that have any (radius, 3)
 *   a  pairs of atoms and their distance (longest distance in bonds, 20)
 *   t  paths of four atoms
 *   r  paths and branched paths of bonds (longest, 7): slow
 *   k  the 166 MACCS keys: slow
 *   g  counts about the whole molecule: elements, formula, charge, rings by kind, stereo centres,
 *     double bonds
 *   h  carbon chains: length, unsaturation, substituents by position from the end group
 *   p  pairs of heteroatoms (and chain ends) with their surroundings
 *   f  fragments: the molecule cut at esters, amides, glycosides and at rings; ring systems
 *   w  the molecule as a whole: skeletons with more or less detail
 * m and c are in environments.c, g to w in shapes.c; r and k ask RDKit. A hash mixes the family's
 * letter with the value, so families do not meet.
 */
#include "chem/features/features.h"
#include "chem/features/inside.h"

#include <stdlib.h>
#include <string.h>

typedef struct source {
    const mg_mol *mol;
    mg_mol_arrays arrays;
} source;

typedef int (*family_fn)(const source *in, uint64_t family, int number, mg_feature_list *out,
                         molglot_error *err);

/* ---- environments, paths, keys ---- */

static int family_environments(const source *in, uint64_t family, int radius, mg_feature_list *out,
                               molglot_error *err) {
    (void)err;
    mg_family_environments(&in->arrays, false, radius, family, out);
    return MOLGLOT_OK;
}

static bool has_stereo(const mg_mol_arrays *m) {
    for (int32_t i = 0; i < m->n_atoms; i++)
        if (m->atoms[i].chiral) return true;
    for (int32_t k = 0; k < m->n_bonds; k++)
        if (m->bonds[k].stereo) return true;
    return false;
}

static int family_stereo(const source *in, uint64_t family, int radius, mg_feature_list *out,
                         molglot_error *err) {
    (void)err;
    if (has_stereo(&in->arrays)) mg_family_environments(&in->arrays, true, radius, family, out);
    return MOLGLOT_OK;
}

static int family_paths(const source *in, uint64_t family, int longest, mg_feature_list *out,
                        molglot_error *err) {
    mg_invariant *found;
    size_t n;
    int code = mg_mol_paths(in->mol, longest, &found, &n, err);
    for (size_t i = 0; i < n; i++)
        mg_feature_add(out, mg_mix(family, found[i].value), (float)found[i].count);
    free(found);
    return code;
}

static int family_maccs(const source *in, uint64_t family, int number, mg_feature_list *out,
                        molglot_error *err) {
    (void)number;
    uint8_t bits[21];
    int code = mg_mol_fingerprint(in->mol, MG_FP_MACCS, 0, 167, bits, err);
    for (unsigned i = 0; !code && i < 167; i++)
        if (bits[i / 8] >> (i % 8) & 1) mg_feature_add(out, mg_mix(family, i), 1.0f);
    return code;
}

/* ---- pairs and torsions ---- */

/* Element, neighbours (less those that the path uses) and pi electrons, as Carhart's atom pairs
 * have it. */
static uint64_t atom_code(const mg_mol_arrays *m, int32_t i, int used) {
    const mg_atom *a = &m->atoms[i];
    int pi = 0;
    for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
        uint8_t order = m->bonds[m->neighbour_bonds[k]].order;
        pi += order == MG_ORDER_DOUBLE ? 1 : order == MG_ORDER_TRIPLE ? 2 : 0;
    }
    if (a->aromatic)
        pi = 1;
    else if (a->hybrid == MG_HYBRID_SP3)
        pi = 0;
    return (uint64_t)a->number << 16 | (uint64_t)(a->degree - used) << 8 | (uint64_t)pi;
}

static void pairs_from(const mg_mol_arrays *m, uint64_t family, int32_t start, int longest,
                       const uint64_t *codes, int32_t *distance, int32_t *queue,
                       mg_feature_list *out) {
    int32_t head = 0, tail = 0;
    memset(distance, -1, (size_t)m->n_atoms * sizeof *distance);
    distance[start] = 0;
    queue[tail++] = start;
    while (head < tail) {
        int32_t i = queue[head++];
        if (i > start) {
            uint64_t low = codes[i] < codes[start] ? codes[i] : codes[start],
                     high = codes[i] ^ codes[start] ^ low;
            mg_feature_add(out, mg_mix(mg_mix(family, low << 32 | high), (uint64_t)distance[i]),
                           1.0f);
        }
        if (distance[i] == longest) continue;
        for (int32_t k = m->offsets[i]; k < m->offsets[i + 1]; k++) {
            int32_t next = m->neighbours[k];
            if (distance[next] >= 0) continue;
            distance[next] = distance[i] + 1;
            queue[tail++] = next;
        }
    }
}

static int family_pairs(const source *in, uint64_t family, int longest, mg_feature_list *out,
                        molglot_error *err) {
    const mg_mol_arrays *m = &in->arrays;
    size_t n = (size_t)m->n_atoms;
    uint64_t *codes = malloc(n * (sizeof *codes + 2 * sizeof(int32_t)) + 1);
    if (!codes) return mg_no_memory(err, "the pairs of %zu atoms", n);
    int32_t *distance = (int32_t *)(codes + n), *queue = distance + n;
    for (int32_t i = 0; i < m->n_atoms; i++) codes[i] = atom_code(m, i, 0);
    for (int32_t i = 0; i < m->n_atoms; i++)
        pairs_from(m, family, i, longest, codes, distance, queue, out);
    free(codes);
    return MOLGLOT_OK;
}

/* The four codes read from the end that makes the smaller number first. */
static uint64_t torsion_value(uint64_t family, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    bool forward = a < d || (a == d && b <= c);
    uint64_t outer = forward ? a << 32 | d : d << 32 | a,
             inner = forward ? b << 32 | c : c << 32 | b;
    return mg_mix(mg_mix(family, outer), inner);
}

static int family_torsions(const source *in, uint64_t family, int number, mg_feature_list *out,
                           molglot_error *err) {
    (void)number;
    const mg_mol_arrays *m = &in->arrays;
    size_t n = (size_t)m->n_atoms;
    uint64_t *ends = malloc(2 * n * sizeof *ends + 1), *inner = ends + n;
    if (!ends) return mg_no_memory(err, "the torsions of %zu atoms", n);
    for (int32_t i = 0; i < m->n_atoms; i++) {
        ends[i] = atom_code(m, i, 1);
        inner[i] = atom_code(m, i, 2);
    }
    for (int32_t bond = 0; bond < m->n_bonds; bond++) {
        int32_t b = m->bonds[bond].a, c = m->bonds[bond].b;
        for (int32_t j = m->offsets[b]; j < m->offsets[b + 1]; j++) {
            for (int32_t k = m->offsets[c]; k < m->offsets[c + 1]; k++) {
                int32_t a = m->neighbours[j], d = m->neighbours[k];
                if (a == c || d == b || a == d) continue;
                mg_feature_add(out, torsion_value(family, ends[a], inner[b], inner[c], ends[d]),
                               1.0f);
            }
        }
    }
    free(ends);
    return MOLGLOT_OK;
}

/* ---- families in shapes.c ---- */

#define SHAPE(name)                                                                               \
    static int family_##name(const source *in, uint64_t family, int number, mg_feature_list *out, \
                             molglot_error *err) {                                                \
        (void)number;                                                                             \
        (void)err;                                                                                \
        mg_family_##name(&in->arrays, family, out);                                               \
        return MOLGLOT_OK;                                                                        \
    }
SHAPE(globals)
SHAPE(chains)
SHAPE(heteros)
SHAPE(fragments)
SHAPE(skeletons)

static const struct {
    char letter;
    int number, max;
    family_fn add;
} known_families[] = {
    {'m', 4, 8, family_environments}, {'c', 3, 8, family_stereo},    {'a', 20, 99, family_pairs},
    {'t', 0, 0, family_torsions},     {'r', 7, 7, family_paths},     {'k', 0, 0, family_maccs},
    {'g', 0, 0, family_globals},      {'h', 0, 0, family_chains},    {'p', 0, 0, family_heteros},
    {'f', 0, 0, family_fragments},    {'w', 0, 0, family_skeletons},
};

/* ---- putting it together ---- */

static int add_families(const source *in, const char *text, mg_feature_list *out,
                        molglot_error *err) {
    while (*text) {
        char letter = *text++;
        char *end = NULL;
        bool given = *text >= '0' && *text <= '9';
        long number = given ? strtol(text, &end, 10) : 0;
        if (given) text = end;
        size_t k = 0;
        while (k < MG_COUNT(known_families) && known_families[k].letter != letter) k++;
        if (k == MG_COUNT(known_families))
            return mg_fail(err, MOLGLOT_USAGE, "there is no feature family '%c'", letter);
        if (given && number > known_families[k].max) {
            return mg_fail(err, MOLGLOT_USAGE, "feature family '%c' takes numbers up to %d", letter,
                           known_families[k].max);
        }
        int code = known_families[k].add(in, mg_mix(0x6d6f6c67, (uint64_t)letter),
                                         given ? (int)number : known_families[k].number, out, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

int mg_mol_graph_features(const mg_mol *m, mg_feat_kind kind, mg_graph *graph, const char *families,
                          mg_feature **out, size_t *n, molglot_error *err) {
    source in = {.mol = m};
    mg_feature_list list = {0};
    if (graph) *graph = (mg_graph){0};
    *out = NULL;
    *n = 0;
    if (!graph && !families) return MOLGLOT_OK;
    int code = mg_mol_arrays_get(m, false, &in.arrays, err);
    if (!code && graph) code = mg_graph_from_arrays(&in.arrays, kind, graph, err);
    if (!code && families) code = add_families(&in, families, &list, err);
    if (!code && list.failed) code = mg_no_memory(err, "the features of %d atoms", mg_mol_atoms(m));
    mg_mol_arrays_free(&in.arrays);
    if (code) {
        if (graph) mg_graph_free(graph);
        free(list.items);
        return code;
    }
    mg_features_merge(&list);
    *out = list.items;
    *n = list.n;
    return MOLGLOT_OK;
}

int mg_mol_features(const mg_mol *m, const char *families, mg_feature **out, size_t *n,
                    molglot_error *err) {
    return mg_mol_graph_features(m, MG_FEAT_OGB, NULL, families, out, n, err);
}
