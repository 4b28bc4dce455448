/* test_library.c - a library into an index: rows as arrays and rows one by one give the same file,
 * on either side, and what cannot be read is told with its number. */
#include "search/search.h"
#include "small_model.h"

#include <stdio.h>

enum { ROWS = 2 * MG_LIBRARY_BLOCK + 100 };
static char model_path[] = "/tmp/mg_library_XXXXXX", path[2][64];
static small_model *model;
static char id_of[ROWS][16];
static const char *id[ROWS], *smiles[ROWS], *text[ROWS];

static int set_up(void **state) {
    (void)state;
    molglot_error err = {0};
    if (small_model_save(model_path, &err) || !(model = small_model_open(model_path, 2, 0)))
        return -1;
    for (int i = 0; i < 2; i++) snprintf(path[i], sizeof path[i], "%s.%d.idx", model_path, i);
    for (int i = 0; i < ROWS; i++) {
        snprintf(id_of[i], sizeof id_of[i], "row %d", i);
        id[i] = id_of[i];
        smiles[i] = small_smiles[i % SMALL_ROWS];
        text[i] = small_texts[(i + 2) % SMALL_ROWS];
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    small_model_close(model);
    remove(model_path);
    remove(path[0]);
    remove(path[1]);
    return 0;
}

typedef struct rejects {
    int n;
    int64_t number[ROWS];
    char reason[ROWS][120];
} rejects;

static void reject(void *user, int64_t number, const char *row, const char *what,
                   const molglot_row_status *status) {
    rejects *r = user;
    assert_string_equal(row, id[number - 1]);
    assert_true(!strcmp(what, smiles[number - 1]) || !strcmp(what, text[number - 1]));
    r->number[r->n] = number;
    snprintf(r->reason[r->n++], 120, "%s", status->reason);
}

static void both_ways(mg_side side) {
    static rejects r;
    static molglot_row_status status[ROWS];
    mg_library_options o = {
        .index = {.dtype = MG_F32, .side = side, .model_sha256 = "abc", .model_name = "small"},
        .on_reject = reject,
        .user = &r};
    r.n = 0;
    mg_library *l = mg_library_open(model->e, path[0], &o, NULL);
    assert_non_null(l);
    assert_int_equal(mg_library_add(l, id, smiles, text, ROWS, status, NULL), MOLGLOT_OK);
    assert_int_equal(r.n, 0); /* an array's rows have a status instead */
    const int64_t kept = mg_library_kept(l);
    assert_int_equal(mg_library_commit(l, NULL), MOLGLOT_OK);
    mg_library_free(l);

    l = mg_library_open(model->e, path[1], &o, NULL);
    assert_non_null(l);
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(mg_library_push(l, i + 1, id[i], smiles[i], text[i], NULL), MOLGLOT_OK);
    assert_true(mg_library_kept(l) < kept); /* the last ones wait */
    assert_int_equal(mg_library_flush(l, NULL), MOLGLOT_OK);
    assert_int_equal(mg_library_flush(l, NULL), MOLGLOT_OK);
    assert_int_equal(mg_library_kept(l), kept);
    assert_int_equal(mg_library_commit(l, NULL), MOLGLOT_OK);
    mg_library_free(l);

    int n = 0;
    for (int i = 0; i < ROWS; i++) {
        if (status[i].ok) continue;
        assert_int_equal(r.number[n], i + 1);
        assert_string_equal(r.reason[n], status[i].reason);
        n++;
    }
    assert_true(n > 0);
    assert_int_equal(r.n, n);
    assert_int_equal(kept, ROWS - n);
    char *bytes[2];
    size_t size[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(mg_read_file(path[i], 1 << 24, &bytes[i], &size[i], NULL), MOLGLOT_OK);
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
    mg_index *x = mg_index_open(path[1], true, NULL);
    assert_non_null(x);
    assert_int_equal(mg_index_size(x), kept);
    assert_int_equal(mg_index_side(x), side);
    mg_index_close(x);
}

static void molecules(void **state) {
    (void)state;
    both_ways(MG_SIDE_MOLECULE);
}

static void texts(void **state) {
    (void)state;
    both_ways(MG_SIDE_TEXT);
}

static void without_strings(void **state) {
    (void)state;
    const mg_library_options o = {.index = {.dtype = MG_BF16}};
    mg_library *l = mg_library_open(model->e, path[0], &o, NULL);
    assert_non_null(l);
    assert_int_equal(mg_library_add(l, NULL, smiles, NULL, 1, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(mg_library_push(l, 1, "x", "C1CC", "", NULL), MOLGLOT_OK);
    assert_int_equal(mg_library_commit(l, NULL), MOLGLOT_OK); /* flushes; nobody is told */
    assert_int_equal(mg_library_kept(l), 1);
    mg_library_free(l);
    assert_null(mg_library_open(model->e, "/nonexistent/x.idx", &o, NULL));
    mg_library_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(molecules), cmocka_unit_test(texts),
                                       cmocka_unit_test(without_strings)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
