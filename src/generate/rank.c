/* rank.c - from the draws of a sentence to its answer: duplicates counted and left out, scores, the
 * best n in order.
 *
 * Score: cosine of the sentence and the molecule in the aligned space. Valid ones come first, by
 * merit, else by likelihood, else by draw:
 *
 *   merit = score - 0.005 nll - copy_cost [a copy of what draws started from] + 0.5 similarity
 *           + what it is worth that the sentence says it by its relation to another (related.c)
 *   without a score: -nll, a T5's own score; with a molecule to start from: similarity
 *   a molecule that was not drawn pays the mean nll of those that were
 *
 * Where the request leaves open what kind of molecule is meant (asks.c), QED is added: a cosine
 * with "MW 300 to 400" says nothing. With a re-ranker (search/rerank.c) the draws of the largest
 * merit get what their evidence adds to the cosine.
 *
 * What repeats itself stands behind; what nobody asked for and what is not wanted (samples.c) is
 * counted and left out.
 *
 * The cosine alone prefers the neighbours themselves, and cannot tell a molecule from its mirror
 * image; the writer, which read the sentence beside the neighbour, often can (docs/models/3m.md,
 * "What ranking is worth"). With diversity d > 0 each place goes to the molecule with the largest
 * (1 - d) r - d t (maximal marginal relevance): r its merit between the worst and the best of the
 * list, t its largest Tanimoto similarity (Morgan, radius 2, 2048 bits) to those above it, among
 * those that meet as much of the request. With keep_all all draws come back: after the n best the
 * other valid ones, then valid ones that repeat an earlier draw, then the invalid ones in the same
 * two parts, then what was left out.
 */
#include "data/table/table.h"
#include "generate/generate.h"
#include "generate/inside.h"
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NLL_COST   0.005
#define SIMILARITY 0.5

/* ---- duplicates ---- */

/* Moves the first of equal draws to the front, in the order of drawing, and marks the others;
 * returns how many differ, or -1. first[i] becomes the place of the draw that draws[i] equals,
 * itself where i is below that number. */
static int find_distinct(mg_candidate *draws, int n, int32_t *first) {
    const char **smiles = calloc((size_t)n + 1, sizeof *smiles);
    mg_candidate *drawn = malloc(((size_t)n + 1) * sizeof *drawn);
    int32_t *group = malloc(((size_t)n + 1) * sizeof *group), found = -1, seen = 0;
    for (int i = 0; smiles && i < n; i++) smiles[i] = draws[i].shown.smiles;
    if (smiles && drawn && group) found = mg_group_strings(smiles, (size_t)n, group);
    if (found >= 0) memcpy(drawn, draws, (size_t)n * sizeof *drawn);
    for (int i = 0, repeated = found; i < n && found >= 0; i++) {
        const bool again = group[i] < seen;
        const int to = again ? repeated++ : seen++;
        draws[to] = drawn[i];
        draws[to].shown.duplicate = again;
        first[to] = group[i];
        if (again && drawn[i].related.how > draws[group[i]].related.how) {
            mg_candidate *same = &draws[group[i]];
            char *source = same->shown.source;
            same->related = drawn[i].related;
            same->shown.source = draws[to].shown.source;
            draws[to].shown.source = source;
        }
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

/* Mean over the draws that have one; 0 without. */
static double mean_nll(const mg_candidate *draws, int n) {
    double sum = 0;
    int drawn = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(draws[i].shown.nll)) sum += draws[i].shown.nll, drawn++;
    return drawn ? sum / drawn : 0;
}

/* Score and merit of draws[n], the first `found` of which differ. Those are embedded alone:
 * products have the same shapes whatever else is generated. */
static int score_draws(const mg_generator *g, const mg_plan *plan, const mg_prompt *prompt,
                       mg_candidate *draws, int n, int found, const int32_t *first,
                       molglot_error *err) {
    int code = prompt->embedding ? mg_candidates_embed(g->ranker, draws, (size_t)found, err)
                                 : MOLGLOT_OK;
    const double mean = mean_nll(draws, n);
    for (int i = 0; i < n && !code; i++) {
        mg_candidate *c = &draws[i];
        mg_generated *m = &c->shown;
        if (i >= found)
            m->score = draws[first[i]].shown.score;
        else if (prompt->embedding && c->embedding)
            m->score = (float)dot(prompt->embedding, c->embedding, mg_embedder_dim(g->ranker));
        const double like = isnan(m->similarity) ? 0 : (double)m->similarity;
        c->merit = isnan(m->score) ? (plan->method == MG_BEAM ? c->beam
                                      : !isnan(m->similarity) ? like
                                      : isnan(m->nll)         ? -1e9
                                                              : -m->nll)
                                   : (double)m->score - NLL_COST * (isnan(m->nll) ? mean : m->nll) -
                                         (m->copy ? (double)plan->o.copy_cost : 0) +
                                         SIMILARITY * like + mg_related_worth(&c->related);
        double typical = 0;
        if (prompt->open && m->valid && i < found) /* what repeats stands behind */
            code = mg_generator_typical(g, c->mol, m->smiles, &typical, err);
        c->merit += typical;
    }
    return code;
}

/* The places of the draws with the largest merit among those that a re-ranker can read; how many.
 */
static int best_of(const mg_candidate *draws, int found, int most, int *at) {
    int n = 0;
    for (int i = 0; i < found; i++) {
        if (!draws[i].shown.valid || !draws[i].embedding || isnan(draws[i].shown.score)) continue;
        if (n == most && !(draws[i].merit > draws[at[n - 1]].merit)) continue;
        int to = n < most ? n++ : n - 1;
        for (; to > 0 && draws[at[to - 1]].merit < draws[i].merit; to--) at[to] = at[to - 1];
        at[to] = i;
    }
    return n;
}

/* Adds the evidence of the best draws to their merits. */
static int add_evidence(const mg_generator *g, const mg_prompt *prompt, mg_candidate *draws,
                        int found, molglot_error *err) {
    int at[MG_RERANK_MOST];
    const char *smiles[MG_RERANK_MOST];
    const mg_mol *mols[MG_RERANK_MOST];
    float bonus[MG_RERANK_MOST];
    if (!g->rerank || !prompt->embedding || !prompt->text) return MOLGLOT_OK;
    if (prompt->request && prompt->request->conditions) return MOLGLOT_OK;
    const int n = best_of(draws, found, mg_reranker_candidates(g->rerank), at);
    const size_t dim = (size_t)mg_embedder_dim(g->ranker);
    float *vectors = malloc(((size_t)n * dim + 1) * sizeof *vectors);
    if (!vectors) return mg_no_memory(err, "%d molecules", n);
    for (int i = 0; i < n; i++) {
        const mg_candidate *c = &draws[at[i]];
        smiles[i] = c->shown.smiles;
        mols[i] = c->mol;
        memcpy(vectors + (size_t)i * dim, c->embedding, dim * sizeof *vectors);
    }
    const mg_rerank_list list = {.words = prompt->text,
                                 .vector = prompt->embedding,
                                 .vectors = vectors,
                                 .mols = mols,
                                 .smiles = smiles,
                                 .n = n};
    int code = n > 1 ? mg_reranker_bonus(g->rerank, &list, bonus, err) : MOLGLOT_OK;
    for (int i = 0; i < n && n > 1 && !code; i++) draws[at[i]].merit += (double)bonus[i];
    free(vectors);
    return code;
}

/* ---- order ---- */

static int by_merit(const void *x, const void *y) {
    const mg_candidate *a = x, *b = y;
    const mg_generated *m = &a->shown, *o = &b->shown;
    if (a->left_out != b->left_out) return a->left_out ? 1 : -1;
    if (m->valid != o->valid) return m->valid ? -1 : 1;
    if (m->duplicate != o->duplicate) return m->duplicate ? 1 : -1;
    if (m->repeats != o->repeats) return m->repeats ? 1 : -1;
    if (a->meets.met != b->meets.met) return a->meets.met > b->meets.met ? -1 : 1;
    if (a->meets.scant != b->meets.scant) return a->meets.scant ? 1 : -1;
    if (isnan(m->score) != isnan(o->score)) return isnan(m->score) ? 1 : -1;
    if (a->merit != b->merit) return a->merit > b->merit ? -1 : 1;
    return m->index < o->index ? -1 : 1;
}

static void sort(mg_candidate *c, int n) { qsort(c, (size_t)n, sizeof *c, by_merit); }

/* ---- diversity ---- */

typedef struct place {
    double relevance; /* 0 (the worst) to 1 */
    double near;      /* largest similarity to those above */
} place;

/* From merit, or from log-likelihood unless all have a score. */
static void find_relevance(const mg_candidate *c, int n, place *p) {
    double low = INFINITY, high = -INFINITY;
    bool scored = true;
    for (int i = 0; i < n; i++) scored = scored && !isnan(c[i].shown.score);
    for (int i = 0; i < n; i++) {
        p[i] = (place){.relevance = scored                  ? c[i].merit
                                    : isnan(c[i].shown.nll) ? 0
                                                            : -c[i].shown.nll};
        low = fmin(low, p[i].relevance);
        high = fmax(high, p[i].relevance);
    }
    for (int i = 0; i < n; i++)
        p[i].relevance = high > low ? (p[i].relevance - low) / (high - low) : 1;
}

/* The end of those that meet as much of the request as c[at] does. */
static int equals_end(const mg_candidate *c, int n, int at) {
    int end = at + 1;
    while (end < n && c[end].meets.met == c[at].meets.met &&
           c[end].meets.scant == c[at].meets.scant)
        end++;
    return end;
}

/* The first `places` of c[n], sorted, become those that maximal marginal relevance picks, the
 * others keep their order by merit. What meets more of the request stays before what meets less. */
static int diversify(mg_candidate *c, int n, int places, double d, molglot_error *err) {
    place *p = malloc(((size_t)n + 1) * sizeof *p);
    int code = p ? MOLGLOT_OK : mg_no_memory(err, "%d molecules", n);
    for (int i = 0; i < n && !code; i++) code = mg_candidate_fingerprint(&c[i], err);
    if (!code) find_relevance(c, n, p);
    for (int at = 0, end = 0; at < places && !code; at++) {
        int best = at;
        if (at == end) end = equals_end(c, n, at);
        for (int i = at; i < n; i++) {
            if (at > 0)
                p[i].near = fmax(p[i].near, mg_tanimoto(c[i].fingerprint, c[at - 1].fingerprint,
                                                        MG_CANDIDATE_BITS));
            if (i < end && (1 - d) * p[i].relevance - d * p[i].near >
                               (1 - d) * p[best].relevance - d * p[best].near)
                best = i;
        }
        const mg_candidate candidate = c[at];
        const place other = p[at];
        c[at] = c[best], c[best] = candidate;
        p[at] = p[best], p[best] = other;
    }
    if (!code) sort(c + places, n - places);
    free(p);
    return code;
}

/* ---- all of it ---- */

/* The first `kept` of the draws go into the answer. */
static int take_draws(mg_candidate *draws, int kept, mg_answer *out, molglot_error *err) {
    if (!(out->candidates = calloc((size_t)kept + 1, sizeof *out->candidates)))
        return mg_no_memory(err, "%d molecules", kept);
    for (; out->n < kept; out->n++) {
        out->candidates[out->n] = draws[out->n];
        out->candidates[out->n].shown.rank = out->n + 1;
        draws[out->n] = (mg_candidate){0};
    }
    return MOLGLOT_OK;
}

/* Which row of the memory each is: n candidates, embedded where they are scored. */
static int find_known(const mg_generator *g, mg_candidate *c, int n, molglot_error *err) {
    int code = MOLGLOT_OK;
    for (int i = 0; i < n && !code; i++) {
        mg_generated *m = &c[i].shown;
        mg_known known;
        if (!m->valid || !c[i].plain || m->known_as) continue;
        code = mg_memory_find(&g->memory, m->smiles, c[i].plain, c[i].embedding, &known, err);
        if (code || known.row < 0) continue;
        const char *label = known.label && *known.label ? known.label : "memory";
        if (!(m->known_as = strdup(label))) return mg_no_memory(err, "a name");
        m->known_stereo = known.stereo;
    }
    return code;
}

/* Counts what differs and is left out, of the first n draws. */
static void leave_out(const mg_plan *plan, mg_candidate *draws, int n, mg_answer *out) {
    for (int i = 0; i < n; i++) {
        mg_candidate *c = &draws[i];
        c->unwanted |= plan->o.only_new && c->shown.known_as;
        c->left_out = c->shown.valid && !mg_plan_takes(plan, c);
        out->controlled += c->left_out && c->controlled;
        out->unwanted += c->left_out && !c->controlled && c->unwanted;
        out->odd += c->left_out && !c->controlled && !c->unwanted;
    }
}

int mg_answer_rank(const mg_generator *g, const mg_plan *plan, const mg_prompt *prompt,
                   mg_candidate *draws, int n, mg_answer *out, molglot_error *err) {
    *out = (mg_answer){.cut = prompt->cut, .request = prompt->request};
    for (int i = 0; i < n; i++) {
        out->invalid += !draws[i].shown.valid;
        out->offered += draws[i].shown.index < 0;
    }
    out->drawn = n - out->offered;
    int32_t *first = malloc(((size_t)n + 1) * sizeof *first);
    const int found = first ? find_distinct(draws, n, first) : -1;
    int code = found < 0 ? mg_no_memory(err, "%d molecules", n)
                         : score_draws(g, plan, prompt, draws, n, found, first, err);
    free(first);
    if (!code) code = add_evidence(g, prompt, draws, found, err);
    if (!code && plan->o.only_new) code = find_known(g, draws, found, err);
    if (!code) code = mg_candidates_meet(prompt, draws, (size_t)n, err);
    if (!code && plan->o.screen == MOLGLOT_SCREEN_OMIT)
        code = mg_candidates_screen(g, plan->o.screen, draws, (size_t)found, err);
    if (code) return code;
    leave_out(plan, draws, found, out);
    out->duplicates = n - found;
    for (int i = found; i < n; i++)
        if (draws[i].shown.index < 0) out->duplicates--, out->offered--;
    for (int i = 0; i < found; i++) {
        if (!draws[i].shown.valid || draws[i].left_out) continue;
        out->differ++;
        out->meeting += draws[i].meets.of && draws[i].meets.met == draws[i].meets.of;
    }
    int valid = 0, best = 0;
    sort(draws, plan->o.keep_all ? n : found);
    while (valid < found && draws[valid].shown.valid && !draws[valid].left_out) valid++;
    while (best < valid && !draws[best].shown.repeats) best++;
    const int listed = plan->o.keep_all ? n : found - out->odd - out->unwanted - out->controlled;
    const int places = plan->o.n < best ? plan->o.n : best;
    if (plan->o.diversity > 0 && best > 0)
        code = diversify(draws, best, places, (double)plan->o.diversity, err);
    if (code) return code;
    code = take_draws(draws, plan->o.keep_all || listed < plan->o.n ? listed : plan->o.n, out, err);
    if (!code) code = mg_candidates_screen(g, plan->o.screen, out->candidates, (size_t)out->n, err);
    return code ? code : find_known(g, out->candidates, out->n, err);
}
