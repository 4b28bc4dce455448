/* grow.h - arrays that grow by doubling. */
#ifndef MG_BASE_GROW_H
#define MG_BASE_GROW_H

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

enum { MG_GROW_FIRST = 16 }; /* items that the first growth makes room for */

/* Makes room for `want` items.
 *   array  the address of the pointer to the items (malloc'ed, or NULL and *cap 0)
 *   cap    items that there is room for
 *   size   bytes of an item
 * False: there is no memory, or the bytes do not fit into a size_t; the array is as it was. */
static inline bool mg_grow(void *array, size_t *cap, size_t want, size_t size) {
    if (want <= *cap) return true;
    size_t more = *cap > SIZE_MAX / 2 ? want : 2 * *cap, bytes;
    if (more < MG_GROW_FIRST) more = MG_GROW_FIRST;
    if (more < want) more = want;
    if (!mg_mul_size(more, size, &bytes)) return false;
    void *items;
    memcpy(&items, array, sizeof items);
    items = realloc(items, bytes);
    if (!items) return false;
    memcpy(array, &items, sizeof items);
    *cap = more;
    return true;
}

/* MG_GROW(list->items, list->cap, list->n + 1): room for one more item. */
#define MG_GROW(array, cap, want) mg_grow(&(array), &(cap), (want), sizeof *(array))

#endif
