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

#ifdef __cplusplus
}
#endif

#endif
