/* match.c - sequences as rows, and against each other: pooling by place, the soft contrast, late
 * interaction. backend.h has the formulas.
 *
 * The contrast's gradients are made in forward, as InfoNCE's are. Late interaction keeps for each
 * row and each sequence of the other side the maximum and where it is: never the products.
 */
#include "tensor/inside.h"

static bool seqs_fit(mg_tape *t, const char *op, mg_seqs seqs, const mg_tensor *x,
                     const int32_t *real, int64_t most) {
    bool good = seqs.n >= 0 && (seqs.n == 0 ? x->rows == 0
                                            : seqs.offsets && seqs.offsets[0] == 0 &&
                                                  seqs.offsets[seqs.n] == x->rows);
    for (int64_t s = 0; good && s < seqs.n; s++) {
        const int32_t rows = seqs.offsets[s + 1] - seqs.offsets[s];
        good = rows >= 0 && rows <= most && (!real || (real[s] >= 0 && real[s] <= rows));
    }
    if (!good)
        mg_tape_fail(t,
                     "%s: offsets of %lld sequences do not fit %lld rows (or their real rows, or a "
                     "sequence is too long)",
                     op, (long long)seqs.n, (long long)x->rows);
    return good;
}

/* ---- pooling by place: in = {x, w, bias} ---- */

static void place_back(mg_tape *t, const mg_record *r) {
    mg_k_place_back k = {.f = *(const mg_k_place *)r->saved, .dy = r->out->grad};
    k.dx = mg_grad_first(t, r->in[0], &k.acc_x);
    k.dw = mg_grad_sum(t, r->in[1]);
    k.dbias = mg_grad_sum(t, r->in[2]);
    if (k.f.n_seq > 0 && !t->failed) MG_RUN(t, "place_pool", place_back, &k);
}

mg_tensor *mg_place_pool(mg_tape *t, mg_tensor *x, mg_seqs seqs, mg_tensor *w, mg_tensor *bias) {
    static const mg_op op = {"place_pool", place_back};
    if (!mg_ready(t, op.name, x && w && bias) ||
        !mg_all_f32(t, op.name, x->dtype | w->dtype | bias->dtype) ||
        !seqs_fit(t, op.name, seqs, x, NULL, w->cols))
        return NULL;
    if (w->rows != 1 || mg_tensor_count(bias) != 1 || x == w || x == bias || w == bias) {
        mg_fail_shapes(t, op.name, "w", w, "bias", bias, "w must be a row, bias [1,1]");
        return NULL;
    }
    mg_tensor *y = mg_output(t, op.name, seqs.n, x->cols);
    mg_k_place *k = y ? mg_tape_alloc(t, sizeof *k) : NULL;
    if (!k) return NULL;
    *k = (mg_k_place){.n = x->rows,
                      .cols = x->cols,
                      .n_seq = seqs.n,
                      .offsets = seqs.offsets,
                      .x = x->data,
                      .w = w->data,
                      .bias = bias->data,
                      .places = w->cols,
                      .y = y->data};
    if (seqs.n > 0 && !MG_RUN(t, op.name, place, k)) return NULL;
    if (mg_wants_grad(t, x->needs_grad | w->needs_grad | bias->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->in[1] = w;
        r->in[2] = bias;
        r->saved = k;
    }
    return y;
}

/* ---- soft contrast: in = {a, scale} ---- */

typedef struct contrast_saved {
    float *da, *dscale; /* [n,d], [1] */
} contrast_saved;

static void contrast_back(mg_tape *t, const mg_record *r) {
    const contrast_saved *s = r->saved;
    const float *grads[2] = {s->da, s->dscale};
    for (int i = 0; i < 2; i++) {
        int acc;
        float *g = mg_grad_first(t, r->in[i], &acc);
        if (g)
            MG_RUN(t, "soft_contrast", scale_by, mg_tensor_count(r->in[i]), r->out->grad, grads[i],
                   g, acc);
    }
}

static bool contrast_fits(mg_tape *t, const char *op, const mg_tensor *a, const mg_tensor *m,
                          const mg_tensor *keys, const mg_tensor *queue, const mg_tensor *scale,
                          const mg_contrast_options *o) {
    if (!mg_all_f32(t, op,
                    a->dtype | m->dtype | keys->dtype | scale->dtype | (queue ? queue->dtype : 0)))
        return false;
    if (a->rows == 0 || a->rows != m->rows || a->rows != keys->rows || a->cols != m->cols ||
        a->cols != keys->cols || (queue && queue->cols != a->cols)) {
        mg_fail_shapes(t, op, "a", a, "keys", keys,
                       "a, m and keys must be of one shape with a row, queue as wide");
        return false;
    }
    if (mg_tensor_count(scale) != 1 || !(o->soft >= 0.0f && o->soft <= 1.0f)) {
        mg_tape_fail(t, "soft_contrast: scale must be [1,1], soft = %g in [0, 1]", (double)o->soft);
        return false;
    }
    return true;
}

mg_tensor *mg_soft_contrast(mg_tape *t, mg_tensor *a, mg_tensor *m, mg_tensor *keys,
                            mg_tensor *queue, mg_tensor *scale, const mg_contrast_options *o) {
    static const mg_op op = {"soft_contrast", contrast_back};
    if (!mg_ready(t, op.name, a && m && keys && scale) ||
        !contrast_fits(t, op.name, a, m, keys, queue, scale, o))
        return NULL;
    const bool grad = mg_wants_grad(t, a->needs_grad | scale->needs_grad);
    mg_tensor *y = mg_output(t, op.name, 1, 1);
    contrast_saved *s = y && grad ? mg_tape_alloc(t, sizeof *s) : NULL;
    if (s)
        *s = (contrast_saved){mg_step_floats(t, op.name, mg_tensor_count(a)),
                              mg_step_floats(t, op.name, 1)};
    if (t->failed) return NULL;
    const mg_k_contrast k = {.n = a->rows,
                             .n_queue = queue ? queue->rows : 0,
                             .d = a->cols,
                             .a = a->data,
                             .m = m->data,
                             .keys = keys->data,
                             .queue = queue ? queue->data : NULL,
                             .groups = o->groups,
                             .scale = scale->data,
                             .log_scale = o->log_scale,
                             .soft = o->soft,
                             .loss = y->data,
                             .da = s ? s->da : NULL,
                             .dscale = s ? s->dscale : NULL};
    if (!MG_RUN(t, op.name, contrast, &k)) return NULL;
    if (grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = a;
        r->in[1] = scale;
        r->saved = s;
    }
    return y;
}

/* ---- late interaction: in = {a, a_logits, b, b_logits} ---- */

static void late_back(mg_tape *t, const mg_record *r) {
    mg_k_late_back k = {.f = *(const mg_k_late *)r->saved, .dy = r->out->grad};
    if (k.f.rows_a == 0 || k.f.rows_b == 0) {
        for (int i = 0; i < 4; i++) mg_grad_sum(t, r->in[i]);
        return;
    }
    k.da = mg_grad_first(t, r->in[0], &k.acc_a);
    k.da_logits = mg_grad_first(t, r->in[1], &k.acc_a_logits);
    k.db = mg_grad_first(t, r->in[2], &k.acc_b);
    k.db_logits = mg_grad_first(t, r->in[3], &k.acc_b_logits);
    if (!t->failed) MG_RUN(t, "late_interaction", late_back, &k);
}

static bool late_fits(mg_tape *t, const char *op, const mg_tensor *a, const mg_tensor *a_logits,
                      const mg_tensor *b, const mg_tensor *b_logits) {
    if (!mg_all_f32(t, op, a->dtype | a_logits->dtype | b->dtype | b_logits->dtype)) return false;
    if (a->cols == b->cols && a != b && a_logits != b_logits && a_logits->rows == a->rows &&
        a_logits->cols == 1 && b_logits->rows == b->rows && b_logits->cols == 1 && a != a_logits &&
        b != b_logits && a != b_logits && b != a_logits)
        return true;
    mg_fail_shapes(t, op, "a", a, "b", b,
                   "as many columns, a column of logits with a row each, four tensors");
    return false;
}

/* Room for what backward needs. */
static bool late_room(mg_tape *t, const char *op, mg_k_late *k) {
    k->a_weight = mg_step_floats(t, op, k->rows_a + 1);
    k->b_weight = mg_step_floats(t, op, k->rows_b + 1);
    k->a_top = mg_step_floats(t, op, k->rows_a * k->n_b + 1);
    k->b_top = mg_step_floats(t, op, k->rows_b * k->n_a + 1);
    k->a_arg = mg_tape_alloc(t, (size_t)(k->rows_a * k->n_b + 1) * sizeof *k->a_arg);
    k->b_arg = mg_tape_alloc(t, (size_t)(k->rows_b * k->n_a + 1) * sizeof *k->b_arg);
    return !t->failed;
}

mg_tensor *mg_late_interaction(mg_tape *t, mg_tensor *a, mg_tensor *a_logits, mg_seqs a_seqs,
                               const int32_t *a_real, mg_tensor *b, mg_tensor *b_logits,
                               mg_seqs b_seqs, const int32_t *b_real) {
    static const mg_op op = {"late_interaction", late_back};
    if (!mg_ready(t, op.name, a && a_logits && b && b_logits) ||
        !late_fits(t, op.name, a, a_logits, b, b_logits) ||
        !seqs_fit(t, op.name, a_seqs, a, a_real, INT32_MAX) ||
        !seqs_fit(t, op.name, b_seqs, b, b_real, INT32_MAX))
        return NULL;
    mg_tensor *y = mg_output(t, op.name, a_seqs.n, b_seqs.n);
    mg_k_late *k = y ? mg_tape_alloc(t, sizeof *k) : NULL;
    if (!k) return NULL;
    *k = (mg_k_late){.n_a = a_seqs.n,
                     .n_b = b_seqs.n,
                     .rows_a = a->rows,
                     .rows_b = b->rows,
                     .d = a->cols,
                     .a_offsets = a_seqs.offsets,
                     .b_offsets = b_seqs.offsets,
                     .a_real = a_real,
                     .b_real = b_real,
                     .a = a->data,
                     .b = b->data,
                     .a_logits = a_logits->data,
                     .b_logits = b_logits->data,
                     .y = y->data};
    if (!late_room(t, op.name, k)) return NULL;
    if (mg_tensor_count(y) > 0 &&
        !(a->rows > 0 && b->rows > 0 ? MG_RUN(t, op.name, late, k)
                                     : MG_RUN(t, op.name, zero, mg_tensor_count(y), k->y)))
        return NULL;
    if (mg_wants_grad(t, a->needs_grad | a_logits->needs_grad | b->needs_grad |
                             b_logits->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = a;
        r->in[1] = a_logits;
        r->in[2] = b;
        r->in[3] = b_logits;
        r->saved = k;
    }
    return y;
}
