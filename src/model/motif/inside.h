/* inside.h - the decoder from within: molecules that grow, and the lists of one step.
 *
 * Messages are rows of tables that grow: for bonds (atom level), and for edges of the tree, at the
 * level of labels ("inter") and of motifs ("tree"), which share their row numbers; rows 0 .. B-1
 * there are the roots' of the batch's molecules. A row is written once; when a message is computed
 * anew it gets a new row, and whoever asks next reads that one.
 */
#ifndef MG_MODEL_MOTIF_INSIDE_H
#define MG_MODEL_MOTIF_INSIDE_H

#include "model/motif/motif.h"

/* ---- molecules that grow (steps.c) ---- */

typedef struct mg_grown_bond { /* directed; i ^ 1 is the other direction */
    int32_t from, to, next;    /* next: of those that come into `to` */
    int32_t row, slot;         /* latest row or -1; place in the step under way or -1 */
    uint8_t order, position;
    bool there;
} mg_grown_bond;
typedef struct mg_grown_node {
    int32_t motif, pair, parent, position;
    int32_t at, n_atoms; /* cluster, in members */
    int32_t down, up;    /* rows of the messages from and to the parent; -1 */
} mg_grown_node;
typedef struct mg_grown {                         /* room is made by mg_grown_reserve */
    int32_t n_atoms, n_bonds, n_nodes, n_members; /* n_bonds: directed */
    int32_t root;                                 /* row of the root's state */
    uint8_t *kinds;
    int32_t *first; /* [n_atoms] bonds that come in; -1 */
    int32_t *local; /* [n_atoms] row among the step's atoms */
    mg_grown_bond *bonds;
    mg_grown_node *nodes;
    int32_t *members;
    size_t cap_atoms[3], cap_bonds, cap_nodes, cap_members;
} mg_grown;
int32_t mg_grown_atom(mg_grown *g, int kind); /* -1: no memory */
/* Both directions; the first from a to b. */
int32_t mg_grown_bond_add(mg_grown *g, int32_t a, int32_t b, uint8_t order);
int32_t mg_grown_node_add(mg_grown *g, const int32_t *atoms, int32_t n);
void mg_grown_free(mg_grown *g);

/* ---- the lists of a step (steps.c) ---- */

typedef struct mg_ints { /* grows; zero-initialise */
    int32_t *v;
    size_t n, cap;
    bool failed;
} mg_ints;
void mg_ints_add(mg_ints *l, int32_t x);

typedef struct mg_step {
    /* bonds: first those that no other of the step comes into, then the others */
    int32_t n_loose, n_bound, bonds_at; /* bonds_at: row of the first */
    const int32_t *features;            /* [3 n] rows of the atom level's table */
    const int32_t *outer_at, *outer;    /* rows that come in from outside */
    const int32_t *late_at, *late;      /* [n_bound] rows of this step's loose ones */
    const int32_t *inner_at, *inner;    /* [n_bound] bound ones, from 0 */
    /* atoms of the clusters */
    int32_t n_atoms, atoms_at;                /* atoms_at: among all that were computed */
    const int32_t *kinds, *atom_at, *atom_in; /* rows that come in */
    /* nodes, one a molecule */
    int32_t n_nodes, nodes_at;
    const int32_t *motifs, *pairs, *cluster_at, *cluster, *node_at, *node_in;
    /* messages from nodes */
    int32_t n_messages, messages_at;
    const int32_t *senders, *labels, *message_at, *message_in;
} mg_step;

typedef struct mg_stepper { /* zero-initialise */
    mg_ints features[2], outer[2], outer_at[2], late, late_at, inner, inner_at, kinds, atom_at,
        atom_in, motifs, pairs, cluster_at, cluster, node_at, node_in, senders, labels, message_at,
        message_in;
    mg_ints bonds[2], owner[2]; /* of the step: loose, bound; their molecule */
    int32_t next_bond, next_atom, next_node, next_message; /* rows so far */
} mg_stepper;
/* What one molecule does in a step: node x is computed, and a message goes from it to y (-1:
 * nowhere; MG_UNDECIDED: one to a child that is not there yet, one to the parent if there is one).
 */
enum { MG_UNDECIDED = -2 };
typedef struct mg_moving {
    mg_grown *g;
    int32_t x, y;
    int32_t down, up; /* undecided: rows of the two, set by mg_step_make */
} mg_moving;
/* Lists for the moves of n molecules, in the memory of `to`; rows are given out. */
int mg_step_make(mg_stepper *s, mg_moving *moves, int64_t n, mg_arena *to, mg_step *out,
                 molglot_error *err);
/* All bonds among the atoms of a node are there from now on. */
void mg_grown_enter(mg_grown *g, int32_t node);
void mg_stepper_free(mg_stepper *s);

/* ---- the network (net.c) ---- */

typedef struct mg_unit {           /* of message passing */
    mg_tensor *x[4], *h[4], *b[4]; /* gates i, o, u and f: of the input, of the state */
    mg_tensor *label[4];           /* [positions, h]; NULL at the atom level, where x is a table */
    mg_tensor *out_f, *out_h, *out_b; /* the node's output */
} mg_unit;

struct mg_motif_vae {
    mg_motif_config c;
    mg_gin *gin;
    mg_lnorm norm;
    mg_dense graph_proj, pool_proj, mean, variance;
    mg_tensor *motif_rows, *pair_rows; /* E_c, E_i */
    mg_tensor *wc_e, *wc_h, *wc_b, *wi_e, *wi_h, *wi_b;
    mg_unit atom, inter, tree;
    struct mg_head {
        mg_tensor *v, *z, *b; /* of the vector, of the latent */
        mg_dense out;
    } topology, motif, pair;
    mg_tensor *match_v, *match_e, *match_p, *match_b;
    mg_dense assemble, root;
};

typedef struct mg_tables { /* of one pass */
    mg_tensor *bond_h, *bond_c, *bond_f;
    mg_tensor *inter_h, *inter_c, *inter_f, *tree_h, *tree_c, *tree_f;
    mg_tensor *atoms, *nodes; /* outputs: of atoms, of tree nodes */
} mg_tables;
/* Room for so many rows, and the roots' rows of z [B, latent]. */
bool mg_tables_make(mg_tape *t, const mg_motif_vae *m, mg_tensor *z, int64_t bonds, int64_t atoms,
                    int64_t nodes, int64_t messages, mg_tables *out);
bool mg_step_run(mg_tape *t, const mg_motif_vae *m, const mg_step *s, mg_tables *y);
/* relu(v + z of owner + b), then the head's output: rows of v [n, hidden], of_z [B, hidden] the
 * head's z part of all molecules. */
mg_tensor *mg_head_run(mg_tape *t, const struct mg_head *h, mg_tensor *v, mg_tensor *z,
                       const int32_t *owner, int64_t n);
/* Vectors of sites [n, latent]: of atoms [k] (rows of y->atoms) with anchors' pairs and positions
 * beside them, summed by site_at [n + 1]. An empty site gives the bias. */
mg_tensor *mg_sites_run(mg_tape *t, const mg_motif_vae *m, mg_tensor *atoms, const int32_t *rows,
                        const int32_t *pairs, const int32_t *positions, int64_t k,
                        const int32_t *site_at, int64_t n);
/* Row i times row owner[i] of z, summed: [n, 1]. */
mg_tensor *mg_scores_run(mg_tape *t, mg_tensor *sites, mg_tensor *z, const int32_t *owner,
                         int64_t n);

#endif
