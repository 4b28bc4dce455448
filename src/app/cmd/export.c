/* export.c - `molglot export`: the rows of an index for other programs.
 *
 *   npy      the vectors, float32 [rows, dim]
 *   csv      row, id, smiles, text, inchikey, further columns; no vectors
 *   arrow    all of it as an Arrow IPC file (export_arrow.c)
 *   pgcopy   PostgreSQL's binary COPY with pgvector's halfvec, the columns of docs/large.md:
 *            row bigint, id, smiles, inchikey, text, model text, embedding halfvec(dim), and where
 *            the index has codes code halfvec(width): the code times its scale
 *
 * COPY, big-endian: a signature, flags and the length of an extension (0, 0); then rows: how many
 * fields (int16), of each its length (int32, -1 for NULL) and bytes; -1 at the end. A halfvec is
 * its dimension (int16), an int16 of 0, and numbers of 16 bits (IEEE).
 */
#include "app/cmd/export.h"

#include "app/cli/cli.h"
#include "data/table/table.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

typedef struct export_options {
    cli_common common;
    const char *input, *output, *format;
} export_options;

static const char *const formats[] = {"npy", "csv", "pgcopy", "arrow"};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"format", 'f', "F", 0,
     "npy (vectors), csv (all but vectors), arrow (an Arrow file: all of it), pgcopy "
     "(PostgreSQL's binary COPY, with pgvector); "
     "default: by the extension of -o",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    export_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case 'f':
        cli_choice(state, "--format", arg, formats, MG_COUNT(formats));
        o->format = arg;
        return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARG:
        if (o->input) argp_error(state, "one INDEX, not also '%s'", arg);
        o->input = arg;
        return 0;
    case ARGP_KEY_END: {
        const char *dot = o->output ? strrchr(o->output, '.') : NULL;
        if (!o->input) argp_error(state, "INDEX is missing");
        for (size_t i = 0; i < MG_COUNT(formats) && !o->format && dot; i++)
            if (!strcmp(dot + 1, formats[i])) o->format = formats[i];
        if (!o->format) argp_error(state, "--format is npy, csv, arrow or pgcopy");
        return 0;
    }
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct writing {
    const mg_index *x;
    float *vector; /* [dim] */
    int dim, width;
    mg_str out;
} writing;

/* ---- npy, csv ---- */

static void add_npy(writing *w, int64_t row) {
    mg_index_vectors(w->x, row, 1, w->dim, w->vector);
    mg_str_add(&w->out, w->vector, (size_t)w->dim * sizeof *w->vector);
}

static void add_header(writing *w) {
    const char *const *names;
    const int n = mg_index_columns(w->x, &names);
    mg_str_addz(&w->out, "row,id,smiles,text,inchikey");
    for (int c = 0; c < n; c++) {
        mg_str_addz(&w->out, ",");
        mg_csv_field(&w->out, names[c], ',');
    }
    mg_str_addz(&w->out, "\n");
}

static void add_csv(writing *w, int64_t row) {
    const char *const own[] = {mg_index_id(w->x, row), mg_index_smiles(w->x, row),
                               mg_index_text(w->x, row), mg_index_inchikey(w->x, row)};
    const int n = mg_index_columns(w->x, NULL);
    mg_str_addf(&w->out, "%lld", (long long)row);
    for (int c = 0; c < (int)MG_COUNT(own) + n; c++) {
        const int further = c - (int)MG_COUNT(own);
        mg_str_addz(&w->out, ",");
        mg_csv_field(&w->out, further < 0 ? own[c] : mg_index_cell(w->x, row, further), ',');
    }
    mg_str_addz(&w->out, "\n");
}

/* ---- pgcopy ---- */

static void add_int(mg_str *out, uint64_t v, int bytes) {
    uint8_t b[8];
    for (int i = 0; i < bytes; i++) b[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
    mg_str_add(out, b, (size_t)bytes);
}

/* "" is NULL. */
static void add_text(mg_str *out, const char *s) {
    const size_t n = strlen(s);
    add_int(out, n ? n : UINT32_MAX, 4);
    mg_str_add(out, s, n);
}

/* IEEE half precision, to nearest with ties to even. */
static uint16_t half_of(float x) {
    union {
        float f;
        uint32_t u;
    } v = {x};
    const uint32_t sign = v.u >> 16 & 0x8000, size = v.u & 0x7fffffff;
    if (size >= 0x7f800000) return (uint16_t)(sign | 0x7c00 | (size > 0x7f800000 ? 0x200 : 0));
    if (size >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* 65520 and more */
    if (size < 0x38800000) { /* below 2^-14: a multiple of 2^-24, which the sum rounds to */
        v.u = size;
        v.f += 0.5f;
        return (uint16_t)(sign | (v.u - 0x3f000000));
    }
    return (uint16_t)(sign | ((size + 0xfff + (size >> 13 & 1) - 0x38000000) >> 13));
}

static void add_halves(mg_str *out, const float *x, int n) {
    add_int(out, (uint64_t)(4 + 2 * n), 4);
    add_int(out, (uint64_t)n, 2);
    add_int(out, 0, 2);
    for (int i = 0; i < n; i++) add_int(out, half_of(x[i]), 2);
}

static void add_pgcopy(writing *w, int64_t row) {
    const mg_searched rows = mg_index_searched(w->x);
    add_int(&w->out, w->width ? 8 : 7, 2);
    add_int(&w->out, 8, 4);
    add_int(&w->out, (uint64_t)row, 8);
    add_text(&w->out, mg_index_id(w->x, row));
    add_text(&w->out, mg_index_smiles(w->x, row));
    add_text(&w->out, mg_index_inchikey(w->x, row));
    add_text(&w->out, mg_index_text(w->x, row));
    add_text(&w->out, mg_index_model_sha256(w->x));
    mg_index_vectors(w->x, row, 1, w->dim, w->vector);
    add_halves(&w->out, w->vector, w->dim);
    if (!w->width) return;
    const int8_t *code = rows.codes->at + row * w->width;
    for (int i = 0; i < w->width; i++) w->vector[i] = rows.codes->scales[row] * (float)code[i];
    add_halves(&w->out, w->vector, w->width);
}

/* ---- all rows ---- */

static int flush(writing *w, cli_out *to, molglot_error *err) {
    if (w->out.failed) return mg_no_memory(err, "the output");
    const size_t n = w->out.n;
    w->out.n = 0;
    return fwrite(w->out.s, 1, n, to->f) == n ? MOLGLOT_OK
                                              : mg_fail(err, MOLGLOT_FAILED, "write error");
}

static int write_rows(const export_options *o, writing *w, cli_out *to, molglot_error *err) {
    enum { FLUSH_BYTES = 1 << 20 };
    const int64_t n = mg_index_size(w->x);
    const bool npy = !strcmp(o->format, "npy"), csv = !strcmp(o->format, "csv");
    int code = MOLGLOT_OK;
    if (npy && mg_npy_header(&w->out, n, w->dim)) return mg_no_memory(err, "the output");
    if (csv) add_header(w);
    if (!npy && !csv) mg_str_add(&w->out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0", 19);
    for (int64_t row = 0; row < n && !code; row++) {
        if (cli_interrupted) return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
        (npy ? add_npy : csv ? add_csv : add_pgcopy)(w, row);
        if (w->out.n >= FLUSH_BYTES) code = flush(w, to, err);
    }
    if (!npy && !csv) add_int(&w->out, UINT16_MAX, 2);
    return code ? code : flush(w, to, err);
}

static int run(const export_options *o, molglot_error *err) {
    mg_index *x = mg_index_open(o->input, false, err);
    writing w = {.x = x};
    cli_out to = {0};
    if (!x) return mg_code_of(err, MOLGLOT_BAD_FILE);
    w.dim = mg_index_dim(w.x);
    w.width = mg_index_code_width(w.x);
    w.vector = malloc((size_t)(w.dim > w.width ? w.dim : w.width) * sizeof *w.vector);
    mg_str_add(&w.out, "", 0);
    int code = w.vector ? cli_out_open(&to, o->output, err) : mg_no_memory(err, "the output");
    struct ArrowArrayStream stream;
    const bool arrow = !strcmp(o->format, "arrow");
    if (!code && arrow) code = mg_index_arrow(x, &stream, err);
    if (!code) code = arrow ? export_arrow(&stream, to.f, err) : write_rows(o, &w, &to, err);
    if (!code)
        code = cli_out_close(&to, err);
    else
        cli_out_abort(&to);
    if (!code)
        cli_say(&o->common, "%lld rows, vectors of %d numbers%s", (long long)mg_index_size(w.x),
                w.dim, w.width ? ", codes" : "");
    mg_str_free(&w.out);
    free(w.vector);
    mg_index_close(x);
    return code;
}

int cmd_export(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_talk_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "INDEX",
        "Writes the rows of an index for other programs: vectors as NPY, strings as CSV, or all of "
        "it as an Arrow file (pandas, polars, DuckDB) or as PostgreSQL's binary COPY with pgvector "
        "(docs/large.md has the table and the queries).\v"
        "Example:\n"
        "  molglot index examples/library.tsv -o library.idx\n"
        "  molglot export library.idx -o library.npy\n"
        "  molglot export library.idx -f csv -o rows.csv\n"
        "  molglot export library.idx -o library.arrow\n"
        "  molglot export library.idx -f pgcopy -o library.pgcopy",
        children,
        NULL,
        NULL};
    export_options o = {0};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    cli_catch_interrupt();
    code = run(&o, &err);
    return code ? cli_fail(&err) : MOLGLOT_OK;
}
