/* index.c - `molglot index`: embeds a library row by row into an index file, in memory that does
 * not grow with the library. */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_F32 = CLI_OWN, OPT_FORMAT, OPT_REJECTS };

typedef struct index_options {
    cli_common common;
    const char *input, *output, *rejects;
    bool f32;
    cli_table table;
} index_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Index file to write (required)", 0},
    {"f32", OPT_F32, NULL, 0, "Store float32 instead of bfloat16 (twice the size)", 0},
    {"format", OPT_FORMAT, "F", 0, "The same as --input-format", 0},
    {"rejects", OPT_REJECTS, "FILE", 0,
     "Write every rejected row with its reason: tsv, json, ... by the extension, else csv", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    index_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case OPT_F32: o->f32 = true; return 0;
    case OPT_FORMAT: o->table.options.format = arg; return 0;
    case OPT_REJECTS: o->rejects = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->table;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) argp_error(state, "one LIBRARY at a time, not also '%s'", arg);
        o->input = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->input) argp_error(state, "LIBRARY is missing ('-' reads standard input)");
        if (!o->output) argp_error(state, "-o FILE is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct indexer {
    const index_options *o;
    cli_engine engine;
    mg_library *library; /* NULL until the first row */
    mg_side side;
    cli_rejects rejects;
    cli_out reject_file;
    cli_sheet reject_sheet;
    int64_t rows;
} indexer;

static void write_reject(void *user, int64_t number, const char *id, const char *what,
                         const molglot_row_status *status) {
    indexer *x = user;
    cli_reject(&x->o->common, &x->rejects, x->o->input, number, id, status);
    if (!x->o->rejects) return;
    char row[24], offset[16];
    snprintf(row, sizeof row, "%lld", (long long)number);
    snprintf(offset, sizeof offset, "%d", status->offset);
    const char *const cells[] = {row, id, what, offset, status->reason};
    cli_sheet_add(
        &x->reject_sheet,
        &(cli_sheet_row){.cells = cells, .smiles = what, .name = id, .text = status->reason});
    /* what is lost here, closing it finds */
    (void)cli_sheet_flush(&x->reject_sheet, &x->reject_file, NULL);
}

static int open_rejects(indexer *x, molglot_error *err) {
    static const cli_column columns[] = {{.name = "row", .kind = 'n', .width = 9},
                                         {.name = "id", .kind = 't', .width = 25, .clip = 22},
                                         {.name = "smiles", .kind = 't', .width = 60, .clip = 57},
                                         {.name = "offset", .kind = 'n', .width = 6},
                                         {.name = "reason", .kind = 't', .width = 90}};
    static const cli_sheet_kind kind = {.columns = columns, .n_columns = MG_COUNT(columns)};
    if (!x->o->rejects) return MOLGLOT_OK;
    const char *format = cli_format(NULL, x->o->rejects, "csv");
    const cli_sheet_head head = {.format = cli_sheet_knows(format) ? format : "csv",
                                 .title = "Molglot: rejected rows"};
    int code = cli_sheet_begin(&x->reject_sheet, &kind, &head, err);
    if (!code) code = cli_out_open(&x->reject_file, x->o->rejects, err);
    if (!code) cli_sheet_section(&x->reject_sheet, &(cli_section){.note = ""});
    return code;
}

static int close_rejects(indexer *x, molglot_error *err) {
    if (!x->o->rejects) return MOLGLOT_OK;
    const int code = cli_sheet_end(&x->reject_sheet, &x->reject_file, err);
    return code ? code : cli_out_close(&x->reject_file, err);
}

/* One side for all rows: what the table's columns say when --side is auto. */
static int start_library(indexer *x, const mg_table *table, const mg_row *row, molglot_error *err) {
    x->side = cli_table_side(&x->o->table, table, row);
    const char *identity = mg_bundle_identity(x->engine.bundle, err);
    if (!identity) return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_library_options o = {.index = {.dtype = x->o->f32 ? MG_F32 : MG_BF16,
                                            .side = x->side,
                                            .model_sha256 = identity,
                                            .model_name = mg_space_part_name(x->engine.space)},
                                  .on_reject = write_reject,
                                  .user = x};
    x->library = mg_library_open(x->engine.embedder, x->o->output, &o, err);
    return x->library ? MOLGLOT_OK : err->code;
}

static int take_row(indexer *x, const mg_table *table, const mg_row *row, molglot_error *err) {
    x->rows = row->number;
    int code = x->library ? MOLGLOT_OK : start_library(x, table, row, err);
    if (code) return code;
    const mg_index_row r = {
        .id = row->id, .smiles = row->smiles, .text = row->text, .number = row->number};
    return mg_library_push(x->library, &r, &row->status, err);
}

static int read_library(indexer *x, mg_table *table, molglot_error *err) {
    cli_progress progress;
    cli_progress_start(&progress, &x->o->common, "indexing, rows", 0);
    int code = MOLGLOT_OK, more = 0;
    mg_row row;
    while (!code && !cli_interrupted && (more = mg_table_next(table, &row, err)) > 0) {
        code = take_row(x, table, &row, err);
        if (x->rows % MG_LIBRARY_BLOCK == 0) cli_progress_update(&progress, x->rows, "");
    }
    if (!code && more < 0) code = err->code;
    if (!code && x->library) code = mg_library_flush(x->library, err);
    cli_progress_end(&progress);
    return code;
}

static int finish(indexer *x, mg_table *table, double started, molglot_error *err) {
    const index_options *o = x->o;
    const int64_t kept = x->library ? mg_library_kept(x->library) : 0;
    if (kept == 0)
        return mg_fail(err, MOLGLOT_FAILED, "%s: no row could be indexed (%lld read)", o->input,
                       (long long)x->rows);
    int code = mg_library_commit(x->library, err);
    if (code) return code;
    double seconds = cli_now() - started;
    if (*mg_table_notes(table)) cli_say(&o->common, "%s: %s", o->input, mg_table_notes(table));
    cli_say(&o->common, "%s: %lld %s in %.1f s (%.0f per second)", o->output, (long long)kept,
            x->side == MG_SIDE_TEXT ? "texts" : "molecules", seconds, (double)kept / seconds);
    code = cli_rejects_end(&o->common, &x->rejects, x->rows);
    return cli_interrupted ? MOLGLOT_INTERRUPTED : code;
}

int cmd_index(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_table_argp, 0, "The library's table:", 5},
                                                 {&cli_common_argp, 0, "Common options:", 10},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "LIBRARY -o FILE",
        "Embeds every molecule (or text) of LIBRARY and writes an index that `molglot search` maps "
        "into memory.\v"
        "Example:\n"
        "  molglot index examples/library.tsv -o library.idx\n"
        "  gzip -c examples/library.tsv | molglot index - -o packed.idx\n"
        "\n"
        "A row that cannot be read is rejected with its reason and never stops the run.",
        children,
        NULL,
        NULL};
    index_options o = {.table = cli_table_default()};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    indexer work = {.o = &o}, *x = &work;
    cli_catch_interrupt();
    double started = cli_now();
    mg_table *table = NULL;
    code = open_rejects(x, &err);
    if (!code) code = cli_engine_open(&x->engine, &o.common, 0, &err);
    if (!code) {
        table = mg_table_open(o.input, &o.table.options, &err);
        if (!table) code = err.code;
    }
    if (!code) {
        code = read_library(x, table, &err);
        cli_say(&o.common, "%s: %s", o.input, mg_table_describe(table));
        if (!code) code = finish(x, table, started, &err);
        if (code != MOLGLOT_BAD_FILE && close_rejects(x, &err)) code = err.code;
    }
    if (err.code) code = cli_fail(&err);
    if (o.rejects) cli_out_abort(&x->reject_file);
    cli_sheet_free(&x->reject_sheet);
    mg_library_free(x->library);
    mg_table_close(table);
    cli_engine_close(&x->engine);
    return code;
}
