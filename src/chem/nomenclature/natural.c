/* natural.c - parents whose name tells their centres too (IUPAC P-101): "androst-4-en",
 * "19-norpregna-1,3,5(10)-trien", "9,10-secocholesta-5,7,10(19)-trien", "D-homo-5alpha-androstan".
 *
 *   natural   = { change | faces } stem unsaturation
 *   change    = locants "nor", "seco", "cyclo", "homo", "aza", "oxa" | ring letter "nor", "homo"
 *   faces     = locants with alpha, beta and no group behind them
 *
 * The faces of ring atoms are read off the rings of the table, which are written anticlockwise as
 * seen from the beta face; a change keeps what its neighbours' places say.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- faces of a parent ---- */

static int neighbours_of(const name_fragment *f, int atom, int out[8]) {
    int n = 0;
    for (int j = 0; j < f->m && n < 8; j++) {
        if (f->b[j].a == atom) out[n++] = f->b[j].b;
        if (f->b[j].b == atom) out[n++] = f->b[j].a;
    }
    return n;
}

typedef struct way { /* of rings through an atom: from, to; another neighbour in a ring */
    int from, to, third, n;
} way;

static void way_add(way *w, int from, int to) {
    if (!w->n++) {
        w->from = from, w->to = to;
        return;
    }
    const int other = from != w->from && from != w->to ? from : to;
    if (other == w->from || other == w->to || (w->third >= 0 && w->third != other)) w->n = 9;
    w->third = other;
}

/* Atoms of a ring of the table from *s on, in order; *s is then behind it. */
static int ring_at(const name_fragment *f, const char **s, int out[32]) {
    int n = 0;
    while (**s && **s != '/') {
        char locant[NAME_LOCANT] = "";
        size_t k = strcspn(*s, "./");
        if (k < NAME_LOCANT) memcpy(locant, *s, k);
        if (n < 32) out[n++] = name_at(f, locant);
        *s += k + ((*s)[k] == '.');
    }
    if (**s) ++*s;
    return n;
}

static void put_ways(name_fragment *f, const way ways[NAME_ATOMS]) {
    for (int i = 0; i < f->n; i++) {
        const way *w = &ways[i];
        int near[8], rest[8], n_rest = 0;
        const int n = neighbours_of(f, i, near);
        name_atom *a = &f->a[i];
        if (!w->n || w->n > 3 || a->centre) continue;
        for (int k = 0; k < n; k++)
            if (near[k] != w->from && near[k] != w->to && near[k] != w->third)
                rest[n_rest++] = near[k];
        if (n_rest > (w->third < 0 ? 2 : 1)) continue;
        const int fourth = n_rest ? rest[0] : NEAR_H;
        a->centre = true, a->unsure = n_rest || w->third >= 0;
        a->face = w->third < 0 ? '2' : 'B';
        a->near[0] = (uint8_t)w->from, a->near[1] = (uint8_t)w->to;
        a->near[2] = (uint8_t)(w->third < 0 ? n_rest > 1 ? rest[1] : NEAR_H : w->third);
        a->near[3] = (uint8_t)fourth;
    }
}

/* "17B", "28A": what the table says stands there. */
static bool put_faces(name_fragment *f, const char *faces) {
    while (*faces) {
        char locant[NAME_LOCANT] = "";
        const size_t k = strcspn(faces, "AB");
        if (k >= NAME_LOCANT || !faces[k]) return false;
        memcpy(locant, faces, k);
        int at = name_at(f, locant), what = -1, near[8];
        if (at < 0) return false;
        if (f->a[at].face && f->a[at].face != '2') {
            what = f->a[at].near[3];
        } else if (f->a[at].face) {
            what = f->a[at].near[3];
        } else {
            const int n = neighbours_of(f, at, near);
            what = at, at = -1;
            for (int j = 0; j < n; j++)
                if (f->a[near[j]].face) at = near[j];
        }
        if (at < 0 || !name_near_face(&f->a[at], what, faces[k])) return false;
        f->a[at].fixed = false;
        faces += k + 1;
    }
    return true;
}

static bool build(name_fragment *f, const name_parent *p) {
    way ways[NAME_ATOMS];
    *f = (name_fragment){0};
    if (name_add(f, p->smiles, p->locants) < 0) return false;
    for (int i = 0; i < NAME_ATOMS; i++) ways[i] = (way){.third = -1};
    for (const char *s = p->rings; *s;) {
        int ring[32];
        const bool chain = *s == '~';
        s += chain;
        const int n = ring_at(f, &s, ring);
        for (int k = 0; k < n; k++) {
            if (ring[k] < 0) return false;
            if (chain && (!k || k == n - 1)) continue;
            way_add(&ways[ring[k]], ring[(k + n - 1) % n], ring[(k + 1) % n]);
        }
    }
    put_ways(f, ways);
    f->own = (uint8_t)f->n;
    return put_faces(f, p->faces);
}

/* ---- changes of the skeleton ---- */

static int bond_of(const name_fragment *f, int a, int b) {
    for (int j = 0; j < f->m; j++)
        if ((f->b[j].a == a && f->b[j].b == b) || (f->b[j].a == b && f->b[j].b == a)) return j;
    return -1;
}

static void cut(name_fragment *f, int bond) {
    memmove(&f->b[bond], &f->b[bond + 1], (size_t)(f->m - bond - 1) * sizeof *f->b);
    f->m--;
    f->b[f->m] = (name_bond){0};
}

/* Another neighbour in the place of one, by a bond that is there from now on. */
static void relink(name_atom *a, int old, int next) {
    for (int k = 0; k < 4 && a->centre; k++)
        if (a->near[k] == old) a->near[k] = (uint8_t)next;
}

static bool link_plainly(name_fragment *f, int a, int b) {
    if (f->m == NAME_BONDS) return false;
    f->b[f->m++] = (name_bond){(uint8_t)a, (uint8_t)b, 1, 0};
    return true;
}

/* An atom that is gone: its one or two neighbours are bound to each other. */
bool name_remove(name_fragment *f, int at) {
    int near[8];
    const int n = at < 0 ? 0 : neighbours_of(f, at, near);
    if (n < 1 || n > 2) return false;
    for (int k = 0; k < n; k++) {
        if (f->b[bond_of(f, at, near[k])].order != 1) return false;
        cut(f, bond_of(f, at, near[k]));
        if (n == 1)
            name_near_leave(&f->a[near[k]], at);
        else
            relink(&f->a[near[k]], at, near[1 - k]);
    }
    if (n == 2 && (bond_of(f, near[0], near[1]) >= 0 || !link_plainly(f, near[0], near[1])))
        return false;
    memmove(&f->a[at], &f->a[at + 1], (size_t)(f->n - at - 1) * sizeof *f->a);
    f->a[--f->n] = (name_atom){0};
    for (int j = 0; j < f->m; j++)
        f->b[j].a = (uint8_t)(f->b[j].a - (f->b[j].a > at)),
        f->b[j].b = (uint8_t)(f->b[j].b - (f->b[j].b > at));
    for (int i = 0; i < f->n; i++)
        for (int k = 0; k < 4 && f->a[i].centre; k++)
            f->a[i].near[k] =
                (uint8_t)(f->a[i].near[k] - (f->a[i].near[k] > at && f->a[i].near[k] < NEAR_FREE));
    f->own = (uint8_t)(f->own - (at < f->own));
    f->from = (uint8_t)(f->from - (f->from > at));
    for (int k = 0; k < f->n_ends; k++) f->ends[k] = (uint8_t)(f->ends[k] - (f->ends[k] > at));
    return true;
}

static bool nor(name_fragment *f, int at) {
    return at >= 0 && f->a[at].number == 6 && name_remove(f, at);
}

/* A CH2 group between two atoms; behind `a` alone where b is negative. */
static bool homo(name_fragment *f, int a, int b, const char *locant) {
    const int bond = b < 0 ? -1 : bond_of(f, a, b);
    if (a < 0 || (b >= 0 && bond < 0) || name_at(f, locant) >= 0 || f->n != f->own) return false;
    const int at = name_add_atom(f, 6);
    if (at < 0) return false;
    snprintf(f->a[at].locant, NAME_LOCANT, "%s", locant);
    f->own++;
    if (b < 0) return name_free(f, a) == 3 && link_plainly(f, a, at);
    cut(f, bond);
    relink(&f->a[a], b, at);
    relink(&f->a[b], a, at);
    name_atom *own = &f->a[at]; /* of a ring from a over it to b */
    own->centre = f->a[a].face && f->a[b].face, own->face = own->centre ? '2' : 0;
    own->near[0] = (uint8_t)a, own->near[1] = (uint8_t)b;
    own->near[2] = own->near[3] = NEAR_H;
    return link_plainly(f, a, at) && link_plainly(f, at, b);
}

static bool seco(name_fragment *f, int a, int b) {
    const int bond = a < 0 || b < 0 ? -1 : bond_of(f, a, b);
    if (bond < 0) return false;
    cut(f, bond);
    name_near_leave(&f->a[a], b);
    name_near_leave(&f->a[b], a);
    return true;
}

static bool ring_letter(name_fragment *f, char letter, bool more) {
    static const struct {
        char letter;
        const char *gone, *from, *to, *come;
    } table[] = {{'a', "4", "4", "5", "4a"},
                 {'b', "7", "7", "8", "7a"},
                 {'c', "", "", "", ""},
                 {'d', "17", "17", "13", "17a"}};
    for (size_t t = 0; t < MG_COUNT(table); t++) {
        if (table[t].letter != letter || !*table[t].gone) continue;
        const int from = name_at(f, table[t].from), to = name_at(f, table[t].to);
        if (letter == 'd' &&
            (!more || from < 0 || f->a[from].near[2] != NEAR_H || f->a[from].near[3] != NEAR_H))
            return false; /* where would a side chain be? */
        return more ? homo(f, from, to, table[t].come) : nor(f, name_at(f, table[t].gone));
    }
    return false;
}

/* "3alpha,5-cyclo": a bond, with the face of one end or of both. */
static bool cyclo(name_fragment *f, const name_part *p) {
    char face[2];
    const int a = name_at_face(f, p->place[0], &face[0]),
              b = name_at_face(f, p->place[1], &face[1]);
    if (p->places != 2 || a < 0 || b < 0 || a == b || bond_of(f, a, b) >= 0 ||
        name_free(f, a) < 1 || name_free(f, b) < 1 || !name_bind(f, a, b, 1))
        return false;
    if (!strcmp(p->place[0], "9") && !strcmp(p->place[1], "19")) face[0] = 'B'; /* as C-19 is */
    if (!face[0] && !face[1] && (f->a[a].face || f->a[b].face)) return false;
    return (!face[0] || name_near_face(&f->a[a], b, face[0])) &&
           (!face[1] || name_near_face(&f->a[b], a, face[1]));
}

static bool replace(name_fragment *f, const name_part *p, int number) {
    for (int k = 0; k < p->places; k++) {
        const int at = name_at(f, p->place[k]);
        if (at < 0 || f->a[at].number != 6) return false;
        f->a[at].number = (uint8_t)number;
        if (name_orders(f, at) > 2 && number == 8) return false;
        f->a[at].centre = false;
    }
    return true;
}

static bool homo_at(name_fragment *f, const char *locant) {
    char base[NAME_LOCANT], next[NAME_LOCANT];
    const size_t k = strlen(locant);
    if (k < 2 || locant[k - 1] != 'a') return false;
    snprintf(base, sizeof base, "%.*s", (int)k - 1, locant);
    const int a = name_at(f, base);
    if (a >= 0 && name_free(f, a) == 3) return homo(f, a, -1, locant);
    snprintf(next, sizeof next, "%d", atoi(base) % 100 + 1);
    return homo(f, a, name_at(f, next), locant);
}

typedef enum { CHANGE_NOR, CHANGE_SECO, CHANGE_CYCLO, CHANGE_HOMO, CHANGE_AZA, CHANGE_OXA } kind;

static bool change(name_fragment *f, kind what, const name_part *p) {
    bool ok = true;
    switch (what) {
    case CHANGE_NOR:
        for (int k = 0; k < p->places && ok; k++) ok = nor(f, name_at(f, p->place[k]));
        return ok;
    case CHANGE_HOMO:
        for (int k = 0; k < p->places && ok; k++) ok = homo_at(f, p->place[k]);
        return ok;
    case CHANGE_SECO:
        return p->places == 2 && seco(f, name_at(f, p->place[0]), name_at(f, p->place[1]));
    case CHANGE_CYCLO: return cyclo(f, p);
    case CHANGE_AZA: return replace(f, p, 7);
    case CHANGE_OXA: return replace(f, p, 8);
    }
    return false;
}

enum { CHANGES = 6 };
typedef struct changes {
    kind what[CHANGES];
    name_part part[CHANGES];
    char letter[CHANGES]; /* of a ring; 0 */
    int n;
    name_part faces;
} changes;

/* "19-nor", "18,19-dinor", "9,10-seco", "d-homo" from i on; characters. */
static size_t change_at(const name_reader *r, size_t i, size_t end, changes *c) {
    static const char *const words[] = {"nor", "seco", "cyclo", "homo", "aza", "oxa"};
    if (c->n == CHANGES) return 0;
    name_part *p = &c->part[c->n];
    *p = (name_part){0};
    c->letter[c->n] = 0;
    size_t k = i + name_locants(r, i, end, p, NULL), length = 0;
    if (k == i) {
        if (i + 2 >= end || r->s[i + 1] != '-' || r->s[i] < 'a' || r->s[i] > 'd') return 0;
        c->letter[c->n] = r->s[i];
        k = i + 2;
    }
    const int count = name_multiplier(r->s + k, end - k, &length);
    if (count && count == p->places) k += length;
    for (int w = 0; w < (int)MG_COUNT(words); w++) {
        if (!name_begins(r, k, end, words[w])) continue;
        if (c->letter[c->n] && w != CHANGE_NOR && w != CHANGE_HOMO) return 0;
        c->what[c->n++] = (kind)w;
        k += strlen(words[w]);
        return k + (k < end && r->s[k] == '-') - i;
    }
    return 0;
}

size_t name_faces_at(const name_reader *r, size_t i, size_t end, name_part *p) {
    const bool open = i < end && r->s[i] == '(';
    size_t k = i + open;
    *p = (name_part){.kind = PART_CIP};
    while (k < end && p->places < NAME_PLACES) {
        char *place = p->place[p->places];
        const size_t m = name_locant(r, k, end, place);
        const size_t n = m ? strlen(place) : 0;
        if (n < 2 || !strchr("ABX", place[n - 1])) return 0;
        p->mark[p->places++] = place[n - 1];
        place[n - 1] = 0;
        k += m;
        if (k + 1 < end && r->s[k] == 'h' && strchr(",-)", r->s[k + 1])) /* "1alphaH" */
            p->mark[p->places - 1] = (char)tolower((unsigned char)p->mark[p->places - 1]), k++;
        if (k < end && r->s[k] == ',') {
            k++;
            continue;
        }
        if (open && (k >= end || r->s[k++] != ')')) return 0;
        return k < end && r->s[k] == '-' ? k + 1 - i : 0;
    }
    return 0;
}

static bool put_own_faces(name_fragment *f, const name_part *p) {
    for (int k = 0; k < p->places; k++) {
        const int at = name_at(f, p->place[k]);
        const bool own = !islower((unsigned char)p->mark[k]); /* not its hydrogen */
        const char mark = (char)toupper((unsigned char)p->mark[k]);
        if (at < 0 || !f->a[at].face ||
            !name_near_face(&f->a[at], own ? f->a[at].near[3] : NEAR_H, mark))
            return false;
    }
    return true;
}

/* ---- changes in front of a whole parent ---- */

/* "7,8-didehydro", "24,25-dihydro", "11-deoxy", "3-epi": characters; the word's kind is in *p. */
size_t name_change_at(const name_reader *r, size_t i, size_t end, name_part *p) {
    static const struct {
        const char *name;
        int kind;
    } words[] = {{"dehydro", PART_DEHYDRO},
                 {"hydro", PART_HYDRO},
                 {"deoxy", PART_DEOXY},
                 {"desoxy", PART_DEOXY},
                 {"epi", PART_EPI}};
    *p = (name_part){0};
    size_t k = name_locants(r, i, end, p, NULL), length = 0;
    if (!k) return 0;
    k += i;
    const int count = name_multiplier(r->s + k, end - k, &length);
    if (count) k += length;
    if (count && count != p->places) return 0;
    for (size_t w = 0; w < MG_COUNT(words); w++) {
        if (!name_begins(r, k, end, words[w].name) || name_begins(r, k, end, "hydroxy") ||
            name_begins(r, k, end, "hydroper"))
            continue;
        p->kind = words[w].kind;
        if (!count && p->places != 1) return 0;
        k += strlen(words[w].name);
        return k + (k < end && r->s[k] == '-') - i;
    }
    return 0;
}

/* Pairs of atoms that are bound to each other: a hydrogen less or more on each. */
static bool pairs(name_fragment *f, const name_part *p, int from, int to) {
    bool done[NAME_PLACES] = {false};
    if (p->places % 2 || !p->places) return false;
    for (int k = 0; k < p->places; k++) {
        if (done[k]) continue;
        int with = -1;
        for (int l = k + 1; l < p->places && with < 0; l++) {
            const int a = name_at(f, p->place[k]), b = name_at(f, p->place[l]);
            const int j = done[l] || a < 0 || b < 0 ? -1 : bond_of(f, a, b);
            if (j < 0 || f->b[j].order != from) continue;
            if (to > from && (name_free(f, a) < 1 || name_free(f, b) < 1)) return false;
            f->b[j].order = (uint8_t)to, f->b[j].ez = 0, with = l;
        }
        if (with < 0) return false;
        done[k] = done[with] = true;
    }
    return true;
}

/* "3-dehydrocholic acid": its hydroxy group there becomes an oxo group. */
static bool oxidise(name_fragment *f, int at) {
    const int oxygen = name_hydroxy(f, at);
    if (at < 0 || oxygen < 0 || name_free(f, at) < 1) return false;
    f->b[bond_of(f, at, oxygen)].order = 2;
    return true;
}

bool name_put_change(name_fragment *f, const name_part *p) {
    if (p->kind == PART_DEHYDRO && p->places == 1) return oxidise(f, name_at(f, p->place[0]));
    if (p->kind == PART_DEHYDRO || p->kind == PART_HYDRO)
        return pairs(f, p, p->kind == PART_HYDRO ? 2 : 1, p->kind == PART_HYDRO ? 1 : 2);
    for (int k = 0; k < p->places; k++) {
        const int at = name_at(f, p->place[k]);
        if (at < 0) return false;
        if (p->kind == PART_EPI) {
            if (!name_near_known(f, at)) return false;
            name_near_turn(&f->a[at]);
            continue;
        }
        int near[8], oxygen = -1;
        const int n = neighbours_of(f, at, near);
        for (int j = 0; j < n; j++)
            if (f->a[near[j]].number == 8 && neighbours_of(f, near[j], (int[8]){0}) == 1 &&
                f->b[bond_of(f, at, near[j])].order == 1)
                oxygen = near[j];
        if (oxygen < 0 || !name_remove(f, oxygen)) return false;
    }
    return true;
}

bool name_natural_clear(const name_fragment *f) {
    const int at = f->own ? name_at(f, "17") : -1, chain = f->own ? name_at(f, "20") : -1;
    if (at >= 0 && f->a[at].number == 7 && name_at(f, "5") >= 0) { /* a morphinan, of either hand */
        const name_atom *five = &f->a[name_at(f, "5")];
        return five->centre && five->fixed && five->near[3] == NEAR_H; /* the ether is alpha */
    }
    const int c8 = f->own ? name_at(f, "8") : -1, c15 = f->own ? name_at(f, "15") : -1;
    if (c8 >= 0 && c15 >= 0 && f->a[c8].centre && f->a[c8].near[3] == c15)
        return f->a[c8].face == 'B'; /* kauranes are called so that are ent-kauranes */
    if (at < 0 || chain < 0 || !f->a[at].centre || f->a[at].face != '2' || name_at(f, "22") >= 0)
        return true;
    const int other = f->a[at].near[2] == chain ? f->a[at].near[3] : f->a[at].near[2];
    if (other >= NEAR_FREE || f->a[other].number != 8) return true;
    if (name_alkyne(f, chain)) return f->a[at].near[2] == chain;
    return f->a[at].fixed || name_orders(f, chain) > 2;
}

/* A stem that begins at i: its length and what stands behind the unsaturation; 0: another. */
static size_t stem_of(const name_reader *r, size_t i, size_t *end, const char *stem) {
    if (*stem != r->s[i] && *stem != 0 && !strchr("|!", *stem)) return 0;
    const size_t k = strcspn(stem, "|!"), tail = stem[k] ? strlen(stem + k + 1) : 0;
    if (i + k + tail > *end || strncmp(r->s + i, stem, k) != 0) return 0;
    if (!tail) return k;
    const size_t last = *end - (r->s[*end - 1] == 'e');
    if (last < i + k + tail || strncmp(r->s + last - tail, stem + k + 1, tail) != 0) return 0;
    *end = last - tail;
    return k;
}

bool name_mentions_natural(const char *s) {
    for (const name_parent *p = NAME_NATURALS; p->stem; p++) {
        const size_t k = strcspn(p->stem, "|!");
        for (const char *at = s; (at = strchr(at, *p->stem)) != NULL; at++)
            if (!strncmp(at, p->stem, k)) return true;
    }
    for (int k = 0; NAME_RETAINED[k][0]; k++) {
        const size_t n = strlen(NAME_RETAINED[k][0]), acid = n > 7 ? n - 7 : n;
        const bool is_acid = !strcmp(NAME_RETAINED[k][0] + acid, "ic acid");
        for (const char *at = s; (at = strchr(at, NAME_RETAINED[k][0][0])) != NULL; at++)
            if (!strncmp(at, NAME_RETAINED[k][0], is_acid ? acid : n)) return true;
    }
    return false;
}

/* "adiene", "ene" behind a stem whose bonds stand in front, all of s[i..end). */
static bool bonds_behind(const name_reader *r, size_t i, size_t end, name_unsaturation *u) {
    size_t length = 0;
    if (i < end && r->s[i] == 'a') i++;
    const int count = name_multiplier(r->s + i, end - i, &length);
    if (count) i += length;
    if ((count ? count : 1) != u->n || !name_begins(r, i, end, "en")) return false;
    for (int k = 0; k < u->n; k++) u->order[k] = 2;
    return i + 2 == end || (i + 3 == end && r->s[i + 2] == 'e');
}

bool name_natural(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    size_t k = i;
    if (r->plain || end < i + 5 || (r->naturals && r->naturals[i] >= end)) return false;
    changes c;
    name_unsaturation front; /* "4-pregnene" */
    c.n = 0, c.faces.places = 0, front.n = 0;
    for (size_t m; (m = change_at(r, k, end, &c)) != 0;) {
        name_part faces;
        k += m;
        const size_t q = c.faces.places ? 0 : name_faces_at(r, k, end, &faces);
        if (q) c.faces = faces, k += q;
    }
    if (k < end && isdigit((unsigned char)r->s[k])) k += name_bonds_at(r, k, end, &front, 0);
    if (r->naturals && r->naturals[k] != k) return false;
    for (const name_parent *p = NAME_NATURALS; p->stem; p++) {
        name_unsaturation u;
        size_t last = end;
        const size_t m = stem_of(r, k, &last, p->stem);
        if (!m) continue;
        const bool whole = p->stem[m] == '!';
        u.n = 0;
        if (whole     ? front.n || last - (r->s[last - 1] == 'e') != k + m
            : front.n ? !bonds_behind(r, k + m, last, &front)
                      : !name_unsaturation_at(r, k + m, last, NULL, &u))
            continue;
        if (front.n) u = front;
        if (!build(f, p)) return false;
        bool ok = true;
        for (int n = c.n - 1; n >= 0 && ok; n--)
            ok = c.letter[n] ? ring_letter(f, c.letter[n], c.what[n] == CHANGE_HOMO)
                             : change(f, c.what[n], &c.part[n]);
        int aromatic = 0; /* "estra-1,3,5-triene" means 1,3,5(10) */
        for (int n = 0; n < u.n; n++) {
            ok &= u.at[n] > 0;
            aromatic += !u.to[n] && (u.at[n] == 1 || u.at[n] == 3 || u.at[n] == 5);
        }
        ok &= aromatic < 3;
        return ok && name_unsaturate(f, &u) && put_own_faces(f, &c.faces);
    }
    return false;
}
