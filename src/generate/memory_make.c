/* memory_make.c - the codes of a memory (model/bundle/memory.c) from molecules and texts.
 *
 *   basis [width, dim]: principal directions (search/directions.c) of unit rows of the space,
 *   molecules and texts, at most SAMPLE of each
 *   p = basis x;  scale = max |p| / 127;  codes = round(p / scale)
 *
 * Texts count too, because they are what is looked up: a basis of molecules alone loses what only
 * sentences have. All sums are in double and in one order, whatever the number of threads.
 */
#include "generate/generate.h"
#include "generate/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 8192, ROUNDS = 12, BLOCK = 1024 };

/* ---- embeddings ---- */

/* Rows of texts, evenly from all of them, into C. */
static int add_texts(mg_embedder *e, const char *const *texts, size_t n, mg_directions *b,
                     float *rows, molglot_error *err) {
    const char *block[BLOCK];
    const size_t taken = n < SAMPLE ? n : SAMPLE;
    int code = MOLGLOT_OK;
    for (size_t at = 0; at < taken && !code; at += BLOCK) {
        const size_t m = taken - at < BLOCK ? taken - at : BLOCK;
        for (size_t i = 0; i < m; i++) block[i] = texts[(at + i) * n / taken];
        code = mg_embed_texts(e, block, m, rows, NULL, err); /* zeros add nothing */
        if (!code) mg_directions_add(b, rows, m);
    }
    return code;
}

/* All molecules, v [n, dim]; an even sample of them into C. */
static int embed_molecules(mg_embedder *e, const mg_memory_rows *rows, mg_directions *b, float *v,
                           molglot_error *err) {
    const size_t n = rows->n, dim = (size_t)mg_embedder_dim(e);
    int code = MOLGLOT_OK;
    for (size_t at = 0; at < n && !code; at += BLOCK) {
        const size_t m = n - at < BLOCK ? n - at : BLOCK;
        code = mg_embed_smiles(e, rows->smiles + at, m, v + at * dim, NULL, err);
        if (!code && rows->on_progress &&
            rows->on_progress(rows->user, (int64_t)(at + m), (int64_t)n))
            code = mg_fail(err, MOLGLOT_INTERRUPTED, "interrupted");
    }
    const size_t step = (n + SAMPLE - 1) / SAMPLE;
    if (code || step < 2) {
        if (!code) mg_directions_add(b, v, n);
        return code;
    }
    for (size_t i = 0; i < n; i += step) mg_directions_add(b, v + i * dim, 1);
    return MOLGLOT_OK;
}

/* ---- codes ---- */

static void code_rows(const float *v, const float *q, size_t n, int width, int dim, int8_t *codes,
                      float *scales) {
#pragma omp parallel for num_threads(mg_threads(0))
    for (size_t i = 0; i < n; i++) {
        const float *x = v + i * (size_t)dim;
        int8_t *to = codes + i * (size_t)width;
        double p[MG_MEMORY_WIDTH], most = 0;
        for (int w = 0; w < width; w++) {
            const float *direction = q + (size_t)w * (size_t)dim;
            double sum = 0;
            for (int d = 0; d < dim; d++) sum += (double)direction[d] * (double)x[d];
            p[w] = sum;
            most = fmax(most, fabs(sum));
        }
        const double scale = most / 127;
        for (int w = 0; w < width; w++) to[w] = (int8_t)(scale > 0 ? lrint(p[w] / scale) : 0);
        scales[i] = (float)scale;
    }
}

int mg_memory_make(mg_embedder *e, const mg_memory_rows *rows, float *out, int8_t *codes,
                   float *scales, molglot_error *err) {
    const int dim = mg_embedder_dim(e), width = rows->width;
    const size_t n = rows->n, size = (size_t)dim;
    if (n < 1 || width < 1 || width > MG_MEMORY_WIDTH || width > dim)
        return mg_fail(err, MOLGLOT_USAGE, "a memory has molecules, and codes of 1 to %d numbers",
                       dim < MG_MEMORY_WIDTH ? dim : MG_MEMORY_WIDTH);
    mg_directions *b = mg_directions_new(dim, width, err);
    float *v = malloc(n * size * sizeof *v), *block = malloc(BLOCK * size * sizeof *block);
    int code = !b           ? MOLGLOT_NO_MEMORY
               : v && block ? MOLGLOT_OK
                            : mg_no_memory(err, "%zu embeddings", n);
    if (!code) code = embed_molecules(e, rows, b, v, err);
    if (!code && rows->n_texts) code = add_texts(e, rows->texts, rows->n_texts, b, block, err);
    if (!code) {
        const double *q = mg_directions_find(b, ROUNDS);
        for (size_t i = 0; i < (size_t)width * size; i++)
            out[i] = mg_bf16_to_f32(mg_f32_to_bf16((float)q[i]));
        code_rows(v, out, n, width, dim, codes, scales);
    }
    free(v);
    free(block);
    mg_directions_free(b);
    return code;
}
