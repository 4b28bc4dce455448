/* sources.c - exclude lists, vocabularies, hashes and epochs of training sources. */
#include "data/sources.h"

#include "data/table/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IDS_RESERVE ((size_t)1 << 34) /* address space, not memory */

int mg_source_hash(mg_sha256 *sha, const char *path, mg_sha256 *second, molglot_error *err) {
    char hex[65];
    int code = mg_sha256_file(path, hex, err);
    if (code) return code;
    mg_sha256_add(sha, hex, 64);
    if (second) mg_sha256_add(second, hex, 64);
    return MOLGLOT_OK;
}

/* ---- exclude lists ---- */

static int compare_strings(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *s, const char *end) {
    size_t n = strlen(s), m = strlen(end);
    return m && n >= m && !strcmp(s + n - m, end) && (n == m || s[n - m - 1] == '/');
}

static int add_id(mg_excluded *x, const char *id, size_t *cap) {
    if (x->n == *cap) {
        *cap = *cap * 2 + 64;
        char **grown = realloc(x->ids, *cap * sizeof *grown);
        if (!grown) return MOLGLOT_NO_MEMORY;
        x->ids = grown;
    }
    size_t len = strlen(id) + 1;
    char *copy = mg_arena_alloc(&x->arena, len);
    if (!copy) return MOLGLOT_NO_MEMORY;
    x->ids[x->n++] = memcpy(copy, id, len);
    return MOLGLOT_OK;
}

int mg_excluded_read(mg_excluded *x, const char *list, const char *path, molglot_error *err) {
    memset(x, 0, sizeof *x);
    if (!list) return MOLGLOT_OK;
    mg_table_options o = {.format = "tsv", .header = 1, .id_column = "id"};
    mg_table *t = mg_table_open(list, &o, err);
    if (!t) return MOLGLOT_BAD_FILE;
    const char *const *names;
    int file = -1, id = -1, columns = mg_table_columns(t, &names), got = 1;
    for (int i = 0; i < columns; i++) {
        if (!strcmp(names[i], "file")) file = i;
        if (!strcmp(names[i], "id")) id = i;
    }
    size_t cap = 0;
    mg_row row;
    int code = mg_arena_init(&x->arena, IDS_RESERVE, err);
    while (!code && id >= 0 && (got = mg_table_next(t, &row, err)) == 1) {
        if (!row.status.ok || (file >= 0 && !ends_with(path, row.fields[file]))) continue;
        if (add_id(x, row.fields[id], &cap)) code = mg_no_memory(err, "%s", list);
    }
    mg_table_close(t);
    if (got < 0) code = -got;
    if (x->n) qsort(x->ids, x->n, sizeof *x->ids, compare_strings);
    return code;
}

bool mg_excluded_has(const mg_excluded *x, const char *id) {
    return x->n && bsearch(&id, x->ids, x->n, sizeof *x->ids, compare_strings);
}

void mg_excluded_free(mg_excluded *x) {
    free(x->ids);
    if (x->arena.base) mg_arena_free(&x->arena);
    memset(x, 0, sizeof *x);
}

/* ---- vocabularies ---- */

static int learn(int size, const char *const *texts, int64_t n, mg_str *out, molglot_error *err) {
    mg_vocab_trainer *t = mg_vocab_trainer_new();
    int code = t ? MOLGLOT_OK : mg_no_memory(err, "a vocabulary");
    for (int64_t i = 0; i < n && !code; i++)
        code = mg_vocab_trainer_add(t, texts[i], strlen(texts[i]), err);
    if (!code) code = mg_vocab_trainer_finish(t, size, 2, out, err);
    mg_vocab_trainer_free(t);
    return code;
}

int mg_vocab_make(const char *path, int size, const char *const *texts, int64_t n, mg_str *out,
                  molglot_error *err) {
    if (!path) return size > 0 ? learn(size, texts, n, out, err) : MOLGLOT_OK;
    char *text = NULL;
    size_t bytes = 0;
    int code = mg_read_file(path, (size_t)64 << 20, &text, &bytes, err);
    if (!code) mg_str_add(out, text, bytes);
    free(text);
    return !code && out->failed ? mg_no_memory(err, "%s", path) : code;
}

/* ---- epochs ---- */

/* Rows of each source, and how many of them an epoch samples for the fraction of its weight: always
 * the same number, so that epochs are equally long. malloc'ed [2 * n_sources]: left, then need. */
static int64_t *sample_counts(const int32_t *source, int64_t rows, const float *weights, int32_t k,
                              double *total) {
    int64_t *left = calloc(2 * (size_t)k + 1, sizeof *left);
    if (!left) return NULL;
    for (int64_t i = 0; i < rows; i++) left[source[i]]++;
    for (int32_t s = 0; s < k; s++) {
        double w = weights[s] > 0 ? (double)weights[s] : 0, fraction = w - floor(w);
        left[k + s] = (int64_t)(fraction * (double)left[s] + 0.5);
        *total += floor(w) * (double)left[s] + (double)left[k + s];
    }
    return left;
}

int mg_epoch_order(const int32_t *source, int64_t rows, const float *weights, int32_t n_sources,
                   uint64_t seed, int64_t epoch, int64_t **order, int64_t *n, molglot_error *err) {
    double total = 0;
    int64_t *left = sample_counts(source, rows, weights, n_sources, &total),
            *need = left ? left + n_sources : NULL;
    *n = 0;
    *order = left && total < 1e10 ? malloc(((size_t)total + 1) * sizeof **order) : NULL;
    if (!*order) {
        free(left);
        return mg_no_memory(err, "an epoch of %.0f pairs", total);
    }
    mg_rng rng = {.seed = seed, .stream = (uint64_t)epoch};
    for (int64_t i = 0; i < rows; i++) {
        int32_t s = source[i];
        int64_t copies = weights[s] > 0 ? (int64_t)weights[s] : 0;
        if (need[s] && (int64_t)mg_rng_below(&rng, (uint64_t)left[s]) < need[s]) {
            need[s]--;
            copies++;
        }
        left[s]--;
        while (copies-- > 0) (*order)[(*n)++] = i;
    }
    free(left);
    for (int64_t i = *n - 1; i > 0; i--) {
        int64_t j = (int64_t)mg_rng_below(&rng, (uint64_t)i + 1), swap = (*order)[i];
        (*order)[i] = (*order)[j];
        (*order)[j] = swap;
    }
    return MOLGLOT_OK;
}
