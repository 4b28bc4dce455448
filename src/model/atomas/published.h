/* published.h - Atomas as published (arXiv 2404.16880): one T5 v1.1 that reads texts and molecules,
 * contrast of the two (GA), alignment at three levels (HAA), and a decoder that writes one from the
 * other (LM):
 *
 *     loss = w_ga L_ga + w_haa L_haa + w_lm L_lm          (1, 1, 10)
 *
 * Parameters have the names of the reference's checkpoint: molt5.*, text_linear.*, t_ctm1.*, ..;
 * the momentum copies molt5_m.*, text_linear_m.*, smiles_linear_m.* and the queues text_queue,
 * smiles_queue are state that is saved and not trained. Formulas, shapes and quirks:
 * docs/models/atomas.md.
 */
#ifndef MG_ATOMAS_PUBLISHED_H
#define MG_ATOMAS_PUBLISHED_H

#include "model/atomas/align.h"
#include "model/t5/t5.h"

/* metadata of a file that molglot wrote: T5's configuration as JSON. Queues are [Q, d] there */
#define MG_ATOMAS_META "atomas.t5"

typedef enum { MG_ATOMAS_GENMOL = 0, MG_ATOMAS_GENTEXT, MG_ATOMAS_BOTH } mg_atomas_task;

typedef struct mg_atomas_config {
    mg_t5_config t5;
    mg_align_config align; /* dim: t5.d_model */
    int queue;             /* rows of each queue; 0: none */
    float momentum;        /* of the copies, each step */
    float w_ga, w_haa, w_lm;
    mg_atomas_task task;   /* BOTH: the mean of the two directions' L_lm */
    bool momentum_dropout; /* quirk 12: the copies run with dropout too */
} mg_atomas_config;
/* The publication's numbers for a T5, without the quirks of its code (quirks: with all of them). */
mg_atomas_config mg_atomas_published(const mg_t5_config *t5, bool quirks);

typedef struct mg_atomas mg_atomas;
/* Declares everything in p. NULL with err. Freed by mg_atomas_free, before p. */
mg_atomas *mg_atomas_new(mg_params *p, const mg_atomas_config *c, molglot_error *err);
void mg_atomas_free(mg_atomas *m);
const mg_t5 *mg_atomas_t5(const mg_atomas *m, bool momentum);
const mg_align *mg_atomas_align(const mg_atomas *m);
/* After mg_params_build, before attach: copies equal their originals, queues' rows are of length
 * 1. */
void mg_atomas_start(const mg_atomas *m);
/* After mg_params_build and mg_atomas_start, before attach: all parameters that a file of the
 * reference's names has (Lightning's checkpoint, with or without "state_dict." before the names),
 * queues turned round ([d, Q] there; not in a file with MG_ATOMAS_META). *pointer: where the queues
 * go on. What the file lacks keeps its value; *found counts what it has. No Atomas, or shapes that
 * differ: MOLGLOT_BAD_FILE. */
int mg_atomas_import(const mg_atomas *m, mg_params *p, const mg_tensor_file *f, size_t *found,
                     int64_t *pointer, molglot_error *err);

typedef struct mg_atomas_batch { /* n pairs; arrays live until the tape's reset */
    /* rows end in the end token; padded rows have `lengths` (quirks of section 17), packed ones
     * have not */
    mg_t5_rows text, smiles;
    const int32_t *groups; /* int32[n] or NULL: pairs that are no negatives of each other */
} mg_atomas_batch;
typedef struct mg_atomas_loss { /* [1,1] each */
    mg_tensor *total, *ga, *lm;
    mg_align_loss haa;
    mg_align_level text[MG_ALIGN_LEVELS], smiles[MG_ALIGN_LEVELS];
    mg_align_rows rows; /* of GA */
} mg_atomas_loss;
/* The copies take their step towards the model: once a training step, before its loss. */
void mg_atomas_follow(mg_tape *t, const mg_atomas *m);
/* The loss of a batch.
 *   record  the tape records what the model does (never what its copy does)
 *   at      the momentum rows enter the queues here, behind the loss, round the end; -1: they do
 * not false: the tape has failed. */
bool mg_atomas_loss_of(mg_tape *t, const mg_atomas *m, const mg_atomas_batch *b, bool record,
                       int64_t at, mg_atomas_loss *out);

#endif
