/* plain_parts.c - molecules that are told by their parts, as the name of what is meant:
 *
 *   a benzene ring with a methyl and, para to it, an amino group    1-methyl-4-aminobenzene
 *   two phenyl rings joined by an oxygen                            diphenyl ether
 *   nitrogen with three ethyl groups                                triethylamine
 *   a six-carbon chain with a hydroxyl at each end                  1,6-dihydroxyhexane
 *   glucose linked alpha-1,4 to glucose          alpha-D-glucosyl-(1->4)-D-glucose
 *   triphosphate of guanosine                    guanosine 5'-triphosphate
 *
 * A rule takes all words of the phrase. Carbons that may be a chain's or its group's ("a
 * four-carbon chain with an acid at each end"), anomers that are not said and the like have no
 * rule.
 */
#include "search/plain.h"

#include <ctype.h>
#include <stdio.h>

enum { SAID = 24, FOLDED = 4 * PLAIN_LONGEST + 1 };

typedef struct said { /* folded words, without articles and words for groups */
    char text[FOLDED];
    const char *w[SAID];
    int n;
} said;

static bool is(const said *s, int i, const char *list) {
    return i >= 0 && i < s->n && plain_one_of(s->w[i], list);
}

static bool read_words(const char *phrase, said *s) {
    s->n = 0;
    if (strlen(phrase) >= PLAIN_LONGEST) return false;
    mg_name_fold(phrase, strlen(phrase), s->text, sizeof s->text);
    char *rest = NULL;
    for (char *at = strtok_r(s->text, " ", &rest); at; at = strtok_r(NULL, " ", &rest)) {
        size_t n = strlen(at);
        while (n && strchr(",;.", at[n - 1])) at[--n] = 0;
        if (!n ||
            plain_one_of(at, "a|an|the|ring|rings|group|groups|atom|atoms|substituent|substituents|"
                             "its|residue|residues|unit|units"))
            continue;
        if (s->n == SAID) return false;
        s->w[s->n++] = at;
    }
    return s->n > 0;
}

/* "two", "2", "di-"; 0: no number. */
static int number_at(const said *s, int i) {
    static const char *const words[] = {"one",   "two",   "three", "four", "five",   "six",
                                        "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
    if (i < 0 || i >= s->n) return 0;
    for (int k = 0; k < (int)MG_COUNT(words); k++)
        if (!strcmp(s->w[i], words[k])) return k + 1;
    const size_t n = strlen(s->w[i]);
    return n <= 2 && strspn(s->w[i], "0123456789") == n ? atoi(s->w[i]) : 0;
}

static const char *times(int n) {
    static const char *const words[] = {"", "", "di", "tri", "tetra", "penta", "hexa"};
    return n > 0 && n < (int)MG_COUNT(words) ? words[n] : NULL;
}

static const char *alkane(int n) {
    static const char *const names[] = {"methane",     "ethane",      "propane",     "butane",
                                        "pentane",     "hexane",      "heptane",     "octane",
                                        "nonane",      "decane",      "undecane",    "dodecane",
                                        "tridecane",   "tetradecane", "pentadecane", "hexadecane",
                                        "heptadecane", "octadecane",  "nonadecane",  "icosane"};
    return n > 0 && n <= (int)MG_COUNT(names) ? names[n - 1] : NULL;
}

/* ---- groups ---- */

typedef struct group {
    const char *words, *prefix;
    enum { BARE = 1, CARBON = 2, LONG = 4 } is; /* no carbon; a chain of its own; in brackets */
} group;

static const group GROUPS[] = {{"methyl", "methyl", CARBON},
                               {"ethyl", "ethyl", CARBON},
                               {"propyl", "propyl", CARBON},
                               {"isopropyl", "isopropyl", CARBON},
                               {"butyl", "butyl", CARBON},
                               {"tert butyl|t butyl", "tert-butyl", CARBON},
                               {"phenyl", "phenyl", CARBON},
                               {"benzyl", "benzyl", CARBON},
                               {"cyclohexyl", "cyclohexyl", CARBON},
                               {"hydroxy|hydroxyl|oh|alcohol", "hydroxy", BARE},
                               {"amino|amine|nh2|primary amine", "amino", BARE},
                               {"nitro|no2", "nitro", BARE},
                               {"cyano|nitrile|cn", "cyano", 0},
                               {"chloro|chlorine|cl", "chloro", BARE},
                               {"bromo|bromine|br", "bromo", BARE},
                               {"fluoro|fluorine", "fluoro", BARE},
                               {"iodo|iodine", "iodo", BARE},
                               {"thiol|sh|mercapto|sulfanyl", "sulfanyl", BARE},
                               {"azido|azide", "azido", BARE},
                               {"methoxy|ome|methoxyl", "methoxy", 0},
                               {"ethoxy|oet", "ethoxy", 0},
                               {"carboxy|carboxyl|carboxylic acid|cooh|co2h", "carboxy", 0},
                               {"formyl|aldehyde|cho", "formyl", 0},
                               {"acetyl", "acetyl", 0},
                               {"acetamido", "acetamido", 0},
                               {"sulfonamide|sulfamoyl", "sulfamoyl", 0},
                               {"sulfonic acid|sulfo", "sulfo", 0},
                               {"carboxamide|carbamoyl", "carbamoyl", 0},
                               {"boronic acid", "borono", 0},
                               {"vinyl", "ethenyl", 0},
                               {"trifluoromethyl|cf3", "trifluoromethyl", LONG},
                               {"hydroxymethyl|ch2oh", "hydroxymethyl", LONG},
                               {"dimethylamino|nme2", "dimethylamino", LONG},
                               {"methyl ester|methoxycarbonyl", "methoxycarbonyl", LONG}};

/* Whether the words at i are those of a list's entry, the last one in the plural too. */
static int match_at(const said *s, int i, const char *list) {
    int best = 0;
    for (const char *at = list; *at;) {
        const size_t k = strcspn(at, "|");
        char entry[40], one[40];
        snprintf(entry, sizeof entry, "%.*s", (int)k, at);
        at += k + (at[k] == '|');
        int words = 0;
        bool same = true;
        for (const char *e = entry; *e && same; words++) {
            const size_t m = strcspn(e, " ");
            const bool last = !e[m];
            snprintf(one, sizeof one, "%.*s", (int)m, e);
            const char *w = i + words < s->n ? s->w[i + words] : "";
            const size_t n = strlen(w);
            same = !strcmp(w, one) || (last && n == m + 1 && w[m] == 's' && !strncmp(w, one, m));
            e += m + !last;
        }
        if (same && words > best) best = words;
    }
    return best;
}

/* The group whose words stand at i, most words first; *n: how many. */
static const group *group_at(const said *s, int i, int *n) {
    const group *best = NULL;
    *n = 0;
    for (size_t k = 0; k < MG_COUNT(GROUPS); k++) {
        const int words = match_at(s, i, GROUPS[k].words);
        if (words > *n) best = &GROUPS[k], *n = words;
    }
    return best;
}

/* "dichloro", "bis(trifluoromethyl)", behind what is there already. */
static void add_group(char out[PLAIN_LONGEST], const char *locants, int n, const group *g) {
    const bool tert = strchr(g->prefix, '-') != NULL;
    const char *many = n < 2 ? "" : (g->is & LONG) ? n == 2 ? "bis" : "tris" : times(n);
    const size_t at = strlen(out);
    snprintf(out + at, PLAIN_LONGEST - at, "%s%s%s%s%s%s%s%s", at && *locants ? "-" : "", locants,
             *locants ? "-" : "", many, g->is & LONG ? "(" : "", n > 1 && tert ? "-" : "",
             g->prefix, g->is & LONG ? ")" : "");
}

static void add(char out[PLAIN_LONGEST], const char *s) {
    const size_t at = strlen(out);
    snprintf(out + at, PLAIN_LONGEST - at, "%s", s);
}

#define LINKS "with|bearing|carrying|having"

/* ---- groups on a benzene ring by ortho, meta, para ---- */

typedef struct placed {
    const group *g;
    int n;
    char side; /* o, m, p, or 0 */
    bool to;   /* "para to it" */
} placed;

/* "para to it", "in para position", "para to each other" at *i; the side, 0: none. */
static char side_at(const said *s, int *i, const group *first, bool *to) {
    int at = *i + is(s, *i, "in");
    if (!is(s, at, "ortho|meta|para")) return 0;
    const char side = s->w[at++][0];
    if (is(s, at, "position|positions|relationship")) at++;
    int n = 0;
    *to = is(s, at, "to");
    if (*to) {
        at++;
        if (is(s, at, "each|one") && is(s, at + 1, "other|another"))
            at += 2;
        else if (is(s, at, "it|that|this"))
            at++;
        else if (first && group_at(s, at, &n) == first)
            at += n;
        else
            return 0;
    }
    *i = at;
    return side;
}

static bool read_placed(const said *s, int i, placed p[3], int *n) {
    *n = 0;
    while (i < s->n) {
        int words;
        bool to = false;
        if (is(s, i, "and")) i++;
        char side = side_at(s, &i, *n ? p[0].g : NULL, &to);
        const int count = number_at(s, i);
        if (count > 1 && !side) { /* "two para chlorines" */
            i++;
            side = side_at(s, &i, NULL, &to);
        } else if (count) {
            i++;
        }
        const group *g = group_at(s, i, &words);
        if (!g) { /* it was of what stands before */
            if (!side || !*n || p[*n - 1].side || count) return false;
            p[*n - 1].side = side, p[*n - 1].to = to;
            continue;
        }
        if (*n == 3) return false;
        p[(*n)++] = (placed){g, count ? count : 1, side, to};
        i += words;
        if (is(s, i, "in") || is(s, i, "ortho|meta|para")) {
            int k = i;
            bool own;
            const char behind = side_at(s, &k, p[0].g, &own);
            int more;
            const group *other = behind || !is(s, i + 1, "to") || *n == 3
                                     ? NULL
                                     : group_at(s, i + 2, &more);
            if (other) { /* "a methyl para to an amino group" */
                p[(*n)++] = (placed){other, 1, s->w[i][0], true};
                i += 2 + more;
                continue;
            }
            if (!behind) return false;
            if (!side && (own || k == s->n || is(s, k, "and")) && !group_at(s, k, &more))
                p[*n - 1].side = behind, p[*n - 1].to = own, i = k;
        }
    }
    return *n > 0;
}

static bool on_benzene(const placed *p, int n, char out[PLAIN_LONGEST]) {
    const char side = p[0].side ? p[0].side : n == 2 ? p[1].side : 0;
    const char *second = side == 'o' ? "2" : side == 'm' ? "3" : "4";
    char both[8];
    if (!side || (n == 2 && p[0].side && p[1].side)) return false;
    if (n == 1 && p[0].n == 2) {
        snprintf(both, sizeof both, "1,%s", second);
        add_group(out, both, 2, p[0].g);
    } else if (n == 2 && p[0].n == 1 && p[1].n == 1) {
        if (p[0].g == p[1].g) return false;
        add_group(out, "1", 1, p[0].g);
        add_group(out, second, 1, p[1].g);
    } else {
        return false;
    }
    add(out, "benzene");
    return true;
}

/* Of benzoic acid, whose acid is at 1; two single groups at its sides could be near or far. */
static bool on_parent(const placed *p, int n, const char *parent, char out[PLAIN_LONGEST]) {
    int open = 0, of_side[3] = {0};
    for (int i = 0; i < n; i++) {
        if (!p[i].side || p[i].to || p[i].n > (p[i].side == 'p' ? 1 : 2)) return false;
        const int k = p[i].side == 'o' ? 0 : p[i].side == 'm' ? 1 : 2;
        if (of_side[k]++) return false;
        open += k < 2 && p[i].n == 1;
        const char *locants = k == 2 ? "4" : p[i].n == 2 ? k ? "3,5" : "2,6" : k ? "3" : "2";
        add_group(out, locants, p[i].n, p[i].g);
    }
    add(out, parent);
    return open < 2;
}

static bool on_ring(const said *s, char out[PLAIN_LONGEST]) {
    static const char *const parents[] = {
        "benzoic acid",  "aniline",      "phenol",        "toluene",      "benzaldehyde",
        "nitrobenzene",  "anisole",      "benzonitrile",  "acetophenone", "benzamide",
        "chlorobenzene", "bromobenzene", "fluorobenzene", "iodobenzene",  "phenylboronic acid"};
    placed p[3];
    int n, at = is(s, 0, "benzene");
    const char *parent = NULL;
    for (size_t k = 0; k < MG_COUNT(parents) && !at; k++)
        if ((at = match_at(s, 0, parents[k])) > 0) parent = parents[k];
    if (!at || !is(s, at, LINKS) || !read_placed(s, at + 1, p, &n)) return false;
    return parent ? on_parent(p, n, parent, out) : on_benzene(p, n, out);
}

/* ---- all places of a small molecule ---- */

static bool all_places(const said *s, char out[PLAIN_LONGEST]) {
    static const struct {
        const char *name;
        int places;
    } parents[] = {{"methane", 4}, {"ethane", 6}, {"benzene", 6}, {"ethene", 4}, {"ethylene", 4}};
    int i = 2, sum = 0;
    for (size_t k = 0; k < MG_COUNT(parents); k++) {
        if (!is(s, 0, parents[k].name) || !is(s, 1, LINKS)) continue;
        while (i < s->n) {
            int words;
            if (is(s, i, "and")) i++;
            const int count = number_at(s, i), n = count ? count : 1;
            i += count > 0;
            const group *g = group_at(s, i, &words);
            if (!g || (g->is & LONG) || sum + n > parents[k].places) return false;
            if (sum && parents[k].name[0] != 'm') return false;
            add_group(out, "", n, g);
            sum += n, i += words;
        }
        add(out, k == 4 ? "ethene" : parents[k].name);
        return sum == parents[k].places || (k == 0 && sum > 0);
    }
    return false;
}

/* "propane with a hydroxyl on each carbon" */
static bool each_carbon(const said *s, char out[PLAIN_LONGEST]) {
    int words, n = 0;
    if (!is(s, 1, LINKS)) return false;
    for (int k = 2; k <= 6 && !n; k++)
        if (is(s, 0, alkane(k))) n = k;
    const bool ring = is(s, 0, "benzene");
    if (ring) n = 6;
    const group *g = n ? group_at(s, 2, &words) : NULL;
    if (!g || (g->is & LONG) || s->n != words + 5 || !is(s, 2 + words, "on|at") ||
        !is(s, 3 + words, "each|every") || !is(s, 4 + words, "carbon"))
        return false;
    static const char locants[] = "1,2,3,4,5,6";
    char some[sizeof locants];
    snprintf(some, sizeof some, "%.*s", 2 * n - 1, locants);
    add_group(out, some, n, g);
    add(out, s->w[0]);
    return true;
}

/* ---- chains ---- */

#define STRAIGHT "straight|linear|unbranched"

/* "six carbon chain", "straight chain of six carbons" at 0: carbons, and the words read. */
static int chain_at(const said *s, int *words) {
    int i = 0, n = 0;
    bool chain = false;
    for (; i < s->n; i++) {
        if (is(s, i, STRAIGHT "|saturated|alkyl|of|carbon|carbons")) continue;
        if (is(s, i, "chain"))
            chain = true;
        else if (!n && number_at(s, i))
            n = number_at(s, i);
        else
            break;
    }
    *words = i;
    for (int k = 2; k <= 12 && !i; k++)
        if (is(s, 0, alkane(k))) *words = 1, n = k, chain = true;
    return chain ? n : 0;
}

static bool chain_ends(const said *s, char out[PLAIN_LONGEST]) {
    int at, words;
    const int n = chain_at(s, &at);
    if (n < 2 || !alkane(n) || !is(s, at, LINKS)) return false;
    const group *g = group_at(s, at + 1, &words);
    int i = at + 1 + words;
    const bool both = is(s, i + 1, "each|both|either"), one = is(s, i + 1, "one");
    if (!g || !(g->is & BARE) || i + 3 != s->n || !is(s, i, "at|on") || (!both && !one) ||
        !is(s, i + 2, "end|ends"))
        return false;
    char locants[16];
    snprintf(locants, sizeof locants, one ? "1" : "1,%d", n);
    add_group(out, locants, one ? 1 : 2, g);
    add(out, alkane(n));
    return true;
}

/* "six-carbon straight-chain alkane", "saturated straight-chain fatty acid with eight carbons" */
static bool straight(const said *s, char out[PLAIN_LONGEST]) {
    int n = 0;
    bool no_branch = false, full = false, first = false;
    enum { NONE, ALKANE, ACID, ALCOHOL } kind = NONE;
    for (int i = 0; i < s->n; i++) {
        if (is(s, i, STRAIGHT))
            no_branch = true;
        else if (is(s, i, "saturated"))
            full = true;
        else if (is(s, i, "primary"))
            first = true;
        else if (!n && number_at(s, i) && is(s, i + 1, "carbon|carbons"))
            n = number_at(s, i);
        else if (!kind && is(s, i, "alkane"))
            kind = ALKANE;
        else if (!kind && is(s, i, "alcohol"))
            kind = ALCOHOL;
        else if (!kind && is(s, i, "fatty|carboxylic") && is(s, i + 1, "acid"))
            kind = ACID, i++;
        else if (!is(s, i, "chain|carbon|carbons|of|with|containing|having"))
            return false;
    }
    if (!no_branch || !alkane(n) || !kind) return false;
    if (kind != ALKANE && (!full || n < 2)) return false;
    if (first != (kind == ALCOHOL)) return false;
    const int stem = (int)strlen(alkane(n)) - 1;
    snprintf(out, PLAIN_LONGEST, "%.*s%s", stem, alkane(n),
             kind == ALKANE ? "e"
             : kind == ACID ? "oic acid"
                            : "-1-ol");
    return true;
}

/* ---- what is bound to what ---- */

#define JOINED "joined|linked|connected|bonded|bridged|bound"

/* The words from i on, with blanks. */
static void rest_of(const said *s, int i, char out[PLAIN_LONGEST]) {
    *out = 0;
    for (; i < s->n; i++) {
        if (*out) add(out, " ");
        add(out, s->w[i]);
    }
}

static bool two_phenyls(const said *s, char out[PLAIN_LONGEST]) {
    static const char *const links[][2] = {
        {"bond|single bond|direct bond|carbon carbon bond|carbon carbon single bond", "biphenyl"},
        {"oxygen|ether|ether bridge|ether linkage|single oxygen|o", "diphenyl ether"},
        {"sulfur|sulfide|thioether|s", "diphenyl sulfide"},
        {"methylene|methylene bridge|ch2|single ch2", "diphenylmethane"},
        {"nh|amine|nh bridge", "diphenylamine"},
        {"carbonyl|ketone|c=o", "benzophenone"},
        {"sulfone|sulfonyl|so2", "diphenyl sulfone"},
        {"disulfide|disulfide bond", "diphenyl disulfide"},
        {"triple bond|alkyne|acetylene", "diphenylacetylene"},
        {"azo|azo linkage|azo bridge", "azobenzene"},
        {"amide|amide bond|amide linkage", "benzanilide"},
        {"ester|ester linkage", "phenyl benzoate"},
        {"urea", "1,3-diphenylurea"}};
    char rest[PLAIN_LONGEST];
    if (number_at(s, 0) != 2 || !is(s, 1, "phenyl|phenyls|benzene|benzenes") || !is(s, 2, JOINED))
        return false;
    if (s->n == 4 && is(s, 3, "directly")) {
        add(out, "biphenyl");
        return true;
    }
    int i = 3 + is(s, 3, "together");
    if (!is(s, i, "by|through|via|with")) return false;
    rest_of(s, i + 1, rest);
    for (size_t k = 0; k < MG_COUNT(links); k++)
        if (plain_one_of(rest, links[k][0])) {
            add(out, links[k][1]);
            return true;
        }
    return false;
}

/* "two pyridines joined at their 2 positions" */
static bool two_rings(const said *s, char out[PLAIN_LONGEST]) {
    static const char *const rings[] = {"pyridine",   "thiophene", "furan",     "pyrrole",
                                        "pyrimidine", "pyrazine",  "quinoline", "naphthalene",
                                        "thiazole",   "imidazole", "indole"};
    if (number_at(s, 0) != 2 || !is(s, 2, JOINED) || !is(s, 3, "at|through|via")) return false;
    int i = 4 + is(s, 4, "their|both|position|positions|c");
    if (is(s, i, "position|positions|c")) i++;
    const char *w = i < s->n ? s->w[i] : "";
    if (*w == 'c') w++;
    if (strlen(w) != 1 || !isdigit((unsigned char)*w)) return false;
    i++;
    if (is(s, i, "position|positions|carbon|carbons")) i++;
    if (i != s->n) return false;
    for (size_t k = 0; k < MG_COUNT(rings); k++)
        if (match_at(s, 1, rings[k]) == 1) {
            snprintf(out, PLAIN_LONGEST, "%s,%s'-bi%s", w, w, rings[k]);
            return true;
        }
    return false;
}

/* "three phenyls on a phosphorus", "nitrogen with three ethyl groups" */
static bool around_one(const said *s, char out[PLAIN_LONGEST]) {
    static const struct {
        const char *element;
        int bonds;
        const char *name;
    } rows[] = {
        {"nitrogen", 3, "amine"},    {"phosphorus", 3, "phosphane"}, {"boron", 3, "borane"},
        {"silicon", 4, "silane"},    {"carbon", 4, "methane"},       {"tin", 4, "stannane"},
        {"germanium", 4, "germane"}, {"arsenic", 3, "arsane"},       {"antimony", 3, "stibane"},
        {"oxygen", 2, " ether"},     {"sulfur", 2, " sulfide"}};
    const bool first = !number_at(s, 0);
    const int from = first ? 2 : 0;
    int words;
    if (first && !is(s, 1, LINKS)) return false;
    const int n = number_at(s, from);
    const group *g = group_at(s, from + 1, &words);
    int i = from + 1 + words;
    if (!g || !(g->is & CARBON)) return false;
    if (!first) {
        if (is(s, i, "attached|bound|bonded|joined|linked") && is(s, i + 1, "to"))
            i += 2;
        else if (is(s, i, "on|around"))
            i++;
        else
            return false;
        if (is(s, i, "one|single|same|central")) i++;
    }
    const int element = first ? 0 : i;
    if (i + !first != s->n) return false;
    for (size_t k = 0; k < MG_COUNT(rows); k++)
        if (is(s, element, rows[k].element) && n == rows[k].bonds) {
            add_group(out, "", n, g);
            add(out, rows[k].name);
            return true;
        }
    return false;
}

/* ---- sugars and nucleotides ---- */

typedef struct sugar {
    const char *name, *side, *link;
    char hand;
} sugar;
static const sugar SUGARS[] = {
    {"glucose", "glucoside", "glucosyl", 'D'}, {"galactose", "galactoside", "galactosyl", 'D'},
    {"mannose", "mannoside", "mannosyl", 'D'}, {"xylose", "xyloside", "xylosyl", 'D'},
    {"fucose", "fucoside", "fucosyl", 'L'},    {"rhamnose", "rhamnoside", "rhamnosyl", 'L'}};

static const sugar *sugar_at(const said *s, int *i) {
    const int hand = is(s, *i, "d|l");
    for (size_t k = 0; k < MG_COUNT(SUGARS); k++)
        if (match_at(s, *i + hand, SUGARS[k].name)) {
            if (hand && s->w[*i][0] != (SUGARS[k].hand == 'D' ? 'd' : 'l')) return NULL;
            *i += hand + 1;
            return &SUGARS[k];
        }
    return NULL;
}

/* "1,4", "1 4", "(1->4)" at *i: the second place; 0: none. */
static int places_at(const said *s, int *i) {
    int found[2], n = 0, at = *i;
    for (; at < s->n && n < 2; at++)
        for (const char *c = s->w[at]; *c; c++) {
            if (isalpha((unsigned char)*c) || n == 2) return 0;
            if (isdigit((unsigned char)*c)) found[n++] = *c - '0';
        }
    if (n < 2 || found[0] != 1 || !strchr("2346", '0' + found[1])) return 0;
    *i = at;
    return found[1];
}

#define BOND "linked|linkage|bond|glycosidic|linkages|bonds"

static bool two_sugars(const said *s, char out[PLAIN_LONGEST]) {
    int i = 0;
    if (is(s, i, "disaccharide")) i += 1 + is(s, 1, "of");
    const bool two = number_at(s, i) == 2;
    i += two;
    const sugar *first = sugar_at(s, &i), *second = first;
    if (!first) return false;
    while (is(s, i, JOINED "|by|through|via|in")) i++;
    const char *anomer = is(s, i, "alpha|beta") ? s->w[i] : NULL;
    if (!anomer) return false;
    i++;
    const int place = places_at(s, &i);
    if (!place) return false;
    while (is(s, i, BOND)) i++;
    if (!two) {
        i += is(s, i, "to");
        second = sugar_at(s, &i);
    }
    if (!second || i != s->n) return false;
    snprintf(out, PLAIN_LONGEST, "%s-%c-%s-(1->%d)-%c-%s", anomer, first->hand, first->link, place,
             second->hand, second->name);
    return true;
}

/* Behind articles. */
static const char *bare(const char *s) {
    static const char *const articles[] = {"a ", "an ", "the "};
    for (size_t i = 0; i < MG_COUNT(articles); i++)
        if (plain_begins(s, articles[i])) return s + strlen(articles[i]);
    return s;
}

/* "beta-glucoside of phenol", "phenol with a beta-linked glucose" */
static bool glycoside(const char *phrase, const said *s, char out[PLAIN_LONGEST]) {
    char of[PLAIN_LONGEST] = "";
    const sugar *of_it = NULL;
    const char *anomer = NULL;
    for (size_t k = 0; k < MG_COUNT(SUGARS) && is(s, 0, "alpha|beta"); k++) {
        const int hand = is(s, 1, SUGARS[k].hand == 'D' ? "d" : "l");
        const char *at = strstr(phrase, " of ");
        if (!is(s, 1 + hand, SUGARS[k].side) || !is(s, 2 + hand, "of") || !at) continue;
        of_it = &SUGARS[k], anomer = s->w[0];
        add(of, bare(at + 4));
    }
    const char *with = strstr(phrase, " with ");
    for (int k = 0; k + 2 < s->n && !of_it && with; k++) {
        if (!is(s, k, "with") || !is(s, k + 1, "alpha|beta") || !is(s, k + 2, "linked")) continue;
        int before = 0, behind = k + 3;
        const sugar *front = sugar_at(s, &before), *back = sugar_at(s, &behind);
        const char *linked = strstr(with, "linked ");
        anomer = s->w[k + 1];
        if (front && before == k && !back && linked)
            of_it = front, add(of, bare(linked + 7));
        else if (back && behind == s->n && !front)
            of_it = back, snprintf(of, sizeof of, "%.*s", (int)(with - bare(phrase)), bare(phrase));
    }
    if (!of_it || strlen(of) < 4 || strlen(of) > 120 || strstr(of, " with ")) return false;
    snprintf(out, PLAIN_LONGEST, "%.120s %s-%c-%s", of, anomer, of_it->hand, of_it->side);
    return true;
}

static bool nucleotide(const said *s, char out[PLAIN_LONGEST]) {
    static const char bases[] = "adenosine|guanosine|cytidine|uridine|thymidine|inosine|xanthosine";
    int i = is(s, 0, "nucleotide|nucleoside");
    if (is(s, i, "5'")) i++;
    if (!is(s, i, "monophosphate|diphosphate|triphosphate") || !is(s, i + 1, "of")) return false;
    const char *kind = s->w[i];
    i += 2;
    const bool two = is(s, i, "2'");
    i += two;
    const char *w = i < s->n ? s->w[i] : "";
    const bool deoxy = !strncmp(w, "deoxy", 5);
    if (deoxy) w += 5;
    if (i + 1 != s->n || (two && !deoxy) || !plain_one_of(w, bases)) return false;
    snprintf(out, PLAIN_LONGEST, "%s%s 5'-%s", deoxy ? "2'-deoxy" : "", w, kind);
    return true;
}

/* ---- all of it ---- */

/* "anhydride of acetic acid", "triester of glycerol with three oleic acids", "alanine, D",
 * "disodium EDTA": other words for what is read elsewhere. */
static bool respelt(const char *phrase, const said *s, char out[PLAIN_LONGEST]) {
    const char *p = bare(phrase);
    const size_t n = strlen(p);
    if (s->n == 4 && is(s, 0, "anhydride") && is(s, 1, "of") && is(s, 3, "acid")) {
        snprintf(out, PLAIN_LONGEST, "%s anhydride", s->w[2]);
        return true;
    }
    if (is(s, 0, "triester") && is(s, 1, "of") && is(s, 2, "glycerol") && is(s, 3, "with|and") &&
        (is(s, 6, "acid|acids") || is(s, 5, "acid")) && number_at(s, 4) != 2) {
        const bool three = number_at(s, 4) == 3;
        if ((number_at(s, 4) && !three) || s->n != 6 + three) return false;
        snprintf(out, PLAIN_LONGEST, "glycerol with three %s acids", s->w[4 + three]);
        return true;
    }
    if (n > 5 && n < 60 && !strcmp(p + n - 3, ", D") && islower((unsigned char)*p)) {
        snprintf(out, PLAIN_LONGEST, "D-%.*s", (int)n - 3, p);
        return strchr(out, ' ') == NULL;
    }
    if (s->n == 2 && is(s, 0, "disodium|trisodium|dipotassium")) {
        const char *blank = strchr(p, ' ');
        if (blank) snprintf(out, PLAIN_LONGEST, "%s %s", blank + 1, s->w[0]);
        return blank != NULL;
    }
    return false;
}

bool plain_parts(const char *phrase, char out[PLAIN_LONGEST]) {
    static bool (*const rules[])(const said *, char *) = {
        on_ring,     all_places, each_carbon, chain_ends, straight,
        two_phenyls, two_rings,  around_one,  two_sugars, nucleotide};
    said s;
    if (!read_words(phrase, &s)) return false;
    for (size_t i = 0; i < MG_COUNT(rules); i++) {
        *out = 0;
        if (rules[i](&s, out)) return true;
    }
    *out = 0;
    return glycoside(phrase, &s, out) || respelt(phrase, &s, out);
}

const char *plain_letters(const char *word) {
    static const struct {
        const char *word, *smiles;
    } rows[] = {{"CDCl3", "[2H]C(Cl)(Cl)Cl"},
                {"CD2Cl2", "[2H]C([2H])(Cl)Cl"},
                {"CD3OD", "[2H]OC([2H])([2H])[2H]"},
                {"CD3CN", "[2H]C([2H])([2H])C#N"},
                {"C6D6", "[2H]c1c([2H])c([2H])c([2H])c([2H])c1[2H]"},
                {"DMSO-d6", "[2H]C([2H])([2H])S(=O)C([2H])([2H])[2H]"},
                {"d6-DMSO", "[2H]C([2H])([2H])S(=O)C([2H])([2H])[2H]"},
                {"DMF-d7", "[2H]C(=O)N(C([2H])([2H])[2H])C([2H])([2H])[2H]"},
                {"THF-d8", "[2H]C1([2H])OC([2H])([2H])C([2H])([2H])C1([2H])[2H]"},
                {"13C-methane", "[13CH4]"},
                {"13C-methanol", "O[13CH3]"},
                {"[13C]methanol", "O[13CH3]"},
                {"methanol-13C", "O[13CH3]"},
                {"[13C]methane", "[13CH4]"},
                {"methane-13C", "[13CH4]"},
                {"13C-urea", "N[13C](N)=O"},
                {"[13C]urea", "N[13C](N)=O"},
                {"urea-13C", "N[13C](N)=O"}};
    for (size_t i = 0; i < MG_COUNT(rows); i++)
        if (!strcasecmp(word, rows[i].word)) return rows[i].smiles;
    return NULL;
}
