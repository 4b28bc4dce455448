/* ops_attention.c - multi-head self-attention over packed sequences: qkv[n,3d] = (q|k|v) -> y[n,d].
 *
 * Nothing of size length x length is kept: one log-sum-exp per head and row is enough for backward to compute the
 * probabilities again, and the dropout mask is a function of its key. */
#include "tensor/internal.h"

static bool attention_fits(mg_tape *t, const mg_tensor *qkv, const mg_seqs *s, int heads, float p) {
    if (!mg_all_f32(t, "attention", qkv->dtype)) return false;
    if (heads < 1 || qkv->cols % (3 * (int64_t)heads) != 0) {
        mg_tape_fail(t, "attention: qkv is [%lld,%lld]: its columns must be 3 x %d heads x a width", (long long)qkv->rows,
                     (long long)qkv->cols, heads);
        return false;
    }
    if (!(p >= 0.0f && p < 1.0f)) {
        mg_tape_fail(t, "attention: dropout p = %g is outside [0, 1)", (double)p);
        return false;
    }
    if (!s->offsets || s->n < 0 || s->offsets[0] != 0 || s->offsets[s->n] != qkv->rows) {
        mg_tape_fail(t, "attention: the offsets of %lld sequences must run from 0 to the %lld rows of qkv", (long long)s->n,
                     (long long)qkv->rows);
        return false;
    }
    for (int64_t i = 0; i < s->n; i++) {
        if (s->offsets[i + 1] >= s->offsets[i]) continue;
        mg_tape_fail(t, "attention: sequence %lld: offsets fall from %d to %d", (long long)i, s->offsets[i], s->offsets[i + 1]);
        return false;
    }
    return true;
}

static void attention_back(mg_tape *t, const mg_record *r) {
    mg_k_attention_back k = {.f = *(const mg_k_attention *)r->saved, .dy = r->out->grad};
    k.dqkv = mg_grad_first(t, r->in[0], &k.acc);
    if (k.dqkv) mg_kernel_ok(t, "attention", t->be->attention_back(t->be, &k));
}

mg_tensor *mg_attention(mg_tape *t, mg_tensor *qkv, mg_seqs seqs, int heads, float p) {
    static const mg_op op = {"attention", attention_back};
    if (!mg_ready(t, op.name, qkv != NULL) || !attention_fits(t, qkv, &seqs, heads, p)) return NULL;
    bool grad = mg_wants_grad(t, qkv->needs_grad);
    float drop = t->training ? p : 0.0f;
    uint64_t key = drop > 0.0f ? mg_next_key(t) : 0;
    mg_tensor *y = mg_output(t, op.name, qkv->rows, qkv->cols / 3);
    mg_k_attention *k = y ? mg_tape_alloc(t, sizeof *k) : NULL;
    float *lse = k && grad ? mg_step_floats(t, op.name, heads * qkv->rows) : NULL;
    if (t->failed) return NULL;
    *k = (mg_k_attention){.n_seq = seqs.n, .n = qkv->rows, .d = y->cols, .heads = heads, .offsets = seqs.offsets,
                          .qkv = qkv->data, .y = y->data, .lse = lse, .p = drop, .key = key, .precision = t->precision};
    if (qkv->rows > 0 && !mg_kernel_ok(t, op.name, t->be->attention(t->be, k))) return NULL;
    if (grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = qkv;
        r->saved = k;
    }
    return y;
}
