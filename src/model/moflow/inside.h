/* inside.h - what the files of MoFlow share.
 *
 *   config.c    configuration          molecule.c  molecules as bytes, and back with repair
 *   bonds.c     the bond flow          atoms.c     the atom flow
 *   moflow.c    both, likelihood, soft graphs      reader.c    a soft graph's embedding
 */
#ifndef MG_MOFLOW_INSIDE_H
#define MG_MOFLOW_INSIDE_H

#include "model/moflow/moflow.h"

#define MG_MOFLOW_EPS      1e-5f
#define MG_MOFLOW_MOMENTUM 0.1f

typedef struct mg_actnorm {
    mg_tensor *shift, *log_scale; /* [1, width]: y = e^log_scale (x + shift) */
} mg_actnorm;
typedef struct mg_bnorm {
    mg_tensor *gamma, *beta, *mean, *var;
} mg_bnorm;

typedef struct mg_bond_flow {
    mg_actnorm norm;
    /* mix: y = W x, W = P (I + strict lower L) (diag e^log_diagonal + strict upper U). L and U
     * [1, C * C]; log_diagonal [1, C]; permutation [1, C]: row i of P has its 1 there */
    mg_tensor *permutation, *lower, *upper, *log_diagonal;
    float *inverse; /* [C, C] of W; made by prepare */
    mg_dense conv[3];
    mg_bnorm norms[2];
} mg_bond_flow;

typedef struct mg_atom_flow {
    mg_actnorm norm; /* [1, slots] */
    mg_dense edges;  /* [graph, 4 (T + 1)]: of each type of bond the types of atoms, then a bias */
    mg_dense hidden, last, out;
    mg_bnorm norms[3]; /* [1, 1]: of the row that changes, over molecules and channels */
} mg_atom_flow;

typedef struct mg_reader_layer {
    mg_tensor *bonds; /* [hidden, 3] */
    mg_dense up, down;
    mg_lnorm norm;
} mg_reader_layer;
typedef struct mg_reader {
    mg_dense atoms, out;
    mg_reader_layer *layers;
} mg_reader;

struct mg_moflow {
    mg_moflow_config c;
    mg_moflow_shape s;
    mg_tensor *log_variance; /* [1,1] v */
    mg_bond_flow *bonds;
    mg_atom_flow *atoms;
    mg_reader reader;
};

/* Terms of a log-determinant: [1,1] each, with its weight. */
typedef struct mg_logdet {
    mg_tensor **terms;
    float *weights;
    int n, cap;
} mg_logdet;

mg_tensor *mg_moflow_add(mg_params *p, const char *prefix, const char *leaf, int64_t rows,
                         int64_t cols, mg_init init, unsigned flags);
void mg_bnorm_init(mg_bnorm *b, mg_params *p, const char *name, int64_t width);
mg_tensor *mg_bnorm_forward(mg_tape *t, const mg_bnorm *b, mg_tensor *x);
void mg_logdet_add(mg_tape *t, mg_logdet *l, mg_tensor *term, double weight);
/* y = e^s (x + b), and x = e^-s y - b. by_row: the norm has a number for each of the rows of a
 * molecule (row r has r mod width), else one for each column. */
mg_tensor *mg_actnorm_forward(mg_tape *t, const mg_actnorm *a, mg_tensor *x, bool by_row);
mg_tensor *mg_actnorm_inverse(mg_tape *t, const mg_actnorm *a, mg_tensor *x, bool by_row);
/* Sets the norm so that x leaves it with mean 0 and deviation 1. */
void mg_actnorm_begin(mg_tape *t, const mg_actnorm *a, mg_tensor *x, bool by_row);
/* (x + t) sigmoid(u), and the mean of log sigmoid(u) into *mean_log; back: x (1 + e^-u) - t. */
mg_tensor *mg_couple(mg_tape *t, mg_tensor *x, mg_tensor *u, mg_tensor *shift,
                     mg_tensor **mean_log);
mg_tensor *mg_uncouple(mg_tape *t, mg_tensor *x, mg_tensor *u, mg_tensor *shift);
/* Columns of x in two halves, [rows, cols / 2] each. */
bool mg_halves(mg_tape *t, mg_tensor *x, mg_tensor *half[2]);
mg_tensor *mg_whole(mg_tape *t, mg_tensor *const half[2]);

/* ---- bonds.c ---- */
void mg_bond_flow_init(mg_bond_flow *f, mg_params *p, const mg_moflow *m, int number);
mg_tensor *mg_bond_flow_forward(mg_tape *t, const mg_moflow *m, int number, mg_tensor *x,
                                mg_logdet *l, bool begin);
mg_tensor *mg_bond_flow_inverse(mg_tape *t, const mg_moflow *m, int number, mg_tensor *x);
int mg_bond_flow_prepare(mg_bond_flow *f, int64_t channels, molglot_error *err);
/* ---- atoms.c ---- */
void mg_atom_flow_init(mg_atom_flow *f, mg_params *p, const mg_moflow *m, int number);
/* A, spread over the columns of `edges`, of the row that changes; one each. */
mg_tensor *mg_atom_flow_rows(mg_tape *t, const mg_moflow *m, mg_tensor *adjacency, int row);
mg_tensor *mg_atom_flow_forward(mg_tape *t, const mg_moflow *m, int number, mg_tensor *x,
                                mg_tensor *edges, mg_logdet *l, bool begin);
mg_tensor *mg_atom_flow_inverse(mg_tape *t, const mg_moflow *m, int number, mg_tensor *x,
                                mg_tensor *edges);
/* ---- reader.c ---- */
bool mg_reader_init(mg_reader *r, mg_params *p, const mg_moflow *m);

#endif
