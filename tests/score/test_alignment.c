/* test_alignment.c - words against the atoms that they are known to speak of: measures of a few
 * words, counted by hand, of the dictionary and of a source that always speaks of the first atom.
 */
#include "../must.h"
#include "chem/chem.h"
#include "score/score.h"

#include <math.h>
#include <unistd.h>

static char path[] = "/tmp/molglot-alignment-XXXXXX";
static molglot_error err;
static mg_groups *groups;

static int set_up(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    if (fd < 0 || close(fd) || mg_chem_init(&err)) return -1;
    groups = mg_groups_new(NULL, 0, &err);
    return groups ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    mg_groups_free(groups);
    return unlink(path);
}

static int first_atom(void *self, const mg_mol *m, const char *text, const mg_span *spans, size_t n,
                      float *out, molglot_error *e) {
    const size_t atoms = (size_t)mg_mol_atoms(m);
    (void)self, (void)text, (void)spans, (void)e;
    memset(out, 0, n * atoms * sizeof *out);
    for (size_t i = 0; i < n; i++) out[i * atoms] = 0.9f;
    return MOLGLOT_OK;
}

static const char table[] = "smiles\ttext\tstart\tend\tatoms\n"
                            "CCO\tIt is an alcohol.\t9\t16\t1,2\n" /* A: as the dictionary has it */
                            "CCO\tIt is an alcohol.\t9\t16\t0\n"   /* B: another atom */
                            "CCO\tIt is a thing.\t8\t13\t0\n"      /* C: nobody knows it */
                            "CC(=O)O\tIt is a carboxylic acid.\t8\t23\t3\n" /* D: one of three */
                            "CCO\tIt is an alcohol.\t9\t9\t1\n"             /* no word */
                            "CCO\tIt is an alcohol.\t9\t18\t1\n"            /* beyond the text */
                            "CCO\tIt is an alcohol.\t9\t16\t\n"             /* no atoms */
                            "CCO\tIt is an alcohol.\t9\t16\t3\n" /* no such atom: not asked */
                            "CCO\tIt is an alcohol.\t9\t16\t0,x\n";

static void is(const char *what, double got, double expected) {
    if (fabs(got - expected) > 1e-9) fail_msg("%s: %g, not %g", what, got, expected);
}

static void word_scores(const mg_alignment_method *m, const char *name, double lit, double pointing,
                        double precision, double recall) {
    const mg_alignment_scores *s = &m->level[MG_LEVEL_WORD];
    assert_string_equal(m->name, name);
    assert_int_equal(s->words, 4);
    is(name, s->lit, lit);
    is(name, s->pointing.value, pointing);
    is(name, s->precision.value, precision);
    is(name, s->recall.value, recall);
}

static void measures(void **state) {
    (void)state;
    const mg_align_source first = {"first", NULL, first_atom};
    mg_alignment_options o = {
        .path = path, .groups = groups, .learned = &first, .bootstrap = 200, .seed = 1};
    mg_alignment a, b;
    must_write(path, table, strlen(table));
    must(mg_score_alignment(&o, &a, &err), &err);
    assert_true(a.words == 6 && a.molecules == 2 && a.rejected == 3 && a.methods == 3);
    is("a random atom", a.random, (2.0 / 3 + 1.0 / 3 + 1.0 / 3 + 1.0 / 4) / 4);
    /* A 1, B 0, C one of three at random, D one of two oxygens; two lit, none, three lit */
    word_scores(&a.method[0], "dictionary alone", 0.75, (1 + 0 + 1.0 / 3 + 0.5) / 4,
                (1 + 0 + 1.0 / 3) / 3, (1 + 0 + 0 + 1) / 4.0);
    word_scores(&a.method[1], "learned alone", 1, 0.5, 0.5, 0.5);
    word_scores(&a.method[2], "dictionary, then learned", 1, (1 + 0 + 1 + 0.5) / 4,
                (1 + 0 + 1 + 1.0 / 3) / 4, (1 + 0 + 1 + 1) / 4.0);
    for (int m = 0; m < 3; m++)
        for (int l = 0; l < MG_LEVELS; l++) {
            const mg_alignment_scores *s = &a.method[m].level[l];
            const mg_interval *each[] = {&s->pointing, &s->precision, &s->recall};
            assert_int_equal(s->words, 4);
            for (int k = 0; k < 3; k++)
                assert_true(each[k]->low <= each[k]->value + 1e-9 &&
                            each[k]->high >= each[k]->value - 1e-9 && each[k]->low >= 0 &&
                            each[k]->high <= 1);
            assert_true(s->recall.value >= a.method[m].level[MG_LEVEL_WORD].recall.value - 1e-9);
        }
    /* of two molecules a resample is one, the other or both: the widest interval */
    is("low", a.method[0].level[MG_LEVEL_WORD].recall.low, 1.0 / 3);
    is("high", a.method[0].level[MG_LEVEL_WORD].recall.high, 1);
    must(mg_score_alignment(&o, &b, &err), &err);
    assert_memory_equal(&a.method[0].level, &b.method[0].level, sizeof a.method[0].level);
    o.bootstrap = 0, o.limit = 2;
    must(mg_score_alignment(&o, &b, &err), &err);
    assert_true(b.words == 2 && b.molecules == 1);
    is("of two words", b.method[0].level[MG_LEVEL_WORD].pointing.value, 0.5);
    is("no resamples", b.method[0].level[MG_LEVEL_WORD].pointing.low, 0.5);
    o.limit = 0;
    int64_t words = 0;
    for (o.half = 1; o.half <= 2; o.half++)
        if (!mg_score_alignment(&o, &b, &err)) words += b.words;
    assert_int_equal(words, 6);
    o.half = 0, o.learned = NULL, o.space = &first;
    must(mg_score_alignment(&o, &b, &err), &err);
    assert_int_equal(b.methods, 2);
    assert_string_equal(b.method[1].name, "aligned space alone");
}

static void refused(void **state) {
    (void)state;
    const mg_alignment_options o = {.path = path, .groups = groups};
    mg_alignment a;
    static const char *const tables[][2] = {
        {"smiles\ttext\tstart\tend\nC\ta\t0\t1\n", "wanted are the columns"},
        {"smiles\ttext\tstart\tend\tatoms\nC\ta\t1\t1\t0\n", "holds no word"}};
    for (size_t i = 0; i < MG_COUNT(tables); i++) {
        must_write(path, tables[i][0], strlen(tables[i][0]));
        assert_int_not_equal(mg_score_alignment(&o, &a, &err), MOLGLOT_OK);
        if (!strstr(err.message, tables[i][1])) fail_msg("%s", err.message);
    }
    /* other names of columns */
    static const char other[] = "smiles\tname\tstart\tend\tatoms_union\nCCO\talcohol\t0\t7\t1,2\n";
    must_write(path, other, strlen(other));
    must(mg_score_alignment(&o, &a, &err), &err);
    is("a name", a.method[0].level[MG_LEVEL_WORD].recall.value, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(measures), cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
