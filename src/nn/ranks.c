/* ranks.c - parameters of a model that several processes train together. */
#include "nn/params.h"

static int sum_range(mg_params *p, const mg_ranks *r, float *x, int64_t n, float scale,
                     molglot_error *err) {
    const size_t bytes = (size_t)n * sizeof *x;
    if (n < 1) return MOLGLOT_OK;
    if (p->tape) mg_tape_pull(p->tape, x, bytes);
    int code = mg_ranks_sum(r, x, n, err);
    for (int64_t i = 0; i < n && scale != 1; i++) x[i] *= scale;
    if (p->tape) mg_tape_push(p->tape, x, bytes);
    return code || !p->tape ? code : mg_tape_error(p->tape, err);
}

/* The gradient, where it is if all ranks can do that. */
static int sum_gradient(mg_params *p, const mg_ranks *r, molglot_error *err) {
    void *stream = NULL;
    float *there = p->tape ? mg_tape_where(p->tape, p->grad, p->n_train, &stream) : NULL;
    bool done = false;
    int code = mg_ranks_sum_there(r, there, p->n_train, stream, &done, err);
    return code || done ? code : sum_range(p, r, p->grad, p->n_train, 1, err);
}

int mg_params_reduce(mg_params *p, const mg_ranks *r, molglot_error *err) {
    if (!r || r->size < 2) return MOLGLOT_OK;
    const int64_t buffers = p->n_values - p->buffers_from;
    int code = sum_gradient(p, r, err);
    return code ? code
                : sum_range(p, r, p->values + p->buffers_from, buffers, 1 / (float)r->size, err);
}

void mg_params_forget(mg_params *p, mg_tape *t) { mg_flat_zero(t, p->grad, p->n_train); }

int mg_params_agree(const mg_params *p, const mg_ranks *r, bool *same, molglot_error *err) {
    *same = true;
    int code = r ? mg_params_pull(p, err) : MOLGLOT_OK;
    if (code || !r) return code;
    const size_t train = (size_t)p->n_train * sizeof(float);
    uint64_t h = mg_hash64(p->values, (size_t)p->n_values * sizeof(float), 0);
    if (p->moment1) h = mg_hash64(p->moment2, train, mg_hash64(p->moment1, train, h));
    return mg_ranks_agree(r, h, same, err);
}
