/* delimited.c - one record of CSV (RFC 4180: quotes, embedded line breaks) or TSV (no quotes: a "
 * is a character). A quote that is never closed would swallow the rest of the file: its row is
 * rejected alone and reading goes on at the line after the one where the record began.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <string.h>

/* Where a scan of CSV stands after a line; AFTER is behind a quote inside a quoted field, which may
 * close it. */
typedef enum { AT_START, PLAIN, QUOTED, AFTER } csv_state;

static csv_state csv_scan(csv_state state, const char *s, size_t n, char delimiter) {
    for (size_t i = 0; i < n; i++) {
        if (state == QUOTED) {
            if (s[i] == '"') state = AFTER;
        } else if (s[i] == delimiter) {
            state = AT_START;
        } else if (s[i] == '"' && state != PLAIN) {
            state = QUOTED; /* opens a field, or is the second of a doubled quote */
        } else {
            state = PLAIN;
        }
    }
    return state;
}

/* Cuts t->text in place; counts all fields but keeps pointers to the first MG_TABLE_COLUMNS + 1. */
static void cut_fields(mg_table *t) {
    char *s = t->text, *end = s + t->text_n, *out = s;
    bool quotes = t->delimiter != '\t';
    t->n_fields = 0;
    for (;;) {
        char *field = out;
        if (quotes && s < end && *s == '"') {
            for (s++; s < end; *out++ = *s++) {
                if (*s != '"') continue;
                if (s + 1 < end && s[1] == '"')
                    s++;
                else
                    break;
            }
            /* the closing quote; what follows it up to the delimiter belongs to the field */
            if (s < end) s++;
        }
        while (s < end && *s != t->delimiter) *out++ = *s++;
        bool more = s < end;
        if (t->n_fields <= MG_TABLE_COLUMNS) t->fields[t->n_fields++] = field;
        s++;
        *out++ = 0; /* out <= s: the terminator takes the delimiter's place */
        if (!more) return;
    }
}

/* Bytes of a record from its first line on, line breaks inside quotes included. *unclosed: it never
 * ends. */
static int record_extent(mg_table *t, bool keep, size_t from, mg_line *first, size_t *n,
                         bool *unclosed, molglot_error *err) {
    mg_lines *l = &t->lines;
    size_t limit = keep ? MG_TABLE_WINDOW : t->max_row;
    int got = mg_lines_next(l, from, limit, !keep, first, err);
    if (got != MG_LINES_OK) return got;
    *n = first->n;
    *unclosed = false;
    if (t->delimiter == '\t' || first->cut) return MG_LINES_OK;
    csv_state state = csv_scan(AT_START, mg_lines_at(l, from), first->n, t->delimiter);
    size_t second = l->pos - l->mark;
    int64_t second_line = l->line;
    while (state == QUOTED) {
        mg_line line;
        got = mg_lines_next(l, from, limit, false, &line, err);
        if (got < 0) return got;
        if (got != MG_LINES_OK) {
            *unclosed = true;
            mg_lines_rewind(l, second, second_line);
            return MG_LINES_OK;
        }
        state = csv_scan(state, mg_lines_at(l, line.at), line.n, t->delimiter);
        *n = line.at + line.n - from;
    }
    return MG_LINES_OK;
}

int mg_delimited_record(mg_table *t, bool keep, int64_t *line, molglot_row_status *status,
                        molglot_error *err) {
    mg_lines *l = &t->lines;
    mg_line first;
    size_t n, from;
    bool unclosed;
    do { /* empty lines are no records */
        if (!keep) mg_lines_mark(l);
        from = l->pos - l->mark;
        *line = l->line;
        int got = record_extent(t, keep, from, &first, &n, &unclosed, err);
        if (got < 0) return got;
        if (got != MG_LINES_OK) return 0;
    } while (!n && !first.cut);
    if (first.cut) mg_row_refuse(status, -1, "row longer than %zu bytes", t->max_row);
    int code = mg_table_copy(t, mg_lines_at(l, from), n, status, err);
    if (code) return -code;
    if (unclosed && status->ok) {
        const char *quote = memchr(t->text, '"', n);
        mg_row_refuse(status, quote ? quote - t->text : -1, "quote without an end");
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
