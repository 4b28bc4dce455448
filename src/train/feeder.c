/* feeder.c - the next batch is built by a thread while the step computes.
 *
 * Two slots are filled in turn. What is in a batch depends on the step alone, never on timing: a
 * resumed run sees the batches that the uninterrupted one would have seen. The thread keeps OpenMP
 * to itself (one thread, unless the builder says otherwise), so that it takes one core's share from
 * the step and not all of them.
 */
#include "train/inside.h"

#include <omp.h>
#include <pthread.h>
#include <stdlib.h>

struct train_feeder {
    train_build_fn *build;
    void *user;
    int64_t next, total; /* next: the step that the caller gets next */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* steps below `built` are ready; slots of steps below `released` are free */
    int64_t built, released;
    bool stop;
    int code; /* of the thread's failure */
    molglot_error error;
};

static void *feed(void *user) {
    train_feeder *f = user;
    omp_set_num_threads(1);
    for (int64_t step = f->next; step < f->total; step++) {
        pthread_mutex_lock(&f->lock);
        while (!f->stop && step - f->released >= TRAIN_SLOTS)
            pthread_cond_wait(&f->changed, &f->lock);
        bool stop = f->stop;
        pthread_mutex_unlock(&f->lock);
        if (stop) break;
        molglot_error error = {0};
        int code = f->build(f->user, step, (int)(step % TRAIN_SLOTS), &error);
        pthread_mutex_lock(&f->lock);
        f->built = step + 1;
        if (code) {
            f->code = code;
            f->error = error;
        }
        pthread_cond_broadcast(&f->changed);
        pthread_mutex_unlock(&f->lock);
        if (code) break;
    }
    return NULL;
}

train_feeder *train_feeder_new(train_build_fn *build, void *user, int64_t first, int64_t total,
                               molglot_error *err) {
    train_feeder *f = calloc(1, sizeof *f);
    if (!f) {
        mg_no_memory(err, "batches");
        return NULL;
    }
    f->build = build;
    f->user = user;
    f->next = f->built = f->released = first;
    f->total = total;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    f->started = pthread_create(&f->thread, NULL, feed, f) == 0;
    if (f->started) return f;
    mg_fail(err, MOLGLOT_FAILED, "cannot start a thread");
    train_feeder_free(f);
    return NULL;
}

int train_feeder_next(train_feeder *f, int *slot, molglot_error *err) {
    const int64_t step = f->next;
    if (step >= f->total) return mg_fail(err, MOLGLOT_USAGE, "no step left");
    pthread_mutex_lock(&f->lock);
    f->released = step; /* the caller is done with everything before */
    pthread_cond_broadcast(&f->changed);
    while (f->built <= step && !f->code) pthread_cond_wait(&f->changed, &f->lock);
    const int code = f->built == step + 1 ? f->code : MOLGLOT_OK;
    if (code && err) *err = f->error;
    pthread_mutex_unlock(&f->lock);
    f->next = step + 1;
    *slot = (int)(step % TRAIN_SLOTS);
    return code;
}

void train_feeder_free(train_feeder *f) {
    if (!f) return;
    if (f->started) {
        pthread_mutex_lock(&f->lock);
        f->stop = true;
        pthread_cond_broadcast(&f->changed);
        pthread_mutex_unlock(&f->lock);
        pthread_join(f->thread, NULL);
    }
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->changed);
    free(f);
}
