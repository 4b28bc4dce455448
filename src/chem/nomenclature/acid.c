/* acid.c - acids by their common names and what becomes of them: "nicotinic acid", "succinate",
 * "acrylamide", "phthaloyl dichloride", "butyranilide"; their acyl groups, "methacryloyl".
 */
#include "chem/nomenclature/inside.h"

#include <stdio.h>
#include <string.h>

typedef struct derivative { /* what stands in the place of an acid's hydroxy group */
    const char *ending;
    int number, order; /* of its atom; of that atom's bond to the rest */
    const char *rest;
    const char *locant, *locants; /* of the atom, of the rest */
    bool acyl;                    /* the ending is behind "yl" or "oyl" */
} derivative;

static const derivative DERIVATIVES[] = {
    {"amide", 7, 0, NULL, "n", NULL, false},
    {"ic amide", 7, 0, NULL, "n", NULL, false},
    {"ic acid amide", 7, 0, NULL, "n", NULL, false},
    {"ohydrazide", 7, 1, "N", "n", "n'", false},
    {"ic hydrazide", 7, 1, "N", "n", "n'", false},
    {"ic acid hydrazide", 7, 1, "N", "n", "n'", false},
    {"ohydroxamic acid", 7, 1, "O", "n", "o", false},
    {"anilide", 7, 1, "c1ccccc1", "n", "1'/2'/3'/4'/5'/6'", false},
    {" chloride", 17, 0, NULL, "", NULL, true},
    {" fluoride", 9, 0, NULL, "", NULL, true},
    {" bromide", 35, 0, NULL, "", NULL, true},
    {" iodide", 53, 0, NULL, "", NULL, true},
    {" cyanide", 6, 3, "N", "", NULL, true},
    {" azide", 7, 2, "[N+]=[N-]", "", NULL, true},
    {" isocyanate", 7, 2, "C=O", "", NULL, true},
    {" isothiocyanate", 7, 2, "C=S", "", NULL, true}};

static int other_end(const name_bond *b, int atom) {
    return b->a == atom ? b->b : b->b == atom ? b->a : -1;
}

/* The hydroxy groups of its carboxylic acids, the first one's first; their number. */
static int acid_oxygens(const name_fragment *f, uint8_t out[NAME_ENDS]) {
    int n = 0;
    for (int a = 2; a < f->n && n < NAME_ENDS; a++) {
        int single = 0, carbonyl = 0;
        for (int b = 0; b < f->m; b++) {
            const int c = other_end(&f->b[b], a);
            if (c < 0) continue;
            single += f->b[b].order == 1;
            for (int d = 0; d < f->m; d++) {
                const int o = other_end(&f->b[d], c);
                carbonyl |= o >= 0 && f->b[d].order == 2 && f->a[o].number == 8;
            }
        }
        if (f->a[a].number == 8 && single == 1 && carbonyl && name_free(f, a) == 1)
            out[n++] = (uint8_t)a;
    }
    return n;
}

static bool derive(name_fragment *f, int oxygen, const derivative *d, int nth) {
    name_atom *a = &f->a[oxygen];
    a->number = (uint8_t)d->number;
    snprintf(a->locant, NAME_LOCANT, "%s%.*s", d->locant, *d->locant ? nth : 0, "''");
    if (!d->rest) return true;
    const int rest = name_add(f, d->rest, d->locants);
    return name_bind(f, oxygen, rest, d->order);
}

/* Of "propionyl", "benzoyl"; others have "oyl": "lauryl" is dodecyl. */
static bool takes_yl(const char *stem) {
    static const char *const stems[] = {"acet",  "form",     "propion",   "butyr",
                                        "valer", "isovaler", "acetoacet", "isobutyr"};
    for (size_t i = 0; i < MG_COUNT(stems); i++)
        if (!strcmp(stem, stems[i])) return true;
    return stem[strlen(stem) - 1] == 'o';
}

/* "yl", "oyl" of an acid's stem; characters. */
static size_t acyl_at(const name_reader *r, size_t i, size_t end, const char *stem) {
    const char *own = takes_yl(stem) ? "yl" : "oyl";
    return name_begins(r, i, end, own) ? strlen(own) : 0;
}

static void ends_of(name_reader *r, size_t at, size_t end, const name_entry *e, name_ways *out) {
    name_fragment f = {0};
    uint8_t acid[NAME_ENDS];
    const bool bare = !strcmp(e->name, "benz");
    const size_t acyl = acyl_at(r, at, end, e->name);
    if (name_add(&f, e->smiles, e->locants) < 0) return;
    const int n = acid_oxygens(&f, acid);
    if (!bare && name_is_word(r, at, end, "ic acid")) name_keep(r, out, &f);
    if (!bare && name_is_word(r, at, end, "ate")) {
        name_fragment ate = f;
        for (int k = 0; k < n; k++) ate.ends[ate.n_ends++] = acid[k];
        name_keep(r, out, &ate);
    }
    for (size_t t = 0; t < MG_COUNT(DERIVATIVES) && n; t++) {
        const derivative *d = &DERIVATIVES[t];
        size_t from = at + (d->acyl ? acyl : 0);
        if (d->acyl && !acyl) continue;
        if (*d->ending == 'o' && !strcmp(e->name, "capr")) continue; /* "caprohydroxamic" */
        if (d->acyl && n == 2 && name_begins(r, from, end, " di")) {
            char two[24] = " di";
            snprintf(two + 3, sizeof two - 3, "%s", d->ending + 1);
            if (!name_is_word(r, from, end, two)) continue;
        } else if (!name_is_word(r, from, end, d->ending) || (n > 1 && d->acyl) ||
                   (n > 1 && d->rest) || n > 2) {
            continue;
        }
        name_fragment g = f;
        bool ok = true;
        for (int k = 0; k < n && ok; k++) ok = derive(&g, acid[k], d, k);
        if (ok) name_keep(r, out, &g);
    }
}

/* All of s[i..end): an acid of the table, or what has become of it. */
void name_acid(name_reader *r, size_t i, size_t end, const name_entry *e, name_ways *out) {
    for (; e->name; e++)
        if (*e->name == r->s[i] && name_begins(r, i, end, e->name))
            ends_of(r, i + strlen(e->name), end, e, out);
}

/* "methacryloyl", "nicotinoyl", "acrylamido" of acids with one carboxy group. */
void name_acid_core(name_reader *r, size_t i, size_t end, const name_entry *e, name_ways *out) {
    for (; e->name; e++) {
        if (i >= end || *e->name != r->s[i] || !name_begins(r, i, end, e->name)) continue;
        const size_t at = i + strlen(e->name), acyl = acyl_at(r, at, end, e->name);
        const bool amido = name_is_word(r, at, end, "amido");
        name_fragment f = {0};
        uint8_t acid[NAME_ENDS];
        if ((!(acyl && at + acyl == end) && !amido) || name_add(&f, e->smiles, e->locants) < 0 ||
            acid_oxygens(&f, acid) != 1)
            continue;
        if (amido) {
            f.a[acid[0]].number = 7;
            strcpy(f.a[acid[0]].locant, "n");
            f.from = acid[0];
        } else if (!name_remove(&f, acid[0])) {
            continue;
        } else {
            f.from = 0;
        }
        f.order = 1;
        name_keep(r, out, &f);
    }
}
