/* map.c - `molglot map`: embeddings of a table's rows as points of a plane, by t-SNE or principal
 * components; of one model, or of two side by side with what each tells apart.
 *
 *   rows -> vectors [placed, dim] a model -> places [placed, 2] -> table, SVG or page
 *
 * A row that cannot be embedded keeps its place in the table.
 */
#include "app/cmd/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_COLOR = CLI_OWN,
    OPT_AGAINST,
    OPT_METHOD,
    OPT_PERPLEXITY,
    OPT_ITERATIONS,
    OPT_SEED,
    OPT_DRAWINGS
};

typedef struct map_options {
    cli_common common;
    cli_input input;
    const char *output, *format, *colour, *against;
    mg_layout_options layout;
    long drawings;
} map_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"format", 'f', "F", 0,
     "html, svg, csv, tsv, json, jsonl, table (default: by the extension of -o, else table on a "
     "terminal and tsv elsewhere)",
     0},
    {"color", OPT_COLOR, "COLUMN", 0,
     "Colour by this column, and measure how well it is told apart: names a colour each, numbers "
     "on a scale",
     0},
    {"colour", OPT_COLOR, NULL, OPTION_ALIAS, NULL, 0},
    {"against", OPT_AGAINST, "MODEL", 0,
     "The same rows in the space of another model beside it: before and after a training", 0},
    {"drawings", OPT_DRAWINGS, "N", 0,
     "html: molecules that are drawn (default 5000), about 3 kB and 4 ms each", 0},
    {"method", OPT_METHOD, "M", 0, "tsne (default) or pca; html has both", 2},
    {"perplexity", OPT_PERPLEXITY, "P", 0, "About how many neighbours a row has (default 30)", 2},
    {"iterations", OPT_ITERATIONS, "N", 0, "Of t-SNE (default 750)", 2},
    {"seed", OPT_SEED, "N", 0, "Of the noise at its start (default 0)", 2},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    map_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case OPT_COLOR: o->colour = arg; return 0;
    case OPT_AGAINST: o->against = arg; return 0;
    case OPT_DRAWINGS: o->drawings = cli_number(state, arg, "--drawings", 0, 1000000); return 0;
    case OPT_METHOD:
        cli_choice(state, "--method", arg, (const char *const[]){"tsne", "pca"}, 2);
        o->layout.linear = !strcmp(arg, "pca");
        return 0;
    case OPT_PERPLEXITY:
        o->layout.perplexity = (double)cli_real(state, arg, "--perplexity", 1, 1000);
        return 0;
    case OPT_ITERATIONS:
        o->layout.iterations = (int)cli_number(state, arg, "--iterations", 1, 1000000);
        return 0;
    case OPT_SEED:
        o->layout.seed = (uint64_t)cli_number(state, arg, "--seed", 0, LONG_MAX);
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END:
        if (!o->layout.linear) cli_manifest_seed("seed", o->layout.seed);
        cli_input_check(&o->input, state);
        if (o->input.table.options.shards)
            argp_error(state, "--shard does not go with a map: all rows make the plane");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- rows and their vectors ---- */

static int read_rows(map_data *d, const map_options *o, molglot_error *err) {
    const char *side = o->input.table.side;
    int code = cli_input_load(&o->input, &d->rows, err);
    if (code) return code;
    code = cli_columns_of_rows(&d->columns, &o->input, &d->rows, err);
    d->text = calloc(d->rows.n + 1, sizeof *d->text);
    d->place = malloc((d->rows.n + 1) * sizeof *d->place);
    d->row = malloc((d->rows.n + 1) * sizeof *d->row);
    if (!code && (!d->text || !d->place || !d->row)) code = mg_no_memory(err, "a map");
    for (size_t i = 0; i < d->rows.n && !code; i++)
        d->text[i] = side && strcmp(side, "auto") ? !strcmp(side, "text")
                                                  : !*d->rows.smiles[i] && *d->rows.text[i];
    return code;
}

/* Vectors [n, dim] of all rows; refused ones get their status. */
static int embed_rows(map_data *d, cli_engine *e, const cli_common *c, float *out,
                      molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(e->embedder), chunk = 1024;
    const char *what[1024];
    molglot_row_status status[1024];
    cli_progress progress;
    int code = MOLGLOT_OK;
    cli_progress_start(&progress, c, "embed", (int64_t)d->rows.n);
    for (size_t i = 0, j; i < d->rows.n && !code && !cli_interrupted; i = j) {
        for (j = i; j < d->rows.n && j - i < chunk && d->text[j] == d->text[i]; j++)
            what[j - i] = d->rows.status[j].ok ? map_string(d, j) : "";
        code = (d->text[i] ? mg_embed_texts : mg_embed_smiles)(e->embedder, what, j - i,
                                                               out + i * dim, status, err);
        for (size_t k = i; k < j && !code; k++) {
            molglot_row_status *row = &d->rows.status[k];
            if (row->ok) *row = status[k - i];
            for (size_t v = 0; v < dim && row->ok; v++)
                if (!isfinite(out[k * dim + v]))
                    mg_row_refuse(row, -1, "number %zu of the vector is none", v + 1);
        }
        cli_progress_update(&progress, (int64_t)j, NULL);
    }
    cli_progress_end(&progress);
    return code ? code : cli_interrupted ? mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted") : 0;
}

/* Of a path: the file, or the folder that holds the parts; and which of two it is. */
static char *name_of(const char *path, const char *which) {
    mg_str name = {0};
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') n--;
    size_t first = n;
    while (first && path[first - 1] != '/') first--;
    mg_str_addf(&name, "%s%.*s", which, (int)(n - first), path + first);
    if (name.failed) mg_str_free(&name);
    return name.s;
}

static int embed_all(map_data *d, map_space *s, const map_options *o, const char *model,
                     molglot_error *err) {
    cli_common c = o->common;
    cli_engine engine;
    char path[4096];
    if (model) c.model = model;
    int code = cli_engine_open(&engine, &c, 0, err);
    if (code) return code;
    size_t all;
    s->dim = mg_embedder_dim(engine.embedder);
    s->name = name_of(cli_find_model(&c, path, sizeof path) ? path : "model", d->spaces < 2 ? ""
                                                                              : s > d->space
                                                                                  ? "after: "
                                                                                  : "before: ");
    if (mg_mul_size(d->rows.n + 1, (size_t)s->dim * sizeof *s->vectors, &all))
        s->vectors = malloc(all);
    code = s->name && s->vectors ? embed_rows(d, &engine, &c, s->vectors, err)
                                 : mg_no_memory(err, "vectors of %zu rows", d->rows.n);
    cli_engine_close(&engine);
    return code;
}

/* Only rows that every model has read have a place: their vectors move together. */
static void settle(map_data *d) {
    for (size_t i = 0; i < d->rows.n; i++) {
        d->place[i] = d->rows.status[i].ok ? (int32_t)d->placed : -1;
        if (!d->rows.status[i].ok) continue;
        for (size_t k = 0; k < d->spaces; k++) {
            const size_t dim = (size_t)d->space[k].dim;
            memmove(d->space[k].vectors + d->placed * dim, d->space[k].vectors + i * dim,
                    dim * sizeof *d->space[k].vectors);
        }
        d->row[d->placed++] = (int32_t)i;
    }
}

/* ---- places ---- */

static int tell(void *user, int64_t done, int64_t total) {
    (void)total;
    cli_progress_update(user, done, NULL);
    return cli_interrupted;
}

static int place_rows(map_data *d, map_space *s, const map_options *o, molglot_error *err) {
    mg_layout_options l = o->layout;
    cli_progress progress;
    int code = MOLGLOT_OK;
    s->pca = malloc((2 * d->placed + 1) * sizeof *s->pca);
    if (!l.linear) s->tsne = malloc((2 * d->placed + 1) * sizeof *s->tsne);
    if (!s->pca || (!l.linear && !s->tsne)) return mg_no_memory(err, "a map");
    l.threads = o->common.threads;
    if (!l.linear) {
        cli_progress_start(&progress, &o->common, "t-SNE", l.iterations);
        l.on_progress = tell;
        l.user = &progress;
        code = mg_layout(s->vectors, d->placed, s->dim, &l, s->tsne, err);
        cli_progress_end(&progress);
        l.linear = true;
    }
    if (!code) code = mg_layout(s->vectors, d->placed, s->dim, &l, s->pca, err);
    if (!code && s != d->space) {
        mg_layout_align(d->space[0].pca, s->pca, d->placed);
        if (s->tsne) mg_layout_align(d->space[0].tsne, s->tsne, d->placed);
    }
    return code;
}

static int make(map_data *d, const map_options *o, molglot_error *err) {
    int code = read_rows(d, o, err);
    d->spaces = o->against ? 2 : 1;
    for (size_t k = 0; k < d->spaces && !code; k++)
        code = embed_all(d, &d->space[k], o, k ? o->against : NULL, err);
    if (code) return code;
    settle(d);
    if (d->placed) code = map_colours_of(d, o->colour, err);
    if (!code && d->placed && d->placed < MG_TSNE_ROWS && !o->layout.linear)
        code = mg_fail(err, MOLGLOT_FAILED,
                       "t-SNE needs %d rows, and %zu can be embedded: --method pca places them",
                       MG_TSNE_ROWS, d->placed);
    for (size_t k = 0; k < d->spaces && !code && d->placed; k++) {
        map_space *s = &d->space[k];
        code = place_rows(d, s, o, err);
        if (!code) code = map_measure(d, s, o->common.threads, err);
        if (!code && s->measured) cli_say(&o->common, "%s: %s", s->name, s->measured);
    }
    return code;
}

/* ---- tables ---- */

static const cli_column columns[] = {{.name = "row", .kind = 'n', .width = 6},
                                     {.name = "id", .kind = 't', .width = 25, .clip = 22},
                                     {.name = "input", .kind = 't', .width = 50, .clip = 47},
                                     {.name = "status", .kind = 't', .width = 8},
                                     {.name = "error", .kind = 't', .width = 30, .clip = 27},
                                     {.name = "x", .kind = 'n', .width = 9},
                                     {.name = "y", .kind = 'n', .width = 9},
                                     {.name = "against_x", .kind = 'n', .width = 9},
                                     {.name = "against_y", .kind = 'n', .width = 9}};

static int write_rows(map_data *d, const map_options *o, const char *format, molglot_error *err) {
    const cli_sheet_kind kind = {.columns = columns,
                                 .n_columns = MG_COUNT(columns) - (d->spaces > 1 ? 0 : 2)};
    cli_sheet sheet = {0};
    cli_out out;
    int code = cli_sheet_begin(
        &sheet, &kind,
        &(cli_sheet_head){.format = format, .extra = d->columns.names, .n_extra = d->columns.n},
        err);
    if (!code) code = cli_out_open(&out, o->output, err);
    if (code) return code;
    cli_sheet_section(&sheet, &(cli_section){.note = ""});
    for (size_t i = 0; i < d->rows.n; i++) {
        char number[24], at[4][24] = {"", "", "", ""};
        const molglot_row_status *status = &d->rows.status[i];
        snprintf(number, sizeof number, "%zu", i + 1);
        for (size_t k = 0; k < 2 * d->spaces && d->place[i] >= 0; k++)
            snprintf(at[k], sizeof at[k], "%.4f",
                     (double)map_places(&d->space[k / 2])[2 * (size_t)d->place[i] + k % 2]);
        const char *const cells[] = {number,
                                     d->rows.id[i],
                                     map_string(d, i),
                                     status->ok ? "ok" : "rejected",
                                     status->reason,
                                     at[0],
                                     at[1],
                                     at[2],
                                     at[3]};
        cli_sheet_add(&sheet, &(cli_sheet_row){.cells = cells,
                                               .smiles = d->text[i] ? "" : map_string(d, i),
                                               .name = d->rows.id[i],
                                               .valid = status->ok && !d->text[i],
                                               .text = "",
                                               .extra = cli_columns_at(&d->columns, &d->rows, i)});
    }
    code = cli_sheet_end(&sheet, &out, err);
    if (!code) code = cli_out_close(&out, err);
    if (code) cli_out_abort(&out);
    cli_sheet_free(&sheet);
    return code;
}

static int write_map(map_data *d, const map_options *o, const char *format, molglot_error *err) {
    const bool page = !strcmp(format, "html");
    if (!page && strcmp(format, "svg")) return write_rows(d, o, format, err);
    if (!d->placed) return MOLGLOT_OK;
    mg_str out = {0};
    int code = MOLGLOT_OK;
    if (page)
        code = map_page(&out, d, o->drawings, o->common.threads, err);
    else
        map_picture(&out, d);
    if (!code && out.failed) code = mg_no_memory(err, "a map");
    if (!code) code = cli_out_write(o->output ? o->output : "-", out.s, out.n, err);
    mg_str_free(&out);
    return code;
}

static int refuse_rows(const map_data *d, const map_options *o) {
    cli_rejects rejects = cli_rejects_of(&o->input);
    for (size_t i = 0; i < d->rows.n; i++)
        if (!d->rows.status[i].ok)
            cli_reject(&o->common, &rejects, cli_input_name(&o->input), (int64_t)i + 1,
                       d->rows.id[i], &d->rows.status[i]);
    return cli_rejects_end(&o->common, &rejects, (int64_t)d->rows.n);
}

static void close_data(map_data *d) {
    map_colours_free(d);
    for (size_t k = 0; k < MAP_SPACES; k++) {
        free(d->space[k].name);
        free(d->space[k].vectors);
        free(d->space[k].tsne);
        free(d->space[k].pca);
        free(d->space[k].measured);
    }
    free(d->text);
    free(d->place);
    free(d->row);
    cli_columns_free(&d->columns);
    mg_rows_free(&d->rows);
}

static int check_format(const char *format, molglot_error *err) {
    static const char *const formats[] = {"html", "svg", "csv", "tsv", "json", "jsonl", "table"};
    for (size_t i = 0; i < MG_COUNT(formats); i++)
        if (!strcmp(format, formats[i])) return MOLGLOT_OK;
    return mg_fail(err, MOLGLOT_USAGE,
                   "a map has no format '%s': html, svg, csv, tsv, json, jsonl or table", format);
}

int cmd_map(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_strings_argp, 0, "Input:", 5}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "-i FILE\nSTRING...",
        "Draws a map of molecules or texts: rows that the model finds alike lie together. The page "
        "shows a row's drawing and text where it is pointed at, and selected rows leave it as "
        "SMILES.\v"
        "Example:\n"
        "  molglot map -i examples/library.tsv -o map.html\n"
        "  molglot map -i examples/library.tsv --method pca -f csv\n"
        "\nThe same map comes out for any number of threads. Distances between far groups, and "
        "their sizes, mean little in t-SNE: who is next to whom is what it keeps.",
        children,
        NULL,
        NULL};
    map_options o = {.input = cli_input_default("STRING", CLI_EITHER),
                     .layout = mg_layout_default(),
                     .drawings = 5000};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    const char *format = cli_format(o.format, o.output, "table");
    if (check_format(format, &err) || mg_chem_init(&err)) return cli_fail(&err);
    map_data d = {.title = "Molglot: a map"};
    cli_catch_interrupt();
    code = make(&d, &o, &err);
    if (!code) code = write_map(&d, &o, format, &err);
    code = code ? cli_fail(&err) : refuse_rows(&d, &o);
    close_data(&d);
    return code;
}
