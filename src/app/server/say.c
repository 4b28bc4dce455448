/* say.c - JSON of what is found: texts of any bytes, numbers of seven digits. */
#include "app/server/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double srv_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Bytes of the character of UTF-8 at s; 0: it is none. */
static size_t character(const unsigned char *s) {
    const unsigned char c = *s;
    if (c < 0x80) return 1;
    const size_t n = c >= 0xC2 && c < 0xE0   ? 2
                     : c >= 0xE0 && c < 0xF0 ? 3
                     : c >= 0xF0 && c < 0xF5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if ((c == 0xE0 && s[1] < 0xA0) || (c == 0xED && s[1] > 0x9F) || (c == 0xF0 && s[1] < 0x90) ||
        (c == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

json_t *srv_text(const char *s) {
    if (!s) return json_null();
    json_t *plain = json_string(s);
    if (plain) return plain;
    char *out = malloc(3 * strlen(s) + 1), *at = out;
    if (!out) return NULL;
    while (*s) {
        const size_t n = character((const unsigned char *)s);
        memcpy(at, n ? s : "\xEF\xBF\xBD", n ? n : 3);
        at += n ? n : 3;
        s += n ? n : 1;
    }
    *at = 0;
    plain = json_string(out);
    free(out);
    return plain;
}

json_t *srv_number(double x) {
    char digits[40];
    if (!isfinite(x)) return json_null();
    snprintf(digits, sizeof digits, "%.7g", x);
    return json_real(strtod(digits, NULL));
}

void srv_set(json_t *object, const char *name, json_t *value) {
    if (value) (void)json_object_set_new(object, name, value);
}

char *srv_dump(const json_t *v) {
    return v ? json_dumps(v, JSON_COMPACT | JSON_REAL_PRECISION(9) | JSON_ENCODE_ANY) : NULL;
}

const char *srv_string_of(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

double srv_number_of(const json_t *object, const char *name, double otherwise) {
    const json_t *v = json_object_get(object, name);
    return json_is_number(v) ? json_number_value(v) : otherwise;
}

bool srv_true(const json_t *object, const char *name) {
    return json_is_true(json_object_get(object, name));
}
