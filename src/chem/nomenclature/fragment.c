/* fragment.c - pieces of a molecule as a name builds them: atoms with locants, bonds, flat rings.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int element(const char *s, size_t n) {
    static const struct {
        const char *symbol;
        int number;
    } table[] = {{"B", 5},   {"C", 6},
                 {"N", 7},   {"O", 8},
                 {"F", 9},   {"Si", 14},
                 {"P", 15},  {"S", 16},
                 {"Cl", 17}, {"As", 33},
                 {"Se", 34}, {"Br", 35},
                 {"I", 53},  {"Na", 11},
                 {"K", 19},  {"Li", 3},
                 {"Ge", 32}, {"Sn", 50},
                 {"Pb", 82}, {"Sb", 51},
                 {"Bi", 83}, {"Te", 52},
                 {"Hg", 80}, {"Al", 13},
                 {"Ga", 31}, {"D", NAME_DEUTERIUM},
                 {"In", 49}, {"Tl", 81},
                 {"Cd", 48}, {"Zn", 30}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (strlen(table[i].symbol) == n && toupper((unsigned char)s[0]) == table[i].symbol[0] &&
            (n == 1 || s[1] == table[i].symbol[1]))
            return table[i].number;
    return 0;
}

static int valence(const name_atom *a) {
    if (a->lambda) return a->lambda;
    switch (a->number) {
    case 5:
    case 13:
    case 31:
    case 49:
    case 81: return 3;
    case 80:
    case 48:
    case 30: return 2;
    case 82:
    case 6:
    case 14:
    case 32:
    case 50: return 4;
    case 7:
    case 15:
    case 33:
    case 51:
    case 83: return 3 + (a->charge > 0) - (a->charge < 0);
    case 8:
    case 16:
    case 34:
    case 52: return 2 + (a->charge > 0) - (a->charge < 0);
    case NAME_DEUTERIUM: return 1;
    case 9:
    case 17:
    case 35:
    case 53: return 1 - (a->charge < 0);
    default: return 0;
    }
}

bool name_may_lambda(const name_atom *a) {
    if (!a->lambda) return true;
    return a->number == 15 || a->number == 33 || a->number == 51 || a->number == 83
               ? a->lambda == 5
               : (a->number == 16 || a->number == 34 || a->number == 52) &&
                     (a->lambda == 4 || a->lambda == 6);
}

int name_orders(const name_fragment *f, int atom) {
    int sum = 0;
    for (int i = 0; i < f->m; i++)
        if (f->b[i].a == atom || f->b[i].b == atom) sum += f->b[i].order;
    return sum;
}

int name_free(const name_fragment *f, int atom) {
    const name_atom *a = &f->a[atom];
    int v = valence(a), used = name_orders(f, atom);
    if (f->order && f->from == atom) used += f->order;
    if ((a->number == 16 || a->number == 15) && used > v) v = used + (used - v) % 2;
    const bool heavy = (a->number == 8 || a->number == 16 || a->number == 34) && a->charge <= 0;
    return v - used - (a->flat && !a->sat && !a->maybe && !heavy);
}

int name_add_atom(name_fragment *f, int number) {
    if (f->n == NAME_ATOMS) return -1;
    f->a[f->n] = (name_atom){.number = (uint8_t)number};
    return f->n++;
}

bool name_bind(name_fragment *f, int a, int b, int order) {
    if (a < 0 || b < 0 || f->m == NAME_BONDS) return false;
    f->b[f->m++] = (name_bond){(uint8_t)a, (uint8_t)b, (uint8_t)order, 0};
    name_near_bind(&f->a[a], b, f->order && f->from == a);
    name_near_bind(&f->a[b], a, f->order && f->from == b);
    return true;
}

void name_chain(name_fragment *f, int carbons, bool ring) {
    for (int i = 0; i < carbons; i++) {
        const int at = name_add_atom(f, 6);
        snprintf(f->a[at].locant, NAME_LOCANT, "%d", (i + 1) % 1000);
        if (i) name_bind(f, at - 1, at, 1);
    }
    if (ring) name_bind(f, carbons - 1, 0, 1);
    f->alike = ring || carbons < 3;
}

static void add_locants(name_fragment *f, int first, const char *locants) {
    for (int i = first; i < f->n && locants; i++) {
        const size_t k = strcspn(locants, "/");
        if (k < NAME_LOCANT) memcpy(f->a[i].locant, locants, k);
        locants = locants[k] ? locants + k + 1 : NULL;
    }
}

typedef struct in_order { /* of an atom's neighbours in a SMILES; rings that are open: OPEN and
                           * digit
                           */
    uint8_t near[4];
    int n, turns; /* number of "@" */
} in_order;
enum { OPEN = 230 };

static void order_add(in_order *o, int near) {
    if (o->n < 4) o->near[o->n] = (uint8_t)near;
    o->n++;
}

/* What the SMILES says of a centre; false: not enough. */
static bool order_keep(const in_order *o, name_atom *a, bool first) {
    const int missing = first && o->n == 3;
    if (!o->turns) return true;
    if (o->n + missing != 4) return false;
    a->near[0] = NEAR_FREE;
    memcpy(a->near + missing, o->near, (size_t)o->n);
    a->centre = true;
    if (o->turns == 2) name_near_turn(a);
    return true;
}

/* An atom of a SMILES at *s. */
static int read_atom(name_fragment *f, const char **s, in_order *own) {
    const char *p = *s;
    const bool bracket = *p == '[';
    p += bracket;
    size_t n = p[0] && p[1] && islower((unsigned char)p[1]) && isupper((unsigned char)p[0]) &&
                       element(p, 2)
                   ? 2
                   : 1;
    if (bracket && p[0] == 's' && p[1] == 'e') n = 2;
    const int number = element(p, n);
    const int at = number ? name_add_atom(f, number) : -1;
    if (at < 0) return -1;
    f->a[at].flat = islower((unsigned char)*p);
    p += n;
    if (bracket) {
        while (*p == '@') own->turns++, p++;
        if (*p == 'H' && own->turns) order_add(own, NEAR_H);
        f->a[at].maybe = *p == 'H' && f->a[at].flat;
        while (*p == 'H' || isdigit((unsigned char)*p)) p++;
        for (; *p == '+' || *p == '-'; p++)
            f->a[at].charge = (int8_t)(f->a[at].charge + (*p == '+' ? 1 : -1));
        if (*p++ != ']') return -1;
    }
    *s = p;
    return at;
}

int name_add(name_fragment *f, const char *smiles, const char *locants) {
    int stack[16], depth = 0, open[10], last = -1, bond = 1;
    const int first = f->n;
    bool flat = false;
    char label = 0; /* of a double bond */
    in_order near[NAME_ATOMS];
    for (int i = 0; i < 10; i++) open[i] = -1;
    for (const char *s = smiles; *s;) {
        if (*s == '(' && depth < 16) {
            stack[depth++] = last, s++;
        } else if (*s == ')' && depth) {
            last = stack[--depth], s++;
        } else if (strchr("-=#", *s)) {
            bond = *s == '-' ? 1 : *s == '=' ? 2 : 3, s++;
            if (bond == 2 && (*s == 'E' || *s == 'Z')) label = *s++;
        } else if (isdigit((unsigned char)*s)) {
            const int digit = *s++ - '0', from = open[digit];
            if (last < 0 || (from >= 0 && !name_bind(f, last, from, bond))) return -1;
            order_add(&near[last], from < 0 ? OPEN + digit : from);
            for (int k = 0; k < 4 && from >= 0 && k < near[from].n; k++)
                if (near[from].near[k] == OPEN + digit) near[from].near[k] = (uint8_t)last;
            open[digit] = from < 0 ? last : -1;
            bond = 1;
        } else if (*s == '@') { /* its label behind the atom */
            if (last >= 0) f->a[last].cip = s[1];
            s += 2;
        } else {
            in_order own = {0};
            if (last >= 0) order_add(&own, last);
            const int at = read_atom(f, &s, &own);
            if (at < 0 || (last >= 0 && !name_bind(f, last, at, bond))) return -1;
            if (last >= 0) order_add(&near[last], at);
            if (label) f->b[f->m - 1].ez = label, label = 0;
            flat |= f->a[at].flat;
            near[at] = own;
            last = at, bond = 1;
        }
    }
    for (int i = first; i < f->n; i++)
        if (!order_keep(&near[i], &f->a[i], i == first)) return -1;
    if (flat) {
        f->rings++;
        for (int i = first; i < f->n; i++)
            if (f->a[i].flat) f->a[i].ring = (uint8_t)f->rings;
    }
    add_locants(f, first, locants);
    return first;
}

int name_at(const name_fragment *f, const char *locant) {
    for (int i = 0; i < f->n; i++)
        if (*f->a[i].locant && !strcmp(f->a[i].locant, locant)) return i;
    return -1;
}

int name_at_face(const name_fragment *f, const char *locant, char *face) {
    char plain[NAME_LOCANT];
    const size_t n = strlen(locant);
    *face = n > 1 && strchr("ABXRS", locant[n - 1]) ? locant[n - 1] : 0;
    snprintf(plain, sizeof plain, "%.*s", (int)(n - (*face != 0)), locant);
    return name_at(f, plain);
}

bool name_tell(name_fragment *f, int atom, int other, char face) {
    for (int j = 0; j < f->m; j++) /* "7alpha-hydroxy" where a double bond is */
        if (f->b[j].order > 1 && (f->b[j].a == atom || f->b[j].b == atom)) return false;
    if (face != 'R' && face != 'S') return name_near_face(&f->a[atom], other, face);
    if (f->a[atom].cip) return false;
    f->a[atom].cip = face;
    return true;
}

int name_hydroxy(const name_fragment *f, int atom) {
    int found = -1;
    for (int j = 0; j < f->m && atom >= 0; j++) {
        const name_bond *b = &f->b[j];
        const int other = b->a == atom ? b->b : b->b == atom ? b->a : -1;
        if (other < 0 || f->a[other].number != 8 || f->a[other].charge || name_free(f, other) != 1)
            continue;
        if (found >= 0) return -1;
        found = other;
    }
    return found;
}

bool name_alkyne(const name_fragment *f, int atom) {
    for (int j = 0; j < f->m; j++)
        if (f->b[j].order == 3 && (f->b[j].a == atom || f->b[j].b == atom)) return true;
    return false;
}

/* Another atom of the ring has the indicated hydrogen. */
static void choose(name_fragment *f, int atom) {
    for (int i = 0; i < f->n; i++)
        if (i != atom && f->a[i].ring == f->a[atom].ring) f->a[i].maybe = false;
    f->a[atom].sat = true;
}

bool name_take(name_fragment *f, int atom, int order) {
    name_atom *a = &f->a[atom];
    if (a->flat && !a->sat) {
        if (a->maybe || order == 2) {
            if (a->maybe && order == 1 && a->number != 7) return name_free(f, atom) >= order;
            if (a->maybe || order == 1) choose(f, atom);
            a->sat = true;
        } else if (a->number == 7 && name_free(f, atom) == 0) {
            bool other = false; /* "2-methylindazole": 1H is only the usual form */
            for (int i = 0; i < f->n; i++) other |= f->a[i].ring == a->ring && f->a[i].maybe;
            if (other)
                choose(f, atom);
            else if (name_orders(f, atom) ==
                     2) /* "1,2-dihydroquinolin-1-yl": the hydrogens come later */
                a->sat = a->due = true;
        }
    }
    /* "2,2-dimethyl", "10,13-dimethyl": no place is left for a double bond */
    if (a->flat && !a->sat && a->number == 6 && order == 1 &&
        valence(a) - name_orders(f, atom) == 1 && !(f->order && f->from == atom))
        a->sat = true;
    /* sulfoxides and sulfones */
    if (a->number == 16 && order == 2 && !a->charge && name_orders(f, atom) <= 4 &&
        name_orders(f, atom) % 2 == 0 && !(f->order && f->from == atom))
        return true;
    return name_free(f, atom) >= order;
}

bool name_open_valence(name_fragment *f, const char *locant, int order) {
    char face = 0;
    const int at = *locant ? name_at_face(f, locant, &face) : 0;
    if (at < 0 || !name_take(f, at, order)) return false;
    f->from = (uint8_t)at;
    f->order = (uint8_t)order;
    bool open = false;
    for (int k = 0; k < 4; k++) open |= f->a[at].near[k] == NEAR_FREE;
    if (!open) name_near_bind(&f->a[at], NEAR_FREE, true);
    return !face || (order == 1 && name_tell(f, at, NEAR_FREE, face));
}

/* The only atom or double bond of a substituent that "(R)-" or "(E)-" in front of it can mean. */
static bool settle(name_fragment *sub) {
    int found = 0;
    for (int i = 0; i < sub->n && sub->any_cip; i++) {
        int single = i == sub->from, more = 0;
        for (int j = 0; j < sub->m; j++) {
            if (sub->b[j].a != i && sub->b[j].b != i) continue;
            single += sub->b[j].order == 1, more += sub->b[j].order > 1;
        }
        const bool oxide = sub->a[i].number == 16 && more == 1 && single == 2;
        if (!oxide && (sub->a[i].number != 6 || sub->a[i].flat || sub->a[i].cip || more ||
                       single < 3 || name_near_known(sub, i)))
            continue;
        sub->a[i].cip = sub->any_cip;
        found++;
    }
    if (sub->any_cip && found != 1) return false;
    found = 0;
    for (int j = 0; j < sub->m && sub->any_ez; j++) {
        name_bond *b = &sub->b[j];
        if (b->order != 2 || sub->a[b->a].number > 7 || sub->a[b->b].number > 7) continue;
        b->ez = sub->any_ez;
        found++;
    }
    if (sub->any_ez && found != 1) return false;
    sub->any_cip = sub->any_ez = 0;
    return true;
}

static bool is_carboxy(const name_fragment *f) {
    return f->n == 3 && f->a[f->from].number == 6 && f->a[1].number == 8 && f->a[2].number == 8;
}

bool name_join(name_fragment *f, int atom, const name_fragment *given) {
    const int first = f->n, rings = f->rings;
    int relative = 0;
    for (int i = 0; i < f->n; i++)
        relative = f->a[i].relative > relative ? f->a[i].relative : relative;
    name_fragment own;
    const name_fragment *sub = given;
    if (given->any_cip || given->any_ez) {
        own = *given;
        if (!settle(&own)) return false;
        sub = &own;
    }
    const int number = f->a[atom].number, bound = sub->a[sub->from].number;
    /* a halogen or nitrogen on oxygen or sulfide is said otherwise */
    if ((number == 8 || (number == 16 && name_orders(f, atom) < 2)) && bound != 6 && bound != 14 &&
        bound != 15 && bound != 16 && bound != 5 && bound != 33 && bound != 51 && bound != 83 &&
        bound != 50 && bound != 32 && bound != 82 && bound != 80 && bound != 34 &&
        bound != NAME_DEUTERIUM)
        return false;
    if (number == 7 && is_carboxy(sub)) f->loose = true; /* "carboxymethylamino" */
    f->open = false;
    f->loose |= sub->loose;
    if (!sub->order || sub->open || !name_take(f, atom, sub->order) || f->n + sub->n > NAME_ATOMS ||
        f->m + sub->m + 1 > NAME_BONDS)
        return false;
    for (int i = 0; i < sub->n; i++) {
        name_atom a = sub->a[i];
        *a.locant = 0;
        if (a.ring) a.ring = (uint8_t)(a.ring + rings);
        if (a.relative) a.relative = (uint8_t)(a.relative + relative);
        name_near_shift(&a, first);
        f->a[f->n++] = a;
    }
    for (int i = 0; i < sub->m; i++) {
        name_bond b = sub->b[i];
        b.a = (uint8_t)(b.a + first), b.b = (uint8_t)(b.b + first);
        f->b[f->m++] = b;
    }
    f->rings += sub->rings;
    return name_bind(f, atom, first + sub->from, sub->order);
}

/* ---- double bonds of flat rings ---- */

static bool wants(const name_fragment *f, int i) {
    const name_atom *a = &f->a[i];
    const bool heavy = (a->number == 8 || a->number == 16 || a->number == 34) && a->charge <= 0;
    return a->flat && !a->sat && !heavy && valence(a) > name_orders(f, i);
}

/* A perfect matching of the atoms that want a double bond and have none: partner[]. */
static bool match(name_fragment *f, int *partner, int *budget) {
    int best = -1, least = 99;
    if (--*budget < 0) return false;
    for (int i = 0; i < f->n; i++) {
        if (partner[i] != -1) continue;
        int k = 0;
        for (int j = 0; j < f->m; j++) {
            const name_bond *b = &f->b[j];
            if ((b->a == i && partner[b->b] == -1) || (b->b == i && partner[b->a] == -1)) k++;
        }
        if (k < least) best = i, least = k;
    }
    if (best < 0) return true;
    for (int j = 0; j < f->m && least; j++) {
        const name_bond *b = &f->b[j];
        const int other = b->a == best ? b->b : b->b == best ? b->a : -1;
        if (other < 0 || partner[other] != -1 || b->order != 1) continue;
        partner[best] = other, partner[other] = best;
        if (match(f, partner, budget)) return true;
        partner[best] = partner[other] = -1;
    }
    return false;
}

static bool kekulise_ring(name_fragment *f, int ring) {
    int partner[NAME_ATOMS], budget = 5000;
    for (int i = 0; i < f->n; i++) partner[i] = f->a[i].ring == ring && wants(f, i) ? -1 : -2;
    if (!match(f, partner, &budget)) return false;
    for (int j = 0; j < f->m; j++)
        if (partner[f->b[j].a] == f->b[j].b && partner[f->b[j].b] == f->b[j].a) f->b[j].order = 2;
    return true;
}

/* The hydrogen that a ring needs and its name does not tell: at one of the usual places, or at any
 * of its atoms; false where there is a choice. */
static bool place_hydrogen(name_fragment *f, int ring, bool usual) {
    int found = -1;
    for (int i = 0; i < f->n; i++) {
        name_atom *a = &f->a[i];
        if (a->ring != ring || !wants(f, i) || a->charge || (usual && !a->maybe)) continue;
        name_bond before[NAME_BONDS];
        a->sat = true;
        memcpy(before, f->b, sizeof before);
        if (kekulise_ring(f, ring)) {
            if (found >= 0) return false;
            found = i;
        }
        memcpy(f->b, before, sizeof before);
        a->sat = false;
    }
    if (found < 0) return false;
    f->a[found].sat = true;
    return kekulise_ring(f, ring);
}

bool name_kekulise(name_fragment *f) {
    for (int r = 1; r <= f->rings; r++) {
        int due = 0, exo = 0; /* "3,7-dimethylpurine-2,6-dione": an oxo group says it as well */
        for (int i = 0; i < f->n; i++) {
            if (f->a[i].ring != r) continue;
            due += f->a[i].due;
            exo += f->a[i].told; /* "2-methyl-3,4-dihydro-1h-isoquinoline" */
            for (int j = 0; j < f->m; j++)
                exo += f->a[i].number == 6 && f->b[j].order == 2 &&
                       (f->b[j].a == i || f->b[j].b == i) &&
                       f->a[f->b[j].a == i ? f->b[j].b : f->b[j].a].ring != r;
        }
        if (due > exo) return false;
    }
    for (int r = 1; r <= f->rings; r++) {
        bool usual = false;
        for (int i = 0; i < f->n; i++) usual |= f->a[i].ring == r && f->a[i].maybe && !f->a[i].sat;
        if (!kekulise_ring(f, r) && !(usual && place_hydrogen(f, r, true)) &&
            !place_hydrogen(f, r, false))
            return false;
    }
    for (int i = 0; i < f->n; i++) f->a[i].flat = false; /* the bonds say it now */
    return true;
}
