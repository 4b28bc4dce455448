/* list.c - a list of features: added one by one, then sorted and joined. */
#include "base/grow.h"
#include "chem/features/inside.h"

#include <stdlib.h>

void mg_feature_add(mg_feature_list *list, uint64_t value, float count) {
    if (MG_GROW(list->items, list->cap, list->n + 1))
        list->items[list->n++] = (mg_feature){.hash = (uint32_t)(mg_mix(value, 0) >> 32),
                                              .count = count};
    else
        list->failed = true;
}

static int by_hash(const void *a, const void *b) {
    uint32_t x = ((const mg_feature *)a)->hash, y = ((const mg_feature *)b)->hash;
    return (x > y) - (x < y);
}

/* By the upper bits of the hashes, which are spread evenly, then each among the few that share
 * them. Equal ones keep their order. room [n] */
static void sort_apart(mg_feature *items, size_t n, mg_feature *room) {
    enum { BITS = 10, PARTS = 1 << BITS };
    uint32_t at[PARTS + 1] = {0};
    for (size_t i = 0; i < n; i++) at[(items[i].hash >> (32 - BITS)) + 1]++;
    for (int p = 0; p < PARTS; p++) at[p + 1] += at[p];
    for (size_t i = 0; i < n; i++) room[at[items[i].hash >> (32 - BITS)]++] = items[i];
    for (size_t i = 0; i < n; i++) {
        size_t to = i;
        for (; to > 0 && items[to - 1].hash > room[i].hash; to--) items[to] = items[to - 1];
        items[to] = room[i];
    }
}

static void sort(mg_feature *items, size_t n) {
    enum { FEW = 64, MANY = 1 << 16 };
    mg_feature *room = n > FEW && n < MANY ? malloc(n * sizeof *room) : NULL;
    if (room)
        sort_apart(items, n, room);
    else if (n > 0)
        qsort(items, n, sizeof *items, by_hash);
    free(room);
}

void mg_features_merge(mg_feature_list *list) {
    mg_feature *items = list->items;
    size_t kept = 0;
    sort(items, list->n);
    for (size_t i = 0; i < list->n; i++)
        if (kept > 0 && items[kept - 1].hash == items[i].hash)
            items[kept - 1].count += items[i].count;
        else
            items[kept++] = items[i];
    list->n = kept;
}
