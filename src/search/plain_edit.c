/* plain_edit.c - one clause (chem/derive/edit_words.c) done to a molecule:
 *
 *   a place with a number    a new name says it, "7-O-methylquercetin"
 *   any other                a reaction (chem/derive/edit.c)
 *   a sum of charges         protons (chem/nomenclature)
 *
 * Where none of them does, nothing is left.
 */
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME = 400 };

/* s becomes another molecule. Takes the SMILES. */
static void turn_into(plain_said *s, char *smiles, const char *name) {
    char *copy = smiles && name ? strdup(name) : NULL;
    plain_said_free(s);
    s->smiles = smiles;
    s->name = copy;
}

/* ---- groups ---- */

/* As nomenclature's boronic acids are called. */
static int group_by_name(const char *group, char **smiles, molglot_error *err) {
    char name[NAME];
    const bool closed = strpbrk(group, "0123456789([{-") != NULL;
    if (strlen(group) > 150 || strchr(group, ' ')) return MOLGLOT_OK;
    snprintf(name, sizeof name, "%s%s%sboronic acid", closed ? "[" : "", group, closed ? "]" : "");
    return mg_name_read(name, smiles, err);
}

int plain_group(const char *group, char **smiles, molglot_error *err) {
    const char *own = mg_edit_group(group);
    char plain_words[MG_EDIT_WHAT];
    *smiles = NULL;
    if (own) return (*smiles = strdup(own)) ? MOLGLOT_OK : mg_no_memory(err, "a group");
    snprintf(plain_words, sizeof plain_words, "%s", group);
    if (plain_ends(plain_words, " group")) plain_words[strlen(plain_words) - 6] = 0;
    return group_by_name(plain_words, smiles, err);
}

/* What may be meant by a word for an acyl group, "palmitoyl", "palmitate", "benzoyl chloride",
 * "acetic anhydride": the acid, by `way`; "": not this way; false: there are no more. */
static bool acid_of(const char *group, size_t way, char out[NAME]) {
    static const char *const words[][2] = {{"", ""},
                                           {" acid amide", " acid"},
                                           {" acid chloride", " acid"},
                                           {"ic anhydride", "ic acid"},
                                           {"oyl chloride", "oic acid"},
                                           {"oyl chloride", "ic acid"},
                                           {"yl chloride", "ic acid"},
                                           {"oyl", "oic acid"},
                                           {"oyl", "ic acid"},
                                           {"oate", "oic acid"},
                                           {"ate", "ic acid"},
                                           {"yl", "ic acid"},
                                           {"ic", "ic acid"}};
    if (way >= MG_COUNT(words)) return false;
    const size_t k = strlen(words[way][0]);
    *out = 0;
    if (!k && (plain_ends(group, " acid") || !strchr(group, ' ')))
        snprintf(out, NAME, "%s", group);
    else if (k && plain_ends(group, words[way][0]))
        snprintf(out, NAME, "%.*s%s", (int)(strlen(group) - k), group, words[way][1]);
    return true;
}

/* An acid, alcohol or amine that is joined. acid: it has to be the first. */
static int find_partner(plain *p, const char *what, bool acid, char **smiles, molglot_error *err) {
    char name[NAME];
    int code = MOLGLOT_OK;
    plain_said with = {0};
    *smiles = NULL;
    const bool chloride = plain_ends(what, "chloride") || plain_ends(what, "anhydride") ||
                          plain_ends(what, " amide");
    if (!acid && !chloride) code = p->find(p, what, false, &with, err);
    for (size_t way = 0; !code && !with.smiles && acid_of(what, way, name); way++)
        if (*name && (way || plain_ends(name, " acid"))) code = p->find(p, name, false, &with, err);
    free(with.name);
    *smiles = with.smiles;
    return code;
}

/* ---- places with numbers: by name ---- */

/* Words of groups as prefixes on oxygen and nitrogen. */
static const char *prefix_of(const char *what) {
    static const char *const words[][2] = {{"sulfate", "sulfo"},
                                           {"sulfated", "sulfo"},
                                           {"sulphated", "sulfo"},
                                           {"phosphate", "phospho"},
                                           {"phosphorylated", "phospho"},
                                           {"acetate", "acetyl"},
                                           {"benzoate", "benzoyl"},
                                           {"formate", "formyl"},
                                           {"glucuronide", "beta-D-glucuronosyl"},
                                           {"glucuronidated", "beta-D-glucuronosyl"},
                                           {"malonate", "malonyl"},
                                           {"me", "methyl"},
                                           {"ac", "acetyl"},
                                           {"bn", "benzyl"},
                                           {"et", "ethyl"}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strcasecmp(what, words[i][0])) return words[i][1];
    return what;
}

/* The ester of an inorganic acid, as names have it behind them; NULL: it is none. */
static const char *noun_of(const char *what) {
    static const char *const words[][2] = {
        {"phosphorylated", "phosphate"}, {"phosphate", "phosphate"},
        {"sulfated", "sulfate"},         {"sulfate", "sulfate"},
        {"diphosphate", "diphosphate"},  {"triphosphate", "triphosphate"}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strcasecmp(what, words[i][0])) return words[i][1];
    return NULL;
}

/* "alpha-L-rhamnose", "beta-D-glucopyranose" as groups; false: it is no sugar. */
static bool sugar_group(const char *what, char out[NAME]) {
    if (!plain_ends(what, "ose")) return false;
    snprintf(out, NAME, "%.*ssyl", (int)strlen(what) - 2, what);
    return true;
}

/* The molecule of a name, if there is one; s keeps its own where there is none. */
static int rename_to(plain_said *s, const char *name, bool *done, molglot_error *err) {
    char *smiles = NULL;
    const int code = mg_name_read(name, &smiles, err);
    *done = smiles != NULL;
    if (smiles) turn_into(s, smiles, name);
    return code;
}

/* Trivial names that take no prefix, and what they are. */
static const char *systematic_of(const char *name) {
    static const char *const names[][2] = {{"2-piperidone", "piperidin-2-one"},
                                           {"2-pyrrolidone", "pyrrolidin-2-one"},
                                           {"gamma-butyrolactone", "oxolan-2-one"},
                                           {"o-cresol", "2-methylphenol"},
                                           {"m-cresol", "3-methylphenol"},
                                           {"p-cresol", "4-methylphenol"},
                                           {"o-toluidine", "2-methylaniline"},
                                           {"p-toluidine", "4-methylaniline"},
                                           {"anthranilic acid", "2-aminobenzoic acid"},
                                           {"phenyl isocyanate", "isocyanatobenzene"},
                                           {"catechol", "benzene-1,2-diol"},
                                           {"delta-valerolactam", "piperidin-2-one"},
                                           {"N-methylindole", "1-methylindole"},
                                           {"N-methylpyrrole", "1-methylpyrrole"},
                                           {"N-methylpiperidine", "1-methylpiperidine"}};
    for (size_t i = 0; i < MG_COUNT(names); i++)
        if (!strcasecmp(name, names[i][0])) return names[i][1];
    return name;
}

/* "stearic acid" as "octadec", which stands before "anoic acid"; false: it is no such acid. */
static bool acid_stem(const char *name, char out[NAME]) {
    static const char *const acids[][2] = {
        {"palmitic", "hexadec"},    {"stearic", "octadec"},   {"lauric", "dodec"},
        {"myristic", "tetradec"},   {"arachidic", "icos"},    {"behenic", "docos"},
        {"lignoceric", "tetracos"}, {"margaric", "heptadec"}, {"capric", "dec"}};
    for (size_t i = 0; i < MG_COUNT(acids); i++)
        if (!strncasecmp(name, acids[i][0], strlen(acids[i][0])) &&
            !strcasecmp(name + strlen(acids[i][0]), " acid"))
            return snprintf(out, NAME, "%s", acids[i][1]) > 0;
    if (!plain_ends(name, "anoic acid") || strpbrk(name, "0123456789-")) return false;
    return snprintf(out, NAME, "%.*s", (int)strlen(name) - 10, name) > 0;
}

/* "nonadecanoic acid with a cis double bond at C9" is (9Z)-nonadecenoic acid. */
static int place_double_bond(const mg_edit *e, plain_said *s, bool *done, molglot_error *err) {
    static const char *const words[] = {"Z ",   "cis ", "E ", "trans ", "(Z) ",
                                        "(E) ", "Z-",   "E-", "cis-",   "trans-"};
    static const char *const many[] = {"",         "en",       "adien",  "atrien",
                                       "atetraen", "apentaen", "ahexaen"};
    char stem[NAME], name[2 * NAME] = "(";
    char label = 0;
    int n = 1;
    *done = false;
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strncasecmp(e->what, words[i], strlen(words[i])))
            label = strpbrk(words[i], "Zc") ? 'Z' : 'E';
    if (!label || !acid_stem(s->name, stem) || strpbrk(e->site.locant, "abe'")) return MOLGLOT_OK;
    for (const char *c = e->site.locant; *c; c++) {
        const size_t k = strlen(name);
        if (*c == ',') n++;
        snprintf(name + k, sizeof name - k, "%s%c", *c == ',' ? (char[]){label, 0} : "", *c);
    }
    const size_t k = strlen(name);
    if (n >= (int)MG_COUNT(many)) return MOLGLOT_OK;
    snprintf(name + k, sizeof name - k, "%c)-%s%soic acid", label, stem, many[n]);
    return rename_to(s, name, done, err);
}

static int place_on_carbon(const mg_edit *e, plain_said *s, bool *done, molglot_error *err) {
    char phrase[2 * NAME];
    char *name = NULL;
    size_t stereo;
    *done = false;
    const bool many = strchr(e->site.locant, ',') != NULL;
    if (strlen(s->name) > 200) return MOLGLOT_OK;
    if (plain_ends(e->what, "double bond") || plain_ends(e->what, "double bonds"))
        return place_double_bond(e, s, done, err);
    char what[MG_EDIT_WHAT + 8];
    const bool side = strchr("RS", e->what[0]) && e->what[1] == ' '; /* "an R hydroxyl" */
    snprintf(what, sizeof what, "%s%.1s%s%s", side ? "(" : "", side ? e->what : "",
             side ? ")-" : "", e->what + (side ? 2 : 0));
    if (side && plain_ends(what, "hydroxyl")) what[strlen(what) - 1] = 0;
    if (side && plain_ends(what, " OH")) return MOLGLOT_OK;
    snprintf(phrase, sizeof phrase, "%s substituted by %s %s group%s at position%s %s",
             systematic_of(s->name), many ? "" : "a", what, many ? "s" : "", many ? "s" : "",
             e->site.locant);
    int code = mg_name_described(phrase, &name, &stereo, err);
    if (!code && name) code = rename_to(s, name, done, err);
    free(name);
    return code;
}

/* What stands between a prefix and a name. */
static const char *join_of(const char *name) {
    return strchr("0123456789([{", *name) || (*name && name[1] == '-') ||
                   !strncmp(name, "alpha-", 6) || !strncmp(name, "beta-", 5)
               ? "-"
               : "";
}

static int place_on_atom(const mg_edit *e, char atom, plain_said *s, bool *done,
                         molglot_error *err) {
    static const char *const many[] = {"", "", "di", "tri", "tetra"};
    char name[2 * NAME], sugar[NAME], list[3 * MG_EDIT_LOCANT] = "";
    const char *what = prefix_of(e->what);
    int n = 1, code = MOLGLOT_OK;
    *done = false;
    if (strlen(s->name) > 200) return code;
    if (sugar_group(what, sugar)) what = sugar;
    for (const char *c = e->site.locant; *c; c++) n += *c == ',';
    if (n >= (int)MG_COUNT(many)) return code;
    const bool closed = strpbrk(what, "0123456789([{- ") != NULL && !plain_ends(what, "syl");
    if (strchr(what, ' ')) return code;
    const char *times = n == 1 ? "" : many[n];
    if (n > 1 && strpbrk(what, "0123456789([{-")) times = n == 2 ? "bis" : "tris";
    const bool brackets = closed || (n > 1 && strpbrk(what, "0123456789([{-"));
    snprintf(list, sizeof list, "%s", e->site.locant);
    const char *const join = join_of(s->name);
    if (atom == 'O' && n == 1 && noun_of(e->what) && plain_ends(s->name, "osamine")) {
        const char *at = strcasestr(s->name,
                                    "glucosamine"); /* "N-acetyl-D-glucosamine 6-sulfate" */
        if (!at) at = strcasestr(s->name, "galactosamine");
        const bool bare = at && at > s->name && isalpha((unsigned char)at[-1]);
        if (at)
            snprintf(name, sizeof name, "%.*s%s%s %s-%s", (int)(at - s->name), s->name,
                     bare ? "-D-" : "", at, list, noun_of(e->what));
        if (at) code = rename_to(s, name, done, err);
        if (code || *done) return code;
    }
    const char *const ester = noun_of(e->what);
    if (atom == 'O' && ester && n == 1) { /* "adenosine 5'-phosphate" */
        snprintf(name, sizeof name, "%s %s-%s", s->name, list, ester);
        code = rename_to(s, name, done, err);
        if (code || *done) return code;
    }
    const char *const blank = strchr(s->name, ' ');
    if (atom == 'O' && n == 1 && blank && !brackets &&
        plain_ends(s->name, "oside")) { /* "methyl ...oside" */
        snprintf(name, sizeof name, "%.*s %s-O-%s%s%s", (int)(blank - s->name), s->name, list, what,
                 "-", blank + 1);
        code = rename_to(s, name, done, err);
        if (code || *done) return code;
    }
    if (atom == 'O') {
        snprintf(name, sizeof name, "%s-%sO-%s%s%s%s%s", list,
                 n == 1            ? ""
                 : times[0] == 'd' ? "di-"
                 : times[0] == 't' ? "tri-"
                                   : "",
                 brackets ? "(" : "", what, brackets ? ")" : "", join, s->name);
        code = rename_to(s, name, done, err);
    }
    if (code || *done || atom == 'O') return code;
    snprintf(name, sizeof name, "%s-%s%s%s%s%s%s", list, times, brackets ? "(" : "", what,
             brackets ? ")" : "", join, s->name);
    return rename_to(s, name, done, err);
}

static char atom_of(const mg_site *site) {
    switch (mg_site_atom(site)) {
    case 'O': return 'O';
    case 'N':
    case 'n': return 'N';
    default: return 'C';
    }
}

/* "phosphorylated at C6", "acetylated at C6" of a sugar: on the oxygen there. */
static bool is_on_oxygen(const char *what, const char *name) {
    static const char *const always[] = {
        "sulfated",    "sulphated", "phosphorylated", "glucuronidated", "phosphate",   "sulfate",
        "glucuronide", "acetate",   "benzoate",       "diphosphate",    "triphosphate"};
    for (size_t i = 0; i < MG_COUNT(always); i++)
        if (!strcasecmp(what, always[i])) return true;
    return (plain_ends(name, "ose") || plain_ends(name, "oside")) && plain_ends(what, "yl") &&
           strchr(what, 'o') && !strchr(what, ' ') && plain_ends(what, "oyl");
}

/* "glucose" is "D-glucopyranose", where that is the molecule. */
static int respell_sugar(plain_said *s, molglot_error *err) {
    char name[NAME], *smiles = NULL;
    if (!plain_ends(s->name, "ose") || plain_ends(s->name, "pyranose") ||
        plain_ends(s->name, "furanose") || strlen(s->name) > 60 || strchr(s->name, ' '))
        return MOLGLOT_OK;
    snprintf(name, sizeof name, "%s%.*spyranose", strchr(s->name, '-') ? "" : "D-",
             (int)strlen(s->name) - 2, s->name);
    int code = mg_name_read(name, &smiles, err);
    const bool same = smiles && !strcmp(smiles, s->smiles);
    free(smiles);
    if (code || !same) return code;
    char *copy = strdup(name);
    if (!copy) return mg_no_memory(err, "a name");
    free(s->name);
    s->name = copy;
    return code;
}

/* By a new name. */
static int place_by_name(const mg_edit *e, plain_said *s, bool *done, molglot_error *err) {
    *done = false;
    if (!s->name || e->site.relative || !*e->site.locant) return MOLGLOT_OK;
    const int code = respell_sugar(s, err);
    if (code) return code;
    int places = 1;
    for (const char *c = e->site.locant; *c; c++) places += *c == ',';
    if (e->site.times > 1 && e->site.times != MG_EDIT_ALL && e->site.times != places) {
        plain_said_free(s); /* "two nitros at C5" */
        *done = true;
        return code;
    }
    if (e->site.kind < 0) {
        char sugar[NAME]; /* "a glucosyl at position 3" is on its oxygen */
        if (sugar_group(e->what, sugar) || is_on_oxygen(e->what, s->name))
            return place_on_atom(e, 'O', s, done, err);
        return place_on_carbon(e, s, done, err);
    }
    return place_on_atom(e, atom_of(&e->site), s, done, err);
}

/* "esterified at O-6 with palmitic acid". */
static int acyl_by_name(const mg_edit *e, plain_said *s, bool *done, molglot_error *err) {
    static const char *const tails[] = {"oyl", "yl"};
    mg_edit put = *e;
    int code = MOLGLOT_OK;
    *done = false;
    const bool ester = plain_ends(e->what, "ate") && !noun_of(e->what);
    if (!*e->site.locant || (!ester && !plain_ends(e->what, "ic acid"))) return code;
    for (size_t i = 0; i < MG_COUNT(tails) && !*done && !code; i++) {
        const int stem = (int)strlen(e->what) - (ester ? 3 : 7) -
                         (i == 0 &&
                          (plain_ends(e->what, "oic acid") || plain_ends(e->what, "oate")));
        snprintf(put.what, sizeof put.what, "%.*s%s", stem, e->what, tails[i]);
        put.act = MG_ACT_PUT;
        if (put.site.kind < 0) mg_site_read("oh", &put.site);
        memcpy(put.site.locant, e->site.locant, sizeof put.site.locant);
        code = place_by_name(&put, s, done, err);
    }
    return code;
}

/* The molecule with a chloroacetyl group on the oxygen that a number says; *marked NULL: the name
 * does not tell. */
static int mark_oxygen(const mg_edit *e, const plain_said *s, char **marked, molglot_error *err) {
    char name[2 * NAME];
    *marked = NULL;
    if (!s->name || !*e->site.locant || strchr(e->site.locant, ',') || strlen(s->name) > 200 ||
        atom_of(&e->site) != 'O' || strchr(s->name, ' '))
        return MOLGLOT_OK;
    snprintf(name, sizeof name, "%s-O-chloroacetyl%s%s", e->site.locant, join_of(s->name), s->name);
    return mg_name_read(name, marked, err);
}

/* What stands there in the end: a group, an acid, or a charge. */
static int swap_mark(const mg_edit *e, const char *marked, const char *partner, char **product,
                     molglot_error *err) {
    static const char mark[] = "[OX2:5][CX3](=O)[CH2]Cl";
    char rule[200], **made = NULL;
    size_t n = 0;
    int code = MOLGLOT_OK;
    *product = NULL;
    if (e->act == MG_ACT_LOSE) {
        snprintf(rule, sizeof rule, "%s>>[O-:5]", mark);
        code = mg_smiles_react(marked, rule, 2, &made, &n, err);
    } else if (partner) {
        snprintf(rule, sizeof rule, "%s.%s>>[O:5]%s", mark,
                 e->act == MG_ACT_JOIN ? "[CX3:1](=[OX1:2])[OX2H1]" : "[*:9][BX3]([OX2H1])[OX2H1]",
                 e->act == MG_ACT_JOIN ? "[C:1](=[O:2])" : "[*:9]");
        code = mg_smiles_join(marked, partner, rule, 2, &made, &n, err);
    }
    if (n == 1) *product = made[0], made[0] = NULL;
    for (size_t i = 0; i < n; i++) free(made[i]);
    free(made);
    return code;
}

/* ---- places without ---- */

static int react(plain *p, const mg_edit *e, plain_said *s, molglot_error *err) {
    char *partner = NULL, *product = NULL;
    mg_edit joined = *e;
    int code = MOLGLOT_OK;
    if (e->act == MG_ACT_REPLACE) {
        code = plain_group(e->what, &partner, err);
    } else if (e->act == MG_ACT_PUT) {
        char sugar[NAME];
        code = plain_group(sugar_group(e->what, sugar) ? sugar : e->what, &partner, err);
        if (!code && !partner && !e->site.relative) {
            joined.act = MG_ACT_JOIN; /* an acyl group */
            code = find_partner(p, e->what, true, &partner, err);
        }
    } else if (e->act == MG_ACT_JOIN) {
        code = find_partner(p, e->what, false, &partner, err);
    }
    if (joined.act == MG_ACT_JOIN && e->act == MG_ACT_PUT && joined.site.kind < 0)
        joined.site.kind = 0; /* any that takes */
    char *marked = NULL;
    const bool markable = joined.act == MG_ACT_PUT || joined.act == MG_ACT_JOIN ||
                          joined.act == MG_ACT_LOSE;
    if (!code && markable) code = mark_oxygen(&joined, s, &marked, err);
    if (!code && marked) code = swap_mark(&joined, marked, partner, &product, err);
    free(marked);
    if (!code && !product) code = mg_edit_apply(&joined, s->smiles, partner, &product, err);
    if (!code && !product && e->act == MG_ACT_JOIN && e->bond == MG_JOINT_ANY && e->site.kind < 0) {
        char *same = NULL; /* "coupled to": its acid, with an amine */
        joined.bond = MG_JOINT_AMIDE;
        code = mg_edit_apply(&joined, s->smiles, partner, &product, err);
        mg_site_read("acid", &joined.site);
        if (!code && product) code = mg_edit_apply(&joined, s->smiles, partner, &same, err);
        if (!same || strcmp(same, product) != 0) free(product), product = NULL;
        free(same);
    }
    free(partner);
    turn_into(s, product, NULL);
    return code;
}

/* ---- charges ---- */

int plain_charge(const char *smiles) {
    int charge = 0;
    for (const char *c = smiles; (c = strchr(c, '[')) != NULL; c++) {
        const char *end = strchr(c, ']');
        for (const char *x = c; end && x < end; x++) {
            if (*x != '+' && *x != '-') continue;
            const int k = isdigit((unsigned char)x[1]) ? x[1] - '0' : 1;
            charge += *x == '+' ? k : -k;
        }
    }
    return charge;
}

/* The only product of a table's change, "dianion of". */
static int derived(const char *change, const char *smiles, char **out, molglot_error *err) {
    mg_derivation list[MG_DERIVATIONS];
    char phrase[60], **products = NULL;
    size_t made = 0;
    int n;
    *out = NULL;
    snprintf(phrase, sizeof phrase, "%s of something", change);
    int code = mg_derivations_read(phrase, list, &n, err);
    if (!code && n) code = mg_derive(&list[0], smiles, 2, &products, &made, err);
    if (!code && made == 1) *out = strdup(products[0]);
    for (size_t i = 0; i < made; i++) free(products[i]);
    free(products);
    mg_derivations_free(list, n);
    return code;
}

/* A zwitterion already, whose charges are not a nitro group's. */
static bool is_inner_salt(const char *smiles) {
    static const char *const acids[] = {"C(=O)[O-]",   "C([O-])=O",     "O=C([O-])",
                                        "[O-]C(=O)",   "S(=O)(=O)[O-]", "O=S(=O)([O-])",
                                        "P(=O)([O-])", "O=P([O-])"};
    static const char *const bases[] = {"[NH3+]", "[NH2+]", "[NH+]", "[N+](C)(C)", "[S+]", "[n+]"};
    bool acid = false, base = false;
    for (size_t i = 0; i < MG_COUNT(acids); i++) acid |= strstr(smiles, acids[i]) != NULL;
    for (size_t i = 0; i < MG_COUNT(bases); i++) base |= strstr(smiles, bases[i]) != NULL;
    return acid && base && !strchr(smiles, '.');
}

static int ionise(const mg_edit *e, plain_said *s, molglot_error *err) {
    static const char *const words[] = {"tetraanion", "trianion", "dianion", "anion",
                                        "zwitterion", "cation",   "dication"};
    char *out = NULL;
    int code = MOLGLOT_OK;
    if (plain_charge(s->smiles) == e->charge && (e->charge || is_inner_salt(s->smiles))) {
        out = strdup(s->smiles);
    } else {
        if (e->charge) code = mg_name_put_charge(s->smiles, e->charge, &out, err);
        if (!code && !out && e->charge >= -4 && e->charge <= 2)
            code = derived(words[e->charge + 4], s->smiles, &out, err);
        if (out && plain_charge(out) != e->charge) {
            free(out);
            out = NULL;
        }
    }
    turn_into(s, out, NULL);
    return code;
}

/* ---- ends of peptides ---- */

static int end_peptide(const mg_edit *e, plain_said *s, molglot_error *err) {
    char name[NAME + 2 * MG_EDIT_WHAT], own[NAME];
    bool done = false;
    int code = MOLGLOT_OK;
    if (s->name && strlen(s->name) < 200 && mg_name_is_peptide(s->name)) {
        snprintf(own, sizeof own, "%s", s->name);
        const bool behind = *e->what == '-';
        if (behind && plain_ends(own, "-OH")) own[strlen(own) - 3] = 0;
        const char *from = own + (!behind && !strncmp(own, "H-", 2) ? 2 : 0);
        snprintf(name, sizeof name, "%s%s", behind ? own : e->what, behind ? e->what : from);
        code = rename_to(s, name, &done, err);
    }
    if (!done) plain_said_free(s);
    return code;
}

/* "glucose, beta": the sugar of that name. */
static int turn_anomer(plain *p, const mg_edit *e, plain_said *s, molglot_error *err) {
    char name[NAME], *smiles = NULL;
    int code = MOLGLOT_OK;
    if (s->name && plain_ends(s->name, "ose") && strlen(s->name) < 60 && !strchr(s->name, ' ')) {
        const bool side = !strncasecmp(s->name, "D-", 2) || !strncasecmp(s->name, "L-", 2);
        snprintf(name, sizeof name, "%s-%s%s", e->what, side ? "" : "D-", s->name);
        code = built_name(p->d, name, &smiles, err);
    }
    turn_into(s, smiles, name);
    return code;
}

/* ---- the place of an ester that the name does not have ---- */

/* Whether `locant` stands among those of a hydroxy group or an alcohol in a systematic name; -1:
 * the name has no such group with a place. */
static int has_oxygen_at(const char *name, const char *locant) {
    static const char *const groups[] = {"hydroxy",    "ol",        "diol",
                                         "triol",      "dihydroxy", "tetrol",
                                         "trihydroxy", "olate",     "tetrahydroxy"};
    int found = -1;
    const size_t k = strlen(locant);
    for (const char *s = name; *s; s++) {
        if (!isdigit((unsigned char)*s) || (s > name && isalnum((unsigned char)s[-1]))) continue;
        const size_t n = strspn(s, "0123456789,'abehlpt");
        if (s[n] != '-') continue;
        bool is = false;
        for (size_t i = 0; i < MG_COUNT(groups); i++) is |= plain_begins(s + n + 1, groups[i]);
        if (!is) continue;
        if (found < 0) found = 0;
        for (const char *c = s; c < s + n; c += strcspn(c, ",") + 1)
            found |= !strncmp(c, locant, k) && strchr(",-ab", c[k]) && c[k];
    }
    return found;
}

/* "3-hydroxypentane-2,4-dione 5-phosphate": on a carbon that the name gives no oxygen; where it
 * gives some, none of them is meant. *done: it was such a place. */
static int place_ester(const mg_edit *e, plain_said *s, bool *done, molglot_error *err) {
    const char *noun = noun_of(e->what), *locant = e->site.locant;
    char name[2 * NAME];
    *done = false;
    if (!s->name || !*locant || strspn(locant, "0123456789") != strlen(locant) || !noun ||
        atom_of(&e->site) != 'O' || has_oxygen_at(s->name, locant) != 0 || strlen(s->name) > 200)
        return MOLGLOT_OK;
    const bool phosphate = !strcmp(noun, "phosphate"), sulfate = !strcmp(noun, "sulfate");
    int code = MOLGLOT_OK;
    if (phosphate || sulfate) {
        snprintf(name, sizeof name, "%s-(%s)%s%s", locant, phosphate ? "phosphonooxy" : "sulfooxy",
                 isalpha((unsigned char)*s->name) ? "" : "-", s->name);
        code = rename_to(s, name, done, err);
    }
    if (!*done) plain_said_free(s);
    *done = true;
    return code;
}

/* A methoxy, a hydroxy or a halogen stands on no oxygen. */
static bool is_peroxide(const mg_edit *e) {
    const char *group = e->act == MG_ACT_PUT ? mg_edit_group(e->what) : NULL;
    if (!group || e->site.kind < 0 || mg_site_atom(&e->site) != 'O') return false;
    return strstr(group, "OB(O)O") || !strncmp(group, "ClB", 3) || !strncmp(group, "BrB", 3) ||
           strchr("FI", *group);
}

/* "prenylated": on an oxygen or on a carbon? */
static bool is_on_carbon_or_oxygen(const mg_edit *e) {
    static const char *const groups[] = {"prenyl",        "prenylated",       "geranyl",
                                         "geranylated",   "farnesyl",         "farnesylated",
                                         "dimethylallyl", "dimethylallylated"};
    if (e->act != MG_ACT_PUT || e->site.kind >= 0 || e->site.relative || *e->site.locant)
        return false;
    for (size_t i = 0; i < MG_COUNT(groups); i++)
        if (!strcasecmp(e->what, groups[i])) return true;
    return false;
}

int plain_edit(plain *p, const mg_edit *e, plain_said *s, molglot_error *err) {
    bool done = false;
    int code = MOLGLOT_OK;
    if (is_peroxide(e) || is_on_carbon_or_oxygen(e)) plain_said_free(s);
    if (!s->smiles) return code;
    switch (e->act) {
    case MG_ACT_NOTHING: /* "neutral", "free acid", "all L" of what is not */
        if ((!strcmp(e->what, "neutral") && plain_charge(s->smiles)) ||
            (!strcmp(e->what, "free") && (plain_charge(s->smiles) || strchr(s->smiles, '.'))) ||
            (!strcmp(e->what, "L") &&
             (!strchr(s->smiles, '@') || (s->name && strstr(s->name, "D-")))))
            plain_said_free(s);
        return code;
    case MG_ACT_FLAT: /* "racemic" of a centre, not of the nucleoside on it */
        if (!strstr(s->smiles, "OP(=O)") || !strstr(s->smiles, "cnc")) break;
        plain_said_free(s);
        return code;
    case MG_ACT_CHARGE: return ionise(e, s, err);
    case MG_ACT_ANOMER: return turn_anomer(p, e, s, err);
    case MG_ACT_END: return end_peptide(e, s, err);
    case MG_ACT_PUT:
        if (mg_site_atom(&e->site) == 'N' && plain_ends(e->what, " acid")) {
            plain_said_free(s); /* its amide, or by its chain? */
            return code;
        }
        if (s->name && !*e->site.locant && !strcasecmp(e->what, "acetyl") &&
            mg_site_atom(&e->site) == 'N' && strcspn(s->name, "-") == 3 &&
            mg_name_is_peptide(s->name)) {
            const mg_edit end = {.act = MG_ACT_END, .what = "Ac-"};
            return end_peptide(&end, s, err);
        }
        code = place_ester(e, s, &done, err);
        if (!code && !done) code = acyl_by_name(e, s, &done, err);
        if (!code && !done) code = place_by_name(e, s, &done, err);
        break;
    case MG_ACT_JOIN: code = acyl_by_name(e, s, &done, err); break;
    default: break;
    }
    if (code || done) return code;
    if (e->act == MG_ACT_PUT && e->site.kind < 0 && *e->site.locant) {
        plain_said_free(s); /* of a carbon only a name tells which it is */
        return code;
    }
    return react(p, e, s, err);
}
