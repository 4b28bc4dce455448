/* inside.h - molecules as HierVAE reads them: what the kinds of this folder share.
 *
 *   kind.c        task = "motif"           denoiser.c   task = "motif_diffusion"
 *   molecules.c   rows of files to trees and graphs; vocabularies made of them
 */
#ifndef MG_TRAIN_MOTIF_H
#define MG_TRAIN_MOTIF_H

#include "model/bundle/bundle.h"
#include "train/inside.h"

typedef struct train_motif { /* a molecule */
    mg_motif_tree tree;
    mg_graph graph;
    char *text; /* what its row says of it; NULL: nothing */
} train_motif;
typedef struct train_motifs { /* zero-initialise */
    train_motif *list;
    size_t n;
    int64_t rows, large, refused, unknown; /* of the files; without a place in list and why */
    char sha256[65];                       /* of the files */
} train_motifs;
typedef struct train_motifs_plan {
    const char (*paths)[TRAIN_MAX_PATH];
    size_t n_paths;
    int max_atoms;   /* a molecule has fewer */
    int64_t limit;   /* rows of each file; 0: all */
    bool published;  /* as mg_motif_tree_of has it */
    bool texts_only; /* rows without a text are left out */
    int threads;
} train_motifs_plan;
/* A vocabulary of all molecules: fragments seen `frequent` times stay whole. */
int train_motifs_vocab(const train_motifs_plan *plan, int64_t frequent, mg_motif_vocab **out,
                       molglot_error *err);
/* Molecules that the vocabulary can say. */
int train_motifs_read(train_motifs *m, const train_motifs_plan *plan, const mg_motif_vocab *v,
                      molglot_error *err);
void train_motifs_free(train_motifs *m);
/* A shuffle of n rows: a function of seed and epoch. */
int train_motifs_order(const train_task *t, size_t n, int64_t epoch, int64_t **rows, int64_t *out,
                       molglot_error *err);

#endif
