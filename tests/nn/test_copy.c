/* test_copy.c - parameters of another model: all of them, those that there are, rows of one; from
 * numbers, BF16 and eight bits of a file; the EMA goes along; what does not fit is named. */
#include "../must.h"
#include "nn/nn.h"
#include "tensor/files/weights.h"

#include <math.h>
#include <unistd.h>

enum { ROWS = 5, COLS = 3 };
static molglot_error err;

/* Parameters w [5, 3], v [1, 3] and, with `more`, extra.x [1, 2]; w[i, k] = from + 10 i + k. */
static mg_params *make(float from, bool more, bool ema) {
    mg_params *p = mg_params_new();
    mg_params_add(p, "w", ROWS, COLS, MG_INIT_NORMAL, 1, MG_PARAM_DECAY);
    mg_params_add(p, "v", 1, COLS, MG_INIT_NORMAL, 1, 0);
    if (more) mg_params_add(p, "extra.x", 1, 2, MG_INIT_NORMAL, 1, 0);
    must(mg_params_build(p, (mg_build_options){.train = true, .ema = ema, .seed = 3}, &err), &err);
    float *w = mg_f32(mg_params_find(p, "w")), *v = mg_f32(mg_params_find(p, "v"));
    for (int i = 0; i < ROWS * COLS; i++) w[i] = from + (float)(10 * (i / COLS) + i % COLS);
    for (int k = 0; k < COLS; k++) v[k] = -from - (float)k;
    return p;
}

static float at(const mg_params *p, const char *name, int i) {
    return ((const float *)mg_params_find(p, name)->data)[i];
}

static void all_or_those_that_there_are(void **state) {
    (void)state;
    mg_params *from = make(100, false, false), *to = make(1, false, true),
              *more = make(1, true, false);
    must(mg_params_copy(to, from, &err), &err);
    for (int ema = 0; ema < 2; ema++) {
        for (int i = 0; i < ROWS * COLS; i++) assert_true(at(to, "w", i) == at(from, "w", i));
        for (int k = 0; k < COLS; k++) assert_true(at(to, "v", k) == -100 - (float)k);
        must(mg_params_swap_ema(to, &err), &err);
    }
    assert_int_equal(mg_params_copy(more, from, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "extra.x [1, 2]");
    mg_f32(mg_params_find(more, "extra.x"))[0] = 7;
    mg_f32(mg_params_find(more, "extra.x"))[1] = 8;
    must(mg_params_copy_common(more, from, NULL, &err), &err);
    assert_true(at(more, "w", 4) == 111 && at(more, "extra.x", 0) == 7);
    must(mg_params_copy_common(more, from, (const char *const[]){"wx", "extra.y", NULL}, &err),
         &err);
    assert_true(at(more, "extra.x", 0) == 7 && at(more, "extra.x", 1) == 8);
    must(mg_params_copy_common(more, from, (const char *const[]){"other", "extra.", "w", NULL},
                               &err),
         &err);
    assert_true(at(more, "extra.x", 0) == 0 && at(more, "extra.x", 1) == 0);
    assert_true(at(more, "w", 4) == 111); /* which `from` has */
    mg_params_free(from);
    mg_params_free(to);
    mg_params_free(more);
}

static void rows_of_one(void **state) {
    (void)state;
    static const int32_t rows[ROWS] = {4, -1, 0, 0, -1};
    mg_params *from = make(100, false, false);
    for (int scaled = 0; scaled < 2; scaled++) {
        const float std = scaled ? 0.25f : 0;
        mg_params *to = make(1, false, true);
        must(mg_params_copy_rows(to, "w", from, "w", rows, std, &err), &err);
        /* taken: 140.., 100.., 100..: each column's mean 113.333 + k goes; squares
         * (26.667^2 + 2 13.333^2) / 3 = 355.556 */
        for (int ema = 0; ema < 2; ema++) {
            for (int i = 0; i < ROWS; i++)
                for (int k = 0; k < COLS; k++) {
                    const double taken = rows[i] < 0 ? 0 : 100 + 10 * rows[i] + k,
                                 own = 1 + 10 * i + k,
                                 expected = rows[i] < 0 ? own
                                            : scaled
                                                ? (taken - 340.0 / 3 - k) * 0.25 / sqrt(3200.0 / 9)
                                                : taken;
                    if (fabs((double)at(to, "w", i * COLS + k) - expected) > 1e-5 &&
                        !(ema && rows[i] < 0))
                        fail_msg("row %d, column %d: %g, not %g", i, k,
                                 (double)at(to, "w", i * COLS + k), expected);
                }
            must(mg_params_swap_ema(to, &err), &err);
        }
        for (int k = 0; k < COLS; k++) assert_true(at(to, "v", k) == -1 - (float)k);
        mg_params_free(to);
    }
    mg_params *to = make(1, true, false);
    static const int32_t beyond[ROWS] = {-1, -1, -1, -1, ROWS};
    assert_int_equal(mg_params_copy_rows(to, "w", from, "w", beyond, 0, &err), MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "w has no row 5");
    assert_int_equal(mg_params_copy_rows(to, "none", from, "w", rows, 0, &err), MOLGLOT_BAD_FILE);
    assert_int_equal(mg_params_copy_rows(to, "w", from, "none", rows, 0, &err), MOLGLOT_BAD_FILE);
    assert_int_equal(mg_params_copy_rows(to, "extra.x", from, "w", rows, 0, &err),
                     MOLGLOT_BAD_FILE);
    must_say(&err, MOLGLOT_BAD_FILE, "extra.x: the other model has no w like it");
    mg_params *unbuilt = mg_params_new();
    mg_params_add(unbuilt, "w", ROWS, COLS, MG_INIT_NORMAL, 1, 0);
    assert_int_equal(mg_params_copy_rows(unbuilt, "w", from, "w", rows, 0, &err), MOLGLOT_USAGE);
    assert_int_equal(mg_params_copy(unbuilt, from, &err), MOLGLOT_USAGE);
    mg_params_free(unbuilt);
    mg_params_free(to);
    mg_params_free(from);
}

static void from_fewer_bits(void **state) {
    (void)state;
    static const double within[] = {0, 0.5, 0.6}; /* numbers, BF16, eight bits with a scale a row */
    char path[] = "/tmp/molglot-copy-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    mg_params *numbers = make(100, false, false);
    for (size_t k = 0; k < MG_COUNT(within); k++) {
        mg_weights_out *w = mg_weights_out_new();
        if (k < 2) must(mg_params_write(numbers, w, k ? "BF16" : NULL, &err), &err);
        const mg_tensor *matrix = mg_params_find(numbers, "w"),
                        *vector = mg_params_find(numbers, "v");
        if (k == 2)
            must(mg_params_write_rounded(w, "w", "F32", (const int64_t[]){ROWS, COLS}, matrix->data,
                                         false, &err),
                 &err);
        if (k == 2)
            must(mg_weights_out_add(w, "v", "F32", 1, (const int64_t[]){COLS}, vector->data, NULL,
                                    &err),
                 &err);
        must(mg_weights_out_save(w, path, &err), &err);
        mg_weights_out_free(w);
        mg_tensor_file *f = must_have(mg_tensor_file_open(path, &err), &err);
        mg_params *from = mg_params_new(), *to = make(1, false, false);
        mg_params_add(from, "w", ROWS, COLS, MG_INIT_NORMAL, 1, MG_PARAM_DECAY);
        mg_params_add(from, "v", 1, COLS, MG_INIT_NORMAL, 1, 0);
        must(mg_params_map(from, f, "", &err), &err);
        must(mg_params_copy(to, from, &err), &err);
        for (int i = 0; i < ROWS * COLS; i++)
            assert_true(fabs((double)(at(to, "w", i) - at(numbers, "w", i))) <= within[k]);
        for (int i = 0; i < COLS; i++) assert_true(at(to, "v", i) == at(numbers, "v", i));
        mg_params_free(from);
        mg_params_free(to);
        mg_tensor_file_close(f);
    }
    unlink(path);
    mg_params_free(numbers);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_or_those_that_there_are),
                                       cmocka_unit_test(rows_of_one),
                                       cmocka_unit_test(from_fewer_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
