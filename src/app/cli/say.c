/* say.c - what is said to people: talk, errors with the code to exit with, rejected rows on stderr,
 * lines on stdout. What comes from files and arguments is shown, never obeyed (mg_str_shown). */
#include "app/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A formatted text with its last zero, or NULL. */
static char *formatted(const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    char *s = n < 0 ? NULL : malloc((size_t)n + 1);
    if (s) vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

static bool lost; /* a line of the output, for want of memory */

/* The lines of the format stay lines; an end of line in what is put into it does not make one.
 * They are told apart by a control character that the text has not. False: out of memory. */
static bool show(FILE *f, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    char *plain = formatted(fmt, ap), *own = strdup(fmt), mark = 1;
    while (plain && mark < 8 && strchr(plain, mark)) mark++;
    for (char *p = own; p && *p; p++)
        if (*p == '\n') *p = mark;
    char *text = own ? formatted(own, again) : NULL;
    va_end(again);
    mg_str out = {0};
    for (const char *p = text; p && *p;) {
        const char *end = mark < 8 ? strchr(p, mark) : NULL;
        const size_t n = end ? (size_t)(end - p) : strlen(p);
        mg_str_shown(&out, p, n);
        if (end) mg_str_addz(&out, "\n");
        p += n + (end != NULL);
    }
    if (out.s) fputs(out.s, f);
    const bool whole = plain && text && !out.failed;
    mg_str_free(&out);
    free(plain);
    free(own);
    free(text);
    return whole;
}

void cli_print(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    lost |= !show(stdout, fmt, ap);
    va_end(ap);
}

int cli_whole(molglot_error *err) {
    return cli_refusals() ? mg_no_memory(err, "a molecule; the output may not be whole")
                          : MOLGLOT_OK;
}

int cli_finish_stdout(int code) {
    if ((fflush(stdout) || ferror(stdout)) && !code) {
        fprintf(stderr, "molglot: writing to standard output failed: %s\n", strerror(errno));
        return MOLGLOT_FAILED;
    }
    if (lost && !code) {
        fputs("molglot: out of memory: lines of the output are missing\n", stderr);
        return MOLGLOT_NO_MEMORY;
    }
    molglot_error err = {0};
    return !code && cli_whole(&err) ? cli_fail(&err) : code;
}

const char *cli_shown(const char *s, char *buf, size_t n) {
    mg_str out = {0};
    mg_str_shown(&out, s, strlen(s));
    snprintf(buf, n, "%s", out.s ? out.s : "");
    mg_str_free(&out);
    return buf;
}

void cli_say(const cli_common *c, const char *fmt, ...) {
    if (c && c->quiet) return;
    va_list ap;
    va_start(ap, fmt);
    show(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

int cli_fail(const molglot_error *err) {
    cli_say(NULL, "molglot: %s", err->message[0] ? err->message : "failed");
    return err->code ? err->code : MOLGLOT_FAILED;
}

int cli_usage(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fputs("molglot: ", stderr);
    show(stderr, fmt, ap);
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
    const bool whole = in->file && !in->table.options.shards;
    return (cli_rejects){.all = in->n && !in->file && !in->lines ? MOLGLOT_USAGE : MOLGLOT_FAILED,
                         .file = whole ? cli_input_name(in) : NULL};
}

int cli_rejects_end(const cli_common *c, const cli_rejects *r, int64_t total) {
    if (!total && r->file) cli_say(c, "%s holds no row", r->file);
    if (r->count) cli_say(c, "%lld of %lld rows rejected", (long long)r->count, (long long)total);
    if (!r->count) return MOLGLOT_OK;
    if (c->strict) return MOLGLOT_REJECTED;
    return r->count < total ? MOLGLOT_OK : r->all ? r->all : MOLGLOT_FAILED;
}
