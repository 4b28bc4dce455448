/* mcp.c - `molglot mcp`: the service's tools for an assistant. */
#include "app/cli/cli.h"
#include "app/cmd/serve.h"
#include "app/server/server.h"

#include <string.h>

static error_t parse(int key, char *arg, struct argp_state *state) {
    mg_server_options *o = ((void **)state->input)[1];
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = ((void **)state->input)[0]; return 0;
    case ARGP_KEY_ARGS:
        o->indexes = (const char *const *)(state->argv + state->next);
        o->n_indexes = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int cmd_mcp(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_serve_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        NULL,
        parse,
        "[INDEX...]",
        "Tools for an assistant by the Model Context Protocol: search, writing, captions, "
        "explanations, facts, drawings, names. JSON lines on standard input and output, until the "
        "input ends. Every tool only reads; nothing is sent anywhere.\v"
        "Example:\n  molglot index examples/library.tsv -o library.idx\n"
        "  echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}' | molglot mcp "
        "library.idx",
        children,
        NULL,
        NULL};
    mg_server_options o = mg_server_default();
    cli_common common = {0};
    void *inputs[] = {&common, &o};
    int code = cli_parse(&argp, argc, argv, inputs);
    if (code) return code;
    molglot_error err = {0};
    char path[4096];
    o.model = cli_model_path(&common, path, sizeof path, &err);
    o.threads = common.threads;
    o.refusals = cli_refusals;
    serve_heads heads = {0};
    if (o.model && !serve_heads_of_folder(&heads, o.model)) code = mg_no_memory(&err, "heads");
    o.heads = heads.list;
    o.n_heads = heads.n;
    if (!o.model) code = mg_code_of(&err, MOLGLOT_BAD_FILE);
    if (!code) code = mg_server_mcp(&o, stdin, stdout, &err);
    serve_heads_free(&heads);
    return code ? cli_fail(&err) : MOLGLOT_OK;
}
