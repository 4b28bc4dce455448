/* Names written from molecules: a table (written.tsv) of SMILES, a parent or "-", the name and the
 * phrase or ""; no name: none is found. Each is read back by the reader.
 */
#include "../must.h"
#include "chem/nomenclature/nomenclature.h"
#include "test_chem.h"

#include <stdlib.h>
#include <string.h>

/* The canonical SMILES of what a text means, malloc'ed. */
static char *canonical(const char *smiles) {
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    assert_non_null(m);
    char *out = mg_mol_smiles(m, true);
    mg_mol_free(m);
    assert_non_null(out);
    return out;
}

static void must_read_back(const char *name, const char *smiles) {
    molglot_error err = {0};
    char *read = NULL, *want = canonical(smiles);
    must(mg_name_read(name, &read, &err), &err);
    assert_non_null(read);
    char *own = canonical(read);
    assert_string_equal(own, want);
    free(own);
    free(want);
    free(read);
}

static char *cell(char **rest) {
    char *s = *rest;
    assert_non_null(s);
    *rest = strchr(s, '\t');
    if (*rest) *(*rest)++ = 0;
    return s;
}

static void test_table(void **state) {
    (void)state;
    char *data = NULL, *rest = NULL;
    size_t size;
    int bad = 0, named = 0, phrases = 0, refused = 0;
    assert_int_equal(
        mg_read_file(MG_SOURCE_DIR "/tests/chem/written.tsv", 1 << 20, &data, &size, NULL), 0);
    strtok_r(data, "\n", &rest); /* the header */
    for (char *line = strtok_r(NULL, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        molglot_error err = {0};
        char *name = NULL, *phrase = NULL, *described = NULL, *at = line;
        size_t stereo;
        const char *smiles = cell(&at), *parent = cell(&at), *want = cell(&at), *words = cell(&at);
        mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
        assert_non_null(m);
        must(mg_name_write(m, strcmp(parent, "-") != 0 ? parent : NULL, &name, &phrase, &err),
             &err);
        mg_mol_free(m);
        if (strcmp(want, name ? name : "") != 0 || strcmp(words, phrase ? phrase : "") != 0) {
            bad++;
            print_message("%s on %s\n   is   %s | %s\n   want %s | %s\n", smiles, parent,
                          name ? name : "", phrase ? phrase : "", want, words);
        }
        if (name) must_read_back(name, smiles);
        if (phrase) {
            must(mg_name_described(phrase, &described, &stereo, &err), &err);
            assert_non_null(described);
            must_read_back(described, smiles);
        }
        named += name != NULL, phrases += phrase != NULL, refused += !name;
        free(described);
        free(name);
        free(phrase);
    }
    free(data);
    assert_int_equal(bad, 0);
    assert_true(named >= 80 && phrases >= 60 && refused >= 12);
}

/* The same molecule in another order of atoms has the same name. */
static void order_of_atoms(void **state) {
    (void)state;
    static const char *const smiles[] = {"CC(=O)Nc1ccc(O)cc1", "CN1CCC[C@H]1c1cccnc1",
                                         "OC(=O)/C=C/c1ccc(O)c(OC)c1",
                                         "Cn1c(=O)c2c(ncn2C)n(C)c1=O"};
    for (size_t i = 0; i < MG_COUNT(smiles); i++) {
        molglot_error err = {0};
        char *first = NULL;
        for (uint64_t seed = 1; seed < 9; seed++) {
            char *name = NULL, *phrase = NULL;
            mg_mol *m = mg_mol_from_smiles(smiles[i], NULL, NULL);
            assert_non_null(m);
            char *other = mg_mol_smiles_random(m, seed);
            mg_mol_free(m);
            assert_non_null(other);
            assert_non_null(m = mg_mol_from_smiles(other, NULL, NULL));
            must(mg_name_write(m, NULL, &name, &phrase, &err), &err);
            assert_non_null(name);
            if (first) assert_string_equal(name, first);
            if (!first)
                first = name;
            else
                free(name);
            free(phrase);
            free(other);
            mg_mol_free(m);
        }
        free(first);
    }
}

/* What a sentence is about. */
static void parents_of_phrases(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"phenol substituted by a methoxy group at position 2", "phenol"},
        {"The molecule is a hydroxyflavan that is (2S)-flavan substituted by hydroxy groups at "
         "positions 5 and 7",
         "flavan"},
        {"quinolin-2(1H)-one in which the hydrogen at position 4 is replaced by a phenyl group",
         "quinolin-2(1H)-one"},
        {"a phenol with a cold", NULL}};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        molglot_error err = {0};
        char *parent = NULL;
        must(mg_name_described_parent(cases[i][0], &parent, &err), &err);
        if (cases[i][1])
            assert_string_equal(parent, cases[i][1]);
        else
            assert_null(parent);
        free(parent);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(order_of_atoms),
                                       cmocka_unit_test(parents_of_phrases)};
    return cmocka_run_group_tests(tests, start_chemistry, NULL);
}
