/* test_levels.c - the parts of an explanation, one by one: words and phrases of a text, sets of
 * words that share atoms, what a phrase takes over from its words, the tokens of a writer as a
 * source. */
#include "../generate/random_writer.h"
#include "../must.h"
#include "explain/inside.h"

#include <math.h>
#include <unistd.h>

static mg_groups *groups;

static int set_up(void **state) {
    (void)state;
    groups = mg_chem_init(NULL) ? NULL : mg_groups_new(NULL, 0, NULL);
    return groups ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    mg_groups_free(groups);
    return 0;
}

/* ---- words.c ---- */

/* Words with a blank between those of one phrase, | between others. */
static void check_words(const char *text, const mg_ask *asks, size_t n_asks, const char *want) {
    molglot_error err = {0};
    explain_word *words = NULL;
    size_t n = 0;
    char out[400] = "";
    must(explain_words(text, asks, n_asks, &words, &n, &err), &err);
    for (size_t i = 0; i < n; i++)
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%.*s%s",
                 !i                                       ? ""
                 : words[i].phrase == words[i - 1].phrase ? " "
                                                          : "|",
                 (int)(words[i].span.end - words[i].span.begin), text + words[i].span.begin,
                 words[i].n_asks == 0   ? ""
                 : words[i].n_asks == 1 ? "*"
                                        : "**");
    free(words);
    if (strcmp(out, want)) fail_msg("'%s' is '%s', not '%s'", text, out, want);
}

static void words_and_phrases(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"purple flame burns", "purple flame burns"},
        {"A purple flame", "purple flame"},
        {"purple flame of copper", "purple flame|copper"},
        {"purple flame OF copper", "purple flame|copper"},
        {"purple, flame", "purple|flame"},
        {"purple,flame", "purple flame"},
        {"purple. flame", "purple|flame"},
        {"purple; flame", "purple|flame"},
        {"purple: flame", "purple|flame"},
        {"purple! flame", "purple|flame"},
        {"purple? flame", "purple|flame"},
        {"purple.flame", "purple flame"},
        {"purple-flame", "purple flame"},
        {"purple (flame", "purple|flame"},
        {"purple) flame", "purple|flame"},
        {"purple [flame", "purple|flame"},
        {"purple] flame", "purple|flame"},
        {"purple {flame", "purple|flame"},
        {"purple} flame", "purple|flame"},
        {"purple \"flame", "purple|flame"},
        {"purple 'flame", "purple flame"},
        {"x purple", "purple"},
        {"2H purple 1H C18", "purple"},
        {"ab2cd", "ab cd"},
        {"The THE the", ""},
        {"respectively purple", "purple"},
        {"purple respectivelyy", "purple respectivelyy"},
        {"purple substituentsubstituentsx", "purple substituentsubstituentsx"},
        {"purple hydrid", "purple hydrid"},
        {"\xce\xb2 purple", "\xce\xb2 purple"},
        {"purple.", "purple"},
        {"purple.\nflame", "purple|flame"},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) check_words(cases[i][0], NULL, 0, cases[i][1]);
    /* terms of the dictionary, two that begin together, one inside another */
    static const mg_ask asks[] = {{.begin = 4, .end = 16},
                                  {.begin = 4, .end = 11},
                                  {.begin = 12, .end = 16},
                                  {.begin = 17, .end = 22}};
    static const char text[] = "red benzoic acid burns a lot";
    check_words(text, asks, 4, "red benzoic acid** burns* lot");
    check_words(text, asks, 1, "red benzoic acid* burns lot");
    check_words(text, asks + 2, 2, "red benzoic acid* burns* lot");
    assert_string_equal(mg_level_name(MG_LEVEL_WORD), "word");
    assert_string_equal(mg_level_name(MG_LEVEL_PHRASE), "phrase");
    assert_string_equal(mg_level_name(MG_LEVEL_SENTENCE), "sentence");
    assert_string_equal(mg_level_atoms_name(MG_LEVEL_WORD), "atom");
    assert_string_equal(mg_level_atoms_name(MG_LEVEL_PHRASE), "group");
    assert_string_equal(mg_level_atoms_name(MG_LEVEL_SENTENCE), "molecule");
}

/* ---- sets.c ---- */

enum { ATOMS = 6, MOST = 8 };
typedef int set_maker(mg_level *l, int atoms, const explain_bonds *b, molglot_error *err);

static int sets_of_words(mg_level *l, int atoms, const explain_bonds *b, molglot_error *err) {
    (void)b;
    return explain_sets_words(l, atoms, err);
}
static int sets_of_phrases(mg_level *l, int atoms, const explain_bonds *b, molglot_error *err) {
    (void)b;
    return explain_sets_phrases(l, atoms, err);
}

/* Each row a digit an atom, its score in tenths; "sets|atoms": numbers, - for none. */
static void check_sets(set_maker *make, const char *const *rows, const explain_bonds *b,
                       const char *want) {
    molglot_error err = {0};
    mg_said said[MOST] = {0};
    int atom_set[ATOMS];
    float score[MOST][ATOMS];
    uint8_t lit[MOST][ATOMS];
    mg_level l = {.said = said, .atom_set = atom_set};
    char out[100] = "";
    for (; rows[l.n]; l.n++) {
        for (int a = 0; a < ATOMS; a++) {
            score[l.n][a] = (float)(rows[l.n][a] - '0') / 10;
            lit[l.n][a] = rows[l.n][a] > '0';
        }
        said[l.n] = (mg_said){.set = -1, .score = score[l.n], .lit = lit[l.n]};
    }
    for (int a = 0; a < ATOMS; a++) atom_set[a] = -1;
    must(make(&l, ATOMS, b, &err), &err);
    int most = -1;
    for (size_t i = 0; i < l.n; i++) {
        snprintf(out + strlen(out), sizeof out - strlen(out), said[i].set < 0 ? "-" : "%d",
                 said[i].set);
        if (said[i].set > most) most = said[i].set;
    }
    strcat(out, "|");
    for (int a = 0; a < ATOMS; a++)
        snprintf(out + strlen(out), sizeof out - strlen(out), atom_set[a] < 0 ? "-" : "%d",
                 atom_set[a]);
    if (strcmp(out, want)) fail_msg("%s, not %s", out, want);
    assert_int_equal(l.sets, most + 1);
}

static void sets_of_a_level(void **state) {
    (void)state;
    static int32_t chain[][2] = {{3, 4}, {4, 5}, {0, 1}, {1, 2}, {2, 3}};
    const explain_bonds bonds = {5, chain}, none = {0, NULL};
#define ROWS(...) (const char *const[]){__VA_ARGS__, NULL}
    /* words: the same atoms, all of them */
    check_sets(sets_of_words, ROWS("550000", "990000"), NULL, "00|00----");
    check_sets(sets_of_words, ROWS("550000", "990001"), NULL, "01|11---1");
    check_sets(sets_of_words, ROWS("550000", "000000", "005500"), NULL, "0-1|0011--");
    /* an atom goes to the higher score, then to the smaller row, then to the first */
    check_sets(sets_of_words, ROWS("560000", "057000"), NULL, "01|001---");
    check_sets(sets_of_words, ROWS("550000", "056000"), NULL, "01|001---");
    check_sets(sets_of_words, ROWS("555000", "055000"), NULL, "01|011---");
    check_sets(sets_of_words, ROWS("055000", "555000"), NULL, "01|100---");
    check_sets(sets_of_words, ROWS("055000", "005500"), NULL, "01|-001--");
    /* phrases: half of what either has */
    check_sets(sets_of_phrases, ROWS("500000", "550000"), NULL, "00|00----");
    check_sets(sets_of_phrases, ROWS("500000", "555000"), NULL, "01|011---");
    check_sets(sets_of_phrases, ROWS("550000", "055000"), NULL, "01|001---");
    check_sets(sets_of_phrases, ROWS("550000", "555000", "055500"), NULL, "000|0000--");
    check_sets(sets_of_phrases, ROWS("550000", "000055", "555000"), NULL, "010|000-11");
    /* the sentence: all atoms that bonds reach go with a neighbour */
    check_sets(explain_sets_sentence, ROWS("500000"), &bonds, "0|000000");
    check_sets(explain_sets_sentence, ROWS("000005"), &bonds, "0|000000");
    check_sets(explain_sets_sentence, ROWS("500000"), &none, "0|0-----");
    check_sets(explain_sets_sentence, ROWS("500000", "000005"), &bonds, "01|000111");
    check_sets(explain_sets_sentence, ROWS("000000"), &bonds, "-|------");
#undef ROWS
}

/* Seven sets become six: those that share most of the smaller one, then those with most bonds
 * between them, then the first; numbers behind the one that went move up. */
static void seven_sets_become_six(void **state) {
    (void)state;
    enum { N = 20 };
    static const struct {
        const char *rows[7], *sets;
        int bonds[3][2], n_bonds;
    } cases[] = {
        {{"5", "05", "005", "0005", "00005", "000005", "0000005"}, "0012345", {{0}}, 0},
        {{"5", "05", "005", "0005", "00005", "000005", "0000005"}, "0123454", {{4, 6}}, 1},
        {{"5", "05", "005", "0005", "00005", "000005", "0000005"}, "0123455", {{2, 4}, {5, 6}}, 2},
        {{"5", "05", "005", "0005", "00005", "000005", "0000005"}, "0122345", {{2, 3}, {5, 6}}, 2},
        {{"55", "0055", "000055", "00000055", "0000000055", "000000000055", "000000000000555"},
         "0123345",
         {{6, 8}, {7, 9}, {0, 2}},
         3},
        {{"55", "0055", "000055", "00000055", "0000000055", "00000000000055", "000000000000555"},
         "0123455",
         {{6, 8}, {7, 9}, {0, 2}},
         0},
        {{"555", "0055555", "00000000555", "000000000000005", "0000000000000005",
          "00000000000000005", "000000000000000005"},
         "0012345",
         {{15, 16}},
         0},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        molglot_error err = {0};
        mg_said said[7] = {0};
        float score[7][N] = {{0}};
        uint8_t lit[7][N] = {{0}};
        int atom_set[N];
        int32_t at[3][2];
        char out[8] = "";
        for (int i = 0; i < 3; i++)
            at[i][0] = cases[c].bonds[i][0], at[i][1] = cases[c].bonds[i][1];
        for (int i = 0; i < 7; i++) {
            for (int a = 0; cases[c].rows[i][a]; a++)
                lit[i][a] = cases[c].rows[i][a] > '0', score[i][a] = lit[i][a];
            said[i] = (mg_said){.set = -1, .score = score[i], .lit = lit[i]};
        }
        for (int a = 0; a < N; a++) atom_set[a] = -1;
        mg_level l = {.said = said, .n = 7, .atom_set = atom_set};
        const explain_bonds b = {cases[c].n_bonds, at};
        must(explain_sets_sentence(&l, N, &b, &err), &err);
        for (int i = 0; i < 7; i++) out[i] = (char)('0' + said[i].set);
        if (strcmp(out, cases[c].sets)) fail_msg("case %zu: %s, not %s", c, out, cases[c].sets);
        assert_int_equal(l.sets, 6);
    }
}

/* ---- explain.c ---- */

/* Speaks of the atoms that the letters behind an x name: "xa" of the first, "xac" of the first
 * twice as much as of the third. */
static int by_letters(void *self, const mg_mol *m, const char *text, const mg_span *spans, size_t n,
                      float *out, molglot_error *e) {
    (void)self;
    (void)e;
    const size_t atoms = (size_t)mg_mol_atoms(m);
    for (size_t i = 0; i < n; i++) {
        float share = 0.6F;
        for (size_t at = spans[i].begin + 1; text[spans[i].begin] == 'x' && at < spans[i].end; at++)
            out[i * atoms + (size_t)(text[at] - 'a')] = share, share /= 2;
    }
    return MOLGLOT_OK;
}

static void phrases_take_over_from_words(void **state) {
    (void)state;
    const mg_align_source source = {"letters", NULL, by_letters};
    static const struct {
        const char *text, *lit;
        mg_said_by by;
        int places;
        const char *label;
        float score[4];
    } cases[] = {
        {"qq zz", "0000", MG_SAID_NOTHING, -1, NULL, {0}},
        {"xa zz", "1000", MG_SAID_LEARNED, -1, NULL, {1, 0, 0, 0}},
        {"zz xb", "0100", MG_SAID_LEARNED, -1, NULL, {0, 1, 0, 0}},
        {"xad xb", "1101", MG_SAID_LEARNED, -1, NULL, {1, 1, 0, 0.5F}},
        {"xad xd", "1001", MG_SAID_LEARNED, -1, NULL, {1, 0, 0, 1}},
        {"alcohol", "1001", MG_SAID_EXACT, 1, "alcohol", {0.4F, 0, 0, 0.5F}},
        {"xb alcohol", "1101", MG_SAID_EXACT, 1, NULL, {0.4F, 1, 0, 0.5F}},
        {"alcohol xb", "1101", MG_SAID_EXACT, 1, NULL, {0.4F, 1, 0, 0.5F}},
        {"oxygen carbon", "1111", MG_SAID_EXACT, 3, NULL, {0.5F, 0.5F, 0.5F, 0.5F}},
        {"nitrile", "0000", MG_SAID_EXACT, 0, "nitrile", {0}},
        {"nitrile xc", "0010", MG_SAID_EXACT, 0, NULL, {0, 0, 1, 0}},
    };
    molglot_error err = {0};
    for (int asked = 0; asked < 2; asked++)
        for (size_t c = 0; c < MG_COUNT(cases); c++) {
            mg_mol *m = mg_mol_from_smiles("C(CC)O", NULL, NULL);
            const mg_explain_options o = {groups, asked ? &source : NULL};
            mg_explanation e;
            must(mg_explain(&o, m, cases[c].text, &e, &err), &err);
            const mg_level *l = &e.level[MG_LEVEL_PHRASE];
            assert_int_equal(l->n, 1);
            const mg_said *w = &l->said[0];
            assert_int_equal(w->span.begin, 0);
            assert_int_equal(w->span.end, strlen(cases[c].text));
            if (asked) {
                if (w->by != cases[c].by || w->places != cases[c].places)
                    fail_msg("%s: by %d, %d places", cases[c].text, w->by, w->places);
                assert_true(!w->label == !cases[c].label &&
                            (!w->label || !strcmp(w->label, cases[c].label)));
                for (int a = 0; a < 4; a++)
                    if (w->lit[a] != cases[c].lit[a] - '0') fail_msg("%s: %d", cases[c].text, a);
            } else {
                assert_int_equal(w->by, cases[c].by == MG_SAID_EXACT ? MG_SAID_EXACT : 0);
            }
            const mg_level *words = &e.level[MG_LEVEL_WORD];
            for (size_t i = 0; i < words->n; i++) {
                assert_int_equal(words->said[i].places >= 0, words->said[i].by == MG_SAID_EXACT);
                assert_true(words->said[i].places >= -1);
            }
            mg_explanation_free(&e);
            mg_mol_free(m);
        }
}

static int row_of(void *self, const mg_mol *m, const char *text, const mg_span *spans, size_t n,
                  float *out, molglot_error *e) {
    (void)text;
    (void)spans;
    (void)e;
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * (size_t)mg_mol_atoms(m), self, (size_t)mg_mol_atoms(m) * sizeof *out);
    return MOLGLOT_OK;
}

/* A source orders the atoms of a pattern: half of the score, and half of it by its share. */
static void a_source_orders_exact_atoms(void **state) {
    (void)state;
    static const struct {
        float row[3], score[3];
    } cases[] = {
        {{0, 0, 0}, {1, 0.8F, 0}},          {{0.5F, 0.5F, 0}, {1, 0.8F, 0}},
        {{0.5F, 0.25F, 0}, {1, 0.6F, 0}},   {{0.25F, 0.5F, 0}, {0.75F, 0.8F, 0}},
        {{0, 0.5F, 0.5F}, {0.5F, 0.8F, 0}}, {{0.1F, 0, 0.9F}, {1, 0.4F, 0}},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        molglot_error err = {0};
        mg_explanation e;
        const mg_align_source source = {"row", (void *)(uintptr_t)cases[c].row, row_of};
        const mg_explain_options o = {groups, &source};
        mg_mol *m = mg_mol_from_smiles("OCC", NULL, NULL);
        must(mg_explain(&o, m, "an alcohol", &e, &err), &err);
        const mg_said *w = &e.level[MG_LEVEL_WORD].said[0];
        for (int a = 0; a < 3; a++) {
            assert_true(fabsf(w->score[a] - cases[c].score[a]) < 1e-6F);
            assert_int_equal(w->lit[a], a < 2);
        }
        mg_explanation_free(&e);
        mg_mol_free(m);
    }
}

/* ---- tokens.c ---- */

/* Rows of a writer's tokens: nothing for no words, the same for the same words, shares that leave
 * the least atom out; each word of a longer span has a part in it. */
static void tokens_of_a_writer(void **state) {
    (void)state;
    static char path[] = "/tmp/molglot-levels-XXXXXX";
    const random_writer kind = {.layers = 1,
                                .hidden = 32,
                                .max_tokens = 32,
                                .words = true,
                                .captions = true,
                                .align = true},
                        plain = {.layers = 1, .hidden = 32, .max_tokens = 32, .words = true};
    static const char text[] = "The molecule is an acid, an alcohol or an ester.";
    static const mg_span spans[] = {{19, 23}, {28, 35}, {19, 23}, {0, 48}, {5, 5}, {12, 23}};
    enum { N = MG_COUNT(spans), WIDE = 40 };
    molglot_error err = {0};
    const int fd = mkstemp(path);
    assert_true(fd >= 0 && !close(fd));
    must(random_writer_save(path, &plain, "F32", &err), &err);
    mg_bundle *b = must_have(mg_bundle_open(path, &err), &err);
    assert_null(mg_align_tokens_new(must_have(mg_bundle_writer(b, NULL, &err), &err), &err));
    must_say(&err, MOLGLOT_BAD_FILE, "not trained to align");
    mg_bundle_close(b);
    must(random_writer_save(path, &kind, "F32", &err), &err);
    b = must_have(mg_bundle_open(path, &err), &err);
    mg_align_tokens *x = must_have(
        mg_align_tokens_new(must_have(mg_bundle_writer(b, NULL, &err), &err), &err), &err);
    const mg_align_source s = mg_align_by_tokens(x);
    assert_string_equal(s.name, "unified model");
    static const char *const smiles[] = {"CC(=O)OC", "OCC", "O=C(C)OC"};
    float rows[3][N * WIDE];
    for (int k = 0; k < 3; k++) {
        mg_mol *m = mg_mol_from_smiles(smiles[k], NULL, NULL);
        const int atoms = mg_mol_atoms(m);
        memset(rows[k], 0x55, sizeof rows[k]);
        must(s.scores(s.self, m, text, spans, N, rows[k], &err), &err);
        for (int i = 0; i < N; i++) {
            const float *row = rows[k] + i * atoms;
            float sum = 0, least = 1;
            int above = 0;
            for (int a = 0; a < atoms; a++) {
                assert_true(row[a] >= 0);
                sum += row[a], above += row[a] > 0;
                least = fminf(least, row[a]);
            }
            assert_true(sum <= 1.0001F && least == 0);
            assert_true((sum > 0) == (i != 4) && above < atoms);
        }
        assert_memory_equal(rows[k], rows[k] + 2 * atoms, (size_t)atoms * sizeof(float));
        assert_memory_not_equal(rows[k], rows[k] + atoms, (size_t)atoms * sizeof(float));
        assert_memory_not_equal(rows[k], rows[k] + 5 * atoms, (size_t)atoms * sizeof(float));
        /* asked alone, and again */
        float again[WIDE];
        must(s.scores(s.self, m, text, spans + 1, 1, again, &err), &err);
        assert_memory_equal(again, rows[k] + atoms, (size_t)atoms * sizeof(float));
        mg_mol_free(m);
    }
    /* atoms stand as the SMILES that was read numbers them: CC(=O)OC and O=C(C)OC are the same */
    static const int same[5] = {2, 1, 0, 3, 4};
    for (int i = 0; i < N; i++)
        for (int a = 0; a < 5; a++)
            assert_true(fabsf(rows[0][i * 5 + a] - rows[2][i * 5 + same[a]]) < 1e-6F);
    /* too long for the writer: nothing is known */
    mg_mol *m = mg_mol_from_smiles("CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", NULL, NULL);
    float none[WIDE] = {1, 1, 1};
    must(s.scores(s.self, m, text, spans, 1, none, &err), &err);
    for (int a = 0; a < 33; a++) assert_true(none[a] == 0);
    mg_mol_free(m);
    m = mg_mol_from_smiles("CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", NULL, NULL); /* 30: just fits */
    must(s.scores(s.self, m, text, spans, 1, none, &err), &err);
    float sum = 0;
    for (int a = 0; a < 30; a++) sum += none[a];
    assert_true(sum > 0);
    mg_mol_free(m);
    mg_align_tokens_free(x);
    mg_bundle_close(b);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_phrases),
        cmocka_unit_test(sets_of_a_level),
        cmocka_unit_test(seven_sets_become_six),
        cmocka_unit_test(phrases_take_over_from_words),
        cmocka_unit_test(a_source_orders_exact_atoms),
        cmocka_unit_test(tokens_of_a_writer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
