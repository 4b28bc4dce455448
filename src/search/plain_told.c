/* plain_told.c - a molecule and what is told of it behind a comma, colon, dash or in brackets:
 *
 *   chlorotoluron, phenylurea PSII herbicide      nonanoate anion (pelargonate), C9 carboxylate
 *   dodecanoyl-CoA, tetraanion, acyl donor        3-ketostearic acid - beta-keto C18
 *
 * The longest beginning that is a molecule is it. What is told may say again what the molecule has,
 * its charge, configurations, elements and groups, or another name of it; each is held against the
 * molecule, and where one does not fit, or the words may change it, there is none. A structure that
 * one list alone has under the name is taken only where nothing of it is in doubt.
 */
#include "chem/facts/facts.h"
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEADS = 8, WORD = 48, SMALL = 7, SMALL_PARENT = 10, LOOK_UPS_EACH = 20 };

/* ---- the molecule ---- */

typedef struct told_of {
    const char *name, *smiles;
    mg_mol *mol;
    mg_facts f;
    int open;  /* configurations that are not said: of atoms and of double bonds */
    bool read; /* off the name, not of the dictionary */
    int lists; /* of the dictionary that have it so */
    unsigned sources;
    bool several;
} told_of;

static bool has(const told_of *t, const char *smarts) {
    mg_smarts *s = mg_smarts_new(smarts, NULL);
    const bool is = s && mg_smarts_count(s, t->mol, 1) > 0;
    mg_smarts_free(s);
    return is;
}

static int look_up(const mg_dictionary *d, told_of *t, molglot_error *err) {
    char *smiles = NULL;
    mg_name_hits h = {0};
    int code = mg_name_read(t->name, &smiles, err);
    t->read = smiles && !strcmp(smiles, t->smiles);
    free(smiles);
    if (!code && d) code = mg_dictionary_find(d, t->name, &h, err);
    for (size_t i = 0; i < h.n && !code; i++) {
        if (h.hit[i].how > MG_NAME_FOLDED) continue;
        if (strcmp(h.hit[i].smiles, t->smiles) != 0) {
            t->several = true;
            continue;
        }
        t->sources |= h.hit[i].sources;
        for (unsigned s = h.hit[i].sources; s; s &= s - 1) t->lists++;
    }
    mg_name_hits_free(&h);
    return code;
}

static void told_free(told_of *t) {
    mg_mol_free(t->mol);
    mg_facts_free(&t->f);
}

/* false: it cannot be read. */
static int told_open(const mg_dictionary *d, const char *name, const char *smiles, told_of *t,
                     molglot_error *err) {
    *t = (told_of){.name = name, .smiles = smiles, .mol = mg_mol_from_smiles(smiles, NULL, NULL)};
    if (!t->mol) return MOLGLOT_OK;
    int code = mg_facts_numbers(NULL, t->mol, &t->f, err);
    if (code) return code;
    t->open = t->f.unset_bonds + t->f.unset;
    return look_up(d, t, err);
}

/* ---- whether a list's structure may be what its name means ---- */

static const char COENZYME[] = "C(=O)SCCNC(=O)CCNC(=O)C(O)C(C)(C)COP";

static bool in(const char *s, const char *what) { return strcasestr(s, what) != NULL; }

/* "X chloride" without chlorine, "X hydrochloride" of one component, a metal that is missing. */
static bool lacks_part(const told_of *t) {
    static const struct {
        const char *word;
        int element;
    } parts[] = {{"chloride", 17},  {"bromide", 35}, {"iodide", 53},   {"sodium", 11},
                 {"potassium", 19}, {"calcium", 20}, {"lithium", 3},   {"magnesium", 12},
                 {"zinc", 30},      {"platin", 78},  {"gado", 64},     {"aluminium", 13},
                 {"iron", 26},      {"ferr", 26},    {"cobal", 27},    {"copper", 29},
                 {"sulfate", 16},   {"sulfon", 16},  {"phosphate", 15}};
    static const char *const acids[] = {"hydrochloride", "hydrobromide", " HCl",      " HBr",
                                        " maleate",      " fumarate",    " mesylate", " tartrate",
                                        " citrate",      " nitrate",     " tosylate", "hydrate"};
    for (size_t i = 0; i < MG_COUNT(parts); i++)
        if (in(t->name, parts[i].word) && !t->f.elements[parts[i].element]) return true;
    for (size_t i = 0; i < MG_COUNT(acids); i++)
        if (plain_ends(t->name, acids[i]) && t->f.components < 2 && !in(t->name, "carbohydrate"))
            return true;
    return false;
}

/* Old lists' imidic acids, enols and quinoids; which nitrogen of an azole has the hydrogen; metals,
 * radicals, phosphorus of one hand. */
static bool is_doubtful(const told_of *t) {
    const char *s = t->smiles;
    if (t->read) return false;
    for (const char *c = s; (c = strchr(c, '-')) != NULL; c++) /* "c-2c(=O)" */
        if (c > s + 1 && isdigit((unsigned char)c[1]) && c[2] &&
            (strchr("cn", c[-1]) || (isdigit((unsigned char)c[-1]) && strchr("cn", c[-2]))))
            return true;
    if (strstr(s, "[o+]") && strchr(s, '-')) return true; /* a flavylium's anhydrobase */
    if (strstr(s, "[P@") || t->f.radicals || (t->f.metals && t->lists < 2)) return true;
    if (plain_ends(t->name, "ose") && has(t, "[CX3H1](=O)[CX4]")) return true; /* an open chain */
    return has(t, "[$([OX2H1][CX3]=!@[C;R]),$([OX2H1]C=[NX2]),$([OX2H1]C=C[CX3]=O),$([nH]1ccnc1),$("
                  "[nH]1cccn1),"
                  "$([nH]1ncc2ncncc12),$([nH]1cnc2cncnc12),$([NX2;!$(N=*[#7,#8,#16]);!$(N=C[#6])]="
                  "[#6;r6]),$(N=C1C=CC(=*)C=C1),$(N=C1C=CC=CC1=*),$(c=[#6,#7;R])]");
}

/* "phaseate" of a list that draws the acid. */
static bool lacks_charge(const told_of *t) {
    if (t->f.charge || t->f.components > 1) return false;
    if (in(t->name, "anion") || (in(t->name, "cation") && !in(t->name, "cationic"))) return true;
    if (in(t->name, "zwitterion")) return !strchr(t->smiles, '+');
    return plain_ends(t->name, "ate") && !strchr(t->name, ' ') &&
           has(t, "[$([CX3](=O)[OX2H1]),$([PX4](=O)([OX2H1])),$(S(=O)(=O)[OX2H1])]");
}

/* "ABC": five letters mean many things. */
static bool is_short(const char *name) {
    size_t n = strlen(name), capitals = 0;
    if (n < 6) return true;
    for (const char *c = name; *c; c++) capitals += !islower((unsigned char)*c);
    return n < 7 && capitals == n;
}

/* Configurations that the words leave open, as people do where there is one centre and no sugar,
 * amino acid or glyceride, whose lists say it. */
static bool is_open_rightly(const told_of *t) {
    if (!t->open) return true;
    if (!t->read) return t->lists > 1 && !t->f.unset_bonds && !strpbrk(t->smiles, "@/\\");
    const bool alone = !strpbrk(t->smiles, "@/\\") || has(t, COENZYME);
    if (t->open != 1 || t->f.unset_bonds || !alone) return false;
    return has(t, COENZYME) ||
           !has(t, "[$([CX4;H1]([#7])[CX3](=O)),$([CX4](CO[#6,#15])(CO)O),$([CX4;R](O)O)]");
}

/* Names that mean two molecules. */
static bool is_ambiguous(const told_of *t) {
    if (plain_begins(t->name, "iso") && plain_ends(t->name, "ane") && t->f.heavy > 7)
        return true; /* isooctane and the like are what the trade calls so */
    if (plain_begins_so(t->name, "S-") && t->open && has(t, COENZYME))
        return true;                               /* S, or on S? */
    return in(t->name, "yl-4'-phosphopantethe") || /* on which of its hydroxy groups? */
           in(t->name, "hydroxykynurenin");        /* the ring's number, or the chain's? */
}

/* u: the form that is told of it. witnessed: a word that is told speaks for the structure. */
static bool form_sound(const told_of *t, const told_of *u, bool witnessed) {
    if (u == t && lacks_charge(t)) return false;
    if (t->read && u->f.charge < 0 && u->f.charge == t->f.charge && t->f.components == 1 &&
        (plain_ends(t->name, " sulfate") || plain_ends(t->name, " phosphate")))
        return false; /* or its acid */
    if (t->read) return is_open_rightly(u);
    if (t->several || lacks_part(t) || is_doubtful(t) || !is_open_rightly(u)) return false;
    if (t->lists > 1) return true;
    if (t->lists != 1 || is_short(t->name)) return false;
    return witnessed || (!t->f.stereocentres && !t->f.stereobonds);
}

static bool is_sound(const told_of *t) { return !is_ambiguous(t) && form_sound(t, t, false); }

/* ---- words ---- */

typedef struct told_words {
    const char *at, *end; /* of the word */
    char word[WORD];      /* in small letters */
    char own[WORD];
} told_words;

static bool next_word(told_words *w) {
    const char *s = w->end;
    while (*s && (isspace((unsigned char)*s) || strchr("\"()[];:,/", *s))) s++;
    if (!*s) return false;
    w->at = s;
    while (*s && !isspace((unsigned char)*s) && !strchr("\"()[];:,/", *s)) s++;
    w->end = s;
    snprintf(w->own, WORD, "%.*s", (int)(s - w->at), w->at);
    size_t n = strlen(w->own);
    while (n && strchr(".!?", w->own[n - 1])) w->own[--n] = 0;
    for (size_t i = 0; i <= n; i++) w->word[i] = (char)tolower((unsigned char)w->own[i]);
    return true;
}

/* "acetylated" of "Ac-Cit-OH", "sulfated" of a sulfate: what the name says already. */
static bool says_already(const told_of *t, const char *verb) {
    char stem[8];
    snprintf(stem, sizeof stem, "%.*s", *verb == 'a' ? 2 : 4, verb);
    const size_t n = strlen(verb);
    return n > 4 && !strcmp(verb + n - 4, "ated") && in(t->name, stem);
}

/* ---- charges ---- */

static const char BASIC[] = "[$([NX3;!$(N[!#6;!#1]);!$(N[#6]=[O,S,N]);!$(Nc)]),$(N=C(N)N)]";

/* 0: no word for a charge; 1: it fits; -1: it does not. end: what follows. */
static int charge_fits(const told_of *t, const char *word, const char *own, const char *end) {
    static const struct {
        const char *words;
        int charge;
    } sums[] = {{"monoanion|monoanionic|singly-charged", -1},
                {"dianion|dianionic", -2},
                {"trianion|trianionic", -3},
                {"tetraanion|tetraanionic", -4},
                {"pentaanion|pentaanionic", -5},
                {"hexaanion", -6},
                {"heptaanion", -7},
                {"octaanion", -8},
                {"monocation", 1},
                {"dication|dicationic", 2},
                {"trication", 3},
                {"tetracation", 4}};
    const int charge = t->f.charge;
    const size_t n = strlen(own);
    char joined[WORD]; /* "mono-anion" */
    size_t k = 0;
    for (const char *c = word; *c; c++)
        if (*c != '-') joined[k++] = *c;
    joined[k] = 0;
    for (size_t i = 0; i < MG_COUNT(sums); i++)
        if (plain_one_of(joined, sums[i].words)) return charge == sums[i].charge ? 1 : -1;
    if (n == 2 && isdigit((unsigned char)own[0]) && strchr("+-", own[1]))
        return charge == (own[0] - '0') * (own[1] == '-' ? -1 : 1) ? 1 : -1;
    if (n == 2 && isdigit((unsigned char)own[1]) && strchr("+-", own[0]))
        return charge == (own[1] - '0') * (own[0] == '-' ? -1 : 1) ? 1 : -1;
    if (n > 3 && isdigit((unsigned char)own[n - 2]) && strchr("+-", own[n - 1])) /* "TTP4-" */
        return charge == (own[n - 2] - '0') * (own[n - 1] == '-' ? -1 : 1) ? 1 : -1;
    if (plain_one_of(word, "anion|anionic")) return charge < 0 ? 1 : -1;
    if (plain_one_of(word, "cation")) return charge > 0 ? 1 : -1;
    if (plain_one_of(word, "cationic|quat|quaternary|iminium|flavylium"))
        return has(t, "[+1,+2]") ? 1 : -1;
    if (plain_one_of(word, "ion")) return charge ? 1 : -1;
    if (plain_one_of(word, "zwitterion|zwitterionic|betaine|inner|dipolar"))
        return !charge && has(t, "[+1]") && has(t, "[-1]") ? 1 : -1;
    if (plain_one_of(word, "carboxylate")) return has(t, "C(=O)[O-]") ? 1 : -1;
    if (plain_one_of(word, "phenolate|phenoxide")) return has(t, "c[O-]") ? 1 : -1;
    const size_t m = strlen(word);
    if (m > 6 && !strcmp(word + m - 3, "ium") && strcmp(word, "ammonium") != 0 &&
        (strstr(word, "inium") || strstr(word, "onium") || strstr(word, "olium")))
        return has(t, "[+1,+2]") ? 1 : -1;
    if (plain_one_of(word, "chloride|bromide|iodide"))
        return t->f.elements[*word == 'c' ? 17 : *word == 'b' ? 35 : 53] ? 1 : -1;
    static const struct {
        const char *own;
        int element;
    } ions[] = {{"K+", 19}, {"Na+", 11}, {"Li+", 3}, {"Br-", 35}, {"Cl-", 17}, {"I-", 53}};
    for (size_t i = 0; i < MG_COUNT(ions); i++) /* not "Na+ channel" */
        if (!strcmp(own, ions[i].own) && (!*end || strchr(",;)", *end)))
            return t->f.elements[ions[i].element] ? 1 : -1;
    if (plain_one_of(word, "ammonium")) return has(t, "[N+;!$(N=O)]") ? 1 : -1;
    if (strstr(own, "NH3+") || strstr(own, "NH2+") || strstr(own, "NH+"))
        return has(t, "[N+;!H0]") ? 1 : -1;
    if (strstr(own, "CO2-") || strstr(own, "COO-")) return has(t, "C(=O)[O-]") ? 1 : -1;
    const bool lost = strstr(word, "ionised") || strstr(word, "ionized") ||
                      strstr(word, "deprotonated") || strstr(word, "dissociated");
    if (lost && !strstr(word, "union"))
        return has(t, "[-1]") && !has(t, "[OX2H1;$(O[CX3]=O),$(O[SX4]=O),$(O[PX4])]") ? 1 : -1;
    if (strstr(word, "protonated")) /* an acid, or an amine's cation */
        return has(t, "[#7;+;!H0]") || (!charge && has(t, "[OX2H1][C,S,P]=O") && !has(t, BASIC))
                   ? 1
                   : -1;
    if (plain_one_of(word, "neutral|uncharged|unionised|unionized"))
        return strpbrk(t->smiles, "+") ? -1 : charge ? -1 : 1;
    if (plain_one_of(word, "free")) return charge || t->f.components > 1 ? 0 : 1;
    if (plain_one_of(word, "base") && charge) return -1;
    if (plain_one_of(word, "charge|charges|charged|negatives|ionic")) return -1;
    if (plain_one_of(word, "hydrochloride|hcl|dihydrochloride"))
        return t->f.components > 1 && t->f.elements[17] ? 1 : -1;
    if (plain_one_of(word, "sodium|disodium")) return t->f.elements[11] ? 1 : -1;
    return 0;
}

/* ---- configurations ---- */

static int count_letter(const char *own, char letter) {
    int n = 0;
    for (const char *c = own; *c; c++) n += *c == letter;
    return n;
}

static bool is_labels(const char *own) {
    bool any = false;
    for (const char *c = own; *c; c++) {
        if (strchr("RSEZ", *c))
            any = true;
        else if (!isdigit((unsigned char)*c) && !strchr("',-ab", *c))
            return false;
    }
    return any;
}

static int labels_fit(const told_of *t, const char *word, const char *own, bool flat) {
    const mg_facts *f = &t->f;
    static const char open[] =
        "racemic|racemate|rac|unspecified|undefined|unassigned|unstated|flat|"
        "undrawn|stereo|stereochemistry|geometry|configuration";
    if (flat && plain_one_of(word, open)) return 1;
    if (flat && t->f.unset_bonds && plain_one_of(word, "e|z")) return 1;
    if (is_labels(own))
        return !t->open && count_letter(own, 'R') <= f->r && count_letter(own, 'S') <= f->s &&
                       count_letter(own, 'E') <= f->e && count_letter(own, 'Z') <= f->z
                   ? 1
                   : -1;
    if (plain_one_of(word, "racemic|racemate|rac|unspecified|undefined|unassigned|unstated|flat|"
                           "stereo|stereochemistry|geometry|configuration|undrawn|configured"))
        return -1;
    if ((!strcmp(own, "L") && strstr(t->name, "D-")) ||
        (!strcmp(own, "D") && strstr(t->name, "L-")))
        return -1;
    if (plain_begins_so(own, "sn-")) return !t->open ? 1 : -1;
    if (plain_begins_so(own, "L-") || plain_begins_so(own, "D-")) return !t->open ? 1 : -1;
    if (plain_one_of(word, "trans")) return !t->open && (!f->stereobonds || f->e) ? 1 : -1;
    if (plain_one_of(word, "cis")) return !t->open && (!f->stereobonds || f->z) ? 1 : -1;
    if (plain_one_of(word, "d|l|l-configured|d-configured")) return !t->open ? 1 : -1;
    if (plain_one_of(word, "isomer|enantiomer|epimer|diastereomer|stereoisomer|anomer|alpha|beta|"
                           "erythro|threo|meso|endo|exo"))
        return flat || !t->open ? 1 : -1;
    return 0;
}

/* ---- elements and groups ---- */

static bool groups_fit(const told_of *t, const char *word, const char *own) {
    static const struct {
        const char *stem, *but;
        int element;
    } elements[] = {{"chlor", "chlorophyll|chloroplast|chloride", 17},
                    {"brom", "", 35},
                    {"iodo", "", 53},
                    {"fluoro", "fluoroquinolone|fluorogenic|fluorophore|fluorochrome", 9},
                    {"fluorin", "", 9},
                    {"sulf", "", 16},
                    {"sulph", "", 16},
                    {"thio", "", 16},
                    {"phosph", "", 15},
                    {"selen", "", 34},
                    {"boron", "", 5},
                    {"amin", "vitamin|amination", 7},
                    {"amid", "", 7},
                    {"nitr", "", 7},
                    {"indol", "", 7},
                    {"pyrid", "", 7},
                    {"pyrimid", "", 7},
                    {"purin", "", 7},
                    {"alkaloid", "", 7},
                    {"imidaz", "", 7},
                    {"triaz", "", 7},
                    {"lactam", "", 7},
                    {"piper", "", 7},
                    {"ester", "", 8},
                    {"acetyl", "acetylcholine|acetylenic|acetylene|acetylenes", 8},
                    {"acetate", "", 8},
                    {"hydroxy", "", 8},
                    {"ketone", "", 8},
                    {"lacton", "", 8},
                    {"glucos", "", 8}};
    static const struct {
        const char *stem, *smarts;
    } groups[] = {{"nitro", "[$([N+](=O)[O-]),$(NN=O),$(N=O)]"},
                  {"methoxy", "[OX2][CH3]"},
                  {"cyano", "C#N"},
                  {"nitrile", "C#N"},
                  {"acetate", "[$(CC(=O)[#8]),$([CH3]C(=O))]"},
                  {"acetoxy", "OC(=O)[CH3]"},
                  {"acetyl", "CC=O"},
                  {"glucosid", "C1OCCCC1"},
                  {"galactosid", "C1OCCCC1"},
                  {"trihydroxy", "[OX2H1,OX1-].[OX2H1,OX1-].[OX2H1,OX1-]"},
                  {"dihydroxy", "[OX2H1,OX1-].[OX2H1,OX1-]"},
                  {"hydroxy", "[OX2H1,OX1-]"},
                  {"epox", "C1OC1"},
                  {"lactone", "[#6;R](=O)[OX2;R]"},
                  {"dimethoxy", "[OX2][CH3].[OX2][CH3]"},
                  {"trimethoxy", "[OX2][CH3].[OX2][CH3].[OX2][CH3]"}};
    const size_t n = strlen(word);
    if (n > 3 && !strcmp(word + n - 3, "ase")) return true;
    if (plain_begins_so(own, "CoA-") && !has(t, COENZYME)) return false;
    if (strstr(own, "OMe") && !has(t, "[OX2][CH3]")) return false;
    if ((!strcmp(own, "OH") || !strcmp(own, "OHs")) && !has(t, "[OX2H1,OX1-]")) return false;
    if (strstr(own, "OAc") && !has(t, "OC(=O)[CH3]")) return false;
    if (strstr(own, "CF3") && !has(t, "C(F)(F)F")) return false;
    for (size_t i = 0; i < MG_COUNT(elements); i++)
        if (strstr(word, elements[i].stem) && !plain_one_of(word, elements[i].but) &&
            !t->f.elements[elements[i].element])
            return false;
    for (size_t i = 0; i < MG_COUNT(groups); i++)
        if (strstr(word, groups[i].stem) && !strstr(word, "acetylch") && !has(t, groups[i].smarts))
            return false;
    return true;
}

/* Behind these, up to a comma, another molecule is spoken of. */
static bool leads_away(const char *word) {
    return plain_one_of(word,
                        "of|from|for|in|by|to|via|into|against|on|at|inhibitor|agonist|"
                        "antagonist|channel|receptor|transporter|uptake|pathway|biosynthesis|"
                        "precursor|product|metabolite|substrate|that|which|when|marker|donor|"
                        "blocker|degradation|metabolism|synthesis|cofactor|and|than|vs|versus|"
                        "analog|analogue|related|prodrug|intermediate|the");
}

/* "no stereo", "geometry not specified": what the structure leaves open is left open. */
static bool says_open(const told_of *t, const char *tail) {
    static const char *const words[] = {
        "no stereo",     "no geometry",    "stereo not",   "geometry not",     "stereo open",
        "geometry open", "without stereo", "no E/Z",       "stereo omitted",   "not defined",
        "not specified", "racemic",        "racemate",     "unspecified",      "undefined",
        "unassigned",    "unstated",       "undrawn",      "no configuration", "anomer open",
        "stereo unset",  "not fixed",      "geometry not", "geometry open",    "not drawn"};
    for (size_t i = 0; i < MG_COUNT(words) && t->open; i++)
        if (in(tail, words[i])) return true;
    return false;
}

/* Words between the marks around s. */
static int words_around(const char *tail, const char *s) {
    const char *from = s, *to = s;
    int n = 1;
    while (from > tail && !strchr(",;:()", from[-1])) from--;
    to += strcspn(to, ",;:()");
    for (const char *c = from; c + 1 < to; c++)
        n += *c == ' ' && c > from && c[1] != ' ' && isalnum((unsigned char)c[-1]);
    return n;
}

/* Whether a word makes it another molecule than the name's. before: "zwitterionic form". */
static bool spoils(const told_of *t, const told_words *w, const char *tail, bool flat,
                   bool before) {
    if (plain_changes(w->word)) {
        if (flat && plain_one_of(w->word, "no|not|without|open|or|drawn")) return false;
        return !(before && plain_one_of(w->word, "form|salt")) && strcmp(w->own, "If") != 0 &&
               strcmp(w->own, "NO") != 0;
    }
    if (!plain_changes_alone(w->word)) return false;
    const size_t n = strlen(w->word);
    if (!strcmp(w->word + n - 4, "ated")) return !says_already(t, w->word) || in(w->at, " at ");
    return !t->read || words_around(tail, w->at) < (plain_begins(w->word, "monomer") ? 2 : 3);
}

/* Whether the words up to the next mark are of an enzyme, a target or a pathway, whose groups are
 * not the molecule's. */
static bool is_of_biology(const char *s) {
    static const char words[] = "pathway|synthesis|biosynthesis|degradation|metabolism|receptor|"
                                "catabolism|breakdown|elongation|transporter|inhibitor|agonist|"
                                "antagonist|catabolite|salvage|detoxification";
    char part[PLAIN_LONGEST];
    snprintf(part, sizeof part, "%.*s", (int)strcspn(s, ",;:()"), s);
    for (told_words w = {.end = part}; next_word(&w);) {
        const size_t n = strlen(w.word);
        if (plain_one_of(w.word, words) || (n > 5 && !strcmp(w.word + n - 3, "ase"))) return true;
    }
    return false;
}

/* Whether all that is told fits; flat: it says that configurations are open, and they are. */
static bool words_fit(const told_of *t, const char *tail, bool *flat) {
    told_words w = {.end = tail};
    bool away = false, fitted = false;
    *flat = says_open(t, tail);
    const bool form = in(tail, "acid form") || in(tail, "neutral form");
    const bool bare = form || in(tail, "free acid") || in(tail, "free base");
    if (bare && (t->f.charge || t->f.components > 1)) return false;
    away = is_of_biology(tail);
    while (next_word(&w)) {
        for (const char *c = w.at - 1; c > tail && c >= tail && !isalnum((unsigned char)*c); c--)
            if (strchr(",;:", *c)) away = is_of_biology(w.at);
        if (spoils(t, &w, tail, *flat, fitted) && !(form && plain_one_of(w.word, "form")))
            return false;
        int fits = charge_fits(t, w.word, w.own, w.end);
        if (!fits) fits = labels_fit(t, w.word, w.own, *flat);
        if (fits < 0) return false;
        fitted = fits > 0;
        if (!fits && !away && !groups_fit(t, w.word, w.own)) return false;
        away |= leads_away(w.word) && strcmp(w.word, "and") != 0 && strcmp(w.word, "the") != 0;
    }
    return true;
}

/* ---- another name among what is told ---- */

/* 1: a part is a name of it; -1: of another molecule. bracket: it begins with what stands in one,
 * which is no class. */
static int names_fit(plain *p, const told_of *t, const char *tail, bool bracket, int *fits,
                     molglot_error *err) {
    int code = MOLGLOT_OK, parts = 0;
    *fits = 0;
    for (const char *s = tail; *s && parts < 3 && *fits >= 0 && !code; parts++) {
        char part[PLAIN_LONGEST], *smiles = NULL;
        size_t n = strlen(s);
        static const char *const marks[] = {", ", "; ", ": ", " - ", " (", ") ", " aka "};
        for (size_t i = 0; i < MG_COUNT(marks); i++) {
            const char *at = strstr(s, marks[i]);
            if (at && (size_t)(at - s) < n) n = (size_t)(at - s);
        }
        const char *from = plain_begins(s, "the ") ? s + 4 : plain_begins(s, "a ") ? s + 2 : s;
        snprintf(part, sizeof part, "%.*s", (int)(n - (size_t)(from - s)), from);
        size_t k = strlen(part);
        while (k && strchr(".)", part[k - 1]) && !strchr(part, '(')) part[--k] = 0;
        s += n + strspn(s + n, ",;:-() ");
        if (plain_begins_so(s, "aka ")) s += 4;
        if (k < 4) continue;
        code = built_name(p->d, part, &smiles, err);
        if (smiles && !strcmp(smiles, t->smiles))
            *fits = 1;
        else if (smiles && ((bracket && !parts) || strpbrk(part, "0123456789([") ||
                            strstr(part, " acid") || strchr(part, '-')))
            *fits = -1;
        free(smiles);
    }
    return code;
}

/* ---- all of it ---- */

size_t plain_mark_at(const char *s) {
    static const char *const marks[] = {
        ", ", "; ", " - ", " -- ", " \xe2\x80\x93 ", " \xe2\x80\x94 ", ": ", " ("};
    for (size_t i = 0; i < MG_COUNT(marks); i++)
        if (plain_begins_so(s, marks[i])) return strlen(marks[i]);
    return 0;
}

int plain_trusts(plain *p, const char *name, const char *smiles, bool *is, molglot_error *err) {
    told_of t;
    int code = told_open(p->d, name, smiles, &t, err);
    *is = !code && t.mol && (t.read || (is_sound(&t) && (t.f.heavy >= SMALL || t.lists > 1)));
    told_free(&t);
    return code;
}

/* "uracil with 6-NH2", and what is told goes on: "N1-benzyl". */
static bool goes_on(const char *name, const char *tail) {
    static const char *const links[] = {" with ", " bearing ", " carrying ", "ated at ",
                                        "ated on "};
    bool clause = false;
    if (plain_full_name(tail, strlen(tail)) && !plain_ends(tail, "yl")) return false;
    for (size_t i = 0; i < MG_COUNT(links); i++) clause |= in(name, links[i]);
    return clause && (strpbrk(tail, "0123456789") || in(tail, "free ") || in(tail, " at "));
}

int plain_half_said(const char *smiles, bool *is, molglot_error *err) {
    told_of t;
    int code = told_open(NULL, "", smiles, &t, err);
    *is = t.mol && t.open && (t.f.unset_bonds || strpbrk(smiles, "@/\\"));
    told_free(&t);
    return code;
}

/* Of one list with configurations: does a group that is told speak for it? */
static int look_for_witness(const told_of *t, const char *tail, bool *is, molglot_error *err) {
    int n = 0, code = MOLGLOT_OK;
    if (!t->read && t->lists == 1 && (t->sources & (MG_NAME_METANETX | MG_NAME_CHEBI)) &&
        t->f.components == 1 && !has(t, "[$(N=C(N)N),$(NC(=N)N)]"))
        code = plain_witnesses(t->mol, tail, &n, err);
    *is = n > 0;
    return code;
}

/* The form of a molecule that is told of it; *u is its facts. */
static int take_form(plain *p, const told_of *t, const char *tail, plain_form *f, plain_said *made,
                     told_of *u, molglot_error *err) {
    *f = (plain_form){
        .name = t->read ? t->name : NULL, .open_bonds = t->f.unset_bonds, .open_atoms = t->f.unset};
    int code = (made->smiles = strdup(t->smiles)) ? MOLGLOT_OK : mg_no_memory(err, "a molecule");
    if (!code) code = plain_form_of(p, tail, f, made, err);
    if (!code && made->smiles) code = told_open(NULL, t->name, made->smiles, u, err);
    u->read = t->read;
    u->lists = t->lists;
    return code;
}

int plain_fits(plain *p, const char *name, plain_said *s, const char *const told[2], bool built,
               bool bracket, bool *sound, molglot_error *err) {
    told_of t, u = {0};
    plain_form form = {0};
    plain_said made = {0};
    int names = 0;
    bool flat[2] = {false, false}, words = true;
    *sound = false;
    int code = told_open(p->d, name, s->smiles, &t, err);
    t.read |= built && !t.lists;
    if (!code && t.mol) code = take_form(p, &t, told[1], &form, &made, &u, err);
    words = u.mol && !goes_on(name, told[1]) &&
            (t.f.heavy > SMALL_PARENT || !(in(told[1], " at C") || in(told[1], "alpha to ")));
    for (int i = 0; i < 2 && !code && t.mol; i++)
        words = words && words_fit(&u, i ? form.rest : told[0], &flat[i]);
    if (!code && t.mol && words) {
        code = names_fit(p, &t, told[1], bracket, &names, err);
        const bool open = flat[0] || flat[1] || form.flat;
        bool witnessed = false;
        if (!code) code = look_for_witness(&t, form.rest, &witnessed, err);
        const bool charged = form.changed && u.f.charge != t.f.charge;
        for (int i = 0; i < 2 && names <= 0; i++)
            if (plain_adds(name, t.mol, t.read, told[i], i == 1)) names = -1;
        *sound =
            !code && names >= 0 && (charged || !lacks_charge(&t)) && !is_doubtful(&t) &&
            !is_ambiguous(&t) && (t.read || !lacks_part(&t)) && (open || is_open_rightly(&u)) &&
            (names > 0 || form_sound(&t, &u, witnessed) || (open && (t.read || t.lists > 0))) &&
            (t.f.heavy >= SMALL || names > 0 || t.lists > 1 ||
             (t.read && (strchr(name, '-') || open)));
    }
    if (*sound && form.changed) {
        plain_said_free(s);
        *s = made;
        made = (plain_said){0};
    }
    plain_said_free(&made);
    told_free(&u);
    told_free(&t);
    return code;
}

int plain_tail_fits(const char *smiles, const char *tail, bool *fit, molglot_error *err) {
    told_of t;
    bool flat = false;
    int code = told_open(NULL, "", smiles, &t, err);
    *fit = !code && t.mol && words_fit(&t, tail, &flat);
    told_free(&t);
    return code;
}

int plain_sound(plain *p, const char *name, const char *smiles, const char *tail, bool *sound,
                molglot_error *err) {
    const char *const told[2] = {"", tail};
    plain_said s = {.smiles = strdup(smiles)};
    int code = s.smiles ? plain_fits(p, name, &s, told, false, false, sound, err)
                        : mg_no_memory(err, "a molecule");
    *sound = !code && *sound && !strcmp(s.smiles, smiles);
    plain_said_free(&s);
    return code;
}

/* phrase[from .. to) as a molecule, the rest as told of it. */
static int read_part(plain *p, const char *phrase, size_t from, size_t to, size_t behind, bool *is,
                     plain_said *out, molglot_error *err) {
    char head[PLAIN_LONGEST], before[PLAIN_LONGEST];
    const char *const told[2] = {before, phrase + behind};
    bool sound = false;
    snprintf(head, sizeof head, "%.*s", (int)(to - from), phrase + from);
    snprintf(before, sizeof before, "%.*s", (int)from, phrase);
    p->look_ups = LOOK_UPS_EACH;
    int code = p->find(p, head, false, out, err);
    *is = out->smiles != NULL;
    if (code || !*is) return code;
    code = plain_fits(p, head, out, told, p->trusted, phrase[behind - 1] == '(', &sound, err);
    if (!sound || code) plain_said_free(out);
    return code;
}

/* A word or two that can be a name alone. */
static bool is_alias(const char *s, size_t n) {
    int blanks = 0;
    for (size_t i = 0; i < n; i++) {
        blanks += s[i] == ' ';
        if (i && s[i] == ':' && isdigit((unsigned char)s[i - 1])) return false; /* "PC O-16:0" */
        if (plain_begins(s + i, "ceramide") || plain_begins(s + i, "sphingo")) return false;
    }
    return blanks < 2 && !memchr(s, '\'', n) && (!blanks || !plain_full_name(s, n));
}

/* "PEA": letters that stand for many things. */
static bool is_short_head(const char *phrase, size_t n) {
    char head[8];
    if (n >= sizeof head) return false;
    snprintf(head, sizeof head, "%.*s", (int)n, phrase);
    return is_short(head);
}

/* " (E) with tyramine": what stands in the bracket belongs to what is in front, and it goes on. */
static bool is_inside(const char *s) {
    static const char *const links[] = {" with ", " to ", " and "};
    const char *close = plain_begins_so(s, " (") ? strchr(s, ')') : NULL;
    for (size_t i = 0; i < MG_COUNT(links) && close; i++)
        if (plain_begins_so(close + 1, links[i])) return true;
    return false;
}

/* "TMA, trimellitic anhydride": capitals that the name behind them explains; characters up to the
 * name, 0: it is no such phrase. */
static size_t acronym_at(const char *phrase, size_t to, const char *name) {
    if (to < 2 || to > 5) return 0;
    for (size_t i = 0; i < to; i++)
        if (!isupper((unsigned char)phrase[i])) return 0;
    const char *c = name;
    for (size_t i = 0; i < to; i++) { /* its letters, in their order */
        while (*c && toupper((unsigned char)*c) != phrase[i]) c++;
        if (!*c++) return 0;
    }
    return toupper((unsigned char)*name) == *phrase ? to + plain_mark_at(phrase + to) : 0;
}

/* Of such a phrase: the explained name alone, where the letters mean another molecule. */
static int read_acronym(plain *p, const char *phrase, const size_t *at, size_t n, bool *is,
                        plain_said *out, molglot_error *err) {
    const size_t from = n ? at[0] + plain_mark_at(phrase + at[0]) : 0;
    char name[PLAIN_LONGEST], head[8], *one = NULL, *two = NULL;
    if (!from || phrase[from - 1] == '(') return MOLGLOT_OK;
    size_t to = from + strcspn(phrase + from, ",;:("), behind = to + plain_mark_at(phrase + to);
    while (to > from && phrase[to - 1] == ' ') to--;
    if (to < from + 8 || !acronym_at(phrase, at[0], phrase + from)) return MOLGLOT_OK;
    snprintf(name, sizeof name, "%.*s", (int)(to - from), phrase + from);
    snprintf(head, sizeof head, "%.*s", (int)at[0], phrase);
    int code = built_name(p->d, name, &one, err);
    if (!code && one) code = built_name(p->d, head, &two, err);
    if (one && two && strcmp(one, two) != 0) {
        const char *const told[2] = {"", phrase[to] == '(' ? phrase + to + 1 : phrase + behind};
        *is = true;
        out->smiles = one, one = NULL;
        bool sound = false;
        if (!code) code = plain_fits(p, name, out, told, false, false, &sound, err);
        if (!sound || code) plain_said_free(out);
    }
    free(one);
    free(two);
    return code;
}

int plain_told(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    size_t at[HEADS + 1], n = 0;
    int depth = 0, code = MOLGLOT_OK;
    bool is = false;
    *out = (plain_said){0};
    for (size_t i = 2; phrase[i] && n < HEADS; i++) {
        if (!depth && plain_mark_at(phrase + i) && !is_inside(phrase + i)) at[n++] = i;
        depth += (strchr("([{", phrase[i]) != NULL) - (strchr(")]}", phrase[i]) != NULL);
        if (depth < 0) depth = 0;
    }
    at[n] = strlen(phrase);
    code = read_acronym(p, phrase, at, n, &is, out, err);
    if (is || code) return code;
    /* a shorter one leaves words out that the longer one needs */
    for (int way = 0; way < 2 && !is && !code; way++) {
        p->trusted = way == 1;
        for (size_t k = n; k && !is && !code; k--)
            code = read_part(p, phrase, 0, at[k - 1], at[k - 1] + plain_mark_at(phrase + at[k - 1]),
                             &is, out, err);
        p->met |= is && !is_short_head(phrase, at[0]);
        if (is && !out->smiles) is = way == 0 ? false : is;
    }
    if (n && !is && !code && is_alias(phrase, at[0])) {
        size_t from = at[0] + plain_mark_at(phrase + at[0]), to = at[1], behind = to;
        if (phrase[from - 1] == '(') {
            to = from + strcspn(phrase + from, ")");
            behind = to + (phrase[to] == ')');
        }
        const bool ends = !phrase[behind] || plain_mark_at(phrase + behind);
        if (ends && from < to && plain_full_name(phrase + from, to - from))
            code = read_part(p, phrase, from, to, behind, &is, out, err);
        bool whole = true;
        if (out->smiles && !code)
            code = plain_lacks_none(out->smiles, phrase + behind, &whole, err);
        if (!whole || code) plain_said_free(out);
    }
    p->trusted = false;
    return code;
}
