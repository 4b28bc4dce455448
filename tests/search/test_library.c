/* test_library.c - a library into an index: rows as arrays and rows one by one give the same file,
 * on either side, and what cannot be read is told with its number. */
#include "search/search.h"
#include "small_model.h"

#include <stdio.h>
#include <unistd.h>

enum { ROWS = 2 * MG_LIBRARY_BLOCK + 100 };
static char model_path[] = "/tmp/mg_library_XXXXXX", path[2][64];
static small_model *model;
static char id_of[ROWS][16];
static const char *id[ROWS], *smiles[ROWS], *text[ROWS];
static mg_index_row all[ROWS];
static const char *const titles[] = {"first", "second", "third"};
static const char *cells[ROWS][3];

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
        cells[i][0] = i % 4 ? id_of[i] : "";
        cells[i][1] = i % 3 ? "" : "x";
        cells[i][2] = small_texts[i % 3 ? 0 : 5];
        all[i] = (mg_index_row){.id = id[i],
                                .smiles = smiles[i],
                                .text = text[i],
                                .cells = i % 7 ? cells[i] : NULL,
                                .number = i + 1};
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
    mg_library_options o = {.index = {.dtype = MG_F32,
                                      .side = side,
                                      .model_sha256 = "abc",
                                      .model_name = "small",
                                      .columns = titles,
                                      .n_columns = 3},
                            .on_reject = reject,
                            .user = &r};
    r.n = 0;
    mg_library *l = mg_library_open(model->e, path[0], &o, NULL);
    assert_non_null(l);
    assert_int_equal(mg_library_add(l, all, ROWS, status, NULL), MOLGLOT_OK);
    assert_int_equal(r.n, 0); /* an array's rows have a status instead */
    const int64_t kept = mg_library_kept(l);
    assert_int_equal(mg_library_commit(l, NULL), MOLGLOT_OK);
    mg_library_free(l);

    l = mg_library_open(model->e, path[1], &o, NULL);
    assert_non_null(l);
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(mg_library_push(l, &all[i], NULL, NULL), MOLGLOT_OK);
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
    mg_index *x = mg_index_open(path[0], true, NULL), *y = mg_index_open(path[1], true, NULL);
    assert_non_null(x);
    assert_non_null(y);
    assert_int_equal(mg_index_size(x), kept);
    assert_int_equal(mg_index_size(y), kept);
    for (int64_t i = 0; i < kept; i++) {
        float v[2][SMALL_DIM];
        mg_index_vectors(x, i, 1, SMALL_DIM, v[0]);
        mg_index_vectors(y, i, 1, SMALL_DIM, v[1]);
        assert_memory_equal(v[0], v[1], sizeof v[0]);
        assert_string_equal(mg_index_id(x, i), mg_index_id(y, i));
        const int64_t row = mg_index_number(x, i) - 1;
        assert_int_equal(row, mg_index_number(y, i) - 1);
        for (int of = 0; of < 2; of++) {
            const mg_index *z = of ? y : x;
            assert_string_equal(mg_index_id(z, i), id[row]);
            assert_string_equal(mg_index_smiles(z, i), smiles[row]);
            assert_string_equal(mg_index_text(z, i), text[row]);
            for (int c = 0; c < 3; c++)
                assert_string_equal(mg_index_cell(z, i, c), row % 7 ? cells[row][c] : "");
        }
        assert_int_equal(mg_index_molecule(x, i), mg_index_molecule(y, i));
        assert_true((mg_index_molecule(x, i) != 0) == (side == MG_SIDE_MOLECULE));
    }
    /* texts that are embedded beside molecules */
    assert_true((mg_index_searched_texts(y).rows->n > 0) == (side == MG_SIDE_MOLECULE));
    mg_index_close(x);
    mg_index_close(y);
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
    const mg_index_row good = {.smiles = smiles[0]}, bad = {.id = "x", .smiles = "C1CC"};
    assert_int_equal(mg_library_add(l, &good, 1, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(mg_library_push(l, &bad, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(mg_library_commit(l, NULL), MOLGLOT_OK); /* flushes; nobody is told */
    assert_int_equal(mg_library_kept(l), 1);
    mg_library_free(l);
    assert_null(mg_library_open(model->e, "/nonexistent/x.idx", &o, NULL));
    mg_library_free(NULL);
}

/* ---- runs that end early ---- */

static mg_library *open_part(const char *to, bool resume, int shard, int shards) {
    static rejects r;
    r.n = 0;
    const mg_library_options o = {.index = {.dtype = MG_BF16, .shard = shard, .shards = shards},
                                  .part = {.keep = true, .resume = resume, .about = "test"},
                                  .on_reject = reject,
                                  .user = &r};
    molglot_error err = {0};
    mg_library *l = mg_library_open(model->e, to, &o, &err);
    if (!l) fail_msg("%s", err.message);
    return l;
}

static void push(mg_library *l, int first, int end) {
    molglot_error err = {0};
    for (int i = first; i < end; i++)
        if (mg_library_push(l, &all[i], NULL, &err)) fail_msg("%s", err.message);
}

static void finish(mg_library *l) {
    molglot_error err = {0};
    if (mg_library_commit(l, &err)) fail_msg("%s", err.message);
    mg_library_free(l);
}

static void expect_same_files(void) {
    char *bytes[2];
    size_t size[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(mg_read_file(path[i], 1 << 24, &bytes[i], &size[i], NULL), MOLGLOT_OK);
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
}

/* Stopped anywhere, also twice, and cut anywhere, the index is that of a run in one go. */
static void stopped_and_resumed(void **state) {
    (void)state;
    char part[80];
    snprintf(part, sizeof part, "%s.part", path[1]);
    mg_library *l = open_part(path[0], false, 0, 0);
    push(l, 0, ROWS);
    finish(l);
    l = open_part(path[1], false, 0, 0);
    push(l, 0, 100);
    assert_false(mg_library_stop(l)); /* nothing is embedded: nothing is left */
    assert_int_not_equal(access(part, F_OK), 0);
    const int stops[] = {MG_LIBRARY_BLOCK + 60, 2 * MG_LIBRARY_BLOCK + 50};
    for (size_t i = 0; i < MG_COUNT(stops); i++) {
        l = open_part(path[1], i > 0, 0, 0);
        push(l, 0, stops[i]);
        const int64_t done = mg_library_done(l);
        assert_true(done > 0 && done <= stops[i]);
        assert_true(mg_library_stop(l));
        assert_int_equal(access(part, F_OK), 0);
    }
    char *bytes; /* what was written last did not reach the disk */
    size_t n;
    assert_int_equal(mg_read_file(part, 1 << 24, &bytes, &n, NULL), MOLGLOT_OK);
    free(bytes);
    assert_int_equal(truncate(part, (off_t)n - 7), 0);
    l = open_part(path[1], true, 0, 0);
    assert_int_equal(mg_library_done(l), MG_LIBRARY_BLOCK);
    push(l, 0, ROWS);
    finish(l);
    expect_same_files();
    assert_int_not_equal(access(part, F_OK), 0);
}

static void resumed_with_others(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_library *l = open_part(path[1], false, 0, 0);
    push(l, 0, MG_LIBRARY_BLOCK + 60);
    assert_true(mg_library_stop(l));
    /* other options */
    mg_library_options o = {.index = {.dtype = MG_F32},
                            .part = {.keep = true, .resume = true, .about = "test"}};
    assert_null(mg_library_open(model->e, path[1], &o, &err));
    assert_non_null(strstr(err.message, "another number type"));
    o.index.dtype = MG_BF16;
    o.part.about = "";
    assert_null(mg_library_open(model->e, path[1], &o, &err));
    assert_non_null(strstr(err.message, "other options"));
    /* other rows, and fewer of them */
    l = open_part(path[1], true, 0, 0);
    int code = MOLGLOT_OK;
    for (int i = 0; i < MG_LIBRARY_BLOCK + 60 && !code; i++)
        code = mg_library_push(l, &all[i ? i : 1], NULL, &err);
    assert_int_equal(code, MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "not the rows that the interrupted run read"));
    assert_true(mg_library_stop(l));
    l = open_part(path[1], true, 0, 0);
    push(l, 0, 10);
    assert_int_equal(mg_library_commit(l, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "fewer rows"));
    /* two runs at once */
    assert_null(mg_library_open(model->e, path[1], &o, &err));
    assert_non_null(strstr(err.message, "another run"));
    mg_library_free(l);
}

static void shards_of_a_library(void **state) {
    (void)state;
    char to[3][80];
    mg_index *x[3];
    mg_library *l = open_part(path[0], false, 0, 0);
    push(l, 0, ROWS);
    finish(l);
    for (int s = 0; s < 3; s++) {
        snprintf(to[s], sizeof to[s], "%s.%d", path[1], s);
        l = open_part(to[s], false, s + 1, 3);
        push(l, 0, ROWS);
        assert_true(mg_library_rows(l) <= ROWS / 3 + 1);
        finish(l);
        assert_non_null(x[s] = mg_index_open(to[s], true, NULL));
    }
    mg_concat_result r;
    assert_int_equal(mg_index_concat(path[1], (const mg_index *const *)x, 3, NULL, &r, NULL),
                     MOLGLOT_OK);
    assert_true(r.in_order);
    expect_same_files();
    for (int s = 0; s < 3; s++) mg_index_close(x[s]), remove(to[s]);
}

static void appended(void **state) {
    (void)state;
    mg_library *l = open_part(path[0], false, 0, 0);
    push(l, 0, 50);
    finish(l);
    mg_index *before = mg_index_open(path[0], true, NULL);
    const mg_library_options o = {.index = {.dtype = MG_BF16},
                                  .part = {.keep = true, .append = true}};
    assert_non_null(l = mg_library_open(model->e, path[0], &o, NULL));
    push(l, 60, 90);
    assert_int_equal(mg_library_flush(l, NULL), MOLGLOT_OK);
    finish(l);
    mg_index *x = mg_index_open(path[0], true, NULL);
    const int64_t n = mg_index_size(before);
    assert_true(mg_index_size(x) > n);
    assert_string_equal(mg_index_id(x, 0), mg_index_id(before, 0));
    assert_true(mg_index_number(x, n) > 60);
    mg_index_close(before);
    mg_index_close(x);
    assert_non_null(l = mg_library_open(model->e, path[1], &o, NULL));
    push(l, 0, 9);
    remove(path[1]);
    assert_int_equal(mg_library_commit(l, NULL), MOLGLOT_FAILED); /* there is nothing to add to */
    mg_library_free(l);
}

static void keys_of_molecules(void **state) {
    (void)state;
    static const char *const lines[] = {"OCC", "C(C)O", "C[C@H](O)F", "CC(O)F", "[13CH3]CO"};
    uint64_t molecule[5], flat[5];
    for (int i = 0; i < 5; i++) {
        mg_mol *m = mg_mol_from_smiles(lines[i], NULL, NULL);
        mg_molecule_key(m, &molecule[i], &flat[i]);
        mg_mol_free(m);
    }
    assert_true(molecule[0] == molecule[1] && molecule[0] == flat[0] && molecule[0]);
    assert_true(molecule[2] != molecule[3] && flat[2] == flat[3] && flat[3] == molecule[3]);
    assert_true(molecule[4] != molecule[0] && flat[4] == flat[0]);
    const mg_library_options o = {.index = {.dtype = MG_BF16}, .inchikeys = true};
    mg_library *l = mg_library_open(model->e, path[0], &o, NULL);
    const mg_index_row row = {.smiles = "OCC"};
    assert_int_equal(mg_library_add(l, &row, 1, NULL, NULL), MOLGLOT_OK);
    finish(l);
    mg_index *x = mg_index_open(path[0], true, NULL);
    assert_string_equal(mg_index_inchikey(x, 0), "LFQSCWFLJHTTHZ-UHFFFAOYSA-N");
    assert_true(mg_index_molecule(x, 0) == molecule[0]);
    mg_index_close(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(molecules),
                                       cmocka_unit_test(texts),
                                       cmocka_unit_test(without_strings),
                                       cmocka_unit_test(stopped_and_resumed),
                                       cmocka_unit_test(resumed_with_others),
                                       cmocka_unit_test(shards_of_a_library),
                                       cmocka_unit_test(appended),
                                       cmocka_unit_test(keys_of_molecules)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
