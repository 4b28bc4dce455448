/* pi_matching.c - can the double bonds of an aromatic system be placed? A largest matching in a
 * small graph by Edmonds' blossoms.
 *
 * Vertices are the aromatic atoms that must take part in one double bond, edges their aromatic
 * bonds (at most 255 and a few dozen in practice). The caller's matching is a start, so that a
 * system that grew by one atom costs one search.
 */
#include "chem/smiles/automaton.h"
#include "chem/smiles/smiles.h"

#include <string.h>

enum { NONE = MG_NO_ATOM };

typedef struct search {
    mg_pi_graph *g;
    uint8_t above[MG_SMILES_ATOMS]; /* the vertex from which an inner vertex was reached */
    uint8_t base[MG_SMILES_ATOMS];  /* of the blossom that a vertex is in */
    bool outer[MG_SMILES_ATOMS], in_blossom[MG_SMILES_ATOMS];
    uint8_t queue[MG_SMILES_ATOMS];
    int head, tail;
} search;

static uint8_t common_base(const search *s, uint8_t a, uint8_t b) {
    bool seen[MG_SMILES_ATOMS] = {false};
    const uint8_t *mate = s->g->mate;
    for (;;) {
        a = s->base[a];
        seen[a] = true;
        if (mate[a] == NONE) break;
        a = s->above[mate[a]];
    }
    for (b = s->base[b]; !seen[b]; b = s->base[s->above[mate[b]]]) {}
    return b;
}

static void mark_blossom(search *s, uint8_t v, uint8_t base, uint8_t child) {
    const uint8_t *mate = s->g->mate;
    while (s->base[v] != base) {
        s->in_blossom[s->base[v]] = s->in_blossom[s->base[mate[v]]] = true;
        s->above[v] = child;
        child = mate[v];
        v = s->above[child];
    }
}

static void enqueue(search *s, uint8_t v) {
    s->outer[v] = true;
    s->queue[s->tail++] = v;
}

static void shrink(search *s, uint8_t a, uint8_t b) {
    uint8_t base = common_base(s, a, b);
    memset(s->in_blossom, 0, (size_t)s->g->n);
    mark_blossom(s, a, base, b);
    mark_blossom(s, b, base, a);
    for (int i = 0; i < s->g->n; i++) {
        if (!s->in_blossom[s->base[i]]) continue;
        s->base[i] = base;
        if (!s->outer[i]) enqueue(s, (uint8_t)i);
    }
}

/* Swaps matched and unmatched edges from vertex v, whose new partner is set by the caller, back to
 * the root. */
static void flip(search *s, uint8_t v) {
    uint8_t *mate = s->g->mate;
    while (v != NONE) {
        uint8_t from = s->above[v], next = mate[from];
        mate[v] = from;
        mate[from] = v;
        v = next;
    }
}

/* Looks along the edges of an outer vertex; true when a vertex without partner was found and the
 * matching grew. */
static bool explore(search *s, uint8_t root, uint8_t v) {
    const mg_pi_graph *g = s->g;
    for (int k = 0; k < g->degree[v]; k++) {
        uint8_t to = g->neighbours[v][k], mate = g->mate[to];
        if (s->base[v] == s->base[to] || g->mate[v] == to) continue;
        if (to == root || (mate != NONE && s->above[mate] != NONE)) {
            shrink(s, v, to);
        } else if (s->above[to] == NONE) {
            s->above[to] = v;
            if (mate == NONE) {
                flip(s, to);
                return true;
            }
            enqueue(s, mate);
        }
    }
    return false;
}

/* One search from a vertex without partner. With a price, a vertex that costs no more may give its
 * partner up for it. */
static bool augment(mg_pi_graph *g, uint8_t root, int price) {
    search s = {.g = g};
    memset(s.above, NONE, (size_t)g->n);
    for (int i = 0; i < g->n; i++) s.base[i] = (uint8_t)i;
    enqueue(&s, root);
    while (s.head < s.tail) {
        uint8_t v = s.queue[s.head++];
        if (price > 0 && v != root && g->cost[v] <= price) {
            uint8_t freed = g->mate[v];
            g->mate[v] = NONE;
            flip(&s, freed);
            return true;
        }
        if (explore(&s, root, v)) return true;
    }
    return false;
}

/* A greedy start saves most searches. */
static void match_neighbours(mg_pi_graph *g) {
    for (int v = 0; v < g->n; v++) {
        for (int k = 0; k < g->degree[v] && g->mate[v] == NONE; k++) {
            uint8_t to = g->neighbours[v][k];
            if (g->mate[to] != NONE) continue;
            g->mate[v] = to;
            g->mate[to] = (uint8_t)v;
        }
    }
}

int mg_pi_match(mg_pi_graph *g) {
    int alone = 0;
    match_neighbours(g);
    for (int v = 0; v < g->n; v++)
        if (g->mate[v] == NONE && !augment(g, (uint8_t)v, 0)) alone++;
    return alone;
}

/* The sets of vertices that matchings cover form a matroid: handing over one by one to the cheapest
 * leaves the cheapest possible set. */
bool mg_pi_hand_over(mg_pi_graph *g) {
    bool all = true;
    for (int v = 0; v < g->n; v++) {
        bool handed = g->mate[v] != NONE;
        for (int price = 1; !handed && price < g->cost[v]; price++)
            handed = augment(g, (uint8_t)v, price);
        if (!handed && g->cost[v] == MG_PI_MUST) all = false;
    }
    return all;
}
