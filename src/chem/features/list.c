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

void mg_features_merge(mg_feature_list *list) {
    mg_feature *items = list->items;
    size_t kept = 0;
    if (list->n > 0) qsort(items, list->n, sizeof *items, by_hash);
    for (size_t i = 0; i < list->n; i++)
        if (kept > 0 && items[kept - 1].hash == items[i].hash)
            items[kept - 1].count += items[i].count;
        else
            items[kept++] = items[i];
    list->n = kept;
}
