/* test_chains.c - captions that say which acyl groups a lipid has, told of another one; and what is
 * remembered of sentences. */
#include "../must.h"
#include "caption/inside.h"

#include <stdlib.h>
#include <string.h>

static molglot_error err;

#define PALMITOYL "CCCCCCCCCCCCCCCC(=O)"
#define OLEOYL    "CCCCCCCC/C=C\\CCCCCCCC(=O)"

static const struct {
    const char *smiles, *text, *mended; /* NULL: nothing can be proven */
} ROWS[] = {
    /* one of two chains; the other sentences with it */
    {PALMITOYL "OC[C@H](CO)OC(=O)CCC",
     "The molecule is a 1,2-diacyl-sn-glycerol in which the acyl groups at positions 1 and 2 are "
     "specified as palmitoyl and oleoyl respectively. It is a diacylglycerol 34:1 and an oleate "
     "ester. It derives from a hexadecanoic acid and an oleic acid.",
     "The molecule is a 1,2-diacyl-sn-glycerol in which the acyl groups at positions 1 and 2 are "
     "specified as palmitoyl and butyryl respectively. It is a diacylglycerol 20:0 and a "
     "butanoate ester. It derives from a hexadecanoic acid and a butanoic acid."},
    /* both in two, and an aside */
    {PALMITOYL "OC[C@H](COP(=O)([O-])OCC[N+](C)(C)C)OC(=O)CCCCCCC/C=C\\CCCCCCCC",
     "The molecule is a phosphatidylcholine 32:0 in which both acyl groups are specified as "
     "hexadecanoyl (palmitoyl).",
     "The molecule is a phosphatidylcholine 34:1 in which the acyl groups at positions 1 and 2 are "
     "specified as hexadecanoyl and oleoyl respectively."},
    {OLEOYL "OC[C@H](CO)O"
            "C(=O)CCCCCCCCCCCCCCC",
     "The molecule is a 1,2-diacyl-sn-glycerol in which both acyl groups are specified as oleoyl. "
     "It derives from an oleic acid.",
     "The molecule is a 1,2-diacyl-sn-glycerol in which the acyl groups at positions 1 and 2 are "
     "specified as oleoyl and palmitoyl respectively. It derives from an oleic acid and a "
     "hexadecanoic acid."},
    /* "1,2-di" in two names */
    {OLEOYL "OC[C@H](COP(=O)([O-])[O-])OC(=O)CCCCCCCCCCCCCCC",
     "The molecule is a 1,2-diacyl-sn-glycerol 3-phosphate(2-) obtained by deprotonation of the "
     "phosphate OH groups of 1,2-dioleoyl-sn-glycero-3-phosphate.",
     "The molecule is a 1,2-diacyl-sn-glycerol 3-phosphate(2-) obtained by deprotonation of the "
     "phosphate OH groups of 1-oleoyl-2-palmitoyl-sn-glycero-3-phosphate."},
    /* an amide; how long a chain is */
    {"CCCCCCCCCCCCCCC[C@@H](O)[C@H](CO)NC(=O)CCCCCCC",
     "The molecule is a dihydroceramide in which the ceramide N-acyl group is specified as "
     "docosanoyl (behenoyl). It derives from a docosanoic acid.",
     "The molecule is a dihydroceramide in which the ceramide N-acyl group is specified as "
     "octanoyl. It derives from an octanoic acid."},
    /* another class of lipid; no lipid; nothing said of chains */
    {"CCCCCCCCCCCCCCCCOC[C@H](O)CO",
     "The molecule is a 1-acyl-sn-glycerol in which the acyl group is specified as oleoyl.", NULL},
    {"CC(=O)Oc1ccccc1C(=O)O",
     "The molecule is a 1,2-diacyl-sn-glycerol in which both acyl groups are specified as oleoyl.",
     NULL},
    {PALMITOYL "OC[C@H](CO)OC(=O)CCC", "The molecule is a diglyceride.", NULL},
    {PALMITOYL "OC[C@H](CO)OC(=O)CCC", "", NULL},
};

static void told_of_the_molecule(void **state) {
    (void)state;
    mg_readings *r = must_have(mg_readings_new(NULL, &err), &err);
    for (size_t i = 0; i < MG_COUNT(ROWS); i++) {
        mg_str out = {0};
        mg_mol *m = must_have(mg_mol_from_smiles(ROWS[i].smiles, NULL, NULL), &err);
        char *canonical = must_have(mg_mol_smiles(m, true), &err);
        mg_own_chains *own = mg_own_chains_new(&err);
        assert_non_null(own);
        must(mg_chains_mend(r, m, canonical, ROWS[i].text, own, &out, &err), &err);
        mg_own_chains_free(own);
        if (!out.n != !ROWS[i].mended || (out.n && strcmp(out.s, ROWS[i].mended) != 0))
            fail_msg("%zu %s: %s", i, ROWS[i].smiles, out.n ? out.s : "nothing");
        mg_str_free(&out);
        free(canonical);
        mg_mol_free(m);
    }
    mg_readings_free(r);
}

/* A sentence that is read again is the one that was kept, and so is a name of the same letters,
 * which means something else. */
static void readings_are_kept(void **state) {
    (void)state;
    static const char text[] = "phenol with a methoxy group at position 2. It is a phenol.";
    mg_reading x, y, name;
    mg_readings *r = must_have(mg_readings_new(NULL, &err), &err);
    must(mg_readings_sentence(r, text, &x, &err), &err);
    assert_int_equal(x.n, 1);
    assert_true(x.kept && x.at[0].read);
    assert_string_equal(x.at[0].smiles, "COc1ccccc1O");
    must(mg_readings_sentence(r, "phenol with a methoxy group at position 2.", &y, &err), &err);
    assert_ptr_equal(x.at, y.at);
    must(mg_readings_name(r, "phenol with a methoxy group at position 2.", &name, &err), &err);
    assert_int_equal(name.n, 0);
    mg_reading_free(&name);
    must(mg_readings_name(r, "2-methoxyphenol", &name, &err), &err);
    assert_int_equal(name.n, 1);
    assert_int_equal(name.at[0].flat, x.at[0].flat);
    mg_reading_free(&name);
    mg_reading_free(&x);
    mg_reading_free(&y);
    /* without what keeps them */
    must(mg_readings_sentence(NULL, text, &x, &err), &err);
    assert_true(x.n == 1 && !x.kept);
    mg_reading_free(&x);
    mg_readings_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(told_of_the_molecule),
                                       cmocka_unit_test(readings_are_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
