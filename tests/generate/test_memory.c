/* test_memory.c - a bundle's part memory: made twice it is the same bytes, opened it gives back its
 * strings, finds molecules with and without stereo and what is near; damaged it is refused. */
#include "generate/generate.h"
#include "random_ranker.h"
#include "tensor/files/weights.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { N = 5, WIDTH = 4 };
static const char *const smiles[N] = {"CCO", "C[C@H](N)C(=O)O", "c1ccccc1", "CC(=O)O", "CCCC"};
static const char *const plain[N] = {"CCO", "CC(N)C(=O)O", "c1ccccc1", "CC(=O)O", "CCCC"};
static const char *const ids[N] = {"1", "2", "3", "4", "5"};
static const char *const names[N] = {"ethanol", "", "benzene", "", ""};
static const char *const texts[N] = {"an alcohol", "an amino acid", "", "an acid", "an alkane"};
static random_ranker ranker;
static char path[2][40];
static float *basis, scales[N];
static int8_t codes[N * WIDTH];
static molglot_error err;

static mg_memory_contents contents(void) {
    static const char space[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    return (mg_memory_contents){space,  N,     mg_embedder_dim(ranker.model->e),
                                WIDTH,  basis, codes,
                                scales, ids,   names,
                                smiles, texts, plain,
                                NULL};
}

static int make(void **state) {
    (void)state;
    if (random_ranker_open(&ranker, smiles, N, &err)) return -1;
    basis = malloc((size_t)WIDTH * (size_t)mg_embedder_dim(ranker.model->e) * sizeof *basis);
    const mg_memory_rows rows = {
        .n = N, .n_texts = N, .smiles = smiles, .texts = texts, .width = WIDTH};
    for (int i = 0; i < 2; i++) {
        strcpy(path[i], "/tmp/mg_part_XXXXXX");
        if (!basis || close(mkstemp(path[i])) ||
            mg_memory_make(ranker.model->e, &rows, basis, codes, scales, &err))
            return -1;
        const mg_memory_contents c = contents();
        if (mg_memory_part_save(path[i], &c, &err)) return -1;
    }
    return 0;
}

static int clean(void **state) {
    (void)state;
    free(basis);
    remove(path[0]);
    remove(path[1]);
    random_ranker_close(&ranker);
    return 0;
}

static void made_twice_it_is_the_same(void **state) {
    (void)state;
    mg_map a, b;
    assert_int_equal(mg_map_open(&a, path[0], &err), MOLGLOT_OK);
    assert_int_equal(mg_map_open(&b, path[1], &err), MOLGLOT_OK);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    mg_map_close(&a);
    mg_map_close(&b);
}

static void it_gives_back_what_it_holds(void **state) {
    (void)state;
    mg_bundle *b = mg_bundle_open(path[0], &err);
    const mg_memory_part *m = mg_bundle_known(b, &err);
    assert_non_null(m);
    assert_int_equal(m->n, N);
    for (int i = 0; i < N; i++) {
        assert_string_equal(m->id[i], ids[i]);
        assert_string_equal(m->name[i], names[i]);
        assert_string_equal(m->smiles[i], smiles[i]);
        assert_string_equal(m->text[i], texts[i]);
        assert_int_equal(mg_memory_part_find(m, smiles[i]), i);
        assert_int_equal(mg_memory_part_find_plain(m, plain[i]), i);
    }
    assert_int_equal(mg_memory_part_find(m, "C[C@@H](N)C(=O)O"), -1);
    const mg_memory memory = {.part = m};
    mg_known known;
    assert_int_equal(mg_memory_find(&memory, "C[C@@H](N)C(=O)O", plain[1], NULL, &known, &err), 0);
    assert_true(known.row == 1 && known.stereo);
    assert_string_equal(known.label, "2"); /* it has no name */
    assert_int_equal(mg_memory_find(&memory, "CCO", "CCO", NULL, &known, &err), 0);
    assert_true(known.row == 0 && !known.stereo);
    assert_string_equal(known.label, "ethanol");
    assert_int_equal(mg_memory_find(&memory, "N", "N", NULL, &known, &err), 0);
    assert_true(known.row == -1);
    assert_false(mg_memory_part_fits(m, b)); /* there is no space in it */
    mg_bundle_close(b);
}

/* A molecule is nearest to itself: its code has the largest product with its own embedding. */
static void the_nearest_come_first(void **state) {
    (void)state;
    mg_bundle *b = mg_bundle_open(path[0], &err);
    const mg_memory memory = {.part = mg_bundle_known(b, &err)};
    const int dim = mg_embedder_dim(ranker.model->e);
    float *v = malloc((size_t)N * (size_t)dim * sizeof *v);
    molglot_hit hits[N + 2];
    assert_int_equal(mg_embed_smiles(ranker.model->e, smiles, N, v, NULL, &err), MOLGLOT_OK);
    for (int i = 0; i < N; i++) {
        assert_int_equal(mg_memory_near(&memory, v + i * dim, N + 2, hits, &err), MOLGLOT_OK);
        bool seen = false;
        for (int k = 0; k < N; k++) {
            seen |= hits[k].row == i;
            if (k > 0) assert_true(hits[k - 1].score >= hits[k].score);
        }
        assert_true(seen && hits[N].row == -1 && hits[N + 1].row == -1);
    }
    free(v);
    mg_bundle_close(b);
}

/* Cut at any place, or with any byte of its second half changed, it is refused or whole. */
static void damaged_it_is_refused(void **state) {
    (void)state;
    mg_map a;
    assert_int_equal(mg_map_open(&a, path[0], &err), MOLGLOT_OK);
    uint8_t *bytes = malloc(a.size);
    for (size_t at = 0; at < a.size; at += 7) {
        memcpy(bytes, a.data, a.size);
        bytes[at] ^= 0x55;
        mg_bundle *b = mg_bundle_memory(bytes, a.size, "changed", &err);
        if (b && mg_bundle_count(b)) (void)mg_bundle_known(b, &err);
        mg_bundle_close(b);
        b = mg_bundle_memory(bytes, at, "cut", &err);
        if (b) assert_null(mg_bundle_known(b, &err));
        mg_bundle_close(b);
    }
    free(bytes);
    mg_map_close(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_twice_it_is_the_same), cmocka_unit_test(it_gives_back_what_it_holds),
        cmocka_unit_test(the_nearest_come_first), cmocka_unit_test(damaged_it_is_refused)};
    return cmocka_run_group_tests(tests, make, clean);
}
