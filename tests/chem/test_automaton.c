/* The SMILES vocabulary and the automaton: real molecules pass in every order of writing, wrong
 * ones are stopped, everything that the mask allows ends in time and is read by RDKit, and the
 * valence tables agree with RDKit. */
#include "chem/chem.h"
#include "chem/smiles/smiles.h"
#include "test_chem.h"

enum { MOST = 1024, PLENTY = 2000 };

static const char *const molecules[] = {
    "C",
    "[H][H]",
    "[2H]O[2H]",
    "[13CH4]",
    "[NH4+].[Cl-]",
    "[Na+].[O-]C(=O)c1ccccc1",
    "[H+].[H-]",
    "C[N+](C)(C)CC(=O)[O-]",
    "C[N+](=O)[O-]",
    "CN=[N+]=[N-]",
    "[C-]#[O+]",
    "C[N+]#[C-]",
    "O=S(=O)(O)O",
    "CS(C)(=O)=O",
    "CS(C)=O",
    "O=P(O)(O)OP(=O)(O)O",
    "FP(F)(F)(F)F",
    "FS(F)(F)(F)(F)F",
    "C=C=C=C",
    "C#CC#C",
    "CC(C)(C)C",
    "OB(O)c1ccccc1",
    "F[B-](F)(F)F",
    "[O-][Cl+3]([O-])([O-])O",
    "OI(=O)=O",
    "C[Si](C)(C)C",
    "C[Hg]C",
    "[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1",
    "Cl[Pt](Cl)(N)N",
    "C[AsH]C",
    "C1CC1",
    "C12C3C4C1C5C4C3C25",
    "C1CC2(C1)CC2",
    "C1CC2CCC1C2",
    "O=C1CCCCC1",
    "C1=CCCC=CCC1",
    "C1CCC#CCCC1",
    "c1ccccc1",
    "c1ccc2ccccc2c1",
    "c1ccc2[nH]ccc2c1",
    "c1ccsc1",
    "c1ccoc1",
    "c1cnc[nH]1",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "c1cc[nH+]cc1",
    "C[n+]1ccccc1",
    "[O-][n+]1ccccc1",
    "c1cc[o+]cc1",
    "O=c1cc[nH]cc1",
    "O=c1cccco1",
    "c1ccc(-c2ccccc2)cc1",
    "c1ccc2c(c1)-c1ccccc1-2",
    "c1ccc2c(c1)Cc1ccccc1-2",
    "c1cc2ccc3cccc4ccc(c1)c2c34",
    "c1c[se]cc1",
    "c1ccpcc1",
    "c1ccbcc1",
    "c1cc[cH-]c1",
    "c1ccc[cH+]cc1",
    "n1nnn[n-]1",
    "Cc1nnn[nH]1",
    "C1=Cc2cc3ccc(cc4nc(cc5ccc(cc1n2)[nH]5)C=C4)[nH]3",
    "c1ccc(-n2cccc2)cc1",
    "O=c1[nH]c(=O)c2[nH]cnc2[nH]1",
    "F/C=C/F",
    "F/C=C\\F",
    "C/C=C/C=C/C(=O)O",
    "N[C@@H](C)C(=O)O",
    "C[S@](=O)c1ccccc1",
    "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
    "CC(=O)Oc1ccccc1C(=O)O",
    "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
    "CC1=C/C(=C/C=N)N=C1",
    "[CH3:1][OH:2]",
    "[CH3]",
    "[O]N=O",
    "[O][O]",
    "C1CC2CC3CC4CC5CC6CC7CC8CC9CC%10CC1C2C3C4C5C6C7C8C9C%10",
    "O=C(O)CCCCC1SCC2NC(=O)NC21",
    "C/C1=C\\CCCCCC1",
    "S=c1[nH]cnc2nc[nH]c12",
    "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
};

static mg_smiles_vocab *vocabulary(void) {
    mg_smiles_vocab *v = mg_smiles_vocab_build(molecules, MG_COUNT(molecules), 2, 280, NULL);
    assert_non_null(v);
    return v;
}

/* Tokens that the automaton takes of a string, the end token included; *n: how many there are. */
static int32_t pushed(const mg_smiles_vocab *v, const char *smiles, int32_t max_tokens,
                      int32_t *n) {
    static int32_t ids[MOST + 1];
    static uint8_t allowed[MOST];
    mg_smiles_state s;
    molglot_row_status row;
    *n = mg_smiles_encode(v, smiles, ids, MOST, &row);
    if (*n < 0) fail_msg("%s: %s at %d", smiles, row.reason, (int)row.offset);
    ids[(*n)++] = MG_TOKEN_EOS;
    mg_smiles_start(&s, v, max_tokens);
    for (int32_t i = 0; i < *n; i++) {
        mg_smiles_mask(&s, allowed);
        bool taken = mg_smiles_push(&s, ids[i]);
        assert_int_equal(taken, allowed[ids[i]]);
        if (!taken) return i;
    }
    assert_true(mg_smiles_done(&s));
    return *n;
}

static bool accepts(const mg_smiles_vocab *v, const char *smiles) {
    int32_t n;
    return pushed(v, smiles, PLENTY, &n) == n;
}

static void takes_molecules_in_every_order(void **state) {
    (void)state;
    mg_smiles_vocab *v = vocabulary();
    for (size_t i = 0; i < MG_COUNT(molecules); i++) {
        mg_mol *m = read_mol(molecules[i]);
        if (!accepts(v, molecules[i])) fail_msg("refused: %s", molecules[i]);
        for (int form = 0; form < 6; form++) {
            char *s = form ? mg_mol_smiles_random(m, (uint64_t)form) : mg_mol_smiles(m, true);
            if (!accepts(v, s)) fail_msg("refused: %s", s);
            free(s);
        }
        mg_mol_free(m);
    }
    mg_smiles_vocab_free(v);
}

/* The part of a string that the automaton takes, without the end token; "all" of it with the end
 * token gives NULL. */
static const char *taken_part(const mg_smiles_vocab *v, const int32_t *ids, int32_t n,
                              int32_t max_tokens) {
    static char part[MOST];
    mg_smiles_state s;
    int32_t k = 0;
    mg_smiles_start(&s, v, max_tokens);
    while (k < n && mg_smiles_push(&s, ids[k])) k++;
    if (k == n && mg_smiles_push(&s, MG_TOKEN_EOS)) return NULL;
    char *decoded = mg_smiles_decode(v, ids, k);
    snprintf(part, sizeof part, "%s", decoded);
    free(decoded);
    return part;
}

static void stops_at_the_wrong_token(void **state) {
    (void)state;
    static const struct {
        const char *smiles, *taken;
    } cases[] = {
        {"C(C)(C)(C)(C)C", "C(C)(C)(C)(C)"}, /* a fifth bond */
        {"CF=C", "CF"},
        {"C=FC", "C="},
        {"CO(C)C", "CO(C)"},
        {"C#N=C", "C#N"},
        {"[NH4]C", "[NH4"},
        {"C1CC", "C1CC"},
        {"C1C1", "C1C"},
        {"C11", "C1"},
        {"C12CC12", "C12CC1"},
        {"CC(C", "CC(C"},
        {"CC)C", "CC"},
        {"C()C", "C("},
        {"C(=)C", "C(="},
        {"C=", "C="},
        {"=C", ""},
        {"C==C", "C="},
        {".C", ""},
        {"C..C", "C."},
        {"C.", "C."},
        {"(C)C", ""},
        {"1CC1", ""},
        {"C(1CC1)", "C("},
        {"C1CC.C1", "C1CC"},
        {"C(C.C)", "C(C"},
        {"C=1CCCCC#1", "C=1CCCCC#"},
        /* five carbons do not pair up; C=O could still help the last one */
        {"c1cccc1", "c1cccc1"},
        {"c1ccccc1=O", "c1ccccc1"},
        {"n1cccc1", "n1cccc1"},
        {"[nH]1ccccc1", "[nH]1ccccc1"},
        {"O=c1ccccc1", "O=c1ccccc1"},
        /* whole bonds: RDKit would read these, five bonds at c and three at o, and write what it
         * cannot read */
        {"c1cccccCc1(O)=O", "c1cccccCc1(O)"},
        {"o1(C)ccC1", "o1(C"},
        {"cC", "c"},
        {"Cc(C)C", "Cc"},
        {"C(c)C", "C(c"},
        {"c1ccccc1.cC", "c1ccccc1.c"},
        {"C:C", "C"},
        {"[Li+3]", "[Li+"},
        {"[NH5]", "[NH5"},
        {"[CH", "[CH"},
        {"[H]([H])C", "[H]([H])"},
    };
    mg_smiles_vocab *v = vocabulary();
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        int32_t ids[MOST], n = mg_smiles_encode(v, cases[i].smiles, ids, MOST, NULL);
        if (n < 0) { /* an open bracket is no SMILES to encode: its pieces are one letter each */
            for (n = 0; cases[i].smiles[n]; n++) {
                const char piece[] = {cases[i].smiles[n], 0};
                for (ids[n] = 0; strcmp(mg_smiles_vocab_token(v, ids[n]), piece) != 0; ids[n]++)
                    assert_true(ids[n] < mg_smiles_vocab_size(v));
            }
        }
        const char *part = taken_part(v, ids, n, PLENTY);
        if (!part) fail_msg("%s was taken", cases[i].smiles);
        assert_string_equal(part, cases[i].taken);
    }
    mg_smiles_vocab_free(v);
}

/* Whether RDKit reads a string, and what it then writes itself. */
static bool rdkit_reads(const char *smiles) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    char *canonical = m ? mg_mol_smiles(m, true) : NULL;
    mg_mol *again = canonical ? mg_mol_from_smiles(canonical, NULL, NULL) : NULL;
    mg_mol_free(m);
    mg_mol_free(again);
    free(canonical);
    return again != NULL;
}

/* Draws a token among the allowed ones; -1 if there is none. Ring numbers beyond 9 are rare, to
 * draw longer strings than metals in cages. */
static int32_t draw(const mg_smiles_vocab *v, const uint8_t *allowed, mg_rng *rng) {
    int32_t n = mg_smiles_vocab_size(v);
    for (int attempt = 0; attempt < 2000; attempt++) {
        int32_t id = (int32_t)mg_rng_below(rng, (uint64_t)n);
        bool rare = mg_smiles_vocab_token(v, id)[0] == '%';
        if (allowed[id] && (!rare || mg_rng_below(rng, 20) == 0)) return id;
    }
    for (int32_t id = 0; id < n; id++)
        if (allowed[id]) return id;
    return -1;
}

/* At every length limit every walk over allowed tokens ends with the end token, and RDKit reads the
 * string. */
static void every_walk_ends_in_a_molecule(void **state) {
    (void)state;
    static int32_t ids[MOST];
    static uint8_t allowed[MOST];
    mg_smiles_vocab *v = vocabulary();
    int unread = 0, walks = 0;
    for (int32_t limit = 2; limit <= 60; limit++) {
        for (uint64_t seed = 0; seed < 40; seed++, walks++) {
            mg_rng rng = {.seed = seed, .stream = (uint64_t)limit};
            mg_smiles_state s, copy;
            int32_t n = 0;
            mg_smiles_start(&s, v, limit);
            while (!mg_smiles_done(&s)) {
                mg_smiles_mask(&s, allowed);
                ids[n] = draw(v, allowed, &rng);
                if (ids[n] < 0) fail_msg("stuck after %s", mg_smiles_decode(v, ids, n));
                copy = s;
                assert_true(mg_smiles_push(&copy, ids[n++]));
                s = copy;
            }
            assert_true(n <= limit);
            mg_smiles_mask(&s, allowed);
            assert_int_equal(allowed[MG_TOKEN_PAD], 1);
            assert_int_equal(allowed[MG_TOKEN_EOS], 0);
            char *smiles = mg_smiles_decode(v, ids, n);
            unread += !rdkit_reads(smiles);
            free(smiles);
        }
    }
    assert_true(unread * 200 <= walks); /* measured: docs/automaton.md */
    mg_smiles_vocab_free(v);
}

/* A limit that is too short for the string makes the automaton close early, never late. */
static void closes_before_the_limit(void **state) {
    (void)state;
    mg_smiles_vocab *v = vocabulary();
    const char *indole = "c1ccc2[nH]ccc2c1";
    int32_t n, full;
    int32_t taken = pushed(v, indole, PLENTY, &full);
    assert_int_equal(taken, full);
    for (int32_t limit = 2; limit < full; limit++)
        assert_true(pushed(v, indole, limit, &n) < limit);
    taken = pushed(v, indole, full + 4, &n);
    assert_int_equal(taken, full);
    mg_smiles_vocab_free(v);
}

/* Every element, charge and hydrogen count by itself. RDKit refuses what is no atom and takes the
 * rest. */
static void valences_agree_with_rdkit(void **state) {
    (void)state;
    mg_smiles_vocab *v = vocabulary();
    for (int element = 1; element <= MG_ELEMENTS; element++) {
        for (int charge = -4; charge <= 4; charge++) {
            for (int hydrogens = 0; hydrogens <= 9; hydrogens++) {
                char smiles[32], count[4] = "", sign[4] = "";
                if (hydrogens) snprintf(count, sizeof count, "H%d", hydrogens);
                if (charge) snprintf(sign, sizeof sign, "%+d", charge);
                snprintf(smiles, sizeof smiles, "[%s%s%s]", mg_element_symbol(element), count,
                         sign);
                if (accepts(v, smiles) != rdkit_reads(smiles))
                    fail_msg("RDKit and the automaton disagree about %s", smiles);
            }
        }
    }
    mg_smiles_vocab_free(v);
}

/* Every kind of aromatic atom with substituents in rings that need it to pair up, and in rings that
 * need it not to. */
static void aromatic_atoms_agree_with_rdkit(void **state) {
    (void)state;
    static const char *const atoms[] = {
        "c",     "n",     "o",      "s",      "p",     "b",     "[nH]",  "[n+]",  "[nH+]", "[n-]",
        "[c-]",  "[cH-]", "[c+]",   "[cH+]",  "[c]",   "[cH]",  "[o+]",  "[s+]",  "[se]",  "[te]",
        "[as]",  "[si]",  "[siH]",  "[siH2]", "[b-]",  "[bH-]", "[bH]",  "[p+]",  "[pH]",  "[pH2]",
        "[sH]",  "[sH+]", "[nH2+]", "[cH2]",  "[n]",   "[p]",   "[se+]", "[seH]", "[asH]", "[n-2]",
        "[n+2]", "[si-]", "[s-]",   "[o-]",   "[te+]", "[p-]",  "[b+]",  "[as+]", "[sH2]"};
    static const char *const substituents[] = {
        "", "(C)", "(C)(C)", "(=C)", "(=C)(C)", "(=C)(=C)", "(#C)", "(C)(C)(C)", "(=C)(C)(C)"};
    static const char *const rings[] = {"%s1%sCC1",         "%s1%scccC1",   "%s1%sccccC1",
                                        "%s1%scccc1",       "%s1%sccccc1",  "%s12%sccc1cccc2",
                                        "%s12%scccc1cccc2", "c1cc%s%sc1",   "c1ccc%s%sc1",
                                        "C1cc%s%sC1",       "c1cc(%s1%s)C", "C1CC%s%sC1"};
    mg_smiles_vocab *v = vocabulary();
    for (size_t a = 0; a < MG_COUNT(atoms); a++) {
        for (size_t b = 0; b < MG_COUNT(substituents); b++) {
            for (size_t r = 0; r < MG_COUNT(rings); r++) {
                char smiles[80];
                snprintf(smiles, sizeof smiles, rings[r], atoms[a], substituents[b]);
                const bool taken = accepts(v, smiles);
                /* RDKit takes the hydrogen off some */
                if (!taken && strstr(smiles, "[nH]") && strcmp(substituents[b], "(C)") == 0)
                    continue;
                if (taken != rdkit_reads(smiles))
                    fail_msg("RDKit and the automaton disagree about %s", smiles);
            }
        }
    }
    mg_smiles_vocab_free(v);
}

static void vocabulary_is_text(void **state) {
    (void)state;
    mg_smiles_vocab *v = vocabulary();
    mg_str text = {0}, again = {0};
    mg_smiles_vocab_text(v, &text);
    mg_smiles_vocab *copy = mg_smiles_vocab_new(text.s, text.n, NULL);
    assert_non_null(copy);
    mg_smiles_vocab_text(copy, &again);
    assert_string_equal(text.s, again.s);
    assert_int_equal(mg_smiles_vocab_size(copy), mg_smiles_vocab_size(v));
    assert_string_equal(mg_smiles_vocab_token(v, MG_TOKEN_EOS), "<eos>");
    assert_string_equal(mg_smiles_vocab_token(v, -1), "");
    assert_string_equal(mg_smiles_vocab_token(v, mg_smiles_vocab_size(v)), "");
    mg_str_free(&again);
    mg_str_free(&text);
    mg_smiles_vocab_free(copy);
    mg_smiles_vocab_free(v);
}

static void vocabulary_refuses(void **state) {
    (void)state;
    molglot_error err;
    mg_smiles_vocab *v = vocabulary();
    mg_str text = {0};
    mg_smiles_vocab_text(v, &text);
    static const struct {
        const char *more, *message;
    } tails[] = {{"C\n", "repeats"},
                 {"Xx\n", "no token"},
                 {"[CH9]\n", "no token"},
                 {"\n", "empty"},
                 {"[C@@H:123456789]\n", "too long"},
                 {"*\n", "no token"}};
    for (size_t k = 0; k < MG_COUNT(tails); k++) {
        mg_str longer = {0};
        mg_str_addf(&longer, "%s%s", text.s, tails[k].more);
        assert_null(mg_smiles_vocab_new(longer.s, longer.n, &err));
        if (!strstr(err.message, tails[k].message)) fail_msg("%s", err.message);
        mg_str_free(&longer);
    }
    assert_null(mg_smiles_vocab_new("", 0, &err));
    assert_null(mg_smiles_vocab_new("<pad>\n<bos>\n<eos>\n<unused>\nC\n", 29, &err));
    assert_non_null(strstr(err.message, "missing"));
    assert_null(mg_smiles_vocab_new(text.s + 6, text.n - 6, &err));
    assert_non_null(strstr(err.message, "<pad>"));
    assert_null(mg_smiles_vocab_build(molecules, 1, 1, 10, &err));
    mg_str_free(&text);
    mg_smiles_vocab_free(v);
}

static void encodes_and_decodes(void **state) {
    (void)state;
    mg_smiles_vocab *v = vocabulary();
    int32_t ids[MOST];
    molglot_row_status row;
    for (size_t i = 0; i < MG_COUNT(molecules); i++) {
        int32_t n = mg_smiles_encode(v, molecules[i], ids, MOST, &row);
        assert_true(n > 0 && row.ok);
        char *back = mg_smiles_decode(v, ids, n);
        assert_string_equal(back, molecules[i]);
        free(back);
    }
    assert_int_equal(mg_smiles_encode(v, "[nH]", ids, MOST, NULL), 1);             /* whole */
    assert_int_equal(mg_smiles_encode(v, "[235U@@H2+4:17]", ids, MOST, NULL), 14); /* spelled */
    assert_int_equal(mg_smiles_encode(v, "C%12CC%12", ids, MOST, NULL), 5);
    static const struct {
        const char *smiles;
        int32_t offset;
    } wrong[] = {{"CC*", 2}, {"CCX", 2},     {"C%1", 1}, {"C[C", 3}, {"C[CH+x]", 5},
                 {"C[]", 2}, {"N->[Fe]", 2}, {"C C", 1}, {"CH", 1},  {"[0013C]", 1}};
    for (size_t k = 0; k < MG_COUNT(wrong); k++) {
        assert_int_equal(mg_smiles_encode(v, wrong[k].smiles, ids, MOST, &row), -1);
        if (row.offset != wrong[k].offset)
            fail_msg("%s: offset %d", wrong[k].smiles, (int)row.offset);
    }
    assert_int_equal(mg_smiles_encode(v, "CCCC", ids, 3, &row), -1);
    assert_int_equal(row.offset, 3);
    const int32_t padded[] = {MG_TOKEN_BOS, 5, MG_TOKEN_PAD, 5, MG_TOKEN_EOS, 5},
                  outside[] = {100000};
    char *two = mg_smiles_decode(v, padded, 6);
    assert_int_equal(strlen(two), 2);
    free(two);
    assert_null(mg_smiles_decode(v, outside, 1));
    mg_smiles_vocab_free(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_molecules_in_every_order),
        cmocka_unit_test(stops_at_the_wrong_token),
        cmocka_unit_test(every_walk_ends_in_a_molecule),
        cmocka_unit_test(closes_before_the_limit),
        cmocka_unit_test(valences_agree_with_rdkit),
        cmocka_unit_test(aromatic_atoms_agree_with_rdkit),
        cmocka_unit_test(vocabulary_is_text),
        cmocka_unit_test(vocabulary_refuses),
        cmocka_unit_test(encodes_and_decodes),
    };
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
