/* index.c - names of an index turned round, and old spellings: "benzamide, 3-nitro-" to
 * "3-nitrobenzamide", "benzoic acid, 4-amino-, ethyl ester" to "ethyl 4-aminobenzoate".
 */
#include "chem/nomenclature/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { INDEX_PARTS = 6 };

/* "benzoic acid" to "benzoate", for an ester. */
static bool acid_to_ate(char *s) {
    static const char *const mineral[][2] = {{"phosphoric acid", "phosphate"},
                                             {"sulfuric acid", "sulfate"},
                                             {"phosphorous acid", "phosphite"},
                                             {"sulfurous acid", "sulfite"},
                                             {"diphosphoric acid", "diphosphate"}};
    for (size_t i = 0; i < MG_COUNT(mineral); i++)
        if (!strcmp(s, mineral[i][0])) {
            strcpy(s, mineral[i][1]);
            return true;
        }
    if (name_ends_with(s, "ous acid")) {
        strcpy(s + strlen(s) - 8, "ite");
        return true;
    }
    if (name_ends_with(s, "ic acid")) {
        strcpy(s + strlen(s) - 7, "ate");
        return true;
    }
    return name_residue_ate(s);
}

/* "ethanol" to "ethyl", for "ethanol, 2-methoxy-, acetate". */
static bool alcohol_to_yl(char *s) {
    char *from = s + (strncmp(s, "1-", 2) ? 0 : 2);
    size_t length;
    const int stem = name_stem(from, strlen(from), &length);
    if (!strcmp(s, "phenol")) {
        strcpy(s, "phenyl");
        return true;
    }
    if (!stem || strcmp(from + length, "anol") != 0 || (stem > 2 && from == s)) return false;
    strcpy(from + length, "yl");
    memmove(s, from, strlen(from) + 1);
    return true;
}

static bool is_class(const char *s) {
    static const char *const classes[] = {"ether",     "ketone",    "sulfide", "sulfone",
                                          "sulfoxide", "disulfide", "peroxide"};
    for (size_t i = 0; i < MG_COUNT(classes); i++)
        if (!strcmp(s, classes[i])) return true;
    return false;
}

/* "(9ci)", "(6ci,7ci)" behind a name: an edition of the index. */
void name_drop_editions(char *s) {
    for (char *open; *s && s[strlen(s) - 1] == ')' && (open = strrchr(s, '(')) != NULL;) {
        if (open == s || !isdigit((unsigned char)open[1]) || strchr("+-", s[strlen(s) - 2]) ||
            !(name_ends_with(s, "ci)") || strlen(open) <= 8))
            break;
        if (strchr(open, ':')) break;                                  /* a ratio */
        if (name_ends_with(s, "-)") || name_ends_with(s, "+)")) break; /* a charge */
        *open = 0;
        while (open > s && open[-1] == ' ') *--open = 0;
    }
}

static int split(char *s, char *parts[INDEX_PARTS]) {
    int count = 0;
    while (s && count < INDEX_PARTS) {
        parts[count++] = s;
        s = strstr(s, ", ");
        if (s) *s = 0, s += 2;
    }
    return s ? 0 : count;
}

static bool is_sugar(const char *s) {
    static const char *const tails[] = {"oside", "ose", "itol", "osine", "idine"};
    for (size_t i = 0; i < MG_COUNT(tails); i++)
        if (name_ends_with(s, tails[i])) return true;
    return false;
}

/* The word of the ester or of the acid of an alcohol, cut out of the parts; false: it cannot be. */
static bool take_word(char *parts[INDEX_PARTS], int *count, char *front, char *behind) {
    static const char *const acids[] = {"acetate",  "diacetate",  "formate",   "benzoate",
                                        "acrylate", "propanoate", "carbamate", "methanesulfonate"};
    for (int k = 1; k < *count; k++) {
        char *p = parts[k];
        const size_t n = strlen(p);
        /* "beta-D-galactopyranoside, phenyl, 2,3,4,6-tetraacetate" */
        const bool glycoside = name_ends_with(parts[0], "oside");
        if (is_sugar(parts[0]) && isdigit((unsigned char)*p) && name_ends_with(p, "ate") &&
            !*behind && n < NAME_LONGEST && !strchr(p, ' ')) {
            snprintf(behind, NAME_LONGEST + 2, " %s", p);
            for (int j = k--; j + 1 < *count; j++) parts[j] = parts[j + 1];
            --*count;
            continue;
        }
        if (glycoside && k == 1 && n && p[n - 1] != '-' && !*front && n < NAME_LONGEST) {
            snprintf(front, NAME_LONGEST + 2, "%s ", p);
            for (int j = k--; j + 1 < *count; j++) parts[j] = parts[j + 1];
            --*count;
            continue;
        }
        bool acid = false;
        if (p[0] && p[n - 1] == '-') continue;
        for (size_t i = 0; i < MG_COUNT(acids); i++) acid |= !strcmp(p, acids[i]);
        const bool natural = !acid && (name_ends_with(p, "ate") || name_ends_with(p, "oxide") ||
                                       !strcmp(p, "oxime") || name_ends_with(p, "hydrazone") ||
                                       name_ends_with(p, "acetonide")); /* "..., 17-propanoate" */
        acid |= natural;
        if (*front || *behind || n > NAME_LONGEST) return false;
        /* "phenol, 3-methyl-, methylcarbamate": of the acid that has it on its nitrogen */
        const bool carbamate = !strcmp(p, "methylcarbamate") || !strcmp(p, "ethylcarbamate") ||
                               !strcmp(p, "dimethylcarbamate") || !strcmp(p, "phenylcarbamate");
        if (carbamate) {
            snprintf(behind, NAME_LONGEST + 2, " n%s-%s", *p == 'd' ? ",n" : "", p);
            for (int j = k--; j + 1 < *count; j++) parts[j] = parts[j + 1];
            --*count;
            continue;
        }
        if (name_ends_with(p, " ester")) {
            /* "glycine, N-carboxy-, N-benzyl ester" is another acid's */
            if (!strncmp(p, "n-", 2) && !name_ends_with(parts[0], " acid")) return false;
            p[n - 6] = 0;
            snprintf(front, NAME_LONGEST + 2, "%s ", p);
            if (!acid_to_ate(parts[0])) return false;
        } else if (acid) {
            snprintf(behind, NAME_LONGEST + 2, " %s", p);
            if (!natural) (void)alcohol_to_yl(parts[0]);
        } else {
            return false;
        }
        for (int j = k--; j + 1 < *count; j++) parts[j] = parts[j + 1];
        --*count;
    }
    return true;
}

/* "1,1'-methylenebis(4-methylbenzene" as "..., 1,1'-methylenebis(4-methyl-" leaves it. */
static void close_brackets(char *s) {
    char open[8];
    int depth = 0;
    for (const char *c = s; *c; c++) {
        if (strchr("([{", *c) && depth < 8) open[depth++] = *c == '(' ? ')' : *c == '[' ? ']' : '}';
        if (strchr(")]}", *c) && depth) depth--;
    }
    size_t n = strlen(s);
    while (depth) s[n++] = open[--depth];
    s[n] = 0;
}

/* Turns s round, if it is such a name; false: it is something else that cannot be read. */
bool name_turn(char *s, size_t *n) {
    char own[NAME_LONGEST + 1], parent[NAME_LONGEST + 4], turned[4 * NAME_LONGEST],
        front[NAME_LONGEST + 2] = "", behind[NAME_LONGEST + 2] = "", *parts[INDEX_PARTS];
    snprintf(own, sizeof own, "%s", s);
    name_drop_editions(own);
    /* "cholest-5-en-3-ol (3beta)-, octanoate": a comma is missing */
    char *gap = strstr(own, "l ("), *close = gap ? strstr(gap, ")-") : NULL;
    if (gap && isdigit((unsigned char)gap[3]) && close && (!close[2] || close[2] == ',') &&
        strlen(own) < NAME_LONGEST) {
        memmove(gap + 2, gap + 1, strlen(gap + 1) + 1);
        gap[1] = ',';
    }
    int count = split(own, parts);
    if (!count) return false;
    snprintf(parent, sizeof parent, "%s", parts[0]);
    if (count > 1) parts[0] = parent; /* it may grow */
    if (count == 2 && is_class(parts[0]) && !name_ends_with(parts[1], "-")) {
        snprintf(turned, sizeof turned, "%s %s", parts[1], parts[0]);
    } else {
        char *from = count == 1 && name_ends_with(own, " ester") ? strstr(own, " acid ") : NULL;
        if (from) { /* "hexanoic acid methyl ester" */
            own[strlen(own) - 6] = 0;
            from[5] = 0;
            snprintf(front, sizeof front, "%s ", from + 6);
            if (!acid_to_ate(own)) return false;
        } else if (count == 1 && name_ends_with(own, " ester")) {
            return false;
        }
        if (!take_word(parts, &count, front, behind)) return false;
        snprintf(turned, sizeof turned, "%s", front);
        for (int k = count - 1; k > 0; k--) strcat(turned, parts[k]);
        /* the hyphen stays in front of a digit or a bracket */
        const size_t length = strlen(turned);
        const bool anomer = !strncmp(parts[0], "alpha-", 6) || !strncmp(parts[0], "beta-", 5);
        const bool stereo = count > 1 && parts[1][0] == '(' &&
                            isdigit((unsigned char)parts[1][1]) && name_ends_with(parts[1], ")-") &&
                            !strchr(parts[1] + 1, '(');
        if (count > 1 && !stereo && isalpha((unsigned char)*parts[0]) && !anomer &&
            !(isdigit((unsigned char)parts[0][1])) && strncmp(parts[0] + 1, "-", 1) != 0 && length)
            turned[length - 1] = 0;
        strcat(turned, parts[0]);
        close_brackets(turned);
        strcat(turned, behind);
    }
    if (strlen(turned) > NAME_LONGEST) return false;
    *n = strlen(turned);
    memcpy(s, turned, *n + 1);
    return true;
}

static void replace(char *s, const char *what, const char *with) {
    const size_t k = strlen(what), m = strlen(with); /* m <= k */
    for (char *at = s; (at = strstr(at, what)) != NULL; at += m) {
        memcpy(at, with, m);
        memmove(at + m, at + k, strlen(at + k) + 1);
    }
}

/* "3-beta-hydroxy", "3-beta,5-alpha-" of natural parents to "3beta-", but not "6-alpha-D-". */
static void join_faces(char *s) {
    static const char *const faces[] = {"-alpha", "-beta"};
    const bool natural = name_mentions_natural(s);
    for (char *at = s; natural && (at = strstr(at, "-keto")) != NULL; at++)
        if (at[5] != 'n') { /* "7-keto", but no ketone */
            memcpy(at, "-oxo", 4);
            memmove(at + 4, at + 5, strlen(at + 5) + 1);
        }
    if (natural) replace(s, "cyclic 16,17-acetal with acetone", "16,17-acetonide");
    for (size_t f = 0; f < MG_COUNT(faces) && natural; f++) {
        const size_t k = strlen(faces[f]);
        for (char *at = s; (at = strstr(at, faces[f])) != NULL; at++) {
            const char *next = at + k;
            if (at == s || !isdigit((unsigned char)at[-1]) || !*next || !strchr("-,)", *next))
                continue;
            if (*next == '-' && next[1] && strchr("dl", next[1]) && next[2] == '-') continue;
            memmove(at, at + 1, strlen(at + 1) + 1);
        }
    }
}

/* Other ways to write the same. */
void name_respell(char *s, size_t *n) {
    if (name_ends_with(s, "ci)")) name_drop_editions(s);
    replace(s, "sulph", "sulf");
    for (char *at = s; (at = strstr(at, "oestr")) != NULL; at++) /* but "oxo-estr", "fluoro-estr" */
        if (at == s || !isalpha((unsigned char)at[-1]) || strchr("yl", at[-1]))
            memmove(at, at + 1, strlen(at + 1) + 1);
    replace(s, "desoxy", "deoxy");
    replace(s, ".alpha.", "alpha");
    replace(s, ".beta.", "beta");
    replace(s, ".gamma.", "gamma");
    replace(s, ".delta.", "delta");
    replace(s, ".epsilon.", "epsilon");
    replace(s, ".omega.", "omega");
    replace(s, "lambda~", "lambda^");
    join_faces(s);
    if (!strncmp(s, "cholesteryl ", 12) && strlen(s) + 11 < NAME_LONGEST) {
        memmove(s + 22, s + 11, strlen(s + 11) + 1);
        memcpy(s, "cholest-5-en-3beta-yl", 21);
        memmove(s + 21, s + 22, strlen(s + 22) + 1);
    }
    name_loose_spelling(s);
    replace(s, "hydrochloride(1:1)", "hydrochloride");
    replace(s, "hydrobromide(1:1)", "hydrobromide");
    replace(s, "hydrochloride (1:1)", "hydrochloride");
    replace(s, "hydrobromide (1:1)", "hydrobromide");
    *n = strlen(s);
    char *at = strstr(s, "icacid");
    while (at && at[6] && at[6] != ',') at = strstr(at + 1, "icacid");
    if (at && (!at[6] || at[6] == ',') && *n < NAME_LONGEST) {
        memmove(at + 3, at + 2, strlen(at + 2) + 1);
        at[2] = ' ';
        ++*n;
    }
}
