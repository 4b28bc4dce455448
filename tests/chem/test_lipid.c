/* test_lipid.c - lipids and acyl-CoAs: names and their structures (lipids.tsv; no structure: it is
 * refused), phrases and the names that say the same, charges.
 *
 * Structures were checked against dictionaries where these have them, and by the labels of their
 * centres: sn-glycerol, D-erythro sphingoids, L-amino acids, R-carnitine, coenzyme A.
 */
#include "../must.h"
#include "chem/nomenclature/nomenclature.h"
#include "names_table.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static molglot_error err;

static void names(void **state) {
    (void)state;
    must_read_table("lipids.tsv", 170, 63);
}

static const struct {
    const char *text, *name; /* NULL: it says no molecule */
} ROWS[] = {
    /* acyl groups of a class */
    {"The molecule is a phosphatidylcholine 36:3 in which the acyl groups specified at positions 1 "
     "and 2 are oleoyl and linoleoyl respectively.",
     "1-oleoyl-2-linoleoyl-sn-glycero-3-phosphocholine"},
    {"a 1,2-diacyl-sn-glycerol in which the acyl groups at positions 1 and 2 are specified as "
     "oleoyl (9Z-octadecenoyl) and decanoyl respectively",
     "1-oleoyl-2-decanoyl-sn-glycerol"},
    {"a phosphatidylcholine in which the acyl groups at positions 1 and 2 are oleoyl",
     "1-oleoyl-2-oleoyl-sn-glycero-3-phosphocholine"},
    {"a phosphatidylcholine O-34:1 in which the alkyl and acyl groups specified at positions 1 and "
     "2 are palmityl and (9Z)-octadecenoyl respectively",
     "1-hexadecyl-2-[(9z)-octadecenoyl]-sn-glycero-3-phosphocholine"},
    {"a 2-acyl-1-alkyl-sn-glycero-3-phosphocholine in which the alkyl and the acyl groups at "
     "positions 1 and 2 are specified as hexadecyl and acetyl respectively",
     "2-acetyl-1-hexadecyl-sn-glycero-3-phosphocholine"},
    {"a 1-(alk-1-enyl)-2-acyl-sn-glycero-3-phosphoethanolamine in which the alk-1-enyl and acyl "
     "groups are specified as (1Z)-octadecenyl and oleoyl respectively",
     "1-[(1z)-octadecenyl]-2-oleoyl-sn-glycero-3-phosphoethanolamine"},
    {"an N-acylphosphatidylethanolamine(1-) in which the N-acyl group is specified as stearoyl "
     "while the phosphatidyl acyl groups are both specified as oleoyl; major species at pH 7.3",
     "n-stearoyl-1-oleoyl-2-oleoyl-sn-glycero-3-phosphoethanolamine(1-)"},
    {"an N-hexadecanoylphosphatidylethanolamine in which the acyl groups at positions 1 and 2 are "
     "both specified as oleoyl",
     "n-hexadecanoyl-1-oleoyl-2-oleoyl-sn-glycero-3-phosphoethanolamine"},
    {"a 1-phosphatidyl-1D-myo-inositol 5-phosphate in which both phosphatidyl acyl groups are "
     "specified as octanoyl",
     "1-octanoyl-2-octanoyl-sn-glycero-3-phospho-1d-myo-inositol 5-phosphate"},
    {"a lysophosphatidylcholine 18:1 in which the acyl group is specified as oleoyl and is located "
     "at position 2",
     "2-oleoyl-sn-glycero-3-phosphocholine"},
    {"a triacylglycerol 50:2 in which the acyl groups at positions 1, 2 and 3 are specified as "
     "oleoyl, palmitoyl, and lauroyl respectively",
     "1-oleoyl-2-palmitoyl-3-lauroyl-sn-glycerol"},
    {"a triglyceride in which the 1- and 3-acyl groups are palmitoyl while that at position 2 is "
     "oleoyl",
     "1-palmitoyl-2-oleoyl-3-palmitoyl-glycerol"},
    {"a cardiolipin in which all four of the phosphatidyl acyl groups are specified as linoleoyl",
     "tetralinoleoylcardiolipin"},
    {"a CDP-diacylglycerol in which the phosphatidyl acyl groups at positions 1 and 2 are "
     "palmitoyl and oleoyl respectively",
     "cdp-1-palmitoyl-2-oleoyl-sn-glycerol"},
    {"a ceramide phosphoethanolamine (38:2) in which the acyl and the sphingoid base specified is "
     "nervonoyl and tetradecasphing-4-enine respectively",
     "n-nervonoyl-tetradecasphing-4-enine-1-phosphoethanolamine"},
    {"an N-acyl-15-methylhexadecasphing-4-enine in which the acyl group has 21 carbons and 0 "
     "double bonds and is 2-hydroxylated",
     "n-[2-hydroxyhenicosanoyl]-15-methylhexadecasphing-4-enine"},
    {"a galactosylceramide sulfate in which the sulfo group is located at position 3 and the "
     "ceramide N-acyl group is specified as docosanoyl",
     "1-(3-o-sulfo-beta-d-galactosyl)-n-docosanoylsphingosine"},
    {"a 1-O-acyl-N-acylsphingosine in which the N- and O-acyl groups are specified as acetyl and "
     "palmitoyl respectively",
     "1-o-palmitoyl-n-acetylsphingosine"},
    {"an O-acylcarnitine having (2E)-octenoyl as the acyl substituent",
     "o-[(2e)-octenoyl]carnitine"},
    {"an O-acyl-L-carnitine that is L-carnitine having decanoyl as the acyl substituent",
     "o-decanoyl-l-carnitine"},
    {"an N-acylglycine with an acyl group that is oleoyl", "n-oleoylglycine"},
    {"a 3-hydroxyacyl-CoA having 3-hydroxydecanoyl as the S-acyl group", "[3-hydroxydecanoyl]-coa"},
    {"a 1,2-diacyl-sn-glycerol that has stearoyl and oleoyl as 1- and 2-acyl groups respectively",
     "1-stearoyl-2-oleoyl-sn-glycerol"},
    {"a 2,3-diacyl-sn-glycerol where oleoyl and lauroyl form the 2- and 3-acyl groups respectively",
     "2-oleoyl-3-lauroyl-sn-glycerol"},
    {"a 1,3-diglyceride with both acyl groups specified as oleoyl", "1-oleoyl-3-oleoyl-glycerol"},
    {"a phosphatidylethanolamine 36:2 zwitterion in which the 1-O-acyl and 2-O-acyl groups are "
     "oleoyl and oleoyl respectively",
     "1-oleoyl-2-oleoyl-sn-glycero-3-phosphoethanolamine zwitterion"},
    {"a 1,2-diacyl-sn-glycerol with the oleoyl group at sn-1 and the palmitoyl group at sn-2",
     "1-oleoyl-2-palmitoyl-sn-glycerol"},
    {"an N-acylphosphatidylethanolamine in which the N-acyl group is specified as capryl "
     "(decanoyl) while the phosphatidyl acyl groups are both oleoyl",
     "n-decanoyl-1-oleoyl-2-oleoyl-sn-glycero-3-phosphoethanolamine"},
    {"a 1,2-diacyl-sn-glycerol in which both acyl groups are palmitoyl (octadecanoyl)", NULL},
    {"a phosphatidylcholine (P-36:1) in which the alkenyl group at position 1 is (1Z)-octadecenyl "
     "while the acyl group at position 2 is oleoyl",
     "1-[(1z)-octadecenyl]-2-oleoyl-sn-glycero-3-phosphocholine"},
    {"a lysophosphatidylcholine 17:0 in which the acyl group at position 1 is heptadecanoyl and "
     "the hydroxy group at position 2 is unsubstituted",
     "1-heptadecanoyl-sn-glycero-3-phosphocholine"},
    {"a phytoceramide compound having a hexacosanoyl group attached to the nitrogen atom",
     "n-hexacosanoyl-4-hydroxysphinganine"},
    {"a 2-monoglyceride where the acyl group is (9Z)-octadecenoyl",
     "2-[(9z)-octadecenoyl]-glycerol"},
    /* in a biochemist's words */
    {"triacylglycerol with three palmitic acids",
     "1-palmitoyl-2-palmitoyl-3-palmitoyl-sn-glycerol"},
    {"diacylglycerol with two oleoyls", "1-oleoyl-2-oleoyl-sn-glycerol"},
    {"phosphatidylcholine with two oleoyl chains", "1-oleoyl-2-oleoyl-sn-glycero-3-phosphocholine"},
    {"a phosphatidylethanolamine with palmitoyl at sn-1 and arachidonoyl at sn-2",
     "1-palmitoyl-2-arachidonoyl-sn-glycero-3-phosphoethanolamine"},
    {"a phosphatidylserine with stearoyl at position 1 and oleoyl at position 2",
     "1-stearoyl-2-oleoyl-sn-glycero-3-phospho-l-serine"},
    {"phosphatidic acid with 16:0 at sn-1 and 18:1(9Z) at sn-2",
     "1-[16:0]-2-[18:1(9z)]-sn-glycero-3-phosphate"},
    {"a lysophosphatidylcholine with stearic acid at sn-2",
     "2-stearoyl-sn-glycero-3-phosphocholine"},
    {"lysophosphatidic acid with oleoyl", "1-oleoyl-sn-glycero-3-phosphate"},
    {"monoacylglycerol with oleic acid at sn-2", "2-oleoyl-sn-glycerol"},
    {"monoacylglycerol with oleic acid", NULL},
    {"phosphatidylcholine with palmitoyl and oleoyl chains at sn-1 and sn-2 respectively",
     "1-palmitoyl-2-oleoyl-sn-glycero-3-phosphocholine"},
    {"triglyceride with palmitic acid at positions 1 and 3 and oleic acid at position 2",
     "1-palmitoyl-2-oleoyl-3-palmitoyl-glycerol"},
    {"phosphatidylcholine with palmitoyl at sn-1", NULL},
    {"ceramide with a C16:0 fatty acid", "n-[16:0]sphingosine"},
    {"a ceramide containing a nervonoyl chain", "n-nervonoylsphingosine"},
    {"ceramide with lauric (dodecanoic) acid", "n-lauroylsphingosine"},
    {"cardiolipin with four linoleic acids", "tetralinoleoylcardiolipin"},
    {"cardiolipin with linoleic acid", NULL},
    {"phosphatidylcholine with three oleic acids", NULL},
    {"phosphatidylcholine with oleic acid", NULL},
    /* made of something */
    {"a trans-2-enoyl-CoA that is the S-sinapoyl derivative of coenzyme A", "[sinapoyl]-coa"},
    {"a C4-acylcarnitine that is the O-butanoyl derivative of carnitine", "o-[butanoyl]-carnitine"},
    {"an N-acyl-amino acid that is the N-benzoyl derivative of L-valine", "n-[benzoyl]-l-valine"},
    {"the S-benzoyl derivative of cysteine", "S-benzoylcysteine"},
    {"coenzyme A thioester of palmitic acid", "[palmitoyl]-coa"},
    {"the carnitine ester of palmitic acid", "o-[palmitoyl]carnitine"},
    {"a ceramide that is the N-tetracosanoyl derivative of 4-hydroxyeicosasphinganine",
     "n-[tetracosanoyl]-4-hydroxyeicosasphinganine"},
    {"a ceramide 1-phosphate that is the N-dodecanoyl (lauroyl) derivative of sphingosine",
     "n-[dodecanoyl]-sphingosine 1-phosphate"},
    {"a glycophytoceramide having an alpha-D-galactopyranosyl residue at the O-1 position and an "
     "octanoyl group attached to the nitrogen",
     "1-o-(alpha-d-galactopyranosyl)-n-[octanoyl]phytosphingosine"},
    {"a glycodihydroceramide having an alpha-D-galactosyl residue at the O-1 position and a "
     "decanoyl group attached to the nitrogen",
     "1-o-(alpha-d-galactosyl)-n-[decanoyl]sphinganine"},
    {"a triglyceride obtained by formal acylation of the three hydroxy groups of glycerol by "
     "lauric (dodecanoic) acid",
     "1,2,3-tri[lauroyl]glycerol"},
    {"an N-(long-chain-acyl)ethanolamine that is the ethanolamide of oleic acid",
     "n-[oleoyl]ethanolamine"},
    /* ions */
    {"an acyl-CoA(4-) obtained by deprotonation of the phosphate and diphosphate OH groups of "
     "oleoyl-CoA; major species at pH 7.3",
     "oleoyl-coa(4-)"},
    {"an acyl-CoA oxoanion that is the pentaanion of glutaryl-CoA, arising from deprotonation of "
     "the phosphate, diphosphate and carboxylic acid functions",
     "glutaryl-coa(5-)"},
    {"a 1,2-diacyl-sn-glycerol 3-phosphate(2-) obtained by deprotonation of both phosphate OH "
     "groups of 1,2-dioleoyl-sn-glycerol 3-phosphate",
     "1,2-dioleoyl-sn-glycerol 3-phosphate(2-)"},
    {"a fatty acid anion that is the conjugate base of a (17Z)-hexacosenoic acid, obtained by "
     "deprotonation of the carboxy group",
     "(17z)-hexacosenoic acid(1-)"},
    {"the conjugate base of octacosanoic acid (montanic acid), arising from deprotonation of the "
     "carboxy group",
     "octacosanoic acid(1-)"},
    {"an acyl-CoA oxoanion resulting from the removal of all four protons from the phosphate "
     "groups "
     "of 7-methyloctanoyl-CoA",
     "7-methyloctanoyl-coa(4-)"},
    {"conjugate base of nonanoic acid", "nonanoic acid(1-)"},
    {"a dianion resulting from the removal of two protons from the carboxy groups of hexanedioic "
     "acid",
     "hexanedioic acid(2-)"},
    {"a 1-acyl-sn-glycero-3-phosphoserine(1-) that is the conjugate base of "
     "1-oleoyl-sn-glycero-3-phosphoserine",
     "1-oleoyl-sn-glycero-3-phosphoserine(1-)"},
    {"a phosphatidylserine that is the conjugate base of "
     "1,2-dioleoyl-sn-glycero-3-phospho-L-serine, "
     "in which the carboxy and phosphate groups are anionic and the amino group is cationic",
     "1,2-dioleoyl-sn-glycero-3-phospho-l-serine(1-)"},
    {"a zwitterion obtained by transfer of a proton from the phosphate to the amino group of "
     "1-oleoyl-sn-glycero-3-phosphoethanolamine",
     "1-oleoyl-sn-glycero-3-phosphoethanolamine zwitterion"},
    {"a cationic sphingoid that is the conjugate acid of sphinganine, obtained by protonation of "
     "the primary amino function",
     "sphinganine(1+)"},
    {"the conjugate base of unheardofic acid, obtained by deprotonation of the carboxy group",
     "unheardofic acid(1-)"},
    {"an organophosphate oxoanion obtained by deprotonation of the phosphate OH groups of "
     "unheardose 1-phosphate",
     "unheardose 1-phosphate anion"},
    {"an organic cation obtained by protonation of the primary amino group of sphinganine",
     "sphinganine(1+)"},
    {"zwitterionic form of N-unheardine having an anionic carboxy group and a protonated amino "
     "group",
     "n-unheardine zwitterion"},
    {"the tetraanion of unheardoyl-CoA", "unheardoyl-coa(4-)"},
    /* no molecule */
    {"a phosphatidylcholine 34:1 in which the acyl groups are oleoyl, oleoyl and palmitoyl", NULL},
    {"a phosphatidylcholine in which the acyl group at position 3 is oleoyl", NULL},
    {"a phosphatidylcholine in which the acyl groups at positions 1 and 2 are hexadecyl and oleoyl "
     "respectively",
     NULL},
    {"a phosphatidylcholine with logP below 3", NULL},
    {"a phosphatidylcholine with the oleoyl group at the head", NULL},
    {"a glycophytoceramide having a galactosyl residue at the O-2 position and a decanoyl group "
     "attached to the nitrogen",
     NULL},
    {"a 1-alkyl-2-acyl-sn-glycerol in which the alkyl group is specified as hexadecyl", NULL},
    {"a dicarboxylic acid monoanion obtained by deprotonation of one of the carboxy groups of "
     "hexanedioic acid",
     NULL},
    {"an anion obtained by deprotonation of the carboxy group of hexanedioic acid", NULL},
    {"an anion obtained by deprotonation of the 5-hydroxy group of nonanoic acid", NULL},
    {"the dianion of nonanoic acid arising from deprotonation of the carboxy groups", NULL},
    {"the zwitterion resulting from the transfer of a proton from the hydroxy group of glycine to "
     "the amino group of proline",
     NULL},
};

static void phrases(void **state) {
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        char *name = NULL, *smiles = NULL;
        size_t stereo;
        must(mg_name_described(ROWS[i].text, &name, &stereo, &err), &err);
        char *wanted = NULL; /* the molecule, however its name is spelled */
        if (name) must(mg_name_read(name, &smiles, &err), &err);
        if (ROWS[i].name) must(mg_name_read(ROWS[i].name, &wanted, &err), &err);
        const bool same = wanted          ? smiles && !strcmp(smiles, wanted)
                          : !ROWS[i].name ? !smiles
                                          : name && !strcmp(name, ROWS[i].name);
        free(wanted);
        if (!same) {
            bad++;
            print_message("%s\n   is   %s, %s\n   want %s\n", ROWS[i].text, name ? name : "-",
                          smiles ? smiles : "-", ROWS[i].name ? ROWS[i].name : "-");
        }
        free(name);
        free(smiles);
    }
    assert_int_equal(bad, 0);
}

static void charges(void **state) {
    (void)state;
    static const struct {
        const char *smiles;
        int charge;
        const char *want; /* NULL: it has no such form */
    } rows[] = {{"CC(=O)O", -1, "CC(=O)[O-]"},
                {"CC(=O)O", -2, NULL},
                {"CCS(=O)(=O)O", -1, "CCS(=O)(=O)[O-]"},
                {"NCC(=O)O", 0, "[NH3+]CC(=O)[O-]"},
                {"NCC(=O)O", -1, NULL},
                {"CN(C)C", 1, "C[NH+](C)C"},
                {"CNC", 1, "C[NH2+]C"},
                {"CC(N)=O", 1, NULL},
                {"OP(O)(=O)OCCN", -1, "[NH3+]CCOP(=O)([O-])[O-]"}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        char *out = NULL;
        must(mg_name_put_charge(rows[i].smiles, rows[i].charge, &out, &err), &err);
        if (rows[i].want) {
            assert_non_null(out);
            assert_string_equal(out, rows[i].want);
        } else {
            assert_null(out);
        }
        free(out);
    }
    char name[] = "glycine zwitterion", plain[] = "iron(3+) oxide";
    int charge = 9;
    assert_true(mg_name_take_charge(name, &charge));
    assert_string_equal(name, "glycine");
    assert_int_equal(charge, 0);
    assert_false(mg_name_take_charge(plain, &charge));
    assert_true(mg_name_has_group("oleoylcarnitine") && mg_name_has_group("palmitoyl-CoA"));
    assert_false(mg_name_has_group("oleoyl") || mg_name_has_group("pyridine"));
    assert_false(mg_name_has_group("two oleoyl groups"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(phrases),
                                       cmocka_unit_test(charges)};
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
