/* test_candidate.c - what a candidate keeps is what one gets from its SMILES; answers and hooks
 * show the same molecules in the same order, whatever the threads and blocks. */
#include "../one_part.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "random_ranker.h"
#include "random_writer.h"
#include "search/search.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXTS = 3, NEAR = 16, BYTES = MG_CANDIDATE_BITS / 8 };
static const char *const sentences[TEXTS] = {"an acid", "an amine or an ester", "an alcohol"};
static const char *const library[] = {"C",  "CC",  "CCC", "OCC",  "C(N)", "O=C(O)C",
                                      "CO", "CCl", "CCN", "CCCC", "CN",   "C1=CC=CC=C1"};
static const random_writer kinds[] = {
    {1, 32, 0, 32, false, true, NULL, false, false},
    {1, 32, 0, 32, false, true, RANDOM_WRITER_CAGES, false, false},
    {1, 32, 4, 32, false, false, NULL, false, false}};
enum { DIRECT, CAGES, LATENT, KINDS };

static char paths[KINDS][32];
static random_ranker ranker;

static int make_files(void **state) {
    (void)state;
    molglot_error err = {0};
    for (int k = 0; k < KINDS; k++) {
        strcpy(paths[k], "/tmp/mg_candidate_XXXXXX");
        const int fd = mkstemp(paths[k]);
        if (fd < 0 || close(fd) || random_writer_save(paths[k], &kinds[k], NULL, &err)) {
            print_error("%s\n", err.message);
            return -1;
        }
    }
    int code = random_ranker_open(&ranker, library, MG_COUNT(library), &err);
    if (code) print_error("%s\n", err.message);
    return code;
}

static int remove_files(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) remove(paths[k]);
    random_ranker_close(&ranker);
    return mg_mol_live() != 0; /* no molecule was left behind */
}

typedef struct bench {
    mg_writer_part w;
    mg_generator *g;
} bench;

static void open_bench(bench *b, int kind, bool ranked, int threads) {
    molglot_error err = {0};
    if (load_writer(&b->w, paths[kind], NULL, &err)) fail_msg("%s", err.message);
    const mg_memory memory = {.index = ranked ? ranker.memory : NULL};
    b->g = mg_generator_new(&b->w, ranked ? ranker.model->e : NULL, &memory, "cpu", threads, &err);
    if (!b->g) fail_msg("%s", err.message);
}

static void close_bench(bench *b) {
    mg_generator_free(b->g);
    close_writer(&b->w);
}

static mg_generate_options plain(int n) {
    mg_generate_options o = mg_generate_default();
    o.n = o.candidates = n;
    o.keep_odd = 1; /* random weights write little else */
    o.seed = 11;
    o.temperature = 0.9f;
    return o;
}

/* ---- what it keeps ---- */

static char *canonical_of(const char *smiles) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    char *s = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol_free(m);
    return s;
}

/* RDKit refuses what was written, or its canonical SMILES. */
static bool refused(const char *written) {
    char *canonical = canonical_of(written), *again = canonical ? canonical_of(canonical) : NULL;
    const bool bad = !again;
    free(canonical);
    free(again);
    return bad;
}

static void expect_from_smiles(mg_candidate *c) {
    uint8_t bits[BYTES];
    char *canonical = canonical_of(c->written), *kept = mg_mol_smiles(c->mol, true);
    assert_string_equal(c->shown.smiles, canonical);
    assert_string_equal(c->shown.smiles, kept);
    assert_null(c->shown.why);
    mg_mol *m = mg_mol_from_smiles(c->shown.smiles, NULL, NULL);
    assert_int_equal(mg_mol_fingerprint(m, MG_FP_MORGAN, 2, MG_CANDIDATE_BITS, bits, NULL),
                     MOLGLOT_OK);
    assert_int_equal(mg_candidate_fingerprint(c, NULL), MOLGLOT_OK);
    assert_memory_equal(c->fingerprint, bits, BYTES);
    mg_mol_free(m);
    free(canonical);
    free(kept);
}

static int by_draw(const void *a, const void *b) {
    const mg_candidate *const *x = a, *const *y = b;
    return (*x)->shown.index - (*y)->shown.index;
}

/* Embeddings and scores, bit for bit, from the SMILES of the valid ones in the order of drawing. */
static void expect_embeddings(const char *text, const mg_answer *a) {
    const int dim = mg_embedder_dim(ranker.model->e);
    const mg_candidate **of = calloc((size_t)a->n, sizeof *of);
    const char **smiles = calloc((size_t)a->n, sizeof *smiles);
    float *v = calloc((size_t)(a->n * dim), sizeof *v), *query = calloc((size_t)dim, sizeof *query);
    int n = 0;
    for (int i = 0; i < a->n; i++)
        if (a->candidates[i].shown.valid) of[n++] = &a->candidates[i];
    qsort(of, (size_t)n, sizeof *of, by_draw);
    for (int i = 0; i < n; i++) smiles[i] = of[i]->shown.smiles;
    assert_int_equal(mg_embed_texts(ranker.model->e, &text, 1, query, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(mg_embed_smiles(ranker.model->e, smiles, (size_t)n, v, NULL, NULL),
                     MOLGLOT_OK);
    for (int i = 0; i < n; i++) {
        double dot = 0;
        for (int d = 0; d < dim; d++) dot += (double)query[d] * (double)v[i * dim + d];
        assert_memory_equal(of[i]->embedding, v + i * dim, (size_t)dim * sizeof *v);
        assert_true(of[i]->shown.score == (float)dot);
    }
    free(of);
    free(smiles);
    free(v);
    free(query);
}

/* It is one of the sentence's nearest molecules of the memory, however that spells it. */
static bool in_memory(const char *text, const char *smiles) {
    float query[64];
    molglot_hit hits[NEAR];
    bool found = false;
    assert_int_equal(mg_embed_texts(ranker.model->e, &text, 1, query, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(mg_index_search(ranker.memory, query, 1, NEAR, 1, hits, NULL), MOLGLOT_OK);
    for (int k = 0; k < NEAR && hits[k].row >= 0; k++) {
        char *near = canonical_of(mg_index_smiles(ranker.memory, hits[k].row));
        found = found || strcmp(near, smiles) == 0;
        free(near);
    }
    return found;
}

typedef struct seen {
    int answers, valid, invalid, copies, rewritten;
} seen;

static int check_answer(void *user, size_t text, mg_answer *a, molglot_error *err) {
    seen *s = user;
    (void)err;
    assert_int_equal(text, s->answers);
    s->answers++;
    assert_int_equal(a->n + a->duplicates, a->drawn);
    for (int i = 0; i < a->n; i++) {
        mg_candidate *c = &a->candidates[i];
        assert_int_equal(c->shown.rank, i + 1);
        if (c->shown.valid) {
            expect_from_smiles(c);
            assert_int_equal(c->shown.copy, in_memory(sentences[text], c->shown.smiles));
        } else {
            assert_true(refused(c->written));
            assert_string_equal(c->shown.smiles, c->written);
            assert_non_null(c->shown.why);
            assert_true(!c->mol && !c->embedding && isnan(c->shown.score));
        }
        s->valid += c->shown.valid, s->invalid += !c->shown.valid, s->copies += c->shown.copy;
        s->rewritten += c->shown.valid && strcmp(c->written, c->shown.smiles) != 0;
        if (i > 0 && c->shown.valid) assert_true(a->candidates[i - 1].merit >= c->merit);
    }
    expect_embeddings(sentences[text], a);
    return MOLGLOT_OK;
}

static void it_keeps_what_its_smiles_give(void **state) {
    (void)state;
    for (int k = DIRECT; k <= CAGES; k++) {
        bench b;
        seen s = {0};
        molglot_error err = {0};
        mg_generate_options o = plain(100);
        o.soft = 1; /* the order is by merit alone, and all molecules are draws */
        open_bench(&b, k, true, 2);
        if (mg_generate_each(b.g, sentences, TEXTS, &o, check_answer, &s, &err))
            fail_msg("%s", err.message);
        assert_int_equal(s.answers, TEXTS);
        assert_true(s.valid > 20 && s.rewritten > 0);
        assert_true(k == CAGES ? s.invalid > 0 : s.copies > 0);
        close_bench(&b);
    }
}

/* Decoded latents are candidates too. */
static void decoded_latents(void **state) {
    (void)state;
    enum { N = 11, SIZE = 32 };
    bench b;
    const char *smiles[N];
    float z[N * SIZE];
    mg_candidate made[N];
    mg_generated shown[N];
    for (int i = 0; i < N; i++) smiles[i] = library[i];
    open_bench(&b, LATENT, false, 2);
    assert_int_equal(mg_latents_size(b.g), SIZE);
    assert_int_equal(mg_latents_encode(b.g, smiles, N, z, NULL, NULL), MOLGLOT_OK);
    assert_int_equal(mg_latents_candidates(b.g, z, N, made, NULL), MOLGLOT_OK);
    assert_int_equal(mg_latents_decode(b.g, z, N, shown, NULL), MOLGLOT_OK);
    for (int i = 0; i < N; i++) {
        assert_int_equal(made[i].shown.index, i);
        assert_string_equal(made[i].shown.smiles, shown[i].smiles);
        if (made[i].shown.valid) expect_from_smiles(&made[i]);
    }
    mg_candidates_free(made, N);
    mg_generated_free(shown, N);
    close_bench(&b);
}

/* ---- blocks of sentences ---- */

/* MOLGLOT_OK for the first answers, then the code. */
typedef struct taker {
    int answers, most;
    mg_generation *wanted; /* [answers] */
    int kept, let_go;
} taker;

static int compare_answer(void *user, size_t text, mg_answer *a, molglot_error *err) {
    taker *t = user;
    const mg_generation *w = &t->wanted[text];
    if (t->answers++ == t->most) return mg_fail(err, MOLGLOT_REJECTED, "enough");
    assert_int_equal(a->n, w->n);
    assert_true(a->drawn == w->drawn && a->invalid == w->invalid && a->cut == w->cut);
    for (int i = 0; i < a->n; i++) {
        mg_candidate *c = &a->candidates[i];
        assert_string_equal(c->shown.smiles, w->molecules[i].smiles);
        assert_int_equal(c->shown.index, w->molecules[i].index);
        if (!c->shown.valid) continue;
        t->kept += c->mol != NULL, t->let_go += c->mol == NULL;
        assert_int_equal(mg_candidate_fingerprint(c, NULL), MOLGLOT_OK);
    }
    return MOLGLOT_OK;
}

/* A sentence of more draws than are kept is a block by itself. */
static void more_draws_than_molecules_are_kept(void **state) {
    (void)state;
    bench b;
    molglot_error err = {0};
    mg_generate_options o = plain(MG_CANDIDATES_KEPT + 100);
    mg_generation one[2];
    o.max_tokens = 5, o.keep_all = 1;
    open_bench(&b, DIRECT, false, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(mg_generate(b.g, &sentences[i], 1, &o, &one[i], &err), MOLGLOT_OK);
    taker t = {.most = 2, .wanted = one};
    if (mg_generate_each(b.g, sentences, 2, &o, compare_answer, &t, &err))
        fail_msg("%s", err.message);
    assert_int_equal(t.answers, 2);
    assert_true(t.kept > MG_CANDIDATES_KEPT && t.let_go > 0);
    for (int i = 0; i < 2; i++) mg_generation_free(&one[i]);
    close_bench(&b);
}

static void a_taker_may_stop(void **state) {
    (void)state;
    bench b;
    molglot_error err = {0};
    mg_generate_options o = plain(8);
    mg_generation all[TEXTS];
    open_bench(&b, DIRECT, true, 2);
    assert_int_equal(mg_generate(b.g, sentences, TEXTS, &o, all, &err), MOLGLOT_OK);
    taker t = {.most = 1, .wanted = all};
    assert_int_equal(mg_generate_each(b.g, sentences, TEXTS, &o, compare_answer, &t, &err),
                     MOLGLOT_REJECTED);
    assert_string_equal(err.message, "enough");
    assert_int_equal(t.answers, 2);
    for (int i = 0; i < TEXTS; i++) mg_generation_free(&all[i]);
    close_bench(&b);
}

/* ---- on_molecule ---- */

typedef struct heard {
    const mg_generation *all; /* every draw of each text */
    int n, most, per_text;
} heard;

static const mg_generated *draw_of(const mg_generation *g, int index) {
    for (int i = 0; i < g->n; i++)
        if (g->molecules[i].index == index) return &g->molecules[i];
    return NULL;
}

static int hear(void *user, const molglot_molecule *m) {
    heard *h = user;
    const mg_generated *w = draw_of(&h->all[h->n / h->per_text], h->n % h->per_text);
    assert_int_equal(m->index, h->n % h->per_text); /* in order */
    assert_string_equal(m->smiles, w->smiles);
    assert_true(m->valid == w->valid && m->in_training == w->in_training && m->copy == w->copy &&
                m->limited == w->limited && m->nll == w->nll && !m->why == !w->why);
    assert_true(isnan(m->score) && m->rank == 0);
    return ++h->n == h->most;
}

static void molecules_are_heard_in_order(void **state) {
    (void)state;
    enum { DRAWS = 35 };
    for (int threads = 1; threads <= 2; threads++) {
        bench b;
        molglot_error err = {0};
        mg_generation all[TEXTS], again[TEXTS];
        mg_generate_options o = plain(DRAWS);
        open_bench(&b, CAGES, true, threads);
        o.keep_all = 1;
        assert_int_equal(mg_generate(b.g, sentences, TEXTS, &o, all, &err), MOLGLOT_OK);
        heard h = {.all = all, .per_text = DRAWS};
        o.on_molecule = hear, o.user = &h;
        assert_int_equal(mg_generate(b.g, sentences, TEXTS, &o, again, &err), MOLGLOT_OK);
        assert_int_equal(h.n, TEXTS * DRAWS);
        for (int i = 0; i < TEXTS; i++) {
            assert_int_equal(all[i].n, again[i].n);
            for (int k = 0; k < all[i].n; k++)
                assert_string_equal(all[i].molecules[k].smiles, again[i].molecules[k].smiles);
            mg_generation_free(&again[i]);
        }
        h.n = 0, h.most = DRAWS + 3;
        assert_int_equal(mg_generate(b.g, sentences, TEXTS, &o, again, &err), MOLGLOT_INTERRUPTED);
        assert_int_equal(h.n, DRAWS + 3);
        for (int i = 0; i < TEXTS; i++) {
            assert_null(again[i].molecules);
            mg_generation_free(&all[i]);
        }
        close_bench(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_what_its_smiles_give), cmocka_unit_test(decoded_latents),
        cmocka_unit_test(more_draws_than_molecules_are_kept), cmocka_unit_test(a_taker_may_stop),
        cmocka_unit_test(molecules_are_heard_in_order)};
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
