/* sets.c - sets of tokens: windows of three rows, clusters of each sequence's rows, their weighted
 * means, and attention whose keys carry a score. backend.h has the formulas.
 *
 * Clustering's result are whole numbers (MG_I32) that stay where the values are: the ops that take
 * them hand them to their kernels. It has no backward.
 */
#include "tensor/inside.h"

/* ---- checks ---- */

static bool seqs_fit(mg_tape *t, const char *op, mg_seqs seqs, const mg_tensor *x,
                     const int32_t *real) {
    bool good = seqs.n >= 0 && (seqs.n == 0 ? x->rows == 0
                                            : seqs.offsets && seqs.offsets[0] == 0 &&
                                                  seqs.offsets[seqs.n] == x->rows);
    for (int64_t s = 0; good && s < seqs.n; s++) {
        const int32_t rows = seqs.offsets[s + 1] - seqs.offsets[s];
        good = rows >= 0 && (!real || (real[s] >= 0 && real[s] <= rows));
    }
    if (!good)
        mg_tape_fail(t, "%s: offsets of %lld sequences do not fit %lld rows (or their real rows)",
                     op, (long long)seqs.n, (long long)x->rows);
    return good;
}

static bool column_fits(mg_tape *t, const char *op, const mg_tensor *x, const mg_tensor *score) {
    if (score->rows == x->rows && score->cols == 1) return true;
    mg_fail_shapes(t, op, "x", x, "score", score, "score must be a column with a row each");
    return false;
}

/* ---- windows ---- */

static void windows_back(mg_tape *t, const mg_record *r) {
    mg_k_windows_back k = {.f = *(const mg_k_windows *)r->saved, .dy = r->out->grad};
    k.dx = mg_grad_first(t, r->in[0], &k.acc);
    if (k.dx) MG_RUN(t, "windows", windows_back, &k);
}

mg_tensor *mg_windows(mg_tape *t, mg_tensor *x, mg_seqs seqs) {
    static const mg_op op = {"windows", windows_back};
    if (!mg_ready(t, op.name, x != NULL) || !mg_all_f32(t, op.name, x->dtype) ||
        !seqs_fit(t, op.name, seqs, x, NULL))
        return NULL;
    mg_tensor *y = mg_output(t, op.name, x->rows, 3 * x->cols);
    mg_k_windows *k = y ? mg_tape_alloc(t, sizeof *k) : NULL;
    if (!k) return NULL;
    *k = (mg_k_windows){x->rows, x->cols, seqs.n, seqs.offsets, x->data, y->data};
    if (x->rows > 0 && !MG_RUN(t, op.name, windows, k)) return NULL;
    if (mg_wants_grad(t, x->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->saved = k;
    }
    return y;
}

/* ---- clusters ---- */

static bool sets_fit(mg_tape *t, const char *op, mg_seqs seqs, const int32_t *real,
                     const int32_t *set_offsets, bool pads_count) {
    bool good = set_offsets != NULL && (seqs.n == 0 || set_offsets[0] == 0);
    if (!good) mg_tape_fail(t, "%s: no offsets of sets, or they do not begin at 0", op);
    for (int64_t s = 0; good && s < seqs.n; s++) {
        const int32_t rows = seqs.offsets[s + 1] - seqs.offsets[s],
                      sets = set_offsets[s + 1] - set_offsets[s],
                      counted = real && !pads_count ? real[s] : rows;
        good = rows == 0 ? sets == 0 : sets >= 1 && (sets == 1 || sets <= counted);
        if (!good)
            mg_tape_fail(t, "%s: sequence %lld: %d sets of %d rows", op, (long long)s, sets,
                         counted);
    }
    return good;
}

mg_tensor *mg_cluster(mg_tape *t, mg_tensor *x, mg_seqs seqs, const int32_t *real,
                      const int32_t *set_offsets, const mg_cluster_options *o) {
    static const char name[] = "cluster";
    if (!mg_ready(t, name, x != NULL) || !mg_all_f32(t, name, x->dtype) ||
        !seqs_fit(t, name, seqs, x, real) || !sets_fit(t, name, seqs, real, set_offsets, o->far))
        return NULL;
    if (o->neighbours < 1 || o->neighbours > MG_CLUSTER_NEIGHBOURS || !(o->noise >= 0.0f) ||
        x->cols == 0) {
        mg_tape_fail(t, "cluster: %d neighbours (1 to %d), noise %g (0 or more), %lld columns",
                     o->neighbours, MG_CLUSTER_NEIGHBOURS, (double)o->noise, (long long)x->cols);
        return NULL;
    }
    mg_tensor *ids = mg_output(t, name, x->rows, 1);
    if (!ids) return NULL;
    ids->dtype = MG_I32;
    const mg_k_cluster k = {.n = x->rows,
                            .cols = x->cols,
                            .n_seq = seqs.n,
                            .sets = seqs.n > 0 ? set_offsets[seqs.n] : 0,
                            .offsets = seqs.offsets,
                            .set_offsets = set_offsets,
                            .real = real,
                            .x = x->data,
                            .neighbours = o->neighbours,
                            .strict = o->strict,
                            .far = o->far,
                            .noise = o->noise,
                            .key = o->noise > 0.0f ? mg_next_key(t) : 0,
                            .ids = ids->data};
    return x->rows == 0 || MG_RUN(t, name, cluster, &k) ? ids : NULL;
}

/* ---- merge: in = {x, score, ids} ---- */

static void merge_back(mg_tape *t, const mg_record *r) {
    mg_k_merge_back k = {.f = *(const mg_k_merge *)r->saved, .dy = r->out->grad};
    k.dx = mg_grad_first(t, r->in[0], &k.acc_x);
    k.dscore = mg_grad_first(t, r->in[1], &k.acc_score);
    if (k.f.n > 0 && (k.dx || k.dscore)) MG_RUN(t, "merge", merge_back, &k);
}

static bool merge_fits(mg_tape *t, const char *op, const mg_tensor *x, const mg_tensor *score,
                       const mg_tensor *ids, mg_seqs seqs, const int32_t *real,
                       const int32_t *set_offsets, float floor) {
    if (!mg_all_f32(t, op, x->dtype | score->dtype) || !seqs_fit(t, op, seqs, x, real) ||
        !column_fits(t, op, x, score))
        return false;
    if (ids && (ids->dtype != MG_I32 || ids->rows != x->rows || ids->cols != 1)) {
        mg_fail_shapes(t, op, "x", x, "ids", ids, "ids must be whole numbers, a row each");
        return false;
    }
    if (x == score || !(floor >= 0.0f)) {
        mg_tape_fail(t, "merge: x is its own score, or floor %g is below 0", (double)floor);
        return false;
    }
    return !ids || sets_fit(t, op, seqs, real, set_offsets, true);
}

mg_tensor *mg_merge(mg_tape *t, mg_tensor *x, mg_tensor *score, mg_tensor *ids, mg_seqs seqs,
                    const int32_t *real, const int32_t *set_offsets, float floor) {
    static const mg_op op = {"merge", merge_back};
    if (!mg_ready(t, op.name, x && score) ||
        !merge_fits(t, op.name, x, score, ids, seqs, real, set_offsets, floor))
        return NULL;
    const int64_t sets = ids ? (seqs.n > 0 ? set_offsets[seqs.n] : 0) : seqs.n;
    mg_tensor *y = mg_output(t, op.name, sets, x->cols);
    mg_k_merge *k = y ? mg_tape_alloc(t, sizeof *k) : NULL;
    if (!k) return NULL;
    *k = (mg_k_merge){.n = x->rows,
                      .cols = x->cols,
                      .n_seq = seqs.n,
                      .sets = sets,
                      .offsets = seqs.offsets,
                      .set_offsets = set_offsets,
                      .real = real,
                      .ids = ids ? ids->data : NULL,
                      .x = x->data,
                      .score = score->data,
                      .floor = floor,
                      .y = y->data,
                      .share = mg_step_floats(t, op.name, x->rows + 1)};
    if (t->failed) return NULL;
    if (sets > 0 && !(x->rows > 0 ? MG_RUN(t, op.name, merge, k)
                                  : MG_RUN(t, op.name, zero, sets * x->cols, k->y)))
        return NULL;
    if (mg_wants_grad(t, x->needs_grad | score->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = x;
        r->in[1] = score;
        r->saved = k;
    }
    return y;
}

/* ---- attention with scores: in = {q, kv, score} ---- */

static void scored_back(mg_tape *t, const mg_record *r) {
    mg_k_scored_back k = {.f = *(const mg_k_scored *)r->saved, .dy = r->out->grad};
    if (k.f.n_kv == 0) {
        mg_grad_sum(t, r->in[0]);
        return;
    }
    k.dq = mg_grad_first(t, r->in[0], &k.acc_q);
    k.dkv = mg_grad_first(t, r->in[1], &k.acc_kv);
    k.dscore = mg_grad_first(t, r->in[2], &k.acc_score);
    if (k.dq || k.dkv || k.dscore) MG_RUN(t, "scored_attention", scored_back, &k);
}

static bool scored_fits(mg_tape *t, const char *op, const mg_tensor *q, const mg_tensor *kv,
                        const mg_tensor *score, mg_seqs q_seqs, mg_seqs kv_seqs,
                        const int32_t *real, int heads) {
    if (!mg_all_f32(t, op, q->dtype | kv->dtype | score->dtype) ||
        !seqs_fit(t, op, q_seqs, q, NULL) || !seqs_fit(t, op, kv_seqs, kv, real) ||
        !column_fits(t, op, kv, score))
        return false;
    if (q_seqs.n == kv_seqs.n && heads > 0 && q->cols > 0 && q->cols % heads == 0 &&
        kv->cols == 2 * q->cols && q != kv && q != score && kv != score)
        return true;
    mg_fail_shapes(t, op, "q", q, "kv", kv,
                   "as many sequences, twice the columns, and columns that the heads divide");
    return false;
}

mg_tensor *mg_scored_attention(mg_tape *t, mg_tensor *q, mg_tensor *kv, mg_tensor *score,
                               mg_seqs q_seqs, mg_seqs kv_seqs, const int32_t *real, int heads) {
    static const mg_op op = {"scored_attention", scored_back};
    if (!mg_ready(t, op.name, q && kv && score) ||
        !scored_fits(t, op.name, q, kv, score, q_seqs, kv_seqs, real, heads))
        return NULL;
    mg_tensor *y = mg_output(t, op.name, q->rows, q->cols);
    mg_k_scored *k = y ? mg_tape_alloc(t, sizeof *k) : NULL;
    if (!k) return NULL;
    *k = (mg_k_scored){.n = q->rows,
                       .n_kv = kv->rows,
                       .d = q->cols,
                       .n_seq = q_seqs.n,
                       .heads = heads,
                       .q_offsets = q_seqs.offsets,
                       .kv_offsets = kv_seqs.offsets,
                       .real = real,
                       .q = q->data,
                       .kv = kv->data,
                       .score = score->data,
                       .y = y->data,
                       .lse = mg_step_floats(t, op.name, heads * q->rows + 1)};
    if (t->failed) return NULL;
    if (q->rows > 0 && !(kv->rows > 0 ? MG_RUN(t, op.name, scored, k)
                                      : MG_RUN(t, op.name, zero, q->rows * q->cols, k->y)))
        return NULL;
    if (mg_wants_grad(t, q->needs_grad | kv->needs_grad | score->needs_grad)) {
        mg_record *r = mg_push(t, &op, y);
        if (!r) return NULL;
        r->in[0] = q;
        r->in[1] = kv;
        r->in[2] = score;
        r->saved = k;
    }
    return y;
}
