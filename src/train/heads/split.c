/* split.c - rows into training, validation and test; rules in inside.h. */
#include "train/heads/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct group {
    int64_t size, first;
} group;

static int larger_first(const void *a, const void *b) {
    const group *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return x->first > y->first ? -1 : x->first < y->first;
}

/* ---- scaffold ---- */

static char **scaffolds_of(const heads_table *t, const molglot_row_status *status, int threads) {
    const size_t n = t->rows.n;
    char **out = calloc(n + 1, sizeof *out);
#pragma omp parallel for schedule(dynamic, 16) num_threads(threads)
    for (size_t i = 0; i < n; i++) {
        mg_mol *mol = out && status[i].ok ? mg_mol_from_smiles(t->rows.smiles[i], NULL, NULL)
                                          : NULL;
        if (mol) out[i] = mg_mol_plain_scaffold(mol);
        mg_mol_free(mol);
    }
    return out;
}

static int by_scaffold(heads_table *t, const heads_wants *w, const molglot_row_status *status,
                       int threads, molglot_error *err) {
    const size_t n = t->rows.n;
    char **scaffold = scaffolds_of(t, status, threads);
    int32_t *of = malloc((n + 1) * sizeof *of);
    const int32_t groups = scaffold && of ? mg_group_strings((const char *const *)scaffold, n, of)
                                          : -1;
    group *g = groups >= 0 ? calloc((size_t)groups + 1, sizeof *g) : NULL;
    uint8_t *part = groups >= 0 ? malloc((size_t)groups + 1) : NULL;
    int code = g && part ? MOLGLOT_OK : mg_no_memory(err, "the scaffolds of %zu rows", n);
    double all = 0, train = 0, validation = 0;
    for (size_t i = 0; i < n && !code; i++) {
        if (of[i] < 0) continue;
        if (!g[of[i]].size++) g[of[i]].first = (int64_t)i;
        all++;
    }
    if (!code) qsort(g, (size_t)groups, sizeof *g, larger_first);
    const double room = (1 - w->validation - w->test) * all, both = (1 - w->test) * all;
    for (int32_t k = 0; k < groups && !code; k++) {
        const double size = (double)g[k].size;
        uint8_t *to = &part[of[g[k].first]];
        if (train + size <= room + 1e-9)
            train += size, *to = HEADS_TRAIN;
        else if (train + validation + size <= both + 1e-9)
            validation += size, *to = HEADS_VALIDATION;
        else
            *to = HEADS_TEST;
    }
    for (size_t i = 0; i < n && !code; i++) t->part[i] = of[i] < 0 ? HEADS_REFUSED : part[of[i]];
    for (size_t i = 0; scaffold && i < n; i++) free(scaffold[i]);
    free(scaffold);
    free(of);
    free(g);
    free(part);
    return code;
}

/* ---- random, by column ---- */

static int by_chance(heads_table *t, const heads_wants *w, const molglot_row_status *status,
                     molglot_error *err) {
    const size_t n = t->rows.n;
    size_t *rows = malloc((n + 1) * sizeof *rows), all = 0;
    if (!rows) return mg_no_memory(err, "a split");
    for (size_t i = 0; i < n; i++)
        if (status[i].ok) rows[all++] = i;
    mg_rng rng = {.seed = w->split_seed, .stream = 0x73706c69u};
    for (size_t i = all; i > 1; i--) {
        const size_t j = (size_t)mg_rng_below(&rng, i), x = rows[i - 1];
        rows[i - 1] = rows[j];
        rows[j] = x;
    }
    const size_t test = (size_t)((double)all * w->test + .5),
                 validation = (size_t)((double)all * w->validation + .5);
    for (size_t i = 0; i < all; i++)
        t->part[rows[i]] = i < test                ? HEADS_TEST
                           : i < test + validation ? HEADS_VALIDATION
                                                   : HEADS_TRAIN;
    free(rows);
    return MOLGLOT_OK;
}

static int by_column(heads_table *t, const heads_wants *w, const molglot_row_status *status,
                     molglot_error *err) {
    static const struct {
        const char *word;
        uint8_t part;
    } words[] = {{"train", HEADS_TRAIN},
                 {"training", HEADS_TRAIN},
                 {"val", HEADS_VALIDATION},
                 {"valid", HEADS_VALIDATION},
                 {"validation", HEADS_VALIDATION},
                 {"dev", HEADS_VALIDATION},
                 {"test", HEADS_TEST},
                 {"", HEADS_REFUSED}};
    const mg_rows *r = &t->rows;
    int c = 0;
    while (c < r->n_columns && strcasecmp(r->names[c], w->split_column)) c++;
    for (size_t i = 0; i < r->n; i++) {
        const char *cell = r->cells[i * (size_t)r->n_columns + (size_t)c];
        size_t k = 0;
        while (k < MG_COUNT(words) && strcasecmp(words[k].word, cell)) k++;
        if (k == MG_COUNT(words))
            return mg_fail(err, MOLGLOT_BAD_FILE,
                           "%s: row %zu, column %s: '%.40s' is none of train, validation, test",
                           w->file, i + 1, w->split_column, cell);
        if (status[i].ok) t->part[i] = words[k].part;
    }
    return MOLGLOT_OK;
}

/* ---- lists ---- */

static int list_parts(heads_table *t, const heads_wants *w, molglot_error *err) {
    for (int p = 0; p < HEADS_PARTS; p++) {
        t->of[p] = malloc((t->rows.n + 1) * sizeof *t->of[p]);
        if (!t->of[p]) return mg_no_memory(err, "a split");
        t->count[p] = 0;
    }
    for (size_t i = 0; i < t->rows.n; i++)
        if (t->part[i] < HEADS_PARTS) t->of[t->part[i]][t->count[t->part[i]]++] = (int64_t)i;
    if (t->count[HEADS_TRAIN] < 2 || t->count[HEADS_VALIDATION] < 1)
        return mg_fail(err, MOLGLOT_BAD_FILE,
                       "%s: %lld rows to train on and %lld to validate on: too few; try "
                       "data.split = \"random\"",
                       w->file, (long long)t->count[HEADS_TRAIN],
                       (long long)t->count[HEADS_VALIDATION]);
    return MOLGLOT_OK;
}

int heads_split(heads_table *t, const heads_wants *w, const molglot_row_status *status, int threads,
                molglot_error *err) {
    t->part = malloc(t->rows.n + 1);
    if (!t->part) return mg_no_memory(err, "a split");
    memset(t->part, HEADS_REFUSED, t->rows.n + 1);
    int code = !strcmp(w->split, "scaffold") ? by_scaffold(t, w, status, threads, err)
               : !strcmp(w->split, "random") ? by_chance(t, w, status, err)
                                             : by_column(t, w, status, err);
    return code ? code : list_parts(t, w, err);
}
