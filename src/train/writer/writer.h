/* writer.h - what the training of the writer (task = "writer") shares with that of latents
 * (train/latent).
 *
 *   kind.c        task = "writer": the train_kind
 *   rows.c        rows packed for the model
 *   neighbours.c  [memory]: nearest molecules of a text
 *   kept.c        those found by an earlier start of the run
 *   space.c       vectors of an aligned space
 *   aligned.c     what aligned latents are shown of
 *   validate.c    [eval]: what greedy sampling writes
 */
#ifndef MG_TRAIN_WRITER_H
#define MG_TRAIN_WRITER_H

#include "base/toml/toml.h"
#include "data/data.h"
#include "model/writer/writer.h"
#include "train/inside.h"

static inline bool train_is_share(float p) { return p >= 0 && p <= 1; }

/* ---- rows.c ---- */
/* Rows that go through the model at once; zero-initialise, may be used again and again. */
typedef struct train_rows {
    mg_writer_packer input;
    mg_writer_target target;
    int32_t *offsets, *ids, *positions, *next; /* behind target */
    int32_t *wide;                             /* one molecule as the packer takes it */
    float *noise;
    float *keep; /* behind input.in.keep */
    bool *draft; /* behind input.in.draft */
    size_t room_offsets, room_ids, room_positions, room_next, room_wide, room_noise, room_keep,
        room_draft;
} train_rows;
void train_rows_reset(train_rows *p, const mg_writer_config *c);
int train_rows_text(train_rows *p, const int32_t *ids, int32_t n, molglot_error *err);
int train_rows_molecule(train_rows *p, int k, const uint16_t *ids, int32_t n, molglot_error *err);
/* Ends a row with its target <s> ids </s>; without one when ids is NULL. */
int train_rows_row(train_rows *p, const uint16_t *ids, int32_t n, molglot_error *err);
/* Of a writer with captions: the molecule to be described, cut where it is too long; what is said
 * of molecule k. */
int train_rows_own(train_rows *p, const uint16_t *ids, int32_t n, molglot_error *err);
int train_rows_caption(train_rows *p, int k, const int32_t *ids, int32_t n, molglot_error *err);
/* Ends a row with a caption as its target, cut at max_text - 1 pieces. All rows have one, or
 * none. */
int train_rows_words(train_rows *p, const int32_t *ids, int32_t n, molglot_error *err);
/* n standard normal numbers into p->noise. */
int train_rows_noise(train_rows *p, mg_rng rng, int64_t n, molglot_error *err);
int64_t train_rows_tokens(const train_rows *p); /* of the targets */
void train_rows_free(train_rows *p);

/* ---- space.c ---- */
typedef struct train_space {    /* zero-initialise */
    char model[TRAIN_MAX_PATH]; /* an aligned model's file; "": none */
    struct mg_bundle *bundle;
    struct mg_embedder *embedder[2]; /* of the feeder, of all else */
    int dim;                         /* of its vectors */
} train_space;
int train_space_open(train_space *s, const train_task *t, molglot_error *err);
void train_space_close(train_space *s);
/* Digest of the space; "" without. */
int train_space_sha256(const train_space *s, char out[65], molglot_error *err);
/* Vectors of the molecules of rows[0..n) of a corpus, [n][dim]. batch: in the feeder's thread. */
int train_space_molecules(const train_space *s, bool batch, const mg_corpus *c, const int64_t *rows,
                          int64_t n, float *out, molglot_error *err);
/* Puts the first directions of the model's basis where a writer of aligned latents keeps them; a
 * model without one leaves the random ones there. */
int train_space_basis(const train_space *s, mg_params *p, molglot_error *err);

/* ---- validate.c ---- */
enum { TRAIN_HELD_OUT_SETS = 2, TRAIN_HELD_OUT_ROWS = 64 /* at once */ };
typedef struct train_held_out_scores {   /* of one set */
    double loss;                         /* mean over tokens, or over latents */
    int64_t sampled, valid, exact, flat; /* flat: exact but for stereo */
    int64_t small, small_exact;          /* of molecules under 30 heavy atoms */
} train_held_out_scores;
typedef struct train_held_out {
    const char *name; /* NULL: there is no such set */
    mg_corpus *rows;
    int64_t n; /* of its rows, the first ones */
    /* [n][memory.k] rows of the training corpus nearest to the text, and captions nearest to the
     * molecule; or NULL */
    int32_t *near, *told;
    train_held_out_scores scores;
} train_held_out;
typedef struct train_validation {
    char pairs[TRAIN_MAX_PATH], molecules[TRAIN_MAX_PATH]; /* "" for none */
    int64_t limit, sample; /* rows read of each; rows of them that are sampled */
    /* sentences ("text"), molecules to rebuild ("rebuild") */
    train_held_out sets[TRAIN_HELD_OUT_SETS];
} train_validation;
/* [eval] but for molecules; store. */
int train_validation_read(mg_toml *t, train_common *common, train_validation *v,
                          molglot_error *err);
/* Opens what the recipe names with the training corpus' vocabularies; sets t->validates. */
int train_validation_open(train_validation *v, train_task *t, bool texts, bool rebuild,
                          molglot_error *err);
/* What a kind says of rows[0..n) of a set, on a tape that was reset: their mean loss [1,1] and what
 * it is a mean over (n before); the rows that the writer attends to. */
typedef int train_loss_fn(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                          mg_tensor **out, int64_t *weight, molglot_error *err);
typedef int train_read_fn(train_task *t, const train_held_out *s, const int64_t *rows, int64_t n,
                          mg_context *context, molglot_error *err);
/* Loss of all rows of the sets; up to `sample` rows, spread over each set, written at temperature
 * 0. */
int train_validation_run(train_validation *v, train_task *t, const mg_writer *w,
                         train_loss_fn *loss, train_read_fn *read, train_verdict *out,
                         molglot_error *err);
void train_validation_json(const train_validation *v, struct json_t *to);
void train_validation_close(train_validation *v);

/* ---- neighbours.c ---- */
enum { TRAIN_NEIGHBOURS_MOST = 8, TRAIN_NEIGHBOURS_AMONG = 48 };
typedef struct train_memory {
    char model[TRAIN_MAX_PATH]; /* an aligned model's file; "": none */
    /* so many molecules, drawn from so many nearest ones; validation reads the nearest */
    int k, among;
    uint32_t sources; /* those whose molecules may be near, a bit each; 0: all */
    float keep;       /* each is read with this probability */
    int32_t *near;    /* [rows with a text][among] rows of the training corpus; NULL without */
    int32_t *told;    /* the same, nearest to the row's molecule; NULL without captions */
} train_memory;
/* [memory]. most: molecules that the model can read. */
int train_memory_read(mg_toml *t, const train_task *task, int most, train_memory *m,
                      molglot_error *err);
/* m->near and held_out->near, where the recipe has a memory. -1 in them: none. */
int train_memory_open(train_memory *m, train_task *t, train_held_out *held_out, molglot_error *err);
/* m->told and held_out->told too. told [rows with a text]: rows whose texts are captions; of others
 * there is none near, and nothing is near them (-1). */
int train_memory_open_captions(train_memory *m, train_task *t, train_held_out *held_out,
                               const bool *told, molglot_error *err);
/* kept.c: what an earlier start of the run found; *found: there was such a file. */
int train_memory_load(train_memory *m, train_task *t, train_held_out *held_out, const bool *told,
                      bool *found, molglot_error *err);
int train_memory_save(train_memory *m, train_task *t, train_held_out *held_out, const bool *told,
                      molglot_error *err);
/* k different ones of the `among` nearest, the nearer ones more often: places in a list; -1: not
 * read. */
void train_memory_choose(const train_memory *m, mg_rng *rng, int32_t near[TRAIN_NEIGHBOURS_MOST]);
/* SHA-256 of the model; "" without. */
int train_memory_sha256(const train_memory *m, char out[65], molglot_error *err);
void train_memory_close(train_memory *m);

/* ---- aligned.c ---- */
/* [aligned]: model, and what is left out of the latents that a molecule is written from. */
typedef struct train_aligned {
    train_space space;
    float blind;     /* share without the aligned part */
    float forget;    /* share without the remainder */
    float part;      /* share of the others with some pieces of it only */
    float draft;     /* share, of rows with a text, with a neighbour's remainder in its place */
    float *held_out; /* [rows of a set][space.dim] */
} train_aligned;
int train_aligned_read(mg_toml *t, const mg_writer_config *c, const train_memory *memory,
                       train_aligned *a, molglot_error *err);
void train_aligned_identify(const train_aligned *a, const char *sha256, mg_str *out);
/* Vectors of a held-out set. */
int train_aligned_open_set(train_aligned *a, const train_held_out *s, molglot_error *err);
/* Whether row `row` of those with a text is written from a neighbour: its row; -1: it is not. */
int32_t train_aligned_draft(const train_aligned *a, const train_memory *m, int64_t row,
                            mg_rng *rng);
/* What stays of rows [n], and which are drafts, into p->input.in. */
int train_aligned_keep(const train_aligned *a, const mg_writer_config *c, mg_rng rng,
                       const bool *drafts, int64_t n, train_rows *p, molglot_error *err);
void train_aligned_close(train_aligned *a);

#endif
