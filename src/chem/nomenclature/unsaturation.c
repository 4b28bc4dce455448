/* unsaturation.c - double and triple bonds that a hydride's name tells behind its stem: "-2-en",
 * "a-1,3,5(10)-trien".
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

size_t name_bonds_at(const name_reader *r, size_t i, size_t end, name_unsaturation *u, int first) {
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
bool name_unsaturation_at(const name_reader *r, size_t i, size_t end, const name_part *front,
                          name_unsaturation *u) {
    u->n = 0;
    if (name_is_word(r, i, end, "an") || name_is_word(r, i, end, "ane")) return true;
    while (i < end) {
        const int first = u->n;
        size_t k = i, length;
        if (r->s[k] == 'a' && k + 1 < end && (r->s[k + 1] == '-' || r->s[k + 1] == 'd')) k++;
        if (k < end && r->s[k] == '-') k++;
        const size_t m = name_bonds_at(r, k, end, u, first);
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

bool name_unsaturate(name_fragment *f, const name_unsaturation *u) {
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
