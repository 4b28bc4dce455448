/* hydride.c - parent hydrides: rings of the table, chains and rings of carbons, bicyclo to
 * heptacyclo and spiro skeletons with other elements in them, their double and triple bonds.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWAPS = 5 };

typedef struct unsaturation {
    int at[NAME_PLACES], to[NAME_PLACES], order[NAME_PLACES], n; /* to 0: the next */
} unsaturation;

/* "1,3(8)-": bonds from one locant to the next, or to the one in brackets; characters. */
static size_t bonds_at(const name_reader *r, size_t i, size_t end, unsaturation *u, int first) {
    size_t k = i;
    for (int n = first; n < NAME_PLACES; n++) {
        const size_t from = k;
        u->at[n] = u->to[n] = 0;
        while (k < end && isdigit((unsigned char)r->s[k]) && k - from < 3)
            u->at[n] = 10 * u->at[n] + r->s[k++] - '0';
        if (k == from) return 0;
        if (k + 2 < end && r->s[k] == '(' && isdigit((unsigned char)r->s[k + 1])) {
            for (k++; k < end && isdigit((unsigned char)r->s[k]) && u->to[n] < 100; k++)
                u->to[n] = 10 * u->to[n] + r->s[k] - '0';
            if (k >= end || r->s[k++] != ')') return 0;
        }
        if (k >= end) return 0;
        u->n = n + 1;
        if (r->s[k] == '-') return k + 1 - i;
        if (r->s[k++] != ',') return 0;
    }
    return 0;
}

/* "an", "ane", "-2-en", "a-1,3-diene", "-1-en-3-yne" behind a stem, all of s[i..end). */
static bool read_unsaturation(const name_reader *r, size_t i, size_t end, const name_part *front,
                              unsaturation *u) {
    u->n = 0;
    if (name_is_word(r, i, end, "an") || name_is_word(r, i, end, "ane")) return true;
    while (i < end) {
        const int first = u->n;
        size_t k = i, length;
        if (r->s[k] == 'a' && k + 1 < end && (r->s[k + 1] == '-' || r->s[k + 1] == 'd')) k++;
        if (k < end && r->s[k] == '-') k++;
        const size_t m = bonds_at(r, k, end, u, first);
        if (!m) u->n = first;
        k += m;
        int count = name_multiplier(r->s + k, end - k, &length);
        if (!count) count = 1, length = 0;
        k += length;
        const int order = name_begins(r, k, end, "en") ? 2 : name_begins(r, k, end, "yn") ? 3 : 0;
        if (!m) { /* "2-butene"; without a locant one alone */
            const bool in_front = front && !first;
            if (in_front ? front->places != count : count > 1) return false;
            for (int j = 0; j < count && u->n < NAME_PLACES; j++, u->n++) {
                if (in_front && !isdigit((unsigned char)front->place[j][0])) return false;
                u->at[u->n] = in_front ? atoi(front->place[j]) : 0;
                u->to[u->n] = 0;
            }
        }
        if (!order || u->n - first != count) return false;
        for (int j = first; j < u->n; j++) u->order[j] = order;
        k += 2;
        if (k + 1 == end && r->s[k] == 'e') k++;
        i = k;
    }
    return u->n > 0;
}

static void number_locant(char out[NAME_LOCANT], int n) {
    snprintf(out, NAME_LOCANT, "%d", n > 0 && n < 1000 ? n : 0);
}

static bool put_unsaturation(name_fragment *f, const unsaturation *u) {
    for (int k = 0; k < u->n; k++) {
        int at = u->at[k];
        if (!at) { /* without a locant: only where there is one place */
            if (f->n > (f->m == f->n ? 99 : 2) && f->m != f->n) return false;
            at = 1;
        }
        char a[NAME_LOCANT], b[NAME_LOCANT];
        number_locant(a, at);
        number_locant(b, u->to[k] ? u->to[k] : at + 1);
        int x = name_at(f, a), y = name_at(f, b);
        if (y < 0 && f->m == f->n && !u->to[k]) y = name_at(f, "1");
        bool found = false;
        for (int j = 0; j < f->m && x >= 0; j++) {
            name_bond *bond = &f->b[j];
            if (!((bond->a == x && bond->b == y) || (bond->a == y && bond->b == x))) continue;
            if (bond->order != 1) return false;
            bond->order = (uint8_t)u->order[k], found = true;
        }
        if (!found || name_free(f, x) < 0 || name_free(f, y) < 0) return false;
    }
    return true;
}

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
        if (count > 3 && q < end && r->s[q - 1] == 'a' && strchr("zox", r->s[q]))
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
    *f = (name_fragment){0};
    name_part front = {0};
    size_t front_length = 0, stem_length;
    if (i < end && charged(r, i, end, f)) return true;
    if (name_ring(r, i, end, f) || name_fused_ring(r, i, end, f)) return true;
    *f = (name_fragment){0};
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
    unsaturation u;
    if (!carbons || !read_unsaturation(r, k + length, end, front_length ? &front : NULL, &u) ||
        (front_length && (!u.n || bracket)))
        return false;
    for (int j = 0; j < u.n && front_length; j++)
        if (!u.at[j]) return false;
    if (ring && carbons < 3) return false;
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
    return put_unsaturation(f, &u);
}
