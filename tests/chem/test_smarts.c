/* Patterns in SMARTS: what matches and how often, and what is refused. */
#include "test_chem.h"

static int count_of(const char *smarts, const char *smiles, int max) {
    molglot_error err = {0};
    mg_smarts *s = mg_smarts_new(smarts, &err);
    if (!s) fail_msg("%s: %s", smarts, err.message);
    mg_mol *m = read_mol(smiles);
    const int n = mg_smarts_count(s, m, max);
    mg_mol_free(m);
    mg_smarts_free(s);
    return n;
}

/* Values of RDKit's GetSubstructMatches. */
static void counts_are_rdkits(void **state) {
    (void)state;
    assert_int_equal(count_of("C(=O)[OX2H1]", "CC(=O)Oc1ccccc1C(=O)O", 100), 1);
    assert_int_equal(count_of("C(=O)[OX2H1]", "OC(=O)CC(=O)O", 100), 2);
    assert_int_equal(count_of("C(=O)[OX2H1]", "CCO", 100), 0);
    assert_int_equal(count_of("c1ccccc1", "c1ccccc1", 100), 1);
    assert_int_equal(count_of("[#6]", "CCCCCC", 100), 6);
    assert_int_equal(count_of("[#6]", "CCCCCC", 2), 2);
    assert_int_equal(count_of("[$([NX3;H2]C)]", "NCCN", 100), 2);
    assert_int_equal(count_of("[r5]", "C1CCCC1", 100), 5);
    assert_int_equal(count_of("C.O", "CCO", 1), 1);
}

static void what_is_no_pattern_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"", "C(", "hello world", "C>>O", "[", "aspirin", "C1CC"};
    for (size_t i = 0; i < MG_COUNT(bad); i++) {
        molglot_error err = {0};
        assert_null(mg_smarts_new(bad[i], &err));
        assert_int_equal(err.code, MOLGLOT_USAGE);
        assert_true(*err.message);
    }
    char longer[3000];
    memset(longer, 'C', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    assert_null(mg_smarts_new(longer, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts_are_rdkits),
                                       cmocka_unit_test(what_is_no_pattern_is_refused)};
    return cmocka_run_group_tests(tests, start_chemistry, check_no_living_molecules);
}
