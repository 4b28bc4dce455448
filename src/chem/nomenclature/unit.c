/* unit.c - a ring system or a chain with its suffixes: what parents and the cores of substituents
 * are called.
 *
 *   ring    one of the table (NAME_RINGS), laid on the molecule every way; what of it has no double
 *           bond in the ring is said by indicated hydrogen, hydro and added hydrogen. Or a ring of
 *           carbons.
 *   chain   the path with most suffixes, the longest, with most double and triple bonds
 */
#include "chem/nomenclature/write.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bit(int atom) { return UINT64_C(1) << atom; }

typedef struct text {
    char *s;
    size_t n, room;
    bool failed;
} text;

__attribute__((format(printf, 2, 3))) static void add(text *t, const char *fmt, ...) {
    va_list list;
    va_start(list, fmt);
    const int n = vsnprintf(t->s + t->n, t->room - t->n, fmt, list);
    va_end(list);
    if (n < 0 || (size_t)n >= t->room - t->n)
        t->failed = true;
    else
        t->n += (size_t)n;
}

/* ---- suffixes ---- */

static const struct {
    const char *ring, *chain;
    int order;
} WORDS[] = {[CLASS_ACID] = {"carboxylic acid", "oic acid", 1},
             [CLASS_ATE] = {"carboxylate", "oate", 1},
             [CLASS_AMINIUM] = {"aminium", "aminium", 1},
             [CLASS_THIOESTER] = {"carbothioate", "thioate", 1},
             [CLASS_CHLORIDE] = {"carbonyl chloride", "oyl chloride", 1},
             [CLASS_SULFONYLCHLORIDE] = {"sulfonyl chloride", "sulfonyl chloride", 1},
             [CLASS_ESTER] = {"carboxylate", "oate", 1},
             [CLASS_SULFONIC] = {"sulfonic acid", "sulfonic acid", 1},
             [CLASS_SULFONESTER] = {"sulfonate", "sulfonate", 1},
             [CLASS_AMIDE] = {"carboxamide", "amide", 1},
             [CLASS_SULFONAMIDE] = {"sulfonamide", "sulfonamide", 1},
             [CLASS_NITRILE] = {"carbonitrile", "nitrile", 1},
             [CLASS_ALDEHYDE] = {"carbaldehyde", "al", 1},
             [CLASS_KETONE] = {"one", "one", 2},
             [CLASS_ALCOHOL] = {"ol", "ol", 1},
             [CLASS_THIOL] = {"thiol", "thiol", 1},
             [CLASS_AMINE] = {"amine", "amine", 1},
             [CLASS_IMINE] = {"imine", "imine", 2}};

static const char *const MANY[] = {"", "", "di", "tri", "tetra", "penta", "hexa", "hepta", "octa"};

typedef struct placed { /* a group and the locant that it has */
    int value;
    const char *locant;
    const name_group *group;
} placed;

static int by_locant(const void *a, const void *b) {
    return ((const placed *)a)->value - ((const placed *)b)->value;
}

/* Groups of the request whose skeleton is in this unit, by their locants; -1: too many. */
static int place_groups(const name_request *q, const name_unit *u, uint64_t skeleton,
                        placed out[WRITE_GROUPS]) {
    int n = 0;
    for (int i = 0; q->groups && i < q->groups->n; i++) {
        const name_group *g = &q->groups->at[i];
        if (!(skeleton & bit(g->skeleton)) || skeleton & g->atoms) continue;
        const char *locant = u->locant[g->skeleton];
        out[n++] = (placed){locant_value(locant), locant, g};
    }
    qsort(out, (size_t)n, sizeof *out, by_locant);
    return n;
}

/* The nitrogens of amines and amides have places of their own. */
static void place_nitrogens(name_unit *u, const placed *p, int n) {
    for (int i = 0; i < n; i++) {
        const int at = p[i].group->nitrogen;
        if (at < 0) continue;
        if (n == 1 || p[i].group->end)
            strcpy(u->locant[at], i ? "n'" : "n");
        else
            snprintf(u->locant[at], NAME_LOCANT, "n%.5s", p[i].locant);
    }
}

static bool is_vowel(char c) { return c && strchr("aeiouy", c) != NULL; }

/* "-2,4-dione"; with the e of what stands before, where it had one and a consonant follows. */
static void add_suffixes(text *t, const char *word, const placed *p, int n, bool e, bool locants,
                         const char *added) {
    const char *many = n < (int)MG_COUNT(MANY) ? MANY[n] : NULL;
    if (!many) {
        t->failed = true;
        return;
    }
    if (e && !is_vowel(*many ? *many : *word)) add(t, "e");
    if (locants) {
        add(t, "-");
        for (int i = 0; i < n; i++) add(t, "%s%s", i ? "," : "", p[i].locant);
        add(t, "%s-", added);
    }
    /* "tetrol", "tetramine" keep it simple: "tetrol" */
    if (n > 3 && is_vowel(*word))
        add(t, "%.*s%s", (int)strlen(many) - 1, many, word);
    else
        add(t, "%s%s", many, word);
}

/* "-3-yl", "-2-ylidene". */
static void add_free(text *t, const char *locant, int order, bool silent) {
    if (silent)
        add(t, "%s", order == 2 ? "ylidene" : "yl");
    else
        add(t, "-%s-%s", locant, order == 2 ? "ylidene" : "yl");
}

/* ---- rings of the table ---- */

typedef struct ring_search {
    namer *w;
    const name_request *q;
    const char *name; /* without a last e */
    const name_fragment *f;
    uint64_t atoms; /* of the molecule */
    name_written *best;
    int found;
} ring_search;

/* Names that another of the table goes before, and what is no single ring system. */
static bool passed_over(const char *name) {
    static const char *const list[] = {"thiochroman",     "indan",        "indolin",
                                       "isoindolin",      "chroman",      "isochroman",
                                       "biphenyl",        "gonan",        "1,1'-biphenyl",
                                       "[1,1'-biphenyl]", "chromenylium", "beta-carbolin"};
    for (size_t i = 0; i < MG_COUNT(list); i++)
        if (!strcmp(name, list[i])) return true;
    return false;
}

static int atoms_in(const char *smiles) {
    int n = 0;
    for (const char *s = smiles; *s; s++)
        n += isalpha((unsigned char)*s) && *s != 'H' && *s != 'l' && !(*s == 'e' && s[-1] == 's');
    return n;
}

static bool is_wanting(const name_fragment *f, int i) {
    int bonds = 0;
    if (f->a[i].number != 6 && f->a[i].number != 7) return false;
    for (int j = 0; j < f->m; j++) bonds += f->b[j].a == i || f->b[j].b == i;
    return f->a[i].number == 6 || bonds == 2;
}

/* Whether the flat ring has its double bonds without these atoms. */
static bool matchable(const name_fragment *f, uint64_t without, int *budget) {
    int at = -1, least = 99;
    if (--*budget < 0) return false;
    for (int i = 0; i < f->n; i++) {
        if (!f->a[i].flat || without & bit(i) || !is_wanting(f, i)) continue;
        int k = 0;
        for (int j = 0; j < f->m; j++) {
            const int other = f->b[j].a == i ? f->b[j].b : f->b[j].b == i ? f->b[j].a : -1;
            k += other >= 0 && f->a[other].flat && !(without & bit(other)) && is_wanting(f, other);
        }
        if (k < least) at = i, least = k;
    }
    if (at < 0) return true;
    for (int j = 0; j < f->m && least; j++) {
        const int other = f->b[j].a == at ? f->b[j].b : f->b[j].b == at ? f->b[j].a : -1;
        if (other < 0 || !f->a[other].flat || without & bit(other) || !is_wanting(f, other))
            continue;
        if (matchable(f, without | bit(at) | bit(other), budget)) return true;
    }
    return false;
}

/* Atoms of the pattern that have no double bond in the ring; false: not as the table has it. */
static bool without_bonds(const ring_search *s, const uint8_t *map, uint64_t *out) {
    const mg_parts *g = s->w->g;
    *out = 0;
    for (int i = 0; i < s->f->n; i++) {
        bool twice = false;
        for (int k = 0; k < s->w->degree[map[i]]; k++) {
            const mg_parts_bond *b = &g->bond[s->w->by[map[i]][k]];
            if (b->order == 1 || !(s->atoms & bit(b->a)) || !(s->atoms & bit(b->b))) continue;
            twice = true;
            if (b->order == 3) return false;
        }
        if (twice ? !s->f->a[i].flat : s->f->a[i].flat && is_wanting(s->f, i)) {
            if (twice) return false;
            *out |= bit(i);
        }
    }
    bool mixed = false, flat = false;
    for (int i = 0; i < s->f->n; i++) mixed |= !s->f->a[i].flat, flat |= s->f->a[i].flat;
    return !(mixed && flat && *out) && !(*out && !strcmp(s->name, "benzen"));
}

typedef struct hydrogens { /* atoms of the pattern: indicated, hydro, added */
    int indicated, hydro[24], added[12];
    int n_hydro, n_added;
} hydrogens;

/* How the name says which atoms have no double bond; see the top of the file. */
static bool divide(const ring_search *s, uint64_t sat, const int *order, uint64_t ones, int n_ones,
                   hydrogens *h) {
    const name_fragment *f = s->f;
    int all = 0, budget = 3000;
    *h = (hydrogens){.indicated = -1};
    for (int i = 0; i < f->n; i++) all += (sat >> i & 1) != 0;
    if (all % 2) {
        for (int k = 0; k < f->n && h->indicated < 0; k++)
            if (sat & bit(order[k]) && (n_ones != 1 || ones & bit(order[k])))
                h->indicated = order[k];
        if (h->indicated < 0) return false;
    }
    uint64_t rest = sat & ~ones;
    if (h->indicated >= 0) rest &= ~bit(h->indicated);
    uint64_t said = ones | (h->indicated >= 0 ? bit(h->indicated) : 0);
    int left = 0;
    for (int i = 0; i < f->n; i++) left += (rest >> i & 1) != 0;
    /* "(1H)", as many as the suffixes need */
    while (n_ones && left && h->n_added < n_ones &&
           (left % 2 || (s->w->variant == 0 && !matchable(f, said, &budget)))) {
        int at = -1;
        for (int k = 0; k < f->n && at < 0; k++)
            if (rest & bit(order[k])) at = order[k];
        h->added[h->n_added++] = at;
        rest &= ~bit(at), said |= bit(at);
        left--;
    }
    for (int k = 0; k < f->n; k++) {
        if (!(rest & bit(order[k]))) continue;
        if (h->n_hydro == (int)MG_COUNT(h->hydro)) return false;
        h->hydro[h->n_hydro++] = order[k];
    }
    return h->n_hydro % 2 == 0;
}

/* "benzene" with one suffix by the name that it keeps. */
static const char *retained(name_class class) {
    switch (class) {
    case CLASS_ACID: return "benzoic acid";
    case CLASS_ATE:
    case CLASS_ESTER: return "benzoate";
    case CLASS_CHLORIDE: return "benzoyl chloride";
    case CLASS_AMIDE: return "benzamide";
    case CLASS_NITRILE: return "benzonitrile";
    case CLASS_ALDEHYDE: return "benzaldehyde";
    case CLASS_ALCOHOL: return "phenol";
    case CLASS_AMINE: return "aniline";
    default: return NULL;
    }
}

static bool ends_e(const char *name) {
    static const char *const without[] = {"furan", "pyran", "chroman", "thiin"};
    for (size_t i = 0; i < MG_COUNT(without); i++)
        if (name_ends_with(name, without[i])) return false;
    return true;
}

static void add_list(text *t, const name_fragment *f, const int *at, int n, const char *behind) {
    for (int i = 0; i < n; i++) add(t, "%s%s%s", i ? "," : "", f->a[at[i]].locant, behind);
}

static bool write_ring(const ring_search *s, const hydrogens *h, const placed *p, int n,
                       name_unit *u) {
    static const char *const hydros[] = {"",       "", "di",        "", "tetra",   "",
                                         "hexa",   "", "octa",      "", "deca",    "",
                                         "dodeca", "", "tetradeca", "", "hexadeca"};
    text t = {.s = u->text, .room = sizeof u->text};
    const bool benzene = !strcmp(s->name, "benzen");
    char added[60];
    text more = {.s = added, .room = sizeof added};
    *added = 0;
    if (h->n_added) {
        add(&more, "(");
        add_list(&more, s->f, h->added, h->n_added, "H");
        add(&more, ")");
    }
    const char *own = benzene && n == 1 ? retained(s->q->groups->class) : NULL;
    if (benzene && s->q->order == 1 && !n) own = "phenyl";
    if (own) {
        add(&t, "%s", own);
        return !t.failed;
    }
    if (h->n_hydro) {
        if (h->n_hydro >= (int)MG_COUNT(hydros)) return false;
        add_list(&t, s->f, h->hydro, h->n_hydro, "");
        add(&t, "-%shydro", hydros[h->n_hydro]);
        if (h->indicated >= 0 || !islower((unsigned char)*s->name)) add(&t, "-");
    }
    if (h->indicated >= 0) add(&t, "%sH-", s->f->a[h->indicated].locant);
    add(&t, "%s", s->name);
    if (s->q->order)
        add_free(&t, u->locant[s->q->entry], s->q->order, false);
    else if (n)
        add_suffixes(&t, WORDS[s->q->groups->class].ring, p, n, ends_e(s->name),
                     !(benzene && n == 1), added);
    else if (ends_e(s->name))
        add(&t, "e");
    return !t.failed && !more.failed;
}

static int compare_atoms(const name_fragment *f, int a, int b) {
    return locant_value(f->a[a].locant) - locant_value(f->a[b].locant);
}

static bool ring_found(void *user, const uint8_t *map) {
    ring_search *s = user;
    const name_fragment *f = s->f;
    name_unit *u = calloc(1, sizeof *u);
    placed p[WRITE_GROUPS];
    uint64_t sat, ones = 0;
    int order[MG_PARTS_ATOMS], values[40], n_ones = 0;
    hydrogens h;
    if (!u || !without_bonds(s, map, &sat)) {
        if (!u) s->w->failed = true;
        free(u);
        return u != NULL;
    }
    s->found++;
    for (int i = 0; i < f->n; i++) {
        memcpy(u->locant[map[i]], f->a[i].locant, NAME_LOCANT);
        int k = i; /* by locants */
        for (; k && compare_atoms(f, order[k - 1], i) > 0; k--) order[k] = order[k - 1];
        order[k] = i;
    }
    u->covers = s->atoms;
    const int n = place_groups(s->q, u, s->atoms, p);
    for (int k = 0; k < n; k++) {
        u->covers |= p[k].group->atoms;
        for (int i = 0; i < f->n; i++)
            if (WORDS[s->q->groups->class].order == 2 && map[i] == p[k].group->skeleton &&
                sat & bit(i))
                ones |= bit(i), n_ones++;
    }
    bool ok = (n > 0) == (s->q->groups != NULL) && (!s->q->groups || n <= 8) &&
              divide(s, sat, order, ones, n_ones, &h) && write_ring(s, &h, p, n, u);
    if (ok) {
        place_nitrogens(u, p, n);
        u->alike = f->alike && !n && !s->q->order;
        int k = 0;
        if (h.indicated >= 0 && n_ones != 1) values[k++] = locant_value(f->a[h.indicated].locant);
        unit_key(u, values, k);
        for (k = 0; k < n; k++) values[k] = p[k].value;
        if (s->q->order) values[k++] = locant_value(u->locant[s->q->entry]);
        unit_key(u, values, k);
        k = 0;
        for (int i = 0; i < h.n_added; i++) values[k++] = locant_value(f->a[h.added[i]].locant);
        for (int i = 0; i < h.n_hydro && k < 32; i++)
            values[k++] = locant_value(f->a[h.hydro[i]].locant);
        unit_key(u, values, k);
        namer_finish(s->w, u, s->q->from, s->best);
    }
    free(u);
    return !namer_spent(s->w);
}

static void pattern_of(const name_fragment *f, name_pattern *p) {
    *p = (name_pattern){.n = f->n, .m = f->m};
    for (int i = 0; i < f->n; i++) p->number[i] = f->a[i].number, p->charge[i] = f->a[i].charge;
    for (int j = 0; j < f->m; j++) p->bond[j] = (mg_parts_bond){.a = f->b[j].a, .b = f->b[j].b};
}

/* ---- rings of carbons ---- */

static int stem_of(int n, char *out, size_t room) {
    static const char *const stems[] = {
        "",         "meth",     "eth",     "prop",     "but",     "pent",    "hex",      "hept",
        "oct",      "non",      "dec",     "undec",    "dodec",   "tridec",  "tetradec", "pentadec",
        "hexadec",  "heptadec", "octadec", "nonadec",  "icos",    "henicos", "docos",    "tricos",
        "tetracos", "pentacos", "hexacos", "heptacos", "octacos", "nonacos", "triacont"};
    if (n < 1 || n >= (int)MG_COUNT(stems)) return 0;
    snprintf(out, room, "%s", stems[n]);
    return n;
}

typedef struct unsaturation {
    int two[16], three[16], n_two, n_three;
} unsaturation;

/* "an", "-2-en", "a-1,3-dien", "-2-en-4-yn"; silent: its locant is not needed. */
static void add_unsaturation(text *t, const unsaturation *x, bool silent) {
    if (!x->n_two && !x->n_three) {
        add(t, "an");
        return;
    }
    if (x->n_two > 8 || x->n_three > 8) t->failed = true;
    if (t->failed) return;
    if (x->n_two > 1 || (!x->n_two && x->n_three > 1)) add(t, "a");
    for (int pass = 0; pass < 2; pass++) {
        const int n = pass ? x->n_three : x->n_two, *at = pass ? x->three : x->two;
        if (!n) continue;
        if (!silent) {
            add(t, "-");
            for (int i = 0; i < n; i++) add(t, "%s%d", i ? "," : "", at[i]);
            add(t, "-");
        }
        add(t, "%s%s", MANY[n], pass ? "yn" : "en");
    }
}

/* The unsaturated bonds along atoms in a row; ring: the last is bound to the first. */
static bool unsaturation_of(const namer *w, const uint8_t *at, int n, bool ring, unsaturation *x) {
    *x = (unsaturation){0};
    for (int i = 0; i + !ring < n; i++) {
        const int bond = namer_bond(w, at[i], at[(i + 1) % n]);
        const int order = bond < 0 ? 0 : w->g->bond[bond].order;
        if (!order || x->n_two == 16 || x->n_three == 16) return false;
        if (order == 2) x->two[x->n_two++] = i + 1;
        if (order == 3) x->three[x->n_three++] = i + 1;
    }
    return true;
}

static void key_of_unsaturation(name_unit *u, const unsaturation *x) {
    int all[32], k = 0;
    for (int i = 0; i < x->n_two; i++) all[k++] = x->two[i];
    for (int i = 0; i < x->n_three; i++) all[k++] = x->three[i];
    unit_key(u, all, k);
    unit_key(u, x->two, x->n_two);
}

static void carbon_ring(namer *w, const name_request *q, const uint8_t *at, int n,
                        name_written *best) {
    name_unit *u = calloc(1, sizeof *u);
    placed p[WRITE_GROUPS];
    unsaturation x;
    char stem[24];
    if (!u) w->failed = true;
    if (!u || !stem_of(n, stem, sizeof stem) || !unsaturation_of(w, at, n, true, &x)) {
        free(u);
        return;
    }
    uint64_t atoms = 0;
    for (int i = 0; i < n; i++) {
        atoms |= bit(at[i]);
        snprintf(u->locant[at[i]], NAME_LOCANT, "%d", i + 1);
    }
    u->covers = atoms;
    const int groups = place_groups(q, u, atoms, p);
    const bool plain = !x.n_two && !x.n_three;
    text t = {.s = u->text, .room = sizeof u->text};
    add(&t, "cyclo%s", stem);
    const bool silent = x.n_two + x.n_three == 1 && !groups && !q->order;
    if (q->order && plain) {
        add_free(&t, "", q->order, true);
    } else {
        add_unsaturation(&t, &x, silent);
        if (q->order)
            add_free(&t, u->locant[q->entry], q->order, false);
        else if (groups)
            add_suffixes(&t, WORDS[q->groups->class].ring, p, groups, true, !(plain && groups == 1),
                         "");
        else
            add(&t, "e");
    }
    bool ok = (groups > 0) == (q->groups != NULL) && !t.failed;
    if (q->order && plain) ok = ok && at[0] == q->entry;
    int values[WRITE_GROUPS + 1], k = 0;
    for (int i = 0; i < groups; i++) {
        values[k++] = p[i].value;
        u->covers |= p[i].group->atoms;
        if (plain && groups == 1) ok = ok && p[0].group->skeleton == at[0];
    }
    if (q->order) values[k++] = locant_value(u->locant[q->entry]);
    unit_key(u, values, k);
    key_of_unsaturation(u, &x);
    place_nitrogens(u, p, groups);
    u->alike = plain && !groups && !q->order;
    if (ok) namer_finish(w, u, q->from, best);
    free(u);
}

/* A ring of carbons alone, from each of its atoms both ways. */
static void carbon_rings(namer *w, uint64_t atoms, int n, const name_request *q,
                         name_written *best) {
    uint8_t at[MG_PARTS_ATOMS];
    for (int first = 0; first < w->g->n; first++) {
        if (!(atoms & bit(first))) continue;
        for (int way = 0; way < w->degree[first]; way++) {
            int now = first, next = w->near[first][way], k = 0;
            if (!(atoms & bit(next)) || !w->g->bond[w->by[first][way]].ring) continue;
            at[k++] = (uint8_t)first;
            while (next != first && k < n) {
                at[k++] = (uint8_t)next;
                int behind = -1;
                for (int c = 0; c < w->degree[next]; c++)
                    if (w->near[next][c] != now && atoms & bit(w->near[next][c]) &&
                        w->g->bond[w->by[next][c]].ring)
                        behind = w->near[next][c];
                now = next, next = behind;
                if (next < 0) return;
            }
            if (k == n && next == first) carbon_ring(w, q, at, n, best);
        }
    }
}

void namer_ring(namer *w, int system, const name_request *q, name_written *best) {
    uint64_t atoms = 0;
    int n = 0, m = 0;
    bool carbons = true;
    for (int i = 0; i < w->g->n; i++)
        if (w->system[i] == system) {
            atoms |= bit(i), n++;
            carbons &= w->g->atom[i].number == 6 && !w->g->atom[i].charge;
        }
    for (int j = 0; j < w->g->m; j++)
        m += w->g->bond[j].ring && atoms & bit(w->g->bond[j].a) && atoms & bit(w->g->bond[j].b);
    name_fragment *f = malloc(sizeof *f);
    name_pattern *p = malloc(sizeof *p);
    if (!f || !p) w->failed = true;
    for (int pass = 0; pass < 3 && !w->failed; pass++) { /* saturated, flat, both */
        for (const name_entry *e = NAME_RINGS; e->name; e++) {
            if (atoms_in(e->smiles) != n || passed_over(e->name)) continue;
            *f = (name_fragment){0};
            if (name_add(f, e->smiles, e->locants) < 0 || f->n != n || f->m != m) continue;
            int flat = 0;
            for (int i = 0; i < n; i++) flat += f->a[i].flat;
            if ((pass == 0 && flat) || (pass == 1 && flat != n) ||
                (pass == 2 && (!flat || flat == n)))
                continue;
            f->alike = !strcmp(e->name, "benzen") || !strcmp(e->name, "pyrazin");
            pattern_of(f, p);
            ring_search s = {.w = w, .q = q, .name = e->name, .f = f, .atoms = atoms, .best = best};
            namer_match(w, p, atoms, ring_found, &s);
            if (s.found) {
                free(f);
                free(p);
                return;
            }
        }
    }
    free(f);
    free(p);
    if (carbons && n == m) carbon_rings(w, atoms, n, q, best);
}

/* ---- chains ---- */

typedef struct path {
    uint8_t at[MG_PARTS_ATOMS];
    int n;
} path;

typedef struct chain_search {
    namer *w;
    const name_request *q;
    path now;
    path best[24];
    int n, score[4];
    name_class class;
} chain_search;

/* How good a chain is: suffixes, length, multiple bonds, double bonds; false: not possible. */
static bool score_of(const chain_search *s, int score[4]) {
    const path *p = &s->now;
    uint64_t atoms = 0;
    unsaturation x;
    memset(score, 0, 4 * sizeof *score);
    for (int i = 0; i < p->n; i++) atoms |= bit(p->at[i]);
    if (!unsaturation_of(s->w, p->at, p->n, false, &x)) return false;
    for (int i = 0; s->q->groups && i < s->q->groups->n; i++) {
        const name_group *g = &s->q->groups->at[i];
        if (!(atoms & bit(g->skeleton))) continue;
        if (g->end && g->skeleton != p->at[0] && g->skeleton != p->at[p->n - 1]) return false;
        score[0]++;
    }
    if (s->q->groups && !score[0]) return false;
    if (s->q->order && !(atoms & bit(s->q->entry))) return false;
    if (s->q->acyl && p->at[0] != s->q->entry) return false;
    score[1] = p->n;
    score[2] = x.n_two + x.n_three, score[3] = x.n_two;
    return true;
}

static void keep_path(chain_search *s) {
    int score[4];
    if (!score_of(s, score)) return;
    int c = 0;
    for (int i = 0; i < 4 && !c; i++) c = score[i] - s->score[i];
    if (c < 0) return;
    if (c > 0) s->n = 0, memcpy(s->score, score, sizeof score);
    if (s->n < (int)MG_COUNT(s->best)) s->best[s->n++] = s->now;
}

static void walk(chain_search *s, int atom, int from) {
    if (namer_spent(s->w)) return;
    s->now.at[s->now.n++] = (uint8_t)atom;
    keep_path(s);
    for (int k = 0; k < s->w->degree[atom]; k++) {
        const int next = s->w->near[atom][k];
        if (next != from && next != s->q->from && namer_chainable(s->w, next, s->class))
            walk(s, next, atom);
    }
    s->now.n--;
}

static const char *short_chain(name_class class, int n) {
    const bool two = n == 2;
    switch (class) {
    case CLASS_ACID: return two ? "acetic acid" : "formic acid";
    case CLASS_ATE:
    case CLASS_ESTER: return two ? "acetate" : "formate";
    case CLASS_CHLORIDE: return two ? "acetyl chloride" : NULL;
    case CLASS_AMIDE: return two ? "acetamide" : "formamide";
    case CLASS_NITRILE: return two ? "acetonitrile" : NULL;
    case CLASS_ALDEHYDE: return two ? "acetaldehyde" : "formaldehyde";
    default: return NULL;
    }
}

/* The chain's text; order: groups by locant. */
static bool write_chain(const chain_search *s, const path *c, const placed *p, int n,
                        name_unit *u) {
    const name_request *q = s->q;
    text t = {.s = u->text, .room = sizeof u->text};
    unsaturation x;
    char stem[24];
    if (!unsaturation_of(s->w, c->at, c->n, false, &x) || !stem_of(c->n, stem, sizeof stem))
        return false;
    const bool plain = !x.n_two && !x.n_three;
    const bool on_end = n && p[0].group->end;
    if (n) {
        const char *own = n == 1 && c->n < 3 && plain && on_end ? short_chain(s->class, c->n)
                                                                : NULL;
        if (own) {
            add(&t, "%s", own);
            return !t.failed;
        }
    }
    add(&t, "%s", stem);
    if (q->acyl) {
        if (c->n == 2 && plain) {
            t.n = 0;
            add(&t, "acetyl");
            return true;
        }
        add_unsaturation(&t, &x, false);
        add(&t, "oyl");
    } else if (q->order) {
        const char *locant = u->locant[q->entry];
        if (plain && !strcmp(locant, "1")) {
            add_free(&t, "", q->order, true);
        } else {
            if (plain)
                add(&t, "an");
            else
                add_unsaturation(&t, &x, c->n == 2);
            add_free(&t, locant, q->order, c->n < 3 || (!plain && c->n == 2));
        }
    } else {
        add_unsaturation(&t, &x, c->n == 2);
        if (on_end)
            add_suffixes(&t, WORDS[s->class].chain, p, n, true, false, "");
        else if (n)
            add_suffixes(&t, WORDS[s->class].chain, p, n, true, !(n == 1 && c->n < 3), "");
        else
            add(&t, "e");
    }
    key_of_unsaturation(u, &x);
    return !t.failed;
}

static void finish_chain(chain_search *s, const path *c, name_written *best) {
    name_unit *u = calloc(1, sizeof *u);
    placed p[WRITE_GROUPS];
    const name_request *q = s->q;
    uint64_t atoms = 0;
    int values[WRITE_GROUPS + 1], k = 0;
    if (!u) {
        s->w->failed = true;
        return;
    }
    for (int i = 0; i < c->n; i++) {
        atoms |= bit(c->at[i]);
        snprintf(u->locant[c->at[i]], NAME_LOCANT, "%d", i + 1);
    }
    u->covers = atoms;
    const int n = place_groups(q, u, atoms, p);
    for (int i = 0; i < n; i++) {
        u->covers |= p[i].group->atoms;
        if (!p[i].group->end) values[k++] = p[i].value;
    }
    bool ok = (n > 0) == (q->groups != NULL);
    if (n == 1 && p[0].group->end) ok = p[0].group->skeleton == c->at[0];
    if (q->order) values[k++] = locant_value(u->locant[q->entry]);
    unit_key(u, values, k);
    ok = ok && write_chain(s, c, p, n, u);
    if (q->acyl) {
        for (int i = 0; i < s->w->degree[q->entry]; i++) {
            const int o = s->w->near[q->entry][i];
            if (s->w->g->atom[o].number == 8 && s->w->degree[o] == 1) u->covers |= bit(o);
        }
        *u->locant[q->entry] = 0;
    }
    place_nitrogens(u, p, n);
    u->alike = c->n < 3 && !n && !q->order;
    u->bare = c->n == 1 && !(n && (p[0].group->nitrogen >= 0 || p[0].group->end));
    if (n == 1 && p[0].group->end) { /* its own carbon has no place, a chain of two has one more */
        if (s->class != CLASS_ALDEHYDE || c->n > 1) *u->locant[c->at[0]] = 0;
        if (c->n == 2 && p[0].group->nitrogen < 0) u->bare = true;
    }
    if (ok) namer_finish(s->w, u, q->from, best);
    free(u);
}

void namer_chains(namer *w, const name_request *q, name_written *best) {
    chain_search *s = calloc(1, sizeof *s);
    if (!s) {
        w->failed = true;
        return;
    }
    s->w = w, s->q = q, s->class = q->groups ? q->groups->class : CLASS_NONE;
    for (int i = 0; i < w->g->n; i++)
        if (i != q->from && namer_chainable(w, i, s->class)) walk(s, i, -1);
    for (int i = 0; i < s->n; i++) finish_chain(s, &s->best[i], best);
    free(s);
}
