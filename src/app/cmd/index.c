/* index.c - `molglot index`: embeds a library row by row into an index file, in bounded memory
 * for the parsing and one packed matrix for the result. */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024, OPT_F32 = CLI_OWN, OPT_FORMAT, OPT_REJECTS };

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
    {"rejects", OPT_REJECTS, "FILE", 0, "Write every rejected row with its reason as CSV", 0},
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

/* Rows that wait to be embedded together; strings are copies. */
typedef struct chunk {
    size_t n;
    char *what[CHUNK], *id[CHUNK], *smiles[CHUNK], *text[CHUNK];
    int64_t number[CHUNK];
    float *out;
    molglot_row_status status[CHUNK];
} chunk;

typedef struct indexer {
    const index_options *o;
    cli_engine engine;
    mg_index_out *writer;
    mg_side side;
    chunk chunk;
    cli_rejects rejects;
    cli_out reject_file;
    int64_t rows, kept;
} indexer;

static void chunk_clear(chunk *c) {
    for (size_t i = 0; i < c->n; i++) {
        free(c->id[i]);
        free(c->smiles[i]);
        free(c->text[i]);
    }
    c->n = 0;
}

static void write_reject(indexer *x, int64_t number, const char *id, const char *smiles,
                         const molglot_row_status *status) {
    cli_reject(&x->o->common, &x->rejects, x->o->input, number, id, status);
    if (!x->o->rejects) return;
    mg_str line = {0};
    mg_str_addf(&line, "%lld,", (long long)number);
    mg_csv_field(&line, id, ',');
    mg_str_addz(&line, ",");
    mg_csv_field(&line, smiles, ',');
    mg_str_addf(&line, ",%d,", status->offset);
    mg_csv_field(&line, status->reason, ',');
    mg_str_addz(&line, "\n");
    if (!line.failed) fwrite(line.s, 1, line.n, x->reject_file.f);
    mg_str_free(&line);
}

static int flush_chunk(indexer *x, molglot_error *err) {
    chunk *c = &x->chunk;
    int dim = mg_embedder_dim(x->engine.embedder);
    int code = MOLGLOT_OK;
    if (c->n == 0) return code;
    const char *const *rows = (const char *const *)c->what;
    code = x->side == MG_SIDE_TEXT
               ? mg_embed_texts(x->engine.embedder, rows, c->n, c->out, c->status, err)
               : mg_embed_smiles(x->engine.embedder, rows, c->n, c->out, c->status, err);
    for (size_t i = 0; i < c->n && !code; i++) {
        if (!c->status[i].ok) {
            write_reject(x, c->number[i], c->id[i], c->what[i], &c->status[i]);
            continue;
        }
        code = mg_index_out_add(x->writer, c->out + (size_t)dim * i, c->id[i], c->smiles[i],
                                c->text[i], err);
        x->kept++;
    }
    chunk_clear(c);
    return code;
}

/* The first row decides the side of all when --side is auto. */
static int start_writer(indexer *x, const mg_row *row, molglot_error *err) {
    x->side = cli_table_side(&x->o->table, row);
    const char *identity = mg_bundle_identity(x->engine.bundle, err);
    if (!identity) return mg_code_of(err, MOLGLOT_BAD_FILE);
    x->writer = mg_index_out_new(mg_embedder_dim(x->engine.embedder), x->o->f32 ? MG_F32 : MG_BF16,
                                 x->side, identity, mg_model_file_name(x->engine.space), err);
    return x->writer ? MOLGLOT_OK : err->code;
}

static int take_row(indexer *x, const mg_row *row, molglot_error *err) {
    chunk *c = &x->chunk;
    x->rows = row->number;
    if (!x->writer) {
        int code = start_writer(x, row, err);
        if (code) return code;
    }
    if (!row->status.ok) {
        write_reject(x, row->number, row->id, row->smiles, &row->status);
        return MOLGLOT_OK;
    }
    size_t i = c->n++;
    c->id[i] = strdup(row->id);
    c->smiles[i] = strdup(row->smiles);
    c->text[i] = strdup(row->text);
    c->number[i] = row->number;
    if (!c->id[i] || !c->smiles[i] || !c->text[i])
        return mg_no_memory(err, "row %lld", (long long)row->number);
    c->what[i] = x->side == MG_SIDE_TEXT ? c->text[i] : c->smiles[i];
    return c->n == CHUNK ? flush_chunk(x, err) : MOLGLOT_OK;
}

static int read_library(indexer *x, mg_table *table, molglot_error *err) {
    cli_progress progress;
    cli_progress_start(&progress, &x->o->common, "indexing, rows", 0);
    int code = MOLGLOT_OK, more = 0;
    mg_row row;
    while (!code && !cli_interrupted && (more = mg_table_next(table, &row, err)) > 0) {
        code = take_row(x, &row, err);
        if (x->chunk.n == 0) cli_progress_update(&progress, x->rows, "");
    }
    if (!code && more < 0) code = err->code;
    if (!code) code = flush_chunk(x, err);
    cli_progress_end(&progress);
    return code;
}

static int finish(indexer *x, mg_table *table, double started, molglot_error *err) {
    const index_options *o = x->o;
    if (x->kept == 0)
        return mg_fail(err, MOLGLOT_FAILED, "%s: no row could be indexed (%lld read)", o->input,
                       (long long)x->rows);
    int code = mg_index_out_save(x->writer, o->output, err);
    if (code) return code;
    double seconds = cli_now() - started;
    if (mg_table_undoubled(table))
        cli_say(&o->common, "%lld SMILES had doubled backslashes: undone",
                (long long)mg_table_undoubled(table));
    cli_say(&o->common, "%s: %lld %s in %.1f s (%.0f per second)", o->output, (long long)x->kept,
            x->side == MG_SIDE_TEXT ? "texts" : "molecules", seconds, (double)x->kept / seconds);
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
        "Example:\n  molglot index examples/library.tsv -o library.idx\n"
        "  zcat big.smi.gz | molglot index - --format smi -o big.idx\n\n"
        "A row that cannot be read is rejected with its reason and never stops the run.",
        children,
        NULL,
        NULL};
    index_options o = {.table = cli_table_default()};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    indexer *x = calloc(1, sizeof *x);
    if (!x) return cli_no_memory();
    x->o = &o;
    cli_catch_interrupt();
    double started = cli_now();
    mg_table *table = NULL;
    if (o.rejects) code = cli_out_open(&x->reject_file, o.rejects, &err);
    if (!code) code = cli_engine_open(&x->engine, &o.common, 0, &err);
    if (!code) {
        x->chunk.out = malloc(sizeof(float) * CHUNK * (size_t)mg_embedder_dim(x->engine.embedder));
        table = mg_table_open(o.input, &o.table.options, &err);
        if (!x->chunk.out)
            code = mg_no_memory(&err, "the output");
        else if (!table)
            code = err.code;
    }
    if (!code) {
        if (o.rejects) fputs("row,id,smiles,offset,reason\n", x->reject_file.f);
        code = read_library(x, table, &err);
        cli_say(&o.common, "%s: %s", o.input, mg_table_describe(table));
        if (!code) code = finish(x, table, started, &err);
        if (o.rejects && code != MOLGLOT_BAD_FILE &&
            cli_out_close(&x->reject_file, &err) != MOLGLOT_OK)
            code = err.code;
    }
    if (err.code) code = cli_fail(&err);
    if (o.rejects) cli_out_abort(&x->reject_file);
    chunk_clear(&x->chunk);
    free(x->chunk.out);
    mg_index_out_free(x->writer);
    mg_table_close(table);
    cli_engine_close(&x->engine);
    free(x);
    return code;
}
