/* gather.c - y[n,cols] = CSR times table[rows,cols]: embedding bags, GIN's sums over neighbours,
 * pooling, row selection.
 *
 * Ids and offsets come from data, so forward checks every one of them before the kernel reads the
 * table. Backward is the same kernel with the transposed CSR: entry (i <- r, weight) becomes (r <-
 * i, weight), by a stable counting sort in scratch memory. Only table rows with an entry are listed
 * (out_rows), so a bag of 50 features out of 60,000 costs 50 rows. The sum of each row runs in a
 * fixed order, so results repeat bit for bit. The weights of the CSR get no gradient.
 */
#include "tensor/inside.h"

#include <string.h>

/* ---- checks ---- */

static bool offsets_fit(mg_tape *t, const mg_csr *csr) {
    if (csr->n < 0 || (csr->n > 0 && !csr->offsets)) {
        mg_tape_fail(t, "gather_sum: %lld output rows without offsets", (long long)csr->n);
        return false;
    }
    if (csr->n > 0 && csr->offsets[0] != 0) {
        mg_tape_fail(t, "gather_sum: offsets[0] is %d, expected 0", csr->offsets[0]);
        return false;
    }
    for (int64_t i = 0; i < csr->n; i++) {
        if (csr->offsets[i + 1] >= csr->offsets[i]) continue;
        mg_tape_fail(t, "gather_sum: row %lld: offsets fall from %d to %d", (long long)i,
                     csr->offsets[i], csr->offsets[i + 1]);
        return false;
    }
    return true;
}

static void fail_id(mg_tape *t, const mg_csr *csr, int64_t rows) {
    for (int64_t i = 0; i < csr->n; i++)
        for (int32_t e = csr->offsets[i]; e < csr->offsets[i + 1]; e++)
            if (csr->ids[e] < 0 || csr->ids[e] >= rows) {
                mg_tape_fail(
                    t, "gather_sum: row %lld: id %d (entry %d) is outside the table's %lld rows",
                    (long long)i, csr->ids[e], e, (long long)rows);
                return;
            }
}

static bool ids_fit(mg_tape *t, const mg_csr *csr, int64_t rows) {
    int32_t entries = csr->n > 0 ? csr->offsets[csr->n] : 0;
    if (!csr->ids) {
        if (entries <= rows) return true;
        mg_tape_fail(t, "gather_sum: %d consecutive entries, but the table has %lld rows", entries,
                     (long long)rows);
        return false;
    }
    uint32_t top = 0; /* a negative id is a huge one here */
    for (int32_t e = 0; e < entries; e++)
        top = (uint32_t)csr->ids[e] > top ? (uint32_t)csr->ids[e] : top;
    if (entries == 0 || (int64_t)top < rows) return true;
    fail_id(t, csr, rows);
    return false;
}

/* ---- the transposed CSR ---- */

typedef struct transposed {
    int64_t n;                     /* table rows with an entry */
    int32_t *offsets, *ids, *rows; /* [n+1], [entries], [n] */
    float *weights;                /* [entries], NULL: all 1 */
} transposed;

static float entry_weight(const mg_csr *csr, int64_t i, int32_t e) {
    float w = csr->weights ? csr->weights[e] : 1.0f;
    return csr->mean ? w / (float)(csr->offsets[i + 1] - csr->offsets[i]) : w;
}

/* ids NULL: entry e is table row e, already in order. */
static void transpose_consecutive(const mg_csr *csr, transposed *tr) {
    for (int64_t i = 0; i < csr->n; i++)
        for (int32_t e = csr->offsets[i]; e < csr->offsets[i + 1]; e++) {
            tr->rows[e] = tr->offsets[e] = e;
            tr->ids[e] = (int32_t)i;
            if (tr->weights) tr->weights[e] = entry_weight(csr, i, e);
        }
    tr->n = csr->offsets[csr->n];
    tr->offsets[tr->n] = (int32_t)tr->n;
}

/* next[r - low] counts the entries of table row r, then holds where its next entry goes. */
static void transpose_by_count(const mg_csr *csr, int32_t low, int32_t span, int32_t *next,
                               transposed *tr) {
    int32_t entries = csr->offsets[csr->n], at = 0;
    memset(next, 0, (size_t)span * sizeof *next);
    for (int32_t e = 0; e < entries; e++) next[csr->ids[e] - low]++;
    tr->n = 0;
    for (int32_t r = 0; r < span; r++) {
        if (next[r] == 0) continue;
        int32_t count = next[r];
        tr->rows[tr->n] = low + r;
        tr->offsets[tr->n++] = next[r] = at;
        at += count;
    }
    tr->offsets[tr->n] = at;
    for (int64_t i = 0; i < csr->n; i++)
        for (int32_t e = csr->offsets[i]; e < csr->offsets[i + 1]; e++) {
            int32_t to = next[csr->ids[e] - low]++;
            tr->ids[to] = (int32_t)i;
            if (tr->weights) tr->weights[to] = entry_weight(csr, i, e);
        }
}

static bool transpose(mg_tape *t, const mg_csr *csr, transposed *tr) {
    int32_t entries = csr->offsets[csr->n], low = INT32_MAX, high = 0;
    for (int32_t e = 0; csr->ids && e < entries; e++) {
        low = csr->ids[e] < low ? csr->ids[e] : low;
        high = csr->ids[e] > high ? csr->ids[e] : high;
    }
    tr->ids = mg_scratch(t, "gather_sum", entries, sizeof(int32_t));
    tr->rows = mg_scratch(t, "gather_sum", entries, sizeof(int32_t));
    tr->offsets = mg_scratch(t, "gather_sum", (int64_t)entries + 1, sizeof(int32_t));
    tr->weights = csr->weights || csr->mean ? mg_scratch(t, "gather_sum", entries, sizeof(float))
                                            : NULL;
    int32_t *next = csr->ids ? mg_scratch(t, "gather_sum", (int64_t)high - low + 1, sizeof(int32_t))
                             : NULL;
    if (t->failed) return false;
    if (csr->ids)
        transpose_by_count(csr, low, high - low + 1, next, tr);
    else
        transpose_consecutive(csr, tr);
    return true;
}

/* ---- the op ---- */

static void gather_back(mg_tape *t, const mg_record *r) {
    mg_tensor *table = r->in[0];
    const mg_csr *csr = r->saved;
    if (csr->offsets[csr->n] == 0) {
        mg_grad_sum(t, table);
        return;
    }
    size_t mark = mg_arena_mark(&t->be->scratch);
    transposed tr;
    if (transpose(t, csr, &tr)) {
        mg_k_gather k = {.n = tr.n,
                         .cols = table->cols,
                         .offsets = tr.offsets,
                         .ids = tr.ids,
                         .weights = tr.weights,
                         .out_rows = tr.rows,
                         .src = r->out->grad,
                         .src_dtype = MG_F32,
                         .acc = 1};
        /* every row is reached: the first gradient can be written, not added to zeros */
        if (tr.n == table->rows) {
            k.out_rows = NULL;
            k.dst = mg_grad_first(t, table, &k.acc);
        } else {
            k.dst = mg_grad_sum(t, table);
        }
        if (k.dst) MG_RUN(t, "gather_sum", gather, &k);
    }
    mg_arena_release(&t->be->scratch, mark);
}

/* The weights of a table of bytes: each entry's own times its row's scale. */
static float *scaled_weights(mg_tape *t, const mg_tensor *table, const mg_csr *csr) {
    int32_t entries = csr->n > 0 ? csr->offsets[csr->n] : 0;
    float *w = mg_tape_alloc(t, (size_t)(entries + 1) * sizeof *w);
    for (int32_t e = 0; w && e < entries; e++)
        w[e] = (csr->weights ? csr->weights[e] : 1.0f) * table->scales[csr->ids ? csr->ids[e] : e];
    return w;
}

mg_tensor *mg_gather_sum(mg_tape *t, mg_tensor *table, mg_csr csr) {
    static const mg_op op = {"gather_sum", gather_back};
    if (!mg_ready(t, op.name, table != NULL)) return NULL;
    if (!offsets_fit(t, &csr) || !ids_fit(t, &csr, table->rows)) return NULL;
    bool grad = mg_wants_grad(t, table->needs_grad);
    if (grad && !mg_all_f32(t, op.name, table->dtype)) return NULL;
    mg_tensor *y = mg_output(t, op.name, csr.n, table->cols);
    if (!y) return NULL;
    mg_k_gather k = {.n = csr.n,
                     .cols = table->cols,
                     .offsets = csr.offsets,
                     .ids = csr.ids,
                     .weights = csr.weights,
                     .src = table->data,
                     .src_dtype = (mg_dtype)table->dtype,
                     .dst = y->data,
                     .mean = csr.mean};
    if (table->dtype == MG_I8 && !(k.weights = scaled_weights(t, table, &csr))) return NULL;
    if (csr.n > 0 && !MG_RUN(t, op.name, gather, &k)) return NULL;
    if (grad) {
        mg_csr *saved = mg_tape_alloc(t, sizeof *saved);
        mg_record *r = saved ? mg_push(t, &op, y) : NULL;
        if (!r) return NULL;
        *saved = csr;
        r->in[0] = table;
        r->saved = saved;
    }
    return y;
}

/* ---- rows of a table that grows ---- */

static void set_rows_back(mg_tape *t, const mg_record *r) {
    mg_tensor *x = r->in[0];
    int acc;
    float *g = x->rows > 0 ? mg_grad_first(t, x, &acc) : NULL;
    if (g)
        mg_grad_add_scaled(t, r->op->name, mg_tensor_count(x), 1.0f,
                           r->out->grad + (int64_t)r->key * x->cols, g, acc);
}

bool mg_set_rows(mg_tape *t, mg_tensor *table, int64_t at, mg_tensor *x) {
    static const mg_op op = {"set_rows", set_rows_back};
    if (!mg_ready(t, op.name, table && x) || !mg_all_f32(t, op.name, table->dtype | x->dtype))
        return false;
    if (x->cols != table->cols || at < 0 || at > table->rows - x->rows) {
        mg_fail_shapes(t, op.name, "table", table, "x", x, "the rows must fit");
        return false;
    }
    float *to = mg_f32(table) + at * table->cols;
    if (mg_tensor_count(x) > 0 &&
        !MG_RUN(t, op.name, axpby, mg_tensor_count(x), 1.0f, x->data, 0.0f, NULL, to))
        return false;
    if (mg_wants_grad(t, x->needs_grad)) {
        mg_record *r = mg_push(t, &op, table);
        if (!r) return false;
        r->in[0] = x;
        r->key = (uint64_t)at;
    }
    return true;
}
