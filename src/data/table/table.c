/* table.c - rows of SMILES lists, CSV, TSV, SDF and plain texts, streamed with bounded memory. A
 * row that cannot be read is handed out with its reason, in its place; only a damaged stream ends
 * the reading.
 */
#include "data/table/table.h"

#include "data/table/inside.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_ROW ((size_t)16 << 20)

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
    if (!code) code = mg_sniff_kind(t, o, err);
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

/* Molglot's own tables have the columns status and error, one behind the other: rows that were
 * rejected when they were made stay rejected. What stands in them as input, prompt or query is the
 * molecule or text where no other column is. */
static void find_own(mg_table *t) {
    static const char *const texts[] = {"prompt", "query"};
    t->status_column = -1;
    for (int i = 0; i + 1 < t->n_columns; i++)
        if (!strcmp(t->names[i], "status") && !strcmp(t->names[i + 1], "error"))
            t->status_column = i;
    if (t->status_column < 0 || t->kind != MG_TABLE_DELIMITED) return;
    const int input = mg_find_name(t, "input");
    int *smiles = &t->role[MG_ROLE_SMILES], *text = &t->role[MG_ROLE_TEXT];
    if (input >= 0 && !t->asked[MG_ROLE_SMILES] && (*smiles < 0 || t->guessed_smiles)) {
        *smiles = input;
        t->guessed_smiles = false;
    }
    for (size_t i = 0; i < MG_COUNT(texts) && *text < 0; i++) *text = mg_find_name(t, texts[i]);
    if (*text >= 0 && t->guessed_smiles) *smiles = -1;
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
    find_own(t);
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

/* A row that was rejected when the table was made. */
static void keep_rejection(const mg_table *t, mg_row *row) {
    const int status = t->status_column;
    if (status + 1 >= t->n_fields || strcmp(t->fields[status], "rejected")) return;
    const char *why = t->fields[status + 1];
    if (strstr(why, "was rejected before"))
        mg_row_refuse(&row->status, -1, "%s", why);
    else
        mg_row_refuse(&row->status, -1, "row %lld was rejected before%s%s", (long long)row->number,
                      *why ? ": " : "", why);
}

int mg_table_next(mg_table *t, mg_row *row, molglot_error *err) {
    *row = (mg_row){.smiles = "", .text = "", .id = ""};
    mg_row_accept(&row->status);
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
    if (row->status.ok && t->status_column >= 0) keep_rejection(t, row);
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

char mg_table_role(const mg_table *t, int column) {
    static const char letters[MG_ROLES] = {'s', 't', 'i'};
    for (int r = 0; r < MG_ROLES; r++)
        if (t->role[r] == column) return letters[r];
    return 0;
}

bool mg_table_molblocks(const mg_table *t) { return t->kind == MG_TABLE_SDF; }

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
