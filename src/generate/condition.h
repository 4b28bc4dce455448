/* condition.h - what 3M-Diffusion's denoiser is told about a sentence (inside src/task): its unit
 * row in the aligned space, times the square root of the dimensions, so that its numbers have the
 * size of the latents' and of the unconditional condition's.
 *
 * A denoiser understands the space of one aligned model. Its file keeps how that model embeds one
 * sentence, the probe: another model is refused, whatever file it came in, and rounding is not.
 */
#ifndef MG_CONDITION_H
#define MG_CONDITION_H

#include "score/score.h"

/* out [n, dim of the embedder]. A text of which the model knows nothing gives a row of zeros and
 * told[i] = false: no condition. */
int mg_condition_texts(mg_embedder *e, const char *const *texts, size_t n, float *out, bool *told,
                       molglot_error *err);
/* The condition of the probe's sentence, [dim]. */
int mg_condition_probe(mg_embedder *e, float *out, molglot_error *err);
/* MOLGLOT_USAGE unless the embedder is the one that w's denoiser was trained with. */
int mg_condition_check(mg_embedder *e, const mg_writer_file *w, molglot_error *err);

#endif
