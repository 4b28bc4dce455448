/* renamed.c - names of another style as the grammar has them:
 *
 *   triphenyltin chloride          chlorotriphenylstannane
 *   triethylarsine                 triethylarsane
 *   diethylcarbinol                diethylmethanol
 *   2-norbornanecarboxylic acid    2-bicyclo[2.2.1]heptanecarboxylic acid
 *   (2h3)methyl                    (trideuteriomethyl)
 *   anthraquinone-2-sulfonate      9,10-dioxo-9,10-dihydroanthracene-2-sulfonate
 *
 * In room for NAME_LONGEST characters; what does not fit stays as it is.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c) { return isdigit((unsigned char)c); }

/* Behind a group: "phenyl", "bis(4-methylphenyl)". */
static bool behind_group(const char *s, size_t at) {
    return at > 2 && ((s[at - 1] == 'l' && s[at - 2] == 'y') || s[at - 1] == ')');
}

static const char *hydride_of(const char *metal) {
    static const char *const table[][2] = {
        {"tin", "stannane"},     {"germanium", "germane"}, {"lead", "plumbane"},
        {"antimony", "stibane"}, {"arsenic", "arsane"},    {"bismuth", "bismuthane"},
        {"mercury", "mercury"},  {"silicon", "silane"},    {"thallium", "thallane"}};
    for (size_t k = 0; k < MG_COUNT(table); k++)
        if (!strcmp(metal, table[k][0])) return table[k][1];
    return NULL;
}

/* "triphenyltin chloride", "dimethylgermanium dibromide", "triethylbismuth". */
static void organometals(char *s) {
    static const char *const metals[] = {"tin",     "germanium", "lead",    "antimony", "arsenic",
                                         "bismuth", "mercury",   "silicon", "thallium"};
    static const char *const halides[][2] = {
        {"chloride", "chloro"}, {"bromide", "bromo"}, {"iodide", "iodo"}, {"fluoride", "fluoro"}};
    char own[NAME_LONGEST + 1];
    const char *blank = strchr(s, ' ');
    const size_t word = blank ? (size_t)(blank - s) : strlen(s);
    if (strchr(s, ';') || strchr(s, ',')) return;
    for (size_t m = 0; m < MG_COUNT(metals); m++) {
        const size_t k = strlen(metals[m]);
        if (word < k + 5 || strncmp(s + word - k, metals[m], k) != 0 || !behind_group(s, word - k))
            continue;
        if (!blank) { /* all its bonds are said: "triethylantimony"; tin has such names */
            const bool three = m > 2 && m < 6 && !strncmp(s, "tri", 3),
                       four = m == 1 && !strncmp(s, "tetra", 5);
            if (three || four) name_put(s, word - k, k, hydride_of(metals[m]));
            return;
        }
        const char *halide = blank + 1;
        size_t length = 0;
        const int many = name_multiplier(halide, strlen(halide), &length);
        if (!many) length = 0;
        for (size_t h = 0; h < MG_COUNT(halides); h++) {
            if (strcmp(halide + length, halides[h][0]) != 0) continue;
            const int n = snprintf(own, sizeof own, "%.*s%s%s%.*s%s%s", (int)length, halide,
                                   halides[h][1], m == 6 ? "(" : "", (int)(word - k), s,
                                   m == 6 ? ")" : "", hydride_of(metals[m]));
            if (n > 0 && n <= NAME_LONGEST) memcpy(s, own, (size_t)n + 1);
            return;
        }
    }
}

/* Where a word ends. */
static bool is_end(const char *s) { return !*s || strchr(" ,;-", *s); }

/* Names that mean another molecule than their parts say. */
static void known(char *s) {
    static const char *const table[][2] = {
        {"phenylacetylcarbinol", "1-hydroxy-1-phenylpropan-2-one"}, /* of the trade */
        /* a hydroxy group at C1 makes C3 of vitamin D an R centre */
        {"1alpha,25-dihydroxyvitamin d3", "calcitriol"},
        {"1alpha,25-dihydroxycholecalciferol", "calcitriol"},
        {"1alpha-hydroxyvitamin d3",
         "(5z,7e)-(1s,3r)-9,10-secocholesta-5,7,10(19)-triene-1,3-diol"},
        {"1alpha-hydroxyvitamin d2",
         "(5z,7e,22e)-(1s,3r)-9,10-secoergosta-5,7,10(19),22-tetraene-1,3-diol"}};
    for (size_t k = 0; k < MG_COUNT(table); k++) {
        const char *at = strstr(s, table[k][0]);
        if (at && (at == s || !isalnum((unsigned char)at[-1])))
            name_put(s, (size_t)(at - s), strlen(table[k][0]), table[k][1]);
    }
}

static void hydrides(char *s) {
    static const char *const table[][2] = {{"arsine", "arsane"},
                                           {"stibine", "stibane"},
                                           {"bismuthine", "bismuthane"},
                                           {"carbinol", "methanol"}};
    for (size_t k = 0; k < MG_COUNT(table); k++)
        for (char *at = s; (at = strstr(at, table[k][0])) != NULL; at++) {
            const size_t n = strlen(table[k][0]), i = (size_t)(at - s);
            const bool index = at == s && at[n] == ',';
            if (!is_end(at + n) || at[n] == '-' || (!behind_group(s, i) && !index)) continue;
            name_put(s, i, n, table[k][1]);
        }
}

static void rings(char *s) {
    static const char *const table[][2] = {{"norbornan", "bicyclo[2.2.1]heptan"},
                                           {"norborn-", "bicyclo[2.2.1]hept-"},
                                           {"2-norbornyl", "2-bicyclo[2.2.1]heptanyl"},
                                           {"anthra-9,10-quinone", "anthracene-9,10-dione"},
                                           {"benzo-1,4-quinone", "1,4-benzoquinone"},
                                           {"5-norbornene-", "bicyclo[2.2.1]hept-5-ene-"},
                                           {"2-norbornene", "bicyclo[2.2.1]hept-2-ene"}};
    for (size_t k = 0; k < MG_COUNT(table); k++)
        for (char *at = s; (at = strstr(at, table[k][0])) != NULL; at++)
            if (at == s || !islower((unsigned char)at[-1]))
                name_put(s, (size_t)(at - s), strlen(table[k][0]), table[k][1]);
}

/* "anthraquinone-2-sulfonic", "5-anthraquinonesulfonic", "1,4-naphthoquinone-2-sulfonate". */
/* "p-toluenesulfonate", "alpha-toluenesulfonyl", "2(1h)-pyridone". */
static void old_acids(char *s) {
    static const char *const table[][2] = {{"p-toluenesulfon", "4-methylbenzenesulfon"},
                                           {"4-toluenesulfon", "4-methylbenzenesulfon"},
                                           {"m-toluenesulfon", "3-methylbenzenesulfon"},
                                           {"o-toluenesulfon", "2-methylbenzenesulfon"},
                                           {"2-toluenesulfon", "2-methylbenzenesulfon"},
                                           {"alpha-toluenesulfon", "phenylmethanesulfon"},
                                           {")-pyridone", ")-pyridinone"},
                                           {")-pyrimidone", ")-pyrimidinone"},
                                           {"-n-butyric", "-butyric"},
                                           {"alpha-naphth", "1-naphth"},
                                           {"beta-naphth", "2-naphth"},
                                           {"-picoline", "-methylpyridine"}};
    for (size_t k = 0; k < MG_COUNT(table); k++)
        for (char *at = s; (at = strstr(at, table[k][0])) != NULL; at++)
            if (at == s || at[-1] == ' ' || *at == ')' ||
                (*at == '-' && (at[1] == 'n' || is_digit(at[-1]))))
                name_put(s, (size_t)(at - s), strlen(table[k][0]), table[k][1]);
}

static void quinones(char *s) {
    static const char *const table[][2] = {
        {"anthraquinone", "9,10-dioxo-9,10-dihydroanthracene"},
        {"1,4-naphthoquinone", "1,4-dioxo-1,4-dihydronaphthalene"},
        {"1,2-naphthoquinone", "1,2-dioxo-1,2-dihydronaphthalene"}};
    static const char *const suffixes[] = {"sulfon", "carbox", "disulfon", "dicarbox", "carbon"};
    for (size_t k = 0; k < MG_COUNT(table); k++) {
        const char *at = strstr(s, table[k][0]);
        if (!at || (at > s && islower((unsigned char)at[-1]))) continue;
        const size_t i = (size_t)(at - s), n = strlen(table[k][0]);
        if (at[n] == '-' && is_digit(at[n + 1])) {
            name_put(s, i, n, table[k][1]);
            return;
        }
        bool suffix = false;
        for (size_t j = 0; j < MG_COUNT(suffixes); j++)
            suffix |= !strncmp(at + n, suffixes[j], strlen(suffixes[j]));
        size_t from = i; /* "2,6-anthraquinonedisulfonic" */
        if (from > 1 && s[from - 1] == '-')
            for (from--; from && (is_digit(s[from - 1]) || s[from - 1] == ',');) from--;
        if (!suffix || from + 1 >= i) continue;
        char own[120];
        if (i - from > 20) continue;
        snprintf(own, sizeof own, "%s-%.*s", table[k][1], (int)(i - from), s + from);
        name_put(s, from, i - from + n, own);
        return;
    }
}

/* The group of "di...", "bis(...)" in s[0..n); its characters, 0: it is none. */
static size_t doubled(const char *s, size_t n, const char **group) {
    if (n > 4 && !strncmp(s, "bis(", 4) && s[n - 1] == ')') {
        *group = s + 3;
        return n - 3;
    }
    *group = s + 2;
    return n > 4 && !strncmp(s, "di", 2) ? n - 2 : 0;
}

/* "1,1'-dimethyl-4,4'-bipyridinium dichloride", "4,4'-bipyridinium, 1,1'-diheptyl-, dibromide":
 * two rings, one on the other. */
static void bipyridiniums(char *s) {
    static const char *const ends[] = {"-4,4'-bipyridinium", "-4,4'-bipyridine-1,1'-diium",
                                       "-[4,4'-bipyridine]-1,1'-diium",
                                       "-4,4'-bipyridin-1,1'-diium"};
    static const char front[] = "4,4'-bipyridinium, 1,1'-";
    char own[NAME_LONGEST + 1];
    const char *group = NULL, *rest = NULL;
    size_t n = 0;
    if (!strncmp(s, front, sizeof front - 1)) {
        const char *from = s + sizeof front - 1, *end = strstr(from, "-, ");
        if (!end && name_ends_with(from, "-")) end = from + strlen(from) - 1;
        if (end) n = doubled(from, (size_t)(end - from), &group);
        if (end) rest = end[1] ? end + 2 : end + 1;
    } else if (!strncmp(s, "1,1'-", 5)) {
        for (size_t k = 0; k < MG_COUNT(ends) && !n; k++) {
            const char *end = strstr(s, ends[k]);
            if (!end) continue;
            n = doubled(s + 5, (size_t)(end - s) - 5, &group);
            rest = end + strlen(ends[k]);
        }
    }
    if (!n || n > 120) return;
    const int length = snprintf(own, sizeof own,
                                "1-%.*s-4-(1-%.*spyridin-1-ium-4-yl)pyridin-1-ium%s", (int)n, group,
                                (int)n, group, rest);
    if (length > 0 && length <= NAME_LONGEST) memcpy(s, own, (size_t)length + 1);
}

/* "(2h3)methyl" as "(trideuteriomethyl)", "(2h6)benzene" as "benzene-d6". */
static void nuclides(char *s) {
    static const char *const groups[] = {"methyl", "ethyl",   "phenyl", "propyl",
                                         "butyl",  "methoxy", "ethoxy"};
    static const char *const counts[] = {"",      "",     "di",    "tri",  "tetra",
                                         "penta", "hexa", "hepta", "octa", "nona"};
    for (char *at = s; (at = strstr(at, "(2h")) != NULL; at++) {
        const bool one = at[3] == ')';
        const int count = one ? 1 : is_digit(at[3]) && at[4] == ')' ? at[3] - '0' : 0;
        const char *behind = at + (one ? 4 : 5);
        char own[60];
        size_t n = 0;
        for (size_t k = 0; k < MG_COUNT(groups) && count && !n; k++)
            if (!strncmp(behind, groups[k], strlen(groups[k]))) n = strlen(groups[k]);
        if (!n) {
            const bool whole = count && at == s && strlen(behind) > 4 && !strpbrk(behind, " ,;(");
            char rest[NAME_LONGEST + 1];
            if (!whole || strlen(s) + 3 > NAME_LONGEST) continue;
            snprintf(rest, sizeof rest, "%s-d%d", behind, count);
            memcpy(s, rest, strlen(rest) + 1);
            return;
        }
        const bool inside = at > s && strchr("([", at[-1]) && behind[n] && strchr(")]", behind[n]);
        snprintf(own, sizeof own, "%s%sdeuterio%.*s%s", inside ? "" : "(", counts[count], (int)n,
                 behind, inside ? "" : ")");
        name_put(s, (size_t)(at - s), (size_t)(behind - at) + n, own);
    }
}

void name_renamed(char *s) {
    bipyridiniums(s);
    nuclides(s);
    organometals(s);
    known(s);
    hydrides(s);
    old_acids(s);
    quinones(s);
    rings(s);
}
