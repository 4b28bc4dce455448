/* sources.c - what has learned which words speak of which atoms: the lexicon, the aligned space
 * asked by taking words and atoms away, and both.
 */
#include "explain/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- counted ---- */

static int lexicon_scores(void *self, const mg_mol *m, const char *text, const mg_span *spans,
                          size_t n, float *out, molglot_error *err) {
    mg_surroundings s;
    int code = mg_mol_surroundings(m, &s, err);
    if (code) return code;
    code = mg_lexicon_scores(self, &s, text, spans, n, out, err);
    mg_surroundings_free(&s);
    return code;
}

mg_align_source mg_align_by_lexicon(const mg_lexicon *l) {
    /* the scores change nothing of it */
    return (mg_align_source){"counted pairs", (void *)(uintptr_t)l, lexicon_scores};
}

/* ---- the aligned space ---- */

/* Texts without a span each, the whole one behind them. */
static char **texts_without(const char *text, const mg_span *spans, size_t n) {
    char **texts = calloc(n + 1, sizeof *texts);
    bool good = texts != NULL;
    for (size_t i = 0; good && i <= n; i++) {
        texts[i] = strdup(text);
        good = texts[i] != NULL;
        if (good && i < n) memset(texts[i] + spans[i].begin, ' ', spans[i].end - spans[i].begin);
    }
    if (good) return texts;
    for (size_t i = 0; texts && i <= n; i++) free(texts[i]);
    free(texts);
    return NULL;
}

/* Rows [n + 1, dim] become the differences [n, dim] of the last one and each. A row that is zero
 * (nothing of it is known) counts as no difference. */
static void differ(float *rows, size_t n, size_t dim) {
    const float *whole = rows + n * dim;
    for (size_t i = 0; i < n; i++) {
        float *row = rows + i * dim;
        bool any = false;
        for (size_t d = 0; d < dim; d++) any |= row[d] != 0;
        for (size_t d = 0; d < dim; d++) row[d] = any ? whole[d] - row[d] : 0;
    }
}

static int text_rows(mg_embedder *e, const char *text, const mg_span *spans, size_t n, float *rows,
                     molglot_error *err) {
    char **texts = texts_without(text, spans, n);
    if (!texts) return mg_no_memory(err, "a text without its words");
    const int code = mg_embed_texts(e, (const char *const *)texts, n + 1, rows, NULL, err);
    for (size_t i = 0; i <= n; i++) free(texts[i]);
    free(texts);
    if (!code) differ(rows, n, (size_t)mg_embedder_dim(e));
    return code;
}

static int atom_rows(mg_embedder *e, const mg_mol *m, float *rows, molglot_error *err) {
    const size_t atoms = (size_t)mg_mol_atoms(m);
    const mg_mol **mols = calloc(atoms + 1, sizeof *mols);
    const char **smiles = calloc(atoms + 1, sizeof *smiles);
    bool good = mols && smiles;
    for (size_t a = 0; good && a <= atoms; a++) {
        smiles[a] = "";
        mols[a] = a < atoms ? mg_mol_without(m, (int32_t)a) : m;
        good = mols[a] != NULL;
    }
    int code = good ? mg_embed_molecules(e, mols, smiles, atoms + 1, rows, NULL, err)
                    : mg_no_memory(err, "a molecule without its atoms");
    for (size_t a = 0; mols && a < atoms; a++) mg_mol_free((mg_mol *)(uintptr_t)mols[a]);
    free(mols);
    free(smiles);
    if (!code) differ(rows, atoms, (size_t)mg_embedder_dim(e));
    return code;
}

static void products(const float *words, const float *atoms, size_t n, size_t n_atoms, size_t dim,
                     float *out) {
    for (size_t i = 0; i < n; i++) {
        float *row = out + i * n_atoms, sum = 0;
        for (size_t a = 0; a < n_atoms; a++) {
            float dot = 0;
            for (size_t d = 0; d < dim; d++) dot += words[i * dim + d] * atoms[a * dim + d];
            row[a] = dot > 0 ? dot : 0;
            sum += row[a];
        }
        for (size_t a = 0; a < n_atoms && sum > 0; a++) row[a] /= sum;
    }
}

static int space_scores(void *self, const mg_mol *m, const char *text, const mg_span *spans,
                        size_t n, float *out, molglot_error *err) {
    mg_embedder *e = self;
    const size_t dim = (size_t)mg_embedder_dim(e), atoms = (size_t)mg_mol_atoms(m);
    float *words = malloc((n + 1) * dim * sizeof *words),
          *places = malloc((atoms + 1) * dim * sizeof *places);
    int code = words && places ? MOLGLOT_OK : mg_no_memory(err, "an alignment");
    if (!code) code = text_rows(e, text, spans, n, words, err);
    if (!code) code = atom_rows(e, m, places, err);
    if (!code) products(words, places, n, atoms, dim, out);
    free(words);
    free(places);
    return code;
}

mg_align_source mg_align_by_space(mg_embedder *e) {
    return (mg_align_source){"aligned space", e, space_scores};
}

/* ---- both ---- */

/* A share of the lexicon's row that every atom has, in parts of an equal one. */
static const float FLOOR = 0.25F;

/* space[atoms] becomes the shares of both, with the sum of the lexicon's row where it knows the
 * words. */
static void join_rows(float *space, const float *counted, size_t atoms) {
    float known = 0, sum = 0;
    for (size_t a = 0; a < atoms; a++) known += counted[a];
    if (known <= 0) return;
    for (size_t a = 0; a < atoms; a++) {
        space[a] *= sqrtf(counted[a] / known + FLOOR / (float)atoms);
        sum += space[a];
    }
    for (size_t a = 0; a < atoms; a++)
        space[a] = sum > 0 ? space[a] / sum * fminf(known, 1) : counted[a];
}

static int both_scores(void *self, const mg_mol *m, const char *text, const mg_span *spans,
                       size_t n, float *out, molglot_error *err) {
    const mg_align_pair *pair = self;
    const size_t atoms = (size_t)mg_mol_atoms(m);
    float *counted = malloc((n * atoms + 1) * sizeof *counted);
    int code = counted ? space_scores(pair->space, m, text, spans, n, out, err)
                       : mg_no_memory(err, "an alignment");
    if (!code)
        code = lexicon_scores((void *)(uintptr_t)pair->lexicon, m, text, spans, n, counted, err);
    for (size_t i = 0; i < n && !code; i++) join_rows(out + i * atoms, counted + i * atoms, atoms);
    free(counted);
    return code;
}

mg_align_source mg_align_by_both(mg_align_pair *pair) {
    return (mg_align_source){"aligned space and counted pairs", pair, both_scores};
}
