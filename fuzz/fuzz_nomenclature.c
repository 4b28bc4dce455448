/* fuzz_nomenclature.c - any text as a systematic name, as a phrase that builds one, that makes one
 * molecule of another or of two, or a clause of a chemist's: what comes out is a molecule, and so
 * are its forms with other protons.
 */
#include "chem/condense/condense.h"
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

/* The name and the phrase that are written of a molecule mean that molecule. */
static void must_mean(const char *text, const char *smiles) {
    char *read = NULL;
    if (mg_name_read(text, &read, NULL) || !read) abort();
    mg_mol *a = mg_mol_from_smiles(read, NULL, NULL), *b = mg_mol_from_smiles(smiles, NULL, NULL);
    char *own = a ? mg_mol_smiles(a, true) : NULL, *want = b ? mg_mol_smiles(b, true) : NULL;
    mg_mol *again = want ? mg_mol_from_smiles(want, NULL, NULL) : NULL; /* as it is written again */
    char *other = again ? mg_mol_smiles(again, true) : NULL;
    if (!own || !want || !other || (strcmp(own, want) != 0 && strcmp(own, other) != 0)) abort();
    mg_mol_free(a);
    mg_mol_free(b);
    mg_mol_free(again);
    free(own);
    free(want);
    free(other);
    free(read);
}

static void write_name(const char *smiles, const char *parent) {
    char *name = NULL, *phrase = NULL;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    if (!m) return;
    if (mg_name_write(m, parent, &name, &phrase, NULL)) abort();
    mg_mol_free(m);
    if (phrase && !name) abort();
    if (name) must_mean(name, smiles);
    free(name);
    free(phrase);
}

static void must_all_be_molecules(char **made, size_t n) {
    for (size_t i = 0; i < n; i++) {
        must_be_molecule(made[i]);
        free(made[i]);
    }
    free(made);
}

static void condense(const char *text, const char *smiles) {
    mg_condensation c[MG_CONDENSATIONS];
    int n;
    if (mg_condensations_read(text, c, &n, NULL)) abort();
    for (int i = 0; i < n; i++) {
        char **made = NULL;
        size_t k = 0;
        const char *second = c[i].of[1].name ? "OCC(N)C(=O)O" : NULL;
        if (mg_condense(&c[i], smiles ? smiles : "NCC(O)C(=O)O", second, 4, &made, &k, NULL))
            abort();
        must_all_be_molecules(made, k);
    }
    mg_condensations_free(c, n);
    mg_replacement r;
    char *product = NULL;
    bool is;
    if (mg_replacement_read(text, &r, &is, NULL)) abort();
    if (!is) return;
    if (mg_replace(&r, smiles ? smiles : "NCC(O)C(=O)O", "CCB(O)O", &product, NULL)) abort();
    if (product) must_be_molecule(product);
    free(product);
    mg_replacement_free(&r);
}

/* One clause of a chemist's, done to a molecule. */
static void edit(const char *text, const char *smiles) {
    mg_edit e;
    char *product = NULL;
    if (!mg_edit_read(text, &e)) return;
    if (strlen(e.what) >= MG_EDIT_WHAT || strlen(e.site.locant) >= MG_EDIT_LOCANT) abort();
    const char *group = e.act == MG_ACT_JOIN ? "CC(=O)O" : mg_edit_group(e.what);
    if (mg_edit_apply(&e, smiles ? smiles : "NCC(O)COP(=O)(O)OCc1ccccc1", group, &product, NULL))
        abort();
    if (product) must_be_molecule(product);
    free(product);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1), *smiles = NULL;
    if (!text) abort();
    memcpy(text, data, size);
    text[size] = 0;
    if (mg_name_read(text, &smiles, NULL)) abort();
    if (smiles) {
        must_be_molecule(smiles);
        write_name(smiles, NULL);
    }
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
    char *parent;
    if (mg_name_described_parent(text, &parent, NULL)) abort();
    if (parent) write_name(smiles ? smiles : "COc1cc(C(=O)O)ccc1O", parent);
    free(parent);
    mg_derivation d[MG_DERIVATIONS];
    int n;
    if (mg_derivations_read(text, d, &n, NULL)) abort();
    for (int i = 0; i < n; i++) {
        char **made = NULL;
        size_t k = 0;
        if (strlen(d[i].name) > size) abort();
        if (mg_derive(&d[i], smiles ? smiles : "NCC(O)C(=O)O", 4, &made, &k, NULL)) abort();
        must_all_be_molecules(made, k);
    }
    mg_derivations_free(d, n);
    condense(text, smiles);
    edit(text, smiles);
    write_name(text, NULL); /* it may be a SMILES */
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
