/* latent.c - `molglot encode`, `molglot decode`, `molglot interpolate`: the writer's latent space,
 * there and back.
 *
 *   encode       molecules -> latents [n, size], as rows or NPY; decoded again, to say which
 *                molecules the latents do not hold
 *   decode       latents -> the likeliest molecule of each
 *   interpolate  molecules A and B -> n latents on the way from A to B -> molecules
 */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST 1e6f /* a number of a latent is about 1 */

enum { OPT_GENERATOR = CLI_OWN, OPT_STRENGTH, OPT_STEPS, OPT_NO_CHECK };

typedef struct latent_options {
    cli_common common;
    cli_input input;
    const char *generator, *format, *output;
    int n;
    mg_refine_options refine;
    bool refines;  /* strength was not 0 */
    bool no_check; /* encode: latents are not decoded again */
} latent_options;

#define GENERATOR_OPTION                                                                        \
    {                                                                                           \
        "generator", OPT_GENERATOR, "FILE", 0,                                                  \
            "Writer file or bundle with a latent space (default: $MOLGLOT_GENERATOR, then the " \
            "model file)",                                                                      \
            2                                                                                   \
    }
#define OUTPUT_OPTION \
    { "output", 'o', "FILE", 0, "Write here instead of stdout", 3 }
#define SHEET_OPTION \
    { "format", 'f', "F", 0, CLI_FORMAT_HELP, 3 }

static error_t parse_shared(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case OPT_GENERATOR: o->generator = arg; return 0;
    case OPT_NO_CHECK: o->no_check = true; return 0;
    case 'f': o->format = arg; return 0;
    case 'o': o->output = arg; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int open_generator(cli_generator *g, const latent_options *o, molglot_error *err) {
    const cli_generator_options options = {.path = o->generator, .part = MG_PART_LATENT};
    return cli_generator_open(g, &o->common, &options, err);
}

/* ---- encode ---- */

static const struct argp_option encode_options[] = {
    {"no-check", OPT_NO_CHECK, NULL, 0,
     "Do not decode the latents again: faster, and the column round_trip stays empty", 1},
    GENERATOR_OPTION,
    {"format", 'f', "F", 0, CLI_FORMATS ", npy (default: by the extension of -o, else csv)", 3},
    OUTPUT_OPTION,
    {0}};

/* Children: molecules, then the common options. */
static error_t parse_molecules(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END: cli_input_check(&o->input, state); return 0;
    default: return parse_shared(key, arg, state);
    }
}

enum { NOT_CHECKED, COMES_BACK, CHANGES };

/* back [n]: whether a row's latents give its molecule again. */
static int write_latents(const latent_options *o, const mg_rows *rows, const float *z, size_t size,
                         const char *back, const char *format, molglot_error *err) {
    static const char *const answers[] = {"", "true", "false"};
    static const cli_column columns[] = {{.name = "row", .kind = 'n', .width = 6},
                                         {.name = "id", .kind = 't', .width = 25, .clip = 22},
                                         {.name = "smiles", .kind = 't', .width = 60, .clip = 57},
                                         {.name = "round_trip", .kind = 'b', .width = 10},
                                         {.name = "status", .kind = 't', .width = 8},
                                         {.name = "error", .kind = 't', .width = 60}};
    static const cli_sheet_kind kind = {.columns = columns,
                                        .n_columns = MG_COUNT(columns),
                                        .vector_prefix = "z",
                                        .vector_name = "latents",
                                        .vector_digits = 9};
    cli_vectors v = {0};
    cli_columns extra;
    int code = cli_columns_of_rows(&extra, &o->input, rows, err);
    if (!code)
        code = cli_vectors_open(&v, &kind, format, o->output, (int64_t)rows->n, size, &extra, err);
    for (size_t i = 0; i < rows->n && !code; i++) {
        const bool ok = rows->status[i].ok;
        char number[24];
        snprintf(number, sizeof number, "%lld",
                 (long long)cli_row_number(&o->input, (int64_t)i + 1));
        const char *const cells[] = {number,
                                     rows->id[i],
                                     rows->smiles[i],
                                     answers[(int)back[i]],
                                     ok ? "ok" : "rejected",
                                     rows->status[i].reason};
        code = cli_vectors_add(&v,
                               &(cli_sheet_row){.cells = cells,
                                                .smiles = rows->smiles[i],
                                                .name = rows->id[i],
                                                .valid = ok,
                                                .legend = rows->id[i],
                                                .text = "",
                                                .vector = ok ? z + i * size : NULL,
                                                .extra = cli_columns_at(&extra, rows, i)},
                               err);
    }
    if (!code) code = cli_vectors_close(&v, err);
    cli_vectors_free(&v);
    cli_columns_free(&extra);
    return code;
}

/* Whether two SMILES are one molecule: the second is canonical. */
static bool same_molecule(const char *smiles, const char *canonical) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    char *own = m ? mg_mol_smiles(m, true) : NULL;
    const bool same = own && !strcmp(own, canonical);
    free(own);
    mg_mol_free(m);
    return same;
}

/* back [n], allocated here: decodes all latents, and says which molecules they do not hold. */
static int check_latents(const latent_options *o, cli_generator *g, const mg_rows *rows,
                         const float *z, char **back, molglot_error *err) {
    enum { PIECE = 512, SHOWN = 5 };
    const size_t size = mg_latents_size(g->g);
    mg_candidate *m = calloc(PIECE, sizeof *m);
    *back = calloc(rows->n + 1, 1);
    int code = m && *back ? MOLGLOT_OK : mg_no_memory(err, "%zu molecules", rows->n);
    size_t changed = 0;
    for (size_t at = 0; at < rows->n && !code && !o->no_check; at += PIECE) {
        const size_t n = rows->n - at < PIECE ? rows->n - at : PIECE;
        code = mg_latents_candidates(g->g, z + at * size, n, m, err);
        for (size_t i = 0; i < n && !code; i++) {
            if (!rows->status[at + i].ok) continue;
            const char *smiles = rows->smiles[at + i], *written = m[i].shown.smiles;
            const bool same = m[i].shown.valid && same_molecule(smiles, written);
            (*back)[at + i] = same ? COMES_BACK : CHANGES;
            if (!same && changed++ < SHOWN)
                cli_say(&o->common, "row %lld: the latents hold %s, not %s",
                        (long long)cli_row_number(&o->input, (int64_t)(at + i) + 1),
                        *written ? written : "no molecule", smiles);
        }
        if (!code) mg_candidates_free(m, n);
    }
    free(m);
    if (!code && changed)
        cli_say(&o->common, "%zu of %zu molecules change when they are decoded (round_trip false)",
                changed, rows->n);
    return code;
}

/* Latents of the rows, z [n, size], allocated here. A row that could not be read keeps its
 * status. */
static int encode_rows(cli_generator *g, mg_rows *rows, float **z, molglot_error *err) {
    const size_t size = mg_latents_size(g->g);
    molglot_row_status *status = calloc(rows->n + 1, sizeof *status);
    const char **smiles = calloc(rows->n + 1, sizeof *smiles);
    *z = calloc(rows->n * size + 1, sizeof **z);
    int code = status && smiles && *z ? MOLGLOT_OK : mg_no_memory(err, "%zu latents", rows->n);
    for (size_t i = 0; i < rows->n && !code; i++)
        smiles[i] = rows->status[i].ok ? rows->smiles[i] : "";
    if (!code) code = mg_latents_encode(g->g, smiles, rows->n, *z, status, err);
    for (size_t i = 0; i < rows->n && !code; i++)
        if (rows->status[i].ok) rows->status[i] = status[i];
    for (size_t i = 0; i < rows->n * size && !code; i++)
        if (!isfinite((*z)[i])) {
            if (rows->status[i / size].ok)
                mg_row_refuse(&rows->status[i / size], -1, "number %zu of the latents is none",
                              i % size + 1);
            (*z)[i] = 0;
        }
    free(smiles);
    free(status);
    return code;
}

int cmd_encode(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_molecules_argp, 0, "Input:", 5}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        encode_options,
        parse_molecules,
        "[SMILES...]",
        "Latent vectors of molecules: K tokens of numbers, one after another in a row.\v"
        "Example:\n"
        "  molglot encode 'CC(=O)Oc1ccccc1C(=O)O' -o aspirin.csv\n"
        "  molglot encode -i examples/library.tsv -o library.npy\n\n"
        "Every molecule has an output row, in order: a rejected one is zeros in NPY and has its "
        "reason in the other formats. round_trip says whether the latents hold the molecule: "
        "`molglot decode` gives it again.",
        children,
        NULL,
        NULL};
    latent_options o = {.input = cli_input_default("SMILES", CLI_MOLECULES)};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "csv");
    molglot_error err = {0};
    cli_generator g = {0};
    cli_rejects rejects = cli_rejects_of(&o.input);
    mg_rows rows = {0};
    float *z = NULL;
    char *back = NULL;
    code = cli_vectors_check(format, &err);
    if (!code) code = open_generator(&g, &o, &err);
    if (!code) code = cli_input_load(&o.input, &rows, &err);
    if (!code) code = encode_rows(&g, &rows, &z, &err);
    if (!code) code = check_latents(&o, &g, &rows, z, &back, &err);
    if (!code) code = write_latents(&o, &rows, z, mg_latents_size(g.g), back, format, &err);
    for (size_t i = 0; i < rows.n && !code; i++)
        if (!rows.status[i].ok)
            cli_reject(&o.common, &rejects, cli_input_name(&o.input),
                       cli_row_number(&o.input, (int64_t)i + 1), rows.id[i], &rows.status[i]);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, (int64_t)rows.n);
    else
        cli_fail(&err);
    mg_rows_free(&rows);
    free(back);
    free(z);
    cli_generator_close(&g);
    return code;
}

/* ---- latents out of files ---- */

typedef struct latents {
    const cli_input *input;
    const char *name; /* of the file, for messages */
    size_t n, size;
    float *z;                   /* [n, size] */
    molglot_row_status *status; /* [n]: a row without numbers was rejected when it was encoded */
    mg_rows rows;               /* of a table: ids and further columns */
} latents;

/* The number of row i in the whole file. */
static long long number_of(const latents *l, size_t i) {
    return (long long)cli_row_number(l->input, (int64_t)i + 1);
}

static int room_for(latents *l, size_t n, molglot_error *err) {
    l->z = calloc(n * l->size + 1, sizeof *l->z);
    l->status = calloc(n + 1, sizeof *l->status);
    return l->z && l->status ? MOLGLOT_OK : mg_no_memory(err, "%s", l->name);
}

/* Columns z0, z1, ... of row i. */
static void read_numbers(latents *l, size_t i, size_t first) {
    float *z = l->z + i * l->size;
    char *const *cells = l->rows.cells + i * (size_t)l->rows.n_columns + first;
    molglot_row_status *status = &l->status[i];
    size_t empty = 0, wrong = l->size;
    for (size_t k = 0; k < l->size; k++) {
        char *end;
        z[k] = strtof(cells[k], &end);
        empty += !*cells[k];
        if (*cells[k] && (*end || !(fabsf(z[k]) <= MOST)) && wrong == l->size) wrong = k;
    }
    *status = l->rows.status[i];
    if (!status->ok)
        mg_row_refuse(status, -1, "no vector: %s", l->rows.status[i].reason);
    else if (empty == l->size)
        mg_row_refuse(status, -1, "no vector: the numbers of row %lld are missing",
                      number_of(l, i));
    else if (empty)
        mg_row_refuse(status, -1, "%zu of %zu numbers are missing", empty, l->size);
    else if (wrong < l->size)
        mg_row_refuse(status, -1, "column z%zu: '%.20s' is no number of a latent", wrong,
                      cells[wrong]);
    if (!status->ok) memset(z, 0, l->size * sizeof *z);
}

static int read_csv(latents *l, const mg_str *bytes, molglot_error *err) {
    const char *start = bytes->s ? bytes->s : "";
    if (*start == '{' || *start == '[')
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: JSON is not read here: let `molglot encode` write CSV, TSV or NPY",
                       l->name);
    const mg_table_options *shard = &l->input->table.options;
    mg_table *t = mg_table_memory(
        start, bytes->n,
        &(mg_table_options){
            .format = "csv", .header = 1, .shard = shard->shard, .shards = shard->shards},
        err);
    if (!t) return err->code;
    int code = mg_rows_read(&l->rows, t, true, err);
    mg_table_close(t);
    if (code) return code;
    const int columns = l->rows.n_columns;
    int first = 0;
    while (first < columns && strcmp(l->rows.names[first], "z0")) first++;
    if ((size_t)(columns - first) != l->size)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: %d columns from z0 on, the writer's latents have %zu numbers", l->name,
                       columns - first, l->size);
    l->n = l->rows.n;
    code = room_for(l, l->n, err);
    for (size_t i = 0; i < l->n && !code; i++) read_numbers(l, i, (size_t)first);
    return code;
}

/* NPY has no reasons: zeros are what a rejected row is there. */
static void check_numbers(latents *l, size_t i) {
    float *z = l->z + i * l->size;
    bool zero = true, finite = true;
    for (size_t k = 0; k < l->size; k++) {
        zero &= z[k] == 0;
        finite &= fabsf(z[k]) <= MOST; /* false of NaN, too */
    }
    mg_row_accept(&l->status[i]);
    if (zero)
        mg_row_refuse(&l->status[i], -1,
                      "no vector: row %lld is zeros, as a row is that was rejected before",
                      number_of(l, i));
    else if (!finite)
        mg_row_refuse(&l->status[i], -1, "a number is not finite, or beyond a million");
    if (!finite) memset(z, 0, l->size * sizeof *z);
}

/* What `molglot encode` and numpy.save write. */
static int read_npy(latents *l, const mg_str *bytes, molglot_error *err) {
    int64_t rows = 0, columns = 0;
    const size_t start = mg_npy_numbers(bytes->s, bytes->n, &rows, &columns);
    if (start == 0 || (size_t)columns != l->size)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: not an NPY file of float32 rows of %zu numbers",
                       l->name, l->size);
    int code = room_for(l, (size_t)rows, err);
    const size_t row = l->size * sizeof *l->z;
    for (; !code && number_of(l, l->n) <= rows; l->n++) {
        memcpy(l->z + l->n * l->size, bytes->s + start + (size_t)(number_of(l, l->n) - 1) * row,
               row);
        check_numbers(l, l->n);
    }
    if (code) return code;
    return MOLGLOT_OK;
}

/* A whole file or standard input, unpacked: NPY by its magic, else a table. */
static int read_latents(latents *l, const char *path, molglot_error *err) {
    static const char magic[] = "\x93NUMPY";
    enum { PIECE = 1 << 16 };
    mg_stream *stream = mg_stream_open(path, err);
    if (!stream) return err->code;
    mg_str bytes = {0};
    char *piece = malloc(PIECE);
    size_t got = 1;
    int code = piece ? MOLGLOT_OK : mg_no_memory(err, "%s", path);
    while (!code && got) {
        code = mg_stream_read(stream, piece, PIECE, &got, err);
        if (!code) mg_str_add(&bytes, piece, got);
        if (!code && bytes.failed) code = mg_no_memory(err, "%s", path);
    }
    free(piece);
    mg_stream_close(stream);
    if (!code)
        code = bytes.n >= sizeof magic - 1 && !memcmp(bytes.s, magic, sizeof magic - 1)
                   ? read_npy(l, &bytes, err)
                   : read_csv(l, &bytes, err);
    mg_str_free(&bytes);
    return code;
}

/* ---- sheets of decoded molecules ---- */

#define FOOTER "Made by Molglot " MOLGLOT_VERSION ". Nobody has made or tested these molecules."

typedef struct molecule_sheet {
    cli_sheet sheet;
    cli_out out;
    bool open;
} molecule_sheet;

static int begin(molecule_sheet *s, const latent_options *o, const cli_sheet_kind *kind,
                 const char *title, const cli_columns *extra, molglot_error *err) {
    const cli_sheet_head head = {.format = cli_format(o->format, o->output, "table"),
                                 .title = title,
                                 .footer = FOOTER,
                                 .extra = extra->names,
                                 .n_extra = extra->n};
    *s = (molecule_sheet){0};
    int code = cli_sheet_begin(&s->sheet, kind, &head, err);
    if (!code) code = cli_out_open(&s->out, o->output, err);
    s->open = !code;
    if (!code) cli_sheet_section(&s->sheet, &(cli_section){.heading = title, .note = ""});
    return code;
}

static int end(molecule_sheet *s, int code, molglot_error *err) {
    if (!code) code = cli_sheet_end(&s->sheet, &s->out, err);
    if (!code) code = cli_out_close(&s->out, err);
    if (code && s->open) cli_out_abort(&s->out);
    cli_sheet_free(&s->sheet);
    return code;
}

/* ---- decode ---- */

enum { ROW, ID, NLL, VALID, IN_TRAINING, CONTROL_LIST, SMILES, STOP, STATUS, ERROR, COLUMNS };
static const cli_column columns[] = {
    {.name = "row", .kind = 'n', .width = 6},
    {.name = "id", .kind = 't', .width = 25, .clip = 22},
    {.name = "nll", .kind = 'n', .width = 8, .on_card = true},
    {.name = "valid", .kind = 'b', .width = 5},
    {.name = "in_training", .kind = 'b', .width = 11, .on_card = true},
    {.name = "control_list", .kind = 't', .on_card = true},
    {.name = "smiles", .kind = 't', .width = 96},
    {.name = "stop", .kind = 't'},
    {.name = "status", .kind = 't'},
    {.name = "error", .kind = 't'}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_sheet_kind kind = {.columns = columns, .n_columns = COLUMNS};

/* m: what row i gives; not looked at where the row was rejected. */
static void add_decoded(cli_sheet *s, const latents *l, size_t i, const mg_candidate *m,
                        cli_columns *extra) {
    static const cli_molecule_columns at = {NLL,  VALID,  IN_TRAINING, SMILES,
                                            STOP, STATUS, ERROR,       CONTROL_LIST};
    const bool ok = l->status[i].ok;
    const char *id = l->rows.id ? l->rows.id[i] : "";
    cli_cells c;
    cli_cells_clear(&c);
    if (ok) cli_cells_molecule(&c, &at, &m->shown);
    cli_cells_put(&c, ROW, "%.0f", (double)number_of(l, i));
    c.at[ID] = id;
    if (!ok) {
        c.at[VALID] = "false";
        c.at[STATUS] = "rejected";
        c.at[ERROR] = l->status[i].reason;
    }
    const char *name = *id ? id : c.at[ROW];
    cli_sheet_add(s, &(cli_sheet_row){.cells = c.at,
                                      .smiles = ok ? m->shown.smiles : "",
                                      .mol = ok ? m->mol : NULL,
                                      .name = name,
                                      .valid = ok && m->shown.valid,
                                      .legend = name,
                                      .text = ok ? "" : l->status[i].reason,
                                      .extra = cli_columns_at(extra, &l->rows, i)});
}

/* Decodes the rows that are not rejected and writes all. */
static int show_decoded(const latent_options *o, cli_generator *g, const latents *l,
                        molglot_error *err) {
    enum { PIECE = 512 };
    mg_candidate *m = calloc(PIECE, sizeof *m);
    cli_columns extra = {0};
    molecule_sheet s = {0};
    size_t invalid = 0, decoded = 0;
    int code = m ? cli_columns_of_rows(&extra, &o->input, &l->rows, err)
                 : mg_no_memory(err, "the output");
    if (!code) code = begin(&s, o, &kind, "Decoded latents", &extra, err);
    for (size_t at = 0; at < l->n && !code; at += PIECE) {
        const size_t n = l->n - at < PIECE ? l->n - at : PIECE;
        code = mg_latents_candidates(g->g, l->z + at * l->size, n, m, err);
        for (size_t i = 0; i < n && !code; i++) {
            add_decoded(&s.sheet, l, at + i, &m[i], &extra);
            decoded += l->status[at + i].ok != 0;
            invalid += l->status[at + i].ok && !m[i].shown.valid;
        }
        if (!code) mg_candidates_free(m, n);
        if (!code) code = cli_sheet_flush(&s.sheet, &s.out, err);
    }
    code = end(&s, code, err);
    if (!code) cli_say(&o->common, "%zu decoded: %zu refused by RDKit", decoded, invalid);
    cli_columns_free(&extra);
    free(m);
    return code;
}

static const struct argp_option decode_options[] = {
    {"input", 'i', "FILE", 0, "The same as FILE", 0},
    {"drop-extra-columns", CLI_DROP_COLUMNS, NULL, 0, "Leave out the table's other columns", 0},
    {"resume", CLI_RESUME, NULL, 0, "Nothing to do where the file of -o is there", 0},
    {"shard", CLI_SHARD, "I/N", 0, "Only every Nth row of FILE from the Ith on", 0},
    GENERATOR_OPTION,
    SHEET_OPTION,
    OUTPUT_OPTION,
    {0}};

static error_t parse_decode(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case CLI_DROP_COLUMNS: o->input.table.drop = true; return 0;
    case CLI_RESUME: cli_resume = true; return 0;
    case CLI_SHARD:
        cli_parse_shard(state, arg, &o->input.table.options.shard, &o->input.table.options.shards);
        return 0;
    case 'i':
    case ARGP_KEY_ARG:
        if (o->input.file) argp_error(state, "one FILE of latents");
        o->input.file = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->input.file)
            argp_error(state, "FILE is missing: latents, .npy or as `molglot encode` writes them "
                              "('-' reads standard input)");
        return 0;
    default: return parse_shared(key, arg, state);
    }
}

int cmd_decode(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        decode_options,
        parse_decode,
        "FILE",
        "The likeliest molecule of each row of latents, as `molglot encode` writes them.\v"
        "Example:\n"
        "  molglot encode 'CC(=O)Oc1ccccc1C(=O)O' -o aspirin.csv\n"
        "  molglot decode aspirin.csv\n\n"
        "Ids and columns of the table are kept, and a row that was rejected stays rejected.",
        children,
        NULL,
        NULL};
    latent_options o = {.input = cli_input_default("FILE", CLI_VECTORS)};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    cli_generator g = {0};
    cli_rejects rejects = {0};
    latents l = {.input = &o.input, .name = cli_input_name(&o.input)};
    code = open_generator(&g, &o, &err);
    if (!code) l.size = mg_latents_size(g.g);
    if (!code) code = read_latents(&l, o.input.file, &err);
    if (!code) code = show_decoded(&o, &g, &l, &err);
    for (size_t i = 0; i < l.n && !code; i++)
        if (!l.status[i].ok)
            cli_reject(&o.common, &rejects, l.name, number_of(&l, i), l.rows.id ? l.rows.id[i] : "",
                       &l.status[i]);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, (int64_t)l.n);
    else
        cli_fail(&err);
    mg_rows_free(&l.rows);
    free(l.z);
    free(l.status);
    cli_generator_close(&g);
    return code;
}

/* ---- interpolate ---- */

static const struct argp_option interpolate_options[] = {
    {"number", 'n', "N", 0, "Points, both ends included (default 9)", 0},
    {"strength", OPT_STRENGTH, "S", 0,
     "Where the model has a flow: how far it moves the points between A and B to where molecules "
     "are, 0 (not at all) to 1 (default 0.5)",
     1},
    {"steps", OPT_STEPS, "N", 0, "Steps of the flow (default 10)", 1},
    {"seed", 'S', "N", 0, "Seed of the flow's noise (default 0)", 1},
    GENERATOR_OPTION,
    SHEET_OPTION,
    OUTPUT_OPTION,
    {0}};

static error_t parse_interpolate(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case 'n': o->n = (int)cli_number(state, arg, "--number", 2, 10000); return 0;
    case OPT_STRENGTH:
        o->refines = (o->refine.strength = cli_real(state, arg, "--strength", 0, 1)) > 0;
        return 0;
    case OPT_STEPS: o->refine.steps = (int)cli_number(state, arg, "--steps", 1, 1000); return 0;
    case 'S': o->refine.seed = (uint64_t)cli_number(state, arg, "--seed", 0, 1000000000L); return 0;
    case ARGP_KEY_END:
        if (o->input.table.options.shards)
            argp_error(state, "--shard is for many rows: a way has two molecules");
        if (o->refines) cli_manifest_seed("seed", o->refine.seed);
        return parse_molecules(key, arg, state);
    default: return parse_molecules(key, arg, state);
    }
}

/* The molecules A and B of an interpolation. */
typedef struct ends {
    const char *smiles[2], *id[2];
    uint8_t bits[2][MG_CANDIDATE_BITS / 8]; /* fingerprints */
} ends;

enum {
    STEP,
    T,
    POINTS,
    TO_A,
    TO_B,
    W_NLL,
    W_VALID,
    W_IN_TRAINING,
    ODD,
    W_ID,
    W_CONTROL_LIST,
    W_SMILES,
    W_STOP,
    W_STATUS,
    W_ERROR,
    WAY_COLUMNS
};
static const cli_column way_columns[] = {
    {.name = "number", .kind = 'n', .width = 6},
    {.name = "t", .kind = 'n', .width = 6, .on_card = true},
    {.name = "points", .kind = 'n', .width = 6, .on_card = true},
    {.name = "tanimoto_a", .kind = 'n', .width = 10, .on_card = true},
    {.name = "tanimoto_b", .kind = 'n', .width = 10, .on_card = true},
    {.name = "nll", .kind = 'n', .width = 8, .on_card = true},
    {.name = "valid", .kind = 'b', .width = 5},
    {.name = "in_training", .kind = 'b', .width = 11, .on_card = true},
    {.name = "odd", .kind = 't', .width = 18},
    {.name = "id", .kind = 't'},
    {.name = "control_list", .kind = 't', .on_card = true},
    {.name = "smiles", .kind = 't', .width = 80},
    {.name = "stop", .kind = 't'},
    {.name = "status", .kind = 't'},
    {.name = "error", .kind = 't'}};
_Static_assert(MG_COUNT(way_columns) == WAY_COLUMNS && (int)WAY_COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_sheet_kind way_kind = {.columns = way_columns, .n_columns = WAY_COLUMNS};

/* What is wrong with the molecule of point i of n, or "". Where no molecule is near, the decoder
 * still writes one, but likes no letter of it: molecules have an nll of a few tenths, what stands
 * between them one of dozens. */
static const char *oddity(const mg_candidate *m, const ends *e, size_t i, size_t n) {
    enum { UNSURE = 5 };
    const int which = i == 0 ? 0 : i + 1 == n ? 1 : -1;
    if (which >= 0 && !same_molecule(e->smiles[which], m->shown.smiles))
        return which ? "not the given B" : "not the given A";
    return m->shown.nll > UNSURE ? "no molecule near" : "";
}

/* Points [from, to) of n, which all are one molecule. */
static void add_points(cli_sheet *s, mg_candidate *m, const ends *e, size_t from, size_t to,
                       size_t n) {
    static const cli_molecule_columns at = {W_NLL,  W_VALID,  W_IN_TRAINING, W_SMILES,
                                            W_STOP, W_STATUS, W_ERROR,       W_CONTROL_LIST};
    const mg_generated *shown = &m->shown;
    const bool last = to == n && from > 0;
    const double t = n > 1 ? (double)(last ? n - 1 : from) / (double)(n - 1) : 0;
    const char *odd = oddity(m, e, last ? n - 1 : from, n), *id = from == 0 ? e->id[0]
                                                                  : last    ? e->id[1]
                                                                            : "";
    cli_cells c;
    char legend[96];
    cli_cells_clear(&c);
    cli_cells_molecule(&c, &at, shown);
    cli_cells_put(&c, STEP, "%.0f", (double)from + 1);
    cli_cells_put(&c, T, "%.4g", t);
    cli_cells_put(&c, POINTS, "%.0f", (double)(to - from));
    c.at[ODD] = odd;
    c.at[W_ID] = id;
    snprintf(legend, sizeof legend, "t = %s%s%.60s", c.at[T], *id ? "  " : "", id);
    if (shown->valid && !mg_candidate_fingerprint(m, NULL)) {
        const uint8_t *bits = m->fingerprint;
        cli_cells_put(&c, TO_A, "%.3f", mg_tanimoto(bits, e->bits[0], MG_CANDIDATE_BITS));
        cli_cells_put(&c, TO_B, "%.3f", mg_tanimoto(bits, e->bits[1], MG_CANDIDATE_BITS));
    }
    cli_sheet_add(s, &(cli_sheet_row){.cells = c.at,
                                      .smiles = *odd ? "" : shown->smiles,
                                      .mol = *odd ? NULL : m->mol,
                                      .name = legend,
                                      .valid = shown->valid && !*odd,
                                      .legend = legend,
                                      .text = odd});
}

/* Equal neighbours are one row. */
static int show_way(const latent_options *o, cli_generator *g, const float *z, const ends *e,
                    molglot_error *err) {
    const size_t n = (size_t)o->n;
    mg_candidate *m = calloc(n + 1, sizeof *m);
    if (!m) return mg_no_memory(err, "%zu molecules", n);
    molecule_sheet s = {0};
    size_t rows = 0, odd = 0;
    int code = mg_latents_candidates(g->g, z, n, m, err);
    if (!code) code = begin(&s, o, &way_kind, "From A to B", &(cli_columns){0}, err);
    for (size_t i = 0, j; i < n && !code; i = j, rows++) {
        for (j = i + 1; j < n && !strcmp(m[i].shown.smiles, m[j].shown.smiles); j++) {}
        add_points(&s.sheet, &m[i], e, i, j, n);
        odd += *oddity(&m[i], e, i, n) != 0;
    }
    code = end(&s, code, err);
    if (!code)
        cli_say(&o->common,
                "%zu points: %zu molecules that differ from their neighbours, %zu odd "
                "(marked, and not drawn)",
                n, rows, odd);
    mg_candidates_free(m, n);
    free(m);
    return code;
}

/* Latents of the two molecules, and n on the way between them. */
static int interpolate(const latent_options *o, cli_generator *g, mg_rows *rows,
                       molglot_error *err) {
    const size_t size = mg_latents_size(g->g), n = (size_t)o->n;
    float *z = NULL;
    ends between = {0};
    if (rows->n != 2)
        return mg_fail(err, MOLGLOT_USAGE, "two molecules are needed, A and B; %s: %zu",
                       cli_input_name(&o->input), rows->n);
    int code = encode_rows(g, rows, &z, err);
    for (int i = 0; i < 2 && !code; i++) {
        between.smiles[i] = rows->smiles[i];
        between.id[i] = rows->id[i];
        if (!rows->status[i].ok || !cli_fingerprint(rows->smiles[i], between.bits[i]))
            code = mg_fail(err, MOLGLOT_USAGE, "molecule %c cannot be read: %s", 'A' + i,
                           rows->status[i].reason);
    }
    float *way = calloc(n * size + 1, sizeof *way);
    if (!code && !way) code = mg_no_memory(err, "%zu latents", n);
    if (!code) mg_latents_between(g->g, z, z + size, o->n, way);
    if (!code && o->refines && g->file->flow && n > 2)
        code = mg_latents_refine(g->g, &o->refine, n - 2, way + size, err);
    if (!code) code = show_way(o, g, way, &between, err);
    free(way);
    free(z);
    return code;
}

int cmd_interpolate(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_molecules_argp, 0, "Input:", 5}, {&cli_compute_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        interpolate_options,
        parse_interpolate,
        "[A B]",
        "Molecules on the way from molecule A to molecule B through the latent space, with their "
        "similarity to both. On a straight way lie points where no molecule is; a model with a "
        "flow moves them back to molecules (--strength). Neighbours that are one molecule are one "
        "row (points says how many), and a molecule of which the decoder is unsure is odd.\v"
        "Example:\n"
        "  molglot interpolate 'CCO' 'c1ccccc1O' -n 9 -o way.svg",
        children,
        NULL,
        NULL};
    latent_options o = {.input = cli_input_default("SMILES", CLI_MOLECULES),
                        .n = 9,
                        .refine = {.strength = 0.5f, .steps = 10},
                        .refines = true};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    cli_generator g = {0};
    mg_rows rows = {0};
    code = cli_input_load(&o.input, &rows, &err);
    if (!code) code = open_generator(&g, &o, &err);
    if (!code) code = interpolate(&o, &g, &rows, &err);
    if (code) cli_fail(&err);
    mg_rows_free(&rows);
    cli_generator_close(&g);
    return code;
}
