/* functional.c - names of functional classes, made of the molecules that stand in them:
 *
 *   acetaldehyde ethyl propyl acetal, benzaldehyde ethylene acetal
 *   ethylene glycol monomethyl ether acetate, p-bromophenol ethyl ether
 *   styrene oxide                    of a hydrocarbon with one double bond
 *   hexanoic anhydride, terephthalic acid dihydrazide, adipic acid diamide
 *   perfluoroadipic acid             all hydrogens on carbon
 *
 * Each part is a name of its own. A place that is not the only one of its kind is no place.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct work {
    name_component_reader *read;
    molglot_error *err;
    int code;
} work;

/* ---- molecules ---- */

static char *read_words(work *w, const char *s, size_t n) {
    char own[NAME_LONGEST + 1], *out = NULL;
    while (n && strchr(" ,", s[n - 1])) n--;
    while (n && *s == ' ') s++, n--;
    if (n < 4 || n > NAME_LONGEST || w->code) return NULL;
    snprintf(own, sizeof own, "%.*s", (int)n, s);
    w->code = w->read(own, n, &out, w->err);
    if (out && strchr(out, '.')) { /* a salt */
        free(out);
        out = NULL;
    }
    return out;
}

static int count(work *w, const char *smiles, const char *smarts) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    mg_smarts *s = m ? mg_smarts_new(smarts, w->err) : NULL;
    const int n = s ? mg_smarts_count(s, m, 20) : -1;
    mg_smarts_free(s);
    mg_mol_free(m);
    return n;
}

/* The only product, in the place of *smiles; NULL: there is none, or several. all: each place will
 * react, so that any is the first. */
static void react_of(work *w, char **smiles, const char *other, const char *rule, bool all) {
    char **made = NULL;
    size_t n = 0;
    if (!*smiles || w->code) return;
    w->code = other ? mg_smiles_join(*smiles, other, rule, 2, &made, &n, w->err)
                    : mg_smiles_react(*smiles, rule, 2, &made, &n, w->err);
    free(*smiles);
    *smiles = n && (n == 1 || all) && !w->code ? made[0] : NULL;
    for (size_t i = *smiles != NULL; i < n; i++) free(made[i]);
    free(made);
}

static void react(work *w, char **smiles, const char *other, const char *rule) {
    react_of(w, smiles, other, rule, false);
}

/* A group as its iodide, "ethyl iodide"; NULL: it is none, or acyl. */
static char *iodide_of(work *w, const char *group, size_t n) {
    char own[NAME_LONGEST + 16];
    if (n < 3 || n > NAME_LONGEST || group[n - 1] != 'l') return NULL;
    snprintf(own, sizeof own, "%.*s iodide", (int)n, group);
    char *out = read_words(w, own, strlen(own));
    if (out && (count(w, out, "[I]") != 1 || count(w, out, "[I][#6]=[O,S,N]") > 0)) {
        free(out);
        out = NULL;
    }
    return out;
}

/* ---- words ---- */

static size_t last_word(const char *s, size_t n) {
    while (n && s[n - 1] != ' ') n--;
    return n;
}

/* "mono", "di", "bis(...)" in front of a group, which is left without them; how many, 0: not said.
 */
static int many_of(const char **s, size_t *n) {
    size_t length = 0;
    int many = *n > 4 && !strncmp(*s, "mono", 4) ? 1 : 0;
    if (many) length = 4;
    if (many && (*s)[4] == '-') length = 5;
    if (!many) many = name_multiplier(*s, *n, &length);
    if (!many || length >= *n) return 0;
    *s += length, *n -= length;
    if (*n > 2 && **s == '(' && (*s)[*n - 1] == ')') ++*s, *n -= 2;
    return many;
}

/* ---- acetals ---- */

#define CARBONYL "[CX3;$([CX3H1][#6]),$([CX3H2]),$([CX3]([#6])[#6])"

static char *acetal_of(work *w, const char *s, size_t n, const char *one, size_t n_one,
                       const char *other, size_t n_other) {
    static const char ring[] = CARBONYL ":1]=[OX1:2]>>[C:1]1[O:2]CCO1";
    static const char opened[] = CARBONYL ":1]=[OX1:2]>>[C:1]([O:2])[OH]";
    static const char first[] = "[CX4:1]([OX2H1:2])[OX2H1:4].[#6:3][I]>>[C:1]([O:2][#6:3])[O:4]";
    static const char second[] = "[CX4:1]([OX2H0:4])[OX2H1:2].[#6:3][I]>>[C:1]([O:4])[O:2][#6:3]";
    char *x = read_words(w, s, n);
    if (!x || count(w, x, CARBONYL "]=[OX1]") != 1) {
        free(x);
        return NULL;
    }
    if (!other && n_one == 8 && !strncmp(one, "ethylene", 8)) {
        react(w, &x, NULL, ring);
        return x;
    }
    char *a = iodide_of(w, one, n_one), *b = other ? iodide_of(w, other, n_other) : NULL;
    react(w, &x, NULL, opened);
    if (a) react(w, &x, a, first);
    if (a && b) react(w, &x, b, second);
    if (!a || (other && !b)) {
        free(x);
        x = NULL;
    }
    free(a);
    free(b);
    return x;
}

/* "X dimethyl acetal", "X ethyl propyl ketal", "X methyl hemiacetal", "X dimethylacetal". */
static char *acetal(work *w, const char *s) {
    static const char *const words[] = {"acetal", "ketal"};
    size_t n = strlen(s), k = 0;
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (name_ends_with(s, words[i])) k = strlen(words[i]);
    if (!k) return NULL;
    n -= k;
    const bool hemi = n > 4 && !strncmp(s + n - 4, "hemi", 4);
    if (hemi) n -= 4;
    if (n && s[n - 1] == ' ') n--;
    const size_t at = last_word(s, n);
    if (at < 5) return NULL;
    const char *group = s + at;
    size_t length = n - at;
    const int many = many_of(&group, &length);
    if (hemi) return many ? NULL : acetal_of(w, s, at - 1, group, length, NULL, 0);
    if (many == 2) return acetal_of(w, s, at - 1, group, length, group, length);
    if (many) return NULL;
    if (length == 8 && !strncmp(group, "ethylene", 8))
        return acetal_of(w, s, at - 1, group, length, NULL, 0);
    const size_t before = last_word(s, at - 1);
    if (before < 5) return NULL;
    return acetal_of(w, s, before - 1, s + before, at - 1 - before, group, length);
}

/* ---- ethers and esters of alcohols ---- */

#define HYDROXY "[OX2H1;$(O[#6]);!$(O[#6]=[O,S,N]);!$(O-C=C)"

static const char *glycol_at(const char *s, size_t *length) {
    static const char *const table[][2] = {
        {"ethylene glycol", "OCCO"},          {"diethylene glycol", "OCCOCCO"},
        {"triethylene glycol", "OCCOCCOCCO"}, {"tetraethylene glycol", "OCCOCCOCCOCCO"},
        {"propylene glycol", "CC(O)CO"},      {"trimethylene glycol", "OCCCO"},
        {"tetramethylene glycol", "OCCCCO"},  {"pentamethylene glycol", "OCCCCCO"},
        {"hexamethylene glycol", "OCCCCCCO"}, {"neopentyl glycol", "OCC(C)(C)CO"}};
    for (size_t i = 0; i < MG_COUNT(table); i++) {
        *length = strlen(table[i][0]);
        if (!strncmp(s, table[i][0], *length) && s[*length] == ' ') return table[i][1];
    }
    return NULL;
}

/* So many hydroxy groups, of which there are no more, take a group; of one of two the product must
 * be the only one. */
static void take(work *w, char **x, int many, bool said, const char *with, const char *rule) {
    const int there = *x ? count(w, *x, HYDROXY "]") : 0;
    const bool fits = there == many || (there > many && said && many == 1);
    if (!fits) {
        free(*x);
        *x = NULL;
    }
    for (int i = 0; i < many && *x; i++) react_of(w, x, with, rule, there == many);
}

/* "X [mono|di]Y ether": Y on the oxygens of X. */
static char *ether_of(work *w, const char *x_words, size_t n_x, const char *x_smiles,
                      const char *group, size_t n) {
    static const char rule[] = HYDROXY ":2].[#6:3][I]>>[O:2][#6:3]";
    const int many = many_of(&group, &n);
    char *y = iodide_of(w, group, n);
    char *x = y ? x_smiles ? strdup(x_smiles) : read_words(w, x_words, n_x) : NULL;
    if (x && count(w, x, "[CX3](=O)[OX2H1]") > 0) { /* of the acid, or of its phenol? */
        free(x);
        x = NULL;
    }
    take(w, &x, many ? many : 1, many == 1 || x_smiles, y, rule);
    free(y);
    return x;
}

/* "X acetate": esters of its other hydroxy groups. */
static char *esterified(work *w, char *x, const char *ion, size_t n, bool mono) {
    static const char rule[] = HYDROXY ":2].[#6:3](=[O:4])[O-]>>[O:2][#6:3]=[O:4]";
    const int many = many_of(&ion, &n);
    char *acid = x && n > 3 && !strncmp(ion + n - 3, "ate", 3) ? read_words(w, ion, n) : NULL;
    if (!acid || count(w, acid, "[O-]") != 1 || count(w, acid, "[#6X3](=O)[O-]") != 1) {
        free(x);
        x = NULL;
    }
    take(w, &x, many ? many : 1, many == 1 || mono, acid, rule);
    free(acid);
    return x;
}

static char *ether(work *w, const char *s) {
    const size_t n = strlen(s);
    size_t length = 0;
    const char *glycol = glycol_at(s, &length), *at = strstr(s, " ether");
    const bool whole = at && !at[6], ester = at && at[6] == ' ' && !strchr(at + 7, ' ');
    if (glycol && !at) /* "ethylene glycol diacetate" */
        return strchr(s + length + 1, ' ')
                   ? NULL
                   : esterified(w, strdup(glycol), s + length + 1, n - length - 1, true);
    const size_t last = last_word(s, n);
    if (!at && last > 5 && !strncmp(s + last, "mono", 4)) /* "resorcinol, monoacetate" */
        return esterified(w, read_words(w, s, last - 1), s + last, n - last, true);
    if (!whole && !ester) return NULL;
    const size_t end = (size_t)(at - s);
    const size_t from = glycol ? length + 1 : last_word(s, end);
    if (from < 5 || from >= end || memchr(s + from, ' ', end - from)) return NULL;
    char *x = ether_of(w, s, from - 1, glycol, s + from, end - from);
    return ester && x ? esterified(w, x, at + 7, n - end - 7, false) : x;
}

/* ---- oxides of double bonds ---- */

static char *epoxide(work *w, const char *s) {
    static const char *const table[][2] = {
        {"ethylene", "ethene"}, {"propylene", "prop-1-ene"}, {"propene", "prop-1-ene"}};
    static const char rule[] = "[CX3:1]=[CX3:2]>>[C:1]1[C:2]O1";
    char own[NAME_LONGEST + 16];
    if (!name_ends_with(s, "ene oxide")) return NULL;
    snprintf(own, sizeof own, "%.*s", (int)strlen(s) - 6, s);
    for (size_t i = 0; i < MG_COUNT(table); i++) {
        const size_t n = strlen(own), k = strlen(table[i][0]);
        if (n < k || strcmp(own + n - k, table[i][0]) != 0) continue;
        if (n > k && i) return NULL; /* of "propylene" the places are not sure */
        snprintf(own + n - k, sizeof own - n + k, "%s", table[i][1]);
        break;
    }
    char *x = read_words(w, own, strlen(own));
    if (x && (count(w, x, "[CX3]=[CX3]") != 1 || count(w, x, "[!#6;!#1;!#8;!F;!Cl;!Br]") > 0 ||
              strpbrk(x, "/\\@"))) {
        free(x);
        x = NULL;
    }
    react(w, &x, NULL, rule);
    return x;
}

/* ---- acids ---- */

#define CARBOXY "[CX3](=[OX1])[OX2H1]"
#define SULFO   "[SX4](=[OX1])(=[OX1])[OX2H1]"

/* The acid of a name that ends with "ic", "ic acid"; NULL. */
static char *acid_of(work *w, const char *s, size_t n) {
    char own[NAME_LONGEST + 16];
    while (n && strchr(" ,", s[n - 1])) n--;
    if (n < 4 || n > NAME_LONGEST) return NULL;
    const bool turned = s[n - 1] == '-' && memmem(s, n, " acid, ", 7);
    const bool acid = turned || !strncmp(s + n - 4, "acid", 4);
    const bool oyl = !acid && n > 6 && !strncmp(s + n - 3, "oyl", 3);
    if (!acid && !oyl && strncmp(s + n - 2, "ic", 2) != 0) return NULL;
    snprintf(own, sizeof own, "%.*s%s", (int)(oyl ? n - 2 : n), s,
             oyl    ? "ic acid"
             : acid ? ""
                    : " acid");
    return read_words(w, own, strlen(own));
}

static char *anhydride(work *w, const char *s) {
    static const char word[] = "anhydride";
    static const char pair[] = "[CX3:1](=[OX1:2])[OX2H1:5].[CX3:3](=[OX1:4])[OX2H1]>>"
                               "[C:1](=[O:2])[O:5][C:3]=[O:4]";
    static const char five[] = "[OX2H1:5][CX3:1](=[OX1:2])[#6:7]~[#6:8][CX3:3](=[OX1:4])[OX2H1]>>"
                               "[C:1]1(=[O:2])[#6:7]~[#6:8][C:3](=[O:4])[O:5]1";
    const size_t n = strlen(s), k = sizeof word - 1;
    if (n < k + 6 || strcmp(s + n - k, word) != 0) return NULL;
    char *x = acid_of(w, s, n - k);
    const int there = x ? count(w, x, CARBOXY) : 0;
    if (x && (strpbrk(x, "/\\") || (there != 1 && there != 2))) {
        free(x);
        return NULL;
    }
    char *other = there == 1 ? strdup(x) : NULL;
    react(w, &x, other, there == 1 ? pair : five);
    free(other);
    return x;
}

/* "X acid hydrazide", "X acid, dihydrazide", "X acid dimethylamide", "X acid chloride". */
static char *acid_derivative(work *w, const char *s) {
    static const struct {
        const char *word, *on_carbon, *on_sulfur;
        int many;
    } table[] = {
#define ON(group)                                    \
    "[CX3:1](=[OX1:2])[OX2H1]>>[C:1](=[O:2])" group, \
        "[SX4:1](=[OX1:2])(=[OX1:3])[OX2H1]>>[S:1](=[O:2])(=[O:3])" group
        {"hydrazide", ON("NN"), 1},
        {"dihydrazide", ON("NN"), 2},
        {"amide", ON("N"), 1},
        {"diamide", ON("N"), 2},
        {"methylamide", ON("NC"), 1},
        {"dimethylamide", ON("N(C)C"), 1},
        {"diethylamide", ON("N(CC)CC"), 1},
        {"phenylamide", ON("Nc1ccccc1"), 1},
        {"anilide", ON("Nc1ccccc1"), 1},
        {"hydroxyamide", ON("NO"), 1},
        {"chloride", ON("Cl"), 1},
        {"dichloride", ON("Cl"), 2},
        {"bromide", ON("Br"), 1},
        {"fluoride", ON("F"), 1},
        {"azide", ON("N=[N+]=[N-]"), 1}};
#undef ON
    const size_t n = strlen(s), from = last_word(s, n);
    if (from < 6) return NULL;
    for (size_t t = 0; t < MG_COUNT(table); t++) {
        if (strcmp(s + from, table[t].word) != 0) continue;
        char *x = acid_of(w, s, from - 1);
        const int carboxy = x ? count(w, x, CARBOXY) : 0, sulfo = x ? count(w, x, SULFO) : 0;
        if (carboxy + sulfo != table[t].many || (carboxy && sulfo)) {
            free(x);
            return NULL;
        }
        for (int i = 0; i < table[t].many; i++)
            react_of(w, &x, NULL, carboxy ? table[t].on_carbon : table[t].on_sulfur, true);
        return x;
    }
    return NULL;
}

/* All acids of x become esters of a group, "di(2-ethylhexyl)", "1,10-diallyl". */
static char *esters_of(work *w, char *x, const char *group, size_t n) {
    static const char rule[] = "[CX3:1](=[OX1:2])[OX2H1:5].[#6:3][I]>>[C:1](=[O:2])[O:5][#6:3]";
    size_t k = 0;
    while (k < n && (isdigit((unsigned char)group[k]) || strchr(",'", group[k]))) k++;
    if (k && k + 3 < n && group[k] == '-' && memchr(group, ',', k)) group += k + 1, n -= k + 1;
    const int many = many_of(&group, &n);
    const int there = x ? count(w, x, CARBOXY) : 0;
    char *y = there && there == (many ? many : 1) ? iodide_of(w, group, n) : NULL;
    if (!y || count(w, x, SULFO) > 0 || count(w, x, "[P,B]") > 0) {
        free(x);
        x = NULL;
    }
    for (int i = 0; i < there && x; i++) react_of(w, &x, y, rule, true);
    free(y);
    return x;
}

/* "dimethyl 3,3'-thiobispropanoate", "propanoic acid, 3,3'-thiobis-, didodecyl ester". */
static char *ester(work *w, const char *s) {
    char own[NAME_LONGEST + 16];
    size_t n = strlen(s);
    if (name_ends_with(s, " ester")) {
        n -= 6;
        const size_t from = last_word(s, n);
        if (from < 8) return NULL;
        char *x = acid_of(w, s, from - 1);
        return esters_of(w, x, s + from, n - from);
    }
    const char *blank = strchr(s, ' ');
    if (!blank || strchr(blank + 1, ' ') || !name_ends_with(s, "ate")) return NULL;
    n = strlen(blank + 1) - 3;
    snprintf(own, sizeof own, "%.*sic acid", (int)n, blank + 1);
    char *x = read_words(w, own, strlen(own));
    return esters_of(w, x, s, (size_t)(blank - s));
}

/* ---- perfluoro ---- */

static char *perfluoro(work *w, const char *s) {
    static const char rule[] = "[#6;!H0:1]>>[#6:1]F";
    enum { MOST = 60 };
    static const char *const words[] = {" acid",   " fluoride",  " chloride", " bromide",
                                        " iodide", " anhydride", " alcohol"};
    const char *blank = strchr(s, ' ');
    bool one = !blank; /* no ester, whose groups would be meant too */
    for (size_t i = 0; i < MG_COUNT(words) && blank; i++) one |= !strcmp(blank, words[i]);
    if (strncmp(s, "perfluoro", 9) != 0 || !one) return NULL;
    const char *rest = s + 9 + (s[9] == '-');
    size_t n = strlen(rest);
    char own[NAME_LONGEST + 1];
    const char *close = *rest == '(' || *rest == '[' ? rest + 1 : NULL;
    for (int depth = 1; close && *close && depth; close++)
        depth += (strchr("([{", *close) != NULL) - (strchr(")]}", *close) != NULL);
    if (close) /* "(2-methyl-3-oxahexanoyl) fluoride" */
        n = (size_t)snprintf(own, sizeof own, "%.*s%s", (int)(close - rest - 2), rest + 1, close);
    char *x = read_words(w, close ? own : rest, n);
    if (x && (strpbrk(x, "/\\@+") || strchr(x, '-') || count(w, x, "[CX3;!H0]=[O,N,S]") > 0)) {
        free(x);
        return NULL;
    }
    for (int i = 0; x && i < MOST; i++) { /* in whatever order */
        char **made = NULL;
        size_t k = 0;
        w->code = mg_smiles_react(x, rule, 1, &made, &k, w->err);
        if (k) free(x), x = made[0];
        free(made);
        if (!k || w->code) return x;
    }
    free(x);
    return NULL;
}

int name_functional(const char *folded, name_component_reader *read, char **smiles,
                    molglot_error *err) {
    static char *(*const kinds[])(work *, const char *) = {
        acetal, ether, epoxide, anhydride, acid_derivative, ester, perfluoro};
    work w = {.read = read, .err = err};
    *smiles = NULL;
    if (strchr(folded, ';') || strlen(folded) > NAME_LONGEST) return MOLGLOT_OK;
    for (size_t k = 0; k < MG_COUNT(kinds) && !*smiles && !w.code; k++)
        *smiles = kinds[k](&w, folded);
    if (w.code) {
        free(*smiles);
        *smiles = NULL;
    }
    return w.code;
}
