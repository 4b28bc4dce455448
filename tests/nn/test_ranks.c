/* test_ranks.c - parameters that two processes train: gradients are summed, running statistics
 * become their mean, values and moments are compared bit for bit. */
#include "../must.h"
#include "../two_ranks.h"
#include "nn/nn.h"

typedef struct side {
    mg_params *p;
    int codes[4];
    bool same[3];
    float grad[6], buffer[3], value[6];
} side;

static void train_together(mg_ranks *r, void *user) {
    side *s = (side *)user + r->rank;
    molglot_error err = {0};
    s->codes[0] = mg_params_reduce(s->p, r, &err);
    s->codes[1] = mg_params_agree(s->p, r, &s->same[0], &err);
    mg_tensor *w = mg_params_find(s->p, "w");
    memcpy(s->grad, w->grad, sizeof s->grad);
    memcpy(s->value, w->data, sizeof s->value);
    memcpy(s->buffer, mg_params_find(s->p, "running")->data, sizeof s->buffer);
    if (r->rank) mg_f32(w)[5] += 0.5F; /* they part */
    s->codes[2] = mg_params_agree(s->p, r, &s->same[1], &err);
    if (r->rank) mg_f32(w)[5] -= 0.5F;
    s->codes[3] = mg_params_agree(s->p, r, &s->same[2], &err);
}

static mg_params *make(int rank) {
    molglot_error err = {0};
    mg_params *p = mg_params_new();
    mg_params_add(p, "w", 2, 3, MG_INIT_CONST, 2, 0);
    mg_params_add(p, "running", 1, 3, MG_INIT_ZERO, 0, MG_PARAM_BUFFER);
    must(mg_params_build(p, (mg_build_options){.train = true}, &err), &err);
    for (int i = 0; i < 6; i++) mg_params_find(p, "w")->grad[i] = (float)(i + 10 * rank);
    for (int i = 0; i < 3; i++) mg_f32(mg_params_find(p, "running"))[i] = (float)(i + rank);
    return p;
}

static void two_train(void **state) {
    (void)state;
    side s[2] = {{.p = make(0)}, {.p = make(1)}};
    two_ranks(train_together, s);
    for (int r = 0; r < 2; r++) {
        for (int i = 0; i < 4; i++) assert_int_equal(s[r].codes[i], MOLGLOT_OK);
        for (int i = 0; i < 6; i++) {
            assert_true(s[r].grad[i] == (float)(2 * i + 10));
            assert_true(s[r].value[i] == 2);
        }
        for (int i = 0; i < 3; i++) assert_true(s[r].buffer[i] == (float)i + 0.5F);
        assert_true(s[r].same[0] && !s[r].same[1] && s[r].same[2]);
        mg_params_free(s[r].p);
    }
}

static void failing(mg_ranks *r, void *user) {
    side *s = (side *)user + r->rank;
    molglot_error err = {0};
    s->codes[0] = mg_params_reduce(s->p, r, &err);
    memcpy(s->buffer, mg_params_find(s->p, "running")->data, sizeof s->buffer);
}

/* Ranks agree on where to sum, then sum gradients, then buffers: what comes after a failure is not
 * begun. One process has nothing to do. */
static void failures_and_one_alone(void **state) {
    (void)state;
    for (int from = 0; from < 4; from++) {
        side s[2] = {{.p = make(0)}, {.p = make(1)}};
        two_ranks_failing(from, failing, s);
        for (int r = 0; r < 2; r++) {
            assert_int_equal(s[r].codes[0], from < 3 ? MOLGLOT_FAILED : MOLGLOT_OK);
            if (from < 2) assert_true(s[r].buffer[1] == (float)(1 + r));
            mg_params_free(s[r].p);
        }
    }
    molglot_error err = {0};
    mg_params *p = make(1);
    const mg_ranks alone = {.size = 1};
    bool same = false;
    must(mg_params_reduce(p, NULL, &err), &err);
    must(mg_params_reduce(p, &alone, &err), &err);
    must(mg_params_agree(p, NULL, &same, &err), &err);
    assert_true(same && mg_params_find(p, "w")->grad[2] == 12);
    mg_params_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_train),
                                       cmocka_unit_test(failures_and_one_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
