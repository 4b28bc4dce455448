/* name.c - `molglot name`: structures of a name, and names of a molecule, out of the dictionary.
 *
 *   row -> a name? -> its structures, the best first
 *       -> a molecule? -> RDKit -> its names, those of other stereo behind
 *       -> neither: rejected, with names that are nearly it
 */
#include "app/cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_OF = CLI_OWN, OPT_NO_NEAR };

typedef struct name_options {
    cli_common common;
    cli_input input;
    const char *output, *format;
    int number;
    bool of, no_near;
} name_options;

static const struct argp_option options[] = {
    {"of", OPT_OF, NULL, 0, "All that is given are molecules (default: a row says itself)", 0},
    {"number", 'n', "N", 0, "Answers to a row, at most (default 10)", 0},
    {"no-near", OPT_NO_NEAR, NULL, 0, "Look for no names that are spelt nearly so", 0},
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"format", 'f', "F", 0, CLI_FORMAT_HELP, 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    name_options *o = state->input;
    switch (key) {
    case OPT_OF: o->of = true; return 0;
    case OPT_NO_NEAR: o->no_near = true; return 0;
    case 'n': o->number = (int)cli_number(state, arg, "--number", 1, 10000); return 0;
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END:
        if (o->of) o->input.table.side = "molecule";
        o->input.table.options.names = !o->of;
        cli_input_check(&o->input, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

enum { ROW, INPUT, RANK, NAME, SMILES, FOUND, SOURCE, STATUS, ERROR, COLUMNS };
static const cli_column columns[] = {
    {.name = "row", .kind = 'n', .except = CLI_NOT_IN_JSON},
    {.name = "input", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "rank", .kind = 'n', .width = 4, .gap = 0},
    {.name = "name", .kind = 't', .width = 36, .clip = 33, .gap = 1},
    {.name = "smiles", .kind = 't', .width = 44, .gap = 1},
    {.name = "found", .kind = 't', .width = 8, .gap = 1},
    {.name = "source", .kind = 't', .width = 28, .gap = 1},
    {.name = "status", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "error", .kind = 't', .except = CLI_NOT_IN_JSON}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_column section[] = {{.name = "input", .kind = 't'},
                                     {.name = "input_is", .kind = 't'},
                                     {.name = "status", .kind = 't'},
                                     {.name = "error", .kind = 't'}};
static const cli_sheet_kind kind = {.columns = columns,
                                    .n_columns = COLUMNS,
                                    .section = section,
                                    .n_section = MG_COUNT(section),
                                    .sections = "results",
                                    .rows = "answers"};

typedef struct run {
    const name_options *o;
    cli_dictionary names;
    cli_reader reader;
    cli_sheet sheet;
    cli_out out;
    cli_rejects rejects;
    int64_t rows;
} run;

/* ---- what a row is ---- */

typedef struct answer {
    const char *input, *is; /* "name", "molecule" */
    mg_name_hits hits;
    molglot_row_status status;
    bool unread; /* it could not be read; else, where it is refused, nothing was found */
} answer;

/* A name that nobody knows, with what it may have meant. */
static int refuse_name(const run *r, answer *a, molglot_error *err) {
    mg_name_hits near = {0};
    mg_str said = {0};
    int code = r->o->no_near ? MOLGLOT_OK : mg_dictionary_near(r->names.d, a->input, 3, &near, err);
    for (size_t i = 0; i < near.n; i++)
        mg_str_addf(&said, "%s%s", i ? ", " : "; did you mean: ", near.hit[i].name);
    mg_row_refuse(&a->status, -1, "no such name in the dictionary%s", said.s ? said.s : "");
    mg_str_free(&said);
    mg_name_hits_free(&near);
    return code;
}

static int look_up(const run *r, const mg_row *row, answer *a, molglot_error *err) {
    const mg_dictionary *d = r->names.d;
    const bool text = row->text_n > 0 && !row->smiles_n;
    const size_t max = (size_t)r->o->number;
    *a = (answer){.input = text ? row->text : row->smiles, .is = "name", .status = row->status};
    /* of letters alone, or not to be read: a name, if there is one */
    const bool sure = r->o->of || (r->reader.table && !mg_table_plain(r->reader.table) &&
                                   !r->reader.columns.either);
    int code = MOLGLOT_OK;
    if (text || (!sure && strspn(a->input, "0123456789()[]=#@+-/\\.%") < strlen(a->input)))
        code = mg_name_find(d, a->input, &a->hits, err);
    if (code || a->hits.n) {
        a->status = (molglot_row_status){.ok = 1, .offset = -1};
        return code;
    }
    if (text) return refuse_name(r, a, err);
    a->is = "molecule";
    a->unread = !a->status.ok;
    if (a->unread) return MOLGLOT_OK;
    code = cli_names_of(d, a->input, max, &a->hits, &a->status, err);
    if (!code && a->status.ok && !a->hits.n)
        mg_row_refuse(&a->status, -1,
                      "no name of this molecule in the dictionary, and none that can be computed");
    return code;
}

/* ---- rows of the output ---- */

static void add_hit(run *r, const answer *a, size_t i, const char *const *extra) {
    const mg_name_hit *hit = &a->hits.hit[i];
    cli_cells c;
    mg_str sources = {0};
    mg_name_sources(&sources, hit->sources);
    cli_cells_clear(&c);
    cli_cells_put(&c, ROW, "%.0f", (double)cli_row_number(&r->o->input, r->rows));
    cli_cells_put(&c, RANK, "%.0f", (double)i + 1);
    c.at[INPUT] = a->input;
    c.at[NAME] = hit->name, c.at[SMILES] = hit->smiles;
    c.at[FOUND] = mg_name_how_word(hit->how);
    c.at[SOURCE] = sources.s ? sources.s : "";
    c.at[STATUS] = "ok";
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = c.at,
                                              .smiles = hit->smiles,
                                              .name = hit->name,
                                              .valid = true,
                                              .legend = hit->name,
                                              .text = c.at[SOURCE],
                                              .extra = extra});
    r->sheet.out.failed |= sources.failed;
    mg_str_free(&sources);
}

static void add_rejected(run *r, const answer *a, const char *const *extra) {
    cli_cells c;
    cli_cells_clear(&c);
    cli_cells_put(&c, ROW, "%.0f", (double)cli_row_number(&r->o->input, r->rows));
    c.at[INPUT] = a->input;
    c.at[STATUS] = "rejected";
    c.at[ERROR] = a->status.reason;
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = c.at,
                                              .smiles = "",
                                              .name = a->input,
                                              .aside = true,
                                              .text = "",
                                              .extra = extra});
}

static void write_answer(run *r, const answer *a, const char *id, const char *const *extra) {
    const bool ok = a->status.ok;
    const size_t max = (size_t)r->o->number, n = a->hits.n < max ? a->hits.n : max;
    const char *const cells[] = {a->input, a->is, ok ? "ok" : "rejected", a->status.reason};
    char note[80] = "";
    if (a->hits.n > n)
        snprintf(note, sizeof note, "%zu of %zu structures (-n gives more)", n, a->hits.n);
    cli_sheet_section(
        &r->sheet, &(cli_section){.label = !strcmp(a->is, "name") ? "Structures of " : "Names of ",
                                  .heading = a->input,
                                  .note = ok ? note : a->status.reason,
                                  .wrong = !ok,
                                  .cells = cells,
                                  .extra = extra});
    for (size_t i = 0; i < n && ok; i++) add_hit(r, a, i, extra);
    if (ok) return;
    if (!a->unread) r->rejects.all = MOLGLOT_FAILED;
    add_rejected(r, a, extra);
    cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input),
               cli_row_number(&r->o->input, r->rows), id, &a->status);
}

static int answer_rows(run *r, molglot_error *err) {
    mg_row row;
    int more = 0, code = MOLGLOT_OK;
    while (!code && !cli_interrupted && (more = cli_reader_next(&r->reader, &row, err)) > 0) {
        answer a;
        r->rows++;
        code = look_up(r, &row, &a, err);
        if (!code)
            write_answer(r, &a, *row.id ? row.id : a.input,
                         cli_columns_row(&r->reader.columns, &row));
        if (!code) code = cli_sheet_flush(&r->sheet, &r->out, err);
        mg_name_hits_free(&a.hits);
    }
    return !code && more < 0 ? err->code : code;
}

static int answer_all(run *r, const char *format, molglot_error *err) {
    const name_options *o = r->o;
    int code = cli_reader_open(&r->reader, &o->input, err);
    if (!code) code = cli_dictionary_open(&r->names, NULL, &o->common, err);
    if (!code && !r->names.d)
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "no dictionary of names (names.safetensors) in the model");
    const cli_sheet_head head = {.format = format,
                                 .title = "Molglot names",
                                 .footer = "Molglot " MOLGLOT_VERSION ", drawn by RDKit.",
                                 .extra = r->reader.columns.names,
                                 .n_extra = r->reader.columns.n,
                                 .n_section_extra = r->reader.columns.n};
    if (!code) code = cli_sheet_begin(&r->sheet, &kind, &head, err);
    if (!code) code = cli_out_open(&r->out, o->output, err);
    if (code) return code;
    code = answer_rows(r, err);
    if (!code) code = cli_sheet_end(&r->sheet, &r->out, err);
    if (!code) return cli_out_close(&r->out, err);
    cli_out_abort(&r->out);
    return code;
}

int cmd_name(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_queries_argp, 0, "Input:", 5}, {&cli_named_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "[NAME|SMILES...]",
        "Structures of names, and names of molecules (SMILES, InChI), from a dictionary of common, "
        "drug and systematic names.\v"
        "Example:\n"
        "  molglot name aspirin \"vitamin C\" DMSO\n"
        "  molglot name 'CC(=O)Oc1ccccc1C(=O)O' -n 5\n\n"
        "found: exact; folded (blanks, hyphens or the spelling differ); salt (what the name says "
        "of a salt was left out); stereo (a molecule's name, with other stereo); computed (read "
        "off "
        "a systematic name; of a molecule, the systematic name, last). A name with "
        "several structures lists all: most sources first, then all stereo set, then smallest.\n"
        "A row without an answer is rejected and has its reason; names spelt nearly so are said: "
        "docs/names.md.",
        children,
        NULL,
        NULL};
    name_options o = {.input = cli_input_default("NAME", CLI_EITHER), .number = 10};
    o.input.questions = true;
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "table");
    molglot_error err = {0};
    if (cli_sheet_check(format, NULL, &err)) return cli_fail(&err);
    run r = {.o = &o, .rejects = cli_rejects_of(&o.input)};
    cli_catch_interrupt();
    code = answer_all(&r, format, &err);
    if (!code)
        code = cli_rejects_end(&o.common, &r.rejects, r.rows);
    else
        cli_fail(&err);
    if (!code && cli_interrupted) code = MOLGLOT_INTERRUPTED;
    cli_reader_close(&r.reader);
    cli_sheet_free(&r.sheet);
    cli_dictionary_close(&r.names);
    return code;
}
