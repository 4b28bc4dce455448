/* lists.c - for each text of a table of pairs the k nearest molecules among those of the table and
 * of a pool, each molecule once; and the numbers that a re-ranker reads of each (search/rerank.c).
 */
#include "base/grow.h"
#include "data/table/table.h"
#include "train/rerank/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AT_ONCE = 256 };

typedef struct making {
    const train_lists_plan *plan;
    mg_bundle *bundle;
    const mg_space_part *space;
    mg_rows pairs, pool;
    size_t n, m;         /* texts; molecules */
    const char **text;   /* [n] */
    const char **smiles; /* [m] that differ */
    int32_t *target;     /* [n] into smiles */
    float *texts, *rows; /* [n][dim], [m][dim] */
    int32_t *best;       /* [n][k] */
    int32_t *rank;       /* [n] */
    int dim, k, threads;
} making;

static void close_making(making *w) {
    mg_rows_free(&w->pairs);
    mg_rows_free(&w->pool);
    free(w->text);
    free(w->smiles);
    free(w->target);
    free(w->texts);
    free(w->rows);
    free(w->best);
    free(w->rank);
    mg_bundle_close(w->bundle);
}

static int open_making(making *w, molglot_error *err) {
    const train_lists_plan *p = w->plan;
    w->bundle = mg_bundle_open(p->model, err);
    w->space = w->bundle ? mg_bundle_space(w->bundle, err) : NULL;
    if (!w->space) return mg_code_of(err, MOLGLOT_BAD_FILE);
    w->dim = mg_space_part_dim(w->space);
    int code = mg_rows_load(&w->pairs, p->pairs, NULL, err);
    return code || !*p->pool ? code : mg_rows_load(&w->pool, p->pool, NULL, err);
}

/* Canonical SMILES of all rows, NULL where there is no molecule. */
static char **canonical_of(const making *w) {
    const size_t all = w->pairs.n + w->pool.n;
    char **out = calloc(all + 1, sizeof *out);
#pragma omp parallel for schedule(dynamic, 16) num_threads(w->threads)
    for (size_t i = 0; i < all; i++) {
        const bool pair = i < w->pairs.n;
        const mg_rows *r = pair ? &w->pairs : &w->pool;
        const size_t at = pair ? i : i - w->pairs.n;
        if (!out || !r->status[at].ok) continue;
        mg_mol *mol = mg_mol_from_smiles(r->smiles[at], NULL, NULL);
        out[i] = mol ? mg_mol_smiles(mol, true) : NULL;
        mg_mol_free(mol);
    }
    return out;
}

/* Texts with a molecule; molecules, each once. */
static int take_rows(making *w, molglot_error *err) {
    const size_t all = w->pairs.n + w->pool.n;
    int code = mg_chem_init(err);
    char **canonical = code ? NULL : canonical_of(w);
    int32_t *group = calloc(all + 1, sizeof *group);
    w->text = calloc(w->pairs.n + 1, sizeof *w->text);
    w->target = calloc(w->pairs.n + 1, sizeof *w->target);
    w->smiles = calloc(all + 1, sizeof *w->smiles);
    const bool room = canonical && group && w->text && w->target && w->smiles;
    const int32_t groups = room ? mg_group_strings((const char *const *)canonical, all, group) : -1;
    if (!code && groups < 0) code = mg_no_memory(err, "%zu molecules", all);
    for (size_t i = 0; i < all && !code; i++) {
        const bool pair = i < w->pairs.n;
        if (!canonical[i]) continue;
        if ((size_t)group[i] == w->m)
            w->smiles[w->m++] = pair ? w->pairs.smiles[i] : w->pool.smiles[i - w->pairs.n];
        if (!pair || !*w->pairs.text[i]) continue;
        w->target[w->n] = group[i];
        w->text[w->n++] = w->pairs.text[i];
    }
    for (size_t i = 0; canonical && i < all; i++) free(canonical[i]);
    free(canonical);
    free(group);
    if (!code && (w->n == 0 || w->m < (size_t)w->k))
        code = mg_fail(err, MOLGLOT_BAD_FILE, "%s: lists of %d need as many molecules, and a text",
                       w->plan->pairs, w->k);
    return code;
}

static int embed_rows(making *w, const train_task *t, molglot_error *err) {
    const mg_embed_options o = {.device = t->c.device, .threads = t->o->threads};
    mg_embedder *e = mg_embedder_new(w->space, o, err);
    if (!e) return mg_code_of(err, MOLGLOT_FAILED);
    w->texts = malloc(w->n * (size_t)w->dim * sizeof *w->texts);
    w->rows = malloc(w->m * (size_t)w->dim * sizeof *w->rows);
    int code = w->texts && w->rows ? mg_embed_texts(e, w->text, w->n, w->texts, NULL, err)
                                   : mg_no_memory(err, "%zu rows", w->n + w->m);
    if (!code) code = mg_embed_smiles(e, w->smiles, w->m, w->rows, NULL, err);
    mg_embedder_free(e);
    return code;
}

/* ---- the best ---- */

typedef struct block {
    float *scores; /* [AT_ONCE][m] */
    size_t m, n;
} block;

static void copy_block(void *user, int thread, const float *scores, int64_t first, int64_t rows) {
    const block *b = user;
    (void)thread;
    for (size_t q = 0; q < b->n; q++)
        memcpy(b->scores + q * b->m + first, scores + (int64_t)q * rows,
               (size_t)rows * sizeof *scores);
}

/* The k best of scores [m], ties by place; the rank of the target. */
static void pick(const making *w, const float *scores, size_t text) {
    int32_t *best = w->best + text * (size_t)w->k, rank = 1;
    const float own = scores[w->target[text]];
    int n = 0;
    for (size_t i = 0; i < w->m; i++) {
        rank += scores[i] > own;
        if (n == w->k && !(scores[i] > scores[best[n - 1]])) continue;
        int at = n < w->k ? n++ : n - 1;
        for (; at > 0 && scores[best[at - 1]] < scores[i]; at--) best[at] = best[at - 1];
        best[at] = (int32_t)i;
    }
    w->rank[text] = rank;
}

static int find_best(making *w, molglot_error *err) {
    mg_scanner *scanner = mg_scanner_new(w->threads, false, err);
    const mg_matrix rows = {.data = w->rows, .dtype = MG_F32, .n = (int64_t)w->m, .dim = w->dim};
    block b = {.scores = malloc(AT_ONCE * w->m * sizeof(float)), .m = w->m};
    w->best = malloc(w->n * (size_t)w->k * sizeof *w->best);
    w->rank = malloc(w->n * sizeof *w->rank);
    int code = scanner && b.scores && w->best && w->rank ? MOLGLOT_OK
                                                         : mg_no_memory(err, "%zu lists", w->n);
    for (size_t at = 0; at < w->n && !code; at += AT_ONCE) {
        b.n = w->n - at < AT_ONCE ? w->n - at : AT_ONCE;
        code = mg_scanner_run(scanner, &rows, w->texts + at * (size_t)w->dim, (int64_t)b.n,
                              copy_block, &b, err);
#pragma omp parallel for schedule(static) num_threads(w->threads)
        for (size_t i = 0; i < b.n; i++)
            if (!code) pick(w, b.scores + i * w->m, at + i);
    }
    free(b.scores);
    mg_scanner_free(scanner);
    return code;
}

/* ---- numbers of each ---- */

/* Text i's list into place `list` of l. */
static int write_list(const making *w, mg_embedder *e, size_t i, train_lists *l, int64_t list,
                      float *vectors, molglot_error *err) {
    const char *smiles[MG_RERANK_MOST];
    const size_t dim = (size_t)w->dim, bytes = dim * sizeof *vectors;
    l->right[list] = -1;
    l->rank[list] = w->rank[i];
    for (int j = 0; j < w->k; j++) {
        const int32_t at = w->best[i * (size_t)w->k + (size_t)j];
        smiles[j] = w->smiles[at];
        memcpy(vectors + (size_t)j * dim, w->rows + (size_t)at * dim, bytes);
        if (at == w->target[i]) l->right[list] = j;
    }
    const mg_rerank_list r = {.words = w->text[i],
                              .vector = w->texts + i * dim,
                              .vectors = vectors,
                              .smiles = smiles,
                              .n = w->k};
    return mg_rerank_features(e, w->plan->names, w->plan->groups, &r,
                              l->x + list * w->k * MG_RERANK_FEATURES, err);
}

static bool is_in(const making *w, size_t i) {
    const size_t limit = (size_t)w->plan->limit;
    bool in = w->plan->all;
    if (limit && limit < w->n && i * limit / w->n == (i + 1) * limit / w->n) return false;
    for (int j = 0; j < w->k && !in; j++)
        in = w->best[i * (size_t)w->k + (size_t)j] == w->target[i];
    return in;
}

/* Each thread has an embedder for sentences. */
static int write_lists(const making *w, train_lists *l, const int64_t *place, molglot_error *err) {
    molglot_error first = {0};
#pragma omp parallel num_threads(w->threads)
    {
        molglot_error own = {0};
        mg_embedder *e = mg_embedder_new(w->space, (mg_embed_options){.threads = 1}, &own);
        float *vectors = malloc((size_t)w->k * (size_t)w->dim * sizeof *vectors);
        if (e && !vectors) mg_no_memory(&own, "a list");
#pragma omp for schedule(dynamic, 16)
        for (size_t i = 0; i < w->n; i++)
            if (!own.code && place[i] >= 0) write_list(w, e, i, l, place[i], vectors, &own);
#pragma omp critical
        if (own.code) first = own;
        free(vectors);
        mg_embedder_free(e);
    }
    if (first.code && err) *err = first;
    return first.code;
}

static int number_lists(const making *w, train_lists *l, molglot_error *err) {
    int64_t *place = malloc((w->n + 1) * sizeof *place), n = l->n;
    for (size_t i = 0; place && i < w->n; i++) place[i] = is_in(w, i) ? n++ : -1;
    const size_t row = (size_t)w->k * MG_RERANK_FEATURES * sizeof *l->x;
    float *x = realloc(l->x, ((size_t)n + 1) * row);
    if (x) l->x = x;
    int32_t *right = realloc(l->right, ((size_t)n + 1) * sizeof *right);
    if (right) l->right = right;
    int32_t *rank = realloc(l->rank, ((size_t)n + 1) * sizeof *rank);
    if (rank) l->rank = rank;
    int code = place && x && right && rank ? write_lists(w, l, place, err)
                                           : mg_no_memory(err, "%lld lists", (long long)n);
    if (!code) l->n = n;
    free(place);
    return code;
}

int train_lists_add(train_lists *l, const train_task *t, const train_lists_plan *plan,
                    molglot_error *err) {
    making w = {.plan = plan, .k = l->k, .threads = mg_threads(t->o->threads)};
    int code = open_making(&w, err);
    if (!code) code = take_rows(&w, err);
    if (!code) code = embed_rows(&w, t, err);
    if (!code) code = find_best(&w, err);
    if (!code) code = number_lists(&w, l, err);
    close_making(&w);
    return code;
}

void train_lists_free(train_lists *l) {
    free(l->x);
    free(l->right);
    free(l->rank);
    *l = (train_lists){0};
}

/* ---- in a file ---- */

#define MAGIC "MGLISTS"
typedef struct header {
    char magic[8], made_of[64];
    int64_t n;
    int32_t k, features;
} header;

static header header_of(const train_lists *l, const char *made_of) {
    header h = {.magic = MAGIC, .n = l->n, .k = l->k, .features = MG_RERANK_FEATURES};
    memcpy(h.made_of, made_of, sizeof h.made_of);
    return h;
}

int train_lists_write(const train_lists *l, const char *path, const char *made_of,
                      molglot_error *err) {
    const header h = header_of(l, made_of);
    const size_t n = (size_t)l->n;
    mg_str out = {0};
    mg_str_add(&out, (const char *)&h, sizeof h);
    mg_str_add(&out, (const char *)l->right, n * sizeof *l->right);
    mg_str_add(&out, (const char *)l->rank, n * sizeof *l->rank);
    mg_str_add(&out, (const char *)l->x, n * (size_t)l->k * MG_RERANK_FEATURES * sizeof *l->x);
    int code = out.failed ? mg_no_memory(err, "%zu lists", n)
                          : train_write_file(path, out.s, out.n, err);
    mg_str_free(&out);
    return code;
}

int train_lists_read(train_lists *l, const char *path, const char *made_of, bool *found,
                     molglot_error *err) {
    char *bytes = NULL;
    size_t size = 0;
    header h;
    *found = false;
    if (access(path, F_OK)) return MOLGLOT_OK;
    int code = mg_read_file(path, (size_t)1 << 36, &bytes, &size, err);
    const size_t each = 2 * sizeof(int32_t) + (size_t)l->k * MG_RERANK_FEATURES * sizeof *l->x;
    if (!code && size >= sizeof h) {
        memcpy(&h, bytes, sizeof h);
        const header want = header_of(l, made_of);
        *found = !memcmp(h.magic, want.magic, sizeof h.magic) &&
                 !memcmp(h.made_of, want.made_of, sizeof h.made_of) && h.k == want.k &&
                 h.features == want.features && h.n >= 0 &&
                 (uint64_t)h.n == (size - sizeof h) / each && (size - sizeof h) % each == 0;
    }
    if (*found) {
        const size_t n = (size_t)h.n;
        l->n = h.n;
        l->right = malloc((n + 1) * sizeof *l->right);
        l->rank = malloc((n + 1) * sizeof *l->rank);
        l->x = malloc((n + 1) * each);
        if (l->right && l->rank && l->x) {
            const char *at = bytes + sizeof h;
            memcpy(l->right, at, n * sizeof *l->right);
            memcpy(l->rank, at + n * sizeof *l->right, n * sizeof *l->rank);
            memcpy(l->x, at + 2 * n * sizeof *l->rank, n * (each - 2 * sizeof *l->rank));
        } else
            code = mg_no_memory(err, "%zu lists", n);
    }
    free(bytes);
    return code;
}

/* ---- scores ---- */

void train_lists_score(const train_lists *l, const float *weights, train_lists_scores *out) {
    *out = (train_lists_scores){{0}, {0}};
    for (int64_t i = 0; i < l->n; i++) {
        const float *x = l->x + i * l->k * MG_RERANK_FEATURES;
        float score[MG_RERANK_MOST];
        for (int j = 0; j < l->k; j++) {
            score[j] = 0;
            for (int f = 0; f < MG_RERANK_FEATURES; f++)
                score[j] += weights[f] * x[j * MG_RERANK_FEATURES + f];
        }
        int rank = l->rank[i];
        if (l->right[i] >= 0) {
            rank = 1;
            for (int j = 0; j < l->k; j++)
                rank += score[j] > score[l->right[i]] ||
                        (score[j] == score[l->right[i]] && j < l->right[i]);
        }
        const int ranks[2] = {l->rank[i], rank};
        for (int s = 0; s < 2; s++) {
            out->mrr[s] += 1.0 / ranks[s] / (double)l->n;
            out->hits1[s] += (ranks[s] == 1) / (double)l->n;
        }
    }
}
