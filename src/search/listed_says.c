/* listed_says.c - what a name of the dictionary says and its structure does not have:
 *
 *   cadmium nitrate tetrahydrate   a list's O.O=[N+]([O-])O.[Cd]: one water, the metal without its
 *                                  charge, the acid with its proton
 *   tungstate                      a list's O
 *   dihydrogen arsenite            a list's O[As](O)O
 *   diethyl phosphite              a list's CCO[P+](=O)OCC
 *
 * And what it has unsaid: water in "lactose", hydrogen chloride in "phosphorylcholine".
 */
#include "search/inside.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool ends(const char *s, const char *what) {
    const size_t n = strlen(s), k = strlen(what);
    return n > k && !strcasecmp(s + n - k, what);
}

/* How often a component stands in a SMILES. */
static int count_parts(const char *smiles, const char *part) {
    const size_t k = strlen(part);
    int n = 0;
    for (const char *s = smiles; *s;) {
        const size_t length = strcspn(s, ".");
        n += length == k && !strncmp(s, part, k);
        s += length + (s[length] == '.');
    }
    return n;
}

/* Carbon outside of brackets, or first in one. */
static bool has_carbon(const char *smiles) {
    for (const char *c = smiles; *c; c++) {
        if (*c == '[') {
            c += 1 + strspn(c + 1, "0123456789");
            if ((*c == 'C' || *c == 'c') && !islower((unsigned char)c[1])) return true;
            c += strcspn(c, "]");
            if (!*c) return false;
        } else if (*c == 'c' || (*c == 'C' && c[1] != 'l')) {
            return true;
        }
    }
    return false;
}

/* "tungstate" of a list that draws no tungsten: no carbon is there either. */
static bool lacks_element(const char *name, const char *smiles) {
    static const struct {
        const char *part, *symbol;
    } table[] = {{"tungst", "[W"},     {"wolfram", "[W"},    {"molybd", "[Mo"},  {"vanad", "[V"},
                 {"chromate", "[Cr"},  {"chromium", "[Cr"},  {"cadmium", "[Cd"}, {"nickel", "[Ni"},
                 {"cobalt", "[Co"},    {"titan", "[Ti"},     {"zircon", "[Zr"},  {"niob", "[Nb"},
                 {"tantal", "[Ta"},    {"uran", "[U"},       {"thall", "[Tl"},   {"bismuth", "[Bi"},
                 {"antimon", "[Sb"},   {"stannous", "[Sn"},  {"stannic", "[Sn"}, {"barium", "[Ba"},
                 {"strontium", "[Sr"}, {"manganese", "[Mn"}, {"iron", "[Fe"},    {"zinc", "[Zn"},
                 {"copper", "[Cu"},    {"silver", "[Ag"},    {"mercur", "[Hg"},  {"gold", "[Au"},
                 {"lead ", "[Pb"},     {"plumb", "[Pb"},     {"alumin", "[Al"},  {"arsen", "[As"},
                 {"selen", "[Se"},     {"tellur", "[Te"},    {"lithium", "[Li"}, {"calcium", "[Ca"},
                 {"magnesium", "[Mg"}};
    if (has_carbon(smiles)) return false;
    for (size_t i = 0; i < MG_COUNT(table); i++) {
        const char *at = strcasestr(name, table[i].part);
        if (!at || (at > name && isalpha((unsigned char)at[-1]))) continue;
        bool is = strstr(smiles, table[i].symbol) != NULL;
        for (const char *s = smiles; (s = strchr(s, '[')) != NULL; s++) /* isotopes */
            is |= !strncmp(s + 1 + strspn(s + 1, "0123456789"), table[i].symbol + 1,
                           strlen(table[i].symbol) - 1);
        if (!is) return true;
    }
    return false;
}

/* "hydrogen carbonate" of a list that draws the acid. */
static bool lacks_charge(const char *name, const char *smiles) {
    const bool half = !strncasecmp(name, "hydrogen ", 9) || !strncasecmp(name, "dihydrogen ", 11);
    return half && !has_carbon(smiles) && (ends(name, "ate") || ends(name, "ite")) &&
           !strchr(smiles, '.') && !strstr(smiles, "-]") && !strchr(name + 11, ' ');
}

/* Phosphorus with a plus for the hydrogen that it lacks; methyl and nitrogen without theirs. */
static bool is_broken(const char *name, const char *smiles) {
    if (strcasestr(name, "radical")) return false;
    if (strstr(smiles, "[P+](=O)") || strstr(smiles, "O=[P+](")) return true;
    return strstr(smiles, "[N]") || (strchr(smiles, '.') && count_parts(smiles, "[CH3]") > 0);
}

/* A metal without its charge beside others: "O.O=S(=O)(O)O.[Mn]". */
static bool has_bare_metal(const char *smiles) {
    static const char *const metals[] = {"[Na]", "[K]",  "[Li]", "[Ca]", "[Mg]", "[Zn]",
                                         "[Cd]", "[Mn]", "[Fe]", "[Co]", "[Ni]", "[Cu]",
                                         "[Al]", "[Sn]", "[Pb]", "[Hg]", "[Ag]", "[Ba]"};
    for (size_t i = 0; i < MG_COUNT(metals) && strchr(smiles, '.'); i++)
        if (count_parts(smiles, metals[i])) return true;
    return false;
}

/* "morphine sulfate pentahydrate" of a list that draws no water. */
static bool lacks_water(const char *name, const char *smiles) {
    return ends(name, "hydrate") && has_carbon(smiles) && !has_bare_metal(smiles) &&
           plain_denies(name, smiles);
}

bool mg_listed_lacks(const char *name, const char *smiles) {
    if (lacks_water(name, smiles)) return false; /* the rest of it may be what is meant */
    return plain_denies(name, smiles) || lacks_element(name, smiles) ||
           lacks_charge(name, smiles) || is_broken(name, smiles);
}

static bool has_letter(const char *smiles, const char *symbol) {
    for (const char *s = smiles; (s = strstr(s, symbol)) != NULL; s++)
        if (symbol[1] || !islower((unsigned char)s[1])) return true;
    return false;
}

bool mg_listed_bare(const char *name, const char *smiles) {
    static const char *const salts[] = {" aceturate",     " isethionate",     " isetionate",
                                        " embonate",      " pamoate",         " napsylate",
                                        " camsylate",     " edisylate",       " hyclate",
                                        " hydrochloride", " dihydrochloride", " hydrobromide"};
    static const char *const elements[][2] = {{" sulfate", "S"},   {" sulphate", "S"},
                                              {" phosphate", "P"}, {" bromide", "Br"},
                                              {" iodide", "I"},    {" chloride", "Cl"}};
    for (size_t i = 0; i < MG_COUNT(salts); i++)
        if (ends(name, salts[i]) && !strchr(smiles, '.')) return true;
    for (size_t i = 0; i < MG_COUNT(elements); i++)
        if (ends(name, elements[i][0]) && !has_letter(smiles, elements[i][1])) return true;
    if (lacks_water(name, smiles)) return true;
    return has_bare_metal(smiles) &&
           (ends(name, "ate") || ends(name, "ide") || ends(name, "ite") || ends(name, " salt"));
}

void mg_listed_strip(const char *name, char *smiles) {
    const bool water = !strcasestr(name, "hydr") && !strcasestr(name, "water") &&
                       !strcasestr(name, "aqu") && has_carbon(smiles);
    const bool inner = strstr(smiles, "[N+](C)") && strstr(smiles, "[O-]") &&
                       !strcasestr(name, "chlor") && !strstr(name, "HCl");
    char *to = smiles;
    for (const char *s = smiles; *s;) {
        const size_t k = strcspn(s, ".");
        const bool out = (water && k == 1 && *s == 'O') ||
                         (inner && k == 2 && !strncmp(s, "Cl", 2));
        const size_t more = s[k] == '.';
        if (!out) {
            if (to > smiles) *to++ = '.';
            memmove(to, s, k);
            to += k;
        }
        s += k + more;
    }
    *to = 0;
}
