/* attention.c - multi-head attention over packed sequences.
 *
 *   mg_attention         to itself: qkv[n,3d] = (q|k|v) -> y[n,d]
 *   mg_cross_attention   to other rows: q[n,d], kv[m,2d] = (k|v) -> y[n,d]
 *   mg_attend            the same with bias, another scale, and rows that nobody sees
 *   mg_shared_attention  for generation, no gradient: several sequences read the same rows
 *   mg_cached_attention  for generation, no gradient: to a cache of earlier rows
 *
 * All of them fill one description, mg_k_attention, which says where queries, keys and values lie.
 * Nothing of size queries x keys is kept. One log-sum-exp a head and row is enough for backward to
 * compute the probabilities again; the dropout mask is a function of its key.
 */
#include "tensor/inside.h"

/* ---- checks and the kernel's call, for all of them ---- */

/* `parts`: 3 for qkv, 2 for kv, 1 for q. */
static bool columns_fit(mg_tape *t, const char *op, const char *name, const mg_tensor *x, int parts,
                        int heads) {
    if (heads >= 1 && x->cols > 0 && x->cols % (parts * (int64_t)heads) == 0) return true;
    mg_tape_fail(t, "%s: %s is [%lld,%lld]: its columns must be %d x %d heads x a width", op, name,
                 (long long)x->rows, (long long)x->cols, parts, heads);
    return false;
}

static bool dropout_fits(mg_tape *t, const char *op, float p) {
    if (p >= 0.0f && p < 1.0f) return true;
    mg_tape_fail(t, "%s: dropout p = %g is outside [0, 1)", op, (double)p);
    return false;
}

static bool sequences_fit(mg_tape *t, const char *op, const char *name, const mg_tensor *x,
                          const mg_seqs *s) {
    if (!s->offsets || s->n < 0 || s->offsets[0] != 0 || s->offsets[s->n] != x->rows) {
        mg_tape_fail(t, "%s: the offsets of %lld sequences must run from 0 to the %lld rows of %s",
                     op, (long long)s->n, (long long)x->rows, name);
        return false;
    }
    for (int64_t i = 0; i < s->n; i++) {
        if (s->offsets[i + 1] >= s->offsets[i]) continue;
        mg_tape_fail(t, "%s: sequence %lld of %s: offsets fall from %d to %d", op, (long long)i,
                     name, s->offsets[i], s->offsets[i + 1]);
        return false;
    }
    return true;
}

/* y = the attention that `given` describes but for y, lse, dropout and precision. *k, in the step
 * arena, is for backward. */
static mg_tensor *attend(mg_tape *t, const char *op, const mg_k_attention *given, float p,
                         bool grad, mg_k_attention **kept) {
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
    /* no key at all */
    return k->n == 0 || MG_RUN(t, op, zero, mg_tensor_count(y), k->y) ? y : NULL;
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
    const mg_k_attention given = {.n_seq = seqs.n,
                                  .n = qkv->rows,
                                  .n_kv = qkv->rows,
                                  .d = d,
                                  .heads = heads,
                                  .q_offsets = seqs.offsets,
                                  .kv_from = seqs.offsets,
                                  .kv_to = seqs.offsets + 1,
                                  .q = x,
                                  .k = x + d,
                                  .v = x + 2 * d,
                                  .q_stride = 3 * d,
                                  .kv_stride = 3 * d,
                                  .kv_head = d / heads,
                                  .causal = causal};
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
    if (k.f.n_kv == 0) { /* y is zeros whatever q is */
        mg_grad_sum(t, r->in[0]);
        return;
    }
    k.dq = mg_grad_first(t, r->in[0], &k.acc_q);
    k.dk = mg_grad_first(t, r->in[1], &k.acc_kv);
    k.dv = k.dk ? k.dk + k.f.d : NULL;
    if (!t->failed && (k.dq || k.dk)) MG_RUN(t, "cross_attention", attention_back, &k);
}

static bool cross_attention_fits(mg_tape *t, const char *op, const mg_tensor *q,
                                 const mg_tensor *kv, const mg_seqs *q_seqs, const mg_seqs *kv_seqs,
                                 int heads, float p) {
    if (!mg_all_f32(t, op, q->dtype | kv->dtype) || !columns_fit(t, op, "q", q, 1, heads) ||
        !dropout_fits(t, op, p))
        return false;
    if (kv->cols != 2 * q->cols) {
        mg_fail_shapes(t, op, "q", q, "kv", kv, "kv must have twice the columns of q");
        return false;
    }
    if (q_seqs->n != kv_seqs->n) {
        mg_tape_fail(t, "%s: %lld sequences of q, but %lld of kv", op, (long long)q_seqs->n,
                     (long long)kv_seqs->n);
        return false;
    }
    return sequences_fit(t, op, "q", q, q_seqs) && sequences_fit(t, op, "kv", kv, kv_seqs);
}

mg_tensor *mg_cross_attention(mg_tape *t, mg_tensor *q, mg_tensor *kv, mg_seqs q_seqs,
                              mg_seqs kv_seqs, int heads, float p) {
    static const mg_op op = {"cross_attention", cross_attention_back};
    if (!mg_ready(t, op.name, q && kv) ||
        !cross_attention_fits(t, op.name, q, kv, &q_seqs, &kv_seqs, heads, p))
        return NULL;
    const bool grad = mg_wants_grad(t, q->needs_grad | kv->needs_grad);
    const int64_t d = q->cols;
    const float *x = kv->data;
    const mg_k_attention given = {.n_seq = q_seqs.n,
                                  .n = q->rows,
                                  .n_kv = kv->rows,
                                  .d = d,
                                  .heads = heads,
                                  .q_offsets = q_seqs.offsets,
                                  .kv_from = kv_seqs.offsets,
                                  .kv_to = kv_seqs.offsets + 1,
                                  .q = q->data,
                                  .k = x,
                                  .v = x + d,
                                  .q_stride = d,
                                  .kv_stride = 2 * d,
                                  .kv_head = d / heads};
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

/* ---- attention with bias: in = {q, k, v, bias or NULL} ---- */

static void attend_back(mg_tape *t, const mg_record *r) {
    mg_k_attention_back k = {.f = *(const mg_k_attention *)r->saved, .dy = r->out->grad};
    if (k.f.n_kv == 0) {
        mg_grad_sum(t, r->in[0]);
        return;
    }
    k.dq = mg_grad_first(t, r->in[0], &k.acc_q);
    k.dk = mg_grad_sum(t, r->in[1]); /* rows in no range have none */
    k.dv = mg_grad_sum(t, r->in[2]);
    k.acc_kv = 1;
    k.dbias = mg_grad_sum(t, r->in[3]);
    if (!t->failed && (k.dq || k.dk || k.dbias)) MG_RUN(t, "attend", attention_back, &k);
}

static bool ranges_fit(mg_tape *t, const mg_attend_args *a, bool grad) {
    int32_t end = 0;
    for (int64_t s = 0; s < a->q_seqs.n; s++) {
        const int32_t from = a->kv_from[s], to = a->kv_to[s];
        if (from < 0 || to < from || to > a->k->rows || (grad && from < end)) {
            mg_tape_fail(t, "attend: sequence %lld: keys %d to %d of %lld do not ascend",
                         (long long)s, from, to, (long long)a->k->rows);
            return false;
        }
        end = to;
    }
    return true;
}

static bool attend_fits(mg_tape *t, const mg_attend_args *a, bool grad) {
    static const char *const op = "attend";
    const mg_tensor *q = a->q, *k = a->k, *v = a->v, *bias = a->bias;
    if (!mg_all_f32(t, op, q->dtype | k->dtype | v->dtype | (bias ? bias->dtype : 0)) ||
        !columns_fit(t, op, "q", q, 1, a->heads) || !dropout_fits(t, op, a->p))
        return false;
    if (k->cols != q->cols || v->cols != q->cols || v->rows != k->rows) {
        mg_fail_shapes(t, op, "k", k, "v", v, "both must be [rows, columns of q]");
        return false;
    }
    if (grad && (q == k || q == v || k == v || k->needs_grad != v->needs_grad)) {
        mg_tape_fail(t, "attend: q, k and v must be three tensors; k and v learn together");
        return false;
    }
    if (bias && (bias->cols != a->heads || bias->rows % 2 == 0 || bias->rows > 1 << 20)) {
        mg_tape_fail(t, "attend: bias is [%lld,%lld]: it must be [2 reach + 1, %d heads]",
                     (long long)bias->rows, (long long)bias->cols, a->heads);
        return false;
    }
    return sequences_fit(t, op, "q", q, &a->q_seqs) && ranges_fit(t, a, grad);
}

mg_tensor *mg_attend(mg_tape *t, const mg_attend_args *a) {
    static const mg_op op = {"attend", attend_back};
    if (!mg_ready(t, op.name, a->q && a->k && a->v)) return NULL;
    const bool grad = mg_wants_grad(t, a->q->needs_grad | a->k->needs_grad | a->v->needs_grad |
                                           mg_needs_grad(a->bias));
    if (!attend_fits(t, a, grad)) return NULL;
    const int64_t d = a->q->cols;
    const mg_k_attention given = {.n_seq = a->q_seqs.n,
                                  .n = a->q->rows,
                                  .n_kv = a->k->rows,
                                  .d = d,
                                  .heads = a->heads,
                                  .q_offsets = a->q_seqs.offsets,
                                  .kv_from = a->kv_from,
                                  .kv_to = a->kv_to,
                                  .q = a->q->data,
                                  .k = a->k->data,
                                  .v = a->v->data,
                                  .q_stride = d,
                                  .kv_stride = d,
                                  .kv_head = d / a->heads,
                                  .causal = a->causal,
                                  .scale = a->scale,
                                  .bias = a->bias ? a->bias->data : NULL,
                                  .reach = a->bias ? (int32_t)(a->bias->rows / 2) : 0};
    mg_k_attention *k = NULL;
    mg_tensor *y = attend(t, op.name, &given, a->p, grad, &k);
    if (y && grad) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = a->q;
        r->in[1] = a->k;
        r->in[2] = a->v;
        r->in[3] = a->bias;
        r->saved = k;
    }
    return y;
}

/* ---- generation: keys and values apart by head ----
 *
 * A query of one row reads every key and value once, so they should lie as they are read: head h of
 * a block of M rows is M keys of w = d / heads floats, then M values; block = [heads][2][M][w]. */

static bool no_gradient(mg_tape *t, const char *op, unsigned needed) {
    if (!mg_wants_grad(t, needed)) return true;
    mg_tape_fail(t, "%s: has no gradient: for generation only, with recording off", op);
    return false;
}

/* 0 1 2 .. n: a gather of single rows. */
static int32_t *one_each(mg_tape *t, int64_t n) {
    int32_t *each = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *each);
    for (int64_t i = 0; each && i <= n; i++) each[i] = (int32_t)i;
    return each;
}

bool mg_put_rows(mg_tape *t, mg_tensor *to, const int32_t *rows, mg_tensor *x, const int32_t *ids,
                 int64_t n) {
    static const char *const op = "put_rows";
    if (!mg_ready(t, op, to && x && rows && to != x) || !mg_all_f32(t, op, to->dtype | x->dtype) ||
        !no_gradient(t, op, to->needs_grad | x->needs_grad))
        return false;
    if (to->cols != x->cols) {
        mg_fail_shapes(t, op, "to", to, "x", x, "their columns must be equal");
        return false;
    }
    for (int64_t i = 0; i < n; i++) {
        const int64_t from = ids ? ids[i] : i;
        if (from >= 0 && from < x->rows && rows[i] < to->rows && rows[i] > (i ? rows[i - 1] : -1))
            continue;
        mg_tape_fail(t, "put_rows: row %lld of %lld to row %d of %lld: out of range or order",
                     (long long)from, (long long)x->rows, rows[i], (long long)to->rows);
        return false;
    }
    const mg_k_gather put = {.n = n,
                             .cols = x->cols,
                             .offsets = one_each(t, n),
                             .ids = ids,
                             .out_rows = rows,
                             .src = x->data,
                             .src_dtype = MG_F32,
                             .dst = to->data};
    return put.offsets && (n == 0 || MG_RUN(t, op, gather, &put));
}

mg_tensor *mg_heads_apart(mg_tape *t, mg_tensor *kv, int heads) {
    static const char *const op = "heads_apart";
    if (!mg_ready(t, op, kv != NULL) || !mg_all_f32(t, op, kv->dtype) ||
        !columns_fit(t, op, "kv", kv, 2, heads))
        return NULL;
    if (!no_gradient(t, op, kv->needs_grad)) return NULL;
    const int64_t m = kv->rows, parts = 2 * (int64_t)heads, w = kv->cols / parts;
    mg_tensor *y = mg_output(t, op, parts * m, w);
    int32_t *ids = mg_tape_alloc(t, (size_t)(parts * m + 1) * sizeof *ids),
            *each = one_each(t, parts * m);
    if (!y || !ids || !each) return NULL;
    for (int64_t h = 0, at = 0; h < heads; h++)
        for (int64_t part = 0; part < 2; part++)
            for (int64_t j = 0; j < m; j++) ids[at++] = (int32_t)(j * parts + part * heads + h);
    const mg_k_gather read = {.n = parts * m,
                              .cols = w,
                              .offsets = each,
                              .ids = ids,
                              .src = kv->data,
                              .src_dtype = MG_F32,
                              .dst = y->data};
    return m == 0 || MG_RUN(t, op, gather, &read) ? y : NULL;
}

/* Where the keys of each sequence of q begin and end, in the step arena; false when `source` names
 * no sequence of kv. */
static bool shared_ranges(mg_tape *t, const char *op, const mg_seqs *q, const mg_seqs *kv,
                          const int32_t *source, int32_t **from, int32_t **to) {
    *from = mg_tape_alloc(t, (size_t)(q->n + 1) * sizeof **from);
    *to = mg_tape_alloc(t, (size_t)(q->n + 1) * sizeof **to);
    if (!*from || !*to) return false;
    for (int64_t s = 0; s < q->n; s++) {
        const int64_t read = source ? source[s] : s;
        if (read < 0 || read >= kv->n) {
            mg_tape_fail(t, "%s: sequence %lld of q reads sequence %lld of %lld of kv", op,
                         (long long)s, (long long)read, (long long)kv->n);
            return false;
        }
        (*from)[s] = kv->offsets[read];
        (*to)[s] = kv->offsets[read + 1];
    }
    return true;
}

mg_tensor *mg_shared_attention(mg_tape *t, mg_tensor *q, mg_tensor *apart, mg_seqs q_seqs,
                               mg_seqs kv_seqs, const int32_t *source, int heads) {
    static const char *const op = "shared_attention";
    int32_t *from, *to;
    if (!mg_ready(t, op, q && apart) || !mg_all_f32(t, op, q->dtype | apart->dtype) ||
        !columns_fit(t, op, "q", q, 1, heads))
        return NULL;
    const int64_t d = q->cols, w = d / heads, m = apart->rows / (2 * heads);
    if (apart->cols != w || apart->rows != 2 * heads * m) {
        mg_fail_shapes(t, op, "q", q, "keys and values", apart,
                       "they must be those of mg_heads_apart, with as many heads");
        return NULL;
    }
    const mg_tensor kv = {.rows = m, .cols = 2 * d};
    if (!no_gradient(t, op, q->needs_grad | apart->needs_grad) ||
        !sequences_fit(t, op, "q", q, &q_seqs))
        return NULL;
    if (!sequences_fit(t, op, "kv", &kv, &kv_seqs) ||
        !shared_ranges(t, op, &q_seqs, &kv_seqs, source, &from, &to))
        return NULL;
    const float *x = apart->data;
    const mg_k_attention given = {.n_seq = q_seqs.n,
                                  .n = q->rows,
                                  .n_kv = m,
                                  .d = d,
                                  .heads = heads,
                                  .q_offsets = q_seqs.offsets,
                                  .kv_from = from,
                                  .kv_to = to,
                                  .q = q->data,
                                  .k = x,
                                  .v = x + m * w,
                                  .q_stride = d,
                                  .kv_stride = w,
                                  .kv_head = 2 * m * w};
    mg_k_attention *k = NULL;
    return attend(t, op, &given, 0.0f, false, &k);
}

/* ---- attention on a cache: a block of `room` rows for each sequence ---- */

/* The host's index arrays of one call, in the step arena. Rows are those of one head, w floats: a
 * row of qkv has 3 heads of them, one of the cache 2 heads. */
typedef struct cache_rows {
    int32_t *each;           /* [n+1] 0 1 2 ..: a gather of single rows */
    int32_t *read, *written; /* [n] row of qkv, and row of the cache that it goes to */
    /* [n_seq] keys of the first head of each sequence, the new ones included */
    int32_t *first, *behind;
    int64_t n;
} cache_rows;

/* Ranges ascend: so no two sequences own one row, and rows are written in ascending order, as the
 * gather kernel wants them. */
static bool cache_fits(mg_tape *t, const char *op, const mg_tensor *cache, const mg_seqs *s,
                       const int32_t *from, const int32_t *count, int32_t room) {
    int64_t free_row = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const int32_t added = s->offsets[i + 1] - s->offsets[i];
        if (from[i] < free_row || from[i] + (int64_t)room > cache->rows) {
            mg_tape_fail(t,
                         "%s: sequence %lld: %d rows from row %d of the cache do not lie between "
                         "row %lld and its end, %lld",
                         op, (long long)i, room, from[i], (long long)free_row,
                         (long long)cache->rows);
            return false;
        }
        if (count[i] < 0 || count[i] + (int64_t)added > room) {
            mg_tape_fail(t, "%s: sequence %lld: %d rows and %d new ones do not fit its room of %d",
                         op, (long long)i, count[i], added, room);
            return false;
        }
        free_row = from[i] + (int64_t)room;
    }
    return true;
}

static bool cached_attention_fits(mg_tape *t, const char *op, const mg_tensor *qkv,
                                  const mg_seqs *s, const mg_tensor *cache, const int32_t *from,
                                  const int32_t *count, int32_t room, int heads) {
    if (!mg_all_f32(t, op, qkv->dtype | cache->dtype) || !columns_fit(t, op, "qkv", qkv, 3, heads))
        return false;
    if (3 * cache->cols != 2 * qkv->cols) {
        mg_fail_shapes(t, op, "qkv", qkv, "cache", cache,
                       "the cache must have two thirds of the columns");
        return false;
    }
    if (cache->rows > INT32_MAX / (2 * heads)) {
        mg_tape_fail(t, "%s: a cache of %lld rows and %d heads is too large", op,
                     (long long)cache->rows, heads);
        return false;
    }
    return no_gradient(t, op, qkv->needs_grad | cache->needs_grad) &&
           sequences_fit(t, op, "qkv", qkv, s) && cache_fits(t, op, cache, s, from, count, room);
}

static bool cache_rows_make(mg_tape *t, const mg_seqs *s, const int32_t *from, const int32_t *count,
                            int32_t room, int heads, cache_rows *c) {
    const int64_t n = (int64_t)s->offsets[s->n] * 2 * heads;
    *c = (cache_rows){.each = one_each(t, n),
                      .read = mg_tape_alloc(t, (size_t)(n + 1) * sizeof(int32_t)),
                      .written = mg_tape_alloc(t, (size_t)(n + 1) * sizeof(int32_t)),
                      .first = mg_tape_alloc(t, (size_t)(s->n + 1) * sizeof(int32_t)),
                      .behind = mg_tape_alloc(t, (size_t)(s->n + 1) * sizeof(int32_t)),
                      .n = n};
    if (!c->each || !c->read || !c->written || !c->first || !c->behind) return false;
    int64_t at = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const int32_t start = s->offsets[i], added = s->offsets[i + 1] - start;
        c->first[i] = from[i] * 2 * heads;
        c->behind[i] = c->first[i] + count[i] + added;
        for (int h = 0; h < heads; h++)
            for (int part = 0; part < 2; part++)
                for (int32_t row = 0; row < added; row++, at++) {
                    c->read[at] = ((start + row) * 3 + 1 + part) * heads + h;
                    c->written[at] = c->first[i] + (h * 2 + part) * room + count[i] + row;
                }
    }
    return true;
}

mg_tensor *mg_cached_attention(mg_tape *t, mg_tensor *qkv, mg_seqs seqs, mg_tensor *cache,
                               const int32_t *from, const int32_t *count, int32_t room, int heads) {
    static const char *const op = "cached_attention";
    cache_rows c;
    if (!mg_ready(t, op, qkv && cache && from && count)) return NULL;
    if (!cached_attention_fits(t, op, qkv, &seqs, cache, from, count, room, heads)) return NULL;
    if (!cache_rows_make(t, &seqs, from, count, room, heads, &c)) return NULL;
    const int64_t n = qkv->rows, d = qkv->cols / 3, w = d / heads;
    const mg_k_gather write = {.n = c.n,
                               .cols = w,
                               .offsets = c.each,
                               .ids = c.read,
                               .out_rows = c.written,
                               .src = qkv->data,
                               .src_dtype = MG_F32,
                               .dst = cache->data};
    if (n > 0 && !MG_RUN(t, op, gather, &write)) return NULL;
    const float *rows = cache->data;
    const mg_k_attention given = {.n_seq = seqs.n,
                                  .n = n,
                                  .n_kv = cache->rows,
                                  .d = d,
                                  .heads = heads,
                                  .q_offsets = seqs.offsets,
                                  .kv_from = c.first,
                                  .kv_to = c.behind,
                                  .q = qkv->data,
                                  .k = rows,
                                  .v = rows + room * w,
                                  .q_stride = 3 * d,
                                  .kv_stride = w,
                                  .kv_head = 2 * room * w,
                                  .causal = true};
    mg_k_attention *k = NULL;
    return attend(t, op, &given, 0.0f, false, &k);
}
