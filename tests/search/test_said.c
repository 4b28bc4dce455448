/* test_said.c - numbers that a text says in the letters of its names, and what a molecule has of
 * them. */
#include "../must.h"
#include "search/inside.h"

#include <math.h>

static molglot_error err;
static mg_groups *groups;

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

/* "R2 S1 hydroxy3 18:2 10 +": what is said. */
static void says(const char *text, bool first, const char *expected) {
    mg_said s = {0};
    char got[300] = "";
#define ADD(...) snprintf(got + strlen(got), sizeof got - strlen(got), __VA_ARGS__)
    must(mg_said_read(&s, text, strlen(text), first, &err), &err);
    for (int k = 0; k < 4; k++)
        if (s.stereo[k]) ADD(" %c%d", "RSEZ"[k], s.stereo[k]);
    for (int k = 0; k < MG_SAID_PARTS; k++)
        if (s.parts[k]) ADD(" %s%d", mg_said_parts[k].stem, s.parts[k]);
    for (int i = 0; i < s.n_chains; i++)
        if (s.chains[i].doubles < 0)
            ADD(" %d", s.chains[i].carbons);
        else
            ADD(" %d:%d", s.chains[i].carbons, s.chains[i].doubles);
    if (s.charge) ADD(" %c", s.charge > 0 ? '+' : '-');
    if (strcmp(got + (*got == ' '), expected)) fail_msg("%s: '%s', not '%s'", text, got, expected);
}

static void texts(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"an acid", ""},
        {"(2S,3R,9Z)-acid", "R1 S1 Z1"},
        {"(R)-acid", "R1"},
        {"(2E,4E)-acid", "E2"},
        {"(3'R,3aS,10bR)-acid", "R2 S1"},
        {"(2S)-x (2R,3R)-y", "R2"},    /* the longest */
        {"(2R,3R)-x (2S,3S)-y", "R2"}, /* the first of them */
        {"(2S,x)-acid", ""},
        {"(2S,)-acid", ""},
        {"(2X)-acid", ""},
        {"(2iR)-acid", ""},
        {"(2hR)-acid", "R1"},
        {"(2S", ""},
        {"()", ""},
        {"hydroxy acid", "hydroxy1"},
        {"dihydroxy acid", "hydroxy2"},
        {"a trihydroxy-tetramethoxy thing", "hydroxy3 methoxy4"},
        {"pentahydroxy", "hydroxy5"},
        {"hexahydroxy", "hydroxy6"},
        {"heptahydroxy", "hydroxy7"},
        {"octahydroxy", "hydroxy8"},
        {"methyldihydroxy", "hydroxy1 methyl1"},
        {"methoxydihydroxy", "hydroxy2 methoxy1"},
        {"oxodihydroxy", "hydroxy2 oxo1"},
        {"dimethyl dinitro dioxo dicarboxy", "methyl2 nitro2 oxo2 carboxy2"},
        {"dichloro difluoro dibromo diiodo", "chloro2 fluoro2 bromo2 iodo2"},
        {"hydroxy groups at positions 5, 7 and 10", "hydroxy3"},
        {"hydroxy group at position 5", "hydroxy1"},
        {"a hydroxy substituent at position 5", "hydroxy1"},
        {"trihydroxy groups at positions 5 and 7", "hydroxy3"},
        {"hydroxy groups at positions 5,7,4' and 9", "hydroxy4"},
        {"hydroxy and 3 methyl", "hydroxy1 methyl1"},
        {"hydroxy, dihydroxy, hydroxy", "hydroxy2"},
        {"octadecanoic acid", "18:0"},
        {"octadeca-9,12-dienoic acid", "18:2"},
        {"octadec-9-enoic acid", "18:1"},
        {"octadec-9Z-enoyl", "18:1"},
        {"octadecatrienoic", "18:3"},
        {"icosatetraenoic", "20:4"},
        {"icosapentaenoic", "20:5"},
        {"docosahexaenoic", "22:6"},
        {"octadecyl", "18"},
        {"octadec", ""},
        {"hexacosanoic tetracosanoic tricosanoic docosanoic", "26:0 24:0 23:0 22:0"},
        {"henicosanoic icosanoic nonadecanoic heptadecanoic", "21:0 20:0 19:0 17:0"},
        {"hexadecanoic pentadecanoic tetradecanoic tridecanoic", "16:0 15:0 14:0 13:0"},
        {"dodecanoic undecanoic decanoic", "12:0 11:0 10:0"},
        {"octadecyl octadecanoic", "18:0"},
        {"octadecanoic octadecenoic", "18:0"}, /* said once */
        {"PC(16:0/18:1)", "16:0 18:1"},
        {"116:0", ""},
        {"6:0", ""},
        {"16:", ""},
        {"10:0 11:0 12:0 13:0 14:0 15:0 16:0 17:0 18:0",
         "10:0 11:0 12:0 13:0 14:0 15:0 16:0 17:0"}, /* eight */
        {"an anion", "-"},
        {"a cation", "+"},
        {"a zwitterion and cation", ""},
        {"a conjugate base", "-"},
        {"succinate(2-) and", "-"},
        {"calcium(2+) and", "+"},
        {"an anion of a cation", "-"},
        {"dication", ""},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) says(cases[i][0], true, cases[i][1]);
    /* behind the definition names alone tell */
    says("a dihydroxy octadecanoic (2R)-anion", true, "R1 hydroxy2 18:0 -");
    says("a dihydroxy octadecanoic (2R)-anion", false, "R1 18:0");
}

static void molecules(void **state) {
    (void)state;
    static const struct {
        const char *text, *smiles;
        float out[MG_SAID];
    } cases[] = {
        {"an acid", "CCO", {0}},
        {"a trihydroxy", "OCC(O)CO", {[4] = 1, [5] = 1}},
        {"a trihydroxy", "OCCO", {[6] = 1}},
        {"a dihydroxy", "OCC(O)CO", {[5] = 1, [6] = 1}},
        {"a dihydroxy", "CC", {[6] = 2}},
        {"a hexahydroxy", "C", {[6] = 4}}, /* four at most */
        {"a dichloro hydroxy", "ClCCCl", {[4] = .5f, [5] = .5f, [6] = 1}},
        {"a bromo iodo fluoro", "FC(Br)I", {[4] = 1, [5] = 1}},
        {"a nitro", "C[N+](=O)[O-]", {[4] = 1, [5] = 1}},
        {"an oxo", "CC(C)=O", {[4] = 1, [5] = 1}},
        {"a carboxy methyl", "CC(=O)O", {[4] = 1, [5] = 1}},
        {"a methoxy", "CCOC", {[4] = 1, [5] = 1}},
        {"a decanoic", "CCCCCCCCCC(=O)O", {[7] = 1}},
        {"a decanoic dodecanoic", "CCCCCCCCCC(=O)O", {[7] = .5f, [8] = 1}},
        {"an undecanoic dodecanoic", "CCCCCCCCCC(=O)O", {[8] = 2}},
        {"an anion", "CC(=O)[O-]", {[9] = 1}},
        {"an anion", "CC(=O)O", {0}},
        {"a cation", "C[NH3+]", {[9] = 1}},
        {"a cation", "CC(=O)[O-]", {0}},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++) {
        mg_said s = {0};
        mg_facts f;
        float out[MG_SAID] = {0};
        must(mg_said_read(&s, cases[i].text, strlen(cases[i].text), true, &err), &err);
        mg_mol *m = mg_mol_from_smiles(cases[i].smiles, NULL, NULL);
        must(mg_facts_of(groups, m, &f, &err), &err);
        mg_said_of(&s, groups, &f, out);
        for (int k = 0; k < MG_SAID; k++)
            if (fabsf(out[k] - cases[i].out[k]) > 1e-6f)
                fail_msg("%s, %s: number %d is %g, not %g", cases[i].text, cases[i].smiles, k,
                         (double)out[k], (double)cases[i].out[k]);
        mg_facts_free(&f);
        mg_mol_free(m);
    }
    /* configurations: 1 - how many are off / how many are said; whether all agree */
    static const struct {
        int said[2], r, s;
        float near, all;
    } stereo[] = {{{2, 1}, 2, 1, 1, 1}, {{2, 1}, 1, 1, 2 / 3.f, 0}, {{2, 1}, 1, 2, 1 / 3.f, 0},
                  {{2, 1}, 0, 0, 0, 0}, {{2, 1}, 5, 4, 0, 0},       {{0, 0}, 3, 3, 0, 0},
                  {{1, 0}, 1, 0, 1, 1}};
    for (size_t i = 0; i < MG_COUNT(stereo); i++)
        for (int bonds = 0; bonds < 2; bonds++) {
            mg_said s = {0};
            mg_facts f = {0};
            float out[MG_SAID] = {0};
            memcpy(s.stereo + 2 * bonds, stereo[i].said, sizeof stereo[i].said);
            *(bonds ? &f.e : &f.r) = stereo[i].r;
            *(bonds ? &f.z : &f.s) = stereo[i].s;
            mg_said_of(&s, groups, &f, out);
            assert_true(fabsf(out[2 * bonds] - stereo[i].near) < 1e-6f);
            assert_true(out[2 * bonds + 1] == stereo[i].all);
            assert_true(out[2 - 2 * bonds] == 0 && out[3 - 2 * bonds] == 0);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts), cmocka_unit_test(molecules)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
