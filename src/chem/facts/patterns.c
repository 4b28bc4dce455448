/* patterns.c - the patterns of all groups: parsed by RDKit (rdkit_facts.cc), planned here, once. */
#include "base/grow.h"
#include "chem/facts/inside.h"

#include <string.h>

enum { MOST_ATOMS = 100 };

void mg_patterns_free(mg_patterns *p) {
    void *const blocks[] = {p->queries, p->queries_of, p->bonds, p->list,
                            p->steps,   p->closures,   p->needs};
    for (size_t i = 0; i < MG_COUNT(blocks); i++) free(blocks[i]);
    *p = (mg_patterns){0};
}

/* ---- what an atom of a pattern is for certain ---- */

/* The type that a query demands: 1000 + number aromatic, 2000 + number not, number either, -1. */
static int32_t demanded(const mg_patterns *p, int32_t query) {
    const mg_query *q = &p->queries[query];
    if (q->negate) return -1;
    if (q->op == MG_QUERY_RANGE && q->low == q->high) {
        if (q->field == MG_SITE_TYPE) return q->low >= 1000 ? q->low : q->low + 2000;
        if (q->field == MG_SITE_NUMBER) return q->low;
    }
    if (q->op != MG_QUERY_AND) return -1;
    int32_t best = -1;
    for (int32_t c = q->child; c >= 0; c = p->queries[c].next) {
        const int32_t type = demanded(p, c);
        if (type > best) best = type;
    }
    return best;
}

enum { NO, MAYBE, YES };

/* Whether an atom of a class fits a query. */
static int fits_class(const mg_patterns *p, int32_t query, int class) {
    const mg_query *q = &p->queries[query];
    const bool other = class >= MG_SITE_CLASSES - 2;
    const int32_t type = other ? 1000 * (class - (MG_SITE_CLASSES - 2)) : mg_class_types[class];
    int32_t value = type;
    int fit = MAYBE;
    switch (q->op) {
    case MG_QUERY_ANY: fit = YES; break;
    case MG_QUERY_RANGE:
        if (q->field == MG_SITE_NUMBER) value = type % 1000;
        if (q->field == MG_SITE_AROMATIC) value = type / 1000;
        if (q->field == MG_SITE_AROMATIC ||
            (!other && (q->field == MG_SITE_NUMBER || q->field == MG_SITE_TYPE)))
            fit = value >= q->low && value <= q->high ? YES : NO;
        break;
    case MG_QUERY_AND:
        fit = YES;
        for (int32_t c = q->child; c >= 0; c = p->queries[c].next) {
            const int child = fits_class(p, c, class);
            if (child < fit) fit = child;
        }
        break;
    case MG_QUERY_OR:
        fit = NO;
        for (int32_t c = q->child; c >= 0; c = p->queries[c].next) {
            const int child = fits_class(p, c, class);
            if (child > fit) fit = child;
        }
        break;
    default: break;
    }
    return q->negate ? YES - fit : fit;
}

/* Rare atoms first: the higher, the fewer atoms will fit. */
static int rarity(int32_t type) {
    const int32_t number = type < 0 ? -1 : type % 1000;
    if (number < 0) return 0;
    if (number == 6) return type >= 1000 && type < 2000 ? 2 : 1;
    if (number == 1) return 1;
    return number == 7 || number == 8 ? 3 : 4;
}

static int add_need(mg_patterns *p, mg_pattern *pattern, int32_t type, molglot_error *err) {
    for (int32_t i = 0; i < pattern->n_needs; i++)
        if (p->needs[pattern->need + i].type == type) {
            p->needs[pattern->need + i].n++;
            return MOLGLOT_OK;
        }
    if (!MG_GROW(p->needs, p->cap_needs, p->n_needs + 1)) return mg_no_memory(err, "patterns");
    p->needs[p->n_needs++] = (mg_pattern_need){type, 1};
    pattern->n_needs++;
    return MOLGLOT_OK;
}

/* ---- the order of the search ---- */

typedef struct plan {
    mg_patterns *p;
    mg_pattern *pattern;
    bool set[MOST_ATOMS];
    int rarity[MOST_ATOMS];
    int32_t fragments;
    molglot_error *err;
} plan;

static int add_step(plan *a, int32_t atom, int32_t from, uint32_t mask) {
    mg_patterns *p = a->p;
    mg_pattern_step step = {.atom = atom, .from = from, .mask = mask};
    step.closure = (int32_t)p->n_closures;
    for (int class = 0; class < MG_SITE_CLASSES; class ++) {
        const int fit = fits_class(p, p->queries_of[a->pattern->atom + atom], class);
        step.may |= (uint32_t)(fit != NO) << class;
        step.sure |= (uint32_t)(fit == YES) << class;
    }
    for (int32_t i = 0; i < a->pattern->n_bonds; i++) {
        const mg_pattern_bond *b = &p->bonds[a->pattern->bond + i];
        if (b->a != atom && b->b != atom) continue;
        const int32_t other = b->a == atom ? b->b : b->a;
        if (!a->set[other] || other == from) continue;
        if (!MG_GROW(p->closures, p->cap_closures, p->n_closures + 1))
            return mg_no_memory(a->err, "patterns");
        p->closures[p->n_closures++] = (mg_pattern_bond){atom, other, b->mask};
        step.n_closures++;
    }
    if (!MG_GROW(p->steps, p->cap_steps, p->n_steps + 1)) return mg_no_memory(a->err, "patterns");
    p->steps[p->n_steps++] = step;
    a->set[atom] = true;
    return MOLGLOT_OK;
}

/* Bonds of an atom to atoms that are set. */
static int tied(const plan *a, int32_t atom, int32_t *from, uint32_t *mask) {
    int n = 0;
    for (int32_t i = 0; i < a->pattern->n_bonds; i++) {
        const mg_pattern_bond *b = &a->p->bonds[a->pattern->bond + i];
        const int32_t other = b->a == atom ? b->b : b->b == atom ? b->a : -1;
        if (other < 0 || !a->set[other]) continue;
        if (!n++) {
            *from = other;
            *mask = b->mask;
        }
    }
    return n;
}

/* The next atom: most bonds to what is set, then the rarest. */
static int next_step(plan *a) {
    int32_t best = -1, best_from = -1;
    uint32_t best_mask = 0;
    int best_score = -1;
    for (int32_t i = 0; i < a->pattern->n_atoms; i++) {
        if (a->set[i]) continue;
        int32_t from = -1;
        uint32_t mask = 0;
        const int ties = tied(a, i, &from, &mask);
        const int score = ties * 10 + a->rarity[i];
        if (score <= best_score) continue;
        best = i;
        best_from = from;
        best_mask = mask;
        best_score = score;
    }
    if (best_from < 0) a->fragments++;
    return add_step(a, best, best_from, best_mask);
}

static int plan_pattern(mg_patterns *p, mg_pattern *pattern, molglot_error *err) {
    plan a = {.p = p, .pattern = pattern, .err = err};
    int code = MOLGLOT_OK;
    pattern->need = (int32_t)p->n_needs;
    for (int32_t i = 0; i < pattern->n_atoms && !code; i++) {
        const int32_t type = demanded(p, p->queries_of[pattern->atom + i]);
        a.rarity[i] = rarity(type);
        if (type >= 0 && type % 1000 < 128) code = add_need(p, pattern, type, err);
    }
    pattern->step = (int32_t)p->n_steps;
    if (pattern->inner && !code) {
        code = add_step(&a, 0, -1, 0);
        a.fragments++;
    }
    for (int32_t i = pattern->inner; i < pattern->n_atoms && !code; i++) code = next_step(&a);
    pattern->rings = pattern->n_bonds - pattern->n_atoms + a.fragments;
    return code;
}

/* ---- all groups ---- */

static int compile(mg_groups *g, molglot_error *err) {
    int code = MOLGLOT_OK;
    g->pattern_of = calloc(g->n + 1, sizeof *g->pattern_of);
    if (!g->pattern_of) return mg_no_memory(err, "groups");
    for (size_t i = 0; i < g->n && !code; i++) {
        code = mg_patterns_parse(&g->patterns, g->list[i].smarts, &g->pattern_of[i], err);
        if (code)
            code = mg_fail_prefix(err, "%s: row %d, column 'smarts'",
                                  g->own[i] ? "groups" : "built-in groups", g->row_of[i]);
    }
    /* the perimeter of two rings is no ring: bicyclo[3.3.0]octane has no cyclooctane */
    for (size_t i = 0; i < g->n && !code; i++)
        g->patterns.list[g->pattern_of[i]].chordless = g->list[i].kind == MG_GROUP_RING;
    if (!code) code = mg_numbers_compile(&g->patterns, &g->numbers, err);
    for (size_t i = 0; i < g->patterns.n && !code; i++)
        code = plan_pattern(&g->patterns, &g->patterns.list[i], err);
    if (!code) return MOLGLOT_OK;
    mg_patterns_free(&g->patterns);
    free(g->pattern_of);
    g->pattern_of = NULL;
    return code;
}

/* RDKit fills tables on first use, without a lock: one molecule goes through all of them here. */
static int warm_up(molglot_error *err) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool done;
    int code = mg_chem_init(err);
    pthread_mutex_lock(&lock);
    if (!code && !done) {
        mg_facts facts = {0};
        mg_mol *m = mg_mol_from_smiles("C/C=C/[C@H](N)c1ccc2[nH]ccc2c1.[Na+].CC(=O)[O-]", NULL,
                                       NULL);
        code = m ? mg_rdkit_facts(m, &facts, err) : mg_no_memory(err, "facts");
        mg_mol_free(m);
        done = !code;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

int mg_groups_compile(mg_groups *g, molglot_error *err) {
    if (__atomic_load_n(&g->compiled, __ATOMIC_ACQUIRE)) return MOLGLOT_OK;
    int code = warm_up(err);
    if (code) return code;
    pthread_mutex_lock(&g->lock);
    if (!g->compiled) {
        code = compile(g, err);
        __atomic_store_n(&g->compiled, !code, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&g->lock);
    return code;
}
