/* writer.h - the parts of the writer's, the flow's and the denoiser's training (task =
 * "writer", "flow" and "diffusion").
 *
 *   config.c   recipe -> write_config                 kind.c    task = "writer": the
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
typedef struct write_config {
    train_sources sources;
    mg_corpus_source corpus_sources[TRAIN_MAX_SOURCES];
    mg_corpus_config corpus;
    char exclude[TRAIN_MAX_PATH], wordpiece[TRAIN_MAX_PATH];
    float smoothing; /* of the cross-entropy */

    mg_writer_config writer;        /* task = "writer" */
    char init_file[TRAIN_MAX_PATH]; /* a trained writer to go on from; "": none */
    /* shares: rows with a text that read their molecule; molecules read in a random order */
    float rebuild, randomise;
    char memory_model[TRAIN_MAX_PATH]; /* "": none */
    /* so many, drawn from so many nearest ones; validation reads the nearest */
    int memory_k, memory_among;
    float memory_keep; /* each is read with this probability */

    char writer_file[TRAIN_MAX_PATH]; /* task = "flow" and task = "diffusion" */
    int draws;                        /* noises and times for each row of a step */
    float text_drop;                  /* share of sentences replaced by "no sentence" */
    mg_flow_config flow;              /* task = "flow" */
    mg_flow_options sampling;         /* while validating */

    mg_mlp_denoiser_config denoiser; /* task = "diffusion" */
    /* the aligned model whose text rows are its condition */
    char condition_model[TRAIN_MAX_PATH];
    mg_ddim_options ddim; /* while validating */

    char pairs[TRAIN_MAX_PATH], molecules[TRAIN_MAX_PATH]; /* validation; "" for none */
    int64_t limit, sample; /* rows read of each; rows of them that are sampled */
} write_config;
int write_config_read_writer(mg_toml *t, train_common *common, write_config *c, molglot_error *err);
int write_config_read_flow(mg_toml *t, train_common *common, write_config *c, molglot_error *err);
int write_config_read_diffusion(mg_toml *t, train_common *common, write_config *c,
                                molglot_error *err);

/* ---- rows for the model ---- */
/* rows that go through it at once; zero-initialise, may be used again and again */
typedef struct write_part {
    mg_writer_packer input;
    mg_writer_target target;
    int32_t *offsets, *ids, *positions, *next; /* behind target */
    int64_t room_rows, room_tokens;
    int32_t *wide;
    int64_t room_wide; /* one text or molecule as the packer takes it */
    float *noise;
    int64_t room_noise;
} write_part;
void write_part_reset(write_part *p, const mg_writer_config *c);
int write_part_text(write_part *p, const uint16_t *ids, int32_t n, molglot_error *err);
int write_part_molecule(write_part *p, int k, const uint16_t *ids, int32_t n, molglot_error *err);
/* Ends a row with its target <s> ids </s>; without one when ids is NULL. */
int write_part_row(write_part *p, const uint16_t *ids, int32_t n, molglot_error *err);
/* n standard normal numbers into p->noise. */
int write_part_noise(write_part *p, mg_rng rng, int64_t n, molglot_error *err);
int64_t write_part_tokens(const write_part *p); /* of the targets */
void write_part_free(write_part *p);

/* ---- nearest molecules ---- */
typedef struct write_memory write_memory;
struct write_set;
/* The molecules of the corpus' rows with a text, in the space of an aligned model. */
write_memory *write_memory_open(const char *model, const mg_corpus *c, const char *device,
                                int threads, molglot_error *err);
/* *near: malloc'ed [rows with a text of `texts`][k], rows of the corpus that was opened, nearest
 * molecule first; -1: none. own: `texts` is that corpus itself, and a row's own molecule is left
 * out. */
int write_memory_find(write_memory *m, const mg_corpus *texts, bool own, int k, int32_t **near,
                      molglot_error *err);
void write_memory_close(write_memory *m);
/* What a recipe's [memory] asks for, or nothing: *near [rows with a text][memory_among] of the
 * training corpus, and held_out->near [n][memory_k]. */
int write_memory_find_all(train_task *t, const write_config *c, const mg_corpus *corpus,
                          struct write_set *held_out, int32_t **near, molglot_error *err);

/* ---- validation ---- */
typedef struct write_scores {            /* of one set */
    double loss;                         /* mean over tokens; of the flow: over latents */
    int64_t sampled, valid, exact, flat; /* flat: exact but for stereo */
    int64_t small, small_exact;          /* of molecules under 30 heavy atoms */
} write_scores;
typedef struct write_set {
    const char *name; /* NULL: there is no such set */
    mg_corpus *rows;
    int64_t n;     /* of its rows, the first ones */
    int32_t *near; /* [n][k] memory molecules, rows of the training corpus; or NULL */
    write_scores scores;
} write_set;
enum {
    WRITE_SETS = 2,
    WRITE_EVAL_ROWS = 64 /* at once */,
    WRITE_MEMORY_MOST = 8,
    WRITE_MEMORY_AMONG = 48
};
/* Opens what the recipe names: sets[0] sentences ("text"), sets[1] molecules to rebuild
 * ("rebuild"), with the training corpus' vocabularies. */
int write_sets_open(write_set sets[WRITE_SETS], const write_config *c, const mg_corpus *training,
                    bool texts, bool rebuild, molglot_error *err);
void write_sets_close(write_set sets[WRITE_SETS]);
/* The memory of rows[0..n) of the set on a tape that was reset. */
typedef int write_read_fn(void *user, const write_set *s, const int64_t *rows, int64_t n,
                          mg_memory *memory, molglot_error *err);
/* Samples up to `sample` rows, spread over the set, at temperature 0 and fills the scores but for
 * the loss. Nothing may be recorded. */
int write_set_sample(write_set *s, train_task *t, const mg_writer *w, int64_t sample,
                     write_read_fn *read, void *user, molglot_error *err);
void write_sets_json(const write_set sets[WRITE_SETS], json_t *to);
void write_sets_verdict(const write_set sets[WRITE_SETS], train_verdict *out);

/* ---- all kinds ---- */
int write_corpus_open(train_task *t, const write_config *c, mg_corpus **out, molglot_error *err);
/* The rows of an epoch in their order, read again when the epoch changes; MOLGLOT_FAILED when there
 * are fewer than `most`. Zero-initialise. */
typedef struct write_order {
    int64_t *rows, n, epoch;
} write_order;
int write_order_read(write_order *o, const mg_corpus *c, uint64_t seed, int64_t epoch, int64_t most,
                     molglot_error *err);
json_t *write_corpus_json(const write_config *c, const mg_corpus *corpus);
/* Lines of an identity: data, vocabularies, weights. */
void write_corpus_identify(const write_config *c, const mg_corpus *corpus, mg_str *out);
/* Sorted hashes of the corpus' molecules and of `more` (n_more) without repeats; malloc'ed. */
int write_known(const mg_corpus *c, const uint64_t *more, int64_t n_more, uint64_t **known,
                int64_t *n, molglot_error *err);
/* What the model file says about its training: pairs key, value, ..., NULL. */
typedef struct write_metadata {
    char seed[32], steps[32], rows[32];
    const char *pairs[20];
} write_metadata;
void write_metadata_make(write_metadata *m, const train_task *t, const mg_corpus *c);
void write_metadata_add(write_metadata *m, const char *key, const char *value);

/* ---- a trained writer whose latents are learnt: flow and denoiser ---- */
/* The word pieces of a model file, a line each, into out; nothing where it has none. */
int write_words_text(const mg_writer_file *file, mg_str *out, molglot_error *err);
typedef struct write_latents { /* zero-initialise */
    mg_writer_file file;
    mg_str wordpiece; /* its vocabulary as text; empty without */
    int64_t each;     /* numbers of a molecule's latents, K * latent_dim */
    /* [different molecules of the corpus][each]; [rows of a set][each] */
    float *molecules, *held_out;
} write_latents;
/* Loads c->writer_file, and has the corpus read with its tokens. */
int write_latents_open(write_latents *l, write_config *c, int threads, molglot_error *err);
int write_latents_encode_corpus(write_latents *l, train_task *t, const mg_corpus *c,
                                molglot_error *err);
int write_latents_encode_held_out(write_latents *l, train_task *t, const write_set *s,
                                  molglot_error *err);
const float *write_latents_of(const write_latents *l, const mg_corpus *c, int64_t row);
/* Writer, m, and the hashes of what either was trained on; vocab: of word pieces, or NULL. */
int write_latents_save(const write_latents *l, const train_task *t, const mg_corpus *c,
                       const mg_latent_model *m, const char *vocab, size_t vocab_bytes,
                       const char *path, molglot_error *err);
void write_latents_close(write_latents *l);

/* ---- task = "writer" ---- */
typedef struct write_batch {
    int64_t n, tokens; /* molecules; tokens of the targets */
    int n_parts;
    write_part *parts;
} write_batch;
typedef struct write_batches write_batches;
typedef struct write_task {
    train_task t;
    write_config c;
    mg_corpus *corpus;
    mg_writer_file init;  /* the model of init.file: what it was trained on stays known */
    mg_str init_words;    /* its word pieces as text */
    char init_sha256[65]; /* of that file; "": none */
    mg_writer *writer;
    int32_t *near; /* [rows with a text][memory_among], or NULL */
    write_batches *batches;
    write_set sets[WRITE_SETS];
    write_part part; /* of validation */
} write_task;
write_batches *write_batches_new(const write_task *w, molglot_error *err);
/* Waits for the next batch; it stays valid until the next call. NULL: failure. */
const write_batch *write_batches_next(write_batches *b, molglot_error *err);
void write_batches_free(write_batches *b);
int write_step(train_task *t, train_result *out, molglot_error *err);

#endif
