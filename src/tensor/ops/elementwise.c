/* elementwise.c - add, sub, scale, mul, activate, dropout: outputs have the shape of their inputs,
 * [rows, cols]. reshape: another shape, same numbers. mean. The smallest examples of how an op is
 * written. */
#include "tensor/inside.h"

static bool same_shape(mg_tape *t, const char *op, const mg_tensor *a, const mg_tensor *b) {
    if (a->rows == b->rows && a->cols == b->cols) return true;
    mg_fail_shapes(t, op, "a", a, "b", b, "shapes must be equal");
    return false;
}

/* ---- y = a + b, y = a - b: a + k b ---- */

static void add_back(mg_tape *t, const mg_record *r) {
    const float *dy = r->out->grad;
    int64_t n = mg_tensor_count(r->out);
    for (int i = 0; i < 2; i++) {
        int acc;
        float *g = mg_grad_first(t, r->in[i], &acc);
        if (g) mg_grad_add_scaled(t, r->op->name, n, i ? r->k : 1.0f, dy, g, acc);
    }
}

static mg_tensor *add_times(mg_tape *t, const mg_op *op, mg_tensor *a, mg_tensor *b, float k) {
    if (!mg_ready(t, op->name, a && b) || !mg_all_f32(t, op->name, a->dtype | b->dtype) ||
        !same_shape(t, op->name, a, b))
        return NULL;
    mg_tensor *y = mg_output(t, op->name, a->rows, a->cols);
    if (!y) return NULL;
    if (y->rows > 0 &&
        !MG_RUN(t, op->name, axpby, mg_tensor_count(y), 1.0f, a->data, k, b->data, y->data))
        return NULL;
    if (mg_wants_grad(t, a->needs_grad | b->needs_grad)) {
        mg_record *r = mg_push(t, op, y);
        if (!r) return NULL;
        r->in[0] = a;
        r->in[1] = b;
        r->k = k;
    }
    return y;
}

mg_tensor *mg_add(mg_tape *t, mg_tensor *a, mg_tensor *b) {
    static const mg_op op = {"add", add_back};
    return add_times(t, &op, a, b, 1.0f);
}

mg_tensor *mg_sub(mg_tape *t, mg_tensor *a, mg_tensor *b) {
    static const mg_op op = {"sub", add_back};
    return add_times(t, &op, a, b, -1.0f);
}

/* ---- y = c x ---- */

static void scale_back(mg_tape *t, const mg_record *r) {
    int acc;
    float *g = mg_grad_first(t, r->in[0], &acc);
    if (g) mg_grad_add_scaled(t, "scale", mg_tensor_count(r->out), r->k, r->out->grad, g, acc);
}

mg_tensor *mg_scale(mg_tape *t, mg_tensor *x, float c) {
    static const mg_op op = {"scale", scale_back};
    if (!mg_ready(t, op.name, x != NULL) || !mg_all_f32(t, op.name, x->dtype)) return NULL;
    mg_tensor *y = mg_output(t, op.name, x->rows, x->cols);
    if (!y) return NULL;
    if (y->rows > 0 &&
        !MG_RUN(t, op.name, axpby, mg_tensor_count(y), c, x->data, 0.0f, NULL, y->data))
        return NULL;
    if (mg_wants_grad(t, x->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->k = c;
    }
    return y;
}

/* ---- y = x, in rows of another length: a view, only gradients are copied ---- */

static void reshape_back(mg_tape *t, const mg_record *r) {
    int acc;
    float *g = mg_grad_first(t, r->in[0], &acc);
    if (g) mg_grad_add_scaled(t, "reshape", mg_tensor_count(r->out), 1.0f, r->out->grad, g, acc);
}

mg_tensor *mg_reshape(mg_tape *t, mg_tensor *x, int64_t cols) {
    static const mg_op op = {"reshape", reshape_back};
    if (!mg_ready(t, op.name, x != NULL) || !mg_all_f32(t, op.name, x->dtype)) return NULL;
    if (cols < 1 || mg_tensor_count(x) % cols) {
        mg_tape_fail(t, "reshape: [%lld,%lld] is not whole rows of %lld", (long long)x->rows,
                     (long long)x->cols, (long long)cols);
        return NULL;
    }
    mg_tensor *y = mg_arena_alloc(&t->arena, sizeof *y);
    if (!y) {
        mg_fail_room(t, op.name, 1, (int64_t)sizeof *y);
        return NULL;
    }
    *y = (mg_tensor){
        .data = x->data, .rows = mg_tensor_count(x) / cols, .cols = cols, .dtype = MG_F32};
    if (mg_wants_grad(t, x->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
    }
    return y;
}

/* ---- y = a * b ---- */

static void mul_back(mg_tape *t, const mg_record *r) {
    int64_t n = mg_tensor_count(r->out);
    for (int i = 0; i < 2; i++) {
        int acc;
        float *g = mg_grad_first(t, r->in[i], &acc);
        if (g) MG_RUN(t, "mul", mul, n, r->out->grad, r->in[1 - i]->data, g, acc);
    }
}

mg_tensor *mg_mul(mg_tape *t, mg_tensor *a, mg_tensor *b) {
    static const mg_op op = {"mul", mul_back};
    if (!mg_ready(t, op.name, a && b) || !mg_all_f32(t, op.name, a->dtype | b->dtype) ||
        !same_shape(t, op.name, a, b))
        return NULL;
    mg_tensor *y = mg_output(t, op.name, a->rows, a->cols);
    if (!y) return NULL;
    if (y->rows > 0 && !MG_RUN(t, op.name, mul, mg_tensor_count(y), a->data, b->data, y->data, 0))
        return NULL;
    if (mg_wants_grad(t, a->needs_grad | b->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = a;
        r->in[1] = b;
    }
    return y;
}

/* ---- y = act(x): the kernel's backward wants x for both GELUs and y for the others ---- */

static void activate_back(mg_tape *t, const mg_record *r) {
    mg_act act = (mg_act)r->key;
    const float *saved = mg_act_reads_input(act) ? r->in[0]->data : r->out->data;
    int acc;
    float *g = mg_grad_first(t, r->in[0], &acc);
    if (g)
        MG_RUN(t, "activate", act_back, mg_tensor_count(r->out), act, saved, r->out->grad, g, acc);
}

mg_tensor *mg_activate(mg_tape *t, mg_tensor *x, mg_act act) {
    static const mg_op op = {"activate", activate_back};
    if (!mg_ready(t, op.name, x != NULL) || !mg_all_f32(t, op.name, x->dtype)) return NULL;
    if (act == MG_ACT_NONE) return x;
    mg_tensor *y = mg_output(t, op.name, x->rows, x->cols);
    if (!y) return NULL;
    if (y->rows > 0 && !MG_RUN(t, op.name, act, mg_tensor_count(y), act, x->data, y->data))
        return NULL;
    if (mg_wants_grad(t, x->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->key = (uint64_t)act;
    }
    return y;
}

/* ---- dropout: the mask is a function of the key: backward draws it again ---- */

static void dropout_back(mg_tape *t, const mg_record *r) {
    int acc;
    float *g = mg_grad_first(t, r->in[0], &acc);
    if (g)
        MG_RUN(t, "dropout", dropout, mg_tensor_count(r->out), r->k, r->key, r->out->grad, g, acc);
}

mg_tensor *mg_dropout(mg_tape *t, mg_tensor *x, float p) {
    static const mg_op op = {"dropout", dropout_back};
    if (!mg_ready(t, op.name, x != NULL) || !mg_all_f32(t, op.name, x->dtype)) return NULL;
    if (!(p >= 0.0f && p < 1.0f)) {
        mg_tape_fail(t, "dropout: p = %g is outside [0, 1)", (double)p);
        return NULL;
    }
    if (!t->training || p == 0.0f) return x;
    uint64_t key = mg_next_key(t);
    mg_tensor *y = mg_output(t, op.name, x->rows, x->cols);
    if (!y) return NULL;
    if (y->rows > 0 &&
        !MG_RUN(t, op.name, dropout, mg_tensor_count(y), p, key, x->data, y->data, 0))
        return NULL;
    if (mg_wants_grad(t, x->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->key = key;
        r->k = p;
    }
    return y;
}

/* ---- mean of all elements: of the rows, then of the columns, by ops that sum in a fixed order on
 * every device ---- */

mg_tensor *mg_mean(mg_tape *t, mg_tensor *x) {
    if (!mg_ready(t, "mean", x != NULL)) return NULL;
    if (mg_tensor_count(x) == 0) {
        mg_tape_fail(t, "mean: x is [%lld,%lld], which has no mean", (long long)x->rows,
                     (long long)x->cols);
        return NULL;
    }
    int32_t *offsets = mg_tape_alloc(t, 2 * sizeof *offsets);
    mg_tensor *share = mg_new(t, 1, x->cols);
    if (!offsets || !share) return NULL;
    offsets[0] = 0;
    offsets[1] = (int32_t)x->rows;
    for (int64_t i = 0; i < x->cols; i++) mg_f32(share)[i] = 1.0f / (float)x->cols;
    mg_tape_push(t, share->data, (size_t)x->cols * sizeof(float));
    return mg_linear(t, mg_gather_sum(t, x, (mg_csr){.n = 1, .offsets = offsets, .mean = true}),
                     share, NULL, MG_ACT_NONE);
}
