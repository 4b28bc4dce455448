/* eval_unconditional.c - `molglot eval unconditional`: a file of generated molecules against
 * one of known molecules. */
#include "app/cmd/eval.h"
#include "data/table/table.h"
#include "score/score.h"

#include <string.h>

enum { OPT_TRAIN = CLI_OWN, OPT_SAMPLE, OPT_SEED };

typedef struct unconditional_options {
    cli_common common;
    eval_report report;
    const char *train;
    mg_unconditional_options score;
} unconditional_options;

static const struct argp_option options[] = {
    {"train", OPT_TRAIN, "FILE", 0,
     "The known molecules: what is not new, and whose distributions to meet", 0},
    {"sample", OPT_SAMPLE, "N", 0,
     "Known molecules for all but novelty, drawn at random (default: as many as generated)", 0},
    {"seed", OPT_SEED, "N", 0, "Seed of that draw (default 1)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    unconditional_options *o = state->input;
    switch (key) {
    case OPT_TRAIN: o->train = arg; return 0;
    case OPT_SAMPLE: o->score.sample = cli_number(state, arg, "--sample", 1, 1000000000L); return 0;
    case OPT_SEED:
        o->score.seed = (uint64_t)cli_number(state, arg, "--seed", 0, 1000000000L);
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->report;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END:
        if (!o->train) argp_error(state, "--train FILE is missing");
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

static void write_json(mg_str *out, const unconditional_options *o, const mg_unconditional *u) {
    line l[LINES];
    lines_of(u, l);
    mg_str_addf(out, "{\n  \"molglot\": \"%s\", \"generated_file\": ", MOLGLOT_VERSION);
    cli_json_string(out, o->report.file);
    mg_str_addz(out, ", \"train\": ");
    cli_json_string(out, o->train);
    mg_str_addf(
        out, ",\n  \"generated\": %lld, \"valid\": %lld, \"unique\": %lld, \"novel\": %lld, ",
        (long long)u->generated, (long long)u->valid, (long long)u->unique, (long long)u->novel);
    mg_str_addf(out, "\"training_molecules\": %lld, \"reference_sample\": %lld, \"seed\": %llu,\n",
                (long long)u->reference, (long long)u->reference_sample,
                (unsigned long long)o->score.seed);
    for (int i = 0; i < LINES; i++) {
        mg_str_addf(out, "%s\"%s\": ", i ? ", " : "  ", l[i].name);
        eval_json_number(out, l[i].value);
    }
    mg_str_addz(out, ",\n  \"kl_divergence\": {");
    for (int k = 0; k < MG_KL_TERMS; k++) {
        mg_str_addf(out, "%s\"%s\": ", k ? ", " : "", u->kl[k].name);
        eval_json_number(out, u->kl[k].value);
    }
    mg_str_addz(out, "}\n}\n");
}

static void write_table(mg_str *out, const unconditional_options *o, const mg_unconditional *u) {
    line l[LINES];
    lines_of(u, l);
    mg_str_addf(
        out,
        "%s: %lld generated, %lld valid, %lld distinct, %lld of them not among the %lld of %s\n",
        o->report.file, (long long)u->generated, (long long)u->valid, (long long)u->unique,
        (long long)u->novel, (long long)u->reference, o->train);
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
        {&eval_report_argp, 0, NULL, 0}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE --train FILE",
        "Scores molecules that were generated without a prompt, one a row: validity, uniqueness, "
        "novelty, GuacaMol's KL score, MOSES's scaffold "
        "and fragment similarity and internal diversity. docs/scores.md defines every measure.\v"
        "Example:\n  molglot eval unconditional GENERATED.smi --train examples/library.tsv -f json",
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
        if (o.report.json)
            write_json(&out, &o, &u);
        else
            write_table(&out, &o, &u);
        code = eval_report_write(&o.report, &out, &err);
    }
    if (code) return cli_fail(&err);
    return o.common.strict && u.valid < u.generated ? MOLGLOT_REJECTED : MOLGLOT_OK;
}
