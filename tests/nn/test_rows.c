/* test_rows.c - taking rows of a table: values, gradients, and what is refused. */
#include "../must_tape.h"
#include "nn/nn.h"

#include <math.h>

enum { ROWS = 3, COLS = 2 };
static const float TABLE[ROWS * COLS] = {1, 2, 3, 4, 5, 6};

static mg_tape *new_tape(void) {
    mg_tape *t = must_tape("cpu", MG_PREC_F32, 1, (size_t)1 << 20);
    mg_tape_record(t, true);
    return t;
}

static mg_tensor *table_of(mg_tape *t) { return mg_input(t, TABLE, ROWS, COLS, true); }

/* Row i of y is row ids[i] of the table, or zeros; and each row of the table has as its gradient
 * the sum of those that took it: row i of y has the gradient i + 1. */
static void check_rows(mg_tape *t, mg_tensor *x, mg_tensor *y, const int32_t *ids, int64_t n) {
    const float *v = must_values(t, y);
    float up[64], want[ROWS * COLS] = {0};
    assert_int_equal(y->rows, n);
    assert_int_equal(y->cols, COLS);
    for (int64_t i = 0; i < n * COLS; i++) {
        const int32_t id = ids[i / COLS];
        up[i] = (float)(i / COLS + 1);
        assert_true(v[i] == (id < 0 ? 0 : TABLE[id * COLS + i % COLS]));
        if (id >= 0) want[id * COLS + i % COLS] += up[i];
    }
    molglot_error err = {0};
    mg_backward_from(t, y, up);
    must(mg_tape_error(t, &err), &err);
    const float *g = mg_grads(t, x);
    for (int i = 0; i < ROWS * COLS; i++) assert_true((g ? g[i] : 0) == want[i]);
    mg_tape_reset(t);
}

static void rows_are_taken(void **state) {
    (void)state;
    mg_tape *t = new_tape();
    const int32_t some[] = {2, 0, 2, 1}, fewer[] = {-1, 2, -1, 0, 2, -1};
    const int32_t again[] = {0, 1, 2, 0, 1, 2, 0}, each[] = {0, 0, 1, 1, 2, 2};
    mg_tensor *x = table_of(t);
    check_rows(t, x, mg_rows_at(t, x, some, 4), some, 4);
    x = table_of(t);
    check_rows(t, x, mg_rows_at_some(t, x, some, 4), some, 4);
    x = table_of(t);
    check_rows(t, x, mg_rows_at_some(t, x, fewer, 6), fewer, 6);
    x = table_of(t);
    check_rows(t, x, mg_rows_repeat(t, x, 7), again, 7);
    x = table_of(t);
    mg_csr csr;
    assert_true(mg_rows_each(t, ROWS, 2, &csr));
    check_rows(t, x, mg_gather_sum(t, x, csr), each, 6);
    mg_tape_free(t);
}

/* ids of mg_rows_at_some are copied: what changes afterwards is not seen by backward. */
static void ids_are_copied(void **state) {
    (void)state;
    mg_tape *t = new_tape();
    int32_t ids[] = {1, -1};
    const int32_t then[] = {1, -1};
    mg_tensor *x = table_of(t), *y = mg_rows_at_some(t, x, ids, 2);
    ids[0] = 2;
    check_rows(t, x, y, then, 2);
    mg_tape_free(t);
}

static void parts_are_equal(void **state) {
    (void)state;
    mg_tape *t = new_tape();
    const int32_t *offsets = mg_rows_offsets(t, 3, 4), *none = mg_rows_offsets(t, 0, 9);
    const int32_t want[] = {0, 4, 8, 12};
    assert_memory_equal(offsets, want, sizeof want);
    assert_int_equal(none[0], 0);
    offsets = mg_rows_offsets(t, 2, 0);
    assert_true(offsets[0] == 0 && offsets[1] == 0 && offsets[2] == 0);
    must_run(t);
    mg_tape_free(t);
}

static void refusals(void **state) {
    (void)state;
    mg_tape *t = new_tape();
    const int32_t beyond[] = {0, 3};
    assert_null(mg_rows_at(t, table_of(t), beyond, 2));
    must_fail(t, "id 3 (entry 1) is outside the table's 3 rows");
    mg_tape_reset(t);
    assert_null(mg_rows_at_some(t, table_of(t), beyond, 2));
    must_fail(t, "outside the table's 3 rows");
    mg_tape_reset(t);
    assert_null(mg_rows_offsets(t, 1 << 20, 1 << 20)); /* an int32 does not hold the end */
    must_fail(t, "more than 2^31 - 1 rows");
    mg_tape_reset(t);
    assert_null(mg_rows_repeat(t, mg_zeros(t, 0, COLS), 2));
    must_fail(t, "without rows");
    mg_tape_reset(t);
    assert_null(mg_rows_at(t, NULL, beyond, 1));
    must_fail(t, "NULL");
    assert_null(mg_rows_repeat(t, NULL, 2)); /* of a tape that has failed: nothing happens */
    mg_csr csr;
    assert_false(mg_rows_each(t, 2, 2, &csr));
    mg_tape_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_taken),
        cmocka_unit_test(ids_are_copied),
        cmocka_unit_test(parts_are_equal),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
