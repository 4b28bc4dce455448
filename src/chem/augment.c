/* augment.c - random views of a molecular graph for contrastive training (docs/reference/momu.md
 * 5).
 *
 * DROP_NODES takes floor(rate * n) random atoms away, SUBGRAPH keeps a random connected part of
 * about rate * n atoms. The correct versions renumber the atoms that stay, and every edge keeps its
 * own attributes. The faithful ones do what the published code did: no atom leaves, lost ones stand
 * alone; edges come out sorted by (source, target) while the attribute rows keep the old order, so
 * most molecules get bonds of a wrong type.
 */
#include "chem/mol.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- choosing atoms: keep[i] says whether atom i stays ---- */

static void keep_all_but_some(const mg_graph *g, float rate, mg_rng *rng, int32_t *order,
                              bool *keep) {
    int32_t n = g->n_atoms, dropped = (int32_t)floor((double)rate * n);
    if (dropped == n && n > 0) dropped--;
    for (int32_t i = 0; i < n; i++) {
        order[i] = i;
        keep[i] = true;
    }
    for (int32_t k = 0; k < dropped; k++) {
        int32_t pick = k + (int32_t)mg_rng_below(rng, (uint64_t)(n - k));
        int32_t atom = order[pick];
        order[pick] = order[k];
        keep[atom] = false;
    }
}

/* A walk's border: atoms next to what was kept, each once, in `list`. */
typedef struct border {
    int32_t *list;
    bool *listed;
    int32_t n;
} border;

static void border_add_neighbours(border *b, const mg_graph *g, int32_t atom) {
    for (int32_t e = 0; e < g->n_edges; e++) {
        if (g->src[e] != atom || b->listed[g->dst[e]]) continue;
        b->listed[g->dst[e]] = true;
        b->list[b->n++] = g->dst[e];
    }
}

/* Grows from a random atom, one random atom of the border at a time. The published walk never takes
 * visited atoms off the border, so draws are wasted and its cap of 1.5 n draws ends many walks
 * early; it may also keep one atom more than asked. */
static void keep_walk(const mg_graph *g, float rate, bool faithful, mg_rng *rng, border *b,
                      bool *keep) {
    int32_t n = g->n_atoms, target = (int32_t)floor((double)rate * n), kept = 1;
    memset(keep, 0, (size_t)n * sizeof *keep);
    if (faithful) target++;
    int32_t atom = (int32_t)mg_rng_below(rng, (uint64_t)n);
    keep[atom] = true;
    if (!faithful) b->listed[atom] = true;
    border_add_neighbours(b, g, atom);
    for (int64_t draws = 1; kept < target && b->n > 0; draws++) {
        if (faithful && 2 * draws > 3 * (int64_t)n) break;
        int32_t pick = (int32_t)mg_rng_below(rng, (uint64_t)b->n);
        atom = b->list[pick];
        if (!faithful) b->list[pick] = b->list[--b->n];
        if (keep[atom]) continue;
        keep[atom] = true;
        kept++;
        border_add_neighbours(b, g, atom);
    }
}

/* ---- making the graph of what was kept ---- */

static int32_t surviving_edges(const mg_graph *g, const bool *keep) {
    int32_t n = 0;
    for (int32_t e = 0; e < g->n_edges; e++) n += keep[g->src[e]] && keep[g->dst[e]];
    return n;
}

/* Only the kept atoms, renumbered in their old order. */
static int cut_out(const mg_graph *g, const bool *keep, int32_t *number, mg_graph *out,
                   molglot_error *err) {
    int32_t atoms = 0, at = 0;
    for (int32_t i = 0; i < g->n_atoms; i++) number[i] = keep[i] ? atoms++ : -1;
    int code = mg_graph_like(g, atoms, surviving_edges(g, keep), out, err);
    if (code) return code;
    size_t atom_cols = (size_t)g->atom_cols, bond_cols = (size_t)g->bond_cols;
    for (int32_t i = 0; i < g->n_atoms; i++) {
        if (keep[i])
            memcpy(out->atoms + (size_t)number[i] * atom_cols, g->atoms + (size_t)i * atom_cols,
                   atom_cols);
    }
    for (int32_t e = 0; e < g->n_edges; e++) {
        if (!keep[g->src[e]] || !keep[g->dst[e]]) continue;
        out->src[at] = number[g->src[e]];
        out->dst[at] = number[g->dst[e]];
        memcpy(out->bonds + (size_t)at++ * bond_cols, g->bonds + (size_t)e * bond_cols, bond_cols);
    }
    return MOLGLOT_OK;
}

static int compare_keys(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort_edges(mg_graph *g, int64_t *keys) {
    for (int32_t e = 0; e < g->n_edges; e++) keys[e] = (int64_t)g->src[e] * g->n_atoms + g->dst[e];
    qsort(keys, (size_t)g->n_edges, sizeof *keys, compare_keys);
    for (int32_t e = 0; e < g->n_edges; e++) {
        g->src[e] = (int32_t)(keys[e] / g->n_atoms);
        g->dst[e] = (int32_t)(keys[e] % g->n_atoms);
    }
}

/* All atoms, without the edges that touch a lost one. The edges get sorted, their attributes do
 * not. */
static int isolate(const mg_graph *g, const bool *keep, mg_graph *out, molglot_error *err) {
    int code = mg_graph_like(g, g->n_atoms, surviving_edges(g, keep), out, err);
    if (code) return code;
    size_t bond_cols = (size_t)g->bond_cols;
    int32_t at = 0;
    memcpy(out->atoms, g->atoms, (size_t)g->n_atoms * (size_t)g->atom_cols);
    for (int32_t e = 0; e < g->n_edges; e++) {
        if (!keep[g->src[e]] || !keep[g->dst[e]]) continue;
        out->src[at] = g->src[e];
        out->dst[at] = g->dst[e];
        memcpy(out->bonds + (size_t)at++ * bond_cols, g->bonds + (size_t)e * bond_cols, bond_cols);
    }
    int64_t *keys = malloc(((size_t)at + 1) * sizeof *keys);
    if (!keys) {
        mg_graph_free(out);
        return mg_no_memory(err, "%d edges", (int)at);
    }
    sort_edges(out, keys);
    free(keys);
    return MOLGLOT_OK;
}

int mg_graph_augment(const mg_graph *g, mg_aug_kind kind, float rate, bool faithful, mg_rng *rng,
                     mg_graph *out, molglot_error *err) {
    *out = (mg_graph){0};
    if (!(rate >= 0.0f && rate <= 1.0f))
        return mg_fail(err, MOLGLOT_USAGE, "augmentation rate %g is not between 0 and 1",
                       (double)rate);
    size_t n = (size_t)g->n_atoms;
    int32_t *list = malloc((n + 1) * sizeof *list);
    bool *flags = calloc(2 * n + 1, sizeof *flags), *keep = flags;
    int code;
    if (!list || !flags) {
        code = mg_no_memory(err, "a graph of %zu atoms", n);
    } else {
        border b = {.list = list, .listed = flags + n};
        if (kind == MG_AUG_SUBGRAPH && n > 0)
            keep_walk(g, rate, faithful, rng, &b, keep);
        else
            keep_all_but_some(g, kind == MG_AUG_DROP_NODES ? rate : 0.0f, rng, list, keep);
        code = faithful && kind != MG_AUG_NONE ? isolate(g, keep, out, err)
                                               : cut_out(g, keep, list, out, err);
    }
    free(list);
    free(flags);
    return code;
}
