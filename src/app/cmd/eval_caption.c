/* eval_caption.c - `molglot eval caption`: captions scored against true ones, beside what copying
 * gives. They stand in a file of predictions, or are made here for a table of pairs.
 */
#include "app/cmd/eval.h"
#include "caption/caption.h"
#include "data/table/table.h"
#include "score/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_PAIRS = CLI_OWN,
    OPT_VOCAB,
    OPT_WORDNET,
    OPT_FLOORS,
    OPT_SAVE,
    OPT_BOOTSTRAP,
    OPT_SEED,
    OPT_LIMIT,
    OPT_SMILES,
    OPT_TEXT
};
enum { BLOCK = 64, METHODS = 2 + MG_CAPTION_FLOORS, DIGITS = 6 };

typedef struct caption_options {
    cli_common common;
    eval_report report;
    cli_captioning captioning;
    const char *pairs, *save, *vocab, *wordnet, *smiles_column, *text_column;
    bool floors;
    int bootstrap;
    int64_t limit;
    uint64_t seed;
} caption_options;

static const struct argp_option options[] = {
    {"pairs", OPT_PAIRS, "FILE", 0,
     "Caption the molecules of these pairs (columns smiles, text), each without its own row of the "
     "memory",
     0},
    {"smiles-column", OPT_SMILES, "NAME", 0, "Column of the pairs' molecules (default: found)", 0},
    {"text-column", OPT_TEXT, "NAME", 0, "Column of the pairs' texts (default: found)", 0},
    {"copies", OPT_FLOORS, NULL, 0,
     "Beside them what copying one caption of the memory gives: that of the most similar molecule "
     "by fingerprint, in the aligned space, or the one nearest to the molecule",
     0},
    {"save", OPT_SAVE, "FILE", 0,
     "With --pairs: write the captions (columns SMILES, ground truth, output), to be read again",
     0},
    {"vocab", OPT_VOCAB, "FILE", 0,
     "Word pieces that BLEU and METEOR are counted in, a vocab.txt (default: SciBERT's, built in, "
     "as the field has it)",
     0},
    {"wordnet", OPT_WORDNET, "FOLDER", 0,
     "WordNet 3.0's files (index.noun, data.noun, noun.exc ...): METEOR with synonyms too", 0},
    {"bootstrap", OPT_BOOTSTRAP, "N", 0, "Resamples for the 95 % intervals (default 1000)", 0},
    {"scoring-seed", OPT_SEED, "N", 0, "Seed of the resampling (default 1)", 0},
    {"limit", OPT_LIMIT, "N", 0, "Only the first N rows", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    caption_options *o = state->input;
    switch (key) {
    case OPT_PAIRS: o->pairs = arg; return 0;
    case OPT_SMILES: o->smiles_column = arg; return 0;
    case OPT_TEXT: o->text_column = arg; return 0;
    case OPT_FLOORS: o->floors = true; return 0;
    case OPT_SAVE: o->save = arg; return 0;
    case OPT_VOCAB: o->vocab = arg; return 0;
    case OPT_WORDNET: o->wordnet = arg; return 0;
    case OPT_BOOTSTRAP:
        o->bootstrap = (int)cli_number(state, arg, "--bootstrap", 0, 1000000);
        return 0;
    case OPT_SEED:
        o->seed = (uint64_t)cli_number(state, arg, "--scoring-seed", 0, 1000000000L);
        return 0;
    case OPT_LIMIT: o->limit = cli_number(state, arg, "--limit", 1, 1000000000L); return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->captioning;
        state->child_inputs[1] = &o->report;
        state->child_inputs[2] = &o->common;
        return 0;
    case ARGP_KEY_END:
        if (!o->pairs == !o->report.file)
            argp_error(state, "a FILE of predictions, or --pairs FILE");
        if (o->save && !o->pairs) argp_error(state, "--save goes with --pairs");
        cli_manifest_seed("scoring_seed", o->seed);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Captions by one method, and what they are worth. */
typedef struct method {
    const char *name;
    const char **output; /* [n] */
    mg_caption_scores scores;
    mg_claims_count claims;
} method;

typedef struct evaluation {
    const caption_options *o;
    mg_predictions predictions;
    mg_rows rows;
    cli_rejects rejects;
    int64_t n; /* rows that are scored */
    const char **smiles, **reference;
    mg_captioned *made; /* [n] with --pairs */
    method methods[METHODS];
    int n_methods;
    cli_captioner captioner;
    bool has_captioner;
    char sha[65];
    mg_caption_scorer *scorer;
    mg_groups *groups;
    mg_claims *claims;
    cli_progress progress;
} evaluation;

static bool allocate(evaluation *e, size_t n) {
    e->smiles = calloc(n + 1, sizeof *e->smiles);
    e->reference = calloc(n + 1, sizeof *e->reference);
    return e->smiles && e->reference;
}

/* ---- rows ---- */

static int read_predictions(evaluation *e, molglot_error *err) {
    mg_predictions *p = &e->predictions;
    int code = mg_predictions_load_captions(p, e->o->report.file, err);
    if (code) return code;
    e->n = e->o->limit && p->n > e->o->limit ? e->o->limit : p->n;
    if (!p->samples)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: no column of outputs", e->o->report.file);
    method *m = &e->methods[e->n_methods++];
    m->name = "predictions";
    m->output = calloc((size_t)e->n + 1, sizeof *m->output);
    if (!allocate(e, (size_t)e->n) || !m->output) return mg_no_memory(err, "the rows");
    for (int64_t i = 0; i < e->n; i++) {
        e->smiles[i] = p->text[i];
        e->reference[i] = p->reference[i];
        m->output[i] = p->output[i * p->samples];
    }
    cli_say(&e->o->common, "columns: reference '%s', output '%s'%s%s%s", p->reference_column,
            p->output_columns[0], *p->text_column ? ", molecule '" : "", p->text_column,
            *p->text_column ? "'" : "");
    if (p->samples > 1)
        cli_say(&e->o->common, "%d columns of outputs: the first is scored", p->samples);
    return MOLGLOT_OK;
}

static int read_pairs(evaluation *e, molglot_error *err) {
    const caption_options *o = e->o;
    const mg_table_options table = {
        .smiles_column = o->smiles_column, .text_column = o->text_column, .header = -1};
    int code = mg_rows_load(&e->rows, o->pairs, &table, err);
    if (code) return code;
    if (!allocate(e, e->rows.n)) return mg_no_memory(err, "the rows");
    for (size_t i = 0; i < e->rows.n && (!o->limit || e->n < o->limit); i++) {
        molglot_row_status status = e->rows.status[i];
        const bool whole = status.ok && e->rows.smiles[i] && *e->rows.smiles[i] &&
                           e->rows.text[i] && *e->rows.text[i];
        if (status.ok && !whole) mg_row_refuse(&status, -1, "no pair of a molecule and a text");
        if (!whole) {
            cli_reject(&o->common, &e->rejects, o->pairs, (int64_t)i + 1, e->rows.id[i], &status);
            continue;
        }
        e->smiles[e->n] = e->rows.smiles[i];
        e->reference[e->n++] = e->rows.text[i];
    }
    return e->n ? MOLGLOT_OK
                : mg_fail(err, MOLGLOT_BAD_FILE, "%s: no pair of a molecule and a text", o->pairs);
}

/* ---- captions ---- */

static int open_captioner(evaluation *e, molglot_error *err) {
    const caption_options *o = e->o;
    if (!o->pairs && !o->floors) return MOLGLOT_OK;
    if (o->floors && !o->pairs && !*e->predictions.text_column)
        return mg_fail(err, MOLGLOT_USAGE, "%s: --copies wants a column of molecules (smiles)",
                       o->report.file);
    int code = cli_captioner_open(&e->captioner, &o->common, &o->captioning, err);
    e->has_captioner = true;
    return code ? code : mg_bundle_digest(e->captioner.engine.bundle, MG_PART_SPACE, e->sha, err);
}

static int make_captions(evaluation *e, molglot_error *err) {
    method *m = &e->methods[e->n_methods++];
    mg_caption_options o = e->o->captioning.o;
    o.own = MG_OWN_NEVER;
    m->name = mg_captioner_method(e->captioner.c)->name;
    m->output = calloc((size_t)e->n + 1, sizeof *m->output);
    e->made = calloc((size_t)e->n + 1, sizeof *e->made);
    int code = m->output && e->made ? MOLGLOT_OK : mg_no_memory(err, "the captions");
    const double start = cli_now();
    cli_progress_start(&e->progress, &e->o->common, "captions", e->n);
    for (int64_t at = 0; at < e->n && !code; at += BLOCK) {
        const int64_t n = e->n - at < BLOCK ? e->n - at : BLOCK;
        code = mg_caption_molecules(e->captioner.c, e->smiles + at, (size_t)n, &o, e->made + at,
                                    err);
        cli_progress_update(&e->progress, at + n, NULL);
        if (!code && cli_interrupted) code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    cli_progress_end(&e->progress);
    /* on stderr: a rerun gives the same bytes */
    const double seconds = cli_now() - start;
    if (seconds > 0 && !code)
        cli_say(&e->o->common, "%.1f captions a second", (double)e->n / seconds);
    for (int64_t i = 0; i < e->n && !code; i++)
        m->output[i] = e->made[i].n ? e->made[i].captions[0].text : NULL;
    return code;
}

static int make_floors(evaluation *e, molglot_error *err) {
    const cli_captioner *x = &e->captioner;
    const mg_captioner_options o = {.embedder = x->engine.embedder,
                                    .memory = x->memory,
                                    .leave_out = e->o->captioning.leave_out,
                                    .threads = e->o->common.threads};
    const char *(*text)[MG_CAPTION_FLOORS] = calloc((size_t)e->n + 1, sizeof *text);
    if (!text) return mg_no_memory(err, "copies");
    cli_say(&e->o->common, "copies of single captions, from all of the memory");
    int code = mg_caption_floors(&o, e->smiles, (size_t)e->n, text, err);
    for (int k = 0; k < MG_CAPTION_FLOORS && !code; k++) {
        method *m = &e->methods[e->n_methods++];
        m->name = MG_CAPTION_FLOOR_NAMES[k];
        m->output = calloc((size_t)e->n + 1, sizeof *m->output);
        if (!m->output) code = mg_no_memory(err, "copies");
        for (int64_t i = 0; i < e->n && !code; i++) m->output[i] = text[i][k];
    }
    free(text);
    return code;
}

static int save(const evaluation *e, molglot_error *err) {
    static const cli_column columns[] = {{.name = "SMILES", .kind = 't'},
                                         {.name = "ground truth", .kind = 't'},
                                         {.name = "output", .kind = 't'}};
    static const cli_sheet_kind kind = {.columns = columns, .n_columns = MG_COUNT(columns)};
    cli_sheet s;
    cli_out file;
    int code = cli_out_open(&file, e->o->save, err);
    if (code) return code;
    code = cli_sheet_begin(&s, &kind, &(cli_sheet_head){.format = "tsv"}, err);
    for (int64_t i = 0; i < e->n && !code; i++) {
        const char *output = e->methods[0].output[i];
        const char *const cells[] = {e->smiles[i], e->reference[i], output ? output : ""};
        cli_sheet_add(&s, &(cli_sheet_row){.cells = cells, .smiles = cells[0], .name = ""});
    }
    if (!code) code = cli_sheet_end(&s, &file, err);
    if (!code) return cli_out_close(&file, err);
    cli_out_abort(&file);
    return code;
}

/* ---- scores ---- */

static int open_scorer(evaluation *e, molglot_error *err) {
    const caption_options *o = e->o;
    const mg_caption_scorer_options s = {.vocab = o->vocab,
                                         .wordnet = o->wordnet,
                                         .scoring = {o->common.threads, o->bootstrap, o->seed}};
    e->scorer = mg_caption_scorer_new(&s, err);
    if (!e->scorer || !(e->groups = mg_groups_new(NULL, 0, err)) ||
        !(e->claims = mg_claims_new(e->groups, err)))
        return mg_code_of(err, MOLGLOT_FAILED);
    return MOLGLOT_OK;
}

static int score(evaluation *e, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int k = 0; k < e->n_methods && !code; k++) {
        method *m = &e->methods[k];
        code = mg_caption_scorer_run(e->scorer, e->reference, m->output, e->n, NULL, &m->scores,
                                     err);
        if (!code && (e->o->pairs || *e->predictions.text_column))
            code = mg_claims_count_all(e->claims, e->smiles, m->output, (size_t)e->n,
                                       e->o->common.threads, &m->claims, err);
    }
    return code;
}

/* ---- the report ---- */

static double wrong_share(const mg_claims_count *c) {
    return c->words ? 100 * (double)c->wrong / (double)c->words : NAN;
}

static json_t *json_method(const method *m) {
    const mg_caption_scores *s = &m->scores;
    json_t *j = json_object(), *intervals = json_object(), *sums = json_object();
    json_t *matches = json_array(), *grams = json_array();
    eval_set(&j, "method", json_string(m->name));
    for (int k = 0; k < MG_CAPTION_MEASURES; k++) {
        const mg_measure *v = &s->measures[k];
        eval_set(&j, v->name, eval_number(v->value.value, DIGITS));
        eval_set(&intervals, v->name, eval_bounds(&v->value, DIGITS));
    }
    for (int k = 0; k < 4; k++) {
        json_array_append_new(matches, json_real(s->bleu.matches[k]));
        json_array_append_new(grams, json_real(s->bleu.grams[k]));
    }
    eval_set(&sums, "matches", matches);
    eval_set(&sums, "grams", grams);
    eval_set(&sums, "output_tokens", json_real(s->bleu.output_length));
    eval_set(&sums, "reference_tokens", json_real(s->bleu.reference_length));
    eval_set(&j, "interval95", intervals);
    eval_set(&j, "sums", sums);
    eval_set(&j, "cut_at_512", json_integer(s->cut));
    eval_set(&j, "words", json_integer(m->claims.words));
    eval_set(&j, "claims_checked", json_integer(m->claims.claims));
    eval_set(&j, "claims_contradicted", json_integer(m->claims.claims_wrong));
    eval_set(&j, "words_contradicted", json_integer(m->claims.wrong));
    eval_set(&j, "definitions_checked", json_integer(m->claims.definitions));
    eval_set(&j, "definitions_of_other_molecules", json_integer(m->claims.definitions_wrong));
    eval_set(&j, "contradicted_per_100_words", eval_number(wrong_share(&m->claims), DIGITS));
    return j;
}

static json_t *json_report(const evaluation *e) {
    const caption_options *o = e->o;
    json_t *j = json_object(), *methods = json_array();
    for (int k = 0; k < e->n_methods; k++)
        json_array_append_new(methods, json_method(&e->methods[k]));
    eval_set(&j, "molglot", json_string(MOLGLOT_VERSION));
    eval_set(&j, "task", json_string("mol2text"));
    eval_set(&j, "predictions", eval_text(o->report.file));
    eval_set(&j, "pairs", eval_text(o->pairs));
    eval_set(&j, "rows", json_integer(e->n));
    eval_set(&j, "rows_unreadable", json_integer(e->predictions.rows_unreadable));
    eval_set(&j, "rows_rejected", json_integer(e->rejects.count));
    eval_set(&j, "model_sha256", json_string(e->sha));
    eval_set(&j, "memory", eval_text(e->has_captioner ? cli_captioner_memory(&e->captioner) : ""));
    eval_set(&j, "leave_out", eval_text(o->captioning.leave_out));
    eval_set(&j, "vocab", eval_text(o->vocab ? o->vocab : "SciBERT, built in"));
    eval_set(&j, "wordnet", eval_text(o->wordnet));
    eval_set(&j, "bootstrap", json_integer(o->bootstrap));
    eval_set(&j, "seed", json_integer((json_int_t)o->seed));
    eval_set(&j, "methods", methods);
    return j;
}

enum { NAME = 22 };

static void table_row(mg_str *out, const method *m) {
    mg_str_addf(out, "%-*s", NAME, m->name);
    for (int k = 0; k < MG_CAPTION_MEASURES; k++) {
        const mg_interval *v = &m->scores.measures[k].value;
        if (isnan(v->value))
            mg_str_addf(out, " %13s", "-");
        else if (v->high > v->low)
            mg_str_addf(out, "  %.4f +-%.3f", v->value, (v->high - v->low) / 2);
        else
            mg_str_addf(out, " %13.4f", v->value);
    }
    const double wrong = wrong_share(&m->claims);
    mg_str_addf(out, isnan(wrong) ? "         -           -\n" : "  %8.3f", wrong);
    if (!isnan(wrong))
        mg_str_addf(out, "  %5lld of %-5lld\n", (long long)m->claims.definitions_wrong,
                    (long long)m->claims.definitions);
}

static void write_table(mg_str *out, const evaluation *e) {
    static const char *const heads[MG_CAPTION_MEASURES] = {
        "BLEU-2", "BLEU-4", "ROUGE-1", "ROUGE-2", "ROUGE-L", "METEOR-noWN", "METEOR", "exact"};
    const caption_options *o = e->o;
    mg_str_addf(out, "%s: %lld captions; +-: half the 95 %% interval\n",
                o->pairs ? o->pairs : o->report.file, (long long)e->n);
    if (e->has_captioner) mg_str_addf(out, "memory: %s\n", cli_captioner_memory(&e->captioner));
    mg_str_addf(out, "%-*s", NAME, "");
    for (int k = 0; k < MG_CAPTION_MEASURES; k++) mg_str_addf(out, " %13s", heads[k]);
    mg_str_addz(out, "  wrong/100  other molecule\n");
    for (int k = 0; k < e->n_methods; k++) table_row(out, &e->methods[k]);
}

/* ---- the command ---- */

static int run(evaluation *e, molglot_error *err) {
    mg_str out = {0};
    int code = open_scorer(e, err);
    if (!code) code = e->o->pairs ? read_pairs(e, err) : read_predictions(e, err);
    if (!code) code = open_captioner(e, err);
    if (!code && e->o->pairs) code = make_captions(e, err);
    if (!code && e->o->save) code = save(e, err);
    if (!code && e->o->floors) code = make_floors(e, err);
    if (!code) code = score(e, err);
    if (code) return code;
    if (e->o->report.json) return eval_report_json(&e->o->report, json_report(e), err);
    write_table(&out, e);
    return eval_report_table(&e->o->report, &out, err);
}

static void close_evaluation(evaluation *e) {
    for (int k = 0; k < e->n_methods; k++) free(e->methods[k].output);
    for (int64_t i = 0; i < e->n && e->made; i++) mg_captioned_free(&e->made[i]);
    free(e->made);
    free(e->smiles);
    free(e->reference);
    mg_predictions_free(&e->predictions);
    mg_rows_free(&e->rows);
    mg_caption_scorer_free(e->scorer);
    mg_claims_free(e->claims);
    mg_groups_free(e->groups);
    if (e->has_captioner) cli_captioner_close(&e->captioner);
}

int cmd_eval_caption(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_captioning_argp, 0, "Captions:", 5},
                                                 {&eval_report_argp, 0, NULL, 0},
                                                 {&cli_common_argp, 0, "Common options:", 10},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "FILE\n--pairs FILE",
        "Scores captions of molecules: BLEU-2 and -4 on SciBERT's word pieces, ROUGE-1, -2 and -L, "
        "METEOR, how many are the same, and how many of 100 words the structure contradicts. FILE "
        "is a TSV without quoting, as MolT5's (or a .csv): columns ground_truth (or reference, "
        "target, caption, text), output (or prediction ...), and, for words that are wrong, "
        "SMILES. docs/captions.md defines every measure.\v"
        "Example:\n"
        "  molglot eval caption --pairs examples/library.tsv --limit 50 --save captions.tsv\n"
        "  molglot eval caption captions.tsv -f json",
        children,
        NULL,
        NULL};
    caption_options o = {.report = {.wants = "captions", .optional = true},
                         .captioning = cli_captioning_default(),
                         .bootstrap = 1000,
                         .seed = 1};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    evaluation e = {.o = &o};
    cli_catch_interrupt();
    code = run(&e, &err);
    const bool rejected = e.rejects.count || e.predictions.rows_unreadable;
    close_evaluation(&e);
    if (code) return cli_fail(&err);
    return o.common.strict && rejected ? MOLGLOT_REJECTED : MOLGLOT_OK;
}
