/* fields.c - a record's bytes as valid text, and the names of columns. */
#include "base/grow.h"
#include "data/table/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- bytes ---- */

/* Windows-1252: what 0x80 to 0x9F are; the rest is Latin-1. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

enum { UNKNOWN = 0xFFFD };

/* known: the bytes are Windows-1252; else nobody knows what they are. */
static void add_latin1(mg_str *out, const char *s, size_t n, bool known) {
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = (uint8_t)s[i];
        if (c < 0x80)
            mg_str_add(out, s + i, 1);
        else
            (void)mg_utf8_add(out, !known ? UNKNOWN : c < 0xA0 ? windows_1252[c - 0x80] : c);
    }
}

/* Letters with accents stand among plain ones; bytes that are mostly none are no text. */
static bool is_latin1(const char *s, size_t n) {
    size_t plain = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = (uint8_t)s[i];
        if (c >= 0x80 && c < 0xA0 && windows_1252[c - 0x80] == 0xFFFD) return false;
        plain += c < 0x80;
    }
    return 2 * plain >= n || n <= 4;
}

/* t->text again, each field that is no UTF-8 as Windows-1252; what is neither is U+FFFD, and
 * t->garbled its place. */
static int repair(mg_table *t, const char *ends, molglot_error *err) {
    mg_str fixed = {0};
    const char *s = t->text, *stop = s + t->text_n;
    while (s < stop) {
        const char *end = s;
        while (end < stop && *end != '\n' && *end != '\r' && !(*end && strchr(ends, *end))) end++;
        const size_t n = (size_t)(end - s);
        const int64_t wrong = mg_utf8_invalid(s, n);
        if (wrong >= 0) {
            const bool known = is_latin1(s, n);
            if (!known && t->garbled < 0) t->garbled = s - t->text + wrong;
            add_latin1(&fixed, s, n, known);
            t->latin1 += known;
        } else {
            mg_str_add(&fixed, s, n);
        }
        if (end < stop) mg_str_add(&fixed, end, 1);
        s = end + 1;
    }
    const bool ok = !fixed.failed && MG_GROW(t->text, t->text_cap, fixed.n + 1);
    if (ok) {
        memcpy(t->text, fixed.s, fixed.n + 1);
        t->text_n = fixed.n;
    }
    mg_str_free(&fixed);
    return ok ? MOLGLOT_OK
              : mg_no_memory(err, "%s: a row of %zu bytes", mg_stream_name(t->stream), t->text_n);
}

int mg_table_copy(mg_table *t, const char *bytes, size_t n, const char *ends,
                  molglot_row_status *status, molglot_error *err) {
    if (n == SIZE_MAX || !MG_GROW(t->text, t->text_cap, n + 1))
        return mg_no_memory(err, "%s: a row of %zu bytes", mg_stream_name(t->stream), n);
    if (n) memcpy(t->text, bytes, n);
    t->text[n] = 0;
    t->text_n = n;
    for (char *z = t->text; (z = memchr(z, 0, (size_t)(t->text + n - z))) != NULL; *z = '?')
        if (status->ok) mg_row_refuse(status, z - t->text, "NUL byte");
    t->garbled = -1;
    return mg_utf8_invalid(t->text, n) < 0 ? MOLGLOT_OK : repair(t, ends, err);
}

/* ---- names ---- */

int mg_table_set_names(mg_table *t, const char *const *names, int n, molglot_error *err) {
    t->names = calloc((size_t)n + 1, sizeof *t->names);
    if (!t->names) return mg_no_memory(err, "%d column names", n);
    for (; t->n_columns < n; t->n_columns++) {
        const char *s = names[t->n_columns] + strspn(names[t->n_columns], " ");
        size_t len = strlen(s);
        while (len && s[len - 1] == ' ') len--;
        if (!(t->names[t->n_columns] = strndup(s, len)))
            return mg_no_memory(err, "%d column names", n);
    }
    return MOLGLOT_OK;
}

int mg_table_set_joined(mg_table *t, const mg_str *names, int n, molglot_error *err) {
    const char **list = calloc((size_t)n + 1, sizeof *list);
    if (!list) return mg_no_memory(err, "%d column names", n);
    const char *s = names->s;
    for (int i = 0; i < n; i++, s += strlen(s) + 1) list[i] = s;
    int code = mg_table_set_names(t, list, n, err);
    free(list);
    return code;
}

int mg_table_key(mg_table *t, const char *name, mg_str *names, int *count) {
    const int32_t i = mg_names_find(&t->keys, name);
    if (i >= 0 || *count == MG_TABLE_COLUMNS) return i;
    mg_slot *slot = mg_names_copy(&t->keys, name, strlen(name));
    if (!slot) {
        names->failed = true;
        return -1;
    }
    mg_str_add(names, name, strlen(name) + 1);
    t->fields[*count] = "";
    return slot->value = (*count)++;
}

void mg_table_late(mg_table *t, const char *name) {
    if (!t->late++)
        snprintf(t->late_name, sizeof t->late_name, "%.*s",
                 (int)mg_utf8_prefix(name, strlen(name), 19), name);
}

int mg_find_name(const mg_table *t, const char *name) {
    for (int i = 0; i < t->n_columns; i++)
        if (!strcmp(t->names[i], name)) return i;
    for (int i = 0; i < t->n_columns; i++)
        if (!strcasecmp(t->names[i], name)) return i;
    return -1;
}
