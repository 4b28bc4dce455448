/* test_hybrid.c - rows by molecule, text, words and names: the formula of hybrid.c term by term;
 * groups of questions, threads and blocks change nothing; filters against plain loops. */
#include "search/inside.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { DIM = 32 };
static char path[64];
static molglot_error err;

static int prepare(void **state) {
    (void)state;
    snprintf(path, sizeof path, "/tmp/molglot-hybrid-%ld.idx", (long)getpid());
    return mg_chem_init(NULL);
}

static int clean(void **state) {
    (void)state;
    unlink(path);
    return mg_mol_live() == 0 ? 0 : -1;
}

static void unit(mg_rng *rng, float *v) {
    for (int i = 0; i < DIM; i++) v[i] = (float)mg_rng_normal(rng);
    const float n = (float)mg_norm(v, DIM);
    for (int i = 0; i < DIM; i++) v[i] /= n;
}

static const char *const titles[] = {"synonyms", "pIC50"};
static const struct {
    const char *id, *smiles, *text, *cells[2];
} few[] = {
    {"aspirin",
     "CC(=O)Oc1ccccc1C(=O)O",
     "A pain killer that stops platelets.",
     {"ASA; acetylsalicylic acid", "5"}},
    {"salicylic acid", "OC(=O)c1ccccc1O", "It is made from aspirin by hydrolysis.", {"", "6.5"}},
    {"row-3", "CCO", "The alcohol of wine and beer.", {"ethanol|ethyl alcohol", "7"}},
    {"row-4", "OCC", "The same molecule again.", {"", ""}},
    {"α-tocopherol", "CC", "A vitamin.", {"vitamin E", "n/a"}},
    {"vitamin A", "C", "Another vitamin of the eye.", {"retinol", "1e1"}}};
enum { FEW = MG_COUNT(few) };

/* Molecule vectors of random numbers; text vectors are the same, negated. */
static mg_index *make_few(float *rows) {
    mg_rng rng = {7, 0, 0};
    const mg_index_spec spec = {
        .dim = DIM, .dtype = MG_F32, .columns = titles, .n_columns = MG_COUNT(titles)};
    mg_index_out *w = mg_index_out_open(path, &spec, &err);
    assert_non_null(w);
    for (int i = 0; i < FEW; i++) {
        float minus[DIM];
        uint64_t molecule, flat;
        mg_mol *m = mg_mol_from_smiles(few[i].smiles, NULL, NULL);
        mg_molecule_key(m, &molecule, &flat);
        mg_mol_free(m);
        unit(&rng, rows + i * DIM);
        if (i == 3) memcpy(rows + 3 * DIM, rows + 2 * DIM, DIM * sizeof *rows);
        for (int d = 0; d < DIM; d++) minus[d] = -rows[i * DIM + d];
        const mg_index_row row = {.id = few[i].id,
                                  .smiles = few[i].smiles,
                                  .text = few[i].text,
                                  .cells = few[i].cells,
                                  .number = i + 1,
                                  .molecule = molecule,
                                  .flat = flat};
        assert_int_equal(mg_index_out_add(w, rows + i * DIM, i == 1 ? NULL : minus, &row, NULL),
                         MOLGLOT_OK);
    }
    assert_int_equal(mg_index_out_commit(w, &err), MOLGLOT_OK);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(path, true, &err);
    assert_non_null(x);
    return x;
}

static mg_found ask(const mg_index *x, mg_by by, const char *words, const float *vector, int rank) {
    mg_found found[FEW];
    const mg_question q = {.words = words, .vector = vector};
    const mg_find plan = {.parts = &x, .n_parts = 1, .by = by, .k = FEW, .all_rows = true};
    assert_int_equal(mg_find_run(&plan, &q, 1, found, NULL, &err), MOLGLOT_OK);
    return found[rank];
}

static void first_is(const mg_index *x, const char *words, int row, const char *why) {
    static const float zeros[DIM];
    const mg_found f = ask(x, MG_BY_AUTO, words, zeros, 0);
    mg_str said = {0};
    mg_find_why(&(mg_question){.words = words, .vector = zeros}, &f, &said);
    if (f.row != row || strncmp(said.s, why, strlen(why)))
        fail_msg("%s: row %d, %s", words, (int)f.row, said.s);
    mg_str_free(&said);
}

static void names_and_words(void **state) {
    (void)state;
    float rows[FEW * DIM];
    mg_index *x = make_few(rows);
    first_is(x, "aspirin", 0, "name");
    first_is(x, "ASPIRIN ", 0, "name");
    first_is(x, "show me aspirin", 0, "name");
    first_is(x, "asprin", 0, "name, spelt otherwise");
    first_is(x, "acetylsalicylic acid", 0, "name");
    first_is(x, "Acetyl-salicylic acid", 0, "name, spelt otherwise");
    first_is(x, "salicylic acids", 1, "name");
    first_is(x, "ethyl alcohol", 2, "name");
    first_is(x, "alpha tocopherol", 4, "name");
    first_is(x, "vitamin A", 5, "name");
    first_is(x, "vitamin E", 4, "name");
    first_is(x, "wine and beer", 2, "text: wine beer");
    first_is(x, "from aspirin by", 1, "text: aspirin");
    first_is(x, "platelet", 0, "text: platelet");
    assert_int_equal(ask(x, MG_BY_NAME, "row-4", rows, 0).row, 3);
    assert_int_equal(ask(x, MG_BY_NAME, "row-5", rows, 0).row, -1); /* a number is not misspelt */
    mg_found named[2];
    assert_int_equal(mg_find_named((const mg_index *[]){x}, 1, (const char *[]){"ASA", "no"}, 2, 1,
                                   NULL, named, &err),
                     MOLGLOT_OK);
    assert_true(named[0].row == 0 && named[1].row == -1);
    mg_index_close(x);
}

/* score = .8 m + .05 t + .05 b + .1 p, with t = m where a row has no text vector. */
static void the_formula(void **state) {
    (void)state;
    float rows[FEW * DIM], q[DIM];
    mg_index *x = make_few(rows);
    mg_rng rng = {9, 0, 0};
    unit(&rng, q);
    for (int rank = 0; rank < FEW; rank++) {
        const mg_found f = ask(x, MG_BY_AUTO, "nothing known", q, rank),
                       m = ask(x, MG_BY_MOLECULE, "x", q, rank);
        double dot = 0;
        for (int d = 0; d < DIM; d++) dot += (double)q[d] * (double)rows[f.row * DIM + d];
        assert_true(fabs((double)f.cosine - dot) < 1e-5);
        assert_true(fabs((double)f.score - (f.row == 1 ? .85 : .75) * dot) < 1e-5);
        assert_true(m.score == m.cosine);
        assert_true(rank == 0 || f.score <= ask(x, MG_BY_AUTO, "nothing known", q, rank - 1).score);
    }
    mg_found found[2];
    const mg_question question = {.vector = rows + 2 * DIM};
    mg_find plan = {.parts = (const mg_index *[]){x}, .n_parts = 1, .k = 2};
    assert_int_equal(mg_find_run(&plan, &question, 1, found, NULL, &err), MOLGLOT_OK);
    assert_true(found[0].row == 2 && found[0].score == 1 &&
                found[1].row != 3); /* one hit a molecule */
    plan.all_rows = true;
    assert_int_equal(mg_find_run(&plan, &question, 1, found, NULL, &err), MOLGLOT_OK);
    assert_true(found[0].row == 2 && found[1].row == 3 && found[1].score == 1);
    mg_index_close(x);
}

static int64_t passing(const mg_index *x, const mg_filter_spec *spec) {
    mg_filter *f = mg_filter_new(spec, &x, 1, 2, &err);
    if (!f) return -1;
    int32_t part[FEW] = {0};
    int64_t at[FEW], set = 0;
    bool pass[FEW];
    for (int i = 0; i < FEW; i++) at[i] = i;
    for (int again = 0; again < 2; again++) mg_filter_rows(f, part, at, FEW, pass);
    for (int i = 0; i < FEW; i++) set |= (int64_t)pass[i] << i;
    mg_filter_free(f);
    return set;
}
#define PASSING(...) passing(x, &(mg_filter_spec){__VA_ARGS__})
#define LIST(...) \
    (const char *const[]) { __VA_ARGS__ }

static void filters(void **state) {
    (void)state;
    float rows[FEW * DIM];
    mg_index *x = make_few(rows);
    assert_int_equal(PASSING(.smarts = LIST("c1ccccc1"), .n_smarts = 1), 3);
    assert_int_equal(PASSING(.smarts = LIST("c1ccccc1", "C(=O)C"), .n_smarts = 2), 1 | 0);
    assert_int_equal(PASSING(.not_smarts = LIST("[OX2H]"), .n_not_smarts = 1), 48);
    assert_int_equal(PASSING(.min_weight = 40, .max_weight = 150), 2 | 4 | 8);
    assert_int_equal(PASSING(.formula = "OC2H6"), 12);
    assert_int_equal(PASSING(.elements = "C"), 48);
    assert_int_equal(PASSING(.without = "O,N"), 48);
    assert_int_equal(PASSING(.similar = "OCC", .min_similarity = .99), 12);
    assert_int_equal(PASSING(.where = LIST("pIC50 > 6"), .n_where = 1), 2 | 4 | 32);
    assert_int_equal(PASSING(.where = LIST("pic50<=6.5"), .n_where = 1), 3);
    assert_int_equal(PASSING(.where = LIST("pIC50 = n/a"), .n_where = 1), 16);
    assert_int_equal(PASSING(.where = LIST("text contains vitamin", "row != 5"), .n_where = 2), 32);
    assert_int_equal(PASSING(.where = LIST("id = 'aspirin'"), .n_where = 1), 1);
    static const char *const bad[] = {"pIC50", "mass > 3", "pIC50 > high", ""};
    for (size_t i = 0; i < MG_COUNT(bad); i++) {
        assert_int_equal(PASSING(.where = &bad[i], .n_where = 1), -1);
        assert_int_equal(err.code, MOLGLOT_USAGE);
    }
    assert_int_equal(PASSING(.smarts = LIST("C("), .n_smarts = 1), -1);
    assert_int_equal(PASSING(.formula = "C6Q"), -1);
    assert_int_equal(PASSING(.elements = "Xx"), -1);
    assert_int_equal(PASSING(.similar = "C1CC"), -1);
    mg_index_close(x);
}

/* Many rows, bf16: each question alone and in groups, one thread and several, with pages and
 * filters. */
static void groups_change_nothing(void **state) {
    (void)state;
    enum { ROWS = 3000, ASKED = 70, K = 12 };
    mg_rng rng = {3, 0, 0};
    const mg_index_spec spec = {.dim = DIM, .dtype = MG_BF16};
    mg_index_out *w = mg_index_out_open(path, &spec, &err);
    float *vectors = malloc((ROWS + ASKED) * DIM * sizeof *vectors);
    static char words[ASKED][32];
    assert_true(w && vectors);
    for (int i = 0; i < ROWS + ASKED; i++) unit(&rng, vectors + i * DIM);
    for (int i = 0; i < ROWS; i++) {
        char id[16], text[64];
        snprintf(id, sizeof id, "r%d", i);
        snprintf(text, sizeof text, "w%d is w%d of w%d", i % 7, i % 11, i % 13);
        const mg_index_row row = {.id = id, .smiles = i % 2 ? "CCO" : "CCN", .text = text};
        assert_int_equal(mg_index_out_add(w, vectors + i * DIM,
                                          i % 3 ? vectors + (ROWS - 1 - i) * DIM : NULL, &row,
                                          NULL),
                         MOLGLOT_OK);
    }
    assert_int_equal(mg_index_out_commit(w, &err), MOLGLOT_OK);
    mg_index_out_free(w);
    mg_index *x = mg_index_open(path, true, &err);
    assert_non_null(x);
    mg_question q[ASKED];
    for (int i = 0; i < ASKED; i++) {
        snprintf(words[i], sizeof words[i], "w%d w%d", i % 5, i % 9);
        q[i] = (mg_question){.words = i % 4 ? words[i] : NULL,
                             .vector = vectors + (ROWS + i) * DIM};
    }
    mg_filter *filter = mg_filter_new(&(mg_filter_spec){.elements = "CO"}, (const mg_index *[]){x},
                                      1, 2, &err);
    mg_find plan = {.parts = (const mg_index *[]){x},
                    .n_parts = 1,
                    .k = K,
                    .all_rows = true,
                    .filter = filter,
                    .threads = 3};
    mg_found *all = malloc(ASKED * K * sizeof *all), one[K], page[K];
    assert_int_equal(mg_find_run(&plan, q, ASKED, all, NULL, &err), MOLGLOT_OK);
    plan.threads = 1;
    for (int i = 0; i < ASKED; i++) {
        assert_int_equal(mg_find_run(&plan, q + i, 1, one, NULL, &err), MOLGLOT_OK);
        for (int h = 0; h < K; h++) {
            const mg_found *f = &all[i * K + h];
            assert_true(f->row == one[h].row && f->score == one[h].score && f->row % 2 == 1);
        }
    }
    plan.offset = 5;
    assert_int_equal(mg_find_run(&plan, q + ASKED - 1, 1, page, NULL, &err), MOLGLOT_OK);
    for (int h = 0; h + 5 < K; h++) assert_true(page[h].row == one[h + 5].row);
    int64_t passed;
    plan.offset = ROWS / 2;
    assert_int_equal(mg_find_run(&plan, q, 1, page, &passed, &err), MOLGLOT_OK);
    assert_true(page[0].row == -1 && passed == ROWS / 2);
    mg_filter_free(filter);
    mg_index_close(x);
    free(all);
    free(vectors);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_words),
                                       cmocka_unit_test(the_formula), cmocka_unit_test(filters),
                                       cmocka_unit_test(groups_change_nothing)};
    return cmocka_run_group_tests(tests, prepare, clean);
}
