/* cmd_merge.c - `molglot merge`: models trained apart into one ensemble file. */
#include "app/cli.h"

enum { OPT_NAME = CLI_OWN };

typedef struct merge_options { cli_common common; const char *output, *name; char **inputs; int n; } merge_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Model file to write (required)", 0},
    {"name", OPT_NAME, "NAME", 0, "Name of the ensemble (default: ensemble)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    merge_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case OPT_NAME: o->name = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARGS:
        o->inputs = state->argv + state->next;
        o->n = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (!o->output || !o->n) argp_error(state, "two or more MODELs and -o FILE are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int cmd_merge(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_common_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {options, parse, "MODEL MODEL... -o FILE",
        "Makes an ensemble: its cosine is the mean of its members' cosines.\v"
        "Example:\n  molglot merge runs/a/model.safetensors runs/b/model.safetensors -o both.safetensors\n\n"
        "Members may differ in vocabularies, sizes and seeds, not in what they look at.", children, NULL, NULL};
    merge_options o = {.name = "ensemble"};
    int rc = cli_parse(&argp, argc, argv, &o);
    if (rc != MOLGLOT_OK) return rc;
    molglot_error err = {0};
    rc = mg_model_file_merge((const char *const *)o.inputs, o.n, o.name, o.output, &err);
    if (rc != MOLGLOT_OK) return cli_fail(&err);
    cli_say(&o.common, "%s: %d members", o.output, o.n);
    return MOLGLOT_OK;
}
