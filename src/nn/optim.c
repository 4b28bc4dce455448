/* optim.c - one AdamW step over the flat buffers: gradient norm, clipping, update, bf16 shadow,
 * EMA, zeroed gradients.
 *
 * The learning rate is a function of the step alone. Ranges that are treated alike (weight decay,
 * learning rate factor) are merged, so a model of two towers costs two or three kernel calls.
 */
#include "nn/params.h"

#include <math.h>
#include <string.h>

mg_optim_config mg_optim_default(void) {
    return (mg_optim_config){.lr = 1e-3f,
                             .beta1 = 0.9f,
                             .beta2 = 0.999f,
                             .eps = 1e-8f,
                             .ema_warmup = true,
                             .schedule = "cosine"};
}

/* Warm-up is linear from lr/warmup_steps; then cosine or linear down to min_lr * lr at
 * total_steps. */
float mg_optim_lr(const mg_optim_config *c, int64_t step) {
    if (step < c->warmup_steps) return c->lr * (float)(step + 1) / (float)c->warmup_steps;
    if (strcmp(c->schedule, "constant") == 0 || c->total_steps <= c->warmup_steps) return c->lr;
    double done = (double)(step - c->warmup_steps) / (double)(c->total_steps - c->warmup_steps);
    if (done > 1) done = 1;
    double left = strcmp(c->schedule, "linear") == 0 ? 1 - done
                                                     : 0.5 * (1 + cos(3.141592653589793 * done));
    return (float)(c->lr * (c->min_lr + (1 - c->min_lr) * left));
}

static float ema_decay(const mg_optim_config *c, int64_t step) {
    const float young = (float)(1 + step) / (float)(10 + step);
    return c->ema_warmup && young < c->ema_decay ? young : c->ema_decay;
}

static bool decays(const mg_optim_config *c, const mg_param *q) {
    return c->decay_all || (q->flags & MG_PARAM_DECAY);
}

static bool same_treatment(const mg_optim_config *c, const mg_param *a, const mg_param *b) {
    return decays(c, a) == decays(c, b) && a->lr_scale == b->lr_scale;
}

/* The parameter that starts at this offset. Offsets rise with the list inside a class, so the
 * search is short. */
static const mg_param *starting_at(const mg_params *p, int64_t offset, size_t *hint) {
    for (size_t k = 0; k < p->n; k++) {
        size_t i = (*hint + k) % p->n;
        if (p->list[i]->offset != offset) continue;
        *hint = i + 1;
        return p->list[i];
    }
    return NULL;
}

static void update_range(mg_params *p, mg_tape *t, const mg_optim_config *c, mg_adamw_args a,
                         const mg_param *kind, int64_t from, int64_t n) {
    a.lr *= kind->lr_scale;
    a.weight_decay = decays(c, kind) ? c->weight_decay : 0;
    mg_flat_adamw(t, n, p->values + from, p->grad + from, p->moment1 + from, p->moment2 + from,
                  p->ema ? p->ema + from : NULL, p->shadow ? p->shadow + from : NULL, &a);
}

static void update_all(mg_params *p, mg_tape *t, const mg_optim_config *c, const mg_adamw_args *a) {
    size_t hint = 0;
    int64_t from = 0, at = 0;
    const mg_param *first = NULL;
    while (at < p->n_train) {
        const mg_param *q = starting_at(p, at, &hint);
        if (first && !same_treatment(c, first, q)) {
            update_range(p, t, c, *a, first, from, at - from);
            first = NULL;
        }
        if (!first) {
            first = q;
            from = at;
        }
        at += mg_param_span(q);
    }
    if (first) update_range(p, t, c, *a, first, from, at - from);
}

int mg_optim_step(mg_params *p, mg_tape *t, const mg_optim_config *c, int64_t step,
                  double *grad_norm, bool *skipped, molglot_error *err) {
    if (!p->grad) return mg_fail(err, MOLGLOT_USAGE, "parameters were built without gradients");
    const double norm = sqrt(mg_flat_sumsq(t, p->grad, p->n_train));
    /* then norm is no number either, but not by the gradient's fault */
    int code = mg_tape_error(t, err);
    if (code) return code;
    const bool finite = isfinite(norm);
    if (finite) {
        mg_adamw_args a = {.lr = mg_optim_lr(c, step),
                           .beta1 = c->beta1,
                           .beta2 = c->beta2,
                           .eps = c->eps,
                           .grad_scale = 1};
        a.bias1 = (float)(1 - pow(c->beta1, (double)(step + 1)));
        a.bias2 = (float)(1 - pow(c->beta2, (double)(step + 1)));
        a.ema_decay = p->ema ? ema_decay(c, step) : 0;
        if (c->clip > 0 && norm > c->clip) a.grad_scale = (float)(c->clip / norm);
        update_all(p, t, c, &a);
    }
    mg_flat_zero(t, p->grad, p->n_train);
    if (grad_norm) *grad_norm = norm;
    if (skipped) *skipped = !finite;
    return mg_tape_error(t, err);
}
