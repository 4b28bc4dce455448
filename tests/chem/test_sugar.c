/* test_sugar.c - names of sugars, glycosides, nucleosides and their derivatives: the structures
 * that MetaNetX, the wwPDB, ChEBI and PubChem give for them; names that are refused; sentences
 * about them.
 */
#include "../must.h"
#include "chem/nomenclature/nomenclature.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static molglot_error err;

/* Short nucleic acids in letters; NULL: letters that do not say one molecule; "": others. */
static const struct {
    const char *words, *smiles;
} OLIGOS[] = {
    {"ApG", "Nc1nc2c(ncn2[C@@H]2O[C@H](COP(=O)(O)O[C@H]3[C@@H](O)[C@H](n4cnc5c(N)ncnc54)O[C@@H]3CO)"
            "[C@@H](O)[C@H]2O)c(=O)[nH]1"},
    {"pApA", "Nc1ncnc2c1ncn2[C@@H]1O[C@H](COP(=O)(O)O[C@H]2[C@@H](O)[C@H](n3cnc4c(N)ncnc43)O[C@@H]2"
             "COP(=O)(O)O)[C@@H](O)[C@H]1O"},
    {"the dinucleotide UpU", "O=c1ccn([C@@H]2O[C@H](COP(=O)(O)O[C@H]3[C@@H](O)[C@H](n4ccc(=O)[nH]c4"
                             "=O)O[C@@H]3CO)[C@@H](O)[C@H]2O)c(=O)[nH]1"},
    {"TpT",
     "Cc1cn([C@H]2C[C@H](OP(=O)(O)OC[C@H]3O[C@@H](n4cc(C)c(=O)[nH]c4=O)C[C@@H]3O)[C@@H](CO)O2)c"
     "(=O)[nH]c1=O"},
    {"CpG", NULL},
    {"TpA", NULL},
    {"d(ApU)", NULL},
    {"trinucleotide ApG", NULL},
    {"ApGpppA", ""},
    {"ACG", ""},
    {"App", ""},
    {"apg", ""},
    {"d(A)", ""}};

static void short_nucleic_acids(void **state) {
    (void)state;
    bool is;
    char *smiles, *other;
    for (size_t i = 0; i < MG_COUNT(OLIGOS); i++) {
        must(mg_name_oligo(OLIGOS[i].words, &is, &smiles, &err), &err);
        const char *want = OLIGOS[i].smiles;
        if (is != (!want || *want) || (smiles != NULL) != (want && *want))
            fail_msg("%s: %s", OLIGOS[i].words, smiles ? smiles : "nothing");
        if (smiles) assert_string_equal(smiles, want);
        free(smiles);
    }
    static const char *const same[][2] = {
        {"d(ApT)", "dApdT"}, {"d(ACG)", "dApdCpdG"}, {"r(ApG)", "ApG"}};
    for (size_t i = 0; i < MG_COUNT(same); i++) {
        must(mg_name_oligo(same[i][0], &is, &smiles, &err), &err);
        must(mg_name_oligo(same[i][1], &is, &other, &err), &err);
        assert_string_equal(smiles, other);
        free(smiles);
        free(other);
    }
}

static const struct {
    const char *name, *smiles;
} ROWS[] = {
    {"alpha-D-glucopyranose", "OC[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"beta-D-galactofuranose", "OC[C@@H](O)[C@@H]1O[C@@H](O)[C@H](O)[C@H]1O"},
    {"β-D-ribofuranose", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H]1O"},
    {"alpha-L-idopyranose", "OC[C@@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"beta-D-allopyranose", "OC[C@H]1O[C@@H](O)[C@H](O)[C@H](O)[C@@H]1O"},
    {"beta-D-altropyranose", "OC[C@H]1O[C@@H](O)[C@@H](O)[C@H](O)[C@@H]1O"},
    {"alpha-D-gulopyranose", "OC[C@H]1O[C@H](O)[C@H](O)[C@H](O)[C@H]1O"},
    {"alpha-L-talopyranose", "OC[C@@H]1O[C@@H](O)[C@H](O)[C@H](O)[C@@H]1O"},
    {"alpha-D-lyxopyranose", "O[C@@H]1[C@H](O)[C@@H](O)OC[C@H]1O"},
    {"beta-D-quinovofuranose", "C[C@@H](O)[C@H]1O[C@@H](O)[C@H](O)[C@H]1O"},
    {"beta-D-digitoxopyranose", "C[C@H]1O[C@@H](O)C[C@H](O)[C@@H]1O"},
    {"alpha-D-abequopyranose", "C[C@H]1O[C@H](O)[C@H](O)C[C@H]1O"},
    {"alpha-D-tyvelopyranose", "C[C@H]1O[C@H](O)[C@@H](O)C[C@@H]1O"},
    {"alpha-D-paratopyranose", "C[C@H]1O[C@H](O)[C@H](O)C[C@@H]1O"},
    {"beta-L-ascarylopyranose", "C[C@@H]1O[C@H](O)[C@H](O)C[C@H]1O"},
    {"beta-D-cymaropyranose", "CO[C@H]1C[C@H](O)O[C@H](C)[C@H]1O"},
    {"aldehydo-L-colitose", "C[C@H](O)[C@@H](O)C[C@H](O)C=O"},
    {"aldehydo-D-boivinose", "C[C@@H](O)[C@H](O)[C@@H](O)CC=O"},
    {"aldehydo-D-digitalose", "CO[C@@H]([C@@H](O)[C@@H](C)O)[C@@H](O)C=O"},
    {"aldehydo-L-oleandrose", "CO[C@@H](CC=O)[C@@H](O)[C@H](C)O"},
    {"beta-D-xylulofuranose", "OC[C@@]1(O)OC[C@@H](O)[C@@H]1O"},
    {"beta-D-fructofuranose 2-phosphate", "O=P(O)(O)O[C@]1(CO)O[C@H](CO)[C@@H](O)[C@@H]1O"},
    {"keto-L-fuculose", "C[C@H](O)[C@@H](O)[C@@H](O)C(=O)CO"},
    {"D-glycero-beta-D-manno-heptose 7-phosphate",
     "O=P(O)(O)OC[C@@H](O)[C@H]1O[C@@H](O)[C@@H](O)[C@@H](O)[C@@H]1O"},
    {"L-glycero-D-manno-heptopyranose", "OC[C@H](O)[C@H]1OC(O)[C@@H](O)[C@@H](O)[C@@H]1O"},
    {"2-deoxy-beta-D-erythro-pentofuranose", "OC[C@H]1O[C@@H](O)C[C@@H]1O"},
    {"3,6-dideoxy-alpha-L-xylo-hexopyranose", "C[C@@H]1O[C@@H](O)[C@@H](O)C[C@@H]1O"},
    {"beta-D-arabino-hexopyranos-2-ulose", "O=C1[C@H](O)O[C@H](CO)[C@@H](O)[C@@H]1O"},
    {"alpha-D-manno-hept-2-ulopyranose", "OC[C@H]1O[C@@](O)(CO)[C@@H](O)[C@@H](O)[C@@H]1O"},
    {"D-arabino-hex-3-ulose 6-phosphate", "O=C([C@H](O)CO)[C@H](O)[C@H](O)COP(=O)(O)O"},
    {"3-deoxy-alpha-D-manno-oct-2-ulopyranosonic acid",
     "O=C(O)[C@@]1(O)C[C@@H](O)[C@@H](O)[C@@H]([C@H](O)CO)O1"},
    {"5-acetamido-3,5-dideoxy-D-glycero-alpha-D-galacto-non-2-ulopyranosonic acid",
     "CC(=O)N[C@H]1[C@H]([C@H](O)[C@H](O)CO)O[C@@](O)(C(=O)O)C[C@@H]1O"},
    {"D-glucitol", "OC[C@@H](O)[C@@H](O)[C@H](O)[C@@H](O)CO"},
    {"D-galactitol", "OC[C@@H](O)[C@H](O)[C@H](O)[C@@H](O)CO"},
    {"2-acetamido-2-deoxy-beta-D-glucopyranose",
     "CC(=O)N[C@@H]1[C@@H](O)[C@H](O)[C@@H](CO)O[C@H]1O"},
    {"N-acetyl-beta-D-glucosamine", "CC(=O)N[C@@H]1[C@@H](O)[C@H](O)[C@@H](CO)O[C@H]1O"},
    {"4-acetamido-4,6-dideoxy-beta-D-mannopyranose",
     "CC(=O)N[C@H]1[C@H](O)[C@H](O)[C@H](O)O[C@@H]1C"},
    {"beta-D-glucopyranuronic acid", "O=C(O)[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"D-gluconic acid", "O=C(O)[C@H](O)[C@@H](O)[C@H](O)[C@H](O)CO"},
    {"2-dehydro-3-deoxy-D-gluconic acid", "O=C(O)C(=O)C[C@H](O)[C@H](O)CO"},
    {"D-galactaric acid", "O=C(O)[C@@H](O)[C@H](O)[C@H](O)[C@@H](O)C(=O)O"},
    {"D-glucono-1,5-lactone", "O=C1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1O"},
    {"2,3-O-isopropylidene-D-ribono-1,4-lactone", "CC1(C)O[C@@H]2[C@@H](CO)OC(=O)[C@@H]2O1"},
    {"1,6-anhydro-beta-D-glucopyranose", "O[C@@H]1[C@@H](O)[C@@H]2OC[C@@H](O2)[C@H]1O"},
    {"1,6-anhydro-D-galactopyranose", "O[C@H]1[C@@H](O)[C@H]2CO[C@H](O2)[C@@H]1O"},
    {"(1S)-1,5-anhydro-1-(4-chlorophenyl)-D-glucitol",
     "OC[C@H]1O[C@@H](c2ccc(Cl)cc2)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"2-deoxy-2,2-difluoro-beta-D-lyxo-hexopyranose", "OC[C@H]1O[C@@H](O)C(F)(F)[C@@H](O)[C@H]1O"},
    {"1-thio-β-d-glucopyranose tetraacetate",
     "CC(=O)OC[C@H]1O[C@@H](S)[C@H](OC(C)=O)[C@@H](OC(C)=O)[C@@H]1OC(C)=O"},
    {"penta-O-acetyl-alpha-D-galactopyranose",
     "CC(=O)OC[C@H]1O[C@H](OC(C)=O)[C@H](OC(C)=O)[C@@H](OC(C)=O)[C@H]1OC(C)=O"},
    {"4,6-O-benzylidene-alpha-D-glucopyranose",
     "O[C@@H]1[C@@H](O)[C@@H](O)O[C@@H]2COC(c3ccccc3)O[C@@H]12"},
    {"6-O-(trans-4-coumaroyl)-beta-D-glucopyranose",
     "O=C(/C=C/c1ccc(O)cc1)OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"4-deoxy-alpha-L-threo-hex-4-enopyranuronic acid", "O=C(O)C1=C[C@H](O)[C@@H](O)[C@H](O)O1"},
    {"S-methyl-5-thio-alpha-D-ribose 1-phosphate", "CSC[C@H]1O[C@H](OP(=O)(O)O)[C@H](O)[C@@H]1O"},
    {"alpha-D-glucose 1-phosphate(2-)", "O=P([O-])([O-])O[C@H]1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1O"},
    {"2-acetamido-2-deoxy-4-O-sulfo-beta-D-galactopyranose",
     "CC(=O)N[C@@H]1[C@@H](O)[C@@H](OS(=O)(=O)O)[C@@H](CO)O[C@H]1O"},
    {"beta-D-apiofuranose", "OC[C@@]1(O)CO[C@@H](O)[C@@H]1O"},
    {"1D-myo-inositol 1,4,5-trisphosphate",
     "O=P(O)(O)O[C@@H]1[C@H](O)[C@H](O)[C@@H](OP(=O)(O)O)[C@H](OP(=O)(O)O)[C@H]1O"},
    {"myo-inositol hexakisphosphate", "O=P(O)(O)O[C@H]1[C@H](OP(=O)(O)O)[C@@H](OP(=O)(O)O)[C@H](OP("
                                      "=O)(O)O)[C@@H](OP(=O)(O)O)[C@H]1OP(=O)(O)O"},
    {"1D-chiro-inositol", "O[C@H]1[C@H](O)[C@H](O)[C@@H](O)[C@H](O)[C@H]1O"},
    {"methyl alpha-D-glucopyranoside", "CO[C@H]1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1O"},
    {"4-nitrophenyl beta-D-galactopyranoside",
     "O=[N+]([O-])c1ccc(O[C@@H]2O[C@H](CO)[C@H](O)[C@H](O)[C@H]2O)cc1"},
    {"4-nitrophenyl beta-D-glucopyranosiduronic acid",
     "O=C(O)[C@H]1O[C@@H](Oc2ccc([N+](=O)[O-])cc2)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"heptyl 1-thio-beta-D-glucopyranoside", "CCCCCCCS[C@@H]1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1O"},
    {"methyl 1-seleno-beta-L-fucopyranoside", "C[Se][C@H]1O[C@@H](C)[C@@H](O)[C@@H](O)[C@@H]1O"},
    {"methyl 2,3,4,6-tetra-O-benzyl-alpha-D-galactopyranoside",
     "CO[C@H]1O[C@H](COCc2ccccc2)[C@H](OCc2ccccc2)[C@H](OCc2ccccc2)[C@H]1OCc1ccccc1"},
    {"beta-D-fructofuranosyl alpha-D-glucopyranoside",
     "OC[C@H]1O[C@@](CO)(O[C@H]2O[C@H](CO)[C@@H](O)[C@H](O)[C@H]2O)[C@@H](O)[C@@H]1O"},
    {"alpha-D-glucopyranosyl-(1<->1)-alpha-D-glucopyranoside",
     "OC[C@H]1O[C@H](O[C@H]2O[C@H](CO)[C@@H](O)[C@H](O)[C@H]2O)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"beta-D-galactopyranosyl-(1->4)-beta-D-glucopyranose",
     "OC[C@H]1O[C@@H](O[C@H]2[C@H](O)[C@@H](O)[C@H](O)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@H]1O"},
    {"beta-D-galactosyl-(1->4)-D-glucose",
     "OC[C@H]1O[C@@H](O[C@H]2[C@H](O)[C@@H](O)C(O)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@H]1O"},
    {"O-alpha-D-mannopyranosyl-(1->3)-O-[alpha-D-mannopyranosyl-(1->6)]-D-mannopyranose",
     "OC[C@H]1O[C@H](OC[C@H]2OC(O)[C@@H](O)[C@@H](O[C@H]3O[C@H](CO)[C@@H](O)[C@H](O)[C@@H]3O)[C@@H]"
     "2O)[C@@H](O)[C@@H](O)[C@@H]1O"},
    {"beta-D-Galp-(1->4)-[alpha-L-Fucp-(1->3)]-beta-D-GlcpNAc",
     "CC(=O)N[C@@H]1[C@@H](O[C@@H]2O[C@@H](C)[C@@H](O)[C@@H](O)[C@@H]2O)[C@H](O[C@@H]2O[C@H](CO)[C@"
     "H](O)[C@H](O)[C@H]2O)[C@@H](CO)O[C@H]1O"},
    {"alpha-Neup5Ac-(2->3)-beta-D-Galp-(1->4)-beta-D-Glcp",
     "CC(=O)N[C@H]1[C@H]([C@H](O)[C@H](O)CO)O[C@@](O[C@H]2[C@@H](O)[C@@H](CO)O[C@@H](O[C@H]3[C@H]("
     "O)[C@@H](O)[C@H](O)O[C@@H]3CO)[C@@H]2O)(C(=O)O)C[C@@H]1O"},
    {"alpha-Kdo-(2->4)-alpha-Kdo", "O=C(O)[C@@]1(O[C@@H]2C[C@](O)(C(=O)O)O[C@H]([C@H](O)CO)[C@@H]"
                                   "2O)C[C@@H](O)[C@@H](O)[C@@H]([C@H](O)CO)O1"},
    {"β-D-Galp6P-(1→4)-β-D-GlcpNAc", /* letters of IUPAC */
     "CC(=O)N[C@@H]1[C@@H](O)[C@H](O[C@@H]2O[C@H](COP(=O)(O)O)[C@H"
     "](O)[C@H](O)[C@H]2O)[C@@H](CO)O[C@H]1O"},
    {"beta-D-GlcpA-(1->3)-beta-D-GlcpNAc6S", "CC(=O)N[C@@H]1[C@@H](O[C@@H]2O[C@H](C(=O)O)[C@@H](O)["
                                             "C@H](O)[C@H]2O)[C@H](O)[C@@H](COS(=O)(=O)O)O[C@H]1O"},
    {"3-(beta-D-glucopyranosyloxy)-5,7-dihydroxy-2-phenyl-4H-chromen-4-one",
     "O=c1c(O[C@@H]2O[C@H](CO)[C@@H](O)[C@H](O)[C@H]2O)c(-c2ccccc2)oc2cc(O)cc(O)c12"},
    {"N-(beta-D-glucopyranosyl)acetamide", "CC(=O)N[C@@H]1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1O"},
    {"N-acetyl-beta-muramic acid",
     "CC(=O)N[C@@H]1[C@@H](O[C@H](C)C(=O)O)[C@H](O)[C@@H](CO)O[C@H]1O"},
    {"2-O-beta-D-apiofuranosyl-beta-D-glucopyranose",
     "OC[C@H]1O[C@@H](O)[C@H](O[C@@H]2OC[C@](O)(CO)[C@H]2O)[C@@H](O)[C@@H]1O"},
    {"1-beta-D-arabinofuranosylcytosine", "Nc1ccn([C@@H]2O[C@H](CO)[C@@H](O)[C@@H]2O)c(=O)n1"},
    {"9-beta-D-ribofuranosyl-9H-purin-6-amine", "Nc1ncnc2c1ncn2[C@@H]1O[C@H](CO)[C@@H](O)[C@H]1O"},
    {"adenosine 5'-monophosphate", "Nc1ncnc2c1ncn2[C@@H]1O[C@H](COP(=O)(O)O)[C@@H](O)[C@H]1O"},
    {"2'-deoxyadenosine", "Nc1ncnc2c1ncn2[C@H]1C[C@H](O)[C@@H](CO)O1"},
    {"deoxyguanosine", "Nc1nc2c(ncn2[C@H]2C[C@H](O)[C@@H](CO)O2)c(=O)[nH]1"},
    {"N(6)-methyladenosine", "CNc1ncnc2c1ncn2[C@@H]1O[C@H](CO)[C@@H](O)[C@H]1O"},
    {"5-fluoro-2'-deoxyuridine", "O=c1[nH]c(=O)n([C@H]2C[C@H](O)[C@@H](CO)O2)cc1F"},
    {"2'-O-methylguanosine", "CO[C@@H]1[C@H](O)[C@@H](CO)O[C@H]1n1cnc2c(=O)[nH]c(N)nc21"},
    {"3'-azido-3'-deoxythymidine", "Cc1cn([C@H]2C[C@H](N=[N+]=[N-])[C@@H](CO)O2)c(=O)[nH]c1=O"},
    {"2-thiouridine", "O=c1ccn([C@@H]2O[C@H](CO)[C@@H](O)[C@H]2O)c(=S)[nH]1"},
    {"5,6-dihydrouridine", "O=C1CCN([C@@H]2O[C@H](CO)[C@@H](O)[C@H]2O)C(=O)N1"},
    {"pseudouridine", "O=c1[nH]cc([C@@H]2O[C@H](CO)[C@@H](O)[C@H]2O)c(=O)[nH]1"},
    {"2'-deoxyinosine", "O=c1[nH]cnc2c1ncn2[C@H]1C[C@H](O)[C@@H](CO)O1"},
    {"5'-S-methyl-5'-thioadenosine", "CSC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1O"},
    {"adenosine-3',5'-cyclic monophosphate",
     "Nc1ncnc2c1ncn2[C@@H]1O[C@@H]2COP(=O)(O)O[C@H]2[C@H]1O"},
    {"guanosine 5'-(tetrahydrogen triphosphate)",
     "Nc1nc2c(ncn2[C@@H]2O[C@H](COP(=O)(O)OP(=O)(O)OP(=O)(O)O)[C@@H](O)[C@H]2O)c(=O)[nH]1"},
    {"xanthosine", "O=c1[nH]c(=O)c2ncn([C@@H]3O[C@H](CO)[C@@H](O)[C@H]3O)c2[nH]1"},
    {"UDP-alpha-D-glucose", "O=c1ccn([C@@H]2O[C@H](COP(=O)(O)OP(=O)(O)O[C@H]3O[C@H](CO)[C@@H](O)[C@"
                            "H](O)[C@H]3O)[C@@H](O)[C@H]2O)c(=O)[nH]1"},
    {"dTDP-4-amino-4,6-dideoxy-alpha-D-glucose",
     "Cc1cn([C@H]2C[C@H](O)[C@@H](COP(=O)(O)OP(=O)(O)O[C@H]3O[C@H](C)[C@@H](N)[C@H](O)[C@H]3O)O2)c("
     "=O)[nH]c1=O"},
    {"CMP-N-acetyl-beta-neuraminic acid",
     "CC(=O)N[C@H]1[C@H]([C@H](O)[C@H](O)CO)O[C@](OP(=O)(O)OC[C@H]2O[C@@H](n3ccc(N)nc3=O)[C@H](O)["
     "C@@H]2O)(C(=O)O)C[C@@H]1O"},
    {"GDP-beta-L-fucose", "C[C@@H]1O[C@H](OP(=O)(O)OP(=O)(O)OC[C@H]2O[C@@H](n3cnc4c(=O)[nH]c(N)"
                          "nc43)[C@H](O)[C@@H]2O)[C@@H](O)[C@H](O)[C@@H]1O"},
    {"UDP-N-acetyl-alpha-D-glucosamine(2-)",
     "CC(=O)N[C@H]1[C@@H](OP(=O)([O-])OP(=O)([O-])OC[C@H]2O[C@@H](n3ccc(=O)[nH]c3=O)[C@H](O)[C@@H]"
     "2O)O[C@H](CO)[C@@H](O)[C@@H]1O"},
    {"quercetin 3-O-beta-D-glucopyranoside",
     "O=c1c(O[C@@H]2O[C@H](CO)[C@@H](O)[C@H](O)[C@H]2O)c(-c2ccc(O)c(O)c2)oc2cc(O)cc(O)c12"},
    {"kaempferol 3-O-rutinoside", "C[C@@H]1O[C@@H](OC[C@H]2O[C@@H](Oc3c(-c4ccc(O)cc4)oc4cc(O)cc(O)"
                                  "c4c3=O)[C@H](O)[C@@H](O)[C@@H]2O)[C@H](O)[C@H](O)[C@H]1O"},
    {"quercetin 3-O-alpha-L-rhamnoside-7-O-beta-D-glucoside",
     "C[C@@H]1O[C@@H](Oc2c(-c3ccc(O)c(O)c3)oc3cc(O[C@@H]4O[C@H](CO)[C@@H](O)[C@H](O)[C@H]4O)cc(O)"
     "c3c2=O)[C@H](O)[C@H](O)[C@H]1O"},
    {"cyanidin 3,5-di-O-beta-D-glucoside",
     "OC[C@H]1O[C@@H](Oc2cc3c(O[C@@H]4O[C@H](CO)[C@@H](O)[C@H](O)[C@H]4O)cc(O)cc3[o+]c2-c2ccc(O)c("
     "O)c2)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"naringenin 7-O-beta-D-glucoside",
     "O=C1C[C@@H](c2ccc(O)cc2)Oc2cc(O[C@@H]3O[C@H](CO)[C@@H](O)[C@H](O)[C@H]3O)cc(O)c21"},
    {"genistein 7-O-beta-D-glucoside",
     "O=c1c(-c2ccc(O)cc2)coc2cc(O[C@@H]3O[C@H](CO)[C@@H](O)[C@H](O)[C@H]3O)cc(O)c12"},
    {"apigenin 8-C-beta-D-glucoside",
     "O=c1cc(-c2ccc(O)cc2)oc2c([C@@H]3O[C@H](CO)[C@@H](O)[C@H](O)[C@H]3O)c(O)cc(O)c12"},
    {"3-O-methylquercetin", "COc1c(-c2ccc(O)c(O)c2)oc2cc(O)cc(O)c2c1=O"},
    {"4-nitrophenol beta-D-galactoside",
     "O=[N+]([O-])c1ccc(O[C@@H]2O[C@H](CO)[C@H](O)[C@H](O)[C@H]2O)cc1"},
    {"pelargonidin 3-O-(6-O-malonyl-beta-D-glucoside)",
     "O=C(O)CC(=O)OC[C@H]1O[C@@H](Oc2cc3c(O)cc(O)cc3[o+]c2-c2ccc(O)cc2)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"benzyl beta-D-apiofuranoside", "OC[C@@]1(O)CO[C@@H](OCc2ccccc2)[C@@H]1O"},
    {"methyl D-apio-beta-D-furanoside", "CO[C@@H]1OC[C@](O)(CO)[C@H]1O"},
    {"Galb1-4(Fuca1-3)GlcNAc", "CC(=O)N[C@H]1C(O)O[C@H](CO)[C@@H](O[C@@H]2O[C@H](CO)[C@H](O)[C@H]("
                               "O)[C@H]2O)[C@@H]1O[C@@H]1O[C@@H](C)[C@@H](O)[C@@H](O)[C@@H]1O"},
    {"Manα1-6(Manα1-3)Manβ1-4GlcNAcβ1-4GlcNAc",
     "CC(=O)N[C@H]1[C@H](O[C@H]2[C@H](O)[C@@H](NC(C)=O)C(O)O[C@@H]2CO)O[C@H](CO)[C@@H](O[C@@H]2O[C@"
     "H](CO[C@H]3O[C@H](CO)[C@@H](O)[C@H](O)[C@@H]3O)[C@@H](O)[C@H](O[C@H]3O[C@H](CO)[C@@H](O)[C@H]"
     "(O)[C@@H]3O)[C@@H]2O)[C@@H]1O"},
    {"Neu5Ac(alpha2-3)Gal(beta1-4)Glc",
     "CC(=O)N[C@H]1[C@H]([C@H](O)[C@H](O)CO)O[C@@](O[C@H]2[C@@H](O)[C@@H](CO)O[C@@H](O[C@H]3[C@H]("
     "O)[C@@H](O)C(O)O[C@@H]3CO)[C@@H]2O)(C(=O)O)C[C@@H]1O"},
    {"GlcAb1-3Galbeta1->3[Rhaa1-2]Xylbeta",
     "C[C@@H]1O[C@@H](O[C@@H]2[C@@H](O[C@@H]3O[C@H](CO)[C@H](O)[C@H](O[C@@H]4O[C@H](C(=O)O)[C@@H]("
     "O)[C@H](O)[C@H]4O)[C@H]3O)[C@H](O)CO[C@H]2O)[C@H](O)[C@H](O)[C@H]1O"},
    {"alpha-N-acetylneuraminyl-(2->6)-beta-D-galactosyl-(1->4)-N-acetyl-beta-D-glucosamine",
     "CC(=O)N[C@@H]1[C@@H](O)[C@H](O[C@@H]2O[C@H](CO[C@]3(C(=O)O)C[C@H](O)[C@@H](NC(C)=O)[C@H]([C@"
     "H](O)[C@H](O)CO)O3)[C@H](O)[C@H](O)[C@H]2O)[C@@H](CO)O[C@H]1O"},
    {".beta.-d-galactopyranoside, 4-nitrophenyl, 2,3,4,6-tetraacetate",
     "CC(=O)OC[C@H]1O[C@@H](Oc2ccc([N+](=O)[O-])cc2)[C@H](OC(C)=O)[C@@H](OC(C)=O)[C@H]1OC(C)=O"},
    {"beta-d-galactopyranoside, methyl 1-thio-", "CS[C@@H]1O[C@H](CO)[C@H](O)[C@H](O)[C@H]1O"},
    {"5-bromodeoxyuridine", "O=c1[nH]c(=O)n([C@H]2C[C@H](O)[C@@H](CO)O2)cc1Br"},
    {"beta-D-apiosyl-(1->2)-beta-D-glucopyranose",
     "OC[C@H]1O[C@@H](O)[C@H](O[C@@H]2OC[C@](O)(CO)[C@H]2O)[C@@H](O)[C@@H]1O"},
    {"GDP-alpha-D-perosamine", "C[C@H]1O[C@H](OP(=O)(O)OP(=O)(O)OC[C@H]2O[C@@H](n3cnc4c(=O)[nH]c(N)"
                               "nc43)[C@H](O)[C@@H]2O)[C@@H](O)[C@@H](O)[C@@H]1N"},
    {"4-nitrophenyl beta-D-galactopyranoside 6-phosphate",
     "O=[N+]([O-])c1ccc(O[C@@H]2O[C@H](COP(=O)(O)O)[C@H](O)[C@H](O)[C@H]2O)cc1"},
    {"beta-D-daunosamine", "C[C@H]1O[C@@H](O)C[C@@H](N)[C@H]1O"},
    {"adenosine 3',5'-bisphosphate(4-)",
     "Nc1ncnc2c1ncn2[C@@H]1O[C@H](COP(=O)([O-])[O-])[C@@H](OP(=O)([O-])[O-])[C@H]1O"},
    {"6-deoxy-6-sulfo-D-fructofuranose 1-phosphate",
     "O=P(O)(O)OCC1(O)O[C@H](CS(=O)(=O)O)[C@@H](O)[C@@H]1O"},
    {"3-C-methyl-3-fluoro-3-deoxy-beta-D-glucopyranose",
     "C[C@]1(F)[C@H](O)[C@@H](CO)O[C@@H](O)[C@@H]1O"},
    {"uridine 5'-(alpha-D-glucopyranosyl diphosphate)",
     "O=c1ccn([C@@H]2O[C@H](COP(=O)(O)OP(=O)(O)O[C@H]3O[C@H](CO)[C@@H](O)[C@H](O)[C@H]3O)[C@@H](O)["
     "C@H]2O)c(=O)[nH]1"},
    {"adenosine 5'-{[(2R)-2-hydroxypropyl] hydrogen phosphate}",
     "C[C@@H](O)COP(=O)(O)OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1O"},
    {"4-methylumbelliferyl beta-D-glucoside",
     "Cc1cc(=O)oc2cc(O[C@@H]3O[C@H](CO)[C@@H](O)[C@H](O)[C@H]3O)ccc12"},
    {"UDP-N-acetyl-alpha-D-muramate(3-)",
     "CC(=O)N[C@H]1[C@@H](OP(=O)([O-])OP(=O)([O-])OC[C@H]2O[C@@H](n3ccc(=O)[nH]c3=O)[C@H](O)[C@@H]"
     "2O)O[C@H](CO)[C@@H](O)[C@@H]1O[C@H](C)C(=O)[O-]"},
    {"1-deoxy-1-(4-chlorophenyl)-beta-D-glucose",
     "OC[C@H]1O[C@@H](c2ccc(Cl)cc2)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"guanosine 3'-diphosphate 5'-triphosphate(7-)",
     "Nc1nc2c(ncn2[C@@H]2O[C@H](COP(=O)([O-])OP(=O)([O-])OP(=O)([O-])[O-])[C@@H](OP(=O)([O-])OP(=O)"
     "([O-])[O-])[C@H]2O)c(=O)[nH]1"},
    {"5-bromo-2'-desoxyuridine", "O=c1[nH]c(=O)n([C@H]2C[C@H](O)[C@@H](CO)O2)cc1Br"},
    {"6-sulfo-alpha-D-quinovopyranose", "O=S(=O)(O)C[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"6-O-[(E)-caffeoyl]-beta-D-glucopyranose",
     "O=C(/C=C/c1ccc(O)c(O)c1)OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"},
    {"1L-1-O-methyl-myo-inositol", "CO[C@@H]1[C@@H](O)[C@H](O)[C@@H](O)[C@H](O)[C@@H]1O"},
    {"beta-D-GlcpNS-(1->4)-alpha-L-IdopA", "O=C(O)[C@@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O[C@@H]"
                                           "1O[C@H](CO)[C@@H](O)[C@H](O)[C@H]1NS(=O)(=O)O"},
    {"1D-1-O-methyl-myo-inositol", "CO[C@@H]1[C@H](O)[C@H](O)[C@@H](O)[C@H](O)[C@H]1O"},
};

/* Not clear, or wrong. */
static const char *const REFUSED[] = {
    "D-glucose 6-phosphate",
    "2-deoxy-D-glucose",
    "D-glycero-D-manno-heptose",
    "D-fructose",
    "beta-D-glucopyranoside",
    "alpha-D-glucopyranosyl-(1->6)-D-glucose",
    "methyl -D-ribofuranoside",
    "N-acetyl-alpha-D-glucosaminyl-L-tyrosine",
    "1,2-O-isopropylidene-D-glucofuranose",
    "2-amino-beta-D-glucopyranose",
    "7-deoxy-beta-D-glucopyranose",
    "2,2-dideoxy-beta-D-glucopyranose",
    "beta-D-xylopyranuronic acid",
    "beta-L-fucuronic acid",
    "alpha-beta-D-glucopyranose",
    "beta-D-gluco-pentopyranose",
    "D-galactono-1,6-lactone",
    "1,6-anhydro-alpha-D-glucopyranose",
    "2'-azidoadenosine",
    "7-methylguanosine",
    "UDP-glucose",
    "TDP-alpha-D-glucose",
    "UDP-D-glucose",
    "quercetin 3-glucoside",
    "quercetin 6-O-beta-D-glucoside",
    "N(6)-isopentenyladenosine",
    "alpha-D-Glcp-(1->4)-beta-D-Neu",
    "alpha-D-Glcp-(2->4)-beta-D-Glcp",
    "alpha-D-Glcp-(1->5)-beta-D-Glcp",
    "alpha-D-Fucp6S",
    "beta-D-sedoheptulose",
    "alpha-L-arabinose",
    "myo-inositol 1-phosphate",
    "adenosine 5'-phosphate(1-)",
    "beta-D-glucosyltyrosine",
    "1,2-dihydro-beta-D-glucopyranose",
    "alpha-D-glucopyranose 7-phosphate",
    "alpha-D-glucopyranose 1,2-phosphate",
    "Galb1-3GalNAca",
    "Gal-Glc",
    "Galb1-4(Fuca1)GlcNAc",
    "Galb1-4(Fuca1-3GlcNAc",
    "dodecyl D-glucoside",
    "S-D-ribosyl-L-homocysteine",
    "ADP-beta-D-ribose",
    "adenosine 3',5'-bisphosphate(3-)",
    "D-perosaminyl-(1->2)-alpha-D-perosamine",
    "uridine 5'-(D-glucopyranosyl diphosphate)",
    "adenosine 6'-(methyl hydrogen phosphate)",
    "GDP-alpha-D-mannuronate",
    "3-alpha-L-rhamnosylapigenin",
};

static const struct {
    const char *text, *name; /* NULL: it is no such phrase */
} PHRASES[] = {
    {"a disaccharide consisting of a beta-D-galactose residue linked (1->4) to a D-glucose residue",
     "beta-D-galactosyl-(1->4)-D-glucose"},
    {"The molecule is a trisaccharide composed of alpha-D-galactopyranose, alpha-D-glucopyranose "
     "and beta-D-fructofuranose joined in sequence by 1->6 and 1->4 glycosidic linkages, "
     "respectively",
     "alpha-D-galactopyranosyl-(1->6)-alpha-D-glucopyranosyl-(1->4)-beta-D-fructofuranose"},
    {"a trisaccharide consisting of two alpha-D-mannopyranose residues and a D-mannopyranose "
     "residue joined in sequence by (1->2) glycosidic bonds",
     "alpha-D-mannopyranosyl-(1->2)-alpha-D-mannopyranosyl-(1->2)-D-mannopyranose"},
    {"a linear amino trisaccharide comprising sialyl, beta-D-galactosyl and "
     "N-acetyl-beta-D-glucosamine residues linked sequentially (2->6) and (1->4)",
     "alpha-Neu5Ac-(2->6)-beta-D-galactosyl-(1->4)-N-acetyl-beta-D-glucosamine"},
    {"an amino disaccharide consisting of beta-D-galactosamine having a beta-D-tyvelosyl residue "
     "attached at the 3-position",
     "beta-D-tyvelosyl-(1->3)-beta-D-galactosamine"},
    /* bound by carbon 2 */
    {"an amino disaccharide consisting of beta-D-galactosamine having a beta-D-xylulofuranosyl "
     "residue attached at the 3-position",
     "beta-D-xylulofuranosyl-(2->3)-beta-D-galactosamine"},
    {"an amino disaccharide consisting of beta-D-galactosamine having a beta-D-fructofuranosyl "
     "residue attached at the 3-position",
     "beta-D-fructofuranosyl-(2->3)-beta-D-galactosamine"},
    {"a branched trisaccharide consisting of beta-D-galactose having an alpha-L-fucosyl residue at "
     "the 2-position and an N-acetyl-alpha-D-galactosaminyl residue at the 3-position",
     "alpha-L-fucosyl-(1->2)-[N-acetyl-alpha-D-galactosaminyl-(1->3)]-beta-D-galactose"},
    {"beta-D-Galp-(1->3)-beta-D-GlcpNAc-(1->6)-alpha-D-GalpNAc in which the hydroxy group at "
     "position 3 of the alpha-D-GalpNAc moiety has been glycosylated by a beta-D-Galp group",
     "beta-D-Galp-(1->3)-beta-D-GlcpNAc-(1->6)-[beta-D-Galp-(1->3)]-alpha-D-GalpNAc"},
    {"an anthocyanin cation that is cyanidin attached to a beta-D-galactopyranosyl residue at "
     "position 3 via a glycosidic linkage",
     "cyanidin 3-O-beta-D-galactopyranoside"},
    {"quercetin having a beta-D-glucosyl residue attached at position 3",
     "quercetin 3-O-beta-D-glucoside"},
    {"luteolin substituted at position 7 by a beta-D-glucopyranosyl moiety via a glycosidic "
     "linkage",
     "luteolin 7-O-beta-D-glucopyranoside"},
    {"apigenin substituted by a beta-D-glucopyranosyl residue at position 8 via a C-glycosidic "
     "linkage",
     "apigenin 8-C-beta-D-glucopyranoside"},
    {"cyanidin in which the hydroxy hydrogens at positions 3 and 5 are replaced by beta-D-xylosyl "
     "and beta-D-glucosyl residues, respectively",
     "cyanidin 3-O-beta-D-xyloside 5-O-beta-D-glucoside"},
    {"a beta-D-glucoside that is the beta-D-glucopyranosyl derivative of 4-nitrophenol",
     "4-nitrophenol beta-D-glucopyranoside"},
    {"beta-D-glucoside in which the anomeric substituent is specified as 2,2,2-trichloroethyl",
     "2,2,2-trichloroethyl beta-D-glucoside"},
    {"beta-L-fucopyranose in which the anomeric hydroxy hydrogen is replaced by a 4-nitrophenyl "
     "group",
     "4-nitrophenyl beta-L-fucopyranoside"},
    {"a D-glucopyranuronic acid in which the anomeric centre has beta-configuration",
     "beta-D-glucopyranuronic acid"},
    {"a dTDP-4-amino-4,6-dideoxy-D-glucose in which the anomeric centre of the pyranose fragment "
     "has alpha-configuration",
     "dTDP-4-amino-4,6-dideoxy-alpha-D-glucose"},
    {"the alpha-anomer of GDP-D-mannose", "GDP-alpha-D-mannose"},
    {"an ADP-aldose having alpha-D-glucopyranose as the sugar moiety", "ADP-alpha-D-glucopyranose"},
    {"a pyrimidine ribonucleoside 5'-diphosphate having cytosine as the nucleobase",
     "cytidine 5'-diphosphate"},
    {"a pyrimidine 2'-deoxyribonucleoside compound having 5-iodouracil as the nucleobase",
     "5-iodo-2'-deoxyuridine"},
    {"beta-D-galactofuranose in which the hydroxy group at position 6 has been converted into the "
     "corresponding dihydrogen phosphate derivative",
     "beta-D-galactofuranose 6-(dihydrogen phosphate)"},
    {"alpha-D-mannopyranose in which the hydroxy group at position 2 has been converted into the "
     "corresponding beta-D-arabinopyranoside",
     "beta-D-arabinopyranosyl-(1->2)-alpha-D-mannopyranose"},
    {"alpha-D-glucose bearing a trans-4-coumaroyl substituent at position 6",
     "6-O-(trans-4-coumaroyl)-alpha-D-glucose"},
    {"D-glucopyranose in which the hydroxy groups at positions 2 and 4 have been converted into "
     "the corresponding beta-D-glucopyranosyl and alpha-D-glucopyranosyl derivatives, respectively",
     "beta-D-glucopyranosyl-(1->2)-[alpha-D-glucopyranosyl-(1->4)]-D-glucopyranose"},
    {"an alpha-D-glucoside that is the 2-aminoethyl glycoside of a disaccharide consisting of "
     "beta-D-glucosyl and alpha-D-glucosyl residues linked (1->4)",
     "2-aminoethyl beta-D-glucosyl-(1->4)-alpha-D-glucoside"},
    {"two beta-D-glucose residues all linked (1->3) and linked at the reducing end glycosidically "
     "to a 5-aminopentyl group",
     "5-aminopentyl beta-D-glucosyl-(1->3)-beta-D-glucoside"},
    {"a linear amino trisaccharide comprising an alpha-N-acetylneuraminyl residue (2->3)-linked to "
     "a beta-D-galactosyl residue, which is in turn linked (1->3) to N-acetyl-beta-D-glucosamine",
     "alpha-N-acetylneuraminyl-(2->3)-beta-D-galactosyl-(1->3)-N-acetyl-beta-D-glucosamine"},
    {"a dTDP-sugar having 3-acetamido-3,6-dideoxy-alpha-D-galactopyranose "
     "(3-amino-3-deoxy-alpha-D-fucopyranose) as the sugar component",
     "dTDP-3-acetamido-3,6-dideoxy-alpha-D-galactopyranose"},
    {"a doubly-charged nucleotide-sugar oxoanion arising from deprotonation of the diphosphate OH "
     "groups of GDP-6-deoxy-alpha-D-mannose; major species at pH 7.3",
     "GDP-6-deoxy-alpha-D-mannose(2-)"},
    {"dianion of dTDP-6-deoxy-beta-L-mannose arising from deprotonation of both OH groups of the "
     "diphosphate",
     "dTDP-6-deoxy-beta-L-mannose(2-)"},
    {"a carbohydrate acid anion arising from deprotonation of the carboxy group of "
     "UDP-alpha-D-glucuronic acid",
     NULL},
    {"an amino disaccharide consisting of alpha-L-rhamnose having an N-acetyl beta-D-glucosaminyl "
     "residue attached at the 2-position",
     "N-acetyl-beta-D-glucosaminyl-(1->2)-alpha-L-rhamnose"},
    {"a methyl glycoside that is beta-D-Galp-(1->4)-beta-D-GlcpNAc in which the hydroxy group at "
     "the reducing-end anomeric centre is methylated",
     NULL},
    {"beta-D-xylopyranose in which the hydroxy group at the anomeric centre is methylated",
     "methyl beta-D-xylopyranoside"},
    {"D-gluconic acid carrying a single phosphate group at the 6-position",
     "D-gluconic acid 6-phosphate"},
    {"alpha-D-glucopyranose in which the hydroxy groups at positions 2 and 3 have each been "
     "converted into the corresponding beta-D-glucopyranosyl derivatives",
     "beta-D-glucopyranosyl-(1->2)-[beta-D-glucopyranosyl-(1->3)]-alpha-D-glucopyranose"},
    {"an L-galactose 1-phosphate compound having beta-configuration about the anomeric centre",
     "beta-L-galactose 1-phosphate"},
    {"a ribonucleoside triphosphate oxoanion that is the heptaanion of guanosine 3'-diphosphate "
     "5'-triphosphate",
     "guanosine 3'-diphosphate 5'-triphosphate(7-)"},
    {"a C-glycosyl comprising beta-D-glucose in which the anomeric hydroxy group is replaced by a "
     "4-chloro-3-(4-ethoxybenzyl)phenyl group",
     "1-deoxy-1-(4-chloro-3-(4-ethoxybenzyl)phenyl)-beta-D-glucose"},
    {"cyanidin attached to a 2''-O-galloyl-beta-D-galactopyranosyl residue at position 3 via a "
     "glycosidic linkage",
     "cyanidin 3-O-[2-O-galloyl-beta-D-galactopyranoside]"},
    {"alpha-D-galactosyl-(1->4)-beta-D-galactose where the hydrogen of the anomeric OH group is "
     "substituted by a hexyl group",
     "hexyl alpha-D-galactosyl-(1->4)-beta-D-galactoside"},
    {"an alpha-D-Glcp-(1->3)-L-Rhap in which the carbon bearing the anomeric hydroxy group has "
     "alpha configuration",
     "alpha-D-Glcp-(1->3)-alpha-L-Rhap"},
    {"a D-fructofuranose 1,6-bisphosphate with an alpha-configuration at the anomeric position",
     "alpha-D-fructofuranose 1,6-bisphosphate"},
    {"the furanose form of L-galactose", "L-galactofuranose"},
    {"the D-enantiomer of N-acetylgalactosamine", "N-acetyl-D-galactosamine"},
    {"a deoxytalose that is beta-L-talopyranose in which the hydroxy group at position 6 has been "
     "replaced by a hydrogen",
     "6-deoxy-beta-L-talopyranose"},
    {"a trisaccharide comprised of alpha-D-abequose and alpha-D-talose residues linked (1->3) and "
     "(1->2), respectively, to alpha-D-mannose",
     "alpha-D-abequosyl-(1->3)-[alpha-D-talosyl-(1->2)]-alpha-D-mannose"},
    {"an amino trisaccharide comprised of alpha-neuraminic acid and beta-D-galactose residues "
     "linked (2->3)",
     NULL},
    {"a linear synthetic trisaccharide derivative consisting of three alpha-D-mannopyranose "
     "residues linked (1->2)",
     NULL},
    {"a glycosyl group consisting of two alpha-D-mannopyranosyl residues joined by a "
     "(1->3)-linkage",
     NULL},
    {"a GDP-D-mannuronate in which the anomeric centre has alpha-configuration", NULL},
    {"3'-O-methyltricetin substituted by an alpha-L-rhamnopyranosyl residue at position 3", NULL},
    {"the L-enantiomer of adenosine", NULL},
    {"beta-D-glucose residue linked (1->4) to a D-glucose residue which is linked (1->3)", NULL},
    {"a D-glucose residue linked (1->4) to a D-glucose residue", NULL},
    {"beta-D-galactosyl-(1->4)-beta-D-glucose in which the hydroxy group at position 3 has been "
     "glycosylated by an alpha-L-fucosyl group",
     NULL},
    {"quercetin having a glucosyl residue attached at position 3", NULL},
    {"beta-D-glucose in which the anomeric centre has alpha-configuration", NULL},
    {"a branched amino oligosaccharide in which two branches each comprising alpha-D-mannose and "
     "beta-D-mannose residues linked (1->4)",
     NULL},
};

static char *canonical(const char *smiles) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    assert_non_null(m);
    char *out = mg_mol_smiles(m, true);
    mg_mol_free(m);
    return out;
}

static void names(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        char *smiles = NULL, *expected = canonical(ROWS[i].smiles);
        assert_int_equal(mg_name_read(ROWS[i].name, &smiles, &err), MOLGLOT_OK);
        if (!smiles) fail_msg("not understood: %s", ROWS[i].name);
        if (strcmp(smiles, expected) != 0)
            fail_msg("%s: %s, not %s", ROWS[i].name, smiles, expected);
        free(smiles);
        free(expected);
    }
}

static void refused(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(REFUSED); i++) {
        char *smiles = NULL;
        assert_int_equal(mg_name_read(REFUSED[i], &smiles, &err), MOLGLOT_OK);
        if (smiles) fail_msg("%s: %s", REFUSED[i], smiles);
    }
}

static void phrases(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(PHRASES); i++) {
        char *name = NULL, *smiles = NULL;
        size_t stereo;
        assert_int_equal(mg_name_described(PHRASES[i].text, &name, &stereo, &err), MOLGLOT_OK);
        /* a name of another kind is none of a molecule */
        if (name) assert_int_equal(mg_name_read(name, &smiles, &err), MOLGLOT_OK);
        const char *expected = PHRASES[i].name;
        if (!expected && smiles) fail_msg("%s: %s", PHRASES[i].text, name);
        if (expected && (!smiles || strcmp(name, expected) != 0))
            fail_msg("%s: %s", PHRASES[i].text, name ? name : "nothing");
        free(smiles);
        free(name);
    }
}

static int prepare(void **state) {
    (void)state;
    return mg_chem_init(&err) ? -1 : 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(refused),
                                       cmocka_unit_test(short_nucleic_acids),
                                       cmocka_unit_test(phrases)};
    return cmocka_run_group_tests(tests, prepare, NULL);
}
