/* group.c - what a substituent is called, by its first atom: "chloro", "methoxy", "dimethylamino",
 * "4-chlorobenzoyl", "pyridin-3-yl", "1-hydroxyethyl".
 */
#include "chem/nomenclature/write.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const mg_parts_atom *atom(const namer *w, int i) { return &w->g->atom[i]; }

static int order_of(const namer *w, int a, int b) {
    const int bond = namer_bond(w, a, b);
    return bond < 0 ? 0 : w->g->bond[bond].order;
}

/* Its neighbours but `from`. */
static int others(const namer *w, int at, int from, int out[WRITE_NEAR]) {
    int n = 0;
    for (int k = 0; k < w->degree[at]; k++)
        if (w->near[at][k] != from) out[n++] = w->near[at][k];
    return n;
}

static bool simple(name_words *out, const char *s) {
    out->core = out->n;
    words_add(out, "%s", s);
    return true;
}

static bool composed(name_words *out, const char *s) {
    out->composed = true;
    return simple(out, s);
}

static bool is_stereo_free(const namer *w, int a, int from) {
    const int bond = namer_bond(w, a, from);
    return bond < 0 || !w->g->bond[bond].ez;
}

/* ---- on oxygen and sulfur ---- */

/* "methyl" and "oxy" are "methoxy". */
static bool contracted(const char *core, const char **out) {
    static const char *const table[][2] = {{"methyl", "methoxy"}, {"ethyl", "ethoxy"},
                                           {"propyl", "propoxy"}, {"butyl", "butoxy"},
                                           {"phenyl", "phenoxy"}, {"tert-butyl", "tert-butoxy"}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (!strcmp(core, table[i][0])) return *out = table[i][1], true;
    return false;
}

/* What is bound, before a link: "oxy", "sulfanyl", "carbonyl". */
static bool linked(name_words *out, const name_words *x, const char *link) {
    if (!x) return false;
    out->composed = true;
    const bool acyl = strstr(x->s, "-carbonyl") || name_ends_with(x->s, "oyl");
    if (x->composed && (x->core > 0 || !islower((unsigned char)*x->s) || acyl))
        words_enclosed(out, x->s);
    else
        words_add(out, "%s", x->s);
    out->core = out->n;
    words_add(out, "%s", link);
    return true;
}

static bool oxy(name_words *out, const name_words *x) {
    const char *word;
    if (!x) return false;
    if (!contracted(x->s + x->core, &word)) return linked(out, x, "oxy");
    words_add(out, "%.*s", (int)x->core, x->s);
    out->core = out->n;
    words_add(out, "%s", word);
    out->composed = x->core > 0;
    return true;
}

static bool on_oxygen(namer *w, int at, int from, name_words *out) {
    int x[WRITE_NEAR];
    const int n = others(w, at, from, x);
    if (!n) {
        if (order_of(w, at, from) == 2) return simple(out, "oxo");
        return simple(out, atom(w, at)->charge == -1 ? "oxido" : "hydroxy");
    }
    const int number = atom(w, x[0])->number;
    if (n != 1 || atom(w, at)->charge) return false;
    if (number == 8)
        return w->degree[x[0]] == 1 && atom(w, x[0])->hydrogens && simple(out, "hydroperoxy");
    const name_words *rest = namer_substituent(w, x[0], at);
    if (!rest) return false;
    if (number == 15 && !strcmp(rest->s, "phosphono")) return composed(out, "phosphonooxy");
    if (number == 15 && !strcmp(rest->s, "phosphonato")) return composed(out, "phosphonatooxy");
    if (number == 16 && !strcmp(rest->s, "sulfo")) return composed(out, "sulfooxy");
    if (number == 16 && !strcmp(rest->s, "sulfonato")) return composed(out, "sulfonatooxy");
    if (number == 6 || number == 14) return oxy(out, rest);
    if (number == 15 && name_ends_with(rest->s, "phosphoryl")) return linked(out, rest, "oxy");
    return false;
}

static bool on_sulfur(namer *w, int at, int from, name_words *out) {
    int x[WRITE_NEAR], oxo = 0, one = -1, singles = 0, anions = 0, hydroxy = 0;
    const int n = others(w, at, from, x);
    if (atom(w, at)->charge) return !n && simple(out, "sulfido");
    if (order_of(w, at, from) == 2) return !n && simple(out, "sulfanylidene");
    for (int k = 0; k < n; k++) {
        const bool end = w->degree[x[k]] == 1 && atom(w, x[k])->number == 8;
        if (order_of(w, at, x[k]) == 2 && end)
            oxo++;
        else if (end && atom(w, x[k])->charge == -1)
            anions++;
        else if (end)
            hydroxy++;
        else
            one = x[k], singles++;
    }
    if (oxo == 2 && n == 3 && hydroxy) return simple(out, "sulfo");
    if (oxo == 2 && n == 3 && anions) return simple(out, "sulfonato");
    if (anions || hydroxy || singles > 1 || oxo > 2) return false;
    if (!n) return simple(out, "sulfanyl");
    if (singles != 1 || order_of(w, at, one) != 1) return false;
    const name_words *rest = namer_substituent(w, one, at);
    if (!rest) return false;
    if (atom(w, one)->number == 7 && oxo == 2) {
        const size_t k = strlen(rest->s);
        if (!strcmp(rest->s, "amino")) return simple(out, "sulfamoyl");
        if (k > 5 && !strcmp(rest->s + k - 5, "amino")) {
            words_add(out, "%.*s", (int)k - 5, rest->s);
            return composed(out, "sulfamoyl");
        }
    }
    if (atom(w, one)->number != 6 && !(atom(w, one)->ring && oxo) &&
        !(atom(w, one)->number == 16 && !oxo))
        return false;
    return linked(out, rest, oxo == 2 ? "sulfonyl" : oxo == 1 ? "sulfinyl" : "sulfanyl");
}

/* ---- on nitrogen ---- */

static int by_name(const void *a, const void *b) {
    const name_words *const *x = a, *const *y = b;
    return strcmp((*x)->s + strcspn((*x)->s, "abcdefghijklmnopqrstuvwxyz"),
                  (*y)->s + strcspn((*y)->s, "abcdefghijklmnopqrstuvwxyz"));
}

/* "ethyl(methyl)", "dimethyl", "bis(2-chloroethyl)". */
static void join(name_words *out, const name_words **x, int n) {
    static const char *const few[] = {"", "", "di", "tri"}, *const whole[] = {"", "", "bis",
                                                                              "tris"};
    if (n > 1) qsort(x, (size_t)n, sizeof *x, by_name);
    for (int i = 0; i < n;) {
        int same = 1;
        while (i + same < n && !strcmp(x[i]->s, x[i + same]->s)) same++;
        const bool closed = x[i]->composed || i > 0;
        words_add(out, "%s", x[i]->composed ? whole[same] : few[same]);
        if (closed)
            words_enclosed(out, x[i]->s);
        else
            words_add(out, "%s%s", same > 1 && !strncmp(x[i]->s, "tert-", 5) ? "-" : "", x[i]->s);
        i += same;
    }
}

/* "acetyl" is "acetamido" on NH; others "propanoylamino". */
static bool amido(name_words *out, const name_words *x) {
    static const char *const table[][2] = {
        {"acetyl", "acetamido"}, {"benzoyl", "benzamido"}, {"formyl", "formamido"}};
    for (size_t i = 0; i < MG_COUNT(table); i++) {
        if (strcmp(x->s + x->core, table[i][0]) != 0) continue;
        words_add(out, "%.*s", (int)x->core, x->s);
        out->composed = x->core > 0;
        return simple(out, table[i][1]);
    }
    return false;
}

/* "anilino", "4-chloroanilino". */
static bool anilino(name_words *out, const name_words *x) {
    if (strcmp(x->s + x->core, "phenyl") != 0) return false;
    words_add(out, "%.*s", (int)x->core, x->s);
    out->composed = x->core > 0;
    return simple(out, "anilino");
}

static bool double_nitrogen(namer *w, int at, const int *x, int n, name_words *out) {
    if (!n) return simple(out, "imino");
    if (n != 1 || atom(w, at)->charge) return false;
    const mg_parts_atom *a = atom(w, x[0]);
    const name_words *rest = namer_substituent(w, x[0], at);
    if (!rest) return false;
    if (a->number == 8 && !strcmp(rest->s, "hydroxy")) return composed(out, "hydroxyimino");
    if (a->number == 8 || a->number == 6) return linked(out, rest, "imino");
    if (a->number == 7 && !strcmp(rest->s, "amino")) return simple(out, "hydrazinylidene");
    return false;
}

/* On a nitrogen with a double bond to `two`: N=N+=N-, N=N-R, N=C=O, N=C=S. */
static bool bound_twice(namer *w, int at, int two, name_words *out) {
    int y[WRITE_NEAR];
    if (others(w, two, at, y) != 1 || atom(w, at)->charge) return false;
    const bool end = w->degree[y[0]] == 1 && order_of(w, two, y[0]) == 2;
    const int number = atom(w, y[0])->number;
    if (atom(w, two)->number == 6) {
        if (end && number == 8) return simple(out, "isocyanato");
        return end && number == 16 && simple(out, "isothiocyanato");
    }
    if (atom(w, two)->number != 7) return false;
    if (atom(w, two)->charge == 1)
        return end && number == 7 && atom(w, y[0])->charge == -1 && simple(out, "azido");
    const name_words *rest = number == 6 ? namer_substituent(w, y[0], two) : NULL;
    if (!rest || atom(w, two)->charge) return false;
    if (rest->composed)
        words_enclosed(out, rest->s);
    else
        words_add(out, "%s", rest->s);
    return composed(out, "diazenyl");
}

static bool on_nitrogen(namer *w, int at, int from, name_words *out) {
    int x[WRITE_NEAR], oxo = 0, oxide = 0, two = -1;
    const int n = others(w, at, from, x), charge = atom(w, at)->charge;
    const name_words *rest[WRITE_NEAR];
    if (order_of(w, at, from) == 2) return double_nitrogen(w, at, x, n, out);
    for (int k = 0; k < n; k++) {
        const int order = order_of(w, at, x[k]);
        const bool end = w->degree[x[k]] == 1 && atom(w, x[k])->number == 8;
        oxo += end && order == 2, oxide += end && atom(w, x[k])->charge == -1;
        if (order == 2) two = x[k];
    }
    if (charge == 1 && n == 2 && oxo == 1 && oxide == 1) return simple(out, "nitro");
    if (!charge && n == 1 && oxo) return simple(out, "nitroso");
    if (two >= 0 && n == 1 && !oxo) return bound_twice(w, at, two, out);
    if (two >= 0 || n > 3) return false;
    for (int k = 0; k < n; k++)
        if (!(rest[k] = namer_substituent(w, x[k], at))) return false;
    if (charge == 1) {
        join(out, rest, n);
        out->composed = n > 0;
        return atom(w, at)->hydrogens + n == 3 && simple(out, "azaniumyl");
    }
    if (charge) return false;
    if (!n) return simple(out, "amino");
    if (n == 1 && atom(w, x[0])->number == 7) {
        if (!strcmp(rest[0]->s, "amino")) return simple(out, "hydrazinyl");
        return false;
    }
    if (n == 1 && !strcmp(rest[0]->s, "carbamoyl")) return composed(out, "carbamoylamino");
    if (n == 1 && (amido(out, rest[0]) || anilino(out, rest[0]))) return true;
    for (int k = 0; k < n; k++)
        if (atom(w, x[k])->number == 7) return false;
    join(out, rest, n);
    return composed(out, "amino");
}

/* ---- on carbon ---- */

static bool unit_of(namer *w, int at, int from, bool acyl, name_words *out) {
    name_written *best = calloc(1, sizeof *best);
    const name_request q = {
        .order = order_of(w, at, from), .entry = at, .from = from, .acyl = acyl};
    if (!best) {
        w->failed = true;
        return false;
    }
    if (q.order == 1 || q.order == 2) {
        if (w->system[at] >= 0)
            namer_ring(w, w->system[at], &q, best);
        else
            namer_chains(w, &q, best);
    }
    const bool found = best->found;
    if (found) {
        words_add(out, "%s%.*s", best->stereo, (int)best->name.core, best->name.s);
        out->core = out->n;
        out->composed = best->prefixes > 0 || *best->stereo ||
                        strpbrk(best->parent, "0123456789-[(") != NULL;
        words_add(out, "%s", best->parent);
    }
    free(best);
    return found;
}

/* The ring that is bound to the carbonyl group: "pyridine-3-carbonyl", "benzoyl". */
static bool ring_carbonyl(name_words *out, const name_words *x, const char *word) {
    const char *core = x->s + x->core;
    const size_t k = strlen(core);
    if (!strcmp(core, "phenyl")) {
        words_add(out, "%.*s", (int)x->core, x->s);
        out->composed = x->core > 0;
        return simple(out, "benzoyl");
    }
    out->composed = true;
    words_add(out, "%.*s", (int)x->core, x->s);
    out->core = out->n;
    if (k > 8 && !strncmp(core, "cyclo", 5) && !strcmp(core + k - 2, "yl") && core[k - 3] != '-') {
        words_add(out, "%.*sane%s", (int)k - 2, core, word);
        return true;
    }
    const char *hyphen = strrchr(core, '-'), *before = hyphen;
    if (!hyphen || strcmp(hyphen, "-yl") != 0) return false;
    while (before > core && before[-1] != '-') before--;
    if (before == core) return false;
    const size_t stem = (size_t)(before - core) - 1;
    const bool e = !(stem > 5 && (!strncmp(core + stem - 5, "furan", 5) ||
                                  !strncmp(core + stem - 5, "pyran", 5)));
    words_add(out, "%.*s%s-%.*s-%s", (int)stem, core, e ? "e" : "", (int)(hyphen - before), before,
              word);
    return true;
}

static bool on_carbonyl(namer *w, int at, int from, int oxo, name_words *out) {
    int x[WRITE_NEAR], rest = -1;
    const int n = others(w, at, from, x);
    const bool sulfur = atom(w, oxo)->number == 16;
    for (int k = 0; k < n; k++)
        if (x[k] != oxo) rest = x[k];
    if (n > 2) return false;
    if (rest < 0) return !sulfur && simple(out, "formyl");
    const mg_parts_atom *a = atom(w, rest);
    if (order_of(w, at, rest) != 1) return false;
    if (a->number == 8 && w->degree[rest] == 1 && !sulfur)
        return simple(out, a->charge == -1 ? "carboxylato" : "carboxy");
    const name_words *words = namer_substituent(w, rest, at);
    if (!words) return false;
    if (a->number == 17) return !sulfur && composed(out, "chlorocarbonyl");
    if (a->number == 8) return !sulfur && linked(out, words, "carbonyl");
    if (a->number == 7 && !a->ring) {
        const size_t k = strlen(words->s);
        const char *word = sulfur ? "carbamothioyl" : "carbamoyl";
        if (!strcmp(words->s, "amino")) return simple(out, word);
        if (k > 7 && !strcmp(words->s + words->core, "anilino")) {
            words_add(out, "(%.*sphenyl)", (int)words->core, words->s);
            return composed(out, word);
        }
        if (!strcmp(words->s, "anilino")) {
            words_add(out, "phenyl");
            return composed(out, word);
        }
        if (strcmp(words->s + words->core, "amino") != 0) return false;
        words_add(out, "%.*s", (int)words->core, words->s);
        return composed(out, word);
    }
    if (sulfur) return false;
    if (a->ring) return ring_carbonyl(out, words, "carbonyl");
    return a->number == 6 && unit_of(w, at, from, true, out);
}

/* "benzyl", "4-chlorobenzyl", "tert-butyl". */
static bool retained_carbon(namer *w, int at, int from, name_words *out) {
    int x[WRITE_NEAR], methyls = 0;
    const int n = others(w, at, from, x);
    if (order_of(w, at, from) != 1 || atom(w, at)->cip) return false;
    for (int k = 0; k < n; k++)
        methyls += atom(w, x[k])->number == 6 && atom(w, x[k])->hydrogens == 3;
    if (n == 3 && methyls == 3) return simple(out, "tert-butyl");
    if (n != 1 || !atom(w, x[0])->ring || atom(w, at)->hydrogens != 2) return false;
    const name_words *ring = namer_substituent(w, x[0], at);
    if (!ring || strcmp(ring->s + ring->core, "phenyl") != 0) return false;
    words_add(out, "%.*s", (int)ring->core, ring->s);
    out->composed = ring->core > 0;
    return simple(out, "benzyl");
}

static bool on_carbon(namer *w, int at, int from, name_words *out) {
    int x[WRITE_NEAR];
    const int n = others(w, at, from, x);
    if (atom(w, at)->ring) return unit_of(w, at, from, false, out);
    if (n == 1 && order_of(w, at, x[0]) == 3 && atom(w, x[0])->number == 7)
        return w->degree[x[0]] == 1 && simple(out, "cyano");
    for (int k = 0; k < n; k++) {
        const mg_parts_atom *a = atom(w, x[k]);
        if (w->degree[x[k]] != 1 || order_of(w, at, x[k]) != 2 || order_of(w, at, from) != 1)
            continue;
        if (a->number == 8 || a->number == 16) {
            if (on_carbonyl(w, at, from, x[k], out)) return true;
            *out = (name_words){0};
        }
        if (a->number != 7) continue;
        for (int j = 0; j < n; j++) /* C(=N)N */
            if (n == 2 && j != k && atom(w, x[j])->number == 7 && w->degree[x[j]] == 1)
                return simple(out, "carbamimidoyl");
    }
    if (retained_carbon(w, at, from, out)) return true;
    *out = (name_words){0};
    return unit_of(w, at, from, false, out);
}

/* ---- others ---- */

static bool on_phosphorus(namer *w, int at, int from, name_words *out) {
    int x[WRITE_NEAR], oxo = 0, hydroxy = 0, anions = 0, rests = 0;
    const int n = others(w, at, from, x);
    const name_words *rest[WRITE_NEAR];
    if (n > 3 || atom(w, at)->charge || atom(w, at)->cip) return false;
    for (int k = 0; k < n; k++) {
        const bool end = w->degree[x[k]] == 1 && atom(w, x[k])->number == 8;
        if (end && order_of(w, at, x[k]) == 2) {
            oxo++;
            continue;
        }
        if (!(rest[rests++] = namer_substituent(w, x[k], at))) return false;
        if (!end) continue;
        hydroxy += atom(w, x[k])->hydrogens == 1;
        anions += atom(w, x[k])->charge == -1;
    }
    if (n == 3 && oxo == 1 && hydroxy == 2) return simple(out, "phosphono");
    if (n == 3 && oxo == 1 && anions == 2) return simple(out, "phosphonato");
    if (n != 3 || oxo != 1 || rests != 2) return false;
    join(out, rest, rests);
    return composed(out, "phosphoryl");
}

static bool on_silicon(namer *w, int at, int from, name_words *out) {
    int x[WRITE_NEAR];
    const int n = others(w, at, from, x);
    const name_words *rest[WRITE_NEAR];
    if (n > 3 || atom(w, at)->charge) return false;
    for (int k = 0; k < n; k++)
        if (!(rest[k] = namer_substituent(w, x[k], at))) return false;
    join(out, rest, n);
    out->composed = n > 0;
    return simple(out, "silyl");
}

static bool name_of(namer *w, int at, int from, name_words *out) {
    const mg_parts_atom *a = atom(w, at);
    if (w->g->bond[namer_bond(w, at, from)].ring) return false;
    if (a->number == 6) return on_carbon(w, at, from, out);
    if (!is_stereo_free(w, at, from) && a->number != 7) return false;
    if (a->ring) return unit_of(w, at, from, false, out);
    switch (a->number) {
    case 7: return on_nitrogen(w, at, from, out);
    case 8: return on_oxygen(w, at, from, out);
    case 9: return w->degree[at] == 1 && simple(out, "fluoro");
    case 17: return w->degree[at] == 1 && simple(out, "chloro");
    case 35: return w->degree[at] == 1 && simple(out, "bromo");
    case 53: return w->degree[at] == 1 && simple(out, "iodo");
    case 14: return on_silicon(w, at, from, out);
    case 15: return on_phosphorus(w, at, from, out);
    case 16: return on_sulfur(w, at, from, out);
    default: return false;
    }
}

const name_words *namer_substituent(namer *w, int at, int from) {
    const int bond = namer_bond(w, at, from);
    if (bond < 0) return NULL;
    name_words **known = &w->known[2 * bond + (w->g->bond[bond].a == at)];
    if (!*known) {
        if (w->depth == WRITE_DEPTH || namer_spent(w)) return NULL;
        name_words *out = calloc(1, sizeof *out);
        if (!out) {
            w->failed = true;
            return NULL;
        }
        w->depth++;
        if (!name_of(w, at, from, out)) out->failed = true;
        w->depth--;
        *known = out;
    }
    return (*known)->failed ? NULL : *known;
}
