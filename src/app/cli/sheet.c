/* sheet.c - rows of molecules, given as named cells, in any of eight formats. */
#include "app/cli/cli.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE, CSV, JSON, JSONL, SMI, SDF, SVG, HTML };
enum { DRAWING_WIDTH = 300, DRAWING_HEIGHT = 240 };

static const struct {
    const char *name;
    int format;
} formats[] = {{"table", TABLE}, {"csv", CSV}, {"json", JSON}, {"jsonl", JSONL}, {"ndjson", JSONL},
               {"smi", SMI},     {"sdf", SDF}, {"svg", SVG},   {"html", HTML}};

int cli_sheet_begin(cli_sheet *s, const char *format, const char *title, const cli_column *columns,
                    size_t n, const char *footer, molglot_error *err) {
    *s = (cli_sheet){
        .title = title, .footer = footer, .columns = columns, .n_columns = n, .format = -1};
    for (size_t i = 0; i < MG_COUNT(formats); i++)
        if (!strcmp(format, formats[i].name)) s->format = formats[i].format;
    if (s->format < 0)
        return mg_fail(err, MOLGLOT_USAGE,
                       "unknown format '%s' (table, csv, json, jsonl, smi, sdf, svg, html)",
                       format);
    if (s->format == JSON) mg_str_addf(&s->out, "{\"molglot\":\"%s\",\"rows\":[", MOLGLOT_VERSION);
    if (s->format == HTML) cli_page_begin_sliders(&s->out, title, "");
    for (size_t i = 0; i < n && s->format == CSV; i++)
        mg_str_addf(&s->out, "%s%s", columns[i].name, i + 1 < n ? "," : "\n");
    return MOLGLOT_OK;
}

/* The first `width` code points as one line, control characters as blanks; returns how many there
 * are. */
static int add_clipped(mg_str *out, const char *s, int width) {
    const size_t n = strlen(s), bytes = mg_utf8_prefix(s, n, (size_t)width);
    int points = 0;
    for (size_t i = 0; i < bytes; i++) {
        const char c = (unsigned char)s[i] < 0x20 || s[i] == 0x7F ? ' ' : s[i];
        mg_str_add(out, &c, 1);
        points += ((unsigned char)c & 0xC0) != 0x80;
    }
    if (bytes < n) mg_str_addz(out, "...");
    return points;
}

static void add_cell(mg_str *out, const char *s, int width, bool right) {
    if (right)
        mg_str_addf(out, "%*s", width, s); /* a number or its name */
    else
        mg_str_addf(out, "%*s", width - add_clipped(out, s, width), "");
}

static void add_table_row(cli_sheet *s, const char *const *cells) {
    mg_str_addz(&s->out, " ");
    for (size_t i = 0; i < s->n_columns; i++) {
        const cli_column *c = &s->columns[i];
        if (!c->width) continue;
        mg_str_addz(&s->out, " ");
        add_cell(&s->out, cells ? cells[i] : c->name, c->width, c->kind == 'n');
    }
    while (s->out.n && s->out.s[s->out.n - 1] == ' ') s->out.s[--s->out.n] = 0;
    mg_str_addz(&s->out, "\n");
}

void cli_sheet_section(cli_sheet *s, const char *heading, const char *note, bool wrong) {
    if (s->format == HTML)
        (wrong ? cli_page_section : cli_page_section_remark)(&s->out, heading, note);
    if (s->format != TABLE) return;
    if (s->rows) mg_str_addz(&s->out, "\n");
    add_clipped(&s->out, heading, 200);
    mg_str_addf(&s->out, "\n%s%s%s", *note ? "  " : "", note, *note ? "\n" : "");
    if (!wrong) add_table_row(s, NULL);
}

/* ---- rows ---- */

static void add_csv(cli_sheet *s, const cli_sheet_row *r) {
    for (size_t i = 0; i < s->n_columns; i++) {
        if (i) mg_str_addz(&s->out, ",");
        mg_csv_field(&s->out, r->cells[i], ',');
    }
    mg_str_addz(&s->out, "\n");
}

static void add_json(cli_sheet *s, const cli_sheet_row *r) {
    if (s->format == JSON) mg_str_addz(&s->out, s->rows ? ",\n" : "\n");
    for (size_t i = 0; i < s->n_columns; i++) {
        mg_str_addf(&s->out, "%s\"%s\":", i ? "," : "{", s->columns[i].name);
        if (s->columns[i].kind == 't')
            cli_json_string(&s->out, r->cells[i]);
        else
            mg_str_addz(&s->out, *r->cells[i] ? r->cells[i] : "null");
    }
    mg_str_addz(&s->out, s->format == JSON ? "}" : "}\n");
}

/* A line of an SD property: a break inside would end it. */
static void add_line(mg_str *out, const char *text) {
    for (; *text; text++) mg_str_add(out, *text == '\n' || *text == '\r' ? " " : text, 1);
    mg_str_addz(out, "\n");
}

/* The molblock with the row's name in its first line, then all cells as properties. */
static void add_sdf(cli_sheet *s, const cli_sheet_row *r) {
    mg_mol *m = r->valid ? mg_mol_from_smiles(r->smiles, NULL, NULL) : NULL;
    char *block = m ? mg_mol_molblock(m) : NULL;
    const char *rest = block ? strchr(block, '\n') : NULL;
    if (rest) {
        mg_str_addf(&s->out, "%s%s", r->name, rest);
        for (size_t i = 0; i < s->n_columns; i++) {
            if (!*r->cells[i]) continue;
            mg_str_addf(&s->out, "> <%s>\n", s->columns[i].name);
            add_line(&s->out, r->cells[i]);
            mg_str_addz(&s->out, "\n");
        }
        mg_str_addz(&s->out, "$$$$\n");
    }
    free(block);
    mg_mol_free(m);
}

static void add_svg(cli_sheet *s, const cli_sheet_row *r) {
    mg_mol *m = r->valid ? mg_mol_from_smiles(r->smiles, NULL, NULL) : NULL;
    const mg_draw_options o = {
        .width = DRAWING_WIDTH, .height = DRAWING_HEIGHT, .legend = r->legend};
    char *svg = NULL;
    if (m && mg_draw_svg(m, &o, &svg, NULL) == MOLGLOT_OK)
        cli_svg_place(&s->drawings, svg, (size_t)s->drawn++, DRAWING_WIDTH, DRAWING_HEIGHT);
    free(svg);
    mg_mol_free(m);
}

static void add_html(cli_sheet *s, const cli_sheet_row *r) {
    mg_str data = {0};
    if (r->score) mg_str_addf(&data, " data-score=\"%.6g\"", *r->score);
    if (r->near) mg_str_addf(&data, " data-near=\"%.6g\"", *r->near);
    if (r->valid) mg_str_addf(&data, " data-known=\"%d\"", r->known);
    const cli_card card = {r->smiles,        r->name, r->text, r->score ? *r->score : 0,
                           r->score != NULL, data.s};
    cli_page_card(&s->out, &card);
    s->out.failed |= data.failed;
    mg_str_free(&data);
}

void cli_sheet_row_add(cli_sheet *s, const cli_sheet_row *r) {
    switch (s->format) {
    case TABLE:
        if (*r->smiles) add_table_row(s, r->cells);
        break;
    case CSV: add_csv(s, r); break;
    case JSON:
    case JSONL: add_json(s, r); break;
    case SMI:
        if (r->valid) mg_str_addf(&s->out, "%s\t%s\n", r->smiles, r->name);
        break;
    case SDF: add_sdf(s, r); break;
    case SVG: add_svg(s, r); break;
    default:
        if (*r->smiles) add_html(s, r);
    }
    s->rows++;
}

/* ---- output ---- */

int cli_sheet_flush(cli_sheet *s, cli_out *out, molglot_error *err) {
    if (s->out.failed || s->drawings.failed) return mg_no_memory(err, "the output");
    if (s->out.n && fwrite(s->out.s, 1, s->out.n, out->f) != s->out.n)
        return mg_fail(err, MOLGLOT_FAILED, "writing the output failed");
    s->out.n = 0;
    return MOLGLOT_OK;
}

int cli_sheet_end(cli_sheet *s, cli_out *out, molglot_error *err) {
    if (s->format == JSON) mg_str_addz(&s->out, "\n]}\n");
    if (s->format == HTML) cli_page_end(&s->out, s->footer);
    if (s->format == SVG)
        cli_svg_grid(&s->out, s->drawings.s ? s->drawings.s : "", (size_t)s->drawn, DRAWING_WIDTH,
                     DRAWING_HEIGHT);
    int code = cli_sheet_flush(s, out, err);
    cli_sheet_free(s);
    return code;
}

void cli_sheet_free(cli_sheet *s) {
    mg_str_free(&s->out);
    mg_str_free(&s->drawings);
}
