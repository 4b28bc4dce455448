/* linear.c - y[n,out] = act(x[n,in] w[out,in]^T + b[1,out]): nearly all the arithmetic of every
 * model.
 *
 * Backward: d = dy * act'(.), then dx = d w, dw += d^T x, db += column sums of d, in one kernel.
 * The value before act is kept for the GELUs alone (RELU and TANH read y); the bf16 copy of x is
 * kept when the product for dw will want it.
 */
#include "tensor/inside.h"

typedef struct linear_saved {
    mg_act act;
    float *pre;       /* [n,out], GELU and GELU_TANH only */
    uint16_t *x_half; /* [n,in], bf16 precision with a learning weight only */
} linear_saved;

static bool linear_fits(mg_tape *t, const mg_tensor *x, const mg_tensor *w, const mg_tensor *b,
                        bool grad) {
    if (!mg_all_f32(t, "linear", x->dtype | (b ? b->dtype : 0))) return false;
    if (x->cols != w->cols) {
        mg_fail_shapes(t, "linear", "x", x, "w", w, "their columns must be equal");
        return false;
    }
    if (b && (b->rows != 1 || b->cols != w->rows)) {
        mg_fail_shapes(t, "linear", "w", w, "b", b, "b must be [1, rows of w]");
        return false;
    }
    if (w->dtype == MG_I8) {
        mg_fail_dtype(t, "linear");
        return false;
    }
    if (grad && w->dtype != MG_F32) {
        mg_tape_fail(
            t, "linear: w [%lld,%lld] is BF16, which is for inference: no gradient goes through it",
            (long long)w->rows, (long long)w->cols);
        return false;
    }
    return true;
}

static linear_saved *linear_save(mg_tape *t, const mg_tensor *x, const mg_tensor *w, mg_act act) {
    linear_saved *s = mg_tape_alloc(t, sizeof *s);
    if (!s) return NULL;
    *s = (linear_saved){.act = act};
    if (mg_act_reads_input(act)) s->pre = mg_step_floats(t, "linear", x->rows * w->rows);
    if (t->precision == MG_PREC_BF16 && w->needs_grad)
        s->x_half = mg_tape_alloc(t, (size_t)mg_tensor_count(x) * sizeof(uint16_t));
    return t->failed ? NULL : s;
}

static void linear_back(mg_tape *t, const mg_record *r) {
    mg_tensor *x = r->in[0], *w = r->in[1], *b = r->in[2], *y = r->out;
    const linear_saved *s = r->saved;
    size_t mark = mg_arena_mark(&t->be->scratch);
    const float *dy = y->grad;
    if (s->act != MG_ACT_NONE) {
        float *d = mg_scratch(t, "linear", mg_tensor_count(y), sizeof(float));
        const float *saved = s->pre ? s->pre : y->data;
        if (d) MG_RUN(t, "linear", act_back, mg_tensor_count(y), s->act, saved, y->grad, d, 0);
        dy = d;
    }
    mg_k_linear_back k = {.n = x->rows,
                          .in = x->cols,
                          .out = w->rows,
                          .x = x->data,
                          .x_half = s->x_half,
                          .w = w->data,
                          .w_shadow = w->shadow,
                          .dy = dy,
                          .precision = t->precision};
    /* Adders first: should x be the same tensor as w or b, dx then adds to what they zeroed. */
    k.dw = mg_grad_sum(t, w);
    k.db = mg_grad_sum(t, b);
    k.dx = mg_grad_first(t, x, &k.acc_dx);
    if (!t->failed) MG_RUN(t, "linear", linear_back, &k);
    mg_arena_release(&t->be->scratch, mark);
}

mg_tensor *mg_linear(mg_tape *t, mg_tensor *x, mg_tensor *w, mg_tensor *b, mg_act act) {
    static const mg_op op = {"linear", linear_back};
    if (!mg_ready(t, op.name, x && w)) return NULL;
    bool grad = mg_wants_grad(t, x->needs_grad | w->needs_grad | mg_needs_grad(b));
    if (!linear_fits(t, x, w, b, grad)) return NULL;
    mg_tensor *y = mg_output(t, op.name, x->rows, w->rows);
    linear_saved *s = y && grad ? linear_save(t, x, w, act) : NULL;
    if (t->failed) return NULL;
    mg_k_linear k = {.n = x->rows,
                     .in = x->cols,
                     .out = w->rows,
                     .x = x->data,
                     .w = w->data,
                     .w_dtype = (mg_dtype)w->dtype,
                     .w_shadow = w->shadow,
                     .b = b ? b->data : NULL,
                     .act = act,
                     .y = y->data,
                     .pre = s ? s->pre : NULL,
                     .x_half = s ? s->x_half : NULL,
                     .precision = t->precision,
                     .by_row = !t->recording && !t->training && t->precision == MG_PREC_F32};
    if (x->rows > 0 && !MG_RUN(t, op.name, linear, &k)) return NULL;
    if (grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->in[1] = w;
        r->in[2] = b;
        r->saved = s;
    }
    return y;
}
