/* metadata.c - what a model file says of its training: licence, data, recipe, seed, steps; which
 * molecules it saw; its word pieces as text.
 */
#include "train/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- keys and values ---- */

void train_metadata_make(train_metadata *m, const train_task *t, const char *sha256,
                         const char *unit, int64_t rows) {
    snprintf(m->seed, sizeof m->seed, "%llu", (unsigned long long)t->c.seed);
    snprintf(m->steps, sizeof m->steps, "%lld", (long long)t->step);
    snprintf(m->rows, sizeof m->rows, "%lld", (long long)rows);
    snprintf(m->rows_key, sizeof m->rows_key, "data.%s", unit);
    m->pairs[0] = NULL;
    train_metadata_add(m, "licence", t->c.licence);
    train_metadata_add(m, "description", t->c.description);
    train_metadata_add(m, "data.sha256", sha256);
    train_metadata_add(m, m->rows_key, m->rows);
    train_metadata_add(m, "recipe", t->run.portable_recipe);
    train_metadata_add(m, "seed", m->seed);
    train_metadata_add(m, "steps", m->steps);
    train_metadata_add(m, "molglot.version", MOLGLOT_VERSION);
}

void train_metadata_add(train_metadata *m, const char *key, const char *value) {
    size_t n = 0;
    while (m->pairs[n]) n += 2;
    m->pairs[n] = key;
    m->pairs[n + 1] = value;
    m->pairs[n + 2] = NULL;
}

/* ---- molecules ---- */

static int compare_hashes(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int train_known_molecules(const mg_corpus *c, const uint64_t *more, int64_t n_more,
                          uint64_t **known, int64_t *n, molglot_error *err) {
    const int64_t own = mg_corpus_molecules(c);
    uint64_t *all = malloc((size_t)(own + n_more + 1) * sizeof *all);
    if (!all) return mg_no_memory(err, "the hashes of %lld molecules", (long long)own);
    for (int64_t i = 0; i < own; i++) all[i] = mg_corpus_hash(c, (int32_t)i);
    if (n_more) memcpy(all + own, more, (size_t)n_more * sizeof *all);
    qsort(all, (size_t)(own + n_more), sizeof *all, compare_hashes);
    *n = 0;
    for (int64_t i = 0; i < own + n_more; i++)
        if (i == 0 || all[i] != all[i - 1]) all[(*n)++] = all[i];
    *known = all;
    return MOLGLOT_OK;
}

/* ---- word pieces ---- */

int train_words_text(const mg_wordpiece *words, mg_str *out, molglot_error *err) {
    for (int32_t i = 0; words && i < mg_wordpiece_size(words); i++)
        mg_str_addf(out, "%s\n", mg_wordpiece_piece(words, i));
    return out->failed ? mg_no_memory(err, "word pieces") : MOLGLOT_OK;
}
