/* eval_generation.c - `molglot eval generation`: runs a generator on the texts of a table of
 * pairs and scores what it draws, beside baselines.
 *
 * Scored are the first n draws of each text in the order of generate/rank.c: the best, then
 * repeated, then invalid ones. With as many candidates as outputs these are all draws, so validity
 * and uniqueness are the generator's own. The references and the training molecules are read before
 * anything is drawn, so that a wrong name is found at once; ^C ends the drawing, and the texts done
 * by then are scored. With --dial all of this is done for each value, and ^C leaves the values that
 * are whole.
 */
#include "app/cmd/eval.h"
#include "data/table/table.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "score/score.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPT_PAIRS = CLI_OWN,
    OPT_TRAIN,
    OPT_SAVE,
    OPT_BOOTSTRAP,
    OPT_LIMIT,
    OPT_SMILES,
    OPT_TEXT,
    OPT_DIAL,
    OPT_CHART
};
/* BLOCK: texts at once; SCORING_SEED: as `eval predictions` has it */
enum { BLOCK = 32, DEFAULT_SAMPLES = 5, SCORING_SEED = 1 };

typedef struct generation_options {
    cli_common common;
    eval_report report;
    cli_sampling drawing;
    const char *pairs, *train, *save, *smiles_column, *text_column;
    int bootstrap;
    int64_t limit;
    eval_dial dial;
    const char *chart;
} generation_options;

static const struct argp_option options[] = {
    {"pairs", OPT_PAIRS, "FILE", 0, "Pairs of molecule and text (columns smiles, text)", 0},
    {"smiles-column", OPT_SMILES, "NAME", 0, "Column of the pairs' molecules (default: found)", 0},
    {"text-column", OPT_TEXT, "NAME", 0, "Column of the pairs' texts (default: found)", 0},
    {"number", 'n', "N", 0, "Outputs scored for each text (default 5)", 0},
    {"train", OPT_TRAIN, "FILE", 0,
     "Training molecules, better with captions: novelty, and the baselines random, BM25 and TF-IDF "
     "copy; with -m or --memory "
     "the nearest molecules in the aligned space too",
     0},
    {"save", OPT_SAVE, "FILE", CLI_WRITES,
     "Write the best output of each text, for `eval predictions` (columns description, ground "
     "truth, output)",
     0},
    {"bootstrap", OPT_BOOTSTRAP, "N", 0, "Resamples for the 95 % intervals (default 1000)", 0},
    {"limit", OPT_LIMIT, "N", 0, "Only the first N pairs", 0},
    {"dial", OPT_DIAL, "NAME=V,V...", 0,
     "Draw once with each of up to eight values of temperature, top-p, guidance, pull, eta, "
     "diversity, copy-cost, neighbours, steps or candidates, and score each",
     0},
    {"chart", OPT_CHART, "FILE", CLI_WRITES, "With --dial: the measures over it, as SVG", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    generation_options *o = state->input;
    switch (key) {
    case OPT_PAIRS: o->pairs = arg; return 0;
    case 'n': o->drawing.o.n = (int)cli_number(state, arg, "--number", 1, 1000); return 0;
    case OPT_TRAIN: o->train = arg; return 0;
    case OPT_SAVE: o->save = arg; return 0;
    case OPT_SMILES: o->smiles_column = arg; return 0;
    case OPT_TEXT: o->text_column = arg; return 0;
    case OPT_BOOTSTRAP:
        o->bootstrap = (int)cli_number(state, arg, "--bootstrap", 0, 1000000);
        return 0;
    case OPT_LIMIT: o->limit = cli_number(state, arg, "--limit", 1, 1000000000L); return 0;
    case OPT_DIAL: {
        const char *wrong = eval_dial_read(arg, &o->dial);
        if (wrong) argp_error(state, "--dial %s: %s", arg, wrong);
        return 0;
    }
    case OPT_CHART: o->chart = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->drawing;
        state->child_inputs[1] = &o->report;
        state->child_inputs[2] = &o->common;
        return 0;
    case ARGP_KEY_END:
        if (!o->pairs) argp_error(state, "--pairs FILE is missing");
        if (o->chart && !o->dial.n) argp_error(state, "--chart is for --dial");
        if (o->save && o->dial.n) argp_error(state, "--save and --dial do not go together");
        cli_manifest_seed("scoring_seed", SCORING_SEED);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct evaluation {
    const generation_options *o;
    mg_generate_options drawing; /* the user's, with the generator's defaults */
    mg_rows rows;
    cli_rejects rejects;
    int64_t n, done;                /* pairs that can be used; those with outputs */
    const char **text, **reference; /* [n] pointers into rows */
    char **output;                  /* [n * outputs a text] */
    cli_generator generator;
    char generator_sha[65], model_sha[65];
    mg_scoreboard board;
    cli_progress progress;
    int64_t drawn, invalid, duplicates, odd, cut;
    bool stopped; /* by ^C, while drawing */
} evaluation;

/* ---- pairs ---- */

static bool usable(mg_rows *r, size_t i) {
    molglot_row_status *status = &r->status[i];
    const char *wrong = mg_utf8_invalid(r->text[i], strlen(r->text[i])) >= 0 ? "text is not UTF-8"
                        : !r->text[i][strspn(r->text[i], " \t\r\n")]         ? "no text"
                        : !*r->smiles[i]                                     ? "no molecule"
                                                                             : NULL;
    if (status->ok && wrong) {
        *status = (molglot_row_status){.offset = -1};
        snprintf(status->reason, sizeof status->reason, "%s", wrong);
    }
    return status->ok;
}

static int read_pairs(evaluation *e, molglot_error *err) {
    const generation_options *o = e->o;
    const mg_table_options columns = {
        .smiles_column = o->smiles_column, .text_column = o->text_column, .header = -1};
    int code = mg_rows_load(&e->rows, o->pairs, &columns, err);
    if (code) return code;
    const int64_t rows = (int64_t)e->rows.n, most = o->limit && o->limit < rows ? o->limit : rows;
    e->text = calloc((size_t)most + 1, sizeof *e->text);
    e->reference = calloc((size_t)most + 1, sizeof *e->reference);
    e->output = calloc((size_t)most * (size_t)o->drawing.o.n + 1, sizeof *e->output);
    if (!e->text || !e->reference || !e->output)
        return mg_no_memory(err, "the outputs of %lld texts", (long long)most);
    for (int64_t i = 0; i < rows && e->n < most; i++) {
        if (!usable(&e->rows, (size_t)i)) {
            cli_reject(&o->common, &e->rejects, o->pairs, i + 1, e->rows.id[i], &e->rows.status[i]);
            continue;
        }
        e->text[e->n] = e->rows.text[i];
        e->reference[e->n++] = e->rows.smiles[i];
    }
    return e->n ? MOLGLOT_OK
                : mg_fail(err, MOLGLOT_BAD_FILE, "%s: no pair of a molecule and a text", o->pairs);
}

/* ---- the generator ---- */

static void resolve(evaluation *e, const mg_generate_options *o) {
    e->drawing = mg_generate_resolve(e->generator.g, o);
    if (!e->drawing.candidates) e->drawing.candidates = e->drawing.n;
}

static int open_generator(evaluation *e, molglot_error *err) {
    const generation_options *o = e->o;
    int code = cli_generator_open(&e->generator, &o->common, &o->drawing.generator, err);
    if (code) return code;
    resolve(e, &o->drawing.o);
    const char *part = e->generator.t5      ? MG_PART_T5
                       : e->generator.motif ? MG_PART_MOTIF
                                            : e->generator.file->part;
    code = mg_bundle_digest(e->generator.bundle, part, e->generator_sha, err);
    return !code && e->generator.ranked
               ? mg_bundle_digest(e->generator.ranker.bundle, MG_PART_SPACE, e->model_sha, err)
               : code;
}

static int on_draw(void *user, int64_t done, int64_t total) {
    evaluation *e = user;
    (void)total;
    cli_progress_update(&e->progress, e->done * e->drawing.candidates + done, "draws");
    return cli_interrupted;
}

/* Takes over the first outputs of text i. */
static void take(evaluation *e, int64_t i, mg_generation *g) {
    const int n = e->drawing.n;
    for (int k = 0; k < n && k < g->n; k++) {
        e->output[i * n + k] = g->molecules[k].smiles;
        g->molecules[k].smiles = NULL;
    }
    e->drawn += g->drawn, e->odd += g->odd, e->invalid += g->invalid,
        e->duplicates += g->duplicates, e->cut += g->cut;
    mg_generation_free(g);
}

static int draw(evaluation *e, molglot_error *err) {
    mg_generation made[BLOCK];
    mg_generate_options o = e->drawing;
    int code = MOLGLOT_OK;
    o.keep_all = 1, o.on_progress = on_draw, o.user = e;
    cli_progress_start(&e->progress, &e->o->common, "generating", e->n * o.candidates);
    while (e->done < e->n && !code) {
        const int64_t n = e->n - e->done < BLOCK ? e->n - e->done : BLOCK;
        code = mg_generate(e->generator.g, e->text + e->done, (size_t)n, &o, made, err);
        for (int64_t i = 0; i < n && !code; i++) take(e, e->done + i, &made[i]);
        if (!code) e->done += n;
    }
    cli_progress_end(&e->progress);
    e->stopped = code == MOLGLOT_INTERRUPTED;
    return e->stopped && e->done ? MOLGLOT_OK : code;
}

/* ---- scores ---- */

/* A ^C that ended the drawing must not end the scoring. */
static int on_step(void *user, const char *what) {
    const evaluation *e = user;
    cli_say(&e->o->common, "%s", what);
    return cli_interrupted && !e->stopped;
}

/* Of the first n pairs. */
static int open_board(evaluation *e, int64_t n, molglot_error *err) {
    const generation_options *o = e->o;
    const bool aligned = e->generator.ranked &&
                         (o->drawing.generator.memory || (o->common.model && o->train));
    const mg_scoreboard_options board = {
        .samples = e->drawing.n,
        .train = o->train,
        .index = o->drawing.generator.memory,
        .embedder = aligned ? e->generator.ranker.embedder : NULL,
        .model = e->generator.ranker.bundle,
        .on_step = on_step,
        .user = e,
        .scoring = {o->common.threads, o->bootstrap, SCORING_SEED}};
    return mg_scoreboard_init(&e->board, (mg_prompts){n, e->text, e->reference}, &board, err);
}

static int score(evaluation *e, molglot_error *err) {
    int code = MOLGLOT_OK;
    if (e->done < e->n) {
        mg_scoreboard_free(&e->board);
        code = open_board(e, e->done, err);
    }
    if (!code)
        code = mg_scoreboard_add(&e->board, "generated", (const char *const *)e->output,
                                 e->drawing.n, err);
    return !code ? mg_scoreboard_baselines(&e->board, err) : code;
}

/* ---- writing ---- */

/* The best output of each text, as `eval predictions` reads it; "-" where there is none. */
static int write_predictions(const evaluation *e, cli_out *file, molglot_error *err) {
    static const cli_column columns[] = {{.name = "description", .kind = 't'},
                                         {.name = "ground truth", .kind = 't'},
                                         {.name = "output", .kind = 't'}};
    static const cli_sheet_kind kind = {.columns = columns, .n_columns = MG_COUNT(columns)};
    cli_sheet s;
    int code = cli_sheet_begin(&s, &kind, &(cli_sheet_head){.format = "tsv"}, err);
    for (int64_t i = 0; i < e->done && !code; i++) {
        const char *output = e->output[i * e->drawing.n]; /* an empty field would be a molecule */
        const char *const cells[] = {e->text[i], e->reference[i], output ? output : "-"};
        cli_sheet_add(&s, &(cli_sheet_row){.cells = cells, .smiles = cells[2], .name = ""});
    }
    if (!code) code = cli_sheet_end(&s, file, err);
    return !code ? cli_out_close(file, err) : code;
}

enum { DIGITS = 6 };

static json_t *json_drawing(const mg_generate_options *d) {
    json_t *j = json_object();
    eval_set(&j, "method", json_string(d->method));
    eval_set(&j, "candidates", json_integer(d->candidates));
    eval_set(&j, "temperature", eval_number((double)d->temperature, DIGITS));
    eval_set(&j, "top_p", eval_number((double)d->top_p, DIGITS));
    eval_set(&j, "guidance", eval_number((double)d->guidance, DIGITS));
    eval_set(&j, "pull", eval_number((double)d->pull, DIGITS));
    eval_set(&j, "steps", json_integer(d->steps));
    eval_set(&j, "eta", eval_number((double)d->eta, DIGITS));
    eval_set(&j, "diversity", eval_number((double)d->diversity, DIGITS));
    eval_set(&j, "neighbours", json_integer(d->neighbours));
    eval_set(&j, "copy_cost", eval_number((double)d->copy_cost, DIGITS));
    eval_set(&j, "keep_odd", json_boolean(d->keep_odd));
    eval_set(&j, "max_tokens", json_integer(d->max_tokens));
    eval_set(&j, "seed", json_integer((json_int_t)d->seed));
    return j;
}

/* Its values in the order of the methods. */
static json_t *json_dial(const eval_dial *d) {
    json_t *j = json_object(), *values = json_array();
    for (int k = 0; k < d->n; k++)
        if (json_array_append_new(values, eval_number(d->value[k], DIGITS))) break;
    eval_set(&j, "option", json_string(eval_dial_name(d)));
    eval_set(&j, "values", values);
    return j;
}

static json_t *json_draws(const evaluation *e) {
    json_t *j = json_object();
    eval_set(&j, "drawn", json_integer(e->drawn));
    eval_set(&j, "invalid", json_integer(e->invalid));
    eval_set(&j, "duplicates", json_integer(e->duplicates));
    eval_set(&j, "odd", json_integer(e->odd));
    eval_set(&j, "texts_cut", json_integer(e->cut));
    return j;
}

static json_t *json_report(const evaluation *e) {
    const generation_options *o = e->o;
    const mg_scoreboard *b = &e->board;
    const char *model = e->generator.ranked ? mg_space_part_name(e->generator.ranker.space) : "";
    json_t *j = json_object();
    eval_set(&j, "molglot", json_string(MOLGLOT_VERSION));
    eval_set(&j, "task", json_string("text2mol"));
    eval_set(&j, "pairs", eval_text(o->pairs));
    eval_set(&j, "prompts", json_integer(e->done));
    eval_set(&j, "outputs_per_prompt", json_integer(e->drawing.n));
    eval_set(&j, "rows_rejected", json_integer(e->rejects.count));
    eval_set(&j, "references_unreadable", json_integer(b->methods[0].scores.references_unreadable));
    eval_set(&j, "not_scored_too_tangled", json_integer(eval_tangled(b)));
    eval_set(&j, "undoubled", json_integer(e->rows.undoubled));
    eval_set(&j, "interrupted", json_boolean(e->stopped));
    eval_set(&j, "generator", eval_text(cli_generator_path(&e->generator)));
    eval_set(&j, "generator_sha256", json_string(e->generator_sha));
    eval_set(&j, "model", eval_text(model));
    eval_set(&j, "model_sha256", json_string(e->model_sha));
    const mg_memory_part *part = e->generator.memory.part;
    eval_set(&j, "memory", eval_text(part ? part->path : o->drawing.generator.memory));
    eval_set(&j, "drawing", json_drawing(&e->drawing));
    if (o->dial.n) eval_set(&j, "dial", json_dial(&o->dial));
    eval_set(&j, "draws", json_draws(e));
    eval_set(&j, "train", eval_text(o->train));
    eval_set(&j, "training_molecules", json_integer(b->training_rows));
    eval_set(&j, "training_captions", json_integer(b->training_captions));
    eval_set(&j, "training_unreadable", json_integer(b->training_unreadable));
    eval_set(&j, "bootstrap", json_integer(o->bootstrap));
    eval_set(&j, "bootstrap_seed", json_integer(SCORING_SEED));
    eval_set(&j, "methods", eval_scores_json(b));
    return j;
}

static void write_table(mg_str *out, const evaluation *e) {
    const generation_options *o = e->o;
    mg_str_addf(out, "%s: %lld pairs%s, %lld rows rejected, %lld references could not be read\n",
                o->pairs, (long long)e->done, e->stopped ? ", interrupted" : "",
                (long long)e->rejects.count,
                (long long)e->board.methods[0].scores.references_unreadable);
    if (eval_tangled(&e->board))
        mg_str_addf(out, "%lld molecules are not scored: too tangled\n",
                    (long long)eval_tangled(&e->board));
    mg_str_addf(out,
                "%s: %s, %lld drawn, %lld refused by RDKit at the first or second reading, %lld "
                "drawn before; %d of %d draws of each text are scored\n",
                cli_generator_path(&e->generator), e->drawing.method, (long long)e->drawn,
                (long long)e->invalid, (long long)e->duplicates, e->drawing.n,
                e->drawing.candidates);
    if (o->train)
        mg_str_addf(out,
                    "%s: %lld training molecules, %lld with a caption, %lld could not be read\n",
                    o->train, (long long)e->board.training_rows,
                    (long long)e->board.training_captions, (long long)e->board.training_unreadable);
    eval_scores_table(out, &e->board);
}

/* ---- the command ---- */

/* Draws, with the file for --save opened first: a long run is not to end at a folder that is not
 * there. */
static int draw_and_save(evaluation *e, molglot_error *err) {
    cli_out file;
    if (!e->o->save) return draw(e, err);
    int code = cli_out_open(&file, e->o->save, err);
    if (code) return code;
    code = draw(e, err);
    if (!code) code = write_predictions(e, &file, err);
    if (code) cli_out_abort(&file);
    return code;
}

static void forget_outputs(evaluation *e) {
    for (int64_t i = 0; e->output && i < e->done * e->o->drawing.o.n; i++) {
        free(e->output[i]);
        e->output[i] = NULL;
    }
    e->done = 0;
}

/* A value's draws cut short by ^C do not count; those of the values before do. */
static int draw_values(evaluation *e, molglot_error *err) {
    const eval_dial *d = &e->o->dial;
    int code = MOLGLOT_OK;
    for (int k = 0; k < d->n && !code && !e->stopped; k++) {
        mg_generate_options o = e->o->drawing.o;
        eval_dial_set(d, k, &o);
        resolve(e, &o);
        forget_outputs(e);
        code = draw(e, err);
        if (e->stopped && e->board.n_methods) code = MOLGLOT_OK;
        if (!code && !e->stopped)
            code = mg_scoreboard_add(&e->board, d->label[k], (const char *const *)e->output,
                                     e->drawing.n, err);
    }
    if (!code && !e->board.n_methods) return mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    if (e->stopped) e->done = e->n; /* what is reported is whole */
    return code ? code : mg_scoreboard_baselines(&e->board, err);
}

static int write_chart(const evaluation *e, cli_out *file, molglot_error *err) {
    mg_str svg = {0};
    eval_dial_chart(&e->o->dial, &e->board, &svg);
    int code = svg.failed ? mg_no_memory(err, "the chart") : MOLGLOT_OK;
    if (!code) fwrite(svg.s, 1, svg.n, file->f);
    mg_str_free(&svg);
    return code ? code : cli_out_close(file, err);
}

static int draw_dial(evaluation *e, molglot_error *err) {
    cli_out file;
    if (!e->o->chart) return draw_values(e, err);
    int code = cli_out_open(&file, e->o->chart, err);
    if (code) return code;
    code = draw_values(e, err);
    if (!code) code = write_chart(e, &file, err);
    if (code) cli_out_abort(&file);
    return code;
}

static int run(evaluation *e, molglot_error *err) {
    mg_str out = {0};
    int code = read_pairs(e, err);
    if (!code) code = open_generator(e, err);
    if (!code) code = open_board(e, e->n, err);
    if (!code) code = e->o->dial.n ? draw_dial(e, err) : draw_and_save(e, err);
    if (!code && e->cut)
        cli_say(&e->o->common,
                "%lld texts are longer than the generator reads: their ends were left out",
                (long long)e->cut);
    if (!code && !e->o->dial.n) code = score(e, err);
    if (code) return code;
    if (e->o->report.json) return eval_report_json(&e->o->report, json_report(e), err);
    write_table(&out, e);
    return eval_report_table(&e->o->report, &out, err);
}

static void close_evaluation(evaluation *e) {
    mg_scoreboard_free(&e->board);
    forget_outputs(e);
    free(e->output);
    free(e->text);
    free(e->reference);
    mg_rows_free(&e->rows);
    cli_generator_close(&e->generator);
}

int cmd_eval_generation(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_sampling_argp, 0, "Sampling:", 5},
                                                 {&eval_report_argp, 0, NULL, 0},
                                                 {&cli_common_argp, 0, "Common options:", 10},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "--pairs FILE",
        "Draws molecules for the text of each pair and scores them against its molecule. Draws "
        "count as they come: repeated and invalid ones are scored too. "
        "With --candidates the best are scored. docs/scores.md defines every measure.\v"
        "Example:\n"
        "  molglot eval generation --pairs examples/library.tsv --train examples/library.tsv -n 2 "
        "--limit 10 -f json",
        children,
        NULL,
        NULL};
    generation_options o = {.drawing = cli_sampling_default(), .bootstrap = 1000};
    o.drawing.o.n = DEFAULT_SAMPLES;
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    evaluation e = {.o = &o};
    cli_catch_interrupt();
    code = run(&e, &err);
    const bool rejected = e.rejects.count ||
                          (!code && e.board.methods[0].scores.references_unreadable),
               stopped = e.stopped;
    close_evaluation(&e);
    if (code) return cli_fail(&err);
    return stopped                       ? MOLGLOT_INTERRUPTED
           : o.common.strict && rejected ? MOLGLOT_REJECTED
                                         : MOLGLOT_OK;
}
