/* sdf.c - one record of an SDF: title, molblock up to "M END", properties "> <NAME>", "$$$$". The
 * molecule comes from the molblock, except that a PubChem SMILES tag wins: a 2D drawing with an
 * undefined double bond reads as a defined one (docs/reference/rdkit.md 2). A tag that is no
 * molecule does not. A malformed record is a rejected row; reading goes on behind its "$$$$".
 * Columns are the properties found in the first MiB; values of later ones are counted.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LOOK_AHEAD = 64 }; /* lines */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool line_is(const char *s, size_t n, const char *word) {
    size_t m = strlen(word);
    while (n > m && is_blank(s[n - 1])) n--;
    return n == m && !memcmp(s, word, m);
}

static bool blank_line(const char *s, size_t n) {
    while (n && is_blank(s[n - 1])) n--;
    return !n;
}

/* A record ends at a line that begins with $$$$. Where the end of line was lost (files joined by
 * cat), the next record's title stands right behind: goes back to it. */
static bool ends_record(mg_table *t, const mg_line *line) {
    const char *s = mg_lines_at(&t->lines, line->at);
    if (line->n < 4 || memcmp(s, "$$$$", 4)) return false;
    if (line->n > 4 && !is_blank(s[4]) && s[4] != '$')
        mg_lines_rewind(&t->lines, line->at + 4, t->lines.line - 1);
    return true;
}

/* Skips to the end of the record. */
static int resynchronise(mg_table *t, molglot_error *err) {
    for (;;) {
        mg_line line;
        mg_lines_mark(&t->lines);
        int got = mg_lines_next(&t->lines, 0, t->max_row, true, &line, err);
        if (got <= 0) return got;
        if (ends_record(t, &line)) return 1;
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
        if (ends_record(t, &line)) return 1;
        content = content || strspn(mg_lines_at(&t->lines, line.at), " \t\r\n") < line.n;
        *n = t->lines.pos - t->lines.mark - from;
    }
}

/* Length of the line at s (its end of line cut off) and where the next one starts. */
static size_t line_at(const mg_table *t, size_t at, size_t *next) {
    const char *s = t->text + at, *eol = memchr(s, '\n', t->text_n - at);
    size_t n = eol ? (size_t)(eol - s) : t->text_n - at;
    *next = at + n + (eol != NULL);
    while (n && s[n - 1] == '\r') n--;
    return n;
}

/* Offset behind the line "M  END", or 0 when there is none. Blank lines between the counts line
 * and that are dropped: they say nothing, and RDKit refuses them. */
static size_t molblock_end(mg_table *t) {
    int number = 0;
    for (size_t at = 0, next; at < t->text_n; at = next, number++) {
        size_t n = line_at(t, at, &next);
        if (line_is(t->text + at, n, "M  END")) return next;
        if (number < 4 || !blank_line(t->text + at, n)) continue;
        memmove(t->text + at, t->text + next, t->text_n + 1 - next);
        t->text_n -= next - at;
        next = at;
    }
    return 0;
}

/* "> <NAME> (1)", "> 25 <logP <calc>>": the name lies between the first < and the last >. */
static char *property_name(char *s, size_t n, size_t *len) {
    if (!n || *s != '>') return NULL;
    char *open = memchr(s, '<', n),
         *close = open ? memrchr(open, '>', (size_t)(s + n - open)) : NULL;
    if (!close) return NULL;
    for (open++; open < close && is_blank(*open);) open++;
    while (close > open && is_blank(close[-1])) close--;
    *len = (size_t)(close - open);
    return open;
}

/* Whether a value ends before the line at `at`: an empty line; a line of blanks with nothing but a
 * property or the end behind it; a property whose empty line is missing. */
static bool value_ends(const mg_table *t, size_t at) {
    size_t next, len, n = line_at(t, at, &next);
    if (!n || property_name(t->text + at, n, &len)) return true;
    if (!blank_line(t->text + at, n)) return false;
    for (int i = 0; i < LOOK_AHEAD && next < t->text_n; i++, next = at) {
        n = line_at(t, next, &at);
        if (!blank_line(t->text + next, n)) return t->text[next] == '>';
    }
    return true;
}

/* The next property from *at on: its name and value as terminated strings in t->text. */
static bool next_property(mg_table *t, size_t *at, const char **name, const char **value) {
    size_t next, len;
    for (; *at < t->text_n; *at = next) {
        size_t n = line_at(t, *at, &next);
        char *word = property_name(t->text + *at, n, &len);
        if (!word) continue;
        size_t start = next, end = next; /* the value: lines up to where it ends */
        for (size_t after; next < t->text_n && !value_ends(t, next); next = after)
            end = next + line_at(t, next, &after);
        *name = word;
        *value = t->text + start;
        /* the next property may follow at once: no terminator on its '>' */
        bool empty = end == start;
        word[len] = 0;
        *at = next;
        if (empty)
            *value = word + len;
        else
            t->text[end] = 0;
        return true;
    }
    return false;
}

/* Title, then properties, into t->fields and the row. */
static void read_properties(mg_table *t, mg_row *row, size_t at) {
    const char *name, *value;
    while (next_property(t, &at, &name, &value)) {
        int i = mg_names_find(&t->keys, name);
        if (i >= 0)
            t->fields[i] = value;
        else if (*name && *value)
            mg_table_late(t, name);
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

/* A tag that is no molecule says nothing: the molblock is read instead. */
static void check_tag(mg_table *t, mg_row *row) {
    const bool asked = t->asked[MG_ROLE_SMILES] != NULL;
    if (!row->status.ok || !*row->smiles || asked || !row->molblock_n) return;
    mg_mol *mol = mg_mol_from_smiles(row->smiles, NULL, NULL);
    if (!mol) {
        row->smiles = "";
        t->redrawn++;
    }
    mg_mol_free(mol);
}

static int fill_row(mg_table *t, mg_row *row, molglot_error *err) {
    size_t next, n = line_at(t, 0, &next);
    t->title.n = 0;
    mg_str_add(&t->title, t->text, n);
    if (t->title.failed) return -mg_no_memory(err, "a title");
    row->id = t->title.s;
    row->molblock_n = molblock_end(t);
    row->molblock = t->text;
    if (row->status.ok && !strncmp(t->text, "$RXN", 4))
        mg_row_refuse(&row->status, 0, "a reaction ($RXN), not a molecule");
    if (!row->molblock_n && row->status.ok)
        mg_row_refuse(&row->status, (int64_t)t->text_n, "no \"M  END\" line");
    size_t at = row->molblock_n;
    read_properties(t, row, at);
    if (!*row->id) row->id = t->title.s;
    check_tag(t, row);
    if (row->status.ok && !*row->smiles) smiles_of_molblock(t, row);
    return 1;
}

/* A record's n bytes from offset `from` into t->text, its lines as RDKit wants them. */
static int copy_record(mg_table *t, size_t from, size_t n, molglot_row_status *status,
                       molglot_error *err) {
    int code = mg_table_copy(t, mg_lines_at(&t->lines, from), n, "", status, err);
    if (code || t->lines.eol == '\n') return code;
    for (char *s = t->text; (s = memchr(s, t->lines.eol, t->text_n - (size_t)(s - t->text)));)
        *s = '\n';
    return MOLGLOT_OK;
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
    int code = copy_record(t, 0, n, &row->status, err);
    return code ? -code : fill_row(t, row, err);
}

/* Adds the names of one record's properties that are new. */
static int collect_names(mg_table *t, mg_str *names, int *count, molglot_error *err) {
    const char *name, *value;
    for (size_t at = molblock_end(t); next_property(t, &at, &name, &value);) {
        if (*name) (void)mg_table_key(t, name, names, count);
        if (names->failed) return mg_no_memory(err, "column names");
    }
    return MOLGLOT_OK;
}

int mg_sdf_open(mg_table *t, molglot_error *err) {
    mg_str names = {0};
    int count = 0, got = 1, code = MOLGLOT_OK;
    size_t n;
    const int64_t latin1 = t->latin1;
    mg_lines_mark(&t->lines);
    for (size_t from = 0; !code && from < MG_TABLE_NAMES; from = t->lines.pos - t->lines.mark) {
        molglot_row_status status = {.ok = 1, .offset = -1};
        if ((got = record_extent(t, from, MG_TABLE_NAMES, &n, err)) != 1) break;
        code = copy_record(t, from, n, &status, err);
        if (!code) code = collect_names(t, &names, &count, err);
    }
    if (got < 0) code = -got;
    mg_lines_rewind(&t->lines, 0, 1);
    t->latin1 = latin1; /* they will be read again */
    if (!code) code = mg_table_set_joined(t, &names, count, err);
    mg_str_free(&names);
    for (int r = 0; r < MG_ROLES && !code; r++) {
        t->role[r] = t->asked[r] ? mg_find_name(t, t->asked[r]) : -1;
        if (t->asked[r] && t->role[r] < 0)
            code = mg_fail(err, MOLGLOT_USAGE, "%s: no property '%.80s' in the first records",
                           mg_stream_name(t->stream), t->asked[r]);
    }
    /* molecules: the molblock, or PubChem's tag */
    if (t->role[MG_ROLE_TEXT] < 0) t->role[MG_ROLE_TEXT] = mg_text_by_name(t);
    if (t->role[MG_ROLE_ID] < 0) t->role[MG_ROLE_ID] = mg_id_by_name(t, -1);
    return code;
}
