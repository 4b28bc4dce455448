/* spiro.c - parent hydrides as names have them: plain ones (hydride.c), and two that share an atom,
 * "spiro[3h-indole-2,4'-piperidine]"; the second one's locants have a prime.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <string.h>

/* The shared atom has all its bonds in the two rings. */
static bool open_atom(name_fragment *f, int at) {
    if (at < 0 || f->a[at].number != 6 || f->a[at].charge) return false;
    if (f->a[at].flat && !f->a[at].sat) {
        for (int i = 0; i < f->n; i++)
            if (f->a[at].maybe && i != at && f->a[i].ring == f->a[at].ring) f->a[i].maybe = false;
        f->a[at].sat = true;
    }
    return name_orders(f, at) == 2;
}

static bool merge(name_fragment *f, int at, const name_fragment *second, int shared) {
    int to[NAME_ATOMS];
    const int rings = f->rings;
    for (int i = 0; i < second->n; i++) {
        to[i] = at;
        if (i == shared) continue;
        to[i] = name_add_atom(f, 6);
        if (to[i] < 0 || strlen(second->a[i].locant) + 2 > NAME_LOCANT) return false;
        name_atom *a = &f->a[to[i]];
        *a = second->a[i];
        if (a->ring) a->ring = (uint8_t)(a->ring + rings);
        if (*a->locant) strcat(a->locant, "'");
    }
    for (int j = 0; j < second->m; j++)
        if (!name_bind(f, to[second->b[j].a], to[second->b[j].b], second->b[j].order)) return false;
    f->rings += second->rings;
    f->alike = false;
    return true;
}

/* "spiro[A-3,2'-B]". */
static bool spiro(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    if (!name_begins(r, i, end, "spiro[") || isdigit((unsigned char)r->s[end - 1])) return false;
    const size_t close = name_bracket_end(r, i + 5, end);
    if (close >= end || (close + 1 != end)) return false;
    for (size_t k = i + 8; k + 6 < close; k++) {
        name_part p = {0};
        if (r->s[k] != '-') continue;
        const size_t m = name_locants(r, k + 1, close, &p, NULL);
        if (!m || p.places != 2 || strchr(p.place[0], '\'') || !strchr(p.place[1], '\'')) continue;
        name_fragment second;
        char *prime = strchr(p.place[1], '\'');
        if (prime[1]) continue;
        *prime = 0;
        if (!name_ring_part(r, i + 6, k, f) || !name_ring_part(r, k + 1 + m, close, &second))
            continue;
        const int at = name_at(f, p.place[0]), shared = name_at(&second, p.place[1]);
        if (open_atom(f, at) && open_atom(&second, shared) && merge(f, at, &second, shared))
            return true;
    }
    return false;
}

bool name_hydride(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    const size_t bit = i * (r->n + 1) + end;
    if (r->no_hydride && r->no_hydride[bit / 8] >> bit % 8 & 1) return false;
    if (name_balanced(r, i, end) &&
        (spiro(r, i, end, f) || name_plain_hydride(r, i, end, f) || name_assembly(r, i, end, f)))
        return true;
    if (r->no_hydride) r->no_hydride[bit / 8] |= (uint8_t)(1 << bit % 8);
    return false;
}
