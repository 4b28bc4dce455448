/* embed.c - `molglot embed`: unit vectors of molecules and texts, row by row.
 *
 *   rows -> chunks -> runs of one side -> vectors [chunk, dim] -> rows or NPY, in their order
 */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024 };

typedef struct embed_options {
    cli_common common;
    cli_input input;
    const char *output, *format;
    int dims;
} embed_options;

enum { OPT_DIMS = CLI_OWN };

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"dims", OPT_DIMS, "N", 0,
     "N numbers a vector, in the basis that the model carries, as rows of `index --dims N` are", 0},
    {"format", 'f', "F", 0, CLI_FORMATS ", npy (default: by the extension of -o, else csv)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    embed_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case OPT_DIMS: o->dims = (int)cli_number(state, arg, "--dims", 1, 65536); return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END: cli_input_check(&o->input, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const cli_column columns[] = {{.name = "row", .kind = 'n', .width = 6},
                                     {.name = "id", .kind = 't', .width = 25, .clip = 22},
                                     {.name = "input", .kind = 't', .width = 60, .clip = 57},
                                     {.name = "status", .kind = 't', .width = 8},
                                     {.name = "error", .kind = 't', .width = 60}};
static const cli_sheet_kind kind = {.columns = columns,
                                    .n_columns = MG_COUNT(columns),
                                    .vector_prefix = "e",
                                    .vector_name = "embedding",
                                    .vector_digits = 6};

typedef struct item {
    char *what, *id; /* owned */
    char **extra;    /* [columns], in one block; NULL: there are none */
    bool text;
    molglot_row_status status;
} item;

typedef struct run {
    const embed_options *o;
    cli_engine engine;
    cli_reader reader;
    cli_vectors out;
    size_t n, dim, width;  /* width: numbers that are written */
    const mg_basis *basis; /* of fewer numbers; NULL: all */
    float *fewer;          /* [width] */
    item items[CHUNK];
    float *vectors; /* [CHUNK, dim] */
    cli_rejects rejects;
} run;

static void free_item(item *it) {
    free(it->what);
    free(it->id);
    free(it->extra);
    *it = (item){0};
}

/* Copies what the reader will write over. */
static int take_row(run *r, const mg_row *row, molglot_error *err) {
    const bool text = cli_table_side(&r->o->input.table,
                                     r->reader.columns.either ? NULL : r->reader.table,
                                     row) == MG_SIDE_TEXT;
    item *it = &r->items[r->n++];
    *it = (item){strdup(text ? row->text : row->smiles), strdup(row->id), NULL, text, row->status};
    const size_t n = r->reader.columns.n;
    const char *const *cells = cli_columns_row(&r->reader.columns, row);
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) bytes += strlen(cells[i]) + 1;
    if (n && !(it->extra = malloc(n * sizeof *it->extra + bytes)))
        return mg_no_memory(err, "input rows");
    char *s = n ? (char *)(it->extra + n) : NULL;
    for (size_t i = 0; i < n; s += strlen(s) + 1, i++) it->extra[i] = strcpy(s, cells[i]);
    return it->what && it->id ? MOLGLOT_OK : mg_no_memory(err, "input rows");
}

static int write_item(run *r, const item *it, const float *v, molglot_error *err) {
    const bool ok = it->status.ok;
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)r->out.rows + 1);
    const char *const cells[] = {number, it->id, it->what, ok ? "ok" : "rejected",
                                 it->status.reason};
    const int code = cli_vectors_add(&r->out,
                                     &(cli_sheet_row){.cells = cells,
                                                      .smiles = it->text ? "" : it->what,
                                                      .name = it->id,
                                                      .valid = ok && !it->text,
                                                      .legend = it->id,
                                                      .text = it->text ? it->what : "",
                                                      .vector = ok ? v : NULL,
                                                      .extra = (const char *const *)it->extra},
                                     err);
    if (!ok)
        cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input), r->out.rows, it->id,
                   &it->status);
    return code;
}

/* A model that is damaged gives numbers that are none. */
static void check_vector(run *r, size_t i) {
    molglot_row_status *status = &r->items[i].status;
    const float *v = r->vectors + i * r->dim;
    for (size_t k = 0; k < r->dim && status->ok; k++)
        if (!isfinite(v[k])) mg_row_refuse(status, -1, "number %zu of the vector is none", k + 1);
}

/* Embeds runs of the same side together: rows keep their order, rejected ones too. */
static int flush_items(run *r, molglot_error *err) {
    const char *what[CHUNK];
    molglot_row_status status[CHUNK];
    int code = MOLGLOT_OK;
    for (size_t i = 0, j; i < r->n; i = j) {
        for (j = i; j < r->n && r->items[j].text == r->items[i].text; j++)
            what[j - i] = r->items[j].status.ok ? r->items[j].what : "";
        code = (r->items[i].text ? mg_embed_texts : mg_embed_smiles)(
            r->engine.embedder, what, j - i, r->vectors + i * r->dim, status, err);
        if (code) return code;
        for (size_t k = i; k < j; k++)
            if (r->items[k].status.ok) r->items[k].status = status[k - i];
    }
    for (size_t i = 0; i < r->n; i++) {
        check_vector(r, i);
        const float *v = r->vectors + i * r->dim;
        if (r->basis) mg_basis_project(r->basis, (int)r->width, v, r->fewer);
        if (!code) code = write_item(r, &r->items[i], r->basis ? r->fewer : v, err);
        free_item(&r->items[i]);
    }
    r->n = 0;
    return code;
}

static int read_rows(run *r, molglot_error *err) {
    mg_row row;
    int more = 0, code = MOLGLOT_OK;
    while (!code && !cli_interrupted && (more = cli_reader_next(&r->reader, &row, err)) > 0) {
        if (!row.status.ok) r->rejects.all = cli_rejects_of(&r->o->input).all;
        code = take_row(r, &row, err);
        if (!code && r->n == CHUNK) code = flush_items(r, err);
    }
    if (!code && more < 0) code = err->code;
    if (r->reader.table)
        cli_say(&r->o->common, "%s: %s", cli_input_name(&r->o->input),
                mg_table_describe(r->reader.table));
    return code ? code : flush_items(r, err);
}

/* What --dims asks for. */
static int find_basis(run *r, molglot_error *err) {
    const int dims = r->o->dims;
    r->width = dims ? (size_t)dims : r->dim;
    if (!dims || r->width == r->dim) return MOLGLOT_OK;
    int code = mg_bundle_basis(r->engine.bundle, &r->basis, err);
    if (!code && (!r->basis || dims > r->basis->rows))
        code = mg_fail(err, MOLGLOT_USAGE,
                       "--dims %d: the model's basis has %d directions (`molglot merge --basis` "
                       "makes one)",
                       dims, r->basis ? r->basis->rows : 0);
    if (!code && !(r->fewer = malloc(r->width * sizeof *r->fewer)))
        code = mg_no_memory(err, "the output");
    return code;
}

static int embed(run *r, const char *format, molglot_error *err) {
    const embed_options *o = r->o;
    int code = cli_engine_open(&r->engine, &o->common, 0, err);
    if (code) return code;
    r->dim = (size_t)mg_embedder_dim(r->engine.embedder);
    r->vectors = malloc(CHUNK * r->dim * sizeof(float));
    if (!r->vectors) return mg_no_memory(err, "the output");
    code = find_basis(r, err);
    if (!code) code = cli_reader_open(&r->reader, &o->input, err);
    if (!code)
        code = cli_vectors_open(&r->out, &kind, format, o->output, -1, r->width, &r->reader.columns,
                                err);
    if (!code) code = read_rows(r, err);
    return !code ? cli_vectors_close(&r->out, err) : code;
}

int cmd_embed(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_strings_argp, 0, "Input:", 5}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "[STRING...]",
        "Embeds molecules (SMILES) and texts: unit vectors in one space.\v"
        "Example:\n"
        "  molglot embed 'CCO' \"a short-chain alcohol\"\n"
        "  molglot embed -i examples/library.tsv -o library.npy\n\n"
        "Every input row has an output row, in order: a rejected row is zeros in NPY and has its "
        "reason in the other formats.",
        children,
        NULL,
        NULL};
    embed_options o = {.input = cli_input_default("STRING", CLI_EITHER)};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "csv");
    molglot_error err = {0};
    if (cli_vectors_check(format, &err)) return cli_fail(&err);
    run *r = calloc(1, sizeof *r);
    if (!r) return cli_no_memory();
    r->o = &o;
    cli_catch_interrupt();
    code = embed(r, format, &err);
    if (!code)
        code = cli_rejects_end(&o.common, &r->rejects, r->out.rows);
    else
        cli_fail(&err);
    if (!code && cli_interrupted) code = MOLGLOT_INTERRUPTED;
    for (size_t i = 0; i < r->n; i++) free_item(&r->items[i]);
    cli_reader_close(&r->reader);
    cli_vectors_free(&r->out);
    free(r->vectors);
    free(r->fewer);
    cli_engine_close(&r->engine);
    free(r);
    return code;
}
