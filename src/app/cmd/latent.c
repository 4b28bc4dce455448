/* latent.c - `molglot encode`, `molglot decode`, `molglot interpolate`: the writer's latent space,
 * there and back.
 *
 *   encode       molecules -> latents [n, size], as rows or NPY
 *   decode       latents -> the likeliest molecule of each
 *   interpolate  molecules A and B -> n latents on the way from A to B -> molecules
 */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_GENERATOR = CLI_OWN, OPT_STRENGTH, OPT_STEPS };

typedef struct latent_options {
    cli_common common;
    cli_input input;
    const char *generator, *format, *output;
    int n;
    mg_refine_options refine;
    bool refines; /* strength was not 0 */
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

static int write_latents(const latent_options *o, const mg_rows *rows, const float *z, size_t size,
                         const char *format, molglot_error *err) {
    static const cli_column columns[] = {{.name = "id", .kind = 't', .width = 25, .clip = 22},
                                         {.name = "smiles", .kind = 't', .width = 60, .clip = 57},
                                         {.name = "status", .kind = 't', .width = 8},
                                         {.name = "error", .kind = 't', .width = 60}};
    static const cli_sheet_kind kind = {.columns = columns,
                                        .n_columns = MG_COUNT(columns),
                                        .vector_prefix = "z",
                                        .vector_name = "latents",
                                        .vector_digits = 9};
    cli_vectors v = {0};
    int code = cli_vectors_open(&v, &kind, format, o->output, (int64_t)rows->n, size, err);
    for (size_t i = 0; i < rows->n && !code; i++) {
        const bool ok = rows->status[i].ok;
        const char *const cells[] = {rows->id[i], rows->smiles[i], ok ? "ok" : "rejected",
                                     rows->status[i].reason};
        code = cli_vectors_add(&v,
                               &(cli_sheet_row){.cells = cells,
                                                .smiles = rows->smiles[i],
                                                .name = rows->id[i],
                                                .valid = ok,
                                                .legend = rows->id[i],
                                                .text = "",
                                                .vector = ok ? z + i * size : NULL},
                               err);
    }
    if (!code) code = cli_vectors_close(&v, err);
    cli_vectors_free(&v);
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
        "Example:\n  molglot encode 'CC(=O)Oc1ccccc1C(=O)O' -o aspirin.csv\n  molglot encode -i "
        "library.smi -o library.npy\n\n"
        "Every molecule has an output row, in order: a rejected one is zeros in NPY and has its "
        "reason in the other formats.",
        children,
        NULL,
        NULL};
    latent_options o = {.input = cli_input_default("SMILES", CLI_MOLECULES)};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "csv");
    molglot_error err = {0};
    cli_generator g = {0};
    cli_rejects rejects = {0};
    mg_rows rows = {0};
    float *z = NULL;
    code = cli_vectors_check(format, &err);
    if (!code) code = open_generator(&g, &o, &err);
    if (!code) code = cli_input_load(&o.input, &rows, &err);
    if (!code) code = encode_rows(&g, &rows, &z, &err);
    if (!code) code = write_latents(&o, &rows, z, mg_latents_size(g.g), format, &err);
    for (size_t i = 0; i < rows.n && !code; i++)
        if (!rows.status[i].ok)
            cli_reject(&o.common, &rejects, cli_input_name(&o.input), (int64_t)i + 1, rows.id[i],
                       &rows.status[i]);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, (int64_t)rows.n);
    else
        cli_fail(&err);
    mg_rows_free(&rows);
    free(z);
    cli_generator_close(&g);
    return code;
}

/* ---- latents out of files ---- */

typedef struct latents {
    const char *name; /* of the file, for messages */
    size_t n, size;
    float *z;                   /* [n, size] */
    molglot_row_status *status; /* [n]: a row without numbers was rejected when it was encoded */
} latents;

static int grow_latents(latents *l, size_t room, molglot_error *err) {
    float *z = realloc(l->z, room * l->size * sizeof *z);
    if (z) l->z = z;
    molglot_row_status *status = realloc(l->status, room * sizeof *status);
    if (status) l->status = status;
    return z && status ? MOLGLOT_OK : mg_no_memory(err, "%s", l->name);
}

/* Columns z0, z1, ... of a row; all empty: rejected. */
static int read_numbers(latents *l, const mg_row *row, int first, molglot_error *err) {
    float *z = l->z + l->n * l->size;
    size_t empty = 0;
    memset(z, 0, l->size * sizeof *z);
    for (size_t k = 0; k < l->size; k++) {
        const int column = first + (int)k;
        const char *field = column < row->n_fields ? row->fields[column] : "";
        char *end;
        empty += !*field;
        z[k] = strtof(field, &end);
        if (*field && (end == field || *end))
            return mg_fail(err, MOLGLOT_BAD_FILE, "%s: row %lld, column z%zu: '%.20s' is no number",
                           l->name, (long long)row->number, k, field);
    }
    if (empty && empty < l->size)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: row %lld: %zu of %zu numbers are missing",
                       l->name, (long long)row->number, empty, l->size);
    molglot_row_status *status = &l->status[l->n++];
    *status = row->status;
    if (!empty || !status->ok) return MOLGLOT_OK;
    *status = (molglot_row_status){.offset = -1};
    snprintf(status->reason, sizeof status->reason, "no latents");
    return MOLGLOT_OK;
}

static int read_csv(latents *l, const mg_str *bytes, molglot_error *err) {
    mg_table *t = mg_table_memory(bytes->s ? bytes->s : "", bytes->n,
                                  &(mg_table_options){.format = "csv", .header = 1}, err);
    if (!t) return err->code;
    const char *const *names;
    const int columns = mg_table_columns(t, &names);
    int first = 0, code = MOLGLOT_OK, more;
    while (first < columns && strcmp(names[first], "z0")) first++;
    if ((size_t)(columns - first) != l->size)
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: %d columns from z0 on, the writer's latents have %zu numbers", l->name,
                       columns - first, l->size);
    size_t room = 0;
    mg_row row;
    while (!code && (more = mg_table_next(t, &row, err)) != 0) {
        code = more < 0 ? err->code : MOLGLOT_OK;
        if (!code && l->n == room) code = grow_latents(l, room = 2 * room + 64, err);
        if (!code) code = read_numbers(l, &row, first, err);
    }
    mg_table_close(t);
    return code;
}

/* What `molglot encode` and numpy.save write. */
static int read_npy(latents *l, const mg_str *bytes, molglot_error *err) {
    int64_t rows = 0, columns = 0;
    const size_t start = mg_npy_numbers(bytes->s, bytes->n, &rows, &columns);
    if (start == 0 || (size_t)columns != l->size)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: not an NPY file of float32 rows of %zu numbers",
                       l->name, l->size);
    int code = grow_latents(l, (size_t)rows + 1, err);
    if (code) return code;
    l->n = (size_t)rows;
    memcpy(l->z, bytes->s + start, l->n * l->size * sizeof *l->z);
    for (size_t i = 0; i < l->n; i++) l->status[i] = (molglot_row_status){.ok = 1, .offset = -1};
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

enum { NUMBER, STEP, TO_A, TO_B, NLL, VALID, NOVEL, SMILES, STOP, STATUS, ERROR, COLUMNS };
static const cli_column columns[] = {{.name = "number", .kind = 'n', .width = 6},
                                     {.name = "t", .kind = 'n', .width = 6},
                                     {.name = "tanimoto_a", .kind = 'n', .width = 10},
                                     {.name = "tanimoto_b", .kind = 'n', .width = 10},
                                     {.name = "nll", .kind = 'n', .width = 8},
                                     {.name = "valid", .kind = 'b', .width = 5},
                                     {.name = "novel", .kind = 'b', .width = 5},
                                     {.name = "smiles", .kind = 't', .width = 96},
                                     {.name = "stop", .kind = 't'},
                                     {.name = "status", .kind = 't'},
                                     {.name = "error", .kind = 't'}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_sheet_kind kind = {.columns = columns, .n_columns = COLUMNS, .sliders = true};

/* The molecules A and B of an interpolation: between[n], the first is A. */
typedef struct ends {
    uint8_t bits[2][MG_CANDIDATE_BITS / 8]; /* fingerprints */
    size_t n;
} ends;

/* between: NULL for decoded rows, which stand for themselves. */
static void add_row(cli_sheet *s, const cli_generator *g, mg_candidate *candidate,
                    const ends *between) {
    static const cli_molecule_columns at = {NLL, VALID, NOVEL, SMILES, STOP, STATUS, ERROR};
    cli_cells c;
    char legend[64], name[32];
    const mg_generated *m = &candidate->shown;
    cli_cells_clear(&c);
    snprintf(name, sizeof name, "%d", m->index + 1);
    snprintf(legend, sizeof legend, "%s", name);
    c.at[NUMBER] = name;
    cli_cells_molecule(&c, &at, m, g->file->n_known > 0);
    if (between) {
        cli_cells_put(&c, STEP, "%.4g", between->n > 1 ? m->index / (double)(between->n - 1) : 0);
        snprintf(legend, sizeof legend, "t = %s", c.at[STEP]);
    }
    if (between && m->valid && !mg_candidate_fingerprint(candidate, NULL)) {
        const uint8_t *bits = candidate->fingerprint;
        cli_cells_put(&c, TO_A, "%.3f", mg_tanimoto(bits, between->bits[0], MG_CANDIDATE_BITS));
        cli_cells_put(&c, TO_B, "%.3f", mg_tanimoto(bits, between->bits[1], MG_CANDIDATE_BITS));
    }
    cli_sheet_add(s, &(cli_sheet_row){.cells = c.at,
                                      .smiles = m->smiles,
                                      .mol = candidate->mol,
                                      .name = legend,
                                      .valid = m->valid,
                                      .legend = legend,
                                      .text = "",
                                      .known = !m->novel});
}

static void add_rejected(cli_sheet *s, size_t number, const molglot_row_status *status) {
    char name[32];
    cli_cells c;
    cli_cells_clear(&c);
    snprintf(name, sizeof name, "%zu", number);
    c.at[NUMBER] = name;
    c.at[VALID] = "false";
    c.at[STATUS] = "rejected";
    c.at[ERROR] = status->reason;
    cli_sheet_add(
        s, &(cli_sheet_row){.cells = c.at, .smiles = "", .name = name, .text = status->reason});
}

/* Decodes the rows that are not rejected and writes all. */
static int show(const latent_options *o, cli_generator *g, const char *title, const latents *l,
                const ends *between, molglot_error *err) {
    mg_candidate *m = calloc(l->n + 1, sizeof *m);
    cli_sheet s = {0};
    cli_out out = {0};
    if (!m) return mg_no_memory(err, "%zu molecules", l->n);
    int code = mg_latents_candidates(g->g, l->z, l->n, m, err);
    if (!code)
        code = cli_sheet_begin(
            &s, &kind,
            &(cli_sheet_head){.format = cli_format(o->format, o->output, "table"),
                              .title = title,
                              .footer = "Made by Molglot " MOLGLOT_VERSION
                                        ". Nobody has made or tested these molecules."},
            err);
    if (!code) code = cli_out_open(&out, o->output, err);
    if (!code) {
        int invalid = 0, rejected = 0;
        cli_sheet_section(&s, &(cli_section){.heading = title, .note = ""});
        for (size_t i = 0; i < l->n; i++) {
            if (l->status && !l->status[i].ok) {
                add_rejected(&s, i + 1, &l->status[i]);
                rejected++;
                continue;
            }
            add_row(&s, g, &m[i], between);
            invalid += !m[i].shown.valid;
        }
        code = cli_sheet_end(&s, &out, err);
        if (!code) code = cli_out_close(&out, err);
        if (!code)
            cli_say(&o->common, "%zu decoded: %d refused by RDKit", l->n - (size_t)rejected,
                    invalid);
        else
            cli_out_abort(&out);
    }
    cli_sheet_free(&s);
    mg_candidates_free(m, l->n);
    free(m);
    return code;
}

/* ---- decode ---- */

static const struct argp_option decode_options[] = {
    {"input", 'i', "FILE", 0, "The same as FILE", 0},
    GENERATOR_OPTION,
    SHEET_OPTION,
    OUTPUT_OPTION,
    {0}};

static error_t parse_decode(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
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
        "Example:\n  molglot encode 'CC(=O)Oc1ccccc1C(=O)O' -o aspirin.csv\n  molglot decode "
        "aspirin.csv",
        children,
        NULL,
        NULL};
    latent_options o = {0};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    cli_generator g = {0};
    cli_rejects rejects = {0};
    latents l = {.name = cli_input_name(&o.input)};
    code = open_generator(&g, &o, &err);
    if (!code) l.size = mg_latents_size(g.g);
    if (!code) code = read_latents(&l, o.input.file, &err);
    if (!code) code = show(&o, &g, "Decoded latents", &l, NULL, &err);
    for (size_t i = 0; i < l.n && !code; i++)
        if (!l.status[i].ok)
            cli_reject(&o.common, &rejects, l.name, (int64_t)i + 1, "", &l.status[i]);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, (int64_t)l.n);
    else
        cli_fail(&err);
    free(l.z);
    free(l.status);
    cli_generator_close(&g);
    return code;
}

/* ---- interpolate ---- */

static const struct argp_option interpolate_options[] = {
    {"number", 'n', "N", 0, "Molecules, both ends included (default 9)", 0},
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
    default: return parse_molecules(key, arg, state);
    }
}

/* Latents of the two molecules, and n on the way between them. */
static int interpolate(const latent_options *o, cli_generator *g, mg_rows *rows,
                       molglot_error *err) {
    const size_t size = mg_latents_size(g->g), n = (size_t)o->n;
    float *z = NULL;
    ends between = {.n = n};
    if (rows->n != 2)
        return mg_fail(err, MOLGLOT_USAGE, "two molecules are needed, A and B; %s: %zu",
                       cli_input_name(&o->input), rows->n);
    int code = encode_rows(g, rows, &z, err);
    for (int i = 0; i < 2 && !code; i++)
        if (!rows->status[i].ok || !cli_fingerprint(rows->smiles[i], between.bits[i]))
            code = mg_fail(err, MOLGLOT_USAGE, "molecule %c cannot be read: %s", 'A' + i,
                           rows->status[i].reason);
    latents l = {.n = n, .size = size};
    if (!code && !(l.z = calloc(n * size + 1, sizeof *l.z)))
        code = mg_no_memory(err, "%zu latents", n);
    if (!code) mg_latents_between(g->g, z, z + size, o->n, l.z);
    if (!code && o->refines && g->file->flow && n > 2)
        code = mg_latents_refine(g->g, &o->refine, n - 2, l.z + size, err);
    if (!code) code = show(o, g, "From A to B", &l, &between, err);
    free(l.z);
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
        "flow moves them back to molecules (--strength).\v"
        "Example:\n  molglot interpolate 'CCO' 'c1ccccc1O' -n 9 -o way.svg",
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
