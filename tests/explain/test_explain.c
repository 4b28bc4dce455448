/* test_explain.c - explanations: what the dictionary names lights its atoms, what a source has
 * learned lights the rest, sets share atoms at three levels, and a SMILES knows where its atoms
 * stand. */
#include "../search/small_model.h"
#include "explain/explain.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mg_groups *groups;
static molglot_error err;

static int set_up(void **state) {
    (void)state;
    groups = mg_chem_init(&err) ? NULL : mg_groups_new(NULL, 0, &err);
    return groups ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    mg_groups_free(groups);
    return 0;
}

static mg_mol *read_mol(const char *smiles) {
    molglot_row_status row;
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, &row);
    if (!m) fail_msg("%s: %s", smiles, row.reason);
    return m;
}

/* "0,3": the atoms that the first word with these bytes lights; its index. */
static size_t check_word(const mg_explanation *e, const char *text, const char *word, mg_said_by by,
                         const char *atoms) {
    const mg_level *l = &e->level[MG_LEVEL_WORD];
    char list[400] = "";
    for (size_t i = 0; i < l->n; i++) {
        const mg_said *w = &l->said[i];
        const size_t n = w->span.end - w->span.begin;
        if (n != strlen(word) || memcmp(text + w->span.begin, word, n)) continue;
        for (int a = 0; a < e->atoms; a++)
            if (w->lit[a])
                snprintf(list + strlen(list), sizeof list - strlen(list), "%s%d", *list ? "," : "",
                         a);
        assert_int_equal(w->by, by);
        assert_string_equal(list, atoms);
        return i;
    }
    fail_msg("no word '%s' in '%s'", word, text);
    return 0;
}

static void explain(const char *smiles, const char *text, const mg_align_source *source,
                    mg_explanation *e) {
    mg_mol *m = read_mol(smiles);
    const mg_explain_options o = {groups, source};
    if (mg_explain(&o, m, text, e, &err)) fail_msg("%s", err.message);
    mg_mol_free(m);
}

static void the_dictionary_lights_its_atoms(void **state) {
    (void)state;
    static const char aspirin[] = "CC(=O)Oc1ccccc1C(=O)O",
                      text[] = "A benzoic acid with an acetoxy group, an aromatic ring and no "
                               "halogen; chloro is not there, oxygen is. MolWt under 200.";
    mg_explanation e;
    explain(aspirin, text, NULL, &e);
    check_word(&e, text, "benzoic acid", MG_SAID_EXACT, "4,5,6,7,8,9,10,11,12");
    check_word(&e, text, "aromatic ring", MG_SAID_EXACT, "4,5,6,7,8,9");
    check_word(&e, text, "oxygen", MG_SAID_EXACT, "2,3,11,12");
    const size_t i = check_word(&e, text, "halogen", MG_SAID_EXACT, "");
    assert_int_equal(e.level[MG_LEVEL_WORD].said[i].places, 0);
    assert_int_equal(e.level[MG_LEVEL_WORD].said[i].set, -1);
    assert_null(e.source);
    mg_explanation_free(&e);
    /* inside a word; on a ring; heteroatoms come first */
    static const char name[] = "4-dihydroxyzzbenzene derivative";
    explain("Oc1cc(Cl)ccc1O", name, NULL, &e);
    check_word(&e, name, "hydroxy", MG_SAID_EXACT, "0,8");
    mg_explanation_free(&e);
    static const char group[] = "a carboxylic acid";
    explain("CCC(=O)O", group, NULL, &e);
    const size_t k = check_word(&e, group, "carboxylic acid", MG_SAID_EXACT, "2,3,4");
    const float *score = e.level[MG_LEVEL_WORD].said[k].score;
    assert_true(score[3] == 1 && score[4] == 1 && score[2] > 0 && score[2] < 1 && score[0] == 0);
    mg_explanation_free(&e);
    /* wherever they stand; a group of carbons alone has nothing before them */
    static const struct {
        const char *smiles, *text, *term;
        float score[3];
    } cases[] = {{"OCC", "an alcohol", "alcohol", {1, 0.8F, 0}},
                 {"CCO", "an alcohol", "alcohol", {0, 0.8F, 1}},
                 {"C=CO", "an alkene", "alkene", {1, 1, 0}}};
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        explain(cases[c].smiles, cases[c].text, NULL, &e);
        const size_t w = check_word(&e, cases[c].text, cases[c].term, MG_SAID_EXACT,
                                    cases[c].score[0] == 0 ? "1,2" : "0,1");
        for (int a = 0; a < 3; a++)
            assert_true(e.level[MG_LEVEL_WORD].said[w].score[a] == cases[c].score[a]);
        mg_explanation_free(&e);
    }
}

/* Speaks of the first atom where a span begins with 'f', of no atom otherwise. */
static int first_atom(void *self, const mg_mol *m, const char *text, const mg_span *spans, size_t n,
                      float *out, molglot_error *e) {
    (void)e;
    const size_t atoms = (size_t)mg_mol_atoms(m);
    *(int *)self += (int)n;
    for (size_t i = 0; i < n; i++) out[i * atoms] = text[spans[i].begin] == 'f' ? 0.9F : 0.1F;
    return MOLGLOT_OK;
}

static void a_source_lights_the_rest(void **state) {
    (void)state;
    int asked = 0;
    const mg_align_source source = {"first", &asked, first_atom};
    static const char text[] = "The front of an alcohol is fine, the back fades not.";
    mg_explanation e;
    explain("CCO", text, &source, &e);
    check_word(&e, text, "alcohol", MG_SAID_EXACT, "1,2");
    check_word(&e, text, "front", MG_SAID_LEARNED, "0");
    check_word(&e, text, "back", MG_SAID_NOTHING, "");
    assert_int_equal(asked, e.level[MG_LEVEL_WORD].n);
    assert_string_equal(e.source, "first");
    mg_explanation_free(&e);
}

static void sets_share_atoms(void **state) {
    (void)state;
    static const char text[] =
        "It is an ester, a carboxylic ester, a nitrile, a phenol, an alkyl chloride, a pyridine, "
        "a sulfonamide, an alkyne and a ketone.";
    mg_explanation e;
    explain("CCOC(=O)C(C#N)c1ccc(O)cc1CC(CCl)c1ccncc1CS(=O)(=O)NCC#CC(C)=O", text, NULL, &e);
    const mg_level *words = &e.level[MG_LEVEL_WORD], *phrases = &e.level[MG_LEVEL_PHRASE],
                   *sentence = &e.level[MG_LEVEL_SENTENCE];
    assert_int_equal(words->n, 9);
    assert_int_equal(phrases->n, 9);
    assert_true(phrases->sets <= words->sets && sentence->sets <= 6 && sentence->sets >= 4);
    assert_int_equal(phrases->said[0].set, phrases->said[1].set); /* both esters */
    assert_int_not_equal(phrases->said[0].set, phrases->said[2].set);
    for (int a = 0; a < e.atoms; a++) {
        assert_in_range(sentence->atom_set[a], 0, sentence->sets - 1);
        assert_true(words->atom_set[a] < words->sets);
    }
    mg_explanation_free(&e);
    /* nothing to say */
    explain("C", "", NULL, &e);
    assert_int_equal(e.level[MG_LEVEL_WORD].n, 0);
    assert_int_equal(e.level[MG_LEVEL_SENTENCE].sets, 0);
    assert_int_equal(e.level[MG_LEVEL_SENTENCE].atom_set[0], -1);
    mg_explanation_free(&e);
}

/* Of seven sets that share no atom the two become one that a bond joins; atoms that nothing speaks
 * of go with a neighbour. */
static void sets_that_a_bond_joins_become_one(void **state) {
    (void)state;
    static const char text[] =
        "It has fluorine, chlorine, bromine, iodine, silicon, phosphorus and sulfur.";
    static const char *const smiles[] = {"FCC(Cl)CC(Br)CC(I)CC[Si](C)(C)CCPSC",
                                         "FCC(Br)CC(Cl)CI.C[SiH2]CCPCS",
                                         "FCCPCC(Br)CC[SiH2]SCCC(Cl)CI"};
    static const int joined[][2] = {{5, 6}, {0, 1}, {4, 6}};
    for (size_t c = 0; c < MG_COUNT(smiles); c++) {
        mg_explanation e;
        explain(smiles[c], text, NULL, &e);
        const mg_level *l = &e.level[MG_LEVEL_SENTENCE];
        assert_int_equal(l->n, 7);
        assert_int_equal(e.level[MG_LEVEL_PHRASE].sets, 7);
        assert_int_equal(l->sets, 6);
        for (int i = 0; i < 7; i++)
            for (int k = 0; k < i; k++)
                if ((l->said[i].set == l->said[k].set) != (k == joined[c][0] && i == joined[c][1]))
                    fail_msg("%s: %d and %d", smiles[c], k, i);
        for (int a = 0; a < e.atoms; a++) assert_in_range(l->atom_set[a], 0, 5);
        assert_int_equal(l->atom_set[0], l->said[0].set);
        assert_int_equal(l->atom_set[1], l->said[0].set);
        mg_explanation_free(&e);
    }
    mg_align_tokens_free(NULL);
}

static void a_smiles_knows_its_atoms(void **state) {
    (void)state;
    static const char s[] = "C[N+](C)(C)CC(=O)[O-].[Na+]", bare[] = "[H]OC([H])Cl";
    mg_span spans[9];
    assert_true(mg_smiles_atom_spans(s, 9, spans));
    assert_true(spans[0].begin == 0 && spans[0].end == 1);
    assert_true(spans[1].begin == 1 && spans[1].end == 6); /* with its branch's bracket */
    assert_true(spans[8].begin == 22 && spans[8].end == sizeof s - 1);
    assert_true(mg_smiles_atom_spans(bare, 3, spans)); /* RDKit takes the hydrogens in */
    assert_true(spans[2].begin == 10);
    assert_false(mg_smiles_atom_spans("CCO", 2, spans));
    assert_false(mg_smiles_atom_spans("C[", 2, spans));
}

static void json_says_it_all(void **state) {
    (void)state;
    mg_explanation e;
    mg_mol *m = read_mol("CCO");
    const mg_explain_options o = {groups, NULL};
    static const char text[] = "an \"alcohol\"\n";
    assert_int_equal(mg_explain(&o, m, text, &e, &err), MOLGLOT_OK);
    char *json = mg_explanation_json(&e, m, "CCO", text, &err);
    assert_non_null(json);
    assert_non_null(strstr(json, "\"text\":\"an \\\"alcohol\\\"\\u000a\""));
    assert_non_null(strstr(json, "\"scores\":[0,0.8,1]"));
    assert_non_null(strstr(json, "\"term\":\"alcohol\",\"places\":1,\"set\":0,\"atoms\":[1,2],"));
    assert_non_null(strstr(json, "{\"level\":\"sentence\",\"atoms_as\":\"molecule\",\"sets\":1,"
                                 "\"atom_set\":[0,0,0]"));
    json_t *all = json_loads(json, 0, NULL);
    assert_non_null(all);
    assert_int_equal(json_array_size(json_object_get(all, "levels")), MG_LEVELS);
    assert_int_equal(json_array_size(json_object_get(all, "atoms")), 3);
    json_decref(all);
    free(json);
    mg_explanation_free(&e);
    mg_mol_free(m);
}

/* A word of which nothing is known has no term, no places and no set. */
static void json_leaves_out_what_is_not(void **state) {
    (void)state;
    mg_explanation e;
    mg_mol *m = read_mol("CCO");
    int asked = 0;
    const mg_align_source source = {"a \"source\"", &asked, first_atom};
    const mg_explain_options o = {groups, &source};
    static const char text[] = "front back \x1f no nitrile\x20";
    assert_int_equal(mg_explain(&o, m, text, &e, &err), MOLGLOT_OK);
    char *json = mg_explanation_json(&e, m, "CCO", text, &err);
    assert_non_null(json);
    assert_non_null(
        strstr(json, "\"text\":\"front back \\u001f no nitrile \",\"learned_by\":\"a \\\"source"));
    assert_non_null(strstr(json,
                           "{\"begin\":0,\"end\":5,\"text\":\"front\",\"by\":\"learned\",\"set\":0,"
                           "\"atoms\":[0],\"scores\":[1,0,0]}"));
    assert_non_null(strstr(json, "{\"begin\":6,\"end\":10,\"text\":\"back\",\"by\":\"nothing\","
                                 "\"atoms\":[],\"scores\":[0,0,0]}"));
    assert_non_null(strstr(json, "\"atom_set\":[0,null,null]"));
    assert_non_null(
        strstr(json, "\"by\":\"exact\",\"term\":\"nitrile\",\"places\":0,\"atoms\":[],"));
    assert_non_null(
        strstr(json, "\"by\":\"exact\",\"term\":\"nitrile\",\"places\":0,\"atoms\":[],"));
    assert_non_null(strstr(json, "\"atoms\":[\"C\",\"C\",\"O\"]"));
    free(json);
    mg_explanation_free(&e);
    mg_mol_free(m);
}

/* A word lights what comes near its best atom, where its row says at all that it speaks of atoms:
 * 0.3 of the row, 0.3 of the best (docs/explain.md). */
static void a_row_lights_atoms(void **state) {
    (void)state;
    static const struct {
        float row[3];
        bool speaks;
        uint8_t lit[3];
    } cases[] = {
        {{0, 0, 0}, false, {0, 0, 0}},           {{0.2F, 0.0F, 0.09F}, false, {0, 0, 0}},
        {{0.2F, 0.02F, 0.09F}, true, {1, 0, 1}}, {{0.25F, 0.5F, 0.125F}, true, {1, 1, 0}},
        {{0.5F, 0.16F, 0.14F}, true, {1, 1, 0}}, {{0.3F, 0, 0}, true, {1, 0, 0}},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        float row[3], most = 0;
        uint8_t lit[3] = {9, 9, 9};
        memcpy(row, cases[i].row, sizeof row);
        assert_int_equal(mg_explain_lit(row, 3, lit), cases[i].speaks);
        assert_memory_equal(lit, cases[i].lit, sizeof lit);
        for (int a = 0; a < 3; a++) most = row[a] > most ? row[a] : most;
        assert_true(most == (i ? 1.0F : 0.0F));
    }
}

/* "no", "without" before a word: its atoms are not learned. */
static void denied_words_are_not_learned(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool learned;
    } cases[] = {
        {"fluorine", true},          {"no fluorine", false},
        {"No fluorine", false},      {"It lacks it not, fluorine", true},
        {"non-fluorine", false},     {"has without  fluorine", false},
        {"lacking fluorine", false}, {"nor fluorine", false},
        {"neither fluorine", false}, {"any fluorine", false},
        {"no more fluorine", true},  {"nono fluorine", true},
        {"12 fluorine", true},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        int asked = 0;
        const mg_align_source source = {"first", &asked, first_atom};
        mg_explanation e;
        explain("CCO", cases[i].text, &source, &e);
        check_word(&e, cases[i].text, "fluorine",
                   cases[i].learned ? MG_SAID_LEARNED : MG_SAID_EXACT, cases[i].learned ? "0" : "");
        mg_explanation_free(&e);
    }
}

/* Both sources: the space's shares times the root of the lexicon's, each atom having a little, and
 * the lexicon's word on whether the span speaks of atoms at all; what it does not know is the
 * space's. */
static void both_sources_go_together(void **state) {
    (void)state;
    static char path[] = "/tmp/molglot-explain-XXXXXX";
    static const char text[] = "The alcohol burns with a flame.";
    static const mg_span spans[] = {{4, 11}, {25, 30}, {12, 17}};
    enum { N = 3, ATOMS = 3 };
    static const char *const pairs[][2] = {{"CCO", "alcohol"},
                                           {"CO", "alcohol"},
                                           {"CCC", "flame"},
                                           {"CCCO", "alcohol"},
                                           {"CC", "flame"}};
    mg_lexicon_options options = mg_lexicon_options_default();
    options.least_piece = options.least_around = 1;
    mg_lexicon_maker *k = mg_lexicon_maker_new(&err);
    for (size_t i = 0; i < MG_COUNT(pairs); i++) {
        mg_mol *m = read_mol(pairs[i][0]);
        assert_int_equal(mg_lexicon_maker_add(k, m, pairs[i][1], &err), MOLGLOT_OK);
        mg_mol_free(m);
    }
    mg_lexicon_contents c;
    if (mg_lexicon_maker_count(k, &options, NULL, NULL, &c, &err)) fail_msg("%s", err.message);
    mg_lexicon *l = mg_lexicon_new(&c, &err);
    if (small_model_save(path, &err)) fail_msg("%s", err.message);
    small_model *o = small_model_open(path, 1, 0);
    mg_mol *m = read_mol("CCO");
    mg_align_pair pair = {l, o->e};
    const mg_align_source sources[] = {mg_align_by_space(o->e), mg_align_by_lexicon(l),
                                       mg_align_by_both(&pair)};
    float out[3][N][ATOMS];
    for (int i = 0; i < 3; i++)
        assert_int_equal(sources[i].scores(sources[i].self, m, text, spans, N, out[i][0], &err),
                         MOLGLOT_OK);
    int known = 0, unknown = 0;
    for (int i = 0; i < N; i++) {
        double sum = 0, shares[ATOMS], all = 0;
        for (int a = 0; a < ATOMS; a++) sum += (double)out[1][i][a];
        for (int a = 0; a < ATOMS; a++) {
            const double counted = sum > 0 ? (double)out[1][i][a] / sum : 0;
            all += shares[a] = (double)out[0][i][a] * sqrt(counted + 0.25 / ATOMS);
        }
        known += sum > 0;
        unknown += sum == 0;
        for (int a = 0; a < ATOMS; a++) {
            const double expected = sum == 0  ? (double)out[0][i][a]
                                    : all > 0 ? shares[a] / all * (sum < 1 ? sum : 1)
                                              : (double)out[1][i][a];
            if (fabs((double)out[2][i][a] - expected) > 1e-5)
                fail_msg("span %d, atom %d: %g, not %g", i, a, (double)out[2][i][a], expected);
        }
    }
    assert_true(known >= 1 && unknown >= 1);
    mg_mol_free(m);
    small_model_close(o);
    mg_lexicon_free(l);
    mg_lexicon_maker_free(k);
    unlink(path);
}

/* The aligned space asks what a text is without a word: the span is blank, all else stays. */
static void the_space_takes_words_out(void **state) {
    (void)state;
    static char path[] = "/tmp/molglot-explain-XXXXXX";
    static const char text[] = "It is an alcohol that burns with a flame.";
    static const mg_span spans[] = {{9, 16}, {9, 16}, {0, 41}};
    if (small_model_save(path, &err)) fail_msg("%s", err.message);
    small_model *o = small_model_open(path, 1, 0);
    mg_mol *m = read_mol("CCO");
    const mg_align_source space = mg_align_by_space(o->e);
    float out[3][3];
    assert_int_equal(space.scores(space.self, m, text, spans, 3, out[0], &err), MOLGLOT_OK);
    for (int i = 0; i < 3; i++) {
        float sum = 0;
        for (int a = 0; a < 3; a++) sum += out[i][a];
        /* a word tells something; a text of which nothing is left does not */
        assert_true(i < 2 ? sum > 0.999f && sum < 1.001f : sum == 0);
    }
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    mg_mol_free(m);
    small_model_close(o);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dictionary_lights_its_atoms),
        cmocka_unit_test(a_source_lights_the_rest),
        cmocka_unit_test(sets_share_atoms),
        cmocka_unit_test(sets_that_a_bond_joins_become_one),
        cmocka_unit_test(a_smiles_knows_its_atoms),
        cmocka_unit_test(json_says_it_all),
        cmocka_unit_test(json_leaves_out_what_is_not),
        cmocka_unit_test(a_row_lights_atoms),
        cmocka_unit_test(denied_words_are_not_learned),
        cmocka_unit_test(both_sources_go_together),
        cmocka_unit_test(the_space_takes_words_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
