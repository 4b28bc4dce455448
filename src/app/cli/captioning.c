/* captioning.c - finds and opens what captions need: the model, a memory, a method; and the options
 * of captioning. */
#include "app/cli/cli.h"
#include "model/bundle/bundle.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static int open_index(cli_captioner *x, const cli_captioning *o, molglot_error *err) {
    if (!(x->index = mg_index_open(o->memory, false, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    x->memory.index = x->index;
    if (mg_index_side(x->index) != MG_SIDE_MOLECULE)
        return mg_fail(err, MOLGLOT_USAGE, "%s: the index is not one of molecules", o->memory);
    return cli_check_index(x->index, &x->engine, err);
}

/* The model's own, where its codes belong to the space. */
static int open_part(cli_captioner *x, const cli_common *c, molglot_error *err) {
    mg_bundle *b = x->engine.bundle;
    if (!mg_bundle_has(b, MG_PART_MEMORY)) return MOLGLOT_OK;
    const mg_memory_part *part = mg_bundle_known(b, err);
    if (!part) return mg_code_of(err, MOLGLOT_BAD_FILE);
    if (mg_memory_part_fits(part, b))
        x->memory.part = part;
    else
        cli_say(c,
                "%s: this memory was made with another space: it is not used (`molglot memory` "
                "makes one)",
                part->path);
    return MOLGLOT_OK;
}

int cli_captioner_open(cli_captioner *x, const cli_common *c, const cli_captioning *o,
                       molglot_error *err) {
    memset(x, 0, sizeof *x);
    int code = cli_engine_open(&x->engine, c, 0, err);
    if (!code && o->memory) code = open_index(x, o, err);
    if (!code && !o->memory && !o->no_memory) code = open_part(x, c, err);
    if (code) return code;
    const mg_dictionary *names = NULL;
    if (o->names && mg_bundle_has(x->engine.bundle, MG_PART_NAMES) &&
        !(names = mg_bundle_names(x->engine.bundle, err)))
        return mg_code_of(err, MOLGLOT_BAD_FILE);
    const mg_captioner_options options = {.bundle = x->engine.bundle,
                                          .embedder = x->engine.embedder,
                                          .memory = x->memory,
                                          .names = names,
                                          .leave_out = o->leave_out,
                                          .method = o->method,
                                          .model = o->model,
                                          .device = c->device,
                                          .threads = c->threads};
    x->c = mg_captioner_new(&options, err);
    return x->c ? MOLGLOT_OK : mg_code_of(err, MOLGLOT_FAILED);
}

void cli_captioner_close(cli_captioner *x) {
    mg_captioner_free(x->c);
    mg_index_close(x->index);
    cli_engine_close(&x->engine);
    memset(x, 0, sizeof *x);
}

const char *cli_captioner_memory(const cli_captioner *x) {
    return x->memory.index  ? mg_index_path(x->memory.index)
           : x->memory.part ? x->memory.part->path
                            : "";
}

/* ---- options ---- */

enum {
    OPT_METHOD = CLI_CAPTIONING,
    OPT_MEMORY,
    OPT_NO_MEMORY,
    OPT_LEAVE_OUT,
    OPT_CAPTIONER,
    OPT_CANDIDATES,
    OPT_BEAMS,
    OPT_ALONE,
    OPT_AS_COPIED,
    OPT_OWN
};

static const struct argp_option captioning_options[] = {
    {"method", OPT_METHOD, "M", 0,
     "nearest (captions of near molecules), atomas (written beside them by the "
     "unified model), t5 (written by an imported T5); default: the first that the model can",
     0},
    {"memory", OPT_MEMORY, "INDEX", 0,
     "Captions of this index of molecules with texts (default: the model's own memory)", 0},
    {"no-memory", OPT_NO_MEMORY, NULL, 0, "Of none: a model writes them alone", 0},
    {"leave-out", OPT_LEAVE_OUT, "PREFIX", 0,
     "Rows of the memory whose id begins so give no caption (default " CLI_LEAVE_OUT
     ": they are written in another style; \"\": none)",
     0},
    {"captioner", OPT_CAPTIONER, "MODEL", 0, "An imported model that writes captions", 0},
    {"candidates", OPT_CANDIDATES, "N", 0, "Captions of each method that are compared, at most", 0},
    {"beams", OPT_BEAMS, "N", 0, "Of written captions: the likeliest, by N beams (default: drawn)",
     0},
    {"temperature", 't', "T", 0, "Of written captions", 0},
    {"seed", 'S', "N", 0, "Same seed, same captions (default 0)", 0},
    {"alone", OPT_ALONE, NULL, 0, "Written captions alone, without copies beside them", 0},
    {"as-copied", OPT_AS_COPIED, NULL, 0,
     "Copies as they are, also where their first sentence says how another molecule is built "
     "(default: told of this one where that can be proven, else without that part)",
     0},
    {"own", OPT_OWN, "WHEN", 0,
     "When the caption of the very molecule in the memory is an answer: always (default), library "
     "(where "
     "it is an index of --memory), never",
     0},
    {0}};

static error_t parse_captioning(int key, char *arg, struct argp_state *state) {
    static const char *const when[] = {"library", "always", "never"};
    static const int owns[] = {MG_OWN_LIBRARY, MG_OWN_ALWAYS, MG_OWN_NEVER};
    cli_captioning *d = state->input;
    switch (key) {
    case OPT_METHOD: d->method = arg; return 0;
    case OPT_MEMORY: d->memory = arg; return 0;
    case OPT_NO_MEMORY: d->no_memory = true; return 0;
    case OPT_LEAVE_OUT: d->leave_out = arg; return 0;
    case OPT_CAPTIONER: d->model = arg; return 0;
    case OPT_CANDIDATES:
        d->o.candidates = (int)cli_number(state, arg, "--candidates", 1, 10000);
        return 0;
    case OPT_BEAMS: d->o.beams = (int)cli_number(state, arg, "--beams", 1, 64); return 0;
    case 't': d->o.temperature = cli_real(state, arg, "--temperature", 0, 100); return 0;
    case 'S': d->o.seed = (uint64_t)cli_number(state, arg, "--seed", 0, 1L << 40); return 0;
    case OPT_ALONE: d->o.alone = true; return 0;
    case OPT_AS_COPIED: d->o.as_copied = true; return 0;
    case OPT_OWN:
        cli_choice(state, "--own", arg, when, MG_COUNT(when));
        for (size_t i = 0; i < MG_COUNT(when); i++)
            if (!strcmp(arg, when[i])) d->o.own = owns[i];
        return 0;
    case ARGP_KEY_END:
        if (d->memory && d->no_memory)
            argp_error(state, "--memory and --no-memory exclude each other");
        cli_manifest_seed("seed", d->o.seed);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_captioning_argp = {
    captioning_options, parse_captioning, NULL, NULL, NULL, NULL, NULL};

cli_captioning cli_captioning_default(void) {
    cli_captioning d = {.o = mg_caption_default(), .leave_out = CLI_LEAVE_OUT};
    d.o.own = MG_OWN_ALWAYS;
    return d;
}
