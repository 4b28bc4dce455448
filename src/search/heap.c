/* heap.c - the k best hits so far as a heap, worst first. */
#include "search/inside.h"

/* a is worse than b. Equal scores: the later part or the higher row is. */
static inline bool worse(molglot_hit a, molglot_hit b) {
    if (a.score != b.score) return a.score < b.score;
    return a.index != b.index ? a.index > b.index : a.row > b.row;
}

void mg_hits_sift(molglot_hit *heap, int n, molglot_hit hit) {
    int i = 0;
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && worse(heap[child + 1], heap[child])) child++;
        if (!worse(heap[child], hit)) break;
        heap[i] = heap[child];
    }
    heap[i] = hit;
}

void mg_hits_push(molglot_hit *heap, int32_t *filled, int k, molglot_hit hit) {
    if (*filled == k) {
        if (worse(heap[0], hit)) mg_hits_sift(heap, k, hit);
        return;
    }
    int i = (*filled)++;
    for (int parent; i && (parent = (i - 1) / 2, worse(hit, heap[parent])); i = parent)
        heap[i] = heap[parent];
    heap[i] = hit;
}
