/* copy.h - the writer's copying from molecule 0 of its input, or from caption 0 (inside src/model).
 */
#ifndef MG_WRITER_COPY_H
#define MG_WRITER_COPY_H

#include "model/writer/align.h"
#include "model/writer/writer.h"

typedef struct mg_copy {
    mg_tensor *next;  /* [tokens, encoder.hidden] C; NULL: the model does not copy */
    mg_tensor *look;  /* [decoder.hidden, encoder.hidden] Wc */
    mg_tensor *agree; /* [MG_COPY_AGREE + 1, decoder.hidden] A */
    /* of captions; words NULL: none. words: the decoder's table, borrowed; say [encoder.hidden,
     * decoder.hidden] */
    mg_tensor *words, *say, *word_look, *word_agree;
} mg_copy;
enum { MG_COPY_AGREE = 7 }; /* longer agreements count as this one */

/* words: the decoder's second table, or NULL. */
void mg_copy_declare(mg_copy *m, mg_params *p, const mg_writer_config *c, mg_tensor *words);
/* Encoder states of the input plus what comes next. */
mg_tensor *mg_copy_memory(mg_tape *t, const mg_copy *m, const mg_writer_config *c,
                          mg_tensor *states, const mg_writer_input *in);

/* Places of n sequences that are being written, each in its sequence of an input; from the tape's
 * arena. */
typedef struct mg_copier {
    int64_t n;
    mg_aligner *at; /* [n] */
    int32_t *first; /* [n] context row of the <s> of what is copied; -1: nothing is */
    bool words;     /* from caption 0, not from molecule 0 */
    int32_t end;    /* what comes behind the last token */
} mg_copier;
/* What comes next at the place of sequence i; -1: nothing is copied. */
int32_t mg_copier_next(const mg_copier *k, int64_t i);
/* Logits of pieces [decoder.words]: adds the probability of mg_writer_copy to that of the piece
 * which it stands for, `next` (-1: none); its own becomes -infinity. */
void mg_copy_fold(const mg_writer_config *c, int32_t next, float *logits);
/* source [n]: the sequence of the context that each reads (NULL: n = in->n, its own). */
mg_copier *mg_copier_start(mg_tape *t, const mg_writer_config *c, const mg_context *context,
                           const int32_t *source, int64_t n, bool words);
/* Goes on with sequences kept[0] < kept[1] < .. of those there are. */
void mg_copier_keep(mg_copier *k, const int32_t *kept, int64_t n);
/* What stands beside the next token of every sequence. */
mg_decoder_beside mg_copier_beside(mg_tape *t, const mg_copy *m, const mg_copier *k,
                                   mg_tensor *context);
/* What stands beside every token of the targets. */
mg_decoder_beside mg_copy_beside(mg_tape *t, const mg_copy *m, const mg_writer_config *c,
                                 const mg_context *context, const mg_writer_target *target);

/* For every token of targets that are captions, what comes next at its place, -1: nothing is
 * copied; the tape's. */
const int32_t *mg_copy_next(mg_tape *t, const mg_writer_config *c, const mg_context *context,
                            const mg_writer_target *target);

/* writer.c: NULL when the model does not copy. */
const mg_copy *mg_writer_copying(const mg_writer *m);

#endif
