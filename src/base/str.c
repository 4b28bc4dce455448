/* str.c - a byte string that grows by doubling. Failure to grow is remembered, so that a caller
 * checks once at the end. */
#include "base/base.h"
#include "base/grow.h"

#include <stdlib.h>
#include <string.h>

/* Room for n more bytes and the terminating zero. */
static bool grow(mg_str *b, size_t n) {
    size_t need;
    if (b->failed || !mg_add_size(b->n, n, &need) || !mg_add_size(need, 1, &need) ||
        !MG_GROW(b->s, b->cap, need))
        b->failed = true;
    return !b->failed;
}

void mg_str_add(mg_str *b, const void *bytes, size_t n) {
    if (!grow(b, n)) return;
    if (n) memcpy(b->s + b->n, bytes, n);
    b->n += n;
    b->s[b->n] = 0;
}

void mg_str_addz(mg_str *b, const char *z) { mg_str_add(b, z, strlen(z)); }

void mg_str_addf(mg_str *b, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        b->failed = true;
    else if (grow(b, (size_t)n)) {
        vsnprintf(b->s + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void mg_str_free(mg_str *b) {
    free(b->s);
    memset(b, 0, sizeof *b);
}
