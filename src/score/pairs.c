/* pairs.c - retrieval over a file of pairs: embeds both sides, scores text -> molecule and molecule
 * -> text. Pool of molecules: those of the pairs, then those of a pool file; the same canonical
 * SMILES is the same molecule. Pool of texts: the distinct texts of the pairs. With `sentences` a
 * text stands for the mean of its usable sentences' rows (docs/reference/momu.md 8.3: the mean
 * cosine is the inner product with that mean; a text without one scores 0), and each usable
 * sentence is a query of its own besides.
 */
#include "data/table/table.h"
#include "score/score.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

typedef struct evaluation {
    mg_embedder *e;
    const mg_retrieval_options *o;
    int dim;
    mg_rows pairs, pool;
    size_t n, n_mols, n_texts;   /* usable pairs; their molecules and the pool's; distinct texts */
    const char **smiles, **text; /* [n + pool], [n] pointers into pairs and pool */
    /* [n_mols], [n]: same canonical SMILES; number of the distinct text */
    int32_t *mol_group, *text_group;
    const char **texts;          /* [n_texts] */
    float *mol_rows, *text_rows; /* [n_mols, dim], [n_texts, dim] */
    float *sentence_rows;
    int64_t *sentence_pair;
    size_t n_sentences;
} evaluation;

/* ---- rows ---- */

/* Embeds SMILES and takes out those that cannot be read: (*keep)[i] says which stay. */
static int embed_readable(evaluation *v, const char *const *smiles, size_t n, float *rows,
                          bool *keep, molglot_error *err) {
    molglot_row_status *status = calloc(n + 1, sizeof *status);
    int code = status ? mg_embed_smiles(v->e, smiles, n, rows, status, err)
                      : mg_no_memory(err, "the evaluation");
    for (size_t i = 0; i < n && !code; i++) keep[i] = status[i].ok;
    free(status);
    return code;
}

/* Same canonical SMILES, same number. */
static int group_molecules(evaluation *v, molglot_error *err) {
    char **canonical = calloc(v->n_mols + 1, sizeof *canonical);
    int32_t groups = -1;
    if (canonical) {
#pragma omp parallel for schedule(dynamic, 16) num_threads(mg_threads(0))
        for (size_t i = 0; i < v->n_mols; i++) {
            mg_chem_limits limits = mg_chem_limits_default();
            mg_mol *mol = mg_mol_from_smiles(v->smiles[i], &limits, NULL);
            canonical[i] = mol ? mg_mol_smiles(mol, true) : NULL;
            mg_mol_free(mol);
        }
        bool all = true;
        for (size_t i = 0; i < v->n_mols; i++) all = all && canonical[i];
        if (all) groups = mg_group_strings((const char *const *)canonical, v->n_mols, v->mol_group);
        for (size_t i = 0; i < v->n_mols; i++) free(canonical[i]);
    }
    free(canonical);
    return groups < 0 ? mg_no_memory(err, "the evaluation") : MOLGLOT_OK;
}

static int allocate(evaluation *v, molglot_error *err) {
    size_t most = v->pairs.n + v->pool.n + 1, bytes;
    if (!mg_mul_size(most, (size_t)v->dim * sizeof(float), &bytes))
        return mg_no_memory(err, "the evaluation");
    v->smiles = calloc(most, sizeof *v->smiles);
    v->text = calloc(most, sizeof *v->text);
    v->mol_group = calloc(most, sizeof *v->mol_group);
    v->text_group = calloc(most, sizeof *v->text_group);
    v->texts = calloc(most, sizeof *v->texts);
    v->mol_rows = malloc(bytes);
    return v->smiles && v->text && v->mol_group && v->text_group && v->texts && v->mol_rows
               ? MOLGLOT_OK
               : mg_no_memory(err, "the evaluation");
}

/* Candidates into v->smiles[n_mols..), embedded; the unreadable ones taken out. Returns through
 * *kept how many stay. */
static int take_molecules(evaluation *v, size_t candidates, size_t *kept, molglot_error *err) {
    bool *keep = calloc(candidates + 1, sizeof *keep);
    float *rows = v->mol_rows + v->n_mols * (size_t)v->dim;
    int code = keep ? embed_readable(v, v->smiles + v->n_mols, candidates, rows, keep, err)
                    : mg_no_memory(err, "the evaluation");
    size_t n = 0;
    for (size_t i = 0; i < candidates && !code; i++) {
        if (!keep[i]) continue;
        v->smiles[v->n_mols + n] = v->smiles[v->n_mols + i];
        v->text[v->n_mols + n] = v->text[v->n_mols + i];
        memmove(rows + n * (size_t)v->dim, rows + i * (size_t)v->dim,
                (size_t)v->dim * sizeof *rows);
        n++;
    }
    free(keep);
    *kept = n;
    v->n_mols += n;
    return code;
}

/* Pairs first, so that pair i's molecule is row i of the pool. */
static int read_molecules(evaluation *v, int64_t *rejected, molglot_error *err) {
    size_t rows = v->o->limit > 0 && (size_t)v->o->limit < v->pairs.n ? (size_t)v->o->limit
                                                                      : v->pairs.n,
           n = 0, extra = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!v->pairs.status[i].ok || !*v->pairs.text[i]) continue;
        v->smiles[n] = v->pairs.smiles[i];
        v->text[n++] = v->pairs.text[i];
    }
    int code = take_molecules(v, n, &v->n, err);
    *rejected = (int64_t)(rows - v->n);
    if (code) return code;
    if (!v->n)
        return mg_fail(err, MOLGLOT_BAD_FILE, "%s: no row has a readable molecule and a text",
                       v->o->pairs);
    n = 0;
    for (size_t i = 0; i < v->pool.n; i++)
        if (v->pool.status[i].ok) v->smiles[v->n_mols + n++] = v->pool.smiles[i];
    code = take_molecules(v, n, &extra, err);
    *rejected += (int64_t)(v->pool.n - extra);
    return code ? code : group_molecules(v, err);
}

/* ---- texts ---- */

static int distinct_texts(evaluation *v, molglot_error *err) {
    int32_t groups = mg_group_strings(v->text, v->n, v->text_group);
    if (groups < 0) return mg_no_memory(err, "the evaluation");
    v->n_texts = (size_t)groups;
    for (size_t i = v->n; i-- > 0;) v->texts[v->text_group[i]] = v->text[i];
    v->text_rows = calloc(v->n_texts * (size_t)v->dim + 1, sizeof *v->text_rows);
    return v->text_rows ? MOLGLOT_OK : mg_no_memory(err, "the evaluation");
}

/* Usable sentences of all distinct texts, as terminated copies. */
typedef struct sentence_list {
    mg_str bytes, starts, texts;
    int32_t text;
} sentence_list;

static int add_sentence(void *user, const char *s, size_t n) {
    sentence_list *l = user;
    mg_str_add(&l->starts, &l->bytes.n, sizeof l->bytes.n);
    mg_str_add(&l->texts, &l->text, sizeof l->text);
    mg_str_add(&l->bytes, s, n);
    mg_str_add(&l->bytes, "", 1);
    return 0;
}

/* Rows of all sentences, and each text's row as their mean. */
static int embed_list(evaluation *v, const sentence_list *l, molglot_error *err) {
    size_t n = l->starts.n / sizeof(size_t), dim = (size_t)v->dim;
    const size_t *starts = (const size_t *)(const void *)l->starts.s;
    const int32_t *texts = (const int32_t *)(const void *)l->texts.s;
    const char **strings = calloc(n + 1, sizeof *strings);
    float *count = calloc(v->n_texts + 1, sizeof *count);
    v->sentence_rows = calloc(n * dim + 1, sizeof *v->sentence_rows);
    v->sentence_pair = calloc(n + 1, sizeof *v->sentence_pair);
    int code = strings && count && v->sentence_rows && v->sentence_pair
                   ? MOLGLOT_OK
                   : mg_no_memory(err, "the evaluation");
    for (size_t i = 0; i < n && !code; i++) strings[i] = l->bytes.s + starts[i];
    if (!code) code = mg_embed_texts(v->e, strings, n, v->sentence_rows, NULL, err);
    for (size_t i = 0; i < n && !code; i++) {
        count[texts[i]] += 1;
        for (size_t j = 0; j < dim; j++)
            v->text_rows[(size_t)texts[i] * dim + j] += v->sentence_rows[i * dim + j];
    }
    for (size_t t = 0; t < v->n_texts && !code; t++)
        for (size_t j = 0; j < dim && count[t] > 0; j++) v->text_rows[t * dim + j] /= count[t];
    for (size_t i = 0; i < n && !code; i++) v->sentence_pair[i] = texts[i];
    v->n_sentences = n;
    free(strings);
    free(count);
    return code;
}

static int embed_sentences(evaluation *v, molglot_error *err) {
    sentence_list l = {0};
    for (size_t t = 0; t < v->n_texts; t++) {
        l.text = (int32_t)t;
        mg_text_sentences_momu(v->texts[t], strlen(v->texts[t]), add_sentence, &l);
    }
    int code = l.bytes.failed || l.starts.failed || l.texts.failed
                   ? mg_no_memory(err, "the evaluation")
                   : embed_list(v, &l, err);
    mg_str_free(&l.bytes);
    mg_str_free(&l.starts);
    mg_str_free(&l.texts);
    return code;
}

/* ---- scores ---- */

static int score(const evaluation *v, const float *queries, size_t n, const float *pool, size_t m,
                 const int64_t *target, const int32_t *group, mg_retrieval_scores *out,
                 molglot_error *err) {
    return mg_retrieval_score(queries, (int64_t)n, pool, (int64_t)m, v->dim, target, group,
                              v->o->threads, v->o->seed, v->o->bootstrap, out, err);
}

/* ---- re-ranked ---- */

enum { DOUBLES = 22 }; /* more rows than a list holds molecules, for those that stand there twice */

typedef struct reordering {
    const evaluation *v;
    const float *queries; /* [n][dim] */
    molglot_hit *hits;    /* [n][k] */
    int k, most;
    float *vectors; /* [most][dim] */
} reordering;

/* The list of a query: its best molecules, each once. Returns how many; *right: the target's place,
 * or -1. */
static int list_of(reordering *r, int64_t query, const char **smiles, int *right) {
    const evaluation *v = r->v;
    const size_t dim = (size_t)v->dim;
    int32_t groups[MG_RERANK_MOST];
    int n = 0;
    *right = -1;
    for (int i = 0; i < r->k && n < r->most; i++) {
        const int64_t row = r->hits[query * r->k + i].row;
        bool there = row < 0;
        for (int j = 0; j < n && !there; j++) there = groups[j] == v->mol_group[row];
        if (there) continue;
        if (v->mol_group[row] == v->mol_group[query]) *right = n;
        groups[n] = v->mol_group[row];
        smiles[n] = v->smiles[row];
        memcpy(r->vectors + (size_t)n++ * dim, v->mol_rows + (size_t)row * dim,
               dim * sizeof *r->vectors);
    }
    return n;
}

static int reorder(void *user, int64_t query, double *rank, molglot_error *err) {
    reordering *r = user;
    const int dim = r->v->dim;
    const char *smiles[MG_RERANK_MOST];
    float score[MG_RERANK_MOST];
    int right;
    const int n = list_of(r, query, smiles, &right);
    if (right < 0) return MOLGLOT_OK;
    const float *vector = r->queries + query * dim;
    const mg_rerank_list list = {.words = r->v->texts[r->v->text_group[query]],
                                 .vector = vector,
                                 .vectors = r->vectors,
                                 .smiles = smiles,
                                 .n = n};
    int code = mg_reranker_bonus(r->v->o->rerank, &list, score, err);
    const mg_matrix rows = {.data = r->vectors, .dtype = MG_F32, .n = n, .dim = dim};
    for (int i = 0; i < n && !code; i++) score[i] += mg_score(&rows, vector, i);
    *rank = 1;
    for (int i = 0; i < n && !code; i++)
        if (i != right) *rank += score[i] > score[right] ? 1 : score[i] == score[right] ? .5 : 0;
    return code;
}

static int score_reranked(const evaluation *v, const float *queries, const int64_t *target,
                          mg_retrieval_result *out, molglot_error *err) {
    const int most = mg_reranker_candidates(v->o->rerank), k = most + DOUBLES;
    reordering r = {.v = v, .queries = queries, .k = k, .most = most};
    const mg_matrix rows = {
        .data = v->mol_rows, .dtype = MG_F32, .n = (int64_t)v->n_mols, .dim = v->dim};
    r.hits = malloc((v->n * (size_t)k + 1) * sizeof *r.hits);
    r.vectors = malloc((size_t)most * (size_t)v->dim * sizeof *r.vectors);
    int code = r.hits && r.vectors ? MOLGLOT_OK : mg_no_memory(err, "the evaluation");
    if (!code)
        code = mg_matrix_search(&rows, mg_matrix_max_norm(&rows), queries, (int64_t)v->n, k,
                                v->o->threads, r.hits, err);
    if (!code)
        code = mg_retrieval_score_reranked(queries, (int64_t)v->n, v->mol_rows, (int64_t)v->n_mols,
                                           v->dim, target, v->mol_group, v->o->threads, v->o->seed,
                                           v->o->bootstrap, reorder, &r, &out->reranked,
                                           &out->gained, err);
    free(r.hits);
    free(r.vectors);
    return code;
}

/* Texts as queries are one per pair, each with its pair's molecule as target. */
static int score_directions(evaluation *v, mg_retrieval_result *out, molglot_error *err) {
    size_t dim = (size_t)v->dim;
    float *queries = malloc(v->n * dim * sizeof *queries);
    int64_t *target = malloc(v->n * sizeof *target),
            *first_pair = malloc(v->n_texts * sizeof *first_pair);
    int code = queries && target && first_pair ? MOLGLOT_OK : mg_no_memory(err, "the evaluation");
    for (size_t i = 0; i < v->n && !code; i++) {
        target[i] = (int64_t)i;
        memcpy(queries + i * dim, v->text_rows + (size_t)v->text_group[i] * dim,
               dim * sizeof *queries);
    }
    if (!code)
        code = score(v, queries, v->n, v->mol_rows, v->n_mols, target, v->mol_group,
                     &out->text_to_molecule, err);
    if (!code && v->o->rerank) code = score_reranked(v, queries, target, out, err);
    for (size_t i = v->n; i-- > 0 && !code;) {
        target[i] = v->text_group[i];
        first_pair[v->text_group[i]] = (int64_t)i;
    }
    if (!code)
        code = score(v, v->mol_rows, v->n, v->text_rows, v->n_texts, target, NULL,
                     &out->molecule_to_text, err);
    for (size_t i = 0; i < v->n_sentences && !code; i++)
        v->sentence_pair[i] = first_pair[v->sentence_pair[i]];
    if (!code && v->n_sentences)
        code = score(v, v->sentence_rows, v->n_sentences, v->mol_rows, v->n_mols, v->sentence_pair,
                     v->mol_group, &out->sentence_to_molecule, err);
    free(queries);
    free(target);
    free(first_pair);
    return code;
}

static void free_evaluation(evaluation *v) {
    mg_rows_free(&v->pairs);
    mg_rows_free(&v->pool);
    free(v->smiles);
    free(v->text);
    free(v->mol_group);
    free(v->text_group);
    free(v->texts);
    free(v->mol_rows);
    free(v->text_rows);
    free(v->sentence_rows);
    free(v->sentence_pair);
}

int mg_eval_retrieval(mg_embedder *e, const mg_retrieval_options *o, mg_retrieval_result *out,
                      molglot_error *err) {
    memset(out, 0, sizeof *out);
    evaluation v = {.e = e, .o = o, .dim = mg_embedder_dim(e)};
    const mg_table_options columns = {
        .smiles_column = o->smiles_column, .text_column = o->text_column, .header = -1};
    int code = mg_rows_load(&v.pairs, o->pairs, &columns, err);
    if (!code && o->pool) code = mg_rows_load(&v.pool, o->pool, NULL, err);
    if (!code) code = allocate(&v, err);
    if (!code) code = read_molecules(&v, &out->rejected, err);
    if (!code) code = distinct_texts(&v, err);
    if (!code)
        code = o->sentences ? embed_sentences(&v, err)
                            : mg_embed_texts(e, v.texts, v.n_texts, v.text_rows, NULL, err);
    if (!code) code = score_directions(&v, out, err);
    out->pairs = (int64_t)v.n;
    out->undoubled = v.pairs.undoubled + v.pool.undoubled;
    free_evaluation(&v);
    return code;
}
