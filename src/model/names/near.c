/* near.c - names with one or two wrong letters: those that begin with the first letter asked for,
 * or the second, are unpacked, and those of nearly the same length and letters are folded and
 * compared. A wrong letter is one that is missing, too many, another one, or two that changed
 * places.
 */
#include "model/names/inside.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 64, SHORTEST = 4, TWO_FROM = 8 };

/* A bit for each letter that stands in a key or a name, and how many there are, but for what a key
 * leaves out. False: it has other letters than ASCII. */
static bool letters(const char *s, uint64_t *bits, int *n) {
    *bits = 0, *n = 0;
    for (; *s; s++) {
        if ((unsigned char)*s >= 0x80) return false;
        if (*s == ' ' || *s == '-' || *s == '.' || *s == '~') continue;
        *bits |= (uint64_t)1 << ((*s >= 'A' && *s <= 'Z' ? *s | 0x20 : *s) & 63);
        ++*n;
    }
    return true;
}

/* Whether a name may be near: a key differs from it by what key.c spells otherwise. */
static bool may_be_near(const char *name, uint64_t want, int n, int most) {
    enum { SPELLINGS = 3 };
    uint64_t bits;
    int length;
    if (!letters(name, &bits, &length)) return true;
    return abs(length - n) <= most + SPELLINGS &&
           __builtin_popcountll(bits ^ want) <= 2 * most + SPELLINGS;
}

static int least(int a, int b) { return a < b ? a : b; }

/* Wrong letters between a[na] and b[nb], of at most LONGEST; more than `most`: most + 1. */
static int distance(const char *a, int na, const char *b, int nb, int most) {
    int rows[3][LONGEST + 1];
    for (int j = 0; j <= nb; j++) rows[0][j] = j;
    for (int i = 1; i <= na; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        int lowest = row[0] = i;
        for (int j = 1; j <= nb; j++) {
            const int other = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(other, 1 + least(above[j], row[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
            lowest = least(lowest, row[j]);
        }
        if (lowest > most) return most + 1;
    }
    return rows[na % 3][nb];
}

/* Nearest, then best known. */
static int by_nearness(const void *x, const void *y) {
    const mg_name_hit *a = x, *b = y;
    return a->distance != b->distance ? a->distance - b->distance : names_better_name(a, b);
}

/* Digits must agree: 2-butanol is no misspelt 1-butanol. */
static bool same_digits(const char *a, const char *b) {
    for (;; a++, b++) {
        while (*a && (*a < '0' || *a > '9')) a++;
        while (*b && (*b < '0' || *b > '9')) b++;
        if (*a != *b) return false;
        if (!*a) return true;
    }
}

/* Names of block i whose keys begin with c. */
static int compare_block(const mg_dictionary *d, int32_t i, char c, const mg_str *key, int most,
                         mg_name_hits *out, molglot_error *err) {
    const int n = (int)key->n;
    uint64_t want;
    int letters_of_key;
    letters(key->s, &want, &letters_of_key);
    names_block b;
    mg_str own = {0};
    int code = names_unpack(d, MG_NAMES_BLOCKS, i, &b, err);
    for (int32_t k = 0; !code && k < b.n; k++) {
        if (!may_be_near(b.string[k], want, letters_of_key, most)) continue;
        own.n = 0;
        mg_dictionary_key(&own, b.string[k], strlen(b.string[k]));
        const int length = (int)own.n;
        if (own.failed || *own.s != c || abs(length - n) > most || length > LONGEST) continue;
        const int wrong = distance(key->s, n, own.s, length, most);
        if (wrong < 1 || wrong > most || !same_digits(key->s, own.s)) continue;
        mg_name_hit *hit = names_hit(out, err);
        if (!hit) code = MOLGLOT_NO_MEMORY;
        if (code) break;
        *hit = (mg_name_hit){.name = strdup(b.string[k]),
                             .molecule = names_molecule(d, b.first + k),
                             .sources = b.sources[k],
                             .grade = b.grade[k],
                             .distance = wrong,
                             .how = MG_NAME_NEAR};
        if (!hit->name) code = mg_no_memory(err, "a name");
    }
    mg_str_free(&own);
    names_block_free(&b);
    return code;
}

/* Blocks whose keys may begin with c: first .. end - 1. */
static void blocks_of(const mg_dictionary *d, char c, int32_t *first, int32_t *end) {
    const char from[2] = {c, 0}, to[2] = {(char)(c + 1), 0};
    const int32_t blocks = names_blocks(d->names);
    *first = names_block_of(d->name_heads, blocks, from);
    *end = names_block_of(d->name_heads, blocks, to) + 1;
}

int mg_dictionary_near(const mg_dictionary *d, const char *name, size_t max, mg_name_hits *out,
                       molglot_error *err) {
    mg_str key = {0};
    int code = MOLGLOT_OK;
    *out = (mg_name_hits){0};
    mg_dictionary_key(&key, name, strlen(name));
    if (key.failed) code = mg_no_memory(err, "a name");
    const int most = key.n < TWO_FROM ? 1 : 2;
    const bool fits = key.n >= SHORTEST && key.n <= LONGEST;
    for (int k = 0; fits && k < 2 && !(k && key.s[1] == key.s[0]); k++) {
        int32_t first, end;
        blocks_of(d, key.s[k], &first, &end);
        for (int32_t i = first; i < end && !code; i++)
            code = compare_block(d, i, key.s[k], &key, most, out, err);
    }
    mg_str_free(&key);
    if (out->n > 1) qsort(out->hit, out->n, sizeof *out->hit, by_nearness);
    while (out->n > max) free(out->hit[--out->n].name);
    for (size_t i = 0; i < out->n && !code; i++) {
        out->hit[i].smiles = names_smiles(d, out->hit[i].molecule, err);
        if (!out->hit[i].smiles) code = mg_code_of(err, MOLGLOT_BAD_FILE);
    }
    if (code) mg_name_hits_free(out);
    return code;
}
