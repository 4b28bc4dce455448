/* core.c - what substituents end with, a fragment with a free valence: "chloro", "propan-2-yl",
 * "pyridine-3-carbonyl", "oxy".
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool free_valence(name_fragment *f, int at, int order) {
    if (at < 0 || !name_take(f, at, order)) return false;
    f->from = (uint8_t)at;
    f->order = (uint8_t)order;
    name_near_bind(&f->a[at], NEAR_FREE, true);
    return true;
}

static void core_of_table(name_reader *r, size_t i, size_t end, const name_entry *e,
                          name_ways *out) {
    if (i == end) return;
    if (e == NAME_GROUPS && end - i < NAME_BITS && !(r->groups[i] >> (end - i) & 1)) return;
    for (; e->name; e++) {
        if (*e->name != r->s[i] || !name_is_word(r, i, end, e->name)) continue;
        name_fragment f = {0};
        const int order = *e->smiles == '=' ? 2 : *e->smiles == '#' ? 3 : 1;
        f.open = *e->smiles == '~';
        if (name_add(&f, e->smiles + (order > 1 || f.open), e->locants) < 0) continue;
        f.from = 0, f.order = (uint8_t)order;
        if (f.a[0].number == 15 && f.m) f.a[0].lambda = 5; /* phosphoryl: all of them are said */
        f.a[0].sat |= f.a[0].flat && order == 2;
        name_keep(r, out, &f);
    }
}

/* "thien" of "thien-3-yl", "bicyclo[2.2.1]hept" of "bicyclo[2.2.1]hept-2-yl", "but" of "but-2-yl":
 * hydrides without the end of their name. */
static bool shortened(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    char own[NAME_LONGEST + 3];
    for (const name_entry *e = NAME_SHORT; e->name; e++) {
        if (!name_is_word(r, i, end, e->name)) continue;
        const name_reader ring = {.s = e->smiles, .n = strlen(e->smiles)};
        return name_hydride(&ring, 0, ring.n, f);
    }
    if (end < i + 3 || !strchr("tpcxn", r->s[end - 1])) return false;
    snprintf(own, sizeof own, "%.*san", (int)(end - i), r->s + i);
    const name_reader chain = {.s = own, .n = strlen(own)};
    return name_hydride(&chain, 0, chain.n, f) && !f->own;
}

/* "propan-2-yl", "propyl", "pyridin-3-yl", "cyclohexyl", "cyclohexylidene". */
static void core_yl(name_reader *r, size_t i, size_t end, name_ways *out) {
    const int order = name_begins(r, end > i + 7 ? end - 7 : i, end, "ylidene") ? 2 : 1;
    const size_t tail = order == 2 ? 7 : 2;
    name_fragment f;
    if (end < i + tail + 2 || (order == 1 && !name_is_word(r, end - 2, end, "yl"))) return;
    const size_t q = end - tail;
    size_t length;
    const int carbons = name_stem(r->s + i, q - i, &length);
    if (carbons && i + length == q) { /* methyl */
        f = (name_fragment){0};
        name_chain(&f, carbons, false);
        f.alike = carbons == 1;
        if (free_valence(&f, 0, order)) name_keep(r, out, &f);
    }
    if (name_begins(r, i, q, "cyclo") && name_stem(r->s + i + 5, q - i - 5, &length) > 2 &&
        i + 5 + length == q) {
        f = (name_fragment){0};
        name_chain(&f, name_stem(r->s + i + 5, q - i - 5, &length), true);
        f.alike = false;
        if (free_valence(&f, 0, order)) name_keep(r, out, &f);
    }
    if (r->s[q - 1] == '-') { /* -2-yl, -2(1h)-yl */
        for (size_t k = q - 1; k > i + 2; k--) {
            name_part p = {0}, hydro = {.kind = PART_INDICATED};
            if (r->s[k - 1] != '-' || name_locants(r, k, q, &p, &hydro) != q - k || p.places != 1)
                continue;
            if (!name_hydride(r, i, k - 1, &f) && !shortened(r, i, k - 1, &f)) continue;
            if (!name_put_indicated(&f, &hydro)) continue;
            if (name_open_valence(&f, p.place[0], order)) {
                f.alike = false;
                name_keep(r, out, &f);
            }
        }
    } else if (name_hydride(r, i, q, &f)) {
        /* all places alike: "ethenyl", "pyrazinyl"; an unsaturated chain by its first: "but-2-enyl"
         */
        const bool chain_end = f.m == f.n - 1 && !f.rings && r->s[q - 1] == 'n' &&
                               (r->s[q - 2] == 'e' || r->s[q - 2] == 'y');
        if (f.alike || chain_end) {
            f.alike = false;
            if (free_valence(&f, 0, order)) name_keep(r, out, &f);
        }
    }
    name_part front = {0}; /* "2-pyridinyl", "3-thienyl" */
    const size_t m = name_locants(r, i, q, &front, NULL);
    if (!m || front.places != 1 || r->s[q - 1] == '-') return;
    const int chain = name_stem(r->s + i + m, q - i - m, &length);
    if (chain > 2 && i + m + length == q && isdigit((unsigned char)front.place[0][0])) {
        f = (name_fragment){.loose = true}; /* "2-butyl" */
        name_chain(&f, chain, false);
        if (free_valence(&f, name_at(&f, front.place[0]), order)) name_keep(r, out, &f);
        return;
    }
    bool read = name_hydride(r, i + m, q, &f) && (f.rings || f.m >= f.n), ene = false;
    for (int j = 0; read && j < f.m && !f.rings; j++) ene |= f.b[j].order > 1;
    if (ene) { /* "3-cyclohexenyl": the locant is that of its bond */
        if (name_hydride(r, i, q, &f) && free_valence(&f, name_at(&f, "1"), order))
            f.alike = false, name_keep(r, out, &f);
        return;
    }
    for (const name_entry *e = NAME_SHORT; e->name && !read; e++) {
        if (!name_is_word(r, i + m, q, e->name)) continue;
        const name_reader ring = {.s = e->smiles, .n = strlen(e->smiles)};
        read = name_hydride(&ring, 0, ring.n, &f);
    }
    if (read && free_valence(&f, name_at(&f, front.place[0]), order)) {
        f.alike = false;
        name_keep(r, out, &f);
    }
}

/* "cholan-24-oyl", "cholan-24-oyloxy": the end of a natural parent's chain; s[i..q) is
 * "cholan-24-"; behind: "", "O", "N". */
static void acyl_at(name_reader *r, size_t i, size_t q, const char *behind, name_ways *out) {
    name_fragment f;
    for (size_t k = q; k > i + 4; k--) {
        name_part p = {0};
        if (r->s[k - 1] != '-' || name_locants(r, k, q, &p, NULL) != q - k || p.places != 1 ||
            !name_hydride(r, i, k - 1, &f) || !f.own)
            continue;
        int at = name_at(&f, p.place[0]);
        if (at < 0 || name_free(&f, at) != 3) continue;
        const int o = name_add_atom(&f, 8);
        if (!name_bind(&f, at, o, 2)) continue;
        if (*behind) {
            const int next = name_add_atom(&f, *behind == 'O' ? 8 : 7);
            if (!name_bind(&f, at, next, 1)) continue;
            at = next;
            if (*behind == 'N') strcpy(f.a[at].locant, "n");
        }
        if (free_valence(&f, at, 1)) name_keep(r, out, &f);
    }
}

/* Rings and chains with a binding suffix: "pyridine-3-carbonyl", "butanoyl", "hexyloxy" is prefix
 * and core, "cyclopropanecarboxamido". */
static void core_acyl(name_reader *r, size_t i, size_t end, name_ways *out) {
    static const struct {
        const char *name, *smiles, *locants;
        bool on_end;
    } tails[] = {{"carbonyl", "C=O", NULL, false},
                 {"sulfonyl", "S(=O)=O", NULL, false},
                 {"carboxamido", "NC=O", "n/", false},
                 {"sulfonamido", "NS(=O)=O", "n/", false},
                 {"oyl", "=O", NULL, true},
                 {"oyloxy", "=OO", NULL, true},
                 {"oylamino", "=ON", NULL, true},
                 {"amido", "=ON", NULL, true}};
    for (size_t t = 0; t < MG_COUNT(tails); t++) {
        const size_t k = strlen(tails[t].name);
        if (end < i + k + 3 || !name_is_word(r, end - k, end, tails[t].name)) continue;
        size_t q = end - k;
        name_fragment f;
        if (tails[t].on_end) {
            acyl_at(r, i, q, &tails[t].smiles[2], out);
            if (!name_hydride(r, i, q, &f) || f.m == f.n || f.rings || name_free(&f, 0) < 3)
                continue;
            const int o = name_add_atom(&f, 8);
            if (o < 0 || !name_bind(&f, 0, o, 2)) continue;
            *f.a[0].locant = 0;
            f.alike = false;
            int at = 0;
            if (tails[t].smiles[2]) {
                at = name_add_atom(&f, tails[t].smiles[2] == 'O' ? 8 : 7);
                if (at < 0 || !name_bind(&f, 0, at, 1)) continue;
                if (f.a[at].number == 7) strcpy(f.a[at].locant, "n");
            }
            if (free_valence(&f, at, 1)) name_keep(r, out, &f);
            continue;
        }
        for (size_t c = q; c > i + 3; c--) {
            name_part p = {0};
            const bool located = c < q;
            if (located &&
                (r->s[c - 1] != '-' || name_locants(r, c, q, &p, NULL) != q - c || p.places != 1))
                continue;
            if (!name_hydride(r, i, located ? c - 1 : q, &f)) continue;
            if (!located && !f.alike) continue;
            const int ring = located ? name_at(&f, p.place[0]) : 0;
            const int first = f.n;
            if (ring < 0 || !name_take(&f, ring, 1) ||
                name_add(&f, tails[t].smiles, tails[t].locants) < 0)
                continue;
            const int inner = tails[t].smiles[0] == 'N' ? first + 1 : first;
            if (!name_bind(&f, ring, inner, 1)) continue;
            f.alike = false;
            if (free_valence(&f, first, 1)) name_keep(r, out, &f);
        }
    }
}

static void read_cores(name_reader *r, size_t i, size_t end, name_ways *out) {
    core_of_table(r, i, end, NAME_GROUPS, out);
    core_of_table(r, i, end, NAME_MORE_GROUPS, out);
    if (!out->n) name_acid_core(r, i, end, NAME_ACIDS, out);
    if (!out->n) name_acid_core(r, i, end, NAME_COMMON_ACIDS, out);
    size_t length; /* "pentoxy", "hexadecoxy" */
    const int carbons = name_stem(r->s + i, end - i, &length);
    name_fragment f;
    if (carbons > 4 && name_is_word(r, i + length, end, "oxy")) {
        f = (name_fragment){0};
        name_chain(&f, carbons, false);
        const int o = name_add_atom(&f, 8);
        f.alike = false;
        if (name_bind(&f, 0, o, 1) && free_valence(&f, o, 1)) name_keep(r, out, &f);
    }
    if (name_begins(r, i, end, "cyclo")) { /* "cyclohexoxy" */
        const int ring = name_stem(r->s + i + 5, end - i - 5, &length);
        f = (name_fragment){0};
        if (ring > 2 && name_is_word(r, i + 5 + length, end, "oxy")) {
            name_chain(&f, ring, true);
            const int o = name_add_atom(&f, 8);
            f.alike = false;
            if (name_bind(&f, 0, o, 1) && free_valence(&f, o, 1)) name_keep(r, out, &f);
        }
    }
    /* "prop-2-enoxy" */
    if (end > i + 6 && name_is_word(r, end - 5, end, "enoxy") && name_hydride(r, i, end - 3, &f) &&
        !f.rings && f.m == f.n - 1) {
        const int o = name_add_atom(&f, 8);
        f.alike = false;
        if (name_bind(&f, 0, o, 1) && free_valence(&f, o, 1)) name_keep(r, out, &f);
    }
    core_yl(r, i, end, out);
    core_acyl(r, i, end, out);
}

/* Of all of s[i..end), read once. "hexyloxy", "phenylthio" are prefix and core. */
const name_ways *name_cores(name_reader *r, size_t i, size_t end) {
    static const name_ways none = {0};
    name_ways **w = &r->cores[i * (r->n + 1) + end];
    if (*w) return *w;
    if (!name_balanced(r, i, end)) return &none;
    *w = calloc(1, sizeof **w);
    if (!*w) {
        r->failed = true;
        return &none;
    }
    read_cores(r, i, end, *w);
    return *w;
}
