/* fuzz_lexicon.c - any bytes as a file of the part `lexicon`: one that opens must answer with
 * shares that are shares. */
#include "explain/explain.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char text[] = "a chloro group of benzoic acid";
    static const mg_span spans[] = {{2, 8}, {18, 30}, {0, 30}};
    static mg_mol *mol;
    molglot_error err = {0};
    if (!mol) mol = mg_mol_from_smiles("OC(=O)c1ccccc1Cl", NULL, NULL);
    if (!mol) abort();
    mg_bundle *b = mg_bundle_memory(data, size, "input", &err);
    if (!b) return 0;
    const mg_lexicon *l = mg_bundle_has(b, MG_PART_LEXICON) ? mg_bundle_lexicon(b, &err) : NULL;
    if (l) {
        float out[3 * 10];
        mg_surroundings s;
        if (mg_mol_surroundings(mol, &s, &err)) abort();
        if (mg_lexicon_scores(l, &s, text, spans, 3, out, &err)) abort();
        for (size_t i = 0; i < MG_COUNT(out); i++)
            if (!(out[i] >= 0 && out[i] <= 1.001F)) abort();
        mg_surroundings_free(&s);
    }
    mg_bundle_close(b);
    return 0;
}
