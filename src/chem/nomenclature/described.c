/* described.c - molecules that a phrase builds from a parent and what stands where on it:
 *
 *   phenol substituted by a methoxy group at position 2 and a 1-hydroxyethyl group at position 4
 *   naphthalene-2,7-disulfonic acid in which the hydrogens at positions 3 and 4 are replaced by
 *     amino and hydroxy groups, respectively
 *   pyridine with methyl groups at positions 2 and 6
 *
 * They become the names that say the same, "2-methoxy-4-(1-hydroxyethyl)phenol", which name.c
 * reads.
 *
 *   phrase    [... that is] parent (link clauses | hydrogens)
 *   link      [which is] substituted by, carrying, bearing, with, having
 *   clauses   clause {, and clause}
 *   clause    groups at position(s) locants [respectively]
 *             at position(s) locants by groups [respectively]
 *             "at the 2- and 6-positions", "on carbon 4", "at C4"; of a benzene with one group of
 * its own "in the para position" hydrogens in which the hydrogen(s) at position(s) locants is
 * replaced by groups {and the ...} groups    [number] group [group(s), substituent(s)] {, and ...}
 *
 * Either one group has all locants of its clause, or each as many as its number says. All words
 * have to be used: what is left over, and what does not add up, makes it no such phrase.
 */
#include "chem/nomenclature/described.h"

#include "chem/nomenclature/nomenclature.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const
    AT[] = {"at", "on", NULL},
    *const KINDS[] = {"group",    "groups",    "substituent", "substituents", "residue",
                      "residues", "moiety",    "moieties",    "atom",         "atoms",
                      "function", "functions", NULL},
    *const JOINS[] = {"and",    "also", "by",   "with", "carrying",   "bearing",
                      "having", "as",   "well", "plus", "containing", NULL},
    *const PLACED[] = {"located", "situated", "attached", NULL}, *const PASSIVE[] = {"is",   "are",
                                                                                     "has",  "have",
                                                                                     "been", "also",
                                                                                     "was",  "were",
                                                                                     NULL},
    *const BY[] = {"by", "with", NULL}, *const SMALL[] = {"the",  "a",      "an",         "both",
                                                          "one",  "of",     "two",        "three",
                                                          "four", "single", "additional", NULL};

/* What a word counts; 0: it is none that stands before a group; -1: it does, and counts nothing. */
static int counts(const phrase *p, int i) {
    static const char *const words[] = {"a",    "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", NULL};
    static const char *const nothing[] = {"the",  "additional", "extra",   "further",
                                          "both", "single",     "another", NULL};
    if (is(p, i, "an")) return 1;
    for (int k = 0; words[k]; k++)
        if (is(p, i, words[k])) return k ? k : 1;
    return is_one_of(p, i, nothing) ? -1 : 0;
}

/* Splits at blanks; ends at a semicolon. */
static bool split(phrase *p) {
    for (const char *s = p->text; *s;) {
        while (isspace((unsigned char)*s)) s++;
        int n = 0;
        while (s[n] && !isspace((unsigned char)s[n])) n++;
        if (!n) break;
        if (p->n == WORDS) return false;
        word w = {s, n, false};
        s += n;
        const bool last = w.s[w.n - 1] == ';';
        if (w.s[w.n - 1] == ',' || last) w.n--, w.comma = !last;
        if (!*s && w.n && w.s[w.n - 1] == '.') w.n--;
        if (w.n) p->w[p->n++] = w;
        if (last) break;
    }
    return p->n > 0;
}

/* ---- stereo ---- */

/* Takes "(the 1R,2S-stereoisomer)" out of the text. */
static void take_stereo(phrase *p) {
    static const char *const ends[] = {
        "-stereoisomer)", "-isomer)", "-enantiomer)", "-diastereoisomer)", "-diastereomer)",
        " stereoisomer)", " isomer)", " enantiomer)", " diastereomer)",    " diastereoisomer)"};
    for (size_t k = 0; k < MG_COUNT(ends); k++) {
        char *end = strcasestr(p->text, ends[k]);
        if (!end) continue;
        char *open = end;
        while (open > p->text && *open != '(') open--;
        const char *from = open + 1;
        if (!strncasecmp(from, "the ", 4)) from += 4;
        const size_t n = (size_t)(end - from);
        for (size_t i = 0; i < n; i++)
            if (!isdigit((unsigned char)from[i]) && !strchr("RSEZrsabcdlphet',", from[i])) return;
        if (*open != '(' || n < 1) return;
        memcpy(p->stereo, from, n);
        p->stereo[n] = 0;
        end += strlen(ends[k]);
        if (open - p->text >= 5 && !strncasecmp(open - 5, "(the ", 5)) open -= 5;
        memmove(open, end, strlen(end) + 1);
        return;
    }
}

/* ---- locants ---- */

/* "3", "4'", "6a", "3beta", "C-3", "N": without "C-". Characters used, or 0. */
static size_t locant_at(const char *s, size_t n, char out[LOCANT]) {
    static const char *const sides[] = {"alpha", "beta"};
    size_t i = 0, k = 0;
    if (n > 1 && (*s == 'C' || *s == 'c')) i = s[1] == '-' ? 2 : 1;
    size_t from = i;
    while (i < n && i - from < 3 && isdigit((unsigned char)s[i])) i++;
    if (i == from) { /* N, N', alpha */
        if (i) return 0;
        if (strchr("NOS", *s)) i++;
        if (i && n > 3 && s[1] == '(' && isdigit((unsigned char)s[2]) && s[3] == ')') i = 4;
        for (k = 0; k < MG_COUNT(sides) && !i; k++)
            if (n >= strlen(sides[k]) && !strncmp(s, sides[k], strlen(sides[k])))
                i = strlen(sides[k]);
        if (!i) return 0;
    } else {
        if (i < n && s[i] >= 'a' && s[i] <= 'h' && !(i + 3 < n && s[i + 1] == 'l' && s[i] == 'a') &&
            !(i + 3 < n && s[i] == 'b' && s[i + 1] == 'e'))
            i++;
    }
    while (i < n && s[i] == '\'') i++;
    for (k = 0; k < MG_COUNT(sides) && from < i; k++)
        if (n - i >= strlen(sides[k]) && !strncmp(s + i, sides[k], strlen(sides[k]))) {
            i += strlen(sides[k]);
            break;
        }
    if (i + 1 == n && i > from && strchr("RS", s[i])) i++; /* "24S" */
    if (i - from >= LOCANT) return 0;
    memcpy(out, s + from, i - from);
    out[i - from] = 0;
    return i;
}

/* Those of one word, "1,3,5"; false: it is none. */
static bool locants_of(const word *w, char out[LOCANTS][LOCANT], int *n) {
    int found = *n;
    for (int at = 0; at < w->n;) {
        if (found == LOCANTS) return false;
        const size_t k = locant_at(w->s + at, (size_t)(w->n - at), out[found]);
        if (!k) return false;
        found++;
        at += (int)k;
        if (at < w->n && w->s[at++] != ',') return false;
        if (at == w->n && w->s[at - 1] == ',') return false;
    }
    *n = found;
    return true;
}

/* "[the] [carbon] position(s) 1, 2 and 3 [respectively]" from word i; the word behind, or -1. */
static int read_locants(const phrase *p, int i, pair *to) {
    to->n_locants = 0;
    if (is(p, i, "the")) i++;
    if (is(p, i, "carbon")) i++;
    const bool said = is_position(p, i);
    if (said) i++;
    /* without "position" only "C-3" and "C3" are locants */
    const word *w = i < p->n ? &p->w[i] : NULL;
    if (!said && !(w && w->n > 1 && *w->s == 'C' &&
                   (isdigit((unsigned char)w->s[1]) || (w->n > 2 && w->s[1] == '-'))))
        return -1;
    for (; i < p->n; i++) {
        const int before = to->n_locants;
        const bool more = before > 0 && is(p, i, "and");
        const int at = more ? i + 1 : i;
        if (at >= p->n || !locants_of(&p->w[at], to->locant, &to->n_locants)) break;
        i = at;
        if (!p->w[i].comma && !is(p, i + 1, "and")) {
            i++;
            break;
        }
    }
    if (!to->n_locants) return -1;
    return is(p, i, "respectively") ? i + 1 : i;
}

/* ---- groups ---- */

/* Whether the words from i on begin another clause. */
static bool clause_begins(const phrase *p, int i) {
    if (is(p, i, "and") || is(p, i, "by")) i++;
    if (is_one_of(p, i, AT)) return true;
    while (is_one_of(p, i, SMALL)) i++;
    return is(p, i, "hydrogen") || is(p, i, "hydrogens");
}

/* Groups from word i on; the word behind, or -1. */
static int read_groups(const phrase *p, int i, group out[GROUPS], int *n) {
    *n = 0;
    while (i < p->n) {
        group g = {0};
        int c;
        if (*n == GROUPS) return -1;
        for (; (c = counts(p, i)) != 0; i++)
            if (c > 0) g.number = c;
        g.from = i;
        bool ended = false;
        while (i < p->n && !ended && !is_one_of(p, i, KINDS) && !is(p, i, "and") &&
               !is_one_of(p, i, AT) && !is_one_of(p, i, PLACED) && !is(p, i, "as"))
            ended = p->w[i++].comma;
        g.to = i;
        if (g.to == g.from) return -1;
        for (; is_one_of(p, i, KINDS); i++) {
            g.several |= p->w[i].s[p->w[i].n - 1] == 's';
            ended |= p->w[i].comma;
        }
        out[(*n)++] = g;
        if (is(p, i, "respectively")) return i + 1;
        if (i == p->n || is_one_of(p, i, AT) || is_one_of(p, i, PLACED)) return i;
        if (clause_begins(p, i)) return i;
        if (is(p, i, "as"))
            i += is(p, i + 1, "well") && is(p, i + 2, "as") ? 3 : 1;
        else if (is(p, i, "and"))
            i++;
        else if (!ended)
            return -1;
    }
    return i;
}

/* Shares the locants of one clause among its groups. */
static bool share(phrase *p, const pair *clause, const group *groups, int n) {
    int all = 0, at = 0;
    for (int i = 0; i < n; i++) all += groups[i].number ? groups[i].number : 1;
    if (n == 1) {
        const int least = groups[0].number ? groups[0].number : 1 + groups[0].several;
        pair both = *clause;
        if (groups[0].number == 2 &&
            clause->n_locants == 1) { /* "two methyl groups at position 4" */
            memcpy(both.locant[1], both.locant[0], sizeof *both.locant);
            both.n_locants = 2;
            clause = &both;
        }
        if (p->n_pairs == PAIRS || clause->n_locants < least ||
            (groups[0].number > 1 && clause->n_locants > least))
            return false;
        const int before = groups[0].from - 1; /* "one methyl group at positions 2 and 6" */
        if (clause->n_locants > 1 && before >= 0 &&
            (is(p, before, "one") || is(p, before, "single")))
            return false;
        p->pairs[p->n_pairs] = *clause;
        p->pairs[p->n_pairs++].group = groups[0];
        return true;
    }
    if (all != clause->n_locants) return false;
    for (int i = 0; i < n; i++) {
        if (p->n_pairs == PAIRS) return false;
        pair *to = &p->pairs[p->n_pairs++];
        to->n_locants = groups[i].number ? groups[i].number : 1;
        to->group = groups[i];
        to->on_oxygen = clause->on_oxygen;
        memcpy(to->locant, clause->locant + at, (size_t)to->n_locants * sizeof *to->locant);
        at += to->n_locants;
    }
    return true;
}

/* ---- clauses ---- */

static bool read_clauses(phrase *p, int i) {
    pair clause = {0};
    group groups[GROUPS];
    int n;
    while (i < p->n) {
        while (is_one_of(p, i, JOINS)) i++;
        if (is_one_of(p, i, AT)) {
            if ((i = read_locants(p, i + 1, &clause)) < 0 || !is_one_of(p, i, BY)) return false;
            i = read_groups(p, i + 1, groups, &n);
        } else {
            if ((i = read_groups(p, i, groups, &n)) < 0) return false;
            while (is_one_of(p, i, PLACED)) i++;
            if (!is_one_of(p, i, AT)) return false;
            i = read_locants(p, i + 1, &clause);
        }
        if (i < 0 || !share(p, &clause, groups, n)) return false;
    }
    return p->n_pairs > 0;
}

/* "the hydrogens at positions 3 and 4 are replaced by ..." */
static bool read_hydrogens(phrase *p, int i) {
    pair clause = {0};
    group groups[GROUPS];
    int n;
    while (i < p->n) {
        if (is(p, i, "and")) i++;
        while (is_one_of(p, i, SMALL)) i++;
        const bool hydroxy = is(p, i, "hydroxy") || is(p, i, "phenolic") || is(p, i, "hydroxyl");
        i += hydroxy;
        if (!is(p, i, "hydrogen") && !is(p, i, "hydrogens")) return false;
        i++;
        if (is(p, i, "atom") || is(p, i, "atoms")) i++;
        while (is_one_of(p, i, PLACED)) i++;
        if (!is_one_of(p, i, AT) || (i = read_locants(p, i + 1, &clause)) < 0) return false;
        clause.on_oxygen = hydroxy;
        while (is_one_of(p, i, PASSIVE)) i++;
        if (!is(p, i, "replaced") && !is(p, i, "substituted")) return false;
        if (!is_one_of(p, i + 1, BY) || (i = read_groups(p, i + 2, groups, &n)) < 0) return false;
        if (!share(p, &clause, groups, n)) return false;
    }
    return p->n_pairs > 0;
}

/* ---- the name ---- */

static void add_words(const phrase *p, int from, int to, const char *between, mg_str *out) {
    for (int i = from; i < to; i++)
        mg_str_addf(out, "%s%.*s", i > from ? between : "", p->w[i].n, p->w[i].s);
}

/* How groups are called where they are no prefixes; letters as chemists write them. */
static const struct {
    const char *word, *prefix;
} GROUP_WORDS[] = {{"fluorine", "fluoro"},
                   {"chlorine", "chloro"},
                   {"bromine", "bromo"},
                   {"iodine", "iodo"},
                   {"hydroxyl", "hydroxy"},
                   {"alcohol", "hydroxy"},
                   {"carboxyl", "carboxy"},
                   {"carboxylicacid", "carboxy"},
                   {"sulfonicacid", "sulfo"},
                   {"phosphonicacid", "phosphono"},
                   {"aldehyde", "formyl"},
                   {"keto", "oxo"},
                   {"ketone", "oxo"},
                   {"thiol", "sulfanyl"},
                   {"nitrile", "cyano"},
                   {"amine", "amino"},
                   {"carboxamide", "carbamoyl"},
                   {"phosphate", "phosphonooxy"}},
  SYMBOLS[] = {{"F", "fluoro"},        {"Cl", "chloro"},        {"Br", "bromo"},
               {"I", "iodo"},          {"OH", "hydroxy"},       {"OMe", "methoxy"},
               {"OEt", "ethoxy"},      {"OAc", "acetoxy"},      {"OCF3", "trifluoromethoxy"},
               {"NH2", "amino"},       {"NHMe", "methylamino"}, {"NMe2", "dimethylamino"},
               {"NO2", "nitro"},       {"CN", "cyano"},         {"CHO", "formyl"},
               {"COOH", "carboxy"},    {"CO2H", "carboxy"},     {"CF3", "trifluoromethyl"},
               {"SH", "sulfanyl"},     {"SO3H", "sulfo"},       {"Me", "methyl"},
               {"Et", "ethyl"},        {"iPr", "propan-2-yl"},  {"tBu", "tert-butyl"},
               {"t-Bu", "tert-butyl"}, {"i-Pr", "propan-2-yl"}, {"Ph", "phenyl"},
               {"Bn", "benzyl"},       {"Ac", "acetyl"}};

/* "chlorine" and "chlorines" are "chloro"; "beta-hydroxy" leaves its side to the locant. */
static const char *as_prefix(const char *words, const char **side) {
    enum { SHORT = 20 };
    const size_t n = strlen(words);
    for (size_t i = 0; i < MG_COUNT(SYMBOLS); i++)
        if (!strcmp(words, SYMBOLS[i].word)) return SYMBOLS[i].prefix;
    for (size_t i = 0; i < MG_COUNT(GROUP_WORDS); i++) {
        const size_t k = strlen(GROUP_WORDS[i].word);
        if (!strncasecmp(words, GROUP_WORDS[i].word, k) &&
            (n == k || (n == k + 1 && words[k] == 's')))
            return GROUP_WORDS[i].prefix;
    }
    if (n < SHORT && !strncmp(words, "alpha-", 6)) return *side = "alpha", words + 6;
    if (n < SHORT && !strncmp(words, "beta-", 5)) return *side = "beta", words + 5;
    return words;
}

static void add_pair(const phrase *p, const pair *x, mg_str *out) {
    static const char *const few[] = {"",      "",     "di",    "tri", "tetra",
                                      "penta", "hexa", "hepta", "octa"},
                             *const whole[] = {"",        "",         "bis",
                                               "tris",    "tetrakis", "pentakis",
                                               "hexakis", "heptakis", "octakis"};
    mg_str words = {0};
    const char *side = "";
    const int n = x->n_locants < (int)MG_COUNT(few) ? x->n_locants : (int)MG_COUNT(few) - 1;
    add_words(p, x->group.from, x->group.to, "", &words);
    mg_str_addz(&words, "");
    const char *name = words.s ? as_prefix(words.s, &side) : "";
    const bool complex = strpbrk(name, "0123456789([{,-") != NULL;
    for (int i = 0; i < x->n_locants; i++)
        mg_str_addf(out, "%s%s%s%s", i ? "," : "", x->locant[i], side, x->on_oxygen ? "-O" : "");
    mg_str_addf(out, "-%s%s%s%s",
                name_is_bridge(name) ? ""
                : complex            ? whole[n]
                                     : few[n],
                complex ? "(" : "", name, complex ? ")" : "");
    out->failed |= words.failed;
    mg_str_free(&words);
}

/* Length of a stereo bracket that a name begins with, "(2E,4S)-" or "(-)-", or 0. */
static size_t bracket_at(const char *name) {
    size_t n = 1;
    if (*name != '(') return 0;
    while (isdigit((unsigned char)name[n]) || (name[n] && strchr("RSEZabcdlphet',", name[n]))) n++;
    return n > 1 && name[n] == ')' && name[n + 1] == '-' ? n + 2 : 0;
}

/* "docosahexaenoic acid" whose bracket says "4Z,7Z,10Z,13Z,16Z,19Z" is
 * "docosa-4,7,10,13,16,19-hexaenoic acid". */
static void add_chain(const char *name, const char *stereo, size_t n_stereo, mg_str *out) {
    mg_str places = {0};
    size_t stem, times = 0;
    int said = 0;
    for (size_t i = 0; i < n_stereo;) { /* "4Z," */
        const size_t n = strcspn(stereo + i, ",)");
        if (n > 1 && strchr("EZ", stereo[i + n - 1]))
            mg_str_addf(&places, "%s%.*s", said++ ? "," : "", (int)n - 1, stereo + i);
        i += n + 1;
    }
    int bonds = 1;
    const size_t all = strlen(name);
    if (said && name_stem(name, all, &stem)) {
        const char *at = name + stem;
        const bool a = *at == 'a';
        const int many = name_multiplier(at + a, strlen(at + a), &times);
        if (a && many > 1)
            bonds = many, at += 1 + times;
        else
            times = 0;
        if (bonds == said && !strncmp(at, "en", 2) && at[2] != '-') {
            mg_str_addf(out, "%.*s%s-%s-%s", (int)stem, name, times ? "a" : "", places.s,
                        name + stem + (times > 0));
            out->failed |= places.failed;
            mg_str_free(&places);
            return;
        }
    }
    mg_str_free(&places);
    mg_str_addz(out, name);
}

/* Parents whose place 2 is in the ring for one chemist and beside it for another. */
static bool is_ambiguous(const char *parent) {
    static const char *const parents[] = {"phenylacetic acid", "acetophenone", "propiophenone",
                                          "phenylacetonitrile", "benzyl alcohol"};
    for (size_t i = 0; i < MG_COUNT(parents); i++)
        if (!strcasecmp(parent, parents[i])) return true;
    return false;
}

/* The words of the parent, [from, to) before the link; false: they are none. */
static bool parent_of(const phrase *p, int from, int to, mg_str *out) {
    static const char *const starts[] = {"is", "of", "comprising", NULL};
    bool class = false;
    for (int i = from; i < to; i++) {
        const bool relative = is(p, i, "is") && (is(p, i - 1, "that") || is(p, i - 1, "which"));
        const bool consists = is(p, i, "of") &&
                              (is(p, i - 1, "consisting") || is(p, i - 1, "consists"));
        const bool kind = is(p, i, "of") && is(p, i - 1, "class");
        if (!is_one_of(p, i, starts) || !(relative || consists || kind || is(p, i, "comprising")))
            continue;
        from = i + 1, class = kind;
    }
    while (from < to && (is(p, from, "a") || is(p, from, "an") || is(p, from, "the"))) from++;
    static const char *const tails[] = {"skeleton", "ring", "core", "nucleus", "derivative", NULL};
    if (to - from > 1 && is_one_of(p, to - 1, tails)) to--;
    for (int i = from + 1; i < to; i++) /* "(another name)" */
        if (p->w[i].s[0] == '(' && p->w[to - 1].s[p->w[to - 1].n - 1] == ')') to = i;
    if (from >= to || to - from > 4) return false;
    for (int i = from; i + 1 < to; i++)
        if (p->w[i].comma) return false;
    add_words(p, from, to, " ", out);
    if (class && out->n && out->s[out->n - 1] == 's') out->n--;
    mg_str_addz(out, "");
    if (out->n && out->s) out->s[out->n] = 0;
    return !out->failed && out->n;
}

/* Descriptors of both the phrase and its parent, in one bracket: "(7S,17S,4Z)-". */
static void add_stereo(const phrase *p, const char *parent, size_t bracket, mg_str *out) {
    const size_t inner = bracket ? bracket - 3 : 0;
    if (!*p->stereo && !inner) return;
    mg_str_addf(out, "(%s%s%.*s)-", p->stereo, *p->stereo && inner ? "," : "", (int)inner,
                parent + (bracket > 0));
}

/* "dihydroxy-5beta-cholanic acid carrying hydroxy substituents at positions 3alpha and 7beta": its
 * first word says how many they are; characters. */
static size_t kind_of(const phrase *p, const char *name) {
    static const char *const kinds[] = {"monohydroxy-", "dihydroxy-", "trihydroxy-",
                                        "tetrahydroxy-"};
    for (int k = 0; k < (int)MG_COUNT(kinds); k++) {
        const size_t n = strlen(kinds[k]);
        const group *g = &p->pairs[0].group;
        if (!strncmp(name, kinds[k], n) && p->n_pairs == 1 && p->pairs[0].n_locants == k + 1 &&
            g->to == g->from + 1 &&
            (is(p, g->from, "hydroxy") || is(p, g->from, "alpha-hydroxy") ||
             is(p, g->from, "beta-hydroxy")))
            return n;
    }
    return 0;
}

/* "(R)-hydroxy" at position 5 is "(5R)-5-hydroxy". */
static void take_sides(phrase *p) {
    for (int i = 0; i < p->n_pairs; i++) {
        const pair *x = &p->pairs[i];
        word *w = &p->w[x->group.from];
        if (x->n_locants != 1 || x->group.to != x->group.from + 1 || w->n < 6 || w->s[0] != '(' ||
            !strchr("RS", w->s[1]) || strncmp(w->s + 2, ")-", 2) != 0)
            continue;
        bool plain = true;
        for (int k = 4; k < w->n; k++) plain &= isalpha((unsigned char)w->s[k]) != 0;
        const size_t n = strlen(p->stereo);
        if (!plain || n + LOCANT + 2 >= sizeof p->stereo) continue;
        snprintf(p->stereo + n, sizeof p->stereo - n, "%s%s%c", n ? "," : "", x->locant[0],
                 w->s[1]);
        w->s += 4, w->n -= 4;
    }
}

static void add_name(phrase *p, const char *parent, size_t *stereo, mg_str *out) {
    take_sides(p);
    const size_t bracket = bracket_at(parent);
    add_stereo(p, parent, bracket, out);
    /* without "(3beta,5alpha)-" it would be another molecule */
    const bool faces =
        strstr(p->stereo, "alpha") || strstr(p->stereo, "beta") ||
        (bracket && (memmem(parent, bracket, "alpha", 5) || memmem(parent, bracket, "beta", 4)));
    *stereo = faces ? 0 : out->n;
    for (int i = 0; i < p->n_pairs; i++) {
        if (i) mg_str_addz(out, "-");
        add_pair(p, &p->pairs[i], out);
    }
    const char *name = parent + bracket + kind_of(p, parent + bracket);
    if (strchr("0123456789([{", *name) || (*name && name[1] == '-')) mg_str_addz(out, "-");
    add_chain(name, parent + 1, bracket ? bracket - 3 : 0, out);
}

/* The word where the parent ends; *rest: where the clauses begin; *hydrogens: of which kind. */
static int find_link(const phrase *p, int *rest, bool *hydrogens) {
    static const char *const links[] = {"carrying", "bearing",    "with",
                                        "having",   "containing", NULL},
                             *const verbs[] = {"carries", "bears", "has", "contains", NULL};
    for (int i = 1; i < p->n; i++) {
        *hydrogens = (is(p, i, "in") && is(p, i + 1, "which")) || is(p, i, "where");
        if (*hydrogens) {
            *rest = i + (is(p, i, "in") ? 2 : 1);
            return i;
        }
        int k = i;
        if (is(p, k, "which") || is(p, k, "that")) k++;
        while (is_one_of(p, k, PASSIVE)) k++;
        if (is(p, k, "substituted")) {
            *rest = k + 1;
            return i;
        }
        const bool relative = is(p, i, "which") || is(p, i, "that");
        if (relative ? is_one_of(p, i + 1, verbs) : is_one_of(p, i, links)) {
            *rest = i + 1 + relative;
            return i;
        }
    }
    return 0;
}

/* "tryptophan with a methyl group at position 5 of the indole ring": its numbers are the ring's. */
static void drop_rings(char *text) {
    static const char *const rings[][2] = {
        {"tryptophan", "indole"},     {"proline", "pyrrolidine"}, {"phenylalanine", "phenyl"},
        {"phenylalanine", "benzene"}, {"tyrosine", "benzene"},    {"tyrosine", "phenyl"}};
    static const char *const words[] = {" on the %s ring", " of the %s ring", " on the %s"};
    for (size_t i = 0; i < MG_COUNT(rings); i++)
        for (size_t k = 0; k < MG_COUNT(words) && strstr(text, rings[i][0]); k++) {
            char what[40];
            snprintf(what, sizeof what, words[k], rings[i][1]);
            char *at = strstr(text, what);
            if (at) memmove(at, at + strlen(what), strlen(at + strlen(what)) + 1);
        }
}

/* *on, unless NULL: the parent without its stereo. */
static int described(const char *text, char **name, size_t *stereo, char **on, molglot_error *err) {
    phrase *p;
    mg_str out = {0}, parent = {0};
    int rest = 0;
    bool hydrogens = false, full = false;
    *name = NULL, *stereo = 0;
    if (strlen(text) >= LONGEST || !strstr(text, " ")) return MOLGLOT_OK;
    int code = sugar_described(text, name, err);
    if (!code && !*name) code = name_lipid_described(text, name, err);
    if (code || *name) return code;
    if (!(p = calloc(1, sizeof *p))) return mg_no_memory(err, "a name");
    memcpy(p->text, text, strlen(text) + 1);
    drop_rings(p->text);
    name_say_bonds(p->text, sizeof p->text);
    take_stereo(p);
    if (split(p)) phrase_say_positions(p);
    const int end = find_link(p, &rest, &hydrogens);
    const int begin = is(p, 0, "the") && is(p, 1, "molecule") && is(p, 2, "is") ? 3 : 0;
    if (end > begin && (hydrogens ? read_hydrogens(p, rest) : read_clauses(p, rest)) &&
        parent_of(p, begin, end, &parent) &&
        (p->relative ? phrase_has_relatives(parent.s) : !is_ambiguous(parent.s)))
        add_name(p, parent.s, stereo, &out);
    free(p);
    if (on && out.n && !(*on = strdup(parent.s + bracket_at(parent.s)))) full = true;
    mg_str_free(&parent);
    if (out.failed || full) {
        mg_str_free(&out);
        return mg_no_memory(err, "a name");
    }
    *name = out.n ? out.s : NULL;
    if (!out.n) mg_str_free(&out);
    return MOLGLOT_OK;
}

/* Whether a ring that was aromatic is none any more: "purine with an oxo group" is meant with two
 * hydrogens more than "6-oxopurine" says. */
static int is_quinoid(const char *parent, const char *name, bool *is, molglot_error *err) {
    char *before = NULL, *after = NULL;
    int code = mg_name_read(parent, &before, err);
    if (!code && before) code = mg_name_read(name, &after, err);
    *is = before && after && strpbrk(before, "cn") && !strpbrk(after, "cn");
    free(before);
    free(after);
    return code;
}

/* What composes a peptide goes before, unless nobody understands it and this is another phrase. */
int mg_name_described(const char *text, char **name, size_t *stereo, molglot_error *err) {
    char *composed = NULL, *smiles = NULL;
    int code = name_composed(text, &composed, err);
    if (!code && composed) code = mg_name_read(composed, &smiles, err);
    const bool read = smiles != NULL;
    free(smiles);
    *name = NULL, *stereo = 0;
    char *on = NULL;
    bool quinoid = false;
    if (!code && !read) code = described(text, name, stereo, &on, err);
    if (!code && *name && on && strstr(*name, "oxo")) code = is_quinoid(on, *name, &quinoid, err);
    if (code || quinoid) {
        free(*name);
        *name = NULL;
    }
    free(on);
    if (!code && !*name)
        *name = composed;
    else
        free(composed);
    return code;
}

int mg_name_described_parent(const char *text, char **parent, molglot_error *err) {
    char *name;
    size_t stereo;
    *parent = NULL;
    const int code = described(text, &name, &stereo, parent, err);
    free(name);
    return code;
}
