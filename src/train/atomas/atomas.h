/* atomas.h - what the files of task = "atomas" share.
 *
 *   kind.c       the train_kind
 *   pack.c       rows packed for the model
 *   start.c      a trained writer to begin with
 *   graph.c      vectors of the molecules that captions describe
 *   validate.c   losses of both directions, molecules written
 */
#ifndef MG_TRAIN_ATOMAS_H
#define MG_TRAIN_ATOMAS_H

#include "model/bundle/bundle.h"
#include "train/writer/writer.h"

typedef struct atomas_micro {   /* of a batch */
    train_rows molecules, told; /* texts to molecules; molecules to captions */
    /* of pairs that both directions read alone: their sequences in either, what they share, rows */
    int32_t *pure, *pure_told, *groups, n_pure;
    int64_t *rows;
    float *vectors; /* with a graph row: of told's rows [n][space] */
} atomas_micro;

typedef struct atomas_task {
    train_task t;
    mg_writer_config model;
    char init_file[TRAIN_MAX_PATH]; /* "": none */
    bool told_source[TRAIN_MAX_SOURCES];
    bool *told; /* [rows with a text] whether a row's text is a caption to be written */
    float alone, molecules, fresh, captions, contrast, align, smoothing;
    train_memory memory;
    train_validation validation;
    train_space space;            /* of the graph row */
    char space_sha256[65];        /* "": there is none */
    float *held_out_vectors;      /* [rows of validation][space] */
    double told_loss, told_alone; /* of validation: captions with memory, without */
    mg_bundle *init_bundle;
    const mg_writer_part *init; /* the model of init.file */
    mg_str init_words;          /* its word pieces as text */
    char init_sha256[65];       /* of that file; "": none */
    mg_writer *writer;
    train_rows held_out; /* of validation */
} atomas_task;

typedef struct atomas_read { /* one row, in one direction */
    const mg_corpus *from;
    int64_t row;
    bool caption;          /* its caption is written, not its molecule */
    const int32_t *near;   /* rows of the training corpus; NULL: it is read alone */
    const int32_t *places; /* [memory.k] in near; -1: not read */
    const float *vector;   /* of a caption's molecule, with a graph row */
} atomas_read;
int atomas_pack(const atomas_task *w, const atomas_read *r, train_rows *p, molglot_error *err);

/* kind.c: the sizes of the model's vocabularies follow from the data */
int atomas_fit_model(atomas_task *w, molglot_error *err);

/* start.c */
/* Opens init.file: its vocabularies are this run's. */
int atomas_init_open(atomas_task *w, molglot_error *err);
/* After build: the parameters that it has, rows of positions moved to where they now stand. */
int atomas_init_copy(atomas_task *w, molglot_error *err);

/* graph.c */
/* [graph], where model.graph_row asks for it. */
int atomas_graph_read(mg_toml *recipe, atomas_task *w, molglot_error *err);
/* Opens graph.model, and sets model.space. Before the model is checked. */
int atomas_graph_open(atomas_task *w, molglot_error *err);
/* Vectors of the held-out rows. */
int atomas_graph_start(atomas_task *w, molglot_error *err);
/* Vectors of those rows of a batch whose captions are written, into p->vectors. */
int atomas_graph_batch(const atomas_task *w, const train_span *s, atomas_micro *p,
                       molglot_error *err);
void atomas_graph_close(atomas_task *w);

/* validate.c: for the train_kind */
int atomas_validate(train_task *t, train_verdict *out, molglot_error *err);
void atomas_scores(const train_task *t, struct json_t *to);

#endif
