/* ring.c - one ring system by its own name: those of the table, Hantzsch-Widman names
 * ("1,4-oxazepine", "1,3,2-dioxaborolane"), benzo heterocycles ("4,1-benzoxazepine"),
 * naphthyridines and phenanthrolines.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING_HETERO = 6 };
typedef struct monocycle {
    int element[RING_HETERO], n; /* in the order of the name */
    int size;
    bool flat;
} monocycle;

/* "ox", "thi", "az" without their a; characters. */
static size_t element_at(const char *s, size_t n, int *number) {
    static const struct {
        const char *name;
        int number;
    } table[] = {{"selen", 34}, {"phosph", 15}, {"thi", 16}, {"sil", 14},
                 {"bor", 5},    {"ars", 33},    {"ox", 8},   {"az", 7}};
    for (size_t i = 0; i < MG_COUNT(table); i++) {
        const size_t k = strlen(table[i].name);
        if (k > n || strncmp(s, table[i].name, k) != 0) continue;
        *number = table[i].number;
        return k;
    }
    return 0;
}

/* "epin", "olan": all of s[0..n). */
static bool stem_of(const char *s, size_t n, monocycle *m) {
    static const struct {
        const char *name;
        int size;
        bool flat;
    } table[] = {{"iren", 3, true},  {"irin", 3, true},    {"et", 4, true},    {"ol", 5, true},
                 {"in", 6, true},    {"inin", 6, true},    {"epin", 7, true},  {"ocin", 8, true},
                 {"onin", 9, true},  {"ecin", 10, true},   {"iran", 3, false}, {"iridin", 3, false},
                 {"etan", 4, false}, {"etidin", 4, false}, {"olan", 5, false}, {"olidin", 5, false},
                 {"an", 6, false},   {"inan", 6, false},   {"epan", 7, false}, {"ocan", 8, false},
                 {"onan", 9, false}, {"ecan", 10, false}};
    const int last = m->n ? m->element[m->n - 1] : 0;
    const bool chalcogen = last == 8 || last == 16 || last == 34;
    for (size_t i = 0; i < MG_COUNT(table); i++) {
        if (strlen(table[i].name) != n || strncmp(s, table[i].name, n) != 0) continue;
        m->size = table[i].size;
        m->flat = table[i].flat;
        if (!strcmp(table[i].name, "an") && !chalcogen) return false; /* "diazane", "silane" */
        if (m->n == 1 && !strcmp(table[i].name, "ol") && (chalcogen || last == 7))
            return false; /* "thiol" */
        return !(m->n == 1 && !strcmp(table[i].name, "in") && last == 7) && m->n <= m->size;
    }
    return false;
}

/* "oxazepin", "dithian", all of s[0..n) without a last e: heteroatoms and size. */
static bool hantzsch_widman(const char *s, size_t n, monocycle *m) {
    static const struct {
        const char *name;
        int n;
    } many[] = {{"di", 2}, {"tri", 3}, {"tetra", 4}, {"tetr", 4}, {"penta", 5}, {"pent", 5}};
    *m = (monocycle){0};
    for (size_t k = 0; k < n;) {
        if (m->n && stem_of(s + k, n - k, m)) return true;
        int number = 0, count = 1;
        size_t length = element_at(s + k, n - k, &number);
        for (size_t t = 0; t < MG_COUNT(many) && !length; t++) {
            const size_t q = strlen(many[t].name);
            if (q > n - k || strncmp(s + k, many[t].name, q) != 0) continue;
            length = element_at(s + k + q, n - k - q, &number);
            if (length) length += q, count = many[t].n;
        }
        if (!length) {
            if (!m->n || s[k] != 'a' || s[k - 1] == 'a') return false;
            k++;
            continue;
        }
        if (m->n + count > RING_HETERO) return false;
        for (int c = 0; c < count; c++) m->element[m->n++] = number;
        k += length;
    }
    return false;
}

static void put_locant(name_fragment *f, int at, int number, char letter) {
    if (at < 0 || number < 1 || number > 99) return;
    snprintf(f->a[at].locant, NAME_LOCANT, letter ? "%d%c" : "%d", number, letter);
}

/* Where an uncharged nitrogen may have the hydrogen that the ring needs and no name tells. */
void name_usual_hydrogen(name_fragment *f) {
    int wanting = 0;
    for (int i = 0; i < f->n; i++) {
        const name_atom *a = &f->a[i];
        int bonds = 0;
        for (int j = 0; j < f->m; j++) bonds += f->b[j].a == i || f->b[j].b == i;
        wanting += a->flat && !a->sat && a->number != 8 && a->number != 16 && a->number != 34 &&
                   !(a->number == 7 && bonds > 2);
    }
    for (int i = 0; i < f->n; i++) {
        int bonds = 0;
        for (int j = 0; j < f->m; j++) bonds += f->b[j].a == i || f->b[j].b == i;
        f->a[i].maybe = wanting % 2 && f->a[i].number == 7 && bonds == 2 && !f->a[i].charge;
    }
}

static bool put_elements(name_fragment *f, const monocycle *m, const name_part *p, int most) {
    if (p->places ? p->places != m->n : m->n > 1) return false;
    for (int i = 0; i < m->n; i++) {
        const char *locant = p->places ? p->place[i] : "1";
        const int at = atoi(locant);
        char plain[NAME_LOCANT];
        snprintf(plain, sizeof plain, "%d", at > 0 && at < 100 ? at : 0);
        const int where = at >= 1 && at <= most && !strcmp(plain, locant) ? name_at(f, plain) : -1;
        if (where < 0 || f->a[where].number != 6) return false;
        f->a[where].number = (uint8_t)m->element[i];
        if (p->places) f->a[where].lambda = p->lambda[i];
        if (!name_may_lambda(&f->a[where])) return false;
        if (m->element[i] == 5 && f->a[where].flat) f->a[where].sat = true;
    }
    return true;
}

static void flatten(name_fragment *f) {
    f->rings = 1;
    for (int i = 0; i < f->n; i++) f->a[i].flat = true, f->a[i].ring = 1;
}

static bool build_monocycle(name_fragment *f, const monocycle *m, const name_part *p) {
    *f = (name_fragment){0};
    name_chain(f, m->size, true);
    f->alike = false;
    if (m->flat) flatten(f);
    if (!put_elements(f, m, p, m->size)) return false;
    if (name_at(f, "1") < 0 || f->a[name_at(f, "1")].number == 6) return false;
    if (m->flat) name_usual_hydrogen(f);
    return true;
}

/* A benzene ring on a monocycle; locants count round the whole. */
static bool build_benzo(name_fragment *f, const monocycle *m, const name_part *p) {
    const int own = m->size - 2;
    if (own < 3) return false;
    *f = (name_fragment){0};
    name_chain(f, m->size + 4, true);
    for (int i = 0; i < f->n; i++) {
        if (i < own) continue;
        if (i == own || i == f->n - 1)
            put_locant(f, i, i == own ? own : own + 4, 'a');
        else
            put_locant(f, i, i, 0);
    }
    name_bind(f, own, f->n - 1, 1);
    f->alike = false;
    flatten(f);
    if (!put_elements(f, m, p, own)) return false;
    name_usual_hydrogen(f);
    return true;
}

static bool retained_monocycle(const char *s, size_t n, monocycle *m) {
    static const struct {
        const char *name;
        int element, size;
    } table[] = {{"furan", 8, 5},
                 {"thiophen", 16, 5},
                 {"selenophen", 34, 5},
                 {"pyran", 8, 6},
                 {"thiopyran", 16, 6}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (strlen(table[i].name) == n && !strncmp(s, table[i].name, n)) {
            *m = (monocycle){{table[i].element}, 1, table[i].size, true};
            return true;
        }
    return false;
}

/* "1,6-naphthyridin", "1,10-phenanthrolin". */
static bool two_nitrogens(const char *s, size_t n, const name_part *p, name_fragment *f) {
    const bool two = n == 12 && !strncmp(s, "naphthyridin", n);
    if ((!two && !(n == 13 && !strncmp(s, "phenanthrolin", n))) || p->places != 2) return false;
    const monocycle pair = {{7, 7}, 2, 0, true};
    *f = (name_fragment){0};
    if (name_add(f, two ? "c1cccc2ccccc12" : "c1cccc2ccc3ccccc3c12",
                 two ? "1/2/3/4/4a/5/6/7/8/8a" : "1/2/3/4/4a/5/6/6a/7/8/9/10/10a/10b") < 0)
        return false;
    return put_elements(f, &pair, p, 10);
}

/* Heterocycles whose name tells their atoms, all of s[i..end) with or without a last e. */
bool name_heterocycle(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    name_part p = {0};
    size_t k = i;
    if (end < i + 4) return false;
    if (k < end && isdigit((unsigned char)r->s[k])) {
        const size_t m = name_locants(r, k, end, &p, NULL);
        if (!m) return false;
        k += m;
    }
    if (end > k && r->s[end - 1] == 'e') end--;
    if (end < k + 4 || end - k > 40 || !isalpha((unsigned char)r->s[k])) return false;
    if (!strchr("ntl", r->s[end - 1])) return false; /* "azepin", "oxet", "azol" */
    monocycle m;
    if (hantzsch_widman(r->s + k, end - k, &m)) return build_monocycle(f, &m, &p);
    if (two_nitrogens(r->s + k, end - k, &p, f)) return true;
    if (!name_begins(r, k, end, "benz") || !p.places) return false;
    const size_t tail[2] = {k + 5, k + 4};
    for (int t = 0; t < 2; t++) {
        if (tail[t] >= end || (t == 0 && r->s[k + 4] != 'o')) continue;
        const char *word = r->s + tail[t];
        const size_t n = end - tail[t];
        if ((hantzsch_widman(word, n, &m) || retained_monocycle(word, n, &m)) && m.flat)
            return build_benzo(f, &m, &p);
    }
    return false;
}

/* "cyclopenta[a]phenanthren" has the steroids' locants or those of a fused system; the name tells
 * which by one that the other has not. */
name_steroid name_steroid_of(const name_reader *r, size_t i, size_t end) {
    static const char *const fused[] = {"3a", "3b", "5a", "9a", "9b", "11a"};
    bool steroid = false, systematic = false;
    if (!name_begins(r, i, end, "cyclopenta[a]phenanthren")) return STEROID_NONE;
    for (size_t k = 0; k < r->n; k++) {
        if (!isdigit((unsigned char)r->s[k]) || (k && isdigit((unsigned char)r->s[k - 1])))
            continue;
        size_t m = k;
        while (m < r->n && isdigit((unsigned char)r->s[m])) m++;
        const int number = m - k < 3 ? atoi(r->s + k) : 0;
        steroid |= number > 11 && number < 18 && m < r->n && strchr(",-rsh(", r->s[m]);
        for (size_t t = 0; t < MG_COUNT(fused); t++)
            systematic |= name_begins(r, k, r->n, fused[t]) && k + strlen(fused[t]) == m + 1 &&
                          (m + 1 == r->n || strchr(",-rsh(", r->s[m + 1]));
    }
    return steroid == systematic ? STEROID_UNCLEAR : steroid ? STEROID_OWN : STEROID_FUSED;
}

/* Whether a ring of the table may be all of s[i..end), with or without a last e. */
static bool may_be_ring(const name_reader *r, size_t i, size_t end) {
    if (!r->rings || end - i > NAME_BITS) return true;
    return (r->rings[i] >> (end - i) & 1) ||
           (r->s[end - 1] == 'e' && (r->rings[i] >> (end - i - 1) & 1));
}

/* Rings whose free places are alike. */
static bool all_alike(const char *name) {
    static const char *const names[] = {"benzen",  "pyrazin",    "1,3,5-triazin", "oxiran",
                                        "thiiran", "1,4-dioxan", "1,4-dithian"};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strcmp(name, names[i])) return true;
    return false;
}

static bool ring_of_table(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    if (!may_be_ring(r, i, end)) return false;
    for (const name_entry *e = NAME_RINGS; e->name; e++) {
        if (e->name[0] != r->s[i]) continue;
        const size_t k = strlen(e->name);
        if (!name_begins(r, i, end, e->name) ||
            (i + k != end && !(i + k + 1 == end && r->s[end - 1] == 'e')))
            continue;
        *f = (name_fragment){0};
        if (name_add(f, e->smiles, e->locants) < 0) return false;
        f->alike = all_alike(e->name);
        return true;
    }
    return false;
}

/* "[1,3]thiazol" as "1,3-thiazol". */
static bool bracketed(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    char plain[NAME_LONGEST + 1];
    const char *close = strchr(r->s + i, r->s[i] == '[' ? ']' : ')');
    const size_t inner = close ? (size_t)(close - r->s) - i - 1 : 0;
    if (!inner || i + inner + 2 >= end || end - i > 60) return false;
    for (size_t k = 0; k < inner; k++)
        if (!strchr("0123456789,", r->s[i + 1 + k])) return false;
    memcpy(plain, r->s + i + 1, inner);
    plain[inner] = '-';
    memcpy(plain + inner + 1, close + 1, end - i - inner - 2);
    plain[end - i - 1] = 0;
    const name_reader own = {.s = plain, .n = end - i - 1};
    return name_ring(&own, 0, own.n, f);
}

bool name_ring(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    if (end < i + 4) return false;
    const name_steroid steroid = name_steroid_of(r, i, end);
    if (steroid != STEROID_NONE && steroid != STEROID_OWN) return false;
    if (ring_of_table(r, i, end, f)) return true;
    return strchr("[(", r->s[i]) ? bracketed(r, i, end, f) : name_heterocycle(r, i, end, f);
}
