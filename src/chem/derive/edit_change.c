/* edit_change.c - clauses and words that take something off a molecule or turn it into another:
 *
 *   without its GROUP | with the GROUP removed | N-demethylated | desmethyl, dechloro
 *   the GROUP replaced by GROUP | GROUP in place of the GROUP | GROUP for GROUP
 *   [GROUP] oxidised | reduced | hydrolysed | converted [to KIND]
 *   hydrogenated, dihydro, epoxidised, deglycosylated
 */
#include "chem/derive/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool edit_ends(const char *s, const char *what) {
    const size_t n = strlen(s), k = strlen(what);
    return n > k && !strcmp(s + n - k, what);
}

void edit_cut(char *s, size_t n) { memmove(s, s + n, strlen(s + n) + 1); }

bool edit_take(char *s, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (edit_begins(s, list[i])) {
            edit_cut(s, strlen(list[i]));
            return true;
        }
    return false;
}

bool edit_set_what(mg_edit *e, const char *what, size_t n) {
    while (n && *what == ' ') what++, n--;
    while (n && strchr(" ,", what[n - 1])) n--;
    if (!n || n >= MG_EDIT_WHAT) return false;
    int depth = 0; /* "(4-methoxyphenyl)" */
    for (size_t i = 0; i < n && *what == '('; i++) {
        depth += (what[i] == '(') - (what[i] == ')');
        if (depth || i + 1 < n) {
            if (!depth) break;
            continue;
        }
        what++, n -= 2;
        break;
    }
    if (memmem(what, n, ", ", 2) || memmem(what, n, " and ", 5)) return false;
    memcpy(e->what, what, n);
    e->what[n] = 0;
    return true;
}

/* "two", "a" in front of a group; how many; 0: not said. */
int edit_take_number(char *s) {
    static const struct {
        const char *word;
        int number;
    } words[] = {{"an extra ", 1},     {"an additional ", 1},
                 {"an exocyclic ", 1}, {"a further ", 1},
                 {"a single ", 1},     {"a ", 1},
                 {"an ", 1},           {"one ", 1},
                 {"two ", 2},          {"three ", 3},
                 {"the ", 0},          {"extra ", 0},
                 {"another ", 1},      {"its ", 0}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (edit_begins(s, words[i].word)) {
            edit_cut(s, strlen(words[i].word));
            return words[i].number;
        }
    return 0;
}

static void drop_end(char *s, const char *const *ends, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (edit_ends(s, ends[i])) s[strlen(s) - strlen(ends[i])] = 0;
}

static void drop_kind(char *s) {
    static const char *const kinds[] = {" groups", " group", " substituents", " substituent",
                                        " atoms",  " atom",  " moiety",       " function"};
    drop_end(s, kinds, MG_COUNT(kinds));
}

/* Off the front: "the", "one of the", "both". How often: 0 of "the", 1 of "one". */
static int take_count(char *s) {
    static const struct {
        const char *word;
        int times;
    } words[] = {{"one of the ", 1},
                 {"one of its ", 1},
                 {"one ", 1},
                 {"both of the ", 2},
                 {"both the ", 2},
                 {"both its ", 2},
                 {"both ", 2},
                 {"two ", 2},
                 {"all the ", MG_EDIT_ALL},
                 {"all its ", MG_EDIT_ALL},
                 {"all ", MG_EDIT_ALL}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (edit_begins(s, words[i].word)) {
            edit_cut(s, strlen(words[i].word));
            return words[i].times;
        }
    edit_take_number(s);
    return 0;
}

/* "chlorines" of several. */
static void drop_plural(char *s, int times) {
    const size_t n = strlen(s);
    if (times > 1 && n > 3 && s[n - 1] == 's' && s[n - 2] != 's') s[n - 1] = 0;
}

/* ---- what is lost ---- */

bool edit_read_lost(const char *s, mg_edit *e) {
    static const struct {
        const char *words, *what;
    } table[] = {
        {"n-demethylated|demethylated on nitrogen|n-desmethylated|demethylated at nitrogen|"
         "demethylated on the nitrogen|n-desmethyl|n-demethyl",
         "n-methyl"},
        {"o-demethylated|demethylated on oxygen|demethylated at oxygen|o-desmethyl|o-demethyl",
         "o-methyl"},
        {"s-demethylated|s-desmethyl|s-demethyl", "s-methyl"},
        {"demethylated|desmethyl|demethyl|des-methyl", "hetero methyl"},
        {"n,n-didesmethyl|didesmethyl|n,n-didemethyl|didemethyl|n,n-didemethylated|di-desmethyl|"
         "bis-desmethyl|bisdesmethyl|n,n-bisdesmethyl",
         "n-methyls"},
        {"n-deethylated|n-dealkylated by one ethyl|deethylated on nitrogen|n-desethyl|n-deethyl|"
         "desethyl|deethyl|deethylated",
         "n-ethyl"},
        {"o-deethylated|o-desethyl|o-deethyl", "o-ethyl"},
        {"n-desisopropyl|n-deisopropyl|desisopropyl|deisopropyl", "n-isopropyl"},
        {"deacetylated|o-deacetylated|deacetyl|desacetyl|des-acetyl|o-deacetyl|o-desacetyl",
         "acetyl"},
        {"n-deacetylated|n-deacetyl|n-desacetyl", "n-acetyl"},
        {"debenzoylated|debenzoyl|desbenzoyl", "benzoyl"},
        {"n-debenzylated|n-debenzyl|n-desbenzyl", "n-benzyl"},
        {"o-debenzylated|o-debenzyl|o-desbenzyl", "o-benzyl"},
        {"boc-deprotected|de-boc|n-deboc", "boc"},
        {"cbz-deprotected", "cbz"},
        {"dechlorinated|dechloro|deschloro|des-chloro|de-chloro", "chlorine"},
        {"debrominated|debromo|desbromo|des-bromo|de-bromo", "bromine"},
        {"defluorinated|defluoro|desfluoro|des-fluoro|de-fluoro", "fluorine"},
        {"deiodinated|deiodo|desiodo|des-iodo|de-iodo", "iodine"},
        {"dehalogenated|dehalo", "halogen"},
        {"denitrated|denitro|desnitro|des-nitro", "nitro"},
        {"deamino|desamino|des-amino|de-amino", "amino"},
        {"decyano|descyano|des-cyano|de-cyano", "cyano"},
        {"demethoxylated|demethoxy|desmethoxy|des-methoxy|de-methoxy", "methoxy"},
        {"dehydroxylated|dehydroxy|deshydroxy|deoxy|desoxy|deoxygenated", "hydroxy"},
        {"desulfated|desulphated", "sulfate"},
        {"dephosphorylated|dephospho", "phosphate"},
        {"decarboxylated|decarboxy|descarboxy|des-carboxy", "carboxyl"}};
    *e = (mg_edit){.act = MG_ACT_REMOVE, .site = {.kind = -1, .target = -1}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (edit_is_one(s, strlen(s), table[i].words)) {
            if (strstr(table[i].what, "ethyl")) e->site.times = 1; /* its twin stays */
            if (!strcmp(table[i].what, "n-methyls")) {
                e->site.times = 2;
                return edit_set_what(e, "n-methyl", 8);
            }
            return edit_set_what(e, table[i].what, strlen(table[i].what));
        }
    return false;
}

/* What water takes off. */
static bool is_hydrolysed(const char *what) {
    return edit_ends(what, "ester") || !strcmp(what, "ester") ||
           edit_is_one(what, strlen(what),
                       "acetyl|o-acetyl|n-acetyl|acetate|benzoyl|o-benzoyl|benzoate|sulfate|"
                       "phosphate|boc|n-boc");
}

/* "the 7-methyl gone", "without the n-methyl". */
bool edit_read_removed(const char *s, mg_edit *e) {
    static const char *const links[] = {"without ",        "lacking ",     "minus ",
                                        "less ",           "stripped of ", "that has lost ",
                                        "which has lost ", "having lost ", "missing ",
                                        "that lacks ",     "which lacks ", "devoid of "},
                             *const verbs[] = {" hydrolysed to the acid",
                                               " hydrolyzed to the acid",
                                               " hydrolysed to an acid",
                                               " hydrolyzed to an acid",
                                               " hydrolysed to the free acid",
                                               " hydrolyzed to the free acid",
                                               " saponified to the acid",
                                               " hydrolysed off",
                                               " hydrolyzed off",
                                               " hydrolysed",
                                               " hydrolyzed",
                                               " saponified",
                                               " gone",
                                               " removed",
                                               " taken off",
                                               " taken away",
                                               " missing",
                                               " absent",
                                               " deleted",
                                               " omitted",
                                               " cleaved off",
                                               " cleaved",
                                               " stripped off",
                                               " lost"};
    char words[EDIT_WORDS];
    *e = (mg_edit){.act = MG_ACT_REMOVE, .site = {.kind = -1, .target = -1}};
    snprintf(words, sizeof words, "%s", s);
    bool known = edit_take(words, links, MG_COUNT(links)), water = false;
    for (size_t i = 0; i < MG_COUNT(verbs) && !known; i++)
        if (edit_ends(words, verbs[i])) {
            words[strlen(words) - strlen(verbs[i])] = 0;
            known = true;
            water = i < 11;
        }
    if (!known) return false;
    e->site.times = take_count(words);
    drop_kind(words);
    drop_plural(words, e->site.times);
    if (water && !is_hydrolysed(words)) return false;
    const size_t n = strspn(words, "0123456789");
    if (n && words[n] == '-' && n < 3) {
        snprintf(e->site.locant, MG_EDIT_LOCANT, "%.*s", (int)n, words);
        edit_cut(words, n + 1);
    }
    return edit_set_what(e, words, strlen(words));
}

/* ---- what stands in the place of another ---- */

/* "an n-ethyl" in the place of "n-methyl", "ethyl ester" of "methyl ester": the group alone. */
static void drop_likeness(const char *old, char *new) {
    if (strlen(old) > 2 && old[1] == '-' && strchr("nos", *old) && edit_begins(new, "")) {
        const char own[3] = {*old, '-', 0}, big[3] = {(char)(*old - 'a' + 'A'), '-', 0};
        if (edit_begins(new, own) || edit_begins(new, big)) edit_cut(new, 2);
    }
    if (edit_ends(old, " ester") && edit_ends(new, " ester")) new[strlen(new) - 6] = 0;
}

/* "the chlorine replaced by fluorine", "benzoate in place of its acetate", "OH swapped for F". */
bool edit_read_replaced(const char *s, const char *original, mg_edit *e) {
    static const struct {
        const char *words;
        bool turned; /* what is new stands first */
    } links[] = {
        {" replaced by ", false},   {" replaced with ", false},  {" swapped for ", false},
        {" exchanged for ", false}, {" changed to ", false},     {" changed into ", false},
        {" swapped to ", false},    {" substituted by ", false}, {" substituted with ", false},
        {" in place of ", true},    {" in the place of ", true}, {" instead of ", true},
        {" rather than ", true},    {" replacing ", true},       {" for ", true}};
    static const char *const verbs[] = {" is",  " has been",  " is being",
                                        " was", " have been", " are"};
    *e = (mg_edit){.act = MG_ACT_REPLACE, .site = {.kind = -1, .target = -1}};
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const char *at = strstr(s, links[i].words);
        if (!at || at == s) continue;
        const char *second = at + strlen(links[i].words);
        char before[EDIT_WORDS], after[EDIT_WORDS];
        snprintf(before, sizeof before, "%.*s", (int)(at - s), links[i].turned ? original : s);
        snprintf(after, sizeof after, "%s", links[i].turned ? second : original + (second - s));
        char *old = links[i].turned ? after : before, *new = links[i].turned ? before : after;
        drop_end(old, verbs, MG_COUNT(verbs));
        if (edit_begins(new, "as ")) edit_cut(new, 3);
        e->site.times = take_count(old);
        const int number = edit_take_number(new);
        if (number > 1 && number != e->site.times) return false;
        drop_kind(old);
        drop_kind(new);
        drop_plural(old, e->site.times);
        drop_plural(new, e->site.times);
        if (strlen(old) >= sizeof e->old || strstr(old, "hydrogen") ||
            (strpbrk(old, "0123456789") && !mg_edit_group(old))) /* "nh2" */
            return false;
        if (i + 1 == MG_COUNT(links) && (!mg_edit_group(old) || !mg_edit_group(new)))
            return false; /* "for pain" */
        drop_likeness(old, new);
        snprintf(e->old, sizeof e->old, "%.*s", (int)sizeof e->old - 1, old);
        return edit_set_what(e, new, strlen(new));
    }
    return false;
}

/* "but the ethyl ester": of another ester. */
bool edit_read_other_ester(const char *s, mg_edit *e) {
    static const char *const fronts[] = {"but the ",   "but an ",      "but a ",   "but as the ",
                                         "but as an ", "but with an ", "but as a "};
    char words[EDIT_WORDS];
    *e = (mg_edit){.act = MG_ACT_REPLACE, .site = {.kind = -1, .target = -1}, .old = "ester"};
    snprintf(words, sizeof words, "%s", s);
    if (!edit_take(words, fronts, MG_COUNT(fronts)) || !edit_ends(words, " ester")) return false;
    words[strlen(words) - 6] = 0;
    return mg_edit_group(words) && edit_set_what(e, words, strlen(words));
}

/* ---- what becomes another ---- */

static const struct {
    const char *word, *verb;
} TURNED[] = {{"oxidised", "oxidi"},   {"oxidized", "oxidi"},   {"reduced", "reduc"},
              {"dehydrated", "dehyd"}, {"hydrolysed", "hydro"}, {"hydrolyzed", "hydro"},
              {"converted", "conve"},  {"turned", "conve"},     {"transformed", "conve"},
              {"epoxidised", "epoxi"}, {"epoxidized", "epoxi"}, {"hydrogenated", "satur"},
              {"saturated", "satur"},  {"opened", "opene"}};

#define DOUBLE_BOND \
    "double bond|alkene|olefin|c=c|carbon-carbon double bond|c=c double bond|c=c bond"

/* The last " VERB" of s, at its end or before " to"; its row, -1: none. */
static int turned_at(const char *s, const char **at, const char **to) {
    static const char *const links[] = {" all the way to ", " back to ", " to ", " into "};
    for (int i = 0; i < (int)MG_COUNT(TURNED); i++) {
        const char *verb = strstr(s, TURNED[i].word);
        if (!verb || (verb > s && verb[-1] != ' ')) continue;
        const char *behind = verb + strlen(TURNED[i].word);
        *at = verb;
        if (!*behind) return *to = "", i;
        for (size_t k = 0; k < MG_COUNT(links); k++)
            if (edit_begins(behind, links[k])) return *to = behind + strlen(links[k]), i;
    }
    return -1;
}

/* "oxidised to the sulfone", "the nitro group reduced to the amine", "fully saturated". */
bool edit_read_turned(const char *s, mg_edit *e) {
    static const char saturated[] = "saturated|with all double bonds saturated",
                      hydrogenated[] = "hydrogenated",
                      fully[] = "fully saturated|fully hydrogenated|perhydrogenated";
    static const char *const verbs[] = {
        " is",   " has been",  " are",         " also",          " was",
        " each", " have been", " selectively", " catalytically", " "};
    char from[EDIT_WORDS];
    const char *at, *to;
    *e = (mg_edit){.act = MG_ACT_TURN, .site = {.kind = -1, .target = -1}};
    if (edit_is_one(s, strlen(s), saturated)) return edit_set_what(e, "saturated", 9);
    if (edit_is_one(s, strlen(s), hydrogenated)) return edit_set_what(e, "hydrogenated", 12);
    if (edit_is_one(s, strlen(s), fully)) return edit_set_what(e, "fully saturated", 15);
    const int row = turned_at(s, &at, &to);
    if (row < 0) return false;
    snprintf(from, sizeof from, "%.*s", (int)(at - s), s);
    drop_end(from, verbs, MG_COUNT(verbs));
    drop_end(from, verbs, MG_COUNT(verbs));
    e->site.times = take_count(from);
    drop_kind(from);
    drop_plural(from, e->site.times);
    const char *verb = TURNED[row].verb;
    const bool doubly = edit_is_one(from, strlen(from), DOUBLE_BOND);
    if (!*to && doubly && (!strcmp(verb, "satur") || !strcmp(verb, "reduc")))
        return edit_set_what(e, "double bond", 11);
    if (!strcmp(verb, "satur")) return false;
    if (!strcmp(verb, "hydro") && edit_begins(from, "lactone")) verb = "opene";
    if (!strcmp(verb, "hydro") && (edit_ends(from, "ester") || edit_ends(from, "acetate") || !*to))
        return false; /* it is removed */
    if (!*from && !*to && strcmp(verb, "epoxi") != 0) return false;
    if (!*from && !strcmp(verb, "epoxi")) snprintf(from, sizeof from, "double bond");
    if (strlen(from) >= sizeof e->from) return false;
    snprintf(e->from, sizeof e->from, "%.*s", (int)sizeof e->from - 1, from);
    snprintf(e->old, sizeof e->old, "%s", verb);
    snprintf(from, sizeof from, "%s", to);
    take_count(from);
    drop_kind(from);
    drop_plural(from, e->site.times);
    if (edit_begins(from, "corresponding ")) edit_cut(from, 14);
    return !*from || edit_set_what(e, from, strlen(from));
}

/* ---- words before a name ---- */

bool mg_edit_head(const char *words, mg_edit *out) {
    static const struct {
        const char *words, *old, *from, *what;
    } table[] = {{"nitro-reduced|nitro reduced", "reduc", "nitro", ""},
                 {"keto-reduced|ketone-reduced", "reduc", "ketone", ""},
                 {"epoxidised|epoxidized", "epoxi", "double bond", ""},
                 {"dihydro", "", "", "dihydro"},
                 {"hydrogenated", "", "", "hydrogenated"},
                 {"ring-opened|lactone-opened", "opene", "lactone", ""},
                 {"deglycosylated|de-glycosylated", "", "", "aglycone"}};
    char s[EDIT_WORDS];
    if (!edit_fold(words, s)) return false;
    if (edit_read_lost(s, out)) return true;
    *out = (mg_edit){.act = MG_ACT_TURN, .site = {.kind = -1, .target = -1}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (edit_is_one(s, strlen(s), table[i].words)) {
            snprintf(out->old, sizeof out->old, "%s", table[i].old);
            snprintf(out->from, sizeof out->from, "%s", table[i].from);
            snprintf(out->what, sizeof out->what, "%s", table[i].what);
            return true;
        }
    return false;
}
