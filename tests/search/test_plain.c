/* test_plain.c - molecules in a chemist's own words: names, clauses behind them, words before them,
 * lipids; what is refused. */
#include "../must.h"
#include "../small_dictionary.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

static molglot_error err;

/* Names that no systematic reader knows. */
static small_dictionary open_small(void) {
    static const char *const smiles[] = {
        "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "C/C=C/c1ccc(O)c(OC)c1", "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
        "CCCCC/C=C\\C[C@H](O)/C=C/C=C\\C/C=C\\CCCC(=O)O", "CC(C)[C@H](N)C(=O)O"};
    static const mg_name_row rows[] = {{"ibuprofen", 0, MG_NAME_PUBCHEM | MG_NAME_CHEBI, 1},
                                       {"isoeugenol", 1, MG_NAME_PUBCHEM, 1},
                                       {"caffeine", 2, MG_NAME_PUBCHEM, 1},
                                       {"12(S)-HETE", 3, MG_NAME_PUBCHEM, 1},
                                       {"Val", 4, MG_NAME_PUBCHEM, 1},
                                       {"TPP", 2, MG_NAME_PUBCHEM, 1}};
    return small_dictionary_open(rows, MG_COUNT(rows), smiles, MG_COUNT(smiles));
}

static const struct {
    const char *text, *smiles; /* NULL: it builds nothing */
} ROWS[] = {
    {"the human metabolite N-benzoylglycine", "O=C(O)CNC(=O)c1ccccc1"},
    {"4-hydroxybenzoic acid, plant metabolite", "O=C(O)c1ccc(O)cc1"},
    {"COX inhibitor for inflammation: ibuprofen", "CC(C)Cc1ccc(C(C)C(=O)O)cc1"},
    {"ibuprofen (analgesic)", "CC(C)Cc1ccc(C(C)C(=O)O)cc1"},
    {"ibuprofen = 2-(4-isobutylphenyl)propanoic acid", "CC(C)Cc1ccc(C(C)C(=O)O)cc1"},
    {"ibuprofen (caffeine)", NULL},
    /* salts, waters, metals, isotopes, hands and rings that are said have to be there */
    {"Mg-caffeine", NULL},
    {"caffeine (2:1), tea", NULL},
    {"4-nitrobenzoate, K+", NULL},
    {"caffeine, K+ channel opener of tea", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"},
    {"4-nitrobenzoic acid, 2H2O", NULL},
    {"cyclic tripeptide Gly-Ala-Gly", "C[C@@H]1NC(=O)CNC(=O)CNC1=O"},
    {"cyclic pentapeptide Pro-Leu-Ile-Val-Leu, has allo/D stereocentres", NULL},
    {"Gly-Val dipeptide with D-valine at the C-terminus", NULL},
    {"Ac-Gln-OH (DL)", NULL},
    {"L-gulose, five ring hemiacetal, anomer open", NULL},
    {"propanoic acid, both CH2 as CD2", NULL},
    /* places that are told */
    {"3-hydroxypentane-2,4-dione 5-phosphate dianion, made by bacteria",
     "CC(=O)C(O)C(=O)COP(=O)([O-])[O-]"},
    {"3-hydroxypentane-2,4-dione 3-phosphate", "CC(=O)C(OP(=O)(O)O)C(C)=O"},
    {"3-hydroxypentane-2,4-dione 9-phosphate", NULL},
    {"stearic acid 10-hydroxy 9-phosphate", "CCCCCCCCC(O)C(CCCCCCCC(=O)O)OP(=O)(O)O"},
    {"N-methyl-L-lysine, methyl on the alpha amine", "CN[C@@H](CCCCN)C(=O)O"},
    {"4-hydroxyphenylacetic acid, prenylated", NULL}, /* on which atom? */
    {"prenylated 4-hydroxyphenylacetic acid", NULL},
    {"O-prenylated 4-hydroxybenzoic acid", "CC(C)=CCOc1ccc(C(=O)O)cc1"},
    /* which of two is the acid, the amine, the ion */
    {"benzoate ester of 4-hydroxybutanoic acid", "O=C(O)CCCOC(=O)c1ccccc1"},
    {"sinapate ester of 16-hydroxyhexadecanoic acid",
     "COc1cc(/C=C/C(=O)OCCCCCCCCCCCCCCCC(=O)O)cc(OC)c1O"},
    {"amide of sinapic acid (E) with tyramine", "COc1cc(/C=C/C(=O)NCCc2ccc(O)cc2)cc(OC)c1O"},
    {"4-(aminomethyl)pyridin-3-ol as the ammonium", "[NH3+]Cc1ccncc1O"},
    {"TPP, triphenyl phosphate (plasticiser)", "O=P(Oc1ccccc1)(Oc1ccccc1)Oc1ccccc1"},
    {"TPP, triphenyl phosphate, sulfonated plasticiser", NULL},
    {"TMB, trimethoxybenzene of no place", NULL},
    {"2-O-(Gal b1-4 Glc b) glycerol", NULL},
    {"1-oleoyl-2-myristoyl phosphatidylethanolamine, dipolar",
     "CCCCCCCC/C=C\\CCCCCCCC(=O)OC[C@H](COP(=O)([O-])OCC[NH3+])OC(=O)CCCCCCCCCCCCC"},
    /* chains and bases */
    {"1-O-oleoyl-2-O-palmitoyl cephalin, non-zwitterion",
     "CCCCCCCC/C=C\\CCCCCCCC(=O)OC[C@H](COP(=O)(O)OCCN)OC(=O)CCCCCCCCCCCCCCC"},
    {"1-O-hexadecyl-2-palmitoyl PE",
     "CCCCCCCCCCCCCCCCOC[C@H](COP(=O)(O)OCCN)OC(=O)CCCCCCCCCCCCCCC"},
    {"1-palmitoyl-2-(9-hydroxynonanoyl) glycerophosphocholine",
     "CCCCCCCCCCCCCCCC(=O)OC[C@H](COP(=O)([O-])OCC[N+](C)(C)C)OC(=O)CCCCCCCCO"},
    {"C16 amide of 4-hydroxy C20 sphinganine",
     "CCCCCCCCCCCCCCCC[C@@H](O)[C@@H](O)[C@H](CO)NC(=O)CCCCCCCCCCCCCCC"},
    {"dihydroceramide, C16:0 acyl, anteiso-methyl C17 sphinganine",
     "CCCCCCCCCCCCCCCC(=O)N[C@@H](CO)[C@H](O)CCCCCCCCCCC(C)CC"},
    {"t17:0 iso phytoceramide, 2-hydroxybehenamide",
     "CCCCCCCCCCCCCCCCCCCCC(O)C(=O)N[C@@H](CO)[C@H](O)[C@H](O)CCCCCCCCCCC(C)C"},
    {"x17:0 iso phytoceramide, 2-hydroxybehenamide", NULL},
    /* what is told of it */
    {"caffeine, purine stimulant of coffee", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"},
    {"caffeine - methylated xanthine of tea", NULL},
    {"caffeine, chlorinated stimulant", NULL},
    {"caffeine, cation of coffee", NULL},
    {"caffeine, soluble", NULL},
    {"ibuprofen, propionic acid NSAID (Brufen)", "CC(C)Cc1ccc(C(C)C(=O)O)cc1"},
    {"ibuprofen, R enantiomer, inactive", "CC(C)Cc1ccc([C@@H](C)C(=O)O)cc1"},
    {"ibuprofen, 4-isobutylbenzoic acid", NULL}, /* another molecule */
    {"12(S)-HETE, one list's eicosanoid", NULL},
    {"4-nitrobenzoate, carboxylate of a nitro acid", "O=C([O-])c1ccc([N+](=O)[O-])cc1"},
    {"4-nitrobenzoic acid, methoxy on the ring", NULL},
    {"2-bromobutanoic acid, no stereo", "CCC(Br)C(=O)O"},
    {"PBA, 4-phenylbutanoic acid, chemical chaperone", "O=C(O)CCCc1ccccc1"},
    {"uracil with a methyl at C5, N1-benzyl", NULL},
    {"isooctane, octane number 100", NULL},
    {"norvaline zwitterion, L", "CCC[C@H]([NH3+])C(=O)[O-]"},
    {"pentane-1,5-diamine dimethylated at one N", NULL},
    {"benzimidazole with a pentanoic acid on N1", NULL},
    {"adenine with NMe2 at C6", NULL},
    /* forms that are told */
    {"hexanoyl-CoA, substrate of a dehydrogenase, 4-",
     "CCCCCC(=O)SCCNC(=O)CCNC(=O)[C@H](O)C(C)(C)COP(=O)([O-])OP(=O)([O-])OC[C@H]1O[C@@H](n2cnc3c(N)"
     "ncnc32)[C@H](O)[C@@H]1OP(=O)([O-])[O-]"},
    {"4-aminobutanoic acid, inhibitory transmitter, inner salt form", "[NH3+]CCCC(=O)[O-]"},
    {"lauroylcarnitine inner salt", "CCCCCCCCCCCC(=O)OC(CC(=O)[O-])C[N+](C)(C)C"},
    {"7-hydroxy-4'-methoxyflavan, S at C-2", "COc1ccc([C@@H]2CCc3ccc(O)cc3O2)cc1"},
    {"7-hydroxy-4'-methoxyflavan, S at C-3", NULL},
    {"2,3-dihydroxybutanoic acid, 2R,3S, oxidation product", "C[C@H](O)[C@@H](O)C(=O)O"},
    {"oct-3-en-2-one, E/Z undefined", "CCCCC=CC(C)=O"},
    {"(2E)-oct-2-enal, alkene geometry not given", NULL},
    {"3-hydroxyheptanoic acid, racemic as drawn", "CCCCC(O)CC(=O)O"},
    {"4-nitrobenzoic acid, enol", NULL},
    {"hexane-2,4-dione, keto form", NULL},
    {"4-(methylsulfanyl)benzoic acid as drawn, aryl sulfide", "CSc1ccc(C(=O)O)cc1"},
    /* what is told adds to the name */
    {"naphthalene-1-carboxylic acid, phenol at C3, methyl at C5", NULL},
    {"naphthalene-1-carboxylic acid, acid at C1, building block", "O=C(O)c1cccc2ccccc12"},
    {"5,4'-dihydroxy-3-methoxyflavone, 7-O-diglycoside", NULL},
    {"3-chloroquinoline-2-carboxylic acid: 5-OH, dye", NULL},
    {"4-hydroxyquinoline-2-carboxylic acid, C6 1-phenylbutyl", NULL},
    {"3-chloroquinoline-2-carboxylic acid, with a nitro at C3", NULL},
    {"3-hydroxybenzoic acid, CoA-activated", NULL},
    {"3-chloroquinoline-2-carboxylate, K+", NULL},
    {"3-chloroquinoline-2-carboxylic acid, K+ channel opener", "O=C(O)c1nc2ccccc2cc1Cl"},
    {"something capped: N-capped X joined to 4-methylquinoline", NULL},
    {"glycerol with octadecanoate at its end, cis-9-octadecenoate in the middle", NULL},
    {"PC O-16:0/18:2, 1-hexadecyl ether", NULL},
    {"quinoxaline-6-carboxamide, N-cyclohexyl-N-methyl", NULL},
    {"1-acetylindoline-2,3-dione, N-acyl isatin", "CC(=O)N1C(=O)C(=O)c2ccccc21"},
    {"18-hydroxyoctadecanoic acid, terminal oxygen carrying beta-Glc", NULL},
    {"4'-hydroxy-7-methoxyflavanone, glucose on the 5-oxygen", NULL},
    {"3-chloroquinoline-2-carboxylic acid, C8 methyl", NULL},
    {"kinase probe: 3-chloropyridine, spirolactam piperidine", NULL},
    {"analogue of cAMP, pyrazolo[4,3-d]pyrimidine", NULL},
    {"quinol with 12 prenyl units, naphthalene-1,4-diol", NULL},
    {"anisole with ortho nitro, 2-nitroanisole", "COc1ccccc1[N+](=O)[O-]"},
    {"anisole with ortho nitro, 3-nitroanisole", NULL},
    /* names among words */
    {"furan fused to benzene at 2,3: 1-benzofuran", "c1ccc2occc2c1"},
    {"aldehyde with a far double bond, hept-6-enal (from seeds)", "C=CCCCCC=O"},
    {"7-[(R)-1-hydroxyethyl]quinoline-2-carboxylic acid from a fungus",
     "C[C@@H](O)c1ccc2ccc(C(=O)O)nc2c1"},
    {"TPP, triphenyl phosphate plasticiser", "O=P(Oc1ccccc1)(Oc1ccccc1)Oc1ccccc1"},
    {"tripeptide with two glycines, H-Gly-Ala-Gly-OH", "C[C@H](NC(=O)CN)C(=O)NCC(=O)O"},
    {"dipeptide Gly-Ala-Gly", NULL},
    {"6-OH-acyl pyridine, 4-hydroxypyridine-2-carbaldehyde", NULL},
    {"part (4-methylpentanol) with lauric acid", NULL},
    {"what makes 4-methylpentanol? 4-methylpentanal", NULL},
    {"the molecule is 4-methylquinoline in which the hydrogen at position is replaced", NULL},
    /* chains by their omega */
    {"20:4 n-6 fatty acid", "CCCCC/C=C\\C/C=C\\C/C=C\\C/C=C\\CCCC(=O)O"},
    {"C18:2(n-6) carboxylate", "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)[O-]"},
    {"18:3n-3 acid, cis at 9,12,15", "CC/C=C\\C/C=C\\C/C=C\\CCCCCCCC(=O)O"},
    {"20:8 n-6 fatty acid", NULL},
    {"20:4 fatty acid", NULL},
    {"ibuprofen / caffeine", NULL},
    {"methyl ester: ibuprofen", NULL},
    {"salt: ibuprofen", NULL},
    {"ibuprofen, prodrug", NULL},
    {"the drug benzene", NULL},
    {"4-Cl-PhOH", "Oc1ccc(Cl)cc1"},
    {"2-OH-octanoic acid", "CCCCCCC(O)C(=O)O"},
    {"flavone w/ 5,7-diOH, 4'-OMe", "COc1ccc(-c2cc(=O)c3c(O)cc(O)cc3o2)cc1"},
    {"indole, 5-F, 2-Me", "Cc1cc2cc(F)ccc2[nH]1"},
    {"quercetin 3-methoxy", NULL},
    {"3-methoxy quercetin", NULL},
    {"4-nitrophenol with a hydroxy on its OH", NULL},
    {"cinnamic acid, trans", "O=C(O)/C=C/c1ccccc1"},
    {"oct-3-en-2-one, cis", "CCCC/C=C\\C(C)=O"},
    {"3-methylpent-2-enoic acid, trans", NULL},
    {"phenylalanine, R at the alpha carbon", "N[C@H](Cc1ccccc1)C(=O)O"},
    {"R at the alpha carbon of alanine", "C[C@@H](N)C(=O)O"},
    {"2-amino-3-methylpentanoic acid, S configuration at the alpha carbon", "CCC(C)[C@H](N)C(=O)O"},
    {"3-aminobutanoic acid, R at the alpha carbon", NULL},
    {"3-aminobutanoic acid with R configuration at the alpha carbon", NULL},
    {"3-aminobutanoic acid with R configuration at the gamma carbon", NULL},
    {"all-trans deca-2,4-dienal", "CCCCC/C=C/C=C/C=O"},
    {"octadeca-9,12-dienoic acid, all cis", "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)O"},
    {"octadeca-9Z,12Z-dienoic acid, C18:2", "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)O"},
    {"octadeca-9E,12Z-dienoic acid, 18:2", "CCCCC/C=C\\C/C=C/CCCCCCCC(=O)O"},
    {"O-(9Z,12Z-octadecadienoyl)carnitine, zwitterion",
     "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)OC(CC(=O)[O-])C[N+](C)(C)C"},
    {"deca-2,4-dienal with both double bonds trans", "CCCCC/C=C/C=C/C=O"},
    {"octa-2,4,6-trienal with both double bonds trans", NULL},
    {"3-methyldeca-2,4-dienal, all-trans", NULL},
    {"(2E)-deca-2,4-dienal, all-cis", NULL},
    {"hexanoyl amide of glycine", "CCCCCC(=O)NCC(=O)O"},
    {"benzoic acid + glycine amide", "O=C(O)CNC(=O)c1ccccc1"},
    {"picolinic amide of threonine coupled to glycine", "CC(O)C(NC(=O)c1ccccn1)C(=O)NCC(=O)O"},
    {"glycine coupled to alanine", NULL},
    {"cysteine coupled to acetic acid", NULL},
    {"ibuprofen, S form", "CC(C)Cc1ccc([C@H](C)C(=O)O)cc1"},
    {"glucose, S form", NULL},
    {"DL-Val", "CC(C)C(N)C(=O)O"},
    {"(2S,4R)-flavan, 4-hydroxy", "O[C@@H]1C[C@@H](c2ccccc2)Oc2ccccc21"},
    {"GlcNAc-beta-(1->6)-GlcNAc",
     "CC(=O)N[C@H]1[C@H](OC[C@H]2OC(O)[C@H](NC(C)=O)[C@@H](O)[C@@H]2O)O[C@H](CO)[C@@H](O)[C@@H]"
     "1O"},
    {"isoeugenol sulfated on its phenol OH", "C/C=C/c1ccc(OS(=O)(=O)O)c(OC)c1"},
    {"lysine with both amines protonated", "[NH3+]CCCCC([NH3+])C(=O)O"},
    {"the N-acetyl derivative of aniline", "CC(=O)Nc1ccccc1"},
    {"ibuprofen as its sodium salt", "CC(C)Cc1ccc(C(C)C(=O)[O-])cc1.[Na+]"},
    {"glucose with a methyl on the anomeric oxygen, beta",
     "CO[C@@H]1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1O"},
    {"D-galactose sulfated at O-3", "O=S(=O)(O)O[C@H]1[C@@H](O)[C@@H](CO)OC(O)[C@@H]1O"},
    {"cholesterol esterified with acetic acid",
     "CC(=O)O[C@H]1CC[C@@]2(C)C(=CC[C@H]3[C@@H]4CC[C@H]([C@H](C)CCCC(C)C)[C@@]4(C)CC[C@@H]32)C1"},
    {"tripeptide Ala-Gly-Phe, C-terminal amide", "C[C@H](N)C(=O)NCC(=O)N[C@@H](Cc1ccccc1)C(N)=O"},
    {"2-chloropyridine carrying a nitro at C5", "O=[N+]([O-])c1ccc(Cl)nc1"},
    {"toluene with NO2 para to the methyl", "Cc1ccc([N+](=O)[O-])cc1"},
    {"caffeine with the 7-methyl gone", "Cn1c(=O)c2[nH]cnc2n(C)c1=O"},
    {"aniline acylated with benzoyl chloride", "O=C(Nc1ccccc1)c1ccccc1"},
    {"the Boc-protected glycine", "CC(C)(C)OC(=O)NCC(=O)O"},
    {"phenol ether of 4-nitrophenol with benzyl alcohol", "O=[N+]([O-])c1ccc(OCc2ccccc2)cc1"},
    {"quercetin methylated on the 7-OH", "COc1cc(O)c2c(=O)c(O)c(-c3ccc(O)c(O)c3)oc2c1"},
    {"D-glucopyranose phosphorylated at C6", "O=P(O)(O)OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"quercetin deprotonated at the 7-OH", "O=c1c(O)c(-c2ccc(O)c(O)c2)oc2cc([O-])cc(O)c12"},
    {"estradiol with a palmitate on the 17-OH",
     "CCCCCCCCCCCCCCCC(=O)O[C@H]1CC[C@H]2[C@@H]3CCc4cc(O)ccc4[C@H]3CC[C@]12C"},
    {"stearic acid with Z double bonds at C9 and C12", "CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)O"},
    {"linoleic acid fully saturated", "CCCCCCCCCCCCCCCCCC(=O)O"},
    {"4-(methylsulfanyl)phenol oxidised to the sulfone", "CS(=O)(=O)c1ccc(O)cc1"},
    {"o-cresol with nitros at C4 and C6", "Cc1cc([N+](=O)[O-])cc([N+](=O)[O-])c1O"},
    {"glycine conjugate of cholic acid",
     "C[C@H](CCC(=O)NCC(=O)O)[C@H]1CC[C@H]2[C@@H]3[C@H](O)C[C@@H]4C[C@H](O)CC[C@]4(C)[C@H]3C[C@H]("
     "O)[C@]12C"},
    {"methyl ester of the N-acetyl derivative of L-alanine", "COC(=O)[C@H](C)NC(C)=O"},
    {"coumarin with 4-ethyl and 7-hydroxy", "CCc1cc(=O)oc2cc(O)ccc12"},
    {"morpholine amide of benzoic acid", "O=C(c1ccccc1)N1CCOCC1"},
    {"isopropyl ester of salicylic acid", "CC(C)OC(=O)c1ccccc1O"},
    {"2-naphthylamide of L-alanine", "C[C@H](N)C(=O)Nc1ccc2ccccc2c1"},
    {"oleic acid as its CoA thioester, tetraanion",
     "CCCCCCCC/C=C\\CCCCCCCC(=O)SCCNC(=O)CCNC(=O)[C@H](O)C(C)(C)COP(=O)([O-])OP(=O)([O-])OC[C@H]"
     "1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1OP(=O)([O-])[O-]"},
    /* lipids */
    {"PC with palmitic acid at sn-1 and 12(S)-HETE at sn-2",
     "CCCCC/C=C\\C[C@H](O)/C=C/C=C\\C/C=C\\CCCC(=O)O[C@H](COC(=O)CCCCCCCCCCCCCCC)COP(=O)([O-])OCC["
     "N+](C)(C)C"},
    {"PA anion, stearic acid at sn-1, oleic acid at sn-2",
     "CCCCCCCC/C=C\\CCCCCCCC(=O)O[C@H](COC(=O)CCCCCCCCCCCCCCCCC)COP(=O)([O-])O"},
    {"phosphatidic acid dianion, stearic acid at sn-1, oleic acid at sn-2",
     "CCCCCCCC/C=C\\CCCCCCCC(=O)O[C@H](COC(=O)CCCCCCCCCCCCCCCCC)COP(=O)([O-])[O-]"},
    {"ceramide with a 24:0 fatty acid",
     "CCCCCCCCCCCCC/C=C/[C@@H](O)[C@H](CO)NC(=O)CCCCCCCCCCCCCCCCCCCCCCC"},
    {"triglyceride of three acetic acids", "CC(=O)OCC(COC(C)=O)OC(C)=O"},
    {"glycerol esterified with oleic acid at the 2-position", "CCCCCCCC/C=C\\CCCCCCCC(=O)OC(CO)CO"},
    {"1-palmitoyl-2-oleoyl PE zwitterion",
     "CCCCCCCC/C=C\\CCCCCCCC(=O)O[C@H](COC(=O)CCCCCCCCCCCCCCC)COP(=O)([O-])OCC[NH3+]"},
    {"PC with 16:0 at sn-1 and 18:1(9Z) at sn-2",
     "CCCCCCCC/C=C\\CCCCCCCC(=O)O[C@H](COC(=O)CCCCCCCCCCCCCCC)COP(=O)([O-])OCC[N+](C)(C)C"},
    {"PC with 16:0 at sn-1 and 18:1 at sn-2", NULL}, /* where is the double bond? */
    /* chains in any words */
    {"3R-hydroxy C20:3 acid, cis bonds at 8, 11, 14, anion",
     "CCCCC/C=C\\C/C=C\\C/C=C\\CCCC[C@@H](O)CC(=O)[O-]"},
    {"C14 fatty acid with an OH at C6", "CCCCCCCCC(O)CCCCC(=O)O"},
    {"C14 fatty acid with an OH at C6 and on the last carbon", NULL},
    {"C18 acid, triene", NULL},
    {"3-hydroxy C14:0 acid, R, anion", "CCCCCCCCCCC[C@@H](O)CC(=O)[O-]"},
    {"3,5-dihydroxy C14:0 acid, R, anion", NULL},
    {"six-carbon acid with a C2 olefin", NULL},
    {"GlcCer with a 4-hydroxy iso C17 base and lauric acid", NULL},
    {"C18 fatty acid, saturated", NULL}, /* straight? */
    {"a C14 fatty acid with an OH at C6", NULL},
    {"fatty acid with 16 carbons and one double bond", NULL},
    {"9Z-octadecenoyl-CoA, its first proton off", NULL},
    {"lauroyl ceramide 1-phosphate, both phosphate OHs ionised",
     "CCCCCCCCCCCCC/C=C/[C@@H](O)[C@H](COP(=O)([O-])[O-])NC(=O)CCCCCCCCCCC"},
    {"trans-2,cis-9-octadecadienoic acid, anion", "CCCCCCCC/C=C\\CCCCC/C=C/C(=O)[O-]"},
    {"C16:1 acid, 9E, drawn cis", NULL},
    {"8S-HETE, lipoxygenase product of arachidonate",
     "CCCCC/C=C\\C/C=C\\C=C\\[C@@H](O)C/C=C\\CCCC(=O)O"},
    {"8S-HETE, 9R alcohol", NULL},
    {"20-HDHA", "CCC(O)/C=C/C=C\\C/C=C\\C/C=C\\C/C=C\\C/C=C\\CCC(=O)O"},
    {"5,6-diHETE", NULL}, /* which double bonds are left? */
    {"5-HETrE", NULL},    /* of Mead acid */
    {"11,12-DiHETrE, diol of the epoxide", "CCCCC/C=C\\CC(O)C(O)C/C=C\\C/C=C\\CCCC(=O)O"},
    {"9,10-EpOME anion, epoxide of linoleic acid", "CCCCC/C=C\\CC1OC1CCCCCCCC(=O)[O-]"},
    {"16-hydroxy DPA", NULL},
    {"ester of carnitine with 2E,4Z-octadienoic acid",
     "CCC/C=C\\C=C\\C(=O)OC(CC(=O)[O-])C[N+](C)(C)C"},
    {"3-methylpent-2-enoic acid anion, trans", NULL},
    /* lipids by class and chains */
    {"PE 16:0/20:4, palmitoyl arachidonoyl cephalin, zwitterion",
     "CCCCC/C=C\\C/C=C\\C/C=C\\C/C=C\\CCCC(=O)O[C@H](COC(=O)CCCCCCCCCCCCCCC)COP(=O)([O-])"
     "OCC[NH3+]"},
    {"PE 16:0/20:4, palmitoyl linoleoyl cephalin", NULL},
    {"PC 16:0/18:1, POPC with an extra double bond", NULL},
    {"lyso PE with myristic acid on the central oxygen",
     "CCCCCCCCCCCCCC(=O)O[C@H](CO)COP(=O)(O)OCCN"},
    {"lysoPC 14:0, acyl position unspecified", NULL},
    {"PC O-16:0/14:0 ether lipid",
     "CCCCCCCCCCCCCCCCOC[C@H](COP(=O)([O-])OCC[N+](C)(C)C)OC(=O)CCCCCCCCCCCCC"},
    {"N-palmitoyl DSPE anion",
     "CCCCCCCCCCCCCCCCCC(=O)OC[C@H](COP(=O)([O-])OCCNC(=O)CCCCCCCCCCCCCCC)OC(=O)CCCCCCCCCCCCCCCC"
     "C"},
    {"phosphatidic acid, lauroyl then myristoyl, dianion",
     "CCCCCCCCCCCCCC(=O)O[C@H](COC(=O)CCCCCCCCCCC)COP(=O)([O-])[O-]"},
    {"phosphatidic acid, lauroyl then myristoyl, trianion", NULL},
    /* ceramides */
    {"phytoceramide with a C20 base and lauric acid",
     "CCCCCCCCCCCCCCCC[C@@H](O)[C@@H](O)[C@H](CO)NC(=O)CCCCCCCCCCC"},
    {"iso-C17 dihydroceramide with a C12:0 amide",
     "CCCCCCCCCCCC(=O)N[C@@H](CO)[C@H](O)CCCCCCCCCCCC(C)C"},
    {"iso-C17 dihydroceramide with an iso-C12:0 amide", NULL},
    {"alpha-GalCer with C12 acyl", NULL}, /* on which base? */
    {"alpha-GalCer with C12 acyl, phytosphingosine",
     "CCCCCCCCCCCCCC[C@@H](O)[C@@H](O)[C@H](CO[C@H]1O[C@H](CO)[C@H](O)[C@H](O)[C@H]1O)NC(=O)"
     "CCCCCCCCCCC"},
    {"C16 phytosphingosine 1-phosphate, acid form",
     "CCCCCCCCCCCC[C@@H](O)[C@@H](O)[C@@H](N)COP(=O)(O)O"},
    /* glycans in symbols */
    {"Gal b1-4 (Fuc a1-3) GlcNAc, beta reducing end",
     "CC(=O)N[C@@H]1[C@@H](O[C@@H]2O[C@@H](C)[C@@H](O)[C@@H](O)[C@@H]2O)[C@H](O[C@@H]2O[C@H](CO)["
     "C@H](O)[C@H](O)[C@H]2O)[C@@H](CO)O[C@H]1O"},
    {"Gal(b1-4)Gal(a1-3)Gal beta",
     "OC[C@H]1O[C@@H](O[C@@H]2[C@H](O)[C@@H](O)[C@@H](O[C@@H]3[C@@H](O)[C@H](O)O[C@H](CO)[C@@H]3O)"
     "O[C@@H]2CO)[C@H](O)[C@@H](O)[C@H]1O"},
    {"Gal b1-4 (Fuc a1-3) GlcNAc, a trisaccharide", NULL},
    {"Gal(1-4)GlcNAc, beta", NULL},
    {"Gal(b1-4)GlcNAc-ol, alpha", NULL},
    {"tetrasaccharide Gal-[Fuc(1-4)]GlcNAc-Gal", NULL},
    {"1-oleoyl PC", NULL},
    {"PC with palmitic acid at sn-1", NULL},
    {"PC with palmitic acid at sn-1 and oleic acid at sn-1", NULL},
    {"PC with three palmitic acids", NULL},
    {"PC with palmitic acid at sn-1 and something at sn-2", NULL},
    /* what is told beside, and what is asked with it */
    {"draw 4-bromoaniline acetylated on nitrogen", "CC(=O)Nc1ccc(Br)cc1"},
    {"4-bromoaniline acetylated on nitrogen, used as a dye", "CC(=O)Nc1ccc(Br)cc1"},
    {"4-bromoaniline acetylated on nitrogen that inhibits enzymes with two rings", NULL},
    {"4-bromoaniline acetylated on nitrogen with logP below 3", NULL},
    {"a sulfated phenol", NULL}, /* any of them */
    {"sulfated phenol", NULL},
    {"the sulfated isoeugenol", "C/C=C/c1ccc(OS(=O)(=O)O)c(OC)c1"},
    {"a phenolate anion", NULL},
    {"a cholic acid glycine conjugate", NULL},
    {"ethyl ester of an aromatic acid", NULL},
    {"ethyl ester of a benzoic acid", NULL},
    /* more than one meaning, no place, contradictions */
    {"4-aminophenol acetylated", NULL},
    {"lysine acetylated", NULL},
    {"O-methyl derivative of phenol", "COc1ccccc1"}, /* not ortho */
    {"O-methyl derivative of resorcinol", "COc1cccc(O)c1"},
    {"N-methyl derivative of benzene", NULL}, /* not a normal chain */
    {"dihydrochloride of aniline", NULL},
    {"dihydrochloride of piperazine", "C1CNCCN1.Cl.Cl"},
    {"2-(dimethylamino)ethanol acetate", NULL}, /* or its salt? */
    {"sulfate of 2-(dimethylamino)ethanol", NULL},
    {"2-(dimethylamino)ethanol benzoate ester", "CN(C)CCOC(=O)c1ccccc1"},
    {"2-chloropyridine carrying two nitros at C5", NULL},
    {"2-chloropyridine carrying two nitros at C3 and C5", "O=[N+]([O-])c1cnc(Cl)c([N+](=O)[O-])c1"},
    {"lysine with both amines protonated, anion", NULL},
    {"lysine with both amines protonated, neutral", NULL},
    {"lysine with both amines protonated, dication", "[NH3+]CCCCC([NH3+])C(=O)O"},
    {"tripeptide Ala-Gly", NULL},
    {"dipeptide Ala-Gly-Phe", NULL},
    {"linear cyclo(Ala-Gly-Phe)", NULL},
    {"D-alanine, all L", NULL},
    {"cholesterol methylated at C99", NULL},
    {"benzene chlorinated", NULL},
    {"toluene with a chlorine", NULL},
    {"the ethyl ester of ibuprofen as its sodium salt", NULL},
    {"the carboxamide derivative of proline", NULL},
    {"E-oxime of nothing known (4-methyl-2-oxopentanoic acid)", NULL}, /* the other's name */
    {"N-ethyl analogue of N-methylaniline", NULL},                     /* instead, or too? */
    {"N-ethyl derivative of N-methylaniline", "CCN(C)c1ccccc1"},
    {"Cys-Gly dipeptide S-alkylated by a nitrile, degradation product", NULL},
    {"4-bromoaniline (p-bromoaniline) glucuronidated at N", NULL},
    /* a known molecule and a change */
    {"ibuprofen with an amide in place of the acid", "CC(C)Cc1ccc(C(C)C(N)=O)cc1"},
    {"decarboxylated ibuprofen", "CCc1ccc(CC(C)C)cc1"},
    {"ibuprofen with the acid reduced to the alcohol", "CC(C)Cc1ccc(C(C)CO)cc1"},
    {"ibuprofen with the acid reduced", NULL}, /* to the alcohol, or the aldehyde? */
    {"the alcohol of ibuprofen", NULL},
    {"O-desmethyl isoeugenol", "C/C=C/c1ccc(O)c(O)c1"},
    {"desmethyl metabolite of isoeugenol", "C/C=C/c1ccc(O)c(O)c1"},
    {"dihydro isoeugenol", "CCCc1ccc(O)c(OC)c1"},
    {"isoeugenol with ethoxy instead of methoxy", "C/C=C/c1ccc(O)c(OCC)c1"},
    {"ethoxy analogue of isoeugenol", "C/C=C/c1ccc(O)c(OCC)c1"},
    {"caffeine without the N-methyl", NULL}, /* which? */
    {"desmethyl caffeine", NULL},
    {"nor-caffeine", NULL},
    {"bromo analogue of caffeine", NULL},
    {"bromo analogue of 4-chloroaniline", "Nc1ccc(Br)cc1"},
    {"4-chloroaniline bromo analogue", "Nc1ccc(Br)cc1"},
    {"bromo analogue of 2,4-dichloroaniline", NULL},
    {"bromo analogue of 4-bromoaniline", NULL},
    {"thio analogue of morpholine", "C1CSCCN1"},
    {"thio analogue of 1,4-dioxane", NULL},
    {"the ethyl ester analogue of methyl benzoate", "CCOC(=O)c1ccccc1"},
    {"free acid of methyl benzoate", "O=C(O)c1ccccc1"},
    {"free acid of phenyl benzoate", NULL},
    {"nitro-reduced 4-nitrophenol", "Nc1ccc(O)cc1"},
    {"nitro-reduced 1,3-dinitrobenzene", NULL},
    {"epoxide of styrene", "c1ccc(C2CO2)cc1"},
    {"epoxide of 1,3-butadiene", NULL},
    {"aglycone of ibuprofen", NULL},
    {"para-brominated aniline", "Nc1ccc(Br)cc1"},
    {"aniline with a para bromine", "Nc1ccc(Br)cc1"},
    {"meta-chloro benzoic acid", "O=C(O)c1cccc(Cl)c1"},
    {"para-bromo ibuprofen", NULL},
    {"para-bromo naphthalene", NULL},
    {"2,4-dibrominated phenol", "Oc1ccc(Br)cc1Br"},
    {"phenol with both ortho positions brominated", "Oc1c(Br)cccc1Br"},
    {"acetylsyringic acid", NULL}, /* on its oxygen */
    {"replace the chlorine of 4-chloroaniline with bromine", "Nc1ccc(Br)cc1"},
    {"replace the chlorine of 2,4-dichloroaniline with bromine", NULL},
    {"reduce the nitro group of 4-nitrophenol to an amine", "Nc1ccc(O)cc1"},
    {"remove the carboxylic acid from ibuprofen", "CCc1ccc(CC(C)C)cc1"},
    {"hydrolyse the ester of methyl benzoate", "O=C(O)c1ccccc1"},
    {"hydrolyse the nitrile of benzonitrile", NULL},
    {"remove water from ibuprofen", NULL},
    {"4-chloroaniline (Br instead of Cl)", "Nc1ccc(Br)cc1"},
    {"ibuprofen", NULL}, /* a name alone is no phrase */
    /* told by its parts */
    {"a benzene ring with a methyl and, para to it, an amino group", "Cc1ccc(N)cc1"},
    {"benzene with methyl and para nitro", "Cc1ccc([N+](=O)[O-])cc1"},
    {"benzene with a hydroxyl meta to a carboxylic acid", "O=C(O)c1cccc(O)c1"},
    {"a benzene ring with two ortho chlorines", "Clc1ccccc1Cl"},
    {"benzene bearing two trifluoromethyl groups para to each other", "FC(F)(F)c1ccc(C(F)(F)F)cc1"},
    {"benzoic acid with an ortho hydroxy group", "O=C(O)c1ccccc1O"},
    {"phenol with two ortho chlorines and a para nitro", "O=[N+]([O-])c1cc(Cl)c(O)c(Cl)c1"},
    {"phenol with an ortho chlorine and a meta nitro", NULL}, /* near or far? */
    {"benzene with a methyl, a para amino and a meta nitro", NULL},
    {"benzene with two chlorines", NULL},
    {"benzene with six fluorines", "Fc1c(F)c(F)c(F)c(F)c1F"},
    {"benzene with five fluorines", NULL},
    {"methane with two chlorines and a bromine", "ClC(Cl)Br"},
    {"methane with five chlorines", NULL},
    {"ethane with two hydroxyls", NULL},
    {"propane with a hydroxyl on each carbon", "OCC(O)CO"},
    {"a six-carbon chain with an amine at each end", "NCCCCCCN"},
    {"straight chain of six carbons with an alcohol at one end", "CCCCCCO"},
    {"a four-carbon chain with a carboxylic acid at each end", NULL}, /* are they among the four? */
    {"a seven-carbon straight-chain alkane", "CCCCCCC"},
    {"saturated straight-chain fatty acid with eight carbons", "CCCCCCCC(=O)O"},
    {"eight-carbon straight-chain fatty acid", NULL},
    {"two phenyl rings joined by an oxygen atom", "c1ccc(Oc2ccccc2)cc1"},
    {"two benzene rings linked by a single bond", "c1ccc(-c2ccccc2)cc1"},
    {"two phenyl rings linked by a nitrogen chain", NULL},
    {"two pyridines joined at their 2 positions", "c1ccc(-c2ccccn2)nc1"},
    {"two pyridines joined by a bond", NULL},
    {"nitrogen with three ethyl groups", "CCN(CC)CC"},
    {"three phenyls on a phosphorus", "c1ccc(P(c2ccccc2)c2ccccc2)cc1"},
    {"nitrogen with four methyls", NULL},
    {"glucose with a beta-linked phenol", "OC[C@H]1O[C@@H](Oc2ccccc2)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"a phenol with a β-linked glucose", "OC[C@H]1O[C@@H](Oc2ccccc2)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"alpha-galactoside of phenol", "OC[C@H]1O[C@H](Oc2ccccc2)[C@H](O)[C@@H](O)[C@H]1O"},
    {"glucoside of phenol", NULL},
    {"glucose linked alpha-1,4 to glucose",
     "OC[C@H]1O[C@H](O[C@H]2[C@H](O)[C@@H](O)C(O)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"glucose linked 1,4 to glucose", NULL},
    {"two glucoses linked alpha 1-1", NULL},
    {"nucleotide monophosphate of adenosine",
     "Nc1ncnc2c1ncn2[C@@H]1O[C@H](COP(=O)(O)O)[C@@H](O)[C@H]1O"},
    {"triphosphate of an enzyme", NULL},
    {"anhydride of benzoic acid", "O=C(OC(=O)c1ccccc1)c1ccccc1"},
    {"DMSO-d6", "[2H]C([2H])([2H])S(=O)C([2H])([2H])[2H]"},
    {"DMSO-d5", NULL},
    {"nothing known esterified with acetic acid", NULL},
    {"an ester of something", NULL},
    {"with", NULL},
    {", , ,", NULL},
};

static void phrases(void **state) {
    (void)state;
    small_dictionary s = open_small();
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        mg_name_hits hits = {0};
        must(mg_built_first(s.d, ROWS[i].text, &hits, &err), &err);
        const char *smiles = hits.n ? hits.hit[0].smiles : NULL;
        if (!smiles != !ROWS[i].smiles || (smiles && strcmp(smiles, ROWS[i].smiles) != 0))
            fail_msg("%s: %s", ROWS[i].text, smiles ? smiles : "nothing");
        if (smiles) assert_int_equal(hits.n, 1);
        mg_name_hits_free(&hits);
    }
    small_dictionary_close(&s);
}

/* Without a dictionary the systematic names are left. */
static void without_dictionary(void **state) {
    (void)state;
    mg_name_hits hits = {0};
    must(mg_built_first(NULL, "aniline with a methyl on nitrogen", &hits, &err), &err);
    assert_int_equal(hits.n, 1);
    assert_string_equal(hits.hit[0].smiles, "CNc1ccccc1");
    mg_name_hits_free(&hits);
    must(mg_built_first(NULL, "isoeugenol sulfated on its phenol OH", &hits, &err), &err);
    assert_int_equal(hits.n, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(phrases),
                                       cmocka_unit_test(without_dictionary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
