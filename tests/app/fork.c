/* fork.c - the library after fork(): what the parent loaded and used with two threads embeds,
 * searches and generates in the child, where it gives the parent's bytes; and the parent goes on.
 * A child that waits for threads that it does not have is ended by its alarm. */
#include "molglot.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 700, QUERIES = 20, K = 5 }; /* more than one block of each kind of work */

typedef struct work {
    molglot_session *session, *half;
    molglot_index *index;
    molglot_generator *generator;
    size_t dim, latents;
} work;

typedef struct results {
    float *texts, *molecules, *half, *latents;
    molglot_hit hits[QUERIES * K];
    char smiles[4096];
} results;

static molglot_error err;
static char texts_of[ROWS][64], smiles_of[ROWS][64];
static const char *text[ROWS], *smiles[ROWS];

static int generate(const work *w, const char *method, results *r) {
    const char *const sentences[] = {"an acid with an aromatic ring", "a sugar"};
    molglot_generate_options o = molglot_generate_options_default();
    o.n = 2, o.candidates = 8, o.method = method;
    molglot_generation made[2];
    int code = molglot_generate(w->generator, sentences, 2, &o, made, &err);
    for (int s = 0; s < 2 && !code; s++) {
        for (int i = 0; i < made[s].n; i++)
            strcat(strcat(r->smiles, made[s].molecules[i].smiles), "\n");
        molglot_generation_free(&made[s]);
    }
    return code;
}

/* All kinds of calls; the first failure ends it. */
static int everything(const work *w, results *r) {
    memset(r->hits, 0, sizeof r->hits);
    r->smiles[0] = 0;
    const molglot_index *const indexes[] = {w->index, w->index};
    molglot_search_options o = molglot_search_options_default();
    o.k = K;
    int code = molglot_embed_texts(w->session, text, ROWS, r->texts, NULL, &err);
    if (!code) code = molglot_embed_smiles(w->session, smiles, ROWS, r->molecules, NULL, &err);
    if (!code) code = molglot_embed_smiles(w->half, smiles, ROWS, r->half, NULL, &err);
    if (!code) code = molglot_search(w->session, indexes, 2, r->texts, QUERIES, &o, r->hits, &err);
    if (!code) code = generate(w, "direct", r);
    if (!code) code = generate(w, "diffusion", r);
    if (!code) code = molglot_encode(w->generator, smiles, 20, r->latents, NULL, &err);
    return code;
}

static bool same(const work *w, const results *a, const results *b) {
    const size_t rows = ROWS * w->dim * sizeof(float);
    return !memcmp(a->texts, b->texts, rows) && !memcmp(a->molecules, b->molecules, rows) &&
           !memcmp(a->half, b->half, rows) && !memcmp(a->hits, b->hits, sizeof a->hits) &&
           !memcmp(a->latents, b->latents, 20 * w->latents * sizeof(float)) &&
           !strcmp(a->smiles, b->smiles);
}

static void results_new(const work *w, results *r) {
    r->texts = malloc(ROWS * w->dim * sizeof(float));
    r->molecules = malloc(ROWS * w->dim * sizeof(float));
    r->half = malloc(ROWS * w->dim * sizeof(float));
    r->latents = malloc(20 * w->latents * sizeof(float));
    assert_true(r->texts && r->molecules && r->half && r->latents);
}

static void results_free(results *r) {
    free(r->texts);
    free(r->molecules);
    free(r->half);
    free(r->latents);
}

/* 0: the same bytes; 1: others; 2: an error. A new session works in a child too. */
static int child(const molglot_model *model, const work *w, const results *parents, results *mine) {
    alarm(100);
    float *rows = malloc(ROWS * w->dim * sizeof *rows);
    molglot_session *fresh = molglot_session_new(model, NULL, &err);
    int code = fresh && rows ? everything(w, mine) : MOLGLOT_FAILED;
    if (!code) code = molglot_embed_texts(fresh, text, ROWS, rows, NULL, &err);
    if (code) {
        fprintf(stderr, "in the child: %s\n", err.message);
        return 2;
    }
    const bool new_one = !memcmp(rows, parents->texts, ROWS * w->dim * sizeof *rows);
    molglot_session_free(fresh);
    free(rows);
    return same(w, parents, mine) && new_one ? 0 : 1;
}

static void after_fork(void **state) {
    (void)state;
    char path[] = "/tmp/molglot-fork-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (int i = 0; i < ROWS; i++) {
        snprintf(texts_of[i], sizeof texts_of[i], "an acid with %d atoms and a ring", i);
        memset(smiles_of[i], 'C', (size_t)(1 + i % 50));
        strcat(smiles_of[i], i % 2 ? "O" : "c1ccccc1");
        text[i] = texts_of[i], smiles[i] = smiles_of[i];
    }
    molglot_model *model = molglot_model_load(MG_MODEL, &err);
    if (!model) fail_msg("%s", err.message);
    molglot_options o = molglot_options_default();
    o.threads = 2;
    work w = {.dim = (size_t)molglot_model_dim(model)};
    w.session = molglot_session_new(model, &o, &err);
    o.bf16 = 1;
    w.half = molglot_session_new(model, &o, &err);
    molglot_generator_options g = molglot_generator_options_default();
    g.threads = 2, g.ranker = w.session;
    w.generator = molglot_generator_open(molglot_model_writer(model, &err), &g, &err);
    if (!w.session || !w.half || !w.generator) fail_msg("%s", err.message);
    w.latents = molglot_latents_size(w.generator);
    if (molglot_index_build(w.session, NULL, smiles, NULL, ROWS, 1, path, NULL, &err) ||
        !(w.index = molglot_index_open(path, &err)))
        fail_msg("%s", err.message);
    results parents = {0}, children = {0};
    results_new(&w, &parents);
    results_new(&w, &children);
    if (everything(&w, &parents)) fail_msg("%s", err.message);
    const pid_t pid = fork();
    if (pid == 0) _exit(child(model, &w, &parents, &children));
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) fail_msg("the child was ended by signal %d", WTERMSIG(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    if (everything(&w, &children)) fail_msg("%s", err.message); /* the parent has its threads */
    assert_true(same(&w, &parents, &children));
    results_free(&parents);
    results_free(&children);
    molglot_generator_free(w.generator);
    molglot_index_free(w.index);
    molglot_session_free(w.half);
    molglot_session_free(w.session);
    molglot_model_free(model);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(after_fork)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
