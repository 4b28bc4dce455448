/* eval_alignment.c - `molglot eval alignment`: how often words light the right atoms, at three
 * levels, by the dictionary, by what was learned, by both, and by chance. */
#include "app/cmd/eval.h"
#include "app/cmd/explain.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_HALF = CLI_OWN, OPT_BOOTSTRAP, OPT_SEED, OPT_LIMIT, OPT_EACH };

typedef struct alignment_options {
    cli_common common;
    eval_report report;
    mg_alignment_options a;
    bool each;
} alignment_options;

static const struct argp_option options[] = {
    {"half", OPT_HALF, "N", 0, "1 or 2: half of the molecules, one to tune on and one to report",
     0},
    {"each", OPT_EACH, NULL, 0,
     "Also the lexicon, the aligned space and the unified model, each alone", 0},
    {"bootstrap", OPT_BOOTSTRAP, "N", 0, "Resamples of the molecules for intervals (default 1000)",
     0},
    {"seed", OPT_SEED, "N", 0, "Seed of the resamples (default 1)", 0},
    {"limit", OPT_LIMIT, "N", 0, "Only the first N words", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    alignment_options *o = state->input;
    switch (key) {
    case OPT_HALF: o->a.half = (int)cli_number(state, arg, "--half", 1, 2); return 0;
    case OPT_EACH: o->each = true; return 0;
    case OPT_BOOTSTRAP:
        o->a.bootstrap = (int)cli_number(state, arg, "--bootstrap", 0, 1000000);
        return 0;
    case OPT_SEED: o->a.seed = (uint64_t)cli_number(state, arg, "--seed", 0, 1000000000L); return 0;
    case OPT_LIMIT: o->a.limit = cli_number(state, arg, "--limit", 1, 1000000000L); return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->report;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END: cli_manifest_seed("seed", o->a.seed); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

enum { DIGITS = 6 };

static json_t *json_scores(const mg_alignment_scores *s) {
    json_t *j = json_object();
    eval_set(&j, "words", json_integer(s->words));
    eval_set(&j, "share_lit", eval_number(s->lit, DIGITS));
    const struct {
        const char *name;
        const mg_interval *value;
    } measures[] = {
        {"pointing", &s->pointing}, {"precision", &s->precision}, {"recall", &s->recall}};
    for (size_t i = 0; i < MG_COUNT(measures); i++) {
        json_t *m = json_object();
        eval_set(&m, "value", eval_number(measures[i].value->value, DIGITS));
        eval_set(&m, "interval95", eval_bounds(measures[i].value, DIGITS));
        eval_set(&j, measures[i].name, m);
    }
    return j;
}

static json_t *json_report(const alignment_options *o, const mg_alignment *a) {
    json_t *j = json_object(), *methods = json_array();
    eval_set(&j, "molglot", json_string(MOLGLOT_VERSION));
    eval_set(&j, "file", eval_text(o->report.file));
    eval_set(&j, "half", json_integer(o->a.half));
    eval_set(&j, "words", json_integer(a->words));
    eval_set(&j, "molecules", json_integer(a->molecules));
    eval_set(&j, "rejected", json_integer(a->rejected));
    eval_set(&j, "random", eval_number(a->random, DIGITS));
    for (int i = 0; i < a->methods; i++) {
        json_t *m = json_object();
        eval_set(&m, "method", json_string(a->method[i].name));
        for (int l = 0; l < MG_LEVELS; l++)
            eval_set(&m, mg_level_name((mg_level_kind)l), json_scores(&a->method[i].level[l]));
        json_array_append_new(methods, m);
    }
    eval_set(&j, "methods", methods);
    return j;
}

static void write_table(mg_str *out, const alignment_options *o, const mg_alignment *a) {
    static const char *const halves[] = {"", ", first half", ", second half"};
    mg_str_addf(out, "%s%s: %lld words of %lld molecules, %lld rejected; a random atom: %.3f\n",
                o->report.file, halves[o->a.half], (long long)a->words, (long long)a->molecules,
                (long long)a->rejected, a->random);
    mg_str_addf(out, "  %-26s %-9s %24s %10s %8s %6s\n", "method", "level", "pointing", "precision",
                "recall", "lit");
    for (int i = 0; i < a->methods; i++)
        for (int l = 0; l < MG_LEVELS; l++) {
            const mg_alignment_scores *s = &a->method[i].level[l];
            mg_str_addf(out, "  %-26s %-9s   %.4f [%.4f, %.4f] %10.4f %8.4f %6.3f\n",
                        l ? "" : a->method[i].name, mg_level_name((mg_level_kind)l),
                        s->pointing.value, s->pointing.low, s->pointing.high, s->precision.value,
                        s->recall.value, s->lit);
        }
}

static int score(alignment_options *o, mg_alignment *a, molglot_error *err) {
    explain_sources s = {0};
    mg_groups *groups = NULL;
    int code = mg_chem_init(err);
    if (!code)
        code = explain_sources_open(&s, &o->common,
                                    o->each ? EXPLAIN_ALL : EXPLAIN_LEXICON | EXPLAIN_SPACE, err);
    if (!code && !(groups = mg_groups_new(NULL, 0, err))) code = mg_code_of(err, MOLGLOT_FAILED);
    o->a.groups = groups;
    o->a.path = o->report.file;
    o->a.learned = explain_sources_best(&s);
    if (o->each && s.has_lexicon) o->a.lexicon = &s.lexicon;
    if (o->each && s.has_space) o->a.space = &s.space;
    if (o->each && s.has_tokens) o->a.tokens = &s.tokens;
    if (!code) code = mg_score_alignment(&o->a, a, err);
    explain_sources_close(&s);
    mg_groups_free(groups);
    return code;
}

int cmd_eval_alignment(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&eval_report_argp, 0, NULL, 0}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE",
        "Measures how often words light the right atoms of a molecule (see `molglot explain "
        "--help`). FILE is a table with the columns smiles, text, start and end (bytes of the "
        "text), atoms (numbers by commas). Pointing: whether the atom that a word points to most "
        "is a true one; precision and recall: of the atoms that it lights.\v"
        "Example:\n  molglot eval alignment examples/words.tsv",
        children,
        NULL,
        NULL};
    alignment_options o = {.report = {.wants = "words with their atoms"},
                           .a = {.bootstrap = 1000, .seed = 1}};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    mg_alignment a;
    mg_str out = {0};
    code = score(&o, &a, &err);
    if (code) return cli_fail(&err);
    if (!o.report.json) write_table(&out, &o, &a);
    code = o.report.json ? eval_report_json(&o.report, json_report(&o, &a), &err)
                         : eval_report_table(&o.report, &out, &err);
    if (code) return cli_fail(&err);
    return cli_rejects_end(&o.common, &(cli_rejects){.count = a.rejected}, a.words + a.rejected);
}
