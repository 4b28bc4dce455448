/* numbering.c - locants of a fused ring system, by IUPAC's FR-5.3 and FR-5.4 (1998).
 *
 * Rings are laid on a hexagonal lattice. Of all ways to lay them, those count that have most rings
 * in a horizontal row, then most in the upper right quadrant, fewest in the lower left, most above
 * the row. Each way numbers the periphery clockwise from the upper right ring on. Of these
 * numberings the one stays with the lowest locants for heteroatoms, then for those that come first
 * (O, S, N), then for carbons of two rings, then for heteroatoms of two rings. Where two different
 * ones stay, there are no locants.
 */
#include "chem/nomenclature/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STARTS = 64, LAYOUTS = 3000, SHARED = 8 };

typedef struct start { /* a numbering: from an atom of the periphery on, to one side */
    int at, step;
} start;

typedef struct placed {
    int x, y; /* on the lattice, axes 60 degrees apart */
    int turn; /* direction of its first shared bond, 0 east, counterclockwise to 5 */
    bool is_placed;
} placed;

typedef struct system {
    name_fragment *f;
    name_rings rings;          /* all counterclockwise */
    uint8_t round[NAME_ATOMS]; /* periphery */
    int n_round;
    int shared[NAME_RINGS_MOST];         /* bonds of a ring that another has too */
    int bond[NAME_RINGS_MOST][SHARED];   /* their index in the ring */
    int beyond[NAME_RINGS_MOST][SHARED]; /* the other ring */
    int side[NAME_RINGS_MOST][SHARED];   /* of a hexagon, from the first one on */
    int layouts;
    int best[4];
    start starts[STARTS];
    int n_starts;
} system_t;

/* ---- rings and their neighbours ---- */

static int bond_of(const name_rings *r, int ring, int a, int b, bool *same) {
    for (int k = 0; k < r->size[ring]; k++) {
        const int x = r->atom[ring][k], y = r->atom[ring][(k + 1) % r->size[ring]];
        if (x == a && y == b) return *same = true, k;
        if (x == b && y == a) return *same = false, k;
    }
    return -1;
}

static void turn_round(name_rings *r, int ring) {
    for (int a = 0, b = r->size[ring] - 1; a < b; a++, b--) {
        const uint8_t t = r->atom[ring][a];
        r->atom[ring][a] = r->atom[ring][b];
        r->atom[ring][b] = t;
    }
}

/* All rings go round one way: a shared bond is run through in both directions. */
static bool orient(name_rings *r) {
    bool done[NAME_RINGS_MOST] = {true};
    for (int pass = 0; pass < r->n; pass++)
        for (int i = 0; i < r->n; i++)
            for (int k = 0; k < r->size[i] && done[i]; k++)
                for (int j = 0; j < r->n; j++) {
                    bool same = false;
                    const int a = r->atom[i][k], b = r->atom[i][(k + 1) % r->size[i]];
                    if (j == i || bond_of(r, j, a, b, &same) < 0) continue;
                    if (same && done[j]) return false;
                    if (same) turn_round(r, j);
                    done[j] = true;
                }
    for (int i = 0; i < r->n; i++)
        if (!done[i]) return false;
    return true;
}

static bool find_neighbours(system_t *s) {
    const name_rings *r = &s->rings;
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < r->size[i]; k++)
            for (int j = 0; j < r->n; j++) {
                bool same;
                if (j == i ||
                    bond_of(r, j, r->atom[i][k], r->atom[i][(k + 1) % r->size[i]], &same) < 0)
                    continue;
                if (s->shared[i] == SHARED) return false;
                s->bond[i][s->shared[i]] = k;
                s->beyond[i][s->shared[i]++] = j;
            }
    return true;
}

/* ---- layouts ---- */

static const int STEP[6][2] = {{1, 0}, {0, 1}, {-1, 1}, {-1, 0}, {0, -1}, {1, -1}};

/* After the mirror and `turns` sixths of a turn. */
static void moved(int x, int y, int turns, bool mirror, int *u, int *v) {
    if (mirror) x = x + y, y = -y;
    for (int t = 0; t < turns; t++) {
        const int old = x;
        x = -y, y = old + y;
    }
    *u = x, *v = y;
}

static int moved_side(int side, int turns, bool mirror) {
    return ((mirror ? 6 - side : side) + turns) % 6;
}

static int index_of_shared(const system_t *s, int ring, int other) {
    for (int k = 0; k < s->shared[ring]; k++)
        if (s->beyond[ring][k] == other) return k;
    return -1;
}

/* All rings on the lattice with the sides chosen; false: they do not fit. */
static bool lay(const system_t *s, placed *at) {
    memset(at, 0, sizeof *at * NAME_RINGS_MOST);
    at[0].is_placed = true;
    for (int pass = 0; pass < s->rings.n; pass++)
        for (int i = 0; i < s->rings.n; i++)
            for (int k = 0; k < s->shared[i] && at[i].is_placed; k++) {
                const int j = s->beyond[i][k], back = index_of_shared(s, j, i);
                const int way = (at[i].turn + s->side[i][k]) % 6;
                placed p = {at[i].x + STEP[way][0], at[i].y + STEP[way][1],
                            (way + 3 - s->side[j][back] + 6) % 6, true};
                if (at[j].is_placed && (at[j].x != p.x || at[j].y != p.y || at[j].turn != p.turn))
                    return false;
                at[j] = p;
            }
    for (int i = 0; i < s->rings.n; i++)
        for (int j = 0; j < i; j++) {
            const int dx = at[i].x - at[j].x, dy = at[i].y - at[j].y;
            bool near = !dx && !dy;
            for (int d = 0; d < 6; d++) near |= dx == STEP[d][0] && dy == STEP[d][1];
            if (near && index_of_shared(s, i, j) < 0) return false;
        }
    return true;
}

/* The numbering of a layout that lies right: from the upper right ring on, clockwise. */
static void add_start(system_t *s, const placed *at, int turns, bool mirror) {
    int top = -1, tx = 0, ty = 0, shared = -1;
    for (int i = 0; i < s->rings.n; i++) {
        int x, y;
        moved(at[i].x, at[i].y, turns, mirror, &x, &y);
        if (top < 0 || y > ty || (y == ty && x > tx)) top = i, tx = x, ty = y;
    }
    static const int order[] = {3, 4, 5, 0};
    for (int o = 0; o < 4 && shared < 0; o++)
        for (int k = 0; k < s->shared[top]; k++)
            if (moved_side((at[top].turn + s->side[top][k]) % 6, turns, mirror) == order[o])
                shared = k;
    if (shared < 0) return;
    const int size = s->rings.size[top], b = s->bond[top][shared];
    const int from = s->rings.atom[top][mirror ? (b + 1) % size : b];
    const int next = s->rings.atom[top][mirror ? (b + 2) % size : (b + size - 1) % size];
    start one = {-1, 0};
    for (int i = 0; i < s->n_round; i++) {
        if (s->round[i] != from) continue;
        if (s->round[(i + 1) % s->n_round] == next)
            one = (start){i, 1};
        else if (s->round[(i + s->n_round - 1) % s->n_round] == next)
            one = (start){i, s->n_round - 1};
    }
    if (one.at < 0) return;
    for (int k = 0; k < s->n_round; k++) { /* the first atom of one ring alone */
        if (name_rings_with(&s->rings, s->round[one.at], -1) == 1) break;
        one.at = (one.at + one.step) % s->n_round;
    }
    for (int i = 0; i < s->n_starts; i++)
        if (s->starts[i].at == one.at && s->starts[i].step == one.step) return;
    if (s->n_starts < STARTS) s->starts[s->n_starts++] = one;
}

/* Four times the rings in each quadrant round the middle of a row; those above it. */
static void count_quadrants(const int (*xy)[2], int n, int middle, int row, int score[4]) {
    score[1] = score[2] = score[3] = 0;
    for (int i = 0; i < n; i++) {
        const int dx = 2 * (2 * xy[i][0] + xy[i][1]) - middle, dy = xy[i][1] - row;
        if (dx >= 0 && dy >= 0) score[1] += 4 / ((dx ? 1 : 2) * (dy ? 1 : 2));
        if (dx <= 0 && dy <= 0) score[2] -= 4 / ((dx ? 1 : 2) * (dy ? 1 : 2));
        score[3] += dy > 0;
    }
}

/* A row of a turned layout that begins with ring i. */
static int row_from(const system_t *s, const int (*xy)[2], int i, int *last) {
    int n = 1;
    *last = i;
    for (int k = 0; k < s->shared[*last]; k++) {
        const int j = s->beyond[*last][k];
        if (xy[j][1] == xy[*last][1] && xy[j][0] == xy[*last][0] + 1) *last = j, n++, k = -1;
    }
    return n;
}

static void judge(system_t *s, const placed *at) {
    for (int way = 0; way < 12; way++) {
        const int turns = way % 6;
        const bool mirror = way > 5;
        int xy[NAME_RINGS_MOST][2];
        for (int i = 0; i < s->rings.n; i++)
            moved(at[i].x, at[i].y, turns, mirror, &xy[i][0], &xy[i][1]);
        for (int i = 0; i < s->rings.n; i++) {
            int last, score[4];
            score[0] = row_from(s, (const int(*)[2])xy, i, &last);
            const int middle = 2 * xy[i][0] + xy[i][1] + 2 * xy[last][0] + xy[last][1];
            count_quadrants((const int(*)[2])xy, s->rings.n, middle, xy[i][1], score);
            const int order = memcmp(score, s->best, sizeof score);
            int better = 0;
            for (int k = 0; k < 4 && order && !better; k++) better = score[k] - s->best[k];
            if (better < 0) continue;
            if (better > 0) s->n_starts = 0, memcpy(s->best, score, sizeof score);
            add_start(s, at, turns, mirror);
        }
    }
}

/* Sides of a hexagon for the shared bonds of ring i and those behind it: a smaller ring has fewer
 * bonds between them, a larger one more. */
static void choose_sides(system_t *s, int i, int k, int used) {
    if (s->layouts > LAYOUTS) return;
    if (i == s->rings.n) {
        placed at[NAME_RINGS_MOST];
        s->layouts++;
        if (lay(s, at)) judge(s, at);
        return;
    }
    const int size = s->rings.size[i], shared = s->shared[i];
    if (k + 1 >= shared) { /* the last gap is what is left */
        const int free_bonds = size - 1 - (s->bond[i][shared - 1] - s->bond[i][0]);
        const int left = 6 - shared - used;
        if (left < 0 || (free_bonds == 0) != (left == 0) ||
            (size <= 6 ? left < free_bonds : left > free_bonds))
            return;
        choose_sides(s, i + 1, 0, 0);
        return;
    }
    const int gap = s->bond[i][k + 1] - s->bond[i][k] - 1;
    for (int g = 0; g <= 5; g++) {
        if ((gap == 0) != (g == 0) || (size <= 6 ? g < gap : g > gap) || used + g > 6) continue;
        s->side[i][k + 1] = s->side[i][k] + 1 + g;
        choose_sides(s, i, k + 1, used + g);
    }
}

/* ---- numberings ---- */

typedef struct numbering {
    int number[NAME_ATOMS];
    char letter[NAME_ATOMS];
    int hetero[NAME_ATOMS], fused[NAME_ATOMS], fused_hetero[NAME_ATOMS], kinds[NAME_ATOMS];
    int n_hetero, n_fused, n_fused_hetero;
    int rank[NAME_ATOMS]; /* atom to its place in the order */
} numbering;

static int compare_ints(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

/* Lower for elements that come first. */
static int seniority(int number) {
    static const int order[] = {8, 16, 34, 7, 15, 33, 14, 32, 5};
    for (int i = 0; i < (int)MG_COUNT(order); i++)
        if (order[i] == number) return i;
    return MG_COUNT(order);
}

static void note(const system_t *s, numbering *g, int atom, bool fused) {
    const int number = s->f->a[atom].number, value = g->number[atom] * 32 + g->letter[atom];
    if (number != 6) {
        g->kinds[g->n_hetero] = value * 16 + seniority(number);
        g->hetero[g->n_hetero++] = value;
        if (fused) g->fused_hetero[g->n_fused_hetero++] = value;
    } else if (fused) {
        g->fused[g->n_fused++] = value;
    }
}

/* Atoms inside: behind the last of the periphery, those next to low ones first. */
static void number_inside(const system_t *s, numbering *g, int number, int letter, int order) {
    const name_fragment *f = s->f;
    for (; order < f->n; order++) {
        int next = -1, lowest = 999;
        for (int j = 0; j < 2 * f->m; j++) {
            const name_bond *b = &f->b[j / 2];
            const int in = j % 2 ? b->a : b->b, out = j % 2 ? b->b : b->a;
            if (g->rank[in] >= 0 || g->rank[out] < 0 || g->rank[out] >= lowest) continue;
            next = in, lowest = g->rank[out];
        }
        if (next < 0) return;
        g->rank[next] = order;
        g->number[next] = number;
        g->letter[next] = (char)++letter;
        note(s, g, next, true);
    }
}

static void number_from(const system_t *s, start from, numbering *g) {
    int number = 0, letter = 0;
    memset(g, 0, sizeof *g);
    for (int i = 0; i < s->f->n; i++) g->rank[i] = -1;
    for (int k = 0, at = from.at; k < s->n_round; k++, at = (at + from.step) % s->n_round) {
        const int atom = s->round[at];
        const bool fused = name_rings_with(&s->rings, atom, -1) > 1;
        if (fused && s->f->a[atom].number == 6)
            letter++;
        else
            number++, letter = 0;
        g->rank[atom] = k;
        g->number[atom] = number;
        g->letter[atom] = (char)letter;
        note(s, g, atom, fused);
    }
    number_inside(s, g, number, letter, s->n_round);
    qsort(g->hetero, (size_t)g->n_hetero, sizeof(int), compare_ints);
    qsort(g->kinds, (size_t)g->n_hetero, sizeof(int), compare_ints);
    qsort(g->fused, (size_t)g->n_fused, sizeof(int), compare_ints);
    qsort(g->fused_hetero, (size_t)g->n_fused_hetero, sizeof(int), compare_ints);
}

static int compare_lists(const int *a, const int *b, int n) {
    for (int i = 0; i < n; i++)
        if (a[i] != b[i]) return a[i] - b[i];
    return 0;
}

static int compare_numberings(const numbering *a, const numbering *b) {
    int c = compare_lists(a->hetero, b->hetero, a->n_hetero);
    if (!c) c = compare_lists(a->kinds, b->kinds, a->n_hetero);
    if (!c) c = compare_lists(a->fused, b->fused, a->n_fused);
    if (!c) c = compare_lists(a->fused_hetero, b->fused_hetero, a->n_fused_hetero);
    return c;
}

/* The same atoms at the same locants, bound alike. */
static bool same_numbering(const name_fragment *f, const numbering *a, const numbering *b) {
    int of[NAME_ATOMS];
    for (int i = 0; i < f->n; i++) of[i] = -1;
    for (int i = 0; i < f->n; i++)
        if (b->rank[i] >= 0) of[b->rank[i]] = i;
    for (int i = 0; i < f->n; i++)
        if (a->rank[i] < 0 || of[a->rank[i]] < 0 || f->a[i].number != f->a[of[a->rank[i]]].number)
            return false;
    for (int j = 0; j < f->m; j++) {
        const int x = of[a->rank[f->b[j].a]], y = of[a->rank[f->b[j].b]];
        bool found = false;
        for (int k = 0; k < f->m; k++)
            found |= (f->b[k].a == x && f->b[k].b == y) || (f->b[k].a == y && f->b[k].b == x);
        if (!found) return false;
    }
    return true;
}

static bool write_locants(system_t *s, const numbering *g) {
    const bool one_inside = s->f->n - s->n_round <= 1; /* of several we do not tell the order */
    for (int i = 0; i < s->f->n; i++) {
        name_atom *a = &s->f->a[i];
        *a->locant = 0;
        if (g->rank[i] >= s->n_round && a->number != 6) return false;
        if (g->rank[i] >= s->n_round && !one_inside) continue;
        if (g->letter[i] > 26) return false;
        snprintf(a->locant, NAME_LOCANT, g->letter[i] ? "%d%c" : "%d", g->number[i] % 1000,
                 'a' + g->letter[i] - 1);
    }
    return true;
}

static bool choose_numbering(system_t *s) {
    numbering *best = malloc(2 * sizeof *best), *one = best + 1;
    bool tied = false;
    if (!best) return false;
    for (int i = 0; i < s->n_starts; i++) {
        number_from(s, s->starts[i], i ? one : best);
        const int order = i ? compare_numberings(one, best) : 0;
        if (order < 0) *best = *one, tied = false;
        if (i && !order && !same_numbering(s->f, one, best)) tied = true;
    }
    const bool ok = s->n_starts && !tied && write_locants(s, best);
    free(best);
    return ok;
}

/* Locants of a system of two or more rings, all its atoms in rings. */
bool name_number(name_fragment *f) {
    system_t *s = calloc(1, sizeof *s);
    bool ok = s != NULL;
    if (!s) return false;
    s->f = f;
    ok = name_rings_of(f, &s->rings) && s->rings.n > 1 && orient(&s->rings) && find_neighbours(s);
    for (int j = 0; j < f->m && ok && !s->n_round; j++)
        if (name_rings_with(&s->rings, f->b[j].a, f->b[j].b) == 1)
            s->n_round = name_periphery(f, &s->rings, f->b[j].a, f->b[j].b, s->round);
    ok = ok && s->n_round;
    if (ok && s->rings.n == 2) {
        for (int i = 0; i < s->n_round; i++) /* behind an atom of both, to either side */
            for (int step = 1; step < s->n_round; step += s->n_round - 2) {
                const int before = s->round[(i + s->n_round - step) % s->n_round];
                if (name_rings_with(&s->rings, s->round[i], -1) == 1 &&
                    name_rings_with(&s->rings, before, -1) == 2)
                    s->starts[s->n_starts++] = (start){i, step};
            }
    } else if (ok) {
        choose_sides(s, 0, 0, 0);
        ok = s->layouts <= LAYOUTS;
    }
    ok = ok && choose_numbering(s);
    free(s);
    return ok;
}
