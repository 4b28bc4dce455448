/* plain_lipid.c - lipids as lipid chemists say them:
 *
 *   PC with palmitic acid at sn-1 and 12(S)-HETE at sn-2
 *   triglyceride of three alpha-linolenic acids
 *   ceramide d18:1 with behenic acid on the nitrogen
 *
 *   lipid   class [with | of | , ] item {and item}
 *   item    [number] acid [at | on place]
 *
 * Acids are any phrase that is one (plain.c), or "24:0". The class is a name whose acyl groups are
 * halogenacetic ones, which the acids then replace.
 */
#include "chem/nomenclature/nomenclature.h"
#include "search/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SLOTS = 4, ITEM = 160, NAME = 400, REACTION = 200 };

/* Places: '1', '2', '3' of glycerol, 'n' of an amine. */
static const struct {
    const char *words;  /* '|' between; capitals as they are */
    const char *needs;  /* places that have to be filled; "?": one or more of "123" */
    const char *before; /* of its name, before the groups, and behind them */
    const char *behind;
} CLASSES[] = {
    {"PC|phosphatidylcholine|lecithin|ether PC|plasmanyl PC|diacyl PC|glycerophosphocholine", "12",
     "", "-sn-glycero-3-phosphocholine"},
    {"PE|phosphatidylethanolamine|cephalin|ether PE|plasmanyl PE", "12", "",
     "-sn-glycero-3-phosphoethanolamine"},
    {"PS|phosphatidylserine", "12", "", "-sn-glycero-3-phospho-L-serine"},
    {"PG|phosphatidylglycerol", "12", "", "-sn-glycero-3-phospho-(1'-sn-glycerol)"},
    {"PI|phosphatidylinositol", "12", "", "-sn-glycero-3-phospho-1D-myo-inositol"},
    {"PI4P|PI 4-phosphate|phosphatidylinositol 4-phosphate|PI(4)P", "12", "",
     "-sn-glycero-3-phospho-1D-myo-inositol 4-phosphate"},
    {"PI3P|PI 3-phosphate|phosphatidylinositol 3-phosphate|PI(3)P", "12", "",
     "-sn-glycero-3-phospho-1D-myo-inositol 3-phosphate"},
    {"PI5P|PI 5-phosphate|phosphatidylinositol 5-phosphate|PI(5)P", "12", "",
     "-sn-glycero-3-phospho-1D-myo-inositol 5-phosphate"},
    {"PI(4,5)P2|PIP2|phosphatidylinositol 4,5-bisphosphate|PI 4,5-bisphosphate", "12", "",
     "-sn-glycero-3-phospho-1D-myo-inositol 4,5-bisphosphate"},
    {"PI(3,4)P2|phosphatidylinositol 3,4-bisphosphate|PI 3,4-bisphosphate", "12", "",
     "-sn-glycero-3-phospho-1D-myo-inositol 3,4-bisphosphate"},
    {"PI(3,5)P2|phosphatidylinositol 3,5-bisphosphate|PI 3,5-bisphosphate", "12", "",
     "-sn-glycero-3-phospho-1D-myo-inositol 3,5-bisphosphate"},
    {"PI(3,4,5)P3|PIP3|phosphatidylinositol 3,4,5-trisphosphate|PI 3,4,5-trisphosphate", "12", "",
     "-sn-glycero-3-phospho-1D-myo-inositol 3,4,5-trisphosphate"},
    {"PA|phosphatidic acid", "12", "", "-sn-glycero-3-phosphate"},
    {"LPC|lysoPC|lyso-PC|lyso PC|lysophosphatidylcholine", "l", "", "-sn-glycero-3-phosphocholine"},
    {"LPE|lysoPE|lyso-PE|lyso PE|lysophosphatidylethanolamine", "l", "",
     "-sn-glycero-3-phosphoethanolamine"},
    {"LPS|lysoPS|lyso PS|lysophosphatidylserine", "l", "", "-sn-glycero-3-phospho-L-serine"},
    {"LPI|lysoPI|lyso PI|lysophosphatidylinositol", "l", "",
     "-sn-glycero-3-phospho-1D-myo-inositol"},
    {"LPG|lysoPG|lyso PG|lysophosphatidylglycerol", "l", "",
     "-sn-glycero-3-phospho-(1'-sn-glycerol)"},
    {"LPA|lysoPA|lyso PA|lyso-PA|lysophosphatidic acid", "l", "", "-sn-glycero-3-phosphate"},
    {"DAG|DG|diacylglycerol|diglyceride|1,2-diglyceride|1,3-diglyceride|1,2-diacylglycerol", "d",
     "", "glycerol"},
    {"TAG|TG|triacylglycerol|triglyceride", "123", "", "glycerol"},
    {"MAG|monoacylglycerol|monoglyceride", "m", "", "glycerol"},
    {"glycerol esterified|glycerol", "?", "", "glycerol"},
    {"monogalactosyl diacylglycerol|monogalactosyldiacylglycerol|MGDG", "12", "",
     "-3-beta-D-galactosyl-sn-glycerol"},
    {"ceramide|ceramide d18:1|sphingosine ceramide|Cer", "n", "N-", "sphingosine"},
    {"dihydroceramide|ceramide d18:0", "n", "N-", "sphinganine"},
    {"phytoceramide", "n", "N-", "-4-hydroxysphinganine"},
    {"sphingomyelin|sphingomyelin d18:1|SM|SM d18:1", "n", "N-", "sphingosine-1-phosphocholine"},
    {"dihydrosphingomyelin", "n", "N-", "sphinganine-1-phosphocholine"},
    {"ceramide 1-phosphate|C1P|ceramide-1-phosphate", "n", "N-", "sphingosine 1-phosphate"},
    {"glucosyl dihydroceramide|glucosyldihydroceramide|dihydroglucosylceramide", "n",
     "beta-D-glucosyl-(1<->1')-N-", "sphinganine"},
    {"galactosyl dihydroceramide|galactosyldihydroceramide", "n", "beta-D-galactosyl-(1<->1')-N-",
     "sphinganine"},
    {"glucosylceramide|glucocerebroside", "n", "beta-D-glucosyl-(1<->1')-N-", "sphingosine"},
    {"galactosylceramide|galactocerebroside", "n", "beta-D-galactosyl-(1<->1')-N-", "sphingosine"},
    {"lactosylceramide", "n", "beta-D-galactosyl-(1->4)-beta-D-glucosyl-(1<->1')-N-",
     "sphingosine"},
};

static const struct {
    const char *group, *halogen;
} MARKS[SLOTS] = {
    {"chloroacetyl", "Cl"}, {"bromoacetyl", "Br"}, {"iodoacetyl", "I"}, {"fluoroacetyl", "F"}};

typedef struct item {
    char acid[ITEM];
    char places[SLOTS + 1]; /* "" where none is plain_said */
    int number;             /* "two"; 0: not plain_said */
    bool sn;                /* says "sn-" */
    bool ether;             /* "O-hexadecyl": an alkyl group */
} item;

/* The class at s, the longest; characters behind it, 0: none. */
static size_t class_at(const char *s, int *row) {
    size_t best = 0;
    for (size_t i = 0; i < MG_COUNT(CLASSES); i++)
        for (const char *w = CLASSES[i].words; *w;) {
            const size_t k = strcspn(w, "|");
            const bool same = isupper((unsigned char)*w) ? !strncmp(s, w, k)
                                                         : !strncasecmp(s, w, k);
            if (same && k > best && s[k] && strchr(" ,:(", s[k])) best = k, *row = (int)i;
            w += k + (w[k] == '|');
        }
    return best;
}

/* ---- items ---- */

/* "sn-1", "the 2-position", "C1", "both sn-1 and sn-2", "the nitrogen"; false: no place. */
static bool read_places(const char *s, item *out) {
    static const char *const amines[] = {"nitrogen",           "the nitrogen",    "its nitrogen",
                                         "the amine",          "its amine",       "N",
                                         "nitrogen atom",      "the amino group", "amine",
                                         "the amide nitrogen", "the N",           "the base"};
    for (size_t i = 0; i < MG_COUNT(amines); i++)
        if (!strcasecmp(s, amines[i])) return strcpy(out->places, "n"), true;
    static const char *const skipped[] = {"both ", "the ", "positions ", "position ", "sn-",
                                          "sn",    "C-",   "C",          "O-",        "carbon ",
                                          "and ",  "& ",   ", ",         " "};
    size_t n = 0;
    while (*s) {
        bool more = true;
        while (more) {
            more = false;
            for (size_t i = 0; i < MG_COUNT(skipped); i++)
                if (plain_begins_so(s, skipped[i]) && *s) {
                    out->sn |= plain_begins_so(skipped[i], "sn");
                    s += strlen(skipped[i]);
                    more = true;
                }
        }
        if (*s < '1' || *s > '3' || n == SLOTS || isdigit((unsigned char)s[1])) return false;
        out->places[n++] = *s++;
        static const char *const tails[] = {"-position", " position", "-positions", "-oh", "-OH"};
        for (size_t i = 0; i < MG_COUNT(tails); i++)
            if (plain_begins_so(s, tails[i])) {
                s += strlen(tails[i]);
                break;
            }
        if (*s && *s != ' ' && *s != ',') return false;
    }
    out->places[n] = 0;
    return n > 0;
}

/* "both chains", "sn-1" in front of an acid. */
static void take_count(char *s, item *out) {
    static const char *const both[] = {"both acyl chains ", "both chains ",    "both fatty acids ",
                                       "both acyl groups ", "both acyls ",     "all chains ",
                                       "all three chains ", "all acyl chains "};
    static const char *const being[] = {"being ", "are ", "as ", "is ", "= "};
    for (size_t i = 0; i < MG_COUNT(both); i++)
        if (plain_begins(s, both[i])) {
            out->number = *both[i] == 'a' ? 3 : 2;
            memmove(s, s + strlen(both[i]), strlen(s + strlen(both[i])) + 1);
        }
    if (plain_begins_so(s, "sn-") && s[3] >= '1' && s[3] <= '3' &&
        s[4] == ' ') { /* "sn-1 palmitic acid" */
        out->places[0] = s[3];
        out->sn = true;
        memmove(s, s + 5, strlen(s + 5) + 1);
    }
    for (size_t i = 0; i < MG_COUNT(being); i++)
        if (plain_begins(s, being[i]))
            memmove(s, s + strlen(being[i]), strlen(s + strlen(being[i])) + 1);
}

/* One item, "two palmitoleic acids", "a palmitoyl chain at sn-1", "palmitic acid on sn-3". */
static bool read_item(const char *words, item *out) {
    static const struct {
        const char *word;
        int number;
    } fronts[] = {{"a ", 0}, {"an ", 0}, {"the ", 0}, {"one ", 1}, {"two ", 2}, {"three ", 3}};
    static const char *const ats[] = {" at ", " on ", " in "};
    static const char *const tails[] = {
        " fatty acids", " fatty acid",  " acyl chains",  " acyl chain", " chains",   " chain",
        " acyl group",  " acyl groups", " groups",       " group",      " residues", " residue",
        " acyl",        " fatty acyl",  " N-acyl chain", " amide"};
    char s[ITEM];
    *out = (item){0};
    if (strlen(words) >= sizeof s) return false;
    strcpy(s, words);
    for (size_t i = 0; i < MG_COUNT(fronts); i++)
        if (plain_begins(s, fronts[i].word)) {
            out->number = fronts[i].number;
            memmove(s, s + strlen(fronts[i].word), strlen(s + strlen(fronts[i].word)) + 1);
            break;
        }
    take_count(s, out);
    char *place = NULL;
    for (size_t i = 0; i < MG_COUNT(ats); i++) {
        char *at = strstr(s, ats[i]);
        if (at && (!place || at < place)) place = at;
    }
    if (plain_begins(s, "sn-")) return false;
    if (plain_begins(s, "O-")) {
        out->ether = true;
        memmove(s, s + 2, strlen(s) - 1);
    }
    if (place) {
        if (*out->places) return false;
        if (!read_places(place + 4, out)) return false;
        *place = 0;
    }
    size_t n = strlen(s);
    for (size_t i = 0; i < MG_COUNT(tails); i++) {
        const size_t k = strlen(tails[i]);
        if (n > k && !strcasecmp(s + n - k, tails[i])) s[n -= k] = 0;
    }
    if (n > 6 && !strcmp(s + n - 6, " acids")) s[--n] = 0;
    if (!n) return false;
    strcpy(out->acid, s);
    return true;
}

/* Items of a list; places that "and" joins are one item. 0: something else. */
static int read_items(const char *words, item out[SLOTS]) {
    static const char *const parts[] = {", and ", ", ", " and "};
    static const char *const places[] = {"sn-", "C2", "C3", "C-", "2", "3", "position"};
    int n = 0;
    for (const char *s = words; *s;) {
        char one[ITEM];
        size_t end = 0, cut = 0;
        for (; s[end]; end++) {
            cut = 0;
            for (size_t i = 0; i < MG_COUNT(parts) && !cut; i++)
                if (plain_begins(s + end, parts[i])) cut = strlen(parts[i]);
            bool place = false; /* "sn-1 and sn-2" */
            for (size_t i = 0; i < MG_COUNT(places) && cut; i++) {
                const char *next = s + end + cut;
                place |= plain_begins_so(next, places[i]) &&
                         strcspn(next, " ,") < 6 + 3 * (size_t)(*places[i] == 'p') &&
                         !strchr(next, ':') &&
                         (!isdigit((unsigned char)*next) || !next[1] || next[1] == ' ');
            }
            if (cut && !place) break;
        }
        if (n == SLOTS || end >= sizeof one) return 0;
        snprintf(one, sizeof one, "%.*s", (int)end, s);
        if (!read_item(one, &out[n])) return 0;
        n++;
        s += end + (s[end] ? cut : 0);
    }
    return n;
}

/* ---- acids ---- */

/* "24:0", "C24:0": the acid's SMILES; false: it is none. Double bonds want places. */
static bool saturated(const char *s, mg_str *out) {
    s += *s == 'C';
    const size_t n = strspn(s, "0123456789");
    if (!n || n > 2 || strcmp(s + n, ":0") != 0) return false;
    const int carbons = atoi(s);
    if (carbons < 2 || carbons > 40) return false;
    for (int i = 1; i < carbons; i++) mg_str_addz(out, "C");
    mg_str_addz(out, "C(=O)O");
    return true;
}

/* Another word for the acid: "palmitoyl", "palmitate". */
static bool acid_word(const char *group, size_t way, char out[ITEM + 8]) {
    static const char *const words[][2] = {{"oyl", "ic acid"},   {"ate", "ic acid"},
                                           {"oyl", "oic acid"},  {"yl", "ic acid"},
                                           {"oate", "oic acid"}, {"", " acid"}};
    const size_t n = strlen(group);
    if (way >= MG_COUNT(words)) return false;
    const size_t k = strlen(words[way][0]);
    *out = 0;
    if (n > k + 2 && !strcasecmp(group + n - k, words[way][0]))
        snprintf(out, ITEM + 8, "%.*s%s", (int)(n - k), group, words[way][1]);
    return true;
}

/* "18:1(9Z)", "C20:4(5Z,8Z,11Z,14Z)": its SMILES; double bonds that are neighbours are none of its
 * matter. */
static bool unsaturated(const char *s, mg_str *out) {
    char at[64] = "";
    s += *s == 'C';
    const size_t n = strspn(s, "0123456789");
    const int carbons = atoi(s), bonds = n && s[n] == ':' ? atoi(s + n + 1) : 0;
    const char *list = strchr(s, '(');
    int found = 0, last = 0;
    if (!n || n > 2 || !bonds || !list || carbons < 4 || carbons > 40) return false;
    if (strspn(s + n + 1, "0123456789") != (size_t)(list - s) - n - 1) return false;
    for (const char *c = list + 1;; c++) {
        const int place = atoi(c);
        c += strspn(c, "0123456789");
        if (place < last + 3 || place + 1 >= carbons + (*c == 'E') || !strchr("ZE", *c) || !*c)
            return false;
        at[place] = *c++;
        last = place;
        found++;
        if (*c == ')' && !c[1]) break;
        if (*c != ',') return false;
    }
    if (found != bonds || last + 1 >= carbons) return false;
    mg_str_addz(out, "OC(=O)");
    for (int i = 2; i <= carbons; i++) {
        if (at[i]) mg_str_addz(out, "/");
        if (at[i - 1]) mg_str_addz(out, "=");
        if (i > 2 && at[i - 2]) mg_str_addz(out, at[i - 2] == 'Z' ? "\\" : "/");
        mg_str_addz(out, "C");
    }
    return true;
}

static int find_acid(plain *p, const char *words, char **smiles, molglot_error *err) {
    mg_str chain = {0};
    char other[ITEM + 8];
    plain_said s = {0};
    *smiles = NULL;
    if (saturated(words, &chain) || unsaturated(words, &chain)) {
        if (chain.failed) return mg_no_memory(err, "an acid");
        *smiles = chain.s;
        return MOLGLOT_OK;
    }
    static const char *const short_names[][2] = {
        {"DHA", "(4Z,7Z,10Z,13Z,16Z,19Z)-docosahexaenoic acid"},
        {"EPA", "(5Z,8Z,11Z,14Z,17Z)-icosapentaenoic acid"},
        {"AA", "arachidonic acid"}};
    for (size_t i = 0; i < MG_COUNT(short_names); i++)
        if (!strcmp(words, short_names[i][0])) words = short_names[i][1];
    const char *digits = words + (*words == 'C');
    if (isdigit((unsigned char)*digits) && digits[strspn(digits, "0123456789")] == ':')
        return MOLGLOT_OK; /* "18:1" does not say where */
    int code = p->find(p, words, false, &s, err);
    if (!code && s.smiles && !strstr(words, "acid")) { /* "palmitate" is an anion */
        mg_mol *m = mg_mol_from_smiles(s.smiles, NULL, NULL);
        mg_smarts *acid = mg_smarts_new("[CX3](=O)[OX2H1]", err);
        if (!m || !acid || !mg_smarts_count(acid, m, 1)) plain_said_free(&s);
        mg_smarts_free(acid);
        mg_mol_free(m);
    }
    for (size_t way = 0; !code && !s.smiles && acid_word(words, way, other); way++)
        if (*other) code = p->find(p, other, true, &s, err);
    free(s.name);
    *smiles = s.smiles;
    return code;
}

/* ---- all of it ---- */

/* Which items fill the places; false: they do not fit the class. */
static bool assign(const char *needs, const item *items, int n, char place[SLOTS], int of[SLOTS],
                   int *filled, bool *sn) {
    *filled = 0;
    *sn = false;
    int told = 0;
    for (int i = 0; i < n; i++) told += *items[i].places != 0;
    if (told && told != n) return false;
    const bool some = strchr("?ldm", *needs) && !(n == 1 && items[0].number == 3 && *needs == '?');
    if (!told) { /* "two palmitoleic acids" */
        if (*needs == '?' && n == 1 && items[0].number == 3) needs = "123"; /* glycerol */
        const int slots = *needs == 'd' ? 0 : some ? 0 : (int)strlen(needs);
        if (n != 1 || !slots || (items[0].number ? items[0].number != slots : slots != 1))
            return false;
        for (int i = 0; i < slots; i++) place[i] = needs[i], of[i] = 0;
        *filled = slots;
        return true;
    }
    for (int i = 0; i < n; i++) {
        const int places = (int)strlen(items[i].places);
        if (items[i].number > 1 && items[i].number != places) return false;
        *sn |= items[i].sn;
        for (int k = 0; k < places; k++) {
            for (int j = 0; j < *filled; j++)
                if (place[j] == items[i].places[k]) return false;
            if (*filled == SLOTS) return false;
            place[*filled] = items[i].places[k], of[(*filled)++] = i;
        }
    }
    const int want = *needs == 'l' || *needs == 'm' ? 1 : *needs == 'd' ? 2 : (int)strlen(needs);
    if (*needs == '?') return *filled < 4 && *place != 'n';
    if (*filled != want) return false;
    for (int i = 0; i < *filled; i++)
        if (*needs == 'l' ? !strchr("12", place[i])
            : some        ? !strchr("123", place[i])
                          : !strchr(needs, place[i]))
            return false;
    return true;
}

/* The class's name with marks in its places, in their order. */
static int mark(int row, const char *place, const int *of, const item *items, int n, bool sn,
                char **smiles, molglot_error *err) {
    char name[NAME] = "";
    size_t at = 0;
    *smiles = NULL;
    at += (size_t)snprintf(name, sizeof name, "%s", CLASSES[row].before);
    for (char c = '1'; c <= '3'; c++)
        for (int i = 0; i < n; i++) {
            const item *x = &items[of[i]];
            if (place[i] != c) continue;
            if (x->ether && strlen(x->acid) > 60) return MOLGLOT_OK;
            at += (size_t)snprintf(name + at, sizeof name - at, "%s%c-%s%s",
                                   at > strlen(CLASSES[row].before) ? "-" : "", c,
                                   x->ether ? "O-" : "", x->ether ? x->acid : MARKS[i].group);
        }
    if (*place == 'n') at += (size_t)snprintf(name + at, sizeof name - at, "%s", MARKS[0].group);
    const bool glycerol = !strcmp(CLASSES[row].behind, "glycerol");
    snprintf(name + at, sizeof name - at, "%s%s", glycerol ? sn ? "-sn-" : "-" : "",
             CLASSES[row].behind);
    return mg_name_read(name, smiles, err);
}

/* An acid in the place of a mark. */
static int swap(int slot, const char *acid, char **smiles, molglot_error *err) {
    char reaction[REACTION], **made = NULL;
    size_t n = 0;
    snprintf(reaction, sizeof reaction,
             "[O,N:5][CX3](=O)[CH2]%s.[CX3:1](=[OX1:2])[OX2H1]>>[*:5][C:1](=[O:2])",
             MARKS[slot].halogen);
    int code = mg_smiles_join(*smiles, acid, reaction, 2, &made, &n, err);
    free(*smiles);
    *smiles = NULL;
    if (n == 1) *smiles = made[0], made[0] = NULL;
    for (size_t i = 0; i < n; i++) free(made[i]);
    free(made);
    return code;
}

/* "1-oleoyl-2-palmitoleoyl PE", "lauroyl ceramide 1-phosphate": groups before the class. */
static int read_before(const char *phrase, plain_said *out, molglot_error *err) {
    const char *blank = strchr(phrase, ' ');
    char name[NAME], class[ITEM];
    int row = -1;
    if (!blank || blank - phrase > 150 || strlen(blank) >= sizeof class - 2) return MOLGLOT_OK;
    snprintf(class, sizeof class, "%s,", blank + 1);
    const size_t k = class_at(class, &row);
    if (!k || class[k] != ',' || class[k + 1]) return MOLGLOT_OK;
    const char *second = strstr(phrase, "-2-"); /* "1-oleoyl PC" has one */
    const bool slots = (!strncmp(phrase, "1-", 2) && second && second < blank) ||
                       !strncmp(phrase, "1,2-", 4);
    const bool amine = *CLASSES[row].needs == 'n';
    if (strcmp(CLASSES[row].needs, "12") != 0 && !amine) return MOLGLOT_OK;
    if (amine && plain_begins(phrase, "N-")) phrase += 2; /* "N-oleoyl ceramide" */
    const bool two = !amine && !slots && plain_begins(phrase, "di");
    if (slots == amine && !two) return MOLGLOT_OK;
    const char *groups = phrase + (two && phrase[2] == '-' ? 3 : two ? 2 : 0);
    snprintf(name, sizeof name, "%s%s%.*s%s", CLASSES[row].before, two ? "1,2-di" : "",
             (int)(blank - groups), groups, CLASSES[row].behind);
    return mg_name_read(name, &out->smiles, err);
}

/* Behind "PG anion": the charge; characters. */
static size_t take_charge(const char *s, mg_edit *e, bool *is) {
    static const char *const words[] = {" monoanion",  " anion",      " dianion", " trianion",
                                        " tetraanion", " zwitterion", "(1-)",     "(2-)",
                                        " (1-)",       " (2-)",       " (3-)",    "(3-)"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        if (plain_begins(s, words[i])) {
            *is = mg_edit_read(words[i], e);
            return *is ? strlen(words[i]) : 0;
        }
    return 0;
}

int plain_lipid(plain *p, const char *phrase, plain_said *out, molglot_error *err) {
    static const char *const links[] = {" whose acyl chain is ",
                                        " whose fatty acid is ",
                                        " in which the acyl chain is ",
                                        " in which the fatty acid is ",
                                        " (",
                                        " with ",
                                        " having ",
                                        " carrying ",
                                        " bearing ",
                                        " containing ",
                                        " of ",
                                        ", ",
                                        ": "};
    int row = -1, of[SLOTS] = {0}, filled;
    char place[SLOTS] = "", *smiles = NULL;
    item items[SLOTS];
    mg_edit charge;
    bool sn, charged = false;
    *out = (plain_said){0};
    size_t k = class_at(phrase, &row);
    const char *rest = NULL;
    if (!k) return read_before(phrase, out, err);
    k += take_charge(phrase + k, &charge, &charged);
    for (size_t i = 0; i < MG_COUNT(links); i++)
        if (plain_begins(phrase + k, links[i])) rest = phrase + k + strlen(links[i]);
    if (!rest) return MOLGLOT_OK;
    char list[PLAIN_LONGEST];
    snprintf(list, sizeof list, "%s", rest);
    const size_t end = strlen(list);
    if (rest > phrase && rest[-1] == '(') { /* "PC (X at sn-1, Y at sn-2)" */
        if (!end || list[end - 1] != ')') return MOLGLOT_OK;
        list[end - 1] = 0;
    }
    const int n = read_items(list, items);
    if (!n || !assign(CLASSES[row].needs, items, n, place, of, &filled, &sn)) return MOLGLOT_OK;
    int code = mark(row, place, of, items, filled, sn, &smiles, err);
    for (int i = 0; i < filled && smiles && !code; i++) {
        char *acid = NULL;
        if (items[of[i]].ether) continue;
        code = find_acid(p, items[of[i]].acid, &acid, err);
        if (!code && acid) {
            code = swap(i, acid, &smiles, err);
        } else {
            free(smiles);
            smiles = NULL;
        }
        free(acid);
    }
    out->smiles = smiles;
    return code || !smiles || !charged ? code : plain_edit(p, &charge, out, err);
}
