/* npy.c - NumPy's NPY files of one matrix of float32 numbers [rows, cols]: the header that is
 * written, and what is read again.
 *
 * Version 1.0: magic, two bytes of version, two of header length, a Python dictionary padded with
 * blanks, the numbers.
 */
#include "data/data.h"
#include "data/table/table.h"

#include <stdio.h>
#include <string.h>

enum { PREAMBLE = 10, MOST_DIGITS = 18 };

/* Padded so that the numbers start at a multiple of 64. */
int mg_npy_header(mg_str *out, int64_t rows, int64_t cols) {
    char text[256];
    int n = snprintf(text, sizeof text,
                     "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %lld), }",
                     (long long)rows, (long long)cols);
    int total = (PREAMBLE + n + 1 + 63) / 64 * 64;
    uint8_t head[PREAMBLE] = {0x93,
                              'N',
                              'U',
                              'M',
                              'P',
                              'Y',
                              1,
                              0,
                              (uint8_t)((total - PREAMBLE) & 255),
                              (uint8_t)((total - PREAMBLE) >> 8)};
    mg_str_add(out, head, sizeof head);
    mg_str_add(out, text, (size_t)n);
    for (int i = PREAMBLE + n; i < total - 1; i++) mg_str_add(out, " ", 1);
    mg_str_add(out, "\n", 1);
    return out->failed ? MOLGLOT_NO_MEMORY : MOLGLOT_OK;
}

typedef struct reader {
    const char *at, *end;
} reader;

/* Goes on behind the blanks and the text `what`, if that is what comes. */
static bool take(reader *r, const char *what) {
    const size_t n = strlen(what);
    while (r->at < r->end && *r->at == ' ') r->at++;
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, what, n) != 0) return false;
    r->at += n;
    return true;
}

static bool take_number(reader *r, int64_t *out) {
    int digits = 0;
    while (r->at < r->end && *r->at == ' ') r->at++;
    for (*out = 0; r->at < r->end && *r->at >= '0' && *r->at <= '9' && digits < MOST_DIGITS;
         digits++)
        *out = 10 * *out + (*r->at++ - '0');
    return digits > 0;
}

/* Goes to the value of a key of the dictionary, wherever it stands. */
static bool find_key(reader *r, const char *key) {
    const char *found = memmem(r->at, (size_t)(r->end - r->at), key, strlen(key));
    if (!found) return false;
    r->at = found + strlen(key);
    return take(r, ":");
}

size_t mg_npy_numbers(const void *file, size_t n, int64_t *rows, int64_t *cols) {
    const uint8_t *bytes = file;
    if (n < PREAMBLE || memcmp(bytes, "\x93NUMPY\x01", 7) != 0) return 0;
    const size_t head = PREAMBLE + (size_t)bytes[8] + 256 * (size_t)bytes[9];
    if (head > n) return 0;
    const reader all = {(const char *)file + PREAMBLE, (const char *)file + head};
    reader type = all, order = all, shape = all;
    if (!find_key(&type, "'descr'") || !take(&type, "'<f4'") ||
        !find_key(&order, "'fortran_order'") || !take(&order, "False"))
        return 0;
    if (!find_key(&shape, "'shape'") || !take(&shape, "(") || !take_number(&shape, rows) ||
        !take(&shape, ",") || !take_number(&shape, cols))
        return 0;
    size_t row, size;
    if (!take(&shape, ")") || !mg_mul_size((size_t)*cols, sizeof(float), &row) ||
        !mg_mul_size((size_t)*rows, row, &size))
        return 0;
    return size == n - head ? head : 0;
}
