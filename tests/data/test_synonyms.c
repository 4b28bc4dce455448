/* test_synonyms.c - sentences with another name of a compound: which names of a table are said,
 * where a name stands in a text, what is left alone. */
#include "../must.h"
#include "chem/chem.h"
#include "data/inside.h"

#include <unistd.h>

#define EIGHTY "ab-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-one"

/* acetone with two names, butyric acid with names of its anion, butane with one name, and others */
static const char table[] = "smiles\ttext\n"
                            "CC(C)=O\tacetone\n"
                            "CC(C)=O\tpropan-2-one\n"
                            "CC(C)=O\tACETON\n"
                            "CC(C)=O\tdimethyl ketone oil\n"
                            "CCCC(=O)O\tbutyric acid\n"
                            "CCCC(=O)O\tbutanoic acid\n"
                            "CCCC(=O)O\tbutyrate\n"
                            "CCCC(=O)O\tbutanoate\n"
                            "CCCC\tbutane\n"
                            "CCCC\tbutane\n"
                            "C[CH](O)F\tunsetone\n"
                            "C[CH](O)F\tunset-two-one\n"
                            "CCF\ttwice named\n"
                            "CCCl\ttwice named\n"
                            "CCF\tfluoroethane\n"
                            "CCCl\tchloroethane\n"
                            "CCBr\tethereal blue old brome\n"
                            "CCBr\tethereal blue old brome oil\n"
                            "CCBr\tbromoethane\n"
                            "CCI\t" EIGHTY "\n"
                            "CCI\tiodoethane\n"
                            "CCCI\ta" EIGHTY "\n"
                            "CCCI\tiodopropane\n"
                            "OCC\thydroxyethyl\n"
                            "OCC\tmethylcarbinol\n"
                            "CCOC\torphanol\n"
                            "CCOC\tmethoxyethane\n";

static char path[] = "/tmp/molglot-synonyms-XXXXXX";
static molglot_error err;

static mg_synonyms *open_table(const char *rows) {
    must_write(path, rows, strlen(rows));
    return must_have(mg_synonyms_open(path, &err), &err);
}

static int set_up(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) || mg_chem_init(&err) ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

/* What 60 seeds make of a text: exactly these, '|' between; "" where nothing can be said. */
static void says(const mg_synonyms *y, const char *text, const char *expected) {
    mg_str out = {0}, all = {0};
    char copy[2000];
    size_t missing = 0;
    snprintf(copy, sizeof copy, "|%s|", expected);
    mg_str_addz(&all, "|");
    for (uint64_t seed = 0; seed < 60; seed++) {
        const bool said = mg_synonyms_say(y, text, seed, &out);
        if (said != (*expected != 0))
            fail_msg("%s: %s, not %s", text, said ? out.s : "nothing", expected);
        if (!said) continue;
        mg_str one = {0};
        mg_str_addf(&one, "|%s|", out.s);
        if (!strstr(copy, one.s)) fail_msg("%s: %s", text, out.s);
        if (!strstr(all.s, one.s)) mg_str_addf(&all, "%s|", out.s);
        mg_str_free(&one);
    }
    for (const char *s = expected; *s; s += *s == '|') {
        const size_t n = strcspn(s, "|");
        missing += !memmem(all.s, all.n, s, n);
        s += n;
    }
    if (missing) fail_msg("%s: only %s", text, all.s);
    mg_str_free(&all);
    mg_str_free(&out);
}

static void names_in_a_text(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"We use acetone here.", "We use propan-2-one here.|We use dimethyl ketone oil here."},
        {"We use ACETONE, dry.", "We use propan-2-one, dry.|We use dimethyl ketone oil, dry."},
        {"It smells of an acetone.", "It smells of a propan-2-one.|It smells of a dimethyl ketone "
                                     "oil."},
        {"We use a propan-2-one.", "We use an acetone.|We use a dimethyl ketone oil."},
        {"acetone", ""},          /* a name alone is no sentence */
        {"acetones boil.", ""},   /* within a word */
        {"We burn butane.", ""},  /* one name, written twice */
        {"We see unsetone.", ""}, /* stereo that is not set */
        {"We see twice named.", ""},
        {"Burn fluoroethane.", ""}, /* the other name is another's too */
        /* acids and their anions stay among their like */
        {"We eat butyrate.", "We eat butanoate."},
        {"We eat butyric acid.", "We eat butanoic acid."},
        /* four words, not five */
        {"A bromoethane boils.", "An ethereal blue old brome boils.|An ethereal blue old brome oil "
                                 "boils."},
        {"Fine ethereal blue old brome boils.",
         "Fine bromoethane boils.|Fine ethereal blue old brome oil boils."},
        {"Fine ethereal blue old brome oil boils.",
         "Fine bromoethane oil boils.|Fine ethereal blue old brome oil oil boils."},
        {"See iodoethane.", "See " EIGHTY "."},
        {"See " EIGHTY ".", "See iodoethane."},
        {"See iodopropane.", ""},
        {"See a" EIGHTY ".", ""},
        {"A hydroxyethyl group.", ""}, /* a radical */
        {"Mix methylcarbinol in.", "Mix hydroxyethyl in."},
        /* classes and roles */
        {"It is an acetone.", ""},
        {"It is a acetone.", ""},
        {"It is a tautomer of acetone.",
         "It is a tautomer of propan-2-one.|It is a tautomer of dimethyl ketone oil."},
        {"It is an enantiomer of butyrate.", "It is an enantiomer of butanoate."},
        {"It is acetone.", "It is propan-2-one.|It is dimethyl ketone oil."},
        {"It has a role as orphanol. It is butyrate.",
         "It has a role as orphanol. It is butanoate."},
        {"We take orphanol.", ""}, /* a word of a role */
        {"We take methoxyethane.", "We take orphanol."},
        {"Mix butyrate and butyric acid.",
         "Mix butanoate and butyric acid.|Mix butyrate and butanoic acid.|Mix butanoate and "
         "butanoic acid."},
    };
    mg_synonyms *y = open_table(table);
    /* each text counts itself; the first tells a role */
    const char *texts[MG_COUNT(cases) + 1] = {"It has a role as an orphanol; a drug."};
    for (size_t i = 0; i < MG_COUNT(cases); i++) texts[i + 1] = cases[i][0];
    /* many more, so that none is too common */
    enum { MORE = 4000 };
    const char **all = must_alloc(MORE, sizeof *all);
    for (size_t i = 0; i < MORE; i++) all[i] = i < MG_COUNT(texts) ? texts[i] : "Nothing.";
    must(mg_synonyms_count(y, all, MORE, &err), &err);
    for (size_t i = 0; i < MG_COUNT(cases); i++) says(y, cases[i][0], cases[i][1]);
    free(all);
    mg_synonyms_close(y);
}

/* The 24 first names of a text are looked at. */
static void many_names_in_a_text(void **state) {
    (void)state;
    enum { N = 26 };
    mg_synonyms *y = open_table("smiles\ttext\nCC(C)=O\tacetone\nCC(C)=O\tpropan-2-one\n");
    mg_str text = {0}, out = {0};
    int replaced[N] = {0};
    for (int i = 0; i < N; i++) mg_str_addz(&text, "acetone ");
    mg_str_addz(&text, "end");
    const char *one[] = {"We use acetone here."};
    must(mg_synonyms_count(y, one, 1, &err), &err);
    for (uint64_t seed = 0; seed < 40; seed++) {
        assert_true(mg_synonyms_say(y, text.s, seed, &out));
        const char *s = out.s;
        for (int i = 0; i < N; i++, s = strchr(s, ' ') + 1) replaced[i] += *s == 'p';
        assert_string_equal(s, "end");
    }
    for (int i = 0; i < N; i++) assert_true((replaced[i] > 0) == (i < 24));
    mg_str_free(&text);
    mg_str_free(&out);
    mg_synonyms_close(y);
}

/* A name in more than three texts and a two hundredth of all is a word of the language. */
static void common_names(void **state) {
    (void)state;
    static const struct {
        int texts, named;
        bool said;
    } cases[] = {{1, 1, true},    {3, 3, true},    {4, 4, false}, {400, 5, true},
                 {400, 6, false}, {399, 5, false}, {1, 0, false}, {600, 6, true}};
    enum { MOST = 600 };
    const char *texts[MOST];
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        mg_synonyms *y = open_table("smiles\ttext\nCC(C)=O\tacetone\nCC(C)=O\tpropan-2-one\n");
        for (int i = 0; i < cases[c].texts; i++)
            texts[i] = i < cases[c].named ? "We use acetone here." : "We use nothing.";
        must(mg_synonyms_count(y, texts, cases[c].texts, &err), &err);
        says(y, "An acetone.", cases[c].said ? "A propan-2-one." : "");
        mg_synonyms_close(y);
    }
}

/* A table's names that a person says. */
static void names_that_are_said(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool said;
    } cases[] = {
        {"propan-2-one", true},  {"abcde", true},          {"abcd", false},
        {"abcd-1", false},       {"ketone 99x", true},     {"ketone 999x", false},
        {"ab1cde2f", true},      {"ab1cd2e", false},       {"ketone, dry", false},
        {"ketone,dry", true},    {"ketone,", false},       {"Ketonum A", false},
        {"Ketonum a", true},     {"keto[a]ne", false},     {"keto|ne", false},
        {"keto:ne", false},      {"keto.ne", false},       {"deuteroketone", false},
        {"tritioketone", false}, {"k\xC3\xA9tone", false},
    };
    for (size_t c = 0; c < MG_COUNT(cases); c++) {
        char rows[200], expected[100];
        snprintf(rows, sizeof rows, "smiles\ttext\nCC(C)=O\tacetone\nCC(C)=O\t%s\n", cases[c].name);
        mg_synonyms *y = open_table(rows);
        const char *texts[] = {"The acetone."};
        must(mg_synonyms_count(y, texts, 1, &err), &err);
        snprintf(expected, sizeof expected, "The %s.", cases[c].name);
        says(y, "The acetone.", cases[c].said ? expected : "");
        mg_synonyms_close(y);
    }
    must_write(path, "smiles\ttext\nCC\t\n", 15);
    assert_null(mg_synonyms_open(path, &err));
    must_say(&err, MOLGLOT_BAD_FILE, "no names of molecules");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_a_text), cmocka_unit_test(many_names_in_a_text),
        cmocka_unit_test(common_names), cmocka_unit_test(names_that_are_said)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
