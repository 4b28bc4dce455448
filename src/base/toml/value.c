/* value.c - the entries of a recipe and their values: keeping them, finding one by its key. */
#include "base/grow.h"
#include "base/toml/inside.h"

#include <stdlib.h>
#include <string.h>

void mg_toml_value_free(mg_toml_value *v) {
    for (size_t i = 0; i < v->n; i++) free(v->items[i]);
    free(v->items);
    memset(v, 0, sizeof *v);
}

bool mg_toml_add_item(mg_toml_value *v, const char *s, size_t n) {
    if (!MG_GROW(v->items, v->cap, v->n + 1)) return false;
    char *copy = malloc(n + 1);
    if (!copy) return false;
    memcpy(copy, s, n);
    copy[n] = 0;
    v->items[v->n++] = copy;
    return true;
}

ptrdiff_t mg_toml_index(const mg_toml *t, const char *key) {
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->e[i].key, key) == 0) return (ptrdiff_t)i;
    return -1;
}

mg_toml_entry *mg_toml_append(mg_toml *t, const char *key, mg_toml_value *v) {
    char *copy = strdup(key);
    if (!copy || !MG_GROW(t->e, t->cap, t->n + 1)) {
        free(copy);
        mg_toml_value_free(v);
        return NULL;
    }
    mg_toml_entry *e = &t->e[t->n++];
    *e = (mg_toml_entry){.key = copy, .v = *v};
    return e;
}
