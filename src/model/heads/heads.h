/* heads.h - properties from what a molecule is: several small networks (members), trained from
 * different values at the start, whose answers are averaged. Their spread says how sure they are.
 *
 * What a member reads (channels; docs/predict.md):
 *   fingerprint   bits columns: counts of substructures (chem/features), hash mod bits
 *   descriptors   groups columns: how often a named group is there; numbers columns: weight, logP
 * ... space         space columns: the embedding of an aligned space, which is not trained graph
 * GIN over atoms and bonds, trained with the rest; mean of the atoms' states
 */
#ifndef MG_MODEL_HEADS_H
#define MG_MODEL_HEADS_H

#include "base/bags.h"
#include "base/toml/toml.h"
#include "chem/chem.h"
#include "nn/nn.h"

enum { MG_HEADS_MEMBERS = 16, MG_HEADS_TASKS = 4096 };
typedef enum { MG_HEADS_CLASSES = 0, MG_HEADS_NUMBERS = 1 } mg_heads_task;

typedef struct mg_heads_config {
    char name[64];
    mg_heads_task task; /* "classification" | "regression" */
    int tasks;          /* columns that are predicted */
    int members, hidden;
    bool linear; /* a linear path beside the hidden layer; hidden 0: it alone */
    float dropout;
    /* trees of each task beside the members, 0: none; their share of the answer; least rows of a
     * leaf */
    int forest_trees, forest_leaf;
    float forest_share;
    bool ridge;        /* a linear voice beside both: a linear model held by its squares */
    float ridge_share; /* of the answer; the others share what it leaves */
    char channels[64]; /* names with commas between them */
    char families[32]; /* of the fingerprint, as mg_mol_features has them */
    int bits, groups, numbers, space;
    /* GIN; layers 0: no such channel */
    int graph_layers, graph_dim;
    mg_feat_kind graph_features;
    bool graph_layer_norm, graph_residual;
} mg_heads_config;

mg_heads_config mg_heads_config_default(void);
/* MOLGLOT_BAD_FILE when sizes make no sense together. */
int mg_heads_config_check(const mg_heads_config *c, molglot_error *err);
/* Keys of [model]; channels, tasks and the columns of channels are the trainer's to fill in. */
int mg_heads_config_from_toml(mg_toml *t, mg_heads_config *out, molglot_error *err);
int mg_heads_config_to_json(const mg_heads_config *c, mg_str *out);
int mg_heads_config_from_json(const char *json, mg_heads_config *out, molglot_error *err);
bool mg_heads_has(const mg_heads_config *c, const char *channel);
static inline int mg_heads_sparse(const mg_heads_config *c) { return c->bits + c->groups; }
static inline int mg_heads_dense(const mg_heads_config *c) { return c->numbers + c->space; }

/* Molecules as the members read them. */
typedef struct mg_heads_batch {
    int64_t n;
    /* ids 0 .. bits-1: substructures, then groups; weights log(1 + count); n = 0: none */
    mg_bags sparse;
    const float *dense; /* [n, numbers + space], standardised; NULL: none */
    mg_mol_batch mol;   /* graphs; n = 0: none */
} mg_heads_batch;

/* Trees over the sparse and the dense columns (forest.c). */
typedef struct mg_forest {
    int32_t trees, n;       /* of each task; nodes */
    int32_t *root;          /* [tasks * trees] */
    int32_t *column, *left; /* [n] column -1: a leaf; above the cut: left + 1 */
    float *cut, *value;     /* [n] */
} mg_forest;
int mg_forest_check(const mg_forest *f, const mg_heads_config *c, molglot_error *err);
/* out [n, tasks]: logits, or numbers, as the members' answers are. */
int mg_forest_ask(const mg_forest *f, const mg_heads_config *c, const mg_heads_batch *b, float *out,
                  molglot_error *err);
void mg_forest_free(mg_forest *f);

/* Beside the members, what the head knows of its rows: parameters that are not trained. */
typedef struct mg_heads {
    mg_heads_config c;
    mg_tensor *mean, *scale;           /* [1, numbers + space] of the dense columns; or NULL */
    mg_tensor *task_mean, *task_scale; /* [1, tasks] of the targets; 0 and 1 for classes */
    /* [1, tasks] calibration. Classes: p = sigmoid(a z + b), z the mean of the members' logits.
     * Numbers: the variance is a v + b, v that of the members, both in units of task_scale^2. */
    mg_tensor *a, *b;
    struct mg_heads_member *member; /* [members] */
    mg_forest forest;               /* trees 0: none; freed with the head */
    /* The linear voice [sparse, tasks], [tasks, dense], [1, tasks]: fitted, not trained with the
     * members. speaks: it is asked (from its fit on). */
    struct {
        mg_tensor *table, *numbers, *bias;
        bool speaks;
    } ridge;
} mg_heads;
/* Declares its parameters: member.K.table, .dense, .out, .linear, .graph. NULL: no memory. */
mg_heads *mg_heads_new(mg_params *p, const mg_heads_config *c);
void mg_heads_free(mg_heads *m);
/* Member k's answers [n, tasks]: logits, or numbers less task_mean over task_scale. */
mg_tensor *mg_heads_forward(mg_tape *t, const mg_heads *m, int k, const mg_heads_batch *b);
/* The linear voice's answers [n, tasks], in the same units. */
mg_tensor *mg_heads_ridge(mg_tape *t, const mg_heads *m, const mg_heads_batch *b);

/* What a batch should come out as. All arrays live until the tape's reset. */
typedef struct mg_heads_targets {
    const int32_t *classes; /* [n, tasks] 0, 1; -1: a gap */
    const float *weights;   /* [n, tasks] of classes; NULL: 1 */
    const float *values;    /* [n, tasks] numbers in units of the answers; 0 in a gap */
    const float *known;     /* [n, tasks] 1, in a gap 0 */
    int64_t n_known;
} mg_heads_targets;
/* Mean over what is known [1,1]: binary cross-entropy of sigmoid(y), or squared error. */
mg_tensor *mg_heads_loss(mg_tape *t, const mg_heads *m, mg_tensor *y, const mg_heads_targets *want);

#endif
