/* specific.c - which groups say something that no more specific one says: every place of every
 * group against the places of the others. */
#include "base/grow.h"
#include "chem/facts/inside.h"

#include <string.h>

typedef struct place {
    int group, size;
} place;

typedef struct places {
    place *list;
    uint64_t *bits; /* [n * words] */
    size_t n, cap, cap_bits, words;
} places;

static bool add_places(places *p, const mg_matcher *m, int group, int size) {
    if (!MG_GROW(p->list, p->cap, p->n + m->n) ||
        !MG_GROW(p->bits, p->cap_bits, (p->n + m->n) * p->words))
        return false;
    for (size_t i = 0; i < m->n; i++) {
        uint64_t *bits = p->bits + p->n * p->words;
        memset(bits, 0, p->words * sizeof *bits);
        for (int k = 0; k < size; k++) {
            const uint32_t atom = (uint32_t)m->found[i * (size_t)size + (size_t)k];
            bits[atom / 64] |= 1ull << atom % 64;
        }
        p->list[p->n++] = (place){group, size};
    }
    return true;
}

static bool within(const places *p, size_t a, size_t b) {
    for (size_t w = 0; w < p->words; w++)
        if (p->bits[a * p->words + w] & ~p->bits[b * p->words + w]) return false;
    return true;
}

/* Whether a place of group b would say what one of group a says. */
static bool explains(const mg_groups *g, const place *b, const place *a) {
    if (a->group == b->group || b->size < a->size) return false;
    const mg_group_kind kind = g->list[a->group].kind, by = g->list[b->group].kind;
    if (by == MG_GROUP_PART && kind != MG_GROUP_PART) return false;
    if (mg_groups_is(g, b->group, a->group)) return true;
    if (by != MG_GROUP_RING) return false;
    return kind == MG_GROUP_RING ? b->size > a->size : kind == MG_GROUP_FUNCTIONAL && a->size > 1;
}

static void count_shown(const mg_groups *g, const mg_facts *f, const places *p, uint16_t *shown) {
    for (size_t a = 0; a < p->n; a++) {
        bool explained = false;
        for (size_t b = 0; b < p->n && !explained; b++)
            explained = explains(g, &p->list[b], &p->list[a]) && within(p, a, b);
        const int at = p->list[a].group;
        if (!explained && shown[at] < f->count[at]) shown[at]++;
    }
}

static int collect(const mg_groups *g, const mg_facts *f, mg_matcher *m, places *p,
                   molglot_error *err) {
    enum { MOST = 20000 };
    for (size_t i = 0; i < g->n; i++) {
        if (!f->count[i]) continue;
        if (!mg_match(m, g->pattern_of[i]) || p->n + m->n > MOST)
            return mg_fail(err, MOLGLOT_FAILED, "too many groups in this molecule");
        if (!add_places(p, m, (int)i, g->patterns.list[g->pattern_of[i]].n_atoms))
            return mg_no_memory(err, "groups");
    }
    return MOLGLOT_OK;
}

int mg_facts_specific(const mg_groups *g, const mg_mol *mol, const mg_facts *f, uint16_t *shown,
                      molglot_error *err) {
    mg_view view;
    mg_matcher m;
    places p = {0};
    memset(shown, 0, g->n * sizeof *shown);
    int code = mg_groups_compile((mg_groups *)g, err);
    if (!code) code = mg_view_get(mol, false, &view, err);
    if (code) return code;
    p.words = ((size_t)view.n_atoms + 63) / 64;
    code = mg_matcher_open(&m, &g->patterns, &view, err);
    if (!code) code = collect(g, f, &m, &p, err);
    if (!code) count_shown(g, f, &p, shown);
    free(p.list);
    free(p.bits);
    mg_matcher_close(&m);
    mg_view_free(&view);
    return code;
}
