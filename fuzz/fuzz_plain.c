/* fuzz_plain.c - any text as a chemist's phrase, a text's first sentence or a whole question, with
 * a small dictionary and without one: what it builds is a molecule, and what a question leaves out
 * lies within it. */
#include "chem/request/request.h"
#include "model/names/names.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mg_dictionary *open_small(void) {
    static const char *const smiles[] = {
        "CC(C)Cc1ccc(C(C)C(=O)O)cc1",   "C/C=C/c1ccc(O)c(OC)c1",
        "Cn1c(=O)c2c(ncn2C)n(C)c1=O",   "CCCCC/C=C\\C[C@H](O)/C=C/C=C\\C/C=C\\CCCC(=O)O",
        "CC(C)[C@H](N)C(=O)O",          "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
        "O=S(=O)([O-])[O-].[Na+].[Na+]"};
    static const mg_name_row rows[] = {{"12(S)-HETE", 3, MG_NAME_PUBCHEM, 1},
                                       {"Glauber salt", 6, MG_NAME_WIKIDATA, 3},
                                       {"Val", 4, MG_NAME_PUBCHEM, 1},
                                       {"caffeine", 2, MG_NAME_PUBCHEM, 1},
                                       {"ibuprofen", 0, MG_NAME_PUBCHEM | MG_NAME_CHEBI, 1},
                                       {"isoeugenol", 1, MG_NAME_PUBCHEM, 1},
                                       {"morphine", 5, MG_NAME_CHEBI, 0},
                                       {"morphine sulfate", 5, MG_NAME_CHEBI, 2}};
    const mg_dictionary_contents c = {.row = rows,
                                      .names = MG_COUNT(rows),
                                      .smiles = smiles,
                                      .plain = smiles,
                                      .molecules = MG_COUNT(smiles)};
    static mg_dictionary_laid laid;
    if (mg_dictionary_lay(&c, &laid, NULL)) abort();
    mg_dictionary *d = mg_dictionary_open(laid.part, laid.names, laid.molecules, NULL);
    if (!d) abort();
    return d;
}

static void must_be_molecules(mg_name_hits *hits) {
    for (size_t i = 0; i < hits->n; i++) {
        mg_mol *m = mg_mol_from_smiles(hits->hit[i].smiles, NULL, NULL);
        if (!m || !hits->hit[i].name) abort();
        mg_mol_free(m);
    }
    mg_name_hits_free(hits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mg_dictionary *small;
    static mg_groups *groups;
    if (!small) small = open_small();
    if (!groups) groups = mg_groups_new(NULL, 0, NULL);
    char *text = malloc(size + 1);
    if (!text || !groups) abort();
    memcpy(text, data, size);
    text[size] = 0;
    for (int k = 0; k < 2; k++) {
        const mg_dictionary *d = k ? small : NULL;
        mg_name_hits hits = {0};
        if (mg_built_find(d, text, &hits, NULL)) abort();
        must_be_molecules(&hits);
        if (mg_built_first(d, text, &hits, NULL)) abort();
        must_be_molecules(&hits);
        if (mg_listed_find(d, text, &hits, NULL)) abort();
        must_be_molecules(&hits);
    }
    mg_named named = {0};
    mg_str note = {0};
    if (mg_named_query(groups, small, text, &named, &note, NULL)) abort();
    mg_named_say(&named, &note);
    char *words = strdup(text);
    if (!words) abort();
    mg_denied_cut(&named.denied, words);
    if (strlen(words) > size) abort();
    free(words);
    mg_str_free(&note);
    mg_named_free(&named);
    free(text);
    return 0;
}
