/* fuzz_request.c - any text as a request: its conditions lie within it, are said, and are held
 * against a molecule. */
#include "chem/request/request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mg_groups *groups;
    static mg_mol *mol;
    if (!groups) groups = mg_groups_new(NULL, 0, NULL);
    if (!mol) mol = mg_mol_from_smiles("Clc1ccc(NC(=O)CO)nc1", NULL, NULL);
    char *text = malloc(size + 1);
    if (!groups || !mol || !text) abort();
    memcpy(text, data, size);
    text[size] = 0;
    mg_request *r = mg_request_parse(groups, text, NULL);
    if (!r) abort();
    mg_str said = {0};
    mg_request_say(r, &said);
    for (int i = 0; i < r->n; i++)
        if (r->asks[i].begin > r->asks[i].end || r->asks[i].end > size) abort();
    mg_checker *c = mg_checker_new(r, groups, NULL, NULL);
    mg_verdict v;
    if (!c || mg_checker_mol(c, mol, &v, NULL) || v.met > v.of || v.of != r->conditions) abort();
    mg_checker_free(c);
    mg_str_free(&said);
    mg_request_free(r);
    free(text);
    return 0;
}
