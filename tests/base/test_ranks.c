/* test_ranks.c - processes that work together, as two threads: what each call leaves on either,
 * what a failure says, and a process alone. */
#include "../must.h"
#include "../two_ranks.h"

/* What a rank has found; asserted afterwards, by the main thread. */
typedef struct found {
    float sum[3];
    double wide[2];
    int64_t most[3], shared, gathered[4];
    bool same, other;
    int code, code_of[7];
    char message[7][80];
} found;

static void all_calls(mg_ranks *r, void *user) {
    found *f = (found *)user + r->rank;
    molglot_error err = {0};
    const int64_t mine[2] = {10 + r->rank, 20 + r->rank};
    int codes[7], n = 0;
    f->sum[0] = 1.5F, f->sum[1] = (float)r->rank, f->sum[2] = 7;
    f->wide[0] = 1e-12, f->wide[1] = r->rank ? 3 : -1;
    f->most[0] = r->rank ? -4 : -9, f->most[1] = r->rank ? 2 : 5, f->most[2] = 1;
    f->shared = r->rank ? 99 : 42;
#define CALL(call)            \
    err = (molglot_error){0}; \
    codes[n] = (call);        \
    f->code_of[n] = codes[n]; \
    snprintf(f->message[n++], sizeof f->message[0], "%.79s", err.message)
    CALL(mg_ranks_sum(r, f->sum, 2, &err));
    CALL(mg_ranks_sum_f64(r, f->wide, 2, &err));
    CALL(mg_ranks_most(r, f->most, 2, &err));
    CALL(mg_ranks_gather(r, mine, f->gathered, sizeof mine, &err));
    CALL(mg_ranks_share(r, &f->shared, &err));
    CALL(mg_ranks_agree(r, 0x8000000000000002u, &f->same, &err));
    CALL(mg_ranks_agree(r, r->rank ? 0x8000000000000002u : 4u, &f->other, &err));
#undef CALL
    if (mg_ranks_wait(r, &err)) f->code = 1;
}

static void two_processes(void **state) {
    (void)state;
    found f[2];
    memset(f, 0, sizeof f);
    two_ranks(all_calls, f);
    for (int r = 0; r < 2; r++) {
        assert_true(f[r].sum[0] == 3 && f[r].sum[1] == 1 && f[r].sum[2] == 7);
        assert_true(f[r].wide[0] == 2e-12 && f[r].wide[1] == 2);
        assert_true(f[r].most[0] == -4 && f[r].most[1] == 5 && f[r].most[2] == 1);
        assert_int_equal(f[r].shared, 42);
        assert_true(f[r].same && !f[r].other && !f[r].code);
        for (int i = 0; i < 7; i++) assert_int_equal(f[r].code_of[i], MOLGLOT_OK);
    }
    static const int64_t gathered[4] = {10, 20, 11, 21};
    assert_memory_equal(f[0].gathered, gathered, sizeof gathered);
}

static void a_lost_rank_is_said(void **state) {
    (void)state;
    for (int from = 0; from < 7; from++) {
        found f[2];
        memset(f, 0, sizeof f);
        two_ranks_failing(from, all_calls, f);
        for (int r = 0; r < 2; r++)
            for (int i = 0; i < 7; i++) {
                char want[40];
                snprintf(want, sizeof want, "rank %d lost the others", r);
                assert_int_equal(f[r].code_of[i], i < from ? MOLGLOT_OK : MOLGLOT_FAILED);
                assert_string_equal(f[r].message[i], i < from ? "" : want);
            }
    }
}

/* A sum where the numbers are: all ranks can, or none does. */
typedef struct there {
    float x[2];
    bool has[2], able[2], done[2];
} there;

static int double_it(void *device, float *x, int64_t n, void *stream) {
    (void)stream;
    for (int64_t i = 0; i < n; i++) x[i] *= 2;
    return *(int *)device;
}

static int alone_most(void *self, int64_t *x, int64_t n) {
    (void)self, (void)x, (void)n;
    return 0;
}

static void sum_there(mg_ranks *r, void *user) {
    there *t = user;
    int code = 0;
    const int k = r->rank;
    r->sum_device = t->able[k] ? double_it : NULL;
    r->device = &code;
    t->done[k] = true;
    if (mg_ranks_sum_there(r, t->has[k] ? &t->x[k] : NULL, 1, NULL, &t->done[k], NULL)) abort();
}

static void sums_on_devices(void **state) {
    (void)state;
    for (int which = 0; which < 16; which++) {
        there t = {.x = {1, 2}, .has = {which & 1, which & 2}, .able = {which & 4, which & 8}};
        two_ranks(sum_there, &t);
        const bool all = which == 15;
        for (int r = 0; r < 2; r++) {
            assert_int_equal(t.done[r], all);
            assert_true(t.x[r] == (float)(1 + r) * (all ? 2 : 1));
        }
    }
    float x = 1;
    bool done = false;
    int fails = 3;
    molglot_error err = {0};
    const mg_ranks alone = {
        .size = 1, .most = alone_most, .sum_device = double_it, .device = &fails};
    assert_int_equal(mg_ranks_sum_there(&alone, &x, 1, NULL, &done, &err), MOLGLOT_FAILED);
    must_say(&err, MOLGLOT_FAILED, "rank 0 lost the others");
}

static void a_process_alone(void **state) {
    (void)state;
    molglot_error err = {0};
    float x = 3;
    double y = 4;
    int64_t z = -5, shared = -6;
    bool same = false;
    must(mg_ranks_sum(NULL, &x, 1, &err), &err);
    must(mg_ranks_sum_f64(NULL, &y, 1, &err), &err);
    must(mg_ranks_most(NULL, &z, 1, &err), &err);
    must(mg_ranks_share(NULL, &shared, &err), &err);
    must(mg_ranks_wait(NULL, &err), &err);
    must(mg_ranks_agree(NULL, 7, &same, &err), &err);
    assert_true(x == 3 && y == 4 && z == -5 && shared == -6 && same);
    assert_true(mg_ranks_rank(NULL) == 0 && mg_ranks_size(NULL) == 1);
    mg_ranks_close(NULL);
    assert_null(mg_ranks_open("/nonexistent/libranks.so", &err));
    must_say(&err, MOLGLOT_FAILED, "--mpi needs /nonexistent/libranks.so");
    assert_null(mg_ranks_open("libm.so.6", &err)); /* a library of another kind */
    must_say(&err, MOLGLOT_FAILED, "no molglot_ranks_new in it");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_processes),
        cmocka_unit_test(a_lost_rank_is_said),
        cmocka_unit_test(sums_on_devices),
        cmocka_unit_test(a_process_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
