/* fuzz_explain.c - any text against a molecule: words lie within the text and do not overlap, atoms
 * and sets are in range; any string as a SMILES whose atoms are looked for. */
#include "explain/explain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_level(const mg_level *l, int atoms, size_t size) {
    size_t at = 0;
    for (size_t i = 0; i < l->n; i++) {
        const mg_said *w = &l->said[i];
        if (w->span.begin < at || w->span.end <= w->span.begin || w->span.end > size) abort();
        if (w->set >= l->sets) abort();
        at = w->span.end;
    }
    for (int a = 0; a < atoms; a++)
        if (l->atom_set[a] >= l->sets) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mg_groups *groups;
    static mg_mol *mol;
    mg_span spans[11];
    mg_explanation e;
    if (!groups) groups = mg_groups_new(NULL, 0, NULL);
    if (!mol) mol = mg_mol_from_smiles("Clc1ccc(NC(=O)CO)nc1", NULL, NULL);
    char *text = malloc(size + 1);
    if (!groups || !mol || !text) abort();
    memcpy(text, data, size);
    text[size] = 0;
    const mg_explain_options o = {groups, NULL};
    if (mg_explain(&o, mol, text, &e, NULL)) abort();
    for (int k = 0; k < MG_LEVELS; k++) check_level(&e.level[k], e.atoms, strlen(text));
    mg_explanation_free(&e);
    if (mg_smiles_atom_spans(text, 11, spans))
        for (int a = 0; a < 11; a++)
            if (spans[a].end <= spans[a].begin || spans[a].end > strlen(text)) abort();
    free(text);
    return 0;
}
