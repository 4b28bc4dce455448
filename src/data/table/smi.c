/* smi.c - one line of a SMILES list (Daylight: SMILES, white space, title to the end of the line;
 * with a tab the title ends at the next tab) or of a list of texts. An empty line between others is
 * a row of its own, rejected, so that rows and lines stay in step; empty lines at the end of the
 * file are not.
 */
#include "data/table/inside.h"
#include "data/table/table.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* "SMILES title" into two fields. A CXSMILES extension "|...|" after the SMILES is neither. */
static void cut_smiles_line(mg_table *t) {
    char *s = t->text;
    while (is_blank(*s)) s++;
    char *end = s + strcspn(s, " \t");
    bool tab = memchr(s, '\t', strlen(s)) != NULL;
    char *title = end;
    while (is_blank(*title)) title++;
    if (*title == '|') {
        char *close = strchr(title + 1, '|');
        if (close && (!close[1] || is_blank(close[1])))
            for (title = close + 1; is_blank(*title);) title++;
    }
    *end = 0;
    char *stop = title + (tab ? strcspn(title, "\t") : strlen(title));
    *stop = 0;
    while (stop > title && is_blank(stop[-1])) *--stop = 0;
    t->fields[0] = s;
    t->fields[1] = title;
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
        if (i < t->held_line.n || t->held_line.cut) break;
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
    int code = mg_table_copy(t, mg_lines_at(&t->lines, 0), t->held_line.n, &row->status, err);
    if (code) return -code;
    if (!smi) {
        row->text = t->fields[0] = t->text;
        return 1;
    }
    cut_smiles_line(t);
    row->smiles = t->fields[0];
    row->id = t->fields[1];
    return 1;
}

int mg_smi_open(mg_table *t, int header, molglot_error *err) {
    mg_line line;
    int got = mg_lines_next(&t->lines, 0, t->max_row, false, &line, err);
    if (got < 0) return -got;
    if (got == MG_LINES_OK) {
        const char *s = mg_lines_at(&t->lines, 0);
        bool word = line.n >= 6 && !strncasecmp(s, "smiles", 6) && (line.n == 6 || is_blank(s[6]));
        t->header = header < 0 ? word : header != 0;
        if (!t->header) mg_lines_rewind(&t->lines, 0, 1);
    }
    return MOLGLOT_OK;
}
