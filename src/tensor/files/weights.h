/* weights.h - tensor files: safetensors (read, write) and PyTorch files (read, never executed). */
#ifndef MG_TENSOR_FILES_WEIGHTS_H
#define MG_TENSOR_FILES_WEIGHTS_H

#include "tensor/tensor.h"

/* ---- reading ---- */
typedef struct mg_file_tensor {
    const char *name;
    char dtype[8]; /* safetensors' names: F32 BF16 F16 F64 I64 I32 I16 I8 U8 BOOL */
    int ndim;
    int64_t shape[8];
    int64_t count;    /* product of shape */
    const void *data; /* little-endian, contiguous row-major, checked to lie inside the file */
    size_t bytes;
    /* why it cannot be read ("a sparse tensor"); NULL: it can. data is NULL then, bytes 0, and the
     * dtype the file's own, or "?" */
    const char *unreadable;
} mg_file_tensor;

typedef struct mg_tensor_file mg_tensor_file;
/* The kind is seen from the content: safetensors, PyTorch's zip, PyTorch's legacy pickle, an index
 * of shards (model.safetensors.index.json) or a folder as Hugging Face has them. Of pickles a few
 * opcodes are interpreted, others are refused by name. Other kinds are refused by name too. */
mg_tensor_file *mg_tensor_file_open(const char *path, molglot_error *err);
/* bytes outlive it */
mg_tensor_file *mg_tensor_file_memory(const void *bytes, size_t n, const char *name,
                                      molglot_error *err);
void mg_tensor_file_close(mg_tensor_file *f);
/* The mapped file, in which tensors lie where type and alignment allow; n = 0 after
 * mg_tensor_file_memory. */
const void *mg_tensor_file_bytes(const mg_tensor_file *f, size_t *n);
size_t mg_tensor_file_count(const mg_tensor_file *f);
const mg_file_tensor *mg_tensor_file_at(const mg_tensor_file *f, size_t i);
/* NULL if absent */
const mg_file_tensor *mg_tensor_file_find(const mg_tensor_file *f, const char *name);
const char *mg_tensor_file_meta(const mg_tensor_file *f, const char *key); /* NULL if absent */
size_t mg_tensor_file_meta_count(const mg_tensor_file *f);
void mg_tensor_file_meta_at(const mg_tensor_file *f, size_t i, const char **key,
                            const char **value);
/* SHA-256 of what was opened; of shards, of their hashes in order. */
int mg_tensor_file_sha256(const mg_tensor_file *f, char out[65], molglot_error *err);
/* Whether no number of it is NaN or infinite; true for what cannot be read. */
bool mg_file_tensor_finite(const mg_file_tensor *ft);
/* Copies with conversion to f32 (F32 BF16 F16 F64 and integers); count must match. */
int mg_file_tensor_to_f32(const mg_file_tensor *ft, float *out, int64_t count, molglot_error *err);

/* ---- writing ----
 * Add tensors and metadata, then save once; the file appears whole or not at all. Data must stay
 * valid until then. */
typedef struct mg_weights_out mg_weights_out;
mg_weights_out *mg_weights_out_new(void);
void mg_weights_out_free(mg_weights_out *w);
/* dtype: of the data, as above.
 * store_as:
 *   NULL                  as it is
 *   "BF16"                of F32 data
 *   "I8", "I4"            a matrix of F32 or BF16 in few bits with one scale a row (rounded.c); I4
 *                         is U8 [rows, (cols+1)/2] in the file
 *   "SCALES8", "SCALES4"  the [rows] scales of the same data */
int mg_weights_out_add(mg_weights_out *w, const char *name, const char *dtype, int ndim,
                       const int64_t *shape, const void *data, const char *store_as,
                       molglot_error *err);
int mg_weights_out_meta(mg_weights_out *w, const char *key, const char *value, molglot_error *err);
/* What was added so far: tensors in the order of adding, with name, dtype, shape and bytes as they
 * will be stored, and the SHA-256 of those bytes; metadata, at = NULL: the first, until NULL. */
size_t mg_weights_out_count(const mg_weights_out *w);
void mg_weights_out_at(const mg_weights_out *w, size_t i, mg_file_tensor *out);
int mg_weights_out_hash(const mg_weights_out *w, size_t i, char out[65], molglot_error *err);
size_t mg_weights_out_meta_count(const mg_weights_out *w);
void *mg_weights_out_meta_next(const mg_weights_out *w, void *at, const char **key,
                               const char **value);
int mg_weights_out_save(mg_weights_out *w, const char *path, molglot_error *err);

#endif
