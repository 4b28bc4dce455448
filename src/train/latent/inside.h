/* inside.h - a trained writer whose latents are learnt: what the two kinds of this folder share.
 *
 *   flow_matching.c   task = "flow"        denoiser.c   task = "diffusion"
 *   latents.c         the writer's file, latents of all molecules, the model file
 */
#ifndef MG_TRAIN_LATENT_H
#define MG_TRAIN_LATENT_H

#include "model/bundle/bundle.h"
#include "train/inside.h"
#include "train/writer/writer.h"

typedef struct train_latents { /* zero-initialise */
    char path[TRAIN_MAX_PATH]; /* writer.file */
    mg_bundle *bundle;         /* opened from it */
    const mg_writer_part *file;
    char sha256[65];  /* digest of that part */
    mg_str wordpiece; /* its vocabulary as text; empty without */
    /* numbers that are learnt of a molecule's latents: K * latent_dim, or the aligned part alone */
    int64_t each;
    /* [different molecules of the corpus][each]; [rows of a set][each] */
    float *molecules, *held_out;
} train_latents;
/* Loads l->path, and has the corpus read with its tokens. */
int train_latents_open(train_latents *l, train_task *t, molglot_error *err);
/* Of all molecules of the corpus, and of a set, where it has a name. space: of a writer of aligned
 * latents, else NULL. */
int train_latents_encode_corpus(train_latents *l, train_task *t, const train_space *space,
                                molglot_error *err);
int train_latents_encode_held_out(train_latents *l, train_task *t, const train_held_out *s,
                                  const train_space *space, molglot_error *err);
/* Vectors [n][space] as aligned latents have them, out [n][each]. */
int train_latents_turn(const train_latents *l, mg_tape *tape, const float *vectors, int64_t n,
                       float *out, molglot_error *err);
const float *train_latents_of(const train_latents *l, const train_task *t, int64_t row);
/* Context of given latents z [n][each], on a tape that is reset. */
mg_context train_latents_context(const train_latents *l, mg_tape *t, const float *z, int64_t n);
/* Writer, m, and the hashes of what either was trained on; vocab: of word pieces, or NULL. */
int train_latents_save(const train_latents *l, const train_task *t, const mg_latent_model *m,
                       const char *vocab, size_t vocab_bytes, const char *path, molglot_error *err);
void train_latents_close(train_latents *l);

#endif
