/* eval.c - `molglot eval retrieval`: how well texts find their molecules among all and molecules
 * their texts, with intervals, duplicates and what a random ranking would have. The other
 * evaluations are in files of their own. */
#include "app/cmd/eval.h"

#include "model/bundle/bundle.h"
#include "score/score.h"

#include <string.h>

enum {
    OPT_PAIRS = CLI_OWN,
    OPT_POOL,
    OPT_SENTENCES,
    OPT_BOOTSTRAP,
    OPT_SEED,
    OPT_LIMIT,
    OPT_SMILES,
    OPT_TEXT,
    OPT_RERANK,
    OPT_NAMES
};

typedef struct eval_options {
    cli_common common;
    eval_report report;
    const char *what, *names;
    bool rerank;
    mg_retrieval_options r;
} eval_options;

static const struct argp_option options[] = {
    {"pairs", OPT_PAIRS, "FILE", 0, "Pairs of molecule and text (columns smiles, text)", 0},
    {"smiles-column", OPT_SMILES, "NAME", 0, "Column of the pairs' molecules (default: found)", 0},
    {"text-column", OPT_TEXT, "NAME", 0, "Column of the pairs' texts (default: found)", 0},
    {"pool", OPT_POOL, "FILE", 0,
     "Further molecules to rank against (default: those of the pairs alone)", 0},
    {"sentences", OPT_SENTENCES, NULL, 0, "Score sentence by sentence instead of the whole text",
     0},
    {"bootstrap", OPT_BOOTSTRAP, "N", 0, "Resamples for the 95 % intervals (default 1000)", 0},
    {"seed", OPT_SEED, "N", 0, "Seed of the resampling (default 1)", 0},
    {"limit", OPT_LIMIT, "N", 0, "Only the first N pairs", 0},
    {"rerank", OPT_RERANK, NULL, 0,
     "Text to molecule also with the best molecules in the order of the model's re-ranker", 0},
    {"names", OPT_NAMES, "FILE", 0,
     "With --rerank: the dictionary of names that it reads with (default: the model's; one that "
     "holds the molecules of the pairs helps it)",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    eval_options *o = state->input;
    switch (key) {
    case OPT_PAIRS: o->r.pairs = arg; return 0;
    case OPT_POOL: o->r.pool = arg; return 0;
    case OPT_SMILES: o->r.smiles_column = arg; return 0;
    case OPT_TEXT: o->r.text_column = arg; return 0;
    case OPT_SENTENCES: o->r.sentences = true; return 0;
    case OPT_BOOTSTRAP:
        o->r.bootstrap = (int)cli_number(state, arg, "--bootstrap", 0, 1000000);
        return 0;
    case OPT_SEED: o->r.seed = (uint64_t)cli_number(state, arg, "--seed", 0, 1000000000L); return 0;
    case OPT_LIMIT: o->r.limit = cli_number(state, arg, "--limit", 1, 1000000000L); return 0;
    case OPT_RERANK: o->rerank = true; return 0;
    case OPT_NAMES: o->names = arg; return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->report;
        state->child_inputs[1] = &o->common;
        return 0;
    case ARGP_KEY_ARG:
        if (o->what || strcmp(arg, "retrieval"))
            argp_error(state, "what to evaluate: retrieval, caption, alignment, generation, "
                              "predictions, reconstruction, unconditional");
        o->what = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->what)
            argp_error(state, "what to evaluate: retrieval, caption, alignment, generation, "
                              "predictions, reconstruction, unconditional");
        if (!o->r.pairs) argp_error(state, "--pairs FILE is missing");
        if (o->names && !o->rerank) argp_error(state, "--names goes with --rerank");
        cli_manifest_seed("seed", o->r.seed);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* One line per measure: its name, its interval, what a random ranking would have (or -1). */
typedef struct measure {
    const char *name;
    mg_interval value;
    double random;
} measure;
enum { MEASURES = 7 };

static void measures_of(const mg_retrieval_scores *s, measure out[MEASURES]) {
    const measure m[MEASURES] = {{"mrr", s->mrr, s->random_mrr},
                                 {"hits@1", s->hits1, s->random_hits1},
                                 {"hits@5", s->hits5, s->random_hits5},
                                 {"hits@10", s->hits10, s->random_hits10},
                                 {"hits@20", s->hits20, s->random_hits20},
                                 {"mean_rank", s->mean_rank, 0.5 * (double)(s->pool + 1)},
                                 {"batch64_accuracy", s->batch64, s->random_batch64}};
    memcpy(out, m, sizeof m);
}

enum { DIGITS = 6 };

static json_t *json_direction(const mg_retrieval_scores *s) {
    measure m[MEASURES];
    json_t *o = json_object(), *intervals = json_object(), *random = json_object();
    measures_of(s, m);
    eval_set(&o, "n", json_integer(s->n));
    eval_set(&o, "pool", json_integer(s->pool));
    eval_set(&o, "pool_duplicates", json_integer(s->pool_duplicates));
    for (int i = 0; i < MEASURES; i++) {
        eval_set(&o, m[i].name, eval_number(m[i].value.value, DIGITS));
        eval_set(&intervals, m[i].name, eval_bounds(&m[i].value, DIGITS));
        eval_set(&random, m[i].name, eval_number(m[i].random, DIGITS));
    }
    eval_set(&o, "interval95", intervals);
    eval_set(&o, "random", random);
    return o;
}

static json_t *json_gain(const mg_retrieval_gain *g) {
    json_t *o = json_object(), *intervals = json_object();
    eval_set(&o, "hits@1", eval_number(g->hits1.value, DIGITS));
    eval_set(&o, "mrr", eval_number(g->mrr.value, DIGITS));
    eval_set(&intervals, "hits@1", eval_bounds(&g->hits1, DIGITS));
    eval_set(&intervals, "mrr", eval_bounds(&g->mrr, DIGITS));
    eval_set(&o, "interval95", intervals);
    return o;
}

static json_t *json_report(const eval_options *o, const cli_engine *e, const char *sha,
                           const mg_retrieval_result *r) {
    json_t *j = json_object();
    eval_set(&j, "molglot", json_string(MOLGLOT_VERSION));
    eval_set(&j, "model", eval_text(mg_space_part_name(e->space)));
    eval_set(&j, "model_sha256", json_string(sha));
    eval_set(&j, "pairs", eval_text(o->r.pairs));
    eval_set(&j, "pool", eval_text(o->r.pool));
    eval_set(&j, "unit", json_string(o->r.sentences ? "sentence" : "paragraph"));
    eval_set(&j, "rejected", json_integer(r->rejected));
    eval_set(&j, "undoubled", json_integer(r->undoubled));
    eval_set(&j, "seed", json_integer((json_int_t)o->r.seed));
    eval_set(&j, "bootstrap", json_integer(o->r.bootstrap));
    eval_set(&j, "text_to_molecule", json_direction(&r->text_to_molecule));
    eval_set(&j, "molecule_to_text", json_direction(&r->molecule_to_text));
    if (!o->r.rerank) return j;
    eval_set(&j, "reranked", json_direction(&r->reranked));
    eval_set(&j, "gained", json_gain(&r->gained));
    return j;
}

static void table_direction(mg_str *out, const char *name, const mg_retrieval_scores *s) {
    measure m[MEASURES];
    measures_of(s, m);
    mg_str_addf(out, "%s: %lld queries against %lld (%lld duplicates in the pool)\n", name,
                (long long)s->n, (long long)s->pool, (long long)s->pool_duplicates);
    for (int i = 0; i < MEASURES; i++)
        mg_str_addf(out, "  %-17s %8.4g   95 %% [%.4g, %.4g]   random %.3g\n", m[i].name,
                    m[i].value.value, m[i].value.low, m[i].value.high, m[i].random);
}

static void write_table(mg_str *out, const eval_options *o, const mg_retrieval_result *r) {
    mg_str_addf(out, "%s, %s, %lld pairs, %lld rejected\n", o->r.pairs,
                o->r.sentences ? "sentences" : "paragraphs", (long long)r->pairs,
                (long long)r->rejected);
    table_direction(out, "text to molecule", &r->text_to_molecule);
    table_direction(out, "molecule to text", &r->molecule_to_text);
    if (!o->r.rerank) return;
    table_direction(out, "text to molecule, re-ranked", &r->reranked);
    mg_str_addf(out, "  %-17s %+8.4f   95 %% [%+.4f, %+.4f]\n", "hits@1 gained",
                r->gained.hits1.value, r->gained.hits1.low, r->gained.hits1.high);
    mg_str_addf(out, "  %-17s %+8.4f   95 %% [%+.4f, %+.4f]\n", "mrr gained", r->gained.mrr.value,
                r->gained.mrr.low, r->gained.mrr.high);
}

static int eval_retrieval(int argc, char **argv) {
    static const struct argp_child children[] = {
        {&eval_report_argp, 0, NULL, 0}, {&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "retrieval --pairs FILE",
        "Measures retrieval in both directions. Ties get the mean rank; a copy of the right "
        "molecule in the pool counts as found. "
        "Other evaluations: `molglot eval caption --help` (sentences for molecules), `molglot eval "
        "alignment --help` (which words light which atoms), `molglot eval generation --help` (what "
        "a "
        "generator draws), `molglot "
        "eval predictions --help` (molecules generated before), "
        "`molglot eval reconstruction --help` (there and back through the latents), `molglot eval "
        "unconditional --help`.\v"
        "Example:\n"
        "  molglot eval retrieval --pairs examples/library.tsv -f json",
        children,
        NULL,
        NULL};
    eval_options o = {.r = {.bootstrap = 1000, .seed = 1}};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    o.r.threads = o.common.threads;
    molglot_error err = {0};
    cli_engine engine;
    mg_retrieval_result result;
    char sha[65];
    mg_str out = {0};
    code = cli_engine_open(&engine, &o.common, 0, &err);
    if (code) return cli_fail(&err);
    cli_reranker reranker = {0};
    if (o.rerank) {
        code = mg_bundle_rerank(engine.bundle, &err)
                   ? cli_reranker_open(&reranker, &engine, &o.common, o.names, NULL, &err)
                   : mg_code_of(&err, MOLGLOT_BAD_FILE);
        o.r.rerank = reranker.r;
    }
    if (!code) code = mg_eval_retrieval(engine.embedder, &o.r, &result, &err);
    if (!code) code = mg_bundle_digest(engine.bundle, MG_PART_SPACE, sha, &err);
    if (!code) {
        if (!o.report.json) write_table(&out, &o, &result);
        code = o.report.json
                   ? eval_report_json(&o.report, json_report(&o, &engine, sha, &result), &err)
                   : eval_report_table(&o.report, &out, &err);
    }
    cli_reranker_close(&reranker);
    cli_engine_close(&engine);
    if (code) return cli_fail(&err);
    return cli_rejects_end(&o.common, &(cli_rejects){.count = result.rejected},
                           result.pairs + result.rejected);
}

int cmd_eval(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } others[] = {{"caption", cmd_eval_caption},
                  {"alignment", cmd_eval_alignment},
                  {"generation", cmd_eval_generation},
                  {"predictions", cmd_eval_predictions},
                  {"reconstruction", cmd_eval_reconstruction},
                  {"unconditional", cmd_eval_unconditional}};
    for (size_t i = 0; i < MG_COUNT(others) && argc > 1; i++) {
        if (strcmp(argv[1], others[i].name)) continue;
        char full[64];
        snprintf(full, sizeof full, "molglot eval %s", others[i].name);
        argv[1] = full;
        return others[i].run(argc - 1, argv + 1);
    }
    if (argc > 1 && *argv[1] != '-' && strcmp(argv[1], "retrieval")) {
        const char *names[MG_COUNT(others) + 1] = {"retrieval"};
        for (size_t i = 0; i < MG_COUNT(others); i++) names[i + 1] = others[i].name;
        const char *near = cli_nearest(argv[1], strlen(argv[1]), names, MG_COUNT(names));
        if (near) return cli_usage("no evaluation '%s'; did you mean '%s'?", argv[1], near);
    }
    return eval_retrieval(argc, argv);
}
