/* features.h - substructures of a molecule as 32-bit hashes with counts. */
#ifndef MG_CHEM_FEATURES_FEATURES_H
#define MG_CHEM_FEATURES_FEATURES_H

#include "chem/chem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- substructure features as 32-bit hashes with counts (substructures.c) for the fingerprint
 * channel --- */
typedef struct mg_feature {
    uint32_t hash;
    float count;
} mg_feature;
/* Which families: a set of letters stored in the model's config. Exact definitions in
 * substructures.c and docs/models/momu.md. */
/* Writes a malloc'ed array of distinct features, ascending by hash. */
int mg_mol_features(const mg_mol *m, const char *families, mg_feature **out, size_t *n,
                    molglot_error *err);

#ifdef __cplusplus
}
#endif

#endif
