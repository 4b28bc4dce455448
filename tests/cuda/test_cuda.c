/* test_cuda.c - the CUDA backend beside its kernels, on the emulator: what opens and what does not,
 * where values are, uploads, and every failure that the emulator can cause. `test_cuda
 * absent` is run where no libmolglot_cuda.so can be found.
 */
#include "emulated.h"
#include "tensor/inside.h"

enum { ARENA = 8 << 20 };

/* ---- opening ---- */

static void refuse_device(const char *device, int code, const char *text) {
    molglot_error err = {0};
    assert_null(mg_tape_new(device, MG_PREC_F32, 1, ARENA, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.message, text)) fail_msg("%s: '%s' is not in '%s'", device, text, err.message);
}

static void absent_library_is_explained(void **state) {
    (void)state;
    refuse_device("cuda", MOLGLOT_FAILED, "libmolglot_cuda.so");
    refuse_device("cuda:1", MOLGLOT_FAILED, "make cuda");
    refuse_device("cuda", MOLGLOT_FAILED, "use the device cpu");
}

static void devices_have_names(void **state) {
    (void)state;
    static const char *const unknown[] = {"",        "gpu",     "cuda:",  "cuda:x",
                                          "cuda:-1", "cuda:1x", "cuda 1", "CUDA"};
    for (size_t i = 0; i < MG_COUNT(unknown); i++)
        refuse_device(unknown[i], MOLGLOT_USAGE, "unknown");
    refuse_device("cuda:2", MOLGLOT_FAILED, "no such GPU, the last of 2 is cuda:1");
    char about[256];
    molglot_error err = {0};
    assert_int_equal(mg_device_describe("cuda:1", about, &err), MOLGLOT_OK);
    assert_non_null(strstr(about, "emulated GPU 1"));
}

static void machines_without_a_gpu(void **state) {
    (void)state;
    emulator_set("MG_EMU_DEVICES", "0");
    refuse_device("cuda", MOLGLOT_FAILED, "no NVIDIA GPU");
    emulator_set("MG_EMU_DEVICES", "-1");
    refuse_device("cuda", MOLGLOT_FAILED, "no NVIDIA driver");
    emulator_set("MG_EMU_DEVICES", NULL);
    emulator_set("MG_EMU_MEMORY", "16"); /* not even the workspace of the products */
    refuse_device("cuda", MOLGLOT_FAILED, "no room for");
    emulator_set("MG_EMU_MEMORY", NULL);
}

static void other_builds_are_refused(void **state) {
    (void)state;
    typedef mg_backend *backend_new(int, const char *, size_t, molglot_error *);
    backend_new *make;
    void *symbol = emulator_symbol("mg_cuda_backend_new");
    memcpy(&make, &symbol, sizeof make);
    molglot_error err = {0};
    assert_null(make(0, "0.0.0", sizeof(mg_backend), &err));
    assert_int_equal(err.code, MOLGLOT_FAILED);
    assert_non_null(strstr(err.message, "another build (" MOLGLOT_VERSION));
    assert_null(make(0, MOLGLOT_VERSION, sizeof(mg_backend) - 8, &err));
    assert_non_null(strstr(err.message, "another build"));
}

/* ---- memory ---- */

static void full_memory_is_an_error(void **state) {
    (void)state;
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    assert_null(mg_zeros(t, 3 << 20, 1));
    molglot_error err = {0};
    assert_int_equal(mg_tape_error(t, &err), MOLGLOT_NO_MEMORY);
    mg_tape_reset(t);
    static float huge[1];
    mg_tape_attach(t, huge, (size_t)4 << 30); /* asks for the memory before it reads anything */
    must_fail(t, "no room");
    mg_tape_reset(t);
    const float one = 1.0f;
    assert_true(mg_values(t, mg_scale(t, mg_input(t, &one, 1, 1, false), 3.0f))[0] == 3.0f);
    mg_tape_free(t);
}

static void foreign_addresses_are_refused(void **state) {
    (void)state;
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    float own[4] = {1, 2, 3, 4};
    mg_tensor foreign = {.data = own, .rows = 1, .cols = 4};
    assert_null(mg_add(t, &foreign, &foreign));
    must_fail(t, "add: cuda: ");
    must_fail(t, "is not on the GPU");
    assert_null(mg_add(t, &foreign, &foreign)); /* the tape stays failed ... */
    mg_tape_reset(t);
    mg_tape_attach(t, own, sizeof own); /* ... until its reset; the backend lives */
    assert_true(mg_values(t, mg_add(t, &foreign, &foreign))[3] == 8.0f);
    mg_tape_attach(t, own + 2, sizeof own);
    must_fail(t, "overlap");
    mg_tape_reset(t);
    mg_tape_push(t, own + 2, sizeof own); /* beyond its end */
    must_fail(t, "is not on the GPU");
    mg_tape_reset(t);
    mg_tape_detach(t, own);
    assert_null(mg_add(t, &foreign, &foreign));
    mg_tape_free(t);
}

static void values_move_when_told(void **state) {
    (void)state;
    mg_tape *t = must_tape("cuda:1", MG_PREC_F32, 1, ARENA);
    float own[64];
    for (int i = 0; i < 64; i++) own[i] = (float)i;
    mg_tensor x = {.data = own, .rows = 8, .cols = 8};
    mg_tape_attach(t, own, sizeof own);
    own[9] = 100.0f; /* not pushed */
    assert_true(mg_values(t, mg_scale(t, &x, 1.0f))[9] == 9.0f);
    mg_tape_push(t, own + 9, sizeof(float));
    own[9] = -1.0f; /* read before push returned */
    own[10] = -1.0f;
    assert_true(mg_values(t, mg_scale(t, &x, 1.0f))[9] == 100.0f);
    mg_flat_zero(t, own + 8, 2);
    assert_true(own[8] == 8.0f);
    mg_tape_pull(t, own + 8, 2 * sizeof(float));
    assert_true(own[8] == 0.0f && own[9] == 0.0f && own[10] == -1.0f);
    mg_tape_push(t, own, 0);
    mg_tape_pull(t, own, 0);
    must_run(t);
    assert_null(mg_grads(t, mg_scale(t, &x, 1.0f)));
    mg_tape_free(t); /* also what was not detached */
}

/* Another library's sum, on the device and in the order of its stream. */
static void where_values_are(void **state) {
    (void)state;
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    float own[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    void *stream = NULL;
    mg_tape_attach(t, own, sizeof own);
    float *there = mg_tape_where(t, own + 2, 4, &stream);
    assert_non_null(there);
    assert_non_null(stream);
    assert_ptr_not_equal(there, own + 2);
    mg_flat_zero(t, own + 3, 1); /* before it on the stream */
    assert_true(emulator_scale(there, 4, 10, stream));
    assert_true(own[2] == 3);
    mg_tape_pull(t, own, sizeof own);
    static const float expected[8] = {1, 2, 30, 0, 50, 60, 7, 8};
    assert_memory_equal(own, expected, sizeof own);
    must_run(t);
    assert_null(mg_tape_where(t, own + 2, 7, &stream)); /* beyond its end */
    must_fail(t, "is not on the GPU");
    mg_tape_free(t);
    t = must_tape("cpu", MG_PREC_F32, 1, ARENA);
    assert_null(mg_tape_where(t, own, 8, &stream));
    must_run(t);
    mg_tape_free(t);
}

static void missing_kernels_are_named(void **state) {
    (void)state;
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    const float one = 1.0f;
    t->be->mul = NULL;
    mg_tensor *x = mg_input(t, &one, 1, 1, false);
    assert_null(mg_mul(t, x, x));
    must_fail(t, "mul: the cuda backend has no kernel mul");
    mg_tape_free(t);
}

/* ---- uploads: CSR sums whose ids say what the result is; table row i holds i ---- */

static mg_tensor *count_table(mg_tape *t, int64_t rows) {
    mg_tensor *x = mg_new(t, rows, 1);
    must_run(t);
    for (int64_t i = 0; i < rows; i++) mg_f32(x)[i] = (float)i;
    mg_tape_push(t, x->data, (size_t)rows * sizeof(float));
    return x;
}

/* Sums of 3 entries; ids in memory that changes as soon as the op has returned. */
static void many_small_uploads(void **state) {
    (void)state;
    enum { OPS = 1500, ROWS = 97 };
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    for (int step = 0; step < 5; step++) {
        mg_tape_reset(t);
        mg_tensor *table = count_table(t, ROWS), *y[OPS];
        int32_t offsets[] = {0, 3}, ids[3];
        for (int i = 0; i < OPS; i++) {
            for (int k = 0; k < 3; k++) ids[k] = (step + i * (k + 1)) % ROWS;
            y[i] = mg_gather_sum(t, table, (mg_csr){.n = 1, .offsets = offsets, .ids = ids});
            memset(ids, 0, sizeof ids);
        }
        if (step % 2) continue; /* a step that nobody waits for */
        for (int i = 0; i < OPS; i++) {
            float want = 0.0f;
            for (int k = 0; k < 3; k++) want += (float)((step + i * (k + 1)) % ROWS);
            const float *found = mg_values(t, y[i]);
            must_run(t);
            if (found[0] != want)
                fail_msg("step %d, sum %d: %g, expected %g", step, i, (double)found[0],
                         (double)want);
        }
    }
    mg_tape_free(t);
}

/* Offsets in the step arena, at the same address in every step, one array larger than the whole
 * pinned ring; all steps before a wait. All rows are empty but the last, which sums the table. */
static void large_uploads_in_many_steps(void **state) {
    (void)state;
    enum { STEPS = 5, ROWS = 5, USUAL = 600000, LARGE = 4300000 };
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, (size_t)48 << 20);
    float total = 0.0f;
    mg_tape_attach(t, &total, sizeof total);
    for (int step = 0; step < STEPS; step++) {
        mg_tape_reset(t);
        const int32_t n = (step == 2 ? LARGE : USUAL) + step;
        mg_tensor *table = count_table(t, ROWS);
        int32_t *offsets = mg_tape_alloc(t, (size_t)(n + 1) * sizeof *offsets);
        assert_non_null(offsets);
        memset(offsets, 0, (size_t)n * sizeof *offsets);
        offsets[n] = ROWS;
        mg_tensor *y = mg_gather_sum(t, table, (mg_csr){.n = n, .offsets = offsets});
        must_run(t);
        assert_int_equal(t->be->axpby(t->be, 1, 1.0f, mg_f32(y) + n - 1, 1.0f, &total, &total), 0);
    }
    mg_tape_pull(t, &total, sizeof total);
    must_run(t);
    assert_true(total == STEPS * (0 + 1 + 2 + 3 + 4));
    mg_tape_detach(t, &total);
    mg_tape_free(t);
}

/* A staged block is sent once: what the host writes into it afterwards is not seen before the next
 * reset, and is seen after it. */
static void staged_blocks(void **state) {
    (void)state;
    enum { ROWS = 50 };
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    struct {
        int32_t offsets[3], ids[5];
    } block = {{0, 3, 5}, {7, 11, 13, 40, 2}};
    for (int step = 0; step < 3; step++) {
        mg_tape_reset(t);
        mg_tensor *table = count_table(t, ROWS);
        const int32_t first = block.ids[0], staged = step < 2 ? first : first + 1;
        if (step < 2) assert_int_equal(mg_tape_stage(t, &block, sizeof block), MOLGLOT_OK);
        block.ids[0]++;
        const float *y = mg_values(
            t,
            mg_gather_sum(t, table, (mg_csr){.n = 2, .offsets = block.offsets, .ids = block.ids}));
        must_run(t);
        assert_true(y[0] == (float)(staged + 11 + 13) && y[1] == 42.0f);
    }
    mg_tape_free(t);
}

/* A parameter range larger than the ring, there and back. */
static void large_pushes(void **state) {
    (void)state;
    enum { N = 5 << 20 };
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    float *x = malloc(N * sizeof *x);
    assert_non_null(x);
    for (int i = 0; i < N; i++) x[i] = (float)i;
    mg_tape_attach(t, x, N * sizeof *x);
    mg_tape_push(t, x + 1000, (N - 1000) * sizeof *x);
    memset(x, 0, N * sizeof *x);
    mg_tape_pull(t, x, N * sizeof *x);
    must_run(t);
    for (int i = 0; i < N; i++) assert_true(x[i] == (float)i);
    mg_tape_detach(t, x);
    free(x);
    mg_tape_free(t);
}

/* ---- failures ---- */

/* Opens, works and reads a result; false at the first failure, which has to be told and to last. */
static bool whole_life(float weights[16]) {
    static const int32_t offsets[] = {0, 1, 3}, ids[] = {2, 0, 1};
    static const float x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                       up[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    molglot_error err = {0};
    mg_tape *t = mg_tape_new("cuda", MG_PREC_BF16, 1, ARENA, &err);
    if (!t) {
        assert_int_not_equal(err.code, MOLGLOT_OK);
        assert_true(strlen(err.message) > 10);
        return false;
    }
    mg_tape_record(t, true);
    mg_tape_attach(t, weights, 16 * sizeof *weights);
    mg_tensor w = {.data = weights, .rows = 4, .cols = 4}, *in = mg_input(t, x, 3, 4, true);
    mg_tensor *h = mg_linear(t, in, &w, NULL, MG_ACT_GELU);
    mg_tensor *y = mg_gather_sum(t, h, (mg_csr){.n = 2, .offsets = offsets, .ids = ids});
    mg_backward_from(t, y, up);
    const float *values = mg_values(t, y), *grads = mg_grads(t, in);
    const double squares = mg_flat_sumsq(t, weights, 16);
    const bool fine = mg_tape_ok(t);
    if (fine)
        assert_true(values && grads && squares > 0.0);
    else {
        mg_tape_error(t, &err);
        assert_non_null(strstr(err.message, "cuda: "));
        assert_true(isnan(mg_flat_sumsq(t, weights, 16)));
        assert_null(mg_values(t, mg_scale(t, in, 2.0f)));
    }
    mg_tape_free(t);
    return fine;
}

/* Lets each call of a kind fail in turn, until a life needs fewer of them. */
static void every_failure(const char *kind, int least) {
    float weights[16];
    for (int i = 0; i < 16; i++) weights[i] = 0.125f * (float)(i - 7);
    for (int n = 1;; n++) {
        char setting[32];
        assert_true(n < 200);
        snprintf(setting, sizeof setting, "%s:%d", kind, n);
        emulator_set("MG_EMU_FAIL", setting);
        const bool fine = whole_life(weights);
        nothing_left(NULL);
        if (!fine) continue;
        if (n <= least) fail_msg("%s did not fail", setting);
        break;
    }
    emulator_set("MG_EMU_FAIL", NULL);
}

static void failed_allocations(void **state) { (void)state, every_failure("malloc", 7); }
static void failed_launches(void **state) { (void)state, every_failure("launch", 8); }
static void failed_copies(void **state) { (void)state, every_failure("copy", 7); }

/* A lost context does not come back with a reset; an allocation that failed does no lasting
 * harm. */
static void what_is_final(void **state) {
    (void)state;
    const float one = 1.0f;
    static const int32_t offsets[] = {0, 1}, ids[] = {0};
    mg_tape *t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    emulator_set("MG_EMU_FAIL", "malloc:1");
    mg_tensor *x = mg_input(t, &one, 1, 1, false);
    assert_null(mg_gather_sum(t, x, (mg_csr){.n = 1, .offsets = offsets, .ids = ids}));
    must_fail(t, "no room");
    mg_tape_reset(t);
    x = mg_input(t, &one, 1, 1, false);
    assert_true(
        mg_values(t, mg_gather_sum(t, x, (mg_csr){.n = 1, .offsets = offsets, .ids = ids}))[0] ==
        1.0f);
    emulator_set("MG_EMU_FAIL", "launch:1");
    assert_null(mg_values(t, mg_scale(t, x, 2.0f)));
    for (int i = 0; i < 2; i++) {
        must_fail(t, "unspecified launch failure");
        mg_tape_reset(t);
        assert_null(mg_values(t, mg_input(t, &one, 1, 1, false)));
    }
    mg_tape_free(t);
    emulator_set("MG_EMU_FAIL", NULL);
    t = must_tape("cuda", MG_PREC_F32, 1, ARENA);
    mg_tape_free(t);
}

int main(int argc, char **argv) {
    const struct CMUnitTest absent[] = {cmocka_unit_test(absent_library_is_explained)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(devices_have_names, nothing_left),
        cmocka_unit_test_teardown(machines_without_a_gpu, nothing_left),
        cmocka_unit_test_teardown(other_builds_are_refused, nothing_left),
        cmocka_unit_test_teardown(full_memory_is_an_error, nothing_left),
        cmocka_unit_test_teardown(foreign_addresses_are_refused, nothing_left),
        cmocka_unit_test_teardown(values_move_when_told, nothing_left),
        cmocka_unit_test_teardown(where_values_are, nothing_left),
        cmocka_unit_test_teardown(missing_kernels_are_named, nothing_left),
        cmocka_unit_test_teardown(many_small_uploads, nothing_left),
        cmocka_unit_test_teardown(large_uploads_in_many_steps, nothing_left),
        cmocka_unit_test_teardown(staged_blocks, nothing_left),
        cmocka_unit_test_teardown(large_pushes, nothing_left),
        cmocka_unit_test_teardown(failed_allocations, nothing_left),
        cmocka_unit_test_teardown(failed_launches, nothing_left),
        cmocka_unit_test_teardown(failed_copies, nothing_left),
        cmocka_unit_test_teardown(what_is_final, nothing_left),
    };
    if (argc > 1 && strcmp(argv[1], "absent") == 0)
        return cmocka_run_group_tests(absent, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
