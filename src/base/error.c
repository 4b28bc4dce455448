/* error.c - filling a caller-owned molglot_error, and size arithmetic that notices overflow. A
 * message may be made from the one already in err: it is formatted aside first.
 */
#include "base/base.h"

#include <string.h>

static void fill(molglot_error *err, const char *fmt, va_list args) {
    char text[sizeof err->message];
    if (vsnprintf(text, sizeof text, fmt, args) < 0) text[0] = 0;
    memcpy(err->message, text, sizeof text);
}

int mg_fail(molglot_error *err, int code, const char *fmt, ...) {
    if (!err) return code;
    va_list args;
    va_start(args, fmt);
    fill(err, fmt, args);
    va_end(args);
    err->code = code;
    return code;
}

int mg_no_memory(molglot_error *err, const char *what, ...) {
    char text[256];
    va_list args;
    va_start(args, what);
    const int n = vsnprintf(text, sizeof text, what, args);
    va_end(args);
    return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for %s", n < 0 ? "a message" : text);
}

int mg_code_of(const molglot_error *err, int otherwise) {
    return err && err->code ? err->code : otherwise;
}

int mg_fail_prefix(molglot_error *err, const char *fmt, ...) {
    if (!err) return MOLGLOT_FAILED;
    char old[sizeof err->message];
    memcpy(old, err->message, sizeof old);
    old[sizeof old - 1] = 0;
    va_list args;
    va_start(args, fmt);
    fill(err, fmt, args);
    va_end(args);
    size_t n = strlen(err->message);
    snprintf(err->message + n, sizeof err->message - n, ": %s", old);
    return err->code;
}

bool mg_mul_size(size_t a, size_t b, size_t *out) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *out = product;
    return true;
}

bool mg_add_size(size_t a, size_t b, size_t *out) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}
