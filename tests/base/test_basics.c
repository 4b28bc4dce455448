/* test_basics.c - errors, checked sizes, arenas, growing strings, random numbers, hashes. */
#include "base/base.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void errors(void **state) {
    (void)state;
    molglot_error err = {0};
    assert_int_equal(mg_fail(&err, MOLGLOT_BAD_FILE, "row %d", 7), MOLGLOT_BAD_FILE);
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    assert_string_equal(err.message, "row 7");
    assert_int_equal(mg_fail_prefix(&err, "file %s", "x"), MOLGLOT_BAD_FILE);
    assert_string_equal(err.message, "file x: row 7");
    mg_fail(&err, MOLGLOT_FAILED, "<%s>", err.message); /* a message made from itself */
    assert_string_equal(err.message, "<file x: row 7>");
    char longer[3000];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = 0;
    mg_fail(&err, MOLGLOT_FAILED, "%s", longer);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    mg_fail_prefix(&err, "p");
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_memory_equal(err.message, "p: aaa", 6);
    assert_int_equal(mg_fail(NULL, MOLGLOT_USAGE, "unheard"), MOLGLOT_USAGE);
    assert_int_equal(mg_fail_prefix(NULL, "unheard"), MOLGLOT_FAILED);
}

static void sizes(void **state) {
    (void)state;
    size_t out = 5;
    assert_true(mg_mul_size(6, 7, &out) && out == 42);
    assert_false(mg_mul_size(SIZE_MAX / 2, 3, &out));
    assert_true(mg_add_size(SIZE_MAX, 0, &out) && out == SIZE_MAX);
    assert_false(mg_add_size(SIZE_MAX, 1, &out));
    assert_true(out == SIZE_MAX);
}

static void arenas(void **state) {
    (void)state;
    mg_arena a;
    assert_int_equal(mg_arena_init(&a, (size_t)3 << 20, NULL), MOLGLOT_OK);
    assert_int_equal(a.reserved, (size_t)3 << 20);
    uint8_t *p = mg_arena_alloc(&a, 1);
    size_t mark = mg_arena_mark(&a);
    uint8_t *q = mg_arena_alloc(&a, 100);
    assert_int_equal((uintptr_t)p % 64, 0);
    assert_ptr_equal(q, p + 64);
    memset(q, 1, 100);
    assert_int_equal(a.used, 64 + 128);
    mg_arena_release(&a, mark);
    assert_ptr_equal(mg_arena_alloc(&a, 100), q); /* the same requests, the same addresses */
    assert_null(mg_arena_alloc(&a, SIZE_MAX));
    assert_null(mg_arena_alloc(&a, a.reserved - a.used + 1));
    assert_non_null(mg_arena_alloc(&a, a.reserved - a.used));
    assert_null(mg_arena_alloc(&a, 1));
    assert_int_equal(a.peak, a.reserved);
    mg_arena_free(&a);
    mg_arena_free(&a);
    /* halved until the kernel agrees */
    assert_int_equal(mg_arena_init(&a, SIZE_MAX, NULL), MOLGLOT_OK);
    assert_true(a.reserved >= (size_t)1 << 30);
    mg_arena_free(&a);
}

static void strings(void **state) {
    (void)state;
    mg_str s = {0};
    for (int i = 0; i < 1000; i++) mg_str_addf(&s, "%d,", i);
    assert_false(s.failed);
    assert_int_equal(s.n, 10 * 2 + 90 * 3 + 900 * 4);
    assert_string_equal(s.s + s.n - 4, "999,");
    mg_str_add(&s, "\0x", 2);
    mg_str_addz(&s, "end");
    assert_memory_equal(s.s + s.n - 5, "\0xend", 6);
    mg_str_add(&s, "x", SIZE_MAX); /* cannot be: sticks */
    assert_true(s.failed);
    size_t n = s.n;
    mg_str_addz(&s, "y");
    assert_int_equal(s.n, n);
    mg_str_free(&s);
    assert_null(s.s);
}

/* Fixed values: runs must be repeatable with later versions. */
static void random_numbers(void **state) {
    (void)state;
    mg_rng r = {1, 2, 0}, again = {1, 2, 0};
    for (int i = 0; i < 100; i++) assert_true(mg_rng_next(&r) == mg_rng_u64(1, 2, (uint64_t)i));
    assert_true(mg_rng_u64(1, 2, 3) != mg_rng_u64(1, 3, 3) &&
                mg_rng_u64(1, 2, 3) != mg_rng_u64(2, 2, 3));
    assert_true(mg_rng_u64(0, 0, 0) == 0x28f9feaebd831d6cu);
    assert_true(mg_rng_next(&again) == mg_rng_u64(1, 2, 0));
    double sum = 0, square = 0, uniform = 0;
    int counts[7] = {0}, n = 200000;
    for (int i = 0; i < n; i++) {
        double x = mg_rng_normal(&r), u = mg_rng_uniform(&r);
        assert_true(u >= 0 && u < 1 && isfinite(x));
        sum += x, square += x * x, uniform += u;
        counts[mg_rng_below(&r, 7)]++;
    }
    assert_true(fabs(sum / n) < 0.01 && fabs(square / n - 1) < 0.02 &&
                fabs(uniform / n - 0.5) < 0.005);
    for (int i = 0; i < 7; i++) assert_true(fabs(counts[i] - n / 7.0) < 900);
    for (int i = 0; i < 100; i++) assert_true(mg_rng_below(&r, 1) == 0);
    int ones = 0;
    for (uint32_t i = 0; i < 10000; i++) ones += __builtin_popcount(mg_dropout_bits(99, i));
    assert_true(abs(ones - 160000) < 2000);
}

static void hash64(void **state) {
    (void)state;
    char text[64] = "the quick brown fox jumps over the lazy dog, twice";
    assert_true(mg_hash64("", 0, 0) == 0xe0cb0f32aa917e85u);
    assert_true(mg_hash64(text, 50, 1) == 0x5a88ffc79acb04c2u);
    /* Any length and any flipped bit give another value; about half the bits change. */
    double changed = 0;
    for (size_t n = 1; n <= 50; n++) {
        uint64_t h = mg_hash64(text, n, 7);
        assert_true(h != mg_hash64(text, n - 1, 7) && h != mg_hash64(text, n, 8));
        for (size_t bit = 0; bit < 8 * n; bit++) {
            text[bit / 8] ^= (char)(1 << bit % 8);
            changed += __builtin_popcountll(h ^ mg_hash64(text, n, 7)) / (8.0 * (double)n * 50);
            text[bit / 8] ^= (char)(1 << bit % 8);
        }
    }
    assert_true(fabs(changed - 32) < 0.5);
}

static void sha256(void **state) {
    (void)state;
    char hex[65];
    mg_sha256 s;
    mg_sha256_init(&s);
    mg_sha256_hex(&s, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    mg_sha256_init(&s);
    mg_sha256_add(&s, "abc", 3);
    mg_sha256_hex(&s, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /* A million 'a' (FIPS), in pieces of every size. */
    char as[200];
    memset(as, 'a', sizeof as);
    mg_sha256_init(&s);
    for (size_t left = 1000000, piece = 0; left; left -= piece) {
        piece = (piece + 1) % 200;
        if (piece > left) piece = left;
        mg_sha256_add(&s, as, piece);
    }
    mg_sha256_hex(&s, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    char path[] = "/tmp/molglot-test-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "abc", 3), 3);
    close(fd);
    assert_int_equal(mg_sha256_file(path, hex, NULL), MOLGLOT_OK);
    assert_memory_equal(hex, "ba7816bf", 8);
    unlink(path);
    molglot_error err;
    assert_int_equal(mg_sha256_file(path, hex, &err), MOLGLOT_FAILED);
    assert_non_null(strstr(err.message, path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),  cmocka_unit_test(sizes),          cmocka_unit_test(arenas),
        cmocka_unit_test(strings), cmocka_unit_test(random_numbers), cmocka_unit_test(hash64),
        cmocka_unit_test(sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
