/* overlap.c - rows that are also in a corpus: by the hash of their canonical SMILES, and by that of
 * their text's letters and digits (lower case; blanks and punctuation are no difference).
 */
#include "data/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool has(const uint64_t *sorted, int64_t n, uint64_t key) {
    return n > 0 && bsearch(&key, sorted, (size_t)n, sizeof key, compare) != NULL;
}

static uint64_t text_key(const char *s, size_t n) {
    uint64_t hash = 0;
    char part[256];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)s[i];
        if (isalnum(c) || c >= 0x80) part[k++] = (char)tolower(c);
        if (k < sizeof part) continue;
        hash = mg_hash64(part, k, hash);
        k = 0;
    }
    return mg_hash64(part, k, hash);
}

/* The corpus' texts as keys; *n 0 when it keeps none. */
static uint64_t *text_keys(const mg_corpus *c, int64_t *n) {
    *n = c->string_off || c->sent_off ? c->h.texts : 0;
    uint64_t *keys = malloc(((size_t)*n + 1) * sizeof *keys);
    for (int64_t t = 0; t < *n && keys; t++) {
        if (c->string_off) {
            const char *s = c->strings + c->string_off[t];
            keys[t] = text_key(s, strlen(s));
        } else {
            const int64_t from = c->char_off[c->sent_off[t]], to = c->char_off[c->sent_off[t + 1]];
            keys[t] = text_key(c->chars + from, (size_t)(to - from));
        }
    }
    if (keys) qsort(keys, (size_t)*n, sizeof *keys, compare);
    return keys;
}

/* The hash of the canonical SMILES; false: it cannot be read. */
static bool molecule_key(const char *smiles, uint64_t *key) {
    mg_mol *m = *smiles ? mg_mol_from_smiles(smiles, NULL, NULL) : NULL;
    char *canonical = m ? mg_mol_smiles(m, true) : NULL;
    if (canonical) *key = mg_hash64(canonical, strlen(canonical), 0);
    mg_mol_free(m);
    free(canonical);
    return canonical != NULL;
}

int mg_corpus_overlap(const mg_corpus *c, const char *const *smiles, const char *const *texts,
                      size_t n, int threads, mg_overlap *out, molglot_error *err) {
    const int64_t n_molecules = c->smiles_hash ? c->h.mols : 0;
    int64_t n_texts, molecules = 0, equal_texts = 0, either = 0;
    uint64_t *molecule = malloc(((size_t)n_molecules + 1) * sizeof *molecule),
             *text = text_keys(c, &n_texts);
    int code = molecule && text ? MOLGLOT_OK : mg_no_memory(err, "the overlap");
    if (!code && n_molecules)
        memcpy(molecule, c->smiles_hash, (size_t)n_molecules * sizeof *molecule);
    if (!code) qsort(molecule, (size_t)n_molecules, sizeof *molecule, compare);
#pragma omp parallel for schedule(dynamic, 16) num_threads(mg_threads(threads)) reduction(+ : molecules, equal_texts, either)
    for (size_t i = 0; i < (code ? 0 : n); i++) {
        uint64_t key = 0;
        const bool same = molecule_key(smiles[i], &key) && has(molecule, n_molecules, key),
                   equal = *texts[i] && has(text, n_texts, text_key(texts[i], strlen(texts[i])));
        molecules += same;
        equal_texts += equal;
        either += same || equal;
    }
    *out = (mg_overlap){(int64_t)n, molecules, equal_texts, either};
    free(molecule);
    free(text);
    return code;
}
