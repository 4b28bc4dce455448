/* features.h - substructures of a molecule as 32-bit hashes with counts. */
#ifndef MG_CHEM_FEATURES_FEATURES_H
#define MG_CHEM_FEATURES_FEATURES_H

#include "chem/chem.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mg_feature {
    uint32_t hash;
    float count;
} mg_feature;

/* Features of a molecule for the fingerprint channel.
 *   families  letters with numbers, kept in the model's config ("m4c3atgh"); exact definitions in
 *             substructures.c and docs/models/momu.md
 *   out       distinct features, ascending by hash, malloc'ed
 *   n         how many */
int mg_mol_features(const mg_mol *m, const char *families, mg_feature **out, size_t *n,
                    molglot_error *err);

/* Graph and features of a molecule, both from one copy of it.
 *   graph     NULL: without a graph
 *   families  NULL: without features */
int mg_mol_graph_features(const mg_mol *m, mg_feat_kind kind, mg_graph *graph, const char *families,
                          mg_feature **out, size_t *n, molglot_error *err);

/* ---- surroundings.c: what is around each atom ---- */
typedef enum {
    MG_AROUND_0 = 0, /* the atom; then its environment out to one, two, three bonds */
    MG_AROUND_1,
    MG_AROUND_2,
    MG_AROUND_3,
    MG_AROUND_RING,
    MG_AROUND_SYSTEM,
    MG_AROUND_CHAIN,
    MG_AROUND_KINDS
} mg_surrounding_kind;
typedef struct mg_surroundings {
    int32_t atoms, n;
    int32_t *offsets; /* [atoms + 1] */
    uint32_t *hashes; /* [n] of atom a from offsets[a] on; hash & 7: its mg_surrounding_kind */
} mg_surroundings;
/* Freed by mg_surroundings_free. */
int mg_mol_surroundings(const mg_mol *m, mg_surroundings *out, molglot_error *err);
void mg_surroundings_free(mg_surroundings *s);

#ifdef __cplusplus
}
#endif

#endif
