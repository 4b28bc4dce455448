/* task.c - what every file of training stands on: a line for the user, the clock, the tape of a
 * step, small files.
 */
#include "train/inside.h"

#include <time.h>

double train_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void train_tell(train_task *t, const char *fmt, ...) {
    char line[640];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    mg_train_event e = t->last;
    e.message = line;
    if (t->o->on_event && t->o->on_event(t->o->user, &e)) t->stop = true;
}

bool train_goes_on(train_task *t, const char *doing, int64_t done, int64_t all) {
    mg_train_event e = t->last;
    e.doing = doing, e.done = done, e.all = all;
    if (t->o->on_event && t->o->on_event(t->o->user, &e)) t->stop = true;
    return !t->stop;
}

int train_on_reading(void *task, int64_t done, int64_t total) {
    char doing[64];
    snprintf(doing, sizeof doing, "reading %s", ((train_task *)task)->kind->unit);
    return !train_goes_on(task, doing, done, total);
}

void train_tape(train_task *t, uint64_t stream, bool record) {
    mg_tape_reset(t->tape);
    mg_tape_seed(t->tape, t->c.seed, (uint64_t)t->step);
    mg_tape_stream(t->tape, stream);
    mg_tape_record(t->tape, record);
    mg_tape_training(t->tape, true);
}

int train_write_file(const char *path, const char *bytes, size_t n, molglot_error *err) {
    mg_outfile o;
    int code = mg_outfile_open(&o, path, err);
    if (code) return code;
    code = mg_outfile_write(&o, bytes, n, err);
    if (!code) code = mg_outfile_commit(&o, err);
    mg_outfile_abort(&o);
    return code;
}
