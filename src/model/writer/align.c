/* align.c - edit distance of a growing prefix to all prefixes of a molecule, and the longest run of
 * a sentence's last tokens in another (align.h). */
#include "model/writer/align.h"

void mg_align_start(mg_aligner *a, const int32_t *tokens, int32_t n, int32_t *room) {
    *a = (mg_aligner){.tokens = tokens, .n = n, .cost = room, .match = room + n + 1};
    for (int32_t j = 0; j <= n; j++) {
        a->cost[j] = j;
        a->match[j] = 0;
    }
}

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

static void push_word(mg_aligner *a, int32_t token) {
    int32_t match = 0, best = -1;
    for (int32_t j = 1; j <= a->n; j++) {
        const int32_t run = a->tokens[j - 1] == token ? match + 1 : 0;
        match = a->match[j];
        a->match[j] = run;
        if (run == 0) continue;
        const int32_t most = best < 0 ? 0 : a->match[best];
        if (run > most || (run == most && best < a->place)) best = j;
    }
    a->agree = best < 0 ? 0 : a->match[best];
    if (best >= 0) a->place = best;
}

void mg_align_push(mg_aligner *a, int32_t token) {
    if (a->sentence) {
        push_word(a, token);
        return;
    }
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
