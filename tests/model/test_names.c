/* test_names.c - the dictionary of names: what was laid out is found by name, by molecule and by a
 * wrong letter; the same contents give the same bytes; damage is refused. */
#include "../must.h"
#include "model/bundle/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 700 }; /* more than two blocks */

static const char *const smiles[] = {"CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)O", "CC(N)C(=O)O",
                                     "C[C@@H](N)C(=O)O", "c1ccccc1"};
static const char *const plain[] = {"CC(=O)Oc1ccccc1C(=O)O", "CC(N)C(=O)O", "CC(N)C(=O)O",
                                    "CC(N)C(=O)O", "c1ccccc1"};
static const mg_name_row rows[] = {
    {"Aspirin", 0, MG_NAME_PUBCHEM | MG_NAME_METANETX, 0},
    {"aspirin", 0, MG_NAME_FDA, 0},
    {"2-acetoxybenzoic acid", 0, MG_NAME_PUBCHEM, 16},
    {"L-alanine", 1, MG_NAME_CHEBI, 0},
    {"alanine", 1, MG_NAME_CHEBI, 0},
    {"Alanine", 2, MG_NAME_PUBCHEM, 0},
    {"D-alanine", 3, MG_NAME_CCD, 0},
    {"benzene", 4, MG_NAME_WIKIDATA, 0},
    {"\xCE\xB2-benzol", 4, MG_NAME_OWN, 8},
};

typedef struct made {
    mg_dictionary_laid laid;
    mg_dictionary *d;
    char names[MANY][16], molecules[MANY][16];
} made;

/* The rows above, and MANY names of MANY molecules. */
static void make(made *m) {
    enum { FEW = MG_COUNT(smiles), ROWS = MG_COUNT(rows) };
    static const char *all[FEW + MANY], *flat[FEW + MANY];
    static mg_name_row every[ROWS + MANY];
    molglot_error err = {0};
    memcpy(all, smiles, sizeof smiles);
    memcpy(flat, plain, sizeof plain);
    memcpy(every, rows, sizeof rows);
    for (int i = 0; i < MANY; i++) {
        snprintf(m->names[i], sizeof m->names[i], "thing %d", i);
        snprintf(m->molecules[i], sizeof m->molecules[i], "[%d13CH4]", i + 1);
        all[FEW + i] = flat[FEW + i] = m->molecules[i];
        every[ROWS + i] = (mg_name_row){m->names[i], FEW + i, MG_NAME_PUBCHEM, 8};
    }
    const mg_dictionary_contents c = {
        .row = every, .names = ROWS + MANY, .smiles = all, .plain = flat, .molecules = FEW + MANY};
    if (mg_dictionary_lay(&c, &m->laid, &err)) fail_msg("%s", err.message);
    m->d = mg_dictionary_open(m->laid.part, m->laid.names, m->laid.molecules, &err);
    if (!m->d) fail_msg("%s", err.message);
}

static void unmake(made *m) {
    mg_dictionary_close(m->d);
    free(m->laid.bytes);
}

static mg_name_hits find(const made *m, const char *name) {
    molglot_error err = {0};
    mg_name_hits hits;
    if (mg_dictionary_find(m->d, name, &hits, &err)) fail_msg("%s", err.message);
    return hits;
}

/* The first structure of a name, and how many there are. */
static void expect(const made *m, const char *name, size_t n, const char *first, mg_name_how how) {
    mg_name_hits hits = find(m, name);
    if (hits.n != n) fail_msg("%s: %zu structures, not %zu", name, hits.n, n);
    if (n) {
        assert_string_equal(hits.hit[0].smiles, first);
        assert_int_equal(hits.hit[0].how, how);
    }
    mg_name_hits_free(&hits);
}

static void names_are_found(void **state) {
    (void)state;
    made m;
    make(&m);
    molglot_error err = {0};
    if (mg_dictionary_selftest(m.d, &err) || mg_dictionary_test(m.d, &err))
        fail_msg("%s", err.message);
    /* two spellings of one molecule are one name, with the sources of both */
    assert_int_equal(mg_dictionary_size(m.d), MG_COUNT(rows) - 1 + MANY);
    mg_name_hits hits = find(&m, "ASPIRIN");
    assert_int_equal(hits.n, 1);
    assert_int_equal(hits.hit[0].sources, MG_NAME_PUBCHEM | MG_NAME_METANETX | MG_NAME_FDA);
    mg_name_hits_free(&hits);
    expect(&m, "  aspirin ", 1, smiles[0], MG_NAME_EXACT);
    expect(&m, "2-Acetoxybenzoic Acid", 1, smiles[0], MG_NAME_EXACT);
    expect(&m, "2 acetoxy-benzoic acid", 1, smiles[0], MG_NAME_FOLDED);
    expect(&m, "beta-benzol", 1, smiles[4], MG_NAME_EXACT);
    expect(&m, "aspirin anhydrous", 1, smiles[0], MG_NAME_SALT);
    expect(&m, "aspirin sodium", 0, NULL, MG_NAME_EXACT); /* another molecule */
    expect(&m, "aspirin chloride", 0, NULL, MG_NAME_EXACT);
    expect(&m, "alanine", 2, smiles[1], MG_NAME_EXACT); /* all stereo set goes first */
    expect(&m, "aspirins", 0, NULL, 0);
    expect(&m, "", 0, NULL, 0);
    for (int i = 0; i < MANY; i += 7) expect(&m, m.names[i], 1, m.molecules[i], MG_NAME_EXACT);
    unmake(&m);
}

static void molecules_are_found(void **state) {
    (void)state;
    made m;
    molglot_error err = {0};
    mg_name_hits hits;
    make(&m);
    assert_int_equal(mg_dictionary_names(m.d, smiles[0], plain[0], 10, &hits, &err), MOLGLOT_OK);
    assert_int_equal(hits.n, 2);
    assert_string_equal(hits.hit[0].name, "Aspirin");
    assert_string_equal(hits.hit[1].name, "2-acetoxybenzoic acid");
    mg_name_hits_free(&hits);
    /* its own names, then those of other stereo */
    assert_int_equal(mg_dictionary_names(m.d, smiles[1], plain[1], 10, &hits, &err), MOLGLOT_OK);
    assert_int_equal(hits.n, 4);
    assert_string_equal(hits.hit[0].name, "alanine");
    assert_int_equal(hits.hit[1].how, MG_NAME_EXACT);
    assert_int_equal(hits.hit[2].how, MG_NAME_STEREO);
    mg_name_hits_free(&hits);
    assert_int_equal(mg_dictionary_names(m.d, smiles[1], NULL, 1, &hits, &err), MOLGLOT_OK);
    assert_int_equal(hits.n, 1);
    mg_name_hits_free(&hits);
    assert_int_equal(mg_dictionary_names(m.d, "CCO", "CCO", 10, &hits, &err), MOLGLOT_OK);
    assert_int_equal(hits.n, 0);
    unmake(&m);
}

static void wrong_letters_are_forgiven(void **state) {
    (void)state;
    static const char *const wrong[] = {"asprin", "aspirn", "saspirin", "aspirrin", "sapirin"};
    made m;
    molglot_error err = {0};
    mg_name_hits hits;
    make(&m);
    for (size_t i = 0; i < MG_COUNT(wrong); i++) {
        assert_int_equal(mg_dictionary_near(m.d, wrong[i], 3, &hits, &err), MOLGLOT_OK);
        if (hits.n != 1) fail_msg("%s: %zu", wrong[i], hits.n);
        assert_string_equal(hits.hit[0].name, "Aspirin");
        assert_int_equal(hits.hit[0].distance, 1);
        mg_name_hits_free(&hits);
    }
    /* another number is another name */
    assert_int_equal(mg_dictionary_near(m.d, "3-acetoxybenzoic acid", 3, &hits, &err), MOLGLOT_OK);
    assert_int_equal(hits.n, 0);
    unmake(&m);
}

static void the_same_contents_give_the_same_bytes(void **state) {
    (void)state;
    made a, b;
    make(&a);
    make(&b);
    for (int i = 0; i < MG_DICTIONARY_PARTS; i++) {
        assert_int_equal(a.laid.part[i].n, b.laid.part[i].n);
        assert_memory_equal(a.laid.part[i].bytes, b.laid.part[i].bytes, a.laid.part[i].n);
    }
    unmake(&a);
    unmake(&b);
}

/* Every byte of every part, changed: refused when it is opened or used, or read as something. */
static void damage_is_refused(void **state) {
    (void)state;
    made m;
    make(&m);
    int refused = 0;
    for (int part = 0; part < MG_DICTIONARY_PARTS; part++) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)m.laid.part[part].bytes;
        for (size_t at = 0; at < m.laid.part[part].n; at += 13) {
            molglot_error err = {0};
            mg_name_hits hits;
            bytes[at] ^= 0x5A;
            mg_dictionary *d = mg_dictionary_open(m.laid.part, m.laid.names, m.laid.molecules,
                                                  &err);
            bool bad = !d || mg_dictionary_test(d, &err) != MOLGLOT_OK;
            if (d) {
                bad |= mg_dictionary_find(d, "alanine", &hits, &err) != MOLGLOT_OK;
                mg_name_hits_free(&hits);
                bad |= mg_dictionary_names(d, smiles[1], plain[1], 10, &hits, &err) != MOLGLOT_OK;
                mg_name_hits_free(&hits);
            }
            refused += bad;
            mg_dictionary_close(d);
            bytes[at] ^= 0x5A;
        }
        mg_dictionary_bytes shorter[MG_DICTIONARY_PARTS];
        molglot_error err = {0};
        memcpy(shorter, m.laid.part, sizeof shorter);
        shorter[part].n--;
        assert_null(mg_dictionary_open(shorter, m.laid.names, m.laid.molecules, &err));
        assert_int_equal(err.code, MOLGLOT_BAD_FILE);
    }
    assert_true(refused > 10);
    unmake(&m);
}

static void a_file_keeps_it(void **state) {
    (void)state;
    char path[] = "/tmp/molglot-names-XXXXXX";
    molglot_error err = {0};
    const int file = mkstemp(path);
    assert_true(file >= 0);
    const mg_dictionary_contents c = {.row = rows,
                                      .names = MG_COUNT(rows),
                                      .smiles = smiles,
                                      .plain = plain,
                                      .molecules = MG_COUNT(smiles),
                                      .metadata = (const char *const[]){"licence", "CC0", NULL}};
    if (mg_names_part_save(path, &c, &err)) fail_msg("%s", err.message);
    mg_bundle *b = mg_bundle_open(path, &err);
    if (!b) fail_msg("%s", err.message);
    mg_part_info info;
    assert_true(mg_bundle_has(b, MG_PART_NAMES) && !mg_bundle_has(b, MG_PART_SPACE));
    assert_int_equal(mg_bundle_count(b), 1);
    assert_int_equal(mg_bundle_info(b, 0, &info, &err), MOLGLOT_OK);
    assert_int_equal(info.parameters, 0);
    assert_int_equal(mg_bundle_verify(b, 0, &err), MOLGLOT_OK);
    assert_int_equal(mg_bundle_try(b, 0, &err), MOLGLOT_OK);
    mg_name_hits hits;
    assert_int_equal(mg_dictionary_find(mg_bundle_names(b, &err), "aspirin", &hits, &err),
                     MOLGLOT_OK);
    assert_int_equal(hits.n, 1);
    mg_name_hits_free(&hits);
    mg_bundle_close(b);
    remove(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(molecules_are_found),
        cmocka_unit_test(wrong_letters_are_forgiven),
        cmocka_unit_test(the_same_contents_give_the_same_bytes),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(a_file_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
