/* embed.c - `molglot embed`: vectors of molecules or texts, as CSV (streaming) or NPY
 * (streaming to a file). */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024 };

typedef struct embed_options {
    cli_common common;
    const char *input, *output, *format;
    cli_table table;
    char **strings;
    size_t n;
} embed_options;

static const struct argp_option options[] = {
    {"input", 'i', "FILE", 0,
     "Rows to embed: smi, csv, tsv, sdf, txt, gzip or zstd of them; '-' is standard input", 0},
    {"output", 'o', "FILE", 0, "out.csv or out.npy (default: CSV on stdout)", 0},
    {"format", 'f', "F", 0, "csv or npy (default: by the extension of -o)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    embed_options *o = state->input;
    switch (key) {
    case 'i': o->input = arg; return 0;
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->table;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_ARGS:
        o->strings = state->argv + state->next;
        o->n = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        if (!o->input && !o->n) argp_error(state, "nothing to embed: give strings, or -i FILE");
        if (o->input && o->n) argp_error(state, "strings or -i FILE, not both");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct item {
    char *what, *id;
    bool text;
    molglot_row_status status;
} item;

typedef struct run {
    const embed_options *o;
    cli_engine engine;
    cli_out out;
    bool npy;
    size_t n, dim;
    item items[CHUNK];
    float *vectors;
    int64_t rows;
    cli_rejects rejects;
} run;

static void write_csv_row(const run *r, const item *it, const float *v, mg_str *line) {
    mg_csv_field(line, it->id, ',');
    mg_str_addz(line, ",");
    mg_csv_field(line, it->what, ',');
    mg_str_addz(line, it->status.ok ? ",ok," : ",rejected,");
    mg_csv_field(line, it->status.reason, ',');
    for (size_t d = 0; d < r->dim; d++) {
        if (it->status.ok)
            mg_str_addf(line, ",%.6g", (double)v[d]);
        else
            mg_str_addz(line, ",");
    }
    mg_str_addz(line, "\n");
}

/* Embeds runs of the same side together: rows keep their order. Rejected rows stay, as zeros (NPY)
 * or empty cells (CSV). */
static int flush_items(run *r, molglot_error *err) {
    const char *what[CHUNK];
    molglot_row_status status[CHUNK];
    for (size_t i = 0, j; i < r->n; i = j) {
        for (j = i; j < r->n && r->items[j].text == r->items[i].text; j++)
            what[j - i] = r->items[j].status.ok ? r->items[j].what : "";
        int code = (r->items[i].text ? mg_embed_texts : mg_embed_smiles)(
            r->engine.embedder, what, j - i, r->vectors + i * r->dim, status, err);
        if (code) return code;
        for (size_t k = i; k < j; k++)
            if (r->items[k].status.ok) r->items[k].status = status[k - i];
    }
    mg_str line = {0};
    for (size_t i = 0; i < r->n; i++) {
        item *it = &r->items[i];
        r->rows++;
        if (!it->status.ok)
            cli_reject(&r->o->common, &r->rejects, r->o->input ? r->o->input : "argument", r->rows,
                       it->id, &it->status);
        if (!r->npy) write_csv_row(r, it, r->vectors + i * r->dim, &line);
        free(it->what);
        free(it->id);
    }
    if (r->npy)
        fwrite(r->vectors, sizeof(float), r->n * r->dim, r->out.f);
    else if (line.n)
        fwrite(line.s, 1, line.n, r->out.f);
    bool failed = line.failed;
    mg_str_free(&line);
    r->n = 0;
    return failed ? mg_no_memory(err, "output rows") : MOLGLOT_OK;
}

static int add_item(run *r, const char *what, const char *id, bool text,
                    const molglot_row_status *status, molglot_error *err) {
    item *it = &r->items[r->n];
    *it = (item){.what = strdup(what), .id = strdup(id), .text = text, .status = *status};
    r->n++;
    if (!it->what || !it->id) return mg_no_memory(err, "input rows");
    return r->n == CHUNK ? flush_items(r, err) : MOLGLOT_OK;
}

static int read_file(run *r, molglot_error *err) {
    const embed_options *o = r->o;
    mg_table *t = mg_table_open(o->input, &o->table.options, err);
    if (!t) return err->code;
    mg_row row;
    int code = MOLGLOT_OK, more = 0;
    while (!code && !cli_interrupted && (more = mg_table_next(t, &row, err)) > 0) {
        bool text = cli_table_side(&o->table, &row) == MG_SIDE_TEXT;
        code = add_item(r, text ? row.text : row.smiles, row.id, text, &row.status, err);
    }
    if (!code && more < 0) code = err->code;
    cli_say(&o->common, "%s: %s", o->input, mg_table_describe(t));
    mg_table_close(t);
    return code;
}

static int read_strings(run *r, molglot_error *err) {
    const embed_options *o = r->o;
    const molglot_row_status ok = {.ok = 1, .offset = -1};
    const char *side = o->table.side;
    bool forced = side && strcmp(side, "auto");
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < o->n && !code; i++)
        code = add_item(r, o->strings[i], "",
                        forced ? !strcmp(side, "text") : !cli_is_smiles(o->strings[i]), &ok, err);
    return code;
}

/* The header of NPY has a fixed length, so it is written twice: as a promise, then with the
 * count. */
static int write_header(run *r, molglot_error *err) {
    mg_str head = {0};
    if (r->npy) {
        if (mg_npy_header(&head, r->rows, (int64_t)r->dim) != MOLGLOT_OK)
            return mg_no_memory(err, "the output");
        if (fseek(r->out.f, 0, SEEK_SET))
            return mg_fail(err, MOLGLOT_FAILED, "%s: cannot seek", r->o->output);
    } else {
        mg_str_addz(&head, "id,input,status,error");
        for (size_t d = 0; d < r->dim; d++) mg_str_addf(&head, ",e%zu", d);
        mg_str_addz(&head, "\n");
    }
    if (!head.failed) fwrite(head.s, 1, head.n, r->out.f);
    bool failed = head.failed;
    mg_str_free(&head);
    return failed ? mg_no_memory(err, "the output") : MOLGLOT_OK;
}

static int embed(run *r, molglot_error *err) {
    const embed_options *o = r->o;
    int code = cli_engine_open(&r->engine, &o->common, 0, err);
    if (code) return code;
    r->dim = (size_t)mg_embedder_dim(r->engine.embedder);
    r->vectors = malloc(CHUNK * r->dim * sizeof(float));
    if (!r->vectors) return mg_no_memory(err, "the output");
    code = cli_out_open(&r->out, o->output, err);
    if (!code) code = write_header(r, err);
    if (!code) code = o->input ? read_file(r, err) : read_strings(r, err);
    if (!code) code = flush_items(r, err);
    if (!code && r->npy) code = write_header(r, err);
    if (!code) code = cli_out_close(&r->out, err);
    if (code) cli_out_abort(&r->out);
    return code;
}

int cmd_embed(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_table_argp, 0, "Rows of a file:", 5},
                                                 {&cli_common_argp, 0, "Common options:", 10},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "[STRING...]",
        "Embeds molecules (SMILES) and texts: unit vectors in one space.\v"
        "Example:\n  molglot embed 'CCO' \"a short-chain alcohol\"\n"
        "  molglot embed -i examples/library.tsv -o library.npy\n\n"
        "Every input row has an output row, in order: a rejected row is zeros in NPY and has its "
        "reason in CSV.",
        children,
        NULL,
        NULL};
    embed_options o = {.table = cli_table_default()};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "csv");
    bool npy = !strcmp(format, "npy");
    if (!npy && strcmp(format, "csv")) return cli_usage("unknown format '%s' (csv, npy)", format);
    if (npy && (!o.output || !strcmp(o.output, "-")))
        return cli_usage("NPY needs a file: -o FILE.npy");
    molglot_error err = {0};
    run *r = calloc(1, sizeof *r);
    if (!r) return cli_no_memory();
    r->o = &o;
    r->npy = npy;
    cli_catch_interrupt();
    code = embed(r, &err);
    if (!code)
        code = cli_rejects_end(&o.common, &r->rejects, r->rows);
    else
        cli_fail(&err);
    if (!code && cli_interrupted) code = MOLGLOT_INTERRUPTED;
    for (size_t i = 0; i < r->n; i++) {
        free(r->items[i].what);
        free(r->items[i].id);
    }
    free(r->vectors);
    cli_engine_close(&r->engine);
    free(r);
    return code;
}
