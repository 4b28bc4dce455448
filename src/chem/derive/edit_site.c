/* edit_site.c - places as a chemist says them, "its phenol OH", "both amines", "O-7", "the 3-OH",
 * "para to the chlorine", and as SMARTS.
 *
 *   place   [its | the] [both | all] [free] (kind | locant | locant-kind | kind at locant)
 *           (ortho | meta | para) [to the group] | both ortho positions
 *
 * A locant says no more than the number; what it means only the name knows.
 */
#include "chem/derive/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NO_ACYL "!$(N[C,S,P,c]=[O,S,N]);!$(N[N,O,S,P])"
const site_kind SITE_KINDS[] = {
    /* not said: what is likely to be meant, together */
    {"", {"OX2H1;$(O[CX4]),$(Oc)", "NX3;H1,H2;" NO_ACYL, "SX2H1"}},
    {"oh|hydroxyl|hydroxy|hydroxyls|ohs|oxygen|o|oxygens|oh oxygen|oh function",
     {"OX2H1;$(O[CX4]),$(Oc)"}},
    {"nitrogen|n|nitrogens|n atom|nh|nitrogen atom", {"NX3;H1,H2,H3", "nX3;H1"}},
    {"acid|carboxyl|carboxylic acid|carboxylate|cooh|carboxy|carboxyls|acids|carboxylic acids|"
     "carboxylates|co2h|carboxylic oh|carboxylic function|carboxylic acid function|acid function",
     {"OX2H1;$(O[CX3]=[OX1])"}},
    {"acidic oh|acidic ohs|acidic protons|acidic oxygens|acidic hydrogens",
     {"OX2H1;$(O[CX3]=[OX1]),$(O[PX4]),$(O[SX4](=O)=O)"}},
    {"phosphate|phosphates|phosphate oh|phosphate ohs|diphosphate|diphosphates|phosphate oxygens|"
     "phosphoric acid|triphosphate|phosphono|phosphate and diphosphate ohs|"
     "phosphates and diphosphates|phosphate hydroxyls|pyrophosphate|phosphate oxygen",
     {"OX2H1;$(O[PX4])"}},
    {"sulfate|sulphate|sulfates|sulfonate|sulfonic acid|sulfo|sulfonic acids|sulfonates|"
     "sulfate oh|sulfonate oh|sulfate ohs",
     {"OX2H1;$(O[SX4](=O)=O)"}},
    {"phenol oh|phenolic oh|phenol|phenolic oxygen|phenol oxygen|phenolic hydroxyl|phenol hydroxyl|"
     "phenolic hydroxy|phenol o|phenols|phenolic ohs|phenol ohs|phenol hydroxy|phenolic hydroxyls|"
     "aromatic oh|aryl oh|phenolic o",
     {"OX2H1;$(Oc)"}},
    {"alcohol|alcohol oh|alcoholic oh|aliphatic oh|alcohols|alcohol oxygen|aliphatic hydroxyl|"
     "alcoholic hydroxyl|aliphatic alcohol",
     {"OX2H1;$(O[CX4])"}},
    {"primary oh|primary alcohol|primary hydroxyl|primary hydroxy|primary oxygen|primary alcohols|"
     "primary ohs|terminal oh|terminal hydroxyl",
     {"OX2H1;$(O[CX4;H2,H3])"}},
    {"secondary oh|secondary alcohol|secondary hydroxyl|secondary hydroxy",
     {"OX2H1;$(O[CX4;H1]);!$(O[C;R][O;R])"}},
    {"tertiary oh|tertiary alcohol|tertiary hydroxyl|tertiary hydroxy",
     {"OX2H1;$(O[CX4;H0]);!$(O[C;R][O;R])"}},
    {"anomeric oh|anomeric oxygen|anomeric hydroxyl|anomeric position|anomeric hydroxy|anomeric o|"
     "anomeric carbon|anomeric centre|anomeric center",
     {"OX2H1;$(O[C;R][O;R])"}},
    {"amine|amines|amino|amine nitrogen|amino nitrogen|nh2|free amine|nh2s|aminos|amine n|amino n|"
     "basic nitrogen|basic amine|basic nitrogens|amine function|amine nitrogens|amino functions",
     {"NX3;H1,H2;" NO_ACYL}},
    {"primary amine|primary amino|primary amine nitrogen|primary nitrogen|primary amines",
     {"NX3;H2;" NO_ACYL}},
    {"secondary amine|secondary amino|secondary nitrogen|secondary amines",
     {"NX3;H1;$(N([#6])[#6]);" NO_ACYL}},
    {"tertiary amine|tertiary nitrogen|tertiary amino|tertiary amines",
     {"NX3;H0;$(N([CX4])([CX4])[CX4])"}},
    {"aniline nitrogen|aniline|anilinic nitrogen|aniline nh2|aniline n|arylamine|aromatic amine|"
     "anilino nitrogen|aniline amine|aniline nh",
     {"NX3;H1,H2;$(Nc);" NO_ACYL}},
    {"aliphatic amine|aliphatic nitrogen|alkyl amine|aliphatic amino",
     {"NX3;H1,H2;$(N[CX4]);!$(Nc);" NO_ACYL}},
    {"amide nitrogen|amide n|amide nh|amide|amide nh2|carboxamide nitrogen|lactam nitrogen|"
     "carboxamide nh2|carboxamide",
     {"NX3;H1,H2;$(N[CX3]=[OX1])"}},
    {"sulfonamide nitrogen|sulfonamide n|sulfonamide nh2|sulfonamide nh|sulfonamide",
     {"NX3;H1,H2;$(NS(=O)=O)"}},
    {"indole nitrogen|indole n|indole nh|pyrrole nitrogen|pyrrole nh|pyrazole nitrogen|"
     "carbazole nitrogen|pyrrole n",
     {"nX3;H1"}},
    {"ring nitrogen|ring n|ring nh|piperidine nitrogen|piperazine nitrogen|morpholine nitrogen|"
     "pyrrolidine nitrogen|piperidine n|piperazine n|free piperazine nitrogen",
     {"NX3;R;H1;!$(N[N,O,S,P])", "nX3;H1"}},
    {"guanidine|guanidino|guanidines", {"NX2;$(N=C(N)N)"}},
    {"imidazole|imidazole ring|imidazole nitrogen", {"nX2;$(n1c[nX3]cc1)"}},
    {"pyridine|pyridine nitrogen|pyridine n|pyridine ring|quinoline nitrogen|quinoline n|"
     "isoquinoline nitrogen|isoquinoline n",
     {"nX2;r6"}},
    {"epsilon nitrogen|epsilon amine|side-chain amine|side chain amine|epsilon amino|"
     "side-chain nitrogen|side chain nitrogen|epsilon-amine|side-chain nh2|epsilon nh2|zeta "
     "nitrogen",
     {"NX3;H2;$(N[CX4H2]);!$(N[CX4][CX3]=[OX1])"}},
    {"alpha nitrogen|alpha amine|alpha amino|alpha-amine|alpha nh2|alpha-nitrogen",
     {"NX3;H1,H2;$(N[CX4][CX3](=[OX1])[OX2,OX1,NX3]);!$(N[C,S,P]=[O,S,N])"}},
    {"side-chain carboxyl|side chain carboxyl|side-chain acid|side chain acid|gamma carboxyl|"
     "gamma-carboxyl|side-chain carboxylic acid|side chain carboxylic acid|gamma acid",
     {"OX2H1;$(O[CX3](=[OX1])[CX4H2])"}},
    {"alpha carboxyl|alpha-carboxyl|alpha acid|alpha carboxylic acid",
     {"OX2H1;$(O[CX3](=[OX1])[CX4][NX3])"}},
    {"methyl|ch3|methyl carbon|terminal methyl", {"CX4;H3"}},
    {"methylene|ch2|methylene carbon", {"CX4;H2"}},
    {"alpha carbon|alpha position|alpha-carbon|alpha-position|alpha c",
     {"CX4;H2,H3;$(C[CX3](=[OX1])[O,N])"}},
    {"thiol|sulfur|sh|s|mercapto|sulfhydryl|thiol sulfur|cysteine sulfur|thiol group|s atom|"
     "sulphur|thiols",
     {"SX2H1"}},
    {"enol|enol oh", {"OX2H1;$(OC=C);!$(OC=O)"}},
    {"hydroxamic oh|oxime oh|oxime oxygen|oxime|hydroxamate oh", {"OX2H1;$(ON)"}},
};
enum { KINDS = sizeof SITE_KINDS / sizeof *SITE_KINDS };

/* What ortho, meta and para are counted from. */
static const struct {
    const char *words, *smarts;
} TARGET[] = {
    {"oh|hydroxyl|hydroxy|phenol|phenol oh|phenolic oh|alcohol|phenolic hydroxyl", "[OX2H1]"},
    {"methyl|ch3|me|methyl group", "[CX4H3]"},
    {"chlorine|chloro|cl|chloride", "Cl"},
    {"bromine|bromo|br|bromide", "Br"},
    {"fluorine|fluoro|f|fluoride", "F"},
    {"iodine|iodo|i|iodide", "I"},
    {"nitro|no2", "[NX3+](=O)[O-]"},
    {"amine|amino|nh2|nitrogen|aniline nitrogen|aniline nh2|n", "[NX3;H2,H1,H0;!$(N[#6]=O)]"},
    {"acid|carboxyl|carboxylic acid|cooh|carboxy|co2h|carboxylate", "[CX3](=O)[OX2H1,OX1-]"},
    {"aldehyde|cho|formyl", "[CX3H1]=O"},
    {"nitrile|cyano|cn", "C#N"},
    {"methoxy|ome|methoxy group|methoxyl", "[OX2][CX4H3]"},
    {"ester|methyl ester|ethyl ester", "[CX3](=O)[OX2][#6]"},
    {"amide|carboxamide", "[CX3](=O)[NX3]"},
    {"ketone|acetyl|carbonyl|acyl", "[CX3]=O"},
    {"sulfonamide|sulfonic acid|sulfonyl", "[SX4](=O)(=O)"},
    {"isopropyl", "[CX4H1]([CH3])[CH3]"},
    {"ethyl", "[CX4H2][CH3]"},
    {"cf3|trifluoromethyl", "[CX4](F)(F)F"},
    {"thiol|sh", "[SX2H1]"},
};

bool site_has_target(int row) { return row < (int)MG_COUNT(TARGET); }

const char *site_target(int row) {
    return row < 0 || row >= (int)MG_COUNT(TARGET) ? "[*;!#1]" : TARGET[row].smarts;
}

/* ---- words ---- */

bool edit_is_one(const char *s, size_t n, const char *list) {
    for (const char *w = list; *w;) {
        const size_t k = strcspn(w, "|");
        if (k == n && !strncmp(s, w, n)) return true;
        w += k + (w[k] == '|');
    }
    return false;
}

bool edit_fold(const char *s, char out[EDIT_WORDS]) {
    size_t n = 0;
    for (; *s; s++) {
        const char c = isspace((unsigned char)*s) ? ' ' : *s;
        if (c == ' ' && (!n || out[n - 1] == ' ')) continue;
        if (n + 1 == EDIT_WORDS) return false;
        out[n++] = (char)tolower((unsigned char)c);
    }
    while (n && strchr(" ,.;", out[n - 1])) n--;
    out[n] = 0;
    return true;
}

static void cut(char *s, size_t n) { memmove(s, s + n, strlen(s + n) + 1); }

/* Takes words off the front; what they count goes to *times. */
static void take_front(char *s, int *times) {
    static const struct {
        const char *word;
        int times;
    } words[] = {{"the ", 0},
                 {"its ", 0},
                 {"a ", 0},
                 {"an ", 0},
                 {"free ", 0},
                 {"only ", 0},
                 {"remaining ", 0},
                 {"one of the ", 0},
                 {"one ", 0},
                 {"both ", 2},
                 {"two ", 2},
                 {"all ", MG_EDIT_ALL},
                 {"each ", MG_EDIT_ALL},
                 {"every ", MG_EDIT_ALL},
                 {"three ", 3},
                 {"four ", 4},
                 {"five ", 5},
                 {"of ", 0},
                 {"single ", 0},
                 {"each of ", MG_EDIT_ALL},
                 {"both of ", 2}};
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < MG_COUNT(words); i++) {
            if (!edit_begins(s, words[i].word)) continue;
            if (words[i].times && (!*times || *times == MG_EDIT_ALL)) *times = words[i].times;
            cut(s, strlen(words[i].word));
            more = true;
        }
    }
}

static void take_end(char *s) {
    static const char *const ends[] = {" groups", " group",     " moiety", " moieties", " function",
                                       " atom",   " functions", " atoms",  " unit",     " residue"};
    for (size_t i = 0; i < MG_COUNT(ends); i++) {
        const size_t n = strlen(s), k = strlen(ends[i]);
        if (n > k && !strcmp(s + n - k, ends[i])) s[n - k] = 0;
    }
}

/* "3", "4'", "2alpha", "6a" at s; characters. */
static size_t number_at(const char *s) {
    size_t n = strspn(s, "0123456789");
    if (!n || n > 2) return 0;
    if (s[n] >= 'a' && s[n] <= 'e' && !isalpha((unsigned char)s[n + 1])) n++;
    while (s[n] == '\'') n++;
    if (edit_begins(s + n, "alpha")) return n + 5;
    return edit_begins(s + n, "beta") ? n + 4 : n;
}

/* "3", "o-7", "c8", "c-6", "n(6)" with what is behind: "3-oh", "7-oxygen". *letter: C, N, O, S, 0.
 * Characters; 0: none. */
static size_t locant_at(const char *s, char *letter, char out[MG_EDIT_LOCANT]) {
    size_t i = 0;
    *letter = 0;
    if (strchr("cnos", *s) && *s && (isdigit((unsigned char)s[1]) || s[1] == '-' || s[1] == '(')) {
        *letter = *s;
        i = s[1] == '-' || s[1] == '(' ? 2 : 1;
    }
    const size_t n = number_at(s + i);
    if (!n || n + 1 >= MG_EDIT_LOCANT) return 0;
    if (i == 2 && s[1] == '(' && s[i + n] != ')') return 0;
    snprintf(out, MG_EDIT_LOCANT, "%.*s", (int)n, s + i);
    i += n + (i == 2 && s[1] == '(');
    return s[i] && !strchr(" -,", s[i]) ? 0 : i;
}

/* "3 and 7", "o-3, o-7", "n1 and n3" from s on into one list; characters, *how_many. */
static size_t locants_at(const char *s, char *letter, char out[MG_EDIT_LOCANT], int *how_many) {
    size_t n = locant_at(s, letter, out);
    *how_many = n > 0;
    while (n) {
        static const char *const joins[] = {" and ",    ", and ", ", ",  ",",
                                            " and at ", "- and ", "-, ", "- and o-"};
        char next[MG_EDIT_LOCANT], other = 0;
        size_t k = 0, at = 0;
        for (size_t i = 0; i < MG_COUNT(joins) && !k; i++) {
            if (!edit_begins(s + n, joins[i])) continue;
            at = n + strlen(joins[i]);
            k = locant_at(s + at, &other, next);
        }
        const size_t have = strlen(out);
        if (!k || (other && other != *letter) || have + strlen(next) + 2 > MG_EDIT_LOCANT) break;
        snprintf(out + have, MG_EDIT_LOCANT - have, ",%s", next);
        ++*how_many;
        n = at + k;
    }
    return n;
}

static int kind_of(const char *s) {
    for (int i = 1; i < KINDS; i++)
        if (edit_is_one(s, strlen(s), SITE_KINDS[i].words)) return i;
    return -1;
}

static int kind_of_letter(char letter) {
    return letter == 'o'   ? SITE_HYDROXY
           : letter == 'n' ? SITE_NITROGEN
           : letter == 's' ? kind_of("s")
                           : -1;
}

/* "para to the chlorine", "ortho to its oh", "para", "the para position", "both ortho positions".
 */
static bool read_relative(char *s, mg_site *out) {
    static const char *const words[] = {"ortho", "meta", "para"};
    static const char *const tails[] = {"",          " position",  " positions",   " carbon",
                                        "-position", "-positions", " on the ring", " on one ring",
                                        " carbons"};
    static const char *const fronts[] = {"positions ", "position ", "carbons ", "carbon "};
    for (size_t i = 0; i < MG_COUNT(fronts); i++)
        for (size_t k = 0; k < MG_COUNT(words); k++) /* "positions ortho to the OH" */
            if (edit_begins(s, fronts[i]) && edit_begins(s + strlen(fronts[i]), words[k]))
                cut(s, strlen(fronts[i]));
    for (size_t i = 0; i < MG_COUNT(words); i++) {
        const size_t n = strlen(words[i]);
        if (!edit_begins(s, words[i])) continue;
        out->relative = *words[i];
        char *to = strstr(s, " to ");
        if (!to) {
            for (size_t k = 0; k < MG_COUNT(tails); k++)
                if (!strcmp(s + n, tails[k])) return true;
            return false;
        }
        *to = 0;
        bool known = false;
        for (size_t k = 0; k < MG_COUNT(tails); k++) known |= !strcmp(s + n, tails[k]);
        if (!known) return false;
        int times = 0;
        char *what = to + 4;
        take_front(what, &times);
        take_end(what);
        for (int k = 0; k < (int)MG_COUNT(TARGET) && !times; k++)
            if (edit_is_one(what, strlen(what), TARGET[k].words)) {
                out->target = k;
                return true;
            }
        return false;
    }
    return false;
}

/* "position 3", "carbon 4", "the 3-position", "3-oh", "o-7", "oh at c-3"; false: it is none. */
static bool read_numbered(char *s, mg_site *out) {
    static const char *const before[] = {"positions ", "position ", "carbon ", "carbons ",
                                         "carbon atom "};
    static const char *const behind[] = {"position", "positions", "carbon", "carbons", ""};
    char letter;
    int n = 0;
    bool said = false;
    for (size_t i = 0; i < MG_COUNT(before) && !said; i++)
        if (edit_begins(s, before[i])) {
            cut(s, strlen(before[i]));
            said = true;
        }
    const size_t k = locants_at(s, &letter, out->locant, &n);
    if (!k) return false;
    if (n > 1 && out->times && out->times != n && out->times != MG_EDIT_ALL) return false;
    if (n > 1) out->times = n;
    const char *rest = s + k;
    if (*rest == '-' || *rest == ' ') rest++;
    out->kind = kind_of_letter(letter);
    for (size_t i = 0; i < MG_COUNT(behind); i++)
        if (!strcmp(rest, behind[i])) return said || letter || *rest || n > 0;
    if (said) return false;
    const int kind = kind_of(rest);
    if (kind < 0) return false;
    out->kind = kind;
    return true;
}

/* "all four free ring positions": every CH of a benzene. */
static bool is_every_carbon(const char *s) {
    return edit_is_one(s, strlen(s),
                       "ring positions|free ring positions|remaining ring positions|"
                       "open ring positions|other ring positions|ring carbons|aromatic positions|"
                       "free positions|available positions");
}

bool mg_site_read(const char *words, mg_site *out) {
    char s[EDIT_WORDS];
    *out = (mg_site){.kind = -1, .target = -1};
    if (!edit_fold(words, s) || !*s) return false;
    take_front(s, &out->times);
    take_end(s);
    if (is_every_carbon(s) && out->times) {
        out->relative = 'r';
        return true;
    }
    if (read_relative(s, out)) return true;
    if (out->relative) return false;
    if ((out->kind = kind_of(s)) >= 0) return true;
    char *at = strstr(s, " at ");
    if (!at) at = strstr(s, " on ");
    if (!at) return read_numbered(s, out);
    *at = 0; /* "oh at c-3" */
    const int kind = kind_of(s);
    if (kind < 0 || !read_numbered(at + 4, out)) return false;
    out->kind = kind;
    return true;
}

char mg_site_atom(const mg_site *site) {
    return site->kind < 0 || site->relative ? 'C' : *SITE_KINDS[site->kind].place[0];
}
