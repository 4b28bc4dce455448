/* multiple.c - names that multiply a parent: "4,4'-methylenedianiline", "1,1'-(ethane-1,2-diyl)-
 * bis(4-methylbenzene)", "2,2',2''-nitrilotriacetic acid", "ethane-1,2-diyl dibenzoate".
 *
 *   parent = [locants] link multiplier parent
 *   link   = unit | unit multiplier chain       "oxybis(methylene)", "ethane-1,2-diylbis(oxy)"
 *   chain  = unit [chain]                       "oxyethane-2,1-diyl", from the middle outwards
 *   unit   = prefixes and "oxy", "phenylene", "propane-1,3-diyl", "cyclohexylidene", "nitrilo"
 *
 * A free valence of a link is an atom of hydrogen (number 1) bound to it, in their order.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINK_LONGEST = 160, VALENCES = 6, LINK_DEPTH = 5, MARK = 1 };

typedef struct linker {
    name_reader *r;
    int depth;
} linker;

static void links(linker *l, size_t i, size_t end, name_ways *out);

/* ---- free valences ---- */

static int marks_of(const name_fragment *f, int mark[VALENCES]) {
    int n = 0;
    for (int i = 0; i < f->n; i++)
        if (f->a[i].number == MARK) {
            if (n == VALENCES) return 0;
            mark[n++] = i;
        }
    return n;
}

static bool add_mark(name_fragment *f, int at) {
    if (at < 0 || !name_take(f, at, 1)) return false;
    const int mark = name_add_atom(f, MARK);
    return mark >= 0 && name_bind(f, at, mark, 1);
}

/* The atom that the mark is bound to, and the mark away. */
static int drop_mark(name_fragment *f, int mark) {
    for (int j = 0; j < f->m; j++) {
        const name_bond *b = &f->b[j];
        if (b->a != mark && b->b != mark) continue;
        const int at = b->a == mark ? b->b : b->a;
        if (!name_remove(f, mark)) return -1;
        return at - (at > mark);
    }
    return -1;
}

/* A link whose first mark is its free valence as a substituent. */
static bool as_substituent(name_fragment *f) {
    int mark[VALENCES];
    if (marks_of(f, mark) < 2) return false;
    const int at = drop_mark(f, mark[0]);
    if (at < 0) return false;
    f->from = (uint8_t)at, f->order = 1;
    return true;
}

/* The last mark's atom binds the substituent. */
static bool join_at(name_fragment *f, int mark, const name_fragment *sub) {
    const int at = drop_mark(f, mark);
    return at >= 0 && name_join(f, at, sub);
}

/* ---- units ---- */

static const struct {
    const char *name, *smiles, *locants;
    uint8_t at[4]; /* atoms of its valences, +1 */
} UNITS[] = {{"methylene", "C", "1", {1, 1}},
             {"methanediyl", "C", "1", {1, 1}},
             {"methylidyne", "C", "1", {1, 1, 1}},
             {"methanetriyl", "C", "1", {1, 1, 1}},
             {"oxy", "O", NULL, {1, 1}},
             {"thio", "S", NULL, {1, 1}},
             {"sulfanediyl", "S", NULL, {1, 1}},
             {"seleno", "[Se]", NULL, {1, 1}},
             {"selanediyl", "[Se]", NULL, {1, 1}},
             {"sulfonyl", "S(=O)=O", NULL, {1, 1}},
             {"sulfinyl", "S=O", NULL, {1, 1}},
             {"carbonyl", "C=O", NULL, {1, 1}},
             {"carbonothioyl", "C=S", NULL, {1, 1}},
             {"thiocarbonyl", "C=S", NULL, {1, 1}},
             {"imino", "N", "n", {1, 1}},
             {"azanediyl", "N", "n", {1, 1}},
             {"nitrilo", "N", NULL, {1, 1, 1}},
             {"azanetriyl", "N", NULL, {1, 1, 1}},
             {"dithio", "SS", NULL, {1, 2}},
             {"disulfanediyl", "SS", NULL, {1, 2}},
             {"diselanediyl", "[Se][Se]", NULL, {1, 2}},
             {"azo", "N=N", NULL, {1, 2}},
             {"1,2-diazenediyl", "N=N", NULL, {1, 2}},
             {"2,1-diazenediyl", "N=N", NULL, {1, 2}},
             {"diazenediyl", "N=N", NULL, {1, 2}},
             {"diazene-1,2-diyl", "N=N", NULL, {1, 2}},
             {"peroxy", "OO", NULL, {1, 2}},
             {"ethylene", "CC", "1/2", {1, 2}},
             {"vinylene", "C=C", "1/2", {1, 2}},
             {"trimethylene", "CCC", "1/2/3", {1, 3}},
             {"tetramethylene", "CCCC", "1/2/3/4", {1, 4}},
             {"pentamethylene", "CCCCC", "1/2/3/4/5", {1, 5}},
             {"hexamethylene", "CCCCCC", "1/2/3/4/5/6", {1, 6}},
             {"isopropylidene", "C(C)C", NULL, {1, 1}},
             {"o-phenylene", "c1ccccc1", "1/2/3/4/5/6", {1, 2}},
             {"m-phenylene", "c1ccccc1", "1/2/3/4/5/6", {1, 3}},
             {"p-phenylene", "c1ccccc1", "1/2/3/4/5/6", {1, 4}},
             {"malonyl", "C(=O)CC=O", NULL, {1, 4}},
             {"succinyl", "C(=O)CCC=O", NULL, {1, 5}},
             {"oxalyl", "C(=O)C=O", NULL, {1, 3}},
             {"terephthaloyl", "C(=O)c1ccc(C=O)cc1", NULL, {1, 7}}};

static void table_unit(linker *l, size_t i, size_t end, name_ways *out) {
    for (size_t t = 0; t < MG_COUNT(UNITS); t++) {
        if (*UNITS[t].name != l->r->s[i] || !name_is_word(l->r, i, end, UNITS[t].name)) continue;
        name_fragment f = {0};
        bool ok = name_add(&f, UNITS[t].smiles, UNITS[t].locants) == 0;
        if (ok && f.a[0].number == 16 && f.n > 1 && f.a[1].number == 8) /* sulfonyl, sulfinyl */
            f.a[0].lambda = (uint8_t)(name_orders(&f, 0) + 2);
        for (int k = 0; k < 4 && ok && UNITS[t].at[k]; k++) ok = add_mark(&f, UNITS[t].at[k] - 1);
        if (ok) name_keep(l->r, out, &f);
    }
}

static bool open_places(name_fragment *f, const name_part *p) {
    bool ok = true;
    for (int k = 0; k < p->places && ok; k++) ok = add_mark(f, name_at(f, p->place[k]));
    f->alike = false;
    return ok;
}

/* "propane-1,3-diyl", "1,3-propanediyl", "4,1-phenylene", "silanediyl". */
static void hydride_unit(linker *l, size_t i, size_t end, name_ways *out) {
    static const struct {
        const char *tail, *hydride;
        int n;
    } tails[] = {{"diyl", NULL, 2},
                 {"triyl", NULL, 3},
                 {"tetrayl", NULL, 4},
                 {"phenylene", "benzene", 2},
                 {"naphthylene", "naphthalene", 2},
                 {"naphthalenylene", "naphthalene", 2},
                 {"cyclohexylene", "cyclohexane", 2}};
    const name_reader *r = l->r;
    name_fragment f;
    for (size_t t = 0; t < MG_COUNT(tails); t++) {
        const size_t k = strlen(tails[t].tail);
        if (end < i + k + 4 || !name_is_word(r, end - k, end, tails[t].tail)) continue;
        const size_t q = end - k;
        name_part p = {0};
        const size_t m = name_locants(r, i, q, &p, NULL);
        if (m && p.places == tails[t].n) {
            const char *own = tails[t].hydride;
            const name_reader ring = {.s = own, .n = own ? strlen(own) : 0};
            const bool read = own ? i + m == q && name_hydride(&ring, 0, ring.n, &f)
                                  : name_hydride(r, i + m, q, &f);
            if (read && !f.own && open_places(&f, &p)) name_keep(l->r, out, &f);
        }
        if (tails[t].hydride) continue;
        for (size_t c = q - 1; r->s[q - 1] == '-' && c > i + 3; c--) {
            name_part at = {0};
            if (r->s[c - 1] != '-' || name_locants(r, c, q, &at, NULL) != q - c ||
                at.places != tails[t].n || !name_hydride(r, i, c - 1, &f) || f.own)
                continue;
            if (open_places(&f, &at)) name_keep(l->r, out, &f);
        }
        if (r->s[q - 1] != '-' && name_heterochain(r, i, q, &f) && f.alike) {
            bool ok = f.n == 1 || (f.n < 4 && tails[t].n == 2);
            for (int v = 0; v < tails[t].n && ok; v++)
                ok = add_mark(&f, v ? f.n - 1 - v * (f.n > 1) : 0);
            if (f.n - tails[t].n == 1 && ok) name_keep(l->r, out, &f);
        }
    }
}

/* "cyclohexylidene", "phenylmethylene": both bonds are single ones here. */
static void double_unit(linker *l, size_t i, size_t end, name_ways *out) {
    const name_ways *w = name_substituent(l->r, i, end);
    for (int k = 0; k < w->n; k++) {
        name_fragment f = *w->f[k];
        if (f.order != 2 || f.a[f.from].number != 6) continue;
        f.order = 0;
        if (add_mark(&f, f.from) && add_mark(&f, f.from)) name_keep(l->r, out, &f);
    }
}

static void units(linker *l, size_t i, size_t end, name_ways *out) {
    name_reader *r = l->r;
    if (i >= end || end - i > LINK_LONGEST || !name_balanced(r, i, end) || name_spent(r)) return;
    if (strchr("([{", r->s[i]) && name_bracket_end(r, i, end) + 1 == end) {
        links(l, i + 1, end - 1, out);
        return;
    }
    name_part *parts = malloc((NAME_PARTS + 1) * sizeof *parts);
    if (!parts) {
        r->failed = true;
        return;
    }
    for (size_t k = i; k + 2 < end; k++) {
        if (!name_balanced(r, k, end) || (k > i && r->s[k] == '-')) continue;
        name_ways core = {0};
        table_unit(l, k, end, &core);
        hydride_unit(l, k, end, &core);
        for (int c = 0; c < core.n; c++)
            if (k == i)
                name_keep(r, out, core.f[c]);
            else
                name_prefixes(r, i, k, parts, 0, core.f[c], out);
        name_ways_free(&core);
    }
    free(parts);
    if (name_begins(r, end > i + 4 ? end - 4 : i, end, "dene") ||
        name_begins(r, end > i + 5 ? end - 5 : i, end, "ylene"))
        double_unit(l, i, end, out);
}

/* ---- chains and links ---- */

static bool may_split(const name_reader *r, size_t i, size_t k, size_t end) {
    return name_balanced(r, i, k) && name_balanced(r, k, end);
}

/* Units one behind the other, all but the last of two valences. */
static void chains(linker *l, size_t i, size_t end, name_ways *out) {
    name_reader *r = l->r;
    if (i < end && r->s[i] == '-') i++;
    if (l->depth > LINK_DEPTH || i >= end || name_spent(r)) return;
    if (strchr("([{", r->s[i]) && name_bracket_end(r, i, end) + 1 == end) {
        l->depth++;
        chains(l, i + 1, end - 1, out);
        l->depth--;
        return;
    }
    units(l, i, end, out);
    for (size_t k = i + 2; k + 2 < end && out->n < NAME_WAYS; k++) {
        if (!may_split(r, i, k, end)) continue;
        name_ways first = {0}, rest = {0};
        units(l, i, k, &first);
        l->depth++;
        if (first.n) chains(l, k, end, &rest);
        l->depth--;
        for (int a = 0; a < first.n; a++)
            for (int b = 0; b < rest.n; b++) {
                name_fragment f = *first.f[a], sub = *rest.f[b];
                int mark[VALENCES];
                if (marks_of(&f, mark) == 2 && as_substituent(&sub) && join_at(&f, mark[1], &sub))
                    name_keep(r, out, &f);
            }
        name_ways_free(&first);
        name_ways_free(&rest);
    }
}

/* Every valence of the middle bears the chain. */
static bool surround(name_fragment *f, const name_fragment *chain, int count) {
    int mark[VALENCES];
    name_fragment sub = *chain;
    if (marks_of(f, mark) != count || !as_substituent(&sub)) return false;
    for (int k = count - 1; k >= 0; k--)
        if (!join_at(f, mark[k], &sub)) return false;
    return true;
}

static void links(linker *l, size_t i, size_t end, name_ways *out) {
    name_reader *r = l->r;
    if (l->depth > LINK_DEPTH || end < i + 2 || end - i > LINK_LONGEST || name_spent(r)) return;
    l->depth++;
    units(l, i, end, out);
    for (size_t k = i + 2; k + 3 < end && out->n < NAME_WAYS; k++) {
        size_t length;
        const int count = name_multiplier(r->s + k, end - k, &length);
        if (count < 2 || count > VALENCES || !may_split(r, i, k, end)) continue;
        name_ways middle = {0}, chain = {0};
        units(l, i, k, &middle);
        if (middle.n) chains(l, k + length, end, &chain);
        for (int a = 0; a < middle.n; a++)
            for (int b = 0; b < chain.n; b++) {
                name_fragment f = *middle.f[a];
                if (surround(&f, chain.f[b], count)) name_keep(r, out, &f);
            }
        name_ways_free(&middle);
        name_ways_free(&chain);
    }
    l->depth--;
}

/* ---- parents ---- */

/* The parent with a free valence at that locant, or at its only place. */
static bool open_parent(name_fragment *f, const char *locant) {
    const int at = *locant ? name_place(f, locant) : name_only_place(f);
    if (f->order || f->word || at < 0 || !name_take(f, at, 1)) return false;
    f->from = (uint8_t)at, f->order = 1;
    return true;
}

static void prime(char out[NAME_LOCANT], const char *locant, int primes) {
    const size_t n = strlen(locant), k = (size_t)primes;
    if (!n || n + k >= NAME_LOCANT) return;
    memcpy(out, locant, n);
    memset(out + n, '\'', k);
    out[n + k] = 0;
}

/* Copies of the parent on all valences; their locants with as many primes as copies stand before.
 */
static bool multiply(name_fragment *f, const name_fragment *parent, const name_part *p) {
    int mark[VALENCES];
    const int n = marks_of(f, mark);
    if (p->places && p->places != n) return false;
    for (int i = 0; i < f->n; i++) *f->a[i].locant = 0;
    for (int k = n - 1; k >= 0; k--) {
        name_fragment own = *parent;
        char plain[NAME_LOCANT] = "";
        int primes = 0;
        if (p->places) {
            snprintf(plain, sizeof plain, "%.*s", (int)strcspn(p->place[k], "'"), p->place[k]);
            for (const char *c = p->place[k]; *c; c++) primes += *c == '\'';
            if (primes != k) return false;
        }
        if (!open_parent(&own, plain)) return false;
        for (int e = 0; e < own.n_ends; e++) own.a[own.ends[e]].charge = -1; /* an anion */
        own.n_ends = 0;
        const int at = drop_mark(f, mark[k]), first = f->n;
        if (at < 0 || !name_join(f, at, &own)) return false;
        for (int i = 0; i < own.n; i++) prime(f->a[first + i].locant, own.a[i].locant, k);
    }
    f->alike = false;
    return true;
}

/* What is multiplied: in brackets, or plain. */
static void multiplied(name_reader *r, size_t i, size_t end, name_ways *out) {
    if (i < end && r->s[i] == '-') i++;
    if (i >= end) return;
    if (strchr("([{", r->s[i]) && name_bracket_end(r, i, end) + 1 == end)
        r->compound(r, i + 1, end - 1, out);
    else
        r->compound(r, i, end, out);
}

void name_multiple(name_reader *r, size_t i, size_t end, name_ways *out) {
    name_part p = {0};
    if (!r->subs || i >= end) return;
    const size_t own = name_locants(r, i, end, &p, NULL);
    for (int pass = own && p.places > 1 ? 1 : 0; pass >= 0; pass--) {
        const size_t from = i + (pass ? own : 0);
        if (!pass) p.places = 0;
        for (size_t k = from + 2; k + 4 < end && !r->failed; k++) {
            size_t length;
            const int count = name_multiplier(r->s + k, end - k, &length);
            if (count < 2 || count > VALENCES || !may_split(r, from, k, end)) continue;
            linker l = {.r = r};
            name_ways link = {0}, parent = {0};
            links(&l, from, k, &link);
            if (link.n) multiplied(r, k + length, end, &parent);
            for (int a = 0; a < link.n; a++)
                for (int b = 0; b < parent.n; b++) {
                    name_fragment f = *link.f[a];
                    int mark[VALENCES];
                    if (marks_of(&f, mark) == count && multiply(&f, parent.f[b], &p))
                        name_keep(r, out, &f);
                }
            name_ways_free(&link);
            name_ways_free(&parent);
        }
    }
}

/* "ethane-1,2-diyl dibenzoate": s[i..end), the blank at `blank`. */
void name_multiple_ester(name_reader *r, size_t i, size_t blank, size_t end, name_ways *out) {
    size_t length;
    const int count = name_multiplier(r->s + blank + 1, end - blank - 1, &length);
    linker l = {.r = r};
    name_ways link = {0}, acid = {0};
    if (count < 2 || count > VALENCES) return;
    links(&l, i, blank, &link);
    if (link.n) multiplied(r, blank + 1 + length, end, &acid);
    for (int a = 0; a < link.n; a++)
        for (int b = 0; b < acid.n; b++) {
            name_fragment f = *link.f[a], own = *acid.f[b];
            int mark[VALENCES];
            bool ok = marks_of(&f, mark) == count && own.n_ends == 1 && !own.word;
            const int first = ok ? own.ends[0] : 0;
            own.n_ends = 0;
            ok = ok && name_free(&own, first) == 1;
            own.from = (uint8_t)first, own.order = 1;
            for (int k = count - 1; k >= 0 && ok; k--) ok = join_at(&f, mark[k], &own);
            if (ok) name_keep(r, out, &f);
        }
    name_ways_free(&link);
    name_ways_free(&acid);
}
