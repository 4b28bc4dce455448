/* must_tape.h - must.h for tapes and tensor files. */
#ifndef MG_TESTS_MUST_TAPE_H
#define MG_TESTS_MUST_TAPE_H

#include "must.h"
#include "tensor/files/weights.h"
#include "tensor/tensor.h"

static inline mg_tape *must_tape(const char *device, mg_precision precision, int threads,
                                 size_t arena_bytes) {
    molglot_error err = {0};
    mg_tape *t = mg_tape_new(device, precision, threads, arena_bytes, &err);
    if (!t) fail_msg("%s: %s", device, err.message);
    return t;
}

/* Everything on the tape has succeeded so far. */
static inline void must_run(const mg_tape *t) {
    molglot_error err = {0};
    must(mg_tape_error(t, &err), &err);
}

/* The tape has failed, and says `text`. */
static inline void must_fail(const mg_tape *t, const char *text) {
    molglot_error err = {0};
    assert_int_not_equal(mg_tape_error(t, &err), MOLGLOT_OK);
    if (!strstr(err.message, text)) fail_msg("'%s' is not in '%s'", text, err.message);
}

/* x's values on the host, or the tape's message. */
static inline const float *must_values(mg_tape *t, mg_tensor *x) {
    const float *v = mg_values(t, x);
    must_run(t);
    assert_non_null(v);
    return v;
}

static inline mg_tensor_file *must_open(const char *path) {
    molglot_error err = {0};
    return must_have(mg_tensor_file_open(path, &err), &err);
}

static inline const mg_file_tensor *must_find(const mg_tensor_file *f, const char *name) {
    const mg_file_tensor *t = mg_tensor_file_find(f, name);
    if (!t) fail_msg("no tensor %s", name);
    return t;
}

#endif
