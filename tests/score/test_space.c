/* test_space.c - what a space of texts and molecules copies, against plain inner products, alone
 * and on the board; molecules that go through latents and back, counted one by one. Random weights.
 */
#include "../generate/random_ranker.h"
#include "../generate/random_writer.h"
#include "../must.h"
#include "score/inside.h"

#include <math.h>

enum { POOL = 7, TEXTS = 3 };
static const char *const pool_smiles[POOL] = {"CCO",       "CC(=O)O", "c1ccccc1", "CCN",
                                              "c1ccccc1O", "CCCl",    "CCCO"};
static const char *const pool_texts[POOL] = {"an alcohol", "an acid", "a ring", "", "", "", ""};
static const char *const texts[TEXTS] = {"It is an alcohol.", "It is an acid in water.", "A ring."};
static random_ranker ranker;
static molglot_error err;

static int open_all(void **state) {
    (void)state;
    return random_ranker_open(&ranker, pool_smiles, POOL, &err) ? -1 : 0;
}

static int close_all(void **state) {
    (void)state;
    random_ranker_close(&ranker);
    return 0;
}

/* Rows of the pool by their inner products with a text, highest first. */
static void order_by_hand(const char *text, int order[POOL]) {
    float t[SMALL_DIM], v[POOL * SMALL_DIM];
    double score[POOL];
    must(mg_embed_texts(ranker.model->e, &text, 1, t, NULL, &err), &err);
    must(mg_embed_smiles(ranker.model->e, pool_smiles, POOL, v, NULL, &err), &err);
    for (int i = 0; i < POOL; i++) {
        score[i] = 0;
        for (int d = 0; d < SMALL_DIM; d++) score[i] += (double)t[d] * (double)v[i * SMALL_DIM + d];
        int at = i;
        for (; at > 0 && score[order[at - 1]] < score[i]; at--) order[at] = order[at - 1];
        order[at] = i;
    }
}

static void nearest_of_the_space(void **state) {
    (void)state;
    const mg_pool pool = {POOL, pool_smiles, pool_texts};
    for (int samples = 1; samples <= POOL + 2; samples += 2)
        for (int of_index = 0; of_index < 2; of_index++) {
            const char *out[TEXTS * (POOL + 2)];
            must(of_index ? mg_baseline_index(ranker.memory, ranker.model->e, texts, TEXTS, samples,
                                              2, out, &err)
                          : mg_baseline_embedded(&pool, ranker.model->e, texts, TEXTS, samples, 2,
                                                 out, &err),
                 &err);
            for (int i = 0; i < TEXTS; i++) {
                int order[POOL];
                order_by_hand(texts[i], order);
                for (int k = 0; k < samples; k++) {
                    const char *got = out[i * samples + k];
                    if (k >= POOL)
                        assert_null(got);
                    else
                        assert_string_equal(got, pool_smiles[order[k]]);
                }
            }
        }
}

static void random_ones_come_of_the_pool(void **state) {
    (void)state;
    enum { PROMPTS = 40, SAMPLES = 10 };
    static const char *out[PROMPTS * SAMPLES], *again[PROMPTS * SAMPLES];
    const mg_pool pool = {POOL, pool_smiles, pool_texts}, none = {0, NULL, NULL};
    int seen[POOL] = {0};
    mg_baseline_random(&pool, PROMPTS, SAMPLES, 3, out);
    mg_baseline_random(&pool, 5, SAMPLES, 3, again);
    for (int i = 0; i < PROMPTS * SAMPLES; i++) {
        int k = 0;
        while (k < POOL && out[i] != pool_smiles[k]) k++;
        assert_true(k < POOL);
        seen[k]++;
        if (i < 5 * SAMPLES) assert_ptr_equal(out[i], again[i]);
    }
    for (int k = 0; k < POOL; k++) assert_in_range(seen[k], 30, 90); /* 57 of 400 */
    mg_baseline_random(&pool, 1, SAMPLES, 4, again);
    assert_memory_not_equal(out, again, SAMPLES * sizeof *out);
    mg_baseline_random(&none, 1, SAMPLES, 4, again);
    for (int k = 0; k < SAMPLES; k++) assert_null(again[k]);
}

/* The board's rows: of training molecules, else of an index, which must be one of molecules. */
static void the_board_asks_the_space(void **state) {
    (void)state;
    char train[] = "/tmp/mg_space_XXXXXX";
    const int fd = mkstemp(train);
    assert_true(fd >= 0 && !close(fd));
    FILE *f = fopen(train, "w");
    fputs("smiles\ttext\n", f);
    for (int i = 0; i < POOL; i++) fprintf(f, "%s\t%s\n", pool_smiles[i], pool_texts[i]);
    fclose(f);
    static const char *references[TEXTS];
    for (int i = 0; i < TEXTS; i++) { /* what the space finds first is right */
        int order[POOL];
        order_by_hand(texts[i], order);
        references[i] = pool_smiles[order[0]];
    }
    const mg_prompts prompts = {TEXTS, texts, references}, wordless = {TEXTS, NULL, references};
    static const struct {
        bool train, index, embedder, words;
        const char *methods;
    } cases[] = {
        {true, false, true, true,
         "random_training_molecules bm25_caption_copy tfidf_caption_copy aligned_space_training"},
        {true, true, true, true,
         "random_training_molecules bm25_caption_copy tfidf_caption_copy aligned_space_index"},
        {false, true, true, true, "aligned_space_index"},
        {false, false, true, true, ""},
        {false, true, false, true, ""},
        {true, true, true, false, "random_training_molecules"},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        mg_scoreboard b;
        char methods[200] = "";
        const mg_scoreboard_options o = {.samples = 1,
                                         .train = cases[c].train ? train : NULL,
                                         .index = cases[c].index ? ranker.index_path : NULL,
                                         .embedder = cases[c].embedder ? ranker.model->e : NULL,
                                         .scoring = {1, 0, 1}};
        must(mg_scoreboard_init(&b, cases[c].words ? prompts : wordless, &o, &err), &err);
        must(mg_scoreboard_baselines(&b, &err), &err);
        for (int i = 0; i < b.n_methods; i++) {
            snprintf(methods + strlen(methods), sizeof methods - strlen(methods), "%s%s",
                     i ? " " : "", b.methods[i].name);
            if (strstr(b.methods[i].name, "aligned"))
                assert_true(fabs(b.methods[i].scores.first[3].value.value - 1) < 1e-12);
        }
        assert_string_equal(methods, cases[c].methods);
        mg_scoreboard_free(&b);
    }
    /* an index of texts, one of another model, none */
    mg_scoreboard b;
    mg_scoreboard_options o = {.samples = 1,
                               .index = "/nonexistent.idx",
                               .embedder = ranker.model->e,
                               .scoring = {1, 0, 1}};
    must(mg_scoreboard_init(&b, prompts, &o, &err), &err);
    assert_int_not_equal(mg_scoreboard_baselines(&b, &err), MOLGLOT_OK);
    assert_non_null(strstr(err.message, "/nonexistent.idx"));
    mg_scoreboard_free(&b);
    mg_bundle *model = must_have(mg_bundle_open(MG_SOURCE_DIR "/models/space.safetensors", &err),
                                 &err);
    o.index = ranker.index_path, o.model = model;
    must(mg_scoreboard_init(&b, prompts, &o, &err), &err);
    assert_int_equal(mg_scoreboard_baselines(&b, &err), MOLGLOT_USAGE);
    must_say(&err, MOLGLOT_USAGE, "was made with another model (random)");
    mg_scoreboard_free(&b);
    mg_bundle_close(model);
    const float v[SMALL_DIM] = {1};
    mg_index_out *w = must_have(mg_index_out_open(train,
                                                  &(mg_index_spec){.dim = SMALL_DIM,
                                                                   .dtype = MG_F32,
                                                                   .side = MG_SIDE_TEXT,
                                                                   .model_sha256 = "",
                                                                   .model_name = "x"},
                                                  &err),
                                &err);
    must(mg_index_out_add(w, v, NULL, &(mg_index_row){.text = "a text"}, &err), &err);
    must(mg_index_out_commit(w, &err), &err);
    mg_index_out_free(w);
    o.index = train, o.model = NULL;
    must(mg_scoreboard_init(&b, prompts, &o, &err), &err);
    assert_int_equal(mg_scoreboard_baselines(&b, &err), MOLGLOT_USAGE);
    must_say(&err, MOLGLOT_USAGE, "not one of molecules");
    mg_scoreboard_free(&b);
    unlink(train);
}

/* Molecules of every size through a writer's latents: each counted in its class, as encoding and
 * decoding one by one say; more than a block of them. */
static void latents_there_and_back(void **state) {
    (void)state;
    char path[] = "/tmp/mg_space_XXXXXX", longest[128] = "";
    const random_writer kind = {.layers = 1, .hidden = 32, .latents = 4, .max_tokens = 60};
    const int fd = mkstemp(path);
    assert_true(fd >= 0 && !close(fd));
    must(random_writer_save(path, &kind, NULL, &err), &err);
    mg_bundle *b = must_have(mg_bundle_open(path, &err), &err);
    mg_generator *g =
        must_have(mg_generator_new(must_have(mg_bundle_writer(b, MG_PART_LATENT, &err), &err), NULL,
                                   NULL, "cpu", 1, &err),
                  &err);
    char sized[5][64] = {""};
    static const int atoms[5] = {29, 30, 49, 50, 57};
    for (int i = 0; i < 5; i++) memset(sized[i], 'C', (size_t)atoms[i]);
    memset(longest, 'C', 100);
    const char *const few[] = {"CCO",    "C1CC",   "CCN",   sized[0], sized[1], sized[2],
                               sized[3], sized[4], longest, "[Fe]",   "OC"};
    enum { FEW = MG_COUNT(few), ROWS = 530 };
    static const char *rows[ROWS];
    for (int i = 0; i < ROWS; i++) rows[i] = few[i % FEW];
    mg_reconstruction_size want[MG_SIZES] = {{0, 0, 0, 0, 0, 0, 0},
                                             {0, 29, 0, 0, 0, 0, 0},
                                             {30, 49, 0, 0, 0, 0, 0},
                                             {50, 0, 0, 0, 0, 0, 0}};
    int64_t unreadable = 0;
    for (int i = 0; i < FEW; i++) {
        const int times = ROWS / FEW + (i < ROWS % FEW);
        mg_mol *m = mg_mol_from_smiles(few[i], NULL, NULL);
        if (!m) {
            unreadable += times;
            continue;
        }
        float *z = must_alloc((int64_t)mg_latents_size(g), sizeof *z);
        molglot_row_status status;
        mg_generated made = {0};
        must(mg_latents_encode(g, &few[i], 1, z, &status, &err), &err);
        if (status.ok) must(mg_latents_decode(g, z, 1, &made, &err), &err);
        mg_mol *back = status.ok ? mg_mol_from_smiles(made.smiles, NULL, NULL) : NULL;
        char *x = mg_mol_smiles(m, true), *y = back ? mg_mol_smiles(back, true) : NULL;
        const int n = mg_mol_atoms(m);
        for (int k = 0; k < MG_SIZES; k++) {
            if (n < want[k].least || (want[k].most && n > want[k].most)) continue;
            want[k].rows += times;
            want[k].taken += status.ok ? times : 0;
            want[k].valid += back ? times : 0;
            want[k].exact += y && !strcmp(x, y) ? times : 0;
            want[k].flat += y && !strcmp(x, y) ? times : 0;
        }
        free(x);
        free(y);
        mg_mol_free(m);
        mg_mol_free(back);
        if (status.ok) mg_generated_free(&made, 1);
        free(z);
    }
    mg_reconstruction got;
    must(mg_score_reconstruction(g, rows, ROWS, &got, &err), &err);
    assert_int_equal(got.unreadable, unreadable);
    assert_true(want[0].taken > 0 && want[0].taken < want[0].rows);
    for (int k = 0; k < MG_SIZES; k++) {
        assert_true(want[k].rows > 0);
        if (memcmp(&got.sizes[k], &want[k], sizeof want[k]))
            fail_msg("size %d: %lld rows, %lld taken, %lld valid, %lld exact, %lld flat", k,
                     (long long)got.sizes[k].rows, (long long)got.sizes[k].taken,
                     (long long)got.sizes[k].valid, (long long)got.sizes[k].exact,
                     (long long)got.sizes[k].flat);
    }
    mg_generator_free(g);
    mg_bundle_close(b);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_of_the_space),
        cmocka_unit_test(random_ones_come_of_the_pool),
        cmocka_unit_test(the_board_asks_the_space),
        cmocka_unit_test(latents_there_and_back),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
