/* say.c - messages on stderr: talk, errors with the code to exit with, rejected rows. */
#include "app/cli/cli.h"

#include <stdio.h>

void cli_say(const cli_common *c, const char *fmt, ...) {
    if (c && c->quiet) return;
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

int cli_fail(const molglot_error *err) {
    fprintf(stderr, "molglot: %s\n", err->message[0] ? err->message : "failed");
    return err->code ? err->code : MOLGLOT_FAILED;
}

int cli_usage(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fputs("molglot: ", stderr);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return MOLGLOT_USAGE;
}

int cli_no_memory(void) {
    fputs("molglot: out of memory\n", stderr);
    return MOLGLOT_NO_MEMORY;
}

void cli_reject(const cli_common *c, cli_rejects *r, const char *file, int64_t row, const char *id,
                const molglot_row_status *status) {
    const int show = 5;
    r->count++;
    if (r->shown == show) {
        cli_say(c, "(further rejected rows are counted, not shown)");
        r->shown++;
    }
    if (r->shown >= show) return;
    r->shown++;
    char at[32] = "";
    if (status->offset >= 0) snprintf(at, sizeof at, " at character %d", status->offset + 1);
    cli_say(c, "%s: row %lld%s%.60s%s: %s%s", file, (long long)row, id && *id ? " (" : "",
            id && *id ? id : "", id && *id ? ")" : "", status->reason, at);
}

cli_rejects cli_rejects_of(const cli_input *in) {
    return (cli_rejects){.all = in->n && in->strings == CLI_EITHER ? MOLGLOT_USAGE : 0};
}

int cli_rejects_end(const cli_common *c, const cli_rejects *r, int64_t total) {
    if (r->count) cli_say(c, "%lld of %lld rows rejected", (long long)r->count, (long long)total);
    if (!r->count) return MOLGLOT_OK;
    if (c->strict) return MOLGLOT_REJECTED;
    return r->count < total ? MOLGLOT_OK : r->all ? r->all : MOLGLOT_FAILED;
}
