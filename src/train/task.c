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

int train_on_reading(void *task, int64_t done, int64_t total) {
    train_task *t = task;
    const int64_t tenth = total / 10 > 0 ? total / 10 : 1;
    if (done % tenth == 0)
        train_tell(t, "reading %s: %lld of %lld", t->kind->unit, (long long)done, (long long)total);
    return t->stop;
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
