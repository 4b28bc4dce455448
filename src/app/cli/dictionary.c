/* dictionary.c - the dictionary of names: of the model, or the shipped one where that has none; and
 * what a string is to it. */
#include "app/cli/cli.h"

#include <stdlib.h>
#include <string.h>

int cli_dictionary_open(cli_dictionary *x, mg_bundle *b, const cli_common *c, molglot_error *err) {
    char path[4096];
    const char *model = NULL;
    molglot_error own = {0};
    *x = (cli_dictionary){0};
    if (!b && (model = cli_find_model(c, path, sizeof path)) != NULL)
        b = x->own = mg_bundle_open(model, &own);
    if (own.code) {
        if (err) *err = own;
        return own.code;
    }
    if (!b || !mg_bundle_has(b, MG_PART_NAMES)) {
        mg_bundle_close(x->own);
        model = cli_find_shipped(path, sizeof path);
        b = x->own = model ? mg_bundle_open(model, err) : NULL;
        if (!b) return model ? mg_code_of(err, MOLGLOT_BAD_FILE) : MOLGLOT_OK;
        if (!mg_bundle_has(b, MG_PART_NAMES)) return MOLGLOT_OK;
    }
    x->d = mg_bundle_names(b, err);
    return x->d ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_BAD_FILE);
}

void cli_dictionary_close(cli_dictionary *x) {
    mg_bundle_close(x->own);
    *x = (cli_dictionary){0};
}

int cli_names_of(const mg_dictionary *d, const char *smiles, size_t max, mg_name_hits *out,
                 molglot_row_status *row, molglot_error *err) {
    *out = (mg_name_hits){0};
    mg_mol *mol = mg_mol_from_smiles(smiles, NULL, row);
    if (!mol) return MOLGLOT_OK;
    const int code = mg_names_of(d, mol, max, out, err);
    mg_mol_free(mol);
    return code;
}
