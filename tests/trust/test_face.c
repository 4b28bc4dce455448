/* test_face.c - trust 17: include/molglot.h with what a careless or hostile caller gives: NULL
 * handles, NULL rows, absurd numbers of threads and sizes. Nothing crashes, exits or prints. */
#include "molglot.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
    assert_int_equal(molglot_index_verify(NULL, NULL, NULL, &err), MOLGLOT_USAGE);
    assert_int_equal(molglot_predictor_tasks(NULL), 0);
    assert_null(molglot_predictor_task(NULL, 0));
    assert_int_equal(molglot_predictor_classes(NULL), 0);
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

static void expect(int code, const char *says) {
    assert_int_equal(code, MOLGLOT_USAGE);
    assert_int_equal(err.code, MOLGLOT_USAGE);
    if (!strstr(err.message, says)) fail_msg("'%s' says nothing of '%s'", err.message, says);
    err = (molglot_error){0};
}

/* Of an index that cannot be made: there is no builder, and no file. */
static void no_builder(molglot_session *s, const char *path, const molglot_index_options *o,
                       const char *says) {
    assert_null(molglot_index_builder_open(s, path, o, &err));
    expect(err.code, says);
    assert_true(!path || access(path, F_OK) != 0);
}

static void arguments_that_lack_are_named(void **state) {
    molglot_session *s = molglot_session_new(*state, NULL, &err);
    const char *const rows[] = {"an alcohol", "an amine", "an alkane"};
    char path[64];
    snprintf(path, sizeof path, "/tmp/molglot-lacks-%ld", (long)getpid());
    molglot_index_options made = molglot_index_options_default();
    no_builder(NULL, path, &made, "session and path must not be NULL");
    no_builder(s, NULL, &made, "session and path must not be NULL");
    made.dims = -1;
    no_builder(s, path, &made, "dims below 0");
    made = molglot_index_options_default(), made.n_columns = -1;
    no_builder(s, path, &made, "columns lack");
    made.n_columns = 1;
    no_builder(s, path, &made, "columns lack");
    made = molglot_index_options_default(), made.side = 7;
    no_builder(s, path, &made, "no such side");

    /* of sentences: no memory of a captioner */
    made.side = MOLGLOT_TEXTS;
    molglot_index_builder *b = molglot_index_builder_open(s, path, &made, &err);
    assert_non_null(b);
    assert_int_equal(molglot_index_builder_add(b, rows, NULL, rows, 3, NULL, &err), MOLGLOT_OK);
    assert_int_equal(molglot_index_builder_commit(b, &err), MOLGLOT_OK);
    molglot_index_builder_free(b);
    assert_null(molglot_index_open(NULL, &err));
    expect(err.code, "path is NULL");
    molglot_index *x = molglot_index_open(path, &err);
    assert_non_null(x);
    molglot_captioner_options c = molglot_captioner_options_default();
    c.memory = x;
    assert_null(molglot_captioner_open(s, &c, &err));
    expect(err.code, "holds texts, not molecules");

    assert_int_equal(molglot_index_size(x), 3);
    const int dim = molglot_index_dim(x);
    float *v = calloc((size_t)(3 * dim), sizeof *v);
    molglot_hit hit[3];
    const molglot_index *const one[] = {x};
    expect(molglot_index_vectors(NULL, 0, 1, 0, v, &err), "must not be NULL");
    expect(molglot_index_vectors(x, 0, 1, 0, NULL, &err), "must not be NULL");
    expect(molglot_index_vectors(x, 4, 0, 0, v, &err), "from row 4");
    expect(molglot_index_vectors(x, 2, 2, 0, v, &err), "2 rows from row 2");
    expect(molglot_index_vectors(x, 0, 1, dim + 1, v, &err), "numbers of 1 rows");
    expect(molglot_index_vectors(x, 0, 1, -1, v, &err), "-1 numbers");
    assert_int_equal(molglot_index_vectors(x, 0, 3, dim, v, &err), MOLGLOT_OK);
    assert_int_equal(molglot_index_vectors(x, 3, 0, 0, NULL, &err), MOLGLOT_OK);
    expect(molglot_search(NULL, one, 1, v, 1, NULL, hit, &err), "must not be NULL");
    expect(molglot_search(s, NULL, 1, v, 1, NULL, hit, &err), "must not be NULL");
    expect(molglot_search(s, one, 1, NULL, 1, NULL, hit, &err), "must not be NULL");
    expect(molglot_search(s, one, 1, v, 1, NULL, NULL, &err), "must not be NULL");
    molglot_search_options o = molglot_search_options_default();
    o.k = 3, o.offset = (size_t)INT_MAX - 2;
    expect(molglot_search(s, one, 1, v, 1, &o, hit, &err), "offset + k");
    o = molglot_search_options_default(), o.min_score = NAN;
    expect(molglot_search(s, one, 1, v, 1, &o, hit, &err), "min_score a number");
    expect(molglot_index_search(x, v, 1, 0, hit, &err), "k must be at least 1");
    expect(molglot_index_search(x, NULL, 1, 1, hit, &err), "must not be NULL");
    expect(molglot_index_search(NULL, v, 1, 1, hit, &err), "must not be NULL");
    free(v);
    molglot_index_free(x);
    unlink(path);
    molglot_session_free(s);
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
        cmocka_unit_test(arguments_that_lack_are_named),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
