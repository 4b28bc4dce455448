/* test_index.c - the index file (round trip, streaming, damage, bounds) and exact search of one and
 * of several against a plain double loop. */
#include "../must.h"
#include "search/inside.h"
#include "search/search.h"

#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

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
    const mg_index_spec spec = {
        .dim = dim, .dtype = dtype, .model_sha256 = "abc", .model_name = "test"};
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
 * its checksum (make_index); the heap holds one block of the log, of 4 MiB,
 * doubled as it grows. */
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
    if (after > before + (9 << 20)) fail_msg("%zu bytes for the rows", after - before);
    assert_int_equal(mg_index_out_commit(w, NULL), MOLGLOT_OK);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(path, true, NULL);
    assert_non_null(x);
    assert_int_equal(mg_index_size(x), ROWS);
    assert_true(x->h.max_norm[0] == mg_matrix_max_norm(&x->rows));
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
    for (int s = 0; s < MG_INDEX_SECTIONS; s++) {
        if (!h->section[s].bytes) continue;
        memcpy(bad, good, n);
        bad[h->section[s].offset + 5] ^= 1;
        expect_refused(bad, n, true, "wrong checksum");
    }
    memcpy(bad, good, n);
    bad[h->section[MG_INDEX_STRINGS].offset + h->section[MG_INDEX_STRINGS].bytes - 1] = 'x';
    expect_refused(bad, n, false, "strings are damaged");
    memcpy(bad, good, n); /* a string place outside reads as empty */
    memset(bad + h->section[MG_INDEX_META].offset, 0xFF, 320);
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
    /* a query before it and one behind it have theirs */
    float several[3 * 8];
    molglot_hit all[3];
    for (int at = 0; at < 8; at++) {
        memcpy(several, rows, 8 * sizeof *rows);
        memcpy(several + 16, rows + 8, 8 * sizeof *rows);
        for (int d = 0; d < 8; d++) several[8 + d] = d == at ? query[3] : 1;
        assert_int_equal(mg_index_search(x, several, 3, 1, 1, all, NULL), MOLGLOT_OK);
        assert_true(all[0].row == 0 && all[1].row == -1 && all[2].row == 1);
    }
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
    const mg_matrix matrix[SEVERAL] = {{rows, MG_F32, sizes[0], WIDTH, 0},
                                       {rows, MG_F32, sizes[1], WIDTH, 0},
                                       {half, MG_BF16, sizes[2], WIDTH, 0}};
    molglot_hit *hits = malloc(sizeof *hits * 9 * 2400);
    for (int which = 0; which < 16; which++) {
        mg_searched parts[SEVERAL];
        for (int p = 0; p < SEVERAL; p++)
            parts[p] = (mg_searched){.rows = &matrix[p],
                                     .max_norm = mg_matrix_max_norm(&matrix[p]),
                                     .allowed = which & 4 && p != 0 ? some : NULL};
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
    const mg_matrix m = {rows, MG_F32, ROWS, DIM, 0};
    const mg_searched part = {.rows = &m, .max_norm = 1.001};
    told t = {0};
    mg_search s = {.parts = &part,
                   .n_parts = 1,
                   .k = 10,
                   .min_score = -INFINITY,
                   .threads = 2,
                   .on_progress = tell,
                   .user = &t};
    molglot_hit hits[2][20], plain[20];
    assert_int_equal(mg_search_run(&s, rows, 2, hits[0], NULL), MOLGLOT_OK);
    assert_int_equal(t.done, 2 * ROWS);
    assert_int_equal(t.total, 2 * ROWS);
    assert_true(t.calls >= 1); /* by the first of two threads, however few rows it had */
    assert_int_equal(mg_matrix_search(&m, 1.001, rows, 2, 10, 1, plain, NULL), MOLGLOT_OK);
    assert_memory_equal(hits[0], plain, sizeof plain);
    molglot_error err = {0};
    t = (told){.stop_at = 2};
    s.threads = 1;
    assert_int_equal(mg_search_run(&s, rows, 2, hits[1], &err), MOLGLOT_INTERRUPTED);
    assert_true(t.calls == 2 && t.done < t.total);
    free(rows);
}

/* ---- what version 2 adds ---- */

enum { FULL = 300, FULL_DIM = 20 };

/* Rows with everything: every third has a text and its vector. */
static void add_full(mg_index_out *w, const float *rows, const float *texts, int64_t first,
                     int64_t step) {
    for (int64_t i = first; i < FULL; i += step) {
        char id[32], cell[32];
        snprintf(id, sizeof id, "id%lld", (long long)i);
        snprintf(cell, sizeof cell, "%lld.5", (long long)i);
        const char *const cells[] = {cell, i % 2 ? "odd" : ""};
        const mg_index_row row = {.id = id,
                                  .smiles = "CCO",
                                  .text = i % 3 ? "" : "a text",
                                  .inchikey = i % 2 ? "LFQSCWFLJHTTHZ-UHFFFAOYSA-N" : NULL,
                                  .cells = i % 5 ? cells : NULL,
                                  .number = i + 1,
                                  .molecule = (uint64_t)i / 2 + 1,
                                  .flat = 7};
        assert_int_equal(mg_index_out_add(w, rows + i * FULL_DIM,
                                          i % 3 ? NULL : texts + i * FULL_DIM, &row, NULL),
                         MOLGLOT_OK);
    }
}

static const char *const two_columns[] = {"pIC50", "parity"};
static const mg_index_spec full_spec = {.dim = FULL_DIM,
                                        .dtype = MG_F32,
                                        .model_sha256 = "abc",
                                        .model_name = "test",
                                        .columns = two_columns,
                                        .n_columns = 2};

static mg_index *make_full(const char *where, const mg_index_spec *spec, uint64_t source,
                           const float *rows, const float *texts, int64_t first, int64_t step) {
    molglot_error err = {0};
    mg_index_out *w = mg_index_out_open(where, spec, &err);
    if (!w) fail_msg("%s", err.message);
    add_full(w, rows, texts, first, step);
    mg_index_out_source(w, source);
    if (mg_index_out_commit(w, &err)) fail_msg("%s", err.message);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(where, true, &err);
    if (!x) fail_msg("%s", err.message);
    return x;
}

static void all_of_a_row(void **state) {
    (void)state;
    float *rows = random_rows(FULL, FULL_DIM, 41), *texts = random_rows(FULL, FULL_DIM, 42);
    mg_index *x = make_full(path, &full_spec, 9, rows, texts, 0, 1);
    const char *const *names;
    int shard, shards;
    assert_int_equal(mg_index_columns(x, &names), 2);
    assert_string_equal(names[0], "pIC50");
    assert_string_equal(names[1], "parity");
    mg_index_shard(x, &shard, &shards);
    assert_int_equal(shard + shards, 0);
    assert_string_equal(mg_index_cell(x, 7, 0), "7.5");
    assert_string_equal(mg_index_cell(x, 7, 1), "odd");
    assert_string_equal(mg_index_cell(x, 8, 1), "");
    assert_string_equal(mg_index_cell(x, 10, 0), ""); /* cells NULL */
    assert_string_equal(mg_index_cell(x, 7, 2), "");
    assert_string_equal(mg_index_cell(x, 7, -1), "");
    assert_string_equal(mg_index_cell(x, FULL, 0), "");
    assert_string_equal(mg_index_inchikey(x, 3), "LFQSCWFLJHTTHZ-UHFFFAOYSA-N");
    assert_string_equal(mg_index_inchikey(x, 4), "");
    assert_int_equal(mg_index_number(x, 3), 4);
    assert_int_equal(mg_index_number(x, -1), 0);
    assert_int_equal(mg_index_molecule(x, 5), 3);
    assert_int_equal(mg_index_flat(x, 5), 7);
    assert_int_equal(mg_index_molecule(x, FULL), 0);
    const mg_searched t = mg_index_searched_texts(x);
    const int64_t *of = mg_index_text_rows(x);
    assert_int_equal(t.rows->n, FULL / 3);
    for (int64_t i = 0; i < t.rows->n; i++) {
        assert_int_equal(of[i], 3 * i);
        assert_memory_equal((const float *)t.rows->data + i * FULL_DIM, texts + of[i] * FULL_DIM,
                            FULL_DIM * sizeof *texts);
    }
    mg_index_close(x);
    free(rows);
    free(texts);
}

/* A row is found with a score of 1 by the vector that it was made from, and nothing scores above,
 * though rounded rows are longer or shorter than 1. */
static void a_row_finds_itself(void **state) {
    (void)state;
    for (int dim = 3; dim < 200; dim = 3 * dim + 1) {
        float *rows = random_rows(200, dim, 43);
        for (int bf16 = 0; bf16 < 2; bf16++) {
            mg_index *x = make_index(rows, 200, dim, bf16 ? MG_BF16 : MG_F32);
            molglot_hit hits[200][2];
            assert_int_equal(mg_index_search(x, rows, 200, 2, 2, hits[0], NULL), MOLGLOT_OK);
            for (int i = 0; i < 200; i++) {
                assert_int_equal(hits[i][0].row, i);
                assert_true(hits[i][0].score == 1);
                assert_true(hits[i][1].score < 1);
            }
            /* a query of another length is no molecule: its score is an inner product */
            rows[0] *= 2;
            for (int d = 1; d < dim; d++) rows[d] *= 2;
            assert_int_equal(mg_index_search(x, rows, 1, 1, 1, hits[0], NULL), MOLGLOT_OK);
            assert_true(fabsf(hits[0][0].score - 2) < 1e-5f);
            for (int d = 0; d < dim; d++) rows[d] /= 2;
            mg_index_close(x);
        }
        free(rows);
    }
}

static void expect_same_file(const char *a, const char *b) {
    char *bytes[2];
    size_t n[2];
    assert_int_equal(mg_read_file(a, 1 << 24, &bytes[0], &n[0], NULL), MOLGLOT_OK);
    assert_int_equal(mg_read_file(b, 1 << 24, &bytes[1], &n[1], NULL), MOLGLOT_OK);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static char other[3][80];

static void shards_join(void **state) {
    (void)state;
    float *rows = random_rows(FULL, FULL_DIM, 41), *texts = random_rows(FULL, FULL_DIM, 42);
    molglot_error err = {0};
    mg_concat_result r;
    mg_index *x[3];
    mg_index_close(make_full(path, &full_spec, 9, rows, texts, 0, 1));
    for (int s = 0; s < 3; s++) {
        mg_index_spec spec = full_spec;
        spec.shard = s + 1, spec.shards = 3;
        snprintf(other[s], sizeof other[s], "%s/%d.idx", folder, s);
        x[s] = make_full(other[s], &spec, 9, rows, texts, s, 3);
    }
    const mg_index *mixed[3] = {x[2], x[0], x[1]};
    char all[80];
    snprintf(all, sizeof all, "%s/all.idx", folder);
    assert_int_equal(mg_index_concat(all, mixed, 3, NULL, &r, &err), MOLGLOT_OK);
    assert_true(r.in_order && r.rows == FULL && r.textless == -1);
    expect_same_file(all, path);
    /* two of three: in order, but not the file */
    assert_int_equal(mg_index_concat(all, mixed, 2, NULL, &r, &err), MOLGLOT_OK);
    mg_index *part = mg_index_open(all, true, NULL);
    assert_int_equal(mg_index_size(part), FULL - FULL / 3);
    assert_int_equal(mg_index_number(part, 0), 1);
    assert_int_equal(mg_index_number(part, 1), 3);
    assert_int_equal(mg_index_number(part, 2), 4);
    assert_int_equal(part->h.source, 0);
    mg_index_close(part);
    /* one twice */
    mixed[0] = mixed[1];
    assert_int_equal(mg_index_concat(all, mixed, 2, NULL, &r, &err), MOLGLOT_BAD_FILE);
    assert_non_null(strstr(err.message, "same rows of the same file"));
    for (int s = 0; s < 3; s++) mg_index_close(x[s]), remove(other[s]);
    remove(all);
    free(rows);
    free(texts);
}

static void unlike_indexes(void **state) {
    (void)state;
    float *rows = random_rows(FULL, FULL_DIM, 41), *texts = random_rows(FULL, FULL_DIM, 42);
    static const char *const names[] = {"parity", "vendor"};
    mg_index_spec spec = full_spec;
    molglot_error err = {0};
    mg_concat_result r;
    for (int s = 0; s < 3; s++) snprintf(other[s], sizeof other[s], "%s/%d.idx", folder, s);
    mg_index *a = make_full(other[0], &spec, 0, rows, texts, 0, 1);
    spec.columns = names;
    mg_index *b = make_full(other[1], &spec, 0, rows, texts, 0, 2);
    const mg_index *both[2] = {a, b};
    mg_names ids = {0};
    assert_true(mg_names_put(&ids, "id4", 0) && mg_names_put(&ids, "nobody", 0));
    const mg_concat_options o = {.without = &ids};
    assert_int_equal(mg_index_concat(other[0], both, 2, &o, &r, &err), MOLGLOT_OK);
    assert_true(!r.in_order && r.rows == FULL + FULL / 2 - 2 && r.left_out == 2);
    assert_int_equal(mg_names_find(&ids, "id4"), 1);
    assert_int_equal(mg_names_find(&ids, "nobody"), 0);
    mg_index *x = mg_index_open(other[0], true, NULL); /* the old one is still open */
    const char *const *joined;
    assert_int_equal(mg_index_columns(x, &joined), 3);
    assert_string_equal(joined[2], "vendor");
    assert_string_equal(mg_index_id(x, 4), "id5");
    assert_string_equal(mg_index_cell(x, 6, 0), "7.5");
    assert_string_equal(mg_index_cell(x, 6, 2), "");
    assert_string_equal(mg_index_id(x, FULL), "id2"); /* of b: 0, 2, 6 */
    assert_string_equal(mg_index_cell(x, FULL, 0), "");
    assert_string_equal(mg_index_cell(x, FULL, 1), "2.5");
    mg_index_close(x);
    mg_names_free(&ids);
    const mg_index_spec wrong[] = {{.dim = FULL_DIM, .dtype = MG_F32, .model_sha256 = "x"},
                                   {.dim = FULL_DIM, .dtype = MG_BF16, .model_sha256 = "abc"},
                                   {.dim = FULL_DIM, .side = MG_SIDE_TEXT, .model_sha256 = "abc"}};
    const char *const why[] = {"different models", "bfloat16", "index of molecules"};
    for (int i = 0; i < 3; i++) {
        both[1] = make_full(other[2], &wrong[i], 0, rows, texts, 0, 3);
        assert_int_equal(mg_index_concat(path, both, 2, NULL, &r, &err), MOLGLOT_BAD_FILE);
        if (!strstr(err.message, why[i])) fail_msg("%s", err.message);
        mg_index_close((mg_index *)(uintptr_t)both[1]);
    }
    assert_int_equal(mg_index_concat(path, both, 0, NULL, &r, &err), MOLGLOT_USAGE);
    mg_index_close(a);
    mg_index_close(b);
    for (int s = 0; s < 3; s++) remove(other[s]);
    free(rows);
    free(texts);
}

/* The bytes of version 1, as the program of before wrote them: rows that are no unit vectors keep
 * their inner products, others have a cosine. */
static void version_1(void **state) {
    (void)state;
    enum { V1_DIM = 4, V1_ROWS = 2 };
    static const char strings[] = "\0id1\0CCO\0a text";
    const uint64_t offsets[V1_ROWS][3] = {{1, 5, 9}, {0, 5, 99}};
    const float rows[V1_ROWS][V1_DIM] = {{0.5f, 0.5f, -0.5f, 0.5f}, {3, 0, 0, 0}};
    uint16_t half[V1_ROWS * V1_DIM];
    mg_f32_to_bf16_n(rows[0], half, V1_ROWS * V1_DIM);
    mg_index1_header h = {.magic = MG_INDEX_MAGIC,
                          .version = 1,
                          .dtype = MG_BF16,
                          .dim = V1_DIM,
                          .count = V1_ROWS,
                          .max_norm = 3,
                          .model_sha256 = "abc",
                          .model_name = "old"};
    const void *data[] = {half, offsets, strings};
    const size_t bytes[] = {sizeof half, sizeof offsets, sizeof strings};
    char file[1024] = {0};
    size_t at = (sizeof h + 63) / 64 * 64;
    for (int s = 0; s < MG_INDEX1_SECTIONS; s++) {
        h.section[s].offset = at;
        h.section[s].bytes = bytes[s];
        h.checksum = mg_index_hash(h.checksum, data[s], bytes[s]);
        memcpy(file + at, data[s], bytes[s]);
        at = (at + bytes[s] + 63) / 64 * 64;
    }
    h.header_checksum = mg_hash64(&h, offsetof(mg_index1_header, header_checksum), 0);
    memcpy(file, &h, sizeof h);
    rewrite(file, at);
    molglot_error err = {0};
    mg_index *x = mg_index_open(path, true, &err);
    if (!x) fail_msg("%s", err.message);
    assert_int_equal(mg_index_size(x), V1_ROWS);
    assert_string_equal(mg_index_id(x, 0), "id1");
    assert_string_equal(mg_index_smiles(x, 1), "CCO");
    assert_string_equal(mg_index_text(x, 0), "a text");
    assert_string_equal(mg_index_text(x, 1), "");
    assert_string_equal(mg_index_inchikey(x, 0), "");
    assert_int_equal(mg_index_number(x, 0), 0);
    assert_int_equal(mg_index_columns(x, NULL), 0);
    assert_int_equal(mg_index_searched_texts(x).rows->n, 0);
    assert_null(mg_index_text_rows(x));
    molglot_hit hits[2];
    assert_int_equal(mg_index_search(x, rows[0], 1, 2, 1, hits, NULL), MOLGLOT_OK);
    assert_true(hits[0].row == 0 && hits[0].score == 1);
    assert_true(hits[1].row == 1 && hits[1].score < 1); /* clipped: no cosine is above */
    mg_concat_result r;
    const mg_index *one = x;
    assert_int_equal(mg_index_concat(path, &one, 1, NULL, &r, &err), MOLGLOT_OK);
    mg_index_close(x);
    x = mg_index_open(path, true, &err); /* now of the version of today */
    assert_string_equal(mg_index_text(x, 0), "a text");
    assert_int_equal(x->h.version, MG_INDEX_VERSION);
    mg_index_close(x);
}

/* ---- joining ---- */

static const char *numbered(char name[static 80], int s) {
    snprintf(name, 80, "%s/part%d.idx", folder, s);
    return name;
}

/* An index of rows with these numbers of a file; texts: 0 none, 1 texts, 2 their vectors, too. */
static mg_index *with_numbers(int s, int shard, int shards, uint64_t source, const int64_t *numbers,
                              int n, int texts) {
    molglot_error err = {0};
    char name[80];
    const float vector[4] = {0.5F, 0.5F, -0.5F, 0.5F};
    const mg_index_spec spec = {.dim = 4,
                                .dtype = MG_F32,
                                .model_sha256 = "abc",
                                .model_name = "test",
                                .shard = shard,
                                .shards = shards};
    mg_index_out *w = must_have(mg_index_out_open(numbered(name, s), &spec, &err), &err);
    for (int i = 0; i < n; i++) {
        char id[32];
        snprintf(id, sizeof id, "%lld", (long long)numbers[i]);
        const mg_index_row row = {.id = i == 1 ? "" : id,
                                  .smiles = "CCO",
                                  .text = texts ? "a text" : "",
                                  .number = numbers[i]};
        must(mg_index_out_add(w, vector, texts == 2 ? vector : NULL, &row, &err), &err);
    }
    mg_index_out_source(w, source);
    must(mg_index_out_commit(w, &err), &err);
    mg_index_out_free(w);
    return must_have(mg_index_open(name, true, &err), &err);
}

static void close_parts(mg_index **x, int n) {
    char name[80];
    for (int s = 0; s < n; s++) mg_index_close(x[s]), remove(numbered(name, s));
}

/* Shards whose rows were refused here and there, gaps wider than all shards among them: the rows
 * come in the file's order, and numbers that do not go up are damage. */
static void shards_with_gaps(void **state) {
    (void)state;
    static const struct {
        int64_t number[3][4];
        int n[3];
        const char *order; /* NULL: refused */
    } cases[] = {
        {{{1, 4, 7, 10}, {2, 5, 8, 11}, {3, 6, 9, 12}}, {4, 4, 4}, "1 2 3 4 5 6 7 8 9 10 11 12"},
        {{{10}, {2, 29}, {3, 6, 12}}, {1, 2, 3}, "2 3 6 10 12 29"},
        {{{100, 103}, {101}, {51, 99}}, {2, 1, 2}, "51 99 100 101 103"},
        {{{1, 1000}, {0}, {999, 1005}}, {2, 0, 2}, "1 999 1000 1005"},
        {{{0}, {0}, {0}}, {0, 0, 0}, ""},
        {{{4, 1}, {2}, {3}}, {2, 1, 1}, NULL}, /* goes back */
        {{{1, 5}, {2}, {3}}, {2, 1, 1}, NULL}, /* a row of another shard */
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        molglot_error err = {0};
        mg_concat_result r;
        mg_index *x[3];
        for (int s = 0; s < 3; s++)
            x[s] = with_numbers(s, s + 1, 3, 9, cases[c].number[s], cases[c].n[s], 0);
        const mg_index *mixed[3] = {x[1], x[2], x[0]};
        const int code = mg_index_concat(path, mixed, 3, NULL, &r, &err);
        if (!cases[c].order) {
            must_say(&err, MOLGLOT_BAD_FILE, "numbers of rows are damaged");
            assert_int_equal(code, MOLGLOT_BAD_FILE);
        } else {
            char order[200] = "";
            must(code, &err);
            mg_index *all = must_have(mg_index_open(path, true, &err), &err);
            assert_int_equal(r.rows, mg_index_size(all));
            assert_true(r.in_order && !r.left_out);
            for (int64_t i = 0; i < mg_index_size(all); i++)
                snprintf(order + strlen(order), sizeof order - strlen(order), "%s%lld",
                         i ? " " : "", (long long)mg_index_number(all, i));
            assert_string_equal(order, cases[c].order);
            assert_int_equal(mg_index_source(all), 9);
            mg_index_close(all);
        }
        close_parts(x, 3);
    }
}

/* Shards of one file alone are put in its order: not those of two files, of another cut, of none.
 */
static void what_is_in_order(void **state) {
    (void)state;
    static const struct {
        uint64_t source[2];
        int shard[2], shards[2];
        bool in_order;
    } cases[] = {
        {{9, 9}, {1, 2}, {2, 2}, true},  {{9, 8}, {1, 2}, {2, 2}, false},
        {{0, 0}, {1, 2}, {2, 2}, false}, {{9, 9}, {1, 2}, {2, 3}, false},
        {{9, 9}, {2, 1}, {2, 2}, true},  {{9, 9}, {1, 3}, {3, 3}, true},
        {{9, 0}, {1, 2}, {2, 2}, false},
    };
    static const int64_t rows_of[2][2] = {{1, 3}, {2, 4}}, wide[2][2] = {{1, 4}, {3, 6}};
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        molglot_error err = {0};
        mg_concat_result r;
        mg_index *x[2];
        for (int s = 0; s < 2; s++)
            x[s] = with_numbers(s, cases[c].shard[s], cases[c].shards[s], cases[c].source[s],
                                cases[c].shards[s] == 3      ? wide[s]
                                : cases[c].shard[s] % 2 == 1 ? rows_of[0]
                                                             : rows_of[1],
                                2, 0);
        must(mg_index_concat(path, (const mg_index *const *)x, 2, NULL, &r, &err), &err);
        assert_int_equal(r.in_order, cases[c].in_order);
        mg_index *all = must_have(mg_index_open(path, true, &err), &err);
        const bool whole = cases[c].in_order && cases[c].shards[0] == 2;
        assert_int_equal(mg_index_source(all), whole ? 9 : 0);
        if (cases[c].in_order)
            for (int64_t i = 1; i < 4; i++)
                assert_true(mg_index_number(all, i) > mg_index_number(all, i - 1));
        else
            assert_int_equal(mg_index_number(all, 1), mg_index_number(x[0], 1));
        mg_index_close(all);
        /* one alone stays the shard that it is */
        must(mg_index_concat(path, (const mg_index *const *)x, 1, NULL, &r, &err), &err);
        all = must_have(mg_index_open(path, true, &err), &err);
        int shard, shards;
        mg_index_shard(all, &shard, &shards);
        assert_true(shard == cases[c].shard[0] && shards == cases[c].shards[0] && !r.in_order);
        assert_int_equal(mg_index_source(all), cases[c].source[0]);
        mg_index_close(all);
        close_parts(x, 2);
    }
}

/* An index whose rows have texts without vectors, beside one that has them, is named. */
static void indexes_without_vectors_of_texts(void **state) {
    (void)state;
    static const int64_t numbers[] = {1, 2, 3};
    static const struct {
        int texts[3], textless;
    } cases[] = {{{2, 1, 2}, 1},  {{1, 2, 2}, 0},  {{2, 2, 1}, 2}, {{2, 0, 2}, -1},
                 {{1, 1, 1}, -1}, {{2, 2, 2}, -1}, {{0, 1, 2}, 1}, {{0, 0, 0}, -1}};
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        molglot_error err = {0};
        mg_concat_result r;
        mg_index *x[3];
        for (int s = 0; s < 3; s++) x[s] = with_numbers(s, 0, 0, 0, numbers, 3, cases[c].texts[s]);
        must(mg_index_concat(path, (const mg_index *const *)x, 3, NULL, &r, &err), &err);
        assert_int_equal(r.textless, cases[c].textless);
        assert_int_equal(r.rows, 9);
        close_parts(x, 3);
    }
}

/* Rows without an id are never left out; those asked for are, in whichever index they stand. */
static void rows_are_left_out_by_id(void **state) {
    (void)state;
    static const int64_t numbers[2][4] = {{1, 2, 3, 4}, {5, 6, 7, 3}};
    molglot_error err = {0};
    mg_concat_result r;
    mg_index *x[2];
    mg_names ids = {0};
    for (int s = 0; s < 2; s++) x[s] = with_numbers(s, 0, 0, 0, numbers[s], 4, 0);
    assert_true(mg_names_put(&ids, "3", 0) && mg_names_put(&ids, "2", 0) &&
                mg_names_put(&ids, "5", 0));
    const mg_concat_options o = {.without = &ids};
    must(mg_index_concat(path, (const mg_index *const *)x, 2, &o, &r, &err), &err);
    assert_true(r.rows == 5 && r.left_out == 3);
    mg_index *all = must_have(mg_index_open(path, true, &err), &err);
    static const int64_t left[] = {1, 2, 4, 6, 7};
    for (int i = 0; i < 5; i++) assert_int_equal(mg_index_number(all, i), left[i]);
    assert_int_equal(mg_names_find(&ids, "3"), 1);
    assert_int_equal(mg_names_find(&ids, "2"), 0); /* the row of that number has no id */
    assert_int_equal(mg_names_find(&ids, "5"), 1);
    mg_index_close(all);
    mg_names_free(&ids);
    close_parts(x, 2);
}

typedef struct steps {
    int calls, stop;
    int64_t done, total;
} steps;

static int count_steps(void *user, int64_t done, int64_t total) {
    steps *s = user;
    assert_true(done > s->done && done <= total);
    s->done = done, s->total = total;
    return ++s->calls == s->stop;
}

/* Progress goes over both readings of all rows; a stop leaves what was at the path. */
static void joining_can_be_stopped(void **state) {
    (void)state;
    enum { ROWS = 9000 };
    static int64_t numbers[ROWS];
    molglot_error err = {0};
    mg_concat_result r;
    mg_index *x[1];
    for (int i = 0; i < ROWS; i++) numbers[i] = i + 1;
    x[0] = with_numbers(0, 0, 0, 0, numbers, ROWS, 0);
    must_write(path, "old", 3);
    for (int stop = 0; stop < 3; stop++) {
        steps s = {.stop = stop};
        const mg_concat_options o = {.on_progress = count_steps, .user = &s};
        const int code = mg_index_concat(path, (const mg_index *const *)x, 1, &o, &r, &err);
        assert_int_equal(s.total, 2 * ROWS);
        assert_int_equal(s.calls, stop ? stop : 2);
        assert_int_equal(code, stop ? MOLGLOT_INTERRUPTED : MOLGLOT_OK);
        if (stop) {
            size_t n;
            char *bytes = must_read(path, &n);
            assert_true(n == 3 && !memcmp(bytes, "old", 3));
            free(bytes);
        } else {
            mg_index_close(must_have(mg_index_open(path, true, &err), &err));
            must_write(path, "old", 3);
        }
    }
    close_parts(x, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip),
                                       cmocka_unit_test(rows_as_they_come),
                                       cmocka_unit_test(empty_index),
                                       cmocka_unit_test(old_stays_until_commit),
                                       cmocka_unit_test(odd_targets),
                                       cmocka_unit_test(damage),
                                       cmocka_unit_test(exact_search),
                                       cmocka_unit_test(odd_queries),
                                       cmocka_unit_test(several_parts),
                                       cmocka_unit_test(progress),
                                       cmocka_unit_test(shards_with_gaps),
                                       cmocka_unit_test(what_is_in_order),
                                       cmocka_unit_test(indexes_without_vectors_of_texts),
                                       cmocka_unit_test(rows_are_left_out_by_id),
                                       cmocka_unit_test(joining_can_be_stopped),
                                       cmocka_unit_test(all_of_a_row),
                                       cmocka_unit_test(a_row_finds_itself),
                                       cmocka_unit_test(shards_join),
                                       cmocka_unit_test(unlike_indexes),
                                       cmocka_unit_test(version_1)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
