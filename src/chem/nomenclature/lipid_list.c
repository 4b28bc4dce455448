/* lipid_list.c - groups and their places in front of a glycerol:
 *
 *   list  = item {"-" item} | multiplier group       "tripalmitoyl", "dioleoyl": places 1, 2, 3
 *   item  = places "-" ["o-"] [multiplier] group      "1-palmitoyl", "1,2-dioleoyl",
 * "1-o-hexadecyl"
 *
 * Where an item ends is tried; two ways that give different groups are none.
 */
#include "chem/nomenclature/lipid.h"

#include <stdlib.h>
#include <string.h>

typedef struct reading {
    char *piece[LIPID_SLOTS];
} reading;

enum { TRIES = 30 }; /* of groups */

typedef struct list {
    const char *s;
    size_t n;
    int tries;
    bool *failed;
    reading now, found;
    bool some, two;
} list;

static void release(reading *r) {
    for (int i = 0; i < LIPID_SLOTS; i++) {
        free(r->piece[i]);
        r->piece[i] = NULL;
    }
}

static bool same(const char *a, const char *b) { return a && b ? !strcmp(a, b) : a == b; }

static void keep(list *l) {
    bool equal = l->some;
    for (int i = 0; i < LIPID_SLOTS && equal; i++) equal = same(l->now.piece[i], l->found.piece[i]);
    if (equal) return;
    l->two = l->some;
    if (l->some) return;
    l->some = true;
    for (int i = 0; i < LIPID_SLOTS; i++) {
        l->found.piece[i] = l->now.piece[i] ? strdup(l->now.piece[i]) : NULL;
        if (l->now.piece[i] && !l->found.piece[i]) *l->failed = true;
    }
}

/* "1-", "1,2-"; characters. */
static size_t places_at(const list *l, size_t i, bool at[LIPID_SLOTS], int *count) {
    size_t k = i;
    memset(at, 0, LIPID_SLOTS * sizeof *at);
    *count = 0;
    while (k + 1 < l->n && l->s[k] >= '1' && l->s[k] <= '3') {
        const int place = l->s[k] - '1';
        if (at[place]) return 0;
        at[place] = true;
        ++*count;
        k++;
        if (l->s[k] == '-') return k + 1 - i;
        if (l->s[k++] != ',') return 0;
    }
    return 0;
}

static bool begins(const list *l, size_t i, const char *what) {
    return i + strlen(what) <= l->n && !strncmp(l->s + i, what, strlen(what));
}

static void items(list *l, size_t i, bool taken[LIPID_SLOTS]);

/* The group s[i..k) at its places, then the rest. */
static void put(list *l, size_t i, size_t k, const bool at[LIPID_SLOTS], bool taken[LIPID_SLOTS]) {
    char *piece = NULL;
    const bool none = k - i == 7 && begins(l, i, "hydroxy");
    l->tries++;
    if (!none && l->tries <= TRIES)
        piece = lipid_piece(l->s + i, k - i, 'O',
                            LIPID_ACYL | LIPID_ALKYL | LIPID_ALKENYL | LIPID_SUGAR, l->failed);
    if ((!piece && !none) || *l->failed) {
        free(piece);
        return;
    }
    bool next[LIPID_SLOTS];
    const reading before = l->now;
    for (int p = 0; p < LIPID_SLOTS; p++) {
        next[p] = taken[p] || at[p];
        if (at[p]) l->now.piece[p] = piece;
    }
    items(l, k, next);
    l->now = before;
    free(piece);
}

static void items(list *l, size_t i, bool taken[LIPID_SLOTS]) {
    bool at[LIPID_SLOTS];
    int count;
    if (i == l->n) {
        keep(l);
        return;
    }
    if (l->s[i] == '-' && i) i++;
    const size_t m = places_at(l, i, at, &count);
    if (!m || *l->failed) return;
    for (int p = 0; p < LIPID_SLOTS; p++)
        if (at[p] && taken[p]) return;
    i += m;
    if (begins(l, i, "o-")) i += 2;
    size_t length = 0;
    if (count > 1 && name_multiplier(l->s + i, l->n - i, &length) != count) return;
    if (count == 1 && begins(l, i, "mono")) length = 4;
    i += length;
    if (length && begins(l, i, "-(")) i++;
    if (begins(l, i, "-o-")) i += 3;
    if (begins(l, i, "o-")) i += 2;
    int depth = 0;
    for (size_t k = i + 1; k <= l->n; k++) {
        depth += strchr("([{", l->s[k - 1]) != NULL;
        depth -= strchr(")]}", l->s[k - 1]) != NULL;
        if (depth || (k < l->n && l->s[k] != '-')) continue;
        int more;
        bool next[LIPID_SLOTS];
        if (k < l->n && !places_at(l, k + 1, next, &more)) continue;
        put(l, i, k, at, taken);
    }
}

/* "tripalmitoyl", "dioleoyl". */
static void multiplied(list *l) {
    size_t length;
    const int count = name_multiplier(l->s, l->n, &length);
    if (count < 2 || count > LIPID_SLOTS || length >= l->n) return;
    bool at[LIPID_SLOTS] = {true, true, count > 2}, taken[LIPID_SLOTS] = {false};
    if (begins(l, length, "-o-")) length += 3;
    put(l, length, l->n, at, taken);
}

bool lipid_list(const char *s, size_t n, char *piece[LIPID_SLOTS], bool *failed) {
    list l = {.s = s, .n = n, .failed = failed};
    bool taken[LIPID_SLOTS] = {false};
    memset(piece, 0, LIPID_SLOTS * sizeof *piece);
    if (!n || n >= NAME_LONGEST) return false;
    items(&l, 0, taken);
    if (!l.some && !*failed) multiplied(&l);
    if (!l.some || l.two || l.tries > TRIES || *failed) {
        release(&l.found);
        return false;
    }
    memcpy(piece, l.found.piece, sizeof l.found.piece);
    return true;
}
