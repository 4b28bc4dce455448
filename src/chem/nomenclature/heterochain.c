/* heterochain.c - hydrides of other elements: "silane", "disilane", "trisiloxane", "disilazane",
 * "triphosphane", "diazene", "triaz-1-ene", "cyclotrisiloxane".
 */
#include "chem/nomenclature/inside.h"

#include <stdio.h>
#include <string.h>

enum { MOST_UNITS = 20 };

static const struct {
    const char *name;
    int number;
} ELEMENTS[] = {{"sil", 14},   {"germ", 32},    {"stann", 50}, {"plumb", 82}, {"phosph", 15},
                {"ars", 33},   {"stib", 51},    {"sulf", 16},  {"sel", 34},   {"tell", 52},
                {"az", 7},     {"bismuth", 83}, {"alum", 13},  {"gall", 31},  {"ind", 49},
                {"indig", 49}, {"thall", 81},   {"mercur", 80}};

/* The element whose stem begins there, the longest; characters. */
static size_t element_at(const name_reader *r, size_t i, size_t end, int *number) {
    size_t best = 0;
    for (size_t e = 0; e < MG_COUNT(ELEMENTS); e++) {
        const size_t k = strlen(ELEMENTS[e].name);
        if (k <= best || !name_begins(r, i, end, ELEMENTS[e].name)) continue;
        best = k, *number = ELEMENTS[e].number;
    }
    return best;
}

/* "oxane", "azane", "thiane" of chains in which two elements alternate. */
static int between(const name_reader *r, size_t i, size_t end) {
    static const struct {
        const char *name;
        int number;
    } table[] = {{"oxan", 8}, {"azan", 7}, {"thian", 16}, {"selenan", 34}};
    for (size_t t = 0; t < MG_COUNT(table); t++) {
        const size_t k = strlen(table[t].name);
        if (name_begins(r, i, end, table[t].name) &&
            (i + k == end || (i + k + 1 == end && r->s[i + k] == 'e')))
            return table[t].number;
    }
    return 0;
}

/* Bonds of metals that are given no hydrogens here; 0: of other elements. */
uint8_t name_filled(int number) {
    static const uint8_t table[][2] = {{50, 4}, {82, 4}, {80, 2}, {48, 2}, {30, 2},
                                       {13, 3}, {31, 3}, {49, 3}, {81, 3}, {83, 3}};
    for (size_t k = 0; k < MG_COUNT(table); k++)
        if (table[k][0] == number) return table[k][1];
    return 0;
}

static void chain(name_fragment *f, int number, int other, int units, bool ring) {
    const int n = other ? 2 * units - !ring : units;
    for (int i = 0; i < n; i++) {
        const int at = name_add_atom(f, other && i % 2 ? other : number);
        f->a[at].lambda = name_filled(f->a[at].number);
        snprintf(f->a[at].locant, NAME_LOCANT, "%d", (i + 1) % 1000);
        if (i) name_bind(f, at - 1, at, 1);
    }
    if (ring) name_bind(f, n - 1, 0, 1);
    f->alike = n == 1 || (units == 2 && other != 7);
}

bool name_heterochain(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    const bool ring = name_begins(r, i, end, "cyclo");
    size_t k = i + (ring ? 5 : 0), length = 0;
    int number = 0;
    int units = name_multiplier(r->s + k, end - k, &length);
    if (units < 2) units = 1, length = 0;
    k += length;
    const size_t stem = element_at(r, k, end, &number);
    if (!stem || units > MOST_UNITS || (ring && units < 3)) return false;
    k += stem;
    *f = (name_fragment){0};
    const int other = units > 1 && number != 7 && number != 16 ? between(r, k, end) : 0;
    if (other) {
        chain(f, number, other, units, ring);
        return true;
    }
    name_unsaturation u;
    if (!name_unsaturation_at(r, k, end, NULL, &u)) return false;
    if (ring && (number == 7 || number == 16)) return false;
    if (number == 7 && units == 1) return false; /* "azane" stands in other names */
    chain(f, number, 0, units, ring);
    if (u.n) f->alike = units == 2;
    return name_unsaturate(f, &u);
}
