/* Centres of a name's fragments: handed as SMILES says them, kept when hydrogens and free valences
 * are replaced, dropped by a double bond.
 */
#include "../must.h"
#include "chem/chem.h"
#include "chem/nomenclature/inside.h"

#include <stdlib.h>
#include <string.h>

/* The canonical SMILES of a fragment, as name.c writes it. */
static char *written(const name_fragment *f) {
    mg_sketch_atom atoms[NAME_ATOMS];
    mg_sketch_bond bonds[NAME_BONDS];
    for (int i = 0; i < f->n; i++) {
        atoms[i] = (mg_sketch_atom){.number = f->a[i].number,
                                    .charge = f->a[i].charge,
                                    .cip = f->a[i].cip,
                                    .centre = name_near_known(f, i)};
        for (int k = 0; k < 4; k++)
            atoms[i].near[k] = f->a[i].near[k] < NEAR_FREE ? f->a[i].near[k] : -1;
    }
    for (int i = 0; i < f->m; i++)
        bonds[i] = (mg_sketch_bond){f->b[i].a, f->b[i].b, f->b[i].order, f->b[i].ez};
    return mg_smiles_of_sketch(atoms, f->n, bonds, f->m, 0, 0);
}

static void same_as(const name_fragment *f, const char *smiles) {
    char *one = written(f);
    mg_mol *m = mg_mol_from_smiles(smiles, NULL, NULL);
    char *want = m ? mg_mol_smiles(m, true) : NULL;
    assert_non_null(one);
    assert_non_null(want);
    assert_string_equal(one, want);
    free(one), free(want);
    mg_mol_free(m);
}

static void as_in_smiles(void **state) {
    (void)state;
    static const char *const cases[] = {
        "C[C@H](O)N",
        "C[C@@H](O)N",
        "[C@H](C)(O)N",
        "[C@@H](C)(O)N",
        "C[C@](F)(O)N",
        "C[C@@](F)(O)N",
        "OC[C@@H](O)[C@H](O)C",
        "C[C@H]1CCCCO1",
        "C[C@]1(F)CCCCO1",
        "[C@H]1(C)CCCCO1",
        "[C@]12(C)CCC[C@@H]1OCCC2",
        "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
        "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@]34C)[C@@H]1CC[C@@H]2O",
        "C[C@H](C)N",
        "F[C@H](Cl)Br"};
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        name_fragment f = {0};
        assert_int_equal(name_add(&f, cases[i], NULL), 0);
        same_as(&f, cases[i]);
    }
    name_fragment f = {0};
    assert_int_equal(name_add(&f, "C[C@H]O", NULL), -1); /* three neighbours, not the first atom */
}

static void substituted(void **state) {
    (void)state;
    name_fragment f = {0}, sub = {0}, methyl = {0};
    name_chain(&methyl, 1, false);
    methyl.order = 1;
    /* its hydrogen goes */
    assert_int_equal(name_add(&f, "F[C@H](Cl)O", NULL), 0);
    assert_true(name_join(&f, 1, &methyl));
    same_as(&f, "F[C@](C)(Cl)O");
    /* a ring's atom that binds: as if the other stood in front of it */
    assert_int_equal(name_add(&sub, "[C@H]1(O[C@@H](C)CC1)", NULL), 0);
    sub.order = 1;
    name_fragment g = {0};
    assert_int_equal(name_add(&g, "NCF", NULL), 0);
    assert_true(name_join(&g, 1, &sub));
    same_as(&g, "NC(F)[C@H]1O[C@@H](C)CC1");
    assert_true(name_join(&sub, 0, &methyl)); /* and its hydrogen is another place */
    g = (name_fragment){0};
    assert_int_equal(name_add(&g, "NCF", NULL), 0);
    assert_true(name_join(&g, 1, &sub));
    same_as(&g, "NC(F)[C@@]1(C)O[C@@H](C)CC1");
    /* a double bond leaves no centre */
    f = (name_fragment){0};
    assert_int_equal(name_add(&f, "C[C@H](F)CC", NULL), 0);
    f.b[2].order = 2;
    assert_false(name_near_known(&f, 1));
}

/* A label goes before what the neighbours say. */
static void labels_go_first(void **state) {
    (void)state;
    name_fragment f = {0};
    assert_int_equal(name_add(&f, "C[C@H](O)CC[C@H](F)C", NULL), 0);
    f.a[1].cip = 'R';
    same_as(&f, "C[C@@H](O)CC[C@H](F)C");
    f.a[1].cip = 'S';
    same_as(&f, "C[C@H](O)CC[C@H](F)C");
}

/* Faces: near[2] is alpha, near[3] beta, from near[0] to near[1] anticlockwise as beta sees it. */
static void faces(void **state) {
    (void)state;
    name_fragment ring = {0}, methyl = {0};
    name_chain(&methyl, 1, false);
    methyl.order = 1;
    assert_int_equal(name_add(&ring, "C1OCCCC1", NULL), 0);
    name_atom *a = &ring.a[0];
    a->centre = true, a->face = '2';
    memcpy(a->near, (const uint8_t[]){1, 5, NEAR_H, NEAR_H}, 4);
    for (int beta = 0; beta < 2; beta++) {
        name_fragment f = ring;
        assert_true(name_join(&f, 0, &methyl));
        assert_false(name_near_known(&f, 0)); /* not told yet */
        assert_true(name_near_face(&f.a[0], 6, beta ? 'B' : 'A'));
        same_as(&f, beta ? "O1CCCC[C@H]1C" : "O1CCCC[C@@H]1C");
        assert_false(name_near_face(&f.a[0], 6, beta ? 'A' : 'B')); /* it was said */
        assert_true(name_join(&f, 0, &methyl));
        assert_false(name_near_face(&f.a[0], 1, 'A')); /* of the ring */
    }
    name_fragment f = ring;
    assert_true(name_join(&f, 0, &methyl));
    assert_true(name_near_face(&f.a[0], 6, 'X'));
    assert_false(name_near_known(&f, 0));
    assert_false(name_near_face(&f.a[0], 6, 'A'));
    name_near_leave(&f.a[0], 6);
    assert_int_equal(f.a[0].near[2], NEAR_H);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_in_smiles),
                                       cmocka_unit_test(substituted),
                                       cmocka_unit_test(labels_go_first), cmocka_unit_test(faces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
