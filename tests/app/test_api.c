/* test_api.c - what a program cannot make by itself: an index of another model, and a process that
 * is not the one in which a GPU was opened. */
#include "app/api/api.h"
#include "molglot.h"
#include "search/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MODEL MG_SOURCE_DIR "/models"

static molglot_error err;

static molglot_index *index_of(const char *path, const char *sha256, int dim) {
    float *row = calloc((size_t)dim, sizeof *row);
    row[0] = 1;
    const mg_index_spec spec = {
        .dim = dim, .dtype = MG_F32, .model_sha256 = sha256, .model_name = "another"};
    mg_index_out *w = mg_index_out_open(path, &spec, &err);
    assert_non_null(w);
    assert_int_equal(
        mg_index_out_add(w, row, NULL, &(mg_index_row){.id = "id", .smiles = "CCO"}, &err),
        MOLGLOT_OK);
    assert_int_equal(mg_index_out_commit(w, &err), MOLGLOT_OK);
    mg_index_out_free(w);
    free(row);
    molglot_index *x = molglot_index_open(path, &err);
    assert_non_null(x);
    return x;
}

/* Refused by search and as a memory, but not by the search that has no session. */
static void another_models_index(void **state) {
    (void)state;
    char path[] = "/tmp/molglot-api-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    molglot_model *model = molglot_model_load(MODEL, &err);
    molglot_session *session = model ? molglot_session_new(model, NULL, &err) : NULL;
    if (!session) fail_msg("%s", err.message);
    const char *sha = molglot_model_sha256(model, &err);
    const int dim = molglot_model_dim(model);
    float *query = calloc((size_t)dim, sizeof *query);
    query[0] = 1;
    molglot_hit hits[10];
    molglot_index *good = index_of(path, sha, dim), *bad = index_of(path, "abc", dim),
                  *narrow = index_of(path, sha, dim - 1);
    const molglot_index *both[] = {good, bad};
    assert_int_equal(molglot_search(session, both, 1, query, 1, NULL, hits, &err), MOLGLOT_OK);
    assert_int_equal(hits[0].row, 0);
    assert_int_equal(molglot_search(session, both, 2, query, 1, NULL, hits, &err),
                     MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "another model"));
    both[1] = narrow;
    assert_int_equal(molglot_search(session, both, 2, query, 1, NULL, hits, &err),
                     MOLGLOT_BAD_FILE);
    both[1] = NULL;
    assert_int_equal(molglot_search(session, both, 2, query, 1, NULL, hits, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_index_search(bad, query, 1, 1, hits, &err), MOLGLOT_OK);
    molglot_generator_options o = molglot_generator_options_default();
    o.ranker = session, o.memory = bad;
    const molglot_writer *writer = molglot_model_writer(model, &err);
    assert_non_null(writer);
    assert_null(molglot_generator_open(writer, &o, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    free(query);
    molglot_index_free(narrow);
    molglot_index_free(bad);
    molglot_index_free(good);
    molglot_session_free(session);
    molglot_model_free(model);
    unlink(path);
}

static void gpu_in_a_child(void **state) {
    (void)state;
    assert_int_equal(api_process_of(NULL), 0);
    assert_int_equal(api_process_of("cpu"), 0);
    assert_int_equal(api_process_of("cuda:1"), getpid());
    assert_int_equal(api_check_process(0, &err), MOLGLOT_OK);
    assert_int_equal(api_check_process(getpid(), &err), MOLGLOT_OK);
    assert_int_equal(api_check_process(getppid(), &err), MOLGLOT_FAILED);
    assert_non_null(strstr(err.message, "forked"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(another_models_index),
                                       cmocka_unit_test(gpu_in_a_child)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
