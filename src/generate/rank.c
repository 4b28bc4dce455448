/* rank.c - from the draws of a sentence to its list: duplicates counted and left out,
 * scores, the best n in order.
 *
 * Score: cosine of the sentence and the molecule in the aligned space. Valid ones come first, by
 * merit, else by likelihood, else by draw:
 *
 *   merit = score - 0.005 nll - copy_cost [a copy of what draws started from]          without
 *                                        scores: -nll
 *
 * The cosine alone prefers the neighbours themselves, and cannot tell a molecule from its mirror
 * image; the writer, which read the sentence beside the neighbour, often can (docs/models/3m.md,
 * "What ranking is worth"). With diversity d > 0 each place goes to the molecule with the largest
 * (1 - d) r - d t (maximal marginal relevance): r its merit between the worst and the best of the
 * list, t its largest Tanimoto similarity (Morgan, radius 2, 2048 bits) to those above it. With
 * keep_all all draws come back: after the n best the other valid ones, then valid ones that repeat
 * an earlier draw, then the invalid ones in the same two parts.
 */
#include "chem/smiles/smiles.h"
#include "data/table/table.h"
#include "generate/generate.h"
#include "generate/inside.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIUS = 2, BITS = 2048, BYTES = BITS / 8 };

/* ---- duplicates ---- */

/* Moves the first of equal draws to the front, in the order of drawing, and marks the others;
 * returns how many differ, or -1. first[i] becomes the place of the draw that draws[i] equals,
 * itself where i is below that number. */
static int distinct(mg_generated *draws, int n, int32_t *first) {
    const char **smiles = calloc((size_t)n + 1, sizeof *smiles);
    mg_generated *drawn = malloc(((size_t)n + 1) * sizeof *drawn);
    int32_t *group = malloc(((size_t)n + 1) * sizeof *group), found = -1, seen = 0;
    for (int i = 0; smiles && i < n; i++) smiles[i] = draws[i].smiles;
    if (smiles && drawn && group) found = mg_group_strings(smiles, (size_t)n, group);
    if (found >= 0) memcpy(drawn, draws, (size_t)n * sizeof *drawn);
    for (int i = 0, repeated = found; i < n && found >= 0; i++) {
        const bool again = group[i] < seen;
        const int to = again ? repeated++ : seen++;
        draws[to] = drawn[i];
        draws[to].duplicate = again;
        first[to] = group[i];
    }
    free(smiles);
    free(drawn);
    free(group);
    return found;
}

/* ---- scores ---- */

static double dot(const float *a, const float *b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

/* The sentence alone, then its valid molecules alone: products have the same shapes whatever else
 * is generated. */
static int score(mg_embedder *ranker, const char *text, mg_generated *m, int n,
                 molglot_error *err) {
    const int dim = mg_embedder_dim(ranker);
    const char **smiles = malloc(((size_t)n + 1) * sizeof *smiles);
    float *v = malloc(((size_t)n + 1) * (size_t)dim * sizeof *v);
    molglot_row_status *status = malloc(((size_t)n + 1) * sizeof *status);
    int code = smiles && v && status ? MOLGLOT_OK : mg_no_memory(err, "%d molecules", n);
    size_t valid = 0;
    for (int i = 0; i < n && !code; i++)
        if (m[i].valid) smiles[valid++] = m[i].smiles;
    if (!code) code = mg_embed_texts(ranker, &text, 1, v, status, err);
    if (!code && status[0].ok) {
        code = mg_embed_smiles(ranker, smiles, valid, v + dim, status + 1, err);
        for (int i = 0, k = 0; i < n && !code; i++) {
            if (!m[i].valid) continue;
            k++;
            if (status[k].ok) m[i].score = (float)dot(v, v + (size_t)k * (size_t)dim, dim);
        }
    }
    free(smiles);
    free(v);
    free(status);
    return code;
}

/* ---- copies ---- */

/* Marks the draws that are the molecule of these tokens. */
static int mark(const mg_generator *g, const mg_tokens *from, mg_generated *m, int n,
                molglot_error *err) {
    char *smiles = mg_smiles_decode(g->w->tokens, from->ids, from->n);
    if (!smiles) return mg_no_memory(err, "a molecule");
    for (int i = 0; i < n; i++) m[i].copy |= m[i].valid && strcmp(m[i].smiles, smiles) == 0;
    free(smiles);
    return MOLGLOT_OK;
}

static int mark_copies(const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                       mg_generated *m, int n, molglot_error *err) {
    int code = plan->like.ids ? mark(g, &plan->like, m, n, err) : MOLGLOT_OK;
    for (int k = 0; k < p->n_near && !code; k++) code = mark(g, &p->near[k], m, n, err);
    return code;
}

/* ---- order ---- */

#define NLL_COST 0.005

static double merit(const mg_generated *m, double copy_cost) {
    return isnan(m->score) ? -m->nll
                           : (double)m->score - NLL_COST * m->nll - (m->copy ? copy_cost : 0);
}

typedef struct ranked {
    mg_generated m;
    double merit;
} ranked;

static int by_merit(const void *x, const void *y) {
    const ranked *a = x, *b = y;
    if (a->m.valid != b->m.valid) return a->m.valid ? -1 : 1;
    if (a->m.duplicate != b->m.duplicate) return a->m.duplicate ? 1 : -1;
    if (isnan(a->m.score) != isnan(b->m.score)) return isnan(a->m.score) ? 1 : -1;
    if (a->merit != b->merit) return a->merit > b->merit ? -1 : 1;
    return a->m.index < b->m.index ? -1 : 1;
}

static int sort(mg_generated *m, int n, double copy_cost, molglot_error *err) {
    ranked *r = malloc(((size_t)n + 1) * sizeof *r);
    if (!r) return mg_no_memory(err, "%d molecules", n);
    for (int i = 0; i < n; i++) r[i] = (ranked){m[i], merit(&m[i], copy_cost)};
    qsort(r, (size_t)n, sizeof *r, by_merit);
    for (int i = 0; i < n; i++) m[i] = r[i].m;
    free(r);
    return MOLGLOT_OK;
}

/* Merit, or log-likelihood unless all have a score, on a scale from 0 (the worst) to 1. */
static void relevance(const mg_generated *m, int n, double copy_cost, double *r) {
    double low = INFINITY, high = -INFINITY;
    bool scored = true;
    for (int i = 0; i < n; i++) scored = scored && !isnan(m[i].score);
    for (int i = 0; i < n; i++) {
        r[i] = scored ? merit(&m[i], copy_cost) : -m[i].nll;
        low = fmin(low, r[i]);
        high = fmax(high, r[i]);
    }
    for (int i = 0; i < n; i++) r[i] = high > low ? (r[i] - low) / (high - low) : 1;
}

static int fingerprints(const mg_generated *m, int n, uint8_t *out, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int i = 0; i < n && !code; i++) {
        molglot_row_status row;
        mg_mol *mol = mg_mol_from_smiles(m[i].smiles, NULL, &row);
        code = mol ? mg_mol_fingerprint(mol, MG_FP_MORGAN, RADIUS, BITS, out + (size_t)i * BYTES,
                                        err)
                   : mg_fail(err, MOLGLOT_FAILED, "RDKit does not read what it wrote (%.200s): %s",
                             m[i].smiles, row.reason);
        mg_mol_free(mol);
    }
    return code;
}

static void swap(void *a, void *b, void *spare, size_t size) {
    memcpy(spare, a, size);
    memcpy(a, b, size);
    memcpy(b, spare, size);
}

/* The first `places` of m[n] become those that maximal marginal relevance picks. */
static void pick(mg_generated *m, int n, int places, double d, double *r, double *near,
                 uint8_t *prints) {
    for (int i = 0; i < n; i++) near[i] = 0;
    for (int place = 0; place < places; place++) {
        int best = place;
        for (int i = place; i < n; i++) {
            if (place > 0)
                near[i] = fmax(near[i], mg_tanimoto(prints + (size_t)i * BYTES,
                                                    prints + (size_t)(place - 1) * BYTES, BITS));
            if ((1 - d) * r[i] - d * near[i] > (1 - d) * r[best] - d * near[best]) best = i;
        }
        mg_generated spare;
        double number;
        uint8_t print[BYTES];
        swap(&m[place], &m[best], &spare, sizeof spare);
        swap(&r[place], &r[best], &number, sizeof number);
        swap(&near[place], &near[best], &number, sizeof number);
        swap(prints + (size_t)place * BYTES, prints + (size_t)best * BYTES, print, BYTES);
    }
}

static int diversify(const mg_generate_options *o, mg_generated *m, int n, int places,
                     molglot_error *err) {
    double *r = malloc(2 * ((size_t)n + 1) * sizeof *r);
    uint8_t *prints = malloc(((size_t)n + 1) * BYTES);
    int code = r && prints ? fingerprints(m, n, prints, err)
                           : mg_no_memory(err, "%d fingerprints", n);
    if (!code) {
        relevance(m, n, o->copy_cost, r);
        pick(m, n, places, o->diversity, r, r + n, prints);
        code = sort(m + places, n - places, o->copy_cost, err);
    }
    free(r);
    free(prints);
    return code;
}

/* ---- all of it ---- */

/* Scores of draws[n], the first `found` of which differ, into all of them. */
static int score_draws(const mg_generator *g, const mg_prompt *prompt, mg_generated *draws, int n,
                       int found, const int32_t *first, molglot_error *err) {
    int code = g->ranker && prompt->text ? score(g->ranker, prompt->text, draws, found, err)
                                         : MOLGLOT_OK;
    for (int i = found; i < n && !code; i++) draws[i].score = draws[first[i]].score;
    return code;
}

/* The first `kept` of the draws, handed over. */
static int hand_over(mg_generated *draws, int kept, mg_generation *out, molglot_error *err) {
    if (!(out->molecules = calloc((size_t)kept + 1, sizeof *out->molecules)))
        return mg_no_memory(err, "%d molecules", kept);
    for (; out->n < kept; out->n++) {
        out->molecules[out->n] = draws[out->n];
        out->molecules[out->n].rank = out->n + 1;
        draws[out->n].smiles = draws[out->n].why = NULL;
    }
    return MOLGLOT_OK;
}

int mg_rank_draws(const mg_generator *g, const mg_plan *plan, const mg_prompt *prompt,
                  mg_generated *draws, int n, mg_generation *out, molglot_error *err) {
    *out = (mg_generation){.drawn = n};
    for (int i = 0; i < n; i++) out->invalid += !draws[i].valid;
    int32_t *first = malloc(((size_t)n + 1) * sizeof *first);
    const int found = first ? distinct(draws, n, first) : -1;
    int code = found < 0 ? mg_no_memory(err, "%d molecules", n)
                         : score_draws(g, prompt, draws, n, found, first, err);
    free(first);
    if (!code) code = mark_copies(g, plan, prompt, draws, n, err);
    if (code) return code;
    out->duplicates = n - found;
    const int listed = plan->o.keep_all ? n : found;
    if ((code = sort(draws, listed, plan->o.copy_cost, err))) return code;
    int valid = 0;
    while (valid < listed && draws[valid].valid && !draws[valid].duplicate) valid++;
    if (plan->o.diversity > 0 && valid > 0)
        code = diversify(&plan->o, draws, valid, plan->o.n < valid ? plan->o.n : valid, err);
    if (code) return code;
    return hand_over(draws, plan->o.keep_all || listed < plan->o.n ? listed : plan->o.n, out, err);
}
