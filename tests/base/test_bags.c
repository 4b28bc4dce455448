/* test_bags.c - vocabulary lookup and the choice of features. */
#include "base/bags.h"
#include "base/base.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

static void lookup(void **state) {
    (void)state;
    const uint32_t hashes[] = {0, 1, 2, 3, 77, 0x80000000u, 0xffffffffu};
    const float weights[] = {1, 2, 3, 4, 5, 6, 7};
    mg_bag_vocab v;
    assert_int_equal(mg_bag_vocab_init(&v, hashes, weights, 7, NULL), MOLGLOT_OK);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(mg_bag_vocab_find(&v, hashes[i]), i);
        assert_true(v.weights[i] == weights[i]);
    }
    assert_int_equal(mg_bag_vocab_find(&v, 4), -1);
    assert_int_equal(mg_bag_vocab_find(&v, 0xfffffffeu), -1);
    mg_bag_vocab_free(&v);
    assert_int_equal(mg_bag_vocab_find(&v, 4), -1); /* freed or zeroed: empty */
    assert_int_equal(mg_bag_vocab_init(&v, NULL, NULL, 0, NULL), MOLGLOT_OK);
    assert_int_equal(mg_bag_vocab_find(&v, 0), -1);
    mg_bag_vocab_free(&v);
    const uint32_t same[] = {5, 5};
    molglot_error err;
    assert_int_equal(mg_bag_vocab_init(&v, same, weights, 2, &err), MOLGLOT_BAD_FILE);
}

static void large_lookup(void **state) {
    (void)state;
    enum { n = 100000 };
    uint32_t *hashes = malloc(n * sizeof *hashes);
    float *weights = calloc(n, sizeof *weights);
    for (uint32_t i = 0; i < n; i++) hashes[i] = i * 40000u + 3;
    mg_bag_vocab v;
    assert_int_equal(mg_bag_vocab_init(&v, hashes, weights, n, NULL), MOLGLOT_OK);
    for (int32_t i = 0; i < n; i++) {
        if (mg_bag_vocab_find(&v, hashes[i]) != i) fail();
        if (mg_bag_vocab_find(&v, hashes[i] + 1) != -1) fail();
    }
    mg_bag_vocab_free(&v);
    /* features that are no hashes, all beside each other: at the bottom, at the top */
    for (uint32_t top = 0; top < 2; top++) {
        for (uint32_t i = 0; i < n; i++) hashes[i] = (top ? UINT32_MAX - 3 * n : 0) + 3 * i + 1;
        assert_int_equal(mg_bag_vocab_init(&v, hashes, weights, n, NULL), MOLGLOT_OK);
        for (int32_t i = 0; i < n; i++) {
            if (mg_bag_vocab_find(&v, hashes[i]) != i) fail();
            if (mg_bag_vocab_find(&v, hashes[i] - 1) != -1) fail();
            if (mg_bag_vocab_find(&v, hashes[i] + 1) != -1) fail();
        }
        assert_int_equal(mg_bag_vocab_find(&v, UINT32_MAX), -1);
        assert_int_equal(mg_bag_vocab_find(&v, 1u << 31), -1);
        mg_bag_vocab_free(&v);
    }
    free(hashes);
    free(weights);
}

static void choosing(void **state) {
    (void)state;
    mg_bag_counter *c = mg_bag_counter_new();
    const uint32_t d1[] = {9, 5, 9, 9, 7}, d2[] = {9, 5, 3}, d3[] = {9, 0};
    assert_int_equal(mg_bag_counter_add(c, d1, 5, NULL), MOLGLOT_OK);
    assert_int_equal(mg_bag_counter_add(c, d2, 3, NULL), MOLGLOT_OK);
    assert_int_equal(mg_bag_counter_add(c, d3, 2, NULL), MOLGLOT_OK);
    assert_int_equal(mg_bag_counter_add(c, NULL, 0, NULL), MOLGLOT_OK);
    mg_bag_vocab v;
    assert_int_equal(mg_bag_counter_vocab(c, 10, 2, &v, NULL), MOLGLOT_OK);
    assert_int_equal(v.n, 2);
    assert_int_equal(v.hashes[0], 5);
    assert_int_equal(v.hashes[1], 9);
    assert_true(fabs(v.weights[0] - (log(5.0 / 3.0) + 1)) < 1e-6);
    assert_true(fabs(v.weights[1] - (log(5.0 / 4.0) + 1)) < 1e-6);
    mg_bag_vocab_free(&v);
    /* 9, 5, then the lowest of {0, 3, 7} */
    assert_int_equal(mg_bag_counter_vocab(c, 3, 1, &v, NULL), MOLGLOT_OK);
    assert_int_equal(v.n, 3);
    assert_int_equal(v.hashes[0], 0);
    assert_int_equal(v.hashes[1], 5);
    assert_int_equal(v.hashes[2], 9);
    mg_bag_vocab_free(&v);
    assert_int_equal(mg_bag_counter_vocab(c, 0, 1, &v, NULL), MOLGLOT_OK);
    assert_int_equal(v.n, 0);
    mg_bag_vocab_free(&v);
    molglot_error err;
    assert_int_equal(mg_bag_counter_vocab(c, -1, 1, &v, &err), MOLGLOT_USAGE);
    mg_bag_counter_free(c);
    mg_bag_counter_free(NULL);
}

static void many_documents(void **state) {
    (void)state;
    mg_bag_counter *c = mg_bag_counter_new();
    /* feature f is in documents f.., so df = 301 - f */
    for (uint32_t doc = 1; doc <= 300; doc++) {
        uint32_t h[300];
        for (uint32_t i = 0; i < doc; i++) h[i] = (i + 1) * 2654435761u;
        assert_int_equal(mg_bag_counter_add(c, h, doc, NULL), MOLGLOT_OK);
        /* rare ones force the table to grow */
        for (uint32_t i = 0; i < 50; i++) h[i] = (doc * 50 + i) | 0x80000000u;
        assert_int_equal(mg_bag_counter_add(c, h, 50, NULL), MOLGLOT_OK);
    }
    mg_bag_vocab v;
    assert_int_equal(mg_bag_counter_vocab(c, 100, 2, &v, NULL), MOLGLOT_OK);
    assert_int_equal(v.n, 100);
    for (uint32_t i = 0; i < 100; i++) {
        int32_t id = mg_bag_vocab_find(&v, (i + 1) * 2654435761u);
        assert_true(id >= 0);
        assert_true(fabs(v.weights[id] - (log(601.0 / (1.0 + 300 - i)) + 1)) < 1e-5);
    }
    mg_bag_vocab_free(&v);
    mg_bag_counter_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookup),
        cmocka_unit_test(large_lookup),
        cmocka_unit_test(choosing),
        cmocka_unit_test(many_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
