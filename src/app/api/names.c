/* names.c - include/molglot.h: structures of a name, names of a molecule. */
#include "app/api/api.h"
#include "molglot.h"

#include <stdlib.h>
#include <string.h>

/* At most max of them to the caller, who owns their strings then. */
static int give(mg_name_hits *hits, size_t max, molglot_name **out, size_t *n, molglot_error *err) {
    const size_t many = hits->n < max ? hits->n : max;
    molglot_name *names = calloc(many + 1, sizeof *names);
    bool ok = names != NULL;
    for (size_t i = 0; i < many && ok; i++) {
        mg_name_hit *hit = &hits->hit[i];
        mg_str source = {0};
        mg_name_sources(&source, hit->sources);
        ok = !source.failed && source.s;
        names[i] = (molglot_name){hit->name, hit->smiles, source.s, mg_name_how_word(hit->how)};
        hit->name = hit->smiles = NULL;
    }
    mg_name_hits_free(hits);
    if (!ok) {
        molglot_names_free(names, many);
        return mg_no_memory(err, "%zu names", many);
    }
    *out = names;
    *n = many;
    return MOLGLOT_OK;
}

/* NULL with err where the model has none. */
static const mg_dictionary *dictionary_of(const char *what, const molglot_model *model,
                                          const char *asked, molglot_name **out, size_t *n,
                                          molglot_error *err) {
    if (!model || !asked || !out || !n) {
        mg_fail(err, MOLGLOT_USAGE, "%s: no argument but err may be NULL", what);
        return NULL;
    }
    *out = NULL;
    *n = 0;
    return mg_bundle_names(api_bundle_of(model), err);
}

int molglot_names_find(const molglot_model *model, const char *name, size_t max, int near,
                       molglot_name **out, size_t *n, molglot_error *err) {
    molglot_error own = {0};
    mg_name_hits hits = {0};
    const mg_dictionary *d = dictionary_of("molglot_names_find", model, name, out, n, &own);
    if (!d) {
        if (err) *err = own;
        return own.code;
    }
    const long before = mg_chem_refusals();
    int code = mg_name_find(d, name, &hits, err);
    if (!code && !hits.n && near) code = mg_dictionary_near(d, name, max, &hits, err);
    code = api_whole(before, code, err);
    if (!code) return give(&hits, max, out, n, err);
    mg_name_hits_free(&hits);
    return code;
}

int molglot_names_of(const molglot_model *model, const char *smiles, size_t max, molglot_name **out,
                     size_t *n, molglot_error *err) {
    molglot_error own = {0};
    molglot_row_status status;
    mg_name_hits hits = {0};
    const long before = mg_chem_refusals();
    const mg_dictionary *d = dictionary_of("molglot_names_of", model, smiles, out, n, &own);
    mg_mol *mol = d ? mg_mol_from_smiles(smiles, NULL, &status) : NULL;
    if (d && !mol)
        mg_fail(&own, MOLGLOT_REJECTED, "the molecule cannot be read: %s", status.reason);
    if (!own.code) mg_names_of(d, mol, max, &hits, &own);
    mg_mol_free(mol);
    own.code = api_whole(before, own.code, &own);
    if (!own.code) return give(&hits, max, out, n, err);
    mg_name_hits_free(&hits);
    if (err) *err = own;
    return own.code;
}

void molglot_names_free(molglot_name *names, size_t n) {
    for (size_t i = 0; i < n && names; i++) {
        free(names[i].name);
        free(names[i].smiles);
        free(names[i].source);
    }
    free(names);
}
