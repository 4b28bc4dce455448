/* lipid_charge.c - ions of texts as names: "acyl-coa(4-) obtained by deprotonation of the phosphate
 * and diphosphate oh groups of palmitoyl-coa" is "palmitoyl-coa(4-)".
 *
 *   the conjugate base of X, obtained by deprotonation of the carboxy group
 *   obtained by deprotonation of both carboxy groups of X
 *   the tetraanion of X, arising from deprotonation of the phosphate and diphosphate functions
 *   zwitterion obtained by transfer of a proton from the phosphate to the amino group of X
 *
 * Where X is read, the groups must be all of its acids; else the words must say how many protons
 * leave.
 */
#include "chem/nomenclature/lipid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct loss {
    bool phosphate, carboxy, sulfo, amine; /* the last one takes a proton */
    bool several, some;                    /* "groups"; it is said which */
    int number;                            /* 0: it is not said */
} loss;

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

/* "the phosphate and diphosphate oh groups" from s on; its end; NULL: it says something else. */
static const char *read_groups(const char *s, loss *out) {
    static const char *const plain[] = {"the", "free", "oh",  "acid", "and",
                                        "of",  "all",  "its", "from"};
    static const struct {
        const char *word;
        int sign; /* 1: phosphate, 2: carboxy, 3: sulfo; 10 and more: a number */
    } words[] = {{"phosphate", 1}, {"diphosphate", 1}, {"triphosphate", 1}, {"bisphosphate", 1},
                 {"carboxy", 2},   {"carboxylic", 2},  {"carboxyl", 2},     {"sulfo", 3},
                 {"sulfate", 3},   {"sulfonate", 3},   {"sulfonic", 3},     {"one", 11},
                 {"both", 12},     {"two", 12},        {"three", 13},       {"four", 14},
                 {"five", 15},     {"six", 16}};
    static const char *const ends[] = {"group", "groups", "function", "functions"};
    while (*s) {
        size_t n = strcspn(s, " ,;");
        const char *word = s;
        bool known = false;
        s += n;
        while (*s == ' ' || *s == ',') s++;
        for (size_t i = 0; i < MG_COUNT(ends); i++)
            if (strlen(ends[i]) == n && begins(word, ends[i])) {
                out->several |= i % 2 == 1;
                return out->some ? word + n : NULL;
            }
        for (size_t i = 0; i < MG_COUNT(plain); i++)
            known |= strlen(plain[i]) == n && begins(word, plain[i]);
        for (size_t i = 0; i < MG_COUNT(words); i++) {
            if (strlen(words[i].word) != n || !begins(word, words[i].word)) continue;
            const int sign = words[i].sign;
            known = true;
            out->phosphate |= sign == 1, out->carboxy |= sign == 2, out->sulfo |= sign == 3;
            out->some |= sign < 10;
            if (sign == 11) return NULL; /* "one of the carboxy groups" */
            if (sign > 10 && out->number) return NULL;
            if (sign > 10) out->number = sign - 10;
        }
        if (!known) return NULL;
    }
    return NULL;
}

/* How many protons leave in all, as the words say; 0: they do not say it. */
static int said_number(const loss *l, const char *name) {
    const size_t n = strlen(name);
    const bool coa = n > 4 && (!strcmp(name + n - 4, "-coa") || !strcmp(name + n - 4, " coa"));
    const int kinds = l->phosphate + l->carboxy + l->sulfo;
    if (coa && l->phosphate && !l->sulfo) return l->carboxy ? 5 : 4;
    if (kinds != 1) return 0;
    if (l->number) return l->number;
    return l->several || l->phosphate ? 0 : 1;
}

/* The charge that a name has without these protons: of its molecule where it is read, else as the
 * words say; false: neither. */
static int charge_of(const char *name, const loss *l, int *charge, bool *ok, molglot_error *err) {
    char *smiles = NULL;
    lipid_protons p;
    *ok = false;
    const int code = mg_name_read(name, &smiles, err);
    const int said = said_number(l, name);
    if (!code && smiles && lipid_protons_of(smiles, &p)) {
        const int acids = p.phosphate + p.carboxy + p.sulfo;
        *ok = l->phosphate == (p.phosphate > 0) && l->carboxy == (p.carboxy > 0) &&
              l->sulfo == (p.sulfo > 0) &&
              (!l->number || l->number == acids || said != l->number) &&
              (l->several || p.carboxy < 2) && (l->amine ? p.amines == 1 : !p.amines);
        *charge = p.charge - acids + (l->amine ? p.amines : 0);
    } else if (!code && !l->amine && (said || l->phosphate || l->several)) {
        *ok = true;
        *charge = said ? -said : NAME_ALL_ACIDS;
    }
    free(smiles);
    return code;
}

static void add(const char *name, int charge, mg_str *out) {
    if (charge == 0)
        mg_str_addf(out, "%s zwitterion", name);
    else if (charge == NAME_ALL_ACIDS)
        mg_str_addf(out, "%s anion", name);
    else
        mg_str_addf(out, "%s(%d%c)", name, abs(charge), charge < 0 ? '-' : '+');
}

/* The name that begins at s, up to a comma and a word that goes on, or " arising". */
static void take_name(const char *s, char out[NAME_LONGEST]) {
    static const char *const ends[] = {", obtained ",
                                       ", arising ",
                                       ", resulting ",
                                       ", formed ",
                                       ", produced ",
                                       " obtained by",
                                       " arising from",
                                       " resulting from",
                                       ", in which ",
                                       ", where",
                                       ", and ",
                                       " formed by",
                                       ", having ",
                                       " having an ",
                                       ", derived ",
                                       " and ",
                                       " [",
                                       " ("};
    static const char *const front[] = {"a ", "an ", "the "};
    for (size_t i = 0; i < MG_COUNT(front); i++)
        if (begins(s, front[i])) s += strlen(front[i]);
    size_t n = strlen(s);
    for (size_t i = 0; i < MG_COUNT(ends); i++) {
        const char *at = strstr(s, ends[i]);
        if (at && (size_t)(at - s) < n) n = (size_t)(at - s);
    }
    if (n >= NAME_LONGEST) n = NAME_LONGEST - 1;
    memcpy(out, s, n);
    while (n && strchr(" ,.", out[n - 1])) n--;
    out[n] = 0;
}

/* The charge of "...serine(1-) that is the conjugate base of". */
static bool said_before(const char *s, int *charge) {
    const char *that = strstr(s, " that is the conjugate base of ");
    if (!that || that - s < 5 || that[-1] != ')' || that[-2] != '-' || that[-4] != '(')
        return false;
    *charge = -(that[-3] - '0');
    return *charge < 0 && *charge > -9;
}

/* "the conjugate acid of X, obtained by protonation of the primary amino function", "... by
 * protonation of the tertiary amino group of X". */
static bool conjugate_acid(const char *s, mg_str *out) {
    static const char *const groups[] = {"", "primary ", "secondary ", "tertiary "};
    char name[NAME_LONGEST], words[64];
    const char *acid = strstr(s, "conjugate acid of ");
    for (size_t i = 0; i < MG_COUNT(groups); i++) {
        snprintf(words, sizeof words, " protonation of the %samino ", groups[i]);
        const char *at = strstr(s, words);
        if (!at || strstr(s, "deprotonation") || (acid && acid > at)) continue;
        at += strlen(words);
        at += begins(at, "group") ? 5 : begins(at, "function") ? 8 : 0;
        if (acid ? *at != 0 : !begins(at, " of ")) continue;
        take_name(acid ? acid + strlen("conjugate acid of ") : at + 4, name);
        if (*name) add(name, 1, out);
        return *name;
    }
    return false;
}

/* "zwitterionic form of X having an anionic carboxy group and a protonated amino group". */
static bool zwitterionic_form(const char *s, mg_str *out) {
    static const char begin[] = "zwitterionic form of ";
    char name[NAME_LONGEST];
    const char *carboxy = strstr(s, "carboxy"), *amino = strstr(s, "amino group");
    if (!begins(s, begin) || !carboxy || !amino) return false;
    take_name(s + sizeof begin - 1, name);
    if (*name) add(name, 0, out);
    return *name;
}

/* "... transfer of a proton from the phosphate to the amino group of X". */
static bool zwitterion(const char *s, mg_str *out) {
    static const char *const from[] = {"phosphate",     "phosphate group",       "carboxy",
                                       "carboxy group", "carboxylic acid group", "carboxylic acid"},
                             *const amine[] = {"amino", "amino group", "primary amino"};
    static const char to[] = " to the ", begin[] = "transfer of a proton from the ";
    const char *at = strstr(s, begin), *middle = at ? strstr(at, to) : NULL;
    const char *of = middle ? strstr(middle, " group of ") : NULL;
    char name[NAME_LONGEST], words[2][40];
    if (!of) return false;
    at += sizeof begin - 1;
    snprintf(words[0], sizeof words[0], "%.*s", (int)(middle - at), at);
    middle += sizeof to - 1;
    if (middle > of) return false;
    snprintf(words[1], sizeof words[1], "%.*s", (int)(of - middle), middle);
    bool known = false;
    for (size_t i = 0; i < MG_COUNT(from); i++)
        for (size_t k = 0; k < MG_COUNT(amine); k++) /* in either order: ChEBI's texts have both */
            known |= (!strcmp(words[0], from[i]) && !strcmp(words[1], amine[k])) ||
                     (!strcmp(words[1], from[i]) && !strcmp(words[0], amine[k]));
    if (!known) return false;
    take_name(of + strlen(" group of "), name);
    if (*name) add(name, 0, out);
    return *name;
}

int lipid_charge(const char *s, mg_str *out, molglot_error *err) {
    static const struct {
        const char *words;
        int number;
    } verbs[] = {{"deprotonation of ", 0},
                 {"removal of a proton from ", 0},
                 {"loss of a proton from ", 0},
                 {"removal of protons from ", 0},
                 {"removal of two protons from ", 2},
                 {"removal of three protons from ", 3},
                 {"removal of all four protons from ", 4},
                 {"removal of all five protons from ", 5}};
    static const char *const bases[] = {"conjugate base of ", "monoanion of ",  "dianion of ",
                                        "trianion of ",       "tetraanion of ", "pentaanion of "};
    char name[NAME_LONGEST] = "";
    loss l = {0};
    int said = -1, charge = 0;
    const char *at = NULL, *rest = NULL;
    if (zwitterion(s, out) || zwitterionic_form(s, out) || conjugate_acid(s, out))
        return MOLGLOT_OK;
    for (size_t i = 0; i < MG_COUNT(bases); i++) {
        at = strstr(s, bases[i]);
        if (!at) continue;
        said = (int)i;
        take_name(at + strlen(bases[i]), name);
        break;
    }
    for (size_t i = 0; i < MG_COUNT(verbs) && !rest; i++) {
        at = strstr(s, verbs[i].words);
        if (at) l.number = verbs[i].number, rest = read_groups(at + strlen(verbs[i].words), &l);
        if (at && !rest) return MOLGLOT_OK;
    }
    if (!rest && said < 0) return MOLGLOT_OK;
    const char *amine = rest ? strstr(rest, "protonation of the amino group") : NULL;
    if (amine) l.amine = true;
    if (rest && !*name && begins(rest, " of ")) take_name(rest + 4, name);
    amine = amine ? strstr(amine, " group of ") : NULL;
    if (amine && !*name) take_name(amine + strlen(" group of "), name);
    if (!rest && strstr(s, "the carboxy and phosphate groups are anionic and the amino group is "
                           "cationic"))
        rest = s, l = (loss){.phosphate = true, .carboxy = true, .amine = true, .several = true};
    if (!*name) return MOLGLOT_OK;
    bool ok = false;
    int code = MOLGLOT_OK;
    if (rest)
        code = charge_of(name, &l, &charge, &ok, err);
    else if (said > 0)
        ok = true, charge = -said;
    else if (said_before(s, &charge)) /* "...phosphoserine(1-) that is the conjugate base of" */
        ok = true;
    else /* the conjugate base of a carboxylic acid */
        l.carboxy = true, code = charge_of(name, &l, &charge, &ok, err);
    if (ok && said > 1 && charge != -said) ok = false;
    if (ok && !code) add(name, charge, out);
    return code;
}

/* Small letters, without what stands around the phrase; false: it is too long, or no ASCII. */
static bool fold(const char *text, char out[NAME_LONGEST]) {
    static const char *const fronts[] = {"the molecule is ", "a ", "an ", "the "};
    size_t n = 0;
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (n + 1 == NAME_LONGEST || c >= 0x80 || c == '\n') return false;
        if (c == ' ' && (!n || out[n - 1] == ' ')) continue;
        if (c == ';') break;
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : (char)c;
    }
    while (n && strchr(" .", out[n - 1])) n--;
    out[n] = 0;
    for (size_t i = 0; i < MG_COUNT(fronts); i++) {
        const size_t k = strlen(fronts[i]);
        if (begins(out, fronts[i])) memmove(out, out + k, strlen(out + k) + 1);
    }
    static const char *const next[] = {" it is a", " it derives from", " it has a role"};
    for (size_t i = 0; i < MG_COUNT(next); i++) {
        char *at = strstr(out, next[i]);
        if (at) *at = 0;
    }
    for (n = strlen(out); n && strchr(" .,", out[n - 1]);) out[--n] = 0;
    return n > 0;
}

int name_lipid_described(const char *text, char **name, molglot_error *err) {
    char s[NAME_LONGEST];
    mg_str out = {0};
    *name = NULL;
    if (!fold(text, s)) return MOLGLOT_OK;
    int code = MOLGLOT_OK;
    if (strstr(s, "proton") || strstr(s, "conjugate base") || strstr(s, "anion of "))
        code = lipid_charge(s, &out, err);
    bool failed = false;
    if (!code && !out.n && !lipid_phrase(s, &out, &failed)) out.n = 0;
    if (!code && (out.failed || failed)) code = mg_no_memory(err, "a name");
    if (code || !out.n)
        mg_str_free(&out);
    else
        *name = out.s;
    return code;
}
