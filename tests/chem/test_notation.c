/* What a string is: names, formulas and codes are words; SMILES, broken ones too, InChI, InChIKey,
 * SMARTS, reactions and SELFIES are known for what they are. InChI lead back to their molecules. */
#include "chem/chem.h"
#include "test_chem.h"

#include <stdio.h>

static void expect_kind(const char *s, mg_notation kind, const char *smiles, const char *reason,
                        int offset) {
    mg_notation_read read;
    assert_int_equal(mg_notation_of(s, strlen(s), &read, NULL), MOLGLOT_OK);
    if (read.kind != kind) fail_msg("'%s' is taken for %s", s, mg_notation_name(read.kind));
    if (smiles)
        assert_string_equal(read.smiles, smiles);
    else
        assert_null(read.smiles);
    assert_int_equal(read.status.ok, reason == NULL);
    if (reason && !strstr(read.status.reason, reason)) fail_msg("%s: %s", s, read.status.reason);
    assert_int_equal(read.status.offset, offset);
    free(read.smiles);
}

static void words_are_words(void **state) {
    (void)state;
    static const char *const words[] = {"Cocaine",
                                        "cocoon",
                                        "noon",
                                        "CBN",
                                        "INN",
                                        "BIS",
                                        "SOS",
                                        "Cn",
                                        "SPIN",
                                        "I/II",
                                        "PS-PI",
                                        "Na+",
                                        "Cl-",
                                        "NO3-",
                                        "SO4(--)",
                                        "CO2",
                                        "C60",
                                        "CCl4x",
                                        "CB1",
                                        "PCSK9",
                                        "CC-1065",
                                        "C18:1",
                                        "PC(16:0/18:1)",
                                        "benzo[a]pyrene",
                                        "(S)-nicotine",
                                        "[11C]PIB",
                                        "[18F]FDG",
                                        "oscr#10",
                                        "thieno[3,2-b]pyridine",
                                        "N-[2-(4-chlorophenyl)ethyl]acetamide",
                                        "2,4-dinitrophenol",
                                        "68797-61-5",
                                        "SCN-",
                                        "CH3CH2OH",
                                        "CH2=CH2",
                                        "ethanol>>acetaldehyde",
                                        ".",
                                        "(-)",
                                        "5%",
                                        "CHLORPROMAZINE",
                                        "a molecule with C=O",
                                        "CCO ethanol",
                                        "c1ccncc1 with a nitrile",
                                        "C=C and C=O, no ring",
                                        "P=O group",
                                        "C is carbon",
                                        "zzqq xxyy"};
    for (size_t i = 0; i < MG_COUNT(words); i++)
        expect_kind(words[i], MG_NOTATION_WORDS, NULL, NULL, -1);
    expect_kind(" \t\n", MG_NOTATION_EMPTY, NULL, "empty", -1);
}

static void molecules_are_molecules(void **state) {
    (void)state;
    static const char *const same[] = {
        "C",      "O",      "CCO",     "NO",  "COCO",    "[Na+]", "[Na+].[Cl-]",
        "[H][H]", "[O][O]", "N->[Fe]", "C$C", "C/C=C/C", "*CC",   "[NH3+]CC([O-])=O"};
    for (size_t i = 0; i < MG_COUNT(same); i++)
        expect_kind(same[i], MG_NOTATION_SMILES, same[i], NULL, -1);
    expect_kind("c1ccccc1 ", MG_NOTATION_SMILES, "c1ccccc1", NULL, -1);
    expect_kind("\xC2\xA0 CCO\r\n", MG_NOTATION_SMILES, "CCO", NULL, -1);
    expect_kind("\"CCO\"", MG_NOTATION_SMILES, "CCO", NULL, -1);
    expect_kind("C[C@H](F)Cl |o1:1|", MG_NOTATION_SMILES, "C[C@H](F)Cl", NULL, -1);
    expect_kind("CC(=O)O acetic acid", MG_NOTATION_SMILES, "CC(=O)O", NULL, -1);
    expect_kind("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", MG_NOTATION_INCHI, "CCO", NULL, -1);
}

static void broken_ones_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *s, *reason;
        int offset;
    } broken[] = {
        {"C1CC", "looks like SMILES: unclosed ring 1", 1},
        {"  C1CC", "looks like SMILES: unclosed ring 1", 3},
        {"c1ccccc", "unclosed ring 1", 1},
        {"CCC1", "unclosed ring 1", 3},
        {"CC(=O)Oc1ccccc1C(=O)O)", "unbalanced )", 21},
        {"C/C=C/C(=O", "unbalanced (", 7},
        {"[NH4+", "unbalanced [", 0},
        {"[U++++++]", "write a number, as in +6", 2},
        {"C12CCCCC12", "two bonds between the same atoms", 9},
        {"C%00CCCCC%00", "a ring number after % begins with 1 to 9", 1},
        {"C[Xx]", "unknown element", 2},
        {"CC(C)(C)(C)C", "C with valence 5: too many bonds", 1},
        {"c1cccc1", "cannot have alternating bonds", 0},
        {"C1CC CC1", "blank inside the SMILES", 4},
        {"CC(=O)X", "not an atom", 6},
        {"c1ccccc1X", "not an atom", 8},
    };
    for (size_t i = 0; i < MG_COUNT(broken); i++)
        expect_kind(broken[i].s, MG_NOTATION_SMILES, NULL, broken[i].reason, broken[i].offset);
}

static void others_are_named(void **state) {
    (void)state;
    static const struct {
        const char *s;
        mg_notation kind;
        const char *reason;
    } others[] = {
        {"CCO>>CC=O", MG_NOTATION_REACTION, "a reaction"},
        {"CCO.CC>O>CCN", MG_NOTATION_REACTION, "a reaction"},
        {"[CH3:1][OH:2]>>[CH2:1]=[O:2]", MG_NOTATION_REACTION, "a reaction"},
        {"[#6]", MG_NOTATION_SMARTS, "a SMARTS pattern"},
        {"[C,N]", MG_NOTATION_SMARTS, "a SMARTS pattern"},
        {"[!#1]", MG_NOTATION_SMARTS, "a SMARTS pattern"},
        {"[$(C=O)]", MG_NOTATION_SMARTS, "a SMARTS pattern"},
        {"*~*", MG_NOTATION_SMARTS, "a SMARTS pattern"},
        {"[CX3](=O)[OX2H]", MG_NOTATION_SMARTS, "a SMARTS pattern"},
        {"C!@C", MG_NOTATION_SMARTS, "a SMARTS pattern"},
        {"[C][C][O]", MG_NOTATION_SELFIES, "SELFIES"},
        {"[C][=C][Branch1][C][O]", MG_NOTATION_SELFIES, "SELFIES"},
        {"RYYVLZVUVIJVGH-UHFFFAOYSA-N", MG_NOTATION_INCHIKEY, "no molecule"},
        {"RYYVLZVUVIJVGH", MG_NOTATION_INCHIKEY, "no molecule"},
        {"InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H", MG_NOTATION_INCHI, "libinchi cannot read"},
        {"x\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n", MG_NOTATION_MOLFILE, "a molfile"},
    };
    for (size_t i = 0; i < MG_COUNT(others); i++)
        expect_kind(others[i].s, others[i].kind, NULL, others[i].reason, -1);
}

static void columns_get_the_same_reasons(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"aspirin", "looks like a name, not like SMILES"},
                                           {"CCO>>CC=O", "a reaction, not one molecule"},
                                           {"[C,N]", "a SMARTS pattern, not one molecule"},
                                           {"C1CC", "unclosed ring 1"},
                                           {"CO2", "unclosed ring 2"}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_row_status row;
        assert_null(mg_mol_from_smiles(cases[i][0], NULL, &row));
        assert_string_equal(row.reason, cases[i][1]);
    }
}

/* The molecule of each InChI of the example library has that InChI's key. */
static void inchi_lead_back(void **state) {
    (void)state;
    char line[4096];
    int n = 0;
    FILE *f = fopen(MG_SOURCE_DIR "/examples/library.tsv", "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f)) {
        char *smiles = strchr(line, '\t') + 1;
        *strchr(smiles, '\t') = 0;
        mg_mol *m = read_mol(smiles);
        char *inchi = mg_mol_inchi(m), *key = mg_mol_inchikey(m);
        mg_mol *back = read_mol(inchi);
        char *again = mg_mol_inchikey(back);
        assert_string_equal(key, again);
        free(inchi);
        free(key);
        free(again);
        mg_mol_free(m);
        mg_mol_free(back);
        n++;
    }
    fclose(f);
    assert_int_equal(n, 217);
}

/* Broken SMILES of two-letter elements and rings are SMILES all the same. */
static void halogens_are_atoms(void **state) {
    (void)state;
    static const char *const broken[] = {"ClC(Cl)(Cl)C(Br", "BrCCBr(", "Clc1ccc(Cl)cc",
                                         "BrC(Br)=C(Br)Br)", "FC(F)(F)C(Cl"};
    for (size_t i = 0; i < MG_COUNT(broken); i++) {
        mg_notation_read read;
        assert_int_equal(mg_notation_of(broken[i], strlen(broken[i]), &read, NULL), MOLGLOT_OK);
        if (read.kind != MG_NOTATION_SMILES || read.status.ok)
            fail_msg("%s is taken for %s", broken[i], mg_notation_name(read.kind));
        free(read.smiles);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_words),
        cmocka_unit_test(halogens_are_atoms),
        cmocka_unit_test(molecules_are_molecules),
        cmocka_unit_test(broken_ones_are_refused),
        cmocka_unit_test(others_are_named),
        cmocka_unit_test(inchi_lead_back),
        cmocka_unit_test(columns_get_the_same_reasons),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
