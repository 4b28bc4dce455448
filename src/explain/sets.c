/* sets.c - words and atoms as sets that share a colour.
 *
 *   words     words that light the same atoms
 *   phrases   phrases whose atoms are mostly the same: |A and B| at least half of |A or B|
 *   sentence  of these the two that are nearest become one, until EXPLAIN_SETS are left. Near is
 *             |A and B| / min(|A|, |B|), then how many bonds there are between them, then the order
 *             of the text. Every atom has a set: what nothing speaks of goes with the nearest.
 *
 * An atom belongs to the set that speaks of it most; of several the smaller one, then the first.
 */
#include "explain/inside.h"

#include <stdlib.h>
#include <string.h>

typedef struct sets {
    int n, atoms;
    int *of;       /* [said] set; -1: none */
    uint8_t *mask; /* [n, atoms] */
} sets;

static uint8_t *mask_of(const sets *s, int i) { return s->mask + (size_t)i * (size_t)s->atoms; }

static int new_sets(sets *s, const mg_level *l, int atoms, molglot_error *err) {
    *s = (sets){.atoms = atoms};
    s->of = malloc((l->n + 1) * sizeof *s->of);
    s->mask = calloc((l->n + 1) * ((size_t)atoms + 1), 1);
    return s->of && s->mask ? MOLGLOT_OK : mg_no_memory(err, "the sets of an explanation");
}

static void free_sets(sets *s) {
    free(s->of);
    free(s->mask);
}

static int size_of(const uint8_t *mask, int atoms) {
    int n = 0;
    for (int a = 0; a < atoms; a++) n += mask[a];
    return n;
}

static int common(const uint8_t *x, const uint8_t *y, int atoms) {
    int n = 0;
    for (int a = 0; a < atoms; a++) n += x[a] && y[a];
    return n;
}

/* Each row of the level to the first set that is enough like it (|A and B| >= share |A or B|), or
 * to a new one. */
static void gather(sets *s, const mg_level *l, double share) {
    for (size_t i = 0; i < l->n; i++) {
        const uint8_t *lit = l->said[i].lit;
        const int size = size_of(lit, s->atoms);
        s->of[i] = -1;
        for (int k = 0; size && k < s->n && s->of[i] < 0; k++) {
            const int both = common(lit, mask_of(s, k), s->atoms),
                      any = size + size_of(mask_of(s, k), s->atoms) - both;
            if (both >= share * any) s->of[i] = k;
        }
        if (!size) continue;
        if (s->of[i] < 0) s->of[i] = s->n++;
        for (int a = 0; a < s->atoms; a++) mask_of(s, s->of[i])[a] |= lit[a];
    }
}

/* ---- few sets ---- */

static int bonds_between(const sets *s, const explain_bonds *b, int i, int k) {
    const uint8_t *x = mask_of(s, i), *y = mask_of(s, k);
    int n = 0;
    for (int32_t e = 0; e < b->n; e++)
        n += (x[b->at[e][0]] && y[b->at[e][1]]) || (y[b->at[e][0]] && x[b->at[e][1]]);
    return n;
}

static double nearness(const sets *s, const explain_bonds *b, int i, int k) {
    const int x = size_of(mask_of(s, i), s->atoms), y = size_of(mask_of(s, k), s->atoms);
    const int least = x < y ? x : y;
    return 10.0 * common(mask_of(s, i), mask_of(s, k), s->atoms) / (least > 0 ? least : 1) +
           (double)bonds_between(s, b, i, k) / (least > 0 ? least : 1) - 0.01 * (k - i);
}

/* Set k goes into set i < k; those behind it move up. */
static void merge(sets *s, size_t n, int i, int k) {
    for (int a = 0; a < s->atoms; a++) mask_of(s, i)[a] |= mask_of(s, k)[a];
    memmove(mask_of(s, k), mask_of(s, k + 1), (size_t)(s->n - k - 1) * (size_t)s->atoms);
    s->n--;
    for (size_t w = 0; w < n; w++) {
        if (s->of[w] == k) s->of[w] = i;
        if (s->of[w] > k) s->of[w]--;
    }
}

static void merge_nearest(sets *s, size_t n, const explain_bonds *b) {
    int from = 0, into = 0;
    double best = -1e9;
    for (int i = 0; i < s->n; i++)
        for (int k = i + 1; k < s->n; k++) {
            const double near = nearness(s, b, i, k);
            if (near > best) best = near, into = i, from = k;
        }
    merge(s, n, into, from);
}

/* ---- atoms ---- */

static void give_atoms(const sets *s, mg_level *l) {
    for (size_t i = 0; i < l->n; i++) l->said[i].set = s->of[i];
    l->sets = s->n;
    for (int a = 0; a < s->atoms; a++) {
        float best = 0;
        int least = 0;
        for (size_t i = 0; i < l->n; i++) {
            const mg_said *w = &l->said[i];
            if (w->set < 0 || !w->lit[a] || w->score[a] < best) continue;
            const int size = size_of(w->lit, s->atoms);
            if (w->score[a] == best && size >= least) continue;
            best = w->score[a], least = size;
            l->atom_set[a] = w->set;
        }
    }
}

/* Atoms without a set take that of a neighbour that has one, a bond farther in each round. */
static void spread(mg_level *l, const explain_bonds *b, int atoms) {
    for (bool more = true; more;) {
        more = false;
        for (int32_t e = 0; e < b->n; e++)
            for (int side = 0; side < 2; side++) {
                const int32_t from = b->at[e][side], to = b->at[e][1 - side];
                if (l->atom_set[from] < 0 || l->atom_set[to] != -1) continue;
                l->atom_set[to] = -2 - l->atom_set[from]; /* of the next round */
                more = true;
            }
        for (int a = 0; a < atoms; a++)
            if (l->atom_set[a] < -1) l->atom_set[a] = -2 - l->atom_set[a];
    }
}

/* Words that light the same atoms, all of them. */
int explain_sets_words(mg_level *l, int atoms, molglot_error *err) {
    sets s;
    int code = new_sets(&s, l, atoms, err);
    if (!code) gather(&s, l, 1);
    if (!code) give_atoms(&s, l);
    free_sets(&s);
    return code;
}

int explain_sets_phrases(mg_level *l, int atoms, molglot_error *err) {
    sets s;
    int code = new_sets(&s, l, atoms, err);
    if (!code) gather(&s, l, 0.5);
    if (!code) give_atoms(&s, l);
    free_sets(&s);
    return code;
}

int explain_sets_sentence(mg_level *l, int atoms, const explain_bonds *b, molglot_error *err) {
    sets s;
    int code = new_sets(&s, l, atoms, err);
    if (!code) gather(&s, l, 0.5);
    while (!code && s.n > EXPLAIN_SETS) merge_nearest(&s, l->n, b);
    if (!code) give_atoms(&s, l);
    if (!code) spread(l, b, atoms);
    free_sets(&s);
    return code;
}
