/* motif.h - molecules as trees of motifs, 3M-Diffusion's (HierVAE's) way (docs/models/motif.md;
 * docs/reference/3m-diffusion.md 3, 5.4).
 *
 *   piece.c      a small labelled graph: reading, writing, canonical order, keys
 *   vocab.c      motifs and their labels by number, keyed by structure
 *   decompose.c  a molecule to clusters, tree, labels, sites
 *   assemble.c   the other way: a molecule put together motif by motif
 *
 * RDKit is asked for pieces, symmetry and whether a molecule may be (chem/mol.h); no string of it
 * is a key.
 */
#ifndef MG_CHEM_MOTIF_H
#define MG_CHEM_MOTIF_H

#include "chem/chem.h"

enum {
    MG_PIECE_ATOMS = 48, /* a motif with more is refused */
    MG_PIECE_BONDS = 64,
    MG_MOTIF_ATOMS = 39,    /* elements with charges that there are */
    MG_MOTIF_POSITIONS = 30 /* children of a node are numbered below this */
};

/* ---- pieces (piece.c) ---- */

/* A fragment of a molecule with a label on each atom; hydrogens fill what valence leaves. Orders
 * are MG_ORDER_SINGLE .. TRIPLE: double bonds stand where they stand, none is aromatic. */
typedef struct mg_piece {
    int32_t n_atoms, n_bonds;
    struct {
        uint8_t number, label; /* label: 0 none, 1 shared with the parent, 2 with others */
        int8_t charge;
    } atoms[MG_PIECE_ATOMS];
    struct {
        uint8_t a, b, order;
    } bonds[MG_PIECE_BONDS];
} mg_piece;

/* Reads s[n], the SMILES of a piece: atoms of the elements of the 39 kinds, labels as map numbers 0
 * to 2, bonds single, double, triple; hydrogens are passed over. Aromatic letters are none.
 * MOLGLOT_BAD_FILE saying why. */
int mg_piece_read(const char *s, size_t n, mg_piece *out, molglot_error *err);
/* Appends the same kind of SMILES, of canonical order: equal for equal pieces, however their atoms
 * are numbered. */
void mg_piece_write(const mg_piece *p, mg_str *out);
/* The key of the structure, into out. alike: bonds that alternate around a ring (benzene's) count
 * as equal, so that both ways to write it have one key. */
void mg_piece_key(const mg_piece *p, bool alike, mg_str *out);
/* A piece with all labels 0; with label 1 on one atom alone. */
mg_piece mg_piece_plain(const mg_piece *p);
mg_piece mg_piece_marked(const mg_piece *p, int atom);
/* The bonds of a cycle of single and double bonds in turn through bond k, into path; how many, 0:
 * there is none. */
int mg_piece_cycle(const mg_piece *p, int32_t k, uint8_t *path);
/* Number of (element, charge) among the MG_MOTIF_ATOMS; -1: none. */
int mg_motif_atom(int number, int charge);

/* ---- vocabularies (vocab.c) ---- */

/* Pairs (motif, label): labels are pieces whose plain form is the motif. */
typedef struct mg_motif_vocab mg_motif_vocab;
/* From text: lines "fragment SMILES" (a large motif that stays whole), then lines "MOTIF LABEL";
 * pair i is line i of those. Motifs are numbered in the order of their sorted first columns.
 * MOLGLOT_BAD_FILE naming the line. */
mg_motif_vocab *mg_motif_vocab_new(const char *text, size_t n, molglot_error *err);
void mg_motif_vocab_free(mg_motif_vocab *v);
int32_t mg_motif_vocab_motifs(const mg_motif_vocab *v);
int32_t mg_motif_vocab_pairs(const mg_motif_vocab *v);
/* The text it was made of. */
const char *mg_motif_vocab_text(const mg_motif_vocab *v, size_t *n);
/* The pair of a label; -1: unknown. exact: double bonds must stand in the same places. */
int32_t mg_motif_vocab_find(const mg_motif_vocab *v, const mg_piece *label, bool exact);
int32_t mg_motif_vocab_motif_of(const mg_motif_vocab *v, int32_t pair);
const mg_piece *mg_motif_vocab_label(const mg_motif_vocab *v, int32_t pair);
/* Pairs of a motif, ascending; *n of them. */
const int32_t *mg_motif_vocab_pairs_of(const mg_motif_vocab *v, int32_t motif, int32_t *n);
/* Whether a fragment of this plain structure stays whole. */
bool mg_motif_vocab_whole(const mg_motif_vocab *v, const mg_piece *fragment);

/* ---- decomposition (decompose.c) ---- */

typedef struct mg_motif_node {
    int32_t at, n_atoms;            /* its cluster, in d->clusters */
    int32_t parent;                 /* -1: the root, node 0 */
    int32_t position;               /* which child of its parent, from 1; 0: the root */
    uint8_t origin[MG_PIECE_ATOMS]; /* atoms of the molecule that the label's are */
    mg_piece label;        /* 1: shared with the parent, 2: with others (root: 1 on atom 0) */
    int32_t n_anchors;     /* 1 or 2 where there are sites; the root's are not used */
    int32_t anchors[4];    /* atoms of the molecule */
    mg_piece anchor_as[4]; /* the plain piece with 1 on that atom alone */
    int32_t site, n_sites; /* in d->sites, n_anchors atoms each, the true one first; 0 none */
} mg_motif_node;

typedef struct mg_motif_move {
    int32_t from, to; /* nodes; to -1: the end */
    bool grows;       /* a child is made; else back to the parent */
} mg_motif_move;

typedef struct mg_motif_bond { /* one of each direction */
    int32_t from, to;
    uint8_t order, position; /* position: of the child that made it, 0: none tells */
} mg_motif_bond;

typedef struct mg_decomposition { /* zero-initialise */
    int32_t n_atoms, n_bonds, n_nodes, n_moves, n_sites, n_members, n_fragments;
    bool strange;         /* an atom is of no kind that motifs have: no vocabulary knows it */
    uint8_t *kinds;       /* [n_atoms] mg_motif_atom; MG_MOTIF_ATOMS: of no kind */
    mg_motif_bond *bonds; /* [2 n_bonds]: i and i + 1 are one bond */
    mg_motif_node *nodes; /* the root first; singletons last */
    mg_piece open_root;   /* the root's label where it has no parent: 2 or 0 on atom 0 */
    mg_motif_move *moves; /* [n_moves] depth first */
    int32_t *clusters;    /* [n_members] atoms */
    int32_t *sites;       /* [n_sites] atoms */
    mg_piece *fragments;  /* [n_fragments] candidates for large motifs, plain */
    int32_t n_fragment_atoms, *fragment_of, *fragment_atoms; /* [n_fragments+1], atoms */
} mg_decomposition;

/* vocab NULL: no fragment stays whole. row (may be NULL) says why a molecule has none: several
 * components, a single atom, a tree that is none. MOLGLOT_BAD_FILE then;
 * other codes are failures, with err. */
int mg_decompose(const mg_mol *m, const mg_motif_vocab *vocab, mg_decomposition *out,
                 molglot_row_status *row, molglot_error *err);
/* The fragments alone: out has atoms, bonds and them. */
int mg_decompose_fragments(const mg_mol *m, mg_decomposition *out, molglot_row_status *row,
                           molglot_error *err);
void mg_decomposition_free(mg_decomposition *d);

/* ---- vocabularies made of molecules (count.c) ---- */

/* First all fragments are counted, then, with those that stay whole, all labels and anchors. */
typedef struct mg_motif_counts { /* zero-initialise */
    mg_names keys;               /* to items */
    struct mg_motif_count {
        char *text; /* line of a vocabulary */
        int64_t n;
    } * items;
    size_t n, cap;
} mg_motif_counts;
int mg_motif_counts_fragments(mg_motif_counts *c, const mg_decomposition *d, molglot_error *err);
/* published: the root's label with 1 on atom 0, and its anchor. */
int mg_motif_counts_labels(mg_motif_counts *c, const mg_decomposition *d, bool published,
                           molglot_error *err);
/* The lines of those that were seen `least` times, sorted; frequent: most frequent first. */
int mg_motif_counts_write(const mg_motif_counts *c, int64_t least, bool frequent, mg_str *out,
                          molglot_error *err);
void mg_motif_counts_free(mg_motif_counts *c);

/* ---- trees (tree.c): a decomposition as networks read it, by numbers of a vocabulary ---- */

typedef struct mg_motif_tree_node {
    int32_t motif, pair, parent, position; /* parent -1, position 0: the root */
    int32_t at, n_atoms;                   /* its cluster, in clusters */
    int32_t site, n_sites, n_anchors; /* n_sites times n_anchors atoms in sites; 0: no choice */
    int32_t anchors[2];               /* pairs that the anchors' labels are */
} mg_motif_tree_node;
typedef struct mg_motif_tree { /* zero-initialise; one block */
    int32_t n_atoms, n_bonds, n_nodes, n_moves;
    uint8_t *kinds;
    mg_motif_bond *bonds; /* [2 n_bonds] */
    mg_motif_tree_node *nodes;
    mg_motif_move *moves;
    int32_t *clusters, *sites;
    void *block;
} mg_motif_tree;
/* published: double bonds must stand where the vocabulary has them, and the root's label has 1 on
 * atom 0. MOLGLOT_BAD_FILE with row where the vocabulary lacks a label. */
int mg_motif_tree_of(const mg_decomposition *d, const mg_motif_vocab *v, bool published,
                     mg_motif_tree *out, molglot_row_status *row, molglot_error *err);
void mg_motif_tree_free(mg_motif_tree *t);

/* ---- assembly (assemble.c) ---- */

/* A molecule that is put together; its atoms and bonds are only added to. */
typedef struct mg_assembly mg_assembly;
mg_assembly *mg_assembly_new(molglot_error *err);
void mg_assembly_free(mg_assembly *a);
/* Begins anew with a label as the root. closed_root: nothing is attached to its atoms with 1. */
bool mg_assembly_root(mg_assembly *a, const mg_piece *label, bool closed_root);
/* Atoms of a label that lie on its parent's, the ends first and last; how many, 0: it cannot be
 * attached. anchors: the ends. */
int mg_label_joints(const mg_piece *label, uint8_t *joints, uint8_t anchors[2], int *n_anchors);
/* Where a label can be attached to node x: *m atoms for each site into sites (room for 2 *
 * MG_PIECE_ATOMS * MG_PIECE_ATOMS), in the order of its joints; how many. rigid: where both ends
 * are alike, one way round alone. */
int mg_assembly_sites(const mg_assembly *a, int32_t x, const mg_piece *label, bool rigid,
                      uint8_t *sites, int *m);
/* Attaches it as a new node, the last; false, and nothing changed: the whole would be no molecule.
 * rigid: double bonds stay where the label has them. */
bool mg_assembly_attach(mg_assembly *a, int32_t x, const mg_piece *label, const uint8_t *site,
                        bool rigid);
int32_t mg_assembly_nodes(const mg_assembly *a);
int32_t mg_assembly_atoms(const mg_assembly *a);
int32_t mg_assembly_bonds(const mg_assembly *a);
void mg_assembly_atom(const mg_assembly *a, int32_t i, int *kind);
void mg_assembly_bond(const mg_assembly *a, int32_t k, int32_t *from, int32_t *to, uint8_t *order);
int32_t mg_assembly_cluster(const mg_assembly *a, int32_t x, int32_t *atoms);
/* NULL: it is none. */
mg_mol *mg_assembly_molecule(const mg_assembly *a);

/* Follows a molecule's own decomposition, with the vocabulary's labels: whether what comes out is
 * the molecule (stereo aside). *why: the first step that failed. */
enum {
    MG_REPLAY_SAME,
    MG_REPLAY_NO_SITE,
    MG_REPLAY_NO_MOLECULE,
    MG_REPLAY_UNKNOWN,
    MG_REPLAY_OTHER,
    MG_REPLAY_OUTCOMES
};
typedef struct mg_replay_options {
    bool published; /* labels found exactly, the root with 1 on atom 0 */
    bool closed_root, rigid;
} mg_replay_options;
int mg_motif_replay(const mg_mol *m, const mg_decomposition *d, const mg_motif_vocab *v,
                    const mg_replay_options *o, int *outcome, molglot_error *err);

#endif
