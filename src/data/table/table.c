/* table.c - rows of SMILES lists, CSV, TSV, SDF and plain texts, streamed with bounded memory. A
 * row that cannot be read is handed out with its reason, in its place; only a damaged stream ends
 * the reading.
 */
#include "data/table/table.h"

#include "data/table/inside.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_ROW ((size_t)16 << 20)

void mg_row_reject(molglot_row_status *status, int64_t offset, const char *fmt, ...) {
    if (!status->ok) return; /* the first reason counts */
    status->ok = 0;
    status->offset = offset > INT32_MAX ? INT32_MAX : (int32_t)offset;
    va_list args;
    va_start(args, fmt);
    vsnprintf(status->reason, sizeof status->reason, fmt, args);
    va_end(args);
}

/* Bytes of the UTF-8 sequence at s (of n left), 0 when it is none: overlong forms and surrogates
 * are none. */
static size_t utf8_sequence(const uint8_t *s, size_t n) {
    uint8_t a = s[0];
    if (a < 0x80) return 1;
    if (a < 0xC2 || a > 0xF4) return 0;
    size_t len = a < 0xE0 ? 2 : a < 0xF0 ? 3 : 4;
    if (n < len) return 0;
    uint8_t low = a == 0xE0 ? 0xA0 : a == 0xF0 ? 0x90 : 0x80;
    uint8_t high = a == 0xED ? 0x9F : a == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < low || s[1] > high) return 0;
    for (size_t i = 2; i < len; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    return len;
}

int64_t mg_utf8_invalid(const char *text, size_t n) {
    const uint8_t *s = (const uint8_t *)text;
    size_t i = 0;
    while (i < n) {
        uint64_t word;
        if (n - i >= 8 && (memcpy(&word, s + i, 8), !(word & 0x8080808080808080u))) {
            i += 8; /* eight ASCII bytes at a time */
            continue;
        }
        size_t len = utf8_sequence(s + i, n - i);
        if (!len) return (int64_t)i;
        i += len;
    }
    return -1;
}

int mg_table_copy(mg_table *t, const char *bytes, size_t n, molglot_row_status *status,
                  molglot_error *err) {
    if (n + 1 > t->text_cap) {
        size_t cap = n + 1 + n / 2;
        char *text = realloc(t->text, cap);
        if (!text)
            return mg_no_memory(err, "%s: no memory for a row of %zu bytes",
                                mg_stream_name(t->stream), n);
        t->text = text;
        t->text_cap = cap;
    }
    if (n) memcpy(t->text, bytes, n);
    t->text[n] = 0;
    t->text_n = n;
    for (char *z = t->text; (z = memchr(z, 0, (size_t)(t->text + n - z))) != NULL; *z = '?')
        mg_row_reject(status, z - t->text, "NUL byte");
    for (int64_t at = 0, bad; (bad = mg_utf8_invalid(t->text + at, n - (size_t)at)) >= 0;) {
        at += bad;
        mg_row_reject(status, at, "invalid UTF-8 (byte 0x%02X)", (unsigned)(uint8_t)t->text[at]);
        t->text[at] = '?';
    }
    return MOLGLOT_OK;
}

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

/* "TSV, header, id=CID smiles=SMILES text=description, CRLF, gzip" */
static void describe(mg_table *t) {
    static const char *const roles[] = {"smiles", "text", "id"};
    mg_str s = {0};
    if (t->kind == MG_TABLE_DELIMITED)
        mg_str_addz(&s, t->delimiter == '\t'  ? "TSV"
                        : t->delimiter == ';' ? "CSV with semicolons"
                                              : "CSV");
    else
        mg_str_addz(&s, t->kind == MG_TABLE_SMI   ? "SMILES list"
                        : t->kind == MG_TABLE_SDF ? "SDF"
                                                  : "one text a line");
    if (t->kind == MG_TABLE_DELIMITED || t->header)
        mg_str_addz(&s, t->header ? ", header" : ", no header");
    if (t->kind == MG_TABLE_DELIMITED) {
        mg_str_addz(&s, ",");
        for (int r = MG_ROLES - 1; r >= 0; r--)
            if (t->role[r] >= 0) mg_str_addf(&s, " %s=%.60s", roles[r], t->names[t->role[r]]);
        if (t->guessed_smiles)
            mg_str_addf(&s, " (no column has a known name: %.60s is read as SMILES)",
                        t->names[t->role[MG_ROLE_SMILES]]);
    }
    if (t->kind == MG_TABLE_SDF) mg_str_addf(&s, ", %d properties", t->n_columns);
    if (t->lines.crlf) mg_str_addz(&s, ", CRLF");
    if (t->lines.eol == '\r') mg_str_addz(&s, ", CR");
    if (t->lines.bom) mg_str_addz(&s, ", BOM");
    if (strcmp(mg_stream_compression(t->stream), "none"))
        mg_str_addf(&s, ", %s", mg_stream_compression(t->stream));
    snprintf(t->describe, sizeof t->describe, "%s", s.failed ? "" : s.s);
    mg_str_free(&s);
}

static int open_format(mg_table *t, const mg_table_options *o, molglot_error *err) {
    int code = mg_lines_open(&t->lines, t->stream, err);
    if (!code) code = mg_sniff_kind(t, o->format, err);
    if (code) return code;
    static const char *const smi_names[] = {"smiles", "id"}, *const txt_names[] = {"text"};
    switch (t->kind) {
    case MG_TABLE_DELIMITED: return mg_sniff_columns(t, o->header, err);
    case MG_TABLE_SDF: return mg_sdf_open(t, err);
    case MG_TABLE_SMI:
        t->role[MG_ROLE_SMILES] = 0;
        t->role[MG_ROLE_ID] = 1;
        code = mg_table_set_names(t, smi_names, 2, err);
        return code ? code : mg_smi_open(t, o->header, err);
    case MG_TABLE_TXT: t->role[MG_ROLE_TEXT] = 0; return mg_table_set_names(t, txt_names, 1, err);
    }
    return MOLGLOT_OK;
}

static mg_table *open_stream(mg_stream *stream, const mg_table_options *options,
                             molglot_error *err) {
    static const mg_table_options none = {.header = -1};
    const mg_table_options *o = options ? options : &none;
    mg_table *t = calloc(1, sizeof *t);
    if (!t) {
        mg_stream_close(stream);
        mg_no_memory(err, "a table");
        return NULL;
    }
    t->stream = stream;
    t->max_row = o->max_row ? o->max_row : DEFAULT_MAX_ROW;
    const char *asked[MG_ROLES] = {o->smiles_column, o->text_column, o->id_column};
    bool ok = (t->fields = calloc(MG_TABLE_COLUMNS + 1, sizeof *t->fields)) != NULL;
    for (int r = 0; r < MG_ROLES; r++) {
        t->role[r] = -1;
        if (asked[r] && !(t->asked[r] = strdup(asked[r]))) ok = false;
    }
    if (!ok) mg_no_memory(err, "a table");
    if (!ok || open_format(t, o, err)) {
        mg_table_close(t);
        return NULL;
    }
    describe(t);
    return t;
}

mg_table *mg_table_open(const char *path, const mg_table_options *o, molglot_error *err) {
    mg_stream *stream = mg_stream_open(path, err);
    return stream ? open_stream(stream, o, err) : NULL;
}

mg_table *mg_table_memory(const void *bytes, size_t n, const mg_table_options *o,
                          molglot_error *err) {
    mg_stream *stream = mg_stream_memory(bytes, n, err);
    return stream ? open_stream(stream, o, err) : NULL;
}

/* SMILES and ids never begin or end with blanks; a doubled backslash is never meant. */
static void finish_row(mg_table *t, mg_row *row) {
    char *s = (char *)row->smiles; /* points into t->text or t->smiles, both ours */
    while (*s == ' ' || *s == '\t') s++;
    size_t n = strlen(s);
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t')) n--;
    if (s[n]) s[n] = 0;
    if (memchr(s, '\\', n)) {
        int undone = mg_smiles_undouble(s);
        t->undoubled += undone > 0;
        n = strlen(s);
    }
    row->smiles = s;
    row->smiles_n = n;
    row->text_n = strlen(row->text);
}

int mg_table_next(mg_table *t, mg_row *row, molglot_error *err) {
    memset(row, 0, sizeof *row);
    row->smiles = row->text = row->id = "";
    row->status.ok = 1;
    row->status.offset = -1;
    row->line = t->lines.line;
    int got;
    switch (t->kind) {
    case MG_TABLE_SDF: got = mg_sdf_next(t, row, err); break;
    case MG_TABLE_DELIMITED: got = mg_delimited_next(t, row, err); break;
    default: got = mg_smi_next(t, row, err); break;
    }
    if (got != 1) return got;
    row->number = ++t->rows;
    row->fields = t->fields;
    row->n_fields = t->n_fields;
    if (*row->smiles)
        finish_row(t, row);
    else
        row->text_n = strlen(row->text);
    return 1;
}

int mg_table_columns(const mg_table *t, const char *const **names) {
    *names = (const char *const *)t->names;
    return t->n_columns;
}

bool mg_table_plain(const mg_table *t) { return t->kind == MG_TABLE_TXT; }

const char *mg_table_describe(const mg_table *t) { return t->describe; }

int64_t mg_table_undoubled(const mg_table *t) { return t->undoubled; }

void mg_table_close(mg_table *t) {
    if (!t) return;
    for (int i = 0; i < t->n_columns; i++) free(t->names[i]);
    for (int r = 0; r < MG_ROLES; r++) free(t->asked[r]);
    free(t->names);
    free(t->fields);
    free(t->text);
    free(t->smiles);
    mg_str_free(&t->title);
    mg_lines_close(&t->lines);
    mg_stream_close(t->stream);
    free(t);
}
