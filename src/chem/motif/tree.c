/* tree.c - a decomposition with numbers in the place of labels. */
#include "chem/motif/motif.h"

#include <stdlib.h>
#include <string.h>

static bool allocate(const mg_decomposition *d, mg_motif_tree *t) {
    const size_t nodes = (size_t)d->n_nodes * sizeof *t->nodes,
                 bonds = 2 * (size_t)d->n_bonds * sizeof *t->bonds,
                 moves = (size_t)d->n_moves * sizeof *t->moves,
                 members = (size_t)d->n_members * sizeof *t->clusters,
                 sites = (size_t)d->n_sites * sizeof *t->sites;
    char *at = t->block = calloc(1, nodes + bonds + moves + members + sites + (size_t)d->n_atoms);
    if (!at) return false;
    t->nodes = (mg_motif_tree_node *)(void *)at;
    t->bonds = (mg_motif_bond *)(void *)(at += nodes);
    t->moves = (mg_motif_move *)(void *)(at += bonds);
    t->clusters = (int32_t *)(void *)(at += moves);
    t->sites = (int32_t *)(void *)(at += members);
    t->kinds = (uint8_t *)(at += sites);
    if (d->n_bonds) memcpy(t->bonds, d->bonds, bonds);
    memcpy(t->moves, d->moves, moves);
    memcpy(t->clusters, d->clusters, members);
    if (d->n_sites) memcpy(t->sites, d->sites, sites);
    memcpy(t->kinds, d->kinds, (size_t)d->n_atoms);
    t->n_atoms = d->n_atoms, t->n_bonds = d->n_bonds;
    t->n_nodes = d->n_nodes, t->n_moves = d->n_moves;
    return true;
}

int mg_motif_tree_of(const mg_decomposition *d, const mg_motif_vocab *v, bool published,
                     mg_motif_tree *out, molglot_row_status *row, molglot_error *err) {
    memset(out, 0, sizeof *out);
    if (d->strange) return mg_row_refuse(row, -1, "an atom of a kind that motifs do not have");
    if (!allocate(d, out)) return mg_no_memory(err, "a molecule's motifs");
    for (int32_t i = 0; i < d->n_nodes; i++) {
        const mg_motif_node *from = &d->nodes[i];
        mg_motif_tree_node *to = &out->nodes[i];
        *to = (mg_motif_tree_node){.parent = from->parent,
                                   .position = from->position,
                                   .at = from->at,
                                   .n_atoms = from->n_atoms,
                                   .site = from->site,
                                   .n_sites = from->n_sites,
                                   .n_anchors = from->n_anchors < 2 ? from->n_anchors : 2};
        const mg_piece *label = i == 0 && !published ? &d->open_root : &from->label;
        bool known = (to->pair = mg_motif_vocab_find(v, label, published)) >= 0;
        if (i == 0 && !published) to->n_anchors = 0;
        for (int32_t k = 0; k < to->n_anchors && known; k++)
            known = (to->anchors[k] = mg_motif_vocab_find(v, &from->anchor_as[k], published)) >= 0;
        if (known) {
            to->motif = mg_motif_vocab_motif_of(v, to->pair);
            continue;
        }
        mg_motif_tree_free(out);
        return mg_row_refuse(row, -1, "a motif that the vocabulary does not have");
    }
    return MOLGLOT_OK;
}

void mg_motif_tree_free(mg_motif_tree *t) {
    if (!t) return;
    free(t->block);
    memset(t, 0, sizeof *t);
}
