/* utf8.c - UTF-8: where text is invalid, lengths in code points, a code point's bytes, text made
 * harmless for a terminal. utf8proc
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

/* What a terminal obeys or does not show: controls, marks of direction, separators of lines, what
 * has no width, tags. */
static bool is_unseen(int32_t c) {
    static const int32_t ranges[][2] = {
        {0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C}, {0x180E, 0x180E}, {0x200B, 0x200F},
        {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
    for (size_t i = 0; i < MG_COUNT(ranges); i++)
        if (c >= ranges[i][0] && c <= ranges[i][1]) return true;
    return false;
}

void mg_str_shown(mg_str *out, const char *s, size_t n) {
    for (size_t i = 0, bytes; i < n; i += bytes) {
        utf8proc_int32_t c = 0;
        bytes = sequence(s + i, n - i);
        if (bytes) utf8proc_iterate((const utf8proc_uint8_t *)s + i, (utf8proc_ssize_t)bytes, &c);
        if (!bytes) {
            mg_str_addf(out, "\\x{%02x}", (unsigned)(uint8_t)s[i]);
            bytes = 1;
        } else if (c == '\t' || c == '\n' || c == '\r')
            mg_str_addz(out, " ");
        else if (is_unseen(c))
            mg_str_addf(out, "\\u{%x}", (unsigned)c);
        else
            mg_str_add(out, s + i, bytes);
    }
}
