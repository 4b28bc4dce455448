/* rerank.c - the best molecules of a question in a new order, by what its words say that can be
 * held against each of them (evidence.c).
 *
 *   x      [n][1 + MG_EVIDENCE] cosine of words and molecule, evidence; the list's mean taken off
 *   score  of the re-ranker (model/rerank), linear in x: sum of w_k x_k
 *   bonus  sum over k > 0 of w_k x_k / w_0: cosine + bonus has the order of score, and the unit of
 *          a cosine
 *
 * Where the first sentence builds a molecule ("phenol with a methoxy group at position 2"), that
 * very molecule gets SAME more, one that differs in stereo FLAT: five of six times it is the answer
 * (docs/names.md), whatever the cosine says.
 */
#include "search/search.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

struct mg_reranker {
    mg_embedder *embedder;
    const mg_dictionary *names;
    const mg_groups *groups;
    mg_groups *own;                   /* groups, where none were given */
    float weight[MG_RERANK_FEATURES]; /* of the cosine: 1 */
    int candidates;
};

/* ---- features ---- */

static float dot(const float *a, const float *b, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* One molecule's row. */
static int row_of(const mg_evidence *e, const mg_rerank_list *l, const float *sentences,
                  int n_sentences, int dim, int i, float *x) {
    const float *vector = l->vectors + (size_t)i * (size_t)dim;
    float cosines[MG_EVIDENCE_SENTENCES];
    mg_mol *own = l->mols && l->mols[i] ? NULL : mg_mol_from_smiles(l->smiles[i], NULL, NULL);
    const mg_mol *mol = own ? own : l->mols ? l->mols[i] : NULL;
    for (int k = 0; k < n_sentences; k++)
        cosines[k] = dot(sentences + (size_t)k * (size_t)dim, vector, dim);
    memset(x, 0, sizeof *x * MG_RERANK_FEATURES);
    x[0] = dot(l->vector, vector, dim);
    const int code = mol ? mg_evidence_of(e, mol, cosines, x + 1, NULL) : MOLGLOT_OK;
    mg_mol_free(own);
    return code == MOLGLOT_NO_MEMORY ? code : MOLGLOT_OK;
}

static void centre(float *x, int n) {
    for (size_t k = 0; k < MG_RERANK_FEATURES; k++) {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += (double)x[(size_t)i * MG_RERANK_FEATURES + k];
        for (int i = 0; i < n; i++) x[(size_t)i * MG_RERANK_FEATURES + k] -= (float)(sum / n);
    }
}

int mg_rerank_features(mg_embedder *e, const mg_dictionary *names, const mg_groups *groups,
                       const mg_rerank_list *l, float *x, molglot_error *err) {
    const char *sentences[MG_EVIDENCE_SENTENCES];
    const int dim = mg_embedder_dim(e), threads = mg_embedder_threads(e);
    mg_evidence *evidence = mg_evidence_new(l->words, names, groups, err);
    if (!evidence) return mg_code_of(err, MOLGLOT_FAILED);
    const int n = mg_evidence_sentences(evidence, sentences);
    float *rows = calloc((size_t)(n + 1) * (size_t)dim, sizeof *rows);
    int code = rows ? mg_embed_texts(e, sentences, (size_t)n, rows, NULL, err)
                    : mg_no_memory(err, "a question");
    int failed = code;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1 && !code)
    for (int i = 0; i < l->n; i++) {
        const int c = code ? code
                           : row_of(evidence, l, rows, n, dim, i, x + i * MG_RERANK_FEATURES);
        if (c) {
#pragma omp atomic write
            failed = c;
        }
    }
    free(rows);
    mg_evidence_free(evidence);
    if (!code && failed) code = mg_no_memory(err, "%d molecules", l->n);
    if (!code) centre(x, l->n);
    return code;
}

/* ---- a trained re-ranker ---- */

mg_reranker *mg_reranker_new(const mg_rerank_part *part, mg_embedder *e, const mg_dictionary *names,
                             const mg_groups *groups, molglot_error *err) {
    const mg_rerank_config *c = mg_rerank_get_config(part->model);
    mg_reranker *r = calloc(1, sizeof *r);
    int code = r ? MOLGLOT_OK : mg_no_memory(err, "a re-ranker");
    if (!code && c->features != MG_RERANK_FEATURES)
        code = mg_fail(err, MOLGLOT_BAD_FILE,
                       "the re-ranker reads %d numbers of a molecule, this version makes %d",
                       c->features, MG_RERANK_FEATURES);
    if (!code) {
        *r = (mg_reranker){.embedder = e, .names = names, .candidates = c->candidates};
        r->groups = groups ? groups : (r->own = mg_groups_new(NULL, 0, err));
        if (!r->groups) code = mg_code_of(err, MOLGLOT_FAILED);
    }
    if (!code) {
        mg_rerank_weights(part->model, r->weight);
        if (!(r->weight[0] > 0))
            code = mg_fail(err, MOLGLOT_BAD_FILE, "the re-ranker does not go by the cosine");
    }
    for (int k = MG_RERANK_FEATURES - 1; k >= 0 && !code; k--) r->weight[k] /= r->weight[0];
    if (!code) return r;
    mg_reranker_free(r);
    return NULL;
}

void mg_reranker_free(mg_reranker *r) {
    if (!r) return;
    mg_groups_free(r->own);
    free(r);
}

int mg_reranker_candidates(const mg_reranker *r) { return r->candidates; }

/* ---- a molecule that the words build ---- */

#define SAME .2f
#define FLAT .15f

static bool add_built(const mg_rerank_list *l, const mg_mol *built, float *bonus) {
    bool found = false;
    uint64_t key, flat, own, own_flat;
    mg_molecule_key(built, &key, &flat);
    for (int i = 0; i < l->n; i++) {
        mg_mol *read = l->mols && l->mols[i] ? NULL : mg_mol_from_smiles(l->smiles[i], NULL, NULL);
        const mg_mol *mol = read ? read : l->mols ? l->mols[i] : NULL;
        if (mol) mg_molecule_key(mol, &own, &own_flat);
        if (mol && own_flat == flat) bonus[i] += own == key ? SAME : FLAT, found = true;
        mg_mol_free(read);
    }
    return found;
}

/* Of several that it may be, the first that is there. */
static int add_described(const mg_reranker *r, const mg_rerank_list *l, float *bonus,
                         molglot_error *err) {
    mg_name_hits hits = {0};
    int code = mg_built_first(r->names, l->words, &hits, err);
    bool found = false;
    for (size_t i = 0; i < hits.n && !code && !found; i++) {
        mg_mol *mol = mg_mol_from_smiles(hits.hit[i].smiles, NULL, NULL);
        if (mol) found = add_built(l, mol, bonus);
        mg_mol_free(mol);
    }
    mg_name_hits_free(&hits);
    return code;
}

int mg_reranker_bonus(mg_reranker *r, const mg_rerank_list *l, float *bonus, molglot_error *err) {
    float *x = malloc(((size_t)l->n + 1) * MG_RERANK_FEATURES * sizeof *x);
    int code = x ? mg_rerank_features(r->embedder, r->names, r->groups, l, x, err)
                 : mg_no_memory(err, "%d molecules", l->n);
    for (int i = 0; i < l->n && !code; i++) {
        bonus[i] = 0;
        for (int k = 1; k < MG_RERANK_FEATURES; k++)
            bonus[i] += r->weight[k] * x[i * MG_RERANK_FEATURES + k];
    }
    free(x);
    return code ? code : add_described(r, l, bonus, err);
}
