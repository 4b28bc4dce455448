/* grammar.c - a name as prefixes and a parent, every way that it can be read.
 *
 *   name        = words that end esters or salts, compound
 *   compound    = prefixes, parent hydride, suffix | prefixes, retained parent
 *   substituent = prefixes, core; a core has a free valence: "propan-2-yl", "pyridin-3-yl", "oxy"
 *   prefixes    = { [stereo] [indicated hydrogen] [locants] [multiplier] substituent or hydro }
 *
 * Substituents of a stretch of the name are read once and kept. Prefixes are put on from the parent
 * outwards. Where a locant is missing, the place must be the only one, or all must be alike.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST = 220,
    WAYS = 4,
    PARTS = 24,
    PLACES = 12,
    STEPS = 60000,
    DEPTH = 12,
    MOST_BLANKS = 5
};

typedef struct ways { /* fragments that a stretch can be */
    name_fragment *f[WAYS];
    int n;
    bool done;
} ways;

typedef struct part { /* of a list of prefixes */
    enum { PART_GROUP, PART_HYDRO, PART_INDICATED, PART_CIP } kind;
    char place[PLACES][NAME_LOCANT];
    char mark[PLACES]; /* CIP: R, S, E, Z of each place; "" place: without a locant */
    int places, count;
    bool beside; /* of a list in which others have locants */
    const ways *group;
} part;

typedef struct reader {
    const char *s;
    size_t n;
    ways *subs; /* [n + 1][n + 1], of stretches */
    long steps;
    bool failed; /* no memory */
    int depth;
} reader;

static bool spent(reader *r) { return r->failed || ++r->steps > STEPS; }

static void keep(reader *r, ways *w, const name_fragment *f) {
    if (w->n == WAYS) return;
    for (int i = 0; i < w->n; i++)
        if (!memcmp(w->f[i], f, sizeof *f)) return;
    name_fragment *copy = malloc(sizeof *copy);
    if (!copy) {
        r->failed = true;
        return;
    }
    *copy = *f;
    w->f[w->n++] = copy;
}

static void ways_free(ways *w) {
    for (int i = 0; i < w->n; i++) free(w->f[i]);
    w->n = 0;
}

static bool begins(const reader *r, size_t i, size_t end, const char *word) {
    const size_t k = strlen(word);
    return i + k <= end && !strncmp(r->s + i, word, k);
}

static bool is_word(const reader *r, size_t i, size_t end, const char *word) {
    return end >= i && strlen(word) == end - i && !strncmp(r->s + i, word, end - i);
}

/* ---- locants ---- */

/* "2", "4a", "3'", "n", "n1"; characters read. */
static size_t locant_at(const reader *r, size_t i, size_t end, char out[NAME_LOCANT]) {
    size_t k = i;
    if (k < end && strchr("nosp", r->s[k]) && k + 1 < end && strchr(",-'0123456789", r->s[k + 1])) {
        k++;
        while (k < end && isdigit((unsigned char)r->s[k])) k++;
    } else if (k < end && isdigit((unsigned char)r->s[k])) {
        while (k < end && isdigit((unsigned char)r->s[k])) k++;
        if (k < end && r->s[k] >= 'a' && r->s[k] <= 'd' &&
            !(k + 1 < end && isalpha((unsigned char)r->s[k + 1])))
            k++;
    } else if (k < end && strchr("mo", r->s[k]) && k + 1 < end && r->s[k + 1] == '-') {
        k++;
    } else if (begins(r, i, end, "alpha") || begins(r, i, end, "beta")) {
        k += r->s[i] == 'a' ? 5 : 4;
    } else {
        return 0;
    }
    while (k < end && r->s[k] == '\'') k++;
    if (k - i >= NAME_LOCANT) return 0;
    memcpy(out, r->s + i, k - i);
    out[k - i] = 0;
    return k - i;
}

/* "2,3-", "n,n-"; with the hyphen; 0: none. added: "2(1h)" marks ring atoms in *hydro. */
static size_t locants_at(const reader *r, size_t i, size_t end, part *p, part *hydro) {
    size_t k = i;
    p->places = 0;
    for (;;) {
        if (p->places == PLACES) return 0;
        const size_t m = locant_at(r, k, end, p->place[p->places]);
        if (!m) return 0;
        p->places++, k += m;
        if (hydro && k + 3 < end && r->s[k] == '(' && isdigit((unsigned char)r->s[k + 1])) {
            size_t q = k + 1;
            while (q < end && r->s[q] != ')') {
                const size_t h = locant_at(r, q, end, hydro->place[hydro->places]);
                if (!h || q + h >= end || r->s[q + h] != 'h' || hydro->places + 1 == PLACES)
                    return 0;
                hydro->places++, q += h + 1;
                if (q < end && r->s[q] == ',') q++;
            }
            if (q >= end) return 0;
            k = q + 1;
        }
        if (k < end && r->s[k] == ',') {
            k++;
            continue;
        }
        return k < end && r->s[k] == '-' ? k + 1 - i : 0;
    }
}

/* An atom by a locant as the name writes it: "n" also where it is numbered alone, "o", "m", "p". */
static int atom_of(const name_fragment *f, const char *locant) {
    static const char *const ring[] = {"o", "2", "m", "3", "p", "4"};
    const int at = name_at(f, locant);
    if (at >= 0) return at;
    if (*locant == 'n') { /* the nitrogens of urea and its like, of piperidine */
        const int one = name_at(f, "1"), other = name_at(f, name_at(f, "3") >= 0 ? "3" : "2");
        if (!strcmp(locant, "n") && one >= 0 && f->a[one].number == 7 && !f->a[one].flat)
            return one;
        if (!strcmp(locant, "n'") && other >= 0 && f->a[other].number == 7 && !f->a[other].flat)
            return other;
    }
    for (int i = 0; i < 6; i += 2)
        if (!strcmp(locant, ring[i])) return name_at(f, ring[i + 1]);
    return -1;
}

/* ---- putting on ---- */

/* The only place for `count` substituents without a locant; -1: there is none, or a choice. */
static int only_place(const name_fragment *f, int order, int count) {
    int found = -1, places = 0, all = 0;
    for (int i = 0; i < f->n; i++) {
        const int free = *f->a[i].locant ? name_free(f, i) : 0;
        if (free < order) continue;
        places++, all += free;
        if (found < 0) found = i;
    }
    if (places == 1) return found;
    bool plain = f->alike; /* and nothing is on it yet */
    for (int i = 0; i < f->n && plain; i++) plain = *f->a[i].locant != 0;
    (void)all;
    return plain && count == 1 ? found : -1;
}

/* All hydrogens of the places with a locant, where a name says their number: "pentafluorophenyl".
 */
static bool fill(name_fragment *f, const name_fragment *sub, int count) {
    int all = 0;
    for (int i = 0; i < f->n; i++)
        if (*f->a[i].locant) all += name_free(f, i);
    if (all != count || sub->order != 1) return false;
    const int n = f->n;
    for (int i = 0; i < n; i++) {
        if (!*f->a[i].locant) continue;
        while (name_free(f, i) > 0)
            if (!name_join(f, i, sub)) return false;
    }
    return true;
}

static bool put_group(name_fragment *f, const part *p, const name_fragment *sub) {
    if (!sub->order) return false;
    if (p->places) {
        for (int k = 0; k < p->places; k++) {
            const int at = atom_of(f, p->place[k]);
            if (at < 0 || !name_join(f, at, sub)) return false;
        }
        f->alike = false;
        return true;
    }
    const bool alike = f->alike;
    if (p->beside) f->alike = false;
    const int at = only_place(f, sub->order, p->count);
    f->alike = alike;
    if (at < 0) return fill(f, sub, p->count);
    for (int k = 0; k < p->count; k++)
        if (!name_join(f, at, sub)) return false;
    f->alike = false;
    return true;
}

static bool put_hydro(name_fragment *f, const part *p) {
    if (!p->places) { /* "tetrahydro" alone says all, where that is all there is */
        int flat = 0;
        for (int i = 0; i < f->n; i++) flat += f->a[i].flat && !f->a[i].sat && f->a[i].number < 8;
        if (flat != p->count) return false;
        for (int i = 0; i < f->n; i++) f->a[i].sat |= f->a[i].flat && f->a[i].number < 8;
        return true;
    }
    for (int k = 0; k < p->places; k++) {
        const int at = name_at(f, p->place[k]);
        if (at < 0 || !f->a[at].flat || f->a[at].sat) return false;
        f->a[at].sat = true;
    }
    return true;
}

static bool put_indicated(name_fragment *f, const part *p) {
    for (int k = 0; k < p->places; k++) {
        const int at = name_at(f, p->place[k]);
        if (at < 0 || !f->a[at].flat) return false;
        for (int i = 0; i < f->n; i++)
            if (f->a[i].ring == f->a[at].ring) f->a[i].maybe = false;
        f->a[at].sat = true;
    }
    return true;
}

static bool put_cip(name_fragment *f, const part *p) {
    for (int k = 0; k < p->places; k++) {
        const bool bond = p->mark[k] == 'E' || p->mark[k] == 'Z';
        if (!*p->place[k]) {
            *(bond ? &f->any_ez : &f->any_cip) = p->mark[k];
            continue;
        }
        const int at = name_at(f, p->place[k]);
        if (at < 0) return false;
        if (!bond) {
            f->a[at].cip = p->mark[k];
            continue;
        }
        bool found = false;
        for (int i = 0; i < f->m; i++) {
            name_bond *b = &f->b[i];
            if (b->order != 2 || (b->a != at && b->b != at)) continue;
            /* from the locant on */
            const int other = b->a == at ? b->b : b->a;
            if (found && atoi(f->a[other].locant) < atoi(f->a[at].locant)) continue;
            for (int j = 0; j < f->m; j++)
                if (f->b[j].ez == '?') f->b[j].ez = 0;
            b->ez = p->mark[k], found = true;
        }
        if (!found) return false;
    }
    return true;
}

/* All parts of a list on a copy of f: hydrogens first, then groups from the parent outwards, one
 * way of each after the other. */
static void put_groups(reader *r, const name_fragment *f, const part *parts, int k, ways *out) {
    if (spent(r)) return;
    while (k >= 0 && parts[k].kind != PART_GROUP) k--;
    if (k < 0) {
        keep(r, out, f);
        return;
    }
    for (int w = 0; w < parts[k].group->n; w++) {
        name_fragment *next = malloc(sizeof *next);
        if (!next) {
            r->failed = true;
            return;
        }
        *next = *f;
        if (put_group(next, &parts[k], parts[k].group->f[w]))
            put_groups(r, next, parts, k - 1, out);
        free(next);
    }
}

static void put_all(reader *r, const name_fragment *f, const part *parts, int n, ways *out) {
    name_fragment *g = malloc(sizeof *g);
    bool ok = g != NULL;
    if (!g) {
        r->failed = true;
        return;
    }
    *g = *f;
    for (int k = n - 1; k >= 0 && ok; k--) {
        if (parts[k].kind == PART_HYDRO) ok = put_hydro(g, &parts[k]);
        if (parts[k].kind == PART_INDICATED) ok = put_indicated(g, &parts[k]);
    }
    for (int k = n - 1; k >= 0 && ok; k--)
        if (parts[k].kind == PART_CIP) ok = put_cip(g, &parts[k]);
    part *own = ok ? malloc((size_t)(n + 1) * sizeof *own) : NULL;
    if (ok && !own) r->failed = true;
    if (own) {
        bool located = false;
        for (int k = 0; k < n; k++) located |= parts[k].kind == PART_GROUP && parts[k].places;
        memcpy(own, parts, (size_t)n * sizeof *own);
        for (int k = 0; k < n; k++) own[k].beside = located;
        put_groups(r, g, own, n - 1, out);
    }
    free(own);
    free(g);
}

/* ---- hydrides ---- */

typedef struct unsaturation {
    int at[PLACES], order[PLACES], n;
} unsaturation;

/* "an", "ane", "-2-en", "a-1,3-diene", "-1-en-3-yne" behind a stem, all of s[i..end). */
static bool read_unsaturation(const reader *r, size_t i, size_t end, const part *front,
                              unsaturation *u) {
    u->n = 0;
    if (is_word(r, i, end, "an") || is_word(r, i, end, "ane")) return true;
    while (i < end) {
        part p = {0};
        size_t k = i;
        if (r->s[k] == 'a' && k + 1 < end && (r->s[k + 1] == '-' || r->s[k + 1] == 'd')) k++;
        if (r->s[k] == '-') k++;
        size_t m = locants_at(r, k, end, &p, NULL);
        k += m;
        size_t length;
        int count = name_multiplier(r->s + k, end - k, &length);
        if (!count) count = 1, length = 0;
        k += length;
        if (!m && front && !u->n) p = *front, m = 1; /* "2-butene" */
        const int order = begins(r, k, end, "en") ? 2 : begins(r, k, end, "yn") ? 3 : 0;
        if (!order || (m && p.places != count) || (!m && count > 1)) return false;
        k += 2;
        for (int j = 0; j < count; j++) {
            if (u->n == PLACES || (m && !isdigit((unsigned char)p.place[j][0]))) return false;
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

static void chain(name_fragment *f, int carbons, bool ring) {
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

static size_t digits_at(const reader *r, size_t i, size_t end, size_t most, int *out) {
    size_t k = i;
    *out = 0;
    while (k < end && k - i < most && isdigit((unsigned char)r->s[k]))
        *out = *out * 10 + r->s[k++] - '0';
    return k - i;
}

/* Characters up to the stem; 0: none. */
static size_t skeleton_at(const reader *r, size_t i, size_t end, skeleton *out) {
    static const char *const names[] = {"spiro[",      "bicyclo[",   "tricyclo[",  "tetracyclo[",
                                        "pentacyclo[", "hexacyclo[", "heptacyclo["};
    size_t which = 0, k = i, m;
    *out = (skeleton){0};
    while (which < MG_COUNT(names) && !begins(r, i, end, names[which])) which++;
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
        const bool raised = k < end && r->s[k] == '^', braced = raised && begins(r, k, end, "^{");
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
static size_t replacements_at(const reader *r, size_t i, size_t end, part list[4], int numbers[4],
                              int *n) {
    static const struct {
        const char *name;
        int number;
    } table[] = {{"oxa", 8}, {"aza", 7}, {"thia", 16}, {"sila", 14}};
    size_t k = i;
    for (*n = 0; *n < 4;) {
        part *p = &list[*n];
        const size_t m = locants_at(r, k, end, p, NULL);
        if (!m) break;
        size_t q = k + m, length;
        const int count = name_multiplier(r->s + q, end - q, &length);
        q += count ? length : 0;
        numbers[*n] = 0;
        for (size_t t = 0; t < MG_COUNT(table); t++)
            if (begins(r, q, end, table[t].name)) {
                numbers[*n] = table[t].number, q += strlen(table[t].name);
                break;
            }
        if (!numbers[*n] || (count ? count : 1) != p->places) break;
        k = q, ++*n;
        if (k < end && r->s[k] == '-') k++;
    }
    return *n ? k - i : 0;
}

/* Chains, rings and skeletons of all of s[i..end), with or without a last e. */
static bool hydride(const reader *r, size_t i, size_t end, name_fragment *f) {
    *f = (name_fragment){0};
    part front = {0};
    size_t front_length = 0, stem_length;
    for (const name_entry *e = NAME_RINGS; e->name; e++) {
        const size_t k = strlen(e->name);
        if (!begins(r, i, end, e->name) ||
            (i + k != end && !(i + k + 1 == end && r->s[end - 1] == 'e')))
            continue;
        if (name_add(f, e->smiles, e->locants) < 0) return false;
        f->alike = !strcmp(e->name, "benzen") || !strcmp(e->name, "pyrazin") ||
                   !strcmp(e->name, "1,3,5-triazin");
        return true;
    }
    part swaps[4];
    int numbers[4], n_swaps = 0;
    skeleton rings;
    if (i < end && isdigit((unsigned char)r->s[i])) {
        front_length = locants_at(r, i, end, &front, NULL);
        const size_t q = i + front_length;
        if (!name_stem(r->s + q, end - q, &stem_length) && !begins(r, q, end, "cyclo"))
            front_length = 0;
    }
    size_t k = i + front_length, length;
    k += replacements_at(r, k, end, swaps, numbers, &n_swaps);
    const size_t bracket = skeleton_at(r, k, end, &rings);
    const bool ring = !bracket && begins(r, k, end, "cyclo");
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
        chain(f, carbons, ring);
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

/* ---- cores of substituents ---- */

static bool free_valence(name_fragment *f, int at, int order) {
    if (at < 0 || !name_take(f, at, order)) return false;
    f->from[0] = (uint8_t)at;
    f->order = (uint8_t)order;
    return true;
}

static void core_of_table(reader *r, size_t i, size_t end, ways *out) {
    for (const name_entry *e = NAME_GROUPS; e->name; e++) {
        if (!is_word(r, i, end, e->name)) continue;
        name_fragment f = {0};
        const int order = *e->smiles == '=' ? 2 : 1;
        f.open = *e->smiles == '~';
        if (name_add(&f, e->smiles + (order > 1 || f.open), e->locants) < 0) continue;
        f.from[0] = 0, f.order = (uint8_t)order;
        f.a[0].sat |= f.a[0].flat && order == 2;
        keep(r, out, &f);
    }
}

/* "propan-2-yl", "propyl", "pyridin-3-yl", "cyclohexyl", "cyclohexylidene". */
static void core_yl(reader *r, size_t i, size_t end, ways *out) {
    const int order = begins(r, end > i + 7 ? end - 7 : i, end, "ylidene") ? 2 : 1;
    const size_t tail = order == 2 ? 7 : 2;
    name_fragment f;
    if (end < i + tail + 2 || (order == 1 && !is_word(r, end - 2, end, "yl"))) return;
    const size_t q = end - tail;
    size_t length;
    const int carbons = name_stem(r->s + i, q - i, &length);
    if (carbons && i + length == q) { /* methyl */
        f = (name_fragment){0};
        chain(&f, carbons, false);
        f.alike = carbons == 1;
        if (free_valence(&f, 0, order)) keep(r, out, &f);
    }
    if (begins(r, i, q, "cyclo") && name_stem(r->s + i + 5, q - i - 5, &length) > 2 &&
        i + 5 + length == q) {
        f = (name_fragment){0};
        chain(&f, name_stem(r->s + i + 5, q - i - 5, &length), true);
        f.alike = false;
        if (free_valence(&f, 0, order)) keep(r, out, &f);
    }
    if (r->s[q - 1] == '-') { /* -2-yl, -2(1h)-yl */
        for (size_t k = q - 1; k > i + 2; k--) {
            part p = {0}, hydro = {.kind = PART_INDICATED};
            if (r->s[k - 1] != '-' || locants_at(r, k, q, &p, &hydro) != q - k || p.places != 1)
                continue;
            if (!hydride(r, i, k - 1, &f)) continue;
            if (!put_indicated(&f, &hydro)) continue;
            if (free_valence(&f, name_at(&f, p.place[0]), order)) {
                f.alike = false;
                keep(r, out, &f);
            }
        }
    } else if (hydride(r, i, q, &f)) {
        /* all places alike: "ethenyl", "pyrazinyl"; an unsaturated chain by its first: "but-2-enyl"
         */
        const bool chain_end = f.m == f.n - 1 && !f.rings && r->s[q - 1] == 'n' &&
                               (r->s[q - 2] == 'e' || r->s[q - 2] == 'y');
        if (f.alike || chain_end) {
            f.alike = false;
            if (free_valence(&f, 0, order)) keep(r, out, &f);
        }
    }
    part front = {0}; /* "2-pyridinyl", "3-thienyl" */
    const size_t m = locants_at(r, i, q, &front, NULL);
    if (!m || front.places != 1 || r->s[q - 1] == '-') return;
    bool read = hydride(r, i + m, q, &f) && (f.rings || f.m >= f.n);
    for (const name_entry *e = NAME_SHORT; e->name && !read; e++) {
        if (!is_word(r, i + m, q, e->name)) continue;
        const reader ring = {.s = e->smiles, .n = strlen(e->smiles)};
        read = hydride(&ring, 0, ring.n, &f);
    }
    if (read && free_valence(&f, name_at(&f, front.place[0]), order)) {
        f.alike = false;
        keep(r, out, &f);
    }
}

/* Rings and chains with a binding suffix: "pyridine-3-carbonyl", "butanoyl", "hexyloxy" is prefix
 * and core, "cyclopropanecarboxamido". */
static void core_acyl(reader *r, size_t i, size_t end, ways *out) {
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
        if (end < i + k + 3 || !is_word(r, end - k, end, tails[t].name)) continue;
        size_t q = end - k;
        name_fragment f;
        if (tails[t].on_end) {
            if (!hydride(r, i, q, &f) || f.m == f.n || f.rings || name_free(&f, 0) < 3) continue;
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
            if (free_valence(&f, at, 1)) keep(r, out, &f);
            continue;
        }
        for (size_t c = q; c > i + 3; c--) {
            part p = {0};
            const bool located = c < q;
            if (located &&
                (r->s[c - 1] != '-' || locants_at(r, c, q, &p, NULL) != q - c || p.places != 1))
                continue;
            if (!hydride(r, i, located ? c - 1 : q, &f)) continue;
            if (!located && !f.alike) continue;
            const int ring = located ? name_at(&f, p.place[0]) : 0;
            const int first = f.n;
            if (ring < 0 || !name_take(&f, ring, 1) ||
                name_add(&f, tails[t].smiles, tails[t].locants) < 0)
                continue;
            const int inner = tails[t].smiles[0] == 'N' ? first + 1 : first;
            if (!name_bind(&f, ring, inner, 1)) continue;
            f.alike = false;
            if (free_valence(&f, first, 1)) keep(r, out, &f);
        }
    }
}

/* "pentoxy", "hexoxy" are prefix and core; "phenylthio" too. */
static void cores(reader *r, size_t i, size_t end, ways *out) {
    core_of_table(r, i, end, out);
    core_yl(r, i, end, out);
    core_acyl(r, i, end, out);
}

/* ---- prefixes ---- */

static const ways *substituent(reader *r, size_t i, size_t end);

/* "(2r,3s)-", "(e)-"; characters read. */
static size_t stereo_at(const reader *r, size_t i, size_t end, part *p) {
    size_t k = i + 1;
    *p = (part){.kind = PART_CIP};
    if (i >= end || r->s[i] != '(') return 0;
    while (k < end && p->places < PLACES) {
        size_t m = k;
        while (m < end && isdigit((unsigned char)r->s[m])) m++;
        if (m > k && m + 1 < end && r->s[m] >= 'a' && r->s[m] <= 'd' && strchr("rsez", r->s[m + 1]))
            m++;
        while (m < end && r->s[m] == '\'') m++;
        if (m - k >= NAME_LOCANT || m >= end || !strchr("rsez", r->s[m])) return 0;
        memcpy(p->place[p->places], r->s + k, m - k);
        p->mark[p->places++] = (char)toupper((unsigned char)r->s[m]);
        k = m + 1;
        if (k < end && r->s[k] == ',') {
            k++;
            continue;
        }
        if (k >= end || r->s[k] != ')') return 0;
        k++;
        return k < end && r->s[k] == '-' ? k + 1 - i : 0;
    }
    return 0;
}

/* "1h-", "1h,3h-", "(1h)-"? characters read. */
static size_t indicated_at(const reader *r, size_t i, size_t end, part *p) {
    size_t k = i;
    *p = (part){.kind = PART_INDICATED};
    while (k < end && p->places < PLACES) {
        const size_t m = locant_at(r, k, end, p->place[p->places]);
        if (!m) {
            size_t q = k; /* "1h" looks like no locant to locant_at where a letter follows */
            while (q < end && isdigit((unsigned char)r->s[q])) q++;
            return 0;
        }
        k += m;
        if (k >= end || r->s[k] != 'h') return 0;
        p->places++, k++;
        if (k < end && r->s[k] == ',') {
            k++;
            continue;
        }
        return k < end && r->s[k] == '-' ? k + 1 - i : 0;
    }
    return 0;
}

static size_t bracket_end(const reader *r, size_t i, size_t end) {
    int depth = 0;
    for (size_t k = i; k < end; k++) {
        depth += strchr("([{", r->s[k]) != NULL;
        depth -= strchr(")]}", r->s[k]) != NULL;
        if (!depth) return k;
    }
    return end;
}

static void prefixes(reader *r, size_t i, size_t end, part *parts, int n, const name_fragment *f,
                     ways *out);

/* One group from i on, its parts of locants and multiplier read: every way that it can end. */
static void group(reader *r, size_t i, size_t end, part *parts, int n, const name_fragment *f,
                  ways *out) {
    part *p = &parts[n];
    if (i >= end) return;
    if (strchr("([{", r->s[i])) {
        const size_t close = bracket_end(r, i, end);
        if (close >= end) return;
        p->group = substituent(r, i + 1, close);
        if (p->group->n) prefixes(r, close + 1, end, parts, n + 1, f, out);
        for (size_t k = end; k > close + 1 && !spent(r); k--) { /* "(4-chlorophenyl)methoxy" */
            if (r->s[k - 1] == '-') continue;
            p->group = substituent(r, i, k);
            if (p->group->n) prefixes(r, k, end, parts, n + 1, f, out);
        }
        return;
    }
    for (size_t k = end; k > i + 1 && !spent(r); k--) {
        if (k < end && !strchr("-([{", r->s[k]) && !isalpha((unsigned char)r->s[k]) &&
            !isdigit((unsigned char)r->s[k]))
            continue;
        p->group = substituent(r, i, k);
        if (p->group->n) prefixes(r, k, end, parts, n + 1, f, out);
    }
}

/* The rest of a list of prefixes; at its end all are put on f. */
static void prefixes(reader *r, size_t i, size_t end, part *parts, int n, const name_fragment *f,
                     ways *out) {
    if (spent(r) || out->n == WAYS) return;
    if (i < end && r->s[i] == '-' && n) i++;
    if (i == end) {
        put_all(r, f, parts, n, out);
        return;
    }
    if (n == PARTS) return;
    part *p = &parts[n];
    size_t k = stereo_at(r, i, end, p);
    if (!k) k = indicated_at(r, i, end, p);
    if (k) {
        prefixes(r, i + k, end, parts, n + 1, f, out);
        return;
    }
    *p = (part){.kind = PART_GROUP};
    const size_t m = locants_at(r, i, end, p, NULL);
    const part located = *p;
    if (m && isdigit((unsigned char)r->s[i])) { /* they may belong to what is put on */
        *p = (part){.kind = PART_GROUP, .count = 1};
        for (k = end; k > i + m + 1 && !spent(r); k--) {
            p->group = substituent(r, i, k);
            if (p->group->n) prefixes(r, k, end, parts, n + 1, f, out);
        }
    }
    *p = located;
    i += m;
    size_t length;
    const int count = name_multiplier(r->s + i, end - i, &length);
    if (count && begins(r, i + length, end, "hydro") && !begins(r, i + length, end, "hydroxy")) {
        p->kind = PART_HYDRO, p->count = count;
        if (!m || p->places == count) prefixes(r, i + length + 5, end, parts, n + 1, f, out);
        return;
    }
    if (count && (!m || located.places == count)) {
        *p = located;
        p->count = count;
        group(r, i + length, end, parts, n, f, out);
    }
    if (!m || located.places == 1) { /* a multiplier belongs to what is put on */
        *p = located;
        p->count = 1;
        group(r, i, end, parts, n, f, out);
    }
}

static const ways *substituent(reader *r, size_t i, size_t end) {
    ways *w = &r->subs[i * (r->n + 1) + end];
    static const ways none = {0};
    if (w->done || spent(r)) return w->done ? w : &none;
    if (r->depth == DEPTH) return &none;
    w->done = true; /* what it holds is none while it is read */
    r->depth++;
    part *parts = malloc((PARTS + 1) * sizeof *parts);
    ways found = {0};
    if (!parts) r->failed = true;
    for (size_t k = i; k < end && parts && !spent(r); k++) {
        ways core = {0};
        cores(r, k, end, &core);
        for (int c = 0; c < core.n; c++) {
            if (k == i)
                keep(r, &found, core.f[c]);
            else
                prefixes(r, i, k, parts, 0, core.f[c], &found);
        }
        ways_free(&core);
    }
    free(parts);
    r->depth--;
    *w = found;
    w->done = true;
    return w;
}

/* ---- parents ---- */

/* One suffix on an atom; n-th of `all`. */
static bool put_suffix(name_fragment *f, const name_suffix *s, int at, int nth, int all) {
    const int order = *s->smiles == '=' ? 2 : *s->smiles == '#' ? 3 : 1;
    const char *smiles = s->smiles + (order > 1);
    int first = f->n;
    if (s->on_end) { /* "=OO": a doubly bound atom, and what else the carbon has */
        const int need = order + (smiles[1] != 0);
        if (name_free(f, at) < need) return false;
        const int one = name_add_atom(f, *smiles == 'O' ? 8 : *smiles == 'S' ? 16 : 7);
        if (one < 0 || !name_bind(f, at, one, order)) return false;
        if (smiles[1]) {
            const int more = name_add(f, smiles + 1, NULL);
            if (more < 0 || !name_bind(f, at, more, 1)) return false;
        }
        *f->a[at].locant = 0;
        if (s->locants) { /* of what is behind the first */
            const char *l = strchr(s->locants, '/');
            for (int i = one + 1; i < f->n && l; i++) {
                const size_t k = strcspn(l + 1, "/");
                if (k < NAME_LOCANT) memcpy(f->a[i].locant, l + 1, k), f->a[i].locant[k] = 0;
                l = strchr(l + 1, '/');
            }
        }
    } else {
        if (!name_take(f, at, order)) return false;
        first = name_add(f, smiles, s->locants);
        if (first < 0 || !name_bind(f, at, first, order)) return false;
    }
    if (s->end >= 0) {
        if (f->n_ends == NAME_ENDS) return false;
        f->ends[f->n_ends++] = (uint8_t)(first + s->end);
    }
    for (int i = first; i < f->n && all > 1; i++) /* several nitrogens: n1, n4 by where they are */
        if (f->a[i].locant[0] == 'n') {
            if (*f->a[at].locant && strlen(f->a[at].locant) + 2 < NAME_LOCANT)
                snprintf(f->a[i].locant, NAME_LOCANT, "n%.5s", f->a[at].locant);
            else
                snprintf(f->a[i].locant, NAME_LOCANT, nth ? "n'" : "n");
        }
    return true;
}

/* Suffixes of all of s[i..end) on a hydride. */
static void suffixes(reader *r, size_t i, size_t end, const name_fragment *base, const part *front,
                     ways *out) {
    part p = {0}, hydro = {.kind = PART_INDICATED};
    size_t k = i;
    if (front) p = *front;
    if (k < end && r->s[k] == '-') {
        if (front) return;
        const size_t m = locants_at(r, k + 1, end, &p, &hydro);
        if (!m) return;
        k += 1 + m;
    }
    for (int pass = 0; pass < 2; pass++) {
        size_t length = 0;
        const int count = pass ? name_multiplier(r->s + k, end - k, &length) : 1;
        if (!count || (pass && count < 2)) continue;
        const size_t at = k + length;
        for (const name_suffix *s = NAME_SUFFIXES; s->name; s++) {
            if (!is_word(r, at, end, s->name)) continue;
            name_fragment f = *base;
            bool ok = put_indicated(&f, &hydro);
            if (s->on_end) {
                /* the ends of a chain; a locant may say so ("but-2-enoic acid" has none) */
                int last = 0;
                for (int a = 0; a < base->n; a++) last = a;
                ok &= base->m == base->n - 1 && !base->rings && !p.places && count <= 2;
                if (ok) ok = put_suffix(&f, s, 0, 0, count);
                if (ok && count == 2) ok = base->n > 1 && put_suffix(&f, s, last, 1, count);
                f.alike = false;
                if (ok && count == 2 && base->n == 2) f.alike = false;
            } else if (p.places) {
                ok &= p.places == count;
                for (int j = 0; j < p.places && ok; j++) {
                    const int where = name_at(&f, p.place[j]);
                    ok = where >= 0 && put_suffix(&f, s, where, j, count);
                }
                f.alike = false;
            } else {
                ok &= count == 1 && base->alike && put_suffix(&f, s, 0, 0, 1);
                f.alike = false;
            }
            if (ok) keep(r, out, &f);
        }
    }
}

static void acids(reader *r, size_t i, size_t end, ways *out) {
    static const char *const endings[] = {"ic acid",  "ate",         "amide",        "onitrile",
                                          "aldehyde", "yl chloride", "oyl chloride", "ohydrazide"};
    for (const name_entry *e = NAME_ACIDS; e->name; e++) {
        const size_t k = strlen(e->name);
        if (!begins(r, i, end, e->name)) continue;
        for (size_t t = 0; t < MG_COUNT(endings); t++) {
            name_fragment f = {0};
            const size_t at = i + k;
            if (!is_word(r, at, end, endings[t])) continue;
            if (!strcmp(e->name, "benz") && t != 2 && t != 7) continue;
            if (name_add(&f, e->smiles, e->locants) < 0) continue;
            /* atom 2 is the hydroxy group; further acids of the stem end alike */
            const bool two = strstr(e->smiles + 7, "C(=O)O") != NULL;
            if (t > 1 && two) continue;
            if (t == 1) {
                f.ends[f.n_ends++] = 2;
                for (int a = 3; a < f.n && two; a++) {
                    int single = 0, carbonyl = 0;
                    for (int b = 0; b < f.m; b++) {
                        if (f.b[b].a != a && f.b[b].b != a) continue;
                        const int c = f.b[b].a == a ? f.b[b].b : f.b[b].a;
                        single += f.b[b].order == 1;
                        for (int d = 0; d < f.m; d++)
                            carbonyl |= (f.b[d].a == c || f.b[d].b == c) && f.b[d].order == 2 &&
                                        f.a[f.b[d].a == c ? f.b[d].b : f.b[d].a].number == 8;
                    }
                    if (f.a[a].number == 8 && single == 1 && carbonyl && f.n_ends < NAME_ENDS &&
                        name_free(&f, a) == 1)
                        f.ends[f.n_ends++] = (uint8_t)a;
                }
            }
            if (t == 2) f.a[2].number = 7, strcpy(f.a[2].locant, "n");
            if (t == 5 || t == 6) f.a[2].number = 17;
            if (t == 3 || t == 4) continue; /* in the table of parents */
            if (t == 7) {
                f.a[2].number = 7;
                strcpy(f.a[2].locant, "n");
                const int last = name_add_atom(&f, 7);
                if (last < 0 || !name_bind(&f, 2, last, 1)) continue;
                strcpy(f.a[last].locant, "n'");
            }
            keep(r, out, &f);
        }
    }
}

/* "alcohol", "ether", "ketone": words behind what is bound to them. */
static void functions(reader *r, size_t i, size_t end, ways *out) {
    static const struct {
        const char *name, *smiles;
        int ends;
    } table[] = {{"alcohol", "O", 1},
                 {"ether", "O", 2},
                 {"ketone", "C=O", 2},
                 {"sulfide", "S", 2},
                 {"sulfone", "S(=O)=O", 2},
                 {"sulfoxide", "S=O", 2},
                 {"chloride", "Cl", 1},
                 {"bromide", "Br", 1},
                 {"iodide", "I", 1},
                 {"fluoride", "F", 1},
                 {"cyanide", "C#N", 1},
                 {"isocyanate", "N=C=O", 1},
                 {"isothiocyanate", "N=C=S", 1},
                 {"azide", "N=[N+]=[N-]", 1}};
    if (!i || r->s[i - 1] != ' ') return;
    for (size_t t = 0; t < MG_COUNT(table); t++) {
        name_fragment f = {0};
        if (!is_word(r, i, end, table[t].name) || name_add(&f, table[t].smiles, NULL) < 0) continue;
        f.n_ends = table[t].ends;
        keep(r, out, &f);
    }
}

static void parents(reader *r, size_t i, size_t end, ways *out) {
    functions(r, i, end, out);
    for (const name_entry *e = NAME_PARENTS; e->name; e++) {
        name_fragment f = {0};
        if (is_word(r, i, end, e->name) && name_add(&f, e->smiles, e->locants) >= 0)
            keep(r, out, &f);
    }
    acids(r, i, end, out);
    name_fragment f;
    if (hydride(r, i, end, &f) && (r->s[end - 1] == 'e' || f.rings)) keep(r, out, &f);
    for (size_t k = i + 3; k < end && !spent(r); k++)
        if (hydride(r, i, k, &f)) suffixes(r, k, end, &f, NULL, out);
    part front = {0}; /* "2-undecanol": locants of the suffix in front */
    const size_t m = locants_at(r, i, end, &front, NULL);
    for (size_t k = i + m + 3; m && k < end && !spent(r); k++)
        if (hydride(r, i + m, k, &f)) {
            bool plain = true; /* "2-cyclopentenol": whose locant is it? */
            for (int b = 0; b < f.m; b++) plain &= f.b[b].order == 1;
            if (plain) suffixes(r, k, end, &f, &front, out);
        }
}

static void compound(reader *r, size_t i, size_t end, ways *out) {
    part *parts = malloc((PARTS + 1) * sizeof *parts);
    if (!parts) r->failed = true;
    for (size_t k = i; k < end && parts && !spent(r); k++) {
        ways parent = {0};
        parents(r, k, end, &parent);
        for (int c = 0; c < parent.n; c++) {
            if (k == i)
                keep(r, out, parent.f[c]);
            else
                prefixes(r, i, k, parts, 0, parent.f[c], out);
        }
        ways_free(&parent);
    }
    free(parts);
}

/* ---- words ---- */

static const struct {
    const char *name;
    int number, count;
} METALS[] = {{"sodium", 11, 1},
              {"potassium", 19, 1},
              {"lithium", 3, 1},
              {"disodium", 11, 2},
              {"dipotassium", 19, 2}};

/* Words in front of an ester's or a salt's acid, s[i..end), on its ends from the first on. */
static void esters(reader *r, size_t i, size_t end, const name_fragment *f, int done, ways *out) {
    if (spent(r)) return;
    if (i >= end) {
        if (done == f->n_ends) keep(r, out, f);
        return;
    }
    size_t word = i;
    int depth = 0;
    for (; word < end && (r->s[word] != ' ' || depth); word++)
        depth += (strchr("([{", r->s[word]) != NULL) - (strchr(")]}", r->s[word]) != NULL);
    for (size_t m = 0; m < MG_COUNT(METALS); m++) {
        if (!is_word(r, i, word, METALS[m].name)) continue;
        name_fragment g = *f;
        bool ok = true;
        for (int k = 0; k < METALS[m].count && ok; k++) {
            ok = done + k < g.n_ends && name_free(&g, g.ends[done + k]) == 1;
            const int metal = ok ? name_add_atom(&g, METALS[m].number) : -1;
            ok = metal >= 0;
            if (ok) g.a[metal].charge = 1, g.a[g.ends[done + k]].charge = -1;
        }
        if (ok) esters(r, word + 1, end, &g, done + METALS[m].count, out);
        return;
    }
    for (int pass = 0; pass < 2; pass++) {
        size_t length = 0;
        const int count = pass ? name_multiplier(r->s + i, word - i, &length) : 1;
        if (!count || (pass && count < 2) || done + count > f->n_ends) continue;
        size_t from = i + length, to = word;
        if (from < to && strchr("([{", r->s[from]) && bracket_end(r, from, to) + 1 == to)
            from++, to--;
        const ways *w = substituent(r, from, to);
        for (int k = 0; k < w->n; k++) {
            name_fragment g = *f;
            bool ok = w->f[k]->order == 1 && w->f[k]->a[w->f[k]->from[0]].number == 6;
            for (int c = 0; c < count && ok; c++) ok = name_join(&g, g.ends[done + c], w->f[k]);
            if (ok) esters(r, word + 1, end, &g, done + count, out);
        }
    }
}

static void read_all(reader *r, ways *out) {
    ways whole = {0};
    compound(r, 0, r->n, &whole);
    for (int i = 0; i < whole.n; i++) {
        name_fragment *f = whole.f[i];
        for (int k = 0; k < f->n_ends; k++) f->a[f->ends[k]].charge = -1; /* an anion */
        keep(r, out, f);
    }
    ways_free(&whole);
    for (size_t k = 1; k + 2 < r->n && !spent(r); k++) {
        if (r->s[k] != ' ') continue;
        ways acid = {0};
        compound(r, k + 1, r->n, &acid);
        for (int i = 0; i < acid.n; i++)
            if (acid.f[i]->n_ends) esters(r, 0, k, acid.f[i], 0, out);
        ways_free(&acid);
    }
}

/* ---- a molecule ---- */

static char *write_molecule(const name_fragment *given) {
    name_fragment f = *given;
    mg_sketch_atom atoms[NAME_ATOMS];
    mg_sketch_bond bonds[NAME_BONDS];
    if (f.order || !name_kekulise(&f)) return NULL;
    for (int i = 0; i < f.n; i++) {
        if (name_free(&f, i) < 0 &&
            !(f.a[i].number == 11 || f.a[i].number == 19 || f.a[i].number == 3))
            return NULL;
        atoms[i] = (mg_sketch_atom){f.a[i].number, f.a[i].charge, f.a[i].cip};
    }
    for (int i = 0; i < f.m; i++)
        bonds[i] = (mg_sketch_bond){f.b[i].a, f.b[i].b, f.b[i].order, f.b[i].ez};
    return mg_smiles_of_sketch(atoms, f.n, bonds, f.m, f.any_cip, f.any_ez);
}

/* The name folded: small letters, plain quotes and hyphens; 0: it holds something else. */
static size_t fold(const char *name, char out[LONGEST + 1]) {
    size_t n = 0;
    while (*name == ' ' || *name == '\t') name++;
    for (const char *s = name; *s; s++) {
        if (n == LONGEST) return 0;
        const unsigned char c = (unsigned char)*s;
        if (c >= 0x80 || c < ' ') return 0;
        if (c == ' ' && (!n || out[n - 1] == ' ')) continue;
        out[n++] = (char)tolower(c);
    }
    while (n && (out[n - 1] == ' ' || out[n - 1] == '.')) n--;
    out[n] = 0;
    return n;
}

/* ---- names of an index ---- */

static bool ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), k = strlen(end);
    return n >= k && !strcmp(s + n - k, end);
}

/* "benzoic acid" to "benzoate", for an ester. */
static bool acid_to_ate(char *s) {
    if (!ends_with(s, "ic acid")) return false;
    strcpy(s + strlen(s) - 7, "ate");
    return true;
}

/* "benzamide, 3-nitro-" turned to "3-nitrobenzamide", "benzoic acid, 4-amino-, ethyl ester" to
 * "ethyl 4-aminobenzoate", "hexanoic acid methyl ester" to "methyl hexanoate"; false: something
 * else. */
static bool turn(char *s, size_t *n) {
    char own[LONGEST + 1], turned[2 * LONGEST], ester[LONGEST + 2] = "", *parts[6], *rest = own;
    int count = 0;
    snprintf(own, sizeof own, "%s", s);
    for (char *open; *n && own[strlen(own) - 1] == ')' && (open = strrchr(own, '(')) != NULL;) {
        if (open == own || strlen(open) > 8 || !isdigit((unsigned char)open[1]))
            break; /* "(9ci)" */
        *open = 0;
        while (open > own && open[-1] == ' ') *--open = 0;
    }
    while (rest && count < 6) {
        parts[count++] = rest;
        char *comma = strstr(rest, ", ");
        if (comma) *comma = 0;
        rest = comma ? comma + 2 : NULL;
    }
    if (rest) return false;
    if (ends_with(parts[count - 1], " ester")) {
        char *last = parts[count - 1];
        last[strlen(last) - 6] = 0;
        char *from = strstr(last, " acid ");
        if (count == 1 && from) { /* one part: the acid stands in front */
            from += 5;
            *from++ = 0;
            snprintf(ester, sizeof ester, "%s ", from);
        } else if (count > 1) {
            snprintf(ester, sizeof ester, "%s ", last);
            count--;
        }
        if (!*ester || !acid_to_ate(parts[0])) return false;
    }
    turned[0] = 0;
    strcat(turned, ester);
    for (int k = count - 1; k > 0; k--) {
        if (!ends_with(parts[k], "-")) return false;
        strcat(turned, parts[k]);
    }
    /* the hyphen stays in front of a digit or a bracket */
    const size_t length = strlen(turned);
    if (count > 1 && !isdigit((unsigned char)*parts[0]) && length) turned[length - 1] = 0;
    strcat(turned, parts[0]);
    if (strlen(turned) > LONGEST) return false;
    *n = strlen(turned);
    memcpy(s, turned, *n + 1);
    return true;
}

/* "X;hydrochloride", "X, hydrobromide": the acid beside it, cut off; NULL: none. */
static const char *cut_acid(char *s, size_t *n) {
    static const struct {
        const char *name, *smiles;
    } acids_beside[] = {
        {"hydrochloride", "Cl"}, {"monohydrochloride", "Cl"}, {"dihydrochloride", "Cl.Cl"},
        {"hydrobromide", "Br"},  {"hydroiodide", "I"},        {"hydrate", "O"},
        {"monohydrate", "O"},    {"dihydrate", "O.O"},        {"trihydrochloride", "Cl.Cl.Cl"}};
    for (size_t i = 0; i < MG_COUNT(acids_beside); i++) {
        const size_t k = strlen(acids_beside[i].name);
        if (*n < k + 4 || strcmp(s + *n - k, acids_beside[i].name) != 0) continue;
        size_t cut = *n - k;
        if (!strchr(" ;", s[cut - 1])) continue;
        while (cut && strchr(" ;,", s[cut - 1])) cut--;
        s[cut] = 0;
        *n = cut;
        return acids_beside[i].smiles;
    }
    return NULL;
}

/* With what stands beside it. */
static char *put_acid(char *smiles, const char *acid) {
    mg_str s = {0};
    mg_str_addf(&s, "%s.%s", smiles, acid);
    mg_mol *m = s.failed ? NULL : mg_mol_from_smiles(s.s, NULL, NULL);
    char *out = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol_free(m);
    mg_str_free(&s);
    free(smiles);
    return out;
}

int mg_name_read(const char *name, char **smiles, molglot_error *err) {
    char folded[LONGEST + 1];
    reader r = {.s = folded, .n = fold(name, folded)};
    *smiles = NULL;
    if (r.n < 4) return MOLGLOT_OK;
    const char *acid = cut_acid(folded, &r.n);
    int blanks = 0; /* a sentence is no name */
    for (size_t i = 0; i < r.n; i++) blanks += folded[i] == ' ';
    if (blanks > MOST_BLANKS) return MOLGLOT_OK;
    if ((strstr(folded, ", ") || ends_with(folded, " ester") || ends_with(folded, ")")) &&
        !turn(folded, &r.n))
        return MOLGLOT_OK;
    r.subs = calloc((r.n + 1) * (r.n + 1), sizeof *r.subs);
    ways all = {0};
    if (!r.subs) return mg_no_memory(err, "a name");
    read_all(&r, &all);
    bool two = false;
    for (int i = 0; i < all.n; i++) {
        char *one = write_molecule(all.f[i]);
        if (one && *smiles && strcmp(one, *smiles) != 0) two = true;
        if (one && !*smiles)
            *smiles = one;
        else
            free(one);
    }
    if (two || r.steps > STEPS) {
        free(*smiles);
        *smiles = NULL;
    }
    ways_free(&all);
    for (size_t i = 0; i < (r.n + 1) * (r.n + 1); i++) ways_free(&r.subs[i]);
    free(r.subs);
    if (*smiles && acid) *smiles = put_acid(*smiles, acid);
    if (!r.failed) return MOLGLOT_OK;
    free(*smiles);
    *smiles = NULL;
    return mg_no_memory(err, "a name");
}
