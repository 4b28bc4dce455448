/* bertz.c - Bertz's complexity index of a molecule (J. Am. Chem. Soc. 103, 3599, 1981), as RDKit
 * defines its BertzCT.
 *
 * Two entropies are added: of the elements among the atoms, and of the kinds of connections (pairs
 * of bonds that meet at an atom, and of each multiple bond with itself). A connection's kind is the
 * symmetry classes of its atoms; two atoms are of one class when their sorted distances to all
 * atoms agree to four decimals, a bond being as long as one over its order (aromatic 2/3). RDKit's
 * C++ library does not have it.
 */
#include "chem/mol.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEAREST = 100 }; /* distances that tell classes apart, the nearest first */

/* Counts by key; keys are few and small (classes of three atoms), so a sorted array will do. */
typedef struct tally {
    uint64_t *keys;
    double *weights;
    size_t n;
} tally;

static double bond_order(const mg_bond *b) {
    switch (b->order) {
    case MG_ORDER_DOUBLE: return 2.0;
    case MG_ORDER_TRIPLE: return 3.0;
    case MG_ORDER_AROMATIC: return 1.5;
    default: return 1.0;
    }
}

/* d [n, n]: shortest paths by Floyd and Warshall; atoms of different components are far apart. */
static void distances(const mg_mol_arrays *m, double *d) {
    const double far = 1e8;
    int32_t n = m->n_atoms;
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < n; j++) d[i * n + j] = i == j ? 0 : far;
    for (int32_t k = 0; k < m->n_bonds; k++) {
        const mg_bond *b = &m->bonds[k];
        d[b->a * n + b->b] = d[b->b * n + b->a] = b->order == MG_ORDER_AROMATIC
                                                      ? 2.0 / 3.0
                                                      : 1.0 / bond_order(b);
    }
    for (int32_t k = 0; k < n; k++)
        for (int32_t i = 0; i < n; i++)
            for (int32_t j = 0; j < n; j++)
                if (d[i * n + k] + d[k * n + j] < d[i * n + j])
                    d[i * n + j] = d[i * n + k] + d[k * n + j];
}

static int by_distance(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool same_class(const double *a, const double *b, int32_t n) {
    for (int32_t j = 0; j < n; j++)
        if (lround(a[j] * 1e4) != lround(b[j] * 1e4)) return false;
    return true;
}

/* class[i], from 0, in order of first appearance; d's rows are sorted in place. */
static void symmetry_classes(double *d, int32_t n, int32_t *class) {
    int32_t classes = 0, near = n < NEAREST ? n : NEAREST;
    for (int32_t i = 0; i < n; i++) {
        qsort(d + i * n, (size_t)n, sizeof *d, by_distance);
        class[i] = -1;
        for (int32_t j = 0; j < i && class[i] < 0; j++)
            if (same_class(d + i * n, d + j * n, near)) class[i] = class[j];
        if (class[i] < 0) class[i] = classes++;
    }
}

static void tally_add(tally *t, uint64_t key, double weight) {
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (t->keys[mid] < key)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == t->n || t->keys[low] != key) {
        memmove(t->keys + low + 1, t->keys + low, (t->n - low) * sizeof *t->keys);
        memmove(t->weights + low + 1, t->weights + low, (t->n - low) * sizeof *t->weights);
        t->keys[low] = key;
        t->weights[low] = 0;
        t->n++;
    }
    t->weights[low] += weight;
}

/* Total and total times entropy in bits. */
static double entropy(const tally *t, double *total) {
    double sum = 0, bits = 0;
    for (size_t i = 0; i < t->n; i++) sum += t->weights[i];
    for (size_t i = 0; i < t->n; i++) bits -= t->weights[i] * log2(t->weights[i] / sum);
    *total = sum;
    return bits;
}

/* Classes are below 2^20: a molecule has 800 atoms at most. */
static uint64_t kind(int32_t a, int32_t b, int32_t hinge) {
    uint64_t low = (uint64_t)(a < b ? a : b), high = (uint64_t)(a < b ? b : a);
    return low << 40 | high << 20 | (uint64_t)(hinge + 1);
}

static void connections(const mg_mol_arrays *m, const int32_t *class, tally *t) {
    for (int32_t i = 0; i < m->n_atoms; i++) {
        for (int32_t x = m->offsets[i]; x < m->offsets[i + 1]; x++) {
            int32_t j = m->neighbours[x];
            double order = bond_order(&m->bonds[m->neighbour_bonds[x]]);
            if (order > 1 && j > i)
                tally_add(t, kind(class[i], class[j], -1), order * (order - 1) / 2);
            for (int32_t y = x + 1; y < m->offsets[i + 1]; y++)
                tally_add(t, kind(class[j], class[m->neighbours[y]], class[i]),
                          order * bond_order(&m->bonds[m->neighbour_bonds[y]]));
        }
    }
}

static double complexity(const mg_mol_arrays *m, double *d, int32_t *class, tally *t) {
    double total;
    for (int32_t i = 0; i < m->n_atoms; i++) tally_add(t, m->atoms[i].number, 1);
    double elements = entropy(t, &total);
    distances(m, d);
    symmetry_classes(d, m->n_atoms, class);
    t->n = 0;
    connections(m, class, t);
    if (!t->n) return elements;
    double bits = entropy(t, &total);
    return elements + bits + total * log2(total);
}

int mg_mol_bertz(const mg_mol *m, double *out, molglot_error *err) {
    mg_mol_arrays arrays;
    *out = 0;
    int code = mg_mol_arrays_get(m, false, &arrays, err);
    if (code) return code;
    size_t n = (size_t)arrays.n_atoms, pairs = (size_t)arrays.n_bonds + 1;
    for (int32_t i = 0; i < arrays.n_atoms; i++)
        pairs += (size_t)arrays.atoms[i].degree * arrays.atoms[i].degree / 2;
    if (pairs < n) pairs = n;
    double *d = malloc(n * n * sizeof *d + 1);
    int32_t *class = malloc((n + 1) * sizeof *class);
    tally t = {malloc((pairs + 1) * sizeof *t.keys), malloc((pairs + 1) * sizeof *t.weights), 0};
    if (!d || !class || !t.keys || !t.weights)
        code = mg_no_memory(err, "the complexity of %zu atoms", n);
    else if (n > 1)
        *out = complexity(&arrays, d, class, &t);
    free(d);
    free(class);
    free(t.keys);
    free(t.weights);
    mg_mol_arrays_free(&arrays);
    return code;
}
