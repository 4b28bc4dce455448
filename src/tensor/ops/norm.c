/* norm.c - layer_norm (over columns, with residual), rms_norm, batch_norm (over rows, with
 * activation), normalize (unit rows). All [n, cols] -> [n, cols]. The statistics of forward (2
 * floats a row or column) are kept; the normalised value is not, backward computes it again from
 * the input. */
#include "tensor/inside.h"

static bool is_row(mg_tape *t, const char *op, const mg_tensor *x, const char *name,
                   const mg_tensor *p) {
    if (p->rows == 1 && p->cols == x->cols) return true;
    mg_fail_shapes(t, op, "x", x, name, p, "must be [1, columns of x]");
    return false;
}

/* ---- layer_norm: in = {x, residual or NULL, gamma, beta} ---- */

typedef struct norm_saved {
    const float *x;     /* what was normalised: the sum, or x itself */
    float *mean, *rstd; /* [n] */
} norm_saved;

static void layer_norm_back(mg_tape *t, const mg_record *r) {
    mg_tensor *x = r->in[0], *residual = r->in[1], *y = r->out;
    const norm_saved *s = r->saved;
    int64_t n = mg_tensor_count(y);
    size_t mark = mg_arena_mark(&t->be->scratch);
    mg_k_norm_back k = {.n = y->rows,
                        .cols = y->cols,
                        .x = s->x,
                        .gamma = r->in[2]->data,
                        .mean = s->mean,
                        .rstd = s->rstd,
                        .dy = y->grad,
                        .dgamma = mg_grad_sum(t, r->in[2]),
                        .dbeta = mg_grad_sum(t, r->in[3])};
    /* The gradient of the sum goes to both summands: straight into the first that wants it, and
     * from there (or, when that one already holds something, from scratch) to the other. */
    bool both = mg_needs_grad(x) && mg_needs_grad(residual);
    mg_tensor *first = mg_needs_grad(x) ? x : residual;
    float *g = mg_grad_first(t, first, &k.acc_dx);
    float *shared = both && g && k.acc_dx ? mg_scratch(t, "layer_norm", n, sizeof(float)) : NULL;
    int acc_first = k.acc_dx;
    k.dx = shared ? shared : g;
    if (shared) k.acc_dx = 0;
    if (!t->failed) MG_RUN(t, "layer_norm", norm_back, &k);
    if (shared && !t->failed) mg_grad_add_scaled(t, "layer_norm", n, 1.0f, shared, g, acc_first);
    if (both && !t->failed) {
        int acc;
        float *h = mg_grad_first(t, residual, &acc);
        if (h) mg_grad_add_scaled(t, "layer_norm", n, 1.0f, k.dx, h, acc);
    }
    mg_arena_release(&t->be->scratch, mark);
}

mg_tensor *mg_layer_norm(mg_tape *t, mg_tensor *x, mg_tensor *residual, mg_tensor *gamma,
                         mg_tensor *beta, float eps) {
    static const mg_op op = {"layer_norm", layer_norm_back};
    if (!mg_ready(t, op.name, x && gamma && beta)) return NULL;
    if (!mg_all_f32(t, op.name,
                    x->dtype | gamma->dtype | beta->dtype | (residual ? residual->dtype : 0)))
        return NULL;
    if (!is_row(t, op.name, x, "gamma", gamma) || !is_row(t, op.name, x, "beta", beta)) return NULL;
    if (residual && (residual->rows != x->rows || residual->cols != x->cols)) {
        mg_fail_shapes(t, op.name, "x", x, "residual", residual, "shapes must be equal");
        return NULL;
    }
    bool grad = mg_wants_grad(t, x->needs_grad | gamma->needs_grad | beta->needs_grad |
                                     mg_needs_grad(residual));
    mg_tensor *y = mg_output(t, op.name, x->rows, x->cols);
    norm_saved *s = y && grad ? mg_tape_alloc(t, sizeof *s) : NULL;
    if (t->failed) return NULL;

    /* What only backward reads lives in scratch when there will be none. */
    mg_arena *keep = grad ? &t->arena : &t->be->scratch;
    size_t mark = mg_arena_mark(&t->be->scratch);
    mg_k_norm k = {.n = x->rows,
                   .cols = x->cols,
                   .x = x->data,
                   .residual = residual ? residual->data : NULL,
                   .gamma = gamma->data,
                   .beta = beta->data,
                   .eps = eps,
                   .y = y->data};
    k.mean = mg_arena_alloc(keep, (size_t)x->rows * sizeof(float));
    k.rstd = mg_arena_alloc(keep, (size_t)x->rows * sizeof(float));
    k.sum = residual ? mg_arena_alloc(keep, (size_t)mg_tensor_count(x) * sizeof(float)) : NULL;
    if (!k.mean || !k.rstd || (residual && !k.sum))
        mg_fail_room(t, op.name, x->rows, x->cols);
    else if (x->rows > 0)
        MG_RUN(t, op.name, norm, &k);
    mg_arena_release(&t->be->scratch, mark);
    if (t->failed) return NULL;

    if (grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        *s = (norm_saved){residual ? k.sum : x->data, k.mean, k.rstd};
        r->in[0] = x;
        r->in[1] = residual;
        r->in[2] = gamma;
        r->in[3] = beta;
        r->saved = s;
    }
    return y;
}

/* ---- rms_norm: in = {x, gamma}; the kernels of layer norm, with a mean of 0 ---- */

static void rms_norm_back(mg_tape *t, const mg_record *r) {
    const mg_tensor *y = r->out;
    const norm_saved *s = r->saved;
    mg_k_norm_back k = {.n = y->rows,
                        .cols = y->cols,
                        .rms = true,
                        .x = s->x,
                        .gamma = r->in[1]->data,
                        .mean = s->mean,
                        .rstd = s->rstd,
                        .dy = y->grad,
                        .dgamma = mg_grad_sum(t, r->in[1])};
    k.dx = mg_grad_first(t, r->in[0], &k.acc_dx);
    if (!t->failed) MG_RUN(t, "rms_norm", norm_back, &k);
}

mg_tensor *mg_rms_norm(mg_tape *t, mg_tensor *x, mg_tensor *gamma, float eps) {
    static const mg_op op = {"rms_norm", rms_norm_back};
    if (!mg_ready(t, op.name, x && gamma) || !mg_all_f32(t, op.name, x->dtype | gamma->dtype) ||
        !is_row(t, op.name, x, "gamma", gamma))
        return NULL;
    mg_tensor *y = mg_output(t, op.name, x->rows, x->cols);
    norm_saved *s = y ? mg_tape_alloc(t, sizeof *s) : NULL;
    if (!s) return NULL;
    *s = (norm_saved){.x = x->data,
                      .mean = mg_step_floats(t, op.name, x->rows),
                      .rstd = mg_step_floats(t, op.name, x->rows)};
    if (t->failed) return NULL;
    const mg_k_norm k = {.n = x->rows,
                         .cols = x->cols,
                         .rms = true,
                         .x = x->data,
                         .gamma = gamma->data,
                         .eps = eps,
                         .y = y->data,
                         .mean = s->mean,
                         .rstd = s->rstd};
    if (x->rows > 0 && !MG_RUN(t, op.name, norm, &k)) return NULL;
    if (mg_wants_grad(t, x->needs_grad | gamma->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->in[1] = gamma;
        r->saved = s;
    }
    return y;
}

/* ---- batch_norm: in = {x, gamma, beta} ---- */

typedef struct bnorm_saved {
    float *mean, *rstd; /* [cols]: the batch's when training, else the running ones */
    bool training;
    mg_act act;
} bnorm_saved;

static void batch_norm_back(mg_tape *t, const mg_record *r) {
    mg_tensor *x = r->in[0], *y = r->out;
    const bnorm_saved *s = r->saved;
    mg_k_bnorm_back k = {.n = y->rows,
                         .cols = y->cols,
                         .x = x->data,
                         .y = y->data,
                         .gamma = r->in[1]->data,
                         .mean = s->mean,
                         .rstd = s->rstd,
                         .dy = y->grad,
                         .training = s->training,
                         .act = s->act,
                         .dgamma = mg_grad_sum(t, r->in[1]),
                         .dbeta = mg_grad_sum(t, r->in[2])};
    k.dx = mg_grad_first(t, x, &k.acc_dx);
    if (!t->failed) MG_RUN(t, "batch_norm", bnorm_back, &k);
}

static bool batch_norm_fits(mg_tape *t, const mg_tensor *x, const mg_tensor *const p[4],
                            mg_act act) {
    static const char *const names[4] = {"gamma", "beta", "running_mean", "running_var"};
    int dtypes = x->dtype;
    for (int i = 0; i < 4; i++) {
        dtypes |= p[i]->dtype;
        if (!is_row(t, "batch_norm", x, names[i], p[i])) return false;
    }
    if (!mg_all_f32(t, "batch_norm", dtypes)) return false;
    if (act == MG_ACT_NONE || act == MG_ACT_RELU) return true;
    mg_tape_fail(t, "batch_norm: the activation must be NONE or RELU");
    return false;
}

mg_tensor *mg_batch_norm(mg_tape *t, mg_tensor *x, mg_tensor *gamma, mg_tensor *beta,
                         mg_tensor *running_mean, mg_tensor *running_var, float momentum, float eps,
                         mg_act act) {
    static const mg_op op = {"batch_norm", batch_norm_back};
    if (!mg_ready(t, op.name, x && gamma && beta && running_mean && running_var)) return NULL;
    if (!batch_norm_fits(t, x, (const mg_tensor *[4]){gamma, beta, running_mean, running_var}, act))
        return NULL;
    bool grad = mg_wants_grad(t, x->needs_grad | gamma->needs_grad | beta->needs_grad);
    mg_tensor *y = mg_output(t, op.name, x->rows, x->cols);
    bnorm_saved *s = y ? mg_tape_alloc(t, sizeof *s) : NULL;
    if (!s) return NULL;
    *s = (bnorm_saved){.mean = mg_step_floats(t, op.name, x->cols),
                       .rstd = mg_step_floats(t, op.name, x->cols),
                       .training = t->training,
                       .act = act};
    if (t->failed) return NULL;
    mg_k_bnorm k = {.n = x->rows,
                    .cols = x->cols,
                    .x = x->data,
                    .gamma = gamma->data,
                    .beta = beta->data,
                    .running_mean = running_mean->data,
                    .running_var = running_var->data,
                    .momentum = momentum,
                    .eps = eps,
                    .training = t->training,
                    .act = act,
                    .y = y->data,
                    .mean = s->mean,
                    .rstd = s->rstd};
    if (x->rows > 0 && !MG_RUN(t, op.name, bnorm, &k)) return NULL;
    if (grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->in[1] = gamma;
        r->in[2] = beta;
        r->saved = s;
    }
    return y;
}

/* ---- normalize: y[i] = x[i] / max(|x[i]|, eps) ---- */

static void normalize_back(mg_tape *t, const mg_record *r) {
    const mg_tensor *y = r->out;
    int acc;
    float *g = mg_grad_first(t, r->in[0], &acc);
    if (g)
        MG_RUN(t, "normalize", normalize_back, y->rows, y->cols, r->k, y->data, r->saved, y->grad,
               g, acc);
}

mg_tensor *mg_normalize(mg_tape *t, mg_tensor *x, float eps) {
    static const mg_op op = {"normalize", normalize_back};
    if (!mg_ready(t, op.name, x != NULL) || !mg_all_f32(t, op.name, x->dtype)) return NULL;
    mg_tensor *y = mg_output(t, op.name, x->rows, x->cols);
    float *norm = y ? mg_step_floats(t, op.name, x->rows) : NULL;
    if (!norm) return NULL;
    if (x->rows > 0 &&
        !MG_RUN(t, op.name, normalize, x->rows, x->cols, eps, x->data, y->data, norm))
        return NULL;
    if (mg_wants_grad(t, x->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->saved = norm;
        r->k = eps;
    }
    return y;
}
