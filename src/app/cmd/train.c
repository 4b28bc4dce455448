/* train.c - `molglot train`: runs a recipe with a progress line; ^C and --time-limit finish
 * cleanly, --resume goes on. */
#include "train/train.h"

#include "app/cli/cli.h"
#include "base/toml/toml.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_RESUME = CLI_OWN, OPT_SET, OPT_DUMP, OPT_LIMIT, OPT_MAX_SET = 64 };

typedef struct train_options {
    cli_common common;
    const char *recipe, *run;
    const char *set[OPT_MAX_SET];
    int n_set;
    bool resume, dump, mpi;
    double time_limit;
} train_options;

static const struct argp_option options[] = {
    {"resume", OPT_RESUME, NULL, 0, "Go on from the run's checkpoint", 0},
    {"time-limit", OPT_LIMIT, "SECONDS", 0,
     "Stop with a checkpoint after the step in which this is reached (exit 130, as for ^C)", 0},
    {"set", OPT_SET, "KEY=VALUE", 0, "Override a key of the recipe (repeatable)", 0},
    {"output", 'o', "FOLDER", CLI_MAY_BE_READ, "Run folder (the same as --set run=FOLDER)", 0},
    CLI_MPI_OPTION,
    {"dump-recipe", OPT_DUMP, NULL, 0, "Print the recipe with its overrides and stop", 0},
    {0}};

static double parse_limit(struct argp_state *state, const char *text) {
    char *end = NULL;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds > 0 && seconds < 1e9))
        argp_error(state, "--time-limit wants seconds, more than 0, not '%s'", text);
    return seconds;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    train_options *o = state->input;
    switch (key) {
    case OPT_RESUME: o->resume = true; return 0;
    case OPT_LIMIT: o->time_limit = parse_limit(state, arg); return 0;
    case OPT_SET:
        if (o->n_set == OPT_MAX_SET) argp_error(state, "at most %d --set", OPT_MAX_SET);
        o->set[o->n_set++] = arg;
        return 0;
    case 'o': o->run = arg; return 0;
    case OPT_DUMP: o->dump = true; return 0;
    case CLI_MPI: o->mpi = true; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARG:
        if (o->recipe) argp_error(state, "one RECIPE at a time");
        o->recipe = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->recipe) argp_error(state, "RECIPE.toml is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct watcher {
    const cli_common *common;
    cli_progress progress;
    bool started;
    char what[64]; /* the progress is of */
} watcher;

static int on_event(void *user, const mg_train_event *e) {
    watcher *w = user;
    char note[128];
    if (e->message) {
        if (w->started) cli_progress_end(&w->progress);
        cli_say(w->common, "%s", e->message);
        return cli_interrupted;
    }
    const char *what = e->doing ? e->doing : "training, steps";
    if (w->started && strcmp(what, w->what)) {
        cli_progress_end(&w->progress);
        w->started = false;
    }
    if (!w->started) {
        snprintf(w->what, sizeof w->what, "%s", what);
        cli_progress_start(&w->progress, w->common, w->what, e->doing ? e->all : e->total_steps);
        w->started = true;
    }
    if (e->doing) {
        w->progress.total = e->all; /* which is known better as reading goes on */
        cli_progress_update(&w->progress, e->done, NULL);
        return cli_interrupted;
    }
    snprintf(note, sizeof note, "loss %.4f  lr %.2e  %.0f rows/s", e->loss, e->lr,
             e->pairs_per_second);
    cli_progress_update(&w->progress, e->step, note);
    return cli_interrupted;
}

/* The command line as typed, for the manifest. */
static void add_command(mg_str *out, int argc, char **argv) {
    for (int i = 0; i < argc; i++) mg_str_addf(out, "%s%s", i ? " " : "", argv[i]);
}

static int prepare(const train_options *o, mg_toml **recipe, molglot_error *err) {
    *recipe = mg_toml_load(o->recipe, err);
    if (!*recipe) return err->code;
    int code = MOLGLOT_OK;
    for (int i = 0; i < o->n_set && !code; i++) code = mg_toml_set(*recipe, o->set[i], err);
    if (!code && o->run) code = mg_toml_set_string(*recipe, "run", o->run, err);
    if (!code && o->common.device)
        code = mg_toml_set_string(*recipe, "train.device", o->common.device, err);
    return code;
}

int cmd_train(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_train_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "RECIPE.toml",
        "Trains a model: run folder with model, checkpoint, manifest, log and loss curve.\v"
        "Example:\n"
        "  molglot train recipes/tiny.toml -o runs/tiny\n"
        "  molglot train recipes/tiny.toml -o runs/seven --set train.seed=7\n"
        "\n"
        "Longer runs, on data of your own:\n"
        "  molglot train recipes/momu.toml -o runs/momu --set data.dir=DATA --resume\n"
        "  molglot train recipes/momu.toml --set data.dir=DATA --device cuda --time-limit 3000\n"
        "  molglot train recipes/molglot.toml --set data.dir=DATA\n"
        "\n"
        "  mpirun -n 4 molglot train recipes/momu.toml --mpi --set data.dir=DATA -j 8\n"
        "\n"
        "The keys are listed in docs/models/momu.md and 3m.md. The last example is a recipe of "
        "stages: other recipes in order, and one file of their models. After ^C, --time-limit or a "
        "crash, --resume continues bit for bit; on another device it continues too, with other "
        "bits.",
        children,
        NULL,
        NULL};
    train_options o = {0};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    mg_toml *recipe = NULL;
    mg_str command = {0};
    mg_ranks *ranks;
    add_command(&command, argc, argv);
    code = cli_ranks_begin(&ranks, o.mpi, &o.common, &err);
    if (!code) code = prepare(&o, &recipe, &err);
    watcher w = {.common = &o.common};
    if (!code && o.dump) {
        mg_str text = {0};
        code = mg_train_check(recipe, &(mg_train_options){.recipe_path = o.recipe}, &err);
        if (!code) code = mg_toml_dump(recipe, &text);
        if (text.s && !mg_ranks_rank(ranks)) fputs(text.s, stdout);
        mg_str_free(&text);
    } else if (!code) {
        cli_catch_interrupt();
        mg_train_options t = {.resume = o.resume,
                              .threads = o.common.threads,
                              .time_limit = o.time_limit,
                              .command = command.s,
                              .recipe_path = o.recipe,
                              .ranks = ranks,
                              .on_event = on_event,
                              .user = &w};
        code = mg_train(recipe, &t, &err);
        if (w.started) cli_progress_end(&w.progress);
    }
    mg_toml_free(recipe);
    mg_str_free(&command);
    if (code && !err.code) err.code = code;
    return cli_ranks_end(ranks, MOLGLOT_OK, &err);
}
