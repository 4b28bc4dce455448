/* fuzz_nomenclature.c - any text as a systematic name, as a phrase that builds one, as a phrase that
 * makes one molecule of another: what comes out is a molecule, and so are its forms with other
 * protons.
 */
#include "chem/derive/derive.h"
#include "chem/nomenclature/nomenclature.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_molecule(const char *smiles) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    if (!m) abort();
    mg_mol_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1), *smiles = NULL;
    if (!text) abort();
    memcpy(text, data, size);
    text[size] = 0;
    if (mg_name_read(text, &smiles, NULL)) abort();
    if (smiles) must_be_molecule(smiles);
    char *described;
    size_t stereo;
    if (mg_name_described(text, &described, &stereo, NULL)) abort();
    if (described && stereo >= strlen(described)) abort();
    char *built = NULL, *ion = NULL;
    if (described && mg_name_read(described, &built, NULL)) abort();
    if (built) must_be_molecule(built);
    if (built && mg_name_put_charge(built, -1, &ion, NULL)) abort();
    if (ion) must_be_molecule(ion);
    free(built);
    free(ion);
    free(described);
    mg_derivation d[MG_DERIVATIONS];
    int n;
    if (mg_derivations_read(text, d, &n, NULL)) abort();
    for (int i = 0; i < n; i++) {
        char **made = NULL;
        size_t k = 0;
        if (strlen(d[i].name) > size) abort();
        if (mg_derive(&d[i], smiles ? smiles : "NCC(O)C(=O)O", 4, &made, &k, NULL)) abort();
        for (size_t j = 0; j < k; j++) {
            must_be_molecule(made[j]);
            free(made[j]);
        }
        free(made);
    }
    mg_derivations_free(d, n);
    mg_proton_form *forms = NULL;
    size_t n_forms = 0;
    const char *const one = smiles;
    if (smiles && mg_proton_forms(&one, 1, &forms, &n_forms, NULL)) abort();
    for (size_t i = 0; i < n_forms; i++) must_be_molecule(forms[i].smiles);
    mg_proton_forms_free(forms, n_forms);
    free(smiles);
    free(text);
    return 0;
}
