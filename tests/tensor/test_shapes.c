/* test_shapes.c - which shapes the ops of sets take, at the bound, and which they refuse by name
 * instead of reading past an array. */
#include "../must_tape.h"
#include "tensor/backend.h"

enum { ROWS = 5, COLS = 4 };
static float values[64];

static mg_tape *fresh(void) {
    mg_tape *t = must_tape("ref", MG_PREC_F32, 1, (size_t)1 << 22);
    for (int i = 0; i < 64; i++) values[i] = (float)(i * i % 7);
    return t;
}

static mg_tensor *input(mg_tape *t, int64_t rows, int64_t cols) {
    return mg_input(t, values, rows, cols, false);
}

/* The op's result, and whether it should have one; a refusal names the op. */
static void is(mg_tape *t, const mg_tensor *y, bool good, const char *op, size_t i) {
    molglot_error err = {0};
    const int code = mg_tape_error(t, &err);
    if ((code == MOLGLOT_OK) != good || (y != NULL) != good)
        fail_msg("%s, case %zu: %s", op, i, code ? err.message : "is taken");
    if (!good && !strstr(err.message, op)) fail_msg("%s, case %zu: %s", op, i, err.message);
    mg_tape_free(t);
}

/* Two sequences of ROWS rows. */
typedef struct seqs_case {
    int64_t n;
    int32_t offsets[4], real[3];
    bool good;
} seqs_case;
static const seqs_case SEQS[] = {
    {2, {0, 2, 5}, {2, 3}, true},  {2, {0, 2, 5}, {0, 0}, true},  {2, {0, 0, 5}, {0, 5}, true},
    {2, {0, 2, 4}, {2, 2}, false}, {2, {0, 2, 6}, {2, 3}, false}, {2, {1, 2, 5}, {1, 3}, false},
    {2, {0, 2, 5}, {3, 3}, false}, {2, {0, 2, 5}, {2, 4}, false}, {2, {0, 2, 5}, {-1, 3}, false},
    {2, {0, 6, 5}, {2, 0}, false}, {1, {0, 5}, {5}, true},        {1, {0, 4}, {4}, false},
    {0, {0}, {0}, false},          {-1, {0, 5}, {5}, false},
};

static void sequences(void **state) {
    (void)state;
    for (size_t i = 0; i < MG_COUNT(SEQS); i++) {
        const seqs_case *c = &SEQS[i];
        const mg_seqs seqs = {c->n, c->offsets};
        mg_tape *t = fresh();
        /* windows know no real rows */
        const bool plain = c->good || i == 6 || i == 7 || i == 8;
        is(t, mg_windows(t, input(t, ROWS, COLS), seqs), plain, "windows", i);
        t = fresh();
        is(t, mg_merge(t, input(t, ROWS, COLS), input(t, ROWS, 1), NULL, seqs, c->real, NULL, 0.5f),
           c->good, "merge", i);
        t = fresh();
        is(t,
           mg_scored_attention(t, input(t, ROWS, COLS), input(t, ROWS, 2 * COLS), input(t, ROWS, 1),
                               seqs, seqs, c->real, 2),
           c->good, "scored_attention", i);
    }
    mg_tape *t = fresh(); /* no sequences, no rows */
    is(t, mg_windows(t, input(t, 0, COLS), (mg_seqs){0, NULL}), true, "windows", 99);
}

static void sets(void **state) {
    (void)state;
    static const int32_t offsets[] = {0, 2, 5}, real[] = {2, 1};
    static const struct {
        int32_t sets[3];
        bool all, counted; /* where all rows count; where real ones do */
    } cases[] = {
        {{0, 1, 2}, true, true},   {{0, 2, 5}, true, false},  {{0, 2, 3}, true, true},
        {{0, 3, 4}, false, false}, {{0, 2, 6}, false, false}, {{0, 0, 1}, false, false},
        {{0, 1, 1}, false, false}, {{1, 2, 3}, false, false}, {{0, 1, 3}, true, false},
        {{0, 2, 1}, false, false},
    };
    for (size_t i = 0; i < MG_COUNT(cases); i++)
        for (int far = 0; far < 2; far++) {
            mg_tape *t = fresh();
            const mg_cluster_options o = {.neighbours = 2, .far = far};
            is(t,
               mg_cluster(t, input(t, ROWS, COLS), (mg_seqs){2, offsets}, real, cases[i].sets, &o),
               far ? cases[i].all : cases[i].counted, "cluster", i);
        }
    static const int32_t one[] = {0, 1, 2};
    static const struct {
        int neighbours;
        float noise;
        bool good;
    } options[] = {{0, 0, false},
                   {1, 0, true},
                   {MG_CLUSTER_NEIGHBOURS, 0, true},
                   {MG_CLUSTER_NEIGHBOURS + 1, 0, false},
                   {1, -0.1f, false}};
    for (size_t i = 0; i < MG_COUNT(options); i++) {
        mg_tape *t = fresh();
        const mg_cluster_options o = {.neighbours = options[i].neighbours,
                                      .noise = options[i].noise};
        is(t, mg_cluster(t, input(t, ROWS, COLS), (mg_seqs){2, offsets}, NULL, one, &o),
           options[i].good, "cluster", i);
    }
    mg_tape *t = fresh();
    is(t,
       mg_cluster(t, input(t, ROWS, COLS), (mg_seqs){2, offsets}, NULL, NULL,
                  &(mg_cluster_options){.neighbours = 1}),
       false, "cluster", 99);
}

static void other_shapes(void **state) {
    (void)state;
    static const int32_t offsets[] = {0, 2, 5}, fewer[] = {0, 5}, sets_of[] = {0, 1, 2};
    const mg_seqs two = {2, offsets}, single = {1, fewer};
    static const struct {
        int64_t rows, cols;
        float floor;
        bool good;
    } scores[] = {{ROWS, 1, 0, true},      {ROWS, 1, 0.5f, true}, {ROWS, 1, -0.1f, false},
                  {ROWS - 1, 1, 0, false}, {ROWS, 2, 0, false},   {ROWS + 1, 1, 0, false}};
    for (size_t i = 0; i < MG_COUNT(scores); i++) {
        mg_tape *t = fresh();
        is(t,
           mg_merge(t, input(t, ROWS, COLS), input(t, scores[i].rows, scores[i].cols), NULL, two,
                    NULL, NULL, scores[i].floor),
           scores[i].good, "merge", i);
    }
    mg_tape *t = fresh();
    mg_tensor *x = input(t, ROWS, 1);
    is(t, mg_merge(t, x, x, NULL, two, NULL, NULL, 0), false, "merge", 90);
    t = fresh(); /* numbers of sets are whole */
    is(t,
       mg_merge(t, input(t, ROWS, COLS), input(t, ROWS, 1), input(t, ROWS, 1), two, NULL, sets_of,
                0),
       false, "merge", 91);
    static const struct {
        int64_t q_cols, kv_rows, kv_cols;
        int heads;
        bool one_kv, good;
    } attention[] = {
        {COLS, ROWS, 2 * COLS, 2, false, true},  {COLS, ROWS, 2 * COLS, 4, false, true},
        {COLS, ROWS, 2 * COLS, 3, false, false}, {COLS, ROWS, 2 * COLS, 0, false, false},
        {COLS, ROWS, COLS, 2, false, false},     {COLS, ROWS, 2 * COLS + 1, 2, false, false},
        {COLS, ROWS, 2 * COLS, 2, true, false},  {COLS, ROWS + 1, 2 * COLS, 2, false, false},
    };
    for (size_t i = 0; i < MG_COUNT(attention); i++) {
        t = fresh();
        is(t,
           mg_scored_attention(t, input(t, ROWS, attention[i].q_cols),
                               input(t, attention[i].kv_rows, attention[i].kv_cols),
                               input(t, attention[i].kv_rows, 1), two,
                               attention[i].one_kv ? single : two, NULL, attention[i].heads),
           attention[i].good, "scored_attention", i);
    }
    /* a weight for each place of the longest sequence */
    for (int places = 1; places < 6; places++)
        for (int bias = 1; bias < 3; bias++) {
            t = fresh();
            is(t,
               mg_place_pool(t, input(t, ROWS, COLS), two, input(t, 1, places), input(t, 1, bias)),
               places >= 3 && bias == 1, "place_pool", (size_t)places);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sequences), cmocka_unit_test(sets),
                                       cmocka_unit_test(other_shapes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
