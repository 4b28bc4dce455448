/* search.c - `molglot search`: queries (sentences or molecules) against an index, ranked.
 *
 *   queries -> unit vectors in runs of one kind -> inner products with all rows -> the k best
 *
 * The query's side and the index's side are independent: text -> molecule, molecule -> text,
 * molecule -> molecule and text -> text are the same product of unit vectors.
 */
#include "search/search.h"

#include "app/cli/cli.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_BY = CLI_OWN };

typedef struct search_options {
    cli_common common;
    cli_input input;
    const char *index, *format, *output;
    int k;
} search_options;

static const struct argp_option options[] = {
    {"by", OPT_BY, "WHAT", 0,
     "What the queries are: text, smiles, or auto (a query without blanks that is a valid "
     "molecule; default)",
     0},
    {"number", 'k', "N", 0, "Hits per query (default 10)", 0},
    {NULL, 'n', NULL, OPTION_ALIAS, NULL, 0},
    {"format", 'f', "F", 0, CLI_FORMAT_HELP, 0},
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    search_options *o = state->input;
    switch (key) {
    case OPT_BY:
        cli_choice(state, "--by", arg, (const char *const[]){"auto", "text", "smiles"}, 3);
        o->input.table.side = strcmp(arg, "smiles") ? arg : "molecule";
        return 0;
    case 'n':
    case 'k': o->k = (int)cli_number(state, arg, "--number", 1, 100000); return 0;
    case 'f': o->format = arg; return 0;
    case 'o': o->output = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_ARG:
        if (o->index) return ARGP_ERR_UNKNOWN; /* the rest are the queries */
        o->index = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->index) argp_error(state, "INDEX is missing (make one with `molglot index`)");
        cli_input_check(&o->input, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- queries ---- */

typedef struct query_set {
    mg_rows rows;       /* with the status of each */
    const char **query; /* [n] as given, in rows */
    bool *by_smiles;    /* [n] */
    float *vectors;     /* [n, dim] */
} query_set;

static void query_set_free(query_set *s) {
    mg_rows_free(&s->rows);
    free(s->query);
    free(s->by_smiles);
    free(s->vectors);
}

static int read_queries(query_set *s, const cli_input *in, molglot_error *err) {
    int code = cli_input_load(in, &s->rows, err);
    if (code) return code;
    const mg_rows *r = &s->rows;
    const char *side = in->table.side;
    const bool told = side && strcmp(side, "auto");
    s->query = calloc(r->n + 1, sizeof *s->query);
    s->by_smiles = calloc(r->n + 1, sizeof *s->by_smiles);
    if (!s->query || !s->by_smiles) return mg_no_memory(err, "%zu queries", r->n);
    for (size_t i = 0; i < r->n; i++) {
        s->by_smiles[i] = told ? !strcmp(side, "molecule") : *r->smiles[i] != 0;
        s->query[i] = s->by_smiles[i] ? r->smiles[i] : r->text[i];
    }
    return MOLGLOT_OK;
}

/* Embeds runs of queries of one kind together, so the order of the queries is the order of the
 * rows. A query that could not be read keeps its status. */
static int embed_queries(query_set *s, mg_embedder *e, molglot_error *err) {
    const size_t dim = (size_t)mg_embedder_dim(e), n = s->rows.n;
    molglot_row_status *status = calloc(n + 1, sizeof *status);
    s->vectors = calloc(n * dim + 1, sizeof *s->vectors);
    int code = status && s->vectors ? MOLGLOT_OK : mg_no_memory(err, "%zu queries", n);
    for (size_t i = 0, j; i < n && !code; i = j) {
        for (j = i + 1; j < n && s->by_smiles[j] == s->by_smiles[i]; j++) {}
        code = (s->by_smiles[i] ? mg_embed_smiles : mg_embed_texts)(
            e, s->query + i, j - i, s->vectors + i * dim, status + i, err);
    }
    for (size_t i = 0; i < n && !code; i++)
        if (s->rows.status[i].ok) s->rows.status[i] = status[i];
    free(status);
    return code;
}

/* ---- rows ---- */

/* Columns as tsv and csv, json, and a table have them. */
enum {
    NUMBER,
    QUERY,
    RANK,
    SCORE,
    SHOWN_SCORE,
    ROW,
    ID,
    SMILES,
    TEXT,
    SHOWN,
    STATUS,
    ERROR,
    COLUMNS
};
static const cli_column columns[] = {
    {.name = "query_number", .kind = 'n', .except = CLI_NOT_IN_JSON},
    {.name = "query", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "rank", .kind = 'n', .width = 4, .gap = 0},
    {.name = "score", .kind = 'n'},
    {.name = "score",
     .kind = 'n',
     .width = 5,
     .gap = 1,
     .except = CLI_NOT_IN_LINES | CLI_NOT_IN_JSON},
    {.name = "row", .kind = 'n', .except = CLI_NOT_IN_LINES},
    {.name = "id", .kind = 't', .width = 25, .clip = 22, .gap = 1},
    {.name = "smiles", .kind = 't'},
    {.name = "text", .kind = 't'},
    {.name = "molecule or text",
     .kind = 't',
     .width = 90,
     .except = CLI_NOT_IN_LINES | CLI_NOT_IN_JSON},
    {.name = "status", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "error", .kind = 't', .except = CLI_NOT_IN_JSON}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_column section[] = {{.name = "query", .kind = 't'},
                                     {.name = "by", .kind = 't'},
                                     {.name = "status", .kind = 't'},
                                     {.name = "error", .kind = 't'},
                                     {.name = "offset", .kind = 'n'}};
static const cli_sheet_kind kind = {.columns = columns,
                                    .n_columns = COLUMNS,
                                    .section = section,
                                    .n_section = MG_COUNT(section),
                                    .sections = "results",
                                    .rows = "hits"};

static void add_hit(cli_sheet *s, const mg_index *x, const cli_cells *query, int rank,
                    const molglot_hit *hit) {
    cli_cells c = *query;
    char legend[96];
    const double score = (double)hit->score;
    const char *smiles = mg_index_smiles(x, hit->row), *text = mg_index_text(x, hit->row);
    cli_cells_put(&c, RANK, "%.0f", rank);
    cli_cells_put(&c, SCORE, "%.6g", score);
    cli_cells_put(&c, SHOWN_SCORE, "%.3f", score);
    cli_cells_put(&c, ROW, "%.0f", (double)hit->row);
    c.at[ID] = mg_index_id(x, hit->row);
    c.at[SMILES] = smiles;
    c.at[TEXT] = text;
    c.at[SHOWN] = mg_index_side(x) == MG_SIDE_TEXT || !*smiles ? text : smiles;
    c.at[STATUS] = "ok";
    snprintf(legend, sizeof legend, "%s  %.60s", c.at[SHOWN_SCORE], c.at[ID]);
    cli_sheet_add(s, &(cli_sheet_row){.cells = c.at,
                                      .smiles = smiles,
                                      .name = c.at[ID],
                                      .valid = *smiles != 0,
                                      .legend = legend,
                                      .text = text,
                                      .score = &score});
}

/* hits [k] of query i. */
static void add_query(cli_sheet *s, const mg_index *x, const query_set *q, size_t i,
                      const molglot_hit *hits, int k) {
    const molglot_row_status *status = &q->rows.status[i];
    cli_cells c;
    char offset[16];
    cli_cells_clear(&c);
    cli_cells_put(&c, NUMBER, "%.0f", (double)(i + 1));
    c.at[QUERY] = q->query[i];
    snprintf(offset, sizeof offset, "%d", status->offset);
    const char *const cells[] = {q->query[i], q->by_smiles[i] ? "smiles" : "text",
                                 status->ok ? "ok" : "rejected", status->ok ? NULL : status->reason,
                                 status->ok ? NULL : offset};
    cli_sheet_section(s, &(cli_section){.label = q->by_smiles[i] ? "molecule: " : "text: ",
                                        .heading = q->query[i],
                                        .note = status->reason,
                                        .wrong = !status->ok,
                                        .cells = cells});
    for (int h = 0; h < k && status->ok && hits[h].row >= 0; h++)
        add_hit(s, x, &c, h + 1, &hits[h]);
    if (status->ok) return;
    c.at[STATUS] = "rejected";
    c.at[ERROR] = status->reason;
    cli_sheet_add(
        s, &(cli_sheet_row){.cells = c.at, .smiles = "", .name = "", .text = "", .aside = true});
}

static int write_results(const search_options *o, const cli_engine *engine, const mg_index *x,
                         const query_set *q, const molglot_hit *hits, int k, molglot_error *err) {
    cli_sheet s = {0};
    cli_out out = {0};
    mg_str subtitle = {0}, footer = {0};
    mg_str_addf(&subtitle, "%lld %s searched", (long long)mg_index_size(x),
                mg_index_side(x) == MG_SIDE_TEXT ? "texts" : "molecules");
    mg_str_addf(&footer,
                "Molglot %s, model %s. Scores are cosines in the model's space: they rank, they "
                "are no probabilities.",
                MOLGLOT_VERSION, mg_space_part_name(engine->space));
    const cli_sheet_head head = {.format = cli_format(o->format, o->output, "table"),
                                 .title = "Molglot search",
                                 .subtitle = subtitle.s,
                                 .footer = footer.s,
                                 .count_name = "index_rows",
                                 .count = mg_index_size(x)};
    int code = cli_sheet_begin(&s, &kind, &head, err);
    if (!code) code = cli_out_open(&out, o->output, err);
    const bool open = !code;
    for (size_t i = 0; i < q->rows.n && !code; i++) {
        add_query(&s, x, q, i, hits + i * (size_t)k, k);
        code = cli_sheet_flush(&s, &out, err);
    }
    if (!code) code = cli_sheet_end(&s, &out, err);
    if (!code) code = cli_out_close(&out, err);
    if (code && open) cli_out_abort(&out);
    cli_sheet_free(&s);
    mg_str_free(&subtitle);
    mg_str_free(&footer);
    return code;
}

static int run(const search_options *o, cli_engine *engine, const mg_index *x, query_set *q,
               molglot_error *err) {
    int code = cli_check_index(x, engine, err);
    if (!code) code = read_queries(q, &o->input, err);
    if (!code) code = embed_queries(q, engine->embedder, err);
    if (code) return code;
    const int k = (int64_t)o->k < mg_index_size(x) ? o->k : (int)mg_index_size(x);
    molglot_hit *hits = calloc(q->rows.n * (size_t)k + 1, sizeof *hits);
    if (!hits) return mg_no_memory(err, "%zu queries", q->rows.n);
    code = mg_index_search(x, q->vectors, (int64_t)q->rows.n, k, o->common.threads, hits, err);
    if (!code) code = write_results(o, engine, x, q, hits, k, err);
    free(hits);
    return code;
}

int cmd_search(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_queries_argp, 0, "Input:", 5}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "INDEX [QUERY...]",
        "Ranks the rows of INDEX by each QUERY: a sentence or a SMILES. Exact search.\v"
        "Example:\n"
        "  molglot index examples/library.tsv -o library.idx\n"
        "  molglot search library.idx \"a fatty acid with two double bonds\" -k 5\n"
        "  molglot search library.idx 'CC(=O)Oc1ccccc1C(=O)O' -o hits.html\n"
        "  molglot search library.idx -i examples/library.tsv -k 1 -o hits.tsv\n"
        "  molglot search library.idx - -f jsonl < examples/queries.txt\n"
        "\n"
        "Scores are cosines: they rank, they are no probabilities.",
        children,
        NULL,
        NULL};
    search_options o = {.input = cli_input_default("QUERY", CLI_EITHER), .k = 10};
    o.input.questions = true;
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "table");
    molglot_error err = {0};
    if (cli_sheet_check(format, NULL, &err)) return cli_fail(&err);
    cli_engine engine = {0};
    query_set q = {0};
    mg_index *index = mg_index_open(o.index, false, &err);
    if (!index) return cli_fail(&err);
    code = cli_engine_open(&engine, &o.common, 0, &err);
    if (!code) code = run(&o, &engine, index, &q, &err);
    cli_rejects rejects = cli_rejects_of(&o.input);
    for (size_t i = 0; i < q.rows.n && !code; i++)
        if (!q.rows.status[i].ok)
            cli_reject(&o.common, &rejects, cli_input_name(&o.input), (int64_t)i + 1, q.query[i],
                       &q.rows.status[i]);
    if (!code)
        code = cli_rejects_end(&o.common, &rejects, (int64_t)q.rows.n);
    else
        cli_fail(&err);
    query_set_free(&q);
    mg_index_close(index);
    cli_engine_close(&engine);
    return code;
}
