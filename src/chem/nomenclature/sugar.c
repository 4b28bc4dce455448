/* sugar.c - a sugar with its prefixes and what is bound to it.
 *
 *   sugar  = [donors] {prefix "-"} core
 *   donors = [sugar "-(1->4)-"] {"[" sugar "-(1->6)]-"}
 *   prefix = [places "-"] ["o-"] [times] group | places "deoxy" | "anhydro" | "thio" | "dehydro"
 *
 * A group without a letter stands where a deoxy took the oxygen away.
 */
#include "chem/nomenclature/sugar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 12, ITEMS = 20 };

typedef struct item {
    enum { DEOXY, ANHYDRO, THIO, SELENO, DEHYDRO, HYDRO, LABEL, GROUP, DONOR } kind;
    char on; /* 'o', 'n', 's', 'c'; 0: not said */
    char place[PLACES][NAME_LOCANT];
    int places, count; /* count: what the name multiplies */
    char from[4];      /* of a donor: its own carbon */
    char mark[PLACES]; /* of a label: R, S */
    const name_ways *group;
} item;

typedef struct job {
    name_reader *r;
    const sugar_parent *parent;
    item items[ITEMS];
    int n;
    name_ways *out;
} job;

/* ---- on a fragment ---- */

/* The carbon that a locant means; 0: none of the chain. */
static int carbon_of(const job *j, const char *place) {
    if (!isdigit((unsigned char)place[0]) || j->parent->aglycone) return 0;
    const char *behind = j->parent->base ? "'" : "";
    const int c = place[0] - '0';
    return !strcmp(place + 1, behind) && c >= 1 && c <= j->parent->s.carbons ? c : 0;
}

static unsigned without_of(const job *j, bool *ok) {
    unsigned mask = 0;
    for (int k = 0; k < j->n; k++) {
        const item *t = &j->items[k];
        if (t->kind != DEOXY && t->kind != ANHYDRO) continue;
        for (int p = 0; p < (t->kind == ANHYDRO ? 1 : t->places); p++) {
            const int c = carbon_of(j, t->place[p]);
            if (!c || (mask >> c & 1) || (j->parent->s.deoxy >> c & 1)) *ok = false;
            mask |= 1u << c;
        }
    }
    return mask;
}

/* Carbons without oxygen that have a group or an anhydro bridge for it. */
static unsigned filled_of(const job *j, unsigned without) {
    unsigned mask = 0, twice = 0; /* two groups: "2,2-difluoro" is no centre */
    for (int k = 0; k < j->n; k++) {
        const item *t = &j->items[k];
        if (t->kind != GROUP && t->kind != ANHYDRO) continue;
        for (int p = 0; p < t->places; p++) {
            const int c = carbon_of(j, t->place[p]);
            if ((t->on && t->on != 's') || !c) continue;
            twice |= mask & 1u << c;
            mask |= 1u << c;
        }
    }
    mask &= ~twice;
    return mask & without;
}

static int only_sulfur(const name_fragment *f) {
    int found = -1;
    for (int i = 0; i < f->n; i++)
        if (f->a[i].number == 16 && f->a[i].locant[0] == 'o') {
            if (found >= 0) return -1;
            found = i;
        }
    return found;
}

static int target(const job *j, const name_fragment *f, const item *t, const char *place,
                  unsigned without, int number) {
    /* "5-phospho", "3-sulfo": on its oxygen */
    if (!t->on && number > 14 && sugar_at(f, 'o', place) >= 0) return sugar_at(f, 'o', place);
    if (t->on == 'o' || t->on == 's') {
        const int at = sugar_at(f, 'o', place);
        if (t->on == 's' && !*place) return only_sulfur(f);
        return at >= 0 && (f->a[at].number == 8) == (t->on == 'o') ? at : -1;
    }
    if (t->on == 'n') return *place ? sugar_at(f, 'n', place) : sugar_only_nitrogen(f);
    const int c = carbon_of(j, place);
    if (t->on == 'c') return c || j->parent->aglycone ? name_at(f, place) : -1;
    /* "6-sulfoquinovose" */
    if (c && number && (j->parent->s.deoxy >> c & 1)) return name_at(f, place);
    if (c) return without >> c & 1 ? name_at(f, place) : -1;
    return j->parent->base || j->parent->aglycone ? name_at(f, place) : -1;
}

/* What is bound to a glycoside's oxygen ends it. */
static void settle_glycoside(name_fragment *f, int atom) {
    if (!f->glycoside || !f->n_ends || f->ends[0] != atom) return;
    memmove(f->ends, f->ends + 1, (size_t)--f->n_ends);
    f->glycoside = false;
}

static bool join(name_fragment *f, int atom, const name_fragment *group) {
    if (atom < 0 || !name_join(f, atom, group)) return false;
    settle_glycoside(f, atom);
    return true;
}

/* An oxygen on a carbon of a ring whose side the name does not say. */
static bool on_loose_anomer(const job *j, const name_fragment *f, int oxygen) {
    const sugar *s = &j->parent->s;
    return s->anomeric && s->ring && oxygen >= 0 && f->a[oxygen].locant[1] == '0' + s->anomeric &&
           !f->a[s->anomeric - 1].centre;
}

/* "4,6-o-benzylidene": one group on two oxygens. */
static bool bridge(name_fragment *f, int one, int two, const name_fragment *group) {
    const int first = f->n;
    name_fragment own = *group;
    own.order = 1;
    if (one < 0 || two < 0 || !join(f, one, &own) || name_free(f, two) < 1) return false;
    return name_bind(f, first + own.from, two, 1);
}

static bool is_oxide(const name_fragment *f, int atom) {
    for (int b = 0; b < f->m; b++)
        if ((f->b[b].a == atom || f->b[b].b == atom) && f->b[b].order == 2) return true;
    return false;
}

static bool put_item(const job *j, name_fragment *f, const item *t, const name_fragment *group,
                     unsigned without) {
    char all[PLACES][NAME_LOCANT];
    int places = t->places;
    const int number =
        group->n > 2 && group->a[group->from].number > 14 && is_oxide(group, group->from) ? 15 : 0;
    memcpy(all, t->place, sizeof all);
    if (!places && t->on == 'o') { /* "penta-o-acetyl": all of them */
        for (int a = 0; a < f->n; a++)
            if (f->a[a].locant[0] == 'o' && name_free(f, a) == 1 &&
                !(f->glycoside && f->ends[0] == a)) {
                if (places == PLACES) return false;
                memcpy(all[places++], f->a[a].locant + 1, NAME_LOCANT - 1);
            }
        if (places < 2 || places != t->count) return false;
    }
    if (j->parent->aglycone && group->glycosyl && !t->on) return false; /* on O or C? */
    if (group->order == 2 && t->on == 'o') {
        if (places != 2 * t->count) return false;
        for (int p = 0; p < places; p += 2)
            if (on_loose_anomer(j, f, target(j, f, t, all[p], without, number)) ||
                !bridge(f, target(j, f, t, all[p], without, number),
                        target(j, f, t, all[p + 1], without, number), group))
                return false;
        return true;
    }
    if (places != t->count) return false;
    for (int p = 0; p < places; p++)
        if (!join(f, target(j, f, t, all[p], without, number), group)) return false;
    return true;
}

static void put_groups(job *j, const name_fragment *f, int k, unsigned without) {
    while (k < j->n && j->items[k].kind != GROUP && j->items[k].kind != DONOR) k++;
    if (name_spent(j->r)) return;
    if (k == j->n) {
        name_keep(j->r, j->out, f);
        return;
    }
    const item *t = &j->items[k];
    name_fragment *next = malloc(sizeof *next);
    if (!next) j->r->failed = true;
    for (int w = 0; w < t->group->n && next; w++) {
        const name_fragment *group = t->group->f[w];
        *next = *f;
        if (t->kind == DONOR) {
            const char *own = group->a[group->from].locant;
            if (group->order != 1 || strcmp(own, t->from) != 0 ||
                !join(next, sugar_at(next, 'o', t->place[0]), group))
                continue;
        } else if (!put_item(j, next, t, group, without)) {
            continue;
        }
        put_groups(j, next, k + 1, without);
    }
    free(next);
}

/* Another element for an oxygen; a carbonyl group; a bridge. */
static bool put_change(const job *j, name_fragment *f, const item *t) {
    for (int p = 0; p < t->places; p++) {
        const int carbon = name_at(f, t->place[p]), oxygen = sugar_at(f, 'o', t->place[p]);
        if (t->kind == HYDRO) continue;
        if (carbon < 0 || (!carbon_of(j, t->place[p]) && t->kind != THIO)) return false;
        if (t->kind == LABEL) {
            if (f->a[carbon].centre || f->a[carbon].cip) return false;
            f->a[carbon].cip = t->mark[p];
        } else if (t->kind == THIO || t->kind == SELENO) {
            if (oxygen < 0) return false;
            f->a[oxygen].number = t->kind == THIO ? 16 : 34;
        } else if (t->kind == DEHYDRO) {
            if (oxygen < 0 || name_free(f, oxygen) != 1 || f->a[carbon].number != 6) return false;
            for (int b = 0; b < f->m; b++)
                if ((f->b[b].a == carbon && f->b[b].b == oxygen) ||
                    (f->b[b].b == carbon && f->b[b].a == oxygen))
                    f->b[b].order = 2;
            if (name_orders(f, carbon) > 4) return false;
            f->a[carbon].centre = false;
        }
    }
    if (t->kind == HYDRO) { /* "5,6-dihydro" */
        const int a = name_at(f, t->place[0]), b = name_at(f, t->place[1]);
        for (int k = 0; k < f->m && t->places == 2; k++)
            if (f->b[k].order == 2 &&
                ((f->b[k].a == a && f->b[k].b == b) || (f->b[k].a == b && f->b[k].b == a))) {
                f->b[k].order = 1;
                return true;
            }
        return false;
    }
    if (t->kind != ANHYDRO) return true;
    const int from = name_at(f, t->place[0]), to = sugar_at(f, 'o', t->place[1]);
    return from >= 0 && to >= 0 && name_free(f, from) > 0 && name_free(f, to) == 1 &&
           name_bind(f, from, to, 1);
}

/* The ring is the usual one where the name does not say it: of oligosaccharides, if their other
 * residues do not say theirs, and where the anomer is said. A single sugar may be open. */
static bool is_clear(const job *j) {
    const sugar *s = &j->parent->s;
    if (!s->plain || s->anomer || s->kind != SUGAR_FREE || !s->anomeric) return true;
    if (!s->ring) return s->anomeric > 1 && !(s->acid_first && s->carbons > 6);
    if (s->anomeric > 1) return false;
    bool bound = false;
    for (int k = 0; k < j->n; k++) {
        const item *t = &j->items[k];
        if (t->kind != DONOR && !(t->kind == GROUP && t->group->f[0]->glycosyl)) continue;
        if (t->group->f[0]->glycosyl == 1) return false; /* the others say theirs */
        bound = true;
    }
    /* glucosamine and galactosamine, not mannosamine */
    return bound || ((s->amino & 4) && s->side[2] != s->side[3]);
}

/* Groups on carbons that kept their oxygen's place free come last. */
static void order_items(job *j) {
    item own[ITEMS];
    int n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < j->n; k++)
            if ((j->items[k].on == 'c') == pass) own[n++] = j->items[k];
    memcpy(j->items, own, (size_t)n * sizeof *own);
}

static void finish(job *j) {
    bool ok = is_clear(j);
    const unsigned without = without_of(j, &ok), filled = filled_of(j, without);
    sugar_parent parent = *j->parent;
    name_fragment *f = malloc(sizeof *f);
    item *kept = malloc(sizeof j->items);
    if (!f || !kept) j->r->failed = true;
    if (kept) memcpy(kept, j->items, sizeof j->items);
    order_items(j);
    for (int k = 0; k < j->n; k++) /* there is only one way to close 1,6-anhydro sugars */
        if (j->items[k].kind == ANHYDRO && parent.s.ring == 5 && parent.s.anomeric == 1 &&
            j->items[k].place[0][0] == '1' && j->items[k].place[1][0] == '6') {
            ok &= parent.s.anomer != 'a';
            parent.s.anomer = 'b';
        }
    ok = ok && f && kept && parent.make(&parent, without, filled, f);
    for (int k = 0; k < j->n && ok; k++)
        if (j->items[k].kind != GROUP && j->items[k].kind != DONOR)
            ok = put_change(j, f, &j->items[k]);
    if (ok) put_groups(j, f, 0, without);
    if (kept) memcpy(j->items, kept, sizeof j->items);
    free(kept);
    free(f);
}

/* ---- letters ---- */

/* "2,3-", "2,3:4,6-", "n-", "n6-", "n(6)-", "2'-o-"; characters with the last hyphen, 0: none. */
static size_t places_at(const name_reader *r, size_t i, size_t end, item *t) {
    size_t k = i;
    t->places = 0, t->on = 0;
    for (;;) {
        if (t->places == PLACES) return 0;
        char *out = t->place[t->places];
        size_t n = 0;
        bool bracket = false;
        if (k + 1 < end && strchr("ons", r->s[k]) && strchr("-,(^'0123456789", r->s[k + 1])) {
            if (t->on && t->on != r->s[k]) return 0;
            t->on = r->s[k++];
            bracket = r->s[k] == '(';
            k += bracket || r->s[k] == '^';
        } else if (t->on || k >= end || !isdigit((unsigned char)r->s[k])) {
            return 0;
        }
        while (k < end && isdigit((unsigned char)r->s[k]) && n < NAME_LOCANT - 3)
            out[n++] = r->s[k++];
        while (k < end && r->s[k] == '\'' && n < NAME_LOCANT - 1) out[n++] = r->s[k++];
        out[n] = 0;
        if (bracket && (k >= end || r->s[k++] != ')')) return 0;
        t->places++;
        if (k >= end) return 0;
        if (r->s[k] == ',' || r->s[k] == ':') {
            k++;
            continue;
        }
        if (r->s[k] != '-') return 0;
        k++;
        if (!t->on && k + 2 < end && strchr("oncs", r->s[k]) && r->s[k + 1] == '-') {
            t->on = r->s[k];
            k += 2;
        }
        if (t->on == 'o' && t->places == 1 && !*t->place[0]) return 0;
        return k - i;
    }
}

static void prefixes(job *j, size_t i, size_t end);

static bool next_item(const job *j) { return j->n < ITEMS - 1 && !name_spent(j->r); }

/* Acyl groups that biochemists call so on a sugar's oxygen. */
static void acyl(name_reader *r, size_t i, size_t end, name_ways *out) {
    static const struct {
        const char *name, *smiles;
        int e; /* its double bond */
    } table[] = {{"malonyl", "C(=O)CC(=O)O", -1},
                 {"glycoloyl", "C(=O)CO", -1},
                 {"trans-cinnamoyl", "C(=O)C=CC1=CC=CC=C1", 1},
                 {"trans-4-coumaroyl", "C(=O)C=CC1=CC=C(O)C=C1", 1},
                 {"trans-p-coumaroyl", "C(=O)C=CC1=CC=C(O)C=C1", 1},
                 {"trans-caffeoyl", "C(=O)C=CC1=CC(O)=C(O)C=C1", 1},
                 {"trans-feruloyl", "C(=O)C=CC1=CC(OC)=C(O)C=C1", 1},
                 {"trans-sinapoyl", "C(=O)C=CC1=CC(OC)=C(O)C(OC)=C1", 1}};
    char s[24];
    size_t n = end - i;
    if (name_begins(r, i, end, "(e)-")) { /* "(E)-caffeoyl" */
        if (n + 2 >= sizeof s) return;
        memcpy(s, "trans-", 6);
        memcpy(s + 6, r->s + i + 4, n - 4);
        n += 2;
    } else {
        if (n >= sizeof s) return;
        memcpy(s, r->s + i, n);
    }
    s[n] = 0;
    for (size_t k = 0; k < MG_COUNT(table); k++) {
        name_fragment f = {0};
        if (strcmp(s, table[k].name) != 0 || name_add(&f, table[k].smiles, NULL) < 0) continue;
        for (int b = 0; b < f.m && table[k].e >= 0; b++)
            if (f.b[b].order == 2 && f.b[b].a == 2 && f.b[b].b == 3) f.b[b].ez = 'E';
        f.order = 1;
        name_keep(r, out, &f);
    }
}

/* A group from i on, and what is behind it. */
static void group(job *j, size_t i, size_t end) {
    name_reader *r = j->r;
    for (size_t k = end; k > i + 2; k--) {
        const bool deoxy = name_is_word(r, k, end, "deoxy"); /* "5-bromodeoxyuridine" */
        if ((k < end && r->s[k] != '-' && !deoxy) || !name_balanced(r, i, k) || !next_item(j))
            continue;
        const bool closed = strchr("([{", r->s[i]) && name_bracket_end(r, i, k) + 1 == k;
        if (name_is_word(r, i + closed, k - closed, "isopentenyl")) continue; /* which? */
        name_ways own = {0};
        acyl(r, i + closed, k - closed, &own);
        const name_ways *w = own.n    ? &own
                             : closed ? r->substituent(r, i + 1, k - 1)
                                      : r->substituent(r, i, k);
        if (!w->n) continue;
        item *t = &j->items[j->n++];
        t->kind = GROUP, t->group = w;
        const item kept = *t;
        prefixes(j, k, end);
        j->items[--j->n] = kept;
        name_ways_free(&own);
    }
}

/* "deoxy", "anhydro" from i on behind `times`; characters, 0: none. */
static size_t change_at(const name_reader *r, size_t i, size_t end, int times, item *t) {
    static const struct {
        const char *name;
        int kind;
    } changes[] = {{"deoxy", DEOXY},   {"anhydro", ANHYDRO}, {"thio", THIO},
                   {"seleno", SELENO}, {"dehydro", DEHYDRO}, {"hydro", HYDRO}};
    for (size_t c = 0; c < MG_COUNT(changes); c++) {
        const size_t n = strlen(changes[c].name), k = i + n;
        if (!name_begins(r, i, end, changes[c].name) || (k < end && r->s[k] != '-')) continue;
        const int each = changes[c].kind == ANHYDRO ? 2 : 1;
        if (t->on || t->places != times * each || (each == 2 && times != 1)) continue;
        t->kind = changes[c].kind;
        return n;
    }
    return 0;
}

/* "(1s)-", "(4r,5s)-"; characters. */
static size_t label_at(const name_reader *r, size_t i, size_t end, item *t) {
    size_t k = i;
    *t = (item){.kind = LABEL};
    if (k >= end || r->s[k] != '(') return 0;
    do {
        if (t->places == PLACES || k + 4 > end || !isdigit((unsigned char)r->s[k + 1])) return 0;
        if (r->s[k + 2] != 'r' && r->s[k + 2] != 's') return 0;
        t->place[t->places][0] = r->s[k + 1];
        t->mark[t->places++] = r->s[k + 2] == 'r' ? 'R' : 'S';
        k += 3;
    } while (r->s[k] == ',');
    return r->s[k] == ')' && k + 1 < end && r->s[k + 1] == '-' ? k + 2 - i : 0;
}

static void prefixes(job *j, size_t i, size_t end) {
    const name_reader *r = j->r;
    if (i < end && r->s[i] == '-') i++;
    if (i >= end) {
        finish(j);
        return;
    }
    if (!next_item(j)) return;
    item *t = &j->items[j->n], given = {0};
    const size_t label = label_at(r, i, end, t);
    if (label) {
        j->n++;
        prefixes(j, i + label, end);
        j->n--;
        return;
    }
    i += places_at(r, i, end, &given);
    const bool short_deoxy = j->parent->base && !given.places && name_is_word(r, i, end, "deoxy");
    if (short_deoxy) memcpy(given.place[given.places++], "2'", 3); /* "deoxyadenosine" */
    if (given.places && given.on == 'n' && given.places > 1 && !*given.place[0] && *given.place[1])
        return;
    for (int pass = 0; pass < 2; pass++) {
        size_t length = 0, k = i;
        const int times = pass ? name_multiplier(r->s + i, end - i, &length) : 1;
        *t = given;
        if (!times || (pass && times < 2)) continue;
        k += length;
        if (pass && !t->on && k + 3 < end && r->s[k] == '-' && strchr("oncs", r->s[k + 1]) &&
            r->s[k + 2] == '-') {
            t->on = r->s[k + 1];
            k += 3;
        }
        t->count = times;
        if (!t->places && t->on != 'o') continue;
        const size_t change = change_at(r, k, end, times, t);
        if (change) {
            j->n++;
            prefixes(j, k + change, end);
            j->n--;
            continue;
        }
        group(j, k, end);
    }
}

/* ---- donors ---- */

/* "(1->4)", "(1-4)"; characters. */
static size_t arrow_at(const name_reader *r, size_t i, size_t end, item *t) {
    static const char *const arrows[] = {"<->", "->", "-", ","};
    size_t k = i + 2;
    if (i + 5 > end || r->s[i] != '(' || !isdigit((unsigned char)r->s[i + 1])) return 0;
    for (int a = 0; a < 4; a++) {
        const size_t n = strlen(arrows[a]);
        if (!name_begins(r, k, end, arrows[a])) continue;
        k += n;
        if (k + 1 >= end || !isdigit((unsigned char)r->s[k]) || r->s[k + 1] != ')') return 0;
        t->from[0] = r->s[i + 1], t->from[1] = 0;
        t->place[0][0] = r->s[k], t->place[0][1] = 0;
        t->places = 1;
        return k + 2 - i;
    }
    return 0;
}

static bool donor(job *j, size_t i, size_t end, const item *arrow) {
    const name_ways *w = j->r->substituent(j->r, i, end);
    if (!w->n || !next_item(j)) return false;
    item *t = &j->items[j->n++];
    *t = *arrow;
    t->kind = DONOR, t->group = w;
    return true;
}

/* The last arrow outside brackets in s[i..end); its place, or end. */
static size_t last_arrow(const name_reader *r, size_t i, size_t end, item *t, size_t *length) {
    size_t found = end;
    int depth = 0;
    for (size_t k = i; k < end; k++) {
        item own = {0};
        const size_t n = depth == 0 ? arrow_at(r, k, end, &own) : 0;
        if (n && k > i + 2) found = k, *t = own, *length = n;
        depth += strchr("([{", r->s[k]) != NULL;
        depth -= strchr(")]}", r->s[k]) != NULL;
    }
    return found;
}

/* s[i..end) stands in front of a core, without the hyphen between. */
static void front(job *j, size_t i, size_t end) {
    const name_reader *r = j->r;
    item arrow = {0};
    size_t n = 0, k = i;
    const size_t at = last_arrow(r, i, end, &arrow, &n);
    if (at < end) {
        const size_t begin = name_begins(r, i, end, "o-") ? i + 2 : i;
        if (!donor(j, begin, at - (r->s[at - 1] == '-'), &arrow)) return;
        k = at + n;
        if (k < end && r->s[k] == '-') k++;
        if (name_begins(r, k, end, "o-")) k += 2; /* "-(1->4)-O-beta-D-" */
        if (name_is_word(r, k, end, "o")) k = end;
    }
    while (k < end && strchr("[{", r->s[k])) { /* branches */
        const size_t close = name_bracket_end(r, k, end);
        if (close >= end) break;
        const size_t inner = last_arrow(r, k + 1, close, &arrow, &n);
        if (inner >= close || inner + n != close) break;
        if (!donor(j, k + 1, inner - (r->s[inner - 1] == '-'), &arrow)) return;
        k = close + 1;
        if (k < end && r->s[k] == '-') k++;
    }
    prefixes(j, k, end);
}

void sugar_prefixed(name_reader *r, size_t i, size_t core, const sugar_parent *parent,
                    name_ways *out) {
    job *j = calloc(1, sizeof *j);
    if (!j) {
        r->failed = true;
        return;
    }
    j->r = r, j->parent = parent, j->out = out;
    size_t end = core;
    if (end > i && r->s[end - 1] == '-') end--;
    if (end > i)
        front(j, i, end);
    else
        finish(j);
    free(j);
}

static bool plain(const sugar_parent *p, unsigned without, unsigned filled, name_fragment *f) {
    return sugar_build(&p->s, without, filled, f);
}

/* "1-thio--d-glucopyranose", "(-L-rhamnosyl)": a Greek letter is missing. */
static bool sugar_lost_letter(const name_reader *r, size_t i, size_t end) {
    for (size_t k = i; k + 2 < end; k++)
        if (r->s[k] == '-' && (k == i || r->s[k - 1] == '-') && strchr("dl", r->s[k + 1]) &&
            r->s[k + 2] == '-')
            return true;
    return false;
}

void sugar_read(name_reader *r, size_t i, size_t end, sugar_kind kind, name_ways *out) {
    if (sugar_lost_letter(r, i, end)) return;
    for (size_t k = i; k + 3 < end; k++) {
        sugar_parent p = {.make = plain};
        const bool glued = name_begins(r, k, end, "neuramin") || name_begins(r, k, end, "muram");
        if ((k > i && r->s[k - 1] != '-' && !glued) || !strchr("abcdlknm1es", r->s[k])) continue;
        if (!name_balanced(r, k, end) || name_spent(r)) continue;
        if (!sugar_core(r, k, end, &p.s) && !sugar_short(r, k, end, kind, &p.s)) continue;
        if (p.s.kind != kind) continue;
        size_t from = i;
        if (p.s.mirror && (name_begins(r, i, k, "1d-") || name_begins(r, i, k, "1l-"))) {
            p.s.mirror = false, from = i + 3;
            for (int c = 1; c < SUGAR_CARBONS && r->s[i + 1] == 'l'; c++)
                if (p.s.side[c]) p.s.side[c] = p.s.side[c] == 'R' ? 'L' : 'R';
        }
        sugar_prefixed(r, from, k, &p, out);
        for (int c = 1; c < SUGAR_CARBONS && p.s.mirror; c++)
            if (p.s.side[c]) p.s.side[c] = p.s.side[c] == 'R' ? 'L' : 'R';
        if (p.s.mirror) sugar_prefixed(r, i, k, &p, out);
    }
}

bool sugar_begins(const name_reader *r, size_t i, size_t end) {
    return name_begins(r, i, end, "alpha-") || name_begins(r, i, end, "beta-") ||
           name_begins(r, i, end, "n-a") || name_begins(r, i, end, "n-g");
}

void sugar_groups(name_reader *r, size_t i, size_t end, name_ways *out) {
    name_fragment f = {.order = 1}; /* of assays */
    if (name_is_word(r, i, end, "4-methylumbelliferyl") &&
        name_add(&f, "C1=CC=C2C(C)=CC(=O)OC2=C1", NULL) >= 0)
        name_keep(r, out, &f);
    sugar_read(r, i, end, SUGAR_GROUP, out);
}
