/* test_filter.c - filters at their bounds: numbers and strings of columns, weights, formulas of all
 * elements, likeness. */
#include "../must.h"
#include "search/inside.h"

#include <math.h>
#include <unistd.h>

enum { DIM = 8, MOST = 200 };
static char path[] = "/tmp/molglot-filter-XXXXXX";
static molglot_error err;

static int prepare(void **state) {
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) || mg_chem_init(&err) ? -1 : 0;
}

static int clean(void **state) {
    (void)state;
    unlink(path);
    return mg_mol_live() == 0 ? 0 : -1;
}

/* An index of molecules, each with a cell v. */
static mg_index *index_of(const char *const *smiles, const char *const *cells, int n) {
    static const char *const titles[] = {"v"};
    const mg_index_spec spec = {.dim = DIM, .dtype = MG_F32, .columns = titles, .n_columns = 1};
    mg_index_out *w = must_have(mg_index_out_open(path, &spec, &err), &err);
    const float row[DIM] = {1};
    for (int i = 0; i < n; i++) {
        const char *cell = cells ? cells[i] : "";
        const mg_index_row of = {.id = "", .smiles = smiles[i], .text = "", .cells = &cell};
        must(mg_index_out_add(w, row, NULL, &of, &err), &err);
    }
    must(mg_index_out_commit(w, &err), &err);
    mg_index_out_free(w);
    return must_have(mg_index_open(path, true, &err), &err);
}

/* "0,3": the rows that pass; "refused". */
static void passes(const mg_index *x, const mg_filter_spec *spec, const char *what,
                   const char *expected) {
    char got[1000] = "";
    mg_filter *f = mg_filter_new(spec, &x, 1, 1, &err);
    const int64_t n = mg_index_size(x);
    int32_t part[MOST] = {0};
    int64_t at[MOST];
    bool pass[MOST];
    assert_true(n <= MOST);
    for (int64_t i = 0; i < n; i++) at[i] = i;
    if (f) mg_filter_rows(f, part, at, (size_t)n, pass);
    for (int64_t i = 0; i < n && f; i++)
        if (pass[i])
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%d", *got ? "," : "", (int)i);
    if (!f) snprintf(got, sizeof got, "refused");
    if (strcmp(got, expected)) fail_msg("%s: %s, not %s", what, got, expected);
    mg_filter_free(f);
}

static void conditions(void **state) {
    (void)state;
    static const char *const cells[] = {"7",  "7.0", " 7 ", "6.999", "7.001",
                                        "x7", "",    "-7",  "7e0",   "7 8"};
    static const char *const smiles[MG_COUNT(cells)] = {"C", "C", "C", "C", "C",
                                                        "C", "C", "C", "C", "C"};
    static const char *const cases[][2] = {
        {"v = 7", "0,1,2,8"},
        {"v=7", "0,1,2,8"},
        {"v == 7.0", "0,1,2,8"},
        {"v != 7", "3,4,5,6,7,9"},
        {"v < 7", "3,7"},
        {"v <= 7", "0,1,2,3,7,8"},
        {"v > 7", "4"},
        {"v >= 7", "0,1,2,4,8"},
        {"v > -7", "0,1,2,3,4,8"},
        {"v >= -7", "0,1,2,3,4,7,8"},
        {"v = \"7\"", "0"},
        {"v = '7'", "0"},
        {"v != '7'", "1,2,3,4,5,6,7,8,9"},
        {"v = x7", "5"},
        {"v = ''", "6"},
        {"v = '7 8'", "9"},
        {"v = 7 8", "9"},
        {"v contains 7", "0,1,2,4,5,7,8,9"},
        {"v contains '7 '", "2,9"},
        {" V  <  -6 ", "7"},
        {"row = 1", "0"},
        {"row >= 10", "9"},
        {"v > '7'", "refused"},
        {"v < x", "refused"},
        {"v <= x", "refused"},
        {"v >= x", "refused"},
        {"v >", "refused"},
        {"w = 7", "refused"},
        {"= 7", "refused"},
    };
    mg_index *x = index_of(smiles, cells, MG_COUNT(cells));
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        passes(x, &(mg_filter_spec){.where = &cases[i][0], .n_where = 1}, cases[i][0], cases[i][1]);
    mg_index_close(x);
}

/* A column's name is looked for as it is written first. */
static void names_of_columns(void **state) {
    (void)state;
    static const char *const titles[] = {"V", "v", "Text"};
    static const char *const cells[][3] = {{"1", "2", "x"}, {"2", "1", "y"}};
    static const char *const cases[][2] = {{"V = 1", "0"},    {"v = 1", "1"},
                                           {"Text = y", "1"}, {"TEXT = y", "1"},
                                           {"text = y", "1"}, {"VV = 1", "refused"}};
    const mg_index_spec spec = {.dim = DIM, .dtype = MG_F32, .columns = titles, .n_columns = 3};
    mg_index_out *w = must_have(mg_index_out_open(path, &spec, &err), &err);
    const float row[DIM] = {1};
    for (int i = 0; i < 2; i++) {
        const mg_index_row of = {.id = "", .smiles = "C", .text = "z", .cells = cells[i]};
        must(mg_index_out_add(w, row, NULL, &of, &err), &err);
    }
    must(mg_index_out_commit(w, &err), &err);
    mg_index_out_free(w);
    mg_index *x = must_have(mg_index_open(path, true, &err), &err);
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        passes(x, &(mg_filter_spec){.where = &cases[i][0], .n_where = 1}, cases[i][0], cases[i][1]);
    mg_index_close(x);
}

static void compositions(void **state) {
    (void)state;
    static const char *const smiles[] = {
        "CC(=O)[O-]", "[Na+]", "[Ca+2]",  "CCO",     "[2H]OC", "*C",
        "c1ccccc1Cl", "C",     "CC(O)=O", "not one", ""};
    static const char *const formulas[][2] = {
        {"C2H3O2-", "0"},     {"C2H3O2", "0"},
        {"C2H3O2+", ""},      {"C2H3O2-1", "0"},
        {"C2H3O2-2", ""},     {"Na+", "1"},
        {"Na", "1"},          {"Na-", ""},
        {"Ca+2", "2"},        {"Ca+1", ""},
        {"Ca+", ""},          {"Ca+0", "refused"},
        {"Ca+99", ""},        {"Ca+100", "refused"},
        {"Ca+2x", "refused"}, {"C2H4O2", "8"},
        {"C2H4O2+", ""},      {"OCH4", "4"},
        {"CH4", "7"},         {"C1H4", "7"},
        {"C0H4", "refused"},  {"CH2H2", "7"},
        {"C9999", ""},        {"C10000", "refused"},
        {"C5000C4999", ""},   {"C5000C5000", "refused"},
        {"ClC6H5", "6"},      {"CClC5H5", "6"},
        {"", "refused"},      {"c", "refused"},
        {"Cx", "refused"},    {"2C", "refused"},
        {"Q", "refused"},
    };
    mg_index *x = index_of(smiles, NULL, MG_COUNT(smiles));
    for (size_t i = 0; i < MG_COUNT(formulas); i++)
        passes(x, &(mg_filter_spec){.formula = formulas[i][0]}, formulas[i][0], formulas[i][1]);
    static const struct {
        const char *only, *without, *rows;
    } elements[] = {
        {"C", NULL, "7"},
        {"CO", NULL, "0,3,4,7,8"},
        {"C,O", NULL, "0,3,4,7,8"},
        {"O C", NULL, "0,3,4,7,8"},
        {"NaCa", NULL, "1,2"},
        {"CCl", NULL, "6,7"},
        {"H", NULL, ""},
        {NULL, "H", "1,2"},
        {NULL, "O", "1,2,6,7"},
        {NULL, "C,Na", "2"},
        {NULL, "Cl", "0,1,2,3,4,7,8"},
        {"CO", "O", "7"},
        {"", NULL, "refused"},
        {" ,", NULL, "refused"},
        {NULL, "", "refused"},
        {"C;O", NULL, "refused"},
    };
    for (size_t i = 0; i < MG_COUNT(elements); i++)
        passes(x, &(mg_filter_spec){.elements = elements[i].only, .without = elements[i].without},
               elements[i].only ? elements[i].only : elements[i].without, elements[i].rows);
    mg_index_close(x);
}

/* Each element's symbol is its own. */
static void all_elements(void **state) {
    (void)state;
    static const char list[] =
        "He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
        "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd "
        "Tb "
        "Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am "
        "Cm "
        "Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og";
    char symbols[120][4], brackets[120][8], row[16];
    const char *smiles[120];
    int n = 0;
    for (const char *s = list; *s; n++) {
        const size_t length = strcspn(s, " ");
        snprintf(symbols[n], sizeof symbols[n], "%.*s", (int)length, s);
        snprintf(brackets[n], sizeof brackets[n], "[%s]", symbols[n]);
        smiles[n] = brackets[n];
        s += length + (s[length] == ' ');
    }
    assert_int_equal(n, 117);
    mg_index *x = index_of(smiles, NULL, n);
    for (int i = 0; i < n; i++) {
        snprintf(row, sizeof row, "%d", i);
        passes(x, &(mg_filter_spec){.formula = symbols[i]}, symbols[i], row);
        passes(x, &(mg_filter_spec){.elements = symbols[i]}, symbols[i], row);
    }
    mg_index_close(x);
}

static void weights_and_likeness(void **state) {
    (void)state;
    static const char *const smiles[] = {"CCO", "CCCO", "CCCCO", "", "CCCCCCCCCC"};
    mg_index *x = index_of(smiles, NULL, MG_COUNT(smiles));
    double weight[3];
    uint8_t bits[3][256];
    for (int i = 0; i < 3; i++) {
        mg_mol *m = mg_mol_from_smiles(smiles[i], NULL, NULL);
        weight[i] = mg_mol_weight(m);
        must(mg_mol_fingerprint(m, MG_FP_MORGAN, 2, 2048, bits[i], &err), &err);
        mg_mol_free(m);
    }
    assert_true(fabs(weight[0] - 46.069) < 1e-3);
    passes(x, &(mg_filter_spec){.min_weight = weight[1]}, "least", "1,2,4");
    passes(x, &(mg_filter_spec){.min_weight = nextafter(weight[1], 1e9)}, "above least", "2,4");
    passes(x, &(mg_filter_spec){.max_weight = weight[1]}, "most", "0,1");
    passes(x, &(mg_filter_spec){.max_weight = nextafter(weight[1], 0)}, "below most", "0");
    passes(x, &(mg_filter_spec){.min_weight = weight[1], .max_weight = weight[1]}, "one", "1");
    passes(x, &(mg_filter_spec){.min_weight = .1}, "any weight", "0,1,2,4");
    passes(x, &(mg_filter_spec){.max_weight = .1}, "no weight", "");
    const double like = mg_tanimoto(bits[0], bits[1], 2048);
    assert_true(like > 0 && like < 1);
    passes(x, &(mg_filter_spec){.similar = "OCC", .min_similarity = 1}, "equal", "0");
    passes(x, &(mg_filter_spec){.similar = "OCC", .min_similarity = like}, "as like", "0,1");
    passes(x, &(mg_filter_spec){.similar = "OCC", .min_similarity = nextafter(like, 1)},
           "more like", "0");
    passes(x, &(mg_filter_spec){.similar = "OCC", .min_similarity = 0}, "any", "0,1,2,4");
    static const char *const wanted[] = {"CCO", "CCCC"};
    passes(x, &(mg_filter_spec){.smarts = wanted, .n_smarts = 2}, "both", "2");
    passes(x, &(mg_filter_spec){.not_smarts = wanted, .n_not_smarts = 2}, "neither", "");
    passes(x, &(mg_filter_spec){.not_smarts = wanted + 1, .n_not_smarts = 1}, "not it", "0,1");
    passes(x,
           &(mg_filter_spec){
               .smarts = wanted + 1, .n_smarts = 1, .not_smarts = wanted, .n_not_smarts = 1},
           "one, not the other", "4");
    mg_index_close(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions), cmocka_unit_test(names_of_columns),
        cmocka_unit_test(compositions), cmocka_unit_test(all_elements),
        cmocka_unit_test(weights_and_likeness)};
    return cmocka_run_group_tests(tests, prepare, clean);
}
