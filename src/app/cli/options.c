/* options.c - the shared parts of the command line: options, messages, progress, output files. */
#include "app/cli/cli.h"
#include "data/table/table.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- options ---- */

static const struct argp_option common_options[] = {
    {"model", 'm', "MODEL", 0,
     "Model: a folder of part files, or a file (default: the shipped one, or $MOLGLOT_MODEL)", 10},
    {"threads", 'j', "N", 0, "Threads (default: all cores)", 10},
    {"device", CLI_DEVICE, "D", 0, "Where models compute: cpu (default), cuda, cuda:1, ref", 10},
    {"quiet", 'q', NULL, 0, "No messages and no progress on stderr", 10},
    {"strict", CLI_STRICT, NULL, 0, "Exit with 3 when rows were rejected", 10},
    {0}};

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

const struct argp cli_common_argp = {common_options, parse_common, NULL, NULL, NULL, NULL, NULL};

static const struct argp_option table_options[] = {
    {"side", CLI_SIDE, "WHICH", 0,
     "What to embed of each row: molecule, text, or auto (the molecule when there is one; default)",
     5},
    {"input-format", CLI_INPUT_FORMAT, "F", 0,
     "smi, csv, tsv, sdf, txt (default: by extension, then content; gzip and zstd are recognised)",
     5},
    {"smiles-columns", 's', "NAME", 0, "Column with the SMILES", 5},
    {"text-column", CLI_TEXT, "NAME", 0, "Column with the text", 5},
    {"id-column", CLI_ID, "NAME", 0, "Column with the identifier", 5},
    {"no-header-row", CLI_NO_HEADER, NULL, 0, "The first line is data", 5},
    {0}};

static error_t parse_table(int key, char *arg, struct argp_state *state) {
    cli_table *t = state->input;
    switch (key) {
    case CLI_SIDE:
        if (strcmp(arg, "molecule") && strcmp(arg, "text") && strcmp(arg, "auto"))
            argp_error(state, "--side wants molecule, text or auto");
        t->side = arg;
        return 0;
    case CLI_INPUT_FORMAT: t->options.format = arg; return 0;
    case 's': t->options.smiles_column = arg; return 0;
    case CLI_TEXT: t->options.text_column = arg; return 0;
    case CLI_ID: t->options.id_column = arg; return 0;
    case CLI_NO_HEADER: t->options.header = 0; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_table_argp = {table_options, parse_table, NULL, NULL, NULL, NULL, NULL};

cli_table cli_table_default(void) { return (cli_table){.options = {.header = -1}}; }

mg_side cli_table_side(const cli_table *t, const mg_row *row) {
    if (t->side && strcmp(t->side, "auto"))
        return strcmp(t->side, "text") ? MG_SIDE_MOLECULE : MG_SIDE_TEXT;
    return row->smiles_n == 0 && row->molblock_n == 0 && row->text_n > 0 ? MG_SIDE_TEXT
                                                                         : MG_SIDE_MOLECULE;
}

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

/* ---- messages ---- */

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

int cli_rejects_end(const cli_common *c, const cli_rejects *r, int64_t total) {
    if (r->count) cli_say(c, "%lld of %lld rows rejected", (long long)r->count, (long long)total);
    return r->count && c->strict ? MOLGLOT_REJECTED : MOLGLOT_OK;
}

/* ---- progress ---- */

double cli_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void cli_progress_start(cli_progress *p, const cli_common *c, const char *label, int64_t total) {
    *p = (cli_progress){.label = label,
                        .total = total,
                        .start = cli_now(),
                        .tty = isatty(STDERR_FILENO),
                        .quiet = c && c->quiet};
}

static void format_seconds(double s, char *out, size_t n) {
    if (s < 100)
        snprintf(out, n, "%.0f s", s);
    else if (s < 6000)
        snprintf(out, n, "%d:%02d min", (int)(s / 60), (int)s % 60);
    else
        snprintf(out, n, "%d:%02d h", (int)(s / 3600), (int)(s / 60) % 60);
}

static void draw_bar(const cli_progress *p, int64_t done, double now, const char *note) {
    char eta[32] = "", bar[33];
    double share = p->total > 0 ? (double)done / (double)p->total : 0;
    if (share > 1) share = 1;
    for (int i = 0; i < 32; i++) bar[i] = i < (int)(share * 32) ? '#' : '-';
    bar[32] = 0;
    if (share > 0 && share < 1)
        format_seconds((now - p->start) * (1 - share) / share, eta, sizeof eta);
    if (p->total > 0)
        fprintf(stderr, "\r%s [%s] %3.0f %% %s%s%s%s\033[K", p->label, bar, 100 * share,
                note ? note : "", *eta ? "  " : "", eta, *eta ? " left" : "");
    else
        fprintf(stderr, "\r%s %lld %s\033[K", p->label, (long long)done, note ? note : "");
    fflush(stderr);
}

void cli_progress_update(cli_progress *p, int64_t done, const char *note) {
    if (p->quiet) return;
    double now = cli_now();
    if (p->tty) {
        if (now - p->last < 0.1 && done != p->total) return;
        p->last = now;
        draw_bar(p, done, now, note);
        return;
    }
    int tenth = p->total > 0 ? (int)(10 * done / p->total) : 0;
    if (tenth == p->last_tenth && now - (p->last > 0 ? p->last : p->start) < 30) return;
    p->last_tenth = tenth;
    p->last = now;
    fprintf(stderr, "%s: %lld%s%lld %s\n", p->label, (long long)done, p->total > 0 ? " of " : " / ",
            (long long)p->total, note ? note : "");
}

void cli_progress_end(cli_progress *p) {
    if (!p->quiet && p->tty && p->last > 0) fputs("\r\033[K", stderr);
}

/* ---- interrupt ---- */

volatile sig_atomic_t cli_interrupted = 0;

static void on_interrupt(int sig) {
    (void)sig;
    cli_interrupted = 1;
}

void cli_catch_interrupt(void) {
    struct sigaction a = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}

/* ---- output ---- */

int cli_out_open(cli_out *o, const char *path, molglot_error *err) {
    *o = (cli_out){.f = stdout};
    if (!path || !strcmp(path, "-")) return MOLGLOT_OK;
    int code = mg_outfile_open(&o->file, path, err);
    if (!code) {
        o->to_file = true;
        o->f = o->file.f;
    }
    return code;
}

int cli_out_close(cli_out *o, molglot_error *err) {
    if (o->to_file) return mg_outfile_commit(&o->file, err);
    if (fflush(stdout) || ferror(stdout))
        return mg_fail(err, MOLGLOT_FAILED, "writing to standard output failed: %s",
                       strerror(errno));
    return MOLGLOT_OK;
}

void cli_out_abort(cli_out *o) {
    if (o->to_file) mg_outfile_abort(&o->file);
}

int cli_finish_stdout(int code) {
    if ((fflush(stdout) || ferror(stdout)) && !code) {
        fprintf(stderr, "molglot: writing to standard output failed: %s\n", strerror(errno));
        return MOLGLOT_FAILED;
    }
    return code;
}

/* Length of the valid UTF-8 sequence at s (1..4), or 0. */
static int utf8_length(const unsigned char *s) {
    int n = *s < 0x80                           ? 1
            : (*s & 0xE0) == 0xC0 && *s >= 0xC2 ? 2
            : (*s & 0xF0) == 0xE0               ? 3
            : (*s & 0xF8) == 0xF0 && *s <= 0xF4 ? 4
                                                : 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if (n == 3 && ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F))) return 0;
    if (n == 4 && ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))) return 0;
    return n;
}

void cli_json_string(mg_str *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    mg_str_addz(out, "\"");
    while (*s) {
        int n = utf8_length(s);
        if (!n)
            mg_str_addz(out, "\\ufffd");
        else if (*s == '"' || *s == '\\')
            mg_str_addf(out, "\\%c", *s);
        else if (*s == '\n')
            mg_str_addz(out, "\\n");
        else if (*s == '\t')
            mg_str_addz(out, "\\t");
        else if (*s < 0x20 || *s == 0x7F)
            mg_str_addf(out, "\\u%04x", *s);
        else
            mg_str_add(out, s, (size_t)n);
        s += n ? n : 1;
    }
    mg_str_addz(out, "\"");
}

void cli_html_text(mg_str *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        int n = utf8_length(s);
        if (!n)
            mg_str_addz(out, "\xEF\xBF\xBD");
        else if (*s == '&')
            mg_str_addz(out, "&amp;");
        else if (*s == '<')
            mg_str_addz(out, "&lt;");
        else if (*s == '>')
            mg_str_addz(out, "&gt;");
        else if (*s == '"')
            mg_str_addz(out, "&quot;");
        else if (*s == '\'')
            mg_str_addz(out, "&#39;");
        else if (*s >= 0x20 || *s == '\n' || *s == '\t')
            mg_str_add(out, s, (size_t)n);
        s += n ? n : 1;
    }
}

const char *cli_format(const char *asked, const char *path, const char *dflt) {
    if (asked) return asked;
    const char *dot = path ? strrchr(path, '.') : NULL;
    return dot && dot[1] && !strchr(dot, '/') ? dot + 1 : dflt;
}

bool cli_is_smiles(const char *s) {
    if (!*s || strpbrk(s, " \t\r\n")) return false;
    molglot_row_status row;
    mg_mol *m = mg_mol_from_smiles(s, NULL, &row);
    mg_mol_free(m);
    return m != NULL;
}
