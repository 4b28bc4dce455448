/* molglot.h - the public interface of libmolglot (C99, usable from C++).
 *
 * Molecules and natural language in one vector space: embed sentences and SMILES, index a library,
 * search it by one or the other, generate molecules for a sentence, draw and standardise them.
 *
 *   molglot_error err;
 *   molglot_model *model = molglot_model_load("/usr/local/share/molglot", &err);
 *   molglot_session *session = molglot_session_new(model, NULL, &err);
 *   molglot_embed_texts(session, &sentence, 1, vector, NULL, &err);
 *
 * Errors
 *   A function returns MOLGLOT_OK (0) or a positive code; one that makes an object returns NULL.
 *   Then `err`, unless it is NULL, holds the code and one English sentence that names the file, the
 *   row, tensor or character in question. After a success `err` means nothing.
 *
 * Rows
 *   A molecule or text that cannot be read is data, not an error. Its row gets a status with the
 *   reason, its result is zeros or nothing, and the call goes on. So it is with a row that is NULL.
 *
 * Options
 *   A struct of options begins with its size, so that later versions can add members. Make it with
 *   its molglot_..._default(), then change members. A program that was compiled with another
 *   version's header works too: members that it does not know have their defaults.
 *
 * Ownership
 *   Each object has one molglot_..._free, which accepts NULL. Free what was made last first.
 *
 * Threads
 *   A molglot_model, molglot_writer or molglot_index may be shared by threads. A molglot_session,
 *   molglot_generator or molglot_index_builder is for one thread at a time. A call uses several
 *   threads by itself: in a program with workers of its own, give each a session with threads = 1.
 *
 * Progress
 *   A molglot_progress is called now and then by long calls, perhaps from another thread than the
 *   caller's, but never twice at once. It must not call this library. When it returns nonzero, the
 *   call ends with MOLGLOT_INTERRUPTED.
 *
 * After fork()
 *   The library works in the child, with what the parent loaded. There each call uses one thread.
 *   At the fork no other thread may be inside the library. What is on a GPU does not work in the
 *   child: its calls are MOLGLOT_FAILED.
 *
 * The library never prints, never exits, opens no socket, and leaves locale and signals alone. It
 * keeps no global state, but for a handler of pthread_atfork. A session on a GPU opens
 * libmolglot_cuda.so and NVIDIA's driver, which stay loaded as long as the process.
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

/* The version of this header, as text and as major * 10000 + minor * 100 + patch. The library's own
 * is molglot_version and molglot_version_number. Libraries of one soname have all symbols of those
 * before them. */
#define MOLGLOT_VERSION        "0.1.0"
#define MOLGLOT_VERSION_NUMBER 100

enum {
    MOLGLOT_OK = 0,
    MOLGLOT_FAILED = 1,   /* the work could not be done (I/O error, full disk, no such device) */
    MOLGLOT_USAGE = 2,    /* the caller's arguments are wrong */
    MOLGLOT_REJECTED = 3, /* a molecule cannot be read, in a call that is about it alone */
    MOLGLOT_BAD_FILE = 4, /* a model, index, recipe or data file is damaged or of another kind */
    MOLGLOT_NO_MEMORY = 5,
    MOLGLOT_INTERRUPTED = 130
};

/* Filled by a failing call. */
typedef struct molglot_error {
    int code;           /* one of the values above */
    char message[1020]; /* always ends with a zero */
} molglot_error;

/* What became of one input row. */
typedef struct molglot_row_status {
    int ok;           /* 1: the row has a result; 0: it was rejected */
    int32_t offset;   /* byte of the input where reading failed, from 0; -1: none in particular */
    char reason[120]; /* "" when ok */
} molglot_row_status;

/* Told how far a long call is.
 * @param user   as the options have it
 * @param done   units of work so far
 * @param total  of all; 0: not known
 * @return       0: go on; nonzero: stop
 */
typedef int (*molglot_progress)(void *user, int64_t done, int64_t total);

typedef struct molglot_model molglot_model;
typedef struct molglot_writer molglot_writer;
typedef struct molglot_session molglot_session;
typedef struct molglot_index molglot_index;
typedef struct molglot_index_builder molglot_index_builder;
typedef struct molglot_generator molglot_generator;
typedef struct molglot_captioner molglot_captioner;

/* The library's version.
 * @return  e.g. "0.1.0". Owned by the library.
 */
MOLGLOT_API const char *molglot_version(void);

/* The same as a number, to be compared with MOLGLOT_VERSION_NUMBER: a program that was compiled
 * with a later header than the library's may miss functions.
 * @return  major * 10000 + minor * 100 + patch
 */
MOLGLOT_API int molglot_version_number(void);

/* Frees memory that a function here handed out.
 * @param memory  from a function that says so; NULL: nothing happens
 */
MOLGLOT_API void molglot_free(void *memory);

/* ---- models ---------------------------------------------------------------------------------- */

/* Loads a model.
 * @param path  folder of parts (space.safetensors, writer.safetensors, ...), or one file that holds
 *              a part or several. Parts are mapped where they can be, and loaded when they are
 *              first needed: keep them in place while the model lives.
 * @param err   filled on failure, or NULL
 * @return      the model, or NULL. The caller frees it with molglot_model_free.
 */
MOLGLOT_API molglot_model *molglot_model_load(const char *path, molglot_error *err);

/* Frees a model.
 * @param model  no session, generator or builder uses it any more; NULL: nothing happens
 */
MOLGLOT_API void molglot_model_free(molglot_model *model);

/* Length of every embedding of a model.
 * @param model  a model
 * @return       numbers in an embedding
 */
MOLGLOT_API int molglot_model_dim(const molglot_model *model);

/* Looks up the model's metadata.
 * @param model  a model
 * @param key    "name", "licence", "molglot.config", ...
 * @return       the value, or NULL if there is none. Owned by the model.
 */
MOLGLOT_API const char *molglot_model_info(const molglot_model *model, const char *key);

/* The model's identity: what an index remembers of the model it was made with. It stands in the
 * file; only a file older than identities is hashed. Threads may ask at the same time.
 * @param model  a model
 * @param err    filled on failure, or NULL
 * @return       64 hexadecimal digits, or NULL. Owned by the model.
 */
MOLGLOT_API const char *molglot_model_sha256(molglot_model *model, molglot_error *err);

/* The writer among the model's parts. Threads may ask at the same time; the first one loads it.
 * @param model  a model
 * @param err    filled on failure, or NULL
 * @return       the writer; NULL, too, if there is none. Owned by the model.
 */
MOLGLOT_API const molglot_writer *molglot_model_writer(molglot_model *model, molglot_error *err);

/* ---- sessions: embedding --------------------------------------------------------------------- */

typedef struct molglot_options {
    size_t size;        /* of this struct; set by molglot_options_default */
    int threads;        /* 0 (default): as many as OpenMP gives */
    int batch;          /* rows that go through the model together; 0 (default): 1024 */
    int bf16;           /* 1: bfloat16 products where the device has them; 0 (default): float32 */
    const char *device; /* NULL (default) or "cpu": the processor
                         * "cuda" or "cuda:1":      the first or second NVIDIA GPU
                         * "ref":                   readable kernels, slow */
    molglot_progress on_progress; /* rows embedded so far by a call, or NULL (default) */
    void *user;                   /* handed to on_progress */
} molglot_options;

/* Fills options with their defaults. For languages that cannot call molglot_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_options_init(molglot_options *options, size_t size);

/* @return  the defaults */
static inline molglot_options molglot_options_default(void) {
    molglot_options options;
    molglot_options_init(&options, sizeof options);
    return options;
}

/* Opens a session. On a GPU it holds a copy of the model and its working memory there, most of what
 * is free. So open one a GPU; several may share one that has room.
 * @param model    outlives the session
 * @param options  NULL: the defaults. Nothing in them is needed afterwards but `user`.
 * @param err      filled on failure, or NULL. MOLGLOT_USAGE: there is no device of that name.
 *                 MOLGLOT_FAILED: the GPU, its driver or libmolglot_cuda.so is missing, or its
 *                 memory is too small. A GPU that fails later makes all calls MOLGLOT_FAILED.
 * @return         the session, or NULL. The caller frees it with molglot_session_free.
 */
MOLGLOT_API molglot_session *molglot_session_new(const molglot_model *model,
                                                 const molglot_options *options,
                                                 molglot_error *err);

/* Frees a session.
 * @param session  no generator or builder uses it any more; NULL: nothing happens
 */
MOLGLOT_API void molglot_session_free(molglot_session *session);

/* Embeds texts. The last bits of a row may depend on the rows beside it and on the device.
 * @param session  a session
 * @param texts    [n] UTF-8
 * @param n        how many
 * @param out      [n][molglot_model_dim] rows of length 1, or of zeros where rejected
 * @param status   [n] what became of each, or NULL
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, also when rows were rejected, or a code
 */
MOLGLOT_API int molglot_embed_texts(molglot_session *session, const char *const *texts, size_t n,
                                    float *out, molglot_row_status *status, molglot_error *err);

/* Embeds molecules; all else as molglot_embed_texts has it.
 * @param session  a session
 * @param smiles   [n] SMILES
 * @param n        how many
 * @param out      [n][molglot_model_dim] rows of length 1, or of zeros where rejected
 * @param status   [n] what became of each, or NULL
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, also when rows were rejected, or a code
 */
MOLGLOT_API int molglot_embed_smiles(molglot_session *session, const char *const *smiles, size_t n,
                                     float *out, molglot_row_status *status, molglot_error *err);

/* ---- building indexes ------------------------------------------------------------------------ */

/* What the rows of an index are embeddings of. */
enum { MOLGLOT_MOLECULES = 0, MOLGLOT_TEXTS = 1 };

typedef struct molglot_index_options {
    size_t size; /* of this struct; set by molglot_index_options_default */
    int bf16;    /* 1 (default): rows as bfloat16, two bytes a number; 0: as float32 */
    int side;    /* MOLGLOT_MOLECULES (default) or MOLGLOT_TEXTS: what is embedded */
    molglot_progress on_progress; /* rows of a call so far, or NULL (default) */
    void *user;                   /* handed to on_progress */
    int text_vectors; /* 1 (default): of rows with a molecule and a text both are embedded; 0: the
                       * molecules alone, half the size */
    int inchikeys;    /* 1: each molecule's InChIKey is stored (0.25 ms each); 0: default */
    int append;       /* 1: the rows come behind those of the index at `path`; 0: default */
    int n_columns;    /* further columns (default 0) */
    const char *const *columns; /* [n_columns] their names; copied */
    /* Numbers of a row, in the basis that the model carries (part `basis`), instead of all of the
     * model's; 0 (default): all. MOLGLOT_USAGE where the model carries no such basis. */
    int dims;
} molglot_index_options;

/* Fills options with their defaults. For languages that cannot call
 * molglot_index_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_index_options_init(molglot_index_options *options, size_t size);

/* @return  the defaults */
static inline molglot_index_options molglot_index_options_default(void) {
    molglot_index_options options;
    molglot_index_options_init(&options, sizeof options);
    return options;
}

/* Begins an index file. Rows are written as they come, into a temporary file beside `path`, so
 * memory does not grow with their number. What stands at `path` stays until the commit. Until then
 * the rows take their room on the disk twice.
 * @param session  makes the embeddings; outlives the builder
 * @param path     file to write
 * @param options  NULL: the defaults
 * @param err      filled on failure, or NULL
 * @return         the builder, or NULL. The caller frees it with molglot_index_builder_free.
 */
MOLGLOT_API molglot_index_builder *molglot_index_builder_open(molglot_session *session,
                                                              const char *path,
                                                              const molglot_index_options *options,
                                                              molglot_error *err);

/* Embeds and adds rows; rejected ones are left out. A thousand a call are faster than one. When it
 * is interrupted, some rows are in: free the builder, or commit what there is.
 * @param builder  a builder
 * @param ids      [n] names. This and the next two may be NULL, and so may their entries, but for
 *                 what is embedded.
 * @param smiles   [n] molecules
 * @param texts    [n] texts
 * @param n        how many
 * @param status   [n] what became of each, or NULL
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, also when rows were rejected, or a code
 */
MOLGLOT_API int molglot_index_builder_add(molglot_index_builder *builder, const char *const *ids,
                                          const char *const *smiles, const char *const *texts,
                                          size_t n, molglot_row_status *status, molglot_error *err);

/* Adds rows with further columns; all else as molglot_index_builder_add has it.
 * @param builder  a builder
 * @param ids      [n] names, or NULL
 * @param smiles   [n] molecules, or NULL
 * @param texts    [n] texts, or NULL
 * @param cells    [n][n_columns], or NULL; an entry may be NULL
 * @param numbers  [n] of the rows in the file that they come from; NULL: counted from 1
 * @param n        how many
 * @param status   [n] what became of each, or NULL
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, also when rows were rejected, or a code
 */
MOLGLOT_API int molglot_index_builder_add_cells(molglot_index_builder *builder,
                                                const char *const *ids, const char *const *smiles,
                                                const char *const *texts, const char *const *cells,
                                                const int64_t *numbers, size_t n,
                                                molglot_row_status *status, molglot_error *err);

/* Completes the file: from now on it stands at its path. The builder can then only be freed.
 * @param builder  a builder
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_index_builder_commit(molglot_index_builder *builder, molglot_error *err);

/* Frees a builder. If it was not committed, nothing is left of the new file.
 * @param builder  a builder; NULL: nothing happens
 */
MOLGLOT_API void molglot_index_builder_free(molglot_index_builder *builder);

/* An index of molecules in one call: builder, rows, commit.
 * @param session  makes the embeddings
 * @param ids      [n] names, or NULL; an entry may be NULL
 * @param smiles   [n] molecules
 * @param texts    [n] texts, or NULL; an entry may be NULL
 * @param n        how many
 * @param bf16     1: rows as bfloat16; 0: as float32
 * @param path     file to write
 * @param status   [n] what became of each, or NULL
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, also when rows were rejected, or a code
 */
MOLGLOT_API int molglot_index_build(molglot_session *session, const char *const *ids,
                                    const char *const *smiles, const char *const *texts, size_t n,
                                    int bf16, const char *path, molglot_row_status *status,
                                    molglot_error *err);

typedef struct molglot_concat_options {
    size_t size;                  /* of this struct; set by molglot_concat_options_default */
    size_t n_without;             /* default 0 */
    const char *const *without;   /* [n_without] ids whose rows are left out */
    molglot_progress on_progress; /* rows so far, each counted twice, or NULL (default) */
    void *user;                   /* handed to on_progress */
} molglot_concat_options;

/* Fills options with their defaults. For languages that cannot call
 * molglot_concat_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_concat_options_init(molglot_concat_options *options, size_t size);

/* @return  the defaults */
static inline molglot_concat_options molglot_concat_options_default(void) {
    molglot_concat_options options;
    molglot_concat_options_init(&options, sizeof options);
    return options;
}

/* Writes the rows of several indexes, as they are stored, into one: one after another, or, where
 * they are shards of one file (molglot index --shard), in its order. Columns are joined by name.
 * @param path       file to write; may be that of one of the indexes
 * @param indexes    [n_indexes] of one model, side and type of number
 * @param n_indexes  how many; 1 with ids to leave out removes rows
 * @param options    NULL: the defaults
 * @param err        filled on failure, or NULL. MOLGLOT_BAD_FILE: they do not go together.
 * @return           MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_index_concat(const char *path, const molglot_index *const *indexes,
                                     size_t n_indexes, const molglot_concat_options *options,
                                     molglot_error *err);

/* ---- reading indexes ------------------------------------------------------------------------- */

/* Opens an index, however large, in no time: the file is mapped.
 * @param path  file that `molglot index` or a builder wrote; keep it in place
 * @param err   filled on failure, or NULL
 * @return      the index, or NULL. The caller frees it with molglot_index_free.
 */
MOLGLOT_API molglot_index *molglot_index_open(const char *path, molglot_error *err);

/* Frees an index.
 * @param index  no generator uses it any more; NULL: nothing happens
 */
MOLGLOT_API void molglot_index_free(molglot_index *index);

/* Reads the whole file and compares its checksum.
 * @param index        an index
 * @param on_progress  bytes so far, or NULL
 * @param user         handed to on_progress
 * @param err          filled on failure, or NULL
 * @return             MOLGLOT_OK; MOLGLOT_BAD_FILE if the file is damaged
 */
MOLGLOT_API int molglot_index_verify(const molglot_index *index, molglot_progress on_progress,
                                     void *user, molglot_error *err);

/* Rows of an index.
 * @param index  an index
 * @return       how many
 */
MOLGLOT_API size_t molglot_index_size(const molglot_index *index);

/* Length of the rows.
 * @param index  an index
 * @return       numbers in a row: molglot_index_model_dim, or fewer (molglot_index_options.dims)
 */
MOLGLOT_API int molglot_index_dim(const molglot_index *index);

/* Length of the vectors of the model that made the index: of what it is searched with.
 * @param index  an index
 * @return       numbers in a query
 */
MOLGLOT_API int molglot_index_model_dim(const molglot_index *index);

/* Length of the codes by which a search finds the rows worth scoring.
 * @param index  an index
 * @return       numbers (bytes) in a code; 0: it has no codes, and every search of it is exact
 */
MOLGLOT_API int molglot_index_code_width(const molglot_index *index);

/* What the rows are embeddings of.
 * @param index  an index
 * @return       MOLGLOT_MOLECULES or MOLGLOT_TEXTS
 */
MOLGLOT_API int molglot_index_side(const molglot_index *index);

/* The model that the index was made with.
 * @param index  an index
 * @return       what molglot_model_sha256 said of it; "" if unknown. Owned by the index.
 */
MOLGLOT_API const char *molglot_index_model_sha256(const molglot_index *index);

/* The name of that model.
 * @param index  an index
 * @return       "" if unknown. Owned by the index.
 */
MOLGLOT_API const char *molglot_index_model_name(const molglot_index *index);

/* Name of a row.
 * @param index  an index
 * @param i      row, from 0
 * @return       "" if none was given; NULL if there is no such row. Owned by the index.
 */
MOLGLOT_API const char *molglot_index_id(const molglot_index *index, size_t i);

/* Molecule of a row, as it was given.
 * @param index  an index
 * @param i      row, from 0
 * @return       "" if none was given; NULL if there is no such row. Owned by the index.
 */
MOLGLOT_API const char *molglot_index_smiles(const molglot_index *index, size_t i);

/* Text of a row.
 * @param index  an index
 * @param i      row, from 0
 * @return       "" if none was given; NULL if there is no such row. Owned by the index.
 */
MOLGLOT_API const char *molglot_index_text(const molglot_index *index, size_t i);

/* Further columns.
 * @param index  an index
 * @param names  set to their names, which are owned by the index, or NULL
 * @return       how many there are
 */
MOLGLOT_API int molglot_index_columns(const molglot_index *index, const char *const **names);

/* Cell of a row in a further column.
 * @param index   an index
 * @param i       row, from 0
 * @param column  from 0
 * @return        "" if none was given; NULL if there is no such row or column. Owned by the index.
 */
MOLGLOT_API const char *molglot_index_cell(const molglot_index *index, size_t i, int column);

/* Number of a row in the file that it comes from.
 * @param index  an index
 * @param i      row, from 0
 * @return       from 1; 0 if it is not known, or there is no such row
 */
MOLGLOT_API int64_t molglot_index_number(const molglot_index *index, size_t i);

/* InChIKey of a row.
 * @param index  an index
 * @param i      row, from 0
 * @return       "" if none was stored; NULL if there is no such row. Owned by the index.
 */
MOLGLOT_API const char *molglot_index_inchikey(const molglot_index *index, size_t i);

/* What tells a row's molecule from others, made from its canonical SMILES.
 * @param index  an index
 * @param i      row, from 0
 * @return       equal for rows with the same molecule; 0 if it is not known
 */
MOLGLOT_API uint64_t molglot_index_molecule(const molglot_index *index, size_t i);

/* Rows whose texts were embedded beside their molecules.
 * @param index  an index
 * @return       how many
 */
MOLGLOT_API size_t molglot_index_text_vectors(const molglot_index *index);

/* Embeddings of rows, as they are stored.
 * @param index  an index
 * @param first  row, from 0
 * @param n      how many rows
 * @param dims   how many numbers of each, from its front; 0: all
 * @param out    [n][dims]
 * @param err    filled on failure, or NULL
 * @return       MOLGLOT_OK; MOLGLOT_USAGE if there are no such rows or numbers
 */
MOLGLOT_API int molglot_index_vectors(const molglot_index *index, size_t first, size_t n, int dims,
                                      float *out, molglot_error *err);

/* The Arrow C data and stream interfaces, as Apache Arrow defines them
 * (https://arrow.apache.org/docs/format/CDataInterface.html). */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4
struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/* All rows of an index as an Arrow C stream, in batches and in bounded memory: for pyarrow, polars,
 * DuckDB, pandas and whatever else reads it. Columns: row (int64), id, smiles, text, inchikey and
 * the index's further ones (utf8; "" where there is none, bytes that are no UTF-8 as U+FFFD; a name
 * of the first five gets "input_" in front), embedding (fixed-size list of float32). The schema's
 * metadata name the model. The batches hold memory of their own, and the stream keeps the index's
 * file open: the index may be freed before.
 * @param index  an index
 * @param out    filled; its consumer releases it (out->release)
 * @param err    filled on failure, or NULL
 * @return       MOLGLOT_OK, or a code; then out is not touched
 */
MOLGLOT_API int molglot_index_arrow(const molglot_index *index, struct ArrowArrayStream *out,
                                    molglot_error *err);

/* ---- searching ------------------------------------------------------------------------------- */

typedef struct molglot_hit {
    int64_t row;   /* of the index; -1: there are no more hits */
    float score;   /* cosine, in [-1, 1] */
    int32_t index; /* which of the indexes, from 0; -1: there are no more hits */
} molglot_hit;

typedef struct molglot_search_options {
    size_t size;     /* of this struct; set by molglot_search_options_default */
    int k;           /* hits a query (default 10) */
    int threads;     /* 0 (default): as many as the session has */
    size_t offset;   /* best hits to leave out, for pages: the k after them come (default 0) */
    float min_score; /* hits below it are left out; default: none is */
    /* NULL (default): all rows may be hits. Else for each index a bitmap of those that may, or
     * NULL: bit i % 64 of word i / 64 is row i. */
    const uint64_t *const *rows;
    molglot_progress on_progress; /* products of queries and rows so far, or NULL (default); called
                                   * by the caller's thread, every few milliseconds */
    void *user;                   /* handed to on_progress */
    /* 1: every row is scored. 0 (default): of an index with codes, those rows whose codes score
     * best, `candidates` of them; 0 (default): 200, or ten times offset + k where that is more.
     * What codes miss, `molglot search --check-recall` measures: docs/search.md. */
    int exact, candidates;
} molglot_search_options;

/* Fills options with their defaults. For languages that cannot call
 * molglot_search_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_search_options_init(molglot_search_options *options, size_t size);

/* @return  the defaults */
static inline molglot_search_options molglot_search_options_default(void) {
    molglot_search_options options;
    molglot_search_options_init(&options, sizeof options);
    return options;
}

/* Searches indexes as if they were one. Scores are exact, equal ones go by index, then by row, and
 * neither threads nor other queries change a hit. Where no index has codes (less than 4096 rows, or
 * a model without a basis), or with options->exact, every row is looked at, so pages do not
 * overlap; else what codes miss may stand on two pages or on none.
 * @param session    what made the queries. An index of another model is MOLGLOT_BAD_FILE.
 * @param indexes    [n_indexes]
 * @param n_indexes  how many
 * @param queries    [n][molglot_model_dim] rows of length 1, from molglot_embed_texts or _smiles.
 *                   One that holds NaN or infinity has no hits: its rows are -1.
 * @param n          how many; many at once are faster than one by one
 * @param options    NULL: the defaults
 * @param hits       [n][k] best first
 * @param err        filled on failure, or NULL
 * @return           MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_search(const molglot_session *session, const molglot_index *const *indexes,
                               size_t n_indexes, const float *queries, size_t n,
                               const molglot_search_options *options, molglot_hit *hits,
                               molglot_error *err);

/* Searches one index without a session, as molglot_search does by default: nothing says whether the
 * queries come from its model.
 * @param index    an index
 * @param queries  [n][molglot_index_model_dim] rows of length 1; NaN or infinity in one: no hits
 * @param n        how many
 * @param k        hits a query
 * @param hits     [n][k] best first, equal scores by row
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_index_search(const molglot_index *index, const float *queries, size_t n,
                                     int k, molglot_hit *hits, molglot_error *err);

/* ---- finding rows by what they are, what is said of them and how they are called ------------- */

/* What rows are compared by: molecule, text, words and names in one order; or one of them. */
enum { MOLGLOT_BY_AUTO = 0, MOLGLOT_BY_MOLECULE, MOLGLOT_BY_TEXT, MOLGLOT_BY_NAME };

typedef struct molglot_found {
    int64_t row;   /* of the index */
    int32_t index; /* which of the indexes, from 0 */
    float score;   /* what the order goes by, in [-1, 1] */
    float cosine;  /* of query and molecule; where a row has none, its text */
    char *why;     /* "name", "text: kinase inhibitor", "molecule", joined by "; " */
    int met, of;   /* of the conditions that the query makes (molglot_understand): how many the row
                    * meets; 0 of 0: it makes none */
    char *fails;   /* what it does not meet: "amide; MolWt < 300"; "" for nothing */
} molglot_found;

typedef struct molglot_find_options {
    size_t size;   /* of this struct; set by molglot_find_options_default */
    int k;         /* hits (default 10) */
    size_t offset; /* best hits to leave out (default 0) */
    int by;        /* MOLGLOT_BY_AUTO (default), ... */
    int words;     /* 1: the query is words, whatever it looks like; 0: it says itself (default) */
    int all_rows;  /* 1: a molecule that stands in several rows is several hits; 0: one (default) */
    int threads;   /* 0 (default): as many as the session has */
    /* Only rows with all of these are hits. NULL or 0 (default): no such test. */
    const char *const *smarts, *const *not_smarts; /* [n_...] substructures to have, not to have */
    int n_smarts, n_not_smarts;
    double min_weight, max_weight; /* g/mol */
    const char *formula;           /* "C9H8O4" */
    const char *elements;          /* "CNOCl": no others but hydrogen */
    const char *without_elements;  /* none of these */
    const char *similar;           /* SMILES of a molecule to be alike to */
    double min_similarity;         /* Tanimoto of Morgan fingerprints (default 0.6) */
    const char *const *where; /* [n_where] "pIC50 > 6": column, = != < <= > >= contains, value */
    int n_where;
    /* 1: names are not looked up in the model's dictionary; 0 (default): a query that is a name
     * there has the rows of its molecule first, and `why` says "name: aspirin (PubChem)" */
    int no_names;
    /* What words ask of molecules ("two aromatic rings, no halogen, under 300 Da") is checked. Both
     * 0 (default): rows that meet all of it come first. must = 1: no others are hits. soft = 1: it
     * is not checked. */
    int must, soft;
    /* 1: the best hits of a sentence stay in the order of their cosines; 0 (default): what names,
     * groups and numbers in it say puts them in a new order, where the model has the part `rerank`
     * (docs/models/rerank.md). `cosine` stays what it is, `score` has what was added. */
    int no_rerank;
    int exact; /* 1: cosines of all rows; 0 (default): as molglot_search_options.exact has it */
    /* Told between the stages of a search and within the long ones: queries that are read, embedded
     * and held against names, rows, filters and conditions. Called by the caller's thread. done:
     * queries, rows and products of both that were looked at; total: 0, not known. Nonzero
     * ends the call within some milliseconds, or the time of one batch of queries in the model, or
     * of 256 molecules in filters: with MOLGLOT_INTERRUPTED and no hits. NULL (default): none */
    molglot_progress on_progress;
    void *user; /* handed to on_progress */
} molglot_find_options;

/* Fills options with their defaults. For languages that cannot call molglot_find_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_find_options_init(molglot_find_options *options, size_t size);

/* @return  the defaults */
static inline molglot_find_options molglot_find_options_default(void) {
    molglot_find_options options;
    molglot_find_options_init(&options, sizeof options);
    return options;
}

/* What `molglot search` does: the best rows of indexes for a sentence, a name or a molecule. How a
 * score is made: docs/search.md. To rank by vectors alone, embed and call molglot_search.
 * @param session    makes the query's vector. An index of another model is MOLGLOT_BAD_FILE.
 * @param indexes    [n_indexes]
 * @param n_indexes  how many
 * @param query      words, a name of a row, a SMILES or an InChI
 * @param options    NULL: the defaults
 * @param found      set to the hits, best first. The caller frees it with molglot_found_free.
 * @param n          set to how many there are; fewer than k where no more rows pass
 * @param status     why the query was refused, with MOLGLOT_REJECTED as result; or NULL
 * @param err        filled on failure, or NULL
 * @return           MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_find(molglot_session *session, const molglot_index *const *indexes,
                             size_t n_indexes, const char *query,
                             const molglot_find_options *options, molglot_found **found, size_t *n,
                             molglot_row_status *status, molglot_error *err);

/* Finds rows for many queries at once, which is faster than one by one: they go through the model
 * and over the rows together.
 * @param session    as molglot_find has it
 * @param indexes    [n_indexes]
 * @param n_indexes  how many
 * @param queries    [n] as molglot_find has them
 * @param n          how many
 * @param options    of all of them; NULL: the defaults
 * @param found      [n] each set to the hits of its query, best first, or to NULL. The caller frees
 *                   each with molglot_found_free.
 * @param counts     [n] how many hits each has
 * @param status     [n] what became of each
 * @param err        filled on failure, or NULL
 * @return           MOLGLOT_OK, also when queries were refused, or a code; then there is nothing to
 *                   free
 */
MOLGLOT_API int molglot_find_many(molglot_session *session, const molglot_index *const *indexes,
                                  size_t n_indexes, const char *const *queries, size_t n,
                                  const molglot_find_options *options, molglot_found **found,
                                  size_t *counts, molglot_row_status *status, molglot_error *err);

/* Frees hits.
 * @param found  of molglot_find; NULL: nothing happens
 * @param n      how many
 */
MOLGLOT_API void molglot_found_free(molglot_found *found, size_t n);

/* What words ask of molecules, as molglot_find and molglot_generate read them (docs/requests.md).
 * @param session  a session
 * @param text     "a secondary amine with two aromatic rings, no halogen, under 300 Da"
 * @param asked    "secondary amine; aromatic rings = 2; no halogen; MolWt < 300"; "": nothing. The
 *                 caller frees it with free()
 * @param left     words that none of it used, or NULL: not wanted. Freed alike
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_understand(molglot_session *session, const char *text, char **asked,
                                   char **left, molglot_error *err);

/* Words of a sentence that the model does not know, of those that no condition of it uses: what is
 * found or written leans on the others. None where the whole text is a molecule, or a name in the
 * model's dictionary.
 * @param session  a session
 * @param text     as molglot_understand has it
 * @param unknown  the first of them, "zorbly, blurgic"; "": none. The caller frees it with
 *                 molglot_free.
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, or a code; then *unknown is NULL
 */
MOLGLOT_API int molglot_unknown_words(molglot_session *session, const char *text, char **unknown,
                                      molglot_error *err);

/* One of the conditions that words make. */
typedef struct molglot_condition {
    char *says;   /* "no halogen" */
    size_t begin; /* byte of the words that say it */
    size_t end;   /* byte behind */
} molglot_condition;

/* As molglot_understand, with the words that each condition comes from: who takes them out of the
 * sentence takes the condition out.
 * @param session  a session
 * @param text     as molglot_understand has it
 * @param out      set to the conditions. The caller frees them with molglot_conditions_free.
 * @param n        set to how many there are
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, or a code; then there is nothing to free
 */
MOLGLOT_API int molglot_conditions(molglot_session *session, const char *text,
                                   molglot_condition **out, size_t *n, molglot_error *err);

/* Frees conditions.
 * @param conditions  of molglot_conditions; NULL: nothing happens
 * @param n           how many
 */
MOLGLOT_API void molglot_conditions_free(molglot_condition *conditions, size_t n);

/* ---- names ----------------------------------------------------------------------------------- */

/* A name and its molecule, out of the dictionary of names. */
typedef struct molglot_name {
    char *name;   /* as the dictionary spells it */
    char *smiles; /* canonical, with stereo */
    char *source; /* "PubChem, ChEBI" */
    /* "exact"; "folded": blanks, hyphens or the spelling differ; "salt": without the salt that the
     * name ends with; "stereo": of another stereo; "near": one or two letters are wrong;
     * "computed": made of the molecule of a name in it ("sodium salt of ibuprofen"), or the
     * molecule's systematic name, made of its structure. Owned by the library. */
    const char *how;
} molglot_name;

/* The structures of a name: the best first, by sources, then stereo, then size. Threads may ask at
 * the same time.
 * @param model  a model with the part names. Without one: MOLGLOT_BAD_FILE.
 * @param name   of a molecule
 * @param max    at most so many
 * @param near   1: where no name is this one, names with one or two other letters; 0: none then
 * @param out    set to the answers. The caller frees them with molglot_names_free.
 * @param n      set to how many there are; 0: no such name
 * @param err    filled on failure, or NULL
 * @return       MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_names_find(const molglot_model *model, const char *name, size_t max,
                                   int near, molglot_name **out, size_t *n, molglot_error *err);

/* The names of a molecule, the best known first; behind them those of its other stereo; last, where
 * max leaves room, the systematic name that is computed of it.
 * @param model   as molglot_names_find has it
 * @param smiles  a molecule. One that cannot be read is MOLGLOT_REJECTED.
 * @param max     at most so many
 * @param out     set to the answers. The caller frees them with molglot_names_free.
 * @param n       set to how many there are
 * @param err     filled on failure, or NULL
 * @return        MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_names_of(const molglot_model *model, const char *smiles, size_t max,
                                 molglot_name **out, size_t *n, molglot_error *err);

/* Frees names.
 * @param names  of molglot_names_find or molglot_names_of; NULL: nothing happens
 * @param n      how many
 */
MOLGLOT_API void molglot_names_free(molglot_name *names, size_t n);

/* ---- generating molecules -------------------------------------------------------------------- */

/* A molecule that was written. Strings are owned by what holds the molecule. */
typedef struct molglot_molecule {
    char *smiles;     /* canonical where valid, else as it was written */
    int valid;        /* RDKit reads and sanitises it, and its canonical SMILES too */
    int in_training;  /* 1: the writer was trained on this molecule; 0: not; -1: its file does not
                       * tell, or not valid */
    char *known_as;   /* name or id of the memory's row whose molecule it is; the dictionary's name
                       * where the whole sentence is one; else NULL */
    int known_stereo; /* with known_as: the row is the same molecule but for stereo */
    int copy;         /* it is what a draw started from: a molecule of the memory, or `like` */
    int duplicate;    /* an earlier draw of the sentence is the same string; only with keep_all */
    int limited;      /* the length limit forbade tokens; of a flow: it was repaired; else 0 */
    int repeats;      /* the writer said the same again and again and was stopped */
    const char *odd;  /* what nobody asked for: "radical", "metal", ... (static); NULL: nothing */
    char *why;        /* RDKit's reason if it is not valid, else NULL */
    float score;      /* cosine with the sentence; NaN without a ranker, when not valid, and where
                       * the sentence is a name */
    float similarity; /* to `like`: Tanimoto, Morgan fingerprint of radius 2, 2048 bits; NaN
                       * without `like` or when not valid */
    double nll;       /* -log of its probability under the writer */
    int rank;         /* from 1. Valid ones first, those that repeat last among them, by
                       * score - 0.005 nll - copy_cost of a copy; without scores by nll; with `like`
                       * by half the similarity more, without a sentence by similarity alone; with
                       * diversity as that says. */
    int index;   /* which draw, from 0; -1: no draw, but a molecule of the memory that meets all
                  * that the sentence asks, or one that `source` tells of */
    int met, of; /* of the conditions that the sentence makes (docs/requests.md): how many it
                  * meets; 0 of 0: it makes none */
    /* What lists of controlled substances say (docs/triage.md): "no match", or "match: CWC 1.A.01
     * (words)", or "near: ...". NULL: not screened, because it is not valid or `screen` is off. A
     * match is no accusation, and no match no clearance. */
    char *control_list;
    /* Where it comes from besides a draw: "conjugate base of nonanoic acid", "mirror image of
     * SMILES, of the memory", "said: 2-methoxyphenol", "named: caffeine" (docs/names.md), "told of
     * caffeine": its text in the memory says what the sentence says (docs/requests.md), and
     * "named: Aspirin (PubChem)" or "said: ... (Molglot)" where the whole sentence is that; also
     * where a draw is that very molecule. NULL: it was drawn, or stands in the memory. */
    char *source;
} molglot_molecule;

/* What became of one sentence. Nothing is hidden: with keep_all 0, `drawn` is n and what was left
 * out. */
typedef struct molglot_generation {
    molglot_molecule *molecules;
    int n;          /* how many */
    int drawn;      /* draws */
    int invalid;    /* of them, refused by RDKit */
    int duplicates; /* of them, drawn before */
    int cut;        /* 1: the sentence is longer than the model reads; its end was ignored */
    int odd;        /* of the draws that differ: left out because they are odd (keep_odd) */
    int unwanted;   /* of them: left out because they are `like` or its stereoisomers, lack what
                     * `keep` wants, or are known though `only_new` is set */
    int offered;    /* molecules that were not drawn and stand beside the draws that differ: of the
                     * memory, where they meet all that the sentence asks; those with a `source` */
    int meeting;    /* of all these: how many meet all of it */
    molglot_row_status status; /* why nothing was drawn for the sentence */
    int controlled; /* of the draws that differ: left out because a list names them or what they are
                     * near to (MOLGLOT_SCREEN_OMIT) */
} molglot_generation;

/* Lists of controlled substances. Many threads may use one. */
typedef struct molglot_screen molglot_screen;

/* Opens the lists that are built in (the Chemical Weapons Convention's schedules, the tables of
 * precursors of the United Nations' convention of 1988). Needs no model.
 * @param more  NULL, or a table of a site's own lists in the form of docs/triage.md
 * @param n     bytes of `more`
 * @param err   filled on failure, or NULL. MOLGLOT_BAD_FILE names the row.
 * @return      the lists, or NULL. The caller frees it with molglot_screen_close.
 */
MOLGLOT_API molglot_screen *molglot_screen_open(const char *more, size_t n, molglot_error *err);

/* Closes lists.
 * @param screen  no generator uses it any more; NULL: nothing happens
 */
MOLGLOT_API void molglot_screen_close(molglot_screen *screen);

/* The names and versions of lists.
 * @param screen  lists
 * @return        "CWC 2020-06-07; UN 1988 2024-12-03"; "" for NULL. Owned by the screen.
 */
MOLGLOT_API const char *molglot_screen_lists(const molglot_screen *screen);

/* What becomes of generated molecules that a list of controlled substances names: they are flagged
 * (control_list), left out, or nothing is screened. Where the screen fails, the call does. */
enum { MOLGLOT_SCREEN_FLAG = 0, MOLGLOT_SCREEN_OMIT = 1, MOLGLOT_SCREEN_OFF = 2 };

typedef struct molglot_generate_options {
    size_t size; /* of this struct; set by molglot_generate_options_default */
    int n;       /* molecules a sentence (default 16) */
    /* Draws, of which the n best are kept; less than n, but not 0: n. 0 (default): n, and more, up
     * to 8 times as many, until n differ and none is left out; then a writer without a temperature
     * of its own takes a higher one from round to round. */
    int candidates;
    /* "direct":    sentence to SMILES
     * "diffusion": through latents
     * "faithful":  latents as 3M-Diffusion makes them, told by the ranker; "motif": its decoder too
     * "beam":      an imported T5: n or `candidates` beams (at most 256), at least 5; with a
     *              temperature above 0 as many draws; "flow": latents of MoFlow, moved towards it
     * NULL (default): direct where the writer can, else what it can */
    const char *method;
    /* Of the tokens. 0: the likeliest each time. Negative (default): 0.7 direct and diffusion over
     * aligned latents (docs/models/3m.md), 0.85 flow, else 0. */
    float temperature;
    float top_p; /* in (0, 1): only the likeliest tokens with this share of the probability */
    /* Weight of the sentence, not direct. 1: plain; larger: closer to it, less different. NaN
     * (default): 3 diffusion (1.5 over aligned latents), 0.8 faithful and motif, 10 flow. */
    float guidance;
    int steps; /* from noise to molecule. 0 (default): 10 diffusion; flow at most 60; faithful 50 */
    /* noise of the steps of faithful, and of diffusion over aligned latents, 0 to 1 (default): as
     * much as the forward process */
    float eta;
    /* 0 (default): the best. Towards 1: good ones that are unlike each other (maximal marginal
     * relevance over the Tanimoto similarity of Morgan fingerprints). */
    float diversity;
    int max_tokens; /* of a SMILES at most; 0 (default): the model's limit */
    /* A SMILES to make analogues of, or NULL (default): it and its stereoisomers are left out. */
    const char *like;
    int neighbours;  /* with a memory: draws start in turn from so many of the sentence's nearest
                      * molecules, 1 to 8 (default 4) */
    float copy_cost; /* penalty, in score, for returning what draws started from (the memory's
                      * molecules, or `like`). 0: none (default); 2: copies rank last. */
    float strength;  /* with `like`, through latents: how far from it, in (0, 1] (default 0.5).
                      * 1: only the sentence counts. */
    uint64_t seed;   /* same seed, same molecules (default 0) */
    int keep_all;    /* 1: all draws come back, repeated ones too, the n best first */
    molglot_progress on_progress; /* draws so far, or NULL (default) */
    void *user;                   /* handed to on_progress and on_molecule */
    /* Gets each molecule as it is drawn, without score and rank, or NULL (default): sentence by
     * sentence, in the order of drawing. The molecule is gone when it returns. It is called, and
     * stops the call, as a molglot_progress does. */
    int (*on_molecule)(void *user, const molglot_molecule *molecule);
    const char *keep; /* a SMARTS pattern that every molecule holds, or NULL (default) */
    int only_new;     /* 1: none that the memory holds (with whatever stereo), that the writer was
                       * trained on, or that is `like`; default 0 */
    /* 0 (default): molecules with what the sentence does not ask for and `like` does not have are
     * left out: unpaired electrons, isotopes, metals, unusual elements, several components, charges
     * where atoms seldom bear one. 1: they stay, marked. */
    int keep_odd;
    /* 0 (default): what the sentence asks of molecules ("two aromatic rings, no halogen, under 300
     * Da") is checked on each: those that meet all come first, drawing goes on for them, and draws
     * start from those of the memory that do. 1: it is not. */
    int soft;
    int screen; /* MOLGLOT_SCREEN_FLAG (default), _OMIT or _OFF */
    /* Diffusion over aligned latents: how much each step also goes up the gradient of its cosine
     * with the sentence, 0 (default) to 1; below 0 (to -1): down */
    float pull;
    /* 0 (default): where the whole sentence is a name in the dictionary of the ranker's model or
     * builds a molecule ("phenol with a methoxy group at position 2"), this stands first and draws
     * are its analogues, but with `like` or `only_new`. What the sentence builds besides, what it
     * says by its relation to a molecule of the memory or the dictionary ("a conjugate base
     * of ..."), and names that stand apart in it ("caffeine, a stimulant"), stand beside the draws
     * of the method direct. molglot_molecule's source tells of all these. 1: they do not. */
    int drawn_only;
    /* 0 (default): a text that is a molecule, or of which the ranker's model knows no word, is a
     * rejected row. 1: it is a sentence too. */
    int as_text;
} molglot_generate_options;

/* Fills options with their defaults. For languages that cannot call
 * molglot_generate_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_generate_options_init(molglot_generate_options *options, size_t size);

/* @return  the defaults */
static inline molglot_generate_options molglot_generate_options_default(void) {
    molglot_generate_options options;
    molglot_generate_options_init(&options, sizeof options);
    return options;
}

/* Loads a writer, the model that writes SMILES. Generators share it.
 * @param path  as molglot_model_load has it; both kinds of writer may be there, or an imported T5
 * @param err   filled on failure, or NULL
 * @return      the writer, or NULL. The caller frees it with molglot_writer_free.
 */
MOLGLOT_API molglot_writer *molglot_writer_load(const char *path, molglot_error *err);

/* Frees a writer.
 * @param writer  no generator uses it any more; NULL: nothing happens. Not one of
 *                molglot_model_writer.
 */
MOLGLOT_API void molglot_writer_free(molglot_writer *writer);

typedef struct molglot_generator_options {
    size_t size;                 /* of this struct; set by molglot_generator_options_default */
    molglot_session *ranker;     /* its model scores what is drawn; NULL (default): likeliest first.
                                  * The generator uses it, so it is not for other work meanwhile. */
    const molglot_index *memory; /* molecules, made with the ranker's model: the writer also reads
                                  * the sentence's nearest ones. NULL (default): the memory of the
                                  * ranker's model, where it has one. */
    int threads;                 /* 0 (default): as many as OpenMP gives */
    const char *device;          /* as molglot_options has it (default NULL) */
    molglot_progress on_progress; /* rows of molglot_encode, _decode, _interpolate, or NULL */
    void *user;                   /* handed to on_progress */
    int no_memory;                /* 1: neither; default 0 */
    int no_rerank; /* 1: the best draws of a sentence stay in the order of their scores; default 0:
                    * in that of the part `rerank` (docs/models/rerank.md) of the ranker's model,
                    * where it has one */
    const molglot_screen *screen; /* lists that molecules are held against; it outlives the
                                   * generator. NULL (default): those that are built in. */
} molglot_generator_options;

/* Fills options with their defaults. For languages that cannot call
 * molglot_generator_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_generator_options_init(molglot_generator_options *options, size_t size);

/* @return  the defaults */
static inline molglot_generator_options molglot_generator_options_default(void) {
    molglot_generator_options options;
    molglot_generator_options_init(&options, sizeof options);
    return options;
}

/* Opens a generator over a shared writer.
 * @param writer   outlives the generator
 * @param options  NULL: the defaults. Ranker and memory outlive the generator.
 * @param err      filled on failure, or NULL. MOLGLOT_BAD_FILE: the memory was made with another
 *                 model than the ranker's.
 * @return         the generator, or NULL. The caller frees it with molglot_generator_free.
 */
MOLGLOT_API molglot_generator *molglot_generator_open(const molglot_writer *writer,
                                                      const molglot_generator_options *options,
                                                      molglot_error *err);

/* A generator with a writer of its own and the memory of the ranker's model.
 * @param path     as molglot_writer_load has it
 * @param ranker   as molglot_generator_options has it, or NULL
 * @param options  threads and device count; NULL: the defaults
 * @param err      filled on failure, or NULL
 * @return         the generator, or NULL. The caller frees it with molglot_generator_free.
 */
MOLGLOT_API molglot_generator *molglot_generator_new(const char *path, molglot_session *ranker,
                                                     const molglot_options *options,
                                                     molglot_error *err);

/* Frees a generator.
 * @param generator  a generator; NULL: nothing happens
 */
MOLGLOT_API void molglot_generator_free(molglot_generator *generator);

/* Writes molecules for sentences. A sentence that is NULL, empty, not UTF-8 or (as_text) none is a
 * rejected row: it has a status and no molecules. On one device the result depends on the sentence,
 * the options and the seed alone, not on other sentences or threads. Only the last bits of scores
 * depend on the threads of the ranker.
 * @param generator  a generator
 * @param texts      [n] sentences. NULL: for no sentence, through latents where the writer can.
 * @param n          how many
 * @param options    NULL: the defaults
 * @param out        [n] one result a sentence. The caller frees each with molglot_generation_free.
 * @param err        filled on failure, or NULL
 * @return           MOLGLOT_OK, or a code; then there is nothing to free
 */
MOLGLOT_API int molglot_generate(molglot_generator *generator, const char *const *texts, size_t n,
                                 const molglot_generate_options *options, molglot_generation *out,
                                 molglot_error *err);

/* Frees what a result holds, not the struct itself.
 * @param generation  a result; NULL: nothing happens
 */
MOLGLOT_API void molglot_generation_free(molglot_generation *generation);

/* Size of a molecule's latents: tokens times dimensions.
 * @param generator  a generator
 * @return           how many numbers; 0: the writer has none, or they cannot be loaded
 *                   (molglot_encode says why)
 */
MOLGLOT_API size_t molglot_latents_size(const molglot_generator *generator);

/* Molecules to latents.
 * @param generator  a generator
 * @param smiles     [n] molecules
 * @param n          how many
 * @param out        [n][molglot_latents_size] zeros where rejected
 * @param status     [n] what became of each, or NULL
 * @param err        filled on failure, or NULL. MOLGLOT_BAD_FILE: the writer has no latents.
 * @return           MOLGLOT_OK, also when rows were rejected, or a code
 */
MOLGLOT_API int molglot_encode(molglot_generator *generator, const char *const *smiles, size_t n,
                               float *out, molglot_row_status *status, molglot_error *err);

/* The likeliest molecule of each row of latents.
 * @param generator  a generator
 * @param latents    [n][molglot_latents_size]
 * @param n          how many
 * @param out        [n] molecules. The caller frees them with molglot_molecules_free.
 * @param err        filled on failure, or NULL
 * @return           MOLGLOT_OK, or a code; then there is nothing to free
 */
MOLGLOT_API int molglot_decode(molglot_generator *generator, const float *latents, size_t n,
                               molglot_molecule *out, molglot_error *err);

/* Frees what molecules hold, not the array itself.
 * @param molecules  [n], or NULL: nothing happens
 * @param n          how many
 */
MOLGLOT_API void molglot_molecules_free(molglot_molecule *molecules, size_t n);

/* Latents on the way from one molecule to another. Each token turns on the great circle between its
 * two directions. Such points may lie where no molecule is: a writer with a flow brings those
 * between the ends to where molecules are.
 * @param generator  a generator
 * @param a          [molglot_latents_size] the first point
 * @param b          [molglot_latents_size] the last point
 * @param n          points, both ends included; 2 or more
 * @param strength   how far points between are brought, 0 (not at all) to 1; 0.5 is usual
 * @param steps      of the flow; 10 is usual
 * @param seed       of the flow
 * @param out        [n][molglot_latents_size]
 * @param err        filled on failure, or NULL
 * @return           MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_interpolate(molglot_generator *generator, const float *a, const float *b,
                                    size_t n, float strength, int steps, uint64_t seed, float *out,
                                    molglot_error *err);

/* ---- captions of molecules ------------------------------------------------------------------- */

typedef struct molglot_captioner_options {
    size_t size;                 /* of this struct; set by molglot_captioner_options_default */
    const molglot_index *memory; /* molecules with texts, made with the session's model: a library
                                  * whose captions may be copied. NULL (default): the memory of the
                                  * session's model, where it has one. */
    int no_memory;               /* 1: neither; default 0 */
    const char *method;          /* "nearest": captions of near molecules, word for word; NULL
                                  * (default): the first that the model can */
    const char *leave_out;       /* rows of the memory whose id begins so give no caption; default
                                  * "gitmol.": they are written in another style. "": none */
    int threads;                 /* 0 (default): as many as OpenMP gives */
    const char *device;          /* of a model that writes, as molglot_options has it (NULL) */
    const char *model;           /* file or folder of an imported model that writes, or NULL */
} molglot_captioner_options;

/* Fills options with their defaults. For languages that cannot call
 * molglot_captioner_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_captioner_options_init(molglot_captioner_options *options, size_t size);

/* @return  the defaults */
static inline molglot_captioner_options molglot_captioner_options_default(void) {
    molglot_captioner_options options;
    molglot_captioner_options_init(&options, sizeof options);
    return options;
}

/* Opens a captioner. It keeps what it computes of rows of the memory, 3 kB a row, and is for one
 * thread at a time.
 * @param session  its model compares molecules and texts; outlives the captioner, and is not for
 *                 other work during a call
 * @param options  NULL: the defaults. The memory outlives the captioner.
 * @param err      filled on failure, or NULL. MOLGLOT_USAGE: there is no such method, or it cannot
 *                 work with what is there. MOLGLOT_BAD_FILE: the memory was made with another
 *                 model.
 * @return         the captioner, or NULL. The caller frees it with molglot_captioner_free.
 */
MOLGLOT_API molglot_captioner *molglot_captioner_open(molglot_session *session,
                                                      const molglot_captioner_options *options,
                                                      molglot_error *err);

/* Frees a captioner.
 * @param captioner  a captioner; NULL: nothing happens
 */
MOLGLOT_API void molglot_captioner_free(molglot_captioner *captioner);

/* When a caption of the very molecule in the memory is an answer. */
enum {
    MOLGLOT_OWN_LIBRARY = 0, /* where the memory is an index of the caller's */
    MOLGLOT_OWN_ALWAYS = 1,
    MOLGLOT_OWN_NEVER = 2
};

typedef struct molglot_caption_options {
    size_t size;       /* of this struct; set by molglot_caption_options_default */
    int n;             /* captions of a molecule, at most (default 1); 0: all that were compared */
    int candidates;    /* of each method, that are compared, at most; 0 (default): as it likes */
    int own;           /* MOLGLOT_OWN_ALWAYS (default), _LIBRARY or _NEVER */
    uint64_t seed;     /* of drawn captions (default 0) */
    int beams;         /* the likeliest written captions, by so many beams; 0 (default): drawn */
    float temperature; /* of drawn captions; 0 (default): the method's */
    int alone;         /* 1: written captions without copies beside them; default 0 */
    molglot_progress on_progress; /* molecules of the call so far, or NULL (default) */
    void *user;                   /* handed to on_progress */
    int as_copied; /* 1: copies stay as they are, also where their first sentence says how another
                    * molecule is built; 0 (default): this is told of the molecule itself where it
                    * can be proven, else left out */
} molglot_caption_options;

/* Fills options with their defaults. For languages that cannot call
 * molglot_caption_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_caption_options_init(molglot_caption_options *options, size_t size);

/* @return  the defaults */
static inline molglot_caption_options molglot_caption_options_default(void) {
    molglot_caption_options options;
    molglot_caption_options_init(&options, sizeof options);
    return options;
}

/* Words of a caption that the structure contradicts. */
typedef struct molglot_span {
    size_t begin; /* byte of the caption */
    size_t end;   /* byte behind */
} molglot_span;

typedef struct molglot_caption {
    char *text;
    const char *method;  /* "nearest"; owned by the library */
    float score;         /* what the order goes by */
    float agreement;     /* mean BLEU-4 with all captions that were compared, 0 .. 1 */
    float cosine;        /* with the molecule in the aligned space; NaN: none */
    float nll;           /* of a written one, a token; NaN: none */
    int near;            /* which of the neighbours it is a copy of; -1: it is written */
    int words;           /* of it */
    int n_wrong;         /* places that the structure contradicts */
    int edited;          /* a copy in which the names of the molecule's own acid, base or mirror
                          * image stand in place of those of the row's molecule */
    molglot_span *wrong; /* [n_wrong] */
} molglot_caption;

/* A row of the memory that was leaned on. */
typedef struct molglot_neighbour {
    char *name; /* or its id */
    char *smiles;
    char *text;
    float cosine;         /* of both molecules */
    float caption_cosine; /* of the molecule and the row's text */
    float tanimoto;       /* of both structures: Morgan counts, radius 2, with chirality */
} molglot_neighbour;

/* What is said of one molecule. */
typedef struct molglot_captioned {
    molglot_row_status status; /* why there is no caption */
    molglot_caption *captions; /* [n] best first */
    int n;
    molglot_neighbour *near; /* [n_near] the nearest first */
    int n_near;
    char *facts; /* a paragraph that is computed, or NULL */
} molglot_captioned;

/* Captions molecules.
 * @param captioner  a captioner
 * @param smiles     [n] molecules
 * @param n          how many
 * @param options    NULL: the defaults
 * @param out        [n] one result a molecule. The caller frees each with molglot_captioned_free.
 * @param err        filled on failure, or NULL
 * @return           MOLGLOT_OK, also when rows were rejected, or a code; then there is nothing to
 *                   free
 */
MOLGLOT_API int molglot_caption_smiles(molglot_captioner *captioner, const char *const *smiles,
                                       size_t n, const molglot_caption_options *options,
                                       molglot_captioned *out, molglot_error *err);

/* Frees what a result holds, not the struct itself.
 * @param captioned  a result; NULL: nothing happens
 */
MOLGLOT_API void molglot_captioned_free(molglot_captioned *captioned);

/* ---- properties of molecules ----------------------------------------------------------------- */

typedef struct molglot_predictor molglot_predictor;

/* Opens what predicts properties: a head, as `molglot train` with task = "predict" makes it. For
 * one thread at a time.
 * @param path     a model file with the part heads
 * @param model    whose aligned space the head reads; NULL where it reads none. Outlives the
 *                 predictor.
 * @param options  threads and device; NULL: the defaults
 * @param err      filled on failure, or NULL. MOLGLOT_BAD_FILE: the file is damaged, holds no head,
 *                 was trained by a build that sees other things in molecules, or reads a space that
 *                 is not the model's.
 * @return         the predictor, or NULL. The caller frees it with molglot_predictor_free.
 */
MOLGLOT_API molglot_predictor *molglot_predictor_open(const char *path, const molglot_model *model,
                                                      const molglot_options *options,
                                                      molglot_error *err);

/* Frees a predictor.
 * @param predictor  a predictor; NULL: nothing happens
 */
MOLGLOT_API void molglot_predictor_free(molglot_predictor *predictor);

/* How many columns it predicts.
 * @param predictor  a predictor
 * @return           their number
 */
MOLGLOT_API int molglot_predictor_tasks(const molglot_predictor *predictor);

/* The name of a column.
 * @param predictor  a predictor
 * @param i          which one, from 0
 * @return           the name; NULL: there is no such column. Owned by the predictor.
 */
MOLGLOT_API const char *molglot_predictor_task(const molglot_predictor *predictor, int i);

/* Whether its values are probabilities of a class.
 * @param predictor  a predictor
 * @return           1: probabilities, 0: numbers in the unit of the training table
 */
MOLGLOT_API int molglot_predictor_classes(const molglot_predictor *predictor);

/* How near a molecule is to what a head was trained on. */
typedef struct molglot_domain {
    const char *nearest; /* SMILES of the nearest training row that it kept, or NULL; owned by the
                          * predictor */
    float similarity;    /* with it, Tanimoto of environments of two bonds, 0 .. 1 */
    int inside;          /* 1: as near as 95 % of the validation rows were, at least */
} molglot_domain;

/* Predicts properties of molecules.
 * @param predictor  a predictor
 * @param smiles     [n] molecules
 * @param n          how many
 * @param values     [n][molglot_predictor_tasks] calibrated probabilities, or numbers; zeros where
 *                   rejected
 * @param spread     [n][molglot_predictor_tasks] the standard deviation of the members'
 *                   probabilities, or the calibrated one of the number; or NULL
 * @param domain     [n] how near each is to the training rows, or NULL
 * @param status     [n] what became of each, or NULL
 * @param err        filled on failure, or NULL
 * @return           MOLGLOT_OK, also when rows were rejected, or a code
 */
MOLGLOT_API int molglot_predict(molglot_predictor *predictor, const char *const *smiles, size_t n,
                                float *values, float *spread, molglot_domain *domain,
                                molglot_row_status *status, molglot_error *err);

/* ---- single molecules ------------------------------------------------------------------------ */

/* Pictures. */
enum { MOLGLOT_SVG = 0, MOLGLOT_PNG = 1 };

typedef struct molglot_depict_options {
    size_t size;               /* of this struct; set by molglot_depict_options_default */
    int format;                /* MOLGLOT_SVG (default) or MOLGLOT_PNG */
    int width;                 /* pixels (default 360) */
    int height;                /* pixels (default 280) */
    int transparent;           /* 1: no white background (default 0) */
    const char *legend;        /* text under the drawing, or NULL (default) */
    const int32_t *highlight;  /* [n_highlight] atoms to colour, from 0 in the order of the input */
    int n_highlight;           /* how many (default 0) */
    const float (*colours)[3]; /* [n_highlight] red, green, blue in [0, 1]; NULL: one for all */
    float (*places)[2];        /* [max_places] gets x and y of each atom in an SVG, or NULL
                                * (default); too few are MOLGLOT_USAGE */
    int max_places;            /* default 0 */
} molglot_depict_options;

/* Fills options with their defaults. For languages that cannot call
 * molglot_depict_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_depict_options_init(molglot_depict_options *options, size_t size);

/* @return  the defaults */
static inline molglot_depict_options molglot_depict_options_default(void) {
    molglot_depict_options options;
    molglot_depict_options_init(&options, sizeof options);
    return options;
}

/* Draws a molecule. Needs no model.
 * @param molecule  SMILES, or a molfile (V2000 or V3000)
 * @param options   NULL: the defaults
 * @param bytes     the picture; a zero ends an SVG. The caller frees it with molglot_free.
 * @param n         how many bytes
 * @param status    why the molecule cannot be read, and where, or NULL
 * @param err       filled on failure, or NULL. MOLGLOT_REJECTED: the molecule cannot be read.
 * @return          MOLGLOT_OK, or a code; then *bytes is NULL
 */
MOLGLOT_API int molglot_depict(const char *molecule, const molglot_depict_options *options,
                               char **bytes, size_t *n, molglot_row_status *status,
                               molglot_error *err);

/* What identifies a molecule. Strings are owned by the struct. */
typedef struct molglot_standard {
    size_t size;    /* of this struct: the caller sets it to sizeof(molglot_standard) */
    char *smiles;   /* canonical, with stereo */
    char *inchikey; /* NULL: InChI has none for it */
    char *formula;  /* Hill order: carbon, hydrogen, then the alphabet */
    double weight;  /* average molecular weight, g/mol */
} molglot_standard;

/* Reads a molecule and writes it in its standard form. Needs no model.
 * @param molecule  SMILES, or a molfile (V2000 or V3000)
 * @param out       its size must be set. The caller frees it with molglot_standard_free.
 * @param status    why the molecule cannot be read, and where, or NULL
 * @param err       filled on failure, or NULL. MOLGLOT_REJECTED: the molecule cannot be read.
 * @return          MOLGLOT_OK, or a code; then there is nothing to free
 */
MOLGLOT_API int molglot_standardise(const char *molecule, molglot_standard *out,
                                    molglot_row_status *status, molglot_error *err);

/* Frees what a standard form holds, not the struct itself.
 * @param standard  a standard form; NULL: nothing happens
 */
MOLGLOT_API void molglot_standard_free(molglot_standard *standard);

/* A molecule as a molfile (V2000) with a layout for drawing. Needs no model.
 * @param molecule  SMILES, or a molfile (V2000 or V3000)
 * @param out       the molfile, ended by a zero. The caller frees it with molglot_free.
 * @param status    why the molecule cannot be read, and where, or NULL
 * @param err       filled on failure, or NULL. MOLGLOT_REJECTED: the molecule cannot be read.
 * @return          MOLGLOT_OK, or a code; then *out is NULL
 */
MOLGLOT_API int molglot_molfile(const char *molecule, char **out, molglot_row_status *status,
                                molglot_error *err);

/* ---- triage: control lists, alerts, scores --------------------------------------------------- */

/* Holds a molecule against lists of controlled substances.
 * @param screen    lists
 * @param molecule  SMILES, or a molfile (V2000 or V3000)
 * @param found     "no match", or "match: LIST ENTRY (words); ...", or "near: LIST ENTRY (words,
 *                  Tanimoto 0.81)"; the caller frees it with molglot_free. A match is no
 * accusation, and no match no clearance: a list holds what its rows say (docs/triage.md).
 * @param status    why the molecule cannot be read, and where, or NULL
 * @param err       filled on failure, or NULL. MOLGLOT_REJECTED: the molecule cannot be read;
 *                  MOLGLOT_FAILED: a pattern cannot be held against it, and nothing is known.
 * @return          MOLGLOT_OK, or a code; then *found is NULL
 */
MOLGLOT_API int molglot_screen_molecule(const molglot_screen *screen, const char *molecule,
                                        char **found, molglot_row_status *status,
                                        molglot_error *err);

/* What is looked at before a molecule is taken further, as one JSON object:
 *   {"alerts": "Brenk: aldehyde", "n_alerts": 1, "qed": 0.51, "sa": 2.1, "control_list": "no
 * match"} alerts: substructures of PAINS (Baell and Holloway 2010) and Brenk et al. 2008; qed:
 * Bickerton et al. 2012, 0 to 1; sa: 1 (easy to make) to 10, after Ertl and Schuffenhauer 2009.
 * @param screen    lists
 * @param molecule  SMILES, or a molfile (V2000 or V3000)
 * @param json      the object, ended by a zero. The caller frees it with molglot_free.
 * @param status    why the molecule cannot be read, and where, or NULL
 * @param err       filled on failure, or NULL; codes as of molglot_screen_molecule
 * @return          MOLGLOT_OK, or a code; then *json is NULL
 */
MOLGLOT_API int molglot_triage(const molglot_screen *screen, const char *molecule, char **json,
                               molglot_row_status *status, molglot_error *err);

/* The same with the known molecule that is most like it: of the 16 rows of each index that are
 * nearest in the model's space, the one with the largest Tanimoto similarity (Morgan fingerprints,
 * radius 2, 2048 bits). The object also has nearest_id, nearest_smiles, nearest_tanimoto (0 to 1),
 * nearest_cosine (-1 to 1), nearest_index (which of the indexes, from 0) and nearest_row (of that
 * index, from 0): each null where there is none.
 * @param screen     lists
 * @param session    makes the molecule's vector
 * @param indexes    [n_indexes] of molecules
 * @param n_indexes  how many; 0: the model's own memory (part `memory`), which has no index and row
 * @param molecule   SMILES, or a molfile (V2000 or V3000)
 * @param json       the object, ended by a zero. The caller frees it with molglot_free.
 * @param status     why the molecule cannot be read, and where, or NULL
 * @param err        filled on failure, or NULL; codes as of molglot_screen_molecule, and
 *                   MOLGLOT_BAD_FILE: an index is of another model, or the model has no memory;
 *                   MOLGLOT_USAGE: an index holds texts
 * @return           MOLGLOT_OK, or a code; then *json is NULL
 */
MOLGLOT_API int molglot_triage_known(const molglot_screen *screen, molglot_session *session,
                                     const molglot_index *const *indexes, size_t n_indexes,
                                     const char *molecule, char **json, molglot_row_status *status,
                                     molglot_error *err);

/* ---- facts: what a molecule is, computed ----------------------------------------------------- */

/* A dictionary of functional groups, ring systems and classes. Many threads may use one. */
typedef struct molglot_groups molglot_groups;

/* Opens the dictionary that is built in. Needs no model.
 * @param more  NULL, or a table of further groups: a line each of kind (group, ring, class, part),
 *              name, synonyms, smarts, parents, yes, no, with a tab between two of them; several
 *              synonyms or parents with '|' between. A name that is there already is replaced.
 * @param n     bytes of `more`
 * @param err   filled on failure, or NULL. MOLGLOT_BAD_FILE names the row and the column.
 * @return      the dictionary, or NULL. The caller frees it with molglot_groups_close.
 */
MOLGLOT_API molglot_groups *molglot_groups_open(const char *more, size_t n, molglot_error *err);

/* Closes a dictionary.
 * @param groups  a dictionary; NULL: nothing happens
 */
MOLGLOT_API void molglot_groups_close(molglot_groups *groups);

/* Forms of a description. */
enum { MOLGLOT_FACTS_JSON = 0, MOLGLOT_FACTS_TEXT = 1 };

/* Says what a molecule is: formula, groups and rings by name with their atoms, stereo, numbers.
 * All of it is computed from the structure.
 * @param groups    a dictionary
 * @param molecule  SMILES, or a molfile (V2000 or V3000)
 * @param form      MOLGLOT_FACTS_JSON: one object with all facts; MOLGLOT_FACTS_TEXT: a paragraph
 * @param out       the description, ended by a zero. The caller frees it with molglot_free.
 * @param status    why the molecule cannot be read, and where, or NULL
 * @param err       filled on failure, or NULL. MOLGLOT_REJECTED: the molecule cannot be read.
 * @return          MOLGLOT_OK, or a code; then *out is NULL
 */
MOLGLOT_API int molglot_describe(const molglot_groups *groups, const char *molecule, int form,
                                 char **out, molglot_row_status *status, molglot_error *err);

/* ---- explanations: which words speak of which atoms --------------------------------------------
 */

/* Explains a sentence and a molecule by each other: words that the dictionary knows exactly, others
 * as the model has learned it, at three levels. Atoms are numbered as in the molecule given, from
 * 0; spans are bytes of the text.
 * @param session   whose aligned space, and lexicon where the model has one, are asked; NULL:
 *                  nothing is learned
 * @param groups    a dictionary; NULL: nothing is exact
 * @param molecule  SMILES, or a molfile (V2000 or V3000)
 * @param text      a sentence or a longer text, UTF-8
 * @param json      one object, ended by a zero: smiles, text, learned_by (null: nothing), atoms
 *                  [symbol], and levels: word, phrase, sentence, each with sets (how many),
 *                  atom_set [set of each atom or null] and said [{begin, end, text, by: "exact",
 *                  "learned" or "nothing", term, places, set, atoms that it lights, scores [0 to 1
 *                  of each atom]}]. The caller frees it with molglot_free.
 * @param status    why the molecule cannot be read, and where, or NULL
 * @param err       filled on failure, or NULL. MOLGLOT_REJECTED: the molecule cannot be read.
 * @return          MOLGLOT_OK, or a code; then *json is NULL
 */
MOLGLOT_API int molglot_explain(molglot_session *session, const molglot_groups *groups,
                                const char *molecule, const char *text, char **json,
                                molglot_row_status *status, molglot_error *err);

/* ---- maps: embeddings as points of a plane --------------------------------------------------- */

/* How a map is made. */
enum { MOLGLOT_TSNE = 0, MOLGLOT_PCA = 1 };

typedef struct molglot_map_options {
    size_t size;       /* of this struct; set by molglot_map_options_default */
    int method;        /* MOLGLOT_TSNE (default): neighbours stay together (van der Maaten 2014);
                        * MOLGLOT_PCA: the first two principal components */
    double perplexity; /* about how many neighbours a row has (default 30); of few rows a third of
                        * them */
    int iterations;    /* of t-SNE (default 750) */
    uint64_t seed;     /* of a little noise at the start (default 0) */
    int threads;       /* 0 (default): as many as OpenMP gives; the map does not depend on it */
    molglot_progress on_progress; /* iterations so far, or NULL (default) */
    void *user;                   /* handed to on_progress */
} molglot_map_options;

/* Fills options with their defaults. For languages that cannot call molglot_map_options_default.
 * @param options  of `size` bytes
 * @param size     as the caller's struct has it
 */
MOLGLOT_API void molglot_map_options_init(molglot_map_options *options, size_t size);

/* @return  the defaults */
static inline molglot_map_options molglot_map_options_default(void) {
    molglot_map_options options;
    molglot_map_options_init(&options, sizeof options);
    return options;
}

/* Places rows in a plane. Needs no model. 5,000 rows take seconds, and memory grows with rows times
 * `dim` and rows times perplexity.
 * @param vectors  [n][dim] embeddings, or any finite numbers
 * @param n        how many; 1 or more, for t-SNE 4 or more
 * @param dim      numbers in a row
 * @param options  NULL: the defaults
 * @param out      [n][2] places
 * @param err      filled on failure, or NULL
 * @return         MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_map(const float *vectors, size_t n, int dim,
                            const molglot_map_options *options, float *out, molglot_error *err);

/* How well embeddings tell groups of rows apart. */
typedef struct molglot_separation {
    size_t size;       /* of this struct: the caller sets it to sizeof(molglot_separation) */
    int64_t rows;      /* that have a group */
    int64_t groups;    /* of one row or more */
    double silhouette; /* mean over rows, of distances 1 - cosine: -1 .. 1 (Rousseeuw 1987) */
    double accuracy;   /* of the vote of a row's 10 nearest others, on at most 2,000 rows */
    double chance;     /* of the commonest group: what to compare the accuracy with */
} molglot_separation;

/* Measures how well embeddings tell groups of rows apart. Needs no model.
 * @param vectors  [n][dim] rows of length 1
 * @param n        how many
 * @param dim      numbers in a row
 * @param groups   [n] the group of each, from 0; -1: the row is left out
 * @param threads  0: as many as OpenMP gives
 * @param out      its size must be set
 * @param err      filled on failure, or NULL. MOLGLOT_FAILED: there are fewer than two groups, or
 *                 than three rows.
 * @return         MOLGLOT_OK, or a code
 */
MOLGLOT_API int molglot_separate(const float *vectors, size_t n, int dim, const int32_t *groups,
                                 int threads, molglot_separation *out, molglot_error *err);

#ifdef __cplusplus
}
#endif
#endif
