/* writer.h - the parts of the writer's, the flow's and the denoiser's training (task =
 * "writer", "flow" and "diffusion").
 *
 *   config.c   recipe -> train_writer_config                 kind.c    task = "writer": the
 *                    train_kind
 *   rows.c     rows packed for the model              step.c     its optimiser step
 *   batches.c  what is in a batch of the writer       latent/flow_matching.c     task = "flow": the
 *                                        train_kind and its step
 *   neighbours.c   nearest molecules of a text            latent/denoiser.c  task = "diffusion":
 *                    the same
 *   validate.c     validation: what greedy sampling writes    latent/latents.c  the trained writer
 *                    that both of them need
 */
#ifndef MG_TRAIN_WRITER_H
#define MG_TRAIN_WRITER_H

#include "base/toml/toml.h"
#include "data/data.h"
#include "model/bundle/bundle.h"
#include "model/latent/latent.h"
#include "model/writer/writer.h"
#include "train/inside.h"

/* ---- recipe ---- */
/* Strings belong to the recipe unless they are arrays here. */
typedef struct train_writer_config {
    train_sources sources;
    mg_corpus_source corpus_sources[TRAIN_MAX_SOURCES];
    mg_corpus_config corpus;
    char exclude[TRAIN_MAX_PATH], wordpiece[TRAIN_MAX_PATH], cache[TRAIN_MAX_PATH];
    float smoothing; /* of the cross-entropy */

    mg_writer_config writer;        /* task = "writer" */
    char init_file[TRAIN_MAX_PATH]; /* a trained writer to go on from; "": none */
    /* shares: rows with a text that read their molecule; molecules read in a random order */
    float rebuild, randomise;
    char memory_model[TRAIN_MAX_PATH]; /* "": none */
    /* so many, drawn from so many nearest ones; validation reads the nearest */
    int memory_k, memory_among;
    float memory_keep; /* each is read with this probability */

    char writer_file[TRAIN_MAX_PATH];  /* task = "flow" and task = "diffusion" */
    int draws;                         /* noises and times for each row of a step */
    float text_drop;                   /* share of sentences replaced by "no sentence" */
    mg_flow_matching_config flow;      /* task = "flow" */
    mg_flow_matching_options sampling; /* while validating */

    mg_mlp_denoiser_config denoiser; /* task = "diffusion" */
    /* the aligned model whose text rows are its condition */
    char condition_model[TRAIN_MAX_PATH];
    mg_ddim_options ddim; /* while validating */

    char pairs[TRAIN_MAX_PATH], molecules[TRAIN_MAX_PATH]; /* validation; "" for none */
    int64_t limit, sample; /* rows read of each; rows of them that are sampled */
} train_writer_config;
int train_writer_config_read_writer(mg_toml *t, train_common *common, train_writer_config *c,
                                    molglot_error *err);
int train_writer_config_read_flow(mg_toml *t, train_common *common, train_writer_config *c,
                                  molglot_error *err);
int train_writer_config_read_diffusion(mg_toml *t, train_common *common, train_writer_config *c,
                                       molglot_error *err);

/* ---- rows for the model ---- */
/* rows that go through it at once; zero-initialise, may be used again and again */
typedef struct train_rows {
    mg_writer_packer input;
    mg_writer_target target;
    int32_t *offsets, *ids, *positions, *next; /* behind target */
    int64_t room_rows, room_tokens;
    int32_t *wide;
    int64_t room_wide; /* one text or molecule as the packer takes it */
    float *noise;
    int64_t room_noise;
} train_rows;
void train_rows_reset(train_rows *p, const mg_writer_config *c);
int train_rows_text(train_rows *p, const int32_t *ids, int32_t n, molglot_error *err);
int train_rows_molecule(train_rows *p, int k, const uint16_t *ids, int32_t n, molglot_error *err);
/* Ends a row with its target <s> ids </s>; without one when ids is NULL. */
int train_rows_row(train_rows *p, const uint16_t *ids, int32_t n, molglot_error *err);
/* n standard normal numbers into p->noise. */
int train_rows_noise(train_rows *p, mg_rng rng, int64_t n, molglot_error *err);
int64_t train_rows_tokens(const train_rows *p); /* of the targets */
void train_rows_free(train_rows *p);

/* ---- nearest molecules ---- */
typedef struct train_neighbours train_neighbours;
struct train_held_out;
/* The molecules of the corpus' rows with a text, in the space of an aligned model. */
train_neighbours *train_neighbours_open(const char *model, const mg_corpus *c, const char *device,
                                        int threads, molglot_error *err);
/* *near: malloc'ed [rows with a text of `texts`][k], rows of the corpus that was opened, nearest
 * molecule first; -1: none. own: `texts` is that corpus itself, and a row's own molecule is left
 * out. */
int train_neighbours_find(train_neighbours *m, const mg_corpus *texts, bool own, int k,
                          int32_t **near, molglot_error *err);
void train_neighbours_close(train_neighbours *m);
/* What a recipe's [memory] asks for, or nothing: *near [rows with a text][memory_among] of the
 * training corpus, and held_out->near [n][memory_k]. */
int train_neighbours_find_all(train_task *t, const train_writer_config *c, const mg_corpus *corpus,
                              struct train_held_out *held_out, int32_t **near, molglot_error *err);

/* ---- validation ---- */
typedef struct train_held_out_scores {   /* of one set */
    double loss;                         /* mean over tokens; of the flow: over latents */
    int64_t sampled, valid, exact, flat; /* flat: exact but for stereo */
    int64_t small, small_exact;          /* of molecules under 30 heavy atoms */
} train_held_out_scores;
typedef struct train_held_out {
    const char *name; /* NULL: there is no such set */
    mg_corpus *rows;
    int64_t n;     /* of its rows, the first ones */
    int32_t *near; /* [n][k] memory molecules, rows of the training corpus; or NULL */
    train_held_out_scores scores;
} train_held_out;
enum {
    TRAIN_HELD_OUT_SETS = 2,
    TRAIN_HELD_OUT_ROWS = 64 /* at once */,
    TRAIN_NEIGHBOURS_MOST = 8,
    TRAIN_NEIGHBOURS_AMONG = 48
};
/* Opens what the recipe names: sets[0] sentences ("text"), sets[1] molecules to rebuild
 * ("rebuild"), with the training corpus' vocabularies. */
int train_held_out_open_all(train_held_out sets[TRAIN_HELD_OUT_SETS], const train_writer_config *c,
                            const mg_corpus *training, bool texts, bool rebuild,
                            molglot_error *err);
void train_held_out_close_all(train_held_out sets[TRAIN_HELD_OUT_SETS]);
/* The memory of rows[0..n) of the set on a tape that was reset. */
typedef int train_read_fn(void *user, const train_held_out *s, const int64_t *rows, int64_t n,
                          mg_context *context, molglot_error *err);
/* Samples up to `sample` rows, spread over the set, at temperature 0 and fills the scores but for
 * the loss. Nothing may be recorded. */
int train_held_out_sample(train_held_out *s, train_task *t, const mg_writer *w, int64_t sample,
                          train_read_fn *read, void *user, molglot_error *err);
void train_held_out_json_all(const train_held_out sets[TRAIN_HELD_OUT_SETS], json_t *to);
void train_held_out_verdict_all(const train_held_out sets[TRAIN_HELD_OUT_SETS], train_verdict *out);

/* ---- all kinds ---- */
int train_corpus_open(train_task *t, const train_writer_config *c, mg_corpus **out,
                      molglot_error *err);
/* The rows of an epoch in their order, read again when the epoch changes; MOLGLOT_FAILED when there
 * are fewer than `most`. Zero-initialise. */
typedef struct train_order {
    int64_t *rows, n, epoch;
} train_order;
int train_order_read(train_order *o, const mg_corpus *c, uint64_t seed, int64_t epoch, int64_t most,
                     molglot_error *err);
json_t *train_corpus_json(const train_writer_config *c, const mg_corpus *corpus);
/* Lines of an identity: data, vocabularies, weights. */
void train_corpus_identify(const train_writer_config *c, const mg_corpus *corpus, mg_str *out);
/* Sorted hashes of the corpus' molecules and of `more` (n_more) without repeats; malloc'ed. */
int train_known_molecules(const mg_corpus *c, const uint64_t *more, int64_t n_more,
                          uint64_t **known, int64_t *n, molglot_error *err);
/* What the model file says about its training: pairs key, value, ..., NULL. */
typedef struct train_metadata {
    char seed[32], steps[32], rows[32];
    const char *pairs[20];
} train_metadata;
void train_metadata_make(train_metadata *m, const train_task *t, const mg_corpus *c);
void train_metadata_add(train_metadata *m, const char *key, const char *value);

/* ---- a trained writer whose latents are learnt: flow and denoiser ---- */
/* The word pieces of a model file, a line each, into out; nothing where it has none. */
int train_words_text(const mg_writer_file *file, mg_str *out, molglot_error *err);
typedef struct train_latents { /* zero-initialise */
    mg_writer_file file;
    mg_str wordpiece; /* its vocabulary as text; empty without */
    int64_t each;     /* numbers of a molecule's latents, K * latent_dim */
    /* [different molecules of the corpus][each]; [rows of a set][each] */
    float *molecules, *held_out;
} train_latents;
/* Loads c->writer_file, and has the corpus read with its tokens. */
int train_latents_open(train_latents *l, train_writer_config *c, int threads, molglot_error *err);
int train_latents_encode_corpus(train_latents *l, train_task *t, const mg_corpus *c,
                                molglot_error *err);
int train_latents_encode_held_out(train_latents *l, train_task *t, const train_held_out *s,
                                  molglot_error *err);
const float *train_latents_of(const train_latents *l, const mg_corpus *c, int64_t row);
/* Writer, m, and the hashes of what either was trained on; vocab: of word pieces, or NULL. */
int train_latents_save(const train_latents *l, const train_task *t, const mg_corpus *c,
                       const mg_latent_model *m, const char *vocab, size_t vocab_bytes,
                       const char *path, molglot_error *err);
void train_latents_close(train_latents *l);

/* ---- task = "writer" ---- */
typedef struct train_writer_batch {
    int64_t n, tokens; /* molecules; tokens of the targets */
    int n_parts;
    train_rows *parts;
} train_writer_batch;
typedef struct train_writer_batches train_writer_batches;
typedef struct train_writer {
    train_task t;
    train_writer_config c;
    mg_corpus *corpus;
    mg_writer_file init;  /* the model of init.file: what it was trained on stays known */
    mg_str init_words;    /* its word pieces as text */
    char init_sha256[65]; /* of that file; "": none */
    mg_writer *writer;
    int32_t *near; /* [rows with a text][memory_among], or NULL */
    train_writer_batches *batches;
    train_held_out sets[TRAIN_HELD_OUT_SETS];
    train_rows part; /* of validation */
} train_writer;
train_writer_batches *train_writer_batches_new(const train_writer *w, molglot_error *err);
/* Waits for the next batch; it stays valid until the next call. NULL: failure. */
const train_writer_batch *train_writer_batches_next(train_writer_batches *b, molglot_error *err);
void train_writer_batches_free(train_writer_batches *b);
int train_writer_step(train_task *t, train_result *out, molglot_error *err);

#endif
