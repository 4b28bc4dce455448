/* concat.c - `molglot concat`: several indexes into one, or an index without some of its rows. */
#include "app/cli/cli.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_WITHOUT = CLI_OWN, OPT_FORCE, OPT_CODES };

typedef struct concat_options {
    cli_common common;
    const char *output, *without;
    bool force, codes;
    char **inputs; /* [n], argp's */
    int n;
} concat_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", CLI_MAY_BE_READ,
     "Index file to write (required); may be one of the INDEXes", 0},
    {"without", OPT_WITHOUT, "IDS", 0, "Leave out the rows whose ids are lines of the file IDS", 0},
    {"codes", OPT_CODES, NULL, 0,
     "Give the rows codes, in the basis of the model's space: what an index of an older version "
     "lacks",
     0},
    {"model", 'm', "MODEL", 0, "The model that --codes looks at (default: the shipped one)", 0},
    {"force", OPT_FORCE, NULL, 0, "Replace the file of -o even if it is no index", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    concat_options *o = state->input;
    switch (key) {
    case 'o': o->output = arg; return 0;
    case OPT_WITHOUT: o->without = arg; return 0;
    case OPT_FORCE: o->force = true; return 0;
    case OPT_CODES: o->codes = true; return 0;
    case 'm': o->common.model = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARGS:
        o->inputs = state->argv + state->next;
        o->n = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (!o->n) argp_error(state, "INDEX is missing");
        if (!o->output) argp_error(state, "-o FILE is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* The lines of a file, whose text stays with the names. */
static int read_ids(const char *path, char **text, mg_names *ids, molglot_error *err) {
    size_t n;
    int code = mg_read_file(path, (size_t)1 << 32, text, &n, err);
    for (char *line = *text; line && *line && !code;) {
        char *end = line + strcspn(line, "\r\n"), *next = end + strspn(end, "\r\n");
        *end = 0;
        if (*line && !mg_names_put(ids, line, 0)) code = mg_no_memory(err, "ids");
        line = next;
    }
    return code;
}

static int64_t count_unknown(const mg_names *ids) {
    int64_t n = 0;
    for (size_t i = 0; ids->slots && i < (size_t)1 << ids->bits; i++) n += ids->slots[i].value == 0;
    return n;
}

static int progress(void *user, int64_t done, int64_t total) {
    cli_progress *p = user;
    p->total = total;
    cli_progress_update(p, done, "");
    return cli_interrupted;
}

/* The basis of the model that made the first index, which *b holds; NULL: --codes is not asked for.
 */
static int open_basis(const concat_options *o, const mg_index *x, mg_bundle **b,
                      const mg_basis **basis, molglot_error *err) {
    char path[4096];
    *basis = NULL;
    if (!o->codes) return MOLGLOT_OK;
    const char *model = cli_model_path(&o->common, path, sizeof path, err);
    if (!model || !(*b = mg_bundle_open(model, err))) return mg_code_of(err, MOLGLOT_BAD_FILE);
    int code = mg_bundle_basis(*b, basis, err);
    if (!code && !*basis)
        code = mg_fail(err, MOLGLOT_USAGE,
                       "%s carries no basis of its space (`molglot merge --basis` makes one)",
                       model);
    if (!code && !mg_bundle_matches(*b, mg_index_model_sha256(x)))
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s was made with another model than %s",
                       mg_index_path(x), model);
    return code;
}

static int run(const concat_options *o, mg_index **indexes, mg_names *ids, mg_bundle **b,
               molglot_error *err) {
    const mg_basis *basis;
    for (int i = 0; i < o->n; i++)
        if (!(indexes[i] = mg_index_open(o->inputs[i], false, err)))
            return mg_code_of(err, MOLGLOT_FAILED);
    int code = open_basis(o, indexes[0], b, &basis, err);
    if (code) return code;
    cli_progress p;
    cli_progress_start(&p, &o->common, "joining, rows", 0);
    const mg_concat_options c = {
        .without = o->without ? ids : NULL, .on_progress = progress, .user = &p, .basis = basis};
    mg_concat_result r;
    code = mg_index_concat(o->output, (const mg_index *const *)indexes, o->n, &c, &r, err);
    cli_progress_end(&p);
    if (code) return code;
    cli_say(&o->common, "%s: %lld rows of %d ind%s%s", o->output, (long long)r.rows, o->n,
            o->n == 1 ? "ex" : "exes", r.in_order ? ", in the order of their file" : "");
    if (r.textless >= 0)
        cli_say(&o->common,
                "%s has no vectors of its texts: a search finds its rows by molecule and words "
                "alone",
                o->inputs[r.textless]);
    if (o->without)
        cli_say(&o->common, "%lld rows left out; %lld ids of %s are in no index",
                (long long)r.left_out, (long long)count_unknown(ids), o->without);
    return MOLGLOT_OK;
}

int cmd_concat(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_talk_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "INDEX... -o FILE",
        "Writes the rows of several indexes, as they are stored, into one, or those of an index "
        "without some. Shards of one file (index --shard) come back in its order: all of them "
        "give the index of the file, byte for byte. Columns are joined by name.\v"
        "Example:\n  molglot index examples/library.tsv --shard 1/2 -o 1.idx\n"
        "  molglot index examples/library.tsv --shard 2/2 -o 2.idx\n"
        "  molglot concat 1.idx 2.idx -o library.idx\n"
        "  echo aspirin > sold-out.txt\n"
        "  molglot concat library.idx --without sold-out.txt -o library.idx",
        children,
        NULL,
        NULL};
    concat_options o = {0};
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    molglot_error err = {0};
    char *text = NULL;
    mg_names ids = {0};
    mg_bundle *bundle = NULL;
    cli_catch_interrupt();
    mg_index **indexes = calloc((size_t)o.n, sizeof *indexes);
    if (!indexes) return cli_no_memory();
    code = cli_check_target(o.output, NULL, o.force, &err);
    if (!code && o.without) code = read_ids(o.without, &text, &ids, &err);
    if (!code) code = run(&o, indexes, &ids, &bundle, &err);
    if (code) code = cli_fail(&err);
    for (int i = 0; i < o.n; i++) mg_index_close(indexes[i]);
    mg_bundle_close(bundle);
    free(indexes);
    mg_names_free(&ids);
    free(text);
    return code;
}
