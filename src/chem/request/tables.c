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
                                              REAL("Fsp3", fsp3),
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
    {"alcoholic or phenolic hydroxy", "[OX2H][CX4,c]", NULL},
    {"double bonds", "[!$(*:*)]=*", NULL},
    {"multiple bonds", "*=,#,:*", NULL},
    {"biaryl bond", "a-!@a", NULL},
    {"internal alkyne", "[#6][CX2]#[CX2][#6]", NULL},
    {"internal alkene", "[CX3;!H2]=[CX3;!H2]", NULL},
    {"acid group",
     "[$([CX3](=[OX1])[OX2H]),$([CX3](=[OX1])[OX1-]),$([#16X4](=O)(=O)[OX2H,OX1-]),"
     "$([#16X3](=O)[OX2H,OX1-]),$([PX4](=O)[OX2H,OX1-]),$([BX3]([OX2H])[OX2H])]",
     NULL},
    {"acetyl group", "[CX3](=[OX1])[CX4H3]", NULL},
    {"chloride ion", "[Cl-;D0]", NULL},
    {"bromide ion", "[Br-;D0]", NULL},
    {"iodide ion", "[I-;D0]", NULL},
    {"fluoride ion", "[F-;D0]", NULL},
    {"carbon-sulfur bond", "[#6]~[#16]", NULL},
    {"carbon-silicon bond", "[#6]~[#14]", NULL},
    {"carbon-boron bond", "[#6]~[#5]", NULL},
    {"beta-keto ester", "[#6][CX3](=O)[CX4,CX3][CX3](=O)[OX2][#6]", NULL},
    {"trialkylamine", "[NX3;H0]([CX4])([CX4])[CX4]", NULL},
    {"dialkylamine", "[NX3;H1]([CX4])[CX4]", NULL},
    {"triarylamine", "[NX3;H0;!R](c)(c)c", NULL},
    {"sulfur mustard", "[SX2]([CX4][CX4][Cl,Br])[CX4][CX4][Cl,Br]", NULL},
    {"malonate", "[OX2,OX1-][CX3](=O)[CX4][CX3](=O)[OX2,OX1-]", NULL},
    {"vinyl sulfone", "[CX3]=[CX3][#16X4](=O)(=O)[#6]", NULL},
    {"alpha-halo ketone", "[F,Cl,Br,I][CX4][CX3](=O)[#6]", NULL},
    {"Fmoc group", "[CX3](=O)[OX2][CX4H2][CX4H1]1c2ccccc2-c2ccccc21", NULL},
    {"NHS ester", "[CX3](=O)[OX2][NX3]1[CX3](=O)[CX4][CX4][CX3]1=O", NULL},
    {"PEG chain", "[OX2][CX4H2][CX4H2][OX2][CX4H2][CX4H2][OX2]", NULL},
    {"biotin group", "[#6][CX4]1[#16][CX4][CX4]2[#7][CX3](=O)[#7][CX4]12", NULL},
    {"imidazolium", "n1cc[n+]c1", NULL},
    {"flavonoid skeleton",
     "[$([#6]1(-c2ccccc2)~[#6]~[#6]~c2ccccc2~[#8]1),"
     "$([#6]1(-c2ccccc2)~[#6]~c2ccccc2~[#8]~[#6]1),"
     "$([CX3](=O)(c1ccccc1[OX2])[#6]~[#6]c1ccccc1)]",
     NULL},
    {"isoflavonoid skeleton", "[$([#6]1(-c2ccccc2)~[#6]~c2ccccc2~[#8]~[#6]1)]", NULL},
    {"monoglyceride",
     "[$([CX4H2]([OX2][CX3](=O)[#6])[CX4H1]([OX2H])[CX4H2][OX2H]),"
     "$([CX4H1]([OX2][CX3](=O)[#6])([CX4H2][OX2H])[CX4H2][OX2H])]",
     NULL},
    {"diglyceride",
     "[$([CX4H2]([OX2][CX3](=O)[#6])[CX4H1]([OX2][CX3](=O)[#6])[CX4H2][OX2H]),"
     "$([CX4H1]([OX2H])([CX4H2][OX2][CX3](=O)[#6])[CX4H2][OX2][CX3](=O)[#6])]",
     NULL},
    {"deuterium", "[2H]", NULL},
    {"tritium", "[3H]", NULL},
    {"carbon-13", "[13#6]", NULL},
    {"carbon-14", "[14#6]", NULL},
    {"nitrogen-15", "[15#7]", NULL},
    {"omega-3 double bond", "[CH3][CH2][CH1]=[CH1]", NULL},
    {"omega-6 double bond", "[CH3][CH2][CH2][CH2][CH2][CH1]=[CH1]", NULL},
    {"omega-9 double bond", "[CH3][CH2][CH2][CH2][CH2][CH2][CH2][CH2][CH1]=[CH1]", NULL},
    {"nitrogen in a ring", "[#7;R]", NULL},
    {"oxygen in a ring", "[#8;R]", NULL},
    {"sulfur in a ring", "[#16;R]", NULL},
    {"carbon-carbon multiple bonds", "[#6]=,#,:[#6]", NULL},
    {"carbon-carbon double or triple bond", "[#6]=,#[#6]", NULL},
    {"branched carbons", "[#6;!R;$(*(~[#6])(~[#6])~[#6])]", NULL},
    {"cationic atom", "[+1,+2,+3;!$(*~[-])]", NULL},
    {"anionic atom", "[-1,-2,-3;!$(*~[+])]", NULL},
    {"sodium ion", "[Na+]", NULL},
    {"potassium ion", "[K+]", NULL},
    {"lithium ion", "[Li+]", NULL},
    {"calcium ion", "[Ca+2]", NULL},
    {"magnesium ion", "[Mg+2]", NULL},
    {"ammonium ion", "[NX4H4+]", NULL},
    {"hydrogen chloride", "[Cl;D0]", NULL},
    {"hydrogen bromide", "[Br;D0]", NULL},
    {"amine or ammonium", "[$([NX3;!$(N-[#6]=[O,N,S]);!$(N-[!#6;!#1])][CX4,c]),$([NX4+][CX4,c])]",
     NULL},
    {"heteroatoms", "[!#6;!#1]", NULL},
    {"quaternary carbons", "[CX4]([#6])([#6])([#6])[#6]", NULL},
    {"tertiary carbons", "[CX4;H1]([#6])([#6])[#6]", NULL},
    {"carbon in a ring", "[#6;R]", NULL},
    {"triazole ring", "[$(n1nncc1),$(n1nccn1),$(n1cncn1),$(n1cnnc1)]1aaaa1", NULL},
    {"oxadiazole ring", "[$(o1nccn1),$(o1ncnc1),$(o1cnnc1),$(o1nncc1)]1aaaa1", NULL},
    {"thiadiazole ring", "[$(s1nccn1),$(s1ncnc1),$(s1cnnc1),$(s1nncc1)]1aaaa1", NULL},
    {"triazine ring", "[$(n1ncncc1),$(n1nnccc1),$(n1cncnc1)]1aaaaa1", NULL},
    {"azole ring", "[$(n1aaaa1)]1aaaa1", NULL},
    {"diazine ring", "[$(n1ncccc1),$(n1cnccc1),$(n1ccncc1)]1aaaaa1", NULL},
    {"sugar",
     "[$([CX4;R]([OX2;R])([OX2,#7])[CX4;R][CX4;R][OX2]),"
     "$([CX4;R]([OX2;R])([OX2,#7])[CX4;R]([OX2])[CX4;R][CX4;R]),"
     "$([CX3H1](=O)[CX4]([OX2])[CX4]([OX2])[CX4][OX2]),"
     "$([CX3](=O)([CH2][OX2])[CX4]([OX2])[CX4][OX2])]",
     NULL},
    {"halogenated carbon chain", "[CX4][F,Cl,Br,I]", NULL},
    {"amino acid residues",
     "[NX3,NX4+;!$(N-[#6]=[!#6;!O])][CX4;H1,H2;!$(C(N)(C=O)C=O)][CX3](=[OX1])[NX3,OX2,OX1-]", NULL},
    {"glycine residue", "[NX3,NX4+][CX4H2]" ACYL, NULL},
    {"alanine residue", RESIDUE("([CH3])"), NULL},
    {"valine residue", RESIDUE("([CH]([CH3])[CH3])"), NULL},
    {"leucine residue", RESIDUE("([CH2][CH]([CH3])[CH3])"), NULL},
    {"isoleucine residue", RESIDUE("([CH]([CH3])[CH2][CH3])"), NULL},
    {"serine residue", RESIDUE("([CH2][OX2H])"), NULL},
    {"threonine residue", RESIDUE("([CH]([CH3])[OX2H])"), NULL},
    {"cysteine residue", RESIDUE("([CH2][SX2H])"), NULL},
    {"methionine residue", RESIDUE("([CH2][CH2][SX2][CH3])"), NULL},
    {"aspartic acid residue", RESIDUE("([CH2]C(=O)[OX2H,OX1-])"), NULL},
    {"glutamic acid residue", RESIDUE("([CH2][CH2]C(=O)[OX2H,OX1-])"), NULL},
    {"asparagine residue", RESIDUE("([CH2]C(=O)[NH2])"), NULL},
    {"glutamine residue", RESIDUE("([CH2][CH2]C(=O)[NH2])"), NULL},
    {"lysine residue", RESIDUE("([CH2][CH2][CH2][CH2][NH2,NH3+])"), NULL},
    {"arginine residue", RESIDUE("([CH2][CH2][CH2][#7]~C(~[#7])~[#7])"), NULL},
    {"histidine residue", RESIDUE("([CH2]c1cncn1)"), NULL},
    {"phenylalanine residue", RESIDUE("([CH2]c1[cH][cH][cH][cH][cH]1)"), NULL},
    {"tyrosine residue", RESIDUE("([CH2]c1[cH][cH]c([OX2H])[cH][cH]1)"), NULL},
    {"tryptophan residue", RESIDUE("([CH2]c1c[nH]c2ccccc12)"), NULL},
    {"proline residue", "[NX3,NX4+]1[CX4H1]([CX4H2][CX4H2][CX4H2]1)" ACYL, NULL},
    /* groups that chem/facts does not count */
    {"acyl azide", "[CX3](=[OX1])[NX2]=[N+]=[N-]", "acyl azide"},
    {"sulfonyl azide", "[SX4](=O)(=O)[NX2]=[N+]=[N-]", "sulfonyl azide|sulphonyl azide"},
    {"sulfenamide", "[#6][SX2][NX3]", "sulfenamide|sulphenamide"},
    {"sulfinamide", "[#6][SX3](=[OX1])[NX3]", "sulfinamide|sulphinamide"},
    {"sulfonimide", "[SX4](=O)(=O)[NX3][SX4](=O)=O", "sulfonimide|disulfonimide"},
    {"acyl sulfonamide", "[CX3](=[OX1])[NX3][SX4](=O)=O",
     "acyl sulfonamide|acylsulfonamide|n acyl sulfonamide|n acylsulfonamide"},
    {"oxaziridine", "[CX4]1[OX2][NX3]1", "oxaziridine"},
    {"diaziridine", "[CX4]1[NX3][NX3]1", "diaziridine"},
    {"diazirine", "[CX4]1[NX2]=[NX2]1", "diazirine"},
    {"gem-dihalide", "[CX4]([F,Cl,Br,I])[F,Cl,Br,I]", "gem dihalide|geminal dihalide"},
    {"vicinal dihalide", "[CX4]([F,Cl,Br,I])[CX4][F,Cl,Br,I]", "vicinal dihalide"},
    {"vicinal dibromide", "[CX4](Br)[CX4]Br", "vicinal dibromide|1,2 dibromide"},
    {"vicinal dichloride", "[CX4](Cl)[CX4]Cl", "vicinal dichloride|1,2 dichloride"},
    {"acylsilane", "[SiX4][CX3](=[OX1])[#6]", "acylsilane|acyl silane"},
    {"silyl enol ether", "[SiX4][OX2][CX3]=[CX3]", "silyl enol ether"},
    {"nitroalkane", "[CX4][$([NX3](=O)=O),$([NX3+](=O)[O-])]", "nitroalkane"},
    {"nitroalkene", "[CX3]=[CX3][$([NX3](=O)=O),$([NX3+](=O)[O-])]",
     "nitroalkene|nitroolefin|nitrovinyl"},
    {"hydroxyurea", "[OX2H][NX3][CX3](=[OX1])[NX3]", "hydroxyurea group|n hydroxyurea"},
    {"carbamic acid", "[NX3][CX3](=[OX1])[OX2H,OX1-]", "carbamic acid"},
    {"homoallylic alcohol", "[OX2H][CX4][CX4][CX3]=[CX3]", "homoallylic alcohol"},
    {"ynone", "[#6][CX3](=[OX1])[CX2]#[CX2]", "ynone|alkynone|alkynyl ketone"},
    {"enaminone", "[NX3][CX3]=[CX3][CX3](=[OX1])[#6]", "enaminone|vinylogous amide|beta enaminone"},
    {"ketoxime", "[#6][CX3](=[NX2][OX2H])[#6]", "ketoxime"},
    {"aldoxime", "[CX3H1]=[NX2][OX2H]", "aldoxime"},
    {"thiohydantoin", "[#16]=[#6]1[#7][#6][#6](=[OX1])[#7]1", "thiohydantoin"},
    {"spiroketal", "[CX4;R2;x4]([OX2;R])[OX2;R]", "spiroketal|spiroacetal"},
    {"glycal", "[OX2;R]1[CX3]=[CX3][CX4][CX4][CX4]1", "glycal"},
    {"azlactone", "[OX1]=[CX3]1[OX2][CX3]=[NX2][#6]1", "azlactone|oxazolone"},
    {"sultam", "[SX4;R](=O)(=O)-@[#7;R]", "sultam|cyclic sulfonamide"},
    {"sultone", "[SX4;R](=O)(=O)-@[OX2;R]", "sultone"},
    {"saccharin", "O=C1[#7]S(=O)(=O)c2ccccc12", "saccharin"},
    {"thiobarbiturate", "[#16]=[#6]1[#7][#6](=[OX1])[#6][#6](=[OX1])[#7]1",
     "thiobarbiturate|thiobarbituric acid"},
    {"protoberberine",
     "[#6]1~[#6]~[#6]~[#6]2~[#6](~[#6]~1)~[#6]~[#6]~[#7]1~[#6]~[#6]3~[#6]~[#6]~[#6]~[#6]~[#6]~3~[#"
     "6]~[#6]~1~2",
     "protoberberine|protoberberine skeleton"},
    {"benzylisoquinoline", "c1ccccc1[CX4H2][#6]1~[#7]~[#6]~[#6]~c2ccccc2~1",
     "benzylisoquinoline|benzyltetrahydroisoquinoline"},
    {"imidazopyridine", "[$(c1ccn2ccnc2c1),$(c1ccn2cncc2c1),$(c1cnc2ncnc2c1),$(c1cc2ncnc2cn1)]",
     "imidazopyridine"},
    {"pyrazolopyrimidine", "[$(c1cnc2ccnn2c1),$(c1ncc2cnnc2n1),$(c1nnc2cncnc12)]",
     "pyrazolopyrimidine"},
    {"pyrrolopyrimidine", "[$(c1cc2cncnc2n1),$(c1cc2ncncc2n1)]", "pyrrolopyrimidine"},
    {"thienopyridine",
     "[$(c1cc2c(s1)~[#7]~[#6]~[#6]~[#6]~2),$(c1cc2c(s1)~[#6]~[#7]~[#6]~[#6]~2),$(c1cc2c(s1)~[#6]~[#"
     "6]~[#7]~[#6]~2),$(c1cc2c(s1)~[#6]~[#6]~[#6]~[#7]~2)]",
     "thienopyridine"},
    {"naphthyridine",
     "[$(c1cnc2cccnc2c1),$(c1cnc2ccncc2c1),$(c1cnc2cnccc2c1),$(c1cnc2ncccc2c1),$(c1cc2cnccc2cn1),$("
     "c1cc2ccncc2cn1)]",
     "naphthyridine"},
    {"triazolopyridine",
     "[$(c1ccn2ncnc2c1),$(c1ccn2cnnc2c1),$(c1ccn2nncc2c1),$(c1cnc2nnnc2c1),$(c1cc2nnnc2cn1)]",
     "triazolopyridine"},
    {"enediyne", "[CX2]#[CX2][CX3]=[CX3][CX2]#[CX2]", "enediyne|ene diyne"},
    {"conjugated diyne", "[CX2]#[CX2][CX2]#[CX2]",
     "polyyne|conjugated diyne|1,3 diyne|diacetylene"},
    {"carbon-zinc bond", "[#6]~[Zn]", "organozinc|organozinc compound"},
    {"carbon-magnesium bond", "[#6]~[Mg]",
     "organomagnesium|organomagnesium compound|grignard reagent"},
    {"primary aliphatic amine", "[NX3;H2;!$(N-[#6]=[O,N,S])][CX4]",
     "primary aliphatic amine|primary alkylamine|primary alkyl amine"},
    {"secondary aromatic amine", "[NX3;H1;!$(N-C=[O,N,S]);!$(N-S=O)](c)[#6]",
     "secondary aromatic amine|secondary arylamine"},
    {"tertiary aromatic amine", "[NX3;H0;!$(N-C=[O,N,S]);!$(N-S=O)](c)([#6])[#6]",
     "tertiary aromatic amine|tertiary arylamine"},
    {"dialkyl thioether", "[SX2]([CX4])[CX4]", "dialkyl thioether|dialkyl sulfide"},
    {"diaryl thioether", "[SX2;!R](c)c", "diaryl thioether|diaryl sulfide"},
    {"alkyl thiol", "[SX2H][CX4]", "alkyl thiol|alkanethiol|aliphatic thiol"},
    {"thiohemiacetal", "[CX4]([OX2H])[SX2][#6]", "thiohemiacetal|hemithioacetal"},
    {"alkenyl fluoride", "[CX3]=[CX3]F", "fluoroalkene|vinyl fluoride|alkenyl fluoride"},
    {"alkenyl chloride", "[CX3]=[CX3]Cl", "chloroalkene|vinyl chloride|alkenyl chloride"},
    {"alkenyl bromide", "[CX3]=[CX3]Br", "bromoalkene|vinyl bromide|alkenyl bromide"},
    {"alkenyl iodide", "[CX3]=[CX3]I", "iodoalkene|vinyl iodide|alkenyl iodide"},
    {"enediol", "[OX2H][CX3]=[CX3][OX2H]", "enediol|endiol"},
    {"enol ester", "[CX3]=[CX3][OX2][CX3]=[OX1]", "enol ester|vinyl ester"},
    {"acyl bromide", "[CX3](=[OX1])Br", "acyl bromide|acid bromide"},
    {"acyl iodide", "[CX3](=[OX1])I", "acyl iodide|acid iodide"},
    {"chloroformate", "[OX2][CX3](=[OX1])Cl", "chloroformate"},
    {"thiolactam", "[SX1]=[CX3;R]-@[#7;R]", "thiolactam"},
    {"thiolactone", "[SX2;R]-@[CX3;R]=[OX1]", "thiolactone"},
    {"oxonium", "[OX3+]", "oxonium"},
    {"sulfate", "[SX4](=[OX1])(=[OX1])([OX2,OX1-])[OX2,OX1-]",
     "sulfate|sulphate|sulfate group|sulfooxy"},
    {"perchlorate", "[Cl](~O)(~O)(~O)~O", "perchlorate"},
    {"tetrafluoroborate", "[B-](F)(F)(F)F", "tetrafluoroborate"},
    {"hexafluorophosphate", "[P-](F)(F)(F)(F)(F)F", "hexafluorophosphate"},
    {"allyl halide", "[CX3]=[CX3][CX4][F,Cl,Br,I]", "allyl halide|allylic halide"},
    {"benzyl halide", "c[CX4H2][F,Cl,Br,I]", "benzyl halide|benzylic halide"},
    {"allyl bromide", "[CX3]=[CX3][CX4]Br", "allyl bromide|allylic bromide"},
    {"allyl chloride", "[CX3]=[CX3][CX4]Cl", "allyl chloride|allylic chloride"},
    {"benzyl bromide", "c[CX4]Br", "benzyl bromide|benzylic bromide"},
    {"benzyl chloride", "c[CX4]Cl", "benzyl chloride|benzylic chloride"},
    {"aryl boronic acid", "cB([OX2H])[OX2H]", "aryl boronic acid|arylboronic acid"},
    {"alpha,beta-unsaturated ester", "[CX3]=[CX3][CX3](=[OX1])[OX2][#6]",
     "alpha,beta unsaturated ester|enoate|enoate ester"},
    {"alpha,beta-unsaturated acid", "[CX3]=[CX3][CX3](=[OX1])[OX2H,OX1-]",
     "alpha,beta unsaturated acid|alpha,beta unsaturated carboxylic acid"},
    {"cyclic sulfone", "[SX4;R](=O)(=O)(@[#6])@[#6]", "cyclic sulfone"},
    {"cyclic sulfide", "[SX2;R;!a](@[#6])@[#6]", "cyclic sulfide|cyclic thioether"},
    {"cyclic amine", "[NX3;R;!$(N-[#6]=[O,N,S]);!$(N-S=O)](@[CX4])@[CX4]",
     "cyclic amine|saturated cyclic amine|alicyclic amine"},
    {"tertiary alkyl", "[CX4;H0]([#6])([#6])[#6]", "tertiary alkyl"},
    {NULL, NULL, NULL}};

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
