/* test_face.c - trust 17: include/molglot.h with what a careless or hostile caller gives: NULL
 * handles, NULL rows, absurd numbers of threads and sizes. Nothing crashes, exits or prints. */
#include "molglot.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static molglot_error err;

static void null_handles_give_nothing(void **state) {
    (void)state;
    const char *const *names = (const char *const *)&err;
    assert_int_equal(molglot_model_dim(NULL), 0);
    assert_null(molglot_model_info(NULL, "name"));
    assert_null(molglot_model_sha256(NULL, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    assert_null(molglot_model_sha256(NULL, NULL));
    assert_null(molglot_model_writer(NULL, &err));
    assert_int_equal(molglot_index_size(NULL), 0);
    assert_int_equal(molglot_index_dim(NULL), 0);
    assert_int_equal(molglot_index_side(NULL), MOLGLOT_MOLECULES);
    assert_null(molglot_index_model_sha256(NULL));
    assert_null(molglot_index_model_name(NULL));
    assert_null(molglot_index_id(NULL, 0));
    assert_null(molglot_index_smiles(NULL, 0));
    assert_null(molglot_index_text(NULL, 0));
    assert_null(molglot_index_cell(NULL, 0, 0));
    assert_null(molglot_index_inchikey(NULL, 0));
    assert_int_equal(molglot_index_number(NULL, 0), 0);
    assert_int_equal(molglot_index_molecule(NULL, 0), 0);
    assert_int_equal(molglot_index_text_vectors(NULL), 0);
    assert_int_equal(molglot_index_columns(NULL, &names), 0);
    assert_null(names);
    assert_int_equal(molglot_latents_size(NULL), 0);
    molglot_options_init(NULL, 0);
    molglot_model_free(NULL);
    molglot_session_free(NULL);
    molglot_index_free(NULL);
    molglot_generator_free(NULL);
}

static void a_null_row_is_a_rejected_row(void **state) {
    molglot_model *model = *state;
    molglot_session *s = molglot_session_new(model, NULL, &err);
    assert_non_null(s);
    const size_t dim = (size_t)molglot_model_dim(model);
    assert_null(molglot_model_info(model, NULL));
    const char *const rows[] = {"CCO", NULL, "CCN"};
    float *out = calloc(2 * 3 * dim, sizeof *out), *alone = out + 3 * dim;
    molglot_row_status status[3];
    assert_int_equal(molglot_embed_smiles(s, rows, 3, out, status, &err), MOLGLOT_OK);
    assert_true(status[0].ok && !status[1].ok && status[2].ok);
    assert_non_null(strstr(status[1].reason, "NULL"));
    for (size_t i = 0; i < dim; i++) assert_true(out[dim + i] == 0);
    assert_int_equal(molglot_embed_smiles(s, rows + 2, 1, alone, NULL, &err), MOLGLOT_OK);
    assert_memory_equal(out + 2 * dim, alone, dim * sizeof *out);
    assert_int_equal(molglot_embed_texts(s, rows, 3, out, status, &err), MOLGLOT_OK);
    assert_false(status[1].ok);
    assert_int_equal(molglot_embed_texts(s, rows + 1, 1, out, NULL, &err), MOLGLOT_OK);
    assert_int_equal(molglot_embed_texts(s, NULL, 0, NULL, NULL, &err), MOLGLOT_OK);
    assert_int_equal(molglot_embed_texts(s, NULL, 1, out, NULL, &err), MOLGLOT_USAGE);
    free(out);
    molglot_session_free(s);
}

static void a_sentence_that_is_none_is_a_rejected_row(void **state) {
    molglot_model *model = *state;
    const molglot_writer *writer = molglot_model_writer(model, &err);
    assert_non_null(writer);
    molglot_generator_options with = molglot_generator_options_default();
    with.threads = 1;
    molglot_generator *g = molglot_generator_open(writer, &with, &err);
    assert_non_null(g);
    molglot_generate_options o = molglot_generate_options_default();
    o.n = o.candidates = 2;
    static const char sentence[] = "a methyl ester";
    const char *const texts[] = {"", sentence, NULL, "a \xff b", " \t\n"}, *const none[] = {NULL};
    molglot_generation r[5], alone;
    assert_int_equal(molglot_generate(g, texts, 5, &o, r, &err), MOLGLOT_OK);
    assert_int_equal(molglot_generate(g, texts + 1, 1, &o, &alone, &err), MOLGLOT_OK);
    assert_true(r[1].status.ok && alone.status.ok && r[1].drawn == 2 && r[1].n == alone.n);
    for (int i = 0; i < alone.n; i++)
        assert_string_equal(r[1].molecules[i].smiles, alone.molecules[i].smiles);
    static const char *const reasons[] = {"empty", NULL, "NULL", "UTF-8", "empty"};
    for (int i = 0; i < 5; i++) {
        if (!reasons[i]) continue;
        assert_true(!r[i].status.ok && r[i].n == 0 && r[i].drawn == 0);
        assert_non_null(strstr(r[i].status.reason, reasons[i]));
    }
    assert_int_equal(r[3].status.offset, 2);
    for (int i = 0; i < 5; i++) molglot_generation_free(&r[i]);
    molglot_generation_free(&alone);
    assert_int_equal(molglot_generate(g, none, 1, &o, r, &err), MOLGLOT_OK);
    assert_false(r[0].status.ok);
    molglot_generation_free(r);
    molglot_generator_free(g);
}

static void a_null_among_rows_of_an_index_is_rejected(void **state) {
    molglot_session *s = molglot_session_new(*state, NULL, &err);
    const char *const rows[] = {"CCO", NULL, "CCN", ""};
    molglot_row_status status[4];
    char path[] = "/tmp/molglot-face-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(molglot_index_build(s, NULL, rows, NULL, 4, 0, path, status, &err),
                     MOLGLOT_OK);
    assert_true(status[0].ok && !status[1].ok && status[2].ok && !status[3].ok);
    molglot_index *x = molglot_index_open(path, &err);
    assert_non_null(x);
    assert_int_equal(molglot_index_size(x), 2);

    /* a query that is no vector has no hits, and spoils no other one */
    const int dim = molglot_model_dim(*state);
    float *q = calloc((size_t)(3 * dim), sizeof *q);
    assert_int_equal(molglot_embed_smiles(s, rows, 1, q, NULL, &err), MOLGLOT_OK);
    memcpy(q + dim, q, (size_t)dim * sizeof *q);
    memcpy(q + 2 * dim, q, (size_t)dim * sizeof *q);
    q[1] = NAN, q[2 * dim + 7] = INFINITY;
    const molglot_index *const indexes[] = {x};
    molglot_hit hits[2][3][2];
    molglot_search_options o = molglot_search_options_default();
    o.k = 2;
    assert_int_equal(molglot_search(s, indexes, 1, q, 3, &o, hits[0][0], &err), MOLGLOT_OK);
    assert_int_equal(molglot_index_search(x, q, 3, 2, hits[1][0], &err), MOLGLOT_OK);
    for (int way = 0; way < 2; way++) {
        for (int k = 0; k < 2; k++) {
            assert_int_equal(hits[way][0][k].row, -1);
            assert_int_equal(hits[way][2][k].row, -1);
        }
        assert_int_equal(hits[way][1][0].row, 0);
        assert_true(hits[way][1][0].score > 0.999f);
        assert_int_equal(hits[way][1][1].row, 1);
    }
    free(q);
    molglot_index_free(x);
    unlink(path);
    molglot_session_free(s);
}

static void threads_are_what_can_be_had(void **state) {
    molglot_model *model = *state;
    const char *const row[] = {"CCO"};
    float *out = calloc((size_t)molglot_model_dim(model), sizeof *out);
    molglot_options o = molglot_options_default();
    o.threads = INT_MAX;
    molglot_session *s = molglot_session_new(model, &o, &err);
    assert_non_null(s);
    assert_int_equal(molglot_embed_smiles(s, row, 1, out, NULL, &err), MOLGLOT_OK);
    molglot_session_free(s);
    o.threads = -1;
    assert_null(molglot_session_new(model, &o, &err));
    assert_int_equal(err.code, MOLGLOT_USAGE);
    free(out);
}

static int open_model(void **state) {
    *state = molglot_model_load(MG_MODEL, &err);
    return *state ? 0 : -1;
}

static int close_model(void **state) {
    molglot_model_free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_handles_give_nothing),
        cmocka_unit_test(a_null_row_is_a_rejected_row),
        cmocka_unit_test(a_sentence_that_is_none_is_a_rejected_row),
        cmocka_unit_test(a_null_among_rows_of_an_index_is_rejected),
        cmocka_unit_test(threads_are_what_can_be_had),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
