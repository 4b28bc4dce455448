/* inside.h - features on their way: the list that the families add to, and the families. */
#ifndef MG_CHEM_FEATURES_INSIDE_H
#define MG_CHEM_FEATURES_INSIDE_H

#include "chem/features/features.h"
#include "chem/mol.h"

/* ---- list.c ---- */
/* Features before they are merged. `failed` sticks when memory runs out. */
typedef struct mg_feature_list {
    mg_feature *items;
    size_t n, cap;
    bool failed;
} mg_feature_list;
/* Adds a feature; its value is folded to 32 bits. */
void mg_feature_add(mg_feature_list *list, uint64_t value, float count);
/* Sorts the features by hash and joins equal ones, whose counts add up. */
void mg_features_merge(mg_feature_list *list);

/* ---- families in environments.c and shapes.c ---- */
/* Each adds features whose values start from the number `family`; lack of memory shows in
 * out->failed. */
/* stereo: only environments that hold a stereo centre or double bond, and with it. */
void mg_family_environments(const mg_mol_arrays *m, bool stereo, int radius, uint64_t family,
                            mg_feature_list *out);
void mg_family_globals(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out);
void mg_family_chains(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out);
void mg_family_heteros(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out);
void mg_family_fragments(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out);
void mg_family_skeletons(const mg_mol_arrays *m, uint64_t family, mg_feature_list *out);

#endif
