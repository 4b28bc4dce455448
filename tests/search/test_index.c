/* test_index.c - the index file (round trip, streaming, damage, bounds) and exact search of one and
 * of several against a plain double loop. */
#include "search/inside.h"
#include "search/search.h"

#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/mg_index_XXXXXX", path[64];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/test.idx", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove(path);
    return rmdir(folder); /* fails where a temporary is left */
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

static mg_index_out *open_out(const char *where, int dim, mg_dtype dtype) {
    molglot_error err = {0};
    const mg_index_spec spec = {dim, dtype, MG_SIDE_MOLECULE, "abc", "test"};
    mg_index_out *w = mg_index_out_open(where, &spec, &err);
    if (!w) fail_msg("%s", err.message);
    return w;
}

static void add_rows(mg_index_out *w, const float *rows, int64_t first, int64_t n, int dim) {
    for (int64_t i = first; i < first + n; i++) {
        char id[32];
        snprintf(id, sizeof id, "id%lld", (long long)i);
        assert_int_equal(mg_index_out_add(w, rows + i * dim, NULL,
                                          &(mg_index_row){.id = i % 3 ? id : NULL,
                                                          .smiles = "CCO",
                                                          .text = i % 2 ? "a text" : ""},
                                          NULL),
                         MOLGLOT_OK);
    }
}

static mg_index *make_index_at(const char *where, const float *rows, int64_t n, int dim,
                               mg_dtype dtype) {
    molglot_error err = {0};
    mg_index_out *w = open_out(where, dim, dtype);
    add_rows(w, rows, 0, n, dim);
    if (mg_index_out_commit(w, &err)) fail_msg("%s", err.message);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(where, true, &err);
    if (!x) fail_msg("%s", err.message);
    return x;
}

static mg_index *make_index(const float *rows, int64_t n, int dim, mg_dtype dtype) {
    return make_index_at(path, rows, n, dim, dtype);
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
        assert_string_equal(mg_index_path(x), path);
        if (!bf16) assert_memory_equal(x->rows.data, rows, sizeof *rows * 2500 * 20);
        float few[3 * 7];
        mg_index_vectors(x, 2497, 3, 7, few);
        for (int i = 0; i < 3; i++)
            for (int d = 0; d < 7; d++) {
                const float is = few[i * 7 + d], was = rows[(2497 + i) * 20 + d];
                assert_true(bf16 ? fabsf(is - was) <= 0x1p-8f * fabsf(was) : is == was);
            }
        mg_index_close(x);
    }
    free(rows);
    assert_null(mg_index_out_open(path, &(mg_index_spec){.dim = 0}, NULL));
    assert_null(mg_index_out_open("/nonexistent/x.idx", &(mg_index_spec){.dim = 1}, NULL));
}

/* Rows that do not fit the blocks, more than a block of each section: what is written is checked by
 * its checksum (make_index); the heap does not grow with the rows. */
static void rows_as_they_come(void **state) {
    (void)state;
    enum { ROWS = 60000, DIM = 50 };
    float *rows = random_rows(ROWS, DIM, 8);
    mg_index_out *w = open_out(path, DIM, MG_F32);
    add_rows(w, rows, 0, 10, DIM);
#ifdef __SANITIZE_ADDRESS__
    const size_t before = 0, after = 0;
    add_rows(w, rows, 10, ROWS - 10, DIM);
#else
    const size_t before = mallinfo2().uordblks;
    add_rows(w, rows, 10, ROWS - 10, DIM);
    const size_t after = mallinfo2().uordblks;
#endif
    if (after > before + 4096) fail_msg("%zu bytes for the rows", after - before);
    assert_int_equal(mg_index_out_commit(w, NULL), MOLGLOT_OK);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(path, true, NULL);
    assert_non_null(x);
    assert_int_equal(mg_index_size(x), ROWS);
    assert_true(x->h->max_norm == mg_matrix_max_norm(&x->rows));
    assert_string_equal(mg_index_id(x, ROWS - 1), "id59999");
    assert_memory_equal(x->rows.data, rows, sizeof *rows * ROWS * DIM);
    mg_index_close(x);
    free(rows);
}

static void old_stays_until_commit(void **state) {
    (void)state;
    float *rows = random_rows(5, 4, 9);
    mg_index_close(make_index(rows, 5, 4, MG_F32));
    mg_index_out *w = open_out(path, 4, MG_F32);
    add_rows(w, rows, 0, 2, 4);
    mg_index *x = mg_index_open(path, true, NULL);
    assert_int_equal(mg_index_size(x), 5);
    mg_index_close(x);
    mg_index_out_free(w); /* remove_folder sees whether something is left */
    x = mg_index_open(path, true, NULL);
    assert_int_equal(mg_index_size(x), 5);
    mg_index_close(x);
    free(rows);
}

static void *read_all(void *name) {
    char *bytes = calloc(1, 1 << 16), *to = bytes;
    int fd = open(name, O_RDONLY);
    for (ssize_t n; (n = read(fd, to, (size_t)((1 << 16) - (to - bytes)))) > 0;) to += n;
    close(fd);
    return bytes;
}

/* A pipe takes the same bytes in one go; a full device is an error, and an index that lost a row is
 * not committed. */
static void odd_targets(void **state) {
    (void)state;
    float *rows = random_rows(30, 4, 9);
    char fifo[80], *file, *piped;
    size_t n;
    mg_index_close(make_index(rows, 30, 4, MG_F32));
    assert_int_equal(mg_read_file(path, 1 << 20, &file, &n, NULL), MOLGLOT_OK);
    snprintf(fifo, sizeof fifo, "%s/pipe", folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    pthread_t reader;
    pthread_create(&reader, NULL, read_all, fifo);
    mg_index_out *w = open_out(fifo, 4, MG_F32);
    add_rows(w, rows, 0, 30, 4);
    assert_int_equal(mg_index_out_commit(w, NULL), MOLGLOT_OK);
    mg_index_out_free(w);
    void *got;
    pthread_join(reader, &got);
    piped = got;
    assert_memory_equal(piped, file, n);
    free(piped);
    free(file);
    remove(fifo);
    molglot_error err = {0};
    w = open_out("/dev/full", 4, MG_F32);
    add_rows(w, rows, 0, 30, 4);
    assert_int_equal(mg_index_out_commit(w, &err), MOLGLOT_FAILED);
    assert_non_null(strstr(err.message, "No space left"));
    mg_index_out_free(w);
    free(rows);
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

/* ---- several parts ---- */

enum { SEVERAL = 3, WIDTH = 24, MOST = 1500 };

/* The hits that a sort of all exact scores gives. */
static void expect_order(const mg_search *s, const float *queries, int64_t n,
                         const molglot_hit *hits) {
    molglot_hit *all = malloc(sizeof *all * SEVERAL * MOST);
    for (int64_t q = 0; q < n; q++) {
        int found = 0;
        for (int p = 0; p < s->n_parts; p++)
            for (int64_t i = 0; i < s->parts[p].rows->n; i++) {
                const float score = mg_score(s->parts[p].rows, queries + q * WIDTH, i);
                const uint64_t *allowed = s->parts[p].allowed;
                if (allowed && !(allowed[i / 64] >> (i % 64) & 1)) continue;
                if (!(score >= s->min_score)) continue;
                int at = found++; /* insertion: equal scores keep the order of parts and rows */
                for (; at > 0 && all[at - 1].score < score; at--) all[at] = all[at - 1];
                all[at] = (molglot_hit){i, score, p};
            }
        for (int i = 0; i < s->k; i++) {
            const molglot_hit is = hits[q * s->k + i];
            const molglot_hit was = i + s->offset < found ? all[i + s->offset]
                                                          : (molglot_hit){-1, 0, -1};
            if (is.row != was.row || is.index != was.index || is.score != was.score)
                fail_msg("query %d hit %d: %d of %d, not %d of %d", (int)q, i, (int)is.row,
                         is.index, (int)was.row, was.index);
        }
    }
    free(all);
}

static void several_parts(void **state) {
    (void)state;
    const int64_t sizes[SEVERAL] = {700, 0, MOST};
    float *rows = random_rows(MOST, WIDTH, 21), *queries = random_rows(9, WIDTH, 22);
    uint16_t *half = malloc(sizeof *half * MOST * WIDTH);
    uint64_t some[MOST / 64 + 1];
    for (int i = 0; i < MOST / 64 + 1; i++) some[i] = 0x8421ull << i % 48;
    for (int i = 0; i < MOST * WIDTH; i++) /* numbers that bf16 holds: many ties between parts */
        rows[i] = mg_bf16_to_f32(mg_f32_to_bf16(rows[i]));
    mg_f32_to_bf16_n(rows, half, MOST * WIDTH);
    const mg_matrix matrix[SEVERAL] = {{rows, MG_F32, sizes[0], WIDTH},
                                       {rows, MG_F32, sizes[1], WIDTH},
                                       {half, MG_BF16, sizes[2], WIDTH}};
    molglot_hit *hits = malloc(sizeof *hits * 9 * 2400);
    for (int which = 0; which < 16; which++) {
        mg_searched parts[SEVERAL];
        for (int p = 0; p < SEVERAL; p++)
            parts[p] = (mg_searched){&matrix[p], mg_matrix_max_norm(&matrix[p]),
                                     which & 4 && p != 0 ? some : NULL};
        const mg_search s = {.parts = parts,
                             .n_parts = SEVERAL,
                             .k = which & 1 ? 2400 : 7,
                             .offset = which & 2 ? 5 : 0,
                             .min_score = which & 8 ? 0.1f : -INFINITY,
                             .threads = 1 + which % 3};
        assert_int_equal(mg_search_run(&s, queries, 9, hits, NULL), MOLGLOT_OK);
        expect_order(&s, queries, 9, hits);
        assert_int_equal(mg_search_run(&s, queries, 3, hits, NULL), MOLGLOT_OK);
        expect_order(&s, queries, 3, hits);
    }
    const mg_search none = {.k = 1};
    assert_int_equal(mg_search_run(&none, queries, 1, hits, NULL), MOLGLOT_OK);
    assert_int_equal(hits[0].row, -1);
    const mg_search wrong = {.k = 2, .offset = INT32_MAX - 1};
    assert_int_equal(mg_search_run(&wrong, queries, 1, hits, NULL), MOLGLOT_USAGE);
    free(hits);
    free(half);
    free(rows);
    free(queries);
}

typedef struct told {
    int64_t done, total;
    int calls, stop_at;
} told;

static int tell(void *user, int64_t done, int64_t total) {
    told *t = user;
    assert_true(done > t->done && done <= total);
    t->done = done, t->total = total;
    return ++t->calls == t->stop_at;
}

static void progress(void **state) {
    (void)state;
    enum { ROWS = 150000, DIM = 4 };
    float *rows = random_rows(ROWS, DIM, 31);
    const mg_matrix m = {rows, MG_F32, ROWS, DIM};
    const mg_searched part = {&m, 1.001, NULL};
    told t = {0};
    mg_search s = {&part, 1, 10, 0, -INFINITY, 2, tell, &t};
    molglot_hit hits[2][20], plain[20];
    assert_int_equal(mg_search_run(&s, rows, 2, hits[0], NULL), MOLGLOT_OK);
    assert_int_equal(t.done, 2 * ROWS);
    assert_int_equal(t.total, 2 * ROWS);
    assert_int_equal(t.calls, 3);
    assert_int_equal(mg_matrix_search(&m, 1.001, rows, 2, 10, 1, plain, NULL), MOLGLOT_OK);
    assert_memory_equal(hits[0], plain, sizeof plain);
    molglot_error err = {0};
    t = (told){.stop_at = 2};
    assert_int_equal(mg_search_run(&s, rows, 2, hits[1], &err), MOLGLOT_INTERRUPTED);
    assert_int_equal(t.calls, 2);
    free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),    cmocka_unit_test(rows_as_they_come),
        cmocka_unit_test(empty_index),   cmocka_unit_test(old_stays_until_commit),
        cmocka_unit_test(odd_targets),   cmocka_unit_test(damage),
        cmocka_unit_test(exact_search),  cmocka_unit_test(odd_queries),
        cmocka_unit_test(several_parts), cmocka_unit_test(progress)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
