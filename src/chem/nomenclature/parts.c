/* parts.c - what a molecule is made of: ring systems, characteristic groups, places where a pattern
 * lies.
 */
#include "chem/nomenclature/write.h"

#include <stdlib.h>
#include <string.h>

/* ---- atoms and bonds ---- */

bool namer_spent(namer *w) { return w->failed || ++w->steps > WRITE_STEPS; }

int namer_bond(const namer *w, int a, int b) {
    for (int k = 0; k < w->degree[a]; k++)
        if (w->near[a][k] == b) return w->by[a][k];
    return -1;
}

static void mark_system(namer *w, int atom, int system) {
    w->system[atom] = (int8_t)system;
    for (int k = 0; k < w->degree[atom]; k++)
        if (w->g->bond[w->by[atom][k]].ring && w->system[w->near[atom][k]] < 0)
            mark_system(w, w->near[atom][k], system);
}

bool namer_open(namer *w, const mg_parts *g, name_substituent_of *substituent) {
    *w = (namer){.g = g, .substituent = substituent};
    memset(w->system, WRITE_ACYCLIC, sizeof w->system);
    for (int j = 0; j < g->m; j++) {
        const int end[2] = {g->bond[j].a, g->bond[j].b};
        for (int k = 0; k < 2; k++) {
            const int at = end[k];
            if (w->degree[at] == WRITE_NEAR) return false;
            w->near[at][w->degree[at]] = (uint8_t)end[!k];
            w->by[at][w->degree[at]++] = (uint8_t)j;
        }
    }
    for (int i = 0; i < g->n; i++)
        if (g->atom[i].ring && w->system[i] < 0) mark_system(w, i, w->systems++);
    return true;
}

void namer_close(namer *w) {
    for (size_t i = 0; i < MG_COUNT(w->known); i++) free(w->known[i]);
}

uint64_t namer_branch(const namer *w, int at, int from) {
    uint64_t seen = UINT64_C(1) << at | UINT64_C(1) << from;
    uint8_t stack[MG_PARTS_ATOMS];
    int n = 0;
    stack[n++] = (uint8_t)at;
    while (n) {
        const int i = stack[--n];
        for (int k = 0; k < w->degree[i]; k++) {
            const int j = w->near[i][k];
            if (j == from && i != at) return 0;
            if (seen >> j & 1) continue;
            seen |= UINT64_C(1) << j;
            stack[n++] = (uint8_t)j;
        }
    }
    return seen & ~(UINT64_C(1) << from);
}

/* ---- patterns ---- */

typedef struct search {
    namer *w;
    const name_pattern *p;
    uint64_t within, used;
    uint8_t order[MG_PARTS_ATOMS], map[MG_PARTS_ATOMS];
    int8_t behind[MG_PARTS_ATOMS]; /* an earlier atom that this one is bound to */
    name_found *found;
    void *user;
} search;

static bool fits(const search *s, int i, int atom, int placed) {
    const name_pattern *p = s->p;
    const mg_parts *g = s->w->g;
    if (g->atom[atom].number != p->number[i] || g->atom[atom].charge != p->charge[i]) return false;
    for (int j = 0; j < p->m; j++) {
        const mg_parts_bond *b = &p->bond[j];
        if (b->a != i && b->b != i) continue;
        const int other = b->a == i ? b->b : b->a;
        bool earlier = false;
        for (int k = 0; k < placed; k++) earlier |= s->order[k] == other;
        if (!earlier) continue;
        const int bond = namer_bond(s->w, atom, s->map[other]);
        if (bond < 0) return false;
        const mg_parts_bond *own = &g->bond[bond];
        if (b->order && own->aromatic != b->aromatic) return false;
        if (b->order && !b->aromatic && own->order != b->order) return false;
    }
    return true;
}

static bool place(search *s, int k) {
    if (namer_spent(s->w)) return false;
    if (k == s->p->n) return s->found(s->user, s->map);
    const int i = s->order[k], near = s->behind[k] < 0 ? -1 : s->map[s->behind[k]];
    const int n = near < 0 ? s->w->g->n : s->w->degree[near];
    for (int c = 0; c < n; c++) {
        const int atom = near < 0 ? c : s->w->near[near][c];
        if (!(s->within >> atom & 1) || s->used >> atom & 1 || !fits(s, i, atom, k)) continue;
        s->map[i] = (uint8_t)atom;
        s->used |= UINT64_C(1) << atom;
        const bool more = place(s, k + 1);
        s->used &= ~(UINT64_C(1) << atom);
        if (!more) return false;
    }
    return true;
}

void namer_match(namer *w, const name_pattern *p, uint64_t within, name_found *found, void *user) {
    search s = {.w = w, .p = p, .within = within, .found = found, .user = user};
    bool seen[MG_PARTS_ATOMS] = {true};
    int n = 1;
    s.behind[0] = -1;
    for (int k = 0; k < n; k++)
        for (int j = 0; j < p->m; j++) {
            const mg_parts_bond *b = &p->bond[j];
            if (b->a != s.order[k] && b->b != s.order[k]) continue;
            const int other = b->a == s.order[k] ? b->b : b->a;
            if (seen[other]) continue;
            seen[other] = true;
            s.behind[n] = (int8_t)s.order[k];
            s.order[n++] = (uint8_t)other;
        }
    if (p->n && n == p->n) (void)place(&s, 0);
}

/* ---- characteristic groups ---- */

static uint64_t bit(int atom) { return UINT64_C(1) << atom; }

/* A terminal neighbour by a bond of that order: an atom of that number and charge; -1: none. */
static int terminal(const namer *w, int at, int number, int order, int charge) {
    for (int k = 0; k < w->degree[at]; k++) {
        const int j = w->near[at][k];
        if (w->g->atom[j].number == number && w->degree[j] == 1 && w->g->atom[j].charge == charge &&
            w->g->bond[w->by[at][k]].order == order)
            return j;
    }
    return -1;
}

static bool is_carbonyl(const namer *w, int at) {
    return w->g->atom[at].number == 6 &&
           (terminal(w, at, 8, 2, 0) >= 0 || terminal(w, at, 16, 2, 0) >= 0);
}

/* The only neighbour of c beside those of `own`; -1: none; -2: more. */
static int rest_of(const namer *w, int c, uint64_t own) {
    int found = -1;
    for (int k = 0; k < w->degree[c]; k++) {
        if (own & bit(w->near[c][k])) continue;
        if (found >= 0) return -2;
        found = w->near[c][k];
    }
    return found;
}

/* A group whose carbon or sulfur c ends a chain or hangs on a ring. */
static void add_end(const namer *w, name_groups *out, int c, uint64_t own, int ester,
                    int nitrogen) {
    const int hang = rest_of(w, c, own);
    const bool carbon = w->g->atom[c].number == 6;
    if (hang == -2 || out->n == WRITE_GROUPS || w->g->atom[c].ring || (hang < 0 && !carbon)) return;
    if (hang >= 0 && (w->g->bond[namer_bond(w, c, hang)].order != 1 ||
                      (w->system[hang] < 0 && w->g->atom[hang].number != 6)))
        return;
    const bool end = carbon && (hang < 0 || w->system[hang] < 0);
    out->at[out->n++] = (name_group){.skeleton = (uint8_t)(end ? c : hang),
                                     .root = (uint8_t)c,
                                     .end = end,
                                     .ester = (int8_t)ester,
                                     .nitrogen = (int8_t)nitrogen,
                                     .atoms = end ? own : own | bit(c)};
}

static void add_on(name_groups *out, int skeleton, int root, int nitrogen) {
    if (out->n < WRITE_GROUPS)
        out->at[out->n++] = (name_group){.skeleton = (uint8_t)skeleton,
                                         .root = (uint8_t)root,
                                         .ester = -1,
                                         .nitrogen = (int8_t)nitrogen,
                                         .atoms = bit(root)};
}

/* Acids, esters, amides of the carbon c. */
static void carbon_ends(const namer *w, int c, name_class class, name_groups *out) {
    const int oxo = terminal(w, c, 8, 2, 0), nitrilo = terminal(w, c, 7, 3, 0);
    if (class == CLASS_NITRILE && nitrilo >= 0) add_end(w, out, c, bit(nitrilo), -1, -1);
    if (oxo < 0) return;
    if (class == CLASS_ALDEHYDE && w->g->atom[c].hydrogens && w->degree[c] == 2)
        add_end(w, out, c, bit(oxo), -1, -1);
    for (int k = 0; k < w->degree[c]; k++) {
        const int x = w->near[c][k];
        const mg_parts_atom *a = &w->g->atom[x];
        if (x == oxo || a->ring || w->g->bond[w->by[c][k]].order != 1) continue;
        const uint64_t own = bit(oxo) | bit(x);
        if (a->number == 8 && w->degree[x] == 1 &&
            class == (a->charge == -1 ? CLASS_ATE : CLASS_ACID))
            add_end(w, out, c, own, -1, -1);
        if (a->number == 17 && class == CLASS_CHLORIDE) add_end(w, out, c, own, -1, -1);
        if (w->degree[x] == 2 && ((a->number == 8 && class == CLASS_ESTER) ||
                                  (a->number == 16 && class == CLASS_THIOESTER))) {
            const int r = w->near[x][w->near[x][0] == c];
            if (w->g->atom[r].number == 6 && !is_carbonyl(w, r)) add_end(w, out, c, own, x, -1);
        }
        if (a->number == 7 && !a->charge && class == CLASS_AMIDE) add_end(w, out, c, own, -1, x);
    }
}

static void sulfur_ends(const namer *w, int s, name_class class, name_groups *out) {
    uint64_t own = 0;
    int oxo = 0, hydroxy = -1, nitrogen = -1, ester = -1, chlorine = -1;
    for (int k = 0; k < w->degree[s]; k++) {
        const int x = w->near[s][k];
        const bool twice = w->g->bond[w->by[s][k]].order == 2;
        if (w->g->atom[x].number == 8 && w->degree[x] == 1 && !w->g->atom[x].charge) {
            own |= bit(x);
            if (twice)
                oxo++;
            else
                hydroxy = x;
        } else if (w->g->atom[x].number == 7 && !w->g->atom[x].ring && !twice) {
            nitrogen = x;
        } else if (w->g->atom[x].number == 8 && w->degree[x] == 2 && !w->g->atom[x].ring) {
            ester = x;
        } else if (w->g->atom[x].number == 17) {
            chlorine = x;
        }
    }
    if (oxo != 2 || w->g->atom[s].number != 16) return;
    if (class == CLASS_SULFONESTER && ester >= 0 &&
        w->g->atom[w->near[ester][w->near[ester][0] == s]].number == 6)
        add_end(w, out, s, own | bit(ester), ester, -1);
    if (class == CLASS_SULFONYLCHLORIDE && chlorine >= 0)
        add_end(w, out, s, own | bit(chlorine), -1, -1);
    if (class == CLASS_SULFONIC && hydroxy >= 0) add_end(w, out, s, own, -1, -1);
    if (class == CLASS_SULFONAMIDE && nitrogen >= 0 && hydroxy < 0)
        add_end(w, out, s, own | bit(nitrogen), -1, nitrogen);
}

static void ketone(const namer *w, int c, name_groups *out) {
    const int oxo = terminal(w, c, 8, 2, 0);
    if (oxo < 0) return;
    for (int k = 0; k < w->degree[c] && !w->g->atom[c].ring; k++) {
        const int x = w->near[c][k];
        if (x != oxo && w->g->atom[x].number != 6 && !w->g->atom[x].ring) return;
    }
    if (w->g->atom[c].ring || w->degree[c] == 3) add_on(out, c, oxo, -1);
}

static void hetero_groups(const namer *w, int x, name_class class, name_groups *out) {
    const mg_parts_atom *a = &w->g->atom[x];
    const bool cation = class == CLASS_AMINIUM;
    if (a->ring || a->charge != cation) return;
    const int first = w->degree[x] ? w->near[x][0] : -1;
    if (first < 0 || w->g->atom[first].number != 6) return;
    const int order = w->g->bond[w->by[x][0]].order;
    const bool acid = is_carbonyl(w, first) && !w->g->atom[first].ring;
    if (w->degree[x] == 1 && order == 1 && !acid &&
        ((class == CLASS_ALCOHOL && a->number == 8) || (class == CLASS_THIOL && a->number == 16)))
        add_on(out, first, x, -1);
    if (class == CLASS_IMINE && a->number == 7 && w->degree[x] == 1 && order == 2)
        add_on(out, first, x, x);
    if ((class != CLASS_AMINE && !cation) || a->number != 7 ||
        (cation && a->hydrogens + w->degree[x] != 4))
        return;
    for (int k = 0; k < w->degree[x]; k++) {
        const int c = w->near[x][k];
        if (w->g->bond[w->by[x][k]].order != 1 || w->g->atom[c].number != 6 ||
            (is_carbonyl(w, c) && !w->g->atom[c].ring))
            return;
    }
    for (int k = 0; k < w->degree[x]; k++) add_on(out, w->near[x][k], x, x);
}

void namer_groups(const namer *w, name_class class, name_groups *out) {
    *out = (name_groups){.class = class};
    for (int i = 0; i < w->g->n; i++) {
        const mg_parts_atom *a = &w->g->atom[i];
        const bool carbon = a->number == 6;
        switch (class) {
        case CLASS_SULFONIC:
        case CLASS_SULFONESTER:
        case CLASS_SULFONYLCHLORIDE:
        case CLASS_SULFONAMIDE: sulfur_ends(w, i, class, out); break;
        case CLASS_KETONE:
            if (carbon) ketone(w, i, out);
            break;
        case CLASS_AMINIUM:
        case CLASS_ALCOHOL:
        case CLASS_THIOL:
        case CLASS_AMINE:
        case CLASS_IMINE:
            if (!carbon) hetero_groups(w, i, class, out);
            break;
        case CLASS_NONE: break;
        default:
            if (carbon && !a->ring && !a->charge) carbon_ends(w, i, class, out);
        }
    }
}

/* Whether a chain may have it: carbons of acids and nitriles are groups unless they are its
 * suffix. */
bool namer_chainable(const namer *w, int atom, name_class class) {
    const mg_parts_atom *a = &w->g->atom[atom];
    if (a->number != 6 || a->ring || a->charge) return false;
    if (class != CLASS_NITRILE && terminal(w, atom, 7, 3, 0) >= 0) return false;
    if (terminal(w, atom, 8, 2, 0) < 0) return true;
    return !(class != CLASS_ACID && terminal(w, atom, 8, 1, 0) >= 0) &&
           !(class != CLASS_ATE && terminal(w, atom, 8, 1, -1) >= 0);
}
