/* inside.h - molecules as MoFlow's bytes, for its two kinds of training. */
#ifndef MG_TRAIN_MOFLOW_INSIDE_H
#define MG_TRAIN_MOFLOW_INSIDE_H

#include "model/moflow/moflow.h"
#include "train/inside.h"

typedef struct train_sketches {
    int64_t n, read, slots; /* molecules that the flow can hold; lines read */
    uint8_t *bytes;         /* [n, slots + slots^2]: types, then bonds */
    char sha256[65];        /* of what they are made of */
} train_sketches;
/* Reads a list of SMILES, or what an earlier run left in the folder. limit 0: all lines. */
int train_sketches_open(train_sketches *s, train_task *t, const mg_moflow_config *c,
                        const char *path, int64_t limit, molglot_error *err);
/* Fisher and Yates. */
void train_shuffle(int64_t *rows, int64_t n, mg_rng rng);
void train_sketches_free(train_sketches *s);
const uint8_t *train_sketch_types(const train_sketches *s, int64_t i);
const uint8_t *train_sketch_bonds(const train_sketches *s, int64_t i);

#endif
