/* edit_words.c - clauses behind a molecule's name, as a chemist types them:
 *
 *   clause   [di] VERB [with WHAT] [at | on PLACE]      sulfated on its phenol OH
 *            [with] PLACE VERB [with WHAT]              both OHs acetylated
 *            [with | bearing | ...] GROUP on PLACE      with a methyl on nitrogen
 *            [with] LOCANT-GROUP                        with 4-ethyl
 *            [with] PLACE protonated | ionised          both amines protonated
 *            anion | dianion | ... | zwitterion | (4-)  as the dianion
 *            with the GROUP removed | without its GROUP
 *            oxidised to the sulfone | dihydro ...
 *            words that change nothing
 */
#include "chem/derive/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- verbs ---- */

/* Verbs whose group is another word, or that need one: NULL. */
static const struct {
    const char *verb, *what;
    enum { PUT, ON_CARBON, JOIN } how;
} VERBS[] = {
    {"hydroxylated", "hydroxy", ON_CARBON},
    {"chlorinated", "chloro", ON_CARBON},
    {"brominated", "bromo", ON_CARBON},
    {"fluorinated", "fluoro", ON_CARBON},
    {"iodinated", "iodo", ON_CARBON},
    {"nitrated", "nitro", ON_CARBON},
    {"aminated", "amino", ON_CARBON},
    {"methoxylated", "methoxy", ON_CARBON},
    {"cyanated", "cyano", ON_CARBON},
    {"trifluoromethylated", "trifluoromethyl", ON_CARBON},
    {"esterified", NULL, JOIN},
    {"amidated", NULL, JOIN},
    {"acylated", NULL, JOIN},
    {"coupled", NULL, JOIN},
    {"condensed", NULL, JOIN},
    {"conjugated", NULL, JOIN},
    {"thioesterified", NULL, JOIN},
    {"alkylated", NULL, PUT},
    {"etherified", NULL, PUT},
    {"protected", NULL, PUT},
    {"glycosylated", NULL, PUT},
    {"capped", NULL, PUT},
    {"substituted", NULL, PUT},
    {"derivatised", NULL, PUT},
    {"arylated", NULL, PUT},
    {"silylated", NULL, PUT},
};

/* "acetylated", "palmitoylated", "geranylated": a group's name and "ated". */
static bool is_group_verb(const char *s, size_t n) {
    char verb[40];
    if (n < 7 || n >= sizeof verb || strncmp(s + n - 4, "ated", 4) != 0) return false;
    snprintf(verb, sizeof verb, "%.*s", (int)n, s);
    if (mg_edit_group(verb)) return true;
    return n > 8 && !strncmp(s + n - 6, "ylated", 6) && !memchr(s, ' ', n);
}

/* "brominated", "dibrominated": a group on carbon. */
static bool is_carbon_verb(const char *s) {
    static const char *const many[] = {"", "di", "tri", "tetra"};
    const size_t n = strcspn(s, " ,");
    for (size_t k = 0; k < MG_COUNT(many); k++)
        for (size_t i = 0; i < MG_COUNT(VERBS) && edit_begins(s, many[k]); i++) {
            const size_t m = strlen(many[k]);
            if (VERBS[i].how == ON_CARBON && n == m + strlen(VERBS[i].verb) &&
                edit_begins(s + m, VERBS[i].verb))
                return true;
        }
    return false;
}

/* "di" of "dimethylated", "n-" of "n-acetylated" off the front; the place goes to the edit. */
static size_t prefix_places(const char *s, int *n);

static bool is_carbon_verb(const char *s);

/* "2,4-" of "2,4-dibrominated", "para-" of "para-nitrated" off the front. */
static void take_place_front(char *s, mg_edit *e) {
    int places = 0;
    size_t k = prefix_places(s, &places);
    if (!k) k = edit_begins(s, "para-") || edit_begins(s, "meta-") ? 4 : 0;
    if (!k && edit_begins(s, "ortho-")) k = 5;
    if (!k || s[k] != '-' || k >= MG_EDIT_LOCANT || !is_carbon_verb(s + k + 1)) return;
    if (places)
        snprintf(e->site.locant, MG_EDIT_LOCANT, "%.*s", (int)k, s);
    else
        e->site.relative = *s;
    if (places > 1) e->site.times = places;
    edit_cut(s, k + 1);
}

static void take_verb_front(char *s, mg_edit *e) {
    static const struct {
        const char *word;
        int times;
    } many[] = {{"di", 2},   {"tri", 3}, {"per-", MG_EDIT_ALL}, {"per", MG_EDIT_ALL},
                {"mono", 1}, {"bis-", 2}};
    if (edit_begins(s, "n,n-di")) edit_cut(s, 2);
    take_place_front(s, e);
    if (strchr("nos", *s) && *s && s[1] == '-' && isalpha((unsigned char)s[2])) {
        const char letter[2] = {*s, 0};
        mg_site_read(letter, &e->site);
        edit_cut(s, 2);
    }
    const size_t n = strcspn(s, " ");
    for (size_t i = 0; i < MG_COUNT(many); i++) {
        const size_t k = strlen(many[i].word);
        if (!edit_begins(s, many[i].word) || n <= k ||
            (!is_group_verb(s + k, n - k) && !(*e->site.locant && is_carbon_verb(s + k))))
            continue;
        if (is_group_verb(s, n) && mg_edit_group("") == NULL && edit_begins(s, "trit")) continue;
        if (*e->site.locant && e->site.times != many[i].times) return; /* "2,4-brominated" */
        e->site.times = many[i].times;
        edit_cut(s, k);
        return;
    }
}

/* A verb at s: its group goes to e->what. Characters; 0: none. */
static size_t verb_at(const char *s, mg_edit *e, bool *needs_what, bool *carbon) {
    const size_t n = strcspn(s, " ,");
    *needs_what = *carbon = false;
    for (size_t i = 0; i < MG_COUNT(VERBS); i++) {
        if (n != strlen(VERBS[i].verb) || !edit_begins(s, VERBS[i].verb)) continue;
        e->act = VERBS[i].how == JOIN ? MG_ACT_JOIN : MG_ACT_PUT;
        *needs_what = !VERBS[i].what;
        *carbon = VERBS[i].how == ON_CARBON;
        e->bond = *s == 'e'                                           ? MG_JOINT_ESTER
                  : (!strncmp(s, "ami", 3) || !strncmp(s, "conj", 4)) ? MG_JOINT_AMIDE
                  : *s == 't'                                         ? MG_JOINT_THIOESTER
                                                                      : MG_JOINT_ANY;
        if (VERBS[i].what) snprintf(e->what, sizeof e->what, "%s", VERBS[i].what);
        return n;
    }
    if (!is_group_verb(s, n)) return 0;
    e->act = MG_ACT_PUT;
    const bool acyl = n > 8 && !strncmp(s + n - 6, "ylated", 6) && !edit_begins(s, "phosphor");
    return edit_set_what(e, s, acyl ? n - 4 : n) ? n : 0; /* "acetyl", "sulfated" */
}

/* The place of an edit, said once. */
static bool set_site(mg_edit *e, const char *words) {
    mg_site site;
    if (!mg_site_read(words, &site)) return false;
    const int times = e->site.times;
    if (e->site.kind >= 0 && site.kind >= 0 && site.kind != e->site.kind) return false;
    if (site.kind < 0) site.kind = e->site.kind;
    if (times && !site.times) site.times = times;
    if (times && site.times != times) return false;
    e->site = site;
    return true;
}

/* "[with WHAT] [at | on PLACE]" behind a verb. */
static bool read_tail(const char *s, const char *original, bool needs_what, mg_edit *e) {
    static const char *const joins[] = {"with ", "by ", "to "}, *const ats[] = {" at ", " on ",
                                                                                " through ",
                                                                                " via ", " in "};
    while (*s == ' ') s++, original++;
    bool has_what = false;
    for (size_t i = 0; i < MG_COUNT(joins) && needs_what && !has_what; i++)
        if (edit_begins(s, joins[i])) {
            s += strlen(joins[i]), original += strlen(joins[i]);
            has_what = true;
        }
    if (has_what) {
        size_t n = strlen(s);
        const char *place = NULL;
        for (size_t i = 0; i < MG_COUNT(ats); i++)
            for (const char *at = s; (at = strstr(at, ats[i])); at++) {
                mg_site site;
                if (mg_site_read(at + strlen(ats[i]), &site))
                    place = at + strlen(ats[i]), n = (size_t)(at - s);
            }
        static const char *const articles[] = {"a ", "an ", "the ", "one ", "a single "};
        for (size_t i = 0; i < MG_COUNT(articles); i++)
            if (edit_begins(s, articles[i])) {
                const size_t k = strlen(articles[i]);
                s += k, original += k, n -= k;
                break;
            }
        if (!edit_set_what(e, original, n)) return false;
        return !place || set_site(e, place);
    }
    /* "esterified at O-3 with oleic acid" */
    for (size_t i = 0; i < MG_COUNT(ats); i++) {
        const char *at = ats[i] + 1;
        if (!edit_begins(s, at)) continue;
        s += strlen(at), original += strlen(at);
        const char *with = needs_what ? strstr(s, " with ") : NULL;
        if (needs_what && !with) return false;
        char place[EDIT_WORDS];
        snprintf(place, sizeof place, "%.*s", with ? (int)(with - s) : (int)strlen(s), s);
        if (with && !edit_set_what(e, original + (with - s) + 6, strlen(with + 6))) return false;
        return set_site(e, place);
    }
    mg_site relative; /* "chlorinated ortho to its OH" */
    if (*s && !needs_what && mg_site_read(s, &relative) && relative.relative) return set_site(e, s);
    return !*s && !needs_what;
}

/* "sulfated on its phenol OH", "N-acetylated", "esterified with oleic acid". */
static bool read_verb(const char *s, const char *original, mg_edit *e) {
    char words[EDIT_WORDS];
    bool needs_what, carbon;
    *e = (mg_edit){.site = {.kind = -1, .target = -1}};
    snprintf(words, sizeof words, "%s", s);
    if (edit_begins(s, "di") && (strstr(s, " one N") || strstr(s, " one n") || strstr(s, "same ")))
        return false; /* not one on each */
    take_verb_front(words, e);
    const size_t skipped = strlen(s) - strlen(words);
    const size_t n = verb_at(words, e, &needs_what, &carbon);
    if (!n || !read_tail(words + n, original + skipped + n, needs_what, e)) return false;
    if (edit_begins(words, "acylated") && e->site.kind < 0) e->site.kind = SITE_ANY; /* it takes */
    return !carbon || ((*e->site.locant || e->site.relative) && e->site.kind < 0);
}

/* ---- protons ---- */

/* "doubly", "fully" and such in front; how often. */
static int take_degree(char *s) {
    static const struct {
        const char *word;
        int times;
    } words[] = {{"doubly ", 2},
                 {"twice ", 2},
                 {"triply ", 3},
                 {"singly ", 1},
                 {"mono", 1},
                 {"di", 2},
                 {"fully ", MG_EDIT_ALL},
                 {"completely ", MG_EDIT_ALL},
                 {"both ", 2},
                 {"all ", MG_EDIT_ALL},
                 {"tri", 3},
                 {"now ", 0},
                 {"each ", MG_EDIT_ALL}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (edit_begins(s, words[i].word) &&
            (strstr(s, "protonated") || strstr(s, "ionised") || strstr(s, "ionized"))) {
            edit_cut(s, strlen(words[i].word));
            return words[i].times;
        }
    return 0;
}

enum { NO_VERB, LOSES, GAINS, STAYS };
static int proton_verb(const char *s, size_t *n) {
    static const struct {
        const char *word;
        int what;
    } verbs[] = {{"deprotonated", LOSES}, {"ionised", LOSES},       {"ionized", LOSES},
                 {"dissociated", LOSES},  {"protonated", GAINS},    {"neutral", STAYS},
                 {"unionised", STAYS},    {"undissociated", STAYS}, {"quaternised", NO_VERB}};
    for (size_t i = 0; i < MG_COUNT(verbs); i++) {
        *n = strlen(verbs[i].word);
        if (edit_begins(s, verbs[i].word) && (!s[*n] || s[*n] == ' ')) return verbs[i].what;
    }
    return NO_VERB;
}

/* "carboxylate form". */
static bool is_carboxylate(const char *s) {
    return edit_is_one(s, strlen(s),
                       "carboxylate|carboxylate form|carboxylate anion|as the carboxylate|"
                       "in its carboxylate form|as its carboxylate|as a carboxylate|"
                       "as the carboxylate anion|in the carboxylate form");
}

/* "doubly deprotonated at the phosphate", "both amines protonated". */
static bool read_protons(const char *s, mg_edit *e) {
    char words[EDIT_WORDS];
    size_t n;
    *e = (mg_edit){.site = {.kind = -1, .target = -1}};
    snprintf(words, sizeof words, "%s", s);
    int times = take_degree(words);
    int verb = proton_verb(words, &n);
    if (edit_is_one(words, strlen(words),
                    "ammonium form|as the ammonium ion|ammonium ion|ammonium|as its ammonium ion|"
                    "in its ammonium form|as the ammonium")) {
        e->act = MG_ACT_GAIN;
        return mg_site_read("amine", &e->site);
    }
    if (is_carboxylate(words)) {
        e->act = MG_ACT_LOSE;
        return mg_site_read("acid", &e->site);
    }
    if (verb) {
        static const char *const ats[] = {" at ", " on ", " from "};
        const char *rest = words + n;
        e->site.times = times;
        for (size_t i = 0; i < MG_COUNT(ats); i++)
            if (edit_begins(rest, ats[i])) {
                if (!set_site(e, rest + strlen(ats[i])) || e->site.relative) return false;
                rest = "";
            }
        if (*rest) return false;
        if (verb == STAYS && rest == words + n) snprintf(e->what, sizeof e->what, "neutral");
    } else { /* the place is first */
        snprintf(words, sizeof words, "%s", s);
        char *last = strrchr(words, ' ');
        if (!last) return false;
        if (edit_ends(words, "protons off") || edit_ends(words, "protons removed") ||
            edit_ends(words, "protons lost"))
            verb = LOSES;
        else if (!(verb = proton_verb(last + 1, &n)) || last[1 + n])
            return false;
        *last = 0;
        static const char *const degrees[] = {" fully",      " both", " doubly", " all",
                                              " completely", " also", " left",   " kept",
                                              " is",         " are",  " still"};
        for (bool more = true; more;) {
            more = false;
            for (size_t i = 0; i < MG_COUNT(degrees); i++)
                if (edit_ends(words, degrees[i])) {
                    words[strlen(words) - strlen(degrees[i])] = 0;
                    if (i == 0 || i == 3 || i == 4) e->site.times = MG_EDIT_ALL;
                    if (i == 1 || i == 2) e->site.times = 2;
                    more = true;
                }
        }
        if (!set_site(e, words) || e->site.relative) return false;
    }
    e->act = verb == LOSES ? MG_ACT_LOSE : verb == GAINS ? MG_ACT_GAIN : MG_ACT_NOTHING;
    return true;
}

/* "r", "s configuration", "e-configured", "r enantiomer". */
static bool is_label(const char *s) {
    return *s && strchr("rsez", *s) &&
           (!s[1] || edit_is_one(s + 1, strlen(s + 1),
                                 " configuration|-configured| configured| enantiomer|-enantiomer|"
                                 " form| isomer|-isomer| at the stereocentre|"
                                 " at the stereocenter| at its stereocentre|"
                                 " at its stereocenter| at the chiral centre|"
                                 " at the chiral center"));
}

/* "r at the alpha carbon", "s configuration at the alpha carbon". */
static bool is_alpha_label(const char *s) {
    char label[EDIT_WORDS];
    const char *at = strstr(s, " at ");
    if (!at || !edit_is_one(at, strlen(at),
                            " at the alpha carbon| at the alpha-carbon| at its alpha carbon|"
                            " at the alpha position| at alpha carbon"))
        return false;
    snprintf(label, sizeof label, "%.*s", (int)(at - s), s);
    return is_label(label) && strchr("rs", *label);
}

/* "all-trans", "both double bonds cis", "all-e double bonds": the mark; 0: none. */
static char label_of_all(const char *s, int *times) {
    char words[EDIT_WORDS];
    snprintf(words, sizeof words, "%s", s);
    *times = edit_begins(words, "both ") ? 2 : MG_EDIT_ALL;
    if (!edit_begins(words, "both ") && !edit_begins(words, "all ") && !edit_begins(words, "all-"))
        return 0;
    edit_cut(words, *times == 2 ? 5 : 4);
    edit_take(words, (const char *const[]){"of its double bonds ", "double bonds "}, 2);
    if (edit_ends(words, " double bonds")) words[strlen(words) - 13] = 0;
    if (edit_ends(words, " configuration")) words[strlen(words) - 14] = 0;
    if (edit_ends(words, " isomer")) words[strlen(words) - 7] = 0;
    if (edit_ends(words, " form")) words[strlen(words) - 5] = 0;
    if (!edit_is_one(words, strlen(words), "trans|cis|e|z|(e)|(z)")) return 0;
    const char mark = words[*words == '('];
    return mark == 't' || mark == 'c' ? mark : (char)toupper((unsigned char)mark);
}

/* "as the dianion", "(4-)", "4- charge", "charge -1", "in its zwitterionic form". */
static bool read_charge(const char *s, mg_edit *e) {
    static const struct {
        const char *words;
        int charge;
    } table[] = {{"anion|monoanion|anionic form|as anion|carboxylate anion|phenolate anion", -1},
                 {"dianion|doubly charged anion|dianionic form", -2},
                 {"trianion|trianionic form", -3},
                 {"tetraanion|tetra-anion|tetraanionic form", -4},
                 {"pentaanion|penta-anion", -5},
                 {"hexaanion", -6},
                 {"cation|monocation|cationic form|ammonium cation", 1},
                 {"dication", 2},
                 {"trication", 3},
                 {"zwitterion|zwitterionic form|zwitterionic|inner salt|dipolar", 0}};
    char words[EDIT_WORDS];
    snprintf(words, sizeof words, "%s", s);
    static const char *const fronts[] = {
        "as ",    "in ",  "with ",    "its ",      "the ",           "a ",
        "an ",    "net ", "overall ", "drawn as ", "fully ionised ", "fully deprotonated ",
        "total ", "of "};
    *e = (mg_edit){.act = MG_ACT_CHARGE, .site = {.kind = -1, .target = -1}};
    while (edit_take(words, fronts, MG_COUNT(fronts)))
        ;
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (edit_is_one(words, strlen(words), table[i].words)) {
            e->charge = table[i].charge;
            return true;
        }
    if (edit_begins(words, "charge ")) edit_cut(words, 7);
    if (edit_begins(words, "of ")) edit_cut(words, 3);
    if (edit_ends(words, " charge")) words[strlen(words) - 7] = 0;
    if (edit_ends(words, " overall")) words[strlen(words) - 8] = 0;
    const bool open = *words == '(' && edit_ends(words, ")");
    if (open) {
        words[strlen(words) - 1] = 0;
        edit_cut(words, 1);
    }
    if (!strcmp(words, "beta") || !strcmp(words, "alpha") || !strcmp(words, "beta anomer") ||
        !strcmp(words, "alpha anomer")) {
        e->act = MG_ACT_ANOMER;
        return edit_set_what(e, words, strcspn(words, " "));
    }
    if (is_alpha_label(words)) {
        e->act = MG_ACT_LABEL;
        e->charge = toupper((unsigned char)*words);
        return edit_set_what(e, "alpha", 5);
    }
    if ((e->charge = label_of_all(words, &e->site.times)) != 0) {
        e->act = MG_ACT_LABEL;
        return true;
    }
    e->site.times = 0;
    if (is_label(words)) {
        e->act = MG_ACT_LABEL;
        e->charge = toupper((unsigned char)*words);
        return true;
    }
    if (edit_is_one(words, strlen(words), "trans|cis|trans isomer|cis isomer")) {
        e->act = MG_ACT_LABEL;
        e->charge = *words; /* t, c */
        return true;
    }
    const size_t n = strlen(words);
    if (n == 2 && isdigit((unsigned char)words[0]) && strchr("+-", words[1]) && words[0] > '0')
        e->charge = (words[0] - '0') * (words[1] == '-' ? -1 : 1);
    else if (n == 2 && isdigit((unsigned char)words[1]) && strchr("+-", words[0]) && words[1] > '0')
        e->charge = (words[1] - '0') * (words[0] == '-' ? -1 : 1);
    return e->charge != 0;
}

/* ---- groups at places ---- */

static const char *const LINKS[] = {"with ",         "bearing ",       "carrying ",   "having ",
                                    "that carries ", "which carries ", "that bears ", "plus ",
                                    "containing ",   "where ",         "whose ",      "in which ",
                                    "that has ",     "which has ",     "showing ",    "but with ",
                                    "only with ",    "except with ",   "but having ", "with just "};

/* "a methyl on nitrogen", "NO2 para to the methyl", "an OH at C8", "a nitro para". */
static bool read_placed(const char *s, const char *original, mg_edit *e) {
    static const char *const ats[] = {" on ", " at ", " in ", " attached to ", " flanking ", " "};
    char words[EDIT_WORDS];
    *e = (mg_edit){.act = MG_ACT_PUT, .site = {.kind = -1, .target = -1}};
    snprintf(words, sizeof words, "%s", s);
    const int number = edit_take_number(words);
    const char *name = original + (strlen(s) - strlen(words));
    for (size_t i = 0; i < MG_COUNT(ats); i++) {
        const char *at = strstr(words, ats[i]);
        if (!at || at == words) continue;
        const char *place = at + strlen(ats[i]);
        if (i == 5 && !edit_begins(place, "para") && !edit_begins(place, "ortho") &&
            !edit_begins(place, "meta") && !edit_begins(place, "both ortho"))
            continue;
        char flanks[EDIT_WORDS];
        if (i == 4) {
            snprintf(flanks, sizeof flanks, "ortho to %.200s", place);
            place = flanks;
        }
        if (!mg_site_read(place, &e->site)) continue;
        if (number > 1 && !e->site.times) e->site.times = number;
        if (number > 1 && e->site.times != number) return false;
        size_t n = (size_t)(at - words);
        static const char *const tails[] = {
            " esterified",  " attached",     " linked",  " groups", " group",
            " substituent", " substituents", " residue", " moiety", " unit"};
        for (size_t k = 0; k < MG_COUNT(tails); k++) {
            const size_t m = strlen(tails[k]);
            if (n > m && !strncmp(words + n - m, tails[k], m)) n -= m;
        }
        if ((number > 1 || e->site.times > 1) && n > 3 && name[n - 1] == 's' && name[n - 2] != 's')
            n--; /* "methyls" */
        return edit_set_what(e, name, n);
    }
    return false;
}

/* "a para bromine", "ortho-hydroxy", "two ortho chlorines", "a meta nitro on the ring". */
static bool read_side(const char *s, const char *original, mg_edit *e) {
    static const char *const rings[] = {" on the ring",
                                        " on its ring",
                                        " on the phenyl ring",
                                        " on the phenyl",
                                        " on the benzene ring",
                                        " on the aromatic ring",
                                        " on the aryl ring",
                                        " groups",
                                        " group",
                                        " substituent"};
    char words[EDIT_WORDS], side[EDIT_WORDS];
    *e = (mg_edit){.act = MG_ACT_PUT, .site = {.kind = -1, .target = -1}};
    snprintf(words, sizeof words, "%s", s);
    const int number = edit_take_number(words);
    const char *name = original + (strlen(s) - strlen(words));
    const size_t k = strcspn(words, " -");
    snprintf(side, sizeof side, "%.*s", (int)k, words);
    if (!words[k] || !edit_is_one(side, k, "ortho|meta|para") || !mg_site_read(side, &e->site))
        return false;
    for (size_t i = 0; i < MG_COUNT(rings); i++)
        if (edit_ends(words, rings[i])) words[strlen(words) - strlen(rings[i])] = 0;
    if (number > 1) e->site.times = number;
    if (!mg_edit_group(words + k + 1)) return false;
    return edit_set_what(e, name + k + 1, strlen(words + k + 1));
}

/* "4", "7alpha", "5,7,4'" at s; characters, *n: how many. */
static size_t prefix_places(const char *s, int *n) {
    size_t k = 0;
    for (*n = 0;; k++) {
        const size_t digits = strspn(s + k, "0123456789");
        if (!digits || digits > 2) return *n = 0, 0;
        k += digits;
        while (s[k] == '\'') k++;
        if (edit_begins(s + k, "alpha")) k += 5;
        if (edit_begins(s + k, "beta")) k += 4;
        ++*n;
        if (s[k] != ',') return k;
    }
}

/* "4-ethyl", "5,7-dihydroxy", "3-(4-methoxyphenyl)", "a 7-methyl". */
static bool read_prefixed(const char *s, const char *original, mg_edit *e) {
    char words[EDIT_WORDS];
    *e = (mg_edit){.act = MG_ACT_PUT, .site = {.kind = -1, .target = -1}};
    snprintf(words, sizeof words, "%s", s);
    edit_take_number(words);
    const char *name = original + (strlen(s) - strlen(words));
    int places = 0;
    size_t k = prefix_places(words, &places);
    if (edit_ends(words, " group")) words[strlen(words) - 6] = 0;
    if (edit_ends(words, " substituent")) words[strlen(words) - 12] = 0;
    if (!places || k >= MG_EDIT_LOCANT || !words[k] || !strchr("- ", words[k]) ||
        strchr(words + k + 1, ' '))
        return false;
    snprintf(e->site.locant, MG_EDIT_LOCANT, "%.*s", (int)k, words);
    static const char *const many[] = {"di", "tri", "tetra", "penta"};
    if (places > 1) { /* "5,7-dihydroxy" */
        if (places > 5 || !edit_begins(words + k + 1, many[places - 2])) return false;
        e->site.times = places;
        k += strlen(many[places - 2]);
    }
    return edit_set_what(e, name + k + 1, strlen(words + k + 1));
}

/* "the phenol as its methyl ether", "the acid as the ethyl ester". */
static bool read_as(const char *s, mg_edit *e) {
    static const char *const links[] = {" as the ", " as its ", " as a ", " as an "};
    char place[EDIT_WORDS], group[EDIT_WORDS];
    *e = (mg_edit){.act = MG_ACT_PUT, .site = {.kind = -1, .target = -1}};
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const char *at = strstr(s, links[i]);
        if (!at) continue;
        snprintf(place, sizeof place, "%.*s", (int)(at - s), s);
        snprintf(group, sizeof group, "%s", at + strlen(links[i]));
        const bool ester = edit_ends(group, " ester");
        if (!ester && !edit_ends(group, " ether")) return false;
        group[strlen(group) - 6] = 0;
        if (strchr(group, ' ') || !mg_edit_group(group) || !set_site(e, place)) return false;
        return e->site.kind >= 0 && (e->site.kind == SITE_CARBOXY) == ester &&
               edit_set_what(e, group, strlen(group));
    }
    return false;
}

/* "both OHs acetylated", "the gamma carboxyl amidated with taurine". */
static bool read_place_first(const char *s, const char *original, mg_edit *e) {
    const char *with = strstr(s, " with "), *by = strstr(s, " by ");
    if (!with) with = by;
    const char *end = with ? with : s + strlen(s), *verb = end;
    char place[EDIT_WORDS], word[EDIT_WORDS];
    bool needs, carbon;
    while (verb > s && verb[-1] != ' ') verb--;
    if (verb == s) return false;
    snprintf(place, sizeof place, "%.*s", (int)(verb - s) - 1, s);
    snprintf(word, sizeof word, "%.*s", (int)(end - verb), verb);
    *e = (mg_edit){.site = {.kind = -1, .target = -1}};
    if (verb_at(word, e, &needs, &carbon) != strlen(word) || needs != (with != NULL)) return false;
    static const char *const tails[] = {" is", " are", " also", " each"};
    for (size_t i = 0; i < MG_COUNT(tails); i++)
        if (edit_ends(place, tails[i])) place[strlen(place) - strlen(tails[i])] = 0;
    if (with && !edit_set_what(e, original + (with - s) + 2 + (*(with + 1) == 'w' ? 4 : 2),
                               strlen(with + 2 + (with[1] == 'w' ? 4 : 2))))
        return false;
    if (!set_site(e, place)) return false;
    return carbon ? e->site.kind < 0 && (e->site.relative || *e->site.locant) : !e->site.relative;
}

/* ---- the ends of peptides, words that change nothing ---- */

static bool read_end(const char *s, mg_edit *e) {
    static const struct {
        const char *words, *what;
    } table[] = {
        {"with its c-terminus amidated|with its c-terminus as the amide|c-terminal amide|as the "
         "c-terminal amide|c-terminally amidated|c-terminus amidated|as "
         "its c-terminal amide|amidated at the c-terminus|with a c-terminal amide|c-terminal "
         "carboxamide|as a c-terminal amide|with the c-terminus amidated|with the c-terminus as "
         "the amide|primary amide at the c-terminus|with an amide c-terminus",
         "-NH2"},
        {"n-terminally acetylated|acetylated at the n-terminus|n-terminus acetylated|with an "
         "n-terminal acetyl|with the n-terminus acetylated|n-terminal acetyl|"
         "acetylated on the n-terminus",
         "Ac-"},
        {"n-terminal boc|boc at the n-terminus|boc-protected at the n-terminus|with an n-terminal "
         "boc|n-terminus boc-protected",
         "Boc-"},
        {"c-terminal methyl ester|as the methyl ester at the c-terminus|methyl ester at the "
         "c-terminus|as its c-terminal methyl ester|with a c-terminal methyl ester",
         "-OMe"}};
    *e = (mg_edit){.act = MG_ACT_END, .site = {.kind = -1, .target = -1}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (edit_is_one(s, strlen(s), table[i].words))
            return edit_set_what(e, table[i].what, strlen(table[i].what));
    return false;
}

static bool read_nothing(const char *s, mg_edit *e) {
    static const char
        nothing[] =
            "anhydrous|as the free acid|free acid|as the free base|free base|neutral|neutral form|"
            "in its neutral form|as the neutral molecule|uncharged|all l|all-l|all natural|l|all "
            "l-configured",
        flat[] = "racemic|as the racemate|racemate|as a racemate|no stereo given|no stereo|"
                 "without stereo|stereo not given|stereo unspecified|no stereochemistry given|"
                 "stereochemistry not specified|stereo not specified|unspecified stereo|"
                 "no defined stereo|without defined stereo|undefined stereo|stereo undefined";
    const bool same = edit_is_one(s, strlen(s), nothing);
    *e = (mg_edit){.act = same ? MG_ACT_NOTHING : MG_ACT_FLAT, .site = {.kind = -1, .target = -1}};
    if (same && (strstr(s, "neutral") || strstr(s, "uncharged")))
        snprintf(e->what, sizeof e->what, "neutral");
    if (same && strstr(s, "free ")) snprintf(e->what, sizeof e->what, "free");
    if (same && (*s == 'l' || edit_begins(s, "all"))) snprintf(e->what, sizeof e->what, "L");
    return same || edit_is_one(s, strlen(s), flat);
}

/* "hydroxy", "chloro", "prenyl", "acetyl": what a name has in front of it. */
static bool is_known_prefix(const char *what) {
    const char last = what[strlen(what) - 1];
    return mg_edit_group(what) &&
           (last == 'y' || last == 'l' || (last == 'o' && !edit_ends(what, "phospho")));
}

bool mg_edit_read(const char *clause, mg_edit *out) {
    static const char *const fronts[] = {"and ",   "which is ",      "that is ",        "is ",
                                         "also ",  "that has been ", "which has been ", "then ",
                                         "singly "};
    char s[EDIT_WORDS];
    while (*clause && strchr(" ,", *clause)) clause++;
    if (!edit_fold(clause, s) || !*s) return false;
    const size_t whole = strlen(s);
    while (edit_take(s, fronts, MG_COUNT(fronts)))
        ;
    if (strstr(clause, "  ")) return false;
    const char *own = clause + (whole - strlen(s)); /* the same in its own letters */
    if (read_nothing(s, out) || read_end(s, out) || read_charge(s, out)) return true;
    const size_t all = strlen(s); /* "(Cl instead of F)" */
    if (*s == '(' && s[all - 1] == ')' && strcspn(s + 1, "()") == all - 2) {
        char own_words[EDIT_WORDS];
        snprintf(own_words, sizeof own_words, "%.*s", (int)all - 2, own + 1);
        return mg_edit_read(own_words, out) &&
               (out->act == MG_ACT_REPLACE || out->act == MG_ACT_REMOVE || out->act == MG_ACT_TURN);
    }
    char inner[EDIT_WORDS];
    snprintf(inner, sizeof inner, "%s", s);
    const bool linked = edit_take(inner, LINKS, MG_COUNT(LINKS));
    const char *name = own + (strlen(s) - strlen(inner));
    if (read_protons(inner, out)) return true;
    if (edit_read_replaced(inner, name, out) || edit_read_other_ester(s, out)) return true;
    if (edit_read_turned(inner, out)) return true;
    if (edit_read_lost(s, out) || read_as(inner, out)) return true;
    if (edit_read_removed(inner, out) || edit_read_removed(s, out)) return true;
    if (read_verb(s, own, out)) return true;
    if (read_place_first(inner, name, out)) return true;
    if (read_side(inner, name, out)) return linked || is_known_prefix(out->what);
    if (read_placed(inner, name, out)) return true;
    if (!read_prefixed(inner, name, out)) return false;
    return linked || is_known_prefix(out->what); /* "flavan, 4-hydroxy" */
}
