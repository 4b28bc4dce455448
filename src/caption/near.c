/* near.c - the rows of a memory whose captions may fit a molecule.
 *
 *   molecule    cosine of the embeddings of both molecules (of a bundle's part: by its codes)
 *   caption     cosine of the molecule's embedding and that of the row's text
 *   structure   Tanimoto of Morgan counts, radius 2, with chirality
 *   similarity  molecule + caption + structure / 2
 *
 * The SHORT best by `molecule` are looked at; a row's text and structure are read when it is first
 * among them, and kept: 3 kB a row.
 */
#include "base/grow.h"
#include "caption/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct known_row {
    int64_t row;
    uint16_t *text; /* bf16 [dim], unit length or zeros */
    mg_shape shape;
} known_row;

struct mg_near {
    mg_memory memory;
    mg_embedder *embedder;
    const char *leave_out;
    int threads, dim, most;
    mg_numbers at; /* row to its place in `known` */
    known_row *known;
    size_t n, cap;
};

mg_near *mg_near_new(const mg_memory *m, mg_embedder *e, const char *leave_out, int threads,
                     molglot_error *err) {
    mg_near *x = calloc(1, sizeof *x);
    if (!x) {
        mg_no_memory(err, "neighbours");
        return NULL;
    }
    *x = (mg_near){.memory = *m,
                   .embedder = e,
                   .leave_out = leave_out ? leave_out : "",
                   .threads = mg_threads(threads),
                   .dim = mg_embedder_dim(e),
                   .most = MG_SHORT_LIST};
    return x;
}

void mg_near_free(mg_near *x) {
    if (!x) return;
    for (size_t i = 0; i < x->n; i++) {
        free(x->known[i].text);
        mg_shape_free(&x->known[i].shape);
    }
    free(x->known);
    mg_numbers_free(&x->at);
    free(x);
}

int mg_shape_of(const mg_mol *m, mg_shape *out, molglot_error *err) {
    enum { RADIUS = 2 };
    return mg_mol_chiral_counts(m, RADIUS, &out->counts, &out->n, err);
}

void mg_shape_free(mg_shape *s) {
    free(s->counts);
    *s = (mg_shape){0};
}

double mg_shape_likeness(const mg_shape *a, const mg_shape *b) {
    return mg_count_tanimoto(a->counts, a->n, b->counts, b->n);
}

bool mg_near_usable(const mg_near *x, int64_t row) {
    const size_t n = strlen(x->leave_out);
    return *mg_memory_text(&x->memory, row) &&
           (!n || strncmp(mg_memory_id(&x->memory, row), x->leave_out, n) != 0);
}

/* ---- what is known of rows ---- */

/* A row that cannot be read has the structure of nothing. */
static int read_shapes(mg_near *x, known_row *rows, size_t n, molglot_error *err) {
    bool ok = true;
    int code = mg_chem_init(err);
    if (code) return code;
#pragma omp parallel for num_threads(x->threads) schedule(dynamic, 4) reduction(&& : ok)
    for (size_t i = 0; i < n; i++) {
        mg_mol *m = mg_mol_from_smiles(mg_memory_smiles(&x->memory, rows[i].row), NULL, NULL);
        ok = ok && (!m || !mg_shape_of(m, &rows[i].shape, NULL));
        mg_mol_free(m);
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "neighbours");
}

static int read_texts(mg_near *x, known_row *rows, size_t n, molglot_error *err) {
    enum { BLOCK = 256 };
    const size_t dim = (size_t)x->dim;
    const char *texts[BLOCK];
    float *v = malloc(BLOCK * dim * sizeof *v);
    int code = v ? MOLGLOT_OK : mg_no_memory(err, "neighbours");
    for (size_t at = 0; at < n && !code; at += BLOCK) {
        const size_t m = n - at < BLOCK ? n - at : BLOCK;
        for (size_t i = 0; i < m; i++) texts[i] = mg_memory_text(&x->memory, rows[at + i].row);
        code = mg_embed_texts(x->embedder, texts, m, v, NULL, err);
        for (size_t i = 0; i < m && !code; i++) {
            uint16_t *to = rows[at + i].text = malloc(dim * sizeof *to);
            if (!to) code = mg_no_memory(err, "neighbours");
            for (size_t d = 0; d < dim && to; d++) to[d] = mg_f32_to_bf16(v[i * dim + d]);
        }
    }
    free(v);
    return code;
}

int mg_near_learn(mg_near *x, const int64_t *rows, size_t n, molglot_error *err) {
    const size_t before = x->n;
    int code = MOLGLOT_OK;
    for (size_t i = 0; i < n && !code; i++) {
        if (rows[i] < 0 || !mg_near_usable(x, rows[i])) continue;
        mg_slot *slot = mg_numbers_at(&x->at, (uint64_t)rows[i]);
        if (!slot || (slot->value < 0 && !MG_GROW(x->known, x->cap, x->n + 1)))
            return mg_no_memory(err, "neighbours");
        if (slot->value >= 0) continue;
        slot->value = (int32_t)x->n;
        x->known[x->n++] = (known_row){.row = rows[i]};
    }
    code = read_shapes(x, x->known + before, x->n - before, err);
    return code ? code : read_texts(x, x->known + before, x->n - before, err);
}

static float cosine(const float *a, const uint16_t *b, int n) {
    float sum[8] = {0};
    int d = 0;
    for (; d + 8 <= n; d += 8)
        for (int k = 0; k < 8; k++) sum[k] += a[d + k] * mg_bf16_to_f32(b[d + k]);
    for (; d < n; d++) sum[0] += a[d] * mg_bf16_to_f32(b[d]);
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* Whether the row's molecule is this one. */
static bool is_same(const mg_near *x, int64_t row, const char *canonical) {
    const char *smiles = mg_memory_smiles(&x->memory, row);
    if (strcmp(smiles, canonical) == 0) return true;
    mg_mol *m = x->memory.index ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    char *own = m ? mg_mol_smiles(m, true) : NULL;
    const bool same = own && strcmp(own, canonical) == 0;
    free(own);
    mg_mol_free(m);
    return same;
}

bool mg_near_compare(const mg_near *x, const mg_caption_query *q, const mg_shape *shape,
                     molglot_hit hit, mg_leaned *out) {
    const int32_t at = hit.row < 0 ? -1 : mg_numbers_find(&x->at, (uint64_t)hit.row);
    if (at < 0) return false;
    const known_row *k = &x->known[at];
    *out = (mg_leaned){.row = hit.row,
                       .label = mg_memory_label(&x->memory, hit.row),
                       .smiles = mg_memory_smiles(&x->memory, hit.row),
                       .text = mg_memory_text(&x->memory, hit.row),
                       .molecule = hit.score,
                       .caption = cosine(q->embedding, k->text, x->dim),
                       .structure = (float)mg_shape_likeness(shape, &k->shape)};
    out->similarity = out->molecule + out->caption + .5f * out->structure;
    out->same = out->structure >= 1 && is_same(x, hit.row, q->smiles);
    return true;
}

/* ---- the nearest ---- */

static int nearest_first(const void *a, const void *b) {
    const mg_leaned *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity < y->similarity ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Of one molecule; all [most] is scratch. */
static int near_of(const mg_near *x, const mg_caption_query *q, const molglot_hit *hits,
                   mg_leaned *all, mg_leaned *near, int *n_near, molglot_error *err) {
    mg_shape shape = {0};
    int n = 0, code = mg_shape_of(q->mol, &shape, err);
    for (int i = 0; i < x->most && !code; i++)
        n += mg_near_compare(x, q, &shape, hits[i], &all[n]);
    mg_shape_free(&shape);
    if (n > 1) qsort(all, (size_t)n, sizeof *all, nearest_first);
    *n_near = n < MG_LEANED ? n : MG_LEANED;
    memcpy(near, all, (size_t)*n_near * sizeof *near);
    return code;
}

/* Calls of threads; the first failure is kept. */
static int look(mg_near *x, const mg_caption_query *q, size_t n, molglot_hit *hits,
                molglot_error *err) {
    int code = MOLGLOT_OK;
#pragma omp parallel for num_threads(x->threads) schedule(dynamic, 1)
    for (size_t i = 0; i < n; i++) {
        molglot_error why;
        molglot_hit *to = hits + i * (size_t)x->most;
        int one = MOLGLOT_OK;
        for (int k = 0; k < x->most; k++) to[k].row = -1;
        if (q[i].embedding) one = mg_memory_near(&x->memory, q[i].embedding, x->most, to, &why);
        if (one) {
#pragma omp critical(mg_near_failed)
            if (!code) {
                code = one;
                if (err) *err = why;
            }
        }
    }
    return code;
}

static int order(const mg_near *x, const mg_caption_query *q, size_t n, const molglot_hit *hits,
                 mg_leaned *near, int *n_near, molglot_error *err) {
    bool ok = true;
#pragma omp parallel num_threads(x->threads) reduction(&& : ok)
    {
        mg_leaned *all = malloc((size_t)x->most * sizeof *all);
#pragma omp for schedule(dynamic, 1)
        for (size_t i = 0; i < n; i++) {
            n_near[i] = 0;
            if (q[i].embedding)
                ok = ok && all &&
                     !near_of(x, &q[i], hits + i * (size_t)x->most, all, near + i * MG_LEANED,
                              &n_near[i], NULL);
        }
        free(all);
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "neighbours");
}

int mg_near_find(mg_near *x, const mg_caption_query *q, size_t n, mg_leaned *near, int *n_near,
                 molglot_error *err) {
    const size_t most = (size_t)x->most;
    molglot_hit *hits = malloc((n * most + 1) * sizeof *hits);
    int64_t *rows = malloc((n * most + 1) * sizeof *rows);
    int code = hits && rows ? look(x, q, n, hits, err) : mg_no_memory(err, "neighbours");
    for (size_t i = 0; i < n * most && !code; i++) rows[i] = hits[i].row;
    if (!code) code = mg_near_learn(x, rows, n * most, err);
    if (!code) code = order(x, q, n, hits, near, n_near, err);
    free(hits);
    free(rows);
    return code;
}
