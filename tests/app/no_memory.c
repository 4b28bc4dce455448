/* no_memory.c - every allocation of our code fails once, through the public interface: what loads
 * and embeds; then, with what was loaded, indexes, search, generating, latents, single molecules.
 * The linker's --wrap sends malloc and friends of our objects here;
 * a failing call must return an error and leak nothing that a later good run would trip over. At
 * the end C++ is refused memory (refused_new.cc). */
#include "molglot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t m);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t m);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static long countdown = -1; /* the call that fails; -1: none */
static long calls;

static bool fails(void) {
    long k = __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    return k == countdown;
}

void *__wrap_malloc(size_t n) { return fails() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t m) { return fails() ? NULL : __real_calloc(n, m); }
void *__wrap_realloc(void *p, size_t n) { return fails() ? NULL : __real_realloc(p, n); }
char *__wrap_strdup(const char *s) { return fails() ? NULL : __real_strdup(s); }
char *__wrap_strndup(const char *s, size_t n) { return fails() ? NULL : __real_strndup(s, n); }

static const char *const smiles[] = {"CCO", "CC(=O)Oc1ccccc1C(=O)O", "C1CC"};
static const char *const texts[] = {"a short alcohol", "a pain killer"};

static char path[] = "/tmp/molglot-no-memory-XXXXXX";

/* What is loaded from files, and the simple calls; the first error ends it. */
static int load_and_embed(molglot_error *err) {
    molglot_model *model = molglot_model_load(MG_MODEL, err);
    molglot_session *session = model ? molglot_session_new(model, NULL, err) : NULL;
    size_t dim = model ? (size_t)molglot_model_dim(model) : 0;
    float *vectors = __real_malloc((dim + 1) * 3 * sizeof *vectors);
    molglot_row_status status[3];
    molglot_index *index = NULL;
    molglot_hit hits[2];
    int code = session ? MOLGLOT_OK : err->code;
    if (!code) code = molglot_embed_texts(session, texts, 2, vectors, status, err);
    if (!code) code = molglot_embed_smiles(session, smiles, 3, vectors, status, err);
    if (!code) code = molglot_index_build(session, NULL, smiles, NULL, 3, 1, path, status, err);
    if (!code && !(index = molglot_index_open(path, err))) code = err->code;
    if (!code) code = molglot_index_search(index, vectors, 1, 2, hits, err);
    molglot_index_free(index);
    free(vectors);
    molglot_session_free(session);
    molglot_model_free(model);
    return code;
}

static int load_writer(molglot_error *err) {
    molglot_writer *w = molglot_writer_load(MG_MODEL, err);
    molglot_writer_free(w);
    return w ? MOLGLOT_OK : err->code;
}

/* Loaded once for all that follows. */
static molglot_model *model;
static molglot_session *session;
static molglot_index *index_a;
static const molglot_writer *writer;
static float *query, *latents;

static int build_and_search(molglot_error *err) {
    static const char *const ids[] = {"one", "two", "three"};
    molglot_index_builder *b = molglot_index_builder_open(session, path, NULL, err);
    int code = b ? molglot_index_builder_add(b, ids, smiles, ids, 3, NULL, err) : err->code;
    if (!code) code = molglot_index_builder_commit(b, err);
    molglot_index_builder_free(b);
    const molglot_index *const indexes[] = {index_a, index_a};
    molglot_hit hits[10];
    if (!code) code = molglot_search(session, indexes, 2, query, 1, NULL, hits, err);
    molglot_found *found = NULL;
    size_t n = 0;
    if (!code) code = molglot_find(session, indexes, 2, "one", NULL, &found, &n, NULL, err);
    molglot_found_free(found, n);
    return code ? code : molglot_index_verify(index_a, NULL, NULL, err);
}

static int generate(molglot_error *err) {
    molglot_generator_options o = molglot_generator_options_default();
    o.ranker = session, o.memory = index_a, o.threads = 1;
    molglot_generator *g = molglot_generator_open(writer, &o, err);
    molglot_generate_options how = molglot_generate_options_default();
    how.n = 2, how.diversity = 0.5f, how.max_tokens = 8, how.like = "CCO";
    molglot_generation made;
    int code = g ? molglot_generate(g, texts, 1, &how, &made, err) : err->code;
    if (g && !code) molglot_generation_free(&made);
    molglot_molecule out[2];
    const size_t size = g ? molglot_latents_size(g) : 0;
    if (!code) code = molglot_encode(g, smiles, 1, latents, NULL, err);
    if (!code) code = molglot_interpolate(g, latents, latents, 3, 0.5f, 1, 0, latents + size, err);
    if (!code) code = molglot_decode(g, latents, 2, out, err);
    if (g && !code) molglot_molecules_free(out, 2);
    molglot_generator_free(g);
    return code;
}

static int single_molecules(molglot_error *err) {
    char *bytes = NULL;
    size_t n;
    molglot_depict_options o = molglot_depict_options_default();
    int code = molglot_depict("CCO", &o, &bytes, &n, NULL, err);
    molglot_free(bytes);
    o.format = MOLGLOT_PNG;
    if (!code) code = molglot_depict("CCO", &o, &bytes, &n, NULL, err);
    if (!code) molglot_free(bytes);
    molglot_standard s = {.size = sizeof s};
    if (!code) code = molglot_standardise("CCO", &s, NULL, err);
    if (!code) molglot_standard_free(&s);
    return code;
}

/* Calls fn with each allocation failing in turn, or an even sample of `most` of them. */
static void fail_each(int (*fn)(molglot_error *err), long most) {
    molglot_error err = {0};
    assert_int_equal(fn(&err), MOLGLOT_OK); /* what is made once is made */
    calls = 0;
    assert_int_equal(fn(&err), MOLGLOT_OK);
    const long total = calls, step = total > most ? total / most : 1;
    long failed = 0;
    for (long k = 0; k < total; k += step) {
        memset(&err, 0, sizeof err);
        countdown = k;
        calls = 0;
        const int code = fn(&err);
        countdown = -1;
        if (!code) continue; /* an allocation that something else can do without */
        failed++;
        assert_true(err.code != MOLGLOT_OK);
        assert_true(strlen(err.message) > 0);
    }
    assert_true(failed > 0);
    assert_int_equal(fn(&err), MOLGLOT_OK);
}

static void loading(void **state) {
    (void)state;
    fail_each(load_and_embed, 400);
    fail_each(load_writer, 60);
}

static void indexes(void **state) {
    (void)state;
    fail_each(build_and_search, 1000);
}

static void generating(void **state) {
    (void)state;
    fail_each(generate, 200);
}

static void molecules(void **state) {
    (void)state;
    fail_each(single_molecules, 1000);
}

/* ---- memory that C++ is refused: what RDKit makes is whole, or not given out; but pictures, whose
 * numbers go through streams of C++ that say nothing (docs/trust.md) ---- */

void refuse_new(long k); /* refused_new.cc */
long new_calls(void);

static molglot_groups *groups;
static molglot_screen *screen;

static int standard_form(char **out, molglot_error *err) {
    molglot_standard s = {.size = sizeof s};
    const int code = molglot_standardise(smiles[1], &s, NULL, err);
    if (code) return code;
    assert_true(asprintf(out, "%s %s %s %.3f", s.smiles, s.inchikey, s.formula, s.weight) > 0);
    molglot_standard_free(&s);
    return code;
}

static int facts(char **out, molglot_error *err) {
    return molglot_describe(groups, "C[C@H](N)C(=O)OC/C=C/c1ccccc1", MOLGLOT_FACTS_JSON, out, NULL,
                            err);
}

static int scores(char **out, molglot_error *err) {
    return molglot_triage(screen, smiles[1], out, NULL, err);
}

static int molfile(char **out, molglot_error *err) {
    return molglot_molfile(smiles[1], out, NULL, err);
}

static int named(char **out, molglot_error *err) {
    molglot_name *names = NULL;
    size_t n = 0;
    const int code = molglot_names_find(model, "methyl ester of 4-nitrobenzoic acid", 3, 0, &names,
                                        &n, err);
    if (code) return code;
    assert_true(asprintf(out, "%zu %s", n, n ? names[0].smiles : "") > 0);
    molglot_names_free(names, n);
    return code;
}

static int vectors(char **out, molglot_error *err) {
    molglot_row_status status[3];
    const size_t dim = (size_t)molglot_model_dim(model);
    float *v = __real_calloc(3 * dim, sizeof *v);
    const int code = molglot_embed_smiles(session, smiles, 3, v, status, err);
    if (!code)
        assert_true(asprintf(out, "%d%d%d %a %a", status[0].ok, status[1].ok, status[2].ok,
                             (double)v[0], (double)v[dim]) > 0);
    free(v);
    return code;
}

/* An even sample of `most` requests; `sure`: how many refusals must be said at least. */
static void refuse_each(int (*fn)(char **out, molglot_error *err), long most, long sure) {
    molglot_error err = {0};
    char *whole = NULL, *other = NULL;
    assert_int_equal(fn(&whole, &err), MOLGLOT_OK);
    free(whole);
    refuse_new(-1);
    assert_int_equal(fn(&whole, &err), MOLGLOT_OK);
    const long total = new_calls(), step = total > most ? total / most : 1;
    long said = 0;
    for (long k = 0; k < total; k += step) {
        other = NULL;
        refuse_new(k);
        const int code = fn(&other, &err);
        refuse_new(-1);
        if (code) {
            assert_int_equal(code, MOLGLOT_NO_MEMORY);
            assert_null(other);
            said++;
        } else
            assert_string_equal(other, whole);
        free(other);
    }
    if (said < sure) fail_msg("%ld of %ld requests: %ld said", total / step, total, said);
    free(whole);
}

static void what_cpp_is_refused(void **state) {
    (void)state;
    molglot_error err = {0};
    assert_non_null(groups = molglot_groups_open(NULL, 0, &err));
    assert_non_null(screen = molglot_screen_open(NULL, 0, &err));
    refuse_each(standard_form, 60, 20);
    refuse_each(facts, 60, 20);
    refuse_each(scores, 40, 20);
    refuse_each(molfile, 30, 10);
    refuse_each(named, 40, 20);
    refuse_each(vectors, 30, 10);
    molglot_groups_close(groups);
    molglot_screen_close(screen);
}

static int set_up(void **state) {
    (void)state;
    molglot_error err = {0};
    molglot_options one = molglot_options_default();
    one.threads = 1;
    const int fd = mkstemp(path);
    if (fd < 0 || close(fd)) return -1;
    model = molglot_model_load(MG_MODEL, &err);
    session = model ? molglot_session_new(model, &one, &err) : NULL;
    writer = session ? molglot_model_writer(model, &err) : NULL;
    query = malloc(session ? (size_t)molglot_model_dim(model) * sizeof *query : 1);
    molglot_generator_options o = molglot_generator_options_default();
    o.threads = 1;
    molglot_generator *g = writer ? molglot_generator_open(writer, &o, &err) : NULL;
    if (g) latents = malloc(4 * molglot_latents_size(g) * sizeof *latents);
    molglot_generator_free(g);
    if (!g || molglot_embed_texts(session, texts, 1, query, NULL, &err) ||
        molglot_index_build(session, NULL, smiles, NULL, 3, 1, path, NULL, &err) ||
        !(index_a = molglot_index_open(path, &err)))
        return print_error("%s\n", err.message), -1;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    molglot_index_free(index_a);
    molglot_session_free(session);
    molglot_model_free(model);
    free(query);
    free(latents);
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(loading), cmocka_unit_test(indexes),
                                       cmocka_unit_test(generating), cmocka_unit_test(molecules),
                                       cmocka_unit_test(what_cpp_is_refused)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
