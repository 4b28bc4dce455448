/* test_rank.c - from draws to an answer: duplicates, order, merit, diversity, what is counted and
 * what is left out; draws are written here, no model draws them. */
#include "../must.h"
#include "../search/small_model.h"
#include "generate/inside.h"

#include <math.h>
#include <unistd.h>

static molglot_error err;
static char model[] = "/tmp/molglot-rank-XXXXXX";

typedef struct draw {
    const char *smiles;
    double nll;
    bool repeats;
    float at[2]; /* first numbers of its embedding */
    bool copy;
    double like; /* similarity; below 0: none */
} draw;

static mg_candidate *make(const draw *list, int n, bool embedded) {
    mg_candidate *c = must_alloc(n, sizeof *c);
    for (int i = 0; i < n; i++) {
        mg_sample s = {.smiles = strdup(list[i].smiles),
                       .nll = list[i].nll,
                       .repeats = list[i].repeats,
                       .tokens = 3};
        must(mg_candidate_read(NULL, &s, true, &c[i], &err), &err);
        c[i].shown.index = i;
        c[i].shown.repeats = list[i].repeats;
        c[i].shown.copy = list[i].copy;
        c[i].shown.similarity = list[i].like < 0 ? NAN : (float)list[i].like;
        if (strstr(list[i].smiles, "[13")) c[i].shown.odd = mg_odd_name(MG_ODD_ISOTOPE);
        free(s.smiles);
        if (!embedded || !c[i].shown.valid) continue;
        c[i].embedding = must_alloc(SMALL_DIM, sizeof(float));
        memcpy(c[i].embedding, list[i].at, sizeof list[i].at);
    }
    return c;
}

/* "0 2 (1)": places of the draws in the answer, duplicates in brackets. */
static void answer_is(const mg_generator *g, const mg_plan *plan, const mg_prompt *p,
                      const draw *list, int n, const char *expected, mg_answer *out) {
    char got[200] = "";
    mg_candidate *c = make(list, n, p->embedding != NULL);
    must(mg_answer_rank(g, plan, p, c, n, out, &err), &err);
    for (int i = 0; i < out->n; i++) {
        const mg_generated *m = &out->candidates[i].shown;
        assert_int_equal(m->rank, i + 1);
        snprintf(got + strlen(got), sizeof got - strlen(got), m->duplicate ? "%s(%d)" : "%s%d",
                 i ? " " : "", (int)m->index);
    }
    if (strcmp(got, expected)) fail_msg("%s, not %s", got, expected);
    mg_candidates_free(c, (size_t)n);
    free(c);
}

static void drop(mg_answer *a) {
    mg_candidates_free(a->candidates, (size_t)a->n);
    free(a->candidates);
}

static const draw some[] = {
    {"CCO", 3, false, {0, 0}, false, -1},       {"CC", 1, false, {0, 0}, false, -1},
    {"OCC", 0.5, false, {0, 0}, false, -1}, /* the first again */
    {"C1CC", 0, false, {0, 0}, false, -1},  /* none */
    {"CCC", 2, false, {0, 0}, false, -1},       {"CCCC", 0.1, true, {0, 0}, false, -1},
    {"[13CH4]", 0.2, false, {0, 0}, false, -1}, {"C(C)C", 9, false, {0, 0}, false, -1}};
enum { SOME = MG_COUNT(some) };

static void by_likelihood(void **state) {
    (void)state;
    const mg_generator g = {0};
    const mg_prompt p = {0};
    mg_plan plan = {.o = {.n = 20, .screen = MOLGLOT_SCREEN_OFF, .keep_odd = false}};
    mg_answer a;
    /* valid ones by nll, what repeats itself behind, the invalid one last */
    answer_is(&g, &plan, &p, some, SOME, "1 4 0 5 3", &a);
    assert_true(a.drawn == SOME && a.invalid == 1 && a.duplicates == 2 && a.odd == 1 &&
                a.unwanted == 0 && a.controlled == 0 && a.differ == 4 && a.offered == 0);
    drop(&a);
    plan.o.keep_odd = true;
    answer_is(&g, &plan, &p, some, SOME, "6 1 4 0 5 3", &a);
    assert_true(a.odd == 0 && a.differ == 5);
    drop(&a);
    for (int n = 0; n < 3; n++) {
        static const char *const best[] = {"", "6", "6 1"};
        plan.o.n = n;
        answer_is(&g, &plan, &p, some, SOME, best[n], &a);
        drop(&a);
    }
    plan.o.keep_all = true, plan.o.n = 2;
    answer_is(&g, &plan, &p, some, SOME, "6 1 4 0 5 (2) (7) 3", &a);
    drop(&a);
    /* with a molecule to start from: by similarity */
    static const draw like[] = {{"CCO", 3, false, {0, 0}, false, 0.25},
                                {"CC", 1, false, {0, 0}, false, 0.75},
                                {"CCC", 2, false, {0, 0}, false, 0.5}};
    const mg_plan near = {.o = {.n = 3, .screen = MOLGLOT_SCREEN_OFF}};
    answer_is(&g, &near, &p, like, 3, "1 2 0", &a);
    drop(&a);
    answer_is(&g, &near, &p, like, 0, "", &a);
    drop(&a);
}

/* merit = score - 0.005 nll - copy_cost of a copy + 0.5 similarity; mean nll where there is none.
 */
static void by_merit(void **state) {
    (void)state;
    static const draw list[] = {
        {"CCO", 10, false, {0.5f, 0.2f}, false, -1},
        {"CC", 2, false, {0.5f, 0.1f}, false, -1},
        {"OCC", 90, false, {0, 0}, false, -1}, /* its score is the first one's */
        {"CCC", 4, false, {0.9f, 0}, true, -1},
        {"CCCC", (double)NAN, false, {0.1f, 0.9f}, false, 0.4},
    };
    /* the sentence: 0.6 of the first number, 0.8 of the second */
    static const double score[] = {0.46, 0.38, 0.46, 0.54, 0.78}, mean = (10 + 2 + 90 + 4) / 4.0;
    const double merit[] = {0.46 - 0.05, 0.38 - 0.01, 0.46 - 0.45, 0.54 - 0.02 - 0.3,
                            0.78 - 0.005 * mean + 0.2};
    float question[SMALL_DIM] = {0.6f, 0.8f};
    small_model *o = small_model_open(model, 1, 0);
    const mg_generator g = {.ranker = o->e};
    const mg_prompt p = {.embedding = question};
    const mg_plan plan = {
        .o = {.n = 9, .copy_cost = 0.3f, .keep_all = true, .screen = MOLGLOT_SCREEN_OFF}};
    mg_answer a;
    answer_is(&g, &plan, &p, list, MG_COUNT(list), "4 0 1 3 (2)", &a);
    for (int i = 0; i < a.n; i++) {
        const int at = (int)a.candidates[i].shown.index;
        assert_true(fabs((double)a.candidates[i].shown.score - score[at]) < 1e-6);
        assert_true(fabs(a.candidates[i].merit - merit[at]) < 1e-6);
    }
    drop(&a);
    small_model_close(o);
}

/* Each place goes to the largest (1 - d) r - d t: by loops. */
static void diversity(void **state) {
    (void)state;
    static const draw list[] = {
        {"CCCCO", 1, false, {0, 0}, false, -1},     {"CCCCCO", 1.1, false, {0, 0}, false, -1},
        {"CCCCCCO", 1.2, false, {0, 0}, false, -1}, {"c1ccccc1", 3, false, {0, 0}, false, -1},
        {"CC(C)=O", 2.5, false, {0, 0}, false, -1}, {"c1ccccc1C", 3.5, false, {0, 0}, false, -1},
        {"NCC", 4, false, {0, 0}, false, -1}};
    enum { N = MG_COUNT(list) };
    static const double shares[] = {0.1, 0.3, 0.5, 0.8, 1};
    uint8_t bits[N][MG_CANDIDATE_BITS / 8];
    for (int i = 0; i < N; i++) {
        mg_mol *m = mg_mol_from_smiles(list[i].smiles, NULL, NULL);
        must(mg_mol_fingerprint(m, MG_FP_MORGAN, 2, MG_CANDIDATE_BITS, bits[i], &err), &err);
        mg_mol_free(m);
    }
    const mg_generator g = {0};
    const mg_prompt p = {0};
    for (size_t s = 0; s < MG_COUNT(shares); s++)
        for (int places = 1; places <= N + 1; places++) {
            char expected[100] = "";
            bool taken[N] = {false};
            const int most = places < N ? places : N;
            for (int at = 0; at < most; at++) {
                int best = -1;
                double high = -INFINITY;
                for (int i = 0; i < N; i++) {
                    double near = 0;
                    for (int k = 0; k < N; k++)
                        if (taken[k])
                            near = fmax(near, mg_tanimoto(bits[i], bits[k], MG_CANDIDATE_BITS));
                    const double worth = (1 - shares[s]) * (4 - list[i].nll) / 3 - shares[s] * near;
                    if (!taken[i] && worth > high + 1e-12) high = worth, best = i;
                }
                taken[best] = true;
                snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%d",
                         at ? " " : "", best);
            }
            const mg_plan plan = {
                .o = {.n = places, .diversity = (float)shares[s], .screen = MOLGLOT_SCREEN_OFF}};
            mg_answer a;
            if (shares[s] < 1) /* where likeness alone counts, equal ones go by their places */
                answer_is(&g, &plan, &p, list, N, expected, &a);
            else
                answer_is(&g, &plan, &p, list, 1, "0", &a);
            drop(&a);
        }
}

/* However unlike, what meets less of the request stays behind what meets more. */
static void diversity_leaves_the_request_first(void **state) {
    (void)state;
    static const draw list[] = {{"CCCCO", 3, false, {0, 0}, false, -1},
                                {"c1ccccc1", 0.1, false, {0, 0}, false, -1},
                                {"CCCCCO", 2.9, false, {0, 0}, false, -1},
                                {"NCC#N", 0.2, false, {0, 0}, false, -1},
                                {"CCCCCCO", 2.8, false, {0, 0}, false, -1}};
    enum { N = MG_COUNT(list) };
    const mg_generator g = {0};
    const mg_prompt p = {0};
    for (int places = 1; places <= N; places++) {
        const mg_plan plan = {.o = {.n = places, .diversity = 0.9f, .screen = MOLGLOT_SCREEN_OFF}};
        mg_answer a;
        mg_candidate *c = make(list, N, false);
        for (int i = 0; i < N; i++) c[i].meets.of = 1, c[i].meets.met = i % 2 == 0;
        must(mg_answer_rank(&g, &plan, &p, c, N, &a, &err), &err);
        assert_int_equal(a.n, places);
        for (int i = 0; i < a.n; i++)
            assert_int_equal(a.candidates[i].shown.index % 2, i < 3 ? 0 : 1);
        drop(&a);
        mg_candidates_free(c, N);
        free(c);
    }
}

static int set_up(void **state) {
    (void)state;
    return small_model_save(model, &err);
}

static int tear_down(void **state) {
    (void)state;
    return unlink(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_likelihood), cmocka_unit_test(by_merit),
                                       cmocka_unit_test(diversity),
                                       cmocka_unit_test(diversity_leaves_the_request_first)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
