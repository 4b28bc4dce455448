/* peptide.c - chains of amino acids in words:
 *
 *   chain    = { [prefixes] residue-yl } [prefixes] residue [tail]
 *   residue  = [L-, D-, DL-] [alpha-, beta-, gamma-] name (residue.c)
 *   tail     = " 4-nitroanilide", " amide" ...: what is bound to the last carboxy group
 *
 * "N-benzoyl-L-valylglycine" is read from its first residue on. What stands before a residue is a
 * list of prefixes of it; where that list is none, the residue's acyl group may be part of the next
 * one's ("N(6)-glycyl-L-lysine"), for which the general reader takes chains as substituents.
 */
#include "chem/nomenclature/peptide.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_UP = 4 }; /* steps */

typedef struct chain {
    name_reader *r;
    size_t end;
    bool open;    /* an acyl group, "glycyl-L-alanyl" */
    bool racemic; /* "DL-" stands somewhere: L is not implied */
    const char *tail;
    name_prefix_reader *prefixes;
    name_ways *out;
} chain;

/* ---- what stands behind the last residue ---- */

static const struct {
    const char *words, *smiles; /* its first atom is bound */
} TAILS[] = {{"amide", "N"},
             {"methylamide", "NC"},
             {"ethylamide", "NCC"},
             {"dimethylamide", "N(C)C"},
             {"anilide", "Nc1ccccc1"},
             {"4-nitroanilide", "Nc1ccc([N+](=O)[O-])cc1"},
             {"p-nitroanilide", "Nc1ccc([N+](=O)[O-])cc1"},
             {"para-nitroanilide", "Nc1ccc([N+](=O)[O-])cc1"},
             {"2-naphthylamide", "Nc1cc2ccccc2cc1"},
             {"beta-naphthylamide", "Nc1cc2ccccc2cc1"},
             {"4-methoxy-2-naphthylamide", "Nc1cc(OC)c2ccccc2c1"},
             {"4-methoxy-beta-naphthylamide", "Nc1cc(OC)c2ccccc2c1"},
             {"4-methylcoumarin-7-ylamide", "Nc1ccc2c(C)cc(=O)oc2c1"},
             {"4-methylcoumaryl-7-amide", "Nc1ccc2c(C)cc(=O)oc2c1"},
             {"7-amido-4-methylcoumarin", "Nc1ccc2c(C)cc(=O)oc2c1"},
             {"hydrazide", "NN"},
             {"hydroxamic acid", "NO"},
             {"hydroxamate", "NO"},
             {"chloromethyl ketone", "CCl"},
             {"fluoromethyl ketone", "CF"}};

/* The longest tail that s[i..end) ends with; *cut: where the chain ends. */
static const char *tail_of(const name_reader *r, size_t i, size_t end, size_t *cut) {
    const char *best = NULL;
    *cut = end;
    for (size_t t = 0; t < MG_COUNT(TAILS); t++) {
        const size_t k = strlen(TAILS[t].words);
        if (end < i + k + 5 || strncmp(r->s + end - k, TAILS[t].words, k) != 0) continue;
        if (!strchr(" -", r->s[end - k - 1]) || end - k - 1 >= *cut) continue;
        *cut = end - k - 1;
        best = TAILS[t].smiles;
    }
    return best;
}

/* ---- a chain ---- */

static void follow(chain *c, size_t i, const name_fragment *done, int n);

static void finish(chain *c, name_fragment *f, int n, bool prefixed) {
    if (c->tail) {
        name_fragment whole = {0};
        if (name_add(&whole, c->tail, NULL) < 0 || !name_join(&whole, 0, f)) return;
        whole.residue = true;
        name_keep(c->r, c->out, &whole);
        return;
    }
    if (c->open && (n || prefixed)) /* its locants were those of one residue */
        for (int i = 0; i < f->n; i++) *f->a[i].locant = 0;
    if (c->open || n) name_keep(c->r, c->out, f);
}

/* Bonds of the nitrogen that is acylated. */
static int bonds_of_first(const name_fragment *f) {
    int n = 0;
    for (int k = 0; k < f->m; k++) n += !f->b[k].a || !f->b[k].b;
    return n;
}

/* The acyl group at s[i..to), which has no locant, on the first nitrogen. */
static void put_acyl(chain *c, size_t i, size_t to, name_part *parts, const name_fragment *f,
                     name_fragment *one, name_ways *out) {
    name_ways ways = {0};
    *one = *f;
    for (int k = 0; k < f->n; k++) *one->a[k].locant = 0;
    one->a[0].locant[0] = '@'; /* the only place, and none that a locant can mean */
    one->order = 0;            /* "acetyl-leucyl" is one group */
    c->prefixes(c->r, i, to, parts, 0, one, &ways);
    for (int w = 0; w < ways.n; w++) {
        ways.f[w]->order = f->order;
        for (int k = 0; k < f->n; k++)
            memcpy(ways.f[w]->a[k].locant, f->a[k].locant, sizeof f->a[k].locant);
        if (name_residue_acylated(ways.f[w], 6) &&
            bonds_of_first(ways.f[w]) == bonds_of_first(f) + 1)
            name_keep(c->r, out, ways.f[w]);
    }
    name_ways_free(&ways);
}

/* "acetyl-leucyl-", "Boc-4-chloro-L-phenylalanine": what is behind the acyl group has locants. */
static void acylated(chain *c, size_t i, size_t from, name_part *parts, const name_fragment *f,
                     name_ways *out) {
    name_fragment *one = malloc(sizeof *one);
    if (!one) c->r->failed = true;
    for (size_t to = from; to > i + 2 && !c->r->failed && !out->n; to--) {
        if ((to < from && c->r->s[to - 1] != '-') || !name_balanced(c->r, i, to)) continue;
        name_ways ways = {0};
        put_acyl(c, i, to, parts, f, one, &ways);
        for (int w = 0; w < ways.n; w++) {
            if (to < from)
                c->prefixes(c->r, to, from, parts, 0, ways.f[w], out);
            else
                name_keep(c->r, out, ways.f[w]);
        }
        name_ways_free(&ways);
    }
    free(one);
}

/* What stands before a residue is not part of a prefix of something else. */
static bool opens(const name_reader *r, size_t i) { return !i || strchr("([{ ", r->s[i - 1]); }

/* "acetyllysine" can be two things. */
static bool one_amine(const name_residue *row) {
    return strchr(row->smiles + 1, 'N') == NULL || row->letter == 'N' || row->letter == 'Q';
}

/* The residue at [from, to) with what s[i..from) puts on it, behind what is done. */
static void put(chain *c, const name_residue *row, char hand, name_form form, size_t i, size_t from,
                size_t to, const name_fragment *done, int n) {
    name_fragment *f = malloc(sizeof *f);
    name_part *parts = malloc((NAME_PARTS + 1) * sizeof *parts);
    name_ways ways = {0};
    const bool last = to == c->end;
    bool single = false; /* "acetylleucine" */
    if (!hand && !c->racemic && (n || !last || c->tail)) hand = 'i';
    if (!f || !parts)
        c->r->failed = true;
    else if (name_residue_build(row, hand, last && c->tail ? FORM_ACYL : form, f)) {
        if (from > i)
            c->prefixes(c->r, i, from, parts, 0, f, &ways);
        else
            name_keep(c->r, &ways, f);
        if (from > i && !ways.n && !done && opens(c->r, i) && (n || !last || one_amine(row))) {
            acylated(c, i, from, parts, f, &ways);
            single = ways.n > 0;
        }
    }
    for (int w = 0; w < ways.n; w++) {
        if (done && (name_residue_acylated(ways.f[w], 0) || !name_join(ways.f[w], 0, done)))
            continue;
        if (last)
            finish(c, ways.f[w], n + single, from > i);
        else
            follow(c, to + (c->r->s[to] == '-'), ways.f[w], n + 1);
    }
    name_ways_free(&ways);
    free(parts);
    free(f);
}

/* The residue whose name begins at s[from], as it may stand there. */
static const name_residue *residue_at(const chain *c, size_t from, name_form *form, char *hand,
                                      size_t *to) {
    size_t length;
    const size_t q = from + name_hand(c->r, from, c->end, hand);
    const char *s = c->r->s + q;
    const name_residue *row = name_residue_named(s, c->end - q, FORM_ACYL, &length);
    *form = FORM_ACYL, *to = q + length;
    if (row && (*to < c->end || c->open || c->tail)) return row;
    for (int k = FORM_ACID; k < FORMS && !c->open; k++) {
        if (!name_residue_may_end(s, c->end - q, (name_form)k)) continue;
        row = name_residue_named(s, c->end - q, (name_form)k, &length);
        if (!row || q + length != c->end || k == FORM_AMIDO) continue;
        *form = (name_form)k, *to = c->end;
        return row;
    }
    return NULL;
}

/* All from s[i] on: the first residue that can be read with what stands before it. */
static void follow(chain *c, size_t i, const name_fragment *done, int n) {
    for (size_t from = i; from + 3 < c->end; from++) {
        name_form form;
        char hand;
        size_t to;
        const int before = c->out->n;
        c->r->steps += LOOK_UP;
        if (name_spent(c->r)) return;
        if (!name_balanced(c->r, i, from)) continue;
        if (c->open && from > i && !done && !opens(c->r, i)) return;
        const name_residue *row = residue_at(c, from, &form, &hand, &to);
        if (!row || !name_balanced(c->r, from, to)) continue;
        put(c, row, hand, form, i, from, to, done, n);
        if (c->out->n > before || from == i) return;
    }
}

static bool says_racemic(const name_reader *r, size_t i, size_t end) {
    for (; i + 3 < end; i++)
        if (name_begins(r, i, end, "dl-")) return true;
    return false;
}

/* "glycyl", "acetyl", "Boc". */
static bool acyl_within(const name_reader *r, size_t i, size_t end) {
    static const char *const words[] = {"yl", "boc", "cbz", "fmoc", "carbobenz"};
    for (; i + 2 <= end; i++)
        for (size_t k = 0; k < MG_COUNT(words); k++)
            if (name_begins(r, i, end, words[k])) return true;
    return false;
}

void name_peptide(name_reader *r, size_t i, size_t end, name_prefix_reader *prefixes,
                  name_ways *out) {
    chain c = {.r = r, .end = end, .prefixes = prefixes, .out = out};
    c.racemic = says_racemic(r, i, end);
    c.tail = tail_of(r, i, end, &c.end);
    bool ends = c.tail != NULL;
    for (int form = FORM_ACID; form < FORM_AMIDO && !ends; form++)
        ends = end > i + 8 && name_residue_may_end(r->s + i, end - i, (name_form)form);
    if (!ends || c.end < i + 5 || !(c.tail || acyl_within(r, i, c.end)) ||
        !name_balanced(r, i, c.end))
        return;
    follow(&c, i, NULL, 0);
}

/* ---- parts of other names ---- */

void name_peptide_core(name_reader *r, size_t i, size_t end, name_prefix_reader *prefixes,
                       name_ways *out) {
    chain c = {.r = r, .end = end, .open = true, .prefixes = prefixes, .out = out};
    c.racemic = says_racemic(r, i, end);
    char hand;
    size_t length;
    const size_t q = i + name_hand(r, i, end, &hand);
    if (end > q + 6 && name_is_word(r, end - 5, end, "amido")) {
        name_fragment f;
        const name_residue *row = name_residue_named(r->s + q, end - q, FORM_AMIDO, &length);
        if (row && q + length == end && name_residue_build(row, hand, FORM_AMIDO, &f))
            name_keep(r, out, &f);
    }
    if (end < i + 5 || !name_is_word(r, end - 2, end, "yl")) return;
    for (size_t k = end - 5; k + 40 > end; k--) { /* whether it ends with a residue at all */
        if (name_residue_named(r->s + k, end - k, FORM_ACYL, &length) && k + length == end) {
            follow(&c, i, NULL, 0);
            return;
        }
        if (k == i) return;
    }
}
