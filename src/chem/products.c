/* products.c - a list of distinct molecules that are made of others. */
#include "chem/chem.h"

#include <stdlib.h>
#include <string.h>

void mg_products_free(mg_products *p) {
    for (size_t i = 0; i < p->n && p->s; i++) free(p->s[i]);
    free(p->s);
    *p = (mg_products){0};
}

int mg_products_add(mg_products *p, const char *smiles, size_t most, molglot_error *err) {
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->s[i], smiles)) return MOLGLOT_OK;
    if (p->n == most) return MOLGLOT_OK;
    char **s = realloc(p->s, (p->n + 1) * sizeof *s);
    if (s) p->s = s;
    char *copy = s ? strdup(smiles) : NULL;
    if (!copy) return mg_no_memory(err, "a product");
    p->s[p->n++] = copy;
    return MOLGLOT_OK;
}
