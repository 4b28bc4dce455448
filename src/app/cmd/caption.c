/* caption.c - `molglot caption`: sentences for molecules, with the captions that they lean on, what
 * is computed of the molecule, and the words that this contradicts.
 *
 *   row -> a molecule, or a name that the dictionary knows -> mg_caption_molecules -> rows
 */
#include "app/cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 64 }; /* rows at once */

typedef struct caption_options {
    cli_common common;
    cli_input input;
    cli_captioning captioning;
    const char *output, *format;
} caption_options;

static const struct argp_option options[] = {
    {"number", 'n', "N", 0, "Captions of each molecule (default 1)", 0},
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"format", 'f', "F", 0,
     "text, " CLI_FORMATS
     " (default: by the extension of -o, else text on a terminal and tsv elsewhere)",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    caption_options *o = state->input;
    switch (key) {
    case 'n': o->captioning.o.n = (int)cli_number(state, arg, "--number", 1, 1000); return 0;
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->captioning;
        state->child_inputs[2] = &o->common;
        return 0;
    case ARGP_KEY_END: cli_input_check(&o->input, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

enum {
    ROW,
    ID,
    SMILES,
    RANK,
    CAPTION,
    SCORE,
    AGREEMENT,
    COSINE,
    NLL,
    METHOD,
    COPIED_FROM,
    COPIED_SMILES,
    EDITED,
    WRONG,
    SPANS,
    NEAR,
    FACTS,
    STATUS,
    ERROR,
    COLUMNS
};
static const cli_column columns[] = {
    {.name = "row", .kind = 'n', .except = CLI_NOT_IN_JSON},
    {.name = "id", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "smiles", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "rank", .kind = 'n', .width = 4, .gap = 0},
    {.name = "caption", .kind = 't', .width = 70, .clip = 67, .gap = 1},
    {.name = "score", .kind = 'n', .width = 6, .on_card = true, .gap = 1},
    {.name = "agreement", .kind = 'n', .on_card = true},
    {.name = "cosine", .kind = 'n', .width = 6, .on_card = true, .gap = 1},
    {.name = "nll", .kind = 'n'},
    {.name = "method", .kind = 't'},
    {.name = "copied_from", .kind = 't', .width = 20, .clip = 17, .gap = 1},
    {.name = "copied_smiles", .kind = 't'},
    {.name = "edited", .kind = 'b'},
    {.name = "contradicted", .kind = 't', .width = 20, .clip = 17, .gap = 1},
    {.name = "contradicted_at", .kind = 'j', .except = CLI_NOT_IN_LINES},
    {.name = "near", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "facts", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "status", .kind = 't', .except = CLI_NOT_IN_JSON},
    {.name = "error", .kind = 't', .except = CLI_NOT_IN_JSON}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_column section[] = {
    {.name = "row", .kind = 'n'},   {.name = "id", .kind = 't'},   {.name = "smiles", .kind = 't'},
    {.name = "facts", .kind = 't'}, {.name = "near", .kind = 'j'}, {.name = "status", .kind = 't'},
    {.name = "error", .kind = 't'}};
static const cli_sheet_kind kind = {.columns = columns,
                                    .n_columns = COLUMNS,
                                    .section = section,
                                    .n_section = MG_COUNT(section),
                                    .sections = "molecules",
                                    .rows = "captions"};

/* A row of the input, kept until its block is done. */
typedef struct asked {
    char *id, *smiles;  /* smiles: as given, or the structure of a name */
    const char **cells; /* [columns of the input] copies */
    molglot_row_status status;
} asked;

typedef struct run {
    const caption_options *o;
    bool text; /* -f text */
    cli_captioner captioner;
    cli_dictionary names;
    cli_reader reader;
    cli_sheet sheet;
    cli_out out;
    cli_rejects rejects;
    int64_t rows;
    asked asked[BLOCK];
    size_t n;
} run;

/* ---- rows of the input ---- */

/* A name's structure, the best one. */
static int look_up(run *r, const char *name, asked *a, molglot_error *err) {
    mg_name_hits hits = {0};
    int code = r->names.d ? mg_name_find(r->names.d, name, &hits, err) : MOLGLOT_OK;
    if (!code && hits.n) {
        mg_row_accept(&a->status);
        a->smiles = strdup(hits.hit[0].smiles);
        if (!a->smiles) code = mg_no_memory(err, "a molecule");
    } else if (!code) {
        mg_row_refuse(&a->status, -1, "neither a molecule nor a name in the dictionary");
    }
    mg_name_hits_free(&hits);
    return code;
}

/* Copies of the row's further cells. */
static bool keep_cells(const cli_columns *c, const char *const *cells, asked *a) {
    a->cells = calloc(c->n + 1, sizeof *a->cells);
    for (size_t i = 0; i < c->n && a->cells; i++)
        if (!(a->cells[i] = strdup(cells[i]))) return false;
    return a->cells != NULL;
}

static int keep_row(run *r, const mg_row *row, molglot_error *err) {
    asked *a = &r->asked[r->n];
    *a = (asked){.status = row->status};
    r->n++;
    const bool words = row->text_n > 0 && !row->smiles_n;
    const char *given = words ? row->text : row->smiles ? row->smiles : "";
    a->id = strdup(row->id && *row->id ? row->id : words ? given : "");
    if (!a->id || !keep_cells(&r->reader.columns, cli_columns_row(&r->reader.columns, row), a))
        return mg_no_memory(err, "a row");
    int code = words ? look_up(r, given, a, err) : MOLGLOT_OK;
    if (!code && !a->smiles && !(a->smiles = strdup(given))) code = mg_no_memory(err, "a row");
    return code;
}

static void forget_rows(run *r) {
    for (size_t i = 0; i < r->n; i++) {
        asked *a = &r->asked[i];
        for (size_t k = 0; a->cells && k < r->reader.columns.n; k++)
            free((char *)(uintptr_t)a->cells[k]);
        free(a->cells);
        free(a->id);
        free(a->smiles);
    }
    r->n = 0;
}

/* ---- rows of the output ---- */

/* "tertiary alcohol; lactone" */
static void list_wrong(const mg_caption *c, mg_str *out, mg_str *spans) {
    mg_str_addz(spans, "[");
    for (int i = 0; i < c->n_wrong; i++) {
        const mg_caption_span *s = &c->wrong[i];
        if (i) mg_str_addz(out, "; ");
        mg_str_add(out, c->text + s->begin, s->end - s->begin);
        mg_str_addf(spans, "%s[%zu,%zu]", i ? "," : "", s->begin, s->end);
    }
    mg_str_addz(spans, "]");
}

/* What it leaned on, for a line and for JSON. */
static void list_near(const mg_captioned *m, mg_str *line, mg_str *json) {
    mg_str_addz(json, "[");
    for (int i = 0; i < m->n_near; i++) {
        const mg_leaned *l = &m->near[i];
        mg_str_addf(line, "%s%s (%.3f)", i ? "; " : "", l->label, (double)l->molecule);
        mg_str_addf(json, "%s{\"name\":", i ? "," : "");
        cli_json_string(json, l->label);
        mg_str_addz(json, ",\"smiles\":");
        cli_json_string(json, l->smiles);
        mg_str_addf(json, ",\"cosine\":%.4f,\"caption_cosine\":%.4f,\"tanimoto\":%.4f,\"caption\":",
                    (double)l->molecule, (double)l->caption, (double)l->structure);
        cli_json_string(json, l->text);
        mg_str_addz(json, "}");
    }
    mg_str_addz(json, "]");
}

static const mg_leaned *copied(const mg_captioned *m, const mg_caption *c) {
    for (int i = 0; i < m->n_near && c->draft.row >= 0; i++)
        if (m->near[i].row == c->draft.row) return &m->near[i];
    return NULL;
}

/* A paragraph a molecule. */
static void add_text(run *r, const asked *a, const mg_captioned *m) {
    mg_str *out = &r->sheet.out;
    const bool ok = m->status.ok;
    mg_str_addf(out, "%s%s%s\n", a->id, *a->id ? ": " : "", a->smiles);
    if (!ok) mg_str_addf(out, "  no caption: %s\n", m->status.reason);
    for (int k = 0; k < m->n; k++) {
        const mg_caption *c = &m->captions[k];
        const mg_leaned *from = copied(m, c);
        mg_str wrong = {0}, spans = {0};
        mg_str_addf(out, "  %d. %s\n     score %.3f, cosine %.3f, ", k + 1, c->text, c->score,
                    (double)c->draft.cosine);
        if (from)
            mg_str_addf(out, "copied from %s (molecules' cosine %.3f, %s)%s\n", from->label,
                        (double)from->molecule, from->smiles,
                        c->draft.edited ? ", with the molecule's own names" : "");
        else
            mg_str_addf(out, "written by %s\n", c->draft.method);
        list_wrong(c, &wrong, &spans);
        if (c->n_wrong) mg_str_addf(out, "     not so: %s\n", wrong.s ? wrong.s : "");
        out->failed |= wrong.failed || spans.failed;
        mg_str_free(&wrong);
        mg_str_free(&spans);
    }
    if (ok && m->facts) mg_str_addf(out, "  computed: %s\n", m->facts);
    mg_str_addz(out, "\n");
}

static void add_caption(run *r, const asked *a, const mg_captioned *m, int k, const char *near) {
    const mg_caption *c = &m->captions[k];
    const mg_leaned *from = copied(m, c);
    mg_str wrong = {0}, spans = {0};
    cli_cells cells;
    list_wrong(c, &wrong, &spans);
    cli_cells_clear(&cells);
    cli_cells_put(&cells, ROW, "%.0f", (double)cli_row_number(&r->o->input, r->rows));
    cli_cells_put(&cells, RANK, "%.0f", k + 1.0);
    cli_cells_put(&cells, SCORE, "%.4f", c->score);
    cli_cells_put(&cells, AGREEMENT, "%.4f", c->agreement);
    if (!isnan(c->draft.cosine)) cli_cells_put(&cells, COSINE, "%.4f", (double)c->draft.cosine);
    if (!isnan(c->draft.nll)) cli_cells_put(&cells, NLL, "%.4f", c->draft.nll);
    cells.at[ID] = a->id, cells.at[SMILES] = a->smiles;
    cells.at[CAPTION] = c->text, cells.at[METHOD] = c->draft.method;
    if (from) cells.at[COPIED_FROM] = from->label, cells.at[COPIED_SMILES] = from->smiles;
    cells.at[EDITED] = c->draft.edited ? "true" : "false";
    if (wrong.s) cells.at[WRONG] = wrong.s;
    cells.at[SPANS] = spans.s ? spans.s : "[]";
    cells.at[NEAR] = near;
    cells.at[FACTS] = m->facts ? m->facts : "";
    cells.at[STATUS] = "ok";
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = cells.at,
                                              .smiles = a->smiles,
                                              .mol = m->mol,
                                              .name = a->id,
                                              .valid = true,
                                              .legend = *a->id ? a->id : NULL,
                                              .text = c->text,
                                              .score = &c->score,
                                              .extra = a->cells});
    r->sheet.out.failed |= wrong.failed || spans.failed;
    mg_str_free(&wrong);
    mg_str_free(&spans);
}

static void add_rejected(run *r, const asked *a, const mg_captioned *m) {
    cli_cells cells;
    cli_cells_clear(&cells);
    cli_cells_put(&cells, ROW, "%.0f", (double)cli_row_number(&r->o->input, r->rows));
    cells.at[ID] = a->id, cells.at[SMILES] = a->smiles;
    cells.at[STATUS] = "rejected", cells.at[ERROR] = m->status.reason;
    cells.at[SPANS] = "[]";
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = cells.at,
                                              .smiles = a->smiles,
                                              .name = a->id,
                                              .aside = true,
                                              .text = "",
                                              .extra = a->cells});
}

static void add_molecule(run *r, const asked *a, const mg_captioned *m) {
    r->rows++;
    if (!m->status.ok)
        cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input),
                   cli_row_number(&r->o->input, r->rows), *a->id ? a->id : a->smiles, &m->status);
    if (r->text) {
        add_text(r, a, m);
        return;
    }
    mg_str line = {0}, json = {0};
    char row[24];
    snprintf(row, sizeof row, "%lld", (long long)cli_row_number(&r->o->input, r->rows));
    list_near(m, &line, &json);
    const bool ok = m->status.ok;
    const char *const cells[] = {row,
                                 a->id,
                                 a->smiles,
                                 m->facts ? m->facts : "",
                                 json.s ? json.s : "[]",
                                 ok ? "ok" : "rejected",
                                 m->status.reason};
    cli_sheet_section(&r->sheet, &(cli_section){.heading = *a->id ? a->id : a->smiles,
                                                .note = ok ? "" : m->status.reason,
                                                .wrong = !ok,
                                                .cells = cells,
                                                .extra = a->cells});
    for (int k = 0; k < m->n; k++) add_caption(r, a, m, k, line.s ? line.s : "");
    if (!ok) add_rejected(r, a, m);
    mg_str_free(&line);
    mg_str_free(&json);
}

/* ---- blocks ---- */

static int caption_rows(run *r, molglot_error *err) {
    const char *smiles[BLOCK];
    mg_captioned made[BLOCK];
    for (size_t i = 0; i < r->n; i++) smiles[i] = r->asked[i].status.ok ? r->asked[i].smiles : "";
    int code = mg_caption_molecules(r->captioner.c, smiles, r->n, &r->o->captioning.o, made, err);
    if (code) return code;
    for (size_t i = 0; i < r->n; i++) {
        if (!r->asked[i].status.ok) made[i].status = r->asked[i].status;
        add_molecule(r, &r->asked[i], &made[i]);
        mg_captioned_free(&made[i]);
    }
    forget_rows(r);
    return cli_sheet_flush(&r->sheet, &r->out, err);
}

static int read_rows(run *r, molglot_error *err) {
    mg_row row;
    int more = 0, code = MOLGLOT_OK;
    while (!code && !cli_interrupted && (more = cli_reader_next(&r->reader, &row, err)) > 0) {
        code = keep_row(r, &row, err);
        if (!code && r->n == BLOCK) code = caption_rows(r, err);
    }
    if (!code && more < 0) code = mg_code_of(err, MOLGLOT_FAILED);
    return !code && r->n ? caption_rows(r, err) : code;
}

static int caption(run *r, const char *format, molglot_error *err) {
    const caption_options *o = r->o;
    int code = cli_reader_open(&r->reader, &o->input, err);
    if (!code) code = cli_captioner_open(&r->captioner, &o->common, &o->captioning, err);
    if (!code) code = cli_dictionary_open(&r->names, r->captioner.engine.bundle, &o->common, err);
    if (code) return code;
    const cli_sheet_head head = {.format = r->text ? "tsv" : format,
                                 .title = "Molglot captions",
                                 .footer = "Molglot " MOLGLOT_VERSION ", drawn by RDKit.",
                                 .extra = r->reader.columns.names,
                                 .n_extra = r->reader.columns.n,
                                 .n_section_extra = r->reader.columns.n};
    code = cli_sheet_begin(&r->sheet, &kind, &head, err);
    if (!code) code = cli_out_open(&r->out, o->output, err);
    if (code) return code;
    if (r->text) r->sheet.out.n = 0; /* no heading */
    code = read_rows(r, err);
    if (!code) code = cli_sheet_end(&r->sheet, &r->out, err);
    if (!code) return cli_out_close(&r->out, err);
    cli_out_abort(&r->out);
    return code;
}

int cmd_caption(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_queries_argp, 0, "Input:", 5},
                                                 {&cli_captioning_argp, 0, "Captions:", 7},
                                                 {&cli_common_argp, 0, "Common options:", 10},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "[SMILES|NAME...]",
        "Says in a sentence what molecules are. --method nearest takes captions of near molecules "
        "out of the model's memory, or of your index (--memory), and gives the one on which they "
        "agree most. What is computed of the molecule stands beside, and words of the caption that "
        "it contradicts are named.\v"
        "Example:\n"
        "  molglot caption 'CC(=O)Oc1ccccc1C(=O)O'\n"
        "  molglot caption aspirin caffeine -n 3 -f json\n"
        "  molglot caption -i examples/library.tsv -o captions.tsv\n\n"
        "A caption of the very molecule in the model's memory is passed over; one in your own "
        "index is the answer (--own). docs/captions.md says how good captions are.",
        children,
        NULL,
        NULL};
    caption_options o = {.input = cli_input_default("SMILES", CLI_EITHER),
                         .captioning = cli_captioning_default()};
    o.captioning.names = true;
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_extension(o.format, o.output,
                                       isatty(STDOUT_FILENO) && !o.output ? "text" : "tsv");
    molglot_error err = {0};
    run *r = calloc(1, sizeof *r);
    if (!r) return cli_no_memory();
    r->o = &o, r->text = !strcmp(format, "text"), r->rejects = cli_rejects_of(&o.input);
    if (!r->text && cli_sheet_check(format, "text", &err)) {
        free(r);
        return cli_fail(&err);
    }
    cli_catch_interrupt();
    code = caption(r, format, &err);
    if (code)
        cli_fail(&err);
    else
        code = cli_rejects_end(&o.common, &r->rejects, r->rows);
    if (!code && cli_interrupted) code = MOLGLOT_INTERRUPTED;
    forget_rows(r);
    cli_sheet_free(&r->sheet);
    cli_reader_close(&r->reader);
    cli_dictionary_close(&r->names);
    cli_captioner_close(&r->captioner);
    free(r);
    return code;
}
