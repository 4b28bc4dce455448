/* hydride.c - parent hydrides: rings of the table, chains and rings of carbons, bicyclo to
 * heptacyclo and spiro skeletons with other elements in them, their double and triple bonds.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct unsaturation {
    int at[NAME_PLACES], order[NAME_PLACES], n;
} unsaturation;

/* "an", "ane", "-2-en", "a-1,3-diene", "-1-en-3-yne" behind a stem, all of s[i..end). */
static bool read_unsaturation(const name_reader *r, size_t i, size_t end, const name_part *front,
                              unsaturation *u) {
    u->n = 0;
    if (name_is_word(r, i, end, "an") || name_is_word(r, i, end, "ane")) return true;
    while (i < end) {
        name_part p = {0};
        size_t k = i;
        if (r->s[k] == 'a' && k + 1 < end && (r->s[k + 1] == '-' || r->s[k + 1] == 'd')) k++;
        if (r->s[k] == '-') k++;
        size_t m = name_locants(r, k, end, &p, NULL);
        k += m;
        size_t length;
        int count = name_multiplier(r->s + k, end - k, &length);
        if (!count) count = 1, length = 0;
        k += length;
        if (!m && front && !u->n) p = *front, m = 1; /* "2-butene" */
        const int order = name_begins(r, k, end, "en") ? 2 : name_begins(r, k, end, "yn") ? 3 : 0;
        if (!order || (m && p.places != count) || (!m && count > 1)) return false;
        k += 2;
        for (int j = 0; j < count; j++) {
            if (u->n == NAME_PLACES || (m && !isdigit((unsigned char)p.place[j][0]))) return false;
            u->at[u->n] = m ? atoi(p.place[j]) : 0;
            u->order[u->n++] = order;
        }
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
        number_locant(b, at + 1);
        int x = name_at(f, a), y = name_at(f, b);
        if (y < 0 && f->m == f->n) y = name_at(f, "1");
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

void name_chain(name_fragment *f, int carbons, bool ring) {
    for (int i = 0; i < carbons; i++) {
        const int at = name_add_atom(f, 6);
        number_locant(f->a[at].locant, i + 1);
        if (i) name_bind(f, at - 1, at, 1);
    }
    if (ring) name_bind(f, carbons - 1, 0, 1);
    f->alike = ring || carbons < 3;
}

/* "bicyclo[2.2.1]hept", "spiro[4.5]dec", "tricyclo[4.2.2.02,5]dec": a skeleton. */
enum { BRIDGES = 6 };
typedef struct skeleton {
    bool spiro;
    int size[3];                       /* two ways round and the main bridge; spiro: two rings */
    int bridge[BRIDGES][3], n_bridges; /* secondary ones: atoms, from, to */
} skeleton;

static size_t digits_at(const name_reader *r, size_t i, size_t end, size_t most, int *out) {
    size_t k = i;
    *out = 0;
    while (k < end && k - i < most && isdigit((unsigned char)r->s[k]))
        *out = *out * 10 + r->s[k++] - '0';
    return k - i;
}

/* Characters up to the stem; 0: none. */
static size_t skeleton_at(const name_reader *r, size_t i, size_t end, skeleton *out) {
    static const char *const names[] = {"spiro[",      "bicyclo[",   "tricyclo[",  "tetracyclo[",
                                        "pentacyclo[", "hexacyclo[", "heptacyclo["};
    size_t which = 0, k = i, m;
    *out = (skeleton){0};
    while (which < MG_COUNT(names) && !name_begins(r, i, end, names[which])) which++;
    if (which == MG_COUNT(names)) return 0;
    out->spiro = which == 0;
    k += strlen(names[which]);
    const int main_bridges = out->spiro ? 2 : 3, more = which < 2 ? 0 : (int)which - 1;
    for (int n = 0; n < main_bridges; n++, k += m) {
        m = digits_at(r, k, end, 2, &out->size[n]);
        if (!m) return 0;
        if (n + 1 < main_bridges && (k + m >= end || r->s[k + m++] != '.')) return 0;
    }
    for (int n = 0; n < more; n++) { /* ".02,5", ".0^{2,5}" */
        int *b = out->bridge[n];
        if (k >= end || r->s[k++] != '.') return 0;
        if (!(m = digits_at(r, k, end, 1, &b[0]))) return 0;
        k += m;
        const bool raised = k < end && r->s[k] == '^',
                   braced = raised && name_begins(r, k, end, "^{");
        k += (size_t)raised + (size_t)braced;
        if (!(m = digits_at(r, k, end, 2, &b[1]))) return 0;
        k += m;
        if (k >= end || r->s[k++] != ',' || !(m = digits_at(r, k, end, 2, &b[2]))) return 0;
        k += m;
        if (braced && (k >= end || r->s[k++] != '}')) return 0;
    }
    out->n_bridges = more;
    return k < end && r->s[k] == ']' ? k + 1 - i : 0;
}

static bool build_skeleton(name_fragment *f, const skeleton *s) {
    int all = s->spiro ? s->size[0] + s->size[1] + 1 : s->size[0] + s->size[1] + s->size[2] + 2;
    const int round = s->size[0] + s->size[1] + 2, main_atoms = all;
    for (int n = 0; n < s->n_bridges; n++) all += s->bridge[n][0];
    if (all > 60 || (!s->spiro && s->size[0] < s->size[1])) return false;
    for (int i = 0; i < all; i++) {
        const int at = name_add_atom(f, 6);
        number_locant(f->a[at].locant, i + 1);
    }
    if (s->spiro) { /* from next to the spiro atom, which follows the smaller ring */
        const int hub = s->size[0];
        for (int i = 0; i < hub; i++) name_bind(f, i, i + 1, 1);
        name_bind(f, hub, 0, 1);
        for (int i = hub; i + 1 < all; i++) name_bind(f, i, i + 1, 1);
        return name_bind(f, all - 1, hub, 1);
    }
    for (int i = 0; i + 1 < round; i++) name_bind(f, i, i + 1, 1);
    name_bind(f, round - 1, 0, 1);
    int last = 0; /* the main bridge goes on from atom 1 */
    for (int i = round; i < main_atoms; i++) name_bind(f, last, i, 1), last = i;
    name_bind(f, last, s->size[0] + 1, 1);
    int next = main_atoms;
    for (int n = 0; n < s->n_bridges; n++) {
        const int *b = s->bridge[n];
        if (b[1] < 1 || b[2] < 1 || b[1] > main_atoms || b[2] > main_atoms || b[1] == b[2])
            return false;
        last = (b[1] > b[2] ? b[1] : b[2]) - 1; /* numbered from the higher end */
        for (int i = 0; i < b[0]; i++) name_bind(f, last, next, 1), last = next++;
        if (!name_bind(f, last, (b[1] > b[2] ? b[2] : b[1]) - 1, 1)) return false;
    }
    for (int i = 0; i < all; i++)
        if (name_free(f, i) < 0) return false;
    return true;
}

/* "2-oxa-5-aza": elements in the place of carbons; characters read. */
static size_t replacements_at(const name_reader *r, size_t i, size_t end, name_part list[4],
                              int numbers[4], int *n) {
    static const struct {
        const char *name;
        int number;
    } table[] = {{"oxa", 8}, {"aza", 7}, {"thia", 16}, {"sila", 14}};
    size_t k = i;
    for (*n = 0; *n < 4;) {
        name_part *p = &list[*n];
        const size_t m = name_locants(r, k, end, p, NULL);
        if (!m) break;
        size_t q = k + m, length;
        const int count = name_multiplier(r->s + q, end - q, &length);
        q += count ? length : 0;
        numbers[*n] = 0;
        for (size_t t = 0; t < MG_COUNT(table); t++)
            if (name_begins(r, q, end, table[t].name)) {
                numbers[*n] = table[t].number, q += strlen(table[t].name);
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
                !name_hydride(r, i, k - 1, f))
                continue;
            at = name_at(f, p.place[0]);
        }
    } else if (name_hydride(r, i, q, f)) { /* the only nitrogen */
        for (int a = 0; a < f->n; a++) {
            if (f->a[a].number != 7) continue;
            if (at >= 0) return false;
            at = a;
        }
    }
    if (at < 0 || f->a[at].number != 7) return false;
    f->a[at].charge = 1;
    f->alike = false;
    return true;
}

/* "[1,3]thiazol" as "1,3-thiazol". */
static bool bracketed(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    char plain[NAME_LONGEST + 1];
    const char *close = r->s[i] == '[' ? strchr(r->s + i, ']') : NULL;
    const size_t inner = close ? (size_t)(close - r->s) - i - 1 : 0;
    if (!inner || i + inner + 2 >= end || end - i > 60) return false;
    for (size_t k = 0; k < inner; k++)
        if (!strchr("0123456789,", r->s[i + 1 + k])) return false;
    memcpy(plain, r->s + i + 1, inner);
    plain[inner] = '-';
    memcpy(plain + inner + 1, close + 1, end - i - inner - 2);
    plain[end - i - 1] = 0;
    const name_reader own = {.s = plain, .n = end - i - 1};
    return name_hydride(&own, 0, own.n, f);
}

/* Chains, rings and skeletons of all of s[i..end), with or without a last e. */
bool name_hydride(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    *f = (name_fragment){0};
    name_part front = {0};
    size_t front_length = 0, stem_length;
    if (i < end && charged(r, i, end, f)) return true;
    if (i < end && r->s[i] == '[' && bracketed(r, i, end, f)) return true;
    *f = (name_fragment){0};
    for (const name_entry *e = NAME_RINGS; e->name; e++) {
        const size_t k = strlen(e->name);
        if (!name_begins(r, i, end, e->name) ||
            (i + k != end && !(i + k + 1 == end && r->s[end - 1] == 'e')))
            continue;
        if (name_add(f, e->smiles, e->locants) < 0) return false;
        f->alike = !strcmp(e->name, "benzen") || !strcmp(e->name, "pyrazin") ||
                   !strcmp(e->name, "1,3,5-triazin");
        return true;
    }
    name_part swaps[4];
    int numbers[4], n_swaps = 0;
    skeleton rings;
    if (i < end && isdigit((unsigned char)r->s[i])) {
        front_length = name_locants(r, i, end, &front, NULL);
        const size_t q = i + front_length;
        if (!name_stem(r->s + q, end - q, &stem_length) && !name_begins(r, q, end, "cyclo"))
            front_length = 0;
    }
    size_t k = i + front_length, length;
    k += replacements_at(r, k, end, swaps, numbers, &n_swaps);
    const size_t bracket = skeleton_at(r, k, end, &rings);
    const bool ring = !bracket && name_begins(r, k, end, "cyclo");
    k += bracket ? bracket : ring ? 5 : 0;
    const int carbons = name_stem(r->s + k, end - k, &length);
    unsaturation u;
    if (!carbons || (n_swaps && !bracket) ||
        !read_unsaturation(r, k + length, end, front_length ? &front : NULL, &u) ||
        (front_length && (!u.n || bracket)))
        return false;
    for (int j = 0; j < u.n && front_length; j++)
        if (!u.at[j]) return false;
    if (ring && carbons < 3) return false;
    if (bracket) {
        if (!build_skeleton(f, &rings) || f->n != carbons) return false;
    } else {
        name_chain(f, carbons, ring);
    }
    for (int s = 0; s < n_swaps; s++)
        for (int p = 0; p < swaps[s].places; p++) {
            const int at = name_at(f, swaps[s].place[p]);
            if (at < 0) return false;
            f->a[at].number = (uint8_t)numbers[s];
        }
    if (u.n) f->alike = !ring && carbons == 2;
    return put_unsaturation(f, &u);
}
