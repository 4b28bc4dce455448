/* respell.c - loose spellings as the grammar has them: round brackets of ring names, blanks beside
 * hyphens, "n-butyl", "4(trifluoromethyl)", words without their last letter. All of it works in
 * room for NAME_LONGEST characters; what does not fit stays as it is.
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c) { return isdigit((unsigned char)c); }
static bool is_letter(char c) { return islower((unsigned char)c); }

/* The bracket that closes the one at `open`; 0: none. */
static size_t closing(const char *s, size_t open) {
    int depth = 0;
    for (size_t k = open; s[k]; k++) {
        depth += strchr("([{", s[k]) != NULL;
        depth -= strchr(")]}", s[k]) != NULL;
        if (!depth) return k;
    }
    return 0;
}

/* "bicyclo(2.2.1)", "spiro(4.5)", "(2.2.1.0(2,6))", "[3.3.1.1~3,7~]". */
static void skeletons(char *s) {
    static const char *const words[] = {"cyclo", "spiro"};
    for (size_t w = 0; w < MG_COUNT(words); w++)
        for (char *at = s; (at = strstr(at, words[w])) != NULL; at += 5) {
            const size_t open = (size_t)(at - s) + 5;
            if (!s[open] || !strchr("([", s[open]) || !is_digit(s[open + 1])) continue;
            const size_t close = closing(s, open);
            bool plain = close != 0;
            for (size_t k = open + 1; k < close; k++)
                plain &= is_digit(s[k]) || strchr(".,()~^{}<>", s[k]) != NULL;
            if (!plain || !memchr(s + open, '.', close - open)) continue;
            for (size_t k = open + 1; k < close; k++)
                if (strchr("()~", s[k])) s[k] = '^';
            s[open] = '[', s[close] = ']';
        }
}

/* "(1,1'-biphenyl)", "(1,1':4',1''-terphenyl)" in square brackets. */
static void biphenyls(char *s) {
    static const char *const words[] = {"-biphenyl)", "-terphenyl)", "-bicyclohexyl)"};
    for (size_t w = 0; w < MG_COUNT(words); w++)
        for (char *at = s; (at = strstr(at, words[w])) != NULL; at++) {
            char *open = at;
            while (open > s && strchr("0123456789,':", open[-1])) open--;
            if (open == s || open[-1] != '(') continue;
            open[-1] = '[';
            at[strlen(words[w]) - 1] = ']';
        }
}

/* Blanks beside hyphens, commas and brackets of a name that is not turned round. */
static void blanks(char *s) {
    const bool turned = strstr(s, "-, ") || strstr(s, " - ");
    for (size_t k = 1; s[k]; k++) {
        if (s[k] != ' ' || !s[k + 1]) continue;
        const char before = s[k - 1], behind = s[k + 1];
        const bool hyphen = !turned && ((before == '-' && (isalnum((unsigned char)behind) ||
                                                           strchr("([{", behind))) ||
                                        (behind == '-' && (is_digit(before) || before == ')')));
        const bool comma = before == ',' && k > 1 && is_digit(s[k - 2]) && is_digit(behind);
        const bool hydrogen = is_digit(before) && behind == 'h' && s[k + 2] == '-';
        if (hyphen || comma || hydrogen || strchr("([{", before) || strchr(")]}", behind))
            name_put(s, k, 1, "");
    }
}

/* "2-nitro-4(trifluoromethyl)benzonitrile": a hyphen is missing. */
static void hyphens(char *s) {
    for (size_t k = 1; s[k]; k++) {
        if (s[k] != '(' || !is_digit(s[k - 1]) || !is_letter(s[k + 1])) continue;
        if (closing(s, k) > k + 4) name_put(s, k, 0, "-");
    }
}

/* Whether what begins at s is an alkyl group, "butyl", "butoxy". */
static bool is_alkyl(const char *s) {
    size_t length;
    if (!name_stem(s, strlen(s), &length)) return false;
    return !strncmp(s + length, "yl", 2) || !strncmp(s + length, "oxy", 3) ||
           !strncmp(s + length, "ano", 3);
}

/* "perfluorobutyl" as a group: "nonafluorobutyl". */
static void perfluoroalkyls(char *s) {
    static const char *const counts[] = {
        "",          "tri",       "penta",    "hepta",    "nona",    "undeca",   "trideca",
        "pentadeca", "heptadeca", "nonadeca", "henicosa", "tricosa", "pentacosa"};
    for (char *at = s; (at = strstr(at, "perfluoro")) != NULL; at++) {
        const char *rest = at + 9;
        size_t length;
        const int n = name_stem(rest, strlen(rest), &length);
        if (!strncmp(rest, "phenyl", 6))
            name_put(s, (size_t)(at - s), 3, "penta");
        else if (n > 0 && n < (int)MG_COUNT(counts) && !strncmp(rest + length, "yl", 2))
            name_put(s, (size_t)(at - s), 3, counts[n]);
    }
}

/* "4-n-butyl", "di-n-butyl", "iso-propyl", "tert butyl". */
static void alkyls(char *s) {
    static const char *const nitrogens[] = {"amin", "amid", "azan", "urea", "hydraz"};
    bool amine = false;
    for (size_t k = 0; k < MG_COUNT(nitrogens); k++) amine |= strstr(s, nitrogens[k]) != NULL;
    for (char *at = s; (at = strstr(at, "-n-")) != NULL; at++) {
        if (at == s || !is_alkyl(at + 3)) continue;
        const bool many = (at > s + 1 && !strncmp(at - 2, "di", 2)) ||
                          (at > s + 2 && !strncmp(at - 3, "tri", 3)) ||
                          (at > s + 4 && !strncmp(at - 5, "tetra", 5));
        if (many)
            name_put(s, (size_t)(at - s), 3, "");
        else if ((is_digit(at[-1]) || at[-1] == '\'') && !amine)
            name_put(s, (size_t)(at - s), 2, "");
    }
    static const char *const pairs[][2] = {
        {"iso-prop", "isoprop"},           {"iso-but", "isobut"},
        {"iso-pent", "isopent"},           {"tert butyl", "tert-butyl"},
        {"sec butyl", "sec-butyl"},        {"tert.butyl", "tert-butyl"},
        {"sec.-butyl", "sec-butyl"},       {"tert butoxy", "tert-butoxy"},
        {"tertbutyl", "tert-butyl"},       {"s-triazin", "1,3,5-triazin"},
        {"as-triazin", "1,2,4-triazin"},   {"trimethylsiloxy", "trimethylsilyloxy"},
        {"benzoimidazol", "benzimidazol"}, {"ethylhexoxy", "ethylhexyloxy"}};
    for (size_t p = 0; p < MG_COUNT(pairs); p++)
        for (char *at = s; (at = strstr(at, pairs[p][0])) != NULL; at += strlen(pairs[p][1])) {
            if (at > s && is_letter(at[-1]) && pairs[p][0][0] != 't') continue;
            if (!name_put(s, (size_t)(at - s), strlen(pairs[p][0]), pairs[p][1])) break;
        }
}

/* "para-", "meta-", "ortho-" where a name or a group begins. */
static void positions(char *s) {
    static const char *const words[][2] = {{"para-", "p-"}, {"meta-", "m-"}, {"ortho-", "o-"},
                                           {"para ", "p-"}, {"meta ", "m-"}, {"ortho ", "o-"}};
    for (size_t w = 0; w < MG_COUNT(words); w++)
        for (char *at = s; (at = strstr(at, words[w][0])) != NULL; at++)
            if (at == s || strchr(" ([{-", at[-1]))
                name_put(s, (size_t)(at - s), strlen(words[w][0]), words[w][1]);
}

/* "p-dipropylbenzene", "benzene, o-diacetyl-", "p-bis(hydroxymethyl)benzene": two groups on
 * benzene. What else they may be bound to, amines and azobenzenes, stays as it is. */
static void pairs_on_benzene(char *s) {
    static const char *const letters[][2] = {{"o-", "1,2-"}, {"m-", "1,3-"}, {"p-", "1,4-"}};
    const size_t front = strncmp(s, "benzene, ", 9) ? 0 : 9;
    char *at = s + front, *end = s + strlen(s);
    if (!front && (!name_ends_with(s, "benzene") || strstr(s, "azo") || strstr(s, "imino"))) return;
    if (front ? !name_ends_with(s, "-") : false) return;
    if (!front) end -= 7;
    if (front) end--;
    if (end < at + 6 || at[1] != '-' || !strchr("omp", *at)) return;
    const bool bis = !strncmp(at + 2, "bis(", 4);
    bool plain = bis ? at + closing(at, 5) + 1 == end : !strncmp(at + 2, "di", 2);
    for (const char *c = at + 2; c < end && !bis; c++) plain &= is_letter(*c);
    const char *amino = strstr(at, "amino");
    if (!plain || (amino && !bis && strncmp(at + 4, "amino", 5) != 0)) return;
    for (size_t k = 0; k < MG_COUNT(letters); k++)
        if (*at == *letters[k][0]) {
            name_put(s, front, 2, letters[k][1]);
            return;
        }
}

/* "... 2-amin", "... benzoat", "... hcl", "chlorobenzol": the end of the name. */
static void ends(char *s) {
    static const char *const tails[][2] = {
        {"amin", "amine"},      {"nitril", "nitrile"},     {"acetat", "acetate"},
        {"oat", "oate"},        {"ylat", "ylate"},         {" hcl", " hydrochloride"},
        {"benzol", "benzene"},  {"toluol", "toluene"},     {" hbr", " hydrobromide"},
        {"anilin", "aniline"},  {"phosphat", "phosphate"}, {"chlorid", "chloride"},
        {"bromid", "bromide"},  {"sulfat", "sulfate"},     {"aldehyd", "aldehyde"},
        {"-1-on", "-1-one"},    {"-2-on", "-2-one"},       {"-4-on", "-4-one"},
        {"-dien", "-diene"},    {"-3-on", "-3-one"},       {"propan", "propane"},
        {"butan", "butane"},    {"pentan", "pentane"},     {"hexan", "hexane"},
        {"heptan", "heptane"},  {"octan", "octane"},       {"decan", "decane"},
        {")-ether", ") ether"}, {"yl-ether", "yl ether"},  {")-ketone", ") ketone"}};
    const size_t n = strlen(s);
    for (size_t t = 0; t < MG_COUNT(tails); t++)
        if (n > strlen(tails[t][0]) + 2 && name_ends_with(s, tails[t][0])) {
            name_put(s, n - strlen(tails[t][0]), strlen(tails[t][0]), tails[t][1]);
            return;
        }
}

/* "3-methoxybenzylchloride", "bis(4-nitrophenyl)sulfide": a blank is missing. */
static void blanks_missing(char *s) {
    static const char *const classes[] = {"chloride",   "bromide",       "iodide",  "fluoride",
                                          "alcohol",    "ketone",        "sulfide", "disulfide",
                                          "sulfoxide",  "sulfone",       "cyanide", "mercaptan",
                                          "isocyanate", "isothiocyanate"};
    const size_t n = strlen(s);
    if (strchr(s, ' ') || strchr(s, ';')) return;
    for (size_t k = 0; k < MG_COUNT(classes); k++) {
        const size_t m = strlen(classes[k]);
        if (n < m + 5 || strcmp(s + n - m, classes[k]) != 0) continue;
        const char *at = s + n - m;
        if ((at[-2] == 'y' && at[-1] == 'l') || at[-1] == ')') {
            name_put(s, n - m, 0, " ");
            return;
        }
    }
}

/* "tris-(2-cyanoethyl)", "1lambda~6~-", "n-octanoic". */
static void hyphens_behind(char *s) {
    static const char *const counts[] = {"bis-(", "tris-(", "tetrakis-(", "di-(", "tri-("};
    for (size_t k = 0; k < MG_COUNT(counts); k++)
        for (char *at = s; (at = strstr(at, counts[k])) != NULL; at++) {
            const size_t m = strlen(counts[k]);
            if ((at > s && is_letter(at[-1])) || !closing(s, (size_t)(at - s) + m - 1)) continue;
            name_put(s, (size_t)(at - s) + m - 2, 1, "");
        }
    for (char *at = s; (at = strstr(at, "lambda")) != NULL; at += 6) {
        const char mark = at[6];
        if (!mark || !strchr("~*(^", mark) || !is_digit(at[7])) continue;
        const char end = at[8];
        if (mark == '^' ? end != '~' : end != (mark == '(' ? ')' : mark)) continue;
        name_put(s, (size_t)(at - s) + 8, 1, "");
        name_put(s, (size_t)(at - s) + 6, 1, "");
    }
    for (char *at = s; (at = strstr(at, "n-")) != NULL; at++) {
        size_t length;
        static const char *const ends[] = {"anoic", "anoate", "anol", "anal", "ane"};
        if (at > s && at[-1] != ' ') continue;
        if (name_stem(at + 2, strlen(at + 2), &length) < 4) continue;
        for (size_t k = 0; k < MG_COUNT(ends); k++)
            if (!strncmp(at + 2 + length, ends[k], strlen(ends[k])) &&
                !strchr("nt", at[2 + length + strlen(ends[k])] ? at[2 + length + strlen(ends[k])]
                                                               : '.')) {
                name_put(s, (size_t)(at - s), 2, "");
                break;
            }
    }
}

/* "benzo[1,3]dioxole": "1,3-benzodioxole". */
static void benzo_locants(char *s) {
    for (char *at = s; (at = strstr(at, "benzo[")) != NULL; at++) {
        const size_t i = (size_t)(at - s), n = strspn(at + 6, "0123456789,");
        char own[40];
        if (n < 3 || n > 20 || at[6 + n] != ']' || !is_letter(at[7 + n]) ||
            !memchr(at + 6, ',', n) || (i && is_letter(s[i - 1])))
            continue;
        size_t k = n + 7; /* "benzo[5,6]cyclohepta[1,2-b]" */
        while (is_letter(at[k])) k++;
        if (at[k] == '[') continue;
        snprintf(own, sizeof own, "%.*s-benzo", (int)n, at + 6);
        name_put(s, i, n + 7, own);
    }
}

/* "pyridine-1-oxide", "N~1~-", "cyclohexane carboxylate", "methyl3-chlorobenzoate". */
static void seams(char *s) {
    static const char *const tails[] = {"-oxide", "-dioxide"};
    static const char *const suffixes[] = {
        " carboxylic acid", " carboxylate",   " carbonitrile", " carboxamide",      " carbaldehyde",
        " carboxaldehyde",  " sulfonic acid", " sulfonamide",  " sulfonyl chloride"};
    for (size_t t = 0; t < MG_COUNT(tails); t++) {
        if (!name_ends_with(s, tails[t])) continue;
        size_t k = strlen(s) - strlen(tails[t]);
        while (k && (is_digit(s[k - 1]) || s[k - 1] == ',')) k--;
        if (k && s[k - 1] == '-' && is_digit(s[k])) s[k - 1] = ' ';
    }
    for (char *at = s; (at = strstr(at, "n~")) != NULL; at++)
        if (is_digit(at[2]) && at[3] == '~') {
            name_put(s, (size_t)(at - s) + 3, 1, "");
            name_put(s, (size_t)(at - s) + 1, 1, "");
        }
    for (size_t t = 0; t < MG_COUNT(suffixes); t++) {
        char *at = strstr(s, suffixes[t]);
        if (at && at > s + 3 && strchr("en", at[-1]) && is_letter(at[-2]))
            name_put(s, (size_t)(at - s), 1, "");
    }
    size_t k = 0;
    while (is_letter(s[k])) k++;
    if (k > 4 && k < 12 && s[k - 1] == 'l' && s[k - 2] == 'y' && is_digit(s[k]) &&
        name_ends_with(s, "ate"))
        name_put(s, k, 0, " ");
}

/* "tetrabutyl ammonium", "n-butyl thiourea", "furfuryl alcohol, acetate", "methylester". */
static void words(char *s) {
    static const char *const parents[] = {" ammonium", " thiourea",  " phosphine",  " germane",
                                          " silane",   " hydrazine", " phosphonium"};
    static const char *const pairs[][2] = {
        {"(boc-amino)", "(tert-butoxycarbonylamino)"},
        {"(fmoc-amino)", "(9h-fluoren-9-ylmethoxycarbonylamino)"},
        {"1-triazene", "triaz-1-ene"},
        {"[1,1-biphenyl]", "[1,1'-biphenyl]"},
        {"1h-1,3-benzimidazol", "1h-benzimidazol"},
        {"1h-3,1-benzimidazol", "1h-benzimidazol"},
        {"2-triazen-1-yl", "triaz-2-en-1-yl"},
        {"2-triazenyl", "triaz-2-en-1-yl"},
        {"di-2-propen-", "diprop-2-en-"},
        {"tri-2-propenyl", "tri(prop-2-enyl)"},
        {"dioxidanyl", "hydroperoxy"},
        {"-p-tolyl phosphine", "-p-tolylphosphine"}};
    for (size_t k = 0; k < MG_COUNT(parents); k++) {
        char *at = strstr(s, parents[k]);
        const char *end = at ? at + strlen(parents[k]) : NULL;
        bool groups = at && (!*end || *end == ' ' || *end == ',');
        for (const char *c = s; groups && c <= at; c++)
            if (*c == ' ') groups = c > s + 2 && ((c[-1] == 'l' && c[-2] == 'y') || c[-1] == ')');
        while (groups && (at = strchr(s, ' ')) != NULL) {
            const bool last = !strncmp(at, parents[k], strlen(parents[k]));
            name_put(s, (size_t)(at - s), 1, "");
            groups = !last;
        }
    }
    for (size_t p = 0; p < MG_COUNT(pairs); p++)
        for (char *at = s; (at = strstr(at, pairs[p][0])) != NULL; at += strlen(pairs[p][1]))
            if (!name_put(s, (size_t)(at - s), strlen(pairs[p][0]), pairs[p][1])) break;
    char *at = strstr(s, " alcohol, "); /* an ester of it */
    if (at && !strpbrk(at + 10, " ,-") && name_ends_with(at, "ate"))
        name_put(s, (size_t)(at - s), 9, "");
    const size_t n = strlen(s);
    if (n > 20 && name_ends_with(s, "ylester") && strstr(s, " acid ")) name_put(s, n - 5, 0, " ");
}

void name_loose_spelling(char *s) {
    words(s);
    benzo_locants(s);
    seams(s);
    hyphens_behind(s);
    blanks_missing(s);
    name_reagents(s);
    name_renamed(s);
    skeletons(s);
    biphenyls(s);
    blanks(s);
    hyphens(s);
    perfluoroalkyls(s);
    alkyls(s);
    positions(s);
    pairs_on_benzene(s);
    ends(s);
}
