/* delimited.c - one record of CSV (RFC 4180: quotes, embedded line breaks), TSV (no quotes: a " is
 * a character, unless the header is quoted) or a table with blanks. A quote that is never closed
 * would swallow the rest of the file, and one that closes in the middle of a field has swallowed
 * lines: such a row is rejected alone and reading goes on at the line after the one where the
 * record began.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <string.h>

/* Where a scan of a quoted format stands after a line. AFTER is behind a quote inside a quoted
 * field, which may close it; CLOSED is behind blanks after that; BROKEN: other characters follow
 * it. */
typedef enum { AT_START, PLAIN, QUOTED, AFTER, CLOSED, BROKEN } csv_state;

/* The second character that ends a field: a table with blanks has tabs too. */
static char second_delimiter(const mg_table *t) {
    return t->delimiter == ' ' ? '\t' : t->delimiter;
}

static csv_state csv_scan(const mg_table *t, csv_state state, const char *s, size_t n) {
    const char quote = t->quote, d = t->delimiter, e = second_delimiter(t);
    for (const char *stop = s + n; s < stop; s++) {
        if (state == QUOTED) {
            s = memchr(s, quote, (size_t)(stop - s));
            if (!s) return QUOTED;
            state = AFTER;
        } else if (*s == d || *s == e) {
            state = AT_START;
        } else if (state == PLAIN) {
            continue;
        } else if (state == AT_START) {
            state = *s == quote ? QUOTED : PLAIN;
        } else if (state == AFTER && *s == quote) {
            state = QUOTED; /* the second of a doubled quote */
        } else if (*s == ' ') {
            state = CLOSED;
        } else {
            return BROKEN;
        }
    }
    return state;
}

/* The field at *from up to its delimiter, terminated and without its quotes, at *to. */
static char *cut_field(const mg_table *t, char **from, char **to, const char *end) {
    char *s = *from, *out = *to, *field = out;
    const char d = t->delimiter, e = second_delimiter(t);
    if (t->quote && s < end && *s == t->quote) {
        for (s++; s < end; *out++ = *s++) {
            if (*s != t->quote) continue;
            if (s + 1 < end && s[1] == t->quote)
                s++;
            else
                break;
        }
        if (s < end) s++;
        char *rest = s; /* blanks behind the closing quote are none of the field */
        while (rest < end && *rest == ' ' && d != ' ') rest++;
        if (rest == end || *rest == d) s = rest;
    }
    while (s < end && *s != d && *s != e) *out++ = *s++;
    *from = s;
    *to = out;
    return field;
}

/* Cuts t->text in place; counts all fields but keeps pointers to the first MG_TABLE_COLUMNS + 1. */
static void cut_fields(mg_table *t) {
    char *s = t->text, *end = s + t->text_n, *out = s;
    const bool blanks = t->delimiter == ' ';
    t->n_fields = 0;
    for (;;) {
        while (blanks && s < end && (*s == ' ' || *s == '\t')) s++;
        if (blanks && s == end && t->n_fields) return;
        char *field = cut_field(t, &s, &out, end);
        bool more = s < end;
        if (t->n_fields <= MG_TABLE_COLUMNS) t->fields[t->n_fields++] = field;
        s++;
        *out++ = 0; /* out <= s: the terminator takes the delimiter's place */
        if (!more) return;
    }
}

/* Bytes of a record from its first line on, line breaks inside quotes included. *state: how it
 * ends; QUOTED: it never does. */
static int record_extent(mg_table *t, bool keep, size_t from, mg_line *first, size_t *n,
                         csv_state *state, molglot_error *err) {
    mg_lines *l = &t->lines;
    size_t limit = keep ? MG_TABLE_WINDOW : t->max_row;
    int got = mg_lines_next(l, from, limit, !keep, first, err);
    if (got != MG_LINES_OK) return got;
    *n = first->n;
    *state = AT_START;
    if (!t->quote || first->cut) return MG_LINES_OK;
    *state = csv_scan(t, AT_START, mg_lines_at(l, from), first->n);
    size_t second = l->pos - l->mark;
    int64_t second_line = l->line;
    while (*state == QUOTED) {
        mg_line line;
        got = mg_lines_next(l, from, limit, false, &line, err);
        if (got < 0) return got;
        if (got != MG_LINES_OK) break;
        *state = csv_scan(t, QUOTED, mg_lines_at(l, line.at), line.n);
        *n = line.at + line.n - from;
    }
    if (*state != QUOTED && *state != BROKEN) return MG_LINES_OK;
    mg_lines_rewind(l, second, second_line);
    *n = first->n;
    return MG_LINES_OK;
}

static bool blank(const char *s, size_t n) {
    while (n && s[n - 1] == ' ') n--;
    return !n;
}

int mg_delimited_record(mg_table *t, bool keep, int64_t *line, molglot_row_status *status,
                        molglot_error *err) {
    mg_lines *l = &t->lines;
    mg_line first;
    size_t n, from;
    csv_state state;
    do { /* empty lines, and lines of blanks, are no records */
        if (!keep) mg_lines_mark(l);
        from = l->pos - l->mark;
        *line = l->line;
        int got = record_extent(t, keep, from, &first, &n, &state, err);
        if (got < 0) return got;
        if (got != MG_LINES_OK) return 0;
    } while (!first.cut && blank(mg_lines_at(l, from), n));
    if (first.cut) mg_row_refuse(status, -1, "row longer than %zu bytes", t->max_row);
    const char ends[] = {t->delimiter, second_delimiter(t), 0};
    int code = mg_table_copy(t, mg_lines_at(l, from), n, ends, status, err);
    if (code) return -code;
    if ((state == QUOTED || state == BROKEN) && status->ok) {
        const char *quote = memchr(t->text, t->quote, t->text_n);
        mg_row_refuse(status, quote ? quote - t->text : -1,
                      state == QUOTED ? "quote without an end"
                                      : "characters after a closing quote");
    }
    cut_fields(t);
    return 1;
}

int mg_delimited_next(mg_table *t, mg_row *row, molglot_error *err) {
    int got = mg_delimited_record(t, false, &row->line, &row->status, err);
    if (got != 1) return got;
    int n = row->n_read = t->n_fields;
    bool extra = false;
    for (int i = t->n_columns; i < n; i++) extra = extra || *t->fields[i];
    int needed = 0;
    for (int r = 0; r < MG_ROLES; r++)
        if (t->role[r] >= needed) needed = t->role[r] + 1;
    if ((extra || n < needed) && row->status.ok)
        mg_row_refuse(&row->status, -1, "%s%d fields, expected %d",
                      n > MG_TABLE_COLUMNS ? "more than " : "", n, t->n_columns);
    for (int i = n; i < t->n_columns; i++) t->fields[i] = "";
    t->n_fields = t->n_columns;
    const char **role[MG_ROLES] = {&row->smiles, &row->text, &row->id};
    for (int r = 0; r < MG_ROLES; r++)
        if (t->role[r] >= 0) *role[r] = t->fields[t->role[r]];
    return 1;
}
