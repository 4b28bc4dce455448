/* graphs.c - batches of molecules as HierVAE's encoder reads them: of the OGB columns the element
 * and the chirality, the bond's order and stereo; values that the published tables have no row for
 * count as 0. */
#include "base/grow.h"
#include "model/motif/motif.h"

#include <stdlib.h>
#include <string.h>

enum { ELEMENTS = 120, CHIRAL = 3, ORDERS = 6, STEREO = 3 };

static int32_t row_of(uint8_t value, int32_t rows, int32_t base) {
    return base + (value < rows ? value : 0);
}

int mg_motif_graphs_add(mg_motif_graphs *g, const mg_graph *ogb, molglot_error *err) {
    const int32_t atoms = g->n_atoms + ogb->n_atoms, edges = g->n_edges + ogb->n_edges;
    if (!MG_GROW(g->atom_offsets, g->caps[0], (size_t)g->n + 2) ||
        !MG_GROW(g->atom_ids, g->caps[1], 2 * (size_t)atoms + 1) ||
        !MG_GROW(g->edge_offsets, g->caps[2], (size_t)atoms + 2) ||
        !MG_GROW(g->edge_src, g->caps[3], (size_t)edges + 1) ||
        !MG_GROW(g->edge_ids, g->caps[4], 2 * (size_t)edges + 1))
        return mg_no_memory(err, "a batch of molecules");
    if (g->n == 0) g->atom_offsets[0] = g->edge_offsets[0] = 0;
    for (int32_t i = 0; i < ogb->n_atoms; i++) {
        const uint8_t *x = ogb->atoms + (size_t)i * (size_t)ogb->atom_cols;
        g->atom_ids[2 * (g->n_atoms + i)] = row_of(x[0], ELEMENTS, 0);
        g->atom_ids[2 * (g->n_atoms + i) + 1] = row_of(x[1], CHIRAL, ELEMENTS);
    }
    int32_t at = g->n_edges;
    for (int32_t i = 0; i < ogb->n_atoms; i++) {
        for (int32_t e = 0; e < ogb->n_edges; e++) {
            const uint8_t *x = ogb->bonds + (size_t)e * (size_t)ogb->bond_cols;
            if (ogb->dst[e] != i) continue;
            g->edge_src[at] = g->n_atoms + ogb->src[e];
            g->edge_ids[2 * at] = row_of(x[0], ORDERS, 0);
            g->edge_ids[2 * at++ + 1] = row_of(x[1], STEREO, ORDERS);
        }
        g->edge_offsets[g->n_atoms + i + 1] = at;
    }
    g->n_atoms = atoms, g->n_edges = edges;
    g->atom_offsets[++g->n] = atoms;
    return MOLGLOT_OK;
}

void mg_motif_graphs_clear(mg_motif_graphs *g) {
    g->n = 0;
    g->n_atoms = g->n_edges = 0;
}

void mg_motif_graphs_free(mg_motif_graphs *g) {
    free(g->atom_offsets);
    free(g->atom_ids);
    free(g->edge_offsets);
    free(g->edge_src);
    free(g->edge_ids);
    memset(g, 0, sizeof *g);
}
