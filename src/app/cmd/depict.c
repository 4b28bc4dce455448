/* depict.c - `molglot depict`: drawings of molecules: one SVG, a PNG each, a page; or their rows
 * with formula and weight. */
#include "app/cli/cli.h"
#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_WIDTH = CLI_OWN, OPT_HEIGHT };

typedef struct depict_options {
    cli_common common;
    cli_input input;
    const char *output, *format;
    int width, height;
} depict_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0,
     "Write here instead of stdout; several molecules as PNG: out-1.png, out-2.png, ... by their "
     "numbers in the input",
     0},
    {"format", 'f', "F", 0, CLI_FORMATS ", png (default: by the extension of -o, else svg)", 0},
    {"width", OPT_WIDTH, "PIXELS", 0, "Width of one drawing in SVG and PNG (default 360)", 0},
    {"height", OPT_HEIGHT, "PIXELS", 0, "Height of one drawing in SVG and PNG (default 280)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    depict_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case OPT_WIDTH: o->width = (int)cli_number(state, arg, "--width", 50, 10000); return 0;
    case OPT_HEIGHT: o->height = (int)cli_number(state, arg, "--height", 50, 10000); return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END: cli_input_check(&o->input, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* number: of the molecule, from 1, among `of`. */
/* Row i of n. */
static int64_t number_of(const depict_options *o, size_t i) {
    return cli_row_number(&o->input, (int64_t)i + 1);
}

static int write_png(const depict_options *o, const char *smiles, size_t i, size_t n,
                     molglot_error *err) {
    char path[4096];
    const char *output = o->output ? o->output : "-", *dot = strrchr(output, '.');
    const bool alone = n == 1 && !o->input.table.options.shards;
    if (alone || !strcmp(output, "-") || !dot)
        snprintf(path, sizeof path, "%s", output);
    else
        snprintf(path, sizeof path, "%.*s-%lld%s", (int)(dot - output), output,
                 (long long)number_of(o, i), dot);
    const mg_draw_options d = {.width = o->width, .height = o->height};
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    uint8_t *png = NULL;
    size_t bytes = 0;
    int code = m ? mg_draw_png(m, &d, &png, &bytes, err) : mg_no_memory(err, "%s", path);
    if (!code) code = cli_out_write(path, png, bytes, err);
    free(png);
    mg_mol_free(m);
    return code;
}

enum { ROW, ID, SMILES, FORMULA, WEIGHT, STATUS, ERROR, COLUMNS };
static const cli_column columns[] = {{.name = "row", .kind = 'n', .width = 6},
                                     {.name = "id", .kind = 't', .width = 20, .clip = 17},
                                     {.name = "smiles", .kind = 't', .width = 60, .clip = 57},
                                     {.name = "formula", .kind = 't', .width = 16},
                                     {.name = "weight", .kind = 'n', .width = 8},
                                     {.name = "status", .kind = 't', .width = 8},
                                     {.name = "error", .kind = 't'}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_sheet_kind kind = {.columns = columns, .n_columns = COLUMNS};

/* A molecule that was not read has a row, and a card that says why. */
static void add_row(cli_sheet *s, const depict_options *o, const mg_rows *rows, cli_columns *extra,
                    size_t i) {
    const bool ok = rows->status[i].ok;
    const char *id = rows->id[i];
    mg_mol *m = ok ? mg_mol_from_smiles(rows->smiles[i], NULL, NULL) : NULL;
    char *formula = m ? mg_mol_formula(m) : NULL;
    cli_cells c;
    cli_cells_clear(&c);
    cli_cells_put(&c, ROW, "%.0f", (double)number_of(o, i));
    c.at[ID] = id;
    c.at[SMILES] = rows->smiles[i];
    c.at[STATUS] = ok ? "ok" : "rejected";
    c.at[ERROR] = rows->status[i].reason;
    if (formula) c.at[FORMULA] = formula;
    if (m) cli_cells_put(&c, WEIGHT, "%.2f", mg_mol_weight(m));
    cli_sheet_add(s, &(cli_sheet_row){.cells = c.at,
                                      .smiles = rows->smiles[i],
                                      .mol = m,
                                      .name = *id ? id : c.at[FORMULA],
                                      .valid = ok,
                                      .legend = *id ? id : NULL,
                                      .text = "",
                                      .extra = cli_columns_at(extra, rows, i)});
    free(formula);
    mg_mol_free(m);
}

static int write_sheet(const depict_options *o, const char *format, const mg_rows *rows,
                       molglot_error *err) {
    cli_columns extra;
    int code = cli_columns_of_rows(&extra, &o->input, rows, err);
    if (code) return code;
    const cli_sheet_head head = {.format = format,
                                 .title = "Molglot depiction",
                                 .footer = "Molglot " MOLGLOT_VERSION ", drawn by RDKit.",
                                 .width = o->width,
                                 .height = o->height,
                                 .extra = extra.names,
                                 .n_extra = extra.n};
    cli_sheet s = {0};
    cli_out out = {0};
    code = cli_sheet_begin(&s, &kind, &head, err);
    if (!code) code = cli_out_open(&out, o->output, err);
    const bool open = !code;
    if (open)
        cli_sheet_section(
            &s,
            &(cli_section){.heading = rows->n == 1 ? rows->smiles[0] : "Molecules", .note = ""});
    for (size_t i = 0; i < rows->n && !code; i++) {
        add_row(&s, o, rows, &extra, i);
        code = cli_sheet_flush(&s, &out, err);
    }
    if (!code) code = cli_sheet_end(&s, &out, err);
    if (!code) code = cli_out_close(&out, err);
    if (code && open) cli_out_abort(&out);
    cli_sheet_free(&s);
    cli_columns_free(&extra);
    return code;
}

/* Gives each row its status; how many can be drawn. */
static size_t check_rows(const depict_options *o, mg_rows *rows, cli_rejects *rejects) {
    size_t good = 0;
    for (size_t i = 0; i < rows->n; i++) {
        molglot_row_status *status = &rows->status[i];
        mg_mol *m = status->ok ? mg_mol_from_smiles(rows->smiles[i], NULL, status) : NULL;
        mg_mol_free(m);
        good += status->ok;
        if (!status->ok)
            cli_reject(&o->common, rejects, cli_input_name(&o->input), number_of(o, i),
                       *rows->id[i] ? rows->id[i] : rows->smiles[i], status);
    }
    return good;
}

static int depict(const depict_options *o, const char *format, mg_rows *rows, cli_rejects *rejects,
                  molglot_error *err) {
    int code = cli_input_load(&o->input, rows, err);
    if (code) return code;
    if (!check_rows(o, rows, rejects)) {
        if (!rejects->count) return mg_fail(err, MOLGLOT_FAILED, "no molecule to draw");
        cli_say(&o->common, "no molecule to draw");
        return MOLGLOT_OK; /* what was rejected decides */
    }
    if (strcmp(format, "png")) return write_sheet(o, format, rows, err);
    for (size_t i = 0; i < rows->n && !code; i++)
        if (rows->status[i].ok) code = write_png(o, rows->smiles[i], i, rows->n, err);
    return code;
}

int cmd_depict(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_molecules_argp, 0, "Input:", 5}, {&cli_rows_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "[SMILES...]",
        "Draws molecules.\v"
        "Example:\n"
        "  molglot depict 'CN1C=NC2=C1C(=O)N(C(=O)N2C)C' -o caffeine.svg\n"
        "  molglot depict CCO c1ccccc1 -o two.html\n"
        "  molglot depict -i examples/library.tsv -o library.html",
        children,
        NULL,
        NULL};
    depict_options o = {.input = cli_input_default("SMILES", CLI_MOLECULES)};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "svg");
    molglot_error err = {0};
    if (cli_sheet_check(format, "png", &err)) return cli_fail(&err);
    if ((o.width || o.height) && strcmp(format, "png") && strcmp(format, "svg"))
        return cli_usage("--width and --height are for SVG and PNG, not %s", format);
    if (!o.width) o.width = 360;
    if (!o.height) o.height = 280;
    cli_rejects rejects = cli_rejects_of(&o.input);
    mg_rows rows = {0};
    code = depict(&o, format, &rows, &rejects, &err);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, (int64_t)rows.n);
    else
        cli_fail(&err);
    mg_rows_free(&rows);
    return code;
}
