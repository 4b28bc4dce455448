/* fuzz_names.c - any bytes as a file of the part `names`: a dictionary that opens must answer, or
 * refuse, every question. */
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"aspirin", "aspirin sodium", "a", "zz top"};
    molglot_error err = {0};
    mg_bundle *b = mg_bundle_memory(data, size, "input", &err);
    if (!b) return 0;
    const mg_dictionary *d = mg_bundle_has(b, MG_PART_NAMES) ? mg_bundle_names(b, &err) : NULL;
    for (size_t i = 0; d && i < MG_COUNT(names); i++) {
        mg_name_hits hits;
        mg_dictionary_find(d, names[i], &hits, &err);
        for (size_t k = 0; k < hits.n; k++)
            if (!hits.hit[k].name || !hits.hit[k].smiles) abort();
        mg_name_hits_free(&hits);
        mg_dictionary_near(d, names[i], 3, &hits, &err);
        mg_name_hits_free(&hits);
    }
    if (d) {
        mg_name_hits hits;
        mg_dictionary_names(d, "CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Oc1ccccc1C(=O)O", 10, &hits, &err);
        mg_name_hits_free(&hits);
        mg_dictionary_test(d, &err);
    }
    mg_bundle_close(b);
    return 0;
}
