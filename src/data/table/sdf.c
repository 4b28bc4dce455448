/* sdf.c - one record of an SDF: title, molblock up to "M END", properties "> <NAME>", "$$$$". The
 * molecule comes from the molblock, except that a PubChem SMILES tag wins: a 2D drawing with an
 * undefined double bond reads as a defined one (docs/reference/rdkit.md 2). A malformed record
 * is a rejected row; reading goes on behind its "$$$$". Columns are the properties found in the
 * first 64 KiB; later ones are not columns.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool line_is(const char *s, size_t n, const char *word) {
    size_t m = strlen(word);
    while (n > m && s[n - 1] == ' ') n--;
    return n == m && !memcmp(s, word, m);
}

/* Skips to the end of the record. */
static int resynchronise(mg_table *t, molglot_error *err) {
    for (;;) {
        mg_line line;
        mg_lines_mark(&t->lines);
        int got = mg_lines_next(&t->lines, 0, t->max_row, true, &line, err);
        if (got <= 0) return got;
        if (line_is(mg_lines_at(&t->lines, 0), line.n, "$$$$")) return 1;
    }
}

/* Bytes of the record from offset `from`, without "$$$$". 1 a record, 0 the end, 2 too long
 * (nothing past its start is sure). */
static int record_extent(mg_table *t, size_t from, size_t limit, size_t *n, molglot_error *err) {
    bool content = false;
    *n = 0;
    for (;;) {
        mg_line line;
        int got = mg_lines_next(&t->lines, from, limit, false, &line, err);
        if (got < 0) return got;
        if (got == MG_LINES_FULL) return 2;
        /* the last record, or a lone molfile, may lack its "$$$$" */
        if (got == MG_LINES_END) return content;
        const char *s = mg_lines_at(&t->lines, line.at);
        if (line_is(s, line.n, "$$$$")) return 1;
        content = content || strspn(s, " \t\r\n") < line.n;
        *n = t->lines.pos - t->lines.mark - from;
    }
}

/* Length of the line at s (its end of line cut off) and where the next one starts. */
static size_t line_at(const mg_table *t, size_t at, size_t *next) {
    const char *s = t->text + at, *eol = memchr(s, t->lines.eol, t->text_n - at);
    size_t n = eol ? (size_t)(eol - s) : t->text_n - at;
    *next = at + n + (eol != NULL);
    return n && s[n - 1] == '\r' ? n - 1 : n;
}

/* Offset behind the line "M  END", or 0 when there is none. */
static size_t molblock_end(const mg_table *t) {
    for (size_t at = 0, next; at < t->text_n; at = next) {
        size_t n = line_at(t, at, &next);
        if (line_is(t->text + at, n, "M  END")) return next;
        if (line_is(t->text + at, n, "$$$$")) return 0;
    }
    return 0;
}

/* The next property from *at on: its name and value as terminated strings in t->text. */
static bool next_property(mg_table *t, size_t *at, const char **name, const char **value) {
    size_t next;
    for (; *at < t->text_n; *at = next) {
        size_t n = line_at(t, *at, &next);
        char *s = t->text + *at;
        if (!n || *s != '>') continue;
        char *open = memchr(s, '<', n),
             *close = open ? memchr(open, '>', (size_t)(s + n - open)) : NULL;
        if (!close) continue;
        size_t start = next, end = next; /* the value: lines up to an empty one */
        for (size_t after; next < t->text_n; next = after) {
            size_t m = line_at(t, next, &after);
            if (!m) break;
            end = next + m;
        }
        *name = open + 1;
        *value = t->text + start;
        *at = next < t->text_n ? next + 1 : next;
        *close = 0;
        t->text[end] = 0; /* end <= text_n, and no later property starts before at */
        return true;
    }
    return false;
}

static int column_of(const mg_table *t, const char *name) {
    for (int i = 0; i < t->n_columns; i++)
        if (!strcmp(t->names[i], name)) return i;
    return -1;
}

/* Title, then properties, into t->fields and the row. */
static void read_properties(mg_table *t, mg_row *row, size_t at) {
    const char *name, *value;
    while (next_property(t, &at, &name, &value)) {
        int i = column_of(t, name);
        if (i >= 0) t->fields[i] = value;
        if (!strcmp(name, "PUBCHEM_OPENEYE_ISO_SMILES") || !strcmp(name, "PUBCHEM_SMILES"))
            row->smiles = value;
    }
    if (t->role[MG_ROLE_SMILES] >= 0) row->smiles = t->fields[t->role[MG_ROLE_SMILES]];
    if (t->role[MG_ROLE_TEXT] >= 0) row->text = t->fields[t->role[MG_ROLE_TEXT]];
    if (t->role[MG_ROLE_ID] >= 0) row->id = t->fields[t->role[MG_ROLE_ID]];
}

static void smiles_of_molblock(mg_table *t, mg_row *row) {
    mg_chem_limits limits = mg_chem_limits_default();
    molglot_row_status status = {.ok = 1, .offset = -1};
    mg_mol *mol = mg_mol_from_molblock(row->molblock, row->molblock_n, &limits, &status);
    free(t->smiles);
    t->smiles = mol ? mg_mol_smiles(mol, true) : NULL;
    mg_mol_free(mol);
    if (t->smiles)
        row->smiles = t->smiles;
    else
        mg_row_refuse(&row->status, status.offset, "%s",
                      *status.reason ? status.reason : "the molblock cannot be read");
}

static int fill_row(mg_table *t, mg_row *row, molglot_error *err) {
    size_t next, n = line_at(t, 0, &next);
    t->title.n = 0;
    mg_str_add(&t->title, t->text, n);
    if (t->title.failed) return -mg_no_memory(err, "a title");
    row->id = t->title.s;
    row->molblock_n = molblock_end(t);
    row->molblock = t->text;
    if (!row->molblock_n && row->status.ok)
        mg_row_refuse(&row->status, (int64_t)t->text_n, "no \"M  END\" line");
    size_t at = row->molblock_n;
    read_properties(t, row, at);
    if (!*row->id) row->id = t->title.s;
    if (row->status.ok && !*row->smiles) smiles_of_molblock(t, row);
    return 1;
}

int mg_sdf_next(mg_table *t, mg_row *row, molglot_error *err) {
    mg_lines_mark(&t->lines);
    row->line = t->lines.line;
    size_t n;
    int got = record_extent(t, 0, t->max_row, &n, err);
    if (got <= 0) return got;
    t->n_fields = t->n_columns;
    for (int i = 0; i < t->n_fields; i++) t->fields[i] = "";
    if (got == 2) {
        mg_row_refuse(&row->status, -1, "record longer than %zu bytes", t->max_row);
        int code = resynchronise(t, err);
        return code < 0 ? code : 1;
    }
    int code = mg_table_copy(t, mg_lines_at(&t->lines, 0), n, &row->status, err);
    return code ? -code : fill_row(t, row, err);
}

/* Adds the names of one record's properties that are new. */
static int collect_names(mg_table *t, mg_str *names, int *count) {
    const char *name, *value;
    for (size_t at = molblock_end(t); next_property(t, &at, &name, &value);) {
        bool known = !*name || *count >= MG_TABLE_COLUMNS;
        for (size_t i = 0; !known && i < names->n; i += strlen(names->s + i) + 1)
            known = !strcmp(names->s + i, name);
        if (known) continue;
        mg_str_add(names, name, strlen(name) + 1);
        if (names->failed) return MOLGLOT_NO_MEMORY;
        ++*count;
    }
    return MOLGLOT_OK;
}

static int set_names(mg_table *t, const mg_str *names, int count, molglot_error *err) {
    const char **list = calloc((size_t)count + 1, sizeof *list);
    if (!list) return mg_no_memory(err, "%d column names", count);
    const char *s = names->s;
    for (int i = 0; i < count; i++, s += strlen(s) + 1) list[i] = s;
    int code = mg_table_set_names(t, list, count, err);
    free(list);
    return code;
}

int mg_sdf_open(mg_table *t, molglot_error *err) {
    mg_str names = {0};
    int count = 0, got = 1, code = MOLGLOT_OK;
    size_t n;
    mg_lines_mark(&t->lines);
    for (size_t from = 0; !code && from < MG_TABLE_WINDOW; from = t->lines.pos - t->lines.mark) {
        molglot_row_status status = {.ok = 1, .offset = -1};
        if ((got = record_extent(t, from, MG_TABLE_WINDOW, &n, err)) != 1) break;
        code = mg_table_copy(t, mg_lines_at(&t->lines, from), n, &status, err);
        if (!code && (code = collect_names(t, &names, &count))) mg_no_memory(err, "column names");
    }
    if (got < 0) code = -got;
    mg_lines_rewind(&t->lines, 0, 1);
    if (!code) code = set_names(t, &names, count, err);
    mg_str_free(&names);
    for (int r = 0; r < MG_ROLES && !code; r++) {
        if (r == MG_ROLE_SMILES && !t->asked[r]) continue; /* the molblock, or PubChem's tag */
        t->role[r] = mg_find_role(t, r);
        if (t->asked[r] && t->role[r] < 0)
            code = mg_fail(err, MOLGLOT_USAGE, "%s: no property '%.80s' in the first records",
                           mg_stream_name(t->stream), t->asked[r]);
    }
    return code;
}
