/* tables.c - numbers of a molecule (chem/facts) by name, patterns that the dictionary has not, and
 * substituents: the first atom of their SMARTS bears them.
 */
#include "chem/request/inside.h"

#include <string.h>

#define WHOLE(name, field) \
    { name, offsetof(mg_facts, field), false }
#define REAL(name, field) \
    { name, offsetof(mg_facts, field), true }
#define SIZED(name, size) \
    { name "-membered rings", offsetof(mg_facts, ring_sizes) + (size) * sizeof(int), false }

const request_number_row REQUEST_NUMBERS[] = {REAL("MolWt", weight),
                                              REAL("logP", logp),
                                              REAL("TPSA", tpsa),
                                              REAL("QED", qed),
                                              WHOLE("donors", donors),
                                              WHOLE("acceptors", acceptors),
                                              WHOLE("rotatable bonds", rotatable),
                                              WHOLE("heavy atoms", heavy),
                                              WHOLE("charge", charge),
                                              WHOLE("components", components),
                                              WHOLE("isotopes", isotopes),
                                              WHOLE("radicals", radicals),
                                              WHOLE("metals", metals),
                                              WHOLE("rings", rings),
                                              WHOLE("aromatic rings", aromatic_rings),
                                              WHOLE("hetero rings", hetero_rings),
                                              WHOLE("heteroaromatic rings", heteroaromatic_rings),
                                              WHOLE("largest ring", largest_ring),
                                              SIZED("three", 3),
                                              SIZED("four", 4),
                                              SIZED("five", 5),
                                              SIZED("six", 6),
                                              SIZED("seven", 7),
                                              SIZED("eight", 8),
                                              SIZED("nine", 9),
                                              SIZED("ten", 10),
                                              SIZED("eleven", 11),
                                              SIZED("twelve", 12),
                                              WHOLE("fused rings", fused),
                                              WHOLE("spiro atoms", spiro),
                                              WHOLE("bridgeheads", bridged),
                                              WHOLE("macrocycles", macrocycles),
                                              WHOLE("ring systems", ring_systems),
                                              WHOLE("stereocentres", stereocentres),
                                              WHOLE("R centres", r),
                                              WHOLE("S centres", s),
                                              WHOLE("stereo double bonds", stereobonds),
                                              WHOLE("E double bonds", e),
                                              WHOLE("Z double bonds", z),
                                              WHOLE("carbon chain", chain),
                                              WHOLE("C=C bonds", carbons_double),
                                              WHOLE("C#C bonds", carbons_triple),
                                              WHOLE("Lipinski violations", lipinski_breaks),
                                              {NULL, 0, false}};

#define ACYL          "[CX3](=[OX1])[NX3,OX2,OX1-]"
#define RESIDUE(side) "[NX3,NX4+;!$(N-C=O-[#7])][CX4;H1]" side ACYL

const request_pattern_row REQUEST_PATTERNS[] = {
    {"alcoholic or phenolic hydroxy", "[OX2H][CX4,c]"},
    {"double bonds", "[!$(*:*)]=*"},
    {"multiple bonds", "*=,#,:*"},
    {"biaryl bond", "a-!@a"},
    {"internal alkyne", "[#6][CX2]#[CX2][#6]"},
    {"internal alkene", "[CX3;!H2]=[CX3;!H2]"},
    {"acid group", "[$([CX3](=[OX1])[OX2H]),$([CX3](=[OX1])[OX1-]),$([#16X4](=O)(=O)[OX2H,OX1-]),"
                   "$([#16X3](=O)[OX2H,OX1-]),$([PX4](=O)[OX2H,OX1-]),$([BX3]([OX2H])[OX2H])]"},
    {"acetyl group", "[CX3](=[OX1])[CX4H3]"},
    {"chloride ion", "[Cl-;D0]"},
    {"bromide ion", "[Br-;D0]"},
    {"iodide ion", "[I-;D0]"},
    {"fluoride ion", "[F-;D0]"},
    {"carbon-sulfur bond", "[#6]~[#16]"},
    {"carbon-silicon bond", "[#6]~[#14]"},
    {"carbon-boron bond", "[#6]~[#5]"},
    {"beta-keto ester", "[#6][CX3](=O)[CX4,CX3][CX3](=O)[OX2][#6]"},
    {"trialkylamine", "[NX3;H0]([CX4])([CX4])[CX4]"},
    {"dialkylamine", "[NX3;H1]([CX4])[CX4]"},
    {"triarylamine", "[NX3;H0;!R](c)(c)c"},
    {"sulfur mustard", "[SX2]([CX4][CX4][Cl,Br])[CX4][CX4][Cl,Br]"},
    {"malonate", "[OX2,OX1-][CX3](=O)[CX4][CX3](=O)[OX2,OX1-]"},
    {"vinyl sulfone", "[CX3]=[CX3][#16X4](=O)(=O)[#6]"},
    {"alpha-halo ketone", "[F,Cl,Br,I][CX4][CX3](=O)[#6]"},
    {"Fmoc group", "[CX3](=O)[OX2][CX4H2][CX4H1]1c2ccccc2-c2ccccc21"},
    {"NHS ester", "[CX3](=O)[OX2][NX3]1[CX3](=O)[CX4][CX4][CX3]1=O"},
    {"PEG chain", "[OX2][CX4H2][CX4H2][OX2][CX4H2][CX4H2][OX2]"},
    {"biotin group", "[#6][CX4]1[#16][CX4][CX4]2[#7][CX3](=O)[#7][CX4]12"},
    {"imidazolium", "n1cc[n+]c1"},
    {"flavonoid skeleton", "[$([#6]1(-c2ccccc2)~[#6]~[#6]~c2ccccc2~[#8]1),"
                           "$([#6]1(-c2ccccc2)~[#6]~c2ccccc2~[#8]~[#6]1),"
                           "$([CX3](=O)(c1ccccc1[OX2])[#6]~[#6]c1ccccc1)]"},
    {"isoflavonoid skeleton", "[$([#6]1(-c2ccccc2)~[#6]~c2ccccc2~[#8]~[#6]1)]"},
    {"monoglyceride", "[$([CX4H2]([OX2][CX3](=O)[#6])[CX4H1]([OX2H])[CX4H2][OX2H]),"
                      "$([CX4H1]([OX2][CX3](=O)[#6])([CX4H2][OX2H])[CX4H2][OX2H])]"},
    {"diglyceride", "[$([CX4H2]([OX2][CX3](=O)[#6])[CX4H1]([OX2][CX3](=O)[#6])[CX4H2][OX2H]),"
                    "$([CX4H1]([OX2H])([CX4H2][OX2][CX3](=O)[#6])[CX4H2][OX2][CX3](=O)[#6])]"},
    {"deuterium", "[2H]"},
    {"tritium", "[3H]"},
    {"carbon-13", "[13#6]"},
    {"carbon-14", "[14#6]"},
    {"nitrogen-15", "[15#7]"},
    {"omega-3 double bond", "[CH3][CH2][CH1]=[CH1]"},
    {"omega-6 double bond", "[CH3][CH2][CH2][CH2][CH2][CH1]=[CH1]"},
    {"omega-9 double bond", "[CH3][CH2][CH2][CH2][CH2][CH2][CH2][CH2][CH1]=[CH1]"},
    {"nitrogen in a ring", "[#7;R]"},
    {"oxygen in a ring", "[#8;R]"},
    {"sulfur in a ring", "[#16;R]"},
    {"carbon-carbon multiple bonds", "[#6]=,#,:[#6]"},
    {"carbon-carbon double or triple bond", "[#6]=,#[#6]"},
    {"branched carbons", "[#6;!R;$(*(~[#6])(~[#6])~[#6])]"},
    {"cationic atom", "[+1,+2,+3;!$(*~[-])]"},
    {"anionic atom", "[-1,-2,-3;!$(*~[+])]"},
    {"sodium ion", "[Na+]"},
    {"potassium ion", "[K+]"},
    {"lithium ion", "[Li+]"},
    {"calcium ion", "[Ca+2]"},
    {"magnesium ion", "[Mg+2]"},
    {"ammonium ion", "[NX4H4+]"},
    {"hydrogen chloride", "[Cl;D0]"},
    {"hydrogen bromide", "[Br;D0]"},
    {"amine or ammonium", "[$([NX3;!$(N-[#6]=[O,N,S]);!$(N-[!#6;!#1])][CX4,c]),$([NX4+][CX4,c])]"},
    {"heteroatoms", "[!#6;!#1]"},
    {"quaternary carbons", "[CX4]([#6])([#6])([#6])[#6]"},
    {"tertiary carbons", "[CX4;H1]([#6])([#6])[#6]"},
    {"carbon in a ring", "[#6;R]"},
    {"triazole ring", "[$(n1nncc1),$(n1nccn1),$(n1cncn1),$(n1cnnc1)]1aaaa1"},
    {"oxadiazole ring", "[$(o1nccn1),$(o1ncnc1),$(o1cnnc1),$(o1nncc1)]1aaaa1"},
    {"thiadiazole ring", "[$(s1nccn1),$(s1ncnc1),$(s1cnnc1),$(s1nncc1)]1aaaa1"},
    {"triazine ring", "[$(n1ncncc1),$(n1nnccc1),$(n1cncnc1)]1aaaaa1"},
    {"azole ring", "[$(n1aaaa1)]1aaaa1"},
    {"diazine ring", "[$(n1ncccc1),$(n1cnccc1),$(n1ccncc1)]1aaaaa1"},
    {"sugar", "[$([CX4;R]([OX2;R])([OX2,#7])[CX4;R][CX4;R][OX2]),"
              "$([CX4;R]([OX2;R])([OX2,#7])[CX4;R]([OX2])[CX4;R][CX4;R]),"
              "$([CX3H1](=O)[CX4]([OX2])[CX4]([OX2])[CX4][OX2]),"
              "$([CX3](=O)([CH2][OX2])[CX4]([OX2])[CX4][OX2])]"},
    {"halogenated carbon chain", "[CX4][F,Cl,Br,I]"},
    {"amino acid residues",
     "[NX3,NX4+;!$(N-[#6]=[!#6;!O])][CX4;H1,H2;!$(C(N)(C=O)C=O)][CX3](=[OX1])[NX3,OX2,OX1-]"},
    {"glycine residue", "[NX3,NX4+][CX4H2]" ACYL},
    {"alanine residue", RESIDUE("([CH3])")},
    {"valine residue", RESIDUE("([CH]([CH3])[CH3])")},
    {"leucine residue", RESIDUE("([CH2][CH]([CH3])[CH3])")},
    {"isoleucine residue", RESIDUE("([CH]([CH3])[CH2][CH3])")},
    {"serine residue", RESIDUE("([CH2][OX2H])")},
    {"threonine residue", RESIDUE("([CH]([CH3])[OX2H])")},
    {"cysteine residue", RESIDUE("([CH2][SX2H])")},
    {"methionine residue", RESIDUE("([CH2][CH2][SX2][CH3])")},
    {"aspartic acid residue", RESIDUE("([CH2]C(=O)[OX2H,OX1-])")},
    {"glutamic acid residue", RESIDUE("([CH2][CH2]C(=O)[OX2H,OX1-])")},
    {"asparagine residue", RESIDUE("([CH2]C(=O)[NH2])")},
    {"glutamine residue", RESIDUE("([CH2][CH2]C(=O)[NH2])")},
    {"lysine residue", RESIDUE("([CH2][CH2][CH2][CH2][NH2,NH3+])")},
    {"arginine residue", RESIDUE("([CH2][CH2][CH2][#7]~C(~[#7])~[#7])")},
    {"histidine residue", RESIDUE("([CH2]c1cncn1)")},
    {"phenylalanine residue", RESIDUE("([CH2]c1[cH][cH][cH][cH][cH]1)")},
    {"tyrosine residue", RESIDUE("([CH2]c1[cH][cH]c([OX2H])[cH][cH]1)")},
    {"tryptophan residue", RESIDUE("([CH2]c1c[nH]c2ccccc12)")},
    {"proline residue", "[NX3,NX4+]1[CX4H1]([CX4H2][CX4H2][CX4H2]1)" ACYL},
    {NULL, NULL}};

#define NO_ACYL_N "[NX3;!$(N-[#6]=[O,S,N]);!$(N-[!#6])]"

const request_substituent_row REQUEST_SUBSTITUENTS[] = {
    {"fluorine", "fluoro|fluorinated|fluorine|fluoride", "[#6]-[F]"},
    {"chlorine", "chloro|chlorinated|chlorine|chloride", "[#6]-[Cl]"},
    {"bromine", "bromo|brominated|bromine|bromide", "[#6]-[Br]"},
    {"iodine", "iodo|iodinated|iodine|iodide", "[#6]-[I]"},
    {"halogen", "halo|halogenated|halogen|halide", "[#6]-[F,Cl,Br,I]"},
    {"nitro", "nitro|nitrated|no2", "[#6]-[$([NX3](=O)=O),$([NX3+](=O)[O-])]"},
    {"amino", "amino|aminated|nh2", "[#6]-" NO_ACYL_N},
    {"hydroxy", "hydroxy|hydroxyl|hydroxylated|oh", "[#6]-[OX2H]"},
    {"methoxy", "methoxy|methoxylated|ome|och3", "[#6]-[OX2]-[CH3]"},
    {"ethoxy", "ethoxy", "[#6]-[OX2]-[CH2][CH3]"},
    {"methyl", "methyl|methylated", "*-[CH3]"},
    {"ethyl", "ethyl|ethylated", "*-[CH2][CH3]"},
    {"propyl", "propyl", "*-[CH2][CH2][CH3]"},
    {"isopropyl", "isopropyl", "*-[CH]([CH3])[CH3]"},
    {"tert-butyl", "tert butyl|tertbutyl", "*-C([CH3])([CH3])[CH3]"},
    {"cyano", "cyano|nitrile|cyanated", "[#6]-[CX2]#[NX1]"},
    {"carboxylic acid", "carboxy|carboxyl|carboxylic acid|carboxylated|cooh|co2h",
     "*-[CX3](=[OX1])[OX2H,OX1-]"},
    {"aldehyde", "formyl|carbaldehyde|carboxaldehyde|formylated", "*-[CX3H1]=[OX1]"},
    {"carboxamide", "carboxamide", "*-[CX3](=[OX1])[NX3]"},
    {"carboxylic ester", "carboxylate ester|carboxylic ester", "*-[CX3](=[OX1])[OX2][#6]"},
    {"acetyl", "acetyl|acetylated", "*-[CX3](=[OX1])[CH3]"},
    {"trifluoromethyl", "trifluoromethyl|trifluoromethylated|cf3", "[#6]-C(F)(F)F"},
    {"sulfanyl", "mercapto|sulfanyl|thiol", "[#6]-[SX2H]"},
    {"sulfonic acid", "sulfonic acid|sulfo|sulfonated", "[#6]-S(=O)(=O)[OX2H,OX1-]"},
    {"sulfonamide", "sulfonamide|sulfamoyl", "[#6]-S(=O)(=O)[NX3]"},
    {"boronic acid", "boronic acid|borono", "[#6]-B([OX2H])[OX2H]"},
    {"phenyl", "phenyl|phenylated", "*-!@c1[cH,$(c-!@*)]cccc1"},
    {"vinyl", "vinyl|ethenyl", "*-[CX3H1]=[CX3H2]"},
    {"ethynyl", "ethynyl", "*-[CX2]#[CX2H1]"},
    {NULL, NULL, NULL}};

int request_number_row_of(const char *name) {
    for (int i = 0; REQUEST_NUMBERS[i].name; i++)
        if (!strcmp(REQUEST_NUMBERS[i].name, name)) return i;
    return -1;
}

int request_pattern_of(const char *name) {
    for (int i = 0; REQUEST_PATTERNS[i].name; i++)
        if (!strcmp(REQUEST_PATTERNS[i].name, name)) return i;
    return -1;
}

int request_substituent_of(const char *word, size_t n) {
    for (int i = 0; REQUEST_SUBSTITUENTS[i].label; i++)
        for (const char *a = REQUEST_SUBSTITUENTS[i].words; *a;) {
            size_t k = strcspn(a, "|");
            if (k == n && !memcmp(a, word, n)) return i;
            a += k + (a[k] == '|');
        }
    return -1;
}

int request_residue_size(const char *label) {
    static const struct {
        const char *name;
        int heavy;
    } sizes[] = {{"glycine", 4},    {"alanine", 5},   {"valine", 7},         {"leucine", 8},
                 {"isoleucine", 8}, {"serine", 6},    {"threonine", 7},      {"cysteine", 6},
                 {"methionine", 8}, {"aspartic", 8},  {"glutamic", 9},       {"asparagine", 8},
                 {"glutamine", 9},  {"lysine", 9},    {"arginine", 11},      {"histidine", 10},
                 {"proline", 7},    {"tyrosine", 12}, {"phenylalanine", 11}, {"tryptophan", 14}};
    const char *end = strchr(label, ' ');
    if (!end || !strstr(label, "residue") || strstr(label, "residues")) return 0;
    for (size_t i = 0; i < MG_COUNT(sizes); i++)
        if (!strncmp(label, sizes[i].name, strlen(sizes[i].name))) return sizes[i].heavy;
    return 0;
}
