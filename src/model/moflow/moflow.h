/* moflow.h - MoFlow (Zang and Wang, 2020): a normalising flow over small molecular graphs, exact in
 * both directions. What MoMu's zero-shot generation optimises (docs/models/moflow.md).
 *
 * A molecule is n = slots places with one of T types each (elements, then "empty"), and for each
 * ordered pair of places one of 4 types of bond (single, double, triple, none), without charges,
 * hydrogens or stereo.
 *
 *   X [n, T] one-hot, A [n, n, 4] one-hot; x = X + noise U, a = A + noise U, U uniform in [0, 1)
 *   z_bonds = bond flow(a)        z_atoms = atom flow(x | A)
 *   log p = log N(z; 0, e^v) + log |det|
 */
#ifndef MG_MOFLOW_H
#define MG_MOFLOW_H

#include "base/toml/toml.h"
#include "chem/chem.h"
#include "nn/nn.h"

enum {
    MG_MOFLOW_SLOTS = 64, /* at most */
    MG_MOFLOW_TYPES = 24, /* elements and "empty", at most */
    MG_MOFLOW_BONDS = 4   /* single, double, triple, none */
};

/* What becomes of a drawn graph with too many bonds at an atom, or of several parts. */
typedef enum {
    MG_MOFLOW_AS_IS = 0, /* a molecule only where all valences hold and all atoms hang together */
    MG_MOFLOW_PART,      /* atoms with too many bonds are left out; of the rest the largest part */
    MG_MOFLOW_PUBLISHED  /* bonds of such atoms are lowered one by one; of the parts the longest
                            SMILES (docs/reference/momu.md 11.6) */
} mg_moflow_repair;

typedef struct mg_moflow_config {
    char name[64];
    char elements[64]; /* symbols with blanks between: "C N O F" */
    int slots;         /* n: heavy atoms at most */
    float noise;       /* of dequantisation */
    /* The bond flow: the n x n map becomes (n / squeeze)^2 places of 4 squeeze^2 channels. */
    int squeeze, bond_flows, bond_hidden;
    int bond_middle;         /* taps of the middle convolution, 1 or 3 a side */
    bool mix;                /* a 1x1 convolution in each flow; else odd flows swap the halves */
    mg_moflow_repair repair; /* of what is generated */
    int atom_flows, atom_graph, atom_hidden, atom_last; /* sizes of an atom flow's layers */
    /* The reader (reader.c): a graph encoder over soft graphs that answers in an aligned space; dim
     * 0: none. */
    int reader_dim, reader_hidden, reader_layers;
} mg_moflow_config;
mg_moflow_config mg_moflow_config_default(void); /* QM9's */
/* MOLGLOT_BAD_FILE when sizes are impossible. */
int mg_moflow_config_check(const mg_moflow_config *c, molglot_error *err);
int mg_moflow_config_from_toml(mg_toml *t, mg_moflow_config *out, molglot_error *err);
int mg_moflow_config_to_json(const mg_moflow_config *c, mg_str *out);
int mg_moflow_config_from_json(const char *json, mg_moflow_config *out, molglot_error *err);
/* Elements by atomic number into out[MG_MOFLOW_TYPES - 1]; how many, or -1: one is none. */
int mg_moflow_elements(const mg_moflow_config *c, int *out);

typedef struct mg_moflow mg_moflow;
/* Declares its parameters. NULL: no memory. c: checked. */
mg_moflow *mg_moflow_new(mg_params *p, const mg_moflow_config *c);
void mg_moflow_free(mg_moflow *m);
const mg_moflow_config *mg_moflow_get_config(const mg_moflow *m);

typedef struct mg_moflow_shape {
    int slots, types;           /* n, T */
    int64_t places, channels;   /* of the squeezed map: places x channels = 4 n^2 */
    int64_t atom_dim, bond_dim; /* numbers of a molecule's two latents: n T, 4 n^2 */
} mg_moflow_shape;
mg_moflow_shape mg_moflow_shape_of(const mg_moflow_config *c);

/* ---- molecules as bytes (molecule.c) ---- */

/* types[slots]: place in `elements`, T - 1 empty; bonds[slots * slots]: 0 single .. 3 none. Atoms
 * in the order of the canonical SMILES without stereo, in Kekule's form. False: the molecule cannot
 * be held (other elements, charges, radicals, isotopes, several parts, hydrogens that do not follow
 * from valences, too many atoms), or there is no memory. */
bool mg_moflow_encode(const mg_moflow_config *c, const mg_mol *m, uint8_t *types, uint8_t *bonds);

typedef struct mg_moflow_drawn {
    char *smiles;    /* malloc'ed, as drawn, not canonical; NULL: there is none */
    int atoms, kept; /* of the drawn graph; in smiles */
    bool whole;      /* it needed no repair */
} mg_moflow_drawn;
/* MOLGLOT_NO_MEMORY alone fails. */
int mg_moflow_decode(const mg_moflow_config *c, const uint8_t *types, const uint8_t *bonds,
                     mg_moflow_repair repair, mg_moflow_drawn *out, molglot_error *err);

/* ---- both directions (moflow.c) ---- */

typedef struct mg_moflow_batch {
    int64_t n;
    const float *bonds;     /* [n * places, channels] a, squeezed */
    const float *atoms;     /* [n * slots, T] x */
    const float *adjacency; /* [n * slots * slots, 4] A */
} mg_moflow_batch;
/* From bytes: noise by rng; NULL: the middle of its range. bonds, atoms and adjacency are written.
 */
void mg_moflow_fill(const mg_moflow_config *c, const uint8_t *types, const uint8_t *bonds,
                    mg_rng *rng, float *to_bonds, float *to_atoms, float *to_adjacency);

typedef struct mg_moflow_result {
    mg_tensor *atoms; /* [n * slots, T] z_atoms */
    mg_tensor *bonds; /* [n * places, channels] z_bonds */
    /* [1,1] log |det| of a molecule, means of the batch */
    mg_tensor *atom_logdet, *bond_logdet;
    mg_tensor *atom_bits, *bond_bits; /* [1,1] bits a dimension */
} mg_moflow_result;
mg_moflow_result mg_moflow_forward(mg_tape *t, const mg_moflow *m, const mg_moflow_batch *b);
/* Sets actnorm's shift and scale of every flow in turn, so that b leaves it with mean 0 and
 * deviation 1. After mg_params_build, before training, on the CPU. */
int mg_moflow_begin(mg_tape *t, mg_moflow *m, const mg_moflow_batch *b, molglot_error *err);

/* For the way back: inverts the 1x1 convolutions in double. Once parameters have their values, and
 * again when they changed. */
int mg_moflow_prepare(mg_moflow *m, molglot_error *err);
float mg_moflow_deviation(const mg_moflow *m); /* e^(v / 2) of the prior */

typedef enum {
    MG_MOFLOW_HARD = 0, /* bonds are the likeliest ones: as drawn */
    MG_MOFLOW_STRAIGHT, /* the same values, with the soft bonds' gradient */
    MG_MOFLOW_SOFT
} mg_moflow_bonds;
typedef struct mg_moflow_graph {
    mg_tensor *logits; /* [n * slots * slots, 4] symmetric: (h + h^T) / 2 */
    mg_tensor *bonds;  /* the same shape: A, hard or soft */
    mg_tensor *atoms;  /* [n * slots, T] x */
} mg_moflow_graph;
/* sharpness: soft bonds are softmax(sharpness * logits). */
mg_moflow_graph mg_moflow_inverse(mg_tape *t, const mg_moflow *m, mg_tensor *z_atoms,
                                  mg_tensor *z_bonds, mg_moflow_bonds how, float sharpness);
/* Rows of logits as rows that sum to 1, in one of the three ways. */
mg_tensor *mg_moflow_soften(mg_tape *t, mg_tensor *x, mg_moflow_bonds how, float sharpness);
/* The likeliest types and bonds of molecule i. */
void mg_moflow_read(const mg_moflow_config *c, const float *logits, const float *atoms, int64_t i,
                    uint8_t *types, uint8_t *bonds);

/* ---- the reader (reader.c) ---- */

/* atoms [n * slots, T] rows that sum to 1, bonds [n * slots * slots, 4]: unit rows
 * [n, reader_dim]. */
mg_tensor *mg_moflow_embed(mg_tape *t, const mg_moflow *m, mg_tensor *atoms, mg_tensor *bonds);
/* The same rows of n molecules as bytes (types and bonds of a molecule `stride` bytes behind those
 * of the one before), about five times as fast: only atoms and bonds that are there are looked at.
 */
mg_tensor *mg_moflow_embed_bytes(mg_tape *t, const mg_moflow *m, const uint8_t *types,
                                 const uint8_t *bonds, size_t stride, int64_t n);

#endif
