/* one_part.h - for tests: one part alone, in a bundle of its own that close_... closes; zeroed
 * where it cannot be had. */
#ifndef MG_TESTS_ONE_PART_H
#define MG_TESTS_ONE_PART_H

#include "model/bundle/bundle.h"
#include "tensor/files/weights.h"

#include <string.h>

static inline int load_space(mg_space_part *m, const char *path, molglot_error *err) {
    mg_bundle *b = mg_bundle_open(path, err);
    const mg_space_part *part = b ? mg_bundle_space(b, err) : NULL;
    *m = part ? *part : (mg_space_part){0};
    if (!part) mg_bundle_close(b);
    return part ? MOLGLOT_OK : err->code;
}

static inline void close_space(mg_space_part *m) {
    mg_bundle_close(m->bundle);
    *m = (mg_space_part){0};
}

static inline int load_writer(mg_writer_part *w, const char *path, const char *name,
                              molglot_error *err) {
    mg_bundle *b = mg_bundle_open(path, err);
    const mg_writer_part *part = b ? mg_bundle_writer(b, name, err) : NULL;
    *w = part ? *part : (mg_writer_part){0};
    if (!part) mg_bundle_close(b);
    return part ? MOLGLOT_OK : err->code;
}

static inline void close_writer(mg_writer_part *w) {
    mg_bundle_close(w->bundle);
    *w = (mg_writer_part){0};
}

/* A copy of a part's file with a tensor of this name beside its own. */
static inline int copy_with_stray(const char *path, const char *out, const char *name,
                                  molglot_error *err) {
    static const float numbers[2] = {1, 2};
    const int64_t two = 2;
    mg_tensor_file *f = mg_tensor_file_open(path, err);
    mg_weights_out *w = f ? mg_weights_out_new() : NULL;
    int code = w ? MOLGLOT_OK : MOLGLOT_FAILED;
    for (size_t i = 0; !code && i < mg_tensor_file_count(f); i++) {
        const mg_file_tensor *t = mg_tensor_file_at(f, i);
        code = mg_weights_out_add(w, t->name, t->dtype, t->ndim, t->shape, t->data, NULL, err);
    }
    for (size_t i = 0; !code && i < mg_tensor_file_meta_count(f); i++) {
        const char *key, *value;
        mg_tensor_file_meta_at(f, i, &key, &value);
        if (strcmp(key, "molglot.digest")) code = mg_weights_out_meta(w, key, value, err);
    }
    if (!code) code = mg_weights_out_add(w, name, "F32", 1, &two, numbers, NULL, err);
    if (!code) code = mg_weights_out_save(w, out, err);
    mg_weights_out_free(w);
    mg_tensor_file_close(f);
    return code;
}

#endif
