/* edit_group.c - groups as chemists call them, "sulfate", "Boc", "TBS", "chlorines", as boronic
 * acids: their bond to boron is the one to the molecule.
 */
#include "chem/derive/inside.h"

#include <string.h>

/* What stands on an oxygen or nitrogen, as its boronic acid. */
static const struct {
    const char *words, *smiles;
} GROUPS[] = {
    {"sulfo|sulfate|sulphate|sulfated|sulphated|sulfuric acid|so3h|sulfonato|sulfate group",
     "OS(=O)(=O)B(O)O"},
    {"phospho|phosphate|phosphorylated|phosphoric acid|phosphono|po3h2|monophosphate",
     "OP(=O)(O)B(O)O"},
    {"diphosphate|pyrophosphate|diphosphorylated|pyrophosphorylated", "OP(=O)(O)OP(=O)(O)B(O)O"},
    {"triphosphate|triphosphorylated", "OP(=O)(O)OP(=O)(O)OP(=O)(O)B(O)O"},
    {"acetyl|acetate|ac|acetylated", "CC(=O)B(O)O"},
    {"formyl|formate|formylated", "O=CB(O)O"},
    {"benzoyl|benzoate|bz|benzoylated", "O=C(B(O)O)c1ccccc1"},
    {"pivaloyl|pivalate|piv", "CC(C)(C)C(=O)B(O)O"},
    {"trifluoroacetyl|trifluoroacetate|tfa|trifluoroacetylated", "O=C(B(O)O)C(F)(F)F"},
    {"boc|t-boc|tert-butoxycarbonyl", "CC(C)(C)OC(=O)B(O)O"},
    {"cbz|z|benzyloxycarbonyl|carboxybenzyl", "O=C(B(O)O)OCc1ccccc1"},
    {"fmoc", "O=C(B(O)O)OCC1c2ccccc2-c2ccccc21"},
    {"alloc|allyloxycarbonyl", "C=CCOC(=O)B(O)O"},
    {"tbs|tbdms|tert-butyldimethylsilyl", "CC(C)(C)[Si](C)(C)B(O)O"},
    {"tms|trimethylsilyl", "C[Si](C)(C)B(O)O"},
    {"tes|triethylsilyl", "CC[Si](CC)(CC)B(O)O"},
    {"tips|triisopropylsilyl", "CC(C)[Si](B(O)O)(C(C)C)C(C)C"},
    {"tbdps|tert-butyldiphenylsilyl", "CC(C)(C)[Si](B(O)O)(c1ccccc1)c1ccccc1"},
    {"bn|benzyl|benzylated", "OB(O)Cc1ccccc1"},
    {"pmb|4-methoxybenzyl|p-methoxybenzyl", "COc1ccc(CB(O)O)cc1"},
    {"mom|methoxymethyl", "COCB(O)O"},
    {"mem", "COCCOCB(O)O"},
    {"trt|trityl|tritylated", "OB(O)C(c1ccccc1)(c1ccccc1)c1ccccc1"},
    {"dmt|dimethoxytrityl|4,4'-dimethoxytrityl", "COc1ccc(C(B(O)O)(c2ccccc2)c2ccc(OC)cc2)cc1"},
    {"ts|tosyl|tosylate|tosylated|p-toluenesulfonyl", "Cc1ccc(S(=O)(=O)B(O)O)cc1"},
    {"ms|mesyl|mesylate|mesylated|methanesulfonyl", "CS(=O)(=O)B(O)O"},
    {"tf|triflyl|triflate|triflated", "O=S(=O)(B(O)O)C(F)(F)F"},
    {"ns|nosyl|nosylate", "O=S(=O)(B(O)O)c1ccc([N+](=O)[O-])cc1"},
    {"dansyl|dansylated", "CN(C)c1cccc2c(S(=O)(=O)B(O)O)cccc12"},
    {"carbamoyl|carbamate|carbamoylated", "NC(=O)B(O)O"},
    {"methoxycarbonyl", "COC(=O)B(O)O"},
    {"ethoxycarbonyl", "CCOC(=O)B(O)O"},
    {"methyl|me|methylated", "CB(O)O"},
    {"ethyl|et|ethylated", "CCB(O)O"},
    {"propyl|propylated|n-propyl", "CCCB(O)O"},
    {"isopropyl|isopropylated|i-pr|ipr", "CC(C)B(O)O"},
    {"butyl|butylated|n-butyl", "CCCCB(O)O"},
    {"tert-butyl|t-butyl|t-bu|tbu", "CC(C)(C)B(O)O"},
    {"allyl|allylated", "C=CCB(O)O"},
    {"propargyl|propargylated", "C#CCB(O)O"},
    {"prenyl|prenylated", "CC(C)=CCB(O)O"},
    {"geranyl|geranylated", "CC(C)=CCC/C(C)=C/CB(O)O"},
    {"farnesyl|farnesylated", "CC(C)=CCC/C(C)=C/CC/C(C)=C/CB(O)O"},
    {"phenyl|phenylated|ph", "OB(O)c1ccccc1"},
    {"hydroxyethyl|2-hydroxyethyl", "OCCB(O)O"},
    {"carboxymethyl|carboxymethylated", "O=C(O)CB(O)O"},
    {"nitroso|nitrosated|nitrosylated", "O=NB(O)O"},
    {"nitrate", "O=[N+]([O-])B(O)O"},
    {"nitro|no2", "O=[N+]([O-])B(O)O"},
    {"amino|nh2", "NB(O)O"},
    {"hydroxy|oh|hydroxyl", "OB(O)O"},
    {"thiol|sh|sulfanyl|mercapto", "SB(O)O"},
    {"chloro|chlorine|cl", "ClB(O)O"},
    {"bromo|bromine|br", "BrB(O)O"},
    {"fluoro|fluorine|f", "FB(O)O"},
    {"iodo|iodine", "IB(O)O"},
    {"cyano|nitrile|cn", "N#CB(O)O"},
    {"carboxy|cooh|carboxyl|co2h|carboxylic acid", "O=C(O)B(O)O"},
    {"aldehyde|cho", "O=CB(O)O"},
    {"methoxy|ome|methoxyl", "COB(O)O"},
    {"ethoxy|oet", "CCOB(O)O"},
    {"trifluoromethyl|cf3", "OB(O)C(F)(F)F"},
    {"trifluoromethoxy|ocf3", "OB(O)OC(F)(F)F"},
    {"dimethylamino|nme2", "CN(C)B(O)O"},
    {"methylamino|nhme", "CNB(O)O"},
    {"acetoxy|oac", "CC(=O)OB(O)O"},
    {"acetamido|nhac|acetylamino", "CC(=O)NB(O)O"},
    {"carboxamide|carbamoyl|conh2", "NC(=O)B(O)O"},
    {"ureido|carbamoylamino", "NC(=O)NB(O)O"},
    {"sulfonamide|sulfamoyl|so2nh2", "NS(=O)(=O)B(O)O"},
    {"hydroxymethyl|ch2oh", "OCB(O)O"},
    {"sulfonic acid", "O=S(=O)(O)B(O)O"},
    {"glucuronic acid|glucuronide|glucuronidated|glucuronosyl|beta-d-glucuronide|glucuronate|"
     "beta-d-glucuronic acid|beta-d-glucuronosyl",
     "O[C@@H]1[C@@H](O)[C@H](B(O)O)O[C@H](C(=O)O)[C@H]1O"},
};

const char *mg_edit_group(const char *what) {
    char s[EDIT_WORDS];
    if (!edit_fold(what, s)) return NULL;
    const size_t whole = strlen(s);
    if (whole > 6 && !strcmp(s + whole - 6, " group")) s[whole - 6] = 0;
    for (size_t i = 0; i < MG_COUNT(GROUPS); i++)
        if (edit_is_one(s, strlen(s), GROUPS[i].words)) return GROUPS[i].smiles;
    const size_t n = strlen(s); /* "chlorines", "methoxys" */
    for (size_t i = 0; i < MG_COUNT(GROUPS) && n > 3 && s[n - 1] == 's'; i++)
        if (edit_is_one(s, n - 1, GROUPS[i].words)) return GROUPS[i].smiles;
    if (!strcmp(s, "amine") || !strcmp(s, "amines")) return "NB(O)O";
    return NULL;
}
