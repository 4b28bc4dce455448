/* ranks.c - one training by several processes (base/ranks).
 *
 * Every rank has the recipe, the data and the same parameters. Of the micro-batches of a step rank
 * r takes those whose number leaves r when divided by the number of ranks; gradients are summed,
 * and each rank makes the same update. So the result is that of one process that takes the same
 * micro-batches, but for the order of sums; running statistics are means of what the ranks saw.
 * Rank 0 alone writes the run folder, validates, and tells; the others wait.
 */
#include "train/inside.h"

#include <string.h>

bool train_leads(const train_task *t) { return mg_ranks_rank(t->o->ranks) == 0; }

bool train_owns(const train_task *t, int k) {
    return k % mg_ranks_size(t->o->ranks) == mg_ranks_rank(t->o->ranks);
}

int train_ranks_check(train_task *t, molglot_error *err) {
    return mg_ranks_size(t->o->ranks) > 1 && t->kind->alone
               ? mg_fail(err, MOLGLOT_USAGE, "task %s is trained by one process: %s", t->kind->name,
                         t->kind->alone)
               : MOLGLOT_OK;
}

int train_ranks_split(train_task *t, molglot_error *err) {
    const int64_t size = mg_ranks_size(t->o->ranks), most = t->c.micro_batch,
                  n = t->epoch_rows < t->c.batch ? t->epoch_rows : t->c.batch;
    const int64_t micros = most > 0 && most < n ? (n + most - 1) / most : 1;
    if (size < 2 || micros >= size) return MOLGLOT_OK;
    t->c.micro_batch = (n + size - 1) / size;
    if ((n + t->c.micro_batch - 1) / t->c.micro_batch < size)
        return mg_fail(err, MOLGLOT_USAGE, "%lld ranks cannot share batches of %lld %s",
                       (long long)size, (long long)n, t->kind->unit);
    train_tell(t, "batches of %lld are cut for %lld ranks, as train.micro_batch=%lld does",
               (long long)n, (long long)size, (long long)t->c.micro_batch);
    return MOLGLOT_OK;
}

int train_in_turn(train_task *t, int (*f)(train_task *t, molglot_error *err), molglot_error *err) {
    const mg_ranks *r = t->o->ranks;
    if (!r) return f(t, err);
    int code = train_leads(t) ? f(t, err) : MOLGLOT_OK;
    if (!code) code = mg_ranks_wait(r, err);
    return code || train_leads(t) ? code : f(t, err);
}

int train_ranks_same_identity(train_task *t, molglot_error *err) {
    bool same;
    int code = mg_ranks_agree(t->o->ranks, mg_hash64(t->identity, strlen(t->identity), 0), &same,
                              err);
    return code || same ? code
                        : mg_fail(err, MOLGLOT_FAILED,
                                  "the ranks see other recipes or data than each other: they need "
                                  "one folder, and one build");
}

int train_ranks_same_numbers(train_task *t, molglot_error *err) {
    bool same;
    int code = mg_params_agree(t->params, t->o->ranks, &same, err);
    return code || same ? code
                        : mg_fail(err, MOLGLOT_FAILED,
                                  "step %lld: the ranks' parameters have parted: their processors "
                                  "or libraries differ",
                                  (long long)t->step);
}

int train_ranks_stop(train_task *t, molglot_error *err) {
    int64_t any[2] = {t->stop, t->out_of_time};
    int code = mg_ranks_most(t->o->ranks, any, MG_COUNT(any), err);
    t->stop = any[0] != 0;
    t->out_of_time = any[1] != 0;
    return code;
}

int train_ranks_total(train_task *t, molglot_error *err) {
    return mg_ranks_share(t->o->ranks, &t->total, err);
}

int train_ranks_weights(const train_task *t, train_batch *b, molglot_error *err) {
    enum { SOME = 64 };
    const mg_ranks *r = t->o->ranks;
    if (!r) return MOLGLOT_OK;
    b->weight = 0;
    for (int at = 0; at < b->n_micros; at += SOME) {
        const int n = b->n_micros - at < SOME ? b->n_micros - at : SOME;
        int64_t own[SOME];
        for (int k = 0; k < n; k++) own[k] = train_owns(t, at + k) ? b->weights[at + k] : 0;
        int code = mg_ranks_most(r, own, n, err);
        if (code) return code;
        for (int k = 0; k < n; k++) b->weight += b->weights[at + k] = own[k];
    }
    return MOLGLOT_OK;
}

int train_ranks_loss(const train_task *t, train_result *out, molglot_error *err) {
    return mg_ranks_sum_f64(t->o->ranks, &out->loss, 1, err);
}
