/* inside.h - what the readers of tensor files share (inside src/tensor/files).
 *
 * file.c opens a file, asks the formats whose it is, and gives it back. shards.c opens several as
 * one. safetensors.c and torchfile.c fill it from outside bytes. build.c holds what they fill it
 * with. foreign.c names what is no file of tensors.
 */
#ifndef MG_TENSOR_FILE_INSIDE_H
#define MG_TENSOR_FILE_INSIDE_H

#include "tensor/files/weights.h"
#include "tensor/tensor.h"

struct mg_tensor_file {
    char *name;
    mg_map map; /* of mg_tensor_file_open; empty for bytes that are the caller's */
    mg_file_tensor *t;
    size_t n, cap;
    mg_names by_name;
    struct mg_file_meta {
        const char *key, *value;
    } * meta;
    size_t n_meta, cap_meta;
    mg_names meta_by_key;
    void **owned; /* blocks freed with the file */
    size_t n_owned, cap_owned;
    mg_tensor_file **shards; /* whose tensors these are; NULL: none */
    size_t n_shards, cap_shards;
};

/* Memory that lives as long as the file; NULL when there is none. */
void *mg_file_own(mg_tensor_file *f, size_t bytes);
/* Copies the name; ft->count, bytes and data are set by the caller. A second tensor of that name is
 * an error. */
int mg_file_add_tensor(mg_tensor_file *f, const mg_file_tensor *ft, const char *name,
                       molglot_error *err);
/* A tensor that is there and cannot be read. dtype: as the file names it, cut to 7 characters.
 * shape NULL: not known. why is copied. */
int mg_file_add_unreadable(mg_tensor_file *f, const char *name, const char *dtype, int ndim,
                           const int64_t *shape, const char *why, molglot_error *err);
/* Copies both. The first value of a key stays. */
int mg_file_add_meta(mg_tensor_file *f, const char *key, const char *value, molglot_error *err);
/* Bytes of one element; 0 for a dtype that is not known. */
size_t mg_file_dtype_size(const char *dtype);
/* Sets count and bytes from dtype, ndim and shape; false if one is negative or a product does not
 * fit. */
bool mg_file_tensor_measure(mg_file_tensor *ft);
/* p itself if aligned for elements of `size` bytes, else an owned copy; NULL without memory. */
const void *mg_file_aligned(mg_tensor_file *f, const void *p, size_t bytes, size_t size);

/* The readers: fill f from bytes, which outlive it. */
int mg_safetensors_read(mg_tensor_file *f, const uint8_t *bytes, size_t n, molglot_error *err);
int mg_torch_zip_read(mg_tensor_file *f, const uint8_t *bytes, size_t n, molglot_error *err);
int mg_torch_legacy_read(mg_tensor_file *f, const uint8_t *bytes, size_t n, molglot_error *err);
/* "a GGUF file ...: what to give instead"; NULL: nobody knows. */
const char *mg_foreign_kind(const uint8_t *bytes, size_t n);
/* shards.c: opens one of the files that an index or a folder names; *mine: it is one of those. */
typedef mg_tensor_file *mg_open_one(const char *path, molglot_error *err);
int mg_shards_read(mg_tensor_file *f, mg_open_one *open_one, bool *mine, molglot_error *err);
bool mg_torch_is_zip(const uint8_t *bytes, size_t n);
bool mg_torch_is_legacy(const uint8_t *bytes, size_t n);

#endif
