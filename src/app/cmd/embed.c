/* embed.c - `molglot embed`: unit vectors of molecules and texts, row by row.
 *
 *   rows -> chunks -> runs of one side -> vectors [chunk, dim] -> rows or NPY, in their order
 *
 * Several ranks (--mpi) all read the rows; of each round of as many chunks as there are ranks, each
 * embeds its own, and rank 0 gathers and writes them in order: the bytes of one process.
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
    bool mpi;
} embed_options;

enum { OPT_DIMS = CLI_OWN };

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"dims", OPT_DIMS, "N", 0,
     "N numbers a vector, in the basis that the model carries, as rows of `index --dims N` are", 0},
    CLI_MPI_OPTION,
    {"format", 'f', "F", 0, CLI_FORMATS ", npy (default: by the extension of -o, else csv)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    embed_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case OPT_DIMS: o->dims = (int)cli_number(state, arg, "--dims", 1, 65536); return 0;
    case CLI_MPI: o->mpi = true; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END:
        cli_input_check(&o->input, state);
        if (o->mpi && o->input.file && !strcmp(o->input.file, "-"))
            argp_error(state, "with --mpi every process reads the rows: give a file");
        return 0;
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

/* What became of a chunk. */
typedef struct chunk {
    uint64_t rows; /* a hash of their strings */
    molglot_row_status status[CHUNK];
    float vectors[]; /* [CHUNK, width] */
} chunk;

typedef struct run {
    const embed_options *o;
    const mg_ranks *ranks;
    cli_engine engine;
    cli_reader reader;
    cli_vectors out;
    size_t n, dim, width;  /* width: numbers that are written */
    const mg_basis *basis; /* of fewer numbers; NULL: all */
    item *items;           /* [ranks * CHUNK] */
    float *vectors;        /* [CHUNK, dim] */
    size_t chunk_bytes;
    chunk *own;  /* of this rank */
    char *given; /* [ranks][chunk_bytes]; NULL: there is one */
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
    snprintf(number, sizeof number, "%lld",
             (long long)cli_row_number(&r->o->input, r->out.rows + 1));
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
        cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input),
                   cli_row_number(&r->o->input, r->out.rows), it->id, &it->status);
    return code;
}

/* A model that is damaged gives numbers that are none. */
static void check_vector(const run *r, size_t i, molglot_row_status *status) {
    const float *v = r->vectors + i * r->dim;
    for (size_t k = 0; k < r->dim && status->ok; k++)
        if (!isfinite(v[k])) mg_row_refuse(status, -1, "number %zu of the vector is none", k + 1);
}

static uint64_t hash_rows(const item *items, size_t n) {
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) h = mg_hash64(items[i].what, strlen(items[i].what), h + 1);
    return h;
}

/* Embeds runs of the same side together. */
static int embed_chunk(run *r, const item *items, size_t n, molglot_error *err) {
    const char *what[CHUNK];
    molglot_row_status *status = r->own->status;
    int code = MOLGLOT_OK;
    r->own->rows = hash_rows(items, n);
    for (size_t i = 0, j; i < n && !code; i = j) {
        for (j = i; j < n && items[j].text == items[i].text; j++)
            what[j] = items[j].status.ok ? items[j].what : "";
        code = (items[i].text ? mg_embed_texts : mg_embed_smiles)(
            r->engine.embedder, what + i, j - i, r->vectors + i * r->dim, status + i, err);
    }
    for (size_t i = 0; i < n && !code; i++) {
        const float *v = r->vectors + i * r->dim;
        if (!items[i].status.ok) status[i] = items[i].status;
        check_vector(r, i, &status[i]);
        if (r->basis)
            mg_basis_project(r->basis, (int)r->width, v, r->own->vectors + i * r->width);
        else
            memcpy(r->own->vectors + i * r->width, v, r->width * sizeof *v);
    }
    return code;
}

static size_t rows_of(const run *r, size_t k) { /* of the round's chunk k */
    const size_t at = k * CHUNK;
    return r->n <= at ? 0 : r->n - at < CHUNK ? r->n - at : CHUNK;
}

/* The chunks of all ranks, at rank 0. */
static int exchange(run *r, molglot_error *err) {
    int64_t round[3] = {(int64_t)r->n, -(int64_t)r->n, cli_interrupted};
    int code = mg_ranks_most(r->ranks, round, MG_COUNT(round), err);
    if (!code && round[2]) code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    if (!code && round[0] != -round[1])
        code = mg_fail(err, MOLGLOT_FAILED, "the ranks read other rows than each other");
    return code ? code : mg_ranks_gather(r->ranks, r->own, r->given, (int64_t)r->chunk_bytes, err);
}

static int write_chunk(run *r, const chunk *c, item *items, size_t n, molglot_error *err) {
    if (n && c->rows != hash_rows(items, n))
        return mg_fail(err, MOLGLOT_FAILED, "a rank read other rows than rank 0");
    for (size_t i = 0; i < n; i++) {
        items[i].status = c->status[i];
        int code = write_item(r, &items[i], c->vectors + i * r->width, err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

/* Rows keep their order, rejected ones too. */
static int flush_items(run *r, molglot_error *err) {
    const size_t size = (size_t)mg_ranks_size(r->ranks), rank = (size_t)mg_ranks_rank(r->ranks);
    int code = embed_chunk(r, r->items + rank * CHUNK, rows_of(r, rank), err);
    if (!code && r->ranks) code = exchange(r, err);
    for (size_t k = 0; k < size && rank == 0 && !code; k++)
        code = write_chunk(r, r->given ? (chunk *)(void *)(r->given + k * r->chunk_bytes) : r->own,
                           r->items + k * CHUNK, rows_of(r, k), err);
    for (size_t i = 0; i < r->n; i++) free_item(&r->items[i]);
    r->n = 0;
    return code;
}

static int read_rows(run *r, molglot_error *err) {
    mg_row row;
    int more = 0, code = MOLGLOT_OK;
    while (!code && !cli_interrupted && (more = cli_reader_next(&r->reader, &row, err)) > 0) {
        code = take_row(r, &row, err);
        if (!code && r->n == (size_t)mg_ranks_size(r->ranks) * CHUNK) code = flush_items(r, err);
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
    return code;
}

static int make_room(run *r, molglot_error *err) {
    const size_t size = (size_t)mg_ranks_size(r->ranks);
    const bool gathers = r->ranks && !mg_ranks_rank(r->ranks);
    r->chunk_bytes = (sizeof(chunk) + CHUNK * r->width * sizeof(float) + 15) & ~(size_t)15;
    r->items = calloc(size * CHUNK, sizeof *r->items);
    r->own = calloc(1, r->chunk_bytes);
    if (gathers) r->given = malloc(size * r->chunk_bytes);
    return r->items && r->own && (!gathers || r->given) ? MOLGLOT_OK
                                                        : mg_no_memory(err, "the output");
}

static int embed(run *r, const char *format, molglot_error *err) {
    const embed_options *o = r->o;
    int code = cli_engine_open(&r->engine, &o->common, 0, err);
    if (code) return code;
    r->dim = (size_t)mg_embedder_dim(r->engine.embedder);
    r->vectors = malloc(CHUNK * r->dim * sizeof(float));
    if (!r->vectors) return mg_no_memory(err, "the output");
    code = find_basis(r, err);
    if (!code) code = make_room(r, err);
    if (!code) code = cli_reader_open(&r->reader, &o->input, err);
    const bool writes = !mg_ranks_rank(r->ranks);
    if (!code && writes)
        code = cli_vectors_open(&r->out, &kind, format, o->output, -1, r->width, &r->reader.columns,
                                err);
    if (!code) code = read_rows(r, err);
    return code || !writes ? code : cli_vectors_close(&r->out, err);
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
    r->rejects.all = cli_rejects_of(&o.input).all;
    mg_ranks *ranks;
    cli_catch_interrupt();
    code = cli_ranks_begin(&ranks, o.mpi, &o.common, &err);
    r->ranks = ranks;
    if (!code) code = embed(r, format, &err);
    if (!r->out.rows) r->rejects.file = cli_rejects_of(&o.input).file;
    int64_t ended = code ? 0 : cli_rejects_end(&o.common, &r->rejects, r->out.rows);
    if (!code && cli_interrupted) ended = MOLGLOT_INTERRUPTED;
    if (!code) code = mg_ranks_share(ranks, &ended, &err);
    for (size_t i = 0; i < r->n; i++) free_item(&r->items[i]);
    cli_reader_close(&r->reader);
    cli_vectors_free(&r->out);
    free(r->items);
    free(r->own);
    free(r->given);
    free(r->vectors);
    cli_engine_close(&r->engine);
    free(r);
    if (code && !err.code) err.code = code;
    return cli_ranks_end(ranks, (int)ended, &err);
}
