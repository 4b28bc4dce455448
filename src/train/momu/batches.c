/* batches.c - what is in a batch of pairs: views of molecules and texts, packed, in parts for
 * gradient caching. Built ahead by feeder.c.
 */
#include "model/momu/momu.h"
#include "train/momu/inside.h"

#include <stdlib.h>
#include <string.h>

struct train_batches {
    const train_momu *m;
    train_feeder *feeder;
    int64_t *order, order_n, order_epoch; /* the feeder thread's */
    train_batch slots[TRAIN_SLOTS];
};

/* ---- building ---- */

static mg_view view_of(const train_momu *m, int v, int64_t epoch) {
    const train_config *c = &m->c;
    const mg_momu_config *model = &c->model;
    return (mg_view){.sentence_dropout = model->text.sentence_dropout,
                     .text_feature_dropout = model->text.feature_dropout,
                     .graph_feature_dropout = model->graph.feature_dropout,
                     .max_tokens = model->text.max_tokens,
                     .special_tokens = model->text.special_tokens,
                     .max_chars = model->text.max_chars,
                     .aug = c->aug[v],
                     .aug_rate = c->aug_rate[v],
                     .aug_faithful = c->aug_faithful,
                     .seed = m->t.c.seed,
                     .view = (uint32_t)v,
                     .epoch = epoch};
}

static int fill(const train_batches *f, train_batch *b, const int64_t *pairs, int64_t epoch,
                molglot_error *err) {
    const train_config *c = &f->m->c;
    const int64_t chunk = (b->n + b->chunks - 1) / b->chunks;
    for (int v = 0; v < b->views; v++) {
        const mg_view view = view_of(f->m, v, epoch);
        for (int k = 0; k < b->chunks; k++) {
            const int64_t from = k * chunk, n = b->n - from < chunk ? b->n - from : chunk;
            int code = mg_corpus_batch(f->m->d, pairs + from, n, &view, v < c->text_views,
                                       v < c->graph_views, &b->parts[v * b->chunks + k],
                                       b->chunks == 1 && v == 0 ? b->groups : NULL, err);
            if (code) return code;
        }
    }
    if (b->chunks == 1 || !b->groups) return MOLGLOT_OK;
    /* groups are numbered within a call: one for the whole batch */
    const mg_view view = view_of(f->m, 0, epoch);
    return mg_corpus_batch(f->m->d, pairs, b->n, &view, false, false,
                           &b->parts[b->views * b->chunks], b->groups, err);
}

static int build(void *user, int64_t step, int slot, molglot_error *err) {
    train_batches *f = user;
    train_batch *b = &f->slots[slot];
    const int64_t epoch = step / f->m->t.steps_per_epoch,
                  at = step % f->m->t.steps_per_epoch * b->n;
    if (epoch != f->order_epoch) {
        free(f->order);
        f->order = NULL;
        int code = mg_corpus_order(f->m->d, f->m->t.c.seed, epoch, &f->order, &f->order_n, err);
        if (code) return code;
        f->order_epoch = epoch;
    }
    if (at + b->n > f->order_n)
        return mg_fail(err, MOLGLOT_FAILED, "epoch %lld has fewer pairs than the first one",
                       (long long)epoch);
    return fill(f, b, f->order + at, epoch, err);
}

/* ---- life ---- */

static int slot_init(train_batch *b, const train_momu *m, int64_t n, molglot_error *err) {
    const train_config *c = &m->c;
    const int64_t micro = m->t.c.micro_batch > 0 && m->t.c.micro_batch < n ? m->t.c.micro_batch : n;
    b->n = n;
    b->chunks = (int)((n + micro - 1) / micro);
    b->views = c->text_views > c->graph_views ? c->text_views : c->graph_views;
    const int parts = b->views * b->chunks + 1;
    b->parts = calloc((size_t)parts, sizeof *b->parts);
    if (c->mask_duplicates) b->groups = malloc((size_t)n * sizeof *b->groups);
    if (!b->parts || (c->mask_duplicates && !b->groups)) return mg_no_memory(err, "batches");
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

train_batches *train_batches_new(const train_momu *m, molglot_error *err) {
    train_batches *f = calloc(1, sizeof *f);
    if (!f) {
        mg_no_memory(err, "batches");
        return NULL;
    }
    f->m = m;
    f->order_epoch = -1;
    const int64_t n = m->t.epoch_rows < m->t.c.batch ? m->t.epoch_rows : m->t.c.batch;
    int code = MOLGLOT_OK;
    for (int i = 0; i < TRAIN_SLOTS && !code; i++) code = slot_init(&f->slots[i], m, n, err);
    if (!code) f->feeder = train_feeder_new(build, f, m->t.step, m->t.total, err);
    if (f->feeder) return f;
    train_batches_free(f);
    return NULL;
}

const train_batch *train_batches_next(train_batches *f, molglot_error *err) {
    int slot = 0;
    return train_feeder_next(f->feeder, &slot, err) ? NULL : &f->slots[slot];
}

void train_batches_free(train_batches *f) {
    if (!f) return;
    train_feeder_free(f->feeder);
    for (int i = 0; i < TRAIN_SLOTS; i++) slot_free(&f->slots[i]);
    free(f->order);
    free(f);
}
