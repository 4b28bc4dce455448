/* basis.c - vectors of a space in a basis of it (model/bundle/basis.c), and codes of them.
 *
 *   p = basis x                              the first numbers say most of x
 *   row of fewer numbers   p[0 .. dims), brought back to unit length
 *   code                   scale = max |p| / 127,  code = round(p / scale), of the first
 *                          MG_CODE_WIDTH numbers
 *   question as code       step = max |p| / 8127,  round(p / step) = 128 hi + lo
 *
 * so that a product of question and code is an integer, the same on every machine
 * (tensor/cpu/codes.c), and x . y ~ scale step (code . (128 hi + lo)).
 */
#include "search/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 32, HALF = LANES / 2, QUERY_MOST = 8127 };
/* directions and rows whose products go on side by side; rows that a direction is read for */
enum { DIRECTIONS = 2, ROWS = 4, BLOCK_ROWS = 64 };

typedef float half_lanes __attribute__((vector_size(4 * HALF), aligned(4), may_alias));

/* Sums over lanes: wide registers without reordering. Products are not fused with sums (see
 * CMakeLists.txt), so that numbers are the same on every processor. */
MG_CLONES static float product(const int8_t *v, const float *x, int n) {
    float lane[LANES] = {0}, sum = 0;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++) lane[j] += (float)v[i + j] * x[i + j];
    for (int j = 0; i < n; i++, j++) lane[j] += (float)v[i] * x[i];
    for (int j = 0; j < LANES; j++) sum += lane[j];
    return sum;
}

void mg_basis_turn(const mg_basis *b, int rows, const float *x, float *out) {
    for (int r = 0; r < rows; r++)
        out[r] = b->scales[r] * product(b->v + (int64_t)r * b->dim, x, b->dim);
}

/* ---- many rows at once ---- */

/* out[a ldo + o] = scales[o] (w[o] . x[a]), a < R, o < O, summed as `product` does. R and O are
 * constants after inlining. */
static inline __attribute__((always_inline)) void turn_tile(int R, int O, int dim, const float *w,
                                                            const float *scales, const float *x,
                                                            float *out, int64_t ldo) {
    half_lanes low[ROWS * DIRECTIONS] = {0}, high[ROWS * DIRECTIONS] = {0};
    int i = 0;
    for (; i + LANES <= dim; i += LANES)
        for (int o = 0; o < O; o++) {
            const half_lanes *v = (const half_lanes *)(w + (int64_t)o * dim + i);
            for (int a = 0; a < R; a++) {
                const half_lanes *row = (const half_lanes *)(x + (int64_t)a * dim + i);
                low[a * O + o] += v[0] * row[0];
                high[a * O + o] += v[1] * row[1];
            }
        }
    for (int a = 0; a < R; a++)
        for (int o = 0; o < O; o++) {
            float lane[LANES], sum = 0;
            memcpy(lane, &low[a * O + o], sizeof low[0]);
            memcpy(lane + HALF, &high[a * O + o], sizeof high[0]);
            for (int k = i; k < dim; k++)
                lane[k - i] += w[(int64_t)o * dim + k] * x[(int64_t)a * dim + k];
            for (int j = 0; j < LANES; j++) sum += lane[j];
            out[a * ldo + o] = scales[o] * sum;
        }
}

/* out[n, rows]: DIRECTIONS directions for all n rows, then the next. wide [DIRECTIONS, dim]: these
 * as floats. */
MG_CLONES static void turn_block(const mg_basis *b, int rows, int n, const float *x, float *wide,
                                 float *out) {
    const int64_t dim = b->dim;
    for (int r = 0; r < rows; r += DIRECTIONS) {
        const int some = rows - r < DIRECTIONS ? rows - r : DIRECTIONS;
        const int8_t *v = b->v + r * dim;
        for (int64_t i = 0; i < some * dim; i++) wide[i] = (float)v[i];
        int a = 0;
        for (; some == DIRECTIONS && a + ROWS <= n; a += ROWS)
            turn_tile(ROWS, DIRECTIONS, b->dim, wide, b->scales + r, x + a * dim,
                      out + (int64_t)a * rows + r, rows);
        for (; a < n; a++)
            for (int o = 0; o < some; o++)
                turn_tile(1, 1, b->dim, wide + o * dim, b->scales + r + o, x + a * dim,
                          out + (int64_t)a * rows + r + o, rows);
    }
}

static void bring_to_length(int dims, float *out) {
    const double norm = mg_norm(out, dims);
    for (int d = 0; d < dims && norm > 0; d++) out[d] = (float)((double)out[d] / norm);
}

void mg_basis_project(const mg_basis *b, int dims, const float *x, float *out) {
    mg_basis_turn(b, dims, x, out);
    bring_to_length(dims, out);
}

static void project_block(const mg_basis *b, int dims, int n, const float *x, float *out) {
    float *wide = malloc(DIRECTIONS * (size_t)b->dim * sizeof *wide);
    if (wide) turn_block(b, dims, n, x, wide, out);
    for (int a = 0; a < n; a++) {
        float *row = out + (int64_t)a * dims;
        if (!wide) mg_basis_turn(b, dims, x + (int64_t)a * b->dim, row); /* as good, but slower */
        bring_to_length(dims, row);
    }
    free(wide);
}

void mg_basis_project_rows(const mg_basis *b, int dims, int64_t n, const float *x, float *out,
                           int threads) {
#pragma omp parallel for schedule(dynamic) num_threads(mg_threads(threads)) if (n > BLOCK_ROWS)
    for (int64_t at = 0; at < n; at += BLOCK_ROWS)
        project_block(b, dims, n - at < BLOCK_ROWS ? (int)(n - at) : BLOCK_ROWS, x + at * b->dim,
                      out + at * dims);
}

void mg_basis_back(const mg_basis *b, int dims, const float *y, float *out) {
    memset(out, 0, (size_t)b->dim * sizeof *out);
    for (int r = 0; r < dims; r++) {
        const int8_t *v = b->v + (int64_t)r * b->dim;
        const float of = b->scales[r] * y[r];
        for (int d = 0; d < b->dim; d++) out[d] += of * (float)v[d];
    }
}

uint64_t mg_basis_hash(const mg_basis *b) {
    const uint64_t seed = mg_hash64(b->scales, (size_t)b->rows * sizeof *b->scales, 1);
    return mg_hash64(b->v, (size_t)b->rows * (size_t)b->dim, seed);
}

int mg_code_width(int numbers) {
    const int most = numbers < MG_CODE_WIDTH ? numbers : MG_CODE_WIDTH;
    return (most + 63) / 64 * 64;
}

float mg_code_make(const float *p, int n, int width, int8_t *code) {
    const int some = n < width ? n : width;
    const float scale = mg_row_scale8(p, some);
    memset(code + some, 0, (size_t)(width - some));
    mg_round8(p, some, scale, code);
    return scale;
}

void mg_code_ask(const float *p, int n, int width, mg_code_query *q) {
    const int some = n < width ? n : width;
    double most = 0;
    for (int w = 0; w < some; w++) most = fmax(most, fabs((double)p[w]));
    const double step = most / QUERY_MOST;
    for (int w = 0; w < width; w++) {
        const int of = w < some && step > 0 ? (int)lrint((double)p[w] / step) : 0,
                  high = (of + 64 + (1 << 14)) / 128 - (1 << 7);
        q->hi[w] = (int8_t)high;
        q->lo[w] = (int8_t)(of - 128 * high);
    }
    q->step = (float)step;
}

/* ---- making a basis ---- */

enum { SAMPLE = 8192, ROUNDS = 12, BLOCK = 512 };

typedef struct sample {
    mg_embedder *e;
    const mg_basis_rows *rows;
    mg_directions *directions;
    float *block; /* [BLOCK, dim] */
    int64_t done, total;
} sample;

/* Embeddings of at most SAMPLE strings, evenly from all n. */
static int add_strings(sample *s, const char *const *strings, size_t n, bool texts,
                       molglot_error *err) {
    const char *block[BLOCK];
    const size_t taken = n < SAMPLE ? n : SAMPLE;
    int code = MOLGLOT_OK;
    for (size_t at = 0; at < taken && !code; at += BLOCK) {
        const size_t m = taken - at < BLOCK ? taken - at : BLOCK;
        for (size_t i = 0; i < m; i++) block[i] = strings[(at + i) * n / taken];
        code = texts ? mg_embed_texts(s->e, block, m, s->block, NULL, err)
                     : mg_embed_smiles(s->e, block, m, s->block, NULL, err);
        if (code) break;
        mg_directions_add(s->directions, s->block, m); /* zeros add nothing */
        s->done += (int64_t)m;
        if (s->rows->on_progress && s->rows->on_progress(s->rows->user, s->done, s->total))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    return code;
}

static size_t taken_of(size_t n) { return n < SAMPLE ? n : SAMPLE; }

int mg_basis_make(mg_embedder *e, const mg_basis_rows *rows, int8_t *v, float *scales,
                  molglot_error *err) {
    const int dim = mg_embedder_dim(e);
    if (rows->wanted < 1 || rows->wanted > dim || !(rows->n || rows->n_texts))
        return mg_fail(err, MOLGLOT_USAGE,
                       "a basis has 1 to %d directions, and rows that it is made of", dim);
    sample s = {.e = e,
                .rows = rows,
                .directions = mg_directions_new(dim, rows->wanted, err),
                .block = malloc(BLOCK * (size_t)dim * sizeof *s.block),
                .total = (int64_t)(taken_of(rows->n) + taken_of(rows->n_texts))};
    float *row = malloc((size_t)dim * sizeof *row);
    int code = !s.directions    ? MOLGLOT_NO_MEMORY
               : s.block && row ? MOLGLOT_OK
                                : mg_no_memory(err, "a basis");
    if (!code) code = add_strings(&s, rows->smiles, rows->n, false, err);
    if (!code) code = add_strings(&s, rows->texts, rows->n_texts, true, err);
    const double *q = code ? NULL : mg_directions_find(s.directions, ROUNDS);
    for (int r = 0; r < rows->wanted && q; r++) {
        for (int d = 0; d < dim; d++) row[d] = (float)q[(int64_t)r * dim + d];
        scales[r] = mg_row_scale8(row, dim);
        mg_round8(row, dim, scales[r], v + (int64_t)r * dim);
    }
    free(row);
    free(s.block);
    mg_directions_free(s.directions);
    return code;
}
