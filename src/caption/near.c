/* near.c - the rows of a memory whose captions may fit a molecule.
 *
 *   molecule    cosine of the embeddings of both molecules (of a bundle's part: by its codes)
 *   caption     cosine of the molecule's embedding and that of the row's text
 *   structure   Tanimoto of Morgan counts, radius 2, with chirality
 *   similarity  molecule + caption + structure / 2
 *   kinship     0.83 molecule + 1.54 structure, and what both molecules have in common: KIN and
 *               COMPOSED below
 *
 * SHORT rows are taken by `molecule`, SHAPED of them by molecule + caption, and these are ordered
 * by all three. A row's text and structure are read when they are first wanted, and kept: 3 kB a
 * row.
 */
#include "base/grow.h"
#include "caption/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct known_row {
    int64_t row;
    uint16_t *text; /* bf16 [dim], unit length or zeros; NULL: not read yet */
    mg_shape shape; /* counts NULL: not read yet */
} known_row;

/* A text that is new costs 0.7 ms of one core, a structure 0.4 ms. */
enum { SHORT = 128, SHAPED = 64 };

struct mg_near {
    mg_memory memory;
    mg_embedder *embedder;
    const char *leave_out;
    int threads, dim;
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
                   .dim = mg_embedder_dim(e)};
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
    mg_facts f;
    int code = mg_facts_numbers(NULL, m, &f, err);
    if (code) return code;
    const int number[MG_SHAPE_NUMBERS] = {f.charge,      f.components,  f.stereocentres, f.unset,
                                          f.elements[7], f.elements[8], f.elements[1]};
    memcpy(out->number, number, sizeof number);
    out->composition = mg_mol_composition(m);
    mg_facts_free(&f);
    return mg_mol_chiral_counts(m, RADIUS, &out->counts, &out->n, err);
}

/* What an equal number of both molecules is worth, in the unit of an agreement; fitted with the
 * other weights of choose.c. In the order of mg_shape_of: charge, components, stereocentres, those
 * without configuration, N, O, H; then all atoms but hydrogens. */
static const double KIN[MG_SHAPE_NUMBERS] = {.77, .48, .16, .31, .18, .16, .05}, COMPOSED = .11;
static const double KIN_MOLECULE = .83, KIN_STRUCTURE = 1.54;

enum { CHARGE = 0, CENTRES = 2, HYDROGENS = 6 }; /* places in mg_shape.number */

static int protons(const mg_shape *a, const mg_shape *b) {
    const int more = a->number[CHARGE] - b->number[CHARGE];
    const bool only = a->composition == b->composition &&
                      more == a->number[HYDROGENS] - b->number[HYDROGENS];
    return only ? more : 0;
}

static bool may_be_mirrored(const mg_shape *a, const mg_shape *b) {
    return a->composition == b->composition && a->number[CENTRES] > 0 &&
           !memcmp(a->number, b->number, sizeof a->number);
}

static double kinship(const mg_shape *a, const mg_shape *b) {
    double sum = a->composition == b->composition ? COMPOSED : 0;
    for (int i = 0; i < MG_SHAPE_NUMBERS; i++) sum += a->number[i] == b->number[i] ? KIN[i] : 0;
    return sum;
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
static int read_shapes(mg_near *x, const int32_t *places, size_t n, molglot_error *err) {
    bool ok = true;
    int code = mg_chem_init(err);
    if (code) return code;
#pragma omp parallel for num_threads(x->threads) schedule(dynamic, 4) reduction(&& : ok)
    for (size_t i = 0; i < n; i++) {
        known_row *k = &x->known[places[i]];
        mg_mol *m = mg_mol_from_smiles(mg_memory_smiles(&x->memory, k->row), NULL, NULL);
        if (m)
            ok = ok && !mg_shape_of(m, &k->shape, NULL);
        else
            ok = ok && (k->shape.counts = calloc(1, sizeof *k->shape.counts));
        mg_mol_free(m);
    }
    return ok ? MOLGLOT_OK : mg_no_memory(err, "neighbours");
}

static int read_texts(mg_near *x, const int32_t *places, size_t n, molglot_error *err) {
    enum { BLOCK = 256 };
    const size_t dim = (size_t)x->dim;
    const char *texts[BLOCK];
    float *v = malloc(BLOCK * dim * sizeof *v);
    int code = v ? MOLGLOT_OK : mg_no_memory(err, "neighbours");
    for (size_t at = 0; at < n && !code; at += BLOCK) {
        const size_t m = n - at < BLOCK ? n - at : BLOCK;
        for (size_t i = 0; i < m; i++)
            texts[i] = mg_memory_text(&x->memory, x->known[places[at + i]].row);
        code = mg_embed_texts(x->embedder, texts, m, v, NULL, err);
        for (size_t i = 0; i < m && !code; i++) {
            uint16_t *to = x->known[places[at + i]].text = malloc(dim * sizeof *to);
            if (!to) code = mg_no_memory(err, "neighbours");
            for (size_t d = 0; d < dim && to; d++) to[d] = mg_f32_to_bf16(v[i * dim + d]);
        }
    }
    free(v);
    return code;
}

/* The row's place in `known`; -1: it has no caption that may be given, or (with err) no memory. */
static int32_t place_of(mg_near *x, int64_t row, molglot_error *err) {
    if (row < 0 || !mg_near_usable(x, row)) return -1;
    mg_slot *slot = mg_numbers_at(&x->at, (uint64_t)row);
    if (!slot || (slot->value < 0 && !MG_GROW(x->known, x->cap, x->n + 1))) {
        mg_no_memory(err, "neighbours");
        return -1;
    }
    if (slot->value < 0) {
        slot->value = (int32_t)x->n;
        x->known[x->n++] = (known_row){.row = row};
    }
    return slot->value;
}

static bool is_read(const known_row *k, mg_near_part part) {
    return part == MG_NEAR_TEXT ? k->text != NULL : k->shape.counts != NULL;
}

int mg_near_learn(mg_near *x, mg_near_part part, const int64_t *rows, size_t n,
                  molglot_error *err) {
    molglot_error why = {0};
    size_t m = 0;
    int32_t *places = malloc((n + 1) * sizeof *places);
    mg_numbers seen = {0};
    if (!places) return mg_no_memory(err, "neighbours");
    for (size_t i = 0; i < n && !why.code; i++) {
        const int32_t at = place_of(x, rows[i], &why);
        if (at < 0 || is_read(&x->known[at], part)) continue;
        mg_slot *slot = mg_numbers_at(&seen, (uint64_t)at);
        if (!slot) mg_no_memory(&why, "neighbours");
        if (!slot || slot->value >= 0) continue;
        slot->value = 0;
        places[m++] = at;
    }
    int code = why.code;
    if (!code && m)
        code = part == MG_NEAR_TEXT ? read_texts(x, places, m, &why)
                                    : read_shapes(x, places, m, &why);
    if (code && err) *err = why;
    mg_numbers_free(&seen);
    free(places);
    return code;
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

bool mg_near_compare(const mg_near *x, const mg_caption_query *q, molglot_hit hit, mg_leaned *out) {
    const int32_t at = hit.row < 0 ? -1 : mg_numbers_find(&x->at, (uint64_t)hit.row);
    if (at < 0) return false;
    *out = (mg_leaned){.row = hit.row,
                       .label = mg_memory_label(&x->memory, hit.row),
                       .smiles = mg_memory_smiles(&x->memory, hit.row),
                       .text = mg_memory_text(&x->memory, hit.row),
                       .molecule = hit.score,
                       .caption = cosine(q->embedding, x->known[at].text, x->dim)};
    out->similarity = out->molecule + out->caption;
    return true;
}

void mg_near_compare_shape(const mg_near *x, const mg_caption_query *q, const mg_shape *shape,
                           mg_leaned *l) {
    const known_row *k = &x->known[mg_numbers_find(&x->at, (uint64_t)l->row)];
    l->structure = (float)mg_shape_likeness(shape, &k->shape);
    l->similarity = l->molecule + l->caption + .5f * l->structure;
    l->kinship = (float)(KIN_MOLECULE * (double)l->molecule + KIN_STRUCTURE * (double)l->structure +
                         kinship(shape, &k->shape));
    l->protons = protons(shape, &k->shape);
    l->twin = may_be_mirrored(shape, &k->shape) && l->structure < 1;
    l->same = l->structure >= 1 && is_same(x, l->row, q->smiles);
}

/* ---- the nearest ---- */

static int nearest_first(const void *a, const void *b) {
    const mg_leaned *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity < y->similarity ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The SHAPED best of a molecule's hits. */
static int texts_of(const mg_near *x, const mg_caption_query *q, const molglot_hit *hits,
                    mg_leaned *near) {
    mg_leaned all[SHORT];
    int n = 0;
    for (int i = 0; i < SHORT; i++) n += mg_near_compare(x, q, hits[i], &all[n]);
    if (n > 1) qsort(all, (size_t)n, sizeof *all, nearest_first);
    if (n > SHAPED) n = SHAPED;
    memcpy(near, all, (size_t)n * sizeof *near);
    return n;
}

/* Acids and bases of the molecule that lie far come to the end of those that are kept. */
static void keep_conjugates(mg_leaned *near, int n) {
    int at = MG_LEANED;
    for (int i = MG_LEANED; i < n && at > MG_CAPTION_NEAR + 1; i++)
        if (near[i].protons || near[i].twin) near[--at] = near[i];
}

static bool shapes_of(const mg_near *x, const mg_caption_query *q, mg_leaned *near, int n) {
    mg_shape shape = {0};
    if (mg_shape_of(q->mol, &shape, NULL)) return false;
    for (int i = 0; i < n; i++) mg_near_compare_shape(x, q, &shape, &near[i]);
    mg_shape_free(&shape);
    if (n > 1) qsort(near, (size_t)n, sizeof *near, nearest_first);
    keep_conjugates(near, n);
    return true;
}

/* Calls of threads; the first failure is kept. */
static int look(mg_near *x, const mg_caption_query *q, size_t n, molglot_hit *hits,
                molglot_error *err) {
    int code = MOLGLOT_OK;
#pragma omp parallel for num_threads(x->threads) schedule(dynamic, 1)
    for (size_t i = 0; i < n; i++) {
        molglot_error why = {0};
        molglot_hit *to = hits + i * SHORT;
        int one = MOLGLOT_OK;
        for (int k = 0; k < SHORT; k++) to[k].row = -1;
        if (q[i].embedding) one = mg_memory_near(&x->memory, q[i].embedding, SHORT, to, &why);
        if (one) {
#pragma omp critical
            if (!code) {
                code = one;
                if (err) *err = why;
            }
        }
    }
    return code;
}

/* What a call works with: hits [n][SHORT], near [n][SHAPED], rows [n * SHORT]. */
typedef struct search {
    molglot_hit *hits;
    mg_leaned *near;
    int64_t *rows;
    int *n_near;
} search;

static int by_text(mg_near *x, const mg_caption_query *q, size_t n, search *s, molglot_error *err) {
    for (size_t i = 0; i < n * SHORT; i++) s->rows[i] = s->hits[i].row;
    int code = mg_near_learn(x, MG_NEAR_TEXT, s->rows, n * SHORT, err);
    if (code) return code;
#pragma omp parallel for num_threads(x->threads) schedule(dynamic, 1)
    for (size_t i = 0; i < n; i++)
        s->n_near[i] = q[i].embedding
                           ? texts_of(x, &q[i], s->hits + i * SHORT, s->near + i * SHAPED)
                           : 0;
    return MOLGLOT_OK;
}

static int by_shape(mg_near *x, const mg_caption_query *q, size_t n, search *s,
                    molglot_error *err) {
    size_t m = 0;
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < s->n_near[i]; k++) s->rows[m++] = s->near[i * SHAPED + (size_t)k].row;
    int code = mg_near_learn(x, MG_NEAR_SHAPE, s->rows, m, err);
    if (code) return code;
#pragma omp parallel for num_threads(x->threads) schedule(dynamic, 1) reduction(&& : ok)
    for (size_t i = 0; i < n; i++)
        if (s->n_near[i]) ok = ok && shapes_of(x, &q[i], s->near + i * SHAPED, s->n_near[i]);
    return ok ? MOLGLOT_OK : mg_no_memory(err, "neighbours");
}

int mg_near_find(mg_near *x, const mg_caption_query *q, size_t n, mg_leaned *near, int *n_near,
                 molglot_error *err) {
    search s = {.hits = malloc((n * SHORT + 1) * sizeof *s.hits),
                .near = malloc((n * SHAPED + 1) * sizeof *s.near),
                .rows = malloc((n * SHORT + 1) * sizeof *s.rows),
                .n_near = n_near};
    int code = s.hits && s.near && s.rows ? look(x, q, n, s.hits, err)
                                          : mg_no_memory(err, "neighbours");
    if (!code) code = by_text(x, q, n, &s, err);
    if (!code) code = by_shape(x, q, n, &s, err);
    for (size_t i = 0; i < n && !code; i++) {
        if (n_near[i] > MG_LEANED) n_near[i] = MG_LEANED;
        memcpy(near + i * MG_LEANED, s.near + i * SHAPED, (size_t)n_near[i] * sizeof *near);
    }
    free(s.hits);
    free(s.near);
    free(s.rows);
    return code;
}
