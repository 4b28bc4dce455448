/* test_codes.c - codes: their kernels against the reference, vectors in a basis, and indexes with
 * codes or rows of fewer numbers: laid, joined, searched, damaged; files of version 2. */
#include "search/inside.h"
#include "search/search.h"
#include "tensor/ref/ref.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 6000, DIM = 160, RANK = 40, FEW = 48, WANTED = 144, QUERIES = 20, K = 10 };

static char folder[] = "/tmp/mg_codes_XXXXXX", path[64], other[64], third[64];
static float *rows, *texts, *queries; /* [ROWS, DIM], ..., [QUERIES, DIM] */
static int8_t *directions;            /* [WANTED, DIM] */
static float scales[WANTED];
static mg_basis basis;

/* Unit rows, most of whose length lies in RANK directions, as with rows of a space. */
static float *some_rows(int64_t n, uint64_t seed) {
    mg_rng r = {.seed = seed}, same = {.seed = 1};
    float *mix = malloc(sizeof *mix * RANK * DIM), *x = calloc((size_t)n * DIM, sizeof *x);
    for (int i = 0; i < RANK * DIM; i++) mix[i] = (float)mg_rng_normal(&same);
    for (int64_t i = 0; i < n; i++) {
        float *row = x + i * DIM;
        for (int k = 0; k < RANK; k++) {
            const float of = (float)(mg_rng_normal(&r) / (1 + k));
            for (int d = 0; d < DIM; d++) row[d] += of * mix[k * DIM + d];
        }
        for (int d = 0; d < DIM; d++) row[d] += (float)(0.05 * mg_rng_normal(&r));
        const double norm = mg_norm(row, DIM);
        for (int d = 0; d < DIM; d++) row[d] = (float)((double)row[d] / norm);
    }
    free(mix);
    return x;
}

static int make_rows(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/a.idx", folder);
    snprintf(other, sizeof other, "%s/b.idx", folder);
    snprintf(third, sizeof third, "%s/c.idx", folder);
    rows = some_rows(ROWS, 2);
    texts = some_rows(ROWS, 3);
    queries = some_rows(QUERIES, 4);
    mg_directions *d = mg_directions_new(DIM, WANTED, NULL);
    mg_directions_add(d, rows, 2000);
    const double *q = mg_directions_find(d, 30);
    float row[DIM];
    directions = malloc(WANTED * DIM);
    for (int r = 0; r < WANTED; r++) {
        for (int i = 0; i < DIM; i++) row[i] = (float)q[r * DIM + i];
        scales[r] = mg_row_scale8(row, DIM);
        mg_round8(row, DIM, scales[r], directions + r * DIM);
    }
    basis = (mg_basis){WANTED, DIM, directions, scales};
    mg_directions_free(d);
    return 0;
}

static int remove_all(void **state) {
    (void)state;
    free(rows);
    free(texts);
    free(queries);
    free(directions);
    remove(path);
    remove(other);
    remove(third);
    return rmdir(folder); /* fails where a temporary is left */
}

/* Rows first .. first + n - 1, every third with a text; shard of shards has its rows alone. */
static mg_index *make(const char *where, int64_t first, int64_t n, mg_index_spec spec) {
    molglot_error err = {0};
    spec.dim = DIM;
    spec.model_sha256 = "abc";
    spec.model_name = "test";
    mg_index_out *w = mg_index_out_open(where, &spec, &err);
    if (!w) fail_msg("%s", err.message);
    for (int64_t i = first; i < first + n; i++) {
        if (spec.shards && i % spec.shards != spec.shard - 1) continue;
        const mg_index_row row = {
            .id = "id", .smiles = "CCO", .text = i % 3 ? "" : "a text", .number = i + 1};
        const float *text = i % 3 ? NULL : texts + i * DIM;
        assert_int_equal(mg_index_out_add(w, rows + i * DIM, text, &row, &err), MOLGLOT_OK);
    }
    mg_index_out_source(w, 77);
    if (mg_index_out_commit(w, &err)) fail_msg("%s", err.message);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(where, true, &err);
    if (!x) fail_msg("%s", err.message);
    return x;
}

static void same_files(const char *a, const char *b) {
    char *text[2];
    size_t n[2];
    assert_int_equal(mg_read_file(a, 1 << 30, &text[0], &n[0], NULL), MOLGLOT_OK);
    assert_int_equal(mg_read_file(b, 1 << 30, &text[1], &n[1], NULL), MOLGLOT_OK);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(text[0], text[1], n[0]);
    free(text[0]);
    free(text[1]);
}

/* ---- kernels ---- */

static void kernels(void **state) {
    (void)state;
    static const int widths[] = {64, 128, 256};
    enum { N = 37 };
    mg_rng r = {.seed = 5};
    for (size_t w = 0; w < MG_COUNT(widths); w++)
        for (int extreme = 0; extreme < 3; extreme++) {
            const int width = widths[w];
            int8_t codes[N * 256], hi[256], lo[256];
            int32_t expected[N], got[N];
            for (int i = 0; i < N * width; i++)
                codes[i] = (int8_t)(extreme == 1   ? 127
                                    : extreme == 2 ? -127
                                                   : (int)mg_rng_below(&r, 255) - 127);
            for (int i = 0; i < width; i++) {
                hi[i] = (int8_t)(extreme ? (extreme == 1 ? 63 : -64)
                                         : (int)mg_rng_below(&r, 128) - 64);
                lo[i] = (int8_t)(extreme ? (extreme == 1 ? 63 : -64)
                                         : (int)mg_rng_below(&r, 128) - 64);
            }
            for (int n = 0; n <= N; n += n < 6 ? 1 : 31) {
                mg_ref_code_products(codes, n, width, hi, lo, expected);
                for (int k = MG_CODES_PLAIN; k <= MG_CODES_VNNI; k++)
                    if (mg_code_products_by((mg_code_kernel)k, codes, n, width, hi, lo, got))
                        assert_memory_equal(got, expected, (size_t)n * sizeof *got);
                memset(got, 0, sizeof got);
                mg_code_products(codes, n, width, hi, lo, got);
                assert_memory_equal(got, expected, (size_t)n * sizeof *got);
            }
        }
    assert_true(mg_code_products_by(MG_CODES_PLAIN, NULL, 0, 64, NULL, NULL, NULL));
}

static void question_as_code(void **state) {
    (void)state;
    mg_rng r = {.seed = 6};
    for (int n = 1; n <= 128; n += 9) {
        float p[128], most = 0;
        mg_code_query q;
        const int width = mg_code_width(n);
        for (int i = 0; i < n; i++) {
            p[i] = (float)mg_rng_normal(&r);
            most = fmaxf(most, fabsf(p[i]));
        }
        mg_code_ask(p, n, width, &q);
        for (int i = 0; i < width; i++) {
            assert_in_range(q.lo[i] + 64, 0, 127);
            assert_in_range(q.hi[i] + 64, 0, 127);
            const float back = q.step * (float)(128 * q.hi[i] + q.lo[i]);
            assert_true(fabsf(back - (i < n ? p[i] : 0)) <= 0.51f * most / 8127);
        }
    }
    mg_code_query zero;
    mg_code_ask((const float[4]){0}, 4, 64, &zero);
    assert_true(zero.step == 0 && !zero.hi[0] && !zero.lo[3]);
}

/* ---- a basis ---- */

static void there_and_back(void **state) {
    (void)state;
    float y[WANTED + 1], back[DIM + 1];
    y[WANTED] = back[DIM] = 9; /* nothing is written behind the end */
    for (int64_t i = 0; i < 50; i++) {
        mg_basis_project(&basis, WANTED, rows + i * DIM, y);
        assert_true(fabs(mg_norm(y, WANTED) - 1) < 1e-5);
        mg_basis_back(&basis, WANTED, y, back);
        double product = 0;
        for (int d = 0; d < DIM; d++) product += (double)back[d] * (double)rows[i * DIM + d];
        assert_true(product > 0.98 && product < 1.02);
        assert_true(y[WANTED] == 9 && back[DIM] == 9);
    }
}

/* ---- an index with codes ---- */

static double recall_of(const mg_index *x, mg_searched part) {
    molglot_hit some[QUERIES * K], all[QUERIES * K];
    mg_search s = {.parts = &part, .n_parts = 1, .k = K, .min_score = -INFINITY, .threads = 2};
    int same = 0, of = 0;
    (void)x;
    assert_int_equal(mg_search_run(&s, queries, QUERIES, some, NULL), MOLGLOT_OK);
    s.exact = true;
    assert_int_equal(mg_search_run(&s, queries, QUERIES, all, NULL), MOLGLOT_OK);
    for (int i = 0; i < QUERIES * K; i++) {
        if (i % K) assert_true(some[i].score <= some[i - 1].score);
        of += all[i].row >= 0;
        same += all[i].row >= 0 && some[i].row == all[i].row && some[i].score == all[i].score;
    }
    return of ? (double)same / of : 1;
}

static void codes_find_what_is_best(void **state) {
    (void)state;
    for (int dtype = 0; dtype < 2; dtype++)
        for (int dims = 0; dims <= FEW; dims += FEW) {
            mg_index *x = make(
                path, 0, ROWS,
                (mg_index_spec){.dtype = dtype ? MG_BF16 : MG_F32, .basis = &basis, .dims = dims});
            assert_int_equal(mg_index_model_dim(x), DIM);
            assert_int_equal(mg_index_dim(x), dims ? dims : DIM);
            assert_int_equal(mg_index_code_width(x), dims ? 64 : 128);
            for (int s = 0; s < MG_INDEX_SECTIONS; s++)
                assert_int_equal(x->h.section[s].offset % MG_INDEX_PAGE, 0);
            mg_searched part = mg_index_searched(x);
            assert_true(recall_of(x, part) == 1);
            assert_true(recall_of(x, mg_index_searched_texts(x)) == 1);
            uint64_t allowed[ROWS / 64 + 1] = {0};
            for (int64_t i = 0; i < ROWS; i += 7) allowed[i / 64] |= (uint64_t)1 << (i % 64);
            part.allowed = allowed;
            assert_true(recall_of(x, part) == 1);
            mg_index_close(x);
        }
}

/* Neither threads nor what else is asked change what is found. */
static void the_same_whatever(void **state) {
    (void)state;
    mg_index *x = make(path, 0, ROWS, (mg_index_spec){.dtype = MG_BF16, .basis = &basis});
    molglot_hit all[QUERIES * K], one[K];
    assert_int_equal(mg_index_search(x, queries, QUERIES, K, 2, all, NULL), MOLGLOT_OK);
    for (int q = 0; q < QUERIES; q++) {
        assert_int_equal(mg_index_search(x, queries + q * DIM, 1, K, 1, one, NULL), MOLGLOT_OK);
        assert_memory_equal(one, all + q * K, sizeof one);
    }
    /* few candidates find less, at most all rows are candidates */
    const mg_searched part = mg_index_searched(x);
    mg_search s = {
        .parts = &part, .n_parts = 1, .k = 1, .min_score = 2, .threads = 1, .candidates = 1};
    assert_int_equal(mg_search_run(&s, queries, 1, one, NULL), MOLGLOT_OK);
    assert_int_equal(one[0].row, -1); /* below min_score */
    s.min_score = -INFINITY, s.candidates = ROWS;
    assert_int_equal(mg_search_run(&s, queries, 1, one, NULL), MOLGLOT_OK);
    assert_int_equal(one[0].row, all[0].row);
    /* a row finds itself, with a cosine of 1 */
    assert_int_equal(mg_index_search(x, rows + 4321 * DIM, 1, 1, 1, one, NULL), MOLGLOT_OK);
    assert_int_equal(one[0].row, 4321);
    assert_true(one[0].score == 1);
    mg_index_close(x);
}

typedef struct asked {
    int calls, stop_at;
    int64_t done, total;
} asked;

static int ask(void *user, int64_t done, int64_t total) {
    asked *a = user;
    assert_true(done >= a->done && done <= total);
    a->done = done;
    a->total = total;
    return ++a->calls == a->stop_at;
}

/* A search over all rows, and one over codes, says how far it is, and ends when it is told to. */
static void ends(void **state) {
    (void)state;
    mg_index *x = make(path, 0, ROWS, (mg_index_spec){.dtype = MG_BF16, .basis = &basis});
    const mg_searched part = mg_index_searched(x);
    molglot_hit plain[QUERIES * K], hits[QUERIES * K];
    for (int threads = 1; threads <= 2; threads++)
        for (int exact = 0; exact < 2; exact++) {
            asked a = {.calls = 0};
            mg_search s = {.parts = &part,
                           .n_parts = 1,
                           .k = K,
                           .min_score = -INFINITY,
                           .threads = threads,
                           .exact = exact};
            assert_int_equal(mg_search_run(&s, queries, QUERIES, plain, NULL), MOLGLOT_OK);
            s.on_progress = ask;
            s.user = &a;
            assert_int_equal(mg_search_run(&s, queries, QUERIES, hits, NULL), MOLGLOT_OK);
            assert_memory_equal(hits, plain, sizeof hits);
            assert_true(a.done == a.total && a.total == (int64_t)ROWS * QUERIES);
            if (threads > 1) continue; /* how often is not settled */
            assert_int_equal(a.calls > ROWS * QUERIES / MG_HALT_PRODUCTS / 2, exact);
            const int calls = a.calls;
            for (int at = 1; at <= calls; at++) {
                molglot_error err;
                a = (asked){.stop_at = at};
                assert_int_equal(mg_search_run(&s, queries, QUERIES, hits, &err),
                                 MOLGLOT_INTERRUPTED);
                assert_int_equal(err.code, MOLGLOT_INTERRUPTED);
                assert_int_equal(a.calls, at);
                assert_true(at == calls || a.done < a.total);
            }
        }
    mg_index_close(x);
}

/* What is asked of all signals is answered by codes as it is exactly. */
static void questions(void **state) {
    (void)state;
    mg_index *x = make(path, 0, ROWS, (mg_index_spec){.dtype = MG_BF16, .basis = &basis});
    mg_index *y = make(other, 0, 500,
                       (mg_index_spec){.dtype = MG_BF16, .basis = &basis, .dims = FEW});
    const mg_index *parts[] = {x, y};
    for (int by = MG_BY_AUTO; by <= MG_BY_TEXT; by++)
        for (int n_parts = 1; n_parts <= 2; n_parts++)
            for (int n = 1; n <= 9; n += 8) {
                mg_question q[9];
                mg_found found[2][9 * K];
                for (int i = 0; i < n; i++)
                    q[i] = (mg_question){.words = "some text", .vector = queries + i * DIM};
                mg_find f = {.parts = parts,
                             .n_parts = n_parts,
                             .by = (mg_by)by,
                             .k = K,
                             .all_rows = true,
                             .threads = 2};
                for (int exact = 0; exact < 2; exact++) {
                    f.exact = exact;
                    assert_int_equal(mg_find_run(&f, q, n, found[exact], NULL, NULL), MOLGLOT_OK);
                }
                for (int i = 0; i < n * K; i++) {
                    assert_int_equal(found[0][i].row, found[1][i].row);
                    assert_int_equal(found[0][i].part, found[1][i].part);
                    assert_true(found[0][i].score == found[1][i].score);
                }
            }
    mg_index_close(x);
    mg_index_close(y);
}

/* Down to the last row, each once, though the order of far rows is that of codes. */
static void all_rows_once(void **state) {
    (void)state;
    mg_index *x = make(path, 0, ROWS, (mg_index_spec){.dtype = MG_BF16, .basis = &basis});
    const mg_index *parts[] = {x};
    const mg_question q = {.words = "some text", .vector = queries};
    mg_found *found = malloc(ROWS * sizeof *found);
    bool *seen = calloc(ROWS, sizeof *seen);
    const mg_find f = {.parts = parts, .n_parts = 1, .k = ROWS, .all_rows = true, .threads = 1};
    assert_int_equal(mg_find_run(&f, &q, 1, found, NULL, NULL), MOLGLOT_OK);
    for (int i = 0; i < ROWS; i++) {
        assert_in_range(found[i].row, 0, ROWS - 1);
        assert_false(seen[found[i].row]);
        seen[found[i].row] = true;
    }
    free(found);
    free(seen);
    mg_index_close(x);
}

static void vectors_back(void **state) {
    (void)state;
    mg_index *x = make(path, 0, 100,
                       (mg_index_spec){.dtype = MG_F32, .basis = &basis, .dims = FEW});
    float back[DIM], y[FEW], stored[FEW];
    assert_int_equal(mg_index_code_width(x), 0); /* too few rows */
    for (int64_t i = 0; i < 100; i++) {
        mg_basis_project(&basis, FEW, rows + i * DIM, y);
        mg_index_vectors(x, i, 1, FEW, stored);
        assert_memory_equal(y, stored, sizeof y);
        assert_int_equal(mg_index_embeddings(x, i, 1, back, NULL), MOLGLOT_OK);
        double product = 0;
        for (int d = 0; d < DIM; d++) product += (double)back[d] * (double)rows[i * DIM + d];
        assert_true(product > 0.9);
    }
    mg_index_close(x);
}

/* ---- joining ---- */

static void join(const char *to, mg_index **parts, int n, const mg_basis *given, int expected) {
    molglot_error err = {0};
    mg_concat_result result;
    const mg_concat_options o = {.basis = given};
    const int code = mg_index_concat(to, (const mg_index *const *)parts, n, &o, &result, &err);
    if (code != expected) fail_msg("%d: %s", code, err.message);
    for (int i = 0; i < n; i++) mg_index_close(parts[i]);
}

/* Shards, each too small for codes, give the file's own index, with its codes. */
static void shards(void **state) {
    (void)state;
    for (int dims = 0; dims <= FEW; dims += FEW) {
        const mg_index_spec spec = {.dtype = MG_BF16, .basis = &basis, .dims = dims};
        mg_index_spec part[2] = {spec, spec};
        mg_index *x[2];
        for (int i = 0; i < 2; i++) {
            part[i].shard = i + 1;
            part[i].shards = 2;
            x[i] = make(i ? third : other, 0, ROWS, part[i]);
            assert_int_equal(mg_index_code_width(x[i]), 0);
        }
        mg_index_close(make(path, 0, ROWS, spec));
        join(other, x, 2, NULL, MOLGLOT_OK);
        same_files(path, other);
        /* and again from what has codes: they are copied */
        x[0] = mg_index_open(path, true, NULL);
        join(third, x, 1, NULL, MOLGLOT_OK);
        same_files(path, third);
    }
}

/* An index without codes gets them, those that do not go together are refused. */
static void codes_for_an_old_index(void **state) {
    (void)state;
    const mg_index_spec plain = {.dtype = MG_BF16};
    mg_index *x[2] = {make(other, 0, ROWS, plain)};
    mg_index_close(make(path, 0, ROWS, (mg_index_spec){.dtype = MG_BF16, .basis = &basis}));
    join(third, x, 1, &basis, MOLGLOT_OK);
    x[0] = mg_index_open(third, true, NULL);
    assert_int_equal(mg_index_code_width(x[0]), 128);
    assert_true(recall_of(x[0], mg_index_searched(x[0])) == 1);
    x[1] = make(other, 0, 10, (mg_index_spec){.dtype = MG_BF16, .basis = &basis, .dims = FEW});
    join(path, x, 2, NULL, MOLGLOT_BAD_FILE);
    mg_basis another = basis;
    float moved[WANTED];
    memcpy(moved, scales, sizeof moved);
    moved[0] *= 0.5f;
    another.scales = moved;
    x[0] = make(path, 0, 10, (mg_index_spec){.dtype = MG_BF16, .basis = &another, .dims = FEW});
    x[1] = mg_index_open(other, true, NULL);
    join(third, x, 2, NULL, MOLGLOT_BAD_FILE);
}

static void too_many_dims(void **state) {
    (void)state;
    molglot_error err = {0};
    const mg_index_spec wrong[] = {{.dim = DIM, .dims = WANTED + 1, .basis = &basis},
                                   {.dim = DIM, .dims = 10},
                                   {.dim = DIM, .dims = -1, .basis = &basis}};
    for (size_t i = 0; i < MG_COUNT(wrong); i++) {
        assert_null(mg_index_out_open(path, &wrong[i], &err));
        assert_int_equal(err.code, MOLGLOT_USAGE);
    }
}

/* ---- files ---- */

/* The same index as version 2 wrote it. */
static void write_v2(const mg_index *x, const char *to) {
    static const int from[] = {MG_INDEX_ROWS, MG_INDEX_TEXTS,   MG_INDEX_TEXT_ROWS,
                               MG_INDEX_META, MG_INDEX_COLUMNS, MG_INDEX_STRINGS};
    mg_index2_header h = {.version = 2,
                          .dtype = x->h.dtype,
                          .side = x->h.side,
                          .dim = x->h.dim,
                          .count = x->h.count,
                          .texts = x->h.texts,
                          .source = x->h.source};
    memcpy(h.magic, x->h.magic, sizeof h.magic);
    memcpy(h.max_norm, x->h.max_norm, sizeof h.max_norm);
    memcpy(h.spread, x->h.spread, sizeof h.spread);
    memcpy(h.model_sha256, x->h.model_sha256, sizeof h.model_sha256);
    memcpy(h.model_name, x->h.model_name, sizeof h.model_name);
    FILE *f = fopen(to, "wb");
    assert_non_null(f);
    uint64_t at = (sizeof h + 63) / 64 * 64;
    for (int s = 0; s < MG_INDEX2_SECTIONS; s++) {
        h.section[s] = x->h.section[from[s]];
        h.section[s].offset = at;
        at = (at + h.section[s].bytes + 63) / 64 * 64;
    }
    h.header_checksum = mg_hash64(&h, offsetof(mg_index2_header, header_checksum), 0);
    fwrite(&h, sizeof h, 1, f);
    for (int s = 0; s < MG_INDEX2_SECTIONS; s++) {
        fseek(f, (long)h.section[s].offset, SEEK_SET);
        fwrite(x->map.data + x->h.section[from[s]].offset, 1, h.section[s].bytes, f);
    }
    fseek(f, (long)at - 1, SEEK_SET);
    fputc(0, f);
    assert_int_equal(fclose(f), 0);
}

static void version_2(void **state) {
    (void)state;
    mg_index *x = make(path, 0, 200, (mg_index_spec){.dtype = MG_BF16});
    write_v2(x, other);
    molglot_error err = {0};
    mg_index *y = mg_index_open(other, true, &err);
    if (!y) fail_msg("%s", err.message);
    molglot_hit hits[2][K];
    assert_int_equal(mg_index_search(x, queries, 1, K, 1, hits[0], NULL), MOLGLOT_OK);
    assert_int_equal(mg_index_search(y, queries, 1, K, 1, hits[1], NULL), MOLGLOT_OK);
    assert_memory_equal(hits[0], hits[1], sizeof hits[0]);
    assert_string_equal(mg_index_text(y, 3), "a text");
    assert_int_equal(mg_index_searched_texts(y).rows->n, 67);
    join(third, &y, 1, NULL, MOLGLOT_OK); /* becomes what it would be today */
    same_files(path, third);
    mg_index_close(x);
}

/* Every number of the header that codes hang on, with the checksum put right. */
static void damage(void **state) {
    (void)state;
    mg_index *x = make(path, 0, ROWS, (mg_index_spec){.dtype = MG_BF16, .basis = &basis});
    const mg_index_header good = x->h;
    mg_index_close(x);
    for (int what = 0; what < 8; what++) {
        mg_index_header h = good;
        switch (what) {
        case 0: h.width = 64; break;
        case 1: h.width = 192; break;
        case 2: h.basis_rows = 0; break;
        case 3: h.model_dim = DIM + 1; break;
        case 4: h.model_dim = DIM - 1; break;
        case 5: h.section[MG_INDEX_CODES].offset = (uint64_t)1 << 40; break;
        case 6: h.section[MG_INDEX_TEXT_CODE_SCALES].bytes += 4; break;
        default: h.section[MG_INDEX_BASIS].bytes -= 1; break;
        }
        h.header_checksum = mg_hash64(&h, offsetof(mg_index_header, header_checksum), 0);
        FILE *f = fopen(path, "r+b");
        assert_non_null(f);
        fwrite(&h, sizeof h, 1, f);
        assert_int_equal(fclose(f), 0);
        molglot_error err = {0};
        assert_null(mg_index_open(path, false, &err));
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    }
}

/* Many rows at once give each one's own bits: dims that no tile divides, rows that no block does.
 */
static void turned_at_once(void **state) {
    (void)state;
    enum { N = 2 * 64 + 7, ODD = DIM - 3, MOST = 37 };
    const mg_basis odd = {MOST, ODD, directions, scales};
    float *out = malloc(sizeof *out * N * WANTED), one[WANTED];
    const mg_basis *of[] = {&basis, &odd};
    for (int b = 0; b < 2; b++)
        for (int n = 0; n <= N; n += n < 5 ? 1 : 65)
            for (int threads = 1; threads <= 2; threads++) {
                const int dims = b ? MOST : WANTED;
                memset(out, 0xff, sizeof *out * N * WANTED);
                mg_basis_project_rows(of[b], dims, n, rows, out, threads);
                for (int i = 0; i < n; i++) {
                    mg_basis_project(of[b], dims, rows + (int64_t)i * of[b]->dim, one);
                    assert_memory_equal(out + (int64_t)i * dims, one, (size_t)dims * sizeof *one);
                }
                if (n < N) assert_true(isnan(out[(int64_t)n * dims]));
            }
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(kernels),
                                       cmocka_unit_test(turned_at_once),
                                       cmocka_unit_test(question_as_code),
                                       cmocka_unit_test(there_and_back),
                                       cmocka_unit_test(codes_find_what_is_best),
                                       cmocka_unit_test(the_same_whatever),
                                       cmocka_unit_test(ends),
                                       cmocka_unit_test(questions),
                                       cmocka_unit_test(all_rows_once),
                                       cmocka_unit_test(vectors_back),
                                       cmocka_unit_test(shards),
                                       cmocka_unit_test(codes_for_an_old_index),
                                       cmocka_unit_test(too_many_dims),
                                       cmocka_unit_test(version_2),
                                       cmocka_unit_test(damage)};
    return cmocka_run_group_tests(tests, make_rows, remove_all);
}
