/* fuzz_claims.c - any text as a caption: what it says wrong lies within it, and no two places
 * meet. */
#include "caption/caption.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mg_groups *groups;
    static mg_claims *claims;
    static mg_facts facts;
    if (!claims) {
        mg_mol *m = mg_mol_from_smiles("Clc1ccc(NC(=O)CO)nc1", NULL, NULL);
        groups = mg_groups_new(NULL, 0, NULL);
        if (!groups || !m || mg_facts_of(groups, m, &facts, NULL)) abort();
        claims = mg_claims_new(groups, NULL);
        mg_mol_free(m);
    }
    char *text = malloc(size + 1);
    if (!claims || !text) abort();
    memcpy(text, data, size);
    text[size] = 0;
    mg_caption c = {.text = text};
    if (mg_claims_check(claims, &facts, &c, NULL)) abort();
    size_t before = 0;
    for (int i = 0; i < c.n_wrong; i++) {
        if (c.wrong[i].begin < before || c.wrong[i].begin >= c.wrong[i].end) abort();
        before = c.wrong[i].end;
    }
    if (before > strlen(text) || c.n_wrong > c.claims || c.wrong_words > c.words) abort();
    mg_captions_free(&c, 1);
    return 0;
}
