/* names.c - string -> number, for the names of tensors, metadata and storages. */
#include "tensor/files/inside.h"

#include <stdlib.h>
#include <string.h>

static struct mg_names_slot *slot_of(const mg_names *m, const char *key) {
    size_t last = ((size_t)1 << m->bits) - 1;
    size_t at = (size_t)mg_hash64(key, strlen(key), 0) & last;
    while (m->slots[at].key && strcmp(m->slots[at].key, key) != 0) at = (at + 1) & last;
    return &m->slots[at];
}

static bool names_grow(mg_names *m) {
    mg_names bigger = {NULL, m->slots ? m->bits + 1 : 5, m->n};
    bigger.slots = calloc((size_t)1 << bigger.bits, sizeof *bigger.slots);
    if (!bigger.slots) return false;
    for (size_t i = 0; m->slots && i < (size_t)1 << m->bits; i++)
        if (m->slots[i].key) *slot_of(&bigger, m->slots[i].key) = m->slots[i];
    free(m->slots);
    *m = bigger;
    return true;
}

bool mg_names_put(mg_names *m, const char *key, size_t value) {
    if ((!m->slots || 2 * (m->n + 1) > (size_t)1 << m->bits) && !names_grow(m)) return false;
    *slot_of(m, key) = (struct mg_names_slot){key, value};
    m->n++;
    return true;
}

ptrdiff_t mg_names_find(const mg_names *m, const char *key) {
    if (!m->slots) return -1;
    const struct mg_names_slot *s = slot_of(m, key);
    return s->key ? (ptrdiff_t)s->value : -1;
}

void mg_names_free(mg_names *m) {
    free(m->slots);
    memset(m, 0, sizeof *m);
}
