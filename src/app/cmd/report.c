/* report.c - `molglot report`: a table of molecules as one page of cards that needs nothing else:
 * pictures, the table's own columns, facts, and what triage says. */
#include "app/cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_TITLE = CLI_OWN, OPT_MOST, OPT_NEAREST, OPT_MEMORY, OPT_NO_TRIAGE };

typedef struct report_options {
    cli_common common;
    cli_input input;
    cli_triage_options triage;
    const char *output, *title, *memory;
    long most;
    bool nearest;
} report_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "The page (default: stdout)", 0},
    {"title", OPT_TITLE, "TEXT", 0, "Its title (default: the name of the table)", 0},
    {"max", OPT_MOST, "N", 0, "Cards, at most (default 1000)", 0},
    {"nearest", OPT_NEAREST, NULL, 0,
     "Name the most similar molecule of the model's memory on each card; needs a model", 0},
    {"library", OPT_MEMORY, "INDEX", 0, "The same of this index", 0},
    {"no-triage", OPT_NO_TRIAGE, NULL, 0, "No alerts, scores and control lists", 0},
    {"control-list", 1, "FILE", 0,
     "A list of your own beside those that are built in (docs/triage.md)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    report_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case OPT_TITLE: o->title = arg; return 0;
    case OPT_MOST: o->most = cli_number(state, arg, "--max", 1, 1 << 20); return 0;
    case OPT_NEAREST: o->nearest = true; return 0;
    case OPT_MEMORY: o->memory = arg; return 0;
    case OPT_NO_TRIAGE:
        o->triage.triage = false;
        o->triage.screen = MOLGLOT_SCREEN_OFF;
        return 0;
    case 1: o->triage.lists = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input.table;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input.file) argp_error(state, "one FILE, please");
        o->input.file = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->input.file) argp_error(state, "FILE is missing");
        if (o->triage.lists && o->triage.screen == MOLGLOT_SCREEN_OFF)
            argp_error(state, "--control-list, or --no-triage, not both");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

enum {
    SMILES,
    WEIGHT,
    CONTROL_LIST,
    ALERTS,
    N_ALERTS,
    SA,
    QED,
    NEAREST_ID,
    NEAREST_SMILES,
    NEAREST_TANIMOTO,
    COLUMNS
};
static const cli_column columns[] = {{.name = "smiles", .kind = 't'},
                                     {.name = "weight", .kind = 'n', .on_card = true},
                                     CLI_TRIAGE_COLUMNS,
                                     {.name = "qed", .kind = 'n', .on_card = true},
                                     {.name = "nearest_id", .kind = 't', .on_card = true},
                                     {.name = "nearest_smiles", .kind = 't'},
                                     {.name = "nearest_tanimoto", .kind = 'n', .on_card = true}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_sheet_kind kind = {.columns = columns, .n_columns = COLUMNS};
static const cli_triage_columns triage_at = {CONTROL_LIST, ALERTS, N_ALERTS, QED, SA};

typedef struct run {
    const report_options *o;
    cli_reader reader;
    cli_triage triage;
    cli_sheet sheet;
    cli_out out;
    cli_rejects rejects;
    cli_engine engine; /* with --nearest or --library */
    mg_index *index;
    mg_memory known;
    int score;         /* which further column; -1: none */
    int from[COLUMNS]; /* the table's column of that name; -1: it has none */
    int64_t rows, shown;
} run;

/* ---- the nearest known molecule ---- */

static int open_known(run *r, molglot_error *err) {
    const report_options *o = r->o;
    if (!o->nearest && !o->memory) return MOLGLOT_OK;
    cli_common one = o->common;
    one.threads = 1;
    int code = cli_engine_open(&r->engine, &one, 0, err);
    if (code) return code;
    if (o->memory) {
        if (!(r->index = mg_index_open(o->memory, false, err))) return err->code;
        if (mg_index_side(r->index) != MG_SIDE_MOLECULE)
            return mg_fail(err, MOLGLOT_USAGE, "%s holds texts, not molecules", o->memory);
        r->known.index = r->index;
        return cli_check_index(r->index, &r->engine, err);
    }
    if (!mg_bundle_has(r->engine.bundle, MG_PART_MEMORY))
        return mg_fail(err, MOLGLOT_BAD_FILE, "the model has no memory: give --library INDEX");
    const mg_memory_part *part = mg_bundle_known(r->engine.bundle, err);
    if (!part) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (mg_memory_part_fits(part, r->engine.bundle)) r->known.part = part;
    return MOLGLOT_OK;
}

static int find_known(run *r, const mg_mol *m, const char *smiles, cli_cells *c,
                      molglot_error *err) {
    uint8_t bits[MG_CANDIDATE_BITS / 8];
    mg_alike near = {.row = -1};
    molglot_row_status status;
    if (!mg_memory_is_there(&r->known)) return MOLGLOT_OK;
    float *v = malloc((size_t)mg_embedder_dim(r->engine.embedder) * sizeof *v);
    int code = v ? mg_embed_molecules(r->engine.embedder, &m, &smiles, 1, v, &status, err)
                 : mg_no_memory(err, "an embedding");
    if (!code && status.ok)
        code = mg_mol_fingerprint(m, MG_FP_MORGAN, 2, MG_CANDIDATE_BITS, bits, err);
    if (!code && status.ok) code = mg_memory_alike(&r->known, v, bits, &near, err);
    free(v);
    if (code || near.row < 0) return code;
    c->at[NEAREST_ID] = mg_memory_label(&r->known, near.row);
    c->at[NEAREST_SMILES] = mg_memory_smiles(&r->known, near.row);
    cli_cells_put(c, NEAREST_TANIMOTO, "%.3g", near.tanimoto);
    return code;
}

/* ---- rows ---- */

/* What molglot's own tables say of a run, and no card has to. */
static bool is_of_the_run(const char *name) {
    static const char *const names[] = {"prompt_number", "draw", "seed",  "drawn",       "invalid",
                                        "duplicates",    "stop", "valid", "query_number"};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strcmp(name, names[i])) return true;
    return !strncmp(name, "left_out_", 9);
}

/* Columns of the table with a name of ours are ours; the other ones stand on the cards. */
static void sort_columns(run *r) {
    cli_columns *x = &r->reader.columns;
    size_t kept = 0;
    r->score = -1;
    for (int k = 0; k < COLUMNS; k++) r->from[k] = -1;
    for (size_t i = 0; i < x->n; i++) {
        int k = 0;
        while (k < COLUMNS && strcmp(x->names[i], columns[k].name)) k++;
        if (k < COLUMNS) r->from[k] = x->at[i];
        if (k < COLUMNS || is_of_the_run(x->names[i])) continue;
        if (r->reader.table && mg_table_role(r->reader.table, x->at[i]) == 't') continue;
        if (!strcmp(x->names[i], "score")) r->score = (int)kept;
        x->names[kept] = x->names[i];
        x->at[kept++] = x->at[i];
    }
    x->n = kept;
}

/* What is not computed stands as the table has it. */
static void take_own(const run *r, const mg_row *row, cli_cells *c) {
    for (int k = CONTROL_LIST; k < COLUMNS; k++) {
        const bool computed = k < NEAREST_ID ? r->triage.screen != NULL : r->engine.bundle != NULL;
        const int from = r->from[k];
        if (!computed && from >= 0 && from < row->n_fields && row->fields[from])
            c->at[k] = row->fields[from];
    }
}

static int fill(run *r, const mg_mol *m, const char *smiles, cli_cells *c, cli_triaged *t,
                molglot_error *err) {
    int code = cli_triage_molecule(&r->triage, m, smiles, NULL, t, err);
    if (code) return code;
    cli_cells_triage(c, &triage_at, t);
    cli_cells_put(c, WEIGHT, "%.2f", mg_mol_weight(m));
    return find_known(r, m, smiles, c, err);
}

static int add_row(run *r, const mg_row *row, molglot_error *err) {
    molglot_row_status status = row->status;
    const char *id = row->id ? row->id : "", *smiles = row->smiles ? row->smiles : "";
    cli_cells c;
    cli_triaged t = {0};
    cli_cells_clear(&c);
    take_own(r, row, &c);
    mg_mol *m = status.ok ? mg_mol_from_smiles(smiles, NULL, &status) : NULL;
    int code = m ? fill(r, m, smiles, &c, &t, err) : MOLGLOT_OK;
    if (!code && !m)
        cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input), r->rows,
                   *id ? id : smiles, &status);
    const char *const *extra = cli_columns_row(&r->reader.columns, row);
    char *end = NULL;
    const double score = r->score >= 0 ? strtod(extra[r->score], &end) : 0;
    const bool scored = r->score >= 0 && end != extra[r->score] && !*end && isfinite(score);
    c.at[SMILES] = smiles;
    if (!code)
        cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = c.at,
                                                  .smiles = smiles,
                                                  .mol = m,
                                                  .name = id,
                                                  .valid = m != NULL,
                                                  .legend = id,
                                                  .text = !m          ? status.reason
                                                          : row->text ? row->text
                                                                      : "",
                                                  .score = scored ? &score : NULL,
                                                  .extra = extra});
    cli_triaged_free(&t);
    mg_mol_free(m);
    r->shown++;
    return code ? code : cli_sheet_flush(&r->sheet, &r->out, err);
}

static int add_rows(run *r, molglot_error *err) {
    mg_row row;
    int more = 0, code = MOLGLOT_OK;
    while (!code && !cli_interrupted && (more = cli_reader_next(&r->reader, &row, err)) > 0)
        if (r->rows++ < r->o->most) code = add_row(r, &row, err);
    return !code && more < 0 ? mg_code_of(err, MOLGLOT_FAILED) : code;
}

/* The name of the table without its folder. */
static const char *title_of(const report_options *o) {
    const char *slash = strrchr(o->input.file, '/');
    return o->title                      ? o->title
           : !strcmp(o->input.file, "-") ? "Molecules"
                                         : (slash && slash[1] ? slash + 1 : o->input.file);
}

static int write_page(run *r, molglot_error *err) {
    const report_options *o = r->o;
    mg_str footer = {0};
    mg_str_addz(&footer, "Molglot " MOLGLOT_VERSION ". ");
    cli_triage_say(&r->triage, &footer);
    if (r->triage.triager)
        mg_str_addz(&footer, " Alerts (PAINS, Brenk), QED and sa (1 easy to 10 hard to make) are "
                             "rules of thumb.");
    const cli_sheet_head head = {.format = "html",
                                 .title = title_of(o),
                                 .footer = footer.s ? footer.s : "",
                                 .extra = r->reader.columns.names,
                                 .n_extra = r->reader.columns.n};
    int code = footer.failed ? mg_no_memory(err, "the page") : MOLGLOT_OK;
    if (!code) code = cli_sheet_begin(&r->sheet, &kind, &head, err);
    if (!code) code = cli_out_open(&r->out, o->output, err);
    if (!code) {
        cli_sheet_section(&r->sheet, &(cli_section){.note = ""});
        code = add_rows(r, err);
        if (!code) code = cli_sheet_end(&r->sheet, &r->out, err);
        if (!code) code = cli_out_close(&r->out, err);
        if (code) cli_out_abort(&r->out);
    }
    mg_str_free(&footer);
    return code;
}

static int report(run *r, molglot_error *err) {
    int code = cli_triage_open(&r->triage, &r->o->triage, err);
    if (!code) code = open_known(r, err);
    if (!code) code = cli_reader_open(&r->reader, &r->o->input, err);
    if (code) return code;
    sort_columns(r);
    return write_page(r, err);
}

static void say_end(const run *r) {
    const report_options *o = r->o;
    if (r->rows > r->shown)
        cli_say(&o->common, "%lld of %lld rows have a card (--max)", (long long)r->shown,
                (long long)r->rows);
    if (r->triage.flagged)
        cli_say(&o->common, "control lists (%s): %lld of %lld molecules flagged",
                mg_screen_lists(r->triage.screen), (long long)r->triage.flagged,
                (long long)r->triage.screened);
}

int cmd_report(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_table_argp, 0, "Input:", 5}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE",
        "Makes one page of cards from a table of molecules (csv, tsv, jsonl, smi, sdf): pictures, "
        "the table's columns, alerts, QED, accessibility, control lists. The page holds all it "
        "needs, asks nothing of any network, and sorts, filters and downloads.\v"
        "Example:\n"
        "  molglot report examples/library.tsv -o library.html\n"
        "  molglot generate \"a monoterpenoid with a hydroxy group\" -n 8 -o hits.csv\n"
        "  molglot report hits.csv --nearest -o hits.html",
        children,
        NULL,
        NULL};
    report_options o = {.input = cli_input_default("FILE", CLI_MOLECULES),
                        .triage = {.triage = true},
                        .most = 1000};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    run r = {.o = &o, .rejects = cli_rejects_of(&o.input)};
    cli_catch_interrupt();
    code = report(&r, &err);
    if (code)
        cli_fail(&err);
    else {
        say_end(&r);
        code = cli_rejects_end(&o.common, &r.rejects, r.shown);
    }
    if (!code && cli_interrupted) code = MOLGLOT_INTERRUPTED;
    cli_reader_close(&r.reader);
    cli_sheet_free(&r.sheet);
    cli_triage_close(&r.triage);
    mg_index_close(r.index);
    cli_engine_close(&r.engine);
    return code;
}
