/* A table of sentences and the conditions that are read from them (requests.tsv), and conditions
 * held against molecules; a table of what each pattern is and is not in (patterns.tsv). */
#include "../must.h"
#include "chem/request/inside.h"
#include "chem/request/request.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

static mg_groups *groups;

static int setup(void **state) {
    (void)state;
    groups = mg_groups_new(NULL, 0, NULL);
    return !groups || mg_chem_init(NULL);
}

static int teardown(void **state) {
    (void)state;
    mg_groups_free(groups);
    return 0;
}

static void test_table(void **state) {
    (void)state;
    char *data = NULL;
    size_t size;
    assert_int_equal(
        mg_read_file(MG_SOURCE_DIR "/tests/chem/requests.tsv", 1 << 20, &data, &size, NULL), 0);
    int bad = 0, n = 0;
    for (char *line = strtok(data, "\n"); line; line = strtok(NULL, "\n")) {
        if (*line == '#') continue;
        char *want = strchr(line, '\t'), *left = want ? strchr(want + 1, '\t') : NULL;
        assert_non_null(left);
        *want++ = 0, *left++ = 0;
        molglot_error err;
        mg_request *r = mg_request_parse(groups, line, &err);
        assert_non_null(r);
        mg_str said = {0};
        mg_str_addz(&said, "");
        mg_request_say(r, &said);
        n++;
        if (strcmp(said.s, want) || strcmp(r->left, left)) {
            bad++;
            print_message("%s\n   is   %s | %s\n   want %s | %s\n", line, said.s, r->left, want,
                          left);
        }
        mg_str_free(&said);
        mg_request_free(r);
    }
    free(data);
    print_message("%d of %d wrong\n", bad, n);
    assert_int_equal(bad, 0);
    assert_true(n >= 150);
}

/* "a NAME" of every name of the dictionary is understood whole, and "no NAME" denies it. */
static void test_dictionary(void **state) {
    (void)state;
    char text[300];
    for (int i = 0; i < mg_groups_count(groups); i++) {
        const mg_group *g = mg_groups_at(groups, i);
        for (int k = -1; k < 2 * g->n_synonyms + 1; k++) {
            snprintf(text, sizeof text, "%s %s", k % 2 ? "a" : "no",
                     k < 1 ? g->name : g->synonyms[(k - 1) / 2]);
            mg_request *r = mg_request_parse(groups, text, NULL);
            if (r->conditions != 1 || *r->left)
                fail_msg("%s: %d conditions, left over: %s", text, r->conditions, r->left);
            mg_request_free(r);
        }
    }
}

/* The same of the patterns that have words of their own. */
static void test_patterns(void **state) {
    (void)state;
    char text[300];
    for (int i = 0; REQUEST_PATTERNS[i].name; i++)
        for (const char *w = REQUEST_PATTERNS[i].words; w && *w;) {
            const int n = (int)strcspn(w, "|");
            for (int no = 0; no < 2; no++) {
                snprintf(text, sizeof text, "%s %.*s", no ? "no" : "a", n, w);
                mg_request *r = mg_request_parse(groups, text, NULL);
                assert_non_null(r);
                if (r->conditions != 1 || *r->left ||
                    strcmp(r->asks[0].label, REQUEST_PATTERNS[i].name))
                    fail_msg("%s: %d conditions, left over: %s", text, r->conditions, r->left);
                mg_request_free(r);
            }
            w += n + (w[n] == '|');
        }
}

/* Each molecule of a list, parted by blanks, against a pattern. */
static void check_molecules(const mg_smarts *q, char *list, bool in, const char *name) {
    char *rest = NULL;
    int n = 0;
    for (char *smiles = strtok_r(list, " ", &rest); smiles; smiles = strtok_r(NULL, " ", &rest)) {
        mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
        assert_non_null(m);
        const bool found = mg_smarts_count(q, m, 1) > 0;
        if (found != in) fail_msg("%s: %s in %s", name, found ? "is" : "is not", smiles);
        mg_mol_free(m);
        n++;
    }
    if (!n) fail_msg("%s: no example", name);
}

/* Every pattern has molecules that it is in and some that it is not in. */
static void test_examples(void **state) {
    (void)state;
    char *data = NULL, *lines = NULL;
    size_t size;
    assert_int_equal(
        mg_read_file(MG_SOURCE_DIR "/tests/chem/patterns.tsv", 1 << 20, &data, &size, NULL), 0);
    strtok_r(data, "\n", &lines); /* the header */
    for (int i = 0; REQUEST_PATTERNS[i].name; i++) {
        char *line = strtok_r(NULL, "\n", &lines);
        if (!line) fail_msg("%s: no line", REQUEST_PATTERNS[i].name);
        char *in = strchr(line, '\t'), *not_in = in ? strchr(in + 1, '\t') : NULL;
        assert_non_null(not_in);
        *in++ = 0, *not_in++ = 0;
        assert_string_equal(line, REQUEST_PATTERNS[i].name);
        mg_smarts *q = mg_smarts_new(REQUEST_PATTERNS[i].smarts, NULL);
        assert_non_null(q);
        check_molecules(q, in, true, line);
        check_molecules(q, not_in, false, line);
        mg_smarts_free(q);
    }
    assert_null(strtok_r(NULL, "\n", &lines));
    free(data);
}

static const struct {
    const char *text, *smiles;
    int met, of;
} CHECKS[] = {
    {"contains c1ccncc1", "Cc1ccncc1", 1, 1},
    {"contains c1ccncc1", "Cc1ccccc1", 0, 1},
    {"no [N+](=O)[O-], an amide", "CC(=O)N", 2, 2},
    {"no [N+](=O)[O-], an amide", "NC(=O)C[N+](=O)[O-]", 1, 2},
    {"one of: pyridine, furan", "Cc1ccco1", 1, 1},
    {"with no more than two rings", "C1CC1C1CC1", 1, 1},
    {"with no more than two rings", "C1CC1C1CC1C1CC1", 0, 1},
    {"sulfur and phosphorus free", "CSC", 1, 2},
    {"MW > 50 and < 100", "CCCCC", 1, 1},
    {"MW > 50 and < 100", "CCCCCCCCC", 0, 1},
    {"a flavonoid", "O=c1cc(-c2ccccc2)oc2ccccc12", 1, 1},
    {"a flavonoid", "O=c1ccoc2ccccc12", 0, 1},
    {"omega-3 fatty acid", "CC/C=C\\CCCCCCCCCCCCC(=O)O", 2, 2},
    {"omega-3 fatty acid", "CCCCC/C=C\\CCCCCCCCCC(=O)O", 1, 2},
    {"a 14-membered lactone", "O=C1CCCCCCCCCCCCO1", 2, 2},
    {"not an acid", "CC(=O)OC", 1, 1},
    {"not an acid", "CS(=O)(=O)O", 0, 1},
    {"an imidazopyridine", "c1ccc2nccn2c1", 1, 1},
    {"an imidazopyridine", "c1ccc2[nH]cnc2c1", 0, 1},
    {"a spiroketal", "C1CCOC2(C1)CCCCO2", 1, 1},
    {"a perchlorate", "[O-][Cl](=O)(=O)=O.[Na+]", 1, 1},
    {"a secondary amine with two aromatic rings, no halogen, under 300 Da", "c1ccccc1NCc1ccccc1", 4,
     4},
    {"a secondary amine with two aromatic rings, no halogen, under 300 Da", "CNCC", 3, 4},
    {"an alcohol or an amine", "CCO", 1, 1},
    {"an alcohol or an amine", "CCN", 1, 1},
    {"an alcohol or an amine", "CCC", 0, 1},
    {"no nitrogen or oxygen", "CCS", 2, 2},
    {"not bicyclic", "C1CCCCC1", 1, 1},
    {"not bicyclic", "C1CCC2CCCCC2C1", 0, 1},
    {"a chlorinated pyridine", "Clc1ccccn1", 1, 1},
    {"a chlorinated pyridine", "ClCc1ccccn1", 0, 1},
    {"trinitrotoluene", "Cc1c(cc(cc1[N+](=O)[O-])[N+](=O)[O-])[N+](=O)[O-]", 2, 2},
    {"only C, H and N", "CCN", 3, 3},
    {"only C, H and N", "CCNO", 2, 3},
    {"hydrocarbon with ten carbon atoms", "CCCCCCCCCC", 2, 2},
    {"C6H12O6", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", 1, 1},
    {"C6H12O6", "CCO", 0, 1},
    {"fatty acid 18:1", "CCCCCCCC/C=C\\CCCCCCCC(=O)O", 3, 3},
    {"long-chain saturated fatty acid", "CCCCCCCCCCCCCCCC(=O)O", 3, 3},
    {"a six-carbon sugar", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", 2, 2},
    {"a six-carbon sugar", "OCC(O)C(O)C(O)C(O)C=O", 2, 2},
    {"dipeptide of glycine and alanine", "C[C@H](N)C(=O)NCC(=O)O", 5, 5},
    {"dipeptide of glycine and alanine", "CC(NC(=O)CN)C(=O)O", 5, 5},
    {"dipeptide of glycine and alanine", "NCC(=O)NCC(=O)O", 3, 5},
    {"zwitterion", "[NH3+]CC(=O)[O-]", 4, 4},
    {"zwitterion", "C[N+](=O)[O-]", 2, 4},
    {"sodium salt of a carboxylic acid", "CC(=O)[O-].[Na+]", 2, 2},
    {"a hydrochloride", "CCN.Cl", 1, 1},
    {"a triol", "OCC(O)CO", 1, 1},
    {"a macrocycle", "C1CCCCCCCCCCC1", 1, 1},
    {"a seven-membered ring", "C1CCCCCC1", 1, 1},
    {"two stereocentres", "C[C@H](O)[C@@H](C)F", 1, 1},
    {"logP below 1 and at most one donor", "CCO", 2, 2},
    {"two hydrogen bond donors", "OCCO", 1, 1},
    {"a triazole", "c1ncn[nH]1", 1, 1},
    {"an oxadiazole", "c1nnco1", 1, 1},
    {"a triazine", "c1ncncn1", 1, 1},
    {"no heteroatoms", "c1ccccc1", 1, 1},
    {"free of rings", "CCN", 1, 1},
};

static void test_check(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(CHECKS); i++) {
        molglot_error err = {0};
        mg_request *r = must_have(mg_request_parse(groups, CHECKS[i].text, &err), &err);
        mg_checker *c = must_have(mg_checker_new(r, groups, NULL, &err), &err);
        mg_mol *m = read_mol(CHECKS[i].smiles);
        mg_verdict v;
        must(mg_checker_mol(c, m, &v, &err), &err);
        if (v.met != CHECKS[i].met || v.of != CHECKS[i].of)
            fail_msg("%s: %s meets %d/%d", CHECKS[i].text, CHECKS[i].smiles, v.met, v.of);
        assert_true(mg_checker_may(c, CHECKS[i].smiles) || v.met < v.of);
        mg_mol_free(m);
        mg_checker_free(c);
        mg_request_free(r);
    }
}

/* A text that is drawn to train on (facts/teach.c) is read back as a request that its own molecule
 * meets, whatever seed drew it: counts, at least, none of, ranges. */
static void test_taught(void **state) {
    (void)state;
    static const char *const all[] = {"CC(=O)Oc1ccccc1C(=O)O",
                                      "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
                                      "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
                                      "Clc1ccc(cc1)C(=O)NCCN1CCOCC1",
                                      "CCCCCCCC/C=C\\CCCCCCCC(=O)O",
                                      "FC(F)(F)c1ccc(S(=O)(=O)N2CCNCC2)cc1C#N"};
    int asked = 0, bad = 0, texts = 0;
    for (size_t i = 0; i < MG_COUNT(all); i++) {
        molglot_error err = {0};
        mg_mol *m = read_mol(all[i]);
        mg_facts f = {0};
        must(mg_facts_of(groups, m, &f, &err), &err);
        for (uint64_t seed = 0; seed < 60; seed++) {
            char *text = must_have(mg_facts_teach(groups, m, &f, seed, &err), &err);
            mg_request *r = must_have(mg_request_parse(groups, text, &err), &err);
            mg_checker *c = must_have(mg_checker_new(r, groups, NULL, &err), &err);
            mg_verdict v;
            bool on_ring =
                false; /* "an imidazole bearing three methyl groups": not all are on it */
            for (int k = 0; k < r->n; k++)
                on_ring |= r->asks[k].kind == MG_ASK_ON && r->asks[k].on >= 0;
            must(mg_checker_mol(c, m, &v, &err), &err);
            if (on_ring) v.met = v.of = 0;
            asked += v.of, texts++;
            if (v.met < v.of) {
                bad++;
                print_message("%s: %d/%d of '%s'\n", all[i], v.met, v.of, text);
            }
            if (strstr(text, "  ") || strstr(text, " ,") || strstr(text, " a single 1") ||
                strstr(text, "single one") || !*text)
                fail_msg("'%s'", text);
            mg_checker_free(c);
            mg_request_free(r);
            free(text);
        }
        mg_facts_free(&f);
        mg_mol_free(m);
    }
    print_message("%d of %d texts, %d asks\n", bad, texts, asked);
    assert_true(asked > texts && bad == 0);
}

/* What a request leaves open: a molecule of fewer than four heavy atoms, or without carbon, is
 * scant where nothing asks for it. */
static void test_scant(void **state) {
    (void)state;
    static const struct {
        const char *text, *smiles;
        bool scant;
    } cases[] = {
        {"no halogen", "CCC", true},
        {"no halogen", "CCCC", false},
        {"no halogen", "NNNN", true},
        {"no sulfur", "NNNN", true},
        {"no sulfur", "NNNC", false},
        {"contains nitrogen", "NNN", true},
        {"contains nitrogen", "NNNN", false},
        {"two carbon atoms", "CC", false},
        {"more than one carbon atom", "CC", true},
        {"more than one carbon atom", "NNNN", false},
        {"no alcohol", "CCC", true},
        {"an alcohol", "CO", false},
        {"a molecular weight under 300", "CC", true},
        {"a molecular weight under 80", "CC", false},
        {"two rings", "CCC", true},
        {"contains a metal", "[Na+].[Na+]", true},
        {"contains a metal", "[Na+].[Na+].[Na+].[Na+]", false},
        {"no metal", "[Na+].[Na+].[Na+].[Na+]", true},
        {"C2H6O", "CCO", false},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        mg_request *r = must_have(mg_request_parse(groups, cases[i].text, &err), &err);
        if (r->n < 1) fail_msg("%s: no condition", cases[i].text);
        mg_checker *c = must_have(mg_checker_new(r, groups, NULL, &err), &err);
        mg_mol *m = read_mol(cases[i].smiles);
        mg_verdict v;
        must(mg_checker_mol(c, m, &v, &err), &err);
        if (v.scant != cases[i].scant) fail_msg("%s: %s", cases[i].text, cases[i].smiles);
        mg_mol_free(m);
        mg_checker_free(c);
        mg_request_free(r);
    }
}

/* A look at the letters of a SMILES says of elements and rings what the molecule does. */
static void test_letters(void **state) {
    (void)state;
    static const char *const smiles[] = {
        "ClCCl",     "[Cl]CC",       "c1cc[se]c1", "[te]1cccc1",    "[13CH3]Br",  "[Na+].[Cl-]",
        "BrB(Br)Br", "C%12CCCCC%12", "[SiH3]C",    "c1cc[nH]c1",    "[Sc+3]",     "[Co+2]",
        "C[Se]C",    "[cH-]1cccc1",  "CB(O)O",     "S(Cl)C",        "[Cs+].[I-]", "CN",
        "[2H]C",     "OP(=O)(O)O",   "IC1CC1",     "[C@H](F)(Cl)Br"};
    static const char *const elements[] = {"carbon",  "nitrogen", "oxygen",   "chlorine",
                                           "bromine", "boron",    "selenium", "tellurium",
                                           "silicon", "sulfur",   "iodine",   "sodium",
                                           "cobalt",  "caesium",  "fluorine", "phosphorus"};
    char text[60];
    for (size_t e = 0; e <= MG_COUNT(elements); e++)
        for (int n = 0; n < 4; n++) {
            molglot_error err = {0};
            if (e < MG_COUNT(elements))
                snprintf(text, sizeof text, "exactly %d %s atoms", n, elements[e]);
            else
                snprintf(text, sizeof text, "no rings");
            mg_request *r = must_have(mg_request_parse(groups, text, &err), &err);
            if (r->conditions != 1) fail_msg("%s: %d conditions", text, r->conditions);
            mg_checker *c = must_have(mg_checker_new(r, groups, NULL, &err), &err);
            for (size_t i = 0; i < MG_COUNT(smiles); i++) {
                mg_mol *m = read_mol(smiles[i]);
                mg_verdict v;
                must(mg_checker_mol(c, m, &v, &err), &err);
                if (mg_checker_may(c, smiles[i]) != (v.met == 1))
                    fail_msg("%s: %s, %d", text, smiles[i], v.met);
                mg_mol_free(m);
            }
            mg_checker_free(c);
            mg_request_free(r);
        }
}

/* Names are alike with a molecule that is given; without one the condition can be dropped. */
static void test_names(void **state) {
    (void)state;
    molglot_error err = {0};
    mg_request *r = must_have(
        mg_request_parse(groups, "an analogue of paracetamol without nitrogen", &err), &err);
    assert_string_equal(mg_request_name(r), "paracetamol");
    mg_checker *c = must_have(mg_checker_new(r, groups, "CC(=O)Nc1ccc(O)cc1", &err), &err);
    mg_mol *near = read_mol("CC(=O)Nc1ccc(OC)cc1"), *far = read_mol("CCCCCC");
    mg_verdict v;
    must(mg_checker_mol(c, near, &v, &err), &err);
    assert_true(v.met == 1 && v.of == 2 && v.fails == 2);
    must(mg_checker_mol(c, far, &v, &err), &err);
    assert_true(v.met == 1 && v.of == 2 && v.fails == 1);
    mg_mol_free(near);
    mg_mol_free(far);
    mg_checker_free(c);
    must(mg_request_drop_name(r, &err), &err);
    assert_null(mg_request_name(r));
    assert_int_equal(r->conditions, 1);
    assert_string_equal(r->left, "paracetamol");
    mg_request_free(r);
}

/* A named molecule as a yardstick. */
static const struct {
    const char *text, *named, *smiles;
    bool meets;
} COMPARED[] = {
    {"heavier than toluene", "Cc1ccccc1", "CCc1ccccc1", true},
    {"heavier than toluene", "Cc1ccccc1", "Cc1ccccc1", false},
    {"no heavier than toluene", "Cc1ccccc1", "Cc1ccccc1", true},
    {"less polar than phenol", "Oc1ccccc1", "Cc1ccccc1", true},
    {"more lipophilic than toluene", "Cc1ccccc1", "Oc1ccccc1", false},
    {"fewer hydroxy groups than glycerol", "OCC(O)CO", "OCCO", true},
    {"fewer hydroxy groups than glycerol", "OCC(O)CO", "OCC(O)CO", false},
    {"more carbons than octane", "CCCCCCCC", "CCCCCCCCC", true},
    {"a larger ring than cyclohexane", "C1CCCCC1", "C1CCCC1C1CCCC1", false},
    {"an isomer of ethanol", "CCO", "COC", true},
    {"an isomer of ethanol", "CCO", "OCC", false},
    {"an isomer of ethanol", "CCO", "CCN", false},
    {"a constitutional isomer of alanine", "C[C@H](N)C(=O)O", "NCCC(=O)O", true},
    {"a constitutional isomer of alanine", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", false},
    {"a stereoisomer of alanine", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", true},
    {"a stereoisomer of alanine", "C[C@H](N)C(=O)O", "NCCC(=O)O", false},
    {"the enantiomer of threonine", "C[C@@H](O)[C@H](N)C(=O)O", "C[C@H](O)[C@@H](N)C(=O)O", true},
    {"the enantiomer of threonine", "C[C@@H](O)[C@H](N)C(=O)O", "C[C@H](O)[C@H](N)C(=O)O", false},
};

static void test_compared(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(COMPARED); i++) {
        molglot_error err = {0};
        mg_request *r = must_have(mg_request_parse(groups, COMPARED[i].text, &err), &err);
        mg_checker *c = must_have(mg_checker_new(r, groups, COMPARED[i].named, &err), &err);
        mg_mol *m = read_mol(COMPARED[i].smiles);
        mg_verdict v;
        assert_non_null(mg_request_name(r));
        must(mg_checker_mol(c, m, &v, &err), &err);
        if (v.of != 1 || v.met != COMPARED[i].meets)
            fail_msg("%s: %s meets %d/%d", COMPARED[i].text, COMPARED[i].smiles, v.met, v.of);
        mg_mol_free(m);
        mg_checker_free(c);
        must(mg_request_drop_name(r, &err), &err);
        assert_int_equal(r->conditions, 0);
        mg_request_free(r);
    }
}

/* Examples of docs/requests.md: table rows "| `text` | conditions |". */
/* What leaves open which kind of molecule is meant, and what of it is too little. */
static void test_open(void **state) {
    (void)state;
    static const struct {
        const char *text, *smiles;
        bool open, scant;
    } rows[] = {{"MW < 150", "O=O", true, true},
                {"MW < 150", "CCCO", true, false},
                {"at most 20 heavy atoms, no rings", "N#N", true, true},
                {"under 60 Da", "O=O", false, false},
                {"at most 3 heavy atoms", "O=O", false, false},
                {"two chlorine atoms, logP below 3", "CC(Cl)Cl", true, false},
                {"without halogens and with no rings", "CC", true, true},
                {"MW < 150, an alcohol", "CO", false, false},
                {"C6H12O6", "OCC(O)C(O)C(O)C(O)C=O", false, false},
                {"a kinase inhibitor, MW < 450", "O=O", false, true}};
    for (size_t i = 0; i < MG_COUNT(rows); i++) {
        mg_verdict verdict;
        mg_request *r = mg_request_parse(groups, rows[i].text, NULL);
        mg_checker *c = mg_checker_new(r, groups, NULL, NULL);
        mg_mol *m = mg_mol_from_smiles(rows[i].smiles, NULL, NULL);
        assert_int_equal(mg_checker_mol(c, m, &verdict, NULL), 0);
        if (mg_request_is_open(r) != rows[i].open || verdict.scant != rows[i].scant)
            fail_msg("%s, %s: open %d, scant %d", rows[i].text, rows[i].smiles,
                     mg_request_is_open(r), verdict.scant);
        mg_mol_free(m);
        mg_checker_free(c);
        mg_request_free(r);
    }
}

static void test_docs(void **state) {
    (void)state;
    char *data = NULL;
    size_t size;
    int n = 0;
    assert_int_equal(mg_read_file(MG_SOURCE_DIR "/docs/requests.md", 1 << 20, &data, &size, NULL),
                     0);
    for (char *line = strtok(data, "\n"); line; line = strtok(NULL, "\n")) {
        char *text = strncmp(line, "| `", 3) ? NULL : line + 3;
        char *end = text ? strstr(text, "` | ") : NULL, *want = end ? end + 4 : NULL;
        char *stop = want ? strstr(want, " |") : NULL;
        if (!stop) continue;
        *end = *stop = 0;
        mg_request *r = mg_request_parse(groups, text, NULL);
        mg_str said = {0};
        mg_str_addz(&said, "");
        mg_request_say(r, &said);
        if (!said.n) mg_str_addz(&said, "nothing");
        assert_string_equal(said.s, want);
        mg_str_free(&said);
        mg_request_free(r);
        n++;
    }
    free(data);
    assert_true(n >= 30);
}

/* Rings by their size: one of that size meets it, one of the next does not. */
static void test_ring_sizes(void **state) {
    (void)state;
    static const char *const sizes[] = {"three", "four", "five", "six",    "seven",
                                        "eight", "nine", "ten",  "eleven", "twelve"};
    for (int k = 0; k < 10; k++)
        for (int more = -1; more <= 1; more++) {
            char smiles[40] = "C1", text[60];
            molglot_error err = {0};
            if (k + 3 + more < 3) continue;
            for (int i = 0; i < k + 1 + more; i++) strcat(smiles, "C");
            strcat(smiles, "C1");
            snprintf(text, sizeof text, "a %s-membered ring", sizes[k]);
            mg_request *r = must_have(mg_request_parse(groups, text, &err), &err);
            mg_checker *c = must_have(mg_checker_new(r, groups, NULL, &err), &err);
            mg_mol *m = read_mol(smiles);
            mg_verdict v;
            must(mg_checker_mol(c, m, &v, &err), &err);
            if (v.of != 1 || v.met != !more) fail_msg("%s: %s", text, smiles);
            mg_mol_free(m);
            mg_checker_free(c);
            mg_request_free(r);
        }
}

static void spell(int n, const char *and, char *out) {
    static const char *const small[] = {"zero",    "one",     "two",       "three",    "four",
                                        "five",    "six",     "seven",     "eight",    "nine",
                                        "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
    static const char *const tens[] = {"twenty", "thirty",  "forty",  "fifty",
                                       "sixty",  "seventy", "eighty", "ninety"};
    char rest[100] = "";
    if (n >= 100) {
        const int unit = n >= 1000 ? 1000 : 100;
        if (n % unit) spell(n % unit, and, rest);
        sprintf(out, "%s %s%s%s", small[n / unit], unit == 1000 ? "thousand" : "hundred",
                !*rest           ? ""
                : n % unit < 100 ? and
                                 : " ",
                rest);
    } else if (n >= 20 && n % 10)
        sprintf(out, "%s-%s", tens[n / 10 - 2], small[n % 10]);
    else
        sprintf(out, "%s", n < 20 ? small[n] : tens[n / 10 - 2]);
}

/* Every number below 3000 in words, with and without "and", before a noun and at the end. */
static void test_numbers_in_words(void **state) {
    (void)state;
    static const char *const ands[] = {" ", " and "}, *const ends[] = {"", " carbons", ", please"};
    for (int n = 0; n < 3000; n++) {
        char number[120], text[140];
        molglot_error err;
        request_words ws = {0};
        request_quantity q = {0};
        spell(n, ands[n % 2], number);
        snprintf(text, sizeof text, "%s%s", number, ends[n % 3]);
        must(request_words_read(text, &ws, &err), &err);
        const int own = ws.n - n % 3, k = request_quantity_read(&ws, 0, &q);
        if (k != own || q.range.lo != n || q.range.hi != n || !q.plain)
            fail_msg("%s: %d words, %g to %g", text, k, q.range.lo, q.range.hi);
        free(ws.w);
    }
    static const struct {
        const char *text;
        int words;
        double n;
    } cases[] = {{"a dozen carbons", 2, 12},
                 {"two dozen carbons", 2, 24},
                 {"two dozen and one carbons", 2, 24},
                 {"a hundred carbons", 2, 100},
                 {"a hundred and one carbons", 4, 101},
                 {"a thousand one carbons", 3, 1001},
                 {"two hundred 5 rings", 2, 200},
                 {"one hundred two hundred", 2, 100},
                 {"hundred carbons", 1, 100},
                 {"1 000 carbons", 2, 1000},
                 {"1,000 carbons", 1, 1000},
                 {"twenty 5 rings", 1, 20},
                 {"twenty ten", 1, 20}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err;
        request_words ws = {0};
        request_quantity q = {0};
        must(request_words_read(cases[i].text, &ws, &err), &err);
        const int k = request_quantity_read(&ws, 0, &q);
        if (k != cases[i].words || q.range.lo != cases[i].n || q.range.hi != cases[i].n)
            fail_msg("%s: %d words, %g to %g", cases[i].text, k, q.range.lo, q.range.hi);
        free(ws.w);
    }
}

/* A residue is its amino acid without water. */
static void test_residues(void **state) {
    (void)state;
    static const char *const acids[][2] = {{"glycine", "NCC(=O)O"},
                                           {"alanine", "CC(N)C(=O)O"},
                                           {"valine", "CC(C)C(N)C(=O)O"},
                                           {"leucine", "CC(C)CC(N)C(=O)O"},
                                           {"isoleucine", "CCC(C)C(N)C(=O)O"},
                                           {"serine", "OCC(N)C(=O)O"},
                                           {"threonine", "CC(O)C(N)C(=O)O"},
                                           {"cysteine", "SCC(N)C(=O)O"},
                                           {"methionine", "CSCCC(N)C(=O)O"},
                                           {"aspartic acid", "OC(=O)CC(N)C(=O)O"},
                                           {"glutamic acid", "OC(=O)CCC(N)C(=O)O"},
                                           {"asparagine", "NC(=O)CC(N)C(=O)O"},
                                           {"glutamine", "NC(=O)CCC(N)C(=O)O"},
                                           {"lysine", "NCCCCC(N)C(=O)O"},
                                           {"arginine", "NC(=N)NCCCC(N)C(=O)O"},
                                           {"histidine", "c1c[nH]cn1.CC(N)C(=O)O"},
                                           {"proline", "C1CCNC1C(=O)O"},
                                           {"tyrosine", "Oc1ccc(CC(N)C(=O)O)cc1"},
                                           {"phenylalanine", "c1ccccc1CC(N)C(=O)O"},
                                           {"tryptophan", "c1ccc2c(c1)c(CC(N)C(=O)O)c[nH]2"}};
    char label[60];
    for (size_t i = 0; i < MG_COUNT(acids); i++) {
        mg_mol *m = read_mol(acids[i][1]);
        snprintf(label, sizeof label, "%s residue", acids[i][0]);
        if (request_residue_size(label) != mg_mol_atoms(m) - 1)
            fail_msg("%s: %d", label, request_residue_size(label));
        snprintf(label, sizeof label, "%s residues", acids[i][0]);
        assert_int_equal(request_residue_size(label), 0);
        assert_int_equal(request_residue_size(acids[i][0]), 0);
        mg_mol_free(m);
    }
    assert_int_equal(request_residue_size("amino acid residues"), 0);
    assert_int_equal(request_residue_size("sugar residue"), 0);
    assert_int_equal(request_residue_size("glycineresidue"), 0);
}

/* ---- terms that a text names, inside words too, and their atoms ---- */

/* Each name of a substituent is found inside a word of letters that is no term. */
static void test_terms_inside_words(void **state) {
    (void)state;
    char text[80], word[60];
    int found = 0;
    for (int i = 0; REQUEST_SUBSTITUENTS[i].label; i++)
        for (const char *w = REQUEST_SUBSTITUENTS[i].words; *w;) {
            const int n = (int)strcspn(w, "|");
            snprintf(word, sizeof word, "%.*s", n, w);
            w += n + (w[n] == '|');
            if (strspn(word, "abcdefghijklmnopqrstuvwxyz") < (size_t)n) continue;
            snprintf(text, sizeof text, "4-Q%sq", word);
            mg_ask *asks;
            size_t asked;
            molglot_error err;
            must(mg_request_mentions(groups, text, &asks, &asked, &err), &err);
            const int group = mg_groups_find(groups, word);
            const char *label = group >= 0 ? mg_groups_at(groups, group)->name
                                           : REQUEST_SUBSTITUENTS[i].label;
            if (n < 4) /* too short to be told from chance */
                assert_int_equal(asked, 0);
            else if (asked != 1 || strcmp(asks[0].label, label) || asks[0].begin != 3 ||
                     asks[0].end != 3 + (size_t)n)
                fail_msg("%s: %zu terms, %s", text, asked, asked ? asks[0].label : "none");
            found += n >= 4;
            free(asks);
        }
    assert_true(found > 50);
}

/* What a text's one term speaks of: "label places: atoms". */
static void lights(const char *smiles, const char *text, const char *expected) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    assert_non_null(m);
    mg_ask *asks;
    size_t n;
    int places = 0;
    uint8_t mask[100];
    molglot_error err;
    char got[300] = "";
    must(mg_request_mentions(groups, text, &asks, &n, &err), &err);
    for (size_t i = 0; i < n; i++) {
        must(mg_ask_atoms(groups, m, &asks[i], mask, &places, &err), &err);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s %d:", i ? "; " : "",
                 asks[i].label, places);
        for (int a = 0; a < mg_mol_atoms(m); a++)
            if (mask[a]) snprintf(got + strlen(got), sizeof got - strlen(got), " %d", a);
    }
    if (strcmp(got, expected)) fail_msg("%s, %s: %s, not %s", smiles, text, got, expected);
    free(asks);
    mg_mol_free(m);
}

static void test_atoms_of_terms(void **state) {
    (void)state;
    static const char *const sizes[] = {"three", "four", "five", "six",    "seven",
                                        "eight", "nine", "ten",  "eleven", "twelve"};
    for (int k = 0; k < 10; k++) { /* a ring with a tail */
        char smiles[40] = "CC1", text[40], expected[100];
        for (int i = 0; i < k + 1; i++) strcat(smiles, "C");
        strcat(smiles, "C1");
        snprintf(text, sizeof text, "a %s-membered ring", sizes[k]);
        snprintf(expected, sizeof expected, "%s-membered rings %d:", sizes[k], k + 3);
        for (int i = 1; i < k + 4; i++)
            snprintf(expected + strlen(expected), sizeof expected - strlen(expected), " %d", i);
        lights(smiles, text, expected);
        snprintf(expected, sizeof expected, "%s-membered rings 0:", sizes[k]);
        lights("C1CCCCCCCCCCCC1", text, expected);
    }
    static const char *const cases[][3] = {
        {"C1CC2(C1)CC2C", "a spiro compound", "spiro atoms 1: 2"},
        {"C1CCC2CCCCC2C1", "fused rings", "fused rings 2: 3 8"},
        {"C1CC2CCC1C2", "a bridged compound", "bridgeheads 2: 2 5"},
        {"C1CC1CC1CCC1", "two rings", "rings 7: 0 1 2 4 5 6 7"},
        {"C1CC1CC1CCC1", "ring systems", "ring systems 7: 0 1 2 4 5 6 7"},
        {"c1ccccc1C1CC1", "an aromatic ring", "aromatic rings 6: 0 1 2 3 4 5"},
        {"c1ccncc1C1CC1", "a heteroaromatic ring", "heteroaromatic rings 6: 0 1 2 3 4 5"},
        {"c1ccc(cc1)c1ccoc1", "heteroaromatic rings", "heteroaromatic rings 5: 6 7 8 9 10"},
        {"c1ccccc1C", "heteroaromatic rings", "heteroaromatic rings 0:"},
        {"C[C@H](F)[C@@H](F)/C=C/F", "two stereocentres", "stereocentres 2: 1 3"},
        {"CC(F)O", "two stereocentres", "stereocentres 0:"},
        {"CC=CC#C", "a double bond", "C=C bonds 1: 1 2"},
        {"CC=CC#C", "a triple bond", "C#C bonds 1: 3 4"},
        {"CC=O", "a double bond", "C=C bonds 0:"},
        {"COCCN", "hydrogen bond donors", "donors 1: 4"},
        {"[CH3]C[CH2]", "a radical", "radicals 1: 2"},
        {"ClCC", "chlorine", "chlorine 1: 0"},
        {"[H][H]", "hydrogen", "hydrogen -1:"},
        {"CC", "carbon", "carbon 2: 0 1"},
        {"CCO", "an organic alcohol", "carbon -1:; alcohol 1: 1 2"},
        {"ClC1CC1", "a chlorinated cyclopropane", "chloride 1: 0; cyclopropane 1: 1 2 3"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) lights(cases[i][0], cases[i][1], cases[i][2]);
}

/* Which substituents stand on the benzene ring, each found once with all its atoms and the ring's;
 * the last of a list is the whole of what stands there. On a ring that is not there nothing stands.
 */
static void test_substituents(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"Fc1ccccc1", "fluorine halogen"},
        {"Clc1ccccc1", "chlorine halogen"},
        {"Brc1ccccc1", "bromine halogen"},
        {"Ic1ccccc1", "iodine halogen"},
        {"[O-][N+](=O)c1ccccc1", "nitro"},
        {"Nc1ccccc1", "amino"},
        {"CNc1ccccc1", "amino methylamino"},
        {"CN(C)c1ccccc1", "amino dimethylamino"},
        {"CCN(CC)c1ccccc1", "amino diethylamino"},
        {"Oc1ccccc1", "hydroxy"},
        {"COc1ccccc1", "methoxy"},
        {"CCOc1ccccc1", "ethoxy"},
        {"Cc1ccccc1", "methyl"},
        {"CCc1ccccc1", "ethyl"},
        {"CCCc1ccccc1", "propyl"},
        {"CC(C)c1ccccc1", "isopropyl"},
        {"CC(C)(C)c1ccccc1", "tert-butyl"},
        {"N#Cc1ccccc1", "cyano"},
        {"OC(=O)c1ccccc1", "carboxylic acid"},
        {"[O-]C(=O)c1ccccc1", "carboxylic acid"},
        {"O=Cc1ccccc1", "aldehyde"},
        {"NC(=O)c1ccccc1", "carboxamide"},
        {"COC(=O)c1ccccc1", "carboxylic ester"},
        {"CC(=O)c1ccccc1", "acetyl"},
        {"FC(F)(F)c1ccccc1", "trifluoromethyl"},
        {"Sc1ccccc1", "sulfanyl"},
        {"OS(=O)(=O)c1ccccc1", "sulfonic acid"},
        {"NS(=O)(=O)c1ccccc1", "sulfonamide"},
        {"OB(O)c1ccccc1", "boronic acid"},
        {"C=Cc1ccccc1", "vinyl"},
        {"C#Cc1ccccc1", "ethynyl"},
        {"CC(=O)Nc1ccccc1", ""},
        {"O=C(O)Cc1ccccc1", ""},
        {"ClCc1ccccc1", ""},
    };
    const int benzene = mg_groups_find(groups, "benzene"),
              pyridine = mg_groups_find(groups, "pyridine");
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        molglot_error err = {0};
        char found[200] = "";
        uint8_t mask[40];
        int places, marked = 0;
        mg_mol *m = mg_mol_from_smiles(cases[c][0], NULL, NULL);
        for (int i = 0; REQUEST_SUBSTITUENTS[i].label; i++) {
            mg_ask a = {.kind = MG_ASK_ON, .id = i, .on = benzene};
            must(mg_ask_atoms(groups, m, &a, mask, &places, &err), &err);
            int n = 0;
            for (int k = 0; k < mg_mol_atoms(m); k++) n += mask[k];
            assert_int_equal(places > 0, n > 0);
            if (places > 0) {
                assert_int_equal(places, 1);
                snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s",
                         *found ? " " : "", REQUEST_SUBSTITUENTS[i].label);
                marked = n;
                a.on = -1; /* anywhere: without the ring's atoms */
                must(mg_ask_atoms(groups, m, &a, mask, &places, &err), &err);
                assert_true(places >= 1);
                n = 0;
                for (int k = mg_mol_atoms(m) - 6; k < mg_mol_atoms(m); k++) n += mask[k];
                assert_int_equal(n, 0);
            }
            a.on = pyridine;
            must(mg_ask_atoms(groups, m, &a, mask, &places, &err), &err);
            assert_int_equal(places, 0);
            for (int k = 0; k < mg_mol_atoms(m); k++) assert_int_equal(mask[k], 0);
        }
        if (strcmp(found, cases[c][1]))
            fail_msg("%s: '%s', not '%s'", cases[c][0], found, cases[c][1]);
        if (*found) /* of a nitro group the nitrogen speaks */
            assert_int_equal(marked, strcmp(found, "nitro") ? mg_mol_atoms(m) : 7);
        mg_mol_free(m);
    }
    /* its words are no other's */
    for (int i = 0; REQUEST_SUBSTITUENTS[i].label; i++)
        for (const char *w = REQUEST_SUBSTITUENTS[i].words; *w;) {
            const size_t n = strcspn(w, "|");
            assert_int_equal(request_substituent_of(w, n), i);
            w += n + (w[n] == '|');
        }
}

/* Atoms of the patterns that no dictionary has, of the molecules in their table. */
static void test_atoms_of_patterns(void **state) {
    (void)state;
    char *data = NULL, *lines = NULL, *rest = NULL;
    size_t size;
    assert_int_equal(
        mg_read_file(MG_SOURCE_DIR "/tests/chem/patterns.tsv", 1 << 20, &data, &size, NULL), 0);
    strtok_r(data, "\n", &lines); /* the header */
    for (int i = 0; REQUEST_PATTERNS[i].name; i++) {
        char *column = strtok_r(NULL, "\n", &lines);
        const mg_ask a = {.kind = MG_ASK_PATTERN, .id = i, .on = -1};
        for (int in = 1; in >= 0; in--) {
            column = strchr(column, '\t') + 1;
            char *list = strndup(column, strcspn(column, "\t"));
            for (char *x = strtok_r(list, " ", &rest); x; x = strtok_r(NULL, " ", &rest)) {
                molglot_error err = {0};
                uint8_t mask[400];
                int places, n = 0;
                mg_mol *m = mg_mol_from_smiles(x, NULL, NULL);
                assert_true(mg_mol_atoms(m) <= 400);
                must(mg_ask_atoms(groups, m, &a, mask, &places, &err), &err);
                for (int k = 0; k < mg_mol_atoms(m); k++) n += mask[k];
                if ((places > 0) != in || (n > 0) != in)
                    fail_msg("%s in %s: %d places, %d atoms", REQUEST_PATTERNS[i].name, x, places,
                             n);
                mg_mol_free(m);
            }
            free(list);
        }
    }
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_dictionary),
                                       cmocka_unit_test(test_patterns),
                                       cmocka_unit_test(test_numbers_in_words),
                                       cmocka_unit_test(test_terms_inside_words),
                                       cmocka_unit_test(test_atoms_of_terms),
                                       cmocka_unit_test(test_substituents),
                                       cmocka_unit_test(test_atoms_of_patterns),
                                       cmocka_unit_test(test_examples),
                                       cmocka_unit_test(test_check),
                                       cmocka_unit_test(test_taught),
                                       cmocka_unit_test(test_scant),
                                       cmocka_unit_test(test_residues),
                                       cmocka_unit_test(test_ring_sizes),
                                       cmocka_unit_test(test_letters),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_compared),
                                       cmocka_unit_test(test_open),
                                       cmocka_unit_test(test_docs)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
