/* assembly.c - equal rings bound one to the next: "2,2'-bipyridine", "[1,4'-bipiperidine]",
 * "1,1':4',1''-terphenyl", "2,2'-bi-1h-indene", "bicyclohexyl".
 *
 *   assembly = [locants of a bond {":" locants of a bond} "-"] "bi", "ter" or "quater" ring
 *
 * The ring that stands k-th from the left has locants with k primes; a bond goes from it to the
 * next.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <string.h>

enum { RINGS_MOST = 4 };

typedef struct joints {
    char from[RINGS_MOST][NAME_LOCANT], to[RINGS_MOST][NAME_LOCANT];
    int n;
} joints;

/* "4'" that has so many primes; characters, 0: another. */
static size_t primed(const name_reader *r, size_t i, size_t end, int primes,
                     char out[NAME_LOCANT]) {
    size_t k = i, quotes = 0;
    while (k < end && isdigit((unsigned char)r->s[k])) k++;
    if (k > i && k < end && r->s[k] >= 'a' && r->s[k] <= 'f') k++;
    while (k + quotes < end && r->s[k + quotes] == '\'') quotes++;
    const size_t n = k + quotes - i;
    if (k == i || n >= NAME_LOCANT || quotes != (size_t)primes) return 0;
    memcpy(out, r->s + i, n);
    out[n] = 0;
    return n;
}

/* "1,1':4',1''-"; characters with the hyphen. */
static size_t joints_at(const name_reader *r, size_t i, size_t end, joints *j) {
    size_t k = i;
    for (j->n = 0; j->n < RINGS_MOST - 1;) {
        const size_t m = primed(r, k, end, j->n, j->from[j->n]);
        if (!m || k + m >= end || r->s[k + m] != ',') return 0;
        const size_t q = primed(r, k + m + 1, end, j->n + 1, j->to[j->n]);
        k += m + 1 + q;
        j->n++;
        if (!q || k >= end) return 0;
        if (r->s[k] == '-') return k + 1 - i;
        if (r->s[k++] != ':') return 0;
    }
    return 0;
}

/* "o-", "m-", "p-" of rings of benzene. */
static size_t letter_at(const name_reader *r, size_t i, size_t end, char *place) {
    if (i + 1 >= end || r->s[i + 1] != '-' || !strchr("omp", r->s[i])) return 0;
    *place = r->s[i] == 'o' ? '2' : r->s[i] == 'm' ? '3' : '4';
    return 2;
}

static void benzene_joints(joints *j, char place, int rings) {
    for (j->n = 0; j->n < rings - 1; j->n++) {
        char *from = j->from[j->n], *to = j->to[j->n];
        *from++ = j->n ? place : '1', *to++ = '1';
        memset(from, '\'', (size_t)j->n), memset(to, '\'', (size_t)j->n + 1);
        from[j->n] = to[j->n + 1] = 0;
    }
}

/* The ring behind "bi": by its own name, or as a group. */
static bool ring_of(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    static const char *const groups[][2] = {
        {"phenyl", "benzene"},           {"cyclohexyl", "cyclohexane"},
        {"cyclopropyl", "cyclopropane"}, {"cyclobutyl", "cyclobutane"},
        {"cyclopentyl", "cyclopentane"}, {"naphthyl", "naphthalene"},
        {"pyridyl", "pyridine"},         {"thienyl", "thiophene"},
        {"anthryl", "anthracene"},       {"quinolyl", "quinoline"},
        {"piperidyl", "piperidine"}};
    if (i < end && r->s[i] == '-') i++;
    if (i < end && strchr("([{", r->s[i]) && name_bracket_end(r, i, end) + 1 == end) i++, end--;
    for (size_t g = 0; g < MG_COUNT(groups); g++) {
        if (!name_is_word(r, i, end, groups[g][0])) continue;
        const name_reader own = {.s = groups[g][1], .n = strlen(groups[g][1])};
        return name_plain_hydride(&own, 0, own.n, f);
    }
    if (end < i + 4 || !name_ring_part(r, i, end, f) || f->own || f->m < f->n) return false;
    for (int a = 0; a < f->n; a++)
        if (f->a[a].charge || f->a[a].centre) return false;
    return true;
}

/* One more of the ring, its locants with so many primes. */
static bool add_ring(name_fragment *f, const name_fragment *ring, int primes) {
    const int first = f->n, rings = f->rings;
    if (f->n + ring->n > NAME_ATOMS || f->m + ring->m >= NAME_BONDS) return false;
    for (int i = 0; i < ring->n; i++) {
        name_atom a = ring->a[i];
        const size_t n = strlen(a.locant);
        if (n + (size_t)primes >= NAME_LOCANT) return false;
        if (n) memset(a.locant + n, '\'', (size_t)primes), a.locant[n + (size_t)primes] = 0;
        if (a.ring) a.ring = (uint8_t)(a.ring + rings);
        f->a[f->n++] = a;
    }
    for (int j = 0; j < ring->m; j++)
        if (!name_bind(f, first + ring->b[j].a, first + ring->b[j].b, ring->b[j].order))
            return false;
    f->rings += ring->rings;
    return true;
}

static bool assemble(name_fragment *f, const name_fragment *ring, const joints *j) {
    *f = (name_fragment){0};
    for (int k = 0; k <= j->n; k++)
        if (!add_ring(f, ring, k)) return false;
    for (int k = 0; k < j->n; k++) {
        const int from = name_at(f, j->from[k]), to = name_at(f, j->to[k]);
        if (from < 0 || to < 0 || !name_take(f, from, 1) || !name_take(f, to, 1) ||
            !name_bind(f, from, to, 1))
            return false;
    }
    return true;
}

bool name_assembly(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    static const char *const words[] = {"bi", "ter", "quater"};
    joints j = {0};
    char place = 0;
    if (end < i + 9) return false;
    if (strchr("([", r->s[i]) && name_bracket_end(r, i, end) + 1 == end) i++, end--;
    size_t k = i + joints_at(r, i, end, &j);
    if (k == i) k += letter_at(r, i, end, &place);
    for (int w = 0; w < (int)MG_COUNT(words); w++) {
        const size_t n = strlen(words[w]);
        if (!name_begins(r, k, end, words[w]) || (j.n && j.n != w + 1)) continue;
        name_fragment ring;
        if (!ring_of(r, k + n, end, &ring)) continue;
        if (!j.n) { /* nothing to choose: "p-terphenyl", "bicyclohexyl" */
            const bool two = w == 0 && !place && ring.alike && ring.a[0].number == 6;
            if (!two && !(place && w && name_is_word(r, k + n, end, "phenyl"))) return false;
            benzene_joints(&j, place, w + 2);
        }
        return assemble(f, &ring, &j);
    }
    return false;
}
