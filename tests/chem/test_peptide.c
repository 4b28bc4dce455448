/* test_peptide.c - amino acids and peptides: by names, by codes, by phrases that say what they are
 * made of; ions; what is refused. Structures are compared as molecules.
 */
#include "../must.h"
#include "chem/nomenclature/nomenclature.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

typedef struct row {
    const char *name, *smiles;
} row;

static const row WORDS[] = {
    {"O-phospho-L-serine(2-)", "[NH3+][C@@H](COP(=O)([O-])[O-])C(=O)[O-]"},
    {"glycinamide, "
     "L-cysteinyl-L-tyrosyl-L-isoleucyl-L-glutaminyl-L-asparaginyl-L-cysteinyl-L-prolyl-L-leucyl-, "
     "cyclic (1->6)-disulfide",
     "CC[C@H](C)[C@@H]1NC(=O)[C@H](Cc2ccc(O)cc2)NC(=O)[C@@H](N)CSSC[C@@H](C(=O)N2CCC[C@H]2C(=O)N[C@"
     "@H](CC(C)C)C(=O)NCC(N)=O)NC(=O)[C@H](CC(N)=O)NC(=O)[C@H](CCC(N)=O)NC1=O"},
    {"Cys-Tyr-Ile-Gln-Asn-Cys-Pro-Leu-Gly-NH2 (disulfide bridge: Cys1-Cys6)",
     "CC[C@H](C)[C@@H]1NC(=O)[C@H](Cc2ccc(O)cc2)NC(=O)[C@@H](N)CSSC[C@@H](C(=O)N2CCC[C@H]2C(=O)N[C@"
     "@H](CC(C)C)C(=O)NCC(N)=O)NC(=O)[C@H](CC(N)=O)NC(=O)[C@H](CCC(N)=O)NC1=O"},
    {"D-phenylalanyl-L-cysteinyl-L-phenylalanyl-D-tryptophyl-L-lysyl-L-threonyl-L-cysteinyl-L-"
     "threoninol cyclic (2-7)-disulfide",
     "C[C@@H](O)[C@@H](CO)NC(=O)[C@@H]1CSSC[C@H](NC(=O)[C@H](N)Cc2ccccc2)C(=O)N[C@@H](Cc2ccccc2)C(="
     "O)N[C@H](Cc2c[nH]c3ccccc23)C(=O)N[C@@H](CCCCN)C(=O)N[C@@H]([C@@H](C)O)C(=O)N1"},
    {"Cys-Cys(1-2 disulfide)", "N[C@H]1CSSC[C@@H](C(=O)O)NC1=O"},
    {"boc-4-chloro-L-phenylalanine", "CC(C)(C)OC(=O)N[C@@H](Cc1ccc(Cl)cc1)C(=O)O"},
    {"N-acetyl-L-citrulline", "CC(=O)N[C@@H](CCCNC(N)=O)C(=O)O"},
    {"5-L-glutamyl-L-cysteine", "N[C@@H](CCC(=O)N[C@@H](CS)C(=O)O)C(=O)O"},
    {"L-alanine, N-(N-acetyl-L-valyl)-, methyl ester", "COC(=O)[C@H](C)NC(=O)[C@@H](NC(C)=O)C(C)C"},
    {"L-leucyl-N-[(2S)-5-carbamimidamido-1-oxopentan-2-yl]-L-leucinamide",
     "CC(C)C[C@H](N)C(=O)N[C@@H](CC(C)C)C(=O)N[C@H](C=O)CCCNC(=N)N"},
    {"L-alanine", "C[C@H](N)C(=O)O"},
    {"D-threonine", "C[C@H](O)[C@@H](N)C(=O)O"},
    {"L-allothreonine", "C[C@H](O)[C@H](N)C(=O)O"},
    {"D-alloisoleucine", "CC[C@H](C)[C@@H](N)C(=O)O"},
    {"alanine", "CC(N)C(=O)O"},
    {"glycine", "NCC(=O)O"},
    {"DL-serine", "NC(CO)C(=O)O"},
    {"L-selenocysteine", "N[C@@H](C[SeH])C(=O)O"},
    {"L-penicillamine", "CC(C)(S)[C@H](N)C(=O)O"},
    {"L-isovaline", "CC[C@](C)(N)C(=O)O"},
    {"D-phenylglycinamide", "NC(=O)[C@H](N)c1ccccc1"},
    {"L-leucinal", "CC(C)C[C@H](N)C=O"},
    {"L-phenylalaninol", "N[C@H](CO)Cc1ccccc1"},
    {"L-alaninium", "C[C@H]([NH3+])C(=O)O"},
    {"L-lysinium(1+)", "[NH3+]CCCC[C@H]([NH3+])C(=O)[O-]"},
    {"L-argininium(1+)", "NC(N)=[NH+]CCC[C@H]([NH3+])C(=O)[O-]"},
    {"L-aspartamide", "NC(=O)C[C@H](N)C(N)=O"},
    {"sodium L-alaninate", "C[C@H](N)C(=O)[O-].[Na+]"},
    {"L-homoserine lactone", "N[C@H]1CCOC1=O"},
    {"N-(3-oxodecanoyl)-L-homoserine lactone", "CCCCCCCC(=O)CC(=O)N[C@H]1CCOC1=O"},
    {"N-benzoyl-L-valylglycine", "CC(C)[C@H](NC(=O)c1ccccc1)C(=O)NCC(=O)O"},
    {"N(2)-acetyl-L-ornithine", "CC(=O)N[C@@H](CCCN)C(=O)O"},
    {"N(alpha)-acetyl-L-lysine", "CC(=O)N[C@@H](CCCCN)C(=O)O"},
    {"N-epsilon-acetyl-L-lysine", "CC(=O)NCCCC[C@H](N)C(=O)O"},
    {"Nepsilon-methyl-L-lysine", "CNCCCC[C@H](N)C(=O)O"},
    {"N~6~-acetyl-L-lysine", "CC(=O)NCCCC[C@H](N)C(=O)O"},
    {"N~2~-acetyl-N~1~-methyl-L-lysinamide", "CNC(=O)[C@H](CCCCN)NC(C)=O"},
    {"N(2)-(diphenylacetyl)-D-arginine", "NC(N)=NCCC[C@@H](NC(=O)C(c1ccccc1)c1ccccc1)C(=O)O"},
    {"N-acetyl-L-arginine", "CC(=O)N[C@@H](CCCN=C(N)N)C(=O)O"},
    {"O-phospho-L-serine", "N[C@@H](COP(=O)(O)O)C(=O)O"},
    {"O(4)-methyl-L-tyrosine", "COc1ccc(C[C@H](N)C(=O)O)cc1"},
    {"S-phenacyl-N-acetyl-L-cysteine", "CC(=O)N[C@@H](CSCC(=O)c1ccccc1)C(=O)O"},
    {"3-(2-aminobenzoyl)-L-alanine", "Nc1ccccc1C(=O)C[C@H](N)C(=O)O"},
    {"beta-methyl-L-tryptophan", "CC(c1c[nH]c2ccccc12)[C@H](N)C(=O)O"},
    {"gamma-methyl-L-leucine", "CC(C)(C)C[C@H](N)C(=O)O"},
    {"N-butyl-L-alaninamide", "CCCCNC(=O)[C@H](C)N"},
    {"N-acetyl-L-leucinamide", "CC(=O)N[C@@H](CC(C)C)C(N)=O"},
    {"L-alanyl-L-leucine", "CC(C)C[C@H](NC(=O)[C@H](C)N)C(=O)O"},
    {"L-alanyl-D-leucine", "CC(C)C[C@@H](NC(=O)[C@H](C)N)C(=O)O"},
    {"alanylleucine", "CC(C)C[C@H](NC(=O)[C@H](C)N)C(=O)O"},
    {"alanyl-dl-leucine", "CC(C)CC(NC(=O)C(C)N)C(=O)O"},
    {"glycylglycine", "NCC(=O)NCC(=O)O"},
    {"glycyl-glycine", "NCC(=O)NCC(=O)O"},
    {"L-alpha-aspartyl-L-phenylalanine", "N[C@@H](CC(=O)O)C(=O)N[C@@H](Cc1ccccc1)C(=O)O"},
    {"methyl L-alpha-aspartyl-L-phenylalaninate", "COC(=O)[C@H](Cc1ccccc1)NC(=O)[C@@H](N)CC(=O)O"},
    {"L-leucylglycine ethyl ester", "CCOC(=O)CNC(=O)[C@@H](N)CC(C)C"},
    {"glycylglycine t-butyl ester", "CC(C)(C)OC(=O)CNC(=O)CN"},
    {"glycine, glycyl-, ethyl ester", "CCOC(=O)CNC(=O)CN"},
    {"gamma-L-glutamyl-L-cysteinylglycine", "N[C@@H](CCC(=O)N[C@@H](CS)C(=O)NCC(=O)O)C(=O)O"},
    {"L-gamma-glutamyl-S-methyl-L-cysteinylglycine",
     "CSC[C@H](NC(=O)CC[C@H](N)C(=O)O)C(=O)NCC(=O)O"},
    {"S-methylglutathione", "CSC[C@H](NC(=O)CC[C@H](N)C(=O)O)C(=O)NCC(=O)O"},
    {"S-(2-hydroxyethyl)glutathione", "N[C@@H](CCC(=O)N[C@@H](CSCCO)C(=O)NCC(=O)O)C(=O)O"},
    {"N(6)-glycyl-L-lysine", "NCC(=O)NCCCC[C@H](N)C(=O)O"},
    {"N6-L-homocysteinyl-L-lysine", "N[C@@H](CCCCNC(=O)[C@@H](N)CCS)C(=O)O"},
    {"glycyl-trans-4-hydroxy-L-proline", "NCC(=O)N1C[C@H](O)C[C@H]1C(=O)O"},
    {"cis-4-hydroxy-D-proline", "O=C(O)[C@H]1C[C@@H](O)CN1"},
    {"acetyl-leucyl-leucyl-argininal",
     "CC(=O)N[C@@H](CC(C)C)C(=O)N[C@@H](CC(C)C)C(=O)N[C@H](C=O)CCCN=C(N)N"},
    {"acetylleucine", "CC(=O)NC(CC(C)C)C(=O)O"},
    {"boc-L-alanine", "C[C@H](NC(=O)OC(C)(C)C)C(=O)O"},
    {"(benzyloxycarbonyl)glycine", "O=C(O)CNC(=O)OCc1ccccc1"},
    {"L-leucyl 2-naphthylamide", "CC(C)C[C@H](N)C(=O)Nc1ccc2ccccc2c1"},
    {"L-alanine 4-nitroanilide", "C[C@H](N)C(=O)Nc1ccc([N+](=O)[O-])cc1"},
    {"glycyl-L-proline amide", "NCC(=O)N1CCC[C@H]1C(N)=O"},
    {"L-leucyl-L-leucine methylamide", "CNC(=O)[C@H](CC(C)C)NC(=O)[C@@H](N)CC(C)C"},
    {"L-phenylalanyl chloromethyl ketone", "N[C@@H](Cc1ccccc1)C(=O)CCl"},
    {"N-(L-alanyl)aniline", "C[C@H](N)C(=O)Nc1ccccc1"},
    {"N-(L-alanyl-L-prolyl)aniline", "C[C@H](N)C(=O)N1CCC[C@H]1C(=O)Nc1ccccc1"},
    {"1-(N-acetyl-L-leucyl)piperidine", "CC(=O)N[C@@H](CC(C)C)C(=O)N1CCCCC1"},
    {"4-(L-alaninamido)butanoic acid", "C[C@H](N)C(=O)NCCCC(=O)O"},
    {"D-isoglutaminyl-L-lysine", "NCCCC[C@H](NC(=O)CC[C@@H](N)C(N)=O)C(=O)O"},
    {"N-[(2S)-2-amino-3-phenylpropanoyl]glycine", "N[C@@H](Cc1ccccc1)C(=O)NCC(=O)O"},
    {"N-methyl-L-alanyl-N-methyl-L-leucinamide", "CNC(=O)[C@H](CC(C)C)NC(=O)[C@H](C)NC"},
    {"beta-alanyl-L-histidine", "NCCC(=O)N[C@@H](Cc1cnc[nH]1)C(=O)O"},
    {"L-pyroglutamyl-L-histidyl-L-prolinamide",
     "NC(=O)[C@@H]1CCCN1C(=O)[C@H](Cc1cnc[nH]1)NC(=O)[C@@H]1CCC(=O)N1"},
    {"L-alanine zwitterion", "C[C@H]([NH3+])C(=O)[O-]"},
    {"L-glutamate(1-)", "[NH3+][C@@H](CCC(=O)[O-])C(=O)[O-]"},
    {"L-glutamate(2-)", "N[C@@H](CCC(=O)[O-])C(=O)[O-]"},
    {"L-alanyl-L-glutamate(1-)", "C[C@H]([NH3+])C(=O)N[C@@H](CCC(=O)[O-])C(=O)[O-]"},
    {"N-acetylglycine(1-)", "CC(=O)NCC(=O)[O-]"},
    {"2-aminooctanoic acid zwitterion", "CCCCCCC([NH3+])C(=O)[O-]"},
    {"L-leucinol(1+)", "CC(C)C[C@H]([NH3+])CO"},
    {"N-(aminoiminomethyl)glycine", "N=C(N)NCC(=O)O"},
    {"(S)-S-ethylhomocysteine", "CCSCC[C@H](N)C(=O)O"},
    {"N-octanoyl-(2S)-hydroxyglycine", "CCCCCCCC(=O)N[C@@H](O)C(=O)O"},
    {"glycylglycine hydrazide", "NCC(=O)NCC(=O)NN"}};

static const row CODES[] = {
    {"(2-sulfanyl-3-phenylpropanoyl)-Phe-Tyr",
     "O=C(N[C@@H](Cc1ccccc1)C(=O)N[C@@H](Cc1ccc(O)cc1)C(=O)O)C(S)Cc1ccccc1"},
    {"cyclo(L-leucyl-L-leucine)", "CC(C)C[C@@H]1NC(=O)[C@H](CC(C)C)NC1=O"},
    {"gamma-Glu-gamma-Abu", "N[C@@H](CCC(=O)NCCCC(=O)O)C(=O)O"},
    {"Ala-Leu-Gly", "CC(C)C[C@H](NC(=O)[C@H](C)N)C(=O)NCC(=O)O"},
    {"H-Ala-D-Leu-OH", "CC(C)C[C@@H](NC(=O)[C@H](C)N)C(=O)O"},
    {"L-Ala-L-Leu", "CC(C)C[C@H](NC(=O)[C@H](C)N)C(=O)O"},
    {"DL-Ala-Gly", "CC(N)C(=O)NCC(=O)O"},
    {"Ala-(D)Leu", "CC(C)C[C@@H](NC(=O)[C@H](C)N)C(=O)O"},
    {"Boc-Phe-Gly-OMe", "COC(=O)CNC(=O)[C@H](Cc1ccccc1)NC(=O)OC(C)(C)C"},
    {"Fmoc-Leu-OH", "CC(C)C[C@H](NC(=O)OCC1c2ccccc2-c2ccccc21)C(=O)O"},
    {"Z-Gly-Pro-OH", "O=C(NCC(=O)N1CCC[C@H]1C(=O)O)OCc1ccccc1"},
    {"h-cys-oh", "N[C@@H](CS)C(=O)O"},
    {"Phe-NH2", "NC(=O)[C@@H](N)Cc1ccccc1"},
    {"Boc-Leu", "CC(C)C[C@H](NC(=O)OC(C)(C)C)C(=O)O"},
    {"Ac-DEVD-CHO",
     "CC(=O)N[C@@H](CC(=O)O)C(=O)N[C@@H](CCC(=O)O)C(=O)N[C@H](C(=O)N[C@H](C=O)CC(=O)O)C(C)C"},
    {"Suc-LLVY-AMC", "Cc1cc(=O)oc2cc(NC(=O)[C@H](Cc3ccc(O)cc3)NC(=O)[C@@H](NC(=O)[C@H](CC(C)C)NC(="
                     "O)[C@H](CC(C)C)NC(=O)CCC(=O)O)C(C)C)ccc12"},
    {"Ac-Leu-Leu-Arg-al", "CC(=O)N[C@@H](CC(C)C)C(=O)N[C@@H](CC(C)C)C(=O)N[C@H](C=O)CCCN=C(N)N"},
    {"Gly-Phe-ol", "NCC(=O)N[C@H](CO)Cc1ccccc1"},
    {"Ala-Phe-CH2Cl", "C[C@H](N)C(=O)N[C@@H](Cc1ccccc1)C(=O)CCl"},
    {"Bz-Arg-OEt", "CCOC(=O)[C@H](CCCN=C(N)N)NC(=O)c1ccccc1"},
    {"Tos-Lys-OH", "Cc1ccc(S(=O)(=O)N[C@@H](CCCCN)C(=O)O)cc1"},
    {"Suc-Ala-Ala-Pro-Phe-pNA", "C[C@H](NC(=O)CCC(=O)O)C(=O)N[C@@H](C)C(=O)N1CCC[C@H]1C(=O)N[C@@H]("
                                "Cc1ccccc1)C(=O)Nc1ccc([N+](=O)[O-])cc1"},
    {"Leu-NHMe", "CNC(=O)[C@@H](N)CC(C)C"},
    {"Trp-Met-Asp-Phe amide", "CSCC[C@H](NC(=O)[C@@H](N)Cc1c[nH]c2ccccc12)C(=O)N[C@@H](CC(=O)O)C(="
                              "O)N[C@@H](Cc1ccccc1)C(N)=O"},
    {"Asp-Phe methyl ester", "COC(=O)[C@H](Cc1ccccc1)NC(=O)[C@@H](N)CC(=O)O"},
    {"gamma-Glu-Cys-Gly", "N[C@@H](CCC(=O)N[C@@H](CS)C(=O)NCC(=O)O)C(=O)O"},
    {"gamma-D-Glu-Gly", "N[C@H](CCC(=O)NCC(=O)O)C(=O)O"},
    {"D-gamma-Glu-Gly", "N[C@H](CCC(=O)NCC(=O)O)C(=O)O"},
    {"beta-Asp-Gly", "N[C@@H](CC(=O)NCC(=O)O)C(=O)O"},
    {"beta-Ala-His", "NCCC(=O)N[C@@H](Cc1cnc[nH]1)C(=O)O"},
    {"Gly-epsilon-Lys", "NCC(=O)NCCCC[C@H](N)C(=O)O"},
    {"Glp-His-Pro-NH2", "NC(=O)[C@@H]1CCCN1C(=O)[C@H](Cc1cnc[nH]1)NC(=O)[C@@H]1CCC(=O)N1"},
    {"MeAla-Gly", "CN[C@@H](C)C(=O)NCC(=O)O"},
    {"N-MePhe-Gly", "CN[C@@H](Cc1ccccc1)C(=O)NCC(=O)O"},
    {"Lys(Ac)-Gly", "CC(=O)NCCCC[C@H](N)C(=O)NCC(=O)O"},
    {"Dap(Boc)-Gly", "CC(C)(C)OC(=O)NC[C@H](N)C(=O)NCC(=O)O"},
    {"Ser(tBu)-Gly", "CC(C)(C)OC[C@H](N)C(=O)NCC(=O)O"},
    {"Ser(PO3H2)-Gly", "N[C@@H](COP(=O)(O)O)C(=O)NCC(=O)O"},
    {"Tyr(SO3H)-Gly", "N[C@@H](Cc1ccc(OS(=O)(=O)O)cc1)C(=O)NCC(=O)O"},
    {"Cys(Trt)-Gly", "N[C@@H](CSC(c1ccccc1)(c1ccccc1)c1ccccc1)C(=O)NCC(=O)O"},
    {"Glu(OtBu)-Gly", "CC(C)(C)OC(=O)CC[C@H](N)C(=O)NCC(=O)O"},
    {"Asn(Trt)-Gly", "N[C@@H](CC(=O)NC(c1ccccc1)(c1ccccc1)c1ccccc1)C(=O)NCC(=O)O"},
    {"Phe(4-Cl)-Gly", "N[C@@H](Cc1ccc(Cl)cc1)C(=O)NCC(=O)O"},
    {"Phe(4-NO2)-Gly", "N[C@@H](Cc1ccc([N+](=O)[O-])cc1)C(=O)NCC(=O)O"},
    {"D-Arg-Arg-Pro-Hyp-Gly-Thi-Ser-D-Tic-Oic-Arg",
     "NC(N)=NCCC[C@@H](N)C(=O)N[C@@H](CCCN=C(N)N)C(=O)N1CCC[C@H]1C(=O)N1C[C@H](O)C[C@H]1C(=O)NCC(="
     "O)N[C@@H](Cc1cccs1)C(=O)N[C@@H](CO)C(=O)N1Cc2ccccc2C[C@@H]1C(=O)N1[C@H](C(=O)N[C@@H](CCCN=C("
     "N)N)C(=O)O)C[C@@H]2CCCC[C@@H]21"},
    {"Isobutyryl-Val-Val-Sta-Ala-Sta",
     "CC(C)C[C@H](NC(=O)[C@H](C)NC(=O)C[C@H](O)[C@H](CC(C)C)NC(=O)[C@@H](NC(=O)[C@@H](NC(=O)C(C)C)"
     "C(C)C)C(C)C)[C@@H](O)CC(=O)O"},
    {"TyrGlyGly", "N[C@@H](Cc1ccc(O)cc1)C(=O)NCC(=O)NCC(=O)O"},
    {"cyclo(Leu-Pro)", "CC(C)C[C@@H]1NC(=O)[C@@H]2CCCN2C1=O"},
    {"cyclo(L-Pro-D-Leu)", "CC(C)C[C@H]1NC(=O)[C@@H]2CCCN2C1=O"},
    {"cyclo-Gly-Gly", "O=C1CNC(=O)CN1"},
    {"cyclo(-RGDfK-)",
     "NCCCC[C@@H]1NC(=O)[C@@H](Cc2ccccc2)NC(=O)[C@H](CC(=O)O)NC(=O)CNC(=O)[C@H](CCCN=C(N)N)NC1=O"},
    {"c[RGDfK]",
     "NCCCC[C@@H]1NC(=O)[C@@H](Cc2ccccc2)NC(=O)[C@H](CC(=O)O)NC(=O)CNC(=O)[C@H](CCCN=C(N)N)NC1=O"},
    {"cyclo(L-leucyl-L-prolyl)", "CC(C)C[C@@H]1NC(=O)[C@@H]2CCCN2C1=O"},
    {"cyclo(N-methyl-L-leucylglycyl)", "CC(C)C[C@H]1C(=O)NCC(=O)N1C"},
    {"cyclo(N-Me-Leu-Gly)", "CC(C)C[C@H]1C(=O)NCC(=O)N1C"},
    {"gamma-Glu-Phe(1-)", "[NH3+][C@@H](CCC(=O)N[C@@H](Cc1ccccc1)C(=O)[O-])C(=O)[O-]"},
    {"Gly-Leu zwitterion", "CC(C)C[C@H](NC(=O)C[NH3+])C(=O)[O-]"},
    {"Lys-Gly(1+)", "[NH3+]CCCC[C@H]([NH3+])C(=O)NCC(=O)[O-]"},
    {"glutathione(1-)", "[NH3+][C@@H](CCC(=O)N[C@@H](CS)C(=O)NCC(=O)[O-])C(=O)[O-]"},
    {"carnosine(1-)", "NCCC(=O)N[C@@H](Cc1cnc[nH]1)C(=O)[O-]"}};

static const char *const REFUSED[] = {"gamma-Glu-Cys disulfide",
                                      "L-cysteine, gamma-L-glutamyl-, (2-2')-disulfide",
                                      "Cys-Cys-Cys (1-3 disulfide)",
                                      "Cys-Gly (1-2 disulfide)",
                                      "Cys-Cys (1 disulfide)",
                                      "Cys-Cys (1-2 disulfide) of something",
                                      "Cys-Cys (1,2 disulfide)",
                                      "tosyl-L-phenylalanyl-chloromethane",
                                      "beta-glutamylcysteine",
                                      "4-benzoyl-L-leucine",
                                      "N-(phosphonoacetyl)-L-ornithine",
                                      "Boc-(1-naphthyl)-D-alanine",
                                      "ProMet",
                                      "pip-pen",
                                      "L-glycine",
                                      "acetyllysine",
                                      "N-methyl-L-lysine",
                                      "N-nitro-L-arginine",
                                      "alpha-carbobenzoxy-L-lysine",
                                      "beta-phenylalanine",
                                      "N-(phenylsulfonyl)-L-leucinamide",
                                      "N-dodecyl-N,N-dimethylglycinate",
                                      "sodium N-stearoyl L-glutamate",
                                      "glycine, N-carboxy-, N-benzyl ester",
                                      "L-glutamic acid methyl ester",
                                      "glycyl-unknownine",
                                      "L-valyl-N-(methylsulfonyl)-L-leucine",
                                      "L-lysinium",
                                      "beta-alanyl-L-lysine zwitterion",
                                      "L-alanine(2-)",
                                      "O-phospho-L-serine zwitterion",
                                      "sulfotyrosine",
                                      "trp-1",
                                      "Trp-P-1",
                                      "ser-L-phe-L",
                                      "Ala",
                                      "ala-xyz",
                                      "Ac-devd-cho",
                                      "Z-VAD-FMK",
                                      "RGD",
                                      "Ala-Glp-Gly",
                                      "Gly(Ac)-Ala",
                                      "Asn(Ac)-Ala",
                                      "Phe(4-Xx)-Gly",
                                      "Phe(9-Cl)-Gly",
                                      "cyclo(Leu)",
                                      "cyclo(Leu-Pro",
                                      "cyclo(Ac-Leu-Pro)",
                                      "cyclo()",
                                      "Cys(Zz)-Gly",
                                      "H-OH",
                                      "pro-health",
                                      "L-alanyl-"};

/* A phrase and the name that says the same. */
static const row PHRASES[] = {
    {"a dipeptide of D-Ala and glycine joined in sequence", "D-alanylglycine"},
    {"dipeptide of alanine followed by glycine", "alanylglycine"},
    {"tripeptide of alanine, glycine and serine in that order", "alanylglycylserine"},
    {"tripeptide of Ala, then Gly, then Ser", "Ala-Gly-Ser"},
    {"tripeptide of three glycines", "glycylglycylglycine"},
    {"a dipeptide made of two L-alanines", "L-alanyl-L-alanine"},
    {"a tripeptide composed of Gly, Phe and L-alanine", "glycyl-L-phenylalanyl-L-alanine"},
    {"a peptide with the sequence NMR", "H-NMR-OH"},
    {"peptide GAG", "H-GAG-OH"},
    {"dipeptide YY", "H-YY-OH"},
    {"a 2-fluorophenylalanine that has D-configuration", "2-fluoro-D-phenylalanine"},
    {"a D-alpha-amino acid that is the D-isomer of arginine", "D-arginine"},
    {"an N(6)-acyl-L-lysine derivative in which the acyl group is specified as gamma-glutamyl",
     "N(6)-gamma-glutamyl-L-lysine"},
    {"an N-acylglycine where the acyl group is specified as acetyl", "N-acetylglycine"},
    {"a L-lysine derivative that is L-lysine having a carbamoyl group at the N(6)-position",
     "N(6)-carbamoyl-L-lysine"},
    {"an L-lysine derivative that is L-lysine in which one of the hydrogens attached to N(6) is "
     "substituted by an acetyl group",
     "N(6)-acetyl-L-lysine"},
    {"a glycine derivative in which one of the hydrogens attached to the amino group bas been "
     "replaced by a carboxy group.",
     "N-carboxyglycine"},
    {"a monocarboxylic acid anion, obtained by removal of a proton from the carboxylic acid group "
     "of N-hydroxy-L-valine",
     "N-hydroxy-L-valine(1-)"},
    {"a dicarboxylic acid anion resulting from removal of a proton from both carboxy groups of "
     "N-formyl-L-aspartic acid",
     "N-formyl-L-aspartic acid(2-)"},
    {"a tripeptide composed of L-Met, L-Leu and L-Phe in a linear sequence", "L-Met-L-Leu-L-Phe"},
    {"a homodetic cyclic peptide that is a dipeptide composed of L-proline and L-tyrosine joined "
     "by peptide linkages",
     "cyclo(L-prolyl-L-tyrosyl)"},
    {"a tripeptide comprising in sequence glycyl, lysyl and beta-alanyl residues",
     "glycyllysyl-beta-alanine"},
    {"tripeptide composed of one L-leucine and two glycine residues joined in sequence",
     "L-leucylglycylglycine"},
    {"The molecule is a dipeptide composed of L-cysteine and L-serine joined by a peptide linkage.",
     "L-cysteinyl-L-serine"},
    {"tripeptide composed of L-threonine, L-aspartic acid, and glycine joined by peptide linkages",
     "L-threonyl-L-aspartylglycine"},
    {"tripeptide composed of two L-tryptophan and one L-valine residues joined by peptide linkages",
     "L-tryptophyl-L-tryptophyl-L-valine"},
    {"a dipeptide formed from two L-methionine residues", "L-methionyl-L-methionine"},
    {"dipeptide formed from L-alanyl and L-histidine residues", "L-alanyl-L-histidine"},
    {"a synthetic pentapeptide consisting of D-Arg, Hyp, Thi, Oic and Phe-NH2 residues joined in "
     "sequence",
     "D-Arg-Hyp-Thi-Oic-Phe-NH2"},
    {"dipeptide composed of N(6)-acetyl-L-lysine and D-leucine residues coupled in sequence",
     "N(6)-acetyl-L-lysyl-D-leucine"},
    {"gastrin that is a 3-amino acid polypeptide comprising isoleucyl, alanyl, and leucinamide "
     "residues coupled in sequence",
     "isoleucylalanylleucinamide"},
    {"cyclic dipeptide of proline and leucine", "cyclo(prolyl-leucyl)"},
    {"homodetic cyclic peptide made up from N-methylglycyl, L-leucyl and L-prolyl residues linked "
     "in sequence",
     "cyclo(N-methylglycyl-L-leucyl-L-prolyl)"},
    {"the peptide GHK", "H-GHK-OH"},
    {"pentapeptide YGGFL", "H-YGGFL-OH"},
    {"sequence YGGFL", "H-YGGFL-OH"},
    {"tripeptide Gly-Pro-Hyp", "Gly-Pro-Hyp"},
    {"a peptide with the sequence Ala-Gly-Ser", "Ala-Gly-Ser"},
    {"a cyclic peptide with the sequence RGDfK", "cyclo(RGDfK)"},
    {"cyclic pentapeptide cyclo(-RGDfK-)", "cyclo(-RGDfK-)"},
    {"a homodetic cyclic peptide comprising the sequence -Gly-Ala-Pro-", "cyclo(Gly-Ala-Pro)"},
    {"dipeptide zwitterion obtained by transfer of a proton from the carboxy to the amino terminus "
     "of Leu-Gly",
     "Leu-Gly zwitterion"},
    {"an L-alpha-amino acid zwitterion obtained by transfer of a proton from the carboxy to the "
     "amino group of S-allylcysteine",
     "S-allyl-L-cysteine zwitterion"},
    {"a D-alpha-amino acid zwitterion that is D-phenylalanine in which a proton has been "
     "transferred from the carboxy group to the amino group",
     "D-phenylalanine zwitterion"},
    {"zwitterionic form of D-methionine having an anionic carboxy group and a protonated amino "
     "group",
     "D-methionine zwitterion"},
    {"peptide anion that is the conjugate base of L-alanyl-D-glutamic acid, arising from "
     "deprotonation of the two carboxy groups and protonation of the amino group; major species at "
     "pH 7.3",
     "L-alanyl-D-glutamic acid(1-)"},
    {"a peptide anion obtained by deprotonation of both carboxy groups and protonation of the "
     "glutamyl amino group of gamma-Glu-Phe",
     "gamma-Glu-Phe(1-)"},
    {"an N-acyl-L-alpha-amino acid anion that is the conjugate base of N-formyl-L-phenylalanine",
     "N-formyl-L-phenylalanine(1-)"},
    {"an N-acylglycinate arising from deprotonation of the carboxy group of N-acetylglycine",
     "N-acetylglycine(1-)"},
    {"a doubly-charged N-acyl-L-alpha-amino acid anion resulting from deprotonation of both "
     "carboxy groups of N-acetyl-L-aspartic acid",
     "N-acetyl-L-aspartic acid(2-)"},
    {"an alpha-amino-acid cation that is the conjugate acid of alanine", "alanine(1+)"},
    {"the D-enantiomer of tryptophan", "D-tryptophan"},
    {"the L-enantiomer of argininium(1+)", "L-argininium(1+)"},
    {"the L-enantiomer of 2-methylserine", "2-methyl-L-serine"},
    {"an optically active form of asparagine having D-configuration", "D-asparagine"},
    {"the N-acetyl derivative of D-tryptophan", "N-acetyl-D-tryptophan"},
    {"a tryptophan derivative that is the 5-hydroxy derivative of L-tryptophan",
     "5-hydroxy-L-tryptophan"},
    {"an N-acylglycine in which the acyl group is specified as 2-hydroxybenzoyl",
     "N-(2-hydroxybenzoyl)glycine"},
    {"an N-acylglycine with an acyl group that is lauroyl", "N-lauroylglycine"},
    {"an N(2)-acyl-L-glutamine in which the acyl group is specified as octanoyl",
     "N(2)-octanoyl-L-glutamine"},
    {"an N-acyl-L-homoserine lactone having isovaleryl as the acyl substituent",
     "N-isovaleryl-L-homoserine lactone"},
    {"an S-substituted L-cysteine where the S-substituent is specified as sulfanyl",
     "S-sulfanyl-L-cysteine"},
    {"histidine derivative that is histidine in which one of the hydrogens attached to the "
     "alpha-amino group has been replaced by a 4-aminobutanoyl group",
     "N(2)-(4-aminobutanoyl)histidine"},
    {"cysteine in which the thiol hydrogen is replaced by a phenyl group", "S-phenylcysteine"},
    {"L-alanine in which one of the methyl hydrogens is replaced by a methylamino group",
     "3-methylamino-L-alanine"},
    {"an L-tyrosine derivative that is the ethyl ester of N-acetyltyrosine",
     "N-acetyl-L-tyrosine ethyl ester"},
    {"the methyl ester of L-leucine", "L-leucine methyl ester"},
    {"a glycine derivative whose structure comprises a glycine core carrying a "
     "N-(3,5-dimethylphenyl) substituent",
     "N-(3,5-dimethylphenyl)glycine"},
    {"a L-lysine derivative with a glycyl group at the N(6)-position", "N(6)-glycyl-L-lysine"},
    {"an S-ethylhomocysteine that has S-configuration at the chiral centre",
     "(S)-S-ethylhomocysteine"},
    {"a 3-aminoalanine that has S configuration", "(S)-3-aminoalanine"},
    {"tryptophan substituted by a methyl group at position 5 of the indole ring",
     "5-methyltryptophan"},
    {"a valeric acid derivative having an (R)-hydroxy substituent at the 2-position and an "
     "(S)-methyl substituent at the 3-position",
     "(2R,3S)-2-hydroxy-3-methylvaleric acid"}};

static const char *const NO_PHRASES[] = {
    "peptide YY",
    "peptide NMR",
    "sequence GATC",
    "an alpha-amino-acid cation that is the conjugate base of N(6)-methyl-L-lysine, arising from "
    "protonation of the two amino groups and deprotonation of the carboxylic acid",
    "an N-acetyl-L-amino acid that is L-cysteine in which the hydrogen of the thiol group has been "
    "replaced by a methyl group",
    "L-dopa in which the hydrogen at position 2 is replaced by a cysteinyl group",
    "tripeptide composed of glycine and alanine",
    "a dipeptide",
    "a dipeptide of D-Ala and glycine",
    "the dipeptide of alanine and glycine",
    "tripeptide of Gly, Ala and Ser",
    "tripeptide of two glycines and alanine",
    "a cyclic tripeptide of glycine, alanine and serine",
    "dipeptide containing glycine and alanine",
    "peptide hormone",
    "the peptide bond",
    "sequence of events",
    "tetrapeptide YGGFL",
    "heterodetic cyclic peptide consisting of glycine and alanine residues",
    "cyclodepsipeptide consisting of glycine and alanine residues",
    "a dipeptide composed of glycine and an unknown residue",
    "a dipeptide composed of Gly(Ac) and L-alanine",
    "a peptide composed of glycine and alanine residues joined in sequence and acetylated",
    "oligopeptide composed of glycine",
    "peptide anion that is the conjugate base of L-alanyl-D-glutamic acid, arising from "
    "deprotonation of both carboxy groups",
    "the D-enantiomer of L-tryptophan",
    "the D-enantiomer of limonene",
    "an N-acylglycine in which the acyl group is not specified",
    "an N-acyl-L-alpha-amino acid in which the acyl group is specified as acetyl",
    "leucine in which one of the methyl hydrogens is replaced by a hydroxy group",
    "alanine in which one of the amino hydrogens is replaced by an unknown group",
    "a peptide with the sequence Ala-Xyz",
    "zwitterion of an amino acid"};

/* Whether both are one molecule; NULL: none. */
static bool same(const char *a, const char *b) {
    if (!a || !b) return !a && !b;
    mg_mol *one = mg_mol_from_smiles(a, NULL, NULL), *two = mg_mol_from_smiles(b, NULL, NULL);
    char *x = one ? mg_mol_smiles(one, true) : NULL, *y = two ? mg_mol_smiles(two, true) : NULL;
    const bool out = x && y && !strcmp(x, y);
    free(x);
    free(y);
    mg_mol_free(one);
    mg_mol_free(two);
    return out;
}

static int read_rows(const row *rows, size_t n) {
    int bad = 0;
    for (size_t i = 0; i < n; i++) {
        molglot_error err = {0};
        char *smiles = NULL;
        must(mg_name_read(rows[i].name, &smiles, &err), &err);
        if (!same(smiles, rows[i].smiles)) {
            bad++;
            print_message("%s\n   is   %s\n   want %s\n", rows[i].name, smiles ? smiles : "",
                          rows[i].smiles ? rows[i].smiles : "");
        }
        free(smiles);
    }
    return bad;
}

static void words(void **state) {
    (void)state;
    assert_int_equal(read_rows(WORDS, MG_COUNT(WORDS)), 0);
}

static void codes(void **state) {
    (void)state;
    assert_int_equal(read_rows(CODES, MG_COUNT(CODES)), 0);
}

static void refused(void **state) {
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < MG_COUNT(REFUSED); i++) bad += read_rows(&(row){REFUSED[i], NULL}, 1);
    assert_int_equal(bad, 0);
}

/* The name of each phrase, which is read. */
static void phrases(void **state) {
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < MG_COUNT(PHRASES); i++) {
        molglot_error err = {0};
        char *name = NULL, *smiles = NULL;
        size_t stereo;
        must(mg_name_described(PHRASES[i].name, &name, &stereo, &err), &err);
        if (name) must(mg_name_read(name, &smiles, &err), &err);
        if (!name || strcmp(name, PHRASES[i].smiles) != 0 || !smiles) {
            bad++;
            print_message("%s\n   is   %s (%s)\n   want %s\n", PHRASES[i].name, name ? name : "",
                          smiles ? smiles : "", PHRASES[i].smiles);
        }
        free(name);
        free(smiles);
    }
    assert_int_equal(bad, 0);
}

/* No phrase, or one whose name nobody reads. */
static void no_phrases(void **state) {
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < MG_COUNT(NO_PHRASES); i++) {
        molglot_error err = {0};
        char *name = NULL, *smiles = NULL;
        size_t stereo;
        must(mg_name_described(NO_PHRASES[i], &name, &stereo, &err), &err);
        if (name) must(mg_name_read(name, &smiles, &err), &err);
        if (smiles) {
            bad++;
            print_message("%s\n   is %s (%s)\n", NO_PHRASES[i], name, smiles);
        }
        free(name);
        free(smiles);
    }
    assert_int_equal(bad, 0);
}

/* Every row of the table of residues: both hands, as a name and as a code, are mirror images. */
static void hands(void **state) {
    (void)state;
    static const char *const CODES_OF[] = {
        "Ala",   "Val",  "Leu", "Ile", "aIle", "Pro", "Phe", "Tyr", "Trp", "Ser",
        "Thr",   "aThr", "Cys", "Met", "Asp",  "Asn", "Glu", "Gln", "Lys", "Arg",
        "His",   "Sec",  "Nle", "Nva", "Abu",  "Iva", "Tle", "Orn", "Dab", "Dap",
        "Cit",   "Hcy",  "Hse", "Har", "Hph",  "Pen", "Phg", "Cha", "Chg", "1-Nal",
        "2-Nal", "Thi",  "Hyp", "Pip", "Aze",  "Tic", "Oic", "Kyn", "Aad", "Sta"};
    for (size_t i = 0; i < MG_COUNT(CODES_OF); i++) {
        molglot_error err = {0};
        char left[64], right[64], *l = NULL, *d = NULL;
        snprintf(left, sizeof left, "H-%s-Gly-OH", CODES_OF[i]);
        snprintf(right, sizeof right, "H-D-%s-Gly-OH", CODES_OF[i]);
        must(mg_name_read(left, &l, &err), &err);
        must(mg_name_read(right, &d, &err), &err);
        if (!l || !d) print_message("%s\n", CODES_OF[i]);
        assert_non_null(l);
        assert_non_null(d);
        assert_false(same(l, d));
        for (char *c = d; *c; c++) { /* its mirror image */
            if (*c != '@') continue;
            if (c[1] == '@') {
                memmove(c, c + 1, strlen(c));
            } else {
                char *longer = malloc(strlen(d) + 2);
                assert_non_null(longer);
                const size_t at = (size_t)(c - d);
                memcpy(longer, d, at + 1);
                strcpy(longer + at + 1, d + at);
                free(d);
                d = longer;
                c = d + at + 1;
            }
        }
        assert_true(same(l, d));
        free(l);
        free(d);
    }
}

static void is_peptide(void **state) {
    (void)state;
    static const char *const are[] = {"Ala-Gly", "glycylglycine", "N-acetylalanine",
                                      "L-leucine zwitterion", "acetylleucine"},
                             *const others[] = {"alanine", "pyridine", "pro-health", "a",
                                                "caffeine"};
    for (size_t i = 0; i < MG_COUNT(are); i++) assert_true(mg_name_is_peptide(are[i]));
    for (size_t i = 0; i < MG_COUNT(others); i++) assert_false(mg_name_is_peptide(others[i]));
}

/* Chains as long as fragments can be, and longer ones. */
static void long_chains(void **state) {
    (void)state;
    for (int n = 2; n < 120; n += n < 30 ? 3 : 20) {
        mg_str words = {0}, letters = {0};
        for (int i = 0; i < n; i++) {
            mg_str_addz(&words, i + 1 < n ? "L-alanyl-" : "L-alanine");
            mg_str_addf(&letters, "%sAla", i ? "-" : "");
        }
        char *a = NULL, *b = NULL;
        molglot_error err = {0};
        must(mg_name_read(words.s, &a, &err), &err);
        must(mg_name_read(letters.s, &b, &err), &err);
        assert_true(n > 40 || (a && b));
        assert_true(n < 60 || (!a && !b));
        if (a && b) assert_true(same(a, b));
        free(a);
        free(b);
        mg_str_free(&words);
        mg_str_free(&letters);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(words),      cmocka_unit_test(codes),
                                       cmocka_unit_test(refused),    cmocka_unit_test(phrases),
                                       cmocka_unit_test(no_phrases), cmocka_unit_test(hands),
                                       cmocka_unit_test(is_peptide), cmocka_unit_test(long_chains)};
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
