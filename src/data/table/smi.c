/* smi.c - one line of a SMILES list (Daylight: SMILES, white space, title to the end of the line;
 * with a tab the title ends at the next tab; InChI may stand for SMILES) or of a list of texts. An
 * empty line between others is a row of its own, rejected, so that rows and lines stay in step;
 * empty lines at the end of the file are not. A line that begins with # is a comment: no SMILES
 * does.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* "SMILES title" into two fields, more behind tabs into the next. A CXSMILES extension "|...|"
 * after the SMILES is neither. */
static void cut_smiles_line(mg_table *t) {
    char *s = t->text;
    while (is_blank(*s)) s++;
    char *end = s + strcspn(s, " \t");
    bool tab = memchr(s, '\t', strlen(s)) != NULL;
    char *title = *end == '\t' ? end + 1 : end;
    while (*title == ' ' || (*end != '\t' && is_blank(*title))) title++;
    if (*title == '|') {
        char *close = strchr(title + 1, '|');
        if (close && (!close[1] || is_blank(close[1])))
            for (title = close + 1; is_blank(*title);) title++;
    }
    *end = 0;
    t->fields[0] = s;
    for (int i = 1; i < t->n_columns; i++) {
        char *stop = title + (tab ? strcspn(title, "\t") : strlen(title));
        char *next = *stop ? stop + 1 : stop;
        *stop = 0;
        while (stop > title && is_blank(stop[-1])) *--stop = 0;
        t->fields[i] = title;
        title = next;
    }
}

static bool is_comment(const mg_table *t, const char *s, size_t n) {
    return t->kind == MG_TABLE_SMI && n && *s == '#';
}

/* The next line that is not empty into t->held_line, counting the empty ones before it. */
static int hold_line(mg_table *t, molglot_error *err) {
    for (;;) {
        mg_lines_mark(&t->lines);
        int got = mg_lines_next(&t->lines, 0, t->max_row, true, &t->held_line, err);
        if (got <= 0) return got;
        const char *s = mg_lines_at(&t->lines, 0);
        size_t i = 0;
        while (i < t->held_line.n && is_blank(s[i])) i++;
        if (is_comment(t, s + i, t->held_line.n - i))
            t->comments++;
        else if (i < t->held_line.n || t->held_line.cut)
            break;
        else
            t->blanks++;
    }
    t->held = true;
    return 1;
}

int mg_smi_next(mg_table *t, mg_row *row, molglot_error *err) {
    bool smi = t->kind == MG_TABLE_SMI;
    if (!t->held) {
        int got = hold_line(t, err);
        if (got != 1) return got;
    }
    t->n_fields = t->n_columns;
    for (int i = 0; i < t->n_fields; i++) t->fields[i] = "";
    row->line = t->lines.line - 1 - t->blanks;
    if (t->blanks) {
        t->blanks--;
        mg_row_refuse(&row->status, 0, "empty line");
        return 1;
    }
    t->held = false;
    if (t->held_line.cut) {
        mg_row_refuse(&row->status, -1, "row longer than %zu bytes", t->max_row);
        return 1;
    }
    int code = mg_table_copy(t, mg_lines_at(&t->lines, 0), t->held_line.n, smi ? " \t" : "",
                             &row->status, err);
    if (code) return -code;
    /* another row would hide behind it */
    const char *other = memchr(t->text, t->lines.eol == '\r' ? '\n' : '\r', t->text_n);
    if (other && row->status.ok)
        mg_row_refuse(&row->status, other - t->text,
                      "two kinds of line end in one file: this line holds more than one");
    if (!smi) {
        row->text = t->fields[0] = t->text;
        return 1;
    }
    cut_smiles_line(t);
    row->smiles = t->fields[0];
    row->id = t->fields[1];
    return 1;
}

/* ---- the first lines ---- */

/* The line's first word. */
static size_t first_word(const char *s, size_t n, const char **word) {
    size_t i = 0, k;
    while (i < n && is_blank(s[i])) i++;
    for (k = i; k < n && !is_blank(s[k]);) k++;
    *word = s + i;
    return k - i;
}

/* A line whose first word names a column of molecules, or that has a name we know and stands above
 * a molecule without being one. */
static bool is_header(const mg_table *t, const char *s, size_t n, const char *next, size_t next_n) {
    const char *word;
    size_t k = first_word(s, n, &word);
    if (mg_looks_like_molecule(word, k)) return false;
    if (mg_names_molecules(word, k)) return true;
    const char *below;
    const size_t m = first_word(next, next_n, &below);
    if (!mg_looks_like_molecule(below, m)) return false;
    for (const char *end = s + n; k; k = first_word(word + k, (size_t)(end - word) - k, &word))
        if (mg_known_name(t, word, k)) return true;
    return false;
}

/* Fields behind the title where lines have several tabs, and whether most lines are SELFIES; from
 * the bytes that are there. */
static int survey(const mg_table *t, bool *selfies) {
    const char *s = t->lines.buf + t->lines.pos, *end = t->lines.buf + t->lines.end;
    int tabs = 1, lines = 0, brackets = 0;
    for (; s < end && lines < MG_TABLE_SAMPLE; lines++) {
        const char *eol = memchr(s, t->lines.eol, (size_t)(end - s)), *word;
        const char *stop = eol ? eol : end;
        int here = 0;
        for (const char *c = s; c < stop; c++) here += *c == '\t';
        if (here > tabs && here < 64) tabs = here;
        const size_t n = first_word(s, (size_t)(stop - s), &word);
        brackets += mg_looks_like_selfies(word, n) >= MG_MAYBE_SELFIES;
        s = stop + 1;
    }
    *selfies = 2 * brackets > lines;
    return tabs + 1;
}

int mg_smi_open(mg_table *t, int header, molglot_error *err) {
    mg_line line, below = {0};
    const int64_t number = t->lines.line;
    mg_lines_mark(&t->lines);
    int got = mg_lines_next(&t->lines, 0, t->max_row, false, &line, err);
    if (got < 0) return -got;
    if (got == MG_LINES_OK) {
        const size_t second = t->lines.pos - t->lines.mark;
        const char *rest = mg_lines_at(&t->lines, second), *end = t->lines.buf + t->lines.end,
                   *eol = memchr(rest, t->lines.eol, (size_t)(end - rest));
        below.n = (size_t)((eol ? eol : end) - rest);
        t->header = header < 0 ? is_header(t, mg_lines_at(&t->lines, 0), line.n, rest, below.n)
                               : header != 0;
        if (!t->header) mg_lines_rewind(&t->lines, 0, number);
    }
    bool selfies;
    const int columns = survey(t, &selfies);
    if (selfies) t->notation = "SELFIES";
    mg_str names = {0};
    mg_str_add(&names, "smiles\0id", 10);
    for (int i = 3; i <= columns; i++) {
        mg_str_addf(&names, "column%d", i);
        mg_str_add(&names, "", 1);
    }
    int code = names.failed ? mg_no_memory(err, "column names")
                            : mg_table_set_joined(t, &names, columns, err);
    mg_str_free(&names);
    t->role[MG_ROLE_SMILES] = 0;
    t->role[MG_ROLE_ID] = 1;
    return code;
}
