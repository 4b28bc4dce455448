/* hydride.c - parent hydrides: rings of the table, chains and rings of carbons, bicyclo to
 * heptacyclo and spiro skeletons with other elements in them, their double and triple bonds.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWAPS = 5 };

/* "2-oxa-5-aza": elements in the place of carbons; characters read. */
static size_t replacements_at(const name_reader *r, size_t i, size_t end, name_part list[SWAPS],
                              int numbers[SWAPS], int charges[SWAPS], int *n) {
    static const struct {
        const char *name;
        int number, charge;
    } table[] = {{"oxa", 8, 0},     {"aza", 7, 0},      {"thia", 16, 0},
                 {"sila", 14, 0},   {"phospha", 15, 0}, {"bora", 5, 0},
                 {"selena", 34, 0}, {"azonia", 7, 1},   {"germa", 32, 0}};
    size_t k = i;
    for (*n = 0; *n < SWAPS;) {
        name_part *p = &list[*n];
        const size_t m = name_locants(r, k, end, p, NULL);
        if (!m) break;
        size_t q = k + m, length;
        const int count = name_multiplier(r->s + q, end - q, &length);
        q += count ? length : 0;
        if (count > 3 && q < end && r->s[q - 1] == 'a' && r->s[q] == 'z')
            q--; /* "pentazabicyclo" */
        numbers[*n] = 0;
        for (size_t t = 0; t < MG_COUNT(table); t++)
            if (name_begins(r, q, end, table[t].name)) {
                numbers[*n] = table[t].number, charges[*n] = table[t].charge;
                q += strlen(table[t].name);
                break;
            }
        if (!numbers[*n] || (count ? count : 1) != p->places) break;
        k = q, ++*n;
        if (k < end && r->s[k] == '-') k++;
    }
    return *n ? k - i : 0;
}

/* "pyridin-1-ium", "pyridinium": a hydride whose nitrogen has a charge. */
static bool charged(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    if (end < i + 6 || !name_is_word(r, end - 3, end, "ium")) return false;
    const size_t q = end - 3;
    int at = -1;
    if (r->s[q - 1] == '-') {
        for (size_t k = q - 1; k > i + 3 && at < 0; k--) {
            name_part p = {0};
            if (r->s[k - 1] != '-' || name_locants(r, k, q, &p, NULL) != q - k || p.places != 1 ||
                !name_plain_hydride(r, i, k - 1, f))
                continue;
            at = name_at(f, p.place[0]);
        }
    } else if (name_plain_hydride(r, i, q, f)) { /* the only nitrogen */
        for (int a = 0; a < f->n; a++) {
            if (f->a[a].number != 7) continue;
            if (at >= 0) return false;
            at = a;
        }
    }
    if (at < 0 || f->a[at].number != 7) return false;
    f->a[at].charge = 1;
    for (int k = 0; k < f->n && f->a[at].maybe; k++) /* another has the ring's hydrogen */
        f->a[k].maybe |= k != at && f->a[k].number == 7 && f->a[k].flat && name_orders(f, k) == 2;
    f->a[at].maybe = false;
    f->alike = false;
    return true;
}

/* Chains, rings and skeletons of all of s[i..end), with or without a last e. */
bool name_plain_hydride(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    name_part front;
    size_t front_length = 0, stem_length;
    if (i < end && charged(r, i, end, f)) return true;
    if (name_natural(r, i, end, f)) return true;
    if (name_ring(r, i, end, f) || name_fused_ring(r, i, end, f)) return true;
    if (name_heterochain(r, i, end, f)) return true;
    if (end <= i || !strchr("en", r->s[end - 1])) return false; /* "ane", "en", "yn" */
    front = (name_part){0};
    name_part swaps[SWAPS];
    int numbers[SWAPS], charges[SWAPS], n_swaps = 0;
    name_skeleton rings;
    size_t k = i, length;
    k += replacements_at(r, k, end, swaps, numbers, charges, &n_swaps);
    if (!n_swaps && i < end && isdigit((unsigned char)r->s[i])) {
        front_length = name_locants(r, i, end, &front, NULL);
        const size_t q = i + front_length;
        if (!name_stem(r->s + q, end - q, &stem_length) && !name_begins(r, q, end, "cyclo"))
            front_length = 0;
    }
    k += front_length;
    const size_t bracket = name_skeleton_at(r, k, end, &rings);
    const bool ring = !bracket && name_begins(r, k, end, "cyclo");
    k += bracket ? bracket : ring ? 5 : 0;
    const int carbons = name_stem(r->s + k, end - k, &length);
    name_unsaturation u;
    if (!carbons || !name_unsaturation_at(r, k + length, end, front_length ? &front : NULL, &u) ||
        (front_length && (!u.n || bracket)))
        return false;
    for (int j = 0; j < u.n && front_length; j++)
        if (!u.at[j]) return false;
    if (ring && carbons < 3) return false;
    *f = (name_fragment){0};
    if (bracket) {
        if (!name_skeleton_build(f, &rings, carbons)) return false;
    } else {
        name_chain(f, carbons, ring);
    }
    for (int s = 0; s < n_swaps; s++)
        for (int p = 0; p < swaps[s].places; p++) {
            const int at = name_at(f, swaps[s].place[p]);
            if (at < 0 || f->a[at].number != 6) return false;
            f->a[at].number = (uint8_t)numbers[s];
            f->a[at].lambda = swaps[s].lambda[p];
            f->a[at].charge = (int8_t)charges[s];
            if (!name_may_lambda(&f->a[at])) return false;
        }
    if (n_swaps) f->alike = false;
    for (int j = 0; j < u.n && n_swaps; j++)
        if (!u.at[j]) return false;
    if (u.n) f->alike = !ring && carbons == 2 && !n_swaps;
    return name_unsaturate(f, &u);
}
