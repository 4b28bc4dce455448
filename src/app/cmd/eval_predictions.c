/* eval_predictions.c - `molglot eval predictions`: a table of generated molecules scored
 * against their references, beside baselines. */
#include "app/cmd/eval.h"
#include "model/bundle/bundle.h"
#include "score/score.h"

#include <string.h>

enum { OPT_TASK = CLI_OWN, OPT_TRAIN, OPT_INDEX, OPT_BOOTSTRAP, OPT_SEED, OPT_LIMIT };
enum { DEFAULT_SAMPLES = 5 };

typedef struct predictions_options {
    cli_common common;
    eval_report report;
    const char *train, *index;
    int samples, bootstrap;
    int64_t limit;
    uint64_t seed;
} predictions_options;

static const struct argp_option options[] = {
    {"task", OPT_TASK, "TASK", OPTION_HIDDEN, NULL, 0}, /* text2mol: the only one there is */
    {"train", OPT_TRAIN, "FILE", 0,
     "Training molecules, better with captions: novelty, and the baselines random, BM25 and TF-IDF "
     "copy",
     0},
    {"index", OPT_INDEX, "FILE", 0,
     "Index of molecules made with the model of -m: baseline of the nearest ones in the aligned "
     "space. "
     "Without it -m embeds the training molecules",
     0},
    {"number", 'n', "N", 0,
     "Outputs a prompt of the baselines (default: as many as the predictions have; 5 without)", 0},
    {"samples", 'n', "N", OPTION_HIDDEN, NULL, 0}, /* its old spelling */
    {"bootstrap", OPT_BOOTSTRAP, "N", 0, "Resamples for the 95 % intervals (default 1000)", 0},
    {"seed", OPT_SEED, "N", 0, "Seed of the resampling and the random baseline (default 1)", 0},
    {"limit", OPT_LIMIT, "N", 0, "Only the first N rows", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    predictions_options *o = state->input;
    switch (key) {
    case OPT_TASK:
        if (strcmp(arg, "text2mol")) argp_error(state, "--task wants text2mol");
        return 0;
    case OPT_TRAIN: o->train = arg; return 0;
    case OPT_INDEX: o->index = arg; return 0;
    case 'n': o->samples = (int)cli_number(state, arg, "--number", 1, 1000); return 0;
    case OPT_BOOTSTRAP:
        o->bootstrap = (int)cli_number(state, arg, "--bootstrap", 0, 1000000);
        return 0;
    case OPT_SEED: o->seed = (uint64_t)cli_number(state, arg, "--seed", 0, 1000000000L); return 0;
    case OPT_LIMIT: o->limit = cli_number(state, arg, "--limit", 1, 1000000000L); return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->report;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_END: cli_manifest_seed("seed", o->seed); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct evaluation {
    const predictions_options *o;
    mg_predictions predictions;
    mg_scoreboard board;
    cli_engine engine;
    bool has_engine;
    char sha[65];
} evaluation;

static int on_step(void *user, const char *what) {
    const evaluation *e = user;
    cli_say(&e->o->common, "%s", what);
    return 0; /* nothing of a report is worth keeping: ^C ends the program where it is */
}

/* Which columns were taken for what. */
static json_t *json_columns(const mg_predictions *p) {
    json_t *j = json_object(), *outputs = json_array();
    for (int k = 0; k < p->samples && outputs; k++)
        json_array_append_new(outputs, eval_text(p->output_columns[k]));
    eval_set(&j, "text", eval_text(p->text_column));
    eval_set(&j, "reference", eval_text(p->reference_column));
    eval_set(&j, "outputs", outputs);
    eval_set(&j, "of_numbers_left_out", json_integer(p->columns_of_numbers));
    return j;
}

static json_t *json_report(const evaluation *e) {
    const predictions_options *o = e->o;
    const mg_predictions *p = &e->predictions;
    const mg_scoreboard *b = &e->board;
    json_t *j = json_object();
    eval_set(&j, "molglot", json_string(MOLGLOT_VERSION));
    eval_set(&j, "task", json_string("text2mol"));
    eval_set(&j, "predictions", eval_text(o->report.file));
    eval_set(&j, "columns", json_columns(p));
    eval_set(&j, "prompts", json_integer(p->n));
    eval_set(&j, "outputs_per_prompt", json_integer(p->samples));
    eval_set(&j, "rows_unreadable", json_integer(p->rows_unreadable));
    eval_set(&j, "rows_with_too_many_fields", json_integer(p->rows_shifted));
    eval_set(&j, "outputs_missing", json_integer(p->outputs_missing));
    eval_set(&j, "references_unreadable", json_integer(b->methods[0].scores.references_unreadable));
    eval_set(&j, "not_scored_too_tangled", json_integer(eval_tangled(b)));
    eval_set(&j, "undoubled", json_integer(p->undoubled));
    eval_set(&j, "train", eval_text(o->train));
    eval_set(&j, "training_molecules", json_integer(b->training_rows));
    eval_set(&j, "training_captions", json_integer(b->training_captions));
    eval_set(&j, "training_unreadable", json_integer(b->training_unreadable));
    eval_set(&j, "index", eval_text(o->index));
    eval_set(&j, "model", eval_text(e->has_engine ? mg_space_part_name(e->engine.space) : ""));
    eval_set(&j, "model_sha256", json_string(e->sha));
    eval_set(&j, "seed", json_integer((json_int_t)o->seed));
    eval_set(&j, "bootstrap", json_integer(o->bootstrap));
    eval_set(&j, "methods", eval_scores_json(b));
    return j;
}

static void write_table(mg_str *out, const evaluation *e) {
    const mg_predictions *p = &e->predictions;
    mg_str_addf(
        out, "%s: %lld prompts, %lld rows could not be read, %lld references could not be read\n",
        e->o->report.file, (long long)p->n, (long long)p->rows_unreadable,
        (long long)e->board.methods[0].scores.references_unreadable);
    if (eval_tangled(&e->board))
        mg_str_addf(out, "%lld molecules are not scored: too tangled\n",
                    (long long)eval_tangled(&e->board));
    if (p->outputs_missing)
        mg_str_addf(
            out, "%lld outputs are missing and count as invalid (%lld rows have too many fields)\n",
            (long long)p->outputs_missing, (long long)p->rows_shifted);
    if (e->o->train)
        mg_str_addf(out,
                    "%s: %lld training molecules, %lld with a caption, %lld could not be read\n",
                    e->o->train, (long long)e->board.training_rows,
                    (long long)e->board.training_captions, (long long)e->board.training_unreadable);
    eval_scores_table(out, &e->board);
}

/* The model is wanted for the aligned space alone. */
static int open_engine(evaluation *e, molglot_error *err) {
    const predictions_options *o = e->o;
    if (!o->index && !(o->common.model && o->train)) return MOLGLOT_OK;
    if (!e->predictions.has_text)
        return mg_fail(err, MOLGLOT_USAGE,
                       "%s: the aligned space wants a column description (or text)",
                       o->report.file);
    int code = cli_engine_open(&e->engine, &o->common, 0, err);
    e->has_engine = !code;
    return code ? code : mg_bundle_digest(e->engine.bundle, MG_PART_SPACE, e->sha, err);
}

static int score(evaluation *e, molglot_error *err) {
    const predictions_options *o = e->o;
    mg_predictions *p = &e->predictions;
    if (o->limit && p->n > o->limit) p->n = o->limit;
    int samples = o->samples ? o->samples : p->samples ? p->samples : DEFAULT_SAMPLES;
    mg_prompts prompts = {p->n, p->has_text ? p->text : NULL, p->reference};
    mg_scoreboard_options board = {.samples = samples,
                                   .train = o->train,
                                   .index = o->index,
                                   .embedder = e->has_engine ? e->engine.embedder : NULL,
                                   .model = e->engine.bundle,
                                   .on_step = on_step,
                                   .user = e,
                                   .scoring = {o->common.threads, o->bootstrap, o->seed}};
    int code = mg_scoreboard_init(&e->board, prompts, &board, err);
    if (!code && p->samples)
        code = mg_scoreboard_add(&e->board, "predictions", p->output, p->samples, err);
    if (!code) code = mg_scoreboard_baselines(&e->board, err);
    if (!code && !e->board.n_methods)
        code = mg_fail(err, MOLGLOT_USAGE,
                       "%s has no column of outputs, and there is no --train or --index",
                       o->report.file);
    return code;
}

/* On stderr, since names decide. */
static void say_columns(const evaluation *e) {
    const mg_predictions *p = &e->predictions;
    mg_str line = {0};
    mg_str_addf(&line, "columns: reference '%s'", p->reference_column);
    if (*p->text_column) mg_str_addf(&line, ", text '%s'", p->text_column);
    if (p->samples)
        mg_str_addf(&line, ", %d output%s '%s'", p->samples, p->samples > 1 ? "s" : "",
                    p->output_columns[0]);
    if (p->samples > 1) mg_str_addf(&line, " to '%s'", p->output_columns[p->samples - 1]);
    if (p->columns_of_numbers)
        mg_str_addf(&line, "; %d of numbers alone left out", p->columns_of_numbers);
    if (!line.failed) cli_say(&e->o->common, "%s", line.s);
    mg_str_free(&line);
    if (p->rows_unreadable)
        cli_say(&e->o->common, "%lld rows could not be read", (long long)p->rows_unreadable);
    if (p->outputs_missing)
        cli_say(&e->o->common, "%lld outputs are missing: they count as invalid",
                (long long)p->outputs_missing);
}

static int run(evaluation *e, molglot_error *err) {
    mg_str out = {0};
    int code = mg_predictions_load(&e->predictions, e->o->report.file, err);
    if (!code) say_columns(e);
    if (!code) code = open_engine(e, err);
    if (!code) code = score(e, err);
    if (code) return code;
    if (e->o->report.json) return eval_report_json(&e->o->report, json_report(e), err);
    write_table(&out, e);
    return eval_report_table(&e->o->report, &out, err);
}

int cmd_eval_predictions(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&eval_report_argp, 0, NULL, 0}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE",
        "Scores generated molecules. FILE is a TSV without quoting, as MolT5's (or a .csv): a "
        "column "
        "ground_truth (or reference, target, gt, smiles), "
        "columns output* (candidate*, prediction*, pred*, sample*, generated*), one or several, "
        "and for the baselines description (or text, caption). "
        "A missing output counts as invalid; a row without a reference is counted and left out. "
        "docs/scores.md defines every measure.\v"
        "Example:\n"
        "  molglot eval generation --pairs examples/library.tsv -n 1 --limit 10 --save "
        "predictions.tsv\n"
        "  molglot eval predictions predictions.tsv --train examples/library.tsv -f json",
        children,
        NULL,
        NULL};
    predictions_options o = {.report = {.wants = "predictions"}, .bootstrap = 1000, .seed = 1};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    evaluation e = {.o = &o};
    code = run(&e, &err);
    bool rejected = e.predictions.rows_unreadable || e.predictions.outputs_missing ||
                    (!code && e.board.methods[0].scores.references_unreadable);
    mg_scoreboard_free(&e.board);
    if (e.has_engine) cli_engine_close(&e.engine);
    mg_predictions_free(&e.predictions);
    if (code) return cli_fail(&err);
    return o.common.strict && rejected ? MOLGLOT_REJECTED : MOLGLOT_OK;
}
