/* stopper.c - sends a command SIGINT after some processor time, and says what it took to end: the
 * clock of a crowded machine would not do.
 *
 *   stopper SECONDS COMMAND...      SECONDS of processor time, of all its threads
 *
 * Prints "CODE AFTER": the exit code (128 + signal), and the processor seconds between signal and
 * end. A command that ends before has AFTER -1. After a minute more of processor time it is killed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Processor seconds of a process so far; negative: it is gone. */
static double used(pid_t child) {
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(child, &clock) || clock_gettime(clock, &t)) return -1;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    const double before = atof(argv[1]);
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
        signal(SIGINT, SIG_DFL); /* a shell's background jobs ignore it */
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    int status = 0;
    double at = -1;
    struct rusage usage;
    for (;;) {
        const pid_t done = wait4(child, &status, WNOHANG, &usage);
        if (done == child) break;
        const double now = used(child);
        if (at < 0 && now >= before) {
            at = now;
            kill(child, SIGINT);
        }
        if (at >= 0 && now > at + 60) kill(child, SIGKILL);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    const double all = (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec +
                       (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec;
    printf("%d %.2f\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
           at < 0 ? -1 : all - at);
    return 0;
}
