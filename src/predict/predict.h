/* predict.h - properties of molecules: what a head reads of a molecule (inputs.c, numbers.c), a
 * head applied to rows (predictor.c), and which training rows are near (domain.c). docs/predict.md.
 */
#ifndef MG_PREDICT_H
#define MG_PREDICT_H

#include "chem/facts/facts.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

/* ---- numbers.c: the dense columns of the channel descriptors ---- */
int mg_predict_numbers(void);         /* how many a new head reads */
int mg_predict_numbers_known(void);   /* with those, behind them, that old heads alone read */
const char *mg_predict_number(int i); /* their names */
/* all that are known, of a molecule and its facts, compressed: sign(x) log(1 + |x|) */
int mg_predict_numbers_of(const mg_mol *m, const mg_facts *f, float *out, molglot_error *err);

/* ---- inputs.c: molecules as a head reads them ---- */
enum { MG_DOMAIN_BITS = 512, MG_DOMAIN_BYTES = MG_DOMAIN_BITS / 8 };

/* How molecules are read. One thread of control uses it at a time. */
typedef struct mg_inputs_reader {
    mg_heads_config c;
    mg_groups *groups;
    int32_t *column;       /* [groups of the dictionary]: which column it is; -1: none */
    int *number;           /* [c.numbers] which number of this build */
    mg_embedder *embedder; /* of the channel space, or NULL */
    int threads;
} mg_inputs_reader;
/* group_names [c->groups], number_names [c->numbers]: of the columns; groups and numbers that are
 * not known to this build: a group stays 0, a number is MOLGLOT_BAD_FILE. space: of the channel
 * space, outlives the reader; NULL: there is no such channel. */
int mg_inputs_reader_open(mg_inputs_reader *r, const mg_heads_config *c,
                          const char *const *group_names, const char *const *number_names,
                          const mg_space_part *space, const char *device, int threads,
                          molglot_error *err);
void mg_inputs_reader_close(mg_inputs_reader *r);

typedef struct mg_molecule_input {
    int32_t n, *ids; /* of sparse columns, ascending */
    float *weights;
    mg_graph graph;
} mg_molecule_input;
typedef struct mg_inputs {
    size_t n;
    mg_molecule_input *rows;    /* [n] */
    float *dense;               /* [n, numbers + space] as computed */
    uint8_t *bits;              /* [n, MG_DOMAIN_BYTES] */
    molglot_row_status *status; /* [n]; a refused row has nothing */
} mg_inputs;
/* smiles[i] NULL or refused: its status says why. Free it with mg_inputs_free. */
int mg_inputs_read(const mg_inputs_reader *r, const char *const *smiles, size_t n, mg_inputs *out,
                   molglot_error *err);
void mg_inputs_free(mg_inputs *in);
/* Rows rows[n] (NULL: the first n) as a batch whose arrays lie in the arena. mean, scale [dense]:
 * columns are standardised by them, and kept within 6. keep: entries of the fingerprint stay with
 * that probability, drawn by key; 1: all. */
int mg_inputs_batch(const mg_inputs *in, const mg_heads_config *c, const int64_t *rows, int64_t n,
                    const float *mean, const float *scale, float keep, uint64_t key,
                    mg_arena *arena, mg_heads_batch *out, molglot_error *err);

/* ---- domain.c ---- */
/* The nearest of n fingerprints of MG_DOMAIN_BYTES; -1 when n is 0. *similarity: Tanimoto. leave:
 * a row that does not count, or -1. */
int32_t mg_domain_nearest(const uint8_t *rows, int32_t n, const uint8_t *bits, int32_t leave,
                          float *similarity);
/* Which of n rows to keep where `most` have room: those first that are farthest from all that are
 * kept (of a sample), so that no region is without one. kept [most] ascending; returns how many. */
int32_t mg_domain_choose(const uint8_t *rows, int32_t n, int32_t most, int32_t *kept);

/* ---- predictor.c ---- */
typedef struct mg_predictor mg_predictor;
typedef struct mg_predictor_options {
    const char *device; /* NULL: "cpu" */
    int threads;        /* 0: OpenMP's default */
    mg_bundle *space;   /* whose space the channel space reads; NULL: none is there */
} mg_predictor_options;
/* heads outlives it. MOLGLOT_BAD_FILE where it reads a space that is not there or another one. */
mg_predictor *mg_predictor_new(const mg_heads_part *heads, const mg_predictor_options *o,
                               molglot_error *err);
void mg_predictor_free(mg_predictor *p);
typedef struct mg_prediction {
    size_t n;
    int tasks;
    float *values, *spread;     /* [n, tasks] */
    float *similarity;          /* [n] to the nearest training row that the head knows */
    int32_t *nearest;           /* [n] its number in heads->smiles; -1: none */
    molglot_row_status *status; /* [n] */
} mg_prediction;
/* Free it with mg_prediction_free. */
int mg_predict_smiles(mg_predictor *p, const char *const *smiles, size_t n, mg_prediction *out,
                      molglot_error *err);
void mg_prediction_free(mg_prediction *p);

/* The mean of the members' answers and the variance between them, both [n, tasks], of a batch. */
int mg_heads_ask(mg_tape *t, const mg_heads *m, const mg_heads_batch *b, float *mean,
                 float *variance, molglot_error *err);
/* A further voice f [all] with its share s of the answer. */
void mg_heads_mix(size_t all, const float *f, float s, float *mean, float *variance);
/* As people read them: probabilities with the members' spread of them, or numbers with their
 * standard deviation. In place. */
void mg_heads_calibrate(const mg_heads *m, size_t n, float *mean, float *variance);

#endif
