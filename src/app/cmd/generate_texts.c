/* generate_texts.c - what is no sentence is refused before anything is drawn: what is empty, a
 * molecule, words that the model does not know; and sentences that are names of molecules. */
#include "app/cmd/generate.h"

#include <stdlib.h>
#include <string.h>

bool generate_usable(const char *text, molglot_row_status *status) {
    return status->ok && mg_sentence_is_text(text, status);
}

/* Whether a molecule passes what was asked of all: --keep. */
static int is_kept(const generate_texts *t, const char *smiles, bool *kept, molglot_error *err) {
    const char *pattern = t->keep;
    *kept = true;
    if (!pattern) return MOLGLOT_OK;
    mg_smarts *keep = mg_smarts_new(pattern, err);
    mg_mol *mol = keep ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    *kept = mol && mg_smarts_count(keep, mol, 1) > 0;
    mg_mol_free(mol);
    mg_smarts_free(keep);
    return keep ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_USAGE);
}

/* Whether the sentence is a name of a molecule that may be shown. */
static int look_up(const generate_texts *t, const char *text, generate_name *out,
                   molglot_error *err) {
    bool kept = true;
    int code = t->groups ? mg_named_query(t->groups, t->names, text, &out->named, NULL, err)
                         : mg_named_find(t->names, text, &out->named, err);
    if (!code && out->named.hits.n) code = is_kept(t, out->named.hits.hit[0].smiles, &kept, err);
    if (!kept) mg_named_free(&out->named);
    return code;
}

int generate_check_text(const generate_texts *t, const char *text, generate_name *name,
                        molglot_row_status *status, molglot_error *err) {
    int code = t->names ? look_up(t, text, name, err) : MOLGLOT_OK;
    return code || t->as_text ? code
                              : mg_sentence_check(t->embedder, t->groups, name->named.hits.n > 0,
                                                  text, &name->blind, status, err);
}
