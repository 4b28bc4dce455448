/* explain.c - `molglot explain`: which words of a sentence speak of which atoms of a molecule: a
 * table, a page on which words light atoms and atoms light words, a picture, JSON.
 *
 *   row -> molecule, or a name of the dictionary -> mg_explain -> in the form that was asked for
 */
#include "app/cmd/explain.h"

#include "data/table/table.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_ABOUT = CLI_OWN, OPT_LEVEL, OPT_NO_EXACT, OPT_NO_LEARNED, OPT_BY };

typedef struct explain_options {
    cli_common common;
    cli_input input;
    const char *output, *format, *about;
    mg_level_kind level; /* of a picture */
    bool no_exact, no_learned;
    const char *by; /* NULL: both */
} explain_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {"format", 'f', "F", 0,
     "table, tsv, json, jsonl, svg, html (default: by the extension of -o, else table)", 0},
    {"about", OPT_ABOUT, "TEXT", 0, "The sentence of all rows of the input", 0},
    {"level", OPT_LEVEL, "WHICH", 0,
     "Level of a picture (svg): word, phrase (default) or sentence; all else has the three", 0},
    {"no-exact", OPT_NO_EXACT, NULL, 0, "Without the dictionary: learned alone", 0},
    {"by", OPT_BY, "WHICH", 0,
     "What has learned: lexicon, space (the aligned space, asked by taking words and atoms away), "
     "both (default, where the model has both), or atomas (tokens of the unified model)",
     0},
    {"no-learned", OPT_NO_LEARNED, NULL, 0, "The dictionary alone; needs no model", 0},
    {0}};

static mg_level_kind level_of(struct argp_state *state, const char *arg) {
    static const char *const names[] = {"word", "phrase", "sentence"};
    cli_choice(state, "--level", arg, names, MG_COUNT(names));
    size_t i = 0;
    while (i < MG_COUNT(names) - 1 && strcmp(arg, names[i])) i++;
    return (mg_level_kind)i;
}

static void check(const explain_options *o, struct argp_state *state) {
    const cli_input *in = &o->input;
    if (in->file && in->n) argp_error(state, "MOLECULE and SENTENCE, or -i FILE, not both");
    if (!in->file && in->n + (o->about != NULL) != 2)
        argp_error(state, "wanted: one molecule and one sentence in quotes, or -i FILE");
    if (o->no_exact && o->no_learned)
        argp_error(state, "--no-exact and --no-learned leave nothing");
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    explain_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case 'f': o->format = arg; return 0;
    case OPT_ABOUT: o->about = arg; return 0;
    case OPT_LEVEL: o->level = level_of(state, arg); return 0;
    case OPT_NO_EXACT: o->no_exact = true; return 0;
    case OPT_NO_LEARNED: o->no_learned = true; return 0;
    case OPT_BY:
        cli_choice(state, "--by", arg, (const char *const[]){"lexicon", "space", "both", "atomas"},
                   4);
        o->by = strcmp(arg, "both") ? arg : NULL;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->input;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END: check(o, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- forms ---- */

typedef enum { TABLE, TSV, JSON, JSONL, SVG, HTML, FORMS } form;

static int form_of(const char *name, form *out, molglot_error *err) {
    static const char *const names[] = {"table", "tsv", "json", "jsonl", "svg", "html"};
    if (!strcmp(name, "ndjson")) name = "jsonl";
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strcmp(name, names[i])) {
            *out = (form)i;
            return MOLGLOT_OK;
        }
    const char *near = cli_nearest(name, strlen(name), names, MG_COUNT(names));
    return mg_fail(err, MOLGLOT_USAGE,
                   "unknown format '%.40s' (table, tsv, json, jsonl, svg, html)%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

typedef struct run {
    const explain_options *o;
    form form;
    mg_explain_options explain;
    explain_sources sources;
    cli_dictionary names;
    bool names_asked;
    cli_rejects rejects;
    int64_t rows, shown;
    mg_str out;
    int height; /* of a picture so far */
} run;

static void begin(run *r) {
    if (r->form == TSV) explain_tsv_head(&r->out);
    if (r->form == JSON)
        mg_str_addz(&r->out, "{\"molglot\":\"" MOLGLOT_VERSION "\",\"explanations\":[");
    if (r->form == HTML)
        explain_page_begin(&r->out, "Molglot explanation",
                           "Which words speak of which atoms. Point at one, or choose it by Tab, "
                           "arrows and Enter.");
}

static void end(run *r) {
    if (r->form == JSON) mg_str_addz(&r->out, "]}\n");
    if (r->form == HTML) explain_page_end(&r->out);
    if (r->form != SVG) return;
    mg_str whole = {0};
    mg_str_addf(&whole,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                "height=\"%d\" role=\"img\"><title>Which words speak of which atoms</title>"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>",
                EXPLAIN_WIDTH, r->height, EXPLAIN_WIDTH, r->height);
    mg_str_add(&whole, r->out.s, r->out.n);
    mg_str_addz(&whole, "</svg>\n");
    whole.failed |= r->out.failed;
    mg_str_free(&r->out);
    r->out = whole;
}

static int add_json(run *r, const explained *x, molglot_error *err) {
    char *json = mg_explanation_json(x->e, x->m, x->smiles, x->text, err);
    if (!json) return mg_code_of(err, MOLGLOT_FAILED);
    if (r->form == JSON && r->shown) mg_str_addz(&r->out, ",");
    if (r->form == JSON) mg_str_addz(&r->out, "\n");
    mg_str_addf(&r->out, "{\"row\":%lld,\"id\":", (long long)cli_row_number(&r->o->input, r->rows));
    cli_json_string(&r->out, x->id);
    mg_str_addf(&r->out, ",%s%s", json + 1, r->form == JSONL ? "\n" : "");
    free(json);
    return MOLGLOT_OK;
}

static int add_picture(run *r, const explained *x, molglot_error *err) {
    int height = 0;
    mg_str_addf(&r->out, "<g transform=\"translate(0 %d)\">", r->height);
    const int code = explain_picture(&r->out, x, r->o->level, &height, err);
    mg_str_addz(&r->out, "</g>");
    r->height += height;
    return code;
}

/* Shown, line by line; an id is one line. */
static int add_table(run *r, const explained *x, molglot_error *err) {
    mg_str id = {0}, lines = {0};
    mg_str_shown(&id, x->id, strlen(x->id));
    mg_str_addz(&id, "");
    explained one = *x;
    one.id = id.s ? id.s : "";
    const int code = explain_table(&lines, &one, err);
    for (const char *s = lines.s; s && *s;) {
        const size_t n = strcspn(s, "\n");
        mg_str_shown(&r->out, s, n);
        mg_str_addz(&r->out, "\n");
        s += n + (s[n] == '\n');
    }
    r->out.failed |= id.failed || lines.failed;
    mg_str_free(&id);
    mg_str_free(&lines);
    return code;
}

static int add(run *r, const explained *x, molglot_error *err) {
    int code = MOLGLOT_OK;
    switch (r->form) {
    case TABLE:
        if (r->shown) mg_str_addz(&r->out, "\n");
        code = add_table(r, x, err);
        break;
    case TSV: code = explain_tsv(&r->out, cli_row_number(&r->o->input, r->rows), x, err); break;
    case SVG: code = add_picture(r, x, err); break;
    case HTML: code = explain_page_add(&r->out, r->shown, x, err); break;
    default: code = add_json(r, x, err); break;
    }
    r->shown++;
    return code;
}

/* ---- rows ---- */

/* The SMILES of a name; NULL: it is none, or there is no dictionary. */
static int look_up(run *r, const char *name, char **smiles, molglot_error *err) {
    mg_name_hits hits = {0};
    int code = MOLGLOT_OK;
    *smiles = NULL;
    if (!r->names_asked) code = cli_dictionary_open(&r->names, NULL, &r->o->common, err);
    r->names_asked = true;
    if (!code && r->names.d) code = mg_name_find(r->names.d, name, &hits, err);
    if (!code && hits.n && !(*smiles = strdup(hits.hit[0].smiles)))
        code = mg_no_memory(err, "a name");
    mg_name_hits_free(&hits);
    return code;
}

/* What the row's molecule is: *own is its SMILES where it was given as InChI or name. */
static int read_molecule(run *r, const char *given, char **own, mg_mol **m,
                         molglot_row_status *status, molglot_error *err) {
    mg_notation_read read = {0};
    *own = NULL;
    *m = NULL;
    int code = mg_notation_of(given, strlen(given), &read, err);
    if (code) return code;
    *own = read.smiles;
    const bool words = read.kind == MG_NOTATION_WORDS || read.kind == MG_NOTATION_INCHIKEY;
    if (!read.smiles && (words || read.letters)) code = look_up(r, given, own, err);
    if (!code && *own) {
        *m = mg_mol_from_smiles(*own, NULL, status);
    } else if (!code && words) {
        mg_row_refuse(status, -1, "no such name in the dictionary: '%.60s'", given);
    } else if (!code) {
        *status = read.status;
    }
    return code;
}

static int explain_row(run *r, const char *id, const char *given, const char *text,
                       molglot_row_status status, molglot_error *err) {
    mg_mol *m = NULL;
    char *own = NULL;
    mg_explanation e = {0};
    molglot_error why = {0};
    int code = MOLGLOT_OK;
    r->rows++;
    if (status.ok && !*given) mg_row_refuse(&status, -1, "no molecule");
    if (status.ok && strspn(text, " \t\r\n") == strlen(text))
        mg_row_refuse(&status, -1, "no sentence");
    if (status.ok && mg_utf8_invalid(text, strlen(text)) >= 0)
        mg_row_refuse(&status, -1, "the sentence is not UTF-8");
    if (status.ok) code = read_molecule(r, given, &own, &m, &status, &why);
    if (m) code = mg_explain(&r->explain, m, text, &e, &why);
    if (m && code == MOLGLOT_FAILED) mg_row_refuse(&status, -1, "%s", why.message), code = 0;
    if (!code && status.ok && m)
        code = add(r, &(explained){id, own, text, m, &e}, &why);
    else if (!code)
        cli_reject(&r->o->common, &r->rejects, cli_input_name(&r->o->input),
                   cli_row_number(&r->o->input, r->rows), *id ? id : given, &status);
    if (code && err) *err = why;
    mg_explanation_free(&e);
    mg_mol_free(m);
    free(own);
    return code;
}

static int explain_rows(run *r, molglot_error *err) {
    const explain_options *o = r->o;
    const molglot_row_status fine = {.ok = 1, .offset = -1};
    if (!o->input.file)
        return explain_row(r, "", o->input.args[0], o->about ? o->about : o->input.args[1], fine,
                           err);
    cli_reader reader;
    mg_row row;
    int more = 0, code = cli_reader_open(&reader, &o->input, err);
    while (!code && !cli_interrupted && (more = cli_reader_next(&reader, &row, err)) > 0)
        code = explain_row(r, row.id ? row.id : "", row.smiles ? row.smiles : "",
                           o->about   ? o->about
                           : row.text ? row.text
                                      : "",
                           row.status, err);
    if (!code && more < 0) code = mg_code_of(err, MOLGLOT_FAILED);
    cli_reader_close(&reader);
    return code;
}

/* The source that was asked for, where the model has it. */
static int open_source(run *r, molglot_error *err) {
    char path[4096];
    const cli_common *c = &r->o->common;
    if (r->o->no_learned) return MOLGLOT_OK;
    if (!c->model && !r->o->no_exact && !r->o->by && !cli_find_model(c, path, sizeof path)) {
        cli_say(c, "there is no model: nothing is learned here");
        return MOLGLOT_OK;
    }
    explain_sources *s = &r->sources;
    const char *by = r->o->by;
    const bool space = by && !strcmp(by, "space"), tokens = by && !strcmp(by, "atomas");
    const int code = explain_sources_open(s, c,
                                          !by      ? EXPLAIN_LEXICON | EXPLAIN_SPACE
                                          : space  ? EXPLAIN_SPACE
                                          : tokens ? EXPLAIN_TOKENS
                                                   : EXPLAIN_LEXICON,
                                          err);
    if (code) return code;
    r->explain.source = !by              ? explain_sources_best(s)
                        : s->has_space   ? &s->space
                        : s->has_tokens  ? &s->tokens
                        : s->has_lexicon ? &s->lexicon
                                         : NULL;
    if (!r->explain.source) cli_say(c, "the model has not learned it: nothing is learned here");
    return MOLGLOT_OK;
}

static int explain(run *r, molglot_error *err) {
    const int opened = open_source(r, err);
    if (opened) return opened;
    begin(r);
    int code = explain_rows(r, err);
    if (!code) end(r);
    if (!code && r->out.failed) code = mg_no_memory(err, "explanations");
    if (!code && (r->shown || r->form != SVG))
        code = cli_out_write(r->o->output ? r->o->output : "-", r->out.s ? r->out.s : "", r->out.n,
                             err);
    return code;
}

int cmd_explain(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&cli_queries_argp, 0, "Input:", 5}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "MOLECULE SENTENCE\n-i FILE",
        "Shows which words of a sentence speak of which atoms of a molecule: words that the "
        "dictionary knows exactly, others as the model has learned it, each named as what it is; "
        "at three levels: words and atoms, phrases and groups, sentence and molecule. The molecule "
        "is SMILES, InChI or a name; atoms are numbered from 0, as in the SMILES.\v"
        "Example:\n"
        "  molglot explain 'CC(=O)Oc1ccccc1C(=O)O' \"a benzoic acid with an acetate ester\"\n"
        "  molglot explain caffeine \"a purine with three methyl groups\" -o caffeine.html\n"
        "  molglot explain -i examples/library.tsv --no-learned -f json",
        children,
        NULL,
        NULL};
    explain_options o = {.input = cli_input_default("MOLECULE", CLI_EITHER),
                         .level = MG_LEVEL_PHRASE};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    run r = {.o = &o};
    code = form_of(cli_extension(o.format, o.output, "table"), &r.form, &err);
    if (code) return cli_fail(&err);
    if ((code = mg_chem_init(&err))) return cli_fail(&err);
    mg_groups *groups = o.no_exact ? NULL : mg_groups_new(NULL, 0, &err);
    if (!groups && !o.no_exact) return cli_fail(&err);
    r.explain.groups = groups;
    r.rejects = cli_rejects_of(&o.input);
    cli_catch_interrupt();
    code = explain(&r, &err);
    if (code)
        cli_fail(&err);
    else
        code = cli_rejects_end(&o.common, &r.rejects, r.rows);
    if (!code && cli_interrupted) code = MOLGLOT_INTERRUPTED;
    cli_dictionary_close(&r.names);
    explain_sources_close(&r.sources);
    mg_groups_free(groups);
    mg_str_free(&r.out);
    return code;
}
