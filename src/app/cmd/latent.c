/* latent.c - `molglot encode`, `molglot decode`, `molglot interpolate`: the writer's latent
 * space, there and back. */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_GENERATOR = CLI_OWN, OPT_STRENGTH, OPT_STEPS };

typedef struct latent_options {
    cli_common common;
    cli_table table;
    const char *generator, *input, *format, *output;
    int n;
    mg_refine_options settle;
    bool settles; /* strength was not 0 */
    char **args;
    size_t n_args;
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
#define SHEET_OPTION                                                                               \
    {                                                                                              \
        "format", 'f', "F", 0,                                                                     \
            "table, csv, json, jsonl, smi, sdf, svg, html (default: by the extension of -o, else " \
            "table)",                                                                              \
            3                                                                                      \
    }

static error_t parse_shared(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case OPT_GENERATOR: o->generator = arg; return 0;
    case 'f': o->format = arg; return 0;
    case 'o': o->output = arg; return 0;
    case ARGP_KEY_ARGS:
        o->args = state->argv + state->next;
        o->n_args = (size_t)(state->argc - state->next);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int open_generator(cli_generator *g, const latent_options *o, molglot_error *err) {
    const cli_generator_options options = {.path = o->generator, .part = MG_PART_LATENT};
    return cli_generator_open(g, &o->common, &options, err);
}

/* ---- encode ---- */

static const struct argp_option encode_options[] = {
    {"input", 'i', "FILE", 0,
     "Molecules to encode: smi, csv, tsv, sdf, gzip or zstd of them; '-' is standard input", 0},
    GENERATOR_OPTION,
    {"format", 'f', "F", 0, "csv or npy (default: by the extension of -o, else csv)", 3},
    OUTPUT_OPTION,
    {0}};

static error_t parse_encode(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case 'i': o->input = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->table;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END:
        if ((o->input != NULL) + (o->n_args > 0) != 1)
            argp_error(state, "SMILES or -i FILE, one of them");
        return 0;
    default: return parse_shared(key, arg, state);
    }
}

typedef struct molecules {
    size_t n;
    const char *const *smiles, *const *id;
    mg_rows rows;
    molglot_row_status *status;
    float *z;
} molecules;

static int write_csv(const molecules *m, size_t size, FILE *f, molglot_error *err) {
    mg_str out = {0};
    mg_str_addz(&out, "id,smiles,status,error");
    for (size_t k = 0; k < size; k++) mg_str_addf(&out, ",z%zu", k);
    for (size_t i = 0; i < m->n; i++) {
        mg_str_addz(&out, "\n");
        mg_csv_field(&out, m->id ? m->id[i] : "", ',');
        mg_str_addz(&out, ",");
        mg_csv_field(&out, m->smiles[i], ',');
        mg_str_addz(&out, m->status[i].ok ? ",ok," : ",rejected,");
        mg_csv_field(&out, m->status[i].reason, ',');
        for (size_t k = 0; k < size; k++) {
            if (m->status[i].ok)
                mg_str_addf(&out, ",%.9g", (double)m->z[i * size + k]);
            else
                mg_str_addz(&out, ",");
        }
    }
    mg_str_addz(&out, "\n");
    const bool failed = out.failed;
    if (!failed) fwrite(out.s, 1, out.n, f);
    mg_str_free(&out);
    return failed ? mg_no_memory(err, "the output") : MOLGLOT_OK;
}

static int write_npy(const molecules *m, size_t size, FILE *f, molglot_error *err) {
    mg_str head = {0};
    const int code = mg_npy_header(&head, (int64_t)m->n, (int64_t)size);
    if (!code) {
        fwrite(head.s, 1, head.n, f);
        fwrite(m->z, sizeof(float), m->n * size, f);
    }
    mg_str_free(&head);
    return code ? mg_fail(err, code, "out of memory for the output") : MOLGLOT_OK;
}

static int encode(const latent_options *o, bool npy, cli_generator *g, molecules *m,
                  molglot_error *err) {
    int code = open_generator(g, o, err);
    if (!code && o->input) code = mg_rows_load(&m->rows, o->input, &o->table.options, err);
    if (code) return code;
    *m = o->input ? (molecules){m->rows.n,
                                (const char *const *)m->rows.smiles,
                                (const char *const *)m->rows.id,
                                m->rows,
                                NULL,
                                NULL}
                  : (molecules){.n = o->n_args, .smiles = (const char *const *)o->args};
    const size_t size = mg_latents_size(g->g);
    cli_out out;
    m->status = calloc(m->n + 1, sizeof *m->status);
    m->z = calloc(m->n * size + 1, sizeof *m->z);
    if (!m->status || !m->z) return mg_no_memory(err, "%zu latents", m->n);
    code = mg_latents_encode(g->g, m->smiles, m->n, m->z, m->status, err);
    if (!code) code = cli_out_open(&out, o->output, err);
    if (code) return code;
    code = (npy ? write_npy : write_csv)(m, size, out.f, err);
    if (!code) code = cli_out_close(&out, err);
    if (code) cli_out_abort(&out);
    return code;
}

int cmd_encode(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_table_argp, 0, "Rows of a file:", 5},
                                                 {&cli_common_argp, 0, "Common options:", 10},
                                                 {0}};
    static const struct argp argp = {
        encode_options,
        parse_encode,
        "[SMILES...]",
        "Latent vectors of molecules: K tokens of numbers, one after another in a row.\v"
        "Example:\n  molglot encode 'CC(=O)Oc1ccccc1C(=O)O' -o aspirin.csv\n  molglot encode -i "
        "library.smi -o library.npy\n\n"
        "Every molecule has an output row, in order: a rejected one is zeros in NPY and has its "
        "reason in CSV.",
        children,
        NULL,
        NULL};
    latent_options o = {.table = cli_table_default()};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "csv");
    const bool npy = !strcmp(format, "npy");
    if (!npy && strcmp(format, "csv")) return cli_usage("unknown format '%s' (csv, npy)", format);
    molglot_error err = {0};
    cli_generator g = {0};
    cli_rejects rejects = {0};
    molecules m = {0};
    code = encode(&o, npy, &g, &m, &err);
    for (size_t i = 0; i < m.n && !code; i++)
        if (!m.status[i].ok)
            cli_reject(&o.common, &rejects, o.input ? o.input : "argument", (int64_t)i + 1,
                       m.id ? m.id[i] : "", &m.status[i]);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, (int64_t)m.n);
    else
        cli_fail(&err);
    mg_rows_free(&m.rows);
    free(m.status);
    free(m.z);
    cli_generator_close(&g);
    return code;
}

/* ---- decode ---- */

static const struct argp_option decode_options[] = {
    GENERATOR_OPTION, SHEET_OPTION, OUTPUT_OPTION, {0}};

static error_t parse_decode(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_END:
        if (o->n_args != 1)
            argp_error(state, "one FILE of latents, .npy or as `molglot encode` writes it");
        o->input = o->args[0];
        return 0;
    default: return parse_shared(key, arg, state);
    }
}

/* Columns z0 .. of a CSV file; a row without numbers (rejected when it was encoded) is an error. */
static int read_csv(const char *path, size_t size, float **z, size_t *n, molglot_error *err) {
    mg_table *t = mg_table_open(path, &(mg_table_options){.format = "csv", .header = 1}, err);
    if (!t) return err->code;
    const char *const *names;
    const int columns = mg_table_columns(t, &names);
    int first = 0, code = MOLGLOT_OK, more;
    while (first < columns && strcmp(names[first], "z0")) first++;
    if ((size_t)(columns - first) != size)
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: %d columns from z0 on, the writer's latents have %zu numbers", path,
                       columns - first, size);
    size_t room = 0;
    mg_row row;
    while (!code && (more = mg_table_next(t, &row, err)) != 0) {
        if (more < 0) {
            code = err->code;
            break;
        }
        if (*n == room) {
            float *wider = realloc(*z, (room = 2 * room + 64) * size * sizeof **z);
            if (!wider) {
                code = mg_no_memory(err, "%s", path);
                break;
            }
            *z = wider;
        }
        for (size_t k = 0; k < size && !code; k++) {
            const char *field = first + (int)k < row.n_fields ? row.fields[first + (int)k] : "";
            char *end;
            (*z)[*n * size + k] = strtof(field, &end);
            if (end == field || *end)
                code = mg_fail(err, MOLGLOT_BAD_FILE,
                               "%s: row %lld, column z%zu: '%.20s' is no number", path,
                               (long long)row.number, k, field);
        }
        *n += !code;
    }
    mg_table_close(t);
    return code;
}

/* What `molglot encode` and numpy.save write. */
static int read_npy(const char *path, size_t size, float **z, size_t *n, molglot_error *err) {
    mg_map map;
    int64_t rows = 0, columns = 0;
    int code = mg_map_open(&map, path, err);
    if (code) return code;
    const size_t start = mg_npy_numbers(map.data, map.size, &rows, &columns),
                 bytes = map.size - start;
    if (start == 0 || (size_t)columns != size)
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: not an NPY file of float32 rows of %zu numbers",
                       path, size);
    else if (!(*z = malloc(bytes + 1)))
        code = mg_no_memory(err, "%s", path);
    else
        memcpy(*z, map.data + start, bytes);
    if (!code) *n = (size_t)rows;
    mg_map_close(&map);
    return code;
}

/* ---- sheets of decoded molecules ---- */

typedef struct cells {
    const char *at[12];
    char text[12][32];
} cells;

static void put(cells *c, int column, const char *format, double v) {
    snprintf(c->text[column], sizeof c->text[column], format, v);
    c->at[column] = c->text[column];
}

enum { NUMBER, STEP, TO_A, TO_B, NLL, VALID, NOVEL, SMILES, STOP, ERROR, COLUMNS };
static const cli_column columns[] = {
    {"number", 'n', 6}, {"t", 'n', 6},     {"tanimoto_a", 'n', 10}, {"tanimoto_b", 'n', 10},
    {"nll", 'n', 8},    {"valid", 'b', 5}, {"novel", 'b', 5},       {"smiles", 't', 96},
    {"stop", 't', 0},   {"error", 't', 0}};
_Static_assert(MG_COUNT(columns) == COLUMNS, "a name for each column");

static bool fingerprint(const char *smiles, uint8_t bits[256]) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    const bool ok = m && mg_mol_fingerprint(m, MG_FP_MORGAN, 2, 2048, bits, NULL) == MOLGLOT_OK;
    mg_mol_free(m);
    return ok;
}

/* ends: the two molecules of an interpolation, or NULL. */
static void add_row(cli_sheet *s, const cli_generator *g, const mg_generated *m, size_t n,
                    char *const *ends) {
    cells c;
    char legend[64] = "", name[32];
    uint8_t bits[3][256];
    for (int i = 0; i < COLUMNS; i++) c.at[i] = "";
    snprintf(name, sizeof name, "%d", m->index + 1);
    c.at[NUMBER] = name;
    put(&c, NLL, "%.6g", m->nll);
    c.at[VALID] = m->valid ? "true" : "false";
    if (m->valid && g->file->n_known > 0) c.at[NOVEL] = m->novel ? "true" : "false";
    c.at[SMILES] = m->smiles;
    c.at[STOP] = m->limited ? "length" : "end";
    if (m->why) c.at[ERROR] = m->why;
    if (ends) put(&c, STEP, "%.4g", n > 1 ? m->index / (double)(n - 1) : 0);
    if (ends && m->valid && fingerprint(m->smiles, bits[0]) && fingerprint(ends[0], bits[1]) &&
        fingerprint(ends[1], bits[2])) {
        put(&c, TO_A, "%.3f", mg_tanimoto(bits[0], bits[1], 2048));
        put(&c, TO_B, "%.3f", mg_tanimoto(bits[0], bits[2], 2048));
    }
    if (ends) snprintf(legend, sizeof legend, "t = %s", c.at[STEP]);
    cli_sheet_row_add(s, &(cli_sheet_row){.cells = c.at,
                                          .smiles = m->smiles,
                                          .name = ends ? legend : name,
                                          .valid = m->valid,
                                          .legend = ends ? legend : name,
                                          .text = "",
                                          .known = !m->novel});
}

static int show(const latent_options *o, cli_generator *g, const char *title, const float *z,
                size_t n, char *const *ends, molglot_error *err) {
    mg_generated *m = calloc(n + 1, sizeof *m);
    cli_sheet s = {0};
    cli_out out = {0};
    if (!m) return mg_no_memory(err, "%zu molecules", n);
    int code = mg_latents_decode(g->g, z, n, m, err);
    if (!code)
        code = cli_sheet_begin(
            &s, cli_format(o->format, o->output, "table"), title, columns, COLUMNS,
            "Made by Molglot " MOLGLOT_VERSION ". Nobody has made or tested these molecules.", err);
    if (!code) code = cli_out_open(&out, o->output, err);
    if (!code) {
        int invalid = 0;
        for (size_t i = 0; i < n; i++) invalid += !m[i].valid;
        cli_sheet_section(&s, title, "", false);
        for (size_t i = 0; i < n; i++) add_row(&s, g, &m[i], n, ends);
        code = cli_sheet_end(&s, &out, err);
        if (!code) code = cli_out_close(&out, err);
        if (!code)
            cli_say(&o->common, "%zu decoded: %d refused by RDKit", n, invalid);
        else
            cli_out_abort(&out);
    }
    cli_sheet_free(&s);
    mg_generated_free(m, n);
    free(m);
    return code;
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
    float *z = NULL;
    size_t n = 0;
    code = open_generator(&g, &o, &err);
    const size_t size = !code ? mg_latents_size(g.g) : 0;
    if (!code)
        code = (strcmp(cli_format(NULL, o.input, ""), "npy") ? read_csv : read_npy)(o.input, size,
                                                                                    &z, &n, &err);
    if (!code) code = show(&o, &g, "Decoded latents", z, n, NULL, &err);
    if (code) cli_fail(&err);
    free(z);
    cli_generator_close(&g);
    return code;
}

/* ---- interpolate ---- */

static const struct argp_option interpolate_options[] = {
    {"number", 'n', "N", 0, "Molecules, both ends included (default 9)", 0},
    {"strength", OPT_STRENGTH, "S", 0,
     "With a flow in the model: how far points between are taken from the line to where molecules "
     "are, 0 (not at all) to 1 (default 0.5)",
     1},
    {"steps", OPT_STEPS, "N", 0, "Steps of that way (default 10)", 1},
    {"seed", 'S', "N", 0, "Seed of that way (default 0)", 1},
    GENERATOR_OPTION,
    SHEET_OPTION,
    OUTPUT_OPTION,
    {0}};

static error_t parse_interpolate(int key, char *arg, struct argp_state *state) {
    latent_options *o = state->input;
    switch (key) {
    case 'n': o->n = (int)cli_number(state, arg, "-n", 2, 10000); return 0;
    case OPT_STRENGTH:
        o->settles = (o->settle.strength = cli_real(state, arg, "--strength", 0, 1)) > 0;
        return 0;
    case OPT_STEPS: o->settle.steps = (int)cli_number(state, arg, "--steps", 1, 1000); return 0;
    case 'S': o->settle.seed = (uint64_t)cli_number(state, arg, "--seed", 0, 1000000000L); return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_END:
        if (o->n_args != 2) argp_error(state, "two molecules, A and B");
        return 0;
    default: return parse_shared(key, arg, state);
    }
}

static int interpolate(const latent_options *o, cli_generator *g, molglot_error *err) {
    molglot_row_status status[2];
    int code = open_generator(g, o, err);
    if (code) return code;
    const size_t size = mg_latents_size(g->g), n = (size_t)o->n;
    float *z = calloc((n + 2) * size + 1, sizeof *z);
    if (!z) return mg_no_memory(err, "%zu latents", n);
    code = mg_latents_encode(g->g, (const char *const *)o->args, 2, z, status, err);
    for (int i = 0; i < 2 && !code; i++)
        if (!status[i].ok)
            code = mg_fail(err, MOLGLOT_USAGE, "molecule %c cannot be read: %s", 'A' + i,
                           status[i].reason);
    if (!code) {
        mg_latents_between(g->g, z, z + size, o->n, z + 2 * size);
        if (o->settles && g->file->flow && n > 2)
            code = mg_latents_refine(g->g, &o->settle, n - 2, z + 3 * size, err);
    }
    if (!code) {
        code = show(o, g, "From A to B", z + 2 * size, n, o->args, err);
    }
    free(z);
    return code;
}

int cmd_interpolate(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        interpolate_options,
        parse_interpolate,
        "A B",
        "Molecules on the way from molecule A to molecule B through the latent space, with their "
        "similarity to both. Points on a straight way lie where no molecule is; "
        "a model with a flow brings them back (--strength).\v"
        "Example:\n  molglot interpolate 'CCO' 'c1ccccc1O' -n 9 -o way.svg",
        children,
        NULL,
        NULL};
    latent_options o = {.n = 9, .settle = {.strength = 0.5f, .steps = 10}, .settles = true};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    cli_generator g = {0};
    code = interpolate(&o, &g, &err);
    if (code) cli_fail(&err);
    cli_generator_close(&g);
    return code;
}
