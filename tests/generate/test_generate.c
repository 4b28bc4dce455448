/* test_generate.c - generation with writers of random weights: what a sentence gives depends on
 * nothing but itself, the options and the seed; duplicates, validity and training molecules are
 * counted; latents go there and back. */
#include "../one_part.h"
#include "generate/generate.h"
#include "model/bundle/bundle.h"
#include "random_writer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { KINDS = 4, TEXTS = 5 };
static const random_writer kinds[KINDS] = {
    {1, 32, 0, 32, false, true, NULL, false, false},
    {1, 32, 4, 32, false, false, NULL, false, false},
    {2, 32, 4, 32, true, false, NULL, false, false},
    {1, 32, 0, 32, false, true, RANDOM_WRITER_CAGES, false, false}};
enum { DIRECT, LATENT, FLOW, CAGES }; /* CAGES: the one some of whose draws RDKit refuses */
static char paths[KINDS][32];
static const char *const texts[TEXTS] = {"a metabolite",
                                         "The molecule is a purine alkaloid found in coffee.", "",
                                         "an amine or an ester", "a metabolite"};

static int make_files(void **state) {
    (void)state;
    molglot_error err = {0};
    for (int k = 0; k < KINDS; k++) {
        strcpy(paths[k], "/tmp/mg_generate_XXXXXX");
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
    for (int k = 0; k < KINDS; k++) remove(paths[k]);
    return 0;
}

typedef struct bench {
    mg_writer_part w;
    mg_generator *g;
} bench;

static void open_bench(bench *b, int kind, int threads) {
    molglot_error err = {0};
    if (load_writer(&b->w, paths[kind], NULL, &err)) fail_msg("%s", err.message);
    b->g = mg_generator_new(&b->w, NULL, NULL, "cpu", threads, &err);
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
    o.steps = 2;
    o.seed = 11;
    o.temperature = 0.9f;
    return o;
}

static void run(bench *b, const char *const *t, size_t n, const mg_generate_options *o,
                mg_generation *out) {
    molglot_error err = {0};
    if (mg_generate(b->g, t, n, o, out, &err)) fail_msg("%s", err.message);
}

static void free_all(mg_generation *out, size_t n) {
    for (size_t i = 0; i < n; i++) mg_generation_free(&out[i]);
}

static const mg_generated *draw_of(const mg_generation *g, int index) {
    for (int i = 0; i < g->n; i++)
        if (g->molecules[i].index == index) return &g->molecules[i];
    return NULL;
}

/* All molecules of a also stand in b, bit for bit; with the same ranks when `all`. */
static void expect_in(const mg_generation *a, const mg_generation *b, bool all) {
    if (all) assert_int_equal(a->n, b->n);
    for (int i = 0; i < a->n; i++) {
        const mg_generated *x = &a->molecules[i], *y = draw_of(b, x->index);
        assert_non_null(y);
        assert_string_equal(x->smiles, y->smiles);
        assert_true(x->nll == y->nll && x->limited == y->limited &&
                    x->in_training == y->in_training && x->valid == y->valid);
        if (all) assert_int_equal(x->rank, y->rank);
    }
}

/* ---- determinism ---- */

static void the_same_whatever_stands_beside(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        if (k == LATENT) continue; /* reads no sentences */
        bench one, two;
        mg_generation alone[TEXTS], together[TEXTS], few[TEXTS];
        const mg_generate_options o = plain(19), o4 = plain(4);
        open_bench(&one, k, 1);
        open_bench(&two, k, 2);
        for (int i = 0; i < TEXTS; i++) run(&one, &texts[i], 1, &o, &alone[i]);
        run(&two, texts, TEXTS, &o, together);
        run(&two, texts, TEXTS, &o4, few);
        for (int i = 0; i < TEXTS; i++) {
            expect_in(&alone[i], &together[i], true);
            expect_in(&few[i], &together[i], false);
        }
        expect_in(&together[0], &together[4], true); /* the same sentence twice */
        /* the least likely one: another sentence has others */
        const int last = together[1].n - 1;
        assert_true(last + 1 != together[0].n ||
                    strcmp(together[0].molecules[last].smiles, together[1].molecules[last].smiles));
        free_all(alone, TEXTS);
        free_all(together, TEXTS);
        free_all(few, TEXTS);
        close_bench(&one);
        close_bench(&two);
    }
}

static void a_seed_changes_everything(void **state) {
    (void)state;
    bench b;
    mg_generation first, again, other;
    mg_generate_options o = plain(8);
    open_bench(&b, DIRECT, 2);
    run(&b, texts, 1, &o, &first);
    run(&b, texts, 1, &o, &again);
    o.seed = 12;
    run(&b, texts, 1, &o, &other);
    expect_in(&first, &again, true);
    int same = 0;
    for (int i = 0; i < first.n; i++)
        same += draw_of(&other, first.molecules[i].index) &&
                !strcmp(first.molecules[i].smiles,
                        draw_of(&other, first.molecules[i].index)->smiles);
    assert_true(same < first.n);
    mg_generation_free(&first);
    mg_generation_free(&again);
    mg_generation_free(&other);
    close_bench(&b);
}

/* ---- counting ---- */

typedef struct counts {
    int duplicates, known, invalid;
} counts;

static counts count_draws(int kind, int max_tokens) {
    bench b;
    mg_generation g;
    mg_generate_options o = plain(150);
    counts seen = {0};
    o.max_tokens = max_tokens;
    open_bench(&b, kind, 2);
    run(&b, texts, 1, &o, &g);
    assert_int_equal(g.drawn, 150);
    assert_int_equal(g.n + g.duplicates, 150);
    seen.duplicates = g.duplicates;
    for (int i = 0; i < g.n; i++) {
        const mg_generated *m = &g.molecules[i];
        molglot_row_status row;
        mg_mol *mol = mg_mol_from_smiles(m->smiles, NULL, &row);
        assert_int_equal(m->rank, i + 1);
        assert_true(isnan(m->score));
        if (m->valid) {
            char *canonical = mg_mol_smiles(mol, true);
            assert_string_equal(canonical, m->smiles);
            assert_null(m->why);
            assert_int_equal(m->in_training, mg_writer_part_knows(&b.w, m->smiles));
            free(canonical);
        } else {
            assert_non_null(m->why);
            assert_int_equal(m->in_training, -1);
        }
        seen.known += m->in_training == 1;
        seen.invalid += !m->valid;
        if (i > 0) {
            assert_true(g.molecules[i - 1].valid >= m->valid);
            assert_true(g.molecules[i - 1].valid > m->valid || g.molecules[i - 1].nll <= m->nll);
        }
        for (int j = 0; j < i; j++) assert_string_not_equal(m->smiles, g.molecules[j].smiles);
        mg_mol_free(mol);
    }
    assert_true(seen.invalid <= g.invalid);
    mg_generation_free(&g);
    close_bench(&b);
    return seen;
}

static void everything_is_counted(void **state) {
    (void)state;
    /* short: many come twice, some are known */
    const counts shorts = count_draws(DIRECT, 3), cages = count_draws(CAGES, 0);
    assert_true(shorts.duplicates > 10 && shorts.known > 0);
    assert_true(cages.invalid > 0);
}

static void the_best_of_many(void **state) {
    (void)state;
    bench b;
    mg_generation all, best, spread;
    mg_generate_options o = plain(40);
    open_bench(&b, DIRECT, 2);
    run(&b, texts, 1, &o, &all);
    o.n = 5, o.candidates = 40;
    run(&b, texts, 1, &o, &best);
    assert_int_equal(best.drawn, 40);
    assert_int_equal(best.n, 5);
    for (int i = 0; i < 5; i++)
        assert_string_equal(best.molecules[i].smiles, all.molecules[i].smiles);
    o.diversity = 0.9f;
    run(&b, texts, 1, &o, &spread);
    /* nothing to be unlike yet */
    assert_string_equal(spread.molecules[0].smiles, best.molecules[0].smiles);
    double near[2] = {0};
    for (int s = 0; s < 2; s++) {
        uint8_t bits[5][256];
        const mg_generation *g = s ? &spread : &best;
        for (int i = 0; i < 5; i++) {
            mg_mol *m = mg_mol_from_smiles(g->molecules[i].smiles, NULL, NULL);
            assert_int_equal(mg_mol_fingerprint(m, MG_FP_MORGAN, 2, 2048, bits[i], NULL),
                             MOLGLOT_OK);
            mg_mol_free(m);
        }
        for (int i = 0; i < 5; i++)
            for (int j = 0; j < i; j++) near[s] += mg_tanimoto(bits[i], bits[j], 2048);
    }
    assert_true(near[1] < near[0]);
    mg_generation_free(&all);
    mg_generation_free(&best);
    mg_generation_free(&spread);
    close_bench(&b);
}

/* keep_all: the list without it first, then every other draw, repeated ones marked. Of molecules
 * that RDKit reads, *repeated; of others, *refused. */
static void keep_all(int kind, int max_tokens, int *repeated, int *refused) {
    bench b;
    mg_generation best, all;
    mg_generate_options o = plain(20);
    o.candidates = 150, o.max_tokens = max_tokens, o.diversity = 0.5f;
    open_bench(&b, kind, 2);
    run(&b, texts, 1, &o, &best);
    o.keep_all = 1;
    run(&b, texts, 1, &o, &all);
    assert_int_equal(best.n, 20);
    assert_int_equal(all.n, 150);
    assert_int_equal(all.duplicates, best.duplicates);
    int duplicates = 0;
    *repeated = *refused = 0;
    bool seen[150] = {false};
    for (int i = 0; i < all.n; i++) {
        const mg_generated *m = &all.molecules[i];
        bool before = false;
        for (int j = 0; j < all.n; j++)
            before = before || (all.molecules[j].index < m->index &&
                                !strcmp(all.molecules[j].smiles, m->smiles));
        assert_int_equal(m->duplicate, before);
        assert_int_equal(m->rank, i + 1);
        assert_false(seen[m->index]);
        seen[m->index] = true;
        *refused += !m->valid, duplicates += m->duplicate, *repeated += m->valid && m->duplicate;
        if (i < best.n) assert_string_equal(m->smiles, best.molecules[i].smiles);
        if (i > 0)
            assert_true(2 * !m->valid + m->duplicate >=
                        2 * !all.molecules[i - 1].valid + all.molecules[i - 1].duplicate);
    }
    assert_int_equal(*refused, all.invalid);
    assert_int_equal(duplicates, all.duplicates);
    mg_generation_free(&best);
    mg_generation_free(&all);
    close_bench(&b);
}

static void every_draw_comes_back(void **state) {
    (void)state;
    int repeated, refused;
    keep_all(DIRECT, 10, &repeated, &refused);
    assert_true(repeated > 0);
    keep_all(CAGES, 0, &repeated, &refused);
    assert_true(refused > 0);
}

/* ---- other ways to start ---- */

static void starts(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        bench b;
        mg_generation none[2], like, near, far;
        mg_generate_options o = plain(6);
        open_bench(&b, k, 2);
        run(&b, NULL, 2, &o, none);
        assert_int_equal(none[0].drawn, 6);
        assert_string_not_equal(none[0].molecules[0].smiles, none[1].molecules[0].smiles);
        o.like = "CC(=O)O";
        run(&b, NULL, 1, &o, &like);
        assert_true(strcmp(like.molecules[0].smiles, none[0].molecules[0].smiles) ||
                    like.molecules[0].nll != none[0].molecules[0].nll);
        o.like = "O=C(O)C"; /* the same molecule */
        run(&b, NULL, 1, &o, &near);
        expect_in(&like, &near, true);
        if (k == FLOW) { /* nothing is left of it */
            mg_generate_options whole = o;
            whole.strength = 1;
            run(&b, NULL, 1, &whole, &far);
            expect_in(&far, &none[0], false); /* in another order: by similarity */
            mg_generation_free(&far);
        }
        free_all(none, 2);
        mg_generation_free(&like);
        mg_generation_free(&near);
        close_bench(&b);
    }
}

static void expect_refusal(bench *b, const char *const *t, mg_generate_options o,
                           const char *reason) {
    mg_generation g;
    molglot_error err = {0};
    assert_int_equal(mg_generate(b->g, t, 1, &o, &g, &err), MOLGLOT_USAGE);
    if (!strstr(err.message, reason)) fail_msg("'%s' says nothing of '%s'", err.message, reason);
    assert_null(g.molecules);
}

static void impossible_wishes(void **state) {
    (void)state;
    bench b;
    mg_generate_options o = plain(2);
    open_bench(&b, LATENT, 1);
    expect_refusal(&b, texts, o, "reads no sentences");
    o.method = "diffusion";
    expect_refusal(&b, NULL, o, "holds no diffusion");
    o.method = "magic";
    expect_refusal(&b, NULL, o, "none of direct, atomas, diffusion");
    /* methods of other models, with what this file is or lacks */
    static const char *const others[][2] = {{"motif", "holds no motif decoder"},
                                            {"beam", "holds no T5 for the method beam"},
                                            {"flow", "holds no flow for the method flow"}};
    for (size_t i = 0; i < MG_COUNT(others); i++) {
        o.method = others[i][0];
        expect_refusal(&b, NULL, o, others[i][1]);
    }
    o = plain(2), o.pull = .5F;
    expect_refusal(&b, NULL, o, "pull is for the method diffusion over aligned latents");
    o = plain(2), o.like = "C1CC";
    expect_refusal(&b, NULL, o, "unclosed ring 1");
    o = plain(2), o.like = "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";
    expect_refusal(&b, NULL, o, "longer than");
    o = plain(2), o.max_tokens = 33;
    expect_refusal(&b, NULL, o, "2 to 32 tokens");
    o.max_tokens = 1;
    expect_refusal(&b, NULL, o, "2 to 32 tokens");
    for (int most = 2; most <= 32; most += 30) { /* as few and as many as there may be */
        mg_generation made;
        o.max_tokens = most;
        run(&b, NULL, 1, &o, &made);
        assert_int_equal(made.drawn, 2);
        mg_generation_free(&made);
    }
    o = plain(0);
    expect_refusal(&b, NULL, o, "n and candidates");
    o = plain(2), o.diversity = NAN;
    expect_refusal(&b, NULL, o, "diversity");
    close_bench(&b);
}

/* What a sentence asks is counted on each molecule; with soft, nothing is. */
static void sentences_ask(void **state) {
    (void)state;
    static const char *const asks[2] = {"no oxygen", "purple"};
    bench b;
    open_bench(&b, DIRECT, 1);
    for (int soft = 0; soft < 2; soft++) {
        mg_generation made[2];
        mg_generate_options o = plain(6);
        o.soft = soft;
        run(&b, asks, 2, &o, made);
        assert_true(made[0].n > 0 && made[1].n > 0);
        for (int i = 0; i < made[0].n; i++) {
            const mg_generated *x = &made[0].molecules[i];
            if (!x->valid) continue;
            assert_int_equal(x->of, soft ? 0 : 1);
            if (!soft) assert_int_equal(x->met, !strpbrk(x->smiles, "Oo"));
        }
        for (int i = 0; i < made[1].n; i++) assert_int_equal(made[1].molecules[i].of, 0);
        free_all(made, 2);
    }
    close_bench(&b);
}

static void long_sentences_are_cut_and_said_so(void **state) {
    (void)state;
    bench b;
    mg_generation g[2];
    const char *const two[2] = {
        "acid acid acid acid acid acid acid acid acid acid acid acid acid acid acid acid acid acid "
        "acid acid acid acid acid acid acid acid acid "
        "acid acid acid acid acid acid acid",
        "a metabolite"};
    const mg_generate_options o = plain(1);
    open_bench(&b, DIRECT, 1);
    run(&b, two, 2, &o, g);
    assert_true(g[0].cut);
    assert_false(g[1].cut);
    free_all(g, 2);
    close_bench(&b);
}

static int stop_soon(void *user, int64_t done, int64_t total) {
    int64_t *last = user;
    assert_true(done > *last && done <= total && total == 200);
    *last = done;
    return done >= 40;
}

static void progress_and_interrupt(void **state) {
    (void)state;
    bench b;
    mg_generation g;
    molglot_error err = {0};
    int64_t last = 0;
    mg_generate_options o = plain(200);
    o.on_progress = stop_soon, o.user = &last;
    open_bench(&b, DIRECT, 2);
    assert_int_equal(mg_generate(b.g, texts, 1, &o, &g, &err), MOLGLOT_INTERRUPTED);
    assert_true(last >= 40 && last < 200);
    o.on_progress = NULL;
    run(&b, texts, 1, &o, &g); /* and it goes on working */
    mg_generation_free(&g);
    close_bench(&b);
}

/* ---- latents ---- */

static void latents_there_and_back(void **state) {
    (void)state;
    enum { N = 20, DIM = 8, SIZE = 4 * DIM };
    bench b, two;
    const char *smiles[N];
    float z[N * SIZE], one[SIZE], way[3 * SIZE];
    molglot_row_status status[N];
    mg_generated out[N];
    for (int i = 0; i < N; i++) smiles[i] = i == 7 ? "C1CC" : i % 2 ? "CCO" : "c1ccccc1";
    open_bench(&b, LATENT, 1);
    open_bench(&two, LATENT, 2);
    assert_int_equal(mg_latents_size(b.g), SIZE);
    assert_int_equal(mg_latents_encode(two.g, smiles, N, z, status, NULL), MOLGLOT_OK);
    for (int i = 0; i < N; i++) {
        const char *spelled = i % 2 ? "OCC" : "C1=CC=CC=C1";
        assert_int_equal(status[i].ok, i != 7);
        for (int d = 0; i == 7 && d < SIZE; d++) assert_true(z[i * SIZE + d] == 0);
        if (i == 7) continue;
        assert_int_equal(mg_latents_encode(b.g, &spelled, 1, one, NULL, NULL), MOLGLOT_OK);
        assert_memory_equal(one, z + i * SIZE, sizeof one);
    }
    mg_latents_between(b.g, z, z + SIZE, 3, way);
    for (int d = 0; d < SIZE; d++)
        assert_true(fabsf(way[d] - z[d]) < 1e-5f && fabsf(way[2 * SIZE + d] - z[SIZE + d]) < 1e-5f);
    double length = 0;
    for (int d = 0; d < DIM; d++) length += (double)way[SIZE + d] * (double)way[SIZE + d];
    assert_true(fabs(length - DIM) < 0.01); /* half way a token has its length still */
    assert_int_equal(mg_latents_decode(two.g, z, N, out, NULL), MOLGLOT_OK);
    for (int i = 0; i < N; i++) {
        assert_non_null(out[i].smiles);
        assert_int_equal(out[i].index, i);
    }
    mg_generated_free(out, N);
    z[3] = NAN;
    assert_int_equal(mg_latents_decode(b.g, z, N, out, NULL), MOLGLOT_USAGE);
    close_bench(&b);
    close_bench(&two);
    open_bench(&b, DIRECT, 1);
    assert_int_equal(mg_latents_encode(b.g, smiles, 1, z, NULL, NULL), MOLGLOT_BAD_FILE);
    close_bench(&b);
}

/* A flow of random weights moves nothing: what is left is the mixture with each row's own noise. */
static void points_are_refined(void **state) {
    (void)state;
    enum { N = 11, DIM = 8, SIZE = 4 * DIM };
    bench b, two;
    float z[N * SIZE], more[N * SIZE], other[N * SIZE];
    const mg_refine_options o = {.strength = 0.25f, .steps = 2, .seed = 3},
                            seed = {.strength = 0.25f, .steps = 2, .seed = 4},
                            none = {.strength = 0, .steps = 2};
    open_bench(&b, FLOW, 1);
    open_bench(&two, FLOW, 2);
    for (int i = 0; i < N * SIZE; i++) z[i] = more[i] = other[i] = 4;
    assert_int_equal(mg_latents_refine(b.g, &o, 3, z, NULL), MOLGLOT_OK);
    assert_int_equal(mg_latents_refine(two.g, &o, N, more, NULL), MOLGLOT_OK);
    assert_memory_equal(z, more, 3 * SIZE * sizeof *z);
    assert_true(z[3 * SIZE] == 4);
    assert_int_equal(mg_latents_refine(b.g, &seed, N, other, NULL), MOLGLOT_OK);
    double mean = 0, variance = 0;
    int equal = 0;
    for (int i = 0; i < N * SIZE; i++) {
        mean += (double)more[i] / (N * SIZE);
        variance += ((double)more[i] - 3) * ((double)more[i] - 3) / (N * SIZE);
        equal += more[i] == other[i];
    }
    /* 0.75 x 4, and noise of a quarter */
    assert_true(fabs(mean - 3) < 0.1 && fabs(sqrt(variance) - 0.25) < 0.05 && equal < 3);
    assert_int_equal(mg_latents_refine(b.g, &none, N, z, NULL), MOLGLOT_USAGE);
    close_bench(&b);
    close_bench(&two);
    open_bench(&b, LATENT, 1);
    assert_int_equal(mg_latents_refine(b.g, &o, 1, z, NULL), MOLGLOT_BAD_FILE);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_whatever_stands_beside),
                                       cmocka_unit_test(a_seed_changes_everything),
                                       cmocka_unit_test(everything_is_counted),
                                       cmocka_unit_test(the_best_of_many),
                                       cmocka_unit_test(every_draw_comes_back),
                                       cmocka_unit_test(starts),
                                       cmocka_unit_test(impossible_wishes),
                                       cmocka_unit_test(sentences_ask),
                                       cmocka_unit_test(long_sentences_are_cut_and_said_so),
                                       cmocka_unit_test(progress_and_interrupt),
                                       cmocka_unit_test(latents_there_and_back),
                                       cmocka_unit_test(points_are_refined)};
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
