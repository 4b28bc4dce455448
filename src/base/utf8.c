/* utf8.c - UTF-8: where text is invalid, lengths in code points, a code point's bytes. utf8proc
 * knows the rules: shortest forms only, no surrogates, nothing above U+10FFFF. */
#include "base/base.h"

#include <string.h>
#include <utf8proc.h>

/* Bytes of the code point at s, of which n > 0 bytes are left; 0 when there is none. */
static size_t sequence(const char *s, size_t n) {
    utf8proc_int32_t c;
    utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)s,
                                              n < 4 ? (utf8proc_ssize_t)n : 4, &c);
    return bytes > 0 ? (size_t)bytes : 0;
}

int64_t mg_utf8_invalid(const char *text, size_t n) {
    for (size_t i = 0; i < n;) {
        uint64_t word;
        if (n - i >= 8 && (memcpy(&word, text + i, 8), !(word & 0x8080808080808080u))) {
            i += 8; /* eight ASCII bytes at a time */
            continue;
        }
        const size_t bytes = (uint8_t)text[i] < 0x80 ? 1 : sequence(text + i, n - i);
        if (!bytes) return (int64_t)i;
        i += bytes;
    }
    return -1;
}

size_t mg_utf8_prefix(const char *text, size_t n, size_t points) {
    size_t i = 0;
    for (; i < n && points; points--) i += mg_utf8_width(text + i, n - i);
    return i;
}

size_t mg_utf8_length(const char *text, size_t n) {
    size_t points = 0;
    for (size_t i = 0; i < n; points++) i += mg_utf8_width(text + i, n - i);
    return points;
}

size_t mg_utf8_wide(const char *s, size_t n) {
    const size_t bytes = sequence(s, n);
    return bytes ? bytes : 1;
}

bool mg_utf8_add(mg_str *out, uint32_t point) {
    utf8proc_uint8_t bytes[4];
    if (point > INT32_MAX || !utf8proc_codepoint_valid((utf8proc_int32_t)point)) return false;
    mg_str_add(out, bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)point, bytes));
    return true;
}
