/* lipid_phrase.c - what texts say of lipids, as the name that says the same:
 *
 *   phosphatidylcholine 36:2 in which the acyl groups specified at positions 1 and 2 are oleoyl and
 *     linoleoyl respectively             1-oleoyl-2-linoleoyl-sn-glycero-3-phosphocholine
 *   n-acylsphingosine in which the n-acyl group is specified as octadecanoyl (stearoyl)
 *   o-acylcarnitine having (2e)-octenoyl as the acyl substituent
 *   triacylglycerol with three palmitic acids
 *   phosphatidylserine with stearoyl at sn-1 and oleoyl at sn-2
 *
 *   class     a name with slots: "1,2-diacyl-sn-glycerol", "ceramide"
 *   clause    subject trigger list | list "as" subject | item "at" place {and item "at" place}
 *
 * A slot is a place (1, 2, 3, n, o, b for a base) and a kind of group. Every slot must be filled
 * and every item used. Charges are in lipid_charge.c.
 */
#include "chem/nomenclature/lipid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 6, ITEM = 200, TEMPLATE = 400 };

typedef struct item {
    char s[ITEM];
    char other[ITEM]; /* its other name, "" */
} item;

typedef struct slots {
    int n;
    char place[SLOTS]; /* 'p': to be said, else 1; 'q': to be said */
    char said[SLOTS];  /* the place of these, 0 */
    char kind[SLOTS];  /* 'a' acyl, 'k' alkyl, 'e' alkenyl, 'x' either of these, 'b' base */
    bool full[SLOTS];
    item item[SLOTS];
} slots;

static bool begins(const char *s, const char *what) { return !strncmp(s, what, strlen(what)); }

static void cut_out(char *s, const char *what) {
    char *at = strstr(s, what);
    if (at) memmove(at, at + strlen(what), strlen(at + strlen(what)) + 1);
}

/* ---- classes ---- */

/* "@1" is a slot: an acyl group unless a letter k, e, b follows: "@1k". */
static const char *const CLASSES[][2] = {
    {"phosphatidylcholine", "1-@1a-2-@2a-sn-glycero-3-phosphocholine"},
    {"phosphatidylethanolamine", "1-@1a-2-@2a-sn-glycero-3-phosphoethanolamine"},
    {"phosphatidylserine", "1-@1a-2-@2a-sn-glycero-3-phospho-l-serine"},
    {"3-sn-phosphatidyl-l-serine", "1-@1a-2-@2a-sn-glycero-3-phospho-l-serine"},
    {"3-sn-phosphatidyl l-serine", "1-@1a-2-@2a-sn-glycero-3-phospho-l-serine"},
    {"phosphatidyl-l-serine", "1-@1a-2-@2a-sn-glycero-3-phospho-l-serine"},
    {"phosphatidylglycerol", "1-@1a-2-@2a-sn-glycero-3-phosphoglycerol"},
    {"phosphatidylinositol", "1-@1a-2-@2a-sn-glycero-3-phospho-1d-myo-inositol"},
    {"phosphatidic acid", "1-@1a-2-@2a-sn-glycero-3-phosphate"},
    {"n-acylphosphatidylethanolamine", "n-@na-1-@1a-2-@2a-sn-glycero-3-phosphoethanolamine"},
    {"n-acyllysophosphatidylethanolamine", "n-@na-1-@oa-sn-glycero-3-phosphoethanolamine"},
    {"lysophosphatidylcholine", "@pa-sn-glycero-3-phosphocholine"},
    {"lysophosphatidylethanolamine", "@pa-sn-glycero-3-phosphoethanolamine"},
    {"lysophosphatidic acid", "@pa-sn-glycero-3-phosphate"},
    {"lysophosphatidylserine", "@pa-sn-glycero-3-phospho-l-serine"},
    {"lysophosphatidylinositol", "@pa-sn-glycero-3-phospho-1d-myo-inositol"},
    {"phosphatidylethanol", "1-@1a-2-@2a-sn-glycero-3-phosphoethanol"},
    {"1-monoglyceride", "1-@1a-glycerol"},
    {"2-monoglyceride", "2-@2a-glycerol"},
    {"monoacylglycerol", "@qa-sn-glycerol"},
    {"acylcarnitine", "o-@oacarnitine"},
    {"cdp-diacylglycerol", "cdp-1-@1a-2-@2a-sn-glycerol"},
    {"triacylglycerol", "1-@1a-2-@2a-3-@3a-sn-glycerol"},
    {"triglyceride", "1-@1a-2-@2a-3-@3a-glycerol"},
    {"triacyl-sn-glycerol", "1-@1a-2-@2a-3-@3a-sn-glycerol"},
    {"diacylglycerol", "1-@1a-2-@2a-sn-glycerol"},
    {"1,2-diglyceride", "1-@1a-2-@2a-glycerol"},
    {"1,3-diglyceride", "1-@1a-3-@3a-glycerol"},
    {"ceramide", "n-@nasphingosine"},
    {"n-acylceramide", "n-@nasphingosine"},
    {"dihydroceramide", "n-@nasphinganine"},
    {"phytoceramide", "n-@na-4-hydroxysphinganine"},
    {"sphingomyelin", "n-@nasphingosine-1-phosphocholine"},
    {"sphingomyelin d18:1", "n-@nasphingosine-1-phosphocholine"},
    {"ceramide 1-phosphate", "n-@nasphingosine 1-phosphate"},
    {"ceramide phosphoethanolamine", "n-@na-@bb-1-phosphoethanolamine"},
    {"beta-d-glucosylceramide", "beta-d-glucosyl-(1<->1')-n-@nasphingosine"},
    {"glucosylceramide", "beta-d-glucosyl-(1<->1')-n-@nasphingosine"},
    {"beta-d-galactosylceramide", "beta-d-galactosyl-(1<->1')-n-@nasphingosine"},
    {"1-o-acyl-n-acylsphingosine", "1-o-@oa-n-@nasphingosine"},
    {"cardiolipin", "tetra@aacardiolipin"},
    {"galactosylceramide sulfate", "1-(3-o-sulfo-beta-d-galactosyl)-n-@nasphingosine"}};

/* Words inside of a class that are slots. */
static const char *const WORDS[][2] = {{"1,2-diacyl", "1-@1a-2-@2a"},
                                       {"2,3-diacyl", "2-@2a-3-@3a"},
                                       {"1,3-diacyl", "1-@1a-3-@3a"},
                                       {"1-o-acyl", "1-@1a"},
                                       {"1-acyl", "1-@1a"},
                                       {"2-acyl", "2-@2a"},
                                       {"3-acyl", "3-@3a"},
                                       {"1-alkyl", "1-@1k"},
                                       {"1-o-alkyl", "1-@1k"},
                                       {"1-(alk-1-enyl)", "1-@1e"},
                                       {"1-(alk-1z-enyl)", "1-@1e"},
                                       {"1-(z)-alk-1-enyl", "1-@1e"},
                                       {"1-[(z)-alk-1-enyl]", "1-@1e"},
                                       {"1-(1z-alkenyl)", "1-@1e"},
                                       {"n-acyl", "n-@na"},
                                       {"o-acyl", "o-@oa"}};

/* " 36:2", " o-38:6", " (38:2)" behind a class; true: an ether. */
static bool drop_total(char *class) {
    char *at = strrchr(class, ' ');
    if (!at) return false;
    const char *s = at + 1;
    s += *s == '(';
    const bool ether = begins(s, "o-") || begins(s, "p-");
    s += ether ? 2 : 0;
    const size_t a = strspn(s, "0123456789");
    if (!a || s[a] != ':') return false;
    const size_t b = strspn(s + a + 1, "0123456789");
    if (!b || strspn(s + a + 1 + b, ")") != strlen(s + a + 1 + b)) return false;
    *at = 0;
    return ether;
}

static bool substitute(char *s, size_t room, const char *what, const char *with) {
    char *at = strstr(s, what);
    if (!at || (at > s && !strchr("-( ]", at[-1])) || strlen(s) + strlen(with) >= room)
        return false;
    memmove(at + strlen(with), at + strlen(what), strlen(at + strlen(what)) + 1);
    memcpy(at, with, strlen(with));
    return true;
}

/* The class as a name with slots, and its charge behind; false: it has none. */
static bool read_class(const char *words, char out[TEMPLATE], char charge[20], slots *slot) {
    char class[TEMPLATE];
    if (strlen(words) >= 150) return false;
    strcpy(class, words);
    *charge = 0;
    char *that = strstr(class, " that is ");
    if (that) *that = 0; /* "o-acyl-l-carnitine that is l-carnitine having ..." */
    if (name_ends_with(class, " compound")) class[strlen(class) - 9] = 0;
    if (name_ends_with(class, " zwitterion")) {
        strcpy(charge, " zwitterion");
        class[strlen(class) - 11] = 0;
    } else if (name_ends_with(class, "-)") && strlen(class) > 6 &&
               class[strlen(class) - 4] == '(') {
        strcpy(charge, class + strlen(class) - 4);
        class[strlen(class) - 4] = 0;
    }
    const bool ether = drop_total(class);
    *out = 0;
    for (size_t i = 0; i < MG_COUNT(CLASSES); i++)
        if (!strcmp(class, CLASSES[i][0])) strcpy(out, CLASSES[i][1]);
    if (!*out && begins(class, "1-phosphatidyl-1d-myo-inositol"))
        snprintf(out, TEMPLATE, "1-@1a-2-@2a-sn-glycero-3-phospho-1d-myo-inositol%.150s",
                 class + 30);
    if (!*out) {
        strcpy(out, class);
        for (size_t i = 0; i < MG_COUNT(WORDS); i++)
            substitute(out, TEMPLATE, WORDS[i][0], WORDS[i][1]);
    }
    const size_t n = strlen(class), k = sizeof "phosphatidylethanolamine" - 1;
    if (begins(class, "n-") && n > k + 6 && n < 150 &&
        !strcmp(class + n - k, "phosphatidylethanolamine") && !begins(class, "n-acyl"))
        snprintf(out, TEMPLATE, "%.*s-1-@1a-2-@2a-sn-glycero-3-phosphoethanolamine", (int)(n - k),
                 class);
    if (name_ends_with(class, "acyl-coa")) strcpy(out, "@sa-coa");
    slot->n = 0;
    for (const char *s = out; (s = strchr(s, '@')) != NULL; s++) {
        if (slot->n == SLOTS) return false;
        slot->place[slot->n] = s[1];
        slot->kind[slot->n++] = ether && s[1] == '1' ? 'x' : s[2];
    }
    return slot->n > 0;
}

/* ---- items ---- */

/* "stearoyl" of "octadecanoyl (stearoyl)". */
static void take_other(const char *s, char out[ITEM]) {
    int depth = 0;
    *out = 0;
    for (size_t i = 0; s[i]; i++) {
        if (strchr("([", s[i]) && !depth && i > 1 && s[i - 1] == ' ') {
            size_t n = 0;
            for (int open = 0; s[i + n]; n++) {
                open += strchr("([", s[i + n]) != NULL;
                open -= strchr(")]", s[i + n]) != NULL;
                if (!open) break;
            }
            if (s[i + n] && n > 4 && n < ITEM && (!s[i + n + 1] || s[i + n + 1] == ' '))
                snprintf(out, ITEM, "%.*s", (int)n - 1, s + i + 1);
            return;
        }
        depth += strchr("([", s[i]) != NULL;
        depth -= strchr(")]", s[i]) != NULL;
    }
}

/* "oleoyl, a and b respectively": items; 0: too many. */
static int split_items(const char *list, item out[SLOTS]) {
    int n = 0, depth = 0;
    size_t from = 0, i = 0;
    for (;; i++) {
        const char *s = list + i;
        depth += *s && strchr("([{", *s) ? 1 : 0;
        depth -= *s && strchr(")]}", *s) ? 1 : 0;
        const size_t cut = !*s                   ? 1
                           : depth               ? 0
                           : begins(s, ", and ") ? 6
                           : begins(s, " and ")  ? 5
                           : begins(s, ", ")     ? 2
                                                 : 0;
        if (!cut) continue;
        if (n == SLOTS || i - from >= ITEM) return 0;
        snprintf(out[n].s, ITEM, "%.*s", (int)(i - from), list + from);
        if (name_ends_with(out[n].s, "respectively")) out[n].s[strlen(out[n].s) - 12] = 0;
        take_other(out[n].s, out[n].other);
        lipid_clean_item(out[n].s);
        if (*out[n].s) n++;
        if (!*s) return n;
        i += cut - 1;
        from = i + 1;
    }
}

/* ---- subjects ---- */

typedef struct subject {
    char place[SLOTS], kind[SLOTS];
    int places, kinds;
    bool all, phosphatidyl;
} subject;

static void add_place(subject *to, char place) {
    if (to->places < SLOTS) to->place[to->places++] = place;
}

static void add_kind(subject *to, char kind) {
    if (to->kinds < SLOTS) to->kind[to->kinds++] = kind;
}

/* "the phosphatidyl acyl groups at positions 1 and 2"; false: it says something else. */
static bool read_subject(const char *s, subject *out) {
    static const char *const plain[] = {
        "the",         "which",        "that",        "derivative", "group",        "groups",
        "substituent", "substituents", "at",          "on",         "and",          "position",
        "positions",   "postions",     "specified",   "of",         "ceramide",     "variable",
        "is",          "are",          "as",          "chain",      "chains",       "fatty",
        "attached",    "to",           "sphingosine", "located",    "respectively", "in",
        "3-hydroxy",   "3-oxo"};
    *out = (subject){0};
    while (*s) {
        char w[40];
        const size_t n = strcspn(s, " ");
        if (n >= sizeof w) return false;
        memcpy(w, s, n);
        w[n] = 0;
        s += n + (s[n] == ' ');
        size_t k = n;
        if (k && w[k - 1] == ',') w[--k] = 0;
        const char *digit = begins(w, "sn-")                     ? w + 3
                            : begins(w, "c-") || begins(w, "o-") ? w + 2
                                                                 : w;
        bool known = !k;
        for (size_t i = 0; i < MG_COUNT(plain); i++) known |= !strcmp(w, plain[i]);
        if (known) continue;
        if (*digit >= '1' && *digit <= '3' &&
            (!digit[1] || !strcmp(digit + 1, "-") || !strcmp(digit + 1, "-acyl") ||
             !strcmp(digit + 1, "-alkyl") || !strcmp(digit + 1, "-o-acyl"))) {
            add_place(out, *digit);
            if (name_ends_with(w, "alkyl")) add_kind(out, 'k');
        } else if (!strcmp(w, "n-acyl") || !strcmp(w, "n-") || !strcmp(w, "nitrogen")) {
            add_place(out, 'n');
        } else if (!strcmp(w, "s-acyl")) {
            add_place(out, 's');
        } else if (!strcmp(w, "o-acyl") || !strcmp(w, "o-")) {
            add_place(out, 'o');
        } else if (!strcmp(w, "acyl")) {
            add_kind(out, 'a');
        } else if (!strcmp(w, "alkyl")) {
            add_kind(out, 'k');
        } else if (strstr(w, "alk-1") || !strcmp(w, "alkenyl") || !strcmp(w, "1z-alkenyl")) {
            add_kind(out, 'e');
        } else if (!strcmp(w, "base") || !strcmp(w, "sphingoid")) {
            if (*w == 'b') add_kind(out, 'b');
        } else if (!strcmp(w, "both") || !strcmp(w, "all") || !strcmp(w, "two") ||
                   !strcmp(w, "three") || !strcmp(w, "four") || !strcmp(w, "each")) {
            out->all = true;
        } else if (!strcmp(w, "phosphatidyl")) {
            out->phosphatidyl = true;
        } else {
            return false;
        }
    }
    return true;
}

static bool fill(slots *slot, int i, const item *what) {
    if (slot->full[i]) return false;
    slot->item[i] = *what;
    return slot->full[i] = true;
}

static int at_place(const slots *slot, char place) {
    for (int i = 0; i < slot->n; i++)
        if (slot->place[i] == place) return i;
    return -1;
}

static bool is_kind(char slot, char said) {
    return slot == said || (slot == 'x' && (said == 'k' || said == 'e'));
}

/* Items into the slots that the subject means. */
static bool assign(slots *slot, const subject *on, const item *items, int n) {
    int to[SLOTS], m = 0;
    if (on->places) {
        for (int k = 0; k < on->places; k++) {
            int i = at_place(slot, on->place[k]);
            if (i < 0 && slot->n == 1 && strchr("pq", slot->place[0]) && !slot->said[0])
                i = 0, slot->said[0] = on->place[k];
            if (i < 0) return false;
            to[m++] = i;
        }
    } else {
        bool several = false; /* kinds that tell slots apart */
        for (int k = 1; k < on->kinds; k++) several |= on->kind[k] != on->kind[0];
        for (int k = 0; k < (several ? on->kinds : 1); k++)
            for (int i = 0; i < slot->n && m < SLOTS; i++) {
                if (slot->full[i] || (on->phosphatidyl && slot->place[i] == 'n')) continue;
                if (on->kinds && !is_kind(slot->kind[i], on->kind[k])) continue;
                to[m++] = i;
            }
    }
    if (n == 1 && m > 1 && !on->all && on->places < 2) return false;
    if (n != m && n != 1) return false;
    for (int k = 0; k < m; k++)
        if (!fill(slot, to[k], &items[n == 1 ? 0 : k])) return false;
    return m > 0;
}

/* ---- clauses ---- */

/* "21 carbons and 0 double bonds [and is 2-hydroxylated]" as a group. */
static bool said_by_number(const char *s, item *out) {
    char stem[24];
    const int carbons = atoi(s);
    const char *rest = s + strspn(s, "0123456789");
    if (carbons < 2 || carbons > LIPID_LONGEST_CHAIN ||
        !begins(rest, " carbons and 0 double bonds"))
        return false;
    rest += strlen(" carbons and 0 double bonds");
    const bool hydroxy = !strcmp(rest, " and is 2-hydroxylated");
    if (*rest && !hydroxy) return false;
    lipid_stem(carbons, stem);
    snprintf(out->s, ITEM, "%s%sanoyl", hydroxy ? "2-hydroxy" : "", stem);
    return true;
}

/* "the acyl groups at positions 1 and 2 are specified as oleoyl and linoleoyl respectively". */
static bool subject_first(slots *slot, char *s) {
    static const char *const triggers[] = {" are both specified as ",
                                           " are specified as ",
                                           " is specified as ",
                                           " both specified as ",
                                           " are all specified as ",
                                           " specified as ",
                                           " are both ",
                                           " are all ",
                                           " is also ",
                                           " are ",
                                           " is ",
                                           " has "};
    char *first = NULL;
    const char *by = NULL;
    for (size_t i = 0; i < MG_COUNT(triggers); i++) {
        char *at = strstr(s, triggers[i]);
        if (at && (!first || at < first || (at == first && strlen(triggers[i]) > strlen(by))))
            first = at, by = triggers[i];
    }
    if (!first) return false;
    char *list = first + strlen(by);
    subject on;
    item items[SLOTS] = {0};
    *first = 0;
    char *located = strstr(list, " and is located at position ");
    char place = 0;
    if (located) {
        place = located[strlen(" and is located at position ")];
        *located = 0;
    }
    if (!read_subject(s, &on)) return false;
    if (place) add_place(&on, place);
    if (strstr(by, "both") || strstr(by, "all")) on.all = true;
    int n = 1;
    if (!strcmp(by, " has ")) {
        if (!said_by_number(list, &items[0])) return false;
    } else {
        n = split_items(list, items);
    }
    return n && assign(slot, &on, items, n);
}

/* "oleoyl as the acyl substituent", "stearoyl and oleoyl as 1- and 2-acyl groups". */
static bool subject_last(slots *slot, char *s) {
    static const char *const links[] = {" as the ", " as ", " form the ", " are the ", " is the "};
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        char *at = strstr(s, links[i]);
        subject on;
        item items[SLOTS] = {0};
        if (!at || !read_subject(at + strlen(links[i]), &on)) continue;
        if (!on.kinds && !on.places) continue;
        *at = 0;
        const int n = split_items(s, items);
        return n && assign(slot, &on, items, n);
    }
    return false;
}

/* Words of places from s on: "positions 1 and 3"; characters. */
static size_t places_at(const char *s, subject *on) {
    size_t end = 0;
    for (size_t i = 0; s[i];) {
        char w[TEMPLATE];
        subject one;
        const size_t n = i + strcspn(s + i, " ");
        if (n >= sizeof w) break;
        memcpy(w, s, n);
        w[n] = 0;
        if (!read_subject(w, &one)) break;
        if (!begins(s + i, "and") || n > i + 3) end = n, *on = one;
        i = n + (s[n] == ' ');
    }
    return end;
}

/* "palmitoyl at sn-1 and arachidonoyl at position 2", "oleoyl at positions 1 and 3", "palmitoyl and
 * oleoyl at sn-1 and sn-2 respectively". */
static bool item_at(slots *slot, char *s) {
    item list[SLOTS] = {0};
    for (const char *rest = s; *rest;) {
        const char *at = strstr(rest, " at ");
        subject on = {0};
        char before[TEMPLATE];
        const size_t n = at ? places_at(at + 4, &on) : 0;
        if (!n || (!on.places && !on.all)) return false;
        snprintf(before, sizeof before, "%.*s", (int)(at - rest), rest);
        const int m = split_items(before, list);
        if (!m || !assign(slot, &on, list, m)) return false;
        rest = at + 4 + n;
        rest += strspn(rest, " ,");
        if (begins(rest, "and ")) rest += 4;
    }
    return *s != 0;
}

/* "three palmitic acids", "two oleoyl chains", "an acyl group that is oleoyl"; of one slot
 * "palmitic acid". */
static bool counted(slots *slot, char *s) {
    static const char *const words[] = {"", "one ", "two ", "three ", "four "};
    item one = {0};
    const char *that = strstr(s, "acyl group that is ");
    if (that && that != s && !(that == s + 3 && begins(s, "an "))) return false;
    const bool four = slot->n == 1 && slot->place[0] == 'a'; /* cardiolipin */
    size_t from = 0;
    if (that) {
        from = (size_t)(that - s) + strlen("acyl group that is ");
    } else {
        int count = 0;
        for (int k = 1; k < 5; k++)
            if (begins(s, words[k])) count = k, from = strlen(words[k]);
        if (count ? count != (four ? 4 : slot->n) : four || slot->n != 1) return false;
    }
    if (strlen(s + from) >= ITEM) return false;
    snprintf(one.s, ITEM, "%s", s + from);
    lipid_clean_item(one.s);
    for (int i = 0; i < slot->n; i++)
        if (!fill(slot, i, &one)) return false;
    return !that || slot->n == 1;
}

static bool read_clause(slots *slot, const char *clause, char kind) {
    char s[TEMPLATE], whole[TEMPLATE];
    const slots before = *slot;
    if (strlen(clause) >= sizeof s) return false;
    strcpy(s, clause);
    cut_out(s, "the sulfo group is located at position 3 and ");
    cut_out(s, " and the hydroxy group at position 2 is unsubstituted");
    cut_out(s, " attached to the nitrogen atom");
    cut_out(s, " attached to the nitrogen");
    clause = strcpy(whole, s);
    if (kind == 'i') { /* "in which", "where" */
        if (subject_first(slot, s)) return true;
        *slot = before;
        strcpy(s, clause);
        return subject_last(slot, s);
    }
    if (subject_last(slot, s)) return true;
    *slot = before;
    strcpy(s, clause);
    if (item_at(slot, s)) return true;
    *slot = before;
    strcpy(s, clause);
    if (counted(slot, s)) return true;
    *slot = before;
    strcpy(s, clause);
    return strstr(s, "specified as") && subject_first(slot, s);
}

/* ---- the name ---- */

static void add_item(const char *what, mg_str *out) {
    const bool plain = !strpbrk(what, "0123456789([{,- ");
    mg_str_addf(out, "%s%s%s", plain ? "" : "[", what, plain ? "" : "]");
}

/* "palmityl" where an alkyl group stands. */
static void spell_alkyl(char *s) {
    static const char *const words[][2] = {{"palmityl", "hexadecyl"},
                                           {"stearyl", "octadecyl"},
                                           {"myristyl", "tetradecyl"},
                                           {"lauryl", "dodecyl"},
                                           {"arachidyl", "icosyl"}};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (!strcmp(s, words[i][0])) strcpy(s, words[i][1]);
}

/* Whether each group is one of its slot's kind. */
static bool fits(slots *slot, bool *failed) {
    for (int i = 0; i < slot->n; i++) {
        char *s = slot->item[i].s;
        const char *other = slot->item[i].other, kind = slot->kind[i];
        const char on = slot->place[i] == 'n' ? 'N' : slot->place[i] == 's' ? 'S' : 'O';
        const unsigned kinds = kind == 'a'   ? LIPID_ACYL
                               : kind == 'x' ? LIPID_ALKYL | LIPID_ALKENYL
                               : kind == 'k' ? LIPID_ALKYL
                                             : LIPID_ALKENYL;
        if (kind == 'b' || !slot->full[i]) continue;
        if (kind == 'k' || kind == 'x') spell_alkyl(s);
        char *piece = lipid_piece(s, strlen(s), on, kinds, failed);
        char *second = *other ? lipid_piece(other, strlen(other), on, kinds, failed) : NULL;
        const bool ok = (piece || second) && !(piece && second && strcmp(piece, second) != 0);
        if (ok && !piece) snprintf(s, ITEM, "%s", other);
        free(piece);
        free(second);
        if (!ok) return false;
    }
    return true;
}

static bool add_name(const char *template, const char *charge, const slots *slot, mg_str *out) {
    int i = 0;
    for (const char *s = template; *s; s++) {
        if (*s != '@') {
            mg_str_add(out, s, 1);
            continue;
        }
        if (!slot->full[i]) return false;
        if (slot->place[i] == 'q' && !slot->said[i]) return false;
        if (strchr("pq", slot->place[i]))
            mg_str_addf(out, "%c-", slot->said[i] ? slot->said[i] : '1');
        if (slot->kind[i] == 'b')
            mg_str_addz(out, slot->item[i].s);
        else
            add_item(slot->item[i].s, out);
        i++, s += 2;
    }
    mg_str_addz(out, charge);
    return true;
}

bool lipid_phrase(const char *s, mg_str *out, bool *failed) {
    static const struct {
        const char *word;
        char kind;
    } links[] = {{" in which ", 'i'}, {" where ", 'i'},   {" that has ", 'h'},
                 {" having ", 'h'},   {" with ", 'h'},    {" containing ", 'h'},
                 {" bearing ", 'h'},  {" carrying ", 'h'}};
    const char *first = NULL;
    size_t by = 0;
    if (lipid_made(s, out)) return true;
    for (size_t i = 0; i < MG_COUNT(links); i++) {
        const char *at = strstr(s, links[i].word);
        if (at && (!first || at < first)) first = at, by = i;
    }
    if (!first || first - s >= 150) return false;
    char class[160], template[TEMPLATE], charge[20];
    slots slot = {0};
    snprintf(class, sizeof class, "%.*s", (int)(first - s), s);
    if (!read_class(class, template, charge, &slot)) return false;
    const char *clause = first + strlen(links[by].word), *more = strstr(clause, " while ");
    char one[TEMPLATE];
    if (more && more - clause < TEMPLATE) {
        snprintf(one, sizeof one, "%.*s", (int)(more - clause), clause);
        if (!read_clause(&slot, one, links[by].kind)) return false;
        clause = more + strlen(" while ");
    }
    return read_clause(&slot, clause, links[by].kind) && fits(&slot, failed) &&
           add_name(template, charge, &slot, out);
}
