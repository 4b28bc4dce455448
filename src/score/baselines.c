/* baselines.c - outputs that no generator made, for each of n prompts: molecules drawn at random,
 * those of the nearest captions, those nearest in the space that texts and molecules share. What a
 * generator does not beat, copying would have done.
 *
 * outputs [n, samples] point to the pool's or the index's strings.
 */
#include "score/inside.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

void mg_baseline_random(const mg_pool *pool, int64_t prompts, int samples, uint64_t seed,
                        const char **outputs) {
    for (int64_t i = 0; i < prompts; i++) {
        mg_rng rng = {.seed = seed, .stream = (uint64_t)i};
        for (int k = 0; k < samples; k++)
            outputs[i * samples + k] = pool->n ? pool->smiles[mg_rng_below(&rng, (uint64_t)pool->n)]
                                               : NULL;
    }
}

static molglot_hit *hits_for(int64_t prompts, int samples, molglot_error *err) {
    size_t n;
    molglot_hit *hits = mg_mul_size((size_t)prompts, (size_t)samples * sizeof *hits, &n)
                            ? malloc(n + 1)
                            : NULL;
    if (!hits) mg_no_memory(err, "%d neighbours of %lld texts", samples, (long long)prompts);
    return hits;
}

int mg_baseline_captions(const mg_pool *pool, mg_word_rank rank, const char *const *texts,
                         int64_t prompts, int samples, int threads, const char **outputs,
                         molglot_error *err) {
    const char **text = malloc(((size_t)pool->n + 1) * sizeof *text),
               **smiles = malloc(((size_t)pool->n + 1) * sizeof *smiles);
    molglot_hit *hits = hits_for(prompts, samples, err);
    mg_word_index *x = NULL;
    int64_t n = 0;
    int code = text && smiles && hits ? MOLGLOT_OK
                                      : mg_no_memory(err, "%lld captions", (long long)pool->n);
    for (int64_t i = 0; i < pool->n && !code; i++) {
        if (!*pool->text[i]) continue;
        text[n] = pool->text[i];
        smiles[n++] = pool->smiles[i];
    }
    if (!code && !(x = mg_word_index_new(text, n, rank, err))) code = MOLGLOT_NO_MEMORY;
    if (!code) code = mg_word_index_search(x, texts, prompts, samples, threads, hits, err);
    for (int64_t i = 0; i < prompts * samples && !code; i++)
        outputs[i] = hits[i].row < 0 ? NULL : smiles[hits[i].row];
    mg_word_index_free(x);
    free(text);
    free(smiles);
    free(hits);
    return code;
}

static float *vectors_for(int64_t n, mg_embedder *e, molglot_error *err) {
    size_t bytes;
    float *rows = mg_mul_size((size_t)n, (size_t)mg_embedder_dim(e) * sizeof *rows, &bytes)
                      ? malloc(bytes + 1)
                      : NULL;
    if (!rows) mg_no_memory(err, "%lld vectors", (long long)n);
    return rows;
}

int mg_baseline_index(const mg_index *index, mg_embedder *e, const char *const *texts,
                      int64_t prompts, int samples, int threads, const char **outputs,
                      molglot_error *err) {
    float *queries = vectors_for(prompts, e, err);
    molglot_hit *hits = hits_for(prompts, samples, err);
    int code = queries && hits ? mg_embed_texts(e, texts, (size_t)prompts, queries, NULL, err)
                               : MOLGLOT_NO_MEMORY;
    if (!code) code = mg_index_search(index, queries, prompts, samples, threads, hits, err);
    for (int64_t i = 0; i < prompts * samples && !code; i++)
        outputs[i] = hits[i].row < 0 ? NULL : mg_index_smiles(index, hits[i].row);
    free(queries);
    free(hits);
    return code;
}

int mg_baseline_embedded(const mg_pool *pool, mg_embedder *e, const char *const *texts,
                         int64_t prompts, int samples, int threads, const char **outputs,
                         molglot_error *err) {
    float *queries = vectors_for(prompts, e, err), *rows = vectors_for(pool->n, e, err);
    molglot_hit *hits = hits_for(prompts, samples, err);
    mg_matrix m = {.data = rows, .dtype = MG_F32, .n = pool->n, .dim = mg_embedder_dim(e)};
    int code = queries && rows && hits
                   ? mg_embed_texts(e, texts, (size_t)prompts, queries, NULL, err)
                   : MOLGLOT_NO_MEMORY;
    if (!code) code = mg_embed_smiles(e, pool->smiles, (size_t)pool->n, rows, NULL, err);
    if (!code)
        code = mg_matrix_search(&m, mg_matrix_max_norm(&m), queries, prompts, samples, threads,
                                hits, err);
    for (int64_t i = 0; i < prompts * samples && !code; i++)
        outputs[i] = hits[i].row < 0 ? NULL : pool->smiles[hits[i].row];
    free(queries);
    free(rows);
    free(hits);
    return code;
}
