/* method.c - what all kinds of training do alike.
 *
 *   build      the kind declares parameters; random values, then those that it knows better
 *   batch      the epoch's order, `batch` rows of it a step, in n_micros micro-batches:
 *                n_micros = ceil(batch / micro_batch), each of ceil(batch / n_micros) rows
 *   step       the loss is a sum over micro-batches m: w_m / w * mean loss of m, w_m what that mean
 *              is over. Its gradient is that of the whole batch. Then one update
 *   validate   with the EMA's weights in place of the parameters
 *   identity   SHA-256 of the kind's text and that of recipe.c
 *
 * A batch depends on seed and step alone. It is filled in the feeder's thread, one step ahead.
 */
#include "train/inside.h"

#include <stdlib.h>

typedef struct train_batches {
    const train_task *t;
    train_feeder *feeder;
    int64_t *order, order_n, epoch; /* the feeder thread's; order NULL: none yet */
    train_batch slots[TRAIN_SLOTS];
} train_batches;

/* ---- before the first step ---- */

int train_identify(train_task *t, molglot_error *err) {
    train_identity lines = {0};
    mg_str all = {0};
    int code = t->kind->identify(t, &lines, err);
    mg_str_add(&all, lines.model.s, lines.model.n);
    train_add_optim(&t->c, &all);
    mg_str_add(&all, lines.rates.s, lines.rates.n);
    train_add_train(&t->c, &all);
    mg_str_add(&all, lines.rest.s, lines.rest.n);
    all.failed |= lines.model.failed || lines.rates.failed || lines.rest.failed;
    mg_str_free(&lines.model);
    mg_str_free(&lines.rates);
    mg_str_free(&lines.rest);
    if (!code) return mg_sha256_str(&all, t->identity, err);
    mg_str_free(&all);
    return code;
}

int train_build(train_task *t, molglot_error *err) {
    const mg_build_options o = {.train = true,
                                .ema = t->c.optim.ema_decay > 0,
                                .shadow = mg_tape_precision(t->tape) == MG_PREC_BF16,
                                .seed = t->c.seed};
    t->params = mg_params_new();
    int code = t->params ? t->kind->declare(t, err) : mg_no_memory(err, "the model");
    if (!code) code = mg_params_build(t->params, o, err);
    if (!code && t->kind->init) code = t->kind->init(t, err);
    return code ? code : mg_params_attach(t->params, t->tape, err);
}

int train_count_rows(train_task *t, molglot_error *err) {
    int64_t *order = NULL;
    int code = t->kind->order(t, 0, &order, &t->epoch_rows, err);
    free(order);
    return code;
}

/* ---- batches ---- */

static int read_order(train_batches *b, int64_t epoch, int64_t want, molglot_error *err) {
    const train_kind *kind = b->t->kind;
    if (!b->order || epoch != b->epoch) {
        free(b->order);
        b->order = NULL;
        int code = kind->order(b->t, epoch, &b->order, &b->order_n, err);
        if (code) return code;
        b->epoch = epoch;
    }
    return want <= b->order_n
               ? MOLGLOT_OK
               : mg_fail(err, MOLGLOT_FAILED, "epoch %lld has fewer %s than the first one",
                         (long long)epoch, kind->unit);
}

static void *micro_of(const train_task *t, const train_batch *b, int k) {
    return b->micros + (size_t)k * t->kind->micro_size;
}

static int fill_batch(void *user, int64_t step, int slot, molglot_error *err) {
    train_batches *b = user;
    const train_task *t = b->t;
    train_batch *to = &b->slots[slot];
    train_span s = {.epoch = step / t->steps_per_epoch, .batch_n = to->n};
    const int64_t at = step % t->steps_per_epoch * to->n;
    int code = read_order(b, s.epoch, at + to->n, err);
    if (code) return code;
    s.batch = b->order + at;
    to->weight = 0;
    for (s.number = 0; s.number < to->n_micros && !code; s.number++) {
        const int64_t from = s.number * to->each;
        s.place = at + from;
        s.rows = s.batch + from;
        s.n = to->n - from < to->each ? to->n - from : to->each;
        to->weights[s.number] = s.n;
        if (s.number > 0 && !train_owns(t, s.number)) continue;
        code = t->kind->fill(t, &s, micro_of(t, to, s.number), &to->weights[s.number], err);
        to->weight += to->weights[s.number];
    }
    return code;
}

static int make_slot(const train_task *t, train_batch *b, molglot_error *err) {
    const int64_t most = t->c.micro_batch;
    b->n = t->epoch_rows < t->c.batch ? t->epoch_rows : t->c.batch;
    const int64_t micros = most > 0 && most < b->n ? (b->n + most - 1) / most : 1;
    b->each = (b->n + micros - 1) / micros;
    b->micros = calloc((size_t)micros, t->kind->micro_size);
    b->weights = calloc((size_t)micros, sizeof *b->weights);
    int code = b->micros && b->weights ? MOLGLOT_OK : mg_no_memory(err, "batches");
    for (int k = 0; k < (int)micros && !code; k++) {
        b->n_micros = k + 1;
        if (t->kind->make_micro) code = t->kind->make_micro(t, micro_of(t, b, k), b->each, err);
    }
    return code;
}

int train_batches_open(train_task *t, molglot_error *err) {
    train_batches *b = t->batches = calloc(1, sizeof *b);
    if (!b) return mg_no_memory(err, "batches");
    b->t = t;
    int code = MOLGLOT_OK;
    for (int i = 0; i < TRAIN_SLOTS && !code; i++) code = make_slot(t, &b->slots[i], err);
    if (!code && !(b->feeder = train_feeder_new(fill_batch, b, t->step, t->total, err)))
        code = mg_code_of(err, MOLGLOT_FAILED);
    return code;
}

void train_batches_close(train_task *t) {
    train_batches *b = t->batches;
    if (!b) return;
    train_feeder_free(b->feeder);
    for (int i = 0; i < TRAIN_SLOTS; i++) {
        for (int k = 0; k < b->slots[i].n_micros && t->kind->free_micro; k++)
            t->kind->free_micro(micro_of(t, &b->slots[i], k));
        free(b->slots[i].micros);
        free(b->slots[i].weights);
    }
    free(b->order);
    free(b);
    t->batches = NULL;
}

/* ---- steps ---- */

/* One micro-batch after the other: forward, backward; gradients add up in the parameters. */
static int add_gradients(train_task *t, const train_batch *b, train_result *out,
                         molglot_error *err) {
    for (int k = 0; k < b->n_micros; k++) {
        if (!train_owns(t, k)) continue;
        const double share = (double)b->weights[k] / (double)b->weight;
        train_tape(t, (uint64_t)k, true);
        mg_tensor *value = t->kind->loss(t, micro_of(t, b, k));
        mg_backward(t->tape, b->n_micros > 1 ? mg_scale(t->tape, value, (float)share) : value);
        const float *number = mg_values(t->tape, value);
        if (number) out->loss += share * number[0];
        int code = mg_tape_error(t->tape, err);
        if (code) return code;
    }
    return train_ranks_loss(t, out, err);
}

int train_step(train_task *t, train_result *out, molglot_error *err) {
    const train_kind *kind = t->kind;
    int slot = 0, code = train_feeder_next(t->batches->feeder, &slot, err);
    if (code) return code;
    train_batch *b = &t->batches->slots[slot];
    const bool own = kind->gradients && b->n_micros > 1;
    code = train_ranks_weights(t, b, err);
    if (!code) code = (own ? kind->gradients : add_gradients)(t, b, out, err);
    if (!code) code = mg_params_reduce(t->params, t->o->ranks, err);
    out->n = b->n;
    if (!code && kind->note) code = kind->note(t, b, out, err);
    return code ? code
                : mg_optim_step(t->params, t->tape, &t->c.optim, t->step, &out->grad_norm,
                                &out->skipped, err);
}

/* ---- validation ---- */

int train_validate(train_task *t, train_verdict *out, molglot_error *err) {
    mg_tape_record(t->tape, false);
    mg_tape_training(t->tape, false);
    int code = mg_params_swap_ema(t->params, err);
    if (!code) code = t->kind->validate(t, out, err);
    return code ? code : mg_params_swap_ema(t->params, err);
}

int train_mean_loss(train_task *t, const train_mean *m, double *out, molglot_error *err) {
    double sum = 0;
    int64_t weights = 0;
    for (int64_t at = 0; at < m->n; at += m->group) {
        const int64_t n = m->n - at < m->group ? m->n - at : m->group;
        int64_t weight = n;
        mg_tensor *value = NULL;
        mg_tape_reset(t->tape);
        int code = m->loss(m->user, at, n, &value, &weight, err);
        if (code) return code;
        const float *number = mg_values(t->tape, value);
        if (!number) return mg_tape_error(t->tape, err);
        sum += (double)number[0] * (double)weight;
        weights += weight;
    }
    *out = sum / (double)weights;
    return MOLGLOT_OK;
}
