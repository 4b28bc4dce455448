/* merge.c - `molglot merge`: parts of models into one bundle, a merged file or a folder. */
#include "app/cli/cli.h"
#include "app/cmd/merge_basis.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPT_NAME = CLI_OWN,
    OPT_STORE,
    OPT_LICENCE,
    OPT_REPLACE,
    OPT_WEIGHTS,
    OPT_MOLECULES_OF,
    OPT_BASIS,
    OPT_DIRECTIONS
};

typedef struct merge_options {
    cli_common common;
    const char *output, *basis;
    int directions;
    mg_merge_options merge;
    float weights[MG_MEMBERS];
    char **inputs;
    int n;
} merge_options;

static const struct argp_option options[] = {
    {"output", 'o', "OUT", 0,
     "File to write; a folder, or a name that ends in a slash, takes a file a part (required)", 0},
    {"name", OPT_NAME, "NAME", 0,
     "Name of the whole (default: as it was; of several spaces: ensemble)", 0},
    {"store", OPT_STORE, "HOW", 0,
     "int4: tables in 4 bits, other matrices as bytes, with a scale a row (default: as they are)",
     0},
    {"replace", OPT_REPLACE, NULL, 0, "Of a part that several models hold, the last one's is taken",
     0},
    {"weights", OPT_WEIGHTS, "W,...", 0,
     "Weights of the space's members, in their order: the cosine is their weighted mean (default: "
     "those that they have, or 1)",
     0},
    {"molecules-of", OPT_MOLECULES_OF, "MODEL", 0,
     "Members that were trained against the molecules' side of this model's space (init.new_text) "
     "take that side as it is there, so that its indexes serve the new one too",
     0},
    {"basis", OPT_BASIS, "TABLE", 0,
     "Add the part basis: the principal directions of the space, from embeddings of this table's "
     "molecules and texts (at most 8192 of each). Indexes keep their codes in it, and rows of "
     "fewer "
     "numbers (index --dims)",
     0},
    {"directions", OPT_DIRECTIONS, "N", 0, "How many directions --basis keeps (default 384)", 0},
    {"licence", OPT_LICENCE, "NAME", 0, "Licence of the whole, where the inputs' differ", 0},
    {0}};

/* "1,1,0.5" */
static void read_weights(merge_options *o, const char *arg, const struct argp_state *state) {
    const char *s = arg;
    int n = 0;
    for (char *end = NULL; n < MG_MEMBERS; s = end + 1) {
        o->weights[n++] = strtof(s, &end);
        if (end == s || (*end && *end != ',') || !(o->weights[n - 1] > 0))
            argp_error(state, "--weights wants numbers above 0 with commas between, not '%s'", arg);
        if (!*end) {
            o->merge.weights = o->weights;
            o->merge.n_weights = n;
            return;
        }
    }
    argp_error(state, "--weights: an ensemble has at most %d members", MG_MEMBERS);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    merge_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case OPT_NAME: o->merge.name = arg; return 0;
    case OPT_LICENCE: o->merge.licence = arg; return 0;
    case OPT_WEIGHTS: read_weights(o, arg, state); return 0;
    case OPT_BASIS: o->basis = arg; return 0;
    case OPT_MOLECULES_OF: o->merge.molecules_of = arg; return 0;
    case OPT_DIRECTIONS:
        o->directions = (int)cli_number(state, arg, "--directions", 1, 65536);
        return 0;
    case OPT_REPLACE: o->merge.replace = true; return 0;
    case OPT_STORE:
        if (strcmp(arg, "int4")) argp_error(state, "--store wants int4, not '%s'", arg);
        o->merge.store = arg;
        return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARGS:
        o->inputs = state->argv + state->next;
        o->n = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (!o->output || !o->n) argp_error(state, "a MODEL and -o OUT are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int cmd_merge(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_talk_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "MODEL... -o OUT",
        "Puts the parts of models (space, writer, latent, memory) into one file, or into a folder "
        "with a "
        "file a part: both serve search and generate. Several spaces become an ensemble: its "
        "cosine is the mean of its members' cosines, weighted with --weights.\v"
        "Example:\n"
        "  molglot merge models -o all.safetensors\n"
        "  molglot merge all.safetensors -o parts/\n"
        "  molglot merge parts/space.safetensors parts/writer.safetensors --store int4 -o "
        "two.safetensors\n"
        "  molglot merge models --weights 1,1,1,1,0.5 -o weighted.safetensors\n"
        "  molglot merge models/space.safetensors --basis examples/library.tsv "
        "--directions 64 -o with-basis/\n"
        "\n"
        "Members may differ in vocabularies, sizes and seeds, not in what they look at.",
        children,
        NULL,
        NULL};
    merge_options o = {.directions = MERGE_DIRECTIONS};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    code = mg_bundle_merge((const char *const *)o.inputs, o.n, &o.merge, o.output, &err);
    if (!code && o.basis) {
        cli_catch_interrupt();
        code = merge_basis(&o.common, &o.merge, o.output, o.basis, o.directions, &err);
    }
    if (code) return cli_fail(&err);
    cli_say(&o.common, "%s is written (`molglot info %s` shows its parts)", o.output, o.output);
    return MOLGLOT_OK;
}
