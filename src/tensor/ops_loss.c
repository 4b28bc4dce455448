/* ops_loss.c - the contrastive loss and the weighted sum of loss terms; results are [1,1].
 *
 * InfoNCE's gradients need the same [n,n] similarities as its value, so one kernel makes all of them at forward time when
 * they will be wanted; backward multiplies by the upstream number. */
#include "tensor/internal.h"

#include <math.h>

/* ---- infonce: in = {a, b, log_scale or NULL} ---- */

typedef struct infonce_saved {
    float *da, *db, *dscale;       /* [n,d], [n,d], [1] */
    float to_log;                  /* d scale / d log_scale: scale, or 0 where the clamp holds */
} infonce_saved;

static void infonce_back(mg_tape *t, const mg_record *r) {
    const infonce_saved *s = r->saved;
    const float up = *r->out->grad;
    const float *grads[3] = {s->da, s->db, s->dscale};
    const float factors[3] = {up, up, up * s->to_log};
    for (int i = 0; i < 3; i++) {
        int acc;
        float *g = mg_grad_first(t, r->in[i], &acc);
        if (g) mg_grad_add_scaled(t, "infonce", mg_tensor_count(r->in[i]), factors[i], grads[i], g, acc);
    }
}

static bool infonce_fits(mg_tape *t, const mg_tensor *a, const mg_tensor *b, const mg_tensor *log_scale, float scale,
                         float max_scale, float smoothing) {
    if (!mg_all_f32(t, "infonce", a->dtype | b->dtype | (log_scale ? log_scale->dtype : 0))) return false;
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

mg_tensor *mg_infonce(mg_tape *t, mg_tensor *a, mg_tensor *b, mg_tensor *log_scale, float scale, float max_scale,
                      const int32_t *groups, float smoothing) {
    static const mg_op op = {"infonce", infonce_back};
    if (!mg_ready(t, op.name, a && b)) return NULL;
    if (!infonce_fits(t, a, b, log_scale, scale, max_scale, smoothing)) return NULL;
    float to_log = 0.0f;
    if (log_scale) {
        float x = *mg_f32(log_scale), top = logf(max_scale);
        scale = x > top ? max_scale : expf(x);
        to_log = x > top ? 0.0f : scale;
    }
    bool grad = mg_wants_grad(t, a->needs_grad | b->needs_grad | mg_needs_grad(log_scale));
    mg_tensor *y = mg_output(t, op.name, 1, 1);
    infonce_saved *s = y && grad ? mg_tape_alloc(t, sizeof *s) : NULL;
    if (s) *s = (infonce_saved){.da = mg_step_floats(t, op.name, mg_tensor_count(a)),
                                .db = mg_step_floats(t, op.name, mg_tensor_count(b)),
                                .dscale = mg_step_floats(t, op.name, 1), .to_log = to_log};
    if (t->failed) return NULL;
    double loss = 0.0;
    mg_k_infonce k = {.n = a->rows, .d = a->cols, .a = a->data, .b = b->data, .scale = scale, .groups = groups,
                      .smoothing = smoothing, .loss = &loss, .da = s ? s->da : NULL, .db = s ? s->db : NULL,
                      .dscale = s ? s->dscale : NULL, .precision = t->precision};
    if (!mg_kernel_ok(t, op.name, t->be->infonce(t->be, &k))) return NULL;
    *mg_f32(y) = (float)loss;
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
        if (!mg_ready(t, op.name, terms[i] != NULL) || !mg_all_f32(t, op.name, terms[i]->dtype)) return NULL;
        if (mg_tensor_count(terms[i]) != 1) {
            mg_tape_fail(t, "weighted_sum: term %d is [%lld,%lld], expected [1,1]", i, (long long)terms[i]->rows,
                         (long long)terms[i]->cols);
            return NULL;
        }
        needs |= terms[i]->needs_grad;
    }
    mg_tensor *y = mg_output(t, op.name, 1, 1);
    if (!y) return NULL;
    for (int i = 0; i < n; i++)
        if (!mg_kernel_ok(t, op.name, t->be->axpby(t->be, 1, weights[i], terms[i]->data, 1.0f, i ? y->data : NULL, y->data)))
            return NULL;
    if (mg_wants_grad(t, needs)) {
        sum_saved *s = sum_save(t, terms, weights, n);
        mg_record *r = s ? mg_push(t, &op, y) : NULL;
        if (!r) return NULL;
        r->saved = s;
    }
    return y;
}
