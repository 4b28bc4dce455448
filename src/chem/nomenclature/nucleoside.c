/* nucleoside.c - nucleosides by their names, with the prefixes of a sugar and of their base:
 * "2'-deoxyadenosine", "N(6)-methyladenosine", "5-fluoro-2'-O-methyluridine"; sugars on
 * nucleotides: "UDP-alpha-D-glucose".
 *
 * A base binds by its first atom; carbons of the sugar have a prime in their locants.
 */
#include "chem/nomenclature/sugar.h"

#include <stdlib.h>
#include <string.h>

typedef struct nucleobase {
    const char *name, *smiles, *locants;
    bool deoxy; /* thymidine has no 2'-hydroxy group */
} nucleobase;
static const nucleobase BASES[] = {
    {"adenosine", "N1C=NC2=C1N=CN=C2N", "9/8/7/5/4/3/2/1/6/n6", false},
    {"guanosine", "N1C=NC2=C1N=C(N)NC2=O", "9/8/7/5/4/3/2/n2/1/6/o6", false},
    {"pseudouridine", "C1=CNC(=O)NC1=O", "5/6/1/2/o2/3/4/o4", false},
    {"inosine", "N1C=NC2=C1N=CNC2=O", "9/8/7/5/4/3/2/1/6/o6", false},
    {"xanthosine", "N1C=NC2=C1NC(=O)NC2=O", "9/8/7/5/4/3/2/o2/1/6/o6", false},
    {"nebularine", "N1C=NC2=C1N=CN=C2", "9/8/7/5/4/3/2/1/6", false},
    {"cytidine", "N1C=CC(N)=NC1=O", "1/6/5/4/n4/3/2/o2", false},
    {"uridine", "N1C=CC(=O)NC1=O", "1/6/5/4/o4/3/2/o2", false},
    {"thymidine", "N1C=C(C)C(=O)NC1=O", "1/6/5/alpha/4/o4/3/2/o2", true}};

static bool make(const sugar_parent *p, unsigned without, unsigned filled, name_fragment *f) {
    name_fragment *ribose = malloc(sizeof *ribose);
    bool ok = ribose && sugar_build(&p->s, without, filled, ribose);
    memset(f, 0, sizeof *f);
    if (ok) ok = name_add(f, p->base->smiles, p->base->locants) >= 0;
    const int first = f->n;
    if (ok) ok = name_join(f, 0, ribose);
    for (int i = first; i < f->n && ok; i++) {
        const size_t n = strlen(ribose->a[i - first].locant);
        memcpy(f->a[i].locant, ribose->a[i - first].locant, NAME_LOCANT);
        if (n && n + 1 < NAME_LOCANT) memcpy(f->a[i].locant + n, "'", 2);
    }
    free(ribose);
    return ok;
}

static sugar_parent parent_of(const nucleobase *base) {
    sugar_parent p = {.base = base, .make = make};
    p.s = (sugar){.kind = SUGAR_GROUP, .carbons = 5, .anomeric = 1, .anomer = 'b'};
    for (int c = 2; c < 5; c++) p.s.side[c] = 'R';
    if (base->deoxy) p.s.deoxy = 4, p.s.side[2] = 0;
    sugar_close(&p.s, 5);
    return p;
}

void sugar_nucleoside(name_reader *r, size_t i, size_t end, name_ways *out) {
    for (size_t b = 0; b < MG_COUNT(BASES); b++) {
        const size_t n = strlen(BASES[b].name);
        if (end < i + n || !name_is_word(r, end - n, end, BASES[b].name)) continue;
        sugar_parent p = parent_of(&BASES[b]);
        sugar_prefixed(r, i, end - n, &p, out);
        return;
    }
}

/* ---- on a nucleotide ---- */

/* A nucleoside whose 5'-phosphate or diphosphate binds. */
static bool nucleotide(const nucleobase *base, bool deoxy, int phosphates, name_fragment *f) {
    static const char *const chains[] = {"P(=O)O", "P(=O)(O)OP(=O)O"};
    const sugar_parent p = parent_of(base);
    if (!make(&p, deoxy && !base->deoxy ? 4 : 0, 0, f)) return false;
    const int oxygen = sugar_at(f, 'o', "5'");
    const int first = name_add(f, chains[phosphates - 1], NULL);
    if (oxygen < 0 || first < 0 || !name_bind(f, oxygen, first, 1)) return false;
    f->from = (uint8_t)(phosphates == 1 ? first : first + 4);
    f->order = 1;
    return true;
}

void sugar_on_nucleotide(name_reader *r, size_t i, size_t end, name_ways *out) {
    static const struct {
        const char *name;
        int base;
    } letters[] = {{"a", 0}, {"g", 1}, {"c", 6}, {"u", 7}, {"t", 8}};
    size_t k = i;
    const bool deoxy = k < end && r->s[k] == 'd';
    k += deoxy;
    for (size_t b = 0; b < MG_COUNT(letters) && k + 6 < end; b++) {
        if (r->s[k] != *letters[b].name || !strchr("dm", r->s[k + 1]) || r->s[k + 2] != 'p' ||
            r->s[k + 3] != '-')
            continue;
        if (*letters[b].name == 't' && !deoxy) continue; /* of which sugar? */
        /* ADP-ribose is bound by its 5-oxygen */
        if (name_is_word(r, end - 6, end, "ribose") && *letters[b].name == 'a') continue;
        name_ways sugars = {0};
        name_fragment *base = malloc(sizeof *base), *whole = malloc(sizeof *whole);
        if (!base || !whole) r->failed = true;
        sugar_read(r, k + 4, end, SUGAR_FREE, &sugars);
        if (base && nucleotide(&BASES[letters[b].base], deoxy, r->s[k + 1] == 'd' ? 2 : 1, base))
            for (int w = 0; w < sugars.n && whole; w++) {
                *whole = *sugars.f[w];
                const int at = sugar_anomeric_oxygen(whole);
                whole->ion = false;
                for (int a = 0; a < whole->n; a++) whole->ion |= whole->a[a].charge < 0;
                whole->ion |= whole->n_ends > 0;
                if (at >= 0 && name_join(whole, at, base)) name_keep(r, out, whole);
            }
        name_ways_free(&sugars);
        free(base);
        free(whole);
        return;
    }
}
