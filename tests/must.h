/* must.h - for tests: what must succeed, or the test fails with the error's own message; and what
 * must be refused. Includes cmocka and what it wants first.
 *
 *     molglot_error err = {0};
 *     must(mg_params_build(p, o, &err), &err);
 *     mg_index *x = must_have(mg_index_open(path, &err), &err);
 *     assert_null(mg_index_open(missing, &err));
 *     must_say(&err, MOLGLOT_FAILED, "no such file");
 */
#ifndef MG_TESTS_MUST_H
#define MG_TESTS_MUST_H

#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The call that gave this code succeeded. */
static inline void must(int code, const molglot_error *err) {
    if (code != MOLGLOT_OK) fail_msg("code %d: %s", code, err->message);
}

/* The call gave something: p. */
static inline void *must_have(const void *p, const molglot_error *err) {
    if (!p) fail_msg("%s", err->message);
    return (void *)(uintptr_t)p;
}

/* The call failed with this code and says `text` in its message. */
static inline void must_say(const molglot_error *err, int code, const char *text) {
    if (err->code != code || !strstr(err->message, text))
        fail_msg("code %d and '%s', expected code %d and '%s'", err->code, err->message, code,
                 text);
}

/* n zeroed elements (one, if n is 0); free() them. */
static inline void *must_alloc(int64_t n, size_t size) {
    void *p = calloc(n > 0 ? (size_t)n : 1, size);
    assert_non_null(p);
    return p;
}

/* The file's bytes; free() them. */
static inline char *must_read(const char *path, size_t *n) {
    molglot_error err = {0};
    char *data = NULL;
    must(mg_read_file(path, (size_t)1 << 30, &data, n, &err), &err);
    return data;
}

static inline void must_write(const char *path, const void *data, size_t n) {
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f)) fail_msg("%s cannot be written", path);
}

#endif
