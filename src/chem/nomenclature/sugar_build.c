/* sugar_build.c - the atoms of one sugar: a chain of carbons with an oxygen on each, closed by the
 * oxygen of one of them, or open.
 *
 * A centre's neighbours are near[] = carbon before, oxygen, carbon behind, hydrogen: seen from the
 * first the others stand anticlockwise when the oxygen is on the right in Fischer's projection (the
 * hydrogens and oxygens come towards us, the chain goes away). Of an anomeric carbon the ring's
 * oxygen stands for the carbon before. The anomer is alpha when its oxygen is on the side of the
 * reference atom's, the last centre of the configuration that the name says last.
 */
#include "chem/nomenclature/sugar.h"

#include <stdio.h>
#include <string.h>

static unsigned bit(int carbon) { return 1u << carbon; }

static char other(char side) { return side == 'R' ? 'L' : side == 'L' ? 'R' : 0; }

static bool is_centre(const sugar *s, int i) {
    if (s->cyclitol) return true;
    if (i < 2 || i >= s->carbons || i == s->anomeric) return false;
    if (s->ene && (i == s->ene || i == s->ene + 1)) return false;
    return !(s->oxo & bit(i));
}

/* Sides of the centres from the configurations of a systematic name, the last of which stands on
 * the lowest carbons; the carbon of reference, 0: they do not fit. */
static int spread(sugar *s, unsigned bare) {
    int at = 2, reference = 0;
    memset(s->side, 0, sizeof s->side);
    for (int c = s->configs - 1; c >= 0; c--)
        for (const char *side = s->config[c].sides; *side; side++) {
            while (at < s->carbons && (!is_centre(s, at) || (bare & bit(at)))) at++;
            if (at >= s->carbons) return 0;
            if (c == s->configs - 1) reference = at;
            s->side[at++] = s->config[c].l ? other(*side) : *side;
        }
    for (; at < s->carbons; at++)
        if (is_centre(s, at) && !(bare & bit(at))) return 0;
    return reference;
}

static int last_centre(const sugar *s) {
    int found = 0;
    for (int i = 2; i < s->carbons; i++)
        if (s->side[i]) found = i;
    return found;
}

static void locant(name_fragment *f, int atom, const char *on, int carbon) {
    if (atom >= 0) snprintf(f->a[atom].locant, NAME_LOCANT, "%s%d", on, carbon);
}

static int hang(name_fragment *f, int carbon, int number, int order) {
    const int at = name_add_atom(f, number);
    return at >= 0 && name_bind(f, carbon, at, order) ? at : -1;
}

static bool put_acid(name_fragment *f, const sugar *s, int i) {
    const int one = hang(f, i - 1, 8, 2), hydroxy = hang(f, i - 1, 8, 1);
    if (one < 0 || hydroxy < 0) return false;
    locant(f, hydroxy, "o", i);
    if (!s->ion) return true;
    if (s->kind != SUGAR_FREE) f->a[hydroxy].charge = -1;
    if (s->kind == SUGAR_FREE && f->n_ends < NAME_ENDS) f->ends[f->n_ends++] = (uint8_t)hydroxy;
    return true;
}

/* What stands on carbon i; its atom, or -1; false: no room. */
static bool put_site(name_fragment *f, const sugar *s, int i, unsigned bare, int *site) {
    *site = -1;
    if ((i == 1 && s->acid_first && !s->lactone) || (i == s->carbons && s->acid_last))
        return put_acid(f, s, i);
    if (i == s->anomeric && s->ring && s->kind == SUGAR_GROUP) return true;
    const bool carbonyl = (i == s->anomeric && (!s->ring || s->lactone)) || (s->oxo & bit(i));
    if (carbonyl) return hang(f, i - 1, 8, 2) >= 0;
    if (bare & bit(i)) return true;
    const bool nitrogen = (s->amino & bit(i)) != 0;
    *site = hang(f, i - 1, nitrogen ? 7 : 8, 1);
    locant(f, *site, nitrogen ? "n" : "o", i);
    for (int m = 0; m < s->mores; m++) {
        if (s->more[m].carbon != i) continue;
        const int more = *site < 0 ? -1 : name_add(f, s->more[m].smiles, NULL);
        if (more < 0 || !name_bind(f, *site, more, 1)) return false;
        if (!nitrogen) *f->a[*site].locant = 0;
    }
    return *site >= 0;
}

static void set_centre(name_fragment *f, int atom, int before, int on, int behind, int last,
                       char side) {
    name_atom *a = &f->a[atom];
    const int near[4] = {before, on, behind, last};
    for (int k = 0; k < 4; k++) a->near[k] = (uint8_t)near[k];
    a->centre = true;
    if (side == 'L') name_near_turn(a);
}

/* D-apiofuranose; its anomer is said. */
static bool build_apiose(const sugar *s, unsigned without, name_fragment *f) {
    const char *smiles = s->anomer == 'b' ? "[C@@H]1OC[C@](O)(CO)[C@H]1O"
                                          : "[C@H]1OC[C@](O)(CO)[C@H]1O";
    if (without || !s->anomer || name_add(f, smiles, "1//4/3/o3/5/o5/2/o2") < 0) return false;
    f->anomer = 1;
    if (s->kind == SUGAR_GROUP) {
        f->order = 1, f->glycosyl = 1;
        return true;
    }
    const int oxygen = hang(f, 0, 8, 1);
    if (oxygen < 0) return false;
    locant(f, oxygen, "o", 1);
    if (s->kind == SUGAR_GLYCOSIDE) f->ends[f->n_ends++] = (uint8_t)oxygen, f->glycoside = true;
    return true;
}

bool sugar_build(const sugar *given, unsigned without, unsigned filled, name_fragment *f) {
    sugar s = *given;
    int site[SUGAR_CARBONS + 1];
    const unsigned bare = s.deoxy | without;
    memset(f, 0, sizeof *f);
    if (s.apiose) return build_apiose(&s, without, f);
    const int reference = s.configs ? spread(&s, bare & ~filled) : last_centre(&s);
    if (s.configs && !reference) return false;
    if (s.cyclitol && s.kind != SUGAR_FREE) return false;
    if (s.ring && (s.ring > s.carbons || s.ring < s.anomeric + 3 || (bare & bit(s.ring))))
        return false;
    name_chain(f, s.carbons, s.cyclitol);
    if (s.ene) f->b[s.ene - 1].order = 2;
    for (int i = 1; i <= s.carbons; i++)
        if (!put_site(f, &s, i, bare, &site[i])) return false;
    if (s.ring && !name_bind(f, s.anomeric - 1, site[s.ring], 1)) return false;
    if (s.kind == SUGAR_GROUP) {
        f->from = (uint8_t)(s.anomeric - 1), f->order = 1;
        f->glycosyl = s.plain ? 2 : 1;
    }
    for (int i = 1, n = s.carbons; i <= n; i++)
        if (is_centre(&s, i) && s.side[i])
            set_centre(f, i - 1, (i - 2 + n) % n, site[i] < 0 ? NEAR_H : site[i], i % n, NEAR_H,
                       s.side[i]);
    if (s.anomer && s.ring && !s.lactone) {
        if (!reference || !s.side[reference]) return false;
        const int a = s.anomeric;
        const int on = s.kind == SUGAR_GROUP ? NEAR_FREE : site[a] < 0 ? NEAR_H : site[a];
        const char side = s.anomer == 'a' ? s.side[reference] : other(s.side[reference]);
        set_centre(f, a - 1, site[s.ring], on, a, a > 1 ? a - 2 : NEAR_H, side);
    }
    if (s.kind == SUGAR_GLYCOSIDE) {
        if (!s.ring || site[s.anomeric] < 0) return false;
        f->ends[f->n_ends++] = (uint8_t)site[s.anomeric];
        f->glycoside = true;
    }
    f->alike = false;
    f->anomer = s.ring && !s.lactone ? (uint8_t)s.anomeric : 0;
    return true;
}

int sugar_at(const name_fragment *f, char on, const char *where) {
    char own[NAME_LOCANT + 2];
    snprintf(own, sizeof own, "%c%s", on, where);
    return name_at(f, own);
}

int sugar_anomeric_oxygen(const name_fragment *f) {
    if (!f->anomer) return -1;
    const char place[] = {(char)('0' + f->anomer), 0};
    const int at = sugar_at(f, 'o', place);
    return at >= 0 && f->a[at].number == 8 && f->a[f->anomer - 1].centre ? at : -1;
}

int sugar_only_nitrogen(const name_fragment *f) {
    int found = -1;
    for (int i = 0; i < f->n; i++)
        if (f->a[i].locant[0] == 'n') {
            if (found >= 0) return -1;
            found = i;
        }
    return found;
}
