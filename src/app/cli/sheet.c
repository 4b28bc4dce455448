/* sheet.c - rows of molecules and texts, given as named cells, in any format.
 *
 *   table   a heading, a note and a line of column names for each section, then its rows
 *   tsv     a line of column names, then all rows; csv alike
 *   json    {"molglot": version, ..., "rows": [row, ...]}, or sections, each with an array of rows
 *   jsonl   a row a line, or a section a line; ndjson is another name of it
 *   smi     SMILES, tab, name; sdf: molblock and cells as properties: what can be drawn
 *   svg     a grid of drawings
 *   html    a page of cards
 *
 * Behind the command's own columns stand those of the user's table (cli_sheet_head.extra), but for
 * the clipped table and what holds SMILES or drawings alone.
 */
#include "app/cli/cli.h"
#include "data/table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TABLE, TSV, CSV, JSON, JSONL, SMI, SDF, SVG, HTML };
enum { HEADING = 200 }; /* characters of one, in a table */

static int format_of(const char *name) {
    static const char *const names[] = {"table", "tsv", "csv", "json", "jsonl",
                                        "smi",   "sdf", "svg", "html"};
    if (!strcmp(name, "ndjson")) return JSONL;
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strcmp(name, names[i])) return (int)i;
    return -1;
}

int cli_sheet_check(const char *format, const char *more, molglot_error *err) {
    static const char *const names[] = {"table", "tsv", "csv", "json", "jsonl",
                                        "smi",   "sdf", "svg", "html"};
    if (format_of(format) >= 0 || (more && !strcmp(format, more))) return MOLGLOT_OK;
    const char *near = cli_nearest(format, strlen(format), names, MG_COUNT(names));
    return mg_fail(err, MOLGLOT_USAGE, "unknown format '%.40s' (" CLI_FORMATS "%s%s)%s%s%s", format,
                   more ? ", " : "", more ? more : "", near ? "; did you mean '" : "",
                   near ? near : "", near ? "'?" : "");
}

bool cli_sheet_knows(const char *format) { return format_of(format) >= 0; }

static char delimiter_of(const cli_sheet *s) { return s->format == TSV ? '\t' : ','; }

/* ---- further columns ---- */

/* Whether a name is among the columns of the command, as PREFIX0, PREFIX1 ... of its vector too, or
 * among the first n further ones. */
static bool is_taken(const cli_sheet *s, size_t n, const char *name) {
    const cli_sheet_kind *k = s->kind;
    for (size_t i = 0; i < k->n_columns; i++)
        if (!strcmp(k->columns[i].name, name)) return true;
    for (size_t i = 0; i < k->n_section; i++)
        if (!strcmp(k->section[i].name, name)) return true;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(s->extra[i], name)) return true;
    if (k->rows && !strcmp(name, k->rows)) return true;
    if (!s->head.vector_size) return false;
    const size_t prefix = strlen(k->vector_prefix);
    return !strcmp(name, k->vector_name) ||
           (!strncmp(name, k->vector_prefix, prefix) && name[prefix] &&
            !name[prefix + strspn(name + prefix, "0123456789")]);
}

/* The names of the user's columns, made different from all others. */
static int name_extra(cli_sheet *s, molglot_error *err) {
    s->extra = calloc(s->head.n_extra + 1, sizeof *s->extra);
    if (!s->extra) return mg_no_memory(err, "the output");
    for (size_t i = 0; i < s->head.n_extra; i++) {
        mg_str name = {0};
        mg_str_addz(&name, s->head.extra[i]);
        if (!name.n) mg_str_addf(&name, "column%zu", i + 1);
        while (!name.failed && is_taken(s, i, name.s)) {
            mg_str longer = {0};
            mg_str_addf(&longer, "input_%s", name.s);
            mg_str_free(&name);
            name = longer;
        }
        if (name.failed) return mg_no_memory(err, "the output");
        s->extra[i] = name.s;
    }
    return MOLGLOT_OK;
}

/* ---- fields ---- */

bool cli_excel_safe = false;

/* A spreadsheet takes a text that begins so for a formula, and runs it. */
static bool is_formula(const char *s) {
    if (!*s || !strchr("=+-@\t\r\n|%", *s)) return false;
    char *end;
    (void)strtod(s, &end);
    return *end || end == s; /* a number is none */
}

static void add_field(mg_str *out, const char *s, char delimiter) {
    if (!cli_excel_safe || !is_formula(s)) {
        mg_csv_field(out, s, delimiter);
        return;
    }
    mg_str quoted = {0};
    mg_str_addf(&quoted, "'%s", s);
    mg_csv_field(out, quoted.s ? quoted.s : "", delimiter);
    out->failed |= quoted.failed;
    mg_str_free(&quoted);
}

/* The first line of tsv and csv. */
static void add_names(cli_sheet *s) {
    const char between[] = {delimiter_of(s), 0};
    const char *before = "";
    for (size_t i = 0; i < s->kind->n_columns; i++) {
        if (s->kind->columns[i].except & CLI_NOT_IN_LINES) continue;
        mg_str_addf(&s->out, "%s%s", before, s->kind->columns[i].name);
        before = between;
    }
    for (size_t i = 0; i < s->head.n_extra; i++) {
        mg_str_addz(&s->out, between);
        add_field(&s->out, s->extra[i], *between);
    }
    for (size_t k = 0; k < s->head.vector_size; k++)
        mg_str_addf(&s->out, "%s%s%zu", between, s->kind->vector_prefix, k);
    mg_str_addz(&s->out, "\n");
}

/* On a terminal the widest text takes what is left of a line. */
static void fit_terminal(cli_sheet *s) {
    enum { LEAST = 12, DOTS = 3 };
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col) return;
    int others = 1, widest = 0;
    for (size_t i = 0; i < s->kind->n_columns; i++) {
        const cli_column *c = &s->kind->columns[i];
        if (!c->width) continue;
        others += c->gap + 1 + c->width;
        if (c->kind == 't' && c->width > widest) widest = c->width, s->wide = i;
    }
    if (!widest) return;
    const int left = size.ws_col - (others - widest) - DOTS;
    s->wide_clip = left > LEAST ? left : LEAST;
}

int cli_sheet_begin(cli_sheet *s, const cli_sheet_kind *kind, const cli_sheet_head *head,
                    molglot_error *err) {
    *s = (cli_sheet){.kind = kind, .head = *head, .format = format_of(head->format)};
    if (s->format < 0) return cli_sheet_check(head->format, NULL, err);
    if (!s->head.width) s->head.width = 300;
    if (!s->head.height) s->head.height = 240;
    const int code = name_extra(s, err);
    if (code) return code;
    if (s->format == TABLE) fit_terminal(s);
    if (s->format == TSV || s->format == CSV) add_names(s);
    if (s->format == HTML)
        cli_page_begin(&s->out, head->title ? head->title : "",
                       head->subtitle ? head->subtitle : "");
    if (s->format != JSON) return MOLGLOT_OK;
    mg_str_addf(&s->out, "{\"molglot\":\"%s\",", MOLGLOT_VERSION);
    if (head->count_name)
        mg_str_addf(&s->out, "\"%s\":%lld,", head->count_name, (long long)head->count);
    mg_str_addf(&s->out, "\"%s\":[", kind->section ? kind->sections : "rows");
    return MOLGLOT_OK;
}

/* ---- tables ---- */

/* The first `width` characters as one harmless line, "..." where there are more; returns how many
 * were written. */
static int add_clipped(mg_str *out, const char *s, int width) {
    mg_str line = {0};
    mg_str_shown(&line, s, strlen(s));
    const size_t bytes = mg_utf8_prefix(line.s ? line.s : "", line.n, (size_t)width);
    const int written = (int)mg_utf8_length(line.s ? line.s : "", bytes);
    const bool whole = bytes == line.n;
    mg_str_add(out, line.s ? line.s : "", bytes);
    if (!whole) mg_str_addz(out, "...");
    out->failed |= line.failed;
    mg_str_free(&line);
    return written + (whole ? 0 : 3);
}

static void add_table_row(cli_sheet *s, const char *const *cells) {
    mg_str_addz(&s->out, " ");
    for (size_t i = 0; i < s->kind->n_columns; i++) {
        const cli_column *c = &s->kind->columns[i];
        const char *cell = cells ? cells[i] : c->name;
        if (!c->width) continue;
        mg_str_addf(&s->out, "%*s", c->gap + 1, "");
        if (c->kind == 'n') {
            mg_str_addf(&s->out, "%*s", c->width, cell);
            continue;
        }
        const bool fits = s->wide_clip && i == s->wide;
        const int width = fits ? s->wide_clip + 3 : c->width, clip = fits ? s->wide_clip
                                                                     : cells && c->clip ? c->clip
                                                                                        : c->width;
        const int written = add_clipped(&s->out, cell, clip);
        if (written < width) mg_str_addf(&s->out, "%*s", width - written, "");
    }
    while (s->out.n && s->out.s[s->out.n - 1] == ' ') s->out.s[--s->out.n] = 0;
    mg_str_addz(&s->out, "\n");
}

static void add_table_section(cli_sheet *s, const cli_section *section) {
    if (s->sections) mg_str_addz(&s->out, "\n");
    if (section->label) mg_str_addz(&s->out, section->label);
    if (section->heading) {
        add_clipped(&s->out, section->heading, HEADING);
        mg_str_addz(&s->out, "\n");
    }
    if (*section->note) {
        mg_str_addz(&s->out, section->wrong ? "  rejected: " : "  ");
        for (const char *line = section->note, *end; *line; line = end) {
            end = line + strcspn(line, "\n");
            mg_str_shown(&s->out, line, (size_t)(end - line));
            if (*end) mg_str_add(&s->out, end++, 1);
        }
        mg_str_addz(&s->out, "\n");
    }
    if (!section->wrong) add_table_row(s, NULL);
}

/* ---- tsv, csv ---- */

static void add_line(cli_sheet *s, const cli_sheet_row *r) {
    const char between[] = {delimiter_of(s), 0};
    const char *before = "";
    for (size_t i = 0; i < s->kind->n_columns; i++) {
        if (s->kind->columns[i].except & CLI_NOT_IN_LINES) continue;
        mg_str_addz(&s->out, before);
        add_field(&s->out, r->cells[i], *between);
        before = between;
    }
    for (size_t i = 0; i < s->head.n_extra; i++) {
        mg_str_addz(&s->out, between);
        add_field(&s->out, r->extra ? r->extra[i] : "", *between);
    }
    for (size_t k = 0; k < s->head.vector_size; k++) {
        mg_str_addz(&s->out, between);
        if (r->vector) mg_str_addf(&s->out, "%.*g", s->kind->vector_digits, (double)r->vector[k]);
    }
    mg_str_addz(&s->out, "\n");
}

/* ---- json, jsonl ---- */

static void add_value(mg_str *out, char kind, const char *cell) {
    if (kind == 't')
        cli_json_string(out, cell);
    else
        mg_str_addz(out, *cell ? cell : "null");
}

/* Columns [from, to) of the user's, with a comma before each. */
static void add_extra(cli_sheet *s, const char *const *cells, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        mg_str_addz(&s->out, ",");
        cli_json_string(&s->out, s->extra[i]);
        mg_str_addz(&s->out, ":");
        cli_json_string(&s->out, cells ? cells[i] : "");
    }
}

static void add_vector(cli_sheet *s, const float *v) {
    mg_str_addf(&s->out, ",\"%s\":", s->kind->vector_name);
    for (size_t k = 0; k < s->head.vector_size && v; k++)
        mg_str_addf(&s->out, "%s%.*g", k ? "," : "[", s->kind->vector_digits, (double)v[k]);
    mg_str_addz(&s->out, v ? "]" : "null");
}

static void add_object(cli_sheet *s, const cli_sheet_row *r) {
    const char *before = "{";
    for (size_t i = 0; i < s->kind->n_columns; i++) {
        const cli_column *c = &s->kind->columns[i];
        if (c->except & CLI_NOT_IN_JSON) continue;
        mg_str_addf(&s->out, "%s\"%s\":", before, c->name);
        add_value(&s->out, c->kind, r->cells[i]);
        before = ",";
    }
    add_extra(s, r->extra, s->kind->section ? s->head.n_section_extra : 0, s->head.n_extra);
    if (s->head.vector_size) add_vector(s, r->vector);
    mg_str_addz(&s->out, "}");
}

static void add_json(cli_sheet *s, const cli_sheet_row *r) {
    if (s->kind->section) {
        if (r->aside) return; /* the section says it */
        if (s->section_rows++) mg_str_addz(&s->out, ",");
    } else if (s->format == JSON) {
        mg_str_addz(&s->out, s->rows ? ",\n" : "\n");
    }
    add_object(s, r);
    if (!s->kind->section && s->format == JSONL) mg_str_addz(&s->out, "\n");
}

static void end_json_section(cli_sheet *s) {
    if (s->in_section) mg_str_addz(&s->out, s->format == JSON ? "]}" : "]}\n");
    s->in_section = false;
}

static void begin_json_section(cli_sheet *s, const cli_section *section) {
    const char *before = "{";
    end_json_section(s);
    if (s->format == JSON) mg_str_addz(&s->out, s->sections ? ",\n" : "\n");
    for (size_t i = 0; i < s->kind->n_section; i++) {
        if (!section->cells[i]) continue;
        mg_str_addf(&s->out, "%s\"%s\":", before, s->kind->section[i].name);
        add_value(&s->out, s->kind->section[i].kind, section->cells[i]);
        before = ",";
    }
    add_extra(s, section->extra, 0, s->head.n_section_extra);
    mg_str_addf(&s->out, "%s\"%s\":[", before, s->kind->rows);
    s->in_section = true;
    s->section_rows = 0;
}

/* ---- smi, sdf, svg, html ---- */

/* A property: its name in one line, its value in lines of which none is blank (that would end it)
 * nor begins as the record's last line does. */
static void add_property(mg_str *out, const char *name, const char *text) {
    mg_str_addz(out, "> <");
    for (; *name; name++) mg_str_add(out, (unsigned char)*name < 0x20 ? " " : name, 1);
    mg_str_addz(out, ">\n");
    for (size_t n; *text; text += n + (text[n] != 0)) {
        n = strcspn(text, "\r\n");
        if (strspn(text, " \t") >= n) continue;
        if (!strncmp(text, "$$$$", 4)) mg_str_addz(out, " ");
        mg_str_add(out, text, n);
        mg_str_addz(out, "\n");
    }
    mg_str_addz(out, "\n");
}

/* The row's molecule; *own: the same where it had to be read, to be freed. */
static const mg_mol *molecule_of(const cli_sheet_row *r, mg_mol **own) {
    *own = r->mol ? NULL : mg_mol_from_smiles(r->smiles, NULL, NULL);
    return r->mol ? r->mol : *own;
}

/* The molblock with the row's name in its first line, then all cells as properties. */
static void add_sdf(cli_sheet *s, const cli_sheet_row *r) {
    mg_mol *own;
    const mg_mol *m = molecule_of(r, &own);
    char *block = m ? mg_mol_molblock(m) : NULL;
    const char *rest = block ? strchr(block, '\n') : NULL;
    if (rest) {
        mg_str_shown(&s->out, r->name, strlen(r->name));
        mg_str_addz(&s->out, rest);
        for (size_t i = 0; i < s->kind->n_columns; i++) {
            const cli_column *c = &s->kind->columns[i];
            /* an empty reason is written: by it the file is known as one of ours */
            if ((*r->cells[i] || !strcmp(c->name, "error")) && !(c->except & CLI_NOT_IN_LINES))
                add_property(&s->out, c->name, r->cells[i]);
        }
        for (size_t i = 0; i < s->head.n_extra && r->extra; i++)
            if (*r->extra[i]) add_property(&s->out, s->extra[i], r->extra[i]);
        if (r->vector) mg_str_addf(&s->out, "> <%s>\n", s->kind->vector_name);
        for (size_t k = 0; k < s->head.vector_size && r->vector; k++)
            mg_str_addf(&s->out, "%s%.*g", k ? " " : "", s->kind->vector_digits,
                        (double)r->vector[k]);
        mg_str_addz(&s->out, r->vector ? "\n\n$$$$\n" : "$$$$\n");
    }
    free(block);
    mg_mol_free(own);
}

static void add_svg(cli_sheet *s, const cli_sheet_row *r) {
    const int width = s->head.width, height = s->head.height;
    mg_mol *own;
    const mg_mol *m = molecule_of(r, &own);
    const mg_draw_options o = {.width = width, .height = height, .legend = r->legend};
    char *svg = NULL;
    molglot_error err = {0};
    if (m && !mg_draw_svg(m, &o, &svg, &err)) {
        mg_str titled = {0};
        cli_svg_titled(&titled, svg, r->name, r->smiles);
        s->out.failed |= titled.failed;
        const char *drawing = titled.s ? titled.s : "";
        if (!s->n_drawn) mg_str_addz(&s->drawing, drawing);
        cli_svg_place(&s->drawn, drawing, (size_t)s->n_drawn++, width, height);
        mg_str_free(&titled);
    }
    s->out.failed |= err.code == MOLGLOT_NO_MEMORY;
    free(svg);
    mg_mol_free(own);
}

/* The further columns from .. to (not included) that are not empty; how many. */
static size_t take_extra(const cli_sheet *s, const char *const *extra, size_t from, size_t to,
                         cli_value *values) {
    size_t n = 0;
    for (size_t i = from; i < to && extra; i++)
        if (*extra[i]) values[n++] = (cli_value){s->extra[i], extra[i], false};
    return n;
}

static void add_html(cli_sheet *s, const cli_sheet_row *r) {
    const cli_sheet_kind *k = s->kind;
    cli_value *values = calloc(k->n_columns + s->head.n_extra + 1, sizeof *values);
    size_t n = 0;
    if (!values) {
        s->out.failed = true;
        return;
    }
    const char *warning = NULL;
    for (size_t i = 0; i < k->n_columns; i++) {
        if (!k->columns[i].on_card || !*r->cells[i]) continue;
        if (!strcmp(k->columns[i].name, "control_list") && mg_screen_flags(r->cells[i]))
            warning = r->cells[i];
        values[n++] = (cli_value){k->columns[i].name, r->cells[i], k->columns[i].kind == 'n'};
    }
    n += take_extra(s, r->extra, k->section ? s->head.n_section_extra : 0, s->head.n_extra,
                    values + n);
    cli_page_card(&s->page, &s->out,
                  &(cli_card){.smiles = r->smiles,
                              .mol = r->mol,
                              .title = r->name,
                              .text = r->text,
                              .warning = warning,
                              .score = r->score,
                              .values = values,
                              .n_values = n});
    free(values);
}

static void add_html_section(cli_sheet *s, const cli_section *section) {
    cli_value *values = calloc(s->head.n_section_extra + 1, sizeof *values);
    if (!values) {
        s->out.failed = true;
        return;
    }
    const size_t n = s->kind->section
                         ? take_extra(s, section->extra, 0, s->head.n_section_extra, values)
                         : 0;
    cli_page_section(&s->page, &s->out, section, values, n);
    free(values);
}

bool cli_sheet_has_notes(const cli_sheet *s) {
    return s->format == TABLE || s->format == HTML ||
           ((s->format == JSON || s->format == JSONL) && s->kind->section);
}

void cli_sheet_section(cli_sheet *s, const cli_section *section) {
    if (s->format == TABLE) add_table_section(s, section);
    if (s->format == HTML) add_html_section(s, section);
    if ((s->format == JSON || s->format == JSONL) && s->kind->section)
        begin_json_section(s, section);
    s->sections++;
}

void cli_sheet_add(cli_sheet *s, const cli_sheet_row *r) {
    switch (s->format) {
    case TABLE:
        if (!r->aside) add_table_row(s, r->cells);
        break;
    case TSV:
    case CSV: add_line(s, r); break;
    case JSON:
    case JSONL: add_json(s, r); break;
    case SMI:
        if (!r->valid) break;
        mg_str_addf(&s->out, "%s\t", r->smiles);
        mg_str_shown(&s->out, r->name, strlen(r->name));
        mg_str_addz(&s->out, "\n");
        break;
    case SDF:
        if (r->valid) add_sdf(s, r);
        break;
    case SVG:
        if (r->valid) add_svg(s, r);
        break;
    default:
        if (!r->aside) add_html(s, r);
    }
    s->rows++;
}

/* ---- output ---- */

int cli_sheet_flush(cli_sheet *s, cli_out *out, molglot_error *err) {
    if (s->out.failed || s->drawing.failed || s->drawn.failed)
        return mg_no_memory(err, "the output");
    if (s->out.n && fwrite(s->out.s, 1, s->out.n, out->f) != s->out.n)
        return mg_fail(err, MOLGLOT_FAILED, "writing the output failed: %s", strerror(errno));
    s->out.n = 0;
    return MOLGLOT_OK;
}

int cli_sheet_end(cli_sheet *s, cli_out *out, molglot_error *err) {
    end_json_section(s);
    if (s->format == JSON) mg_str_addz(&s->out, "\n]}\n");
    if (s->format == HTML) cli_page_end(&s->page, &s->out, s->head.footer ? s->head.footer : "");
    if (s->format == SVG && s->n_drawn == 1)
        mg_str_addz(&s->out, s->drawing.s ? s->drawing.s : "");
    else if (s->format == SVG)
        cli_svg_grid(&s->out, s->head.title ? s->head.title : "", s->drawn.s ? s->drawn.s : "",
                     (size_t)s->n_drawn, s->head.width, s->head.height);
    const int code = cli_sheet_flush(s, out, err);
    cli_sheet_free(s);
    return code;
}

void cli_sheet_free(cli_sheet *s) {
    for (size_t i = 0; i < s->head.n_extra && s->extra; i++) free(s->extra[i]);
    free(s->extra);
    s->extra = NULL;
    mg_str_free(&s->out);
    mg_str_free(&s->drawing);
    mg_str_free(&s->drawn);
    cli_page_free(&s->page);
}
