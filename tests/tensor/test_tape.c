/* test_tape.c - what the ops share: sticky errors and their messages, repeated addresses, what is
 * recorded, gradient caching, random streams, and that a small bag out of a big table touches only
 * its rows. On the reference backend. */
#include "../must_tape.h"

#include <math.h>

static mg_tape *new_tape(size_t bytes) {
    mg_tape *t = must_tape("ref", MG_PREC_F32, 1, bytes);
    mg_tape_record(t, true);
    return t;
}

static mg_tensor *filled(mg_tape *t, int64_t rows, int64_t cols, float start, bool grad) {
    mg_tensor *x = mg_input(t, NULL, rows, cols, grad);
    for (int64_t i = 0; x && i < rows * cols; i++)
        mg_f32(x)[i] = start + 0.01f * (float)i * (i % 3 ? 1.0f : -1.0f);
    return x;
}

/* The tape's message contains each of the words; then the tape is reset. */
static void expect_error(mg_tape *t, int code, const char *const *words, size_t n) {
    molglot_error err = {0};
    assert_false(mg_tape_ok(t));
    assert_int_equal(mg_tape_error(t, &err), code);
    for (size_t i = 0; i < n; i++)
        if (!strstr(err.message, words[i])) fail_msg("'%s' lacks '%s'", err.message, words[i]);
    mg_tape_reset(t);
    assert_true(mg_tape_ok(t));
    assert_int_equal(mg_tape_error(t, &err), MOLGLOT_OK);
}
#define EXPECT_ERROR(t, code, ...)                            \
    expect_error(t, code, (const char *const[]){__VA_ARGS__}, \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void test_shape_errors(void **state) {
    (void)state;
    mg_tape *t = new_tape(0);
    assert_null(
        mg_linear(t, filled(t, 2, 3, 0, true), filled(t, 5, 4, 0, true), NULL, MG_ACT_NONE));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "linear", "x is [2,3]", "w is [5,4]");
    assert_null(mg_linear(t, filled(t, 2, 3, 0, true), filled(t, 5, 3, 0, true),
                          filled(t, 1, 4, 0, true), MG_ACT_NONE));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "linear", "w is [5,3]", "b is [1,4]");
    assert_null(mg_add(t, filled(t, 2, 3, 0, true), filled(t, 3, 2, 0, true)));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "add", "a is [2,3]", "b is [3,2]");
    assert_null(mg_sub(t, filled(t, 2, 3, 0, true), filled(t, 2, 4, 0, true)));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "sub", "a is [2,3]", "b is [2,4]");
    assert_null(mg_squared_error(t, filled(t, 1, 3, 0, true), filled(t, 3, 1, 0, true)));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "sub", "a is [1,3]", "b is [3,1]");
    assert_null(mg_mul(t, filled(t, 2, 3, 0, true), filled(t, 1, 3, 0, true)));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "mul", "a is [2,3]", "b is [1,3]");
    mg_tensor *row = filled(t, 1, 4, 0, true);
    assert_null(
        mg_layer_norm(t, filled(t, 2, 4, 0, true), NULL, row, filled(t, 1, 3, 0, true), 1e-5f));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "layer_norm", "x is [2,4]", "beta is [1,3]");
    row = filled(t, 1, 4, 0, true);
    assert_null(
        mg_layer_norm(t, filled(t, 2, 4, 0, true), filled(t, 1, 4, 0, true), row, row, 1e-5f));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "layer_norm", "residual is [1,4]");
    row = filled(t, 1, 4, 0, true);
    assert_null(mg_batch_norm(t, filled(t, 2, 4, 0, true), row, row, row, filled(t, 4, 1, 0, true),
                              0.1f, 1e-5f, MG_ACT_NONE));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "batch_norm", "running_var is [4,1]");
    row = filled(t, 1, 4, 0, true);
    assert_null(
        mg_batch_norm(t, filled(t, 2, 4, 0, true), row, row, row, row, 0.1f, 1e-5f, MG_ACT_TANH));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "batch_norm", "RELU");
    assert_null(mg_infonce(t, filled(t, 2, 4, 0, true), filled(t, 3, 4, 0, true), NULL, 1.0f, 1.0f,
                           NULL, 0.0f));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "infonce", "a is [2,4]", "b is [3,4]");
    assert_null(mg_infonce(t, filled(t, 0, 4, 0, true), filled(t, 0, 4, 0, true), NULL, 1.0f, 1.0f,
                           NULL, 0.0f));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "infonce", "at least one row");
    assert_null(mg_dropout(t, filled(t, 2, 4, 0, true), 1.0f));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "dropout", "p = 1");
    assert_int_equal(mg_backward(t, filled(t, 2, 4, 0, true)), MOLGLOT_FAILED);
    EXPECT_ERROR(t, MOLGLOT_FAILED, "backward", "[2,4]", "[1,1]");
    mg_tape_free(t);
}

static void test_index_errors(void **state) {
    (void)state;
    mg_tape *t = new_tape(0);
    int32_t offsets[4] = {0, 2, 1, 3}, good[4] = {0, 2, 2, 3}, ids[3] = {4, 0, 1},
            negative[3] = {0, -7, 1};
    assert_null(mg_gather_sum(t, filled(t, 9, 2, 0, true),
                              (mg_csr){.n = 3, .offsets = offsets, .ids = ids}));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "gather_sum", "row 1", "from 2 to 1");
    assert_null(
        mg_gather_sum(t, filled(t, 4, 2, 0, true), (mg_csr){.n = 3, .offsets = good, .ids = ids}));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "gather_sum", "row 0", "id 4", "4 rows");
    assert_null(mg_gather_sum(t, filled(t, 4, 2, 0, true),
                              (mg_csr){.n = 3, .offsets = good, .ids = negative}));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "gather_sum", "row 0", "id -7");
    assert_null(mg_gather_sum(t, filled(t, 2, 2, 0, true), (mg_csr){.n = 3, .offsets = good}));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "gather_sum", "3 consecutive", "2 rows");
    assert_null(mg_gather_sum(t, filled(t, 2, 2, 0, true), (mg_csr){.n = 3}));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "gather_sum", "offsets");
    assert_null(mg_gather_sum(t, filled(t, 9, 2, 0, true),
                              (mg_csr){.n = 2, .offsets = good + 1, .ids = ids}));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "gather_sum", "offsets[0] is 2");
    assert_null(mg_attention(t, filled(t, 4, 6, 0, true), (mg_seqs){3, good}, 1, 0.0f, false));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "attention", "4 rows");
    assert_null(mg_attention(t, filled(t, 3, 6, 0, true), (mg_seqs){3, offsets}, 1, 0.0f, false));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "attention", "sequence 1");
    assert_null(mg_attention(t, filled(t, 3, 6, 0, true), (mg_seqs){3, good}, 4, 0.0f, false));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "attention", "[3,6]", "4 heads");
    mg_tape_free(t);
}

/* The first failure stays; later ops answer NULL and leave it alone. */
static void test_sticky(void **state) {
    (void)state;
    mg_tape *t = new_tape(0);
    mg_tensor *x = filled(t, 2, 3, 0, true), *bad = mg_add(t, x, filled(t, 3, 3, 0, true));
    size_t records = mg_tape_records(t);
    int32_t offsets[2] = {0, 2};
    mg_tensor *all[] = {
        mg_linear(t, bad, bad, bad, MG_ACT_RELU),
        mg_activate(t, bad, MG_ACT_GELU),
        mg_add(t, x, x),
        mg_scale(t, x, 2.0f),
        mg_mul(t, bad, x),
        mg_dropout(t, bad, 0.1f),
        mg_gather_sum(t, bad, (mg_csr){.n = 1, .offsets = offsets}),
        mg_layer_norm(t, x, bad, x, x, 1e-5f),
        mg_batch_norm(t, x, bad, bad, bad, bad, 0.1f, 1e-5f, MG_ACT_NONE),
        mg_attention(t, bad, (mg_seqs){1, offsets}, 1, 0.0f, false),
        mg_normalize(t, bad, 1e-12f),
        mg_infonce(t, bad, bad, NULL, 1.0f, 1.0f, NULL, 0.0f),
        mg_weighted_sum(t, &bad, (float[1]){1.0f}, 1),
        mg_new(t, 1, 1),
        mg_input(t, NULL, 1, 1, true),
    };
    for (size_t i = 0; i < MG_COUNT(all); i++) assert_null(all[i]);
    assert_null(mg_tape_alloc(t, 8));
    assert_int_equal(mg_backward(t, bad), MOLGLOT_FAILED);
    assert_int_equal(mg_tape_records(t), records);
    EXPECT_ERROR(t, MOLGLOT_FAILED, "add: a is [2,3], b is [3,3]");

    /* NULL on a healthy tape is a failure of its own. */
    assert_null(mg_linear(t, NULL, NULL, NULL, MG_ACT_NONE));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "linear", "NULL");
    mg_tensor *terms[2] = {filled(t, 1, 1, 0, true), NULL};
    assert_null(mg_weighted_sum(t, terms, (float[2]){1.0f, 1.0f}, 2));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "weighted_sum", "NULL");
    mg_tape_fail(t, "molecule %d has no atoms", 7);
    EXPECT_ERROR(t, MOLGLOT_FAILED, "molecule 7 has no atoms");
    mg_tape_free(t);
}

static void test_arena_full(void **state) {
    (void)state;
    mg_tape *t = new_tape((size_t)1 << 20);
    mg_tensor *x = filled(t, 100, 100, 0, true);
    for (int i = 0; i < 1000 && mg_tape_ok(t); i++) x = mg_scale(t, x, 1.01f);
    assert_null(x);
    EXPECT_ERROR(t, MOLGLOT_NO_MEMORY, "scale", "[100,100]");
    x = filled(t, 100, 100, 0, true); /* forward fits, backward does not */
    for (int i = 0; i < 20; i++) x = mg_scale(t, x, 1.01f);
    float *up = calloc(10000, sizeof *up);
    assert_true(mg_tape_ok(t));
    assert_int_equal(mg_backward_from(t, x, up), MOLGLOT_NO_MEMORY);
    free(up);
    EXPECT_ERROR(t, MOLGLOT_NO_MEMORY, "backward", "arena");
    assert_null(mg_new(t, INT64_MAX / 2, 8));
    EXPECT_ERROR(t, MOLGLOT_NO_MEMORY, "new");
    assert_null(mg_new(t, -1, 8));
    EXPECT_ERROR(t, MOLGLOT_NO_MEMORY, "new");
    assert_null(mg_tape_alloc(t, SIZE_MAX));
    EXPECT_ERROR(t, MOLGLOT_NO_MEMORY, "arena is full");
    mg_tape_free(t);
}

static void test_device(void **state) {
    (void)state;
    molglot_error err = {0};
    assert_null(mg_tape_new("abacus", MG_PREC_F32, 0, 0, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    assert_non_null(strstr(err.message, "abacus"));
    mg_tape *t = new_tape(0);
    assert_string_equal(mg_tape_device(t), "ref");
    mg_tape_free(t);
    mg_tape_free(NULL);
}

/* ---- what is recorded ---- */

static void test_recording(void **state) {
    (void)state;
    mg_tape *t = new_tape(0);
    mg_tensor *frozen = filled(t, 4, 3, 1, false), *x = filled(t, 2, 3, 1, true);
    mg_tensor *y = mg_scale(t, frozen, 2.0f);
    assert_int_equal(mg_tape_records(t), 0); /* nothing needs a gradient */
    assert_false(y->needs_grad);
    y = mg_linear(t, x, frozen, NULL, MG_ACT_NONE);
    mg_tensor *unused = mg_scale(t, y, 3.0f), *z = mg_mul(t, y, y);
    assert_int_equal(mg_tape_records(t), 3);
    float ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    assert_int_equal(mg_backward_from(t, z, ones), MOLGLOT_OK);
    assert_null(unused->grad); /* a branch that leads nowhere costs nothing */
    assert_null(frozen->grad);
    assert_non_null(x->grad);
    assert_non_null(y->grad);

    mg_tape_record(t, false);
    y = mg_scale(t, x, 2.0f);
    assert_int_equal(mg_backward_from(t, y, ones), MOLGLOT_FAILED);
    EXPECT_ERROR(t, MOLGLOT_FAILED, "backward", "recording");

    uint16_t half[12] = {0};
    mg_tensor w16 = {.data = half, .rows = 4, .cols = 3, .dtype = MG_BF16}, table = w16;
    mg_tape_record(t, true);
    assert_null(mg_linear(t, filled(t, 2, 3, 1, true), &w16, NULL, MG_ACT_NONE));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "linear", "BF16");
    table.needs_grad = 1;
    assert_null(mg_gather_sum(t, &table, (mg_csr){.n = 1, .offsets = (int32_t[2]){0, 1}}));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "gather_sum", "BF16");
    assert_null(mg_scale(t, &w16, 1.0f));
    EXPECT_ERROR(t, MOLGLOT_FAILED, "scale", "BF16");
    mg_tensor no_buffer = {.data = ones, .rows = 1, .cols = 2, .needs_grad = 1, .is_param = 1};
    assert_int_equal(mg_backward_from(t, mg_scale(t, &no_buffer, 1.0f), ones), MOLGLOT_FAILED);
    EXPECT_ERROR(t, MOLGLOT_FAILED, "parameter", "[1,2]");
    mg_tape_free(t);
}

static void test_same_addresses(void **state) {
    (void)state;
    mg_tape *t = new_tape(0);
    const void *first[3] = {0};
    size_t peak = 0;
    for (int round = 0; round < 3; round++) {
        mg_tape_reset(t);
        mg_tensor *x = filled(t, 5, 4, 1, true), *y = mg_activate(t, x, MG_ACT_GELU);
        mg_tensor *loss = mg_infonce(t, mg_normalize(t, y, 1e-12f), mg_normalize(t, x, 1e-12f),
                                     NULL, 5.0f, 0, NULL, 0.0f);
        assert_int_equal(mg_backward(t, loss), MOLGLOT_OK);
        const void *now[3] = {y->data, loss, x->grad};
        if (round > 0) {
            assert_memory_equal(first, now, sizeof now);
            assert_int_equal(mg_tape_peak_bytes(t), peak);
        }
        memcpy(first, now, sizeof now);
        peak = mg_tape_peak_bytes(t);
    }
    mg_tape_free(t);
}

/* ---- backward in pieces ---- */

/* A tower with dropout; x[n,6], parameters w[5,6], b[1,5]. */
static mg_tensor *tower(mg_tape *t, mg_tensor *x, mg_tensor *w, mg_tensor *b) {
    mg_tensor *h = mg_linear(t, mg_dropout(t, x, 0.3f), w, b, MG_ACT_GELU);
    return mg_normalize(t, mg_dropout(t, h, 0.2f), 1e-12f);
}

/* Gradient caching: chunks are embedded without recording, the loss of the whole batch gives the
 * gradient of each embedding, and each chunk runs again recording, from that gradient. Same masks,
 * so the same gradients as in one piece. */
static void test_gradient_caching(void **state) {
    (void)state;
    enum { CHUNKS = 3, ROWS = 4, IN = 6, OUT = 5 };
    mg_tape *t = new_tape(0);
    mg_tape_training(t, true);
    float w_data[OUT * IN], b_data[OUT] = {0.1f, -0.2f, 0.3f, 0, 0}, w_grad[2][OUT * IN] = {{0}},
                            b_grad[2][OUT] = {{0}};
    for (int i = 0; i < OUT * IN; i++) w_data[i] = sinf(1.7f * (float)i);
    mg_tensor w = {.data = w_data, .rows = OUT, .cols = IN, .needs_grad = 1, .is_param = 1};
    mg_tensor b = {.data = b_data, .rows = 1, .cols = OUT, .needs_grad = 1, .is_param = 1};
    float x[CHUNKS][ROWS * IN], z[CHUNKS * ROWS * OUT], dz[CHUNKS * ROWS * OUT];
    for (int i = 0; i < CHUNKS * ROWS * IN; i++)
        x[i / (ROWS * IN)][i % (ROWS * IN)] = cosf(2.3f * (float)i);
    for (int i = 0; i < CHUNKS * ROWS * OUT; i++) z[i] = 0;

    /* In one piece: the chunks' towers on one tape, with one loss over all pairs of rows (a
     * weighted sum keeps it simple). */
    w.grad = w_grad[0];
    b.grad = b_grad[0];
    float weights[ROWS * OUT];
    for (int i = 0; i < ROWS * OUT; i++) weights[i] = (float)(i % 4) - 1.3f;
    mg_tape_seed(t, 11, 3);
    mg_tensor *sum = NULL;
    for (int c = 0; c < CHUNKS; c++) {
        mg_tape_stream(t, (uint64_t)c + 1);
        mg_tensor *y = tower(t, mg_input(t, x[c], ROWS, IN, false), &w, &b);
        sum = sum ? mg_add(t, sum, mg_mul(t, sum, y)) : y;
    }
    assert_int_equal(mg_backward_from(t, sum, weights), MOLGLOT_OK);

    /* In pieces. */
    w.grad = w_grad[1];
    b.grad = b_grad[1];
    mg_tape_record(t, false);
    for (int c = 0; c < CHUNKS; c++) {
        mg_tape_reset(t);
        mg_tape_stream(t, (uint64_t)c + 1);
        mg_tensor *y = tower(t, mg_input(t, x[c], ROWS, IN, false), &w, &b);
        memcpy(z + c * ROWS * OUT, y->data, sizeof(float) * ROWS * OUT);
    }
    mg_tape_reset(t);
    mg_tape_record(t, true);
    mg_tensor *leaf[CHUNKS];
    sum = NULL;
    for (int c = 0; c < CHUNKS; c++) {
        leaf[c] = mg_input(t, z + c * ROWS * OUT, ROWS, OUT, true);
        sum = sum ? mg_add(t, sum, mg_mul(t, sum, leaf[c])) : leaf[c];
    }
    assert_int_equal(mg_backward_from(t, sum, weights), MOLGLOT_OK);
    for (int c = 0; c < CHUNKS; c++)
        memcpy(dz + c * ROWS * OUT, leaf[c]->grad, sizeof(float) * ROWS * OUT);
    for (int c = 0; c < CHUNKS; c++) {
        mg_tape_reset(t);
        mg_tape_stream(t, (uint64_t)c + 1);
        mg_tensor *y = tower(t, mg_input(t, x[c], ROWS, IN, false), &w, &b);
        assert_memory_equal(y->data, z + c * ROWS * OUT, sizeof(float) * ROWS * OUT);
        assert_int_equal(mg_backward_from(t, y, dz + c * ROWS * OUT), MOLGLOT_OK);
    }
    for (int i = 0; i < OUT * IN; i++) assert_float_equal(w_grad[1][i], w_grad[0][i], 1e-5);
    for (int i = 0; i < OUT; i++) assert_float_equal(b_grad[1][i], b_grad[0][i], 1e-5);
    mg_tape_free(t);
}

/* Two outputs of one tape, one backward each: as one backward of their sum. */
static void test_two_outputs(void **state) {
    (void)state;
    mg_tape *t = new_tape(0);
    const float ones[6] = {1, 1, 1, 1, 1, 1};
    float together[6];
    mg_tensor *x = filled(t, 2, 3, 1, true), *h = mg_mul(t, x, x);
    mg_backward_from(t, mg_add(t, mg_scale(t, h, 2.0f), mg_activate(t, h, MG_ACT_TANH)), ones);
    memcpy(together, x->grad, sizeof together);
    mg_tape_reset(t);
    x = filled(t, 2, 3, 1, true);
    h = mg_mul(t, x, x);
    mg_tensor *a = mg_scale(t, h, 2.0f), *b = mg_activate(t, h, MG_ACT_TANH);
    assert_int_equal(mg_backward_from(t, a, ones), MOLGLOT_OK);
    assert_int_equal(mg_backward_from(t, b, ones), MOLGLOT_OK);
    for (int i = 0; i < 6; i++) assert_float_equal(x->grad[i], together[i], 1e-6);
    mg_tape_free(t);
}

static void test_streams(void **state) {
    (void)state;
    enum { N = 4096 };
    mg_tape *t = new_tape(0);
    mg_tape_training(t, true);
    float ones[N], first[N];
    for (int i = 0; i < N; i++) ones[i] = 1.0f;
    const struct {
        uint64_t seed, step, stream;
        bool same;
    } cases[] = {
        {1, 1, 0, true}, {2, 1, 0, false}, {1, 2, 0, false}, {1, 1, 1, false}, {1, 1, 0, true}};
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        mg_tape_reset(t);
        mg_tape_seed(t, cases[c].seed, cases[c].step);
        if (cases[c].stream) mg_tape_stream(t, cases[c].stream);
        mg_tensor *x = mg_input(t, ones, 1, N, false), *y = mg_dropout(t, x, 0.25f),
                  *z = mg_dropout(t, x, 0.25f);
        int kept = 0;
        for (int i = 0; i < N; i++) {
            kept += mg_f32(y)[i] != 0.0f;
            assert_true(mg_f32(y)[i] == 0.0f || fabsf(mg_f32(y)[i] - 1.0f / 0.75f) < 1e-6f);
        }
        assert_true(abs(kept - N * 3 / 4) < 150);               /* 5 standard deviations */
        assert_memory_not_equal(y->data, z->data, sizeof ones); /* the next op draws others */
        if (c == 0) memcpy(first, y->data, sizeof first);
        assert_int_equal(memcmp(first, y->data, sizeof first) == 0, cases[c].same);
    }
    mg_tape_reset(t); /* alone it restarts the count */
    assert_memory_equal(mg_dropout(t, mg_input(t, ones, 1, N, false), 0.25f)->data, first,
                        sizeof first);
    mg_tape_training(t, false);
    mg_tensor *x = mg_input(t, ones, 1, N, false);
    assert_ptr_equal(mg_dropout(t, x, 0.25f), x);
    mg_tape_free(t);
}

/* Gradients of the other rows hold NaN before and after: nobody read or wrote them. */
static void test_sparse_gradient(void **state) {
    (void)state;
    enum { ROWS = 60000, COLS = 8 };
    mg_tape *t = new_tape(0);
    float *data = calloc(ROWS * COLS, sizeof *data), *grad = malloc(ROWS * COLS * sizeof *grad);
    assert_true(data && grad);
    for (int i = 0; i < ROWS * COLS; i++) grad[i] = NAN;
    int32_t offsets[4] = {0, 3, 3, 5}, ids[5] = {59999, 17, 59999, 17, 4000};
    const float weights[5] = {1, 2, 3, 4, 5};
    for (int e = 0; e < 5; e++) memset(grad + ids[e] * COLS, 0, COLS * sizeof *grad);
    mg_tensor table = {
        .data = data, .grad = grad, .rows = ROWS, .cols = COLS, .needs_grad = 1, .is_param = 1};
    mg_tensor *y = mg_gather_sum(t, &table, (mg_csr){3, offsets, ids, weights, false});
    float up[3 * COLS];
    for (int i = 0; i < 3 * COLS; i++) up[i] = (float)(1 + i / COLS);
    assert_int_equal(mg_backward_from(t, y, up), MOLGLOT_OK);
    for (int r = 0; r < ROWS; r++) {
        float expected = r == 59999 ? 4.0f : r == 17 ? 2.0f + 12.0f : r == 4000 ? 15.0f : NAN;
        if (isnan(expected))
            assert_true(isnan(grad[r * COLS]) && isnan(grad[r * COLS + COLS - 1]));
        else
            assert_float_equal(grad[r * COLS + 3], expected, 1e-6);
    }
    free(data);
    free(grad);
    mg_tape_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape_errors),    cmocka_unit_test(test_index_errors),
        cmocka_unit_test(test_sticky),          cmocka_unit_test(test_arena_full),
        cmocka_unit_test(test_device),          cmocka_unit_test(test_recording),
        cmocka_unit_test(test_same_addresses),  cmocka_unit_test(test_gradient_caching),
        cmocka_unit_test(test_two_outputs),     cmocka_unit_test(test_streams),
        cmocka_unit_test(test_sparse_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
