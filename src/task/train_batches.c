/* train_batches.c - the next batch is built by a thread while the step computes.
 *
 * Two slots are filled in turn. What is in a batch depends on the seed and its step alone, never on timing: a resumed run sees
 * the batches that the uninterrupted one would have seen. The thread keeps OpenMP to itself (one thread), so that it takes one
 * core's share from the step and not all of them. Called by mg_train.
 */
#include "task/train_inside.h"

#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2 };

struct train_feeder {
    const mg_dataset *d;
    const train_config *c;
    int64_t steps_per_epoch, next, total;       /* next: the step that the caller gets next */
    int64_t *order, order_n, order_epoch;       /* the thread's; epoch -1: none yet */
    train_batch slots[SLOTS];                   /* step s lies in slot s % SLOTS */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t built, released;                    /* steps below `built` are ready; slots of steps below `released` are free */
    bool stop;
    int code;                                   /* of the thread's failure */
    molglot_error error;
};

/* ---- building ---- */

static mg_view view_of(const train_config *c, int v, int64_t epoch) {
    const mg_momu_config *m = &c->model;
    return (mg_view){.sentence_dropout = m->text.sentence_dropout, .text_feature_dropout = m->text.feature_dropout,
                     .graph_feature_dropout = m->graph.feature_dropout, .max_tokens = m->text.max_tokens,
                     .special_tokens = m->text.special_tokens, .max_chars = m->text.max_chars, .aug = c->aug[v],
                     .aug_rate = c->aug_rate[v], .aug_faithful = c->aug_faithful, .seed = c->seed, .view = (uint32_t)v, .epoch = epoch};
}

static int fill(train_feeder *f, train_batch *b, const int64_t *pairs, int64_t epoch, molglot_error *err) {
    const train_config *c = f->c;
    const int64_t chunk = (b->n + b->chunks - 1) / b->chunks;
    for (int v = 0; v < b->views; v++) {
        const mg_view view = view_of(c, v, epoch);
        for (int k = 0; k < b->chunks; k++) {
            const int64_t from = k * chunk, n = b->n - from < chunk ? b->n - from : chunk;
            int code = mg_dataset_batch(f->d, pairs + from, n, &view, v < c->text_views, v < c->graph_views, &b->parts[v * b->chunks + k],
                                        b->chunks == 1 && v == 0 ? b->groups : NULL, err);
            if (code) return code;
        }
    }
    if (b->chunks == 1 || !b->groups) return MOLGLOT_OK;
    const mg_view view = view_of(c, 0, epoch);      /* groups are numbered within a call: one for the whole batch */
    return mg_dataset_batch(f->d, pairs, b->n, &view, false, false, &b->parts[b->views * b->chunks], b->groups, err);
}

static int build(train_feeder *f, int64_t step, train_batch *b, molglot_error *err) {
    const int64_t epoch = step / f->steps_per_epoch, at = step % f->steps_per_epoch * b->n;
    if (epoch != f->order_epoch) {
        free(f->order);
        f->order = NULL;
        int code = mg_dataset_order(f->d, f->c->seed, epoch, &f->order, &f->order_n, err);
        if (code) return code;
        f->order_epoch = epoch;
    }
    if (at + b->n > f->order_n) return mg_fail(err, MOLGLOT_FAILED, "epoch %lld has fewer pairs than the first one", (long long)epoch);
    return fill(f, b, f->order + at, epoch, err);
}

/* ---- the thread ---- */

static void *feed(void *user) {
    train_feeder *f = user;
    omp_set_num_threads(1);
    for (int64_t step = f->next; step < f->total; step++) {
        pthread_mutex_lock(&f->lock);
        while (!f->stop && step - f->released >= SLOTS) pthread_cond_wait(&f->changed, &f->lock);
        bool stop = f->stop;
        pthread_mutex_unlock(&f->lock);
        if (stop) break;
        molglot_error error = {0};
        int code = build(f, step, &f->slots[step % SLOTS], &error);
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

/* ---- life ---- */

static int slot_init(train_batch *b, const train_config *c, int64_t n, molglot_error *err) {
    const int64_t micro = c->micro_batch > 0 && c->micro_batch < n ? c->micro_batch : n;
    b->n = n;
    b->chunks = (int)((n + micro - 1) / micro);
    b->views = c->text_views > c->graph_views ? c->text_views : c->graph_views;
    const int parts = b->views * b->chunks + 1;
    b->parts = calloc((size_t)parts, sizeof *b->parts);
    if (c->mask_duplicates) b->groups = malloc((size_t)n * sizeof *b->groups);
    if (!b->parts || (c->mask_duplicates && !b->groups)) return mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for batches");
    for (int i = 0; i < parts; i++) {
        int code = mg_batch_init(&b->parts[i], err);
        if (code) return code;
    }
    return MOLGLOT_OK;
}

static void slot_free(train_batch *b) {
    for (int i = 0; b->parts && i <= b->views * b->chunks; i++) mg_batch_free(&b->parts[i]);
    free(b->parts);
    free(b->groups);
}

train_feeder *train_feeder_new(const mg_dataset *d, const train_config *c, int64_t steps_per_epoch, int64_t first, int64_t total, molglot_error *err) {
    train_feeder *f = calloc(1, sizeof *f);
    if (!f) {
        mg_fail(err, MOLGLOT_NO_MEMORY, "out of memory for batches");
        return NULL;
    }
    f->d = d, f->c = c;
    f->steps_per_epoch = steps_per_epoch;
    f->next = f->built = f->released = first;
    f->total = total;
    f->order_epoch = -1;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    int code = mg_dataset_order(d, c->seed, 0, &f->order, &f->order_n, err);
    const int64_t n = f->order_n < c->batch ? f->order_n : c->batch;
    f->order_epoch = code ? -1 : 0;
    for (int i = 0; i < SLOTS && !code; i++) code = slot_init(&f->slots[i], c, n, err);
    if (!code && pthread_create(&f->thread, NULL, feed, f)) code = mg_fail(err, MOLGLOT_FAILED, "cannot start a thread");
    f->started = code == MOLGLOT_OK;
    if (f->started) return f;
    train_feeder_free(f);
    return NULL;
}

const train_batch *train_feeder_next(train_feeder *f, molglot_error *err) {
    const int64_t step = f->next;
    if (step >= f->total) {
        mg_fail(err, MOLGLOT_USAGE, "no step left");
        return NULL;
    }
    pthread_mutex_lock(&f->lock);
    f->released = step;                             /* the caller is done with everything before */
    pthread_cond_broadcast(&f->changed);
    while (f->built <= step && !f->code) pthread_cond_wait(&f->changed, &f->lock);
    const int code = f->built == step + 1 ? f->code : MOLGLOT_OK;
    if (code && err) *err = f->error;
    pthread_mutex_unlock(&f->lock);
    f->next = step + 1;
    return code ? NULL : &f->slots[step % SLOTS];
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
    for (int i = 0; i < SLOTS; i++) slot_free(&f->slots[i]);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    free(f->order);
    free(f);
}
