/* ester.c - the words of esters and salts: "sodium 2-ethylhexyl phosphate", the groups and metals
 * in front of an acid's ends; "testosterone 17-propanoate", the acid behind an alcohol; what may be
 * an ester that lacks its blank.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *name;
    int number, count;
} METALS[] = {{"sodium", 11, 1},
              {"potassium", 19, 1},
              {"lithium", 3, 1},
              {"disodium", 11, 2},
              {"dipotassium", 19, 2}};

/* Of phosphates and sulfates. */
static bool of_mineral_acid(const name_fragment *f, int atom) {
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        if (b->a == atom || b->b == atom) {
            const int number = f->a[b->a == atom ? b->b : b->a].number;
            return number == 15 || number == 16;
        }
    }
    return false;
}

/* The atom beside it has a doubly bound oxygen. */
static bool has_oxo(const name_fragment *f, int atom) {
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        if (b->a != atom && b->b != atom) continue;
        const int beside = b->a == atom ? b->b : b->a;
        for (int i = 0; i < f->m; i++)
            if (f->b[i].order == 2 && (f->b[i].a == beside || f->b[i].b == beside) &&
                f->a[f->b[i].a == beside ? f->b[i].b : f->b[i].a].number == 8)
                return true;
    }
    return false;
}

/* "hydrogen", "dihydrogen": so many ends stay acids; 0: another word. */
static int hydrogens_of(const name_reader *r, size_t i, size_t end) {
    static const char *const words[] = {"hydrogen", "dihydrogen", "trihydrogen"};
    for (int k = 0; k < (int)MG_COUNT(words); k++)
        if (name_is_word(r, i, end, words[k])) return k + 1;
    return 0;
}

/* The word "chloride", which an acyl group may stand before. */
static bool is_halide(const name_fragment *f) {
    const int number = f->a[f->ends[0]].number;
    return f->word && (number == 9 || number == 17 || number == 35 || number == 53);
}

static bool is_alkyl(const name_fragment *f) {
    for (int i = 0; i < f->n; i++)
        if (f->a[i].number != 6) return false;
    return true;
}

/* At most one "yl": "2-chloroethyl", but not "chloromethylmethyl". */
static bool is_simple(const name_reader *r, size_t i, size_t end) {
    int groups = 0;
    for (size_t k = i; k + 1 < end; k++) groups += !strncmp(r->s + k, "yl", 2);
    return groups < 2;
}

/* What is bound to an ester's oxygen: carbon, silicon, tin ... */
static bool may_be_bound(int number) {
    return number == 6 || number == 14 || number == 32 || number == 50 || number == 82;
}

/* The k-th end becomes the one of the acid at that place; false: there is none. */
static bool take_end(name_fragment *f, int k, const char *place) {
    for (int j = k; j < f->n_ends; j++) {
        if (strcmp(f->end_at[j], place) != 0) continue;
        const uint8_t end = f->ends[j];
        char at[END_PLACE];
        memcpy(at, f->end_at[j], sizeof at);
        f->ends[j] = f->ends[k], f->ends[k] = end;
        memcpy(f->end_at[j], f->end_at[k], sizeof at);
        memcpy(f->end_at[k], at, sizeof at);
        return true;
    }
    return false;
}

/* "1,3-diethyl", "1-ethyl", "monoethyl" of an acid with several ends; false: another word. */
static bool with_places(name_reader *r, size_t i, size_t word, size_t end, const name_fragment *f,
                        int done, name_ways *out) {
    name_part p = {0};
    size_t length = 0, from = i + name_locants(r, i, word, &p, NULL);
    const bool mono = name_begins(r, i, word, "mono") && f->n_ends > 1 && !done && word == end;
    if (mono) from = i + 4;
    if (from == i || f->word || f->n_ends < 2) return false;
    int count = mono ? 1 : name_multiplier(r->s + from, word - from, &length);
    if (count != (mono ? 1 : p.places)) count = 1, length = 0;
    if (!mono && (count != p.places || !isdigit((unsigned char)p.place[0][0]))) return false;
    from += length;
    size_t to = word;
    if (from < to && strchr("([{", r->s[from]) && name_bracket_end(r, from, to) + 1 == to)
        from++, to--;
    const name_ways *w = name_substituent(r, from, to);
    for (int k = 0; k < w->n; k++)
        for (int first = 0; first < (mono ? f->n_ends : 1); first++) {
            name_fragment g = *f;
            bool ok = w->f[k]->order == 1 && may_be_bound(w->f[k]->a[w->f[k]->from].number) &&
                      !name_residue_acyl(w->f[k]) && done + count <= g.n_ends;
            for (int c = 0; c < count && ok && !mono; c++)
                ok = take_end(&g, done + c, p.place[c]) || (!*f->end_at[0] && count == f->n_ends);
            for (int c = 0; c < count && ok; c++)
                ok = name_join(&g, g.ends[mono ? first : done + c], w->f[k]);
            if (ok) name_esters(r, word + 1, end, &g, mono ? g.n_ends : done + count, out);
        }
    return w->n > 0;
}

/* Phosphites with two esters, or with one where "mono" says it, are H-phosphonates: "diethyl
 * phosphite". false: a phosphite of one ester or two that says nothing of the rest. */
static bool turn_phosphite(name_fragment *f, int done, bool *is) {
    int acid = -1, open = 0;
    *is = f->n_ends == 3 && f->a[0].number == 15 && f->a[0].lambda == 3 && f->n_ends >= done;
    for (int k = 0; k < 3 && *is; k++)
        if (name_free(f, f->ends[k]) == 1) open++, acid = f->ends[k];
    *is = *is && open && open < 3;
    if (!*is) return true;
    if (done != (open == 1 ? 2 : 3)) return false;
    for (int j = 0; j < f->m; j++)
        if (f->b[j].a == acid || f->b[j].b == acid) f->b[j].order = 2;
    f->a[0].lambda = 5;
    strcpy(f->a[0].locant, "p"); /* and a hydrogen */
    return true;
}

/* "1-aminocyclopropyl phosphonate": of an ester of HP(=O)(OH)2, or of the group's phosphonic acid?
 */
static bool is_open_phosphonate(const name_fragment *f, int done) {
    return f->n_ends == 2 && f->a[0].number == 15 && f->a[0].lambda == 5 && done == 1 &&
           name_orders(f, 0) == 4;
}

/* Words in front of an ester's or a salt's acid, s[i..end), on its ends from the first on. */
void name_esters(name_reader *r, size_t i, size_t end, const name_fragment *f, int done,
                 name_ways *out) {
    if (name_spent(r)) return;
    if (i >= end) {
        name_fragment rest = *f; /* "2-(trimethylazaniumyl)ethyl phosphate" is an ion */
        bool ions = true, phosphite;
        if (!turn_phosphite(&rest, done, &phosphite) || is_open_phosphonate(f, done)) return;
        if (phosphite) {
            name_keep(r, out, &rest);
            return;
        }
        ions &= !f->word || done == f->n_ends;
        for (int k = done; k < f->n_ends; k++) {
            for (int a = 0; a < f->n; a++) /* "sodium tridecyl phosphate": one sodium or two? */
                ions &= f->a[a].number != 11 && f->a[a].number != 19 && f->a[a].number != 3;
            ions &= done && !r->turned && of_mineral_acid(f, f->ends[k]);
            rest.a[f->ends[k]].charge = -1;
        }
        if (ions) name_keep(r, out, &rest);
        return;
    }
    size_t word = i;
    int depth = 0; /* a word ends at a blank */
    for (; word < end && (r->s[word] != ' ' || depth); word++)
        depth += (strchr("([{", r->s[word]) != NULL) - (strchr(")]}", r->s[word]) != NULL);
    for (size_t m = 0; m < MG_COUNT(METALS); m++) {
        if (!name_is_word(r, i, word, METALS[m].name)) continue;
        name_fragment g = *f;
        bool ok = true;
        for (int k = 0; k < METALS[m].count && ok; k++) {
            ok = done + k < g.n_ends && name_free(&g, g.ends[done + k]) == 1;
            const int metal = ok ? name_add_atom(&g, METALS[m].number) : -1;
            ok = metal >= 0;
            if (ok) g.a[metal].charge = 1, g.a[g.ends[done + k]].charge = -1;
        }
        if (ok) name_esters(r, word + 1, end, &g, done + METALS[m].count, out);
        return;
    }
    const int hydrogens = f->word ? 0 : hydrogens_of(r, i, word);
    if (hydrogens) {
        if (done + hydrogens <= f->n_ends) name_esters(r, word + 1, end, f, done + hydrogens, out);
        return;
    }
    if (with_places(r, i, word, end, f, done, out)) return;
    for (int pass = 0; pass < 2; pass++) {
        size_t length = 0;
        const bool twice = f->twice && !pass && !done && word == end;
        const int count = pass ? name_multiplier(r->s + i, word - i, &length) : twice ? 2 : 1;
        if (!count || (pass && count < 2) || done + count > f->n_ends) continue;
        size_t from = i + length, to = word;
        const bool on_sulfur = f->a[f->ends[done]].number == 16 && !f->glycoside && !f->word &&
                               has_oxo(f, f->ends[done]); /* "S-ethyl ethanethioate" */
        if (on_sulfur ? !name_begins(r, from, to, "s-") : name_begins(r, from, to, "s-")) continue;
        if (name_begins(r, from, to, "n-") || on_sulfur) from += 2;
        if (pass && from < to && r->s[from] == '-') from++; /* "di-p-tolyl" */
        if (from < to && strchr("([{", r->s[from]) && name_bracket_end(r, from, to) + 1 == to)
            from++, to--;
        const name_ways *w = name_substituent(r, from, to);
        for (int k = 0; k < w->n; k++) {
            name_fragment g = *f;
            const int bound = w->f[k]->a[w->f[k]->from].number;
            g.loose |= twice;
            if (twice && !is_simple(r, i, word) && !is_alkyl(w->f[k])) continue;
            bool ok = w->f[k]->order == 1 && /* "N-stearoyl glutamate" is no anhydride */
                      ((may_be_bound(bound) && !name_residue_acyl(w->f[k])) ||
                       (is_halide(f) && name_residue_acyl(w->f[k])) ||
                       (bound == 15 && of_mineral_acid(f, f->ends[done])));
            for (int c = 0; c < count && ok; c++) ok = name_join(&g, g.ends[done + c], w->f[k]);
            if (ok) name_esters(r, word + 1, end, &g, done + count, out);
        }
    }
}

/* "ethyl-4-nitrobenzoate", "methyl[3-chloropropyl]carbamate": an ester without its blank? The
 * former is read as one. */
bool name_blank_missing(name_reader *r, name_ways *out) {
    bool missing = false;
    for (size_t k = 3; k + 4 < r->n && !name_spent(r); k++) {
        if (!strchr("-[({", r->s[k]) || (r->s[k] == '-' && isdigit((unsigned char)r->s[0])))
            continue;
        const name_ways *w = name_substituent(r, 0, k);
        if (!w->n || w->f[0]->a[w->f[0]->from].number != 6 || w->f[0]->residue) continue;
        name_ways acid = {0};
        name_compound(r, k + (r->s[k] == '-'), r->n, &acid);
        for (int i = 0; i < acid.n; i++) {
            if (!acid.f[i]->n_ends) continue;
            missing = true;
            if (r->s[k] == '-') name_esters(r, 0, k, acid.f[i], 0, out);
        }
        name_ways_free(&acid);
    }
    return missing;
}

static bool is_acid(name_reader *r, size_t i, int least) {
    name_ways acid = {0};
    bool found = false;
    if (i + 4 < r->n) name_compound(r, i, r->n, &acid);
    for (int k = 0; k < acid.n; k++) found |= acid.f[k]->n_ends >= least && !acid.f[k]->residue;
    name_ways_free(&acid);
    return found;
}

/* Whether a prefix stands in s[i..n). */
static bool has_prefix(const name_reader *r, size_t i) {
    static const char *const words[] = {"yl",  "amino", "oxy",   "chloro", "bromo",
                                        "oxo", "iodo",  "nitro", "cyano",  "fluoro"};
    for (size_t k = 0; k < MG_COUNT(words); k++)
        if (strstr(r->s + i, words[k])) return true;
    return false;
}

/* "(3-chlorophenyl)-2-nitrobenzoate", "diethyl-cyanomethylphosphonate", "ethylaminoacetate": it may
 * be meant as an ester. */
bool name_may_be_ester(name_reader *r) {
    enum { ALKYL_LONGEST = 24 };
    size_t length = 0, i = 0;
    if (strchr("([{", r->s[0])) {
        const size_t close = name_bracket_end(r, 0, r->n);
        return close + 2 < r->n && strchr("-n", r->s[close + 1]) &&
               name_substituent(r, 1, close)->n &&
               is_acid(r, close + 1 + (r->s[close + 1] == '-'), 1);
    }
    for (size_t k = 4; isdigit((unsigned char)r->s[0]) && k + 4 < r->n; k++) {
        if (strncmp(r->s + k - 2, "yl", 2) != 0 || r->s[k] == '-') continue;
        const name_ways *w = name_substituent(r, 0, k); /* "1,3-dichloroprop-2-ylmethacrylate" */
        if (w->n && !w->f[0]->loose && w->f[0]->a[w->f[0]->from].number == 6 && is_acid(r, k, 1))
            return true;
    }
    for (size_t k = 4; islower((unsigned char)r->s[0]) && k + 4 < r->n; k++)
        if (!strncmp(r->s + k - 2, "yl-", 3) && r->depth[k] == r->depth[0] && is_acid(r, k + 1, 1))
            return true; /* "dimethylaminoethyl-p-chlorophenoxyacetate" */
    const int many = name_multiplier(r->s, r->n, &length);
    if (many > 1) i = length;
    if (name_begins(r, i, r->n, "n-")) i += 2;
    for (size_t k = i + 4; k + 4 < r->n && k < ALKYL_LONGEST; k++) {
        if (strncmp(r->s + k - 2, "yl", 2) != 0) continue;
        const name_ways *w = name_substituent(r, i, k);
        const size_t rest = k + (r->s[k] == '-');
        if (w->n && w->f[0]->a[w->f[0]->from].number == 6 && !w->f[0]->residue &&
            (many > 1 || rest > k || has_prefix(r, rest)) && is_acid(r, rest, many > 1 ? many : 1))
            return true;
    }
    return false;
}

/* The acid of an ester as what is bound to the alcohol's oxygen. */
static bool acyl_of(name_fragment *f) {
    int carbon = -1;
    if (f->n_ends != 1) return false;
    for (int j = 0; j < f->m; j++) {
        if (f->b[j].a == f->ends[0]) carbon = f->b[j].b;
        if (f->b[j].b == f->ends[0]) carbon = f->b[j].a;
    }
    const int end = f->ends[0];
    const name_atom *a = carbon < 0 ? NULL : &f->a[carbon];
    if (!a || (a->number != 6 && a->number != 16 && !(a->number == 7 && a->charge == 1)))
        return false;
    f->n_ends = 0;
    if (!name_remove(f, end)) return false;
    f->from = (uint8_t)(carbon - (carbon > end)), f->order = 1;
    return true;
}

/* Acids that keep a hydrogen where one alcohol is bound to them: what is bound to its oxygen. */
static bool half_ester(const name_reader *r, size_t i, size_t end, name_fragment *f) {
    static const char *const table[][2] = {{"sulfate", "S(=O)(=O)O"},
                                           {"hydrogen sulfate", "S(=O)(=O)O"},
                                           {"phosphate", "P(=O)(O)O"},
                                           {"dihydrogen phosphate", "P(=O)(O)O"},
                                           {"succinate", "C(=O)CCC(=O)O"},
                                           {"hemisuccinate", "C(=O)CCC(=O)O"},
                                           {"hydrogen succinate", "C(=O)CCC(=O)O"}};
    for (size_t k = 0; k < MG_COUNT(table); k++) {
        if (!name_is_word(r, i, end, table[k][0])) continue;
        *f = (name_fragment){.order = 1};
        return name_add(f, table[k][1], NULL) == 0;
    }
    return false;
}

/* "2-aminoethanol acetate" is a salt. */
static bool is_amine(const name_fragment *f) {
    for (int i = 0; i < f->n; i++) {
        bool amine = f->a[i].number == 7 && !f->a[i].flat && !f->a[i].charge;
        for (int j = 0; j < f->m && amine; j++) {
            const name_bond *b = &f->b[j];
            if (b->a != i && b->b != i) continue;
            const int other = b->a == i ? b->b : b->a;
            amine = b->order == 1 && !has_oxo(f, i) && f->a[other].number == 6;
        }
        if (amine) return true;
    }
    return false;
}

static bool is_nitro(const name_fragment *f, int atom) {
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        if ((b->a == atom || b->b == atom) && f->a[b->a == atom ? b->b : b->a].charge < 0)
            return true;
    }
    return false;
}

/* An alcohol and the acid of its ester: all its hydroxy groups are as many as are said, or it has
 * them at these places. */
static void put_plain_acyl(name_reader *r, const name_fragment *alcohol, const name_part *p,
                           int count, const name_fragment *acid, name_ways *out) {
    name_fragment f = *alcohol, acyl = *acid;
    int all = 0, done = 0;
    for (int i = 0; i < f.n; i++)
        if (f.a[i].number == 7 && f.a[i].charge == 1 && name_free(&f, i) >= 0 && !is_nitro(&f, i))
            return; /* it is a salt's */
    if (f.order || f.n_ends || f.residue || f.glycoside || is_amine(&f) ||
        (!acyl.order && !acyl_of(&acyl)))
        return;
    for (int i = 0; i < f.n; i++) all += f.a[i].number == 6 && name_hydroxy(&f, i) >= 0;
    for (int i = 0; i < alcohol->n; i++) {
        bool here = !p->places || (all == 1 && !strcmp(p->place[0], "1"));
        for (int k = 0; k < p->places; k++) here |= !strcmp(p->place[k], f.a[i].locant);
        const int oxygen = here && f.a[i].number == 6 ? name_hydroxy(&f, i) : -1;
        if (oxygen < 0) continue;
        if (has_oxo(&f, oxygen) || !name_join(&f, oxygen, &acyl)) return;
        done++;
    }
    if (done == count) name_keep(r, out, &f);
}

/* An alcohol of a natural parent and the acid of its ester: at the places of p, or at all hydroxy
 * groups, as many as are said. */
static void put_acyl(name_reader *r, const name_fragment *alcohol, const name_part *p, int count,
                     const name_fragment *acid, name_ways *out) {
    name_fragment f = *alcohol, acyl = *acid;
    int done = 0;
    if (!f.own || f.n_ends || (!acyl.order && !acyl_of(&acyl))) return;
    for (int i = 0; i < alcohol->n; i++) {
        bool here = !p->places;
        for (int k = 0; k < p->places; k++) here |= !strcmp(p->place[k], f.a[i].locant);
        const int oxygen = here && f.a[i].number == 6 ? name_hydroxy(&f, i) : -1;
        if (oxygen < 0) continue;
        if (!name_join(&f, oxygen, &acyl)) return;
        done++;
    }
    if (done == count) name_keep(r, out, &f);
}

/* "16,17-acetonide": both hydroxy groups there on a propane-2,2-diyl group. */
static void put_acetonide(name_reader *r, const name_fragment *alcohol, const name_part *p,
                          name_ways *out) {
    name_fragment f = *alcohol;
    const int one = name_hydroxy(&f, name_at(&f, p->place[0])),
              two = name_hydroxy(&f, name_at(&f, p->place[1]));
    const int carbon = f.own && one >= 0 && two >= 0 ? name_add(&f, "C(C)C", NULL) : -1;
    if (carbon >= 0 && name_bind(&f, one, carbon, 1) && name_bind(&f, two, carbon, 1))
        name_keep(r, out, &f);
}

/* "testosterone propanoate", "cortisol 21-acetate 17-butanoate", "...-3beta,17beta-diol
 * diacetate": s[0..end). */
void name_alcohol_esters(name_reader *r, size_t end, int words, name_ways *out) {
    size_t blank = end, length = 0;
    while (blank > 3 && r->s[blank - 1] != ' ') blank--;
    for (const char *const *h = (const char *const[]){"hydrogen", "dihydrogen", NULL}; *h; h++) {
        const size_t n = strlen(*h); /* "hydrogen sulfate" is one acid */
        if (blank > n + 4 && !strncmp(r->s + blank - n - 1, *h, n) && r->s[blank - n - 2] == ' ')
            blank -= n + 1;
    }
    if (blank <= 3 || end < blank + 6) return;
    const bool acetonide = !strncmp(r->s + end - 3, "ide", 3);
    if (!acetonide && strncmp(r->s + end - 3, "ate", 3) != 0) return;
    name_part p = {0};
    const size_t q = blank + name_locants(r, blank, end, &p, NULL);
    const size_t behind = blank - 1 - (r->s[blank - 2] == ',');
    name_ways alcohol = {0};
    name_compound(r, 0, behind, &alcohol);
    if (words) name_alcohol_esters(r, behind, words - 1, &alcohol);
    for (int i = 0; i < alcohol.n && acetonide && name_is_word(r, q, end, "acetonide"); i++)
        if (p.places == 2) put_acetonide(r, alcohol.f[i], &p, out);
    for (int pass = 0; pass < 3 && alcohol.n && !acetonide; pass++) {
        name_ways acid = {0};
        if (pass == 2 && (q == blank || !(r->plain || r->s[blank] == 'n'))) continue;
        if (pass == 2) p.places = 0; /* "2-chlorobenzoate" */
        const int count = pass == 1 ? name_multiplier(r->s + q, end - q, &length) : 1;
        if (!count || (p.places && p.places != count)) continue;
        const size_t from = pass == 2 ? blank : q + (pass ? length : 0);
        name_fragment half;
        if (!r->plain && half_ester(r, from, end, &half))
            name_keep(r, &acid, &half);
        else
            name_compound(r, from, end, &acid);
        for (int i = 0; i < alcohol.n; i++)
            for (int k = 0; k < acid.n; k++)
                if (r->plain || !alcohol.f[i]->own)
                    put_plain_acyl(r, alcohol.f[i], &p, count, acid.f[k], out);
                else
                    put_acyl(r, alcohol.f[i], &p, count, acid.f[k], out);
        name_ways_free(&acid);
    }
    name_ways_free(&alcohol);
}
