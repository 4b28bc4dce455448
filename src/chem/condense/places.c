/* places.c - groups that react, as words call them, and where a molecule has them: SMARTS for
 * reactions (rdkit_react.cc), from the most likely place to the least.
 */
#include "chem/condense/inside.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ACYL "[C:1](=[O:2])"
static const place CARBOXY[] = {
    {"[CX3;$(C[CX4][NX3]):1](=[OX1:2])[OX2H1]", ACYL, ALPHA},
    {"[CX3;$(C[#6,#1]);!$(C[CX4][NX3]):1](=[OX1:2])[OX2H1]", ACYL, SIDE},
    {"[CX3;H1:1](=[OX1:2])[OX2H1]", ACYL, 0},
    {"[CX3;$(C[N,O]):1](=[OX1:2])[OX2H1]", ACYL, 0},
    {NULL, NULL, 0}};
static const place SULFO[] = {{"[SX4:1](=[OX1:2])(=[OX1:3])[OX2H1]", "[S:1](=[O:2])(=[O:3])", 0},
                              {NULL, NULL, 0}};
static const place PHOSPHO[] = {{"[PX4:1](=[OX1:2])[OX2H1]", "[P:1](=[O:2])", 0}, {NULL, NULL, 0}};
static const place CARBONYL[] = {{"[CX3;H1;$(C[#6]):1]=[OX1]", "[C:1]=", 0},
                                 {"[CX3;H2:1]=[OX1]", "[C:1]=", 0},
                                 {"[CX3;H0;$(C([#6])[#6]):1]=[OX1]", "[C:1]=", 0},
                                 {NULL, NULL, 0}};
static const place AMINO[] = {
    {"[NX3;H1,H2;$(N[CX4][CX3](=[OX1])[O,N]);!$(NC=[O,S,N]);!$(N[S,P,N]):5]", "[N:5]", ALPHA},
    {"[NX3;H2;$(N[CX4]);!$(N[CX4][CX3](=[OX1])[O,N]):5]", "[N:5]", SIDE | PRIMARY | ALKYL},
    {"[NX3;H1;$(N([CX4])[CX4]);!$(N[CX4][CX3](=[OX1])[O,N]):5]", "[N:5]", SIDE | SECONDARY | ALKYL},
    {"[NX3;H1;$(N([CX4])[CX4]):5]", "[N:5]", SECONDARY},
    {"[NX3;H2;$(Nc):5]", "[N:5]", ARYL | PRIMARY},
    {"[NX3;H1;$(N(c)[CX4]):5]", "[N:5]", ARYL | SECONDARY},
    {"[NX3;H2;$(N[N,O]):5]", "[N:5]", HYDRAZINE},
    {"[NX3;H3:5]", "[N:5]", 0},
    {"[NX3;H2;$(NS(=O)=O):5]", "[N:5]", 0},
    {"[NX3;H2;$(NC=O):5]", "[N:5]", 0},
    {"[nX3;H1:5]", "[n;H0:5]", 0},
    {NULL, NULL, 0}};
static const place HYDROXY[] = {{"[OX2H1;$(O[C;R]([O;R])):5]", "[O:5]", ANOMERIC | SAID},
                                {"[OX2H1;$(O[CX4;H2,H3]):5]", "[O:5]", PRIMARY | SAID},
                                {"[OX2H1;$(O[CX4]):5]", "[O:5]", ALKYL | MORE},
                                {"[OX2H1;$(Oc):5]", "[O:5]", ARYL},
                                {"[OX2H1;$(ON):5]", "[O:5]", 0},
                                {NULL, NULL, 0}};
static const place THIOL[] = {{"[SX2H1:5]", "[S:5]", 0}, {NULL, NULL, 0}};
static const place ACID[] = {{"[OX2H1;$(OC=O):5]", "[O:5]", 0}, {NULL, NULL, 0}}; /* anhydrides */

const struct reacting REACTING[GROUPS] = {
    {CARBOXY, true, "carboxy|carboxyl|carboxylic acid|carboxylic|carboxylate|acyl"},
    {SULFO, true, "sulfo|sulfonic acid|sulfonyl|sulfonic"},
    {PHOSPHO, true, "phosphono|phosphonic acid|phosphoric acid|phosphate"},
    {CARBONYL, true, "aldehyde|formyl|keto|ketone|oxo|carbonyl|aldehydic"},
    {AMINO, false,
     "amino|anilino|amine|hydrazino|hydrazinyl|hydrazine|nitrogen|hydroxylamine|anilinic"},
    {HYDROXY, false, "hydroxy|hydroxyl|alcohol|phenol|hydroxyls"},
    {THIOL, false, "thiol|mercapto|sulfanyl|sulfhydryl"},
    {ACID, false, ""}};

static const struct {
    const char *word;
    int which;
} WHICH[] = {{"alpha", ALPHA},
             {"n(2)", ALPHA},
             {"n2", ALPHA},
             {"α", ALPHA},
             {"c-terminal", ALPHA},
             {"n-terminal", ALPHA},
             {"epsilon", SIDE},
             {"n(6)", SIDE},
             {"n6", SIDE},
             {"gamma", SIDE},
             {"delta", SIDE},
             {"side-chain", SIDE},
             {"side chain", SIDE},
             {"secondary", SECONDARY},
             {"phenolic", ARYL},
             {"anilino", ARYL},
             {"anilinic", ARYL},
             {"aromatic", ARYL},
             {"phenol", ARYL},
             {"anomeric", ANOMERIC},
             {"alcoholic", ALKYL},
             {"aliphatic", ALKYL},
             {"primary", PRIMARY},
             {"hydrazin", HYDRAZINE},
             {"hydrazide", HYDRAZINE}};

static bool holds(const char *s, size_t n, const char *what) {
    for (size_t k = strlen(what), i = 0; i + k <= n; i++)
        if (!strncasecmp(s + i, what, k)) return true;
    return false;
}

int place_which(const char *s, size_t n, size_t kind) {
    int which = 0;
    for (size_t i = 0; i < MG_COUNT(WHICH); i++)
        if (holds(s, n, WHICH[i].word)) which |= WHICH[i].which;
    for (size_t i = 0; i < kind && !which; i++)
        if (isdigit((unsigned char)s[i])) which = NUMBERED;
    return which;
}

bool place_fits(const place *p, int which) {
    if (!which || which == NUMBERED) return !(p->which & SAID);
    return (p->which & which) != 0;
}
