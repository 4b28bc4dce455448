/* describe.c - `molglot describe`: what a molecule is, computed: its groups, rings, stereo and
 * numbers as a sheet, as JSON with all of it, or as a paragraph. */
#include "app/cli/cli.h"
#include "chem/facts/facts.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_GROUPS = CLI_OWN, OPT_LIST, OPT_TEACH };

typedef struct describe_options {
    cli_common common;
    cli_input input;
    const char *output, *format, *groups;
    cli_triage_options triage;
    bool list, teach;
    long seed; /* of --train-text */
} describe_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"format", 'f', "F", 0,
     "text (a paragraph a molecule), " CLI_FORMATS
     " (default: by the extension of -o, else table on a terminal and tsv elsewhere)",
     0},
    {"groups", OPT_GROUPS, "FILE", 0,
     "More groups: a table with tabs of kind (group, ring, class, part), name, synonyms, smarts, "
     "parents, yes, no; several synonyms or parents with | between",
     0},
    {"list-groups", OPT_LIST, NULL, 0, "Write the dictionary of groups in that form", 0},
    {"train-text", OPT_TEACH, "SEED", 0,
     "As description: some of the facts, drawn by SEED and the number of the row, as a text to "
     "train on",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    describe_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case OPT_GROUPS: o->groups = arg; return 0;
    case OPT_LIST: o->list = o->input.optional = true; return 0;
    case OPT_TEACH:
        o->teach = true;
        o->seed = cli_number(state, arg, "--train-text", 0, 1L << 40);
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        state->child_inputs[2] = &o->triage;
        return 0;
    case ARGP_KEY_END:
        if (o->teach) cli_manifest_seed("seed", (uint64_t)o->seed);
        cli_input_check(&o->input, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

enum {
    ROW,
    ID,
    SMILES,
    FORMULA,
    WEIGHT,
    EXACT_MASS,
    CHARGE,
    LOGP,
    TPSA,
    QED,
    DONORS,
    ACCEPTORS,
    ROTATABLE,
    RINGS,
    AROMATIC_RINGS,
    STEREOCENTRES,
    GROUPS,
    NAMED_RINGS,
    CLASSES,
    DESCRIPTION,
    CONTROL_LIST,
    ALERTS,
    N_ALERTS,
    SA,
    FACTS,
    STATUS,
    ERROR,
    COLUMNS
};
static const cli_column columns[] = {{.name = "row", .kind = 'n', .width = 4},
                                     {.name = "id", .kind = 't', .width = 14, .clip = 11},
                                     {.name = "smiles", .kind = 't'},
                                     {.name = "formula", .kind = 't', .width = 14},
                                     {.name = "weight", .kind = 'n', .width = 7, .on_card = true},
                                     {.name = "exact_mass", .kind = 'n'},
                                     {.name = "charge", .kind = 'n'},
                                     {.name = "logp", .kind = 'n', .width = 6, .on_card = true},
                                     {.name = "tpsa", .kind = 'n', .width = 6, .on_card = true},
                                     {.name = "qed", .kind = 'n', .on_card = true},
                                     {.name = "donors", .kind = 'n', .on_card = true},
                                     {.name = "acceptors", .kind = 'n', .on_card = true},
                                     {.name = "rotatable_bonds", .kind = 'n', .on_card = true},
                                     {.name = "rings", .kind = 'n', .width = 5, .on_card = true},
                                     {.name = "aromatic_rings", .kind = 'n', .on_card = true},
                                     {.name = "stereocentres", .kind = 'n', .on_card = true},
                                     {.name = "groups", .kind = 't', .width = 60, .clip = 57},
                                     {.name = "named_rings", .kind = 't', .width = 30, .clip = 27},
                                     {.name = "classes", .kind = 't'},
                                     {.name = "description", .kind = 't'},
                                     CLI_TRIAGE_COLUMNS,
                                     {.name = "facts", .kind = 'j', .except = CLI_NOT_IN_LINES},
                                     {.name = "status", .kind = 't', .width = 8},
                                     {.name = "error", .kind = 't'}};
_Static_assert(MG_COUNT(columns) == COLUMNS && (int)COLUMNS <= (int)CLI_CELLS,
               "a name for each column");
static const cli_sheet_kind kind = {.columns = columns, .n_columns = COLUMNS};

/* With --triage a table shows what it found. */
static const cli_sheet_kind *kind_of(const describe_options *o) {
    static cli_column shown[COLUMNS];
    static const cli_sheet_kind with = {.columns = shown, .n_columns = COLUMNS};
    if (!o->triage.triage) return &kind;
    memcpy(shown, columns, sizeof columns);
    shown[QED].width = shown[SA].width = 5;
    shown[CONTROL_LIST].width = shown[ALERTS].width = 40;
    shown[CONTROL_LIST].clip = shown[ALERTS].clip = 38;
    shown[GROUPS].width = shown[NAMED_RINGS].width = 0;
    return &with;
}

typedef struct run {
    const describe_options *o;
    bool text; /* -f text */
    mg_groups *groups;
    cli_reader reader;
    cli_sheet sheet;
    cli_out out;
    cli_rejects rejects;
    cli_triage triage;
    int64_t rows;
} run;

/* What is known of one molecule. */
typedef struct described {
    mg_mol *mol;
    mg_facts facts;
    mg_str lists[3]; /* groups, named rings, classes */
    char *text, *json;
    cli_triaged triaged;
} described;

static void free_described(described *d) {
    mg_mol_free(d->mol);
    mg_facts_free(&d->facts);
    for (size_t i = 0; i < MG_COUNT(d->lists); i++) mg_str_free(&d->lists[i]);
    cli_triaged_free(&d->triaged);
    free(d->text);
    free(d->json);
}

/* "ester; aryl chloride (2)" */
static void list_groups(const run *r, const uint16_t *shown, described *d) {
    for (int i = 0; i < d->facts.n_groups; i++) {
        if (!shown[i]) continue;
        const mg_group *g = mg_groups_at(r->groups, i);
        mg_str *list = &d->lists[g->kind == MG_GROUP_RING ? 1 : g->kind == MG_GROUP_CLASS ? 2 : 0];
        mg_str_addf(list, "%s%s", list->n ? "; " : "", g->name);
        const int n = g->kind == MG_GROUP_FUNCTIONAL ? d->facts.count[i] : shown[i];
        if (n > 1) mg_str_addf(list, " (%d)", n);
    }
}

static int find_facts(run *r, described *d, molglot_error *err) {
    int code = mg_facts_of(r->groups, d->mol, &d->facts, err);
    if (!code && r->triage.screen)
        code = cli_triage_molecule(&r->triage, d->mol, NULL, NULL, &d->triaged, err);
    if (code) return code;
    uint16_t *shown = calloc((size_t)d->facts.n_groups + 1, sizeof *shown);
    if (!shown) return mg_no_memory(err, "facts");
    code = mg_facts_specific(r->groups, d->mol, &d->facts, shown, err);
    if (!code) list_groups(r, shown, d);
    free(shown);
    const uint64_t seed = mg_rng_u64((uint64_t)r->o->seed, 0,
                                     (uint64_t)cli_row_number(&r->o->input, r->rows));
    if (!code)
        d->text = r->o->teach ? mg_facts_teach(r->groups, d->mol, &d->facts, seed, err)
                              : mg_facts_text(r->groups, d->mol, &d->facts, err);
    if (!code && !d->text) code = mg_code_of(err, MOLGLOT_FAILED);
    const bool json = r->sheet.head.format && !strncmp(r->sheet.head.format, "json", 4);
    if (!code && json && !(d->json = mg_facts_json(r->groups, d->mol, &d->facts, err)))
        code = mg_code_of(err, MOLGLOT_FAILED);
    return code;
}

static const cli_triage_columns triage_at = {CONTROL_LIST, ALERTS, N_ALERTS, -1, SA};

static void put_numbers(cli_cells *c, const mg_facts *f) {
    const struct {
        int column;
        const char *format;
        double value;
    } numbers[] = {{WEIGHT, "%.2f", f->weight},
                   {EXACT_MASS, "%.5f", f->exact_mass},
                   {CHARGE, "%.0f", f->charge},
                   {LOGP, "%.2f", f->logp < 0 && f->logp > -.005 ? 0 : f->logp},
                   {TPSA, "%.1f", f->tpsa},
                   {QED, "%.3f", f->qed},
                   {DONORS, "%.0f", f->donors},
                   {ACCEPTORS, "%.0f", f->acceptors},
                   {ROTATABLE, "%.0f", f->rotatable},
                   {RINGS, "%.0f", f->rings},
                   {AROMATIC_RINGS, "%.0f", f->aromatic_rings},
                   {STEREOCENTRES, "%.0f", f->stereocentres + f->unset}};
    for (size_t i = 0; i < MG_COUNT(numbers); i++)
        cli_cells_put(c, numbers[i].column, numbers[i].format, numbers[i].value);
}

static void add_row(run *r, const mg_row *row, const molglot_row_status *status,
                    const described *d) {
    const char *id = row->id ? row->id : "", *smiles = row->smiles ? row->smiles : "";
    if (r->text) {
        mg_str *out = &r->sheet.out;
        const char *name = *id ? id : smiles, *said = status->ok ? d->text : status->reason;
        mg_str_shown(out, name, strlen(name));
        mg_str_addz(out, status->ok ? ": " : ": not described: ");
        mg_str_shown(out, said, strlen(said));
        mg_str_addz(out, "\n");
        return;
    }
    cli_cells c;
    cli_cells_clear(&c);
    cli_cells_put(&c, ROW, "%.0f", (double)cli_row_number(&r->o->input, r->rows));
    c.at[ID] = id;
    c.at[SMILES] = smiles;
    c.at[STATUS] = status->ok ? "ok" : "rejected";
    c.at[ERROR] = status->reason;
    if (status->ok) {
        put_numbers(&c, &d->facts);
        c.at[FORMULA] = d->facts.formula;
        for (int i = 0; i < 3; i++)
            if (d->lists[i].n) c.at[GROUPS + i] = d->lists[i].s;
        c.at[DESCRIPTION] = d->text;
        cli_cells_triage(&c, &triage_at, &d->triaged);
        if (d->json) c.at[FACTS] = d->json;
    }
    cli_sheet_add(&r->sheet, &(cli_sheet_row){.cells = c.at,
                                              .smiles = smiles,
                                              .mol = d->mol,
                                              .name = *id ? id : c.at[FORMULA],
                                              .valid = status->ok,
                                              .legend = *id ? id : NULL,
                                              .text = status->ok ? d->text : "",
                                              .extra = cli_columns_row(&r->reader.columns, row)});
}

static int describe_row(run *r, const mg_row *row, molglot_error *err) {
    described d = {0};
    molglot_row_status status = row->status;
    molglot_error why = {0};
    int code = MOLGLOT_OK;
    r->rows++;
    if (status.ok) d.mol = mg_mol_from_smiles(row->smiles, NULL, &status);
    if (d.mol && (code = find_facts(r, &d, &why))) {
        if (code == MOLGLOT_FAILED) mg_row_refuse(&status, -1, "%s", why.message), code = 0;
        if (code && err) *err = why;
    }
    if (!code && !status.ok)
        cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input),
                   cli_row_number(&r->o->input, r->rows),
                   row->id && *row->id ? row->id
                   : row->smiles       ? row->smiles
                                       : "",
                   &status);
    if (!code) add_row(r, row, &status, &d);
    free_described(&d);
    return code ? code : cli_sheet_flush(&r->sheet, &r->out, err);
}

static int read_rows(run *r, molglot_error *err) {
    mg_row row;
    int more = 0, code = MOLGLOT_OK;
    while (!code && !cli_interrupted && (more = cli_reader_next(&r->reader, &row, err)) > 0)
        code = describe_row(r, &row, err);
    if (!code && more < 0) code = mg_code_of(err, MOLGLOT_FAILED);
    return code;
}

static int describe(run *r, const char *format, molglot_error *err) {
    int code = cli_reader_open(&r->reader, &r->o->input, err);
    if (code) return code;
    const cli_sheet_head head = {.format = r->text ? "tsv" : format,
                                 .title = "Molglot description",
                                 .footer = "Molglot " MOLGLOT_VERSION
                                           ": computed from the structures with RDKit.",
                                 .extra = r->reader.columns.names,
                                 .n_extra = r->reader.columns.n};
    code = cli_sheet_begin(&r->sheet, kind_of(r->o), &head, err);
    if (!code) code = cli_out_open(&r->out, r->o->output, err);
    if (code) return code;
    if (r->text)
        r->sheet.out.n = 0; /* no heading */
    else
        cli_sheet_section(&r->sheet, &(cli_section){.heading = "Molecules", .note = ""});
    code = read_rows(r, err);
    if (!code) code = cli_sheet_end(&r->sheet, &r->out, err);
    if (!code) code = cli_out_close(&r->out, err);
    if (code) cli_out_abort(&r->out);
    return code;
}

/* ---- the dictionary ---- */

static mg_groups *open_groups(const describe_options *o, molglot_error *err) {
    enum { MOST = 16 << 20 };
    char *text = NULL;
    size_t n = 0;
    if (o->groups && mg_read_file(o->groups, MOST, &text, &n, err)) return NULL;
    mg_groups *g = mg_groups_new(text, n, err);
    free(text);
    if (!g && o->groups) mg_fail_prefix(err, "%s", o->groups);
    return g;
}

static int write_list(const mg_groups *g, const char *output, molglot_error *err) {
    mg_str out = {0};
    mg_str_addz(&out, "kind\tname\tsynonyms\tsmarts\tparents\tyes\tno\n");
    for (int i = 0; i < mg_groups_count(g); i++) {
        const mg_group *q = mg_groups_at(g, i);
        mg_str_addf(&out, "%s\t%s\t", mg_group_kind_name(q->kind), q->name);
        for (int k = 0; k < q->n_synonyms; k++)
            mg_str_addf(&out, "%s%s", k ? "|" : "", q->synonyms[k]);
        mg_str_addf(&out, "\t%s\t", q->smarts);
        for (int k = 0; k < q->n_parents; k++)
            mg_str_addf(&out, "%s%s", k ? "|" : "", mg_groups_at(g, q->parents[k])->name);
        mg_str_addf(&out, "\t%s\t%s\n", q->yes, q->no);
    }
    const int code = out.failed ? mg_no_memory(err, "the dictionary")
                                : cli_out_write(output ? output : "-", out.s, out.n, err);
    mg_str_free(&out);
    return code;
}

static int work(run *r, const char *format, molglot_error *err) {
    r->groups = open_groups(r->o, err);
    if (!r->groups) return mg_code_of(err, MOLGLOT_FAILED);
    if (r->o->triage.triage) {
        const int code = cli_triage_open(&r->triage, &r->o->triage, err);
        if (code) return code;
    }
    return r->o->list ? write_list(r->groups, r->o->output, err) : describe(r, format, err);
}

int cmd_describe(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_molecules_argp, 0, "Input:", 5},
                                                 {&cli_rows_argp, 0, "Common options:", 10},
                                                 {&cli_triage_argp, 0, "Triage:", 7},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "[SMILES...]",
        "Says what molecules are: formula, groups and rings by name, stereo, numbers. All of it is "
        "computed from the structure, nothing is learned; needs no model.\v"
        "Example:\n"
        "  molglot describe 'CC(=O)Oc1ccccc1C(=O)O' -f text\n"
        "  molglot describe -i examples/library.tsv -o facts.tsv\n"
        "  molglot describe CCO -f json",
        children,
        NULL,
        NULL};
    describe_options o = {.input = cli_input_default("SMILES", CLI_MOLECULES)};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    const char *format = cli_format(o.format, o.output, "table");
    molglot_error err = {0};
    run r = {.o = &o, .text = !strcmp(format, "text")};
    if (!r.text && cli_sheet_check(format, "text", &err)) return cli_fail(&err);
    if (o.list && (o.input.n || o.input.file || o.format))
        return cli_usage("--list-groups goes with --groups and -o alone");
    r.rejects = cli_rejects_of(&o.input);
    cli_catch_interrupt();
    code = work(&r, format, &err);
    if (code)
        cli_fail(&err);
    else if (!o.list)
        code = cli_rejects_end(&o.common, &r.rejects, r.rows);
    if (!code && cli_interrupted) code = MOLGLOT_INTERRUPTED;
    cli_reader_close(&r.reader);
    if (!code && r.triage.screen && r.triage.flagged)
        cli_say(&o.common, "control lists (%s): %lld of %lld molecules flagged",
                mg_screen_lists(r.triage.screen), (long long)r.triage.flagged,
                (long long)r.triage.screened);
    cli_triage_close(&r.triage);
    cli_sheet_free(&r.sheet);
    mg_groups_free(r.groups);
    return code;
}
