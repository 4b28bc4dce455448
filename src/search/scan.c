/* scan.c - block scores of queries [n, dim] against rows [m, dim] on all threads, and the exact
 * score of one row. Each thread owns a tape for its products and one block of
 * scores that stays in its cache; blocks are handed out as threads become free. One to four queries
 * are cheaper as plain inner products (a matrix product would copy the rows first, and the work is
 * bound by memory anyway). Measured, 1,000 queries over 324,000 x 300 float rows on one core with
 * AVX-512 bf16: 2.07 s in float32, 1.11 s with the rows rounded block by block.
 */
#include "search/inside.h"
#include "search/search.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_ROWS = 512, FEW_QUERIES = 4, ROUGH_QUERIES = 32, LANES = 32 };

/* The sums run over 32 lanes: wide registers without reordering, so every build of this file adds
 * in the same order. */

static inline float sum_lanes(const float *lane) {
    float s = 0;
    for (int j = 0; j < LANES; j++) s += lane[j];
    return s;
}

MG_CLONES static float dot_f32(const float *a, const float *b, int n) {
    float lane[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lane[j] += a[i + j] * b[i + j];
    for (int j = 0; i < n; i++, j++) lane[j] += a[i] * b[i];
    return sum_lanes(lane);
}

MG_CLONES static float dot_bf16(const float *a, const uint16_t *b, int n) {
    float lane[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lane[j] += a[i + j] * mg_bf16_to_f32(b[i + j]);
    for (int j = 0; i < n; i++, j++) lane[j] += a[i] * mg_bf16_to_f32(b[i]);
    return sum_lanes(lane);
}

/* With the square of b's length in *square. */
MG_CLONES static float dot_unit(const float *a, const uint16_t *b, int n, float *square) {
    float lane[LANES] = {0}, own[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) {
            const float x = mg_bf16_to_f32(b[i + j]);
            lane[j] += a[i + j] * x;
            own[j] += x * x;
        }
    for (int j = 0; i < n; i++, j++) {
        const float x = mg_bf16_to_f32(b[i]);
        lane[j] += a[i] * x;
        own[j] += x * x;
    }
    *square = sum_lanes(own);
    return sum_lanes(lane);
}

static const void *row_at(const mg_matrix *m, int64_t i) {
    size_t size = m->dtype == MG_BF16 ? sizeof(uint16_t) : sizeof(float);
    return (const char *)m->data + (size_t)i * (size_t)m->dim * size;
}

/* Above it a cosine of unit vectors may be that of a vector with itself, but for rounding. */
#define NEAR_ONE (1 - 0x1p-15f)

/* Whether each number of the row is the query's but for rounding to the stored type, and for the
 * last bits of a query that was embedded beside other rows. */
static bool is_query(const mg_matrix *m, const float *query, const void *row) {
    const float step = m->dtype == MG_BF16 ? 0x1p-8f : 0;
    for (int j = 0; j < m->dim; j++) {
        const float x = m->dtype == MG_BF16 ? mg_bf16_to_f32(((const uint16_t *)row)[j])
                                            : ((const float *)row)[j];
        if (!(fabsf(query[j] - x) <= step * fabsf(x) + 1e-6f)) return false;
    }
    return true;
}

/* A cosine with a unit vector near 1: 1 where the row is the query, never above. */
static float settle(const mg_matrix *m, const float *query, const void *row, float score) {
    const double norm = mg_norm(query, m->dim);
    if (!(fabs(norm - 1) <= 1e-3)) return score; /* no unit vector: there is nothing to settle */
    if (is_query(m, query, row)) return 1;
    return score < 1 ? score : nextafterf(1, 0);
}

float mg_score(const mg_matrix *m, const float *query, int64_t i) {
    const void *row = row_at(m, i);
    if (m->spread == 0)
        return m->dtype == MG_BF16 ? dot_bf16(query, row, m->dim) : dot_f32(query, row, m->dim);
    float score;
    if (m->dtype == MG_BF16) {
        float square;
        score = dot_unit(query, row, m->dim, &square);
        /* rows of other lengths, in an index of version 1, are taken as they are */
        if (fabsf(square - 1) <= 2.1f * (float)m->spread) score /= sqrtf(square);
    } else {
        score = dot_f32(query, row, m->dim);
    }
    return score >= NEAR_ONE ? settle(m, query, row, score) : score;
}

double mg_norm(const float *x, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* The sum of squares of row i, which may lie anywhere in memory. */
static double row_square(const mg_matrix *m, int64_t i) {
    double sum = 0;
    const void *row = row_at(m, i);
    for (int j = 0; j < m->dim; j++) {
        float x;
        if (m->dtype == MG_BF16) {
            uint16_t half;
            memcpy(&half, (const char *)row + sizeof half * (size_t)j, sizeof half);
            x = mg_bf16_to_f32(half);
        } else {
            memcpy(&x, (const char *)row + sizeof x * (size_t)j, sizeof x);
        }
        sum += (double)x * (double)x;
    }
    return sum;
}

double mg_row_norm(const mg_matrix *m, int64_t i) { return sqrt(row_square(m, i)); }

double mg_matrix_max_norm(const mg_matrix *m) {
    double largest = 0;
#pragma omp parallel for reduction(max : largest) num_threads(mg_threads(0))
    for (int64_t i = 0; i < m->n; i++) {
        const double sum = row_square(m, i);
        if (sum > largest) largest = sum;
    }
    return sqrt(largest);
}

struct mg_scanner {
    int threads;
    bool rough;      /* asked for, and worth it on this CPU */
    mg_tape **tapes; /* [threads] */
    float **scores;  /* [threads], each [MG_SCAN_QUERIES * BLOCK_ROWS] */
    uint16_t **half; /* [threads], each [BLOCK_ROWS * half_dim]: rounded rows */
    int half_dim;
    mg_halt *halt;
};

/* Rounding to bf16 moves a number by at most 2^-8 of itself; a float32 sum of n products in any
 * order is off by at most n 2^-24 of the sum of their sizes, in the block and in mg_score (four
 * times that, to be safe). */
float mg_scan_slack(const mg_scanner *s, const mg_matrix *m, const float *query, double max_norm) {
    double rounding = m->dtype == MG_BF16 ? 0x1p-8 : s->rough ? 0x1p-7 + 0x1p-16 : 0;
    /* dividing by the row's length, and what settle gives */
    if (m->spread > 0) rounding += 1.1 * (double)m->spread + 0x1p-14;
    return (float)((rounding + (m->dim + 8) * 0x1p-22) * mg_norm(query, m->dim) * max_norm);
}

mg_scanner *mg_scanner_new(int threads, bool rough, molglot_error *err) {
    mg_cpu_info cpu;
    mg_scanner *s = calloc(1, sizeof *s);
    if (s) {
        mg_cpu_info_get(&cpu);
        s->rough = rough && cpu.bf16_products;
        s->threads = mg_threads(threads);
        s->tapes = calloc((size_t)s->threads, sizeof *s->tapes);
        s->scores = calloc((size_t)s->threads, sizeof *s->scores);
        s->half = calloc((size_t)s->threads, sizeof *s->half);
    }
    bool ok = s && s->tapes && s->scores && s->half;
    for (int i = 0; ok && i < s->threads; i++)
        ok = (s->scores[i] = aligned_alloc(64, sizeof(float) * MG_SCAN_QUERIES * BLOCK_ROWS)) !=
             NULL;
    if (ok) return s;
    mg_scanner_free(s);
    mg_no_memory(err, "a search");
    return NULL;
}

void mg_scanner_free(mg_scanner *s) {
    if (!s) return;
    for (int i = 0; i < s->threads; i++) {
        if (s->tapes) mg_tape_free(s->tapes[i]);
        if (s->scores) free(s->scores[i]);
        if (s->half) free(s->half[i]);
    }
    free(s->tapes);
    free(s->half);
    free(s->scores);
    free(s);
}

int mg_scanner_threads(const mg_scanner *s) { return s->threads; }
void mg_scanner_heed(mg_scanner *s, mg_halt *h) { s->halt = h; }

static bool rounds_rows(const mg_scanner *s, const mg_matrix *m, int64_t n) {
    return s->rough && m->dtype == MG_F32 && n >= ROUGH_QUERIES;
}

/* Tapes and rounded rows are made when first needed: a single query needs none. */
static int prepare(mg_scanner *s, const mg_matrix *m, int64_t n, molglot_error *err) {
    bool half = rounds_rows(s, m, n) && m->dim > s->half_dim;
    for (int i = 0; i < s->threads && n > FEW_QUERIES; i++) {
        if (!s->tapes[i] &&
            !(s->tapes[i] = mg_tape_new("cpu", MG_PREC_F32, 1, (size_t)1 << 28, err)))
            return MOLGLOT_NO_MEMORY;
        if (!half) continue;
        free(s->half[i]);
        s->half[i] = aligned_alloc(64, sizeof(uint16_t) * BLOCK_ROWS * (size_t)m->dim);
        if (!s->half[i]) return s->half_dim = 0, mg_no_memory(err, "a search");
    }
    if (half) s->half_dim = m->dim;
    return MOLGLOT_OK;
}

static bool score_block(mg_scanner *s, int thread, const mg_matrix *m, const float *queries,
                        int64_t n, int64_t first, int64_t rows) {
    float *scores = s->scores[thread];
    const void *data = row_at(m, first);
    mg_dtype dtype = m->dtype;
    if (n <= FEW_QUERIES) {
        for (int64_t r = 0; r < rows; r++) /* rows outside: each is read from memory once */
            for (int64_t q = 0; q < n; q++)
                scores[q * rows + r] = mg_score(m, queries + q * m->dim, first + r);
        return true;
    }
    if (rounds_rows(s, m, n)) {
        mg_f32_to_bf16_n(data, s->half[thread], rows * m->dim);
        data = s->half[thread];
        dtype = MG_BF16;
    }
    return mg_product_nt(s->tapes[thread], n, rows, m->dim, queries, data, dtype, scores) ==
           MOLGLOT_OK;
}

int mg_scanner_run(mg_scanner *s, const mg_matrix *m, const float *queries, int64_t n,
                   mg_scan_fn fn, void *user, molglot_error *err) {
    int code = prepare(s, m, n, err);
    if (code) return code;
    int64_t blocks = (m->n + BLOCK_ROWS - 1) / BLOCK_ROWS;
    int failed = 0;
#pragma omp parallel for num_threads(s->threads) schedule(dynamic) \
    reduction(|                                                    \
              : failed) if (blocks > 1)
    for (int64_t block = 0; block < blocks; block++) {
        int64_t first = block * BLOCK_ROWS,
                rows = m->n - first < BLOCK_ROWS ? m->n - first : BLOCK_ROWS;
        int thread = omp_get_thread_num();
        if (mg_halt_at(s->halt, thread, 0, MG_HALT_PRODUCTS)) continue;
        if (score_block(s, thread, m, queries, n, first, rows))
            fn(user, thread, s->scores[thread], first, rows);
        else
            failed = 1;
        (void)mg_halt_at(s->halt, thread, n * rows, MG_HALT_PRODUCTS);
    }
    return failed ? mg_fail(err, MOLGLOT_FAILED, "a matrix product of the search failed")
                  : mg_halt_now(s->halt, 0, err);
}
