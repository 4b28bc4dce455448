/* table.c - rows of SMILES lists, CSV, TSV, SDF, JSON and plain texts, streamed with bounded
 * memory. A row that cannot be read is handed out with its reason, in its place; only a damaged
 * stream ends the reading.
 */
#include "data/table/table.h"

#include "data/table/inside.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_ROW ((size_t)16 << 20)

/* ---- what was decided ---- */

static const char *format_name(const mg_table *t) {
    static const char *const shapes[] = {"JSON lines", "JSON values", "JSON array"};
    switch (t->kind) {
    case MG_TABLE_SMI: return "SMILES list";
    case MG_TABLE_SDF: return "SDF";
    case MG_TABLE_JSON: return shapes[t->shape];
    case MG_TABLE_TXT: return "one text a line";
    case MG_TABLE_DELIMITED: break;
    }
    switch (t->delimiter) {
    case '\t': return t->quote ? "TSV with quotes" : "TSV";
    case ';': return "CSV with semicolons";
    case '|': return "table with |";
    case ' ': return "table with blanks";
    default: return "CSV";
    }
}

enum { NAME = 60 }; /* characters of a column's name that are shown */

static void add_name(mg_str *s, const char *before, const char *name, const char *after) {
    const size_t n = mg_utf8_prefix(name, strlen(name), NAME);
    mg_str_addf(s, "%s%.*s%s", before, (int)n, name, after);
}

/* Into a buffer of fixed size; what does not fit is cut between characters. */
static void keep(char *to, size_t size, mg_str *s) {
    size_t n = s->failed || !s->s ? 0 : s->n;
    if (n >= size) {
        n = size - 1;
        while (n && ((uint8_t)s->s[n] & 0xC0) == 0x80) n--;
    }
    if (n) memcpy(to, s->s, n);
    to[n] = 0;
    mg_str_free(s);
}

static void describe_columns(const mg_table *t, mg_str *s) {
    static const char *const roles[] = {" smiles=", " text=", " id="};
    bool any = t->guessed_smiles;
    for (int r = 0; r < MG_ROLES; r++) any = any || t->role[r] >= 0;
    if (any) mg_str_addz(s, ",");
    for (int r = MG_ROLES - 1; r >= 0; r--) {
        if (t->role[r] < 0) continue;
        const char *name = t->names[t->role[r]];
        int same = 0;
        for (int i = 0; i < t->n_columns; i++) same += !strcmp(t->names[i], name);
        add_name(s, roles[r], name, "");
        if (same > 1) mg_str_addf(s, " (the first of %d columns of that name)", same);
    }
    if (t->role[MG_ROLE_SMILES] < 0 && t->role[MG_ROLE_TEXT] < 0)
        mg_str_addz(s, ", no column of molecules or texts");
    if (t->guessed_smiles)
        add_name(s, " (no column has a known name: ", t->names[t->role[MG_ROLE_SMILES]],
                 " is read as SMILES)");
    if (t->row_names) mg_str_addz(s, ", a first column without a name");
}

/* "TSV, header, id=CID smiles=SMILES text=description, CRLF, gzip" */
static void describe(mg_table *t) {
    mg_str s = {0};
    mg_str_addz(&s, format_name(t));
    if (t->kind == MG_TABLE_DELIMITED || (t->kind == MG_TABLE_SMI && t->header))
        mg_str_addz(&s, t->header ? ", header" : ", no header");
    if (t->kind == MG_TABLE_DELIMITED || t->kind == MG_TABLE_JSON) describe_columns(t, &s);
    if (t->kind == MG_TABLE_SDF) mg_str_addf(&s, ", %d properties", t->n_columns);
    if (t->notation) mg_str_addf(&s, ", %s: not read", t->notation);
    if (t->skipped)
        mg_str_addf(&s, ", %lld line%s skipped before it", (long long)t->skipped,
                    t->skipped > 1 ? "s" : "");
    if (t->lines.crlf) mg_str_addz(&s, ", CRLF");
    if (t->lines.eol == '\r') mg_str_addz(&s, ", CR");
    if (mg_stream_utf16(t->stream))
        mg_str_addz(&s, ", UTF-16");
    else if (t->lines.bom)
        mg_str_addz(&s, ", BOM");
    if (strcmp(mg_stream_compression(t->stream), "none"))
        mg_str_addf(&s, ", %s", mg_stream_compression(t->stream));
    const char *notes = mg_table_notes(t);
    if (*notes) mg_str_addf(&s, "; %s", notes);
    keep(t->describe, sizeof t->describe, &s);
}

/* "3 fields", and what about them. */
static void add_note(mg_str *s, int64_t n, const char *what, const char *about) {
    if (n)
        mg_str_addf(s, "%s%lld %s%s%s", s->n ? "; " : "", (long long)n, what, n > 1 ? "s" : "",
                    about);
}

const char *mg_table_notes(mg_table *t) {
    mg_str s = {0};
    add_note(&s, t->latin1, "field", " Latin-1");
    add_note(&s, t->unknown, "row", " with bytes that are neither UTF-8 nor Latin-1");
    add_note(&s, t->undoubled, "SMILES string", " with doubled backslashes: undone");
    add_note(&s, t->comments, "comment line", " skipped");
    add_note(&s, t->redrawn, "SMILES tag", " unreadable: the drawing is read");
    if (t->late) {
        char about[160];
        snprintf(about, sizeof about, " left out: not met in the first MiB (%s%s)", t->late_name,
                 t->late > 1 ? ", ..." : "");
        add_note(&s, t->late, "property value", about);
    }
    keep(t->notes, sizeof t->notes, &s);
    return t->notes;
}

const char *mg_table_describe(mg_table *t) {
    describe(t);
    return t->describe;
}

/* ---- opening ---- */

static int open_format(mg_table *t, const mg_table_options *o, molglot_error *err) {
    static const char *const txt_names[] = {"text"};
    int code = mg_lines_open(&t->lines, t->stream, err);
    if (!code) code = mg_sniff_kind(t, o, err);
    if (code) return code;
    switch (t->kind) {
    case MG_TABLE_DELIMITED: return mg_sniff_columns(t, o->header, err);
    case MG_TABLE_SDF: return mg_sdf_open(t, err);
    case MG_TABLE_SMI: return mg_smi_open(t, o->header, err);
    case MG_TABLE_JSON: return mg_json_open(t, err);
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
    if (t->status_column < 0 || (t->kind != MG_TABLE_DELIMITED && t->kind != MG_TABLE_JSON)) return;
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
    t->garbled = -1;
    t->shard = o->shard;
    t->shards = o->shards;
    t->names_wanted = o->names;
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

/* SELFIES are known by a token that no SMILES has; what could be either, by the whole column. */
static void refuse_notation(const mg_table *t, mg_row *row) {
    const mg_selfies selfies = mg_looks_like_selfies(row->smiles, row->smiles_n);
    const bool of_selfies = t->notation && !strcmp(t->notation, "SELFIES");
    if (selfies == MG_SELFIES || (of_selfies && selfies != MG_NO_SELFIES))
        mg_row_refuse(&row->status, 0, "SELFIES, not SMILES");
    else if (t->notation && !of_selfies)
        mg_row_refuse(&row->status, 0, "%s, not SMILES", t->notation);
}

/* SMILES and ids never begin or end with blanks; a doubled backslash is never meant. */
static void finish_row(mg_table *t, mg_row *row) {
    char *s = (char *)row->smiles; /* points into t->text or t->smiles, both ours */
    while (*s == ' ' || *s == '\t') s++;
    size_t n = strlen(s);
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t')) n--;
    const size_t core = mg_smiles_core(s, n);
    const char *reason = core < n ? mg_notation_extension_refusal(s, core, n) : NULL;
    if (reason && row->status.ok) mg_row_refuse(&row->status, -1, "%s", reason);
    n = core;
    const char *trimmed = s; /* other blanks, and quotes where they are characters */
    mg_notation_trim(&trimmed, &n);
    s += trimmed - s;
    if (s[n]) s[n] = 0;
    if (memchr(s, '\\', n)) {
        int undone = mg_smiles_undouble(s);
        t->undoubled += undone > 0;
        n = strlen(s);
    }
    row->smiles = s;
    row->smiles_n = n;
    row->text_n = strlen(row->text);
    if ((t->notation || *s == '[') && row->status.ok) refuse_notation(t, row);
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

/* A molecule beside words in an unknown encoding stays, and has no text; words alone are nothing.
 */
static void look_at_garbled(mg_table *t, mg_row *row) {
    static const char unknown[] = "\xEF\xBF\xBD";
    const bool text = strstr(row->text, unknown), smiles = strstr(row->smiles, unknown);
    t->unknown++;
    if (text) row->text = "";
    if (row->status.ok && (smiles || (text && !*row->smiles)))
        mg_row_refuse(&row->status, t->garbled, "neither UTF-8 nor Latin-1");
    t->garbled = -1;
}

static int next_row(mg_table *t, mg_row *row, molglot_error *err) {
    *row = (mg_row){.smiles = "", .text = "", .id = ""};
    mg_row_accept(&row->status);
    row->line = t->lines.line;
    int got;
    switch (t->kind) {
    case MG_TABLE_SDF: got = mg_sdf_next(t, row, err); break;
    case MG_TABLE_DELIMITED: got = mg_delimited_next(t, row, err); break;
    case MG_TABLE_JSON: got = mg_json_next(t, row, err); break;
    default: got = mg_smi_next(t, row, err); break;
    }
    if (got != 1) return got;
    row->number = ++t->rows;
    row->fields = t->fields;
    row->n_fields = t->n_fields;
    if (row->status.ok && t->status_column >= 0) keep_rejection(t, row);
    if (t->garbled >= 0) look_at_garbled(t, row);
    if (*row->smiles)
        finish_row(t, row);
    else
        row->text_n = strlen(row->text);
    return 1;
}

int mg_table_next(mg_table *t, mg_row *row, molglot_error *err) {
    const int shards = t->shards;
    int got;
    do {
        got = next_row(t, row, err);
    } while (got == 1 && shards > 1 && (row->number - 1) % shards != t->shard - 1);
    return got;
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

bool mg_table_molecules(const mg_table *t) {
    return t->kind == MG_TABLE_SDF || t->role[MG_ROLE_SMILES] >= 0;
}

int64_t mg_table_undoubled(const mg_table *t) { return t->undoubled; }

void mg_table_close(mg_table *t) {
    if (!t) return;
    for (int i = 0; i < t->n_columns; i++) free(t->names[i]);
    for (int r = 0; r < MG_ROLES; r++) free(t->asked[r]);
    free(t->names);
    free(t->fields);
    free(t->text);
    free(t->smiles);
    mg_names_free(&t->keys);
    mg_str_free(&t->title);
    mg_lines_close(&t->lines);
    mg_stream_close(t->stream);
    free(t);
}
