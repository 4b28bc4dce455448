/* lipid_made.c - lipids that texts make of something else, as names:
 *
 *   the n-tetracosanoyl derivative of 4-hydroxyeicosasphinganine
 *   glycophytoceramide having a SUGAR residue at the o-1 position and a GROUP group attached to the
 *     nitrogen
 *   the ethanolamide of oleic acid, coenzyme a thioester of palmitic acid
 *   glycerol in which all three hydroxy groups have been esterified with stearic acid
 */
#include "chem/nomenclature/lipid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { ITEM = 200 };

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

static void trim(char *s) {
    static const char *const front[] = {"a ", "an ", "the ", "also "},
                             *const ends[] = {" group",       " groups", " residue",
                                              " residues",    " chain",  " chains",
                                              " substituent", " acyl",   " fatty acid",
                                              " fatty acids", ",",       "."};
    bool more = true;
    while (more) {
        more = false;
        size_t n = strlen(s);
        while (n && s[n - 1] == ' ') s[--n] = 0;
        const size_t blanks = strspn(s, " ");
        memmove(s, s + blanks, n - blanks + 1);
        for (size_t i = 0; i < MG_COUNT(ends); i++)
            if (name_ends_with(s, ends[i])) s[strlen(s) - strlen(ends[i])] = 0, more = true;
        for (size_t i = 0; i < MG_COUNT(front); i++)
            if (begins(s, front[i]))
                memmove(s, s + strlen(front[i]), strlen(s) + 1 - strlen(front[i])), more = true;
    }
}

/* "octadecanoyl (stearoyl)" without its alias; "palmitic acids" as "palmitoyl". */
void lipid_clean_item(char *s) {
    int depth = 0;
    trim(s);
    for (size_t i = 0; s[i]; i++) {
        if (strchr("([", s[i]) && !depth && i > 1 && s[i - 1] == ' ') {
            const char *behind = strstr(s + i, ") acid"); /* "lauric (dodecanoic) acid" */
            strcpy(s + i - 1, behind ? " acid" : "");
            break;
        }
        depth += strchr("([", s[i]) != NULL;
        depth -= strchr(")]", s[i]) != NULL;
    }
    trim(s);
    if (*s == 'c' && isdigit((unsigned char)s[1]) && strchr(s, ':')) memmove(s, s + 1, strlen(s));
    const bool several = name_ends_with(s, "ic acids");
    if (several || name_ends_with(s, "ic acid")) {
        char *at = s + strlen(s) - (several ? 8 : 7);
        strcpy(at > s && at[-1] == 'o' ? at - 1 : at, "oyl");
    } else if (name_ends_with(s, "oyls")) {
        s[strlen(s) - 1] = 0;
    }
}

/* "ceramide that is the n-tetracosanoyl derivative of 4-hydroxyeicosasphinganine", "... the
 * s-sinapoyl derivative of coenzyme a", "... the o-butanoyl derivative of carnitine". */
static bool derivative(const char *s, mg_str *out) {
    static const char end[] = " derivative of ";
    const char *of = strstr(s, end), *from = begins(s, "s-") ? s : strstr(s, " the ");
    const bool phosphate = begins(s, "ceramide 1-phosphate that ");
    if (!of || !from || of < from) return false;
    if (from != s && (from - s < 3 || strncmp(from - 3, " is", 3) != 0))
        return false; /* of it alone */
    from += from == s ? 0 : 5;
    if (!strchr("nos", *from) || from[1] != '-' || of - from > ITEM - 3) return false;
    const char on = *from, *base = of + sizeof end - 1;
    char group[ITEM];
    snprintf(group, ITEM, "%.*s", (int)(of - from) - 2, from + 2);
    lipid_clean_item(group);
    if (on == 's' && (!strcmp(base, "coenzyme a") || !strcmp(base, "coa")))
        mg_str_addf(out, "[%s]-coa", group);
    else if (on == 'o' && strstr(base, "carnitine"))
        mg_str_addf(out, "o-[%s]-%s", group, base);
    else if (on == 'n')
        mg_str_addf(out, "n-[%s]-%s%s", group, base, phosphate ? " 1-phosphate" : "");
    else
        return false;
    return true;
}

/* Whether nothing but an article, or "... that is the", stands before a word. */
static bool begins_phrase(const char *s, const char *word) {
    static const char *const before[] = {" is the ", " is a ", " is an "}, *const alone[] = {
                                                                               "the ", "a ", "an "};
    const size_t n = (size_t)(word - s);
    bool is = !n;
    for (size_t i = 0; i < MG_COUNT(before); i++) {
        const size_t k = strlen(before[i]);
        is |= (n > k && !strncmp(word - k, before[i], k)) ||
              (n == strlen(alone[i]) && begins(s, alone[i]));
    }
    return is;
}

/* "the ethanolamide of oleic acid", "coenzyme a thioester of palmitic acid". */
static bool of_acid(const char *s, mg_str *out) {
    static const char *const words[][2] = {{"ethanolamide of ", "n-[%s]ethanolamine"},
                                           {"n-acylethanolamine of ", "n-[%s]ethanolamine"},
                                           {"coenzyme a thioester of ", "[%s]-coa"},
                                           {"coa thioester of ", "[%s]-coa"},
                                           {"coa ester of ", "[%s]-coa"},
                                           {"carnitine ester of ", "o-[%s]carnitine"},
                                           {"triglyceride of ", "1,2,3-tri[%s]glycerol"}};
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        const char *of = strstr(s, words[i][0]);
        char group[ITEM];
        if (!of || !begins_phrase(s, of) || !name_ends_with(s, "ic acid") || strlen(of) >= ITEM ||
            strstr(of, " and "))
            continue;
        snprintf(group, ITEM, "%s", of + strlen(words[i][0]));
        lipid_clean_item(group);
        const char *hole = strstr(words[i][1], "%s");
        mg_str_addf(out, "%.*s%s%s", (int)(hole - words[i][1]), words[i][1], group, hole + 2);
        return true;
    }
    return false;
}

/* "triglyceride obtained by formal acylation of the three hydroxy groups of glycerol by lauric
 * (dodecanoic) acid". */
static bool acylation(const char *s, mg_str *out) {
    static const char *const words[] = {
        "acylation of the three hydroxy groups of glycerol by ",
        "acylation of the three hydroxy groups of glycerol with ",
        "esterification of the three hydroxy groups of glycerol with ",
        "glycerol in which all three hydroxy groups have been formally esterified with ",
        "glycerol in which all three hydroxy groups have been esterified with "};
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        const char *at = strstr(s, words[i]);
        char group[ITEM];
        if (!at || strlen(at) >= ITEM || strstr(at, " and ")) continue;
        snprintf(group, ITEM, "%s", at + strlen(words[i]));
        lipid_clean_item(group);
        mg_str_addf(out, "1,2,3-tri[%s]glycerol", group);
        return true;
    }
    return false;
}

/* "glycophytoceramide having a SUGAR residue at the o-1 position and a GROUP group attached to the
 * nitrogen". */
static bool glycoceramide(const char *s, mg_str *out) {
    static const char *const starts[] = {"glycophytoceramide having a",
                                         "glycodihydroceramide having a"};
    static const char *const middle[] = {" residue at the o-1 position and a ",
                                         " residue at the o-1 position and an "};
    const char *end = strstr(s, " group attached to the nitrogen");
    const int base = begins(s, starts[0]) ? 0 : begins(s, starts[1]) ? 1 : -1;
    if (base < 0 || !end || end[strlen(" group attached to the nitrogen")]) return false;
    s += strlen(starts[base]);
    s += begins(s, "n ") ? 2 : 1;
    for (size_t i = 0; i < MG_COUNT(middle); i++) {
        const char *at = strstr(s, middle[i]);
        if (!at || at > end) continue;
        const char *group = at + strlen(middle[i]);
        mg_str_addf(out, "1-o-(%.*s)-n-[%.*s]%s", (int)(at - s), s, (int)(end - group), group,
                    base ? "sphinganine" : "phytosphingosine");
        return true;
    }
    return false;
}

bool lipid_made(const char *s, mg_str *out) {
    return derivative(s, out) || glycoceramide(s, out) || acylation(s, out) || of_acid(s, out);
}
