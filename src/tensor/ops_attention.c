/* ops_attention.c - multi-head attention over packed sequences: on itself, qkv[n,3d] = (q|k|v) -> y[n,d]; on other rows,
 * q[n,d] and kv[m,2d] = (k|v) -> y[n,d]; and on a cache of earlier rows, for generation. Called by nn.
 *
 * All three fill one kernel's description, mg_k_attention, which says where queries, keys and values lie. Nothing of size
 * queries x keys is kept: one log-sum-exp per head and row is enough for backward to compute the probabilities again, and the
 * dropout mask is a function of its key. */
#include "tensor/internal.h"

/* ---- checks and the kernel's call, for all three ---- */

/* `parts`: 3 for qkv, 2 for kv, 1 for q. */
static bool columns_fit(mg_tape *t, const char *op, const char *name, const mg_tensor *x, int parts, int heads) {
    if (heads >= 1 && x->cols > 0 && x->cols % (parts * (int64_t)heads) == 0) return true;
    mg_tape_fail(t, "%s: %s is [%lld,%lld]: its columns must be %d x %d heads x a width", op, name, (long long)x->rows,
                 (long long)x->cols, parts, heads);
    return false;
}

static bool dropout_fits(mg_tape *t, const char *op, float p) {
    if (p >= 0.0f && p < 1.0f) return true;
    mg_tape_fail(t, "%s: dropout p = %g is outside [0, 1)", op, (double)p);
    return false;
}

static bool sequences_fit(mg_tape *t, const char *op, const char *name, const mg_tensor *x, const mg_seqs *s) {
    if (!s->offsets || s->n < 0 || s->offsets[0] != 0 || s->offsets[s->n] != x->rows) {
        mg_tape_fail(t, "%s: the offsets of %lld sequences must run from 0 to the %lld rows of %s", op, (long long)s->n,
                     (long long)x->rows, name);
        return false;
    }
    for (int64_t i = 0; i < s->n; i++) {
        if (s->offsets[i + 1] >= s->offsets[i]) continue;
        mg_tape_fail(t, "%s: sequence %lld of %s: offsets fall from %d to %d", op, (long long)i, name, s->offsets[i],
                     s->offsets[i + 1]);
        return false;
    }
    return true;
}

/* y = the attention that `given` describes but for y, lse, dropout and precision. *k, in the step arena, is for backward. */
static mg_tensor *attend(mg_tape *t, const char *op, const mg_k_attention *given, float p, bool grad, mg_k_attention **kept) {
    mg_tensor *y = mg_output(t, op, given->n, given->d);
    mg_k_attention *k = y ? mg_tape_alloc(t, sizeof *k) : NULL;
    float *lse = k && grad ? mg_step_floats(t, op, given->heads * given->n) : NULL;
    if (t->failed) return NULL;
    *k = *given;
    k->y = y->data;
    k->lse = lse;
    k->p = t->training ? p : 0.0f;
    k->key = k->p > 0.0f ? mg_next_key(t) : 0;
    k->precision = t->precision;
    *kept = k;
    if (k->n > 0 && k->n_kv > 0) return MG_RUN(t, op, attention, k) ? y : NULL;
    return k->n == 0 || MG_RUN(t, op, zero, mg_tensor_count(y), k->y) ? y : NULL;       /* no key at all */
}

/* ---- self-attention ---- */

static void attention_back(mg_tape *t, const mg_record *r) {
    mg_k_attention_back k = {.f = *(const mg_k_attention *)r->saved, .dy = r->out->grad};
    k.dq = mg_grad_first(t, r->in[0], &k.acc_q);
    if (!k.dq) return;
    k.dk = k.dq + k.f.d;
    k.dv = k.dk + k.f.d;
    k.acc_kv = k.acc_q;
    MG_RUN(t, "attention", attention_back, &k);
}

mg_tensor *mg_attention(mg_tape *t, mg_tensor *qkv, mg_seqs seqs, int heads, float p, bool causal) {
    static const mg_op op = {"attention", attention_back};
    if (!mg_ready(t, op.name, qkv != NULL) || !mg_all_f32(t, op.name, qkv->dtype)) return NULL;
    if (!columns_fit(t, op.name, "qkv", qkv, 3, heads) || !dropout_fits(t, op.name, p)) return NULL;
    if (!sequences_fit(t, op.name, "qkv", qkv, &seqs)) return NULL;
    const bool grad = mg_wants_grad(t, qkv->needs_grad);
    const int64_t d = qkv->cols / 3;
    const float *x = qkv->data;
    const mg_k_attention given = {.n_seq = seqs.n, .n = qkv->rows, .n_kv = qkv->rows, .d = d, .heads = heads,
                                  .q_offsets = seqs.offsets, .kv_from = seqs.offsets, .kv_to = seqs.offsets + 1,
                                  .q = x, .k = x + d, .v = x + 2 * d, .q_stride = 3 * d, .kv_stride = 3 * d, .causal = causal};
    mg_k_attention *k = NULL;
    mg_tensor *y = attend(t, op.name, &given, p, grad, &k);
    if (y && grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = qkv;
        r->saved = k;
    }
    return y;
}

/* ---- cross-attention: in = {q, kv} ---- */

static void cross_attention_back(mg_tape *t, const mg_record *r) {
    mg_k_attention_back k = {.f = *(const mg_k_attention *)r->saved, .dy = r->out->grad};
    if (k.f.n_kv == 0) {                               /* y is zeros whatever q is */
        mg_grad_sum(t, r->in[0]);
        return;
    }
    k.dq = mg_grad_first(t, r->in[0], &k.acc_q);
    k.dk = mg_grad_first(t, r->in[1], &k.acc_kv);
    k.dv = k.dk ? k.dk + k.f.d : NULL;
    if (!t->failed && (k.dq || k.dk)) MG_RUN(t, "cross_attention", attention_back, &k);
}

static bool cross_attention_fits(mg_tape *t, const char *op, const mg_tensor *q, const mg_tensor *kv, const mg_seqs *q_seqs,
                                 const mg_seqs *kv_seqs, int heads, float p) {
    if (!mg_all_f32(t, op, q->dtype | kv->dtype) || !columns_fit(t, op, "q", q, 1, heads) || !dropout_fits(t, op, p)) return false;
    if (kv->cols != 2 * q->cols) {
        mg_fail_shapes(t, op, "q", q, "kv", kv, "kv must have twice the columns of q");
        return false;
    }
    if (q_seqs->n != kv_seqs->n) {
        mg_tape_fail(t, "%s: %lld sequences of q, but %lld of kv", op, (long long)q_seqs->n, (long long)kv_seqs->n);
        return false;
    }
    return sequences_fit(t, op, "q", q, q_seqs) && sequences_fit(t, op, "kv", kv, kv_seqs);
}

mg_tensor *mg_cross_attention(mg_tape *t, mg_tensor *q, mg_tensor *kv, mg_seqs q_seqs, mg_seqs kv_seqs, int heads, float p) {
    static const mg_op op = {"cross_attention", cross_attention_back};
    if (!mg_ready(t, op.name, q && kv) || !cross_attention_fits(t, op.name, q, kv, &q_seqs, &kv_seqs, heads, p)) return NULL;
    const bool grad = mg_wants_grad(t, q->needs_grad | kv->needs_grad);
    const int64_t d = q->cols;
    const float *x = kv->data;
    const mg_k_attention given = {.n_seq = q_seqs.n, .n = q->rows, .n_kv = kv->rows, .d = d, .heads = heads,
                                  .q_offsets = q_seqs.offsets, .kv_from = kv_seqs.offsets, .kv_to = kv_seqs.offsets + 1,
                                  .q = q->data, .k = x, .v = x + d, .q_stride = d, .kv_stride = 2 * d};
    mg_k_attention *k = NULL;
    mg_tensor *y = attend(t, op.name, &given, p, grad, &k);
    if (y && grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = q;
        r->in[1] = kv;
        r->saved = k;
    }
    return y;
}

/* ---- attention on a cache ---- */

/* The host's index arrays of one call, in the step arena. */
typedef struct cache_rows {
    int32_t *each;         /* [n+1] 0 1 2 ..: a gather of single rows */
    int32_t *written;      /* [n] where row i of qkv goes */
    int32_t *filled;       /* [n_seq] behind the last row of each sequence, the new ones included */
} cache_rows;

/* Ranges ascend: so no two sequences own one row, and rows are written in ascending order, as the gather kernel wants them. */
static bool cache_fits(mg_tape *t, const char *op, const mg_tensor *cache, const mg_seqs *s, const int32_t *from,
                       const int32_t *count, int32_t room) {
    int64_t free_row = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const int32_t added = s->offsets[i + 1] - s->offsets[i];
        if (from[i] < free_row || from[i] + (int64_t)room > cache->rows) {
            mg_tape_fail(t, "%s: sequence %lld: %d rows from row %d of the cache do not lie between row %lld and its end, %lld", op,
                         (long long)i, room, from[i], (long long)free_row, (long long)cache->rows);
            return false;
        }
        if (count[i] < 0 || count[i] + (int64_t)added > room) {
            mg_tape_fail(t, "%s: sequence %lld: %d rows and %d new ones do not fit its room of %d", op, (long long)i, count[i],
                         added, room);
            return false;
        }
        free_row = from[i] + (int64_t)room;
    }
    return true;
}

static bool cached_attention_fits(mg_tape *t, const char *op, const mg_tensor *qkv, const mg_seqs *s, const mg_tensor *cache,
                                  const int32_t *from, const int32_t *count, int32_t room, int heads) {
    if (!mg_all_f32(t, op, qkv->dtype | cache->dtype) || !columns_fit(t, op, "qkv", qkv, 3, heads)) return false;
    if (cache->cols != qkv->cols) {
        mg_fail_shapes(t, op, "qkv", qkv, "cache", cache, "columns must be equal");
        return false;
    }
    if (mg_wants_grad(t, qkv->needs_grad | cache->needs_grad)) {
        mg_tape_fail(t, "%s: has no gradient: for generation only, with recording off", op);
        return false;
    }
    return sequences_fit(t, op, "qkv", qkv, s) && cache_fits(t, op, cache, s, from, count, room);
}

static bool cache_rows_make(mg_tape *t, const mg_seqs *s, const int32_t *from, const int32_t *count, cache_rows *c) {
    const int64_t n = s->offsets[s->n];
    *c = (cache_rows){.each = mg_tape_alloc(t, (size_t)(n + 1) * sizeof(int32_t)),
                      .written = mg_tape_alloc(t, (size_t)(n + 1) * sizeof(int32_t)),
                      .filled = mg_tape_alloc(t, (size_t)(s->n + 1) * sizeof(int32_t))};
    if (!c->each || !c->written || !c->filled) return false;
    for (int64_t i = 0; i <= n; i++) c->each[i] = (int32_t)i;
    for (int64_t i = 0; i < s->n; i++) {
        int32_t at = from[i] + count[i];
        for (int32_t row = s->offsets[i]; row < s->offsets[i + 1]; row++) c->written[row] = at++;
        c->filled[i] = at;
    }
    return true;
}

mg_tensor *mg_cached_attention(mg_tape *t, mg_tensor *qkv, mg_seqs seqs, mg_tensor *cache, const int32_t *from, const int32_t *count,
                               int32_t room, int heads) {
    static const char *const op = "cached_attention";
    cache_rows c;
    if (!mg_ready(t, op, qkv && cache && from && count)) return NULL;
    if (!cached_attention_fits(t, op, qkv, &seqs, cache, from, count, room, heads)) return NULL;
    if (!cache_rows_make(t, &seqs, from, count, &c)) return NULL;
    const int64_t n = qkv->rows, d = qkv->cols / 3;
    const mg_k_gather write = {.n = n, .cols = 3 * d, .offsets = c.each, .out_rows = c.written, .src = qkv->data,
                               .src_dtype = MG_F32, .dst = cache->data};
    if (n > 0 && !MG_RUN(t, op, gather, &write)) return NULL;
    const float *rows = cache->data;
    const mg_k_attention given = {.n_seq = seqs.n, .n = n, .n_kv = cache->rows, .d = d, .heads = heads, .q_offsets = seqs.offsets,
                                  .kv_from = from, .kv_to = c.filled, .q = qkv->data, .k = rows + d, .v = rows + 2 * d,
                                  .q_stride = 3 * d, .kv_stride = 3 * d, .causal = true};
    mg_k_attention *k = NULL;
    return attend(t, op, &given, 0.0f, false, &k);
}
