/* search_out.c - what `molglot search` prints: a section a query, a row a hit, in every format of
 * cli/sheet.c; the further columns of the queries' table and of all libraries behind them.
 */
#include "app/cmd/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns as tsv and csv, json, and a table have them. */
enum {
    NUMBER,
    QUERY,
    RANK,
    SCORE,
    SHOWN_SCORE,
    COSINE,
    WHY,
    SHOWN_WHY,
    LIBRARY,
    ROW,
    ID,
    SMILES,
    TEXT,
    MEETS,
    FAILS,
    SHOWN,
    STATUS,
    ERROR,
    COLUMNS
};
#define IN_TABLE (CLI_NOT_IN_LINES | CLI_NOT_IN_JSON)
static const cli_column columns[] = {
    {.name = "query_number", .kind = 'n', .except = CLI_NOT_IN_JSON},
    {.name = "query", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "rank", .kind = 'n', .width = 4, .gap = 0},
    {.name = "score", .kind = 'n'},
    {.name = "score", .kind = 'n', .width = 5, .gap = 1, .except = IN_TABLE},
    {.name = "cosine", .kind = 'n'},
    {.name = "why", .kind = 't'},
    {.name = "why", .kind = 't', .width = 8, .gap = 1, .except = IN_TABLE},
    {.name = "library", .kind = 't'},
    {.name = "row", .kind = 'n'},
    {.name = "id", .kind = 't', .width = 21, .clip = 18, .gap = 1},
    {.name = "smiles", .kind = 't'},
    {.name = "text", .kind = 't'},
    {.name = "meets", .kind = 't', .width = 5, .gap = 1},
    {.name = "fails", .kind = 't'},
    {.name = "molecule or text", .kind = 't', .width = 90, .except = IN_TABLE},
    {.name = "status", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "error", .kind = 't', .except = CLI_NOT_IN_JSON}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_column section[] = {
    {.name = "query", .kind = 't'}, {.name = "query_is", .kind = 't'},
    {.name = "note", .kind = 't'},  {.name = "status", .kind = 't'},
    {.name = "error", .kind = 't'}, {.name = "offset", .kind = 'n'}};
static const cli_sheet_kind kind = {.columns = columns,
                                    .n_columns = COLUMNS,
                                    .section = section,
                                    .n_section = MG_COUNT(section),
                                    .sections = "results",
                                    .rows = "hits"};

static int find_extras(search_extras *e, const search_libraries *l, const cli_columns *queries,
                       molglot_error *err) {
    size_t most = queries->n;
    const char *const *names;
    for (int p = 0; p < l->n; p++) most += (size_t)mg_index_columns(l->indexes[p], &names);
    e->names = calloc(most + 1, sizeof *e->names);
    e->cells = calloc(most + 1, sizeof *e->cells);
    e->at = calloc((size_t)l->n + 1, sizeof *e->at);
    if (!e->names || !e->cells || !e->at) return mg_no_memory(err, "%zu columns", most);
    for (size_t i = 0; i < queries->n; i++) e->names[e->n++] = queries->names[i];
    e->n_query = e->n;
    for (int p = 0; p < l->n; p++) {
        const int n = mg_index_columns(l->indexes[p], &names);
        e->at[p] = calloc((size_t)n + 1, sizeof **e->at);
        if (!e->at[p]) return mg_no_memory(err, "%d columns", n);
        for (int c = 0; c < n; c++) {
            size_t k = e->n_query;
            while (k < e->n && strcmp(e->names[k], names[c])) k++;
            if (k == e->n) e->names[e->n++] = names[c];
            e->at[p][c] = (int)k;
        }
    }
    return MOLGLOT_OK;
}

static void free_extras(search_extras *e, const search_libraries *l) {
    for (int p = 0; p < l->n && e->at; p++) free(e->at[p]);
    free(e->at);
    free(e->names);
    free(e->cells);
}

/* Cells of a hit behind the query's. */
static void place_cells(search_extras *e, const mg_index *x, int part, int64_t row) {
    const char *const *names;
    const int n = mg_index_columns(x, &names);
    for (size_t i = e->n_query; i < e->n; i++) e->cells[i] = "";
    for (int c = 0; c < n; c++) e->cells[e->at[part][c]] = mg_index_cell(x, row, c);
}

static void add_hit(search_output *out, size_t i, const cli_cells *query, int rank,
                    const mg_found *hit) {
    const mg_index *x = out->libraries->indexes[hit->part];
    const search_query *q = &out->q->q[i];
    const mg_question question = search_question_of(q, NULL);
    cli_cells c = *query;
    mg_str why = {0}, fails = {0};
    char legend[96], shown[16], meets[24];
    const double score = (double)hit->score;
    const char *smiles = mg_index_smiles(x, hit->row), *text = mg_index_text(x, hit->row);
    const int64_t number = mg_index_number(x, hit->row);
    if (q->kind == QUERY_PATTERN || q->kind == QUERY_KEY)
        mg_str_addz(&why, q->what);
    else
        mg_find_why(&question, hit, &why);
    cli_cells_put(&c, RANK, "%.0f", rank);
    cli_cells_put(&c, SCORE, "%.6g", score);
    cli_cells_put(&c, SHOWN_SCORE, "%.3f", score);
    if (isfinite(hit->cosine)) cli_cells_put(&c, COSINE, "%.6g", (double)hit->cosine);
    c.at[WHY] = why.s ? why.s : "";
    snprintf(shown, sizeof shown, "%.*s", (int)strcspn(c.at[WHY], ":;,"), c.at[WHY]);
    c.at[SHOWN_WHY] = shown; /* the first reason, in a word */
    if (q->request && hit->meets.of) {
        snprintf(meets, sizeof meets, "%d/%d", hit->meets.met, hit->meets.of);
        c.at[MEETS] = meets;
        mg_find_fails(q->request, &hit->meets, &fails);
        c.at[FAILS] = fails.s ? fails.s : "";
    }
    c.at[LIBRARY] = out->libraries->paths[hit->part];
    cli_cells_put(&c, ROW, "%.0f", (double)(number ? number : hit->row + 1));
    c.at[ID] = mg_index_id(x, hit->row);
    c.at[SMILES] = smiles;
    c.at[TEXT] = text;
    c.at[SHOWN] = mg_index_side(x) == MG_SIDE_TEXT || !*smiles ? text : smiles;
    c.at[STATUS] = "ok";
    place_cells(&out->extra, x, hit->part, hit->row);
    snprintf(legend, sizeof legend, "%s  %.60s", c.at[SHOWN_SCORE], c.at[ID]);
    cli_sheet_add(&out->sheet, &(cli_sheet_row){.cells = c.at,
                                                .smiles = smiles,
                                                .name = c.at[ID],
                                                .valid = *smiles != 0,
                                                .legend = legend,
                                                .text = text,
                                                .score = &score,
                                                .extra = out->extra.cells});
    out->sheet.out.failed |= why.failed || fails.failed;
    mg_str_free(&why);
    mg_str_free(&fails);
}

/* found [k] of query i. */
static void add_query(search_output *out, cli_columns *further, size_t i, const mg_found *found,
                      int k) {
    const search_query *q = &out->q->q[i];
    const molglot_row_status *status = &out->q->rows.status[i];
    cli_cells c;
    char offset[16], label[32];
    cli_cells_clear(&c);
    cli_cells_put(&c, NUMBER, "%.0f",
                  (double)cli_row_number(out->input, out->before + (int64_t)i + 1));
    c.at[QUERY] = q->text;
    snprintf(offset, sizeof offset, "%d", status->offset);
    snprintf(label, sizeof label, "%s: ", q->what);
    const char *note = q->note.s ? q->note.s : "";
    enum { MOST_TOLD = 10 };
    const bool tell = q->request || q->known.denied.n;
    if (tell && status->ok && !cli_sheet_has_notes(&out->sheet) && out->told++ < MOST_TOLD)
        cli_say(out->common, "%.60s: %s", q->text, note);
    const char *const cells[] = {q->text,
                                 q->what,
                                 *note ? note : NULL,
                                 status->ok ? "ok" : "rejected",
                                 status->ok ? NULL : status->reason,
                                 status->ok ? NULL : offset};
    if (further->n) {
        const char *const *own = cli_columns_at(further, &out->q->rows, i);
        for (size_t e = 0; e < further->n; e++) out->extra.cells[e] = own[e];
    }
    for (size_t e = out->extra.n_query; e < out->extra.n; e++) out->extra.cells[e] = "";
    cli_sheet_section(&out->sheet, &(cli_section){.label = label,
                                                  .heading = q->text,
                                                  .note = status->ok ? note : status->reason,
                                                  .wrong = !status->ok,
                                                  .cells = cells,
                                                  .extra = out->extra.cells});
    for (int h = 0; h < k && status->ok && found[h].row >= 0; h++)
        add_hit(out, i, &c, h + 1, &found[h]);
    if (status->ok) return;
    c.at[STATUS] = "rejected";
    c.at[ERROR] = status->reason;
    cli_sheet_add(&out->sheet, &(cli_sheet_row){.cells = c.at,
                                                .smiles = "",
                                                .name = "",
                                                .text = "",
                                                .aside = true,
                                                .extra = out->extra.cells});
}

int search_output_begin(search_output *out, const cli_engine *engine, molglot_error *err) {
    const int64_t rows = search_libraries_rows(out->libraries);
    mg_str_addf(&out->subtitle, "%lld rows searched", (long long)rows);
    mg_str_addf(&out->footer,
                "Molglot %s, model %s. Scores rank by molecule, text, words and names; cosines are "
                "those in the model's space. Neither is a probability.",
                MOLGLOT_VERSION, mg_space_part_name(engine->space));
    int code = find_extras(&out->extra, out->libraries, &out->q->columns, err);
    const cli_sheet_head head = {.format = cli_format(out->format, out->output, "table"),
                                 .title = "Molglot search",
                                 .subtitle = out->subtitle.s,
                                 .footer = out->footer.s,
                                 .count_name = "index_rows",
                                 .count = rows,
                                 .extra = out->extra.names,
                                 .n_extra = out->extra.n,
                                 .n_section_extra = out->extra.n_query};
    if (!code) code = cli_sheet_begin(&out->sheet, &kind, &head, err);
    if (!code) code = cli_out_open(&out->file, out->output, err);
    out->open = !code;
    return code;
}

int search_output_add(search_output *out, search_queries *q, const mg_found *found, int k,
                      molglot_error *err) {
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < q->rows.n && !code; i++) {
        add_query(out, &q->columns, i, found + i * (size_t)k, k);
        code = cli_sheet_flush(&out->sheet, &out->file, err);
    }
    return code;
}

int search_output_end(search_output *out, molglot_error *err) {
    int code = cli_sheet_end(&out->sheet, &out->file, err);
    if (!code) code = cli_out_close(&out->file, err);
    if (!code) out->open = false;
    return code;
}

void search_output_free(search_output *out) {
    if (out->open) cli_out_abort(&out->file);
    cli_sheet_free(&out->sheet);
    free_extras(&out->extra, out->libraries);
    mg_str_free(&out->subtitle);
    mg_str_free(&out->footer);
}
