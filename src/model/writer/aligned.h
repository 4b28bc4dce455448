/* aligned.h - latents that are a molecule's vector of an aligned space and a remainder from its
 * graph (inside src/model; aligned.c says what they are). */
#ifndef MG_WRITER_ALIGNED_H
#define MG_WRITER_ALIGNED_H

#include "model/writer/align.h"
#include "model/writer/bonds.h"
#include "model/writer/writer.h"

typedef struct mg_aligned {
    mg_tensor *basis; /* [aligned, space] frozen: directions of the space */
    mg_gin *gin;
    mg_tensor *tokens;            /* [tokens, hidden] */
    mg_dense squeeze;             /* R hidden -> latent_dim */
    mg_lnorm unit;                /* frozen 1 and 0 */
    mg_dense meaning, rows, look; /* aligned -> wide; wide -> A hidden; wide -> decoder */
    mg_dense widen;               /* latent_dim -> hidden */
    mg_tensor *places;            /* [latents, hidden] */
    mg_dense next;                /* latent_dim -> R decoder.hidden */
    mg_tensor *agree, *draft;     /* [MG_ALIGNED_AGREE + 1, decoder.hidden], [1, the same] */
    mg_grammar grammar;
} mg_aligned;
enum { MG_ALIGNED_AGREE = 7 /* longer agreements count as this one */ };

bool mg_aligned_declare(mg_aligned *m, mg_params *p, const mg_writer_config *c);
void mg_aligned_free(mg_aligned *m);

/* Tokens of the aligned part, of the remainder. */
static inline int mg_aligned_first(const mg_writer_config *c) { return c->aligned / c->latent_dim; }
static inline int mg_aligned_slots(const mg_writer_config *c) {
    return c->latents - mg_aligned_first(c);
}

/* Vectors of the space [n, space] in the basis, sqrt(aligned) long [n, aligned]; zeros stay. */
mg_tensor *mg_aligned_turn(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                           const float *vectors, int64_t n);
/* Latents [n*K, latent_dim] of inputs, without noise. */
mg_tensor *mg_aligned_latents(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                              const mg_writer_input *in);
/* Context of latents. */
mg_context mg_aligned_context(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                              mg_tensor *latents);

/* Where each of n sequences that are being written stands in what the remainder says. */
typedef struct mg_follow mg_follow;
typedef struct mg_follower {
    int64_t n;
    mg_follow *at;
} mg_follower;
/* in: of the context, or NULL; source [n]: the context's sequence of each, NULL: its own. */
mg_follower *mg_follower_start(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                               const mg_writer_input *in, const int32_t *source, int64_t n);
void mg_follower_push(const mg_aligned *m, const mg_writer_config *c, mg_follower *f, int64_t i,
                      int32_t token);
/* Goes on with sequences kept[0] < kept[1] < .. of those there are. */
void mg_follower_keep(mg_follower *f, const int32_t *kept, int64_t n);
/* What stands beside the next token of every sequence; of all tokens of the targets. */
mg_tensor *mg_follower_hints(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                             const mg_follower *f, const mg_context *context);
mg_tensor *mg_aligned_hints(mg_tape *t, const mg_aligned *m, const mg_writer_config *c,
                            const mg_context *context, const mg_writer_target *target);

/* writer.c: NULL when the model has none. */
const mg_aligned *mg_writer_aligned(const mg_writer *m);

#endif
