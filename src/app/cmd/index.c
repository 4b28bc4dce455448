/* index.c - `molglot index`: embeds a library row by row into an index file, in memory that does
 * not grow with the library. */
#include "app/cmd/index.h"

#include "app/cli/cli.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPT_F32 = CLI_OWN,
    OPT_FORMAT,
    OPT_REJECTS,
    OPT_NO_TEXTS,
    OPT_DROP,
    OPT_INCHIKEY,
    OPT_SHARD,
    OPT_RESUME,
    OPT_APPEND,
    OPT_FORCE,
    OPT_DIMS
};

typedef struct index_options {
    cli_common common;
    const char *input, *output, *rejects;
    char *args[2];
    int n_args;
    bool f32, no_texts, drop, inchikeys, resume, append, force, mpi;
    int shard, shards, dims;
    cli_table table;
} index_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", CLI_MAY_BE_READ, "Index file to write (required)", 0},
    {"append", OPT_APPEND, NULL, 0,
     "Add the rows to the index of -o, which stays as it is until all are there", 0},
    {"resume", OPT_RESUME, NULL, 0,
     "Go on where an interrupted run left FILE.part; nothing to do where FILE is there, as it "
     "would "
     "be made now, and LIBRARY is no newer",
     0},
    {"shard", OPT_SHARD, "I/N", 0,
     "Index every Nth row from the Ith on; `molglot concat` joins the shards", 0},
    CLI_MPI_OPTION,
    {"no-text-vectors", OPT_NO_TEXTS, NULL, 0,
     "Embed the molecules alone where rows have a text, too (half the size)", 0},
    {"drop-extra-columns", OPT_DROP, NULL, 0,
     "Keep id, molecule and text alone, not what other columns a row has", 0},
    {"inchikey", OPT_INCHIKEY, NULL, 0,
     "Store each molecule's InChIKey, to be looked up (0.25 ms a molecule)", 0},
    {"dims", OPT_DIMS, "N", 0,
     "Store N numbers a row (384 are plenty), in the basis that the model carries, instead of all "
     "that it makes",
     0},
    {"f32", OPT_F32, NULL, 0, "Store float32 instead of bfloat16 (twice the size)", 0},
    {"format", OPT_FORMAT, "F", 0, "The same as --input-format", 0},
    {"rejects", OPT_REJECTS, "FILE", CLI_WRITES,
     "Write every rejected row with its reason: tsv, json, ... by the extension, else csv", 0},
    {"excel-safe", CLI_EXCEL_SAFE, NULL, 0,
     "In --rejects put ' before what a spreadsheet would run as a formula (=, +, -, @)", 0},
    {"force", OPT_FORCE, NULL, 0, "Replace the file of -o even if it is no index", 0},
    {0}};

static void check_options(index_options *o, struct argp_state *state) {
    if (o->append && !o->output && o->n_args == 2) o->output = o->args[--o->n_args];
    if (o->n_args > 1) argp_error(state, "one LIBRARY at a time, not also '%s'", o->args[1]);
    if (!o->n_args) argp_error(state, "LIBRARY is missing ('-' reads standard input)");
    if (!o->output) argp_error(state, "-o FILE is missing");
    o->input = o->args[0];
    if (o->mpi && (o->shards || o->append || o->rejects))
        argp_error(state, "--mpi does not go with %s",
                   o->shards   ? "--shard: it is one"
                   : o->append ? "--append: index the rows beside, and `molglot concat`"
                               : "--rejects: run --shard for a list of what is refused");
    if (o->mpi && !strcmp(o->input, "-"))
        argp_error(state, "with --mpi every process reads the rows: give a file");
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    index_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case OPT_F32: o->f32 = true; return 0;
    case OPT_FORMAT: o->table.options.format = arg; return 0;
    case OPT_REJECTS: o->rejects = arg; return 0;
    case OPT_NO_TEXTS: o->no_texts = true; return 0;
    case OPT_DROP: o->drop = true; return 0;
    case OPT_INCHIKEY: o->inchikeys = true; return 0;
    case OPT_SHARD: cli_parse_shard(state, arg, &o->shard, &o->shards); return 0;
    case OPT_RESUME: o->resume = true; return 0;
    case OPT_APPEND: o->append = true; return 0;
    case OPT_FORCE: o->force = true; return 0;
    case CLI_MPI: o->mpi = true; return 0;
    case OPT_DIMS: o->dims = (int)cli_number(state, arg, "--dims", 1, 65536); return 0;
    case CLI_EXCEL_SAFE: cli_excel_safe = true; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->table;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_ARG:
        if (o->n_args == 2) argp_error(state, "one LIBRARY at a time, not also '%s'", arg);
        o->args[o->n_args++] = arg;
        return 0;
    case ARGP_KEY_END: check_options(o, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct indexer {
    const index_options *o;
    mg_ranks *ranks;    /* NULL: this process alone */
    const char *output; /* o's, or this rank's part of it */
    bool done;          /* the rank's part was whole before */
    cli_engine engine;
    mg_library *library; /* NULL until the first row */
    mg_side side;
    mg_index *base; /* what --append adds to */
    /* further columns of the table: names, places among its fields, a row's cells */
    int n_columns, *places;
    const char **columns, **cells;
    cli_rejects rejects;
    cli_out reject_file;
    cli_sheet reject_sheet;
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

/* The columns that are neither molecule, text nor id. */
static int find_columns(indexer *x, const mg_table *table, molglot_error *err) {
    const char *const *names;
    const int n = mg_table_columns(table, &names);
    const size_t room = (size_t)n + 1;
    if (!(x->places = malloc(room * sizeof *x->places)) ||
        !(x->columns = malloc(room * sizeof *x->columns)) ||
        !(x->cells = malloc(room * sizeof *x->cells)))
        return mg_no_memory(err, "%d columns", n);
    for (int c = 0; c < n && !x->o->drop; c++) {
        if (mg_table_role(table, c)) continue;
        x->places[x->n_columns] = c;
        x->columns[x->n_columns++] = names[c];
    }
    return MOLGLOT_OK;
}

static int open_base(indexer *x, molglot_error *err) {
    const index_options *o = x->o;
    if (!o->append) return MOLGLOT_OK;
    if (!(x->base = mg_index_open(o->output, false, err))) return mg_code_of(err, MOLGLOT_FAILED);
    int code = cli_check_index(x->base, &x->engine, err);
    if (!code && o->f32 && mg_index_dtype(x->base) != MG_F32)
        code = mg_fail(err, MOLGLOT_USAGE, "%s holds bfloat16: --f32 does not go with it",
                       o->output);
    return code;
}

/* One side for all rows: what the table's columns say when --side is auto. */
static int start_library(indexer *x, const mg_table *table, const mg_row *row, molglot_error *err) {
    const index_options *o = x->o;
    const char *identity = mg_bundle_identity(x->engine.bundle, err);
    if (!identity) return mg_code_of(err, MOLGLOT_BAD_FILE);
    x->side = cli_table_side(&o->table, table, row);
    mg_dtype dtype = o->f32 ? MG_F32 : MG_BF16;
    bool no_texts = o->no_texts;
    const mg_basis *basis;
    int dims = o->dims, code = mg_bundle_basis(x->engine.bundle, &basis, err);
    if (code) return code;
    if (dims && !basis)
        return mg_fail(err, MOLGLOT_USAGE,
                       "--dims: the model carries no basis of its space (`molglot merge --basis` "
                       "makes one)");
    if (!basis && mg_bundle_has(x->engine.bundle, MG_PART_BASIS))
        cli_say(&o->common, "the model's basis is of another space, so the index gets no codes "
                            "(`molglot merge --basis` makes one anew)");
    if (dims == mg_embedder_dim(x->engine.embedder)) dims = 0;
    if (x->base) {
        if (mg_index_side(x->base) != x->side)
            return mg_fail(err, MOLGLOT_USAGE, "%s is an index of %s, %s holds %s (see --side)",
                           o->output, x->side == MG_SIDE_TEXT ? "molecules" : "texts", o->input,
                           x->side == MG_SIDE_TEXT ? "texts" : "molecules");
        const int own = mg_index_dim(x->base);
        if (o->dims && o->dims != own)
            return mg_fail(err, MOLGLOT_USAGE, "%s holds rows of %d numbers, not %d (--dims)",
                           o->output, own, o->dims);
        dims = own < mg_index_model_dim(x->base) ? own : 0;
        dtype = mg_index_dtype(x->base);
        no_texts = no_texts || mg_index_searched_texts(x->base).rows->n == 0;
    }
    char about[100];
    snprintf(about, sizeof about, "%s%s%s", no_texts ? "no texts " : "",
             o->inchikeys ? "inchikeys " : "", o->append ? "append" : "");
    const mg_library_options l = {
        .index = {.basis = basis,
                  .dims = dims,
                  .dtype = dtype,
                  .side = x->side,
                  .model_sha256 = identity,
                  .model_name = mg_space_part_name(x->engine.space),
                  .columns = x->columns,
                  .n_columns = x->n_columns,
                  .shard = o->shard,
                  .shards = o->shards},
        .no_texts = no_texts,
        .inchikeys = o->inchikeys,
        .part = {.keep = true, .resume = o->resume, .append = o->append, .about = about},
        .on_reject = write_reject,
        .user = x};
    x->library = mg_library_open(x->engine.embedder, x->output, &l, err);
    if (!x->library) return mg_code_of(err, MOLGLOT_FAILED);
    if (mg_library_done(x->library))
        cli_say(&o->common, "goes on after %lld rows", (long long)mg_library_done(x->library));
    return MOLGLOT_OK;
}

static int take_row(indexer *x, const mg_table *table, const mg_row *row, molglot_error *err) {
    int code = x->library ? MOLGLOT_OK : start_library(x, table, row, err);
    if (code) return code;
    for (int c = 0; c < x->n_columns; c++)
        x->cells[c] = row->fields && x->places[c] < row->n_fields ? row->fields[x->places[c]] : "";
    const mg_index_row r = {.id = row->id,
                            .smiles = row->smiles,
                            .text = row->text,
                            .cells = x->cells,
                            .number = row->number};
    code = mg_library_push(x->library, &r, &row->status, err);
    return code ? mg_fail_prefix(err, "%s", x->o->input) : MOLGLOT_OK;
}

static int read_library(indexer *x, mg_table *table, molglot_error *err) {
    cli_progress progress;
    cli_progress_start(&progress, &x->o->common, "indexing, rows", 0);
    int code = MOLGLOT_OK, more = 0;
    mg_row row;
    while (!code && !cli_interrupted && (more = mg_table_next(table, &row, err)) > 0) {
        code = take_row(x, table, &row, err);
        if (row.number % MG_LIBRARY_BLOCK == 0) cli_progress_update(&progress, row.number, "");
    }
    if (!code && more < 0) code = err->code;
    if (!code && x->library && !cli_interrupted) code = mg_library_flush(x->library, err);
    cli_progress_end(&progress);
    if (!code && cli_interrupted) code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    return code;
}

/* Of all ranks: rank 0 joins what they have. *kept, *rows: of all. */
static int join(indexer *x, int64_t *kept, int64_t *rows, molglot_error *err) {
    const mg_ranks *r = x->ranks;
    double sums[2] = {(double)*rows, (double)x->rejects.count};
    int code = mg_ranks_wait(r, err);
    if (!code) code = mg_ranks_sum_f64(r, sums, MG_COUNT(sums), err);
    *rows = (int64_t)sums[0];
    x->rejects.count = (int64_t)sums[1];
    if (!code && r->rank == 0) code = index_join_shards(x->o->output, r->size, kept, err);
    return code ? code : mg_ranks_share(r, kept, err);
}

static int finish(indexer *x, mg_table *table, double started, molglot_error *err) {
    const index_options *o = x->o;
    int64_t kept = x->library ? mg_library_kept(x->library) : 0,
            rows = x->library ? mg_library_rows(x->library) : 0;
    int code = MOLGLOT_OK;
    /* a shard may have no rows: all of them still make the index of the file */
    const bool none = x->ranks ? !x->library && !x->done : kept == 0 && (rows > 0 || !x->library);
    if (!none && !x->done) code = cli_whole(err);
    if (!code && !none && !x->done) code = mg_library_commit(x->library, err);
    if (!code && !none && x->ranks) code = join(x, &kept, &rows, err);
    if (!code && (none || (kept == 0 && rows > 0))) {
        mg_library_free(x->library); /* nothing to go on with */
        x->library = NULL;
        return mg_fail(err, MOLGLOT_FAILED, "%s: no row could be indexed (%lld read)", o->input,
                       (long long)rows);
    }
    if (code) return code;
    double seconds = cli_now() - started;
    if (*mg_table_notes(table)) cli_say(&o->common, "%s: %s", o->input, mg_table_notes(table));
    cli_say(&o->common, "%s: %lld %s%s in %.1f s (%.0f per second)", o->output, (long long)kept,
            x->side == MG_SIDE_TEXT ? "texts" : "molecules", o->append ? " more" : "", seconds,
            (double)kept / seconds);
    return cli_rejects_end(&o->common, &x->rejects, rows);
}

/* What an interrupted or failed run leaves, and how to go on. */
static void stop(indexer *x, int code, molglot_error *err) {
    if (!x->library) return;
    const int64_t done = mg_library_done(x->library);
    const bool stays = mg_library_stop(x->library);
    x->library = NULL;
    if (stays && code == MOLGLOT_INTERRUPTED)
        mg_fail(err, code, "interrupted after %lld rows; go on with --resume", (long long)done);
    else if (stays)
        cli_say(&x->o->common, "%s.part holds %lld rows; go on with --resume", x->output,
                (long long)done);
    else if (code == MOLGLOT_INTERRUPTED)
        mg_fail(err, code, "interrupted before the first %d rows were embedded", MG_LIBRARY_BLOCK);
}

/* Everything that can be known before the model is loaded and the first row embedded. */
static int check_places(const index_options *o, molglot_error *err) {
    char part[4096];
    snprintf(part, sizeof part, "%s.part", o->output);
    int code = cli_check_target(o->output, o->input, o->force, err);
    if (o->mpi) return code; /* each rank has a part of its own */
    if (code || access(part, F_OK)) {
        if (!code && o->resume && access(o->output, F_OK))
            cli_say(&o->common, "there is no %s: all rows are embedded", part);
    } else if (!o->resume) {
        cli_say(&o->common, "%s of an interrupted run is replaced (--resume would go on with it)",
                part);
    }
    return code;
}

/* --resume of a run that is done: FILE is there, of the same shard, model and sizes, LIBRARY is no
 * newer, and nothing waits beside it. */
static bool is_done(const indexer *x) {
    const index_options *o = x->o;
    struct stat file, library;
    char part[4096];
    snprintf(part, sizeof part, "%s.part", o->output);
    if (!o->resume || o->append || x->ranks || !access(part, F_OK) || stat(o->output, &file) ||
        stat(o->input, &library) || library.st_mtime > file.st_mtime)
        return false;
    molglot_error none = {0};
    mg_index *made = mg_index_open(o->output, true, &none);
    bool same = made && !cli_check_index(made, &x->engine, &none);
    if (same) {
        int shard, shards;
        mg_index_shard(made, &shard, &shards);
        same = shard == o->shard && shards == o->shards &&
               mg_index_dim(made) == (o->dims ? o->dims : mg_index_model_dim(made)) &&
               mg_index_dtype(made) == (o->f32 ? MG_F32 : MG_BF16) &&
               !(o->no_texts && mg_index_searched_texts(made).rows->n);
    }
    mg_index_close(made);
    cli_say(&o->common,
            same ? "%s is there: nothing to do"
                 : "%s is there, but not as it would be made now: all rows are embedded",
            o->output);
    return same;
}

/* This rank's shard. */
static int share(index_options *o, indexer *x, char **path, molglot_error *err) {
    *path = index_shard_path(o->output, x->ranks->rank, x->ranks->size);
    x->output = *path;
    if (x->ranks->size > 1) {
        o->shard = x->ranks->rank + 1;
        o->shards = x->ranks->size;
    }
    return *path ? MOLGLOT_OK : mg_no_memory(err, "an index");
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
        "Example:\n  molglot index examples/library.tsv -o library.idx\n"
        "  echo 'CCN ethylamine' | molglot index - --format smi -o library.idx --append\n"
        "  molglot index examples/library.tsv --shard 1/4 -o part.1.idx\n\n"
        "A row that cannot be read is rejected with its reason and never stops the run. Where rows "
        "have a molecule and a text, both are embedded, and a search finds them by either. What "
        "was interrupted (^C, kill) leaves the old index as it was and FILE.part, with which "
        "--resume goes on; the index is then, byte for byte, that of a run that was not. From 4096 "
        "rows on, an index also holds a short code of each row, by which a search finds the rows "
        "worth scoring, where the model carries a basis of its space.",
        children,
        NULL,
        NULL};
    index_options o = {.table = cli_table_default()};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    indexer work = {.o = &o, .output = o.output}, *x = &work;
    char *shard = NULL;
    cli_catch_interrupt();
    double started = cli_now();
    mg_table *table = NULL;
    code = cli_ranks_begin(&x->ranks, o.mpi, &o.common, &err);
    if (!code && x->ranks) code = share(&o, x, &shard, &err);
    if (!code) code = check_places(&o, &err);
    if (!code) code = open_rejects(x, &err);
    if (!code) code = cli_engine_open(&x->engine, &o.common, 0, &err);
    const bool made = !code && is_done(x);
    if (!code && !made) code = open_base(x, &err);
    if (!code && x->ranks && o.resume)
        x->done = index_shard_done(o.output, x->ranks->rank, x->ranks->size, &x->engine);
    if (!code && !made) {
        table = mg_table_open(o.input, &o.table.options, &err);
        code = table ? find_columns(x, table, &err) : err.code;
    }
    if (!code && !made) {
        if (!x->done) code = read_library(x, table, &err);
        cli_say(&o.common, "%s: %s", o.input, mg_table_describe(table));
        if (!code) code = finish(x, table, started, &err);
        if (code != MOLGLOT_BAD_FILE && close_rejects(x, &err)) code = err.code;
    }
    if (err.code) stop(x, err.code, &err);
    if (o.rejects) cli_out_abort(&x->reject_file);
    cli_sheet_free(&x->reject_sheet);
    mg_library_free(x->library);
    mg_index_close(x->base);
    free(x->places);
    free(x->columns);
    free(x->cells);
    free(shard);
    mg_table_close(table);
    cli_engine_close(&x->engine);
    return cli_ranks_end(x->ranks, code, &err);
}
