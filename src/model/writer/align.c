/* align.c - edit distance of a growing prefix to all prefixes of a molecule (align.h). */
#include "model/writer/align.h"

void mg_align_start(mg_aligner *a, const int32_t *tokens, int32_t n, int32_t *room) {
    *a = (mg_aligner){.tokens = tokens, .n = n, .cost = room, .match = room + n + 1};
    for (int32_t j = 0; j <= n; j++) {
        a->cost[j] = j;
        a->match[j] = 0;
    }
}

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

void mg_align_push(mg_aligner *a, int32_t token) {
    int32_t cost = a->cost[0], match = 0; /* of the prefix before, with one token less written */
    a->cost[0]++;
    a->place = a->agree = 0;
    for (int32_t j = 1; j <= a->n; j++) {
        const bool same = a->tokens[j - 1] == token;
        const int32_t here = least(cost + !same, least(a->cost[j], a->cost[j - 1]) + 1),
                      run = same ? match + 1 : 0;
        cost = a->cost[j];
        match = a->match[j];
        a->cost[j] = here;
        a->match[j] = run;
    }
    for (int32_t j = 1; j <= a->n; j++) {
        const int32_t best = a->cost[a->place];
        if (a->cost[j] > best || (a->cost[j] == best && a->match[j] < a->match[a->place])) continue;
        a->place = j;
    }
    a->agree = a->match[a->place];
}
