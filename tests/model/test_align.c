/* test_align.c [DEVICE] - hierarchical alignment (model/atomas/align.h) on random states: numbers
 * of sets, sequences that do not see each other, pads that change nothing where they should not,
 * gradients of all parameters against finite differences, the picture of a pair against the batch's
 * similarities, momentum and queues, what is refused. DEVICE (default cpu) is held against the
 * reference. */
#include "../must_tape.h"
#include "model/atomas/align.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { D = 16, PAIRS = 4, MOST = 400 };

static const char *device = "cpu";
/* of the texts and of the molecules; the first text is short */
static const int32_t LENGTHS[2][PAIRS] = {{3, 40, 12, 21}, {17, 9, 60, 5}};

typedef struct world {
    mg_params *p;
    mg_align *m;
    mg_tape *t;
    int32_t offsets[2][PAIRS + 1];
    float states[2][MOST * D];
} world;

/* ---- making ---- */

static void values(float *x, int64_t n, uint64_t stream) {
    mg_rng rng = {.seed = 11, .stream = stream};
    for (int64_t i = 0; i < n; i++) x[i] = (float)mg_rng_normal(&rng);
}

static world *world_new(const char *where, const mg_align_config *c) {
    world *w = calloc(1, sizeof *w);
    molglot_error err = {0};
    assert_non_null(w);
    w->p = mg_params_new();
    w->m = mg_align_new(w->p, "", c, &err);
    if (!w->m) fail_msg("%s", err.message);
    const mg_build_options o = {.train = true, .seed = 3};
    if (mg_params_build(w->p, o, &err)) fail_msg("%s", err.message);
    w->t = must_tape(where, MG_PREC_F32, 0, (size_t)256 << 20);
    if (mg_params_attach(w->p, w->t, &err)) fail_msg("%s", err.message);
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < PAIRS; i++)
            w->offsets[side][i + 1] = w->offsets[side][i] + LENGTHS[side][i];
        values(w->states[side], MOST * D, (uint64_t)side);
    }
    return w;
}

static void world_free(world *w) {
    mg_tape_free(w->t);
    mg_align_free(w->m);
    mg_params_free(w->p);
    free(w);
}

/* Levels of `pairs` texts and molecules from `from`. */
static void levels(world *w, int64_t from, int64_t pairs, bool grad,
                   mg_align_level out[2][MG_ALIGN_LEVELS]) {
    mg_tape_reset(w->t);
    mg_tape_record(w->t, grad);
    for (int side = 0; side < 2; side++) {
        const int32_t first = w->offsets[side][from];
        int32_t *offsets = mg_tape_alloc(w->t, (PAIRS + 1) * sizeof *offsets);
        for (int64_t i = 0; i <= pairs; i++) offsets[i] = w->offsets[side][from + i] - first;
        mg_tensor *x = mg_input(w->t, w->states[side] + (int64_t)first * D, offsets[pairs], D,
                                grad);
        mg_align_levels(w->t, w->m, side, x, (mg_seqs){pairs, offsets}, NULL, out[side]);
    }
    molglot_error err;
    if (mg_tape_error(w->t, &err)) fail_msg("%s", err.message);
}

static double loss_of(world *w, bool grad, mg_align_loss *out) {
    mg_align_level l[2][MG_ALIGN_LEVELS];
    levels(w, 0, PAIRS, grad, l);
    if (!mg_align_haa(w->t, w->m, l[0], l[1], NULL, out)) {
        molglot_error err;
        mg_tape_error(w->t, &err);
        fail_msg("%s", err.message);
    }
    return *mg_values(w->t, out->total);
}

/* ---- tests ---- */

/* Level 1: a quarter, at least 8; level 2: 4 to 8. */
static void numbers_of_sets(void **state) {
    static const int32_t want[2][2][PAIRS] = {{{3, 10, 8, 8}, {8, 8, 15, 5}},
                                              {{3, 4, 4, 4}, {4, 4, 4, 4}}};
    const mg_align_config c = mg_align_ours(D);
    world *w = world_new(device, &c);
    mg_align_level l[2][MG_ALIGN_LEVELS];
    (void)state;
    levels(w, 0, PAIRS, false, l);
    for (int side = 0; side < 2; side++)
        for (int level = 1; level < MG_ALIGN_LEVELS; level++) {
            const int32_t *o = l[side][level].seqs.offsets,
                          *below = l[side][level - 1].seqs.offsets;
            const int32_t *ids = (const int32_t *)(const void *)mg_values(w->t, l[side][level].ids);
            for (int i = 0; i < PAIRS; i++) {
                bool used[64] = {0};
                assert_int_equal(o[i + 1] - o[i], want[level - 1][side][i]);
                for (int32_t r = below[i]; r < below[i + 1]; r++) {
                    assert_true(ids[r] >= o[i] && ids[r] < o[i + 1]);
                    used[ids[r] - o[i]] = true;
                }
                for (int32_t k = 0; k < o[i + 1] - o[i]; k++) assert_true(used[k]);
            }
        }
    world_free(w);
}

static void must_be_near(const float *a, const float *b, int64_t n, double tolerance,
                         const char *what) {
    double top = 0.05;
    for (int64_t i = 0; i < n; i++) top = fmax(top, fabs(b[i]));
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)a[i] - b[i]) <= tolerance * top))
            fail_msg("%s: element %d is %.9g, should be %.9g", what, (int)i, (double)a[i],
                     (double)b[i]);
}

static const float *values_copied(mg_tape *t, mg_tensor *x, float *out) {
    const float *v = mg_values(t, x);
    assert_non_null(v);
    memcpy(out, v, (size_t)mg_tensor_count(x) * sizeof *out);
    return out;
}

/* A pair on its own has the levels that it has among others. */
static void sequences_are_alone(void **state) {
    const mg_align_config c = mg_align_ours(D);
    world *w = world_new(device, &c);
    mg_align_level all[2][MG_ALIGN_LEVELS], one[2][MG_ALIGN_LEVELS];
    static float kept[2][MOST * D];
    (void)state;
    for (int64_t i = 0; i < PAIRS; i++) {
        int64_t first[2], n[2];
        levels(w, 0, PAIRS, false, all);
        for (int side = 0; side < 2; side++) {
            first[side] = all[side][2].seqs.offsets[i];
            n[side] = all[side][2].seqs.offsets[i + 1] - first[side];
            values_copied(w->t, all[side][2].states, kept[side]);
        }
        levels(w, i, 1, false, one);
        for (int side = 0; side < 2; side++) {
            assert_int_equal(one[side][2].states->rows, n[side]);
            must_be_near(mg_values(w->t, one[side][2].states), kept[side] + first[side] * D,
                         n[side] * D, 1e-5, "a pair alone");
        }
    }
    world_free(w);
}

/* The device's loss, similarities and all gradients are the reference's. */
static void same_as_reference(void **state) {
    const mg_align_config configs[2] = {mg_align_ours(D), mg_align_published(D, 64)};
    (void)state;
    for (int e = 0; e < 2; e++) {
        mg_align_config c = configs[e];
        c.noise = 0;
        world *w = world_new(device, &c), *ref = world_new("ref", &c);
        mg_align_loss a, b;
        const double found = loss_of(w, true, &a), want = loss_of(ref, true, &b);
        if (!(fabs(found - want) < 1e-5 * fabs(want))) fail_msg("loss %g, not %g", found, want);
        for (int l = 0; l < MG_ALIGN_LEVELS; l++)
            must_be_near(mg_values(w->t, a.similarity[l]), mg_values(ref->t, b.similarity[l]),
                         PAIRS * PAIRS, 1e-5, "similarities");
        assert_int_equal(mg_backward(w->t, a.total), MOLGLOT_OK);
        assert_int_equal(mg_backward(ref->t, b.total), MOLGLOT_OK);
        for (size_t i = 0; i < mg_params_count(w->p); i++) {
            const char *name;
            unsigned flags;
            mg_tensor *x = mg_params_at(w->p, i, &name, &flags),
                      *y = mg_params_at(ref->p, i, NULL, NULL);
            if (!(flags & MG_PARAM_BUFFER))
                must_be_near(mg_grads(w->t, x), mg_grads(ref->t, y), mg_tensor_count(x), 2e-4,
                             name);
        }
        world_free(w);
        world_free(ref);
    }
}

/* Along one random direction for each parameter that moves no token to another set: WAM's, the last
 * block's, the last scores'. The others' gradients are held against the reference program's
 * (test_atomas.c). Maxima make kinks, so a step is off by some hundredths. */
static void gradients(void **state) {
    const double step = 2e-4;
    mg_align_config c = mg_align_ours(D);
    world *w = world_new("ref", &c);
    mg_align_loss loss;
    (void)state;
    loss_of(w, true, &loss);
    assert_int_equal(mg_backward(w->t, loss.total), MOLGLOT_OK);
    for (size_t i = 0; i < mg_params_count(w->p); i++) {
        const char *name;
        mg_tensor *x = mg_params_at(w->p, i, &name, NULL);
        if (!strstr(name, "weight_fc") && !strstr(name, "block2") && !strstr(name, "ctm2.score") &&
            !strstr(name, "logit_scale"))
            continue;
        static float way[3 * D * D], kept[3 * D * D];
        const int64_t n = mg_tensor_count(x);
        double slope = 0, size = 0, value[2];
        values(way, n, 99 + i);
        memcpy(kept, x->data, (size_t)n * sizeof *kept);
        for (int64_t k = 0; k < n; k++) {
            slope += (double)way[k] * x->grad[k];
            size += (double)x->grad[k] * x->grad[k];
        }
        for (int side = 0; side < 2; side++) {
            for (int64_t k = 0; k < n; k++)
                mg_f32(x)[k] = kept[k] + (float)((side ? step : -step) * way[k]);
            value[side] = loss_of(w, false, &loss);
        }
        memcpy(x->data, kept, (size_t)n * sizeof *kept);
        const double found = (value[1] - value[0]) / (2 * step);
        if (!(fabs(found - slope) <= 0.05 * sqrt(size) + 5e-3))
            fail_msg("%s: slope %g, finite difference %g (gradient's norm %g)", name, slope, found,
                     sqrt(size));
    }
    world_free(w);
}

static void picture(void **state) {
    const mg_align_config c = mg_align_ours(D);
    world *w = world_new(device, &c);
    mg_align_level l[2][MG_ALIGN_LEVELS];
    mg_align_loss loss;
    mg_align_picture p;
    molglot_error err;
    (void)state;
    levels(w, 0, PAIRS, false, l);
    assert_true(mg_align_haa(w->t, w->m, l[0], l[1], NULL, &loss));
    for (int64_t i = 0; i < PAIRS; i++) {
        const int64_t j = (i + 1) % PAIRS;
        assert_int_equal(mg_align_look(w->t, l[0], l[1], i, j, &p, &err), MOLGLOT_OK);
        assert_int_equal(p.n_text, LENGTHS[0][i]);
        assert_int_equal(p.n_smiles, LENGTHS[1][j]);
        for (int level = 0; level < MG_ALIGN_LEVELS; level++) {
            const float g = mg_values(w->t, loss.similarity[level])[i * PAIRS + j];
            double sum = 0;
            assert_true(fabsf(p.score[level] - g) < 1e-5F);
            for (int64_t k = 0; k < p.text_sets[level]; k++) sum += p.text_weights[level][k];
            assert_true(fabs(sum - 1) < 1e-5);
            for (int64_t k = 0; k < p.n_smiles; k++)
                assert_true(p.smiles_ids[level][k] >= 0 &&
                            p.smiles_ids[level][k] < p.smiles_sets[level]);
        }
        for (int64_t k = 0; k < p.n_text; k++) assert_int_equal(p.text_ids[0][k], k);
        mg_align_picture_free(&p);
    }
    assert_int_equal(mg_align_look(w->t, l[0], l[1], PAIRS, 0, &p, &err), MOLGLOT_USAGE);
    world_free(w);
}

/* An empty text is as near to everything as nothing is. */
static void empty_sequences(void **state) {
    const mg_align_config c = mg_align_ours(D);
    world *w = world_new(device, &c);
    mg_align_level l[2][MG_ALIGN_LEVELS];
    mg_align_loss loss;
    const int32_t offsets[2][4] = {{0, 0, 5, 9}, {0, 7, 7, 8}};
    (void)state;
    mg_tape_reset(w->t);
    mg_tape_record(w->t, true);
    for (int side = 0; side < 2; side++)
        assert_true(mg_align_levels(w->t, w->m, side,
                                    mg_input(w->t, w->states[side], offsets[side][3], D, true),
                                    (mg_seqs){3, offsets[side]}, NULL, l[side]));
    assert_true(mg_align_haa(w->t, w->m, l[0], l[1], NULL, &loss));
    const float *g = mg_values(w->t, loss.similarity[2]);
    assert_true(g[0] == 0 && g[1] == 0 && g[2] == 0 && g[4] == 0 && g[5] != 0);
    assert_int_equal(mg_backward(w->t, loss.total), MOLGLOT_OK);
    assert_true(isfinite(*mg_values(w->t, loss.total)));
    mg_tensor *row = mg_align_pool(w->t, w->m, MG_ALIGN_TEXT, l[0][0].states, l[0][0].seqs);
    const float *r = mg_values(w->t, row);
    for (int k = 0; k < D; k++) assert_true(r[k] == 0);
    world_free(w);
}

/* With its own rows as keys, sharp and without soft targets, GA is InfoNCE. */
static void contrast(void **state) {
    mg_align_config c = mg_align_ours(D);
    c.soft = 0;
    world *w = world_new(device, &c);
    (void)state;
    mg_tape_reset(w->t);
    mg_tape_record(w->t, true);
    mg_tensor *a = mg_normalize(w->t, mg_input(w->t, w->states[0], 6, D, true), 1e-12F),
              *b = mg_normalize(w->t, mg_input(w->t, w->states[1], 6, D, true), 1e-12F);
    const mg_align_rows rows = {.text = a, .smiles = b, .text_momentum = a, .smiles_momentum = b};
    mg_tensor *ga = mg_align_ga(w->t, w->m, &rows, NULL),
              *nce = mg_infonce(w->t, a, b, mg_params_find(w->p, "temp"), 0, 100, NULL, 0);
    const float x = *mg_values(w->t, ga), y = *mg_values(w->t, nce);
    assert_true(fabsf(x - y) < 1e-5F * fabsf(y));
    assert_int_equal(mg_backward(w->t, ga), MOLGLOT_OK);
    world_free(w);
}

static void momentum_and_queue(void **state) {
    mg_align_config c = mg_align_published(D, 64);
    world *w = world_new(device, &c);
    static const char *const from[] = {"text_linear.", "smiles_linear."},
                             *const to[] = {"text_linear_m.", "smiles_linear_m."},
                             *const none[] = {"nobody.", "nothing."};
    molglot_error err;
    (void)state;
    mg_momentum *m = mg_momentum_new(w->p, from, to, 2, &err);
    if (!m) fail_msg("%s", err.message);
    mg_tensor *x = mg_params_find(w->p, "text_linear.weight"),
              *y = mg_params_find(w->p, "text_linear_m.weight");
    mg_momentum_copy(m);
    mg_tape_push(w->t, y->data, 64 * sizeof(float));
    must_be_near(mg_values(w->t, y), mg_values(w->t, x), 64, 0, "a copy");
    mg_f32(x)[5] += 1;
    mg_tape_push(w->t, x->data, 64 * sizeof(float));
    mg_momentum_update(w->t, m, 0.9F);
    assert_true(fabsf(mg_values(w->t, x)[5] - mg_values(w->t, y)[5] - 0.9F) < 1e-6F);
    mg_momentum_free(m);
    assert_null(mg_momentum_new(w->p, none, to, 2, &err));
    assert_null(mg_momentum_new(w->p, from, none, 2, &err));

    mg_tape_reset(w->t);
    mg_tensor *queue = mg_zeros(w->t, 5, D), *rows = mg_input(w->t, w->states[0], 3, D, false);
    mg_queue_push(w->t, queue, 3, rows);
    const float *q = mg_values(w->t, queue);
    must_be_near(q + 3 * D, w->states[0], 2 * D, 0, "the queue's end");
    must_be_near(q, w->states[0] + 2 * D, D, 0, "the queue's beginning");
    assert_true(q[D] == 0);
    mg_queue_push(w->t, queue, 5, rows);
    assert_false(mg_tape_ok(w->t));
    world_free(w);
}

static void refused(void **state) {
    molglot_error err;
    mg_params *p = mg_params_new();
    mg_align_config c = mg_align_ours(12);
    (void)state;
    assert_null(mg_align_new(p, "", &c, &err)); /* 8 heads */
    c = mg_align_published(16, 0);
    assert_null(mg_align_new(p, "", &c, &err));
    c = mg_align_ours(16);
    c.ratio[1] = 0;
    assert_null(mg_align_new(p, "", &c, &err));
    mg_params_free(p);
}

int main(int argc, char **argv) {
    if (argc > 1) device = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_of_sets),
                                       cmocka_unit_test(sequences_are_alone),
                                       cmocka_unit_test(same_as_reference),
                                       cmocka_unit_test(gradients),
                                       cmocka_unit_test(picture),
                                       cmocka_unit_test(empty_sequences),
                                       cmocka_unit_test(contrast),
                                       cmocka_unit_test(momentum_and_queue),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
