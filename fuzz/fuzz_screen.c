/* fuzz_screen.c - a site's own lists of controlled substances. */
#include "chem/triage/triage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    molglot_error err;
    mg_screen *s = mg_screen_new((const char *)data, size, &err);
    char *found = NULL;
    if (s && !mg_screen_smiles(s, "CC(=O)Oc1ccccc1C(O)=O", &found, &err)) free(found);
    mg_screen_free(s);
    return 0;
}
