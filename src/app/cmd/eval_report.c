/* eval_report.c - what every evaluation is asked in the same words: the FILE it reads, and
 * where and how its report is written. */
#include "app/cmd/eval.h"

#include <string.h>

static const struct argp_option options[] = {
    {"format", 'f', "F", 0, "table or json (default: by the extension of -o, else table)", 0},
    {"output", 'o', "FILE", 0, "Write here instead of stdout", 0},
    {0}};

static void check(eval_report *r, struct argp_state *state) {
    const char *format = cli_format(r->format, r->output, "table");
    if (r->wants && !r->file) argp_error(state, "the FILE of %s is missing", r->wants);
    if (strcmp(format, "json") && strcmp(format, "table"))
        argp_error(state, "unknown format '%s' (table, json)", format);
    r->json = strcmp(format, "json") == 0;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    eval_report *r = state->input;
    switch (key) {
    case 'f': r->format = arg; return 0;
    case 'o': r->output = arg; return 0;
    case ARGP_KEY_ARG:
        if (!r->wants || r->file) return ARGP_ERR_UNKNOWN;
        r->file = arg;
        return 0;
    case ARGP_KEY_END: check(r, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp eval_report_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

int eval_report_write(const eval_report *r, mg_str *text, molglot_error *err) {
    cli_out file;
    int code = text->failed ? mg_no_memory(err, "the output") : cli_out_open(&file, r->output, err);
    if (!code) {
        fwrite(text->s, 1, text->n, file.f);
        code = cli_out_close(&file, err);
        if (code) cli_out_abort(&file);
    }
    mg_str_free(text);
    return code;
}
