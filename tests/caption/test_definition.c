/* test_definition.c - captions whose first sentence says how a molecule is built: what is wrong for
 * the described one, the same without that, and the same told of it. */
#include "../must.h"
#include "../small_dictionary.h"
#include "caption/inside.h"

static molglot_error err;

static mg_mol *mol_of(const char *smiles) {
    return must_have(mg_mol_from_smiles(smiles, NULL, NULL), &err);
}

/* A dictionary of a few molecules. */
static small_dictionary open_small(void) {
    static const char *const smiles[] = {"CCCCCCCCCO", "CCO", "CC(=O)O", "O=C(O)c1ccccc1",
                                         "CCCCCCCCCCCCCCCC(=O)O"};
    static const mg_name_row rows[] = {{"acetic acid", 2, MG_NAME_CHEBI, 1},
                                       {"benzoic acid", 3, MG_NAME_CHEBI, 1},
                                       {"ethanol", 1, MG_NAME_CHEBI, 1},
                                       {"nonan-1-ol", 0, MG_NAME_CHEBI, 1},
                                       {"palmitic acid", 4, MG_NAME_CHEBI, 1}};
    return small_dictionary_open(rows, MG_COUNT(rows), smiles, MG_COUNT(smiles));
}

static const struct {
    const char *smiles, *text;
    int claims;
    const char *cut; /* NULL: nothing is wrong, or nothing else is said */
} ROWS[] = {
    {"COc1ccccc1O", "The molecule is a phenol that is phenol with a methoxy group at position 2.",
     1, NULL},
    {"COc1cccc(O)c1", "The molecule is a phenol that is phenol with a methoxy group at position 2.",
     1, "The molecule is a phenol."},
    {"CCOC(C)=O",
     "The molecule is an ester obtained by formal condensation of acetic acid with nonan-1-ol. It "
     "has a role as a scent.",
     1, "The molecule is an ester. It has a role as a scent."},
    /* stereo and protons aside */
    {"C[C@H](O)C(=O)[O-]",
     "The molecule is an acid that is propanoic acid with a hydroxy group at "
     "position 2",
     1, NULL},
    {"Oc1ccncc1", "The molecule is pyridin-4(1H)-one with a methyl group at position 2.", 1, NULL},
    /* what cannot be read is no claim */
    {"CCO", "The molecule is an alcohol that is found in beer.", 0, NULL},
    {"CCO", "", 0, NULL},
};

static void checked_and_cut(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        char *text = must_have(strdup(ROWS[i].text), &err);
        mg_caption c = {.text = text};
        mg_mol *m = mol_of(ROWS[i].smiles);
        mg_str cut = {0};
        must(mg_definition_check(NULL, m, &c, &err), &err);
        if (c.claims != ROWS[i].claims) fail_msg("%s: %d claims", text, c.claims);
        const bool has = mg_definition_cut(&c, &cut);
        if (has != (ROWS[i].cut != NULL)) fail_msg("%s: %s", text, has ? cut.s : "not cut");
        if (has) assert_string_equal(cut.s, ROWS[i].cut);
        mg_str_free(&cut);
        free(c.wrong);
        free(text);
        mg_mol_free(m);
    }
}

/* A wrong place that another one meets becomes one with it; places keep the order of the text. */
static void wrong_places_meet(void **state) {
    (void)state;
    char text[] = "one two three four five six";
    mg_caption c = {.text = text};
    must(mg_caption_wrong(&c, 19, 23, &err), &err); /* five */
    must(mg_caption_wrong(&c, 0, 3, &err), &err);   /* one */
    must(mg_caption_wrong(&c, 8, 13, &err), &err);  /* three */
    assert_int_equal(c.n_wrong, 3);
    assert_int_equal(c.wrong_words, 3);
    assert_int_equal(c.wrong[0].begin, 0);
    assert_int_equal(c.wrong[1].begin, 8);
    assert_int_equal(c.wrong[2].begin, 19);
    must(mg_caption_wrong(&c, 4, 18, &err), &err); /* two three four */
    assert_int_equal(c.n_wrong, 3);
    assert_int_equal(c.wrong_words, 5);
    assert_int_equal(c.wrong[1].begin, 4);
    assert_int_equal(c.wrong[1].end, 18);
    free(c.wrong);
}

static const struct {
    const char *smiles, *text, *mended; /* NULL: nothing can be proven */
} PARTNERS[] = {
    /* one half is the copy's; its names go on */
    {"CCCCCCCCCCCCCCCC(=O)OCC",
     "The molecule is a wax ester obtained by formal condensation of the carboxy group of palmitic "
     "acid with the hydroxy group of nonan-1-ol. It derives from a nonan-1-ol.",
     "The molecule is a wax ester obtained by formal condensation of the carboxy group of palmitic "
     "acid with the hydroxy group of ethanol. It derives from an ethanol."},
    {"CCCCCCCCCOC(C)=O",
     "The molecule is a wax ester obtained by formal condensation of palmitic acid with "
     "nonan-1-ol. It derives from a palmitic acid.",
     "The molecule is a wax ester obtained by formal condensation of acetic acid with "
     "nonan-1-ol. It derives from an acetic acid."},
    /* both are others */
    {"CCOC(=O)c1ccccc1",
     "The molecule is an ester obtained by formal condensation of acetic acid with nonan-1-ol.",
     "The molecule is an ester obtained by formal condensation of benzoic acid with ethanol."},
    /* the dictionary has no name for a half: its systematic one, or none */
    {"CCCOC(=O)c1ccccc1",
     "The molecule is an ester obtained by formal condensation of benzoic acid with ethanol.",
     "The molecule is an ester obtained by formal condensation of benzoic acid with propan-1-ol."},
    {"O=C(OC1CC2(C1)CC1CC(C2)O1)c1ccccc1",
     "The molecule is an ester obtained by formal condensation of benzoic acid with ethanol.",
     NULL},
    /* another kind of bond; no such sentence */
    {"CCNC(C)=O",
     "The molecule is an ester obtained by formal condensation of the carboxy group of acetic acid "
     "with the hydroxy group of ethanol.",
     NULL},
    {"CCOC(C)=O", "The molecule is an ester.", NULL},
    {"CCOC(C)=O", "", NULL},
};

static void told_of_the_molecule(void **state) {
    (void)state;
    small_dictionary s = open_small();
    mg_readings *readings = must_have(mg_readings_new(s.d, &err), &err);
    for (size_t i = 0; i < MG_COUNT(PARTNERS); i++) {
        mg_str out = {0};
        must(mg_partners_mend(readings, PARTNERS[i].smiles, PARTNERS[i].text, &out, &err), &err);
        if (!out.n != !PARTNERS[i].mended)
            fail_msg("%s: %s", PARTNERS[i].smiles, out.n ? out.s : "nothing");
        if (out.n) assert_string_equal(out.s, PARTNERS[i].mended);
        mg_str_free(&out);
    }
    mg_readings_free(readings);
    small_dictionary_close(&s);
}

static const struct {
    const char *smiles, *text, *mended; /* NULL: nothing can be proven */
} RESIDUES[] = {
    {"C[C@H](NC(=O)CN)C(=O)NCC(=O)N[C@@H](C)C(=O)NCC(=O)N[C@@H](C)C(=O)NCC(=O)N[C@@H](C)C(=O)NCC(="
     "O)O",
     "The molecule is an oligopeptide composed of glycine, L-alanine and glycine joined in "
     "sequence.",
     "The molecule is an oligopeptide composed of glycine, L-alanine, glycine, L-alanine, glycine, "
     "L-alanine, glycine, L-alanine and glycine joined in sequence by peptide linkages."},
    {"CC(C)C[C@H](N)C(=O)NCC(=O)O",
     "The molecule is a tripeptide composed of L-valine, L-alanine and L-lysine residues joined in "
     "sequence. It has a role as a metabolite. It derives from a L-valine, a L-alanine and a "
     "L-lysine. It is white.",
     "The molecule is a dipeptide composed of L-leucine and glycine joined by a peptide linkage. "
     "It has a role as a metabolite. It derives from a L-leucine and a glycine. It is white."},
    {"C[C@@H](N)C(=O)NCC(=O)NCC(=O)NCC(=O)N[C@@H](CO)C(=O)O",
     "The molecule is a dipeptide formed from glycine and L-serine residues.",
     "The molecule is a pentapeptide composed of D-alanine, three glycine units and L-serine "
     "joined in sequence by peptide linkages."},
    {"CNC(=O)CN", "The molecule is a dipeptide composed of two glycine residues.", NULL},
    {"C[C@H](N)C(=O)NCC(N)=O", "The molecule is a dipeptide composed of two glycines.", NULL},
    {"NCC(=O)NCC(=O)O", "The molecule is a dipeptide that is white.", NULL},
    {"NCC(=O)NCC(=O)O", "The molecule is an ester composed of two acids.", NULL},
    {"NCC(=O)O", "The molecule is a dipeptide composed of two glycine residues.", NULL},
};

static void told_of_the_peptide(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(RESIDUES); i++) {
        mg_str out = {0};
        must(mg_residues_mend(NULL, RESIDUES[i].smiles, RESIDUES[i].text, &out, &err), &err);
        if (!out.n != !RESIDUES[i].mended)
            fail_msg("%s: %s", RESIDUES[i].smiles, out.n ? out.s : "nothing");
        if (out.n) assert_string_equal(out.s, RESIDUES[i].mended);
        mg_str_free(&out);
    }
}

static const struct {
    const char *smiles, *text, *mended; /* NULL: nothing can be proven */
} IONS[] = {
    {"CCC(C)C(=O)C(=O)[O-]",
     "The molecule is an anion that is the conjugate base of 4-methyl-2-oxopentanoic acid, "
     "obtained by deprotonation of the carboxy group. It is a conjugate base of a "
     "4-methyl-2-oxopentanoic acid.",
     "The molecule is an anion that is the conjugate base of 3-methyl-2-oxopentanoic acid, "
     "obtained by deprotonation of the carboxy group. It is a conjugate base of a "
     "3-methyl-2-oxopentanoic acid."},
    {"CCCCCC(=O)[O-]",
     "The molecule is an anion resulting from the deprotonation of the carboxy group of "
     "pentanoic acid.",
     "The molecule is an anion resulting from the deprotonation of the carboxy group of hexanoic "
     "acid."},
    /* no ion; no such sentence; nothing that lost protons */
    {"CCCCCC", "The molecule is the conjugate base of pentanoic acid.", NULL},
    {"CCCCCC(=O)[O-]", "The molecule is an anion found in milk.", NULL},
    {"CCCCCC(=O)[O-]", "The molecule is the conjugate acid of pentanoate.", NULL},
    {"CCCCCC(=O)[O-]", "", NULL},
};

static void told_of_the_ion(void **state) {
    (void)state;
    mg_readings *r = must_have(mg_readings_new(NULL, &err), &err);
    for (size_t i = 0; i < MG_COUNT(IONS); i++) {
        mg_str out = {0};
        mg_own_forms own = {0};
        must(mg_ions_mend(r, IONS[i].smiles, IONS[i].text, &own, &out, &err), &err);
        mg_own_forms_free(&own);
        if (!out.n != !IONS[i].mended || (out.n && strcmp(out.s, IONS[i].mended) != 0))
            fail_msg("%s: %s", IONS[i].smiles, out.n ? out.s : "nothing");
        mg_str_free(&out);
    }
    mg_readings_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checked_and_cut), cmocka_unit_test(wrong_places_meet),
        cmocka_unit_test(told_of_the_molecule), cmocka_unit_test(told_of_the_peptide),
        cmocka_unit_test(told_of_the_ion)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
