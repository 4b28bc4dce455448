/* molglot.h - the public interface of libmolglot (C99, usable from C++).
 *
 * Molecules and natural language in one vector space: load a model, open a session, embed sentences and SMILES, build an
 * index of a library, search it by one or the other.
 *
 * Rules that hold for every function
 *   - It returns MOLGLOT_OK (0) or a positive code (or NULL for constructors) and, if `err` is not NULL, fills it with one
 *     English sentence that names the file, row, tensor or character offset concerned.
 *   - A molecule or text that cannot be read is data, not an error: its row gets a status, the call goes on.
 *   - The library never prints, never exits, opens no socket, keeps no global state and leaves locale and signals alone.
 *   - A molglot_model and a molglot_index are immutable after loading and may be shared by threads. A molglot_session
 *     belongs to one thread at a time.
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
    MOLGLOT_FAILED = 1,      /* the work could not be done (I/O error, full disk, no such device) */
    MOLGLOT_USAGE = 2,       /* the caller's arguments are wrong */
    MOLGLOT_REJECTED = 3,    /* rows were rejected and the caller asked for that to be an error */
    MOLGLOT_BAD_FILE = 4,    /* a model, index, recipe or data file is damaged or of another kind */
    MOLGLOT_NO_MEMORY = 5,
    MOLGLOT_INTERRUPTED = 130
};

/* Filled by a failing call. `code` is one of the values above; `message` is always terminated. */
typedef struct molglot_error {
    int code;
    char message[1020];
} molglot_error;

/* What became of one input row. `offset` is the 0-based byte in the input where reading failed, or -1. */
typedef struct molglot_row_status {
    int ok;             /* 1: the row has a result; 0: it was rejected and its result is all zeros */
    int32_t offset;
    char reason[120];   /* "" when ok */
} molglot_row_status;

typedef struct molglot_model molglot_model;
typedef struct molglot_session molglot_session;
typedef struct molglot_index molglot_index;

/* The library's version, e.g. "0.1.0". */
MOLGLOT_API const char *molglot_version(void);

/* ---- models ------------------------------------------------------------------------------------------------------- */

/* Loads a model file (safetensors with Molglot's metadata). The file is mapped, not copied: keep it in place while the
 * model lives. NULL on failure. */
MOLGLOT_API molglot_model *molglot_model_load(const char *path, molglot_error *err);
MOLGLOT_API void molglot_model_free(molglot_model *model);
/* Length of every embedding of this model. */
MOLGLOT_API int molglot_model_dim(const molglot_model *model);
/* The model's metadata value for `key` ("name", "licence", "molglot.config", ...), or NULL. Owned by the model. */
MOLGLOT_API const char *molglot_model_info(const molglot_model *model, const char *key);
/* SHA-256 of the model file, 64 hexadecimal digits. Computed on first use; owned by the model. */
MOLGLOT_API const char *molglot_model_sha256(molglot_model *model, molglot_error *err);

/* ---- sessions: one per thread -------------------------------------------------------------------------------------- */

typedef struct molglot_options {
    int threads;        /* 0: as many as OpenMP gives */
    int batch;          /* rows per forward pass; 0: 1024 */
    int bf16;           /* 1: bfloat16 products where the CPU has them; 0: float32 */
} molglot_options;

MOLGLOT_API molglot_options molglot_options_default(void);
/* `model` must outlive the session. `options` may be NULL. */
MOLGLOT_API molglot_session *molglot_session_new(const molglot_model *model, const molglot_options *options, molglot_error *err);
MOLGLOT_API void molglot_session_free(molglot_session *session);

/* Embeds n UTF-8 texts or n SMILES. out: float[n][dim], caller-owned, unit length rows (zeros where rejected).
 * status: n entries, or NULL. Both return MOLGLOT_OK when some rows were rejected. */
MOLGLOT_API int molglot_embed_texts(molglot_session *session, const char *const *texts, size_t n, float *out,
                                    molglot_row_status *status, molglot_error *err);
MOLGLOT_API int molglot_embed_smiles(molglot_session *session, const char *const *smiles, size_t n, float *out,
                                     molglot_row_status *status, molglot_error *err);

/* ---- indexes ------------------------------------------------------------------------------------------------------- */

/* Embeds n molecules and writes an index file (atomically: the old file stays until the new one is complete).
 * ids and texts may be NULL, as may single entries of them. status: n entries or NULL. Rejected rows are left out. */
MOLGLOT_API int molglot_index_build(molglot_session *session, const char *const *ids, const char *const *smiles,
                                    const char *const *texts, size_t n, int bf16, const char *path,
                                    molglot_row_status *status, molglot_error *err);
MOLGLOT_API molglot_index *molglot_index_open(const char *path, molglot_error *err);
MOLGLOT_API void molglot_index_free(molglot_index *index);
MOLGLOT_API size_t molglot_index_size(const molglot_index *index);
MOLGLOT_API int molglot_index_dim(const molglot_index *index);
/* Strings of row i, owned by the index; "" where none was given; NULL if i is out of range. */
MOLGLOT_API const char *molglot_index_id(const molglot_index *index, size_t i);
MOLGLOT_API const char *molglot_index_smiles(const molglot_index *index, size_t i);
MOLGLOT_API const char *molglot_index_text(const molglot_index *index, size_t i);

typedef struct molglot_hit {
    int64_t row;        /* row of the index, or -1 when the index has fewer than k rows */
    float score;        /* cosine, in [-1, 1] */
} molglot_hit;

/* Exact search. queries: float[n][dim] unit rows; hits: [n][k], best first, ties by lower row. */
MOLGLOT_API int molglot_index_search(const molglot_index *index, const float *queries, size_t n, int k, molglot_hit *hits,
                                     molglot_error *err);

#ifdef __cplusplus
}
#endif
#endif
