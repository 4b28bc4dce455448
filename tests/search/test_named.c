/* test_named.c - old lists draw amides as imidic acids: the amide stands before it. */
#include "../must.h"
#include "model/bundle/bundle.h"
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

static void amides_of_old_lists(void **state) {
    (void)state;
    static const struct {
        const char *name, *listed, *first; /* first, as it is listed: it stays alone */
    } cases[] = {
        {"one old amide", "CN=C(C)O", "CNC(C)=O"},
        {"two old amides", "CN=C(O)CCC(O)=NC", "CNC(=O)CCC(=O)NC"},
        {"three old amides", "CN=C(O)CC(C(O)=NC)C(O)=NC", "CNC(=O)CC(C(=O)NC)C(=O)NC"},
        {"old carbamate", "CN=C(O)OC", "CN=C(O)OC"},
        {"nothing on it", "N=C(C)O", "N=C(C)O"},
        {"no acid", "CN=C(C)OC", "CN=C(C)OC"},
        {"an amide", "CNC(C)=O", "CNC(C)=O"},
        {"an imidic acid", "CCN=C(C)O", "CCN=C(C)O"},
        {"alcohol", "CCO", "CCO"},
    };
    enum { N = MG_COUNT(cases) };
    static const char *listed[N];
    static mg_name_row rows[N];
    molglot_error err = {0};
    mg_dictionary_laid laid;
    for (size_t i = 0; i < N; i++) {
        listed[i] = cases[i].listed;
        rows[i] = (mg_name_row){cases[i].name, (int32_t)i, MG_NAME_PUBCHEM, 8};
    }
    const mg_dictionary_contents c = {
        .row = rows, .names = N, .smiles = listed, .plain = listed, .molecules = N};
    must(mg_dictionary_lay(&c, &laid, &err), &err);
    mg_dictionary *d = must_have(mg_dictionary_open(laid.part, laid.names, laid.molecules, &err),
                                 &err);
    for (size_t i = 0; i < N; i++) {
        mg_name_hits hits;
        must(mg_name_find(d, cases[i].name, &hits, &err), &err);
        const size_t n = strcmp(cases[i].listed, cases[i].first) ? 2 : 1;
        if (hits.n != n) fail_msg("%s: %zu structures", cases[i].name, hits.n);
        mg_mol *got = must_have(mg_mol_from_smiles(hits.hit[0].smiles, NULL, NULL), &err),
               *want = must_have(mg_mol_from_smiles(cases[i].first, NULL, NULL), &err);
        char *x = mg_mol_smiles(got, true), *y = mg_mol_smiles(want, true);
        if (strcmp(x, y)) fail_msg("%s: %s, not %s", cases[i].name, x, y);
        assert_string_equal(hits.hit[0].name, cases[i].name);
        assert_string_equal(hits.hit[n - 1].smiles, cases[i].listed);
        free(x);
        free(y);
        mg_mol_free(got);
        mg_mol_free(want);
        mg_name_hits_free(&hits);
    }
    mg_dictionary_close(d);
    free(laid.bytes);
}

static int prepare(void **state) {
    (void)state;
    return mg_chem_init(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(amides_of_old_lists)};
    return cmocka_run_group_tests(tests, prepare, NULL);
}
