/* skeleton.c - von Baeyer's names of bridged rings, "bicyclo[2.2.1]",
 * "pentacyclo[13.7.0.0^{2,10}.0^{4,8}.0^{17,21}]", and "spiro[4.5]": their atoms and bonds. Raised
 * digits may stand flat (".02,10."); then the number of atoms has to tell where they begin.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static size_t digits_at(const name_reader *r, size_t i, size_t end, size_t most, int *out) {
    size_t k = i;
    *out = 0;
    while (k < end && k - i < most && isdigit((unsigned char)r->s[k]))
        *out = *out * 10 + r->s[k++] - '0';
    return k - i;
}

/* "2,5" between raised marks, or flat behind the size; characters. */
static size_t bridge_at(const name_reader *r, size_t i, size_t end, name_bridge *b) {
    size_t k = i;
    *b = (name_bridge){0};
    while (k < end && isdigit((unsigned char)r->s[k]) && k - i < sizeof b->flat - 1)
        b->flat[k - i] = r->s[k], k++;
    if (k == i || k >= end) return 0;
    if (strchr("^{<", r->s[k])) {
        size_t m = digits_at(r, i, k, 2, &b->size);
        if (m != k - i) return 0;
        b->flat[0] = 0;
        while (k < end && strchr("^{<", r->s[k])) k++;
        if (!(m = digits_at(r, k, end, 3, &b->from))) return 0;
        k += m;
    }
    if (k >= end || r->s[k++] != ',') return 0;
    const size_t m = digits_at(r, k, end, 3, &b->to);
    if (!m) return 0;
    k += m;
    while (k < end && strchr("^}>", r->s[k])) k++;
    return k - i;
}

/* "bicyclo[", "icosacyclo[": how many rings; 1: "spiro[". */
static int rings_at(const name_reader *r, size_t i, size_t end, size_t *length) {
    *length = 6;
    if (end < i + 6) return 0;
    if (name_begins(r, i, end, "spiro[")) return 1;
    *length = 8;
    if (name_begins(r, i, end, "bicyclo[")) return 2;
    const int n = name_multiplier(r->s + i, end - i, length);
    if (n < 3 || !name_begins(r, i + *length, end, "cyclo[")) return 0;
    *length += 6;
    return n;
}

/* Characters up to the stem; 0: none. */
size_t name_skeleton_at(const name_reader *r, size_t i, size_t end, name_skeleton *out) {
    size_t k = i, m;
    *out = (name_skeleton){0};
    const int rings = rings_at(r, i, end, &m);
    if (!rings || rings > NAME_BRIDGES + 2) return 0;
    k += m;
    out->spiro = rings == 1;
    const int main_bridges = out->spiro ? 2 : 3;
    for (int n = 0; n < main_bridges; n++, k += m) {
        m = digits_at(r, k, end, 2, &out->size[n]);
        if (!m) return 0;
        if (n + 1 < main_bridges && (k + m >= end || r->s[k + m++] != '.')) return 0;
    }
    for (int n = 2; n < rings; n++) {
        if (k >= end || r->s[k++] != '.') return 0;
        if (!(m = bridge_at(r, k, end, &out->bridge[out->n_bridges++]))) return 0;
        k += m;
    }
    return k < end && r->s[k] == ']' ? k + 1 - i : 0;
}

static bool build_spiro(name_fragment *f, const name_skeleton *s) {
    const int hub = s->size[0]; /* it follows the smaller ring */
    if (s->size[0] + s->size[1] + 1 != f->n) return false;
    for (int i = 0; i < hub; i++) name_bind(f, i, i + 1, 1);
    name_bind(f, hub, 0, 1);
    for (int i = hub; i + 1 < f->n; i++) name_bind(f, i, i + 1, 1);
    return name_bind(f, f->n - 1, hub, 1);
}

static int higher(const name_bridge *b) { return b->from > b->to ? b->from : b->to; }

/* Bridges in the order of their numbers: those on the main rings first, each time the one with the
 * highest end. */
static void sort_bridges(name_bridge *b, int n, int main_atoms) {
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0; k--) {
            const bool outer = higher(&b[k]) > main_atoms, before = higher(&b[k - 1]) > main_atoms;
            if (outer != before ? outer : higher(&b[k]) <= higher(&b[k - 1])) break;
            const name_bridge t = b[k];
            b[k] = b[k - 1];
            b[k - 1] = t;
        }
}

static bool build_bridges(name_fragment *f, const name_skeleton *s) {
    const int round = s->size[0] + s->size[1] + 2, main_atoms = round + s->size[2];
    int next = main_atoms;
    name_bridge sorted[NAME_BRIDGES];
    for (int i = 0; i + 1 < round; i++) name_bind(f, i, i + 1, 1);
    name_bind(f, round - 1, 0, 1);
    int last = 0; /* the main bridge goes on from atom 1 */
    for (int i = round; i < main_atoms; i++) name_bind(f, last, i, 1), last = i;
    name_bind(f, last, s->size[0] + 1, 1);
    memcpy(sorted, s->bridge, sizeof sorted);
    sort_bridges(sorted, s->n_bridges, main_atoms);
    for (int n = 0; n < s->n_bridges; n++) {
        const name_bridge *b = &sorted[n];
        const int high = higher(b), low = b->from + b->to - high;
        if (low < 1 || high > next || low == high) return false;
        last = high - 1; /* numbered from the higher end */
        for (int i = 0; i < b->size; i++) name_bind(f, last, next, 1), last = next++;
        for (int j = 0; j < f->m; j++)
            if ((f->b[j].a == last && f->b[j].b == low - 1) ||
                (f->b[j].b == last && f->b[j].a == low - 1))
                return false;
        if (!name_bind(f, last, low - 1, 1)) return false;
    }
    for (int i = 0; i < f->n; i++)
        if (name_free(f, i) < 0) return false;
    return next == f->n;
}

/* Flat bridges from the n-th on read in every way that leaves `left` atoms; the built ones. */
static int build_ways(const name_skeleton *given, int n, int left, const name_fragment *atoms,
                      name_fragment *out) {
    name_skeleton s = *given;
    if (left < 0) return 0;
    if (n == s.n_bridges) {
        name_fragment f = *atoms;
        if (left || !build_bridges(&f, &s)) return 0;
        *out = f;
        return 1;
    }
    name_bridge *b = &s.bridge[n];
    if (!*b->flat) return build_ways(&s, n + 1, left - b->size, atoms, out);
    int found = 0;
    for (size_t digits = 1; digits <= 2 && digits < strlen(b->flat) && found < 2; digits++) {
        const char *from = b->flat + digits;
        if (*from == '0' || (digits == 2 && *b->flat == '0')) continue;
        b->size = 0, b->from = 0;
        for (size_t k = 0; k < digits; k++) b->size = 10 * b->size + b->flat[k] - '0';
        for (size_t k = 0; from[k] && k < 4; k++) b->from = 10 * b->from + from[k] - '0';
        found += build_ways(&s, n + 1, left - b->size, atoms, out);
    }
    return found;
}

/* All its atoms and bonds, if it has so many atoms. */
bool name_skeleton_build(name_fragment *f, const name_skeleton *s, int atoms) {
    const int main_atoms = s->size[0] + s->size[1] + s->size[2] + 2;
    *f = (name_fragment){0};
    if (atoms > NAME_ATOMS || (!s->spiro && s->size[0] < s->size[1])) return false;
    for (int i = 0; i < atoms; i++) {
        const int at = name_add_atom(f, 6);
        snprintf(f->a[at].locant, NAME_LOCANT, "%d", i + 1);
    }
    if (s->spiro) return build_spiro(f, s);
    const name_fragment bare = *f;
    return build_ways(s, 0, atoms - main_atoms, &bare, f) == 1;
}
