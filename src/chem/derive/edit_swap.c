/* edit_swap.c - clauses that take something off a molecule or turn it into something else:
 *
 *   strip     a group gives way to a hydrogen       "without its N-methyl"
 *   replace   a group, an atom gives way to another "the fluorine replaced by chlorine"
 *   turn      a group becomes another               "the nitro group reduced to the amine"
 *
 * "The chlorine" is the only one: of two there is no product, unless "one" or "both" is said. A
 * methyl that leaves an amine may have a twin. The configuration of an atom whose group goes is
 * never guessed.
 */
#include "chem/derive/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RULES = 12, SUGARS = 8 };

static bool is_word(const char *s, const char *list) { return edit_is_one(s, strlen(s), list); }

/* Keeps a product where the same change cannot be made once more. Takes it. */
static int keep_last(const char rules[][EDIT_REACTION], int n, const char *partner, char **product,
                     molglot_error *err) {
    char *more = NULL;
    bool several = false;
    int code = MOLGLOT_OK;
    if (*product) code = edit_react_times(rules, n, 1, *product, partner, &more, &several, err);
    if (more || several || code) {
        free(*product);
        *product = NULL;
    }
    free(more);
    return code;
}

/* As often as is said: "the X" must be the only one, "both" are all there are. */
static int react_all(const char rules[][EDIT_REACTION], int n, int times, const char *smiles,
                     const char *partner, char **product, molglot_error *err) {
    bool several = false;
    int code = MOLGLOT_OK;
    if (times != MG_EDIT_ALL) {
        code = edit_react_times(rules, n, times ? times : 1, smiles, partner, product, &several,
                                err);
        return code || times == 1 ? code : keep_last(rules, n, partner, product, err);
    }
    for (int t = 1; t <= EDIT_PLACES && !code; t++) {
        char *next = NULL;
        code = edit_react_times(rules, n, t, smiles, partner, &next, &several, err);
        if (several || !next) break;
        free(*product);
        *product = next;
    }
    return code ? code : keep_last(rules, n, partner, product, err);
}

/* ---- groups removed ---- */

static const struct {
    const char *words;
    const char *rules[4];
} REMOVED[] = {
    {"n-methyl|methyl on nitrogen|n-methyl group|methyl on the nitrogen",
     {"[NX3:1][CH3]>>[N:1]", "[nX3:1][CH3]>>[n;H1:1]"}},
    {"o-methyl|methyl ether|methyl ether methyl", {"[OX2;$(O[c,CX4]):1][CH3]>>[O:1]"}},
    {"s-methyl", {"[SX2:1][CH3]>>[S:1]"}},
    {"hetero methyl", /* a drug's "desmethyl" */
     {"[NX3:1][CH3]>>[N:1]", "[nX3:1][CH3]>>[n;H1:1]", "[OX2;$(O[c,CX4]):1][CH3]>>[O:1]",
      "[SX2:1][CH3]>>[S:1]"}},
    {"methoxy|ome|methoxyl", {"[#6:1][OX2][CH3]>>[#6:1]"}},
    {"ethoxy|oet", {"[#6:1][OX2][CH2][CH3]>>[#6:1]"}},
    {"n-ethyl|ethyl on nitrogen", {"[NX3:1][CH2][CH3]>>[N:1]", "[nX3:1][CH2][CH3]>>[n;H1:1]"}},
    {"o-ethyl|ethyl ether", {"[OX2;$(O[c,CX4]):1][CH2][CH3]>>[O:1]"}},
    {"ethyl",
     {"[NX3:1][CH2][CH3]>>[N:1]", "[OX2:1][CH2][CH3]>>[O:1]", "[#6:1][CX4H2][CX4H3]>>[#6:1]"}},
    {"n-isopropyl", {"[NX3:1][CH1]([CH3])[CH3]>>[N:1]", "[nX3:1][CH1]([CH3])[CH3]>>[n;H1:1]"}},
    {"benzoyl|benzoate|o-benzoyl", {"[OX2:1][CX3](=O)c1[cH][cH][cH][cH][cH]1>>[O:1]"}},
    {"n-benzyl", {"[NX3:1][CH2]c1[cH][cH][cH][cH][cH]1>>[N:1]"}},
    {"o-benzyl|benzyl ether", {"[OX2;!$(OC=O):1][CH2]c1[cH][cH][cH][cH][cH]1>>[O:1]"}},
    {"boc|n-boc|boc group", {"[NX3:1]C(=O)OC([CH3])([CH3])[CH3]>>[N:1]"}},
    {"cbz|n-cbz", {"[NX3:1]C(=O)O[CH2]c1[cH][cH][cH][cH][cH]1>>[N:1]"}},
    {"sulfate|sulfo|o-sulfate", {"[OX2;$(O[#6]):1][SX4](=O)(=O)[OX2H1,OX1-]>>[O:1]"}},
    {"phosphate|o-phosphate", {"[OX2;$(O[#6]):1][PX4](=O)([OX2H1,OX1-])[OX2H1,OX1-]>>[O:1]"}},
    {"methyl ester", {"[OX2;$(OC=O):1][CH3]>>[O:1]"}},
    {"ethyl ester", {"[OX2;$(OC=O):1][CH2][CH3]>>[O:1]"}},
    {"tert-butyl ester|t-butyl ester", {"[OX2;$(OC(=O)[#6]):1]C([CH3])([CH3])[CH3]>>[O:1]"}},
    {"benzyl ester", {"[OX2;$(OC(=O)[#6]):1][CH2]c1[cH][cH][cH][cH][cH]1>>[O:1]"}},
    {"methyl",
     {"[NX3:1][CH3]>>[N:1]", "[nX3:1][CH3]>>[n;H1:1]", "[#6:1][CX4H3]>>[#6:1]",
      "[OX2:1][CH3]>>[O:1]"}},
    {"chlorine|chloro|cl", {"[#6:1]Cl>>[#6:1]"}},
    {"bromine|bromo|br", {"[#6:1]Br>>[#6:1]"}},
    {"fluorine|fluoro|f", {"[#6:1]F>>[#6:1]"}},
    {"iodine|iodo", {"[#6:1]I>>[#6:1]"}},
    {"halogen|the halogen", {"[#6:1][F,Cl,Br,I]>>[#6:1]"}},
    {"nitro|no2", {"[#6:1][NX3+](=O)[O-]>>[#6:1]"}},
    {"amino|amine|nh2|primary amine", {"[#6;!$(C~[O,S,N;X1,X2]):1][NX3;H2]>>[#6:1]"}},
    {"cyano|nitrile|cn", {"[#6:1]C#N>>[#6:1]"}},
    {"trifluoromethyl|cf3", {"[#6:1]C(F)(F)F>>[#6:1]"}},
    {"oh|hydroxyl|hydroxy|phenol oh|alcohol", {"[#6;!$(C=O):1][OX2H1]>>[#6:1]"}},
    {"thiol|sh|mercapto", {"[#6:1][SX2H1]>>[#6:1]"}},
    {"carboxyl|cooh|carboxylic acid|acid|carboxy|co2h", {"[#6:1][CX3](=O)[OX2H1]>>[#6:1]"}},
    {"acetyl|o-acetyl|acetate", {"[OX2:1][CX3](=O)[CH3]>>[O:1]", "[NX3:1][CX3](=O)[CH3]>>[N:1]"}},
    {"n-acetyl", {"[NX3:1][CX3](=O)[CH3]>>[N:1]"}},
};

/* Xanthines and uracils by number, where the words say one. */
static bool numbered_methyl(const mg_edit *e, char rule[EDIT_REACTION]) {
    static const struct {
        const char *locant, *rule;
    } table[] = {
        {"1",
         "[n;$(n1c(=O)n([#6])c2ncn([#6,#1])c2c1=O),$(n1c(=O)[n,c]c2ncnc2c1=O):1][CH3]>>[n;H1:1]"},
        {"3", "[n;$(n1c(=O)nc(=O)c2ncnc12),$(n1c(=O)nc(=O)c2ncnc21):1][CH3]>>[n;H1:1]"},
        {"7", "[n;$(n1cnc2nc(=O)nc(=O)c12):1][CH3]>>[n;H1:1]"}};
    for (size_t i = 0; i < MG_COUNT(table); i++)
        if (!strcmp(e->site.locant, table[i].locant)) {
            snprintf(rule, EDIT_REACTION, "%s", table[i].rule);
            return true;
        }
    return false;
}

/* Rules of a group that goes. A carbon that stays a centre would have to be told which: of a
 * molecule with configurations it is no place. */
static int removal_rules(const char *what, const char *smiles, char rules[][EDIT_REACTION]) {
    static const char any[] = "[#6";
    int n = 0;
    for (size_t i = 0; i < MG_COUNT(REMOVED); i++) {
        if (!is_word(what, REMOVED[i].words)) continue;
        for (; n < 4 && REMOVED[i].rules[n]; n++) {
            const char *rule = REMOVED[i].rules[n];
            const bool guard = strchr(smiles, '@') && edit_begins(rule, any);
            snprintf(rules[n], EDIT_REACTION, "%s%s%s", guard ? any : "",
                     guard ? ";!$([CX4;H0])" : "", rule + (guard ? sizeof any - 1 : 0));
        }
        break;
    }
    return n;
}

/* "the ester hydrolysed": of the only one, whose alcohol is a small one, the acid. */
static int open_ester(const char *smiles, char rules[][EDIT_REACTION], int *n, molglot_error *err) {
    static const char *const esters[] = {"OX2;H0;$(O([#6])[CX3](=O))"};
    static const char *const alkyls[] = {"[CX4;H3;!$(C[#6])]", "[CX4;H2][CX4;H3]",
                                         "[CX4;H2][CX4;H2][CX4;H3]", "[CX4;H1]([CX4;H3])[CX4;H3]",
                                         "[CX4]([CX4;H3])([CX4;H3])[CX4;H3]"};
    int there;
    const int code = edit_count(esters, 1, smiles, &there, err);
    *n = 0;
    for (size_t i = 0; i < MG_COUNT(alkyls) && there == 1; i++)
        snprintf(rules[(*n)++], EDIT_REACTION, "[OX2;$(OC(=O)[#6]):1]%s>>[O:1]", alkyls[i]);
    return code;
}

int edit_strip(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    char rules[RULES][EDIT_REACTION];
    const char *xanthine[] = {"n;$(n1c(=O)nc(=O)c2ncnc12)"};
    int there = 0, code = MOLGLOT_OK, n;
    if (!strcmp(e->what, "ester"))
        code = open_ester(smiles, rules, &n, err);
    else
        n = removal_rules(e->what, smiles, rules);
    if (!n || code) return code;
    if (*e->site.locant && strstr(e->what, "methyl"))
        code = edit_count(xanthine, 1, smiles, &there, err);
    if (there) {
        if (!numbered_methyl(e, rules[0])) return code;
        n = 1;
    }
    return code ? code : react_all(rules, n, e->site.times, smiles, NULL, product, err);
}

/* ---- groups that become others ---- */

#define NITRO     "nitro|nitro group|nitros|no2|nitro groups"
#define AMINE     "amine|aniline|primary amine|amino|amines|amino group|nh2|amino groups"
#define ACID      "acid|carboxylic acid|carboxyl|cooh|co2h|carboxylate|free acid"
#define ESTER     "ester|methyl ester|ethyl ester"
#define ALCOHOL   "alcohol|hydroxy|hydroxyl|oh|alcohols"
#define PRIMARY   "primary alcohol|primary oh|primary hydroxyl|hydroxymethyl|ch2oh"
#define SECONDARY "secondary alcohol|secondary oh|secondary hydroxyl"
#define KETONE    "ketone|keto|ketone carbonyl|keto group|oxo"
#define ALDEHYDE  "aldehyde|formyl|cho"
#define CARBONYL  "carbonyl"
#define AMIDE     "amide|primary amide|carboxamide|conh2"
#define NITRILE   "nitrile|cyano|cn"
#define SULFIDE   "sulfide|thioether|sulfur|sulphur|s|methylthio|sulfanyl"
#define SULFOXIDE "sulfoxide|sulphoxide|sulfinyl"
#define SULFONE   "sulfone|sulphone|sulfonyl"
#define THIOL     "thiol|sh|mercapto|sulfhydryl"
#define DOUBLE    "double bond|alkene|olefin|c=c|carbon-carbon double bond|alkene double bond"

/* verb: its first letters; '|' between; "=": no verb, "replaced by". alone: what is meant where
 * the words do not say what it becomes. */
static const struct {
    const char *verb, *from, *to, *rules[3];
    bool alone;
} TURNS[] = {
    {"oxidi", ALCOHOL "|" PRIMARY, "aldehyde", {"[CX4;H2;$(C[#6]):1][OX2H1:2]>>[C:1]=[O:2]"}, 0},
    {"oxidi|=", ALCOHOL "|" PRIMARY, ACID, {"[CX4;H2;$(C[#6]):1][OX2H1:2]>>[C:1](O)=[O:2]"}, 0},
    {"oxidi|conve|=",
     ALDEHYDE "|" CARBONYL,
     ACID,
     {"[CX3;H1;$(C[#6]):1]=[OX1:2]>>[C:1](O)=[O:2]"},
     1},
    {"oxidi|conve",
     ALCOHOL "|secondary alcohol",
     KETONE,
     {"[CX4;H1;$(C([#6])[#6]);!$(C[O;R]):1][OX2H1:2]>>[C;H0:1]=[O:2]"},
     0},
    {"oxidi",
     SECONDARY,
     KETONE,
     {"[CX4;H1;$(C([#6])[#6]);!$(C[O;R]):1][OX2H1:2]>>[C;H0:1]=[O:2]"},
     1},
    {"oxidi", SULFIDE, SULFOXIDE, {"[SX2;H0;$(S([#6])[#6]):1]>>[S:1]=O"}, 0},
    {"oxidi",
     SULFIDE "|" SULFOXIDE,
     SULFONE,
     {"[SX2;H0;$(S([#6])[#6]):1]>>[S:1](=O)=O", "[SX3;$(S([#6])[#6]):1]=[O:2]>>[S:1](=[O:2])=O"},
     0},
    {"oxidi",
     "amine|nitrogen|tertiary amine|pyridine|pyridine nitrogen|n|ring nitrogen",
     "n-oxide",
     {"[NX3;H0;$(N([CX4])([CX4])[CX4]):1]>>[N+:1][O-]", "[nX2;r6:1]>>[n+:1][O-]"},
     0},
    {"oxidi", THIOL, "sulfonic acid|sulfonate", {"[SX2;H1:1]>>[S:1](=O)(=O)O"}, 0},
    {"oxidi|=", AMINE, "nitro|nitro compound|nitro group", {"[NX3;H2;$(Nc):1]>>[N+:1](=O)[O-]"}, 0},
    {"reduc|conve|=",
     KETONE "|" ALDEHYDE "|" CARBONYL,
     ALCOHOL "|primary alcohol|secondary alcohol|carbinol",
     {"[CX3;$(C[#6]);!$(C[O,N,S]):1]=[OX1:2]>>[C:1][O:2]"},
     1},
    {"reduc|=", KETONE, "methylene|ch2", {"[CX3;$(C([#6])[#6]):1]=[OX1]>>[C:1]"}, 0},
    {"reduc|conve|=", NITRO, AMINE, {"[#6:3][NX3+:1](=O)[O-]>>[#6:3][N;+0:1]"}, 1},
    {"oxidi", AMINE, "nitroso|nitroso compound", {"[NX3;H2;$(Nc):1]>>[N:1]=O"}, 0},
    {"reduc|conve",
     "quinone|benzoquinone|naphthoquinone|quinone ring",
     "hydroquinone|quinol",
     {"[OX1:1]=[#6;R:2]1~[#6:3]~[#6:4]~[#6:5](=[OX1:6])~[#6:7]~[#6:8]~1>>"
      "[O:1]-[c:2]1:[c:3]:[c:4]:[c:5](-[O:6]):[c:7]:[c:8]:1"},
     1},
    {"opene",
     "lactone|lactone ring",
     "hydroxy acid|acid|hydroxyacid|open acid",
     {"[C;R:1](=[OX1:2])[OX2;R:3][#6:4]>>([C:1](=[O:2])O.[O:3][#6:4])"},
     1},
    {"reduc", NITRO, "hydroxylamine", {"[c:3][NX3+:1](=O)[O-:2]>>[c:3][N;+0:1][O;+0:2]"}, 0},
    {"reduc", NITRILE, AMINE "|aminomethyl", {"[CX2:1]#[NX1:2]>>[C:1][N:2]"}, 1},
    {"reduc", AMIDE, AMINE, {"[CX3;$(C[#6]);!R:1](=[OX1])[NX3:2]>>[C:1][N:2]"}, 1},
    {"reduc", "imine", AMINE, {"[CX3:1]=[NX2;$(N[#6]):2]>>[C:1][N:2]"}, 1},
    {"reduc|conve", ACID, "aldehyde", {"[CX3;$(C[#6]):1](=[OX1:2])[OX2H1]>>[C:1]=[O:2]"}, 0},
    {"reduc|conve|=",
     ACID,
     "alcohol|primary alcohol|hydroxymethyl|ch2oh",
     {"[CX3;$(C[#6]):1](=[OX1:2])[OX2H1]>>[C:1][O:2]"},
     0},
    {"reduc", SULFOXIDE, SULFIDE, {"[SX3;$(S([#6])[#6]):1]=[OX1]>>[S:1]"}, 1},
    {"reduc",
     "n-oxide",
     AMINE "|tertiary amine|pyridine",
     {"[#7+;!$([#7]=O):1][OX1-]>>[#7;+0:1]"},
     1},
    {"conve|=", ACID, AMIDE, {"[CX3;$(C[#6]):1](=[OX1:2])[OX2H1]>>[C:1](=[O:2])N"}, 0},
    {"conve|=", ACID, NITRILE, {"[CX3;$(C[#6]):1](=[OX1])[OX2H1]>>[C:1]#N"}, 0},
    {"conve|=",
     ACID,
     "methyl ester",
     {"[CX3;$(C[#6]):1](=[OX1:2])[OX2H1:3]>>[C:1](=[O:2])[O:3]C"},
     0},
    {"conve|=",
     ACID,
     "ethyl ester",
     {"[CX3;$(C[#6]):1](=[OX1:2])[OX2H1:3]>>[C:1](=[O:2])[O:3]CC"},
     0},
    {"conve|=", ACID, "hydroxamic acid", {"[CX3;$(C[#6]):1](=[OX1:2])[OX2H1]>>[C:1](=[O:2])NO"}, 0},
    {"conve|=",
     ACID,
     "hydrazide|acyl hydrazide",
     {"[CX3;$(C[#6]):1](=[OX1:2])[OX2H1]>>[C:1](=[O:2])NN"},
     0},
    {"hydro|conve|=", AMIDE, ACID, {"[CX3;$(C[#6]):1](=[OX1:2])[NX3;H2]>>[C:1](=[O:2])O"}, 0},
    {"conve|dehyd|=", AMIDE, NITRILE, {"[CX3;$(C[#6]):1](=[OX1])[NX3;H2]>>[C:1]#N"}, 0},
    {"hydro|conve|=", NITRILE, ACID, {"[CX2;$(C[#6]):1]#[NX1]>>[C:1](=O)O"}, 0},
    {"hydro|conve|=", NITRILE, AMIDE, {"[CX2;$(C[#6]):1]#[NX1:2]>>[C:1](=O)[N:2]"}, 0},
    {"conve|=",
     "methyl ester|ester",
     AMIDE,
     {"[CX3;$(C[#6]);!R:1](=[OX1:2])[OX2][CH3]>>[C:1](=[O:2])N"},
     0},
    {"conve|=",
     "ethyl ester|ester",
     AMIDE,
     {"[CX3;$(C[#6]);!R:1](=[OX1:2])[OX2][CH2][CH3]>>[C:1](=[O:2])N"},
     0},
    {"reduc|=",
     "methyl ester|ester",
     "alcohol|primary alcohol|hydroxymethyl|ch2oh",
     {"[CX3;$(C[#6]);!R:1](=[OX1:2])[OX2][CH3]>>[C:1][O:2]"},
     0},
    {"epoxi|conve",
     DOUBLE,
     "epoxide",
     {"[CX3;!R0,!$(C~[O,N,S]):1]=[CX3;!$(C~[O,N,S]):2]>>[C:1]1[C:2]O1"},
     1},
};

/* Several places of a row are told apart by nothing: the esters are counted first. */
static int is_single_ester(const char *smiles, bool *is, molglot_error *err) {
    static const char *const esters[] = {"OX2;H0;$(O([#6])[CX3](=O))"};
    int there;
    const int code = edit_count(esters, 1, smiles, &there, err);
    *is = there == 1;
    return code;
}

/* The rules of a verb, what it is done to ("": any) and what comes of it ("": what is meant). */
static int turn_rules(const char *verb, const char *from, const char *to,
                      char rules[][EDIT_REACTION]) {
    int n = 0;
    for (size_t i = 0; i < MG_COUNT(TURNS); i++) {
        if (!is_word(verb, TURNS[i].verb) || (*from && !is_word(from, TURNS[i].from))) continue;
        if (*to ? !is_word(to, TURNS[i].to) : !TURNS[i].alone || !*from) continue;
        for (int k = 0; k < 3 && TURNS[i].rules[k] && n < RULES; k++) {
            bool has = false;
            for (int r = 0; r < n; r++) has |= !strcmp(rules[r], TURNS[i].rules[k]);
            if (!has) snprintf(rules[n++], EDIT_REACTION, "%s", TURNS[i].rules[k]);
        }
    }
    return n;
}

/* Whether some atom or bond has no configuration that could have one. */
static bool is_open(const char *smiles) {
    char *labelled = mg_smiles_labelled(smiles, 'R', true, NULL);
    const bool open = labelled != NULL;
    free(labelled);
    return open;
}

static int count_marks(const char *smiles) {
    int n = 0;
    for (const char *c = smiles; *c; c++) n += *c == '@' && c[1] != '@';
    return n;
}

/* "saturated", "hydrogenated", "dihydro": every carbon-carbon double bond outside of aromatic
 * rings; a dihydro compound has one. */
static int saturate(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    static const char *const doubles[] = {"CX3;$(C=C)"}, *const triples[] = {"CX2;$(C#C)"},
                             *const others[] = {"$([NX3+](=O)[O-]),$([NX2]=[NX2]),$([N-]=[N+])",
                                                "$([#7+][O-])"},
                             *const rings[] = {"c"};
    char rules[1][EDIT_REACTION] = {"[CX3:1]=[CX3:2]>>[C:1][C:2]"};
    int times, other = 0, triple, ring;
    bool several;
    const bool dihydro = !strcmp(e->what, "dihydro");
    int code = edit_count(doubles, 1, smiles, &times, err);
    if (!code) code = edit_count(triples, 1, smiles, &triple, err);
    if (!code && strcmp(e->what, "saturated") != 0)
        code = edit_count(others, 2, smiles, &other, err);
    if (!code) code = edit_count(rings, 1, smiles, &ring, err);
    if (code || !times || times > EDIT_PLACES || times % 2 || triple || other) return code;
    if (!strcmp(e->what, "fully saturated") && ring) return code; /* its rings too? */
    if (dihydro && times != 2) return code;
    if (!strcmp(e->what, "double bond") && e->site.times != MG_EDIT_ALL &&
        times != 2 * (e->site.times ? e->site.times : 1))
        return code;
    code = edit_react_times(rules, 1, times / 2, smiles, NULL, product, &several, err);
    if (*product && dihydro &&
        ((!is_open(smiles) && is_open(*product)) || count_marks(*product) != count_marks(smiles))) {
        free(*product);
        *product = NULL;
    }
    return code;
}

/* What is left where every sugar has gone; none where a sugar is left or there was none. */
static int strip_sugars(const char *smiles, char **product, molglot_error *err) {
    static const char *const sugar[] = {
        "CX4;R;$(C1[OX2][CX4][CX4]([OX2,NX3])[CX4]([OX2,NX3])[CX4]1),"
        "$(C1([OX2])[OX2][CX4][CX4]([OX2])[CX4]1[OX2])"};
    char rules[1][EDIT_REACTION] = {
        "[#6:1]-!@[OX2:2]-!@[CX4;H1;R;$(C1([OX2])[OX2][CX4][CX4]([OX2,NX3])[CX4]([OX2,NX3])[CX4]1),"
        "$(C1([OX2])[OX2][CX4][CX4]([OX2])[CX4]1[OX2])]>>[#6:1][O:2]"};
    mg_products now = {0}, last = {0};
    int code = mg_products_add(&now, smiles, 1, err), there;
    for (int t = 0; t < SUGARS && now.n && !code; t++) {
        mg_products next = {0};
        for (size_t i = 0; i < now.n && !code; i++) {
            char **made = NULL;
            size_t n = 0;
            code = mg_smiles_react(now.s[i], rules[0], SUGARS, &made, &n, err);
            for (size_t k = 0; k < n; k++) {
                if (!code && n < SUGARS) code = mg_products_add(&next, made[k], SUGARS, err);
                free(made[k]);
            }
            free(made);
            if (!code && !n && t) code = mg_products_add(&last, now.s[i], SUGARS, err);
        }
        mg_products_free(&now);
        now = next;
    }
    if (!code && last.n == 1 && !now.n) code = edit_count(sugar, 1, last.s[0], &there, err);
    if (!code && last.n == 1 && !now.n && !there) {
        *product = strdup(last.s[0]);
        if (!*product) code = mg_no_memory(err, "a change of a molecule");
    }
    mg_products_free(&now);
    mg_products_free(&last);
    return code;
}

int edit_turn(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    char rules[RULES][EDIT_REACTION];
    bool single = true;
    static const char *const sugars[] = {"OX2H1;$(O[CX4;R][OX2;R])"};
    int code = MOLGLOT_OK, sugar = 0;
    if (is_word(e->what, "saturated|hydrogenated|fully saturated|dihydro|double bond"))
        return saturate(e, smiles, product, err);
    if (!strcmp(e->what, "aglycone")) return strip_sugars(smiles, product, err);
    if (is_word(e->from, ESTER)) code = is_single_ester(smiles, &single, err);
    if (!code) code = edit_count(sugars, 1, smiles, &sugar, err);
    if (sugar && !*e->from) single = false; /* of a sugar: its ring or its chain? */
    const int n = turn_rules(e->old, e->from, e->what, rules);
    return code || !n || !single ? code
                                 : react_all(rules, n, e->site.times, smiles, NULL, product, err);
}

/* ---- atoms that become others ---- */

#define SULFUR "sulfur|s|sulphur|sulfur atom"
#define OXYGEN "oxygen|o|oxygen atom"
static const struct {
    const char *old, *new;
    const char *there; /* the only atom that the words can mean */
    const char *rules[3];
} ATOMS[] = {
    {OXYGEN, SULFUR, "#8", {"[OX2:1]>>[S:1]", "[o:1]>>[s:1]", "[OX1:1]=[#6:2]>>[S:1]=[#6:2]"}},
    {"ring oxygen|ring o|ether oxygen|ether o",
     SULFUR,
     "#8;X2;R",
     {"[OX2;R:1]>>[S:1]", "[o:1]>>[s:1]"}},
    {OXYGEN "|ring oxygen|ring o|ether oxygen|ether o",
     "nh",
     "#8;X2;H0",
     {"[OX2;H0:1]>>[N;H1:1]", "[o:1]>>[n;H1:1]"}},
    {OXYGEN "|ring oxygen|ring o|ether oxygen|ether o",
     "ch2|methylene",
     "#8;X2;H0",
     {"[OX2;H0:1]>>[C;H2:1]"}},
    {OXYGEN, "selenium|se", "#8", {"[OX2:1]>>[Se:1]", "[o:1]>>[se:1]"}},
    {SULFUR "|ring sulfur|ring s",
     OXYGEN,
     "#16",
     {"[SX2:1]>>[O:1]", "[s:1]>>[o:1]", "[SX1:1]=[#6:2]>>[O:1]=[#6:2]"}},
    {SULFUR "|ring sulfur|ring s", "selenium|se", "#16;X2", {"[SX2:1]>>[Se:1]", "[s:1]>>[se:1]"}},
    {SULFUR "|ring sulfur|ring s", "ch2|methylene", "#16;X2", {"[SX2;H0:1]>>[C;H2:1]"}},
    {SULFUR "|ring sulfur|ring s", "nh", "#16;X2", {"[SX2;H0:1]>>[N;H1:1]", "[s:1]>>[n;H1:1]"}},
    {"nh|ring nh", OXYGEN, "#7;H1;R", {"[NX3;H1;R:1]>>[O;H0:1]", "[n;H1:1]>>[o;H0:1]"}},
    {"nh|ring nh", SULFUR, "#7;H1;R", {"[NX3;H1;R:1]>>[S;H0:1]", "[n;H1:1]>>[s;H0:1]"}},
    {"nh|ring nh", "ch2|methylene", "#7;H1;R", {"[NX3;H1;R:1]>>[C;H2:1]"}},
    {"nitrogen|n|ring nitrogen|ring n|pyridine nitrogen", "ch", "#7", {"[nX2:1]>>[c;H1:1]"}},
};

/* More than one atom that the word "oxygen" can mean: none. */
static int replace_atom(const mg_edit *e, const char *smiles, char **product, molglot_error *err) {
    char rules[3][EDIT_REACTION];
    int code = MOLGLOT_OK, there;
    for (size_t i = 0; i < MG_COUNT(ATOMS) && !*product && !code; i++) {
        if (!is_word(e->old, ATOMS[i].old) || !is_word(e->what, ATOMS[i].new)) continue;
        int n = 0;
        for (; n < 3 && ATOMS[i].rules[n]; n++)
            snprintf(rules[n], EDIT_REACTION, "%s", ATOMS[i].rules[n]);
        code = edit_count(&ATOMS[i].there, 1, smiles, &there, err);
        bool several;
        if (!code && there == 1)
            code = edit_react_times(rules, n, 1, smiles, NULL, product, &several, err);
    }
    return code;
}

/* ---- groups that give way to others ---- */

/* A group in the place of another, at no centre whose configuration would have to be told. */
static int replace_group(const mg_edit *e, const char *smiles, const char *partner, char **product,
                         molglot_error *err) {
    static const char plain[] = "[$(c),$([CX4;H2]),$([CX4;H3]),$([CX3;!$(C=O)]):1]";
    char rules[RULES][EDIT_REACTION];
    static const char *const carbons[] = {"BX3;$(B[#6])"};
    char base[RULES][EDIT_REACTION];
    int n = 0, found = 0, carbon;
    int code = edit_count(carbons, 1, partner, &carbon, err);
    if (code) return code;
    if (!strcmp(e->old, "ester"))
        code = open_ester(smiles, base, &found, err);
    else
        found = removal_rules(e->old, "", base);
    for (int k = 0; k < found && !code; k++) {
        const char *rule = base[k], *arrow = strstr(rule, ">>"), *rest = strstr(rule, ":1]");
        const bool on_carbon = edit_begins(rule, "[#6");
        if (!arrow || !rest || (!on_carbon && !carbon)) continue;
        const char *left = rule[1] == 'O'   ? "[O:1]"
                           : rule[1] == 'S' ? "[S:1]"
                           : rule[1] == 'n' ? "[n;H0:1]"
                                            : "[N:1]";
        const char *from = on_carbon ? rest + 3 : rule;
        snprintf(rules[n++], EDIT_REACTION, "%s%.*s.[*:9][BX3]([OX2H1])[OX2H1]>>%s[*:9]",
                 on_carbon ? plain : "", (int)(arrow - from), from, on_carbon ? "[#6:1]" : left);
    }
    if (code) return code;
    if (!n || edit_is_ester_word(e->what)) return MOLGLOT_OK;
    const int times = e->site.times;
    bool several;
    code = edit_react_times(rules, n, times > 1 && times != MG_EDIT_ALL ? times : 1, smiles,
                            partner, product, &several, err);
    if (code || !*product || times == 1) return code;
    /* the only one, or both: nothing of it is left */
    mg_edit gone = {.act = MG_ACT_REMOVE, .site = {.kind = -1, .target = -1, .times = 1}};
    char *same = NULL;
    snprintf(gone.what, sizeof gone.what, "%s", e->old);
    gone.site.times = times > 1 ? times : 0;
    code = edit_strip(&gone, smiles, &same, err);
    if (!code && !same) free(*product), *product = NULL;
    free(same);
    return code;
}

int edit_replace(const mg_edit *said, const char *smiles, const char *partner, char **product,
                 molglot_error *err) {
    char rules[RULES][EDIT_REACTION];
    bool single = true;
    mg_edit own = *said, *const e = &own;
    char what[EDIT_WORDS];
    if (edit_fold(said->what, what))
        snprintf(own.what, sizeof own.what, "%.*s", MG_EDIT_WHAT - 1, what);
    int code = replace_atom(e, smiles, product, err);
    if (code || *product) return code;
    if (is_word(e->what, "hydrogen|h|a hydrogen")) {
        const int n = removal_rules(e->old, smiles, rules);
        return n ? react_all(rules, n, e->site.times, smiles, NULL, product, err) : code;
    }
    if (is_word(e->old, ESTER)) code = is_single_ester(smiles, &single, err);
    const int n = turn_rules("=", e->old, e->what, rules);
    if (n && !code && single) code = react_all(rules, n, e->site.times, smiles, NULL, product, err);
    return code || n || !partner ? code : replace_group(e, smiles, partner, product, err);
}
