/* lipid_short.c - shorthand that says one molecule, as the name of it:
 *
 *   pc(16:0/18:1(9z)), pc 16:0/18:1(9z)   1-hexadecanoyl-2-[(9z)-octadec-9-enoyl]-sn-glycero-3-...
 *   pe(p-16:0/20:4(5z,8z,11z,14z))        1-[(1z)-hexadec-1-enyl]-2-...
 *   lpc(18:0/0:0), lpc 18:0, dg(16:0/18:0/0:0), tg(16:0/18:1(9z)/18:0)
 *   cer(d18:1/16:0), sm(d18:1/24:1(15z)), glccer(d18:1/16:0)
 *   fa 18:1(9z), car 16:0
 *
 * A chain with double bonds needs their places; a total ("pc 34:1") is no one molecule.
 */
#include "chem/nomenclature/lipid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

static const struct {
    const char *abbreviation, *tail;
    int chains; /* that it has at least and at most; 3: of a glycerol without a head */
    bool lyso;
} CLASSES[] = {{"pc", "sn-glycero-3-phosphocholine", 2, false},
               {"pe", "sn-glycero-3-phosphoethanolamine", 2, false},
               {"pe-nme", "sn-glycero-3-phospho-n-methylethanolamine", 2, false},
               {"pe-nme2", "sn-glycero-3-phospho-n,n-dimethylethanolamine", 2, false},
               {"ps", "sn-glycero-3-phospho-l-serine", 2, false},
               {"pi", "sn-glycero-3-phospho-1d-myo-inositol", 2, false},
               {"pa", "sn-glycero-3-phosphate", 2, false},
               {"pg", "sn-glycero-3-phospho-(1'-sn-glycerol)", 2, false},
               {"pgp", "sn-glycero-3-phospho-(1'-sn-glycerol-3'-phosphate)", 2, false},
               {"cdp-dg", "sn-glycero-3-cytidine 5'-diphosphate", 2, false},
               {"lpc", "sn-glycero-3-phosphocholine", 2, true},
               {"lysopc", "sn-glycero-3-phosphocholine", 2, true},
               {"lpe", "sn-glycero-3-phosphoethanolamine", 2, true},
               {"lysope", "sn-glycero-3-phosphoethanolamine", 2, true},
               {"lps", "sn-glycero-3-phospho-l-serine", 2, true},
               {"lpi", "sn-glycero-3-phospho-1d-myo-inositol", 2, true},
               {"lpa", "sn-glycero-3-phosphate", 2, true},
               {"lysopa", "sn-glycero-3-phosphate", 2, true},
               {"lpg", "sn-glycero-3-phospho-(1'-sn-glycerol)", 2, true},
               {"tg", "glycerol", 3, false},
               {"tag", "glycerol", 3, false},
               {"dg", "glycerol", 3, false},
               {"dag", "glycerol", 3, false},
               {"mg", "glycerol", 3, false}};

/* Splits "16:0/18:1(9z)" at slashes outside of brackets; the number, 0: too many. */
static int split(char *s, char *part[4]) {
    int n = 1, depth = 0;
    part[0] = s;
    for (; *s; s++) {
        depth += *s == '(' || *s == '[';
        depth -= *s == ')' || *s == ']';
        if (*s != '/' || depth) continue;
        if (n == 4) return 0;
        *s = 0;
        part[n++] = s + 1;
    }
    return n;
}

/* "16:0", "p-18:1(9z)", "o-16:0" as a group; false: it is none. */
static bool add_chain(const char *s, mg_str *out) {
    const bool plasmenyl = begins(s, "p-"), ether = begins(s, "o-") || begins(s, "e-");
    char chain[300];
    if (!plasmenyl) {
        const size_t front = ether ? 2 : 0;
        return strlen(s) < 250 &&
               lipid_short_chain(s + front, ether ? "yl" : "oyl", out) == strlen(s + front) &&
               s[front];
    }
    char *rest; /* "p-18:1(9z)": one more, at 1 */
    const long carbons = strtol(s + 2, &rest, 10);
    const int bonds = *rest == ':' ? atoi(rest + 1) : -1;
    const char *labels = strchr(s, '(');
    if (bonds < 0 || (bonds > 0) != (labels != NULL) || strlen(s) > 200) return false;
    snprintf(chain, sizeof chain, "%ld:%d(1z%s%s", carbons, bonds + 1, bonds ? "," : ")",
             bonds ? labels + 1 : "");
    return lipid_short_chain(chain, "yl", out) == strlen(chain);
}

static bool is_none(const char *s) { return !strcmp(s, "0:0"); }

/* "1-[x]-2-[y]-" of chains; false: one is not read. */
static bool add_groups(char *const part[], int n, bool hydroxy, mg_str *out) {
    int some = 0;
    for (int i = 0; i < n; i++) {
        if (is_none(part[i])) continue;
        mg_str chain = {0};
        const bool ok = add_chain(part[i], &chain) && !chain.failed;
        if (ok) mg_str_addf(out, "%d-[%s]-", i + 1, chain.s);
        mg_str_free(&chain);
        if (!ok) return false;
        some++;
    }
    return some > 0 || hydroxy;
}

static bool glycerolipid(const char *head, char *inside, mg_str *out) {
    for (size_t c = 0; c < MG_COUNT(CLASSES); c++) {
        if (strcmp(head, CLASSES[c].abbreviation) != 0) continue;
        char *part[4];
        const int n = split(inside, part);
        const bool one = n == 1 && (CLASSES[c].lyso);
        if (n != CLASSES[c].chains && !one) return false;
        int none = 0;
        for (int i = 0; i < n; i++) none += is_none(part[i]);
        if (CLASSES[c].lyso && !one && none != 1) return false;
        if (!strcmp(head, "tg") || !strcmp(head, "tag")) {
            if (none) return false;
        } else if (CLASSES[c].chains == 3 && none != (head[0] == 'd' ? 1 : 2)) {
            return false;
        }
        if (!add_groups(part, n, false, out)) return false;
        const bool sn = CLASSES[c].chains == 3;
        mg_str_addf(out, "%s%s", sn ? "sn-" : "", CLASSES[c].tail);
        return true;
    }
    return false;
}

/* "d18:1", "d18:1(4e)", "t18:0", "d16:0", "d18:2(4e,14z)" as a base. */
static bool add_base(const char *s, mg_str *out) {
    const bool phyto = *s == 't';
    char stem[24], *rest;
    if (*s != 'd' && !phyto) return false;
    const long carbons = strtol(s + 1, &rest, 10);
    if (carbons < 12 || carbons > 30 || *rest != ':') return false;
    lipid_stem((int)carbons, stem);
    rest++;
    if (!strcmp(rest, "0"))
        mg_str_addf(out, "%s%sasphinganine", phyto ? "4-hydroxy" : "", stem);
    else if (!phyto && (!strcmp(rest, "1") || !strcmp(rest, "1(4e)")))
        mg_str_addf(out, "%sasphing-4-enine", stem);
    else if (!phyto && begins(rest, "2(4e,") && rest[strlen(rest) - 1] == ')' &&
             strlen(rest) < 12) {
        const int at = atoi(rest + 5);
        const char mark = rest[strlen(rest) - 2];
        mg_str_addf(out, "%sasphinga-4e,%d%c-dienine", stem, at, mark);
    } else {
        return false;
    }
    return true;
}

static bool sphingolipid(const char *head, char *inside, mg_str *out) {
    static const char *const classes[][3] = {{"cer", "", ""},
                                             {"sm", "", "-1-phosphocholine"},
                                             {"cerp", "", "-1-phosphate"},
                                             {"pe-cer", "", "-1-phosphoethanolamine"},
                                             {"cpe", "", "-1-phosphoethanolamine"},
                                             {"glccer", "1-o-beta-d-glucosyl-", ""},
                                             {"galcer", "1-o-beta-d-galactosyl-", ""}};
    for (size_t c = 0; c < MG_COUNT(classes); c++) {
        if (strcmp(head, classes[c][0]) != 0) continue;
        char *part[4];
        mg_str chain = {0};
        bool ok = split(inside, part) == 2 && isdigit((unsigned char)*part[1]) &&
                  add_chain(part[1], &chain) && !chain.failed;
        if (ok) mg_str_addf(out, "n-[%s]-%s", chain.s, classes[c][1]);
        mg_str_free(&chain);
        ok = ok && add_base(part[0], out);
        if (ok) mg_str_addz(out, classes[c][2]);
        return ok;
    }
    return false;
}

static bool one_chain(const char *head, const char *inside, mg_str *out) {
    const bool acid = !strcmp(head, "fa");
    if (!acid && strcmp(head, "car") != 0) return false;
    if (lipid_short_chain(inside, acid ? "oic acid" : "oyl", out) != strlen(inside)) return false;
    if (!acid) mg_str_addz(out, "-l-carnitine");
    return true;
}

/* "phosphatidylcholine 16:0/18:1(9z)" */
static void abbreviate(char *head) {
    static const char *const words[][2] = {
        {"phosphatidylcholine", "pc"},  {"phosphatidylethanolamine", "pe"},
        {"phosphatidylserine", "ps"},   {"phosphatidylinositol", "pi"},
        {"phosphatidylglycerol", "pg"}, {"triacylglycerol", "tg"},
        {"diacylglycerol", "dg"},       {"lysophosphatidylcholine", "lpc"},
        {"sphingomyelin", "sm"},        {"ceramide", "cer"}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strcmp(head, words[i][0])) strcpy(head, words[i][1]);
}

char *lipid_short(const char *s, bool *failed) {
    char head[32], inside[400];
    mg_str out = {0};
    size_t k = 0;
    while (s[k] && s[k] != '(' && s[k] != ' ') k++;
    const size_t n = strlen(s);
    if (!s[k] || !k || k >= sizeof head || n - k >= sizeof inside || n < k + 4) return NULL;
    memcpy(head, s, k);
    head[k] = 0;
    k += s[k] == ' ' && s[k + 1] == '(';
    const bool bracket = s[k] == '(';
    if (bracket && s[n - 1] != ')') return NULL;
    memcpy(inside, s + k + 1, n - k - 1 - bracket);
    inside[n - k - 1 - bracket] = 0;
    if (!strchr(inside, ':')) return NULL;
    abbreviate(head);
    const bool ok = glycerolipid(head, inside, &out) || sphingolipid(head, inside, &out) ||
                    one_chain(head, inside, &out);
    *failed |= out.failed;
    if (!ok || out.failed) {
        mg_str_free(&out);
        return NULL;
    }
    return out.s;
}
