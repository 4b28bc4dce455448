/* loss.c - losses: InfoNCE, cross-entropy, the weighted sum of terms, squared error. Results are
 * [1,1].
 *
 * InfoNCE's gradients need the same [n,n] similarities as its value. So one kernel makes all of
 * them in forward, when they will be wanted; backward multiplies by the upstream number.
 */
#include "tensor/inside.h"

/* ---- infonce: in = {a, b, log_scale or NULL} ---- */

typedef struct infonce_saved {
    float *da, *db, *dlog_scale; /* [n,d], [n,d], [1] */
} infonce_saved;

static void infonce_back(mg_tape *t, const mg_record *r) {
    const infonce_saved *s = r->saved;
    const float *grads[3] = {s->da, s->db, s->dlog_scale};
    for (int i = 0; i < 3; i++) {
        int acc;
        float *g = mg_grad_first(t, r->in[i], &acc);
        if (g)
            MG_RUN(t, "infonce", scale_by, mg_tensor_count(r->in[i]), r->out->grad, grads[i], g,
                   acc);
    }
}

static bool infonce_fits(mg_tape *t, const mg_tensor *a, const mg_tensor *b,
                         const mg_tensor *log_scale, float scale, float max_scale,
                         float smoothing) {
    if (!mg_all_f32(t, "infonce", a->dtype | b->dtype | (log_scale ? log_scale->dtype : 0)))
        return false;
    if (a->rows != b->rows || a->cols != b->cols || a->rows == 0) {
        mg_fail_shapes(t, "infonce", "a", a, "b", b, "shapes must be equal, with at least one row");
        return false;
    }
    if (log_scale && mg_tensor_count(log_scale) != 1) {
        mg_fail_shapes(t, "infonce", "a", a, "log_scale", log_scale, "log_scale must be [1,1]");
        return false;
    }
    if (!((log_scale ? max_scale : scale) > 0.0f)) {
        mg_tape_fail(t, "infonce: %s = %g must be positive", log_scale ? "max_scale" : "scale",
                     (double)(log_scale ? max_scale : scale));
        return false;
    }
    if (!(smoothing >= 0.0f && smoothing < 1.0f)) {
        mg_tape_fail(t, "infonce: smoothing = %g is outside [0, 1)", (double)smoothing);
        return false;
    }
    return true;
}

mg_tensor *mg_infonce(mg_tape *t, mg_tensor *a, mg_tensor *b, mg_tensor *log_scale, float scale,
                      float max_scale, const int32_t *groups, float smoothing) {
    static const mg_op op = {"infonce", infonce_back};
    if (!mg_ready(t, op.name, a && b)) return NULL;
    if (!infonce_fits(t, a, b, log_scale, scale, max_scale, smoothing)) return NULL;
    bool grad = mg_wants_grad(t, a->needs_grad | b->needs_grad | mg_needs_grad(log_scale));
    mg_tensor *y = mg_output(t, op.name, 1, 1);
    infonce_saved *s = y && grad ? mg_tape_alloc(t, sizeof *s) : NULL;
    if (s)
        *s = (infonce_saved){.da = mg_step_floats(t, op.name, mg_tensor_count(a)),
                             .db = mg_step_floats(t, op.name, mg_tensor_count(b)),
                             .dlog_scale = mg_step_floats(t, op.name, 1)};
    if (t->failed) return NULL;
    mg_k_infonce k = {.n = a->rows,
                      .d = a->cols,
                      .a = a->data,
                      .b = b->data,
                      .log_scale = log_scale ? log_scale->data : NULL,
                      .scale = scale,
                      .max_scale = max_scale,
                      .groups = groups,
                      .smoothing = smoothing,
                      .loss = y->data,
                      .da = s ? s->da : NULL,
                      .db = s ? s->db : NULL,
                      .dlog_scale = s ? s->dlog_scale : NULL,
                      .precision = t->precision};
    if (!MG_RUN(t, op.name, infonce, &k)) return NULL;
    if (grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = a;
        r->in[1] = b;
        r->in[2] = log_scale;
        r->saved = s;
    }
    return y;
}

/* ---- cross_entropy ---- */

static void cross_entropy_back(mg_tape *t, const mg_record *r) {
    mg_k_xent_back k = {.f = *(const mg_k_xent *)r->saved, .up = r->out->grad};
    k.dlogits = mg_grad_first(t, r->in[0], &k.acc);
    if (k.dlogits && mg_tensor_count(r->in[0]) > 0) MG_RUN(t, "cross_entropy", xent_back, &k);
}

/* *total: the sum of weights of the rows that count. */
static bool cross_entropy_fits(mg_tape *t, const mg_tensor *logits, const int32_t *targets,
                               const float *weights, float smoothing, double *total) {
    if (!mg_all_f32(t, "cross_entropy", logits->dtype)) return false;
    if (!(smoothing >= 0.0f && smoothing < 1.0f)) {
        mg_tape_fail(t, "cross_entropy: smoothing = %g is outside [0, 1)", (double)smoothing);
        return false;
    }
    *total = 0.0;
    for (int64_t i = 0; i < logits->rows; i++) {
        if (targets[i] >= logits->cols) {
            mg_tape_fail(t, "cross_entropy: row %lld: target %d, but logits has %lld columns",
                         (long long)i, targets[i], (long long)logits->cols);
            return false;
        }
        if (weights && !(weights[i] >= 0.0f && isfinite(weights[i]))) {
            mg_tape_fail(t, "cross_entropy: row %lld: weight %g is not a number >= 0", (long long)i,
                         (double)weights[i]);
            return false;
        }
        if (targets[i] >= 0) *total += weights ? (double)weights[i] : 1.0;
    }
    return true;
}

mg_tensor *mg_cross_entropy(mg_tape *t, mg_tensor *logits, const int32_t *targets,
                            const float *weights, float smoothing) {
    static const mg_op op = {"cross_entropy", cross_entropy_back};
    double total;
    if (!mg_ready(t, op.name, logits && (targets || logits->rows == 0))) return NULL;
    if (!cross_entropy_fits(t, logits, targets, weights, smoothing, &total)) return NULL;
    mg_tensor *y = mg_output(t, op.name, 1, 1);
    mg_k_xent *k = y ? mg_tape_alloc(t, sizeof *k) : NULL;
    if (!k) return NULL;
    const int64_t n = logits->rows;
    *k = (mg_k_xent){.n = n,
                     .c = logits->cols,
                     .logits = logits->data,
                     .targets = targets,
                     .weights = weights,
                     .norm = total > 0.0 ? (float)(1.0 / total) : 0.0f,
                     .smoothing = smoothing,
                     .lse = mg_step_floats(t, op.name, n),
                     .row_loss = mg_step_floats(t, op.name, n),
                     .loss = y->data};
    if (t->failed) return NULL;
    if (!(mg_tensor_count(logits) > 0 ? MG_RUN(t, op.name, xent, k)
                                      : MG_RUN(t, op.name, zero, 1, k->loss)))
        return NULL;
    if (mg_wants_grad(t, logits->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = logits;
        r->saved = k;
    }
    return y;
}

/* ---- weighted_sum: any number of terms, so they are kept beside the record ---- */

typedef struct sum_saved {
    int n;
    mg_tensor **terms;
    float *weights;
} sum_saved;

static void weighted_sum_back(mg_tape *t, const mg_record *r) {
    const sum_saved *s = r->saved;
    for (int i = 0; i < s->n; i++) {
        int acc;
        float *g = mg_grad_first(t, s->terms[i], &acc);
        if (g) mg_grad_add_scaled(t, "weighted_sum", 1, s->weights[i], r->out->grad, g, acc);
    }
}

static sum_saved *sum_save(mg_tape *t, mg_tensor *const *terms, const float *weights, int n) {
    sum_saved *s = mg_tape_alloc(t, sizeof *s);
    mg_tensor **kept = mg_tape_alloc(t, (size_t)n * sizeof *kept);
    float *w = mg_tape_alloc(t, (size_t)n * sizeof *w);
    if (!s || !kept || !w) return NULL;
    for (int i = 0; i < n; i++) {
        kept[i] = terms[i];
        w[i] = weights[i];
    }
    *s = (sum_saved){n, kept, w};
    return s;
}

mg_tensor *mg_weighted_sum(mg_tape *t, mg_tensor *const *terms, const float *weights, int n) {
    static const mg_op op = {"weighted_sum", weighted_sum_back};
    if (!mg_ready(t, op.name, terms && weights && n > 0)) return NULL;
    int needs = 0;
    for (int i = 0; i < n; i++) {
        if (!mg_ready(t, op.name, terms[i] != NULL) || !mg_all_f32(t, op.name, terms[i]->dtype))
            return NULL;
        if (mg_tensor_count(terms[i]) != 1) {
            mg_tape_fail(t, "weighted_sum: term %d is [%lld,%lld], expected [1,1]", i,
                         (long long)terms[i]->rows, (long long)terms[i]->cols);
            return NULL;
        }
        needs |= terms[i]->needs_grad;
    }
    mg_tensor *y = mg_output(t, op.name, 1, 1);
    if (!y) return NULL;
    for (int i = 0; i < n; i++)
        if (!MG_RUN(t, op.name, axpby, 1, weights[i], terms[i]->data, 1.0f, i ? y->data : NULL,
                    y->data))
            return NULL;
    if (mg_wants_grad(t, needs)) {
        sum_saved *s = sum_save(t, terms, weights, n);
        mg_record *r = s ? mg_push(t, &op, y) : NULL;
        if (!r) return NULL;
        r->saved = s;
    }
    return y;
}

/* ---- squared error, made of other ops ---- */

mg_tensor *mg_squared_error(mg_tape *t, mg_tensor *a, mg_tensor *b) {
    mg_tensor *error = mg_sub(t, a, b);
    return mg_mean(t, mg_mul(t, error, error));
}
