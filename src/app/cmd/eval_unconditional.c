/* eval_unconditional.c - `molglot eval unconditional`: a file of generated molecules against
 * one of known molecules. */
#include "app/cmd/eval.h"
#include "data/table/table.h"
#include "score/score.h"

#include <string.h>

enum { OPT_TRAIN = CLI_OWN, OPT_REFERENCES, OPT_SEED };
enum { DIGITS = 10 };

typedef struct unconditional_options {
    cli_common common;
    eval_report report;
    const char *train;
    mg_unconditional_options score;
} unconditional_options;

static const struct argp_option options[] = {
    {"train", OPT_TRAIN, "FILE", 0,
     "The known molecules: what is not new, and whose distributions to meet", 0},
    {"references", OPT_REFERENCES, "N", 0,
     "Known molecules for all but novelty, drawn at random (default: as many as generated)", 0},
    {"sample", OPT_REFERENCES, "N", OPTION_HIDDEN, NULL, 0}, /* its old spelling */
    {"seed", OPT_SEED, "N", 0, "Seed of that draw (default 1)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    unconditional_options *o = state->input;
    switch (key) {
    case OPT_TRAIN: o->train = arg; return 0;
    case OPT_REFERENCES:
        o->score.sample = cli_number(state, arg, "--references", 1, 1000000000L);
        return 0;
    case OPT_SEED:
        o->score.seed = (uint64_t)cli_number(state, arg, "--seed", 0, 1000000000L);
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->report;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END:
        if (!o->train) argp_error(state, "--train FILE is missing");
        cli_manifest_seed("seed", o->score.seed);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct line {
    const char *name;
    double value;
} line;
enum { LINES = 7 };

static void lines_of(const mg_unconditional *u, line out[LINES]) {
    const line l[LINES] = {{"validity", u->validity},
                           {"uniqueness", u->uniqueness},
                           {"novelty", u->novelty},
                           {"kl_score", u->kl_score},
                           {"scaffold_similarity", u->scaffold_similarity},
                           {"fragment_similarity", u->fragment_similarity},
                           {"internal_diversity", u->internal_diversity}};
    memcpy(out, l, sizeof l);
}

static json_t *json_report(const unconditional_options *o, const mg_unconditional *u) {
    line l[LINES];
    json_t *j = json_object(), *kl = json_object();
    lines_of(u, l);
    eval_set(&j, "molglot", json_string(MOLGLOT_VERSION));
    eval_set(&j, "generated_file", eval_text(o->report.file));
    eval_set(&j, "train", eval_text(o->train));
    eval_set(&j, "generated", json_integer(u->generated));
    eval_set(&j, "valid", json_integer(u->valid));
    eval_set(&j, "not_scored_too_tangled", json_integer(u->tangled));
    eval_set(&j, "unique", json_integer(u->unique));
    eval_set(&j, "novel", json_integer(u->novel));
    eval_set(&j, "training_molecules", json_integer(u->reference));
    eval_set(&j, "reference_sample", json_integer(u->reference_sample));
    eval_set(&j, "seed", json_integer((json_int_t)o->score.seed));
    for (int i = 0; i < LINES; i++) eval_set(&j, l[i].name, eval_number(l[i].value, DIGITS));
    for (int k = 0; k < MG_KL_TERMS; k++)
        eval_set(&kl, u->kl[k].name, eval_number(u->kl[k].value, DIGITS));
    eval_set(&j, "kl_divergence", kl);
    return j;
}

static void write_table(mg_str *out, const unconditional_options *o, const mg_unconditional *u) {
    line l[LINES];
    lines_of(u, l);
    mg_str_addf(
        out,
        "%s: %lld generated, %lld valid, %lld distinct, %lld of them not among the %lld of %s\n",
        o->report.file, (long long)u->generated, (long long)u->valid, (long long)u->unique,
        (long long)u->novel, (long long)u->reference, o->train);
    if (u->tangled)
        mg_str_addf(out, "%lld molecules are not scored: too tangled\n", (long long)u->tangled);
    for (int i = 0; i < LINES; i++) mg_str_addf(out, "  %-32s %8.4f\n", l[i].name, l[i].value);
    mg_str_addf(out, "KL divergence of each property from %lld known molecules (0 is best)\n",
                (long long)u->reference_sample);
    for (int k = 0; k < MG_KL_TERMS; k++)
        mg_str_addf(out, "  %-32s %8.4f\n", u->kl[k].name, u->kl[k].value);
}

/* A row without a molecule counts as generated and invalid. */
static int score(const unconditional_options *o, mg_unconditional *u, molglot_error *err) {
    mg_rows made = {0}, known = {0};
    int code = mg_rows_load(&made, o->report.file, NULL, err);
    if (!code) code = mg_rows_load(&known, o->train, NULL, err);
    if (!code)
        code = mg_score_unconditional((const char *const *)made.smiles, (int64_t)made.n,
                                      (const char *const *)known.smiles, (int64_t)known.n, o->score,
                                      u, err);
    mg_rows_free(&made);
    mg_rows_free(&known);
    return code;
}

int cmd_eval_unconditional(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&eval_report_argp, 0, NULL, 0}, {&cli_score_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE --train FILE",
        "Scores molecules that were generated without a prompt, one a row: validity, uniqueness, "
        "novelty, GuacaMol's KL score, MOSES's scaffold "
        "and fragment similarity and internal diversity. docs/scores.md defines every measure.\v"
        "Example:\n"
        "  molglot generate --unconditional -n 20 -o made.smi\n"
        "  molglot eval unconditional made.smi --train examples/library.tsv -f json",
        children,
        NULL,
        NULL};
    unconditional_options o = {.report = {.wants = "generated molecules"}, .score = {.seed = 1}};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    mg_unconditional u;
    mg_str out = {0};
    o.score.threads = o.common.threads;
    code = score(&o, &u, &err);
    if (!code) {
        if (!o.report.json) write_table(&out, &o, &u);
        code = o.report.json ? eval_report_json(&o.report, json_report(&o, &u), &err)
                             : eval_report_table(&o.report, &out, &err);
    }
    if (code) return cli_fail(&err);
    return cli_rejects_end(&o.common, &(cli_rejects){.count = u.generated - u.valid}, u.generated);
}
