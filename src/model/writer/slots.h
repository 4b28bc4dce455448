/* slots.h - latents that speak of some tokens each, in order (inside src/model). */
#ifndef MG_WRITER_SLOTS_H
#define MG_WRITER_SLOTS_H

#include "model/writer/writer.h"

/* What a writer with latent_tokens = R > 0 has instead of queries. */
typedef struct mg_slots {
    mg_dense squeeze, widen; /* R hidden -> latent_dim, latent_dim -> R hidden */
    mg_tensor *places;       /* [K R, hidden] */
    mg_tensor *look;         /* [decoder.hidden, hidden] */
} mg_slots;

void mg_slots_declare(mg_slots *m, mg_params *p, const mg_writer_config *c);
/* Encoder states of the input to latents before they are scaled, [n*K, latent_dim]. */
mg_tensor *mg_slots_squeeze(mg_tape *t, const mg_slots *m, const mg_writer_config *c,
                            mg_tensor *states, const mg_writer_input *in);
/* Latents to context rows [n*K*R, hidden], without their packing. */
mg_tensor *mg_slots_widen(mg_tape *t, const mg_slots *m, const mg_writer_config *c,
                          mg_tensor *latents);
/* Hints for every token of the targets [tokens, decoder.hidden], and for the tokens at one place of
 * n sequences, which read the context's sequences source[i] (NULL: their own). */
mg_tensor *mg_slots_hints(mg_tape *t, const mg_slots *m, const mg_writer_config *c,
                          mg_tensor *context, const mg_writer_target *target);
mg_tensor *mg_slots_hints_at(mg_tape *t, const mg_slots *m, const mg_writer_config *c,
                             mg_tensor *context, int32_t place, const int32_t *source, int64_t n);

/* writer.c: NULL when the model has none. */
const mg_slots *mg_writer_slots(const mg_writer *m);

#endif
