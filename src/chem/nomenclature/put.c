/* put.c - prefixes put on a fragment: hydrogens first, then groups from the parent outwards. Where
 * a locant is missing, the place must be the only one, or all must be alike.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int bond_order(const name_fragment *f, int a, int b) {
    for (int j = 0; j < f->m; j++)
        if ((f->b[j].a == a && f->b[j].b == b) || (f->b[j].a == b && f->b[j].b == a))
            return f->b[j].order;
    return 0;
}

/* The first carbon of a chain bears its function: an acid's, an alcohol's, an amine's. */
static bool has_function(const name_fragment *f, int atom, bool acid) {
    for (int i = 0; i < f->n; i++) {
        const int order = bond_order(f, atom, i), number = f->a[i].number;
        if (order && number != 6 && acid == (order > 1)) return true;
    }
    return false;
}

static bool joined(const name_fragment *f, int from, int to, int without, int bonds);

static bool in_ring(const name_fragment *f, int at) {
    int near[8], n = 0;
    for (int j = 0; j < f->m && n < 8; j++)
        if (f->b[j].a == at || f->b[j].b == at) near[n++] = f->b[j].a == at ? f->b[j].b : f->b[j].a;
    for (int x = 0; x < n; x++)
        for (int y = 0; y < x; y++)
            if (joined(f, near[x], near[y], at, 8)) return true;
    return false;
}

/* "alpha-chloropropiophenone", "alpha-aminodiphenylacetic acid": of the chain, whose atoms have the
 * low numbers. */
static int side_chain_place(const name_fragment *f, const char *locant) {
    static const char *const letters[] = {"alpha", "beta", "gamma"};
    const int two = name_at(f, "2"), three = name_at(f, "3"), one = name_at(f, "1");
    const bool ketone = name_at(f, "1'") >= 0 && two >= 0 && f->a[two].number == 6;
    const bool acid = !ketone && two >= 0 && three < 0 && f->a[two].number == 6 &&
                      (one < 0 || (has_function(f, one, true) && bond_order(f, one, two) == 1));
    if (f->order || (!ketone && !acid) || f->a[two].flat || in_ring(f, two)) return -1;
    if (!strcmp(locant, "omega")) return three < 0 ? two : -1;
    for (int k = 0; k < (int)MG_COUNT(letters); k++) {
        char place[NAME_LOCANT];
        snprintf(place, sizeof place, "%d", k + 2);
        const int at = strcmp(locant, letters[k]) ? -1 : name_at(f, place);
        if (at >= 0 && !f->a[at].flat && !in_ring(f, at)) return at;
    }
    return -1;
}

/* "beta-hydroxyethyl", "gamma-aminobutyric acid", "beta-chloroethanol". */
static int greek_place(const name_fragment *f, const char *locant) {
    static const char *const letters[] = {"alpha", "beta", "gamma", "delta", "epsilon"};
    const int one = name_at(f, "1"), two = name_at(f, "2");
    if (f->own || f->residue) return -1;
    if (f->rings || f->m >= f->n) return side_chain_place(f, locant);
    int first = 0, last = 0;
    if (f->order == 1 && one >= 0 && f->from == one)
        first = has_function(f, one, true) ? 2 : 1;
    else if (f->order == 1 && one >= 0 && bond_order(f, f->from, one))
        first = 1; /* "beta-chloroethoxy" */
    else if (f->order)
        return -1;
    else if (one >= 0 && has_function(f, one, true))
        first = 2;
    else if (one < 0 && two >= 0)
        first = 2;
    else if (one >= 0 && has_function(f, one, false))
        first = 1;
    for (int i = 0; i < f->n; i++) last = atoi(f->a[i].locant) > last ? atoi(f->a[i].locant) : last;
    int at = !strcmp(locant, "omega") ? last : 0;
    for (int k = 0; k < (int)MG_COUNT(letters); k++)
        if (!strcmp(locant, letters[k])) at = first + k;
    char place[NAME_LOCANT];
    snprintf(place, sizeof place, "%d", at > 0 && at < 100 ? at : 0);
    return first ? name_at(f, place) : -1;
}

/* An atom by a locant as the name writes it: "n" also where it is numbered alone, "o", "m", "p". */
int name_place(const name_fragment *f, const char *locant) {
    static const char *const ring[] = {"o", "2", "m", "3", "p", "4", "", "2'", "", "3'", "", "4'"};
    const int at = name_at(f, locant);
    if (at >= 0) return at;
    if (strlen(locant) > 3 && islower((unsigned char)locant[2])) return greek_place(f, locant);
    if (*locant == 'n') { /* the nitrogens of urea and its like, of piperidine */
        const int one = name_at(f, "1"), other = name_at(f, name_at(f, "3") >= 0 ? "3" : "2");
        if (!strcmp(locant, "n") && one >= 0 && f->a[one].number == 7 && !f->a[one].flat)
            return one;
        if (!strcmp(locant, "n'") && other >= 0 && f->a[other].number == 7 && !f->a[other].flat)
            return other;
    }
    if (*locant == 'n' && (!locant[1] || locant[1] == '\'')) { /* "n'" is the second of n1, n2 */
        int which = (int)strlen(locant) - 1;
        for (int i = 0; i < f->n; i++)
            if (f->a[i].locant[0] == 'n' && isdigit((unsigned char)f->a[i].locant[1]) &&
                which-- == 0)
                return i;
    }
    if (!strcmp(locant, "n")) { /* the only one of a ring: "N-methylmorpholine" */
        int only = -1, count = 0;
        for (int i = 0; i < f->n; i++) {
            const bool named = f->a[i].number == 7 && *f->a[i].locant;
            count += named || f->a[i].locant[0] == 'n';
            if (named && isdigit((unsigned char)f->a[i].locant[0])) only = i;
        }
        if (count == 1 && only >= 0 && !f->a[only].charge && !f->own) return only;
    }
    for (int i = 0; i < 6; i += 2) {
        if (strcmp(locant, ring[i]) != 0) continue;
        const int plain = name_at(f, ring[i + 1]), primed = name_at(f, ring[i + 7]);
        if (plain >= 0 && f->a[plain].flat) return plain;
        return primed >= 0 && f->a[primed].flat ? primed : -1;
    }
    return -1;
}

/* Whether all places of a fragment are the same place: "chloroacetone", "bromobutanedioic acid". */
static bool places_alike(const name_fragment *f, int order) {
    uint32_t class[NAME_ATOMS], next[NAME_ATOMS];
    for (int i = 0; i < f->n; i++) {
        const name_atom *a = &f->a[i];
        class[i] = (uint32_t)a->number * 7919u + (uint32_t)(a->charge + 9) * 131u +
                   (uint32_t)name_free(f, i) * 17u + (a->flat ? 5u : 0u) + (a->sat ? 3u : 0u) +
                   (uint32_t)a->lambda * 997u + (f->order && f->from == i ? 104729u : 0u);
        if (a->centre || a->cip) return false;
    }
    for (int round = 0; round < f->n; round++) {
        for (int i = 0; i < f->n; i++) next[i] = class[i] * 2654435761u;
        for (int j = 0; j < f->m; j++) {
            const name_bond *b = &f->b[j];
            next[b->a] += (class[b->b] ^ (class[b->b] >> 15)) * (2u * b->order + 1u) * 40503u;
            next[b->b] += (class[b->a] ^ (class[b->a] >> 15)) * (2u * b->order + 1u) * 40503u;
            if (b->ez) return false;
        }
        memcpy(class, next, (size_t)f->n * sizeof *class);
    }
    int first = -1;
    for (int i = 0; i < f->n; i++) {
        if (!*f->a[i].locant || name_free(f, i) < order) continue;
        if (first >= 0 && class[i] != class[first]) return false;
        if (first < 0) first = i;
    }
    return first >= 0;
}

/* The only place for `count` substituents without a locant; -1: there is none, or a choice. */
static int only_place(const name_fragment *f, int order, int count) {
    /* "(4-fluorophenyl)methanamine": on nitrogen it is "N-" */
    if (f->n == 2 && !f->order && f->a[0].number == 6 && f->a[1].number == 7 && f->b[0].order == 1)
        return name_free(f, 0) >= order * count ? 0 : -1;
    int found = -1, places = 0;
    for (int i = 0; i < f->n; i++) {
        if (!*f->a[i].locant || name_free(f, i) < order) continue;
        places++;
        if (found < 0) found = i;
    }
    if (places == 1) return found;
    /* alike: nothing is on it yet */
    return f->alike && count == 1 ? found : -1;
}

/* Whether atom i has an oxygen on a double bond. */
static bool has_oxo(const name_fragment *f, int i) {
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        if (b->order == 2 && (b->a == i || b->b == i) && f->a[b->a == i ? b->b : b->a].number == 8)
            return true;
    }
    return false;
}

/* "acetylsyringic acid": an acyl group on a hydroxy acid stands on its oxygen, not on a carbon. */
static bool is_acyl_of_oxygen(const name_fragment *f, const name_fragment *sub) {
    bool hydroxy = false, acid = false;
    if (!has_oxo(sub, sub->from)) return false;
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        const int o = f->a[b->a].number == 8 ? b->a : b->b, c = o == b->a ? b->b : b->a;
        if (b->order != 1 || f->a[o].number != 8 || f->a[c].number != 6 || name_free(f, o) < 1)
            continue;
        acid |= has_oxo(f, c);
        hydroxy |= !has_oxo(f, c);
    }
    return acid && hydroxy;
}

/* Of one group on a parent that has nothing else: a carbon, where all places are the same. */
static int any_place(const name_fragment *f, const name_fragment *sub) {
    const int order = sub->order;
    if (f->order || f->own || f->residue || !places_alike(f, order) || is_acyl_of_oxygen(f, sub))
        return -1;
    for (int i = 0; i < f->n; i++)
        if (*f->a[i].locant && name_free(f, i) >= order) return f->a[i].number == 6 ? i : -1;
    return -1;
}

int name_only_place(const name_fragment *f) { return only_place(f, 1, 1); }

static bool is_benzene(const name_fragment *f) {
    return f->n == 6 && f->m == 6 && f->alike && f->a[0].flat && f->a[0].number == 6;
}

/* All hydrogens of the places with a locant, where a name says their number: "pentafluorophenyl".
 */
static bool fill(name_fragment *f, const name_fragment *sub, int count) {
    int all = 0;
    for (int i = 0; i < f->n; i++)
        if (*f->a[i].locant) all += name_free(f, i);
    const bool five = is_benzene(f) && count == 5; /* "pentachlorobenzene" */
    if ((all != count && !five) || sub->order != 1) return false;
    const int n = five ? 5 : f->n;
    for (int i = 0; i < n; i++) {
        if (!*f->a[i].locant) continue;
        while (name_free(f, i) > 0)
            if (!name_join(f, i, sub)) return false;
    }
    return true;
}

static bool is_chain(const name_fragment *f) {
    for (int i = 0; i < f->n; i++)
        if (f->a[i].number != 6) return false;
    return f->m < f->n;
}

/* Of "3O": the only hydroxy group on that atom. */
static int oxygen_of(const name_fragment *f, const char *locant) {
    char plain[NAME_LOCANT];
    snprintf(plain, sizeof plain, "%.*s", (int)strcspn(locant, "O"), locant);
    return name_hydroxy(f, name_at(f, plain));
}

/* "abieta-8,11,13-triene substituted by a carboxy group at position 18", "26-carboxycholesterol":
 * chemists mean that this methyl group has become it. */
static bool is_oxidised(const name_fragment *sub) {
    bool oxygens = sub->n == 2 || sub->n == 3;
    for (int i = 0; i < sub->n; i++) oxygens &= sub->a[i].number == (i == sub->from ? 6 : 8);
    return oxygens && sub->order == 1 && sub->a[sub->from].charge == 0 &&
           name_orders(sub, sub->from) == sub->n;
}

/* "28-(hydroxymethyl)": on that methyl group, or in its place? */
static bool has_oxygen(const name_fragment *sub) {
    bool found = false;
    for (int j = 0; j < sub->m && sub->a[sub->from].number == 6; j++) {
        const name_bond *b = &sub->b[j];
        if (b->a == sub->from || b->b == sub->from)
            found |= sub->a[b->a == sub->from ? b->b : b->a].number == 8;
    }
    return found;
}

static bool oxidise(name_fragment *f, int at, bool acid) {
    const int oxo = name_add_atom(f, 8), hydroxy = acid ? name_add_atom(f, 8) : -1;
    return name_bind(f, at, oxo, 2) && (!acid || name_bind(f, at, hydroxy, 1));
}

static bool put_group(name_fragment *f, const name_part *p, const name_fragment *sub) {
    if (!sub->order) return false;
    if (p->places) {
        for (int k = 0; k < p->places; k++) {
            char face;
            const int own = name_at_face(f, p->place[k], &face), next = f->n + sub->from;
            int at = f->residue ? name_residue_place(f, p->place[k], sub, p->closed) : -2;
            if (at == -2)
                at = face                       ? own
                     : strchr(p->place[k], 'O') ? oxygen_of(f, p->place[k])
                                                : name_place(f, p->place[k]);
            if (at >= 0 && at < f->own && name_free(f, at) == 3 && has_oxygen(sub)) {
                if (!is_oxidised(sub) || !oxidise(f, at, sub->n == 3)) return false;
                continue;
            }
            if (at < 0 || !name_join(f, at, sub)) return false;
            if (face && (sub->order > 1 || !name_tell(f, at, next, face))) return false;
        }
        f->alike = false;
        return true;
    }
    if (p->count == 1 && f->order && is_chain(f) && is_chain(sub)) return false; /* "ethylmethyl" */
    if (sub->glycosyl && !f->order && !f->alike) return false; /* "glucosyltyrosine" */
    const bool alike = f->alike;
    /* "4-bromochlorobenzene": the one without a locant is at 1 */
    const bool first = p->beside && p->count == 1 && !f->order && is_benzene(f) && sub->n <= 4;
    if (p->beside) f->loose = true;
    if (p->beside && !first) f->alike = false;
    int at = only_place(f, sub->order, p->count);
    if (at < 0 && p->count == 1 && !p->beside && (at = any_place(f, sub)) >= 0) f->loose = true;
    f->alike = alike;
    if (at < 0) return fill(f, sub, p->count);
    for (int k = 0; k < p->count; k++)
        if (!name_join(f, at, sub)) return false;
    f->alike = false;
    return true;
}

/* "1,2,3,4-tetrahydro...-1-one": its bond out of the ring says so already. */
static bool double_out(const name_fragment *f, int at) {
    if (f->order && f->from == at) return true; /* "8,9-dihydropurin-9-yl" */
    for (int j = 0; j < f->m; j++)
        if (f->b[j].order == 2 && (f->b[j].a == at || f->b[j].b == at)) return true;
    return false;
}

/* "1,2,3,4,4a,9,10,10a-octahydrophenanthrene-4a-carboxylic acid": what hangs on it says so as
 * well. */
static bool has_no_place(const name_fragment *f, int at) {
    const int full = f->a[at].number == 6 ? 4 : f->a[at].number == 7 && !f->a[at].charge ? 3 : 0;
    return full && !f->a[at].told && name_orders(f, at) == full && !(f->order && f->from == at);
}

bool name_put_hydro(name_fragment *f, const name_part *p) {
    if (!p->places) { /* "tetrahydro" alone says all, where that is all there is */
        int flat = 0;
        for (int i = 0; i < f->n; i++) flat += f->a[i].flat && !f->a[i].sat && f->a[i].number < 8;
        if (flat != p->count) return false;
        for (int i = 0; i < f->n; i++) f->a[i].sat |= f->a[i].flat && f->a[i].number < 8;
        return true;
    }
    for (int k = 0; k < p->places; k++) {
        const int at = name_at(f, p->place[k]);
        if (at < 0 || !f->a[at].flat ||
            (f->a[at].sat && !f->a[at].due && !double_out(f, at) && !has_no_place(f, at)))
            return false;
        f->a[at].sat = true, f->a[at].due = false;
    }
    return true;
}

bool name_put_indicated(name_fragment *f, const name_part *p) {
    for (int k = 0; k < p->places; k++) {
        const int at = name_at(f, p->place[k]);
        if (at < 0 || !f->a[at].flat) return false;
        for (int i = 0; i < f->n; i++)
            if (f->a[i].ring == f->a[at].ring) f->a[i].maybe = false;
        f->a[at].sat = f->a[at].told = true, f->a[at].due = false;
    }
    return true;
}

static int highest_locant(const name_fragment *f) {
    int best = 0;
    for (int i = 0; i < f->n; i++) best = atoi(f->a[i].locant) > best ? atoi(f->a[i].locant) : best;
    return best;
}

/* Atoms over a ring: numbered behind it, from the end of the higher locant. */
static bool put_bridge(name_fragment *f, const name_part *p) {
    char face[2];
    const int from = name_at_face(f, p->place[0], &face[0]),
              to = name_at_face(f, p->place[1], &face[1]);
    const int next = highest_locant(f) + 1;
    if (from < 0 || to < 0 || from == to || !name_take(f, from, 1)) return false;
    const int first = name_add(f, p->bridge, NULL), n = f->n - first;
    if (first < 0 || !name_bind(f, from, first, 1) || !name_take(f, to, 1) ||
        !name_bind(f, f->n - 1, to, 1))
        return false;
    if ((face[0] && !name_tell(f, from, first, face[0])) ||
        (face[1] && !name_tell(f, to, f->n - 1, face[1])))
        return false;
    const char *a = p->place[0], *b = p->place[1];
    const bool down = atoi(a) != atoi(b) ? atoi(a) > atoi(b) : strcmp(a, b) > 0;
    for (int k = 0; k < n; k++) {
        name_atom *atom = &f->a[down ? first + k : first + n - 1 - k];
        if (next + k < 1000) snprintf(atom->locant, NAME_LOCANT, "%d", (next + k) % 1000);
    }
    f->alike = false;
    return true;
}

/* All bridges, that with the highest end first. */
static bool put_bridges(name_fragment *f, const name_part *parts, int n) {
    bool done[NAME_PARTS + 1] = {false};
    for (;;) {
        int best = -1, most = -1;
        for (int k = 0; k < n; k++) {
            if (parts[k].kind != PART_BRIDGE || done[k]) continue;
            const int a = atoi(parts[k].place[0]), b = atoi(parts[k].place[1]);
            const int high = a > b ? a : b;
            if (high == most) return false; /* which comes first? */
            if (high > most) best = k, most = high;
        }
        if (best < 0) return true;
        done[best] = true;
        if (!put_bridge(f, &parts[best])) return false;
    }
}

static bool put_lambda(name_fragment *f, const name_part *p) {
    for (int k = 0; k < p->places; k++) {
        const int at = name_at(f, p->place[k]);
        if (at < 0) return false;
        f->a[at].lambda = p->lambda[k];
        if (!name_may_lambda(&f->a[at])) return false;
    }
    return true;
}

/* "(E)-" without a locant: the chain's only double bond between carbons and nitrogens. */
static name_bond *only_double(name_fragment *f) {
    name_bond *found = NULL;
    for (int j = 0; j < f->m; j++) {
        name_bond *b = &f->b[j];
        if (b->order != 2 || f->a[b->a].number > 7 || f->a[b->b].number > 7) continue;
        if (found || f->m >= f->n) return NULL;
        found = b;
    }
    return found;
}

/* Whether an atom has a lower locant than another one of the same unit. */
static bool comes_before(const name_fragment *f, int atom, int other) {
    const char *a = f->a[atom].locant, *b = f->a[other].locant;
    const int low = atoi(a), high = atoi(b);
    const bool primed = strchr(a, '\'') != NULL;
    return low > 0 && low < high && primed == (strchr(b, '\'') != NULL);
}

/* "(e,e)-" without locants: all double bonds of a chain, as many as there are labels. */
static bool put_all_sides(name_fragment *f, const name_part *p) {
    int n = 0;
    for (int k = 0; k < p->places; k++)
        if (*p->place[k] || p->mark[k] != p->mark[0]) return false;
    for (int j = 0; j < f->m; j++)
        n += f->b[j].order == 2 && f->a[f->b[j].a].number == 6 && f->a[f->b[j].b].number == 6;
    if (n != p->places || f->m >= f->n || f->order) return false;
    for (int j = 0; j < f->m; j++)
        if (f->b[j].order == 2 && f->a[f->b[j].a].number == 6 && f->a[f->b[j].b].number == 6)
            f->b[j].ez = p->mark[0];
    return true;
}

static bool put_cip(name_fragment *f, const name_part *p) {
    if (p->places > 1 && strchr("EZ", p->mark[0]) && put_all_sides(f, p)) return true;
    for (int k = 0; k < p->places; k++) {
        if (strchr("ABXabx", p->mark[k])) continue; /* when all groups are there */
        const bool bond = p->mark[k] == 'E' || p->mark[k] == 'Z';
        name_bond *only = bond && !*p->place[k] && !f->any_ez ? only_double(f) : NULL;
        if (only) {
            if (only->ez) return false;
            only->ez = p->mark[k];
            continue;
        }
        if (!*p->place[k] && (bond ? f->any_ez : f->any_cip)) return false; /* "(r,s)-" */
        for (int i = 0; i < f->n && !*p->place[k] && !bond; i++)
            if (f->residue && (f->a[i].centre || f->a[i].cip))
                return false; /* "(r)-" of D-valine */
        if (!*p->place[k]) {
            *(bond ? &f->any_ez : &f->any_cip) = p->mark[k];
            continue;
        }
        const int at = name_at(f, p->place[k]);
        if (at < 0) return false;
        if (!bond) {
            if (f->a[at].cip && f->a[at].cip != p->mark[k]) return false; /* "6aR,6aS" */
            f->a[at].cip = p->mark[k];
            continue;
        }
        name_bond *found = NULL; /* the one that goes on to higher locants */
        bool before = false;     /* "(3e)-hex-2-ene": one ends there */
        for (int i = 0; i < f->m; i++) {
            name_bond *b = &f->b[i];
            if (b->order != 2 || (b->a != at && b->b != at)) continue;
            if (comes_before(f, b->a == at ? b->b : b->a, at))
                before = true;
            else
                found = b;
        }
        if (!found && before) return false;
        if (found) found->ez = p->mark[k]; /* else of a group, "5-benzylidene": put_faces() */
    }
    return true;
}

/* A way from one atom to another without a third, of few bonds: they are in one ring. */
static bool joined(const name_fragment *f, int from, int to, int without, int bonds) {
    if (from == to) return true;
    for (int j = 0; j < f->m && bonds; j++) {
        const name_bond *b = &f->b[j];
        const int next = b->a == from ? b->b : b->b == from ? b->a : -1;
        if (next >= 0 && next != without && joined(f, next, to, without, bonds - 1)) return true;
    }
    return false;
}

/* What "17beta" in front means: all that is there beside hydrogens, or the parent's own, or the
 * only one that is no carbon; -1. */
static int faced(const name_fragment *f, const name_atom *a) {
    int own = -1, other = -1, n = 0, odd = 0;
    if (a->face != '2') return a->near[3];
    for (int k = 2; k < 4; k++) {
        if (a->near[k] >= NEAR_FREE) continue;
        n++;
        if (a->near[k] < f->own) own = own < 0 ? a->near[k] : NEAR_H;
        if (f->a[a->near[k]].number != 6) other = a->near[k], odd++;
    }
    const int pair[2] = {a->near[2], a->near[3]}, centre = (int)(a - f->a);
    const bool one = n == 2 && !joined(f, pair[0], pair[1], centre, 5); /* no lactone */
    for (int k = 0; k < 2 && one; k++) { /* of "17-ethynyl-17-hydroxy" either; of a pregnane's
                                          * side chain and 17-hydroxy group as well */
        const bool triple = name_alkyne(f, pair[k]);
        if (pair[k] < f->own ? odd && !triple : triple) return -1;
    }
    if (!n) return a->near[2] == NEAR_FREE || a->near[3] == NEAR_FREE ? NEAR_FREE : -1;
    if (n == 1) return a->near[2] < NEAR_FREE ? a->near[2] : a->near[3];
    return own >= 0 ? (own == NEAR_H ? -1 : own) : odd == 1 ? other : -1;
}

/* Programs write "(8alpha,9beta)" of natural steroids: more than one turned centre of the nucleus,
 * or one in brackets, is believed of retrosteroids alone; none of other parents, where it is not
 * clear which bonds at C-4 turn with it. */
static bool believed(const name_fragment *before, const name_fragment *f, bool closed) {
    static const char *const nucleus[] = {"8", "9", "10", "13", "14", "5"};
    const int c = name_at(f, "13"), d = name_at(f, "17");
    int turned = 0, retro = 0;
    bool steroid = false;
    for (int j = 0; j < f->m; j++)
        steroid |= (f->b[j].a == c && f->b[j].b == d) || (f->b[j].a == d && f->b[j].b == c);
    for (size_t k = 0; k < MG_COUNT(nucleus) - steroid; k++) {
        const int at = name_at(f, nucleus[k]);
        if (at < 0 || before->a[at].unsure || !before->a[at].centre) continue;
        if (before->a[at].face == f->a[at].face && before->a[at].near[2] == f->a[at].near[2])
            continue;
        turned++;
        retro += k == 1 || k == 2;
    }
    return turned <= (steroid && !closed) || (steroid && turned == 2 && retro == 2);
}

/* The label of the only double bond there, once all groups are there. */
static bool put_sides(name_fragment *f, int atom, char mark) {
    name_bond *found = NULL;
    for (int j = 0; j < f->m; j++) {
        name_bond *b = &f->b[j];
        if (b->order != 2 || (b->a != atom && b->b != atom)) continue;
        if (b->ez == mark) return true;
        if (found) return false;
        found = b;
    }
    if (!found || found->ez) return false;
    found->ez = mark;
    return true;
}

static bool put_faces(name_fragment *f, const name_part *p) {
    for (int k = 0; k < p->places; k++) {
        const bool bond = p->mark[k] == 'E' || p->mark[k] == 'Z';
        if (bond && *p->place[k] && !put_sides(f, name_at(f, p->place[k]), p->mark[k]))
            return false;
        if (!strchr("ABXabx", p->mark[k])) continue;
        const int at = name_at(f, p->place[k]);
        if (islower((unsigned char)p->mark[k])) { /* "1alphaH" */
            const char side = (char)toupper((unsigned char)p->mark[k]);
            if (at < 0 || !name_near_face(&f->a[at], NEAR_H, side)) return false;
            continue;
        }
        const int what = at < 0 || !f->a[at].centre ? -1 : faced(f, &f->a[at]);
        if (what < 0) return false;
        /* of a kaurane's bridgeheads, a labdane's C-9 the other neighbour is meant */
        const char *locant = what < f->own ? f->a[what].locant : "";
        const bool bridge = (!strcmp(p->place[k], "8") && !strcmp(locant, "15")) ||
                            (!strcmp(p->place[k], "13") && !strcmp(locant, "16")) ||
                            (!strcmp(p->place[k], "9") && !strcmp(locant, "11"));
        const char mark = !bridge || p->mark[k] == 'X' ? p->mark[k] : p->mark[k] == 'A' ? 'B' : 'A';
        if (!name_tell(f, at, what, mark)) return false;
    }
    return true;
}

/* The end of a list: faces that stand in front, and "ent". */
static void keep_faced(name_reader *r, const name_fragment *f, const name_part *parts,
                       name_ways *out) {
    bool more = false, ok = true;
    for (int k = 0; parts[k].kind != PART_END; k++)
        more |= parts[k].kind == PART_CIP || parts[k].kind == PART_ENT ||
                parts[k].kind == PART_SIDES;
    name_fragment *g = more ? malloc(sizeof *g) : NULL;
    if (!more) {
        name_keep(r, out, f);
        return;
    }
    if (!g) {
        r->failed = true;
        return;
    }
    *g = *f;
    for (int k = 0; parts[k].kind != PART_END && ok; k++)
        if (parts[k].kind == PART_CIP)
            ok = put_faces(g, &parts[k]) && believed(f, g, parts[k].closed);
    for (int k = 0; parts[k].kind != PART_END && ok; k++) {
        if (parts[k].kind != PART_ENT) continue;
        ok = g->own > 0;
        for (int i = 0; i < g->own; i++)
            if (g->a[i].centre) name_near_turn(&g->a[i]);
    }
    for (int k = 0; parts[k].kind != PART_END && ok; k++)
        if (parts[k].kind == PART_SIDES)
            ok = name_put_sides(g, parts[k].places, parts[k].count == 1);
    if (ok) name_keep(r, out, g);
    free(g);
}

/* All parts of a list on a copy of f: hydrogens first, then groups from the parent outwards, one
 * way of each after the other. */
static void put_groups(name_reader *r, const name_fragment *f, const name_part *parts, int k,
                       name_ways *out) {
    if (name_spent(r)) return;
    while (k >= 0 && parts[k].kind != PART_GROUP) k--;
    if (k < 0) {
        keep_faced(r, f, parts, out);
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

static bool is_hydrocarbon(const name_ways *w) {
    for (int k = 0; k < w->n; k++)
        for (int i = 0; i < w->f[k]->n; i++)
            if (w->f[k]->a[i].number != 6) return false;
    return true;
}

static bool is_organyl(const name_ways *w) { return w->n && w->f[0]->a[w->f[0]->from].number == 6; }

static char first_letter(const name_reader *r, size_t i) {
    while (i < r->n && !islower((unsigned char)r->s[i])) i++;
    return i < r->n ? r->s[i] : 0;
}

/* Readings that another goes before: "carboxymethylamino" with two groups on the nitrogen, "phenyl-
 * methylamino" with one. */
static bool is_loose(const name_reader *r, const name_fragment *f, const name_part *parts, int n) {
    const bool amino = f->order && f->n == 1 && f->a[0].number == 7;
    /* "trimethylpurinylammonium", "trimethyloxiranylsilane" can be both */
    if (!f->order && f->n == 1 && (f->a[0].charge > 0 || f->a[0].number > 8)) return false;
    for (int k = 0; k < n; k++) {
        const name_part *p = &parts[k], *next = k + 1 < n ? p + 1 : NULL;
        if (p->kind != PART_GROUP || p->places) continue;
        if (!next && p->hyphen) return true; /* "phenyl-methanol" */
        if (!next || next->kind != PART_GROUP || next->places || p->hyphen || p->closed ||
            next->closed)
            continue;
        /* but "benzylmethylamino" and "acetylmethylamino" can be both: they stand in order */
        const bool both = is_hydrocarbon(p->group) && is_hydrocarbon(next->group);
        const bool ordered = first_letter(r, p->text) <= first_letter(r, next->text);
        if (!both && !(amino && ordered && is_organyl(p->group) && is_organyl(next->group)))
            return true;
    }
    return false;
}

/* "2-aminoethylmethyl" in front of "amine": two groups without a bracket? */
static bool is_composed(const name_reader *r, size_t i) {
    static const char *const pairs[] = {"ethylmethylamin", "propylmethylamin", "butylmethylamin",
                                        "ethylethylamin", "propylethylamin"};
    for (size_t k = 0; k < MG_COUNT(pairs); k++)
        if (strstr(r->s + i, pairs[k])) return true;
    return false;
}

static bool located_at(const name_reader *r, size_t i) {
    return isdigit((unsigned char)r->s[i]) || (strchr("omp", r->s[i]) && r->s[i + 1] == '-');
}

/* "3-methoxy-1-piperazinylbenzene": of one group or of two? "4-chlorophenylethylamino" with both on
 * the nitrogen. */
static bool is_wrapped(const name_reader *r, const name_fragment *f, const name_part *parts,
                       int n) {
    const bool amino = f->order && f->n == 1 && f->a[0].number == 7 && !f->a[0].charge;
    for (int k = 0; k < n; k++) {
        const name_part *p = &parts[k], *next = k + 1 < n ? p + 1 : NULL;
        if (p->kind != PART_GROUP || p->closed || p->places || !p->group->n ||
            !located_at(r, p->text))
            continue;
        if (amino && next && next->kind == PART_GROUP && !p->hyphen && !next->closed &&
            !next->places && is_organyl(p->group) && is_organyl(next->group))
            return true;
        const name_fragment *sub = p->group->f[0];
        if (!is_benzene(f) || f->order || n > 1 || sub->m < sub->n) continue;
        const char *from = r->s + p->text, *yl = strstr(from, "yl");
        for (const char *c = from + 1; yl && c + 2 < yl; c++) /* "-1-", of a ring */
            if (*c == '-' && isdigit((unsigned char)c[1]) && c[2] == '-') return true;
    }
    return false;
}

/* "lauryloxypropylamine", "n-methoxymethylamine": on the nitrogen, or on what is on it? */
static bool is_unclear(const name_reader *r, const name_fragment *f, const name_part *parts,
                       int n) {
    if (is_wrapped(r, f, parts, n)) return true;
    for (int k = 0; k + 1 < n; k++) /* "2-[A]sulfanylacetic acid": of one group or of two? */
        if (parts[k].kind == PART_GROUP && parts[k].places && parts[k].closed && !parts[k].hyphen &&
            parts[k].count == 1 && isdigit((unsigned char)parts[k].place[0][0]) &&
            parts[k + 1].kind == PART_GROUP && !parts[k + 1].places && !parts[k + 1].closed)
            return true;
    if (f->order || f->n != 1 || f->a[0].number != 7) return false;
    for (int k = 0; k < n && f->a[0].charge > 0; k++) /* "cyanoethoxyethylammonium" */
        if (parts[k].kind == PART_GROUP && !parts[k].closed && n > 1 && !f->order &&
            !parts[k].hyphen && !is_organyl(parts[k].group))
            return k + 1 < n;
    if (f->a[0].charge) return false;
    for (int k = 0; k < n; k++) {
        const name_part *p = &parts[k], *next = k + 1 < n ? p + 1 : NULL;
        if (p->kind != PART_GROUP || p->closed) continue;
        if (p->places && !is_hydrocarbon(p->group)) return true;
        if (n == 1 && !is_hydrocarbon(p->group) && is_composed(r, p->text)) return true;
        if (next && next->kind == PART_GROUP && !next->closed && !p->hyphen && !p->places &&
            !next->places && !(is_hydrocarbon(p->group) && is_hydrocarbon(next->group)))
            return true;
    }
    return false;
}

/* "1,2-dichlorotetrafluorobenzene": what takes all places that are left comes last, which is in
 * front here. */
static void put_off_fillers(name_part *parts, int n) {
    for (int k = 1; k < n; k++) {
        const name_part p = parts[k];
        const bool more = k + 1 < n && parts[k + 1].kind == PART_GROUP && !parts[k + 1].places;
        if (p.kind != PART_GROUP || p.places || p.count < 3 || p.closed || more) continue;
        memmove(&parts[1], &parts[0], (size_t)k * sizeof *parts);
        parts[0] = p;
        return;
    }
}

void name_put_all(name_reader *r, const name_fragment *f, const name_part *parts, int n,
                  name_ways *out) {
    name_fragment *g = malloc(sizeof *g);
    bool ok = g != NULL;
    if (!g) {
        r->failed = true;
        return;
    }
    *g = *f;
    ok = !is_unclear(r, f, parts, n) && put_bridges(g, parts, n);
    for (int k = n - 1; k >= 0 && ok; k--) {
        if (parts[k].kind == PART_DEHYDRO || parts[k].kind == PART_DEOXY ||
            parts[k].kind == PART_EPI || (parts[k].kind == PART_HYDRO && g->own))
            ok = name_put_change(g, &parts[k]);
        else if (parts[k].kind == PART_HYDRO)
            ok = name_put_hydro(g, &parts[k]);
        if (parts[k].kind == PART_LAMBDA) ok = put_lambda(g, &parts[k]);
        if (parts[k].kind == PART_INDICATED) ok = name_put_indicated(g, &parts[k]);
    }
    for (int k = n - 1; k >= 0 && ok; k--)
        if (parts[k].kind == PART_CIP) ok = put_cip(g, &parts[k]);
    name_part *own = ok ? malloc((size_t)(n + 1) * sizeof *own) : NULL;
    if (ok && !own) r->failed = true;
    if (own) {
        bool located = false;
        for (int k = 0; k < n; k++) located |= parts[k].kind == PART_GROUP && parts[k].places;
        memcpy(own, parts, (size_t)n * sizeof *own);
        for (int k = 0; k < n; k++) {
            own[k].beside = located;
            if (own[k].kind == PART_SIDES) own[k].places = g->n;
        }
        own[n].kind = PART_END;
        if (located) put_off_fillers(own, n);
        g->loose |= is_loose(r, f, parts, n);
        const name_part *last = n ? &parts[n - 1] : NULL; /* "fluoro-methoxy" is two groups */
        const bool apart = last && last->kind == PART_GROUP && !last->places && last->hyphen;
        if (!apart || !g->order || last->closed) put_groups(r, g, own, n - 1, out);
    }
    free(own);
    free(g);
}
