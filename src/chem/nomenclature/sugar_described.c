/* sugar_described.c - phrases that say how a sugar is built or what it is bound to, as the names
 * that say the same:
 *
 *   beta-D-galactose residue linked (1->4) to a D-glucose residue
 *     beta-D-galactosyl-(1->4)-D-glucose
 *   cyanidin attached to a beta-D-galactosyl residue at position 3 via a glycosidic linkage
 *     cyanidin 3-O-beta-D-galactoside
 *   beta-D-glucoside in which the anomeric substituent is specified as benzyl
 *     benzyl beta-D-glucoside
 *
 * A phrase is tried from its beginning and behind each "that is", "consisting of" and the like. A
 * name that mg_name_read does not understand is none.
 */
#include "chem/nomenclature/sugar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 600, PIECE = 300, CAPTURES = 6, RESIDUES = 16, STEPS = 60000 };

/* ---- patterns: "{1} [attached to|bearing] {2}" ---- */

typedef struct span {
    const char *s;
    size_t n;
} span;

typedef struct match {
    span cap[CAPTURES];
    long steps;
} match;

static bool matches(match *m, const char *p, const char *s);

static bool alternatives(match *m, const char *p, const char *s) {
    const char *end = strchr(p, ']');
    for (const char *from = p + 1; end && from <= end;) {
        const size_t n = strcspn(from, "|]");
        if (!strncasecmp(s, from, n) && matches(m, end + 1, s + n)) return true;
        from += n + 1;
    }
    return false;
}

static bool matches(match *m, const char *p, const char *s) {
    for (; *p; p++, s++) {
        if (++m->steps > STEPS) return false;
        if (*p == '[') return alternatives(m, p, s);
        if (*p == '{') {
            span *c = &m->cap[p[1] - '0'];
            for (size_t n = 1; s[0] && s[n - 1]; n++) {
                *c = (span){s, n};
                if (matches(m, p + 3, s + n)) return true;
                if (m->steps > STEPS) return false;
            }
            return false;
        }
        if (tolower((unsigned char)*p) != tolower((unsigned char)*s)) return false;
    }
    return !*s;
}

/* ---- words ---- */

static bool begins(const char *s, const char *with) { return !strncasecmp(s, with, strlen(with)); }

static bool ends(const char *s, const char *with) {
    const size_t n = strlen(s), k = strlen(with);
    return n >= k && !strcasecmp(s + n - k, with);
}

static bool swap_end(char *s, const char *end, const char *by) {
    if (!ends(s, end) || strlen(s) + strlen(by) >= PIECE) return false;
    memcpy(s + strlen(s) - strlen(end), by, strlen(by) + 1);
    return true;
}

/* A captured name without its article and "residue". */
static bool piece(span c, char out[PIECE]) {
    static const char *const fronts[] = {"a ", "an ", "the ", "single ", "one ", "O-"},
                             *const tails[] = {
                                 " residue",     " residues",  " moiety", " group",
                                 " substituent", " unit",      ",",       " at the reducing end",
                                 " cation",      " derivative"};
    if (c.n >= PIECE) return false;
    memcpy(out, c.s, c.n);
    out[c.n] = 0;
    for (size_t k = 0; k < 2 * MG_COUNT(fronts); k++) {
        const char *front = fronts[k % MG_COUNT(fronts)];
        const size_t n = strlen(front);
        if (begins(out, front)) memmove(out, out + n, strlen(out + n) + 1);
    }
    for (size_t k = 0; k < MG_COUNT(tails); k++) swap_end(out, tails[k], "");
    const size_t n = strlen(out);
    if (n > 2 && out[0] == '(' && out[n - 1] == ')') {
        const name_reader own = {.s = out, .n = n};
        if (name_bracket_end(&own, 0, n) == n - 1) memmove(out, out + 1, n - 2), out[n - 2] = 0;
    }
    return *out != 0;
}

static bool has_anomer(const char *s) { return strcasestr(s, "alpha-") || strcasestr(s, "beta-"); }

/* As what a glycosidic bond starts from; false: it is no sugar whose anomer is said. */
static bool to_glycosyl(char *s) {
    if (!strcasecmp(s, "sialyl") || !strcasecmp(s, "alpha-sialyl")) {
        strcpy(s, "alpha-Neu5Ac");
        return true;
    }
    if (!has_anomer(s)) return false;
    /* what ChEBI calls so is acetylated */
    if (strcasestr(s, "neuramin") && !strcasestr(s, "n-")) return false;
    if (ends(s, "osyl") || ends(s, "aminyl") || ends(s, "oside"))
        return !ends(s, "oside") || swap_end(s, "oside", "osyl");
    return swap_end(s, "ose", "osyl") || swap_end(s, "osamine", "osaminyl") ||
           swap_end(s, "neuraminic acid", "neuraminyl") || swap_end(s, "uronic acid", "uronosyl") ||
           isupper((unsigned char)s[strlen(s) - 1]) || ends(s, "p") || ends(s, "Ac") ||
           ends(s, "Gal") || ends(s, "Glc") || ends(s, "Man") || ends(s, "Fuc") || ends(s, "Rha");
}

/* "2''-O-galloyl": places of a sugar on something. */
static void drop_primes(char *s) {
    for (char *at = s; (at = strstr(at, "''-")) != NULL;) memmove(at, at + 2, strlen(at + 2) + 1);
}

/* As a glycoside. */
static bool to_glycoside(char *s) {
    drop_primes(s);
    static const char *const pairs[][2] = {{"uronosyl", "uronide"},   {"osyl", "oside"},
                                           {"osaminyl", "osaminide"}, {"uronic acid", "uronide"},
                                           {"osamine", "osaminide"},  {"ose", "oside"}};
    if (ends(s, "oside") || ends(s, "uronide")) return true;
    for (size_t k = 0; k < MG_COUNT(pairs); k++)
        if (swap_end(s, pairs[k][0], pairs[k][1])) return true;
    return false;
}

/* What is bound to it is written in front of it. */
static bool is_sugar(const char *s) {
    return ends(s, "ose") || ends(s, "amine") || strstr(s, "->") != NULL;
}

/* The number of its anomeric carbon. */
static char anomeric(const char *s) {
    return strcasestr(s, "neu") || strcasestr(s, "fru") || strcasestr(s, "ulo") ||
                   strcasestr(s, "kdo")
               ? '2'
               : '1';
}

/* ---- sequences ---- */

typedef struct sequence {
    char residue[RESIDUES][PIECE];
    char arrow[RESIDUES][8];
    int residues, arrows;
    bool mixed;    /* residues stand behind arrows */
    bool branched; /* two of them, and what both are bound to */
} sequence;

static bool is_filler(const char *w) {
    static const char *const list[] = {"a",         "an",       "the",          "residue",
                                       "residues",  "linked",   "joined",       "to",
                                       "which",     "is",       "in",           "turn",
                                       "itself",    "at",       "reducing",     "end",
                                       "via",       "by",       "another",      "glycosidic",
                                       "linkage",   "linkages", "bond",         "bonds",
                                       "and",       "that",     "sequence",     "sequentially",
                                       "connected", "together", "respectively", "being",
                                       "all",       "unit",     "units",        "moiety",
                                       "of",        "linear",   "attached",     "these",
                                       "sequential"};
    for (size_t k = 0; k < MG_COUNT(list); k++)
        if (!strcasecmp(w, list[k])) return true;
    return false;
}

static int count_of(const char *w) {
    static const char *const list[] = {"two", "three", "four", "five", "six", "seven"};
    for (int k = 0; k < 6; k++)
        if (!strcasecmp(w, list[k])) return 2 + k;
    return 0;
}

/* "(1->4)", "1->4", "1<->2" into "(1->4)". */
static bool arrow_of(const char *w, char out[8]) {
    char own[24];
    if (strlen(w) >= sizeof own) return false;
    strcpy(own, w);
    for (size_t k = 0; k < 3; k++) /* "(1->4)-linked" */
        (void)swap_end(own, k == 0 ? "-linked" : k == 1 ? "-linkage" : "-linkages", "");
    w = own;
    const char *s = w + (*w == '(');
    const char *arrow = strstr(s, "->");
    const bool both = strstr(s, "<->") != NULL;
    if (!arrow || !isdigit((unsigned char)*s) || !isdigit((unsigned char)arrow[2])) return false;
    if (arrow - s != 1 + both || strcspn(arrow + 3, ")") != strlen(arrow + 3) - (*w == '('))
        return false;
    out[0] = '(', out[1] = *s, out[2] = '-', out[3] = '>', out[4] = arrow[2], out[5] = ')';
    out[6] = 0;
    return true;
}

static bool add_word(sequence *q, const char *w, int *times) {
    char arrow[8];
    if (is_filler(w)) return true;
    if (count_of(w)) return *times = count_of(w), true;
    if (arrow_of(w, arrow)) {
        if (q->arrows == RESIDUES) return false;
        memcpy(q->arrow[q->arrows++], arrow, sizeof arrow);
        return true;
    }
    if (!strcasecmp(w, "acid") && q->residues) { /* "neuraminic acid" */
        for (int k = q->residues - 1; k >= 0 && ends(q->residue[k], "ic"); k--)
            strncat(q->residue[k], " acid", PIECE - 1 - strlen(q->residue[k]));
        return true;
    }
    /* "X (1->4) Y (1->3) Z"; "X and Y (1->3) and (1->2) to Z" */
    if (q->arrows && !q->mixed && q->arrows == q->residues && q->arrows == 2 && !*times)
        q->branched = true;
    else if (q->branched || (q->arrows && q->arrows != q->residues))
        return false;
    q->mixed |= q->arrows > 0;
    for (int k = 0; k < (*times ? *times : 1); k++) {
        if (q->residues == RESIDUES || strlen(w) >= PIECE - 8) return false;
        strcpy(q->residue[q->residues++], w);
    }
    *times = 0;
    return true;
}

static bool read_sequence(const char *s, sequence *q) {
    char w[PIECE];
    int times = 0;
    memset(q, 0, sizeof *q);
    while (*s) {
        size_t n = strcspn(s, " ");
        const size_t next = n + (s[n] == ' ');
        while (n && s[n - 1] == ',') n--;
        if (n >= PIECE) return false;
        memcpy(w, s, n);
        w[n] = 0;
        if (n && !add_word(q, w, &times)) return false;
        s += next;
    }
    return q->residues > 1 && !times && q->arrows &&
           (q->arrows == q->residues - 1 || (q->arrows == 1 && !q->mixed));
}

static bool put_sequence(const char *s, mg_str *out) {
    sequence *q = malloc(sizeof *q);
    bool ok = q && read_sequence(s, q);
    if (ok && q->branched) {
        ok = to_glycosyl(q->residue[0]) && to_glycosyl(q->residue[1]);
        mg_str_addf(out, "%s-%s-[%s-%s]-%s", q->residue[0], q->arrow[0], q->residue[1], q->arrow[1],
                    q->residue[2]);
        free(q);
        return ok;
    }
    for (int k = 0; ok && k < q->residues; k++) {
        char *w = q->residue[k];
        const bool last = k == q->residues - 1;
        const char *arrow = q->arrow[q->arrows == 1 ? 0 : k];
        if (!last) {
            ok = to_glycosyl(w);
            mg_str_addf(out, "%s-%s-", w, arrow);
            continue;
        }
        (void)(swap_end(w, "uronosyl", "uronic acid") || swap_end(w, "osaminyl", "osamine") ||
               swap_end(w, "osyl", "ose"));
        mg_str_addz(out, w);
    }
    free(q);
    return ok;
}

/* ---- what is bound where ---- */

/* The place that a phrase says: "4 of the galactopyranose ring" is 4 of the last residue. */
static bool place_of(const char *parent, char place[PIECE]) {
    char *of = strcasestr(place, " of the ");
    if (!of) return strcspn(place, " ") == strlen(place);
    char *ring = of + 8;
    static const char *const tails[] = {" ring", " moiety", " residue", " unit"};
    for (size_t k = 0; k < MG_COUNT(tails); k++) swap_end(ring, tails[k], "");
    const char *last = parent;
    for (const char *s = parent; (s = strstr(s, "->")) != NULL; s += 2) last = s + 5;
    const char *found = strcasestr(parent, ring);
    if (last == parent || !found || found < last) return false;
    *of = 0;
    return true;
}

/* "X-(1->3)-parent"; on a sequence a branch of its last residue. */
static bool put_bond(const char *parent, const char *group, const char *place, bool said,
                     mg_str *out) {
    const char *last = parent;
    for (const char *s = parent; (s = strstr(s, "->")) != NULL; s += 2) last = s + 5;
    if (last == parent) {
        mg_str_addf(out, "%s-(%c->%s)-%s", group, anomeric(group), place, parent);
        return true;
    }
    if (!said) return false; /* which residue? */
    mg_str_addf(out, "%.*s[%s-(%c->%s)]-%s", (int)(last - parent), parent, group, anomeric(group),
                place, last);
    return true;
}

static void put_glycoside(const char *parent, const char *group, const char *place, mg_str *out) {
    const bool complex = strpbrk(group, "([") || isdigit((unsigned char)*group);
    mg_str_addf(out, "%s %s%s%s%s%s", parent, place, *place ? "-O-" : "", complex ? "[" : "", group,
                complex ? "]" : "");
}

typedef enum {
    BOUND,
    ON_CARBON,
    BOTH,
    EACH,
    DERIVED,
    CONVERTED,
    PHOSPHATE,
    ANOMERIC,
    METHYL,
    REPLACED,
    OF_SEQUENCE,
    TO_GROUP,
    ANOMER,
    COMPONENT,
    BASE,
    TWO,
    IONS,
    ION,
    FORM,
    HAND,
    DEOXY
} kind;
#define AT                                                                                       \
    "[at position |at position at |at the |at O-|at C-|at positon |at position at |to position " \
    "|at position "                                                                              \
    "C-]{3}[| position|-position|-hydroxy position]"
#define LINK  "[| via a glycosidic linkage| via a glycosidic bond| via an O-glycosidic linkage]"
#define SUGAR "[| residue| moiety| group| unit]"
static const struct {
    kind kind;
    const char *pattern;
} PATTERNS[] = {
    {BOUND, "{1} [attached to|substituted by|carrying|bearing|having|with|linked to] {2}" SUGAR
            " [|attached |located |linked |linked glycosidically ]" AT LINK},
    {BOUND, "{1} [|which has been |which is ]substituted " AT " by {2}" SUGAR LINK},
    {BOUND, "{1} in which the hydroxy[|l] hydrogen " AT
            " [is|has been] [replaced|substituted] [by|with] {2}" SUGAR LINK},
    {BOUND, "{1} in which the hydroxy[|l] group " AT " has been glycosylated [by|with] {2}" SUGAR},
    {BOUND, "{1} in which {2}" SUGAR " is attached " AT LINK},
    {CONVERTED, "{1} in which the hydroxy[|l] group " AT
                " has been converted [into|to] [the |its |]corresponding {2}"},
    {ON_CARBON, "{1} substituted by {2}" SUGAR " " AT " via a C-glycosidic linkage"},
    {BOTH, "{1} [having|carrying|bearing|with] {2}" SUGAR " [|attached ]" AT " and {4}" SUGAR
           " [|attached ][at the |at position ]{5}[|-position|-hydroxy position]"},
    {EACH,
     "{1} in which the hydroxy[|l] groups at [positions |]{3} have each been converted [into|to] "
     "the corresponding {2} [derivatives|derivative]"},
    {TWO, "{1} in which the hydroxy[|l] groups at positions {3} have been converted [into|to] "
          "the corresponding {2} [derivatives|derivative]"},
    {PHOSPHATE,
     "{1} [having|carrying|bearing|with] [a|the|a single] [phosphate|phospho|monophosphate] "
     "group [|located ]" AT},
    {OF_SEQUENCE, "{2} glycoside of a {3}saccharide consisting of {1}"},
    {TO_GROUP, "{1} and linked at the reducing end glycosidically to {2}"},
    {METHYL, "{1} in which the hydroxy group at the {3}anomeric centre is methylated"},
    {METHYL, "{1} in which the hydroxy group at the anomeric centre is methylated"},
    {DERIVED, "{2} derivative of {1}"},
    {DERIVED, "{1} attached to {2}" SUGAR " via a glycosidic linkage"},
    {DERIVED, "{2} of {1}"},
    {ANOMERIC, "{1} [having|with] {2} at the anomeric position"},
    {ANOMERIC, "{1} in which the anomeric [substituent|group] is specified as {2}"},
    {ANOMERIC, "{1} in which the [anomeric hydroxy|anomeric hydroxyl] hydrogen [is|has been] "
               "[replaced|substituted] [by|with] {2}"},
    {ANOMERIC, "{1} [in which|where] the hydrogen of the anomeric [OH|hydroxy] group is "
               "[replaced|substituted] [by|with] {2}"},
    {ANOMERIC, "{2} glycoside of {1}"},
    {REPLACED, "{1} in which the anomeric hydroxy[|l] group [is|has been] [replaced|substituted] "
               "[by|with] {2}"},
    {ANOMER, "{1} in which the anomeric [centre|center|configuration|carbon]{3}[has|is] "
             "{2}[-configuration| configuration|]"},
    {ANOMER, "{1}[| compound] having {2}-configuration [about|at] the anomeric [centre|center]{3}"},
    {ANOMER, "{1}[| compound] [having|with] {2}[-| ]configuration [about|at] the anomeric "
             "[centre|center]"},
    {ANOMER, "{1} in which {3} has {2}-configuration at the anomeric [centre|center|position]"},
    {ION, "{2}anion of {1}"},
    {IONS, "{4} of {1}[, |,| ][arising|obtained|resulting] [from |by |via ][the |global |]"
           "deprotonation of [the |both |]{2}"},
    {IONS, "{4}deprotonation of [the |both |both of the ]{2}[ group| groups] of {1}"},
    {ANOMER, "{1} in which the carbon bearing the anomeric hydroxy[|l] group has {2}[-| ]"
             "configuration"},
    {ANOMER, "{1} [with|having] [a |an ]{2}-configuration at the anomeric [position|centre]"},
    {ANOMER, "{1} that has {2}[-|- | ]configuration at the anomeric [position|centre]"},
    {FORM, "{2} form of {1}"},
    {HAND, "{2}-enantiomer of {1}"},
    {DEOXY, "{1} in which the hydroxy[|l] group at position {3} [is|has been] replaced by "
            "[|a ]hydrogen"},
    {ANOMER, "{2}-anomer of {1}"},
    {COMPONENT, "{1}-[sugar|aldose] having {2} as the sugar [component|moiety|fragment]"},
    {BASE, "{3} [2'-deoxyribo|ribo]nucleoside {1} having {2} as the nucleobase"},
    {BASE, "{3} [2'-deoxyribo|ribo]nucleoside {1} in which the [pyrimidine|purine] element is {2}"},
    {BASE, "2'-deoxyribonucleoside {1} having {2} as the nucleobase"},
    {TWO, "{1} in which the hydroxy[|l] [hydrogens|groups] at positions {3} "
          "[are|have been] [replaced|glycosylated] by {2} residues"}};

/* The last letter of a configuration gets its anomer. */
static bool put_anomer(const char *name, const char *anomer, mg_str *out) {
    const char *at = NULL;
    if (strcasecmp(anomer, "alpha") != 0 && strcasecmp(anomer, "beta") != 0) return false;
    for (const char *s = name; *s; s++)
        if ((*s == 'D' || *s == 'L') && s[1] == '-' && (s == name || s[-1] == '-')) at = s;
    if (!at) return false;
    if ((at - name >= 6 && !strncasecmp(at - 6, "alpha-", 6)) ||
        (at - name >= 5 && !strncasecmp(at - 5, "beta-", 5)))
        return false;
    mg_str_addf(out, "%.*s%s-%s", (int)(at - name), name, anomer, at);
    return true;
}

/* "trianion of X": X(3-), which is all of its acids or none. */
static bool put_ion(const char *name, const char *times, mg_str *out) {
    size_t n;
    const int charge = strcasecmp(times, "di") ? name_multiplier(times, strlen(times), &n) : 2;
    if (charge < 2 || charge > 9 || (strcasecmp(times, "di") && n != strlen(times))) return false;
    mg_str_addf(out, "%s(%d-)", name, charge);
    return true;
}

static bool put_base(const char *base, const char *phosphate, bool deoxy, mg_str *out) {
    static const char *const names[][2] = {{"adenine", "adenosine"},    {"guanine", "guanosine"},
                                           {"cytosine", "cytidine"},    {"uracil", "uridine"},
                                           {"hypoxanthine", "inosine"}, {"xanthine", "xanthosine"},
                                           {"thymine", "thymidine"}};
    for (size_t k = 0; k < MG_COUNT(names); k++) {
        const bool thymine = !strcmp(names[k][0], "thymine");
        if (!ends(base, names[k][0])) continue; /* "5-iodouracil" */
        const int front = (int)(strlen(base) - strlen(names[k][0]));
        if (!strcmp(names[k][0], "xanthine") && front) continue;
        if (thymine && !deoxy) return false;
        if (front && !isdigit((unsigned char)*base)) return false;
        mg_str_addf(out, "%.*s%s%s%s", front, base, deoxy && !thymine && front ? "-" : "",
                    deoxy && !thymine ? "2'-deoxy" : "", names[k][1]);
        if (isdigit((unsigned char)*phosphate)) mg_str_addf(out, " %s", phosphate);
        return isdigit((unsigned char)*phosphate) || !strcmp(phosphate, "compound") || !*phosphate;
    }
    return false;
}

/* "3 and 5", "A and B": in two. */
static bool halve(const char *s, char one[PIECE], char two[PIECE]) {
    const char *and = strstr(s, " and ");
    if (!and || strstr(and+5, " and ")) return false;
    return piece((span){s, (size_t)(and-s)}, one) && piece((span){and+5, strlen(and+5)}, two);
}

/* Two sugars on a parent: as glycosides, or on a sugar. */
static bool put_both(const char *parent, char place[2][PIECE], char group[2][PIECE], int nth,
                     mg_str *out) {
    if (nth == (is_sugar(parent) ? 1 : 0)) {
        mg_str_addz(out, parent);
        for (int k = 0; k < 2; k++) {
            if (!to_glycoside(group[k])) return false;
            put_glycoside("", group[k], place[k], out);
        }
        return true;
    }
    if (!to_glycosyl(group[0]) || !to_glycosyl(group[1]) || strstr(parent, "->")) return false;
    mg_str_addf(out, "%s-(%c->%s)-[%s-(%c->%s)]-%s", group[0], anomeric(group[0]), place[0],
                group[1], anomeric(group[1]), place[1], parent);
    return true;
}

static bool put_two(const char *parent, const char *places, const char *sugars, int nth,
                    mg_str *out) {
    char a[2][PIECE], b[2][PIECE];
    if (!halve(places, a[0], a[1]) || !halve(sugars, b[0], b[1])) return false;
    return put_both(parent, a, b, nth, out);
}

/* An acyl group on a sugar's oxygen. */
static bool put_acyl(const char *one, const char *two, const char *place, mg_str *out) {
    if (strstr(one, "->") || !ends(one, "ose") || !(ends(two, "oyl") || ends(two, "acetyl")))
        return false;
    mg_str_addf(out, "%s-O-(%s)-%s", place, two, one);
    return true;
}

/* "the furanose form of L-galactose", "the D-enantiomer of glucopyranose". */
static bool put_form(char one[PIECE], const char *two, mg_str *out) {
    if (!strcasecmp(two, "furanose") || !strcasecmp(two, "pyranose")) {
        if (!swap_end(one, "ose", "o")) return false;
        mg_str_addf(out, "%s%s", one, two);
        return true;
    }
    if (strcmp(two, "D") != 0 && strcmp(two, "L") != 0) return false;
    const size_t n = begins(one, "N-acetyl") && islower((unsigned char)one[8]) ? 8 : 0;
    mg_str_addf(out, "%.*s%s%s-%s", (int)n, one, n ? "-" : "", two, one + n);
    return ends(one, "ose") || ends(one, "osamine") || ends(one, "itol");
}

static bool put_more(kind what, const match *m, char one[PIECE], char two[PIECE], char place[PIECE],
                     int nth, mg_str *out) {
    char a[2][PIECE], b[2][PIECE];
    mg_str whole = {0};
    bool ok = false;
    switch (what) {
    case ON_CARBON:
        if (nth || !to_glycoside(two)) return false;
        mg_str_addf(out, "%s %s-C-%s", one, place, two);
        return true;
    case BOTH:
        strcpy(a[0], place), strcpy(b[0], two);
        return piece(m->cap[5], a[1]) && piece(m->cap[4], b[1]) && put_both(one, a, b, nth, out);
    case EACH:
        strcpy(b[0], two), strcpy(b[1], two);
        return halve(place, a[0], a[1]) && put_both(one, a, b, nth, out);
    case PHOSPHATE: mg_str_addf(out, "%s %s-phosphate", one, place); return nth == 0;
    case DEOXY:
        if (nth || !ends(one, "ose") || strstr(one, "->")) return false;
        mg_str_addf(out, "%s-deoxy-%s", place + (begins(place, "C-") ? 2 : 0), one);
        return true;
    case FORM:
    case HAND: return nth == 0 && put_form(one, two, out);
    case REPLACED:
        if (nth || !has_anomer(one) || !ends(one, "ose") || strstr(one, "->")) return false;
        mg_str_addf(out, "1-deoxy-1-(%s)-%s", two, one);
        return true;
    case METHYL:
        if (nth || !has_anomer(one) || !to_glycoside(one)) return false;
        mg_str_addf(out, "methyl %s", one);
        return true;
    case OF_SEQUENCE:
    case TO_GROUP:
        ok = nth == 0 && put_sequence(one, &whole) && !whole.failed && whole.n < PIECE - 8;
        if (ok) {
            memcpy(one, whole.s, whole.n + 1);
            const char *last = one;
            for (const char *q = one; (q = strstr(q, "->")) != NULL; q += 2) last = q + 5;
            ok = has_anomer(last) && to_glycoside(one);
            mg_str_addf(out, "%s %s", two, one);
        }
        mg_str_free(&whole);
        return ok;
    default: return false;
    }
}

/* The n-th name that a match can mean; false: none. */
static bool put_name(kind what, const match *m, bool deoxy, int nth, mg_str *out) {
    char one[PIECE] = "", two[PIECE] = "", place[PIECE] = "";
    if (m->cap[1].s && !piece(m->cap[1], one)) return false;
    if (m->cap[2].s && !piece(m->cap[2], two)) return false;
    if (m->cap[3].s && !piece(m->cap[3], place)) return false;
    switch (what) {
    case CONVERTED:
        swap_end(two, " derivative", "");
        if (nth == 0 && (ends(two, "sulfate") || ends(two, "phosphate"))) {
            mg_str_addf(out, "%s %s-%s%s%s", one, place, strchr(two, ' ') ? "(" : "", two,
                        strchr(two, ' ') ? ")" : "");
            return true;
        } /* fall through */
    case BOUND:
        if (nth == (is_sugar(one) ? 1 : 0)) {
            if (!to_glycoside(two) || strstr(one, "->")) return false;
            put_glycoside(one, two, place, out);
            return true;
        }
        if (nth == 2) return put_acyl(one, two, place, out);
        const bool said = strcasestr(place, " of the ") != NULL;
        return to_glycosyl(two) && place_of(one, place) && put_bond(one, two, place, said, out);
    case DERIVED:
        if (nth || !has_anomer(two) || !to_glycoside(two)) return false;
        put_glycoside(one, two, "", out);
        return true;
    case ANOMERIC:
        if (nth || !has_anomer(one) || !to_glycoside(one)) return false;
        mg_str_addf(out, "%s %s", two, one);
        return true;
    case ANOMER: return nth == 0 && put_anomer(one, two, out);
    case COMPONENT: mg_str_addf(out, "%s-%s", one, two); return nth == 0;
    case ION: return nth == 0 && put_ion(one, two, out);
    case BASE: return nth == 0 && put_base(two, one, deoxy, out);
    case TWO: return put_two(one, place, two, nth, out);
    default: return put_more(what, m, one, two, place, nth, out);
    }
}

/* Whether it is the name of a molecule; then it is the answer. */
static int try_name(const mg_str *given, char **name, molglot_error *err) {
    char *smiles = NULL;
    int code = given->failed ? mg_no_memory(err, "a name") : MOLGLOT_OK;
    if (!code && given->n) code = mg_name_read(given->s, &smiles, err);
    if (!code && smiles && !(*name = strdup(given->s))) code = mg_no_memory(err, "a name");
    free(smiles);
    return code;
}

/* Whether the ion of a SMILES has lost protons at such groups, and at no others. */
static bool lost_there(const char *smiles, const char *groups) {
    static const struct {
        const char *word, *one, *other;
    } kinds[] = {{"carboxy", "C(=O)[O-]", "O=C([O-])"},
                 {"phosph", "P(=O)([O-])", "O=P([O-])"},
                 {"sulf", "S(=O)(=O)[O-]", "O=S(=O)([O-])"}};
    for (size_t k = 0; k < MG_COUNT(kinds); k++) {
        const bool there = strstr(smiles, kinds[k].one) || strstr(smiles, kinds[k].other);
        if (there != (strcasestr(groups, kinds[k].word) != NULL)) return false;
    }
    return true;
}

/* "deprotonation of the diphosphate OH groups of X": X(2-), if these are all of its acids. */
static int try_ions(const match *m, char **name, molglot_error *err) {
    char one[PIECE], groups[PIECE];
    int code = MOLGLOT_OK;
    if (!piece(m->cap[1], one) || !piece(m->cap[2], groups)) return code;
    static const char *const others[] = {"protonation of", "hydroxy", "one of", "two of",
                                         "three of",       "amino",   " OH of"};
    for (size_t k = 0; k < MG_COUNT(others); k++)
        if (strcasestr(groups, others[k])) return code;
    char *neutral = NULL;
    code = mg_name_read(one, &neutral, err);
    const bool known = neutral != NULL;
    free(neutral);
    for (int n = 1; n < 10 && known && !code && !*name; n++) {
        mg_str out = {0};
        char *smiles = NULL;
        mg_str_addf(&out, "%s(%d-)", one, n);
        code = out.failed ? mg_no_memory(err, "a name") : mg_name_read(out.s, &smiles, err);
        if (!code && smiles && lost_there(smiles, groups) && !(*name = strdup(out.s)))
            code = mg_no_memory(err, "a name");
        free(smiles);
        mg_str_free(&out);
    }
    return code;
}

/* derivative: of a sequence, which is not all of it. */
static int try_from(const char *s, bool derivative, char **name, molglot_error *err) {
    mg_str out = {0};
    int code = MOLGLOT_OK;
    if (strstr(s, "->") && !derivative && put_sequence(s, &out)) code = try_name(&out, name, err);
    mg_str_free(&out);
    for (size_t k = 0; k < MG_COUNT(PATTERNS) && !code && !*name; k++) {
        match m = {.steps = 0};
        if (!matches(&m, PATTERNS[k].pattern, s)) continue;
        if (PATTERNS[k].kind == IONS) code = try_ions(&m, name, err);
        for (int nth = 0; PATTERNS[k].kind != IONS && nth < 3 && !code && !*name; nth++) {
            out = (mg_str){0};
            if (put_name(PATTERNS[k].kind, &m, strstr(s, "2'-deoxy") != NULL, nth, &out))
                code = try_name(&out, name, err);
            mg_str_free(&out);
        }
    }
    return code;
}

/* What stands in front of a part of a phrase is more than its class. */
static bool says_more(const char *s, const char *end) {
    static const char *const words[] = {"in which", "glycoside of", "branches",      "has ",
                                        "having",   "linked",       "derivative of", "each",
                                        "obtained", "ester of",     "attached",      "substituted",
                                        "carrying", "bearing",      "conjugate",     "residue",
                                        "salt of",  "anhydro",      " acid of",      "resulting"};
    for (size_t k = 0; k < MG_COUNT(words); k++) {
        const char *at = strcasestr(s, words[k]);
        if (at && at < end) return true;
    }
    return false;
}

/* " (another name)" and " [another name]", but no arrow; "N-acetyl beta-" has lost a hyphen. */
static void drop_asides(char *s) {
    for (char *at = s; (at = strpbrk(at, "([")) != NULL; at++) {
        if (at == s || at[-1] != ' ') continue;
        int depth = 0;
        size_t n = 0;
        do {
            depth += (at[n] == '(' || at[n] == '[') - (at[n] == ')' || at[n] == ']');
            n++;
        } while (at[n] && depth);
        const char *isomer = strstr(at, "isomer"), *diastereomer = strstr(at, "stereomer");
        if ((isomer && isomer < at + n) || (diastereomer && diastereomer < at + n)) continue;
        if (depth || (at[n] && !strchr(" ,.;", at[n]))) continue;
        if (isdigit((unsigned char)at[1]) && (at[2] == '<' || !strncmp(at + 2, "->", 2)))
            continue; /* "(1->4)" */
        memmove(at - 1, at + n, strlen(at + n) + 1);
        at -= 2;
    }
    for (char *at = s; (at = strstr(at, "N-acetyl ")) != NULL; at++)
        if (begins(at + 9, "alpha-") || begins(at + 9, "beta-")) at[8] = '-';
}

int sugar_described(const char *text, char **name, molglot_error *err) {
    static const char *const markers[] = {" that is ",      " which is ",    " consisting of ",
                                          " consists of ",  " composed of ", " comprising ",
                                          " comprised of ", " being ",       " consistinng of "};
    static const char *const signs[] = {"osyl",     "oside",      "ose",    "osamin",
                                        "aminyl",   "nucleoside", "anomer", "uronide",
                                        "inositol", "rutinosyl",  "DP-",    "onic acid"};
    char s[LONGEST + 1];
    int code = MOLGLOT_OK;
    *name = NULL;
    bool said = false;
    for (size_t k = 0; k < MG_COUNT(signs); k++) said |= strcasestr(text, signs[k]) != NULL;
    if (!said || strlen(text) > LONGEST ||
        (strcasestr(text, "major species") && !strcasestr(text, "deprotonation")))
        return code;
    if (begins(text, "the molecule is ")) text += 16;
    strcpy(s, text);
    static const char *const stops[] = {";", " It ", ". ", ": major"};
    for (size_t k = 0; k < MG_COUNT(stops); k++) {
        char *at = strstr(s, stops[k]);
        if (at) *at = 0;
    }
    drop_asides(s);
    swap_end(s, " ", "");
    swap_end(s, ".", "");
    swap_end(s, " respectively", "");
    swap_end(s, ",", "");
    const bool derivative = strstr(s, "saccharide derivative") != NULL;
    if (strstr(s, " group consisting of ")) return code;
    for (const char *from = s; from && !code && !*name;) {
        static const char *const articles[] = {"a ", "an ", "the "};
        const char *begin = from;
        for (size_t k = 0; k < MG_COUNT(articles); k++)
            if (begins(begin, articles[k])) {
                begin += strlen(articles[k]);
                break;
            }
        code = try_from(begin, derivative, name, err);
        const char *next = NULL;
        size_t n = 0;
        for (size_t k = 0; k < MG_COUNT(markers); k++) {
            const char *at = strstr(from, markers[k]);
            if (at && (!next || at < next)) next = at, n = strlen(markers[k]);
        }
        from = next && !says_more(s, next) ? next + n : NULL;
    }
    return code;
}
