/* test_attention.c - beside the op table: attention on a cache equals causal attention row by row,
 * several sequences that read the same keys, cross-attention to no keys, and the messages of the
 * attention ops. On the reference and the cpu backend, or the device named as argument. */
#include "../must_tape.h"

#include <math.h>

static const char *devices[] = {"ref", "cpu"}; /* or the one that the command line names */
static size_t n_devices = MG_COUNT(devices);

static mg_tape *new_tape(const char *device) {
    return must_tape(device, MG_PREC_F32, 2, (size_t)1 << 28);
}

/* ---- the cache ---- */

enum { N_SEQ = 4, HEADS = 3, W = 20, D = HEADS * W, ROOM = 90 };
static const int32_t LENGTHS[N_SEQ] = {5, 1, 83, 9}, PROMPTS[N_SEQ] = {3, 0, 40, 9},
                     FROM[N_SEQ] = {2, 95, 185, 290};

/* The next rows of every sequence, out of qkv packed at `offsets`: its prompt at first, then one at
 * a time while there are any. */
static void next_rows(const float *qkv, const int32_t *offsets, const int32_t *count, bool prompt,
                      float *rows, int32_t *packed) {
    packed[0] = 0;
    for (int s = 0; s < N_SEQ; s++) {
        const int32_t added = prompt ? PROMPTS[s] : count[s] < LENGTHS[s];
        memcpy(rows + packed[s] * 3 * D, qkv + (offsets[s] + count[s]) * 3 * D,
               (size_t)(added * 3 * D) * sizeof *rows);
        packed[s + 1] = packed[s] + added;
    }
}

static void check_cache(const char *device) {
    mg_tape *t = new_tape(device);
    int32_t offsets[N_SEQ + 1] = {0}, count[N_SEQ] = {0};
    for (int s = 0; s < N_SEQ; s++) offsets[s + 1] = offsets[s] + LENGTHS[s];
    const int32_t n = offsets[N_SEQ];
    float *qkv = calloc((size_t)(n * 3 * D), sizeof *qkv),
          *rows = calloc((size_t)(n * 3 * D), sizeof *rows);
    mg_rng rng = {.seed = 21};
    for (int i = 0; i < n * 3 * D; i++) qkv[i] = (float)(2.0 * mg_rng_uniform(&rng) - 1.0);
    const float *whole = must_values(t, mg_attention(t, mg_input(t, qkv, n, 3 * D, false),
                                                     (mg_seqs){N_SEQ, offsets}, HEADS, 0.0f, true));
    mg_tensor *cache = mg_zeros(t, FROM[N_SEQ - 1] + ROOM, 2 * D);
    for (int step = 0, filled = 0; filled < n; step++) {
        int32_t *packed = mg_tape_alloc(t, (N_SEQ + 1) * sizeof *packed),
                *before = mg_tape_alloc(t, sizeof count);
        assert_true(step <= LENGTHS[2] && packed && before);
        memcpy(before, count, sizeof count);
        next_rows(qkv, offsets, count, step == 0, rows, packed);
        const int32_t added = packed[N_SEQ];
        const float *y = must_values(
            t, mg_cached_attention(t, mg_input(t, rows, added, 3 * D, false),
                                   (mg_seqs){N_SEQ, packed}, cache, FROM, before, ROOM, HEADS));
        for (int s = 0; s < N_SEQ; s++)
            for (int32_t r = packed[s]; r < packed[s + 1]; r++, count[s]++, filled++)
                for (int c = 0; c < D; c++)
                    assert_float_equal(y[r * D + c], whole[(offsets[s] + count[s]) * D + c], 2e-6);
    }
    const float *kept = must_values(t, cache);
    for (int s = 0; s < N_SEQ; s++)
        for (int h = 0; h < HEADS; h++)
            for (int part = 0; part < 2; part++) /* keys, values */
                for (int r = 0; r < LENGTHS[s]; r++)
                    assert_memory_equal(kept + FROM[s] * 2 * D + ((h * 2 + part) * ROOM + r) * W,
                                        qkv + (offsets[s] + r) * 3 * D + (1 + part) * D + h * W,
                                        W * sizeof *qkv);
    /* rows of nobody */
    assert_true(kept[0] == 0.0f && kept[FROM[0] * 2 * D + LENGTHS[0] * W] == 0.0f);
    free(qkv), free(rows);
    mg_tape_free(t);
}

static void test_cache(void **state) {
    (void)state;
    for (size_t i = 0; i < n_devices; i++) check_cache(devices[i]);
}

/* ---- keys and values that several sequences read ---- */

/* Sequence s of q reads sequence SOURCE[s] of kv: the same numbers as attention to copies of the
 * rows, and for every sequence, alone in its call, the same bits as beside the others. */
static void check_shared(const char *device) {
    enum { N = 5, KV = 3 };
    static const int32_t source[N] = {2, 0, 2, 1, 2}, q_offsets[N + 1] = {0, 1, 2, 3, 4, 7},
                         kv_offsets[KV + 1] = {0, 19, 19, 90};
    mg_tape *t = new_tape(device);
    mg_rng rng = {.seed = 22};
    float q[7 * D], kv[90 * 2 * D], *copies = calloc((size_t)(N * 90 * 2 * D), sizeof *copies);
    for (size_t i = 0; i < MG_COUNT(q); i++) q[i] = (float)(2.0 * mg_rng_uniform(&rng) - 1.0);
    for (size_t i = 0; i < MG_COUNT(kv); i++) kv[i] = (float)(2.0 * mg_rng_uniform(&rng) - 1.0);
    int32_t copied[N + 1] = {0};
    for (int s = 0; s < N; s++) {
        const int32_t from = kv_offsets[source[s]], rows = kv_offsets[source[s] + 1] - from;
        memcpy(copies + copied[s] * 2 * D, kv + from * 2 * D, (size_t)(rows * 2 * D) * sizeof *kv);
        copied[s + 1] = copied[s] + rows;
    }
    mg_tensor *apart = mg_heads_apart(t, mg_input(t, kv, 90, 2 * D, false), HEADS);
    const mg_seqs kv_seqs = {KV, kv_offsets};
    const float *want = must_values(
        t, mg_cross_attention(t, mg_input(t, q, 7, D, false),
                              mg_input(t, copies, copied[N], 2 * D, false), (mg_seqs){N, q_offsets},
                              (mg_seqs){N, copied}, HEADS, 0.0f));
    const float *y = must_values(t, mg_shared_attention(t, mg_input(t, q, 7, D, false), apart,
                                                        (mg_seqs){N, q_offsets}, kv_seqs, source,
                                                        HEADS));
    for (int i = 0; i < 7 * D; i++) assert_float_equal(y[i], want[i], 2e-6);
    for (int s = 0; s < N; s++) {
        const int32_t rows = q_offsets[s + 1] - q_offsets[s];
        int32_t *alone = mg_tape_alloc(t, 2 * sizeof *alone);
        assert_non_null(alone);
        alone[0] = 0, alone[1] = rows;
        const float *one = must_values(
            t, mg_shared_attention(t, mg_input(t, q + q_offsets[s] * D, rows, D, false), apart,
                                   (mg_seqs){1, alone}, kv_seqs, source + s, HEADS));
        assert_memory_equal(one, y + q_offsets[s] * D, (size_t)(rows * D) * sizeof *y);
    }
    free(copies);
    mg_tape_free(t);
}

static void test_shared(void **state) {
    (void)state;
    for (size_t i = 0; i < n_devices; i++) check_shared(devices[i]);
}

/* ---- no keys at all ---- */

static void test_no_keys(void **state) {
    (void)state;
    static const int32_t q_offsets[] = {0, 2, 3}, kv_offsets[] = {0, 0, 0};
    const float x[12] = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12},
                up[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    for (size_t i = 0; i < n_devices; i++) {
        mg_tape *t = new_tape(devices[i]);
        mg_tape_record(t, true);
        mg_tensor *q = mg_input(t, x, 3, 4, true), *kv = mg_input(t, NULL, 0, 8, true);
        mg_tensor *y = mg_cross_attention(t, q, kv, (mg_seqs){2, q_offsets},
                                          (mg_seqs){2, kv_offsets}, 2, 0.0f);
        const float *value = must_values(t, y);
        for (int k = 0; k < 12; k++) assert_true(value[k] == 0.0f);
        assert_int_equal(mg_backward_from(t, y, up), MOLGLOT_OK);
        const float *dq = mg_grads(t, q);
        assert_non_null(dq);
        for (int k = 0; k < 12; k++) assert_true(dq[k] == 0.0f);
        mg_tape_free(t);
    }
}

/* ---- messages ---- */

/* The op gave NULL, the message contains both words; then the tape is reset. */
static void expect(mg_tape *t, const mg_tensor *y, const char *a, const char *b) {
    molglot_error err = {0};
    assert_null(y);
    assert_int_equal(mg_tape_error(t, &err), MOLGLOT_FAILED);
    if (!strstr(err.message, a) || !strstr(err.message, b))
        fail_msg("'%s' lacks '%s' or '%s'", err.message, a, b);
    mg_tape_reset(t);
}

static void test_cross_messages(void **state) {
    (void)state;
    static const int32_t one[] = {0, 3}, two[] = {0, 1, 3}, falls[] = {0, 4, 3};
    const mg_seqs a = {1, one}, b = {2, two}, c = {2, falls};
    mg_tape *t = new_tape("ref");
    expect(t, mg_cross_attention(t, NULL, mg_zeros(t, 3, 8), a, a, 1, 0.0f), "cross_attention",
           "NULL");
    expect(t, mg_cross_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 3, 4), a, a, 1, 0.0f),
           "q is [3,4]", "twice the columns");
    expect(t, mg_cross_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 3, 8), a, a, 3, 0.0f),
           "q is [3,4]", "1 x 3 heads");
    expect(t, mg_cross_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 3, 8), a, b, 2, 0.0f),
           "1 sequences of q", "2 of kv");
    expect(t, mg_cross_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 3, 8), b, c, 2, 0.0f),
           "sequence 1 of kv", "from 4 to 3");
    expect(t, mg_cross_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 2, 8), b, b, 2, 0.0f),
           "2 sequences", "2 rows of kv");
    expect(t, mg_cross_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 3, 8), a, a, 2, 1.0f),
           "cross_attention", "p = 1");
    mg_tape_free(t);
}

static void test_shared_messages(void **state) {
    (void)state;
    static const int32_t two[] = {0, 1, 3}, beyond[] = {1, 2}, below[] = {-1, 0};
    const mg_seqs b = {2, two};
    mg_tape *t = new_tape("ref");
    expect(t, mg_heads_apart(t, mg_zeros(t, 3, 6), 2), "heads_apart", "2 x 2 heads");
    expect(t, mg_shared_attention(t, mg_zeros(t, 3, 4), NULL, b, b, NULL, 2), "shared_attention",
           "NULL");
    expect(t, mg_shared_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 12, 4), b, b, NULL, 2),
           "q is [3,4]", "mg_heads_apart");
    expect(t, mg_shared_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 11, 2), b, b, NULL, 2),
           "[11,2]", "mg_heads_apart");
    expect(t, mg_shared_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 8, 2), b, b, NULL, 2),
           "2 sequences", "2 rows of kv");
    expect(t, mg_shared_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 12, 2), b, b, beyond, 2),
           "sequence 1 of q", "sequence 2 of 2");
    expect(t, mg_shared_attention(t, mg_zeros(t, 3, 4), mg_zeros(t, 12, 2), b, b, below, 2),
           "sequence 0 of q", "sequence -1 of 2");
    mg_tape_record(t, true);
    expect(t, mg_heads_apart(t, mg_input(t, NULL, 3, 8, true), 2), "heads_apart", "no gradient");
    mg_tape_record(t, true);
    expect(t,
           mg_shared_attention(t, mg_input(t, NULL, 3, 4, true), mg_zeros(t, 12, 2), b, b, NULL, 2),
           "shared_attention", "no gradient");
    mg_tape_free(t);
}

/* Two rows of each of two sequences into a cache of ten rows. */
static mg_tensor *cached(mg_tape *t, mg_tensor *qkv, int64_t cache_cols, int32_t from0,
                         int32_t from1, int32_t filled, int32_t room) {
    static const int32_t offsets[] = {0, 2, 4};
    const int32_t from[] = {from0, from1}, count[] = {0, filled};
    return mg_cached_attention(t, qkv, (mg_seqs){2, offsets}, mg_zeros(t, 10, cache_cols), from,
                               count, room, 2);
}

static void test_cache_messages(void **state) {
    (void)state;
    mg_tape *t = new_tape("ref");
    assert_non_null(cached(t, mg_zeros(t, 4, 12), 8, 0, 5, 3, 5));
    expect(t, cached(t, NULL, 8, 0, 5, 0, 5), "cached_attention", "NULL");
    expect(t, cached(t, mg_zeros(t, 4, 12), 12, 0, 5, 0, 5), "qkv is [4,12]", "cache is [10,12]");
    expect(t, cached(t, mg_zeros(t, 4, 12), 8, 0, 5, 4, 5), "sequence 1: 4 rows and 2 new ones",
           "room of 5");
    expect(t, cached(t, mg_zeros(t, 4, 12), 8, 0, 5, -1, 5), "sequence 1: -1 rows", "room of 5");
    expect(t, cached(t, mg_zeros(t, 4, 12), 8, 0, 6, 0, 5), "sequence 1: 5 rows from row 6",
           "its end, 10");
    expect(t, cached(t, mg_zeros(t, 4, 12), 8, 0, 4, 0, 5), "sequence 1: 5 rows from row 4",
           "between row 5");
    expect(t, cached(t, mg_zeros(t, 4, 12), 8, -1, 5, 0, 5), "sequence 0: 5 rows from row -1",
           "between row 0");
    mg_tape_record(t, true);
    expect(t, cached(t, mg_input(t, NULL, 4, 12, true), 8, 0, 5, 0, 5), "cached_attention",
           "no gradient");
    assert_non_null(cached(t, mg_zeros(t, 4, 12), 8, 0, 5, 0, 5));
    mg_tape_free(t);
}

int main(int argc, char **argv) {
    if (argc > 1) devices[0] = argv[1], n_devices = 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache),           cmocka_unit_test(test_shared),
        cmocka_unit_test(test_shared_messages), cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_cross_messages),  cmocka_unit_test(test_cache_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
