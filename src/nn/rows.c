/* rows.c - the lists with which models take rows of a table: one each, some or none, all of them
 * again and again, each so many times. A list is the tape's, until its next reset.
 *
 * Every row of a result is a sum of one row or of none (mg_gather_sum), so values come out as they
 * are, and a gradient is added to the row that was taken.
 */
#include "nn/nn.h"

const int32_t *mg_rows_offsets(mg_tape *t, int64_t n, int64_t size) {
    int64_t end;
    if (n < 0 || size < 0 || __builtin_mul_overflow(n, size, &end) || end > INT32_MAX) {
        mg_tape_fail(t, "rows: %lld parts of %lld are more than 2^31 - 1 rows", (long long)n,
                     (long long)size);
        return NULL;
    }
    int32_t *offsets = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *offsets);
    for (int64_t i = 0; offsets && i <= n; i++) offsets[i] = (int32_t)(i * size);
    return offsets;
}

mg_tensor *mg_rows_at(mg_tape *t, mg_tensor *x, const int32_t *ids, int64_t n) {
    const int32_t *offsets = ids ? mg_rows_offsets(t, n, 1) : NULL;
    return offsets ? mg_gather_sum(t, x, (mg_csr){.n = n, .offsets = offsets, .ids = ids}) : NULL;
}

mg_tensor *mg_rows_at_some(mg_tape *t, mg_tensor *x, const int32_t *ids, int64_t n) {
    int32_t *offsets = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *offsets),
            *taken = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *taken);
    if (!ids || !offsets || !taken) return NULL;
    offsets[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        offsets[i + 1] = offsets[i] + (ids[i] >= 0);
        if (ids[i] >= 0) taken[offsets[i]] = ids[i];
    }
    return mg_gather_sum(t, x, (mg_csr){.n = n, .offsets = offsets, .ids = taken});
}

mg_tensor *mg_rows_repeat(mg_tape *t, mg_tensor *x, int64_t n) {
    int32_t *ids = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *ids);
    if (!ids || !x) return NULL;
    if (x->rows < 1 && n > 0) {
        mg_tape_fail(t, "rows: a table without rows cannot be repeated");
        return NULL;
    }
    for (int64_t i = 0; i < n; i++) ids[i] = (int32_t)(i % x->rows);
    return mg_rows_at(t, x, ids, n);
}

mg_tensor *mg_rows_behind(mg_tape *t, mg_tensor *front, mg_tensor *x, mg_seqs seqs, mg_seqs *out) {
    const int64_t all = seqs.offsets[seqs.n] + seqs.n;
    int32_t *offsets = mg_tape_alloc(t, (size_t)(seqs.n + 1) * sizeof *offsets),
            *first = mg_tape_alloc(t, (size_t)(all + 1) * sizeof *first),
            *rest = mg_tape_alloc(t, (size_t)(all + 1) * sizeof *rest);
    if (!front || !x || !offsets || !first || !rest) return NULL;
    if (front->rows != seqs.n || x->rows != seqs.offsets[seqs.n] || front->cols != x->cols) {
        mg_tape_fail(t, "rows: a row in front of each of %lld sequences, not %lld",
                     (long long)seqs.n, (long long)front->rows);
        return NULL;
    }
    int32_t at = 0;
    for (int64_t s = 0; s < seqs.n; s++) {
        offsets[s] = at;
        first[at] = (int32_t)s;
        rest[at++] = -1;
        for (int32_t i = seqs.offsets[s]; i < seqs.offsets[s + 1]; i++, at++) {
            first[at] = -1;
            rest[at] = i;
        }
    }
    offsets[seqs.n] = at;
    *out = (mg_seqs){seqs.n, offsets};
    return mg_add(t, mg_rows_at_some(t, front, first, at), mg_rows_at_some(t, x, rest, at));
}

bool mg_rows_each(mg_tape *t, int64_t n, int64_t times, mg_csr *out) {
    const int32_t *offsets = mg_rows_offsets(t, n * times, 1);
    int32_t *ids = mg_tape_alloc(t, (size_t)(n * times + 1) * sizeof *ids);
    if (!offsets || !ids) return false;
    for (int64_t i = 0; i < n * times; i++) ids[i] = (int32_t)(i / times);
    *out = (mg_csr){.n = n * times, .offsets = offsets, .ids = ids};
    return true;
}
