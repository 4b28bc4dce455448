/* options.c - options that several commands take. */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <errno.h>
#include <limits.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- options ---- */

#define MODEL                                                                         \
    {                                                                                 \
        "model", 'm', "MODEL", 0,                                                     \
            "Model: a folder of part files, or a file (default: the shipped one, or " \
            "$MOLGLOT_MODEL)",                                                        \
            0                                                                         \
    }
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
    case 'j':
        c->threads = (int)cli_number(state, arg, "--threads", 1, 1024);
        omp_set_num_threads(mg_threads(c->threads)); /* of what asks for none */
        return 0;
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
COMMON_OPTIONS(serve, MODEL, THREADS, QUIET)
COMMON_OPTIONS(train, THREADS, DEVICE, QUIET)
COMMON_OPTIONS(score, THREADS, QUIET, STRICT)
COMMON_OPTIONS(rows, QUIET, STRICT)
COMMON_OPTIONS(talk, QUIET)
COMMON_OPTIONS(named, MODEL, QUIET, STRICT)
COMMON_OPTIONS(model, MODEL)

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

void cli_parse_shard(struct argp_state *state, const char *arg, int *shard, int *shards) {
    char rest;
    if (sscanf(arg, "%d/%d%c", shard, shards, &rest) != 2 || *shard < 1 || *shard > *shards ||
        *shards > 100000)
        argp_error(state, "--shard is I/N with I from 1 to N, like 2/8, not '%s'", arg);
    if (*shards == 1) *shard = *shards = 0;
}
