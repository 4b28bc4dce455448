/* serve.c - `molglot serve`: the page and the service. */
#include "app/cmd/serve.h"

#include "app/cli/cli.h"
#include "app/cmd/explain.h"
#include "app/server/server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    OPT_HOST = CLI_OWN,
    OPT_KEYS,
    OPT_SKETCHER,
    OPT_WRITERS,
    OPT_BODY,
    OPT_WAITING,
    OPT_WRITING,
    OPT_TIMEOUT,
    OPT_WRITE_TIMEOUT,
    OPT_DRAIN,
    OPT_LOG,
    OPT_ROUTES,
    OPT_HEAD,
    OPT_PEERS,
    OPT_PEER_TIMEOUT,
    OPT_SCREEN,
    OPT_LISTS
};
enum { MOST_PEERS = 256 };

typedef struct serve_options {
    cli_common common;
    mg_server_options o;
    const char *key_file, *lists;
    int screen; /* MOLGLOT_SCREEN_...; -1: by the address */
    double drain_s;
    bool log, routes;
    serve_heads heads;
    const char *peers[MOST_PEERS];
} serve_options;

static const struct argp_option options[] = {
    {"host", OPT_HOST, "ADDRESS", 0,
     "Address to listen on (127.0.0.1); one that others can reach needs --api-key-file", 0},
    {"port", 'p', "N", 0, "Port (8080); 0: any that is free, which is printed", 0},
    {"api-key-file", OPT_KEYS, "FILE", 0,
     "Lines of FILE are keys, one of which a request must bring (Authorization: Bearer KEY)", 0},
    {"sketcher", OPT_SKETCHER, "DIR", 0,
     "A folder with an editor of molecules for the page: its sketch.html (docs/server.md)", 0},
    {"writers", OPT_WRITERS, "N", 0, "Generations that run side by side (half of the cores)", 0},
    {"max-body", OPT_BODY, "BYTES", 0, "Of a request (2M)", 0},
    {"max-waiting", OPT_WAITING, "N", 0, "Requests that may wait; more are refused (512)", 0},
    {"max-writing", OPT_WRITING, "N", 0, "Generations that may wait (8)", 0},
    {"timeout", OPT_TIMEOUT, "SECONDS", 0, "Of a request (30)", 0},
    {"generate-timeout", OPT_WRITE_TIMEOUT, "SECONDS", 0, "Of a generation (120)", 0},
    {"drain", OPT_DRAIN, "SECONDS", 0,
     "After TERM or ^C: time for what has begun (30); nothing new is taken", 0},
    {"head", OPT_HEAD, "FILE", 0,
     "A head that predicts properties (molglot train), beside those in the model's folder", 0},
    {"peers", OPT_PEERS, "HOST:PORT,...", 0,
     "Search the indexes of these servers too, and merge what they find: the only places that are "
     "ever connected to (docs/cluster.md)",
     0},
    {"peer-timeout", OPT_PEER_TIMEOUT, "SECONDS", 0,
     "Time for a peer's answer (10); without it the answer says \"partial\"", 0},
    {"screen", OPT_SCREEN, "flag|omit", 0,
     "Written molecules that lists of controlled substances name: flagged (the default on this "
     "machine), or left out (where others can reach it); docs/triage.md",
     0},
    {"control-list", OPT_LISTS, "FILE", 0, "A list of your own beside those that are built in", 0},
    {"log", OPT_LOG, NULL, 0,
     "A line on stderr for each request: route, status, time; never what it says", 0},
    {"list-routes", OPT_ROUTES, NULL, 0, "Print the table of routes (docs/server.md) and end", 0},
    {0}};

/* "a:1,b:2", cut apart where it stands. */
static void add_peers(serve_options *o, char *list, struct argp_state *state) {
    for (char *at = list, *next; at; at = next) {
        if ((next = strchr(at, ','))) *next++ = 0;
        if (!*at) continue;
        if (o->o.n_peers == MOST_PEERS) argp_error(state, "at most %d peers", MOST_PEERS);
        o->peers[o->o.n_peers++] = at;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    serve_options *o = state->input;
    mg_server_options *s = &o->o;
    switch (key) {
    case OPT_HOST: s->host = arg; return 0;
    case 'p': s->port = (int)cli_number(state, arg, "--port", 0, 65535); return 0;
    case OPT_KEYS: o->key_file = arg; return 0;
    case OPT_SKETCHER: s->sketcher = arg; return 0;
    case OPT_WRITERS: s->writers = (int)cli_number(state, arg, "--writers", 1, 256); return 0;
    case OPT_BODY:
        s->max_body = (size_t)cli_number(state, arg, "--max-body", 1000, 1L << 30);
        return 0;
    case OPT_WAITING:
        s->max_waiting = (int)cli_number(state, arg, "--max-waiting", 1, 1000000);
        return 0;
    case OPT_WRITING:
        s->max_writing = (int)cli_number(state, arg, "--max-writing", 1, 1000000);
        return 0;
    case OPT_TIMEOUT: s->search_s = (double)cli_real(state, arg, "--timeout", .01, 86400); return 0;
    case OPT_WRITE_TIMEOUT:
        s->generate_s = (double)cli_real(state, arg, "--generate-timeout", .01, 86400);
        return 0;
    case OPT_DRAIN: o->drain_s = (double)cli_real(state, arg, "--drain", 0, 86400); return 0;
    case OPT_LOG: o->log = true; return 0;
    case OPT_HEAD:
        if (!serve_heads_add(&o->heads, arg))
            argp_failure(state, MOLGLOT_NO_MEMORY, 0, "out of memory");
        return 0;
    case OPT_PEERS: add_peers(o, arg, state); return 0;
    case OPT_PEER_TIMEOUT:
        s->peer_s = (double)cli_real(state, arg, "--peer-timeout", .01, 86400);
        return 0;
    case OPT_SCREEN:
        cli_choice(state, "--screen", arg, (const char *const[]){"flag", "omit"}, 2);
        o->screen = !strcmp(arg, "omit") ? MOLGLOT_SCREEN_OMIT : MOLGLOT_SCREEN_FLAG;
        return 0;
    case OPT_LISTS: o->lists = arg; return 0;
    case OPT_ROUTES: o->routes = true; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; return 0;
    case ARGP_KEY_ARGS:
        s->indexes = (const char *const *)(state->argv + state->next);
        s->n_indexes = state->argc - state->next;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- who may ask ---- */

static int read_keys(const char *path, char **text, const char ***keys, int *n,
                     molglot_error *err) {
    size_t size;
    int code = mg_read_file(path, 1 << 20, text, &size, err);
    if (code) return code;
    *keys = calloc(size / 2 + 2, sizeof **keys);
    if (!*keys) return mg_no_memory(err, "keys");
    for (char *at = *text; *at;) {
        char *end = at + strcspn(at, "\r\n"), *next = end + strspn(end, "\r\n");
        *end = 0;
        if (*at && strlen(at) < 16)
            return mg_fail(err, MOLGLOT_USAGE, "%s: a key has at least 16 characters", path);
        if (*at) (*keys)[(*n)++] = at;
        at = next;
    }
    return *n ? MOLGLOT_OK : mg_fail(err, MOLGLOT_USAGE, "%s holds no key", path);
}

static bool is_loopback(const char *host) {
    return !strncmp(host, "127.", 4) || !strcmp(host, "::1") || !strcmp(host, "localhost");
}

/* ---- running ---- */

static void on_request(void *user, const mg_server_note *n) {
    (void)user;
    char now[32];
    const time_t t = time(NULL);
    struct tm tm;
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%S", localtime_r(&t, &tm));
    fprintf(stderr, "%s %s %s %d %.1f ms\n", now, n->method, n->path, n->status, n->ms);
}

static void wait_for_the_end(void) {
    while (!cli_interrupted) nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static int run(serve_options *o, molglot_error *err) {
    const bool six = strchr(o->o.host, ':') != NULL;
    mg_server *s = mg_server_open(&o->o, err);
    if (!s) return mg_code_of(err, MOLGLOT_FAILED);
    printf("http://%s%s%s:%d/\n", six ? "[" : "", o->o.host, six ? "]" : "", mg_server_port(s));
    fflush(stdout);
    const double began = cli_now();
    int code = mg_server_load(s, err);
    if (!code) {
        char peers[40] = "";
        if (o->o.n_peers)
            snprintf(peers, sizeof peers, " and %d peer%s", o->o.n_peers,
                     o->o.n_peers == 1 ? "" : "s");
        cli_say(&o->common, "ready after %.1f s with %d index%s%s; ^C ends it", cli_now() - began,
                o->o.n_indexes, o->o.n_indexes == 1 ? "" : "es", peers);
        wait_for_the_end();
        cli_say(&o->common, "draining");
        mg_server_drain(s, o->drain_s);
    }
    mg_server_close(s);
    return code;
}

static int list_routes(void) {
    char *text = mg_server_docs();
    if (!text) return cli_no_memory();
    fputs(text, stdout);
    free(text);
    return MOLGLOT_OK;
}

int cmd_serve(int argc, char **argv) {
    static const struct argp_child children[] = {{&cli_serve_argp, 0, "Common options:", 10}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "[INDEX...]",
        "Serves a page for people and a service for programs: search, writing, captions, "
        "explanations, drawings. The address is printed on stdout. It listens on this machine "
        "alone, opens no connection but to --peers, and keeps nothing that it is asked.\v"
        "Example:\n  molglot index examples/library.tsv -o library.idx\n"
        "  molglot serve library.idx\n"
        "  molglot serve --peers n1:8081,n2:8081\n"
        "Then http://localhost:8080/ is the page, and a program asks:\n"
        "  curl localhost:8080/v1/search -H 'Content-Type: application/json' "
        "-d '{\"queries\":[\"a sugar\"]}'",
        children,
        NULL,
        NULL};
    serve_options o = {.o = mg_server_default(), .drain_s = 30, .screen = -1};
    const int cores = mg_threads(0);
    o.o.writers = cores > 1 ? cores / 2 : 1;
    int code = cli_parse(&argp, argc, argv, &o);
    if (code) return code;
    if (o.routes) return list_routes();
    molglot_error err = {0};
    char path[4096], *text = NULL, *lists = NULL;
    size_t n_lists = 0;
    const char **keys = NULL;
    if (!is_loopback(o.o.host) && !o.key_file)
        return cli_usage("--host %s lets others in: give --api-key-file FILE", o.o.host);
    if (o.key_file) code = read_keys(o.key_file, &text, &keys, &o.o.n_keys, &err);
    if (!code && o.lists) code = mg_read_file(o.lists, 16 << 20, &lists, &n_lists, &err);
    o.o.control_list = lists;
    o.o.omit_controlled = o.screen == MOLGLOT_SCREEN_OMIT ||
                          (o.screen < 0 && !is_loopback(o.o.host));
    o.o.keys = keys;
    o.o.peers = o.peers;
    o.o.model = code ? NULL : cli_model_path(&o.common, path, sizeof path, &err);
    if (o.o.model && !serve_heads_of_folder(&o.heads, o.o.model))
        code = mg_no_memory(&err, "heads");
    o.o.heads = o.heads.list;
    o.o.n_heads = o.heads.n;
    if (o.o.search_s < o.o.body_s) o.o.body_s = o.o.search_s;
    o.o.threads = o.common.threads;
    mg_str style = {0};
    mg_str_addf(&style, "%s%s", cli_page_style(), explain_page_style());
    o.o.style = style.s;
    o.o.on_request = o.log ? on_request : NULL;
    o.o.refusals = cli_refusals;
    if (!code && !o.o.model) code = mg_code_of(&err, MOLGLOT_BAD_FILE);
    cli_catch_interrupt();
    signal(SIGPIPE, SIG_IGN);
    if (!code) code = run(&o, &err);
    if (code) code = cli_fail(&err);
    mg_str_free(&style);
    serve_heads_free(&o.heads);
    free(keys);
    free(lists);
    free(text);
    return code;
}
