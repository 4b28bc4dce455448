/* build.c - how a reader fills a tensor file: its own memory, its tensors and metadata, and the
 * checks of a tensor's size. The readers of all formats use it.
 */
#include "base/grow.h"
#include "tensor/files/inside.h"

#include <stdlib.h>
#include <string.h>

void *mg_file_own(mg_tensor_file *f, size_t bytes) {
    if (!MG_GROW(f->owned, f->cap_owned, f->n_owned + 1)) return NULL;
    void *p = malloc(bytes ? bytes : 1);
    if (p) f->owned[f->n_owned++] = p;
    return p;
}

static const char *own_string(mg_tensor_file *f, const char *s) {
    size_t n = strlen(s) + 1;
    char *copy = mg_file_own(f, n);
    return copy ? memcpy(copy, s, n) : NULL;
}

int mg_file_add_tensor(mg_tensor_file *f, const mg_file_tensor *ft, const char *name,
                       molglot_error *err) {
    if (mg_names_find(&f->by_name, name) >= 0)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: two tensors are named %.200s", f->name, name);
    const char *copy = own_string(f, name);
    if (!copy || !MG_GROW(f->t, f->cap, f->n + 1) || !mg_names_put(&f->by_name, copy, f->n))
        return mg_no_memory(err, "%s", f->name);
    f->t[f->n] = *ft;
    f->t[f->n++].name = copy;
    return MOLGLOT_OK;
}

int mg_file_add_unreadable(mg_tensor_file *f, const char *name, const char *dtype, int ndim,
                           const int64_t *shape, const char *why, molglot_error *err) {
    mg_file_tensor ft = {.ndim = shape ? ndim : 0, .unreadable = own_string(f, why)};
    /* a known type would be taken for numbers that are there */
    snprintf(ft.dtype, sizeof ft.dtype, "%s", mg_file_dtype_size(dtype) ? "?" : dtype);
    for (int i = 0; i < ft.ndim && i < (int)MG_COUNT(ft.shape); i++) ft.shape[i] = shape[i];
    return ft.unreadable ? mg_file_add_tensor(f, &ft, name, err) : mg_no_memory(err, "%s", f->name);
}

int mg_file_add_meta(mg_tensor_file *f, const char *key, const char *value, molglot_error *err) {
    if (mg_names_find(&f->meta_by_key, key) >= 0) return MOLGLOT_OK;
    const char *k = own_string(f, key), *v = own_string(f, value);
    if (!k || !v || !MG_GROW(f->meta, f->cap_meta, f->n_meta + 1) ||
        !mg_names_put(&f->meta_by_key, k, f->n_meta))
        return mg_no_memory(err, "%s", f->name);
    f->meta[f->n_meta++] = (struct mg_file_meta){k, v};
    return MOLGLOT_OK;
}

size_t mg_file_dtype_size(const char *dtype) {
    static const struct {
        const char *name;
        size_t size;
    } known[] = {{"F32", 4}, {"BF16", 2}, {"F16", 2}, {"F64", 8}, {"I64", 8},
                 {"I32", 4}, {"I16", 2},  {"I8", 1},  {"U8", 1},  {"BOOL", 1}};
    for (size_t i = 0; i < MG_COUNT(known); i++)
        if (strcmp(known[i].name, dtype) == 0) return known[i].size;
    return 0;
}

bool mg_file_tensor_measure(mg_file_tensor *ft) {
    size_t count = 1;
    bool empty = false;
    for (int i = 0; i < ft->ndim; i++) {
        if (ft->shape[i] < 0) return false;
        if (ft->shape[i] == 0)
            empty = true;
        else if (!mg_mul_size(count, (size_t)ft->shape[i], &count))
            return false;
    }
    size_t bytes;
    if (!mg_mul_size(count, mg_file_dtype_size(ft->dtype), &bytes) || bytes > INT64_MAX)
        return false;
    ft->count = empty ? 0 : (int64_t)count;
    ft->bytes = empty ? 0 : bytes;
    return true;
}

const void *mg_file_aligned(mg_tensor_file *f, const void *p, size_t bytes, size_t size) {
    if ((uintptr_t)p % size == 0) return p;
    void *copy = mg_file_own(f, bytes);
    return copy ? memcpy(copy, p, bytes) : NULL;
}
