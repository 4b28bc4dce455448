/* no_memory.c - every allocation of our code fails once, through the public interface: load,
 * session, embed, index, search. The linker's --wrap sends malloc and friends of our objects here;
 * a failing call must return an error and leak nothing that a later good run would trip over. */
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

/* The whole public interface once; the first error ends it. `err` tells which. */
static int everything(const char *index_path, molglot_error *err) {
    molglot_model *model = molglot_model_load(MG_MODEL, err);
    molglot_session *session = model ? molglot_session_new(model, NULL, err) : NULL;
    size_t dim = model ? (size_t)molglot_model_dim(model) : 0;
    float *vectors = __real_malloc((dim + 1) * 3 * sizeof *vectors);
    molglot_row_status status[3];
    molglot_index *index = NULL;
    molglot_hit hits[2];
    int rc = session ? MOLGLOT_OK : err->code;
    if (rc == MOLGLOT_OK) rc = molglot_embed_texts(session, texts, 2, vectors, status, err);
    if (rc == MOLGLOT_OK) rc = molglot_embed_smiles(session, smiles, 3, vectors, status, err);
    if (rc == MOLGLOT_OK)
        rc = molglot_index_build(session, NULL, smiles, NULL, 3, 1, index_path, status, err);
    if (rc == MOLGLOT_OK) index = molglot_index_open(index_path, err);
    if (rc == MOLGLOT_OK && !index) rc = err->code;
    if (rc == MOLGLOT_OK) rc = molglot_index_search(index, vectors, 1, 2, hits, err);
    molglot_index_free(index);
    free(vectors);
    molglot_session_free(session);
    molglot_model_free(model);
    return rc;
}

static void every_allocation_fails_once(void **state) {
    (void)state;
    char path[] = "/tmp/molglot-no-memory-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    molglot_error err = {0};
    assert_int_equal(everything(path, &err), MOLGLOT_OK);
    calls = 0;
    assert_int_equal(everything(path, &err), MOLGLOT_OK);
    long total = calls, failed = 0;
    /* every call while there are few, an even sample when there are many */
    long step = total > 400 ? total / 400 : 1;
    for (long k = 0; k < total; k += step) {
        memset(&err, 0, sizeof err);
        countdown = k;
        calls = 0;
        int rc = everything(path, &err);
        countdown = -1;
        if (rc == MOLGLOT_OK) continue; /* an allocation that something else can do without */
        failed++;
        assert_true(err.code != MOLGLOT_OK);
        assert_true(strlen(err.message) > 0);
    }
    assert_true(failed > 0);
    assert_int_equal(everything(path, &err), MOLGLOT_OK);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
