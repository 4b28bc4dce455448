/* test_index.c - the index file (round trip, damage, bounds) and exact search against a plain
 * double loop. */
#include "search/inside.h"
#include "search/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/mg_index_XXXXXX";

static int make_path(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state) {
    (void)state;
    return remove(path);
}

static float *random_rows(int64_t n, int dim, uint64_t seed) {
    mg_rng rng = {.seed = seed};
    float *x = malloc(sizeof *x * (size_t)(n * dim));
    for (int64_t i = 0; i < n * dim; i++) x[i] = (float)mg_rng_normal(&rng);
    for (int64_t i = 0; i < n; i++) {
        double norm = mg_norm(x + i * dim, dim);
        for (int j = 0; j < dim; j++) x[i * dim + j] = (float)(x[i * dim + j] / norm);
    }
    return x;
}

static mg_index *make_index(const float *rows, int64_t n, int dim, mg_dtype dtype) {
    molglot_error err = {0};
    mg_index_out *w = mg_index_out_new(dim, dtype, MG_SIDE_MOLECULE, "abc", "test", &err);
    assert_non_null(w);
    for (int64_t i = 0; i < n; i++) {
        char id[32];
        snprintf(id, sizeof id, "id%lld", (long long)i);
        assert_int_equal(mg_index_out_add(w, rows + i * dim, i % 3 ? id : NULL, "CCO",
                                          i % 2 ? "a text" : "", &err),
                         MOLGLOT_OK);
    }
    if (mg_index_out_save(w, path, &err)) fail_msg("%s", err.message);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(path, true, &err);
    if (!x) fail_msg("%s", err.message);
    return x;
}

static void round_trip(void **state) {
    (void)state;
    float *rows = random_rows(2500, 20, 1);
    for (int bf16 = 0; bf16 < 2; bf16++) {
        mg_index *x = make_index(rows, 2500, 20, bf16 ? MG_BF16 : MG_F32);
        assert_int_equal(mg_index_size(x), 2500);
        assert_int_equal(mg_index_dim(x), 20);
        assert_int_equal(mg_index_dtype(x), bf16 ? MG_BF16 : MG_F32);
        assert_int_equal(mg_index_side(x), MG_SIDE_MOLECULE);
        assert_string_equal(mg_index_model_sha256(x), "abc");
        assert_string_equal(mg_index_model_name(x), "test");
        assert_string_equal(mg_index_id(x, 4), "id4");
        assert_string_equal(mg_index_id(x, 3), "");
        assert_string_equal(mg_index_smiles(x, 2499), "CCO");
        assert_string_equal(mg_index_text(x, 1), "a text");
        assert_string_equal(mg_index_text(x, 2500), "");
        assert_int_equal((uintptr_t)x->rows.data % 64, 0);
        if (!bf16) assert_memory_equal(x->rows.data, rows, sizeof *rows * 2500 * 20);
        mg_index_close(x);
    }
    free(rows);
    assert_null(mg_index_out_new(0, MG_F32, MG_SIDE_TEXT, NULL, NULL, NULL));
}

static void empty_index(void **state) {
    (void)state;
    mg_index *x = make_index(NULL, 0, 4, MG_F32);
    const float query[4] = {1, 0, 0, 0};
    molglot_hit hits[2];
    assert_int_equal(mg_index_search(x, query, 1, 2, 1, hits, NULL), MOLGLOT_OK);
    assert_int_equal(hits[0].row, -1);
    assert_int_equal(hits[1].row, -1);
    mg_index_close(x);
}

static void rewrite(const char *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void expect_refused(const char *bytes, size_t n, bool verify, const char *why) {
    molglot_error err = {0};
    rewrite(bytes, n);
    assert_null(mg_index_open(path, verify, &err));
    assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    if (!strstr(err.message, why)) fail_msg("message is '%s', not '%s'", err.message, why);
}

static void reseal(mg_index_header *h) {
    h->header_checksum = mg_hash64(h, offsetof(mg_index_header, header_checksum), 0);
}

static void damage(void **state) {
    (void)state;
    float *rows = random_rows(10, 8, 2);
    mg_index_close(make_index(rows, 10, 8, MG_F32));
    free(rows);
    char *good, *bad;
    size_t n;
    assert_int_equal(mg_read_file(path, 1 << 20, &good, &n, NULL), MOLGLOT_OK);
    bad = malloc(n);
    mg_index_header *h = (mg_index_header *)(void *)bad;
    expect_refused(good, 7, false, "not a Molglot index");
    expect_refused(good, n / 2, false, "does not fit");
    memcpy(bad, good, n);
    bad[0] = 'X';
    expect_refused(bad, n, false, "not a Molglot index");
    memcpy(bad, good, n);
    h->version = 9;
    expect_refused(bad, n, false, "index version 9");
    memcpy(bad, good, n);
    h->dim = 9;
    expect_refused(bad, n, false, "header is damaged");
    reseal(h);
    expect_refused(bad, n, false, "does not fit");
    memcpy(bad, good, n);
    h->count = UINT64_MAX / 32;
    reseal(h);
    expect_refused(bad, n, false, "does not fit");
    memcpy(bad, good, n);
    h->section[MG_INDEX_ROWS].offset = UINT64_MAX - 63;
    reseal(h);
    expect_refused(bad, n, false, "does not fit");
    memcpy(bad, good, n);
    bad[h->section[MG_INDEX_ROWS].offset + 5] ^= 1;
    expect_refused(bad, n, true, "wrong checksum");
    memcpy(bad, good, n);
    bad[h->section[MG_INDEX_STRINGS].offset + h->section[MG_INDEX_STRINGS].bytes - 1] = 'x';
    expect_refused(bad, n, false, "strings are damaged");
    memcpy(bad, good, n); /* a string place outside reads as empty */
    memset(bad + h->section[MG_INDEX_OFFSETS].offset, 0xFF, 240);
    rewrite(bad, n);
    mg_index *x = mg_index_open(path, false, NULL);
    assert_non_null(x);
    assert_string_equal(mg_index_id(x, 1), "");
    mg_index_close(x);
    free(bad);
    free(good);
}

typedef struct pair {
    double score;
    int64_t row;
} pair;

static int compare_pairs(const void *a, const void *b) {
    const pair *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The k best by the stored vectors, from a full sort of exact scores. */
static void expect_exact(const mg_index *x, const float *queries, int64_t n, int k, int threads) {
    molglot_hit *hits = malloc(sizeof *hits * (size_t)(n * k));
    assert_int_equal(mg_index_search(x, queries, n, k, threads, hits, NULL), MOLGLOT_OK);
    pair *all = malloc(sizeof *all * (size_t)x->rows.n);
    for (int64_t q = 0; q < n; q++) {
        for (int64_t i = 0; i < x->rows.n; i++)
            all[i] = (pair){(double)mg_score(&x->rows, queries + q * x->rows.dim, i), i};
        qsort(all, (size_t)x->rows.n, sizeof *all, compare_pairs);
        for (int i = 0; i < k; i++) {
            molglot_hit hit = hits[q * k + i];
            if (i >= x->rows.n)
                assert_int_equal(hit.row, -1);
            else if (hit.row != all[i].row || (double)hit.score != all[i].score)
                fail_msg("query %d hit %d: row %d, not %d", (int)q, i, (int)hit.row,
                         (int)all[i].row);
        }
    }
    free(all);
    free(hits);
}

static void exact_search(void **state) {
    (void)state;
    enum { ROWS = 3000, DIM = 70, QUERIES = 40 };
    float *rows = random_rows(ROWS, DIM, 3), *queries = random_rows(QUERIES, DIM, 4);
    /* ties */
    for (int i = 0; i < 500; i++)
        memcpy(rows + (2500 + i) * DIM, rows + i * DIM, DIM * sizeof *rows);
    for (int i = 600; i < 900; i++) /* and rows that bf16 products cannot tell apart */
        for (int j = 0; j < DIM; j++)
            rows[i * DIM + j] = rows[599 * DIM + j] + 1e-5f * rows[i * DIM + j];
    memcpy(queries, rows + 599 * DIM, DIM * sizeof *queries);
    memset(queries + DIM, 0, DIM * sizeof *queries); /* all rows tie at zero */
    for (int bf16 = 0; bf16 < 2; bf16++) {
        mg_index *x = make_index(rows, ROWS, DIM, bf16 ? MG_BF16 : MG_F32);
        expect_exact(x, queries, QUERIES, 10, 2);
        expect_exact(x, queries, QUERIES, 1, 1);
        expect_exact(x, queries, 3, 7, 3);        /* few queries: no matrix product */
        expect_exact(x, queries, 6, ROWS + 5, 2); /* more hits than rows */
        mg_index_close(x);
    }
    free(rows);
    free(queries);
}

static void odd_queries(void **state) {
    (void)state;
    float *rows = random_rows(100, 8, 5), query[8] = {0};
    mg_index *x = make_index(rows, 100, 8, MG_F32);
    molglot_hit hits[3];
    query[3] = 0.0f / query[0]; /* NaN: nothing is near it */
    assert_int_equal(mg_index_search(x, query, 1, 3, 1, hits, NULL), MOLGLOT_OK);
    assert_int_equal(hits[0].row, -1);
    assert_int_equal(mg_index_search(x, query, 0, 3, 1, hits, NULL), MOLGLOT_OK);
    assert_int_equal(mg_index_search(x, query, 1, 0, 1, hits, NULL), MOLGLOT_USAGE);
    mg_index_close(x);
    free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip), cmocka_unit_test(empty_index),
                                       cmocka_unit_test(damage), cmocka_unit_test(exact_search),
                                       cmocka_unit_test(odd_queries)};
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
