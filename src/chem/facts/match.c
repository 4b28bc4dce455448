/* match.c - patterns held against one molecule: for each a search over its atoms in the order that
 * patterns.c planned, with bits for bonds and trees of ranges for atoms. Finds what RDKit's
 * SubstructMatch finds with its default settings, but of a ring only what has no bonds across. */
#include "base/grow.h"
#include "chem/facts/inside.h"

#include <string.h>

enum { MOST_STEPS = 4000000, MOST_ATOMS = 100 };

static uint8_t class_of(int16_t type) {
    for (int i = 0; i < MG_SITE_CLASSES - 2; i++)
        if (mg_class_types[i] == type) return (uint8_t)i;
    return type < 1000 ? MG_SITE_CLASSES - 2 : MG_SITE_CLASSES - 1;
}

int mg_matcher_open(mg_matcher *m, const mg_patterns *patterns, const mg_view *view,
                    molglot_error *err) {
    const size_t atoms = (size_t)view->n_atoms, inner = (size_t)patterns->n_inner;
    *m = (mg_matcher){.patterns = patterns, .view = view};
    m->known = calloc((inner + 1) * atoms + 1, 1);
    if (!m->known) return mg_no_memory(err, "patterns");
    m->classes = m->known + inner * atoms;
    for (size_t i = 0; i < atoms; i++) {
        m->classes[i] = class_of(view->sites[i][MG_SITE_TYPE]);
        m->present |= 1u << m->classes[i];
        if (i < 64) m->atoms_of[m->classes[i]] |= (uint64_t)1 << i;
    }
    return MOLGLOT_OK;
}

void mg_matcher_close(mg_matcher *m) {
    free(m->known);
    free(m->found);
    free(m->hashes);
    *m = (mg_matcher){0};
}

static bool inside(mg_matcher *m, int32_t pattern, int32_t atom) {
    const mg_pattern *p = &m->patterns->list[pattern];
    uint8_t *known = &m->known[(size_t)p->memo * (size_t)m->view->n_atoms + (size_t)atom];
    if (!*known) *known = mg_match_at(m, pattern, atom) ? 2 : 1;
    return *known == 2;
}

static bool fits_tree(mg_matcher *m, const mg_query *q, int32_t atom);

/* Most of a tree are ranges: those cost no call. */
static inline bool fits(mg_matcher *m, const mg_query *q, int32_t atom) {
    if (q->op != MG_QUERY_RANGE) return fits_tree(m, q, atom);
    const int value = m->view->sites[atom][q->field];
    return (value >= q->low && value <= q->high) != q->negate;
}

static bool fits_tree(mg_matcher *m, const mg_query *q, int32_t atom) {
    const mg_query *const all = m->patterns->queries;
    bool yes = true;
    switch (q->op) {
    case MG_QUERY_AND:
        for (int32_t c = q->child; c >= 0 && yes; c = all[c].next) yes = fits(m, &all[c], atom);
        break;
    case MG_QUERY_OR:
        yes = false;
        for (int32_t c = q->child; c >= 0 && !yes; c = all[c].next) yes = fits(m, &all[c], atom);
        break;
    case MG_QUERY_XOR:
        yes = false;
        for (int32_t c = q->child; c >= 0; c = all[c].next) yes ^= fits(m, &all[c], atom);
        break;
    case MG_QUERY_INNER: yes = inside(m, q->low, atom); break;
    default: break;
    }
    return yes != q->negate;
}

/* ---- places, no two of the same atoms ---- */

static int by_number(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static bool same_atoms(const int32_t *a, const int32_t *b, int32_t n) {
    int32_t x[MOST_ATOMS], y[MOST_ATOMS];
    memcpy(x, a, (size_t)n * sizeof *x);
    memcpy(y, b, (size_t)n * sizeof *y);
    qsort(x, (size_t)n, sizeof *x, by_number);
    qsort(y, (size_t)n, sizeof *y, by_number);
    return !memcmp(x, y, (size_t)n * sizeof *x);
}

static bool keep(mg_matcher *m, const int32_t *at, int32_t n) {
    uint64_t hash = 0;
    for (int32_t i = 0; i < n; i++) hash += mg_mix(1, (uint64_t)at[i]);
    for (size_t i = 0; i < m->n; i++)
        if (m->hashes[i] == hash && same_atoms(m->found + i * (size_t)n, at, n)) return true;
    m->steps -= (int64_t)m->n;
    if (!mg_grow(&m->found, &m->cap, (m->n + 1) * (size_t)n, sizeof *m->found) ||
        !MG_GROW(m->hashes, m->cap_hashes, m->n + 1)) {
        m->failed = true;
        return false;
    }
    memcpy(m->found + m->n * (size_t)n, at, (size_t)n * sizeof *at);
    m->hashes[m->n++] = hash;
    return true;
}

/* ---- the search ---- */

typedef struct search {
    mg_matcher *m;
    const mg_pattern *p;
    int32_t at[MOST_ATOMS]; /* the molecule's atom of each atom of the pattern */
    bool first;             /* the first place is enough */
} search;

static bool bonded(const mg_view *v, int32_t a, int32_t b, uint32_t mask) {
    for (int32_t i = v->offsets[a]; i < v->offsets[a + 1]; i++)
        if (v->neighbours[i] == b) return mask >> v->bonds[i] & 1;
    return false;
}

static bool closes(const search *s, const mg_pattern_step *step, int32_t atom) {
    const mg_pattern_bond *c = s->m->patterns->closures + step->closure;
    for (int32_t i = 0; i < step->n_closures; i++)
        if (!bonded(s->m->view, atom, s->at[c[i].b], c[i].mask)) return false;
    return true;
}

static bool taken(const search *s, const mg_pattern_step *steps, int32_t k, int32_t atom) {
    for (int32_t i = 0; i < k; i++)
        if (s->at[steps[i].atom] == atom) return true;
    return false;
}

static bool walk(search *s, int32_t k);

/* True: enough was found, or it gives up. */
static bool try_atom(search *s, int32_t k, int32_t atom) {
    mg_matcher *m = s->m;
    const mg_pattern_step *steps = &m->patterns->steps[s->p->step], *step = &steps[k];
    const uint32_t class = 1u << m->classes[atom];
    if (!(step->may & class) || taken(s, steps, k, atom)) return false;
    const int32_t query = m->patterns->queries_of[s->p->atom + step->atom];
    if (!(step->sure & class) && !fits(m, &m->patterns->queries[query], atom)) return false;
    if (step->n_closures && !closes(s, step, atom)) return false;
    s->at[step->atom] = atom;
    return walk(s, k + 1);
}

/* Whether the molecule joins atoms of the place that the pattern does not join. */
static bool has_chord(const search *s) {
    const mg_view *v = s->m->view;
    int32_t bonds = 0;
    for (int32_t i = 0; i < s->p->n_atoms; i++)
        for (int32_t k = 0; k < i; k++) bonds += bonded(v, s->at[i], s->at[k], UINT32_MAX);
    return bonds > s->p->n_bonds;
}

/* A step that begins anywhere, at each atom of a class that it may have: ascending. */
static bool begin(search *s, int32_t k, uint32_t may) {
    const mg_matcher *m = s->m;
    uint64_t atoms = 0;
    for (uint32_t left = may & m->present; left; left &= left - 1)
        atoms |= m->atoms_of[__builtin_ctz(left)];
    for (; atoms; atoms &= atoms - 1)
        if (try_atom(s, k, __builtin_ctzll(atoms))) return true;
    for (int32_t atom = 64; atom < m->view->n_atoms; atom++)
        if (may >> m->classes[atom] & 1 && try_atom(s, k, atom)) return true;
    return false;
}

static bool walk(search *s, int32_t k) {
    mg_matcher *m = s->m;
    if (--m->steps < 0) return true;
    if (k == s->p->n_atoms && s->p->chordless && has_chord(s)) return false;
    if (k == s->p->n_atoms) return s->first || !keep(m, s->at, s->p->n_atoms);
    const mg_pattern_step *step = &m->patterns->steps[s->p->step + k];
    const mg_view *v = m->view;
    const uint32_t may = step->may; /* most atoms go by their class alone */
    if (step->from < 0) return begin(s, k, may);
    const int32_t from = s->at[step->from];
    for (int32_t i = v->offsets[from]; i < v->offsets[from + 1]; i++)
        if (step->mask >> v->bonds[i] & 1 && may >> m->classes[v->neighbours[i]] & 1 &&
            try_atom(s, k, v->neighbours[i]))
            return true;
    return false;
}

bool mg_match_at(mg_matcher *m, int32_t pattern, int32_t atom) {
    search s;
    s.m = m;
    s.p = &m->patterns->list[pattern];
    if (!(m->patterns->steps[s.p->step].may >> m->classes[atom] & 1)) return false;
    s.first = true;
    return try_atom(&s, 0, atom);
}

/* Whether the molecule has atoms and rings enough for the pattern. */
static bool has_needs(const mg_matcher *m, const mg_pattern *p) {
    const mg_view *v = m->view;
    if (p->n_atoms > v->n_atoms || p->rings > v->cycles) return false;
    const mg_pattern_step *step = &m->patterns->steps[p->step];
    for (int32_t i = 0; i < p->n_atoms; i++)
        if (!(step[i].may & m->present)) return false;
    const mg_pattern_need *need = m->patterns->needs + p->need;
    for (int32_t i = 0; i < p->n_needs; i++) {
        const int32_t number = need[i].type % 1000, arm = need[i].type / 1000;
        const int32_t have = (arm == 2 ? 0 : v->counts[1][number]) +
                             (arm == 1 ? 0 : v->counts[0][number]);
        if (have < need[i].n) return false;
    }
    return true;
}

bool mg_match(mg_matcher *m, int32_t pattern) {
    search s;
    s.m = m;
    s.p = &m->patterns->list[pattern];
    s.first = false;
    m->n = 0;
    m->steps = MOST_STEPS;
    m->failed = false;
    if (!has_needs(m, s.p)) return true;
    walk(&s, 0);
    return !m->failed && m->steps >= 0;
}

bool mg_match_any(mg_matcher *m, int32_t pattern) {
    search s;
    s.m = m;
    s.p = &m->patterns->list[pattern];
    s.first = true;
    m->steps = MOST_STEPS;
    return has_needs(m, s.p) && walk(&s, 0) && m->steps >= 0;
}
