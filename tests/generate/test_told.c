/* test_told.c - captions by a writer of both directions with random weights: they depend on their
 * molecule, neighbours and seed alone, whatever the threads; the first ones are the likeliest;
 * likelihoods agree with those of scoring; what is refused. */
#include "../one_part.h"
#include "generate/generate.h"
#include "random_writer.h"

#include <math.h>
#include <unistd.h>

static char both[] = "/tmp/mg_told_XXXXXX", direct[] = "/tmp/mg_told_XXXXXX";

static int make_files(void **state) {
    (void)state;
    static const random_writer kinds[] = {{1, 32, 0, 32, false, true, NULL, true, false},
                                          {1, 32, 0, 32, false, true, NULL, false, false}};
    char *const paths[] = {both, direct};
    molglot_error err = {0};
    for (int k = 0; k < 2; k++) {
        const int fd = mkstemp(paths[k]);
        if (fd < 0 || close(fd) || random_writer_save(paths[k], &kinds[k], NULL, &err)) {
            print_error("%s\n", err.message);
            return -1;
        }
    }
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    return remove(both) | remove(direct);
}

enum { N = 3, DRAWS = 5 };
static const mg_told_near near[] = {{"CCO", "An alcohol found in tea."},
                                    {"CC(=O)O", "The molecule is an acid."},
                                    {"nonsense", "It is an ester."}};
static const mg_told_query queries[N] = {{"CCN", near, 2, 1, NULL},
                                         {"CC(=O)Oc1ccccc1C(=O)O", near, 3, 2, NULL},
                                         {"C", NULL, 0, 3, NULL}};

static void tell(int threads, size_t first, size_t n, mg_told *out) {
    molglot_error err = {0};
    mg_writer_part w;
    mg_teller_options o = mg_teller_default();
    o.draws = DRAWS;
    o.temperature = 1;
    o.back = true;
    if (load_writer(&w, both, NULL, &err)) fail_msg("%s", err.message);
    mg_teller *t = mg_teller_new(&w, "cpu", threads, &err);
    if (!t || mg_teller_tell(t, queries + first, n, &o, out, &err)) fail_msg("%s", err.message);
    mg_teller_free(t);
    close_writer(&w);
}

static void same(const mg_told *a, const mg_told *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(a[i].text, b[i].text);
        assert_true(a[i].nll == b[i].nll && fabs(a[i].back - b[i].back) < 1e-6);
        assert_true(a[i].near == b[i].near && a[i].tokens == b[i].tokens && a[i].cut == b[i].cut);
    }
}

static void depends_on_itself(void **state) {
    (void)state;
    mg_told all[N * DRAWS], again[N * DRAWS], one[DRAWS];
    tell(1, 0, N, all);
    tell(2, 0, N, again);
    same(all, again, N * DRAWS);
    for (size_t i = 0; i < N; i++) {
        tell(1, i, 1, one);
        same(all + i * DRAWS, one, DRAWS);
        mg_told_free(one, DRAWS);
        for (int d = 0; d < DRAWS; d++) {
            const mg_told *x = &all[i * DRAWS + (size_t)d];
            assert_int_equal(x->near, queries[i].n_near ? d % queries[i].n_near : -1);
            assert_true(x->tokens >= 1 && x->tokens <= 32 && x->nll > 0 && x->back > 0);
        }
    }
    mg_told_free(all, N * DRAWS);
    mg_told_free(again, N * DRAWS);
}

/* A caption that was written alone has the likelihoods that scoring it gives: pieces that cannot be
 * written count in scoring alone. */
static void scores(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_writer_part w;
    mg_told out[DRAWS];
    const char *texts[20];
    double nll[20], back[20];
    tell(1, 2, 1, out);
    for (int i = 0; i < 20; i++) texts[i] = out[i % DRAWS].text;
    if (load_writer(&w, both, NULL, &err)) fail_msg("%s", err.message);
    mg_teller *t = mg_teller_new(&w, NULL, 1, &err);
    if (mg_teller_score(t, &queries[2], texts, 20, nll, back, &err)) fail_msg("%s", err.message);
    for (int i = 0; i < 20; i++) {
        assert_true(fabs(back[i] - out[i % DRAWS].back) < 1e-3);
        assert_true(fabs(nll[i] - nll[i % DRAWS]) < 1e-3 && nll[i] > 0);
    }
    for (int i = 0; i < DRAWS; i++) { /* alone as among others */
        double own[2];
        if (mg_teller_score(t, &queries[2], &texts[i], 1, &own[0], &own[1], &err))
            fail_msg("%s", err.message);
        assert_true(fabs(own[0] - nll[i]) < 1e-3 && fabs(own[1] - back[i]) < 1e-3);
    }
    assert_int_equal(mg_teller_score(t, &queries[2], texts, 0, nll, back, &err), MOLGLOT_OK);
    /* likelier without it being told otherwise */
    assert_int_equal(
        mg_teller_score(t, &(mg_told_query){.smiles = "nonsense"}, texts, 1, nll, back, &err),
        MOLGLOT_OK);
    assert_true(isnan(back[0]) && nll[0] > 0);
    mg_teller_free(t);
    close_writer(&w);
    mg_told_free(out, DRAWS);
}

static void refusals(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_writer_part w;
    mg_told out[1];
    mg_teller_options o = mg_teller_default();
    if (load_writer(&w, direct, NULL, &err)) fail_msg("%s", err.message);
    assert_null(mg_teller_new(&w, "cpu", 1, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    close_writer(&w);
    if (load_writer(&w, both, NULL, &err)) fail_msg("%s", err.message);
    mg_teller *t = mg_teller_new(&w, "cpu", 1, &err);
    o.draws = 0;
    assert_int_equal(mg_teller_tell(t, queries, 1, &o, out, &err), MOLGLOT_USAGE);
    o.draws = 1, o.top_p = 2;
    assert_int_equal(mg_teller_tell(t, queries, 1, &o, out, &err), MOLGLOT_USAGE);
    mg_teller_free(t);
    close_writer(&w);
}

/* The same part writes molecules, by its own method. */
static void writes_molecules(void **state) {
    (void)state;
    static const char *const text = "an acid";
    molglot_error err = {0};
    mg_writer_part w;
    mg_generation a, b;
    mg_generate_options o = mg_generate_default();
    o.n = o.candidates = 4;
    o.keep_odd = 1;
    o.method = "atomas";
    if (load_writer(&w, both, NULL, &err)) fail_msg("%s", err.message);
    mg_generator *g = mg_generator_new(&w, NULL, NULL, "cpu", 1, &err);
    if (mg_generate(g, &text, 1, &o, &a, &err)) fail_msg("%s", err.message);
    o.method = "direct";
    if (mg_generate(g, &text, 1, &o, &b, &err)) fail_msg("%s", err.message);
    assert_int_equal(a.n, b.n);
    for (int i = 0; i < a.n; i++) assert_string_equal(a.molecules[i].smiles, b.molecules[i].smiles);
    mg_generation_free(&a);
    mg_generation_free(&b);
    mg_generator_free(g);
    close_writer(&w);
    if (load_writer(&w, direct, NULL, &err)) fail_msg("%s", err.message);
    g = mg_generator_new(&w, NULL, NULL, "cpu", 1, &err);
    o.method = "atomas";
    assert_int_equal(mg_generate(g, &text, 1, &o, &a, &err), MOLGLOT_USAGE);
    mg_generator_free(g);
    close_writer(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(depends_on_itself),
                                       cmocka_unit_test(scores), cmocka_unit_test(refusals),
                                       cmocka_unit_test(writes_molecules)};
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
