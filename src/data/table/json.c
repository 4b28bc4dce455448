/* json.c - one record of JSON: an object a line (JSON lines), objects behind each other, or the
 * objects of an array, which may be the first array of objects inside an object, as Molglot's own
 * output has it ({"molglot": ..., "rows": [...]}). Members are columns: a string is its text, null
 * and NaN are empty, a number keeps its digits, a nested value is its JSON text. An array of
 * strings is one column.
 *
 * Only what cuts a record from the next and a member from the next is parsed here, so that a file
 * streams, a number is not rounded and a broken record is rejected alone: reading goes on at the
 * line after the one where it began. Columns are the members met in the first MiB; values of later
 * ones are counted.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 256 };

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool mg_json_begins(const char *s, size_t n) {
    size_t i = 0;
    while (i < n && is_space(s[i])) i++;
    if (i == n || (s[i] != '{' && s[i] != '[')) return false;
    const char first = s[i++];
    while (i < n && is_space(s[i])) i++;
    if (i == n) return false;
    return first == '{' ? s[i] == '"' || s[i] == '}' : s[i] == '{' || s[i] == '"';
}

/* ---- where a value ends ---- */

typedef enum { OPEN, CLOSED, BROKEN } scan_result;
typedef struct value_scan {
    char closers[DEPTH]; /* '}' or ']' for what is open */
    int depth;
    bool string, escape, word; /* word: a number, true, false, null */
} value_scan;

/* One more byte of a value. CLOSED: the value ends with it, or, a word, before it. */
static scan_result scan_byte(value_scan *v, char c) {
    if (v->string) {
        if (c == '\n') return BROKEN; /* a line break inside a string is none of JSON's */
        if (v->escape)
            v->escape = false;
        else if (c == '\\')
            v->escape = true;
        else if (c == '"')
            v->string = false;
        return !v->string && !v->depth ? CLOSED : OPEN;
    }
    if (v->word) return c == ',' || c == ']' || c == '}' || is_space(c) ? CLOSED : OPEN;
    if (c == '"') {
        v->string = true;
    } else if (c == '{' || c == '[') {
        if (v->depth == DEPTH) return BROKEN;
        v->closers[v->depth++] = c == '{' ? '}' : ']';
    } else if (c == '}' || c == ']') {
        if (!v->depth || v->closers[--v->depth] != c) return BROKEN;
        return v->depth ? OPEN : CLOSED;
    } else if (!v->depth) {
        if (c == ',' || c == ':') return BROKEN; /* where a value should be */
        v->word = true;
    }
    return OPEN;
}

/* Bytes of the value at s; 0: it does not end there, or is broken. */
static size_t value_length(const char *s, size_t n) {
    value_scan v = {.depth = 0};
    for (size_t i = 0; i < n; i++) {
        const scan_result r = scan_byte(&v, s[i]);
        if (r == BROKEN) return 0;
        if (r == CLOSED) return v.word ? i : i + 1;
    }
    return v.word ? n : 0;
}

/* ---- records ---- */

typedef struct record {
    size_t at, n; /* offset from the mark */
    int64_t line;
    bool cut, broken;
} record;

/* Whether there is a byte at offset `at` from the mark; negative on failure. */
static int have(mg_lines *l, size_t at, molglot_error *err) {
    if (l->end - l->mark > at) return 1;
    int code = mg_lines_fill(l, at + 1, err);
    return code ? -code : l->end - l->mark > at;
}

static int next_line(mg_table *t, bool keep, record *r, molglot_error *err) {
    mg_lines *l = &t->lines;
    for (;;) {
        mg_line line;
        if (!keep) mg_lines_mark(l);
        r->line = l->line;
        int got = mg_lines_next(l, l->pos - l->mark, keep ? MG_TABLE_NAMES : t->max_row, !keep,
                                &line, err);
        if (got != MG_LINES_OK) return got < 0 ? got : 0;
        r->at = line.at;
        r->n = line.n;
        r->cut = line.cut;
        const char *s = mg_lines_at(l, r->at);
        while (r->n && is_space(s[r->n - 1])) r->n--;
        while (r->n && is_space(*s)) {
            s++;
            r->at++;
            r->n--;
        }
        if (r->n || r->cut) return 1;
    }
}

/* To the first byte of the next value. */
static int skip_between(mg_table *t, bool keep, molglot_error *err) {
    mg_lines *l = &t->lines;
    for (;; l->pos++) {
        if (!keep) mg_lines_mark(l);
        int got = have(l, l->pos - l->mark, err);
        if (got != 1) return got;
        const char c = l->buf[l->pos];
        if (c == ']' && t->shape == MG_JSON_ARRAY) return 0; /* and stays there: the end */
        if (!is_space(c) && (c != ',' || t->shape != MG_JSON_ARRAY)) return 1;
        l->line += c == '\n';
    }
}

static int next_value(mg_table *t, bool keep, record *r, molglot_error *err) {
    mg_lines *l = &t->lines;
    int got = skip_between(t, keep, err);
    if (got != 1) return got;
    *r = (record){.at = l->pos - l->mark, .line = l->line};
    value_scan v = {.depth = 0};
    scan_result state = OPEN;
    size_t at = r->at, second = 0; /* offset of the line after the record's first */
    const size_t limit = keep ? MG_TABLE_NAMES : t->max_row;
    int64_t lines = 0;
    while (state == OPEN && (got = have(l, at, err)) == 1) {
        const char c = l->buf[l->mark + at];
        state = scan_byte(&v, c);
        if (state == CLOSED && v.word) break;
        at++;
        if (c == '\n' && !lines++) second = at;
        if (at - r->at <= limit) continue;
        if (keep) return 0;
        r->cut = true; /* its bytes are forgotten */
        l->mark += at;
        at = r->at = second = 0;
    }
    if (got < 0) return got;
    r->n = r->cut ? 0 : at - r->at;
    r->broken = state == BROKEN || (state == OPEN && !v.word);
    if (r->broken && !r->cut && lines) {
        mg_lines_rewind(l, second, r->line + 1);
        r->n = second - r->at;
    } else {
        mg_lines_rewind(l, at, r->line + lines);
    }
    return 1;
}

static int next_record(mg_table *t, bool keep, record *r, molglot_error *err) {
    *r = (record){0};
    return t->shape == MG_JSON_LINES ? next_line(t, keep, r, err) : next_value(t, keep, r, err);
}

/* ---- members: cut in place, each name and value terminated ---- */

static int hex(const char *s) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = s[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* \uXXXX, of which two may make one character; NUL and half a pair become U+FFFD. */
static char *decode_point(const char **from, char *out) {
    int c = hex(*from);
    if (c < 0) return NULL;
    *from += 4;
    if (c >= 0xD800 && c < 0xDC00 && (*from)[0] == '\\' && (*from)[1] == 'u') {
        const int low = hex(*from + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            *from += 6;
        }
    }
    if (!c || (c >= 0xD800 && c < 0xE000)) c = 0xFFFD;
    const int tail = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const int lead[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (char)(lead[tail] | c >> 6 * tail);
    for (int i = 1; i <= tail; i++) *out++ = (char)(0x80 | (c >> 6 * (tail - i) & 0x3F));
    return out;
}

/* Decodes the string that begins behind the quote at *s; *s is then behind its end. NULL: it is
 * none. The text is terminated, so nothing is read past it. */
static char *decode_string(char **s) {
    char *start = *s + 1, *out = start;
    const char *in = start;
    while (*in && *in != '"') {
        if (*in != '\\') {
            *out++ = *in++;
            continue;
        }
        static const char escapes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
        const char c = in[1], *at = c ? strchr(escapes, c) : NULL;
        in += 2;
        if (at)
            *out++ = values[at - escapes];
        else if (c != 'u' || !(out = decode_point(&in, out)))
            return NULL;
    }
    if (*in != '"') return NULL;
    *s = start + (in - start) + 1;
    *out = 0;
    return start;
}

static char *past_spaces(char *s) {
    while (is_space(*s)) s++;
    return s;
}

/* The text of the value at *s, cut out; `after`: the character behind it. */
static const char *cut_value(char **s, const char *end, char *after) {
    const char *value;
    char *start = *s, *stop;
    if (*start == '"') {
        value = decode_string(s);
        *s = value ? past_spaces(*s) : *s;
        *after = **s;
        return value;
    }
    const size_t n = value_length(start, (size_t)(end - start));
    if (!n) return NULL;
    stop = start + n;
    *s = past_spaces(stop);
    *after = **s;
    *stop = 0;
    return strcmp(start, "null") && strcmp(start, "NaN") ? start : "";
}

/* The next member of the object; *s stands at its name, or is NULL behind the last one. 1: a
 * member; 0: the end; -1: no JSON. */
static int next_member(char **s, const char *end, const char **name, const char **value) {
    if (!*s) return 0;
    *s = past_spaces(*s);
    if (**s == '}') return 0;
    if (**s != '"' || !(*name = decode_string(s))) return -1;
    *s = past_spaces(*s);
    if (**s != ':') return -1;
    *s = past_spaces(*s + 1);
    char after;
    if (!(*value = cut_value(s, end, &after))) return -1;
    if (after != ',' && after != '}') return -1;
    if (after == ',') {
        ++*s;
        return 1;
    }
    const char *rest =
        past_spaces(*s + 1); /* where a terminator may have taken the brace's place */
    *s = NULL;
    return rest >= end || (*rest == ',' && rest + 1 == end) ? 1 : -1;
}

/* ---- rows ---- */

/* The record's members into t->fields. */
static void cut_object(mg_table *t, molglot_row_status *status) {
    char *s = past_spaces(t->text), *end = t->text + t->text_n, after;
    const char *name, *value;
    int got = -1;
    if (t->scalars) {
        value = *s && *s != '{' && *s != '[' ? cut_value(&s, end, &after) : NULL;
        if (value)
            t->fields[0] = value;
        else
            mg_row_refuse(status, 0, "no string, as the JSON values before it are");
        return;
    }
    if (*s != '{') {
        mg_row_refuse(status, 0, "no JSON object");
        return;
    }
    for (s++; (got = next_member(&s, end, &name, &value)) == 1;) {
        const int i = mg_names_find(&t->keys, name);
        if (i >= 0)
            t->fields[i] = value;
        else if (*value)
            mg_table_late(t, name);
    }
    if (got < 0)
        mg_row_refuse(status, s ? s - t->text : -1, "not JSON%s", s ? " at this place" : "");
}

int mg_json_next(mg_table *t, mg_row *row, molglot_error *err) {
    record r;
    int got = next_record(t, false, &r, err);
    if (got != 1) return got;
    row->line = r.line;
    t->n_fields = t->n_columns;
    for (int i = 0; i < t->n_fields; i++) t->fields[i] = "";
    if (r.cut) {
        mg_row_refuse(&row->status, -1, "row longer than %zu bytes", t->max_row);
        return 1;
    }
    int code = mg_table_copy(t, mg_lines_at(&t->lines, r.at), r.n, "\"", &row->status, err);
    if (code) return -code;
    if (r.broken && row->status.ok) mg_row_refuse(&row->status, -1, "a JSON value without an end");
    if (row->status.ok) cut_object(t, &row->status);
    const char **role[MG_ROLES] = {&row->smiles, &row->text, &row->id};
    for (int i = 0; i < MG_ROLES; i++)
        if (t->role[i] >= 0) *role[i] = t->fields[t->role[i]];
    return 1;
}

/* ---- opening ---- */

/* Offset behind the '[' of the first array of objects in the object at s, or 0: there is none, or
 * the object is a row itself, since a member is named as molecules are. */
static size_t find_rows(const char *s, size_t n) {
    for (size_t i = 1; i < n; i++) {
        if (s[i] == '[') {
            size_t k = i + 1;
            while (k < n && is_space(s[k])) k++;
            if (k < n && s[k] == '{') return i + 1;
        }
        if (s[i] != '"') continue;
        const size_t start = i + 1;
        for (i++; i < n && s[i] != '"'; i++) i += s[i] == '\\';
        size_t k = i + 1;
        while (k < n && is_space(s[k])) k++;
        if (k < n && s[k] == ':' && mg_names_molecules(s + start, i - start)) return 0;
    }
    return 0;
}

/* Sets the shape and goes to the first record. */
static void find_shape(mg_table *t) {
    mg_lines *l = &t->lines;
    const char *s = l->buf + l->pos;
    size_t n = l->end - l->pos, in = 0, skip = 0;
    while (in < n && is_space(s[in])) in++;
    s += in;
    n -= in;
    t->shape = MG_JSON_LINES;
    if (n && *s == '[') {
        skip = 1;
    } else if (n && *s == '{') {
        const size_t first = value_length(s, n);
        size_t k = first;
        while (first && k < n && is_space(s[k])) k++;
        const bool alone = !first || k == n;
        if (alone) skip = find_rows(s, first ? first : n);
        if (first && memchr(s, '\n', first)) t->shape = MG_JSON_VALUES;
    }
    if (!skip) return;
    t->shape = MG_JSON_ARRAY;
    for (size_t i = 0; i < in + skip; i++) l->line += l->buf[l->pos + i] == '\n';
    l->pos += in + skip;
}

/* The names and, of the first records, the values of one record. */
static void sample_record(mg_table *t, mg_str *names, int *count, mg_sample *c) {
    char *s = past_spaces(t->text), *end = t->text + t->text_n;
    const char *name, *value;
    for (int i = 0; i < *count; i++) t->fields[i] = "";
    if (!*count && *s == '"') {
        t->scalars = true;
        (void)mg_table_key(t, "column1", names, count);
    }
    if (t->scalars) {
        molglot_row_status status = {.ok = 1, .offset = -1};
        cut_object(t, &status);
    } else if (*s == '{') {
        for (s++; next_member(&s, end, &name, &value) == 1;) {
            const int i = mg_table_key(t, name, names, count);
            if (i >= 0) t->fields[i] = value;
        }
    }
    if (c->records < MG_TABLE_SAMPLE) mg_sample_add(c, t->fields, *count);
}

/* One object whose members are the columns ({"smiles": ["CCO", ...]}, {"smiles": {"0": "CCO"}},
 * {"columns": ..., "data": ...}): what pandas writes unless told otherwise. */
static int refuse_columns(const mg_table *t, const mg_sample *c, molglot_error *err) {
    const int smiles = t->role[MG_ROLE_SMILES];
    const char *s = smiles >= 0 && c->records == 1 && t->header ? t->fields[smiles] : "";
    const size_t in = strlen(s) > 1 ? 1 + strspn(s + 1, " \t\r\n") : 0;
    const bool nested = in && (*s == '{' || (*s == '[' && strchr("\"[{", s[in])));
    if (!nested && !(mg_find_name(t, "columns") >= 0 && mg_find_name(t, "data") >= 0))
        return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_BAD_FILE,
                   "%s: JSON by columns, which is not read; write an object a row (pandas: "
                   "to_json(orient=\"records\"))",
                   mg_stream_name(t->stream));
}

int mg_json_open(mg_table *t, molglot_error *err) {
    mg_sample *c = calloc(1, sizeof *c);
    if (!c) return mg_no_memory(err, "a table");
    int code = mg_lines_fill(&t->lines, MG_TABLE_NAMES, err), count = 0, got = 1;
    if (!code) find_shape(t);
    mg_lines_mark(&t->lines);
    const int64_t line = t->lines.line, latin1 = t->latin1;
    mg_str names = {0};
    record r;
    while (!code && t->lines.pos - t->lines.mark < MG_TABLE_NAMES &&
           (got = next_record(t, true, &r, err)) == 1) {
        molglot_row_status status = {.ok = 1, .offset = -1};
        code = mg_table_copy(t, mg_lines_at(&t->lines, r.at), r.n, "\"", &status, err);
        if (!code && !r.broken) sample_record(t, &names, &count, c);
    }
    if (got < 0) code = -got;
    mg_lines_rewind(&t->lines, 0, line);
    t->latin1 = latin1; /* they will be read again */
    t->header = !t->scalars;
    if (!code && names.failed) code = mg_no_memory(err, "column names");
    if (!code && !count)
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: no JSON that is read: objects a line, or an array of objects",
                       mg_stream_name(t->stream));
    if (!code) code = mg_table_set_joined(t, &names, count, err);
    if (!code) code = mg_assign_roles(t, c, err);
    if (!code) code = refuse_columns(t, c, err);
    mg_str_free(&names);
    free(c);
    return code;
}
