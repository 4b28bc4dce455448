/* memory.c - what a generator remembers: an index of molecules, or the codes of a bundle's part
 * `memory`. Which of them are nearest to a sentence, and whether one of them is a given molecule.
 *
 * Codes: the query q [dim] becomes p = basis q [width], rounded to 14 bits, so that the products
 * with the rows' codes are integers, the same on every machine:
 *
 *   score(row) = scales[row] step (codes[row] . round(p / step)),   step = max |p| / 8191
 */
#include "generate/generate.h"
#include "generate/inside.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { QUERY_MOST = 8191, SAME_MOST = 16 };
/* cosine: copies of a molecule and its stereoisomers stand above it */
#define SAME 0.9f

/* ---- the nearest rows ---- */

/* p [width] of q, rounded; returns the step, 0 where q has nothing of the basis. */
static double round_query(const mg_memory_part *m, const float *q, int16_t *out, double *p) {
    double most = 0;
    for (int32_t w = 0; w < m->width; w++) {
        const uint16_t *basis = m->basis + (int64_t)w * m->dim;
        double sum = 0;
        for (int32_t d = 0; d < m->dim; d++) sum += (double)mg_bf16_to_f32(basis[d]) * (double)q[d];
        p[w] = sum;
        most = fmax(most, fabs(sum));
    }
    const double step = most / QUERY_MOST;
    for (int32_t w = 0; w < m->width; w++) out[w] = (int16_t)(step > 0 ? lrint(p[w] / step) : 0);
    return step;
}

static int32_t product(const int8_t *a, const int16_t *b, int32_t n) {
    int32_t sum = 0;
    for (int32_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* hits [k] are in order, `held` of them; takes one more where it is better. */
static void offer(molglot_hit *hits, int k, int *held, molglot_hit one) {
    int at = *held < k ? (*held)++ : k - 1;
    for (; at > 0 && hits[at - 1].score < one.score; at--) hits[at] = hits[at - 1];
    hits[at] = one;
}

static int near_in_part(const mg_memory_part *m, const float *q, int k, molglot_hit *hits,
                        molglot_error *err) {
    int16_t *rounded = malloc((size_t)m->width * sizeof *rounded);
    double *p = malloc((size_t)m->width * sizeof *p);
    int held = 0;
    if (rounded && p) {
        const double step = round_query(m, q, rounded, p);
        for (int32_t i = 0; i < m->n; i++) {
            const double sum = product(m->codes + (int64_t)i * m->width, rounded, m->width);
            const float score = (float)(sum * step * (double)m->scales[i]);
            if (held < k || score > hits[k - 1].score)
                offer(hits, k, &held, (molglot_hit){.row = i, .score = score});
        }
    }
    for (int i = held; i < k; i++) hits[i] = (molglot_hit){.row = -1, .score = -INFINITY};
    int code = rounded && p ? MOLGLOT_OK : mg_no_memory(err, "a query");
    free(rounded);
    free(p);
    return code;
}

int mg_memory_near(const mg_memory *m, const float *q, int k, molglot_hit *hits,
                   molglot_error *err) {
    return m->index ? mg_index_search(m->index, q, 1, k, 1, hits, err)
                    : near_in_part(m->part, q, k, hits, err);
}

bool mg_memory_is_there(const mg_memory *m) { return m->index || m->part; }

const char *mg_memory_smiles(const mg_memory *m, int64_t row) {
    return m->index ? mg_index_smiles(m->index, row) : m->part->smiles[row];
}

const char *mg_memory_text(const mg_memory *m, int64_t row) {
    return m->index ? mg_index_text(m->index, row) : m->part->text[row];
}

const char *mg_memory_id(const mg_memory *m, int64_t row) {
    return m->index ? mg_index_id(m->index, row) : m->part->id[row];
}

const char *mg_memory_label(const mg_memory *m, int64_t row) {
    if (m->index) return mg_index_id(m->index, row);
    return *m->part->name[row] ? m->part->name[row] : m->part->id[row];
}

/* ---- a known molecule ---- */

/* How like the row's molecule a given one is: 2 the same, 1 but for stereo, 0. */
static int likeness(const char *row, const char *smiles, const char *plain) {
    molglot_row_status status;
    mg_mol *mol = mg_mol_from_smiles(row, NULL, &status);
    char *own = mol ? mg_mol_smiles(mol, true) : NULL,
         *flat = mol ? mg_mol_smiles(mol, false) : NULL;
    const int like = own && strcmp(own, smiles) == 0 ? 2 : flat && strcmp(flat, plain) == 0 ? 1 : 0;
    free(own);
    free(flat);
    mg_mol_free(mol);
    return like;
}

static int find_in_index(const mg_index *x, const char *smiles, const char *plain,
                         const float *embedding, mg_known *out, molglot_error *err) {
    molglot_hit hits[SAME_MOST];
    int code = mg_index_search(x, embedding, 1, SAME_MOST, 1, hits, err), best = 0;
    for (int i = 0; i < SAME_MOST && !code && best < 2; i++) {
        if (hits[i].row < 0 || hits[i].score < SAME) break;
        const int like = likeness(mg_index_smiles(x, hits[i].row), smiles, plain);
        if (like <= best) continue;
        best = like;
        *out = (mg_known){mg_index_id(x, hits[i].row), hits[i].row, like == 1};
    }
    return code;
}

int mg_memory_find(const mg_memory *m, const char *smiles, const char *plain,
                   const float *embedding, mg_known *out, molglot_error *err) {
    *out = (mg_known){NULL, -1, false};
    if (m->index)
        return embedding ? find_in_index(m->index, smiles, plain, embedding, out, err) : MOLGLOT_OK;
    if (!m->part) return MOLGLOT_OK;
    int32_t row = mg_memory_part_find(m->part, smiles);
    const bool stereo = row < 0;
    if (stereo) row = mg_memory_part_find_plain(m->part, plain);
    if (row >= 0) *out = (mg_known){mg_memory_label(m, row), row, stereo};
    return MOLGLOT_OK;
}

/* ---- all rows ---- */

int64_t mg_memory_size(const mg_memory *m) {
    return m->index ? mg_index_size(m->index) : m->part ? m->part->n : 0;
}

int64_t mg_memory_named(const mg_memory *m, const char *name) {
    for (int64_t i = 0; i < mg_memory_size(m); i++)
        if (!strcasecmp(mg_memory_label(m, i), name)) return i;
    return -1;
}

typedef struct scored {
    float score;
    int32_t row;
} scored;

static int nearest_first(const void *a, const void *b) {
    const scored *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static int order_part(const mg_memory_part *m, const float *q, int64_t *rows, molglot_error *err) {
    int16_t *rounded = malloc((size_t)m->width * sizeof *rounded);
    double *p = malloc((size_t)m->width * sizeof *p);
    scored *s = malloc(((size_t)m->n + 1) * sizeof *s);
    int code = rounded && p && s ? MOLGLOT_OK : mg_no_memory(err, "a query");
    if (!code) {
        round_query(m, q, rounded, p);
        for (int32_t i = 0; i < m->n; i++) {
            const int32_t sum = product(m->codes + (int64_t)i * m->width, rounded, m->width);
            s[i] = (scored){(float)sum * m->scales[i], i};
        }
        qsort(s, (size_t)m->n, sizeof *s, nearest_first);
        for (int32_t i = 0; i < m->n; i++) rows[i] = s[i].row;
    }
    free(rounded);
    free(p);
    free(s);
    return code;
}

int mg_memory_order(const mg_memory *m, const float *q, int64_t *rows, molglot_error *err) {
    enum { LOOKED_AT = 4096 }; /* of an index: the search sorts as it goes */
    const int64_t n = mg_memory_size(m);
    for (int64_t i = 0; i < n; i++) rows[i] = i;
    if (!q) return MOLGLOT_OK;
    if (!m->index) return order_part(m->part, q, rows, err);
    const int k = (int)(n < LOOKED_AT ? n : LOOKED_AT);
    molglot_hit *hits = calloc((size_t)k + 1, sizeof *hits);
    int code = hits ? mg_index_search(m->index, q, 1, k, 1, hits, err)
                    : mg_no_memory(err, "%d hits", k);
    for (int64_t i = 0; i < n && !code; i++) rows[i] = i < k ? hits[i].row : -1;
    free(hits);
    return code;
}

int mg_memory_cosines(const mg_memory *m, const float *q, float *out, molglot_error *err) {
    if (m->index) {
        const mg_searched s = mg_index_searched(m->index);
        float *own = NULL;
        if (mg_searched_projected(&s)) {
            if (!(own = malloc((size_t)s.rows->dim * sizeof *own)))
                return mg_no_memory(err, "a query");
            mg_basis_project(s.basis, s.rows->dim, q, own);
        }
        for (int64_t i = 0; i < s.rows->n; i++) out[i] = mg_score(s.rows, own ? own : q, i);
        free(own);
        return MOLGLOT_OK;
    }
    const mg_memory_part *part = m->part;
    int16_t *rounded = malloc((size_t)part->width * sizeof *rounded);
    double *p = malloc((size_t)part->width * sizeof *p);
    int code = rounded && p ? MOLGLOT_OK : mg_no_memory(err, "a query");
    const double step = code ? 0 : round_query(part, q, rounded, p);
    for (int32_t i = 0; i < part->n && !code; i++) {
        const int32_t sum = product(part->codes + (int64_t)i * part->width, rounded, part->width);
        out[i] = (float)(sum * step * (double)part->scales[i]);
    }
    free(rounded);
    free(p);
    return code;
}
