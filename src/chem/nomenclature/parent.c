/* parent.c - what a name ends with: a hydride and a suffix, a retained name, an acid; and
 * compounds, which are prefixes and a parent.
 */
#include "chem/nomenclature/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HYDRIDE_LONGEST = 200 }; /* characters */

/* One suffix on an atom; n-th of `all`. */
static bool put_suffix(name_fragment *f, const name_suffix *s, int at, int nth, int all) {
    const int order = *s->smiles == '=' ? 2 : *s->smiles == '#' ? 3 : 1;
    const char *smiles = s->smiles + (order > 1);
    int first = f->n;
    char place[6];
    snprintf(place, sizeof place, "%.5s", f->a[at].locant); /* it may be cleared */
    if (s->on_end) { /* "=OO": a doubly bound atom, and what else the carbon has */
        const int need = order + (smiles[1] != 0);
        if (name_free(f, at) < need) return false;
        const int one = name_add_atom(f, *smiles == 'O' ? 8 : *smiles == 'S' ? 16 : 7);
        if (one < 0 || !name_bind(f, at, one, order)) return false;
        if (smiles[1]) {
            const int more = name_add(f, smiles + 1, NULL);
            if (more < 0 || !name_bind(f, at, more, 1)) return false;
        }
        if (one > 1) *f->a[at].locant = 0; /* "1-phenylmethanethioamide" */
        if (s->locants) {                  /* of what is behind the first */
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
        snprintf(f->end_at[f->n_ends], END_PLACE, "%.3s", place);
        f->ends[f->n_ends++] = (uint8_t)(first + s->end);
    }
    for (int i = first; i < f->n && all > 1; i++) /* several nitrogens: n1, n4 by where they are */
        if (f->a[i].locant[0] == 'n') {
            if (*place && strlen(f->a[at].locant) + 2 < NAME_LOCANT)
                snprintf(f->a[i].locant, NAME_LOCANT, "n%s", place);
            else
                snprintf(f->a[i].locant, NAME_LOCANT, nth ? "n'" : "n");
        }
    return true;
}

/* "glycocholic acid", "taurocholic acid", "taurocholate" of "cholic acid": glycine's and taurine's
 * amides. */
static void conjugate(const name_reader *r, size_t i, size_t end, const char *name,
                      const char *says, char own[NAME_LONGEST + 1]) {
    const size_t n = strlen(name) - 7, acyl = strlen(says) - 8; /* "...-24-" */
    const char *const word = r->s + i + 5;
    if (end < i + 5 + n || strncmp(word, name, n) != 0) return;
    const bool acid = name_is_word(r, i + 5 + n, end, "ic acid"),
               ion = name_is_word(r, i + 5 + n, end, "ate");
    if (acid && name_begins(r, i, end, "glyco"))
        snprintf(own, NAME_LONGEST, "n-(%.*soyl)glycine", (int)acyl, says);
    if ((acid || ion) && name_begins(r, i, end, "tauro"))
        snprintf(own, NAME_LONGEST, "2-[(%.*soyl)amino]ethane-1-sulfon%s", (int)acyl, says,
                 acid ? "ic acid" : "ate");
}

/* "-26,22-olide": the end of a chain as the acid of a lactone, and where its oxygen is bound;
 * "-21,17-carbolactone" with a carbon of its own. */
static void lactone(name_reader *r, size_t i, size_t end, const name_fragment *base,
                    const name_part *p, name_ways *out) {
    const bool carbo = name_is_word(r, i, end, "carbolactone");
    if (p->places != 2 || !(carbo || name_is_word(r, i, end, "olide"))) return;
    char face;
    name_fragment f = *base;
    int acid = name_at(&f, p->place[0]);
    const int at = name_at_face(&f, p->place[1], &face);
    if (acid < 0 || at < 0 || name_free(&f, acid) != 3) return;
    if (carbo) {
        const int carbon = name_add_atom(&f, 6);
        if (!name_bind(&f, acid, carbon, 1)) return;
        acid = carbon;
    }
    const int oxo = name_add_atom(&f, 8), oxygen = name_add_atom(&f, 8);
    if (name_bind(&f, acid, oxo, 2) && name_bind(&f, acid, oxygen, 1) && name_take(&f, at, 1) &&
        name_bind(&f, at, oxygen, 1) && (!face || name_tell(&f, at, oxygen, face)))
        name_keep(r, out, &f);
}

/* "tetrol", "pentone": a multiplier without its a. */
static int elided(const char *s, size_t n, size_t *length) {
    int count = name_stem(s, n, length);
    if (n > 4 && !strncmp(s, "tetro", 5)) count = 4, *length = 4;
    return count > 3 && *length < n && s[*length] == 'o' ? count : 0;
}

/* "hexane-1,6-dioate", "nonan-1-al": nothing is said, or the ends. */
static bool at_ends(const name_fragment *f, const name_part *p, int count) {
    if (!p->places) return true;
    return p->places == count && !strcmp(p->place[0], "1") &&
           (count < 2 || !strcmp(p->place[1], f->a[f->n - 1].locant));
}

/* Suffixes of all of s[i..end) on a hydride; front: their locants and added hydrogens, where these
 * stood in front of it. */
static void suffixes(name_reader *r, size_t i, size_t end, const name_fragment *base,
                     const name_part *front, name_ways *out) {
    name_part p = {0}, hydro = {.kind = PART_INDICATED};
    size_t k = i;
    if (front) p = front[0], hydro = front[1];
    if (k < end && r->s[k] == '-') {
        if (front) return;
        const size_t m = name_locants(r, k + 1, end, &p, &hydro);
        if (!m) return;
        k += 1 + m;
    }
    if (base->own) lactone(r, k, end, base, &p, out);
    for (int pass = 0; pass < 4; pass++) {
        size_t length = 0;
        const int count = pass == 2 ? elided(r->s + k, end - k, &length)
                          : pass    ? name_multiplier(r->s + k, end - k, &length)
                                    : 1;
        if (!count || (pass && count < 2)) continue;
        if (pass == 3 && r->s[k + --length] != 's') continue; /* "trisulfonic", not "tris" */
        const size_t at = k + length;
        for (const name_suffix *s = NAME_SUFFIXES; s->name; s++) {
            const bool more = base->own && p.places && !s->on_end && !front &&
                              name_begins(r, at, end, s->name) && at + strlen(s->name) < end &&
                              r->s[at + strlen(s->name)] == '-';
            if (!more && !name_is_word(r, at, end, s->name)) continue;
            name_fragment f = *base;
            bool ok = name_put_indicated(&f, &hydro);
            if (s->locants && strchr("abg", *s->locants) && !base->rings && base->m < base->n)
                continue; /* "alpha": on a ring */
            if (s->locants && strchr("abg", *s->locants) && base->own && s->end >= 0)
                continue; /* "...-20-one-21-acetate" is an ester */
            if (s->on_end) {
                /* the ends of a chain; a locant may say so ("but-2-enoic acid" has none) */
                int last = 0;
                for (int a = 0; a < base->n; a++) last = a;
                if (base->own && p.places) { /* "cholan-24-oic acid" */
                    ok &= p.places == count;
                    for (int j = 0; j < p.places && ok; j++) {
                        const int where = name_at(&f, p.place[j]);
                        ok = where >= 0 && name_free(&f, where) == 3 &&
                             put_suffix(&f, s, where, j, count);
                    }
                    if (ok) name_keep(r, out, &f);
                    continue;
                }
                ok &= base->m == base->n - 1 && !base->rings && count <= 2 &&
                      at_ends(base, &p, count);
                if (ok) ok = put_suffix(&f, s, 0, 0, count);
                if (ok && count == 2) ok = base->n > 1 && put_suffix(&f, s, last, 1, count);
                f.alike = false;
            } else if (p.places) {
                ok &= p.places == count;
                for (int j = 0; j < p.places && ok; j++) {
                    char face;
                    const int where = name_at_face(&f, p.place[j], &face), next = f.n;
                    ok = where >= 0 && put_suffix(&f, s, where, j, count) &&
                         (!face || name_tell(&f, where, next, face));
                }
                f.alike = false;
            } else {
                ok &= count == 1 && base->alike && put_suffix(&f, s, 0, 0, 1);
                f.alike = false;
            }
            if (ok && more) /* "-3beta-ol-20-one" */
                suffixes(r, at + strlen(s->name), end, &f, NULL, out);
            else if (ok)
                name_keep(r, out, &f);
        }
    }
}

/* "cholesterol", "cholic acid", "cholate": the name that says what they are. */
static void retained(name_reader *r, size_t i, size_t end, name_ways *out) {
    static const char *const ends[][2] = {{"ate", "ate"}, {"amide", "amide"}};
    const bool bile = name_begins(r, i, end, "glyco") || name_begins(r, i, end, "tauro");
    for (int t = 0; NAME_RETAINED[t][0] && !r->plain && !r->retained; t++) {
        const char *name = NAME_RETAINED[t][0], *says = NAME_RETAINED[t][1];
        if (*name != r->s[i] && !bile) continue;
        const size_t n = strlen(name), acid = name_ends_with(name, "ic acid") ? n - 7 : 0;
        char own[NAME_LONGEST + 1] = "";
        if (name_is_word(r, i, end, name)) snprintf(own, sizeof own, "%s", says);
        for (size_t e = 0; e < MG_COUNT(ends) && acid; e++)
            if (end - i == acid + strlen(ends[e][0]) && !strncmp(r->s + i, name, acid) &&
                name_is_word(r, i + acid, end, ends[e][0]))
                snprintf(own, sizeof own, "%.*s%s", (int)strlen(says) - (e ? 8 : 7), says,
                         ends[e][1]);
        if (acid) conjugate(r, i, end, name, says, own);
        if (!*own) continue;
        name_reader inner = {.s = own,
                             .n = strlen(own),
                             .retained = true,
                             .substituent = r->substituent,
                             .compound = r->compound};
        if (name_open(&inner)) name_compound(&inner, 0, inner.n, out);
        r->failed |= inner.failed;
        name_close(&inner);
        return;
    }
}

static void whole_names(name_reader *r, size_t i, size_t end, const name_entry *e, name_ways *out) {
    for (; e->name; e++) {
        if (*e->name != r->s[i] || !name_is_word(r, i, end, e->name)) continue;
        name_fragment f = {.alike = e->locants && *e->locants == '='};
        if (name_add(&f, e->smiles, e->locants ? e->locants + f.alike : NULL) >= 0) {
            f.alike |= !strcmp(e->name, "urea") || !strcmp(e->name, "thiourea"); /* "phenylurea" */
            if (f.n == 1) f.a[0].lambda = name_filled(f.a[0].number);
            name_keep(r, out, &f);
        }
    }
}

static void parents(name_reader *r, size_t i, size_t end, name_ways *out) {
    name_function(r, i, end, out);
    name_oxoacid(r, i, end, out);
    retained(r, i, end, out);
    whole_names(r, i, end, NAME_PARENTS, out);
    whole_names(r, i, end, NAME_COMMON, out);
    whole_names(r, i, end, NAME_MORE, out);
    name_acid(r, i, end, NAME_ACIDS, out);
    name_acid(r, i, end, NAME_COMMON_ACIDS, out);
    name_residue_parent(r, i, end, out);
    name_fragment f;
    if (name_hydride(r, i, end, &f) &&
        (r->s[end - 1] == 'e' || r->s[end - 1] == 'm' || f.rings || f.own))
        name_keep(r, out, &f);
    const size_t most = i + HYDRIDE_LONGEST < end ? i + HYDRIDE_LONGEST : end;
    for (size_t k = i + 3; k < most && !r->failed; k++)
        if (name_hydride(r, i, k, &f)) suffixes(r, k, end, &f, NULL, out);
    /* "2-undecanol", "3(2h)-pyridazinone": locants of the suffix in front */
    name_part front[2] = {{.kind = PART_GROUP}, {.kind = PART_INDICATED}};
    const size_t m = name_locants(r, i, end, &front[0], &front[1]);
    for (size_t k = i + m + 3; m && k < most && !r->failed; k++)
        if (name_hydride(r, i + m, k, &f)) {
            bool plain = true; /* "2-cyclopentenol": whose locant is it? */
            for (int b = 0; b < f.m; b++) plain &= f.b[b].order == 1;
            if (plain && !f.own) suffixes(r, k, end, &f, front, out);
        }
}

/* Its only doubly bound oxygen; -1: there are more, or none. */
static int only_oxo(const name_fragment *f) {
    int found = -1;
    for (int j = 0; j < f->m; j++) {
        const int a = f->b[j].a, b = f->b[j].b;
        if (f->b[j].order != 2 || (f->a[a].number != 8 && f->a[b].number != 8)) continue;
        if (found >= 0) return -1;
        found = f->a[a].number == 8 ? a : b;
    }
    return found;
}

/* An atom that takes one more oxygen: a sulfide's, a phosphane's, a tertiary nitrogen. */
static bool oxidise_atom(name_fragment *f, int at, int with) {
    name_atom *a = at < 0 ? NULL : &f->a[at];
    const bool nitrogen = a && a->number == 7 && !a->charge;
    const bool tertiary = nitrogen && (a->flat ? !a->sat && name_orders(f, at) == 2 && !a->maybe
                                               : name_orders(f, at) == 3);
    if (!a || f->n >= NAME_ATOMS) return false;
    if (tertiary && with == 8) {
        const int oxide = name_add_atom(f, 8);
        a->charge = 1, f->a[oxide].charge = -1;
        return name_bind(f, at, oxide, 1);
    }
    const bool sulfur = a->number == 16 || a->number == 34;
    const bool phosphorus = a->number == 15 || a->number == 33;
    const int orders = name_orders(f, at);
    if (a->charge || (!sulfur && !phosphorus) || (phosphorus && orders != 3) ||
        (sulfur && orders != 2 && orders != 4))
        return false;
    if (a->lambda) a->lambda = (uint8_t)(orders + 2);
    if (with != 8 && !phosphorus) return false;
    return name_bind(f, at, name_add_atom(f, with), 2);
}

/* The only atom that can be meant by "oxide"; -1. */
static int only_oxidised(const name_fragment *f, int with) {
    int found = -1;
    for (int i = 0; i < f->n; i++) {
        name_fragment own = *f;
        bool plain = true; /* no nitrile, no imine; "styrene oxide" has another one */
        for (int j = 0; j < f->m; j++)
            plain &= f->b[j].order == 1 || (f->b[j].a != i && f->b[j].b != i);
        if (!plain || !oxidise_atom(&own, i, with)) continue;
        if (found >= 0) return -1;
        found = i;
    }
    return found;
}

/* "thiolane 1,1-dioxide", "quinoline 1-oxide", "triphenylphosphane oxide", all of s[i..end). */
void name_oxide(name_reader *r, size_t i, size_t end, name_ways *out) {
    static const struct {
        const char *name;
        int number;
    } oxides[] = {{"oxide", 8}, {"sulfide", 16}, {"selenide", 34}};
    size_t blank = end, length = 0;
    while (blank > i && r->s[blank - 1] != ' ') blank--;
    int with = 0;
    const char *word = NULL;
    for (size_t t = 0; t < MG_COUNT(oxides) && !with; t++)
        if (end > i + strlen(oxides[t].name) &&
            name_is_word(r, end - strlen(oxides[t].name), end, oxides[t].name))
            with = oxides[t].number, word = oxides[t].name;
    if (blank < i + 5 || !with) return;
    name_part p = {0};
    size_t k = blank + name_locants(r, blank, end, &p, NULL);
    if (name_begins(r, k, end, "n-") && !p.places) k += 2;
    const int many = name_multiplier(r->s + k, end - k, &length), count = many ? many : 1;
    if (!name_is_word(r, k + (many ? length : 0), end, word)) return;
    if (count != (p.places ? p.places : 1)) return;
    name_ways base = {0};
    name_compound(r, i, blank - 1 - (r->s[blank - 2] == ','), &base);
    for (int w = 0; w < base.n; w++) {
        name_fragment f = *base.f[w];
        bool ok = !f.n_ends && !f.order && !f.own && !f.residue;
        const int only = ok && (!p.places || *p.place[0] == 'n') ? only_oxidised(&f, with) : -1;
        for (int c = 0; c < count && ok; c++)
            ok = oxidise_atom(&f, p.places && *p.place[c] != 'n' ? name_at(&f, p.place[c]) : only,
                              with);
        if (ok) name_keep(r, out, &f);
    }
    name_ways_free(&base);
}

/* "benzaldehyde hydrazone", "propan-2-one oxime": what the carbonyl group became. */
static void carbonyl_derivatives(name_reader *r, size_t i, size_t end, name_ways *out) {
    static const struct {
        const char *name, *locant;
        int number;
    } table[] = {{" hydrazone", "n", 7}, {" oxime", "o", 8}};
    for (size_t t = 0; t < MG_COUNT(table); t++) {
        const size_t k = strlen(table[t].name);
        if (end < i + k + 4 || !name_is_word(r, end - k, end, table[t].name)) continue;
        name_ways carbonyl = {0};
        parents(r, i, end - k, &carbonyl);
        for (int w = 0; w < carbonyl.n; w++) {
            name_fragment f = *carbonyl.f[w];
            const int oxo = f.n_ends ? -1 : only_oxo(&f);
            if (oxo < 0) continue;
            f.a[oxo].number = 7;
            const int behind = name_add_atom(&f, table[t].number);
            if (!name_bind(&f, oxo, behind, 1)) continue;
            strcpy(f.a[behind].locant, table[t].locant);
            name_keep(r, out, &f);
        }
        name_ways_free(&carbonyl);
    }
}

void name_compound(name_reader *r, size_t i, size_t end, name_ways *out) {
    name_part *parts = malloc((NAME_PARTS + 1) * sizeof *parts);
    if (!parts) r->failed = true;
    const int chains = out->n;
    name_peptide(r, i, end, name_prefixes, out);
    if (out->n > chains) {
        free(parts);
        return;
    }
    sugar_compound(r, i, end, out);
    size_t passed = end; /* what "thiourea" ends with is no urea */
    for (size_t k = i; k < end && parts; k++) {
        name_ways parent = {0};
        const int before = out->n;
        if (k == passed || !name_balanced(r, k, end)) continue;
        if (name_spent(r)) break;
        parents(r, k, end, &parent);
        name_multiple(r, k, end, &parent);
        carbonyl_derivatives(r, k, end, &parent);
        for (int c = 0; c < parent.n; c++) {
            if (k == i)
                name_keep(r, out, parent.f[c]);
            else
                name_prefixes(r, i, k, parts, 0, parent.f[c], out);
        }
        name_ways_free(&parent);
        if (out->n > before && name_begins(r, k, end, "thio")) passed = k + 4;
        if (out->n > before && name_begins(r, k, end, "dithio")) passed = k + 6;
    }
    free(parts);
}
