/* progress.c - how far a run is, on stderr, and how it is interrupted: a bar on a terminal, else a
 * line every ten per cent or thirty seconds; ^C sets a flag, a second one kills. */
#include "app/cli/cli.h"

#include <time.h>
#include <unistd.h>

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
    struct sigaction a = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND | SA_RESTART},
                     was;
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    /* nohup has it ignored */
    if (!sigaction(SIGHUP, NULL, &was) && was.sa_handler != SIG_IGN) sigaction(SIGHUP, &a, NULL);
}
