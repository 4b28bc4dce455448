/* options.c - options that several commands take, and finding the model. */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- options ---- */

#define MODEL \
    { "model", 'm', "FILE", 0, "Model file (default: the shipped one, or $MOLGLOT_MODEL)", 0 }
#define THREADS \
    { "threads", 'j', "N", 0, "Threads (default: all cores)", 0 }
#define DEVICE \
    { "device", CLI_DEVICE, "D", 0, "Where models compute: cpu (default), cuda, cuda:1, ref", 0 }
#define QUIET \
    { "quiet", 'q', NULL, 0, "No messages and no progress on stderr", 0 }
#define STRICT \
    { "strict", CLI_STRICT, NULL, 0, "Exit with 3 when rows were rejected", 0 }
static error_t parse_common(int key, char *arg, struct argp_state *state) {
    cli_common *c = state->input;
    switch (key) {
    case 'm': c->model = arg; return 0;
    case 'j': c->threads = (int)cli_number(state, arg, "--threads", 1, 1024); return 0;
    case CLI_DEVICE: c->device = arg; return 0;
    case 'q': c->quiet = true; return 0;
    case CLI_STRICT: c->strict = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* One table of options for each choice of them; argp refuses what stands in no table. */
#define COMMON_OPTIONS(name, ...)                                                    \
    static const struct argp_option name##_options[] = {__VA_ARGS__, {0}};           \
    const struct argp cli_##name##_argp = {name##_options, parse_common, NULL, NULL, \
                                           NULL,           NULL,         NULL};
COMMON_OPTIONS(common, MODEL, THREADS, DEVICE, QUIET, STRICT)
COMMON_OPTIONS(compute, MODEL, THREADS, DEVICE, QUIET)
COMMON_OPTIONS(machine, MODEL, THREADS, DEVICE)
COMMON_OPTIONS(train, THREADS, DEVICE, QUIET)
COMMON_OPTIONS(score, THREADS, QUIET, STRICT)
COMMON_OPTIONS(rows, QUIET, STRICT)
COMMON_OPTIONS(talk, QUIET)
COMMON_OPTIONS(model, MODEL)

int cli_parse(const struct argp *argp, int argc, char **argv, void *input) {
    argp_err_exit_status = MOLGLOT_USAGE;
    return argp_parse(argp, argc, argv, 0, NULL, input) == 0 ? MOLGLOT_OK : MOLGLOT_USAGE;
}

long cli_number(struct argp_state *state, const char *text, const char *what, long low, long high) {
    char *end = NULL;
    errno = 0;
    long v = strtol(text, &end, 10);
    long unit = *end == 'k' ? 1000L : *end == 'M' ? 1000000L : *end == 'G' ? 1000000000L : 1L;
    if (unit != 1) end++;
    if (end == text || *end || errno || (v > 0 && v > LONG_MAX / unit) || v * unit < low ||
        v * unit > high)
        argp_error(state, "%s wants a whole number from %ld to %ld, not '%s'", what, low, high,
                   text);
    return v * unit;
}

float cli_real(struct argp_state *state, const char *text, const char *what, double low,
               double high) {
    char *end = NULL;
    const double v = strtod(text, &end);
    if (end == text || *end || !(v >= low && v <= high))
        argp_error(state, "%s wants a number from %g to %g, not '%s'", what, low, high, text);
    return (float)v;
}

/* ---- the model ---- */

static bool is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The shipped model in share/molglot or models/ near the program, into buf. */
static bool find_shipped(char *buf, size_t n) {
    static const char *const places[] = {"../share/molglot", "../../models", "models"};
    char exe[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (len <= 0) return false;
    exe[len] = 0;
    char *slash = strrchr(exe, '/');
    if (slash) *slash = 0;
    for (size_t i = 0; i < MG_COUNT(places); i++) {
        int written = snprintf(buf, n, "%s/%s/molglot.safetensors", exe, places[i]);
        if (written > 0 && (size_t)written < n && is_file(buf)) return true;
    }
    return false;
}

const char *cli_find_model(const cli_common *c, char *buf, size_t n) {
    const char *given = c->model ? c->model : getenv("MOLGLOT_MODEL");
    if (!given || !*given) return find_shipped(buf, n) ? buf : NULL;
    snprintf(buf, n, "%s", given);
    return buf;
}

const char *cli_model_path(const cli_common *c, char *buf, size_t n, molglot_error *err) {
    if (cli_find_model(c, buf, n)) return buf;
    mg_fail(err, MOLGLOT_BAD_FILE, "no model found: give one with --model FILE or $MOLGLOT_MODEL");
    return NULL;
}

int cli_engine_open(cli_engine *e, const cli_common *c, int batch, molglot_error *err) {
    memset(e, 0, sizeof *e);
    if (!cli_model_path(c, e->path, sizeof e->path, err)) return err->code;
    int code = mg_model_file_load(&e->model, e->path, err);
    if (code) return code;
    e->embedder = mg_embedder_new(
        &e->model, (mg_embed_options){.device = c->device, .threads = c->threads, .batch = batch},
        err);
    if (e->embedder) return MOLGLOT_OK;
    mg_model_file_close(&e->model);
    return err->code;
}

void cli_engine_close(cli_engine *e) {
    mg_embedder_free(e->embedder);
    mg_model_file_close(&e->model);
}

int cli_check_index(const mg_index *x, const cli_engine *e, molglot_error *err) {
    if (mg_index_dim(x) != mg_embedder_dim(e->embedder))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "the index holds vectors of length %d, the model makes %d: index the "
                       "library again with this model",
                       mg_index_dim(x), mg_embedder_dim(e->embedder));
    char sha[65];
    int code = mg_sha256_file(e->path, sha, err);
    if (code) return code;
    if (strcmp(sha, mg_index_model_sha256(x)))
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "the index was made with another model (%s, sha256 %.12s...; this one is "
                       "%.12s...): index the library again",
                       mg_index_model_name(x), mg_index_model_sha256(x), sha);
    return MOLGLOT_OK;
}
