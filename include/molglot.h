/* molglot.h - the public interface of libmolglot (C99, usable from C++).
 *
 * Molecules and natural language in one vector space: load a model, open a session, embed sentences
 * and SMILES, build an index of a library, search it by one or the other, generate molecules for a
 * sentence.
 *
 * Rules that hold for every function
 *   - It returns MOLGLOT_OK (0) or a positive code (or NULL for constructors) and, if `err` is not
 *     NULL, fills it with one English sentence that names the file, row, tensor or character offset
 *     concerned.
 *   - A molecule or text that cannot be read is data, not an error: its row gets a status, the call
 *     goes on.
 *   - The library never prints, never exits, opens no socket, keeps no global state and leaves
 *     locale and signals alone. (A session on a GPU opens libmolglot_cuda.so, and with it NVIDIA's
 *     driver, which stays loaded as long as the process.)
 *   - A molglot_model and a molglot_index are immutable after loading and may be shared by threads.
 *     A molglot_session belongs to one thread at a time.
 *   - Every object has one *_free function, which accepts NULL.
 */
#ifndef MOLGLOT_H
#define MOLGLOT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MOLGLOT_API __attribute__((visibility("default")))
#else
#define MOLGLOT_API
#endif

#define MOLGLOT_VERSION "0.1.0"

enum {
    MOLGLOT_OK = 0,
    MOLGLOT_FAILED = 1,   /* the work could not be done (I/O error, full disk, no such device) */
    MOLGLOT_USAGE = 2,    /* the caller's arguments are wrong */
    MOLGLOT_REJECTED = 3, /* rows were rejected and the caller asked for that to be an error */
    MOLGLOT_BAD_FILE = 4, /* a model, index, recipe or data file is damaged or of another kind */
    MOLGLOT_NO_MEMORY = 5,
    MOLGLOT_INTERRUPTED = 130
};

/* Filled by a failing call. `code` is one of the values above; `message` is always terminated. */
typedef struct molglot_error {
    int code;
    char message[1020];
} molglot_error;

/* What became of one input row. `offset` is the 0-based byte in the input where reading failed, or
 * -1. */
typedef struct molglot_row_status {
    int ok; /* 1: the row has a result; 0: it was rejected and its result is all zeros */
    int32_t offset;
    char reason[120]; /* "" when ok */
} molglot_row_status;

typedef struct molglot_model molglot_model;
typedef struct molglot_session molglot_session;
typedef struct molglot_index molglot_index;

/* The library's version, e.g. "0.1.0". */
MOLGLOT_API const char *molglot_version(void);

/* --- models ---------------------------------------------------------------------------------- */

/* Loads a model file (safetensors with Molglot's metadata). The file is mapped, not copied: keep it
 * in place while the model lives. NULL on failure. */
MOLGLOT_API molglot_model *molglot_model_load(const char *path, molglot_error *err);
MOLGLOT_API void molglot_model_free(molglot_model *model);
/* Length of every embedding of this model. */
MOLGLOT_API int molglot_model_dim(const molglot_model *model);
/* The model's metadata value for `key` ("name", "licence", "molglot.config", ...), or NULL. Owned
 * by the model. */
MOLGLOT_API const char *molglot_model_info(const molglot_model *model, const char *key);
/* SHA-256 of the model file, 64 hexadecimal digits. Computed on first use, under a lock: threads
 * may ask at the same time. Owned by the model. */
MOLGLOT_API const char *molglot_model_sha256(molglot_model *model, molglot_error *err);

/* --- sessions: one per thread ----------------------------------------------------------------- */

typedef struct molglot_options {
    int threads; /* 0: as many as OpenMP gives */
    int batch;   /* rows per forward pass; 0: 1024 */
    int bf16;    /* 1: bfloat16 products where the device has them; 0: float32 */
    /* Where the model computes: NULL or "cpu"; "cuda" or "cuda:1" (the first or second NVIDIA GPU);
     * "ref" (the readable kernels, slow). Read by molglot_session_new alone, which need not keep
     * it. */
    const char *device;
} molglot_options;

MOLGLOT_API molglot_options molglot_options_default(void);
/* `model` must outlive the session. `options` may be NULL. On a GPU each session has a copy of the
 * model and its working memory there until it is freed, most of what is free when it is opened: one
 * session for each GPU is the rule, though several, in several threads and with one model, may
 * share one that has room. Embeddings differ from the CPU's in the last bits. An unknown device is
 * MOLGLOT_USAGE; a GPU, driver or libmolglot_cuda.so that is not there MOLGLOT_FAILED with the
 * reason; too little GPU memory that, or MOLGLOT_NO_MEMORY. A GPU that fails later makes every
 * further call of its sessions MOLGLOT_FAILED: free them. */
MOLGLOT_API molglot_session *molglot_session_new(const molglot_model *model,
                                                 const molglot_options *options,
                                                 molglot_error *err);
MOLGLOT_API void molglot_session_free(molglot_session *session);

/* Embeds n UTF-8 texts or n SMILES. out: float[n][dim], caller-owned, unit length rows (zeros where
 * rejected). status: n entries, or NULL. Both return MOLGLOT_OK when some rows were rejected. */
MOLGLOT_API int molglot_embed_texts(molglot_session *session, const char *const *texts, size_t n,
                                    float *out, molglot_row_status *status, molglot_error *err);
MOLGLOT_API int molglot_embed_smiles(molglot_session *session, const char *const *smiles, size_t n,
                                     float *out, molglot_row_status *status, molglot_error *err);

/* --- indexes ---------------------------------------------------------------------------------- */

/* Embeds n molecules and writes an index file (atomically: the old file stays until the new one is
 * complete). ids and texts may be NULL, as may single entries of them. status: n entries or NULL.
 * Rejected rows are left out. */
MOLGLOT_API int molglot_index_build(molglot_session *session, const char *const *ids,
                                    const char *const *smiles, const char *const *texts, size_t n,
                                    int bf16, const char *path, molglot_row_status *status,
                                    molglot_error *err);
MOLGLOT_API molglot_index *molglot_index_open(const char *path, molglot_error *err);
MOLGLOT_API void molglot_index_free(molglot_index *index);
MOLGLOT_API size_t molglot_index_size(const molglot_index *index);
MOLGLOT_API int molglot_index_dim(const molglot_index *index);
/* Strings of row i, owned by the index; "" where none was given; NULL if i is out of range. */
MOLGLOT_API const char *molglot_index_id(const molglot_index *index, size_t i);
MOLGLOT_API const char *molglot_index_smiles(const molglot_index *index, size_t i);
MOLGLOT_API const char *molglot_index_text(const molglot_index *index, size_t i);

typedef struct molglot_hit {
    int64_t row;   /* row of the index, or -1 when the index has fewer than k rows */
    float score;   /* cosine, in [-1, 1] */
    int32_t index; /* which of several indexes, from 0; -1 where row is */
} molglot_hit;

/* Exact search. queries: float[n][dim] unit rows; hits: [n][k], best first, ties by lower row. */
MOLGLOT_API int molglot_index_search(const molglot_index *index, const float *queries, size_t n,
                                     int k, molglot_hit *hits, molglot_error *err);

/* --- generating molecules --------------------------------------------------------------------- */

typedef struct molglot_generator molglot_generator;

struct molglot_molecule;
typedef struct molglot_generate_options {
    int n;          /* molecules asked for, a sentence */
    int candidates; /* drawn before the n best are kept; less than n: n */
    /* "direct" (sentence to SMILES), "diffusion" (through latents) or "faithful" (through latents
     * as 3M-Diffusion makes them; its sentences are read by the ranking session's model); NULL:
     * direct where the file can, else what it is for */
    const char *method;
    /* of the tokens; 0: the likeliest each time; negative: the method's own (0.7 direct, 0 the
     * others) */
    float temperature;
    float top_p; /* in (0, 1): only the likeliest tokens with this share of the probability */
    /* diffusion, faithful: weight of the sentence; 1: plain, larger: closer to the sentence, less
     * different; NaN: the method's own (3 diffusion, 0.8 faithful) */
    float guidance;
    /* from noise to molecule; 0: the method's own (10 diffusion); faithful takes its 50 and no
     * other number */
    int steps;
    float eta; /* faithful: 0 to 1, noise of its steps; 1: as much as the forward process */
    /* 0: the best; towards 1: good and unlike each other (maximal marginal relevance over Morgan
     * Tanimoto) */
    float diversity;
    int max_tokens;   /* SMILES tokens of a molecule at most; 0: the model's limit */
    const char *like; /* a SMILES to start from, or NULL */
    /* with a memory: draws start in turn from the 1 to 8 nearest molecules (with the default 4:
     * draw 0 and 4 from the nearest) */
    int neighbours;
    /* with a memory or `like`: what a molecule that the draw started from loses in the order, in
     * score (0.05); 0: nothing; 2: it stands behind all others */
    float copy_cost;
    /* with `like`, where the model has latents: (0, 1], how far from it; 1: only its sentence
     * counts */
    float strength;
    uint64_t seed;
    /* nonzero: every draw comes back, repeated ones too, the n best first: what a fair score is
     * made from */
    int keep_all;
    /* draws so far, or NULL; nonzero stops with MOLGLOT_INTERRUPTED */
    int (*on_progress)(void *user, int64_t done, int64_t total);
    void *user;
    /* Gets each molecule as it is drawn, or NULL: sentence by sentence, in the order of drawing,
     * without score and rank. It may be called from another thread than the caller's, from one at a
     * time. Nonzero stops with MOLGLOT_INTERRUPTED. */
    int (*on_molecule)(void *user, const struct molglot_molecule *molecule);
} molglot_generate_options;

typedef struct molglot_molecule {
    char *smiles; /* canonical where valid, else as it was written */
    int valid;    /* RDKit reads and sanitises it, and its canonical SMILES too */
    /* valid and not among the training molecules; 0 too where the file does not say what those
     * were */
    int novel;
    /* it is one of the sentence's nearest molecules of the memory, or `like` itself: `search` finds
     * it too */
    int copy;
    int duplicate; /* an earlier draw of the sentence is the same string; only with keep_all */
    int limited;   /* the length limit forbade tokens while it was written; 0: it ended by itself */
    char *why;     /* not valid: RDKit's reason; else NULL */
    /* cosine with the sentence in the ranking session's space; NaN without one or when not valid */
    float score;
    double nll; /* -log of its probability under the writer */
    /* from 1: valid ones by score less 0.005 nll, less copy_cost for a copy (diversity apart);
     * without scores by nll */
    int rank;
    int index; /* which draw, from 0 */
} molglot_molecule;

/* What became of one sentence. Nothing is drawn again to hide a bad one: drawn = molecules that
 * differ + duplicates. */
typedef struct molglot_generation {
    molglot_molecule *molecules;
    int n;
    /* draws; those that RDKit refused; those that had been drawn before */
    int drawn, invalid, duplicates;
    int cut; /* the sentence is longer than the model reads: its end was ignored */
} molglot_generation;

MOLGLOT_API molglot_generate_options molglot_generate_options_default(void);
/* Loads a writer file, or all writers of a bundle (`molglot merge`). ranker: a session whose model
 * scores the molecules, or NULL (likeliest first); it must outlive the generator and is used by it.
 * One thread at a time, like a session. options: threads and device; may be NULL. */
MOLGLOT_API molglot_generator *molglot_generator_new(const char *path, molglot_session *ranker,
                                                     const molglot_options *options,
                                                     molglot_error *err);
MOLGLOT_API void molglot_generator_free(molglot_generator *generator);
/* Molecules for n sentences: out[n], each freed by molglot_generation_free. texts NULL: for no
 * sentence (through latents where the file can, unless options name a method or `like`). On one
 * device what a sentence gives is a function of it, the options and the seed, whatever stands
 * beside it and however many threads work; a ranker's scores, in their last bits, depend on the
 * threads of its session. */
MOLGLOT_API int molglot_generate(molglot_generator *generator, const char *const *texts, size_t n,
                                 const molglot_generate_options *options, molglot_generation *out,
                                 molglot_error *err);
MOLGLOT_API void molglot_generation_free(molglot_generation *generation);
/* Numbers in a molecule's latents: tokens times dimensions; 0 when the writer has none. */
MOLGLOT_API size_t molglot_latents_size(const molglot_generator *generator);
/* Latents of n SMILES, out: float[n][size], zeros where rejected; and the likeliest molecule of
 * each of n latents: out[n], to be freed by molglot_molecules_free. */
MOLGLOT_API int molglot_encode(molglot_generator *generator, const char *const *smiles, size_t n,
                               float *out, molglot_row_status *status, molglot_error *err);
MOLGLOT_API int molglot_decode(molglot_generator *generator, const float *latents, size_t n,
                               molglot_molecule *out, molglot_error *err);
MOLGLOT_API void molglot_molecules_free(molglot_molecule *molecules, size_t n);

#ifdef __cplusplus
}
#endif
#endif
