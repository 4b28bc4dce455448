/* one_part.h - for tests: one part alone, in a bundle of its own that close_... closes; zeroed
 * where it cannot be had. */
#ifndef MG_TESTS_ONE_PART_H
#define MG_TESTS_ONE_PART_H

#include "model/bundle/bundle.h"

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

#endif
